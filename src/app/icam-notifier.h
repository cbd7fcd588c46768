/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

#include "client/icam-client.h"

G_BEGIN_DECLS

/* Tells the desktop of events and of cameras that are not recorded any more, as far as the settings want it. One
 * notification a camera and kind: the newest replaces the one before; what is over is withdrawn. */
#define ICAM_TYPE_NOTIFIER (icam_notifier_get_type ())
G_DECLARE_FINAL_TYPE (IcamNotifier, icam_notifier, ICAM, NOTIFIER, GObject)

IcamNotifier *icam_notifier_new (GApplication *application,
                                 IcamClient   *client,
                                 GSettings    *settings);

G_END_DECLS
