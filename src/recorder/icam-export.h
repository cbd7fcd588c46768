/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "recorder/icam-context.h"
#include "recorder/icam-job.h"

G_BEGIN_DECLS

IcamJob *icam_export_start (IcamContext    *context,
                            const IcamUuid *channel,
                            IcamRole        role,
                            gint64          from,
                            gint64          to,
                            int             fd);

G_END_DECLS
