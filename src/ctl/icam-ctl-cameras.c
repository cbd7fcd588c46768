/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-ctl"

#include "config.h"

#include "ctl/icam-ctl.h"

#include "client/icam-words.h"

#include <gio/gunixfdlist.h>
#include <glib/gi18n-lib.h>
#include <unistd.h>

/* ---- list ---- */

static void
print_cameras_json (IcamCtl     *ctl,
                    JsonBuilder *builder)
{
  GListModel *cameras = icam_client_get_cameras (ctl->client);

  json_builder_begin_array (builder);
  for (guint i = 0; i < g_list_model_get_n_items (cameras); i++)
    {
      g_autoptr (IcamCamera) camera = g_list_model_get_item (cameras, i);

      icam_ctl_json_camera (builder, ctl, camera);
    }
  json_builder_end_array (builder);
}

int
icam_ctl_list (IcamCtl *ctl,
               int      argc,
               char   **argv)
{
  g_autoptr (IcamCtlTable) table = NULL;
  GListModel *cameras;
  int code;

  if (!icam_ctl_parse (ctl, "", _ ("Shows the cameras of the recorder."), NULL, 0, 0, &argc, &argv))
    return ICAM_EXIT_USAGE;
  code = icam_ctl_connect (ctl, TRUE);
  if (code != 0)
    return code;

  if (ctl->json)
    {
      g_autoptr (JsonBuilder) builder = json_builder_new ();

      print_cameras_json (ctl, builder);
      icam_ctl_print_json (builder, FALSE);
      return ICAM_EXIT_OK;
    }

  cameras = icam_client_get_cameras (ctl->client);
  table = icam_ctl_table_new (_ ("NAME"), _ ("STATE"), _ ("ADDRESS"), _ ("ID"), NULL);
  for (guint i = 0; i < g_list_model_get_n_items (cameras); i++)
    {
      g_autoptr (IcamCamera) camera = g_list_model_get_item (cameras, i);
      g_autofree char *address = icam_ctl_camera_address (ctl, camera);

      icam_ctl_table_add (table, icam_camera_get_name (camera), icam_camera_get_state (camera), address,
                          icam_camera_get_id (camera), NULL);
    }
  icam_ctl_table_print (table);
  if (g_list_model_get_n_items (cameras) == 0)
    g_printerr ("%s\n", _ ("There are no cameras yet. incameractl discover shows which there are on the network."));

  return ICAM_EXIT_OK;
}

/* ---- status ---- */

static GVariant *
get_rates (IcamCtl *ctl)
{
  GAsyncResult *slot = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  GVariant *rates = NULL;
  IcamDBusManager *manager = icam_client_get_manager (ctl->client);

  if (manager == NULL)
    return NULL;
  icam_dbus_manager_call_get_rates (manager, g_variant_new ("a{sv}", NULL), ctl->cancellable, icam_ctl_store, &slot);
  result = icam_ctl_wait_result (ctl, &slot);
  if (!icam_dbus_manager_call_get_rates_finish (manager, &rates, result, NULL))
    return NULL;
  return rates;
}

static void
print_status_json (IcamCtl  *ctl,
                   GVariant *rates)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (GError) problem = icam_client_dup_archive_error (ctl->client);
  IcamDBusManager *manager = icam_client_get_manager (ctl->client);
  GVariantIter iter;
  const char *camera, *role;
  double bytes, frames;
  gint64 age;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "recorder");
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "running");
  json_builder_add_boolean_value (builder, TRUE);
  icam_ctl_json_string (builder, "version", icam_dbus_manager_get_version (manager));
  json_builder_set_member_name (builder, "api");
  json_builder_add_int_value (builder, icam_dbus_manager_get_api (manager));
  icam_ctl_json_string (builder, "state", icam_dbus_manager_get_state (manager));
  icam_ctl_json_string (builder, "keyring", icam_client_get_keyring_state (ctl->client));
  icam_ctl_json_string (builder, "discovery", icam_client_get_discovery_state (ctl->client));
  json_builder_end_object (builder);

  json_builder_set_member_name (builder, "archive");
  json_builder_begin_object (builder);
  icam_ctl_json_string (builder, "folder", icam_client_get_archive_folder (ctl->client));
  icam_ctl_json_error (builder, "error", problem);
  icam_ctl_json_time (builder, "oldest", icam_client_get_oldest_recording (ctl->client));
  json_builder_end_object (builder);

  json_builder_set_member_name (builder, "cameras");
  print_cameras_json (ctl, builder);

  json_builder_set_member_name (builder, "rates");
  json_builder_begin_array (builder);
  if (rates != NULL)
    {
      g_variant_iter_init (&iter, rates);
      while (g_variant_iter_next (&iter, "(&s&sddx)", &camera, &role, &bytes, &frames, &age))
        {
          json_builder_begin_object (builder);
          icam_ctl_json_string (builder, "camera", camera);
          icam_ctl_json_string (builder, "role", role);
          json_builder_set_member_name (builder, "bytes_per_second");
          json_builder_add_double_value (builder, bytes);
          json_builder_set_member_name (builder, "frames_per_second");
          json_builder_add_double_value (builder, frames);
          json_builder_set_member_name (builder, "age_us");
          json_builder_add_int_value (builder, age);
          json_builder_end_object (builder);
        }
    }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  icam_ctl_print_json (builder, FALSE);
}

static void
print_status_words (IcamCtl  *ctl,
                    GVariant *rates)
{
  g_autoptr (GError) problem = icam_client_dup_archive_error (ctl->client);
  GListModel *cameras = icam_client_get_cameras (ctl->client);
  const char *version = icam_dbus_manager_get_version (icam_client_get_manager (ctl->client));
  gint64 oldest = icam_client_get_oldest_recording (ctl->client);
  gint64 now = g_get_real_time ();
  GVariantIter iter;
  const char *id, *role;
  double bytes, frames;

  icam_ctl_print (_ ("The recorder is running (version %s)."), version != NULL ? version : "?");
  if (problem != NULL)
    {
      g_autofree char *words = icam_words_error (problem);

      icam_ctl_print ("%s", words);
    }
  else
    icam_ctl_print (_ ("Recordings go to %s."), icam_client_get_archive_folder (ctl->client));
  if (oldest != 0)
    {
      g_autofree char *time = icam_words_time (oldest, now);

      icam_ctl_print (_ ("The oldest one is of %s."), time);
    }
  if (g_str_equal (icam_client_get_keyring_state (ctl->client), "locked"))
    icam_ctl_print (_ ("The keyring with the passwords is locked. incameractl unlock asks for it to be unlocked."));
  else if (g_str_equal (icam_client_get_keyring_state (ctl->client), "absent"))
    icam_ctl_print (_ ("There is no keyring on this system that could keep passwords."));
  if (g_str_equal (icam_client_get_discovery_state (ctl->client), "absent"))
    icam_ctl_print (_ ("The service Avahi is not running on this computer: cameras that announce themselves over mDNS only are not found."));

  for (guint i = 0; i < g_list_model_get_n_items (cameras); i++)
    {
      g_autoptr (IcamCamera) camera = g_list_model_get_item (cameras, i);
      g_autofree char *words = icam_ctl_camera_words (camera);
      g_autoptr (GString) line = g_string_new (words);

      if (rates != NULL && g_str_equal (icam_camera_get_state (camera), "recording"))
        {
          g_variant_iter_init (&iter, rates);
          while (g_variant_iter_next (&iter, "(&s&sddx)", &id, &role, &bytes, &frames, NULL))
            if (g_str_equal (id, icam_camera_get_id (camera)))
              {
                g_autofree char *size = g_format_size ((guint64) MAX (bytes, 0.0));

                /* Translators: "main" or "sub", pictures a second, and bytes such as "512.0 kB". */
                g_string_append_printf (line, _ (" %s: %.1f pictures and %s a second."), role, frames, size);
              }
        }
      icam_ctl_print ("%s", line->str);
    }
  if (g_list_model_get_n_items (cameras) == 0)
    icam_ctl_print (_ ("There are no cameras yet."));
}

int
icam_ctl_status (IcamCtl *ctl,
                 int      argc,
                 char   **argv)
{
  g_autoptr (GVariant) rates = NULL;
  g_autoptr (GError) problem = NULL;
  GListModel *cameras;
  int code;

  if (!icam_ctl_parse (ctl, "", _ ("Says how the recorder and its cameras are. Does not start it."), NULL, 0, 0, &argc, &argv))
    return ICAM_EXIT_USAGE;
  code = icam_ctl_connect (ctl, FALSE);
  if (code != 0)
    {
      if (ctl->json && code == ICAM_EXIT_NO_RECORDER)
        g_print ("{\n  \"recorder\" : {\n    \"running\" : false\n  }\n}\n");
      return code;
    }

  rates = get_rates (ctl);
  if (icam_client_get_manager (ctl->client) == NULL)
    {
      g_autoptr (GError) error = g_error_new_literal (G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY, "The recorder went away.");

      return icam_ctl_fail (ctl, error);
    }
  if (ctl->json)
    print_status_json (ctl, rates);
  else
    print_status_words (ctl, rates);

  /* The exit code says what needs somebody first. */
  problem = icam_client_dup_archive_error (ctl->client);
  if (problem != NULL)
    return ICAM_EXIT_ARCHIVE;
  cameras = icam_client_get_cameras (ctl->client);
  for (guint i = 0; i < g_list_model_get_n_items (cameras); i++)
    {
      g_autoptr (IcamCamera) camera = g_list_model_get_item (cameras, i);

      if (g_str_equal (icam_camera_get_state (camera), "waiting"))
        return ICAM_EXIT_KEYRING;
      if (icam_camera_get_error (camera) != NULL)
        return icam_ctl_exit_code (icam_camera_get_error (camera));
    }

  return ICAM_EXIT_OK;
}

/* ---- what changes a camera ---- */

int
icam_ctl_rename (IcamCtl *ctl,
                 int      argc,
                 char   **argv)
{
  IcamCamera *camera;
  IcamDBusCamera *proxy;
  GAsyncResult *slot = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  GError *error = NULL;
  gboolean ok;
  int code;

  if (!icam_ctl_parse (ctl, _ ("CAMERA NAME"), _ ("Gives a camera another name."), NULL, 2, 2, &argc, &argv))
    return ICAM_EXIT_USAGE;
  if (!g_utf8_validate (argv[2], -1, NULL))
    return icam_ctl_usage (ctl, _ ("The name is not valid text."));
  code = icam_ctl_connect (ctl, TRUE);
  if (code != 0)
    return code;
  camera = icam_ctl_find_camera (ctl, argv[1], &code);
  if (camera == NULL)
    return code;

  proxy = icam_camera_get_proxy (camera);
  icam_dbus_camera_call_rename (proxy, argv[2], g_variant_new ("a{sv}", NULL), ctl->cancellable, icam_ctl_store, &slot);
  result = icam_ctl_wait_result (ctl, &slot);
  ok = icam_dbus_camera_call_rename_finish (proxy, result, &error);
  return icam_ctl_done (ctl, ok, error);
}

int
icam_ctl_detection (IcamCtl *ctl,
                    int      argc,
                    char   **argv)
{
  IcamCamera *camera;
  IcamDBusCamera *proxy;
  GAsyncResult *slot = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  GError *error = NULL;
  gboolean on, ok;
  int code;

  if (!icam_ctl_parse (ctl, _ ("CAMERA on|off"), _ ("Switches watching for motion on or off. The camera is recorded either way."), NULL,
                       2, 2, &argc, &argv))
    return ICAM_EXIT_USAGE;
  on = g_str_equal (argv[2], "on");
  if (!on && !g_str_equal (argv[2], "off"))
    return icam_ctl_usage (ctl, _ ("Say on or off."));
  code = icam_ctl_connect (ctl, TRUE);
  if (code != 0)
    return code;
  camera = icam_ctl_find_camera (ctl, argv[1], &code);
  if (camera == NULL)
    return code;

  proxy = icam_camera_get_proxy (camera);
  icam_dbus_camera_call_set_detection (proxy, on, g_variant_new ("a{sv}", NULL), ctl->cancellable, icam_ctl_store, &slot);
  result = icam_ctl_wait_result (ctl, &slot);
  ok = icam_dbus_camera_call_set_detection_finish (proxy, result, &error);
  return icam_ctl_done (ctl, ok, error);
}

int
icam_ctl_remove (IcamCtl *ctl,
                 int      argc,
                 char   **argv)
{
  gboolean delete_recordings = FALSE;
  gboolean yes = FALSE;
  const GOptionEntry entries[] = {
    { "delete-recordings", 0, 0, G_OPTION_ARG_NONE, &delete_recordings, N_ ("Delete what was recorded of it too"), NULL },
    { "yes", 'y', 0, G_OPTION_ARG_NONE, &yes, N_ ("Do not ask"), NULL },
    G_OPTION_ENTRY_NULL,
  };
  GVariantDict options = G_VARIANT_DICT_INIT (NULL);
  IcamCamera *camera;
  g_autoptr (IcamDBusCamera) proxy = NULL;
  GAsyncResult *slot = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  GError *error = NULL;
  gboolean ok;
  int code;

  if (!icam_ctl_parse (ctl, _ ("CAMERA"), _ ("Stops recording a camera and forgets it. Its recordings stay."), entries, 1, 1,
                       &argc, &argv))
    return ICAM_EXIT_USAGE;
  if (!yes && !isatty (STDIN_FILENO))
    return icam_ctl_usage (ctl, _ ("There is nobody to ask. Give --yes to remove the camera."));
  code = icam_ctl_connect (ctl, TRUE);
  if (code != 0)
    return code;
  camera = icam_ctl_find_camera (ctl, argv[1], &code);
  if (camera == NULL)
    return code;

  if (!yes)
    {
      g_autofree char *name = icam_ctl_plain (icam_camera_get_name (camera));
      g_autofree char *question
        = g_strdup_printf (delete_recordings ? _ ("Remove %s and delete all of its recordings? This cannot be undone. [y/N] ")
                                             : _ ("Remove %s? Its recordings stay. [y/N] "),
                           name);
      g_autofree char *answer = icam_ctl_read_answer (question);

      /* Translators: the first letter of "yes", as it is offered in the question. */
      if (answer == NULL || g_ascii_strncasecmp (answer, _ ("y"), 1) != 0)
        {
          g_printerr ("%s\n", _ ("Nothing was removed."));
          return ICAM_EXIT_FAILED;
        }
    }

  /* The camera goes away before the answer has come. */
  proxy = g_object_ref (icam_camera_get_proxy (camera));
  g_variant_dict_insert (&options, "delete-recordings", "b", delete_recordings);
  icam_dbus_camera_call_remove (proxy, g_variant_dict_end (&options), ctl->cancellable, icam_ctl_store, &slot);
  result = icam_ctl_wait_result (ctl, &slot);
  ok = icam_dbus_camera_call_remove_finish (proxy, result, &error);
  return icam_ctl_done (ctl, ok, error);
}

int
icam_ctl_password (IcamCtl *ctl,
                   int      argc,
                   char   **argv)
{
  g_autofree char *user = NULL;
  const GOptionEntry entries[] = {
    { "user", 'u', 0, G_OPTION_ARG_STRING, &user, N_ ("Name at the camera, if it is another one now"), N_ ("NAME") },
    G_OPTION_ENTRY_NULL,
  };
  IcamCamera *camera;
  g_autoptr (IcamDBusDevice) device = NULL;
  g_autoptr (IcamSecret) secret = NULL;
  g_autoptr (GUnixFDList) fds = g_unix_fd_list_new ();
  g_autofree char *prompt = NULL;
  g_autofree char *name = NULL;
  GAsyncResult *slot = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  GError *error = NULL;
  gboolean ok;
  int code, fd, handle;

  if (!icam_ctl_parse (ctl, _ ("CAMERA"), _ ("Changes the password that the recorder uses at a camera."), entries, 1, 1, &argc,
                       &argv))
    return ICAM_EXIT_USAGE;
  code = icam_ctl_connect (ctl, TRUE);
  if (code != 0)
    return code;
  camera = icam_ctl_find_camera (ctl, argv[1], &code);
  if (camera == NULL)
    return code;
  device = icam_client_get_device (ctl->client, icam_dbus_camera_get_device (icam_camera_get_proxy (camera)));
  if (device == NULL)
    {
      g_autoptr (GError) absent = icam_error_new (ICAM_ERROR_NOT_FOUND, "what", "camera", NULL);

      return icam_ctl_fail (ctl, absent);
    }

  if (user == NULL)
    user = g_strdup (icam_dbus_device_get_user (device));
  name = icam_ctl_plain (icam_camera_get_name (camera));
  prompt = g_strdup_printf (_ ("Password of %s at %s: "), user != NULL ? user : "", name);
  secret = icam_ctl_read_password (ctl, prompt, &error);
  if (secret == NULL)
    return icam_ctl_done (ctl, FALSE, error);
  fd = icam_secret_to_pipe (secret, &error);
  if (fd < 0)
    return icam_ctl_done (ctl, FALSE, error);
  handle = g_unix_fd_list_append (fds, fd, &error);
  close (fd);
  if (handle < 0)
    return icam_ctl_done (ctl, FALSE, error);

  icam_dbus_device_call_set_password (device, user != NULL ? user : "", g_variant_new_handle (handle),
                                      g_variant_new ("a{sv}", NULL), fds, ctl->cancellable, icam_ctl_store, &slot);
  result = icam_ctl_wait_result (ctl, &slot);
  ok = icam_dbus_device_call_set_password_finish (device, NULL, result, &error);
  return icam_ctl_done (ctl, ok, error);
}

int
icam_ctl_unlock (IcamCtl *ctl,
                 int      argc,
                 char   **argv)
{
  IcamDBusManager *manager;
  GAsyncResult *slot = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  GError *error = NULL;
  gboolean ok;
  int code;

  if (!icam_ctl_parse (ctl, "", _ ("Asks for the keyring with the passwords to be unlocked."), NULL, 0, 0, &argc, &argv))
    return ICAM_EXIT_USAGE;
  code = icam_ctl_connect (ctl, TRUE);
  if (code != 0)
    return code;

  manager = icam_client_get_manager (ctl->client);
  icam_dbus_manager_call_unlock_keyring (manager, g_variant_new ("a{sv}", NULL), ctl->cancellable, icam_ctl_store, &slot);
  result = icam_ctl_wait_result (ctl, &slot);
  ok = icam_dbus_manager_call_unlock_keyring_finish (manager, result, &error);
  return icam_ctl_done (ctl, ok, error);
}
