/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-recorder"

#include "config.h"

#include "recorder/icam-offline.h"
#include "recorder/icam-service.h"
#include "recorder/icam-supervisor.h"

#include <glib-unix.h>
#include <locale.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* An orderly end that does not come to its end is cut off: the files are recovered at the next start. */
#define STOP_TIME_S 10
/* Of the heap; see bound_heap(). A decoder's picture of 1280x720 is larger than what the heap itself is to hold. */
#define MAX_ARENAS 2
#define LARGE_BYTES (1024 * 1024)

typedef struct
{
  GMainLoop *loop;
  IcamService *service;
  int exit_code;
} Worker;

static void
on_stopped (IcamService *service,
            Worker      *worker)
{
  g_main_loop_quit (worker->loop);
}

static void
stop (Worker *worker,
      int     exit_code)
{
  worker->exit_code = exit_code;
  alarm (STOP_TIME_S);
  icam_service_stop (worker->service);
}

static gboolean
on_signal (gpointer user_data)
{
  stop (user_data, 0);
  return G_SOURCE_CONTINUE;
}

static void
on_name_acquired (GDBusConnection *connection,
                  const char      *name,
                  gpointer         user_data)
{
  Worker *worker = user_data;
  g_autoptr (GError) error = NULL;

  if (!icam_service_start (worker->service, &error))
    {
      g_critical ("The recorder cannot run: %s", error->message);
      stop (worker, 1);
    }
}

static void
on_name_lost (GDBusConnection *connection,
              const char      *name,
              gpointer         user_data)
{
  Worker *worker = user_data;

  if (connection != NULL && !g_dbus_connection_is_closed (connection))
    g_message ("Another recorder serves this bus");
  stop (worker, 0);
}

static void
on_bus_closed (GDBusConnection *connection,
               gboolean         by_remote,
               GError          *error,
               Worker          *worker)
{
  /* The session is over. */
  g_message ("The bus is gone");
  stop (worker, ICAM_EXIT_FINAL);
}

/* What a decoder or a connection has allocated is given back on other threads than it was taken on, and others take its place. The C library
 * makes up to eight arenas for each processor, and each keeps what was once in it: with cameras that come and go that became several times
 * what is in use. It also takes ever larger blocks from the heap once it has seen some given back, and then what is small lies between them. */
static void
bound_heap (void)
{
#ifdef M_ARENA_MAX
  mallopt (M_ARENA_MAX, MAX_ARENAS);
  mallopt (M_MMAP_THRESHOLD, LARGE_BYTES);
  mallopt (M_TRIM_THRESHOLD, LARGE_BYTES);
#endif
}

static int
run_worker (IcamServiceOptions *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) connection = NULL;
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Worker worker = { .loop = loop };
  guint name_id;

  bound_heap ();
  prctl (PR_SET_NAME, "incamera-worker");
  /* A viewer that closed its socket, a client that closed its pipe. */
  signal (SIGPIPE, SIG_IGN);

  connection = g_bus_get_sync (options->system ? G_BUS_TYPE_SYSTEM : G_BUS_TYPE_SESSION, NULL, &error);
  if (connection == NULL)
    {
      g_critical ("There is no bus to serve on: %s", error->message);
      return ICAM_EXIT_FINAL;
    }
  g_dbus_connection_set_exit_on_close (connection, FALSE);

  worker.service = icam_service_new (connection, options, &error);
  if (g_error_matches (error, ICAM_ERROR, ICAM_ERROR_BUSY))
    {
      g_message ("Another recorder serves this bus");
      return 0;
    }
  if (worker.service == NULL)
    {
      g_critical ("The recorder cannot start: %s", error->message);
      return 1;
    }

  g_signal_connect (worker.service, "stopped", G_CALLBACK (on_stopped), &worker);
  g_signal_connect (connection, "closed", G_CALLBACK (on_bus_closed), &worker);
  g_unix_signal_add (SIGTERM, on_signal, &worker);
  g_unix_signal_add (SIGINT, on_signal, &worker);
  g_unix_signal_add (SIGHUP, on_signal, &worker);
  name_id = g_bus_own_name_on_connection (connection, ICAM_RECORDER_NAME, G_BUS_NAME_OWNER_FLAGS_NONE,
                                          on_name_acquired, on_name_lost, &worker, NULL);
  g_main_loop_run (loop);

  g_signal_handlers_disconnect_by_data (connection, &worker);
  g_bus_unown_name (name_id);
  if (!g_dbus_connection_is_closed (connection))
    g_dbus_connection_flush_sync (connection, NULL, NULL);
  g_object_unref (worker.service);
  return worker.exit_code;
}

static char *
default_folder (void)
{
  const char *videos = g_get_user_special_dir (G_USER_DIRECTORY_VIDEOS);

  return videos != NULL ? g_build_filename (videos, ICAM_APP_NAME, NULL)
                        : g_build_filename (g_get_home_dir (), ICAM_APP_NAME, NULL);
}

static gboolean
seconds_to_us (const char *name,
               int         seconds,
               gint64     *us)
{
  if (seconds < 0 || seconds > 3600)
    {
      fprintf (stderr, "--%s: between 1 and 3600 seconds\n", name);
      return FALSE;
    }

  *us = (gint64) seconds * G_USEC_PER_SEC;
  return TRUE;
}

int
main (int    argc,
      char **argv)
{
  g_autofree char *data_dir = NULL;
  g_autofree char *folder = NULL;
  g_autofree char *otherwise = NULL;
  int main_segment = 0, sub_segment = 0;
  gboolean system = FALSE, no_discovery = FALSE, check = FALSE, rebuild = FALSE, version = FALSE;
  gboolean worker = FALSE, restarted = FALSE;
  const GOptionEntry entries[] = {
    { "system", 0, 0, G_OPTION_ARG_NONE, &system, "Serve on the system bus", NULL },
    { "data-dir", 0, 0, G_OPTION_ARG_FILENAME, &data_dir, "Folder of the databases, on a local disk", "DIR" },
    { "archive", 0, 0, G_OPTION_ARG_FILENAME, &folder, "Where recordings go until another folder is chosen", "DIR" },
    { "main-segment", 0, 0, G_OPTION_ARG_INT, &main_segment, "Length of a file of a main stream", "SECONDS" },
    { "sub-segment", 0, 0, G_OPTION_ARG_INT, &sub_segment, "Length of a file of a sub stream", "SECONDS" },
    { "no-discovery", 0, 0, G_OPTION_ARG_NONE, &no_discovery, "Do not look for cameras", NULL },
    { "offline-check", 0, 0, G_OPTION_ARG_NONE, &check, "Compare the archive's files with its catalogue and exit", NULL },
    { "rebuild", 0, 0, G_OPTION_ARG_NONE, &rebuild, "Make the catalogue anew from the files and exit", NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, &version, "Print the version and exit", NULL },
    { "worker", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &worker, NULL, NULL },
    { "restarted", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &restarted, NULL, NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) arguments = NULL;
  IcamServiceOptions options = { 0 };

  /* Cameras are asked directly: a proxy of the desktop is no place for what they show. */
  g_setenv ("GIO_USE_PROXY_RESOLVER", "dummy", TRUE);
  setlocale (LC_ALL, "");
  arguments = g_ptr_array_new_with_free_func (g_free);
  for (int i = 0; i < argc; i++)
    {
      g_ptr_array_add (arguments, g_strdup (argv[i]));
      if (i == 0)
        g_ptr_array_add (arguments, g_strdup ("--worker"));
    }
  g_ptr_array_add (arguments, NULL);

  g_option_context_set_summary (context, "The recorder of " ICAM_APP_NAME ".");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || argc > 1)
    {
      fprintf (stderr, "%s\n", error != NULL ? error->message : "Too many arguments");
      return 2;
    }
  if (version)
    {
      printf ("%s %s\n", ICAM_APP_NAME, ICAM_VERSION);
      return 0;
    }
  if (!seconds_to_us ("main-segment", main_segment, &options.main_segment_us)
      || !seconds_to_us ("sub-segment", sub_segment, &options.sub_segment_us))
    return 2;

  if (!check && !rebuild && !worker)
    return icam_supervisor_run ("/proc/self/exe", (char **) arguments->pdata);

  if (data_dir == NULL)
    data_dir = g_build_filename (g_get_user_data_dir (), "incamera", NULL);
  otherwise = default_folder ();
  if (check || rebuild)
    return icam_offline_run (data_dir, folder, otherwise, rebuild);

  options.data_dir = data_dir;
  options.folder = folder != NULL ? folder : otherwise;
  options.discovery = !no_discovery;
  options.system = system;
  options.restarted = restarted;
  return run_worker (&options);
}
