/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-tile-cover.h"

struct _IcamTileCover
{
  GtkBox parent_instance;

  GtkSpinner *spinner;
  GtkImage *icon;
  GtkLabel *label;
  GtkButton *button;
};

enum
{
  CLICKED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (IcamTileCover, icam_tile_cover, GTK_TYPE_BOX)

static void
clicked_cb (IcamTileCover *self)
{
  g_signal_emit (self, signals[CLICKED], 0);
}

static void
icam_tile_cover_class_init (IcamTileCoverClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  signals[CLICKED] = g_signal_new ("clicked", ICAM_TYPE_TILE_COVER, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class, ICAM_APP_PATH "/icam-tile-cover.ui");
  gtk_widget_class_bind_template_child (widget_class, IcamTileCover, spinner);
  gtk_widget_class_bind_template_child (widget_class, IcamTileCover, icon);
  gtk_widget_class_bind_template_child (widget_class, IcamTileCover, label);
  gtk_widget_class_bind_template_child (widget_class, IcamTileCover, button);
  gtk_widget_class_bind_template_callback (widget_class, clicked_cb);
}

static void
icam_tile_cover_init (IcamTileCover *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * icam_tile_cover_show:
 * @self: a cover
 * @icon: (nullable): name of an icon; %NULL while it is waited for something
 * @text: why there is no picture
 * @button: (nullable): what its button does; %NULL for none
 */
void
icam_tile_cover_show (IcamTileCover *self,
                      const char    *icon,
                      const char    *text,
                      const char    *button)
{
  g_return_if_fail (ICAM_IS_TILE_COVER (self));

  gtk_widget_set_visible (GTK_WIDGET (self->spinner), icon == NULL);
  gtk_spinner_set_spinning (self->spinner, icon == NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->icon), icon != NULL);
  if (icon != NULL)
    gtk_image_set_from_icon_name (self->icon, icon);
  if (g_strcmp0 (gtk_label_get_text (self->label), text) != 0)
    gtk_label_set_text (self->label, text);
  gtk_widget_set_visible (GTK_WIDGET (self->button), button != NULL);
  if (button != NULL && g_strcmp0 (gtk_button_get_label (self->button), button) != 0)
    gtk_button_set_label (self->button, button);
  gtk_widget_set_visible (GTK_WIDGET (self), TRUE);
}

/** icam_tile_cover_hide: there is a picture */
void
icam_tile_cover_hide (IcamTileCover *self)
{
  g_return_if_fail (ICAM_IS_TILE_COVER (self));

  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
  gtk_spinner_set_spinning (self->spinner, FALSE);
}

/** icam_tile_cover_get_text: what stands on it */
const char *
icam_tile_cover_get_text (IcamTileCover *self)
{
  g_return_val_if_fail (ICAM_IS_TILE_COVER (self), NULL);
  return gtk_label_get_text (self->label);
}
