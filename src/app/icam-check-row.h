/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/icam-client.h"

G_BEGIN_DECLS

/* A row that looks whether all recordings are as they should be, says what it found, and offers to mend it. */
#define ICAM_TYPE_CHECK_ROW (icam_check_row_get_type ())
G_DECLARE_FINAL_TYPE (IcamCheckRow, icam_check_row, ICAM, CHECK_ROW, AdwActionRow)

void icam_check_row_set_client (IcamCheckRow *self,
                                IcamClient   *client);

G_END_DECLS
