/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-archive"

#include "config.h"

#include "archive/icam-archive-private.h"
#include "archive/icam-disk.h"

struct _IcamRecording
{
  IcamStore *store;
  IcamStream *stream; /* NULL if the catalogue could not be asked */

  GMutex lock; /* for all that follows: a change of the folder comes from another thread */
  IcamDisk *disk;
  IcamTrack *tracks[ICAM_N_TRACKS];
  IcamIdentity identity;
  gboolean active;   /* packets come */
  gboolean dropping; /* the queue was full */
  gint64 dropping_since_us; /* of the boot's clock */

  IcamRecordingState state;
  IcamGapCause rest;   /* why nothing is stored unless it is on */
  gboolean disturbed;  /* standing by: an interruption has another cause since */
  gint64 before_us;    /* how much waits while it stands by */
  GQueue ahead;        /* of IcamPacket: whole groups of pictures */
  gsize ahead_bytes;
  gint64 ahead_offset_us; /* icam_store_offset() when the newest of them came */
};

/* What one stream may keep waiting, whatever was asked for. */
#define MAX_AHEAD (32 * 1024 * 1024)

static void
packet_free (gpointer data)
{
  icam_packet_clear (data);
  g_free (data);
}

static gboolean
begins_group (const IcamPacket *packet)
{
  return packet->track == ICAM_TRACK_VIDEO && (packet->flags & ICAM_PACKET_KEY) != 0;
}

/* With the lock. */
static void
drop_ahead (IcamRecording *self)
{
  g_queue_clear_full (&self->ahead, packet_free);
  self->ahead_bytes = 0;
}

/* With the lock: where the second group of what waits begins. */
static GList *
second_group (IcamRecording *self)
{
  for (GList *link = self->ahead.head != NULL ? self->ahead.head->next : NULL; link != NULL; link = link->next)
    if (begins_group (link->data))
      return link;
  return NULL;
}

/* With the lock: what has waited since before the clock was set is in the time that is now. */
static void
retime_ahead (IcamRecording *self)
{
  gint64 offset = icam_store_offset (self->store);

  for (GList *link = self->ahead.head; link != NULL && offset != self->ahead_offset_us; link = link->next)
    ((IcamPacket *) link->data)->utc_us += offset - self->ahead_offset_us;
  self->ahead_offset_us = offset;
}

/* With the lock: puts a packet to those that wait, of which those go that are too old. */
static void
keep_ahead (IcamRecording *self, IcamPacket *packet)
{
  gboolean key = begins_group (packet);
  GList *second;

  if (self->before_us <= 0 || (self->ahead.length == 0 && !key))
    {
      icam_packet_clear (packet);
      return;
    }
  retime_ahead (self);
  self->ahead_bytes += g_bytes_get_size (packet->data);
  g_queue_push_tail (&self->ahead, g_memdup2 (packet, sizeof *packet));
  *packet = (IcamPacket) { 0 };
  if (!key && self->ahead_bytes <= MAX_AHEAD)
    return;

  while ((second = second_group (self)) != NULL
         && (self->ahead_bytes > MAX_AHEAD
             || ((IcamPacket *) second->data)->utc_us
                  <= ((IcamPacket *) self->ahead.tail->data)->utc_us - self->before_us))
    while (self->ahead.head != second)
      {
        IcamPacket *old = g_queue_pop_head (&self->ahead);

        self->ahead_bytes -= g_bytes_get_size (old->data);
        packet_free (old);
      }
  /* One group that is larger than all that may wait. */
  if (self->ahead_bytes > MAX_AHEAD)
    drop_ahead (self);
}

/* With the lock: makes the disk that is in use for this channel now ours. */
static void
adopt_disk (IcamRecording *self)
{
  IcamDisk *disk = icam_store_ref_disk_for (self->store, &self->stream->channel);
  GArray *waiting = NULL;

  if (disk == self->disk)
    {
      g_clear_pointer (&disk, icam_disk_unref);
      return;
    }
  if (self->disk != NULL)
    {
      /* Pictures do not wait for a disk that may never answer. */
      if (disk != NULL && icam_disk_is_hung (self->disk))
        waiting = icam_disk_take (self->disk, self->stream);
      icam_disk_detach (self->disk, self->stream);
      icam_disk_unref (self->disk);
    }
  self->disk = disk;
  if (disk == NULL)
    return;
  icam_disk_identity (disk, self->stream, self->identity);
  for (guint i = 0; i < ICAM_N_TRACKS; i++)
    if (self->tracks[i] != NULL)
      icam_disk_track (disk, self->stream, i, self->tracks[i]);
  if (waiting != NULL)
    icam_disk_give (disk, waiting);
}

/**
 * icam_recording_folder_changed:
 * @self: a recording
 * @at_once: not to wait for a key frame
 *
 * The archive has another folder. A recording that is under way goes over at its next key frame.
 */
void
icam_recording_folder_changed (IcamRecording *self, gboolean at_once)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (self->stream != NULL && (at_once || !self->active))
    adopt_disk (self);
}

/**
 * icam_recording_new:
 * @archive: the archive
 * @channel: whose pictures
 * @role: which of its streams
 * @identity: what is known of the device
 *
 * In the thread that opened the archive, as icam_recording_free().
 *
 * Returns: (transfer full): a recording; a gap lasts until its first key frame
 */
IcamRecording *
icam_recording_new (IcamArchive *archive,
                    const IcamUuid *channel,
                    IcamRole role,
                    IcamIdentity identity)
{
  IcamRecording *self = g_new0 (IcamRecording, 1);
  g_autoptr (GError) error = NULL;
  gboolean known, killed;

  g_return_val_if_fail (icam_archive_get_store (archive)->thread == g_thread_self (), NULL);

  g_mutex_init (&self->lock);
  self->store = icam_store_ref (icam_archive_get_store (archive));
  self->identity = identity;
  self->stream = icam_store_stream (self->store, channel, role, &error);
  if (self->stream == NULL)
    {
      g_warning ("A stream cannot be recorded: %s", error->message);
      return self;
    }

  /* What a dead recorder left of this stream is not known yet: its recovery notes the gap. */
  g_mutex_lock (&self->stream->lock);
  known = !self->stream->state.unrecovered && !self->stream->open;
  killed = self->store->previous_died && !self->stream->state.fresh && self->stream->view.seq == 0;
  g_mutex_unlock (&self->stream->lock);
  if (known && self->stream->state.gap_id == 0)
    icam_stream_begin_gap (self->stream, icam_clock_utc (self->store->clock),
                           killed ? ICAM_GAP_RECORDER_KILLED : ICAM_GAP_UNKNOWN);

  g_mutex_lock (&self->lock);
  adopt_disk (self);
  g_mutex_unlock (&self->lock);
  g_mutex_lock (&self->store->lock);
  g_ptr_array_add (self->store->recordings, self);
  g_mutex_unlock (&self->store->lock);
  return self;
}

/**
 * icam_recording_set_track:
 * @self: a recording
 * @track: ICAM_TRACK_VIDEO or ICAM_TRACK_AUDIO
 * @info: (nullable): what its packets are from now on; %NULL: none come
 */
void
icam_recording_set_track (IcamRecording *self, guint track, IcamTrack *info)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  g_return_if_fail (track < ICAM_N_TRACKS);

  /* What waits would be read as what it is not. */
  if (self->ahead.length > 0 && !(info != NULL && self->tracks[track] != NULL && icam_track_equal (info, self->tracks[track])))
    drop_ahead (self);
  if (info != NULL)
    icam_track_ref (info);
  g_clear_pointer (&self->tracks[track], icam_track_unref);
  self->tracks[track] = info;
  if (self->stream != NULL && self->disk != NULL)
    icam_disk_track (self->disk, self->stream, track, info);
}

/**
 * icam_recording_set_identity:
 * @self: a recording
 * @identity: what is known of the device from now on
 */
void
icam_recording_set_identity (IcamRecording *self, IcamIdentity identity)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  self->identity = identity;
  if (self->stream != NULL && self->disk != NULL)
    icam_disk_identity (self->disk, self->stream, identity);
}

/* With the lock: what was dropped so far was dropped because of the disk, whatever was the matter before. */
static gboolean
tell_dropped (IcamRecording *self)
{
  return icam_disk_interrupt (self->disk, self->stream,
                              icam_clock_boottime (self->store->clock) - self->dropping_since_us, ICAM_GAP_DISK_SLOW);
}

/* With the lock. */
static void
interrupt (IcamRecording *self, IcamGapCause cause)
{
  self->active = FALSE;
  if (self->disk != NULL && icam_disk_is_hung (self->disk))
    adopt_disk (self);
  if (self->disk != NULL)
    {
      if (self->dropping)
        tell_dropped (self);
      icam_disk_interrupt (self->disk, self->stream, 0, cause);
    }
  self->dropping = FALSE;
  adopt_disk (self);
}

/* With the lock: nothing is stored because nobody wants it. */
static void
rest (IcamRecording *self)
{
  self->disturbed = FALSE;
  interrupt (self, self->rest);
}

/* With the lock: @packet is stored, or a gap says why not. */
static void
store (IcamRecording *self, IcamPacket *packet)
{
  gboolean key = begins_group (packet);
  gboolean full = FALSE;

  if (self->stream == NULL)
    {
      icam_packet_clear (packet);
      return;
    }
  if (key || !self->active)
    adopt_disk (self);
  self->active = TRUE;
  if (self->disk == NULL)
    {
      icam_packet_clear (packet);
      return;
    }

  if (!self->dropping && icam_disk_packet (self->disk, self->stream, packet, &full))
    return;

  /* The disk is too slow: whole groups go, so that what is kept can be decoded. */
  if (self->dropping && key)
    {
      IcamPacket again = *packet;

      /* The gap's cause goes before the picture that ends it, or not at all. */
      again.data = g_bytes_ref (packet->data);
      if (icam_disk_has_room (self->disk, g_bytes_get_size (packet->data))
          && tell_dropped (self)
          && icam_disk_packet (self->disk, self->stream, &again, &full))
        self->dropping = FALSE;
      icam_packet_clear (&again);
    }
  else if (full && !self->dropping)
    {
      self->dropping = TRUE;
      /* A camera may send what it has kept. */
      self->dropping_since_us = icam_clock_boottime (self->store->clock)
                                - MAX (icam_clock_utc (self->store->clock) - packet->utc_us, 0);
    }
  icam_packet_clear (packet);
}

/**
 * icam_recording_push:
 * @self: a recording
 * @packet: in decoding order; what is inside is taken
 *
 * Never blocks on a disk.
 */
void
icam_recording_push (IcamRecording *self, IcamPacket *packet)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (self->state == ICAM_RECORDING_ON)
    {
      store (self, packet);
      return;
    }
  /* It could be recorded again, and is not wanted. */
  if (self->disturbed)
    rest (self);
  if (self->state == ICAM_RECORDING_STANDBY)
    keep_ahead (self, packet);
  else
    icam_packet_clear (packet);
}

/**
 * icam_recording_set_state:
 * @self: a recording
 * @state: whether what is pushed from now on is stored
 * @before_us: while it stands by: how much waits, and is stored when it is switched on
 * @cause: why what is not stored is not
 *
 * Cuts no group of pictures: what is stored begins with a key frame, and ends where it is switched off.
 */
void
icam_recording_set_state (IcamRecording *self, IcamRecordingState state, gint64 before_us, IcamGapCause cause)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  gboolean same = state == self->state && (state == ICAM_RECORDING_ON || cause == self->rest);
  IcamPacket *packet;

  self->before_us = before_us;
  if (same || self->stream == NULL)
    return;
  self->state = state;
  self->rest = cause;
  if (state == ICAM_RECORDING_ON)
    {
      retime_ahead (self);
      while ((packet = g_queue_pop_head (&self->ahead)) != NULL)
        {
          store (self, packet);
          packet_free (packet);
        }
      self->ahead_bytes = 0;
      return;
    }
  if (state == ICAM_RECORDING_OFF)
    drop_ahead (self);
  rest (self);
}

/**
 * icam_recording_interrupt:
 * @self: a recording
 * @cause: why nothing comes from now on
 *
 * The segment is closed, and a gap lasts until the next key frame. A second cause takes over from
 * the time it is told.
 */
void
icam_recording_interrupt (IcamRecording *self, IcamGapCause cause)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (self->stream == NULL)
    return;
  /* What is not to be recorded now is missing for no other reason. */
  if (self->state == ICAM_RECORDING_OFF)
    return;
  /* What waits would hide that something is missing in it. */
  drop_ahead (self);
  self->disturbed = self->state == ICAM_RECORDING_STANDBY;
  interrupt (self, cause);
}

/**
 * icam_recording_free:
 * @self: (transfer full): a recording; its segment is closed
 */
void
icam_recording_free (IcamRecording *self)
{
  g_return_if_fail (self->store->thread == g_thread_self ());

  g_mutex_lock (&self->store->lock);
  g_ptr_array_remove_fast (self->store->recordings, self);
  g_mutex_unlock (&self->store->lock);

  if (self->disk != NULL)
    {
      if (self->dropping)
        tell_dropped (self);
      icam_disk_detach (self->disk, self->stream);
      icam_disk_unref (self->disk);
    }
  drop_ahead (self);
  for (guint i = 0; i < ICAM_N_TRACKS; i++)
    g_clear_pointer (&self->tracks[i], icam_track_unref);
  g_clear_pointer (&self->stream, icam_stream_unref);
  g_mutex_clear (&self->lock);
  icam_store_unref (self->store);
  g_free (self);
}
