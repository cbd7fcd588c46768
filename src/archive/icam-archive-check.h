/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "archive/icam-archive.h"

G_BEGIN_DECLS

/* The only other door to an archive, for incamera-recorder --offline-check and --rebuild: under the same lock as the recorder, so
 * never beside it. Both block, and walk through all files. */

typedef struct
{
  guint64 segments;  /* files that are as they should be */
  guint64 bytes;     /* of those */
  guint unfinished;  /* rows that the next start of the recorder looks after */
  guint missing;     /* rows without a file */
  guint unknown;     /* files without a row */
  guint damaged;     /* files that are torn, or not as long as their row says */
  guint foreign;     /* files that say that they are something else than their place and name */
  guint absent;      /* folders of the configuration that are not here, or are others: nothing is known of them */
  guint overlapping; /* rows that start before an earlier one of their stream and epoch ends */
} IcamCheckResult;

/* code: "missing", "unknown", "damaged", "foreign", "overlapping": path from the top of the archive; "absent": path of a folder */
typedef void (*IcamCheckReport) (const char *code,
                                 const char *path,
                                 gpointer    user_data);

char    *icam_archive_chosen_folder (const char *data_dir);
gboolean icam_archive_check   (const char       *data_dir,
                               const char       *folder,
                               IcamCheckReport   report,
                               gpointer          user_data,
                               GCancellable     *cancellable,
                               IcamCheckResult  *result,
                               GError          **error);
gboolean icam_archive_rebuild (const char       *data_dir,
                               const char       *folder,
                               IcamCheckReport   report,
                               gpointer          user_data,
                               GCancellable     *cancellable,
                               IcamCheckResult  *result,
                               GError          **error);

G_END_DECLS
