/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-add-device.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "app/icam-add-view.h"
#include "app/icam-diagnose-window.h"
#include "client/icam-words.h"

struct _IcamAddDevice
{
  GtkBox parent_instance;

  IcamClient *client;
  char *address;
  char *found_path;
  char *name;
  char *user; /* as it was looked at last */
  IcamSecret *secret;
  IcamDBusProbe *probe;
  GCancellable *cancellable; /* NULL from when nobody looks any more */
  gboolean busy;
  GError *error;

  GtkWidget *title_box;
  GtkLabel *title;
  GtkLabel *subtitle;
  GtkSpinner *spinner;
  GtkRevealer *problem_revealer;
  GtkLabel *problem_label;
  GtkLabel *views_label;
  GtkBox *views;
};

enum
{
  CHANGED,
  ACTIVATE,
  LOOKED,
  ADDED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (IcamAddDevice, icam_add_device, GTK_TYPE_BOX)

static IcamAddView *
first_view (IcamAddDevice *self)
{
  return (IcamAddView *) gtk_widget_get_first_child (GTK_WIDGET (self->views));
}

static IcamAddView *
next_view (IcamAddView *view)
{
  return (IcamAddView *) gtk_widget_get_next_sibling (GTK_WIDGET (view));
}

static void
changed_cb (IcamAddDevice *self)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
activate_cb (IcamAddDevice *self)
{
  g_signal_emit (self, signals[ACTIVATE], 0);
}

static void
set_busy (IcamAddDevice *self,
          gboolean       busy)
{
  self->busy = busy;
  gtk_widget_set_visible (GTK_WIDGET (self->spinner), busy);
  gtk_spinner_set_spinning (self->spinner, busy);
  changed_cb (self);
}

static void
set_error (IcamAddDevice *self,
           const GError  *error)
{
  g_autofree char *words = error != NULL ? icam_words_error (error) : NULL;

  g_clear_error (&self->error);
  if (error != NULL)
    self->error = g_error_copy (error);
  if (words != NULL)
    gtk_label_set_text (self->problem_label, words);
  gtk_revealer_set_reveal_child (self->problem_revealer, words != NULL);
}

static void
diagnose_cb (IcamAddDevice *self)
{
  GtkWidget *window = icam_diagnose_window_new_for_address (self->client, self->address, self->user, self->secret);

  gtk_window_set_transient_for (GTK_WINDOW (window), GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))));
  gtk_window_present (GTK_WINDOW (window));
}

static void
clear_views (IcamAddDevice *self)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->views))) != NULL)
    {
      icam_add_view_stop (ICAM_ADD_VIEW (child));
      gtk_box_remove (self->views, child);
    }
  gtk_widget_set_visible (GTK_WIDGET (self->views_label), FALSE);
}

static void
show_views (IcamAddDevice *self)
{
  GVariant *channels = icam_dbus_probe_get_channels (self->probe);
  gsize n_views = channels != NULL ? g_variant_n_children (channels) : 0;
  g_autofree char *subtitle = icam_add_device_dup_subtitle (self);

  clear_views (self);
  gtk_label_set_text (self->subtitle, subtitle);
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
      g_signal_connect_swapped (view, "changed", G_CALLBACK (changed_cb), self);
      g_signal_connect_swapped (view, "activate", G_CALLBACK (activate_cb), self);
      gtk_box_append (self->views, view);
    }
  if (n_views > 1)
    {
      g_autofree char *text
        = g_strdup_printf (ngettext ("This device shows %d view. Choose what to record.",
                                     "This device shows %d views. Choose what to record.", n_views),
                           (int) n_views);

      gtk_label_set_text (self->views_label, text);
    }
  gtk_widget_set_visible (GTK_WIDGET (self->views_label), n_views > 1);
}

static void
probe_cb (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr (IcamAddDevice) self = user_data;
  g_autoptr (IcamDBusProbe) probe = NULL;
  g_autoptr (GError) error = NULL;
  gboolean ready = icam_client_probe_finish (ICAM_CLIENT (source), result, &probe, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->cancellable == NULL)
    {
      /* The window was closed: nobody looks any more. */
      if (probe != NULL)
        icam_dbus_probe_call_close (probe, g_variant_new ("a{sv}", NULL), NULL, NULL, NULL);
      return;
    }
  if (probe != NULL)
    g_set_object (&self->probe, probe);
  set_error (self, ready ? NULL : error);
  if (ready)
    show_views (self);
  set_busy (self, FALSE);
  g_signal_emit (self, signals[LOOKED], 0);
}

/**
 * icam_add_device_look:
 * @self: a device
 * @user: name, "" for none
 * @secret: password
 *
 * Asks it what it shows; "looked" tells when it answered or failed.
 */
void
icam_add_device_look (IcamAddDevice *self,
                      const char    *user,
                      IcamSecret    *secret)
{
  g_return_if_fail (ICAM_IS_ADD_DEVICE (self));

  if (self->busy || self->cancellable == NULL)
    return;
  g_free (self->user);
  self->user = g_strdup (user);
  icam_secret_ref (secret);
  g_clear_pointer (&self->secret, icam_secret_unref);
  self->secret = secret;
  set_error (self, NULL);
  clear_views (self);
  if (self->probe != NULL)
    icam_client_retry_probe_async (self->client, self->probe, user, secret, self->cancellable,
                                   probe_cb, g_object_ref (self));
  else
    icam_client_probe_async (self->client, self->address, user, secret, self->found_path,
                             self->cancellable, probe_cb, g_object_ref (self));
  set_busy (self, TRUE);
}

static void
added_cb (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr (IcamAddDevice) self = user_data;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) paths = icam_client_add_finish (ICAM_CLIENT (source), result, &error);

  if (self->cancellable == NULL)
    return;
  if (paths != NULL)
    /* The probe ended with it. */
    g_clear_object (&self->probe);
  else
    set_error (self, error);
  set_busy (self, FALSE);
  g_signal_emit (self, signals[ADDED], 0, paths != NULL ? g_strv_length (paths) : 0);
}

/** icam_add_device_add: saves the views that are wanted; "added" tells how it ended */
void
icam_add_device_add (IcamAddDevice *self)
{
  g_autoptr (GHashTable) names = NULL;
  g_autoptr (GPtrArray) tokens = NULL;

  g_return_if_fail (ICAM_IS_ADD_DEVICE (self));

  if (!icam_add_device_is_complete (self))
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
  set_error (self, NULL);
  icam_client_add_async (self->client, self->probe, names, (const char *const *) tokens->pdata,
                         self->cancellable, added_cb, g_object_ref (self));
  set_busy (self, TRUE);
}

/** icam_add_device_is_busy: whether it is asked something just now */
gboolean
icam_add_device_is_busy (IcamAddDevice *self)
{
  g_return_val_if_fail (ICAM_IS_ADD_DEVICE (self), FALSE);
  return self->busy;
}

/** icam_add_device_is_complete: whether it can be added: a view is wanted, and each that is has a name */
gboolean
icam_add_device_is_complete (IcamAddDevice *self)
{
  gboolean complete = FALSE;

  g_return_val_if_fail (ICAM_IS_ADD_DEVICE (self), FALSE);

  if (self->busy || self->probe == NULL)
    return FALSE;
  for (IcamAddView *view = first_view (self); view != NULL; view = next_view (view))
    {
      g_autofree char *name = g_strstrip (g_strdup (icam_add_view_get_name (view)));

      if (!icam_add_view_get_wanted (view))
        continue;
      complete = *name != '\0';
      if (!complete)
        return FALSE;
    }
  return complete;
}

/** icam_add_device_has_views: whether it answered and shows something */
gboolean
icam_add_device_has_views (IcamAddDevice *self)
{
  g_return_val_if_fail (ICAM_IS_ADD_DEVICE (self), FALSE);
  return first_view (self) != NULL;
}

/** icam_add_device_get_error: what is wrong with it, or NULL */
const GError *
icam_add_device_get_error (IcamAddDevice *self)
{
  g_return_val_if_fail (ICAM_IS_ADD_DEVICE (self), NULL);
  return self->error;
}

/** icam_add_device_dup_subtitle: what it is, as far as it is known, and its address */
char *
icam_add_device_dup_subtitle (IcamAddDevice *self)
{
  g_autofree char *device = NULL;

  g_return_val_if_fail (ICAM_IS_ADD_DEVICE (self), NULL);

  if (self->probe != NULL)
    {
      const char *maker = icam_dbus_probe_get_manufacturer (self->probe);
      const char *model = icam_dbus_probe_get_model (self->probe);

      device = g_strstrip (g_strdup_printf ("%s %s", maker != NULL ? maker : "",
                                            model != NULL ? model : ""));
    }
  else
    device = g_strdup (self->name);
  return *device != '\0' ? g_strdup_printf ("%s · %s", device, self->address)
                         : g_strdup (self->address);
}

/** icam_add_device_stop: nobody looks any more */
void
icam_add_device_stop (IcamAddDevice *self)
{
  g_return_if_fail (ICAM_IS_ADD_DEVICE (self));

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  if (self->views != NULL)
    clear_views (self);
  if (self->probe != NULL)
    icam_dbus_probe_call_close (self->probe, g_variant_new ("a{sv}", NULL), NULL, NULL, NULL);
  g_clear_object (&self->probe);
}

static void
icam_add_device_dispose (GObject *object)
{
  IcamAddDevice *self = ICAM_ADD_DEVICE (object);

  icam_add_device_stop (self);
  self->views = NULL;
  g_clear_object (&self->client);
  g_clear_error (&self->error);
  g_clear_pointer (&self->address, g_free);
  g_clear_pointer (&self->found_path, g_free);
  g_clear_pointer (&self->name, g_free);
  g_clear_pointer (&self->user, g_free);
  g_clear_pointer (&self->secret, icam_secret_unref);
  G_OBJECT_CLASS (icam_add_device_parent_class)->dispose (object);
}

static void
icam_add_device_class_init (IcamAddDeviceClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = icam_add_device_dispose;
  signals[CHANGED] = g_signal_new ("changed", ICAM_TYPE_ADD_DEVICE, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
  signals[ACTIVATE] = g_signal_new ("activate", ICAM_TYPE_ADD_DEVICE, G_SIGNAL_RUN_LAST, 0, NULL,
                                    NULL, NULL, G_TYPE_NONE, 0);
  signals[LOOKED] = g_signal_new ("looked", ICAM_TYPE_ADD_DEVICE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 0);
  signals[ADDED] = g_signal_new ("added", ICAM_TYPE_ADD_DEVICE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
  gtk_widget_class_set_template_from_resource (widget_class, ICAM_APP_PATH "/icam-add-device.ui");
  gtk_widget_class_bind_template_child (widget_class, IcamAddDevice, title_box);
  gtk_widget_class_bind_template_child (widget_class, IcamAddDevice, title);
  gtk_widget_class_bind_template_child (widget_class, IcamAddDevice, subtitle);
  gtk_widget_class_bind_template_child (widget_class, IcamAddDevice, spinner);
  gtk_widget_class_bind_template_child (widget_class, IcamAddDevice, problem_revealer);
  gtk_widget_class_bind_template_child (widget_class, IcamAddDevice, problem_label);
  gtk_widget_class_bind_template_child (widget_class, IcamAddDevice, views_label);
  gtk_widget_class_bind_template_child (widget_class, IcamAddDevice, views);
  gtk_widget_class_bind_template_callback (widget_class, diagnose_cb);
}

static void
icam_add_device_init (IcamAddDevice *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * icam_add_device_new:
 * @client: the recorder
 * @address: what to look at
 * @found_path: (nullable): the Found object it came from, or ""
 * @name: (nullable): what it calls itself, or ""
 * @titled: say above it which one it is, because there are others
 *
 * Returns: (transfer floating): the device
 */
GtkWidget *
icam_add_device_new (IcamClient *client,
                     const char *address,
                     const char *found_path,
                     const char *name,
                     gboolean    titled)
{
  IcamAddDevice *self;

  g_return_val_if_fail (ICAM_IS_CLIENT (client), NULL);
  g_return_val_if_fail (address != NULL, NULL);

  self = g_object_new (ICAM_TYPE_ADD_DEVICE, NULL);
  self->client = g_object_ref (client);
  self->address = g_strdup (address);
  self->name = g_strdup (name != NULL ? name : "");
  if (found_path != NULL && *found_path != '\0')
    self->found_path = g_strdup (found_path);
  gtk_widget_set_visible (self->title_box, titled);
  gtk_label_set_text (self->title, *self->name != '\0' ? self->name : address);
  gtk_label_set_text (self->subtitle, address);
  return GTK_WIDGET (self);
}
