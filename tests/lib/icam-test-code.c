/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "icam-test"

#include "icam-test-code.h"

#include <string.h>

#define SYNC 0xb2
#define VERSION 1
#define MAX_SEI_BYTES 96

/* The name of our SEI message (user data unregistered), ITU-T H.264 and H.265, annex D. */
static const guint8 sei_uuid[16] = { 0x69, 0x6e, 0x63, 0x61, 0x6d, 0x2d, 0x74, 0x65,
                                     0x73, 0x74, 0x2d, 0x63, 0x6f, 0x64, 0x65, 0x31 };

/* CRC-16/CCITT-FALSE: a decoder that guessed one block wrong must not yield another camera. */
static guint16
crc16 (const guint8 *bytes, gsize n)
{
  guint16 crc = 0xffff;

  for (gsize i = 0; i < n; i++)
    {
      crc ^= (guint16) (bytes[i] << 8);
      for (int bit = 0; bit < 8; bit++)
        crc = (crc & 0x8000) ? (guint16) ((crc << 1) ^ 0x1021) : (guint16) (crc << 1);
    }
  return crc;
}

/**
 * icam_test_stream_name:
 * @stream: an #IcamTestStream
 *
 * Returns: (transfer none): "main", "sub", "extra" or "jpeg".
 */
const char *
icam_test_stream_name (guint stream)
{
  static const char *const names[] = { "main", "sub", "extra", "jpeg" };

  g_return_val_if_fail (stream < G_N_ELEMENTS (names), "main");
  return names[stream];
}

/**
 * icam_test_code_pack:
 * @code: a code
 * @bytes: (out): its 20 bytes, protected by a checksum
 */
void
icam_test_code_pack (const IcamTestCode *code, guint8 bytes[ICAM_TEST_CODE_BYTES])
{
  guint64 utc = (guint64) code->utc_us;
  guint16 crc;

  bytes[0] = SYNC;
  bytes[1] = (guint8) ((VERSION << 4) | (code->generation & 0x0f));
  bytes[2] = (guint8) (code->device >> 8);
  bytes[3] = (guint8) code->device;
  bytes[4] = (guint8) ((code->channel << 4) | (code->stream & 0x0f));
  bytes[5] = (guint8) code->flags;
  for (int i = 0; i < 4; i++)
    bytes[6 + i] = (guint8) (code->counter >> (24 - 8 * i));
  for (int i = 0; i < 8; i++)
    bytes[10 + i] = (guint8) (utc >> (56 - 8 * i));
  crc = crc16 (bytes, 18);
  bytes[18] = (guint8) (crc >> 8);
  bytes[19] = (guint8) crc;
}

/**
 * icam_test_code_unpack:
 * @bytes: 20 bytes
 * @code: (out caller-allocates): the code in them
 *
 * Returns: whether the bytes are a whole code.
 */
gboolean
icam_test_code_unpack (const guint8 bytes[ICAM_TEST_CODE_BYTES], IcamTestCode *code)
{
  guint64 utc = 0;

  if (bytes[0] != SYNC || bytes[1] >> 4 != VERSION
      || crc16 (bytes, 18) != (guint16) ((bytes[18] << 8) | bytes[19]))
    return FALSE;

  code->generation = bytes[1] & 0x0f;
  code->device = ((guint) bytes[2] << 8) | bytes[3];
  code->channel = bytes[4] >> 4;
  code->stream = bytes[4] & 0x0f;
  code->flags = bytes[5];
  code->counter = 0;
  for (int i = 0; i < 4; i++)
    code->counter = (code->counter << 8) | bytes[6 + i];
  for (int i = 0; i < 8; i++)
    utc = (utc << 8) | bytes[10 + i];
  code->utc_us = (gint64) utc;
  return TRUE;
}

/**
 * icam_test_code_draw:
 * @luma: the top left pixel of a luma plane, at least 640 by 16 pixels
 * @stride: bytes from one row to the next
 * @width: width of the plane in pixels
 * @code: what to draw
 *
 * Draws the strip over the top 16 rows.
 */
void
icam_test_code_draw (guint8 *luma, gsize stride, guint width, const IcamTestCode *code)
{
  guint8 bytes[ICAM_TEST_CODE_BYTES];

  g_return_if_fail (width >= ICAM_TEST_CODE_COLUMNS * ICAM_TEST_CODE_BLOCK);

  icam_test_code_pack (code, bytes);
  for (guint y = 0; y < ICAM_TEST_STRIP_HEIGHT; y++)
    {
      guint row = y / ICAM_TEST_CODE_BLOCK;

      memset (luma + y * stride, ICAM_TEST_CODE_DARK, width);
      for (guint column = 0; column < ICAM_TEST_CODE_COLUMNS; column++)
        {
          guint bit = row * ICAM_TEST_CODE_COLUMNS + column;

          if (bytes[bit / 8] & (0x80 >> (bit % 8)))
            memset (luma + y * stride + column * ICAM_TEST_CODE_BLOCK, ICAM_TEST_CODE_LIGHT,
                    ICAM_TEST_CODE_BLOCK);
        }
    }
}

/* Reads a strip whose blocks are @block pixels wide and high. */
static gboolean
read_strip (const guint8 *luma,
            gsize stride,
            guint width,
            guint height,
            double block,
            IcamTestCode *code)
{
  double mean[ICAM_TEST_CODE_BITS];
  guint8 bytes[ICAM_TEST_CODE_BYTES] = { 0 };
  double dark = 255, light = 0;

  if (block < 2 || block * ICAM_TEST_CODE_COLUMNS > width + 0.5 || block * 2 > height)
    return FALSE;

  for (guint bit = 0; bit < ICAM_TEST_CODE_BITS; bit++)
    {
      double left = (bit % ICAM_TEST_CODE_COLUMNS) * block;
      double top = (bit / ICAM_TEST_CODE_COLUMNS) * block;
      guint x0 = (guint) (left + block * 0.25), x1 = (guint) (left + block * 0.75);
      guint y0 = (guint) (top + block * 0.25), y1 = (guint) (top + block * 0.75);
      guint sum = 0, n = 0;

      for (guint y = y0; y <= MAX (y0, y1 - 1) && y < height; y++)
        for (guint x = x0; x <= MAX (x0, x1 - 1) && x < width; x++, n++)
          sum += luma[y * stride + x];
      mean[bit] = n ? (double) sum / n : 0;
      dark = MIN (dark, mean[bit]);
      light = MAX (light, mean[bit]);
    }

  if (light - dark < 24)
    return FALSE;
  for (guint bit = 0; bit < ICAM_TEST_CODE_BITS; bit++)
    if (mean[bit] > (dark + light) / 2)
      bytes[bit / 8] |= (guint8) (0x80 >> (bit % 8));

  return icam_test_code_unpack (bytes, code);
}

/**
 * icam_test_code_read_luma:
 * @luma: the top left pixel of a decoded luma plane (or of any grey picture)
 * @stride: bytes from one row to the next
 * @width: width in pixels
 * @height: height in pixels
 * @code: (out caller-allocates): the code in the strip
 *
 * Reads the strip of a decoded picture, also of one that was scaled down to a quarter. A main
 * stream has its strip over half of the width, a sub stream over the whole.
 *
 * Returns: whether there is a code.
 */
gboolean
icam_test_code_read_luma (
  const guint8 *luma, gsize stride, guint width, guint height, IcamTestCode *code)
{
  return read_strip (luma, stride, width, height, width / 80.0, code)
         || read_strip (luma, stride, width, height, width / 160.0, code)
         || read_strip (luma, stride, width, height, ICAM_TEST_CODE_BLOCK, code);
}

/**
 * icam_test_code_write_sei:
 * @code: a code
 * @h265: whether for H.265, otherwise for H.264
 * @nal: (out): where to write, without a start code or length
 * @size: room there, at least 96 bytes
 *
 * Writes a NAL unit with an SEI message of the type user_data_unregistered (ITU-T H.264 D.1.7,
 * H.265 D.2.7).
 *
 * Returns: its length in bytes.
 */
gsize
icam_test_code_write_sei (const IcamTestCode *code, gboolean h265, guint8 *nal, gsize size)
{
  guint8 payload[sizeof sei_uuid + ICAM_TEST_CODE_BYTES];
  guint8 rbsp[2 + sizeof payload + 1];
  gsize n = 0, zeros = 0;

  g_return_val_if_fail (size >= MAX_SEI_BYTES, 0);

  memcpy (payload, sei_uuid, sizeof sei_uuid);
  icam_test_code_pack (code, payload + sizeof sei_uuid);
  rbsp[0] = 5;
  rbsp[1] = sizeof payload;
  memcpy (rbsp + 2, payload, sizeof payload);
  rbsp[sizeof rbsp - 1] = 0x80;

  if (h265)
    {
      nal[n++] = 39 << 1;
      nal[n++] = 1;
    }
  else
    nal[n++] = 6;
  for (gsize i = 0; i < sizeof rbsp; i++)
    {
      if (zeros >= 2 && rbsp[i] <= 3)
        {
          nal[n++] = 3;
          zeros = 0;
        }
      nal[n++] = rbsp[i];
      zeros = rbsp[i] ? 0 : zeros + 1;
    }
  return n;
}

/**
 * icam_test_code_read_nal:
 * @nal: a NAL unit of H.264 or H.265, without a start code or length
 * @size: its length in bytes
 * @code: (out caller-allocates): the code in it
 *
 * Returns: whether it is an SEI message of the test camera.
 */
gboolean
icam_test_code_read_nal (const guint8 *nal, gsize size, IcamTestCode *code)
{
  guint8 rbsp[MAX_SEI_BYTES];
  gsize n = 0, zeros = 0, start;

  if (size < 3)
    return FALSE;
  if ((nal[0] & 0x1f) == 6)
    start = 1;
  else if (((nal[0] >> 1) & 0x3f) == 39)
    start = 2;
  else
    return FALSE;

  for (gsize i = start; i < size && n < sizeof rbsp; i++)
    {
      if (zeros >= 2 && nal[i] == 3)
        {
          zeros = 0;
          continue;
        }
      rbsp[n++] = nal[i];
      zeros = nal[i] ? 0 : zeros + 1;
    }
  if (n < 2 + sizeof sei_uuid + ICAM_TEST_CODE_BYTES || rbsp[0] != 5
      || rbsp[1] != sizeof sei_uuid + ICAM_TEST_CODE_BYTES
      || memcmp (rbsp + 2, sei_uuid, sizeof sei_uuid) != 0)
    return FALSE;
  return icam_test_code_unpack (rbsp + 2 + sizeof sei_uuid, code);
}

/**
 * icam_test_code_read_access_unit:
 * @data: an access unit of H.264 or H.265
 * @size: its length in bytes
 * @length_bytes: bytes of the length before each NAL unit (avc, hvc1), or 0 for start codes
 * @code: (out caller-allocates): the code in its SEI message
 *
 * Returns: whether there is a code.
 */
gboolean
icam_test_code_read_access_unit (const guint8 *data,
                                 gsize size,
                                 guint length_bytes,
                                 IcamTestCode *code)
{
  gsize at = 0;

  if (length_bytes > 0)
    {
      while (size - at > length_bytes)
        {
          gsize length = 0;

          for (guint i = 0; i < length_bytes; i++)
            length = (length << 8) | data[at++];
          if (length > size - at)
            return FALSE;
          if (icam_test_code_read_nal (data + at, length, code))
            return TRUE;
          at += length;
        }
      return FALSE;
    }

  for (gsize i = 0; i + 3 < size; i++)
    {
      gsize end;

      if (data[i] != 0 || data[i + 1] != 0 || data[i + 2] != 1)
        continue;
      /* Ours is short and holds no start code: reading past its end is caught by the checksum. */
      end = MIN (size, i + 3 + MAX_SEI_BYTES);
      if (icam_test_code_read_nal (data + i + 3, end - i - 3, code))
        return TRUE;
    }
  return FALSE;
}

/**
 * icam_test_code_write_jpeg_segment:
 * @code: a code
 * @segment: (out): where to write an APP9 segment, marker and length included
 * @size: room there, at least 64 bytes
 *
 * Returns: its length in bytes. It belongs behind the first two bytes (SOI) of a JPEG file.
 */
gsize
icam_test_code_write_jpeg_segment (const IcamTestCode *code, guint8 *segment, gsize size)
{
  const gsize length = 2 + sizeof sei_uuid + ICAM_TEST_CODE_BYTES;

  g_return_val_if_fail (size >= length + 2, 0);

  segment[0] = 0xff;
  segment[1] = 0xe9;
  segment[2] = (guint8) (length >> 8);
  segment[3] = (guint8) length;
  memcpy (segment + 4, sei_uuid, sizeof sei_uuid);
  icam_test_code_pack (code, segment + 4 + sizeof sei_uuid);
  return length + 2;
}

/**
 * icam_test_code_read_jpeg:
 * @data: a JPEG file
 * @size: its length in bytes
 * @code: (out caller-allocates): the code in its APP9 segment
 *
 * Returns: whether there is a code.
 */
gboolean
icam_test_code_read_jpeg (const guint8 *data, gsize size, IcamTestCode *code)
{
  gsize at = 2;

  if (size < 4 || data[0] != 0xff || data[1] != 0xd8)
    return FALSE;
  while (at + 4 <= size && data[at] == 0xff && data[at + 1] != 0xda)
    {
      gsize length = ((gsize) data[at + 2] << 8) | data[at + 3];

      if (length < 2 || length > size - at - 2)
        return FALSE;
      if (data[at + 1] == 0xe9 && length == 2 + sizeof sei_uuid + ICAM_TEST_CODE_BYTES
          && memcmp (data + at + 4, sei_uuid, sizeof sei_uuid) == 0)
        return icam_test_code_unpack (data + at + 4 + sizeof sei_uuid, code);
      at += 2 + length;
    }
  return FALSE;
}
