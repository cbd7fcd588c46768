/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-camera-row.h"

#include <gio/gunixfdlist.h>
#include <glib/gi18n.h>
#include <string.h>
#include <unistd.h>

#include "app/icam-accessible.h"
#include "app/icam-keep-row.h"
#include "app/icam-record-rows.h"
#include "client/icam-words.h"

struct _IcamCameraRow
{
  AdwExpanderRow parent_instance;

  IcamClient *client;
  IcamCamera *camera;
  IcamDBusDevice *device; /* asked for when it is first needed */
  GCancellable *cancellable;

  GtkWidget *icon;
  GtkWidget *password_button;
  AdwEntryRow *name_row;
  AdwActionRow *device_row;
  AdwActionRow *detector_row;
  GtkSwitch *detection_switch;
  gboolean updating;
  gboolean setting_detection; /* the recorder was asked and has not answered */
  GtkWidget *known_password_row;
  GtkWidget *change_password_button;
  GtkWidget *remove_button;
  IcamKeepRow *keep_row;
  IcamKeepRow *keep_events_row;
  AdwComboRow *folder_row;
  AdwComboRow *record_mode_row;
  AdwActionRow *record_hours_row, *record_before_row, *record_after_row;
  IcamRecordRows *record_rows;
};

G_DEFINE_FINAL_TYPE (IcamCameraRow, icam_camera_row, ADW_TYPE_EXPANDER_ROW)

static void
toast (IcamCameraRow *self,
       const char    *text)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", text);
}

static void
toast_error (IcamCameraRow *self,
             const GError  *error)
{
  g_autofree char *words = icam_words_error (error);

  toast (self, words);
}

static void
set_subtitle (AdwActionRow *row,
              const char   *text)
{
  g_autofree char *escaped = g_markup_escape_text (text, -1);

  if (g_strcmp0 (adw_action_row_get_subtitle (row), escaped) != 0)
    adw_action_row_set_subtitle (row, escaped);
}

static char *
describe_streams (IcamCameraRow *self)
{
  IcamDBusCamera *proxy = icam_camera_get_proxy (self->camera);
  GVariant *streams = proxy != NULL ? icam_dbus_camera_get_streams (proxy) : NULL;
  GString *text = g_string_new (NULL);
  GVariantIter iter;
  const char *codec;
  guint width, height;
  double rate;

  if (streams == NULL)
    return g_string_free (text, FALSE);
  g_variant_iter_init (&iter, streams);
  while (g_variant_iter_next (&iter, "(&s&suuds)", NULL, &codec, &width, &height, &rate, NULL))
    {
      if (width == 0)
        continue;
      g_string_append_printf (text, "%s%u × %u", text->len > 0 ? ", " : "", width, height);
    }
  return g_string_free (text, FALSE);
}

static void
update_device (IcamCameraRow *self)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *streams = describe_streams (self);

  if (self->device != NULL)
    {
      const char *const parts[] = {
        icam_dbus_device_get_manufacturer (self->device),
        icam_dbus_device_get_model (self->device),
        icam_dbus_device_get_firmware (self->device),
        icam_dbus_device_get_address (self->device),
      };

      for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
        if (parts[i] != NULL && *parts[i] != '\0')
          g_string_append_printf (text, "%s%s", text->len > 0 ? " · " : "", parts[i]);
    }
  if (*streams != '\0')
    g_string_append_printf (text, "%s%s", text->len > 0 ? " · " : "", streams);
  set_subtitle (self->device_row, text->str);
  gtk_widget_set_visible (self->known_password_row,
                          self->device != NULL && icam_dbus_device_get_factory_password (self->device));
  gtk_widget_set_visible (self->change_password_button,
                          self->device != NULL && g_strcmp0 (icam_dbus_device_get_kind (self->device), "onvif") == 0);
}

/* Which folder it has is offered where there are several. */
static void
update_folders (IcamCameraRow  *self,
                IcamDBusCamera *proxy)
{
  const char *const *folders = icam_client_get_folders (self->client);
  const char *folder = icam_dbus_camera_get_folder (proxy);
  guint n = folders != NULL ? g_strv_length ((char **) folders) : 0, selected = 0;
  g_autoptr (GtkStringList) list = gtk_string_list_new (folders);

  gtk_widget_set_visible (GTK_WIDGET (self->folder_row), n > 1);
  for (guint i = 1; i < n; i++)
    if (g_strcmp0 (folder, folders[i]) == 0)
      selected = i;
  self->updating = TRUE;
  adw_combo_row_set_model (self->folder_row, G_LIST_MODEL (list));
  adw_combo_row_set_selected (self->folder_row, selected);
  self->updating = FALSE;
}

static void
update_keeping (IcamCameraRow  *self,
                IcamDBusCamera *proxy)
{
  gtk_widget_set_sensitive (GTK_WIDGET (self->keep_row), proxy != NULL);
  gtk_widget_set_sensitive (GTK_WIDGET (self->keep_events_row), proxy != NULL);
  if (proxy == NULL)
    return;
  icam_keep_row_set_days (self->keep_row, icam_dbus_camera_get_keep_days (proxy));
  icam_keep_row_set_days (self->keep_events_row, icam_dbus_camera_get_keep_event_days (proxy));
  update_folders (self, proxy);
}

static void
update (IcamCameraRow *self)
{
  const char *state = icam_camera_get_state (self->camera);
  const char *detector = icam_camera_get_detector_state (self->camera);
  const GError *error = icam_camera_get_error (self->camera);
  IcamDBusCamera *proxy = icam_camera_get_proxy (self->camera);
  g_autofree char *words = NULL;
  const char *name = icam_camera_get_name (self->camera);
  g_autofree char *remove = g_strdup_printf (_("Remove %s"), name);

  /* The name stands above it. */
  words = g_strcmp0 (state, "recording") == 0
            ? g_strdup (icam_words_recording (proxy != NULL ? icam_dbus_camera_get_recording (proxy) : NULL))
            : icam_words_camera_state (name, state, error, icam_camera_get_state_since (self->camera),
                                       icam_camera_get_retry_at (self->camera), g_get_real_time ());
  if (g_strcmp0 (adw_preferences_row_get_title (ADW_PREFERENCES_ROW (self)), name) != 0)
    adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), name);
  if (g_strcmp0 (adw_expander_row_get_subtitle (ADW_EXPANDER_ROW (self)), words) != 0)
    adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (self), words);
  gtk_image_set_from_icon_name (GTK_IMAGE (self->icon),
                                g_strcmp0 (state, "recording") == 0      ? "icam-camera-symbolic"
                                  : g_strcmp0 (state, "connecting") == 0 ? "icam-camera-symbolic"
                                                                         : "icam-camera-off-symbolic");
  gtk_widget_set_visible (self->password_button,
                          g_error_matches (error, ICAM_ERROR, ICAM_ERROR_WRONG_PASSWORD)
                            || g_error_matches (error, ICAM_ERROR, ICAM_ERROR_PASSWORD_NEEDED));
  icam_accessible_set_label (self->remove_button, remove);
  set_subtitle (self->detector_row,
                g_strcmp0 (detector, "healthy") == 0      ? _("Watching")
                : g_strcmp0 (detector, "warming-up") == 0 ? _("Getting used to the scene")
                : g_strcmp0 (detector, "off") == 0        ? _("Not watched; it is recorded all the same")
                : g_strcmp0 (detector, "absent") == 0
                  ? _("Not possible: this camera's picture cannot be read here. It is still recorded.")
                  : "");
  if (proxy != NULL && !self->setting_detection)
    {
      self->updating = TRUE;
      gtk_switch_set_active (self->detection_switch, icam_dbus_camera_get_detection (proxy));
      self->updating = FALSE;
    }
  gtk_widget_set_sensitive (GTK_WIDGET (self->detection_switch), proxy != NULL);
  update_keeping (self, proxy);
  icam_record_rows_update (self->record_rows, self->camera);
  if (adw_expander_row_get_expanded (ADW_EXPANDER_ROW (self)))
    update_device (self);
}

static void
name_changed_cb (IcamCameraRow *self)
{
  gtk_editable_set_text (GTK_EDITABLE (self->name_row), icam_camera_get_name (self->camera));
  update (self);
}

static void
device_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (IcamCameraRow) self = user_data;
  g_autoptr (GError) error = NULL;
  IcamDBusDevice *device = icam_dbus_device_proxy_new_finish (result, &error);

  if (device == NULL)
    {
      g_debug ("No device: %s", error->message);
      return;
    }
  g_clear_object (&self->device);
  self->device = device;
  if (self->cancellable != NULL)
    update_device (self);
}

static void
load_device (IcamCameraRow *self)
{
  IcamDBusCamera *proxy = self->camera != NULL ? icam_camera_get_proxy (self->camera) : NULL;
  const char *path = proxy != NULL ? icam_dbus_camera_get_device (proxy) : NULL;

  if (path == NULL || strlen (path) < 2)
    return;
  if (self->device != NULL
      && g_strcmp0 (g_dbus_proxy_get_object_path (G_DBUS_PROXY (self->device)), path) == 0)
    return;
  icam_dbus_device_proxy_new (g_dbus_proxy_get_connection (G_DBUS_PROXY (proxy)),
                              G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START, ICAM_RECORDER_NAME, path,
                              self->cancellable, device_cb, g_object_ref (self));
}

static void
expanded_cb (IcamCameraRow *self,
             GParamSpec    *pspec,
             gpointer       user_data)
{
  load_device (self);
  if (self->camera != NULL)
    update (self);
}

/* ---- doing ---- */

static void
renamed_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (IcamCameraRow) self = user_data;
  g_autoptr (GError) error = NULL;

  if (icam_dbus_camera_call_rename_finish (ICAM_DBUS_CAMERA (source), result, &error)
      || self->cancellable == NULL)
    return;
  toast_error (self, error);
  name_changed_cb (self);
}

static void
rename_cb (IcamCameraRow *self)
{
  IcamDBusCamera *proxy = icam_camera_get_proxy (self->camera);
  g_autofree char *name
    = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->name_row))));

  if (*name == '\0' || proxy == NULL)
    {
      name_changed_cb (self);
      return;
    }
  icam_dbus_camera_call_rename (proxy, name, g_variant_new ("a{sv}", NULL), NULL, renamed_cb,
                                g_object_ref (self));
}

static void
retention_set_cb (GObject      *source,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  g_autoptr (IcamCameraRow) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!icam_dbus_camera_call_set_retention_finish (ICAM_DBUS_CAMERA (source), result, &error) && self->cancellable != NULL)
    {
      toast_error (self, error);
      update (self);
    }
}

static void
set_retention (IcamCameraRow *self,
               const char    *key,
               int            days)
{
  IcamDBusCamera *proxy = self->camera != NULL ? icam_camera_get_proxy (self->camera) : NULL;
  GVariantDict options = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&options, key, "i", days);
  if (proxy == NULL)
    g_variant_dict_clear (&options);
  else
    icam_dbus_camera_call_set_retention (proxy, g_variant_dict_end (&options), NULL, retention_set_cb, g_object_ref (self));
}

static void
keep_cb (IcamCameraRow *self,
         int            days)
{
  set_retention (self, "keep-days", days);
}

static void
keep_events_cb (IcamCameraRow *self,
                int            days)
{
  set_retention (self, "keep-event-days", days);
}

static void
folder_set_cb (GObject      *source,
               GAsyncResult *result,
               gpointer      user_data)
{
  g_autoptr (IcamCameraRow) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!icam_dbus_camera_call_set_folder_finish (ICAM_DBUS_CAMERA (source), result, &error) && self->cancellable != NULL)
    {
      toast_error (self, error);
      update (self);
    }
}

static void
folder_cb (IcamCameraRow *self)
{
  IcamDBusCamera *proxy = self->camera != NULL ? icam_camera_get_proxy (self->camera) : NULL;
  guint selected = adw_combo_row_get_selected (self->folder_row);
  GListModel *model = adw_combo_row_get_model (self->folder_row);

  if (self->updating || proxy == NULL || model == NULL || selected >= g_list_model_get_n_items (model))
    return;
  icam_dbus_camera_call_set_folder (proxy, selected == 0 ? "" : gtk_string_list_get_string (GTK_STRING_LIST (model), selected),
                                    g_variant_new ("a{sv}", NULL), NULL, folder_set_cb, g_object_ref (self));
}

static void
detection_set_cb (GObject      *source,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  g_autoptr (IcamCameraRow) self = user_data;
  g_autoptr (GError) error = NULL;

  self->setting_detection = FALSE;
  if (!icam_dbus_camera_call_set_detection_finish (ICAM_DBUS_CAMERA (source), result, &error)
      && self->cancellable != NULL)
    {
      toast_error (self, error);
      update (self);
    }
}

static void
detection_cb (IcamCameraRow *self)
{
  IcamDBusCamera *proxy = self->camera != NULL ? icam_camera_get_proxy (self->camera) : NULL;

  if (self->updating || proxy == NULL)
    return;
  /* Until the answer is there, what the recorder said before is not shown again. */
  self->setting_detection = TRUE;
  icam_dbus_camera_call_set_detection (proxy, gtk_switch_get_active (self->detection_switch),
                                       g_variant_new ("a{sv}", NULL), NULL, detection_set_cb,
                                       g_object_ref (self));
}

static void
events_cb (IcamCameraRow *self)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.camera-events", "s",
                              icam_camera_get_id (self->camera));
}

static void
diagnose_cb (IcamCameraRow *self)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.diagnose", "s", icam_camera_get_id (self->camera));
}

static void
settings_cb (IcamCameraRow *self)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.camera-settings", "s", icam_camera_get_id (self->camera));
}

static void
change_password_cb (IcamCameraRow *self)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.change-password", "s", icam_camera_get_id (self->camera));
}

/* Where browsers find the device: its address without what comes behind it. NULL if that is none. */
static char *
page_of (const char *address)
{
  g_autofree char *url = strstr (address, "://") != NULL ? g_strdup (address) : g_strconcat ("http://", address, "/", NULL);
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_NONE, NULL);
  g_autoptr (GUri) page = NULL;
  gboolean web;

  if (uri == NULL || g_uri_get_host (uri) == NULL || *g_uri_get_host (uri) == '\0')
    return NULL;
  /* The port of a stream is no page's. */
  web = g_str_has_prefix (g_uri_get_scheme (uri), "http");
  page = g_uri_build (G_URI_FLAGS_NONE, web ? g_uri_get_scheme (uri) : "http", NULL, g_uri_get_host (uri),
                      web ? g_uri_get_port (uri) : -1, "/", NULL, NULL);
  return g_uri_to_string (page);
}

static void
page_cb (IcamCameraRow *self)
{
  g_autofree char *page = self->device != NULL ? page_of (icam_dbus_device_get_address (self->device)) : NULL;

  load_device (self);
  if (page != NULL)
    gtk_show_uri (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), page, GDK_CURRENT_TIME);
}

static void
removed_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (IcamCameraRow) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!icam_dbus_camera_call_remove_finish (ICAM_DBUS_CAMERA (source), result, &error)
      && self->cancellable != NULL)
    toast_error (self, error);
}

static void
remove_response_cb (IcamCameraRow    *self,
                    const char       *response,
                    AdwMessageDialog *dialog)
{
  IcamDBusCamera *proxy = icam_camera_get_proxy (self->camera);
  GVariantBuilder options;

  if (proxy == NULL || g_strcmp0 (response, "cancel") == 0)
    return;
  g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
  if (g_strcmp0 (response, "delete") == 0)
    g_variant_builder_add (&options, "{sv}", "delete-recordings", g_variant_new_boolean (TRUE));
  icam_dbus_camera_call_remove (proxy, g_variant_builder_end (&options), NULL, removed_cb,
                                g_object_ref (self));
}

static void
remove_cb (IcamCameraRow *self)
{
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))),
                                              NULL, NULL);

  adw_message_dialog_format_heading (ADW_MESSAGE_DIALOG (dialog), _("Remove %s?"),
                                     icam_camera_get_name (self->camera));
  adw_message_dialog_set_body (
    ADW_MESSAGE_DIALOG (dialog),
    _("It is recorded no more, and its password is forgotten. What it recorded can be kept: it "
      "then goes when it is as old as recordings get."));
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _("_Cancel"), "delete",
                                    _("_Delete recordings"), "keep", _("_Keep recordings"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "delete",
                                              ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_signal_connect_object (dialog, "response", G_CALLBACK (remove_response_cb), self,
                           G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
password_set_cb (GObject      *source,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  g_autoptr (IcamCameraRow) self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean done = icam_dbus_device_call_set_password_finish (ICAM_DBUS_DEVICE (source), NULL,
                                                             result, &error);

  if (self->cancellable == NULL)
    return;
  if (done)
    toast (self, _("The new password is kept. Trying it now."));
  else
    toast_error (self, error);
}

static void
password_response_cb (IcamCameraRow    *self,
                      const char       *response,
                      AdwMessageDialog *dialog)
{
  GtkEditable *user = g_object_get_data (G_OBJECT (dialog), "icam-user");
  GtkEditable *password = g_object_get_data (G_OBJECT (dialog), "icam-password");
  g_autoptr (IcamSecret) secret = NULL;
  g_autoptr (GUnixFDList) fds = NULL;
  g_autoptr (GError) error = NULL;
  int fd, handle;

  if (g_strcmp0 (response, "set") != 0 || self->device == NULL)
    return;
  secret = icam_secret_new (gtk_editable_get_text (password));
  if (secret == NULL)
    return;
  fd = icam_secret_to_pipe (secret, &error);
  if (fd < 0)
    {
      toast_error (self, error);
      return;
    }
  fds = g_unix_fd_list_new ();
  handle = g_unix_fd_list_append (fds, fd, &error);
  close (fd);
  if (handle < 0)
    {
      toast_error (self, error);
      return;
    }
  icam_dbus_device_call_set_password (self->device, gtk_editable_get_text (user),
                                      g_variant_new_handle (handle), g_variant_new ("a{sv}", NULL),
                                      fds, NULL, password_set_cb, g_object_ref (self));
}

/* A window of libadwaita 1.2 that goes while one of its entry rows has the focus touches what is gone already. */
static gboolean
unfocus_cb (GtkWindow *dialog)
{
  gtk_window_set_focus (dialog, NULL);
  return FALSE;
}

static gboolean
answer_cb (gpointer user_data)
{
  AdwMessageDialog *dialog = user_data;

  /* It answers and stays, unlike when its button is pressed. */
  if (gtk_widget_get_visible (GTK_WIDGET (dialog)))
    {
      adw_message_dialog_response (dialog, "set");
      unfocus_cb (GTK_WINDOW (dialog));
      gtk_window_destroy (GTK_WINDOW (dialog));
    }
  return G_SOURCE_REMOVE;
}

static void
password_activated_cb (AdwMessageDialog *dialog)
{
  /* Not while the row still handles the key. */
  g_idle_add_full (G_PRIORITY_DEFAULT, answer_cb, g_object_ref (dialog), g_object_unref);
}

static void
password_cb (IcamCameraRow *self)
{
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))),
                                              NULL, NULL);
  GtkWidget *list = gtk_list_box_new ();
  GtkWidget *user = adw_entry_row_new ();
  GtkWidget *password = adw_password_entry_row_new ();
  const char *name = self->device != NULL ? icam_dbus_device_get_user (self->device) : NULL;

  load_device (self);
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (list, "boxed-list");
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (user), _("User name"));
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (password), _("Password"));
  if (name != NULL)
    gtk_editable_set_text (GTK_EDITABLE (user), name);
  gtk_list_box_append (GTK_LIST_BOX (list), user);
  gtk_list_box_append (GTK_LIST_BOX (list), password);
  adw_message_dialog_format_heading (ADW_MESSAGE_DIALOG (dialog), _("Password of %s"),
                                     icam_camera_get_name (self->camera));
  adw_message_dialog_set_body (ADW_MESSAGE_DIALOG (dialog),
                               _("It is kept in the keyring of this computer and nowhere else."));
  adw_message_dialog_set_extra_child (ADW_MESSAGE_DIALOG (dialog), list);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _("_Cancel"), "set",
                                    _("_Use password"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "set",
                                              ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "set");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  /* The rows take Enter for themselves. */
  g_signal_connect_object (password, "entry-activated", G_CALLBACK (password_activated_cb), dialog,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (user, "entry-activated", G_CALLBACK (gtk_widget_grab_focus), password,
                           G_CONNECT_SWAPPED);
  g_signal_connect (dialog, "close-request", G_CALLBACK (unfocus_cb), NULL);
  g_object_set_data (G_OBJECT (dialog), "icam-user", user);
  g_object_set_data (G_OBJECT (dialog), "icam-password", password);
  g_signal_connect_object (dialog, "response", G_CALLBACK (password_response_cb), self,
                           G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
  gtk_widget_grab_focus (name != NULL && *name != '\0' ? password : user);
}

/* ---- the widget ---- */

static void
icam_camera_row_dispose (GObject *object)
{
  IcamCameraRow *self = ICAM_CAMERA_ROW (object);

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->record_rows);
  g_clear_object (&self->device);
  g_clear_object (&self->camera);
  g_clear_object (&self->client);
  G_OBJECT_CLASS (icam_camera_row_parent_class)->dispose (object);
}

static void
icam_camera_row_class_init (IcamCameraRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = icam_camera_row_dispose;
  g_type_ensure (ICAM_TYPE_KEEP_ROW);
  gtk_widget_class_set_template_from_resource (widget_class, ICAM_APP_PATH "/icam-camera-row.ui");
  gtk_widget_class_bind_template_child (widget_class, IcamCameraRow, icon);
  gtk_widget_class_bind_template_child (widget_class, IcamCameraRow, password_button);
  gtk_widget_class_bind_template_child (widget_class, IcamCameraRow, name_row);
  gtk_widget_class_bind_template_child (widget_class, IcamCameraRow, device_row);
  gtk_widget_class_bind_template_child (widget_class, IcamCameraRow, detector_row);
  gtk_widget_class_bind_template_child (widget_class, IcamCameraRow, detection_switch);
  gtk_widget_class_bind_template_child (widget_class, IcamCameraRow, known_password_row);
  gtk_widget_class_bind_template_child (widget_class, IcamCameraRow, change_password_button);
  gtk_widget_class_bind_template_child (widget_class, IcamCameraRow, remove_button);
  gtk_widget_class_bind_template_child (widget_class, IcamCameraRow, keep_row);
  gtk_widget_class_bind_template_child (widget_class, IcamCameraRow, keep_events_row);
  gtk_widget_class_bind_template_child (widget_class, IcamCameraRow, folder_row);
  gtk_widget_class_bind_template_child (widget_class, IcamCameraRow, record_mode_row);
  gtk_widget_class_bind_template_child (widget_class, IcamCameraRow, record_hours_row);
  gtk_widget_class_bind_template_child (widget_class, IcamCameraRow, record_before_row);
  gtk_widget_class_bind_template_child (widget_class, IcamCameraRow, record_after_row);
  gtk_widget_class_bind_template_callback (widget_class, keep_cb);
  gtk_widget_class_bind_template_callback (widget_class, keep_events_cb);
  gtk_widget_class_bind_template_callback (widget_class, folder_cb);
  gtk_widget_class_bind_template_callback (widget_class, expanded_cb);
  gtk_widget_class_bind_template_callback (widget_class, rename_cb);
  gtk_widget_class_bind_template_callback (widget_class, detection_cb);
  gtk_widget_class_bind_template_callback (widget_class, events_cb);
  gtk_widget_class_bind_template_callback (widget_class, page_cb);
  gtk_widget_class_bind_template_callback (widget_class, diagnose_cb);
  gtk_widget_class_bind_template_callback (widget_class, settings_cb);
  gtk_widget_class_bind_template_callback (widget_class, change_password_cb);
  gtk_widget_class_bind_template_callback (widget_class, remove_cb);
  gtk_widget_class_bind_template_callback (widget_class, password_cb);
}

static void
icam_camera_row_init (IcamCameraRow *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  self->record_rows = icam_record_rows_new (GTK_WIDGET (self), self->record_mode_row, self->record_hours_row,
                                            self->record_before_row, self->record_after_row);
}

/** icam_camera_row_new: the row of a camera (transfer floating) */
GtkWidget *
icam_camera_row_new (IcamClient *client,
                     IcamCamera *camera)
{
  static const char *const watched[] = {
    "notify::state", "notify::state-since", "notify::error", "notify::retry-at",
    "notify::detector-state", "notify::has-sub",
  };
  static const char *const kept[] = { "notify::folder", "notify::keep-days", "notify::keep-event-days", "notify::recording",
                                      "notify::record-mode", "notify::record-before", "notify::record-after",
                                      "notify::schedule", "notify::events-otherwise" };
  IcamCameraRow *self = g_object_new (ICAM_TYPE_CAMERA_ROW, NULL);

  self->client = g_object_ref (client);
  self->camera = g_object_ref (camera);
  for (guint i = 0; i < G_N_ELEMENTS (watched); i++)
    g_signal_connect_object (camera, watched[i], G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (camera, "notify::name", G_CALLBACK (name_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (client, "notify::folders", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  for (guint i = 0; i < G_N_ELEMENTS (kept) && icam_camera_get_proxy (camera) != NULL; i++)
    g_signal_connect_object (icam_camera_get_proxy (camera), kept[i], G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  name_changed_cb (self);
  load_device (self);
  return GTK_WIDGET (self);
}

/** icam_camera_row_get_camera: whose row it is (transfer none) */
IcamCamera *
icam_camera_row_get_camera (IcamCameraRow *self)
{
  g_return_val_if_fail (ICAM_IS_CAMERA_ROW (self), NULL);
  return self->camera;
}

/** icam_camera_row_tick: words with times in them change by themselves; once a second */
void
icam_camera_row_tick (IcamCameraRow *self)
{
  g_return_if_fail (ICAM_IS_CAMERA_ROW (self));
  update (self);
}

/** icam_camera_row_ask_password: opens the question for another password */
void
icam_camera_row_ask_password (IcamCameraRow *self)
{
  g_return_if_fail (ICAM_IS_CAMERA_ROW (self));
  password_cb (self);
}
