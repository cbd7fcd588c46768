/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/icam-client.h"

G_BEGIN_DECLS

/* When a camera is recorded: what is in the rows for it. */
#define ICAM_TYPE_RECORD_ROWS (icam_record_rows_get_type ())
G_DECLARE_FINAL_TYPE (IcamRecordRows, icam_record_rows, ICAM, RECORD_ROWS, GObject)

IcamRecordRows *icam_record_rows_new    (GtkWidget      *owner,
                                         AdwComboRow    *mode_row,
                                         AdwActionRow   *hours_row,
                                         AdwActionRow   *before_row,
                                         AdwActionRow   *after_row);
void            icam_record_rows_update (IcamRecordRows *self,
                                         IcamCamera     *camera);

G_END_DECLS
