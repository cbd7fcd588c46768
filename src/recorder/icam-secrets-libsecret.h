/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "recorder/icam-secrets.h"

G_BEGIN_DECLS

/* The desktop's keyring, through the Secret Service. Passwords cross the bus encrypted or not at all. */
#define ICAM_TYPE_SECRETS_LIBSECRET (icam_secrets_libsecret_get_type ())
G_DECLARE_FINAL_TYPE (IcamSecretsLibsecret, icam_secrets_libsecret, ICAM, SECRETS_LIBSECRET, IcamSecrets)

IcamSecrets *icam_secrets_libsecret_new (GDBusConnection *connection);

G_END_DECLS
