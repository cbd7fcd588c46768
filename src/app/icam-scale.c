/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-scale.h"

#include <glib/gi18n.h>

#define SECOND G_GINT64_CONSTANT (1000000)
#define MINUTE (60 * G_GINT64_CONSTANT (1000000))
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define QUARTER (15 * MINUTE)

/* Files of a recording follow each other within a frame or two: below this nobody calls it a gap. */
#define SEAM (2 * SECOND)

static const gint64 steps[] = {
  SECOND,      5 * SECOND,  10 * SECOND, 30 * SECOND, MINUTE,   2 * MINUTE, 5 * MINUTE, 10 * MINUTE,
  15 * MINUTE, 30 * MINUTE, HOUR,        2 * HOUR,    3 * HOUR, 6 * HOUR,   12 * HOUR,  DAY,
};

/** icam_scale_x: where a time is, in pixels from the left edge; may be outside */
double
icam_scale_x (const IcamScale *scale,
              gint64           time)
{
  return (double) (time - scale->from) / (double) (scale->to - scale->from) * scale->width;
}

/** icam_scale_time: the time at so many pixels from the left edge, in µs UTC */
gint64
icam_scale_time (const IcamScale *scale,
                 double           x)
{
  return scale->from + (gint64) (x / scale->width * (double) (scale->to - scale->from));
}

/**
 * icam_scale_step:
 * @scale: a scale
 * @min_pixels: the least distance of two labels
 *
 * Returns: the time between two labels in µs, from one second to days
 */
gint64
icam_scale_step (const IcamScale *scale,
                 double           min_pixels)
{
  double least = (double) (scale->to - scale->from) / MAX (scale->width, 1) * min_pixels;

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    if ((double) steps[i] >= least)
      return steps[i];
  return ((gint64) (least / DAY) + 1) * DAY;
}

static int
offset_at (GTimeZone *zone,
           gint64     time)
{
  int interval = g_time_zone_find_interval (zone, G_TIME_TYPE_UNIVERSAL, time / SECOND);

  return interval < 0 ? 0 : g_time_zone_get_offset (zone, interval);
}

static gint64
floor_to (gint64 value,
          gint64 step)
{
  gint64 rest = value % step;

  return value - (rest < 0 ? rest + step : rest);
}

/**
 * icam_scale_ticks:
 * @scale: a scale
 * @zone: the time zone of the labels
 * @min_pixels: the least distance of two labels
 *
 * The marks of the ruler, by local time, in order. A day begins with a mark of its own, and so does
 * the time at which the clocks change; days of 23 and 25 hours come out right, because each mark is
 * looked up and none is counted.
 *
 * Returns: (element-type IcamTick): the marks
 */
GArray *
icam_scale_ticks (const IcamScale *scale,
                  GTimeZone       *zone,
                  double           min_pixels)
{
  GArray *ticks = g_array_new (FALSE, FALSE, sizeof (IcamTick));
  gint64 step = icam_scale_step (scale, min_pixels);
  /* Zones are whole quarters of an hour apart, and clocks change on them. */
  gint64 stride = MIN (step, QUARTER);
  gint64 day_number = -1;
  gint64 days = MAX (step / DAY, 1);
  int previous_offset;

  g_return_val_if_fail (scale->to > scale->from, ticks);

  if (step > QUARTER)
    stride = QUARTER;
  else
    while (QUARTER % stride != 0)
      stride /= 2;
  previous_offset = offset_at (zone, floor_to (scale->from, stride) - stride);
  day_number = (floor_to (scale->from, stride) - stride + previous_offset * SECOND) / DAY;
  for (gint64 time = floor_to (scale->from, stride); time <= scale->to; time += stride)
    {
      int offset = offset_at (zone, time);
      gint64 local = time + offset * SECOND;
      IcamTick tick = { .time = time, .kind = ICAM_TICK_MINOR, .offset = offset };
      gboolean wanted = local % step == 0;

      if (local / DAY != day_number)
        {
          tick.kind = ICAM_TICK_DAY;
          wanted = local / DAY % days == 0;
          day_number = local / DAY;
        }
      else if (offset != previous_offset)
        {
          tick.kind = ICAM_TICK_SHIFT;
          wanted = TRUE;
        }
      else if (wanted)
        {
          tick.kind = ICAM_TICK_MAJOR;
        }
      previous_offset = offset;
      if (wanted && time >= scale->from)
        g_array_append_val (ticks, tick);
    }
  return ticks;
}

/** icam_tick_label: the words of a mark (transfer full) */
char *
icam_tick_label (const IcamTick *tick,
                 GTimeZone      *zone,
                 gint64          step)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (tick->time / SECOND);
  g_autoptr (GDateTime) local = g_date_time_to_timezone (utc, zone);

  switch (tick->kind)
    {
    case ICAM_TICK_DAY:
      /* Translators: a day on the timeline, as in "Tue 24 Nov" */
      return g_date_time_format (local, _("%a %e %b"));
    case ICAM_TICK_SHIFT:
      /* Translators: where the clocks change, as in "→ 03:00" */
      return g_date_time_format (local, _("→ %H:%M"));
    case ICAM_TICK_MAJOR:
    case ICAM_TICK_MINOR:
    default:
      /* Translators: a time on the timeline, with and without seconds */
      return g_date_time_format (local, step < MINUTE ? _("%H:%M:%S") : _("%H:%M"));
    }
}

/** icam_day_of: where the local day that holds a time begins and ends, in µs UTC */
void
icam_day_of (gint64     time,
             GTimeZone *zone,
             gint64    *from,
             gint64    *to)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (time / SECOND);
  g_autoptr (GDateTime) local = g_date_time_to_timezone (utc, zone);
  g_autoptr (GDateTime) begin = NULL;
  g_autoptr (GDateTime) next = NULL;
  g_autoptr (GDateTime) end = NULL;

  begin = g_date_time_new (zone, g_date_time_get_year (local), g_date_time_get_month (local),
                           g_date_time_get_day_of_month (local), 0, 0, 0);
  next = g_date_time_add_days (begin, 1);
  end = g_date_time_new (zone, g_date_time_get_year (next), g_date_time_get_month (next),
                         g_date_time_get_day_of_month (next), 0, 0, 0);
  *from = g_date_time_to_unix (begin) * SECOND;
  *to = g_date_time_to_unix (end) * SECOND;
}

/**
 * icam_runs_add:
 * @runs: (element-type IcamRun): in order of start
 * @start: µs UTC
 * @end: µs UTC
 * @unverified: whether it is not sure whose pictures these are
 *
 * Adds a segment that begins no earlier than the last one, and joins it to it where there is no gap
 * between them.
 */
void
icam_runs_add (GArray  *runs,
               gint64   start,
               gint64   end,
               gboolean unverified)
{
  IcamRun run = { start, end, unverified, FALSE };

  if (end <= start)
    return;
  if (runs->len > 0)
    {
      IcamRun *last = &g_array_index (runs, IcamRun, runs->len - 1);

      if (start - last->end < SEAM && last->unverified == unverified)
        {
          last->end = MAX (last->end, end);
          return;
        }
    }
  g_array_append_val (runs, run);
}

typedef struct
{
  gint64 time;
  int recorded, unverified; /* +1 where one begins, -1 where it ends */
} Edge;

static int
compare_edges (gconstpointer a,
               gconstpointer b)
{
  const Edge *left = a, *right = b;

  return (left->time > right->time) - (left->time < right->time);
}

/**
 * icam_runs_merge:
 * @rows: (element-type GArray): the runs of each row
 * @from: µs UTC
 * @to: µs UTC
 *
 * Sweeps over all rows at once.
 *
 * Returns: (element-type IcamCoverage): spans in order, between @from and @to, in which at least one
 *   row was recorded
 */
GArray *
icam_runs_merge (GPtrArray *rows,
                 gint64     from,
                 gint64     to)
{
  GArray *merged = g_array_new (FALSE, FALSE, sizeof (IcamCoverage));
  g_autoptr (GArray) edges = g_array_new (FALSE, FALSE, sizeof (Edge));
  int recorded = 0, unverified = 0;

  for (guint i = 0; i < rows->len; i++)
    {
      GArray *runs = g_ptr_array_index (rows, i);

      for (guint j = 0; j < runs->len; j++)
        {
          const IcamRun *run = &g_array_index (runs, IcamRun, j);
          Edge begin = { MAX (run->start, from), 1, run->unverified ? 1 : 0 };
          Edge end = { MIN (run->end, to), -1, run->unverified ? -1 : 0 };

          if (begin.time >= end.time)
            continue;
          g_array_append_val (edges, begin);
          g_array_append_val (edges, end);
        }
    }
  g_array_sort (edges, compare_edges);
  for (guint i = 0; i + 1 < edges->len; i++)
    {
      const Edge *edge = &g_array_index (edges, Edge, i);
      const Edge *next = &g_array_index (edges, Edge, i + 1);
      IcamCoverage coverage;
      IcamCoverage *last;

      recorded += edge->recorded;
      unverified += edge->unverified;
      if (recorded <= 0 || next->time <= edge->time)
        continue;
      coverage = (IcamCoverage) { edge->time, next->time, (guint) recorded, unverified > 0 };
      last = merged->len > 0 ? &g_array_index (merged, IcamCoverage, merged->len - 1) : NULL;
      if (last != NULL && last->end == coverage.start && last->n_recorded == coverage.n_recorded
          && last->unverified == coverage.unverified)
        last->end = coverage.end;
      else
        g_array_append_val (merged, coverage);
    }
  return merged;
}
