/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-add-view.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "app/icam-picture-view.h"
#include "client/icam-live-link.h"
#include "client/icam-words.h"

struct _IcamAddView
{
  GtkBox parent_instance;

  char *token;
  IcamLiveLink *link;
  GtkWidget *picture;
  GtkWidget *waiting;
  GtkWidget *waiting_label;
  GtkWidget *check; /* NULL where there is nothing to choose */
  GtkWidget *name_row;
};

enum
{
  CHANGED,
  ACTIVATE,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (IcamAddView, icam_add_view, GTK_TYPE_BOX)

static void
picture_cb (IcamAddView *self,
            IcamPicture *picture)
{
  icam_picture_view_set_picture (ICAM_PICTURE_VIEW (self->picture), picture);
  gtk_widget_set_visible (self->waiting, FALSE);
}

static void
error_cb (IcamAddView *self)
{
  const GError *error = icam_live_link_get_error (self->link);

  if (error != NULL)
    {
      g_autofree char *words = icam_words_error (error);

      gtk_label_set_text (GTK_LABEL (self->waiting_label), words);
    }
}

static void
changed_cb (IcamAddView *self)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
activated_cb (IcamAddView *self)
{
  g_signal_emit (self, signals[ACTIVATE], 0);
}

static void
icam_add_view_dispose (GObject *object)
{
  IcamAddView *self = ICAM_ADD_VIEW (object);

  icam_add_view_stop (self);
  g_clear_pointer (&self->token, g_free);
  G_OBJECT_CLASS (icam_add_view_parent_class)->dispose (object);
}

static void
icam_add_view_class_init (IcamAddViewClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = icam_add_view_dispose;
  signals[CHANGED] = g_signal_new ("changed", ICAM_TYPE_ADD_VIEW, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
  signals[ACTIVATE] = g_signal_new ("activate", ICAM_TYPE_ADD_VIEW, G_SIGNAL_RUN_LAST, 0, NULL,
                                    NULL, NULL, G_TYPE_NONE, 0);
}

static void
icam_add_view_init (IcamAddView *self)
{
  GtkWidget *spinner = gtk_spinner_new ();
  GtkWidget *frame = gtk_aspect_frame_new (0.5f, 0.5f, 16.0f / 9, FALSE);
  GtkWidget *overlay = gtk_overlay_new ();
  GtkWidget *list = gtk_list_box_new ();

  gtk_orientable_set_orientation (GTK_ORIENTABLE (self), GTK_ORIENTATION_VERTICAL);
  gtk_box_set_spacing (GTK_BOX (self), 8);

  self->picture = icam_picture_view_new ();
  gtk_widget_set_size_request (self->picture, 256, 144);
  gtk_widget_set_hexpand (self->picture, TRUE);
  self->waiting = gtk_box_new (GTK_ORIENTATION_VERTICAL, 8);
  gtk_widget_set_halign (self->waiting, GTK_ALIGN_CENTER);
  gtk_widget_set_valign (self->waiting, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (self->waiting, "icam-cover");
  gtk_spinner_set_spinning (GTK_SPINNER (spinner), TRUE);
  self->waiting_label = gtk_label_new (_("Waiting for the first picture…"));
  gtk_label_set_wrap (GTK_LABEL (self->waiting_label), TRUE);
  gtk_label_set_justify (GTK_LABEL (self->waiting_label), GTK_JUSTIFY_CENTER);
  gtk_box_append (GTK_BOX (self->waiting), spinner);
  gtk_box_append (GTK_BOX (self->waiting), self->waiting_label);
  gtk_overlay_set_child (GTK_OVERLAY (overlay), self->picture);
  gtk_overlay_add_overlay (GTK_OVERLAY (overlay), self->waiting);
  gtk_aspect_frame_set_child (GTK_ASPECT_FRAME (frame), overlay);
  gtk_box_append (GTK_BOX (self), frame);

  gtk_list_box_set_selection_mode (GTK_LIST_BOX (list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (list, "boxed-list");
  self->name_row = adw_entry_row_new ();
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->name_row), _("Name"));
  g_signal_connect_swapped (self->name_row, "changed", G_CALLBACK (changed_cb), self);
  g_signal_connect_swapped (self->name_row, "entry-activated", G_CALLBACK (activated_cb), self);
  gtk_list_box_append (GTK_LIST_BOX (list), self->name_row);
  gtk_box_append (GTK_BOX (self), list);
}

/**
 * icam_add_view_new:
 * @probe: the device that is looked at
 * @token: which of its views
 * @name: proposed
 * @choice: whether it can be left out, because there are others
 *
 * Returns: (transfer floating): the view
 */
GtkWidget *
icam_add_view_new (IcamDBusProbe *probe,
                   const char    *token,
                   const char    *name,
                   gboolean       choice)
{
  IcamAddView *self = g_object_new (ICAM_TYPE_ADD_VIEW, NULL);
  g_autofree char *label = NULL;

  self->token = g_strdup (token);
  gtk_editable_set_text (GTK_EDITABLE (self->name_row), name);
  if (choice)
    {
      self->check = gtk_check_button_new ();
      gtk_check_button_set_active (GTK_CHECK_BUTTON (self->check), TRUE);
      gtk_widget_set_valign (self->check, GTK_ALIGN_CENTER);
      gtk_widget_set_tooltip_text (self->check, _("Add this view"));
      /* Translators: a check box; the name of a view follows */
      label = g_strdup_printf (_("Add %s"), name);
      gtk_accessible_update_property (GTK_ACCESSIBLE (self->check), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                      label, -1);
      g_signal_connect_swapped (self->check, "toggled", G_CALLBACK (changed_cb), self);
      adw_entry_row_add_prefix (ADW_ENTRY_ROW (self->name_row), self->check);
    }
  self->link = icam_live_link_new_for_probe (probe, token, 640);
  g_signal_connect_object (self->link, "picture", G_CALLBACK (picture_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->link, "notify::error", G_CALLBACK (error_cb), self,
                           G_CONNECT_SWAPPED);
  return GTK_WIDGET (self);
}

/** icam_add_view_get_token: which of the device's views */
const char *
icam_add_view_get_token (IcamAddView *self)
{
  g_return_val_if_fail (ICAM_IS_ADD_VIEW (self), NULL);
  return self->token;
}

/** icam_add_view_get_name: as it stands in the field */
const char *
icam_add_view_get_name (IcamAddView *self)
{
  g_return_val_if_fail (ICAM_IS_ADD_VIEW (self), NULL);
  return gtk_editable_get_text (GTK_EDITABLE (self->name_row));
}

/** icam_add_view_get_wanted: whether it shall be a camera */
gboolean
icam_add_view_get_wanted (IcamAddView *self)
{
  g_return_val_if_fail (ICAM_IS_ADD_VIEW (self), FALSE);
  return self->check == NULL || gtk_check_button_get_active (GTK_CHECK_BUTTON (self->check));
}

/** icam_add_view_stop: no more pictures */
void
icam_add_view_stop (IcamAddView *self)
{
  g_return_if_fail (ICAM_IS_ADD_VIEW (self));

  if (self->link != NULL)
    icam_live_link_stop (self->link);
  g_clear_object (&self->link);
}
