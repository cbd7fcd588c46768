/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gst/gst.h>

#include "base/icam-secret.h"

G_BEGIN_DECLS

/* Where pictures come from: bins with a sometimes pad "video" and, if the camera sends sound, "audio". What leaves them is ready to be
 * stored: whole access units with caps that name the codec private data, each stamped (icam-frame-time.h). Nothing outside this file's
 * implementations knows by which elements. */
#define ICAM_TYPE_RTSP_BIN (icam_rtsp_bin_get_type ())
G_DECLARE_FINAL_TYPE (IcamRtspBin, icam_rtsp_bin, ICAM, RTSP_BIN, GstBin)

#define ICAM_TYPE_MJPEG_SRC (icam_mjpeg_src_get_type ())
G_DECLARE_FINAL_TYPE (IcamMjpegSrc, icam_mjpeg_src, ICAM, MJPEG_SRC, GstBin)

void icam_rtsp_bin_set_secret  (IcamRtspBin  *self,
                                IcamSecret   *secret);
void icam_mjpeg_src_set_secret (IcamMjpegSrc *self,
                                IcamSecret   *secret);

/* Posted as an element message once the camera accepted the connection. */
#define ICAM_MESSAGE_ANSWERED "icam-answered"

G_END_DECLS
