/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-archive"

#include "config.h"

#include "archive/icam-archive-private.h"
#include "archive/icam-archive-upkeep.h"
#include "archive/icam-catalogue-mend.h"
#include "archive/icam-check.h"
#include "archive/icam-disk-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define SETTING_BACKUP "backup"
#define DAY_US (G_GINT64_CONSTANT (24) * 3600 * G_USEC_PER_SEC)
#define PIECE (256 * 1024)

/* The copies are made beside the databases, where SQLite may work as it likes, and brought to the folders as plain bytes. */
static const char *const copies[] = { "catalogue.sqlite", "config.sqlite" };

/* All of a file, on the disk itself. Returns 0, or errno of what went wrong; ECANCELED. */
int
icam_archive_copy (int from, int to, GCancellable *cancellable)
{
  g_autofree guint8 *piece = g_malloc (PIECE);
  guint64 offset = 0;
  int code = 0;

  for (;;)
    {
      gssize n = pread (from, piece, PIECE, (off_t) offset);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return errno;
      if (n == 0)
        return fsync (to) == 0 ? 0 : errno;
      if (g_cancellable_is_cancelled (cancellable))
        return ECANCELED;
      if (!icam_disk_write_at (to, offset, piece, (gsize) n, &code))
        return code;
      offset += (guint64) n;
    }
}

/* A copy is whole or is not there: it takes the old one's name when it is on the disk. */
static int
bring (const char *from, int folder_fd, const char *name, GCancellable *cancellable)
{
  g_autofree char *fresh = g_strconcat (name, ".new", NULL);
  int source = open (from, O_RDONLY | O_CLOEXEC);
  int target = source >= 0 ? openat (folder_fd, fresh, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600) : -1;
  int code = 0;

  if (target < 0)
    code = errno;
  else
    code = icam_archive_copy (source, target, cancellable);
  if (source >= 0)
    close (source);
  if (target >= 0)
    {
      close (target);
      icam_disk_fault ("backup-part");
      if (code == 0 && renameat (folder_fd, fresh, folder_fd, name) != 0)
        code = errno;
      if (code != 0)
        unlinkat (folder_fd, fresh, 0);
    }
  return code;
}

/* Recordings are worth more than their backup: it takes nothing of the space that is kept free. */
static gboolean
has_room (IcamDisk *disk, gint64 bytes)
{
  gint64 free_bytes, size_bytes, floor_bytes;

  icam_disk_get_space (disk, &free_bytes, &size_bytes, &floor_bytes);
  return free_bytes < 0 || free_bytes - bytes > floor_bytes;
}

static int
back_up_into (IcamStore *store, IcamDisk *disk, char *const *made, gint64 bytes, GCancellable *cancellable)
{
  const char *path = icam_disk_get_folder (disk);
  g_autofree char *folder = g_build_filename (path, "backup", NULL);
  IcamUuid archive, owner, ours;
  int fd, code = 0;

  icam_config_get_catalogue (store->config, &ours);
  if (icam_disk_is_hung (disk) || !icam_check_read_ids (path, &archive, &owner, NULL) || !icam_uuid_equal (&owner, &ours))
    return ENODEV;
  if (!has_room (disk, bytes))
    return ENOSPC;
  if (g_mkdir (folder, 0700) != 0 && errno != EEXIST)
    return errno;
  fd = open (folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0)
    return errno;
  for (guint i = 0; code == 0 && i < G_N_ELEMENTS (copies); i++)
    code = bring (made[i], fd, copies[i], cancellable);
  if (code == 0 && fsync (fd) != 0)
    code = errno;
  close (fd);
  return code;
}

/* Returns what the copies take, -1 on an error. */
static gint64
make_copies (IcamStore *store, char *const *made, GError **error)
{
  gint64 bytes = 0;

  if (!icam_catalogue_backup (store->catalogue, made[0], error) || !icam_config_back_up (store->config, made[1], error))
    return -1;
  for (guint i = 0; i < G_N_ELEMENTS (copies); i++)
    {
      GStatBuf info;

      if (g_stat (made[i], &info) == 0)
        bytes += info.st_size;
    }
  return bytes;
}

/**
 * icam_archive_back_up:
 * @self: an archive
 * @cancellable: (nullable): ends it
 * @folders: (out) (nullable): in how many folders there is a new backup
 * @error: return location, ICAM_ERROR_DATABASE, ICAM_ERROR_ARCHIVE_NOT_WRITABLE if no folder could take it
 *
 * Puts copies of both databases into the folder "backup" of each archive that is here. Recording goes on meanwhile. Blocks.
 *
 * Returns: whether there is one in at least one folder
 */
gboolean
icam_archive_back_up (IcamArchive *self, GCancellable *cancellable, guint *folders, GError **error)
{
  IcamStore *store = icam_archive_get_store (self);
  g_autoptr (GPtrArray) disks = icam_store_ref_disks (store);
  g_autofree char *data_dir = g_path_get_dirname (icam_catalogue_get_path (store->catalogue));
  g_auto (GStrv) made = g_new0 (char *, G_N_ELEMENTS (copies) + 1);
  guint done = 0;
  gint64 bytes;
  int code = ENODEV;

  for (guint i = 0; i < G_N_ELEMENTS (copies); i++)
    {
      g_autofree char *name = g_strconcat (copies[i], ".backup", NULL);

      made[i] = g_build_filename (data_dir, name, NULL);
    }
  bytes = make_copies (store, made, error);
  for (guint i = 0; bytes >= 0 && i < disks->len; i++)
    {
      IcamDisk *disk = g_ptr_array_index (disks, i);
      int failed = back_up_into (store, disk, made, bytes, cancellable);

      if (failed == 0)
        done++;
      else
        {
          code = failed;
          icam_store_journal (store, "backup-failed", "folder", icam_disk_get_folder (disk), "detail", g_strerror (failed), NULL);
        }
    }
  for (guint i = 0; i < G_N_ELEMENTS (copies); i++)
    g_unlink (made[i]);

  if (folders != NULL)
    *folders = done;
  if (bytes < 0 || g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  if (done == 0)
    {
      icam_error_set (error, ICAM_ERROR_ARCHIVE_NOT_WRITABLE, "folder", icam_archive_get_folder (self), "detail",
                      g_strerror (code), NULL);
      return FALSE;
    }
  else
    {
      g_autofree char *now = g_strdup_printf ("%" G_GINT64_FORMAT, icam_clock_utc (store->clock));

      return icam_config_set_setting (store->config, SETTING_BACKUP, now, error);
    }
}

/**
 * icam_archive_backup_is_due:
 * @self: an archive
 *
 * Returns: whether the newest backup is a day old, or from the future
 */
gboolean
icam_archive_backup_is_due (IcamArchive *self)
{
  IcamStore *store = icam_archive_get_store (self);
  g_autofree char *text = icam_config_get_setting (store->config, SETTING_BACKUP);
  gint64 last = text != NULL ? g_ascii_strtoll (text, NULL, 10) : 0, now = icam_clock_utc (store->clock);

  return last > now || now - last >= DAY_US;
}
