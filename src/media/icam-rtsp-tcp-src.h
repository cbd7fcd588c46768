/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gst/gst.h>

#include "base/icam-secret.h"

G_BEGIN_DECLS

/* icamrtsptcpsrc: a camera over RTSP and plain TCP, read by the one reader thread (icam-reader.h). Inside icamrtspsrc it is the first
 * path; what it refuses (TLS, UDP, payloads that it does not know) goes over GStreamer's rtspsrc. */
#define ICAM_TYPE_RTSP_TCP_SRC (icam_rtsp_tcp_src_get_type ())
G_DECLARE_FINAL_TYPE (IcamRtspTcpSrc, icam_rtsp_tcp_src, ICAM, RTSP_TCP_SRC, GstElement)

/* Whether a location is one that this path takes: plain rtsp://, and it has not refused it since the program started. */
gboolean icam_rtsp_tcp_src_takes   (const char     *location);

void icam_rtsp_tcp_src_set_secret  (IcamRtspTcpSrc *self,
                                    IcamSecret     *secret);
void icam_rtsp_tcp_src_set_watched (IcamRtspTcpSrc *self,
                                    gboolean        watched);

G_END_DECLS
