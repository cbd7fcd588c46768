/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

#include "base/icam-schedule.h"

G_BEGIN_DECLS

/* The hours of a week, to be painted with the pointer or set with arrows and the space bar. "changed" () is emitted by people only. */
#define ICAM_TYPE_WEEK_GRID (icam_week_grid_get_type ())
G_DECLARE_FINAL_TYPE (IcamWeekGrid, icam_week_grid, ICAM, WEEK_GRID, GtkWidget)

GtkWidget          *icam_week_grid_new          (void);
void                icam_week_grid_set_schedule (IcamWeekGrid       *self,
                                                 const IcamSchedule *schedule);
const IcamSchedule *icam_week_grid_get_schedule (IcamWeekGrid       *self);

G_END_DECLS
