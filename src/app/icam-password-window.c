/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-password-window.h"

#include <gio/gunixfdlist.h>
#include <glib/gi18n.h>
#include <unistd.h>

#include "client/icam-words.h"

/* A device in the list. */
typedef struct
{
  IcamDBusDevice *device;
  AdwActionRow *row;
  GtkCheckButton *check;
  GtkSpinner *spinner;
  GtkImage *icon;
  gboolean busy;
} Entry;

struct _IcamPasswordWindow
{
  AdwWindow parent_instance;

  GPtrArray *entries; /* of Entry; NULL once it is closed */
  gboolean asked;     /* the button was pressed: now it is said what is wrong with the words */

  GtkWidget *close_button;
  GtkWidget *change_button;
  GtkWidget *entry_group;
  GtkWidget *first_row;
  GtkWidget *second_row;
  GtkWidget *problem_label;
  GtkListBox *devices;
};

G_DEFINE_FINAL_TYPE (IcamPasswordWindow, icam_password_window, ADW_TYPE_WINDOW)

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_object_unref (entry->device);
  g_free (entry);
}

static void
update (IcamPasswordWindow *self)
{
  const char *first = gtk_editable_get_text (GTK_EDITABLE (self->first_row));
  const char *second = gtk_editable_get_text (GTK_EDITABLE (self->second_row));
  gboolean same = g_strcmp0 (first, second) == 0, busy = FALSE, any = FALSE;

  if (self->entries == NULL)
    return;
  for (guint i = 0; i < self->entries->len; i++)
    {
      const Entry *entry = self->entries->pdata[i];

      busy = busy || entry->busy;
      any = any || gtk_check_button_get_active (entry->check);
    }
  /* Not while the second one is being typed. */
  gtk_widget_set_visible (self->problem_label, self->asked && !same);
  gtk_widget_set_sensitive (self->entry_group, !busy);
  for (guint i = 0; i < self->entries->len; i++)
    gtk_widget_set_sensitive (GTK_WIDGET (((Entry *) self->entries->pdata[i])->check), !busy);
  gtk_widget_set_sensitive (self->change_button, !busy && any && *first != '\0' && *second != '\0');
}

static void
update_cb (IcamPasswordWindow *self)
{
  self->asked = FALSE;
  update (self);
}

static void
next_row_cb (IcamPasswordWindow *self)
{
  gtk_widget_grab_focus (self->second_row);
}

static void
show_result (Entry        *entry,
             const GError *error)
{
  g_autofree char *words = error != NULL ? icam_words_error (error) : g_strdup (_("It has the new password."));

  entry->busy = FALSE;
  gtk_spinner_set_spinning (entry->spinner, FALSE);
  gtk_widget_set_visible (GTK_WIDGET (entry->spinner), FALSE);
  gtk_image_set_from_icon_name (entry->icon, error != NULL ? "dialog-error-symbolic" : "emblem-ok-symbolic");
  gtk_widget_remove_css_class (GTK_WIDGET (entry->icon), error != NULL ? "success" : "error");
  gtk_widget_add_css_class (GTK_WIDGET (entry->icon), error != NULL ? "error" : "success");
  gtk_widget_set_visible (GTK_WIDGET (entry->icon), TRUE);
  adw_action_row_set_subtitle (entry->row, words);
  /* What is done need not be done again; what failed can be. */
  gtk_check_button_set_active (entry->check, error != NULL);
}

static void
changed_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (IcamPasswordWindow) self = user_data;
  g_autoptr (GError) error = NULL;

  icam_dbus_device_call_change_password_finish (ICAM_DBUS_DEVICE (source), NULL, result, &error);
  if (self->entries == NULL)
    return;
  for (guint i = 0; i < self->entries->len; i++)
    {
      Entry *entry = self->entries->pdata[i];

      if (entry->device == ICAM_DBUS_DEVICE (source))
        show_result (entry, error);
    }
  gtk_button_set_label (GTK_BUTTON (self->close_button), _("Close"));
  update (self);
}

static void
change_one (IcamPasswordWindow *self,
            Entry              *entry,
            IcamSecret         *secret)
{
  g_autoptr (GUnixFDList) fds = g_unix_fd_list_new ();
  g_autoptr (GError) error = NULL;
  int fd = icam_secret_to_pipe (secret, &error), handle = -1;

  if (fd >= 0)
    {
      handle = g_unix_fd_list_append (fds, fd, &error);
      close (fd);
    }
  if (handle < 0)
    {
      show_result (entry, error);
      return;
    }
  entry->busy = TRUE;
  gtk_widget_set_visible (GTK_WIDGET (entry->icon), FALSE);
  gtk_widget_set_visible (GTK_WIDGET (entry->spinner), TRUE);
  gtk_spinner_set_spinning (entry->spinner, TRUE);
  adw_action_row_set_subtitle (entry->row, _("Changing its password…"));
  icam_dbus_device_call_change_password (entry->device, g_variant_new_handle (handle), g_variant_new ("a{sv}", NULL), fds, NULL,
                                         changed_cb, g_object_ref (self));
}

static void
change_cb (IcamPasswordWindow *self)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->first_row));
  g_autoptr (IcamSecret) secret = NULL;

  self->asked = TRUE;
  update (self);
  if (!gtk_widget_get_sensitive (self->change_button) || gtk_widget_get_visible (self->problem_label))
    return;
  secret = icam_secret_new (text);
  /* A row that has the focus while it cannot be used any more confuses the toolkit. */
  gtk_widget_grab_focus (self->close_button);
  for (guint i = 0; i < self->entries->len && secret != NULL; i++)
    {
      Entry *entry = self->entries->pdata[i];

      if (gtk_check_button_get_active (entry->check))
        change_one (self, entry, secret);
    }
  update (self);
}

/* The names of the cameras that are on it. */
static char *
names_of (IcamClient     *client,
          IcamDBusDevice *device)
{
  GListModel *cameras = icam_client_get_cameras (client);
  const char *path = g_dbus_proxy_get_object_path (G_DBUS_PROXY (device));
  GString *names = g_string_new (NULL);

  for (guint i = 0; i < g_list_model_get_n_items (cameras); i++)
    {
      g_autoptr (IcamCamera) camera = g_list_model_get_item (cameras, i);
      IcamDBusCamera *proxy = icam_camera_get_proxy (camera);

      if (proxy != NULL && g_strcmp0 (icam_dbus_camera_get_device (proxy), path) == 0)
        g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", icam_camera_get_name (camera));
    }
  return g_string_free (names, FALSE);
}

static void
add_device (IcamPasswordWindow *self,
            IcamClient         *client,
            IcamDBusDevice     *device,
            gboolean            chosen)
{
  g_autofree char *names = names_of (client, device);
  Entry *entry = g_new0 (Entry, 1);

  entry->device = g_object_ref (device);
  entry->row = ADW_ACTION_ROW (adw_action_row_new ());
  entry->check = GTK_CHECK_BUTTON (gtk_check_button_new ());
  entry->spinner = GTK_SPINNER (gtk_spinner_new ());
  entry->icon = GTK_IMAGE (gtk_image_new ());
  gtk_check_button_set_active (entry->check, chosen);
  gtk_widget_set_valign (GTK_WIDGET (entry->check), GTK_ALIGN_CENTER);
  gtk_accessible_update_property (GTK_ACCESSIBLE (entry->check), GTK_ACCESSIBLE_PROPERTY_LABEL, names, -1);
  gtk_widget_set_visible (GTK_WIDGET (entry->spinner), FALSE);
  gtk_widget_set_visible (GTK_WIDGET (entry->icon), FALSE);
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (entry->row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (entry->row), names);
  adw_action_row_set_title_lines (entry->row, 0);
  adw_action_row_set_subtitle_lines (entry->row, 0);
  if (icam_dbus_device_get_factory_password (device))
    adw_action_row_set_subtitle (entry->row, _("Everybody knows the password that it has"));
  adw_action_row_add_prefix (entry->row, GTK_WIDGET (entry->check));
  adw_action_row_add_suffix (entry->row, GTK_WIDGET (entry->spinner));
  adw_action_row_add_suffix (entry->row, GTK_WIDGET (entry->icon));
  adw_action_row_set_activatable_widget (entry->row, GTK_WIDGET (entry->check));
  g_signal_connect_object (entry->check, "toggled", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_ptr_array_add (self->entries, entry);
  if (chosen)
    gtk_list_box_prepend (self->devices, GTK_WIDGET (entry->row));
  else
    gtk_list_box_append (self->devices, GTK_WIDGET (entry->row));
}

static gboolean
icam_password_window_close_request (GtkWindow *window)
{
  /* A window of libadwaita 1.2 that goes while one of its entry rows has the focus touches what is gone already. */
  gtk_window_set_focus (window, NULL);
  return GTK_WINDOW_CLASS (icam_password_window_parent_class)->close_request (window);
}

static void
icam_password_window_dispose (GObject *object)
{
  IcamPasswordWindow *self = ICAM_PASSWORD_WINDOW (object);

  g_clear_pointer (&self->entries, g_ptr_array_unref);
  G_OBJECT_CLASS (icam_password_window_parent_class)->dispose (object);
}

static void
icam_password_window_class_init (IcamPasswordWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = icam_password_window_dispose;
  GTK_WINDOW_CLASS (klass)->close_request = icam_password_window_close_request;
  gtk_widget_class_set_template_from_resource (widget_class, ICAM_APP_PATH "/icam-password-window.ui");
  gtk_widget_class_bind_template_child (widget_class, IcamPasswordWindow, close_button);
  gtk_widget_class_bind_template_child (widget_class, IcamPasswordWindow, change_button);
  gtk_widget_class_bind_template_child (widget_class, IcamPasswordWindow, entry_group);
  gtk_widget_class_bind_template_child (widget_class, IcamPasswordWindow, first_row);
  gtk_widget_class_bind_template_child (widget_class, IcamPasswordWindow, second_row);
  gtk_widget_class_bind_template_child (widget_class, IcamPasswordWindow, problem_label);
  gtk_widget_class_bind_template_child (widget_class, IcamPasswordWindow, devices);
  gtk_widget_class_bind_template_callback (widget_class, change_cb);
  gtk_widget_class_bind_template_callback (widget_class, update_cb);
  gtk_widget_class_bind_template_callback (widget_class, next_row_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
icam_password_window_init (IcamPasswordWindow *self)
{
  self->entries = g_ptr_array_new_with_free_func (entry_free);
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_button_set_label (GTK_BUTTON (self->close_button), _("Cancel"));
}

/**
 * icam_password_window_new:
 * @client: the recorder
 * @device: (nullable): the one that is chosen to begin with
 *
 * Returns: (transfer full): the window
 */
GtkWidget *
icam_password_window_new (IcamClient     *client,
                          IcamDBusDevice *device)
{
  IcamPasswordWindow *self = g_object_new (ICAM_TYPE_PASSWORD_WINDOW, NULL);
  GListModel *cameras = icam_client_get_cameras (client);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < g_list_model_get_n_items (cameras); i++)
    {
      g_autoptr (IcamCamera) camera = g_list_model_get_item (cameras, i);
      IcamDBusCamera *proxy = icam_camera_get_proxy (camera);
      const char *path = proxy != NULL ? icam_dbus_camera_get_device (proxy) : NULL;
      g_autoptr (IcamDBusDevice) other = icam_client_get_device (client, path);

      /* Several cameras may be on one device; what speaks no ONVIF cannot be told. */
      if (other != NULL && g_strcmp0 (icam_dbus_device_get_kind (other), "onvif") == 0
          && g_hash_table_add (seen, (gpointer) g_dbus_proxy_get_object_path (G_DBUS_PROXY (other))))
        add_device (self, client, other,
                    device != NULL
                      && g_str_equal (g_dbus_proxy_get_object_path (G_DBUS_PROXY (device)),
                                      g_dbus_proxy_get_object_path (G_DBUS_PROXY (other))));
    }
  update (self);
  gtk_widget_grab_focus (self->first_row);
  return GTK_WIDGET (self);
}
