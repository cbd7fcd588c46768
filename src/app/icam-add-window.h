/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/icam-client.h"

G_BEGIN_DECLS

/* Adds one device or several with one name and password: first the pictures, then what is kept.
 * Signal "added" (guint: how many cameras), at the end. */
#define ICAM_TYPE_ADD_WINDOW (icam_add_window_get_type ())
G_DECLARE_FINAL_TYPE (IcamAddWindow, icam_add_window, ICAM, ADD_WINDOW, AdwWindow)

GtkWidget *icam_add_window_new (IcamClient *client,
                                GVariant   *devices);

G_END_DECLS
