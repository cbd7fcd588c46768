/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "archive/icam-archive.h"
#include "matroska/icam-mkv.h"

G_BEGIN_DECLS

/* What was recorded of a stream between two times, packet by packet as one file can hold it: what its segments have twice comes
 * once, in order. Nothing of it is deleted while this exists. Blocks: for one thread that may wait. */
typedef struct _IcamArchiveSpan IcamArchiveSpan;

typedef struct
{
  IcamSegmentId id;   /* of the segment that it begins in */
  IcamTrack *video;   /* as its first pictures are; the span's own */
  IcamTrack *audio;   /* (nullable): the first there is; the span's own */
  gboolean changes;   /* later pictures want other parameters: packets come with a track of their own */
  gboolean cut;       /* it ends before what was asked for, where the codec changes: the rest wants a file of its own */
  gint64 from_us;     /* UTC of the key frame at which it begins, about */
  gint64 to_us;       /* UTC of its end, exclusive */
  guint64 bytes;      /* about as much, rather too much */
} IcamSpanSummary;

/* @track: what the packet is of; for audio always the summary's. Returns: FALSE and an error to end it */
typedef gboolean (*IcamSpanFunc) (const IcamPacket *packet,
                                  IcamTrack        *track,
                                  gpointer          user_data,
                                  GError          **error);
typedef void (*IcamSpanProgress) (double   progress, /* 0 to 1 */
                                  gpointer user_data);

IcamArchiveSpan       *icam_archive_span_new         (IcamArchive      *archive,
                                                      const IcamUuid   *channel,
                                                      IcamRole          role,
                                                      gint64            from_us,
                                                      gint64            to_us,
                                                      GError          **error);
void                   icam_archive_span_free        (IcamArchiveSpan  *self);
const IcamSpanSummary *icam_archive_span_get_summary (IcamArchiveSpan  *self);
gboolean               icam_archive_span_read        (IcamArchiveSpan  *self,
                                                      IcamSpanFunc      func,
                                                      IcamSpanProgress  progress,
                                                      gpointer          user_data,
                                                      GError          **error);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamArchiveSpan, icam_archive_span_free)

G_END_DECLS
