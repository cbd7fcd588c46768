/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Dying at every step of the order of writes, and what a start makes of it. */

#include "config.h"

#include "icam-archive-fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char *self_path;

/* ---- the recorder that dies ---- */

typedef struct
{
  const char *step;
  int count;
} Death;

static void
die_at (const char *step, gpointer data)
{
  Death *death = data;

  if (strcmp (step, death->step) == 0 && --death->count == 0)
    kill (getpid (), SIGKILL);
}

/* Records, is told to close, recovers or deletes; dies at @step, or comes to the end. */
static void
child_steps (const char *top, const char *what, const char *step, int count)
{
  Fixture self = { 0 };
  Death death = { step, count };
  IcamRecording *recording;
  gboolean records = strcmp (what, "record") == 0;

  self.top = g_strdup (top);
  self.data_dir = g_build_filename (top, "data", NULL);
  self.folder = g_build_filename (top, "folder", NULL);
  self.clock = ICAM_CLOCK (icam_test_clock_new (START_US + 60 * G_USEC_PER_SEC));
  for (guint i = 0; i < sizeof self.channel; i++)
    self.channel.bytes[i] = (guint8) (i * i + 17);
  self.options.main_segment_us = 3600 * (gint64) G_USEC_PER_SEC;
  self.options.floor_bytes = strcmp (what, "delete") == 0 ? G_MAXINT64 : 1;

  if (!records)
    icam_disk_set_fault (die_at, &death);
  /* Written when it is asked for, so that every step is the same each time. */
  icam_disk_set_beat (G_TIME_SPAN_HOUR);
  fixture_open (&self);
  if (records)
    {
      recording = fixture_record (&self, ICAM_ROLE_MAIN);
      icam_archive_sync (self.archive);
      fixture_push_frames (recording, START_US, 0, GROUP);
      icam_disk_set_fault (die_at, &death);
      icam_archive_sync (self.archive);
      fixture_push_frames (recording, START_US + GROUP * FRAME_US, GROUP, GROUP + 5);
      icam_archive_sync (self.archive);
      icam_archive_begin_epoch (self.archive);
      fixture_push_frames (recording, START_US + (2 * GROUP + 5) * FRAME_US, 3 * GROUP, 10);
      icam_archive_sync (self.archive);
    }
  else
    {
      fixture_recover (&self);
      icam_archive_sync (self.archive);
    }
  fixture_close (&self, ICAM_GAP_RECORDER_STOPPED);
  _exit (0);
}

/* Records in real time and says on standard output which picture comes next, before it is pushed.
 */
static void
child_live (const char *top)
{
  Fixture self = { 0 };
  IcamRecording *recording;
  gint64 begin = g_get_monotonic_time ();

  self.top = g_strdup (top);
  self.data_dir = g_build_filename (top, "data", NULL);
  self.folder = g_build_filename (top, "folder", NULL);
  self.clock = g_object_ref (icam_clock_system ());
  for (guint i = 0; i < sizeof self.channel; i++)
    self.channel.bytes[i] = (guint8) (i * i + 17);
  self.options.main_segment_us = 2 * (gint64) G_USEC_PER_SEC;
  self.options.floor_bytes = 1;
  fixture_open (&self);
  recording = fixture_record (&self, ICAM_ROLE_MAIN);

  for (guint32 i = 0;; i++)
    {
      gint64 due = begin + (gint64) i * 10000;
      gint64 now = g_get_monotonic_time ();
      struct
      {
        guint32 number;
        gint64 pushed_us;
      } record = { i, now };

      /* A hundred pictures a second, so that 0.5 s can be told apart. */
      if (due > now)
        {
          struct timespec wait = { .tv_nsec = (due - now) * 1000 };

          nanosleep (&wait, NULL);
        }
      fixture_push (recording, START_US + (gint64) i * 10000, i, i % GROUP == 0 ? 20000 : 3000);
      record.pushed_us = g_get_monotonic_time ();
      if (write (STDOUT_FILENO, &record, sizeof record) != sizeof record)
        _exit (0);
    }
}

static int
run_child (Fixture *self, const char *what, const char *step, int count)
{
  g_autofree char *number = g_strdup_printf ("%d", count);
  const char *argv[] = { self_path, "--child", self->top, what, step, number, NULL };
  g_autoptr (GError) error = NULL;
  int status = 0;

  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status,
                &error);
  g_assert_no_error (error);
  return status;
}

/* ---- what must hold afterwards ---- */

static guint
count_files (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;
  guint n = 0;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (g_file_test (child, G_FILE_TEST_IS_DIR))
        n += count_files (child);
      else if (g_str_has_suffix (name, ".mkv"))
        n++;
    }
  return n;
}

/* Rows and files say the same, and every file is complete. Returns the pictures, which must be in
 * order. */
static GArray *
check_invariants (Fixture *self)
{
  g_autoptr (GArray) rows = fixture_segments (self, ICAM_ROLE_MAIN);
  IcamStore *store = icam_archive_get_store (self->archive);
  GArray *all = g_array_new (FALSE, FALSE, sizeof (guint32));
  IcamSql *sql = icam_catalogue_lock (store->catalogue);

  g_assert_cmpint (icam_sql_get_int (sql, -1, "SELECT count(*) FROM segment WHERE state <> 1", ""),
                   ==, 0);
  g_assert_cmpint (
    icam_sql_get_int (sql, -1,
                      "SELECT count(*) FROM segment LEFT JOIN segment_index USING (stream, seq)"
                      " WHERE keys IS NULL",
                      ""),
    ==, 0);
  icam_catalogue_unlock (store->catalogue);
  g_assert_cmpuint (count_files (self->folder), ==, rows->len);

  for (guint i = 0; i < rows->len; i++)
    {
      const IcamSegmentRow *row = segment_at (rows, i);
      g_autofree char *path = fixture_path (self, row);
      g_autoptr (GArray) frames = fixture_frames (self, row);
      g_autoptr (IcamMkvReader) reader = NULL;
      g_autoptr (GError) error = NULL;
      GStatBuf info;
      int fd = g_open (path, O_RDONLY | O_CLOEXEC, 0);

      g_assert_cmpint (g_stat (path, &info), ==, 0);
      g_assert_cmpuint (row->bytes, ==, (guint64) info.st_size);
      reader = icam_mkv_reader_new (fd, &error);
      g_assert_no_error (error);
      g_assert_true (icam_mkv_reader_is_closed (reader));
      close (fd);
      g_assert_cmpint (row->end_us, >, row->start_us);
      if (i > 0 && segment_at (rows, i - 1)->epoch == row->epoch)
        g_assert_cmpint (row->start_us, >=, segment_at (rows, i - 1)->end_us);
      g_array_append_vals (all, frames->data, frames->len);
    }
  for (guint i = 1; i < all->len; i++)
    g_assert_cmpuint (g_array_index (all, guint32, i), >=, g_array_index (all, guint32, i - 1));
  return all;
}

static const struct
{
  const char *step;
  int count;
  guint written; /* pictures that must be there */
} record_steps[] = {
  { "row-open", 1, 0 },
  { "created", 1, 0 },
  { "write", 1, 0 },
  { "written", 1, GROUP },
  { "synced-new", 1, GROUP },
  { "write", 2, GROUP },
  { "written", 2, 2 * GROUP + 5 },
  { "patched", 1, 2 * GROUP + 5 },
  { "patched", 2, 2 * GROUP + 5 },
  { "patched", 3, 2 * GROUP + 5 },
  { "patched", 4, 2 * GROUP + 5 },
  { "patched", 5, 2 * GROUP + 5 },
  { "patched", 6, 2 * GROUP + 5 },
  { "complete", 1, 2 * GROUP + 5 },
  { "row-closed", 1, 2 * GROUP + 5 },
  { "row-open", 2, 2 * GROUP + 5 },
  { "created", 2, 2 * GROUP + 5 },
  { "written", 3, 2 * GROUP + 15 },
};

static void
test_every_step (Fixture *self, gconstpointer unused)
{
  for (guint i = 0; i < G_N_ELEMENTS (record_steps); i++)
    {
      g_autoptr (GArray) all = NULL;
      g_autoptr (GArray) again = NULL;
      g_autoptr (GArray) gaps = NULL;
      g_autoptr (GArray) rows = NULL;
      IcamRecording *recording;
      int status;

      g_test_message ("%s %d", record_steps[i].step, record_steps[i].count);
      status = run_child (self, "record", record_steps[i].step, record_steps[i].count);
      g_assert_true (WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL);

      fixture_open (self);
      fixture_recover (self);
      all = check_invariants (self);
      g_assert_cmpuint (all->len, ==, record_steps[i].written);

      /* What was missed is a gap with its cause, from the last picture to the next. */
      recording = fixture_record (self, ICAM_ROLE_MAIN);
      fixture_push_frames (recording, START_US + 100 * G_USEC_PER_SEC, 4 * GROUP, GROUP);
      icam_recording_free (recording);
      icam_archive_sync (self->archive);
      gaps = fixture_gaps (self, ICAM_ROLE_MAIN);
      rows = fixture_segments (self, ICAM_ROLE_MAIN);
      if (all->len > 0)
        {
          const IcamSegmentRow *last = segment_at (rows, rows->len - 2);

          g_assert_cmpuint (gaps->len, ==, 1);
          g_assert_cmpint (gap_at (gaps, 0)->cause, ==, ICAM_GAP_RECORDER_KILLED);
          g_assert_cmpint (ABS (gap_at (gaps, 0)->start_us - last->end_us), <=, 100);
          g_assert_cmpint (gap_at (gaps, 0)->end_us, ==, START_US + 100 * G_USEC_PER_SEC);
        }
      fixture_close (self, ICAM_GAP_RECORDER_STOPPED);

      /* Once more: nothing changes. */
      fixture_open (self);
      g_assert_cmpuint (fixture_recover (self), ==, 0);
      again = check_invariants (self);
      g_assert_cmpuint (again->len, ==, all->len + GROUP);
      fixture_close (self, ICAM_GAP_RECORDER_STOPPED);

      fixture_teardown (self, NULL);
      fixture_setup (self, NULL);
    }
}

static void
test_die_in_recovery (Fixture *self, gconstpointer unused)
{
  static const struct
  {
    const char *step;
    int count;
  } steps[] = { { "cut", 1 },    { "mended", 1 }, { "mended", 2 }, { "mended", 3 },
                { "mended", 4 }, { "mended", 5 }, { "mended", 6 }, { "recovered", 1 } };

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      g_autoptr (GArray) all = NULL;
      int status;

      g_test_message ("%s %d", steps[i].step, steps[i].count);
      run_child (self, "record", "written", 2);
      status = run_child (self, "recover", steps[i].step, steps[i].count);
      g_assert_true (WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL);
      fixture_open (self);
      g_assert_cmpuint (fixture_recover (self), ==, 1);
      all = check_invariants (self);
      g_assert_cmpuint (all->len, ==, 2 * GROUP + 5);
      fixture_close (self, ICAM_GAP_RECORDER_STOPPED);
      fixture_teardown (self, NULL);
      fixture_setup (self, NULL);
    }
}

static void
test_die_in_deletion (Fixture *self, gconstpointer unused)
{
  static const char *const steps[] = { "garbage", "unlinked", "dropped" };

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      g_autoptr (GArray) all = NULL;
      int status;

      g_test_message ("%s", steps[i]);
      /* Two segments, both closed. */
      status = run_child (self, "record", "never", 1);
      g_assert_true (WIFEXITED (status) && WEXITSTATUS (status) == 0);
      status = run_child (self, "delete", steps[i], 1);
      g_assert_true (WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL);
      fixture_open (self);
      fixture_recover (self);
      all = check_invariants (self);
      /* All of them were garbage by then. */
      g_assert_cmpuint (all->len, ==, 0);
      fixture_close (self, ICAM_GAP_RECORDER_STOPPED);
      fixture_teardown (self, NULL);
      fixture_setup (self, NULL);
    }
}

/* ---- a file that is torn anywhere ---- */

static void
test_torn_anywhere (Fixture *self, gconstpointer unused)
{
  g_autofree char *path = NULL;
  g_autofree char *content = NULL;
  gsize length;
  guint last = G_MAXUINT;

  run_child (self, "record", "written", 2);
  fixture_open (self);
  {
    IcamSegmentRow row
      = { .channel = self->channel, .role = ICAM_ROLE_MAIN, .seq = 1, .start_us = START_US };

    path = fixture_path (self, &row);
  }
  fixture_close (self, ICAM_GAP_RECORDER_STOPPED);
  g_assert_true (g_file_get_contents (path, &content, &length, NULL));

  for (gsize cut = length; cut > length - 5000; cut -= 331)
    {
      g_autoptr (IcamMkvScan) scan = NULL;
      g_autoptr (IcamMkvReader) reader = NULL;
      g_autoptr (GError) error = NULL;
      IcamPacket packet;
      guint n = 0;
      int fd;

      g_assert_true (g_file_set_contents (path, content, (gssize) cut, NULL));
      fd = g_open (path, O_RDWR | O_CLOEXEC, 0);
      for (guint turn = 0; turn < 2; turn++)
        {
          scan = icam_mkv_scan (fd, &error);
          g_assert_no_error (error);
          g_assert_true (scan->was_closed == (turn == 1));
          g_assert_cmpuint (scan->valid_size, <=, cut);
          g_assert_cmpint (ftruncate (fd, (off_t) scan->valid_size), ==, 0);
          for (guint i = 0; i < scan->patches->len; i++)
            {
              const IcamMkvPatch *patch = g_ptr_array_index (scan->patches, i);
              gsize size;
              gconstpointer data = g_bytes_get_data (patch->data, &size);

              g_assert_cmpint (pwrite (fd, data, size, (off_t) patch->offset), ==, size);
            }
          g_clear_pointer (&scan, icam_mkv_scan_free);
        }
      reader = icam_mkv_reader_new (fd, &error);
      g_assert_no_error (error);
      g_assert_true (icam_mkv_reader_is_closed (reader));
      while (icam_mkv_reader_next (reader, &packet, &error))
        {
          guint32 number;

          memcpy (&number, g_bytes_get_data (packet.data, NULL), sizeof number);
          g_assert_cmpuint (GUINT32_FROM_LE (number), ==, n);
          n++;
          icam_packet_clear (&packet);
        }
      g_assert_no_error (error);
      close (fd);
      /* Never more than the one that was torn. */
      g_assert_cmpuint (n, <=, last);
      if (last != G_MAXUINT)
        g_assert_cmpuint (n, >=, last - 1);
      else
        g_assert_cmpuint (n, ==, 2 * GROUP + 5);
      last = n;
    }
}

/* ---- killed at any time ---- */

static void
test_kill (Fixture *self, gconstpointer unused)
{
  guint times = g_getenv ("ICAM_LONG") != NULL ? 200 : 10;
  gint64 worst = 0;

  for (guint turn = 0; turn < times; turn++)
    {
      const char *argv[] = { self_path, "--child", self->top, "live", "", "0", NULL };
      g_autoptr (GArray) all = NULL;
      g_autoptr (GError) error = NULL;
      struct
      {
        guint32 number;
        gint64 pushed_us;
      } record;
      g_autoptr (GArray) pushed = g_array_new (FALSE, FALSE, sizeof (gint64));
      guint until = 20 + (guint) g_test_rand_int_range (0, 250);
      gint64 killed, lost;
      GPid pid;
      int out, status;

      g_spawn_async_with_pipes (NULL, (char **) argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL,
                                &pid, NULL, &out, NULL, &error);
      g_assert_no_error (error);
      /* Killed after a picture and some more microseconds: anywhere between two of them. */
      while (read (out, &record, sizeof record) == sizeof record)
        {
          g_array_append_val (pushed, record.pushed_us);
          if (pushed->len == until)
            break;
        }
      kill (pid, SIGKILL);
      killed = g_get_monotonic_time ();
      while (read (out, &record, sizeof record) == sizeof record)
        g_array_append_val (pushed, record.pushed_us);
      g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
      close (out);

      fixture_open (self);
      fixture_recover (self);
      all = check_invariants (self);
      /* Every picture up to the last one in the file is there: none is missing inside. */
      for (guint i = 0; i < all->len; i++)
        g_assert_cmpuint (g_array_index (all, guint32, i), ==, i);

      /* From the last picture that was pushed to the last one in the file. */
      lost = g_array_index (pushed, gint64, pushed->len - 1)
             - (all->len > 0 ? g_array_index (pushed, gint64, MIN (all->len, pushed->len) - 1)
                             : g_array_index (pushed, gint64, 0));
      worst = MAX (worst, lost);
      if (lost > 500 * 1000)
        g_test_message ("turn %u: %u of %u pictures, killed at %" G_GINT64_FORMAT, turn, all->len,
                        pushed->len, killed);
      g_assert_cmpint (lost, <=, 500 * 1000);
      fixture_close (self, ICAM_GAP_RECORDER_STOPPED);
      fixture_teardown (self, NULL);
      fixture_setup (self, NULL);
    }
  g_test_message ("lost at worst %.3f s in %u turns", (double) worst / G_USEC_PER_SEC, times);
}

/* ---- recording goes on before recovery ---- */

static void
test_record_first (Fixture *self, gconstpointer unused)
{
  IcamRecording *recording;
  g_autoptr (GArray) rows = NULL;
  g_autoptr (GArray) gaps = NULL;

  run_child (self, "record", "written", 2);
  fixture_open (self);
  recording = fixture_record (self, ICAM_ROLE_MAIN);
  fixture_push_frames (recording, START_US + 10 * G_USEC_PER_SEC, 0, GROUP);
  icam_archive_sync (self->archive);

  /* Two: the open one of now. What was left is not known yet. */
  rows = fixture_segments (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (rows->len, ==, 1);
  g_assert_true (segment_at (rows, 0)->open);
  g_assert_cmpuint (segment_at (rows, 0)->seq, ==, 2);

  g_assert_cmpuint (fixture_recover (self), ==, 1);
  g_clear_pointer (&rows, g_array_unref);
  rows = fixture_segments (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (rows->len, ==, 2);
  gaps = fixture_gaps (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (gaps->len, ==, 1);
  g_assert_cmpint (gap_at (gaps, 0)->cause, ==, ICAM_GAP_RECORDER_KILLED);
  g_assert_cmpint (gap_at (gaps, 0)->start_us, ==, segment_at (rows, 0)->end_us);
  g_assert_cmpint (gap_at (gaps, 0)->end_us, ==, START_US + 10 * G_USEC_PER_SEC);
  icam_recording_free (recording);
}

int
main (int argc, char **argv)
{
  if (argc == 6 && strcmp (argv[1], "--child") == 0)
    {
      if (strcmp (argv[3], "live") == 0)
        child_live (argv[2]);
      child_steps (argv[2], argv[3], argv[4], atoi (argv[5]));
    }

  g_test_init (&argc, &argv, NULL);
  self_path = g_file_read_link ("/proc/self/exe", NULL);

#define ADD(name, func)                                                                            \
  g_test_add ("/archive/recovery/" name, Fixture, NULL, fixture_setup, func, fixture_teardown)
  ADD ("every-step", test_every_step);
  ADD ("die-in-recovery", test_die_in_recovery);
  ADD ("die-in-deletion", test_die_in_deletion);
  ADD ("torn-anywhere", test_torn_anywhere);
  ADD ("record-first", test_record_first);
  ADD ("kill-at-any-time", test_kill);
  return g_test_run ();
}
