/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-archive"

#include "config.h"

#include "archive/icam-archive-private.h"

#include <errno.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#define FLUSH_BYTES (1024 * 1024)
/* Times in a file are rounded down to this: a picture that was taken at the end of the span seems
 * to be before it. */
#define TICK_US 100

typedef struct
{
  int fd;
  gboolean seekable;
  GCancellable *cancellable;

  IcamMkvWriter *writer;
  IcamTrack *tracks[ICAM_N_TRACKS];
  GByteArray *out;
  gsize unflushed;
  gint64 from_us, to_us, last_us;
  guint64 bytes;
  gboolean stop; /* what follows cannot stand in the same file */
} Export;

static gboolean
write_all (Export *self, const guint8 *data, gsize length, GError **error)
{
  while (length > 0)
    {
      gssize n;

      if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
        return FALSE;
      /* A pipe whose reader dawdles must not keep us from being cancelled. */
      if (!self->seekable)
        {
          struct pollfd ready = { .fd = self->fd, .events = POLLOUT };

          if (poll (&ready, 1, 200) == 0)
            continue;
        }

      n = write (self->fd, data, MIN (length, self->seekable ? length : 4096));
      if (n < 0 && (errno == EINTR || errno == EAGAIN))
        continue;
      if (n < 0)
        {
          int code = errno;

          g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "%s", g_strerror (code));
          return FALSE;
        }
      data += n;
      length -= (gsize) n;
      self->bytes += (guint64) n;
    }
  return TRUE;
}

static gboolean
flush (Export *self, GError **error)
{
  self->unflushed = 0;
  g_byte_array_set_size (self->out, 0);
  icam_mkv_writer_flush (self->writer, self->out);
  return write_all (self, self->out->data, self->out->len, error);
}

static void
begin (Export *self, IcamMkvReader *reader, gint64 start_us)
{
  IcamSegmentId id = *icam_mkv_reader_get_id (reader);

  id.start_us = start_us;
  id.lead_us = 0;
  for (guint i = 0; i < ICAM_N_TRACKS; i++)
    {
      IcamTrack *track = icam_mkv_reader_get_track (reader, i);

      self->tracks[i] = track != NULL ? icam_track_ref (track) : NULL;
    }
  self->writer
    = icam_mkv_writer_new (&id, self->tracks[ICAM_TRACK_VIDEO], self->tracks[ICAM_TRACK_AUDIO]);
  self->from_us = self->last_us = start_us;
}

static gboolean
copy_packet (Export *self, IcamMkvReader *reader, const IcamPacket *packet, GError **error)
{
  gboolean video = packet->track == ICAM_TRACK_VIDEO;

  if (self->writer == NULL)
    {
      if (!video || (packet->flags & ICAM_PACKET_KEY) == 0)
        return TRUE;
      begin (self, reader, packet->utc_us);
    }
  if (!icam_track_equal (self->tracks[packet->track],
                         icam_mkv_reader_get_track (reader, packet->track)))
    return TRUE;
  /* A packet that cannot stand there is left out, as a player would do. */
  if (!icam_mkv_writer_add (self->writer, packet, NULL))
    return TRUE;

  if (video)
    self->last_us = MAX (self->last_us, packet->utc_us);
  self->unflushed += g_bytes_get_size (packet->data);
  return self->unflushed < FLUSH_BYTES || flush (self, error);
}

/* What stands in the file already is needed once more to decode what follows: it is shown in the
 * blink between the last picture and the next new one, in its order. */
static void
squeeze (IcamPacket *packet, const IcamSegmentId *id, gint64 last_us)
{
  double part = (double) (id->start_us - last_us - 2 * TICK_US) / (double) id->lead_us;
  gint64 into = packet->utc_us - (id->start_us - id->lead_us);

  packet->utc_us = last_us + TICK_US + (gint64) ((double) MAX (into, 0) * part);
  packet->dts_offset_us = (gint64) ((double) packet->dts_offset_us * part);
}

/* Copies what of one segment lies before the end of the span. */
static gboolean
copy_segment (Export *self, IcamMkvReader *reader, gint64 from_us, gint64 to_us, GError **error)
{
  gint64 skip_to = self->writer != NULL ? self->last_us : G_MININT64;
  const IcamSegmentId *id = icam_mkv_reader_get_id (reader);
  gboolean skipping = skip_to > id->start_us;
  gboolean again = self->writer != NULL && !skipping && id->start_us - id->lead_us <= skip_to
                   && id->start_us - skip_to > 2 * TICK_US;
  IcamPacket packet = { 0 };
  g_autoptr (GError) local = NULL;

  if (self->writer != NULL
      && !icam_track_equal (self->tracks[ICAM_TRACK_VIDEO],
                            icam_mkv_reader_get_track (reader, ICAM_TRACK_VIDEO)))
    {
      self->stop = TRUE;
      return TRUE;
    }
  if (self->writer == NULL && !icam_mkv_reader_seek_time (reader, from_us, error))
    return FALSE;

  while (icam_mkv_reader_next (reader, &packet, &local))
    {
      gboolean key = packet.track == ICAM_TRACK_VIDEO && (packet.flags & ICAM_PACKET_KEY) != 0;
      gboolean ok = TRUE,
               past = packet.utc_us > to_us - TICK_US && (key || packet.track == ICAM_TRACK_VIDEO);

      /* Two epochs that cover the same time: what is there already is not written again. */
      if (skipping && key && packet.utc_us > skip_to)
        skipping = FALSE;
      /* In decoding order a later picture may come first: the end is where a group begins, or well
       * past it. */
      if (past && (key || packet.utc_us > to_us + G_USEC_PER_SEC))
        {
          icam_packet_clear (&packet);
          return TRUE;
        }
      if (again && packet.utc_us < id->start_us)
        {
          if (packet.track == ICAM_TRACK_VIDEO)
            squeeze (&packet, id, skip_to);
          else
            past = TRUE;
        }
      if (!skipping && !past)
        ok = copy_packet (self, reader, &packet, error);
      icam_packet_clear (&packet);
      if (!ok)
        return FALSE;
    }
  /* A damaged segment gives what it has. */
  if (local != NULL)
    g_warning ("A segment cannot be read to its end: %s", local->message);
  return TRUE;
}

static gboolean
finish (Export *self, GError **error)
{
  g_autoptr (GPtrArray) patches = NULL;

  g_byte_array_set_size (self->out, 0);
  patches = icam_mkv_writer_close (self->writer, self->out);
  self->to_us = icam_mkv_writer_end_us (self->writer);
  if (!write_all (self, self->out->data, self->out->len, error))
    return FALSE;

  /* Into a pipe there is no going back: players read it to its end all the same. */
  for (guint i = 0; self->seekable && i < patches->len; i++)
    {
      const IcamMkvPatch *patch = g_ptr_array_index (patches, i);
      gsize length;
      gconstpointer data = g_bytes_get_data (patch->data, &length);

      if (pwrite (self->fd, data, length, (off_t) patch->offset) != (gssize) length)
        {
          int code = errno;

          g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "%s", g_strerror (code));
          return FALSE;
        }
    }
  return TRUE;
}

static void
export_clear (Export *self)
{
  g_clear_pointer (&self->writer, icam_mkv_writer_free);
  for (guint i = 0; i < ICAM_N_TRACKS; i++)
    g_clear_pointer (&self->tracks[i], icam_track_unref);
  g_clear_pointer (&self->out, g_byte_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Export, export_clear)

/* Nothing of it is deleted while it is exported. */
typedef struct
{
  IcamStore *store; /* NULL: nothing is held */
  const IcamUuid *channel;
  gint64 from_us, to_us;
} Held;

static void
held_clear (Held *self)
{
  if (self->store != NULL)
    icam_store_release (self->store, self->channel, self->from_us, self->to_us);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Held, held_clear)

/**
 * icam_archive_export:
 * @self: an archive
 * @channel: a channel
 * @role: which of its streams
 * @from_us: UTC µs; the file begins with the key frame at or before
 * @to_us: UTC µs, exclusive
 * @fd: where to write: a pipe, or an empty file, which then gets its duration and its index too;
 * stays the caller's
 * @progress: (nullable): called on this thread
 * @user_data: for @progress
 * @cancellable: (nullable): ends it
 * @exported_from_us: (out) (nullable): UTC µs of the first picture
 * @exported_to_us: (out) (nullable): UTC µs of the end of the last one; before @to_us where the
 * camera's encoding changed in between, which one file cannot hold: export the rest from there
 * @bytes: (out) (nullable): of the file
 * @error: return location: ICAM_ERROR_NO_RECORDING, G_IO_ERROR
 *
 * Times in the file are true: where nothing was recorded, nothing is shown for as long. Blocks: for
 * a thread that may wait.
 *
 * Returns: whether the file is complete
 */
gboolean
icam_archive_export (IcamArchive *self,
                     const IcamUuid *channel,
                     IcamRole role,
                     gint64 from_us,
                     gint64 to_us,
                     int fd,
                     IcamExportProgress progress,
                     gpointer user_data,
                     GCancellable *cancellable,
                     gint64 *exported_from_us,
                     gint64 *exported_to_us,
                     guint64 *bytes,
                     GError **error)
{
  g_auto (Export) export = { .fd = fd, .cancellable = cancellable };
  g_auto (Held) hold = { 0 };
  g_autoptr (GArray) rows = icam_archive_list_segments (self, channel, role, from_us, to_us, error);
  struct stat info;

  if (rows == NULL)
    return FALSE;
  hold = (Held){ icam_archive_get_store (self), channel, from_us, to_us > 0 ? to_us : G_MAXINT64 };
  icam_store_hold (hold.store, hold.channel, hold.from_us, hold.to_us);
  export.out = g_byte_array_new ();
  export.seekable = fstat (fd, &info) == 0 && S_ISREG (info.st_mode);

  for (guint i = 0; i < rows->len && !export.stop; i++)
    {
      const IcamSegmentRow *row = &g_array_index (rows, IcamSegmentRow, i);
      g_autoptr (IcamMkvReader) reader = NULL;
      g_autoptr (GError) local = NULL;
      gboolean ok = TRUE;
      int segment_fd = icam_archive_open_segment (self, channel, role, row->seq, NULL, &local);

      /* It was deleted meanwhile, or its disk is not here. */
      if (segment_fd < 0)
        continue;
      reader = icam_mkv_reader_new (segment_fd, &local);
      if (reader != NULL)
        ok = copy_segment (&export, reader, from_us, to_us, error);
      close (segment_fd);
      if (!ok)
        return FALSE;
      if (progress != NULL)
        progress ((double) (i + 1) / rows->len, user_data);
    }

  if (export.writer == NULL)
    {
      g_autofree char *from = g_strdup_printf ("%" G_GINT64_FORMAT, from_us);
      g_autofree char *to = g_strdup_printf ("%" G_GINT64_FORMAT, to_us);

      icam_error_set (error, ICAM_ERROR_NO_RECORDING, "from", from, "to", to, NULL);
      return FALSE;
    }
  if (!finish (&export, error))
    return FALSE;

  if (exported_from_us != NULL)
    *exported_from_us = export.from_us;
  if (exported_to_us != NULL)
    *exported_to_us = export.to_us;
  if (bytes != NULL)
    *bytes = export.bytes;
  return TRUE;
}
