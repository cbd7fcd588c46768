/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A day in which everything happens, quicker than it passes; see icam-day.h. */

#include "config.h"

#include "icam-day.h"

#include <signal.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SHORT_MINUTES 14
#define LONG_MINUTES  (24 * 60)

static char *self_path;

static void
run_child (Fixture *self, guint32 seed, guint minutes, guint run)
{
  g_autofree char *seed_text = g_strdup_printf ("%u", seed);
  g_autofree char *minutes_text = g_strdup_printf ("%u", minutes);
  g_autofree char *run_text = g_strdup_printf ("%u", run);
  const char *argv[] = { self_path, "--child", self->top, seed_text, minutes_text, run_text, NULL };
  g_autoptr (GError) error = NULL;
  int status = 0;

  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status, &error);
  g_assert_no_error (error);
  if (!(WIFEXITED (status) && WEXITSTATUS (status) == 0) && !(WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL))
    g_error ("recorder %u of seed %u ended with %d", run, seed, status);
}

static guint
count_journal (Fixture *self, const char *why)
{
  g_autoptr (GArray) rows = icam_archive_list_journal (self->archive, 0, 0, 100000, NULL);
  guint count = 0;

  for (guint i = 0; rows != NULL && i < rows->len; i++)
    {
      IcamJournalRow *row = &g_array_index (rows, IcamJournalRow, i);
      g_auto (GVariantDict) params = G_VARIANT_DICT_INIT (row->params);
      const char *reason = NULL, *n = NULL;

      if (strcmp (row->code, "footage-deleted") == 0 && g_variant_dict_lookup (&params, "why", "&s", &reason)
          && strcmp (reason, why) == 0 && g_variant_dict_lookup (&params, "count", "&s", &n))
        count += (guint) g_ascii_strtoull (n, NULL, 10);
    }
  return count;
}

static void
report (IcamFinding finding, const char *what, gpointer user_data)
{
  g_test_message ("%s: %s", icam_finding_to_string (finding), what);
}

static void
test_day (Fixture *self, gconstpointer unused)
{
  const char *wanted = g_getenv ("ICAM_DAY_SEED");
  gboolean whole = g_getenv ("ICAM_LONG") != NULL;
  guint minutes = whole ? LONG_MINUTES : SHORT_MINUTES;
  /* The short form is always the same one. */
  guint32 seed = wanted != NULL ? (guint32) g_ascii_strtoull (wanted, NULL, 10) : whole ? (guint32) g_test_rand_int () : 1;
  g_autoptr (DayPlan) plan = day_plan_new (seed, minutes);
  const IcamCheckOptions options = { .deep = TRUE, .report = report };
  g_autoptr (GError) error = NULL;
  IcamCheckResult result;
  gint64 began = g_get_monotonic_time (), took;
  double simulated = (double) (minutes * DAY_MINUTE_US + DAY_BEFORE_US);

  g_test_message ("ICAM_DAY_SEED=%u; %u cameras with two streams each, 5 pictures a second, %u things that happen to all", seed, DAY_CAMERAS,
                  plan->events->len);
  for (guint i = 0; i < plan->events->len && g_getenv ("ICAM_DAY_TELL") != NULL; i++)
    g_test_message ("event %u at %.1f s for %.1f s by %.1f s", day_event (plan->events, i)->kind, (double) (day_event (plan->events, i)->at - DAY_BEGIN_US) / 1e6,
                    (double) day_event (plan->events, i)->length / 1e6, (double) day_event (plan->events, i)->step_us / 1e6);
  for (guint run = 0; run < plan->runs->len; run++)
    run_child (self, seed, minutes, run);
  took = g_get_monotonic_time () - began;
  g_test_message ("%.0f minutes in %.1f s: %.0f times real time", simulated / 60e6, (double) took / 1e6, simulated / (double) took);

  icam_test_clock_advance (ICAM_TEST_CLOCK (self->clock), plan->end + DAY_MINUTE_US);
  icam_test_clock_step (ICAM_TEST_CLOCK (self->clock), day_plan_shift (plan, plan->end));
  fixture_open (self);
  fixture_recover (self);
  icam_archive_sync (self->archive);
  day_check (self, plan);
  g_test_message ("deleted: %u by age, %u by a camera's share, %u for room", count_journal (self, "age"), count_journal (self, "quota"),
                  count_journal (self, "space"));
  g_assert_cmpuint (count_journal (self, "age"), >, 0);
  g_assert_cmpuint (count_journal (self, "space"), >, 0);
  fixture_close (self, ICAM_GAP_RECORDER_STOPPED);

  g_assert_true (icam_archive_check (self->data_dir, self->folder, &options, &result, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (fixture_findings (&result), ==, 0);
}

int
main (int argc, char **argv)
{
  if (argc == 6 && strcmp (argv[1], "--child") == 0)
    {
      DayPlan *plan = day_plan_new ((guint32) g_ascii_strtoull (argv[3], NULL, 10), (guint) atoi (argv[4]));

      day_run (argv[2], plan, (guint) atoi (argv[5]));
    }
  /* In memory, if there is such a place: how long a disk takes to sync is not looked at here. */
  if (g_getenv ("TMPDIR") == NULL && g_access ("/dev/shm", W_OK) == 0)
    g_setenv ("TMPDIR", "/dev/shm", TRUE);
  self_path = g_canonicalize_filename (argv[0], NULL);
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/recorder/day/everything", Fixture, NULL, fixture_setup, test_day, fixture_teardown);
  return g_test_run ();
}
