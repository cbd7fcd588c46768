/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-media"

#include "config.h"

#include "media/icam-frame-time.h"

/* The least delayed arrival is looked for over this long: longer than a key frame's burst, shorter than a drift that shows. */
#define WINDOW_US (5 * G_USEC_PER_SEC)
/* The anchor follows at most this fast upwards: 1 ms a second covers a quartz that is 1000 ppm off. */
#define SLEW_US_PER_SEC 1000
/* A media clock that is further off than this has been set anew (a camera that restarts its time stamps): anchored again. */
#define JUMP_US (2 * G_USEC_PER_SEC)
#define CATCH_UP 4

static GstCaps *
utc_caps (void)
{
  static GstCaps *caps;

  if (g_once_init_enter (&caps))
    {
      GstCaps *made = gst_caps_new_empty_simple ("timestamp/x-unix");

      GST_MINI_OBJECT_FLAG_SET (made, GST_MINI_OBJECT_FLAG_MAY_BE_LEAKED);
      g_once_init_leave (&caps, made);
    }

  return caps;
}

static GstCaps *
arrival_caps (void)
{
  static GstCaps *caps;

  if (g_once_init_enter (&caps))
    {
      GstCaps *made = gst_caps_new_empty_simple ("timestamp/x-icam-arrival");

      GST_MINI_OBJECT_FLAG_SET (made, GST_MINI_OBJECT_FLAG_MAY_BE_LEAKED);
      g_once_init_leave (&caps, made);
    }

  return caps;
}

/**
 * icam_frame_time_set:
 * @buffer: a writable buffer
 * @utc_us: UTC of the capture in µs
 * @arrival_us: boot time of the arrival in µs, 0 unknown
 */
void
icam_frame_time_set (GstBuffer *buffer,
                     gint64     utc_us,
                     gint64     arrival_us)
{
  g_return_if_fail (utc_us >= 0);

  gst_buffer_add_reference_timestamp_meta (buffer, utc_caps (), (guint64) utc_us * 1000,
                                           GST_CLOCK_TIME_NONE);
  if (arrival_us > 0)
    gst_buffer_add_reference_timestamp_meta (buffer, arrival_caps (), (guint64) arrival_us * 1000,
                                             GST_CLOCK_TIME_NONE);
}

static gint64
get (GstBuffer *buffer,
     GstCaps   *caps)
{
  GstReferenceTimestampMeta *meta = gst_buffer_get_reference_timestamp_meta (buffer, caps);

  return meta != NULL && GST_CLOCK_TIME_IS_VALID (meta->timestamp)
           ? (gint64) (meta->timestamp / 1000)
           : -1;
}

/**
 * icam_frame_time_get_utc:
 * @buffer: a buffer
 *
 * Returns: UTC of its capture in µs, -1 if it is not known
 */
gint64
icam_frame_time_get_utc (GstBuffer *buffer)
{
  return get (buffer, utc_caps ());
}

/**
 * icam_frame_time_get_arrival:
 * @buffer: a buffer
 *
 * Returns: boot time of its arrival in µs, -1 if it is not known
 */
gint64
icam_frame_time_get_arrival (GstBuffer *buffer)
{
  return get (buffer, arrival_caps ());
}

/**
 * icam_anchor_init:
 * @self: an anchor
 */
void
icam_anchor_init (IcamAnchor *self)
{
  *self = (IcamAnchor){ 0 };
}

/**
 * icam_anchor_prime:
 * @self: an anchor
 * @media_us: a frame's time on the camera's media clock in µs
 * @arrival_us: when it arrived
 *
 * Takes a frame into account before any is given its time. A camera that begins with the group of pictures that runs sends what is up to
 * seconds old at once: who waits for a few frames and primes the anchor with them knows how late the first ones were.
 */
void
icam_anchor_prime (IcamAnchor *self,
                   gint64      media_us,
                   gint64      arrival_us)
{
  gint64 delay = arrival_us - media_us;

  if (!self->anchored)
    {
      self->anchored = TRUE;
      self->offset_us = self->window_min_us = self->last_min_us = delay;
      self->window_start_us = arrival_us;
      self->last_media_us = media_us - 1;
      self->last_arrival_us = arrival_us;
    }

  self->offset_us = MIN (self->offset_us, delay);
  self->window_min_us = MIN (self->window_min_us, delay);
  self->last_min_us = MIN (self->last_min_us, delay);
}

/**
 * icam_anchor_capture:
 * @self: an anchor
 * @media_us: the frame's time on the camera's media clock in µs (any origin, unwrapped)
 * @arrival_us: when it arrived, in µs of the clock that is wanted
 *
 * Returns: when it was captured, in µs of the clock of @arrival_us, in the order of @media_us; never later than its arrival but for the
 * moments after a frame that came sooner than was thought possible
 */
gint64
icam_anchor_capture (IcamAnchor *self,
                     gint64      media_us,
                     gint64      arrival_us)
{
  gint64 delay = arrival_us - media_us;
  gint64 target, capture;
  gboolean jumped = media_us < self->last_media_us - JUMP_US
                    || media_us - self->last_media_us
                         > arrival_us - self->last_arrival_us + JUMP_US;

  if (!self->anchored || jumped)
    {
      self->anchored = TRUE;
      self->offset_us = self->window_min_us = self->last_min_us = delay;
      self->window_start_us = arrival_us;
      self->last_media_us = media_us - 1;
      self->last_capture_us = MIN (self->last_capture_us, arrival_us - 1);
    }

  if (arrival_us - self->window_start_us > WINDOW_US)
    {
      self->last_min_us = self->window_min_us;
      self->window_min_us = delay;
      self->window_start_us = arrival_us;
    }
  self->window_min_us = MIN (self->window_min_us, delay);

  target = MIN (self->window_min_us, self->last_min_us);
  if (target < self->offset_us)
    self->offset_us = target; /* it came sooner than was thought possible */
  else if (target - self->offset_us > JUMP_US)
    self->offset_us = target; /* everything has been late for two windows: the media clock was set back */
  else if (arrival_us > self->last_arrival_us && self->last_arrival_us > 0)
    self->offset_us += MIN (target - self->offset_us,
                            (arrival_us - self->last_arrival_us) * SLEW_US_PER_SEC
                              / G_USEC_PER_SEC);

  capture = media_us + self->offset_us;
  /* An anchor that moved back must not turn the order of pictures round, nor press those of a second into one instant: what was taken too late
   * is caught up with at four times the pace. */
  if (media_us > self->last_media_us && self->last_capture_us > 0)
    capture = MAX (capture, self->last_capture_us + MAX ((media_us - self->last_media_us) / CATCH_UP, 1));

  self->last_media_us = media_us;
  self->last_capture_us = capture;
  self->last_arrival_us = arrival_us;
  return capture;
}
