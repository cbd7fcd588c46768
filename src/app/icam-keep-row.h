/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* A row to choose for how many days something is kept. "chosen" (int days) is emitted when a person has chosen; 0 is what
 * "default-label" says, -1 as long as there is room. */
#define ICAM_TYPE_KEEP_ROW (icam_keep_row_get_type ())
G_DECLARE_FINAL_TYPE (IcamKeepRow, icam_keep_row, ICAM, KEEP_ROW, AdwComboRow)

void icam_keep_row_set_days (IcamKeepRow *self,
                             int          days);

G_END_DECLS
