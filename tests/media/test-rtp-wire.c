/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Each codec over a real TCP connection to a small server, cut at every offset, merged, and amid what else may come. */

#include "config.h"

#include "media/icam-interleaved.h"
#include "media/icam-rtsp-session.h"

#include "test-rtp-cases.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- the server: one connection, then what it is given, in the pieces that it is given ---- */

typedef struct
{
  int listener;
  char *sdp;
  gboolean odd;       /* answers as VLC refuses: without a CSeq */
  GByteArray *early;  /* comes before PLAY is answered */
  GByteArray *stream; /* comes after it */
  GArray *cuts;       /* of gsize, rising: where a piece ends. The next one is sent when this one was read. */
  GThread *thread;

  GMutex lock;
  GCond cond;
  gsize taken; /* under lock: how much of the stream was read */
} Server;

static void
say (int         fd,
     const void *data,
     gsize       size)
{
  for (gsize at = 0; at < size;)
    {
      gssize sent = send (fd, (const guint8 *) data + at, size - at, MSG_NOSIGNAL);

      if (sent <= 0)
        return;
      at += (gsize) sent;
    }
}

static void
answer (Server     *self,
        int         fd,
        const char *cseq,
        const char *rest)
{
  g_autofree char *text = self->odd ? g_strdup_printf ("RTSP/1.0 200 OK\r\n%s", rest)
                                    : g_strdup_printf ("RTSP/1.0 200 OK\r\nCSeq: %s\r\n%s", cseq, rest);

  say (fd, text, strlen (text));
}

static void
send_stream (Server *self,
             int     fd)
{
  gsize at = 0;

  for (guint i = 0; i <= self->cuts->len; i++)
    {
      gsize end = i < self->cuts->len ? g_array_index (self->cuts, gsize, i) : self->stream->len;

      say (fd, self->stream->data + at, end - at);
      at = end;
      g_mutex_lock (&self->lock);
      while (self->taken < at)
        g_cond_wait (&self->cond, &self->lock);
      g_mutex_unlock (&self->lock);
    }
}

static gpointer
serve (gpointer data)
{
  Server *self = data;
  int fd = accept (self->listener, NULL, NULL);
  const int on = 1;
  g_autoptr (GString) request = g_string_new (NULL);
  char byte;

  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  while (recv (fd, &byte, 1, 0) == 1)
    {
      g_auto (GStrv) lines = NULL;
      const char *cseq = "0";

      g_string_append_c (request, byte);
      if (!g_str_has_suffix (request->str, "\r\n\r\n"))
        continue;
      lines = g_strsplit (request->str, "\r\n", -1);
      for (guint i = 1; lines[i] != NULL; i++)
        if (g_ascii_strncasecmp (lines[i], "CSeq: ", 6) == 0)
          cseq = lines[i] + 6;

      if (g_str_has_prefix (request->str, "DESCRIBE "))
        {
          g_autofree char *head
            = g_strdup_printf ("Content-Type: application/sdp\r\nContent-Length: %" G_GSIZE_FORMAT "\r\n\r\n%s", strlen (self->sdp), self->sdp);

          answer (self, fd, cseq, head);
        }
      else if (g_str_has_prefix (request->str, "SETUP "))
        answer (self, fd, cseq, "Session: 7;timeout=60\r\nTransport: RTP/AVP/TCP;unicast;interleaved=4-5\r\n\r\n");
      else if (g_str_has_prefix (request->str, "PLAY "))
        {
          say (fd, self->early->data, self->early->len);
          answer (self, fd, cseq, "Session: 7\r\n\r\n");
          send_stream (self, fd);
          break;
        }
      else
        answer (self, fd, cseq, "Public: OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER\r\n\r\n");
      g_string_truncate (request, 0);
    }

  close (fd);
  return NULL;
}

static char *
server_start (Server *self)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t length = sizeof address;

  self->listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (bind (self->listener, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (listen (self->listener, 1), ==, 0);
  g_assert_cmpint (getsockname (self->listener, (struct sockaddr *) &address, &length), ==, 0);
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  self->thread = g_thread_new ("server", serve, self);
  return g_strdup_printf ("rtsp://127.0.0.1:%u/live", ntohs (address.sin_port));
}

static void
server_end (Server *self)
{
  g_thread_join (self->thread);
  close (self->listener);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
  g_free (self->sdp);
  g_byte_array_unref (self->early);
  g_byte_array_unref (self->stream);
  g_array_unref (self->cuts);
}

/* ---- the reader: what icamrtspsrc does, a read at a time ---- */

typedef struct
{
  IcamRtspTrack *track;
  IcamRtspSession *session;
  GByteArray *out;
  GPtrArray *units; /* of GBytes */
  guint disconts, messages;
} Reader;

static void
on_unit (IcamRtpDepay *depay,
         IcamUnit     *unit,
         gpointer      user_data)
{
  Reader *self = user_data;

  self->disconts += (unit->flags & ICAM_UNIT_DISCONT) != 0;
  g_ptr_array_add (self->units, g_bytes_new (unit->data, unit->size));
}

static void
on_packet (guint         channel,
           const guint8 *data,
           gsize         size,
           gpointer      user_data)
{
  Reader *self = user_data;

  if (channel == self->track->rtp_channel)
    icam_rtp_depay_push (self->track->depay, data, size, 1, on_unit, self);
}

static void
on_message (const char *text,
            gsize       head_size,
            gsize       body_size,
            gpointer    user_data)
{
  Reader *self = user_data;

  self->messages++;
  g_assert_cmpint (icam_rtsp_session_message (self->session, text, head_size, self->out), ==, ICAM_RTSP_GOES_ON);
}

static GPtrArray *
read_all (Server *server,
          guint  *disconts,
          guint  *messages)
{
  static const IcamInterleavedFuncs funcs = { on_packet, on_message };
  g_autofree char *location = server_start (server);
  g_autoptr (IcamRtspSession) session = icam_rtsp_session_new (location, NULL, NULL, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GByteArray) rest = g_byte_array_new ();
  g_autofree guint8 *buffer = g_malloc (1 << 20);
  g_autoptr (GPtrArray) early = NULL;
  Reader self = { NULL, session, g_byte_array_new (), g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref), 0, 0 };
  IcamInterleaved framing;
  gboolean answered, opened;
  guint status;
  gssize got;

  opened = icam_rtsp_session_open (session, &status, &answered, &error);
  g_assert_no_error (error);
  g_assert_true (opened);
  g_assert_cmpuint (icam_rtsp_session_get_tracks (session, &self.track), ==, 1);
  g_assert_cmpuint (self.track->rtp_channel, ==, 4);
  icam_interleaved_init (&framing);
  icam_interleaved_add_channel (&framing, self.track->rtp_channel);
  icam_interleaved_add_channel (&framing, self.track->rtcp_channel);
  early = icam_rtsp_session_steal_early (session);
  for (guint i = 0; i < early->len; i++)
    {
      gsize size;
      const guint8 *data = g_bytes_get_data (g_ptr_array_index (early, i), &size);

      on_packet (data[0], data + 1, size - 1, &self);
    }

  for (;;)
    {
      struct pollfd ready = { icam_rtsp_session_get_fd (session), POLLIN, 0 };
      gsize used;

      poll (&ready, 1, -1);
      got = recv (ready.fd, buffer, 1 << 20, 0);
      if (got <= 0)
        break;
      g_byte_array_append (rest, buffer, (guint) got);
      used = icam_interleaved_parse (&framing, rest->data, rest->len, &funcs, &self);
      g_byte_array_remove_range (rest, 0, (guint) used);
      g_mutex_lock (&server->lock);
      server->taken += (gsize) got;
      g_cond_signal (&server->cond);
      g_mutex_unlock (&server->lock);
    }
  g_assert_cmpuint (rest->len, ==, 0);

  *disconts = self.disconts;
  *messages = self.messages;
  g_byte_array_unref (self.out);
  return self.units;
}

/* ---- what is sent ---- */

typedef struct
{
  const char *name;
  const char *pipeline;
  gboolean jpeg; /* its headers are made anew */
} Case;

#define PICTURES "videotestsrc pattern=ball num-buffers=5 ! video/x-raw,format=I420,width=64,height=48,framerate=15/1 ! "
#define SOUND(n, rate) "audiotestsrc num-buffers=" #n " samplesperbuffer=256 ! audio/x-raw,rate=" #rate ",channels=1 ! "

static const Case cases[] = {
  { "h264-fragments", PICTURES "x264enc tune=zerolatency key-int-max=3 ! h264parse ! video/x-h264,stream-format=avc,alignment=au ! "
    TEST_RTP_ENDS ("rtph264pay mtu=200 config-interval=0"), FALSE },
  { "h264-aggregate-b-frames", PICTURES "x264enc bframes=2 b-adapt=false key-int-max=4 ! h264parse ! "
    "video/x-h264,stream-format=avc,alignment=au ! " TEST_RTP_ENDS ("rtph264pay mtu=1400 aggregate-mode=max-stap"), FALSE },
  { "h265-fragments", PICTURES "x265enc tune=zerolatency key-int-max=3 log-level=none ! h265parse ! video/x-h265,stream-format=hvc1,alignment=au ! "
    TEST_RTP_ENDS ("rtph265pay mtu=200"), FALSE },
  { "h265-aggregate", PICTURES "x265enc tune=zerolatency key-int-max=3 log-level=none ! h265parse ! video/x-h265,stream-format=hvc1,alignment=au ! "
    TEST_RTP_ENDS ("rtph265pay mtu=1400 aggregate-mode=max"), FALSE },
  { "aac", SOUND (24, 16000) "avenc_aac ! aacparse ! audio/mpeg,stream-format=raw ! " TEST_RTP_ENDS ("rtpmp4gpay mtu=1400"), FALSE },
  { "aac-fragments", SOUND (20, 16000) "avenc_aac bitrate=64000 ! aacparse ! audio/mpeg,stream-format=raw ! " TEST_RTP_ENDS ("rtpmp4gpay mtu=100"),
    FALSE },
  { "pcmu", SOUND (8, 8000) "mulawenc ! " TEST_RTP_ENDS ("rtppcmupay"), FALSE },
  { "pcma", SOUND (8, 8000) "alawenc ! " TEST_RTP_ENDS ("rtppcmapay"), FALSE },
  { "opus", SOUND (40, 48000) "opusenc ! " TEST_RTP_ENDS ("rtpopuspay"), FALSE },
  { "jpeg", PICTURES "jpegenc ! " TEST_RTP_ENDS ("rtpjpegpay mtu=300"), TRUE },
};

static char *
make_sdp (const TestRtpSent *sent)
{
  g_autofree char *fmtp = test_rtp_fmtp (sent->description);
  int rate = 0;

  gst_structure_get_int (sent->description, "clock-rate", &rate);
  return g_strdup_printf ("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=test\r\nt=0 0\r\nm=%s 0 RTP/AVP 96\r\na=rtpmap:96 %s/%d%s\r\na=fmtp:%s\r\n"
                          "a=control:track\r\n",
                          gst_structure_get_string (sent->description, "media"),
                          gst_structure_get_string (sent->description, "encoding-name"), rate,
                          g_str_equal (gst_structure_get_string (sent->description, "media"), "audio") ? "/1" : "", fmtp);
}

/* A packet of a round in its frame: its number and time go on from round to round. */
static void
append_packet (GByteArray        *stream,
               const TestRtpSent *sent,
               guint              number,
               guint              round)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (g_ptr_array_index (sent->packets, number), &size);
  guint16 seq = (guint16) (round * sent->packets->len + number);
  guint32 time = ((guint32) data[4] << 24 | (guint32) data[5] << 16 | (guint32) data[6] << 8 | data[7]) + round * 1000000u;
  guint8 head[4] = { '$', 4, (guint8) (size >> 8), (guint8) size };
  guint8 *copy;

  g_byte_array_append (stream, head, 4);
  g_byte_array_append (stream, data, (guint) size);
  copy = stream->data + stream->len - size;
  copy[2] = (guint8) (seq >> 8);
  copy[3] = (guint8) seq;
  copy[4] = (guint8) (time >> 24);
  copy[5] = (guint8) (time >> 16);
  copy[6] = (guint8) (time >> 8);
  copy[7] = (guint8) time;
}

/* Where the entropy-coded bytes begin. */
static gsize
scan_at (const guint8 *data,
         gsize         size)
{
  gsize at = 2;

  while (at + 4 <= size && data[at + 1] != 0xda)
    at += 2 + (gsize) (data[at + 2] << 8 | data[at + 3]);
  return at + 2 + (gsize) (data[at + 2] << 8 | data[at + 3]);
}

static void
compare (const Case        *test,
         const TestRtpSent *sent,
         GPtrArray         *got,
         guint              rounds)
{
  g_assert_cmpuint (got->len, ==, sent->units->len * rounds);
  for (guint i = 0; i < got->len; i++)
    {
      gsize a_size, b_size;
      const guint8 *a = g_bytes_get_data (g_ptr_array_index (sent->units, i % sent->units->len), &a_size);
      const guint8 *b = g_bytes_get_data (g_ptr_array_index (got, i), &b_size);
      gsize a_at = test->jpeg ? scan_at (a, a_size) : 0, b_at = test->jpeg ? scan_at (b, b_size) : 0;

      g_assert_cmpmem (a + a_at, a_size - a_at, b + b_at, b_size - b_at);
    }
}

static void
append_text (GByteArray *stream,
             const char *text)
{
  g_byte_array_append (stream, (const guint8 *) text, (guint) strlen (text));
}

/* The same packets again and again, each time cut a byte later; the first ones come before PLAY is answered, by a server that names no CSeq. */
static void
test_cut_anywhere (gconstpointer data)
{
  const Case *test = data;
  TestRtpSent sent = { 0 };
  Server server = { .odd = TRUE, .early = g_byte_array_new (), .stream = g_byte_array_new (), .cuts = g_array_new (FALSE, FALSE, sizeof (gsize)) };
  g_autoptr (GPtrArray) got = NULL;
  guint disconts, messages, rounds = 0;

  test_rtp_run (test->pipeline, &sent);
  server.sdp = make_sdp (&sent);
  for (guint i = 0; i < sent.packets->len; i++)
    append_packet (i < 2 ? server.early : server.stream, &sent, i, rounds);
  rounds++;
  for (gsize offset = 0, length = 1; offset < length; rounds++, offset += length > 6000 ? 3 : 1)
    {
      gsize start = server.stream->len, cut = start + offset;

      g_array_append_val (server.cuts, cut);
      for (guint i = 0; i < sent.packets->len; i++)
        append_packet (server.stream, &sent, i, rounds);
      length = server.stream->len - start;
    }

  got = read_all (&server, &disconts, &messages);
  compare (test, &sent, got, rounds);
  g_assert_cmpuint (disconts, ==, 0);
  g_test_message ("%u times %u packets", rounds, sent.packets->len);
  server_end (&server);
  test_rtp_sent_clear (&sent);
}

/* Byte by byte, and all at once. */
static void
test_pieces (gconstpointer data)
{
  const Case *test = data;
  TestRtpSent sent = { 0 };

  test_rtp_run (test->pipeline, &sent);
  for (guint merged = 0; merged < 2; merged++)
    {
      Server server = { .early = g_byte_array_new (), .stream = g_byte_array_new (), .cuts = g_array_new (FALSE, FALSE, sizeof (gsize)) };
      g_autoptr (GPtrArray) got = NULL;
      guint disconts, messages;

      server.sdp = make_sdp (&sent);
      for (guint i = 0; i < sent.packets->len; i++)
        append_packet (server.stream, &sent, i, 0);
      for (gsize at = 1; at < server.stream->len && !merged; at++)
        g_array_append_val (server.cuts, at);
      got = read_all (&server, &disconts, &messages);
      compare (test, &sent, got, 1);
      g_assert_cmpuint (disconts, ==, 0);
      server_end (&server);
    }
  test_rtp_sent_clear (&sent);
}

/* Messages, a channel that nobody set up, RTCP, empty lines and garbage between the packets: not a picture is lost. */
static void
test_amid (gconstpointer data)
{
  static const char *const between[] = {
    "OPTIONS rtsp://127.0.0.1/live RTSP/1.0\r\nCSeq: 1\r\n\r\n",
    "RTSP/1.0 200 OK\r\nCSeq: 6\r\nContent-Length: 5\r\n\r\n$\x04x$z",
    "\r\n\r\n",
    "ANNOUNCE rtsp://127.0.0.1/live RTSP/1.0\r\nCSeq: 2\r\nContent-Length: 3\r\n\r\nv=0",
    "$\x09", /* a channel of its own: made longer below */
    "\x01\x02garbage$\x04",
    "SET_PARAMETER rtsp://127.0.0.1/live RTSP/1.0\r\nCSeq: 3\r\n\r\n",
  };
  const Case *test = data;
  TestRtpSent sent = { 0 };

  test_rtp_run (test->pipeline, &sent);
  for (guint piece = 1; piece < 3000; piece = piece * 2 + 1)
    {
      Server server = { .early = g_byte_array_new (), .stream = g_byte_array_new (), .cuts = g_array_new (FALSE, FALSE, sizeof (gsize)) };
      g_autoptr (GPtrArray) got = NULL;
      guint disconts, messages, expected = 0;

      server.sdp = make_sdp (&sent);
      for (guint i = 0; i < 2 * sent.packets->len; i++)
        {
          const char *text = between[(i + piece) % G_N_ELEMENTS (between)];

          if (*text == '$')
            {
              static const guint8 other[] = { '$', 9, 0, 12, 0x80, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0 };

              g_byte_array_append (server.stream, other, sizeof other);
            }
          else
            append_text (server.stream, text);
          expected += g_ascii_isupper (*text);
          append_packet (server.stream, &sent, i % sent.packets->len, i / sent.packets->len);
        }
      for (gsize at = piece; at < server.stream->len; at += piece)
        g_array_append_val (server.cuts, at);
      got = read_all (&server, &disconts, &messages);
      compare (test, &sent, got, 2);
      g_assert_cmpuint (disconts, ==, 0);
      g_assert_cmpuint (messages, ==, expected);
      server_end (&server);
    }
  test_rtp_sent_clear (&sent);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  gst_init (&argc, &argv);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *cut = g_strconcat ("/rtp-wire/cut-anywhere/", cases[i].name, NULL);
      g_autofree char *pieces = g_strconcat ("/rtp-wire/pieces/", cases[i].name, NULL);
      g_autofree char *amid = g_strconcat ("/rtp-wire/amid/", cases[i].name, NULL);

      g_test_add_data_func (cut, &cases[i], test_cut_anywhere);
      g_test_add_data_func (pieces, &cases[i], test_pieces);
      g_test_add_data_func (amid, &cases[i], test_amid);
    }
  return g_test_run ();
}
