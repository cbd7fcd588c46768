/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-client"

#include "config.h"

#include "client/icam-client-private.h"

/* Looking after the archive. */

typedef struct
{
  IcamClientProgress progress;
  gpointer progress_data;
} Wish;

static void
on_started (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  Wish *wish = g_task_get_task_data (task);
  IcamClientProgress progress = wish->progress;
  gpointer progress_data = wish->progress_data;
  GError *error = NULL;
  g_autoptr (GVariant) answer = g_dbus_proxy_call_finish (G_DBUS_PROXY (source), result, &error);
  const char *path;

  if (answer == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  g_variant_get (answer, "(&o)", &path);
  icam_client_watch_job (task, path, progress, progress_data);
}

/**
 * icam_client_upkeep_async:
 * @self: a client
 * @what: what to do
 * @deep: of a check: read all of each file, too
 * @repair: of a check: mend what can be mended
 * @progress: (nullable): called now and then with how far it is
 * @progress_data: for @progress
 * @cancellable: (nullable): cancelling cancels the job
 * @callback: called when done
 * @user_data: for @callback
 */
void
icam_client_upkeep_async (IcamClient         *self,
                          IcamUpkeep          what,
                          gboolean            deep,
                          gboolean            repair,
                          IcamClientProgress  progress,
                          gpointer            progress_data,
                          GCancellable       *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer            user_data)
{
  static const char *const methods[] = {
    [ICAM_UPKEEP_CHECK] = "CheckArchive",
    [ICAM_UPKEEP_REBUILD] = "RebuildCatalogue",
    [ICAM_UPKEEP_BACK_UP] = "BackUp",
  };
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  IcamDBusManager *manager = icam_client_get_manager (self);
  GVariantDict options = G_VARIANT_DICT_INIT (NULL);
  Wish *wish = g_new (Wish, 1);

  g_task_set_source_tag (task, icam_client_upkeep_async);
  wish->progress = progress;
  wish->progress_data = progress_data;
  g_task_set_task_data (task, wish, g_free);
  if (manager == NULL)
    {
      g_variant_dict_clear (&options);
      g_task_return_error (task, icam_client_new_absent_error (self));
      return;
    }

  if (what == ICAM_UPKEEP_CHECK)
    {
      g_variant_dict_insert (&options, "deep", "b", deep);
      g_variant_dict_insert (&options, "repair", "b", repair);
    }
  g_dbus_proxy_call (G_DBUS_PROXY (manager), methods[what], g_variant_new ("(@a{sv})", g_variant_dict_end (&options)),
                     G_DBUS_CALL_FLAGS_NONE, -1, cancellable, on_started, g_object_ref (task));
}

/**
 * icam_client_move_async:
 * @self: a client
 * @camera: whose recordings
 * @folder: one of the folders, "" for the main one
 * @progress: (nullable): called now and then with how far it is
 * @progress_data: for @progress
 * @cancellable: (nullable): cancelling cancels the job
 * @callback: called when done; it calls icam_client_upkeep_finish()
 * @user_data: for @callback
 *
 * Brings what was recorded to another folder.
 */
void
icam_client_move_async (IcamClient         *self,
                        IcamCamera         *camera,
                        const char         *folder,
                        IcamClientProgress  progress,
                        gpointer            progress_data,
                        GCancellable       *cancellable,
                        GAsyncReadyCallback callback,
                        gpointer            user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  IcamDBusCamera *proxy = icam_camera_get_proxy (camera);
  Wish *wish = g_new (Wish, 1);

  g_task_set_source_tag (task, icam_client_move_async);
  wish->progress = progress;
  wish->progress_data = progress_data;
  g_task_set_task_data (task, wish, g_free);
  if (proxy == NULL)
    {
      g_task_return_error (task, icam_client_new_absent_error (self));
      return;
    }
  g_dbus_proxy_call (G_DBUS_PROXY (proxy), "MoveRecordings", g_variant_new ("(sa{sv})", folder, NULL), G_DBUS_CALL_FLAGS_NONE, -1,
                     cancellable, on_started, g_object_ref (task));
}

/**
 * icam_client_upkeep_finish:
 * @self: a client
 * @result: a result
 * @error: return location
 *
 * Returns: (transfer full) (nullable): a{sv}, the job's result
 */
GVariant *
icam_client_upkeep_finish (IcamClient   *self,
                           GAsyncResult *result,
                           GError      **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
