/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-recorder"

#include "config.h"

#include "recorder/icam-event-recorder.h"

#include "recorder/icam-event-tracker.h"

#define BEAT_MS 500
/* By now the best picture shows more than an edge of who comes. */
#define FIRST_PICTURE_MS 1500
/* Of a picture that no detector has, in pixels. */
#define PICTURE_WIDTH 480

/* What is seen in the picture makes one event at a time, every other kind one of its own. */
#define N_TRACKS (1 + ICAM_N_EVENT_KINDS - ICAM_N_SEEN_KINDS)

typedef struct
{
  IcamEventRecorder *recorder; /* owns us */
  IcamEventTracker *tracker;
  IcamEventRow row; /* of the running event, or the last one */
  guint beat_id;
  guint picture_id;
} Track;

struct _IcamEventRecorder
{
  GObject parent_instance;
  IcamContext *context;
  IcamUuid camera, channel;
  IcamStreamSession *stream; /* the witness in the pictures, or NULL */
  IcamDeviceSession *device; /* the other one, or NULL */
  gboolean deaf;             /* what the device sees is not heard; what is no matter of the picture is */
  Track tracks[N_TRACKS];
};

G_DEFINE_FINAL_TYPE (IcamEventRecorder, icam_event_recorder, G_TYPE_OBJECT)

enum
{
  EVENT,
  CHANGED,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

typedef struct
{
  IcamArchive *archive;
  IcamEventRow row;
  IcamStreamPipeline *pipeline; /* for a picture */
  IcamLiveStream *live;         /* for one that no detector has, or NULL */
} Work;

static void
work_free (gpointer data)
{
  Work *work = data;

  g_object_unref (work->archive);
  g_clear_object (&work->pipeline);
  g_clear_object (&work->live);
  g_free (work->row.kind);
  g_free (work->row.witnesses);
  g_free (work);
}

static Work *
work_new (Track *track)
{
  Work *work = g_new0 (Work, 1);

  work->archive = g_object_ref (track->recorder->context->archive);
  work->row = track->row;
  work->row.kind = g_strdup (track->row.kind);
  work->row.witnesses = g_strdup (track->row.witnesses);
  return work;
}

static void
put (GTask        *task,
     gpointer      source,
     gpointer      data,
     GCancellable *cancellable)
{
  Work *work = data;
  GError *error = NULL;

  if (icam_archive_put_event (work->archive, &work->row, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
on_put (GObject      *source,
        GAsyncResult *result,
        gpointer      user_data)
{
  Work *work = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    g_warning ("An event could not be written: %s", error->message);
  else
    g_signal_emit (source, signals[EVENT], 0, &work->row);
}

static void
write_row (Track *track)
{
  g_autoptr (GTask) task = g_task_new (track->recorder, NULL, on_put, NULL);

  g_task_set_source_tag (task, write_row);
  g_task_set_task_data (task, work_new (track), work_free);
  icam_workers_write (track->recorder->context->workers, task, put);
}

static void
take_picture (GTask        *task,
              gpointer      source,
              gpointer      data,
              GCancellable *cancellable)
{
  Work *work = data;
  gint64 utc;
  g_autoptr (GBytes) jpeg = icam_stream_pipeline_take_best_picture (work->pipeline, &utc);

  /* What only the device saw: where nothing moves, or nobody looks for it. */
  if (jpeg == NULL && work->live != NULL)
    jpeg = icam_live_stream_take_picture (work->live, PICTURE_WIDTH, &utc);
  if (jpeg != NULL)
    icam_archive_put_thumbnail (work->archive, &work->row.id, &work->row.channel, jpeg);
  g_task_return_boolean (task, jpeg != NULL);
}

static void
on_picture (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  IcamEventRecorder *self = ICAM_EVENT_RECORDER (source);
  Work *work = g_task_get_task_data (G_TASK (result));

  if (!g_task_propagate_boolean (G_TASK (result), NULL))
    return;

  for (guint i = 0; i < N_TRACKS; i++)
    if (icam_uuid_equal (&self->tracks[i].row.id, &work->row.id))
      {
        self->tracks[i].row.thumbnail = TRUE;
        write_row (&self->tracks[i]);
      }
}

static void
want_picture (Track *track)
{
  IcamEventRecorder *self = track->recorder;
  IcamStreamPipeline *pipeline = self->stream != NULL ? icam_stream_session_get_pipeline (self->stream) : NULL;
  g_autoptr (GTask) task = NULL;
  Work *work;

  if (pipeline == NULL)
    return;

  task = g_task_new (self, NULL, on_picture, NULL);
  work = work_new (track);
  work->pipeline = g_object_ref (pipeline);
  if (!track->row.thumbnail && (icam_event_tracker_peek (track->tracker)->witnesses & ICAM_WITNESS_DEVICE) != 0)
    work->live = g_object_ref (icam_stream_session_get_live (self->stream));
  g_task_set_source_tag (task, want_picture);
  g_task_set_task_data (task, work, work_free);
  icam_workers_read (self->context->workers, task, take_picture);
}

static void
on_first_picture (gpointer user_data)
{
  Track *track = user_data;

  track->picture_id = 0;
  want_picture (track);
}

static void handle (Track          *track,
                    IcamEventChange change);

static gboolean
on_beat (gpointer user_data)
{
  Track *track = user_data;
  gboolean was_running = icam_event_tracker_is_running (track->tracker);

  handle (track, icam_event_tracker_tick (track->tracker));
  /* Once more after the end: another event may wait for that. */
  if (was_running || icam_event_tracker_is_running (track->tracker))
    return G_SOURCE_CONTINUE;

  track->beat_id = 0;
  return G_SOURCE_REMOVE;
}

/* What an event is called: the most telling of what was seen. */
static IcamEventKind
name_kind (const IcamTrackedEvent *event)
{
  IcamEventKind named = ICAM_EVENT_MOTION;

  for (guint i = 0; i < ICAM_N_EVENT_KINDS; i++)
    if ((event->kinds & 1u << i) != 0)
      named = (IcamEventKind) i;
  return named;
}

/* The row as the tracker sees it. */
static void
fill_row (Track   *track,
          gboolean ended)
{
  const IcamTrackedEvent *event = icam_event_tracker_peek (track->tracker);
  gboolean pixels = (event->witnesses & ICAM_WITNESS_PIXELS) != 0;
  gboolean device = (event->witnesses & ICAM_WITNESS_DEVICE) != 0;

  track->row.start_us = event->start_us;
  track->row.end_us = ended ? MAX (event->end_us, event->start_us) : 0;
  track->row.peak_us = event->peak_us;
  track->row.peak = event->peak;
  g_free (track->row.kind);
  track->row.kind = g_strdup (icam_event_kind_to_string (name_kind (event)));
  g_free (track->row.witnesses);
  track->row.witnesses = g_strdup (pixels && device ? "pixels,device" : device ? "device" : "pixels");
}

static void
handle (Track          *track,
        IcamEventChange change)
{
  if (change == ICAM_EVENT_NOTHING)
    return;

  if (change == ICAM_EVENT_BEGAN)
    {
      icam_uuid_generate (&track->row.id);
      track->row.thumbnail = FALSE;
      if (track->beat_id == 0)
        track->beat_id = g_timeout_add (BEAT_MS, on_beat, track);
      g_clear_handle_id (&track->picture_id, g_source_remove);
      track->picture_id = g_timeout_add_once (FIRST_PICTURE_MS, on_first_picture, track);
    }
  fill_row (track, change == ICAM_EVENT_ENDED);
  write_row (track);
  /* Who rings may be gone a moment later. */
  if (change == ICAM_EVENT_BEGAN && icam_event_tracker_peek (track->tracker)->witnesses == ICAM_WITNESS_DEVICE)
    want_picture (track);

  if (change == ICAM_EVENT_ENDED)
    {
      g_clear_handle_id (&track->picture_id, g_source_remove);
      want_picture (track);
    }
  if (change != ICAM_EVENT_CHANGED)
    g_signal_emit (track->recorder, signals[CHANGED], 0);
}

static void
on_motion (IcamStreamSession *stream,
           gboolean           active,
           double             score,
           gint64             utc_us,
           IcamEventRecorder *self)
{
  handle (&self->tracks[0], icam_event_tracker_report (self->tracks[0].tracker, active, score, utc_us));
}

static void
on_witness_lost (IcamStreamSession *stream,
                 IcamEventRecorder *self)
{
  icam_event_tracker_lost (self->tracks[0].tracker);
}

static void
on_heard (IcamDeviceSession *device,
          const IcamUuid    *channel,
          guint              kind,
          guint              state,
          IcamEventRecorder *self)
{
  Track *track = &self->tracks[kind < ICAM_N_SEEN_KINDS ? 0 : 1 + kind - ICAM_N_SEEN_KINDS];
  gint64 now = icam_clock_utc (self->context->clock);

  if (!icam_uuid_equal (channel, &self->channel) || (self->deaf && kind < ICAM_N_SEEN_KINDS))
    return;

  handle (track, icam_event_tracker_hear (track->tracker, (IcamEventKind) kind, state != ICAM_ONVIF_OFF, now));
  if (state == ICAM_ONVIF_MOMENT)
    handle (track, icam_event_tracker_hear (track->tracker, (IcamEventKind) kind, FALSE, now));
}

static void
on_unheard (IcamDeviceSession *device,
            IcamEventRecorder *self)
{
  for (guint i = 0; i < N_TRACKS; i++)
    icam_event_tracker_unheard (self->tracks[i].tracker);
}

static void
end_timers (IcamEventRecorder *self)
{
  for (guint i = 0; i < N_TRACKS; i++)
    {
      g_clear_handle_id (&self->tracks[i].beat_id, g_source_remove);
      g_clear_handle_id (&self->tracks[i].picture_id, g_source_remove);
    }
}

static void
icam_event_recorder_dispose (GObject *object)
{
  IcamEventRecorder *self = ICAM_EVENT_RECORDER (object);

  icam_event_recorder_watch (self, NULL);
  icam_event_recorder_listen (self, NULL);
  end_timers (self);

  G_OBJECT_CLASS (icam_event_recorder_parent_class)->dispose (object);
}

static void
icam_event_recorder_finalize (GObject *object)
{
  IcamEventRecorder *self = ICAM_EVENT_RECORDER (object);

  for (guint i = 0; i < N_TRACKS; i++)
    {
      icam_event_tracker_free (self->tracks[i].tracker);
      g_free (self->tracks[i].row.kind);
      g_free (self->tracks[i].row.witnesses);
    }

  G_OBJECT_CLASS (icam_event_recorder_parent_class)->finalize (object);
}

static void
icam_event_recorder_class_init (IcamEventRecorderClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = icam_event_recorder_dispose;
  object_class->finalize = icam_event_recorder_finalize;

  signals[EVENT] = g_signal_new ("event", ICAM_TYPE_EVENT_RECORDER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 1, G_TYPE_POINTER);
  signals[CHANGED] = g_signal_new ("changed", ICAM_TYPE_EVENT_RECORDER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 0);
}

static void
icam_event_recorder_init (IcamEventRecorder *self)
{
}

/**
 * icam_event_recorder_new:
 * @context: the context; outlives the recorder
 * @camera: the camera at which things happen
 * @channel: whose pictures show them
 *
 * Returns: (transfer full): a recorder without a witness
 */
IcamEventRecorder *
icam_event_recorder_new (IcamContext    *context,
                         const IcamUuid *camera,
                         const IcamUuid *channel)
{
  IcamEventRecorder *self = g_object_new (ICAM_TYPE_EVENT_RECORDER, NULL);

  self->context = context;
  self->camera = *camera;
  self->channel = *channel;
  for (guint i = 0; i < N_TRACKS; i++)
    {
      self->tracks[i].recorder = self;
      self->tracks[i].tracker = icam_event_tracker_new (context->clock);
      self->tracks[i].row.camera = *camera;
      self->tracks[i].row.channel = *channel;
    }
  return self;
}

/**
 * icam_event_recorder_watch:
 * @self: a recorder
 * @stream: (nullable): the stream on which motion is watched, of the recorder's own channel
 */
void
icam_event_recorder_watch (IcamEventRecorder *self,
                           IcamStreamSession *stream)
{
  g_return_if_fail (stream == NULL || icam_uuid_equal (icam_stream_session_get_channel (stream), &self->channel));

  if (self->stream != NULL)
    g_signal_handlers_disconnect_by_data (self->stream, self);
  g_set_object (&self->stream, stream);
  if (stream == NULL)
    return;

  g_signal_connect (stream, "motion", G_CALLBACK (on_motion), self);
  g_signal_connect (stream, "witness-lost", G_CALLBACK (on_witness_lost), self);
}

/**
 * icam_event_recorder_listen:
 * @self: a recorder
 * @device: (nullable): the device of the recorder's channel, which may detect things itself
 */
void
icam_event_recorder_listen (IcamEventRecorder *self,
                            IcamDeviceSession *device)
{
  if (self->device != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->device, self);
      on_unheard (self->device, self);
    }
  g_set_object (&self->device, device);
  if (device == NULL)
    return;

  g_signal_connect (device, "heard", G_CALLBACK (on_heard), self);
  g_signal_connect (device, "unheard", G_CALLBACK (on_unheard), self);
}

/**
 * icam_event_recorder_set_detect:
 * @self: a recorder
 * @detect: whether what the device sees in its picture is heard
 *
 * Who does not want to hear of what moves does not want it from the camera either. Somebody at the door, a contact, a camera that is
 * covered: that comes all the same.
 */
void
icam_event_recorder_set_detect (IcamEventRecorder *self,
                                gboolean           detect)
{
  self->deaf = !detect;
  if (self->deaf)
    icam_event_tracker_unheard (self->tracks[0].tracker);
}

/**
 * icam_event_recorder_is_running:
 * @self: a recorder
 *
 * Returns: whether something happens, by whomever it is noticed
 */
gboolean
icam_event_recorder_is_running (IcamEventRecorder *self)
{
  for (guint i = 0; i < N_TRACKS; i++)
    if (icam_event_tracker_is_running (self->tracks[i].tracker))
      return TRUE;
  return FALSE;
}

/**
 * icam_event_recorder_is_motion:
 * @self: a recorder
 *
 * Returns: whether something is seen in the picture
 */
gboolean
icam_event_recorder_is_motion (IcamEventRecorder *self)
{
  return icam_event_tracker_is_running (self->tracks[0].tracker);
}

/**
 * icam_event_recorder_finish:
 * @self: a recorder
 *
 * The recorder stops: running events end with what was seen of it.
 */
void
icam_event_recorder_finish (IcamEventRecorder *self)
{
  for (guint i = 0; i < N_TRACKS; i++)
    if (icam_event_tracker_is_running (self->tracks[i].tracker))
      {
        fill_row (&self->tracks[i], TRUE);
        write_row (&self->tracks[i]);
      }
  icam_event_recorder_watch (self, NULL);
  icam_event_recorder_listen (self, NULL);
  end_timers (self);
}
