/* SPDX-License-Identifier: GPL-3.0-or-later */

/* media: the way of a picture. GStreamer elements (icamrtspsrc, icamsegmentsink, icammotion, icamlivesink), the pipeline that
 * joins them for one stream, the live hub, and the decoders that the client side uses. Knows neither devices nor the catalogue. */

#pragma once

#include <gst/gst.h>

#include "base/icam-types.h"

G_BEGIN_DECLS

/* gst_init() and registration of our elements as static features; once a process, before anything else of this room. */
void icam_media_init (void);

/* Whether there is a decoder for a codec on this system. */
gboolean icam_media_can_decode (IcamCodec codec);

G_END_DECLS
