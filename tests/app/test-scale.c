/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "app/icam-scale.h"

#define S G_GINT64_CONSTANT (1000000)
#define H (3600 * S)

static gint64
at (const char *text)
{
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  g_autoptr (GDateTime) time = g_date_time_new_from_iso8601 (text, utc);

  g_assert_nonnull (time);
  return g_date_time_to_unix (time) * S;
}

static void
test_there_and_back (void)
{
  IcamScale scale = { at ("2026-05-03T10:00:00Z"), at ("2026-05-03T11:00:00Z"), 1200 };

  g_assert_cmpfloat (icam_scale_x (&scale, scale.from), ==, 0);
  g_assert_cmpfloat (icam_scale_x (&scale, scale.to), ==, 1200);
  g_assert_cmpint (icam_scale_time (&scale, 600), ==, at ("2026-05-03T10:30:00Z"));
  g_assert_cmpfloat (icam_scale_x (&scale, at ("2026-05-03T09:30:00Z")), ==, -600);
}

static void
test_steps (void)
{
  IcamScale scale = { 0, H, 1200 };

  g_assert_cmpint (icam_scale_step (&scale, 80), ==, 5 * 60 * S);
  scale.to = 24 * H;
  g_assert_cmpint (icam_scale_step (&scale, 80), ==, 2 * H);
  scale.to = 30 * S;
  g_assert_cmpint (icam_scale_step (&scale, 80), ==, 5 * S);
  scale.to = 60 * 24 * H;
  g_assert_cmpint (icam_scale_step (&scale, 80) % (24 * H), ==, 0);
}

static void
test_ticks (void)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_identifier ("Europe/Berlin");
  IcamScale scale = { at ("2026-05-03T20:00:00Z"), at ("2026-05-04T08:00:00Z"), 1200 };
  g_autoptr (GArray) ticks = NULL;
  int days = 0;
  gint64 previous = 0;

  g_assert_nonnull (zone);
  ticks = icam_scale_ticks (&scale, zone, 80);
  g_assert_cmpuint (ticks->len, >=, 6);
  for (guint i = 0; i < ticks->len; i++)
    {
      const IcamTick *tick = &g_array_index (ticks, IcamTick, i);

      g_assert_cmpint (tick->time, >, previous);
      g_assert_cmpint (tick->time, >=, scale.from);
      g_assert_cmpint (tick->time, <=, scale.to);
      previous = tick->time;
      if (tick->kind == ICAM_TICK_DAY)
        {
          days++;
          g_assert_cmpint (tick->time, ==, at ("2026-05-03T22:00:00Z"));
        }
    }
  g_assert_cmpint (days, ==, 1);
}

/* The day on which summer time begins has 23 hours, the one on which it ends 25. */
static void
test_summer_time (void)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_identifier ("Europe/Berlin");
  const char *const noons[] = { "2026-03-29T12:00:00Z", "2026-10-25T12:00:00Z" };
  const gint64 hours[] = { 23, 25 };
  const gint64 changes[] = { at ("2026-03-29T01:00:00Z"), at ("2026-10-25T01:00:00Z") };

  g_assert_nonnull (zone);
  for (guint i = 0; i < 2; i++)
    {
      gint64 from, to;
      IcamScale scale;
      g_autoptr (GArray) ticks = NULL;
      int shifts = 0, days = 0;

      icam_day_of (at (noons[i]), zone, &from, &to);
      g_assert_cmpint ((to - from) / H, ==, hours[i]);
      scale = (IcamScale) { from, to, 1200 };
      ticks = icam_scale_ticks (&scale, zone, 40);
      for (guint j = 0; j < ticks->len; j++)
        {
          const IcamTick *tick = &g_array_index (ticks, IcamTick, j);

          days += tick->kind == ICAM_TICK_DAY;
          if (tick->kind != ICAM_TICK_SHIFT)
            continue;
          shifts++;
          g_assert_cmpint (tick->time, ==, changes[i]);
        }
      g_assert_cmpint (shifts, ==, 1);
      g_assert_cmpint (days, ==, 2);
    }
}

static void
test_runs (void)
{
  g_autoptr (GArray) runs = g_array_new (FALSE, FALSE, sizeof (IcamRun));

  icam_runs_add (runs, 0, 60 * S, FALSE);
  icam_runs_add (runs, 60 * S + 66000, 120 * S, FALSE);
  g_assert_cmpuint (runs->len, ==, 1);
  icam_runs_add (runs, 130 * S, 130 * S, FALSE);
  g_assert_cmpuint (runs->len, ==, 1);
  icam_runs_add (runs, 130 * S, 190 * S, FALSE);
  g_assert_cmpuint (runs->len, ==, 2);
  icam_runs_add (runs, 190 * S, 200 * S, TRUE);
  g_assert_cmpuint (runs->len, ==, 3);
  g_assert_cmpint (g_array_index (runs, IcamRun, 0).end, ==, 120 * S);
}

static void
test_merge (void)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);
  g_autoptr (GArray) merged = NULL;
  const IcamRun a[] = { { 0, 100 * S, FALSE, FALSE }, { 200 * S, 300 * S, TRUE, FALSE } };
  const IcamRun b[] = { { 50 * S, 250 * S, FALSE, FALSE } };
  GArray *row;
  const struct
  {
    gint64 start, end;
    guint n;
    gboolean unverified;
  } expected[] = {
    { 10, 50, 1, FALSE }, { 50, 100, 2, FALSE },  { 100, 200, 1, FALSE },
    { 200, 250, 2, TRUE }, { 250, 290, 1, TRUE },
  };

  row = g_array_new (FALSE, FALSE, sizeof (IcamRun));
  g_array_append_vals (row, a, G_N_ELEMENTS (a));
  g_ptr_array_add (rows, row);
  row = g_array_new (FALSE, FALSE, sizeof (IcamRun));
  g_array_append_vals (row, b, G_N_ELEMENTS (b));
  g_ptr_array_add (rows, row);

  merged = icam_runs_merge (rows, 10 * S, 290 * S);
  g_assert_cmpuint (merged->len, ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < merged->len; i++)
    {
      const IcamCoverage *coverage = &g_array_index (merged, IcamCoverage, i);

      g_assert_cmpint (coverage->start, ==, expected[i].start * S);
      g_assert_cmpint (coverage->end, ==, expected[i].end * S);
      g_assert_cmpuint (coverage->n_recorded, ==, expected[i].n);
      g_assert_cmpint (coverage->unverified, ==, expected[i].unverified);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/scale/there-and-back", test_there_and_back);
  g_test_add_func ("/app/scale/steps", test_steps);
  g_test_add_func ("/app/scale/ticks", test_ticks);
  g_test_add_func ("/app/scale/summer-time", test_summer_time);
  g_test_add_func ("/app/scale/runs", test_runs);
  g_test_add_func ("/app/scale/merge", test_merge);
  return g_test_run ();
}
