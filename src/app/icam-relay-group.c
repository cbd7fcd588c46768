/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-relay-group.h"

#include <glib/gi18n.h>

#include "app/icam-accessible.h"

struct _IcamRelayGroup
{
  AdwPreferencesGroup parent_instance;

  IcamDBusDevice *device;
  GCancellable *cancellable; /* NULL from when nobody looks any more */
};

enum
{
  FAILED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (IcamRelayGroup, icam_relay_group, ADW_TYPE_PREFERENCES_GROUP)

typedef struct
{
  IcamRelayGroup *self;
  AdwActionRow *row;
  gboolean active;
  gboolean pulse;
} Switching;

static void
switched_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  Switching *switching = user_data;
  g_autoptr (IcamRelayGroup) self = switching->self;
  g_autoptr (AdwActionRow) row = switching->row;
  g_autoptr (GError) error = NULL;

  icam_dbus_device_call_set_relay_finish (ICAM_DBUS_DEVICE (source), result, &error);
  if (self->cancellable != NULL)
    {
      gtk_widget_set_sensitive (GTK_WIDGET (row), TRUE);
      if (error != NULL)
        g_signal_emit (self, signals[FAILED], 0, error);
      else
        /* Devices do not tell how a contact is. */
        adw_action_row_set_subtitle (row, switching->pulse    ? _("It was switched, and falls back by itself")
                                          : switching->active ? _("It was switched on")
                                                              : _("It was switched off"));
    }
  g_free (switching);
}

static void
clicked_cb (GtkWidget *button,
            gpointer   user_data)
{
  IcamRelayGroup *self = user_data;
  AdwActionRow *row = ADW_ACTION_ROW (gtk_widget_get_ancestor (button, ADW_TYPE_ACTION_ROW));
  Switching *switching = g_new (Switching, 1);

  switching->self = g_object_ref (self);
  switching->row = g_object_ref (row);
  switching->active = GPOINTER_TO_INT (g_object_get_data (G_OBJECT (button), "icam-active"));
  switching->pulse = GPOINTER_TO_INT (g_object_get_data (G_OBJECT (row), "icam-pulse"));
  gtk_widget_set_sensitive (GTK_WIDGET (row), FALSE);
  icam_dbus_device_call_set_relay (self->device, g_object_get_data (G_OBJECT (row), "icam-relay"), switching->active,
                                   g_variant_new ("a{sv}", NULL), NULL, switched_cb, switching);
}

static void
add_button (IcamRelayGroup *self,
            AdwActionRow   *row,
            const char     *label,
            gboolean        active)
{
  GtkWidget *button = gtk_button_new_with_label (label);
  /* Translators: what a button does, and the contact that it does it to */
  g_autofree char *name = g_strdup_printf (_("%s: %s"), label, adw_preferences_row_get_title (ADW_PREFERENCES_ROW (row)));

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  icam_accessible_set_label (button, name);
  g_object_set_data (G_OBJECT (button), "icam-active", GINT_TO_POINTER (active));
  g_signal_connect (button, "clicked", G_CALLBACK (clicked_cb), self);
  adw_action_row_add_suffix (row, button);
}

static void
loaded_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (IcamRelayGroup) self = user_data;
  g_autoptr (GVariant) relays = NULL;
  g_autoptr (GError) error = NULL;
  const char *token;
  gboolean pulse;
  GVariantIter iter;

  if (!icam_dbus_device_call_list_relays_finish (ICAM_DBUS_DEVICE (source), &relays, result, &error) || self->cancellable == NULL)
    {
      if (error != NULL)
        g_debug ("No relays: %s", error->message);
      return;
    }
  g_variant_iter_init (&iter, relays);
  while (g_variant_iter_next (&iter, "(&sb)", &token, &pulse))
    {
      AdwActionRow *row = ADW_ACTION_ROW (adw_action_row_new ());

      adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), token);
      adw_action_row_set_title_lines (row, 0);
      if (pulse)
        adw_action_row_set_subtitle (row, _("Falls back by itself"));
      g_object_set_data_full (G_OBJECT (row), "icam-relay", g_strdup (token), g_free);
      g_object_set_data (G_OBJECT (row), "icam-pulse", GINT_TO_POINTER (pulse));
      if (pulse)
        /* Translators: a button: opens a door, for example, for a moment */
        add_button (self, row, _("Switch"), TRUE);
      else
        {
          add_button (self, row, _("On"), TRUE);
          add_button (self, row, _("Off"), FALSE);
        }
      adw_preferences_group_add (ADW_PREFERENCES_GROUP (self), GTK_WIDGET (row));
    }
  gtk_widget_set_visible (GTK_WIDGET (self), g_variant_n_children (relays) > 0);
}

/** icam_relay_group_load: asks the device what it has; once */
void
icam_relay_group_load (IcamRelayGroup *self,
                       IcamDBusDevice *device)
{
  g_return_if_fail (ICAM_IS_RELAY_GROUP (self));
  if (self->device != NULL)
    return;
  self->device = g_object_ref (device);
  icam_dbus_device_call_list_relays (device, g_variant_new ("a{sv}", NULL), self->cancellable, loaded_cb, g_object_ref (self));
}

/** icam_relay_group_stop: nobody looks any more */
void
icam_relay_group_stop (IcamRelayGroup *self)
{
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
}

static void
icam_relay_group_dispose (GObject *object)
{
  IcamRelayGroup *self = ICAM_RELAY_GROUP (object);

  icam_relay_group_stop (self);
  g_clear_object (&self->device);
  G_OBJECT_CLASS (icam_relay_group_parent_class)->dispose (object);
}

static void
icam_relay_group_class_init (IcamRelayGroupClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = icam_relay_group_dispose;
  signals[FAILED] = g_signal_new ("failed", ICAM_TYPE_RELAY_GROUP, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void
icam_relay_group_init (IcamRelayGroup *self)
{
  self->cancellable = g_cancellable_new ();
  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (self), _("Outputs"));
  adw_preferences_group_set_description (ADW_PREFERENCES_GROUP (self), _("What is wired to the camera: a lamp, a door."));
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}
