/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "media/icam-rtsp-auth.h"
#include "media/icam-rtsp-session.h"

G_BEGIN_DECLS

/* Cameras drop a session after its time-out, 60 s by default (RFC 2326, section 12.37); some count wrong, so twice as often. */
#define ICAM_RTSP_MAX_KEEP_ALIVE_US (25 * G_USEC_PER_SEC)

typedef struct
{
  guint32 sender_ssrc; /* of the last sender report */
  guint32 last_sr;     /* middle bits of its NTP time */
  gint64 last_sr_us;   /* when it came; 0: none yet */
  guint32 expected, received; /* at the last report of ours */
} IcamRtspRtcp;

struct _IcamRtspSession
{
  char *location; /* without credentials */
  char *expected, *fingerprint; /* of the certificate: NULL what comes first is believed; NULL none was shown */
  GstRTSPUrl *url;
  IcamRtspAuth *auth;

  GMutex lock;
  GstRTSPConnection *connection; /* under lock while it may be cancelled */
  gboolean cancelled;            /* under lock */

  GTlsConnection *tls; /* over the connection's socket, or NULL */

  guint cseq;
  char *session_id, *aggregate;
  gboolean silent; /* it left a request without an answer */
  char *redirect; /* where the last response of status 3xx sent us */
  gboolean has_get_parameter;
  gint64 keep_alive_every_us;
  IcamRtspTrack tracks[ICAM_RTSP_MAX_TRACKS];
  IcamRtspRtcp rtcp[ICAM_RTSP_MAX_TRACKS];
  guint n_tracks;
  GPtrArray *early; /* of GBytes: channel, packet */

  /* reader's thread */
  gint64 kept_alive_us, reported_us;
  guint keep_alive_cseq;
  guint32 ssrc;
};

G_END_DECLS
