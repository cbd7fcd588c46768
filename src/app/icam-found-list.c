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
  GtkFilter *filter;
  GtkFilterListModel *others; /* what was found and is not ours */
  GtkSpinner *spinner;
  GtkListBox *list;
  GtkLabel *empty_title;
  GtkLabel *empty_label;
  AdwEntryRow *address_row;
  GtkWidget *address_button;
  GtkWidget *several_button;
};

G_DEFINE_FINAL_TYPE (IcamFoundList, icam_found_list, ADW_TYPE_BIN)

static void
append_found (GVariantBuilder *devices,
              IcamDBusFound   *found)
{
  g_autofree char *name = icam_found_name (icam_dbus_found_get_name (found));
  const char *address = icam_dbus_found_get_address (found);

  if (address != NULL)
    g_variant_builder_add (devices, "(sss)", address,
                           g_dbus_proxy_get_object_path (G_DBUS_PROXY (found)), name);
}

static void
add (IcamFoundList   *self,
     GVariantBuilder *devices)
{
  g_autoptr (GVariant) all = g_variant_ref_sink (g_variant_builder_end (devices));

  if (g_variant_n_children (all) > 0)
    gtk_widget_activate_action_variant (GTK_WIDGET (self), "win.add", all);
}

static void
row_activated_cb (AdwActionRow  *row,
                  IcamFoundList *self)
{
  GVariantBuilder devices;

  g_variant_builder_init (&devices, G_VARIANT_TYPE ("a(sss)"));
  append_found (&devices, g_object_get_data (G_OBJECT (row), "icam-found"));
  add (self, &devices);
}

static GtkCheckButton *
check_of (GtkListBoxRow *row)
{
  return g_object_get_data (G_OBJECT (row), "icam-check");
}

static void
several_cb (IcamFoundList *self)
{
  GVariantBuilder devices;
  GtkListBoxRow *row;

  g_variant_builder_init (&devices, G_VARIANT_TYPE ("a(sss)"));
  for (int i = 0; (row = gtk_list_box_get_row_at_index (self->list, i)) != NULL; i++)
    if (gtk_check_button_get_active (check_of (row)))
      append_found (&devices, g_object_get_data (G_OBJECT (row), "icam-found"));
  add (self, &devices);
}

/* Choosing is offered where there is something to choose; the button says for how many it would be. */
static void
update_several (IcamFoundList *self)
{
  guint n_rows = g_list_model_get_n_items (G_LIST_MODEL (self->others));
  guint n_chosen = 0;
  GtkListBoxRow *row;
  g_autofree char *label = NULL;

  for (int i = 0; (row = gtk_list_box_get_row_at_index (self->list, i)) != NULL; i++)
    {
      gtk_widget_set_visible (GTK_WIDGET (check_of (row)), n_rows > 1);
      n_chosen += gtk_check_button_get_active (check_of (row));
    }
  label = g_strdup_printf (ngettext ("Add %u camera…", "Add %u cameras…", n_chosen), n_chosen);
  gtk_button_set_label (GTK_BUTTON (self->several_button), label);
  gtk_widget_set_visible (self->several_button, n_rows > 1 && n_chosen > 0);
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
  g_autofree char *name = icam_found_name (icam_dbus_found_get_name (found));
  const char *address = icam_dbus_found_get_address (found);
  const char *hardware = icam_dbus_found_get_hardware (found);
  g_autofree char *subtitle = NULL;
  g_autofree char *label = NULL;
  g_autofree char *choose = NULL;

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
  /* Translators: what a button does; a camera's name follows */
  label = g_strdup_printf (_("Add %s"), name);
  icam_accessible_set_label (button, label);
  /* Translators: a check box beside a camera that was found; its name follows */
  choose = g_strdup_printf (_("Choose %s"), name);
  icam_accessible_set_label (GTK_WIDGET (check_of (GTK_LIST_BOX_ROW (row))), choose);
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
  GtkWidget *check = gtk_check_button_new ();

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_set_valign (check, GTK_ALIGN_CENTER);
  gtk_widget_set_visible (check, FALSE);
  gtk_widget_set_tooltip_text (check, _("Choose several to add them at once"));
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), icon);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), check);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  g_object_set_data (G_OBJECT (row), "icam-button", button);
  g_object_set_data (G_OBJECT (row), "icam-check", check);
  g_object_set_data_full (G_OBJECT (row), "icam-found", g_object_ref (found), g_object_unref);
  g_signal_connect (row, "activated", G_CALLBACK (row_activated_cb), self);
  g_signal_connect_object (check, "toggled", G_CALLBACK (update_several), self, G_CONNECT_SWAPPED);
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
      gtk_label_set_text (self->empty_title, _("No camera has answered"));
      gtk_label_set_text (self->empty_label,
                          _("Some cameras announce themselves in a way that needs the service "
                            "Avahi, which is not running on this computer. When it is started, "
                            "they appear here. Until then, enter the address of a camera below."));
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
      if (g_list_model_get_n_items (icam_client_get_found (self->client)) > 0)
        {
          gtk_label_set_text (self->empty_title, _("No other camera found"));
          gtk_label_set_text (self->empty_label,
                              _("Every camera that was found is yours already. Another one appears "
                                "here when it is switched on, or is added by its address below."));
          gtk_spinner_set_spinning (self->spinner, looking);
          gtk_widget_set_visible (GTK_WIDGET (self->spinner), looking);
          return;
        }
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
    {
      GVariantBuilder devices;

      g_variant_builder_init (&devices, G_VARIANT_TYPE ("a(sss)"));
      g_variant_builder_add (&devices, "(sss)", text, "", "");
      add (self, &devices);
    }
}

static gboolean
is_other (gpointer item,
          gpointer user_data)
{
  const char *device = icam_dbus_found_get_device (item);

  return device == NULL || strlen (device) <= 1;
}

static void
device_changed_cb (IcamFoundList *self)
{
  gtk_filter_changed (self->filter, GTK_FILTER_CHANGE_DIFFERENT);
  update_empty (self);
}

static void
found_changed_cb (GListModel    *found,
                  guint          position,
                  guint          removed,
                  guint          added,
                  IcamFoundList *self)
{
  for (guint i = position; i < position + added; i++)
    {
      g_autoptr (IcamDBusFound) item = g_list_model_get_item (found, i);

      g_signal_handlers_disconnect_by_func (item, device_changed_cb, self);
      g_signal_connect_object (item, "notify::device", G_CALLBACK (device_changed_cb), self,
                               G_CONNECT_SWAPPED);
    }
  update_empty (self);
}

static void
icam_found_list_dispose (GObject *object)
{
  IcamFoundList *self = ICAM_FOUND_LIST (object);

  if (self->list != NULL)
    gtk_list_box_bind_model (self->list, NULL, NULL, NULL, NULL);
  g_clear_object (&self->others);
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
  gtk_widget_class_bind_template_child (widget_class, IcamFoundList, several_button);
  gtk_widget_class_bind_template_callback (widget_class, several_cb);
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
  self->filter = GTK_FILTER (gtk_custom_filter_new (is_other, NULL, NULL));
  self->others = gtk_filter_list_model_new (g_object_ref (icam_client_get_found (client)),
                                            self->filter);
  gtk_list_box_bind_model (self->list, G_LIST_MODEL (self->others), create_row, self, NULL);
  g_signal_connect_object (self->others, "items-changed", G_CALLBACK (update_several), self,
                           G_CONNECT_SWAPPED | G_CONNECT_AFTER);
  g_signal_connect_object (icam_client_get_found (client), "items-changed",
                           G_CALLBACK (found_changed_cb), self, 0);
  found_changed_cb (icam_client_get_found (client), 0, 0,
                    g_list_model_get_n_items (icam_client_get_found (client)), self);
  g_signal_connect_object (client, "notify::discovery-state", G_CALLBACK (update_empty), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (client, "notify::state", G_CALLBACK (update_empty), self,
                           G_CONNECT_SWAPPED);
  update_empty (self);
  update_several (self);
}
