/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-media"

#include "config.h"

#include "media/icam-media-private.h"

#include <string.h>

static GBytes *
dup_buffer (const GValue *value)
{
  GstBuffer *buffer = value != NULL ? gst_value_get_buffer (value) : NULL;
  gpointer data = NULL;
  gsize size = 0;

  if (buffer == NULL)
    return NULL;

  gst_buffer_extract_dup (buffer, 0, gst_buffer_get_size (buffer), &data, &size);
  return g_bytes_new_take (data, size);
}

/* RFC 7845, 5.1: what a decoder wants to know, for a stream that came without (mapping family 0). */
static GBytes *
make_opus_head (const GstStructure *s)
{
  guint8 head[19] = "OpusHead";
  int channels = 2, rate = 48000;

  gst_structure_get_int (s, "channels", &channels);
  gst_structure_get_int (s, "rate", &rate);
  head[8] = 1;
  head[9] = (guint8) CLAMP (channels, 1, 2);
  head[12] = (guint8) (rate & 0xff);
  head[13] = (guint8) (rate >> 8 & 0xff);
  head[14] = (guint8) (rate >> 16 & 0xff);
  return g_bytes_new (head, sizeof head);
}

IcamCodec
icam_media_codec_from_caps (GstCaps  *caps,
                            GBytes  **private_data)
{
  const GstStructure *s = gst_caps_get_structure (caps, 0);
  const char *name = gst_structure_get_name (s);
  IcamCodec codec = ICAM_CODEC_NONE;
  GBytes *data = NULL;

  if (g_str_equal (name, "video/x-h264"))
    codec = ICAM_CODEC_H264;
  else if (g_str_equal (name, "video/x-h265"))
    codec = ICAM_CODEC_H265;
  else if (g_str_equal (name, "image/jpeg"))
    codec = ICAM_CODEC_MJPEG;
  else if (g_str_equal (name, "audio/mpeg"))
    codec = ICAM_CODEC_AAC;
  else if (g_str_equal (name, "audio/x-mulaw"))
    codec = ICAM_CODEC_PCMU;
  else if (g_str_equal (name, "audio/x-alaw"))
    codec = ICAM_CODEC_PCMA;
  else if (g_str_equal (name, "audio/x-opus"))
    codec = ICAM_CODEC_OPUS;

  if (codec == ICAM_CODEC_OPUS)
    data = make_opus_head (s);
  else
    data = dup_buffer (gst_structure_get_value (s, "codec_data"));

  if ((codec == ICAM_CODEC_H264 || codec == ICAM_CODEC_H265 || codec == ICAM_CODEC_AAC)
      && data == NULL)
    codec = ICAM_CODEC_NONE;

  if (private_data != NULL)
    *private_data = g_steal_pointer (&data);
  g_clear_pointer (&data, g_bytes_unref);
  return codec;
}

const char *
icam_media_decoder_for (IcamCodec codec)
{
  static const struct
  {
    IcamCodec codec;
    const char *name;
  } decoders[] = {
    { ICAM_CODEC_H264, "avdec_h264" },
    { ICAM_CODEC_H265, "avdec_h265" },
    { ICAM_CODEC_MJPEG, "jpegdec" },
    { ICAM_CODEC_MJPEG, "avdec_mjpeg" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (decoders); i++)
    if (decoders[i].codec == codec)
      {
        g_autoptr (GstElementFactory) factory = gst_element_factory_find (decoders[i].name);

        if (factory != NULL)
          return decoders[i].name;
      }

  return NULL;
}
