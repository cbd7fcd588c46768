/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

#include "app/icam-timeline-data.h"
#include "app/icam-viewpoint.h"
#include "app/icam-tile.h"
#include "client/icam-client.h"

G_BEGIN_DECLS

/* The cameras at one time: tiles, pages, the frame that says that it is not now, and the keys. */
#define ICAM_TYPE_WALL (icam_wall_get_type ())
G_DECLARE_FINAL_TYPE (IcamWall, icam_wall, ICAM, WALL, GtkWidget)

void icam_wall_set_sources (IcamWall         *self,
                            IcamClient       *client,
                            IcamViewpoint    *viewpoint,
                            IcamTimelineData *data);
void icam_wall_set_narrow  (IcamWall         *self,
                            gboolean          narrow);
void icam_wall_set_plain_keys (IcamWall      *self,
                            gboolean          plain_keys);
void icam_wall_tick        (IcamWall         *self);
gboolean icam_wall_key     (IcamWall         *self,
                            guint             keyval,
                            GdkModifierType   state);
gboolean icam_wall_escape  (IcamWall         *self);
IcamTile *icam_wall_get_tile (IcamWall       *self,
                            const char       *camera);

G_END_DECLS
