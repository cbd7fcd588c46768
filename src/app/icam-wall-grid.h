/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

#include "app/icam-grid.h"
#include "app/icam-tile.h"

G_BEGIN_DECLS

/* Places tiles: in a grid by pages, in one column that scrolls, or one alone. Knows nothing of time.
 * Property: "page" (from 0), "n-pages". */
#define ICAM_TYPE_WALL_GRID (icam_wall_grid_get_type ())
G_DECLARE_FINAL_TYPE (IcamWallGrid, icam_wall_grid, ICAM, WALL_GRID, GtkWidget)

GtkWidget *icam_wall_grid_new        (void);
void       icam_wall_grid_set_tiles  (IcamWallGrid *self,
                                      GPtrArray    *tiles);
guint      icam_wall_grid_get_n_tiles (IcamWallGrid *self);
IcamTile  *icam_wall_grid_get_tile   (IcamWallGrid *self,
                                      guint         index);
void       icam_wall_grid_set_alone  (IcamWallGrid *self,
                                      IcamTile     *tile);
void       icam_wall_grid_set_column (IcamWallGrid *self,
                                      gboolean      column);
int        icam_wall_grid_get_page   (IcamWallGrid *self);
void       icam_wall_grid_set_page   (IcamWallGrid *self,
                                      int           page);
int        icam_wall_grid_get_n_pages (IcamWallGrid *self);
int        icam_wall_grid_page_of    (IcamWallGrid *self,
                                      guint         index);
guint      icam_wall_grid_neighbour  (IcamWallGrid *self,
                                      guint         index,
                                      int           dx,
                                      int           dy);

G_END_DECLS
