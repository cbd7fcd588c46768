/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "base/icam-clock.h"
#include "base/icam-types.h"

G_BEGIN_DECLS

/* An event lasts over pauses of this length. */
#define ICAM_EVENT_TAIL_US (6 * G_USEC_PER_SEC)

/* Who saw it: a set of these. */
typedef enum
{
  ICAM_WITNESS_PIXELS = 1 << 0, /* In Camera, in the picture */
  ICAM_WITNESS_DEVICE = 1 << 1, /* the camera, by what it detects itself */
} IcamWitnesses;

/* Makes events of what witnesses report: one a visit, none for a flicker. Pure, with an injected clock; it outlives the
 * connections that it hears from, so that an event that runs when the camera drops has its tail. */
typedef struct _IcamEventTracker IcamEventTracker;

typedef enum
{
  ICAM_EVENT_NOTHING,
  ICAM_EVENT_BEGAN,
  ICAM_EVENT_CHANGED, /* a higher peak, told at most once a second; another kind or witness, told at once */
  ICAM_EVENT_ENDED,   /* what peek returns is the whole event, until the next one begins */
} IcamEventChange;

typedef struct
{
  gint64 start_us, end_us; /* UTC; the end is the last activity so far */
  gint64 peak_us;
  double peak; /* 0..1 */
  guint witnesses; /* IcamWitnesses */
  guint kinds;     /* set of 1 << IcamEventKind: all that was seen */
} IcamTrackedEvent;

IcamEventTracker       *icam_event_tracker_new        (IcamClock        *clock);
void                    icam_event_tracker_free       (IcamEventTracker *self);
IcamEventChange         icam_event_tracker_report     (IcamEventTracker *self,
                                                       gboolean          active,
                                                       double            score,
                                                       gint64            utc_us);
void                    icam_event_tracker_lost       (IcamEventTracker *self);
IcamEventChange         icam_event_tracker_hear       (IcamEventTracker *self,
                                                       IcamEventKind     kind,
                                                       gboolean          on,
                                                       gint64            utc_us);
void                    icam_event_tracker_unheard    (IcamEventTracker *self);
IcamEventChange         icam_event_tracker_tick       (IcamEventTracker *self);
gboolean                icam_event_tracker_is_running (IcamEventTracker *self);
const IcamTrackedEvent *icam_event_tracker_peek       (IcamEventTracker *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamEventTracker, icam_event_tracker_free)

G_END_DECLS
