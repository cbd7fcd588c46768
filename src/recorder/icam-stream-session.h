/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "media/icam-stream-pipeline.h"
#include "recorder/icam-context.h"

G_BEGIN_DECLS

typedef enum
{
  ICAM_STREAM_IDLE,       /* not wanted, or not started */
  ICAM_STREAM_CONNECTING, /* for the first time */
  ICAM_STREAM_CONNECTED,
  ICAM_STREAM_FAILED,     /* until it is connected again, also while it tries */
} IcamStreamState;

/* One stream of a channel over its connections: asks to be connected, connects, notices failures, waits, asks again. The device's
 * session verifies who answers before each connect. Recording and live stream outlive the connections.
 *
 * Signals:
 *   "connect-wanted" ()  whoever owns it answers with icam_stream_session_connect() or icam_stream_session_refuse()
 *   "changed" ()         state, error or what is known of the stream
 *   "motion" (gboolean active, double score, gint64 utc_us)
 *   "witness-lost" ()    no motion is reported until it is connected again
 */
#define ICAM_TYPE_STREAM_SESSION (icam_stream_session_get_type ())
G_DECLARE_FINAL_TYPE (IcamStreamSession, icam_stream_session, ICAM, STREAM_SESSION, GObject)

IcamStreamSession    *icam_stream_session_new           (IcamContext          *context,
                                                         const IcamUuid       *channel,
                                                         IcamRole              role);
void                  icam_stream_session_record        (IcamStreamSession    *self,
                                                         gboolean              detect,
                                                         IcamIdentity          identity);
void                  icam_stream_session_set_recording (IcamStreamSession    *self,
                                                         IcamRecordingState    state,
                                                         gint64                before_us,
                                                         IcamGapCause          cause);
void                  icam_stream_session_set_detect    (IcamStreamSession    *self,
                                                         gboolean              detect);
void                  icam_stream_session_remember      (IcamStreamSession    *self,
                                                         IcamPath              path,
                                                         const char           *fingerprint);
IcamPath              icam_stream_session_get_path      (IcamStreamSession    *self);
const char           *icam_stream_session_get_fingerprint (IcamStreamSession  *self);
void                  icam_stream_session_start         (IcamStreamSession    *self);
void                  icam_stream_session_connect       (IcamStreamSession    *self,
                                                         const char           *uri,
                                                         const char           *user,
                                                         IcamSecret           *secret,
                                                         IcamIdentity          identity);
void                  icam_stream_session_refuse        (IcamStreamSession    *self,
                                                         const GError         *error,
                                                         IcamGapCause          cause);
void                  icam_stream_session_hold          (IcamStreamSession    *self,
                                                         IcamGapCause          cause,
                                                         const GError         *error);
void                  icam_stream_session_restart       (IcamStreamSession    *self,
                                                         IcamGapCause          cause);
void                  icam_stream_session_retry_now     (IcamStreamSession    *self);
void                  icam_stream_session_set_identity  (IcamStreamSession    *self,
                                                         IcamIdentity          identity);
IcamIdentity          icam_stream_session_get_identity  (IcamStreamSession    *self);
IcamStreamState       icam_stream_session_get_state     (IcamStreamSession    *self);
const GError         *icam_stream_session_get_error     (IcamStreamSession    *self);
gint64                icam_stream_session_get_retry_at  (IcamStreamSession    *self);
const char           *icam_stream_session_get_detector  (IcamStreamSession    *self);
gboolean              icam_stream_session_get_info      (IcamStreamSession    *self,
                                                         IcamStreamInfo       *info);
IcamRole              icam_stream_session_get_role      (IcamStreamSession    *self);
const IcamUuid       *icam_stream_session_get_channel   (IcamStreamSession    *self);
IcamLiveStream       *icam_stream_session_get_live      (IcamStreamSession    *self);
IcamStreamPipeline   *icam_stream_session_get_pipeline  (IcamStreamSession    *self);

G_END_DECLS
