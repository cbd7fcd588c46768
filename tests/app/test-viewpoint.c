/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "app/icam-viewpoint.h"

#define S G_GINT64_CONSTANT (1000000)
#define NOON (G_GINT64_CONSTANT (1790000000) * G_USEC_PER_SEC)

typedef struct
{
  IcamTestClock *clock;
  IcamViewpoint *viewpoint;
  int n_moved;
  gint64 moved_to;
  gboolean exact;
} Fixture;

static void
moved_cb (IcamViewpoint *viewpoint,
          gint64         time,
          gboolean       exact,
          Fixture       *fixture)
{
  fixture->n_moved++;
  fixture->moved_to = time;
  fixture->exact = exact;
}

static void
set_up (Fixture      *fixture,
        gconstpointer data)
{
  fixture->clock = icam_test_clock_new (NOON);
  fixture->viewpoint = icam_viewpoint_new (ICAM_CLOCK (fixture->clock));
  g_signal_connect (fixture->viewpoint, "moved", G_CALLBACK (moved_cb), fixture);
}

static void
tear_down (Fixture      *fixture,
           gconstpointer data)
{
  g_assert_finalize_object (fixture->viewpoint);
  g_object_unref (fixture->clock);
}

static void
test_live (Fixture      *fixture,
           gconstpointer data)
{
  IcamViewpoint *viewpoint = fixture->viewpoint;
  gint64 from, to;

  g_assert_true (icam_viewpoint_get_live (viewpoint));
  icam_test_clock_advance (fixture->clock, 5 * S);
  icam_viewpoint_tick (viewpoint);
  g_assert_cmpint (icam_viewpoint_get_time (viewpoint), ==, NOON + 5 * S);
  g_assert_true (icam_viewpoint_get_span (viewpoint, &from, &to));
  g_assert_cmpint (to, >, NOON + 5 * S);
  g_assert_cmpint (to - from, ==, 3600 * S);
  g_assert_cmpint (fixture->n_moved, ==, 0);
}

/* T never moves by itself: paused, it stays where it was put. */
static void
test_paused (Fixture      *fixture,
             gconstpointer data)
{
  IcamViewpoint *viewpoint = fixture->viewpoint;

  icam_viewpoint_seek (viewpoint, NOON - 60 * S, FALSE);
  g_assert_cmpint (fixture->n_moved, ==, 1);
  g_assert_cmpint (fixture->moved_to, ==, NOON - 60 * S);
  g_assert_false (fixture->exact);
  g_assert_false (icam_viewpoint_get_live (viewpoint));
  icam_viewpoint_set_playing (viewpoint, FALSE);
  icam_test_clock_advance (fixture->clock, 30 * S);
  icam_viewpoint_tick (viewpoint);
  g_assert_cmpint (icam_viewpoint_get_time (viewpoint), ==, NOON - 60 * S);
  icam_viewpoint_step (viewpoint, -5 * S);
  g_assert_cmpint (icam_viewpoint_get_time (viewpoint), ==, NOON - 65 * S);
  icam_viewpoint_go_live (viewpoint);
  g_assert_true (icam_viewpoint_get_live (viewpoint));
  g_assert_true (icam_viewpoint_get_playing (viewpoint));
  g_assert_cmpint (icam_viewpoint_get_time (viewpoint), ==, NOON + 30 * S);
}

static void
test_pause_live (Fixture      *fixture,
                 gconstpointer data)
{
  IcamViewpoint *viewpoint = fixture->viewpoint;

  icam_viewpoint_set_playing (viewpoint, FALSE);
  g_assert_false (icam_viewpoint_get_live (viewpoint));
  g_assert_cmpint (fixture->n_moved, ==, 1);
  icam_test_clock_advance (fixture->clock, 10 * S);
  icam_viewpoint_tick (viewpoint);
  g_assert_cmpint (icam_viewpoint_get_time (viewpoint), ==, NOON);
  /* On again: it plays the past, ten seconds behind. */
  icam_viewpoint_set_playing (viewpoint, TRUE);
  g_assert_false (icam_viewpoint_get_live (viewpoint));
  icam_test_clock_advance (fixture->clock, 2 * S);
  icam_viewpoint_tick (viewpoint);
  g_assert_cmpint (icam_viewpoint_get_time (viewpoint), ==, NOON + 2 * S);
}

static void
test_play_to_now (Fixture      *fixture,
                  gconstpointer data)
{
  IcamViewpoint *viewpoint = fixture->viewpoint;

  icam_viewpoint_seek (viewpoint, NOON - 12 * S, TRUE);
  icam_viewpoint_set_rate (viewpoint, 4);
  icam_test_clock_advance (fixture->clock, 1 * S);
  icam_viewpoint_tick (viewpoint);
  g_assert_cmpint (icam_viewpoint_get_time (viewpoint), ==, NOON - 8 * S);
  g_assert_false (icam_viewpoint_get_live (viewpoint));
  icam_test_clock_advance (fixture->clock, 3 * S);
  icam_viewpoint_tick (viewpoint);
  g_assert_true (icam_viewpoint_get_live (viewpoint));
  g_assert_cmpfloat (icam_viewpoint_get_rate (viewpoint), ==, 1);
  g_assert_cmpint (icam_viewpoint_get_time (viewpoint), ==, NOON + 4 * S);
}

/* The clock of the computer jumps: what plays goes on at its pace, what is live is at the new now. */
static void
test_clock_step (Fixture      *fixture,
                 gconstpointer data)
{
  IcamViewpoint *viewpoint = fixture->viewpoint;

  icam_viewpoint_seek (viewpoint, NOON - 7200 * S, TRUE);
  icam_test_clock_step (fixture->clock, 3600 * S);
  icam_test_clock_advance (fixture->clock, 1 * S);
  icam_viewpoint_tick (viewpoint);
  g_assert_cmpint (icam_viewpoint_get_time (viewpoint), ==, NOON - 7199 * S);
  icam_viewpoint_go_live (viewpoint);
  g_assert_cmpint (icam_viewpoint_get_time (viewpoint), ==, NOON + 3601 * S);
}

static void
test_rates (Fixture      *fixture,
            gconstpointer data)
{
  IcamViewpoint *viewpoint = fixture->viewpoint;

  icam_viewpoint_set_rate (viewpoint, 8);
  g_assert_cmpfloat (icam_viewpoint_get_rate (viewpoint), ==, 1);
  icam_viewpoint_seek (viewpoint, NOON - 60 * S, TRUE);
  icam_viewpoint_set_rate (viewpoint, 100);
  g_assert_cmpfloat (icam_viewpoint_get_rate (viewpoint), ==, 16);
  g_assert_cmpfloat (icam_viewpoint_next_rate (1, 1), ==, 2);
  g_assert_cmpfloat (icam_viewpoint_next_rate (1, -1), ==, 0.5);
  g_assert_cmpfloat (icam_viewpoint_next_rate (16, 1), ==, 16);
  g_assert_cmpfloat (icam_viewpoint_next_rate (0.25, -1), ==, 0.25);
}

static void
test_span (Fixture      *fixture,
           gconstpointer data)
{
  IcamViewpoint *viewpoint = fixture->viewpoint;
  gint64 from, to;

  icam_viewpoint_zoom (viewpoint, 0.5, NOON);
  g_assert_true (icam_viewpoint_get_span (viewpoint, &from, &to));
  g_assert_cmpint (to - from, ==, 1800 * S);
  icam_viewpoint_pan (viewpoint, -3600 * S);
  g_assert_false (icam_viewpoint_get_span (viewpoint, &from, &to));
  g_assert_cmpint (to, <, NOON);
  g_assert_true (icam_viewpoint_get_live (viewpoint));
  /* What is under the pointer stays there. */
  icam_viewpoint_zoom (viewpoint, 0.5, from);
  {
    gint64 zoomed_from, zoomed_to;

    icam_viewpoint_get_span (viewpoint, &zoomed_from, &zoomed_to);
    g_assert_cmpint (zoomed_from, ==, from);
    g_assert_cmpint (zoomed_to - zoomed_from, ==, 900 * S);
  }
  icam_viewpoint_zoom (viewpoint, 1e-9, from);
  icam_viewpoint_get_span (viewpoint, &from, &to);
  g_assert_cmpint (to - from, ==, ICAM_VIEWPOINT_MIN_SPAN);
  icam_viewpoint_zoom (viewpoint, 1e12, from);
  icam_viewpoint_get_span (viewpoint, &from, &to);
  g_assert_cmpint (to - from, ==, ICAM_VIEWPOINT_MAX_SPAN);
  /* A seek to what is not seen brings it into view. */
  icam_viewpoint_set_span (viewpoint, NOON - 3600 * S, NOON);
  icam_viewpoint_seek (viewpoint, NOON - 86400 * S, TRUE);
  icam_viewpoint_get_span (viewpoint, &from, &to);
  g_assert_cmpint (from, <, NOON - 86400 * S);
  g_assert_cmpint (to, >, NOON - 86400 * S);
  g_assert_cmpint (to - from, ==, 3600 * S);
}

static void
test_escape (Fixture      *fixture,
             gconstpointer data)
{
  IcamViewpoint *viewpoint = fixture->viewpoint;
  gint64 from, to;

  icam_viewpoint_set_opened (viewpoint, "a");
  icam_viewpoint_set_selection (viewpoint, NOON - 10 * S, NOON - 20 * S);
  g_assert_true (icam_viewpoint_get_selection (viewpoint, &from, &to));
  g_assert_cmpint (from, ==, NOON - 20 * S);
  g_assert_cmpstr (icam_viewpoint_get_focused (viewpoint), ==, "a");
  g_assert_true (icam_viewpoint_escape (viewpoint));
  g_assert_false (icam_viewpoint_get_selection (viewpoint, &from, &to));
  g_assert_cmpstr (icam_viewpoint_get_opened (viewpoint), ==, "a");
  g_assert_true (icam_viewpoint_escape (viewpoint));
  g_assert_null (icam_viewpoint_get_opened (viewpoint));
  g_assert_false (icam_viewpoint_escape (viewpoint));
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)
  ADD ("/app/viewpoint/live", test_live);
  ADD ("/app/viewpoint/paused", test_paused);
  ADD ("/app/viewpoint/pause-live", test_pause_live);
  ADD ("/app/viewpoint/play-to-now", test_play_to_now);
  ADD ("/app/viewpoint/clock-step", test_clock_step);
  ADD ("/app/viewpoint/rates", test_rates);
  ADD ("/app/viewpoint/span", test_span);
  ADD ("/app/viewpoint/escape", test_escape);
#undef ADD
  return g_test_run ();
}
