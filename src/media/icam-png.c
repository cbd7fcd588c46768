/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-media"

#include "config.h"

#include "media/icam-png.h"

#include <gst/video/video.h>
#include <string.h>

#define TIME_OUT (30 * GST_SECOND)
/* Signature and header, the first chunk (PNG, third edition, 5.2 and 11.2.1): what is said of the picture comes after them. */
#define HEAD_BYTES 33

/* PNG, annex D. */
static guint32
checksum (const guint8 *data,
          gsize         size)
{
  guint32 crc = G_MAXUINT32;

  for (gsize i = 0; i < size; i++)
    {
      crc ^= data[i];
      for (guint bit = 0; bit < 8; bit++)
        crc = crc & 1 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
    }
  return ~crc;
}

static void
append_32 (GByteArray *out,
           guint32     value)
{
  value = GUINT32_TO_BE (value);
  g_byte_array_append (out, (const guint8 *) &value, sizeof value);
}

/* A chunk tEXt (11.3.3.2): its length, its type, what it is, the text; a checksum of all but the length. */
static void
append_comment (GByteArray *out,
                const char *comment)
{
  static const char type[] = "tEXtComment"; /* with the zero between both */
  guint at;

  append_32 (out, (guint32) (sizeof type - 4 + strlen (comment)));
  at = out->len;
  g_byte_array_append (out, (const guint8 *) type, sizeof type);
  g_byte_array_append (out, (const guint8 *) comment, (guint) strlen (comment));
  append_32 (out, checksum (out->data + at, out->len - at));
}

/**
 * icam_png_encode_rgbx:
 * @pixels: 4 bytes each: red, green, blue, unused
 * @width: in pixels
 * @height: in pixels
 * @stride: bytes from one row to the next
 * @comment: (nullable): Latin-1, is kept with the picture
 * @error: return location; G_IO_ERROR, or why GStreamer does not encode
 *
 * Returns: (transfer full) (nullable): the file
 */
GBytes *
icam_png_encode_rgbx (GBytes     *pixels,
                      guint       width,
                      guint       height,
                      guint       stride,
                      const char *comment,
                      GError    **error)
{
  g_autoptr (GstCaps) from = gst_caps_new_simple ("video/x-raw", "format", G_TYPE_STRING, "RGBx", "width", G_TYPE_INT, (int) width,
                                                  "height", G_TYPE_INT, (int) height, "framerate", GST_TYPE_FRACTION, 0, 1, NULL);
  g_autoptr (GstCaps) to = gst_caps_new_empty_simple ("image/png");
  g_autoptr (GstBuffer) buffer = gst_buffer_new_wrapped_bytes (pixels);
  g_autoptr (GstSample) sample = NULL;
  g_autoptr (GstSample) encoded = NULL;
  g_autoptr (GByteArray) out = g_byte_array_new ();
  gsize offsets[GST_VIDEO_MAX_PLANES] = { 0 };
  int strides[GST_VIDEO_MAX_PLANES] = { (int) stride };
  GstMapInfo map;

  gst_buffer_add_video_meta_full (buffer, GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_FORMAT_RGBx, width, height, 1, offsets, strides);
  sample = gst_sample_new (buffer, from, NULL, NULL);
  encoded = gst_video_convert_sample (sample, to, TIME_OUT, error);
  if (encoded == NULL)
    return NULL;
  if (gst_buffer_get_size (gst_sample_get_buffer (encoded)) < HEAD_BYTES
      || !gst_buffer_map (gst_sample_get_buffer (encoded), &map, GST_MAP_READ))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "GStreamer made no PNG picture.");
      return NULL;
    }

  g_byte_array_append (out, map.data, HEAD_BYTES);
  if (comment != NULL)
    append_comment (out, comment);
  g_byte_array_append (out, map.data + HEAD_BYTES, (guint) (map.size - HEAD_BYTES));
  gst_buffer_unmap (gst_sample_get_buffer (encoded), &map);
  return g_byte_array_free_to_bytes (g_steal_pointer (&out));
}
