/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-recorder"

#include "config.h"

#include "recorder/icam-secrets-libsecret.h"

#include <libsecret/secret.h>
#include <string.h>

#define SECRETS_NAME "org.freedesktop.secrets"

/* A device's password, by the device's UUID: nothing in the attributes tells which camera it is. */
static const SecretSchema schema = {
  ICAM_APP_ID ".Device",
  SECRET_SCHEMA_NONE,
  { { "device", SECRET_SCHEMA_ATTRIBUTE_STRING }, { NULL, 0 } },
};

struct _IcamSecretsLibsecret
{
  IcamSecrets parent_instance;
  GDBusConnection *connection;
  guint watch_id;
  guint signal_id;
  GCancellable *cancellable;     /* what is under way with the present keyring */
  SecretService *service;        /* or NULL while there is none */
  SecretCollection *collection;  /* the default one, or NULL */
  gulong locked_id;
  GQueue waiting;                /* of Lookup: asked before it was known whether there is a keyring */
};

typedef struct
{
  GTask *task;
  IcamUuid device;
} Lookup;

G_DEFINE_FINAL_TYPE (IcamSecretsLibsecret, icam_secrets_libsecret, ICAM_TYPE_SECRETS)

static void look_up (IcamSecretsLibsecret *self,
                     GTask                *task,
                     const IcamUuid       *device);

static void
settle (IcamSecretsLibsecret *self,
        IcamKeyringState      state)
{
  icam_secrets_set_state (ICAM_SECRETS (self), state);

  while (!g_queue_is_empty (&self->waiting))
    {
      Lookup *lookup = g_queue_pop_head (&self->waiting);

      look_up (self, lookup->task, &lookup->device);
      g_object_unref (lookup->task);
      g_free (lookup);
    }
}

static void
on_locked (SecretCollection     *collection,
           GParamSpec           *pspec,
           IcamSecretsLibsecret *self)
{
  settle (self, secret_collection_get_locked (collection) ? ICAM_KEYRING_LOCKED : ICAM_KEYRING_UNLOCKED);
}

static void
set_collection (IcamSecretsLibsecret *self,
                SecretCollection     *collection)
{
  if (self->collection != NULL)
    g_clear_signal_handler (&self->locked_id, self->collection);
  g_set_object (&self->collection, collection);
  if (collection != NULL)
    self->locked_id = g_signal_connect (collection, "notify::locked", G_CALLBACK (on_locked), self);
}

static void
on_collection (GObject      *source,
               GAsyncResult *result,
               gpointer      user_data)
{
  g_autoptr (IcamSecretsLibsecret) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (SecretCollection) collection = secret_collection_for_alias_finish (result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->service == NULL)
    return;

  if (error != NULL)
    g_warning ("The keyring cannot be asked: %s", error->message);
  set_collection (self, collection);
  if (error != NULL)
    settle (self, ICAM_KEYRING_ABSENT);
  else if (collection != NULL && secret_collection_get_locked (collection))
    settle (self, ICAM_KEYRING_LOCKED);
  else
    /* Without a collection nothing is locked: the first password makes one, and the desktop asks for its password. */
    settle (self, ICAM_KEYRING_UNLOCKED);
}

static void
refresh (IcamSecretsLibsecret *self)
{
  if (self->service != NULL)
    secret_collection_for_alias (self->service, SECRET_COLLECTION_DEFAULT, SECRET_COLLECTION_NONE,
                                 self->cancellable, on_collection, g_object_ref (self));
}

static void
on_service (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (IcamSecretsLibsecret) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (SecretService) service = secret_service_open_finish (result, &error);
  const char *algorithms;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  if (service == NULL)
    {
      g_warning ("There is a keyring, but it cannot be used: %s", error->message);
      settle (self, ICAM_KEYRING_ABSENT);
      return;
    }

  algorithms = secret_service_get_session_algorithms (service);
  if (algorithms == NULL || strcmp (algorithms, "plain") == 0)
    {
      g_warning ("The keyring does not encrypt what crosses the bus; it is not used");
      settle (self, ICAM_KEYRING_ABSENT);
      return;
    }

  g_set_object (&self->service, service);
  refresh (self);
}

static void
drop_service (IcamSecretsLibsecret *self)
{
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  set_collection (self, NULL);
  g_clear_object (&self->service);
}

static void
on_appeared (GDBusConnection *connection,
             const char      *name,
             const char      *owner,
             gpointer         user_data)
{
  IcamSecretsLibsecret *self = user_data;

  /* Each keyring daemon has sessions of its own. */
  drop_service (self);
  secret_service_open (SECRET_TYPE_SERVICE, NULL, SECRET_SERVICE_OPEN_SESSION, self->cancellable, on_service,
                       g_object_ref (self));
}

static void
on_vanished (GDBusConnection *connection,
             const char      *name,
             gpointer         user_data)
{
  IcamSecretsLibsecret *self = user_data;

  drop_service (self);
  settle (self, ICAM_KEYRING_ABSENT);
}

static void
on_service_signal (GDBusConnection *connection,
                   const char      *sender,
                   const char      *path,
                   const char      *interface,
                   const char      *member,
                   GVariant        *parameters,
                   gpointer         user_data)
{
  if (g_str_has_prefix (member, "Collection"))
    refresh (user_data);
}

/* ICAM_ERROR out of what libsecret and the bus say. */
static GError *
translate (GError *error)
{
  g_autoptr (GError) owned = error;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return icam_error_new (ICAM_ERROR_CANCELLED, NULL, NULL);
  if (g_error_matches (error, SECRET_ERROR, SECRET_ERROR_IS_LOCKED))
    return icam_error_new (ICAM_ERROR_KEYRING_LOCKED, NULL, NULL);
  if (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN)
      || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER)
      || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY))
    return icam_error_new (ICAM_ERROR_KEYRING_ABSENT, NULL, NULL);

  g_debug ("The keyring failed: %s", error->message);
  return icam_error_new (ICAM_ERROR_FAILED, "detail", error->message, NULL);
}

static gboolean
usable (IcamSecretsLibsecret *self,
        GTask                *task)
{
  switch (icam_secrets_get_state (ICAM_SECRETS (self)))
    {
    case ICAM_KEYRING_UNLOCKED:
      return TRUE;
    case ICAM_KEYRING_LOCKED:
      g_task_return_error (task, icam_error_new (ICAM_ERROR_KEYRING_LOCKED, NULL, NULL));
      return FALSE;
    case ICAM_KEYRING_UNKNOWN:
    case ICAM_KEYRING_ABSENT:
    default:
      g_task_return_error (task, icam_error_new (ICAM_ERROR_KEYRING_ABSENT, NULL, NULL));
      return FALSE;
    }
}

static GHashTable *
attributes_of (const IcamUuid *device)
{
  GHashTable *attributes = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);

  g_hash_table_insert (attributes, (gpointer) "device", icam_uuid_dup_text (device));
  return attributes;
}

static void
on_secret_loaded (GObject      *source,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (SecretValue) value = NULL;
  GError *error = NULL;
  const char *text;

  if (!secret_item_load_secret_finish (SECRET_ITEM (source), result, &error))
    {
      g_task_return_error (task, translate (error));
      return;
    }

  value = secret_item_get_secret (SECRET_ITEM (source));
  text = value != NULL ? secret_value_get_text (value) : NULL;
  if (text != NULL && strlen (text) <= ICAM_SECRET_MAX)
    g_task_return_pointer (task, icam_secret_new (text), (GDestroyNotify) icam_secret_unref);
  else
    g_task_return_error (task, icam_error_new (ICAM_ERROR_NOT_FOUND, "what", "password", NULL));
}

static void
on_found (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  GList *items = secret_service_search_finish (SECRET_SERVICE (source), result, &error);

  if (error != NULL)
    g_task_return_error (task, translate (error));
  else if (items == NULL)
    g_task_return_error (task, icam_error_new (ICAM_ERROR_NOT_FOUND, "what", "password", NULL));
  else if (secret_item_get_locked (items->data))
    g_task_return_error (task, icam_error_new (ICAM_ERROR_KEYRING_LOCKED, NULL, NULL));
  else
    secret_item_load_secret (items->data, g_task_get_cancellable (task), on_secret_loaded, g_object_ref (task));

  g_list_free_full (items, g_object_unref);
}

static void
look_up (IcamSecretsLibsecret *self,
         GTask                *task,
         const IcamUuid       *device)
{
  g_autoptr (GHashTable) attributes = NULL;

  if (!usable (self, task))
    return;

  attributes = attributes_of (device);
  secret_service_search (self->service, &schema, attributes, SECRET_SEARCH_NONE, g_task_get_cancellable (task),
                         on_found, g_object_ref (task));
}

static void
icam_secrets_libsecret_lookup (IcamSecrets    *secrets,
                               GTask          *task,
                               const IcamUuid *device)
{
  IcamSecretsLibsecret *self = ICAM_SECRETS_LIBSECRET (secrets);
  Lookup *lookup;

  if (icam_secrets_get_state (secrets) != ICAM_KEYRING_UNKNOWN)
    {
      look_up (self, task, device);
      return;
    }

  lookup = g_new0 (Lookup, 1);
  lookup->task = g_object_ref (task);
  lookup->device = *device;
  g_queue_push_tail (&self->waiting, lookup);
}

static void
on_stored (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  if (secret_service_store_finish (SECRET_SERVICE (source), result, &error))
    g_task_return_boolean (task, TRUE);
  else if (error != NULL)
    g_task_return_error (task, translate (error));
  else
    g_task_return_error (task, icam_error_new (ICAM_ERROR_KEYRING_LOCKED, NULL, NULL)); /* the prompt was dismissed */
}

static void
icam_secrets_libsecret_store (IcamSecrets    *secrets,
                              GTask          *task,
                              const IcamUuid *device,
                              const char     *label,
                              IcamSecret     *secret)
{
  IcamSecretsLibsecret *self = ICAM_SECRETS_LIBSECRET (secrets);
  g_autoptr (GHashTable) attributes = NULL;
  g_autoptr (SecretValue) value = NULL;

  if (!usable (self, task))
    return;

  attributes = attributes_of (device);
  value = secret_value_new (icam_secret_peek (secret), -1, "text/plain");
  secret_service_store (self->service, &schema, attributes, SECRET_COLLECTION_DEFAULT, label, value,
                        g_task_get_cancellable (task), on_stored, g_object_ref (task));
}

static void
on_cleared (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;

  secret_service_clear_finish (SECRET_SERVICE (source), result, &error);
  if (error == NULL)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, translate (error));
}

static void
icam_secrets_libsecret_erase (IcamSecrets    *secrets,
                              GTask          *task,
                              const IcamUuid *device)
{
  IcamSecretsLibsecret *self = ICAM_SECRETS_LIBSECRET (secrets);
  g_autoptr (GHashTable) attributes = NULL;

  if (!usable (self, task))
    return;

  attributes = attributes_of (device);
  secret_service_clear (self->service, &schema, attributes, g_task_get_cancellable (task), on_cleared,
                        g_object_ref (task));
}

static void
on_unlocked (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  IcamSecretsLibsecret *self = g_task_get_source_object (task);
  GError *error = NULL;
  int count = secret_service_unlock_finish (SECRET_SERVICE (source), result, NULL, &error);

  if (error != NULL)
    g_task_return_error (task, translate (error));
  else if (count == 0)
    g_task_return_error (task, icam_error_new (ICAM_ERROR_KEYRING_LOCKED, NULL, NULL));
  else
    g_task_return_boolean (task, TRUE);
  refresh (self);
}

static void
icam_secrets_libsecret_unlock (IcamSecrets *secrets,
                               GTask       *task)
{
  IcamSecretsLibsecret *self = ICAM_SECRETS_LIBSECRET (secrets);
  GList one = { .data = self->collection };

  if (self->service == NULL)
    {
      g_task_return_error (task, icam_error_new (ICAM_ERROR_KEYRING_ABSENT, NULL, NULL));
      return;
    }
  if (self->collection == NULL || !secret_collection_get_locked (self->collection))
    {
      g_task_return_boolean (task, TRUE);
      return;
    }

  secret_service_unlock (self->service, &one, g_task_get_cancellable (task), on_unlocked, g_object_ref (task));
}

static void
icam_secrets_libsecret_dispose (GObject *object)
{
  IcamSecretsLibsecret *self = ICAM_SECRETS_LIBSECRET (object);

  g_clear_handle_id (&self->watch_id, g_bus_unwatch_name);
  if (self->signal_id != 0)
    g_dbus_connection_signal_unsubscribe (self->connection, self->signal_id);
  self->signal_id = 0;
  if (self->cancellable != NULL)
    drop_service (self);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->connection);

  G_OBJECT_CLASS (icam_secrets_libsecret_parent_class)->dispose (object);
}

static void
icam_secrets_libsecret_class_init (IcamSecretsLibsecretClass *klass)
{
  IcamSecretsClass *secrets_class = ICAM_SECRETS_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = icam_secrets_libsecret_dispose;
  secrets_class->lookup = icam_secrets_libsecret_lookup;
  secrets_class->store = icam_secrets_libsecret_store;
  secrets_class->erase = icam_secrets_libsecret_erase;
  secrets_class->unlock = icam_secrets_libsecret_unlock;
}

static void
icam_secrets_libsecret_init (IcamSecretsLibsecret *self)
{
  g_queue_init (&self->waiting);
  self->cancellable = g_cancellable_new ();
}

/**
 * icam_secrets_libsecret_new:
 * @connection: the session bus; the keyring is started by it if it can be
 *
 * Returns: (transfer full): the back end; its state is unknown until the keyring answered or there is none
 */
IcamSecrets *
icam_secrets_libsecret_new (GDBusConnection *connection)
{
  IcamSecretsLibsecret *self = g_object_new (ICAM_TYPE_SECRETS_LIBSECRET, NULL);

  self->connection = g_object_ref (connection);
  self->signal_id = g_dbus_connection_signal_subscribe (connection, SECRETS_NAME, "org.freedesktop.Secret.Service",
                                                        NULL, "/org/freedesktop/secrets", NULL,
                                                        G_DBUS_SIGNAL_FLAGS_NONE, on_service_signal, self, NULL);
  self->watch_id = g_bus_watch_name_on_connection (connection, SECRETS_NAME, G_BUS_NAME_WATCHER_FLAGS_AUTO_START,
                                                   on_appeared, on_vanished, self, NULL);
  return ICAM_SECRETS (self);
}
