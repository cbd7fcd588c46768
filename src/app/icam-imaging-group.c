/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-imaging-group.h"

#include <glib/gi18n.h>
#include <math.h>

#include "app/icam-accessible.h"

/* A slider that is dragged is not a question to the camera for each pixel. */
#define PAUSE_MS 400

static const char *const keys[] = { "brightness", "contrast", "saturation", "sharpness" };

#define N_SLIDERS G_N_ELEMENTS (keys)

struct _IcamImagingGroup
{
  AdwPreferencesGroup parent_instance;

  IcamDBusCamera *proxy;
  GCancellable *cancellable; /* NULL from when nobody looks any more */
  GVariant *opened;          /* what it was when it was looked at first */
  GVariant *has;             /* what it has, as far as it is known */
  guint pause_source;
  gboolean setting; /* it was asked and has not answered */
  gboolean dirty;   /* and there is more to be set */
  gboolean updating;

  GtkWidget *revert_button;
  GtkScale *scales[N_SLIDERS];
  double steps[N_SLIDERS];
  AdwComboRow *ir_row;
  GStrv ir_options;
};

enum
{
  FAILED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (IcamImagingGroup, icam_imaging_group, ADW_TYPE_PREFERENCES_GROUP)

static const char *
key_words (guint index)
{
  const char *const words[] = { _("Brightness"), _("Contrast"), _("Saturation"), _("Sharpness") };

  return words[index];
}

static const char *
ir_words (const char *option)
{
  if (g_ascii_strcasecmp (option, "on") == 0)
    /* Translators: when infrared light is kept out of the picture */
    return _("Always: colours as by day");
  if (g_ascii_strcasecmp (option, "off") == 0)
    return _("Never: sees in the dark");
  if (g_ascii_strcasecmp (option, "auto") == 0)
    return _("By day");
  return option;
}

/* What stands in the rows, as the camera takes it; only what is another than in @than. */
static GVariant *
wanted (IcamImagingGroup *self,
        GVariant         *than)
{
  GVariantDict settings = G_VARIANT_DICT_INIT (NULL);

  for (guint i = 0; i < N_SLIDERS; i++)
    {
      double value, before;

      if (self->scales[i] == NULL)
        continue;
      value = gtk_range_get_value (GTK_RANGE (self->scales[i]));
      /* What it has is not rounded by looking at it. */
      if (than != NULL && g_variant_lookup (than, keys[i], "d", &before) && fabs (value - before) < self->steps[i] / 2)
        continue;
      g_variant_dict_insert (&settings, keys[i], "d", round (value / self->steps[i]) * self->steps[i]);
    }
  if (self->ir_row != NULL)
    {
      const char *option = self->ir_options[adw_combo_row_get_selected (self->ir_row)];
      const char *before = NULL;

      if (than == NULL || !g_variant_lookup (than, "ir-cut", "&s", &before) || g_strcmp0 (option, before) != 0)
        g_variant_dict_insert (&settings, "ir-cut", "s", option);
    }
  return g_variant_ref_sink (g_variant_dict_end (&settings));
}

static void
update_revert (IcamImagingGroup *self)
{
  g_autoptr (GVariant) changed = wanted (self, self->opened);

  gtk_widget_set_sensitive (self->revert_button, g_variant_n_children (changed) > 0);
}

/* Puts into the rows what @settings says. */
static void
show (IcamImagingGroup *self,
      GVariant         *settings)
{
  const char *option;
  double value;

  self->updating = TRUE;
  for (guint i = 0; i < N_SLIDERS; i++)
    if (self->scales[i] != NULL && g_variant_lookup (settings, keys[i], "d", &value))
      gtk_range_set_value (GTK_RANGE (self->scales[i]), value);
  if (self->ir_row != NULL && g_variant_lookup (settings, "ir-cut", "&s", &option))
    for (guint i = 0; self->ir_options[i] != NULL; i++)
      if (g_str_equal (self->ir_options[i], option))
        adw_combo_row_set_selected (self->ir_row, i);
  self->updating = FALSE;
  update_revert (self);
}

static void apply (IcamImagingGroup *self);

static void
reloaded_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr (IcamImagingGroup) self = user_data;
  g_autoptr (GVariant) settings = NULL;

  if (icam_dbus_camera_call_get_imaging_finish (ICAM_DBUS_CAMERA (source), &settings, result, NULL) && self->cancellable != NULL)
    {
      g_clear_pointer (&self->has, g_variant_unref);
      self->has = g_variant_ref (settings);
      show (self, settings);
    }
}

static void
set_cb (GObject      *source,
        GAsyncResult *result,
        gpointer      user_data)
{
  g_autoptr (IcamImagingGroup) self = user_data;
  g_autoptr (GVariant) before = NULL;
  g_autoptr (GError) error = NULL;
  gboolean done = icam_dbus_camera_call_set_imaging_finish (ICAM_DBUS_CAMERA (source), &before, result, &error);

  self->setting = FALSE;
  if (self->cancellable == NULL)
    return;
  if (!done)
    {
      /* What the camera has counts, not what was wished. */
      self->dirty = FALSE;
      g_signal_emit (self, signals[FAILED], 0, error);
      icam_dbus_camera_call_get_imaging (self->proxy, g_variant_new ("a{sv}", NULL), self->cancellable, reloaded_cb,
                                         g_object_ref (self));
    }
  else if (self->dirty)
    apply (self);
}

static void
apply (IcamImagingGroup *self)
{
  g_autoptr (GVariant) settings = NULL;

  self->dirty = self->setting;
  if (self->setting)
    return;
  settings = wanted (self, self->has);
  if (g_variant_n_children (settings) == 0)
    return;
  self->setting = TRUE;
  g_clear_pointer (&self->has, g_variant_unref);
  self->has = wanted (self, NULL);
  icam_dbus_camera_call_set_imaging (self->proxy, settings, g_variant_new ("a{sv}", NULL), NULL, set_cb, g_object_ref (self));
}

static gboolean
pause_cb (gpointer user_data)
{
  IcamImagingGroup *self = user_data;

  self->pause_source = 0;
  apply (self);
  return G_SOURCE_REMOVE;
}

static void
changed_cb (IcamImagingGroup *self)
{
  if (self->updating || self->cancellable == NULL)
    return;
  update_revert (self);
  g_clear_handle_id (&self->pause_source, g_source_remove);
  self->pause_source = g_timeout_add (PAUSE_MS, pause_cb, self);
}

static void
revert_cb (IcamImagingGroup *self)
{
  g_clear_handle_id (&self->pause_source, g_source_remove);
  show (self, self->opened);
  apply (self);
}

/* Who scrolls through the page must not turn the camera's picture dark. */
static void
leave_scrolling (GtkWidget *widget)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (widget);

  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);

      if (GTK_IS_EVENT_CONTROLLER_SCROLL (controller))
        gtk_event_controller_set_propagation_phase (controller, GTK_PHASE_NONE);
    }
}

static void
add_slider (IcamImagingGroup *self,
            guint             index,
            double            value,
            double            min,
            double            max)
{
  GtkWidget *row = adw_action_row_new ();
  gboolean fine = max - min <= 10;
  GtkWidget *scale = gtk_scale_new_with_range (GTK_ORIENTATION_HORIZONTAL, min, max, fine ? (max - min) / 100 : 1);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), key_words (index));
  gtk_scale_set_digits (GTK_SCALE (scale), fine ? 2 : 0);
  gtk_range_set_round_digits (GTK_RANGE (scale), -1);
  gtk_range_set_value (GTK_RANGE (scale), value);
  self->steps[index] = fine ? (max - min) / 100 : 1;
  gtk_scale_set_draw_value (GTK_SCALE (scale), TRUE);
  gtk_scale_set_value_pos (GTK_SCALE (scale), GTK_POS_RIGHT);
  gtk_widget_set_size_request (scale, 170, -1);
  gtk_widget_set_hexpand (scale, TRUE);
  gtk_widget_set_valign (scale, GTK_ALIGN_CENTER);
  icam_accessible_set_label (scale, key_words (index));
  leave_scrolling (scale);
  self->scales[index] = GTK_SCALE (scale);
  g_signal_connect_swapped (scale, "value-changed", G_CALLBACK (changed_cb), self);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), scale);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self), row);
}

static void
add_ir_cut (IcamImagingGroup *self,
            const char       *now,
            GStrv             options)
{
  static const char *const usual[] = { "auto", "on", "off", NULL };
  g_autoptr (GtkStringList) words = gtk_string_list_new (NULL);
  guint selected = 0;

  self->ir_options = g_strdupv (options != NULL && *options != NULL ? options : (char **) usual);
  for (guint i = 0; self->ir_options[i] != NULL; i++)
    {
      gtk_string_list_append (words, ir_words (self->ir_options[i]));
      if (g_strcmp0 (self->ir_options[i], now) == 0)
        selected = i;
    }
  self->ir_row = ADW_COMBO_ROW (adw_combo_row_new ());
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->ir_row), _("Infrared filter"));
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self->ir_row), _("Keeps out light that only the camera sees"));
  adw_combo_row_set_model (self->ir_row, G_LIST_MODEL (words));
  adw_combo_row_set_selected (self->ir_row, selected);
  g_signal_connect_swapped (self->ir_row, "notify::selected", G_CALLBACK (changed_cb), self);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self), GTK_WIDGET (self->ir_row));
}

static void
loaded_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (IcamImagingGroup) self = user_data;
  g_autoptr (GVariant) settings = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) options = NULL;
  const char *ir_cut = NULL;
  gboolean any = FALSE;

  if (!icam_dbus_camera_call_get_imaging_finish (ICAM_DBUS_CAMERA (source), &settings, result, &error) || self->cancellable == NULL)
    {
      if (error != NULL)
        g_debug ("No imaging: %s", error->message);
      return;
    }
  self->opened = g_variant_ref (settings);
  self->has = g_variant_ref (settings);
  for (guint i = 0; i < N_SLIDERS; i++)
    {
      g_autofree char *key = g_strconcat (keys[i], "-range", NULL);
      double value, min, max;

      /* Without a range nobody knows where the ends of a slider are. */
      if (!g_variant_lookup (settings, keys[i], "d", &value) || !g_variant_lookup (settings, key, "(dd)", &min, &max) || max <= min)
        continue;
      add_slider (self, i, value, min, max);
      any = TRUE;
    }
  if (g_variant_lookup (settings, "ir-cut", "&s", &ir_cut))
    {
      g_variant_lookup (settings, "ir-cut-options", "^as", &options);
      add_ir_cut (self, ir_cut, options);
      any = TRUE;
    }
  gtk_widget_set_visible (GTK_WIDGET (self), any);
}

/** icam_imaging_group_load: asks the camera what it offers; once */
void
icam_imaging_group_load (IcamImagingGroup *self,
                         IcamCamera       *camera)
{
  IcamDBusCamera *proxy = icam_camera_get_proxy (camera);

  g_return_if_fail (ICAM_IS_IMAGING_GROUP (self));
  if (proxy == NULL || self->proxy != NULL)
    return;
  self->proxy = g_object_ref (proxy);
  icam_dbus_camera_call_get_imaging (proxy, g_variant_new ("a{sv}", NULL), self->cancellable, loaded_cb, g_object_ref (self));
}

/** icam_imaging_group_stop: nobody looks any more; what was moved a moment ago still counts */
void
icam_imaging_group_stop (IcamImagingGroup *self)
{
  if (self->pause_source != 0 || self->dirty)
    {
      g_clear_handle_id (&self->pause_source, g_source_remove);
      self->setting = FALSE;
      apply (self);
    }
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
}

static void
icam_imaging_group_dispose (GObject *object)
{
  IcamImagingGroup *self = ICAM_IMAGING_GROUP (object);

  g_clear_handle_id (&self->pause_source, g_source_remove);
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->proxy);
  g_clear_pointer (&self->opened, g_variant_unref);
  g_clear_pointer (&self->has, g_variant_unref);
  g_clear_pointer (&self->ir_options, g_strfreev);
  G_OBJECT_CLASS (icam_imaging_group_parent_class)->dispose (object);
}

static void
icam_imaging_group_class_init (IcamImagingGroupClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = icam_imaging_group_dispose;
  signals[FAILED] = g_signal_new ("failed", ICAM_TYPE_IMAGING_GROUP, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1,
                                  G_TYPE_ERROR);
}

static void
icam_imaging_group_init (IcamImagingGroup *self)
{
  self->cancellable = g_cancellable_new ();
  self->revert_button = gtk_button_new_with_label (_("Revert"));
  gtk_widget_set_tooltip_text (self->revert_button, _("As it was when this window was opened"));
  gtk_widget_set_sensitive (self->revert_button, FALSE);
  gtk_widget_set_valign (self->revert_button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (self->revert_button, "flat");
  g_signal_connect_swapped (self->revert_button, "clicked", G_CALLBACK (revert_cb), self);
  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (self), _("Picture"));
  adw_preferences_group_set_description (ADW_PREFERENCES_GROUP (self), _("It is changed in the camera: what is recorded looks like this, too."));
  adw_preferences_group_set_header_suffix (ADW_PREFERENCES_GROUP (self), self->revert_button);
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}
