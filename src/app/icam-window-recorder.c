/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-window-private.h"

#include <glib/gi18n.h>

#include "client/icam-words.h"

static void
start_recorder_action (GtkWidget  *widget,
                       const char *name,
                       GVariant   *parameter)
{
  icam_client_connect (ICAM_WINDOW (widget)->client, TRUE);
}

static void
unlocked_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr (IcamWindow) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!icam_dbus_manager_call_unlock_keyring_finish (ICAM_DBUS_MANAGER (source), result, &error)
      && self->client != NULL)
    {
      g_autofree char *words = icam_words_error (error);

      icam_window_show_toast (self, words);
    }
}

static void
unlock_keyring_action (GtkWidget  *widget,
                       const char *name,
                       GVariant   *parameter)
{
  IcamWindow *self = ICAM_WINDOW (widget);
  IcamDBusManager *manager = icam_client_get_manager (self->client);

  if (manager != NULL)
    icam_dbus_manager_call_unlock_keyring (manager, g_variant_new ("a{sv}", NULL), NULL,
                                           unlocked_cb, g_object_ref (self));
}

static void
folder_set_cb (GObject      *source,
               GAsyncResult *result,
               gpointer      user_data)
{
  g_autoptr (IcamWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean done = icam_dbus_manager_call_set_archive_folder_finish (ICAM_DBUS_MANAGER (source),
                                                                    result, &error);

  if (self->client == NULL)
    return;
  if (done)
    icam_window_show_toast (self, _("Recordings go to the new folder from now on."));
  else
    {
      g_autofree char *words = icam_words_error (error);

      icam_window_show_toast (self, words);
    }
}

static void
folder_added_cb (GObject      *source,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  g_autoptr (IcamWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean done = icam_dbus_manager_call_add_folder_finish (ICAM_DBUS_MANAGER (source), result, &error);

  if (self->client == NULL)
    return;
  if (done)
    icam_window_show_toast (self, _("Each camera can be recorded there now: choose it on the camera’s row."));
  else
    {
      g_autofree char *words = icam_words_error (error);

      icam_window_show_toast (self, words);
    }
}

static char *
take_chosen (int                   response,
             GtkFileChooserNative *chooser)
{
  g_autoptr (GFile) folder = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser));
  char *path = folder != NULL && response == GTK_RESPONSE_ACCEPT ? g_file_get_path (folder) : NULL;

  g_object_unref (chooser);
  return path;
}

static void
folder_chosen_cb (IcamWindow           *self,
                  int                   response,
                  GtkFileChooserNative *chooser)
{
  g_autofree char *path = take_chosen (response, chooser);
  IcamDBusManager *manager = icam_client_get_manager (self->client);

  if (path != NULL && manager != NULL)
    icam_dbus_manager_call_set_archive_folder (manager, path, g_variant_new ("a{sv}", NULL), NULL,
                                               folder_set_cb, g_object_ref (self));
}

static void
other_folder_chosen_cb (IcamWindow           *self,
                        int                   response,
                        GtkFileChooserNative *chooser)
{
  g_autofree char *path = take_chosen (response, chooser);
  IcamDBusManager *manager = icam_client_get_manager (self->client);

  if (path != NULL && manager != NULL)
    icam_dbus_manager_call_add_folder (manager, path, g_variant_new ("a{sv}", NULL), NULL, folder_added_cb, g_object_ref (self));
}

static void
ask_for_folder (GtkWidget  *widget,
                const char *title,
                const char *accept,
                GCallback   callback)
{
  GtkFileChooserNative *chooser = gtk_file_chooser_native_new (title, GTK_WINDOW (widget), GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER,
                                                               accept, _("_Cancel"));

  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (chooser), TRUE);
  g_signal_connect_object (chooser, "response", callback, widget, G_CONNECT_SWAPPED);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}

static void
choose_folder_action (GtkWidget  *widget,
                      const char *name,
                      GVariant   *parameter)
{
  ask_for_folder (widget, _("Folder for recordings"), _("_Record here"), G_CALLBACK (folder_chosen_cb));
}

static void
add_folder_action (GtkWidget  *widget,
                   const char *name,
                   GVariant   *parameter)
{
  ask_for_folder (widget, _("Another folder for recordings"), _("_Use it too"), G_CALLBACK (other_folder_chosen_cb));
}

/** icam_window_install_recorder_actions: start it, unlock its keyring, choose where it records */
void
icam_window_install_recorder_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "win.start-recorder", NULL, start_recorder_action);
  gtk_widget_class_install_action (widget_class, "win.unlock-keyring", NULL, unlock_keyring_action);
  gtk_widget_class_install_action (widget_class, "win.choose-folder", NULL, choose_folder_action);
  gtk_widget_class_install_action (widget_class, "win.add-folder", NULL, add_folder_action);
}
