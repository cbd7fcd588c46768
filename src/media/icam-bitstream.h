/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "base/icam-types.h"

G_BEGIN_DECLS

/* H.264 and H.265 in their two coats: length-prefixed with a configuration record aside (files, ISO/IEC 14496-15), and Annex B
 * byte streams (live records; ITU-T H.264 and H.265, Annex B). Everything may be hostile: every length is checked. */

GBytes  *icam_bitstream_params_to_annex_b (IcamCodec     codec,
                                           const guint8 *record,
                                           gsize         size,
                                           guint        *length_size);
gboolean icam_bitstream_add_params        (IcamCodec     codec,
                                           const guint8 *record,
                                           gsize         size,
                                           GByteArray   *out);
gboolean icam_bitstream_check             (const guint8 *data,
                                           gsize         size,
                                           guint        *n_units);
gboolean icam_bitstream_to_annex_b        (guint8       *data,
                                           gsize         size);
gboolean icam_bitstream_is_annex_b        (const guint8 *data,
                                           gsize         size);
gboolean icam_bitstream_has_params        (IcamCodec     codec,
                                           const guint8 *annex_b,
                                           gsize         size);

G_END_DECLS
