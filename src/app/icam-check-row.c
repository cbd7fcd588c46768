/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-check-row.h"

#include <glib/gi18n.h>

#include "app/icam-accessible.h"
#include "client/icam-words.h"

struct _IcamCheckRow
{
  AdwActionRow parent_instance;

  IcamClient *client;
  GCancellable *running; /* a look that goes on */
  gboolean mend;         /* what the button does: something was found */
  GtkWidget *button;
};

G_DEFINE_FINAL_TYPE (IcamCheckRow, icam_check_row, ADW_TYPE_ACTION_ROW)

static void
set_button (IcamCheckRow *self,
            const char   *label,
            const char   *accessible)
{
  gtk_button_set_label (GTK_BUTTON (self->button), label);
  icam_accessible_set_label (self->button, accessible);
}

static void
offer (IcamCheckRow *self,
       gboolean      mend)
{
  self->mend = mend;
  if (mend)
    set_button (self, _("_Repair"), _("Repair recordings"));
  else
    set_button (self, _("_Check"), _("Check recordings"));
}

static void
progress_cb (double   progress,
             gint64   time_left,
             gpointer user_data)
{
  IcamCheckRow *self = user_data;
  g_autofree char *words = NULL;

  if (self->running == NULL)
    return;
  words = g_strdup_printf (_("%.0f %% looked at. Recording goes on."), progress * 100);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self), words);
}

static void
done_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr (IcamCheckRow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = icam_client_upkeep_finish (ICAM_CLIENT (source), result, &error);
  g_autofree char *words = NULL;
  guint left = 0;

  if (self->client == NULL)
    return;
  g_clear_object (&self->running);
  if (answer != NULL)
    words = icam_words_check (answer, &left);
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    words = g_strdup (_("Stopped before all was looked at."));
  else
    words = icam_words_error (error);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self), words);
  offer (self, left > 0 && !self->mend);
}

static void
clicked_cb (IcamCheckRow *self,
            GtkButton    *button)
{
  if (self->running != NULL)
    {
      g_cancellable_cancel (self->running);
      return;
    }
  self->running = g_cancellable_new ();
  set_button (self, _("_Stop"), _("Stop checking recordings"));
  progress_cb (0, -1, self);
  icam_client_upkeep_async (self->client, ICAM_UPKEEP_CHECK, FALSE, self->mend, progress_cb, self, self->running, done_cb,
                            g_object_ref (self));
}

static void
icam_check_row_dispose (GObject *object)
{
  IcamCheckRow *self = ICAM_CHECK_ROW (object);

  g_clear_object (&self->client);
  if (self->running != NULL)
    g_cancellable_cancel (self->running);
  g_clear_object (&self->running);
  G_OBJECT_CLASS (icam_check_row_parent_class)->dispose (object);
}

static void
icam_check_row_class_init (IcamCheckRowClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = icam_check_row_dispose;
}

static void
icam_check_row_init (IcamCheckRow *self)
{
  self->button = gtk_button_new_with_mnemonic ("");
  gtk_widget_set_valign (self->button, GTK_ALIGN_CENTER);
  g_signal_connect_swapped (self->button, "clicked", G_CALLBACK (clicked_cb), self);
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (self), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), _("Are all recordings there?"));
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self), _("Compares the files with their list, without what is being recorded now. Nothing is changed."));
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (self), 0);
  adw_action_row_add_suffix (ADW_ACTION_ROW (self), self->button);
  offer (self, FALSE);
}

/** icam_check_row_set_client: whose recordings; once */
void
icam_check_row_set_client (IcamCheckRow *self,
                           IcamClient   *client)
{
  g_return_if_fail (ICAM_IS_CHECK_ROW (self));
  g_return_if_fail (self->client == NULL);

  self->client = g_object_ref (client);
}
