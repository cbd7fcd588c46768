/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "media/icam-camera-src.h"

G_BEGIN_DECLS

/* icammjpegsrc: JPEG pictures of a camera over HTTP, as an ESP32-CAM, motionEye or a snapshot URL gives them: many in one answer without
 * end, or one an answer, which is asked for again and again. What the camera does is found out by asking. */
#define ICAM_TYPE_MJPEG_SRC (icam_mjpeg_src_get_type ())
G_DECLARE_FINAL_TYPE (IcamMjpegSrc, icam_mjpeg_src, ICAM, MJPEG_SRC, IcamCameraSrc)

G_END_DECLS
