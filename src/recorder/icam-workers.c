/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-recorder"

#include "config.h"

#include "recorder/icam-workers.h"

#define READERS 3
/* Reads that wait for a disk that hangs must not keep others waiting: while nothing gets done, one more thread at a time. */
#define MAX_READERS 32
#define STUCK_MS 250
/* How long the end waits for reads: a disk that hangs may never answer. */
#define END_WAIT_US (2 * G_USEC_PER_SEC)

struct _IcamWorkers
{
  GThreadPool *readers;
  GThreadPool *writer;
  guint timer, done_before; /* the main thread's */

  GMutex lock; /* for these */
  GCond idle;
  guint reads; /* that are not done */
  guint done;
};

typedef struct
{
  GTask *task; /* or NULL, then: */
  GTaskThreadFunc task_work;
  IcamWork work;
  gpointer data;
  gboolean read;
} Job;

static void
run (gpointer data,
     gpointer user_data)
{
  IcamWorkers *self = user_data;
  Job *job = data;

  if (job->task != NULL)
    {
      job->task_work (job->task, g_task_get_source_object (job->task), g_task_get_task_data (job->task),
                      g_task_get_cancellable (job->task));
      g_object_unref (job->task);
    }
  else
    {
      job->work (job->data);
    }

  if (job->read)
    {
      g_mutex_lock (&self->lock);
      self->done++;
      if (--self->reads == 0)
        g_cond_broadcast (&self->idle);
      g_mutex_unlock (&self->lock);
    }
  g_free (job);
}

/**
 * icam_workers_new:
 *
 * Returns: (transfer full): workers; their threads start when there is work
 */
IcamWorkers *
icam_workers_new (void)
{
  IcamWorkers *self = g_new0 (IcamWorkers, 1);

  g_mutex_init (&self->lock);
  g_cond_init (&self->idle);
  self->readers = g_thread_pool_new (run, self, READERS, FALSE, NULL);
  self->writer = g_thread_pool_new (run, self, 1, FALSE, NULL);
  return self;
}

/**
 * icam_workers_free:
 * @self: (transfer full): workers; waits for what is to be written, and for reads unless a disk hangs
 */
void
icam_workers_free (IcamWorkers *self)
{
  gint64 until = g_get_monotonic_time () + END_WAIT_US;
  gboolean idle;

  g_thread_pool_free (self->writer, FALSE, TRUE);
  g_mutex_lock (&self->lock);
  while (self->reads > 0 && g_cond_wait_until (&self->idle, &self->lock, until))
    ;
  idle = self->reads == 0;
  g_mutex_unlock (&self->lock);
  g_clear_handle_id (&self->timer, g_source_remove);
  /* A thread that hangs still needs it. */
  if (!idle)
    return;
  g_thread_pool_free (self->readers, FALSE, TRUE);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->idle);
  g_free (self);
}

static void
push (IcamWorkers    *self,
      GThreadPool    *pool,
      GTask          *task,
      GTaskThreadFunc work)
{
  Job *job = g_new0 (Job, 1);

  job->task = g_object_ref (task);
  job->task_work = work;
  job->read = pool == self->readers;
  if (job->read)
    {
      g_mutex_lock (&self->lock);
      self->reads++;
      g_mutex_unlock (&self->lock);
    }
  g_thread_pool_push (pool, job, NULL);
}

static gboolean
on_tick (gpointer user_data)
{
  IcamWorkers *self = user_data;
  guint done, threads = (guint) g_thread_pool_get_max_threads (self->readers);

  if (g_thread_pool_unprocessed (self->readers) == 0)
    {
      self->timer = 0;
      return G_SOURCE_REMOVE;
    }

  g_mutex_lock (&self->lock);
  done = self->done;
  g_mutex_unlock (&self->lock);
  if (done == self->done_before && threads < MAX_READERS)
    g_thread_pool_set_max_threads (self->readers, (gint) threads + 1, NULL);
  self->done_before = done;
  return G_SOURCE_CONTINUE;
}

/**
 * icam_workers_read:
 * @self: workers
 * @task: a task; referenced until @work is done; in the main thread
 * @work: runs in a thread and returns the task's result, as for g_task_run_in_thread()
 */
void
icam_workers_read (IcamWorkers    *self,
                   GTask          *task,
                   GTaskThreadFunc work)
{
  push (self, self->readers, task, work);
  if (self->timer == 0 && g_thread_pool_unprocessed (self->readers) > 0)
    self->timer = g_timeout_add (STUCK_MS, on_tick, self);
}

/**
 * icam_workers_write:
 * @self: workers
 * @task: a task; referenced until @work is done
 * @work: runs after everything that was written or posted before
 */
void
icam_workers_write (IcamWorkers    *self,
                    GTask          *task,
                    GTaskThreadFunc work)
{
  push (self, self->writer, task, work);
}

/**
 * icam_workers_post:
 * @self: workers
 * @work: runs after everything that was written or posted before; nobody waits for it
 * @data: (transfer full): for @work, which frees it
 */
void
icam_workers_post (IcamWorkers *self,
                   IcamWork     work,
                   gpointer     data)
{
  Job *job = g_new0 (Job, 1);

  job->work = work;
  job->data = data;
  g_thread_pool_push (self->writer, job, NULL);
}
