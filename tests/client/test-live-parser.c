/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "client/icam-live-parser.h"

#include <string.h>

static const IcamUuid mine = { { 1, 2, 3 } };
static const IcamUuid other = { { 3, 2, 1 } };

static void
add_record (GByteArray     *stream,
            IcamLiveKind    kind,
            const IcamUuid *channel,
            const void     *payload,
            guint32         length)
{
  IcamLiveHeader header = { .kind = kind, .role = ICAM_ROLE_SUB, .codec = ICAM_CODEC_H264, .length = length, .channel = *channel };
  guint8 head[ICAM_LIVE_HEADER_SIZE];

  if (kind == ICAM_LIVE_STATE)
    header.codec = ICAM_CODEC_NONE;
  icam_live_header_write (&header, head);
  g_byte_array_append (stream, head, sizeof head);
  g_byte_array_append (stream, payload, length);
}

static void
add_caps (GByteArray *stream)
{
  const IcamLiveCaps caps = { .width = 640, .height = 360 };
  g_autoptr (GBytes) payload = icam_live_caps_write (&caps);

  add_record (stream, ICAM_LIVE_CAPS, &mine, g_bytes_get_data (payload, NULL), (guint32) g_bytes_get_size (payload));
}

static GByteArray *
good_stream (void)
{
  GByteArray *stream = g_byte_array_new ();

  add_record (stream, ICAM_LIVE_STATE, &mine, "live", 4);
  add_caps (stream);
  add_record (stream, ICAM_LIVE_FRAME, &mine, "first frame", 11);
  add_record (stream, ICAM_LIVE_FRAME, &mine, "2", 1);
  return stream;
}

/* Feeds it in pieces of at most @piece bytes. Returns how many records came; -1 when the stream was found to be broken. */
static int
feed (const GByteArray *stream,
      const IcamUuid   *channel,
      gsize             piece,
      char            **last)
{
  g_autoptr (IcamLiveParser) parser = icam_live_parser_new (channel, ICAM_ROLE_SUB);
  gsize at = 0;
  int records = 0;

  while (at < stream->len)
    {
      g_auto (IcamLiveRecord) record = { 0 };
      g_autoptr (GError) error = NULL;
      gsize wanted;
      guint8 *where = icam_live_parser_reserve (parser, &wanted);
      gsize n = MIN (MIN (wanted, piece), stream->len - at);

      g_assert_cmpuint (wanted, >, 0);
      memcpy (where, stream->data + at, n);
      at += n;
      if (!icam_live_parser_commit (parser, n, &error))
        {
          g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
          /* And it stays so. */
          icam_live_parser_reserve (parser, &wanted);
          g_assert_cmpuint (wanted, ==, 0);
          g_assert_false (icam_live_parser_take (parser, &record));
          return -1;
        }
      if (icam_live_parser_take (parser, &record))
        {
          records++;
          if (last != NULL)
            {
              g_free (*last);
              *last = g_strndup (g_bytes_get_data (record.payload, NULL), g_bytes_get_size (record.payload));
            }
        }
    }

  return records;
}

static void
test_pieces (void)
{
  g_autoptr (GByteArray) stream = good_stream ();

  for (gsize piece = 1; piece < stream->len + 1; piece++)
    {
      g_autofree char *last = NULL;

      g_assert_cmpint (feed (stream, &mine, piece, &last), ==, 4);
      g_assert_cmpstr (last, ==, "2");
    }
}

static void
test_other_channel (void)
{
  g_autoptr (GByteArray) stream = good_stream ();
  g_autoptr (GByteArray) mixed = good_stream ();
  const IcamUuid nil = { { 0 } };
  g_autoptr (GByteArray) nobody = g_byte_array_new ();

  g_assert_cmpint (feed (stream, &other, 64, NULL), ==, -1);
  /* Whoever is welcome: the first one, and from then on nobody else. */
  g_assert_cmpint (feed (stream, NULL, 64, NULL), ==, 4);
  add_record (mixed, ICAM_LIVE_FRAME, &other, "x", 1);
  g_assert_cmpint (feed (mixed, NULL, 64, NULL), ==, -1);
  g_assert_cmpint (feed (mixed, &mine, 64, NULL), ==, -1);
  add_record (nobody, ICAM_LIVE_STATE, &nil, "live", 4);
  g_assert_cmpint (feed (nobody, NULL, 64, NULL), ==, -1);
}

static void
test_strict (void)
{
  static const char *const bad_states[] = { "Live", "live\n", "<b>", "" };

  for (guint i = 0; i < G_N_ELEMENTS (bad_states); i++)
    {
      g_autoptr (GByteArray) stream = g_byte_array_new ();

      add_record (stream, ICAM_LIVE_STATE, &mine, bad_states[i], (guint32) strlen (bad_states[i]));
      g_assert_cmpint (feed (stream, &mine, 64, NULL), ==, -1);
    }

  {
    g_autoptr (GByteArray) stream = g_byte_array_new ();

    add_record (stream, ICAM_LIVE_FRAME, &mine, "no caps yet", 11);
    g_assert_cmpint (feed (stream, &mine, 64, NULL), ==, -1);
  }
  {
    g_autoptr (GByteArray) stream = g_byte_array_new ();

    add_caps (stream);
    add_record (stream, ICAM_LIVE_FRAME, &mine, "", 0);
    g_assert_cmpint (feed (stream, &mine, 64, NULL), ==, -1);
  }
  {
    g_autoptr (GByteArray) stream = g_byte_array_new ();

    add_record (stream, ICAM_LIVE_CAPS, &mine, "short", 5);
    g_assert_cmpint (feed (stream, &mine, 64, NULL), ==, -1);
  }
}

static void
test_mutated (void)
{
  g_autoptr (GByteArray) stream = good_stream ();

  /* Every bit of the stream turned once: never a crash, and never a record of another channel. */
  for (guint bit = 0; bit < stream->len * 8; bit++)
    {
      g_autoptr (GByteArray) mutated = g_byte_array_new ();

      g_byte_array_append (mutated, stream->data, stream->len);
      mutated->data[bit / 8] ^= (guint8) (1u << (bit % 8));
      feed (mutated, &mine, 64, NULL);
    }

  for (guint round = 0; round < 3000; round++)
    {
      g_autoptr (GByteArray) mutated = g_byte_array_new ();
      guint changes = (guint) g_test_rand_int_range (1, 6);

      g_byte_array_append (mutated, stream->data, stream->len);
      for (guint i = 0; i < changes; i++)
        mutated->data[g_test_rand_int_range (0, (int) mutated->len)] = (guint8) g_test_rand_int_range (0, 256);
      feed (mutated, round % 2 ? &mine : NULL, (gsize) g_test_rand_int_range (1, 100), NULL);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/client/live-parser/pieces", test_pieces);
  g_test_add_func ("/client/live-parser/other-channel", test_other_channel);
  g_test_add_func ("/client/live-parser/strict", test_strict);
  g_test_add_func ("/client/live-parser/mutated", test_mutated);
  return g_test_run ();
}
