/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "icam-test"

#include "icam-test-bits.h"

#include <string.h>

/**
 * icam_test_bits_get:
 * @self: a reader
 * @n: number of bits, at most 32
 *
 * Returns: the next @n bits; zeros behind the end.
 */
guint
icam_test_bits_get (IcamTestBitReader *self, guint n)
{
  guint value = 0;

  while (n-- > 0)
    {
      value <<= 1;
      if (self->at < self->n_bits)
        value |= (self->data[self->at / 8] >> (7 - self->at % 8)) & 1;
      self->at++;
    }
  return value;
}

/**
 * icam_test_bits_get_ue:
 * @self: a reader
 *
 * Returns: the next unsigned Exp-Golomb code (9.1).
 */
guint
icam_test_bits_get_ue (IcamTestBitReader *self)
{
  guint zeros = 0;

  while (zeros < 31 && self->at < self->n_bits && icam_test_bits_get (self, 1) == 0)
    zeros++;
  return ((1u << zeros) - 1) + icam_test_bits_get (self, zeros);
}

/**
 * icam_test_bits_get_se:
 * @self: a reader
 *
 * Returns: the next signed Exp-Golomb code (9.1.1).
 */
int
icam_test_bits_get_se (IcamTestBitReader *self)
{
  guint code = icam_test_bits_get_ue (self);

  return (code & 1) ? (int) ((code + 1) / 2) : -(int) (code / 2);
}

/**
 * icam_test_bits_put:
 * @self: a writer
 * @value: what to write
 * @n: number of bits, at most 32
 */
void
icam_test_bits_put (IcamTestBitWriter *self, guint value, guint n)
{
  while (n-- > 0)
    {
      gsize byte = self->at / 8;

      g_assert (byte < self->size);
      if (self->at % 8 == 0)
        self->data[byte] = 0;
      self->data[byte] |= (guint8) (((value >> n) & 1) << (7 - self->at % 8));
      self->at++;
    }
}

/**
 * icam_test_bits_put_ue:
 * @self: a writer
 * @value: written as an unsigned Exp-Golomb code
 */
void
icam_test_bits_put_ue (IcamTestBitWriter *self, guint value)
{
  guint bits = g_bit_storage (value + 1);

  icam_test_bits_put (self, 0, bits - 1);
  icam_test_bits_put (self, value + 1, bits);
}

/**
 * icam_test_bits_put_se:
 * @self: a writer
 * @value: written as a signed Exp-Golomb code
 */
void
icam_test_bits_put_se (IcamTestBitWriter *self, int value)
{
  icam_test_bits_put_ue (self, value > 0 ? (guint) (2 * value - 1) : (guint) (-2 * value));
}

/**
 * icam_test_bits_copy:
 * @self: a writer
 * @data: where to copy from
 * @from: first bit there
 * @n_bits: number of bits
 */
void
icam_test_bits_copy (IcamTestBitWriter *self, const guint8 *data, gsize from, gsize n_bits)
{
  gsize left = n_bits;

  /* Whole bytes as long as there are any; this runs over every byte of the encoded loop. */
  while (left > 0)
    {
      guint take = (guint) MIN (left, 8 - from % 8);
      guint value = (data[from / 8] >> (8 - from % 8 - take)) & ((1u << take) - 1);

      if (take == 8 && self->at % 8 != 0)
        {
          guint shift = self->at % 8;

          g_assert (self->at / 8 + 1 < self->size);
          self->data[self->at / 8] |= (guint8) (value >> shift);
          self->data[self->at / 8 + 1] = (guint8) (value << (8 - shift));
          self->at += 8;
        }
      else
        icam_test_bits_put (self, value, take);
      from += take;
      left -= take;
    }
}

/**
 * icam_test_bits_put_trailing:
 * @self: a writer
 *
 * Writes rbsp_trailing_bits (7.3.2.11).
 */
void
icam_test_bits_put_trailing (IcamTestBitWriter *self)
{
  icam_test_bits_put (self, 1, 1);
  if (self->at % 8 != 0)
    icam_test_bits_put (self, 0, 8 - self->at % 8);
}

/**
 * icam_test_bits_unescape:
 * @nal: a NAL unit without its start code
 * @size: its length in bytes
 * @rbsp: (out): room for @size bytes
 *
 * Takes the emulation prevention bytes out (7.3.1), the header byte stays.
 *
 * Returns: the length of @rbsp.
 */
gsize
icam_test_bits_unescape (const guint8 *nal, gsize size, guint8 *rbsp)
{
  gsize n = 0, zeros = 0;

  for (gsize i = 0; i < size; i++)
    {
      if (zeros >= 2 && nal[i] == 3)
        {
          zeros = 0;
          continue;
        }
      rbsp[n++] = nal[i];
      zeros = nal[i] ? 0 : zeros + 1;
    }
  return n;
}

/**
 * icam_test_bits_escape:
 * @rbsp: a NAL unit without emulation prevention
 * @size: its length in bytes
 * @nal: (out): room for half as much again
 *
 * Puts the emulation prevention bytes in (7.3.1).
 *
 * Returns: the length of @nal.
 */
gsize
icam_test_bits_escape (const guint8 *rbsp, gsize size, guint8 *nal)
{
  gsize n = 0, zeros = 0;

  for (gsize i = 0; i < size; i++)
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
