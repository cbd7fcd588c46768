/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-archive"

#include "config.h"

#include "archive/icam-archive-private.h"
#include "archive/icam-disk-private.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Of what is old or garbage as many as the disk can do in between: it is tried with more and more, up to so many. */
#define MOST_FILES_A_TURN 256
#define LITTLE_TIME_US (G_USEC_PER_SEC / 40)
#define MUCH_TIME_US (G_USEC_PER_SEC / 16)
#define QUOTA_FILES_A_TURN 2
#define STREAMS_A_TURN 16
/* How many of a stream's segments are looked at at once. */
#define ROWS_A_LOOK 64
/* 2026-01-01: nothing was recorded before this program was there; a clock that says so is wrong, and nothing is deleted by its age. */
#define FIRST_US (G_GINT64_CONSTANT (1767225600) * G_USEC_PER_SEC)
#define FLOOR_BYTES  (G_GINT64_CONSTANT (2) << 30)
#define DAY_US       (G_GINT64_CONSTANT (24) * 3600 * G_USEC_PER_SEC)

/* Whole days that footage is kept, 0 for ever. */
static gint64
keep_days (IcamDisk *self)
{
  g_autofree char *text = icam_config_get_setting (self->store->config, "keep-days");
  gint64 days = 0;

  return text != NULL && g_ascii_string_to_signed (text, 10, 0, 36500, &days, NULL) ? days : 0;
}

static gint64
free_bytes (IcamDisk *self, gint64 *floor_bytes)
{
  g_autofree char *text = icam_config_get_setting (self->store->config, "floor-bytes");
  struct statvfs info;
  gint64 size, available; /* what root may use beyond f_bavail is not ours */

  *floor_bytes = 0;
  if (fstatvfs (self->root_fd, &info) != 0)
    return G_MAXINT64;

  size = (gint64) MIN ((guint64) info.f_blocks * info.f_frsize, (guint64) G_MAXINT64);
  available = (gint64) MIN ((guint64) info.f_bavail * info.f_frsize, (guint64) G_MAXINT64);
  if (text == NULL || !g_ascii_string_to_signed (text, 10, 0, G_MAXINT64, floor_bytes, NULL))
    *floor_bytes = self->store->options.floor_bytes > 0 ? self->store->options.floor_bytes
                                                        : MIN (size / 50, FLOOR_BYTES);
  g_mutex_lock (&self->lock);
  self->free_bytes = available;
  self->size_bytes = size;
  self->floor_bytes = *floor_bytes;
  g_mutex_unlock (&self->lock);
  return available;
}

/* What was unlinked in a folder is gone from the disk itself. The last file of a day takes the day's folder with it. */
static void
leave_folder (IcamDisk *self, int folder_fd, const char *folder)
{
  if (folder_fd < 0)
    return;
  fsync (folder_fd);
  close (folder_fd);
  unlinkat (self->root_fd, folder, AT_REMOVEDIR);
}

/* Unlinks the files and drops the rows of segments that are garbage. Those of one day of a stream follow each other as a rule: then
 * its folder is synced once. */
static void
remove_garbage (IcamDisk *self, const GArray *segments)
{
  g_autoptr (GArray) gone = g_array_new (FALSE, FALSE, sizeof (IcamSegmentRef));
  g_autoptr (GPtrArray) thumbnails = NULL;
  g_autofree char *folder = NULL;
  gint64 begin = g_get_monotonic_time (), took;
  int folder_fd = -1, code = 0;

  for (guint i = 0; i < segments->len; i++)
    {
      const IcamSegmentRef *ref = &g_array_index (segments, IcamSegmentRef, i);
      g_autofree char *where = icam_segment_folder (&ref->id);
      g_autofree char *name = icam_segment_name (&ref->id);

      if (g_strcmp0 (folder, where) != 0)
        {
          leave_folder (self, folder_fd, folder);
          g_free (folder);
          folder = g_steal_pointer (&where);
          folder_fd = icam_disk_open_folder (self, folder, FALSE, &code);
        }
      if (folder_fd < 0 && code != ENOENT)
        continue;
      if (folder_fd >= 0 && unlinkat (folder_fd, name, 0) != 0 && errno != ENOENT)
        {
          g_warning ("%s cannot be deleted: %s", name, g_strerror (errno));
          continue;
        }
      g_array_append_vals (gone, ref, 1);
      icam_disk_fault ("unlinked");
    }
  leave_folder (self, folder_fd, folder);

  thumbnails = icam_catalogue_drop_garbage (self->store->catalogue, gone);
  icam_disk_fault ("dropped");
  for (guint i = 0; i < thumbnails->len; i++)
    unlinkat (self->root_fd, g_ptr_array_index (thumbnails, i), 0);
  for (guint i = 0; i < gone->len; i++)
    {
      const IcamSegmentRef *ref = &g_array_index (gone, IcamSegmentRef, i);

      icam_store_changed (self->store, &ref->id.channel, ref->id.start_us);
    }

  took = g_get_monotonic_time () - begin;
  if (took > MUCH_TIME_US)
    self->files_a_turn = MAX (self->files_a_turn / 2, ICAM_DISK_FILES_A_TURN);
  else if (took < LITTLE_TIME_US && segments->len == self->files_a_turn)
    self->files_a_turn = MIN (self->files_a_turn * 2, MOST_FILES_A_TURN);
}

static gboolean
delete_segments (IcamDisk *self, const GArray *segments, const char *why)
{
  g_autofree char *count = NULL;
  g_autofree char *until = NULL;

  if (segments->len == 0 || !icam_catalogue_to_garbage (self->store->catalogue, segments, NULL))
    return FALSE;
  icam_disk_fault ("garbage");
  remove_garbage (self, segments);

  count = g_strdup_printf ("%u", segments->len);
  until = g_strdup_printf ("%" G_GINT64_FORMAT,
                           g_array_index (segments, IcamSegmentRef, segments->len - 1).id.start_us);
  icam_store_journal (self->store, "footage-deleted", "why", why, "count", count, "until", until,
                      NULL);
  return TRUE;
}

/* @channel: only of this one, or NULL. Returns whether something was deleted. */
static gboolean
delete_oldest (IcamDisk *self, const IcamUuid *channel, guint count, const char *why)
{
  g_autoptr (GArray) oldest
    = icam_catalogue_oldest (self->store->catalogue, self->folder_row, channel, ROWS_A_LOOK, NULL);
  g_autoptr (GArray) chosen = g_array_new (FALSE, FALSE, sizeof (IcamSegmentRef));

  for (guint i = 0; oldest != NULL && i < oldest->len && chosen->len < count; i++)
    {
      const IcamSegmentRef *ref = &g_array_index (oldest, IcamSegmentRef, i);

      if (!icam_store_is_held (self->store, &ref->id.channel, ref->id.start_us, ref->end_us))
        g_array_append_vals (chosen, ref, 1);
    }
  return delete_segments (self, chosen, why);
}

/**
 * icam_disk_make_room:
 * @self: a disk whose folder is open
 *
 * For a disk that is full to the last byte, whoever filled it: a recorder that goes on is worth
 * more than its oldest minutes.
 *
 * Returns: whether something was deleted
 */
gboolean
icam_disk_make_room (IcamDisk *self)
{
  return delete_oldest (self, NULL, ICAM_DISK_FILES_A_TURN, "space");
}

/* ---- by age ---- */

/* Until which of its segments a stream has been looked at: all up to there are deleted, or kept for good reasons. */
typedef struct
{
  guint64 all, with_events;
} Swept;

/* Deletes what ended before @cutoff_us, in the order in which it was recorded, but not what is protected, nor, if @spare_events, what
 * an event touches. A segment that is newer ends it: what was recorded after it is newer still, whatever a clock said that was wrong
 * for a while. Returns whether there is more to do. */
static gboolean
sweep_age (IcamDisk *self, const IcamStreamUsage *usage, gint64 cutoff_us, gboolean spare_events, guint64 *after)
{
  gint64 now = icam_clock_utc (self->store->clock);
  guint look = self->files_a_turn;
  g_autoptr (GArray) refs = icam_catalogue_next_of_stream (self->store->catalogue, usage->stream, self->folder_row, *after,
                                                           look, NULL);
  g_autoptr (GArray) old = g_array_new (FALSE, FALSE, sizeof (IcamSegmentRef));
  gboolean more = refs != NULL && refs->len == look;

  for (guint i = 0; refs != NULL && i < refs->len; i++)
    {
      const IcamSegmentRef *ref = &g_array_index (refs, IcamSegmentRef, i);
      gboolean plausible = ref->end_us >= FIRST_US && ref->end_us <= now;

      if ((plausible && ref->end_us >= cutoff_us)
          || icam_store_is_held (self->store, &ref->id.channel, ref->id.start_us, ref->end_us))
        {
          more = FALSE;
          break;
        }
      *after = ref->id.seq;
      if (plausible && !icam_catalogue_is_kept (self->store->catalogue, ref, spare_events))
        g_array_append_vals (old, ref, 1);
    }
  delete_segments (self, old, "age");
  return more;
}

/* Returns whether there is more to do for this stream now. */
static gboolean
sweep_stream (IcamDisk *self, const IcamStreamUsage *usage)
{
  gint64 now = icam_clock_utc (self->store->clock), days, event_days;
  gboolean more = FALSE;
  IcamPolicy policy;
  Swept *swept = g_hash_table_lookup (self->swept, &usage->stream);

  if (swept == NULL)
    {
      swept = g_new0 (Swept, 1);
      g_hash_table_insert (self->swept, g_memdup2 (&usage->stream, sizeof usage->stream), swept);
    }
  icam_store_get_policy (self->store, &usage->channel, &policy);
  days = policy.keep_days != 0 ? MAX (policy.keep_days, 0) : keep_days (self);
  event_days = policy.keep_event_days > 0 ? MAX (policy.keep_event_days, days) : days;
  if (days > 0 && icam_store_get_age (self->store) == ICAM_AGE_TRUSTED)
    {
      gboolean spare = policy.keep_event_days < 0 || event_days > days;

      more = sweep_age (self, usage, now - days * DAY_US, spare, &swept->all);
      if (spare && policy.keep_event_days > 0)
        more |= sweep_age (self, usage, now - event_days * DAY_US, FALSE, &swept->with_events);
    }
  if (policy.keep_bytes > 0
      && icam_catalogue_channel_bytes (self->store->catalogue, &usage->channel) > policy.keep_bytes)
    more |= delete_oldest (self, &usage->channel, QUOTA_FILES_A_TURN, "quota");
  return more;
}

/**
 * icam_disk_keep_anew:
 * @self: a disk
 *
 * What is to be kept has changed.
 */
void
icam_disk_keep_anew (IcamDisk *self)
{
  self->next_housekeeping_us = 0;
  g_hash_table_remove_all (self->swept);
  g_clear_pointer (&self->sweep, g_array_unref);
}

/* Removes some of what was garbage when somebody asked for it. Returns whether there is more. */
static gboolean
clear_garbage (IcamDisk *self)
{
  g_autoptr (GArray) refs = icam_catalogue_garbage (self->store->catalogue, self->folder_row,
                                                    self->garbage_at.stream != 0 ? &self->garbage_at : NULL,
                                                    self->files_a_turn);

  self->garbage = refs != NULL && refs->len > 0;
  if (!self->garbage)
    return FALSE;
  self->garbage_at = g_array_index (refs, IcamSegmentRef, refs->len - 1);
  remove_garbage (self, refs);
  return TRUE;
}

/**
 * icam_disk_clear_garbage:
 * @self: a disk
 *
 * What is garbage now goes, a little at a time, like all that is deleted.
 */
void
icam_disk_clear_garbage (IcamDisk *self)
{
  self->garbage = TRUE;
  self->garbage_at = (IcamSegmentRef){ 0 };
}

/**
 * icam_disk_housekeeping:
 * @self: a disk
 *
 * Keeps the floor of free space, which wins over all, and what is set of age and of space. Does a little at a time, and nothing until it
 * is time again.
 *
 * Returns: whether there is more to do at once, if there is time
 */
gboolean
icam_disk_housekeeping (IcamDisk *self)
{
  gint64 now = icam_disk_time (), floor_bytes;

  if (!self->ready)
    return FALSE;

  if (now >= self->next_housekeeping_us)
    {
      gboolean more = free_bytes (self, &floor_bytes) < floor_bytes
                      && delete_oldest (self, NULL, ICAM_DISK_FILES_A_TURN, "space");

      self->next_housekeeping_us = more ? 0 : now + ICAM_DISK_HOUSEKEEPING_US;
      if (more)
        return TRUE;
      if (self->sweep == NULL)
        {
          self->sweep = icam_catalogue_streams_of_folder (self->store->catalogue, self->folder_row);
          self->sweep_at = 0;
        }
    }
  if (self->garbage)
    return clear_garbage (self);

  for (guint i = 0; self->sweep != NULL && i < STREAMS_A_TURN; i++)
    {
      if (self->sweep_at >= self->sweep->len)
        g_clear_pointer (&self->sweep, g_array_unref);
      else if (sweep_stream (self, &g_array_index (self->sweep, IcamStreamUsage, self->sweep_at)))
        return TRUE;
      else
        self->sweep_at++;
    }
  return FALSE;
}
