/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-media"

#include "config.h"

#include "media/icam-codec-config.h"

#include <string.h>

/* Sets that are kept for each kind: more than any encoder uses, few enough that a record stays small. */
#define MAX_SETS 16
/* Longest set that is believed. */
#define MAX_SET_SIZE 1024

typedef enum
{
  SET_VPS,
  SET_SPS,
  SET_PPS,
  N_SETS,
} SetKind;

typedef struct
{
  guint id;
  GBytes *nal;
} Set;

struct _IcamCodecConfig
{
  IcamCodec codec;
  GArray *sets[N_SETS]; /* of Set, by id */
  guint width, height;
  /* H.265, of the newest SPS */
  guint8 profile_tier_level[12];
  guint chroma_format, bit_depth_luma, bit_depth_chroma, temporal_layers;
  gboolean temporal_nesting;
};

/* ---- bits ---- */

typedef struct
{
  const guint8 *data;
  gsize bits, at;
  gboolean overrun;
} Bits;

static guint
get_bits (Bits *bits,
          guint count)
{
  guint value = 0;

  for (guint i = 0; i < count; i++)
    {
      if (bits->at >= bits->bits)
        {
          bits->overrun = TRUE;
          return 0;
        }
      value = value << 1 | (bits->data[bits->at / 8] >> (7 - bits->at % 8) & 1);
      bits->at++;
    }

  return value;
}

/* Exp-Golomb codes, ITU-T H.264, section 9.1. */
static guint
get_ue (Bits *bits)
{
  guint zeros = 0;

  while (get_bits (bits, 1) == 0 && !bits->overrun)
    if (++zeros > 31)
      {
        bits->overrun = TRUE;
        return 0;
      }

  return bits->overrun ? 0 : (1u << zeros) - 1 + get_bits (bits, zeros);
}

static int
get_se (Bits *bits)
{
  guint code = get_ue (bits);

  return code & 1 ? (int) (code / 2) + 1 : -(int) (code / 2);
}

/* Takes the emulation prevention bytes out (ITU-T H.264, section 7.4.1). Returns how many bytes stand in @out. */
static gsize
unescape (const guint8 *nal,
          gsize         size,
          guint8       *out,
          gsize         max)
{
  gsize written = 0;
  guint zeros = 0;

  for (gsize i = 0; i < size && written < max; i++)
    {
      if (zeros >= 2 && nal[i] == 3)
        {
          zeros = 0;
          continue;
        }
      zeros = nal[i] == 0 ? zeros + 1 : 0;
      out[written++] = nal[i];
    }

  return written;
}

/* ---- H.264 ---- */

static void
skip_scaling_list (Bits *bits,
                   guint size)
{
  int last = 8, next = 8;

  for (guint i = 0; i < size && !bits->overrun; i++)
    {
      if (next != 0)
        next = (last + get_se (bits) + 256) % 256;
      last = next == 0 ? last : next;
    }
}

/* ITU-T H.264, section 7.3.2.1.1. */
static gboolean
parse_sps_264 (IcamCodecConfig *self,
               Bits            *bits,
               guint           *id)
{
  guint profile = get_bits (bits, 8);
  guint chroma = 1, poc_type, width, height, frame_mbs_only;
  guint crop_x, crop_y, left = 0, right = 0, top = 0, bottom = 0;

  get_bits (bits, 16);
  *id = get_ue (bits);
  switch (profile)
    {
    case 100: case 110: case 122: case 244: case 44: case 83: case 86: case 118: case 128: case 138: case 139: case 134: case 135:
      chroma = get_ue (bits);
      if (chroma == 3)
        get_bits (bits, 1);
      self->bit_depth_luma = get_ue (bits) + 8;
      self->bit_depth_chroma = get_ue (bits) + 8;
      get_bits (bits, 1);
      if (get_bits (bits, 1))
        for (guint i = 0; i < (chroma == 3 ? 12u : 8u); i++)
          if (get_bits (bits, 1))
            skip_scaling_list (bits, i < 6 ? 16 : 64);
      break;
    default:
      self->bit_depth_luma = self->bit_depth_chroma = 8;
    }

  get_ue (bits);
  poc_type = get_ue (bits);
  if (poc_type == 0)
    get_ue (bits);
  else if (poc_type == 1)
    {
      guint count;

      get_bits (bits, 1);
      get_se (bits);
      get_se (bits);
      count = get_ue (bits);
      if (count > 255)
        return FALSE;
      for (guint i = 0; i < count; i++)
        get_se (bits);
    }
  get_ue (bits);
  get_bits (bits, 1);
  width = get_ue (bits) + 1;
  height = get_ue (bits) + 1;
  frame_mbs_only = get_bits (bits, 1);
  if (!frame_mbs_only)
    get_bits (bits, 1);
  get_bits (bits, 1);
  if (get_bits (bits, 1))
    {
      left = get_ue (bits);
      right = get_ue (bits);
      top = get_ue (bits);
      bottom = get_ue (bits);
    }
  if (bits->overrun || *id > 31 || chroma > 3 || width > 1024 || height > 1024)
    return FALSE;

  self->chroma_format = chroma;
  crop_x = chroma == 1 || chroma == 2 ? 2 : 1;
  crop_y = (chroma == 1 ? 2 : 1) * (2 - frame_mbs_only);
  width *= 16;
  height *= 16 * (2 - frame_mbs_only);
  if (left > width || right > width || top > height || bottom > height
      || crop_x * (left + right) >= width || crop_y * (top + bottom) >= height)
    return FALSE;

  self->width = width - crop_x * (left + right);
  self->height = height - crop_y * (top + bottom);
  return TRUE;
}

/* ---- H.265 ---- */

/* ITU-T H.265, section 7.3.2.2. */
static gboolean
parse_sps_265 (IcamCodecConfig *self,
               const guint8    *rbsp,
               gsize            size,
               Bits            *bits,
               guint           *id)
{
  guint layers, width, height, chroma, left = 0, right = 0, top = 0, bottom = 0, luma, chroma_depth;
  gboolean nesting;
  guint8 present[8] = { 0 };

  if (size < 13)
    return FALSE;
  get_bits (bits, 4);
  layers = get_bits (bits, 3);
  nesting = (gboolean) get_bits (bits, 1);
  bits->at += 96; /* profile_tier_level() without its sub-layers: twelve bytes */
  if (layers > 6)
    return FALSE;
  for (guint i = 0; i < layers; i++)
    present[i] = (guint8) get_bits (bits, 2);
  if (layers > 0)
    get_bits (bits, 2 * (8 - layers));
  for (guint i = 0; i < layers; i++)
    bits->at += (present[i] & 2 ? 88u : 0u) + (present[i] & 1 ? 8u : 0u);

  *id = get_ue (bits);
  chroma = get_ue (bits);
  if (chroma == 3)
    get_bits (bits, 1);
  width = get_ue (bits);
  height = get_ue (bits);
  if (get_bits (bits, 1))
    {
      left = get_ue (bits);
      right = get_ue (bits);
      top = get_ue (bits);
      bottom = get_ue (bits);
    }
  luma = get_ue (bits);
  chroma_depth = get_ue (bits);
  if (bits->overrun || *id > 15 || chroma > 3 || width > 16384 || height > 16384 || luma > 8 || chroma_depth > 8
      || left > width || right > width || top > height || bottom > height)
    return FALSE;

  left *= chroma == 1 || chroma == 2 ? 2 : 1;
  right *= chroma == 1 || chroma == 2 ? 2 : 1;
  top *= chroma == 1 ? 2 : 1;
  bottom *= chroma == 1 ? 2 : 1;
  if (left + right >= width || top + bottom >= height)
    return FALSE;

  memcpy (self->profile_tier_level, rbsp + 1, sizeof self->profile_tier_level);
  self->temporal_layers = layers + 1;
  self->temporal_nesting = nesting;
  self->chroma_format = chroma;
  self->bit_depth_luma = luma + 8;
  self->bit_depth_chroma = chroma_depth + 8;
  self->width = width - left - right;
  self->height = height - top - bottom;
  return TRUE;
}

/* ---- sets ---- */

static gboolean
which_set (IcamCodec     codec,
           const guint8 *nal,
           gsize         size,
           SetKind      *kind)
{
  guint type;

  if (codec == ICAM_CODEC_H264)
    {
      type = size > 0 ? nal[0] & 0x1f : 0;
      *kind = type == 7 ? SET_SPS : SET_PPS;
      return type == 7 || type == 8;
    }

  type = size > 1 ? nal[0] >> 1 & 0x3f : 0;
  *kind = type == 32 ? SET_VPS : type == 33 ? SET_SPS : SET_PPS;
  return type >= 32 && type <= 34;
}

static void
set_clear (gpointer data)
{
  g_bytes_unref (((Set *) data)->nal);
}

/**
 * icam_codec_config_new:
 * @codec: %ICAM_CODEC_H264 or %ICAM_CODEC_H265
 *
 * Returns: (transfer full): a configuration without sets
 */
IcamCodecConfig *
icam_codec_config_new (IcamCodec codec)
{
  IcamCodecConfig *self;

  g_return_val_if_fail (codec == ICAM_CODEC_H264 || codec == ICAM_CODEC_H265, NULL);

  self = g_new0 (IcamCodecConfig, 1);
  self->codec = codec;
  for (guint i = 0; i < N_SETS; i++)
    {
      self->sets[i] = g_array_new (FALSE, FALSE, sizeof (Set));
      g_array_set_clear_func (self->sets[i], set_clear);
    }
  return self;
}

/**
 * icam_codec_config_free:
 * @self: (transfer full): a configuration
 */
void
icam_codec_config_free (IcamCodecConfig *self)
{
  for (guint i = 0; i < N_SETS; i++)
    g_array_unref (self->sets[i]);
  g_free (self);
}

/**
 * icam_codec_config_add:
 * @self: a configuration
 * @nal: a NAL unit without start code or length
 * @size: in bytes
 *
 * Takes a parameter set; other NAL units, and sets that make no sense, are not taken. A set of an id that is known replaces it.
 *
 * Returns: whether anything changed
 */
gboolean
icam_codec_config_add (IcamCodecConfig *self,
                       const guint8    *nal,
                       gsize            size)
{
  guint8 rbsp[MAX_SET_SIZE];
  gsize header = self->codec == ICAM_CODEC_H264 ? 1 : 2;
  Bits bits = { rbsp, 0, 0, FALSE };
  SetKind kind;
  GArray *sets;
  Set set;
  guint at;

  if (size <= header || size > MAX_SET_SIZE || !which_set (self->codec, nal, size, &kind))
    return FALSE;

  sets = self->sets[kind];
  for (guint i = 0; i < sets->len; i++)
    {
      gsize length;
      const guint8 *known = g_bytes_get_data (g_array_index (sets, Set, i).nal, &length);

      if (length == size && memcmp (known, nal, size) == 0)
        return FALSE;
    }

  bits.bits = unescape (nal + header, size - header, rbsp, sizeof rbsp) * 8;
  if (kind == SET_VPS)
    set.id = get_bits (&bits, 4);
  else if (kind == SET_PPS)
    set.id = get_ue (&bits);
  else if (self->codec == ICAM_CODEC_H264 ? !parse_sps_264 (self, &bits, &set.id)
                                          : !parse_sps_265 (self, rbsp, bits.bits / 8, &bits, &set.id))
    return FALSE;
  if (bits.overrun || set.id > 255)
    return FALSE;

  for (at = 0; at < sets->len && g_array_index (sets, Set, at).id < set.id; at++)
    ;
  set.nal = g_bytes_new (nal, size);
  if (at < sets->len && g_array_index (sets, Set, at).id == set.id)
    {
      g_bytes_unref (g_array_index (sets, Set, at).nal);
      g_array_index (sets, Set, at) = set;
    }
  else if (sets->len < MAX_SETS)
    g_array_insert_val (sets, at, set);
  else
    {
      g_bytes_unref (set.nal);
      return FALSE;
    }

  return TRUE;
}

static void
append_sets (GByteArray *out,
             GArray     *sets)
{
  for (guint i = 0; i < sets->len; i++)
    {
      gsize size;
      const guint8 *nal = g_bytes_get_data (g_array_index (sets, Set, i).nal, &size);
      guint8 length[2] = { (guint8) (size >> 8), (guint8) size };

      g_byte_array_append (out, length, 2);
      g_byte_array_append (out, nal, (guint) size);
    }
}

static void
append_byte (GByteArray *out,
             guint       value)
{
  guint8 byte = (guint8) value;

  g_byte_array_append (out, &byte, 1);
}

static void
append_avcc (IcamCodecConfig *self,
             GByteArray      *out)
{
  const guint8 *sps = g_bytes_get_data (g_array_index (self->sets[SET_SPS], Set, 0).nal, NULL);

  append_byte (out, 1);
  g_byte_array_append (out, sps + 1, 3);
  append_byte (out, 0xfc | 3); /* lengths of four bytes */
  append_byte (out, 0xe0 | self->sets[SET_SPS]->len);
  append_sets (out, self->sets[SET_SPS]);
  append_byte (out, self->sets[SET_PPS]->len);
  append_sets (out, self->sets[SET_PPS]);
  if (sps[1] == 100 || sps[1] == 110 || sps[1] == 122 || sps[1] == 144 || sps[1] == 244)
    {
      append_byte (out, 0xfc | self->chroma_format);
      append_byte (out, 0xf8 | (self->bit_depth_luma - 8));
      append_byte (out, 0xf8 | (self->bit_depth_chroma - 8));
      append_byte (out, 0);
    }
}

static void
append_hvcc (IcamCodecConfig *self,
             GByteArray      *out)
{
  append_byte (out, 1);
  g_byte_array_append (out, self->profile_tier_level, 12);
  append_byte (out, 0xf0); /* min_spatial_segmentation_idc 0: unknown */
  append_byte (out, 0);
  append_byte (out, 0xfc); /* parallelismType 0: unknown */
  append_byte (out, 0xfc | self->chroma_format);
  append_byte (out, 0xf8 | (self->bit_depth_luma - 8));
  append_byte (out, 0xf8 | (self->bit_depth_chroma - 8));
  append_byte (out, 0);
  append_byte (out, 0);
  append_byte (out, (self->temporal_layers & 7) << 3 | (self->temporal_nesting ? 4u : 0u) | 3);
  append_byte (out, N_SETS);
  for (guint i = 0; i < N_SETS; i++)
    {
      append_byte (out, 0x80 | (32 + i));
      append_byte (out, 0);
      append_byte (out, self->sets[i]->len);
      append_sets (out, self->sets[i]);
    }
}

/**
 * icam_codec_config_dup_record:
 * @self: a configuration
 *
 * Returns: (transfer full) (nullable): the avcC or hvcC record, or %NULL while a set is missing
 */
GBytes *
icam_codec_config_dup_record (IcamCodecConfig *self)
{
  GByteArray *out;

  if (self->sets[SET_SPS]->len == 0 || self->sets[SET_PPS]->len == 0
      || (self->codec == ICAM_CODEC_H265 && self->sets[SET_VPS]->len == 0))
    return NULL;

  out = g_byte_array_new ();
  if (self->codec == ICAM_CODEC_H264)
    append_avcc (self, out);
  else
    append_hvcc (self, out);
  return g_byte_array_free_to_bytes (out);
}

/**
 * icam_codec_config_get_size:
 * @self: a configuration
 * @width: (out): of the picture in pixels, 0 unknown
 * @height: (out): likewise
 */
void
icam_codec_config_get_size (IcamCodecConfig *self,
                            guint           *width,
                            guint           *height)
{
  *width = self->width;
  *height = self->height;
}

/**
 * icam_nal_kind:
 * @codec: %ICAM_CODEC_H264 or %ICAM_CODEC_H265
 * @nal: a NAL unit
 * @size: in bytes; a few suffice
 *
 * Returns: what it is (ITU-T H.264, table 7-1; H.265, table 7-1)
 */
IcamNalKind
icam_nal_kind (IcamCodec     codec,
               const guint8 *nal,
               gsize         size)
{
  guint type;

  if (size == 0)
    return ICAM_NAL_OTHER;

  if (codec == ICAM_CODEC_H264)
    {
      type = nal[0] & 0x1f;
      return type == 5                ? ICAM_NAL_KEY_SLICE
             : type >= 1 && type <= 4 ? ICAM_NAL_SLICE
             : type == 7 || type == 8 ? ICAM_NAL_PARAMETER_SET
             : type == 9              ? ICAM_NAL_DELIMITER
                                      : ICAM_NAL_OTHER;
    }

  type = nal[0] >> 1 & 0x3f;
  return type >= 16 && type <= 23   ? ICAM_NAL_KEY_SLICE
         : type <= 9                ? ICAM_NAL_SLICE
         : type >= 32 && type <= 34 ? ICAM_NAL_PARAMETER_SET
         : type == 35               ? ICAM_NAL_DELIMITER
                                    : ICAM_NAL_OTHER;
}

/**
 * icam_nal_is_intra_slice:
 * @nal: an H.264 slice
 * @size: in bytes
 *
 * Some encoders never send an IDR picture after the first and begin each group with an I picture behind its parameter sets.
 *
 * Returns: whether it is a slice of an I picture (slice_type 2 or 7, ITU-T H.264, table 7-6)
 */
gboolean
icam_nal_is_intra_slice (const guint8 *nal,
                         gsize         size)
{
  guint8 rbsp[16];
  Bits bits = { rbsp, 0, 0, FALSE };
  guint type;

  if (size < 2)
    return FALSE;

  bits.bits = unescape (nal + 1, MIN (size - 1, (gsize) 24), rbsp, sizeof rbsp) * 8;
  get_ue (&bits);
  type = get_ue (&bits);
  return !bits.overrun && (type == 2 || type == 7);
}
