/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-archive"

#include "config.h"

#include "archive/icam-disk-private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/* From so many files on, one call for the whole file system costs less than one for each. */
#define MANY_FILES 4
/* More than that may be waiting for the disk, of other programs and ours, and each file is synced by itself: nobody's copy of a large
 * file holds up the recording. */
#define LITTLE_DIRTY_KIB (128 * 1024)
/* It took longer than that: not again for a while. */
#define LONG_US (G_USEC_PER_SEC / 2)
#define WHILE_US (60 * G_USEC_PER_SEC)

#ifndef XFS_SUPER_MAGIC
#define XFS_SUPER_MAGIC 0x58465342
#endif

/* Of a file system, by a file on it. For others than these it is not known that syncfs() reaches the disk. */
static gboolean
syncs_whole (int fd, dev_t *device)
{
  struct statfs system;
  struct stat file;

  if (fstatfs (fd, &system) != 0 || fstat (fd, &file) != 0)
    return FALSE;

  *device = file.st_dev;
  switch ((unsigned long) system.f_type)
    {
    case EXT4_SUPER_MAGIC: /* ext2 and ext3 too */
    case XFS_SUPER_MAGIC:
    case BTRFS_SUPER_MAGIC:
    case F2FS_SUPER_MAGIC:
      return TRUE;
    default:
      return FALSE;
    }
}

/**
 * icam_disk_dirty_kib:
 * @meminfo: what /proc/meminfo says
 *
 * Returns: KiB that all programs have written and the disks have not got yet; G_MAXUINT64 if it does not say
 */
guint64
icam_disk_dirty_kib (const char *meminfo)
{
  static const char *const names[] = { "\nDirty:", "\nWriteback:" };
  guint64 total = 0;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      const char *line = strstr (meminfo, names[i]);

      if (line == NULL)
        return G_MAXUINT64;
      total += g_ascii_strtoull (line + strlen (names[i]), NULL, 10);
    }
  return total;
}

static gboolean
little_is_dirty (void)
{
  char text[4096];
  int fd = open ("/proc/meminfo", O_RDONLY | O_CLOEXEC);
  ssize_t length = fd >= 0 ? read (fd, text, sizeof text - 1) : -1;

  if (fd >= 0)
    close (fd);
  if (length <= 0)
    return FALSE;
  text[length] = '\0';
  return icam_disk_dirty_kib (text) < LITTLE_DIRTY_KIB;
}

/* A file on the one file system that has @due's files, -1 if each is to be synced by itself. */
static int
find_whole (IcamDisk *self, GPtrArray *due)
{
  dev_t first = 0;

  if (due->len < MANY_FILES || g_get_monotonic_time () < self->no_whole_sync_until_us || !little_is_dirty ())
    return -1;

  for (guint i = 0; i < due->len; i++)
    {
      IcamDiskStream *stream = g_ptr_array_index (due, i);
      dev_t device;

      if (!syncs_whole (stream->fd, &device) || (i > 0 && device != first))
        return -1;
      first = device;
    }
  return ((IcamDiskStream *) g_ptr_array_index (due, 0))->fd;
}

/**
 * icam_disk_sync_due:
 * @self: a disk
 *
 * Brings to the disk itself what was written to the files for which it is time. Many small writes that wait for one another, and for
 * the disk's cache to be emptied after each, become one where little else is waiting for the disk.
 */
void
icam_disk_sync_due (IcamDisk *self)
{
  g_autoptr (GPtrArray) due = g_ptr_array_new ();
  gint64 start;
  GHashTableIter iter;
  gpointer value;
  int whole;

  g_hash_table_iter_init (&iter, self->streams);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      icam_disk_stream_start_sync (value);
      if (icam_disk_stream_is_due (value))
        g_ptr_array_add (due, value);
    }

  whole = find_whole (self, due);
  start = g_get_monotonic_time ();
  if (whole >= 0 && syncfs (whole) != 0)
    {
      /* Of whose file it speaks is not said. */
      g_debug ("Syncing the file system failed: %s", g_strerror (errno));
      whole = -1;
    }
  if (whole >= 0)
    icam_disk_fault ("synced-whole");
  if (whole >= 0 && g_get_monotonic_time () - start > LONG_US)
    self->no_whole_sync_until_us = g_get_monotonic_time () + WHILE_US;

  for (guint i = 0; i < due->len; i++)
    if (!icam_disk_stream_sync (g_ptr_array_index (due, i), whole >= 0))
      return;
}
