/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-diagnose-window.h"

#include <glib/gi18n.h>

#include "app/icam-accessible.h"
#include "client/icam-diagnosis.h"
#include "client/icam-words.h"

struct _IcamDiagnoseWindow
{
  AdwWindow parent_instance;

  IcamClient *client;
  IcamCamera *camera; /* NULL: an address */
  char *address, *user;
  IcamSecret *secret;
  GCancellable *cancellable; /* NULL while nothing is looked at */
  GString *report;           /* what is copied */

  AdwWindowTitle *title;
  GtkWidget *close_button;
  GtkWidget *copy_button;
  GtkProgressBar *progress;
  AdwToastOverlay *toasts;
  GtkSpinner *spinner;
  GtkLabel *summary;
  GtkListBox *steps;
  GtkWidget *again_button;
};

G_DEFINE_FINAL_TYPE (IcamDiagnoseWindow, icam_diagnose_window, ADW_TYPE_WINDOW)

static void
set_running (IcamDiagnoseWindow *self,
             gboolean            running)
{
  gtk_spinner_set_spinning (self->spinner, running);
  gtk_widget_set_visible (GTK_WIDGET (self->spinner), running);
  /* It keeps its room, so that nothing jumps. */
  gtk_widget_set_opacity (GTK_WIDGET (self->progress), running ? 1 : 0);
  gtk_button_set_label (GTK_BUTTON (self->close_button), running ? _("Cancel") : _("Close"));
  gtk_widget_set_sensitive (self->copy_button, !running && gtk_widget_get_first_child (GTK_WIDGET (self->steps)) != NULL);
  gtk_widget_set_visible (self->again_button, !running);
}

static void
step_cb (IcamVerdict verdict,
         const char *name,
         const char *text,
         double      progress,
         gpointer    user_data)
{
  static const char *const icons[] = { "emblem-ok-symbolic", "dialog-information-symbolic", "dialog-warning-symbolic" };
  static const char *const styles[] = { "success", "dim-label", "error" };
  static const char *const marks[] = { "✓", "·", "✗" };
  /* Translators: how it is with what stands beside it */
  const char *const words[] = { _("Fine"), _("Could be better"), _("Wrong") };
  IcamDiagnoseWindow *self = user_data;
  g_autofree char *label = g_strdup_printf ("%s: %s", words[verdict], text);
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *icon = gtk_image_new_from_icon_name (icons[verdict]);

  gtk_widget_add_css_class (icon, styles[verdict]);
  gtk_widget_set_tooltip_text (icon, words[verdict]);
  icam_accessible_set_label (icon, words[verdict]);
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), text);
  adw_action_row_set_title_lines (ADW_ACTION_ROW (row), 0);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), icon);
  icam_accessible_set_label (row, label);
  gtk_list_box_append (self->steps, row);
  gtk_widget_set_visible (GTK_WIDGET (self->steps), TRUE);
  g_string_append_printf (self->report, "%s %s\n", marks[verdict], text);
  gtk_progress_bar_set_fraction (self->progress, progress);
}

static void
diagnosed_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr (IcamDiagnoseWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  guint n_bad;
  gboolean done = icam_client_diagnose_finish (ICAM_CLIENT (source), result, &n_bad, &error);
  g_autofree char *words = NULL;

  /* Closed. */
  if (self->client == NULL)
    return;
  words = done ? icam_words_diagnosis (n_bad) : icam_words_error (error);
  g_clear_object (&self->cancellable);
  gtk_label_set_text (self->summary, words);
  set_running (self, FALSE);
}

static void
look (IcamDiagnoseWindow *self)
{
  GtkWidget *row;
  const char *what = self->camera != NULL ? icam_camera_get_name (self->camera) : self->address;
  g_autofree char *plain = icam_words_without_secrets (what);

  if (self->cancellable != NULL)
    return;
  while ((row = gtk_widget_get_first_child (GTK_WIDGET (self->steps))) != NULL)
    gtk_list_box_remove (self->steps, row);
  gtk_widget_set_visible (GTK_WIDGET (self->steps), FALSE);
  adw_window_title_set_subtitle (self->title, plain);
  g_string_printf (self->report, "In Camera %s · %s\n", ICAM_VERSION, plain);
  gtk_progress_bar_set_fraction (self->progress, 0);
  gtk_label_set_text (self->summary, _("Looking at the camera…"));
  self->cancellable = g_cancellable_new ();
  set_running (self, TRUE);
  if (self->camera != NULL)
    icam_client_diagnose_async (self->client, self->camera, step_cb, self, self->cancellable, diagnosed_cb, g_object_ref (self));
  else
    icam_client_diagnose_address_async (self->client, self->address, self->user, self->secret, step_cb, self, self->cancellable,
                                        diagnosed_cb, g_object_ref (self));
}

static void
again_cb (IcamDiagnoseWindow *self)
{
  look (self);
}

/* What was found so far stays to be read. */
static void
close_cb (IcamDiagnoseWindow *self)
{
  if (self->cancellable != NULL && !g_cancellable_is_cancelled (self->cancellable))
    g_cancellable_cancel (self->cancellable);
  else
    gtk_window_close (GTK_WINDOW (self));
}

static void
copy_cb (IcamDiagnoseWindow *self)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), self->report->str);
  adw_toast_overlay_add_toast (self->toasts, adw_toast_new (_("The report was copied. There is no password in it.")));
}

static void
icam_diagnose_window_dispose (GObject *object)
{
  IcamDiagnoseWindow *self = ICAM_DIAGNOSE_WINDOW (object);

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->client);
  g_clear_object (&self->camera);
  g_clear_pointer (&self->secret, icam_secret_unref);
  G_OBJECT_CLASS (icam_diagnose_window_parent_class)->dispose (object);
}

static void
icam_diagnose_window_finalize (GObject *object)
{
  IcamDiagnoseWindow *self = ICAM_DIAGNOSE_WINDOW (object);

  g_free (self->address);
  g_free (self->user);
  g_string_free (self->report, TRUE);
  G_OBJECT_CLASS (icam_diagnose_window_parent_class)->finalize (object);
}

static gboolean
icam_diagnose_window_close_request (GtkWindow *window)
{
  IcamDiagnoseWindow *self = ICAM_DIAGNOSE_WINDOW (window);

  /* The question holds a reference: it ends now. */
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  return GTK_WINDOW_CLASS (icam_diagnose_window_parent_class)->close_request (window);
}

static void
icam_diagnose_window_class_init (IcamDiagnoseWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = icam_diagnose_window_dispose;
  G_OBJECT_CLASS (klass)->finalize = icam_diagnose_window_finalize;
  GTK_WINDOW_CLASS (klass)->close_request = icam_diagnose_window_close_request;
  gtk_widget_class_set_template_from_resource (widget_class, ICAM_APP_PATH "/icam-diagnose-window.ui");
  gtk_widget_class_bind_template_child (widget_class, IcamDiagnoseWindow, title);
  gtk_widget_class_bind_template_child (widget_class, IcamDiagnoseWindow, close_button);
  gtk_widget_class_bind_template_child (widget_class, IcamDiagnoseWindow, copy_button);
  gtk_widget_class_bind_template_child (widget_class, IcamDiagnoseWindow, progress);
  gtk_widget_class_bind_template_child (widget_class, IcamDiagnoseWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, IcamDiagnoseWindow, spinner);
  gtk_widget_class_bind_template_child (widget_class, IcamDiagnoseWindow, summary);
  gtk_widget_class_bind_template_child (widget_class, IcamDiagnoseWindow, steps);
  gtk_widget_class_bind_template_child (widget_class, IcamDiagnoseWindow, again_button);
  gtk_widget_class_bind_template_callback (widget_class, close_cb);
  gtk_widget_class_bind_template_callback (widget_class, copy_cb);
  gtk_widget_class_bind_template_callback (widget_class, again_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
icam_diagnose_window_init (IcamDiagnoseWindow *self)
{
  self->report = g_string_new (NULL);
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * icam_diagnose_window_new:
 * @client: the recorder
 * @camera: one that was added
 *
 * Returns: (transfer full): the window; it looks at the camera at once
 */
GtkWidget *
icam_diagnose_window_new (IcamClient *client,
                          IcamCamera *camera)
{
  IcamDiagnoseWindow *self = g_object_new (ICAM_TYPE_DIAGNOSE_WINDOW, NULL);

  self->client = g_object_ref (client);
  self->camera = g_object_ref (camera);
  look (self);
  return GTK_WIDGET (self);
}

/**
 * icam_diagnose_window_new_for_address:
 * @client: the recorder
 * @address: one that was not added
 * @user: name, "" for none
 * @secret: (nullable): password
 *
 * Returns: (transfer full): the window; it looks there at once
 */
GtkWidget *
icam_diagnose_window_new_for_address (IcamClient *client,
                                      const char *address,
                                      const char *user,
                                      IcamSecret *secret)
{
  IcamDiagnoseWindow *self = g_object_new (ICAM_TYPE_DIAGNOSE_WINDOW, NULL);

  self->client = g_object_ref (client);
  self->address = g_strdup (address);
  self->user = g_strdup (user);
  self->secret = secret != NULL ? icam_secret_ref (secret) : NULL;
  look (self);
  return GTK_WIDGET (self);
}
