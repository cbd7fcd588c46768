/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "matroska/icam-mkv.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* One MP4 file in somebody else's descriptor, by GStreamer's mp4mux. Its index stands in front of its pictures, so that it plays
 * before it is there as a whole: room is left for it, and what mp4mux makes of it in the end is put there. For one thread that may
 * wait. */
typedef struct _IcamMp4Writer IcamMp4Writer;

gboolean       icam_mp4_writer_is_there  (void);
gboolean       icam_mp4_writer_can_hold  (IcamCodec         codec);
guint64        icam_mp4_writer_index_size (const IcamTrack *video,
                                          const IcamTrack  *audio,
                                          gint64            length_us);
IcamMp4Writer *icam_mp4_writer_new       (int               fd,
                                          IcamTrack        *video,
                                          IcamTrack        *audio,
                                          guint64           index_size,
                                          const char       *title,
                                          const char       *comment,
                                          gint64            hidden_until_us,
                                          GCancellable     *cancellable,
                                          GError          **error);
void           icam_mp4_writer_free      (IcamMp4Writer    *self);
gboolean       icam_mp4_writer_add       (IcamMp4Writer    *self,
                                          const IcamPacket *packet,
                                          GError          **error);
gboolean       icam_mp4_writer_finish    (IcamMp4Writer    *self,
                                          gint64            shown_from_us,
                                          GError          **error);
gint64         icam_mp4_writer_get_end_us (IcamMp4Writer   *self);
guint64        icam_mp4_writer_get_bytes (IcamMp4Writer    *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamMp4Writer, icam_mp4_writer_free)

G_END_DECLS
