/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-media"

#include "config.h"

#include "media/icam-state-pool.h"

#define N_THREADS 4

typedef struct
{
  IcamStateFunc func;
  gpointer data;
} Job;

static void
run (gpointer item,
     gpointer user_data)
{
  Job *job = item;

  job->func (job->data);
  g_free (job);
}

/**
 * icam_state_pool_push:
 * @func: may block for a while
 * @data: for it
 */
void
icam_state_pool_push (IcamStateFunc func,
                      gpointer      data)
{
  static GThreadPool *pool;
  Job *job = g_new (Job, 1);

  if (g_once_init_enter (&pool))
    g_once_init_leave (&pool, g_thread_pool_new (run, NULL, N_THREADS, FALSE, NULL));

  job->func = func;
  job->data = data;
  g_thread_pool_push (pool, job, NULL);
}
