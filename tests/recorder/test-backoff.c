/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "recorder/icam-backoff.h"

static void
test_grows (void)
{
  gint64 last = 0;

  for (guint failures = 1; failures <= 64; failures++)
    {
      gint64 delay = icam_backoff_delay (failures, 0);

      g_assert_cmpint (delay, >=, ICAM_BACKOFF_FIRST_US);
      g_assert_cmpint (delay, <=, ICAM_BACKOFF_LAST_US);
      g_assert_cmpint (delay, >=, last);
      last = delay;
    }
  g_assert_cmpint (icam_backoff_delay (1, 0), ==, ICAM_BACKOFF_FIRST_US);
  g_assert_cmpint (icam_backoff_delay (2, 0), ==, 2 * ICAM_BACKOFF_FIRST_US);
  g_assert_cmpint (icam_backoff_delay (6, 0), ==, ICAM_BACKOFF_LAST_US);
  g_assert_cmpint (icam_backoff_delay (G_MAXUINT, 0), ==, ICAM_BACKOFF_LAST_US);
}

static void
test_spreads (void)
{
  /* Cameras that failed together come back over a quarter of the time. */
  g_assert_cmpint (icam_backoff_delay (10, 1), ==, ICAM_BACKOFF_LAST_US * 3 / 4);
  g_assert_cmpint (icam_backoff_delay (10, 0.5), <, icam_backoff_delay (10, 0.25));
  g_assert_cmpint (icam_backoff_delay (10, 7), ==, icam_backoff_delay (10, 1));
  g_assert_cmpint (icam_backoff_delay (10, -7), ==, icam_backoff_delay (10, 0));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/backoff/grows", test_grows);
  g_test_add_func ("/backoff/spreads", test_spreads);
  return g_test_run ();
}
