/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-ctl"

#include "config.h"

#include "ctl/icam-ctl.h"

#include "client/icam-words.h"

#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>

/* Activation by the bus gives up after 25 s; then it is said in any case. */
#define CONNECT_TIME_OUT (35 * G_USEC_PER_SEC)

/* ---- words and exit codes ---- */

/**
 * icam_ctl_exit_code:
 * @error: what went wrong
 *
 * Returns: the exit code that says so
 */
int
icam_ctl_exit_code (const GError *error)
{
  if (error->domain == G_DBUS_ERROR)
    switch (error->code)
      {
      case G_DBUS_ERROR_SERVICE_UNKNOWN:
      case G_DBUS_ERROR_NAME_HAS_NO_OWNER:
      case G_DBUS_ERROR_NO_REPLY:
      case G_DBUS_ERROR_DISCONNECTED:
      case G_DBUS_ERROR_NO_SERVER:
      case G_DBUS_ERROR_SPAWN_EXEC_FAILED:
      case G_DBUS_ERROR_SPAWN_FORK_FAILED:
      case G_DBUS_ERROR_SPAWN_CHILD_EXITED:
      case G_DBUS_ERROR_SPAWN_CHILD_SIGNALED:
      case G_DBUS_ERROR_SPAWN_FAILED:
      case G_DBUS_ERROR_SPAWN_SETUP_FAILED:
      case G_DBUS_ERROR_SPAWN_CONFIG_INVALID:
      case G_DBUS_ERROR_SPAWN_SERVICE_INVALID:
      case G_DBUS_ERROR_SPAWN_SERVICE_NOT_FOUND:
      case G_DBUS_ERROR_SPAWN_PERMISSIONS_INVALID:
      case G_DBUS_ERROR_SPAWN_FILE_INVALID:
      case G_DBUS_ERROR_SPAWN_NO_MEMORY:
        return ICAM_EXIT_NO_RECORDER;
      case G_DBUS_ERROR_ACCESS_DENIED:
        return ICAM_EXIT_NOT_ALLOWED;
      default:
        return ICAM_EXIT_FAILED;
      }
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return ICAM_EXIT_INTERRUPTED;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CLOSED))
    return ICAM_EXIT_NO_RECORDER;
  if (error->domain != ICAM_ERROR)
    return ICAM_EXIT_FAILED;

  switch ((IcamError) error->code)
    {
    case ICAM_ERROR_NOT_FOUND:
      return ICAM_EXIT_NOT_FOUND;
    case ICAM_ERROR_WRONG_PASSWORD:
    case ICAM_ERROR_PASSWORD_NEEDED:
      return ICAM_EXIT_PASSWORD;
    case ICAM_ERROR_UNREACHABLE:
    case ICAM_ERROR_TIMED_OUT:
    case ICAM_ERROR_STREAM_SILENT:
    case ICAM_ERROR_NOT_A_CAMERA:
      return ICAM_EXIT_UNREACHABLE;
    case ICAM_ERROR_KEYRING_LOCKED:
    case ICAM_ERROR_KEYRING_ABSENT:
      return ICAM_EXIT_KEYRING;
    case ICAM_ERROR_NO_RECORDING:
      return ICAM_EXIT_NOTHING_RECORDED;
    case ICAM_ERROR_ACCESS_DENIED:
    case ICAM_ERROR_NOT_PERMITTED:
      return ICAM_EXIT_NOT_ALLOWED;
    case ICAM_ERROR_ARCHIVE_NOT_WRITABLE:
    case ICAM_ERROR_ARCHIVE_MISSING:
    case ICAM_ERROR_ARCHIVE_WRONG:
    case ICAM_ERROR_ARCHIVE_FULL:
    case ICAM_ERROR_ARCHIVE_LOCKED:
    case ICAM_ERROR_ARCHIVE_HUNG:
      return ICAM_EXIT_ARCHIVE;
    case ICAM_ERROR_ALREADY_ADDED:
      return ICAM_EXIT_ALREADY_ADDED;
    case ICAM_ERROR_CANCELLED:
      return ICAM_EXIT_INTERRUPTED;
    default:
      return ICAM_EXIT_FAILED;
    }
}

static void
complain (IcamCtl    *ctl,
          const char *message)
{
  g_autofree char *plain = icam_ctl_plain (message);

  g_printerr ("incameractl: %s\n", plain);
}

/**
 * icam_ctl_fail:
 * @ctl: how to say it
 * @error: what went wrong
 *
 * Says it on standard error, as a line or as JSON.
 *
 * Returns: the exit code
 */
int
icam_ctl_fail (IcamCtl      *ctl,
               const GError *error)
{
  g_autofree char *words = icam_words_error (error);

  if (ctl->json)
    {
      g_autoptr (JsonBuilder) builder = json_builder_new ();
      g_autoptr (JsonNode) root = NULL;
      g_autofree char *text = NULL;

      json_builder_begin_object (builder);
      icam_ctl_json_error (builder, "error", error);
      json_builder_end_object (builder);
      root = json_builder_get_root (builder);
      text = json_to_string (root, FALSE);
      g_printerr ("%s\n", text);
    }
  else
    {
      complain (ctl, words);
    }

  return icam_ctl_exit_code (error);
}

/**
 * icam_ctl_usage:
 * @ctl: how to say it
 * @format: what is wrong with the words
 * @...: its arguments
 *
 * Returns: the exit code
 */
int
icam_ctl_usage (IcamCtl    *ctl,
                const char *format,
                ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  complain (ctl, message);
  return ICAM_EXIT_USAGE;
}

/**
 * icam_ctl_parse:
 * @ctl: takes the options that every command has
 * @words: the words of the command, for the help
 * @summary: what the command does
 * @entries: (nullable): its options
 * @min_words: how many words there are at least, without the command itself
 * @max_words: how many at most
 * @argc: (inout): how many there are
 * @argv: (inout): the words; the first is the command
 *
 * Returns: whether they are right; if not, it has been said
 */
gboolean
icam_ctl_parse (IcamCtl            *ctl,
                const char         *words,
                const char         *summary,
                const GOptionEntry *entries,
                int                 min_words,
                int                 max_words,
                int                *argc,
                char             ***argv)
{
  const GOptionEntry common[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &ctl->json, N_ ("Write JSON"), NULL },
    { "system", 0, 0, G_OPTION_ARG_NONE, &ctl->system, N_ ("Ask the recorder of the machine, on the system bus"), NULL },
    { "no-start", 0, 0, G_OPTION_ARG_NONE, &ctl->no_start, N_ ("Do not start the recorder if it is not running"), NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autofree char *command = g_strdup_printf ("%s %s", (*argv)[0], words);
  g_autofree char *program = g_strdup (g_get_prgname ());
  g_autoptr (GOptionContext) context = g_option_context_new (command);
  g_autoptr (GError) error = NULL;
  gboolean ok;
  int n = 0;

  /* The help says "incameractl COMMAND …". */
  g_set_prgname ("incameractl");
  g_option_context_set_translation_domain (context, GETTEXT_PACKAGE);
  g_option_context_set_summary (context, summary);
  if (entries != NULL)
    g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  g_option_context_add_main_entries (context, common, GETTEXT_PACKAGE);
  ok = g_option_context_parse (context, argc, argv, &error);
  g_set_prgname (program);
  if (!ok)
    {
      icam_ctl_usage (ctl, "%s", error->message);
      return FALSE;
    }

  /* "--" ends the options and is no word. */
  for (int i = 0; i < *argc; i++)
    if (!(n == 1 && g_str_equal ((*argv)[i], "--")))
      (*argv)[n++] = (*argv)[i];
  *argc = n;
  (*argv)[n] = NULL;

  if (n - 1 < min_words || n - 1 > max_words)
    {
      icam_ctl_usage (ctl, _ ("Write: incameractl %s"), command);
      return FALSE;
    }

  return TRUE;
}

/* ---- waiting ---- */

/**
 * icam_ctl_interrupted:
 * @ctl: the command
 *
 * Returns: whether it is to end (SIGINT, SIGTERM)
 */
gboolean
icam_ctl_interrupted (IcamCtl *ctl)
{
  return g_cancellable_is_cancelled (ctl->cancellable);
}

static gboolean
on_time_out (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_REMOVE;
}

/**
 * icam_ctl_wait:
 * @ctl: the command
 * @condition: what is waited for
 * @user_data: for @condition
 * @time_out_us: how long, 0 for ever
 *
 * Returns: whether it came true; %FALSE too when the command is interrupted
 */
gboolean
icam_ctl_wait (IcamCtl         *ctl,
               IcamCtlCondition condition,
               gpointer         user_data,
               gint64           time_out_us)
{
  gboolean timed_out = FALSE;
  guint id = time_out_us > 0 ? g_timeout_add ((guint) (time_out_us / 1000), on_time_out, &timed_out) : 0;
  gboolean met;

  while (!(met = condition (user_data)) && !timed_out && !icam_ctl_interrupted (ctl))
    g_main_context_iteration (NULL, TRUE);
  if (id != 0 && !timed_out)
    g_source_remove (id);

  return met;
}

/**
 * icam_ctl_store:
 * @source: ignored
 * @result: what is kept
 * @slot: (type gpointer): a GAsyncResult **
 *
 * A callback for icam_ctl_wait_result().
 */
void
icam_ctl_store (GObject      *source,
                GAsyncResult *result,
                gpointer      slot)
{
  *(GAsyncResult **) slot = g_object_ref (result);
}

/**
 * icam_ctl_wait_result:
 * @ctl: the command
 * @slot: where icam_ctl_store() puts the result
 *
 * The call is made with the command's cancellable, so an interruption ends it too.
 *
 * Returns: (transfer full): the result
 */
GAsyncResult *
icam_ctl_wait_result (IcamCtl       *ctl,
                      GAsyncResult **slot)
{
  while (*slot == NULL)
    g_main_context_iteration (NULL, TRUE);
  return g_steal_pointer (slot);
}

static gboolean
is_settled (gpointer user_data)
{
  IcamCtl *ctl = user_data;

  return icam_client_get_state (ctl->client) != ICAM_CLIENT_CONNECTING;
}

/**
 * icam_ctl_done:
 * @ctl: what all commands share
 * @ok: whether it was done
 * @error: (transfer full) (nullable): why not
 *
 * Ends a command whose answer says nothing.
 *
 * Returns: exit code
 */
int
icam_ctl_done (IcamCtl *ctl,
               gboolean ok,
               GError  *error)
{
  g_autoptr (GError) owned = error;

  if (!ok)
    return icam_ctl_fail (ctl, owned);
  if (ctl->json)
    icam_ctl_print ("{}");
  return ICAM_EXIT_OK;
}

/**
 * icam_ctl_connect:
 * @ctl: the command
 * @activate: start the recorder if it is not running (not with --no-start)
 *
 * Returns: 0, or the exit code when there is no recorder, which has been said then
 */
int
icam_ctl_connect (IcamCtl *ctl,
                  gboolean activate)
{
  g_autoptr (GError) error = NULL;

  if (ctl->client == NULL)
    ctl->client = ctl->system ? icam_client_new_for_bus (G_BUS_TYPE_SYSTEM) : icam_client_new ();
  icam_client_connect (ctl->client, activate && !ctl->no_start);
  icam_ctl_wait (ctl, is_settled, ctl, CONNECT_TIME_OUT);
  if (icam_client_get_state (ctl->client) == ICAM_CLIENT_READY)
    return ICAM_EXIT_OK;
  if (icam_ctl_interrupted (ctl))
    return ICAM_EXIT_INTERRUPTED;

  if (icam_client_get_error (ctl->client) != NULL)
    error = g_error_copy (icam_client_get_error (ctl->client));
  else
    error = g_error_new_literal (G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY, "The recorder does not answer.");
  icam_ctl_fail (ctl, error);
  /* Without a bus there is no recorder either, whatever the system calls that. */
  return icam_ctl_exit_code (error) == ICAM_EXIT_NOT_ALLOWED ? ICAM_EXIT_NOT_ALLOWED : ICAM_EXIT_NO_RECORDER;
}

/* ---- which camera ---- */

static gboolean
matches (IcamCamera *camera,
         const char *text,
         guint       how)
{
  const char *id = icam_camera_get_id (camera);
  const char *name = icam_camera_get_name (camera);

  switch (how)
    {
    case 0:
      return g_str_equal (id, text);
    case 1:
      return g_str_equal (name, text);
    case 2:
      {
        g_autofree char *folded_name = g_utf8_casefold (name, -1);
        g_autofree char *folded_text = g_utf8_casefold (text, -1);

        return g_str_equal (folded_name, folded_text);
      }
    default:
      return strlen (text) >= 4 && g_str_has_prefix (id, text);
    }
}

/**
 * icam_ctl_find_camera:
 * @ctl: the command, connected
 * @text: an id, a name (exact, or whatever the case if only one fits), or the beginning of an id
 * @exit_code: (out): what to end with when there is none
 *
 * Returns: (transfer none) (nullable): the one camera that is meant; if there is none, it has been said
 */
IcamCamera *
icam_ctl_find_camera (IcamCtl    *ctl,
                      const char *text,
                      int        *exit_code)
{
  GListModel *cameras = icam_client_get_cameras (ctl->client);
  guint n = g_list_model_get_n_items (cameras);

  *exit_code = ICAM_EXIT_NOT_FOUND;
  if (!g_utf8_validate (text, -1, NULL))
    {
      *exit_code = icam_ctl_usage (ctl, _ ("The name of the camera is not valid text."));
      return NULL;
    }

  for (guint how = 0; how < 4; how++)
    {
      IcamCamera *found = NULL;
      guint count = 0;

      for (guint i = 0; i < n; i++)
        {
          g_autoptr (IcamCamera) camera = g_list_model_get_item (cameras, i);

          if (matches (camera, text, how))
            {
              found = camera; /* the list holds it */
              count++;
            }
        }
      if (count == 1)
        return found;
      if (count > 1)
        {
          g_autofree char *message = g_strdup_printf (_ ("\"%s\" may be more than one camera. Take the id that incameractl list shows."), text);

          complain (ctl, message);
          return NULL;
        }
    }

  {
    g_autofree char *message = g_strdup_printf (_ ("There is no camera \"%s\". incameractl list shows which there are."), text);

    complain (ctl, message);
  }
  return NULL;
}
