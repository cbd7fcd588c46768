/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-base"

#include "config.h"

#include "base/icam-beat.h"

typedef struct
{
  GSource source;
  gint64 interval_us;
} Beat;

/* The next whole multiple of the interval: the same for everybody. */
static void
set_next (Beat *self)
{
  gint64 now_us = g_get_monotonic_time ();

  g_source_set_ready_time (&self->source, (now_us / self->interval_us + 1) * self->interval_us);
}

static gboolean
dispatch (GSource     *source,
          GSourceFunc  callback,
          gpointer     user_data)
{
  gboolean goes_on = callback == NULL || callback (user_data) == G_SOURCE_CONTINUE;

  if (goes_on)
    set_next ((Beat *) source);
  return goes_on ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static GSourceFuncs funcs = { .dispatch = dispatch };

/**
 * icam_beat_source_new:
 * @interval_ms: from one beat to the next
 *
 * A source for a #GSourceFunc. The first beat comes after less than @interval_ms; one that could not be kept is left out.
 *
 * Returns: (transfer full): a source that is to be attached
 */
GSource *
icam_beat_source_new (guint interval_ms)
{
  GSource *source = g_source_new (&funcs, sizeof (Beat));

  ((Beat *) source)->interval_us = MAX (interval_ms, 1u) * (gint64) 1000;
  set_next ((Beat *) source);
  return source;
}
