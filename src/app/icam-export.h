/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

#include "client/icam-client.h"

G_BEGIN_DECLS

/* One export: asks where to and as what, writes, tells how far it is. It keeps the span it began with, whatever the
 * window shows meanwhile. One camera becomes a file, several become files in a folder.
 *
 * Properties: "progress" (0 to 1, with the time that is left), "running". Signal: "ended" (const char *words). */
#define ICAM_TYPE_EXPORT (icam_export_get_type ())
G_DECLARE_FINAL_TYPE (IcamExport, icam_export, ICAM, EXPORT, GObject)

IcamExport *icam_export_new          (IcamClient *client,
                                      GPtrArray  *cameras,
                                      gint64      from,
                                      gint64      to);
void        icam_export_ask          (IcamExport *self,
                                      GtkWindow  *parent);
void        icam_export_cancel       (IcamExport *self);
double      icam_export_get_progress (IcamExport *self);
gint64      icam_export_get_time_left (IcamExport *self);
const char *icam_export_get_name     (IcamExport *self);

G_END_DECLS
