/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-archive"

#include "config.h"

#include "archive/icam-disk-private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

/* Deletion is paced: so many files at most a turn, then packets are written again. */
#define FILES_A_TURN 8
#define FLOOR_BYTES  (G_GINT64_CONSTANT (2) << 30)
#define DAY_US       (G_GINT64_CONSTANT (24) * 3600 * G_USEC_PER_SEC)
#define MAX_JPEG     (4u * 1024 * 1024)

/* Whole days that footage is kept, 0 for ever. */
static gint64
keep_days (IcamDisk *self)
{
  g_autofree char *text = icam_config_get_setting (self->store->config, "keep-days");
  gint64 days = 0;

  return text != NULL && g_ascii_string_to_signed (text, 10, 0, 36500, &days, NULL) ? days : 0;
}

/* A clock that was set wrong would make everything old: by age is deleted only while the kernel
 * says that the clock is kept right by others. */
static gboolean
clock_is_trusted (IcamDisk *self)
{
  struct timex state = { 0 };

  if (self->store->options.trust_clock)
    return TRUE;
  return adjtimex (&state) != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
}

static gint64
free_bytes (IcamDisk *self, gint64 *floor_bytes)
{
  g_autofree char *text = icam_config_get_setting (self->store->config, "floor-bytes");
  struct statvfs info;
  gint64 size;

  *floor_bytes = 0;
  if (fstatvfs (self->root_fd, &info) != 0)
    return G_MAXINT64;

  size = (gint64) MIN ((guint64) info.f_blocks * info.f_frsize, (guint64) G_MAXINT64);
  if (text == NULL || !g_ascii_string_to_signed (text, 10, 0, G_MAXINT64, floor_bytes, NULL))
    *floor_bytes = self->store->options.floor_bytes > 0 ? self->store->options.floor_bytes
                                                        : MIN (size / 50, FLOOR_BYTES);
  /* What root may use beyond f_bavail is not ours. */
  return (gint64) MIN ((guint64) info.f_bavail * info.f_frsize, (guint64) G_MAXINT64);
}

/* Unlinks the file and drops the row of a segment that is garbage. */
static void
remove_garbage (IcamDisk *self, const IcamSegmentRef *ref)
{
  g_autofree char *folder = icam_segment_folder (&ref->id);
  g_autofree char *name = icam_segment_name (&ref->id);
  int code = 0;
  int folder_fd = icam_disk_open_folder (self, folder, FALSE, &code);
  IcamSql *sql;

  if (folder_fd >= 0)
    {
      if (unlinkat (folder_fd, name, 0) != 0 && errno != ENOENT)
        {
          g_warning ("%s cannot be deleted: %s", name, g_strerror (errno));
          close (folder_fd);
          return;
        }
      fsync (folder_fd);
      close (folder_fd);
      /* The last one of a day takes the day's folder with it. */
      unlinkat (self->root_fd, folder, AT_REMOVEDIR);
    }
  else if (code != ENOENT)
    return;
  icam_disk_fault ("unlinked");

  icam_catalogue_drop_segment (self->store->catalogue, ref->stream, ref->id.seq, NULL);
  icam_disk_fault ("dropped");

  sql = icam_catalogue_lock (self->store->catalogue);
  icam_sql_run (sql, NULL,
                "DELETE FROM gap WHERE stream = ?1 AND end_us <> 0"
                " AND end_us < (SELECT min (start_us) FROM segment WHERE stream = ?1)",
                "i", ref->stream);
  icam_catalogue_unlock (self->store->catalogue);
  icam_store_changed (self->store, &ref->id.channel, ref->id.start_us);
}

static gboolean
delete_some (IcamDisk *self, gint64 ended_before_us, const char *why)
{
  g_autoptr (GArray) oldest = icam_catalogue_oldest (self->store->catalogue, self->folder_row,
                                                     ended_before_us, FILES_A_TURN, NULL);
  g_autofree char *count = NULL;
  g_autofree char *until = NULL;

  if (oldest == NULL || oldest->len == 0
      || !icam_catalogue_to_garbage (self->store->catalogue, oldest, NULL))
    return FALSE;
  icam_disk_fault ("garbage");
  for (guint i = 0; i < oldest->len; i++)
    remove_garbage (self, &g_array_index (oldest, IcamSegmentRef, i));

  count = g_strdup_printf ("%u", oldest->len);
  until = g_strdup_printf ("%" G_GINT64_FORMAT,
                           g_array_index (oldest, IcamSegmentRef, oldest->len - 1).id.start_us);
  icam_store_journal (self->store, "footage-deleted", "why", why, "count", count, "until", until,
                      NULL);
  return TRUE;
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
  return delete_some (self, G_MAXINT64, "space");
}

/**
 * icam_disk_housekeeping:
 * @self: a disk
 *
 * Keeps the floor of free space, which wins over all, and the age that is set. Does nothing until
 * it is time again.
 */
void
icam_disk_housekeeping (IcamDisk *self)
{
  gint64 now = g_get_monotonic_time (), floor_bytes, days;
  gboolean more = FALSE;

  if (!self->ready || now < self->next_housekeeping_us)
    return;

  if (free_bytes (self, &floor_bytes) < floor_bytes)
    more = delete_some (self, G_MAXINT64, "space");
  days = keep_days (self);
  if (!more && days > 0 && clock_is_trusted (self))
    more = delete_some (self, icam_clock_utc (self->store->clock) - days * DAY_US, "age");
  self->next_housekeeping_us = more ? 0 : now + ICAM_DISK_HOUSEKEEPING_US;
}

/* ---- thumbnails ---- */

/**
 * icam_disk_write_thumbnail:
 * @self: a disk that is ready
 * @op: the picture
 *
 * A comment in the JPEG says whose it is, so that it can be checked when it is opened.
 */
void
icam_disk_write_thumbnail (IcamDisk *self, const IcamOp *op)
{
  char channel[ICAM_UUID_TEXT_SIZE], event[ICAM_UUID_TEXT_SIZE];
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (op->utc_us / G_USEC_PER_SEC);
  g_autofree char *month = time != NULL ? g_date_time_format (time, "%Y/%m") : g_strdup ("0000/00");
  g_autofree char *folder = NULL;
  g_autofree char *name = NULL;
  g_autofree char *path = NULL;
  g_autofree char *partial = NULL;
  g_autofree char *comment = NULL;
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  gsize length;
  const guint8 *jpeg = g_bytes_get_data (op->jpeg, &length);
  guint8 head[6] = { 0xff, 0xd8, 0xff, 0xfe };
  int folder_fd, fd, code = 0;
  gboolean ok;
  IcamSql *sql;

  if (length < 4 || length > MAX_JPEG || jpeg[0] != 0xff || jpeg[1] != 0xd8)
    return;

  icam_uuid_format (&op->channel, channel);
  icam_uuid_format (&op->event, event);
  comment = g_strdup_printf ("incamera channel=%s event=%s", channel, event);
  head[4] = (guint8) ((strlen (comment) + 2) >> 8);
  head[5] = (guint8) ((strlen (comment) + 2) & 0xff);
  g_byte_array_append (bytes, head, sizeof head);
  g_byte_array_append (bytes, (const guint8 *) comment, (guint) strlen (comment));
  g_byte_array_append (bytes, jpeg + 2, (guint) length - 2);

  folder = g_build_filename (channel, "events", month, NULL);
  name = g_strconcat (event, ".jpg", NULL);
  partial = g_strconcat (name, ".part", NULL);
  path = g_build_filename (folder, name, NULL);
  folder_fd = icam_disk_open_folder (self, folder, TRUE, &code);
  if (folder_fd < 0)
    {
      icam_disk_failed (self, code, "Making a thumbnail");
      return;
    }
  fd = openat (folder_fd, partial, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0640);
  code = errno;
  ok = fd >= 0 && icam_disk_write_at (fd, 0, bytes->data, bytes->len, &code);
  if (fd >= 0)
    close (fd);
  if (ok && renameat (folder_fd, partial, folder_fd, name) != 0)
    {
      code = errno;
      ok = FALSE;
    }
  close (folder_fd);
  if (!ok)
    {
      icam_disk_failed (self, code, "Writing a thumbnail");
      return;
    }

  sql = icam_catalogue_lock (self->store->catalogue);
  icam_sql_run (sql, NULL, "INSERT OR REPLACE INTO thumbnail VALUES (?1, ?2, ?3, ?4)", "uuis",
                &op->event, &op->channel, self->folder_row, path);
  icam_catalogue_unlock (self->store->catalogue);
  icam_store_changed (self->store, &op->channel, op->utc_us);
}

/**
 * icam_disk_unlink_channel:
 * @self: a disk that is ready
 * @channel: a channel whose rows are garbage
 * @thumbnails: (nullable): paths of its thumbnails
 */
void
icam_disk_unlink_channel (IcamDisk *self, const IcamUuid *channel, GPtrArray *thumbnails)
{
  g_autoptr (GArray) refs = icam_catalogue_unfinished (self->store->catalogue, G_MAXUINT32, NULL);

  for (guint i = 0; refs != NULL && i < refs->len; i++)
    {
      const IcamSegmentRef *ref = &g_array_index (refs, IcamSegmentRef, i);

      if (ref->state == ICAM_SEGMENT_GARBAGE && icam_uuid_equal (&ref->id.channel, channel)
          && icam_uuid_equal (&ref->archive, &self->archive))
        remove_garbage (self, ref);
    }
  for (guint i = 0; thumbnails != NULL && i < thumbnails->len; i++)
    unlinkat (self->root_fd, g_ptr_array_index (thumbnails, i), 0);
}
