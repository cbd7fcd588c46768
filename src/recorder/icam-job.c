/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-recorder"

#include "config.h"

#include "recorder/icam-job.h"

#include "base/icam-error.h"

#include <sys/resource.h>
#include <unistd.h>

#define BEAT_MS 200
#define NICENESS 10

struct _IcamJob
{
  GObject parent_instance;
  IcamDBusJob *skeleton;
  GCancellable *cancellable;
  IcamJobFunc func;
  gpointer data;
  GDestroyNotify destroy;
  gint64 started; /* monotonic, µs */
  guint beat_id;
  gboolean running;
  int permille; /* atomic: the thread writes, the beat reads */
};

G_DEFINE_FINAL_TYPE (IcamJob, icam_job, G_TYPE_OBJECT)

enum
{
  ENDED,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

static gboolean
on_beat (gpointer user_data)
{
  IcamJob *self = user_data;
  double progress = g_atomic_int_get (&self->permille) / 1000.0;
  gint64 spent = g_get_monotonic_time () - self->started;

  icam_dbus_job_set_progress (self->skeleton, progress);
  if (progress > 0.02)
    icam_dbus_job_set_time_left (self->skeleton, (gint64) ((double) spent / progress * (1 - progress)));

  return G_SOURCE_CONTINUE;
}

static void
run (GTask        *task,
     gpointer      source,
     gpointer      data,
     GCancellable *cancellable)
{
  IcamJob *self = source;
  GVariant *result = NULL;
  GError *error = NULL;

  if (setpriority (PRIO_PROCESS, (id_t) gettid (), NICENESS) != 0)
    g_debug ("A job runs with the priority of everything else");
  if (self->func (self, self->data, cancellable, &result, &error))
    g_task_return_pointer (task, g_variant_ref_sink (result != NULL ? result : g_variant_new ("a{sv}", NULL)),
                           (GDestroyNotify) g_variant_unref);
  else
    g_task_return_error (task, error);
}

static gpointer
run_in_thread (gpointer data)
{
  g_autoptr (GTask) task = data;

  run (task, g_task_get_source_object (task), NULL, g_task_get_cancellable (task));
  return NULL;
}

static void
on_done (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  IcamJob *self = ICAM_JOB (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) value = g_task_propagate_pointer (G_TASK (result), &error);
  gboolean cancelled = g_cancellable_is_cancelled (self->cancellable);

  g_clear_handle_id (&self->beat_id, g_source_remove);
  self->running = FALSE;
  if (self->destroy != NULL)
    self->destroy (self->data);
  self->destroy = NULL;

  icam_dbus_job_set_time_left (self->skeleton, 0);
  if (value != NULL)
    {
      icam_dbus_job_set_progress (self->skeleton, 1);
      icam_dbus_job_set_result (self->skeleton, value);
    }
  else
    {
      icam_dbus_job_set_problem (self->skeleton, icam_error_to_variant (error));
    }
  icam_dbus_job_set_state (self->skeleton, value != NULL ? "done" : cancelled ? "cancelled" : "failed");
  g_signal_emit (self, signals[ENDED], 0);
}

static gboolean
on_cancel (IcamDBusJob           *skeleton,
           GDBusMethodInvocation *invocation,
           GVariant              *options,
           IcamJob               *self)
{
  icam_job_cancel (self);
  icam_dbus_job_complete_cancel (skeleton, invocation);
  return TRUE;
}

static void
icam_job_finalize (GObject *object)
{
  IcamJob *self = ICAM_JOB (object);

  g_clear_handle_id (&self->beat_id, g_source_remove);
  g_signal_handlers_disconnect_by_data (self->skeleton, self);
  g_object_unref (self->skeleton);
  g_object_unref (self->cancellable);

  G_OBJECT_CLASS (icam_job_parent_class)->finalize (object);
}

static void
icam_job_class_init (IcamJobClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = icam_job_finalize;
  signals[ENDED] = g_signal_new ("ended", ICAM_TYPE_JOB, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
icam_job_init (IcamJob *self)
{
  self->cancellable = g_cancellable_new ();
  self->skeleton = icam_dbus_job_skeleton_new ();
  g_signal_connect (self->skeleton, "handle-cancel", G_CALLBACK (on_cancel), self);
}

/**
 * icam_job_start:
 * @kind: "export"
 * @func: the work
 * @data: for @func
 * @destroy: (nullable): frees @data on the main thread when the work is over
 *
 * Returns: (transfer full): the job, running
 */
IcamJob *
icam_job_start (const char    *kind,
                IcamJobFunc    func,
                gpointer       data,
                GDestroyNotify destroy)
{
  IcamJob *self = g_object_new (ICAM_TYPE_JOB, NULL);
  GTask *task;

  self->func = func;
  self->data = data;
  self->destroy = destroy;
  self->started = g_get_monotonic_time ();
  self->running = TRUE;
  icam_dbus_job_set_kind (self->skeleton, kind);
  icam_dbus_job_set_state (self->skeleton, "running");
  icam_dbus_job_set_time_left (self->skeleton, -1);
  icam_dbus_job_set_problem (self->skeleton, icam_error_to_variant (NULL));
  icam_dbus_job_set_result (self->skeleton, g_variant_new ("a{sv}", NULL));
  self->beat_id = g_timeout_add (BEAT_MS, on_beat, self);

  task = g_task_new (self, self->cancellable, on_done, NULL);
  g_task_set_source_tag (task, icam_job_start);
  g_task_set_check_cancellable (task, FALSE);
  g_thread_unref (g_thread_new ("icam-job", run_in_thread, task));
  return self;
}

/**
 * icam_job_progress:
 * @self: a job
 * @progress: 0 to 1
 *
 * From the job's thread.
 */
void
icam_job_progress (IcamJob *self,
                   double   progress)
{
  g_atomic_int_set (&self->permille, (int) (CLAMP (progress, 0, 1) * 1000));
}

/**
 * icam_job_cancel:
 * @self: a job
 */
void
icam_job_cancel (IcamJob *self)
{
  if (self->running)
    g_cancellable_cancel (self->cancellable);
}

/**
 * icam_job_is_running:
 * @self: a job
 *
 * Returns: whether it has not ended
 */
gboolean
icam_job_is_running (IcamJob *self)
{
  return self->running;
}

/**
 * icam_job_get_skeleton:
 * @self: a job
 *
 * Returns: (transfer none): what stands on the bus
 */
IcamDBusJob *
icam_job_get_skeleton (IcamJob *self)
{
  return self->skeleton;
}
