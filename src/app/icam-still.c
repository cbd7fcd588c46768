/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-still.h"

#include "client/icam-client-export.h"

#define MAX_TRIES 100

typedef struct
{
  IcamPicture *picture;
  char *name;
  gboolean jpeg;
} Still;

static void
still_free (gpointer data)
{
  Still *self = data;

  icam_picture_unref (self->picture);
  g_free (self->name);
  g_free (self);
}

static void
save_thread (GTask        *task,
             gpointer      source,
             gpointer      data,
             GCancellable *cancellable)
{
  Still *still = data;
  const char *pictures = g_get_user_special_dir (G_USER_DIRECTORY_PICTURES);
  g_autoptr (GFile) folder = g_file_new_for_path (pictures != NULL ? pictures : g_get_home_dir ());
  const char *ending = still->jpeg ? "jpg" : "png";
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = still->jpeg ? icam_picture_to_jpeg (still->picture, &error)
                                         : icam_picture_to_png (still->picture, &error);

  if (bytes == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  if (!g_file_make_directory_with_parents (folder, cancellable, &error)
      && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_EXISTS))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  g_clear_error (&error);
  /* Two in one second are two files. */
  for (int i = 1; i <= MAX_TRIES; i++)
    {
      g_autofree char *name = i == 1 ? g_strdup_printf ("%s.%s", still->name, ending)
                                     : g_strdup_printf ("%s (%d).%s", still->name, i, ending);
      g_autoptr (GFile) file = g_file_get_child (folder, name);
      g_autoptr (GFileOutputStream) stream = NULL;

      g_clear_error (&error);
      stream = g_file_create (file, G_FILE_CREATE_NONE, cancellable, &error);
      if (stream == NULL)
        {
          if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_EXISTS))
            continue;
          break;
        }
      if (g_output_stream_write_all (G_OUTPUT_STREAM (stream), g_bytes_get_data (bytes, NULL),
                                     g_bytes_get_size (bytes), NULL, cancellable, &error)
          && g_output_stream_close (G_OUTPUT_STREAM (stream), cancellable, &error))
        {
          g_task_return_pointer (task, g_steal_pointer (&file), g_object_unref);
          return;
        }
      /* Half a file is no file. */
      g_file_delete (file, NULL, NULL);
      break;
    }
  g_task_return_error (task, g_steal_pointer (&error));
}

/**
 * icam_still_save_async:
 * @picture: what is saved, at the size at which it was decoded
 * @camera: name of the camera that it is of
 * @jpeg: as JPEG, which is smaller; else as PNG, which keeps every pixel
 * @cancellable: (nullable): to give up
 * @callback: called when it is there or could not be written
 * @user_data: for @callback
 */
void
icam_still_save_async (IcamPicture         *picture,
                       const char          *camera,
                       gboolean             jpeg,
                       GCancellable        *cancellable,
                       GAsyncReadyCallback  callback,
                       gpointer             user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Still *still = g_new0 (Still, 1);

  g_return_if_fail (picture != NULL);

  still->picture = icam_picture_ref (picture);
  still->name = icam_export_file_name (camera, picture->utc_us);
  still->jpeg = jpeg;
  g_task_set_source_tag (task, icam_still_save_async);
  g_task_set_task_data (task, still, still_free);
  g_task_run_in_thread (task, save_thread);
}

/**
 * icam_still_save_finish:
 * @result: of icam_still_save_async()
 * @error: why not
 *
 * Returns: (transfer full) (nullable): the file
 */
GFile *
icam_still_save_finish (GAsyncResult  *result,
                        GError       **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
