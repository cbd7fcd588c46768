/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-wall.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "app/icam-accessible.h"
#include "app/icam-wall-grid.h"

#define SECOND G_GINT64_CONSTANT (1000000)

struct _IcamWall
{
  GtkWidget parent_instance;

  IcamClient *client;
  IcamViewpoint *viewpoint;
  IcamTimelineData *data;
  gboolean plain_keys;

  GtkWidget *overlay;
  IcamWallGrid *grid;
  GtkWidget *frame;
  GtkWidget *pager;
  GtkWidget *previous_button;
  GtkWidget *next_button;
  GtkLabel *page_label;
};

G_DEFINE_FINAL_TYPE (IcamWall, icam_wall, GTK_TYPE_WIDGET)

static int
index_of (IcamWall   *self,
          const char *camera)
{
  for (guint i = 0; i < icam_wall_grid_get_n_tiles (self->grid); i++)
    {
      IcamTile *tile = icam_wall_grid_get_tile (self->grid, i);

      if (g_strcmp0 (icam_camera_get_id (icam_tile_get_camera (tile)), camera) == 0)
        return (int) i;
    }
  return -1;
}

/* Trouble on a page that is not seen must still be seen. */
static void
update_pager (IcamWall *self)
{
  int n_pages = icam_wall_grid_get_n_pages (self->grid);
  int page = icam_wall_grid_get_page (self->grid);
  gboolean alone = icam_viewpoint_get_opened (self->viewpoint) != NULL;
  g_autofree char *text = NULL;

  gtk_widget_set_visible (self->pager, n_pages > 1 && !alone);
  if (n_pages <= 1 || alone)
    return;
  for (guint i = 0; i < icam_wall_grid_get_n_tiles (self->grid) && text == NULL; i++)
    {
      int other = icam_wall_grid_page_of (self->grid, i);
      g_autofree char *trouble = NULL;

      if (other == page)
        continue;
      trouble = icam_tile_dup_trouble (icam_wall_grid_get_tile (self->grid, i));
      if (trouble != NULL)
        /* Translators: number of a page of the wall, and what is wrong there */
        text = g_strdup_printf (_("Page %d: %s"), other + 1, trouble);
    }
  if (text == NULL)
    /* Translators: which page of the wall is seen, of how many */
    text = g_strdup_printf (_("Page %d of %d"), page + 1, n_pages);
  gtk_label_set_text (self->page_label, text);
  gtk_widget_set_sensitive (self->previous_button, page > 0);
  gtk_widget_set_sensitive (self->next_button, page + 1 < n_pages);
}

static void
previous_page_cb (IcamWall *self)
{
  icam_wall_grid_set_page (self->grid, icam_wall_grid_get_page (self->grid) - 1);
}

static void
next_page_cb (IcamWall *self)
{
  icam_wall_grid_set_page (self->grid, icam_wall_grid_get_page (self->grid) + 1);
}

static void
tile_activated_cb (IcamTile *tile,
                   IcamWall *self)
{
  const char *id = icam_camera_get_id (icam_tile_get_camera (tile));
  gboolean opened = g_strcmp0 (icam_viewpoint_get_opened (self->viewpoint), id) == 0;

  icam_viewpoint_set_opened (self->viewpoint, opened ? NULL : id);
}

static void
tile_nearest_cb (IcamTile *tile,
                 gint64    time,
                 IcamWall *self)
{
  icam_viewpoint_seek (self->viewpoint, time, TRUE);
}

static void
opened_changed_cb (IcamWall *self)
{
  const char *opened = icam_viewpoint_get_opened (self->viewpoint);
  int index = opened != NULL ? index_of (self, opened) : -1;

  icam_wall_grid_set_alone (self->grid,
                            index >= 0 ? icam_wall_grid_get_tile (self->grid, (guint) index) : NULL);
  if (index >= 0)
    gtk_widget_grab_focus (GTK_WIDGET (icam_wall_grid_get_tile (self->grid, (guint) index)));
  update_pager (self);
}

static void
live_changed_cb (IcamWall *self)
{
  gtk_widget_set_visible (self->frame, !icam_viewpoint_get_live (self->viewpoint));
}

static void
cameras_changed_cb (IcamWall *self)
{
  GListModel *cameras = icam_client_get_cameras (self->client);
  guint n_cameras = g_list_model_get_n_items (cameras);
  gboolean same = n_cameras == icam_wall_grid_get_n_tiles (self->grid);
  g_autoptr (GHashTable) known = NULL;
  g_autoptr (GPtrArray) tiles = NULL;

  for (guint i = 0; i < n_cameras && same; i++)
    {
      g_autoptr (IcamCamera) camera = g_list_model_get_item (cameras, i);

      same = icam_tile_get_camera (icam_wall_grid_get_tile (self->grid, i)) == camera;
    }
  if (same)
    return;
  known = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < icam_wall_grid_get_n_tiles (self->grid); i++)
    {
      IcamTile *tile = icam_wall_grid_get_tile (self->grid, i);

      g_hash_table_insert (known, icam_tile_get_camera (tile), tile);
    }
  tiles = g_ptr_array_new ();
  for (guint i = 0; i < n_cameras; i++)
    {
      g_autoptr (IcamCamera) camera = g_list_model_get_item (cameras, i);
      GtkWidget *tile = g_hash_table_lookup (known, camera);

      if (tile == NULL)
        {
          tile = icam_tile_new (self->client, camera, self->viewpoint);
          g_signal_connect (tile, "activated", G_CALLBACK (tile_activated_cb), self);
          g_signal_connect (tile, "nearest", G_CALLBACK (tile_nearest_cb), self);
        }
      g_ptr_array_add (tiles, tile);
    }
  icam_wall_grid_set_tiles (self->grid, tiles);
  opened_changed_cb (self);
}

/* ---- keys ---- */

static void
move_focus (IcamWall *self,
            int       dx,
            int       dy)
{
  int index = index_of (self, icam_viewpoint_get_focused (self->viewpoint));
  guint next;

  if (icam_wall_grid_get_n_tiles (self->grid) == 0)
    return;
  next = index < 0 ? 0 : icam_wall_grid_neighbour (self->grid, (guint) index, dx, dy);
  icam_wall_grid_set_page (self->grid, icam_wall_grid_page_of (self->grid, next));
  gtk_widget_grab_focus (GTK_WIDGET (icam_wall_grid_get_tile (self->grid, next)));
  icam_viewpoint_set_focused (
    self->viewpoint,
    icam_camera_get_id (icam_tile_get_camera (icam_wall_grid_get_tile (self->grid, next))));
}

static void
move_camera (IcamWall *self,
             int       dx,
             int       dy)
{
  int index = index_of (self, icam_viewpoint_get_focused (self->viewpoint));
  guint next;
  IcamDBusCamera *proxy;

  if (index < 0)
    return;
  next = icam_wall_grid_neighbour (self->grid, (guint) index, dx, dy);
  proxy
    = icam_camera_get_proxy (icam_tile_get_camera (icam_wall_grid_get_tile (self->grid, (guint) index)));
  if (next == (guint) index || proxy == NULL)
    return;
  icam_dbus_camera_call_move (proxy, next, g_variant_new ("a{sv}", NULL), NULL, NULL, NULL);
}

static void
go_to_event (IcamWall *self,
             int       direction)
{
  gint64 time = icam_viewpoint_get_time (self->viewpoint);
  IcamEvent *event;

  /* Events are shown from five seconds before, so that the one that is shown is not found again. */
  event = icam_timeline_data_find_event (self->data, icam_viewpoint_get_opened (self->viewpoint),
                                         direction > 0 ? time + 5 * SECOND : time + 4 * SECOND,
                                         direction);
  if (event != NULL)
    icam_viewpoint_seek (self->viewpoint, icam_event_get_start (event) - 5 * SECOND, TRUE);
}

static gboolean
time_key (IcamWall       *self,
          guint           keyval,
          GdkModifierType state)
{
  const gboolean control = (state & GDK_CONTROL_MASK) != 0;
  const gboolean shift = (state & GDK_SHIFT_MASK) != 0;
  gint64 from, to;
  double rate = icam_viewpoint_get_rate (self->viewpoint);

  if (control)
    {
      if (keyval != GDK_KEY_Left && keyval != GDK_KEY_Right)
        return FALSE;
      if (shift)
        go_to_event (self, keyval == GDK_KEY_Right ? 1 : -1);
      else
        icam_viewpoint_step (self->viewpoint, (keyval == GDK_KEY_Right ? 5 : -5) * SECOND);
      return TRUE;
    }
  if (!self->plain_keys)
    return FALSE;
  switch (keyval)
    {
    case GDK_KEY_space:
    case GDK_KEY_k:
    case GDK_KEY_K:
      icam_viewpoint_set_playing (self->viewpoint, !icam_viewpoint_get_playing (self->viewpoint));
      return TRUE;
    case GDK_KEY_j:
    case GDK_KEY_J:
      icam_viewpoint_step (self->viewpoint, -10 * SECOND);
      return TRUE;
    case GDK_KEY_l:
    case GDK_KEY_L:
      icam_viewpoint_set_rate (self->viewpoint, icam_viewpoint_next_rate (rate, 1));
      icam_viewpoint_set_playing (self->viewpoint, TRUE);
      return TRUE;
    case GDK_KEY_comma:
    case GDK_KEY_period:
      icam_viewpoint_set_playing (self->viewpoint, FALSE);
      icam_viewpoint_step (self->viewpoint, (keyval == GDK_KEY_period ? 1 : -1) * SECOND / 15);
      return TRUE;
    case GDK_KEY_Home:
      icam_viewpoint_get_span (self->viewpoint, &from, &to);
      icam_viewpoint_seek (self->viewpoint, from, TRUE);
      return TRUE;
    case GDK_KEY_End:
      icam_viewpoint_go_live (self->viewpoint);
      return TRUE;
    case GDK_KEY_p:
    case GDK_KEY_P:
      return gtk_widget_activate_action (GTK_WIDGET (self), "win.protect", NULL);
    default:
      return FALSE;
    }
}

/**
 * icam_wall_key:
 * @self: the wall
 * @keyval: a key
 * @state: what is held with it
 *
 * The keys that move time, for whatever on the wall's page has the focus.
 *
 * Returns: whether it meant something
 */
gboolean
icam_wall_key (IcamWall       *self,
               guint           keyval,
               GdkModifierType state)
{
  g_return_val_if_fail (ICAM_IS_WALL (self), FALSE);

  if (state & (GDK_ALT_MASK | GDK_SUPER_MASK))
    return FALSE;
  return time_key (self, keyval, state);
}

static gboolean
key_pressed_cb (GtkEventControllerKey *controller,
                guint                  keyval,
                guint                  keycode,
                GdkModifierType        state,
                IcamWall              *self)
{
  int dx = keyval == GDK_KEY_Left ? -1 : keyval == GDK_KEY_Right ? 1 : 0;
  int dy = keyval == GDK_KEY_Up ? -1 : keyval == GDK_KEY_Down ? 1 : 0;
  gboolean alone = icam_viewpoint_get_opened (self->viewpoint) != NULL;

  if (alone && self->plain_keys
      && !(state & (GDK_CONTROL_MASK | GDK_ALT_MASK | GDK_SUPER_MASK)))
    {
      int index = index_of (self, icam_viewpoint_get_opened (self->viewpoint));

      if (index >= 0
          && icam_tile_key (icam_wall_grid_get_tile (self->grid, (guint) index), keyval))
        return TRUE;
    }
  if (icam_wall_key (self, keyval, state))
    return TRUE;
  if (dx == 0 && dy == 0)
    return FALSE;
  if (state & GDK_CONTROL_MASK)
    return FALSE;
  if (state & GDK_ALT_MASK)
    {
      move_camera (self, dx, dy);
      return TRUE;
    }
  if (alone && dx != 0)
    icam_viewpoint_step (self->viewpoint, dx * 5 * SECOND);
  else if (!alone)
    move_focus (self, dx, dy);
  return TRUE;
}

static void
key_released_cb (GtkEventControllerKey *controller,
                 guint                  keyval,
                 guint                  keycode,
                 GdkModifierType        state,
                 IcamWall              *self)
{
  int index = self->viewpoint != NULL ? index_of (self, icam_viewpoint_get_opened (self->viewpoint)) : -1;

  if (index >= 0)
    icam_tile_key_released (icam_wall_grid_get_tile (self->grid, (guint) index), keyval);
}

/* ---- the widget ---- */

static gboolean
icam_wall_focus (GtkWidget       *widget,
                 GtkDirectionType direction)
{
  IcamWall *self = ICAM_WALL (widget);

  /* Coming in by Tab: to the camera that had the focus. */
  if (gtk_widget_get_focus_child (widget) == NULL && self->viewpoint != NULL)
    {
      int index = index_of (self, icam_viewpoint_get_focused (self->viewpoint));

      if (index >= 0
          && gtk_widget_grab_focus (
            GTK_WIDGET (icam_wall_grid_get_tile (self->grid, (guint) index))))
        return TRUE;
    }
  return gtk_widget_child_focus (self->overlay, direction);
}

static void
icam_wall_dispose (GObject *object)
{
  IcamWall *self = ICAM_WALL (object);

  if (self->viewpoint != NULL)
    g_signal_handlers_disconnect_by_data (self->viewpoint, self);
  if (self->client != NULL)
    g_signal_handlers_disconnect_by_data (icam_client_get_cameras (self->client), self);
  g_clear_pointer (&self->overlay, gtk_widget_unparent);
  g_clear_object (&self->data);
  g_clear_object (&self->viewpoint);
  g_clear_object (&self->client);
  G_OBJECT_CLASS (icam_wall_parent_class)->dispose (object);
}

static void
icam_wall_class_init (IcamWallClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = icam_wall_dispose;
  widget_class->focus = icam_wall_focus;
  g_type_ensure (ICAM_TYPE_WALL_GRID);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (widget_class, ICAM_APP_PATH "/icam-wall.ui");
  gtk_widget_class_bind_template_child (widget_class, IcamWall, overlay);
  gtk_widget_class_bind_template_child (widget_class, IcamWall, grid);
  gtk_widget_class_bind_template_child (widget_class, IcamWall, frame);
  gtk_widget_class_bind_template_child (widget_class, IcamWall, pager);
  gtk_widget_class_bind_template_child (widget_class, IcamWall, previous_button);
  gtk_widget_class_bind_template_child (widget_class, IcamWall, next_button);
  gtk_widget_class_bind_template_child (widget_class, IcamWall, page_label);
  gtk_widget_class_bind_template_callback (widget_class, previous_page_cb);
  gtk_widget_class_bind_template_callback (widget_class, next_page_cb);
  gtk_widget_class_bind_template_callback (widget_class, key_pressed_cb);
  gtk_widget_class_bind_template_callback (widget_class, key_released_cb);
  gtk_widget_class_set_css_name (widget_class, "icam-wall");
}

static void
icam_wall_init (IcamWall *self)
{
  self->plain_keys = TRUE;
  gtk_widget_init_template (GTK_WIDGET (self));
  icam_accessible_name_buttons (GTK_WIDGET (self));
}

/** icam_wall_set_sources: whose cameras are shown, when, and what is known of the time about it; once */
void
icam_wall_set_sources (IcamWall         *self,
                       IcamClient       *client,
                       IcamViewpoint    *viewpoint,
                       IcamTimelineData *data)
{
  g_return_if_fail (ICAM_IS_WALL (self));
  g_return_if_fail (self->client == NULL);

  self->client = g_object_ref (client);
  self->viewpoint = g_object_ref (viewpoint);
  self->data = g_object_ref (data);
  g_signal_connect_swapped (icam_client_get_cameras (client), "items-changed",
                            G_CALLBACK (cameras_changed_cb), self);
  g_signal_connect_swapped (viewpoint, "notify::opened", G_CALLBACK (opened_changed_cb), self);
  g_signal_connect_swapped (viewpoint, "notify::live", G_CALLBACK (live_changed_cb), self);
  g_signal_connect_swapped (self->grid, "notify::page", G_CALLBACK (update_pager), self);
  g_signal_connect_swapped (self->grid, "notify::n-pages", G_CALLBACK (update_pager), self);
  cameras_changed_cb (self);
  live_changed_cb (self);
}

/** icam_wall_escape: one step back within the wall; FALSE if there was none to go */
gboolean
icam_wall_escape (IcamWall *self)
{
  int index;

  g_return_val_if_fail (ICAM_IS_WALL (self), FALSE);

  index = index_of (self, icam_viewpoint_get_opened (self->viewpoint));
  return index >= 0 && icam_tile_escape (icam_wall_grid_get_tile (self->grid, (guint) index));
}

/** icam_wall_get_tile: the tile of a camera (transfer none), or NULL */
IcamTile *
icam_wall_get_tile (IcamWall   *self,
                    const char *camera)
{
  int index;

  g_return_val_if_fail (ICAM_IS_WALL (self), NULL);

  index = camera != NULL ? index_of (self, camera) : -1;
  return index >= 0 ? icam_wall_grid_get_tile (self->grid, (guint) index) : NULL;
}

/** icam_wall_set_narrow: one tile a row */
void
icam_wall_set_narrow (IcamWall *self,
                      gboolean  narrow)
{
  g_return_if_fail (ICAM_IS_WALL (self));
  icam_wall_grid_set_column (self->grid, narrow);
}

/** icam_wall_set_plain_keys: whether keys without Ctrl or Alt act */
void
icam_wall_set_plain_keys (IcamWall *self,
                          gboolean  plain_keys)
{
  g_return_if_fail (ICAM_IS_WALL (self));
  self->plain_keys = plain_keys;
}

/** icam_wall_tick: once a second: the one tick for the ages of all tiles */
void
icam_wall_tick (IcamWall *self)
{
  g_return_if_fail (ICAM_IS_WALL (self));

  for (guint i = 0; i < icam_wall_grid_get_n_tiles (self->grid); i++)
    icam_tile_tick (icam_wall_grid_get_tile (self->grid, i));
  if (self->viewpoint != NULL)
    update_pager (self);
}
