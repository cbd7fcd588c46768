/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What streams cost in this room alone: connects to every URI named, stores each in a file of its own, decodes and watches those after --detect.
 * Prints CPU seconds a stream-minute, threads and memory after a while. The password comes on standard input. */

#include "config.h"

#include "media/icam-file-store.h"
#include "media/icam-media.h"
#include "media/icam-stream-pipeline.h"

#include <gio/gio.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

static double
cpu (void)
{
  struct rusage usage;

  getrusage (RUSAGE_SELF, &usage);
  return (double) (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
         + (double) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static long
status (const char *key)
{
  g_autofree char *text = NULL;
  const char *at;

  if (!g_file_get_contents ("/proc/self/status", &text, NULL, NULL))
    return 0;
  at = strstr (text, key);
  return at != NULL ? strtol (at + strlen (key) + 1, NULL, 10) : 0;
}

static void
failed_cb (IcamStreamPipeline *pipeline,
           GError             *error,
           int                 cause,
           gpointer            data)
{
  g_printerr ("failed: %s\n", error->message);
}

static void
motion_cb (IcamStreamPipeline *pipeline,
           gboolean            active,
           double              score,
           gint64              utc_us,
           guint              *count)
{
  *count += active;
  if (g_getenv ("ICAM_BENCH_VERBOSE") != NULL)
    printf ("%s %d %.3f %" G_GINT64_FORMAT "\n",
            (const char *) g_object_get_data (G_OBJECT (pipeline), "uri"), active, score, utc_us);
}

static gboolean
quit_cb (gpointer data)
{
  g_main_loop_quit (data);
  return G_SOURCE_REMOVE;
}

int
main (int   argc,
      char *argv[])
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GPtrArray) pipelines = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (IcamLiveHub) hub = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (IcamSecret) secret = NULL;
  char password[256] = "";
  gboolean detect = FALSE;
  guint motions = 0;
  double before;
  gint64 began_us;
  int seconds;

  if (argc < 5)
    {
      g_printerr ("usage: pipeline-bench SECONDS FOLDER USER URI… [--detect URI…]\n");
      return 2;
    }
  if (fgets (password, sizeof password, stdin) != NULL)
    secret = icam_secret_new (g_strchomp (password));
  seconds = atoi (argv[1]);
  icam_media_init ();
  hub = icam_live_hub_new ();
  printf ("empty: %ld KiB\n", status ("VmRSS"));

  for (int i = 4; i < argc; i++)
    {
      IcamStreamConfig config = { .uri = argv[i], .user = argv[3], .secret = secret, .detect = detect };
      g_autofree char *name = g_strdup_printf ("%s/%d.mkv", argv[2], i);
      g_autoptr (IcamSegmentStore) store = NULL;
      g_autoptr (IcamLiveStream) live = NULL;
      IcamStreamPipeline *pipeline;

      if (g_str_equal (argv[i], "--detect"))
        {
          detect = TRUE;
          continue;
        }
      store = icam_file_store_new (name, &error);
      if (store == NULL)
        {
          g_printerr ("%s\n", error->message);
          return 1;
        }
      icam_uuid_generate (&config.channel);
      config.role = detect ? ICAM_ROLE_SUB : ICAM_ROLE_MAIN;
      live = icam_live_hub_add_stream (hub, &config.channel, config.role);
      config.store = store;
      config.live = live;
      pipeline = icam_stream_pipeline_new (&config);
      g_object_set_data (G_OBJECT (pipeline), "uri", argv[i]);
      g_signal_connect (pipeline, "failed", G_CALLBACK (failed_cb), NULL);
      g_signal_connect (pipeline, "motion", G_CALLBACK (motion_cb), &motions);
      icam_stream_pipeline_start (pipeline);
      g_ptr_array_add (pipelines, pipeline);
    }

  g_timeout_add_seconds (6, quit_cb, loop);
  g_main_loop_run (loop);
  before = cpu ();
  began_us = g_get_monotonic_time ();
  g_timeout_add_seconds ((guint) seconds, quit_cb, loop);
  g_main_loop_run (loop);
  printf ("%.3f CPU s a stream-minute, %.3f in all a minute, %ld threads, %ld KiB, %u times motion\n",
          (cpu () - before) * 60e6 / (double) (g_get_monotonic_time () - began_us) / pipelines->len,
          (cpu () - before) * 60e6 / (double) (g_get_monotonic_time () - began_us),
          status ("Threads"), status ("VmRSS"), motions);

  for (guint i = 0; i < pipelines->len; i++)
    icam_stream_pipeline_stop (g_ptr_array_index (pipelines, i), ICAM_GAP_RECORDER_STOPPED);
  return 0;
}
