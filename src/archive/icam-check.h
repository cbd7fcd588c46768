/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "archive/icam-archive-upkeep.h"
#include "archive/icam-catalogue.h"
#include "archive/icam-config.h"

G_BEGIN_DECLS

/* One look at an archive, whether its recorder runs or not. Folders are only read; what is mended is mended in the catalogue: a
 * file that needs it gets a row in state open, and the writer of its folder recovers it like any other. */

typedef struct
{
  char *path;
  IcamUuid archive;
  gint64 row;
} IcamCheckFolder;

typedef struct
{
  IcamCatalogue *catalogue;
  IcamConfig *config;
  IcamUuid owner;      /* the catalogue's id */
  guint32 live_epoch;  /* what is open in this epoch or a later one is being written; G_MAXUINT32 if nothing is */
  const IcamCheckOptions *options;
  IcamCheckResult *result;
  /* (nullable): the row is going to be opened again although no recorder died. */
  void (*reopening) (gint64 stream, guint64 seq, gpointer data);
  gpointer data;

  /* Filled in by icam_check_run(). */
  GPtrArray *folders;  /* of IcamCheckFolder: those that are here */
  GByteArray *protected; /* the logs of all folders */
  gint64 bytes_done, bytes_all;
  gboolean incomplete; /* a folder is in use and not here */
} IcamCheck;

gboolean icam_check_run        (IcamCheck         *self,
                                const char        *first_folder,
                                GError           **error);
gboolean icam_check_protections (IcamCheck        *self,
                                GError           **error);
gboolean icam_check_read_ids   (const char        *folder,
                                IcamUuid          *archive,
                                IcamUuid          *catalogue,
                                GError           **error);

/* In icam-archive-upkeep.c: all of a catalogue that took another's place is looked at. */
gboolean icam_check_rebuilt    (IcamCheck         *self,
                                gint64             now_us,
                                GError           **error);

/* For the parts. */
gboolean icam_check_files      (IcamCheck         *self,
                                IcamCheckFolder   *folder,
                                GError           **error);
gboolean icam_check_rows       (IcamCheck         *self,
                                GError           **error);
gboolean icam_check_kept       (IcamCheck         *self,
                                GError           **error);
gboolean icam_check_logs       (IcamCheck         *self,
                                GError           **error);
void     icam_check_tell       (IcamCheck         *self,
                                IcamFinding        finding,
                                const char        *what);
gboolean icam_check_advance    (IcamCheck         *self,
                                gint64             bytes,
                                GError           **error);
IcamCheckFolder *icam_check_find_folder (IcamCheck *self,
                                         gint64     row);
char    *icam_segment_path     (const IcamSegmentId *id);

G_END_DECLS
