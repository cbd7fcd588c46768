/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "recorder/icam-record-plan.h"

#define MONDAY_NOON G_GINT64_CONSTANT (1777896000000000) /* 2026-05-04T12:00:00Z */
#define HOUR_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)

typedef struct
{
  IcamRecordPlan plan;
  GTimeZone *utc;
} Fixture;

static IcamRecordingState
decide (Fixture *f, gint64 utc_us, gint64 quiet_us, gboolean blind, IcamGapCause expected)
{
  IcamGapCause cause;
  IcamRecordingState state = icam_record_plan_decide (&f->plan, utc_us, f->utc, quiet_us, blind, &cause);

  if (state != ICAM_RECORDING_ON)
    g_assert_cmpint (cause, ==, expected);
  return state;
}

static void
test_modes (void)
{
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  Fixture f = { .utc = utc };
  IcamCameraRow row = { .record = ICAM_RECORD_ALWAYS, .before_s = 5, .after_s = 10 };

  icam_record_plan_init (&f.plan, &row);
  g_assert_cmpint (decide (&f, MONDAY_NOON, G_MAXINT64, FALSE, 0), ==, ICAM_RECORDING_ON);

  row.record = ICAM_RECORD_OFF;
  icam_record_plan_init (&f.plan, &row);
  g_assert_cmpint (decide (&f, MONDAY_NOON, 0, TRUE, ICAM_GAP_PAUSED), ==, ICAM_RECORDING_OFF);

  row.record = ICAM_RECORD_EVENTS;
  icam_record_plan_init (&f.plan, &row);
  g_assert_cmpint (decide (&f, MONDAY_NOON, G_MAXINT64, FALSE, ICAM_GAP_NO_EVENT), ==, ICAM_RECORDING_STANDBY);
  g_assert_cmpint (decide (&f, MONDAY_NOON, 0, FALSE, 0), ==, ICAM_RECORDING_ON);
  g_assert_cmpint (decide (&f, MONDAY_NOON, 10 * G_USEC_PER_SEC, FALSE, 0), ==, ICAM_RECORDING_ON);
  g_assert_cmpint (decide (&f, MONDAY_NOON, 10 * G_USEC_PER_SEC + 1, FALSE, ICAM_GAP_NO_EVENT), ==, ICAM_RECORDING_STANDBY);
  /* If nobody would notice, it is kept. */
  g_assert_cmpint (decide (&f, MONDAY_NOON, G_MAXINT64, TRUE, 0), ==, ICAM_RECORDING_ON);
}

static void
test_hours (void)
{
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  Fixture f = { .utc = utc };
  IcamCameraRow row = { .record = ICAM_RECORD_SCHEDULE, .after_s = 10, .schedule = (char *) "mo 12:00-13:00" };

  icam_record_plan_init (&f.plan, &row);
  g_assert_cmpint (decide (&f, MONDAY_NOON - 1, 0, TRUE, ICAM_GAP_SCHEDULE), ==, ICAM_RECORDING_OFF);
  g_assert_cmpint (decide (&f, MONDAY_NOON, G_MAXINT64, FALSE, 0), ==, ICAM_RECORDING_ON);
  g_assert_cmpint (decide (&f, MONDAY_NOON + HOUR_US, 0, TRUE, ICAM_GAP_SCHEDULE), ==, ICAM_RECORDING_OFF);

  row.events_otherwise = TRUE;
  icam_record_plan_init (&f.plan, &row);
  g_assert_cmpint (decide (&f, MONDAY_NOON + HOUR_US, G_MAXINT64, FALSE, ICAM_GAP_NO_EVENT), ==, ICAM_RECORDING_STANDBY);
  g_assert_cmpint (decide (&f, MONDAY_NOON + HOUR_US, 0, FALSE, 0), ==, ICAM_RECORDING_ON);

  /* What cannot be read loses nothing. */
  row.schedule = (char *) "whenever";
  icam_record_plan_init (&f.plan, &row);
  g_assert_cmpint (decide (&f, MONDAY_NOON + HOUR_US, G_MAXINT64, FALSE, 0), ==, ICAM_RECORDING_ON);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/recorder/record-plan/modes", test_modes);
  g_test_add_func ("/recorder/record-plan/hours", test_hours);
  return g_test_run ();
}
