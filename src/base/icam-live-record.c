/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-base"

#include "config.h"

#include "base/icam-live-record.h"

#include <gio/gio.h>
#include <string.h>

#define ALL_FLAGS (ICAM_LIVE_KEY | ICAM_LIVE_DISCONT | ICAM_LIVE_PAST | ICAM_LIVE_UNVERIFIED)
/* Larger than any camera's picture, small enough that its pixels never overflow an int. */
#define MAX_SIDE 16384

static void
put16 (guint8 *out,
       guint16 value)
{
  value = GUINT16_TO_LE (value);
  memcpy (out, &value, sizeof value);
}

static void
put32 (guint8 *out,
       guint32 value)
{
  value = GUINT32_TO_LE (value);
  memcpy (out, &value, sizeof value);
}

static void
put64 (guint8 *out,
       gint64  value)
{
  guint64 bits = GUINT64_TO_LE ((guint64) value);

  memcpy (out, &bits, sizeof bits);
}

static guint16
get16 (const guint8 *in)
{
  guint16 value;

  memcpy (&value, in, sizeof value);
  return GUINT16_FROM_LE (value);
}

static guint32
get32 (const guint8 *in)
{
  guint32 value;

  memcpy (&value, in, sizeof value);
  return GUINT32_FROM_LE (value);
}

static gint64
get64 (const guint8 *in)
{
  guint64 bits;

  memcpy (&bits, in, sizeof bits);
  return (gint64) GUINT64_FROM_LE (bits);
}

/**
 * icam_live_header_write:
 * @header: a header
 * @out: (out): its bytes
 */
void
icam_live_header_write (const IcamLiveHeader *header,
                        guint8                out[ICAM_LIVE_HEADER_SIZE])
{
  memcpy (out, "ICLR", 4);
  out[4] = 1;
  out[5] = (guint8) header->kind;
  out[6] = (guint8) header->role;
  out[7] = (guint8) header->codec;
  put32 (out + 8, header->flags);
  put32 (out + 12, header->length);
  memcpy (out + 16, header->channel.bytes, 16);
  put32 (out + 32, header->epoch);
  put32 (out + 36, header->duration_us);
  put64 (out + 40, header->utc_us);
  put64 (out + 48, header->pts_us);
  put64 (out + 56, header->dts_us);
}

/**
 * icam_live_header_parse:
 * @in: the bytes of a header
 * @header: (out): what they say; undefined on error
 * @error: return location; G_IO_ERROR_INVALID_DATA
 *
 * Returns: whether it is a header of this version with values in range
 */
gboolean
icam_live_header_parse (const guint8    in[ICAM_LIVE_HEADER_SIZE],
                        IcamLiveHeader *header,
                        GError        **error)
{
  header->kind = (IcamLiveKind) in[5];
  header->role = (IcamRole) in[6];
  header->codec = (IcamCodec) in[7];
  header->flags = get32 (in + 8);
  header->length = get32 (in + 12);
  memcpy (header->channel.bytes, in + 16, 16);
  header->epoch = get32 (in + 32);
  header->duration_us = get32 (in + 36);
  header->utc_us = get64 (in + 40);
  header->pts_us = get64 (in + 48);
  header->dts_us = get64 (in + 56);

  if (memcmp (in, "ICLR", 4) != 0 || in[4] != 1 || in[5] < ICAM_LIVE_CAPS
      || in[5] > ICAM_LIVE_STATE || in[6] >= ICAM_N_ROLES
      || (in[7] != ICAM_CODEC_NONE && g_str_equal (icam_codec_to_string (in[7]), "none"))
      || (header->flags & ~(guint32) ALL_FLAGS) != 0 || header->length > ICAM_LIVE_MAX_PAYLOAD)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "Not a live record");
      return FALSE;
    }

  return TRUE;
}

/**
 * icam_live_caps_write:
 * @caps: what the stream is
 *
 * Returns: (transfer full): the payload of a CAPS record
 */
GBytes *
icam_live_caps_write (const IcamLiveCaps *caps)
{
  guint8 *out;

  g_return_val_if_fail (caps->private_size <= ICAM_LIVE_MAX_PAYLOAD - ICAM_LIVE_CAPS_SIZE, NULL);

  out = g_malloc0 (ICAM_LIVE_CAPS_SIZE + caps->private_size);
  put16 (out, (guint16) caps->width);
  put16 (out + 2, (guint16) caps->height);
  put32 (out + 4, caps->rate);
  put16 (out + 8, (guint16) caps->channels);
  if (caps->private_size > 0)
    memcpy (out + ICAM_LIVE_CAPS_SIZE, caps->private_data, caps->private_size);

  return g_bytes_new_take (out, ICAM_LIVE_CAPS_SIZE + caps->private_size);
}

/**
 * icam_live_caps_parse:
 * @payload: the payload of a CAPS record
 * @length: in bytes
 * @caps: (out): what it says, pointing into @payload; undefined on error
 * @error: return location; G_IO_ERROR_INVALID_DATA
 *
 * Returns: whether it is one
 */
gboolean
icam_live_caps_parse (const guint8 *payload,
                      gsize         length,
                      IcamLiveCaps *caps,
                      GError      **error)
{
  if (length < ICAM_LIVE_CAPS_SIZE || get16 (payload) > MAX_SIDE || get16 (payload + 2) > MAX_SIDE
      || get32 (payload + 4) > 384000 || get16 (payload + 8) > 32)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                           "Not a live record's description of a stream");
      return FALSE;
    }

  caps->width = get16 (payload);
  caps->height = get16 (payload + 2);
  caps->rate = get32 (payload + 4);
  caps->channels = get16 (payload + 8);
  caps->private_data = payload + ICAM_LIVE_CAPS_SIZE;
  caps->private_size = length - ICAM_LIVE_CAPS_SIZE;
  return TRUE;
}
