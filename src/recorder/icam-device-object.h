/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "recorder/icam-service.h"

G_BEGIN_DECLS

/* A device's object on the bus. */
#define ICAM_TYPE_DEVICE_OBJECT (icam_device_object_get_type ())
G_DECLARE_FINAL_TYPE (IcamDeviceObject, icam_device_object, ICAM, DEVICE_OBJECT, GObject)

IcamDeviceObject *icam_device_object_new      (IcamService       *service,
                                               IcamDeviceSession *session);
void              icam_device_object_end      (IcamDeviceObject  *self);
const char       *icam_device_object_get_path (IcamDeviceObject  *self);

G_END_DECLS
