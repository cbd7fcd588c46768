/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Comparing files and rows, and making the rows anew. */

#include "config.h"

#include "icam-archive-fixture.h"
#include "archive/icam-archive-check.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static void
record_minute (Fixture *self)
{
  IcamRecording *recording;

  self->options.main_segment_us = 10 * G_USEC_PER_SEC;
  fixture_open (self);
  recording = fixture_record (self, ICAM_ROLE_MAIN);
  fixture_push_frames (recording, START_US, 0, 15 * GROUP);
  icam_recording_interrupt (recording, ICAM_GAP_CAMERA_GONE);
  fixture_push_frames (recording, START_US + 60 * G_USEC_PER_SEC, 15 * GROUP, 15 * GROUP);
  icam_archive_sync (self->archive);
  icam_recording_free (recording);
  icam_archive_sync (self->archive);
}

static void
collect (const char *code, const char *path, gpointer data)
{
  g_string_append_printf (data, "%s ", code);
}

static char *
check (Fixture *self, IcamCheckResult *result)
{
  GString *codes = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (
    icam_archive_check (self->data_dir, self->folder, collect, codes, NULL, result, &error));
  g_assert_no_error (error);
  return g_string_free (codes, FALSE);
}

static void
test_check (Fixture *self, gconstpointer unused)
{
  g_autoptr (GArray) rows = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *codes = NULL;
  g_autofree char *gone = NULL;
  g_autofree char *cut = NULL;
  g_autofree char *moved = NULL;
  g_autofree char *elsewhere = NULL;
  IcamCheckResult result;

  record_minute (self);
  rows = fixture_segments (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (rows->len, >=, 6);
  g_assert_false (
    icam_archive_check (self->data_dir, self->folder, NULL, NULL, NULL, &result, &error));
  g_assert_error (error, ICAM_ERROR, ICAM_ERROR_ARCHIVE_LOCKED);
  fixture_close (self, ICAM_GAP_RECORDER_STOPPED);

  codes = check (self, &result);
  g_assert_cmpstr (codes, ==, "");
  g_assert_cmpuint (result.segments, ==, rows->len);
  g_clear_pointer (&codes, g_free);

  gone = fixture_path (self, segment_at (rows, 0));
  cut = fixture_path (self, segment_at (rows, 1));
  moved = fixture_path (self, segment_at (rows, 2));
  elsewhere = g_strconcat (moved, ".mkv", NULL);
  g_assert_cmpint (g_unlink (gone), ==, 0);
  g_assert_cmpint (truncate (cut, 20000), ==, 0);
  g_assert_cmpint (link (moved, elsewhere), ==, 0);
  codes = check (self, &result);
  g_assert_cmpuint (result.missing, ==, 1);
  g_assert_cmpuint (result.damaged, ==, 2); /* by its size, and by what is inside */
  g_assert_cmpuint (result.foreign, ==, 1);
  g_assert_cmpuint (result.segments, ==, rows->len - 2);
}

static void
test_rebuild (Fixture *self, gconstpointer lost)
{
  g_autoptr (GArray) rows = NULL;
  g_autoptr (GArray) rebuilt = NULL;
  g_autoptr (GArray) gaps = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *codes = NULL;
  IcamCheckResult result;
  IcamRecording *recording;

  record_minute (self);
  rows = fixture_segments (self, ICAM_ROLE_MAIN);
  fixture_close (self, ICAM_GAP_RECORDER_STOPPED);

  /* The computer is gone, the disk with the archive is not. */
  if (lost != NULL)
    {
      g_free (self->data_dir);
      self->data_dir = g_build_filename (self->top, "other-data", NULL);
    }
  g_assert_true (
    icam_archive_rebuild (self->data_dir, self->folder, NULL, NULL, NULL, &result, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (result.segments, ==, rows->len);
  codes = check (self, &result);
  g_assert_cmpstr (codes, ==, "");

  fixture_open (self);
  g_assert_cmpuint (fixture_recover (self), ==, 0);
  rebuilt = fixture_segments (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (rebuilt->len, ==, rows->len);
  for (guint i = 0; i < rows->len; i++)
    {
      g_autoptr (GArray) frames = fixture_frames (self, segment_at (rebuilt, i));

      g_assert_cmpuint (frames->len, >, 0);
      g_assert_cmpint (segment_at (rebuilt, i)->start_us, ==, segment_at (rows, i)->start_us);
      g_assert_cmpint (ABS (segment_at (rebuilt, i)->end_us - segment_at (rows, i)->end_us), <=,
                       100);
      g_assert_cmpuint (segment_at (rebuilt, i)->seq, ==, segment_at (rows, i)->seq);
      g_assert_cmpuint (segment_at (rebuilt, i)->bytes, ==, segment_at (rows, i)->bytes);
    }
  gaps = fixture_gaps (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (gaps->len, ==, 1);

  /* And it goes on with numbers and epochs that were never used. */
  recording = fixture_record (self, ICAM_ROLE_MAIN);
  fixture_push_frames (recording, START_US + 200 * G_USEC_PER_SEC, 0, GROUP);
  icam_archive_sync (self->archive);
  g_clear_pointer (&rebuilt, g_array_unref);
  rebuilt = fixture_segments (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (segment_at (rebuilt, rows->len)->seq, ==, rows->len + 1);
  g_assert_cmpuint (segment_at (rebuilt, rows->len)->epoch, >, segment_at (rows, 0)->epoch);
  icam_recording_free (recording);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add ("/archive/check/check", Fixture, NULL, fixture_setup, test_check, fixture_teardown);
  g_test_add ("/archive/check/rebuild", Fixture, NULL, fixture_setup, test_rebuild,
              fixture_teardown);
  g_test_add ("/archive/check/rebuild-elsewhere", Fixture, "lost", fixture_setup, test_rebuild,
              fixture_teardown);
  return g_test_run ();
}
