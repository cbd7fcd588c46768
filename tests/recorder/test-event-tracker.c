/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "recorder/icam-event-tracker.h"

#define START G_GINT64_CONSTANT (1700000000000000)
#define HALF (G_USEC_PER_SEC / 2)

typedef struct
{
  IcamTestClock *clock;
  IcamEventTracker *tracker;
  guint began, changed, ended;
} Fixture;

static void
set_up (Fixture      *f,
        gconstpointer data)
{
  f->clock = icam_test_clock_new (START);
  f->tracker = icam_event_tracker_new (ICAM_CLOCK (f->clock));
}

static void
tear_down (Fixture      *f,
           gconstpointer data)
{
  icam_event_tracker_free (f->tracker);
  g_object_unref (f->clock);
}

static void
count (Fixture        *f,
       IcamEventChange change)
{
  f->began += change == ICAM_EVENT_BEGAN ? 1 : 0;
  f->changed += change == ICAM_EVENT_CHANGED ? 1 : 0;
  f->ended += change == ICAM_EVENT_ENDED ? 1 : 0;
}

static void
report (Fixture *f,
        gboolean active,
        double   score)
{
  count (f, icam_event_tracker_report (f->tracker, active, score, icam_clock_utc (ICAM_CLOCK (f->clock))));
}

/* Time passes, and the beat comes. */
static void
pass (Fixture *f,
      gint64   microseconds)
{
  for (gint64 done = 0; done < microseconds; done += HALF)
    {
      icam_test_clock_advance (f->clock, MIN (HALF, microseconds - done));
      count (f, icam_event_tracker_tick (f->tracker));
    }
}

/* Something moves for so long: a report each half second. */
static void
move (Fixture *f,
      gint64   microseconds,
      double   score)
{
  for (gint64 done = 0; done <= microseconds; done += HALF)
    {
      report (f, TRUE, score);
      if (done < microseconds)
        pass (f, HALF);
    }
  report (f, FALSE, 0);
}

static void
test_visit (Fixture      *f,
            gconstpointer data)
{
  const IcamTrackedEvent *event;

  move (f, 5 * G_USEC_PER_SEC, 0.5);
  g_assert_cmpuint (f->began, ==, 1);
  g_assert_cmpuint (f->ended, ==, 0);
  pass (f, 20 * G_USEC_PER_SEC);
  g_assert_cmpuint (f->began, ==, 1);
  g_assert_cmpuint (f->ended, ==, 1);

  /* The tail waits for more; it is no part of the event. */
  event = icam_event_tracker_peek (f->tracker);
  g_assert_cmpint (event->start_us, ==, START);
  g_assert_cmpint (event->end_us, ==, START + 5 * G_USEC_PER_SEC);
}

static void
test_flicker (Fixture      *f,
              gconstpointer data)
{
  for (guint i = 0; i < 20; i++)
    {
      report (f, TRUE, 0.9);
      report (f, FALSE, 0);
      pass (f, G_USEC_PER_SEC);
    }
  g_assert_cmpuint (f->began, ==, 0);
}

static void
test_pause_within (Fixture      *f,
                   gconstpointer data)
{
  move (f, 2 * G_USEC_PER_SEC, 0.5);
  pass (f, ICAM_EVENT_TAIL_US - HALF);
  move (f, 2 * G_USEC_PER_SEC, 0.5);
  pass (f, 20 * G_USEC_PER_SEC);
  g_assert_cmpuint (f->began, ==, 1);
  g_assert_cmpuint (f->ended, ==, 1);
}

static void
test_two_visits (Fixture      *f,
                 gconstpointer data)
{
  move (f, 2 * G_USEC_PER_SEC, 0.5);
  pass (f, ICAM_EVENT_TAIL_US + HALF);
  move (f, 2 * G_USEC_PER_SEC, 0.5);
  pass (f, 20 * G_USEC_PER_SEC);
  g_assert_cmpuint (f->began, ==, 2);
  g_assert_cmpuint (f->ended, ==, 2);
}

static void
test_late_report_ends_first (Fixture      *f,
                             gconstpointer data)
{
  move (f, 2 * G_USEC_PER_SEC, 0.5);
  /* No beat came. */
  icam_test_clock_advance (f->clock, 60 * G_USEC_PER_SEC);
  report (f, TRUE, 0.1);
  g_assert_cmpuint (f->ended, ==, 1);
  g_assert_cmpint (icam_event_tracker_peek (f->tracker)->end_us, ==, START + 2 * G_USEC_PER_SEC);
  move (f, 2 * G_USEC_PER_SEC, 0.1);
  g_assert_cmpuint (f->began, ==, 2);
  g_assert_cmpint (icam_event_tracker_peek (f->tracker)->start_us, ==, START + 62 * G_USEC_PER_SEC);
  g_assert_cmpfloat (icam_event_tracker_peek (f->tracker)->peak, ==, 0.1);
}

static void
test_reconnect_keeps_tail (Fixture      *f,
                           gconstpointer data)
{
  report (f, TRUE, 0.5);
  pass (f, HALF);
  report (f, TRUE, 0.5);
  g_assert_cmpuint (f->began, ==, 1);

  /* The camera drops, comes back after three seconds, and it still moves. */
  icam_event_tracker_lost (f->tracker);
  pass (f, 3 * G_USEC_PER_SEC);
  g_assert_cmpuint (f->ended, ==, 0);
  move (f, G_USEC_PER_SEC, 0.5);
  g_assert_cmpuint (f->began, ==, 1);

  /* It drops for good. */
  icam_event_tracker_lost (f->tracker);
  pass (f, ICAM_EVENT_TAIL_US);
  g_assert_cmpuint (f->ended, ==, 1);
}

static void
test_off_never_comes (Fixture      *f,
                      gconstpointer data)
{
  report (f, TRUE, 0.5);
  report (f, TRUE, 0.5);
  pass (f, 60 * G_USEC_PER_SEC);
  g_assert_cmpuint (f->ended, ==, 1);
}

static void
test_peak (Fixture      *f,
           gconstpointer data)
{
  report (f, TRUE, 0.2);
  report (f, TRUE, 0.3);
  pass (f, 2 * G_USEC_PER_SEC);
  report (f, TRUE, 0.8);
  g_assert_cmpuint (f->changed, ==, 1);
  g_assert_cmpfloat (icam_event_tracker_peek (f->tracker)->peak, ==, 0.8);
  g_assert_cmpint (icam_event_tracker_peek (f->tracker)->peak_us, ==, START + 2 * G_USEC_PER_SEC);

  /* Each higher peak counts, but it is told once a second. */
  for (guint i = 0; i < 10; i++)
    report (f, TRUE, 0.81 + i * 0.01);
  g_assert_cmpuint (f->changed, ==, 1);
  pass (f, 2 * G_USEC_PER_SEC);
  g_assert_cmpuint (f->changed, ==, 2);
  g_assert_cmpfloat (icam_event_tracker_peek (f->tracker)->peak, ==, 0.9);
}

static void
test_clock_step (Fixture      *f,
                 gconstpointer data)
{
  const IcamTrackedEvent *event;

  report (f, TRUE, 0.5);
  report (f, TRUE, 0.5);
  icam_test_clock_step (f->clock, -3600 * (gint64) G_USEC_PER_SEC);
  pass (f, HALF);
  report (f, FALSE, 0);
  pass (f, ICAM_EVENT_TAIL_US);
  g_assert_cmpuint (f->ended, ==, 1);
  event = icam_event_tracker_peek (f->tracker);
  g_assert_cmpint (event->end_us, >=, event->start_us);
}

static void
hear (Fixture      *f,
      IcamEventKind kind,
      gboolean      on)
{
  count (f, icam_event_tracker_hear (f->tracker, kind, on, icam_clock_utc (ICAM_CLOCK (f->clock))));
}

static void
test_device (Fixture      *f,
             gconstpointer data)
{
  const IcamTrackedEvent *event = icam_event_tracker_peek (f->tracker);

  /* It says so once, and has made up its mind; it lasts until it says that it is over. */
  hear (f, ICAM_EVENT_PERSON, TRUE);
  g_assert_cmpuint (f->began, ==, 1);
  pass (f, 100 * G_USEC_PER_SEC);
  g_assert_cmpuint (f->ended, ==, 0);
  g_assert_cmpint (event->end_us, ==, START + 100 * G_USEC_PER_SEC);
  hear (f, ICAM_EVENT_PERSON, FALSE);
  pass (f, ICAM_EVENT_TAIL_US);
  g_assert_cmpuint (f->ended, ==, 1);
  g_assert_cmpint (event->start_us, ==, START);
  g_assert_cmpint (event->end_us, ==, START + 100 * G_USEC_PER_SEC);
  g_assert_cmpuint (event->witnesses, ==, ICAM_WITNESS_DEVICE);
  g_assert_cmpuint (event->kinds, ==, 1u << ICAM_EVENT_PERSON);
  g_assert_cmpuint (f->began, ==, 1);
}

static void
test_two_witnesses (Fixture      *f,
                    gconstpointer data)
{
  const IcamTrackedEvent *event = icam_event_tracker_peek (f->tracker);

  report (f, TRUE, 0.5);
  pass (f, HALF);
  report (f, TRUE, 0.5);
  g_assert_cmpuint (event->witnesses, ==, ICAM_WITNESS_PIXELS);
  hear (f, ICAM_EVENT_MOTION, TRUE);
  g_assert_cmpuint (f->changed, ==, 1);
  hear (f, ICAM_EVENT_VEHICLE, TRUE);
  g_assert_cmpuint (f->changed, ==, 2);
  hear (f, ICAM_EVENT_VEHICLE, TRUE);
  g_assert_cmpuint (f->changed, ==, 2);
  g_assert_cmpuint (event->witnesses, ==, ICAM_WITNESS_PIXELS | ICAM_WITNESS_DEVICE);
  g_assert_cmpuint (event->kinds, ==, 1u << ICAM_EVENT_MOTION | 1u << ICAM_EVENT_VEHICLE);

  /* It ends when neither sees anything. */
  report (f, FALSE, 0);
  hear (f, ICAM_EVENT_MOTION, FALSE);
  pass (f, 30 * G_USEC_PER_SEC);
  g_assert_cmpuint (f->ended, ==, 0);
  hear (f, ICAM_EVENT_VEHICLE, FALSE);
  pass (f, ICAM_EVENT_TAIL_US);
  g_assert_cmpuint (f->began, ==, 1);
  g_assert_cmpuint (f->ended, ==, 1);
}

static void
test_flicker_is_no_witness (Fixture      *f,
                            gconstpointer data)
{
  hear (f, ICAM_EVENT_PERSON, TRUE);
  report (f, TRUE, 0.5);
  report (f, FALSE, 0);
  pass (f, G_USEC_PER_SEC);
  report (f, TRUE, 0.5);
  report (f, FALSE, 0);
  g_assert_cmpuint (icam_event_tracker_peek (f->tracker)->witnesses, ==, ICAM_WITNESS_DEVICE);
  report (f, TRUE, 0.5);
  pass (f, HALF);
  f->changed = 0;
  report (f, TRUE, 0.5);
  g_assert_cmpuint (icam_event_tracker_peek (f->tracker)->witnesses, ==, ICAM_WITNESS_DEVICE | ICAM_WITNESS_PIXELS);
  g_assert_cmpuint (f->changed, ==, 1);
}

static void
test_device_late (Fixture      *f,
                  gconstpointer data)
{
  hear (f, ICAM_EVENT_MOTION, TRUE);
  hear (f, ICAM_EVENT_MOTION, FALSE);
  /* No beat came. */
  icam_test_clock_advance (f->clock, 60 * G_USEC_PER_SEC);
  hear (f, ICAM_EVENT_PERSON, TRUE);
  g_assert_cmpuint (f->ended, ==, 1);
  g_assert_cmpint (icam_event_tracker_peek (f->tracker)->end_us, ==, START);
  pass (f, HALF);
  g_assert_cmpuint (f->began, ==, 2);
  g_assert_cmpint (icam_event_tracker_peek (f->tracker)->start_us, ==, START + 60 * G_USEC_PER_SEC);
  g_assert_cmpuint (icam_event_tracker_peek (f->tracker)->kinds, ==, 1u << ICAM_EVENT_PERSON);
}

static void
test_device_unheard (Fixture      *f,
                     gconstpointer data)
{
  hear (f, ICAM_EVENT_PERSON, TRUE);
  pass (f, 10 * G_USEC_PER_SEC);
  icam_event_tracker_unheard (f->tracker);
  pass (f, 3 * G_USEC_PER_SEC);
  g_assert_cmpuint (f->ended, ==, 0);
  /* It is heard again, and says that it is still so: the same event. */
  hear (f, ICAM_EVENT_PERSON, TRUE);
  icam_event_tracker_unheard (f->tracker);
  pass (f, ICAM_EVENT_TAIL_US);
  g_assert_cmpuint (f->began, ==, 1);
  g_assert_cmpuint (f->ended, ==, 1);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add ("/event-tracker/" name, Fixture, NULL, set_up, function, tear_down)
  ADD ("one-visit-is-one-event", test_visit);
  ADD ("flicker-is-none", test_flicker);
  ADD ("pause-within", test_pause_within);
  ADD ("two-visits", test_two_visits);
  ADD ("late-report-ends-first", test_late_report_ends_first);
  ADD ("reconnect-keeps-tail", test_reconnect_keeps_tail);
  ADD ("off-never-comes", test_off_never_comes);
  ADD ("peak", test_peak);
  ADD ("clock-step", test_clock_step);
  ADD ("device", test_device);
  ADD ("two-witnesses", test_two_witnesses);
  ADD ("flicker-is-no-witness", test_flicker_is_no_witness);
  ADD ("device-late", test_device_late);
  ADD ("device-unheard", test_device_unheard);
  return g_test_run ();
}
