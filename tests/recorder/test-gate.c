/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "recorder/icam-gate.h"
#include "recorder/icam-workers.h"

typedef struct
{
  GPtrArray *inside; /* of IcamGatePass */
  guint refused;
} Count;

static void
on_entered (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  Count *count = user_data;
  IcamGatePass *pass = icam_gate_enter_finish (ICAM_GATE (source), result, NULL);

  if (pass != NULL)
    g_ptr_array_add (count->inside, pass);
  else
    count->refused++;
}

static void
settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
test_places (void)
{
  g_autoptr (IcamGate) gate = icam_gate_new (2);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Count count = { .inside = g_ptr_array_new_with_free_func ((GDestroyNotify) icam_gate_pass_free) };

  for (guint i = 0; i < 4; i++)
    icam_gate_enter_async (gate, i == 2 ? cancellable : NULL, on_entered, &count);
  settle ();
  g_assert_cmpuint (count.inside->len, ==, 2);

  /* Who gives up takes no place of who waits behind. */
  g_cancellable_cancel (cancellable);
  g_ptr_array_remove_index (count.inside, 0);
  settle ();
  g_assert_cmpuint (count.inside->len, ==, 2);
  g_assert_cmpuint (count.refused, ==, 1);

  g_ptr_array_set_size (count.inside, 0);
  icam_gate_enter_async (gate, NULL, on_entered, &count);
  settle ();
  g_assert_cmpuint (count.inside->len, ==, 1);
  g_ptr_array_unref (count.inside);
}

/* Given up after the place was given, before it was taken: the place is free again. */
static void
test_given_up_late (void)
{
  g_autoptr (IcamGate) gate = icam_gate_new (1);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Count count = { .inside = g_ptr_array_new_with_free_func ((GDestroyNotify) icam_gate_pass_free) };

  icam_gate_enter_async (gate, cancellable, on_entered, &count);
  g_cancellable_cancel (cancellable);
  icam_gate_enter_async (gate, NULL, on_entered, &count);
  settle ();
  g_assert_cmpuint (count.refused, ==, 1);
  g_assert_cmpuint (count.inside->len, ==, 1);
  g_ptr_array_unref (count.inside);
}

typedef struct
{
  GArray *order;
  guint number;
} Work;

static void
append (gpointer data)
{
  Work *work = data;

  g_array_append_val (work->order, work->number);
  g_free (work);
}

static void
test_writes_in_order (void)
{
  g_autoptr (GArray) order = g_array_new (FALSE, FALSE, sizeof (guint));
  IcamWorkers *workers = icam_workers_new ();

  for (guint i = 0; i < 1000; i++)
    {
      Work *work = g_new0 (Work, 1);

      work->order = order;
      work->number = i;
      icam_workers_post (workers, append, work);
    }
  /* Waits for all of them. */
  icam_workers_free (workers);
  g_assert_cmpuint (order->len, ==, 1000);
  for (guint i = 0; i < order->len; i++)
    g_assert_cmpuint (g_array_index (order, guint, i), ==, i);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gate/places", test_places);
  g_test_add_func ("/gate/given-up-late", test_given_up_late);
  g_test_add_func ("/workers/writes-in-order", test_writes_in_order);
  return g_test_run ();
}
