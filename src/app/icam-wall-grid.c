/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-wall-grid.h"

struct _IcamWallGrid
{
  GtkWidget parent_instance;

  GPtrArray *tiles; /* of IcamTile, which are children of this widget */
  IcamTile *alone;
  gboolean column;
  int page;
  IcamGrid grid;
};

enum
{
  PROP_0,
  PROP_PAGE,
  PROP_N_PAGES,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (IcamWallGrid, icam_wall_grid, GTK_TYPE_WIDGET)

static IcamGrid
grid_for (IcamWallGrid *self,
          int           width,
          int           height)
{
  int n_tiles = (int) self->tiles->len;

  return self->column ? icam_grid_column (width, n_tiles)
                      : icam_grid_fit (width, height, n_tiles);
}

static GtkSizeRequestMode
icam_wall_grid_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
icam_wall_grid_measure (GtkWidget      *widget,
                        GtkOrientation  orientation,
                        int             for_size,
                        int            *minimum,
                        int            *natural,
                        int            *minimum_baseline,
                        int            *natural_baseline)
{
  IcamWallGrid *self = ICAM_WALL_GRID (widget);

  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      *minimum = 160;
      *natural = 640;
      return;
    }
  *minimum = 90;
  *natural = 360;
  if (self->column && self->alone == NULL && self->tiles->len > 0)
    {
      IcamGrid grid = icam_grid_column (for_size > 0 ? for_size : 320, (int) self->tiles->len);

      *minimum = (int) self->tiles->len * (grid.tile_height + ICAM_GRID_GAP) - ICAM_GRID_GAP;
      *natural = *minimum;
    }
}

static gboolean
notify_pages_cb (gpointer user_data)
{
  g_object_notify_by_pspec (user_data, properties[PROP_N_PAGES]);
  return G_SOURCE_REMOVE;
}

static void
allocate_tile (GtkWidget *tile,
               int        x,
               int        y,
               int        width,
               int        height)
{
  int minimum_width, minimum_height;

  gtk_widget_set_child_visible (tile, TRUE);
  gtk_widget_measure (tile, GTK_ORIENTATION_HORIZONTAL, -1, &minimum_width, NULL, NULL, NULL);
  gtk_widget_measure (tile, GTK_ORIENTATION_VERTICAL, -1, &minimum_height, NULL, NULL, NULL);
  gtk_widget_allocate (tile, MAX (width, minimum_width), MAX (height, minimum_height), -1,
                       gsk_transform_translate (NULL, &GRAPHENE_POINT_INIT (x, y)));
}

static void
icam_wall_grid_size_allocate (GtkWidget *widget,
                              int        width,
                              int        height,
                              int        baseline)
{
  IcamWallGrid *self = ICAM_WALL_GRID (widget);
  int n_pages = self->grid.pages;

  self->grid = grid_for (self, width, height);
  self->page = CLAMP (self->page, 0, self->grid.pages - 1);
  for (guint i = 0; i < self->tiles->len; i++)
    {
      GtkWidget *tile = g_ptr_array_index (self->tiles, i);
      int x, y;

      if (self->alone != NULL)
        {
          if (tile == GTK_WIDGET (self->alone))
            allocate_tile (tile, 0, 0, width, height);
          else
            gtk_widget_set_child_visible (tile, FALSE);
        }
      else if (icam_grid_place (&self->grid, self->page, (int) i, (int) self->tiles->len, &x, &y))
        {
          allocate_tile (tile, x, y, self->grid.tile_width, self->grid.tile_height);
        }
      else
        {
          gtk_widget_set_child_visible (tile, FALSE);
        }
    }
  /* Others change their size by this, which must not be while sizes are given out. */
  if (n_pages != self->grid.pages)
    g_idle_add_full (G_PRIORITY_HIGH_IDLE, notify_pages_cb, g_object_ref (self), g_object_unref);
}

static void
icam_wall_grid_get_property (GObject    *object,
                             guint       prop_id,
                             GValue     *value,
                             GParamSpec *pspec)
{
  IcamWallGrid *self = ICAM_WALL_GRID (object);

  switch (prop_id)
    {
    case PROP_PAGE:
      g_value_set_int (value, self->page);
      break;
    case PROP_N_PAGES:
      g_value_set_int (value, icam_wall_grid_get_n_pages (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
icam_wall_grid_dispose (GObject *object)
{
  IcamWallGrid *self = ICAM_WALL_GRID (object);

  self->alone = NULL;
  for (guint i = 0; i < self->tiles->len; i++)
    gtk_widget_unparent (g_ptr_array_index (self->tiles, i));
  g_ptr_array_set_size (self->tiles, 0);
  G_OBJECT_CLASS (icam_wall_grid_parent_class)->dispose (object);
}

static void
icam_wall_grid_finalize (GObject *object)
{
  IcamWallGrid *self = ICAM_WALL_GRID (object);

  g_ptr_array_unref (self->tiles);
  G_OBJECT_CLASS (icam_wall_grid_parent_class)->finalize (object);
}

static void
icam_wall_grid_class_init (IcamWallGridClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->dispose = icam_wall_grid_dispose;
  object_class->finalize = icam_wall_grid_finalize;
  object_class->get_property = icam_wall_grid_get_property;
  widget_class->get_request_mode = icam_wall_grid_get_request_mode;
  widget_class->measure = icam_wall_grid_measure;
  widget_class->size_allocate = icam_wall_grid_size_allocate;

  properties[PROP_PAGE] = g_param_spec_int ("page", NULL, NULL, 0, G_MAXINT, 0, flags);
  properties[PROP_N_PAGES] = g_param_spec_int ("n-pages", NULL, NULL, 1, G_MAXINT, 1, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
icam_wall_grid_init (IcamWallGrid *self)
{
  self->tiles = g_ptr_array_new ();
  self->grid.pages = 1;
  self->grid.columns = 1;
  self->grid.rows = 1;
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
}

/** icam_wall_grid_new: makes an empty grid */
GtkWidget *
icam_wall_grid_new (void)
{
  return g_object_new (ICAM_TYPE_WALL_GRID, NULL);
}

/**
 * icam_wall_grid_set_tiles:
 * @self: a grid
 * @tiles: of IcamTile, in their order
 *
 * New ones are taken, others that stay are moved and keep their pictures, the rest goes.
 */
void
icam_wall_grid_set_tiles (IcamWallGrid *self,
                          GPtrArray    *tiles)
{
  GtkWidget *before = NULL;

  g_return_if_fail (ICAM_IS_WALL_GRID (self));
  g_return_if_fail (tiles != NULL);

  for (guint i = 0; i < self->tiles->len; i++)
    {
      IcamTile *tile = g_ptr_array_index (self->tiles, i);

      if (g_ptr_array_find (tiles, tile, NULL))
        continue;
      if (self->alone == tile)
        self->alone = NULL;
      gtk_widget_unparent (GTK_WIDGET (tile));
    }
  g_ptr_array_set_size (self->tiles, 0);
  for (guint i = 0; i < tiles->len; i++)
    {
      GtkWidget *tile = g_ptr_array_index (tiles, i);

      g_ptr_array_add (self->tiles, tile);
      /* The order of the children is the one in which Tab and a screen reader go through them. */
      if (gtk_widget_get_parent (tile) == NULL
          || gtk_widget_get_prev_sibling (tile) != before)
        gtk_widget_insert_after (tile, GTK_WIDGET (self), before);
      before = tile;
    }
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

/** icam_wall_grid_get_n_tiles: on all pages */
guint
icam_wall_grid_get_n_tiles (IcamWallGrid *self)
{
  g_return_val_if_fail (ICAM_IS_WALL_GRID (self), 0);
  return self->tiles->len;
}

/** icam_wall_grid_get_tile: by its place (transfer none) */
IcamTile *
icam_wall_grid_get_tile (IcamWallGrid *self,
                         guint         index)
{
  g_return_val_if_fail (ICAM_IS_WALL_GRID (self), NULL);
  g_return_val_if_fail (index < self->tiles->len, NULL);
  return g_ptr_array_index (self->tiles, index);
}

/** icam_wall_grid_set_alone: one tile fills the room; NULL: all are seen */
void
icam_wall_grid_set_alone (IcamWallGrid *self,
                          IcamTile     *tile)
{
  g_return_if_fail (ICAM_IS_WALL_GRID (self));

  if (self->alone == tile)
    return;
  if (self->alone != NULL)
    icam_tile_set_large (self->alone, FALSE);
  self->alone = tile;
  if (tile != NULL)
    icam_tile_set_large (tile, TRUE);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

/** icam_wall_grid_set_column: one tile a row, for a narrow window */
void
icam_wall_grid_set_column (IcamWallGrid *self,
                           gboolean      column)
{
  g_return_if_fail (ICAM_IS_WALL_GRID (self));

  if (self->column == column)
    return;
  self->column = column;
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

/** icam_wall_grid_get_page: the page that is seen, from 0 */
int
icam_wall_grid_get_page (IcamWallGrid *self)
{
  g_return_val_if_fail (ICAM_IS_WALL_GRID (self), 0);
  return self->page;
}

/** icam_wall_grid_set_page: turns to a page, as near as there is one */
void
icam_wall_grid_set_page (IcamWallGrid *self,
                         int           page)
{
  g_return_if_fail (ICAM_IS_WALL_GRID (self));

  page = CLAMP (page, 0, self->grid.pages - 1);
  if (self->page == page)
    return;
  self->page = page;
  gtk_widget_queue_allocate (GTK_WIDGET (self));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PAGE]);
}

/** icam_wall_grid_get_n_pages: 1 while one tile is alone */
int
icam_wall_grid_get_n_pages (IcamWallGrid *self)
{
  g_return_val_if_fail (ICAM_IS_WALL_GRID (self), 1);
  return MAX (self->grid.pages, 1);
}

/** icam_wall_grid_page_of: on which page a tile is */
int
icam_wall_grid_page_of (IcamWallGrid *self,
                        guint         index)
{
  g_return_val_if_fail (ICAM_IS_WALL_GRID (self), 0);
  return (int) index / icam_grid_per_page (&self->grid);
}

/** icam_wall_grid_neighbour: the tile to which an arrow key moves */
guint
icam_wall_grid_neighbour (IcamWallGrid *self,
                          guint         index,
                          int           dx,
                          int           dy)
{
  g_return_val_if_fail (ICAM_IS_WALL_GRID (self), 0);

  return (guint) icam_grid_neighbour (&self->grid, (int) index, (int) self->tiles->len, dx, dy);
}
