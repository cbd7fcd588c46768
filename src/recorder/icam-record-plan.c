/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-recorder"

#include "config.h"

#include "recorder/icam-record-plan.h"

/**
 * icam_record_plan_init:
 * @plan: (out): the plan
 * @row: what was set for a camera
 */
void
icam_record_plan_init (IcamRecordPlan      *plan,
                       const IcamCameraRow *row)
{
  *plan = (IcamRecordPlan) {
    .mode = row->record,
    .after_us = (gint64) row->after_s * G_USEC_PER_SEC,
    .events_otherwise = row->events_otherwise,
  };
  /* What cannot be read loses nothing: it is recorded. */
  if (plan->mode == ICAM_RECORD_SCHEDULE && !icam_schedule_parse (row->schedule != NULL ? row->schedule : "", &plan->schedule))
    plan->mode = ICAM_RECORD_ALWAYS;
}

/**
 * icam_record_plan_decide:
 * @plan: a plan
 * @utc_us: now, UTC µs
 * @zone: where the schedule's hours are local
 * @quiet_us: how long ago the last event ended; 0: something happens now, G_MAXINT64: nothing ever did
 * @blind: nobody would notice if something happened now
 * @cause: (out): why what is not stored is not
 *
 * Returns: whether what comes is stored
 */
IcamRecordingState
icam_record_plan_decide (const IcamRecordPlan *plan,
                         gint64                utc_us,
                         GTimeZone            *zone,
                         gint64                quiet_us,
                         gboolean              blind,
                         IcamGapCause         *cause)
{
  *cause = ICAM_GAP_NO_EVENT;
  switch (plan->mode)
    {
    case ICAM_RECORD_OFF:
      *cause = ICAM_GAP_PAUSED;
      return ICAM_RECORDING_OFF;
    case ICAM_RECORD_SCHEDULE:
      if (icam_schedule_contains (&plan->schedule, utc_us, zone))
        return ICAM_RECORDING_ON;
      if (plan->events_otherwise)
        break;
      *cause = ICAM_GAP_SCHEDULE;
      return ICAM_RECORDING_OFF;
    case ICAM_RECORD_EVENTS:
      break;
    case ICAM_RECORD_ALWAYS:
    default:
      return ICAM_RECORDING_ON;
    }
  /* If it is unknown whether something moved, it is kept. */
  return blind || quiet_us <= plan->after_us ? ICAM_RECORDING_ON : ICAM_RECORDING_STANDBY;
}
