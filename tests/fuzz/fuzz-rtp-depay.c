/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Whatever RTP packets come: the first byte says of which codec, then come packets, each behind its length in two bytes. */

#define G_LOG_DOMAIN "icam-fuzz"

#include "config.h"

#include <stdint.h>
#include <string.h>

#include "media/icam-rtp-depay.h"

#include "icam-fuzz-viewer.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static const struct
{
  const char *encoding;
  guint rate;
  const char *fmtp;
} streams[] = {
  { "H264", 90000, "96 packetization-mode=1;sprop-parameter-sets=Z2QAFKyyCPYC1BgYGpQAAAMABAAAAwB6PFCpIA==,aOvMsiw=" },
  { "H264", 90000, NULL },
  { "H265", 90000, NULL },
  { "JPEG", 90000, NULL },
  { "MPEG4-GENERIC", 16000, "96 streamtype=5;mode=AAC-hbr;config=1408;sizelength=13;indexlength=3;indexdeltalength=3" },
  { "MPEG4-GENERIC", 48000, "96 config=1190;sizelength=32;indexlength=32;indexdeltalength=0" },
  { "PCMU", 8000, NULL },
  { "OPUS", 48000, NULL },
};

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (IcamRtpDepay) depay = NULL;
  IcamRtpStats stats;
  guint which;

  if (size < 1)
    return 0;
  which = data[0] % G_N_ELEMENTS (streams);
  depay = icam_rtp_depay_new (streams[which].encoding, streams[which].rate, 1, streams[which].fmtp);
  g_assert_nonnull (depay);

  for (size_t at = 1; at + 2 <= size;)
    {
      size_t length = MIN ((size_t) (data[at] << 8 | data[at + 1]), size - at - 2);
      g_autofree guint8 *exact = g_memdup2 (data + at + 2, length);

      icam_rtp_depay_push (depay, exact, length, (gint64) at, icam_fuzz_check_unit, NULL);
      at += 2 + length;
    }
  icam_rtp_depay_get_stats (depay, &stats);
  return 0;
}
