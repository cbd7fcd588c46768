/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-ctl"

#include "config.h"

#include "ctl/icam-ctl.h"

#include "client/icam-words.h"

#include <glib/gi18n-lib.h>
#include <string.h>
#include <unistd.h>

/* ---- discover ---- */

static gboolean
never (gpointer user_data)
{
  return FALSE;
}

static char *
device_id (IcamDBusFound *found)
{
  const char *path = icam_dbus_found_get_device (found);
  const char *tail = path != NULL ? strrchr (path, '/') : NULL;

  return tail != NULL && tail[1] != '\0' ? g_strdup (tail + 1) : NULL;
}

static void
print_found_json (IcamCtl *ctl)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  GListModel *model = icam_client_get_found (ctl->client);

  json_builder_begin_array (builder);
  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (IcamDBusFound) found = g_list_model_get_item (model, i);
      const char *const *sources = icam_dbus_found_get_sources (found);
      g_autofree char *device = device_id (found);

      json_builder_begin_object (builder);
      icam_ctl_json_string (builder, "id", icam_dbus_found_get_id (found));
      icam_ctl_json_string (builder, "name", icam_dbus_found_get_name (found));
      icam_ctl_json_string (builder, "address", icam_dbus_found_get_address (found));
      icam_ctl_json_string (builder, "hardware", icam_dbus_found_get_hardware (found));
      icam_ctl_json_string (builder, "kind", icam_dbus_found_get_kind (found));
      json_builder_set_member_name (builder, "sources");
      json_builder_begin_array (builder);
      for (guint s = 0; sources != NULL && sources[s] != NULL; s++)
        json_builder_add_string_value (builder, sources[s]);
      json_builder_end_array (builder);
      icam_ctl_json_string (builder, "device", device);
      json_builder_set_member_name (builder, "added");
      json_builder_add_boolean_value (builder, device != NULL);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  icam_ctl_print_json (builder, FALSE);
}

static void
print_found_table (IcamCtl *ctl)
{
  GListModel *model = icam_client_get_found (ctl->client);
  g_autoptr (IcamCtlTable) table = icam_ctl_table_new (_ ("ADDRESS"), _ ("NAME"), _ ("HARDWARE"), _ ("FOUND BY"), _ ("ADDED"), NULL);

  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (IcamDBusFound) found = g_list_model_get_item (model, i);
      g_autofree char *device = device_id (found);
      const char *address = icam_dbus_found_get_address (found);
      const char *name = icam_dbus_found_get_name (found);
      const char *hardware = icam_dbus_found_get_hardware (found);
      const char *const *sources = icam_dbus_found_get_sources (found);
      g_autofree char *found_by = sources != NULL ? g_strjoinv (", ", (char **) sources) : g_strdup ("");

      icam_ctl_table_add (table, address != NULL ? address : "", name != NULL ? name : "", hardware != NULL ? hardware : "",
                          found_by, device != NULL ? _ ("yes") : _ ("no"), NULL);
    }
  icam_ctl_table_print (table);
}

int
icam_ctl_discover (IcamCtl *ctl,
                   int      argc,
                   char   **argv)
{
  int seconds = 5;
  const GOptionEntry entries[] = {
    { "seconds", 's', 0, G_OPTION_ARG_INT, &seconds, N_ ("How long to look (5)"), N_ ("N") },
    G_OPTION_ENTRY_NULL,
  };
  const char *state;
  guint n;
  int code;

  if (!icam_ctl_parse (ctl, "", _ ("Shows the cameras that are on the network."), entries, 0, 0, &argc, &argv))
    return ICAM_EXIT_USAGE;
  if (seconds < 0 || seconds > 3600)
    return icam_ctl_usage (ctl, _ ("--seconds is from 0 to 3600."));
  code = icam_ctl_connect (ctl, TRUE);
  if (code != 0)
    return code;

  if (seconds > 0)
    icam_ctl_wait (ctl, never, NULL, seconds * G_USEC_PER_SEC);

  n = g_list_model_get_n_items (icam_client_get_found (ctl->client));
  if (ctl->json)
    print_found_json (ctl);
  else
    print_found_table (ctl);

  state = icam_client_get_discovery_state (ctl->client);
  if (g_str_equal (state, "absent") || g_str_equal (state, "failed"))
    {
      g_autoptr (GError) error = icam_error_new (ICAM_ERROR_NO_AVAHI, NULL, NULL);

      icam_ctl_fail (ctl, error);
      return n > 0 ? ICAM_EXIT_OK : ICAM_EXIT_FAILED;
    }
  if (n == 0 && !ctl->json)
    g_printerr ("%s\n", _ ("No camera was found. A camera on another network, or one that does not announce itself, can be added by its address."));

  return ICAM_EXIT_OK;
}

/* ---- add ---- */

/* "Found" may be meant by its address or its name; then the recorder is told which one. */
static IcamDBusFound *
find_found (IcamCtl    *ctl,
            const char *text)
{
  GListModel *model = icam_client_get_found (ctl->client);
  IcamDBusFound *by_name = NULL;
  guint names = 0;

  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (IcamDBusFound) found = g_list_model_get_item (model, i);

      if (g_strcmp0 (icam_dbus_found_get_address (found), text) == 0)
        return found; /* the list holds it */
      if (g_strcmp0 (icam_dbus_found_get_name (found), text) == 0)
        {
          by_name = found;
          names++;
        }
    }

  return names == 1 ? by_name : NULL;
}

typedef struct
{
  const char *address;
  const char *found_path;
  char *user;
  IcamSecret *secret;
} Login;

static gboolean
probe (IcamCtl        *ctl,
       const Login    *login,
       IcamDBusProbe **probe_out,
       GError        **error)
{
  GAsyncResult *slot = NULL;
  g_autoptr (GAsyncResult) result = NULL;

  icam_client_probe_async (ctl->client, login->address, login->user, login->secret, login->found_path, ctl->cancellable,
                           icam_ctl_store, &slot);
  result = icam_ctl_wait_result (ctl, &slot);
  return icam_client_probe_finish (ctl->client, result, probe_out, error);
}

static gboolean
retry (IcamCtl       *ctl,
       const Login   *login,
       IcamDBusProbe *known,
       GError       **error)
{
  GAsyncResult *slot = NULL;
  g_autoptr (GAsyncResult) result = NULL;

  icam_client_retry_probe_async (ctl->client, known, login->user, login->secret, ctl->cancellable, icam_ctl_store, &slot);
  result = icam_ctl_wait_result (ctl, &slot);
  return icam_client_probe_finish (ctl->client, result, NULL, error);
}

static void
ask_password (IcamCtl *ctl,
              Login   *login,
              GError **error)
{
  g_autofree char *prompt = NULL;

  if (login->user == NULL)
    {
      login->user = icam_ctl_read_answer (_ ("Name at the camera: "));
      if (login->user == NULL)
        {
          icam_error_set (error, ICAM_ERROR_PASSWORD_NEEDED, "address", login->address, NULL);
          return;
        }
    }

  prompt = g_strdup_printf (_ ("Password of %s at %s: "), login->user, login->address);
  g_clear_pointer (&login->secret, icam_secret_unref);
  login->secret = icam_ctl_read_password (ctl, prompt, error);
}

/* Which channels, and what their cameras are to be called: names go to the channels in their order. */
static GHashTable *
match_names (IcamCtl       *ctl,
             IcamDBusProbe *known,
             char         **names,
             char         **tokens,
             gboolean      *ok)
{
  g_autoptr (GHashTable) table = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  GVariant *channels = icam_dbus_probe_get_channels (known);
  guint n_names = names != NULL ? g_strv_length (names) : 0;
  guint n_wanted = 0;
  GVariantIter iter;
  const char *token;

  *ok = TRUE;
  if (tokens != NULL)
    for (guint i = 0; tokens[i] != NULL; i++)
      {
        gboolean known_token = FALSE;

        if (channels != NULL)
          {
            g_variant_iter_init (&iter, channels);
            while (g_variant_iter_next (&iter, "(&s&suu&sb)", &token, NULL, NULL, NULL, NULL, NULL))
              known_token = known_token || g_str_equal (token, tokens[i]);
          }
        if (!known_token)
          {
            icam_ctl_usage (ctl, _ ("This camera has no view \"%s\"."), tokens[i]);
            *ok = FALSE;
            return NULL;
          }
        if (n_wanted < n_names)
          g_hash_table_replace (table, g_strdup (tokens[i]), g_strdup (names[n_wanted]));
        n_wanted++;
      }
  else if (channels != NULL)
    {
      g_variant_iter_init (&iter, channels);
      while (g_variant_iter_next (&iter, "(&s&suu&sb)", &token, NULL, NULL, NULL, NULL, NULL))
        {
          if (n_wanted < n_names)
            g_hash_table_replace (table, g_strdup (token), g_strdup (names[n_wanted]));
          n_wanted++;
        }
    }

  if (n_names > n_wanted)
    {
      icam_ctl_usage (ctl, ngettext ("There are more names than views: it has %u.", "There are more names than views: it has %u.", n_wanted), n_wanted);
      *ok = FALSE;
      return NULL;
    }

  return g_steal_pointer (&table);
}

typedef struct
{
  IcamClient *client;
  char **paths;
} Awaited;

static gboolean
all_are_there (gpointer user_data)
{
  Awaited *awaited = user_data;

  for (guint i = 0; awaited->paths[i] != NULL; i++)
    {
      const char *id = strrchr (awaited->paths[i], '/');

      if (id == NULL || icam_client_lookup_camera (awaited->client, id + 1) == NULL)
        return FALSE;
    }

  return TRUE;
}

static void
print_added (IcamCtl *ctl,
             char   **paths)
{
  Awaited awaited = { ctl->client, paths };
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  /* Their objects are told a moment after the answer. */
  icam_ctl_wait (ctl, all_are_there, &awaited, 5 * G_USEC_PER_SEC);

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "cameras");
  json_builder_begin_array (builder);
  for (guint i = 0; paths[i] != NULL; i++)
    {
      const char *id = strrchr (paths[i], '/');
      IcamCamera *camera = id != NULL ? icam_client_lookup_camera (ctl->client, id + 1) : NULL;

      if (camera == NULL)
        continue;
      if (ctl->json)
        icam_ctl_json_camera (builder, ctl, camera);
      else
        icam_ctl_print (_ ("Added %s (%s)."), icam_camera_get_name (camera), icam_camera_get_id (camera));
    }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  if (ctl->json)
    icam_ctl_print_json (builder, FALSE);
}

static int
add (IcamCtl *ctl,
     Login   *login,
     char   **names,
     char   **tokens)
{
  g_autoptr (IcamDBusProbe) known = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) table = NULL;
  GAsyncResult *slot = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_auto (GStrv) paths = NULL;
  gboolean ok;
  guint tries = 0;

  if (login->user != NULL)
    {
      ask_password (ctl, login, &error);
      if (error != NULL)
        return icam_ctl_fail (ctl, error);
    }

  ok = probe (ctl, login, &known, &error);
  /* A person may try again; a script has given all it has. */
  while (!ok && known != NULL && tries++ < 3 && isatty (STDIN_FILENO)
         && (g_error_matches (error, ICAM_ERROR, ICAM_ERROR_PASSWORD_NEEDED)
             || g_error_matches (error, ICAM_ERROR, ICAM_ERROR_WRONG_PASSWORD)))
    {
      icam_ctl_fail (ctl, error);
      g_clear_error (&error);
      ask_password (ctl, login, &error);
      if (error != NULL)
        break;
      ok = retry (ctl, login, known, &error);
    }
  if (!ok)
    {
      if (known != NULL)
        icam_dbus_probe_call_close (known, g_variant_new ("a{sv}", NULL), NULL, NULL, NULL);
      return icam_ctl_fail (ctl, error);
    }

  table = match_names (ctl, known, names, tokens, &ok);
  if (!ok)
    return ICAM_EXIT_USAGE;

  icam_client_add_async (ctl->client, known, table, (const char *const *) tokens, ctl->cancellable, icam_ctl_store, &slot);
  result = icam_ctl_wait_result (ctl, &slot);
  paths = icam_client_add_finish (ctl->client, result, &error);
  if (paths == NULL)
    return icam_ctl_fail (ctl, error);

  print_added (ctl, paths);
  return ICAM_EXIT_OK;
}

int
icam_ctl_add (IcamCtl *ctl,
              int      argc,
              char   **argv)
{
  Login login = { 0 };
  g_auto (GStrv) names = NULL;
  g_auto (GStrv) tokens = NULL;
  const GOptionEntry entries[] = {
    { "user", 'u', 0, G_OPTION_ARG_STRING, &login.user, N_ ("Name at the camera; the password is asked for, or read from standard input"), N_ ("NAME") },
    { "name", 'n', 0, G_OPTION_ARG_STRING_ARRAY, &names, N_ ("What to call it; again for each of its views"), N_ ("NAME") },
    { "channel", 'c', 0, G_OPTION_ARG_STRING_ARRAY, &tokens, N_ ("Only this view of it; may be repeated"), N_ ("TOKEN") },
    G_OPTION_ENTRY_NULL,
  };
  g_autofree char *address = NULL;
  IcamDBusFound *found;
  int code;

  if (!icam_ctl_parse (ctl, _ ("ADDRESS"), _ ("Adds a camera and begins to record it."), entries, 1, 1, &argc, &argv))
    {
      g_free (login.user);
      return ICAM_EXIT_USAGE;
    }

  code = icam_ctl_connect (ctl, TRUE);
  if (code == 0 && !g_utf8_validate (argv[1], -1, NULL))
    code = icam_ctl_usage (ctl, _ ("The address is not valid text."));
  if (code == 0)
    {
      found = find_found (ctl, argv[1]);
      address = g_strdup (found != NULL && icam_dbus_found_get_address (found) != NULL ? icam_dbus_found_get_address (found) : argv[1]);
      login.address = address;
      login.found_path = found != NULL ? g_dbus_proxy_get_object_path (G_DBUS_PROXY (found)) : NULL;
      code = add (ctl, &login, names, tokens);
    }

  g_clear_pointer (&login.secret, icam_secret_unref);
  g_free (login.user);
  return code;
}
