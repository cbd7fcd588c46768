/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "media/icam-media.h"

G_BEGIN_DECLS

#define ICAM_AUTHOR "The In Camera contributors"

gboolean icam_media_register (GstPlugin *plugin);
/* Promise 4: at GST_DEBUG=9 some of GStreamer's elements log what they send, HTTP's and RTSP's "Authorization: Basic" included, which is the password in
 * base64. Their categories say no more than at level DEBUG (5). To be called when the element exists. */
void icam_media_quieten (const char *category);
/* Codec and private data (owned, in the form of IcamTrack) from caps; ICAM_CODEC_NONE if they are none of ours. */
IcamCodec icam_media_codec_from_caps (GstCaps  *caps,
                                      GBytes  **private_data);
/* The decoder that decodes a codec here, or NULL. */
const char *icam_media_decoder_for (IcamCodec codec);

G_END_DECLS
