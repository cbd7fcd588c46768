/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-camera-window.h"

#include <glib/gi18n.h>

#include "app/icam-clock-group.h"
#include "app/icam-imaging-group.h"
#include "app/icam-password-window.h"
#include "app/icam-relay-group.h"
#include "client/icam-words.h"

struct _IcamCameraWindow
{
  AdwPreferencesWindow parent_instance;

  IcamClient *client; /* NULL once it is closed */
  IcamCamera *camera;
  IcamDBusDevice *device;

  GtkWidget *none_group;
  IcamImagingGroup *imaging_group;
  IcamClockGroup *clock_group;
  IcamRelayGroup *relay_group;
  GtkWidget *device_group;
  GtkWidget *restart_button;
};

G_DEFINE_FINAL_TYPE (IcamCameraWindow, icam_camera_window, ADW_TYPE_PREFERENCES_WINDOW)

static void
toast (IcamCameraWindow *self,
       const char       *text)
{
  g_autofree char *escaped = g_markup_escape_text (text, -1);

  adw_preferences_window_add_toast (ADW_PREFERENCES_WINDOW (self), adw_toast_new (escaped));
}

static void
failed_cb (IcamCameraWindow *self,
           const GError     *error)
{
  g_autofree char *words = icam_words_error (error);

  toast (self, words);
}

static void
password_cb (IcamCameraWindow *self)
{
  GtkWidget *window = icam_password_window_new (self->client, self->device);

  gtk_window_set_transient_for (GTK_WINDOW (window), GTK_WINDOW (self));
  gtk_window_present (GTK_WINDOW (window));
}

static void
restarted_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr (IcamCameraWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean done = icam_dbus_device_call_reboot_finish (ICAM_DBUS_DEVICE (source), result, &error);

  if (self->client == NULL)
    return;
  gtk_widget_set_sensitive (self->restart_button, TRUE);
  if (done)
    toast (self, _("The camera restarts. Recording goes on when it is back."));
  else
    failed_cb (self, error);
}

static void
restart_response_cb (IcamCameraWindow *self,
                     const char       *response)
{
  if (g_strcmp0 (response, "restart") != 0 || self->client == NULL)
    return;
  gtk_widget_set_sensitive (self->restart_button, FALSE);
  icam_dbus_device_call_reboot (self->device, g_variant_new ("a{sv}", NULL), NULL, restarted_cb, g_object_ref (self));
}

static void
restart_cb (IcamCameraWindow *self)
{
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (self), NULL, NULL);

  adw_message_dialog_format_heading (ADW_MESSAGE_DIALOG (dialog), _("Restart %s?"), icam_camera_get_name (self->camera));
  adw_message_dialog_set_body (ADW_MESSAGE_DIALOG (dialog),
                               _("Nothing of it is recorded until it is back, which takes a minute or so. Recording then goes on by itself."));
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _("_Cancel"), "restart", _("_Restart"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "restart", ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_signal_connect_object (dialog, "response", G_CALLBACK (restart_response_cb), self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
stop (IcamCameraWindow *self)
{
  if (self->client == NULL)
    return;
  icam_imaging_group_stop (self->imaging_group);
  icam_clock_group_stop (self->clock_group);
  icam_relay_group_stop (self->relay_group);
  g_clear_object (&self->client);
}

static gboolean
icam_camera_window_close_request (GtkWindow *window)
{
  stop (ICAM_CAMERA_WINDOW (window));
  return GTK_WINDOW_CLASS (icam_camera_window_parent_class)->close_request (window);
}

static void
icam_camera_window_dispose (GObject *object)
{
  IcamCameraWindow *self = ICAM_CAMERA_WINDOW (object);

  /* It was not closed, but went with the window that it belongs to. */
  stop (self);
  g_clear_object (&self->camera);
  g_clear_object (&self->device);
  G_OBJECT_CLASS (icam_camera_window_parent_class)->dispose (object);
}

static void
icam_camera_window_class_init (IcamCameraWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = icam_camera_window_dispose;
  GTK_WINDOW_CLASS (klass)->close_request = icam_camera_window_close_request;
  g_type_ensure (ICAM_TYPE_IMAGING_GROUP);
  g_type_ensure (ICAM_TYPE_CLOCK_GROUP);
  g_type_ensure (ICAM_TYPE_RELAY_GROUP);
  gtk_widget_class_set_template_from_resource (widget_class, ICAM_APP_PATH "/icam-camera-window.ui");
  gtk_widget_class_bind_template_child (widget_class, IcamCameraWindow, none_group);
  gtk_widget_class_bind_template_child (widget_class, IcamCameraWindow, imaging_group);
  gtk_widget_class_bind_template_child (widget_class, IcamCameraWindow, clock_group);
  gtk_widget_class_bind_template_child (widget_class, IcamCameraWindow, relay_group);
  gtk_widget_class_bind_template_child (widget_class, IcamCameraWindow, device_group);
  gtk_widget_class_bind_template_child (widget_class, IcamCameraWindow, restart_button);
  gtk_widget_class_bind_template_callback (widget_class, failed_cb);
  gtk_widget_class_bind_template_callback (widget_class, password_cb);
  gtk_widget_class_bind_template_callback (widget_class, restart_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
icam_camera_window_init (IcamCameraWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * icam_camera_window_new:
 * @client: the recorder
 * @camera: a camera
 *
 * Returns: (transfer full): the window; it asks the camera at once
 */
GtkWidget *
icam_camera_window_new (IcamClient *client,
                        IcamCamera *camera)
{
  IcamCameraWindow *self = g_object_new (ICAM_TYPE_CAMERA_WINDOW, NULL);
  IcamDBusCamera *proxy = icam_camera_get_proxy (camera);
  g_autofree char *title = NULL;
  gboolean onvif;

  self->client = g_object_ref (client);
  self->camera = g_object_ref (camera);
  self->device = proxy != NULL ? icam_client_get_device (client, icam_dbus_camera_get_device (proxy)) : NULL;
  /* Translators: title of a window with what is set in a camera itself; %s is its name */
  title = g_strdup_printf (_("%s: at the camera"), icam_camera_get_name (camera));
  gtk_window_set_title (GTK_WINDOW (self), title);

  onvif = self->device != NULL && g_strcmp0 (icam_dbus_device_get_kind (self->device), "onvif") == 0;
  gtk_widget_set_visible (self->none_group, !onvif);
  gtk_widget_set_visible (self->device_group, onvif);
  if (onvif)
    {
      icam_imaging_group_load (self->imaging_group, camera);
      icam_clock_group_load (self->clock_group, self->device);
      icam_relay_group_load (self->relay_group, self->device);
    }
  return GTK_WIDGET (self);
}
