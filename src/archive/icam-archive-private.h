/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "archive/icam-archive-upkeep.h"
#include "archive/icam-store.h"

G_BEGIN_DECLS

/* What the parts of this room need of the archive. */

IcamStore *icam_archive_get_store        (IcamArchive   *self);
void       icam_archive_sync             (IcamArchive   *self);
void       icam_recording_folder_changed (IcamRecording *self,
                                          gboolean       at_once);
int        icam_archive_copy              (int            from,
                                          int            to,
                                          GCancellable  *cancellable);
gboolean   icam_store_take_place         (IcamStore     *self,
                                          GError       **error);
IcamAge    icam_store_get_age            (IcamStore     *self);
void       icam_store_distrust_clock     (IcamStore     *self);
gboolean   icam_archive_check_data_dir   (const char    *data_dir,
                                          GError       **error);
int        icam_archive_lock_data_dir    (const char    *data_dir,
                                          GError       **error);

G_END_DECLS
