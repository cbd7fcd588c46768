/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-recorder"

#include "config.h"

#include "recorder/icam-rows.h"

#include "recorder/icam-identity.h"

/**
 * icam_device_row_copy:
 * @row: a row
 *
 * Returns: (transfer full): a copy, for icam_device_row_free()
 */
IcamDeviceRow *
icam_device_row_copy (const IcamDeviceRow *row)
{
  IcamDeviceRow *copy = g_new0 (IcamDeviceRow, 1);

  copy->id = row->id;
  copy->kind = g_strdup (row->kind);
  copy->address = g_strdup (row->address);
  copy->user = g_strdup (row->user);
  copy->authentication = g_strdup (row->authentication);
  copy->manufacturer = g_strdup (row->manufacturer);
  copy->model = g_strdup (row->model);
  copy->firmware = g_strdup (row->firmware);
  copy->quarantine = row->quarantine;
  icam_evidence_copy (&row->evidence, &copy->evidence);
  return copy;
}

/**
 * icam_channel_row_copy:
 * @row: a row
 *
 * Returns: (transfer full): a copy, for icam_channel_row_free()
 */
IcamChannelRow *
icam_channel_row_copy (const IcamChannelRow *row)
{
  IcamChannelRow *copy = g_new0 (IcamChannelRow, 1);

  copy->id = row->id;
  copy->device = row->device;
  copy->token = g_strdup (row->token);
  copy->main_profile = g_strdup (row->main_profile);
  copy->sub_profile = g_strdup (row->sub_profile);
  copy->main_uri = g_strdup (row->main_uri);
  copy->sub_uri = g_strdup (row->sub_uri);
  copy->main_path = g_strdup (row->main_path);
  copy->sub_path = g_strdup (row->sub_path);
  copy->fingerprint = g_strdup (row->fingerprint);
  return copy;
}

/**
 * icam_camera_row_copy:
 * @row: a row
 *
 * Returns: (transfer full): a copy, for icam_camera_row_free()
 */
IcamCameraRow *
icam_camera_row_copy (const IcamCameraRow *row)
{
  IcamCameraRow *copy = g_new0 (IcamCameraRow, 1);

  *copy = *row;
  copy->name = g_strdup (row->name);
  copy->folder = g_strdup (row->folder);
  copy->schedule = g_strdup (row->schedule);
  return copy;
}

/**
 * icam_rows_new:
 *
 * Returns: (transfer full): no rows
 */
IcamRows *
icam_rows_new (void)
{
  IcamRows *rows = g_new0 (IcamRows, 1);

  rows->devices = g_ptr_array_new_with_free_func ((GDestroyNotify) icam_device_row_free);
  rows->channels = g_ptr_array_new_with_free_func ((GDestroyNotify) icam_channel_row_free);
  rows->cameras = g_ptr_array_new_with_free_func ((GDestroyNotify) icam_camera_row_free);
  return rows;
}

/**
 * icam_rows_free:
 * @rows: (transfer full): rows
 */
void
icam_rows_free (IcamRows *rows)
{
  g_ptr_array_unref (rows->devices);
  g_ptr_array_unref (rows->channels);
  g_ptr_array_unref (rows->cameras);
  g_free (rows);
}

static void
save (GTask        *task,
      gpointer      source,
      gpointer      data,
      GCancellable *cancellable)
{
  IcamRows *rows = data;
  GError *error = NULL;

  if (icam_archive_save (source, rows->devices, rows->channels, rows->cameras, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/**
 * icam_rows_save_async:
 * @rows: (transfer full): rows of their own, nobody else's
 * @context: the context
 * @callback: called when they are in the database, all or none; its source is the archive
 * @user_data: for @callback
 */
void
icam_rows_save_async (IcamRows           *rows,
                      IcamContext        *context,
                      GAsyncReadyCallback callback,
                      gpointer            user_data)
{
  g_autoptr (GTask) task = g_task_new (context->archive, NULL, callback, user_data);

  g_task_set_source_tag (task, icam_rows_save_async);
  g_task_set_task_data (task, rows, (GDestroyNotify) icam_rows_free);
  icam_workers_write (context->workers, task, save);
}

/**
 * icam_rows_save_finish:
 * @result: a result
 * @error: return location
 *
 * Returns: whether all is saved
 */
gboolean
icam_rows_save_finish (GAsyncResult *result,
                       GError      **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
on_saved (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr (GError) error = NULL;

  if (!icam_rows_save_finish (result, &error))
    g_warning ("What was learned of a device could not be saved: %s", error->message);
}

/**
 * icam_rows_save:
 * @rows: (transfer full): rows of their own, nobody else's
 * @context: the context
 *
 * Saves what can be learned anew; nobody waits for it.
 */
void
icam_rows_save (IcamRows    *rows,
                IcamContext *context)
{
  icam_rows_save_async (rows, context, on_saved, NULL);
}
