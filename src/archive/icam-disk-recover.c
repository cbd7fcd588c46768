/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-archive"

#include "config.h"

#include "archive/icam-disk-private.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file that is smaller holds no picture: it was made just before the end. */
#define HEADER_ONLY_BYTES (64 * 1024)

/**
 * icam_disk_load_unfinished:
 * @self: a disk
 *
 * Notes what the catalogue says that earlier runs have left: nothing else is looked at, the folders
 * are never walked.
 */
void
icam_disk_load_unfinished (IcamDisk *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) refs
    = icam_catalogue_unfinished (self->store->catalogue, self->store->first_epoch, &error);

  if (refs == NULL)
    {
      g_warning ("What was left open cannot be found: %s", error->message);
      return;
    }
  /* Asked for twice: what is still to do is among what was found. */
  for (guint i = self->unfinished->len; i > 0; i--)
    if (g_array_index (self->unfinished, IcamSegmentRef, i - 1).id.epoch < self->store->first_epoch)
      g_array_remove_index (self->unfinished, i - 1);
  if (refs->len > 0)
    g_array_append_vals (self->unfinished, refs->data, refs->len);
}

/* UTC µs where the stream's recording ended before this segment; its own start if there was
 * nothing. */
static gint64
end_before (IcamDisk *self, const IcamSegmentRef *ref)
{
  IcamSql *sql = icam_catalogue_lock (self->store->catalogue);
  gint64 end
    = icam_sql_get_int (sql, ref->id.start_us,
                        "SELECT end_us FROM segment WHERE stream = ?1 AND seq < ?2 AND state = 1"
                        " ORDER BY seq DESC LIMIT 1",
                        "ii", ref->stream, (gint64) ref->id.seq);

  icam_catalogue_unlock (self->store->catalogue);
  return end;
}

/* The file is gone or holds nothing. */
static void
drop (IcamDisk *self, const IcamSegmentRef *ref, int folder_fd, const char *name)
{
  if (folder_fd >= 0 && name != NULL && (unlinkat (folder_fd, name, 0) == 0 || errno == ENOENT))
    fsync (folder_fd);
  icam_disk_fault ("unlinked");
  icam_catalogue_drop_segment (self->store->catalogue, ref->stream, ref->id.seq, NULL);
  if (ref->id.epoch < self->store->first_epoch)
    icam_stream_killed (self->store, ref, end_before (self, ref));
}

static gboolean
same_segment (const IcamSegmentId *a, const IcamSegmentId *b)
{
  return icam_uuid_equal (&a->archive, &b->archive) && icam_uuid_equal (&a->channel, &b->channel)
         && a->role == b->role && a->seq == b->seq && a->start_us == b->start_us;
}

/* Cuts the torn end and fills in what a close fills in. Doing it twice changes nothing. */
static gboolean
mend (IcamDisk *self, int fd, const IcamMkvScan *scan)
{
  int code = 0;

  if (ftruncate (fd, (off_t) scan->valid_size) != 0)
    {
      icam_disk_failed (self, errno, "Recovering a segment");
      return FALSE;
    }
  icam_disk_fault ("cut");
  for (guint i = 0; i < scan->patches->len; i++)
    {
      const IcamMkvPatch *patch = g_ptr_array_index (scan->patches, i);
      gsize length;
      gconstpointer data = g_bytes_get_data (patch->data, &length);

      if (!icam_disk_write_at (fd, patch->offset, data, length, &code))
        {
          icam_disk_failed (self, code, "Recovering a segment");
          return FALSE;
        }
      icam_disk_fault ("mended");
    }
  if (fsync (fd) != 0)
    {
      icam_disk_failed (self, errno, "Recovering a segment");
      return FALSE;
    }
  return TRUE;
}

/* Returns FALSE if it has to be tried again. */
static gboolean
recover_open (IcamDisk *self, const IcamSegmentRef *ref, int folder_fd, const char *name)
{
  IcamCatalogue *catalogue = self->store->catalogue;
  g_autoptr (IcamMkvScan) scan = NULL;
  g_autoptr (GError) error = NULL;
  struct stat info = { 0 };
  int fd = folder_fd >= 0 ? openat (folder_fd, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC) : -1;

  if (fd < 0 && folder_fd >= 0 && errno != ENOENT)
    {
      icam_disk_failed (self, errno, "Recovering a segment");
      return FALSE;
    }
  if (fd < 0)
    {
      /* Killed between the row and the file. */
      drop (self, ref, folder_fd, NULL);
      return TRUE;
    }

  fstat (fd, &info);
  scan = icam_mkv_scan (fd, &error);
  if (scan == NULL && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA))
    {
      close (fd);
      icam_disk_failed (self, EIO, "Recovering a segment");
      return FALSE;
    }

  if ((scan == NULL && info.st_size <= HEADER_ONLY_BYTES)
      || (scan != NULL && scan->key_frames->len == 0))
    drop (self, ref, folder_fd, name);
  else if (scan == NULL || !same_segment (&scan->id, &ref->id))
    {
      /* Whatever it is, it is not what the row says. It is kept for a person to look at, under no
       * camera's name. */
      g_warning ("%s is not the segment that it should be.", name);
      icam_store_journal (self->store, "segment-foreign", "file", name, NULL);
      drop (self, ref, folder_fd, NULL);
    }
  else
    {
      if (!scan->was_closed && !mend (self, fd, scan))
        {
          close (fd);
          return FALSE;
        }
      icam_disk_fault ("recovered");
      if (!icam_catalogue_end_segment (catalogue, ref->stream, ref->id.seq, scan->end_us,
                                       scan->valid_size, scan->key_frames, &error))
        g_warning ("A segment's row cannot be closed: %s", error->message);
      /* A segment of this run was abandoned because the disk failed; its gap is known already. */
      if (ref->id.epoch < self->store->first_epoch)
        icam_stream_killed (self->store, ref, scan->end_us);
      self->recovered++;
    }

  close (fd);
  icam_store_changed (self->store, &ref->id.channel, ref->id.start_us);
  return TRUE;
}

/**
 * icam_disk_recover_one:
 * @self: a disk that is ready
 *
 * Recovers one segment that was left open.
 */
void
icam_disk_recover_one (IcamDisk *self)
{
  IcamSegmentRef ref = g_array_index (self->unfinished, IcamSegmentRef, 0);
  g_autofree char *folder = NULL;
  g_autofree char *name = NULL;
  int folder_fd, code = 0;
  gboolean done = TRUE;

  g_array_remove_index (self->unfinished, 0);
  /* It waits in the catalogue until its own archive is here. */
  if (!icam_uuid_equal (&ref.archive, &self->archive))
    return;

  folder = icam_segment_folder (&ref.id);
  name = icam_segment_name (&ref.id);
  folder_fd = icam_disk_open_folder (self, folder, FALSE, &code);
  if (folder_fd < 0 && code != ENOENT)
    {
      icam_disk_failed (self, code, "Recovering a segment");
      done = FALSE;
    }
  else
    done = recover_open (self, &ref, folder_fd, name);
  if (folder_fd >= 0)
    close (folder_fd);
  if (!done)
    g_array_append_val (self->unfinished, ref);
}
