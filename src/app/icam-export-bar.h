/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "app/icam-export.h"

G_BEGIN_DECLS

/* Shows how far an export is, and cancels it. Signal: "ended" (const char *words). */
#define ICAM_TYPE_EXPORT_BAR (icam_export_bar_get_type ())
G_DECLARE_FINAL_TYPE (IcamExportBar, icam_export_bar, ICAM, EXPORT_BAR, AdwBin)

gboolean icam_export_bar_is_busy (IcamExportBar *self);
void     icam_export_bar_start   (IcamExportBar *self,
                                  IcamExport    *export,
                                  GtkWindow     *window);

G_END_DECLS
