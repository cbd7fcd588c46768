/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/icam-client.h"

G_BEGIN_DECLS

/* A window: three views of one recorder at one time. */
#define ICAM_TYPE_WINDOW (icam_window_get_type ())
G_DECLARE_FINAL_TYPE (IcamWindow, icam_window, ICAM, WINDOW, AdwApplicationWindow)

GtkWidget *icam_window_new (GtkApplication *application,
                            IcamClient     *client,
                            GSettings      *settings,
                            gboolean        kiosk);

G_END_DECLS
