/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "app/icam-tile-state.h"

#define MS G_GINT64_CONSTANT (1000)

static void
test_promise (void)
{
  const gint64 fast = G_USEC_PER_SEC / 15;

  g_assert_cmpint (icam_freshness (0, fast), ==, ICAM_FRESH);
  g_assert_cmpint (icam_freshness (2000 * MS, fast), ==, ICAM_FRESH);
  g_assert_cmpint (icam_freshness (2001 * MS, fast), ==, ICAM_LATE);
  g_assert_cmpint (icam_freshness (10000 * MS, fast), ==, ICAM_LATE);
  g_assert_cmpint (icam_freshness (10001 * MS, fast), ==, ICAM_COVERED);
  g_assert_cmpint (icam_freshness (G_MAXINT64, fast), ==, ICAM_COVERED);
  /* An unknown interval is no excuse. */
  g_assert_cmpint (icam_freshness (2001 * MS, 0), ==, ICAM_LATE);
  g_assert_cmpint (icam_freshness (10001 * MS, 0), ==, ICAM_COVERED);
  /* A clock that is a little behind is no fault of the picture. */
  g_assert_cmpint (icam_freshness (-50 * MS, fast), ==, ICAM_FRESH);
}

static void
test_slow_camera (void)
{
  const gint64 slow = 5000 * MS;

  g_assert_cmpint (icam_freshness (15000 * MS, slow), ==, ICAM_FRESH);
  g_assert_cmpint (icam_freshness (15001 * MS, slow), ==, ICAM_LATE);
  g_assert_cmpint (icam_freshness (75000 * MS, slow), ==, ICAM_LATE);
  g_assert_cmpint (icam_freshness (75001 * MS, slow), ==, ICAM_COVERED);
  g_assert_true (icam_freshness_says_age (100 * MS, slow));
  g_assert_false (icam_freshness_says_age (100 * MS, 66 * MS));
  g_assert_true (icam_freshness_says_age (3000 * MS, 66 * MS));
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/tile-state/promise", test_promise);
  g_test_add_func ("/app/tile-state/slow-camera", test_slow_camera);
  return g_test_run ();
}
