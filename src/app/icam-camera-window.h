/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/icam-client.h"

G_BEGIN_DECLS

/* What is set in the camera itself: its picture, its clock, what is wired to it, its password. */
#define ICAM_TYPE_CAMERA_WINDOW (icam_camera_window_get_type ())
G_DECLARE_FINAL_TYPE (IcamCameraWindow, icam_camera_window, ICAM, CAMERA_WINDOW, AdwPreferencesWindow)

GtkWidget *icam_camera_window_new (IcamClient *client,
                                   IcamCamera *camera);

G_END_DECLS
