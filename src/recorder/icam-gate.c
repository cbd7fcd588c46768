/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-recorder"

#include "config.h"

#include "recorder/icam-gate.h"

struct _IcamGate
{
  GObject parent_instance;
  guint places;
  guint taken;
  GQueue waiting; /* of GTask */
};

struct _IcamGatePass
{
  IcamGate *gate;
};

G_DEFINE_FINAL_TYPE (IcamGate, icam_gate, G_TYPE_OBJECT)

static void
icam_gate_finalize (GObject *object)
{
  IcamGate *self = ICAM_GATE (object);

  /* Each waiting task holds a reference. */
  g_assert (g_queue_is_empty (&self->waiting));
  G_OBJECT_CLASS (icam_gate_parent_class)->finalize (object);
}

static void
icam_gate_class_init (IcamGateClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = icam_gate_finalize;
}

static void
icam_gate_init (IcamGate *self)
{
  g_queue_init (&self->waiting);
}

/**
 * icam_gate_new:
 * @places: how many may be inside
 *
 * Returns: (transfer full): a gate
 */
IcamGate *
icam_gate_new (guint places)
{
  IcamGate *self = g_object_new (ICAM_TYPE_GATE, NULL);

  self->places = places;
  return self;
}

static void
admit (IcamGate *self)
{
  while (self->taken < self->places && !g_queue_is_empty (&self->waiting))
    {
      g_autoptr (GTask) task = g_queue_pop_head (&self->waiting);
      IcamGatePass *pass;

      /* Who gave up while waiting takes no place. */
      if (g_task_return_error_if_cancelled (task))
        continue;

      pass = g_new0 (IcamGatePass, 1);
      pass->gate = g_object_ref (self);
      self->taken++;
      g_task_return_pointer (task, pass, (GDestroyNotify) icam_gate_pass_free);
    }
}

/**
 * icam_gate_enter_async:
 * @self: a gate
 * @cancellable: (nullable): to give up
 * @callback: called when there is a place
 * @user_data: for @callback
 */
void
icam_gate_enter_async (IcamGate           *self,
                       GCancellable       *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer            user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, icam_gate_enter_async);
  g_queue_push_tail (&self->waiting, task);
  admit (self);
}

/**
 * icam_gate_enter_finish:
 * @self: a gate
 * @result: a result
 * @error: return location
 *
 * Returns: (transfer full): the place
 */
IcamGatePass *
icam_gate_enter_finish (IcamGate     *self,
                        GAsyncResult *result,
                        GError      **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * icam_gate_pass_free:
 * @pass: (transfer full): a place; the next one who waits gets it
 */
void
icam_gate_pass_free (IcamGatePass *pass)
{
  g_autoptr (IcamGate) gate = pass->gate;

  g_free (pass);
  gate->taken--;
  admit (gate);
}
