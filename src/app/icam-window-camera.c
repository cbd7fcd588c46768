/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-window-private.h"

#include <glib/gi18n.h>

#include "app/icam-camera-window.h"
#include "app/icam-diagnose-window.h"
#include "app/icam-password-window.h"

static void
present (GtkWidget *widget,
         GtkWidget *window)
{
  gtk_window_set_transient_for (GTK_WINDOW (window), GTK_WINDOW (widget));
  gtk_window_present (GTK_WINDOW (window));
}

/* (nullable): the camera that the action is about */
static IcamCamera *
camera_of (GtkWidget *widget,
           GVariant  *parameter)
{
  return icam_client_lookup_camera (ICAM_WINDOW (widget)->client, g_variant_get_string (parameter, NULL));
}

static void
diagnose_action (GtkWidget  *widget,
                 const char *name,
                 GVariant   *parameter)
{
  IcamCamera *camera = camera_of (widget, parameter);

  if (camera != NULL)
    present (widget, icam_diagnose_window_new (ICAM_WINDOW (widget)->client, camera));
}

static void
camera_settings_action (GtkWidget  *widget,
                        const char *name,
                        GVariant   *parameter)
{
  IcamCamera *camera = camera_of (widget, parameter);

  if (camera != NULL)
    present (widget, icam_camera_window_new (ICAM_WINDOW (widget)->client, camera));
}

static void
change_password_action (GtkWidget  *widget,
                        const char *name,
                        GVariant   *parameter)
{
  IcamClient *client = ICAM_WINDOW (widget)->client;
  IcamCamera *camera = camera_of (widget, parameter);
  IcamDBusCamera *proxy = camera != NULL ? icam_camera_get_proxy (camera) : NULL;
  g_autoptr (IcamDBusDevice) device = proxy != NULL ? icam_client_get_device (client, icam_dbus_camera_get_device (proxy)) : NULL;

  present (widget, icam_password_window_new (client, device));
}

/** icam_window_install_camera_actions: what is asked of one camera: why it is in trouble, what is set in it, another password; each takes
 * the camera's id */
void
icam_window_install_camera_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "win.diagnose", "s", diagnose_action);
  gtk_widget_class_install_action (widget_class, "win.camera-settings", "s", camera_settings_action);
  gtk_widget_class_install_action (widget_class, "win.change-password", "s", change_password_action);
}
