/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/icam-client.h"

G_BEGIN_DECLS

/* A camera of ours in a list: how it does, and below it its name, its device, its password, and how it is
 * removed. */
#define ICAM_TYPE_CAMERA_ROW (icam_camera_row_get_type ())
G_DECLARE_FINAL_TYPE (IcamCameraRow, icam_camera_row, ICAM, CAMERA_ROW, AdwExpanderRow)

GtkWidget  *icam_camera_row_new        (IcamClient    *client,
                                        IcamCamera    *camera);
IcamCamera *icam_camera_row_get_camera (IcamCameraRow *self);
void        icam_camera_row_tick       (IcamCameraRow *self);
void        icam_camera_row_ask_password (IcamCameraRow *self);

G_END_DECLS
