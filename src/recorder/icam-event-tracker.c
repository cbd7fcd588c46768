/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-recorder"

#include "config.h"

#include "recorder/icam-event-tracker.h"

/* Reports come twice a second while something moves: one alone is a flicker. */
#define REPORTS_TO_BEGIN 2
/* A picture in which something moves is followed by others; without them for so long nobody looks any more. */
#define STUCK_US (10 * G_USEC_PER_SEC)
#define PEAK_INTERVAL_US G_USEC_PER_SEC

struct _IcamEventTracker
{
  IcamClock *clock;
  gboolean running;
  guint device;         /* kinds that the device says are on */
  gint64 pending_us;    /* when it said so, if that ended an event and is to begin another one; or 0 */
  gboolean active;      /* what was reported last */
  guint reports;        /* active ones in a row, before it runs */
  gint64 active_boot;   /* boot time of the last moment of activity */
  gint64 told_boot;     /* boot time of the last change that was told */
  gboolean untold;      /* a higher peak that was not told yet */
  IcamTrackedEvent event;
};

/**
 * icam_event_tracker_new:
 * @clock: what tells how long it has been quiet
 *
 * Returns: (transfer full): a tracker with no event
 */
IcamEventTracker *
icam_event_tracker_new (IcamClock *clock)
{
  IcamEventTracker *self = g_new0 (IcamEventTracker, 1);

  self->clock = g_object_ref (clock);
  return self;
}

/**
 * icam_event_tracker_free:
 * @self: (transfer full): a tracker
 */
void
icam_event_tracker_free (IcamEventTracker *self)
{
  g_object_unref (self->clock);
  g_free (self);
}

/* What is told of a running event, and how often. */
static IcamEventChange
tell_peak (IcamEventTracker *self,
           gint64            now)
{
  if (!self->untold || now - self->told_boot < PEAK_INTERVAL_US)
    return ICAM_EVENT_NOTHING;

  self->untold = FALSE;
  self->told_boot = now;
  return ICAM_EVENT_CHANGED;
}

static void
begin_at (IcamEventTracker *self,
          gint64            utc_us)
{
  self->event = (IcamTrackedEvent) { .start_us = utc_us, .end_us = utc_us, .peak_us = utc_us };
}

static IcamEventChange
begin (IcamEventTracker *self,
       gint64            now)
{
  self->running = TRUE;
  self->untold = FALSE;
  self->told_boot = now;
  return ICAM_EVENT_BEGAN;
}

/* Who sees it, and what. Returns whether that is new. */
static gboolean
see (IcamEventTracker *self,
     IcamWitnesses     witness,
     IcamEventKind     kind)
{
  guint witnesses = self->event.witnesses, kinds = self->event.kinds;

  self->event.witnesses |= witness;
  self->event.kinds |= 1u << kind;
  return witnesses != self->event.witnesses || kinds != self->event.kinds;
}

/**
 * icam_event_tracker_report:
 * @self: a tracker
 * @active: whether something moves
 * @score: how much, 0 to 1
 * @utc_us: UTC of the picture that says so, in µs
 *
 * Returns: what it means for the event
 */
IcamEventChange
icam_event_tracker_report (IcamEventTracker *self,
                           gboolean          active,
                           double            score,
                           gint64            utc_us)
{
  gint64 now = icam_clock_boottime (self->clock);
  IcamEventChange change = ICAM_EVENT_NOTHING;
  gboolean new_witness = FALSE;

  /* A report that comes late finds the event ended, as a timer would have found it. */
  if (self->running)
    change = icam_event_tracker_tick (self);
  if (change == ICAM_EVENT_ENDED)
    {
      /* The ended event is still to be told: a new one begins with the next report. */
      self->active = active;
      return ICAM_EVENT_ENDED;
    }

  if (!active)
    {
      /* Activity lasted until now, also when reports of it were rare. */
      if (self->active && self->running)
        {
          self->active_boot = now;
          self->event.end_us = MAX (self->event.end_us, utc_us);
        }
      self->active = FALSE;
      self->reports = 0;
      return change;
    }

  score = CLAMP (score, 0, 1);
  self->active = TRUE;
  self->active_boot = now;
  if (!self->running && self->reports == 0)
    begin_at (self, utc_us);
  self->reports++;
  if (self->reports >= REPORTS_TO_BEGIN)
    new_witness = see (self, ICAM_WITNESS_PIXELS, ICAM_EVENT_MOTION);

  self->event.end_us = MAX (self->event.end_us, utc_us);
  if (score > self->event.peak)
    {
      self->event.peak = score;
      self->event.peak_us = utc_us;
      self->untold = TRUE;
    }

  if (!self->running && self->reports >= REPORTS_TO_BEGIN)
    return begin (self, now);
  if (self->running && new_witness)
    {
      self->untold = FALSE;
      self->told_boot = now;
      return ICAM_EVENT_CHANGED;
    }

  if (self->running && change == ICAM_EVENT_NOTHING)
    change = tell_peak (self, now);

  return change;
}

/**
 * icam_event_tracker_hear:
 * @self: a tracker
 * @kind: what the device detects
 * @on: whether it is on
 * @utc_us: UTC when it said so, in µs
 *
 * A device has made up its mind when it says something: there is no flicker to wait for, and the event lasts until it
 * says that it is over.
 *
 * Returns: what it means for the event
 */
IcamEventChange
icam_event_tracker_hear (IcamEventTracker *self,
                         IcamEventKind     kind,
                         gboolean          on,
                         gint64            utc_us)
{
  gint64 now = icam_clock_boottime (self->clock);
  guint was = self->device;

  /* What comes late finds the event ended, as a timer would have found it; another one begins with the next beat. */
  if (self->running && was == 0 && icam_event_tracker_tick (self) == ICAM_EVENT_ENDED)
    {
      if (on)
        self->device = was | 1u << kind;
      self->pending_us = on ? utc_us : 0;
      return ICAM_EVENT_ENDED;
    }

  self->device = on ? was | 1u << kind : was & ~(1u << kind);
  self->pending_us = 0;
  if (!on)
    {
      if (self->running && was != self->device)
        {
          self->active_boot = now;
          self->event.end_us = MAX (self->event.end_us, utc_us);
        }
      return ICAM_EVENT_NOTHING;
    }

  self->active_boot = now;
  if (!self->running && self->reports == 0)
    begin_at (self, utc_us);
  self->event.end_us = MAX (self->event.end_us, utc_us);
  if (!see (self, ICAM_WITNESS_DEVICE, kind) && self->running)
    return ICAM_EVENT_NOTHING;
  if (!self->running)
    return begin (self, now);

  self->untold = FALSE;
  self->told_boot = now;
  return ICAM_EVENT_CHANGED;
}

/**
 * icam_event_tracker_unheard:
 * @self: a tracker
 *
 * The device is not heard any more: what it said last counts no more. A running event has its tail.
 */
void
icam_event_tracker_unheard (IcamEventTracker *self)
{
  self->device = 0;
}

/**
 * icam_event_tracker_lost:
 * @self: a tracker
 *
 * The pictures are gone (the camera dropped): a running event has its tail, unless they are back before.
 */
void
icam_event_tracker_lost (IcamEventTracker *self)
{
  self->active = FALSE;
  self->reports = 0;
}

/**
 * icam_event_tracker_tick:
 * @self: a tracker
 *
 * To be called about once a second while an event runs, and once after it has ended.
 *
 * Returns: %ICAM_EVENT_ENDED when it has been quiet for %ICAM_EVENT_TAIL_US, else what is to be told
 */
IcamEventChange
icam_event_tracker_tick (IcamEventTracker *self)
{
  gint64 now = icam_clock_boottime (self->clock);
  gint64 quiet = now - self->active_boot;

  if (!self->running && self->pending_us != 0 && self->device != 0)
    {
      begin_at (self, self->pending_us);
      self->pending_us = 0;
      self->active_boot = now;
      self->event.witnesses = ICAM_WITNESS_DEVICE;
      self->event.kinds = self->device;
      return begin (self, now);
    }
  if (!self->running)
    return ICAM_EVENT_NOTHING;

  /* It lasts while the device says so, and says it only once. */
  if (self->device != 0)
    {
      self->active_boot = now;
      self->event.end_us = MAX (self->event.end_us, icam_clock_utc (self->clock));
      return tell_peak (self, now);
    }

  if (quiet < (self->active ? STUCK_US : ICAM_EVENT_TAIL_US))
    return tell_peak (self, now);

  self->running = FALSE;
  self->active = FALSE;
  self->reports = 0;
  self->untold = FALSE;
  return ICAM_EVENT_ENDED;
}

/**
 * icam_event_tracker_is_running:
 * @self: a tracker
 *
 * Returns: whether an event has begun and not ended
 */
gboolean
icam_event_tracker_is_running (IcamEventTracker *self)
{
  return self->running;
}

/**
 * icam_event_tracker_peek:
 * @self: a tracker
 *
 * Returns: (transfer none): the event that runs or ended last
 */
const IcamTrackedEvent *
icam_event_tracker_peek (IcamEventTracker *self)
{
  return &self->event;
}
