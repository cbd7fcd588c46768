/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-notifier.h"

#include <glib/gi18n.h>

#include "client/icam-words.h"

/* A camera that is back sooner was not worth a word. */
#define PATIENCE_S 10

struct _IcamNotifier
{
  GObject parent_instance;

  GApplication *application; /* not owned: it owns this */
  IcamClient *client;
  GSettings *settings;
  GHashTable *waiting;   /* camera id → source id: not recorded, and not yet told */
  GHashTable *told;      /* camera ids of which it was told */
  GHashTable *events;    /* ids of events that were told */
};

G_DEFINE_FINAL_TYPE (IcamNotifier, icam_notifier, G_TYPE_OBJECT)

typedef struct
{
  IcamNotifier *notifier;
  char *camera;
} Patience;

static void
patience_free (gpointer data)
{
  Patience *self = data;

  g_free (self->camera);
  g_free (self);
}

static char *
make_id (const char *kind,
         const char *camera)
{
  return g_strdup_printf ("%s-%s", kind, camera);
}

static gboolean
is_trouble (const char *state)
{
  return g_strcmp0 (state, "failed") == 0 || g_strcmp0 (state, "other-device") == 0
         || g_strcmp0 (state, "waiting") == 0;
}

static void
tell_trouble (IcamNotifier *self,
              IcamCamera   *camera)
{
  g_autoptr (GNotification) notification = NULL;
  g_autofree char *title
    /* Translators: title of a notification; the name of a camera */
    = g_strdup_printf (_("%s is not being recorded"), icam_camera_get_name (camera));
  g_autofree char *words = icam_words_camera_state (
    icam_camera_get_name (camera), icam_camera_get_state (camera), icam_camera_get_error (camera),
    icam_camera_get_state_since (camera), 0, g_get_real_time ());
  g_autofree char *id = make_id ("trouble", icam_camera_get_id (camera));

  notification = g_notification_new (title);
  g_notification_set_body (notification, words);
  g_notification_set_priority (notification, G_NOTIFICATION_PRIORITY_HIGH);
  g_notification_set_default_action_and_target (notification, "app.show-camera", "s",
                                                icam_camera_get_id (camera));
  g_application_send_notification (self->application, id, notification);
}

static gboolean
patience_cb (gpointer user_data)
{
  Patience *patience = user_data;
  IcamNotifier *self = patience->notifier;
  IcamCamera *camera = icam_client_lookup_camera (self->client, patience->camera);

  if (camera != NULL && is_trouble (icam_camera_get_state (camera)))
    {
      g_hash_table_add (self->told, g_strdup (patience->camera));
      tell_trouble (self, camera);
    }
  /* Frees what @patience is. */
  g_hash_table_steal (self->waiting, patience->camera);
  return G_SOURCE_REMOVE;
}

static void
forget_trouble (IcamNotifier *self,
                const char   *camera)
{
  g_hash_table_remove (self->waiting, camera);
  if (g_hash_table_remove (self->told, camera))
    {
      g_autofree char *id = make_id ("trouble", camera);

      g_application_withdraw_notification (self->application, id);
    }
}

static void
state_cb (IcamNotifier *self,
          GParamSpec   *pspec,
          IcamCamera   *camera)
{
  const char *id = icam_camera_get_id (camera);
  const char *state = icam_camera_get_state (camera);

  if (g_strcmp0 (state, "recording") == 0 || g_strcmp0 (state, "paused") == 0)
    {
      forget_trouble (self, id);
      return;
    }
  if (is_trouble (state) && g_settings_get_boolean (self->settings, "notify-trouble")
      && !g_hash_table_contains (self->told, id) && !g_hash_table_contains (self->waiting, id))
    {
      Patience *patience = g_new0 (Patience, 1);
      guint source;

      patience->notifier = self;
      patience->camera = g_strdup (id);
      source = g_timeout_add_seconds_full (G_PRIORITY_DEFAULT, PATIENCE_S, patience_cb, patience,
                                           patience_free);
      g_hash_table_insert (self->waiting, patience->camera, GUINT_TO_POINTER (source));
    }
}

static void
gone_cb (IcamNotifier *self,
         IcamCamera   *camera)
{
  forget_trouble (self, icam_camera_get_id (camera));
}

static void
cameras_changed_cb (GListModel   *cameras,
                    guint         position,
                    guint         removed,
                    guint         added,
                    IcamNotifier *self)
{
  for (guint i = position; i < position + added; i++)
    {
      g_autoptr (IcamCamera) camera = g_list_model_get_item (cameras, i);

      /* One that only moved was seen before. */
      g_signal_handlers_disconnect_by_func (camera, state_cb, self);
      g_signal_handlers_disconnect_by_func (camera, gone_cb, self);
      g_signal_connect_object (camera, "notify::state", G_CALLBACK (state_cb), self,
                               G_CONNECT_SWAPPED);
      g_signal_connect_object (camera, "gone", G_CALLBACK (gone_cb), self, G_CONNECT_SWAPPED);
      state_cb (self, NULL, camera);
    }
}

static void
event_cb (IcamNotifier *self,
          IcamEvent    *event)
{
  IcamCamera *camera = icam_client_lookup_camera (self->client, icam_event_get_camera (event));
  g_autoptr (GNotification) notification = NULL;
  g_autofree char *title = NULL;
  g_autofree char *when = NULL;
  g_autofree char *id = NULL;

  if (camera == NULL || !g_settings_get_boolean (self->settings, "notify-events")
      || icam_event_get_end (event) > 0
      || g_hash_table_contains (self->events, icam_event_get_id (event)))
    return;
  /* Whether one was told matters only while it lasts. */
  if (g_hash_table_size (self->events) > 1000)
    g_hash_table_remove_all (self->events);
  g_hash_table_add (self->events, g_strdup (icam_event_get_id (event)));
  /* Translators: title of a notification: what happened, name of a camera */
  title = g_strdup_printf (_("%s, %s"), icam_words_event_kind (icam_event_get_kind (event)),
                           icam_camera_get_name (camera));
  when = icam_words_time (icam_event_get_start (event), g_get_real_time ());
  id = make_id ("event", icam_event_get_camera (event));
  notification = g_notification_new (title);
  g_notification_set_body (notification, when);
  g_notification_set_default_action_and_target (notification, "app.open-event", "s",
                                                icam_event_get_id (event));
  g_application_send_notification (self->application, id, notification);
}

static void
remove_source (gpointer data)
{
  g_source_remove (GPOINTER_TO_UINT (data));
}

static void
icam_notifier_dispose (GObject *object)
{
  IcamNotifier *self = ICAM_NOTIFIER (object);

  if (self->client != NULL)
    {
      GListModel *cameras = icam_client_get_cameras (self->client);

      g_signal_handlers_disconnect_by_data (self->client, self);
      g_signal_handlers_disconnect_by_data (cameras, self);
    }
  g_clear_pointer (&self->waiting, g_hash_table_unref);
  g_clear_pointer (&self->told, g_hash_table_unref);
  g_clear_pointer (&self->events, g_hash_table_unref);
  g_clear_object (&self->settings);
  g_clear_object (&self->client);
  G_OBJECT_CLASS (icam_notifier_parent_class)->dispose (object);
}

static void
icam_notifier_class_init (IcamNotifierClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = icam_notifier_dispose;
}

static void
icam_notifier_init (IcamNotifier *self)
{
  /* The keys belong to the sources. */
  self->waiting = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, remove_source);
  self->told = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->events = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

/**
 * icam_notifier_new:
 * @application: who tells; it has the actions show-camera (s) and open-event (s)
 * @client: the recorder
 * @settings: what is told: notify-trouble, notify-events
 *
 * Returns: (transfer full): a notifier; it ends with its last reference
 */
IcamNotifier *
icam_notifier_new (GApplication *application,
                   IcamClient   *client,
                   GSettings    *settings)
{
  IcamNotifier *self = g_object_new (ICAM_TYPE_NOTIFIER, NULL);
  GListModel *cameras = icam_client_get_cameras (client);

  self->application = application;
  self->client = g_object_ref (client);
  self->settings = g_object_ref (settings);
  g_signal_connect_swapped (client, "event-changed", G_CALLBACK (event_cb), self);
  g_signal_connect (cameras, "items-changed", G_CALLBACK (cameras_changed_cb), self);
  cameras_changed_cb (cameras, 0, 0, g_list_model_get_n_items (cameras), self);
  return self;
}
