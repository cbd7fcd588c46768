/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gst/gst.h>

#include "base/icam-live-record.h"

G_BEGIN_DECLS

/* Live pictures for whoever looks: one thread for all streams and viewers. A stream keeps references to its current group of
 * pictures (at most 24 MiB of a stream), so a viewer starts at once; a viewer that stalls is cut to the next key frame; the recorder never waits.
 * Thread-safe. */
#define ICAM_TYPE_LIVE_HUB (icam_live_hub_get_type ())
G_DECLARE_FINAL_TYPE (IcamLiveHub, icam_live_hub, ICAM, LIVE_HUB, GObject)

#define ICAM_TYPE_LIVE_STREAM (icam_live_stream_get_type ())
G_DECLARE_FINAL_TYPE (IcamLiveStream, icam_live_stream, ICAM, LIVE_STREAM, GObject)

typedef struct
{
  double bytes_per_second, frames_per_second; /* over the last seconds */
  gint64 newest_us;                           /* UTC of the newest frame, 0 none */
} IcamLiveRates;

/* Whether anybody looks at a stream. */
typedef void (*IcamLiveWatchFunc) (gboolean watched,
                                   gpointer user_data);

IcamLiveHub    *icam_live_hub_new           (void);
/* Bytes of the groups of pictures of all streams. */
gsize           icam_live_hub_get_kept      (IcamLiveHub    *self);
/* One a stream; it outlives reconnects. Removed when unreferenced: its viewers' sockets end. */
IcamLiveStream *icam_live_hub_add_stream    (IcamLiveHub    *self,
                                             const IcamUuid *channel,
                                             IcamRole        role);
void            icam_live_stream_set_epoch  (IcamLiveStream *self,
                                             guint32         epoch);
void            icam_live_stream_set_unverified (IcamLiveStream *self,
                                             gboolean        unverified);
/* Sent to viewers as a STATE record, now and to those who come later; forgets the group of pictures if it is not "live". */
void            icam_live_stream_set_state  (IcamLiveStream *self,
                                             const char     *state);
void            icam_live_stream_set_caps   (IcamLiveStream *self,
                                             GstCaps        *caps);
void            icam_live_stream_push       (IcamLiveStream *self,
                                             GstBuffer      *buffer);
/* A new viewer. Returns the viewer's end of a socket pair, owned by the caller, or -1. */
int             icam_live_stream_open       (IcamLiveStream *self,
                                             GError        **error);
guint           icam_live_stream_get_viewers (IcamLiveStream *self);
void            icam_live_stream_set_watch  (IcamLiveStream *self,
                                             IcamLiveWatchFunc func,
                                             gpointer        user_data);
GBytes         *icam_live_stream_take_picture (IcamLiveStream *self,
                                             guint           max_width,
                                             gint64         *utc_us);
void            icam_live_stream_get_rates  (IcamLiveStream *self,
                                             IcamLiveRates  *rates);

G_END_DECLS
