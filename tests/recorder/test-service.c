/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "base/icam-error.h"
#include "base/icam-secret.h"
#include "icam-recorder1.h"

#include <gio/gio.h>
#include <gio/gunixfdlist.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* The whole program on a bus of its own, without a keyring and without cameras. */
typedef struct
{
  GTestDBus *bus;
  char *folder;
  GSubprocess *recorder;
  GDBusConnection *connection;
  IcamDBusManager *manager;
  guint watch_id;
  char *owner;
} Fixture;

#define MANAGER_PATH ICAM_RECORDER_PATH "/manager"
#define PATIENCE_S 20

static gboolean
on_patience (gpointer user_data)
{
  g_error ("Waited too long for %s", (const char *) user_data);
  return G_SOURCE_REMOVE;
}

/* Wakes the loop so that conditions are looked at which no source of it tells of. */
static gboolean
on_tick (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

#define WAIT_FOR(condition)                                                                  \
  G_STMT_START                                                                               \
  {                                                                                          \
    guint patience = g_timeout_add_seconds (PATIENCE_S, on_patience, (gpointer) #condition); \
    guint tick = g_timeout_add (10, on_tick, NULL);                                          \
    while (!(condition))                                                                     \
      g_main_context_iteration (NULL, TRUE);                                                 \
    g_source_remove (patience);                                                              \
    g_source_remove (tick);                                                                  \
  }                                                                                          \
  G_STMT_END

static void
on_appeared (GDBusConnection *connection,
             const char      *name,
             const char      *owner,
             gpointer         user_data)
{
  Fixture *f = user_data;

  g_free (f->owner);
  f->owner = g_strdup (owner);
}

static void
on_vanished (GDBusConnection *connection,
             const char      *name,
             gpointer         user_data)
{
  Fixture *f = user_data;

  g_clear_pointer (&f->owner, g_free);
}

/* A test that dies leaves nothing behind. */
static void
end_with_test (gpointer user_data)
{
  prctl (PR_SET_PDEATHSIG, SIGTERM);
}

static GSubprocess *
spawn (Fixture *f)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  g_autofree char *data = g_build_filename (f->folder, "data", NULL);
  g_autofree char *archive = g_build_filename (f->folder, "archive", NULL);
  g_autoptr (GError) error = NULL;
  GSubprocess *process;

  g_subprocess_launcher_setenv (launcher, "DBUS_SESSION_BUS_ADDRESS", g_test_dbus_get_bus_address (f->bus), TRUE);
  g_subprocess_launcher_setenv (launcher, "HOME", f->folder, TRUE);
  g_subprocess_launcher_unsetenv (launcher, "G_DEBUG");
  g_subprocess_launcher_set_child_setup (launcher, end_with_test, NULL, NULL);
  process = g_subprocess_launcher_spawn (launcher, &error, g_getenv ("ICAM_RECORDER"), "--no-discovery", "--data-dir",
                                         data, "--archive", archive, NULL);
  g_assert_no_error (error);
  return process;
}

static GDBusConnection *
connect_bus (Fixture *f)
{
  g_autoptr (GError) error = NULL;
  GDBusConnection *connection = g_dbus_connection_new_for_address_sync (
    g_test_dbus_get_bus_address (f->bus),
    G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION, NULL, NULL, &error);

  g_assert_no_error (error);
  g_dbus_connection_set_exit_on_close (connection, FALSE);
  return connection;
}

static IcamDBusManager *
make_manager (GDBusConnection *connection)
{
  g_autoptr (GError) error = NULL;
  IcamDBusManager *manager = icam_dbus_manager_proxy_new_sync (connection, G_DBUS_PROXY_FLAGS_NONE,
                                                               ICAM_RECORDER_NAME, MANAGER_PATH, NULL, &error);

  g_assert_no_error (error);
  return manager;
}

static void
set_up (Fixture      *f,
        gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  f->folder = g_dir_make_tmp ("icam-service-XXXXXX", &error);
  g_assert_no_error (error);
  f->bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (f->bus);
  f->connection = connect_bus (f);
  f->watch_id = g_bus_watch_name_on_connection (f->connection, ICAM_RECORDER_NAME, G_BUS_NAME_WATCHER_FLAGS_NONE,
                                                on_appeared, on_vanished, f, NULL);
  f->recorder = spawn (f);
  WAIT_FOR (f->owner != NULL);
  f->manager = make_manager (f->connection);
  WAIT_FOR (g_strcmp0 (icam_dbus_manager_get_state (f->manager), "ready") == 0);
}

static void
remove_folder (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);

  for (const char *name = dir != NULL ? g_dir_read_name (dir) : NULL; name != NULL; name = g_dir_read_name (dir))
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (g_file_test (child, G_FILE_TEST_IS_DIR) && !g_file_test (child, G_FILE_TEST_IS_SYMLINK))
        remove_folder (child);
      else
        g_unlink (child);
    }
  g_rmdir (path);
}

static void
tear_down (Fixture      *f,
           gconstpointer data)
{
  if (g_subprocess_get_identifier (f->recorder) != NULL)
    {
      g_subprocess_send_signal (f->recorder, SIGTERM);
      g_subprocess_wait (f->recorder, NULL, NULL);
    }
  g_bus_unwatch_name (f->watch_id);
  g_clear_object (&f->manager);
  g_clear_object (&f->recorder);
  g_dbus_connection_close_sync (f->connection, NULL, NULL);
  g_clear_object (&f->connection);
  g_test_dbus_down (f->bus);
  g_clear_object (&f->bus);
  remove_folder (f->folder);
  g_free (f->folder);
  g_free (f->owner);
}

static GVariant *
no_options (void)
{
  return g_variant_new ("a{sv}", NULL);
}

static char *
probe (IcamDBusManager *manager,
       const char      *address,
       GError         **error)
{
  g_autoptr (IcamSecret) secret = icam_secret_new ("");
  g_autoptr (GUnixFDList) list = g_unix_fd_list_new ();
  int fd = icam_secret_to_pipe (secret, NULL);
  char *path = NULL;

  g_unix_fd_list_append (list, fd, NULL);
  close (fd);
  icam_dbus_manager_call_probe_sync (manager, address, g_variant_new_handle (0), no_options (), list, &path, NULL,
                                     NULL, error);
  return path;
}

static int
worker_pid (Fixture *f)
{
  g_autoptr (GVariant) answer = g_dbus_connection_call_sync (
    f->connection, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
    "GetConnectionUnixProcessID", g_variant_new ("(s)", ICAM_RECORDER_NAME), NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL,
    NULL);
  guint pid = 0;

  g_assert_nonnull (answer);
  g_variant_get (answer, "(u)", &pid);
  return (int) pid;
}

static gboolean
journal_says (Fixture    *f,
              const char *code)
{
  g_autoptr (GVariant) journal = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  icam_dbus_manager_call_list_journal_sync (f->manager, 0, G_MAXINT64, no_options (), &journal, NULL, &error);
  g_assert_no_error (error);
  text = g_variant_print (journal, FALSE);
  return strstr (text, code) != NULL;
}

static void
test_empty_house (Fixture      *f,
                  gconstpointer data)
{
  g_autoptr (GVariant) events = NULL;
  g_autoptr (GVariant) rates = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (icam_dbus_manager_get_version (f->manager), ==, ICAM_VERSION);
  g_assert_cmpuint (icam_dbus_manager_get_api (f->manager), >=, 1);
  g_assert_cmpstr (icam_dbus_manager_get_discovery_state (f->manager), ==, "absent");
  WAIT_FOR (g_strcmp0 (icam_dbus_manager_get_keyring_state (f->manager), "absent") == 0);

  g_assert_true (icam_dbus_manager_call_list_events_sync (f->manager, 0, G_MAXINT64, no_options (), &events, NULL,
                                                          &error));
  g_assert_cmpuint (g_variant_n_children (events), ==, 0);
  g_assert_true (icam_dbus_manager_call_get_rates_sync (f->manager, no_options (), &rates, NULL, &error));
  g_assert_cmpuint (g_variant_n_children (rates), ==, 0);
  /* It is written behind what is answered. */
  WAIT_FOR (journal_says (f, "recorder-started"));
}

static void
test_refusals (Fixture      *f,
               gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) cameras = NULL;
  g_autoptr (GVariant) handle = NULL;

  g_assert_null (probe (f->manager, "rtsp://user:secret@127.0.0.1/", &error));
  g_assert_error (error, ICAM_ERROR, ICAM_ERROR_INVALID_ARGUMENT);
  g_assert_null (strstr (error->message, "secret@"));
  g_clear_error (&error);

  g_assert_false (icam_dbus_manager_call_add_sync (f->manager, ICAM_RECORDER_PATH "/probe/99", no_options (), &cameras,
                                                   NULL, &error));
  g_assert_error (error, ICAM_ERROR, ICAM_ERROR_NOT_FOUND);
  g_clear_error (&error);

  g_assert_false (icam_dbus_manager_call_open_thumbnail_sync (f->manager, "../../etc/passwd", no_options (), NULL,
                                                              &handle, NULL, NULL, &error));
  g_assert_error (error, ICAM_ERROR, ICAM_ERROR_NOT_FOUND);
  g_clear_error (&error);

  g_assert_false (icam_dbus_manager_call_set_archive_folder_sync (f->manager, "relative", no_options (), NULL, &error));
  g_assert_error (error, ICAM_ERROR, ICAM_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);

  g_assert_false (icam_dbus_manager_call_unlock_keyring_sync (f->manager, no_options (), NULL, &error));
  g_assert_error (error, ICAM_ERROR, ICAM_ERROR_KEYRING_ABSENT);
}

static gboolean
object_exists (Fixture    *f,
               const char *path)
{
  g_autoptr (GVariant) answer = g_dbus_connection_call_sync (
    f->connection, ICAM_RECORDER_NAME, ICAM_RECORDER_PATH, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects",
    NULL, NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
  g_autofree char *text = g_variant_print (answer, FALSE);

  return strstr (text, path) != NULL;
}

/* A port of this machine where nobody listens. */
static char *
dead_address (void)
{
  g_autoptr (GSocket) sock = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocketAddress) bound = NULL;

  g_assert_true (g_socket_bind (sock, any, FALSE, NULL));
  bound = g_socket_get_local_address (sock, NULL);
  return g_strdup_printf ("127.0.0.1:%u", g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound)));
}

static void
test_probe_belongs_to_its_caller (Fixture      *f,
                                  gconstpointer data)
{
  g_autoptr (GDBusConnection) other = connect_bus (f);
  IcamDBusManager *other_manager = make_manager (other);
  g_autofree char *address = dead_address ();
  g_autoptr (GError) error = NULL;
  g_autofree char *path = probe (other_manager, address, &error);
  g_autoptr (IcamDBusProbe) proxy = NULL;
  g_autoptr (GError) problem = NULL;
  g_auto (GStrv) cameras = NULL;

  g_assert_no_error (error);
  proxy = icam_dbus_probe_proxy_new_sync (f->connection, G_DBUS_PROXY_FLAGS_NONE, ICAM_RECORDER_NAME, path, NULL,
                                          &error);
  g_assert_no_error (error);
  WAIT_FOR (g_strcmp0 (icam_dbus_probe_get_state (proxy), "failed") == 0);
  problem = icam_error_from_variant (icam_dbus_probe_get_problem (proxy));
  g_assert_error (problem, ICAM_ERROR, ICAM_ERROR_UNREACHABLE);

  /* Nobody else closes or adds it. */
  g_assert_false (icam_dbus_probe_call_close_sync (proxy, no_options (), NULL, &error));
  g_assert_error (error, ICAM_ERROR, ICAM_ERROR_ACCESS_DENIED);
  g_clear_error (&error);
  g_assert_false (icam_dbus_manager_call_add_sync (f->manager, path, no_options (), &cameras, NULL, &error));
  g_assert_error (error, ICAM_ERROR, ICAM_ERROR_NOT_FOUND);
  g_clear_error (&error);
  /* Nor is it added by its owner as it is. */
  g_assert_false (icam_dbus_manager_call_add_sync (other_manager, path, no_options (), &cameras, NULL, &error));
  g_assert_error (error, ICAM_ERROR, ICAM_ERROR_BUSY);

  /* It ends with its caller. */
  g_assert_true (object_exists (f, path));
  g_object_unref (other_manager);
  g_dbus_connection_close_sync (other, NULL, NULL);
  WAIT_FOR (!object_exists (f, path));
}

static void
test_worker_comes_back (Fixture      *f,
                        gconstpointer data)
{
  g_autofree char *first = g_strdup (f->owner);
  g_autoptr (GVariant) journal = NULL;
  g_autofree char *text = NULL;
  int pid = worker_pid (f);
  gint64 killed;

  g_assert_cmpint (pid, !=, atoi (g_subprocess_get_identifier (f->recorder)));
  killed = g_get_monotonic_time ();
  g_assert_cmpint (kill (pid, SIGKILL), ==, 0);
  WAIT_FOR (f->owner != NULL && strcmp (f->owner, first) != 0);
  g_test_message ("back after %.2f s", (double) (g_get_monotonic_time () - killed) / G_USEC_PER_SEC);

  g_clear_object (&f->manager);
  f->manager = make_manager (f->connection);
  WAIT_FOR (g_strcmp0 (icam_dbus_manager_get_state (f->manager), "ready") == 0);
  g_assert_true (icam_dbus_manager_call_list_journal_sync (f->manager, 0, G_MAXINT64, no_options (), &journal, NULL,
                                                           NULL));
  text = g_variant_print (journal, FALSE);
  g_assert_nonnull (strstr (text, "recorder-restarted"));
}

/* One that ended and was not waited for does not run. */
static gboolean
is_running (int pid)
{
  g_autofree char *link = g_strdup_printf ("/proc/%d/exe", pid);
  g_autofree char *target = g_file_read_link (link, NULL);

  return target != NULL;
}

static void
test_parent_takes_worker_along (Fixture      *f,
                                gconstpointer data)
{
  int pid = worker_pid (f);

  g_subprocess_force_exit (f->recorder);
  WAIT_FOR (f->owner == NULL);
  WAIT_FOR (!is_running (pid));
}

static void
test_ends_in_order (Fixture      *f,
                    gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) journal = NULL;
  g_autofree char *text = NULL;

  g_assert_true (icam_dbus_manager_call_stop_sync (f->manager, no_options (), NULL, &error));
  g_assert_true (g_subprocess_wait_check (f->recorder, NULL, &error));
  g_assert_no_error (error);
  WAIT_FOR (f->owner == NULL);

  /* The next start is none after a crash. */
  g_clear_object (&f->manager);
  g_clear_object (&f->recorder);
  f->recorder = spawn (f);
  WAIT_FOR (f->owner != NULL);
  f->manager = make_manager (f->connection);
  WAIT_FOR (g_strcmp0 (icam_dbus_manager_get_state (f->manager), "ready") == 0);
  g_assert_true (icam_dbus_manager_call_list_journal_sync (f->manager, 0, G_MAXINT64, no_options (), &journal, NULL,
                                                           NULL));
  text = g_variant_print (journal, FALSE);
  g_assert_null (strstr (text, "recorder-restarted"));
  g_assert_nonnull (strstr (text, "recorder-stopped"));
}

static void
test_chosen_folder_is_remembered (Fixture      *f,
                                  gconstpointer data)
{
  g_autofree char *folder = g_build_filename (f->folder, "chosen", "by people", NULL);
  g_autofree char *obstacle = g_build_filename (f->folder, "obstacle", NULL);
  g_autofree char *beyond = g_build_filename (obstacle, "archive", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (obstacle, "no folder", -1, NULL));
  g_assert_false (icam_dbus_manager_call_set_archive_folder_sync (f->manager, beyond, no_options (), NULL, &error));
  g_assert_error (error, ICAM_ERROR, ICAM_ERROR_ARCHIVE_NOT_WRITABLE);
  g_clear_error (&error);

  g_assert_true (icam_dbus_manager_call_set_archive_folder_sync (f->manager, folder, no_options (), NULL, &error));
  g_assert_no_error (error);
  WAIT_FOR (g_strcmp0 (icam_dbus_manager_get_archive_folder (f->manager), folder) == 0);

  g_subprocess_send_signal (f->recorder, SIGTERM);
  g_assert_true (g_subprocess_wait_check (f->recorder, NULL, &error));
  WAIT_FOR (f->owner == NULL);
  g_clear_object (&f->manager);
  g_clear_object (&f->recorder);
  f->recorder = spawn (f);
  WAIT_FOR (f->owner != NULL);
  f->manager = make_manager (f->connection);
  WAIT_FOR (g_strcmp0 (icam_dbus_manager_get_state (f->manager), "ready") == 0);
  g_assert_cmpstr (icam_dbus_manager_get_archive_folder (f->manager), ==, folder);
}

static void
test_second_recorder_leaves (Fixture      *f,
                             gconstpointer data)
{
  g_autofree char *first = g_strdup (f->owner);
  g_autoptr (GSubprocess) second = spawn (f);
  g_autoptr (GError) error = NULL;

  g_assert_true (g_subprocess_wait_check (second, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (f->owner, ==, first);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (g_getenv ("ICAM_RECORDER") == NULL)
    {
      g_printerr ("ICAM_RECORDER names the program to test\n");
      return 77;
    }
  /* Codes cross the bus once the domain is registered. */
  (void) ICAM_ERROR;
#define ADD(name, function) g_test_add ("/service/" name, Fixture, NULL, set_up, function, tear_down)
  ADD ("empty-house", test_empty_house);
  ADD ("refusals", test_refusals);
  ADD ("probe-belongs-to-its-caller", test_probe_belongs_to_its_caller);
  ADD ("worker-comes-back", test_worker_comes_back);
  ADD ("parent-takes-worker-along", test_parent_takes_worker_along);
  ADD ("ends-in-order", test_ends_in_order);
  ADD ("chosen-folder-is-remembered", test_chosen_folder_is_remembered);
  ADD ("second-recorder-leaves", test_second_recorder_leaves);
  return g_test_run ();
}
