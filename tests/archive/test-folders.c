/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Several folders: who is recorded where, and what happens while one of them cannot be written, or does not answer. */

#include "config.h"

#include "icam-archive-fixture.h"

#include "archive/icam-archive-move.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_US (50 * 1000)

static char *
second_folder (Fixture *self)
{
  return g_build_filename (self->top, "second", NULL);
}

static void
use_second (Fixture *self, gboolean use)
{
  g_autofree char *second = second_folder (self);
  g_autoptr (GError) error = NULL;

  g_assert_true (icam_archive_remember_folders (self->archive, second, use, &error));
  g_assert_no_error (error);
  g_assert_true (icam_archive_use_folder (self->archive, second, use, &error));
  g_assert_no_error (error);
  icam_archive_sync (self->archive);
}

/* A camera whose channel is recorded in @folder. */
static void
save_camera (Fixture *self, const IcamUuid *channel, const char *folder)
{
  g_autoptr (GPtrArray) devices = g_ptr_array_new_with_free_func ((GDestroyNotify) icam_device_row_free);
  g_autoptr (GPtrArray) channels = g_ptr_array_new_with_free_func ((GDestroyNotify) icam_channel_row_free);
  g_autoptr (GPtrArray) cameras = g_ptr_array_new_with_free_func ((GDestroyNotify) icam_camera_row_free);
  IcamDeviceRow *device = g_new0 (IcamDeviceRow, 1);
  IcamChannelRow *row = g_new0 (IcamChannelRow, 1);
  IcamCameraRow *camera = g_new0 (IcamCameraRow, 1);
  g_autoptr (GError) error = NULL;

  device->id = camera->id = row->id = camera->channel = *channel;
  row->device = device->id;
  camera->folder = g_strdup (folder);
  g_ptr_array_add (devices, device);
  g_ptr_array_add (channels, row);
  g_ptr_array_add (cameras, camera);
  g_assert_true (icam_archive_save (self->archive, devices, channels, cameras, &error));
  g_assert_no_error (error);
}

/* How many segments a folder holds. */
static guint
count_files (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  guint n = 0;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      n += g_file_test (path, G_FILE_TEST_IS_DIR) ? count_files (path) : (guint) g_str_has_suffix (name, ".mkv");
    }
  return n;
}

static void
record_group (Fixture *self, const IcamUuid *channel)
{
  IcamRecording *recording = icam_recording_new (self->archive, channel, ICAM_ROLE_MAIN, ICAM_IDENTITY_SAME);
  g_autoptr (IcamTrack) track = fixture_track (640);

  icam_recording_set_track (recording, ICAM_TRACK_VIDEO, track);
  fixture_push_frames (recording, START_US, 0, GROUP);
  icam_archive_sync (self->archive);
  icam_recording_free (recording);
  icam_archive_sync (self->archive);
}

static gboolean
is_measured (gpointer data)
{
  Fixture *self = data;
  g_autoptr (GPtrArray) folders = icam_archive_list_folders (self->archive);
  guint n = 0;

  for (guint i = 0; i < folders->len; i++)
    n += ((IcamFolderRow *) folders->pdata[i])->size_bytes > 0;
  return n == folders->len;
}

static void
test_assigned (Fixture *self, gconstpointer unused)
{
  g_autofree char *second = second_folder (self);
  g_autoptr (GPtrArray) folders = NULL;
  IcamUuid other = self->channel;

  other.bytes[0] ^= 0xff;
  fixture_open (self);
  use_second (self, TRUE);
  save_camera (self, &other, second);
  record_group (self, &self->channel);
  g_assert_cmpuint (count_files (self->folder), ==, 1);
  g_assert_cmpuint (count_files (second), ==, 0);
  record_group (self, &other);
  g_assert_cmpuint (count_files (self->folder), ==, 1);
  g_assert_cmpuint (count_files (second), ==, 1);
  fixture_close (self, ICAM_GAP_RECORDER_STOPPED);

  /* All that is remembered. */
  fixture_open (self);
  fixture_wait (is_measured, self);
  folders = icam_archive_list_folders (self->archive);
  g_assert_cmpuint (folders->len, ==, 2);
  for (guint i = 0; i < 2; i++)
    {
      const IcamFolderRow *row = folders->pdata[i];

      g_assert_cmpstr (row->path, ==, i == 0 ? self->folder : second);
      g_assert_cmpint (row->main, ==, i == 0);
      g_assert_no_error (row->problem);
      g_assert_cmpint (row->size_bytes, >, 0);
    }
  self->channel = other;
  {
    IcamRecording *recording = fixture_record (self, ICAM_ROLE_MAIN);

    fixture_push_frames (recording, START_US + G_USEC_PER_SEC * 10, GROUP, GROUP);
    icam_archive_sync (self->archive);
    icam_recording_free (recording);
  }
  icam_archive_sync (self->archive);
  g_assert_cmpuint (count_files (second), ==, 2);

  /* Without it, the main one is left. */
  use_second (self, FALSE);
  {
    IcamRecording *recording = fixture_record (self, ICAM_ROLE_MAIN);
    g_autoptr (GArray) rows = NULL;

    fixture_push_frames (recording, START_US + G_USEC_PER_SEC * 20, GROUP * 2, GROUP);
    icam_archive_sync (self->archive);
    icam_recording_free (recording);
    rows = fixture_segments (self, ICAM_ROLE_MAIN);
    g_assert_cmpuint (rows->len, ==, 3);
    for (guint i = 0; i < rows->len; i++)
      {
        g_autoptr (GArray) frames = fixture_frames (self, segment_at (rows, i));

        g_assert_cmpuint (frames->len, ==, GROUP);
      }
  }
  g_assert_cmpuint (count_files (self->folder), ==, 2);
}

static void
test_main_stays (Fixture *self, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *second = second_folder (self);

  fixture_open (self);
  g_assert_false (icam_archive_use_folder (self->archive, self->folder, FALSE, &error));
  g_assert_error (error, ICAM_ERROR, ICAM_ERROR_BUSY);

  /* The second becomes the main one and is there once. */
  use_second (self, TRUE);
  g_clear_error (&error);
  g_assert_true (icam_archive_set_folder (self->archive, second, &error));
  g_assert_cmpstr (icam_archive_get_folder (self->archive), ==, second);
  {
    g_autoptr (GPtrArray) folders = icam_archive_list_folders (self->archive);

    g_assert_cmpuint (folders->len, ==, 1);
  }
}

static gboolean
second_is_well (gpointer data)
{
  Fixture *self = data;
  g_autoptr (GPtrArray) folders = icam_archive_list_folders (self->archive);

  return ((IcamFolderRow *) folders->pdata[1])->problem == NULL;
}

static gboolean
second_is_not_well (gpointer data)
{
  return !second_is_well (data);
}

static void
assert_all_frames (Fixture *self, guint n_segments, guint n_frames)
{
  g_autoptr (GArray) rows = fixture_segments (self, ICAM_ROLE_MAIN);
  guint found = 0;

  g_assert_cmpuint (rows->len, ==, n_segments);
  for (guint i = 0; i < rows->len; i++)
    {
      g_autoptr (GArray) frames = fixture_frames (self, segment_at (rows, i));

      found += frames->len;
      if (i > 0)
        g_assert_cmpint (segment_at (rows, i)->start_us, >=, segment_at (rows, i - 1)->end_us);
    }
  g_assert_cmpuint (found, ==, n_frames);
}

/* The folder is taken away: its cameras go on in the other one until it is back. */
static void
test_taken_away (Fixture *self, gconstpointer unused)
{
  g_autofree char *second = second_folder (self);
  g_autofree char *away = g_strconcat (second, "-away", NULL);
  g_autoptr (GArray) gaps = NULL;
  IcamRecording *recording;
  gint64 at = START_US;

  fixture_open (self);
  use_second (self, TRUE);
  save_camera (self, &self->channel, second);
  recording = fixture_record (self, ICAM_ROLE_MAIN);
  at = fixture_push_frames (recording, at, 0, GROUP);
  icam_archive_sync (self->archive);
  g_assert_cmpuint (count_files (second), ==, 1);

  g_test_expect_message ("icam-archive", G_LOG_LEVEL_WARNING, "*not the folder any more*");
  g_test_expect_message ("icam-archive", G_LOG_LEVEL_WARNING, "*ArchiveMissing*");
  g_assert_cmpint (g_rename (second, away), ==, 0);
  fixture_wait (second_is_not_well, self);
  g_test_assert_expected_messages ();

  at = fixture_push_frames (recording, at, GROUP, GROUP);
  icam_archive_sync (self->archive);
  g_assert_cmpuint (count_files (self->folder), ==, 1);
  gaps = fixture_gaps (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (gaps->len, ==, 0);

  g_assert_cmpint (g_rename (away, second), ==, 0);
  fixture_wait (second_is_well, self);
  fixture_push_frames (recording, at, GROUP * 2, GROUP);
  icam_archive_sync (self->archive);
  icam_recording_free (recording);
  icam_archive_sync (self->archive);
  g_assert_cmpuint (count_files (second), ==, 2);
  assert_all_frames (self, 3, GROUP * 3);
}

/* ---- a disk that does not answer ---- */

static GMutex hold;
static GCond held, released;
static const char *hold_at;
static gboolean is_held, let_go;

/* The first writer that comes to the step waits there. */
static void
hold_cb (const char *step, gpointer data)
{
  g_mutex_lock (&hold);
  if (hold_at != NULL && strcmp (step, hold_at) == 0 && !is_held)
    {
      is_held = TRUE;
      g_cond_broadcast (&held);
      while (!let_go)
        g_cond_wait (&released, &hold);
    }
  g_mutex_unlock (&hold);
}

static gboolean
is_recorded_in_main (gpointer data)
{
  Fixture *self = data;

  return count_files (self->folder) == 1;
}

/* @step: where the second folder's writer is held. */
static void
test_hung (Fixture *self, gconstpointer step)
{
  g_autofree char *second = second_folder (self);
  g_autoptr (GArray) gaps = NULL;
  g_autoptr (GError) error = NULL;
  gboolean beginning = strcmp (step, "row-open") == 0;
  IcamRecording *recording;
  gint64 at = START_US;
  int fd;

  fixture_open (self);
  use_second (self, TRUE);
  save_camera (self, &self->channel, second);
  recording = fixture_record (self, ICAM_ROLE_MAIN);
  at = fixture_push_frames (recording, at, 0, GROUP);
  icam_archive_sync (self->archive);
  if (beginning)
    icam_recording_set_identity (recording, ICAM_IDENTITY_UNKNOWN);

  is_held = let_go = FALSE;
  hold_at = step;
  icam_disk_set_patience (second, PATIENCE_US);
  icam_disk_set_fault (hold_cb, NULL);
  at = fixture_push_frames (recording, at, GROUP, GROUP);
  g_mutex_lock (&hold);
  while (!is_held)
    g_cond_wait (&held, &hold);
  g_mutex_unlock (&hold);

  /* What comes now waits until it is seen that the disk hangs: then all of it goes to the other one from the next key frame on. */
  g_test_expect_message ("icam-archive", G_LOG_LEVEL_WARNING, "*ArchiveHung*");
  at = fixture_push_frames (recording, at, GROUP * 2, GROUP);
  fixture_wait (second_is_not_well, self);
  g_test_assert_expected_messages ();
  at = fixture_push_frames (recording, at, GROUP * 3, GROUP);
  fixture_wait (is_recorded_in_main, self);

  /* Nobody waits for what is in the folder that hangs. */
  fd = icam_archive_open_segment (self->archive, &self->channel, ICAM_ROLE_MAIN, 1, NULL, &error);
  g_assert_cmpint (fd, ==, -1);
  g_assert_error (error, ICAM_ERROR, ICAM_ERROR_ARCHIVE_HUNG);

  /* Whatever else takes long on a busy machine is no hang. */
  icam_disk_set_patience (NULL, 0);
  g_mutex_lock (&hold);
  let_go = TRUE;
  g_cond_broadcast (&released);
  g_mutex_unlock (&hold);
  fixture_wait (second_is_well, self);
  fixture_push_frames (recording, at, GROUP * 4, GROUP);
  icam_archive_sync (self->archive);
  icam_recording_free (recording);
  icam_archive_sync (self->archive);
  icam_disk_set_fault (NULL, NULL);

  gaps = fixture_gaps (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (gaps->len, ==, 0);
  assert_all_frames (self, beginning ? 4 : 3, GROUP * 5);
}

/* It never answers again: what was not written is a gap with a cause. */
static void
test_never_again (Fixture *self, gconstpointer unused)
{
  g_autofree char *second = second_folder (self);
  g_autoptr (GAsyncResult) result = NULL;
  IcamRecording *recording;
  gint64 at = START_US;

  fixture_open (self);
  use_second (self, TRUE);
  save_camera (self, &self->channel, second);
  recording = fixture_record (self, ICAM_ROLE_MAIN);
  at = fixture_push_frames (recording, at, 0, GROUP);
  icam_archive_sync (self->archive);

  is_held = let_go = FALSE;
  hold_at = "write";
  icam_disk_set_patience (second, PATIENCE_US);
  icam_disk_set_fault (hold_cb, NULL);
  at = fixture_push_frames (recording, at, GROUP, GROUP);
  g_test_expect_message ("icam-archive", G_LOG_LEVEL_WARNING, "*ArchiveHung*");
  fixture_wait (second_is_not_well, self);
  g_test_assert_expected_messages ();

  /* A camera that goes away meanwhile: its gap is told at once, and begins where it was seen last. */
  icam_recording_interrupt (recording, ICAM_GAP_CAMERA_GONE);
  {
    g_autoptr (GArray) gaps = NULL;
    Fixture *fixture = self;

    do
      {
        g_clear_pointer (&gaps, g_array_unref);
        g_main_context_iteration (NULL, FALSE);
        gaps = fixture_gaps (fixture, ICAM_ROLE_MAIN);
      }
    while (gaps->len == 0);
    g_assert_cmpint (gap_at (gaps, 0)->cause, ==, ICAM_GAP_CAMERA_GONE);
    g_assert_cmpint (gap_at (gaps, 0)->start_us, >=, START_US + GROUP * FRAME_US - FRAME_US);
  }
  fixture_push_frames (recording, at + 10 * G_USEC_PER_SEC, GROUP * 2, GROUP);
  fixture_wait (is_recorded_in_main, self);

  /* Whatever else takes long on a busy machine is no hang. */
  icam_disk_set_patience (NULL, 0);
  g_mutex_lock (&hold);
  let_go = TRUE;
  g_cond_broadcast (&released);
  g_mutex_unlock (&hold);
  fixture_wait (second_is_well, self);
  icam_archive_sync (self->archive);
  icam_recording_free (recording);
  icam_archive_sync (self->archive);
  icam_disk_set_fault (NULL, NULL);
  {
    g_autoptr (GArray) gaps = fixture_gaps (self, ICAM_ROLE_MAIN);
    g_autoptr (GArray) rows = fixture_segments (self, ICAM_ROLE_MAIN);

    /* The gap now begins where the segment ends that the disk has completed after all. */
    g_assert_cmpuint (rows->len, ==, 2);
    g_assert_cmpuint (gaps->len, ==, 1);
    g_assert_cmpint (gap_at (gaps, 0)->start_us, ==, segment_at (rows, 0)->end_us);
    g_assert_cmpint (gap_at (gaps, 0)->end_us, ==, segment_at (rows, 1)->start_us);
  }
  assert_all_frames (self, 2, GROUP * 3);
}

#define ADD(path, func, data) g_test_add (path, Fixture, data, fixture_setup, func, fixture_teardown)

/* ---- bringing recordings to another folder ---- */

static const char *self_path;

static void
die_at (const char *step, gpointer data)
{
  if (strcmp (step, data) == 0)
    kill (getpid (), SIGKILL);
}

/* Moves all to the second folder, and dies at a step. */
static void
child_move (const char *top, const char *step)
{
  Fixture self = { 0 };
  g_autofree char *second = NULL;
  g_autoptr (GError) error = NULL;
  guint64 bytes;
  guint moved;

  fixture_setup_at (&self, top);
  second = second_folder (&self);
  fixture_open (&self);
  icam_disk_set_fault (die_at, (gpointer) step);
  icam_archive_move (self.archive, &self.channel, second, NULL, NULL, NULL, &moved, &bytes, &error);
  _exit (moved > 0 ? 0 : 1);
}

static gboolean
look (Fixture *self)
{
  const IcamCheckOptions options = { .deep = TRUE };
  g_autoptr (GError) error = NULL;
  IcamCheckResult result;
  gboolean ok = icam_archive_examine (self->archive, &options, &result, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (fixture_findings (&result), ==, 0);
  return ok;
}

static guint
record_some (Fixture *self)
{
  IcamRecording *recording;
  g_autoptr (GArray) rows = NULL;

  self->options.main_segment_us = 4 * G_USEC_PER_SEC;
  fixture_open (self);
  recording = fixture_record (self, ICAM_ROLE_MAIN);
  fixture_push_frames (recording, START_US, 0, 12 * GROUP);
  icam_archive_sync (self->archive);
  icam_recording_free (recording);
  icam_archive_sync (self->archive);
  rows = fixture_segments (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (count_files (self->folder), ==, rows->len);
  return rows->len;
}

static void
test_move (Fixture *self, gconstpointer unused)
{
  g_autofree char *second = second_folder (self);
  g_autofree char *nowhere = g_build_filename (self->top, "nowhere", NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GArray) rows = NULL;
  g_autoptr (GError) error = NULL;
  guint n = record_some (self), moved;
  guint64 bytes;

  use_second (self, TRUE);
  g_assert_false (icam_archive_move (self->archive, &self->channel, nowhere, NULL, NULL, NULL, &moved, &bytes, &error));
  g_assert_error (error, ICAM_ERROR, ICAM_ERROR_ARCHIVE_MISSING);
  g_clear_error (&error);
  g_cancellable_cancel (cancellable);
  g_assert_false (icam_archive_move (self->archive, &self->channel, second, NULL, NULL, cancellable, &moved, &bytes, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_cmpuint (count_files (self->folder), ==, n);

  g_assert_true (icam_archive_move (self->archive, &self->channel, second, NULL, NULL, NULL, &moved, &bytes, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (moved, ==, n);
  g_assert_cmpuint (count_files (self->folder), ==, 0);
  g_assert_cmpuint (count_files (second), ==, n);
  rows = fixture_segments (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (rows->len, ==, n);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GArray) frames = fixture_frames (self, segment_at (rows, i));

      g_assert_cmpuint (frames->len, >, 0);
    }
  g_assert_true (look (self));

  /* There is nothing more to do, and all of it back again. */
  g_assert_true (icam_archive_move (self->archive, &self->channel, second, NULL, NULL, NULL, &moved, &bytes, &error));
  g_assert_cmpuint (moved, ==, 0);
  g_assert_true (icam_archive_move (self->archive, &self->channel, self->folder, NULL, NULL, NULL, &moved, &bytes, &error));
  g_assert_cmpuint (moved, ==, n);
  g_assert_true (look (self));
}

/* A kill at each step of a move leaves one file that is whole and listed, and none besides after the next start. */
static void
test_move_killed (Fixture *self, gconstpointer unused)
{
  static const char *const steps[] = { "moving", "copying", "copied", "named", "switched", "settled" };
  g_autofree char *second = second_folder (self);
  guint n = record_some (self);

  use_second (self, TRUE);
  fixture_close (self, ICAM_GAP_RECORDER_STOPPED);
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      const char *argv[] = { self_path, "--child", self->top, steps[i], NULL };
      g_autoptr (GArray) rows = NULL;
      g_autoptr (GError) error = NULL;
      int status = 0;

      g_test_message ("%s", steps[i]);
      g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status, &error);
      g_assert_no_error (error);
      g_assert_true (WIFSIGNALED (status));
      fixture_open (self);
      icam_archive_finish_moves (self->archive);
      g_assert_cmpuint (count_files (self->folder) + count_files (second), ==, n);
      rows = fixture_segments (self, ICAM_ROLE_MAIN);
      g_assert_cmpuint (rows->len, ==, n);
      g_assert_true (look (self));
      fixture_close (self, ICAM_GAP_RECORDER_STOPPED);
    }
}

static gboolean
is_one_left (gpointer data)
{
  g_autoptr (GArray) rows = fixture_segments (data, ICAM_ROLE_MAIN);

  return rows->len == 1;
}

/* What a kill has left of a move is looked after before it may be deleted to make room: its other file would be nobody's. */
static void
test_move_killed_and_no_room (Fixture *self, gconstpointer unused)
{
  g_autofree char *second = second_folder (self);
  const char *argv[] = { self_path, "--child", self->top, "named", NULL };
  g_autoptr (GError) error = NULL;
  int status = 0;

  record_some (self);
  use_second (self, TRUE);
  fixture_close (self, ICAM_GAP_RECORDER_STOPPED);
  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status, &error);
  g_assert_no_error (error);
  g_assert_true (WIFSIGNALED (status));
  fixture_open (self);
  g_assert_true (icam_archive_set_setting (self->archive, "floor-bytes", "9000000000000000000", NULL));
  fixture_wait (is_one_left, self);
  icam_archive_sync (self->archive);
  g_assert_cmpuint (count_files (self->folder) + count_files (second), ==, 2);
  g_assert_true (icam_archive_set_setting (self->archive, "floor-bytes", "1", NULL));
  icam_archive_finish_moves (self->archive);
  g_assert_cmpuint (count_files (self->folder) + count_files (second), ==, 1);
  g_assert_true (look (self));
}

int
main (int argc, char **argv)
{
  if (argc == 4 && strcmp (argv[1], "--child") == 0)
    child_move (argv[2], argv[3]);
  self_path = argv[0];
  g_test_init (&argc, &argv, NULL);

  ADD ("/archive/folders/assigned", test_assigned, NULL);
  ADD ("/archive/folders/main-stays", test_main_stays, NULL);
  ADD ("/archive/folders/taken-away", test_taken_away, NULL);
  ADD ("/archive/folders/hung-writing", test_hung, "write");
  ADD ("/archive/folders/hung-beginning", test_hung, "row-open");
  ADD ("/archive/folders/interrupted-while-hung", test_never_again, NULL);
  g_test_add ("/archive/folders/move", Fixture, NULL, fixture_setup, test_move, fixture_teardown);
  g_test_add ("/archive/folders/move-killed", Fixture, NULL, fixture_setup, test_move_killed, fixture_teardown);
  g_test_add ("/archive/folders/move-killed-and-no-room", Fixture, NULL, fixture_setup, test_move_killed_and_no_room, fixture_teardown);
  return g_test_run ();
}
