/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "media/icam-codec-config.h"
#include "media/icam-interleaved.h"
#include "media/icam-rtp-depay.h"

#include "test-rtp-cases.h"

#include <string.h>

/* ---- what GStreamer's payloaders make of an encoder's access units comes back the same ---- */

static IcamRtpDepay *
depay_for (TestRtpSent *sent,
           gboolean     with_fmtp)
{
  g_autofree char *fmtp = test_rtp_fmtp (sent->description);
  int rate = 0;

  gst_structure_get_int (sent->description, "clock-rate", &rate);
  return icam_rtp_depay_new (gst_structure_get_string (sent->description, "encoding-name"), (guint) rate, 1,
                             with_fmtp ? fmtp : NULL);
}

typedef struct
{
  GPtrArray *units; /* of GBytes */
  GArray *flags;    /* of guint */
  gboolean steal;
} Got;

static void
got_init (Got     *got,
          gboolean steal)
{
  got->units = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  got->flags = g_array_new (FALSE, FALSE, sizeof (guint));
  got->steal = steal;
}

static void
got_clear (Got *got)
{
  g_ptr_array_unref (got->units);
  g_array_unref (got->flags);
}

static void
on_unit (IcamRtpDepay *depay,
         IcamUnit     *unit,
         gpointer      user_data)
{
  Got *got = user_data;
  guint flags = unit->flags;
  gsize size = unit->size;

  g_ptr_array_add (got->units, got->steal ? g_bytes_new_take (icam_rtp_depay_steal (depay, unit), size)
                                          : g_bytes_new (unit->data, size));
  g_array_append_val (got->flags, flags);
}

static void
push (IcamRtpDepay *depay,
      GBytes       *packet,
      Got          *got)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (packet, &size);

  icam_rtp_depay_push (depay, data, size, 1, on_unit, got);
}

static guint
flags_at (Got  *got,
          guint index)
{
  return g_array_index (got->flags, guint, index);
}

/* A tick that ends the last unit: a packet of another time. */
static void
compare (TestRtpSent *sent,
         Got         *got)
{
  g_assert_cmpuint (got->units->len, ==, sent->units->len);
  for (guint i = 0; i < got->units->len; i++)
    {
      gsize a_size, b_size;
      const guint8 *a = g_bytes_get_data (g_ptr_array_index (sent->units, i), &a_size);
      const guint8 *b = g_bytes_get_data (g_ptr_array_index (got->units, i), &b_size);

      g_assert_cmpmem (a, a_size, b, b_size);
      g_assert_cmpuint (flags_at (got, i) & ICAM_UNIT_DISCONT, ==, 0);
    }
  g_assert_cmpuint (flags_at (got, 0) & ICAM_UNIT_KEY, !=, 0);
  g_assert_cmpuint (flags_at (got, 0) & ICAM_UNIT_NEW_FORMAT, !=, 0);
}

typedef struct
{
  const char *name;
  const char *pipeline;
  IcamCodec codec;
} Case;

#define PICTURES "videotestsrc pattern=ball num-buffers=40 ! video/x-raw,format=I420,width=320,height=180,framerate=15/1 ! "
#define TWO_ENDS(pay) TEST_RTP_ENDS (pay)

static const Case cases[] = {
  { "h264", PICTURES "x264enc tune=zerolatency key-int-max=15 ! h264parse ! video/x-h264,stream-format=avc,alignment=au ! "
    TWO_ENDS ("rtph264pay mtu=500 config-interval=0"), ICAM_CODEC_H264 },
  { "h264-aggregate", PICTURES "x264enc tune=zerolatency key-int-max=15 sliced-threads=true threads=4 ! h264parse ! "
    "video/x-h264,stream-format=avc,alignment=au ! " TWO_ENDS ("rtph264pay mtu=1400 aggregate-mode=max-stap"), ICAM_CODEC_H264 },
  { "h264-b-frames", PICTURES "x264enc bframes=2 b-adapt=false key-int-max=15 ! h264parse ! "
    "video/x-h264,stream-format=avc,alignment=au ! " TWO_ENDS ("rtph264pay mtu=700"), ICAM_CODEC_H264 },
  { "h265", PICTURES "x265enc tune=zerolatency key-int-max=15 log-level=none ! h265parse ! video/x-h265,stream-format=hvc1,alignment=au ! "
    TWO_ENDS ("rtph265pay mtu=500"), ICAM_CODEC_H265 },
  { "h265-aggregate", PICTURES "x265enc tune=zerolatency key-int-max=15 log-level=none ! h265parse ! "
    "video/x-h265,stream-format=hvc1,alignment=au ! " TWO_ENDS ("rtph265pay mtu=1400 aggregate-mode=max"), ICAM_CODEC_H265 },
  { "aac", "audiotestsrc num-buffers=60 ! audio/x-raw,rate=16000,channels=1 ! avenc_aac ! aacparse ! "
    "audio/mpeg,stream-format=raw ! " TWO_ENDS ("rtpmp4gpay mtu=1400"), ICAM_CODEC_AAC },
  { "aac-fragments", "audiotestsrc wave=white-noise num-buffers=60 ! audio/x-raw,rate=48000,channels=2 ! avenc_aac bitrate=256000 ! aacparse ! "
    "audio/mpeg,stream-format=raw ! " TWO_ENDS ("rtpmp4gpay mtu=200"), ICAM_CODEC_AAC },
  { "pcmu", "audiotestsrc num-buffers=60 samplesperbuffer=160 ! audio/x-raw,rate=8000,channels=1 ! mulawenc ! "
    TWO_ENDS ("rtppcmupay"), ICAM_CODEC_PCMU },
  { "pcma", "audiotestsrc num-buffers=60 samplesperbuffer=160 ! audio/x-raw,rate=8000,channels=1 ! alawenc ! "
    TWO_ENDS ("rtppcmapay"), ICAM_CODEC_PCMA },
  { "opus", "audiotestsrc num-buffers=60 ! audio/x-raw,rate=48000,channels=1 ! opusenc ! " TWO_ENDS ("rtpopuspay"), ICAM_CODEC_OPUS },
};

static const Case with_sets[] = {
  { "h264", PICTURES "x264enc tune=zerolatency key-int-max=15 ! h264parse ! video/x-h264,stream-format=avc,alignment=au ! "
    TWO_ENDS ("rtph264pay mtu=500 config-interval=-1"), ICAM_CODEC_H264 },
  { "h264-aggregate", PICTURES "x264enc tune=zerolatency key-int-max=15 ! h264parse ! video/x-h264,stream-format=avc,alignment=au ! "
    TWO_ENDS ("rtph264pay mtu=1400 aggregate-mode=max-stap config-interval=-1"), ICAM_CODEC_H264 },
  { "h265", PICTURES "x265enc tune=zerolatency key-int-max=15 log-level=none ! h265parse ! video/x-h265,stream-format=hvc1,alignment=au ! "
    TWO_ENDS ("rtph265pay mtu=500 config-interval=-1"), ICAM_CODEC_H265 },
  { "h265-aggregate", PICTURES "x265enc tune=zerolatency key-int-max=15 log-level=none ! h265parse ! "
    "video/x-h265,stream-format=hvc1,alignment=au ! " TWO_ENDS ("rtph265pay mtu=1400 aggregate-mode=max config-interval=-1"),
    ICAM_CODEC_H265 },
};

static void
test_round_trip (gconstpointer data)
{
  const Case *test = data;
  TestRtpSent sent = { 0 };
  g_autoptr (IcamRtpDepay) depay = NULL;
  Got got;

  test_rtp_run (test->pipeline, &sent);
  depay = depay_for (&sent, TRUE);
  g_assert_nonnull (depay);
  got_init (&got, TRUE);
  for (guint i = 0; i < sent.packets->len; i++)
    push (depay, g_ptr_array_index (sent.packets, i), &got);
  compare (&sent, &got);

  g_assert_cmpint (icam_rtp_depay_get_format (depay)->codec, ==, test->codec);
  if (icam_codec_is_video (test->codec))
    {
      g_assert_cmpuint (icam_rtp_depay_get_format (depay)->width, ==, 320);
      g_assert_cmpuint (icam_rtp_depay_get_format (depay)->height, ==, 180);
    }
  /* The record is what the library's own parser makes of the same sets. */
  if (sent.codec_data != NULL && test->codec != ICAM_CODEC_H265)
    {
      gsize a_size, b_size;
      const guint8 *a = g_bytes_get_data (sent.codec_data, &a_size);
      const guint8 *b = g_bytes_get_data (icam_rtp_depay_get_format (depay)->codec_data, &b_size);

      g_assert_cmpmem (a, MIN (a_size, b_size), b, MIN (a_size, b_size));
    }
  got_clear (&got);
  test_rtp_sent_clear (&sent);
}

static void
clear_marker (GBytes **packet)
{
  gsize size;
  guint8 *copy = g_bytes_unref_to_data (g_steal_pointer (packet), &size);

  copy[1] &= 0x7f;
  *packet = g_bytes_new_take (copy, size);
}

/* Cameras that never set the marker: a picture ends where the next begins. */
static void
test_missing_marker (void)
{
  TestRtpSent sent = { 0 };
  g_autoptr (IcamRtpDepay) depay = NULL;
  Got got;

  test_rtp_run (cases[0].pipeline, &sent);
  depay = depay_for (&sent, TRUE);
  got_init (&got, FALSE);
  for (guint i = 0; i < sent.packets->len; i++)
    {
      clear_marker ((GBytes **) &sent.packets->pdata[i]);
      push (depay, g_ptr_array_index (sent.packets, i), &got);
    }
  g_ptr_array_set_size (sent.units, (int) sent.units->len - 1);
  compare (&sent, &got);
  got_clear (&got);
  test_rtp_sent_clear (&sent);
}

/* What is left of an access unit without its parameter sets and delimiters, which payloaders add and leave out. */
static GByteArray *
without_sets (IcamCodec  codec,
              GBytes    *unit)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (unit, &size);
  GByteArray *out = g_byte_array_new ();

  while (size > 4)
    {
      gsize length = (gsize) data[0] << 24 | (gsize) data[1] << 16 | (gsize) data[2] << 8 | data[3];
      IcamNalKind kind = icam_nal_kind (codec, data + 4, length);

      g_assert_cmpuint (length, <=, size - 4);
      if (kind != ICAM_NAL_PARAMETER_SET && kind != ICAM_NAL_DELIMITER)
        g_byte_array_append (out, data, (guint) length + 4);
      data += length + 4;
      size -= length + 4;
    }
  return out;
}

static void
assert_same_pictures (IcamCodec  codec,
                      GBytes    *sent,
                      GBytes    *got)
{
  g_autoptr (GByteArray) a = without_sets (codec, sent);
  g_autoptr (GByteArray) b = without_sets (codec, got);

  g_assert_cmpuint (a->len, >, 0);
  g_assert_cmpmem (a->data, a->len, b->data, b->len);
}

/* Without sets in the description nothing comes until they are in the stream, then everything does. */
static void
test_sets_in_band (gconstpointer data)
{
  const Case *test = data;
  TestRtpSent sent = { 0 };
  g_autoptr (IcamRtpDepay) depay = NULL;
  Got got;

  test_rtp_run (test->pipeline, &sent);
  depay = depay_for (&sent, FALSE);
  g_assert_null (icam_rtp_depay_get_format (depay)->codec_data);
  got_init (&got, FALSE);
  for (guint i = 0; i < sent.packets->len; i++)
    push (depay, g_ptr_array_index (sent.packets, i), &got);
  g_assert_cmpuint (got.units->len, ==, sent.units->len);
  for (guint i = 0; i < got.units->len; i++)
    assert_same_pictures (test->codec, g_ptr_array_index (sent.units, i), g_ptr_array_index (got.units, i));
  g_assert_nonnull (icam_rtp_depay_get_format (depay)->codec_data);
  g_assert_cmpuint (icam_rtp_depay_get_format (depay)->width, ==, 320);
  got_clear (&got);
  test_rtp_sent_clear (&sent);
}

/* A packet as if it came behind others: number and time go on, the source is one. */
static GBytes *
move_packet (GBytes  *packet,
             guint16  seq,
             guint32  time_offset)
{
  gsize size;
  guint8 *copy = g_memdup2 (g_bytes_get_data (packet, &size), g_bytes_get_size (packet));
  guint32 time = ((guint32) copy[4] << 24 | (guint32) copy[5] << 16 | (guint32) copy[6] << 8 | copy[7]) + time_offset;

  copy[2] = (guint8) (seq >> 8);
  copy[3] = (guint8) seq;
  copy[4] = (guint8) (time >> 24);
  copy[5] = (guint8) (time >> 16);
  copy[6] = (guint8) (time >> 8);
  copy[7] = (guint8) time;
  memset (copy + 8, 7, 4);
  return g_bytes_new_take (copy, g_bytes_get_size (packet));
}

/* A camera that is set to another size while it sends: each picture comes with the sets that it wants. */
static void
test_changing_sets (gconstpointer data)
{
  const Case *test = data;
  g_autofree char *other = NULL;
  TestRtpSent sent[2] = { 0 };
  g_autoptr (IcamRtpDepay) depay = NULL;
  GString *text = g_string_new (test->pipeline);
  guint16 seq = 65500; /* it wraps too */
  guint at = 0;
  Got got;

  g_string_replace (text, "width=320,height=180", "width=160,height=96", 0);
  other = g_string_free (text, FALSE);
  test_rtp_run (test->pipeline, &sent[0]);
  test_rtp_run (other, &sent[1]);
  depay = depay_for (&sent[0], TRUE);
  got_init (&got, TRUE);
  for (guint round = 0; round < 4; round++)
    {
      TestRtpSent *now = &sent[round % 2];

      for (guint i = 0; i < now->packets->len; i++)
        {
          g_autoptr (GBytes) packet = move_packet (g_ptr_array_index (now->packets, i), seq++, 0x40000000u * round);

          push (depay, packet, &got);
          if (got.units->len > at && icam_rtp_depay_get_format (depay)->width == 0)
            g_assert_not_reached ();
        }
      g_assert_cmpuint (got.units->len, ==, at + now->units->len);
      g_assert_cmpuint (icam_rtp_depay_get_format (depay)->width, ==, round % 2 == 0 ? 320 : 160);
      for (guint i = 0; i < now->units->len; i++, at++)
        {
          assert_same_pictures (test->codec, g_ptr_array_index (now->units, i), g_ptr_array_index (got.units, at));
          g_assert_cmpuint ((flags_at (&got, at) & ICAM_UNIT_NEW_FORMAT) != 0, ==, i == 0);
          g_assert_cmpuint (flags_at (&got, at) & ICAM_UNIT_DISCONT, ==, 0);
        }
    }
  got_clear (&got);
  test_rtp_sent_clear (&sent[0]);
  test_rtp_sent_clear (&sent[1]);
}

/* One packet that is missing costs its picture, which is told, and nothing else. */
static void
test_lost_packet (void)
{
  TestRtpSent sent = { 0 };
  guint dropped = 0;

  test_rtp_run (cases[0].pipeline, &sent);
  /* Not each costs a picture: without its delimiter a picture is still whole. */
  for (guint lost = 1; lost + 1 < sent.packets->len; lost++)
    {
      g_autoptr (IcamRtpDepay) depay = depay_for (&sent, TRUE);
      guint disconts = 0;
      Got got;

      got_init (&got, FALSE);
      for (guint i = 0; i < sent.packets->len; i++)
        if (i != lost)
          push (depay, g_ptr_array_index (sent.packets, i), &got);
      for (guint i = 0; i < got.flags->len; i++)
        disconts += (flags_at (&got, i) & ICAM_UNIT_DISCONT) != 0;
      g_assert_cmpuint (got.units->len, >=, sent.units->len - 2);
      g_assert_cmpuint (got.units->len, <=, sent.units->len);
      dropped += sent.units->len - got.units->len;
      if (disconts == 0)
        g_assert_cmpuint (lost, >, sent.packets->len - 20); /* the very last picture: nothing comes after it */
      else
        g_assert_cmpuint (disconts, ==, 1);
      got_clear (&got);
    }
  g_assert_cmpuint (dropped, >, sent.packets->len / 6);
  test_rtp_sent_clear (&sent);
}

/* The entropy-coded bytes of a JPEG picture: RTP leaves out all that is before them. */
static GBytes *
scan_of (GBytes *picture)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (picture, &size);

  for (gsize at = 2; at + 4 <= size;)
    {
      gsize next = at + 2 + (gsize) (data[at + 2] << 8 | data[at + 3]);

      g_assert_cmpuint (data[at], ==, 0xff);
      if (data[at + 1] == 0xda)
        return g_bytes_new_from_bytes (picture, next, size - next);
      at = next;
    }

  g_assert_not_reached ();
}

static void
test_jpeg (void)
{
  TestRtpSent sent = { 0 };
  g_autoptr (IcamRtpDepay) depay = NULL;
  g_autoptr (GstElement) pipeline = NULL;
  g_autoptr (GstElement) source = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GstMessage) message = NULL;
  g_autoptr (GstBus) bus = NULL;
  GstFlowReturn flow;
  Got got;

  test_rtp_run (PICTURES "jpegenc ! " TWO_ENDS ("rtpjpegpay mtu=700"), &sent);
  depay = depay_for (&sent, TRUE);
  got_init (&got, TRUE);
  for (guint i = 0; i < sent.packets->len; i++)
    push (depay, g_ptr_array_index (sent.packets, i), &got);
  g_assert_cmpuint (got.units->len, ==, sent.units->len);
  g_assert_cmpuint (icam_rtp_depay_get_format (depay)->width, ==, 320);
  g_assert_cmpuint (icam_rtp_depay_get_format (depay)->height, ==, 184); /* eights of pixels is all that RTP says */

  for (guint i = 0; i < got.units->len; i++)
    {
      g_autoptr (GBytes) a = scan_of (g_ptr_array_index (sent.units, i));
      g_autoptr (GBytes) b = scan_of (g_ptr_array_index (got.units, i));

      g_assert_cmpuint (g_bytes_get_size (a), >, 100);
      g_assert_true (g_bytes_equal (a, b));
    }

  /* A decoder takes each of them. */
  pipeline = gst_parse_launch ("appsrc name=s caps=image/jpeg ! jpegdec max-errors=0 ! fakesink", &error);
  g_assert_no_error (error);
  source = gst_bin_get_by_name (GST_BIN (pipeline), "s");
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  for (guint i = 0; i < got.units->len; i++)
    {
      GstBuffer *buffer = gst_buffer_new_wrapped_bytes (g_ptr_array_index (got.units, i));

      g_signal_emit_by_name (source, "push-buffer", buffer, &flow);
      gst_buffer_unref (buffer);
      g_assert_cmpint (flow, ==, GST_FLOW_OK);
    }
  g_signal_emit_by_name (source, "end-of-stream", &flow);
  bus = gst_element_get_bus (pipeline);
  message = gst_bus_timed_pop_filtered (bus, 20 * GST_SECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR | GST_MESSAGE_WARNING);
  g_assert_nonnull (message);
  g_assert_cmpint (GST_MESSAGE_TYPE (message), ==, GST_MESSAGE_EOS);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  got_clear (&got);
  test_rtp_sent_clear (&sent);
}

/* Whatever comes: no crash, nothing beyond the bounds. */
static void
test_hostile (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (4711);

  for (guint c = 0; c < G_N_ELEMENTS (cases); c += 2)
    {
      TestRtpSent sent = { 0 };

      test_rtp_run (cases[c].pipeline, &sent);
      for (guint round = 0; round < 60; round++)
        {
          g_autoptr (IcamRtpDepay) depay = depay_for (&sent, round % 2 == 0);
          Got got;

          if (depay == NULL)
            continue;
          got_init (&got, round % 3 == 0);
          for (guint i = 0; i < sent.packets->len; i++)
            {
              gsize size;
              const guint8 *data = g_bytes_get_data (g_ptr_array_index (sent.packets, i), &size);
              g_autofree guint8 *spoilt = g_memdup2 (data, size);

              for (guint n = (guint) g_rand_int_range (rand, 0, 4); n > 0; n--)
                spoilt[g_rand_int_range (rand, 0, (gint32) MIN (size, (gsize) 40))] = (guint8) g_rand_int (rand);
              icam_rtp_depay_push (depay, spoilt, (gsize) g_rand_int_range (rand, 0, (gint32) size + 1), 1, on_unit, &got);
            }
          got_clear (&got);
        }
      test_rtp_sent_clear (&sent);
    }
}

/* ---- framing ---- */

typedef struct
{
  GByteArray *packets; /* channel, length, bytes of each */
  GString *messages;
} Parsed;

static void
on_packet (guint         channel,
           const guint8 *data,
           gsize         size,
           gpointer      user_data)
{
  Parsed *parsed = user_data;
  guint8 head[3] = { (guint8) channel, (guint8) (size >> 8), (guint8) size };

  g_byte_array_append (parsed->packets, head, 3);
  g_byte_array_append (parsed->packets, data, (guint) size);
}

static void
on_message (const char *text,
            gsize       head_size,
            gsize       body_size,
            gpointer    user_data)
{
  Parsed *parsed = user_data;

  g_string_append_len (parsed->messages, text, (gssize) (head_size + body_size));
  g_string_append_c (parsed->messages, '|');
}

static const IcamInterleavedFuncs funcs = { on_packet, on_message };

static void
append_packet (GByteArray *stream,
               guint8      channel,
               guint16     size,
               guint8      fill)
{
  guint8 head[5] = { '$', channel, (guint8) (size >> 8), (guint8) size, 0x80 };

  g_byte_array_append (stream, head, 5);
  for (guint i = 1; i < size; i++)
    g_byte_array_append (stream, &fill, 1);
}

static void
append_text (GByteArray *stream,
             const char *text)
{
  g_byte_array_append (stream, (const guint8 *) text, (guint) strlen (text));
}

/* Feeds in pieces as a socket would give them. */
static void
feed (IcamInterleaved  *parser,
      const GByteArray *stream,
      gsize             piece,
      Parsed           *parsed)
{
  g_autoptr (GByteArray) rest = g_byte_array_new ();

  for (gsize at = 0; at < stream->len; at += piece)
    {
      gsize used;

      g_byte_array_append (rest, stream->data + at, (guint) MIN (piece, stream->len - at));
      used = icam_interleaved_parse (parser, rest->data, rest->len, &funcs, parsed);
      g_assert_cmpuint (used, <=, rest->len);
      g_byte_array_remove_range (rest, 0, (guint) used);
    }
}

static GByteArray *
example_stream (void)
{
  GByteArray *stream = g_byte_array_new ();

  append_packet (stream, 0, 20, '$');
  append_text (stream, "RTSP/1.0 200 OK\r\nCSeq: 5\r\nContent-Length: 4\r\n\r\n$\x01" "ab");
  append_packet (stream, 1, 300, 'R');
  append_text (stream, "\r\nOPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n");
  append_packet (stream, 0, 1, 0);
  append_text (stream, "SET_PARAMETER rtsp://x RTSP/1.0\r\nCSeq: 2\r\n\r\n");
  append_packet (stream, 0, 1400, 'x');
  return stream;
}

/* TCP may cut anywhere: the same comes out for each size of pieces. */
static void
test_cut_anywhere (void)
{
  g_autoptr (GByteArray) stream = example_stream ();
  Parsed whole = { g_byte_array_new (), g_string_new (NULL) };

  for (gsize piece = stream->len; piece > 0; piece--)
    {
      IcamInterleaved parser;
      Parsed parsed = { g_byte_array_new (), g_string_new (NULL) };

      icam_interleaved_init (&parser);
      icam_interleaved_add_channel (&parser, 0);
      icam_interleaved_add_channel (&parser, 1);
      feed (&parser, stream, piece, piece == stream->len ? &whole : &parsed);
      g_assert_cmpuint (parser.skipped, ==, 0);
      if (piece < stream->len)
        {
          g_assert_cmpmem (parsed.packets->data, parsed.packets->len, whole.packets->data, whole.packets->len);
          g_assert_cmpstr (parsed.messages->str, ==, whole.messages->str);
        }
      g_byte_array_unref (parsed.packets);
      g_string_free (parsed.messages, TRUE);
    }

  g_assert_cmpuint (whole.packets->len, ==, 4 * 3 + 20 + 300 + 1 + 1400);
  g_assert_true (g_str_has_prefix (whole.messages->str, "RTSP/1.0 200 OK"));
  g_assert_nonnull (strstr (whole.messages->str, "|OPTIONS"));
  g_assert_nonnull (strstr (whole.messages->str, "|SET_PARAMETER"));
  g_byte_array_unref (whole.packets);
  g_string_free (whole.messages, TRUE);
}

/* After bytes that are no framing it finds the next packet again. */
static void
test_resynchronise (void)
{
  g_autoptr (GByteArray) stream = g_byte_array_new ();
  IcamInterleaved parser;
  Parsed parsed = { g_byte_array_new (), g_string_new (NULL) };

  append_packet (stream, 0, 50, 'a');
  append_text (stream, "\x01\x02$\x09\x00\x10garbage$\x00");
  append_packet (stream, 0, 60, 'b');
  append_packet (stream, 1, 70, 'c');
  icam_interleaved_init (&parser);
  icam_interleaved_add_channel (&parser, 0);
  icam_interleaved_add_channel (&parser, 1);
  feed (&parser, stream, 7, &parsed);
  g_assert_cmpuint (parsed.packets->len, ==, 3 * 3 + 50 + 60 + 70);
  g_assert_cmpuint (parser.resyncs, ==, 1);
  g_assert_true (parser.in_sync);
  g_byte_array_unref (parsed.packets);
  g_string_free (parsed.messages, TRUE);
}

static void
test_framing_is_bounded (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);
  g_autoptr (GByteArray) stream = g_byte_array_new ();

  append_text (stream, "RTSP/1.0 200 OK\r\nContent-Length: 99999999999\r\n\r\n");
  append_packet (stream, 0, 60, 'b');
  for (guint i = 0; i < 40000; i++)
    append_text (stream, "A");
  for (guint i = 0; i < 20000; i++)
    {
      guint8 byte = (guint8) g_rand_int (rand);

      g_byte_array_append (stream, &byte, 1);
    }
  append_text (stream, "RTSP/1.0 200 OK\r\nX: ");
  for (guint i = 0; i < 40000; i++)
    append_text (stream, "y");
  append_packet (stream, 0, 60, 'b');

  for (gsize piece = 1; piece < 5000; piece = piece * 3 + 1)
    {
      IcamInterleaved parser;
      Parsed parsed = { g_byte_array_new (), g_string_new (NULL) };

      icam_interleaved_init (&parser);
      icam_interleaved_add_channel (&parser, 0);
      feed (&parser, stream, piece, &parsed);
      g_assert_cmpuint (parser.skipped, >, 40000);
      g_byte_array_unref (parsed.packets);
      g_string_free (parsed.messages, TRUE);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  gst_init (&argc, &argv);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *name = g_strconcat ("/rtp-depay/round-trip/", cases[i].name, NULL);

      g_test_add_data_func (name, &cases[i], test_round_trip);
    }
  g_test_add_func ("/rtp-depay/round-trip/jpeg", test_jpeg);
  g_test_add_func ("/rtp-depay/missing-marker", test_missing_marker);
  for (guint i = 0; i < G_N_ELEMENTS (with_sets); i++)
    {
      g_autofree char *in_band = g_strconcat ("/rtp-depay/sets-in-band/", with_sets[i].name, NULL);
      g_autofree char *changing = g_strconcat ("/rtp-depay/sets-that-change/", with_sets[i].name, NULL);

      g_test_add_data_func (in_band, &with_sets[i], test_sets_in_band);
      g_test_add_data_func (changing, &with_sets[i], test_changing_sets);
    }
  g_test_add_func ("/rtp-depay/lost-packet", test_lost_packet);
  g_test_add_func ("/rtp-depay/hostile", test_hostile);
  g_test_add_func ("/interleaved/cut-anywhere", test_cut_anywhere);
  g_test_add_func ("/interleaved/resynchronise", test_resynchronise);
  g_test_add_func ("/interleaved/bounded", test_framing_is_bounded);
  return g_test_run ();
}
