/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "app/icam-event-store.h"
#include "app/icam-tile.h"
#include "app/icam-timeline-data.h"
#include "app/icam-viewpoint.h"

G_BEGIN_DECLS

/* The wall with the timeline under it, the few buttons that move time, and the list of events at its side.
 * Properties: "show-events". */
#define ICAM_TYPE_WALL_PAGE (icam_wall_page_get_type ())
G_DECLARE_FINAL_TYPE (IcamWallPage, icam_wall_page, ICAM, WALL_PAGE, AdwBin)

void icam_wall_page_set_sources (IcamWallPage     *self,
                                 IcamClient       *client,
                                 IcamViewpoint    *viewpoint,
                                 IcamTimelineData *data,
                                 IcamEventStore   *events);
void icam_wall_page_set_narrow  (IcamWallPage     *self,
                                 gboolean          narrow);
void icam_wall_page_set_kiosk   (IcamWallPage     *self);
void icam_wall_page_set_plain_keys (IcamWallPage  *self,
                                 gboolean          plain_keys);
void icam_wall_page_set_show_events (IcamWallPage *self,
                                 gboolean          show_events);
gboolean icam_wall_page_get_show_events (IcamWallPage *self);
void icam_wall_page_set_timeline_height (IcamWallPage *self,
                                 int               height);
int  icam_wall_page_get_timeline_height (IcamWallPage *self);
void icam_wall_page_tick        (IcamWallPage     *self);
gboolean icam_wall_page_escape  (IcamWallPage     *self);
IcamTile *icam_wall_page_get_tile (IcamWallPage   *self,
                                 const char       *camera);
GtkWidget *icam_wall_page_get_timeline (IcamWallPage *self);

G_END_DECLS
