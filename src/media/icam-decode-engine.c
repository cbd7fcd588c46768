/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-media"

#include "config.h"

#include "media/icam-decode-engine.h"

#include "media/icam-bitstream.h"
#include "media/icam-frame-time.h"
#include "media/icam-jpeg.h"
#include "media/icam-media-private.h"
#include "media/icam-state-pool.h"

#include <gst/video/video.h>
#include <string.h>

/* More pictures than any decoder holds back. */
#define MAX_SKIPPED 64

struct _IcamDecodeEngine
{
  IcamCodec codec;
  GBytes *params; /* Annex B, or NULL */
  guint max_width;
  IcamDecodeFunc func;
  gpointer user_data;

  GstElement *element; /* NULL for JPEG */
  GstPad *feed, *drain;
  gboolean need_params;
  gint64 first_utc_us;

  /* Times of pictures that are decoded but not handed out. */
  gint64 skipped[MAX_SKIPPED];
  guint n_skipped;

  GstVideoInfo in, out;
  gboolean have_in;
  GstVideoConverter *converter;
};

static gboolean
take_skipped (IcamDecodeEngine *self,
              gint64            utc_us)
{
  for (guint i = 0; i < self->n_skipped; i++)
    if (self->skipped[i] == utc_us)
      {
        self->skipped[i] = self->skipped[--self->n_skipped];
        return TRUE;
      }

  return FALSE;
}

static void
set_input (IcamDecodeEngine   *self,
           const GstVideoInfo *info)
{
  guint width = (guint) info->width, height = (guint) info->height;

  if (self->have_in && gst_video_info_is_equal (&self->in, info))
    return;

  self->in = *info;
  self->have_in = TRUE;
  g_clear_pointer (&self->converter, gst_video_converter_free);
  if (self->max_width > 0 && width > self->max_width)
    {
      height = MAX (2, (guint) ((guint64) height * self->max_width / width) & ~1u);
      width = self->max_width;
    }
  gst_video_info_set_format (&self->out, GST_VIDEO_FORMAT_RGBx, width, height);
  self->out.fps_n = info->fps_n; /* the converter insists */
  self->out.fps_d = info->fps_d;
}

/* Straight into the memory that is handed out: @frame is what came out of the decoder. */
static void
hand_out (IcamDecodeEngine *self,
          GstVideoFrame    *frame,
          gint64            utc_us)
{
  gsize size = self->out.size;
  g_autofree guint8 *pixels = g_try_malloc (size);
  g_autoptr (GstBuffer) wrapped = NULL;
  g_autoptr (GBytes) bytes = NULL;
  GstVideoFrame out;

  if (pixels == NULL)
    return;
  if (self->converter == NULL)
    {
      /* Linear and single threaded: the pool is what runs in parallel. */
      GstStructure *config = gst_structure_new (
        "config", GST_VIDEO_CONVERTER_OPT_RESAMPLER_METHOD, GST_TYPE_VIDEO_RESAMPLER_METHOD,
        GST_VIDEO_RESAMPLER_METHOD_LINEAR, GST_VIDEO_CONVERTER_OPT_DITHER_METHOD,
        GST_TYPE_VIDEO_DITHER_METHOD, GST_VIDEO_DITHER_NONE, NULL);

      self->converter = gst_video_converter_new (&self->in, &self->out, config);
    }
  if (self->converter == NULL)
    return;

  wrapped = gst_buffer_new_wrapped_full (0, pixels, size, 0, size, NULL, NULL);
  if (!gst_video_frame_map (&out, &self->out, wrapped, GST_MAP_READWRITE))
    return;
  gst_video_converter_frame (self->converter, frame, &out);
  gst_video_frame_unmap (&out);

  bytes = g_bytes_new_take (g_steal_pointer (&pixels), size);
  self->func (self->user_data, utc_us, (guint) self->out.width, (guint) self->out.height, bytes);
}

static GstFlowReturn
chain_cb (GstPad    *pad,
          GstObject *parent,
          GstBuffer *buffer)
{
  IcamDecodeEngine *self = gst_pad_get_element_private (pad);
  gint64 utc_us = icam_frame_time_get_utc (buffer);
  GstVideoFrame frame;

  if (self->have_in && utc_us >= 0 && !take_skipped (self, utc_us)
      && gst_video_frame_map (&frame, &self->in, buffer, GST_MAP_READ))
    {
      hand_out (self, &frame, utc_us);
      gst_video_frame_unmap (&frame);
    }

  gst_buffer_unref (buffer);
  return GST_FLOW_OK;
}

static gboolean
event_cb (GstPad    *pad,
          GstObject *parent,
          GstEvent  *event)
{
  IcamDecodeEngine *self = gst_pad_get_element_private (pad);

  if (GST_EVENT_TYPE (event) == GST_EVENT_CAPS)
    {
      GstCaps *caps;
      GstVideoInfo info;

      gst_event_parse_caps (event, &caps);
      if (gst_video_info_from_caps (&info, caps))
        set_input (self, &info);
    }

  gst_event_unref (event);
  return TRUE;
}

static gboolean
query_cb (GstPad    *pad,
          GstObject *parent,
          GstQuery  *query)
{
  /* Frames with strides of the decoder's own liking need no copy. */
  if (GST_QUERY_TYPE (query) == GST_QUERY_ALLOCATION)
    {
      gst_query_add_allocation_meta (query, GST_VIDEO_META_API_TYPE, NULL);
      return TRUE;
    }

  return gst_pad_query_default (pad, parent, query);
}

static void
push_segment (IcamDecodeEngine *self)
{
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (self->feed, gst_event_new_segment (&segment));
  self->need_params = TRUE;
  self->n_skipped = 0;
}

/**
 * icam_decode_engine_new:
 * @codec: a video codec
 * @params: (nullable): its parameter sets as a byte stream
 * @max_width: wider pictures are scaled down to this, in pixels; 0: none are
 * @func: gets pictures
 * @user_data: for it
 *
 * Returns: (transfer full) (nullable): the engine, %NULL if nothing decodes @codec here
 */
IcamDecodeEngine *
icam_decode_engine_new (IcamCodec      codec,
                        GBytes        *params,
                        guint          max_width,
                        IcamDecodeFunc func,
                        gpointer       user_data)
{
  g_autoptr (IcamDecodeEngine) self = g_new0 (IcamDecodeEngine, 1);
  g_autoptr (GstPad) sink = NULL;
  g_autoptr (GstPad) src = NULL;
  g_autoptr (GstCaps) caps = NULL;
  const char *name = icam_media_decoder_for (codec);

  self->codec = codec;
  self->params = params != NULL ? g_bytes_ref (params) : NULL;
  self->max_width = max_width;
  self->func = func;
  self->user_data = user_data;
  if (codec == ICAM_CODEC_MJPEG)
    return g_steal_pointer (&self);
  if (name == NULL)
    return NULL;

  self->element = gst_object_ref_sink (gst_element_factory_make (name, NULL));
  g_object_set (self->element, "max-threads", 1, "qos", FALSE, "max-errors", -1, NULL);
  self->feed = gst_object_ref_sink (gst_pad_new ("feed", GST_PAD_SRC));
  self->drain = gst_object_ref_sink (gst_pad_new ("drain", GST_PAD_SINK));
  gst_pad_set_element_private (self->drain, self);
  gst_pad_set_chain_function (self->drain, chain_cb);
  gst_pad_set_event_function (self->drain, event_cb);
  gst_pad_set_query_function (self->drain, query_cb);
  gst_pad_set_active (self->feed, TRUE);
  gst_pad_set_active (self->drain, TRUE);
  sink = gst_element_get_static_pad (self->element, "sink");
  src = gst_element_get_static_pad (self->element, "src");
  if (gst_pad_link (self->feed, sink) != GST_PAD_LINK_OK
      || gst_pad_link (src, self->drain) != GST_PAD_LINK_OK
      || gst_element_set_state (self->element, GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE)
    return NULL;

  caps = gst_caps_new_simple (codec == ICAM_CODEC_H264 ? "video/x-h264" : "video/x-h265",
                              "stream-format", G_TYPE_STRING, "byte-stream", "alignment",
                              G_TYPE_STRING, "au", NULL);
  gst_pad_push_event (self->feed, gst_event_new_stream_start ("icam"));
  gst_pad_push_event (self->feed, gst_event_new_caps (caps));
  push_segment (self);
  return g_steal_pointer (&self);
}

static void
element_to_null (gpointer data)
{
  GstElement *element = data;

  gst_element_set_state (element, GST_STATE_NULL);
  gst_object_unref (element);
}

/**
 * icam_decode_engine_free:
 * @self: an engine
 */
void
icam_decode_engine_free (IcamDecodeEngine *self)
{
  if (self->feed != NULL)
    gst_pad_set_active (self->feed, FALSE);
  if (self->drain != NULL)
    gst_pad_set_active (self->drain, FALSE);
  g_clear_object (&self->feed);
  g_clear_object (&self->drain);
  if (self->element != NULL)
    icam_state_pool_push (element_to_null, g_steal_pointer (&self->element));
  g_clear_pointer (&self->converter, gst_video_converter_free);
  g_clear_pointer (&self->params, g_bytes_unref);
  g_free (self);
}

static void
decode_jpeg (IcamDecodeEngine *self,
             GBytes           *data,
             gint64            utc_us,
             IcamDecodeFlags   flags)
{
  g_autoptr (GBytes) pixels = NULL;
  g_autoptr (GstBuffer) buffer = NULL;
  GstVideoInfo info;
  GstVideoFrame frame;
  guint width, height;

  if (flags & ICAM_DECODE_SKIP)
    return;

  pixels = icam_jpeg_decode_rgbx (g_bytes_get_data (data, NULL), g_bytes_get_size (data),
                                  self->max_width, &width, &height, NULL);
  if (pixels == NULL)
    return;
  if (self->max_width == 0 || width <= self->max_width)
    {
      self->func (self->user_data, utc_us, width, height, pixels);
      return;
    }

  gst_video_info_set_format (&info, GST_VIDEO_FORMAT_RGBx, width, height);
  set_input (self, &info);
  buffer = gst_buffer_new_wrapped_bytes (pixels);
  if (gst_video_frame_map (&frame, &info, buffer, GST_MAP_READ))
    {
      hand_out (self, &frame, utc_us);
      gst_video_frame_unmap (&frame);
    }
}

/**
 * icam_decode_engine_push:
 * @self: an engine
 * @data: an access unit as a byte stream, or a JPEG file
 * @utc_us: when it was captured
 * @flags: what it is
 */
void
icam_decode_engine_push (IcamDecodeEngine *self,
                         GBytes           *data,
                         gint64            utc_us,
                         IcamDecodeFlags   flags)
{
  GstBuffer *buffer;

  if (self->codec == ICAM_CODEC_MJPEG)
    {
      decode_jpeg (self, data, utc_us, flags);
      return;
    }

  buffer = gst_buffer_new_wrapped_bytes (data);
  if ((flags & ICAM_DECODE_KEY) && self->need_params && self->params != NULL
      && !icam_bitstream_has_params (self->codec, g_bytes_get_data (data, NULL),
                                     g_bytes_get_size (data)))
    buffer = gst_buffer_append (gst_buffer_new_wrapped_bytes (self->params), buffer);
  if (flags & ICAM_DECODE_KEY)
    self->need_params = FALSE;
  else
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  if (flags & ICAM_DECODE_DISCONT)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);

  /* Times of the pictures' own kind: it must not be the decoder that puts them in order by guessing. */
  if (self->first_utc_us == 0)
    self->first_utc_us = utc_us - (gint64) G_USEC_PER_SEC * 3600;
  if (utc_us > self->first_utc_us)
    GST_BUFFER_PTS (buffer) = (guint64) (utc_us - self->first_utc_us) * 1000;
  icam_frame_time_set (buffer, MAX (utc_us, 0), 0);
  if ((flags & ICAM_DECODE_SKIP) && self->n_skipped < MAX_SKIPPED)
    self->skipped[self->n_skipped++] = utc_us;

  gst_pad_push (self->feed, buffer);
}

/**
 * icam_decode_engine_drain:
 * @self: an engine
 *
 * What the decoder still holds is handed out.
 */
void
icam_decode_engine_drain (IcamDecodeEngine *self)
{
  if (self->element == NULL)
    return;

  gst_pad_push_event (self->feed, gst_event_new_eos ());
  icam_decode_engine_flush (self);
}

/**
 * icam_decode_engine_flush:
 * @self: an engine
 *
 * What the decoder still holds is forgotten; what comes next must be a key frame.
 */
void
icam_decode_engine_flush (IcamDecodeEngine *self)
{
  if (self->element == NULL)
    return;

  gst_pad_push_event (self->feed, gst_event_new_flush_start ());
  gst_pad_push_event (self->feed, gst_event_new_flush_stop (TRUE));
  push_segment (self);
}
