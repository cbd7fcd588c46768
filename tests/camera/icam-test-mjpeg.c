/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "icam-test"

#include "icam-test-mjpeg.h"

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <libsoup/soup.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>
#include <jpeglib.h>

#include "icam-test-log.h"
#include "icam-test-pump.h"

/* As the example program of the ESP32-CAM writes it. */
#define BOUNDARY "123456789000000000000987654321"
#define MJPEG_WIDTH 640
#define MJPEG_HEIGHT 360
#define EVERY 2 /* of the pictures of a stream */
#define QUALITY 80

struct _IcamTestMjpeg
{
  IcamTestDevice *device;
  SoupServer *server;
  GQueue waiting;              /* of SoupServerMessage, those who must wait for the first to leave */
  SoupServerMessage *current;  /* who gets the stream */
  GSource *timer;
  guint64 last;
  gsize unsent;                /* bytes that it has not taken yet */
};

/* Scenes by number and size, drawn once a device's thread. */
static IcamTestScene *
scene_get (guint scene, guint width, guint height)
{
  static GPrivate cache = G_PRIVATE_INIT ((GDestroyNotify) g_hash_table_unref);
  GHashTable *table = g_private_get (&cache);
  gpointer key = GUINT_TO_POINTER (scene << 24 | height << 12 | width);
  IcamTestScene *self;

  if (!table)
    {
      table = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) icam_test_scene_free);
      g_private_set (&cache, table);
    }
  self = g_hash_table_lookup (table, key);
  if (!self)
    {
      self = icam_test_scene_new (scene, width, height);
      g_hash_table_insert (table, key, self);
    }
  return self;
}

/* Baseline JPEG, 4:2:0, from planes; the segment goes behind SOI. */
static GBytes *
compress_planes (guint8 *const planes[3], const gsize strides[3], guint width, guint height,
          const IcamTestCode *code)
{
  struct jpeg_compress_struct jpeg;
  struct jpeg_error_mgr errors;
  unsigned char *out = NULL;
  unsigned long out_size = 0;
  guint8 segment[64];
  gsize segment_size = icam_test_code_write_jpeg_segment (code, segment, sizeof segment);
  guint8 *file;

  jpeg.err = jpeg_std_error (&errors);
  jpeg_create_compress (&jpeg);
  jpeg_mem_dest (&jpeg, &out, &out_size);
  jpeg.image_width = width;
  jpeg.image_height = height;
  jpeg.input_components = 3;
  jpeg.in_color_space = JCS_YCbCr;
  jpeg_set_defaults (&jpeg);
  jpeg_set_quality (&jpeg, QUALITY, TRUE);
  jpeg.raw_data_in = TRUE;
  jpeg_start_compress (&jpeg, TRUE);
  while (jpeg.next_scanline < height)
    {
      JSAMPROW y[16], u[8], v[8];
      JSAMPARRAY rows[3] = { y, u, v };

      for (guint i = 0; i < 16; i++)
        y[i] = planes[0] + MIN (jpeg.next_scanline + i, height - 1) * strides[0];
      for (guint i = 0; i < 8; i++)
        {
          guint row = MIN (jpeg.next_scanline / 2 + i, height / 2 - 1);

          u[i] = planes[1] + row * strides[1];
          v[i] = planes[2] + row * strides[2];
        }
      jpeg_write_raw_data (&jpeg, rows, 16);
    }
  jpeg_finish_compress (&jpeg);
  jpeg_destroy_compress (&jpeg);

  file = g_malloc (out_size + segment_size);
  memcpy (file, out, 2);
  memcpy (file + 2, segment, segment_size);
  memcpy (file + 2 + segment_size, out + 2, out_size - 2);
  free (out);
  return g_bytes_new_take (file, out_size + segment_size);
}

/* The picture of a footage, decoded from its key frame. */
static GBytes *
decode_key_frame (const IcamTestClip *clip, guint index)
{
  g_autofree char *description
    = g_strdup_printf ("appsrc name=source format=time ! h264parse ! avdec_h264 ! "
                       "video/x-raw,format=I420 ! appsink name=sink sync=false");
  g_autoptr (GstElement) pipeline = gst_parse_launch (description, NULL);
  g_autoptr (GstElement) source = NULL;
  g_autoptr (GstElement) sink = NULL;
  g_autoptr (GstCaps) caps = gst_caps_from_string (clip->caps);
  g_autoptr (GstSample) sample = NULL;
  const IcamTestStripFrame *frame = &clip->frames[index - index % ICAM_TEST_GOP].strip;
  guint8 strip[ICAM_TEST_STRIP_MAX_BYTES];
  const IcamTestCode code = { 0 };
  gsize strip_size = 0, before = 0;
  GstBuffer *buffer;
  GstMapInfo map;
  GBytes *bytes = NULL;

  if (!pipeline || clip->codec != ICAM_TEST_CODEC_H264)
    return NULL;
  source = gst_bin_get_by_name (GST_BIN (pipeline), "source");
  sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  g_object_set (source, "caps", caps, NULL);
  if (clip->parameters.rows > 0)
    {
      strip_size = icam_test_strip_write (&clip->parameters, frame, FALSE, &code, strip);
      before = 4 + strip_size;
    }
  buffer = gst_buffer_new_allocate (NULL, before + 4 + frame->content_size, NULL);
  gst_buffer_map (buffer, &map, GST_MAP_WRITE);
  for (int i = 0; i < 4; i++)
    {
      if (before > 0)
        map.data[i] = (guint8) (strip_size >> (24 - 8 * i));
      map.data[before + i] = (guint8) (frame->content_size >> (24 - 8 * i));
    }
  if (before > 0)
    memcpy (map.data + 4, strip, strip_size);
  memcpy (map.data + before + 4, frame->content, frame->content_size);
  gst_buffer_unmap (buffer, &map);
  GST_BUFFER_PTS (buffer) = 0;
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  gst_app_src_push_buffer (GST_APP_SRC (source), buffer);
  gst_app_src_end_of_stream (GST_APP_SRC (source));
  sample = gst_app_sink_try_pull_sample (GST_APP_SINK (sink), 5 * GST_SECOND);
  if (sample && gst_buffer_map (gst_sample_get_buffer (sample), &map, GST_MAP_READ))
    {
      bytes = g_bytes_new (map.data, map.size);
      gst_buffer_unmap (gst_sample_get_buffer (sample), &map);
    }
  gst_element_set_state (pipeline, GST_STATE_NULL);
  return bytes;
}

static GBytes *
picture (IcamTestDevice *device, guint channel, guint stream, guint width, guint height,
         guint64 *counter_out)
{
  g_autofree guint8 *yuv = g_malloc ((gsize) width * height * 3 / 2);
  gsize luma = (gsize) width * height;
  guint8 *planes[3] = { yuv, yuv + luma, yuv + luma + luma / 4 };
  gsize strides[3] = { width, width / 2, width / 2 };
  const guint top = device->plain ? 0 : ICAM_TEST_STRIP_HEIGHT;
  guint8 *content[3] = { planes[0] + top * strides[0], planes[1] + top / 2 * strides[1],
                         planes[2] + top / 2 * strides[2] };
  IcamTestChannel *self = &device->channels[channel];
  IcamTestCode code = { 0 };
  guint64 counter;
  int visit = -1;
  double seconds = 0;
  gint64 mono;
  const IcamTestPlan *plan;

  icam_test_pump_lock ();
  counter = g_atomic_int_get (&device->frozen) ? device->frozen_counter
                                               : icam_test_device_counter_now (device);
  plan = &self->plans[counter / ICAM_TEST_GOP % ICAM_TEST_PLAN_RING];
  if (plan->valid && plan->gop == counter / ICAM_TEST_GOP && plan->visit >= 0)
    {
      visit = plan->visit;
      seconds = (double) (plan->gop_of_visit * ICAM_TEST_GOP + counter % ICAM_TEST_GOP) / ICAM_TEST_FPS;
    }
  icam_test_pump_unlock ();

  memset (planes[1], 128, luma / 2);
  if (device->footage)
    {
      const IcamTestClip *clip = self->clips[height == 720 ? 0 : 1];
      g_autoptr (GBytes) raw = decode_key_frame (clip, (guint) (counter % clip->n_frames));
      gsize size = 0;
      const guint8 *data = raw ? g_bytes_get_data (raw, &size) : NULL;

      memset (planes[0], 16, luma);
      if (size >= luma * 3 / 2)
        memcpy (yuv, data, luma * 3 / 2);
    }
  else if (icam_test_scene_render (scene_get (self->scene, width, height - top),
                                   visit, (seconds - 0.5) / (ICAM_TEST_VISIT_GOPS * 2 - 1.0),
                                   seconds, counter + 1, content, strides))
    code.flags |= ICAM_TEST_CODE_ACTOR;

  /* JPEG uses all of the range (JFIF 1.02), video does not. */
  for (gsize i = 0; i < luma; i++)
    yuv[i] = (guint8) CLAMP ((yuv[i] - 16) * 255 / 219, 0, 255);
  for (gsize i = luma; i < luma * 3 / 2; i++)
    yuv[i] = (guint8) CLAMP (128 + (yuv[i] - 128) * 255 / 224, 0, 255);

  mono = icam_test_device_counter_mono (device, counter);
  code.device = device->index;
  code.generation = device->generation;
  code.channel = channel;
  code.stream = stream;
  code.counter = (guint32) counter;
  code.utc_us = device->start_utc_us + (mono - device->start_mono_us);
  if (!device->plain)
    icam_test_code_draw (planes[0], strides[0], width, &code);
  if (counter_out)
    *counter_out = counter;
  return compress_planes (planes, strides, width, height, &code);
}

/**
 * icam_test_mjpeg_picture:
 * @device: a device
 * @channel: its channel
 * @width: width in pixels, 640 or 1280
 * @height: height in pixels, 360 or 720
 *
 * Returns: (transfer full): the channel's picture of this moment as a JPEG file, with the code.
 */
GBytes *
icam_test_mjpeg_picture (IcamTestDevice *device, guint channel, guint width, guint height)
{
  return picture (device, channel, ICAM_TEST_STREAM_JPEG, width, height, NULL);
}

static void serve_next (IcamTestMjpeg *self);

static gboolean
on_timer (gpointer data)
{
  IcamTestMjpeg *self = data;
  guint64 counter = icam_test_device_counter_now (self->device);
  g_autoptr (GBytes) jpeg = NULL;
  g_autofree char *head = NULL;
  SoupMessageBody *body;

  if (!self->current)
    return G_SOURCE_CONTINUE;
  if (counter / EVERY == self->last)
    return G_SOURCE_CONTINUE;
  body = soup_server_message_get_response_body (self->current);
  /* A client that does not read gets no new pictures. */
  if (self->unsent > 1024 * 1024)
    return G_SOURCE_CONTINUE;
  self->last = counter / EVERY;
  jpeg = picture (self->device, 0, ICAM_TEST_STREAM_JPEG, MJPEG_WIDTH, MJPEG_HEIGHT, &counter);
  head = g_strdup_printf ("\r\n--" BOUNDARY "\r\nContent-Type: image/jpeg\r\nContent-Length: "
                          "%" G_GSIZE_FORMAT "\r\n\r\n",
                          g_bytes_get_size (jpeg));
  soup_message_body_append (body, SOUP_MEMORY_COPY, head, strlen (head));
  soup_message_body_append_bytes (body, jpeg);
  self->unsent += strlen (head) + g_bytes_get_size (jpeg);
  soup_server_message_unpause (self->current);
  if (icam_test_log_is_open ())
    icam_test_log_write ("{\"t\":\"jpeg\",\"device\":%u,\"channel\":0,\"counter\":%" G_GUINT64_FORMAT ",\"utc_us\":%" G_GINT64_FORMAT
                         ",\"bytes\":%" G_GSIZE_FORMAT ",\"crc\":\"%08lx\"}",
                         self->device->index, counter,
                         self->device->start_utc_us + icam_test_device_counter_mono (self->device, counter) - self->device->start_mono_us,
                         g_bytes_get_size (jpeg),
                         (gulong) crc32 (crc32 (0, NULL, 0), g_bytes_get_data (jpeg, NULL), (uInt) g_bytes_get_size (jpeg)));
  return G_SOURCE_CONTINUE;
}

static void
on_wrote (SoupServerMessage *message, guint size, gpointer data)
{
  IcamTestMjpeg *self = data;

  if (message == self->current)
    self->unsent -= MIN (size, self->unsent);
}

static void
on_finished (SoupServerMessage *message, gpointer data)
{
  IcamTestMjpeg *self = data;

  if (message == self->current)
    {
      g_clear_object (&self->current);
      serve_next (self);
    }
  else if (g_queue_remove (&self->waiting, message))
    g_object_unref (message);
}

static void
serve_next (IcamTestMjpeg *self)
{
  SoupMessageHeaders *headers;

  if (self->current || g_queue_is_empty (&self->waiting))
    return;
  self->current = g_queue_pop_head (&self->waiting);
  self->unsent = 0;
  soup_server_message_set_status (self->current, 200, NULL);
  headers = soup_server_message_get_response_headers (self->current);
  soup_message_headers_set_encoding (headers, SOUP_ENCODING_CHUNKED);
  soup_message_headers_replace (headers, "Content-Type",
                                "multipart/x-mixed-replace;boundary=" BOUNDARY);
  soup_message_body_set_accumulate (soup_server_message_get_response_body (self->current), FALSE);
  on_timer (self);
}

static void
on_stream (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query,
           gpointer data)
{
  IcamTestMjpeg *self = data;

  /* One at a time: the others wait without an answer until the first one leaves. */
  g_signal_connect (message, "wrote-body-data", G_CALLBACK (on_wrote), self);
  g_signal_connect (message, "finished", G_CALLBACK (on_finished), self);
  soup_server_message_pause (message);
  g_queue_push_tail (&self->waiting, g_object_ref (message));
  serve_next (self);
}

/**
 * icam_test_mjpeg_new:
 * @device: a device
 *
 * Returns: (transfer full): its MJPEG server, which does not listen yet.
 */
IcamTestMjpeg *
icam_test_mjpeg_new (IcamTestDevice *device)
{
  IcamTestMjpeg *self = g_new0 (IcamTestMjpeg, 1);

  self->device = device;
  g_queue_init (&self->waiting);
  self->server = soup_server_new (NULL, NULL);
  soup_server_add_handler (self->server, "/stream", on_stream, self, NULL);
  return self;
}

/**
 * icam_test_mjpeg_listen:
 * @self: a server
 * @error: return location for a #GError
 *
 * Listens at the device's address.
 *
 * Returns: whether it could.
 */
gboolean
icam_test_mjpeg_listen (IcamTestMjpeg *self, GError **error)
{
  g_autoptr (GSocketAddress) address
    = g_inet_socket_address_new_from_string (self->device->address, self->device->mjpeg_port);
  GSList *uris;

  if (!soup_server_listen (self->server, address, 0, error))
    return FALSE;
  uris = soup_server_get_uris (self->server);
  if (uris)
    self->device->mjpeg_port = (guint16) g_uri_get_port (uris->data);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);

  self->timer = g_timeout_source_new (EVERY * 1000 / ICAM_TEST_FPS / 2);
  g_source_set_callback (self->timer, on_timer, self, NULL);
  g_source_attach (self->timer, self->device->context);
  return TRUE;
}

/**
 * icam_test_mjpeg_unlisten:
 * @self: a server
 *
 * Closes the port and all connections.
 */
void
icam_test_mjpeg_unlisten (IcamTestMjpeg *self)
{
  if (self->timer)
    {
      g_source_destroy (self->timer);
      g_clear_pointer (&self->timer, g_source_unref);
    }
  g_queue_clear_full (&self->waiting, g_object_unref);
  g_clear_object (&self->current);
  soup_server_disconnect (self->server);
}

/**
 * icam_test_mjpeg_free:
 * @self: a server
 */
void
icam_test_mjpeg_free (IcamTestMjpeg *self)
{
  icam_test_mjpeg_unlisten (self);
  g_clear_object (&self->server);
  g_free (self);
}
