/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Hours of a week, in quarters of an hour of local time: "mo-fr 08:00-18:00; sa,su 22:00-06:00". Days are mo tu we th fr sa su; a
 * span that ends before it begins goes on into the next day. */
#define ICAM_SCHEDULE_DAYS 7
#define ICAM_SCHEDULE_QUARTERS 96

typedef struct
{
  guint8 bits[ICAM_SCHEDULE_DAYS][ICAM_SCHEDULE_QUARTERS / 8]; /* Monday first */
} IcamSchedule;

gboolean icam_schedule_parse    (const char         *text,
                                 IcamSchedule       *schedule);
char    *icam_schedule_format   (const IcamSchedule *schedule);
gboolean icam_schedule_get      (const IcamSchedule *schedule,
                                 guint               day,
                                 guint               quarter);
void     icam_schedule_set      (IcamSchedule       *schedule,
                                 guint               day,
                                 guint               quarter,
                                 gboolean            on);
gboolean icam_schedule_contains (const IcamSchedule *schedule,
                                 gint64              utc_us,
                                 GTimeZone          *zone);

G_END_DECLS
