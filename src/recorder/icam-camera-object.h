/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "recorder/icam-service.h"

G_BEGIN_DECLS

/* A camera: what it is called, the channel that it shows, its state out of that of its streams; its object on the bus. */
#define ICAM_TYPE_CAMERA_OBJECT (icam_camera_object_get_type ())
G_DECLARE_FINAL_TYPE (IcamCameraObject, icam_camera_object, ICAM, CAMERA_OBJECT, GObject)

IcamCameraObject    *icam_camera_object_new         (IcamService       *service,
                                                     IcamCameraRow     *row,
                                                     IcamDeviceSession *device);
void                 icam_camera_object_end         (IcamCameraObject  *self);
void                 icam_camera_object_finish      (IcamCameraObject  *self);
const IcamCameraRow *icam_camera_object_get_row     (IcamCameraObject  *self);
const char          *icam_camera_object_get_path    (IcamCameraObject  *self);
IcamDeviceSession   *icam_camera_object_get_device  (IcamCameraObject  *self);
void                 icam_camera_object_add_rates   (IcamCameraObject  *self,
                                                     GVariantBuilder   *builder);

void icam_camera_object_beat (IcamCameraObject *self);

G_END_DECLS
