/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Whatever comes after PLAY was answered: '$' framing, answers and requests amid it, RTP and RTCP. The first byte says how it is cut. What
 * comes out of the framing is the same however it is cut. */

#define G_LOG_DOMAIN "icam-fuzz"

#include "config.h"

#include <gst/gst.h>
#include <stdint.h>
#include <string.h>

#include "media/icam-interleaved.h"

#include "icam-fuzz-server.h"
#include "icam-fuzz-viewer.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static const char sdp[] = "v=0\r\n"
                          "o=- 1 1 IN IP4 192.0.2.7\r\n"
                          "s=camera\r\n"
                          "t=0 0\r\n"
                          "m=video 0 RTP/AVP 96\r\n"
                          "a=rtpmap:96 H264/90000\r\n"
                          "a=fmtp:96 packetization-mode=1;sprop-parameter-sets=Z2QAFKyyCPYC1BgYGpQAAAMABAAAAwB6PFCpIA==,aOvMsiw=\r\n"
                          "a=control:trackID=0\r\n"
                          "m=audio 0 RTP/AVP 0\r\n"
                          "a=control:trackID=1\r\n";

static void
on_packet (guint         channel,
           const guint8 *data,
           gsize         size,
           gpointer      user_data)
{
  const guint8 head[3] = { (guint8) channel, (guint8) (size >> 8), (guint8) size };

  g_checksum_update (user_data, head, 3);
  g_checksum_update (user_data, data, (gssize) size);
}

static void
on_message (const char *text,
            gsize       head_size,
            gsize       body_size,
            gpointer    user_data)
{
  g_checksum_update (user_data, (const guchar *) text, (gssize) (head_size + body_size));
  g_checksum_update (user_data, (const guchar *) "|", 1);
}

static GChecksum *
parse (const guint8 *data,
       gsize         size,
       gsize         piece)
{
  static const IcamInterleavedFuncs funcs = { on_packet, on_message };
  GChecksum *sum = g_checksum_new (G_CHECKSUM_SHA1);
  g_autoptr (GByteArray) rest = g_byte_array_new ();
  IcamInterleaved framing;

  icam_interleaved_init (&framing);
  icam_interleaved_add_channel (&framing, 0);
  icam_interleaved_add_channel (&framing, 1);
  for (gsize at = 0; at < size; at += piece)
    {
      gsize used;
      g_autofree guint8 *exact = NULL;

      g_byte_array_append (rest, data + at, (guint) MIN (piece, size - at));
      exact = g_memdup2 (rest->data, rest->len);
      used = icam_interleaved_parse (&framing, exact, rest->len, &funcs, sum);
      g_assert_cmpuint (used, <=, rest->len);
      g_byte_array_remove_range (rest, 0, (guint) used);
    }

  return sum;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GByteArray) answers = NULL;
  g_autoptr (IcamRtspSession) session = NULL;
  g_autoptr (GChecksum) whole = NULL;
  g_autoptr (GChecksum) cut = NULL;
  g_autoptr (GError) error = NULL;
  gboolean answered = FALSE, opened;
  guint status = 0;

  if (size < 1)
    return 0;

  whole = parse (data + 1, size - 1, size);
  cut = parse (data + 1, size - 1, data[0] % 64 + 1u);
  g_assert_cmpstr (g_checksum_get_string (whole), ==, g_checksum_get_string (cut));

  gst_init (NULL, NULL);
  answers = icam_fuzz_server_answers (sdp, strlen (sdp), 2, data + 1, size - 1);
  session = icam_rtsp_session_new (icam_fuzz_server_say (answers->data, answers->len), "admin", NULL, NULL);
  opened = icam_rtsp_session_open (session, &status, &answered, &error);
  g_assert_no_error (error);
  g_assert_true (opened);
  icam_fuzz_view (session, data[0] * 16u + 1);
  return 0;
}
