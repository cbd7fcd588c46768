/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "base/icam-schedule.h"

#include <string.h>

static void
test_text (void)
{
  static const struct
  {
    const char *text, *again; /* NULL: none */
  } cases[] = {
    { "", "" },
    { "mo-fr 08:00-18:00", "mo-fr 08:00-18:00" },
    { " MO-FR 08:00-18:00 ;; su 10:15-10:30, 12:00-13:00", "mo-fr 08:00-18:00; su 10:15-10:30,12:00-13:00" },
    { "su-mo 00:00-24:00", "mo,su 00:00-24:00" },
    { "mo,we,th 01:00-02:00", "mo,we-th 01:00-02:00" },
    { "mo 01:00-02:00; mo 02:00-03:00", "mo 01:00-03:00" },
    { "sa 22:00-06:00", "sa 22:00-24:00; su 00:00-06:00" },
    { "su 23:45-00:15", "mo 00:00-00:15; su 23:45-24:00" },
    { "mo-su 00:00-24:00", "mo-su 00:00-24:00" },
    { "mo", NULL },
    { "mo 08:00", NULL },
    { "mo 08:00-08:00", NULL },
    { "mo 08:00-08:10", NULL },
    { "mo 8:00-9:00", NULL },
    { "mo 24:00-01:00", NULL },
    { "mo 08:00-24:15", NULL },
    { "xx 08:00-09:00", NULL },
    { "mo- 08:00-09:00", NULL },
    { "mo,,tu 08:00-09:00", NULL },
    { "mo 08:00-09:00,", NULL },
    { "mo 0-:00-09:00", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      IcamSchedule schedule, again;
      g_autofree char *text = NULL;

      g_test_message ("%s", cases[i].text);
      g_assert_cmpint (icam_schedule_parse (cases[i].text, &schedule), ==, cases[i].again != NULL);
      if (cases[i].again == NULL)
        continue;
      text = icam_schedule_format (&schedule);
      g_assert_cmpstr (text, ==, cases[i].again);
      g_assert_true (icam_schedule_parse (text, &again));
      g_assert_cmpmem (&again, sizeof again, &schedule, sizeof schedule);
    }
}

static gboolean
at (const IcamSchedule *schedule, const char *time, GTimeZone *zone)
{
  g_autoptr (GDateTime) parsed = g_date_time_new_from_iso8601 (time, NULL);

  g_assert_nonnull (parsed);
  return icam_schedule_contains (schedule, g_date_time_to_unix (parsed) * G_USEC_PER_SEC, zone);
}

static void
test_contains (void)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_identifier ("Europe/Berlin");
  IcamSchedule schedule;

  if (zone == NULL)
    {
      g_test_skip ("There are no time zones");
      return;
    }
  g_assert_true (icam_schedule_parse ("mo-fr 08:00-18:00; su 01:00-03:00", &schedule));
  g_assert_true (at (&schedule, "2026-05-04T06:00:00Z", zone));  /* Monday, 8:00 in summer */
  g_assert_false (at (&schedule, "2026-05-04T05:59:59Z", zone));
  g_assert_true (at (&schedule, "2026-05-04T15:59:59Z", zone));
  g_assert_false (at (&schedule, "2026-05-04T16:00:00Z", zone));
  g_assert_true (at (&schedule, "2026-11-23T07:00:00Z", zone));  /* Monday, 8:00 in winter */
  g_assert_false (at (&schedule, "2026-11-21T10:00:00Z", zone)); /* Saturday */

  /* 2026-10-25 has 25 hours: from 2 to 3 comes twice, and is in it twice. */
  g_assert_true (at (&schedule, "2026-10-24T23:00:00Z", zone));  /* 1:00 */
  g_assert_true (at (&schedule, "2026-10-25T00:30:00Z", zone));  /* 2:30 */
  g_assert_true (at (&schedule, "2026-10-25T01:30:00Z", zone));  /* 2:30 once more */
  g_assert_false (at (&schedule, "2026-10-25T02:00:00Z", zone)); /* 3:00 */
  /* 2026-03-29 has 23: after 1:59 comes 3:00. */
  g_assert_true (at (&schedule, "2026-03-29T00:59:00Z", zone));
  g_assert_false (at (&schedule, "2026-03-29T01:00:00Z", zone));
}

static void
test_change (void)
{
  IcamSchedule schedule;
  g_autofree char *text = NULL;

  memset (&schedule, 0, sizeof schedule);
  for (guint day = 0; day < ICAM_SCHEDULE_DAYS; day++)
    for (guint quarter = 0; quarter < ICAM_SCHEDULE_QUARTERS; quarter++)
      icam_schedule_set (&schedule, day, quarter, TRUE);
  icam_schedule_set (&schedule, 2, 40, FALSE);
  g_assert_false (icam_schedule_get (&schedule, 2, 40));
  g_assert_true (icam_schedule_get (&schedule, 2, 41));
  text = icam_schedule_format (&schedule);
  g_assert_cmpstr (text, ==, "mo-tu,th-su 00:00-24:00; we 00:00-10:00,10:15-24:00");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/schedule/text", test_text);
  g_test_add_func ("/base/schedule/contains", test_contains);
  g_test_add_func ("/base/schedule/change", test_change);
  return g_test_run ();
}
