/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/icam-client.h"

G_BEGIN_DECLS

/* Adding one device: name and password, then its picture, then its cameras' names; only then is anything
 * saved. Signal "added" (guint n_cameras). */
#define ICAM_TYPE_ADD_WINDOW (icam_add_window_get_type ())
G_DECLARE_FINAL_TYPE (IcamAddWindow, icam_add_window, ICAM, ADD_WINDOW, AdwWindow)

GtkWidget *icam_add_window_new (IcamClient *client,
                                const char *address,
                                const char *found_path,
                                const char *name);

G_END_DECLS
