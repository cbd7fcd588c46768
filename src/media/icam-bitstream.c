/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-media"

#include "config.h"

#include "media/icam-bitstream.h"

#include <string.h>

static const guint8 start_code[4] = { 0, 0, 0, 1 };

/* What is left of a record, read from its front. */
typedef struct
{
  const guint8 *data;
  gsize size;
} Rest;

static gboolean
take (Rest          *rest,
      gsize          n,
      const guint8 **out)
{
  if (rest->size < n)
    return FALSE;

  *out = rest->data;
  rest->data += n;
  rest->size -= n;
  return TRUE;
}

static gboolean
take_units (Rest       *rest,
            guint       count,
            gboolean    annex_b,
            GByteArray *out)
{
  for (guint i = 0; i < count; i++)
    {
      guint8 before[4] = { 0 };
      const guint8 *p;
      gsize length;

      if (!take (rest, 2, &p))
        return FALSE;
      length = (gsize) p[0] << 8 | p[1];
      memcpy (before + 2, p, 2);
      if (length == 0 || !take (rest, length, &p))
        return FALSE;

      g_byte_array_append (out, annex_b ? start_code : before, sizeof start_code);
      g_byte_array_append (out, p, (guint) length);
    }

  return TRUE;
}

/* ISO/IEC 14496-15, 5.3.3.1 and 8.3.3.1. */
static gboolean
take_params (IcamCodec   codec,
             Rest        rest,
             gboolean    annex_b,
             guint      *length_size,
             GByteArray *out)
{
  const guint8 *p;

  if (codec == ICAM_CODEC_H264)
    {
      if (!take (&rest, 6, &p) || p[0] != 1)
        return FALSE;
      *length_size = (p[4] & 3) + 1u;
      return take_units (&rest, p[5] & 31, annex_b, out) && take (&rest, 1, &p) && take_units (&rest, p[0], annex_b, out);
    }
  if (codec == ICAM_CODEC_H265)
    {
      guint n_arrays;

      if (!take (&rest, 23, &p) || p[0] > 1)
        return FALSE;
      *length_size = (p[21] & 3) + 1u;
      n_arrays = p[22];
      for (guint i = 0; i < n_arrays; i++)
        if (!take (&rest, 3, &p) || !take_units (&rest, (guint) p[1] << 8 | p[2], annex_b, out))
          return FALSE;
      return TRUE;
    }
  return FALSE;
}

/**
 * icam_bitstream_params_to_annex_b:
 * @codec: H.264 or H.265
 * @record: an AVCDecoderConfigurationRecord or HEVCDecoderConfigurationRecord (ISO/IEC 14496-15, 5.3.3.1 and 8.3.3.1)
 * @size: of it in bytes
 * @length_size: (out) (optional): bytes of the length before each NAL unit
 *
 * Returns: (transfer full) (nullable): its parameter sets as a byte stream, %NULL if it is no such record
 */
GBytes *
icam_bitstream_params_to_annex_b (IcamCodec     codec,
                                  const guint8 *record,
                                  gsize         size,
                                  guint        *length_size)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  guint unused;

  if (!take_params (codec, (Rest){ record, size }, TRUE, length_size != NULL ? length_size : &unused, out))
    return NULL;
  return g_byte_array_free_to_bytes (g_steal_pointer (&out));
}

/**
 * icam_bitstream_add_params:
 * @codec: H.264 or H.265
 * @record: an AVCDecoderConfigurationRecord or HEVCDecoderConfigurationRecord
 * @size: of it in bytes
 * @out: gets its parameter sets, appended, each after its length in 4 bytes
 *
 * Returns: whether it is such a record, of access units with lengths of 4 bytes; else @out is as it was
 */
gboolean
icam_bitstream_add_params (IcamCodec     codec,
                           const guint8 *record,
                           gsize         size,
                           GByteArray   *out)
{
  guint before = out->len, length_size = 0;

  if (take_params (codec, (Rest){ record, size }, FALSE, &length_size, out) && length_size == 4)
    return TRUE;
  g_byte_array_set_size (out, before);
  return FALSE;
}

/**
 * icam_bitstream_check:
 * @data: an access unit, each NAL unit after its length in 4 bytes
 * @size: of it in bytes
 * @n_units: (out) (optional): how many NAL units there are
 *
 * Returns: whether the lengths add up to @size
 */
gboolean
icam_bitstream_check (const guint8 *data,
                      gsize         size,
                      guint        *n_units)
{
  guint n = 0;

  while (size > 0)
    {
      gsize length;

      if (size < 5)
        return FALSE;
      length = (gsize) data[0] << 24 | (gsize) data[1] << 16 | (gsize) data[2] << 8 | data[3];
      if (length == 0 || length > size - 4)
        return FALSE;
      data += 4 + length;
      size -= 4 + length;
      n++;
    }

  if (n_units != NULL)
    *n_units = n;
  return n > 0;
}

/**
 * icam_bitstream_to_annex_b:
 * @data: an access unit, each NAL unit after its length in 4 bytes; becomes a byte stream of the same size
 * @size: of it in bytes
 *
 * Returns: whether the lengths add up; @data is untouched if not
 */
gboolean
icam_bitstream_to_annex_b (guint8 *data,
                           gsize   size)
{
  if (!icam_bitstream_check (data, size, NULL))
    return FALSE;

  while (size > 0)
    {
      gsize length = (gsize) data[0] << 24 | (gsize) data[1] << 16 | (gsize) data[2] << 8 | data[3];

      memcpy (data, start_code, sizeof start_code);
      data += 4 + length;
      size -= 4 + length;
    }

  return TRUE;
}

/**
 * icam_bitstream_is_annex_b:
 * @data: an access unit
 * @size: of it in bytes
 *
 * Returns: whether it begins as a byte stream does
 */
gboolean
icam_bitstream_is_annex_b (const guint8 *data,
                           gsize         size)
{
  return (size > 4 && memcmp (data, start_code, 4) == 0)
         || (size > 3 && memcmp (data, start_code + 1, 3) == 0);
}

/**
 * icam_bitstream_has_params:
 * @codec: H.264 or H.265
 * @annex_b: an access unit as a byte stream
 * @size: of it in bytes
 *
 * Looks no further than the first picture's data.
 *
 * Returns: whether a sequence parameter set is in it
 */
gboolean
icam_bitstream_has_params (IcamCodec     codec,
                           const guint8 *annex_b,
                           gsize         size)
{
  for (gsize i = 0; i + 4 < size; i++)
    {
      guint type;

      if (annex_b[i] != 0 || annex_b[i + 1] != 0 || annex_b[i + 2] != 1)
        continue;
      if (codec == ICAM_CODEC_H264)
        {
          type = annex_b[i + 3] & 31;
          if (type == 7)
            return TRUE;
          if (type >= 1 && type <= 5)
            return FALSE;
        }
      else
        {
          type = (annex_b[i + 3] >> 1) & 63;
          if (type == 33)
            return TRUE;
          if (type < 32)
            return FALSE;
        }
      i += 2;
    }

  return FALSE;
}
