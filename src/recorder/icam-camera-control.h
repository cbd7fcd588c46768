/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "recorder/icam-device-session.h"
#include "icam-recorder1.h"

G_BEGIN_DECLS

/* What people tell a camera itself: to move, to remember a place, to make its picture another way. Answers these methods of the
 * camera's object on the bus. Orders go to the device one after the other; a move ends by itself. */
#define ICAM_TYPE_CAMERA_CONTROL (icam_camera_control_get_type ())
G_DECLARE_FINAL_TYPE (IcamCameraControl, icam_camera_control, ICAM, CAMERA_CONTROL, GObject)

IcamCameraControl *icam_camera_control_new    (IcamDBusCamera    *skeleton,
                                               IcamDeviceSession *device,
                                               const IcamUuid    *channel);
void               icam_camera_control_update (IcamCameraControl *self);

G_END_DECLS
