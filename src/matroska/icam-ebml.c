/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-matroska"

#include "config.h"

#include "matroska/icam-ebml.h"

#include <string.h>

/* Sizes of master elements take four bytes, so that they can be filled in later. */
#define MASTER_WIDTH 4

static void
put_big_endian (GByteArray *out, guint64 value, guint width)
{
  guint8 bytes[8];

  for (guint i = 0; i < width; i++)
    bytes[i] = (guint8) (value >> (8 * (width - 1 - i)));
  g_byte_array_append (out, bytes, width);
}

static guint
uint_width (guint64 value)
{
  guint width = 1;

  while (width < 8 && (value >> (8 * width)) != 0)
    width++;
  return width;
}

/**
 * icam_ebml_put_id:
 * @out: where to append
 * @id: an identifier with its marker bit
 */
void
icam_ebml_put_id (GByteArray *out, guint32 id)
{
  put_big_endian (out, id, uint_width (id));
}

/**
 * icam_ebml_put_size:
 * @out: where to append
 * @size: bytes of content, or %ICAM_EBML_UNKNOWN
 * @width: bytes that it takes, 1 to 8; 0: as few as possible
 */
void
icam_ebml_put_size (GByteArray *out, guint64 size, guint width)
{
  if (size == ICAM_EBML_UNKNOWN)
    {
      if (width == 0)
        width = 8;
      put_big_endian (out, (G_GUINT64_CONSTANT (1) << (7 * width + 1)) - 1, width);
      return;
    }

  /* All bits set means unknown, so that value is never used for a size. */
  if (width == 0)
    for (width = 1; width < 8 && size >= (G_GUINT64_CONSTANT (1) << (7 * width)) - 1;)
      width++;

  put_big_endian (out, size | (G_GUINT64_CONSTANT (1) << (7 * width)), width);
}

/**
 * icam_ebml_put_uint:
 * @out: where to append
 * @id: an identifier
 * @value: its value
 */
void
icam_ebml_put_uint (GByteArray *out, guint32 id, guint64 value)
{
  guint width = uint_width (value);

  icam_ebml_put_id (out, id);
  icam_ebml_put_size (out, width, 1);
  put_big_endian (out, value, width);
}

/**
 * icam_ebml_put_uint64:
 * @out: where to append
 * @id: an identifier
 * @value: its value, written in eight bytes
 */
void
icam_ebml_put_uint64 (GByteArray *out, guint32 id, guint64 value)
{
  icam_ebml_put_id (out, id);
  icam_ebml_put_size (out, 8, 1);
  put_big_endian (out, value, 8);
}

/**
 * icam_ebml_put_float:
 * @out: where to append
 * @id: an identifier
 * @value: its value, written in eight bytes
 */
void
icam_ebml_put_float (GByteArray *out, guint32 id, double value)
{
  guint64 bits;

  memcpy (&bits, &value, sizeof bits);
  icam_ebml_put_uint64 (out, id, bits);
}

/**
 * icam_ebml_put_string:
 * @out: where to append
 * @id: an identifier
 * @text: UTF-8
 */
void
icam_ebml_put_string (GByteArray *out, guint32 id, const char *text)
{
  icam_ebml_put_binary (out, id, text, strlen (text));
}

/**
 * icam_ebml_put_binary:
 * @out: where to append
 * @id: an identifier
 * @data: its content
 * @length: bytes
 */
void
icam_ebml_put_binary (GByteArray *out, guint32 id, gconstpointer data, gsize length)
{
  icam_ebml_put_id (out, id);
  icam_ebml_put_size (out, length, 0);
  g_byte_array_append (out, data, (guint) length);
}

/**
 * icam_ebml_put_void:
 * @out: where to append
 * @total: bytes that the element takes with its header, at least 2
 */
void
icam_ebml_put_void (GByteArray *out, gsize total)
{
  guint width = total < 100 ? 1 : MASTER_WIDTH;
  guint start;

  g_assert (total >= 2);

  icam_ebml_put_id (out, ICAM_EBML_VOID);
  icam_ebml_put_size (out, total - 1 - width, width);
  start = out->len;
  g_byte_array_set_size (out, start + (guint) (total - 1 - width));
  memset (out->data + start, 0, out->len - start);
}

/**
 * icam_ebml_begin:
 * @out: where to append
 * @id: identifier of a master element
 *
 * Returns: what icam_ebml_end() wants
 */
gsize
icam_ebml_begin (GByteArray *out, guint32 id)
{
  icam_ebml_put_id (out, id);
  icam_ebml_put_size (out, 0, MASTER_WIDTH);
  return out->len;
}

/**
 * icam_ebml_end:
 * @out: the same array
 * @mark: what icam_ebml_begin() returned
 *
 * Fills in the size of the master element.
 */
void
icam_ebml_end (GByteArray *out, gsize mark)
{
  guint32 size = (guint32) (out->len - mark) | 0x10000000;

  g_assert (out->len - mark < 0x0fffffff);

  for (guint i = 0; i < MASTER_WIDTH; i++)
    out->data[mark - MASTER_WIDTH + i] = (guint8) (size >> (8 * (MASTER_WIDTH - 1 - i)));
}

/**
 * icam_ebml_parse:
 * @data: bytes where an element should begin
 * @length: how many there are, at most %ICAM_EBML_HEADER_MAX are looked at
 * @element: (out): its header
 *
 * Returns: whether @element was filled in
 */
IcamEbmlStatus
icam_ebml_parse (const guint8 *data, gsize length, IcamEbmlElement *element)
{
  guint id_width = 1, width = 1;
  guint64 size;

  if (length < 1)
    return ICAM_EBML_SHORT;
  while (id_width <= 4 && (data[0] & (0x80 >> (id_width - 1))) == 0)
    id_width++;
  if (id_width > 4)
    return ICAM_EBML_BAD;
  if (length < id_width + 1)
    return ICAM_EBML_SHORT;

  element->id = 0;
  for (guint i = 0; i < id_width; i++)
    element->id = element->id << 8 | data[i];

  data += id_width;
  length -= id_width;
  while (width <= 8 && (data[0] & (0x80 >> (width - 1))) == 0)
    width++;
  if (width > 8)
    return ICAM_EBML_BAD;
  if (length < width)
    return ICAM_EBML_SHORT;

  size = data[0] & ((1u << (8 - width)) - 1);
  for (guint i = 1; i < width; i++)
    size = size << 8 | data[i];
  if (size == (G_GUINT64_CONSTANT (1) << (7 * width)) - 1)
    size = ICAM_EBML_UNKNOWN;

  element->size = size;
  element->header = id_width + width;
  return ICAM_EBML_OK;
}

/**
 * icam_ebml_get_uint:
 * @data: content of an unsigned integer
 * @length: bytes, at most 8
 * @value: (out): its value
 *
 * Returns: whether it is one
 */
gboolean
icam_ebml_get_uint (const guint8 *data, gsize length, guint64 *value)
{
  if (length > 8)
    return FALSE;

  *value = 0;
  for (gsize i = 0; i < length; i++)
    *value = *value << 8 | data[i];
  return TRUE;
}

/**
 * icam_ebml_get_float:
 * @data: content of a float
 * @length: bytes, 0, 4 or 8
 * @value: (out): its value
 *
 * Returns: whether it is one
 */
gboolean
icam_ebml_get_float (const guint8 *data, gsize length, double *value)
{
  guint64 bits;

  if ((length != 0 && length != 4 && length != 8) || !icam_ebml_get_uint (data, length, &bits))
    return FALSE;

  if (length == 8)
    memcpy (value, &bits, sizeof bits);
  else
    {
      guint32 bits32 = (guint32) bits;
      float value32;

      memcpy (&value32, &bits32, sizeof value32);
      *value = (double) value32;
    }
  return TRUE;
}

/**
 * icam_ebml_iter_next:
 * @iter: where to go on
 * @element: (out): header of the next child
 * @content: (out): its content, @element.size bytes, inside @iter
 *
 * Returns: %FALSE at the end, and at whatever does not fit
 */
gboolean
icam_ebml_iter_next (IcamEbmlIter *iter, IcamEbmlElement *element, const guint8 **content)
{
  gsize left = iter->length - iter->position;

  if (icam_ebml_parse (iter->data + iter->position, left, element) != ICAM_EBML_OK)
    return FALSE;
  if (element->size > left - element->header)
    return FALSE;

  *content = iter->data + iter->position + element->header;
  iter->position += element->header + (gsize) element->size;
  return TRUE;
}
