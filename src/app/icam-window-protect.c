/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-window-private.h"

#include <glib/gi18n.h>

#include "client/icam-words.h"

/* What one press is about: the cameras of a span, one after the other. */
typedef struct
{
  IcamWindow *window;
  GPtrArray *cameras; /* of IcamCamera */
  gint64 from, to;
  GPtrArray *made;    /* ids of new protections */
  guint asked;        /* questions that are under way */
  guint ended;        /* protections that were taken back */
  GError *error;
} Protecting;

static Protecting *
protecting_ref (Protecting *self)
{
  return g_rc_box_acquire (self);
}

static void
protecting_clear (Protecting *self)
{
  g_object_unref (self->window);
  g_ptr_array_unref (self->cameras);
  g_ptr_array_unref (self->made);
  g_clear_error (&self->error);
}

static void
protecting_unref (Protecting *self)
{
  g_rc_box_release_full (self, (GDestroyNotify) protecting_clear);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Protecting, protecting_unref)

/* Says what became of it when the last answer is there. */
static void
answered (Protecting *self)
{
  AdwToast *toast;
  g_autofree char *words = NULL;

  if (--self->asked > 0 || self->window->client == NULL)
    return;
  if (self->error != NULL)
    {
      words = icam_words_error (self->error);
      icam_window_show_toast (self->window, words);
      return;
    }
  if (self->made->len == 0)
    {
      icam_window_show_toast (self->window, _("These recordings are no longer protected."));
      return;
    }
  toast = adw_toast_new (_("Protected: these recordings are not deleted."));
  g_ptr_array_add (self->made, NULL);
  adw_toast_set_button_label (toast, _("Undo"));
  adw_toast_set_action_name (toast, "win.unprotect");
  adw_toast_set_action_target_value (toast, g_variant_new_strv ((const char *const *) self->made->pdata, -1));
  adw_toast_overlay_add_toast (self->window->toasts, toast);
}

static void
keep_error (Protecting *self,
            GError     *error)
{
  if (self->error == NULL)
    self->error = error;
  else
    g_error_free (error);
}

static void
protected_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr (Protecting) self = user_data;
  GError *error = NULL;
  char *id = NULL;

  if (icam_dbus_camera_call_protect_finish (ICAM_DBUS_CAMERA (source), &id, result, &error))
    g_ptr_array_add (self->made, id);
  else
    keep_error (self, error);
  answered (self);
}

static void
ended_cb (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr (Protecting) self = user_data;
  GError *error = NULL;

  if (!icam_dbus_manager_call_unprotect_finish (ICAM_DBUS_MANAGER (source), result, &error))
    keep_error (self, error);
  answered (self);
}

static void
protect_all (Protecting *self)
{
  for (guint i = 0; i < self->cameras->len; i++)
    {
      IcamDBusCamera *proxy = icam_camera_get_proxy (g_ptr_array_index (self->cameras, i));

      if (proxy == NULL)
        continue;
      self->asked++;
      icam_dbus_camera_call_protect (proxy, self->from, self->to, g_variant_new ("a{sv}", NULL), NULL, protected_cb,
                                     protecting_ref (self));
    }
}

/* What is protected of the span already is taken back; if nothing is, it is protected. */
static void
listed_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (Protecting) self = user_data;
  IcamDBusManager *manager = self->window->client != NULL ? icam_client_get_manager (self->window->client) : NULL;
  g_autoptr (GVariant) rows = NULL;
  GError *error = NULL;
  GVariantIter iter;
  const char *id;
  gint64 from, to;

  if (!icam_dbus_camera_call_list_protections_finish (ICAM_DBUS_CAMERA (source), &rows, result, &error))
    keep_error (self, error);
  else if (manager != NULL)
    {
      g_variant_iter_init (&iter, rows);
      while (g_variant_iter_next (&iter, "(&sxxx&s)", &id, &from, &to, NULL, NULL))
        if (from < self->to && to > self->from)
          {
            self->asked++;
            self->ended++;
            icam_dbus_manager_call_unprotect (manager, id, g_variant_new ("a{sv}", NULL), NULL, ended_cb, protecting_ref (self));
          }
    }
  /* The last list, and there was nothing in any. */
  if (self->asked == 1 && self->ended == 0 && self->error == NULL && manager != NULL)
    protect_all (self);
  answered (self);
}

static void
protect_action (GtkWidget  *widget,
                const char *name,
                GVariant   *parameter)
{
  IcamWindow *window = ICAM_WINDOW (widget);
  const char *opened = icam_viewpoint_get_opened (window->viewpoint);
  const char *id = opened != NULL ? opened : icam_viewpoint_get_focused (window->viewpoint);
  GListModel *cameras = icam_client_get_cameras (window->client);
  g_autoptr (Protecting) self = NULL;
  gint64 from, to;

  if (!icam_viewpoint_get_selection (window->viewpoint, &from, &to))
    {
      icam_window_show_toast (window, _("Select a time on the timeline first, with Shift and drag."));
      return;
    }
  self = g_rc_box_new0 (Protecting);
  self->window = g_object_ref (window);
  self->cameras = g_ptr_array_new_with_free_func (g_object_unref);
  self->made = g_ptr_array_new_with_free_func (g_free);
  self->from = from;
  self->to = to;
  for (guint i = 0; i < g_list_model_get_n_items (cameras); i++)
    {
      g_autoptr (IcamCamera) camera = g_list_model_get_item (cameras, i);

      if (id == NULL || g_strcmp0 (id, icam_camera_get_id (camera)) == 0)
        g_ptr_array_add (self->cameras, g_steal_pointer (&camera));
    }
  for (guint i = 0; i < self->cameras->len; i++)
    {
      IcamDBusCamera *proxy = icam_camera_get_proxy (g_ptr_array_index (self->cameras, i));

      if (proxy == NULL)
        continue;
      self->asked++;
      icam_dbus_camera_call_list_protections (proxy, g_variant_new ("a{sv}", NULL), NULL, listed_cb, protecting_ref (self));
    }
}

static void
undone_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (IcamWindow) window = user_data;
  g_autoptr (GError) error = NULL;

  if (!icam_dbus_manager_call_unprotect_finish (ICAM_DBUS_MANAGER (source), result, &error) && window->client != NULL)
    {
      g_autofree char *words = icam_words_error (error);

      icam_window_show_toast (window, words);
    }
}

static void
unprotect_action (GtkWidget  *widget,
                  const char *name,
                  GVariant   *parameter)
{
  IcamWindow *window = ICAM_WINDOW (widget);
  IcamDBusManager *manager = icam_client_get_manager (window->client);
  GVariantIter iter;
  const char *id;

  g_variant_iter_init (&iter, parameter);
  while (manager != NULL && g_variant_iter_next (&iter, "&s", &id))
    icam_dbus_manager_call_unprotect (manager, id, g_variant_new ("a{sv}", NULL), NULL, undone_cb, g_object_ref (window));
}

/** icam_window_install_protect_actions: recordings that are never deleted */
void
icam_window_install_protect_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "win.protect", NULL, protect_action);
  gtk_widget_class_install_action (widget_class, "win.unprotect", "as", unprotect_action);
}
