/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gst/gst.h>

#include "base/icam-secret.h"

G_BEGIN_DECLS

/* icamrtspsrc: a camera over RTSP and TCP, plain or with TLS, read by the one reader thread (icam-reader.h). The first path of a
 * stream; what it refuses (UDP, payloads that it does not know) goes over icamrtspbin. */
#define ICAM_TYPE_RTSP_SRC (icam_rtsp_src_get_type ())
G_DECLARE_FINAL_TYPE (IcamRtspSrc, icam_rtsp_src, ICAM, RTSP_SRC, GstElement)

/* Whether a location is one that this path takes: plain rtsp://, and it has not refused it since the program started. */
gboolean icam_rtsp_src_takes   (const char     *location);

void icam_rtsp_src_set_secret  (IcamRtspSrc *self,
                                    IcamSecret     *secret);
void icam_rtsp_src_set_watched (IcamRtspSrc *self,
                                    gboolean        watched);

G_END_DECLS
