/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-cameras-page.h"

#include <glib/gi18n.h>

#include "app/icam-camera-row.h"
#include "app/icam-found-list.h"
#include "app/icam-storage-page.h"
#include "client/icam-words.h"

#define JOURNAL_DAYS 14
#define JOURNAL_ROWS 200

struct _IcamCamerasPage
{
  AdwBin parent_instance;

  IcamClient *client;
  GCancellable *cancellable;

  GtkStack *stack;
  GtkWidget *camera_group;
  GtkListBox *camera_list;
  IcamFoundList *found_list;
  IcamStoragePage *storage_page;
  GtkListBox *connection_list;
  GtkListBox *journal_list;
};

enum
{
  PROP_0,
  PROP_N_TROUBLE,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (IcamCamerasPage, icam_cameras_page, ADW_TYPE_BIN)

/* How many things need somebody: cameras that do not record, and the folder. */
static guint
count_trouble (IcamCamerasPage *self)
{
  GListModel *cameras;
  guint n_trouble = 0;
  g_autoptr (GError) archive_error = NULL;

  if (self->client == NULL)
    return 0;
  cameras = icam_client_get_cameras (self->client);
  for (guint i = 0; i < g_list_model_get_n_items (cameras); i++)
    {
      g_autoptr (IcamCamera) camera = g_list_model_get_item (cameras, i);
      const char *state = icam_camera_get_state (camera);

      n_trouble += g_strcmp0 (state, "failed") == 0 || g_strcmp0 (state, "other-device") == 0;
    }
  archive_error = icam_client_dup_archive_error (self->client);
  return n_trouble + (archive_error != NULL ? 1 : 0);
}

static void
trouble_changed_cb (IcamCamerasPage *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_N_TROUBLE]);
}

static void
clear_list (GtkListBox *list)
{
  GtkListBoxRow *row;

  while ((row = gtk_list_box_get_row_at_index (list, 0)) != NULL)
    gtk_list_box_remove (list, GTK_WIDGET (row));
}

static void
append_row (GtkListBox *list,
            const char *title,
            const char *subtitle)
{
  GtkWidget *row = adw_action_row_new ();

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_title_lines (ADW_ACTION_ROW (row), 0);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  gtk_list_box_append (list, row);
}

static void
journal_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (IcamCamerasPage) self = user_data;
  g_autoptr (GVariant) entries = NULL;
  g_autoptr (GError) error = NULL;
  GVariantIter iter;
  gint64 time, now = g_get_real_time ();
  const char *code;
  GVariant *params;
  int n_rows = 0;

  if (!icam_dbus_manager_call_list_journal_finish (ICAM_DBUS_MANAGER (source), &entries, result,
                                                   &error))
    {
      g_debug ("No journal: %s", error->message);
      return;
    }
  if (self->cancellable == NULL)
    return;
  clear_list (self->journal_list);
  g_variant_iter_init (&iter, entries);
  while (n_rows++ < JOURNAL_ROWS
         && g_variant_iter_next (&iter, "(x&s@a{sv})", &time, &code, &params))
    {
      g_autofree char *words = icam_words_journal (code, params);
      g_autofree char *when = icam_words_time (time, now);

      append_row (self->journal_list, words, when);
      g_variant_unref (params);
    }
}

static void
connections_cb (GObject      *source,
                GAsyncResult *result,
                gpointer      user_data)
{
  g_autoptr (IcamCamerasPage) self = user_data;
  g_autoptr (GVariant) connections = NULL;
  g_autoptr (GError) error = NULL;
  GVariantIter iter;
  const char *purpose, *address;
  guint16 port;
  guint64 count;
  gint64 first, last, now = g_get_real_time ();

  if (!icam_dbus_manager_call_list_connections_finish (ICAM_DBUS_MANAGER (source), &connections,
                                                       result, &error))
    {
      g_debug ("No connections: %s", error->message);
      return;
    }
  if (self->cancellable == NULL)
    return;
  clear_list (self->connection_list);
  g_variant_iter_init (&iter, connections);
  while (g_variant_iter_next (&iter, "(&s&sqtxx)", &purpose, &address, &port, &count, &first, &last))
    {
      g_autofree char *when = icam_words_time (last, now);
      g_autofree char *title = g_strdup_printf ("%s, %u", address, port);
      g_autofree char *subtitle = g_strdup_printf (
        /* Translators: what for, how many times, when the last time was */
        ngettext ("%s · %d time · %s", "%s · %d times · %s", (gulong) count), purpose, (int) count,
        when);

      append_row (self->connection_list, title, subtitle);
    }
}

static void
page_changed_cb (IcamCamerasPage *self)
{
  const char *page = gtk_stack_get_visible_child_name (self->stack);
  IcamDBusManager *manager = self->client != NULL ? icam_client_get_manager (self->client) : NULL;
  gint64 now = g_get_real_time ();

  if (manager == NULL || self->cancellable == NULL || !gtk_widget_get_mapped (GTK_WIDGET (self)))
    return;
  if (g_strcmp0 (page, "journal") == 0)
    icam_dbus_manager_call_list_journal (
      manager, now - G_GINT64_CONSTANT (86400000000) * JOURNAL_DAYS,
      now + G_GINT64_CONSTANT (86400000000), g_variant_new ("a{sv}", NULL), self->cancellable,
      journal_cb, g_object_ref (self));
  else if (g_strcmp0 (page, "privacy") == 0)
    icam_dbus_manager_call_list_connections (manager, g_variant_new ("a{sv}", NULL),
                                             self->cancellable, connections_cb,
                                             g_object_ref (self));
  else if (g_strcmp0 (page, "storage") == 0)
    icam_storage_page_update (self->storage_page);
}

static GtkWidget *
create_camera_row (gpointer item,
                   gpointer user_data)
{
  IcamCamerasPage *self = user_data;
  GtkWidget *row = icam_camera_row_new (self->client, item);

  g_signal_connect_object (item, "notify::state", G_CALLBACK (trouble_changed_cb), self,
                           G_CONNECT_SWAPPED);
  return row;
}

static void
cameras_changed_cb (IcamCamerasPage *self)
{
  gtk_widget_set_visible (self->camera_group,
                          g_list_model_get_n_items (icam_client_get_cameras (self->client)) > 0);
  trouble_changed_cb (self);
}

static void
icam_cameras_page_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (icam_cameras_page_parent_class)->map (widget);
  page_changed_cb (ICAM_CAMERAS_PAGE (widget));
}

static void
icam_cameras_page_get_property (GObject    *object,
                                guint       prop_id,
                                GValue     *value,
                                GParamSpec *pspec)
{
  switch (prop_id)
    {
    case PROP_N_TROUBLE:
      g_value_set_uint (value, count_trouble (ICAM_CAMERAS_PAGE (object)));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
icam_cameras_page_dispose (GObject *object)
{
  IcamCamerasPage *self = ICAM_CAMERAS_PAGE (object);

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  if (self->camera_list != NULL)
    gtk_list_box_bind_model (self->camera_list, NULL, NULL, NULL, NULL);
  g_clear_object (&self->client);
  G_OBJECT_CLASS (icam_cameras_page_parent_class)->dispose (object);
}

static void
icam_cameras_page_class_init (IcamCamerasPageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = icam_cameras_page_dispose;
  object_class->get_property = icam_cameras_page_get_property;
  widget_class->map = icam_cameras_page_map;
  properties[PROP_N_TROUBLE]
    = g_param_spec_uint ("n-trouble", NULL, NULL, 0, G_MAXUINT, 0,
                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  g_type_ensure (ICAM_TYPE_FOUND_LIST);
  g_type_ensure (ICAM_TYPE_STORAGE_PAGE);
  gtk_widget_class_set_template_from_resource (widget_class, ICAM_APP_PATH "/icam-cameras-page.ui");
  gtk_widget_class_bind_template_child (widget_class, IcamCamerasPage, stack);
  gtk_widget_class_bind_template_child (widget_class, IcamCamerasPage, camera_group);
  gtk_widget_class_bind_template_child (widget_class, IcamCamerasPage, camera_list);
  gtk_widget_class_bind_template_child (widget_class, IcamCamerasPage, found_list);
  gtk_widget_class_bind_template_child (widget_class, IcamCamerasPage, storage_page);
  gtk_widget_class_bind_template_child (widget_class, IcamCamerasPage, connection_list);
  gtk_widget_class_bind_template_child (widget_class, IcamCamerasPage, journal_list);
}

static void
icam_cameras_page_init (IcamCamerasPage *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect_swapped (self->stack, "notify::visible-child", G_CALLBACK (page_changed_cb), self);
}

/** icam_cameras_page_set_client: whose cameras; once */
void
icam_cameras_page_set_client (IcamCamerasPage *self,
                              IcamClient      *client)
{
  g_return_if_fail (ICAM_IS_CAMERAS_PAGE (self));
  g_return_if_fail (self->client == NULL);

  self->client = g_object_ref (client);
  icam_found_list_set_client (self->found_list, client);
  gtk_list_box_bind_model (self->camera_list, icam_client_get_cameras (client), create_camera_row,
                           self, NULL);
  g_signal_connect_object (icam_client_get_cameras (client), "items-changed",
                           G_CALLBACK (cameras_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (client, "notify::archive-error", G_CALLBACK (trouble_changed_cb), self,
                           G_CONNECT_SWAPPED);
  icam_storage_page_set_client (self->storage_page, client);
  cameras_changed_cb (self);
}

/** icam_cameras_page_show_camera: opens a camera's row; where a password is wanted, asks for it */
void
icam_cameras_page_show_camera (IcamCamerasPage *self,
                               const char      *camera)
{
  GtkListBoxRow *row;

  g_return_if_fail (ICAM_IS_CAMERAS_PAGE (self));

  icam_cameras_page_show_page (self, "cameras");
  for (int i = 0; (row = gtk_list_box_get_row_at_index (self->camera_list, i)) != NULL; i++)
    {
      IcamCamera *other = icam_camera_row_get_camera (ICAM_CAMERA_ROW (row));

      if (g_strcmp0 (camera, icam_camera_get_id (other)) != 0)
        continue;
      adw_expander_row_set_expanded (ADW_EXPANDER_ROW (row), TRUE);
      gtk_widget_grab_focus (GTK_WIDGET (row));
    }
}

/** icam_cameras_page_show_page: "cameras", "storage", "privacy" or "journal" */
void
icam_cameras_page_show_page (IcamCamerasPage *self,
                             const char      *page)
{
  g_return_if_fail (ICAM_IS_CAMERAS_PAGE (self));
  gtk_stack_set_visible_child_name (self->stack, page);
}

/** icam_cameras_page_tick: once a second */
void
icam_cameras_page_tick (IcamCamerasPage *self)
{
  GtkListBoxRow *row;

  g_return_if_fail (ICAM_IS_CAMERAS_PAGE (self));

  if (!gtk_widget_get_mapped (GTK_WIDGET (self)))
    return;
  for (int i = 0; (row = gtk_list_box_get_row_at_index (self->camera_list, i)) != NULL; i++)
    icam_camera_row_tick (ICAM_CAMERA_ROW (row));
}
