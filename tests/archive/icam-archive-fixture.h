/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "archive/icam-archive-private.h"
#include "archive/icam-archive-span.h"
#include "archive/icam-archive-check.h"
#include "archive/icam-disk.h"

G_BEGIN_DECLS

/* An archive in folders of its own, with a clock that stands still, and a camera that sends pictures when it is told. */
#define FRAME_US (G_USEC_PER_SEC / 15)
#define GROUP 30 /* pictures */
#define START_US G_GINT64_CONSTANT (1777816800000000) /* 2026-05-03T14:00:00Z */

typedef struct
{
  char *top, *data_dir, *folder;
  IcamClock *clock;
  IcamArchiveOptions options;
  IcamArchive *archive;
  IcamUuid channel;
} Fixture;

void     fixture_setup       (Fixture       *self,
                              gconstpointer  unused);
void     fixture_setup_at    (Fixture       *self,
                              const char    *top);
void     fixture_teardown    (Fixture       *self,
                              gconstpointer  unused);
void     fixture_open        (Fixture       *self);
void     fixture_close       (Fixture       *self,
                              IcamGapCause   cause);
guint    fixture_recover     (Fixture       *self);
IcamTrack *fixture_track     (guint          width);
void     fixture_push        (IcamRecording *recording,
                              gint64         utc_us,
                              guint          number,
                              gsize          size);
gint64   fixture_push_frames (IcamRecording *recording,
                              gint64         start_us,
                              guint          first,
                              guint          n);
IcamRecording *fixture_record (Fixture      *self,
                              IcamRole       role);
char    *fixture_path        (Fixture       *self,
                              const IcamSegmentRow *row);
GArray  *fixture_segments    (Fixture       *self,
                              IcamRole       role);
GArray  *fixture_gaps        (Fixture       *self,
                              IcamRole       role);
GArray  *fixture_frames      (Fixture       *self,
                              const IcamSegmentRow *row);
gboolean fixture_export      (Fixture       *self,
                              IcamRole       role,
                              gint64         from_us,
                              gint64         to_us,
                              int            fd,
                              IcamSpanProgress progress,
                              gpointer       user_data,
                              GCancellable  *cancellable,
                              GError       **error);
void     fixture_wait        (gboolean     (*condition) (gpointer data),
                              gpointer       data);
guint    fixture_findings    (const IcamCheckResult *result);
char    *fixture_problem     (Fixture       *self);

#define segment_at(rows, i) (&g_array_index (rows, IcamSegmentRow, i))
#define gap_at(rows, i) (&g_array_index (rows, IcamGapRow, i))

G_END_DECLS
