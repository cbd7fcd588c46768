/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "base/icam-secret.h"

G_BEGIN_DECLS

/* Names and passwords that cameras come with, by the list in data/onvif/factory-passwords.conf: to warn of them. */
gboolean icam_factory_passwords_contain (const char *user,
                                         IcamSecret *secret);

G_END_DECLS
