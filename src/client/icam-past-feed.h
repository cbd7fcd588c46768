/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/icam-client.h"
#include "matroska/icam-mkv.h"
#include "media/icam-decoder.h"

G_BEGIN_DECLS

/* A segment's file with its key frames. Made on the main thread; the file is first touched by a feed's thread, which also looks
 * whether it is the segment that was asked for (promise 1). Thread-safe. */
typedef struct _IcamPastSegment IcamPastSegment;

IcamPastSegment *icam_past_segment_new   (int              fd,
                                          const IcamSpan  *span,
                                          IcamRole         role,
                                          GVariant        *key_frames);
IcamPastSegment *icam_past_segment_ref   (IcamPastSegment *self);
void             icam_past_segment_unref (IcamPastSegment *self);
gboolean         icam_past_segment_is    (IcamPastSegment *self,
                                          const IcamSpan  *span);
gboolean         icam_past_segment_was_open (IcamPastSegment *self);
void             icam_past_segment_set_closed (IcamPastSegment *self);
gint64           icam_past_segment_start (IcamPastSegment *self);
gint64           icam_past_segment_last_key (IcamPastSegment *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamPastSegment, icam_past_segment_unref)

/* Decoded pictures out of segments: reads on a few threads that all feeds share, decodes in the decoders' pool, keeps a short queue.
 * The player tells what to read; the feed never looks further than it is told. Its functions are called on one thread and return at
 * once; news are told there by the callback, at most once a turn of the main loop. */
typedef struct _IcamPastFeed IcamPastFeed;

typedef void (*IcamPastFeedFunc) (gpointer user_data);

typedef enum
{
  ICAM_FEED_IDLE,    /* nothing asked for */
  ICAM_FEED_BUSY,    /* reading or decoding */
  ICAM_FEED_END,     /* the segment is read to its end, or the picture asked for is there */
  ICAM_FEED_FAILED,  /* the segment cannot be read, or is another's */
} IcamFeedState;

IcamPastFeed *icam_past_feed_new      (guint             max_width,
                                       IcamPastFeedFunc  callback,
                                       gpointer          user_data);
void          icam_past_feed_close    (IcamPastFeed     *self);
void          icam_past_feed_stop     (IcamPastFeed     *self);
void          icam_past_feed_show     (IcamPastFeed     *self,
                                       IcamPastSegment  *segment,
                                       gint64            utc,
                                       gboolean          exact);
void          icam_past_feed_play     (IcamPastFeed     *self,
                                       IcamPastSegment  *segment,
                                       gint64            utc,
                                       gint64            base_utc,
                                       gint64            base_monotonic,
                                       double            rate);
void          icam_past_feed_continue (IcamPastFeed     *self,
                                       IcamPastSegment  *segment,
                                       gboolean          contiguous);
void          icam_past_feed_resume   (IcamPastFeed     *self);
void          icam_past_feed_drain    (IcamPastFeed     *self);
IcamFeedState icam_past_feed_get_state (IcamPastFeed    *self);
IcamPicture  *icam_past_feed_take     (IcamPastFeed     *self,
                                       gint64            due,
                                       gint64           *next);

G_END_DECLS
