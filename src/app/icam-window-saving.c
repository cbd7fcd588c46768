/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-window-private.h"

#include <glib/gi18n.h>

#include "app/icam-still.h"

static void
export_ended_cb (IcamWindow *self,
                 const char *words)
{
  icam_window_show_toast (self, words);
}

static void
export_cameras (IcamWindow *self,
                GPtrArray  *cameras)
{
  gint64 from, to;

  if (cameras->len == 0)
    return;
  if (icam_export_bar_is_busy (self->export_bar))
    {
      icam_window_show_toast (self, _("An export is under way. Wait until it has ended, or cancel it."));
      return;
    }
  if (!icam_viewpoint_get_selection (self->viewpoint, &from, &to))
    icam_viewpoint_get_span (self->viewpoint, &from, &to);
  to = MIN (to, icam_viewpoint_now (self->viewpoint));
  if (to <= from)
    return;
  icam_export_bar_start (self->export_bar, icam_export_new (self->client, cameras, from, to),
                         GTK_WINDOW (self));
}

static void
export_camera (IcamWindow *self,
               const char *id)
{
  g_autoptr (GPtrArray) cameras = g_ptr_array_new_with_free_func (g_object_unref);
  IcamCamera *camera = id != NULL ? icam_client_lookup_camera (self->client, id) : NULL;
  GListModel *known = icam_client_get_cameras (self->client);

  if (camera != NULL)
    g_ptr_array_add (cameras, g_object_ref (camera));
  else if (g_list_model_get_n_items (known) > 0)
    g_ptr_array_add (cameras, g_list_model_get_item (known, 0));
  export_cameras (self, cameras);
}

static void
export_action (GtkWidget  *widget,
               const char *name,
               GVariant   *parameter)
{
  IcamWindow *self = ICAM_WINDOW (widget);

  export_camera (self, icam_viewpoint_get_focused (self->viewpoint));
}

static void
export_camera_action (GtkWidget  *widget,
                      const char *name,
                      GVariant   *parameter)
{
  export_camera (ICAM_WINDOW (widget), g_variant_get_string (parameter, NULL));
}

static void
export_all_action (GtkWidget  *widget,
                   const char *name,
                   GVariant   *parameter)
{
  IcamWindow *self = ICAM_WINDOW (widget);
  g_autoptr (GPtrArray) cameras = g_ptr_array_new_with_free_func (g_object_unref);
  GListModel *known = icam_client_get_cameras (self->client);

  for (guint i = 0; i < g_list_model_get_n_items (known); i++)
    g_ptr_array_add (cameras, g_list_model_get_item (known, i));
  export_cameras (self, cameras);
}

static void
still_saved_cb (GObject      *source,
                GAsyncResult *result,
                gpointer      user_data)
{
  g_autoptr (IcamWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GFile) file = icam_still_save_finish (result, &error);
  g_autofree char *base = NULL;
  g_autofree char *shown = NULL;
  g_autofree char *words = NULL;
  g_autofree char *escaped = NULL;
  g_autofree char *uri = NULL;
  AdwToast *toast;

  if (self->client == NULL)
    return;
  if (file == NULL)
    {
      words = g_strdup_printf (_("The picture was not saved. %s"), error->message);
      icam_window_show_toast (self, words);
      return;
    }
  base = g_file_get_basename (file);
  shown = g_filename_display_name (base);
  /* Translators: the name of a file */
  words = g_strdup_printf (_("Saved as “%s”"), shown);
  escaped = g_markup_escape_text (words, -1);
  uri = g_file_get_uri (file);
  toast = adw_toast_new (escaped);
  adw_toast_set_button_label (toast, _("Open"));
  adw_toast_set_action_name (toast, "win.open-uri");
  adw_toast_set_action_target (toast, "s", uri);
  adw_toast_overlay_add_toast (self->toasts, toast);
}

/* The picture as it is shown; of the camera that fills the wall, has the focus, or is the only one. */
static void
save_still (IcamWindow *self,
            const char *id)
{
  GListModel *cameras = icam_client_get_cameras (self->client);
  IcamTile *tile = icam_wall_page_get_tile (self->wall_page, id);
  IcamPicture *picture;

  if (tile == NULL && g_list_model_get_n_items (cameras) == 1)
    {
      g_autoptr (IcamCamera) only = g_list_model_get_item (cameras, 0);

      tile = icam_wall_page_get_tile (self->wall_page, icam_camera_get_id (only));
    }
  if (tile == NULL)
    {
      icam_window_show_toast (self, _("Choose a camera first, then save its picture."));
      return;
    }
  picture = icam_tile_get_picture (tile);
  if (picture == NULL)
    {
      icam_window_show_toast (self, _("There is no picture to save."));
      return;
    }
  icam_still_save_async (picture, icam_camera_get_name (icam_tile_get_camera (tile)),
                         self->settings != NULL && g_settings_get_boolean (self->settings, "still-jpeg"), NULL,
                         still_saved_cb, g_object_ref (self));
}

static void
still_action (GtkWidget  *widget,
              const char *name,
              GVariant   *parameter)
{
  IcamWindow *self = ICAM_WINDOW (widget);
  const char *opened = icam_viewpoint_get_opened (self->viewpoint);

  if (g_strcmp0 (adw_view_stack_get_visible_child_name (self->views), "wall") == 0)
    save_still (self, opened != NULL ? opened : icam_viewpoint_get_focused (self->viewpoint));
}

static void
still_camera_action (GtkWidget  *widget,
                     const char *name,
                     GVariant   *parameter)
{
  save_still (ICAM_WINDOW (widget), g_variant_get_string (parameter, NULL));
}

static void
open_uri_action (GtkWidget  *widget,
                 const char *name,
                 GVariant   *parameter)
{
  gtk_show_uri (GTK_WINDOW (widget), g_variant_get_string (parameter, NULL), GDK_CURRENT_TIME);
}

/** icam_window_install_saving_actions: a span as a file, a picture as a file */
void
icam_window_install_saving_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "win.export", NULL, export_action);
  gtk_widget_class_install_action (widget_class, "win.export-camera", "s", export_camera_action);
  gtk_widget_class_install_action (widget_class, "win.export-all", NULL, export_all_action);
  gtk_widget_class_install_action (widget_class, "win.still", NULL, still_action);
  gtk_widget_class_install_action (widget_class, "win.still-camera", "s", still_camera_action);
  gtk_widget_class_install_action (widget_class, "win.open-uri", "s", open_uri_action);
  gtk_widget_class_bind_template_callback (widget_class, export_ended_cb);
}
