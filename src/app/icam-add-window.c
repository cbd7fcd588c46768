/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-add-window.h"

#include <glib/gi18n.h>

#include "app/icam-accessible.h"
#include "app/icam-add-device.h"
#include "client/icam-words.h"

struct _IcamAddWindow
{
  AdwWindow parent_instance;

  IcamClient *client;
  gboolean adding;
  guint n_added; /* cameras, so far */

  AdwWindowTitle *title;
  GtkWidget *add_button;
  GtkWidget *user_row;
  GtkWidget *password_row;
  GtkRevealer *problem_revealer;
  GtkLabel *problem_label;
  GtkWidget *look_button;
  GtkSpinner *spinner;
  GtkWidget *look_label;
  GtkBox *devices;
};

enum
{
  ADDED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (IcamAddWindow, icam_add_window, ADW_TYPE_WINDOW)

static IcamAddDevice *
first_device (IcamAddWindow *self)
{
  return (IcamAddDevice *) gtk_widget_get_first_child (GTK_WIDGET (self->devices));
}

static IcamAddDevice *
next_device (IcamAddDevice *device)
{
  return (IcamAddDevice *) gtk_widget_get_next_sibling (GTK_WIDGET (device));
}

/* How many there are of them: all, at work, with a picture, complete. */
static void
count (IcamAddWindow *self,
       guint         *n_devices,
       guint         *n_busy,
       guint         *n_answered,
       guint         *n_complete)
{
  *n_devices = *n_busy = *n_answered = *n_complete = 0;
  for (IcamAddDevice *device = first_device (self); device != NULL; device = next_device (device))
    {
      (*n_devices)++;
      *n_busy += icam_add_device_is_busy (device);
      *n_answered += icam_add_device_has_views (device);
      *n_complete += icam_add_device_is_complete (device);
    }
}

/* What can be pressed, and what is written on it. Who does not answer keeps the others from nothing; who answers but has no
 * name is asked for one first. */
static void
update (IcamAddWindow *self)
{
  guint n_devices, n_busy, n_answered, n_complete;
  const char *words;
  gboolean failed = FALSE;

  count (self, &n_devices, &n_busy, &n_answered, &n_complete);
  for (IcamAddDevice *device = first_device (self); device != NULL; device = next_device (device))
    failed = failed || icam_add_device_get_error (device) != NULL;
  if (n_busy > 0)
    words = self->adding    ? _("Adding…")
            : n_devices > 1 ? _("Looking at the cameras…")
                            : _("Looking at the camera…");
  else if (failed)
    words = _("Try again");
  else if (n_answered > 0)
    words = _("Look again");
  else
    words = n_devices > 1 ? _("Show pictures") : _("Show picture");
  gtk_widget_set_visible (GTK_WIDGET (self->spinner), n_busy > 0);
  gtk_spinner_set_spinning (self->spinner, n_busy > 0);
  gtk_label_set_text (GTK_LABEL (self->look_label), words);
  icam_accessible_set_label (self->look_button, words);
  gtk_widget_set_sensitive (self->look_button, n_busy == 0);
  if (n_answered > 0)
    gtk_widget_remove_css_class (self->look_button, "suggested-action");
  else
    gtk_widget_add_css_class (self->look_button, "suggested-action");
  gtk_widget_set_sensitive (self->add_button,
                            n_busy == 0 && n_complete > 0 && n_complete == n_answered);
  if (n_devices == 1)
    {
      g_autofree char *subtitle = icam_add_device_dup_subtitle (first_device (self));

      adw_window_title_set_subtitle (self->title, subtitle);
    }
  else
    {
      g_autofree char *subtitle
        = g_strdup_printf (ngettext ("%u device", "%u devices", n_devices), n_devices);

      adw_window_title_set_subtitle (self->title, subtitle);
    }
}

static gboolean
is_about_password (const GError *error)
{
  return g_error_matches (error, ICAM_ERROR, ICAM_ERROR_WRONG_PASSWORD)
         || g_error_matches (error, ICAM_ERROR, ICAM_ERROR_PASSWORD_NEEDED);
}

static void
show_problem (IcamAddWindow *self,
              const GError  *error)
{
  g_autofree char *words = error != NULL ? icam_words_error (error) : NULL;

  gtk_widget_remove_css_class (self->password_row, "error");
  if (words != NULL)
    gtk_label_set_text (self->problem_label, words);
  gtk_revealer_set_reveal_child (self->problem_revealer, words != NULL);
}

static void
looked_cb (IcamAddWindow *self)
{
  guint n_devices, n_busy, n_answered, n_complete;
  gboolean wrong = FALSE;

  count (self, &n_devices, &n_busy, &n_answered, &n_complete);
  if (n_busy > 0)
    return;
  for (IcamAddDevice *device = first_device (self); device != NULL; device = next_device (device))
    wrong = wrong || is_about_password (icam_add_device_get_error (device));
  if (wrong)
    {
      gtk_widget_add_css_class (self->password_row, "error");
      gtk_widget_grab_focus (self->password_row);
      gtk_editable_select_region (GTK_EDITABLE (self->password_row), 0, -1);
    }
  else if (n_complete > 0)
    gtk_widget_grab_focus (self->add_button);
}

/* At all of them, or, while some show their pictures already, at those that do not. */
static void
look_cb (IcamAddWindow *self)
{
  const char *user = gtk_editable_get_text (GTK_EDITABLE (self->user_row));
  guint n_devices, n_busy, n_answered, n_complete;
  g_autoptr (IcamSecret) secret = NULL;

  count (self, &n_devices, &n_busy, &n_answered, &n_complete);
  if (n_busy > 0)
    return;
  show_problem (self, NULL);
  secret = icam_secret_new (gtk_editable_get_text (GTK_EDITABLE (self->password_row)));
  if (secret == NULL)
    {
      g_autoptr (GError) error
        = icam_error_new (ICAM_ERROR_INVALID_ARGUMENT, "what", "password", NULL);

      show_problem (self, error);
      return;
    }
  for (IcamAddDevice *device = first_device (self); device != NULL; device = next_device (device))
    if (n_answered == n_devices || !icam_add_device_has_views (device))
      icam_add_device_look (device, user, secret);
}

static void
device_added_cb (IcamAddWindow *self,
                 guint          n_cameras,
                 IcamAddDevice *device)
{
  guint n_devices, n_busy, n_answered, n_complete;

  self->n_added += n_cameras;
  if (n_cameras > 0)
    {
      g_object_ref (device);
      icam_add_device_stop (device);
      gtk_box_remove (self->devices, GTK_WIDGET (device));
      g_object_unref (device);
    }
  count (self, &n_devices, &n_busy, &n_answered, &n_complete);
  self->adding = n_busy > 0;
  if (n_devices == 0)
    gtk_window_close (GTK_WINDOW (self));
  else
    update (self);
}

static void
add_cb (IcamAddWindow *self)
{
  if (!gtk_widget_get_sensitive (self->add_button))
    return;
  self->adding = TRUE;
  show_problem (self, NULL);
  for (IcamAddDevice *device = first_device (self); device != NULL; device = next_device (device))
    icam_add_device_add (device);
}

static void
next_row_cb (IcamAddWindow *self)
{
  gtk_widget_grab_focus (self->password_row);
}

static void
password_changed_cb (IcamAddWindow *self)
{
  gtk_widget_remove_css_class (self->password_row, "error");
}

static gboolean
icam_add_window_close_request (GtkWindow *window)
{
  IcamAddWindow *self = ICAM_ADD_WINDOW (window);

  /* Some may have been added, and others given up. */
  if (self->n_added > 0)
    g_signal_emit (self, signals[ADDED], 0, self->n_added);
  self->n_added = 0;
  /* A window of libadwaita 1.2 that goes while one of its entry rows has the focus touches what is gone already. */
  gtk_window_set_focus (window, NULL);
  return GTK_WINDOW_CLASS (icam_add_window_parent_class)->close_request (window);
}

static void
icam_add_window_dispose (GObject *object)
{
  IcamAddWindow *self = ICAM_ADD_WINDOW (object);

  if (self->devices != NULL)
    for (IcamAddDevice *device = first_device (self); device != NULL; device = next_device (device))
      {
        g_signal_handlers_disconnect_by_data (device, self);
        icam_add_device_stop (device);
      }
  self->devices = NULL;
  g_clear_object (&self->client);
  G_OBJECT_CLASS (icam_add_window_parent_class)->dispose (object);
}

static void
icam_add_window_class_init (IcamAddWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = icam_add_window_dispose;
  GTK_WINDOW_CLASS (klass)->close_request = icam_add_window_close_request;
  signals[ADDED] = g_signal_new ("added", ICAM_TYPE_ADD_WINDOW, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
  gtk_widget_class_set_template_from_resource (widget_class, ICAM_APP_PATH "/icam-add-window.ui");
  gtk_widget_class_bind_template_child (widget_class, IcamAddWindow, title);
  gtk_widget_class_bind_template_child (widget_class, IcamAddWindow, add_button);
  gtk_widget_class_bind_template_child (widget_class, IcamAddWindow, user_row);
  gtk_widget_class_bind_template_child (widget_class, IcamAddWindow, password_row);
  gtk_widget_class_bind_template_child (widget_class, IcamAddWindow, problem_revealer);
  gtk_widget_class_bind_template_child (widget_class, IcamAddWindow, problem_label);
  gtk_widget_class_bind_template_child (widget_class, IcamAddWindow, look_button);
  gtk_widget_class_bind_template_child (widget_class, IcamAddWindow, spinner);
  gtk_widget_class_bind_template_child (widget_class, IcamAddWindow, look_label);
  gtk_widget_class_bind_template_child (widget_class, IcamAddWindow, devices);
  gtk_widget_class_bind_template_callback (widget_class, add_cb);
  gtk_widget_class_bind_template_callback (widget_class, look_cb);
  gtk_widget_class_bind_template_callback (widget_class, next_row_cb);
  gtk_widget_class_bind_template_callback (widget_class, password_changed_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
icam_add_window_init (IcamAddWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * icam_add_window_new:
 * @client: the recorder
 * @devices: a(sss): of each the address, the Found object it came from or "", and what it calls itself or ""
 *
 * Returns: (transfer full): the window
 */
GtkWidget *
icam_add_window_new (IcamClient *client,
                     GVariant   *devices)
{
  IcamAddWindow *self;
  GVariantIter iter;
  const char *address, *path, *name;
  gboolean several;

  g_return_val_if_fail (ICAM_IS_CLIENT (client), NULL);
  g_return_val_if_fail (g_variant_is_of_type (devices, G_VARIANT_TYPE ("a(sss)")), NULL);

  self = g_object_new (ICAM_TYPE_ADD_WINDOW, NULL);
  self->client = g_object_ref (client);
  several = g_variant_n_children (devices) > 1;
  if (several)
    {
      gtk_window_set_title (GTK_WINDOW (self), _("Add cameras"));
      adw_window_title_set_title (self->title, _("Add cameras"));
    }
  g_variant_iter_init (&iter, devices);
  while (g_variant_iter_next (&iter, "(&s&s&s)", &address, &path, &name))
    {
      GtkWidget *device = icam_add_device_new (client, address, path, name, several);

      g_signal_connect_swapped (device, "changed", G_CALLBACK (update), self);
      g_signal_connect_swapped (device, "looked", G_CALLBACK (looked_cb), self);
      g_signal_connect_swapped (device, "activate", G_CALLBACK (add_cb), self);
      g_signal_connect_swapped (device, "added", G_CALLBACK (device_added_cb), self);
      gtk_box_append (self->devices, device);
    }
  update (self);
  gtk_widget_grab_focus (self->user_row);
  return GTK_WIDGET (self);
}
