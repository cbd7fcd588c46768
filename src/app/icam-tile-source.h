/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "app/icam-viewpoint.h"
#include "client/icam-client.h"
#include "client/icam-live-link.h"

G_BEGIN_DECLS

/* Where a tile's pictures come from: live ones or those of the viewpoint's time, at the size that is shown.
 * Signals: "changed" (something is otherwise: look again), "picture" (IcamPicture *, of the past),
 * "reset" (what was shown must not be shown any more). */
#define ICAM_TYPE_TILE_SOURCE (icam_tile_source_get_type ())
G_DECLARE_FINAL_TYPE (IcamTileSource, icam_tile_source, ICAM, TILE_SOURCE, GObject)

IcamTileSource *icam_tile_source_new         (IcamClient     *client,
                                              IcamCamera     *camera,
                                              IcamViewpoint  *viewpoint);
void            icam_tile_source_set_running (IcamTileSource *self,
                                              gboolean        running);
void            icam_tile_source_set_size    (IcamTileSource *self,
                                              int             width,
                                              gboolean        large);
void            icam_tile_source_set_pinned  (IcamTileSource *self,
                                              gboolean        pinned);
gboolean        icam_tile_source_get_pinned  (IcamTileSource *self);
gboolean        icam_tile_source_is_live     (IcamTileSource *self);
IcamLiveLink   *icam_tile_source_get_link    (IcamTileSource *self);
gboolean        icam_tile_source_get_missing (IcamTileSource *self,
                                              IcamGapCause   *cause,
                                              gint64         *nearest);

G_END_DECLS
