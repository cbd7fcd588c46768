/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-found-list.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app/icam-accessible.h"
#include "app/icam-found-name.h"

struct _IcamFoundList
{
  AdwBin parent_instance;

  IcamClient *client;
  GtkSpinner *spinner;
  GtkListBox *list;
  GtkLabel *empty_title;
  GtkLabel *empty_label;
  AdwEntryRow *address_row;
  GtkWidget *address_button;
};

G_DEFINE_FINAL_TYPE (IcamFoundList, icam_found_list, ADW_TYPE_BIN)

static void
add (IcamFoundList *self,
     const char    *address,
     const char    *path,
     const char    *name)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.add", "(sss)", address, path, name);
}

static void
row_activated_cb (AdwActionRow  *row,
                  IcamFoundList *self)
{
  IcamDBusFound *found = g_object_get_data (G_OBJECT (row), "icam-found");
  g_autofree char *name = icam_found_name (icam_dbus_found_get_name (found));
  const char *address = icam_dbus_found_get_address (found);

  if (address != NULL)
    add (self, address, g_dbus_proxy_get_object_path (G_DBUS_PROXY (found)),
         name);
}

static void
button_clicked_cb (GtkButton    *button,
                   AdwActionRow *row)
{
  adw_action_row_activate (row);
}

static void
update_row (IcamDBusFound *found,
            GParamSpec    *pspec,
            AdwActionRow  *row)
{
  GtkWidget *button = g_object_get_data (G_OBJECT (row), "icam-button");
  GtkWidget *added = g_object_get_data (G_OBJECT (row), "icam-added");
  g_autofree char *name = icam_found_name (icam_dbus_found_get_name (found));
  const char *address = icam_dbus_found_get_address (found);
  const char *hardware = icam_dbus_found_get_hardware (found);
  const char *device = icam_dbus_found_get_device (found);
  gboolean is_ours = device != NULL && strlen (device) > 1;
  g_autofree char *subtitle = NULL;
  g_autofree char *label = NULL;

  if (*name == '\0')
    {
      g_free (name);
      name = g_strdup (address != NULL ? address : _("Camera"));
    }
  if (hardware != NULL && *hardware != '\0' && g_strcmp0 (hardware, name) != 0)
    subtitle = g_strdup_printf ("%s · %s", hardware, address != NULL ? address : "");
  else
    subtitle = g_strdup (address != NULL ? address : "");
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), name);
  adw_action_row_set_subtitle (row, subtitle);
  gtk_widget_set_visible (button, !is_ours);
  gtk_widget_set_visible (added, is_ours);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), !is_ours);
  /* Translators: what a button does; a camera's name follows */
  label = g_strdup_printf (_("Add %s"), name);
  icam_accessible_set_label (button, label);
}

static GtkWidget *
create_row (gpointer item,
            gpointer user_data)
{
  IcamFoundList *self = user_data;
  IcamDBusFound *found = item;
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *icon = gtk_image_new_from_icon_name ("icam-camera-symbolic");
  GtkWidget *button = gtk_button_new_with_label (_("Add…"));
  GtkWidget *added = gtk_label_new (_("Added"));

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (added, "dim-label");
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), icon);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), added);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
  g_object_set_data (G_OBJECT (row), "icam-button", button);
  g_object_set_data (G_OBJECT (row), "icam-added", added);
  g_object_set_data_full (G_OBJECT (row), "icam-found", g_object_ref (found), g_object_unref);
  g_signal_connect (row, "activated", G_CALLBACK (row_activated_cb), self);
  g_signal_connect (button, "clicked", G_CALLBACK (button_clicked_cb), row);
  g_signal_connect_object (found, "notify", G_CALLBACK (update_row), row, 0);
  update_row (found, NULL, ADW_ACTION_ROW (row));
  return row;
}

/* Why nothing may have been found, as plainly as it is known. */
static void
update_empty (IcamFoundList *self)
{
  const char *state = icam_client_get_discovery_state (self->client);
  IcamClientState client_state = icam_client_get_state (self->client);
  gboolean looking = FALSE;

  if (client_state == ICAM_CLIENT_ABSENT)
    {
      gtk_label_set_text (self->empty_title, _("Nobody is looking"));
      gtk_label_set_text (self->empty_label,
                          _("The recorder, which looks for cameras, is not running."));
    }
  else if (g_strcmp0 (state, "absent") == 0)
    {
      gtk_label_set_text (self->empty_title, _("Cameras cannot be found by themselves"));
      gtk_label_set_text (self->empty_label,
                          _("The service that listens on the network (Avahi) is not running on this "
                            "computer. When it is started, cameras appear here. Until then, enter "
                            "the address of a camera below."));
    }
  else if (g_strcmp0 (state, "failed") == 0)
    {
      gtk_label_set_text (self->empty_title, _("Looking for cameras failed"));
      gtk_label_set_text (self->empty_label,
                          _("The recorder tries again by itself. Until then, enter the address of a "
                            "camera below."));
    }
  else
    {
      looking = TRUE;
      gtk_label_set_text (self->empty_title, _("No camera found yet"));
      gtk_label_set_text (self->empty_label,
                          _("A camera appears here when it is switched on and in the same network as "
                            "this computer. Some cameras do not announce themselves, others are in "
                            "another network: enter the address of such a camera below."));
    }
  gtk_spinner_set_spinning (self->spinner, looking);
  gtk_widget_set_visible (GTK_WIDGET (self->spinner), looking);
}

static void
address_changed_cb (IcamFoundList *self)
{
  g_autofree char *text
    = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->address_row))));

  gtk_widget_set_sensitive (self->address_button, *text != '\0');
}

static void
address_cb (IcamFoundList *self)
{
  g_autofree char *text
    = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->address_row))));

  if (*text != '\0')
    add (self, text, "", "");
}

static void
icam_found_list_dispose (GObject *object)
{
  IcamFoundList *self = ICAM_FOUND_LIST (object);

  if (self->list != NULL)
    gtk_list_box_bind_model (self->list, NULL, NULL, NULL, NULL);
  g_clear_object (&self->client);
  G_OBJECT_CLASS (icam_found_list_parent_class)->dispose (object);
}

static void
icam_found_list_class_init (IcamFoundListClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = icam_found_list_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, ICAM_APP_PATH "/icam-found-list.ui");
  gtk_widget_class_bind_template_child (widget_class, IcamFoundList, spinner);
  gtk_widget_class_bind_template_child (widget_class, IcamFoundList, list);
  gtk_widget_class_bind_template_child (widget_class, IcamFoundList, empty_title);
  gtk_widget_class_bind_template_child (widget_class, IcamFoundList, empty_label);
  gtk_widget_class_bind_template_child (widget_class, IcamFoundList, address_row);
  gtk_widget_class_bind_template_child (widget_class, IcamFoundList, address_button);
  gtk_widget_class_bind_template_callback (widget_class, address_cb);
  gtk_widget_class_bind_template_callback (widget_class, address_changed_cb);
}

static void
icam_found_list_init (IcamFoundList *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/** icam_found_list_set_client: who looks; once */
void
icam_found_list_set_client (IcamFoundList *self,
                            IcamClient    *client)
{
  g_return_if_fail (ICAM_IS_FOUND_LIST (self));
  g_return_if_fail (self->client == NULL);

  self->client = g_object_ref (client);
  gtk_list_box_bind_model (self->list, icam_client_get_found (client), create_row, self, NULL);
  g_signal_connect_object (client, "notify::discovery-state", G_CALLBACK (update_empty), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (client, "notify::state", G_CALLBACK (update_empty), self,
                           G_CONNECT_SWAPPED);
  update_empty (self);
}
