/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-archive"

#include "config.h"

#include "archive/icam-archive-span.h"

#include "archive/icam-archive-private.h"

#include <unistd.h>

/* Times in a file are rounded down to this: a picture that was taken at the end of the span seems
 * to be before it. */
#define TICK_US 100
/* What is read of a segment beyond the span: its group of pictures, as long as groups usually are. */
#define GROUP_US (2 * G_USEC_PER_SEC)

struct _IcamArchiveSpan
{
  IcamArchive *archive;
  IcamUuid channel;
  IcamRole role;
  gint64 from_us, to_us;
  gboolean held;
  GArray *rows; /* of IcamSegmentRow; those that can stand in one file */
  IcamSpanSummary summary;

  /* While it is read. */
  IcamSpanFunc func;
  gpointer user_data;
  gboolean begun;
  gint64 last_us; /* of the pictures, the latest */
};

/* NULL without an error: it was deleted meanwhile, or its disk is not here. */
static IcamMkvReader *
open_row (IcamArchiveSpan *self, const IcamSegmentRow *row, int *fd)
{
  IcamMkvReader *reader;

  *fd = icam_archive_open_segment (self->archive, &self->channel, self->role, row->seq, NULL, NULL);
  if (*fd < 0)
    return NULL;
  reader = icam_mkv_reader_new (*fd, NULL);
  if (reader == NULL)
    close (*fd);
  return reader;
}

static guint64
bytes_within (const IcamSegmentRow *row, gint64 from_us, gint64 to_us)
{
  gint64 length = MAX (row->end_us - row->start_us, 1);
  gint64 within = MIN (row->end_us, to_us) - MAX (row->start_us, from_us) + GROUP_US;

  return (guint64) ((double) row->bytes * CLAMP ((double) within / (double) length, 0, 1));
}

/* What it is that will come; its segments are read no further than their headers. */
static void
survey (IcamArchiveSpan *self)
{
  IcamSpanSummary *summary = &self->summary;
  guint n = 0;

  summary->to_us = self->to_us;
  for (guint i = 0; i < self->rows->len; i++)
    {
      IcamSegmentRow *row = &g_array_index (self->rows, IcamSegmentRow, i);
      g_autoptr (IcamMkvReader) reader = NULL;
      IcamTrack *video, *audio;
      int fd;

      reader = open_row (self, row, &fd);
      if (reader == NULL)
        continue;
      close (fd);
      video = icam_mkv_reader_get_track (reader, ICAM_TRACK_VIDEO);
      audio = icam_mkv_reader_get_track (reader, ICAM_TRACK_AUDIO);
      if (video == NULL)
        continue;

      if (summary->video == NULL)
        {
          summary->id = *icam_mkv_reader_get_id (reader);
          summary->video = icam_track_ref (video);
          summary->from_us = MAX (row->start_us, self->from_us);
        }
      else if (video->codec != summary->video->codec)
        {
          summary->cut = TRUE;
          summary->to_us = row->start_us;
          break;
        }
      else if (!icam_track_equal (video, summary->video))
        summary->changes = TRUE;
      if (summary->audio == NULL && audio != NULL)
        summary->audio = icam_track_ref (audio);
      summary->bytes += bytes_within (row, self->from_us, self->to_us);
      g_array_index (self->rows, IcamSegmentRow, n++) = *row;
    }
  g_array_set_size (self->rows, n);
}

/**
 * icam_archive_span_new:
 * @archive: an archive
 * @channel: a channel
 * @role: which of its streams
 * @from_us: UTC µs; it begins with the key frame at or before
 * @to_us: UTC µs, exclusive
 * @error: return location; ICAM_ERROR_NO_RECORDING, or why nothing can be read
 *
 * Opens each of its segments once.
 *
 * Returns: (transfer full) (nullable): the span
 */
IcamArchiveSpan *
icam_archive_span_new (IcamArchive *archive, const IcamUuid *channel, IcamRole role, gint64 from_us, gint64 to_us,
                       GError **error)
{
  g_autoptr (IcamArchiveSpan) self = g_new0 (IcamArchiveSpan, 1);

  self->archive = g_object_ref (archive);
  self->channel = *channel;
  self->role = role;
  self->from_us = from_us;
  self->to_us = to_us > 0 ? to_us : G_MAXINT64;
  icam_store_hold (icam_archive_get_store (archive), &self->channel, self->from_us, self->to_us);
  self->held = TRUE;
  self->rows = icam_archive_list_segments (archive, channel, role, from_us, to_us, error);
  if (self->rows == NULL)
    return NULL;

  survey (self);
  if (self->summary.video == NULL)
    {
      g_autofree char *from = g_strdup_printf ("%" G_GINT64_FORMAT, from_us);
      g_autofree char *to = g_strdup_printf ("%" G_GINT64_FORMAT, to_us);

      icam_error_set (error, ICAM_ERROR_NO_RECORDING, "from", from, "to", to, NULL);
      return NULL;
    }
  return g_steal_pointer (&self);
}

/**
 * icam_archive_span_free:
 * @self: (transfer full): a span; what it held may be deleted again
 */
void
icam_archive_span_free (IcamArchiveSpan *self)
{
  if (self->held)
    icam_store_release (icam_archive_get_store (self->archive), &self->channel, self->from_us, self->to_us);
  g_clear_pointer (&self->summary.video, icam_track_unref);
  g_clear_pointer (&self->summary.audio, icam_track_unref);
  g_clear_pointer (&self->rows, g_array_unref);
  g_object_unref (self->archive);
  g_free (self);
}

/**
 * icam_archive_span_get_summary:
 * @self: a span
 *
 * Returns: (transfer none): what it is
 */
const IcamSpanSummary *
icam_archive_span_get_summary (IcamArchiveSpan *self)
{
  return &self->summary;
}

static gboolean
hand_out (IcamArchiveSpan *self, IcamMkvReader *reader, const IcamPacket *packet, GError **error)
{
  gboolean video = packet->track == ICAM_TRACK_VIDEO;
  IcamTrack *track = icam_mkv_reader_get_track (reader, packet->track);

  if (!self->begun)
    {
      if (!video || (packet->flags & ICAM_PACKET_KEY) == 0)
        return TRUE;
      self->begun = TRUE;
      self->last_us = packet->utc_us;
    }
  if (!video && !icam_track_equal (self->summary.audio, track))
    return TRUE;
  if (video)
    self->last_us = MAX (self->last_us, packet->utc_us);
  return self->func (packet, track, self->user_data, error);
}

/* What came already is needed once more to decode what follows: it is shown in the blink between
 * the last picture and the next new one, in its order. */
static void
squeeze (IcamPacket *packet, const IcamSegmentId *id, gint64 last_us)
{
  double part = (double) (id->start_us - last_us - 2 * TICK_US) / (double) id->lead_us;
  gint64 into = packet->utc_us - (id->start_us - id->lead_us);

  packet->utc_us = last_us + TICK_US + (gint64) ((double) MAX (into, 0) * part);
  packet->dts_offset_us = (gint64) ((double) packet->dts_offset_us * part);
}

/* Hands out what of one segment lies before the end of the span. */
static gboolean
read_segment (IcamArchiveSpan *self, IcamMkvReader *reader, GError **error)
{
  gint64 skip_to = self->begun ? self->last_us : G_MININT64, to_us = self->summary.to_us;
  const IcamSegmentId *id = icam_mkv_reader_get_id (reader);
  gboolean skipping = skip_to > id->start_us;
  gboolean again = self->begun && !skipping && id->start_us - id->lead_us <= skip_to
                   && id->start_us - skip_to > 2 * TICK_US;
  IcamPacket packet = { 0 };
  g_autoptr (GError) local = NULL;

  if (!self->begun && !icam_mkv_reader_seek_time (reader, self->from_us, error))
    return FALSE;

  while (icam_mkv_reader_next (reader, &packet, &local))
    {
      gboolean video = packet.track == ICAM_TRACK_VIDEO;
      gboolean key = video && (packet.flags & ICAM_PACKET_KEY) != 0;
      gboolean ok = TRUE, past = packet.utc_us > to_us - TICK_US;

      /* Two epochs that cover the same time: what is there already is not handed out again. */
      if (skipping && key && packet.utc_us > skip_to)
        skipping = FALSE;
      /* In decoding order a later picture may come first: the end is where a group begins, or well
       * past it. */
      if (past && video && (key || packet.utc_us > to_us + G_USEC_PER_SEC))
        {
          icam_packet_clear (&packet);
          return TRUE;
        }
      if (again && packet.utc_us < id->start_us)
        {
          if (video)
            squeeze (&packet, id, skip_to);
          else
            past = TRUE;
        }
      if (!skipping && !past)
        ok = hand_out (self, reader, &packet, error);
      icam_packet_clear (&packet);
      if (!ok)
        return FALSE;
    }
  /* A damaged segment gives what it has. */
  if (local != NULL)
    g_warning ("A segment cannot be read to its end: %s", local->message);
  return TRUE;
}

/**
 * icam_archive_span_read:
 * @self: a span, which is read once
 * @func: is called for each packet, in decoding order; the first is a key frame
 * @progress: (nullable): is called after each segment
 * @user_data: for both
 * @error: return location; what @func returned, or ICAM_ERROR_NO_RECORDING
 *
 * Times are true: where nothing was recorded, no packet stands for as long.
 *
 * Returns: whether it was read to its end
 */
gboolean
icam_archive_span_read (IcamArchiveSpan *self, IcamSpanFunc func, IcamSpanProgress progress, gpointer user_data,
                        GError **error)
{
  self->func = func;
  self->user_data = user_data;
  for (guint i = 0; i < self->rows->len; i++)
    {
      g_autoptr (IcamMkvReader) reader = NULL;
      gboolean ok;
      int fd;

      reader = open_row (self, &g_array_index (self->rows, IcamSegmentRow, i), &fd);
      if (reader == NULL)
        continue;
      ok = read_segment (self, reader, error);
      close (fd);
      if (!ok)
        return FALSE;
      if (progress != NULL)
        progress ((double) (i + 1) / self->rows->len, user_data);
    }

  if (!self->begun)
    {
      icam_error_set (error, ICAM_ERROR_NO_RECORDING, NULL, NULL);
      return FALSE;
    }
  return TRUE;
}
