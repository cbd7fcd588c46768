/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/icam-client.h"
#include "media/icam-decoder.h"

G_BEGIN_DECLS

/* Pictures of one camera's past: asks for the segments around a time, opens them by descriptor, decodes what is wanted. Who uses it
 * (the viewpoint) keeps the time; the player shows the picture of that time. A segment of another channel than asked for is refused
 * (promise 1).
 *
 * Signals (main thread): "picture" (IcamPicture *): the picture that was showing at the time asked for, the newest wins;
 *                        "missing" (gint64 utc, IcamGapCause cause, gint64 nearest): nothing was recorded then; nearest is 0 if nothing ever was. */
#define ICAM_TYPE_PLAYER (icam_player_get_type ())
G_DECLARE_FINAL_TYPE (IcamPlayer, icam_player, ICAM, PLAYER, GObject)

IcamPlayer *icam_player_new     (IcamClient *client,
                                 IcamCamera *camera,
                                 IcamRole    role,
                                 guint       max_width);
/* @exact: the very frame; else the key frame at or before (scrubbing). Returns at once; only the newest request is answered. */
void        icam_player_show    (IcamPlayer *self,
                                 gint64      utc_us,
                                 gboolean    exact);
/* Plays from there at @rate (0.25 to 16; beyond 2 key frames only), pictures are emitted when they are due by the monotonic clock. */
void        icam_player_play    (IcamPlayer *self,
                                 gint64      utc_us,
                                 double      rate);
void        icam_player_pause   (IcamPlayer *self);
/* UTC in µs of the time that is shown: it runs while playing, so that who keeps the time can ask. 0 before anything was asked for. */
gint64      icam_player_get_position (IcamPlayer *self);
gboolean    icam_player_is_playing (IcamPlayer *self);
void        icam_player_close   (IcamPlayer *self);

G_END_DECLS
