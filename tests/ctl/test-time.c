/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "ctl/icam-ctl.h"

#include "base/icam-time.h"

#include <string.h>

/* 2026-05-03 14:03:11.5 UTC */
#define NOW (G_GINT64_CONSTANT (1777816991500000))

static void
test_good (void)
{
  static const struct
  {
    const char *text;
    const char *iso;
  } table[] = {
    { "now", "2026-05-03T14:03:11.500Z" },
    { "-10min", "2026-05-03T13:53:11.500Z" },
    { "-30s", "2026-05-03T14:02:41.500Z" },
    { "-1.5h", "2026-05-03T12:33:11.500Z" },
    { "-2 d", "2026-05-01T14:03:11.500Z" },
    { "@1777816991", "2026-05-03T14:03:11.000Z" },
    { "today", "2026-05-03T00:00:00.000Z" },
    { "today 09:05", "2026-05-03T09:05:00.000Z" },
    { "yesterday 23:59:59.25", "2026-05-02T23:59:59.250Z" },
    { "14:03", "2026-05-03T14:03:00.000Z" },
    { "9:03", "2026-05-03T09:03:00.000Z" },
    { "2026-05-01", "2026-05-01T00:00:00.000Z" },
    { "2026-05-01 07:08", "2026-05-01T07:08:00.000Z" },
    { "2026-05-01T07:08:09", "2026-05-01T07:08:09.000Z" },
    { "2026-05-01T07:08:09.5Z", "2026-05-01T07:08:09.500Z" },
    { "2026-05-01T07:08:09+02:00", "2026-05-01T05:08:09.000Z" },
    { " 14:03 ", "2026-05-03T14:03:00.000Z" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      gint64 utc = 0;
      g_autofree char *iso = NULL;

      g_test_message ("%s", table[i].text);
      g_assert_true (icam_ctl_parse_time (table[i].text, NOW, &utc));
      iso = icam_time_to_iso8601 (utc);
      g_assert_cmpstr (iso, ==, table[i].iso);
    }
}

static void
test_bad (void)
{
  static const char *const table[] = {
    "", "-", "soon", "-10", "-10parsec", "10min", "25:00", "12:60", "today 12:0x", "todayish", "2026-13-01", "2026-05-32",
    "2026-05-01 7", "@", "@-5", "@1e9", "14:03 tomorrow", "yesterday-", "--5min", "-nan", "12:30:61",
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      gint64 utc = 42;

      g_test_message ("%s", table[i]);
      g_assert_false (icam_ctl_parse_time (table[i], NOW, &utc));
      g_assert_cmpint (utc, ==, 42);
    }
}

static void
test_plain (void)
{
  g_autofree char *evil = icam_ctl_plain ("a\033[2Jb\r\n\tc\x7f \xff \xe2\x80\xae");

  /* Nothing that a camera calls itself moves the cursor of a terminal. */
  for (const char *p = evil; *p != '\0'; p++)
    g_assert_false (g_ascii_iscntrl (*p));
  g_assert_true (g_utf8_validate (evil, -1, NULL));
  g_assert_null (strstr (evil, "\xe2\x80\xae"));
}

int
main (int    argc,
      char **argv)
{
  g_setenv ("TZ", "UTC", TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ctl/time/good", test_good);
  g_test_add_func ("/ctl/time/bad", test_bad);
  g_test_add_func ("/ctl/time/plain", test_plain);
  return g_test_run ();
}
