/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What goes on amid the data of an RTSP session, on the reader's thread. */

#define G_LOG_DOMAIN "icam-media"

#include "config.h"

#include "media/icam-rtsp-session-private.h"

#include <gst/gst.h>
#include <string.h>

#define REPORT_US (5 * G_USEC_PER_SEC)

static void
append_request (IcamRtspSession *self,
                const char      *method,
                GByteArray      *out)
{
  g_autoptr (GString) text = g_string_new (NULL);
  char *authorization = icam_rtsp_auth_answer (self->auth, method, self->aggregate);

  g_string_append_printf (text, "%s %s RTSP/1.0\r\nCSeq: %u\r\nUser-Agent: " ICAM_APP_NAME "/" ICAM_VERSION "\r\n", method,
                          self->aggregate, ++self->cseq);
  if (self->session_id != NULL)
    g_string_append_printf (text, "Session: %s\r\n", self->session_id);
  if (authorization != NULL)
    g_string_append_printf (text, "Authorization: %s\r\n", authorization);
  g_string_append (text, "\r\n");
  g_byte_array_append (out, (const guint8 *) text->str, (guint) text->len);

  icam_secret_wipe (text->str, text->len);
  if (authorization != NULL)
    icam_secret_wipe (authorization, strlen (authorization));
  g_free (authorization);
}

static void
keep_alive (IcamRtspSession *self,
            GByteArray      *out)
{
  append_request (self, self->has_get_parameter ? "GET_PARAMETER" : "OPTIONS", out);
  self->keep_alive_cseq = self->cseq;
}

static void
put32 (guint8 *out,
       guint32 value)
{
  out[0] = (guint8) (value >> 24);
  out[1] = (guint8) (value >> 16);
  out[2] = (guint8) (value >> 8);
  out[3] = (guint8) value;
}

/* A receiver report (RFC 3550, section 6.4.2). Some servers end a session that sends none. */
static void
append_report (IcamRtspSession *self,
               guint            number,
               gint64           now_us,
               GByteArray      *out)
{
  IcamRtspRtcp *rtcp = &self->rtcp[number];
  guint8 report[4 + 32] = { '$', (guint8) self->tracks[number].rtcp_channel, 0, 32, 0x81, 201, 0, 7 };
  IcamRtpStats stats;
  guint32 expected, received, lost, delay;

  icam_rtp_depay_get_stats (self->tracks[number].depay, &stats);
  if (!stats.any)
    return;

  expected = stats.expected - rtcp->expected;
  received = stats.received - rtcp->received;
  lost = expected > received ? expected - received : 0;
  rtcp->expected = stats.expected;
  rtcp->received = stats.received;
  delay = rtcp->last_sr_us > 0 ? (guint32) ((now_us - rtcp->last_sr_us) * 65536 / G_USEC_PER_SEC) : 0;

  put32 (report + 8, self->ssrc);
  put32 (report + 12, stats.ssrc);
  put32 (report + 16, MIN (stats.expected > stats.received ? stats.expected - stats.received : 0, 0x7fffffu));
  report[16] = (guint8) (expected > 0 ? MIN (lost * 256 / expected, 255u) : 0);
  put32 (report + 20, stats.extended_highest);
  put32 (report + 24, 0); /* jitter: over TCP it says nothing of the network */
  put32 (report + 28, rtcp->last_sr_us > 0 ? rtcp->last_sr : 0);
  put32 (report + 32, delay);
  g_byte_array_append (out, report, sizeof report);
}

/**
 * icam_rtsp_session_beat:
 * @self: an open session
 * @now_us: boot time
 * @out: what is to be sent is appended
 *
 * Keeps the session alive by what the server said in Public, and reports.
 */
void
icam_rtsp_session_beat (IcamRtspSession *self,
                        gint64           now_us,
                        GByteArray      *out)
{
  if (self->kept_alive_us == 0)
    self->kept_alive_us = self->reported_us = now_us;

  if (now_us - self->kept_alive_us >= (self->keep_alive_every_us > 0 ? self->keep_alive_every_us : ICAM_RTSP_MAX_KEEP_ALIVE_US))
    {
      self->kept_alive_us = now_us;
      keep_alive (self, out);
    }
  if (now_us - self->reported_us >= REPORT_US)
    {
      self->reported_us = now_us;
      for (guint i = 0; i < self->n_tracks; i++)
        append_report (self, i, now_us, out);
    }
}

/**
 * icam_rtsp_session_rtcp:
 * @self: an open session
 * @channel: where it came
 * @data: an RTCP packet
 * @size: in bytes
 * @arrival_us: boot time
 *
 * Remembers sender reports (RFC 3550, section 6.4.1) for the reports of ours.
 */
void
icam_rtsp_session_rtcp (IcamRtspSession *self,
                        guint            channel,
                        const guint8    *data,
                        gsize            size,
                        gint64           arrival_us)
{
  if (size < 28 || data[0] >> 6 != 2 || data[1] != 200)
    return;

  for (guint i = 0; i < self->n_tracks; i++)
    if (self->tracks[i].rtcp_channel == channel)
      {
        self->rtcp[i].last_sr = (guint32) data[10] << 24 | (guint32) data[11] << 16 | (guint32) data[12] << 8 | data[13];
        self->rtcp[i].last_sr_us = arrival_us;
      }
}

static char *
header_of (const char *text,
           gsize       size,
           const char *name)
{
  g_autofree char *head = g_strndup (text, size);
  g_auto (GStrv) lines = g_strsplit (head, "\n", 128);
  gsize length = strlen (name);

  for (guint i = 1; lines[0] != NULL && lines[i] != NULL; i++)
    if (g_ascii_strncasecmp (lines[i], name, length) == 0 && lines[i][length] == ':')
      return g_strdup (g_strstrip (lines[i] + length + 1));

  return NULL;
}

static IcamRtspVerdict
take_response (IcamRtspSession *self,
               const char      *text,
               gsize            head_size,
               GByteArray      *out)
{
  g_autofree char *cseq = header_of (text, head_size, "CSeq");
  GstRTSPMessage response = { 0 };
  guint status = 0;
  gboolean stale = FALSE;
  g_autofree char *challenge = NULL;

  for (gsize i = 0; i + 4 < head_size && i < 16; i++)
    if (text[i] == ' ')
      {
        status = (guint) g_ascii_strtoull (text + i + 1, NULL, 10);
        break;
      }
  if (cseq == NULL || self->keep_alive_cseq == 0 || g_ascii_strtoull (cseq, NULL, 10) != self->keep_alive_cseq)
    return ICAM_RTSP_GOES_ON;

  self->keep_alive_cseq = 0;
  switch (status)
    {
    case GST_RTSP_STS_SESSION_NOT_FOUND:
      return ICAM_RTSP_ENDED;

    case GST_RTSP_STS_UNAUTHORIZED:
      /* The nonce is too old: the same once more with the new one. */
      challenge = header_of (text, head_size, "WWW-Authenticate");
      gst_rtsp_message_init_response (&response, GST_RTSP_STS_UNAUTHORIZED, NULL, NULL);
      if (challenge != NULL)
        gst_rtsp_message_add_header (&response, GST_RTSP_HDR_WWW_AUTHENTICATE, challenge);
      if (icam_rtsp_auth_challenge (self->auth, &response, &stale))
        {
          keep_alive (self, out);
          self->keep_alive_cseq = 0;
        }
      gst_rtsp_message_unset (&response);
      return ICAM_RTSP_GOES_ON;

    case GST_RTSP_STS_METHOD_NOT_ALLOWED:
    case GST_RTSP_STS_NOT_IMPLEMENTED:
    case GST_RTSP_STS_PARAMETER_NOT_UNDERSTOOD:
      self->has_get_parameter = FALSE;
      return ICAM_RTSP_GOES_ON;

    default:
      return ICAM_RTSP_GOES_ON;
    }
}

static gboolean
is_method (const char *text,
           gsize       size,
           const char *method)
{
  return size >= strlen (method) && memcmp (text, method, strlen (method)) == 0;
}

/**
 * icam_rtsp_session_message:
 * @self: an open session
 * @text: a response, or a request of the server
 * @head_size: in bytes
 * @out: what is to be sent is appended
 *
 * Returns: whether the session goes on
 */
IcamRtspVerdict
icam_rtsp_session_message (IcamRtspSession *self,
                           const char      *text,
                           gsize            head_size,
                           GByteArray      *out)
{
  g_autofree char *cseq = NULL;
  g_autofree char *answer = NULL;
  gboolean known;

  if (head_size >= 5 && memcmp (text, "RTSP/", 5) == 0)
    return take_response (self, text, head_size, out);

  known = is_method (text, head_size, "OPTIONS ") || is_method (text, head_size, "GET_PARAMETER ")
          || is_method (text, head_size, "SET_PARAMETER ") || is_method (text, head_size, "ANNOUNCE ");
  cseq = header_of (text, head_size, "CSeq");
  if (cseq != NULL && strlen (cseq) < 20)
    {
      answer = g_strdup_printf ("RTSP/1.0 %s\r\nCSeq: %" G_GUINT64_FORMAT "\r\n\r\n", known ? "200 OK" : "501 Not Implemented",
                                g_ascii_strtoull (cseq, NULL, 10));
      g_byte_array_append (out, (const guint8 *) answer, (guint) strlen (answer));
    }

  /* TEARDOWN from the server, and a REDIRECT: connect anew. */
  if (is_method (text, head_size, "TEARDOWN ") || is_method (text, head_size, "REDIRECT "))
    return ICAM_RTSP_ENDED;
  return ICAM_RTSP_GOES_ON;
}

/**
 * icam_rtsp_session_teardown:
 * @self: an open session
 * @out: what is to be sent is appended; nobody waits for its answer
 */
void
icam_rtsp_session_teardown (IcamRtspSession *self,
                            GByteArray      *out)
{
  append_request (self, "TEARDOWN", out);
}
