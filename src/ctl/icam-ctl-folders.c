/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-ctl"

#include "config.h"

#include "ctl/icam-ctl.h"

#include "client/icam-words.h"

#include <glib/gi18n-lib.h>
#include <unistd.h>

/* Name of the main folder where a folder is wanted. */
#define MAIN "main"

/* Names of the cameras that have the folder as theirs, a comma between; @main: those that have none. */
static char *
cameras_of (IcamCtl    *ctl,
            const char *path,
            gboolean    main)
{
  GListModel *cameras = icam_client_get_cameras (ctl->client);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < g_list_model_get_n_items (cameras); i++)
    {
      g_autoptr (IcamCamera) camera = g_list_model_get_item (cameras, i);
      const char *folder = icam_dbus_camera_get_folder (icam_camera_get_proxy (camera));

      if (folder == NULL || *folder == '\0' ? main : g_str_equal (folder, path))
        g_ptr_array_add (names, icam_ctl_plain (icam_camera_get_name (camera)));
    }
  g_ptr_array_add (names, NULL);
  return g_strjoinv (", ", (char **) names->pdata);
}

static void
add_json (IcamCtl     *ctl,
          JsonBuilder *builder,
          GVariantDict *folder)
{
  const char *path = "";
  gboolean main = FALSE;
  gint64 free_bytes = -1, size_bytes = -1, used_bytes = 0;
  double days = -1;
  g_autoptr (GVariant) problem = g_variant_dict_lookup_value (folder, "problem", G_VARIANT_TYPE ("(sa{sv})"));
  g_autoptr (GError) error = problem != NULL ? icam_error_from_variant (problem) : NULL;

  g_variant_dict_lookup (folder, "path", "&s", &path);
  g_variant_dict_lookup (folder, "main", "b", &main);
  g_variant_dict_lookup (folder, "free", "x", &free_bytes);
  g_variant_dict_lookup (folder, "size", "x", &size_bytes);
  g_variant_dict_lookup (folder, "used", "x", &used_bytes);
  g_variant_dict_lookup (folder, "days", "d", &days);

  json_builder_begin_object (builder);
  icam_ctl_json_string (builder, "path", path);
  json_builder_set_member_name (builder, "main");
  json_builder_add_boolean_value (builder, main);
  json_builder_set_member_name (builder, "free");
  json_builder_add_int_value (builder, free_bytes);
  json_builder_set_member_name (builder, "size");
  json_builder_add_int_value (builder, size_bytes);
  json_builder_set_member_name (builder, "used");
  json_builder_add_int_value (builder, used_bytes);
  json_builder_set_member_name (builder, "days");
  json_builder_add_double_value (builder, days);
  icam_ctl_json_error (builder, "problem", error);
  json_builder_end_object (builder);
}

static void
add_row (IcamCtl      *ctl,
         IcamCtlTable *table,
         GVariantDict *folder)
{
  const char *path = "";
  gboolean main = FALSE;
  gint64 free_bytes = -1, used_bytes = 0;
  double days = -1;
  g_autofree char *used = NULL;
  g_autofree char *holds = NULL;
  g_autoptr (GVariant) problem = g_variant_dict_lookup_value (folder, "problem", G_VARIANT_TYPE ("(sa{sv})"));
  g_autoptr (GError) error = problem != NULL ? icam_error_from_variant (problem) : NULL;
  g_autofree char *plain = NULL;
  g_autofree char *room = NULL;
  g_autofree char *cameras = NULL;
  g_autofree char *state = NULL;

  g_variant_dict_lookup (folder, "path", "&s", &path);
  g_variant_dict_lookup (folder, "main", "b", &main);
  g_variant_dict_lookup (folder, "free", "x", &free_bytes);
  g_variant_dict_lookup (folder, "used", "x", &used_bytes);
  g_variant_dict_lookup (folder, "days", "d", &days);

  used = g_format_size ((guint64) MAX (used_bytes, 0));
  holds = days >= 0 ? g_strdup_printf (ngettext ("%.0f day", "%.0f days", (gulong) days), days) : g_strdup (_ ("unknown"));
  plain = icam_ctl_plain (path);
  room = free_bytes >= 0 ? g_format_size ((guint64) free_bytes) : g_strdup (_ ("unknown"));
  cameras = cameras_of (ctl, path, main);
  state = error != NULL ? icam_words_error (error) : g_strdup (main ? _ ("main folder") : _ ("in use"));
  icam_ctl_table_add (table, plain, used, room, holds, cameras, state, NULL);
}

static int
show (IcamCtl *ctl)
{
  IcamDBusManager *manager = icam_client_get_manager (ctl->client);
  GAsyncResult *slot = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GVariant) folders = NULL;
  g_autoptr (JsonBuilder) builder = NULL;
  g_autoptr (IcamCtlTable) table = NULL;
  GError *error = NULL;

  icam_dbus_manager_call_list_folders (manager, g_variant_new ("a{sv}", NULL), ctl->cancellable, icam_ctl_store, &slot);
  result = icam_ctl_wait_result (ctl, &slot);
  if (!icam_dbus_manager_call_list_folders_finish (manager, &folders, result, &error))
    return icam_ctl_done (ctl, FALSE, error);

  if (ctl->json)
    {
      builder = json_builder_new ();
      json_builder_begin_array (builder);
    }
  else
    {
      table = icam_ctl_table_new (_ ("FOLDER"), _ ("USED"), _ ("FREE"), _ ("HOLDS"), _ ("CAMERAS"), _ ("STATE"), NULL);
    }
  for (gsize i = 0; i < g_variant_n_children (folders); i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (folders, i);
      g_auto (GVariantDict) folder = G_VARIANT_DICT_INIT (child);

      if (builder != NULL)
        add_json (ctl, builder, &folder);
      else
        add_row (ctl, table, &folder);
    }
  if (builder != NULL)
    {
      json_builder_end_array (builder);
      icam_ctl_print_json (builder, FALSE);
    }
  else
    {
      icam_ctl_table_print (table);
    }
  return ICAM_EXIT_OK;
}

/* "CAMERA FOLDER" */
static int
use (IcamCtl    *ctl,
     const char *name,
     const char *folder)
{
  g_autofree char *path = g_str_equal (folder, MAIN) ? g_strdup ("") : g_canonicalize_filename (folder, NULL);
  GAsyncResult *slot = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  IcamDBusCamera *proxy;
  IcamCamera *camera;
  GError *error = NULL;
  gboolean ok;
  int code;

  camera = icam_ctl_find_camera (ctl, name, &code);
  if (camera == NULL)
    return code;
  proxy = icam_camera_get_proxy (camera);
  icam_dbus_camera_call_set_folder (proxy, path, g_variant_new ("a{sv}", NULL), ctl->cancellable, icam_ctl_store, &slot);
  result = icam_ctl_wait_result (ctl, &slot);
  ok = icam_dbus_camera_call_set_folder_finish (proxy, result, &error);
  return icam_ctl_done (ctl, ok, error);
}

/* "CAMERA FOLDER": what was recorded already. */
static int
move (IcamCtl    *ctl,
      const char *name,
      const char *folder)
{
  g_autofree char *path = g_str_equal (folder, MAIN) ? g_strdup ("") : g_canonicalize_filename (folder, NULL);
  g_autofree char *size = NULL;
  GAsyncResult *slot = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GError) error = NULL;
  IcamCtlProgress progress = { 0 };
  IcamCamera *camera;
  guint32 segments = 0;
  guint64 bytes = 0;
  int code;

  camera = icam_ctl_find_camera (ctl, name, &code);
  if (camera == NULL)
    return code;
  icam_client_move_async (ctl->client, camera, path, isatty (STDERR_FILENO) && !ctl->json ? icam_ctl_progress : NULL, &progress,
                          ctl->cancellable, icam_ctl_store, &slot);
  result = icam_ctl_wait_result (ctl, &slot);
  answer = icam_client_upkeep_finish (ctl->client, result, &error);
  icam_ctl_progress_end (&progress);
  if (answer == NULL)
    return icam_ctl_fail (ctl, error);

  g_variant_lookup (answer, "segments", "u", &segments);
  g_variant_lookup (answer, "bytes", "t", &bytes);
  if (ctl->json)
    {
      g_autoptr (JsonBuilder) builder = json_builder_new ();

      json_builder_begin_object (builder);
      json_builder_set_member_name (builder, "segments");
      json_builder_add_int_value (builder, segments);
      json_builder_set_member_name (builder, "bytes");
      json_builder_add_int_value (builder, (gint64) bytes);
      json_builder_end_object (builder);
      icam_ctl_print_json (builder, FALSE);
      return ICAM_EXIT_OK;
    }
  size = g_format_size (bytes);
  icam_ctl_print (ngettext ("%u recording (%s) is there now.", "%u recordings (%s) are there now.", segments), segments, size);
  return ICAM_EXIT_OK;
}

/**
 * icam_ctl_folders:
 * @ctl: what all commands share
 * @argc: number of words
 * @argv: the words
 *
 * Returns: exit code
 */
int
icam_ctl_folders (IcamCtl *ctl,
                  int      argc,
                  char   **argv)
{
  g_autofree char *path = NULL;
  GAsyncResult *slot = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  IcamDBusManager *manager;
  GVariant *options;
  GError *error = NULL;
  const char *what;
  gboolean ok;
  int code;

  if (!icam_ctl_parse (ctl, _ ("[main FOLDER | add FOLDER | remove FOLDER | use CAMERA FOLDER | move CAMERA FOLDER]"),
                       _ ("Shows the folders for recordings, or changes them. A camera is recorded in the main folder or in the one that "
                          "it was given; \"main\" gives it back to the main one. While a folder cannot be written to, its cameras are "
                          "recorded in another one. With move, what was recorded of a camera is brought to a folder."),
                       NULL, 0, 3, &argc, &argv))
    return ICAM_EXIT_USAGE;
  what = argc > 1 ? argv[1] : "";
  if (argc > 1 && !(g_str_equal (what, "use") || g_str_equal (what, "move")
                      ? argc == 4
                                              : argc == 3 && (g_str_equal (what, MAIN) || g_str_equal (what, "add")
                                                              || g_str_equal (what, "remove"))))
    return icam_ctl_usage (ctl, _ ("Say main, add or remove and a folder, or use or move, a camera and a folder."));
  code = icam_ctl_connect (ctl, TRUE);
  if (code != 0)
    return code;
  if (argc <= 1)
    return show (ctl);
  if (argc == 4)
    return g_str_equal (what, "use") ? use (ctl, argv[2], argv[3]) : move (ctl, argv[2], argv[3]);

  manager = icam_client_get_manager (ctl->client);
  path = g_canonicalize_filename (argv[2], NULL);
  options = g_variant_new ("a{sv}", NULL);
  if (g_str_equal (what, MAIN))
    icam_dbus_manager_call_set_archive_folder (manager, path, options, ctl->cancellable, icam_ctl_store, &slot);
  else if (g_str_equal (what, "add"))
    icam_dbus_manager_call_add_folder (manager, path, options, ctl->cancellable, icam_ctl_store, &slot);
  else
    icam_dbus_manager_call_remove_folder (manager, path, options, ctl->cancellable, icam_ctl_store, &slot);
  result = icam_ctl_wait_result (ctl, &slot);
  if (g_str_equal (what, MAIN))
    ok = icam_dbus_manager_call_set_archive_folder_finish (manager, result, &error);
  else if (g_str_equal (what, "add"))
    ok = icam_dbus_manager_call_add_folder_finish (manager, result, &error);
  else
    ok = icam_dbus_manager_call_remove_folder_finish (manager, result, &error);
  return icam_ctl_done (ctl, ok, error);
}
