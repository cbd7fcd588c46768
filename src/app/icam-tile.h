/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

#include "app/icam-viewpoint.h"
#include "client/icam-client.h"
#include "media/icam-decoder.h"

G_BEGIN_DECLS

/* One camera on the wall at the viewpoint's time: the live picture, the recorded one, or in words why there
 * is none. It asks for pictures only while it is mapped.
 *
 * Properties: "camera", "large" (the one camera that fills the wall: main stream).
 * Signals: "activated" (double click, Enter), "nearest" (gint64 time: the button of that name). */
#define ICAM_TYPE_TILE (icam_tile_get_type ())
G_DECLARE_FINAL_TYPE (IcamTile, icam_tile, ICAM, TILE, GtkWidget)

GtkWidget  *icam_tile_new        (IcamClient    *client,
                                  IcamCamera    *camera,
                                  IcamViewpoint *viewpoint);
IcamCamera *icam_tile_get_camera (IcamTile      *self);
void        icam_tile_set_large  (IcamTile      *self,
                                  gboolean       large);
void        icam_tile_tick       (IcamTile      *self);
/* In words, what is wrong with it now; NULL if nothing is (transfer full). */
char       *icam_tile_dup_trouble (IcamTile     *self);
IcamPicture *icam_tile_get_picture (IcamTile    *self);
gboolean   icam_tile_escape     (IcamTile      *self);
gboolean   icam_tile_key        (IcamTile      *self,
                                 guint          keyval);
void       icam_tile_key_released (IcamTile    *self,
                                 guint          keyval);

G_END_DECLS
