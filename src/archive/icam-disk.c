/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-archive"

#include "config.h"

#include "archive/icam-disk-private.h"

#include <errno.h>
#include <string.h>

/* What may wait for a slow disk. A frozen one costs this much memory, then whole groups of
 * pictures. */
#define QUEUE_BYTES (96u * 1024 * 1024)
/* A queue of tiny packets must not grow without bound either. */
#define QUEUE_OPS 65536
/* A buffer that one large picture has blown up is given back. */
#define OUT_BYTES (4u * 1024 * 1024)

static IcamDiskFault fault_func;
static gpointer fault_data;
static gint64 test_beat_us, test_patience_us;
static const char *impatient_folder;
static IcamClock *test_clock;

/**
 * icam_disk_set_fault:
 * @fault: (nullable): called at each step
 * @user_data: for @fault
 */
void
icam_disk_set_fault (IcamDiskFault fault, gpointer user_data)
{
  fault_data = user_data;
  fault_func = fault;
}

/**
 * icam_disk_set_beat:
 * @beat_us: µs
 */
void
icam_disk_set_beat (gint64 beat_us)
{
  test_beat_us = beat_us;
}

/**
 * icam_disk_set_patience:
 * @folder: (nullable): a folder, whose name stays where it is
 * @patience_us: µs
 */
void
icam_disk_set_patience (const char *folder, gint64 patience_us)
{
  impatient_folder = folder;
  test_patience_us = patience_us;
}

/**
 * icam_disk_set_clock:
 * @clock: (nullable): a clock that stays where it is
 */
void
icam_disk_set_clock (IcamClock *clock)
{
  test_clock = clock;
}

/**
 * icam_disk_time:
 *
 * Returns: µs that never fall, by which all is done that is done from time to time
 */
gint64
icam_disk_time (void)
{
  return G_UNLIKELY (test_clock != NULL) ? icam_clock_boottime (test_clock) : g_get_monotonic_time ();
}

void
icam_disk_fault (const char *step)
{
  if (G_UNLIKELY (fault_func != NULL))
    fault_func (step, fault_data);
}

/* ---- the queue ---- */

static void
op_clear (IcamOp *op)
{
  switch (op->kind)
    {
    case ICAM_OP_PACKET:
      icam_packet_clear (&op->packet);
      break;
    case ICAM_OP_TRACK:
      g_clear_pointer (&op->track.info, icam_track_unref);
      break;
    case ICAM_OP_THUMBNAIL:
      g_clear_pointer (&op->jpeg, g_bytes_unref);
      break;
    case ICAM_OP_PROTECT:
      g_clear_pointer (&op->protect.line, g_free);
      g_clear_pointer (&op->protect.answers, g_async_queue_unref);
      break;
    case ICAM_OP_DELETE_CHANNEL:
    case ICAM_OP_IDENTITY:
    case ICAM_OP_INTERRUPT:
    case ICAM_OP_DETACH:
    case ICAM_OP_KEEP:
    case ICAM_OP_RECOVER:
    case ICAM_OP_CLOSE:
    case ICAM_OP_RETIRE:
    case ICAM_OP_SYNC:
    default:
      break;
    }
  g_clear_pointer (&op->stream, icam_stream_unref);
  g_clear_object (&op->task);
}

/* Takes what is in @op if it returns TRUE. */
static gboolean
enqueue (IcamDisk *self, const IcamOp *op, gboolean urgent)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (self->quit)
    return FALSE;
  g_array_append_vals (self->queue, op, 1);
  if (urgent)
    self->urgent = TRUE;
  if (urgent || self->sleeping)
    g_cond_signal (&self->wake);
  return TRUE;
}

/* With the lock. */
static gboolean
has_room (IcamDisk *self, gsize bytes)
{
  gsize room
    = self->store->options.queue_bytes > 0 ? self->store->options.queue_bytes : QUEUE_BYTES;

  return self->queued + bytes <= room && self->queue->len < QUEUE_OPS;
}

/**
 * icam_disk_has_room:
 * @self: a disk
 * @bytes: of a packet
 *
 * Returns: whether the queue would take it now; other streams may fill it meanwhile
 */
gboolean
icam_disk_has_room (IcamDisk *self, gsize bytes)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return has_room (self, bytes);
}

/**
 * icam_disk_packet:
 * @self: a disk
 * @stream: whose packet
 * @packet: what is inside is taken if it returns %TRUE
 * @full: (out): whether there is no room
 *
 * Returns: whether it was taken
 */
gboolean
icam_disk_packet (IcamDisk *self, IcamStream *stream, IcamPacket *packet, gboolean *full)
{
  IcamOp op = { .kind = ICAM_OP_PACKET, .packet = *packet, .offset_us = icam_store_offset (self->store) };
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  gsize size = g_bytes_get_size (packet->data);

  *full = FALSE;
  if (self->quit)
    return FALSE;
  if (!has_room (self, size))
    {
      *full = TRUE;
      return FALSE;
    }

  op.stream = icam_stream_ref (stream);
  self->queued += size;
  packet->data = NULL;
  g_array_append_val (self->queue, op);
  if (self->sleeping)
    g_cond_signal (&self->wake);
  return TRUE;
}

/* Whether it is what follows in a stream's queue: what stands behind the last change of anything but
 * pictures, from the first key frame on. */
static guint
first_to_take (IcamDisk *self, IcamStream *stream)
{
  guint first = self->queue->len;

  for (guint i = self->queue->len; i > 0; i--)
    {
      const IcamOp *op = &g_array_index (self->queue, IcamOp, i - 1);

      if (op->stream != stream)
        continue;
      if (op->kind != ICAM_OP_PACKET)
        break;
      if (op->packet.track == ICAM_TRACK_VIDEO && (op->packet.flags & ICAM_PACKET_KEY) != 0)
        first = i - 1;
    }
  return first;
}

/**
 * icam_disk_take:
 * @self: a disk that hangs
 * @stream: a stream that goes over to another one
 *
 * Takes what waits there from the next key frame on. What comes before it belongs to the group that
 * the disk has begun, and is written when it answers again.
 *
 * Returns: (transfer full): for icam_disk_give()
 */
GArray *
icam_disk_take (IcamDisk *self, IcamStream *stream)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  GArray *taken = g_array_new (FALSE, FALSE, sizeof (IcamOp));
  guint kept = first_to_take (self, stream);

  for (guint i = kept; i < self->queue->len; i++)
    {
      IcamOp *op = &g_array_index (self->queue, IcamOp, i);

      if (op->stream == stream)
        {
          self->queued -= MIN (g_bytes_get_size (op->packet.data), self->queued);
          g_array_append_vals (taken, op, 1);
        }
      else
        g_array_index (self->queue, IcamOp, kept++) = *op;
    }
  g_array_set_size (self->queue, MIN (kept, self->queue->len));
  return taken;
}

/**
 * icam_disk_give:
 * @self: a disk
 * @packets: (transfer full): what icam_disk_take() has taken from another one
 *
 * More than what the queue has room for: it was held in memory before.
 */
void
icam_disk_give (IcamDisk *self, GArray *packets)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  for (guint i = 0; i < packets->len; i++)
    {
      IcamOp *op = &g_array_index (packets, IcamOp, i);

      if (self->quit)
        {
          op_clear (op);
          continue;
        }
      self->queued += g_bytes_get_size (op->packet.data);
      g_array_append_vals (self->queue, op, 1);
    }
  if (self->sleeping)
    g_cond_signal (&self->wake);
  g_array_unref (packets);
}

/**
 * icam_disk_track:
 * @self: a disk
 * @stream: a stream
 * @track: which of its tracks
 * @info: (nullable): what it is from now on
 *
 * Returns: whether it was taken
 */
gboolean
icam_disk_track (IcamDisk *self, IcamStream *stream, guint track, IcamTrack *info)
{
  IcamOp op = { .kind = ICAM_OP_TRACK, .stream = icam_stream_ref (stream) };

  op.track.track = track;
  op.track.info = info != NULL ? icam_track_ref (info) : NULL;
  if (enqueue (self, &op, FALSE))
    return TRUE;
  op_clear (&op);
  return FALSE;
}

/**
 * icam_disk_identity:
 * @self: a disk
 * @stream: a stream
 * @identity: what is known of the device from now on
 *
 * Returns: whether it was taken
 */
gboolean
icam_disk_identity (IcamDisk *self, IcamStream *stream, IcamIdentity identity)
{
  IcamOp op
    = { .kind = ICAM_OP_IDENTITY, .stream = icam_stream_ref (stream), .identity = identity };

  if (enqueue (self, &op, FALSE))
    return TRUE;
  op_clear (&op);
  return FALSE;
}

/**
 * icam_disk_interrupt:
 * @self: a disk
 * @stream: a stream
 * @ago_us: for how long nothing has come, µs
 * @cause: why
 *
 * Returns: whether it was taken
 */
gboolean
icam_disk_interrupt (IcamDisk *self, IcamStream *stream, gint64 ago_us, IcamGapCause cause)
{
  IcamOp op = { .kind = ICAM_OP_INTERRUPT, .stream = icam_stream_ref (stream), .cause = cause, .offset_us = icam_store_offset (self->store) };

  op.utc_us = icam_clock_utc (self->store->clock) - ago_us;
  if (enqueue (self, &op, FALSE))
    return TRUE;
  op_clear (&op);
  return FALSE;
}

/**
 * icam_disk_detach:
 * @self: a disk
 * @stream: a stream that nobody writes here any more
 */
void
icam_disk_detach (IcamDisk *self, IcamStream *stream)
{
  IcamOp op = { .kind = ICAM_OP_DETACH, .stream = icam_stream_ref (stream) };

  if (!enqueue (self, &op, TRUE))
    op_clear (&op);
}

/**
 * icam_disk_thumbnail:
 * @self: a disk
 * @event: an event
 * @channel: its channel
 * @event_us: UTC µs of the event
 * @jpeg: the picture
 */
void
icam_disk_thumbnail (
  IcamDisk *self, const IcamUuid *event, const IcamUuid *channel, gint64 event_us, GBytes *jpeg)
{
  IcamOp op
    = { .kind = ICAM_OP_THUMBNAIL, .event = *event, .channel = *channel, .utc_us = event_us };

  op.jpeg = g_bytes_ref (jpeg);
  if (!enqueue (self, &op, FALSE))
    op_clear (&op);
}

/**
 * icam_disk_delete_channel:
 * @self: a disk
 * @channel: a channel whose rows are garbage already, and whose events are gone
 */
void
icam_disk_delete_channel (IcamDisk *self, const IcamUuid *channel)
{
  IcamOp op = { .kind = ICAM_OP_DELETE_CHANNEL, .channel = *channel };

  if (!enqueue (self, &op, TRUE))
    op_clear (&op);
}

/**
 * icam_disk_keep:
 * @self: a disk
 *
 * What is to be kept has changed: it is looked at soon.
 */
void
icam_disk_keep (IcamDisk *self)
{
  IcamOp op = { .kind = ICAM_OP_KEEP };

  enqueue (self, &op, TRUE);
}

/**
 * icam_disk_append_protection:
 * @self: a disk
 * @line: for protected.log, with its end
 * @answers: gets errno + 1 (as a pointer), 1 when the line is on the disk itself
 */
void
icam_disk_append_protection (IcamDisk *self, const char *line, GAsyncQueue *answers)
{
  IcamOp op = { .kind = ICAM_OP_PROTECT };

  op.protect.line = g_strdup (line);
  op.protect.answers = g_async_queue_ref (answers);
  if (enqueue (self, &op, TRUE))
    return;
  g_async_queue_push (answers, GINT_TO_POINTER (ESHUTDOWN + 1));
  op_clear (&op);
}

/**
 * icam_disk_recover:
 * @self: a disk
 * @task: (transfer full) (nullable): returns the number of recovered segments
 */
void
icam_disk_recover (IcamDisk *self, GTask *task)
{
  IcamOp op = { .kind = ICAM_OP_RECOVER, .task = task };

  if (enqueue (self, &op, FALSE))
    return;
  if (task != NULL)
    g_task_return_int (task, 0);
  op_clear (&op);
}

/**
 * icam_disk_close:
 * @self: a disk
 * @cause: of the gaps that begin now
 * @task: (transfer full): returns when all is on the disk
 */
void
icam_disk_close (IcamDisk *self, IcamGapCause cause, GTask *task)
{
  IcamOp op = { .kind = ICAM_OP_CLOSE, .cause = cause, .task = task };

  op.utc_us = icam_clock_utc (self->store->clock);
  if (enqueue (self, &op, TRUE))
    return;
  g_task_return_boolean (task, TRUE);
  op_clear (&op);
}

/**
 * icam_disk_retire:
 * @self: a disk that is not in use any more: its thread ends when the last stream has left
 */
void
icam_disk_retire (IcamDisk *self)
{
  IcamOp op = { .kind = ICAM_OP_RETIRE };

  enqueue (self, &op, TRUE);
}

/**
 * icam_disk_sync:
 * @self: a disk
 *
 * Blocks until what was asked for so far is written. For tests, and for work that must see all.
 */
void
icam_disk_sync (IcamDisk *self)
{
  gboolean done = FALSE;
  IcamOp op = { .kind = ICAM_OP_SYNC, .done = &done };

  if (!enqueue (self, &op, TRUE))
    return;
  g_mutex_lock (&self->lock);
  while (!done)
    g_cond_wait (&self->synced, &self->lock);
  g_mutex_unlock (&self->lock);
}

/* ---- the thread ---- */

static IcamDiskStream *
get_stream (IcamDisk *self, IcamStream *stream)
{
  IcamDiskStream *found = g_hash_table_lookup (self->streams, stream);

  if (found == NULL)
    {
      found = icam_disk_stream_new (self, stream);
      g_hash_table_insert (self->streams, stream, found);
    }
  return found;
}

static void
close_all (IcamDisk *self, IcamGapCause cause, gint64 utc_us)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func ((GDestroyNotify) icam_stream_unref);
  GHashTableIter iter;
  gpointer key, value;
  gboolean last;

  g_hash_table_iter_init (&iter, self->streams);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      icam_disk_stream_finish (value, G_MAXINT64);
      icam_stream_begin_gap (key, utc_us, cause);
    }

  /* The last one speaks also for the streams that wait for their camera: what they miss from now on
   * is ours. */
  g_mutex_lock (&self->store->lock);
  last = ++self->store->closed == self->store->disks->len;
  g_hash_table_iter_init (&iter, self->store->streams);
  while (last && g_hash_table_iter_next (&iter, &key, NULL))
    g_ptr_array_add (all, icam_stream_ref (key));
  g_mutex_unlock (&self->store->lock);
  for (guint i = 0; i < all->len; i++)
    icam_stream_begin_gap (g_ptr_array_index (all, i), utc_us, cause);

  g_hash_table_remove_all (self->streams);
  icam_disk_let_go (self);
  if (last)
    icam_catalogue_end_run (self->store->catalogue);
}

static void
quit (IcamDisk *self)
{
  g_mutex_lock (&self->lock);
  self->quit = TRUE;
  g_mutex_unlock (&self->lock);
}

static void
delete_channel (IcamDisk *self, const IcamOp *op)
{
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, self->streams);
  while (g_hash_table_iter_next (&iter, &key, &value))
    if (icam_uuid_equal (&((IcamStream *) key)->channel, &op->channel))
      {
        icam_disk_stream_abandon (value);
        g_hash_table_iter_remove (&iter);
      }
  g_array_append_val (self->gone, op->channel);
  icam_disk_clear_garbage (self);
}

static void
finish_recovery (IcamDisk *self)
{
  if (self->recover_task == NULL)
    return;
  g_task_return_int (self->recover_task, (gssize) self->recovered);
  g_clear_object (&self->recover_task);
}

/* Returns whether the disk is to be given up. */
static gboolean
do_op (IcamDisk *self, IcamOp *op, gboolean *retired)
{
  switch (op->kind)
    {
    case ICAM_OP_PACKET:
      icam_disk_stream_packet (get_stream (self, op->stream), &op->packet, op->offset_us);
      break;
    case ICAM_OP_TRACK:
      icam_disk_stream_set_track (get_stream (self, op->stream), op->track.track, op->track.info);
      break;
    case ICAM_OP_IDENTITY:
      {
        IcamDiskStream *stream = get_stream (self, op->stream);

        stream->cut = stream->cut || stream->identity != op->identity;
        stream->identity = op->identity;
        break;
      }
    case ICAM_OP_INTERRUPT:
      icam_disk_stream_finish (get_stream (self, op->stream), G_MAXINT64);
      /* In the time that is now, should the clock have been set meanwhile. */
      icam_stream_begin_gap (op->stream, op->utc_us + icam_store_offset (self->store) - op->offset_us, op->cause);
      break;
    case ICAM_OP_DETACH:
      {
        IcamDiskStream *stream = g_hash_table_lookup (self->streams, op->stream);

        if (stream != NULL)
          icam_disk_stream_finish (stream, G_MAXINT64);
        g_hash_table_remove (self->streams, op->stream);
        break;
      }
    case ICAM_OP_THUMBNAIL:
      if (self->ready)
        icam_disk_write_thumbnail (self, op);
      break;
    case ICAM_OP_DELETE_CHANNEL:
      delete_channel (self, op);
      break;
    case ICAM_OP_KEEP:
      icam_disk_keep_anew (self);
      break;
    case ICAM_OP_PROTECT:
      icam_disk_protect (self, op);
      break;
    case ICAM_OP_RECOVER:
      icam_disk_load_unfinished (self);
      icam_disk_clear_garbage (self);
      self->orphans = TRUE;
      self->orphans_at = 0;
      finish_recovery (self);
      self->recover_task = g_steal_pointer (&op->task);
      self->recovered = 0;
      break;
    case ICAM_OP_CLOSE:
      close_all (self, op->cause, op->utc_us);
      quit (self);
      self->close_task = g_steal_pointer (&op->task);
      return TRUE;
    case ICAM_OP_RETIRE:
      *retired = TRUE;
      break;
    case ICAM_OP_SYNC:
    default:
      break;
    }
  return FALSE;
}

static void
write_all (IcamDisk *self)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->streams);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    icam_disk_stream_write (value);

  /* What a power cut may take is bounded. */
  icam_disk_sync_due (self);

  if (self->out->len > OUT_BYTES)
    {
      g_byte_array_unref (self->out);
      self->out = g_byte_array_new ();
    }
}

/* Waits for the beat, or for something to do where nothing is recorded. */
static void
wait_for_work (IcamDisk *self, gint64 beat_us)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  self->sleeping = g_hash_table_size (self->streams) == 0;
  while (!self->urgent && !(self->sleeping && self->queue->len > 0)
         && g_cond_wait_until (&self->wake, &self->lock, beat_us))
    ;
  self->sleeping = FALSE;
  self->urgent = FALSE;
}

static gpointer
run (gpointer data)
{
  IcamDisk *self = data;
  IcamStore *store = self->store;
  gint64 beat = test_beat_us > 0 ? test_beat_us : ICAM_DISK_BEAT_US;
  GArray *batch = g_array_new (FALSE, FALSE, sizeof (IcamOp));
  g_autoptr (GTask) close_task = NULL;
  gboolean given_up = FALSE, retired = FALSE, more;

  while (!given_up)
    {
      gint64 now = g_get_monotonic_time ();
      gsize bytes = 0;
      GArray *swap;

      self->busy_us = now;

      if (!self->ready && icam_disk_time () >= self->next_try_us)
        {
          self->next_try_us = icam_disk_time () + ICAM_DISK_RETRY_US;
          icam_disk_prepare (self);
        }

      g_mutex_lock (&self->lock);
      swap = self->queue;
      self->queue = batch;
      g_mutex_unlock (&self->lock);
      batch = swap;

      for (guint i = 0; i < batch->len; i++)
        {
          IcamOp *op = &g_array_index (batch, IcamOp, i);

          if (op->kind == ICAM_OP_PACKET)
            bytes += g_bytes_get_size (op->packet.data);
          if (given_up && op->task != NULL)
            g_task_return_boolean (op->task, TRUE);
          else if (!given_up)
            given_up = do_op (self, op, &retired);
          if (op->kind != ICAM_OP_SYNC)
            op_clear (op);
        }
      write_all (self);
      /* What becomes of a folder that is not used any more is nobody's trouble. */
      if (!retired || g_hash_table_size (self->streams) > 0)
        icam_disk_look (self);

      g_mutex_lock (&self->lock);
      self->queued -= MIN (bytes, self->queued);
      for (guint i = 0; i < batch->len; i++)
        if (g_array_index (batch, IcamOp, i).kind == ICAM_OP_SYNC)
          *g_array_index (batch, IcamOp, i).done = TRUE;
      g_cond_broadcast (&self->synced);
      g_mutex_unlock (&self->lock);
      g_array_set_size (batch, 0);

      if (given_up)
        break;
      if (retired && g_hash_table_size (self->streams) == 0)
        {
          quit (self);
          break;
        }

      /* Between two beats there is time to look at what a dead recorder has left, and to delete. */
      while (self->ready && self->unfinished->len > 0
             && g_get_monotonic_time () < now + ICAM_DISK_BEAT_US / 2)
        icam_disk_recover_one (self);
      while ((more = icam_disk_housekeeping (self)) && g_get_monotonic_time () < now + ICAM_DISK_BEAT_US / 4)
        ;
      more |= self->unfinished->len > 0;
      more |= self->ready && icam_disk_unlink_orphans (self);
      if ((self->unfinished->len == 0 && !self->garbage) || !self->ready)
        finish_recovery (self);

      self->busy_us = 0;
      icam_store_disk_answers (store, self);
      wait_for_work (self, (g_hash_table_size (self->streams) > 0 || more)
                             ? now + beat
                             : g_get_monotonic_time () + ICAM_DISK_RETRY_US);
    }

  finish_recovery (self);
  g_hash_table_remove_all (self->streams);
  icam_disk_let_go (self);
  self->busy_us = 0;

  /* What came after the end was asked for. */
  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->queue->len; i++)
    {
      IcamOp *op = &g_array_index (self->queue, IcamOp, i);

      if (op->kind == ICAM_OP_SYNC)
        *op->done = TRUE;
      if (op->task != NULL)
        g_task_return_boolean (op->task, TRUE);
      if (op->kind != ICAM_OP_SYNC)
        op_clear (op);
    }
  g_array_set_size (self->queue, 0);
  g_cond_broadcast (&self->synced);
  g_mutex_unlock (&self->lock);

  g_array_unref (batch);
  close_task = g_steal_pointer (&self->close_task);
  icam_disk_unref (self);
  icam_store_unref (store);
  /* Only now nothing of ours is in use any more. */
  if (close_task != NULL)
    g_task_return_boolean (close_task, TRUE);
  return NULL;
}

/**
 * icam_disk_new:
 * @store: what all disks share
 * @folder: absolute path
 *
 * Returns: (transfer full): a disk whose thread runs
 */
IcamDisk *
icam_disk_new (IcamStore *store, const char *folder)
{
  IcamDisk *self = g_new0 (IcamDisk, 1);
  g_autoptr (GThread) thread = NULL;

  g_atomic_ref_count_init (&self->ref_count);
  self->store = icam_store_ref (store);
  self->folder = g_strdup (folder);
  g_mutex_init (&self->lock);
  g_cond_init (&self->wake);
  g_cond_init (&self->synced);
  self->queue = g_array_new (FALSE, FALSE, sizeof (IcamOp));
  self->streams = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) icam_disk_stream_free);
  self->out = g_byte_array_new ();
  self->unfinished = g_array_new (FALSE, FALSE, sizeof (IcamSegmentRef));
  self->gone = g_array_new (FALSE, FALSE, sizeof (IcamUuid));
  self->files_a_turn = ICAM_DISK_FILES_A_TURN;
  self->swept = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  self->root_fd = self->ini_fd = -1;
  self->free_bytes = self->size_bytes = self->floor_bytes = -1;
  self->cause = ICAM_GAP_DISK_ERROR;

  /* Never joined: a thread that hangs in a dead disk must not hold up anything. */
  icam_disk_ref (self);
  thread = g_thread_new ("icam-writer", run, self);
  return self;
}

/**
 * icam_disk_ref:
 * @self: a disk
 *
 * Returns: (transfer full): @self
 */
IcamDisk *
icam_disk_ref (IcamDisk *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/**
 * icam_disk_unref:
 * @self: (transfer full): a disk
 */
void
icam_disk_unref (IcamDisk *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  for (guint i = 0; i < self->queue->len; i++)
    op_clear (&g_array_index (self->queue, IcamOp, i));
  g_array_unref (self->queue);
  g_hash_table_unref (self->streams);
  g_byte_array_unref (self->out);
  g_array_unref (self->unfinished);
  g_array_unref (self->gone);
  g_hash_table_unref (self->swept);
  g_clear_pointer (&self->sweep, g_array_unref);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->wake);
  g_cond_clear (&self->synced);
  g_clear_error (&self->problem);
  g_free (self->folder);
  g_free (self);
}

/**
 * icam_disk_get_folder:
 * @self: a disk
 *
 * Returns: (transfer none): its path
 */
const char *
icam_disk_get_folder (IcamDisk *self)
{
  return self->folder;
}

/**
 * icam_disk_is_hung:
 * @self: a disk
 *
 * Returns: whether its thread has waited for the disk itself for long
 */
gboolean
icam_disk_is_hung (IcamDisk *self)
{
  gint64 patience = impatient_folder != NULL && strcmp (self->folder, impatient_folder) == 0 ? test_patience_us
                                                                                              : ICAM_DISK_PATIENCE_US;
  gint64 since = self->busy_us;

  return since != 0 && g_get_monotonic_time () - since > patience;
}

/**
 * icam_disk_peek_problem:
 * @self: a disk
 *
 * With the store's lock.
 *
 * Returns: (transfer none) (nullable): why it cannot be written
 */
const GError *
icam_disk_peek_problem (IcamDisk *self)
{
  return self->problem;
}

/**
 * icam_disk_take_problem:
 * @self: a disk
 * @problem: (nullable): why it cannot be written from now on
 *
 * With the store's lock.
 */
void
icam_disk_take_problem (IcamDisk *self, const GError *problem)
{
  g_clear_error (&self->problem);
  self->problem = problem != NULL ? g_error_copy (problem) : NULL;
}

/**
 * icam_disk_get_space:
 * @self: a disk
 * @free_bytes: (out): what may still be written, as it was seconds ago; -1 not known
 * @size_bytes: (out): of the whole file system; -1 not known
 * @floor_bytes: (out): what is kept free; -1 not known
 */
void
icam_disk_get_space (IcamDisk *self, gint64 *free_bytes, gint64 *size_bytes, gint64 *floor_bytes)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  *free_bytes = self->free_bytes;
  *size_bytes = self->size_bytes;
  *floor_bytes = self->floor_bytes;
}
