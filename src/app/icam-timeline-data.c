/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-timeline-data.h"

/* Changes that come together are asked for together. */
#define RELOAD_MS 700
#define MAX_EVENTS 2000

typedef struct
{
  IcamTimelineRow row;
  IcamTimelineData *data;    /* not owned: the row is its */
  GCancellable *cancellable; /* of the questions that are under way */
} Row;

struct _IcamTimelineData
{
  GObject parent_instance;

  IcamClient *client;
  GPtrArray *rows; /* of Row */
  gint64 from, to; /* what was asked for, wider than what is seen */
  guint reload_source;
  gboolean reload_all;
  GHashTable *reload; /* camera ids that changed */
};

enum
{
  CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (IcamTimelineData, icam_timeline_data, G_TYPE_OBJECT)

static void
row_free (Row *row)
{
  if (row->cancellable != NULL)
    g_cancellable_cancel (row->cancellable);
  g_clear_object (&row->cancellable);
  g_object_unref (row->row.camera);
  g_array_unref (row->row.runs);
  g_array_unref (row->row.gaps);
  g_ptr_array_unref (row->row.events);
  g_array_unref (row->row.kept);
  g_free (row);
}

/* A question keeps what it needs by itself: the row may be gone when the answer comes, which then was cancelled. */
typedef struct
{
  Row *row;
  GCancellable *cancellable;
} Question;

static Question *
question_new (Row *row)
{
  Question *question = g_new0 (Question, 1);

  question->row = row;
  question->cancellable = g_object_ref (row->cancellable);
  return question;
}

static void
question_free (Question *question)
{
  g_object_unref (question->cancellable);
  g_free (question);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Question, question_free)

static void
recordings_cb (GObject      *source,
               GAsyncResult *result,
               gpointer      user_data)
{
  g_autoptr (Question) question = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (IcamRecordings) recordings
    = icam_client_list_recordings_finish (ICAM_CLIENT (source), result, &error);
  Row *row;

  if (g_cancellable_is_cancelled (question->cancellable))
    return;
  row = question->row;
  if (recordings == NULL)
    {
      g_debug ("No recordings of %s: %s", icam_camera_get_id (row->row.camera), error->message);
      return;
    }
  g_array_set_size (row->row.runs, 0);
  for (guint i = 0; i < recordings->spans->len; i++)
    {
      const IcamSpan *span = &g_array_index (recordings->spans, IcamSpan, i);

      icam_runs_add (row->row.runs, span->start, span->end, span->unverified);
      if (span->open && row->row.runs->len > 0)
        g_array_index (row->row.runs, IcamRun, row->row.runs->len - 1).open = TRUE;
    }
  g_array_set_size (row->row.gaps, 0);
  if (recordings->gaps->len > 0)
    g_array_append_vals (row->row.gaps, recordings->gaps->data, recordings->gaps->len);
  g_signal_emit (row->data, signals[CHANGED], 0);
}

static void
events_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (Question) question = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) events
    = icam_client_list_events_finish (ICAM_CLIENT (source), result, &error);
  Row *row;

  if (g_cancellable_is_cancelled (question->cancellable))
    return;
  row = question->row;
  if (events == NULL)
    {
      g_debug ("No events of %s: %s", icam_camera_get_id (row->row.camera), error->message);
      return;
    }
  g_ptr_array_unref (row->row.events);
  row->row.events = g_steal_pointer (&events);
  g_signal_emit (row->data, signals[CHANGED], 0);
}

static void
kept_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr (Question) question = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) rows = NULL;
  gboolean ok = icam_dbus_camera_call_list_protections_finish (ICAM_DBUS_CAMERA (source), &rows, result, &error);
  GVariantIter iter;
  IcamKept kept;
  GArray *list;

  if (g_cancellable_is_cancelled (question->cancellable))
    return;
  if (!ok)
    {
      g_debug ("No protections: %s", error->message);
      return;
    }
  list = question->row->row.kept;
  g_array_set_size (list, 0);
  g_variant_iter_init (&iter, rows);
  while (g_variant_iter_next (&iter, "(&sxxx&s)", NULL, &kept.start, &kept.end, NULL, NULL))
    g_array_append_val (list, kept);
  g_signal_emit (question->row->data, signals[CHANGED], 0);
}

static void
row_load (Row *row)
{
  IcamTimelineData *self = row->data;
  IcamRole role;

  if (row->cancellable != NULL)
    g_cancellable_cancel (row->cancellable);
  g_clear_object (&row->cancellable);
  if (self->to <= self->from || icam_client_get_state (self->client) != ICAM_CLIENT_READY)
    return;
  row->cancellable = g_cancellable_new ();
  role = icam_camera_has_role (row->row.camera, ICAM_ROLE_MAIN) ? ICAM_ROLE_MAIN : ICAM_ROLE_SUB;
  icam_client_list_recordings_async (self->client, row->row.camera, role, self->from, self->to,
                                     row->cancellable, recordings_cb, question_new (row));
  icam_client_list_events_async (self->client, icam_camera_get_id (row->row.camera), self->from,
                                 self->to, MAX_EVENTS, row->cancellable, events_cb,
                                 question_new (row));
  if (icam_camera_get_proxy (row->row.camera) != NULL)
    icam_dbus_camera_call_list_protections (icam_camera_get_proxy (row->row.camera), g_variant_new ("a{sv}", NULL),
                                            row->cancellable, kept_cb, question_new (row));
}

static gboolean
reload_cb (gpointer user_data)
{
  IcamTimelineData *self = user_data;

  self->reload_source = 0;
  for (guint i = 0; i < self->rows->len; i++)
    {
      Row *row = g_ptr_array_index (self->rows, i);

      if (self->reload_all
          || g_hash_table_contains (self->reload, icam_camera_get_id (row->row.camera)))
        row_load (row);
    }
  self->reload_all = FALSE;
  g_hash_table_remove_all (self->reload);
  return G_SOURCE_REMOVE;
}

static void
queue_reload (IcamTimelineData *self,
              const char       *camera)
{
  if (camera == NULL)
    self->reload_all = TRUE;
  else
    g_hash_table_add (self->reload, g_strdup (camera));
  if (self->reload_source == 0)
    self->reload_source = g_timeout_add (RELOAD_MS, reload_cb, self);
}

static void
recordings_changed_cb (IcamTimelineData *self,
                       const char       *camera,
                       gint64            from)
{
  if (from < self->to)
    queue_reload (self, camera);
}

static void
event_changed_cb (IcamTimelineData *self,
                  IcamEvent        *event)
{
  queue_reload (self, icam_event_get_camera (event));
}

static void
state_changed_cb (IcamTimelineData *self)
{
  if (icam_client_get_state (self->client) == ICAM_CLIENT_READY)
    queue_reload (self, NULL);
}

/* Rows that stay keep what they know. */
static void
cameras_changed_cb (IcamTimelineData *self)
{
  GListModel *cameras = icam_client_get_cameras (self->client);
  guint n_cameras = g_list_model_get_n_items (cameras);
  g_autoptr (GPtrArray) old = g_steal_pointer (&self->rows);

  self->rows = g_ptr_array_new_with_free_func ((GDestroyNotify) row_free);
  for (guint i = 0; i < n_cameras; i++)
    {
      g_autoptr (IcamCamera) camera = g_list_model_get_item (cameras, i);
      Row *row = NULL;

      for (guint j = 0; j < old->len && row == NULL; j++)
        if (((Row *) g_ptr_array_index (old, j))->row.camera == camera)
          row = g_ptr_array_steal_index (old, j);
      if (row == NULL)
        {
          row = g_new0 (Row, 1);
          row->data = self;
          row->row.camera = g_object_ref (camera);
          row->row.runs = g_array_new (FALSE, FALSE, sizeof (IcamRun));
          row->row.gaps = g_array_new (FALSE, FALSE, sizeof (IcamGap));
          row->row.events = g_ptr_array_new_with_free_func (g_object_unref);
          row->row.kept = g_array_new (FALSE, FALSE, sizeof (IcamKept));
          row_load (row);
        }
      g_ptr_array_add (self->rows, row);
    }
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
icam_timeline_data_dispose (GObject *object)
{
  IcamTimelineData *self = ICAM_TIMELINE_DATA (object);

  g_clear_handle_id (&self->reload_source, g_source_remove);
  g_ptr_array_set_size (self->rows, 0);
  if (self->client != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->client, self);
      g_signal_handlers_disconnect_by_data (icam_client_get_cameras (self->client), self);
    }
  g_clear_object (&self->client);
  G_OBJECT_CLASS (icam_timeline_data_parent_class)->dispose (object);
}

static void
icam_timeline_data_finalize (GObject *object)
{
  IcamTimelineData *self = ICAM_TIMELINE_DATA (object);

  g_ptr_array_unref (self->rows);
  g_hash_table_unref (self->reload);
  G_OBJECT_CLASS (icam_timeline_data_parent_class)->finalize (object);
}

static void
icam_timeline_data_class_init (IcamTimelineDataClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = icam_timeline_data_dispose;
  object_class->finalize = icam_timeline_data_finalize;
  signals[CHANGED] = g_signal_new ("changed", ICAM_TYPE_TIMELINE_DATA, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
}

static void
icam_timeline_data_init (IcamTimelineData *self)
{
  self->rows = g_ptr_array_new_with_free_func ((GDestroyNotify) row_free);
  self->reload = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

/** icam_timeline_data_new: knows nothing until icam_timeline_data_set_span() */
IcamTimelineData *
icam_timeline_data_new (IcamClient *client)
{
  IcamTimelineData *self;

  g_return_val_if_fail (ICAM_IS_CLIENT (client), NULL);

  self = g_object_new (ICAM_TYPE_TIMELINE_DATA, NULL);
  self->client = g_object_ref (client);
  g_signal_connect_swapped (icam_client_get_cameras (client), "items-changed",
                            G_CALLBACK (cameras_changed_cb), self);
  g_signal_connect_swapped (client, "recordings-changed", G_CALLBACK (recordings_changed_cb), self);
  g_signal_connect_swapped (client, "event-changed", G_CALLBACK (event_changed_cb), self);
  g_signal_connect_swapped (client, "notify::state", G_CALLBACK (state_changed_cb), self);
  cameras_changed_cb (self);
  return self;
}

/**
 * icam_timeline_data_set_span:
 * @self: the data
 * @from: µs UTC
 * @to: µs UTC
 *
 * What is seen. Asks the recorder only when that leaves what is known, or is much less than it.
 */
void
icam_timeline_data_set_span (IcamTimelineData *self,
                             gint64            from,
                             gint64            to)
{
  gint64 duration = to - from;

  g_return_if_fail (ICAM_IS_TIMELINE_DATA (self));
  g_return_if_fail (to > from);

  if (from >= self->from && to <= self->to && self->to - self->from < 12 * duration)
    return;
  self->from = from - duration;
  self->to = to + duration;
  queue_reload (self, NULL);
}

/** icam_timeline_data_get_n_rows: one a camera */
guint
icam_timeline_data_get_n_rows (IcamTimelineData *self)
{
  g_return_val_if_fail (ICAM_IS_TIMELINE_DATA (self), 0);
  return self->rows->len;
}

/** icam_timeline_data_get_row: valid until "changed" */
const IcamTimelineRow *
icam_timeline_data_get_row (IcamTimelineData *self,
                            guint             index)
{
  g_return_val_if_fail (ICAM_IS_TIMELINE_DATA (self), NULL);
  g_return_val_if_fail (index < self->rows->len, NULL);
  return &((Row *) g_ptr_array_index (self->rows, index))->row;
}

/**
 * icam_timeline_data_find_event:
 * @self: the data
 * @camera: (nullable): of this camera only
 * @time: µs UTC
 * @direction: 1 for the first event after @time, -1 for the last one before
 *
 * Returns: (transfer none) (nullable): the event
 */
IcamEvent *
icam_timeline_data_find_event (IcamTimelineData *self,
                               const char       *camera,
                               gint64            time,
                               int               direction)
{
  IcamEvent *best = NULL;

  g_return_val_if_fail (ICAM_IS_TIMELINE_DATA (self), NULL);

  for (guint i = 0; i < self->rows->len; i++)
    {
      const IcamTimelineRow *row = icam_timeline_data_get_row (self, i);

      if (camera != NULL && g_strcmp0 (camera, icam_camera_get_id (row->camera)) != 0)
        continue;
      for (guint j = 0; j < row->events->len; j++)
        {
          IcamEvent *event = g_ptr_array_index (row->events, j);
          gint64 start = icam_event_get_start (event);

          if (direction > 0 ? start <= time : start >= time)
            continue;
          if (best == NULL
              || (direction > 0 ? start < icam_event_get_start (best)
                                : start > icam_event_get_start (best)))
            best = event;
        }
    }
  return best;
}
