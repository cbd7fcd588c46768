/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-recorder"

#include "config.h"

#include "recorder/icam-folder-change.h"

#include <errno.h>
#include <unistd.h>

typedef struct
{
  IcamContext *context;
  char *folder;
  IcamFolderUse use;
} Change;

static void
change_free (gpointer data)
{
  Change *change = data;

  g_free (change->folder);
  g_free (change);
}

/* On a worker: what stands in the way is told before the recordings go there. */
static void
try_folder (GTask        *task,
            gpointer      source,
            gpointer      data,
            GCancellable *cancellable)
{
  const Change *change = data;
  GError *error = NULL;

  if (change->use != ICAM_FOLDER_UNUSED
      && (g_mkdir_with_parents (change->folder, 0700) != 0 || access (change->folder, R_OK | W_OK | X_OK) != 0))
    error = icam_error_new (ICAM_ERROR_ARCHIVE_NOT_WRITABLE, "folder", change->folder, "detail", g_strerror (errno), NULL);
  /* A main folder is not one beside itself. */
  else if (icam_archive_remember_folders (source, change->folder, change->use == ICAM_FOLDER_BESIDE, &error)
           && change->use == ICAM_FOLDER_MAIN)
    icam_archive_remember_folder (source, change->folder, &error);

  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
}

/* In the main context, where recordings are made and freed. */
static void
on_tried (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  static const char *const codes[] = { "folder-changed", "folder-added", "folder-removed" };
  g_autoptr (GTask) task = user_data;
  const Change *change = g_task_get_task_data (task);
  IcamArchive *archive = ICAM_ARCHIVE (source);
  GError *error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error)
      || !(change->use == ICAM_FOLDER_MAIN
             ? icam_archive_set_folder (archive, change->folder, &error)
             : icam_archive_use_folder (archive, change->folder, change->use == ICAM_FOLDER_BESIDE, &error)))
    {
      g_task_return_error (task, error);
      return;
    }
  icam_context_journal (change->context, codes[change->use], "folder", change->folder, NULL);
  g_task_return_boolean (task, TRUE);
}

/**
 * icam_folder_change_async:
 * @context: the context
 * @folder: absolute path
 * @use: what for from now on
 * @callback: called when it is done; its source is the archive
 * @user_data: for @callback
 */
void
icam_folder_change_async (IcamContext        *context,
                          const char         *folder,
                          IcamFolderUse       use,
                          GAsyncReadyCallback callback,
                          gpointer            user_data)
{
  g_autoptr (GTask) task = g_task_new (context->archive, NULL, callback, user_data);
  g_autoptr (GTask) trial = NULL;
  Change *change = g_new0 (Change, 1);

  change->context = context;
  change->folder = g_canonicalize_filename (folder, NULL);
  change->use = use;
  g_task_set_source_tag (task, icam_folder_change_async);
  g_task_set_task_data (task, change, change_free);

  /* The trial holds the task, and with it the change. */
  trial = g_task_new (context->archive, NULL, on_tried, g_object_ref (task));
  g_task_set_source_tag (trial, try_folder);
  g_task_set_task_data (trial, change, NULL);
  icam_workers_read (context->workers, trial, try_folder);
}

/**
 * icam_folder_change_finish:
 * @result: a result
 * @error: return location; ICAM_ERROR_ARCHIVE_…, ICAM_ERROR_BUSY, ICAM_ERROR_DATABASE
 *
 * Returns: whether it is done
 */
gboolean
icam_folder_change_finish (GAsyncResult *result,
                           GError      **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
