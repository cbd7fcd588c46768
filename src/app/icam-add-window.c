/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-add-window.h"

#include <glib/gi18n.h>

#include "app/icam-accessible.h"
#include "app/icam-add-view.h"
#include "client/icam-words.h"

struct _IcamAddWindow
{
  AdwWindow parent_instance;

  IcamClient *client;
  char *address;
  char *found_path;
  IcamDBusProbe *probe;
  GCancellable *cancellable;
  gboolean busy;

  AdwWindowTitle *title;
  GtkWidget *add_button;
  GtkWidget *user_row;
  GtkWidget *password_row;
  GtkRevealer *problem_revealer;
  GtkLabel *problem_label;
  GtkWidget *look_button;
  GtkSpinner *spinner;
  GtkWidget *look_label;
  AdwPreferencesGroup *views_group;
  GtkBox *views;
};

enum
{
  ADDED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (IcamAddWindow, icam_add_window, ADW_TYPE_WINDOW)

static IcamAddView *
first_view (IcamAddWindow *self)
{
  return (IcamAddView *) gtk_widget_get_first_child (GTK_WIDGET (self->views));
}

static IcamAddView *
next_view (IcamAddView *view)
{
  return (IcamAddView *) gtk_widget_get_next_sibling (GTK_WIDGET (view));
}

/* It can be added when there is at least one view that is wanted, and each of those has a name. */
static void
update_sensitive (IcamAddWindow *self)
{
  gboolean complete = FALSE;

  for (IcamAddView *view = first_view (self); view != NULL; view = next_view (view))
    {
      g_autofree char *name = g_strstrip (g_strdup (icam_add_view_get_name (view)));

      if (!icam_add_view_get_wanted (view))
        continue;
      complete = *name != '\0';
      if (!complete)
        break;
    }
  gtk_widget_set_sensitive (self->add_button, complete && !self->busy && self->probe != NULL);
  gtk_widget_set_sensitive (self->look_button, !self->busy);
}

static void
set_busy (IcamAddWindow *self,
          gboolean       busy,
          const char    *words)
{
  self->busy = busy;
  gtk_widget_set_visible (GTK_WIDGET (self->spinner), busy);
  gtk_spinner_set_spinning (self->spinner, busy);
  gtk_label_set_text (GTK_LABEL (self->look_label), words);
  icam_accessible_set_label (self->look_button, words);
  update_sensitive (self);
}

static void
show_problem (IcamAddWindow *self,
              const GError  *error)
{
  g_autofree char *words = error != NULL ? icam_words_error (error) : NULL;

  gtk_widget_remove_css_class (self->password_row, "error");
  gtk_widget_remove_css_class (self->user_row, "error");
  if (words != NULL)
    gtk_label_set_text (self->problem_label, words);
  gtk_revealer_set_reveal_child (self->problem_revealer, words != NULL);
  if (g_error_matches (error, ICAM_ERROR, ICAM_ERROR_WRONG_PASSWORD)
      || g_error_matches (error, ICAM_ERROR, ICAM_ERROR_PASSWORD_NEEDED))
    {
      gtk_widget_add_css_class (self->password_row, "error");
      gtk_widget_grab_focus (self->password_row);
      gtk_editable_select_region (GTK_EDITABLE (self->password_row), 0, -1);
    }
}

static void
clear_views (IcamAddWindow *self)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->views))) != NULL)
    {
      icam_add_view_stop (ICAM_ADD_VIEW (child));
      gtk_box_remove (self->views, child);
    }
  gtk_widget_set_visible (GTK_WIDGET (self->views_group), FALSE);
}

static void add_cb (IcamAddWindow *self);

static void
show_views (IcamAddWindow *self)
{
  GVariant *channels = icam_dbus_probe_get_channels (self->probe);
  const char *maker = icam_dbus_probe_get_manufacturer (self->probe);
  const char *model = icam_dbus_probe_get_model (self->probe);
  g_autofree char *device = g_strstrip (g_strdup_printf ("%s %s", maker != NULL ? maker : "",
                                                         model != NULL ? model : ""));
  gsize n_views = channels != NULL ? g_variant_n_children (channels) : 0;

  clear_views (self);
  if (*device != '\0')
    {
      g_autofree char *subtitle = g_strdup_printf ("%s · %s", device, self->address);

      adw_window_title_set_subtitle (self->title, subtitle);
    }
  for (gsize i = 0; i < n_views; i++)
    {
      const char *token, *name;
      GtkWidget *view;
      g_autofree char *proposed = NULL;

      g_variant_get_child (channels, i, "(&s&suusb)", &token, &name, NULL, NULL, NULL, NULL);
      proposed = *name != '\0' ? g_strdup (name)
                               /* Translators: proposed name of a camera, with a number */
                               : g_strdup_printf (_("Camera %d"), (int) i + 1);
      view = icam_add_view_new (self->probe, token, proposed, n_views > 1);
      g_signal_connect_swapped (view, "changed", G_CALLBACK (update_sensitive), self);
      g_signal_connect_swapped (view, "activate", G_CALLBACK (add_cb), self);
      gtk_box_append (self->views, view);
    }
  if (n_views > 1)
    {
      g_autofree char *text
        = g_strdup_printf (ngettext ("This device shows %d view. Choose what to record.",
                                     "This device shows %d views. Choose what to record.", n_views),
                           (int) n_views);

      adw_preferences_group_set_description (self->views_group, text);
    }
  gtk_widget_set_visible (GTK_WIDGET (self->views_group), n_views > 0);
  update_sensitive (self);
  if (n_views > 0)
    gtk_widget_grab_focus (self->add_button);
}

static void
probe_cb (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr (IcamAddWindow) self = user_data;
  g_autoptr (IcamDBusProbe) probe = NULL;
  g_autoptr (GError) error = NULL;
  gboolean ready
    = icam_client_probe_finish (ICAM_CLIENT (source), result, &probe, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->cancellable == NULL)
    {
      /* The window was closed: nobody looks any more. */
      if (probe != NULL)
        icam_dbus_probe_call_close (probe, g_variant_new ("a{sv}", NULL), NULL, NULL, NULL);
      return;
    }
  if (probe != NULL)
    g_set_object (&self->probe, probe);
  set_busy (self, FALSE, ready ? _("Look again") : _("Try again"));
  show_problem (self, ready ? NULL : error);
  if (ready)
    show_views (self);
}

static void
look_cb (IcamAddWindow *self)
{
  const char *user = gtk_editable_get_text (GTK_EDITABLE (self->user_row));
  g_autoptr (IcamSecret) secret = NULL;

  if (self->busy)
    return;
  secret = icam_secret_new (gtk_editable_get_text (GTK_EDITABLE (self->password_row)));
  show_problem (self, NULL);
  clear_views (self);
  set_busy (self, TRUE, _("Looking at the camera…"));
  if (secret == NULL)
    {
      g_autoptr (GError) error
        = icam_error_new (ICAM_ERROR_INVALID_ARGUMENT, "what", "password", NULL);

      set_busy (self, FALSE, _("Try again"));
      show_problem (self, error);
      return;
    }
  if (self->probe != NULL)
    icam_client_retry_probe_async (self->client, self->probe, user, secret, self->cancellable,
                                   probe_cb, g_object_ref (self));
  else
    icam_client_probe_async (self->client, self->address, user, secret, self->found_path,
                             self->cancellable, probe_cb, g_object_ref (self));
}

static void
added_cb (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr (IcamAddWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) paths = icam_client_add_finish (ICAM_CLIENT (source), result, &error);

  if (self->cancellable == NULL)
    return;
  if (paths == NULL)
    {
      set_busy (self, FALSE, _("Look again"));
      show_problem (self, error);
      return;
    }
  /* The probe ended with it. */
  g_clear_object (&self->probe);
  g_signal_emit (self, signals[ADDED], 0, g_strv_length (paths));
  gtk_window_close (GTK_WINDOW (self));
}

static void
add_cb (IcamAddWindow *self)
{
  g_autoptr (GHashTable) names = NULL;
  g_autoptr (GPtrArray) tokens = NULL;

  if (!gtk_widget_get_sensitive (self->add_button))
    return;
  names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  tokens = g_ptr_array_new_with_free_func (g_free);
  for (IcamAddView *view = first_view (self); view != NULL; view = next_view (view))
    {
      if (!icam_add_view_get_wanted (view))
        continue;
      g_ptr_array_add (tokens, g_strdup (icam_add_view_get_token (view)));
      g_hash_table_replace (names, g_strdup (icam_add_view_get_token (view)),
                            g_strstrip (g_strdup (icam_add_view_get_name (view))));
    }
  g_ptr_array_add (tokens, NULL);
  show_problem (self, NULL);
  set_busy (self, TRUE, _("Adding…"));
  icam_client_add_async (self->client, self->probe, names, (const char *const *) tokens->pdata,
                         self->cancellable, added_cb, g_object_ref (self));
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

static void
icam_add_window_dispose (GObject *object)
{
  IcamAddWindow *self = ICAM_ADD_WINDOW (object);

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  if (self->views != NULL)
    clear_views (self);
  if (self->probe != NULL)
    icam_dbus_probe_call_close (self->probe, g_variant_new ("a{sv}", NULL), NULL, NULL, NULL);
  g_clear_object (&self->probe);
  g_clear_object (&self->client);
  g_clear_pointer (&self->address, g_free);
  g_clear_pointer (&self->found_path, g_free);
  G_OBJECT_CLASS (icam_add_window_parent_class)->dispose (object);
}

static void
icam_add_window_class_init (IcamAddWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = icam_add_window_dispose;
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
  gtk_widget_class_bind_template_child (widget_class, IcamAddWindow, views_group);
  gtk_widget_class_bind_template_child (widget_class, IcamAddWindow, views);
  gtk_widget_class_bind_template_callback (widget_class, add_cb);
  gtk_widget_class_bind_template_callback (widget_class, look_cb);
  gtk_widget_class_bind_template_callback (widget_class, next_row_cb);
  gtk_widget_class_bind_template_callback (widget_class, password_changed_cb);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
}

static void
icam_add_window_init (IcamAddWindow *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * icam_add_window_new:
 * @client: the recorder
 * @address: what to look at
 * @found_path: the Found object it came from, or ""
 * @name: what it calls itself, or ""
 *
 * Returns: (transfer full): the window
 */
GtkWidget *
icam_add_window_new (IcamClient *client,
                     const char *address,
                     const char *found_path,
                     const char *name)
{
  IcamAddWindow *self;

  g_return_val_if_fail (ICAM_IS_CLIENT (client), NULL);
  g_return_val_if_fail (address != NULL, NULL);

  self = g_object_new (ICAM_TYPE_ADD_WINDOW, NULL);
  self->client = g_object_ref (client);
  self->address = g_strdup (address);
  if (found_path != NULL && *found_path != '\0')
    self->found_path = g_strdup (found_path);
  if (name != NULL && *name != '\0')
    {
      g_autofree char *subtitle = g_strdup_printf ("%s · %s", name, address);

      adw_window_title_set_subtitle (self->title, subtitle);
    }
  else
    adw_window_title_set_subtitle (self->title, address);
  set_busy (self, FALSE, _("Show picture"));
  gtk_widget_grab_focus (self->user_row);
  return GTK_WIDGET (self);
}
