/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "icam-test-film.h"

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <string.h>

#define SIZE (ICAM_FILM_WIDTH * ICAM_FILM_HEIGHT)

static GBytes *
bytes_of (GstBuffer *buffer)
{
  GstMapInfo map;
  GBytes *bytes;

  gst_buffer_map (buffer, &map, GST_MAP_READ);
  bytes = g_bytes_new (map.data, map.size);
  gst_buffer_unmap (buffer, &map);
  return bytes;
}

IcamTestFilm *
icam_test_film_new (guint    n_frames,
                    guint    key_distance,
                    gboolean annex_b)
{
  IcamTestFilm *self = g_new0 (IcamTestFilm, 1);
  g_autofree char *description = g_strdup_printf (
    "appsrc name=in format=time caps=video/x-raw,format=I420,width=%d,height=%d,framerate=15/1 "
    "! x264enc tune=zerolatency speed-preset=ultrafast pass=quant quantizer=8 key-int-max=%u option-string=scenecut=0 "
    "! video/x-h264,stream-format=%s,alignment=au ! appsink name=out sync=false",
    ICAM_FILM_WIDTH, ICAM_FILM_HEIGHT, key_distance, annex_b ? "byte-stream" : "avc");
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) pipeline = gst_parse_launch (description, &error);
  g_autoptr (GstElement) in = NULL;
  g_autoptr (GstElement) out = NULL;
  GstSample *sample;

  g_assert_no_error (error);
  in = gst_bin_get_by_name (GST_BIN (pipeline), "in");
  out = gst_bin_get_by_name (GST_BIN (pipeline), "out");
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  for (guint i = 0; i < n_frames; i++)
    {
      guint8 *pixels = g_malloc (SIZE * 3 / 2);
      GstBuffer *buffer;

      memset (pixels, 40 + 4 * (int) (i % 48), SIZE);
      memset (pixels + SIZE, 128, SIZE / 2);
      buffer = gst_buffer_new_wrapped (pixels, SIZE * 3 / 2);
      GST_BUFFER_PTS (buffer) = gst_util_uint64_scale (i, GST_SECOND, 15);
      GST_BUFFER_DURATION (buffer) = GST_SECOND / 15;
      gst_app_src_push_buffer (GST_APP_SRC (in), buffer);
    }
  gst_app_src_end_of_stream (GST_APP_SRC (in));

  self->key_distance = key_distance;
  self->frames = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  while ((sample = gst_app_sink_pull_sample (GST_APP_SINK (out))) != NULL)
    {
      GstBuffer *buffer = gst_sample_get_buffer (sample);
      gboolean key = !GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
      const GValue *codec_data
        = gst_structure_get_value (gst_caps_get_structure (gst_sample_get_caps (sample), 0), "codec_data");

      g_assert_cmpint (key, ==, self->frames->len % key_distance == 0);
      if (self->private_data == NULL && codec_data != NULL)
        self->private_data = bytes_of (gst_value_get_buffer (codec_data));
      g_ptr_array_add (self->frames, bytes_of (buffer));
      gst_sample_unref (sample);
    }
  gst_element_set_state (pipeline, GST_STATE_NULL);
  g_assert_cmpuint (self->frames->len, ==, n_frames);
  return self;
}

void
icam_test_film_free (IcamTestFilm *self)
{
  g_ptr_array_unref (self->frames);
  g_clear_pointer (&self->private_data, g_bytes_unref);
  g_free (self);
}

guint
icam_test_film_number (IcamPicture *picture)
{
  gsize size;
  const guint8 *pixels = g_bytes_get_data (picture->pixels, &size);
  /* The middle, away from edges; video range to full range. */
  guint value = pixels[(picture->height / 2) * picture->stride + (picture->width / 2) * 4];
  double luma = value * 219.0 / 255.0 + 16;

  /* Decoding and conversion take a little off, less than half a step. */
  return (guint) ((luma - 38.5) / 4 + 0.5);
}
