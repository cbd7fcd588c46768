/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "archive/icam-catalogue.h"

G_BEGIN_DECLS

/* The part of the catalogue that makes itself anew: rows of files that had none, and what a backup knows.
 *
 * Each catalogue that takes another's place begins a generation of numbers and epochs of its own, so that none is ever used again even
 * while the files of the old one are still being looked for. */
#define ICAM_GENERATION_SEQ_BITS 40
#define ICAM_GENERATION_EPOCH_BITS 20

gboolean icam_catalogue_begin_generation (IcamCatalogue      *self,
                                          guint               generation,
                                          GError            **error);
guint    icam_catalogue_get_generation   (IcamCatalogue      *self);
gboolean icam_catalogue_get_flag         (IcamCatalogue      *self,
                                          const char         *key);
gboolean icam_catalogue_set_flag         (IcamCatalogue      *self,
                                          const char         *key,
                                          gboolean            on,
                                          GError            **error);
gboolean icam_catalogue_adopt_segment    (IcamCatalogue      *self,
                                          gint64              stream,
                                          gint64              folder,
                                          const IcamSegmentId *id,
                                          gint64              end_us,
                                          guint64             bytes,
                                          const GArray       *key_frames,
                                          GError            **error);
gboolean icam_catalogue_reopen_segment   (IcamCatalogue      *self,
                                          gint64              stream,
                                          guint64             seq,
                                          GError            **error);
gboolean icam_catalogue_restore          (IcamCatalogue      *self,
                                          const char         *folder,
                                          const IcamUuid     *uuid,
                                          GCancellable       *cancellable,
                                          guint64            *rows,
                                          GError            **error);

/* In icam-catalogue.c: the steps of its migration, for a copy of an earlier version. */
IcamSql *icam_catalogue_open_copy        (const char         *path,
                                          const IcamUuid     *uuid,
                                          GError            **error);
const char *icam_catalogue_get_path      (IcamCatalogue      *self);

G_END_DECLS
