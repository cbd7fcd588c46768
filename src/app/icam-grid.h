/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How tiles stand on a wall, in application pixels. Pure arithmetic. */

#define ICAM_GRID_GAP 4
#define ICAM_GRID_MIN_TILE 240

typedef struct
{
  int columns, rows; /* of a page */
  int tile_width, tile_height;
  int left, top;     /* of the block of tiles, which stands in the middle */
  int pages;
} IcamGrid;

IcamGrid icam_grid_fit       (int             width,
                              int             height,
                              int             n_tiles);
IcamGrid icam_grid_column    (int             width,
                              int             n_tiles);
int      icam_grid_per_page  (const IcamGrid *grid);
gboolean icam_grid_place     (const IcamGrid *grid,
                              int             page,
                              int             index,
                              int             n_tiles,
                              int            *x,
                              int            *y);
int      icam_grid_neighbour (const IcamGrid *grid,
                              int             index,
                              int             n_tiles,
                              int             dx,
                              int             dy);

G_END_DECLS
