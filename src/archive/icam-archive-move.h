/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "archive/icam-archive.h"

G_BEGIN_DECLS

/* Bringing recordings to another folder. Both block: for a thread that may wait. */
gboolean icam_archive_move         (IcamArchive    *self,
                                    const IcamUuid *channel,
                                    const char     *folder,
                                    void          (*progress) (double progress, gpointer user_data),
                                    gpointer        user_data,
                                    GCancellable   *cancellable,
                                    guint          *moved,
                                    guint64        *bytes,
                                    GError        **error);
void     icam_archive_finish_moves (IcamArchive    *self);

G_END_DECLS
