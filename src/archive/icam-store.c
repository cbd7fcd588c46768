/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-archive"

#include "config.h"

#include "archive/icam-store.h"
#include "archive/icam-disk.h"

/* Shorter than any frame of a camera that is fast enough to be called video: jitter, not a gap. */
#define JITTER_US (100 * 1000)

/* ---- streams ---- */

static guint
stream_hash (gconstpointer key)
{
  const IcamStream *stream = key;

  return icam_uuid_hash (&stream->channel) + (guint) stream->role;
}

static gboolean
stream_equal (gconstpointer a, gconstpointer b)
{
  const IcamStream *one = a, *other = b;

  return one->role == other->role && icam_uuid_equal (&one->channel, &other->channel);
}

/**
 * icam_stream_ref:
 * @self: a stream
 *
 * Returns: (transfer full): @self
 */
IcamStream *
icam_stream_ref (IcamStream *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/**
 * icam_stream_unref:
 * @self: (transfer full): a stream
 */
void
icam_stream_unref (IcamStream *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_mutex_clear (&self->lock);
  g_clear_pointer (&self->view_keys, g_array_unref);
  g_free (self);
}

/* With the lock: what lies between the time of a clock that was set ahead and @until_us never was. */
static void
note_step (IcamStream *self, gint64 until_us)
{
  IcamStreamState *state = &self->state;

  if (self->open || state->last_end_us == 0 || self->covered_epoch == 0
      || self->covered_epoch == icam_store_epoch (self->store) || until_us - state->last_end_us <= G_USEC_PER_SEC)
    return;
  icam_catalogue_begin_gap (self->store->catalogue, self->id, state->last_end_us, until_us, ICAM_GAP_CLOCK_STEPPED);
  icam_store_changed (self->store, &self->channel, state->last_end_us);
}

/**
 * icam_stream_begin_gap:
 * @self: a stream
 * @from_us: UTC µs of when it was noticed
 * @cause: why
 *
 * From the end of the last frame; if a gap is open already, a new cause takes over from @from_us.
 */
void
icam_stream_begin_gap (IcamStream *self, gint64 from_us, IcamGapCause cause)
{
  IcamStreamState *state = &self->state;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  IcamCatalogue *catalogue = self->store->catalogue;

  if (self->dead)
    return;

  if (state->gap_id != 0)
    {
      if (state->gap_cause == cause)
        return;
      /* Nobody had said why so far. */
      if (state->gap_cause == ICAM_GAP_UNKNOWN)
        {
          icam_catalogue_name_gap (catalogue, state->gap_id, cause);
          state->gap_cause = cause;
          return;
        }
      from_us = MAX (from_us, state->gap_start_us);
      icam_catalogue_end_gap (catalogue, state->gap_id, from_us);
    }
  /* What ended in the time of another clock says nothing of this one. */
  else if (state->last_end_us != 0
           && (self->covered_epoch == 0 || self->covered_epoch == icam_store_epoch (self->store)))
    from_us = state->last_end_us;
  else
    note_step (self, from_us);
  /* What a disk that hangs has still to complete is not missing. */
  if (state->gap_id == 0 && self->open && self->view.epoch == icam_store_epoch (self->store))
    from_us = MAX (from_us, self->view.end_us);

  state->gap_id = icam_catalogue_begin_gap (catalogue, self->id, from_us, 0, cause);
  if (state->gap_first == 0)
    state->gap_first = state->gap_id;
  state->gap_start_us = from_us;
  state->gap_cause = cause;
  icam_store_changed (self->store, &self->channel, from_us);
}

/**
 * icam_stream_lost:
 * @self: a stream
 * @utc_us: UTC µs of a picture that could not be used
 *
 * If nothing else has said why the stream is missing something now, this picture does: what it
 * needs to be decoded has not come, or belongs to another encoding.
 */
void
icam_stream_lost (IcamStream *self, gint64 utc_us)
{
  gboolean known;

  g_mutex_lock (&self->lock);
  known = self->state.gap_id != 0 || self->open;
  g_mutex_unlock (&self->lock);
  if (!known)
    icam_stream_begin_gap (self, utc_us, ICAM_GAP_BAD_DATA);
}

/**
 * icam_stream_cut:
 * @self: a stream
 * @utc_us: UTC µs
 * @cause: why nothing can be written from now on
 *
 * What the stream misses already keeps its cause: a camera that is gone, or is not to be recorded, misses nothing more.
 */
void
icam_stream_cut (IcamStream *self, gint64 utc_us, IcamGapCause cause)
{
  gboolean known;

  g_mutex_lock (&self->lock);
  known = self->state.gap_id != 0;
  g_mutex_unlock (&self->lock);
  if (!known)
    icam_stream_begin_gap (self, utc_us, cause);
}

/**
 * icam_stream_end_gap:
 * @self: a stream
 * @utc_us: UTC µs of the picture that begins a segment
 * @frame_us: what a frame lasts, 0 unknown
 *
 * Ends the gap that is open; if none is and time has passed all the same, notes one.
 */
void
icam_stream_end_gap (IcamStream *self, gint64 utc_us, gint64 frame_us)
{
  IcamStreamState *state = &self->state;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  IcamCatalogue *catalogue = self->store->catalogue;
  /* Less than that, and no picture can be missing. */
  gint64 jitter = frame_us / 2;

  if (state->gap_id != 0)
    {
      /* The first picture of a camera that was just added ends nothing. */
      if (utc_us - state->gap_start_us < jitter
          || (state->fresh && state->gap_cause == ICAM_GAP_UNKNOWN))
        icam_catalogue_drop_gap (catalogue, state->gap_id);
      else
        icam_catalogue_end_gap (catalogue, state->gap_id, utc_us);
      /* Causes that took turns meanwhile. They stay if the clock was set back while no recorder ran: they are of another time. */
      if (state->gap_first != state->gap_id && utc_us >= state->gap_start_us - ICAM_SENT_AGAIN_US)
        icam_catalogue_trim_gaps (catalogue, self->id, state->gap_first, utc_us, jitter);
      icam_store_changed (self->store, &self->channel, MIN (state->gap_start_us, utc_us));
    }
  /* While another folder's writer has still to complete the segment before this one, nothing is
   * missing. */
  else if (!self->open && state->last_end_us != 0
           && (self->covered_epoch == 0 || self->covered_epoch == icam_store_epoch (self->store))
           && utc_us - state->last_end_us > MAX (G_USEC_PER_SEC, frame_us * 3))
    {
      icam_catalogue_begin_gap (catalogue, self->id, state->last_end_us, utc_us, ICAM_GAP_UNKNOWN);
      icam_store_changed (self->store, &self->channel, state->last_end_us);
    }
  else
    {
      note_step (self, utc_us);
    }

  state->gap_id = state->gap_first = 0;
  state->fresh = FALSE;
}

/**
 * icam_stream_note_gap:
 * @self: a stream
 * @from_us: UTC µs
 * @to_us: UTC µs
 * @cause: why
 *
 * A gap inside a segment.
 */
void
icam_stream_note_gap (IcamStream *self, gint64 from_us, gint64 to_us, IcamGapCause cause)
{
  icam_catalogue_begin_gap (self->store->catalogue, self->id, from_us, to_us, cause);
  icam_store_changed (self->store, &self->channel, from_us);
}

/**
 * icam_stream_is_late:
 * @self: a stream
 * @seq: number of a segment
 *
 * Returns: whether the stream has begun a later one by now, on another disk
 */
gboolean
icam_stream_is_late (IcamStream *self, guint64 seq)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->view.seq > seq;
}

/**
 * icam_stream_cap:
 * @self: a stream
 * @id: a segment that is being completed
 * @cap_us: UTC µs where it ends at the latest
 *
 * Returns: @cap_us, or earlier, if the stream goes on in a later segment on another disk: within an
 * epoch they do not overlap
 */
gint64
icam_stream_cap (IcamStream *self, const IcamSegmentId *id, gint64 cap_us)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (self->view.seq > id->seq && self->view.epoch == id->epoch && self->view.start_us > id->start_us)
    return MIN (cap_us, self->view.start_us);
  return cap_us;
}

/**
 * icam_stream_ended_late:
 * @self: a stream
 * @id: a segment that a disk has completed after the stream had gone over to another one
 * @end_us: UTC µs where it ends
 *
 * What it holds is not missing after all; what lies between it and the next one is.
 */
void
icam_stream_ended_late (IcamStream *self, const IcamSegmentId *id, gint64 end_us)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  IcamStreamState *state = &self->state;
  IcamCatalogue *catalogue = self->store->catalogue;
  gint64 next;

  if (self->dead)
    return;
  icam_catalogue_cover_gaps (catalogue, self->id, id->start_us, end_us);
  if (state->gap_id != 0)
    state->gap_start_us = MAX (state->gap_start_us, end_us);

  next = icam_catalogue_next_start (catalogue, self->id, id->epoch, id->seq, end_us);
  if (next != 0 && next - end_us >= JITTER_US)
    icam_catalogue_begin_gap (catalogue, self->id, end_us, next, ICAM_GAP_DISK_SLOW);
  icam_store_changed (self->store, &self->channel, id->start_us);
}

static char *
reopened_key (gint64 stream, guint64 seq)
{
  return g_strdup_printf ("%" G_GINT64_FORMAT " %" G_GUINT64_FORMAT, stream, seq);
}

/**
 * icam_store_note_reopened:
 * @self: the store
 * @stream: a stream's row
 * @seq: a segment's number
 *
 * Its row is going to be open because its file is damaged, not because a recorder died.
 */
void
icam_store_note_reopened (IcamStore *self, gint64 stream, guint64 seq)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (self->reopened == NULL)
    self->reopened = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_hash_table_add (self->reopened, reopened_key (stream, seq));
}

static gboolean
take_reopened (IcamStore *self, const IcamSegmentRef *ref)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  g_autofree char *key = reopened_key (ref->stream, ref->id.seq);

  return self->reopened != NULL && g_hash_table_remove (self->reopened, key);
}

/**
 * icam_stream_killed:
 * @store: the store
 * @ref: a segment that was open when the recorder died
 * @end_us: UTC µs where it ends, now that it is known
 *
 * The gap from there to what the stream has next: a segment, or a gap that was noted since. If
 * there is nothing yet, it stays open until the next picture.
 */
void
icam_stream_killed (IcamStore *store, const IcamSegmentRef *ref, gint64 end_us)
{
  /* Nobody records it yet, or he knows what happens here. */
  g_autoptr (GMutexLocker) reading = g_mutex_locker_new (&store->reading_state);
  g_autoptr (IcamStream) stream = icam_store_find_stream (store, &ref->id.channel, ref->id.role);
  IcamGapCause cause = take_reopened (store, ref) ? ICAM_GAP_UNKNOWN : ICAM_GAP_RECORDER_KILLED;
  gint64 next, next_gap;
  IcamSql *sql;

  if (stream != NULL)
    g_mutex_lock (&stream->lock);

  sql = icam_catalogue_lock (store->catalogue);
  next
    = icam_sql_get_int (sql, 0,
                        "SELECT start_us FROM segment WHERE stream = ?1 AND seq > ?2 AND state <> 2"
                        " ORDER BY seq LIMIT 1",
                        "ii", ref->stream, (gint64) ref->id.seq);
  next_gap = icam_sql_get_int (
    sql, 0,
    "SELECT min (start_us) FROM gap WHERE stream = ?1 AND start_us >= ?2 AND id > ?3", "iii",
    ref->stream, end_us, store->last_gap);
  icam_catalogue_unlock (store->catalogue);
  if (next_gap != 0 && (next == 0 || next_gap < next))
    next = next_gap;

  /* A gap that lasts since the disk failed says already why nothing follows. */
  if (next == 0 && (stream == NULL || stream->state.gap_id == 0))
    {
      gint64 gap = icam_catalogue_begin_gap (store->catalogue, ref->stream, end_us, 0, cause);

      if (stream != NULL)
        {
          stream->state.gap_id = stream->state.gap_first = gap;
          stream->state.gap_start_us = end_us;
          stream->state.gap_cause = cause;
        }
    }
  else if (next != 0 && next - end_us >= JITTER_US)
    icam_catalogue_begin_gap (store->catalogue, ref->stream, end_us, next, cause);

  if (stream != NULL)
    {
      stream->state.unrecovered = FALSE;
      if (stream->state.last_end_us == 0)
        stream->state.last_end_us = end_us;
      g_mutex_unlock (&stream->lock);
    }
}

/* ---- the store ---- */

/**
 * icam_store_ref:
 * @self: the store
 *
 * Returns: (transfer full): @self
 */
IcamStore *
icam_store_ref (IcamStore *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/**
 * icam_store_unref:
 * @self: (transfer full): the store
 */
void
icam_store_unref (IcamStore *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  g_clear_pointer (&self->disks, g_ptr_array_unref);
  g_clear_pointer (&self->policies, g_hash_table_unref);
  g_clear_pointer (&self->holds, g_array_unref);
  g_clear_pointer (&self->reopened, g_hash_table_unref);
  g_clear_pointer (&self->streams, g_hash_table_unref);
  g_clear_pointer (&self->changed, g_hash_table_unref);
  g_clear_pointer (&self->recordings, g_ptr_array_unref);
  g_clear_pointer (&self->catalogue, icam_catalogue_free);
  g_clear_pointer (&self->config, icam_config_free);
  g_clear_object (&self->clock);
  g_clear_error (&self->problem);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_mutex_clear (&self->lock);
  g_mutex_clear (&self->reading_state);
  g_free (self);
}

/**
 * icam_store_new:
 *
 * Returns: (transfer full): a store that waits for its catalogue, configuration and clock
 */
IcamStore *
icam_store_new (void)
{
  IcamStore *self = g_new0 (IcamStore, 1);

  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_init (&self->lock);
  g_mutex_init (&self->reading_state);
  self->context = g_main_context_ref_thread_default ();
  self->thread = g_thread_self ();
  self->streams
    = g_hash_table_new_full (stream_hash, stream_equal, (GDestroyNotify) icam_stream_unref, NULL);
  self->changed = g_hash_table_new_full (icam_uuid_hash, icam_uuid_equal, g_free, g_free);
  self->recordings = g_ptr_array_new ();
  self->disks = g_ptr_array_new_with_free_func ((GDestroyNotify) icam_disk_unref);
  self->policies = g_hash_table_new (icam_uuid_hash, icam_uuid_equal);
  self->holds = g_array_new (FALSE, FALSE, sizeof (IcamHold));
  return self;
}

/**
 * icam_store_find_stream:
 * @self: the store
 * @channel: a channel
 * @role: which of its streams
 *
 * Returns: (transfer full) (nullable): the stream, if it is recorded in this run
 */
IcamStream *
icam_store_find_stream (IcamStore *self, const IcamUuid *channel, IcamRole role)
{
  IcamStream key = { .channel = *channel, .role = role };
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  IcamStream *stream = g_hash_table_lookup (self->streams, &key);

  return stream != NULL ? icam_stream_ref (stream) : NULL;
}

/**
 * icam_store_stream:
 * @self: the store
 * @channel: a channel
 * @role: which of its streams
 * @error: return location
 *
 * Returns: (transfer full) (nullable): the stream
 */
IcamStream *
icam_store_stream (IcamStore *self, const IcamUuid *channel, IcamRole role, GError **error)
{
  g_autoptr (IcamStream) stream = icam_store_find_stream (self, channel, role);
  g_autoptr (GMutexLocker) reading = NULL;
  IcamStream *other;

  if (stream != NULL)
    return g_steal_pointer (&stream);
  reading = g_mutex_locker_new (&self->reading_state);

  stream = g_new0 (IcamStream, 1);
  g_atomic_ref_count_init (&stream->ref_count);
  g_mutex_init (&stream->lock);
  stream->store = self;
  stream->channel = *channel;
  stream->role = role;
  stream->view_keys = g_array_new (FALSE, FALSE, sizeof (IcamKeyFrame));
  if (!icam_catalogue_stream (self->catalogue, channel, role, &stream->state, error))
    return NULL;
  stream->id = stream->state.id;

  g_mutex_lock (&self->lock);
  other = g_hash_table_lookup (self->streams, stream);
  if (other == NULL)
    g_hash_table_add (self->streams, icam_stream_ref (stream));
  else
    {
      icam_stream_ref (other);
      g_clear_pointer (&stream, icam_stream_unref);
      stream = other;
    }
  g_mutex_unlock (&self->lock);
  return g_steal_pointer (&stream);
}

/**
 * icam_store_epoch:
 * @self: the store
 *
 * Returns: the epoch that new segments belong to
 */
guint32
icam_store_epoch (IcamStore *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->epoch;
}

/**
 * icam_store_offset:
 * @self: the store
 *
 * Returns: what UTC was ahead of the boot's time when the epoch began, µs
 */
gint64
icam_store_offset (IcamStore *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->offset_us;
}

/* What is missing since before the clock was set is missing in both times. */
static void
split_gap (IcamStream *self, gint64 old_us, gint64 new_us)
{
  IcamStreamState *state = &self->state;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  IcamCatalogue *catalogue = self->store->catalogue;

  if (state->gap_id == 0 || self->dead)
    return;
  if (old_us - state->gap_start_us < JITTER_US)
    {
      icam_catalogue_drop_gap (catalogue, state->gap_id);
      old_us = state->gap_start_us;
    }
  else
    {
      icam_catalogue_end_gap (catalogue, state->gap_id, old_us);
    }
  if (new_us - old_us > G_USEC_PER_SEC)
    icam_catalogue_begin_gap (catalogue, self->id, old_us, new_us, ICAM_GAP_CLOCK_STEPPED);
  state->gap_id = state->gap_first
    = icam_catalogue_begin_gap (catalogue, self->id, new_us, 0, state->gap_cause);
  icam_store_changed (self->store, &self->channel, MIN (state->gap_start_us, new_us));
  state->gap_start_us = new_us;
}

/**
 * icam_store_begin_epoch:
 * @self: the store
 *
 * The clock was set, by now.
 *
 * Returns: a new epoch
 */
guint32
icam_store_begin_epoch (IcamStore *self)
{
  g_autoptr (GPtrArray) streams
    = g_ptr_array_new_with_free_func ((GDestroyNotify) icam_stream_unref);
  guint32 epoch = icam_catalogue_next_epoch (self->catalogue);
  gint64 utc = icam_clock_utc (self->clock), boot = icam_clock_boottime (self->clock);
  gint64 old_offset;
  GHashTableIter iter;
  gpointer stream;

  g_mutex_lock (&self->lock);
  epoch = self->epoch = MAX (self->epoch, epoch);
  old_offset = self->offset_us;
  self->offset_us = self->kept_us = utc - boot;
  g_hash_table_iter_init (&iter, self->streams);
  while (g_hash_table_iter_next (&iter, &stream, NULL))
    g_ptr_array_add (streams, icam_stream_ref (stream));
  g_mutex_unlock (&self->lock);

  for (guint i = 0; i < streams->len; i++)
    split_gap (g_ptr_array_index (streams, i), boot + old_offset, utc);
  return epoch;
}

/* With the lock. */
static IcamDisk *
find_disk (IcamStore *self, const char *folder)
{
  for (guint i = 0; i < self->disks->len; i++)
    if (g_strcmp0 (icam_disk_get_folder (g_ptr_array_index (self->disks, i)), folder) == 0)
      return g_ptr_array_index (self->disks, i);
  return NULL;
}

/**
 * icam_store_ref_disk:
 * @self: the store
 *
 * Returns: (transfer full) (nullable): the main disk
 */
IcamDisk *
icam_store_ref_disk (IcamStore *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->disks->len > 0 ? icam_disk_ref (g_ptr_array_index (self->disks, 0)) : NULL;
}

/**
 * icam_store_find_disk:
 * @self: the store
 * @folder: absolute path
 *
 * Returns: (transfer full) (nullable): the disk in use that has this folder
 */
IcamDisk *
icam_store_find_disk (IcamStore *self, const char *folder)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  IcamDisk *disk = find_disk (self, folder);

  return disk != NULL ? icam_disk_ref (disk) : NULL;
}

/**
 * icam_store_ref_disks:
 * @self: the store
 *
 * Returns: (transfer full): of IcamDisk, those in use, the main one first
 */
GPtrArray *
icam_store_ref_disks (IcamStore *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  GPtrArray *disks = g_ptr_array_new_with_free_func ((GDestroyNotify) icam_disk_unref);

  for (guint i = 0; i < self->disks->len; i++)
    g_ptr_array_add (disks, icam_disk_ref (g_ptr_array_index (self->disks, i)));
  return disks;
}

static gboolean
is_usable (IcamDisk *disk)
{
  return icam_disk_peek_problem (disk) == NULL && !icam_disk_is_hung (disk);
}

typedef struct
{
  IcamStore *store;
  IcamDisk *disk;
} Hang;

/* What pushes pictures waits for nothing, and the journal is on a disk, too. */
static gpointer
tell_hang (gpointer data)
{
  g_autofree Hang *hang = data;

  icam_store_disk_hangs (hang->store, hang->disk);
  g_mutex_lock (&hang->store->lock);
  hang->store->telling = FALSE;
  g_mutex_unlock (&hang->store->lock);
  icam_disk_unref (hang->disk);
  icam_store_unref (hang->store);
  return NULL;
}

/**
 * icam_store_ref_disk_for:
 * @self: the store
 * @channel: a channel
 *
 * The one that the channel was assigned to, or the main one; while that cannot be written to,
 * another one that can.
 *
 * Returns: (transfer full) (nullable): the disk that the channel's next segment goes to
 */
IcamDisk *
icam_store_ref_disk_for (IcamStore *self, const IcamUuid *channel)
{
  const IcamPolicy *policy;
  IcamDisk *wanted, *chosen;
  Hang *hang = NULL;

  g_mutex_lock (&self->lock);
  policy = g_hash_table_lookup (self->policies, channel);
  wanted = policy != NULL && policy->folder != NULL ? find_disk (self, policy->folder) : NULL;
  if (wanted == NULL && self->disks->len > 0)
    wanted = g_ptr_array_index (self->disks, 0);
  chosen = wanted;
  for (guint i = 0; chosen != NULL && !is_usable (chosen) && i <= self->disks->len; i++)
    chosen = i < self->disks->len ? g_ptr_array_index (self->disks, i) : wanted;
  if (chosen != NULL)
    icam_disk_ref (chosen);
  if (wanted != NULL && !self->telling && icam_disk_peek_problem (wanted) == NULL && icam_disk_is_hung (wanted))
    {
      hang = g_new0 (Hang, 1);
      hang->store = icam_store_ref (self);
      hang->disk = icam_disk_ref (wanted);
      self->telling = TRUE;
    }
  g_mutex_unlock (&self->lock);

  if (hang != NULL)
    g_thread_unref (g_thread_new ("icam-hang", tell_hang, hang));
  return chosen;
}

/**
 * icam_store_load_policies:
 * @self: the store
 *
 * What is set of cameras has changed.
 */
void
icam_store_load_policies (IcamStore *self)
{
  g_autoptr (GHashTable) policies = icam_config_load_policies (self->config);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  GHashTable *before = self->policies;

  self->policies = g_steal_pointer (&policies);
  policies = before;
}

/**
 * icam_store_get_policy:
 * @self: the store
 * @channel: a channel
 * @policy: (out caller-allocates): what is set of it; its folder is %NULL here
 */
void
icam_store_get_policy (IcamStore *self, const IcamUuid *channel, IcamPolicy *policy)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  const IcamPolicy *found = g_hash_table_lookup (self->policies, channel);

  *policy = found != NULL ? *found : (IcamPolicy){ 0 };
  policy->folder = NULL;
}

/**
 * icam_store_hold:
 * @self: the store
 * @channel: a channel
 * @from_us: UTC µs
 * @to_us: UTC µs
 *
 * Nothing of it is deleted until icam_store_release().
 */
void
icam_store_hold (IcamStore *self, const IcamUuid *channel, gint64 from_us, gint64 to_us)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  IcamHold hold = { *channel, from_us, to_us };

  g_array_append_val (self->holds, hold);
}

/**
 * icam_store_release:
 * @self: the store
 * @channel: a channel
 * @from_us: as it was held
 * @to_us: as it was held
 */
void
icam_store_release (IcamStore *self, const IcamUuid *channel, gint64 from_us, gint64 to_us)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  for (guint i = 0; i < self->holds->len; i++)
    {
      const IcamHold *hold = &g_array_index (self->holds, IcamHold, i);

      if (hold->from_us == from_us && hold->to_us == to_us && icam_uuid_equal (&hold->channel, channel))
        {
          g_array_remove_index_fast (self->holds, i);
          return;
        }
    }
}

/**
 * icam_store_is_held:
 * @self: the store
 * @channel: a channel
 * @from_us: UTC µs
 * @to_us: UTC µs
 *
 * Returns: whether something of it is being exported
 */
gboolean
icam_store_is_held (IcamStore *self, const IcamUuid *channel, gint64 from_us, gint64 to_us)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  for (guint i = 0; i < self->holds->len; i++)
    {
      const IcamHold *hold = &g_array_index (self->holds, IcamHold, i);

      if (hold->from_us < to_us && hold->to_us > from_us && icam_uuid_equal (&hold->channel, channel))
        return TRUE;
    }
  return FALSE;
}

/**
 * icam_store_disk_hangs:
 * @self: the store
 * @disk: a disk
 *
 * Returns: whether the disk does not answer now; that is told then
 */
gboolean
icam_store_disk_hangs (IcamStore *self, IcamDisk *disk)
{
  g_autoptr (GError) problem = NULL;

  if (!icam_disk_is_hung (disk))
    return FALSE;
  problem = icam_error_new (ICAM_ERROR_ARCHIVE_HUNG, "folder", icam_disk_get_folder (disk), NULL);
  icam_store_set_problem (self, disk, problem);
  return TRUE;
}

/**
 * icam_store_disk_answers:
 * @self: the store
 * @disk: a disk that has done something
 *
 * If it was said that it hangs, that is over.
 */
void
icam_store_disk_answers (IcamStore *self, IcamDisk *disk)
{
  const GError *problem;
  gboolean hung;

  g_mutex_lock (&self->lock);
  problem = icam_disk_peek_problem (disk);
  hung = problem != NULL && problem->code == ICAM_ERROR_ARCHIVE_HUNG;
  g_mutex_unlock (&self->lock);
  if (hung)
    icam_store_set_problem (self, disk, NULL);
}

/* ---- telling the main context ---- */

static gboolean
notify_cb (gpointer data)
{
  IcamStore *self = data;
  g_autoptr (GHashTable) changed = NULL;
  g_autoptr (IcamArchive) archive = NULL;
  gboolean problem_changed;

  g_mutex_lock (&self->lock);
  g_clear_pointer (&self->notify, g_source_unref);
  changed = g_steal_pointer (&self->changed);
  self->changed = g_hash_table_new_full (icam_uuid_hash, icam_uuid_equal, g_free, g_free);
  problem_changed = self->problem_changed;
  self->problem_changed = FALSE;
  archive = self->archive != NULL ? g_object_ref (self->archive) : NULL;
  g_mutex_unlock (&self->lock);

  if (archive != NULL)
    icam_archive_notify (archive, changed, problem_changed);
  return G_SOURCE_REMOVE;
}

/* With the lock held. */
static void
schedule_notify (IcamStore *self)
{
  if (self->notify != NULL || self->archive == NULL)
    return;
  self->notify = g_idle_source_new ();
  g_source_set_priority (self->notify, G_PRIORITY_DEFAULT);
  g_source_set_callback (self->notify, notify_cb, icam_store_ref (self),
                         (GDestroyNotify) icam_store_unref);
  g_source_attach (self->notify, self->context);
}

/**
 * icam_store_changed:
 * @self: the store
 * @channel: whose recordings changed
 * @from_us: UTC µs of the earliest change
 */
void
icam_store_changed (IcamStore *self, const IcamUuid *channel, gint64 from_us)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  gint64 *from = g_hash_table_lookup (self->changed, channel);

  if (from != NULL)
    *from = MIN (*from, from_us);
  else
    {
      from = g_new (gint64, 1);
      *from = from_us;
      g_hash_table_insert (self->changed, icam_uuid_copy (channel), from);
    }
  schedule_notify (self);
}

/* With the lock. */
static gboolean
same_problem (const GError *one, const GError *other)
{
  if (one == NULL || other == NULL)
    return one == other;
  return one->code == other->code && g_strcmp0 (one->message, other->message) == 0;
}

/* With the lock. */
static void
find_problem (IcamStore *self)
{
  const GError *problem = NULL;

  for (guint i = 0; problem == NULL && i < self->disks->len; i++)
    problem = icam_disk_peek_problem (g_ptr_array_index (self->disks, i));
  if (same_problem (problem, self->problem))
    return;
  g_clear_error (&self->problem);
  self->problem = problem != NULL ? g_error_copy (problem) : NULL;
  self->problem_changed = TRUE;
  schedule_notify (self);
}

/**
 * icam_store_disks_changed:
 * @self: the store
 *
 * Other disks are in use.
 */
void
icam_store_disks_changed (IcamStore *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  find_problem (self);
}

/**
 * icam_store_set_problem:
 * @self: the store
 * @disk: whose problem it is
 * @problem: (nullable): ICAM_ERROR_ARCHIVE_…, %NULL when all is well
 */
void
icam_store_set_problem (IcamStore *self, IcamDisk *disk, const GError *problem)
{
  g_autoptr (GVariant) details = NULL;
  const char *folder = NULL;
  gboolean told;

  g_mutex_lock (&self->lock);
  if (same_problem (problem, icam_disk_peek_problem (disk)))
    {
      g_mutex_unlock (&self->lock);
      return;
    }
  icam_disk_take_problem (disk, problem);
  /* One that is not in use any more is completing what it has. */
  told = find_disk (self, icam_disk_get_folder (disk)) == disk;
  find_problem (self);
  if (told && problem != NULL)
    g_warning ("The archive cannot be written: %s %s",
               icam_error_code_name ((IcamError) problem->code), problem->message);
  g_mutex_unlock (&self->lock);
  if (!told)
    return;

  if (problem == NULL)
    {
      icam_store_journal (self, "archive-recovered", "folder", icam_disk_get_folder (disk), NULL);
      return;
    }
  details = icam_error_get_params (problem);
  g_variant_lookup (details, "folder", "&s", &folder);
  icam_store_journal (self, "archive-problem", "folder", folder, "error",
                      icam_error_code_name ((IcamError) problem->code), NULL);
}

/**
 * icam_store_journal:
 * @self: the store
 * @code: a frozen name
 * @key: (nullable): name of the first parameter
 * @...: its value, a string, then more pairs, then %NULL
 */
void
icam_store_journal (IcamStore *self, const char *code, const char *key, ...)
{
  GVariantDict dict = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GVariant) params = NULL;
  va_list args;

  va_start (args, key);
  for (; key != NULL; key = va_arg (args, const char *))
    {
      const char *value = va_arg (args, const char *);

      if (value != NULL)
        g_variant_dict_insert (&dict, key, "s", value);
    }
  va_end (args);

  params = g_variant_ref_sink (g_variant_dict_end (&dict));
  icam_catalogue_journal (self->catalogue, icam_clock_utc (self->clock), code, params);
}
