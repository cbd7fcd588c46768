/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "icam-archive-fixture.h"

G_BEGIN_DECLS

/* A day in which everything happens. It is made up from a seed before it begins; recorders, one process after the other, live through it,
 * and tell in a file what must have been recorded, and why not; in the end the archive is compared with that.
 *
 * Times are µs that have really passed since the beginning, whatever the clock says: UTC is START_US + time + what the clock is wrong by. */

#define DAY_CAMERAS   4
#define DAY_STREAMS   (DAY_CAMERAS * ICAM_N_ROLES)
#define DAY_FRAME_US  (G_USEC_PER_SEC / 5)
#define DAY_GROUP     10 /* pictures */
#define DAY_GROUP_US  (DAY_GROUP * DAY_FRAME_US)
#define DAY_HOUR_US   (3600 * (gint64) G_USEC_PER_SEC)
#define DAY_MINUTE_US (60 * (gint64) G_USEC_PER_SEC)
/* Some minutes are recorded, then a day less a little passes: they are old soon after the day itself has begun. */
#define DAY_BEFORE_US (6 * DAY_MINUTE_US)
#define DAY_BEGIN_US  (24 * DAY_HOUR_US - 30 * (gint64) G_USEC_PER_SEC)
/* What camera 1 must not lose of these minutes. */
#define DAY_PROTECTED_FROM_US (2 * DAY_MINUTE_US)
#define DAY_PROTECTED_TO_US   (3 * DAY_MINUTE_US)

typedef enum
{
  DAY_STEP,      /* the clock is set */
  DAY_STOP,      /* the recorder is stopped, and started after a while */
  DAY_KILL,
  DAY_SLEEP,     /* of the computer */
  DAY_AWAY,      /* the main folder */
  DAY_BOTH_AWAY,
  DAY_FULL,      /* disks */
  DAY_SLOW,
  DAY_MOVE,      /* a camera's recordings, to the other folder */
  DAY_FLOOR,     /* of free space: the oldest must go */
  DAY_CHECK,     /* while all goes on */
} DayKind;

typedef struct
{
  DayKind kind;
  gint64 at, length, step_us;
} DayEvent;

typedef enum
{
  DAY_UP,
  DAY_STALL,      /* nothing for a few seconds; the connection stands */
  DAY_HUNG,
  DAY_GONE,
  DAY_PASSWORD,
  DAY_OTHER,      /* another device answers */
  DAY_PAUSED,     /* by the user */
  DAY_TIMESTAMPS, /* begin anew while the connection stands */
  DAY_TRACK,      /* another size */
  DAY_MOTION,
} DayTrouble;

typedef struct
{
  DayTrouble kind;
  gint64 from, to;
  gint64 keep_us; /* what the camera has kept when it is back, and sends again */
} DaySpell;

typedef struct
{
  gint64 end;
  GArray *events;                /* of DayEvent, all of it */
  GArray *runs;                  /* of gint64: when a recorder starts */
  GArray *steps;                 /* of DayEvent: those of the clock, also while no recorder runs */
  GArray *spells[DAY_CAMERAS];   /* of DaySpell, one after the other */
  GArray *motion;                /* of DaySpell, camera 3 */
} DayPlan;

DayPlan *day_plan_new   (guint32        seed,
                         guint          minutes);
void     day_plan_free  (DayPlan       *self);
gint64   day_plan_shift (const DayPlan *self,
                         gint64         time);
const DaySpell *day_plan_spell (const GArray *spells,
                                gint64        time,
                                guint        *hint);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DayPlan, day_plan_free)

/* What is told: a line each in TOP/told. */
#define DAY_ANY_CAUSE ((1u << ICAM_N_GAP_CAUSES) - 1)
void     day_channel    (guint          camera,
                         IcamUuid      *channel);
void     day_run        (const char    *top,
                         const DayPlan *plan,
                         guint          run);
void     day_check      (Fixture       *fixture,
                         const DayPlan *plan);

#define day_event(array, i) (&g_array_index (array, DayEvent, i))

G_END_DECLS
