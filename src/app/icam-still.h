/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

#include "media/icam-decoder.h"

G_BEGIN_DECLS

/* One picture as a PNG or JPEG file in the user's folder for pictures. */
void   icam_still_save_async  (IcamPicture         *picture,
                               const char          *camera,
                               gboolean             jpeg,
                               GCancellable        *cancellable,
                               GAsyncReadyCallback  callback,
                               gpointer             user_data);
GFile *icam_still_save_finish (GAsyncResult        *result,
                               GError             **error);

G_END_DECLS
