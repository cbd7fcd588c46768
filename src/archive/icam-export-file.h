/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "matroska/icam-mkv.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* One Matroska file in somebody else's descriptor. For one thread that may wait. */
typedef struct _IcamExportFile IcamExportFile;

IcamExportFile *icam_export_file_new         (int                  fd,
                                              const IcamSegmentId *id,
                                              IcamTrack           *video,
                                              IcamTrack           *audio,
                                              const char          *title,
                                              const char          *comment,
                                              GCancellable        *cancellable);
void            icam_export_file_free        (IcamExportFile      *self);
gboolean        icam_export_file_add         (IcamExportFile      *self,
                                              const IcamPacket    *packet,
                                              GError             **error);
gboolean        icam_export_file_finish      (IcamExportFile      *self,
                                              GError             **error);
gint64          icam_export_file_get_end_us  (IcamExportFile      *self);
guint64         icam_export_file_get_bytes   (IcamExportFile      *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamExportFile, icam_export_file_free)

G_END_DECLS
