/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

GBytes *icam_png_encode_rgbx (GBytes     *pixels,
                              guint       width,
                              guint       height,
                              guint       stride,
                              const char *comment,
                              GError    **error);

G_END_DECLS
