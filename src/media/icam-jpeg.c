/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-media"

#include "config.h"

#include "media/icam-jpeg.h"

#include <gio/gio.h>
#include <gst/video/video.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>

#define QUALITY 82
/* Decoded, not stored: more than any camera has. */
#define MAX_PIXELS (64u * 1024 * 1024)

typedef struct
{
  struct jpeg_error_mgr manager; /* first: libjpeg hands out a pointer to it */
  jmp_buf jump;
} Failure;

static void
error_exit (j_common_ptr cinfo)
{
  Failure *failure = (Failure *) cinfo->err;

  longjmp (failure->jump, 1);
}

static void
no_message (j_common_ptr cinfo)
{
}

static void
set_failure (GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "Not a JPEG picture");
}

/**
 * icam_jpeg_encode_rgbx:
 * @pixels: 4 bytes each: red, green, blue, unused
 * @width: in pixels
 * @height: in pixels
 * @stride: bytes from one row to the next
 * @comment: (nullable): goes into a COM segment
 * @error: return location; G_IO_ERROR
 *
 * Returns: (transfer full) (nullable): the file
 */
GBytes *
icam_jpeg_encode_rgbx (const guint8 *pixels,
                       guint         width,
                       guint         height,
                       guint         stride,
                       const char   *comment,
                       GError      **error)
{
  struct jpeg_compress_struct cinfo;
  Failure failure;
  unsigned char *out = NULL;
  unsigned long size = 0;
  GBytes *bytes;

  cinfo.err = jpeg_std_error (&failure.manager);
  failure.manager.error_exit = error_exit;
  failure.manager.output_message = no_message;
  jpeg_create_compress (&cinfo);
  if (setjmp (failure.jump) != 0)
    {
      jpeg_destroy_compress (&cinfo);
      free (out);
      set_failure (error);
      return NULL;
    }

  jpeg_mem_dest (&cinfo, &out, &size);
  cinfo.image_width = width;
  cinfo.image_height = height;
  cinfo.input_components = 4;
  cinfo.in_color_space = JCS_EXT_RGBX;
  jpeg_set_defaults (&cinfo);
  jpeg_set_quality (&cinfo, QUALITY, TRUE);
  jpeg_start_compress (&cinfo, TRUE);
  if (comment != NULL)
    jpeg_write_marker (&cinfo, JPEG_COM, (const JOCTET *) comment, (unsigned) strlen (comment));
  while (cinfo.next_scanline < height)
    {
      JSAMPROW row = (JSAMPROW) (pixels + (gsize) cinfo.next_scanline * stride);

      jpeg_write_scanlines (&cinfo, &row, 1);
    }
  jpeg_finish_compress (&cinfo);
  jpeg_destroy_compress (&cinfo);

  bytes = g_bytes_new (out, size);
  free (out);
  return bytes;
}

/**
 * icam_jpeg_decode_rgbx:
 * @data: a JPEG file
 * @size: of it in bytes
 * @max_width: pictures wider than this are decoded at an eighth, quarter or half of their size, but not below it; 0: as they are
 * @width: (out): in pixels
 * @height: (out): in pixels
 * @error: return location; G_IO_ERROR_INVALID_DATA
 *
 * A file that ends too soon gives the picture as far as it went.
 *
 * Returns: (transfer full) (nullable): rows of width * 4 bytes: red, green, blue, 255
 */
GBytes *
icam_jpeg_decode_rgbx (const guint8 *data,
                       gsize         size,
                       guint         max_width,
                       guint        *width,
                       guint        *height,
                       GError      **error)
{
  struct jpeg_decompress_struct cinfo;
  Failure failure;
  guint8 *volatile pixels = NULL;
  gsize row_size;

  cinfo.err = jpeg_std_error (&failure.manager);
  failure.manager.error_exit = error_exit;
  failure.manager.output_message = no_message;
  jpeg_create_decompress (&cinfo);
  if (setjmp (failure.jump) != 0)
    {
      jpeg_destroy_decompress (&cinfo);
      g_free (pixels);
      set_failure (error);
      return NULL;
    }

  jpeg_mem_src (&cinfo, data, size);
  if (jpeg_read_header (&cinfo, TRUE) != JPEG_HEADER_OK || cinfo.image_width == 0
      || cinfo.image_height == 0
      || (guint64) cinfo.image_width * cinfo.image_height > MAX_PIXELS)
    longjmp (failure.jump, 1);

  cinfo.out_color_space = JCS_EXT_RGBA; /* the fourth byte is 255 */
  cinfo.dct_method = JDCT_ISLOW;
  cinfo.scale_num = 1;
  cinfo.scale_denom = 1;
  while (max_width > 0 && cinfo.scale_denom < 8
         && cinfo.image_width / (cinfo.scale_denom * 2) >= max_width)
    cinfo.scale_denom *= 2;
  jpeg_start_decompress (&cinfo);

  row_size = (gsize) cinfo.output_width * 4;
  pixels = g_try_malloc0 (row_size * cinfo.output_height);
  if (pixels == NULL)
    longjmp (failure.jump, 1);
  while (cinfo.output_scanline < cinfo.output_height)
    {
      JSAMPROW row = pixels + cinfo.output_scanline * row_size;

      jpeg_read_scanlines (&cinfo, &row, 1);
    }
  *width = cinfo.output_width;
  *height = cinfo.output_height;
  jpeg_finish_decompress (&cinfo);
  jpeg_destroy_decompress (&cinfo);

  return g_bytes_new_take (pixels, row_size * *height);
}

/**
 * icam_jpeg_from_sample:
 * @sample: a raw picture with its caps
 * @max_width: wider ones are scaled down to this, in pixels
 * @comment: (nullable): goes into a COM segment
 *
 * Returns: (transfer full) (nullable): the file
 */
GBytes *
icam_jpeg_from_sample (GstSample  *sample,
                       guint       max_width,
                       const char *comment)
{
  GstVideoInfo in, out;
  GstVideoFrame frame, scaled;
  GstVideoConverter *converter;
  g_autoptr (GstBuffer) buffer = NULL;
  GBytes *jpeg = NULL;
  guint width, height;

  if (!gst_video_info_from_caps (&in, gst_sample_get_caps (sample))
      || !gst_video_frame_map (&frame, &in, gst_sample_get_buffer (sample), GST_MAP_READ))
    return NULL;

  width = (guint) in.width;
  height = (guint) in.height;
  if (width > max_width)
    {
      height = MAX (2, (guint) ((guint64) height * max_width / width) & ~1u);
      width = max_width;
    }
  gst_video_info_set_format (&out, GST_VIDEO_FORMAT_RGBx, width, height);
  out.fps_n = in.fps_n;
  out.fps_d = in.fps_d;
  buffer = gst_buffer_new_allocate (NULL, out.size, NULL);
  converter = gst_video_converter_new (&in, &out, NULL);
  if (converter != NULL && gst_video_frame_map (&scaled, &out, buffer, GST_MAP_READWRITE))
    {
      gst_video_converter_frame (converter, &frame, &scaled);
      jpeg = icam_jpeg_encode_rgbx (GST_VIDEO_FRAME_PLANE_DATA (&scaled, 0), width, height,
                                    (guint) GST_VIDEO_FRAME_PLANE_STRIDE (&scaled, 0), comment,
                                    NULL);
      gst_video_frame_unmap (&scaled);
    }
  g_clear_pointer (&converter, gst_video_converter_free);
  gst_video_frame_unmap (&frame);
  return jpeg;
}

/**
 * icam_jpeg_get_size:
 * @data: (array length=size): a JPEG picture
 * @size: in bytes
 * @width: (out): in pixels
 * @height: (out): in pixels
 *
 * Reads its frame header (ITU-T T.81, B.2.2).
 *
 * Returns: whether it has one that libjpeg can decode
 */
gboolean
icam_jpeg_get_size (const guint8 *data,
                    gsize         size,
                    guint        *width,
                    guint        *height)
{
  gsize at = 2;

  if (size < 4 || data[0] != 0xff || data[1] != 0xd8)
    return FALSE;

  while (at + 9 < size && data[at] == 0xff)
    {
      guint8 marker = data[at + 1];
      gsize length = (gsize) data[at + 2] << 8 | data[at + 3];

      if (marker == 0xff)
        {
          at++; /* filled */
          continue;
        }
      if (marker >= 0xc0 && marker <= 0xc2)
        {
          *height = (guint) data[at + 5] << 8 | data[at + 6];
          *width = (guint) data[at + 7] << 8 | data[at + 8];
          return *width > 0 && *height > 0;
        }
      /* Pictures begin: no frame header came. */
      if (marker == 0xda || length < 2)
        return FALSE;
      at += 2 + length;
    }

  return FALSE;
}
