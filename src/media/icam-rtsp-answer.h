/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gst/rtsp/gstrtspconnection.h>

#include "media/icam-rtsp-auth.h"

G_BEGIN_DECLS

/* What a server says before data flow. Reads as gst_rtsp_connection_receive_usec() does, but takes responses without a CSeq or with one of
 * the server's own: VLC's refusals have none, and GStreamer would end the connection there. A body has its own size, without a NUL counted
 * behind it. Hostile input: bounded. */
GstRTSPResult icam_rtsp_answer_receive (GstRTSPConnection *connection,
                                        GstRTSPMessage    *message,
                                        gint64             timeout_us);

/* For GStreamer's rtspsrc, which knows no answers of that kind. */
IcamRtspAuth *icam_rtsp_answer_find_auth (const char *location,
                                          const char *user,
                                          IcamSecret *secret,
                                          gint64      timeout_us);

G_END_DECLS
