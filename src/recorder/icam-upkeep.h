/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "recorder/icam-context.h"
#include "recorder/icam-job.h"

#include "archive/icam-archive-upkeep.h"

G_BEGIN_DECLS

/* Jobs that look after the archive: "check", "rebuild", "backup" and "move". */
IcamJob    *icam_upkeep_check          (IcamContext        *context,
                                        gboolean            deep,
                                        gboolean            repair);
IcamJob    *icam_upkeep_rebuild        (IcamContext        *context);
IcamJob    *icam_upkeep_back_up        (IcamContext        *context);
IcamJob    *icam_upkeep_move           (IcamContext        *context,
                                        const IcamUuid     *channel,
                                        const char         *folder);
void        icam_upkeep_finish_moves   (IcamContext        *context);
void        icam_upkeep_confirm_async  (IcamContext        *context,
                                        GAsyncReadyCallback callback,
                                        gpointer            user_data);
gboolean    icam_upkeep_confirm_finish (GAsyncResult       *result,
                                        GError            **error);
const char *icam_upkeep_age_name       (IcamAge             age);

G_END_DECLS
