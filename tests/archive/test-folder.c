/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The archive's folder: which one it is, whether it can be written, what happens while it cannot.
 */

#include "config.h"

#include "icam-archive-fixture.h"
#include "archive/icam-catalogue-keep.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

static gboolean
has_problem (gpointer data)
{
  g_autofree char *problem = fixture_problem (data);

  return problem != NULL;
}

static gboolean
is_well (gpointer data)
{
  return !has_problem (data);
}

static void
assert_problem (Fixture *self, const char *name)
{
  g_autofree char *problem = NULL;

  fixture_wait (has_problem, self);
  problem = fixture_problem (self);
  g_assert_cmpstr (problem, ==, name);
}

static void
expect_warning (void)
{
  g_test_expect_message ("icam-archive", G_LOG_LEVEL_WARNING, "*cannot be written*");
}

/* Records a group of pictures while nothing can be written: no segment, and a gap that says why. */
static IcamRecording *
record_in_vain (Fixture *self)
{
  IcamRecording *recording = fixture_record (self, ICAM_ROLE_MAIN);
  g_autoptr (GArray) rows = NULL;
  g_autoptr (GArray) gaps = NULL;

  fixture_push_frames (recording, START_US, 0, GROUP);
  icam_archive_sync (self->archive);
  rows = fixture_segments (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (rows->len, ==, 0);
  gaps = fixture_gaps (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (gaps->len, ==, 1);
  g_assert_cmpint (gap_at (gaps, 0)->cause, ==, ICAM_GAP_DISK_ERROR);
  g_assert_cmpint (gap_at (gaps, 0)->end_us, ==, 0);
  return recording;
}

/* And goes on by itself when it can. */
static void
record_well (Fixture *self, IcamRecording *recording)
{
  g_autoptr (GArray) rows = NULL;
  g_autoptr (GArray) gaps = NULL;

  fixture_wait (is_well, self);
  fixture_push_frames (recording, START_US + 10 * G_USEC_PER_SEC, GROUP, GROUP);
  icam_archive_sync (self->archive);
  rows = fixture_segments (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (rows->len, ==, 1);
  gaps = fixture_gaps (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (gaps->len, ==, 1);
  g_assert_cmpint (gap_at (gaps, 0)->end_us, ==, START_US + 10 * G_USEC_PER_SEC);
  icam_recording_free (recording);
}

static void
test_file_in_its_place (Fixture *self, gconstpointer unused)
{
  IcamRecording *recording;

  g_assert_true (g_file_set_contents (self->folder, "", 0, NULL));
  expect_warning ();
  fixture_open (self);
  g_test_assert_expected_messages ();
  assert_problem (self, "ArchiveNotWritable");
  recording = record_in_vain (self);
  g_unlink (self->folder);
  record_well (self, recording);
}

static void
count_notify (GObject *object, GParamSpec *pspec, gpointer data)
{
  (*(guint *) data)++;
}

static void
test_read_only (Fixture *self, gconstpointer unused)
{
  IcamRecording *recording;
  guint notified = 0;

  g_assert_cmpint (g_mkdir (self->folder, 0700), ==, 0);
  if (mount (self->folder, self->folder, NULL, MS_BIND, NULL) != 0)
    {
      g_test_skip ("mounting needs a privilege");
      return;
    }
  g_assert_cmpint (mount (NULL, self->folder, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL), ==, 0);

  expect_warning ();
  fixture_open (self);
  g_test_assert_expected_messages ();
  g_signal_connect (self->archive, "notify::problem", G_CALLBACK (count_notify), &notified);
  assert_problem (self, "ArchiveNotWritable");
  recording = record_in_vain (self);
  g_assert_cmpint (mount (NULL, self->folder, NULL, MS_REMOUNT | MS_BIND, NULL), ==, 0);
  record_well (self, recording);
  g_assert_cmpuint (notified, >=, 1);
  fixture_close (self, ICAM_GAP_RECORDER_STOPPED);
  g_assert_cmpint (umount (self->folder), ==, 0);
}

/* The disk fills, or fails, in the middle of a segment: what was written stays, and recording goes
 * on when it can. */
static void
test_full_while_recording (Fixture *self, gconstpointer unused)
{
  IcamRecording *recording;
  g_autoptr (GArray) rows = NULL;
  g_autoptr (GArray) gaps = NULL;
  g_autofree char *filler = NULL;
  g_autofree char *ballast = g_malloc0 (8 * 1024 * 1024);
  gint64 at;
  guint total = 0;

  g_assert_cmpint (g_mkdir (self->folder, 0700), ==, 0);
  if (mount ("none", self->folder, "tmpfs", 0, "size=2m") != 0)
    {
      g_test_skip ("mounting needs a privilege");
      return;
    }
  filler = g_build_filename (self->folder, "filler", NULL);
  fixture_open (self);
  recording = fixture_record (self, ICAM_ROLE_MAIN);
  at = fixture_push_frames (recording, START_US, 0, GROUP);
  icam_archive_sync (self->archive);
  g_file_set_contents (filler, ballast, 8 * 1024 * 1024, NULL);
  {
    FILE *file = fopen (filler, "w");

    while (fwrite (ballast, 1, 4096, file) == 4096 && fflush (file) == 0)
      ;
    fclose (file);
  }

  g_test_expect_message ("icam-archive", G_LOG_LEVEL_WARNING, "*No space left*");
  expect_warning ();
  at = fixture_push_frames (recording, at, GROUP, 4 * GROUP);
  icam_archive_sync (self->archive);
  g_test_assert_expected_messages ();
  assert_problem (self, "ArchiveFull");

  g_unlink (filler);
  fixture_wait (is_well, self);
  fixture_push_frames (recording, at, 5 * GROUP, GROUP);
  icam_archive_sync (self->archive);
  icam_archive_sync (self->archive);

  rows = fixture_segments (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (rows->len, ==, 2);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GArray) frames = fixture_frames (self, segment_at (rows, i));

      total += frames->len;
    }
  g_assert_cmpuint (total, >=, 2 * GROUP);
  gaps = fixture_gaps (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (gaps->len, ==, 1);
  g_assert_cmpint (gap_at (gaps, 0)->cause, ==, ICAM_GAP_DISK_FULL);
  g_assert_cmpint (gap_at (gaps, 0)->end_us, ==, at);
  icam_recording_free (recording);
  fixture_close (self, ICAM_GAP_RECORDER_STOPPED);
  g_assert_cmpint (umount (self->folder), ==, 0);
}

/* Something else fills the disk to the last byte: the oldest footage goes, so that the newest can
 * be written. */
static void
test_others_fill_it (Fixture *self, gconstpointer unused)
{
  IcamRecording *recording;
  g_autoptr (GArray) rows = NULL;
  g_autofree char *filler = NULL;
  g_autofree char *ballast = g_malloc0 (4096);
  FILE *file;
  gint64 at = START_US;

  g_assert_cmpint (g_mkdir (self->folder, 0700), ==, 0);
  if (mount ("none", self->folder, "tmpfs", 0, "size=2m") != 0)
    {
      g_test_skip ("mounting needs a privilege");
      return;
    }
  self->options.main_segment_us = 2 * G_USEC_PER_SEC;
  fixture_open (self);
  recording = fixture_record (self, ICAM_ROLE_MAIN);
  at = fixture_push_frames (recording, at, 0, 8 * GROUP);
  icam_archive_sync (self->archive);
  filler = g_build_filename (self->folder, "filler", NULL);
  file = fopen (filler, "w");
  while (fwrite (ballast, 1, 4096, file) == 4096 && fflush (file) == 0)
    ;
  fclose (file);

  g_test_expect_message ("icam-archive", G_LOG_LEVEL_WARNING, "*No space left*");
  expect_warning ();
  at = fixture_push_frames (recording, at, 8 * GROUP, GROUP);
  icam_archive_sync (self->archive);
  g_test_assert_expected_messages ();
  fixture_wait (is_well, self);
  fixture_push_frames (recording, at, 9 * GROUP, GROUP);
  icam_archive_sync (self->archive);
  rows = fixture_segments (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (segment_at (rows, 0)->seq, >, 1);
  g_assert_true (segment_at (rows, rows->len - 1)->open);
  g_assert_cmpint (segment_at (rows, rows->len - 1)->start_us, ==, at);
  icam_recording_free (recording);
  fixture_close (self, ICAM_GAP_RECORDER_STOPPED);
  g_assert_cmpint (umount (self->folder), ==, 0);
}

static void
test_missing (Fixture *self, gconstpointer unused)
{
  g_autofree char *away = g_strconcat (self->folder, "-away", NULL);

  fixture_open (self);
  fixture_close (self, ICAM_GAP_RECORDER_STOPPED);

  /* The disk is not mounted: an empty folder, or none. */
  g_assert_cmpint (g_rename (self->folder, away), ==, 0);
  expect_warning ();
  fixture_open (self);
  g_test_assert_expected_messages ();
  assert_problem (self, "ArchiveMissing");
  g_assert_false (g_file_test (self->folder, G_FILE_TEST_EXISTS));
  fixture_close (self, ICAM_GAP_RECORDER_STOPPED);

  g_assert_cmpint (g_mkdir (self->folder, 0700), ==, 0);
  expect_warning ();
  fixture_open (self);
  g_test_assert_expected_messages ();
  assert_problem (self, "ArchiveMissing");

  /* Nothing was made there; it is mounted, and all is well. */
  g_assert_cmpint (g_rmdir (self->folder), ==, 0);
  g_assert_cmpint (g_rename (away, self->folder), ==, 0);
  fixture_wait (is_well, self);
}

typedef struct
{
  Fixture *fixture;
  guint rows;
} Wanted;

static gboolean
has_rows (gpointer data)
{
  Wanted *wanted = data;
  g_autoptr (GArray) rows = fixture_segments (wanted->fixture, ICAM_ROLE_MAIN);

  icam_archive_sync (wanted->fixture->archive);
  return rows->len == wanted->rows;
}

static void
test_swapped (Fixture *self, gconstpointer unused)
{
  g_autofree char *first = g_strdup (self->folder);
  g_autofree char *second = g_strconcat (self->folder, "-2", NULL);
  g_autofree char *between = g_strconcat (self->folder, "-3", NULL);
  g_autoptr (GArray) rows = NULL;
  g_autoptr (GArray) gaps = NULL;
  g_autoptr (GError) error = NULL;
  IcamRecording *recording;
  Wanted wanted = { self, 2 };

  fixture_open (self);
  recording = fixture_record (self, ICAM_ROLE_MAIN);
  fixture_push_frames (recording, START_US, 0, GROUP);
  icam_archive_sync (self->archive);

  /* A second disk: recording goes over at a key frame, nothing is lost, both can be read. */
  g_assert_true (icam_archive_set_folder (self->archive, second, &error));
  g_assert_cmpstr (icam_archive_get_folder (self->archive), ==, second);
  fixture_push_frames (recording, START_US + GROUP * FRAME_US, GROUP, GROUP);
  fixture_wait (has_rows, &wanted);
  gaps = fixture_gaps (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (gaps->len, ==, 0);
  rows = fixture_segments (self, ICAM_ROLE_MAIN);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GArray) frames = fixture_frames (self, segment_at (rows, i));

      g_assert_cmpuint (frames->len, ==, GROUP);
    }
  icam_recording_free (recording);
  fixture_close (self, ICAM_GAP_RECORDER_STOPPED);

  /* Swapped at mount: each is refused at the other's place. */
  g_assert_cmpint (g_rename (first, between), ==, 0);
  g_assert_cmpint (g_rename (second, first), ==, 0);
  g_assert_cmpint (g_rename (between, second), ==, 0);
  expect_warning ();
  fixture_open (self);
  g_test_assert_expected_messages ();
  assert_problem (self, "ArchiveWrong");
  fixture_close (self, ICAM_GAP_RECORDER_STOPPED);
}

static gpointer
set_folder_here (gpointer data)
{
  return GINT_TO_POINTER (icam_archive_set_folder (data, "/elsewhere", NULL));
}

/* Recordings come and go in one thread: the folder is changed for all of them in that one only. */
static void
test_other_thread (Fixture *self, gconstpointer unused)
{
  GThread *thread;

  fixture_open (self);
  g_test_expect_message ("icam-archive", G_LOG_LEVEL_CRITICAL, "*thread*");
  thread = g_thread_new ("other", set_folder_here, self->archive);
  g_assert_false (GPOINTER_TO_INT (g_thread_join (thread)));
  g_test_assert_expected_messages ();
  g_assert_cmpstr (icam_archive_get_folder (self->archive), ==, self->folder);
}

static void
test_without_its_catalogue (Fixture *self, gconstpointer unused)
{
  g_autofree char *other = g_build_filename (self->top, "other-data", NULL);

  fixture_open (self);
  fixture_close (self, ICAM_GAP_RECORDER_STOPPED);
  g_free (self->data_dir);
  self->data_dir = g_steal_pointer (&other);
  expect_warning ();
  fixture_open (self);
  g_test_assert_expected_messages ();
  assert_problem (self, "ArchiveWrong");
}

static void
test_locked (Fixture *self, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  IcamArchive *second;

  fixture_open (self);
  second = icam_archive_open (self->data_dir, self->folder, self->clock, NULL, &error);
  g_assert_null (second);
  g_assert_error (error, ICAM_ERROR, ICAM_ERROR_ARCHIVE_LOCKED);
}

static void
test_database_elsewhere (Fixture *self, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) params = NULL;
  IcamArchive *archive
    = icam_archive_open ("/proc/nothing", self->folder, self->clock, NULL, &error);

  g_assert_null (archive);
  g_assert_error (error, ICAM_ERROR, ICAM_ERROR_DATABASE);
  params = icam_error_get_params (error);
  g_assert_true (g_variant_lookup (params, "detail", "s", NULL));
}

/* ---- what is kept ---- */

static void
record_segments (Fixture *self, gint64 start_us, guint n)
{
  IcamRecording *recording = fixture_record (self, ICAM_ROLE_MAIN);

  for (guint i = 0; i < n; i++)
    {
      fixture_push_frames (recording, start_us + i * 60 * (gint64) G_USEC_PER_SEC, 0, GROUP);
      icam_recording_interrupt (recording, ICAM_GAP_CAMERA_GONE);
    }
  icam_recording_free (recording);
  icam_archive_sync (self->archive);
}

static gboolean
journal_says (Fixture *self, const char *code)
{
  g_autoptr (GArray) rows = icam_archive_list_journal (self->archive, 0, 0, 0, NULL);

  for (guint i = 0; i < rows->len; i++)
    if (strcmp (g_array_index (rows, IcamJournalRow, i).code, code) == 0)
      return TRUE;
  return FALSE;
}

static void
test_keep_age (Fixture *self, gconstpointer unused)
{
  const gint64 day = 24 * 3600 * (gint64) G_USEC_PER_SEC;
  Wanted wanted = { self, 2 };
  g_autoptr (GArray) rows = NULL;
  g_autofree char *path = NULL;
  IcamRecording *recording;

  self->options.trust_clock = ICAM_TRUST_ALWAYS;
  fixture_open (self);
  g_assert_true (icam_archive_set_setting (self->archive, "keep-days", "3", NULL));
  record_segments (self, START_US - 5 * day, 3);
  rows = fixture_segments (self, ICAM_ROLE_MAIN);
  if (rows->len > 0)
    path = fixture_path (self, segment_at (rows, 0));
  record_segments (self, START_US - 2 * day, 2);
  fixture_wait (has_rows, &wanted);
  if (path != NULL)
    g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_true (journal_says (self, "footage-deleted"));
  g_assert_cmpint (icam_archive_oldest (self->archive), ==, START_US - 2 * day);

  /* Numbers go on. */
  recording = fixture_record (self, ICAM_ROLE_MAIN);
  fixture_push_frames (recording, START_US, 0, GROUP);
  icam_archive_sync (self->archive);
  g_clear_pointer (&rows, g_array_unref);
  rows = fixture_segments (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (segment_at (rows, 2)->seq, ==, 6);
  icam_recording_free (recording);
}

static void
test_keep_floor (Fixture *self, gconstpointer unused)
{
  Wanted wanted = { self, 1 };
  g_autoptr (GArray) rows = NULL;
  IcamRecording *recording;

  fixture_open (self);
  record_segments (self, START_US, 20);
  recording = fixture_record (self, ICAM_ROLE_MAIN);
  fixture_push_frames (recording, START_US + 3600 * (gint64) G_USEC_PER_SEC, 0, GROUP);
  icam_archive_sync (self->archive);
  /* No disk has so much: all goes but what is being written, in the order in which it was recorded.
   */
  g_assert_true (
    icam_archive_set_setting (self->archive, "floor-bytes", "9000000000000000000", NULL));
  fixture_wait (has_rows, &wanted);
  rows = fixture_segments (self, ICAM_ROLE_MAIN);
  g_assert_true (segment_at (rows, 0)->open);
  icam_recording_free (recording);
}

/* The oldest by recording, not by a clock that was wrong. */
static void
test_order_of_recording (Fixture *self, gconstpointer unused)
{
  IcamStore *store;
  g_autoptr (GArray) oldest = NULL;

  fixture_open (self);
  store = icam_archive_get_store (self->archive);
  record_segments (self, START_US, 2);
  icam_archive_begin_epoch (self->archive);
  record_segments (self, START_US - 365 * 24 * 3600 * (gint64) G_USEC_PER_SEC, 2);
  oldest = icam_catalogue_oldest (store->catalogue, 1, NULL, 3, NULL);
  g_assert_cmpuint (oldest->len, ==, 3);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpuint (g_array_index (oldest, IcamSegmentRef, i).id.seq, ==, i + 1);
}

static gboolean
is_gone (gpointer path)
{
  return !g_file_test (path, G_FILE_TEST_EXISTS);
}

static void
test_delete_channel (Fixture *self, gconstpointer unused)
{
  IcamRecording *recording;
  g_autoptr (GArray) rows = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *closed = NULL;
  g_autofree char *open = NULL;

  fixture_open (self);
  record_segments (self, START_US, 1);
  recording = fixture_record (self, ICAM_ROLE_MAIN);
  fixture_push_frames (recording, START_US + 60 * G_USEC_PER_SEC, 0, GROUP);
  icam_archive_sync (self->archive);
  rows = fixture_segments (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (rows->len, ==, 2);
  closed = fixture_path (self, segment_at (rows, 0));
  open = fixture_path (self, segment_at (rows, 1));

  g_assert_true (icam_archive_delete_channel (self->archive, &self->channel, &error));
  g_assert_no_error (error);
  g_clear_pointer (&rows, g_array_unref);
  rows = fixture_segments (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (rows->len, ==, 0);
  fixture_push_frames (recording, START_US + 62 * G_USEC_PER_SEC, GROUP, GROUP);
  icam_archive_sync (self->archive);
  fixture_wait (is_gone, closed);
  fixture_wait (is_gone, open);
  icam_recording_free (recording);
  fixture_close (self, ICAM_GAP_RECORDER_STOPPED);

  fixture_open (self);
  g_assert_cmpuint (fixture_recover (self), ==, 0);
  g_clear_pointer (&rows, g_array_unref);
  rows = fixture_segments (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (rows->len, ==, 0);
}

/* A recorder that died over it completes it; what belongs to others stays. */
static void
test_delete_channel_died (Fixture *self, gconstpointer unused)
{
  const IcamUuid first = self->channel;
  g_autoptr (GArray) rows = NULL;
  g_autofree char *gone = NULL;
  g_autofree char *stays = NULL;
  IcamSql *sql;

  fixture_open (self);
  record_segments (self, START_US, 1);
  rows = fixture_segments (self, ICAM_ROLE_MAIN);
  gone = fixture_path (self, segment_at (rows, 0));
  g_clear_pointer (&rows, g_array_unref);
  icam_uuid_generate (&self->channel);
  record_segments (self, START_US, 1);
  rows = fixture_segments (self, ICAM_ROLE_MAIN);
  stays = fixture_path (self, segment_at (rows, 0));
  sql = icam_catalogue_lock (icam_archive_get_store (self->archive)->catalogue);
  g_assert_true (icam_sql_run (sql, NULL, "INSERT INTO meta VALUES ('deleting-' || hex (?1), ?1)", "u", &first));
  icam_catalogue_unlock (icam_archive_get_store (self->archive)->catalogue);
  fixture_close (self, ICAM_GAP_RECORDER_STOPPED);

  fixture_open (self);
  icam_archive_finish_deletions (self->archive);
  fixture_recover (self);
  icam_archive_sync (self->archive);
  g_assert_false (g_file_test (gone, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (stays, G_FILE_TEST_EXISTS));
  g_clear_pointer (&rows, g_array_unref);
  rows = fixture_segments (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (rows->len, ==, 1);
  sql = icam_catalogue_lock (icam_archive_get_store (self->archive)->catalogue);
  g_assert_cmpint (icam_sql_get_int (sql, -1, "SELECT count(*) FROM meta WHERE key LIKE 'deleting-%'", ""), ==, 0);
  icam_catalogue_unlock (icam_archive_get_store (self->archive)->catalogue);
}

/* ---- the folder is taken away while it is written to ---- */

static void
check_clean (Fixture *self, guint64 segments)
{
  const IcamCheckOptions options = { .deep = TRUE };
  g_autoptr (GError) error = NULL;
  IcamCheckResult result;

  g_assert_true (
    icam_archive_check (self->data_dir, self->folder, &options, &result, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (result.segments, ==, segments);
  g_assert_cmpuint (fixture_findings (&result), ==, 0);
}

static void
expect_taken_away (void)
{
  g_test_expect_message ("icam-archive", G_LOG_LEVEL_WARNING, "*not the folder any more*");
}

static guint
count_entries (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  guint n = 0;

  while (dir != NULL && g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

/* It comes back: all that was written, until it was gone, is there, and the rest is a gap. */
static void
come_back (Fixture *self, IcamRecording *recording, gint64 end)
{
  g_autoptr (GArray) rows = NULL;
  g_autoptr (GArray) gaps = NULL;
  gint64 at = START_US + 20 * G_USEC_PER_SEC;

  fixture_wait (is_well, self);
  fixture_push_frames (recording, at, 4 * GROUP, GROUP);
  icam_archive_sync (self->archive);
  rows = fixture_segments (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (rows->len, ==, 2);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GArray) frames = fixture_frames (self, segment_at (rows, i));

      g_assert_cmpuint (frames->len, ==, i == 0 ? GROUP + 5 : GROUP);
    }
  gaps = fixture_gaps (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (gaps->len, ==, 1);
  g_assert_cmpint (gap_at (gaps, 0)->cause, ==, ICAM_GAP_DISK_ERROR);
  g_assert_cmpint (gap_at (gaps, 0)->start_us, ==, end);
  g_assert_cmpint (gap_at (gaps, 0)->end_us, ==, at);
  icam_recording_free (recording);
  fixture_close (self, ICAM_GAP_RECORDER_STOPPED);
  check_clean (self, 2);
}

typedef enum
{
  AWAY_NOTHING,
  AWAY_EMPTY,
  AWAY_FILE,
  AWAY_OTHER,
} Away;

static void
test_taken_away (Fixture *self, gconstpointer data)
{
  static const char *const problems[]
    = { "ArchiveMissing", "ArchiveMissing", "ArchiveNotWritable", "ArchiveWrong" };
  Away away = (Away) GPOINTER_TO_INT (data);
  g_autofree char *aside = g_strconcat (self->folder, "-away", NULL);
  g_autofree char *ini = g_build_filename (self->folder, "incamera-archive.ini", NULL);
  g_autofree char *path = NULL;
  g_autoptr (GArray) rows = NULL;
  IcamRecording *recording;
  gint64 at, end;

  fixture_open (self);
  recording = fixture_record (self, ICAM_ROLE_MAIN);
  at = fixture_push_frames (recording, START_US, 0, GROUP);
  icam_archive_sync (self->archive);

  g_assert_cmpint (g_rename (self->folder, aside), ==, 0);
  if (away == AWAY_EMPTY || away == AWAY_OTHER)
    g_assert_cmpint (g_mkdir (self->folder, 0700), ==, 0);
  if (away == AWAY_FILE)
    g_assert_true (g_file_set_contents (self->folder, "", 0, NULL));
  if (away == AWAY_OTHER)
    g_assert_true (g_file_set_contents (ini,
                                        "[archive]\nid=0123456789abcdef0123456789abcdef\n"
                                        "catalogue=0123456789abcdef0123456789abcdef\n",
                                        -1, NULL));

  /* Nobody but the disk's thread looks, and it does so at its next beat. */
  expect_taken_away ();
  expect_warning ();
  end = fixture_push_frames (recording, at, GROUP, 5);
  icam_archive_sync (self->archive);
  g_test_assert_expected_messages ();
  assert_problem (self, problems[away]);
  g_assert_true (journal_says (self, "archive-problem"));
  fixture_push_frames (recording, end, 2 * GROUP, GROUP);
  icam_archive_sync (self->archive);

  /* Nothing is written to what stands in its place; what was open is complete where it is now. */
  g_assert_cmpuint (count_entries (self->folder), ==, away == AWAY_OTHER ? 1 : 0);
  rows = fixture_segments (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (rows->len, ==, 1);
  g_assert_false (segment_at (rows, 0)->open);
  path = fixture_path (self, segment_at (rows, 0));
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));

  if (away == AWAY_OTHER)
    g_unlink (ini);
  if (away != AWAY_NOTHING)
    g_remove (self->folder);
  g_assert_cmpint (g_rename (aside, self->folder), ==, 0);
  come_back (self, recording, end);
  fixture_open (self);
  g_assert_true (journal_says (self, "archive-recovered"));
}

/* Its disk is unmounted as those are who do not wait, and mounted again. */
static void
test_unmounted (Fixture *self, gconstpointer unused)
{
  g_autofree char *disk = g_strconcat (self->folder, "-disk", NULL);
  IcamRecording *recording;
  gint64 at, end;

  g_assert_cmpint (g_mkdir (self->folder, 0700), ==, 0);
  g_assert_cmpint (g_mkdir (disk, 0700), ==, 0);
  if (mount (disk, self->folder, NULL, MS_BIND, NULL) != 0)
    {
      g_test_skip ("mounting needs a privilege");
      return;
    }
  fixture_open (self);
  recording = fixture_record (self, ICAM_ROLE_MAIN);
  at = fixture_push_frames (recording, START_US, 0, GROUP);
  icam_archive_sync (self->archive);
  g_assert_cmpint (umount2 (self->folder, MNT_DETACH), ==, 0);

  expect_taken_away ();
  expect_warning ();
  end = fixture_push_frames (recording, at, GROUP, 5);
  icam_archive_sync (self->archive);
  g_test_assert_expected_messages ();
  assert_problem (self, "ArchiveMissing");
  g_assert_cmpuint (count_entries (self->folder), ==, 0);
  g_assert_cmpint (mount (disk, self->folder, NULL, MS_BIND, NULL), ==, 0);
  come_back (self, recording, end);
  /* Nothing of ours is open there any more. */
  g_assert_cmpint (umount (self->folder), ==, 0);
}

/* The same archive comes back in another way before anybody noticed: it goes on at once. */
static void
test_taken_over (Fixture *self, gconstpointer unused)
{
  g_autofree char *aside = g_strconcat (self->folder, "-away", NULL);
  g_autofree char *old = g_strconcat (self->folder, "-old", NULL);
  const char *argv[] = { "cp", "-a", self->folder, aside, NULL };
  IcamRecording *recording;
  g_autoptr (GArray) rows = NULL;
  g_autoptr (GArray) gaps = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *problem = NULL;
  gint64 at;

  fixture_open (self);
  recording = fixture_record (self, ICAM_ROLE_MAIN);
  at = fixture_push_frames (recording, START_US, 0, GROUP);
  icam_recording_interrupt (recording, ICAM_GAP_CAMERA_GONE);
  icam_archive_sync (self->archive);
  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL,
                &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_rename (self->folder, old), ==, 0);
  g_assert_cmpint (g_rename (aside, self->folder), ==, 0);

  expect_taken_away ();
  fixture_push_frames (recording, at, GROUP, GROUP);
  icam_archive_sync (self->archive);
  g_test_assert_expected_messages ();
  problem = fixture_problem (self);
  g_assert_null (problem);
  gaps = fixture_gaps (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (gaps->len, ==, 0);
  rows = fixture_segments (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (rows->len, ==, 2);
  icam_recording_free (recording);
  fixture_close (self, ICAM_GAP_RECORDER_STOPPED);
  check_clean (self, 2);
}

/* Somebody deletes a file that is being written: its row goes too, and the time is a gap. */
static void
test_deleted_while_written (Fixture *self, gconstpointer unused)
{
  g_autoptr (GArray) rows = NULL;
  g_autoptr (GArray) gaps = NULL;
  g_autofree char *path = NULL;
  IcamRecording *recording;
  gint64 end;

  fixture_open (self);
  recording = fixture_record (self, ICAM_ROLE_MAIN);
  end = fixture_push_frames (recording, START_US, 0, GROUP);
  icam_archive_sync (self->archive);
  rows = fixture_segments (self, ICAM_ROLE_MAIN);
  path = fixture_path (self, segment_at (rows, 0));
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_test_expect_message ("icam-archive", G_LOG_LEVEL_WARNING, "*deleted while*");
  icam_recording_free (recording);
  icam_archive_sync (self->archive);
  g_test_assert_expected_messages ();
  gaps = fixture_gaps (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (gaps->len, ==, 1);
  g_assert_cmpint (gap_at (gaps, 0)->cause, ==, ICAM_GAP_DISK_ERROR);
  g_assert_cmpint (gap_at (gaps, 0)->start_us, ==, START_US);
  g_assert_cmpint (gap_at (gaps, 0)->end_us, ==, end);
  fixture_close (self, ICAM_GAP_RECORDER_STOPPED);
  check_clean (self, 0);
}

int
main (int argc, char **argv)
{
  /* Mounts of the tests are seen by nobody else, and go with them. */
  if (unshare (CLONE_NEWNS) == 0)
    mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
  g_test_init (&argc, &argv, NULL);

#define ADD(name, func)                                                                            \
  g_test_add ("/archive/folder/" name, Fixture, NULL, fixture_setup, func, fixture_teardown)
  ADD ("file-in-its-place", test_file_in_its_place);
  ADD ("read-only", test_read_only);
  ADD ("full-while-recording", test_full_while_recording);
  ADD ("others-fill-it", test_others_fill_it);
  ADD ("missing", test_missing);
  ADD ("swapped", test_swapped);
  ADD ("other-thread", test_other_thread);
  ADD ("without-its-catalogue", test_without_its_catalogue);
  ADD ("locked", test_locked);
  ADD ("database-elsewhere", test_database_elsewhere);
  ADD ("keep-age", test_keep_age);
  ADD ("keep-floor", test_keep_floor);
  ADD ("order-of-recording", test_order_of_recording);
  ADD ("delete-channel", test_delete_channel);
  ADD ("delete-channel-died", test_delete_channel_died);
  ADD ("unmounted", test_unmounted);
  ADD ("taken-over", test_taken_over);
  ADD ("deleted-while-written", test_deleted_while_written);
#define ADD_AWAY(name, away)                                                                       \
  g_test_add ("/archive/folder/taken-away/" name, Fixture, GINT_TO_POINTER (away), fixture_setup,  \
              test_taken_away, fixture_teardown)
  ADD_AWAY ("nothing", AWAY_NOTHING);
  ADD_AWAY ("empty", AWAY_EMPTY);
  ADD_AWAY ("file", AWAY_FILE);
  ADD_AWAY ("other", AWAY_OTHER);
  return g_test_run ();
}
