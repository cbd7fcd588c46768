/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "icam-archive-fixture.h"

#include "archive/icam-export-file.h"

#include <ftw.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static int
remove_cb (const char *path, const struct stat *info, int type, struct FTW *walk)
{
  return remove (path);
}

void
fixture_setup (Fixture *self, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *top = g_dir_make_tmp ("icam-archive-XXXXXX", &error);

  g_assert_no_error (error);
  fixture_setup_at (self, top);
}

/* For a process that takes part in another's test. */
void
fixture_setup_at (Fixture *self, const char *top)
{
  self->top = g_strdup (top);
  self->data_dir = g_build_filename (self->top, "data", NULL);
  self->folder = g_build_filename (self->top, "folder", NULL);
  self->clock = ICAM_CLOCK (icam_test_clock_new (START_US));
  /* Always the same: what a stream is called says when it is cut. */
  for (guint i = 0; i < sizeof self->channel; i++)
    self->channel.bytes[i] = (guint8) (i * i + 17);
  self->options.main_segment_us = self->options.sub_segment_us = 3600 * (gint64) G_USEC_PER_SEC;
  /* The machine that runs the tests may have little room. */
  self->options.floor_bytes = 1;
}

void
fixture_teardown (Fixture *self, gconstpointer unused)
{
  if (self->archive != NULL)
    fixture_close (self, ICAM_GAP_RECORDER_STOPPED);
  g_clear_object (&self->clock);
  nftw (self->top, remove_cb, 16, FTW_DEPTH | FTW_PHYS);
  g_free (self->top);
  g_free (self->data_dir);
  g_free (self->folder);
}

void
fixture_open (Fixture *self)
{
  g_autoptr (GError) error = NULL;

  self->archive
    = icam_archive_open (self->data_dir, self->folder, self->clock, &self->options, &error);
  g_assert_no_error (error);
  g_assert_nonnull (self->archive);
  icam_archive_sync (self->archive);
}

static void
store_result (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GAsyncResult **) data = g_object_ref (result);
}

void
fixture_close (Fixture *self, IcamGapCause cause)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  icam_archive_close_async (self->archive, cause, store_result, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (icam_archive_close_finish (self->archive, result, &error));
  g_assert_no_error (error);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_clear_object (&result);
  g_assert_finalize_object (g_steal_pointer (&self->archive));
}

guint
fixture_recover (Fixture *self)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  guint recovered = 0;

  icam_archive_recover_async (self->archive, store_result, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (icam_archive_recover_finish (self->archive, result, &recovered, &error));
  g_assert_no_error (error);
  return recovered;
}

IcamTrack *
fixture_track (guint width)
{
  IcamTrack *track = icam_track_new (ICAM_CODEC_H264);

  track->width = width;
  track->height = width * 9 / 16;
  track->frame_duration_us = FRAME_US;
  track->private_data = g_bytes_new_static ("\x01\x64\x00\x1f\xff\xe1\x00\x00\x01\x00\x00", 11);
  return track;
}

/* The first bytes of each picture are its number, so that a test knows which it finds. */
void
fixture_push (IcamRecording *recording, gint64 utc_us, guint number, gsize size)
{
  g_autofree guint8 *data = g_malloc0 (MAX (size, 8));
  IcamPacket packet = { .track = ICAM_TRACK_VIDEO, .utc_us = utc_us, .duration_us = FRAME_US };
  guint32 le = GUINT32_TO_LE (number);

  memset (data, (int) (number * 37 & 0xff), size);
  memcpy (data, &le, sizeof le);
  packet.flags = number % GROUP == 0 ? ICAM_PACKET_KEY : 0;
  packet.data = g_bytes_new_take (g_steal_pointer (&data), MAX (size, 8));
  icam_recording_push (recording, &packet);
  g_assert_null (packet.data);
}

gint64
fixture_push_frames (IcamRecording *recording, gint64 start_us, guint first, guint n)
{
  for (guint i = 0; i < n; i++)
    fixture_push (recording, start_us + i * FRAME_US, first + i,
                  (first + i) % GROUP == 0 ? 6000 : 1000);
  return start_us + n * FRAME_US;
}

IcamRecording *
fixture_record (Fixture *self, IcamRole role)
{
  IcamRecording *recording
    = icam_recording_new (self->archive, &self->channel, role, ICAM_IDENTITY_SAME);
  g_autoptr (IcamTrack) track = fixture_track (role == ICAM_ROLE_MAIN ? 1280 : 640);

  icam_recording_set_track (recording, ICAM_TRACK_VIDEO, track);
  return recording;
}

char *
fixture_path (Fixture *self, const IcamSegmentRow *row)
{
  IcamSegmentId id
    = { .channel = row->channel, .role = row->role, .seq = row->seq, .start_us = row->start_us };
  g_autofree char *folder = icam_segment_folder (&id);
  g_autofree char *name = icam_segment_name (&id);

  return g_build_filename (self->folder, folder, name, NULL);
}

GArray *
fixture_segments (Fixture *self, IcamRole role)
{
  g_autoptr (GError) error = NULL;
  GArray *rows = icam_archive_list_segments (self->archive, &self->channel, role, 0, 0, &error);

  g_assert_no_error (error);
  return rows;
}

GArray *
fixture_gaps (Fixture *self, IcamRole role)
{
  g_autoptr (GError) error = NULL;
  GArray *rows = icam_archive_list_gaps (self->archive, &self->channel, role, 0, 0, &error);

  g_assert_no_error (error);
  return rows;
}

/* Numbers of the pictures that a segment holds, read through the archive. */
GArray *
fixture_frames (Fixture *self, const IcamSegmentRow *row)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (IcamMkvReader) reader = NULL;
  g_autoptr (GArray) keys = NULL;
  GArray *numbers = g_array_new (FALSE, FALSE, sizeof (guint32));
  IcamPacket packet;
  guint n_keys = 0;
  int fd
    = icam_archive_open_segment (self->archive, &row->channel, row->role, row->seq, &keys, &error);

  g_assert_no_error (error);
  reader = icam_mkv_reader_new (fd, &error);
  g_assert_no_error (error);
  while (icam_mkv_reader_next (reader, &packet, &error))
    {
      guint32 number;

      memcpy (&number, g_bytes_get_data (packet.data, NULL), sizeof number);
      number = GUINT32_FROM_LE (number);
      g_array_append_val (numbers, number);
      if (packet.flags & ICAM_PACKET_KEY)
        n_keys++;
      icam_packet_clear (&packet);
    }
  g_assert_no_error (error);

  /* Each key frame of the index is where the index says. */
  if (!row->open)
    g_assert_cmpuint (keys->len, ==, n_keys);
  for (guint i = 0; i < keys->len; i++)
    {
      const IcamKeyFrame *key = &g_array_index (keys, IcamKeyFrame, i);

      g_assert_true (icam_mkv_reader_seek (reader, key->byte_offset, &error));
      g_assert_no_error (error);
      g_assert_true (icam_mkv_reader_next (reader, &packet, &error));
      g_assert_true (packet.flags & ICAM_PACKET_KEY);
      g_assert_cmpint (packet.utc_us, ==, row->start_us + key->offset_us);
      g_assert_true (i == 0 || key->offset_us > key[-1].offset_us);
      icam_packet_clear (&packet);
    }

  g_clear_pointer (&reader, icam_mkv_reader_free);
  close (fd);
  return numbers;
}

typedef struct
{
  int fd;
  const IcamSpanSummary *summary;
  IcamExportFile *file;
  IcamSpanProgress progress;
  gpointer user_data;
  GCancellable *cancellable;
} Export;

static gboolean
export_packet (const IcamPacket *packet, IcamTrack *track, gpointer user_data, GError **error)
{
  Export *self = user_data;

  if (self->file == NULL)
    {
      IcamSegmentId id = self->summary->id;

      id.start_us = packet->utc_us;
      id.lead_us = 0;
      self->file = icam_export_file_new (self->fd, &id, self->summary->video, self->summary->audio, "A camera", "why not",
                                         self->cancellable);
    }
  return icam_export_file_add (self->file, packet, error);
}

static void
export_progress (double progress, gpointer user_data)
{
  Export *self = user_data;

  if (self->progress != NULL)
    self->progress (progress, self->user_data);
}

/* A span as one file, as the recorder makes it. */
gboolean
fixture_export (Fixture *self, IcamRole role, gint64 from_us, gint64 to_us, int fd, IcamSpanProgress progress,
                gpointer user_data, GCancellable *cancellable, GError **error)
{
  g_autoptr (IcamArchiveSpan) span
    = icam_archive_span_new (self->archive, &self->channel, role, from_us, to_us, error);
  Export export = { fd, NULL, NULL, progress, user_data, cancellable };
  gboolean ok;

  if (span == NULL)
    return FALSE;
  export.summary = icam_archive_span_get_summary (span);
  ok = icam_archive_span_read (span, export_packet, export_progress, &export, error)
       && icam_export_file_finish (export.file, error);
  g_clear_pointer (&export.file, icam_export_file_free);
  return ok;
}

static gboolean
wake_cb (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

/* Runs the main context until @condition; the test's own time-out ends it if that never comes. */
void
fixture_wait (gboolean (*condition) (gpointer data), gpointer data)
{
  guint source = g_timeout_add (20, wake_cb, NULL);

  while (!condition (data))
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (source);
}

/* Name of the problem's code, NULL if all is well. */
char *
fixture_problem (Fixture *self)
{
  g_autoptr (GError) problem = icam_archive_dup_problem (self->archive);

  return problem != NULL ? g_strdup (icam_error_code_name ((IcamError) problem->code)) : NULL;
}

/* How much a look has found, all in all. */
guint
fixture_findings (const IcamCheckResult *result)
{
  guint n = result->unfinished;

  for (guint i = 0; i < ICAM_N_FINDINGS; i++)
    n += result->found[i];
  return n;
}
