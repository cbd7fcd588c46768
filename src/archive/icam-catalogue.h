/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "archive/icam-archive.h"
#include "archive/icam-sql.h"

G_BEGIN_DECLS

/* catalogue.sqlite: what was recorded. Integer ids of streams and folders never leave this room. Thread-safe: one writing
 * connection behind a lock that is held for a transaction and never while an archive's disk is touched; readers have
 * connections of their own. */
typedef struct _IcamCatalogue IcamCatalogue;

typedef enum
{
  ICAM_SEGMENT_OPEN = 0,
  ICAM_SEGMENT_CLOSED = 1,
  ICAM_SEGMENT_GARBAGE = 2,
} IcamSegmentState;

/* What names a segment's file. */
typedef struct
{
  gint64 stream, folder; /* rows */
  IcamUuid archive;
  IcamSegmentId id;
  IcamSegmentState state;
  gint64 end_us; /* 0 not known */
} IcamSegmentRef;

/* Where a stream stands. */
typedef struct
{
  gint64 id;
  gboolean fresh;        /* nothing was ever recorded */
  gboolean unrecovered;  /* its newest segment was open when the recorder died */
  gint64 last_end_us;    /* of the newest closed segment, 0 none */
  gint64 gap_id;         /* a gap that has no end yet, 0 none */
  gint64 gap_first;      /* row of the first one since something was recorded */
  gint64 gap_start_us;
  IcamGapCause gap_cause;
} IcamStreamState;

IcamCatalogue *icam_catalogue_open         (const char      *data_dir,
                                            const IcamUuid  *uuid,
                                            char           **set_aside,
                                            GError         **error);
void           icam_catalogue_free         (IcamCatalogue   *self);
gboolean       icam_catalogue_is_damaged   (IcamCatalogue   *self);
gboolean       icam_catalogue_begin_run     (IcamCatalogue   *self);
void           icam_catalogue_end_run       (IcamCatalogue   *self);
guint32        icam_catalogue_next_epoch   (IcamCatalogue   *self);
gboolean       icam_catalogue_backup       (IcamCatalogue   *self,
                                            const char      *path,
                                            GError         **error);

IcamSql       *icam_catalogue_lock         (IcamCatalogue   *self);
void           icam_catalogue_unlock       (IcamCatalogue   *self);
IcamSql       *icam_catalogue_read         (IcamCatalogue   *self,
                                            GError         **error);
void           icam_catalogue_read_done    (IcamCatalogue   *self,
                                            IcamSql         *reader);

gint64         icam_catalogue_folder       (IcamCatalogue   *self,
                                            const IcamUuid  *archive,
                                            GError         **error);
gboolean       icam_catalogue_stream       (IcamCatalogue   *self,
                                            const IcamUuid  *channel,
                                            IcamRole         role,
                                            IcamStreamState *state,
                                            GError         **error);
gboolean       icam_catalogue_begin_segment (IcamCatalogue  *self,
                                            gint64           stream,
                                            gint64           folder,
                                            guint32          epoch,
                                            gint64           start_us,
                                            IcamIdentity     identity,
                                            guint64         *seq,
                                            GError         **error);
gboolean       icam_catalogue_end_segment  (IcamCatalogue   *self,
                                            gint64           stream,
                                            guint64          seq,
                                            gint64           end_us,
                                            guint64          bytes,
                                            const GArray    *key_frames,
                                            GError         **error);
gboolean       icam_catalogue_drop_segment (IcamCatalogue   *self,
                                            gint64           stream,
                                            guint64          seq,
                                            GError         **error);

gint64         icam_catalogue_begin_gap    (IcamCatalogue   *self,
                                            gint64           stream,
                                            gint64           start_us,
                                            gint64           end_us,
                                            IcamGapCause     cause);
void           icam_catalogue_end_gap      (IcamCatalogue   *self,
                                            gint64           gap,
                                            gint64           end_us);
void           icam_catalogue_drop_gap     (IcamCatalogue   *self,
                                            gint64           gap);
void           icam_catalogue_trim_gaps    (IcamCatalogue   *self,
                                            gint64           stream,
                                            gint64           first,
                                            gint64           end_us,
                                            gint64           shortest_us);
void     icam_catalogue_cover_gaps (IcamCatalogue *self,
                                    gint64         stream,
                                    gint64         from_us,
                                    gint64         to_us);
gint64   icam_catalogue_next_start (IcamCatalogue *self,
                                    gint64         stream,
                                    guint32        epoch,
                                    guint64        seq,
                                    gint64         end_us);
void           icam_catalogue_name_gap     (IcamCatalogue   *self,
                                            gint64           gap,
                                            IcamGapCause     cause);
void           icam_catalogue_journal      (IcamCatalogue   *self,
                                            gint64           time_us,
                                            const char      *code,
                                            GVariant        *params);

GBytes        *icam_key_frames_pack        (const GArray    *key_frames);
GArray        *icam_key_frames_unpack      (gconstpointer    data,
                                            gsize            length);
char          *icam_segment_folder         (const IcamSegmentId *id);
char          *icam_segment_name           (const IcamSegmentId *id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamCatalogue, icam_catalogue_free)

G_END_DECLS
