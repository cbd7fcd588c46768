/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

#include "base/icam-types.h"

G_BEGIN_DECLS

/* The timeline as arithmetic: time to pixel and back, ticks, and what is left of many rows when they are
 * drawn as one. Nothing here draws. */

typedef struct
{
  gint64 from, to; /* µs UTC, from < to */
  double width;    /* pixels */
} IcamScale;

double icam_scale_x    (const IcamScale *scale,
                        gint64           time);
gint64 icam_scale_time (const IcamScale *scale,
                        double           x);

typedef enum
{
  ICAM_TICK_MINOR, /* without words */
  ICAM_TICK_MAJOR,
  ICAM_TICK_DAY,   /* a new day begins */
  ICAM_TICK_SHIFT, /* the clocks change here */
} IcamTickKind;

typedef struct
{
  gint64 time;
  IcamTickKind kind;
  int offset; /* seconds east of UTC from here on */
} IcamTick;

gint64  icam_scale_step  (const IcamScale *scale,
                          double           min_pixels);
GArray *icam_scale_ticks (const IcamScale *scale,
                          GTimeZone       *zone,
                          double           min_pixels);
char   *icam_tick_label  (const IcamTick  *tick,
                          GTimeZone       *zone,
                          gint64           step);
void    icam_day_of      (gint64           time,
                          GTimeZone       *zone,
                          gint64          *from,
                          gint64          *to);

/* A span that was recorded without a break that could be seen. */
typedef struct
{
  gint64 start, end; /* µs UTC */
  gboolean unverified;
  gboolean open; /* it is still being written: it grows with now */
} IcamRun;

void icam_runs_add (GArray  *runs,
                    gint64   start,
                    gint64   end,
                    gboolean unverified);

/* How many of several rows were recorded in a span. */
typedef struct
{
  gint64 start, end;
  guint n_recorded;
  gboolean unverified; /* of any of them */
} IcamCoverage;

GArray *icam_runs_merge (GPtrArray *rows,
                         gint64     from,
                         gint64     to);

G_END_DECLS
