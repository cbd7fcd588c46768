/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-recorder"

#include "config.h"

#include "recorder/icam-camera-reads.h"

#include "recorder/icam-reply.h"
#include "recorder/icam-service.h"

#include <unistd.h>

/* One answer on the bus stays far below its limits. */
#define MAX_ROWS 50000

typedef struct
{
  IcamUuid id; /* channel, camera or event */
  gboolean any; /* all cameras */
  IcamRole role;
  guint64 seq;
  gint64 from, to;
  guint limit;
} Question;

typedef struct
{
  GVariant *value;
  int fd; /* -1 for none */
} Answer;

static void
answer_free (gpointer data)
{
  Answer *answer = data;

  g_clear_pointer (&answer->value, g_variant_unref);
  if (answer->fd >= 0)
    close (answer->fd);
  g_free (answer);
}

static void
return_answer (GTask    *task,
               GVariant *value,
               int       fd)
{
  Answer *answer = g_new0 (Answer, 1);

  answer->value = g_variant_ref_sink (value);
  answer->fd = fd;
  g_task_return_pointer (task, answer, answer_free);
}

static void
on_answer (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  GDBusMethodInvocation *invocation = user_data;
  GError *error = NULL;
  Answer *answer = g_task_propagate_pointer (G_TASK (result), &error);
  g_autoptr (GUnixFDList) list = NULL;

  if (answer != NULL && answer->fd >= 0)
    {
      list = icam_reply_fd_list (answer->fd, &error);
      answer->fd = -1;
    }
  if (error != NULL)
    icam_reply_error (invocation, error);
  else
    g_dbus_method_invocation_return_value_with_unix_fd_list (invocation, answer->value, list);
  if (answer != NULL)
    answer_free (answer);
}

static void
ask (IcamContext           *context,
     GDBusMethodInvocation *invocation,
     Question               question,
     GTaskThreadFunc        work)
{
  g_autoptr (GTask) task = g_task_new (context->archive, NULL, on_answer, invocation);

  g_task_set_source_tag (task, ask);
  g_task_set_task_data (task, g_memdup2 (&question, sizeof question), g_free);
  icam_workers_read (context->workers, task, work);
}

static void
read_segments (GTask        *task,
               gpointer      source,
               gpointer      data,
               GCancellable *cancellable)
{
  Question *question = data;
  GError *error = NULL;
  g_auto (GVariantBuilder) segments = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(stuxxtss)"));
  g_auto (GVariantBuilder) gaps = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(xxs)"));
  g_autoptr (GArray) rows = NULL;
  g_autoptr (GArray) gap_rows = NULL;

  rows = icam_archive_list_segments (source, &question->id, question->role, question->from, question->to, &error);
  if (rows != NULL)
    gap_rows = icam_archive_list_gaps (source, &question->id, question->role, question->from, question->to, &error);
  if (gap_rows == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  for (guint i = 0; i < rows->len && i < MAX_ROWS; i++)
    {
      const IcamSegmentRow *row = &g_array_index (rows, IcamSegmentRow, i);
      char channel[ICAM_UUID_TEXT_SIZE];

      icam_uuid_format (&row->channel, channel);
      g_variant_builder_add (&segments, "(stuxxtss)", channel, row->seq, row->epoch, row->start_us, row->end_us,
                             row->bytes, row->open ? "open" : "closed", icam_identity_to_string (row->identity));
    }
  for (guint i = 0; i < gap_rows->len && i < MAX_ROWS; i++)
    {
      const IcamGapRow *row = &g_array_index (gap_rows, IcamGapRow, i);

      g_variant_builder_add (&gaps, "(xxs)", row->start_us, row->end_us, icam_gap_cause_to_string (row->cause));
    }
  return_answer (task, g_variant_new ("(a(stuxxtss)a(xxs))", &segments, &gaps), -1);
}

/**
 * icam_camera_read_segments:
 * @context: the context
 * @invocation: (transfer full): ListSegments
 * @channel: whose
 * @role: which encoding
 * @from: UTC in µs
 * @to: UTC in µs, not included
 */
void
icam_camera_read_segments (IcamContext           *context,
                           GDBusMethodInvocation *invocation,
                           const IcamUuid        *channel,
                           IcamRole               role,
                           gint64                 from,
                           gint64                 to)
{
  ask (context, invocation, (Question) { .id = *channel, .role = role, .from = from, .to = to }, read_segments);
}

static void
read_segment (GTask        *task,
              gpointer      source,
              gpointer      data,
              GCancellable *cancellable)
{
  Question *question = data;
  GError *error = NULL;
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(xt)"));
  g_autoptr (GArray) key_frames = NULL;
  int fd = icam_archive_open_segment (source, &question->id, question->role, question->seq, &key_frames, &error);

  if (fd < 0)
    {
      g_task_return_error (task, error);
      return;
    }

  for (guint i = 0; key_frames != NULL && i < key_frames->len && i < MAX_ROWS; i++)
    {
      const IcamKeyFrame *frame = &g_array_index (key_frames, IcamKeyFrame, i);

      g_variant_builder_add (&builder, "(xt)", frame->offset_us, frame->byte_offset);
    }
  return_answer (task, g_variant_new ("(ha(xt))", 0, &builder), fd);
}

/**
 * icam_camera_read_segment:
 * @context: the context
 * @invocation: (transfer full): OpenSegment
 * @channel: whose
 * @role: which encoding
 * @seq: which
 */
void
icam_camera_read_segment (IcamContext           *context,
                          GDBusMethodInvocation *invocation,
                          const IcamUuid        *channel,
                          IcamRole               role,
                          guint64                seq)
{
  ask (context, invocation, (Question) { .id = *channel, .role = role, .seq = seq }, read_segment);
}

static void
read_events (GTask        *task,
             gpointer      source,
             gpointer      data,
             GCancellable *cancellable)
{
  Question *question = data;
  GError *error = NULL;
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(ssssxxxdasb)"));
  g_autoptr (GArray) rows = icam_archive_list_events (source, question->any ? NULL : &question->id, question->from,
                                                      question->to, question->limit, &error);

  if (rows == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  for (guint i = 0; i < rows->len; i++)
    g_variant_builder_add_value (&builder, icam_service_event_variant (&g_array_index (rows, IcamEventRow, i)));
  return_answer (task, g_variant_new ("(a(ssssxxxdasb))", &builder), -1);
}

/**
 * icam_camera_read_events:
 * @context: the context
 * @invocation: (transfer full): ListEvents
 * @camera: (nullable): of one camera only
 * @from: UTC in µs
 * @to: UTC in µs, not included
 * @limit: how many at most
 */
void
icam_camera_read_events (IcamContext           *context,
                         GDBusMethodInvocation *invocation,
                         const IcamUuid        *camera,
                         gint64                 from,
                         gint64                 to,
                         guint                  limit)
{
  Question question = { .any = camera == NULL, .from = from, .to = to, .limit = limit };

  if (camera != NULL)
    question.id = *camera;
  ask (context, invocation, question, read_events);
}

static void
read_thumbnail (GTask        *task,
                gpointer      source,
                gpointer      data,
                GCancellable *cancellable)
{
  Question *question = data;
  GError *error = NULL;
  int fd = icam_archive_open_thumbnail (source, &question->id, &error);

  if (fd < 0)
    g_task_return_error (task, error);
  else
    return_answer (task, g_variant_new ("(h)", 0), fd);
}

/**
 * icam_camera_read_thumbnail:
 * @context: the context
 * @invocation: (transfer full): OpenThumbnail
 * @event: which
 */
void
icam_camera_read_thumbnail (IcamContext           *context,
                            GDBusMethodInvocation *invocation,
                            const IcamUuid        *event)
{
  ask (context, invocation, (Question) { .id = *event }, read_thumbnail);
}

static void
read_journal (GTask        *task,
              gpointer      source,
              gpointer      data,
              GCancellable *cancellable)
{
  Question *question = data;
  GError *error = NULL;
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(xsa{sv})"));
  g_autoptr (GArray) rows =
    icam_archive_list_journal (source, question->from, question->to, question->limit, &error);

  if (rows == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  for (guint i = 0; i < rows->len; i++)
    {
      const IcamJournalRow *row = &g_array_index (rows, IcamJournalRow, i);

      g_variant_builder_add (&builder, "(xs@a{sv})", row->time_us, row->code,
                             row->params != NULL ? row->params
                                                 : g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0));
    }
  return_answer (task, g_variant_new ("(a(xsa{sv}))", &builder), -1);
}

/**
 * icam_camera_read_journal:
 * @context: the context
 * @invocation: (transfer full): ListJournal
 * @from: UTC in µs
 * @to: UTC in µs, not included
 * @limit: how many at most
 */
void
icam_camera_read_journal (IcamContext           *context,
                          GDBusMethodInvocation *invocation,
                          gint64                 from,
                          gint64                 to,
                          guint                  limit)
{
  ask (context, invocation, (Question) { .from = from, .to = to, .limit = limit }, read_journal);
}
