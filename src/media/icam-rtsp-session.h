/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gst/rtsp/gstrtspconnection.h>

#include "base/icam-secret.h"
#include "media/icam-rtsp-description.h"

G_BEGIN_DECLS

/* One RTSP session over TCP: from OPTIONS to PLAY with GStreamer's GstRTSPConnection (blocking, on a thread of a bounded pool), then the
 * few messages that go on amid the data (on the reader's thread). RFC 2326. */
typedef struct _IcamRtspSession IcamRtspSession;

typedef struct
{
  gboolean video;
  IcamRtpDepay *depay; /* owned by the session */
  guint rtp_channel, rtcp_channel;
} IcamRtspTrack;

/* Errors of the handshake: domain and code are GStreamer's (GST_RESOURCE_ERROR, GST_STREAM_ERROR), status is RTSP's or 0. */
IcamRtspSession     *icam_rtsp_session_new        (const char          *location,
                                                   const char          *user,
                                                   IcamSecret          *secret,
                                                   const char          *fingerprint);
void                 icam_rtsp_session_free       (IcamRtspSession     *self);
gboolean             icam_rtsp_session_open       (IcamRtspSession     *self,
                                                   guint               *status,
                                                   gboolean            *answered,
                                                   GError             **error);
void                 icam_rtsp_session_cancel     (IcamRtspSession     *self);
int                  icam_rtsp_session_get_fd     (IcamRtspSession     *self);
GIOStream           *icam_rtsp_session_get_stream (IcamRtspSession     *self);
const char          *icam_rtsp_session_get_fingerprint (IcamRtspSession *self);
void                 icam_rtsp_session_send_last  (IcamRtspSession     *self,
                                                   const void          *data,
                                                   gsize                size);
guint                icam_rtsp_session_get_tracks (IcamRtspSession     *self,
                                                   IcamRtspTrack      **tracks);
/* Interleaved packets that came before PLAY was answered. */
GPtrArray           *icam_rtsp_session_steal_early (IcamRtspSession    *self);

/* Amid the data. What is to be sent is appended to @out. */
typedef enum
{
  ICAM_RTSP_GOES_ON,
  ICAM_RTSP_ENDED, /* the server forgot the session or ends it */
} IcamRtspVerdict;

void                 icam_rtsp_session_beat       (IcamRtspSession     *self,
                                                   gint64               now_us,
                                                   GByteArray          *out);
IcamRtspVerdict      icam_rtsp_session_message    (IcamRtspSession     *self,
                                                   const char          *text,
                                                   gsize                head_size,
                                                   GByteArray          *out);
void                 icam_rtsp_session_rtcp       (IcamRtspSession     *self,
                                                   guint                channel,
                                                   const guint8        *data,
                                                   gsize                size,
                                                   gint64               arrival_us);
void                 icam_rtsp_session_teardown   (IcamRtspSession     *self,
                                                   GByteArray          *out);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamRtspSession, icam_rtsp_session_free)

G_END_DECLS
