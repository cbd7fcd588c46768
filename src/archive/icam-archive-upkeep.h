/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "archive/icam-archive.h"

G_BEGIN_DECLS

/* Looking whether all is as src/archive/README.md says that it must be, and making it so again. */

typedef enum
{
  ICAM_FINDING_MISSING,     /* a row without a file: its path from the top of the archive */
  ICAM_FINDING_UNKNOWN,     /* a file without a row: its path */
  ICAM_FINDING_DAMAGED,     /* a file that is torn, or not what its row says: its path */
  ICAM_FINDING_FOREIGN,     /* a file that says that it is something else than its place and name: its path */
  ICAM_FINDING_OVERLAPPING, /* a row that starts before an earlier one of its stream and epoch ends: its path */
  ICAM_FINDING_HOLE,        /* nothing says why there is no recording before this row: its path */
  ICAM_FINDING_NUMBER,      /* a row whose number could be given out again: its path */
  ICAM_FINDING_THUMBNAIL,   /* an event's picture that is not there: its path */
  ICAM_FINDING_PROTECTION,  /* a protection that only the log or only the catalogue knows: its id */
  ICAM_FINDING_ABSENT,      /* a folder of the configuration that is not here, or is another: nothing is known of it: its path */
  ICAM_N_FINDINGS,
} IcamFinding;

const char *icam_finding_to_string (IcamFinding finding);

typedef struct
{
  guint64 segments; /* files that are as they should be */
  guint64 bytes;    /* of those */
  guint unfinished; /* rows that recovery looks after */
  guint found[ICAM_N_FINDINGS];
  guint mended;     /* of what was found */
  guint64 restored; /* rows that came from a backup */
} IcamCheckResult;

typedef struct
{
  gboolean deep;   /* read all of each file, too */
  gboolean repair; /* mend what can be mended; nothing that somebody could still want to see is deleted */
  gboolean restore; /* before all else take what a backup knows, and other folders: events, gaps, protections */
  void (*report) (IcamFinding finding, const char *what, gpointer user_data);
  void (*progress) (double progress, gpointer user_data); /* 0..1 */
  gpointer user_data;
  GCancellable *cancellable;
} IcamCheckOptions;

/* Blocks: for a thread of its own. Recording goes on meanwhile. */
gboolean icam_archive_examine        (IcamArchive            *self,
                                      const IcamCheckOptions *options,
                                      IcamCheckResult        *result,
                                      GError                **error);
gboolean icam_archive_needs_rebuild  (IcamArchive            *self);

/* A copy of both databases in the folder "backup" of each archive. Blocks. */
gboolean icam_archive_back_up        (IcamArchive            *self,
                                      GCancellable           *cancellable,
                                      guint                  *folders,
                                      GError                **error);
gboolean icam_archive_backup_is_due  (IcamArchive            *self);

/* Why nothing is deleted because of its age at the moment. */
typedef enum
{
  ICAM_AGE_TRUSTED,   /* something may be */
  ICAM_AGE_CLOCK,     /* nobody says that the clock is right */
  ICAM_AGE_CATALOGUE, /* the catalogue was made anew */
} IcamAge;

IcamAge  icam_archive_get_age        (IcamArchive            *self);
gboolean icam_archive_confirm_age    (IcamArchive            *self,
                                      GError                **error);

G_END_DECLS
