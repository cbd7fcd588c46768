/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gst/gst.h>

#include "media/icam-decoder.h"

G_BEGIN_DECLS

/* One GStreamer decoder that is fed and emptied by the thread that calls: no pipeline, no threads of its own, no queue. What comes out goes to
 * @func during the call that brought it about. One thread at a time. */
typedef struct _IcamDecodeEngine IcamDecodeEngine;

/* @pixels: RGBx rows of width * 4 bytes. */
typedef void (*IcamDecodeFunc) (gpointer  user_data,
                                gint64    utc_us,
                                guint     width,
                                guint     height,
                                GBytes   *pixels);

IcamDecodeEngine *icam_decode_engine_new   (IcamCodec         codec,
                                            GBytes           *params,
                                            guint             max_width,
                                            IcamDecodeFunc    func,
                                            gpointer          user_data);
void              icam_decode_engine_free  (IcamDecodeEngine *self);
void              icam_decode_engine_push  (IcamDecodeEngine *self,
                                            GBytes           *data,
                                            gint64            utc_us,
                                            IcamDecodeFlags   flags);
void              icam_decode_engine_drain (IcamDecodeEngine *self);
void              icam_decode_engine_flush (IcamDecodeEngine *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamDecodeEngine, icam_decode_engine_free)

G_END_DECLS
