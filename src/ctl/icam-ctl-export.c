/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-ctl"

#include "config.h"

#include "ctl/icam-ctl.h"

#include "client/icam-client-export.h"
#include "client/icam-words.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define MAX_CAMERAS 1000

typedef struct
{
  gboolean wanted, shown;
  int percent;
} Progress;

static void
on_progress (double   fraction,
             gint64   time_left,
             gpointer user_data)
{
  Progress *progress = user_data;
  int percent = (int) (fraction * 100);
  g_autofree char *left = time_left > 0 ? icam_words_duration (time_left) : NULL;

  if (!progress->wanted || percent == progress->percent)
    return;
  progress->percent = percent;
  progress->shown = TRUE;
  g_printerr ("\r%3d %%  %-24s", percent, left != NULL && percent < 100 ? left : "");
}

static void
clear_progress (Progress *progress)
{
  if (progress->shown)
    g_printerr ("\r%32s\r", "");
}

static void
put_result (JsonBuilder            *builder,
            const char             *file,
            IcamCamera             *camera,
            const IcamExportResult *result)
{
  icam_ctl_json_string (builder, "file", file);
  icam_ctl_json_string (builder, "camera", icam_camera_get_id (camera));
  if (result == NULL)
    return;
  icam_ctl_json_string (builder, "format", icam_export_format_to_string (result->format));
  icam_ctl_json_string (builder, "reason", result->reason);
  json_builder_set_member_name (builder, "bytes");
  json_builder_add_int_value (builder, (gint64) result->bytes);
  icam_ctl_json_time (builder, "from", result->from);
  icam_ctl_json_time (builder, "to", result->to);
  json_builder_set_member_name (builder, "exact");
  json_builder_add_boolean_value (builder, result->exact);
  json_builder_set_member_name (builder, "hidden_us");
  json_builder_add_int_value (builder, result->hidden);
  json_builder_set_member_name (builder, "cut");
  json_builder_add_boolean_value (builder, result->cut);
}

static void
say_result (const char              *file,
            const IcamExportResult  *result,
            const IcamExportRequest *request)
{
  g_autofree char *size = g_format_size (result->bytes);
  g_autofree char *start = icam_ctl_local_time (result->from);
  g_autofree char *end = icam_ctl_local_time (result->to);
  g_autofree char *remark = icam_export_result_remark (result, request);

  icam_ctl_print (_ ("%s: %s to %s, %s"), file, start, end, size);
  if (remark != NULL)
    icam_ctl_print ("  %s", remark);
}

/* ---- several cameras ---- */

static int
export_to_folder (IcamCtl                 *ctl,
                  GPtrArray               *cameras,
                  const IcamExportRequest *request,
                  const char              *folder,
                  Progress                *progress)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) files = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  GAsyncResult *slot = NULL;

  icam_client_export_folder_async (ctl->client, cameras, request, folder, on_progress, progress, ctl->cancellable, icam_ctl_store, &slot);
  result = icam_ctl_wait_result (ctl, &slot);
  files = icam_client_export_folder_finish (ctl->client, result, &error);
  clear_progress (progress);
  if (files == NULL)
    return icam_ctl_fail (ctl, error);

  json_builder_begin_array (builder);
  for (guint i = 0; i < files->len; i++)
    {
      const IcamExportedFile *file = files->pdata[i];

      json_builder_begin_object (builder);
      put_result (builder, file->file, file->camera, file->result);
      json_builder_end_object (builder);
      if (ctl->json)
        continue;
      if (file->result != NULL)
        say_result (file->file, file->result, request);
      else
        /* Translators: name of a camera */
        icam_ctl_print (_ ("%s: nothing was recorded then."), file->name);
    }
  json_builder_end_array (builder);
  if (ctl->json)
    icam_ctl_print_json (builder, FALSE);
  return ICAM_EXIT_OK;
}

/* ---- one camera ---- */

/* A new file that gets its name when it is whole. */
static int
create_file (IcamCtl    *ctl,
             const char *path,
             const char *part,
             gboolean    force,
             int        *code)
{
  int fd;

  if (!force && g_file_test (path, G_FILE_TEST_EXISTS))
    {
      *code = icam_ctl_usage (ctl, _ ("%s exists. Give --force to replace it."), path);
      return -1;
    }
  fd = open (part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0)
    {
      icam_ctl_usage (ctl, _ ("%s cannot be written: %s"), path, g_strerror (errno));
      *code = ICAM_EXIT_FAILED;
    }
  return fd;
}

/* What could not become MP4 is not called so. */
static char *
name_for (const char             *path,
          const IcamExportResult *result)
{
  if (result->reason != NULL && g_str_has_suffix (path, ".mp4"))
    {
      g_autofree char *base = g_strndup (path, strlen (path) - strlen (".mp4"));

      return g_strdup_printf ("%s.%s", base, icam_export_ending (result->format));
    }
  return g_strdup (path);
}

static gboolean
give_name (const char *part,
           const char *path,
           gboolean    force,
           GError    **error)
{
  if (!force && g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_EXISTS, _ ("%s exists. Give --force to replace it."), path);
      return FALSE;
    }
  if (g_rename (part, path) != 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), _ ("%s cannot be written."), path);
      return FALSE;
    }
  return TRUE;
}

static int
export_to_file (IcamCtl                 *ctl,
                IcamCamera              *camera,
                const IcamExportRequest *request,
                const char              *path,
                gboolean                 force,
                Progress                *progress)
{
  gboolean to_stdout = g_str_equal (path, "-");
  g_autofree char *part = g_strconcat (path, ".part", NULL);
  g_autofree char *name = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (IcamExportResult) exported = NULL;
  GAsyncResult *slot = NULL;
  int code = 0, fd;

  fd = to_stdout ? fcntl (STDOUT_FILENO, F_DUPFD_CLOEXEC, 3) : create_file (ctl, path, part, force, &code);
  if (fd < 0)
    return code != 0 ? code : ICAM_EXIT_FAILED;

  icam_client_export_async (ctl->client, camera, request, fd, on_progress, progress, ctl->cancellable, icam_ctl_store, &slot);
  result = icam_ctl_wait_result (ctl, &slot);
  exported = icam_client_export_finish (ctl->client, result, &error);
  clear_progress (progress);
  name = exported != NULL ? name_for (path, exported) : NULL;
  if (exported == NULL || (!to_stdout && !give_name (part, name, force, &error)))
    {
      if (!to_stdout)
        g_unlink (part);
      return icam_ctl_fail (ctl, error);
    }

  if (ctl->json)
    {
      g_autoptr (JsonBuilder) builder = json_builder_new ();

      json_builder_begin_object (builder);
      put_result (builder, name, camera, exported);
      icam_ctl_json_string (builder, "role", icam_role_to_string (request->role));
      json_builder_end_object (builder);
      icam_ctl_print_json (builder, FALSE);
    }
  else if (!to_stdout)
    {
      say_result (name, exported, request);
    }
  return ICAM_EXIT_OK;
}

/* ---- the command ---- */

static gboolean
is_folder (const char *path)
{
  return g_str_has_suffix (path, G_DIR_SEPARATOR_S) || g_file_test (path, G_FILE_TEST_IS_DIR);
}

static IcamExportFormat
format_of (const char *path)
{
  return g_str_equal (path, "-") || g_str_has_suffix (path, ".mkv") ? ICAM_EXPORT_MATROSKA : ICAM_EXPORT_MP4;
}

/* All of them with --all. */
static GPtrArray *
find_cameras (IcamCtl *ctl,
              char   **words,
              int      n,
              gboolean all,
              int     *code)
{
  g_autoptr (GPtrArray) cameras = g_ptr_array_new_with_free_func (g_object_unref);
  GListModel *known = icam_client_get_cameras (ctl->client);

  for (guint i = 0; all && i < g_list_model_get_n_items (known); i++)
    g_ptr_array_add (cameras, g_list_model_get_item (known, i));
  for (int i = 0; i < n; i++)
    {
      IcamCamera *camera = icam_ctl_find_camera (ctl, words[i], code);

      if (camera == NULL)
        return NULL;
      if (!g_ptr_array_find (cameras, camera, NULL))
        g_ptr_array_add (cameras, g_object_ref (camera));
    }
  if (cameras->len == 0)
    {
      *code = icam_ctl_usage (ctl, _ ("There is no camera yet."));
      return NULL;
    }
  return g_steal_pointer (&cameras);
}

int
icam_ctl_export (IcamCtl *ctl,
                 int      argc,
                 char   **argv)
{
  g_autofree char *from_text = NULL;
  g_autofree char *to_text = NULL;
  g_autofree char *role_text = NULL;
  g_autofree char *format_text = NULL;
  g_autofree char *path = NULL;
  gboolean force = FALSE, all = FALSE;
  IcamExportRequest request = { .role = ICAM_ROLE_MAIN };
  const GOptionEntry entries[] = {
    { "from", 0, 0, G_OPTION_ARG_STRING, &from_text, N_ ("Beginning"), N_ ("TIME") },
    { "to", 0, 0, G_OPTION_ARG_STRING, &to_text, N_ ("End"), N_ ("TIME") },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &path, N_ ("The file to write, - for standard output, or the folder for several cameras"),
      N_ ("FILE") },
    { "format", 0, 0, G_OPTION_ARG_STRING, &format_text, N_ ("mp4 or mkv; without it what the name of the file ends with, else mp4"),
      N_ ("FORMAT") },
    { "exact", 0, 0, G_OPTION_ARG_NONE, &request.exact, N_ ("Show nothing before the beginning"), NULL },
    { "all", 0, 0, G_OPTION_ARG_NONE, &all, N_ ("All cameras"), NULL },
    { "role", 0, 0, G_OPTION_ARG_STRING, &role_text, N_ ("The full picture (main) or the small one (sub)"), N_ ("ROLE") },
    { "force", 'f', 0, G_OPTION_ARG_NONE, &force, N_ ("Replace the file if it exists"), NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GPtrArray) cameras = NULL;
  Progress progress = { .percent = -1 };
  gboolean to_stdout;
  int code, n;

  if (!icam_ctl_parse (ctl, _ ("CAMERA… --from TIME --to TIME FILE|FOLDER"),
                       _ ("Writes what was recorded of a camera as one film, or of several cameras as films in a folder, with a page to "
                          "look at them."),
                       entries, 0, MAX_CAMERAS, &argc, &argv))
    return ICAM_EXIT_USAGE;
  n = argc - 1;
  if (path == NULL && n > (all ? 0 : 1))
    path = g_strdup (argv[n--]);
  if (from_text == NULL || to_text == NULL || path == NULL || *path == '\0' || (n == 0) != all)
    return icam_ctl_usage (ctl, _ ("An export needs a camera, --from, --to and a file or a folder."));
  if (role_text != NULL && !icam_role_from_string (role_text, &request.role))
    return icam_ctl_usage (ctl, _ ("--role is main or sub."));
  request.format = format_of (path);
  if (format_text != NULL && !g_str_equal (format_text, "mp4") && !g_str_equal (format_text, "mkv"))
    return icam_ctl_usage (ctl, _ ("--format is mp4 or mkv."));
  if (format_text != NULL)
    request.format = g_str_equal (format_text, "mp4") ? ICAM_EXPORT_MP4 : ICAM_EXPORT_MATROSKA;
  if (!icam_ctl_parse_span (ctl, from_text, to_text, 0, &request.from, &request.to))
    return ICAM_EXIT_USAGE;
  to_stdout = g_str_equal (path, "-");
  if (to_stdout && (isatty (STDOUT_FILENO) || ctl->json))
    return icam_ctl_usage (ctl, _ ("A film is nothing for a terminal, and goes not together with --json on standard output. Give -o FILE."));
  if (to_stdout && (n > 1 || all))
    return icam_ctl_usage (ctl, _ ("Films of several cameras go to a folder."));
  code = icam_ctl_connect (ctl, TRUE);
  if (code != 0)
    return code;
  cameras = find_cameras (ctl, argv + 1, n, all, &code);
  if (cameras == NULL)
    return code;

  progress.wanted = isatty (STDERR_FILENO) && !ctl->json;
  if (n > 1 || all || is_folder (path))
    return export_to_folder (ctl, cameras, &request, path, &progress);
  return export_to_file (ctl, cameras->pdata[0], &request, path, force, &progress);
}
