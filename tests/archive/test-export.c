/* SPDX-License-Identifier: GPL-3.0-or-later */

/* One file of any span. */

#include "config.h"

#include "icam-archive-fixture.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static GArray *
read_numbers (int fd, gint64 *start_us)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (IcamMkvReader) reader = icam_mkv_reader_new (fd, &error);
  GArray *numbers = g_array_new (FALSE, FALSE, sizeof (guint32));
  IcamPacket packet;

  g_assert_no_error (error);
  *start_us = icam_mkv_reader_get_id (reader)->start_us;
  while (icam_mkv_reader_next (reader, &packet, &error))
    {
      guint32 number;

      memcpy (&number, g_bytes_get_data (packet.data, NULL), sizeof number);
      number = GUINT32_FROM_LE (number);
      g_array_append_val (numbers, number);
      icam_packet_clear (&packet);
    }
  g_assert_no_error (error);
  return numbers;
}

static void
record_minute (Fixture *self)
{
  IcamRecording *recording;

  self->options.main_segment_us = 10 * G_USEC_PER_SEC;
  fixture_open (self);
  recording = fixture_record (self, ICAM_ROLE_MAIN);
  fixture_push_frames (recording, START_US, 0, 30 * GROUP);
  icam_archive_sync (self->archive);
  icam_recording_free (recording);
}

static void
count_progress (double progress, gpointer data)
{
  g_assert_cmpfloat (progress, >, *(double *) data);
  *(double *) data = progress;
}

static void
test_span (Fixture *self, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) numbers = NULL;
  g_autoptr (IcamMkvReader) reader = NULL;
  g_autofree char *path = g_build_filename (self->top, "out.mkv", NULL);
  gint64 start;
  double progress = 0;
  int fd = g_open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

  record_minute (self);
  g_assert_true (fixture_export (self, ICAM_ROLE_MAIN, START_US + 205 * FRAME_US,
                                 START_US + 600 * FRAME_US, fd, count_progress, &progress, NULL,
                                 &error));
  g_assert_no_error (error);
  /* From the key frame before to the last picture before. */
  numbers = read_numbers (fd, &start);
  g_assert_cmpint (START_US + 180 * FRAME_US - start, >=, 0);
  g_assert_cmpint (START_US + 180 * FRAME_US - start, <=, 100);
  g_assert_cmpuint (numbers->len, ==, 420);
  for (guint i = 0; i < numbers->len; i++)
    g_assert_cmpuint (g_array_index (numbers, guint32, i), ==, 180 + i);
  g_assert_cmpfloat (progress, ==, 1.0);
  reader = icam_mkv_reader_new (fd, NULL);
  g_assert_true (icam_mkv_reader_is_closed (reader));
  close (fd);
}

/* A camera was connected again and has sent again what it had kept: times rise, nothing is missing. */
static void
test_sent_again (Fixture *self, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (IcamMkvReader) reader = NULL;
  g_autofree char *path = g_build_filename (self->top, "out.mkv", NULL);
  IcamRecording *recording;
  gint64 last = 0;
  guint next = 0, n = 0;
  IcamPacket packet;
  int fd = g_open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

  fixture_open (self);
  recording = fixture_record (self, ICAM_ROLE_MAIN);
  fixture_push_frames (recording, START_US, 0, 80);
  icam_recording_interrupt (recording, ICAM_GAP_CAMERA_GONE);
  fixture_push_frames (recording, START_US + 20 * FRAME_US, 20, 100);
  icam_archive_sync (self->archive);
  g_assert_true (fixture_export (self, ICAM_ROLE_MAIN, START_US, START_US + 120 * FRAME_US, fd, NULL,
                                 NULL, NULL, &error));
  g_assert_no_error (error);
  reader = icam_mkv_reader_new (fd, &error);
  g_assert_no_error (error);
  for (; icam_mkv_reader_next (reader, &packet, &error); n++)
    {
      guint32 number;

      memcpy (&number, g_bytes_get_data (packet.data, NULL), sizeof number);
      number = GUINT32_FROM_LE (number);
      g_assert_cmpint (packet.utc_us, >, last);
      last = packet.utc_us;
      if (number == next)
        {
          g_assert_cmpint (ABS (packet.utc_us - (START_US + number * FRAME_US)), <=, 200);
          next++;
        }
      icam_packet_clear (&packet);
    }
  g_assert_no_error (error);
  g_assert_cmpuint (next, ==, 120);
  g_assert_cmpuint (n, ==, 140);
  close (fd);
  icam_recording_free (recording);
}

typedef struct
{
  Fixture *fixture;
  int fd;
  GCancellable *cancellable;
  gboolean ok;
  GError *error;
} Export;

static gpointer
export_thread (gpointer data)
{
  Export *export = data;

  export->ok = fixture_export (export->fixture, ICAM_ROLE_MAIN, START_US,
                               START_US + 3600 * (gint64) G_USEC_PER_SEC, export->fd, NULL, NULL,
                               export->cancellable, &export->error);
  close (export->fd);
  return NULL;
}

static void
test_pipe (Fixture *self, gconstpointer unused)
{
  g_autofree char *path = g_build_filename (self->top, "out.mkv", NULL);
  g_autoptr (GArray) numbers = NULL;
  Export export = { .fixture = self };
  char buffer[5000];
  gssize n;
  gint64 start;
  int fds[2], fd = g_open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  GThread *thread;

  record_minute (self);
  g_assert_cmpint (pipe2 (fds, O_CLOEXEC), ==, 0);
  export.fd = fds[1];
  thread = g_thread_new (NULL, export_thread, &export);
  while ((n = read (fds[0], buffer, sizeof buffer)) > 0)
    g_assert_cmpint (write (fd, buffer, (gsize) n), ==, n);
  g_thread_join (thread);
  g_assert_true (export.ok);
  numbers = read_numbers (fd, &start);
  g_assert_cmpuint (numbers->len, ==, 30 * GROUP);
  close (fd);
  close (fds[0]);
}

static void
test_cancel (Fixture *self, gconstpointer unused)
{
  Export export = { .fixture = self, .cancellable = g_cancellable_new () };
  GThread *thread;
  char byte;
  int fds[2];

  record_minute (self);
  /* Nobody reads on: it can be ended all the same. */
  g_assert_cmpint (pipe2 (fds, O_CLOEXEC), ==, 0);
  export.fd = fds[1];
  thread = g_thread_new (NULL, export_thread, &export);
  g_assert_cmpint (read (fds[0], &byte, 1), ==, 1);
  g_cancellable_cancel (export.cancellable);
  g_thread_join (thread);
  g_assert_error (export.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&export.error);
  g_object_unref (export.cancellable);
  close (fds[0]);
}

static void
test_nothing (Fixture *self, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;

  record_minute (self);
  g_assert_false (fixture_export (self, ICAM_ROLE_SUB, START_US, START_US + 1, -1, NULL, NULL, NULL,
                                  &error));
  g_assert_error (error, ICAM_ERROR, ICAM_ERROR_NO_RECORDING);
}

static gboolean
count_changed (const IcamPacket *packet, IcamTrack *track, gpointer user_data, GError **error)
{
  guint *counts = user_data;

  counts[track->width == 1280 ? 0 : 1]++;
  return TRUE;
}

/* Another size within the span: it goes on, and says what each packet is of. Another codec ends it. */
static void
test_changes (Fixture *self, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (IcamTrack) smaller = fixture_track (640);
  g_autoptr (IcamTrack) other = icam_track_new (ICAM_CODEC_MJPEG);
  g_autoptr (IcamArchiveSpan) span = NULL;
  g_autoptr (IcamArchiveSpan) rest = NULL;
  const IcamSpanSummary *summary;
  IcamRecording *recording;
  guint counts[2] = { 0 };
  gint64 end;

  fixture_open (self);
  recording = fixture_record (self, ICAM_ROLE_MAIN);
  end = fixture_push_frames (recording, START_US, 0, 2 * GROUP);
  icam_recording_set_track (recording, ICAM_TRACK_VIDEO, smaller);
  end = fixture_push_frames (recording, end, 2 * GROUP, GROUP);
  other->width = 640;
  other->height = 360;
  icam_recording_set_track (recording, ICAM_TRACK_VIDEO, other);
  fixture_push_frames (recording, end, 3 * GROUP, GROUP);
  icam_archive_sync (self->archive);

  span = icam_archive_span_new (self->archive, &self->channel, ICAM_ROLE_MAIN, START_US,
                                START_US + 4 * GROUP * FRAME_US, &error);
  g_assert_no_error (error);
  summary = icam_archive_span_get_summary (span);
  g_assert_cmpint (summary->video->codec, ==, ICAM_CODEC_H264);
  g_assert_null (summary->audio);
  g_assert_true (summary->changes);
  g_assert_true (summary->cut);
  g_assert_cmpint (ABS (summary->to_us - end), <=, 100);
  g_assert_cmpuint (summary->bytes, >, 3 * GROUP * 1000);
  g_assert_true (icam_archive_span_read (span, count_changed, NULL, counts, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (counts[0], ==, 2 * GROUP);
  g_assert_cmpuint (counts[1], ==, GROUP);

  rest = icam_archive_span_new (self->archive, &self->channel, ICAM_ROLE_MAIN, summary->to_us,
                                START_US + 4 * GROUP * FRAME_US, &error);
  g_assert_no_error (error);
  g_assert_cmpint (icam_archive_span_get_summary (rest)->video->codec, ==, ICAM_CODEC_MJPEG);
  g_assert_false (icam_archive_span_get_summary (rest)->cut);
  icam_recording_free (recording);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(name, func)                                                                            \
  g_test_add ("/archive/export/" name, Fixture, NULL, fixture_setup, func, fixture_teardown)
  ADD ("span", test_span);
  ADD ("sent-again", test_sent_again);
  ADD ("changes", test_changes);
  ADD ("pipe", test_pipe);
  ADD ("cancel", test_cancel);
  ADD ("nothing", test_nothing);
  return g_test_run ();
}
