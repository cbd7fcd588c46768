/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-test"

#include "config.h"

#include "base/icam-zone.h"

/* 2026-01-15 */
#define WINTER (G_GINT64_CONSTANT (1768435200) * G_USEC_PER_SEC)

static void
test_same (void)
{
  g_assert_true (icam_zone_equal ("CST-8", "CST-8:00:00", WINTER));
  g_assert_true (icam_zone_equal ("CET-1CEST,M3.5.0,M10.5.0/3", "MEZ-1MESZ,M3.5.0/2,M10.5.0/3", WINTER));
  g_assert_true (icam_zone_equal ("nonsense", "nonsense", WINTER));
  g_assert_false (icam_zone_equal ("CET-1CEST,M3.5.0,M10.5.0/3", "CET-1", WINTER));
  g_assert_false (icam_zone_equal ("UTC0", "CET-1", WINTER));
  g_assert_false (icam_zone_equal ("UTC0", "nonsense, surely", WINTER));
  g_assert_false (icam_zone_equal ("UTC0", NULL, WINTER));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/zone/same", test_same);
  return g_test_run ();
}
