/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-recorder"

#include "config.h"

#include "recorder/icam-workers.h"

#define READERS 3

struct _IcamWorkers
{
  GThreadPool *readers;
  GThreadPool *writer;
};

typedef struct
{
  GTask *task; /* or NULL, then: */
  GTaskThreadFunc task_work;
  IcamWork work;
  gpointer data;
} Job;

static void
run (gpointer data,
     gpointer user_data)
{
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

  self->readers = g_thread_pool_new (run, NULL, READERS, FALSE, NULL);
  self->writer = g_thread_pool_new (run, NULL, 1, FALSE, NULL);
  return self;
}

/**
 * icam_workers_free:
 * @self: (transfer full): workers; waits for what they were given
 */
void
icam_workers_free (IcamWorkers *self)
{
  g_thread_pool_free (self->readers, FALSE, TRUE);
  g_thread_pool_free (self->writer, FALSE, TRUE);
  g_free (self);
}

static void
push (GThreadPool    *pool,
      GTask          *task,
      GTaskThreadFunc work)
{
  Job *job = g_new0 (Job, 1);

  job->task = g_object_ref (task);
  job->task_work = work;
  g_thread_pool_push (pool, job, NULL);
}

/**
 * icam_workers_read:
 * @self: workers
 * @task: a task; referenced until @work is done
 * @work: runs in a thread and returns the task's result, as for g_task_run_in_thread()
 */
void
icam_workers_read (IcamWorkers    *self,
                   GTask          *task,
                   GTaskThreadFunc work)
{
  push (self->readers, task, work);
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
  push (self->writer, task, work);
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
