/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "archive/icam-archive.h"
#include "base/icam-schedule.h"

G_BEGIN_DECLS

/* Whether a camera is to be recorded now. Pure. */
typedef struct
{
  IcamRecordMode mode;
  gint64 after_us;           /* of the last event */
  IcamSchedule schedule;
  gboolean events_otherwise; /* outside of it when something happens, otherwise not at all */
} IcamRecordPlan;

#define ICAM_RECORD_BEFORE_S 5
#define ICAM_RECORD_AFTER_S 10
#define ICAM_RECORD_MAX_BEFORE_S 30
#define ICAM_RECORD_MAX_AFTER_S 600

void               icam_record_plan_init   (IcamRecordPlan       *plan,
                                            const IcamCameraRow  *row);
IcamRecordingState icam_record_plan_decide (const IcamRecordPlan *plan,
                                            gint64                utc_us,
                                            GTimeZone            *zone,
                                            gint64                quiet_us,
                                            gboolean              blind,
                                            IcamGapCause         *cause);

G_END_DECLS
