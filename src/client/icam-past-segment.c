/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-client"

#include "config.h"

#include "client/icam-past-segment.h"

#include <string.h>
#include <unistd.h>

/* More key frames than a segment can have; what is beyond is an index gone mad. */
#define MAX_KEYS 100000

struct _IcamPastSegment
{
  gatomicrefcount ref_count;
  IcamSpan span; /* as it was listed */
  IcamUuid channel;
  IcamRole role;
  gint closed; /* atomic: nothing is appended to the file any more */
  GArray *keys; /* of IcamKeyFrame, as the recorder gave them; never changed */

  GMutex lock; /* of what follows */
  int fd;
  IcamMkvReader *reader;
  GError *error; /* why there is no reader, once it was tried */
};

/**
 * icam_past_segment_new:
 * @fd: (transfer full): the file
 * @span: the row that it belongs to
 * @role: which encoding was asked for
 * @key_frames: a(xt), the recorder's index
 *
 * Returns: (transfer full): a segment; nothing was read of it yet
 */
IcamPastSegment *
icam_past_segment_new (int             fd,
                       const IcamSpan *span,
                       IcamRole        role,
                       GVariant       *key_frames)
{
  IcamPastSegment *self = g_new0 (IcamPastSegment, 1);
  GVariantIter iter;
  IcamKeyFrame key;
  gint64 last = G_MININT64; /* a segment's first key frame may be earlier than its start */

  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_init (&self->lock);
  self->fd = fd;
  self->span = *span;
  self->role = role;
  self->closed = !span->open;
  icam_uuid_parse (span->channel, &self->channel);
  self->keys = g_array_new (FALSE, FALSE, sizeof (IcamKeyFrame));
  g_variant_iter_init (&iter, key_frames);
  while (self->keys->len < MAX_KEYS && g_variant_iter_next (&iter, "(xt)", &key.offset_us, &key.byte_offset))
    if (key.offset_us > last)
      {
        g_array_append_val (self->keys, key);
        last = key.offset_us;
      }

  return self;
}

/**
 * icam_past_segment_ref:
 * @self: a segment
 *
 * Returns: (transfer full): @self
 */
IcamPastSegment *
icam_past_segment_ref (IcamPastSegment *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/**
 * icam_past_segment_unref:
 * @self: (transfer full): a segment; its file is closed with the last reference
 */
void
icam_past_segment_unref (IcamPastSegment *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_clear_pointer (&self->reader, icam_mkv_reader_free);
  g_clear_error (&self->error);
  close (self->fd);
  g_array_unref (self->keys);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/**
 * icam_past_segment_is:
 * @self: a segment
 * @span: a row
 *
 * Returns: whether it is that row's
 */
gboolean
icam_past_segment_is (IcamPastSegment *self,
                      const IcamSpan  *span)
{
  return self->span.seq == span->seq && g_str_equal (self->span.channel, span->channel);
}

/**
 * icam_past_segment_was_open:
 * @self: a segment
 *
 * Returns: whether more may be appended to it, as far as is known
 */
gboolean
icam_past_segment_was_open (IcamPastSegment *self)
{
  return !g_atomic_int_get (&self->closed);
}

/**
 * icam_past_segment_set_closed:
 * @self: a segment that is complete by now
 */
void
icam_past_segment_set_closed (IcamPastSegment *self)
{
  g_atomic_int_set (&self->closed, TRUE);
}

/**
 * icam_past_segment_start:
 * @self: a segment
 *
 * Returns: UTC of its first picture, µs
 */
gint64
icam_past_segment_start (IcamPastSegment *self)
{
  return self->span.start;
}

/**
 * icam_past_segment_last_key:
 * @self: a segment
 *
 * Returns: UTC of the last key frame that is known, µs
 */
gint64
icam_past_segment_last_key (IcamPastSegment *self)
{
  if (self->keys->len == 0)
    return self->span.start;
  return self->span.start + g_array_index (self->keys, IcamKeyFrame, self->keys->len - 1).offset_us;
}

void
icam_past_segment_lock (IcamPastSegment *self)
{
  g_mutex_lock (&self->lock);
}

void
icam_past_segment_unlock (IcamPastSegment *self)
{
  g_mutex_unlock (&self->lock);
}

IcamMkvReader *
icam_past_segment_get_reader (IcamPastSegment *self,
                              GError         **error)
{
  if (self->reader == NULL && self->error == NULL)
    {
      g_autoptr (IcamMkvReader) reader = icam_mkv_reader_new (self->fd, &self->error);

      if (reader != NULL)
        {
          const IcamSegmentId *id = icam_mkv_reader_get_id (reader);

          if (!icam_uuid_equal (&id->channel, &self->channel) || id->role != self->role || id->seq != self->span.seq)
            self->error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                                               "A recording carries the id of another; it is not shown.");
          else if (icam_mkv_reader_get_track (reader, ICAM_TRACK_VIDEO) == NULL)
            self->error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "A recording has no pictures.");
          else
            self->reader = g_steal_pointer (&reader);
        }
      if (self->error != NULL)
        g_warning ("%s", self->error->message);
    }

  if (self->reader == NULL && error != NULL)
    *error = g_error_copy (self->error);
  return self->reader;
}

gboolean
icam_past_segment_seek (IcamPastSegment *self,
                        gint64           utc,
                        GError         **error)
{
  const IcamKeyFrame *best = NULL;
  guint low = 0;
  guint high = self->keys->len;

  while (low < high)
    {
      guint middle = (low + high) / 2;
      const IcamKeyFrame *key = &g_array_index (self->keys, IcamKeyFrame, middle);

      if (self->span.start + key->offset_us <= utc)
        {
          best = key;
          low = middle + 1;
        }
      else
        high = middle;
    }
  if (best == NULL && self->keys->len > 0)
    best = &g_array_index (self->keys, IcamKeyFrame, 0);

  /* An index that does not fit the file is no reason to show nothing. */
  if (best != NULL && icam_mkv_reader_seek (self->reader, best->byte_offset, NULL))
    return TRUE;
  return icam_mkv_reader_seek_time (self->reader, utc, error);
}

gboolean
icam_past_segment_key_after (IcamPastSegment *self,
                             gint64           utc,
                             gint64          *key_utc,
                             guint64         *byte_offset)
{
  guint low = 0;
  guint high = self->keys->len;

  while (low < high)
    {
      guint middle = (low + high) / 2;

      if (self->span.start + g_array_index (self->keys, IcamKeyFrame, middle).offset_us < utc)
        low = middle + 1;
      else
        high = middle;
    }
  if (low == self->keys->len)
    return FALSE;

  *key_utc = self->span.start + g_array_index (self->keys, IcamKeyFrame, low).offset_us;
  *byte_offset = g_array_index (self->keys, IcamKeyFrame, low).byte_offset;
  return TRUE;
}

void
icam_past_segment_get_channel (IcamPastSegment *self,
                               IcamUuid        *channel,
                               IcamRole        *role)
{
  *channel = self->channel;
  *role = self->role;
}

gboolean
icam_past_segment_is_unverified (IcamPastSegment *self)
{
  return self->span.unverified;
}
