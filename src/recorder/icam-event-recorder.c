/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-recorder"

#include "config.h"

#include "recorder/icam-event-recorder.h"

#include "recorder/icam-event-tracker.h"

#define BEAT_MS 500
/* By now the best picture shows more than an edge of who comes. */
#define FIRST_PICTURE_MS 1500

struct _IcamEventRecorder
{
  GObject parent_instance;
  IcamContext *context;
  IcamUuid camera, channel;
  IcamEventTracker *tracker;
  IcamStreamSession *stream; /* the witness, or NULL */
  IcamEventRow row;          /* of the running event, or the last one */
  guint beat_id;
  guint picture_id;
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
} Work;

static void
work_free (gpointer data)
{
  Work *work = data;

  g_object_unref (work->archive);
  g_clear_object (&work->pipeline);
  g_free (work->row.kind);
  g_free (work->row.witnesses);
  g_free (work);
}

static Work *
work_new (IcamEventRecorder *self)
{
  Work *work = g_new0 (Work, 1);

  work->archive = g_object_ref (self->context->archive);
  work->row = self->row;
  work->row.kind = g_strdup (self->row.kind);
  work->row.witnesses = g_strdup (self->row.witnesses);
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
write_row (IcamEventRecorder *self)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, on_put, NULL);

  g_task_set_source_tag (task, write_row);
  g_task_set_task_data (task, work_new (self), work_free);
  icam_workers_write (self->context->workers, task, put);
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

  if (!g_task_propagate_boolean (G_TASK (result), NULL) || !icam_uuid_equal (&self->row.id, &work->row.id))
    return;

  self->row.thumbnail = TRUE;
  write_row (self);
}

static void
want_picture (IcamEventRecorder *self)
{
  IcamStreamPipeline *pipeline = self->stream != NULL ? icam_stream_session_get_pipeline (self->stream) : NULL;
  g_autoptr (GTask) task = NULL;
  Work *work;

  if (pipeline == NULL)
    return;

  task = g_task_new (self, NULL, on_picture, NULL);
  work = work_new (self);
  work->pipeline = g_object_ref (pipeline);
  g_task_set_source_tag (task, want_picture);
  g_task_set_task_data (task, work, work_free);
  icam_workers_read (self->context->workers, task, take_picture);
}

static void
on_first_picture (gpointer user_data)
{
  IcamEventRecorder *self = user_data;

  self->picture_id = 0;
  want_picture (self);
}

static void handle (IcamEventRecorder *self,
                    IcamEventChange    change);

static gboolean
on_beat (gpointer user_data)
{
  IcamEventRecorder *self = user_data;

  handle (self, icam_event_tracker_tick (self->tracker));
  if (icam_event_tracker_is_running (self->tracker))
    return G_SOURCE_CONTINUE;

  self->beat_id = 0;
  return G_SOURCE_REMOVE;
}

static void
handle (IcamEventRecorder *self,
        IcamEventChange    change)
{
  const IcamTrackedEvent *event = icam_event_tracker_peek (self->tracker);

  if (change == ICAM_EVENT_NOTHING)
    return;

  if (change == ICAM_EVENT_BEGAN)
    {
      icam_uuid_generate (&self->row.id);
      self->row.start_us = event->start_us;
      self->row.thumbnail = FALSE;
      if (self->beat_id == 0)
        self->beat_id = g_timeout_add (BEAT_MS, on_beat, self);
      g_clear_handle_id (&self->picture_id, g_source_remove);
      self->picture_id = g_timeout_add_once (FIRST_PICTURE_MS, on_first_picture, self);
    }
  self->row.end_us = change == ICAM_EVENT_ENDED ? MAX (event->end_us, event->start_us) : 0;
  self->row.peak_us = event->peak_us;
  self->row.peak = event->peak;
  write_row (self);

  if (change == ICAM_EVENT_ENDED)
    {
      g_clear_handle_id (&self->picture_id, g_source_remove);
      want_picture (self);
    }
  if (change != ICAM_EVENT_CHANGED)
    g_signal_emit (self, signals[CHANGED], 0);
}

static void
on_motion (IcamStreamSession *stream,
           gboolean           active,
           double             score,
           gint64             utc_us,
           IcamEventRecorder *self)
{
  handle (self, icam_event_tracker_report (self->tracker, active, score, utc_us));
}

static void
on_witness_lost (IcamStreamSession *stream,
                 IcamEventRecorder *self)
{
  icam_event_tracker_lost (self->tracker);
}

static void
icam_event_recorder_dispose (GObject *object)
{
  IcamEventRecorder *self = ICAM_EVENT_RECORDER (object);

  icam_event_recorder_watch (self, NULL);
  g_clear_handle_id (&self->beat_id, g_source_remove);
  g_clear_handle_id (&self->picture_id, g_source_remove);

  G_OBJECT_CLASS (icam_event_recorder_parent_class)->dispose (object);
}

static void
icam_event_recorder_finalize (GObject *object)
{
  IcamEventRecorder *self = ICAM_EVENT_RECORDER (object);

  icam_event_tracker_free (self->tracker);
  g_free (self->row.kind);
  g_free (self->row.witnesses);

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
  self->tracker = icam_event_tracker_new (context->clock);
  self->row.camera = *camera;
  self->row.channel = *channel;
  self->row.kind = g_strdup ("motion");
  self->row.witnesses = g_strdup ("pixels");
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
 * icam_event_recorder_is_motion:
 * @self: a recorder
 *
 * Returns: whether an event runs
 */
gboolean
icam_event_recorder_is_motion (IcamEventRecorder *self)
{
  return icam_event_tracker_is_running (self->tracker);
}

/**
 * icam_event_recorder_finish:
 * @self: a recorder
 *
 * The recorder stops: a running event ends with what was seen of it.
 */
void
icam_event_recorder_finish (IcamEventRecorder *self)
{
  if (icam_event_tracker_is_running (self->tracker))
    {
      const IcamTrackedEvent *event = icam_event_tracker_peek (self->tracker);

      self->row.end_us = MAX (event->end_us, event->start_us);
      self->row.peak_us = event->peak_us;
      self->row.peak = event->peak;
      write_row (self);
    }
  icam_event_recorder_watch (self, NULL);
  g_clear_handle_id (&self->beat_id, g_source_remove);
}
