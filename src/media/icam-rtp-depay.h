/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "base/icam-types.h"

G_BEGIN_DECLS

/* Access units from RTP packets: H.264 (RFC 6184), H.265 (RFC 7798), MPEG-4 audio (RFC 3640), G.711 (RFC 3551), Opus (RFC 7587),
 * JPEG (RFC 2435). Sans I/O, for packets in their order (TCP). Copes with what cameras do: missing marker bits, a marker behind each
 * parameter set, several NAL units a packet, parameter sets in the SDP, in band, and changing. Hostile input: bounded. */
typedef struct _IcamRtpDepay IcamRtpDepay;

typedef enum
{
  ICAM_UNIT_KEY = 1 << 0,
  ICAM_UNIT_DISCONT = 1 << 1,    /* packets before this unit are missing */
  ICAM_UNIT_NEW_FORMAT = 1 << 2, /* parameter sets or the size changed since the last unit, see icam_rtp_depay_get_format() */
} IcamUnitFlags;

/* An access unit. H.264 and H.265: NAL units, each behind its length in four bytes (ISO/IEC 14496-15). */
typedef struct
{
  guint8 *data; /* to be taken with icam_rtp_depay_steal(), else it is used again */
  gsize size;
  guint32 rtp_time;   /* of its pictures, as it came */
  IcamUnitFlags flags;
  gint64 arrival_us;  /* of its last packet, as it was given */
} IcamUnit;

typedef struct
{
  IcamCodec codec;
  guint width, height; /* pixels; 0 for audio */
  guint rate, channels; /* audio */
  GBytes *codec_data; /* avcC, hvcC, AudioSpecificConfig, or NULL while it is not known; owned by the depayloader */
} IcamRtpFormat;

typedef void (*IcamUnitFunc) (IcamRtpDepay *self,
                              IcamUnit     *unit,
                              gpointer      user_data);

/* Largest access unit that is believed. */
#define ICAM_RTP_MAX_UNIT (8u * 1024 * 1024)

IcamRtpDepay        *icam_rtp_depay_new        (const char   *encoding_name,
                                                guint         clock_rate,
                                                guint         channels,
                                                const char   *fmtp);
void                 icam_rtp_depay_free       (IcamRtpDepay *self);
void                 icam_rtp_depay_push       (IcamRtpDepay *self,
                                                const guint8 *packet,
                                                gsize         size,
                                                gint64        arrival_us,
                                                IcamUnitFunc  func,
                                                gpointer      user_data);
guint8              *icam_rtp_depay_steal      (IcamRtpDepay *self,
                                                IcamUnit     *unit);
const IcamRtpFormat *icam_rtp_depay_get_format (IcamRtpDepay *self);
guint                icam_rtp_depay_get_clock_rate (IcamRtpDepay *self);

/* For receiver reports (RFC 3550, appendix A.3). */
typedef struct
{
  guint32 ssrc;
  guint32 extended_highest;
  guint32 expected, received; /* since the begin */
  gboolean any;
} IcamRtpStats;

void                 icam_rtp_depay_get_stats  (IcamRtpDepay *self,
                                                IcamRtpStats *stats);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamRtpDepay, icam_rtp_depay_free)

G_END_DECLS
