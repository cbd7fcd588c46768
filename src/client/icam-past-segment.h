/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/icam-past-feed.h"

G_BEGIN_DECLS

/* What a feed's threads do with a segment. Between lock and unlock only. */
void           icam_past_segment_lock       (IcamPastSegment *self);
void           icam_past_segment_unlock     (IcamPastSegment *self);
/* Opens and checks the file if it was not done yet. NULL and an error when it is not the segment that was asked for. */
IcamMkvReader *icam_past_segment_get_reader (IcamPastSegment *self,
                                             GError         **error);
gboolean       icam_past_segment_seek       (IcamPastSegment *self,
                                             gint64           utc,
                                             GError         **error);
/* The first key frame at or after @utc that is known; FALSE when there is none. */
gboolean       icam_past_segment_key_after  (IcamPastSegment *self,
                                             gint64           utc,
                                             gint64          *key_utc,
                                             guint64         *byte_offset);
void           icam_past_segment_get_channel (IcamPastSegment *self,
                                             IcamUuid        *channel,
                                             IcamRole        *role);
gboolean       icam_past_segment_is_unverified (IcamPastSegment *self);

G_END_DECLS
