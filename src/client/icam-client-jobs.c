/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-client"

#include "config.h"

#include "client/icam-client-private.h"

#include <gio/gunixfdlist.h>
#include <unistd.h>

/* Probes and jobs: objects that a call makes and that are then watched until they have come to an end. */

#define OBJECT_TIME_OUT_MS 10000

typedef struct
{
  char *path;
  GDBusProxy *proxy; /* the Probe or the Job */
  gulong properties_handler;
  gulong added_handler;
  gulong cancelled_handler;
  gulong state_handler;
  GDBusObjectManager *objects;
  guint time_out_id;
  IcamClientProgress progress;
  gpointer progress_data;
  GVariant *result; /* of a job that is done */
  gboolean stale; /* its state is still that of the attempt before */
  gboolean done;
} Watch;

static void
watch_disconnect (Watch *watch,
                  GTask *task)
{
  IcamClient *self = g_task_get_source_object (task);

  if (watch->proxy != NULL)
    g_clear_signal_handler (&watch->properties_handler, watch->proxy);
  if (watch->objects != NULL)
    g_clear_signal_handler (&watch->added_handler, watch->objects);
  g_clear_signal_handler (&watch->state_handler, self);
  g_clear_handle_id (&watch->time_out_id, g_source_remove);
  if (watch->cancelled_handler != 0)
    {
      /* Not g_cancellable_disconnect(): this may run inside of its handler, where that would wait for itself. */
      g_clear_signal_handler (&watch->cancelled_handler, g_task_get_cancellable (task));
    }
}

static void
watch_free (Watch *watch)
{
  g_free (watch->path);
  g_clear_object (&watch->proxy);
  g_clear_object (&watch->objects);
  g_clear_pointer (&watch->result, g_variant_unref);
  g_free (watch);
}

/* Ends the waiting once; the task's last reference may go. */
static void
watch_end (GTask  *task,
           GError *error)
{
  Watch *watch = g_task_get_task_data (task);

  if (watch->done)
    {
      g_clear_error (&error);
      return;
    }

  watch->done = TRUE;
  watch_disconnect (watch, task);
  if (error != NULL)
    g_task_return_error (task, error);
  else if (watch->result != NULL)
    g_task_return_pointer (task, g_variant_ref (watch->result), (GDestroyNotify) g_variant_unref);
  else
    g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

static GError *
problem_of (GVariant *problem)
{
  GError *error = problem != NULL ? icam_error_from_variant (problem) : NULL;

  return error != NULL ? error : icam_error_new (ICAM_ERROR_FAILED, "detail", "it did not say why", NULL);
}

static void
check_probe (GTask         *task,
             IcamDBusProbe *probe)
{
  Watch *watch = g_task_get_task_data (task);
  const char *state = icam_dbus_probe_get_state (probe);

  if (g_strcmp0 (state, "ready") == 0)
    watch_end (task, NULL);
  else if (g_strcmp0 (state, "failed") == 0 && !watch->stale)
    watch_end (task, problem_of (icam_dbus_probe_get_problem (probe)));
}

static void
check_job (GTask       *task,
           IcamDBusJob *job)
{
  Watch *watch = g_task_get_task_data (task);
  const char *state = icam_dbus_job_get_state (job);
  GVariant *result = icam_dbus_job_get_result (job);

  if (watch->progress != NULL && state != NULL)
    watch->progress (CLAMP (icam_dbus_job_get_progress (job), 0.0, 1.0), icam_dbus_job_get_time_left (job), watch->progress_data);

  if (g_strcmp0 (state, "done") == 0)
    {
      if (result != NULL)
        watch->result = g_variant_ref (result);
      watch_end (task, NULL);
    }
  else if (g_strcmp0 (state, "failed") == 0)
    watch_end (task, problem_of (icam_dbus_job_get_problem (job)));
  else if (g_strcmp0 (state, "cancelled") == 0)
    watch_end (task, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "Cancelled"));
}

static void
check (GTask *task)
{
  Watch *watch = g_task_get_task_data (task);

  if (ICAM_DBUS_IS_PROBE (watch->proxy))
    check_probe (task, ICAM_DBUS_PROBE (watch->proxy));
  else
    check_job (task, ICAM_DBUS_JOB (watch->proxy));
}

static void
on_properties (GDBusProxy *proxy,
               GVariant   *changed,
               GStrv       invalidated,
               GTask      *task)
{
  g_autoptr (GTask) kept = g_object_ref (task);

  ((Watch *) g_task_get_task_data (task))->stale = FALSE;
  check (kept);
}

static void
on_cancelled (GCancellable *cancellable,
              GTask        *task)
{
  Watch *watch = g_task_get_task_data (task);
  g_autoptr (GTask) kept = g_object_ref (task);

  if (ICAM_DBUS_IS_PROBE (watch->proxy))
    icam_dbus_probe_call_close (ICAM_DBUS_PROBE (watch->proxy), g_variant_new ("a{sv}", NULL), NULL, NULL, NULL);
  else if (ICAM_DBUS_IS_JOB (watch->proxy))
    icam_dbus_job_call_cancel (ICAM_DBUS_JOB (watch->proxy), g_variant_new ("a{sv}", NULL), NULL, NULL, NULL);
  watch_end (kept, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "Cancelled"));
}

static void
on_client_state (IcamClient *self,
                 GParamSpec *pspec,
                 GTask      *task)
{
  g_autoptr (GTask) kept = g_object_ref (task);

  if (icam_client_get_state (self) != ICAM_CLIENT_READY)
    watch_end (kept, icam_client_new_absent_error (self));
}

static gboolean
look_for_object (GTask *task)
{
  Watch *watch = g_task_get_task_data (task);
  g_autoptr (GDBusObject) object = g_dbus_object_manager_get_object (watch->objects, watch->path);
  g_autolist (GDBusInterface) interfaces = NULL;

  if (object == NULL)
    return FALSE;

  interfaces = g_dbus_object_get_interfaces (object);
  for (GList *i = interfaces; i != NULL && watch->proxy == NULL; i = i->next)
    if (ICAM_DBUS_IS_PROBE (i->data) || ICAM_DBUS_IS_JOB (i->data))
      watch->proxy = g_object_ref (i->data);
  if (watch->proxy == NULL)
    return FALSE;

  g_clear_signal_handler (&watch->added_handler, watch->objects);
  g_clear_handle_id (&watch->time_out_id, g_source_remove);
  watch->properties_handler = g_signal_connect_after (watch->proxy, "g-properties-changed", G_CALLBACK (on_properties), task);
  check (task);
  return TRUE;
}

static void
on_object_added (GDBusObjectManager *objects,
                 GDBusObject        *object,
                 GTask              *task)
{
  g_autoptr (GTask) kept = g_object_ref (task);

  look_for_object (kept);
}

static gboolean
on_time_out (gpointer user_data)
{
  GTask *task = user_data;
  Watch *watch = g_task_get_task_data (task);

  watch->time_out_id = 0;
  watch_end (task, icam_error_new (ICAM_ERROR_BAD_ANSWER, "detail", "the recorder did not show what it made", NULL));
  return G_SOURCE_REMOVE;
}

/* Takes a reference on @task and keeps it until the end. @path: the object that a call made. */
static void
watch_object (GTask      *task,
              const char *path)
{
  IcamClient *self = g_task_get_source_object (task);
  Watch *watch = g_task_get_task_data (task);
  GCancellable *cancellable = g_task_get_cancellable (task);

  watch->path = g_strdup (path);
  g_object_ref (task);
  if (icam_client_get_objects (self) == NULL)
    {
      watch_end (task, icam_client_new_absent_error (self));
      return;
    }

  watch->objects = g_object_ref (icam_client_get_objects (self));
  watch->state_handler = g_signal_connect (self, "notify::state", G_CALLBACK (on_client_state), task);
  if (cancellable != NULL)
    watch->cancelled_handler = g_signal_connect (cancellable, "cancelled", G_CALLBACK (on_cancelled), task);
  watch->added_handler = g_signal_connect (watch->objects, "object-added", G_CALLBACK (on_object_added), task);
  watch->time_out_id = g_timeout_add (OBJECT_TIME_OUT_MS, on_time_out, task);
  if (!look_for_object (task) && g_cancellable_is_cancelled (cancellable))
    on_cancelled (cancellable, task);
}

/* ---- probes ---- */

static void
on_probe (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autofree char *path = NULL;
  GError *error = NULL;

  if (icam_dbus_manager_call_probe_finish (ICAM_DBUS_MANAGER (source), &path, NULL, result, &error))
    watch_object (task, path);
  else
    g_task_return_error (task, error);
}

/**
 * icam_client_probe_async:
 * @self: a client
 * @address: what a person gave, or a Found object's address
 * @user: (nullable): name at the camera
 * @secret: (nullable): password at the camera
 * @found_path: (nullable): the Found object that it came from
 * @cancellable: (nullable): cancelling closes the probe
 * @callback: called when the probe is ready or has failed
 * @user_data: for @callback
 */
void
icam_client_probe_async (IcamClient         *self,
                         const char         *address,
                         const char         *user,
                         IcamSecret         *secret,
                         const char         *found_path,
                         GCancellable       *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer            user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  IcamDBusManager *manager = icam_client_get_manager (self);
  g_autoptr (GUnixFDList) fds = g_unix_fd_list_new ();
  g_autoptr (IcamSecret) empty = secret == NULL ? icam_secret_new ("") : NULL;
  GVariantDict options = G_VARIANT_DICT_INIT (NULL);
  GError *error = NULL;
  int fd, handle;

  g_task_set_source_tag (task, icam_client_probe_async);
  g_task_set_task_data (task, g_new0 (Watch, 1), (GDestroyNotify) watch_free);
  if (manager == NULL)
    {
      g_task_return_error (task, icam_client_new_absent_error (self));
      return;
    }

  fd = icam_secret_to_pipe (secret != NULL ? secret : empty, &error);
  if (fd < 0)
    {
      g_task_return_error (task, error);
      return;
    }
  handle = g_unix_fd_list_append (fds, fd, &error);
  close (fd);
  if (handle < 0)
    {
      g_task_return_error (task, error);
      return;
    }

  if (user != NULL && *user != '\0')
    g_variant_dict_insert (&options, "user", "s", user);
  if (found_path != NULL)
    g_variant_dict_insert (&options, "found", "o", found_path);
  icam_dbus_manager_call_probe (manager, address, g_variant_new_handle (handle), g_variant_dict_end (&options), fds,
                                cancellable, on_probe, g_object_ref (task));
}

/**
 * icam_client_probe_finish:
 * @self: a client
 * @result: a result
 * @probe: (out) (optional) (nullable) (transfer full): the probe; also after an error, if there is one that can be retried
 * @error: return location; why the camera cannot be added like this
 *
 * Returns: whether the probe is ready
 */
gboolean
icam_client_probe_finish (IcamClient     *self,
                          GAsyncResult   *result,
                          IcamDBusProbe **probe,
                          GError        **error)
{
  Watch *watch = g_task_get_task_data (G_TASK (result));

  if (probe != NULL)
    *probe = ICAM_DBUS_IS_PROBE (watch->proxy) ? g_object_ref (ICAM_DBUS_PROBE (watch->proxy)) : NULL;
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
on_retry (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  Watch *watch = g_task_get_task_data (task);
  GError *error = NULL;

  /* Properties are told by the recorder a moment after its answer. */
  watch->stale = g_strcmp0 (icam_dbus_probe_get_state (ICAM_DBUS_PROBE (source)), "failed") == 0;
  if (icam_dbus_probe_call_retry_finish (ICAM_DBUS_PROBE (source), NULL, result, &error))
    watch_object (task, g_dbus_proxy_get_object_path (G_DBUS_PROXY (source)));
  else
    g_task_return_error (task, error);
}

/**
 * icam_client_retry_probe_async:
 * @self: a client
 * @probe: a probe that failed
 * @user: (nullable): name at the camera
 * @secret: (nullable): password at the camera
 * @cancellable: (nullable): cancelling closes the probe
 * @callback: called when the probe is ready or has failed again; it calls icam_client_probe_finish()
 * @user_data: for @callback
 */
void
icam_client_retry_probe_async (IcamClient         *self,
                               IcamDBusProbe      *probe,
                               const char         *user,
                               IcamSecret         *secret,
                               GCancellable       *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer            user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_autoptr (GUnixFDList) fds = g_unix_fd_list_new ();
  g_autoptr (IcamSecret) empty = secret == NULL ? icam_secret_new ("") : NULL;
  GError *error = NULL;
  int fd, handle;

  g_task_set_source_tag (task, icam_client_retry_probe_async);
  g_task_set_task_data (task, g_new0 (Watch, 1), (GDestroyNotify) watch_free);
  fd = icam_secret_to_pipe (secret != NULL ? secret : empty, &error);
  if (fd < 0)
    {
      g_task_return_error (task, error);
      return;
    }
  handle = g_unix_fd_list_append (fds, fd, &error);
  close (fd);
  if (handle < 0)
    {
      g_task_return_error (task, error);
      return;
    }

  icam_dbus_probe_call_retry (probe, user != NULL ? user : "", g_variant_new_handle (handle),
                              g_variant_new ("a{sv}", NULL), fds, cancellable, on_retry, g_object_ref (task));
}

/* ---- adding ---- */

static void
on_added (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  GStrv cameras = NULL;
  GError *error = NULL;

  if (icam_dbus_manager_call_add_finish (ICAM_DBUS_MANAGER (source), &cameras, result, &error))
    g_task_return_pointer (task, cameras, (GDestroyNotify) g_strfreev);
  else
    g_task_return_error (task, error);
}

/**
 * icam_client_add_async:
 * @self: a client
 * @probe: a probe that is ready
 * @names: (nullable): source token to the name of its camera
 * @tokens: (nullable): source tokens of the channels that are wanted, %NULL for all
 * @cancellable: (nullable): a cancellable
 * @callback: called when done
 * @user_data: for @callback
 */
void
icam_client_add_async (IcamClient         *self,
                       IcamDBusProbe      *probe,
                       GHashTable         *names,
                       const char *const  *tokens,
                       GCancellable       *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer            user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  IcamDBusManager *manager = icam_client_get_manager (self);
  GVariantDict options = G_VARIANT_DICT_INIT (NULL);

  g_task_set_source_tag (task, icam_client_add_async);
  if (manager == NULL)
    {
      g_variant_dict_clear (&options);
      g_task_return_error (task, icam_client_new_absent_error (self));
      return;
    }

  if (names != NULL)
    {
      GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{ss}"));
      GHashTableIter iter;
      gpointer token, name;

      g_hash_table_iter_init (&iter, names);
      while (g_hash_table_iter_next (&iter, &token, &name))
        g_variant_builder_add (&builder, "{ss}", token, name);
      g_variant_dict_insert_value (&options, "names", g_variant_builder_end (&builder));
    }
  if (tokens != NULL)
    g_variant_dict_insert (&options, "tokens", "^as", tokens);

  icam_dbus_manager_call_add (manager, g_dbus_proxy_get_object_path (G_DBUS_PROXY (probe)),
                              g_variant_dict_end (&options), cancellable, on_added, g_object_ref (task));
}

/**
 * icam_client_add_finish:
 * @self: a client
 * @result: a result
 * @error: return location
 *
 * Returns: (transfer full): object paths of the new cameras
 */
char **
icam_client_add_finish (IcamClient   *self,
                        GAsyncResult *result,
                        GError      **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- jobs ---- */

/**
 * icam_client_watch_job:
 * @task: a task of a client without data; its cancellable cancels the job; it returns the job's Result, a{sv}, to be unreffed
 * @path: the Job object that a call made
 * @progress: (nullable): called now and then with how far it is
 * @progress_data: for @progress
 */
void
icam_client_watch_job (GTask             *task,
                       const char        *path,
                       IcamClientProgress progress,
                       gpointer           progress_data)
{
  Watch *watch = g_new0 (Watch, 1);

  watch->progress = progress;
  watch->progress_data = progress_data;
  g_task_set_task_data (task, watch, (GDestroyNotify) watch_free);
  watch_object (task, path);
}
