/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Whatever happens, in whatever order: cameras that come, go and send again what they had kept, clocks
 * that are set, old footage that is deleted, and a recorder that is killed at any step of it. What must
 * always hold is looked at after each round. */

#include "config.h"

#include "icam-archive-fixture.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 12
#define OPS    14
/* What is called jitter, and no gap. */
#define SLACK_US (110 * 1000)

static char *self_path;

/* ---- the recorder, in a process of its own ---- */

typedef struct
{
  Fixture fixture;
  GRand *rand;
  IcamRecording *recording;
  int log; /* what was pushed and when it was safe */
  guint now;     /* the camera's next picture */
  guint at;      /* the next one that it sends: after a connection it begins with what it has kept */
  gint64 shift;  /* of the clock */
  gboolean decodable;
  guint newest;  /* of this run and this time; what is older, and comes later, is not waited for */
} Recorder;

static int kill_after;

static void
count_steps (const char *step, gpointer unused)
{
  if (kill_after > 0 && --kill_after == 0)
    kill (getpid (), SIGKILL);
}

static void
say (Recorder *self, char what, guint n)
{
  char line[64];
  int length = g_snprintf (line, sizeof line, "%c %u %" G_GINT64_FORMAT "\n", what, n, self->shift);

  if (write (self->log, line, (size_t) length) != length)
    _exit (3);
}

static gint64
time_of (guint n, gint64 shift)
{
  /* Never two alike, and sometimes closer than a frame lasts. */
  return START_US + (gint64) n * FRAME_US + shift + (n * 2654435761u) % 9000;
}

static void
set_clock (Recorder *self)
{
  IcamTestClock *clock = ICAM_TEST_CLOCK (self->fixture.clock);

  icam_test_clock_advance (clock, time_of (self->now, self->shift)
                                    - icam_clock_utc (self->fixture.clock));
}

static void
push (Recorder *self, guint first, guint n)
{
  for (guint i = first; i < first + n; i++)
    {
      self->decodable = self->decodable || i % GROUP == 0;
      fixture_push (self->recording, time_of (i, self->shift), i, i % GROUP == 0 ? 4000 : 300);
      if (self->decodable && i >= self->newest)
        {
          say (self, 'F', i);
          self->newest = i + 1;
        }
    }
  self->at = first + n;
  self->now = MAX (self->now, self->at);
  set_clock (self);
}

static void
settle (Recorder *self)
{
  icam_archive_sync (self->fixture.archive);
  say (self, 'S', self->now);
}

static void
cut (Recorder *self)
{
  static const IcamGapCause causes[]
    = { ICAM_GAP_CAMERA_SILENT, ICAM_GAP_CAMERA_GONE, ICAM_GAP_WRONG_PASSWORD };
  guint n = 1 + (guint) g_rand_int_range (self->rand, 0, 3);

  for (guint i = 0; i < n; i++)
    {
      icam_recording_interrupt (self->recording, causes[g_rand_int_range (self->rand, 0, 3)]);
      self->now += (guint) g_rand_int_range (self->rand, 0, 60);
      set_clock (self);
    }
  self->decodable = FALSE;
}

/* Connected again: the camera begins with what it has kept. */
static void
connect_again (Recorder *self)
{
  guint kept = g_rand_boolean (self->rand) ? 0 : (guint) g_rand_int_range (self->rand, 0, 150);
  guint first = self->now - MIN (kept, self->now);

  /* Sometimes the connection is cut again before anything new has come. */
  push (self, first, (guint) g_rand_int_range (self->rand, 1, g_rand_boolean (self->rand) ? 40 : 250));
}

static void
do_something (Recorder *self)
{
  IcamArchive *archive = self->fixture.archive;

  switch (g_rand_int_range (self->rand, 0, 8))
    {
    case 0:
    case 1:
      push (self, self->at, (guint) g_rand_int_range (self->rand, 1, 200));
      break;
    case 2:
    case 3:
      cut (self);
      connect_again (self);
      break;
    case 4:
      settle (self);
      break;
    case 5:
      {
        g_autoptr (IcamTrack) track = fixture_track (g_rand_boolean (self->rand) ? 1280 : 640);

        icam_recording_set_track (self->recording, ICAM_TRACK_VIDEO, track);
        self->decodable = FALSE;
        break;
      }
    case 6:
      /* The clock is set: by a minute, an hour, or a year. */
      settle (self);
      {
        static const gint64 steps[] = { 60, -60, 3600, -3600, 31536000, -31536000 };

        self->shift += steps[g_rand_int_range (self->rand, 0, 6)] * (gint64) G_USEC_PER_SEC;
        if (ABS (self->shift) > 3 * 31536000 * (gint64) G_USEC_PER_SEC)
          self->shift = 0;
        icam_test_clock_step (ICAM_TEST_CLOCK (self->fixture.clock),
                              time_of (self->now, self->shift)
                                - icam_clock_utc (self->fixture.clock));
        icam_archive_begin_epoch (archive);
        self->newest = 0;
        say (self, 'N', self->now);
        break;
      }
    case 7:
    default:
      /* The disk is as good as full: the oldest go, eight a turn. */
      settle (self);
      say (self, 'D', self->now);
      icam_archive_set_setting (archive, "floor-bytes", "9000000000000000000", NULL);
      icam_archive_sync (archive);
      icam_archive_set_setting (archive, "floor-bytes", "1", NULL);
      break;
    }
}

static void
child_round (const char *top, guint32 seed, int death)
{
  Recorder self = { 0 };
  g_autofree char *log = g_build_filename (top, "log", NULL);
  g_autofree char *text = NULL;
  const char *at;

  fixture_setup_at (&self.fixture, top);
  self.fixture.options.main_segment_us = 6 * G_USEC_PER_SEC;
  self.rand = g_rand_new_with_seed (seed);

  /* The camera goes on where it was. */
  if (g_file_get_contents (log, &text, NULL, NULL))
    for (at = text; at != NULL && *at != '\0'; at = strchr (at, '\n'), at = at != NULL ? at + 1 : NULL)
      {
        guint n = (guint) g_ascii_strtoull (at + 2, NULL, 10);
        const char *shift = strchr (at + 2, ' ');

        self.now = MAX (self.now, n + 1);
        self.shift = shift != NULL ? g_ascii_strtoll (shift + 1, NULL, 10) : self.shift;
      }
  self.log = g_open (log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  set_clock (&self);
  say (&self, 'B', self.now);

  kill_after = death;
  icam_disk_set_fault (count_steps, NULL);
  fixture_open (&self.fixture);
  icam_archive_set_setting (self.fixture.archive, "floor-bytes", "1", NULL);
  icam_archive_recover_async (self.fixture.archive, NULL, NULL);
  self.recording = fixture_record (&self.fixture, ICAM_ROLE_MAIN);
  connect_again (&self);
  for (guint i = 0; i < OPS; i++)
    do_something (&self);
  settle (&self);
  fixture_close (&self.fixture, ICAM_GAP_RECORDER_STOPPED);
  _exit (0);
}

/* ---- what must hold ---- */

typedef struct
{
  GHashTable *safe;  /* numbers of the pictures that must be there, unless they were deleted, and
                      * their order: the oldest go first */
  GHashTable *sent;  /* of all, when they were sent last */
  GArray *steps;     /* when the clock was set */
  gboolean deletes;
} Truth;

static gboolean
clock_was_set (Truth *truth, guint after, guint before)
{
  guint from = GPOINTER_TO_UINT (g_hash_table_lookup (truth->sent, GUINT_TO_POINTER (after)));
  guint to = GPOINTER_TO_UINT (g_hash_table_lookup (truth->sent, GUINT_TO_POINTER (before)));

  for (guint i = 0; i < truth->steps->len; i++)
    if (g_array_index (truth->steps, guint, i) > from && g_array_index (truth->steps, guint, i) < to)
      return TRUE;
  return FALSE;
}

static void
read_log (Fixture *self, Truth *truth)
{
  g_autofree char *log = g_build_filename (self->top, "log", NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (GArray) pending = g_array_new (FALSE, FALSE, sizeof (guint));

  g_assert_true (g_file_get_contents (log, &text, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  truth->safe = g_hash_table_new (NULL, NULL);
  truth->sent = g_hash_table_new (NULL, NULL);
  truth->steps = g_array_new (FALSE, FALSE, sizeof (guint));
  for (guint i = 0; lines[i] != NULL && lines[i][0] != '\0'; i++)
    {
      guint n = (guint) g_ascii_strtoull (lines[i] + 2, NULL, 10);

      if (lines[i][0] == 'F')
        {
          g_array_append_val (pending, n);
          g_hash_table_insert (truth->sent, GUINT_TO_POINTER (n), GUINT_TO_POINTER (i));
        }
      else if (lines[i][0] == 'N')
        g_array_append_val (truth->steps, i);
      else if (lines[i][0] == 'S')
        {
          for (guint j = 0; j < pending->len; j++)
            g_hash_table_insert (truth->safe, GUINT_TO_POINTER (g_array_index (pending, guint, j)),
                                 GUINT_TO_POINTER (i - pending->len + j));
          g_array_set_size (pending, 0);
        }
      else if (lines[i][0] == 'B')
        g_array_set_size (pending, 0);
      else if (lines[i][0] == 'D')
        truth->deletes = TRUE;
    }
}

static int
by_number (gconstpointer a, gconstpointer b)
{
  const IcamSegmentRow *one = a, *other = b;

  return one->seq < other->seq ? -1 : one->seq > other->seq;
}

/* The clock is set by whole minutes, and no group of pictures is as long. */
static gint64
shift_of (const IcamSegmentRow *row, guint first)
{
  const gint64 minute = 60 * (gint64) G_USEC_PER_SEC;
  gint64 shift = row->start_us - time_of (first, 0) + 1000;

  return (shift >= 0 ? shift / minute : -((-shift + minute - 1) / minute)) * minute;
}

/* From where one segment ends to where the next begins there are gaps, one behind the other. */
static void
check_gaps (GArray *gaps, gint64 from_us, gint64 to_us)
{
  gint64 at = from_us;

  for (guint i = 0; i < gaps->len && at < to_us - SLACK_US; i++)
    {
      const IcamGapRow *gap = gap_at (gaps, i);

      /* Not those in which the clock was set. */
      if (gap->end_us != 0 && gap->end_us <= to_us + SLACK_US && gap->start_us <= at + SLACK_US
          && gap->end_us > at)
        at = gap->end_us;
    }
  if (at < to_us - SLACK_US || at > to_us + SLACK_US)
    g_test_message ("from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT ": gaps reach %" G_GINT64_FORMAT,
                    from_us, to_us, at);
  g_assert_cmpint (at, >=, to_us - SLACK_US);
  g_assert_cmpint (at, <=, to_us + SLACK_US);
}

static void
check_archive (Fixture *self)
{
  g_autoptr (GArray) rows = fixture_segments (self, ICAM_ROLE_MAIN);
  g_autoptr (GArray) gaps = fixture_gaps (self, ICAM_ROLE_MAIN);
  g_autoptr (GHashTable) found = g_hash_table_new (NULL, NULL);
  Truth truth = { 0 };
  GHashTableIter iter;
  gpointer number, order;
  guint oldest = 0, last = 0;
  gint64 last_shift = 0;

  read_log (self, &truth);
  g_array_sort (rows, by_number);
  for (guint i = 0; i < rows->len; i++)
    {
      const IcamSegmentRow *row = segment_at (rows, i);
      const IcamSegmentRow *before = i > 0 ? segment_at (rows, i - 1) : NULL;
      g_autoptr (GArray) frames = fixture_frames (self, row);
      guint first = 0, n_new = 0;
      gint64 shift;

      g_assert_false (row->open);
      g_assert_cmpuint (frames->len, >, 0);
      g_assert_cmpint (row->end_us, >, row->start_us);
      g_assert_cmpuint (g_array_index (frames, guint32, 0) % GROUP, ==, 0);
      /* The first one that is new, by the row's start. */
      shift = shift_of (row, g_array_index (frames, guint32, 0));
      while (time_of (g_array_index (frames, guint32, first), shift)
             < row->start_us - FRAME_US / 2)
        first++;
      g_assert_cmpint (ABS (time_of (g_array_index (frames, guint32, first), shift) - row->start_us),
                       <=, FRAME_US / 2);
      for (guint j = 0; j < frames->len; j++)
        {
          guint n = g_array_index (frames, guint32, j);

          g_assert_cmpuint (n, ==, g_array_index (frames, guint32, 0) + j);
          g_hash_table_add (found, GUINT_TO_POINTER (n));
          n_new += j >= first;
        }
      g_assert_cmpuint (n_new, >, 0);
      g_assert_cmpint (first, <, GROUP);
      for (guint j = first; i == 0 && oldest == 0 && j < frames->len; j++)
        oldest = GPOINTER_TO_UINT (g_hash_table_lookup (
          truth.sent, GUINT_TO_POINTER (g_array_index (frames, guint32, j))));

      if (before != NULL)
        {
          g_assert_cmpuint (row->epoch, >=, before->epoch);
          if (row->epoch == before->epoch)
            g_assert_cmpint (row->start_us, >=, before->end_us);
          if (shift == last_shift
              && !clock_was_set (&truth, last, g_array_index (frames, guint32, first))
              && row->start_us - before->end_us > SLACK_US)
            check_gaps (gaps, before->end_us, row->start_us);
        }
      last_shift = shift;
      last = g_array_index (frames, guint32, frames->len - 1);
    }

  g_hash_table_iter_init (&iter, truth.safe);
  while (g_hash_table_iter_next (&iter, &number, &order))
    if (!truth.deletes || (rows->len > 0 && GPOINTER_TO_UINT (order) >= oldest))
      if (!g_hash_table_contains (found, number))
        g_error ("picture %u is missing", GPOINTER_TO_UINT (number));
  g_hash_table_unref (truth.safe);
  g_hash_table_unref (truth.sent);
  g_array_unref (truth.steps);
}

static void
tell (IcamFinding finding, const char *what, gpointer data)
{
  g_test_message ("%s %s", icam_finding_to_string (finding), what);
}

static const IcamCheckOptions deep = { .deep = TRUE, .report = tell };

static void
check_clean (const char *data_dir, const char *folder)
{
  g_autoptr (GError) error = NULL;
  IcamCheckResult result;

  g_assert_true (icam_archive_check (data_dir, folder, &deep, &result, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (fixture_findings (&result), ==, 0);
}

/* The rows that are made of the files are those that were there. */
static void
check_rebuild (Fixture *self)
{
  g_autofree char *data_dir = g_strdup (self->data_dir);
  g_autofree char *other = g_strconcat (data_dir, "-other", NULL);
  g_autoptr (GArray) rows = NULL;
  g_autoptr (GArray) rebuilt = NULL;
  g_autoptr (GError) error = NULL;
  IcamCheckResult result;

  fixture_open (self);
  rows = fixture_segments (self, ICAM_ROLE_MAIN);
  fixture_close (self, ICAM_GAP_RECORDER_STOPPED);

  g_assert_true (icam_archive_rebuild (other, self->folder, &deep, &result, &error));
  g_assert_no_error (error);
  check_clean (other, self->folder);
  g_free (self->data_dir);
  self->data_dir = g_strdup (other);
  fixture_open (self);
  rebuilt = fixture_segments (self, ICAM_ROLE_MAIN);
  fixture_close (self, ICAM_GAP_RECORDER_STOPPED);
  g_free (self->data_dir);
  self->data_dir = g_steal_pointer (&data_dir);

  g_array_sort (rows, by_number);
  g_array_sort (rebuilt, by_number);
  g_assert_cmpuint (rebuilt->len, ==, rows->len);
  for (guint i = 0; i < rows->len; i++)
    {
      const IcamSegmentRow *row = segment_at (rows, i), *again = segment_at (rebuilt, i);

      g_assert_cmpuint (again->seq, ==, row->seq);
      g_assert_cmpuint (again->epoch, ==, row->epoch);
      g_assert_cmpint (again->start_us, ==, row->start_us);
      /* One that was cut off for a next one that a kill has undone ends a little later. */
      g_assert_cmpint (ABS (again->end_us - row->end_us), <=, 10000);
      g_assert_cmpuint (again->bytes, ==, row->bytes);
    }
}

static void
test_random (Fixture *self, gconstpointer data)
{
  gboolean kills = data != NULL;
  guint32 seed = g_test_rand_int ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);

  g_test_message ("seed %u", seed);
  for (guint round = 0; round < ROUNDS; round++)
    {
      g_autofree char *seed_text = g_strdup_printf ("%u", g_rand_int (rand));
      g_autofree char *death
        = g_strdup_printf ("%d", kills && round % 3 != 2 ? g_rand_int_range (rand, 1, 260) : 0);
      const char *argv[] = { self_path, "--child", self->top, seed_text, death, NULL };
      g_autoptr (GError) error = NULL;
      int status = 0;

      g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status,
                    &error);
      g_assert_no_error (error);
      g_test_message ("round %u, seed %s, to be killed at %s: status %d", round, seed_text, death,
                      status);
      g_assert_true ((WIFEXITED (status) && WEXITSTATUS (status) == 0)
                     || (kills && WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL));

      fixture_open (self);
      /* Killed while the disk was as good as full. */
      icam_archive_set_setting (self->archive, "floor-bytes", "1", NULL);
      fixture_recover (self);
      icam_archive_sync (self->archive);
      check_archive (self);
      fixture_close (self, ICAM_GAP_RECORDER_STOPPED);
      check_clean (self->data_dir, self->folder);
    }
  check_rebuild (self);
}

int
main (int argc, char **argv)
{
  if (argc == 5 && strcmp (argv[1], "--child") == 0)
    child_round (argv[2], (guint32) g_ascii_strtoull (argv[3], NULL, 10), atoi (argv[4]));

  self_path = g_canonicalize_filename (argv[0], NULL);
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/archive/random/sequences", Fixture, NULL, fixture_setup, test_random,
              fixture_teardown);
  g_test_add ("/archive/random/kills", Fixture, "kills", fixture_setup, test_random,
              fixture_teardown);
  return g_test_run ();
}
