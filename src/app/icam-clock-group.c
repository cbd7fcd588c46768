/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-clock-group.h"

#include <glib/gi18n.h>

#include "base/icam-time.h"
#include "client/icam-words.h"

struct _IcamClockGroup
{
  AdwPreferencesGroup parent_instance;

  IcamDBusDevice *device;
  GCancellable *cancellable; /* NULL from when nobody looks any more */
  char *zone;                /* of this computer, or NULL */

  AdwActionRow *clock_row;
  AdwActionRow *zone_row;
  GtkWidget *icon;
  GtkWidget *spinner;
  GtkWidget *set_button;
};

enum
{
  FAILED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (IcamClockGroup, icam_clock_group, ADW_TYPE_PREFERENCES_GROUP)

static void
set_busy (IcamClockGroup *self,
          gboolean        busy)
{
  gtk_widget_set_visible (self->spinner, busy);
  gtk_spinner_set_spinning (GTK_SPINNER (self->spinner), busy);
  gtk_widget_set_sensitive (self->set_button, !busy);
}

static void
show (IcamClockGroup *self,
      GVariant       *clock)
{
  gboolean ntp = FALSE, right;
  const char *server = NULL, *zone = NULL;
  gint64 offset = 0;
  g_autofree char *words = NULL;
  g_autofree char *follows = NULL;

  g_variant_lookup (clock, "ntp", "b", &ntp);
  g_variant_lookup (clock, "server", "&s", &server);
  g_variant_lookup (clock, "zone", "&s", &zone);
  g_variant_lookup (clock, "offset", "x", &offset);
  right = icam_words_clock_right (offset);
  words = icam_words_clock_offset (offset);
  follows = icam_words_clock_server (ntp, server);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->clock_row), words);
  adw_action_row_set_subtitle (self->clock_row, follows);
  gtk_image_set_from_icon_name (GTK_IMAGE (self->icon), right ? "emblem-ok-symbolic" : "dialog-warning-symbolic");
  gtk_widget_remove_css_class (self->icon, right ? "warning" : "success");
  gtk_widget_add_css_class (self->icon, right ? "success" : "warning");
  gtk_widget_set_visible (GTK_WIDGET (self->zone_row), zone != NULL);
  if (zone != NULL)
    {
      g_autofree char *subtitle = NULL;

      if (self->zone == NULL)
        subtitle = g_strdup (zone);
      else if (g_strcmp0 (zone, self->zone) == 0)
        /* Translators: a time zone */
        subtitle = g_strdup_printf (_("%s, as this computer"), zone);
      else
        /* Translators: two time zones */
        subtitle = g_strdup_printf (_("%s; this computer has %s"), zone, self->zone);
      adw_action_row_set_subtitle (self->zone_row, subtitle);
    }
}

static void
loaded_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (IcamClockGroup) self = user_data;
  g_autoptr (GVariant) clock = NULL;
  g_autoptr (GError) error = NULL;

  icam_dbus_device_call_get_clock_finish (ICAM_DBUS_DEVICE (source), &clock, result, &error);
  if (self->cancellable == NULL)
    return;
  set_busy (self, FALSE);
  if (clock == NULL)
    {
      g_debug ("No clock: %s", error->message);
      return;
    }
  show (self, clock);
  gtk_widget_set_visible (GTK_WIDGET (self), TRUE);
}

static void
ask (IcamClockGroup *self)
{
  icam_dbus_device_call_get_clock (self->device, g_variant_new ("a{sv}", NULL), self->cancellable, loaded_cb, g_object_ref (self));
}

static void
set_cb (GObject      *source,
        GAsyncResult *result,
        gpointer      user_data)
{
  g_autoptr (IcamClockGroup) self = user_data;
  g_autoptr (GVariant) before = NULL;
  g_autoptr (GError) error = NULL;

  icam_dbus_device_call_set_clock_finish (ICAM_DBUS_DEVICE (source), &before, result, &error);
  if (self->cancellable == NULL)
    return;
  if (error != NULL)
    g_signal_emit (self, signals[FAILED], 0, error);
  ask (self);
}

static void
clicked_cb (IcamClockGroup *self)
{
  GVariantDict clock = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&clock, "ntp", "b", FALSE);
  g_variant_dict_insert (&clock, "offset", "x", G_GINT64_CONSTANT (0));
  if (self->zone != NULL)
    g_variant_dict_insert (&clock, "zone", "s", self->zone);
  set_busy (self, TRUE);
  icam_dbus_device_call_set_clock (self->device, g_variant_dict_end (&clock), g_variant_new ("a{sv}", NULL), NULL, set_cb,
                                   g_object_ref (self));
}

/** icam_clock_group_load: asks the device; once */
void
icam_clock_group_load (IcamClockGroup *self,
                       IcamDBusDevice *device)
{
  g_return_if_fail (ICAM_IS_CLOCK_GROUP (self));
  if (self->device != NULL)
    return;
  self->device = g_object_ref (device);
  ask (self);
}

/** icam_clock_group_stop: nobody looks any more */
void
icam_clock_group_stop (IcamClockGroup *self)
{
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
}

static void
icam_clock_group_dispose (GObject *object)
{
  IcamClockGroup *self = ICAM_CLOCK_GROUP (object);

  icam_clock_group_stop (self);
  g_clear_object (&self->device);
  g_clear_pointer (&self->zone, g_free);
  G_OBJECT_CLASS (icam_clock_group_parent_class)->dispose (object);
}

static void
icam_clock_group_class_init (IcamClockGroupClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = icam_clock_group_dispose;
  signals[FAILED] = g_signal_new ("failed", ICAM_TYPE_CLOCK_GROUP, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static AdwActionRow *
add_row (IcamClockGroup *self)
{
  GtkWidget *row = adw_action_row_new ();

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  adw_action_row_set_title_lines (ADW_ACTION_ROW (row), 0);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self), row);
  return ADW_ACTION_ROW (row);
}

static void
icam_clock_group_init (IcamClockGroup *self)
{
  GtkWidget *button_row = gtk_list_box_row_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);

  self->cancellable = g_cancellable_new ();
  self->zone = icam_time_dup_zone ();
  self->clock_row = add_row (self);
  self->icon = gtk_image_new ();
  self->spinner = gtk_spinner_new ();
  adw_action_row_add_prefix (self->clock_row, self->icon);
  adw_action_row_add_suffix (self->clock_row, self->spinner);
  self->zone_row = add_row (self);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->zone_row), _("Time zone"));
  self->set_button = gtk_button_new_with_label (_("Set to this computer's time"));
  gtk_widget_set_tooltip_text (self->set_button, _("The camera then follows no time server"));
  gtk_widget_set_halign (self->set_button, GTK_ALIGN_CENTER);
  gtk_widget_set_hexpand (self->set_button, TRUE);
  gtk_widget_set_margin_top (self->set_button, 6);
  gtk_widget_set_margin_bottom (self->set_button, 6);
  g_signal_connect_swapped (self->set_button, "clicked", G_CALLBACK (clicked_cb), self);
  gtk_box_append (GTK_BOX (box), self->set_button);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (button_row), box);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (button_row), FALSE);
  gtk_widget_set_focusable (button_row, FALSE);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self), button_row);
  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (self), _("Clock"));
  gtk_widget_set_visible (self->spinner, FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}
