/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* When an access unit was captured and when it arrived travel on the buffer as reference timestamps: "timestamp/x-unix" (UTC of the
 * capture, ns as GStreamer has it) and "timestamp/x-icam-arrival" (CLOCK_BOOTTIME at which its last byte was here). */
void   icam_frame_time_set         (GstBuffer *buffer,
                                    gint64     utc_us,
                                    gint64     arrival_us);
gint64 icam_frame_time_get_utc     (GstBuffer *buffer);
gint64 icam_frame_time_get_arrival (GstBuffer *buffer);

/* Capture time from media time: media times are anchored to the least delayed arrival of the last while, and the anchor is slewed, so
 * that network jitter does not show in the times of pictures and clocks that drift apart do not part. One a connection, one thread. */
typedef struct
{
  gboolean anchored;
  gint64 offset_us;                    /* arrival minus media time of the least delayed frame, as slewed */
  gint64 window_start_us;              /* arrival at which the running window began */
  gint64 window_min_us, last_min_us;   /* least delayed of this window and of the one before */
  gint64 last_media_us, last_capture_us, last_arrival_us;
} IcamAnchor;

void   icam_anchor_init    (IcamAnchor *self);
void   icam_anchor_prime   (IcamAnchor *self,
                            gint64      media_us,
                            gint64      arrival_us);
gint64 icam_anchor_capture (IcamAnchor *self,
                            gint64      media_us,
                            gint64      arrival_us);

G_END_DECLS
