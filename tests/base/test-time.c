/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "base/icam-time.h"

static void
test_text (void)
{
  g_autofree char *iso = icam_time_to_iso8601 (G_GINT64_CONSTANT (1777816991250000));
  g_autofree char *name = icam_time_to_filename (G_GINT64_CONSTANT (1777816991250000));
  g_autofree char *before = icam_time_to_iso8601 (-1);
  gint64 back = 0;

  g_assert_cmpstr (iso, ==, "2026-05-03T14:03:11.250Z");
  g_assert_cmpstr (name, ==, "20260503T140311.250Z");
  g_assert_cmpstr (before, ==, "1969-12-31T23:59:59.999Z");
  g_assert_true (icam_time_parse (iso, &back));
  g_assert_cmpint (back, ==, G_GINT64_CONSTANT (1777816991250000));
}

/* A year that no calendar has must not end the program: a camera's clock says anything. */
static void
test_out_of_range (void)
{
  g_autofree char *late = icam_time_to_iso8601 (G_MAXINT64);
  g_autofree char *early = icam_time_to_filename (G_MININT64);

  g_assert_nonnull (late);
  g_assert_nonnull (early);
}

static void
test_parse (void)
{
  gint64 utc = 42;

  g_assert_true (icam_time_parse ("2026-05-03T16:03:11+02:00", &utc));
  g_assert_cmpint (utc, ==, G_GINT64_CONSTANT (1777816991000000));
  utc = 42;
  g_assert_false (icam_time_parse ("yesterday", &utc));
  g_assert_false (icam_time_parse ("0000-00-00T00:61:16Z", &utc));
  g_assert_false (icam_time_parse ("", &utc));
  g_assert_false (icam_time_parse (NULL, &utc));
  g_assert_cmpint (utc, ==, 42);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/time/text", test_text);
  g_test_add_func ("/time/out-of-range", test_out_of_range);
  g_test_add_func ("/time/parse", test_parse);
  return g_test_run ();
}
