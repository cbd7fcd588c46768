/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What is kept and what goes: by age, by space, with events, protected, while clocks are wrong. */

#include "config.h"

#include "icam-archive-fixture.h"
#include "archive/icam-protected-log.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define DAY_US (G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)
#define MINUTE_US (60 * (gint64) G_USEC_PER_SEC)

/* One segment of a group of pictures at each of these times. */
static void
record_at (Fixture *self, const gint64 *times, guint n)
{
  IcamRecording *recording = fixture_record (self, ICAM_ROLE_MAIN);

  for (guint i = 0; i < n; i++)
    {
      fixture_push_frames (recording, times[i], 0, GROUP);
      icam_recording_interrupt (recording, ICAM_GAP_CAMERA_GONE);
      icam_archive_sync (self->archive);
    }
  icam_recording_free (recording);
  icam_archive_sync (self->archive);
}

/* The camera of the fixture's channel, with a policy. */
static void
keep (Fixture *self, gint days, gint event_days, gint64 bytes)
{
  g_autoptr (GPtrArray) devices = g_ptr_array_new_with_free_func ((GDestroyNotify) icam_device_row_free);
  g_autoptr (GPtrArray) channels = g_ptr_array_new_with_free_func ((GDestroyNotify) icam_channel_row_free);
  g_autoptr (GPtrArray) cameras = g_ptr_array_new_with_free_func ((GDestroyNotify) icam_camera_row_free);
  IcamDeviceRow *device = g_new0 (IcamDeviceRow, 1);
  IcamChannelRow *row = g_new0 (IcamChannelRow, 1);
  IcamCameraRow *camera = g_new0 (IcamCameraRow, 1);
  g_autoptr (GError) error = NULL;

  device->id = camera->id = row->id = camera->channel = self->channel;
  row->device = device->id;
  camera->keep_days = days;
  camera->keep_event_days = event_days;
  camera->keep_bytes = bytes;
  g_ptr_array_add (devices, device);
  g_ptr_array_add (channels, row);
  g_ptr_array_add (cameras, camera);
  g_assert_true (icam_archive_save (self->archive, devices, channels, cameras, &error));
  g_assert_no_error (error);
}

static void
put_event (Fixture *self, gint64 start_us, gint64 end_us)
{
  IcamEventRow row = { .camera = self->channel, .channel = self->channel, .kind = (char *) "motion",
                       .start_us = start_us, .end_us = end_us, .peak_us = start_us, .witnesses = (char *) "pixels" };
  g_autoptr (GError) error = NULL;

  icam_uuid_generate (&row.id);
  g_assert_true (icam_archive_put_event (self->archive, &row, &error));
  g_assert_no_error (error);
}

static guint
count_events (Fixture *self)
{
  g_autoptr (GArray) rows = icam_archive_list_events (self->archive, NULL, 0, G_MAXINT64, 100, NULL);

  return rows->len;
}

typedef struct
{
  Fixture *fixture;
  const gint64 *times; /* of what is left */
  guint n;
} Left;

static gboolean
is_left (gpointer data)
{
  Left *left = data;
  g_autoptr (GArray) rows = fixture_segments (left->fixture, ICAM_ROLE_MAIN);

  icam_archive_sync (left->fixture->archive);
  if (rows->len != left->n)
    return FALSE;
  for (guint i = 0; i < rows->len; i++)
    g_assert_cmpint (segment_at (rows, i)->start_us, ==, left->times[i]);
  return TRUE;
}

/* Waits until just these are left, then sees that it stays so while the disk looks again. */
static void
wait_left (Fixture *self, const gint64 *times, guint n)
{
  Left left = { self, times, n };

  fixture_wait (is_left, &left);
  g_assert_true (icam_archive_set_setting (self->archive, "floor-bytes", "1", NULL));
  for (guint i = 0; i < 4; i++)
    icam_archive_sync (self->archive);
  g_assert_true (is_left (&left));
}

static void
test_camera_days (Fixture *self, gconstpointer unused)
{
  const gint64 times[] = { START_US - 20 * DAY_US, START_US - 9 * DAY_US, START_US - 4 * DAY_US, START_US - DAY_US };

  self->options.trust_clock = ICAM_TRUST_ALWAYS;
  fixture_open (self);
  keep (self, -1, 0, 0);
  record_at (self, times, G_N_ELEMENTS (times));
  /* For ever, whatever holds for others. */
  g_assert_true (icam_archive_set_setting (self->archive, "keep-days", "2", NULL));
  wait_left (self, times, 4);
  keep (self, 10, 0, 0);
  wait_left (self, times + 1, 3);
  keep (self, 0, 0, 0);
  wait_left (self, times + 3, 1);
}

static void
test_untrusted (Fixture *self, gconstpointer unused)
{
  const gint64 times[] = { START_US - 20 * DAY_US, START_US - 9 * DAY_US };

  self->options.trust_clock = ICAM_TRUST_NEVER;
  fixture_open (self);
  keep (self, 10, 0, 0);
  record_at (self, times, G_N_ELEMENTS (times));
  wait_left (self, times, 2);
}

/* Clocks that were wrong for a while: what they made look old is not. */
static void
test_wrong_clock (Fixture *self, gconstpointer unused)
{
  const gint64 first[] = { START_US - DAY_US };
  const gint64 epoch_start[] = { MINUTE_US };                    /* 1970 */
  const gint64 year_back[] = { START_US - 365 * DAY_US };        /* a person's mistake */
  const gint64 year_ahead[] = { START_US + 365 * DAY_US };
  const gint64 old[] = { START_US - 20 * DAY_US };
  const gint64 left[] = { MINUTE_US, START_US - 365 * DAY_US, START_US - DAY_US, START_US, START_US + 365 * DAY_US };
  const gint64 last[] = { START_US };

  self->options.trust_clock = ICAM_TRUST_ALWAYS;
  fixture_open (self);
  record_at (self, old, 1);
  record_at (self, first, 1);
  icam_archive_begin_epoch (self->archive);
  record_at (self, epoch_start, 1);
  icam_archive_begin_epoch (self->archive);
  record_at (self, year_back, 1);
  icam_archive_begin_epoch (self->archive);
  record_at (self, year_ahead, 1);
  icam_archive_begin_epoch (self->archive);
  record_at (self, last, 1);
  keep (self, 10, 0, 0);
  wait_left (self, left, G_N_ELEMENTS (left));
}

/* Between the moment when it is set and that when the recorder learns of it. */
static void
test_clock_just_set (Fixture *self, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;

  fixture_open (self);
  g_assert_true (icam_archive_confirm_age (self->archive, &error));
  g_assert_no_error (error);
  g_assert_cmpint (icam_archive_get_age (self->archive), ==, ICAM_AGE_TRUSTED);
  for (guint i = 0; i < 10; i++)
    {
      icam_test_clock_step (ICAM_TEST_CLOCK (self->clock), 5 * G_USEC_PER_SEC);
      g_assert_cmpint (icam_archive_get_age (self->archive), ==, ICAM_AGE_TRUSTED);
    }
  icam_test_clock_step (ICAM_TEST_CLOCK (self->clock), 366 * DAY_US);
  g_assert_cmpint (icam_archive_get_age (self->archive), ==, ICAM_AGE_CLOCK);
  icam_archive_begin_epoch (self->archive);
  g_assert_true (icam_archive_confirm_age (self->archive, &error));
  g_assert_cmpint (icam_archive_get_age (self->archive), ==, ICAM_AGE_TRUSTED);
  icam_test_clock_step (ICAM_TEST_CLOCK (self->clock), -366 * DAY_US);
  g_assert_cmpint (icam_archive_get_age (self->archive), ==, ICAM_AGE_CLOCK);
}

static void
test_events (Fixture *self, gconstpointer unused)
{
  const gint64 times[] = { START_US - 20 * DAY_US, START_US - 9 * DAY_US, START_US - 8 * DAY_US, START_US - 7 * DAY_US, START_US };
  const gint64 left[] = { START_US - 8 * DAY_US, START_US };

  self->options.trust_clock = ICAM_TRUST_ALWAYS;
  fixture_open (self);
  record_at (self, times, G_N_ELEMENTS (times));
  /* In the oldest one, and from before the one of eight days ago into it. */
  put_event (self, times[0] + 500000, times[0] + 600000);
  put_event (self, times[2] - MINUTE_US, times[2] + 100000);
  g_assert_cmpuint (count_events (self), ==, 2);
  keep (self, 5, 10, 0);
  wait_left (self, left, G_N_ELEMENTS (left));
  /* An event of which nothing is left is of no use. */
  g_assert_cmpuint (count_events (self), ==, 1);
  keep (self, 5, -1, 0);
  wait_left (self, left, G_N_ELEMENTS (left));
  keep (self, 5, 0, 0);
  wait_left (self, left + 1, 1);
}

static void
test_quota (Fixture *self, gconstpointer unused)
{
  const gint64 times[] = { START_US, START_US + MINUTE_US, START_US + 2 * MINUTE_US, START_US + 3 * MINUTE_US };
  g_autoptr (GArray) rows = NULL;
  g_autoptr (GPtrArray) folders = NULL;
  g_autoptr (GError) error = NULL;
  gint64 bytes = 0;

  fixture_open (self);
  record_at (self, times, G_N_ELEMENTS (times));
  rows = fixture_segments (self, ICAM_ROLE_MAIN);
  for (guint i = 2; i < rows->len; i++)
    bytes += (gint64) segment_at (rows, i)->bytes;
  keep (self, 0, 0, bytes);
  wait_left (self, times + 2, 2);
  folders = icam_archive_list_folders (self->archive);
  g_assert_true (icam_archive_measure_folders (self->archive, folders, &error));
  g_assert_no_error (error);
  g_assert_cmpint (((IcamFolderRow *) folders->pdata[0])->used_bytes, ==, bytes);
}

static void
read_log (Fixture *self, guint n)
{
  g_autofree char *path = g_build_filename (self->folder, ICAM_PROTECTED_LOG, NULL);
  g_autofree char *text = NULL;
  g_autoptr (GArray) rows = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (path, &text, &length, NULL));
  rows = icam_protected_read (text, length);
  g_assert_cmpuint (rows->len, ==, n);
}

static void
test_protected (Fixture *self, gconstpointer unused)
{
  const gint64 times[] = { START_US, START_US + MINUTE_US, START_US + 2 * MINUTE_US, START_US + 3 * MINUTE_US };
  const gint64 left[] = { START_US + MINUTE_US, START_US + 3 * MINUTE_US };
  g_autoptr (GArray) rows = NULL;
  g_autoptr (GError) error = NULL;
  const IcamCheckOptions options = { 0 };
  IcamCheckResult result;
  IcamUuid id, other, nobody = { { 0 } };

  fixture_open (self);
  record_at (self, times, G_N_ELEMENTS (times));
  g_assert_true (icam_archive_protect (self->archive, &self->channel, times[1] + 1000, times[1] + 2000, "a \"thief\"\nin the night", &id, &error));
  g_assert_no_error (error);
  g_assert_true (icam_archive_protect (self->archive, &self->channel, times[3] - 5000, times[3] + 5000, NULL, &other, &error));
  g_assert_false (icam_archive_protect (self->archive, &self->channel, times[3], times[3], NULL, &other, &error));
  g_assert_error (error, ICAM_ERROR, ICAM_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  read_log (self, 2);

  /* No disk has so much: all goes but what is protected. */
  g_assert_true (icam_archive_set_setting (self->archive, "floor-bytes", "9000000000000000000", NULL));
  {
    Left wanted = { self, left, 2 };

    fixture_wait (is_left, &wanted);
  }
  g_assert_true (icam_archive_set_setting (self->archive, "floor-bytes", "1", NULL));

  /* It is known without the catalogue, too. */
  fixture_close (self, ICAM_GAP_RECORDER_STOPPED);
  g_assert_true (icam_archive_rebuild (self->data_dir, self->folder, &options, &result, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (result.segments, ==, 2);
  fixture_open (self);
  rows = icam_archive_list_protections (self->archive, &self->channel, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (rows->len, ==, 2);
  g_assert_cmpstr (g_array_index (rows, IcamProtectionRow, 0).note, ==, "a \"thief\"\nin the night");
  g_assert_cmpint (g_array_index (rows, IcamProtectionRow, 0).from_us, ==, times[1] + 1000);

  g_assert_true (icam_archive_unprotect (self->archive, &id, &error));
  g_assert_false (icam_archive_unprotect (self->archive, &nobody, &error));
  g_assert_error (error, ICAM_ERROR, ICAM_ERROR_NOT_FOUND);
  read_log (self, 1);
  g_assert_true (icam_archive_set_setting (self->archive, "floor-bytes", "9000000000000000000", NULL));
  {
    Left wanted = { self, left + 1, 1 };

    fixture_wait (is_left, &wanted);
  }
}

/* A recorder died between the log and the catalogue; a disk was full in the middle of a line. */
static void
test_protected_by_halves (Fixture *self, gconstpointer unused)
{
  const gint64 times[] = { START_US };
  IcamProtectionRow row = { .channel = self->channel, .from_us = START_US, .to_us = START_US + 1, .made_us = START_US };
  g_autofree char *path = g_build_filename (self->folder, ICAM_PROTECTED_LOG, NULL);
  g_autofree char *line = NULL;
  g_autoptr (GArray) rows = NULL;
  g_autoptr (GError) error = NULL;
  IcamUuid id;
  FILE *log;

  fixture_open (self);
  record_at (self, times, G_N_ELEMENTS (times));
  icam_uuid_generate (&row.id);
  line = icam_protected_line (&row);
  log = fopen (path, "a");
  g_assert_nonnull (log);
  fprintf (log, "%s%.40s", line, line);
  fclose (log);

  icam_archive_finish_protections (self->archive);
  icam_archive_finish_protections (self->archive);
  rows = icam_archive_list_protections (self->archive, &self->channel, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (rows->len, ==, 1);
  g_assert_true (icam_uuid_equal (&g_array_index (rows, IcamProtectionRow, 0).id, &row.id));

  g_assert_true (icam_archive_protect (self->archive, &self->channel, START_US + 5, START_US + 6, NULL, &id, &error));
  g_assert_no_error (error);
  read_log (self, 2);
}

static void
test_log (void)
{
  const char *text = "+ 00112233445566778899aabbccddeeff ffeeddccbbaa99887766554433221100 1 2 3 why\\tnot\n"
                     "+ 10112233445566778899aabbccddeeff ffeeddccbbaa99887766554433221100 5 4 3 backwards\n"
                     "+ 20112233445566778899aabbccddeeff ffeeddccbbaa99887766554433221100 5 6 3\n"
                     "nonsense\n+ \xff\xfe\n"
                     "- 30112233445566778899aabbccddeeff\n"
                     "+ 30112233445566778899aabbccddeeff ffeeddccbbaa99887766554433221100 5 6 3 ended in another log\n"
                     "+ 20112233445566778899aabbccddeeff ffeeddccbbaa99887766554433221100 5 6 3\n"
                     "+ 40112233445566778899aabbccddeeff ffeeddccbbaa99887766554433221100 5 6 3 torn";
  g_autoptr (GArray) rows = icam_protected_read (text, strlen (text));

  g_assert_cmpuint (rows->len, ==, 2);
  g_assert_cmpstr (g_array_index (rows, IcamProtectionRow, 0).note, ==, "why\tnot");
  g_assert_cmpint (g_array_index (rows, IcamProtectionRow, 1).to_us, ==, 6);
}

/* What is being exported stays until it is done. */
static gboolean exported_whole;

static void
progress_cb (double progress, gpointer data)
{
  Fixture *self = data;
  g_autoptr (GArray) rows = NULL;

  if (progress > 0.5)
    return;
  g_assert_true (icam_archive_set_setting (self->archive, "floor-bytes", "9000000000000000000", NULL));
  for (guint i = 0; i < 3; i++)
    icam_archive_sync (self->archive);
  rows = fixture_segments (self, ICAM_ROLE_MAIN);
  exported_whole = rows->len == 3;
}

static void
test_exported (Fixture *self, gconstpointer unused)
{
  const gint64 times[] = { START_US, START_US + MINUTE_US, START_US + 2 * MINUTE_US };
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp (NULL, &path, &error);
  Left wanted = { self, times, 0 };

  g_assert_no_error (error);
  fixture_open (self);
  record_at (self, times, G_N_ELEMENTS (times));
  exported_whole = FALSE;
  g_assert_true (fixture_export (self, ICAM_ROLE_MAIN, START_US, times[2] + MINUTE_US, fd, progress_cb, self, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (exported_whole);
  close (fd);
  g_unlink (path);
  fixture_wait (is_left, &wanted);
}

#define ADD(path, func) g_test_add (path, Fixture, NULL, fixture_setup, func, fixture_teardown)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/archive/keep/log", test_log);
  ADD ("/archive/keep/camera-days", test_camera_days);
  ADD ("/archive/keep/untrusted", test_untrusted);
  ADD ("/archive/keep/wrong-clock", test_wrong_clock);
  ADD ("/archive/keep/clock-just-set", test_clock_just_set);
  ADD ("/archive/keep/events", test_events);
  ADD ("/archive/keep/quota", test_quota);
  ADD ("/archive/keep/protected", test_protected);
  ADD ("/archive/keep/protected-by-halves", test_protected_by_halves);
  ADD ("/archive/keep/exported", test_exported);
  return g_test_run ();
}
