/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/icam-client.h"
#include "media/icam-decoder.h"

G_BEGIN_DECLS

/* Live pictures of one camera (or of a probe's channel): reads live records off the main thread, decodes, and keeps the newest picture.
 * "picture" is emitted on the main thread, at most once a main loop turn; a picture of another channel than asked for is never handed out
 * (promise 1). It reconnects by itself, with a pause, while it exists and the recorder is there.
 *
 * Signals: "picture" (IcamPicture *), "notify::state" (frozen name as in STATE records, "connecting" before the first).
 * Properties: "state", "error". */
#define ICAM_TYPE_LIVE_LINK (icam_live_link_get_type ())
G_DECLARE_FINAL_TYPE (IcamLiveLink, icam_live_link, ICAM, LIVE_LINK, GObject)

IcamLiveLink *icam_live_link_new_for_camera (IcamCamera    *camera,
                                             IcamRole       role,
                                             guint          max_width);
IcamLiveLink *icam_live_link_new_for_probe  (IcamDBusProbe *probe,
                                             const char    *token,
                                             guint          max_width);
void          icam_live_link_stop           (IcamLiveLink  *self);
IcamPicture  *icam_live_link_get_picture    (IcamLiveLink  *self);  /* the newest, or NULL */
const char   *icam_live_link_get_state      (IcamLiveLink  *self);
const GError *icam_live_link_get_error      (IcamLiveLink  *self);
gint64        icam_live_link_get_age        (IcamLiveLink  *self);  /* µs since the newest picture's capture, G_MAXINT64 without one */
gint64        icam_live_link_get_interval   (IcamLiveLink  *self);  /* µs between pictures, 0 unknown */
gboolean      icam_live_link_is_frozen      (IcamLiveLink  *self);

G_END_DECLS
