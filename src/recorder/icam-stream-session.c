/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-recorder"

#include "config.h"

#include "recorder/icam-stream-session.h"

#include "recorder/icam-backoff.h"
#include "recorder/icam-recording-store.h"

/* A connecting exchange keeps others waiting for so long at most. */
#define PASS_TIME_MS 3000
/* Devices lock out who tries a wrong password often: the next tries come slowly from the start. */
#define FAILURES_OF_REFUSAL 6
/* A connection that held so long was a good one: the next failure is a first one. */
#define STEADY_US (10 * G_USEC_PER_SEC)

struct _IcamStreamSession
{
  GObject parent_instance;
  IcamContext *context;
  IcamUuid channel;
  IcamRole role;
  IcamIdentity identity;
  gboolean detect;
  IcamPath path;     /* that succeeded last */
  char *fingerprint; /* of the certificate that is expected, or NULL */

  IcamLiveStream *live;
  IcamRecording *recording;     /* NULL: only looked at */
  IcamRecordingState recorded;  /* what is to become of what comes */
  gint64 before_us;
  IcamGapCause rest_cause;
  IcamRecordingStore *store;    /* of the present connection */
  IcamStreamPipeline *pipeline; /* the present connection, or NULL */

  IcamStreamState state;
  gboolean wanted;              /* started and not held */
  gboolean asked;               /* "connect-wanted" has no answer yet */
  GError *error;
  char *detector;
  IcamStreamInfo info;          /* of the last connection */
  gboolean info_known;

  guint failures;
  gint64 connected_boot;        /* boot time of the connect, 0 none */
  gint64 retry_at;              /* UTC, 0 not waiting */
  guint retry_id;

  GCancellable *entering;       /* waiting at the gate */
  IcamGatePass *pass;
  guint pass_id;
  char *uri;                    /* of the connect under way, without credentials */
  char *user;
  IcamSecret *secret;
};

G_DEFINE_FINAL_TYPE (IcamStreamSession, icam_stream_session, G_TYPE_OBJECT)

enum
{
  CONNECT_WANTED,
  CHANGED,
  CONNECTED,
  MOTION,
  WITNESS_LOST,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

static void
changed (IcamStreamSession *self)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
set_detector (IcamStreamSession *self,
              const char        *state)
{
  g_free (self->detector);
  self->detector = g_strdup (state);
}

static void
leave_gate (IcamStreamSession *self)
{
  g_clear_handle_id (&self->pass_id, g_source_remove);
  g_clear_pointer (&self->pass, icam_gate_pass_free);
}

/* The connection is over: when this returns nothing of it is stored or shown any more. */
static void
drop_connection (IcamStreamSession *self,
                 IcamGapCause       cause)
{
  if (self->entering != NULL)
    g_cancellable_cancel (self->entering);
  g_clear_object (&self->entering);
  leave_gate (self);
  g_clear_handle_id (&self->retry_id, g_source_remove);
  self->retry_at = 0;
  self->connected_boot = 0;
  self->asked = FALSE;

  if (self->store != NULL)
    icam_recording_store_detach (self->store, cause);
  else if (self->recording != NULL)
    icam_recording_interrupt (self->recording, cause);
  g_clear_object (&self->store);

  if (self->pipeline != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->pipeline, self);
      icam_stream_pipeline_stop (self->pipeline, cause);
      g_clear_object (&self->pipeline);
      g_signal_emit (self, signals[WITNESS_LOST], 0);
    }
  icam_live_stream_set_state (self->live, icam_gap_cause_to_string (cause));
  set_detector (self, "warming-up");
}

static void
want_connect (IcamStreamSession *self)
{
  if (!self->wanted || self->asked)
    return;

  self->asked = TRUE;
  g_signal_emit (self, signals[CONNECT_WANTED], 0);
}

static void
on_retry (gpointer user_data)
{
  IcamStreamSession *self = user_data;

  self->retry_id = 0;
  self->retry_at = 0;
  want_connect (self);
  changed (self);
}

static void
fail (IcamStreamSession *self,
      const GError      *error,
      IcamGapCause       cause)
{
  gint64 now = icam_clock_boottime (self->context->clock);
  gint64 delay;

  if (self->connected_boot != 0 && now - self->connected_boot >= STEADY_US)
    self->failures = 0;
  /* What succeeded before does so no longer: all ways are tried again. */
  if (self->connected_boot == 0 && !g_error_matches (error, ICAM_ERROR, ICAM_ERROR_UNREACHABLE))
    self->path = ICAM_PATH_AUTO;
  g_debug ("%s failed (%s): %s", self->uri != NULL ? self->uri : "A stream", icam_gap_cause_to_string (cause),
           error->message);
  drop_connection (self, cause);

  self->state = ICAM_STREAM_FAILED;
  if (error != self->error)
    {
      g_clear_error (&self->error);
      self->error = g_error_copy (error);
    }
  self->failures++;
  if (cause == ICAM_GAP_WRONG_PASSWORD)
    self->failures = MAX (self->failures, FAILURES_OF_REFUSAL);
  delay = icam_backoff_delay (self->failures, g_random_double ());
  self->retry_at = icam_clock_utc (self->context->clock) + delay;
  self->retry_id = g_timeout_add_once ((guint) (delay / 1000), on_retry, self);
  changed (self);
}

static void
on_connected (IcamStreamPipeline *pipeline,
              IcamStreamSession  *self)
{
  leave_gate (self);
  icam_stream_pipeline_get_info (pipeline, &self->info);
  self->info_known = TRUE;
  self->path = icam_stream_pipeline_get_path (pipeline);
  if (self->fingerprint == NULL)
    self->fingerprint = icam_stream_pipeline_dup_fingerprint (pipeline);
  self->state = ICAM_STREAM_CONNECTED;
  self->connected_boot = icam_clock_boottime (self->context->clock);
  g_clear_error (&self->error);
  g_debug ("%s is connected", self->uri);
  icam_live_stream_set_state (self->live, "live");
  changed (self);
  g_signal_emit (self, signals[CONNECTED], 0);
}

/* It goes on, but the camera encodes it another way. */
static void
on_stream_changed (IcamStreamPipeline *pipeline,
                   IcamStreamSession  *self)
{
  icam_stream_pipeline_get_info (pipeline, &self->info);
  changed (self);
}

static void
on_failed (IcamStreamPipeline *pipeline,
           GError             *error,
           guint               cause,
           IcamStreamSession  *self)
{
  g_autoptr (GError) copy = g_error_copy (error); /* the signal's may go with the pipeline */

  fail (self, copy, (IcamGapCause) cause);
}

static void
on_motion (IcamStreamPipeline *pipeline,
           gboolean            active,
           double              score,
           gint64              utc_us,
           IcamStreamSession  *self)
{
  g_signal_emit (self, signals[MOTION], 0, active, score, utc_us);
}

static void
on_detector (IcamStreamPipeline *pipeline,
             const char         *state,
             IcamStreamSession  *self)
{
  set_detector (self, state);
  changed (self);
}

static void
on_pass_time (gpointer user_data)
{
  IcamStreamSession *self = user_data;

  self->pass_id = 0;
  leave_gate (self);
}

static void
on_entered (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (IcamStreamSession) self = user_data;
  g_autoptr (IcamGatePass) pass = icam_gate_enter_finish (ICAM_GATE (source), result, NULL);
  IcamStreamConfig config = { 0 };

  /* Cancelled, or the cancellation came after the place was given. */
  if (pass == NULL || self->entering == NULL)
    return;

  g_clear_object (&self->entering);
  self->pass = g_steal_pointer (&pass);
  self->pass_id = g_timeout_add_once (PASS_TIME_MS, on_pass_time, self);

  if (self->recording != NULL)
    {
      icam_recording_set_identity (self->recording, self->identity);
      self->store = icam_recording_store_new (self->recording);
    }
  icam_live_stream_set_unverified (self->live, self->identity != ICAM_IDENTITY_SAME);
  icam_live_stream_set_state (self->live, "connecting");

  config.uri = self->uri;
  config.user = self->user;
  config.secret = self->secret;
  config.channel = self->channel;
  config.role = self->role;
  config.store = self->store != NULL ? ICAM_SEGMENT_STORE (self->store) : NULL;
  config.live = self->live;
  config.detect = self->detect;
  config.path = self->path;
  config.fingerprint = self->fingerprint;
  self->pipeline = icam_stream_pipeline_new (&config);
  g_signal_connect (self->pipeline, "connected", G_CALLBACK (on_connected), self);
  g_signal_connect (self->pipeline, "changed", G_CALLBACK (on_stream_changed), self);
  g_signal_connect (self->pipeline, "failed", G_CALLBACK (on_failed), self);
  g_signal_connect (self->pipeline, "motion", G_CALLBACK (on_motion), self);
  g_signal_connect (self->pipeline, "detector", G_CALLBACK (on_detector), self);
  g_debug ("Connecting to %s", self->uri);
  icam_stream_pipeline_start (self->pipeline);
}

static void
icam_stream_session_dispose (GObject *object)
{
  IcamStreamSession *self = ICAM_STREAM_SESSION (object);

  self->wanted = FALSE;
  if (self->live != NULL)
    drop_connection (self, ICAM_GAP_RECORDER_STOPPED);
  g_clear_pointer (&self->recording, icam_recording_free);
  g_clear_object (&self->live);
  g_clear_pointer (&self->secret, icam_secret_unref);

  G_OBJECT_CLASS (icam_stream_session_parent_class)->dispose (object);
}

static void
icam_stream_session_finalize (GObject *object)
{
  IcamStreamSession *self = ICAM_STREAM_SESSION (object);

  g_clear_error (&self->error);
  g_free (self->fingerprint);
  g_free (self->detector);
  g_free (self->uri);
  g_free (self->user);

  G_OBJECT_CLASS (icam_stream_session_parent_class)->finalize (object);
}

static void
icam_stream_session_class_init (IcamStreamSessionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = icam_stream_session_dispose;
  object_class->finalize = icam_stream_session_finalize;

  signals[CONNECT_WANTED] = g_signal_new ("connect-wanted", ICAM_TYPE_STREAM_SESSION, G_SIGNAL_RUN_LAST, 0, NULL,
                                          NULL, NULL, G_TYPE_NONE, 0);
  signals[CHANGED] = g_signal_new ("changed", ICAM_TYPE_STREAM_SESSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 0);
  signals[CONNECTED] = g_signal_new ("connected", ICAM_TYPE_STREAM_SESSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                     G_TYPE_NONE, 0);
  signals[MOTION] = g_signal_new ("motion", ICAM_TYPE_STREAM_SESSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 3, G_TYPE_BOOLEAN, G_TYPE_DOUBLE, G_TYPE_INT64);
  signals[WITNESS_LOST] = g_signal_new ("witness-lost", ICAM_TYPE_STREAM_SESSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                        NULL, G_TYPE_NONE, 0);
}

static void
icam_stream_session_init (IcamStreamSession *self)
{
  set_detector (self, "warming-up");
}

/**
 * icam_stream_session_new:
 * @context: the context; outlives the session
 * @channel: whose pictures
 * @role: which encoding
 *
 * Returns: (transfer full): a session that is not started and does not record
 */
IcamStreamSession *
icam_stream_session_new (IcamContext    *context,
                         const IcamUuid *channel,
                         IcamRole        role)
{
  IcamStreamSession *self = g_object_new (ICAM_TYPE_STREAM_SESSION, NULL);

  self->context = context;
  self->channel = *channel;
  self->role = role;
  self->live = icam_live_hub_add_stream (context->hub, channel, role);
  return self;
}

/**
 * icam_stream_session_record:
 * @self: a session
 * @detect: watch for motion too
 * @identity: what is known of the device
 *
 * From now on what comes is recorded, also over the connection that stands: a probe's becomes a camera's. Until
 * something comes there is a gap.
 */
void
icam_stream_session_record (IcamStreamSession *self,
                            gboolean           detect,
                            IcamIdentity       identity)
{
  g_return_if_fail (self->recording == NULL);

  self->detect = detect;
  self->identity = identity;
  self->recording = icam_recording_new (self->context->archive, &self->channel, self->role, identity);
  icam_recording_set_state (self->recording, self->recorded, self->before_us, self->rest_cause);
  if (self->pipeline == NULL)
    return;

  self->store = icam_recording_store_new (self->recording);
  icam_stream_session_set_identity (self, identity);
  icam_stream_pipeline_set_store (self->pipeline, ICAM_SEGMENT_STORE (self->store));
  if (detect)
    icam_stream_pipeline_set_detect (self->pipeline, TRUE);
}

/**
 * icam_stream_session_set_recording:
 * @self: a session
 * @state: whether what comes is stored
 * @before_us: while it stands by: how much of the past is stored when it is switched on
 * @cause: why what is not stored is not
 */
void
icam_stream_session_set_recording (IcamStreamSession *self,
                                   IcamRecordingState state,
                                   gint64             before_us,
                                   IcamGapCause       cause)
{
  self->recorded = state;
  self->before_us = before_us;
  self->rest_cause = cause;
  if (self->recording != NULL)
    icam_recording_set_state (self->recording, state, before_us, cause);
}

/**
 * icam_stream_session_remember:
 * @self: a session
 * @path: by which the stream came before
 * @fingerprint: (nullable): SHA-256 in hexadecimal of the certificate that was shown before; %NULL: what comes next is believed
 *
 * For the next connection.
 */
void
icam_stream_session_remember (IcamStreamSession *self,
                              IcamPath           path,
                              const char        *fingerprint)
{
  self->path = path;
  g_free (self->fingerprint);
  self->fingerprint = g_strdup (fingerprint);
}

/**
 * icam_stream_session_get_path:
 * @self: a session
 *
 * Returns: by which way the stream comes, or came last
 */
IcamPath
icam_stream_session_get_path (IcamStreamSession *self)
{
  return self->path;
}

/**
 * icam_stream_session_get_fingerprint:
 * @self: a session
 *
 * Returns: (transfer none) (nullable): of the certificate that was shown
 */
const char *
icam_stream_session_get_fingerprint (IcamStreamSession *self)
{
  return self->fingerprint;
}

/**
 * icam_stream_session_set_detect:
 * @self: a session that records
 * @detect: whether to watch for motion, over this connection and the next ones
 */
void
icam_stream_session_set_detect (IcamStreamSession *self,
                                gboolean           detect)
{
  if (self->detect == detect)
    return;

  self->detect = detect;
  set_detector (self, "warming-up");
  if (self->pipeline != NULL)
    icam_stream_pipeline_set_detect (self->pipeline, detect);
  if (!detect)
    g_signal_emit (self, signals[WITNESS_LOST], 0);
  changed (self);
}

/**
 * icam_stream_session_start:
 * @self: a session, new or held
 *
 * It asks to be connected, now and after each failure.
 */
void
icam_stream_session_start (IcamStreamSession *self)
{
  if (self->wanted)
    return;

  self->wanted = TRUE;
  self->failures = 0;
  if (self->state != ICAM_STREAM_CONNECTED)
    {
      self->state = ICAM_STREAM_CONNECTING;
      g_clear_error (&self->error);
      want_connect (self);
    }
  changed (self);
}

/**
 * icam_stream_session_connect:
 * @self: a session that asked for it
 * @uri: where, without credentials
 * @user: (nullable): name
 * @secret: (nullable): password
 * @identity: who it was that answered a moment ago; never %ICAM_IDENTITY_OTHER
 */
void
icam_stream_session_connect (IcamStreamSession *self,
                             const char        *uri,
                             const char        *user,
                             IcamSecret        *secret,
                             IcamIdentity       identity)
{
  g_return_if_fail (identity != ICAM_IDENTITY_OTHER);

  if (!self->asked || self->pipeline != NULL || self->entering != NULL)
    return;

  self->asked = FALSE;
  self->identity = identity;
  g_free (self->uri);
  self->uri = g_strdup (uri);
  g_free (self->user);
  self->user = g_strdup (user);
  g_clear_pointer (&self->secret, icam_secret_unref);
  self->secret = secret != NULL ? icam_secret_ref (secret) : NULL;
  self->entering = g_cancellable_new ();
  icam_gate_enter_async (self->context->gate, self->entering, on_entered, g_object_ref (self));
}

/**
 * icam_stream_session_refuse:
 * @self: a session that asked to be connected
 * @error: why it cannot be
 * @cause: the gap's
 *
 * It asks again later.
 */
void
icam_stream_session_refuse (IcamStreamSession *self,
                            const GError      *error,
                            IcamGapCause       cause)
{
  if (self->asked)
    fail (self, error, cause);
}

/**
 * icam_stream_session_hold:
 * @self: a session
 * @cause: the gap's
 * @error: (nullable): why
 *
 * Ends the connection, and asks for no other until icam_stream_session_start().
 */
void
icam_stream_session_hold (IcamStreamSession *self,
                          IcamGapCause       cause,
                          const GError      *error)
{
  self->wanted = FALSE;
  drop_connection (self, cause);
  self->state = error != NULL ? ICAM_STREAM_FAILED : ICAM_STREAM_IDLE;
  if (error != self->error)
    {
      g_clear_error (&self->error);
      self->error = error != NULL ? g_error_copy (error) : NULL;
    }
  changed (self);
}

/**
 * icam_stream_session_restart:
 * @self: a session
 * @cause: why there is a gap
 *
 * A new connection at once, in place of one that cannot be trusted (after a nap, with another password).
 */
void
icam_stream_session_restart (IcamStreamSession *self,
                             IcamGapCause       cause)
{
  if (!self->wanted)
    return;

  drop_connection (self, cause);
  self->failures = 0;
  if (self->state == ICAM_STREAM_CONNECTED)
    self->state = ICAM_STREAM_CONNECTING;
  want_connect (self);
  changed (self);
}

/**
 * icam_stream_session_retry_now:
 * @self: a session
 *
 * There is reason to think that the next try succeeds.
 */
void
icam_stream_session_retry_now (IcamStreamSession *self)
{
  if (self->retry_id == 0)
    return;

  g_clear_handle_id (&self->retry_id, g_source_remove);
  self->retry_at = 0;
  want_connect (self);
  changed (self);
}

/**
 * icam_stream_session_set_identity:
 * @self: a session
 * @identity: what is known now of the device that sends
 */
void
icam_stream_session_set_identity (IcamStreamSession *self,
                                  IcamIdentity       identity)
{
  self->identity = identity;
  if (self->store != NULL)
    icam_recording_store_set_identity (self->store, identity);
  icam_live_stream_set_unverified (self->live, identity != ICAM_IDENTITY_SAME);
}

/**
 * icam_stream_session_get_identity:
 * @self: a session
 *
 * Returns: who sends over the present or the last connection
 */
IcamIdentity
icam_stream_session_get_identity (IcamStreamSession *self)
{
  return self->identity;
}

/**
 * icam_stream_session_get_state:
 * @self: a session
 *
 * Returns: its state
 */
IcamStreamState
icam_stream_session_get_state (IcamStreamSession *self)
{
  return self->state;
}

/**
 * icam_stream_session_get_error:
 * @self: a session
 *
 * Returns: (transfer none) (nullable): why it is not connected
 */
const GError *
icam_stream_session_get_error (IcamStreamSession *self)
{
  return self->error;
}

/**
 * icam_stream_session_get_retry_at:
 * @self: a session
 *
 * Returns: UTC in µs when it tries again, 0 when it is not waiting
 */
gint64
icam_stream_session_get_retry_at (IcamStreamSession *self)
{
  return self->retry_at;
}

/**
 * icam_stream_session_get_detector:
 * @self: a session
 *
 * Returns: (transfer none): "warming-up", "healthy", "absent" or "off"
 */
const char *
icam_stream_session_get_detector (IcamStreamSession *self)
{
  return self->detect || self->recording == NULL ? self->detector : "off";
}

/**
 * icam_stream_session_get_info:
 * @self: a session
 * @info: (out): what the stream is
 *
 * Returns: whether it was ever connected
 */
gboolean
icam_stream_session_get_info (IcamStreamSession *self,
                              IcamStreamInfo    *info)
{
  *info = self->info;
  return self->info_known;
}

/**
 * icam_stream_session_get_role:
 * @self: a session
 *
 * Returns: which encoding
 */
IcamRole
icam_stream_session_get_role (IcamStreamSession *self)
{
  return self->role;
}

/**
 * icam_stream_session_get_channel:
 * @self: a session
 *
 * Returns: (transfer none): whose pictures
 */
const IcamUuid *
icam_stream_session_get_channel (IcamStreamSession *self)
{
  return &self->channel;
}

/**
 * icam_stream_session_get_live:
 * @self: a session
 *
 * Returns: (transfer none): where viewers look
 */
IcamLiveStream *
icam_stream_session_get_live (IcamStreamSession *self)
{
  return self->live;
}

/**
 * icam_stream_session_get_pipeline:
 * @self: a session
 *
 * Returns: (transfer none) (nullable): the present connection
 */
IcamStreamPipeline *
icam_stream_session_get_pipeline (IcamStreamSession *self)
{
  return self->pipeline;
}
