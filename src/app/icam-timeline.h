/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

#include "app/icam-timeline-data.h"
#include "app/icam-viewpoint.h"

G_BEGIN_DECLS

/* The time under the wall: what was recorded, what was not and why, what happened, and the playhead at the
 * viewpoint's time. Dragging it moves that time. One merged row, or a row a camera where there is room. */
#define ICAM_TYPE_TIMELINE (icam_timeline_get_type ())
G_DECLARE_FINAL_TYPE (IcamTimeline, icam_timeline, ICAM, TIMELINE, GtkWidget)

void icam_timeline_set_sources (IcamTimeline     *self,
                                IcamViewpoint    *viewpoint,
                                IcamTimelineData *data);
void icam_timeline_set_merged  (IcamTimeline     *self,
                                gboolean          merged);

G_END_DECLS
