/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "base/icam-clock.h"

#include <gio/gio.h>

static void
on_stepped (IcamClock *clock,
            guint     *count)
{
  (*count)++;
}

static void
test_test_clock (void)
{
  g_autoptr (IcamTestClock) clock = icam_test_clock_new (1000);
  gint64 boot = icam_clock_boottime (ICAM_CLOCK (clock));
  guint steps = 0;

  g_signal_connect (clock, "stepped", G_CALLBACK (on_stepped), &steps);
  icam_test_clock_advance (clock, 500);
  g_assert_cmpint (icam_clock_utc (ICAM_CLOCK (clock)), ==, 1500);
  g_assert_cmpint (icam_clock_boottime (ICAM_CLOCK (clock)), ==, boot + 500);
  g_assert_cmpuint (steps, ==, 0);

  icam_test_clock_step (clock, -1500);
  g_assert_cmpint (icam_clock_utc (ICAM_CLOCK (clock)), ==, 0);
  g_assert_cmpint (icam_clock_boottime (ICAM_CLOCK (clock)), ==, boot + 500);
  g_assert_cmpuint (steps, ==, 1);
}

static void
test_system_clock (void)
{
  IcamClock *clock = icam_clock_system ();
  g_autoptr (GError) error = NULL;
  gint64 before = g_get_real_time ();
  gint64 utc = icam_clock_utc (clock);
  gint64 boot = icam_clock_boottime (clock);

  g_assert_cmpint (utc, >=, before);
  g_assert_cmpint (utc, <=, g_get_real_time ());
  g_assert_cmpint (icam_clock_boottime (clock), >=, boot);
  /* Boot time counts naps, monotonic time does not. */
  g_assert_cmpint (icam_clock_boottime (clock), >=, g_get_monotonic_time () - G_USEC_PER_SEC);
  g_assert_true (clock == icam_clock_system ());

  g_assert_true (icam_clock_watch_steps (clock, &error));
  g_assert_no_error (error);
  g_assert_true (icam_clock_watch_steps (clock, &error));
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/clock/test-clock", test_test_clock);
  g_test_add_func ("/clock/system", test_system_clock);
  return g_test_run ();
}
