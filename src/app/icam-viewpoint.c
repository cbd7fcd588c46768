/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-viewpoint.h"

struct _IcamViewpoint
{
  GObject parent_instance;

  IcamClock *clock;
  gint64 time;
  gboolean live;
  gboolean playing;
  double rate;
  /* Where T was, and the boot time then, when it began to move: T is computed from these, so that
   * rounding never adds up. */
  gint64 anchor_time;
  gint64 anchor_boottime;

  gint64 span_start, span_end;
  gboolean following; /* the span moves with now */
  gint64 selection_start, selection_end;
  char *focused;
  char *opened;
};

enum
{
  PROP_0,
  PROP_TIME,
  PROP_LIVE,
  PROP_PLAYING,
  PROP_RATE,
  PROP_SPAN_START,
  PROP_SPAN_END,
  PROP_SELECTION_START,
  PROP_SELECTION_END,
  PROP_FOCUSED,
  PROP_OPENED,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

enum
{
  MOVED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static const double rates[] = { 0.25, 0.5, 1, 2, 4, 8, 16 };

/* Room after now, so that the newest recording does not stick to the edge. */
#define FUTURE_SHARE 0.04

G_DEFINE_FINAL_TYPE (IcamViewpoint, icam_viewpoint, G_TYPE_OBJECT)

static void
icam_viewpoint_finalize (GObject *object)
{
  IcamViewpoint *self = ICAM_VIEWPOINT (object);

  g_clear_object (&self->clock);
  g_free (self->focused);
  g_free (self->opened);
  G_OBJECT_CLASS (icam_viewpoint_parent_class)->finalize (object);
}

static void
icam_viewpoint_get_property (GObject    *object,
                             guint       prop_id,
                             GValue     *value,
                             GParamSpec *pspec)
{
  IcamViewpoint *self = ICAM_VIEWPOINT (object);

  switch (prop_id)
    {
    case PROP_TIME:
      g_value_set_int64 (value, self->time);
      break;
    case PROP_LIVE:
      g_value_set_boolean (value, self->live);
      break;
    case PROP_PLAYING:
      g_value_set_boolean (value, self->playing);
      break;
    case PROP_RATE:
      g_value_set_double (value, self->rate);
      break;
    case PROP_SPAN_START:
      g_value_set_int64 (value, self->span_start);
      break;
    case PROP_SPAN_END:
      g_value_set_int64 (value, self->span_end);
      break;
    case PROP_SELECTION_START:
      g_value_set_int64 (value, self->selection_start);
      break;
    case PROP_SELECTION_END:
      g_value_set_int64 (value, self->selection_end);
      break;
    case PROP_FOCUSED:
      g_value_set_string (value, self->focused);
      break;
    case PROP_OPENED:
      g_value_set_string (value, self->opened);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
icam_viewpoint_class_init (IcamViewpointClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->finalize = icam_viewpoint_finalize;
  object_class->get_property = icam_viewpoint_get_property;

  properties[PROP_TIME] = g_param_spec_int64 ("time", NULL, NULL, 0, G_MAXINT64, 0, flags);
  properties[PROP_LIVE] = g_param_spec_boolean ("live", NULL, NULL, TRUE, flags);
  properties[PROP_PLAYING] = g_param_spec_boolean ("playing", NULL, NULL, TRUE, flags);
  properties[PROP_RATE] = g_param_spec_double ("rate", NULL, NULL, 0.25, 16, 1, flags);
  properties[PROP_SPAN_START]
    = g_param_spec_int64 ("span-start", NULL, NULL, G_MININT64, G_MAXINT64, 0, flags);
  properties[PROP_SPAN_END]
    = g_param_spec_int64 ("span-end", NULL, NULL, G_MININT64, G_MAXINT64, 0, flags);
  properties[PROP_SELECTION_START]
    = g_param_spec_int64 ("selection-start", NULL, NULL, 0, G_MAXINT64, 0, flags);
  properties[PROP_SELECTION_END]
    = g_param_spec_int64 ("selection-end", NULL, NULL, 0, G_MAXINT64, 0, flags);
  properties[PROP_FOCUSED] = g_param_spec_string ("focused", NULL, NULL, NULL, flags);
  properties[PROP_OPENED] = g_param_spec_string ("opened", NULL, NULL, NULL, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  signals[MOVED] = g_signal_new ("moved", ICAM_TYPE_VIEWPOINT, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                 NULL, G_TYPE_NONE, 2, G_TYPE_INT64, G_TYPE_BOOLEAN);
}

static void
icam_viewpoint_init (IcamViewpoint *self)
{
  self->live = TRUE;
  self->playing = TRUE;
  self->rate = 1;
  self->following = TRUE;
}

static void
set_time (IcamViewpoint *self,
          gint64         time)
{
  if (self->time == time)
    return;
  self->time = time;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TIME]);
}

static void
set_live (IcamViewpoint *self,
          gboolean       live)
{
  if (self->live == live)
    return;
  self->live = live;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LIVE]);
}

static void
set_playing (IcamViewpoint *self,
             gboolean       playing)
{
  if (self->playing == playing)
    return;
  self->playing = playing;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PLAYING]);
}

static void
anchor (IcamViewpoint *self)
{
  self->anchor_time = self->time;
  self->anchor_boottime = icam_clock_boottime (self->clock);
}

static void
set_span (IcamViewpoint *self,
          gint64         from,
          gint64         to)
{
  GObject *object = G_OBJECT (self);

  g_object_freeze_notify (object);
  if (self->span_start != from)
    {
      self->span_start = from;
      g_object_notify_by_pspec (object, properties[PROP_SPAN_START]);
    }
  if (self->span_end != to)
    {
      self->span_end = to;
      g_object_notify_by_pspec (object, properties[PROP_SPAN_END]);
    }
  g_object_thaw_notify (object);
}

static void
follow_now (IcamViewpoint *self)
{
  gint64 duration = self->span_end - self->span_start;
  gint64 end = icam_viewpoint_now (self) + (gint64) (duration * FUTURE_SHARE);

  set_span (self, end - duration, end);
}

/* When T leaves the visible span by moving, the span goes along. */
static void
keep_time_visible (IcamViewpoint *self)
{
  gint64 duration = self->span_end - self->span_start;

  if (self->live || (self->time >= self->span_start && self->time <= self->span_end))
    return;
  self->following = FALSE;
  set_span (self, self->time - duration / 2, self->time - duration / 2 + duration);
}

/**
 * icam_viewpoint_new:
 * @clock: where now comes from
 *
 * Makes a viewpoint that is live and sees the last hour.
 *
 * Returns: (transfer full): the viewpoint
 */
IcamViewpoint *
icam_viewpoint_new (IcamClock *clock)
{
  IcamViewpoint *self;

  g_return_val_if_fail (ICAM_IS_CLOCK (clock), NULL);

  self = g_object_new (ICAM_TYPE_VIEWPOINT, NULL);
  self->clock = g_object_ref (clock);
  self->time = icam_clock_utc (clock);
  anchor (self);
  icam_viewpoint_follow (self, G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC);
  return self;
}

/**
 * icam_viewpoint_now:
 * @self: a viewpoint
 *
 * Returns: the clock's UTC in µs
 */
gint64
icam_viewpoint_now (IcamViewpoint *self)
{
  g_return_val_if_fail (ICAM_IS_VIEWPOINT (self), 0);
  return icam_clock_utc (self->clock);
}

/**
 * icam_viewpoint_get_time:
 * @self: a viewpoint
 *
 * Returns: T in µs UTC
 */
gint64
icam_viewpoint_get_time (IcamViewpoint *self)
{
  g_return_val_if_fail (ICAM_IS_VIEWPOINT (self), 0);
  return self->time;
}

/** icam_viewpoint_get_live: whether T is now */
gboolean
icam_viewpoint_get_live (IcamViewpoint *self)
{
  g_return_val_if_fail (ICAM_IS_VIEWPOINT (self), FALSE);
  return self->live;
}

/** icam_viewpoint_get_playing: whether T moves; always so when live */
gboolean
icam_viewpoint_get_playing (IcamViewpoint *self)
{
  g_return_val_if_fail (ICAM_IS_VIEWPOINT (self), FALSE);
  return self->playing;
}

/** icam_viewpoint_get_rate: how fast T moves while playing, 1 is as it was */
double
icam_viewpoint_get_rate (IcamViewpoint *self)
{
  g_return_val_if_fail (ICAM_IS_VIEWPOINT (self), 1);
  return self->rate;
}

/** icam_viewpoint_get_focused: id of the camera that has the focus, or NULL */
const char *
icam_viewpoint_get_focused (IcamViewpoint *self)
{
  g_return_val_if_fail (ICAM_IS_VIEWPOINT (self), NULL);
  return self->focused;
}

/** icam_viewpoint_get_opened: id of the camera that fills the wall, or NULL */
const char *
icam_viewpoint_get_opened (IcamViewpoint *self)
{
  g_return_val_if_fail (ICAM_IS_VIEWPOINT (self), NULL);
  return self->opened;
}

/**
 * icam_viewpoint_get_span:
 * @self: a viewpoint
 * @from: (out): begin of the visible span in µs UTC
 * @to: (out): its end
 *
 * Returns: whether the span moves with now
 */
gboolean
icam_viewpoint_get_span (IcamViewpoint *self,
                         gint64        *from,
                         gint64        *to)
{
  g_return_val_if_fail (ICAM_IS_VIEWPOINT (self), FALSE);

  *from = self->span_start;
  *to = self->span_end;
  return self->following;
}

/**
 * icam_viewpoint_get_selection:
 * @self: a viewpoint
 * @from: (out): begin of the selection in µs UTC
 * @to: (out): its end
 *
 * Returns: whether there is a selection
 */
gboolean
icam_viewpoint_get_selection (IcamViewpoint *self,
                              gint64        *from,
                              gint64        *to)
{
  g_return_val_if_fail (ICAM_IS_VIEWPOINT (self), FALSE);

  *from = self->selection_start;
  *to = self->selection_end;
  return self->selection_end > self->selection_start;
}

/**
 * icam_viewpoint_go_live:
 * @self: a viewpoint
 *
 * Makes T now, playing at rate 1. The visible span follows again if now was out of it.
 */
void
icam_viewpoint_go_live (IcamViewpoint *self)
{
  gint64 now;

  g_return_if_fail (ICAM_IS_VIEWPOINT (self));

  now = icam_viewpoint_now (self);
  g_object_freeze_notify (G_OBJECT (self));
  set_live (self, TRUE);
  set_playing (self, TRUE);
  icam_viewpoint_set_rate (self, 1);
  set_time (self, now);
  anchor (self);
  if (now < self->span_start || now > self->span_end)
    {
      self->following = TRUE;
      follow_now (self);
    }
  g_object_thaw_notify (G_OBJECT (self));
  g_signal_emit (self, signals[MOVED], 0, self->time, TRUE);
}

/**
 * icam_viewpoint_seek:
 * @self: a viewpoint
 * @time: µs UTC; now and later is live
 * @exact: FALSE while scrubbing: a near picture will do
 *
 * Moves T. Whether it plays stays as it was.
 */
void
icam_viewpoint_seek (IcamViewpoint *self,
                     gint64         time,
                     gboolean       exact)
{
  g_return_if_fail (ICAM_IS_VIEWPOINT (self));

  if (time >= icam_viewpoint_now (self))
    {
      icam_viewpoint_go_live (self);
      return;
    }
  g_object_freeze_notify (G_OBJECT (self));
  set_live (self, FALSE);
  set_time (self, MAX (time, 0));
  anchor (self);
  keep_time_visible (self);
  g_object_thaw_notify (G_OBJECT (self));
  g_signal_emit (self, signals[MOVED], 0, self->time, exact);
}

/** icam_viewpoint_step: moves T by so many microseconds */
void
icam_viewpoint_step (IcamViewpoint *self,
                     gint64         microseconds)
{
  g_return_if_fail (ICAM_IS_VIEWPOINT (self));

  icam_viewpoint_tick (self);
  icam_viewpoint_seek (self, self->time + microseconds, TRUE);
}

/**
 * icam_viewpoint_set_playing:
 * @self: a viewpoint
 * @playing: whether T moves
 *
 * Pausing live is moving T: it stays where it was and is then the past.
 */
void
icam_viewpoint_set_playing (IcamViewpoint *self,
                            gboolean       playing)
{
  gboolean was_live;

  g_return_if_fail (ICAM_IS_VIEWPOINT (self));

  if (self->playing == playing)
    return;
  icam_viewpoint_tick (self);
  was_live = self->live;
  g_object_freeze_notify (G_OBJECT (self));
  if (!playing)
    set_live (self, FALSE);
  set_playing (self, playing);
  anchor (self);
  g_object_thaw_notify (G_OBJECT (self));
  if (was_live)
    g_signal_emit (self, signals[MOVED], 0, self->time, TRUE);
}

/** icam_viewpoint_set_rate: how fast T moves while playing, from 0.25 to 16 */
void
icam_viewpoint_set_rate (IcamViewpoint *self,
                         double         rate)
{
  g_return_if_fail (ICAM_IS_VIEWPOINT (self));

  rate = CLAMP (rate, rates[0], rates[G_N_ELEMENTS (rates) - 1]);
  if (self->live)
    rate = 1;
  if (self->rate == rate)
    return;
  icam_viewpoint_tick (self);
  self->rate = rate;
  anchor (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RATE]);
}

/** icam_viewpoint_next_rate: the next faster (1) or slower (-1) rate on the scale */
double
icam_viewpoint_next_rate (double rate,
                          int    direction)
{
  guint i = 0;

  while (i + 1 < G_N_ELEMENTS (rates) && rates[i] < rate)
    i++;
  if (direction > 0)
    return rates[MIN (i + 1, G_N_ELEMENTS (rates) - 1)];
  return rates[i > 0 ? i - 1 : 0];
}

/**
 * icam_viewpoint_tick:
 * @self: a viewpoint
 *
 * Lets time pass: the window calls it from its one timer. Playing up to now becomes live.
 */
void
icam_viewpoint_tick (IcamViewpoint *self)
{
  gint64 now;

  g_return_if_fail (ICAM_IS_VIEWPOINT (self));

  now = icam_viewpoint_now (self);
  if (self->following)
    follow_now (self);
  if (self->live)
    {
      set_time (self, now);
    }
  else if (self->playing)
    {
      gint64 passed = icam_clock_boottime (self->clock) - self->anchor_boottime;
      gint64 time = self->anchor_time + (gint64) (passed * self->rate);

      if (time >= now)
        {
          icam_viewpoint_go_live (self);
          return;
        }
      set_time (self, time);
      /* Where the playhead runs out of what is seen, the page is turned. */
      if (time > self->span_end && time - self->span_end < self->span_end - self->span_start)
        keep_time_visible (self);
    }
}

/** icam_viewpoint_set_focused: notes which camera has the focus */
void
icam_viewpoint_set_focused (IcamViewpoint *self,
                            const char    *camera)
{
  g_return_if_fail (ICAM_IS_VIEWPOINT (self));

  if (g_strcmp0 (self->focused, camera) == 0)
    return;
  g_free (self->focused);
  self->focused = g_strdup (camera);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_FOCUSED]);
}

/** icam_viewpoint_set_opened: one camera fills the wall; NULL: all are shown */
void
icam_viewpoint_set_opened (IcamViewpoint *self,
                           const char    *camera)
{
  g_return_if_fail (ICAM_IS_VIEWPOINT (self));

  if (g_strcmp0 (self->opened, camera) == 0)
    return;
  g_free (self->opened);
  self->opened = g_strdup (camera);
  if (camera != NULL)
    icam_viewpoint_set_focused (self, camera);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_OPENED]);
}

/** icam_viewpoint_set_selection: a span in µs UTC, in either order; equal ends clear it */
void
icam_viewpoint_set_selection (IcamViewpoint *self,
                              gint64         from,
                              gint64         to)
{
  GObject *object = G_OBJECT (self);
  gint64 now;

  g_return_if_fail (ICAM_IS_VIEWPOINT (self));

  now = icam_viewpoint_now (self);
  if (from > to)
    {
      gint64 swap = from;
      from = to;
      to = swap;
    }
  from = CLAMP (from, 0, now);
  to = CLAMP (to, 0, now);
  if (from == to)
    from = to = 0;
  g_object_freeze_notify (object);
  if (self->selection_start != from)
    {
      self->selection_start = from;
      g_object_notify_by_pspec (object, properties[PROP_SELECTION_START]);
    }
  if (self->selection_end != to)
    {
      self->selection_end = to;
      g_object_notify_by_pspec (object, properties[PROP_SELECTION_END]);
    }
  g_object_thaw_notify (object);
}

/**
 * icam_viewpoint_set_span:
 * @self: a viewpoint
 * @from: µs UTC
 * @to: µs UTC, after @from
 *
 * Shows this part of the timeline. Where now is near its right edge while T is live, it follows.
 */
void
icam_viewpoint_set_span (IcamViewpoint *self,
                         gint64         from,
                         gint64         to)
{
  gint64 duration, now, latest;

  g_return_if_fail (ICAM_IS_VIEWPOINT (self));
  g_return_if_fail (to > from);

  now = icam_viewpoint_now (self);
  duration = CLAMP (to - from, ICAM_VIEWPOINT_MIN_SPAN, ICAM_VIEWPOINT_MAX_SPAN);
  /* There is nothing to see in the future: no more than half of the span. A whole day is the
   * exception, because a day ends at its end. */
  latest = MAX (now + duration / 2, now);
  if (duration >= G_GINT64_CONSTANT (23) * 3600 * G_USEC_PER_SEC)
    latest = now + duration;
  if (to > latest)
    to = latest;
  self->following = ABS (to - (now + (gint64) (duration * FUTURE_SHARE))) < duration / 100;
  set_span (self, to - duration, to);
}

/**
 * icam_viewpoint_follow:
 * @self: a viewpoint
 * @duration: length of the span in µs
 *
 * Shows the latest part of the timeline, and goes along with now.
 */
void
icam_viewpoint_follow (IcamViewpoint *self,
                       gint64         duration)
{
  gint64 end;

  g_return_if_fail (ICAM_IS_VIEWPOINT (self));

  duration = CLAMP (duration, ICAM_VIEWPOINT_MIN_SPAN, ICAM_VIEWPOINT_MAX_SPAN);
  self->following = TRUE;
  end = icam_viewpoint_now (self) + (gint64) (duration * FUTURE_SHARE);
  set_span (self, end - duration, end);
}

/** icam_viewpoint_zoom: makes the visible span longer (above 1) or shorter about a time */
void
icam_viewpoint_zoom (IcamViewpoint *self,
                     double         factor,
                     gint64         around)
{
  gint64 duration, wanted;
  double share;

  g_return_if_fail (ICAM_IS_VIEWPOINT (self));
  g_return_if_fail (factor > 0);

  duration = self->span_end - self->span_start;
  wanted = (gint64) CLAMP (duration * factor, (double) ICAM_VIEWPOINT_MIN_SPAN,
                           (double) ICAM_VIEWPOINT_MAX_SPAN);
  share = (double) (around - self->span_start) / duration;
  if (self->following && around >= icam_viewpoint_now (self) - duration / 50)
    icam_viewpoint_follow (self, wanted);
  else
    icam_viewpoint_set_span (self, around - (gint64) (wanted * share),
                             around - (gint64) (wanted * share) + wanted);
}

/** icam_viewpoint_pan: moves the visible span by so many microseconds; T stays */
void
icam_viewpoint_pan (IcamViewpoint *self,
                    gint64         microseconds)
{
  g_return_if_fail (ICAM_IS_VIEWPOINT (self));
  icam_viewpoint_set_span (self, self->span_start + microseconds, self->span_end + microseconds);
}

/** icam_viewpoint_escape: one step back (selection, one camera); FALSE if there was none to go */
gboolean
icam_viewpoint_escape (IcamViewpoint *self)
{
  g_return_val_if_fail (ICAM_IS_VIEWPOINT (self), FALSE);

  if (self->selection_end > self->selection_start)
    {
      icam_viewpoint_set_selection (self, 0, 0);
      return TRUE;
    }
  if (self->opened != NULL)
    {
      icam_viewpoint_set_opened (self, NULL);
      return TRUE;
    }
  return FALSE;
}
