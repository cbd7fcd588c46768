/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "base/icam-types.h"

G_BEGIN_DECLS

/* Live video from the recorder to a viewer: records on a SOCK_STREAM socket pair. All numbers are little-endian.
 *
 *   offset size
 *    0      4   magic "ICLR"
 *    4      1   version, 1
 *    5      1   kind (IcamLiveKind)
 *    6      1   role
 *    7      1   codec
 *    8      4   flags (IcamLiveFlags)
 *   12      4   length of the payload in bytes, at most ICAM_LIVE_MAX_PAYLOAD
 *   16     16   channel UUID
 *   32      4   epoch
 *   36      4   duration in µs, 0 unknown
 *   40      8   UTC of the picture in µs
 *   48      8   PTS in µs since the stream was connected
 *   56      8   DTS in µs, the same as PTS where pictures are not reordered
 *   64          payload
 *
 * CAPS comes first and again when they change; its payload is width (u16), height (u16), sample rate (u32), channels (u16),
 * reserved (u16, 0), then the codec private data: for H.264 and H.265 the parameter sets as an Annex B byte stream, for AAC the
 * AudioSpecificConfig. FRAME carries an access unit (H.264, H.265: Annex B byte stream), a JPEG or an audio frame.
 * STATE carries a frozen code's name as text ("live", "camera-silent", …) so that a viewer knows why nothing comes. */
#define ICAM_LIVE_HEADER_SIZE 64
#define ICAM_LIVE_CAPS_SIZE 12
#define ICAM_LIVE_MAX_PAYLOAD (8u * 1024 * 1024)

typedef enum
{
  ICAM_LIVE_CAPS = 1,
  ICAM_LIVE_FRAME = 2,
  ICAM_LIVE_STATE = 3,
} IcamLiveKind;

typedef enum
{
  ICAM_LIVE_KEY = 1 << 0,      /* decoding can begin here */
  ICAM_LIVE_DISCONT = 1 << 1,  /* frames before this one are missing */
  ICAM_LIVE_PAST = 1 << 2,     /* from the current group of pictures, before the viewer came: decode, do not show */
  ICAM_LIVE_UNVERIFIED = 1 << 3, /* the device's identity is not known */
} IcamLiveFlags;

typedef struct
{
  IcamLiveKind kind;
  IcamRole role;
  IcamCodec codec;
  guint32 flags;
  guint32 length;
  IcamUuid channel;
  guint32 epoch;
  guint32 duration_us;
  gint64 utc_us;
  gint64 pts_us;
  gint64 dts_us;
} IcamLiveHeader;

typedef struct
{
  guint width, height; /* pixels, 0 for audio */
  guint rate, channels; /* Hz; 0 for video */
  const guint8 *private_data; /* inside the payload that was parsed, or the caller's */
  gsize private_size;
} IcamLiveCaps;

void     icam_live_header_write (const IcamLiveHeader *header,
                                 guint8                out[ICAM_LIVE_HEADER_SIZE]);
gboolean icam_live_header_parse (const guint8    in[ICAM_LIVE_HEADER_SIZE],
                                 IcamLiveHeader *header,
                                 GError        **error);
GBytes  *icam_live_caps_write   (const IcamLiveCaps *caps);
gboolean icam_live_caps_parse   (const guint8 *payload,
                                 gsize         length,
                                 IcamLiveCaps *caps,
                                 GError      **error);

G_END_DECLS
