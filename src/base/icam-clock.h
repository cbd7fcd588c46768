/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* The two times of the program, injectable. UTC in microseconds since 1970 says when something was;
 * boot time (CLOCK_BOOTTIME, microseconds) says how long it took, naps of the computer included.
 *
 * Every change of the computer's clock is a step and begins a new epoch ("stepped" signal, emitted in the
 * main context that called icam_clock_watch_steps()). Reading is safe from every thread. */
#define ICAM_TYPE_CLOCK (icam_clock_get_type ())
G_DECLARE_DERIVABLE_TYPE (IcamClock, icam_clock, ICAM, CLOCK, GObject)

struct _IcamClockClass
{
  GObjectClass parent_class;

  gint64 (*utc)      (IcamClock *self);
  gint64 (*boottime) (IcamClock *self);
};

IcamClock *icam_clock_system      (void);
gint64     icam_clock_utc         (IcamClock *self);
gint64     icam_clock_boottime    (IcamClock *self);
gboolean   icam_clock_watch_steps (IcamClock *self,
                                   GError   **error);

/* A clock for tests: it stands still until it is moved. */
#define ICAM_TYPE_TEST_CLOCK (icam_test_clock_get_type ())
G_DECLARE_FINAL_TYPE (IcamTestClock, icam_test_clock, ICAM, TEST_CLOCK, IcamClock)

IcamTestClock *icam_test_clock_new     (gint64 utc);
void           icam_test_clock_advance (IcamTestClock *self,
                                        gint64         microseconds);
void           icam_test_clock_step    (IcamTestClock *self,
                                        gint64         microseconds);

G_END_DECLS
