/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-recorder"

#include "config.h"

#include "recorder/icam-service-private.h"

#include "recorder/icam-identity.h"
#include "recorder/icam-record-plan.h"
#include "recorder/icam-reply.h"
#include "recorder/icam-rows.h"

#include <string.h>

/* ---- adding ---- */

typedef struct
{
  IcamProbe *probe;
  IcamDeviceRow *device;      /* new, or NULL: */
  IcamDeviceSession *session; /* ours already */
  IcamUuid device_id;
  GPtrArray *channels;        /* of IcamChannelRow */
  GPtrArray *cameras;         /* of IcamCameraRow, same order */
  gboolean stored;            /* the password is in the keyring */
} Addition;

static void
addition_free (gpointer data)
{
  Addition *addition = data;

  g_object_unref (addition->probe);
  g_clear_pointer (&addition->device, icam_device_row_free);
  g_clear_object (&addition->session);
  g_ptr_array_unref (addition->channels);
  g_ptr_array_unref (addition->cameras);
  g_free (addition);
}

static gboolean
name_is_taken (IcamService *self,
               Addition    *addition,
               const char  *name)
{
  for (guint i = 0; i < self->cameras->len; i++)
    if (g_strcmp0 (icam_camera_object_get_row (self->cameras->pdata[i])->name, name) == 0)
      return TRUE;
  for (guint i = 0; i < addition->cameras->len; i++)
    if (g_strcmp0 (((IcamCameraRow *) addition->cameras->pdata[i])->name, name) == 0)
      return TRUE;

  return FALSE;
}

static char *
choose_name (IcamService     *self,
             Addition        *addition,
             const IcamOffer *offer,
             const char      *wanted)
{
  const char *device = icam_probe_get_name (addition->probe);
  g_autofree char *base = NULL;

  if (wanted != NULL)
    base = icam_clean_name (wanted, "");
  if (base == NULL || *base == '\0')
    {
      g_free (base);
      /* One view of a device is called like the device; several like themselves. */
      base = icam_clean_name (
        addition->session == NULL && icam_probe_get_offers (addition->probe)->len == 1 ? device : offer->name, device);
    }

  if (!name_is_taken (self, addition, base))
    return g_steal_pointer (&base);
  for (guint i = 2;; i++)
    {
      g_autofree char *numbered = g_strdup_printf ("%s %u", base, i);

      if (!name_is_taken (self, addition, numbered))
        return g_steal_pointer (&numbered);
    }
}

static guint
next_position (IcamService *self)
{
  guint position = 0;

  for (guint i = 0; i < self->cameras->len; i++)
    position = MAX (position, icam_camera_object_get_row (self->cameras->pdata[i])->position + 1);

  return position;
}

static gboolean
choose (IcamService *self,
        Addition    *addition,
        GVariant    *options,
        GError     **error)
{
  GPtrArray *offers = icam_probe_get_offers (addition->probe);
  g_autofree const char **tokens = NULL;
  g_autoptr (GVariant) names = g_variant_lookup_value (options, "names", G_VARIANT_TYPE ("a{ss}"));
  guint position = next_position (self);

  g_variant_lookup (options, "tokens", "^a&s", &tokens);
  for (guint i = 0; tokens != NULL && tokens[i] != NULL; i++)
    {
      gboolean offered = FALSE;

      for (guint j = 0; j < offers->len; j++)
        offered = offered || strcmp (((IcamOffer *) offers->pdata[j])->token, tokens[i]) == 0;
      if (!offered)
        {
          icam_error_set (error, ICAM_ERROR_NOT_FOUND, "what", "channel", "detail", tokens[i], NULL);
          return FALSE;
        }
    }

  for (guint i = 0; i < offers->len; i++)
    {
      const IcamOffer *offer = offers->pdata[i];
      const char *wanted = NULL;
      IcamChannelRow *channel;
      IcamCameraRow *camera;

      if (tokens != NULL && !g_strv_contains (tokens, offer->token))
        continue;
      if (names != NULL)
        g_variant_lookup (names, offer->token, "&s", &wanted);

      channel = g_new0 (IcamChannelRow, 1);
      channel->id = offer->channel;
      channel->device = addition->device_id;
      icam_offer_to_row (offer, channel);
      camera = g_new0 (IcamCameraRow, 1);
      camera->before_s = ICAM_RECORD_BEFORE_S;
      camera->after_s = ICAM_RECORD_AFTER_S;
      icam_uuid_generate (&camera->id);
      camera->channel = channel->id;
      camera->name = choose_name (self, addition, offer, wanted);
      camera->position = position++;
      camera->added_us = icam_clock_utc (self->context.clock);
      g_ptr_array_add (addition->channels, channel);
      g_ptr_array_add (addition->cameras, camera);
    }

  if (addition->cameras->len == 0)
    icam_error_set (error, ICAM_ERROR_INVALID_ARGUMENT, "what", "tokens", NULL);
  return addition->cameras->len > 0;
}

static gboolean
is_known_channel (IcamDeviceSession *session,
                  const IcamUuid    *id)
{
  g_autoptr (GPtrArray) rows = icam_device_session_list_channels (session);

  for (guint i = 0; i < rows->len; i++)
    if (icam_uuid_equal (&((IcamChannelRow *) rows->pdata[i])->id, id))
      return TRUE;

  return FALSE;
}

/* It is saved: the probe's connection becomes the session. */
static void
take_over (IcamService *self,
           GTask       *task)
{
  Addition *addition = g_task_get_task_data (task);
  g_autoptr (GPtrArray) streams = icam_probe_take_streams (addition->probe);
  g_autoptr (GStrvBuilder) paths = g_strv_builder_new ();
  gboolean is_new = addition->session == NULL;

  if (is_new)
    {
      addition->session = g_object_ref (
        icam_device_session_new (&self->context, g_steal_pointer (&addition->device)));
      icam_device_session_adopt (addition->session, icam_probe_get_secret (addition->probe),
                                 icam_probe_get_identity (addition->probe), streams);
      icam_service_take_device (self, addition->session);
    }
  else
    {
      icam_device_session_adopt (addition->session, NULL, ICAM_IDENTITY_UNKNOWN, streams);
    }

  for (guint i = 0; i < addition->cameras->len; i++)
    {
      IcamChannelRow *channel = addition->channels->pdata[i];
      IcamCameraRow *row = addition->cameras->pdata[i];
      g_autofree char *id = icam_uuid_dup_text (&row->id);

      if (!is_known_channel (addition->session, &channel->id))
        icam_device_session_add_channel (addition->session, icam_channel_row_copy (channel));
      icam_service_take_camera (self, icam_camera_row_copy (row), addition->session);
      g_strv_builder_add (paths, icam_camera_object_get_path (self->cameras->pdata[self->cameras->len - 1]));
      icam_context_journal (&self->context, "camera-added", "camera", id, "name", row->name, "address",
                            icam_device_session_get_row (addition->session)->address, NULL);
    }
  if (is_new)
    icam_device_session_start (addition->session);

  g_hash_table_remove (self->adding, addition->probe);
  icam_service_end_probe (self, addition->probe);
  if (self->found != NULL)
    icam_found_list_refresh (self->found);
  g_task_return_pointer (task, g_strv_builder_end (paths), (GDestroyNotify) g_strfreev);
}

static void
on_unwanted_erased (GObject      *source,
                    GAsyncResult *result,
                    gpointer      user_data)
{
  g_autoptr (GError) error = NULL;

  if (!icam_secrets_erase_finish (ICAM_SECRETS (source), result, &error))
    g_debug ("A password stays in the keyring: %s", error->message);
}

static void
give_up (IcamService *self,
         GTask       *task,
         GError      *error)
{
  Addition *addition = g_task_get_task_data (task);

  if (addition->stored && addition->session == NULL)
    icam_secrets_erase_async (self->context.secrets, &addition->device_id, NULL, on_unwanted_erased, NULL);
  g_hash_table_remove (self->adding, addition->probe);
  g_task_return_error (task, error);
}

static void
on_saved (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  IcamService *self = g_task_get_source_object (task);
  GError *error = NULL;

  if (!icam_rows_save_finish (result, &error))
    give_up (self, task, error);
  else if (self->stopping)
    g_task_return_error (task, icam_error_new (ICAM_ERROR_CANCELLED, NULL, NULL)); /* saved; recorded after the next start */
  else
    take_over (self, task);
}

static void
save (IcamService *self,
      GTask       *task)
{
  Addition *addition = g_task_get_task_data (task);
  IcamRows *rows = icam_rows_new ();

  if (addition->device != NULL)
    g_ptr_array_add (rows->devices, icam_device_row_copy (addition->device));
  for (guint i = 0; i < addition->channels->len; i++)
    {
      g_ptr_array_add (rows->channels, icam_channel_row_copy (addition->channels->pdata[i]));
      g_ptr_array_add (rows->cameras, icam_camera_row_copy (addition->cameras->pdata[i]));
    }
  icam_rows_save_async (rows, &self->context, on_saved, g_object_ref (task));
}

static void
on_stored (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  IcamService *self = g_task_get_source_object (task);
  Addition *addition = g_task_get_task_data (task);
  GError *error = NULL;

  addition->stored = icam_secrets_store_finish (ICAM_SECRETS (source), result, &error);
  if (addition->stored)
    save (self, task);
  else
    give_up (self, task, error);
}

/**
 * icam_service_add_async:
 * @self: the service
 * @probe: a probe of the caller
 * @options: names (a{ss}), tokens (as)
 * @callback: called when the cameras are recorded
 * @user_data: for @callback
 *
 * Password into the keyring, rows into the database, and only then the cameras: what cannot be kept is not added.
 */
void
icam_service_add_async (IcamService        *self,
                        IcamProbe          *probe,
                        GVariant           *options,
                        GAsyncReadyCallback callback,
                        gpointer            user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  Addition *addition = g_new0 (Addition, 1);
  GError *error = NULL;

  g_task_set_source_tag (task, icam_service_add_async);
  addition->probe = g_object_ref (probe);
  addition->channels = g_ptr_array_new_with_free_func ((GDestroyNotify) icam_channel_row_free);
  addition->cameras = g_ptr_array_new_with_free_func ((GDestroyNotify) icam_camera_row_free);
  g_task_set_task_data (task, addition, addition_free);

  if (!icam_probe_is_ready (probe) || self->stopping || g_hash_table_contains (self->adding, probe))
    {
      g_task_return_error (task, icam_error_new (ICAM_ERROR_BUSY, "detail", "the probe is not ready", NULL));
      return;
    }

  if (icam_probe_get_device (probe) != NULL
      && g_ptr_array_find (self->devices, icam_probe_get_device (probe), NULL))
    {
      addition->session = g_object_ref (icam_probe_get_device (probe));
      addition->device_id = icam_device_session_get_row (addition->session)->id;
    }
  else
    {
      IcamDeviceSession *other;

      addition->device = icam_probe_dup_row (probe);
      addition->device_id = addition->device->id;
      /* Somebody else may have added it since the probe looked. */
      other = icam_service_find_device (self, &addition->device->evidence, addition->device->address);
      if (other != NULL)
        {
          g_task_return_error (task, icam_error_new (ICAM_ERROR_ALREADY_ADDED, "address", addition->device->address,
                                                     NULL));
          return;
        }
    }

  if (!choose (self, addition, options, &error))
    {
      g_task_return_error (task, error);
      return;
    }

  g_hash_table_add (self->adding, probe);
  if (addition->session == NULL && !icam_secret_is_empty (icam_probe_get_secret (probe)))
    {
      g_autofree char *label =
        g_strdup_printf ("%s: %s", ICAM_APP_NAME, ((IcamCameraRow *) addition->cameras->pdata[0])->name);

      icam_secrets_store_async (self->context.secrets, &addition->device_id, label, icam_probe_get_secret (probe), NULL,
                                on_stored, g_object_ref (task));
    }
  else
    {
      if (addition->device != NULL && *icam_probe_get_user (probe) == '\0')
        {
          g_free (addition->device->authentication);
          addition->device->authentication = g_strdup ("none");
        }
      save (self, task);
    }
}

/**
 * icam_service_add_finish:
 * @self: the service
 * @result: a result
 * @error: return location
 *
 * Returns: (transfer full): object paths of the new cameras
 */
char **
icam_service_add_finish (IcamService  *self,
                         GAsyncResult *result,
                         GError      **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- removing ---- */

typedef struct
{
  IcamUuid camera, channel, device;
  char *name;
  gboolean delete_recordings;
} Removal;

static void
removal_free (gpointer data)
{
  Removal *removal = data;

  g_free (removal->name);
  g_free (removal);
}

static void
forget (GTask        *task,
        gpointer      source,
        gpointer      data,
        GCancellable *cancellable)
{
  IcamArchive *archive = ICAM_SERVICE (source)->context.archive;
  Removal *removal = data;
  GError *error = NULL;

  if (icam_archive_forget_camera (archive, &removal->camera, &error)
      && (!removal->delete_recordings || icam_archive_delete_channel (archive, &removal->channel, &error)))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static gboolean
has_camera (IcamService       *self,
            IcamDeviceSession *session)
{
  for (guint i = 0; i < self->cameras->len; i++)
    if (icam_camera_object_get_device (self->cameras->pdata[i]) == session)
      return TRUE;

  return FALSE;
}

/**
 * icam_service_remove_async:
 * @self: the service
 * @camera: a camera
 * @delete_recordings: what was recorded of it too
 * @callback: called when it is forgotten
 * @user_data: for @callback
 */
void
icam_service_remove_async (IcamService        *self,
                           IcamCameraObject   *camera,
                           gboolean            delete_recordings,
                           GAsyncReadyCallback callback,
                           gpointer            user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  g_autoptr (IcamDeviceSession) session = g_object_ref (icam_camera_object_get_device (camera));
  const IcamCameraRow *row = icam_camera_object_get_row (camera);
  Removal *removal = g_new0 (Removal, 1);
  g_autofree char *id = icam_uuid_dup_text (&row->id);

  removal->camera = row->id;
  removal->channel = row->channel;
  removal->device = icam_device_session_get_row (session)->id;
  removal->name = g_strdup (row->name);
  removal->delete_recordings = delete_recordings;
  g_task_set_source_tag (task, icam_service_remove_async);
  g_task_set_task_data (task, removal, removal_free);

  icam_context_journal (&self->context, "camera-removed", "camera", id, "name", row->name, NULL);
  icam_camera_object_end (camera);
  g_ptr_array_remove (self->cameras, camera);
  if (!has_camera (self, session))
    {
      icam_service_drop_device (self, session);
      icam_secrets_erase_async (self->context.secrets, &removal->device, NULL, on_unwanted_erased, NULL);
    }
  if (self->found != NULL)
    icam_found_list_refresh (self->found);
  icam_workers_write (self->context.workers, task, forget);
}

/**
 * icam_service_remove_finish:
 * @self: the service
 * @result: a result
 * @error: return location
 *
 * Returns: whether it is forgotten
 */
gboolean
icam_service_remove_finish (IcamService  *self,
                            GAsyncResult *result,
                            GError      **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
