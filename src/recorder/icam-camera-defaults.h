/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "recorder/icam-device-session.h"
#include "icam-recorder1.h"

G_BEGIN_DECLS

/* What would be better set at a camera for detection and for its clock: shown, done when people want it, and undone. Answers
 * these methods of the camera's object on the bus. What was there before is in the configuration, so that it can be undone later,
 * too. Of one camera one such call at a time goes on. */
#define ICAM_TYPE_CAMERA_DEFAULTS (icam_camera_defaults_get_type ())
G_DECLARE_FINAL_TYPE (IcamCameraDefaults, icam_camera_defaults, ICAM, CAMERA_DEFAULTS, GObject)

IcamCameraDefaults *icam_camera_defaults_new (IcamDBusCamera    *skeleton,
                                              IcamDeviceSession *device,
                                              const IcamUuid    *channel,
                                              IcamContext       *context);

G_END_DECLS
