/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* What stands where a picture should be: why there is none, and one button. Signal: "clicked". */
#define ICAM_TYPE_TILE_COVER (icam_tile_cover_get_type ())
G_DECLARE_FINAL_TYPE (IcamTileCover, icam_tile_cover, ICAM, TILE_COVER, GtkBox)

void        icam_tile_cover_show     (IcamTileCover *self,
                                      const char    *icon,
                                      const char    *text,
                                      const char    *button);
void        icam_tile_cover_hide     (IcamTileCover *self);
const char *icam_tile_cover_get_text (IcamTileCover *self);

G_END_DECLS
