/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "base/icam-types.h"

G_BEGIN_DECLS

/* Parameter sets of H.264 and H.265 as they come by, and the configuration record that files want of them (avcC and hvcC, ISO/IEC
 * 14496-15, sections 5.3.3 and 8.3.3). Hostile input: a set that cannot be understood is not taken. */
typedef struct _IcamCodecConfig IcamCodecConfig;

IcamCodecConfig *icam_codec_config_new        (IcamCodec        codec);
void             icam_codec_config_free       (IcamCodecConfig *self);
gboolean         icam_codec_config_add        (IcamCodecConfig *self,
                                               const guint8    *nal,
                                               gsize            size);
GBytes          *icam_codec_config_dup_record (IcamCodecConfig *self);
void             icam_codec_config_get_size   (IcamCodecConfig *self,
                                               guint           *width,
                                               guint           *height);

/* What a NAL unit is, by its first bytes. */
typedef enum
{
  ICAM_NAL_OTHER,
  ICAM_NAL_PARAMETER_SET,
  ICAM_NAL_DELIMITER, /* begins an access unit */
  ICAM_NAL_SLICE,
  ICAM_NAL_KEY_SLICE, /* IDR, or IRAP in H.265 */
} IcamNalKind;

IcamNalKind      icam_nal_kind                (IcamCodec        codec,
                                               const guint8    *nal,
                                               gsize            size);
gboolean         icam_nal_is_intra_slice      (const guint8    *nal,
                                               gsize            size);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamCodecConfig, icam_codec_config_free)

G_END_DECLS
