/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "recorder/icam-context.h"

G_BEGIN_DECLS

/* Rows of the configuration as the recorder holds them in memory, and the way back into the database. */
IcamDeviceRow  *icam_device_row_copy   (const IcamDeviceRow  *row);
IcamChannelRow *icam_channel_row_copy  (const IcamChannelRow *row);
IcamCameraRow  *icam_camera_row_copy   (const IcamCameraRow  *row);

/* What is saved together. */
typedef struct
{
  GPtrArray *devices, *channels, *cameras;
} IcamRows;

IcamRows *icam_rows_new           (void);
void      icam_rows_free          (IcamRows            *rows);
void      icam_rows_save_async    (IcamRows            *rows,
                                   IcamContext         *context,
                                   GAsyncReadyCallback  callback,
                                   gpointer             user_data);
gboolean  icam_rows_save_finish   (GAsyncResult        *result,
                                   GError             **error);
void      icam_rows_save          (IcamRows            *rows,
                                   IcamContext         *context);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamRows, icam_rows_free)

G_END_DECLS
