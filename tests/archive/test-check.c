/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Comparing files and rows, and making the rows anew. */

#include "config.h"

#include "icam-archive-fixture.h"
#include "archive/icam-archive-move.h"
#include "archive/icam-catalogue-keep.h"

#include <fcntl.h>

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
collect (IcamFinding finding, const char *what, gpointer data)
{
  g_string_append_printf (data, "%s ", icam_finding_to_string (finding));
}

static char *
check (Fixture *self, gboolean deep, IcamCheckResult *result)
{
  GString *codes = g_string_new (NULL);
  IcamCheckOptions options = { .deep = deep, .report = collect, .user_data = codes };
  g_autoptr (GError) error = NULL;

  g_assert_true (icam_archive_check (self->data_dir, self->folder, &options, result, &error));
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
  const IcamCheckOptions options = { 0 };
  IcamCheckResult result;

  record_minute (self);
  rows = fixture_segments (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (rows->len, >=, 6);
  g_assert_false (
    icam_archive_check (self->data_dir, self->folder, &options, &result, &error));
  g_assert_error (error, ICAM_ERROR, ICAM_ERROR_ARCHIVE_LOCKED);
  fixture_close (self, ICAM_GAP_RECORDER_STOPPED);

  codes = check (self, TRUE, &result);
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
  codes = check (self, FALSE, &result);
  g_assert_cmpuint (result.found[ICAM_FINDING_MISSING], ==, 1);
  g_assert_cmpuint (result.found[ICAM_FINDING_DAMAGED], ==, 1);
  g_assert_cmpuint (result.found[ICAM_FINDING_FOREIGN], ==, 1);
  g_assert_cmpuint (fixture_findings (&result), ==, 3);
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
  const IcamCheckOptions options = { 0 };
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
    icam_archive_rebuild (self->data_dir, self->folder, &options, &result, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (result.segments, ==, rows->len);
  codes = check (self, TRUE, &result);
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

/* ---- beside a running recorder ---- */

static void
run_sql (Fixture *self, const char *what)
{
  IcamCatalogue *catalogue = icam_archive_get_store (self->archive)->catalogue;
  g_autoptr (GError) error = NULL;

  g_assert_true (icam_sql_exec (icam_catalogue_lock (catalogue), what, &error));
  icam_catalogue_unlock (catalogue);
  g_assert_no_error (error);
}

static char *
examine (Fixture *self, IcamCheckOptions options, IcamCheckResult *result)
{
  GString *codes = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  options.report = collect;
  options.user_data = codes;
  g_assert_true (icam_archive_examine (self->archive, &options, result, &error));
  g_assert_no_error (error);
  return g_string_free (codes, FALSE);
}

static gboolean
nothing_unfinished (gpointer data)
{
  g_autoptr (GArray) refs
    = icam_catalogue_unfinished (icam_archive_get_store (((Fixture *) data)->archive)->catalogue, G_MAXUINT32, NULL);
  guint n = 0;

  for (guint i = 0; i < refs->len; i++)
    n += g_array_index (refs, IcamSegmentRef, i).id.epoch < icam_archive_get_store (((Fixture *) data)->archive)->first_epoch;
  return n == 0;
}

static void
damage_byte (const char *path, goffset at)
{
  int fd = open (path, O_RDWR | O_CLOEXEC);
  guint8 byte;

  g_assert_cmpint (pread (fd, &byte, 1, at), ==, 1);
  byte ^= 0xff;
  g_assert_cmpint (pwrite (fd, &byte, 1, at), ==, 1);
  close (fd);
}

static void
test_repair (Fixture *self, gconstpointer unused)
{
  g_autoptr (GArray) rows = NULL;
  g_autoptr (GArray) gaps = NULL;
  g_autofree char *codes = NULL;
  g_autofree char *gone = NULL;
  g_autofree char *cut = NULL;
  IcamCheckResult result;
  IcamRecording *recording;
  guint unknown = 0;

  record_minute (self);
  fixture_close (self, ICAM_GAP_RECORDER_STOPPED);
  self->options.main_segment_us = 0;
  fixture_open (self);
  fixture_recover (self);
  rows = fixture_segments (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (rows->len, >=, 6);

  /* What is being written is nothing to find. */
  recording = fixture_record (self, ICAM_ROLE_MAIN);
  fixture_push_frames (recording, START_US + 300 * G_USEC_PER_SEC, 0, GROUP);
  icam_archive_sync (self->archive);
  codes = examine (self, (IcamCheckOptions){ .deep = TRUE }, &result);
  g_assert_cmpstr (codes, ==, "");
  g_assert_cmpuint (result.segments, ==, rows->len);
  g_clear_pointer (&codes, g_free);

  /* A file is gone, one is shorter, one has lost its row, a gap has lost its row, numbers fell, two overlap. */
  gone = fixture_path (self, segment_at (rows, 0));
  cut = fixture_path (self, segment_at (rows, 1));
  g_assert_cmpint (g_unlink (gone), ==, 0);
  g_assert_cmpint (truncate (cut, 20000), ==, 0);
  run_sql (self, "DELETE FROM segment WHERE seq = 3;"
                 "DELETE FROM gap WHERE cause = 'camera-unreachable' OR start_us < end_us;"
                 "UPDATE segment SET end_us = end_us + 5000000 WHERE seq = 5;"
                 "UPDATE stream SET next_seq = 2;"
                 "INSERT INTO thumbnail SELECT zeroblob (16), channel, 1, 'nowhere.jpg' FROM stream LIMIT 1;");
  codes = examine (self, (IcamCheckOptions){ .deep = FALSE }, &result);
  g_assert_cmpuint (result.found[ICAM_FINDING_MISSING], ==, 1);
  g_assert_cmpuint (result.found[ICAM_FINDING_DAMAGED], ==, 1);
  g_assert_cmpuint (result.found[ICAM_FINDING_UNKNOWN], ==, 1);
  g_assert_cmpuint (result.found[ICAM_FINDING_HOLE], >=, 1);
  g_assert_cmpuint (result.found[ICAM_FINDING_OVERLAPPING], ==, 1);
  g_assert_cmpuint (result.found[ICAM_FINDING_NUMBER], >=, 1);
  g_assert_cmpuint (result.found[ICAM_FINDING_THUMBNAIL], ==, 1);
  g_assert_cmpuint (result.mended, ==, 0);
  g_clear_pointer (&codes, g_free);

  codes = examine (self, (IcamCheckOptions){ .repair = TRUE }, &result);
  g_assert_cmpuint (result.mended, >=, 7);
  g_clear_pointer (&codes, g_free);
  fixture_wait (nothing_unfinished, self);
  codes = examine (self, (IcamCheckOptions){ .deep = TRUE }, &result);
  g_assert_cmpstr (codes, ==, "");
  g_assert_cmpuint (result.segments, ==, rows->len - 1);

  /* What cannot be shown is a gap, and nobody says that the recorder died. */
  gaps = fixture_gaps (self, ICAM_ROLE_MAIN);
  for (guint i = 0; i < gaps->len; i++)
    {
      g_assert_cmpint (gap_at (gaps, i)->cause, !=, ICAM_GAP_RECORDER_KILLED);
      unknown += gap_at (gaps, i)->cause == ICAM_GAP_UNKNOWN;
    }
  g_assert_cmpuint (unknown, >=, 3);
  icam_recording_free (recording);
  icam_archive_sync (self->archive);
}

/* Only a look at all of a file finds what is wrong in its middle. */
static void
test_deep (Fixture *self, gconstpointer unused)
{
  g_autoptr (GArray) rows = NULL;
  g_autofree char *codes = NULL;
  g_autofree char *path = NULL;
  IcamCheckResult result;
  GStatBuf info;

  record_minute (self);
  rows = fixture_segments (self, ICAM_ROLE_MAIN);
  path = fixture_path (self, segment_at (rows, 1));
  fixture_close (self, ICAM_GAP_RECORDER_STOPPED);
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  {
    g_autofree char *content = NULL;
    gsize length;
    const char *cluster;

    /* The head of its second cluster. */
    g_assert_true (g_file_get_contents (path, &content, &length, NULL));
    cluster = memmem (content, length, "\x1f\x43\xb6\x75", 4);
    g_assert_nonnull (cluster);
    cluster = memmem (cluster + 4, length - (gsize) (cluster + 4 - content), "\x1f\x43\xb6\x75", 4);
    g_assert_nonnull (cluster);
    damage_byte (path, cluster - content);
  }
  codes = check (self, FALSE, &result);
  g_assert_cmpstr (codes, ==, "");
  g_clear_pointer (&codes, g_free);
  codes = check (self, TRUE, &result);
  g_assert_cmpstr (codes, ==, "damaged ");
}

/* ---- a catalogue that is lost ---- */

static void
lose (Fixture *self, const char *name)
{
  static const char *const parts[] = { "", "-wal", "-shm", ".copy" };

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_autofree char *file = g_strconcat (name, parts[i], NULL);
      g_autofree char *path = g_build_filename (self->data_dir, file, NULL);

      if (g_file_test (path, G_FILE_TEST_EXISTS))
        g_assert_true (g_file_set_contents (path, "no database", -1, NULL));
    }
}

/* Recording goes on at once; all that files and the backup say comes back; nothing is deleted by age until somebody has looked. */
static void
test_lost (Fixture *self, gconstpointer with_backup)
{
  g_autoptr (GArray) rows = NULL;
  g_autoptr (GArray) rebuilt = NULL;
  g_autoptr (GArray) gaps = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *codes = NULL;
  IcamCheckResult result;
  IcamRecording *recording;
  guint folders = 0, explained = 0;

  self->options.trust_clock = ICAM_TRUST_ALWAYS;
  record_minute (self);
  rows = fixture_segments (self, ICAM_ROLE_MAIN);
  g_assert_false (icam_archive_needs_rebuild (self->archive));
  g_assert_cmpint (icam_archive_get_age (self->archive), ==, ICAM_AGE_TRUSTED);
  if (with_backup != NULL)
    {
      g_assert_true (icam_archive_backup_is_due (self->archive));
      g_assert_true (icam_archive_back_up (self->archive, NULL, &folders, &error));
      g_assert_no_error (error);
      g_assert_cmpuint (folders, ==, 1);
      g_assert_false (icam_archive_backup_is_due (self->archive));
    }
  fixture_close (self, ICAM_GAP_RECORDER_STOPPED);

  lose (self, "catalogue.sqlite");
  if (with_backup != NULL)
    lose (self, "config.sqlite");
  fixture_open (self);
  g_assert_true (icam_archive_needs_rebuild (self->archive));
  g_assert_cmpint (icam_archive_get_age (self->archive), ==, ICAM_AGE_CATALOGUE);
  recording = fixture_record (self, ICAM_ROLE_MAIN);
  fixture_push_frames (recording, START_US + 300 * G_USEC_PER_SEC, 0, GROUP);
  icam_archive_sync (self->archive);

  codes = examine (self, (IcamCheckOptions){ .repair = TRUE, .restore = TRUE }, &result);
  g_assert_cmpuint (result.found[ICAM_FINDING_UNKNOWN], ==, with_backup != NULL ? 0 : rows->len);
  g_assert_cmpuint (result.restored > 0, ==, with_backup != NULL);
  g_assert_false (icam_archive_needs_rebuild (self->archive));
  g_assert_cmpint (icam_archive_get_age (self->archive), ==, ICAM_AGE_CATALOGUE);
  g_assert_true (icam_archive_confirm_age (self->archive, &error));
  g_assert_cmpint (icam_archive_get_age (self->archive), ==, ICAM_AGE_TRUSTED);
  fixture_wait (nothing_unfinished, self);
  g_clear_pointer (&codes, g_free);
  codes = examine (self, (IcamCheckOptions){ .deep = TRUE }, &result);
  g_assert_cmpstr (codes, ==, "");

  rebuilt = fixture_segments (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (rebuilt->len, ==, rows->len + 1);
  for (guint i = 0; i < rows->len; i++)
    {
      g_assert_cmpuint (segment_at (rebuilt, i)->seq, ==, segment_at (rows, i)->seq);
      g_assert_cmpint (segment_at (rebuilt, i)->start_us, ==, segment_at (rows, i)->start_us);
    }
  /* Of a generation of its own. */
  g_assert_cmpuint (segment_at (rebuilt, rows->len)->seq, >, G_MAXUINT32);
  g_assert_cmpuint (segment_at (rebuilt, rows->len)->epoch, >, segment_at (rows, 0)->epoch + 1000);
  gaps = fixture_gaps (self, ICAM_ROLE_MAIN);
  for (guint i = 0; i < gaps->len; i++)
    explained += gap_at (gaps, i)->cause == ICAM_GAP_CAMERA_GONE;
  g_assert_cmpuint (explained, ==, with_backup != NULL ? 1 : 0);
  g_assert_cmpuint (gaps->len, >=, 2);
  icam_recording_free (recording);
  icam_archive_sync (self->archive);
}

/* Each folder has a backup; what lies in one that is not here is looked for until it is. */
static void
test_lost_folders (Fixture *self, gconstpointer unused)
{
  g_autofree char *second = g_build_filename (self->top, "second", NULL);
  g_autofree char *away = g_strconcat (second, "-away", NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *codes = NULL;
  IcamCheckResult result;
  guint folders = 0;
  guint64 bytes;
  guint moved;

  record_minute (self);
  g_assert_true (icam_archive_remember_folders (self->archive, second, TRUE, NULL));
  g_assert_true (icam_archive_use_folder (self->archive, second, TRUE, NULL));
  icam_archive_sync (self->archive);
  g_assert_true (icam_archive_move (self->archive, &self->channel, second, NULL, NULL, NULL, &moved, &bytes, &error));
  g_assert_cmpuint (moved, >, 0);
  g_assert_true (icam_archive_back_up (self->archive, NULL, &folders, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (folders, ==, 2);
  fixture_close (self, ICAM_GAP_RECORDER_STOPPED);

  lose (self, "catalogue.sqlite");
  g_assert_cmpint (g_rename (second, away), ==, 0);
  g_test_expect_message ("icam-archive", G_LOG_LEVEL_WARNING, "*cannot be written*");
  fixture_open (self);
  icam_archive_sync (self->archive);
  g_test_assert_expected_messages ();
  codes = examine (self, (IcamCheckOptions){ .repair = TRUE, .restore = TRUE }, &result);
  g_assert_cmpuint (result.found[ICAM_FINDING_ABSENT], ==, 1);
  g_assert_true (icam_archive_needs_rebuild (self->archive));
  fixture_close (self, ICAM_GAP_RECORDER_STOPPED);

  g_assert_cmpint (g_rename (away, second), ==, 0);
  fixture_open (self);
  g_clear_pointer (&codes, g_free);
  codes = examine (self, (IcamCheckOptions){ .repair = TRUE, .restore = TRUE }, &result);
  g_assert_cmpuint (result.found[ICAM_FINDING_ABSENT], ==, 0);
  g_assert_cmpuint (result.segments, ==, moved);
  g_assert_false (icam_archive_needs_rebuild (self->archive));
}

/* A look that is ended in the middle of a rebuild goes on at the next start. */
static void
on_unknown (IcamFinding finding, const char *what, gpointer data)
{
  if (finding == ICAM_FINDING_UNKNOWN)
    g_cancellable_cancel (data);
}

static void
test_cancelled (Fixture *self, gconstpointer unused)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GArray) rows = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *codes = NULL;
  IcamCheckOptions options
    = { .repair = TRUE, .restore = TRUE, .report = on_unknown, .user_data = cancellable, .cancellable = cancellable };
  IcamCheckResult result;

  record_minute (self);
  rows = fixture_segments (self, ICAM_ROLE_MAIN);
  fixture_close (self, ICAM_GAP_RECORDER_STOPPED);
  lose (self, "catalogue.sqlite");
  fixture_open (self);
  g_assert_false (icam_archive_examine (self->archive, &options, &result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_true (icam_archive_needs_rebuild (self->archive));
  fixture_close (self, ICAM_GAP_RECORDER_STOPPED);
  fixture_open (self);
  g_assert_true (icam_archive_needs_rebuild (self->archive));
  codes = examine (self, (IcamCheckOptions){ .repair = TRUE, .restore = TRUE }, &result);
  g_assert_cmpuint (result.segments, ==, rows->len);
  g_assert_false (icam_archive_needs_rebuild (self->archive));
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
  g_test_add ("/archive/check/repair", Fixture, NULL, fixture_setup, test_repair, fixture_teardown);
  g_test_add ("/archive/check/deep", Fixture, NULL, fixture_setup, test_deep, fixture_teardown);
  g_test_add ("/archive/check/lost", Fixture, NULL, fixture_setup, test_lost, fixture_teardown);
  g_test_add ("/archive/check/lost-with-backup", Fixture, "backup", fixture_setup, test_lost, fixture_teardown);
  g_test_add ("/archive/check/cancelled", Fixture, NULL, fixture_setup, test_cancelled, fixture_teardown);
  g_test_add ("/archive/check/lost-folders", Fixture, NULL, fixture_setup, test_lost_folders, fixture_teardown);
  return g_test_run ();
}
