/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-event-store.h"

#define DAYS 7
#define MAX_EVENTS 500
/* Small pictures that are kept; each is some 200 KiB as pixels. */
#define MAX_THUMBNAILS 200
/* Asked for at a time, so that the first ones are seen first. */
#define MAX_UNDER_WAY 4

struct _IcamEventStore
{
  GObject parent_instance;

  IcamClient *client;
  GListStore *events;
  gboolean loading;
  GError *error;
  GCancellable *cancellable;

  GHashTable *thumbnails; /* event id → GdkTexture */
  GQueue order;           /* of ids, oldest first, owned by the table */
  GHashTable *asked;      /* ids for which an answer is under way or was no */
  GQueue wanted;          /* of IcamEvent, the newest wish last */
  guint under_way;
};

enum
{
  PROP_0,
  PROP_LOADING,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

enum
{
  THUMBNAIL,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (IcamEventStore, icam_event_store, G_TYPE_OBJECT)

static void
set_loading (IcamEventStore *self,
             gboolean        loading)
{
  if (self->loading == loading)
    return;
  self->loading = loading;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LOADING]);
}

static int
compare_events (gconstpointer a,
                gconstpointer b,
                gpointer      user_data)
{
  gint64 left = icam_event_get_start ((IcamEvent *) a);
  gint64 right = icam_event_get_start ((IcamEvent *) b);

  return (left < right) - (left > right);
}

static void
events_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (IcamEventStore) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) events
    = icam_client_list_events_finish (ICAM_CLIENT (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)
      || g_error_matches (error, ICAM_ERROR, ICAM_ERROR_CANCELLED))
    return;
  g_clear_error (&self->error);
  if (events != NULL)
    g_list_store_splice (self->events, 0, g_list_model_get_n_items (G_LIST_MODEL (self->events)),
                         events->pdata, events->len);
  else
    self->error = g_steal_pointer (&error);
  set_loading (self, FALSE);
}

static void
event_changed_cb (IcamEventStore *self,
                  IcamEvent      *event)
{
  guint n_events = g_list_model_get_n_items (G_LIST_MODEL (self->events));

  for (guint i = 0; i < n_events; i++)
    {
      g_autoptr (IcamEvent) other = g_list_model_get_item (G_LIST_MODEL (self->events), i);

      if (g_strcmp0 (icam_event_get_id (other), icam_event_get_id (event)) != 0)
        continue;
      /* The picture of an event may be a better one when it ended. */
      if (icam_event_get_end (event) > 0 && icam_event_get_end (other) == 0)
        {
          GList *link = g_queue_find_custom (&self->order, icam_event_get_id (event),
                                             (GCompareFunc) g_strcmp0);

          if (link != NULL)
            g_queue_delete_link (&self->order, link);
          g_hash_table_remove (self->thumbnails, icam_event_get_id (event));
          g_hash_table_remove (self->asked, icam_event_get_id (event));
        }
      if (icam_event_has_thumbnail (event) && !icam_event_has_thumbnail (other))
        g_hash_table_remove (self->asked, icam_event_get_id (event));
      g_list_store_splice (self->events, i, 1, (gpointer *) &event, 1);
      return;
    }
  g_list_store_insert_sorted (self->events, event, compare_events, NULL);
  n_events = g_list_model_get_n_items (G_LIST_MODEL (self->events));
  if (n_events > 2 * MAX_EVENTS)
    g_list_store_remove (self->events, n_events - 1);
}

static void
state_changed_cb (IcamEventStore *self)
{
  if (icam_client_get_state (self->client) == ICAM_CLIENT_READY)
    icam_event_store_reload (self);
}

/* ---- thumbnails ---- */

static void ask_next (IcamEventStore *self);

typedef struct
{
  IcamEventStore *store;
  char *id;
} Wish;

static void
decode_thread (GTask        *task,
               gpointer      source,
               gpointer      data,
               GCancellable *cancellable)
{
  GError *error = NULL;
  GdkTexture *texture = gdk_texture_new_from_bytes (data, &error);

  if (texture != NULL)
    g_task_return_pointer (task, texture, g_object_unref);
  else
    g_task_return_error (task, error);
}

static void
wish_free (Wish *wish)
{
  g_object_unref (wish->store);
  g_free (wish->id);
  g_free (wish);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Wish, wish_free)

static void
decoded_cb (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (Wish) wish = user_data;
  IcamEventStore *self = wish->store;
  g_autoptr (GError) error = NULL;
  g_autoptr (GdkTexture) texture = g_task_propagate_pointer (G_TASK (result), &error);

  self->under_way--;
  if (texture != NULL)
    {
      char *id = g_strdup (wish->id);

      g_hash_table_replace (self->thumbnails, id, g_steal_pointer (&texture));
      g_queue_push_tail (&self->order, id);
      while (self->order.length > MAX_THUMBNAILS)
        {
          char *oldest = g_queue_pop_head (&self->order);

          g_hash_table_remove (self->asked, oldest);
          g_hash_table_remove (self->thumbnails, oldest);
        }
      g_signal_emit (self, signals[THUMBNAIL], 0, wish->id);
    }
  else
    g_debug ("The picture of event %s: %s", wish->id, error->message);
  ask_next (self);
}

static void
thumbnail_cb (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr (Wish) wish = user_data;
  IcamEventStore *self = wish->store;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) jpeg = icam_client_load_thumbnail_finish (ICAM_CLIENT (source), result, &error);
  g_autoptr (GTask) task = NULL;

  if (jpeg == NULL)
    {
      g_debug ("No picture of event %s: %s", wish->id, error->message);
      self->under_way--;
      ask_next (self);
      return;
    }
  task = g_task_new (self, NULL, decoded_cb, g_steal_pointer (&wish));
  g_task_set_source_tag (task, thumbnail_cb);
  g_task_set_task_data (task, g_steal_pointer (&jpeg), (GDestroyNotify) g_bytes_unref);
  g_task_run_in_thread (task, decode_thread);
}

static void
ask_next (IcamEventStore *self)
{
  while (self->client != NULL && self->under_way < MAX_UNDER_WAY && self->wanted.length > 0)
    {
      g_autoptr (IcamEvent) event = g_queue_pop_head (&self->wanted);
      Wish *wish = g_new0 (Wish, 1);

      wish->store = g_object_ref (self);
      wish->id = g_strdup (icam_event_get_id (event));
      self->under_way++;
      icam_client_load_thumbnail_async (self->client, event, NULL, thumbnail_cb, wish);
    }
}

/* ---- the object ---- */

static void
icam_event_store_get_property (GObject    *object,
                               guint       prop_id,
                               GValue     *value,
                               GParamSpec *pspec)
{
  IcamEventStore *self = ICAM_EVENT_STORE (object);

  switch (prop_id)
    {
    case PROP_LOADING:
      g_value_set_boolean (value, self->loading);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
icam_event_store_dispose (GObject *object)
{
  IcamEventStore *self = ICAM_EVENT_STORE (object);

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  if (self->client != NULL)
    g_signal_handlers_disconnect_by_data (self->client, self);
  g_clear_object (&self->client);
  g_queue_clear_full (&self->wanted, g_object_unref);
  G_OBJECT_CLASS (icam_event_store_parent_class)->dispose (object);
}

static void
icam_event_store_finalize (GObject *object)
{
  IcamEventStore *self = ICAM_EVENT_STORE (object);

  g_clear_object (&self->events);
  g_clear_error (&self->error);
  g_queue_clear (&self->order);
  g_hash_table_unref (self->thumbnails);
  g_hash_table_unref (self->asked);
  G_OBJECT_CLASS (icam_event_store_parent_class)->finalize (object);
}

static void
icam_event_store_class_init (IcamEventStoreClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = icam_event_store_dispose;
  object_class->finalize = icam_event_store_finalize;
  object_class->get_property = icam_event_store_get_property;
  properties[PROP_LOADING]
    = g_param_spec_boolean ("loading", NULL, NULL, FALSE,
                            G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[THUMBNAIL] = g_signal_new ("thumbnail", ICAM_TYPE_EVENT_STORE, G_SIGNAL_RUN_LAST, 0, NULL,
                                     NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
icam_event_store_init (IcamEventStore *self)
{
  self->events = g_list_store_new (ICAM_TYPE_EVENT);
  self->thumbnails = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  self->asked = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

/** icam_event_store_new: loads as soon as the recorder is there */
IcamEventStore *
icam_event_store_new (IcamClient *client)
{
  IcamEventStore *self;

  g_return_val_if_fail (ICAM_IS_CLIENT (client), NULL);

  self = g_object_new (ICAM_TYPE_EVENT_STORE, NULL);
  self->client = g_object_ref (client);
  g_signal_connect_object (client, "event-changed", G_CALLBACK (event_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (client, "notify::state", G_CALLBACK (state_changed_cb), self,
                           G_CONNECT_SWAPPED);
  state_changed_cb (self);
  return self;
}

/** icam_event_store_get_events: of IcamEvent, newest first (transfer none) */
GListModel *
icam_event_store_get_events (IcamEventStore *self)
{
  g_return_val_if_fail (ICAM_IS_EVENT_STORE (self), NULL);
  return G_LIST_MODEL (self->events);
}

/** icam_event_store_get_loading: whether the first answer has not come yet */
gboolean
icam_event_store_get_loading (IcamEventStore *self)
{
  g_return_val_if_fail (ICAM_IS_EVENT_STORE (self), FALSE);
  return self->loading;
}

/** icam_event_store_get_error: why there is no list, NULL if there is one */
const GError *
icam_event_store_get_error (IcamEventStore *self)
{
  g_return_val_if_fail (ICAM_IS_EVENT_STORE (self), NULL);
  return self->error;
}

/**
 * icam_event_store_get_thumbnail:
 * @self: the store
 * @event: an event
 *
 * Returns: (transfer none) (nullable): its small picture; NULL if it is not here, in which case it is asked for
 *   and "thumbnail" tells when it came
 */
GdkTexture *
icam_event_store_get_thumbnail (IcamEventStore *self,
                                IcamEvent      *event)
{
  const char *id;
  GdkTexture *texture;

  g_return_val_if_fail (ICAM_IS_EVENT_STORE (self), NULL);

  id = icam_event_get_id (event);
  texture = g_hash_table_lookup (self->thumbnails, id);
  if (texture != NULL || !icam_event_has_thumbnail (event)
      || g_hash_table_contains (self->asked, id))
    return texture;
  g_hash_table_add (self->asked, g_strdup (id));
  g_queue_push_tail (&self->wanted, g_object_ref (event));
  ask_next (self);
  return NULL;
}

/** icam_event_store_reload: asks for all of it again */
void
icam_event_store_reload (IcamEventStore *self)
{
  gint64 now = g_get_real_time ();

  g_return_if_fail (ICAM_IS_EVENT_STORE (self));

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  set_loading (self, TRUE);
  icam_client_list_events_async (self->client, NULL,
                                 now - G_GINT64_CONSTANT (86400000000) * DAYS,
                                 now + G_GINT64_CONSTANT (86400000000), MAX_EVENTS,
                                 self->cancellable, events_cb, g_object_ref (self));
}
