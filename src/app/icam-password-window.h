/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/icam-client.h"

G_BEGIN_DECLS

/* Another password for one or several devices: changed at each of them, and kept by the recorder where it was taken. */
#define ICAM_TYPE_PASSWORD_WINDOW (icam_password_window_get_type ())
G_DECLARE_FINAL_TYPE (IcamPasswordWindow, icam_password_window, ICAM, PASSWORD_WINDOW, AdwWindow)

GtkWidget *icam_password_window_new (IcamClient     *client,
                                     IcamDBusDevice *device);

G_END_DECLS
