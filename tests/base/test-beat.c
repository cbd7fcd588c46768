/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "base/icam-beat.h"

#define N 20
#define INTERVAL_MS 50

static gboolean
on_beat (gpointer data)
{
  guint *count = data;

  ++*count;
  return G_SOURCE_CONTINUE;
}

static void
test_all_at_once (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  guint beats[N] = { 0 }, turns = 0, total = 0;
  GSource *sources[N];

  for (guint i = 0; i < N; i++)
    {
      gint64 until = g_get_monotonic_time () + 1000;

      /* Begun at different times. */
      while (g_get_monotonic_time () < until)
        ;
      sources[i] = icam_beat_source_new (INTERVAL_MS);
      g_source_set_callback (sources[i], on_beat, &beats[i], NULL);
      g_source_attach (sources[i], context);
    }

  while (beats[0] < 5)
    {
      guint before = 0, after = 0;

      for (guint i = 0; i < N; i++)
        before += beats[i];
      g_main_context_iteration (context, TRUE);
      for (guint i = 0; i < N; i++)
        after += beats[i];
      turns += after > before;
      total = after;
    }

  /* Twenty timers of their own would have needed twenty turns for each beat. */
  g_test_message ("%u beats in %u turns", total, turns);
  /* Those that were begun behind the first beat have one less. */
  g_assert_cmpuint (total, >=, 4 * N);
  g_assert_cmpuint (turns, <, total / (N / 2));

  for (guint i = 0; i < N; i++)
    {
      g_source_destroy (sources[i]);
      g_source_unref (sources[i]);
    }
}

static gboolean
on_last_beat (gpointer data)
{
  guint *count = data;

  return ++*count < 3 ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static void
test_ends (void)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GSource) source = icam_beat_source_new (5);
  guint beats = 0;

  g_source_set_callback (source, on_last_beat, &beats, NULL);
  g_source_attach (source, context);
  while (!g_source_is_destroyed (source))
    g_main_context_iteration (context, TRUE);
  g_assert_cmpuint (beats, ==, 3);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/beat/all-at-once", test_all_at_once);
  g_test_add_func ("/beat/ends", test_ends);
  return g_test_run ();
}
