/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-grid.h"

/* The width of 16:9 tiles of which so many stand in the room; 0 if they cannot. */
static int
tile_width (int width,
            int height,
            int columns,
            int rows)
{
  int by_width = (width - (columns - 1) * ICAM_GRID_GAP) / columns;
  int by_height = (height - (rows - 1) * ICAM_GRID_GAP) / rows * 16 / 9;

  return MAX (MIN (by_width, by_height), 0);
}

/**
 * icam_grid_fit:
 * @width: of the wall in pixels
 * @height: of the wall in pixels
 * @n_tiles: how many tiles
 *
 * Finds the grid with the largest tiles that shows all; where they would be narrower than
 * ICAM_GRID_MIN_TILE, the most tiles that are not, and pages.
 *
 * Returns: the grid
 */
IcamGrid
icam_grid_fit (int width,
               int height,
               int n_tiles)
{
  IcamGrid grid = { .columns = 1, .rows = 1, .pages = 1 };
  int best = 0;

  width = MAX (width, 1);
  height = MAX (height, 1);
  n_tiles = MAX (n_tiles, 1);

  for (int columns = 1; columns <= n_tiles; columns++)
    {
      int rows = (n_tiles + columns - 1) / columns;
      int candidate = tile_width (width, height, columns, rows);

      if (candidate > best)
        {
          best = candidate;
          grid.columns = columns;
          grid.rows = rows;
        }
    }
  if (best < ICAM_GRID_MIN_TILE && n_tiles > 1)
    {
      const int min_height = ICAM_GRID_MIN_TILE * 9 / 16;

      grid.columns = MAX ((width + ICAM_GRID_GAP) / (ICAM_GRID_MIN_TILE + ICAM_GRID_GAP), 1);
      grid.rows = MAX ((height + ICAM_GRID_GAP) / (min_height + ICAM_GRID_GAP), 1);
      grid.columns = MIN (grid.columns, n_tiles);
      grid.rows = MIN (grid.rows, (n_tiles + grid.columns - 1) / grid.columns);
      best = tile_width (width, height, grid.columns, grid.rows);
      grid.pages = (n_tiles + grid.columns * grid.rows - 1) / (grid.columns * grid.rows);
    }
  grid.tile_width = best;
  grid.tile_height = best * 9 / 16;
  grid.left = (width - grid.columns * best - (grid.columns - 1) * ICAM_GRID_GAP) / 2;
  grid.top = (height - grid.rows * grid.tile_height - (grid.rows - 1) * ICAM_GRID_GAP) / 2;
  return grid;
}

/**
 * icam_grid_column:
 * @width: of the wall in pixels
 * @n_tiles: how many tiles
 *
 * One tile a row, as high as it must be: for a narrow window that scrolls.
 *
 * Returns: the grid
 */
IcamGrid
icam_grid_column (int width,
                  int n_tiles)
{
  return (IcamGrid) {
    .columns = 1,
    .rows = MAX (n_tiles, 1),
    .tile_width = MAX (width, 1),
    .tile_height = MAX (width * 9 / 16, 1),
    .pages = 1,
  };
}

/** icam_grid_per_page: how many tiles stand on a page */
int
icam_grid_per_page (const IcamGrid *grid)
{
  return MAX (grid->columns * grid->rows, 1);
}

/**
 * icam_grid_place:
 * @grid: a grid
 * @page: the page that is shown, from 0
 * @index: a tile, from 0
 * @n_tiles: how many there are
 * @x: (out): its left edge in pixels
 * @y: (out): its upper edge
 *
 * Returns: whether the tile is on that page
 */
gboolean
icam_grid_place (const IcamGrid *grid,
                 int             page,
                 int             index,
                 int             n_tiles,
                 int            *x,
                 int            *y)
{
  int per_page = icam_grid_per_page (grid);
  int place = index - page * per_page;

  if (place < 0 || place >= per_page || index >= n_tiles)
    return FALSE;
  *x = grid->left + place % grid->columns * (grid->tile_width + ICAM_GRID_GAP);
  *y = grid->top + place / grid->columns * (grid->tile_height + ICAM_GRID_GAP);
  return TRUE;
}

/**
 * icam_grid_neighbour:
 * @grid: a grid
 * @index: a tile
 * @n_tiles: how many there are
 * @dx: -1, 0, 1
 * @dy: -1, 0, 1
 *
 * Returns: the tile to which an arrow key moves, @index where there is none
 */
int
icam_grid_neighbour (const IcamGrid *grid,
                     int             index,
                     int             n_tiles,
                     int             dx,
                     int             dy)
{
  int other = index + dx + dy * grid->columns;

  if (dy > 0 && other >= n_tiles && index / grid->columns < (n_tiles - 1) / grid->columns)
    other = n_tiles - 1; /* the last row is shorter */
  return other >= 0 && other < n_tiles ? other : index;
}
