/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

#include "client/icam-client.h"

G_BEGIN_DECLS

/* The places that a camera remembers: gone to, added, forgotten. Signal: "chosen" (const char *token). */
#define ICAM_TYPE_PTZ_PRESETS (icam_ptz_presets_get_type ())
G_DECLARE_FINAL_TYPE (IcamPtzPresets, icam_ptz_presets, ICAM, PTZ_PRESETS, GtkBox)

void icam_ptz_presets_load (IcamPtzPresets *self,
                            IcamDBusCamera *proxy);

G_END_DECLS
