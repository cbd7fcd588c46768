/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "app/icam-grid.h"

static void
check (const IcamGrid *grid,
       int             width,
       int             height,
       int             n_tiles)
{
  int shown = 0;

  g_assert_cmpint (grid->pages, >=, 1);
  g_assert_cmpint (grid->pages * icam_grid_per_page (grid), >=, n_tiles);
  g_assert_cmpint (ABS (grid->tile_width * 9 - grid->tile_height * 16), <=, 16);
  for (int page = 0; page < grid->pages; page++)
    for (int i = 0; i < n_tiles; i++)
      {
        int x, y;

        if (!icam_grid_place (grid, page, i, n_tiles, &x, &y))
          continue;
        shown++;
        g_assert_cmpint (x, >=, 0);
        g_assert_cmpint (y, >=, 0);
        g_assert_cmpint (x + grid->tile_width, <=, width);
        g_assert_cmpint (y + grid->tile_height, <=, height);
      }
  g_assert_cmpint (shown, ==, n_tiles);
}

static void
test_fit (void)
{
  IcamGrid grid = icam_grid_fit (1280, 500, 1);

  g_assert_cmpint (grid.columns, ==, 1);
  g_assert_cmpint (grid.tile_height, ==, 499);
  grid = icam_grid_fit (1280, 600, 4);
  g_assert_cmpint (grid.columns, ==, 2);
  g_assert_cmpint (grid.rows, ==, 2);
  grid = icam_grid_fit (1280, 600, 5);
  g_assert_cmpint (grid.columns, ==, 3);
  for (int n = 1; n <= 64; n++)
    {
      grid = icam_grid_fit (1280, 600, n);
      check (&grid, 1280, 600, n);
      grid = icam_grid_fit (1920, 1080, n);
      check (&grid, 1920, 1080, n);
      grid = icam_grid_fit (640, 900, n);
      check (&grid, 640, 900, n);
    }
}

static void
test_pages (void)
{
  IcamGrid grid = icam_grid_fit (1280, 600, 64);

  g_assert_cmpint (grid.pages, >, 1);
  g_assert_cmpint (grid.tile_width, >=, ICAM_GRID_MIN_TILE);
  /* A wall that is smaller than one tile still shows one at a time. */
  grid = icam_grid_fit (100, 50, 3);
  g_assert_cmpint (grid.pages, ==, 3);
  g_assert_cmpint (grid.tile_width, <=, 100);
  g_assert_cmpint (grid.tile_height, <=, 50);
  grid = icam_grid_fit (0, 0, 0);
  g_assert_cmpint (grid.pages, ==, 1);
}

static void
test_column (void)
{
  IcamGrid grid = icam_grid_column (360, 5);
  int x, y;

  g_assert_cmpint (grid.tile_height, ==, 202);
  g_assert_true (icam_grid_place (&grid, 0, 4, 5, &x, &y));
  g_assert_cmpint (x, ==, 0);
  g_assert_cmpint (y, ==, 4 * (202 + ICAM_GRID_GAP));
  g_assert_false (icam_grid_place (&grid, 0, 5, 5, &x, &y));
}

static void
test_neighbour (void)
{
  IcamGrid grid = icam_grid_fit (1280, 600, 5);

  g_assert_cmpint (grid.columns, ==, 3);
  g_assert_cmpint (icam_grid_neighbour (&grid, 0, 5, 1, 0), ==, 1);
  g_assert_cmpint (icam_grid_neighbour (&grid, 0, 5, -1, 0), ==, 0);
  g_assert_cmpint (icam_grid_neighbour (&grid, 1, 5, 0, 1), ==, 4);
  g_assert_cmpint (icam_grid_neighbour (&grid, 2, 5, 0, 1), ==, 4);
  g_assert_cmpint (icam_grid_neighbour (&grid, 4, 5, 0, 1), ==, 4);
  g_assert_cmpint (icam_grid_neighbour (&grid, 4, 5, 0, -1), ==, 1);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/grid/fit", test_fit);
  g_test_add_func ("/app/grid/pages", test_pages);
  g_test_add_func ("/app/grid/column", test_column);
  g_test_add_func ("/app/grid/neighbour", test_neighbour);
  return g_test_run ();
}
