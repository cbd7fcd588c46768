/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-media"

#include "config.h"

#include "media/icam-live-hub-private.h"

#include "base/icam-clock.h"
#include "media/icam-bitstream.h"

/* An access unit in more pieces than a camera sends would only cost: it is copied instead. */
#define MAX_UNITS 64

static guint8 start_code[4] = { 0, 0, 0, 1 };

static IcamLiveItem *
item_alloc (const IcamLiveHeader *header,
            guint                 n_pieces)
{
  IcamLiveItem *self = g_malloc0 (sizeof *self + n_pieces * sizeof self->pieces[0]);

  g_atomic_ref_count_init (&self->ref_count);
  self->header = *header;
  self->made_us = icam_clock_boottime (icam_clock_system ());
  self->n_pieces = n_pieces;
  return self;
}

/**
 * icam_live_item_new_frame:
 * @header: what stands before it; its length is filled in
 * @buffer: an access unit; H.264 and H.265 length-prefixed with 4 bytes
 *
 * The start codes of the byte stream are pieces of their own, so that the access unit is not copied.
 *
 * Returns: (transfer full) (nullable): the item, %NULL if @buffer is no access unit or is too large
 */
IcamLiveItem *
icam_live_item_new_frame (const IcamLiveHeader *header,
                          GstBuffer            *buffer)
{
  IcamLiveItem *self;
  GstMapInfo map;
  guint n_units = 0;
  gboolean prefixed = header->codec == ICAM_CODEC_H264 || header->codec == ICAM_CODEC_H265;

  if (!gst_buffer_map (buffer, &map, GST_MAP_READ))
    return NULL;
  if (map.size == 0 || map.size > ICAM_LIVE_MAX_PAYLOAD
      || (prefixed && !icam_bitstream_check (map.data, map.size, &n_units)))
    {
      gst_buffer_unmap (buffer, &map);
      return NULL;
    }

  if (n_units > MAX_UNITS)
    {
      guint8 *copy = g_memdup2 (map.data, map.size);
      g_autoptr (GBytes) bytes = NULL;

      icam_bitstream_to_annex_b (copy, map.size);
      bytes = g_bytes_new_take (copy, map.size);
      gst_buffer_unmap (buffer, &map);
      return icam_live_item_new_bytes (header, bytes);
    }

  self = item_alloc (header, prefixed ? 2 * n_units : 1);
  self->header.length = (guint32) map.size;
  self->buffer = gst_buffer_ref (buffer);
  self->map = map;

  if (prefixed)
    {
      guint8 *p = map.data;

      for (guint i = 0; i < n_units; i++)
        {
          gsize length = (gsize) p[0] << 24 | (gsize) p[1] << 16 | (gsize) p[2] << 8 | p[3];

          self->pieces[2 * i] = (struct iovec){ start_code, sizeof start_code };
          self->pieces[2 * i + 1] = (struct iovec){ p + 4, length };
          p += 4 + length;
        }
    }
  else
    self->pieces[0] = (struct iovec){ map.data, map.size };

  return self;
}

/**
 * icam_live_item_new_bytes:
 * @header: what stands before them; its length is filled in
 * @bytes: the payload
 *
 * Returns: (transfer full): the item
 */
IcamLiveItem *
icam_live_item_new_bytes (const IcamLiveHeader *header,
                          GBytes               *bytes)
{
  IcamLiveItem *self = item_alloc (header, 1);
  gsize size;
  gconstpointer data = g_bytes_get_data (bytes, &size);

  self->bytes = g_bytes_ref (bytes);
  self->header.length = (guint32) size;
  self->pieces[0] = (struct iovec){ (gpointer) data, size };
  return self;
}

IcamLiveItem *
icam_live_item_ref (IcamLiveItem *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
icam_live_item_unref (IcamLiveItem *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  if (self->buffer != NULL)
    {
      gst_buffer_unmap (self->buffer, &self->map);
      gst_buffer_unref (self->buffer);
    }
  g_clear_pointer (&self->bytes, g_bytes_unref);
  g_free (self);
}
