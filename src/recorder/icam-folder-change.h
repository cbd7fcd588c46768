/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "recorder/icam-context.h"

G_BEGIN_DECLS

typedef enum
{
  ICAM_FOLDER_MAIN,   /* where recordings go */
  ICAM_FOLDER_BESIDE, /* used beside the main one */
  ICAM_FOLDER_UNUSED, /* not used any more; what is in it stays */
} IcamFolderUse;

/* Another use of a folder: tried first on a thread that may wait for its disk, then remembered, then done. */
void     icam_folder_change_async  (IcamContext        *context,
                                    const char         *folder,
                                    IcamFolderUse       use,
                                    GAsyncReadyCallback callback,
                                    gpointer            user_data);
gboolean icam_folder_change_finish (GAsyncResult       *result,
                                    GError            **error);

G_END_DECLS
