/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

#include "app/icam-timeline-data.h"

G_BEGIN_DECLS

/* The layers of the timeline, drawn from below to above. Each skips what is off screen and joins what falls on
 * one pixel, so that a month costs as much as an hour. */

typedef struct
{
  GdkRGBA background, recorded, partial, motion, mark, text, dim, line, accent, accent_text;
} IcamTimelineColours;

typedef struct
{
  GtkWidget *widget; /* for text layouts */
  GtkSnapshot *snapshot;
  IcamScale scale;
  GTimeZone *zone;
  gint64 now;
  const IcamTimelineColours *colours;
} IcamTimelinePainter;

void icam_timeline_draw_ruler    (const IcamTimelinePainter *painter,
                                  float                      height,
                                  float                      full_height);
void icam_timeline_draw_row      (const IcamTimelinePainter *painter,
                                  const IcamTimelineRow     *row,
                                  float                      y,
                                  float                      height,
                                  gboolean                   named);
void icam_timeline_draw_merged   (const IcamTimelinePainter *painter,
                                  IcamTimelineData          *data,
                                  float                      y,
                                  float                      height);
void icam_timeline_draw_playhead (const IcamTimelinePainter *painter,
                                  gint64                     time,
                                  const char                *label,
                                  float                      ruler_height,
                                  float                      height);
float icam_timeline_draw_text    (const IcamTimelinePainter *painter,
                                  const char                *text,
                                  const GdkRGBA             *colour,
                                  float                      x,
                                  float                      y,
                                  float                      max_width);
void  icam_timeline_draw_hint     (const IcamTimelinePainter *painter,
                                   const char                *text,
                                   float                      y);

G_END_DECLS
