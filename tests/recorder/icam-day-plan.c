/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What happens on a simulated day, from a seed. */

#include "config.h"

#include "icam-day.h"

#define SECOND ((gint64) G_USEC_PER_SEC)

static gint64
between (GRand *rand, gint64 least_s, gint64 most_s)
{
  return least_s * SECOND + g_rand_int_range (rand, 0, (gint32) MAX ((most_s - least_s) * 10, 1)) * SECOND / 10;
}

static void
add (GArray *events, DayKind kind, gint64 at, gint64 length, gint64 step_us)
{
  DayEvent event = { kind, at, length, step_us };

  g_array_append_val (events, event);
}

static void
add_step (DayPlan *self, gint64 at, gint64 step_us)
{
  add (self->events, DAY_STEP, at, 0, step_us);
  add (self->steps, DAY_STEP, at, 0, step_us);
}

static void
add_run (DayPlan *self, gint64 at)
{
  g_array_append_val (self->runs, at);
}

/* What happens besides single things: sequences of them. */
enum
{
  HOUR_AHEAD = DAY_CHECK + 1,
  HOUR_BACK,
  YEAR_AHEAD,
  YEAR_BACK,
  START_IN_1970,
  N_HAPPENINGS,
};

/* One thing, all of it between @at and @at + @room. */
static void
happen (DayPlan *self, GRand *rand, guint what, gint64 at, gint64 room)
{
  gint64 length = between (rand, 8, MAX (room / SECOND / 2, 9));
  gint64 step = 0;

  switch (what)
    {
    case DAY_STEP:
      /* A second: most are small. */
      add_step (self, at, g_rand_boolean (rand) ? 3 * SECOND : -3 * SECOND);
      return;
    case DAY_STOP:
      add (self->events, DAY_STOP, at, length, 0);
      add_run (self, at + length);
      return;
    case DAY_KILL:
      add (self->events, DAY_KILL, at, 20 * SECOND, 0);
      add_run (self, at + 20 * SECOND + length / 4);
      return;
    case START_IN_1970:
      add (self->events, DAY_STOP, at, length / 2, 0);
      step = START_US + at + day_plan_shift (self, at) - DAY_HOUR_US;
      add (self->steps, DAY_STEP, at + length / 2, 0, -step);
      add_run (self, at + length / 2);
      add_step (self, at + length / 2 + room / 4, step);
      return;
    case HOUR_AHEAD:
    case HOUR_BACK:
      /* It is set right again by the next of its kind, or soon. */
      step = what == HOUR_AHEAD ? DAY_HOUR_US : -DAY_HOUR_US;
      break;
    case YEAR_AHEAD:
    case YEAR_BACK:
      step = (what == YEAR_AHEAD ? 365 : -365) * 24 * DAY_HOUR_US;
      break;
    case DAY_AWAY:
    case DAY_BOTH_AWAY:
    case DAY_SLEEP:
    case DAY_FULL:
    case DAY_SLOW:
    case DAY_MOVE:
    case DAY_FLOOR:
    case DAY_CHECK:
    default:
      add (self->events, (DayKind) what, at, length, 0);
      return;
    }
  add_step (self, at, step);
  add_step (self, at + length, -step);
}

static void
fill_spells (DayPlan *self, GRand *rand, guint camera, gint64 apart_s)
{
  gint64 at = between (rand, 20, apart_s);

  while (at < self->end)
    {
      DaySpell spell = { .kind = DAY_STALL + (DayTrouble) g_rand_int_range (rand, 0, DAY_MOTION - DAY_STALL), .from = at };

      switch (spell.kind)
        {
        case DAY_STALL:
          spell.to = at + between (rand, 2, 4);
          break;
        case DAY_TIMESTAMPS:
        case DAY_TRACK:
          spell.to = at + DAY_FRAME_US;
          break;
        case DAY_UP:
        case DAY_HUNG:
        case DAY_GONE:
        case DAY_PASSWORD:
        case DAY_OTHER:
        case DAY_PAUSED:
        case DAY_MOTION:
        default:
          spell.to = at + between (rand, 6, MAX (apart_s / 3, 7));
          break;
        }
      if (spell.kind == DAY_GONE && g_rand_boolean (rand))
        spell.keep_us = between (rand, 2, 10);
      g_array_append_val (self->spells[camera], spell);
      at = spell.to + between (rand, 5, apart_s);
    }
}

/**
 * day_plan_new:
 * @seed: all follows from it
 * @minutes: how long
 *
 * Returns: (transfer full): what happens
 */
DayPlan *
day_plan_new (guint32 seed, guint minutes)
{
  static const guint all[] = { DAY_STEP, DAY_STOP, DAY_KILL, DAY_SLEEP, DAY_AWAY, DAY_BOTH_AWAY, DAY_SLOW, DAY_MOVE, DAY_FLOOR, DAY_CHECK,
                               HOUR_AHEAD, HOUR_BACK, YEAR_AHEAD, YEAR_BACK, START_IN_1970,
                               /* The last only if it is asked for: what is recovered of segments that a full disk has cut short may leave
                                * a gap of cause "recorder-killed" that does not end. */
                               DAY_FULL };
  DayPlan *self = g_new0 (DayPlan, 1);
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  guint n_all = G_N_ELEMENTS (all) - (g_getenv ("ICAM_DAY_FULL") != NULL ? 0 : 1);
  guint order[G_N_ELEMENTS (all)];
  gint64 room, at, first = DAY_BEGIN_US + 4 * DAY_MINUTE_US;
  guint rounds = MAX (minutes / 100, 1), n = rounds * n_all;

  self->end = DAY_BEGIN_US + minutes * DAY_MINUTE_US;
  self->events = g_array_new (FALSE, FALSE, sizeof (DayEvent));
  self->steps = g_array_new (FALSE, FALSE, sizeof (DayEvent));
  self->runs = g_array_new (FALSE, FALSE, sizeof (gint64));
  self->motion = g_array_new (FALSE, FALSE, sizeof (DaySpell));
  add_run (self, 0);
  add (self->events, DAY_STOP, DAY_BEFORE_US, DAY_BEGIN_US - DAY_BEFORE_US, 0);
  add_run (self, DAY_BEGIN_US);

  room = (self->end - first - 30 * SECOND) / n;
  memcpy (order, all, sizeof order);
  for (guint i = 0; i < n; i++)
    {
      guint place = i % n_all;

      for (guint j = 0; place == 0 && j < n_all; j++)
        {
          guint k = (guint) g_rand_int_range (rand, (gint32) j, (gint32) n_all), swap = order[j];

          order[j] = order[k];
          order[k] = swap;
        }
      /* Each has its time, so that it is known what a gap must say. */
      at = first + i * room + between (rand, 0, room / SECOND / 6);
      happen (self, rand, order[place], at, room * 2 / 3);
    }
  add (self->events, DAY_STOP, self->end, 0, 0);

  for (guint i = 0; i < DAY_CAMERAS; i++)
    {
      self->spells[i] = g_array_new (FALSE, FALSE, sizeof (DaySpell));
      fill_spells (self, rand, i, minutes >= 240 ? 400 : 90);
    }
  for (at = between (rand, 5, 60); at < self->end; at += between (rand, 20, minutes >= 240 ? 900 : 120))
    {
      DaySpell spell = { DAY_MOTION, at, at + between (rand, 1, 12), 0 };

      g_array_append_val (self->motion, spell);
      at = spell.to;
    }
  return self;
}

/**
 * day_plan_free:
 * @self: (transfer full): a plan
 */
void
day_plan_free (DayPlan *self)
{
  for (guint i = 0; i < DAY_CAMERAS; i++)
    g_array_unref (self->spells[i]);
  g_array_unref (self->motion);
  g_array_unref (self->events);
  g_array_unref (self->steps);
  g_array_unref (self->runs);
  g_free (self);
}

/**
 * day_plan_shift:
 * @self: a plan
 * @time: µs
 *
 * Returns: by how much the clock is wrong then, µs
 */
gint64
day_plan_shift (const DayPlan *self, gint64 time)
{
  gint64 shift = 0;

  for (guint i = 0; i < self->steps->len && day_event (self->steps, i)->at <= time; i++)
    shift += day_event (self->steps, i)->step_us;
  return shift;
}

/**
 * day_plan_spell:
 * @spells: of a camera
 * @time: µs
 * @hint: (inout): where it was found last
 *
 * Returns: (nullable): what is the matter then
 */
const DaySpell *
day_plan_spell (const GArray *spells, gint64 time, guint *hint)
{
  while (*hint < spells->len && g_array_index (spells, DaySpell, *hint).to <= time)
    (*hint)++;
  return *hint < spells->len && g_array_index (spells, DaySpell, *hint).from <= time ? &g_array_index (spells, DaySpell, *hint) : NULL;
}
