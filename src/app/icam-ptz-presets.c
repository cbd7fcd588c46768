/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-ptz-presets.h"

#include <glib/gi18n.h>

#include "app/icam-accessible.h"
#include "client/icam-words.h"

struct _IcamPtzPresets
{
  GtkBox parent_instance;

  IcamDBusCamera *proxy;
  GCancellable *cancellable;

  GtkLabel *message;
  GtkWidget *scroller;
  GtkBox *list;
  GtkEntry *entry;
};

enum
{
  CHOSEN,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (IcamPtzPresets, icam_ptz_presets, GTK_TYPE_BOX)

static void load (IcamPtzPresets *self);

static GVariant *
no_options (void)
{
  return g_variant_new ("a{sv}", NULL);
}

static void
say (IcamPtzPresets *self,
     const char     *text)
{
  gtk_label_set_text (self->message, text != NULL ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (self->message), text != NULL);
}

static void
say_error (IcamPtzPresets *self,
           const GError   *error)
{
  g_autofree char *words = icam_words_error (error);

  say (self, words);
}

static void
chosen_cb (GtkWidget      *button,
           IcamPtzPresets *self)
{
  g_signal_emit (self, signals[CHOSEN], 0, g_object_get_data (G_OBJECT (button), "icam-token"));
}

/* What was asked for is done, or said why not; then the list is as the camera has it. */
static void
changed_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (IcamPtzPresets) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = g_dbus_proxy_call_finish (G_DBUS_PROXY (source), result, &error);

  if (self->cancellable == NULL)
    return;
  if (answer == NULL)
    {
      say_error (self, error);
      return;
    }
  gtk_editable_set_text (GTK_EDITABLE (self->entry), "");
  load (self);
}

static void
forget_cb (GtkWidget      *button,
           IcamPtzPresets *self)
{
  const char *token = g_object_get_data (G_OBJECT (button), "icam-token");

  if (self->proxy != NULL)
    g_dbus_proxy_call (G_DBUS_PROXY (self->proxy), "PtzRemovePreset", g_variant_new ("(s@a{sv})", token, no_options ()),
                       G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL, changed_cb, g_object_ref (self));
}

static void
save_cb (IcamPtzPresets *self)
{
  g_autofree char *name = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->entry))));

  if (*name != '\0' && self->proxy != NULL)
    g_dbus_proxy_call (G_DBUS_PROXY (self->proxy), "PtzSetPreset", g_variant_new ("(ss@a{sv})", "", name, no_options ()),
                       G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL, changed_cb, g_object_ref (self));
}

static void
add_row (IcamPtzPresets *self,
         const char     *token,
         const char     *name)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  GtkWidget *label = gtk_label_new (name);
  GtkWidget *go = gtk_button_new ();
  GtkWidget *forget = gtk_button_new_from_icon_name ("user-trash-symbolic");
  /* Translators: the name of a place that a camera remembers */
  g_autofree char *words = g_strdup_printf (_ ("Forget %s"), name);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_button_set_child (GTK_BUTTON (go), label);
  gtk_widget_set_hexpand (go, TRUE);
  gtk_widget_add_css_class (go, "flat");
  gtk_widget_add_css_class (forget, "flat");
  gtk_widget_set_tooltip_text (forget, words);
  icam_accessible_set_label (forget, words);
  icam_accessible_set_label (go, name);
  g_object_set_data_full (G_OBJECT (go), "icam-token", g_strdup (token), g_free);
  g_object_set_data_full (G_OBJECT (forget), "icam-token", g_strdup (token), g_free);
  g_signal_connect_object (go, "clicked", G_CALLBACK (chosen_cb), self, 0);
  g_signal_connect_object (forget, "clicked", G_CALLBACK (forget_cb), self, 0);
  gtk_box_append (GTK_BOX (row), go);
  gtk_box_append (GTK_BOX (row), forget);
  gtk_box_append (self->list, row);
}

static void
show (IcamPtzPresets *self,
      GVariant       *presets)
{
  GtkWidget *child;
  GVariantIter iter;
  const char *token, *name;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->list))) != NULL)
    gtk_box_remove (self->list, child);
  g_variant_iter_init (&iter, presets);
  while (g_variant_iter_next (&iter, "(&s&s)", &token, &name))
    add_row (self, token, name);
  gtk_widget_set_visible (self->scroller, g_variant_n_children (presets) > 0);
  say (self, g_variant_n_children (presets) > 0 ? NULL : _ ("This camera remembers no places yet."));
}

static void
state_cb (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr (IcamPtzPresets) self = user_data;
  g_autoptr (GVariant) presets = NULL;
  g_autoptr (GVariant) state = NULL;
  g_autoptr (GError) error = NULL;

  icam_dbus_camera_call_ptz_get_state_finish (ICAM_DBUS_CAMERA (source), &presets, &state, result, &error);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->cancellable == NULL)
    return;
  if (error != NULL)
    say_error (self, error);
  else
    show (self, presets);
}

static void
load (IcamPtzPresets *self)
{
  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  self->cancellable = g_cancellable_new ();
  if (self->proxy != NULL)
    icam_dbus_camera_call_ptz_get_state (self->proxy, no_options (), self->cancellable, state_cb, g_object_ref (self));
}

static void
icam_ptz_presets_dispose (GObject *object)
{
  IcamPtzPresets *self = ICAM_PTZ_PRESETS (object);

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->proxy);
  G_OBJECT_CLASS (icam_ptz_presets_parent_class)->dispose (object);
}

static void
icam_ptz_presets_class_init (IcamPtzPresetsClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = icam_ptz_presets_dispose;
  signals[CHOSEN] = g_signal_new ("chosen", ICAM_TYPE_PTZ_PRESETS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                  1, G_TYPE_STRING);
  gtk_widget_class_set_template_from_resource (widget_class, ICAM_APP_PATH "/icam-ptz-presets.ui");
  gtk_widget_class_bind_template_child (widget_class, IcamPtzPresets, message);
  gtk_widget_class_bind_template_child (widget_class, IcamPtzPresets, scroller);
  gtk_widget_class_bind_template_child (widget_class, IcamPtzPresets, list);
  gtk_widget_class_bind_template_child (widget_class, IcamPtzPresets, entry);
  gtk_widget_class_bind_template_callback (widget_class, save_cb);
}

static void
icam_ptz_presets_init (IcamPtzPresets *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

/** icam_ptz_presets_load: asks the camera anew; @proxy: which one, NULL while there is no recorder */
void
icam_ptz_presets_load (IcamPtzPresets *self,
                       IcamDBusCamera *proxy)
{
  g_return_if_fail (ICAM_IS_PTZ_PRESETS (self));

  g_set_object (&self->proxy, proxy);
  load (self);
}
