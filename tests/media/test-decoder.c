/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "media/icam-decoder.h"
#include "media/icam-media.h"

#include <gst/gst.h>
#include <string.h>

#include "media/icam-bitstream.h"
#include "media/icam-media-private.h"
#include "test-clip.h"

#define LIMIT_US (30 * G_USEC_PER_SEC)
#define FIRST_US G_GINT64_CONSTANT (1700000000000000)
#define FRAME_US 66667

typedef struct
{
  GMutex lock;
  GCond cond;
  GPtrArray *pictures;
  guint drained;
  gboolean hold; /* the callback waits, as one that is slow */
  gboolean inside;

  IcamUuid channel;
  GPtrArray *units;
  GstCaps *caps;
  GBytes *private_data;
  IcamCodec codec;
} Fixture;

#define WAIT_FOR(f, condition)                                                    \
  G_STMT_START                                                                    \
  {                                                                               \
    gint64 end_ = g_get_monotonic_time () + LIMIT_US;                             \
    g_mutex_lock (&(f)->lock);                                                    \
    while (!(condition))                                                          \
      g_assert_true (g_cond_wait_until (&(f)->cond, &(f)->lock, end_));           \
    g_mutex_unlock (&(f)->lock);                                                  \
  }                                                                               \
  G_STMT_END

static void
picture_cb (IcamDecoder *decoder,
            IcamPicture *picture,
            gpointer     user_data)
{
  Fixture *f = user_data;

  g_mutex_lock (&f->lock);
  f->inside = TRUE;
  g_cond_broadcast (&f->cond);
  while (f->hold)
    g_cond_wait (&f->cond, &f->lock);
  f->inside = FALSE;
  if (picture != NULL)
    g_ptr_array_add (f->pictures, icam_picture_ref (picture));
  else
    f->drained++;
  g_cond_broadcast (&f->cond);
  g_mutex_unlock (&f->lock);
}

static void
setup (Fixture      *f,
       gconstpointer data)
{
  const char *encoder = data;

  g_mutex_init (&f->lock);
  g_cond_init (&f->cond);
  f->pictures = g_ptr_array_new_with_free_func ((GDestroyNotify) icam_picture_unref);
  icam_uuid_generate (&f->channel);
  f->units = test_clip_new ("ball", encoder != NULL ? encoder : TEST_CLIP_AVC, 640, 360, 45, &f->caps);
  f->codec = icam_media_codec_from_caps (f->caps, &f->private_data);
}

static void
teardown (Fixture      *f,
          gconstpointer data)
{
  g_ptr_array_unref (f->pictures);
  g_ptr_array_unref (f->units);
  gst_clear_caps (&f->caps);
  g_clear_pointer (&f->private_data, g_bytes_unref);
  g_mutex_clear (&f->lock);
  g_cond_clear (&f->cond);
}

static GBytes *
unit_bytes (Fixture *f,
            guint    i)
{
  GstBuffer *buffer = g_ptr_array_index (f->units, i);
  gpointer data;
  gsize size;

  gst_buffer_extract_dup (buffer, 0, gst_buffer_get_size (buffer), &data, &size);
  return g_bytes_new_take (data, size);
}

static gboolean
is_key (Fixture *f,
        guint    i)
{
  return f->codec == ICAM_CODEC_MJPEG
         || !GST_BUFFER_FLAG_IS_SET (g_ptr_array_index (f->units, i), GST_BUFFER_FLAG_DELTA_UNIT);
}

static void
push (Fixture        *f,
      IcamDecoder    *decoder,
      guint           i,
      IcamDecodeFlags flags)
{
  g_autoptr (GBytes) bytes = unit_bytes (f, i);
  GstBuffer *buffer = g_ptr_array_index (f->units, i);
  GstBuffer *first = g_ptr_array_index (f->units, 0);
  gint64 pts_us = (gint64) (GST_BUFFER_PTS (buffer) - GST_BUFFER_PTS (first)) / 1000;

  icam_decoder_push (decoder, bytes, FIRST_US + pts_us, 0, flags | (is_key (f, i) ? ICAM_DECODE_KEY : 0));
}

static IcamDecoder *
make (Fixture *f,
      guint    max_width)
{
  IcamDecoder *decoder
    = icam_decoder_new (&f->channel, ICAM_ROLE_MAIN, max_width, picture_cb, f, NULL);
  g_autoptr (GError) error = NULL;

  icam_decoder_set_format (decoder, f->codec, FALSE, f->private_data, 640, 360, &error);
  g_assert_no_error (error);
  return decoder;
}

static void
check_picture (Fixture     *f,
               IcamPicture *picture,
               guint        width,
               guint        height)
{
  const guint8 *pixels = g_bytes_get_data (picture->pixels, NULL);
  guint lit = 0;

  g_assert_true (icam_uuid_equal (&picture->channel, &f->channel));
  g_assert_cmpint (picture->role, ==, ICAM_ROLE_MAIN);
  g_assert_cmpuint (picture->width, ==, width);
  g_assert_cmpuint (picture->height, ==, height);
  g_assert_cmpuint (g_bytes_get_size (picture->pixels), ==, picture->stride * height);
  for (guint i = 0; i < width * height; i++)
    {
      g_assert_cmpuint (pixels[4 * i + 3], ==, 255);
      lit += pixels[4 * i] > 200;
    }
  /* A white ball on black, about 40 pixels across in 640. */
  g_assert_cmpuint (lit, >, width * height / 2000);
  g_assert_cmpuint (lit, <, width * height / 20);
}

static void
test_all (Fixture      *f,
          gconstpointer data)
{
  g_autoptr (IcamDecoder) decoder = make (f, 0);

  for (guint i = 0; i < f->units->len; i++)
    push (f, decoder, i, 0);
  icam_decoder_drain (decoder);
  WAIT_FOR (f, f->drained == 1);

  g_assert_cmpuint (f->pictures->len, ==, f->units->len);
  for (guint i = 0; i < f->pictures->len; i++)
    {
      IcamPicture *picture = g_ptr_array_index (f->pictures, i);

      check_picture (f, picture, 640, 360);
      /* In the order of presentation, each with the time it was pushed with. */
      g_assert_cmpint (ABS (picture->utc_us - FIRST_US - i * FRAME_US), <, 1000);
    }
  icam_decoder_close (decoder);
}

/* A picture comes out as soon as it went in: nothing waits for the next one. */
static void
test_no_delay (Fixture      *f,
               gconstpointer data)
{
  g_autoptr (IcamDecoder) decoder = make (f, 0);

  for (guint i = 0; i < 20; i++)
    {
      push (f, decoder, i, 0);
      WAIT_FOR (f, f->pictures->len == i + 1);
    }
  icam_decoder_close (decoder);
}

static void
test_annex_b (Fixture      *f,
              gconstpointer data)
{
  g_autoptr (IcamDecoder) decoder
    = icam_decoder_new (&f->channel, ICAM_ROLE_MAIN, 0, picture_cb, f, NULL);
  g_autoptr (GBytes) params = icam_bitstream_params_to_annex_b (
    f->codec, g_bytes_get_data (f->private_data, NULL), g_bytes_get_size (f->private_data), NULL);

  g_assert_nonnull (params);
  g_assert_true (icam_decoder_set_format (decoder, f->codec, TRUE, params, 640, 360, NULL));
  for (guint i = 0; i < 5; i++)
    {
      g_autoptr (GBytes) bytes = unit_bytes (f, i);
      gsize size = g_bytes_get_size (bytes);
      guint8 *copy = g_memdup2 (g_bytes_get_data (bytes, NULL), size);
      g_autoptr (GBytes) annex_b = NULL;

      g_assert_true (icam_bitstream_to_annex_b (copy, size));
      annex_b = g_bytes_new_take (copy, size);
      icam_decoder_push (decoder, annex_b, FIRST_US + i * FRAME_US, 0,
                         is_key (f, i) ? ICAM_DECODE_KEY : 0);
    }
  WAIT_FOR (f, f->pictures->len == 5);
  check_picture (f, g_ptr_array_index (f->pictures, 4), 640, 360);
  icam_decoder_close (decoder);
}

static void
test_scaled (Fixture      *f,
             gconstpointer data)
{
  g_autoptr (IcamDecoder) decoder = make (f, 200);

  push (f, decoder, 0, 0);
  WAIT_FOR (f, f->pictures->len == 1);
  check_picture (f, g_ptr_array_index (f->pictures, 0), 200, 112);
  icam_decoder_close (decoder);
}

static void
test_skip (Fixture      *f,
           gconstpointer data)
{
  g_autoptr (IcamDecoder) decoder = make (f, 0);

  for (guint i = 0; i < 10; i++)
    push (f, decoder, i, i < 9 ? ICAM_DECODE_SKIP : 0);
  icam_decoder_drain (decoder);
  WAIT_FOR (f, f->drained == 1);
  g_assert_cmpuint (f->pictures->len, ==, 1);
  g_assert_cmpint (((IcamPicture *) g_ptr_array_index (f->pictures, 0))->utc_us, ==, FIRST_US + 9 * 66666 + 6);
  icam_decoder_close (decoder);
}

/* A key frame and a drain, again and again, as scrubbing does; the time is printed, not judged. */
static void
test_seek (Fixture      *f,
           gconstpointer data)
{
  g_autoptr (IcamDecoder) decoder = make (f, 0);
  gint64 began_us;

  push (f, decoder, 0, 0);
  icam_decoder_drain (decoder);
  WAIT_FOR (f, f->drained == 1);

  began_us = g_get_monotonic_time ();
  for (guint i = 0; i < 20; i++)
    {
      push (f, decoder, (i % 3) * 15, ICAM_DECODE_DISCONT);
      icam_decoder_drain (decoder);
      WAIT_FOR (f, f->drained == 2 + i);
      g_assert_cmpuint (f->pictures->len, ==, 2 + i);
    }
  g_test_message ("a key frame of 640x360: %.2f ms",
                  (double) (g_get_monotonic_time () - began_us) / 20000);
  icam_decoder_close (decoder);
}

static void
test_flush (Fixture      *f,
            gconstpointer data)
{
  g_autoptr (IcamDecoder) decoder = make (f, 0);
  guint n;

  for (guint round = 0; round < 20; round++)
    {
      for (guint i = 0; i < 15; i++)
        push (f, decoder, i, 0);
      icam_decoder_flush (decoder);
      g_mutex_lock (&f->lock);
      n = f->pictures->len;
      g_mutex_unlock (&f->lock);
      push (f, decoder, 15, 0);
      icam_decoder_drain (decoder);
      WAIT_FOR (f, f->drained == round + 1);
      /* What was pushed before never comes after. */
      g_assert_cmpuint (f->pictures->len, ==, n + 1);
      g_assert_cmpint (ABS (((IcamPicture *) g_ptr_array_index (f->pictures, n))->utc_us - FIRST_US - 15 * FRAME_US), <, 1000);
    }
  icam_decoder_close (decoder);
}

static gpointer
flush_thread (gpointer data)
{
  icam_decoder_flush (data);
  return NULL;
}

/* What one step brings about in pieces ends with the flush, too: a drain hands out all that was held back. */
static void
test_flush_in_a_drain (Fixture      *f,
                       gconstpointer data)
{
  g_autoptr (IcamDecoder) decoder = make (f, 0);
  GThread *thread;
  guint n;

  /* Pictures that come out of order: some are still inside when all have been decoded. */
  for (guint i = 0; i < 10; i++)
    push (f, decoder, i, 0);
  WAIT_FOR (f, f->pictures->len >= 8 && icam_decoder_get_queued (decoder) == 0);
  g_mutex_lock (&f->lock);
  f->hold = TRUE;
  g_mutex_unlock (&f->lock);
  icam_decoder_drain (decoder);
  WAIT_FOR (f, f->inside);
  push (f, decoder, 0, 0);
  thread = g_thread_new ("flush", flush_thread, decoder);
  /* It has begun when what was queued is gone. */
  while (icam_decoder_get_queued (decoder) > 0)
    g_thread_yield ();
  g_mutex_lock (&f->lock);
  n = f->pictures->len;
  f->hold = FALSE;
  g_cond_broadcast (&f->cond);
  g_mutex_unlock (&f->lock);
  g_thread_join (thread);

  push (f, decoder, 15, 0);
  icam_decoder_drain (decoder);
  WAIT_FOR (f, f->drained > 0
                 && ABS (((IcamPicture *) g_ptr_array_index (f->pictures, f->pictures->len - 1))->utc_us
                         - FIRST_US - 15 * FRAME_US)
                      < 1000);
  /* The one that was being handed out, and the new one; and of the first drain nobody hears. */
  g_assert_cmpuint (f->pictures->len, ==, n + 2);
  g_assert_cmpuint (f->drained, ==, 1);
  icam_decoder_close (decoder);
}

static void
test_bounded (Fixture      *f,
              gconstpointer data)
{
  g_autoptr (IcamDecoder) decoder = make (f, 0);

  f->hold = TRUE;
  push (f, decoder, 0, 0);
  WAIT_FOR (f, f->inside);
  for (guint i = 0; i < 1000; i++)
    {
      push (f, decoder, i % 45, 0);
      g_assert_cmpuint (icam_decoder_get_queued (decoder), <=, 240);
    }
  g_mutex_lock (&f->lock);
  f->hold = FALSE;
  g_cond_broadcast (&f->cond);
  g_mutex_unlock (&f->lock);
  icam_decoder_flush (decoder);
  push (f, decoder, 0, 0);
  icam_decoder_drain (decoder);
  WAIT_FOR (f, f->drained == 1);
  icam_decoder_close (decoder);
}

/* Broken data give no picture or a bad one, never more. */
static void
test_broken (Fixture      *f,
             gconstpointer data)
{
  g_autoptr (IcamDecoder) decoder = make (f, 0);
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);

  for (guint i = 0; i < 60; i++)
    {
      g_autoptr (GBytes) bytes = unit_bytes (f, i % 45);
      gsize size = g_bytes_get_size (bytes);
      guint8 *copy = g_memdup2 (g_bytes_get_data (bytes, NULL), size);
      g_autoptr (GBytes) broken = NULL;

      for (guint k = 0; k < 10; k++)
        copy[g_rand_int_range (rand, 0, (int) size)] = (guint8) g_rand_int (rand);
      broken = g_bytes_new_take (copy, i % 4 != 0 ? size : 1 + size / 2);
      icam_decoder_push (decoder, broken, FIRST_US + i * FRAME_US, 0,
                         is_key (f, i % 45) ? ICAM_DECODE_KEY : 0);
    }
  icam_decoder_drain (decoder);
  WAIT_FOR (f, f->drained == 1);

  g_ptr_array_set_size (f->pictures, 0);
  push (f, decoder, 15, 0);
  icam_decoder_drain (decoder);
  WAIT_FOR (f, f->drained == 2);
  g_assert_cmpuint (f->pictures->len, ==, 1);
  check_picture (f, g_ptr_array_index (f->pictures, 0), 640, 360);
  icam_decoder_close (decoder);
}

static void
test_jpeg_files (Fixture      *f,
                 gconstpointer data)
{
  g_autoptr (IcamDecoder) decoder = make (f, 0);
  g_autoptr (IcamPicture) again = NULL;
  g_autoptr (GBytes) jpeg = NULL;
  g_autoptr (GError) error = NULL;
  IcamPicture *picture;

  push (f, decoder, 0, 0);
  WAIT_FOR (f, f->pictures->len == 1);
  picture = g_ptr_array_index (f->pictures, 0);
  jpeg = icam_picture_to_jpeg (picture, &error);
  g_assert_no_error (error);
  again = icam_picture_from_jpeg (g_bytes_get_data (jpeg, NULL), g_bytes_get_size (jpeg), &error);
  g_assert_no_error (error);
  check_picture (f, picture, 640, 360);
  g_assert_cmpuint (again->width, ==, 640);
  /* Whose it is stands inside. */
  g_assert_true (icam_uuid_equal (&again->channel, &f->channel));
  g_assert_cmpint (again->utc_us, ==, picture->utc_us);

  g_assert_null (icam_picture_from_jpeg ((const guint8 *) "\xff\xd8\xff", 3, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  icam_decoder_close (decoder);
}

static void
test_unsupported (void)
{
  IcamUuid channel = { { 1 } };
  g_autoptr (IcamDecoder) decoder
    = icam_decoder_new (&channel, ICAM_ROLE_MAIN, 0, picture_cb, NULL, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (icam_decoder_set_format (decoder, ICAM_CODEC_AAC, TRUE, NULL, 0, 0, &error));
  g_assert_error (error, ICAM_ERROR, ICAM_ERROR_CODEC_UNSUPPORTED);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  icam_media_init ();

#define ADD(path, func, data) g_test_add (path, Fixture, data, setup, func, teardown)
  ADD ("/media/decoder/h264", test_all, TEST_CLIP_AVC);
  ADD ("/media/decoder/h264-reordered", test_all, TEST_CLIP_AVC_B);
  ADD ("/media/decoder/h265", test_all, TEST_CLIP_HVC1);
  ADD ("/media/decoder/mjpeg", test_all, TEST_CLIP_JPEG);
  ADD ("/media/decoder/no-delay", test_no_delay, NULL);
  ADD ("/media/decoder/no-delay-h265", test_no_delay, TEST_CLIP_HVC1);
  ADD ("/media/decoder/annex-b", test_annex_b, NULL);
  ADD ("/media/decoder/annex-b-h265", test_annex_b, TEST_CLIP_HVC1);
  ADD ("/media/decoder/scaled", test_scaled, NULL);
  ADD ("/media/decoder/scaled-mjpeg", test_scaled, TEST_CLIP_JPEG);
  ADD ("/media/decoder/skip", test_skip, NULL);
  ADD ("/media/decoder/seek", test_seek, NULL);
  ADD ("/media/decoder/flush", test_flush, NULL);
  ADD ("/media/decoder/flush-in-a-drain", test_flush_in_a_drain, TEST_CLIP_AVC_B);
  ADD ("/media/decoder/bounded", test_bounded, NULL);
  ADD ("/media/decoder/broken", test_broken, NULL);
  ADD ("/media/decoder/jpeg-files", test_jpeg_files, NULL);
  g_test_add_func ("/media/decoder/unsupported", test_unsupported);

  return g_test_run ();
}
