/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-matroska"

#include "config.h"

#include "matroska/icam-ebml.h"
#include "matroska/icam-mkv-private.h"

/**
 * icam_track_new:
 * @codec: what it is encoded with
 *
 * Returns: (transfer full): a track to fill in before it is shared
 */
IcamTrack *
icam_track_new (IcamCodec codec)
{
  IcamTrack *self = g_new0 (IcamTrack, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->codec = codec;
  return self;
}

/**
 * icam_track_ref:
 * @self: a track
 *
 * Returns: (transfer full): @self
 */
IcamTrack *
icam_track_ref (IcamTrack *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/**
 * icam_track_unref:
 * @self: (transfer full): a track
 */
void
icam_track_unref (IcamTrack *self)
{
  g_return_if_fail (self != NULL);

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_clear_pointer (&self->private_data, g_bytes_unref);
  g_free (self);
}

/**
 * icam_track_equal:
 * @a: (nullable): a track
 * @b: (nullable): another
 *
 * Returns: whether frames of both can stand in one track of a file. An estimate of the frame's
 * duration does not matter.
 */
gboolean
icam_track_equal (const IcamTrack *a, const IcamTrack *b)
{
  if (a == b)
    return TRUE;
  if (a == NULL || b == NULL)
    return FALSE;
  if (a->codec != b->codec || a->width != b->width || a->height != b->height || a->rate != b->rate
      || a->channels != b->channels)
    return FALSE;
  if (a->private_data == NULL || b->private_data == NULL)
    return a->private_data == b->private_data;
  return g_bytes_equal (a->private_data, b->private_data);
}

/**
 * icam_packet_clear:
 * @packet: a packet; what is inside is released, the structure is the caller's
 */
void
icam_packet_clear (IcamPacket *packet)
{
  g_clear_pointer (&packet->data, g_bytes_unref);
}

/**
 * icam_mkv_patch_free:
 * @patch: (transfer full): a patch
 */
void
icam_mkv_patch_free (IcamMkvPatch *patch)
{
  g_bytes_unref (patch->data);
  g_free (patch);
}

/* Takes @data. */
IcamMkvPatch *
icam_mkv_patch_new (guint64 offset, GByteArray *data)
{
  IcamMkvPatch *patch = g_new0 (IcamMkvPatch, 1);

  patch->offset = offset;
  patch->data = g_byte_array_free_to_bytes (data);
  return patch;
}

/* The codec's name in Matroska: RFC 9559's companion, draft-ietf-cellar-codec. G.711 has none of
 * its own and goes as A_MS/ACM with a WAVEFORMATEX. */
const char *
icam_mkv_codec_id (IcamCodec codec)
{
  switch (codec)
    {
    case ICAM_CODEC_H264:
      return "V_MPEG4/ISO/AVC";
    case ICAM_CODEC_H265:
      return "V_MPEGH/ISO/HEVC";
    case ICAM_CODEC_MJPEG:
      return "V_MJPEG";
    case ICAM_CODEC_AAC:
      return "A_AAC";
    case ICAM_CODEC_PCMU:
    case ICAM_CODEC_PCMA:
      return "A_MS/ACM";
    case ICAM_CODEC_OPUS:
      return "A_OPUS";
    case ICAM_CODEC_NONE:
    default:
      return NULL;
    }
}

static GByteArray *
make_cues (const IcamMkvLayout *layout, const GArray *key_frames)
{
  /* A cue point takes 21 bytes at most; the rest of the reserve must be able to become a Void. */
  const guint room = (ICAM_MKV_RESERVE - 64) / 21;
  guint step = key_frames->len / room + 1;
  g_autoptr (GByteArray) cues = g_byte_array_new ();

  for (guint i = 0; i < key_frames->len; i += step)
    {
      const IcamKeyFrame *key = &g_array_index (key_frames, IcamKeyFrame, i);
      guint8 point_size, positions_size;
      guint point, positions;

      icam_ebml_put_id (cues, ICAM_MKV_CUE_POINT);
      icam_ebml_put_size (cues, 0, 1);
      point = cues->len;
      icam_ebml_put_uint (cues, ICAM_MKV_CUE_TIME,
                          (guint64) MAX (key->offset_us + layout->lead_us, 0) / ICAM_MKV_TICK_US);
      icam_ebml_put_id (cues, ICAM_MKV_CUE_TRACK_POSITIONS);
      icam_ebml_put_size (cues, 0, 1);
      positions = cues->len;
      icam_ebml_put_uint (cues, ICAM_MKV_CUE_TRACK, ICAM_TRACK_VIDEO + 1);
      icam_ebml_put_uint (cues, ICAM_MKV_CUE_CLUSTER_POSITION,
                          key->byte_offset - layout->segment_data);
      positions_size = (guint8) (cues->len - positions);
      point_size = (guint8) (cues->len - point);
      cues->data[positions - 1] = 0x80 | positions_size;
      cues->data[point - 1] = 0x80 | point_size;
    }

  return g_steal_pointer (&cues);
}

/**
 * icam_mkv_guess_duration:
 * @step_us: (inout): from the last picture but one to the last one, 0 unknown
 * @new_step_us: from that to the newest, of which nothing says how long it lasts
 *
 * It lasts as long as it took to come, but one that came late (JPEG pictures have no other time) lasts no longer for that.
 *
 * Returns: how long it lasts, at most a second
 */
gint64
icam_mkv_guess_duration (gint64 *step_us, gint64 new_step_us)
{
  gint64 before = *step_us;

  *step_us = MIN (new_step_us, G_USEC_PER_SEC);
  return before > 0 ? MIN (*step_us, before) : *step_us;
}

/**
 * icam_mkv_close_patches:
 * @layout: where the places are
 * @file_size: bytes of the whole file
 * @duration_us: of the file, µs
 * @key_frames: of IcamKeyFrame
 *
 * What makes an open file a closed one. The order matters: a kill between any two of them leaves a
 * file that every player opens, and the size of the segment, which says that all is done, comes
 * last.
 *
 * Returns: (transfer full): of IcamMkvPatch
 */
GPtrArray *
icam_mkv_close_patches (const IcamMkvLayout *layout,
                        guint64 file_size,
                        gint64 duration_us,
                        const GArray *key_frames)
{
  g_autoptr (GPtrArray) patches
    = g_ptr_array_new_with_free_func ((GDestroyNotify) icam_mkv_patch_free);
  GByteArray *bytes;

  if (layout->reserve != 0 && key_frames->len > 0)
    {
      g_autoptr (GByteArray) cues = make_cues (layout, key_frames);
      guint header = 8, rest = ICAM_MKV_RESERVE - header - cues->len;

      /* The Void behind the cues is made while it still lies inside the old Void. */
      bytes = g_byte_array_new ();
      icam_ebml_put_void (bytes, rest);
      g_byte_array_set_size (bytes, rest < 100 ? 2 : 5);
      g_ptr_array_add (patches, icam_mkv_patch_new (layout->reserve + header + cues->len, bytes));

      bytes = g_byte_array_new ();
      icam_ebml_put_id (bytes, ICAM_MKV_CUES);
      icam_ebml_put_size (bytes, cues->len, 4);
      g_ptr_array_add (patches,
                       icam_mkv_patch_new (layout->reserve + header, g_steal_pointer (&cues)));
      g_ptr_array_add (patches, icam_mkv_patch_new (layout->reserve, bytes));

      if (layout->seek_slot != 0)
        {
          guint8 id[4] = { 0x1C, 0x53, 0xBB, 0x6B };

          bytes = g_byte_array_new ();
          icam_ebml_put_id (bytes, ICAM_MKV_SEEK);
          icam_ebml_put_size (bytes, ICAM_MKV_SEEK_SLOT - 3, 1);
          icam_ebml_put_binary (bytes, ICAM_MKV_SEEK_ID, id, sizeof id);
          icam_ebml_put_uint64 (bytes, ICAM_MKV_SEEK_POSITION,
                                layout->reserve - layout->segment_data);
          g_assert (bytes->len == ICAM_MKV_SEEK_SLOT);
          g_ptr_array_add (patches, icam_mkv_patch_new (layout->seek_slot, bytes));
        }
    }

  if (layout->duration != 0)
    {
      bytes = g_byte_array_new ();
      icam_ebml_put_float (bytes, ICAM_MKV_DURATION, (double) duration_us / ICAM_MKV_TICK_US);
      g_assert (bytes->len == ICAM_MKV_DURATION_SLOT);
      g_ptr_array_add (patches, icam_mkv_patch_new (layout->duration, bytes));
    }

  bytes = g_byte_array_new ();
  icam_ebml_put_size (bytes, file_size - layout->segment_data, 8);
  g_ptr_array_add (patches, icam_mkv_patch_new (layout->segment_size, bytes));

  return g_steal_pointer (&patches);
}
