/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-fuzz"

#include "config.h"

#include "icam-fuzz-viewer.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "media/icam-bitstream.h"
#include "media/icam-interleaved.h"

typedef struct
{
  IcamRtspSession *session;
  IcamRtspTrack *tracks;
  guint n_tracks;
  GByteArray *out;
  guint8 *steal; /* every other unit is taken */
} View;

void
icam_fuzz_check_unit (IcamRtpDepay *depay,
                      IcamUnit     *unit,
                      gpointer      user_data)
{
  const IcamRtpFormat *format = icam_rtp_depay_get_format (depay);

  g_assert_nonnull (unit->data);
  g_assert_cmpuint (unit->size, >, 0);
  g_assert_cmpuint (unit->size, <=, ICAM_RTP_MAX_UNIT);
  switch (format->codec)
    {
    case ICAM_CODEC_H264:
    case ICAM_CODEC_H265:
      {
        g_autoptr (GBytes) sets = NULL;
        gsize size;
        const guint8 *record;
        guint length_size = 0;

        g_assert_true (icam_bitstream_check (unit->data, unit->size, NULL));
        g_assert_nonnull (format->codec_data);
        g_assert_cmpuint (format->width, >, 0);
        g_assert_cmpuint (format->height, >, 0);
        record = g_bytes_get_data (format->codec_data, &size);
        sets = icam_bitstream_params_to_annex_b (format->codec, record, size, &length_size);
        g_assert_nonnull (sets);
        g_assert_cmpuint (length_size, ==, 4);
        break;
      }
    case ICAM_CODEC_MJPEG:
      g_assert_cmpuint (unit->size, >, 4);
      g_assert_cmpmem (unit->data, 2, "\xff\xd8", 2);
      g_assert_cmpmem (unit->data + unit->size - 2, 2, "\xff\xd9", 2);
      g_assert_cmpuint (format->width, >, 0);
      break;
    case ICAM_CODEC_AAC:
    case ICAM_CODEC_PCMU:
    case ICAM_CODEC_PCMA:
    case ICAM_CODEC_OPUS:
      g_assert_cmpuint (format->rate, >, 0);
      g_assert_cmpuint (format->channels, >, 0);
      break;
    case ICAM_CODEC_NONE:
    default:
      g_assert_not_reached ();
    }

  if (unit->arrival_us % 2 == 1)
    g_free (icam_rtp_depay_steal (depay, unit));
}

static void
on_packet (guint         channel,
           const guint8 *data,
           gsize         size,
           gpointer      user_data)
{
  View *self = user_data;

  g_assert_cmpuint (channel, <, 256);
  for (guint i = 0; i < self->n_tracks; i++)
    if (self->tracks[i].rtp_channel == channel)
      icam_rtp_depay_push (self->tracks[i].depay, data, size, (gint64) size, icam_fuzz_check_unit, self);
    else if (self->tracks[i].rtcp_channel == channel)
      icam_rtsp_session_rtcp (self->session, channel, data, size, 1);
}

static void
on_message (const char *text,
            gsize       head_size,
            gsize       body_size,
            gpointer    user_data)
{
  View *self = user_data;

  g_assert_cmpuint (head_size, >, 0);
  g_assert_cmpuint (head_size, <=, ICAM_INTERLEAVED_MAX_HEAD);
  g_assert_cmpuint (body_size, <=, ICAM_INTERLEAVED_MAX_BODY);
  icam_rtsp_session_message (self->session, text, head_size, self->out);
}

/* What goes out amid the data is requests, answers and reports of ours, whole: heads that end with an empty line, no line break but those. */
static void
check_out (View *self)
{
  for (guint at = 0; at < self->out->len;)
    {
      const guint8 *here = self->out->data + at;
      guint left = self->out->len - at;

      if (*here == '$')
        {
          g_assert_cmpuint (left, >=, 36);
          at += 36;
          continue;
        }

      do
        {
          const guint8 *end = memchr (here, '\n', left);

          g_assert_nonnull (end);
          g_assert_true (end > here && end[-1] == '\r');
          for (const guint8 *p = here; p < end - 1; p++)
            g_assert_true (*p != '\r' && *p != '\0');
          at += (guint) (end + 1 - here);
          left -= (guint) (end + 1 - here);
          if (end - here == 1)
            break;
          here = end + 1;
        }
      while (left > 0);
    }
  g_byte_array_set_size (self->out, 0);
}

void
icam_fuzz_view (IcamRtspSession *session,
                gsize            piece)
{
  static const IcamInterleavedFuncs funcs = { on_packet, on_message };
  g_autoptr (GByteArray) rest = g_byte_array_new ();
  g_autofree guint8 *buffer = g_malloc (piece);
  View self = { .session = session, .out = g_byte_array_new () };
  IcamInterleaved framing;
  gint64 now_us = 1;
  gssize got;
  GPtrArray *early = icam_rtsp_session_steal_early (session);

  self.n_tracks = icam_rtsp_session_get_tracks (session, &self.tracks);
  g_assert_cmpuint (self.n_tracks, >, 0);
  g_assert_cmpuint (self.n_tracks, <=, ICAM_RTSP_MAX_TRACKS);
  icam_interleaved_init (&framing);
  for (guint i = 0; i < self.n_tracks; i++)
    {
      icam_interleaved_add_channel (&framing, self.tracks[i].rtp_channel);
      icam_interleaved_add_channel (&framing, self.tracks[i].rtcp_channel);
    }
  for (guint i = 0; i < early->len; i++)
    {
      gsize size;
      const guint8 *data = g_bytes_get_data (g_ptr_array_index (early, i), &size);

      on_packet (data[0], data + 1, size - 1, &self);
    }
  g_ptr_array_unref (early);

  for (;;)
    {
      struct pollfd ready = { icam_rtsp_session_get_fd (session), POLLIN, 0 };
      gsize used;

      poll (&ready, 1, -1);
      got = recv (ready.fd, buffer, piece, 0);
      if (got <= 0)
        break;
      g_byte_array_append (rest, buffer, (guint) got);
      used = icam_interleaved_parse (&framing, rest->data, rest->len, &funcs, &self);
      g_assert_cmpuint (used, <=, rest->len);
      g_byte_array_remove_range (rest, 0, (guint) used);
      g_assert_cmpuint (rest->len, <, MAX (ICAM_INTERLEAVED_MAX_REST, 65539) + piece);
      icam_rtsp_session_beat (session, now_us += 26 * G_USEC_PER_SEC, self.out);
      check_out (&self);
    }
  icam_rtsp_session_teardown (session, self.out);
  check_out (&self);
  g_byte_array_unref (self.out);
}
