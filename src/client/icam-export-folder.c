/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-client"

#include "config.h"

#include "client/icam-client-export.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_TRIES 100
/* Files of one camera: each time that its codec changes there is one more. */
#define MAX_PARTS 100

/* One camera after the other; whatever touches the folder runs on a thread of its own. */
typedef struct
{
  GPtrArray *cameras;
  IcamExportRequest request;
  char *folder;
  gboolean made_folder;
  GPtrArray *files;   /* of IcamExportedFile: those that are whole */
  char *part;         /* path of the one that is being written */
  guint index;        /* of the camera whose turn it is */
  guint n_parts;      /* that it has */
  gint64 from;        /* of the part */
  gint64 started;     /* monotonic, µs */
  gboolean had_any;
  IcamClientProgress progress;
  gpointer progress_data;
  IcamExportResult *result; /* for the thread that names the file */
  char *base;               /* likewise: its name without the ending */
  GError *error;            /* why all of it ends */
} Folder;

static void next_part (GTask *task);

/**
 * icam_exported_file_free:
 * @self: (transfer full): a file's description; the file stays
 */
void
icam_exported_file_free (IcamExportedFile *self)
{
  g_clear_object (&self->camera);
  g_clear_pointer (&self->result, icam_export_result_free);
  g_free (self->name);
  g_free (self->file);
  g_free (self);
}

static void
folder_free (gpointer data)
{
  Folder *self = data;

  g_ptr_array_unref (self->cameras);
  g_clear_pointer (&self->files, g_ptr_array_unref);
  g_clear_pointer (&self->result, icam_export_result_free);
  g_clear_error (&self->error);
  g_free (self->folder);
  g_free (self->base);
  g_free (self->part);
  g_free (self);
}

static void
set_errno (GError    **error,
           const char *path)
{
  int code = errno;

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "%s: %s", path, g_strerror (code));
}

/* Runs @work in a thread, then @then on the main thread with the task; the work may not use what the main thread changes meanwhile. */
static void
in_thread (GTask              *task,
           GTaskThreadFunc     work,
           GAsyncReadyCallback then)
{
  g_autoptr (GTask) inner = g_task_new (g_task_get_source_object (task), NULL, then, g_object_ref (task));

  g_task_set_source_tag (inner, in_thread);
  g_task_set_task_data (inner, g_task_get_task_data (task), NULL);
  g_task_run_in_thread (inner, work);
}

/* ---- the end ---- */

static void
undo_thread (GTask        *inner,
             gpointer      source,
             gpointer      data,
             GCancellable *cancellable)
{
  Folder *self = data;

  if (self->part != NULL)
    g_unlink (self->part);
  for (guint i = 0; i < self->files->len; i++)
    {
      const IcamExportedFile *file = self->files->pdata[i];
      g_autofree char *path = file->file != NULL ? g_build_filename (self->folder, file->file, NULL) : NULL;

      if (path != NULL)
        g_unlink (path);
    }
  if (self->made_folder)
    g_rmdir (self->folder);
  g_task_return_boolean (inner, TRUE);
}

static void
on_undone (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  Folder *self = g_task_get_task_data (task);

  g_task_return_error (task, g_steal_pointer (&self->error));
}

/* Half of it is nothing. */
static void
give_up (GTask  *task,
         GError *error)
{
  Folder *self = g_task_get_task_data (task);

  self->error = error;
  in_thread (task, undo_thread, on_undone);
}

static void
page_thread (GTask        *inner,
             gpointer      source,
             gpointer      data,
             GCancellable *cancellable)
{
  Folder *self = data;
  g_autofree char *page = icam_export_page (self->files, self->request.from, self->request.to);
  g_autofree char *path = g_build_filename (self->folder, ICAM_EXPORT_PAGE, NULL);
  GError *error = NULL;

  if (g_file_set_contents (path, page, -1, &error))
    g_task_return_boolean (inner, TRUE);
  else
    g_task_return_error (inner, error);
}

static void
on_page (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  Folder *self = g_task_get_task_data (task);
  GError *error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    g_task_return_pointer (task, g_steal_pointer (&self->files), (GDestroyNotify) g_ptr_array_unref);
  else
    give_up (task, error);
}

/* ---- one file ---- */

static void
add_file (Folder           *self,
          char             *file,
          IcamExportResult *result)
{
  IcamExportedFile *exported = g_new0 (IcamExportedFile, 1);

  exported->camera = g_object_ref (self->cameras->pdata[self->index]);
  exported->name = g_strdup (icam_camera_get_name (exported->camera));
  exported->file = file;
  exported->result = result;
  g_ptr_array_add (self->files, exported);
}

static void
next_camera (GTask *task)
{
  Folder *self = g_task_get_task_data (task);

  self->index++;
  self->n_parts = 0;
  self->from = self->request.from;
  if (self->index < self->cameras->len)
    next_part (task);
  else if (self->had_any)
    in_thread (task, page_thread, on_page);
  else
    give_up (task, icam_error_new (ICAM_ERROR_NO_RECORDING, NULL, NULL));
}

/* It gets its name when it is whole; one that is there already stays. */
static void
name_thread (GTask        *inner,
             gpointer      source,
             gpointer      data,
             GCancellable *cancellable)
{
  Folder *self = data;
  GError *error = NULL;

  for (int i = 1; i <= MAX_TRIES; i++)
    {
      const char *ending = icam_export_ending (self->result->format);
      g_autofree char *name = i == 1 ? g_strdup_printf ("%s.%s", self->base, ending)
                                     : g_strdup_printf ("%s (%d).%s", self->base, i, ending);
      g_autofree char *path = g_build_filename (self->folder, name, NULL);

      if (g_file_test (path, G_FILE_TEST_EXISTS))
        continue;
      if (g_rename (self->part, path) != 0)
        break;
      g_task_return_pointer (inner, g_steal_pointer (&name), g_free);
      return;
    }
  set_errno (&error, self->part);
  g_task_return_error (inner, error);
}

static void
on_named (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  Folder *self = g_task_get_task_data (task);
  IcamExportResult *exported = self->result;
  GError *error = NULL;
  char *name = g_task_propagate_pointer (G_TASK (result), &error);

  if (name == NULL)
    {
      give_up (task, error);
      return;
    }
  g_clear_pointer (&self->part, g_free);
  self->had_any = TRUE;
  self->from = exported->to;
  add_file (self, name, g_steal_pointer (&self->result));
  if (exported->cut && exported->to < self->request.to && ++self->n_parts < MAX_PARTS)
    next_part (task);
  else
    next_camera (task);
}

static void
unlink_thread (GTask        *inner,
               gpointer      source,
               gpointer      data,
               GCancellable *cancellable)
{
  Folder *self = data;

  g_unlink (self->part);
  g_task_return_boolean (inner, TRUE);
}

static void
on_unlinked (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  Folder *self = g_task_get_task_data (task);

  g_clear_pointer (&self->part, g_free);
  next_camera (task);
}

static void
on_exported (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  Folder *self = g_task_get_task_data (task);
  GError *error = NULL;

  self->result = icam_client_export_finish (ICAM_CLIENT (source), result, &error);
  if (self->result != NULL)
    {
      g_free (self->base);
      self->base = icam_export_file_name (icam_camera_get_name (self->cameras->pdata[self->index]), self->result->from);
      in_thread (task, name_thread, on_named);
    }
  else if (g_error_matches (error, ICAM_ERROR, ICAM_ERROR_NO_RECORDING))
    {
      /* The page says so. */
      g_error_free (error);
      if (self->n_parts == 0)
        add_file (self, NULL, NULL);
      in_thread (task, unlink_thread, on_unlinked);
    }
  else
    give_up (task, error);
}

static void
on_progress (double   progress,
             gint64   time_left,
             gpointer user_data)
{
  Folder *self = g_task_get_task_data (user_data);
  double whole = (self->index + progress) / self->cameras->len;
  gint64 spent = g_get_monotonic_time () - self->started;

  if (self->progress != NULL)
    self->progress (whole, whole > 0.02 ? (gint64) ((double) spent / whole * (1 - whole)) : -1, self->progress_data);
}

static void
open_thread (GTask        *inner,
             gpointer      source,
             gpointer      data,
             GCancellable *cancellable)
{
  Folder *self = data;
  GError *error = NULL;
  int fd;

  if (g_mkdir (self->folder, 0777) == 0)
    self->made_folder = TRUE;
  else if (errno != EEXIST)
    {
      set_errno (&error, self->folder);
      g_task_return_error (inner, error);
      return;
    }
  fd = g_mkstemp_full (self->part, O_WRONLY | O_CLOEXEC, 0666);
  if (fd < 0)
    {
      set_errno (&error, self->folder);
      /* It is not there, or not ours. */
      g_clear_pointer (&self->part, g_free);
      g_task_return_error (inner, error);
      return;
    }
  g_task_return_int (inner, fd);
}

static void
on_opened (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  Folder *self = g_task_get_task_data (task);
  IcamCamera *camera = self->cameras->pdata[self->index];
  IcamExportRequest request = self->request;
  GError *error = NULL;
  int fd = (int) g_task_propagate_int (G_TASK (result), &error);

  if (error != NULL)
    {
      give_up (task, error);
      return;
    }
  request.from = self->from;
  if (!icam_camera_has_role (camera, request.role))
    request.role = request.role == ICAM_ROLE_MAIN ? ICAM_ROLE_SUB : ICAM_ROLE_MAIN;
  icam_client_export_async (ICAM_CLIENT (source), camera, &request, fd, on_progress, task, g_task_get_cancellable (task), on_exported,
                            g_object_ref (task));
}

static void
next_part (GTask *task)
{
  Folder *self = g_task_get_task_data (task);

  g_clear_pointer (&self->result, icam_export_result_free);
  self->part = g_build_filename (self->folder, "export-XXXXXX.part", NULL);
  in_thread (task, open_thread, on_opened);
}

/**
 * icam_client_export_folder_async:
 * @self: a client
 * @cameras: (element-type IcamCamera): whose pictures; a camera without the wished encoding gives its other one
 * @request: what is wanted
 * @folder: a path; the folder is made if it is not there, what is in it stays
 * @progress: (nullable): called now and then with how far it is
 * @progress_data: for @progress
 * @cancellable: (nullable): cancelling removes what was written
 * @callback: called when done
 * @user_data: for @callback
 */
void
icam_client_export_folder_async (IcamClient              *self,
                                 GPtrArray               *cameras,
                                 const IcamExportRequest *request,
                                 const char              *folder,
                                 IcamClientProgress       progress,
                                 gpointer                 progress_data,
                                 GCancellable            *cancellable,
                                 GAsyncReadyCallback      callback,
                                 gpointer                 user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  Folder *data = g_new0 (Folder, 1);

  g_return_if_fail (cameras->len > 0);

  data->cameras = g_ptr_array_ref (cameras);
  data->request = *request;
  data->folder = g_strdup (folder);
  data->files = g_ptr_array_new_with_free_func ((GDestroyNotify) icam_exported_file_free);
  data->from = request->from;
  data->started = g_get_monotonic_time ();
  data->progress = progress;
  data->progress_data = progress_data;
  g_task_set_source_tag (task, icam_client_export_folder_async);
  g_task_set_task_data (task, data, folder_free);
  /* What was written goes before it says so. */
  g_task_set_check_cancellable (task, FALSE);
  next_part (task);
}

/**
 * icam_client_export_folder_finish:
 * @self: a client
 * @result: a result
 * @error: return location; ICAM_ERROR_NO_RECORDING when nothing was recorded of any camera, ICAM_ERROR_NO_SPACE
 *
 * Returns: (transfer full) (nullable) (element-type IcamExportedFile): what is in the folder, besides the page ICAM_EXPORT_PAGE
 */
GPtrArray *
icam_client_export_folder_finish (IcamClient   *self,
                                  GAsyncResult *result,
                                  GError      **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
