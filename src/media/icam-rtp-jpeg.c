/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-media"

#include "config.h"

#include "media/icam-rtp-jpeg.h"

#include <string.h>

/* Largest picture that is believed; RFC 2435 has 24 bits for an offset. */
#define MAX_PICTURE (8u * 1024 * 1024)

struct _IcamRtpJpeg
{
  GByteArray *picture; /* headers and what came of the scan */
  gsize scan_at;       /* where the scan begins in it */
  gboolean open, whole;
  guint width, height;
  gboolean changed;
  /* Tables with a Q of 128 to 254 may be sent once and meant later (section 4.2). */
  guint8 tables[127][128];
  gboolean have_tables[127];
};

/* Quantization tables at quality 50, in zigzag order (ITU-T T.81, tables K.1 and K.2). */
static const guint8 luma_quantizer[64] = {
  16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49,
  35, 37, 29, 40, 58, 51, 61, 60, 57, 51, 56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56,
  80, 109, 81, 87, 95, 98, 103, 104, 103, 62, 77, 113, 121, 112, 100, 120, 92, 101, 103, 99,
};
static const guint8 chroma_quantizer[64] = {
  17, 18, 18, 24, 21, 24, 47, 26, 26, 47, 99, 66, 56, 66, 99, 99, 99, 99, 99, 99, 99, 99,
  99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
  99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
};

/* Huffman tables: counts of codes of 1 to 16 bits, then the values (ITU-T T.81, tables K.3 to K.6). */
static const guint8 dc_counts[2][16] = {
  { 0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0 },
  { 0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0 },
};
static const guint8 dc_values[12] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 };
static const guint8 ac_counts[2][16] = {
  { 0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7d },
  { 0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 0x77 },
};
static const guint8 ac_values[2][162] = {
  {
    0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61, 0x07, 0x22, 0x71,
    0x14, 0x32, 0x81, 0x91, 0xa1, 0x08, 0x23, 0x42, 0xb1, 0xc1, 0x15, 0x52, 0xd1, 0xf0, 0x24, 0x33, 0x62, 0x72,
    0x82, 0x09, 0x0a, 0x16, 0x17, 0x18, 0x19, 0x1a, 0x25, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x34, 0x35, 0x36, 0x37,
    0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59,
    0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x83,
    0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0xa2, 0xa3,
    0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xc2, 0xc3,
    0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda, 0xe1, 0xe2,
    0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa,
  },
  {
    0x00, 0x01, 0x02, 0x03, 0x11, 0x04, 0x05, 0x21, 0x31, 0x06, 0x12, 0x41, 0x51, 0x07, 0x61, 0x71, 0x13, 0x22,
    0x32, 0x81, 0x08, 0x14, 0x42, 0x91, 0xa1, 0xb1, 0xc1, 0x09, 0x23, 0x33, 0x52, 0xf0, 0x15, 0x62, 0x72, 0xd1,
    0x0a, 0x16, 0x24, 0x34, 0xe1, 0x25, 0xf1, 0x17, 0x18, 0x19, 0x1a, 0x26, 0x27, 0x28, 0x29, 0x2a, 0x35, 0x36,
    0x37, 0x38, 0x39, 0x3a, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58,
    0x59, 0x5a, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a,
    0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a,
    0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xb2, 0xb3, 0xb4, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba,
    0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xd2, 0xd3, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8, 0xd9, 0xda,
    0xe2, 0xe3, 0xe4, 0xe5, 0xe6, 0xe7, 0xe8, 0xe9, 0xea, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa,
  },
};

/**
 * icam_rtp_jpeg_new:
 *
 * Returns: (transfer full): an assembler for one stream
 */
IcamRtpJpeg *
icam_rtp_jpeg_new (void)
{
  IcamRtpJpeg *self = g_new0 (IcamRtpJpeg, 1);

  self->picture = g_byte_array_new ();
  return self;
}

/**
 * icam_rtp_jpeg_free:
 * @self: (transfer full): an assembler
 */
void
icam_rtp_jpeg_free (IcamRtpJpeg *self)
{
  g_byte_array_unref (self->picture);
  g_free (self);
}

static void
put (IcamRtpJpeg *self,
     guint        value)
{
  guint8 byte = (guint8) value;

  g_byte_array_append (self->picture, &byte, 1);
}

static void
put_marker (IcamRtpJpeg *self,
            guint        marker,
            guint        length)
{
  put (self, 0xff);
  put (self, marker);
  put (self, length >> 8);
  put (self, length);
}

static void
put_huffman (IcamRtpJpeg  *self,
             guint         id,
             const guint8 *counts,
             const guint8 *values,
             guint         n_values)
{
  put_marker (self, 0xc4, 3 + 16 + n_values);
  put (self, id);
  g_byte_array_append (self->picture, counts, 16);
  g_byte_array_append (self->picture, values, n_values);
}

/* RFC 2435, section 4.2: quality to a factor, factor to tables. */
static void
scale_tables (guint  quality,
              guint8 tables[128])
{
  guint factor = CLAMP (quality, 1u, 99u);
  guint q = factor < 50 ? 5000 / factor : 200 - factor * 2;

  for (guint i = 0; i < 64; i++)
    {
      tables[i] = (guint8) CLAMP ((luma_quantizer[i] * q + 50) / 100, 1u, 255u);
      tables[64 + i] = (guint8) CLAMP ((chroma_quantizer[i] * q + 50) / 100, 1u, 255u);
    }
}

static void
put_headers (IcamRtpJpeg  *self,
             guint         type,
             guint         width,
             guint         height,
             guint         restart_interval,
             const guint8  tables[128])
{
  g_byte_array_set_size (self->picture, 0);
  put (self, 0xff);
  put (self, 0xd8);
  for (guint i = 0; i < 2; i++)
    {
      put_marker (self, 0xdb, 3 + 64);
      put (self, i);
      g_byte_array_append (self->picture, tables + 64 * i, 64);
    }
  if (restart_interval > 0)
    {
      put_marker (self, 0xdd, 4);
      put (self, restart_interval >> 8);
      put (self, restart_interval);
    }
  put_marker (self, 0xc0, 17);
  put (self, 8);
  put (self, height >> 8);
  put (self, height);
  put (self, width >> 8);
  put (self, width);
  put (self, 3);
  for (guint i = 0; i < 3; i++)
    {
      put (self, i + 1);
      /* Type 0: 4:2:2, type 1: 4:2:0 (section 4.1) */
      put (self, i > 0 ? 0x11 : type == 0 ? 0x21 : 0x22);
      put (self, i > 0 ? 1 : 0);
    }
  for (guint i = 0; i < 2; i++)
    {
      put_huffman (self, i, dc_counts[i], dc_values, sizeof dc_values);
      put_huffman (self, 0x10 | i, ac_counts[i], ac_values[i], sizeof ac_values[i]);
    }
  put_marker (self, 0xda, 12);
  put (self, 3);
  for (guint i = 0; i < 3; i++)
    {
      put (self, i + 1);
      put (self, i > 0 ? 0x11 : 0x00);
    }
  put (self, 0);
  put (self, 63);
  put (self, 0);
  self->scan_at = self->picture->len;
}

/* The first packet of a picture: everything that the headers need. Returns how many bytes of @payload it used, 0 if it is bad. */
static gsize
begin (IcamRtpJpeg  *self,
       const guint8 *payload,
       gsize         size)
{
  guint type = payload[4], quality = payload[5];
  guint width = payload[6] * 8u, height = payload[7] * 8u, restart_interval = 0;
  guint8 tables[128];
  gsize at = 8;

  if ((type & ~64u) > 1 || width == 0 || height == 0 || quality == 0)
    return 0;
  if (type >= 64)
    {
      if (size < at + 4)
        return 0;
      restart_interval = (guint) (payload[at] << 8 | payload[at + 1]);
      at += 4;
    }

  if (quality < 128)
    scale_tables (quality, tables);
  else
    {
      gsize length;

      if (size < at + 4)
        return 0;
      length = (gsize) (payload[at + 2] << 8 | payload[at + 3]);
      if (payload[at + 1] != 0 || length > size - at - 4) /* 16 bit tables: no camera sends them */
        return 0;
      at += 4;
      if (length >= 128)
        {
          memcpy (tables, payload + at, 128);
          if (quality != 255)
            {
              memcpy (self->tables[quality - 128], tables, 128);
              self->have_tables[quality - 128] = TRUE;
            }
        }
      else if (length == 64)
        {
          memcpy (tables, payload + at, 64);
          memcpy (tables + 64, payload + at, 64);
        }
      else if (length == 0 && quality != 255 && self->have_tables[quality - 128])
        memcpy (tables, self->tables[quality - 128], 128);
      else
        return 0;
      at += length;
    }

  self->changed = self->changed || width != self->width || height != self->height;
  self->width = width;
  self->height = height;
  put_headers (self, type & 63, width, height, restart_interval, tables);
  return at;
}

/**
 * icam_rtp_jpeg_add:
 * @self: an assembler
 * @payload: the payload of an RTP packet
 * @size: in bytes
 * @marker: whether the packet says that it ends the picture
 *
 * Returns: whether the picture is whole now (see icam_rtp_jpeg_peek()), wants more, or cannot become one
 */
IcamRtpJpegState
icam_rtp_jpeg_add (IcamRtpJpeg  *self,
                   const guint8 *payload,
                   gsize         size,
                   gboolean      marker)
{
  gsize offset, at = 8;

  if (size < 8)
    return ICAM_RTP_JPEG_BAD;

  offset = (gsize) payload[1] << 16 | (gsize) payload[2] << 8 | payload[3];
  if (offset == 0)
    {
      at = begin (self, payload, size);
      self->open = at > 0;
    }
  else if (payload[4] >= 64)
    at += 4;

  if (!self->open || at > size || offset != self->picture->len - self->scan_at
      || self->picture->len + size > MAX_PICTURE)
    {
      self->open = FALSE;
      return ICAM_RTP_JPEG_BAD;
    }

  g_byte_array_append (self->picture, payload + at, (guint) (size - at));
  if (!marker)
    return ICAM_RTP_JPEG_MORE;

  self->open = FALSE;
  if (self->picture->len < self->scan_at + 2 || self->picture->data[self->picture->len - 2] != 0xff
      || self->picture->data[self->picture->len - 1] != 0xd9)
    {
      put (self, 0xff);
      put (self, 0xd9);
    }
  return ICAM_RTP_JPEG_WHOLE;
}

/**
 * icam_rtp_jpeg_peek:
 * @self: an assembler that has a whole picture
 * @width: (out): in pixels
 * @height: (out): in pixels
 * @changed: (inout): set to %TRUE if the size is another than the last time
 *
 * Returns: (transfer none): the picture with its headers
 */
GByteArray *
icam_rtp_jpeg_peek (IcamRtpJpeg *self,
                    guint       *width,
                    guint       *height,
                    gboolean    *changed)
{
  *width = self->width;
  *height = self->height;
  if (self->changed)
    *changed = TRUE;
  self->changed = FALSE;
  return self->picture;
}
