/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-media"

#include "config.h"

#include "media/icam-mp4-moov.h"

#include <string.h>

#define FOURCC(a, b, c, d) ((guint32) (a) << 24 | (guint32) (b) << 16 | (guint32) (c) << 8 | (guint32) (d))
#define HEADER 8        /* size and type of a box */
#define FULL_HEADER 12  /* version and flags besides */
#define MAX_DEPTH 8
#define EDIT_SIZE 12    /* of an entry of an edit list of version 0 */
#define EMPTY_EDIT (-1) /* nothing is shown for its duration */
/* Seconds from 1904, where MP4's dates begin (ISO/IEC 14496-12, 8.2.2.3), to 1970. */
#define EPOCH_1904 G_GUINT64_CONSTANT (2082844800)

typedef struct
{
  const IcamMp4Change *change;
  GByteArray *out;
  guint64 movie_scale; /* units a second of the movie, 0 not known yet */
  guint64 media_scale; /* of the track that is being copied */
} Copy;

typedef struct
{
  guint32 type;
  const guint8 *data; /* with its header */
  gsize size;
} Box;

static guint32
get_32 (const guint8 *data)
{
  return (guint32) data[0] << 24 | (guint32) data[1] << 16 | (guint32) data[2] << 8 | data[3];
}

static guint64
get_64 (const guint8 *data)
{
  return (guint64) get_32 (data) << 32 | get_32 (data + 4);
}

static void
set_32 (guint8 *data,
        guint32 value)
{
  value = GUINT32_TO_BE (value);
  memcpy (data, &value, sizeof value);
}

static void
set_64 (guint8 *data,
        guint64 value)
{
  value = GUINT64_TO_BE (value);
  memcpy (data, &value, sizeof value);
}

static void
append_32 (GByteArray *out,
           guint32     value)
{
  guint8 bytes[4];

  set_32 (bytes, value);
  g_byte_array_append (out, bytes, sizeof bytes);
}

/* The box at the front of what is left. */
static gboolean
take_box (const guint8 **data,
          gsize         *size,
          Box           *box)
{
  if (*size < HEADER)
    return FALSE;
  *box = (Box){ get_32 (*data + 4), *data, get_32 (*data) };
  if (box->size < HEADER || box->size > *size)
    return FALSE;

  *data += box->size;
  *size -= box->size;
  return TRUE;
}

static gboolean
find_child (const Box *parent,
            guint32    type,
            Box       *child)
{
  const guint8 *data = parent->data + HEADER;
  gsize size = parent->size - HEADER;

  while (take_box (&data, &size, child))
    if (child->type == type)
      return TRUE;
  return FALSE;
}

/* Where in mvhd, tkhd and mdhd the times are, by version: 8.2.2, 8.3.2, 8.4.2. */
typedef struct
{
  gsize created, changed, scale, duration, end; /* scale 0: there is none */
} Places;

static gboolean
get_places (const Box *box,
            Places    *places)
{
  gboolean wide = box->size > HEADER && box->data[HEADER] == 1;
  gboolean track = box->type == FOURCC ('t', 'k', 'h', 'd');
  gsize width = wide ? 8 : 4;

  places->created = FULL_HEADER;
  places->changed = places->created + width;
  places->scale = track ? 0 : places->changed + width;
  places->duration = places->changed + width + (track ? 8 : 4);
  places->end = places->duration + width;
  return box->size >= places->end && box->data[HEADER] <= 1;
}

static guint64
cut_in (const Copy *self,
        guint64     scale)
{
  return (guint64) MAX (self->change->cut_us, 0) * scale / G_USEC_PER_SEC;
}

static gboolean
copy_times (Copy      *self,
            const Box *box)
{
  gsize at = self->out->len;
  guint64 created = (guint64) (MAX (self->change->created_us, 0) / G_USEC_PER_SEC) + EPOCH_1904;
  guint8 *data;
  Places places;

  if (!get_places (box, &places))
    return FALSE;
  if (box->type == FOURCC ('m', 'v', 'h', 'd'))
    self->movie_scale = get_32 (box->data + places.scale);

  g_byte_array_append (self->out, box->data, (guint) box->size);
  data = self->out->data + at;
  if (places.changed - places.created == 8)
    {
      set_64 (data + places.created, created);
      set_64 (data + places.changed, created);
    }
  else
    {
      set_32 (data + places.created, (guint32) MIN (created, G_MAXUINT32));
      set_32 (data + places.changed, (guint32) MIN (created, G_MAXUINT32));
    }
  /* A track's media keeps its length; what is shown of it does not. The movie keeps it too: GStreamer 1.22 would not play beyond it,
   * in times of the media. */
  if (box->type == FOURCC ('t', 'k', 'h', 'd'))
    {
      guint64 cut = cut_in (self, self->movie_scale);

      if (places.end - places.duration == 8)
        {
          guint64 duration = get_64 (data + places.duration);

          set_64 (data + places.duration, duration - MIN (duration, cut));
        }
      else
        {
          guint32 duration = get_32 (data + places.duration);

          set_32 (data + places.duration, duration - (guint32) MIN (duration, cut));
        }
    }
  return TRUE;
}

/* 8.6.6: what is not shown is taken from the front. */
static gboolean
copy_edits (Copy      *self,
            const Box *box)
{
  guint64 cut = cut_in (self, self->movie_scale);
  gsize mark = self->out->len;
  guint32 count, kept = 0;

  if (box->size < FULL_HEADER + 4 || box->data[HEADER] != 0 || self->movie_scale == 0)
    return FALSE;
  count = get_32 (box->data + FULL_HEADER);
  if (count > (box->size - FULL_HEADER - 4) / EDIT_SIZE)
    return FALSE;

  g_byte_array_append (self->out, box->data, FULL_HEADER + 4);
  for (guint32 i = 0; i < count; i++)
    {
      const guint8 *entry = box->data + FULL_HEADER + 4 + i * EDIT_SIZE;
      guint32 duration = get_32 (entry), taken = (guint32) MIN (duration, cut);
      gint32 time = (gint32) get_32 (entry + 4);

      cut -= taken;
      if (taken == duration && taken > 0)
        continue;
      if (time != EMPTY_EDIT)
        time += (gint32) (taken * self->media_scale / self->movie_scale);
      append_32 (self->out, duration - taken);
      append_32 (self->out, (guint32) time);
      g_byte_array_append (self->out, entry + 8, 4);
      kept++;
    }
  set_32 (self->out->data + mark, (guint32) (self->out->len - mark));
  set_32 (self->out->data + mark + FULL_HEADER, kept);
  return TRUE;
}

/* 8.7.5: offsets of 4 bytes while they fit, else of 8. */
static gboolean
copy_offsets (Copy      *self,
              const Box *box)
{
  gsize width = box->type == FOURCC ('c', 'o', '6', '4') ? 8 : 4, mark = self->out->len;
  const guint8 *entries = box->data + FULL_HEADER + 4;
  gboolean wide = FALSE;
  guint32 count;

  if (box->size < FULL_HEADER + 4)
    return FALSE;
  count = get_32 (box->data + FULL_HEADER);
  if (count > (box->size - FULL_HEADER - 4) / width)
    return FALSE;

  g_byte_array_append (self->out, box->data, FULL_HEADER + 4);
  for (guint pass = 0; pass < 2; pass++)
    for (guint32 i = 0; i < count; i++)
      {
        guint64 offset = width == 8 ? get_64 (entries + i * 8) : get_32 (entries + i * 4);

        if (offset >= self->change->shift_from)
          offset += self->change->shift;
        if (pass == 0)
          wide = wide || offset > G_MAXUINT32;
        else
          {
            if (wide)
              append_32 (self->out, (guint32) (offset >> 32));
            append_32 (self->out, (guint32) offset);
          }
      }
  set_32 (self->out->data + mark, (guint32) (self->out->len - mark));
  memcpy (self->out->data + mark + 4, wide ? "co64" : "stco", 4);
  return TRUE;
}

static gboolean copy_box (Copy      *self,
                          const Box *box,
                          guint      depth);

static gboolean
copy_children (Copy      *self,
               const Box *box,
               guint      depth)
{
  const guint8 *data = box->data + HEADER;
  gsize size = box->size - HEADER, mark = self->out->len;
  Box child;

  g_byte_array_append (self->out, box->data, HEADER);
  while (size > 0)
    if (!take_box (&data, &size, &child) || !copy_box (self, &child, depth + 1))
      return FALSE;
  set_32 (self->out->data + mark, (guint32) (self->out->len - mark));
  return TRUE;
}

static gboolean
copy_track (Copy      *self,
            const Box *box,
            guint      depth)
{
  Box media, head;
  Places places;

  /* Its edits come before what they count in. */
  if (!find_child (box, FOURCC ('m', 'd', 'i', 'a'), &media) || !find_child (&media, FOURCC ('m', 'd', 'h', 'd'), &head)
      || !get_places (&head, &places))
    return FALSE;
  self->media_scale = get_32 (head.data + places.scale);
  return copy_children (self, box, depth);
}

static gboolean
copy_box (Copy      *self,
          const Box *box,
          guint      depth)
{
  if (depth > MAX_DEPTH)
    return FALSE;

  switch (box->type)
    {
    case FOURCC ('m', 'o', 'o', 'v'):
    case FOURCC ('e', 'd', 't', 's'):
    case FOURCC ('m', 'd', 'i', 'a'):
    case FOURCC ('m', 'i', 'n', 'f'):
    case FOURCC ('s', 't', 'b', 'l'):
      return copy_children (self, box, depth);
    case FOURCC ('t', 'r', 'a', 'k'):
      return copy_track (self, box, depth);
    case FOURCC ('m', 'v', 'h', 'd'):
    case FOURCC ('t', 'k', 'h', 'd'):
    case FOURCC ('m', 'd', 'h', 'd'):
      return copy_times (self, box);
    case FOURCC ('e', 'l', 's', 't'):
      return copy_edits (self, box);
    case FOURCC ('s', 't', 'c', 'o'):
    case FOURCC ('c', 'o', '6', '4'):
      return copy_offsets (self, box);
    default:
      g_byte_array_append (self->out, box->data, (guint) box->size);
      return TRUE;
    }
}

/**
 * icam_mp4_moov_change:
 * @moov: a movie box
 * @size: of it in bytes
 * @change: what is changed: offsets, edit lists, durations, times of creation
 * @error: return location; G_IO_ERROR_INVALID_DATA
 *
 * Returns: (transfer full) (nullable): the box as it is to be; it may be larger
 */
GByteArray *
icam_mp4_moov_change (const guint8        *moov,
                      gsize                size,
                      const IcamMp4Change *change,
                      GError             **error)
{
  g_autoptr (GByteArray) out = g_byte_array_sized_new ((guint) size);
  Copy self = { .change = change, .out = out };
  Box box;

  if (!take_box (&moov, &size, &box) || size != 0 || box.type != FOURCC ('m', 'o', 'o', 'v') || !copy_box (&self, &box, 0))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "The index of the film cannot be understood.");
      return NULL;
    }
  return g_steal_pointer (&out);
}
