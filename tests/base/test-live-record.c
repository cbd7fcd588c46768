/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "base/icam-live-record.h"

#include <gio/gio.h>
#include <string.h>

static IcamLiveHeader
example (void)
{
  IcamLiveHeader header = {
    .kind = ICAM_LIVE_FRAME,
    .role = ICAM_ROLE_SUB,
    .codec = ICAM_CODEC_H264,
    .flags = ICAM_LIVE_KEY | ICAM_LIVE_PAST,
    .length = 4711,
    .epoch = 3,
    .duration_us = 66667,
    .utc_us = G_GINT64_CONSTANT (1777816991250000),
    .pts_us = 133334,
    .dts_us = -5,
  };

  icam_uuid_parse ("00112233445566778899aabbccddeeff", &header.channel);
  return header;
}

static void
test_header (void)
{
  IcamLiveHeader header = example (), back;
  guint8 bytes[ICAM_LIVE_HEADER_SIZE];
  g_autoptr (GError) error = NULL;

  icam_live_header_write (&header, bytes);
  g_assert_true (icam_live_header_parse (bytes, &back, &error));
  g_assert_no_error (error);
  g_assert_cmpint (back.kind, ==, header.kind);
  g_assert_cmpint (back.role, ==, header.role);
  g_assert_cmpint (back.codec, ==, header.codec);
  g_assert_cmpuint (back.flags, ==, header.flags);
  g_assert_cmpuint (back.length, ==, header.length);
  g_assert_true (icam_uuid_equal (&back.channel, &header.channel));
  g_assert_cmpuint (back.epoch, ==, header.epoch);
  g_assert_cmpuint (back.duration_us, ==, header.duration_us);
  g_assert_cmpint (back.utc_us, ==, header.utc_us);
  g_assert_cmpint (back.pts_us, ==, header.pts_us);
  g_assert_cmpint (back.dts_us, ==, header.dts_us);
  /* The layout is a contract between versions. */
  g_assert_cmpmem (bytes, 8, "ICLR\x01\x02\x01\x01", 8);
  g_assert_cmpuint (bytes[16], ==, 0x00);
  g_assert_cmpuint (bytes[31], ==, 0xff);
}

static void
test_refused (void)
{
  static const struct
  {
    guint offset;
    guint8 value;
  } spoilt[] = { { 0, 'X' }, { 4, 2 }, { 5, 0 }, { 5, 4 }, { 6, 2 }, { 7, 4 }, { 7, 255 }, { 8, 16 }, { 11, 1 }, { 15, 1 } };
  IcamLiveHeader header = example (), back;
  guint8 bytes[ICAM_LIVE_HEADER_SIZE];

  for (guint i = 0; i < G_N_ELEMENTS (spoilt); i++)
    {
      g_autoptr (GError) error = NULL;

      icam_live_header_write (&header, bytes);
      bytes[spoilt[i].offset] = spoilt[i].value;
      g_assert_false (icam_live_header_parse (bytes, &back, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
    }
}

static void
test_caps (void)
{
  const IcamLiveCaps caps = { 1280, 720, 0, 0, (const guint8 *) "abc", 3 };
  g_autoptr (GBytes) payload = icam_live_caps_write (&caps);
  IcamLiveCaps back;
  gsize length;
  const guint8 *data = g_bytes_get_data (payload, &length);
  guint8 big[ICAM_LIVE_CAPS_SIZE] = { 0xff, 0xff };

  g_assert_true (icam_live_caps_parse (data, length, &back, NULL));
  g_assert_cmpuint (back.width, ==, 1280);
  g_assert_cmpuint (back.height, ==, 720);
  g_assert_cmpmem (back.private_data, back.private_size, "abc", 3);
  g_assert_false (icam_live_caps_parse (data, ICAM_LIVE_CAPS_SIZE - 1, &back, NULL));
  g_assert_false (icam_live_caps_parse (big, sizeof big, &back, NULL));
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/live-record/header", test_header);
  g_test_add_func ("/live-record/refused", test_refused);
  g_test_add_func ("/live-record/caps", test_caps);
  return g_test_run ();
}
