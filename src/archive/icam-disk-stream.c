/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-archive"

#include "config.h"

#include "archive/icam-disk-private.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAIN_SEGMENT_US (60 * G_USEC_PER_SEC)
#define SUB_SEGMENT_US  (300 * G_USEC_PER_SEC)
/* A clock that goes back by less than this was only nudged. */
#define STEP_BACK_US G_USEC_PER_SEC
#define HELD_BYTES    (32u * 1024 * 1024)

static gint64
segment_length (IcamDiskStream *self)
{
  const IcamArchiveOptions *options = &self->disk->store->options;

  if (self->stream->role == ICAM_ROLE_MAIN)
    return options->main_segment_us > 0 ? options->main_segment_us : MAIN_SEGMENT_US;
  return options->sub_segment_us > 0 ? options->sub_segment_us : SUB_SEGMENT_US;
}

/**
 * icam_disk_stream_new:
 * @disk: a disk
 * @stream: a stream that is to be written there
 *
 * Returns: (transfer full): what the writer knows of it
 */
IcamDiskStream *
icam_disk_stream_new (IcamDisk *disk, IcamStream *stream)
{
  IcamDiskStream *self = g_new0 (IcamDiskStream, 1);

  self->disk = disk;
  self->stream = icam_stream_ref (stream);
  self->fd = self->folder_fd = -1;
  self->held = g_array_new (FALSE, FALSE, sizeof (IcamPacket));
  g_array_set_clear_func (self->held, (GDestroyNotify) icam_packet_clear);
  /* Spread by what the stream is, so that it is the same in every run. */
  self->phase_us
    = (gint64) (icam_uuid_hash (&stream->channel) * 2654435761u + (guint) stream->role * 40503u)
      % segment_length (self);
  return self;
}

static void
forget_file (IcamDiskStream *self)
{
  g_clear_pointer (&self->writer, icam_mkv_writer_free);
  for (guint i = 0; i < ICAM_N_TRACKS; i++)
    g_clear_pointer (&self->file_tracks[i], icam_track_unref);
  if (self->fd >= 0)
    close (self->fd);
  if (self->folder_fd >= 0)
    close (self->folder_fd);
  self->fd = self->folder_fd = -1;
  self->dirty = self->cut = FALSE;
}

static void
let_go_held (IcamDiskStream *self)
{
  g_array_set_size (self->held, 0);
  self->held_bytes = 0;
}

/**
 * icam_disk_stream_free:
 * @self: (transfer full): a stream whose segment was finished or abandoned
 */
void
icam_disk_stream_free (IcamDiskStream *self)
{
  forget_file (self);
  g_array_unref (self->held);
  for (guint i = 0; i < ICAM_N_TRACKS; i++)
    g_clear_pointer (&self->tracks[i], icam_track_unref);
  icam_stream_unref (self->stream);
  g_free (self);
}

/* The segment is no longer one that grows; it ended at @end_us. */
static void
unpublish (IcamDiskStream *self, gint64 end_us)
{
  IcamStream *stream = self->stream;

  g_mutex_lock (&stream->lock);
  if (self->id.epoch > stream->covered_epoch)
    stream->covered_us = end_us;
  else if (self->id.epoch == stream->covered_epoch)
    stream->covered_us = MAX (stream->covered_us, end_us);
  stream->covered_epoch = MAX (stream->covered_epoch, self->id.epoch);
  /* On its way to another folder the stream may have begun its next segment there. */
  if (stream->view.seq == self->id.seq)
    {
      stream->open = FALSE;
      stream->state.last_end_us = end_us;
      g_array_set_size (stream->view_keys, 0);
    }
  g_mutex_unlock (&stream->lock);
  icam_store_changed (self->disk->store, &stream->channel, self->id.start_us);
}

/**
 * icam_disk_stream_abandon:
 * @self: a stream
 *
 * Leaves the segment as it is on the disk; its row stays open, so that it is recovered.
 */
void
icam_disk_stream_abandon (IcamDiskStream *self)
{
  gint64 end;
  gboolean dead;

  if (self->writer == NULL)
    return;

  g_mutex_lock (&self->stream->lock);
  end = self->stream->view.seq == self->id.seq ? self->stream->view.end_us
                                               : icam_mkv_writer_end_us (self->writer);
  dead = self->stream->dead;
  g_mutex_unlock (&self->stream->lock);

  if (!dead)
    {
      IcamSegmentRef ref = {
        .stream = self->stream->id,
        .folder = self->disk->folder_row,
        .archive = self->id.archive,
        .id = self->id,
      };

      g_array_append_val (self->disk->unfinished, ref);
    }
  unpublish (self, end);
  forget_file (self);
}

/* ---- writing ---- */

static gboolean
write_out (IcamDiskStream *self)
{
  IcamDisk *disk = self->disk;
  int code = 0;

  if (disk->out->len == 0)
    return TRUE;
  icam_disk_fault ("write");
  if (!icam_disk_write_at (self->fd, self->written, disk->out->data, disk->out->len, &code))
    {
      icam_disk_failed (disk, code, "Writing a segment");
      return FALSE;
    }
  self->written += disk->out->len;
  self->dirty = TRUE;
  icam_disk_fault ("written");
  return TRUE;
}

static void
publish (IcamDiskStream *self)
{
  const GArray *keys = icam_mkv_writer_peek_key_frames (self->writer);
  IcamStream *stream = self->stream;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&stream->lock);

  if (stream->view.seq != self->id.seq)
    return;
  stream->view.end_us = icam_mkv_writer_end_us (self->writer);
  stream->view.bytes = self->written;
  if (keys->len > self->keys_written)
    g_array_append_vals (stream->view_keys, &g_array_index (keys, IcamKeyFrame, self->keys_written),
                         keys->len - self->keys_written);
  self->keys_written = keys->len;
}

/**
 * icam_disk_stream_write:
 * @self: a stream
 *
 * Writes what has come, as whole clusters.
 */
void
icam_disk_stream_write (IcamDiskStream *self)
{
  gboolean first = self->written == 0;

  if (self->writer == NULL)
    return;

  g_byte_array_set_size (self->disk->out, 0);
  icam_mkv_writer_flush (self->writer, self->disk->out);
  if (self->disk->out->len == 0 || !write_out (self))
    return;
  publish (self);
  if (first)
    icam_store_changed (self->disk->store, &self->stream->channel, self->id.start_us);
}

/**
 * icam_disk_stream_start_sync:
 * @self: a stream
 *
 * Sets the writing of its file going where it is to be synced now or on the next beat. All files of a disk are on their way then,
 * and who waits for one of them waits for most of the others.
 */
void
icam_disk_stream_start_sync (IcamDiskStream *self)
{
  gint64 ahead = ICAM_DISK_BEAT_US + ICAM_DISK_BEAT_US / 2;

  if (self->writer != NULL && self->dirty && icam_disk_time () >= self->next_sync_us - ahead)
    sync_file_range (self->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
}

/**
 * icam_disk_stream_is_due:
 * @self: a stream
 *
 * Returns: whether it is time to sync its file
 */
gboolean
icam_disk_stream_is_due (IcamDiskStream *self)
{
  return self->writer != NULL && self->dirty && (self->new_file || icam_disk_time () >= self->next_sync_us);
}

/**
 * icam_disk_stream_sync:
 * @self: a stream that is due
 * @done: the whole file system was synced
 *
 * Brings to the disk itself what was written.
 *
 * Returns: %FALSE if that failed; the disk was told then
 */
gboolean
icam_disk_stream_sync (IcamDiskStream *self, gboolean done)
{
  int result = 0;

  if (!done)
    result = self->new_file ? fsync (self->fd) : fdatasync (self->fd);
  if (!done && result == 0 && self->new_file)
    result = fsync (self->folder_fd);
  if (result != 0)
    {
      icam_disk_failed (self->disk, errno, "Syncing a segment");
      return FALSE;
    }
  icam_disk_fault (self->new_file ? "synced-new" : "synced");

  /* All files of a disk on the same beat. */
  self->next_sync_us = (icam_disk_time () / ICAM_DISK_SYNC_US + 1) * ICAM_DISK_SYNC_US;
  self->new_file = FALSE;
  self->dirty = FALSE;
  return TRUE;
}

/* ---- beginning and ending ---- */

static gboolean
refuse (IcamDiskStream *self, gint64 utc_us, IcamGapCause cause)
{
  icam_stream_begin_gap (self->stream, utc_us, cause);
  return FALSE;
}

/* UTC µs until which the epoch that is now has been recorded; G_MININT64 if nothing of it was. */
static gint64
covered_until (IcamDiskStream *self)
{
  IcamStream *stream = self->stream;
  guint32 epoch = icam_store_epoch (self->disk->store);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&stream->lock);
  gint64 covered = stream->covered_epoch == epoch ? stream->covered_us : G_MININT64;

  /* Another folder's writer has still to complete it. */
  if (stream->open && stream->view.epoch == epoch)
    covered = MAX (covered, stream->view.end_us);
  return covered;
}

/* @lead_us: how much earlier than @start_us the first picture in the file is. */
static gboolean
begin (IcamDiskStream *self, gint64 start_us, gint64 lead_us)
{
  IcamDisk *disk = self->disk;
  IcamStore *store = disk->store;
  IcamStream *stream = self->stream;
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = NULL;
  g_autofree char *name = NULL;
  int code = 0;

  /* Nothing is begun in a folder that was taken away. */
  if (!icam_disk_look (disk))
    return refuse (self, start_us, disk->cause);

  self->id = (IcamSegmentId){
    .archive = disk->archive,
    .channel = stream->channel,
    .role = stream->role,
    .start_us = start_us,
    .lead_us = lead_us,
    .epoch = icam_store_epoch (store),
  };
  if (!icam_catalogue_begin_segment (store->catalogue, stream->id, disk->folder_row, self->id.epoch,
                                     start_us, self->identity, &self->id.seq, &error))
    {
      g_warning ("A segment cannot begin: %s", error->message);
      return refuse (self, start_us, ICAM_GAP_DISK_ERROR);
    }
  icam_disk_fault ("row-open");

  folder = icam_segment_folder (&self->id);
  name = icam_segment_name (&self->id);
  self->folder_fd = icam_disk_open_folder (disk, folder, TRUE, &code);
  if (self->folder_fd >= 0)
    {
      self->fd
        = openat (self->folder_fd, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640);
      code = errno;
    }
  if (self->fd < 0)
    {
      forget_file (self);
      icam_catalogue_drop_segment (store->catalogue, stream->id, self->id.seq, NULL);
      icam_disk_failed (disk, code, "Making a segment");
      return refuse (self, start_us, disk->cause);
    }
  icam_disk_fault ("created");

  /* A disk that hung meanwhile: the stream goes on elsewhere. */
  if (!icam_stream_is_late (stream, self->id.seq))
    icam_stream_end_gap (stream, start_us, self->tracks[ICAM_TRACK_VIDEO]->frame_duration_us);
  for (guint i = 0; i < ICAM_N_TRACKS; i++)
    self->file_tracks[i] = self->tracks[i] != NULL ? icam_track_ref (self->tracks[i]) : NULL;
  self->writer = icam_mkv_writer_new (&self->id, self->file_tracks[ICAM_TRACK_VIDEO],
                                      self->file_tracks[ICAM_TRACK_AUDIO]);
  self->written = 0;
  self->keys_written = 0;
  self->cut = FALSE;
  self->new_file = TRUE;
  self->last_utc_us = start_us;
  self->offset_us = icam_store_offset (store);

  g_mutex_lock (&stream->lock);
  if (stream->view.seq < self->id.seq)
    {
      stream->open = TRUE;
      stream->view_folder = disk->folder_row;
      stream->view = (IcamSegmentRow){
        .channel = stream->channel,
        .role = stream->role,
        .seq = self->id.seq,
        .epoch = self->id.epoch,
        .start_us = start_us,
        .end_us = start_us,
        .open = TRUE,
        .identity = self->identity,
      };
      g_array_set_size (stream->view_keys, 0);
    }
  g_mutex_unlock (&stream->lock);
  return TRUE;
}

/* Somebody has deleted the file while it was written: there is no closed row without a file. */
static void
lose (IcamDiskStream *self)
{
  IcamDisk *disk = self->disk;
  gint64 start = self->id.start_us, end = icam_mkv_writer_end_us (self->writer);

  g_warning ("A segment was deleted while it was written.");
  icam_catalogue_drop_segment (disk->store->catalogue, self->stream->id, self->id.seq, NULL);
  icam_stream_note_gap (self->stream, start, end, ICAM_GAP_DISK_ERROR);
  unpublish (self, end);
  forget_file (self);
}

/**
 * icam_disk_stream_finish:
 * @self: a stream
 * @cap_us: UTC µs where the next segment begins: this one does not end later
 *
 * Completes the segment: the last clusters, what is filled in, sync, then its row. Nothing happens
 * if there is none.
 */
void
icam_disk_stream_finish (IcamDiskStream *self, gint64 cap_us)
{
  IcamDisk *disk = self->disk;
  g_autoptr (GPtrArray) patches = NULL;
  g_autoptr (GError) error = NULL;
  struct stat info;
  gint64 end;
  int code = 0;

  let_go_held (self);
  if (self->writer == NULL)
    return;

  g_byte_array_set_size (disk->out, 0);
  patches = icam_mkv_writer_close (self->writer, disk->out);
  /* A failure has abandoned all segments, this one too. */
  if (!write_out (self))
    return;
  publish (self);

  for (guint i = 0; i < patches->len; i++)
    {
      const IcamMkvPatch *patch = g_ptr_array_index (patches, i);
      gsize length;
      gconstpointer data = g_bytes_get_data (patch->data, &length);

      if (!icam_disk_write_at (self->fd, patch->offset, data, length, &code))
        {
          icam_disk_failed (disk, code, "Closing a segment");
          return;
        }
      icam_disk_fault ("patched");
    }
  if (fsync (self->fd) != 0 || (self->new_file && fsync (self->folder_fd) != 0))
    {
      icam_disk_failed (disk, errno, "Closing a segment");
      return;
    }
  icam_disk_fault ("complete");

  if (fstat (self->fd, &info) == 0 && info.st_nlink == 0)
    {
      lose (self);
      return;
    }

  end = icam_mkv_writer_end_us (self->writer);
  cap_us = icam_stream_cap (self->stream, &self->id, cap_us);
  if (cap_us > self->id.start_us && cap_us < end)
    end = cap_us;
  if (!icam_catalogue_end_segment (disk->store->catalogue, self->stream->id, self->id.seq, end,
                                   self->written, icam_mkv_writer_peek_key_frames (self->writer),
                                   &error))
    g_warning ("A segment's row cannot be closed: %s", error->message);
  icam_disk_fault ("row-closed");
  if (icam_stream_is_late (self->stream, self->id.seq))
    icam_stream_ended_late (self->stream, &self->id, end);

  unpublish (self, end);
  forget_file (self);
}

/* ---- what comes in ---- */

/**
 * icam_disk_stream_set_track:
 * @self: a stream
 * @track: which
 * @info: (nullable): what it is from now on
 */
void
icam_disk_stream_set_track (IcamDiskStream *self, guint track, IcamTrack *info)
{
  gboolean same = icam_track_equal (self->tracks[track], info);

  if (info != NULL)
    icam_track_ref (info);
  g_clear_pointer (&self->tracks[track], icam_track_unref);
  self->tracks[track] = info;
  if (same)
    return;
  for (guint i = self->held->len; i > 0; i--)
    if (track == ICAM_TRACK_VIDEO || g_array_index (self->held, IcamPacket, i - 1).track == track)
      g_array_remove_index (self->held, i - 1);
  if (self->writer == NULL)
    return;

  /* What follows cannot be decoded with what the file says; audio may wait for the next key frame.
   */
  if (track == ICAM_TRACK_VIDEO)
    icam_disk_stream_finish (self, G_MAXINT64);
  else
    self->cut = TRUE;
}

static gint64
cut_number (IcamDiskStream *self, gint64 utc_us)
{
  gint64 at = utc_us - self->phase_us, length = segment_length (self);

  return at >= 0 ? at / length : (at - length + 1) / length;
}

static gboolean
should_cut (IcamDiskStream *self, gint64 utc_us)
{
  return self->cut || self->id.epoch != icam_store_epoch (self->disk->store)
         || cut_number (self, utc_us) != cut_number (self, self->id.start_us);
}

/* Whether a picture comes much later than it should, while the connection lasted; and why. */
static gboolean
is_late (IcamDiskStream *self, const IcamPacket *packet, IcamGapCause *cause)
{
  gint64 step = packet->utc_us - self->last_utc_us;
  gint64 usual = MAX (self->tracks[ICAM_TRACK_VIDEO]->frame_duration_us, self->interval_us);
  gint64 waited = packet->arrival_us - self->last_arrival_us;
  gboolean silent = packet->arrival_us != 0 && self->last_arrival_us != 0 && waited > step / 2;

  *cause = silent ? ICAM_GAP_CAMERA_SILENT : ICAM_GAP_UNKNOWN;
  return step > MAX (G_USEC_PER_SEC, usual * 3) && self->interval_us > 0;
}

static void
look_for_gap (IcamDiskStream *self, const IcamPacket *packet)
{
  gint64 step = packet->utc_us - self->last_utc_us;
  IcamGapCause cause;

  if (is_late (self, packet, &cause))
    icam_stream_note_gap (self->stream, icam_mkv_writer_end_us (self->writer), packet->utc_us, cause);
  else if (step > 0)
    self->interval_us = self->interval_us == 0 ? step : (self->interval_us * 7 + step) / 8;
}

/* The clock was set in the middle of a group: the rest of it is written in the time in which it was
 * begun. */
static void
keep_time (IcamDiskStream *self, IcamPacket *packet)
{
  gint64 step = icam_store_offset (self->disk->store) - self->offset_us;
  gint64 since = packet->utc_us - self->last_utc_us;

  if (ABS (since - step) < ABS (since))
    packet->utc_us -= step;
}

static void
add (IcamDiskStream *self, const IcamPacket *packet)
{
  gboolean video = packet->track == ICAM_TRACK_VIDEO;
  g_autoptr (GError) error = NULL;

  /* Audio that was not there, or another, when the file was begun waits for the next one. */
  if (!video && !icam_track_equal (self->file_tracks[packet->track], self->tracks[packet->track]))
    return;
  if (self->file_tracks[packet->track] == NULL)
    return;

  if (video && packet->utc_us > self->last_utc_us)
    {
      look_for_gap (self, packet);
      self->last_utc_us = packet->utc_us;
      self->last_arrival_us = packet->arrival_us;
    }
  if (!icam_mkv_writer_add (self->writer, packet, &error))
    {
      g_debug ("%s", error->message);
      if (video)
        {
          /* The rest of the group needs it. */
          icam_disk_stream_finish (self, G_MAXINT64);
          icam_stream_begin_gap (self->stream, packet->utc_us, ICAM_GAP_BAD_DATA);
        }
    }
}

/* The clock was set while a group was held: its times are those of the new epoch, where nothing has
 * been recorded yet. */
static void
retime_held (IcamDiskStream *self)
{
  gint64 offset = icam_store_offset (self->disk->store);

  for (guint i = 0; i < self->held->len; i++)
    g_array_index (self->held, IcamPacket, i).utc_us += offset - self->offset_us;
  self->offset_us = offset;
}

/* Where a segment ends is guessed from how long a picture lasts: the next one may be a little
 * earlier. */
static gint64
tolerance (IcamDiskStream *self)
{
  gint64 duration = self->tracks[ICAM_TRACK_VIDEO]->frame_duration_us;

  return MIN ((duration > 0 ? duration : self->interval_us) / 2, STEP_BACK_US / 2);
}

/* Between segments. One begins with a key frame. Cameras that are connected again may send again
 * what they have kept of the last seconds: groups of which all was recorded are dropped; one that
 * goes on with something new is written whole, because it cannot be decoded otherwise, but its
 * segment says that it starts with what is new. Within an epoch segments do not overlap. */
static void
begin_with (IcamDiskStream *self, const IcamPacket *packet)
{
  gboolean video = packet->track == ICAM_TRACK_VIDEO;
  gboolean key = video && (packet->flags & ICAM_PACKET_KEY) != 0;
  gint64 covered = covered_until (self);
  g_autoptr (GArray) held = NULL;
  gboolean is_new;
  gint64 first, start;
  IcamPacket copy = *packet;

  if (key)
    let_go_held (self);
  retime_held (self);
  if (key && covered != G_MININT64 && packet->utc_us < covered - ICAM_SENT_AGAIN_US)
    {
      icam_store_begin_epoch (self->disk->store);
      covered = G_MININT64;
    }
  is_new = video
           && (covered == G_MININT64 || packet->utc_us >= covered - tolerance (self));
  if (key && is_new)
    {
      start = MAX (covered, packet->utc_us);
      if (begin (self, start, start - packet->utc_us))
        add (self, packet);
      return;
    }
  if (!key && self->held->len == 0)
    {
      if (video)
        icam_stream_lost (self->stream, packet->utc_us);
      return;
    }

  copy.data = g_bytes_ref (packet->data);
  g_array_append_val (self->held, copy);
  self->held_bytes += g_bytes_get_size (copy.data);
  if (!is_new && self->held_bytes < HELD_BYTES)
    return;

  held = self->held;
  self->held = g_array_new (FALSE, FALSE, sizeof (IcamPacket));
  g_array_set_clear_func (self->held, (GDestroyNotify) icam_packet_clear);
  self->held_bytes = 0;
  first = g_array_index (held, IcamPacket, 0).utc_us;
  /* Of an epoch that began meanwhile all is new. Pictures that are shown before this one may still
   * come, but none that is shown before this one is decoded. */
  start = covered == G_MININT64 ? first : MAX (covered, packet->utc_us - packet->dts_offset_us);
  if (!begin (self, start, start - first))
    return;
  for (guint i = 0; i < held->len && self->writer != NULL; i++)
    add (self, &g_array_index (held, IcamPacket, i));
}

/* The clock was set while a packet waited: it is in the time of before, but for one that came after the clock was set and before that was
 * told. From here on it is in the time that is now. */
static void
bring_up_to_date (IcamDiskStream *self, IcamPacket *packet, gint64 offset_us)
{
  gint64 now = icam_store_offset (self->disk->store), step = now - offset_us;
  gint64 off = packet->utc_us - packet->arrival_us - now;

  if (packet->arrival_us == 0 || ABS (off + step) < ABS (off))
    packet->utc_us += step;
}

/**
 * icam_disk_stream_packet:
 * @self: a stream
 * @packet: what came; stays the caller's
 * @offset_us: what icam_store_offset() was then
 */
void
icam_disk_stream_packet (IcamDiskStream *self, IcamPacket *packet, gint64 offset_us)
{
  gboolean key = packet->track == ICAM_TRACK_VIDEO && (packet->flags & ICAM_PACKET_KEY) != 0;

  if (g_atomic_int_get (&self->stream->dead) || packet->track >= ICAM_N_TRACKS)
    return;
  bring_up_to_date (self, packet, offset_us);
  if (!self->disk->ready)
    {
      let_go_held (self);
      refuse (self, packet->utc_us, self->disk->cause);
      return;
    }

  /* A clock that went back while the camera was connected, and nobody has said so: it is said now. Once: another epoch would cut all
   * streams again. */
  if (self->writer != NULL && key && self->id.epoch == icam_store_epoch (self->disk->store)
      && packet->utc_us < self->last_utc_us - STEP_BACK_US)
    {
      icam_disk_stream_finish (self, G_MAXINT64);
      icam_store_begin_epoch (self->disk->store);
    }
  else if (self->writer != NULL && key && should_cut (self, packet->utc_us))
    {
      gboolean same = self->id.epoch == icam_store_epoch (self->disk->store);
      IcamGapCause cause;
      gboolean late = same && self->tracks[ICAM_TRACK_VIDEO] != NULL && is_late (self, packet, &cause);

      icam_disk_stream_finish (self, same ? packet->utc_us : G_MAXINT64);
      if (late)
        icam_stream_begin_gap (self->stream, packet->utc_us, cause);
    }

  if (self->writer != NULL)
    {
      if (self->id.epoch != icam_store_epoch (self->disk->store))
        keep_time (self, packet);
      add (self, packet);
    }
  else if (self->disk->ready && self->tracks[ICAM_TRACK_VIDEO] != NULL)
    begin_with (self, packet);
}
