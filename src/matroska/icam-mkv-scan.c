/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-matroska"

#include "config.h"

#include "matroska/icam-mkv-reader-private.h"

#include <gio/gio.h>
#include <string.h>

/* What a walk over the heads of all blocks has found. */
typedef struct
{
  guint64 valid_size;
  guint64 torn_cluster; /* offset of a cluster whose last block is not whole, 0 none */
  gint64 last_ticks;    /* of the newest picture */
  gint64 step_us;       /* from the picture before it, 0 unknown */
  gint64 end_us;        /* from the first picture */
  guint64 blocks;
  GArray *key_frames;
} Walk;

static void
note_block (
  IcamMkvReader *self, Walk *walk, const IcamMkvBlock *block, guint64 cluster, gboolean first)
{
  gint64 duration = self->tracks[block->track]->frame_duration_us;

  walk->blocks++;
  if (first && block->track == ICAM_TRACK_VIDEO && block->key)
    {
      IcamKeyFrame key = { .offset_us = block->ticks * ICAM_MKV_TICK_US - self->id.lead_us,
                           .byte_offset = cluster };

      g_array_append_val (walk->key_frames, key);
    }

  if (block->track != ICAM_TRACK_VIDEO && self->tracks[ICAM_TRACK_VIDEO] != NULL)
    return;
  if (block->ticks < walk->last_ticks)
    return;

  /* The same estimate as the writer makes, so that a recovered segment ends where the closed one
   * would have. */
  if (duration <= 0 && walk->last_ticks != G_MININT64)
    duration = icam_mkv_guess_duration (
      &walk->step_us, (block->ticks - walk->last_ticks) * ICAM_MKV_TICK_US);
  walk->last_ticks = block->ticks;
  walk->end_us = block->ticks * ICAM_MKV_TICK_US + MAX (duration, 0);
}

/* Walks over one cluster's blocks; @position goes to the end of the last whole one. */
static gboolean
walk_cluster (IcamMkvReader *self,
              Walk *walk,
              guint64 cluster,
              const IcamEbmlElement *header,
              guint64 *position,
              GError **error)
{
  guint64 end = cluster + header->header + header->size;
  guint64 at = cluster + header->header;
  guint blocks = 0;

  *position = at;
  self->cluster_ticks = 0;
  while (at < end)
    {
      IcamEbmlElement element;
      IcamMkvBlock block;

      if (icam_mkv_reader_element (self, at, &element, error) != ICAM_EBML_OK)
        break;
      if (element.size > end - at || element.header + element.size > end - at
          || at + element.header + element.size > self->file_size)
        break;

      if (element.id == ICAM_MKV_TIMESTAMP)
        {
          if (!icam_mkv_reader_timestamp (self, at + element.header, element.size, error))
            break;
        }
      else if (element.id == ICAM_MKV_SIMPLE_BLOCK)
        {
          IcamEbmlStatus status
            = icam_mkv_reader_block (self, at + element.header, element.size, &block, error);

          if (status == ICAM_EBML_BAD)
            break;
          if (status == ICAM_EBML_OK)
            note_block (self, walk, &block, cluster, blocks++ == 0);
        }
      else if (element.id != ICAM_EBML_VOID)
        break;

      at += element.header + element.size;
      *position = at;
    }

  if (at == end)
    return TRUE;
  /* Without a whole block the cluster itself goes. */
  if (blocks == 0)
    *position = cluster;
  return FALSE;
}

static gboolean
walk_file (IcamMkvReader *self, Walk *walk, GError **error)
{
  g_autoptr (GError) local = NULL;

  icam_mkv_reader_refresh (self);
  walk->key_frames = g_array_new (FALSE, FALSE, sizeof (IcamKeyFrame));
  walk->last_ticks = G_MININT64;
  walk->valid_size = self->layout.clusters;

  while (walk->valid_size < self->file_size)
    {
      guint64 cluster = walk->valid_size;
      IcamEbmlElement element;
      gboolean whole;

      if (icam_mkv_reader_element (self, cluster, &element, &local) != ICAM_EBML_OK
          || element.id != ICAM_MKV_CLUSTER || element.size > ICAM_MKV_MAX_CLUSTER)
        break;
      whole = walk_cluster (self, walk, cluster, &element, &walk->valid_size, &local);
      if (local != NULL)
        break;
      if (!whole)
        {
          /* In a header that is too short, the new size could be the one that means unknown; ours
           * never are. */
          if (element.header < 8)
            {
              walk->valid_size = cluster;
              while (walk->key_frames->len > 0
                     && g_array_index (walk->key_frames, IcamKeyFrame, walk->key_frames->len - 1)
                            .byte_offset
                          >= cluster)
                g_array_set_size (walk->key_frames, walk->key_frames->len - 1);
            }
          else if (walk->valid_size != cluster)
            walk->torn_cluster = cluster;
          break;
        }
    }

  if (local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static GArray *
read_cues (IcamMkvReader *self)
{
  IcamEbmlElement element;
  g_autofree guint8 *data = g_malloc (ICAM_MKV_RESERVE);
  g_autoptr (GArray) key_frames = g_array_new (FALSE, FALSE, sizeof (IcamKeyFrame));
  IcamEbmlIter points = { 0 };
  const guint8 *point;
  gsize size = 0;

  if (icam_mkv_reader_element (self, self->layout.reserve, &element, NULL) != ICAM_EBML_OK
      || element.id != ICAM_MKV_CUES || element.size > ICAM_MKV_RESERVE - element.header)
    return NULL;

  while (size < element.size)
    {
      gsize got = 0;
      const guint8 *part
        = icam_mkv_reader_window (self, self->layout.reserve + element.header + size,
                                  MIN (2048, (gsize) element.size - size), &got, NULL);

      if (part == NULL || got == 0)
        return NULL;
      memcpy (data + size, part, got);
      size += got;
    }

  points.data = data;
  points.length = size;
  while (icam_ebml_iter_next (&points, &element, &point))
    {
      IcamEbmlIter iter = { point, (gsize) element.size, 0 };
      IcamEbmlElement child;
      const guint8 *content;
      guint64 ticks = 0, offset = 0;

      if (element.id != ICAM_MKV_CUE_POINT)
        continue;
      while (icam_ebml_iter_next (&iter, &child, &content))
        if (child.id == ICAM_MKV_CUE_TIME)
          icam_ebml_get_uint (content, (gsize) child.size, &ticks);
        else if (child.id == ICAM_MKV_CUE_TRACK_POSITIONS)
          {
            IcamEbmlIter inner = { content, (gsize) child.size, 0 };
            IcamEbmlElement value;
            const guint8 *bytes;

            while (icam_ebml_iter_next (&inner, &value, &bytes))
              if (value.id == ICAM_MKV_CUE_CLUSTER_POSITION)
                icam_ebml_get_uint (bytes, (gsize) value.size, &offset);
          }

      /* Only what lies in the file and rises can be an index. */
      offset += self->layout.segment_data;
      if (offset >= self->layout.clusters && offset < self->file_size && ticks <= G_MAXUINT32
          && (key_frames->len == 0
              || offset
                   > g_array_index (key_frames, IcamKeyFrame, key_frames->len - 1).byte_offset))
        {
          IcamKeyFrame key
            = { .offset_us = (gint64) ticks * ICAM_MKV_TICK_US - self->id.lead_us,
                .byte_offset = offset };

          g_array_append_val (key_frames, key);
        }
    }

  return key_frames->len > 0 ? g_steal_pointer (&key_frames) : NULL;
}

/**
 * icam_mkv_reader_dup_key_frames:
 * @self: a reader
 *
 * From the cues where the file has them (thinned out in a file with very many), else by walking
 * over the heads of its blocks.
 *
 * Returns: (transfer full): of IcamKeyFrame
 */
GArray *
icam_mkv_reader_dup_key_frames (IcamMkvReader *self)
{
  GArray *cues = icam_mkv_reader_is_closed (self) ? read_cues (self) : NULL;
  gint64 ticks = self->cluster_ticks;
  Walk walk = { 0 };

  if (cues != NULL)
    return cues;

  walk_file (self, &walk, NULL);
  self->cluster_ticks = ticks;
  return walk.key_frames;
}

/**
 * icam_mkv_scan:
 * @fd: a descriptor that can be read
 * @error: return location: G_IO_ERROR_INVALID_DATA if it is no segment of ours or its header is
 * torn
 *
 * Looks through a file that may be torn. What makes it whole again: cut it at @valid_size, then
 * write the patches in their order. Doing that twice, or being killed in between and doing it
 * again, comes to the same.
 *
 * Returns: (transfer full) (nullable): what was found
 */
IcamMkvScan *
icam_mkv_scan (int fd, GError **error)
{
  g_autoptr (IcamMkvReader) reader = icam_mkv_reader_new (fd, error);
  g_autoptr (IcamMkvScan) scan = NULL;
  Walk walk = { 0 };

  if (reader == NULL)
    return NULL;

  scan = g_new0 (IcamMkvScan, 1);
  scan->id = *icam_mkv_reader_get_id (reader);
  if (!walk_file (reader, &walk, error))
    {
      scan->key_frames = walk.key_frames;
      return NULL;
    }

  scan->key_frames = walk.key_frames;
  scan->valid_size = walk.valid_size;
  scan->end_us = scan->id.start_us - scan->id.lead_us + MAX (walk.end_us, 0);
  scan->was_closed = icam_mkv_reader_is_closed (reader) && walk.valid_size == reader->file_size;
  scan->patches = icam_mkv_close_patches (&reader->layout, walk.valid_size, MAX (walk.end_us, 0),
                                          walk.key_frames);
  if (walk.torn_cluster != 0)
    {
      IcamEbmlElement element;

      if (icam_mkv_reader_element (reader, walk.torn_cluster, &element, NULL) == ICAM_EBML_OK
          && element.header > 4)
        {
          GByteArray *bytes = g_byte_array_new ();

          icam_ebml_put_size (bytes, walk.valid_size - walk.torn_cluster - element.header,
                              element.header - 4);
          g_ptr_array_insert (scan->patches, 0, icam_mkv_patch_new (walk.torn_cluster + 4, bytes));
        }
    }

  return g_steal_pointer (&scan);
}

/**
 * icam_mkv_scan_free:
 * @scan: (transfer full): what a scan found
 */
void
icam_mkv_scan_free (IcamMkvScan *scan)
{
  g_clear_pointer (&scan->key_frames, g_array_unref);
  g_clear_pointer (&scan->patches, g_ptr_array_unref);
  g_free (scan);
}
