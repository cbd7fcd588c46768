/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "icam-test"

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gst/gst.h>
#include <string.h>

#include "icam-test-auth.h"
#include "icam-test-bits.h"
#include "icam-test-clip.h"
#include "icam-test-script.h"

static const IcamTestCode sample = {
  .device = 513,
  .generation = 3,
  .channel = 2,
  .stream = ICAM_TEST_STREAM_SUB,
  .flags = ICAM_TEST_CODE_ACTOR,
  .counter = 0x00000300,
  .utc_us = G_GINT64_CONSTANT (1795508505428687),
};

static void
assert_same (const IcamTestCode *a, const IcamTestCode *b)
{
  g_assert_cmpuint (a->device, ==, b->device);
  g_assert_cmpuint (a->generation, ==, b->generation);
  g_assert_cmpuint (a->channel, ==, b->channel);
  g_assert_cmpuint (a->stream, ==, b->stream);
  g_assert_cmpuint (a->flags, ==, b->flags);
  g_assert_cmpuint (a->counter, ==, b->counter);
  g_assert_cmpint (a->utc_us, ==, b->utc_us);
}

static void
test_code_bytes (void)
{
  guint8 bytes[ICAM_TEST_CODE_BYTES];
  IcamTestCode code;

  icam_test_code_pack (&sample, bytes);
  g_assert_true (icam_test_code_unpack (bytes, &code));
  assert_same (&code, &sample);
  /* One wrong bit anywhere must not become another camera. */
  for (guint bit = 0; bit < ICAM_TEST_CODE_BITS; bit++)
    {
      bytes[bit / 8] ^= (guint8) (1 << (bit % 8));
      g_assert_false (icam_test_code_unpack (bytes, &code));
      bytes[bit / 8] ^= (guint8) (1 << (bit % 8));
    }
}

static void
test_code_sei (void)
{
  for (int h265 = 0; h265 < 2; h265++)
    {
      guint8 unit[256] = { 0, 0, 0, 1, 0x09, 0xf0, 0, 0, 1 };
      guint8 avc[256] = { 0, 0, 0, 2, 0x09, 0xf0 };
      IcamTestCode code;
      gsize size = icam_test_code_write_sei (&sample, h265 != 0, unit + 9, sizeof unit - 9);

      /* The counter has zeros in it: there must be no start code inside. */
      for (gsize i = 9; i + 2 < 9 + size; i++)
        g_assert_false (unit[i] == 0 && unit[i + 1] == 0 && unit[i + 2] <= 2);
      g_assert_true (icam_test_code_read_nal (unit + 9, size, &code));
      assert_same (&code, &sample);
      memset (&code, 0, sizeof code);
      g_assert_true (icam_test_code_read_access_unit (unit, 9 + size, 0, &code));
      assert_same (&code, &sample);

      avc[9] = (guint8) size;
      memcpy (avc + 10, unit + 9, size);
      memset (&code, 0, sizeof code);
      g_assert_true (icam_test_code_read_access_unit (avc, 10 + size, 4, &code));
      assert_same (&code, &sample);
      g_assert_false (icam_test_code_read_access_unit (avc, 10 + size - 1, 4, &code));
      for (gsize cut = 0; cut < size; cut++)
        g_assert_false (icam_test_code_read_nal (unit + 9, cut > 1 ? cut - 1 : 0, &code));
    }
}

static void
test_code_picture (void)
{
  static const guint widths[] = { 640, 1280 };

  for (guint i = 0; i < G_N_ELEMENTS (widths); i++)
    {
      guint width = widths[i], height = width * 9 / 16;
      g_autofree guint8 *luma = g_malloc ((gsize) width * height);
      g_autofree guint8 *half = g_malloc ((gsize) width * height / 4);
      IcamTestCode code;

      memset (luma, 130, (gsize) width * height);
      g_assert_false (icam_test_code_read_luma (luma, width, width, height, &code));
      icam_test_code_draw (luma, width, width, &sample);
      g_assert_true (icam_test_code_read_luma (luma, width, width, height, &code));
      assert_same (&code, &sample);

      /* A thumbnail of half the size, in dull light. */
      for (guint y = 0; y < height / 2; y++)
        for (guint x = 0; x < width / 2; x++)
          half[y * (width / 2) + x] = (guint8) (60 + luma[2 * y * width + 2 * x] / 2);
      memset (&code, 0, sizeof code);
      g_assert_true (icam_test_code_read_luma (half, width / 2, width / 2, height / 2, &code));
      assert_same (&code, &sample);
    }
}

static void
test_code_jpeg (void)
{
  guint8 file[128] = { 0xff, 0xd8 };
  IcamTestCode code;
  gsize size = icam_test_code_write_jpeg_segment (&sample, file + 2, sizeof file - 2);

  file[2 + size] = 0xff;
  file[3 + size] = 0xda;
  g_assert_true (icam_test_code_read_jpeg (file, size + 4, &code));
  assert_same (&code, &sample);
  for (gsize cut = 0; cut < size; cut++)
    g_assert_false (icam_test_code_read_jpeg (file, cut, &code));
}

static void
test_bits (void)
{
  guint8 bytes[64], copy[64];
  IcamTestBitWriter out = { bytes, sizeof bytes, 0 };
  IcamTestBitReader in = { bytes, 0, 0 };

  for (guint value = 0; value < 20; value++)
    icam_test_bits_put_ue (&out, value);
  for (int value = -10; value < 10; value++)
    icam_test_bits_put_se (&out, value);
  in.n_bits = out.at;
  for (guint value = 0; value < 20; value++)
    g_assert_cmpuint (icam_test_bits_get_ue (&in), ==, value);
  for (int value = -10; value < 10; value++)
    g_assert_cmpint (icam_test_bits_get_se (&in), ==, value);

  /* Copies at every shift are the same bits. */
  for (guint shift = 0; shift < 8; shift++)
    for (guint from = 0; from < 8; from++)
      {
        IcamTestBitWriter moved = { copy, sizeof copy, 0 };
        IcamTestBitReader a = { bytes, in.n_bits, from }, b = { copy, 0, shift };

        icam_test_bits_put (&moved, 0, shift);
        icam_test_bits_copy (&moved, bytes, from, in.n_bits - from);
        b.n_bits = moved.at;
        while (a.at < in.n_bits)
          g_assert_cmpuint (icam_test_bits_get (&a, 1), ==, icam_test_bits_get (&b, 1));
      }
}

/* Decodes groups of pictures with strips in them: each must show what was written. */
static void
test_strip (gconstpointer data)
{
  const guint width = GPOINTER_TO_UINT (data);
  IcamTestClipSpec spec = { .codec = ICAM_TEST_CODEC_H264, .width = width, .height = width * 9 / 16 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) pipeline = NULL;
  g_autoptr (GstElement) source = NULL;
  g_autoptr (GstElement) sink = NULL;
  g_autoptr (GstCaps) caps = NULL;
  g_autoptr (GstElementFactory) encoder = gst_element_factory_find ("x264enc");
  g_autoptr (GstElementFactory) decoder = gst_element_factory_find ("avdec_h264");
  IcamTestClip *clip;
  const guint n = 3 * ICAM_TEST_GOP;

  if (!encoder || !decoder)
    {
      g_test_skip ("x264enc or avdec_h264 is not installed");
      return;
    }
  clip = icam_test_clip_get (&spec, &error);
  g_assert_no_error (error);
  pipeline = gst_parse_launch ("appsrc name=source format=time max-bytes=0 ! h264parse ! "
                               "avdec_h264 max-threads=1 ! video/x-raw,format=I420 ! "
                               "appsink name=sink sync=false max-buffers=0",
                               &error);
  g_assert_no_error (error);
  source = gst_bin_get_by_name (GST_BIN (pipeline), "source");
  sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  caps = gst_caps_from_string (clip->caps);
  g_object_set (source, "caps", caps, NULL);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);

  for (guint i = 0; i < n; i++)
    {
      const IcamTestStripFrame *frame = &clip->frames[i].strip;
      /* Random bits: every pattern of four blocks beside every other. */
      IcamTestCode code = { .device = i, .counter = i * 2654435761u, .utc_us = i * 40503333333 };
      gboolean other = (i / ICAM_TEST_GOP) % 2;
      guint8 strip[ICAM_TEST_STRIP_MAX_BYTES];
      gsize strip_size = icam_test_strip_write (&clip->parameters, frame, other, &code, strip);
      const guint8 *content = frame->key && other ? frame->content_other : frame->content;
      gsize size = frame->key && other ? frame->content_other_size : frame->content_size;
      g_autoptr (GByteArray) unit = g_byte_array_new ();
      guint32 length = GUINT32_TO_BE ((guint32) strip_size);
      GstBuffer *buffer;

      g_byte_array_append (unit, (guint8 *) &length, 4);
      g_byte_array_append (unit, strip, (guint) strip_size);
      length = GUINT32_TO_BE ((guint32) size);
      g_byte_array_append (unit, (guint8 *) &length, 4);
      g_byte_array_append (unit, content, (guint) size);
      buffer = gst_buffer_new_memdup (unit->data, unit->len);
      GST_BUFFER_PTS (buffer) = i * GST_SECOND / ICAM_TEST_FPS;
      g_assert_cmpint (gst_app_src_push_buffer (GST_APP_SRC (source), buffer), ==, GST_FLOW_OK);
    }
  gst_app_src_end_of_stream (GST_APP_SRC (source));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GstSample) got
        = gst_app_sink_try_pull_sample (GST_APP_SINK (sink), 30 * GST_SECOND);
      GstMapInfo map;
      IcamTestCode code;

      g_assert_nonnull (got);
      g_assert_false (GST_BUFFER_FLAG_IS_SET (gst_sample_get_buffer (got),
                                              GST_BUFFER_FLAG_CORRUPTED));
      gst_buffer_map (gst_sample_get_buffer (got), &map, GST_MAP_READ);
      g_assert_true (icam_test_code_read_luma (map.data, width, width, width * 9 / 16, &code));
      gst_buffer_unmap (gst_sample_get_buffer (got), &map);
      g_assert_cmpuint (code.device, ==, i);
      g_assert_cmpuint (code.counter, ==, i * 2654435761u);
      g_assert_cmpint (code.utc_us, ==, i * 40503333333);
    }
  gst_element_set_state (pipeline, GST_STATE_NULL);
}

/* Without a strip the scene fills the picture, and nothing of a code can be read in it. */
static void
test_plain (void)
{
  IcamTestClipSpec spec = { .codec = ICAM_TEST_CODEC_H264, .width = 640, .height = 360, .plain = TRUE };
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) pipeline = NULL;
  g_autoptr (GstElement) source = NULL;
  g_autoptr (GstElement) sink = NULL;
  g_autoptr (GstCaps) caps = NULL;
  g_autoptr (GstElementFactory) encoder = gst_element_factory_find ("x264enc");
  g_autoptr (GstElementFactory) decoder = gst_element_factory_find ("avdec_h264");
  IcamTestClip *clip;

  if (!encoder || !decoder)
    {
      g_test_skip ("x264enc or avdec_h264 is not installed");
      return;
    }
  clip = icam_test_clip_get (&spec, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (clip->parameters.rows, ==, 0);
  pipeline = gst_parse_launch ("appsrc name=source format=time max-bytes=0 ! h264parse ! "
                               "avdec_h264 max-threads=1 ! video/x-raw,format=I420 ! "
                               "appsink name=sink sync=false max-buffers=0",
                               &error);
  g_assert_no_error (error);
  source = gst_bin_get_by_name (GST_BIN (pipeline), "source");
  sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  caps = gst_caps_from_string (clip->caps);
  g_object_set (source, "caps", caps, NULL);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  for (guint i = 0; i < 2 * ICAM_TEST_GOP; i++)
    {
      const IcamTestStripFrame *frame = &clip->frames[i].strip;
      gboolean other = frame->key && i > 0;
      const guint8 *content = other ? frame->content_other : frame->content;
      gsize size = other ? frame->content_other_size : frame->content_size;
      guint32 length = GUINT32_TO_BE ((guint32) size);
      g_autoptr (GByteArray) unit = g_byte_array_new ();
      GstBuffer *buffer;

      g_byte_array_append (unit, (guint8 *) &length, 4);
      g_byte_array_append (unit, content, (guint) size);
      buffer = gst_buffer_new_memdup (unit->data, unit->len);
      GST_BUFFER_PTS (buffer) = i * GST_SECOND / ICAM_TEST_FPS;
      g_assert_cmpint (gst_app_src_push_buffer (GST_APP_SRC (source), buffer), ==, GST_FLOW_OK);
    }
  gst_app_src_end_of_stream (GST_APP_SRC (source));
  for (guint i = 0; i < 2 * ICAM_TEST_GOP; i++)
    {
      g_autoptr (GstSample) got
        = gst_app_sink_try_pull_sample (GST_APP_SINK (sink), 30 * GST_SECOND);
      GstMapInfo map;
      IcamTestCode code;
      int height = 0;

      g_assert_nonnull (got);
      g_assert_false (GST_BUFFER_FLAG_IS_SET (gst_sample_get_buffer (got),
                                              GST_BUFFER_FLAG_CORRUPTED));
      gst_structure_get_int (gst_caps_get_structure (gst_sample_get_caps (got), 0), "height",
                             &height);
      g_assert_cmpint (height, ==, 360);
      gst_buffer_map (gst_sample_get_buffer (got), &map, GST_MAP_READ);
      g_assert_false (icam_test_code_read_luma (map.data, 640, 640, 360, &code));
      gst_buffer_unmap (gst_sample_get_buffer (got), &map);
    }
  gst_element_set_state (pipeline, GST_STATE_NULL);
}

static void
test_script (void)
{
  for (guint seed = 0; seed < 50; seed++)
    for (guint device = 0; device < 6; device++)
      for (guint channel = 0; channel < 4; channel++)
        {
          IcamTestScript script, again;
          guint pause = 0, shortest = G_MAXUINT, first = G_MAXUINT;

          icam_test_script_make (&script, seed, device, channel);
          icam_test_script_make (&again, seed, device, channel);
          g_assert_cmpmem (&script, sizeof script, &again, sizeof again);

          /* Twice around: the pause over the end counts too. */
          for (guint i = 0; i < 2 * ICAM_TEST_SCRIPT_GOPS; i++)
            {
              guint at = i % ICAM_TEST_SCRIPT_GOPS;

              if (script.visit[at] < 0)
                {
                  pause++;
                  continue;
                }
              if (first == G_MAXUINT)
                first = at;
              else if (script.gop_of_visit[at] == 0)
                shortest = MIN (shortest, pause);
              if (script.gop_of_visit[at] > 0)
                g_assert_cmpuint (script.gop_of_visit[at - 1] + 1u, ==, script.gop_of_visit[at]);
              pause = 0;
            }
          g_assert_cmpuint (first * 2, >=, 8);
          g_assert_cmpuint (first * 2, <=, 14);
          g_assert_cmpuint (shortest * 2, >=, 15);
        }
}

static void
test_token (void)
{
  static const guint8 nonce[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
  const gint64 now = G_GINT64_CONSTANT (1795508505) * G_USEC_PER_SEC; /* 2026-11-24T08:21:45Z */
  const gint64 minute = 60 * G_USEC_PER_SEC;
  const char *created = "2026-11-24T08:21:45Z";
  g_autoptr (IcamTestNonces) nonces = icam_test_nonces_new ();
  g_autofree char *nonce_text = g_base64_encode (nonce, sizeof nonce);
  g_autofree char *digest = icam_test_token_digest (nonce, sizeof nonce, created, "secret");
  IcamTestToken token = { "admin", digest, "x#PasswordDigest", nonce_text, created };

#define CHECK(password, time) icam_test_token_check (nonces, &token, "admin", (password), (time))
  g_assert_cmpint (CHECK ("other", now), ==, ICAM_TEST_TOKEN_WRONG);
  g_assert_cmpint (CHECK ("secret", now + 6 * minute), ==, ICAM_TEST_TOKEN_TIME);
  g_assert_cmpint (CHECK ("secret", now - 6 * minute), ==, ICAM_TEST_TOKEN_TIME);
  g_assert_cmpint (CHECK ("secret", now + 4 * minute), ==, ICAM_TEST_TOKEN_FINE);
  g_assert_cmpint (CHECK ("secret", now + 4 * minute + 2 * G_USEC_PER_SEC), ==,
                   ICAM_TEST_TOKEN_REPLAYED);
  token.username = "root";
  g_assert_cmpint (CHECK ("secret", now), ==, ICAM_TEST_TOKEN_WRONG);
  token.username = "admin";
  token.password_type = "x#PasswordText";
  g_assert_cmpint (CHECK ("secret", now), ==, ICAM_TEST_TOKEN_WRONG);
  token.password = NULL;
  g_assert_cmpint (CHECK ("secret", now), ==, ICAM_TEST_TOKEN_MISSING);
#undef CHECK
}

/* The example in the ONVIF Application Programmer's Guide 1.0, section 6.1.1.3. */
static void
test_token_example (void)
{
  gsize size;
  g_autofree guint8 *nonce = g_base64_decode ("LKqI6G/AikKCQrN0zqZFlg==", &size);
  g_autofree char *digest
    = icam_test_token_digest (nonce, size, "2010-09-16T07:50:45Z", "userpassword");

  g_assert_cmpstr (digest, ==, "tuOSpGlFlIXsozq4HFNeeGeFLEI=");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (&argc, &argv);

  g_test_add_func ("/test-camera/code/bytes", test_code_bytes);
  g_test_add_func ("/test-camera/code/sei", test_code_sei);
  g_test_add_func ("/test-camera/code/picture", test_code_picture);
  g_test_add_func ("/test-camera/code/jpeg", test_code_jpeg);
  g_test_add_func ("/test-camera/bits", test_bits);
  g_test_add_data_func ("/test-camera/strip/sub", GUINT_TO_POINTER (640), test_strip);
  g_test_add_data_func ("/test-camera/strip/main", GUINT_TO_POINTER (1280), test_strip);
  g_test_add_func ("/test-camera/plain", test_plain);
  g_test_add_func ("/test-camera/script", test_script);
  g_test_add_func ("/test-camera/token", test_token);
  g_test_add_func ("/test-camera/token/example", test_token_example);
  return g_test_run ();
}
