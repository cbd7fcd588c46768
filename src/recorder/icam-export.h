/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "recorder/icam-context.h"
#include "recorder/icam-job.h"

G_BEGIN_DECLS

typedef struct
{
  const char *name; /* of the camera */
  IcamUuid channel;
  IcamRole role;
  gint64 from, to;  /* UTC in µs */
  IcamExportFormat format; /* that is wished; what MP4 cannot hold becomes Matroska */
  gboolean exact;   /* nothing before from is shown */
} IcamExportWish;

IcamJob *icam_export_start (IcamContext          *context,
                            const IcamExportWish *wish,
                            int                   fd);

G_END_DECLS
