/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-client"

#include "config.h"

#include "client/icam-client-export.h"

#include "client/icam-client-private.h"
#include "client/icam-words.h"

#include <gio/gunixfdlist.h>
#include <glib/gi18n-lib.h>
#include <unistd.h>

typedef struct
{
  IcamClientProgress progress;
  gpointer data;
} Progress;

static void
on_export (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autofree char *path = NULL;
  GError *error = NULL;

  if (icam_dbus_camera_call_export_finish (ICAM_DBUS_CAMERA (source), &path, NULL, result, &error))
    {
      Progress progress = *(Progress *) g_task_get_task_data (task);

      icam_client_watch_job (task, path, progress.progress, progress.data);
    }
  else
    g_task_return_error (task, error);
}

/**
 * icam_client_export_async:
 * @self: a client
 * @camera: a camera
 * @request: what is wanted
 * @fd: (transfer full): where to write: an empty file, or a pipe
 * @progress: (nullable): called now and then with how far it is
 * @progress_data: for @progress
 * @cancellable: (nullable): cancelling cancels the job
 * @callback: called when done
 * @user_data: for @callback
 */
void
icam_client_export_async (IcamClient              *self,
                          IcamCamera              *camera,
                          const IcamExportRequest *request,
                          int                      fd,
                          IcamClientProgress       progress,
                          gpointer                 progress_data,
                          GCancellable            *cancellable,
                          GAsyncReadyCallback      callback,
                          gpointer                 user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_autoptr (GUnixFDList) fds = g_unix_fd_list_new ();
  GVariantDict options = G_VARIANT_DICT_INIT (NULL);
  Progress *kept = g_new0 (Progress, 1);
  GError *error = NULL;
  int handle;

  g_task_set_source_tag (task, icam_client_export_async);
  *kept = (Progress){ progress, progress_data };
  g_task_set_task_data (task, kept, g_free);

  handle = g_unix_fd_list_append (fds, fd, &error);
  close (fd);
  if (handle < 0 || icam_client_get_manager (self) == NULL)
    {
      g_variant_dict_clear (&options);
      g_task_return_error (task, error != NULL ? error : icam_client_new_absent_error (self));
      return;
    }

  g_variant_dict_insert (&options, "role", "s", icam_role_to_string (request->role));
  g_variant_dict_insert (&options, "format", "s", icam_export_format_to_string (request->format));
  g_variant_dict_insert (&options, "exact", "b", request->exact);
  icam_dbus_camera_call_export (icam_camera_get_proxy (camera), request->from, request->to, g_variant_new_handle (handle),
                                g_variant_dict_end (&options), fds, cancellable, on_export, g_object_ref (task));
}

/**
 * icam_client_export_finish:
 * @self: a client
 * @result: a result
 * @error: return location; ICAM_ERROR_NO_RECORDING when there was nothing, ICAM_ERROR_NO_SPACE
 *
 * Returns: (transfer full) (nullable): what was written
 */
IcamExportResult *
icam_client_export_finish (IcamClient   *self,
                           GAsyncResult *result,
                           GError      **error)
{
  g_autoptr (GVariant) told = g_task_propagate_pointer (G_TASK (result), error);
  const char *format = NULL;
  IcamExportResult *exported;

  if (told == NULL)
    return NULL;

  exported = g_new0 (IcamExportResult, 1);
  g_variant_lookup (told, "from", "x", &exported->from);
  g_variant_lookup (told, "to", "x", &exported->to);
  g_variant_lookup (told, "bytes", "t", &exported->bytes);
  if (g_variant_lookup (told, "format", "&s", &format))
    icam_export_format_from_string (format, &exported->format);
  g_variant_lookup (told, "reason", "s", &exported->reason);
  g_variant_lookup (told, "exact", "b", &exported->exact);
  g_variant_lookup (told, "hidden", "x", &exported->hidden);
  g_variant_lookup (told, "cut", "b", &exported->cut);
  return exported;
}

/**
 * icam_export_result_free:
 * @self: (transfer full): a result
 */
void
icam_export_result_free (IcamExportResult *self)
{
  g_free (self->reason);
  g_free (self);
}

static const char *
reason_words (const char *reason)
{
  if (g_strcmp0 (reason, "pictures") == 0)
    return _ ("It is a Matroska file: MP4 cannot hold pictures of this kind.");
  if (g_strcmp0 (reason, "sound") == 0)
    return _ ("It is a Matroska file: MP4 cannot hold sound of this kind.");
  if (g_strcmp0 (reason, "changes") == 0)
    return _ ("It is a Matroska file: the camera's settings changed in between, which MP4 cannot hold.");
  if (g_strcmp0 (reason, "no-muxer") == 0)
    return _ ("It is a Matroska file: what GStreamer needs for MP4 is not installed.");
  return _ ("It is a Matroska file: MP4 could not be written there.");
}

/**
 * icam_export_result_remark:
 * @self: what was written
 * @request: what was asked for
 *
 * Returns: (transfer full) (nullable): in what it is not what was asked for, or what people should know of it, in sentences
 */
char *
icam_export_result_remark (const IcamExportResult  *self,
                           const IcamExportRequest *request)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);

  if (self->reason != NULL)
    g_ptr_array_add (words, g_strdup (reason_words (self->reason)));
  if (request->exact && !self->exact)
    g_ptr_array_add (words, g_strdup (_ ("It begins a little earlier: only MP4 can hide what the first picture is made from.")));
  if (self->hidden > 0)
    {
      g_autofree char *hidden = g_strdup_printf ("%.1f", (double) self->hidden / G_USEC_PER_SEC);

      /* Translators: a number of seconds */
      g_ptr_array_add (words, g_strdup_printf (_ ("The %s seconds before it are in the file too, because the first picture is made from "
                                                  "them, but players do not show them."), hidden));
    }
  if (self->cut)
    {
      g_autofree char *when = icam_words_time (self->to, g_get_real_time ());

      /* Translators: a time */
      g_ptr_array_add (words, g_strdup_printf (_ ("It ends at %s, where the camera changed the kind of its pictures. The rest wants a file of "
                                                  "its own."), when));
    }
  if (words->len == 0)
    return NULL;
  g_ptr_array_add (words, NULL);
  return g_strjoinv (" ", (char **) words->pdata);
}

/**
 * icam_export_ending:
 * @format: a format
 *
 * Returns: (transfer none): what names of its files end with, "mp4" or "mkv"
 */
const char *
icam_export_ending (IcamExportFormat format)
{
  return format == ICAM_EXPORT_MP4 ? "mp4" : "mkv";
}

/**
 * icam_export_file_name:
 * @camera: a camera's name
 * @utc: UTC in µs of the first picture
 *
 * Returns: (transfer full): a name for a file, without the ending: local time, and nothing that a file system refuses
 */
char *
icam_export_file_name (const char *camera,
                       gint64      utc)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (utc / G_USEC_PER_SEC);
  g_autoptr (GDateTime) local = time != NULL ? g_date_time_to_local (time) : NULL;
  g_autofree char *when = local != NULL ? g_date_time_format (local, "%Y-%m-%d %H.%M.%S") : g_strdup ("");
  g_autofree char *name = g_strdup_printf ("%s %s", camera, when);

  g_strdelimit (name, "/\\:*?\"<>|", '-');
  for (char *c = name; *c != '\0'; c++)
    if ((guchar) *c < ' ')
      *c = ' ';
  g_strstrip (name);
  if (*name == '.')
    *name = '-';
  return g_steal_pointer (&name);
}
