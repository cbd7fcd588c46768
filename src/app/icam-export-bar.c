/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-export-bar.h"

#include <glib/gi18n.h>

#include "client/icam-words.h"

struct _IcamExportBar
{
  AdwBin parent_instance;

  IcamExport *export; /* NULL while there is none */

  GtkRevealer *revealer;
  GtkLabel *label;
  GtkProgressBar *bar;
};

enum
{
  ENDED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (IcamExportBar, icam_export_bar, ADW_TYPE_BIN)

static void
progress_cb (IcamExportBar *self)
{
  gint64 left = icam_export_get_time_left (self->export);

  gtk_progress_bar_set_fraction (self->bar, icam_export_get_progress (self->export));
  if (left > G_USEC_PER_SEC)
    {
      g_autofree char *duration = icam_words_duration (left);
      /* Translators: a camera's name, and a duration */
      g_autofree char *text = g_strdup_printf (_("Exporting %s, about %s left"), icam_export_get_name (self->export), duration);

      gtk_label_set_text (self->label, text);
    }
}

static void
running_cb (IcamExportBar *self)
{
  gboolean running;

  g_object_get (self->export, "running", &running, NULL);
  gtk_revealer_set_reveal_child (self->revealer, running);
  if (running)
    {
      g_autofree char *text
        /* Translators: a camera's name */
        = g_strdup_printf (_("Exporting %s…"), icam_export_get_name (self->export));

      gtk_label_set_text (self->label, text);
      gtk_progress_bar_set_fraction (self->bar, 0);
    }
  else
    {
      g_signal_handlers_disconnect_by_data (self->export, self);
      g_clear_object (&self->export);
    }
}

static void
ended_cb (IcamExportBar *self,
          const char    *words)
{
  g_signal_emit (self, signals[ENDED], 0, words);
}

static void
cancel_cb (IcamExportBar *self)
{
  if (self->export != NULL)
    icam_export_cancel (self->export);
}

static void
icam_export_bar_dispose (GObject *object)
{
  IcamExportBar *self = ICAM_EXPORT_BAR (object);

  if (self->export != NULL)
    g_signal_handlers_disconnect_by_data (self->export, self);
  /* It goes on when the window closes. */
  g_clear_object (&self->export);
  G_OBJECT_CLASS (icam_export_bar_parent_class)->dispose (object);
}

static void
icam_export_bar_class_init (IcamExportBarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = icam_export_bar_dispose;
  signals[ENDED] = g_signal_new ("ended", ICAM_TYPE_EXPORT_BAR, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  gtk_widget_class_set_template_from_resource (widget_class, ICAM_APP_PATH "/icam-export-bar.ui");
  gtk_widget_class_bind_template_child (widget_class, IcamExportBar, revealer);
  gtk_widget_class_bind_template_child (widget_class, IcamExportBar, label);
  gtk_widget_class_bind_template_child (widget_class, IcamExportBar, bar);
  gtk_widget_class_bind_template_callback (widget_class, cancel_cb);
}

static void
icam_export_bar_init (IcamExportBar *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/** icam_export_bar_is_busy: whether there is an export already */
gboolean
icam_export_bar_is_busy (IcamExportBar *self)
{
  g_return_val_if_fail (ICAM_IS_EXPORT_BAR (self), FALSE);
  return self->export != NULL;
}

/**
 * icam_export_bar_start:
 * @self: a bar that is not busy
 * @export: (transfer full): what is exported
 * @window: over which the file is asked for
 */
void
icam_export_bar_start (IcamExportBar *self,
                       IcamExport    *export,
                       GtkWindow     *window)
{
  g_return_if_fail (ICAM_IS_EXPORT_BAR (self));
  g_return_if_fail (self->export == NULL);

  self->export = export;
  g_signal_connect_swapped (export, "notify::progress", G_CALLBACK (progress_cb), self);
  g_signal_connect_swapped (export, "ended", G_CALLBACK (ended_cb), self);
  g_signal_connect_swapped (export, "notify::running", G_CALLBACK (running_cb), self);
  icam_export_ask (export, window);
}
