/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* JPEG by libjpeg, in memory. Pictures from outside may be broken: they are decoded as far as they go or refused, never trusted. */
gboolean icam_jpeg_get_size   (const guint8 *data,
                               gsize         size,
                               guint        *width,
                               guint        *height);
GBytes *icam_jpeg_from_sample (GstSample    *sample,
                               guint         max_width,
                               const char   *comment);
GBytes *icam_jpeg_encode_rgbx (const guint8 *pixels,
                               guint         width,
                               guint         height,
                               guint         stride,
                               const char   *comment,
                               GError      **error);
GBytes *icam_jpeg_decode_rgbx (const guint8 *data,
                               gsize         size,
                               guint         max_width,
                               guint        *width,
                               guint        *height,
                               GError      **error);

G_END_DECLS
