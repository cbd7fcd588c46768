/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "media/icam-camera-src.h"

G_BEGIN_DECLS

/* icamrtspsrc: a camera over RTSP and TCP, plain or with TLS. The first path of a stream; what it refuses (UDP, payloads that it does
 * not know) goes over icamrtspbin. */
#define ICAM_TYPE_RTSP_SRC (icam_rtsp_src_get_type ())
G_DECLARE_FINAL_TYPE (IcamRtspSrc, icam_rtsp_src, ICAM, RTSP_SRC, IcamCameraSrc)

G_END_DECLS
