/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "archive/icam-archive-upkeep.h"

G_BEGIN_DECLS

/* The only other door to an archive, for incamera-recorder --offline-check and --rebuild: under the same lock as the recorder, so
 * never beside it. Both block, and walk through all files. */

char    *icam_archive_chosen_folder (const char *data_dir);
gboolean icam_archive_check   (const char             *data_dir,
                               const char             *folder,
                               const IcamCheckOptions *options,
                               IcamCheckResult        *result,
                               GError                **error);
gboolean icam_archive_rebuild (const char             *data_dir,
                               const char             *folder,
                               const IcamCheckOptions *options,
                               IcamCheckResult        *result,
                               GError                **error);

G_END_DECLS
