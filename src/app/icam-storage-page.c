/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-storage-page.h"

#include <glib/gi18n.h>

#include "app/icam-accessible.h"
#include "app/icam-check-row.h"
#include "app/icam-keep-row.h"
#include "client/icam-words.h"

struct _IcamStoragePage
{
  AdwBin parent_instance;

  IcamClient *client;
  GCancellable *cancellable;
  GPtrArray *rows; /* of the folders; unowned, the group has them */

  AdwPreferencesGroup *folder_group;
  IcamKeepRow *keep_row;
  AdwActionRow *oldest_row;
  AdwActionRow *age_row;
  IcamCheckRow *check_row;
};

G_DEFINE_FINAL_TYPE (IcamStoragePage, icam_storage_page, ADW_TYPE_BIN)

static void
toast_error (IcamStoragePage *self,
             const GError    *error)
{
  g_autofree char *words = icam_words_error (error);

  gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", words);
}

/* ---- folders ---- */

static void
removed_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (IcamStoragePage) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!icam_dbus_manager_call_remove_folder_finish (ICAM_DBUS_MANAGER (source), result, &error) && self->cancellable != NULL)
    toast_error (self, error);
  icam_storage_page_update (self);
}

static void
remove_cb (IcamStoragePage *self,
           GtkButton       *button)
{
  const char *path = g_object_get_data (G_OBJECT (button), "path");
  IcamDBusManager *manager = icam_client_get_manager (self->client);

  /* Nothing is lost: what is in it stays, and it can be added again. */
  if (manager != NULL)
    icam_dbus_manager_call_remove_folder (manager, path, g_variant_new ("a{sv}", NULL), self->cancellable, removed_cb,
                                          g_object_ref (self));
}

static char *
folder_words (GVariantDict *folder,
              const GError *error)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);
  gint64 used = 0, free_bytes = -1;
  double days = -1;

  g_variant_dict_lookup (folder, "used", "x", &used);
  g_variant_dict_lookup (folder, "free", "x", &free_bytes);
  g_variant_dict_lookup (folder, "days", "d", &days);
  if (used > 0)
    {
      g_autofree char *size = g_format_size ((guint64) used);

      /* Translators: a size */
      g_ptr_array_add (parts, g_strdup_printf (_("%s of recordings"), size));
    }
  if (free_bytes >= 0)
    {
      g_autofree char *size = g_format_size ((guint64) free_bytes);

      /* Translators: a size */
      g_ptr_array_add (parts, g_strdup_printf (_("%s free"), size));
    }
  if (days >= 1)
    g_ptr_array_add (parts, g_strdup_printf (ngettext ("about %.0f day at today's rate", "about %.0f days at today's rate", (gulong) days),
                                             MIN (days, 9999)));
  else if (days >= 0)
    g_ptr_array_add (parts, g_strdup (_("less than a day at today's rate")));
  g_ptr_array_add (parts, NULL);
  if (error == NULL)
    return g_strjoinv (" · ", (char **) parts->pdata);
  return icam_words_error (error);
}

static void
add_folder (IcamStoragePage *self,
            GVariantDict    *folder,
            gboolean         alone)
{
  const char *path = "";
  gboolean main = FALSE;
  g_autoptr (GVariant) problem = g_variant_dict_lookup_value (folder, "problem", G_VARIANT_TYPE ("(sa{sv})"));
  g_autoptr (GError) error = problem != NULL ? icam_error_from_variant (problem) : NULL;
  g_autofree char *words = folder_words (folder, error);
  g_autofree char *subtitle = g_markup_escape_text (words, -1);
  GtkWidget *row = adw_action_row_new (), *button;

  g_variant_dict_lookup (folder, "path", "&s", &path);
  g_variant_dict_lookup (folder, "main", "b", &main);
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), path);
  adw_action_row_set_title_lines (ADW_ACTION_ROW (row), 0);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  if (error != NULL)
    gtk_widget_add_css_class (row, "error");

  if (main)
    {
      button = gtk_button_new_with_label (_("Choose…"));
      gtk_widget_set_tooltip_text (button, _("Choose the folder for recordings"));
      gtk_actionable_set_action_name (GTK_ACTIONABLE (button), "win.choose-folder");
    }
  else
    {
      g_autofree char *name = g_strdup_printf (_("Use %s no longer"), path);

      button = gtk_button_new_from_icon_name ("list-remove-symbolic");
      gtk_widget_set_tooltip_text (button, _("Use it no longer; what is in it stays"));
      icam_accessible_set_label (button, name);
      gtk_widget_add_css_class (button, "flat");
      g_object_set_data_full (G_OBJECT (button), "path", g_strdup (path), g_free);
      g_signal_connect_object (button, "clicked", G_CALLBACK (remove_cb), self, G_CONNECT_SWAPPED);
    }
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  if (main && !alone)
    {
      GtkWidget *badge = gtk_label_new (_("Main folder"));

      gtk_widget_add_css_class (badge, "dim-label");
      adw_action_row_add_suffix (ADW_ACTION_ROW (row), badge);
    }
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
  adw_preferences_group_add (self->folder_group, row);
  g_ptr_array_add (self->rows, row);
}

static void
folders_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (IcamStoragePage) self = user_data;
  g_autoptr (GVariant) folders = NULL;
  g_autoptr (GError) error = NULL;
  gsize n;

  if (!icam_dbus_manager_call_list_folders_finish (ICAM_DBUS_MANAGER (source), &folders, result, &error))
    {
      g_debug ("No folders: %s", error->message);
      return;
    }
  if (self->cancellable == NULL)
    return;
  for (guint i = 0; i < self->rows->len; i++)
    adw_preferences_group_remove (self->folder_group, g_ptr_array_index (self->rows, i));
  g_ptr_array_set_size (self->rows, 0);
  n = g_variant_n_children (folders);
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (folders, i);
      g_auto (GVariantDict) folder = G_VARIANT_DICT_INIT (child);

      add_folder (self, &folder, n == 1);
    }
}

/* ---- how long ---- */

static void
set_cb (GObject      *source,
        GAsyncResult *result,
        gpointer      user_data)
{
  g_autoptr (IcamStoragePage) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!icam_dbus_manager_call_set_retention_finish (ICAM_DBUS_MANAGER (source), result, &error) && self->cancellable != NULL)
    toast_error (self, error);
  icam_storage_page_update (self);
}

static void
set_days (IcamStoragePage *self,
          int              days)
{
  IcamDBusManager *manager = icam_client_get_manager (self->client);
  GVariantDict options = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&options, "keep-days", "i", MAX (days, 0));
  icam_dbus_manager_call_set_retention (manager, g_variant_dict_end (&options), self->cancellable, set_cb, g_object_ref (self));
}

static void
answered_cb (IcamStoragePage  *self,
             const char       *response,
             AdwMessageDialog *dialog)
{
  if (g_strcmp0 (response, "delete") == 0 && icam_client_get_manager (self->client) != NULL)
    set_days (self, GPOINTER_TO_INT (g_object_get_data (G_OBJECT (dialog), "days")));
  else
    icam_storage_page_update (self);
}

static void
days_chosen_cb (IcamStoragePage *self,
                int              days)
{
  IcamDBusManager *manager = icam_client_get_manager (self->client);
  gint64 oldest = icam_client_get_oldest_recording (self->client);
  gint64 age = oldest > 0 ? (g_get_real_time () - oldest) / G_GINT64_CONSTANT (86400000000) : 0;
  GtkWidget *dialog;
  g_autofree char *body = NULL;
  g_autofree char *label = NULL;

  if (manager == NULL)
    return;
  /* Only what would go at once is asked about. */
  if (days <= 0 || age < days)
    {
      set_days (self, days);
      return;
    }
  body = g_strdup_printf (ngettext ("Recordings older than %d day are deleted now, and from then on each day. This cannot be undone.",
                                    "Recordings older than %d days are deleted now, and from then on each day. This cannot be undone.",
                                    (gulong) days),
                          days);
  label = g_strdup_printf (ngettext ("_Delete %d day", "_Delete %d days", (gulong) (age - days + 1)), (int) (age - days + 1));
  dialog = adw_message_dialog_new (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), _("Delete Old Recordings?"), body);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _("_Keep recordings"), "delete", label, NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "delete", ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_object_set_data (G_OBJECT (dialog), "days", GINT_TO_POINTER (days));
  g_signal_connect_object (dialog, "response", G_CALLBACK (answered_cb), self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

/* ---- what waits for a word ---- */

static void
confirmed_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr (IcamStoragePage) self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean ok = icam_dbus_manager_call_confirm_age_finish (ICAM_DBUS_MANAGER (source), result, &error);

  if (self->cancellable == NULL)
    return;
  if (!ok)
    toast_error (self, error);
  /* The recorder says the same a moment later. */
  gtk_widget_set_visible (GTK_WIDGET (self->age_row), !ok);
}

static void
confirm_cb (IcamStoragePage *self)
{
  IcamDBusManager *manager = icam_client_get_manager (self->client);

  if (manager != NULL)
    icam_dbus_manager_call_confirm_age (manager, g_variant_new ("a{sv}", NULL), self->cancellable, confirmed_cb,
                                        g_object_ref (self));
}

/* Only where something would be deleted because of its age at all. */
static void
update_age (IcamStoragePage *self,
            IcamDBusManager *manager)
{
  const char *age = icam_dbus_manager_get_age_deletion (manager);
  GListModel *cameras = icam_client_get_cameras (self->client);
  gboolean any = icam_dbus_manager_get_keep_days (manager) > 0;

  for (guint i = 0; !any && i < g_list_model_get_n_items (cameras); i++)
    {
      g_autoptr (IcamCamera) camera = g_list_model_get_item (cameras, i);

      any = icam_dbus_camera_get_keep_days (icam_camera_get_proxy (camera)) > 0;
    }
  gtk_widget_set_visible (GTK_WIDGET (self->age_row), any && age != NULL && *age != '\0' && g_strcmp0 (age, "on") != 0);
  adw_action_row_set_subtitle (self->age_row, icam_words_age (age));
}

/* ---- the object ---- */

static void
icam_storage_page_dispose (GObject *object)
{
  IcamStoragePage *self = ICAM_STORAGE_PAGE (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->client);
  g_clear_pointer (&self->rows, g_ptr_array_unref);
  G_OBJECT_CLASS (icam_storage_page_parent_class)->dispose (object);
}

static void
icam_storage_page_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (icam_storage_page_parent_class)->map (widget);
  icam_storage_page_update (ICAM_STORAGE_PAGE (widget));
}

static void
icam_storage_page_class_init (IcamStoragePageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = icam_storage_page_dispose;
  widget_class->map = icam_storage_page_map;
  g_type_ensure (ICAM_TYPE_KEEP_ROW);
  g_type_ensure (ICAM_TYPE_CHECK_ROW);
  gtk_widget_class_set_template_from_resource (widget_class, ICAM_APP_PATH "/icam-storage-page.ui");
  gtk_widget_class_bind_template_child (widget_class, IcamStoragePage, folder_group);
  gtk_widget_class_bind_template_child (widget_class, IcamStoragePage, keep_row);
  gtk_widget_class_bind_template_child (widget_class, IcamStoragePage, oldest_row);
  gtk_widget_class_bind_template_child (widget_class, IcamStoragePage, age_row);
  gtk_widget_class_bind_template_child (widget_class, IcamStoragePage, check_row);
  gtk_widget_class_bind_template_callback (widget_class, days_chosen_cb);
  gtk_widget_class_bind_template_callback (widget_class, confirm_cb);
}

static void
icam_storage_page_init (IcamStoragePage *self)
{
  self->cancellable = g_cancellable_new ();
  self->rows = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

/** icam_storage_page_set_client: whose storage; once */
void
icam_storage_page_set_client (IcamStoragePage *self,
                              IcamClient      *client)
{
  g_return_if_fail (ICAM_IS_STORAGE_PAGE (self));
  g_return_if_fail (self->client == NULL);

  self->client = g_object_ref (client);
  icam_check_row_set_client (self->check_row, client);
  g_signal_connect_object (client, "notify::archive-error", G_CALLBACK (icam_storage_page_update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (client, "notify::archive-folder", G_CALLBACK (icam_storage_page_update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (client, "notify::folders", G_CALLBACK (icam_storage_page_update), self, G_CONNECT_SWAPPED);
}

/** icam_storage_page_update: asks the recorder how it is now */
void
icam_storage_page_update (IcamStoragePage *self)
{
  IcamDBusManager *manager;
  g_autofree char *when = NULL;
  gint64 oldest;

  g_return_if_fail (ICAM_IS_STORAGE_PAGE (self));
  manager = self->client != NULL ? icam_client_get_manager (self->client) : NULL;
  if (manager == NULL || self->cancellable == NULL || !gtk_widget_get_mapped (GTK_WIDGET (self)))
    return;

  oldest = icam_client_get_oldest_recording (self->client);
  when = oldest > 0 ? icam_words_time (oldest, g_get_real_time ()) : g_strdup (_("None yet"));
  adw_action_row_set_subtitle (self->oldest_row, when);
  update_age (self, manager);
  icam_keep_row_set_days (self->keep_row, icam_dbus_manager_get_keep_days (manager));
  icam_dbus_manager_call_list_folders (manager, g_variant_new ("a{sv}", NULL), self->cancellable, folders_cb, g_object_ref (self));
}
