/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-archive"

#include "config.h"

#include "archive/icam-disk-private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define INI_NAME  "incamera-archive.ini"
#define INI_GROUP "archive"
#define MAX_INI   4096

/**
 * icam_disk_write_at:
 * @fd: a file
 * @offset: where
 * @data: what
 * @length: bytes
 * @code: (out): errno of what went wrong
 *
 * Returns: whether all is written
 */
gboolean
icam_disk_write_at (int fd, guint64 offset, gconstpointer data, gsize length, int *code)
{
  const guint8 *at = data;

  while (length > 0)
    {
      gssize n = pwrite (fd, at, length, (off_t) offset);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        {
          *code = n < 0 ? errno : EIO;
          return FALSE;
        }
      at += n;
      offset += (guint64) n;
      length -= (gsize) n;
    }
  return TRUE;
}

/**
 * icam_disk_open_folder_at:
 * @top_fd: top of an archive
 * @path: from the top of the archive
 * @create: whether to make what is missing, on the disk before it returns
 * @code: (out): errno of what went wrong
 *
 * Returns: a descriptor, -1 on an error. No symbolic link is followed: what lies below the top is
 * ours.
 */
int
icam_disk_open_folder_at (int top_fd, const char *path, gboolean create, int *code)
{
  g_auto (GStrv) parts = g_strsplit (path, "/", -1);
  int fd = fcntl (top_fd, F_DUPFD_CLOEXEC, 0);

  for (guint i = 0; fd >= 0 && parts[i] != NULL; i++)
    {
      int next = openat (fd, parts[i], O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

      if (next < 0 && errno == ENOENT && create)
        {
          gboolean made = mkdirat (fd, parts[i], 0750) == 0 || errno == EEXIST;

          if (made)
            icam_disk_fault ("folder-made");
          if (made && fsync (fd) == 0)
            next = openat (fd, parts[i], O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        }
      *code = errno;
      close (fd);
      fd = next;
    }
  return fd;
}

/**
 * icam_disk_open_folder:
 * @self: a disk that is ready
 * @path: from the top of the archive
 * @create: whether to make what is missing, on the disk before it returns
 * @code: (out): errno of what went wrong
 *
 * Returns: a descriptor, -1 on an error
 */
int
icam_disk_open_folder (IcamDisk *self, const char *path, gboolean create, int *code)
{
  return icam_disk_open_folder_at (self->root_fd, path, create, code);
}

static GError *
not_writable (IcamDisk *self, int code)
{
  if (code == ENOSPC || code == EDQUOT)
    return icam_error_new (ICAM_ERROR_ARCHIVE_FULL, "folder", self->folder, "free", "0", NULL);
  return icam_error_new (ICAM_ERROR_ARCHIVE_NOT_WRITABLE, "folder", self->folder, "detail",
                         g_strerror (code), NULL);
}

/* Makes the folder the home of a new archive. */
static GError *
begin_archive (IcamDisk *self, int root_fd)
{
  const char *partial = INI_NAME ".part";
  char archive[ICAM_UUID_TEXT_SIZE], catalogue[ICAM_UUID_TEXT_SIZE];
  g_autofree char *text = NULL;
  IcamUuid uuid;
  int fd, code = 0;
  gboolean ok;

  icam_uuid_generate (&uuid);
  icam_uuid_format (&uuid, archive);
  icam_config_get_catalogue (self->store->config, &uuid);
  icam_uuid_format (&uuid, catalogue);
  text = g_strdup_printf ("# Which archive this is. Recordings are written here only if it matches "
                          "the recorder's catalogue.\n"
                          "[" INI_GROUP "]\nid=%s\ncatalogue=%s\n",
                          archive, catalogue);

  fd = openat (root_fd, partial, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0640);
  if (fd < 0)
    return not_writable (self, errno);
  ok = icam_disk_write_at (fd, 0, text, strlen (text), &code);
  icam_disk_fault ("ini-part");
  if (ok
      && (fsync (fd) != 0 || renameat (root_fd, partial, root_fd, INI_NAME) != 0
          || fsync (root_fd) != 0))
    {
      code = errno;
      ok = FALSE;
    }
  close (fd);
  icam_disk_fault ("ini");
  return ok ? NULL : not_writable (self, code);
}

/* Reads the archive's and its catalogue's id. */
static gboolean
read_ini (int fd, IcamUuid *archive, IcamUuid *catalogue)
{
  g_autoptr (GKeyFile) ini = g_key_file_new ();
  char text[MAX_INI];
  gssize n = pread (fd, text, sizeof text, 0);
  g_autofree char *id = NULL;
  g_autofree char *owner = NULL;

  if (n <= 0 || n == sizeof text
      || !g_key_file_load_from_data (ini, text, (gsize) n, G_KEY_FILE_NONE, NULL))
    return FALSE;
  id = g_key_file_get_string (ini, INI_GROUP, "id", NULL);
  owner = g_key_file_get_string (ini, INI_GROUP, "catalogue", NULL);
  return icam_uuid_parse (id, archive) && icam_uuid_parse (owner, catalogue);
}

/* Root may write where nobody may, and a read-only mount says so only when it is tried. */
static int
try_to_write (int root_fd)
{
  const char *name = ".incamera-write-test";
  int fd = openat (root_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
  int code = 0;

  if (fd < 0)
    return errno;
  if (write (fd, "x", 1) != 1)
    code = errno != 0 ? errno : EIO;
  close (fd);
  unlinkat (root_fd, name, 0);
  return code;
}

static GError *
prepare (IcamDisk *self)
{
  IcamConfig *config = self->store->config;
  IcamUuid expected, found, owner, ours;
  gboolean known = icam_config_find_archive (config, self->folder, &expected);
  g_autoptr (GError) error = NULL;
  struct stat info;
  int code;

  if (!known)
    g_mkdir_with_parents (self->folder, 0750);
  self->root_fd = open (self->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (self->root_fd < 0)
    return known && errno == ENOENT
             ? icam_error_new (ICAM_ERROR_ARCHIVE_MISSING, "folder", self->folder, NULL)
             : not_writable (self, errno);

  /* Where there was an archive and now is an empty folder, its disk is not mounted. */
  if (fstatat (self->root_fd, INI_NAME, &info, AT_SYMLINK_NOFOLLOW) != 0)
    {
      if (errno != ENOENT)
        return not_writable (self, errno);
      if (known)
        return icam_error_new (ICAM_ERROR_ARCHIVE_MISSING, "folder", self->folder, NULL);
      error = begin_archive (self, self->root_fd);
      if (error != NULL)
        return g_steal_pointer (&error);
    }

  self->ini_fd = openat (self->root_fd, INI_NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (self->ini_fd < 0)
    return not_writable (self, errno);
  if (!read_ini (self->ini_fd, &found, &owner))
    return icam_error_new (ICAM_ERROR_ARCHIVE_WRONG, "folder", self->folder, NULL);

  /* Two disks that were swapped, or an archive that came without its catalogue. */
  icam_config_get_catalogue (config, &ours);
  if (!icam_uuid_equal (&owner, &ours) || (known && !icam_uuid_equal (&found, &expected)))
    return icam_error_new (ICAM_ERROR_ARCHIVE_WRONG, "folder", self->folder, NULL);

  if (flock (self->ini_fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
    return icam_error_new (ICAM_ERROR_ARCHIVE_LOCKED, "folder", self->folder, NULL);
  if (!known && !icam_config_put_archive (config, &found, self->folder, &error))
    return g_steal_pointer (&error);
  self->archive = found;
  self->folder_row = icam_catalogue_folder (self->store->catalogue, &found, &error);
  if (error != NULL)
    return g_steal_pointer (&error);

  code = try_to_write (self->root_fd);
  if ((code == ENOSPC || code == EDQUOT) && icam_disk_make_room (self))
    code = try_to_write (self->root_fd);
  return code == 0 ? NULL : not_writable (self, code);
}

/**
 * icam_disk_prepare:
 * @self: a disk that is not ready
 *
 * Looks whether the folder is there, is the right one and can be written.
 *
 * Returns: whether it is ready now; else the problem is told
 */
gboolean
icam_disk_prepare (IcamDisk *self)
{
  g_autoptr (GError) error = NULL;

  icam_disk_let_go (self);
  error = prepare (self);
  if (error != NULL)
    {
      self->cause
        = error->code == ICAM_ERROR_ARCHIVE_FULL ? ICAM_GAP_DISK_FULL : ICAM_GAP_DISK_ERROR;
      icam_disk_let_go (self);
    }
  else
    self->ready = TRUE;
  icam_store_set_problem (self->store, self, error);
  return self->ready;
}

/* Whether the path still leads to the folder that is open here, with its mark in it. A folder that
 * was renamed, or whose file system was taken away lazily, can be written to as before through what
 * is open: only the path tells. */
static gboolean
is_in_place (IcamDisk *self)
{
  struct stat there, here, mark;

  return stat (self->folder, &there) == 0 && fstat (self->root_fd, &here) == 0
         && there.st_dev == here.st_dev && there.st_ino == here.st_ino
         && fstat (self->ini_fd, &mark) == 0 && mark.st_nlink > 0;
}

/**
 * icam_disk_look:
 * @self: a disk
 *
 * Looks whether the folder still is where it was. If not, what is open is completed where it is now,
 * so that nothing of it is missing when it comes back, and is let go, so that it can be unmounted;
 * then whatever stands in its place is looked at as at the start, now and from time to time.
 *
 * Returns: whether the disk is ready
 */
gboolean
icam_disk_look (IcamDisk *self)
{
  GHashTableIter iter;
  gpointer value;

  if (!self->ready || is_in_place (self))
    return self->ready;

  g_warning ("%s is not the folder any more that was written to.", self->folder);
  g_hash_table_iter_init (&iter, self->streams);
  /* One that fails has abandoned all. */
  while (self->ready && g_hash_table_iter_next (&iter, NULL, &value))
    icam_disk_stream_finish (value, G_MAXINT64);

  self->cause = ICAM_GAP_DISK_ERROR;
  g_hash_table_iter_init (&iter, self->streams);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    icam_stream_cut (((IcamDiskStream *) value)->stream, icam_clock_utc (self->store->clock), self->cause);

  self->next_try_us = icam_disk_time () + ICAM_DISK_RETRY_US;
  return icam_disk_prepare (self);
}

/**
 * icam_disk_let_go:
 * @self: a disk
 *
 * Releases the folder, so that it can be unmounted.
 */
void
icam_disk_let_go (IcamDisk *self)
{
  self->ready = FALSE;
  if (self->ini_fd >= 0)
    close (self->ini_fd);
  if (self->root_fd >= 0)
    close (self->root_fd);
  self->ini_fd = self->root_fd = -1;
}

/**
 * icam_disk_failed:
 * @self: a disk
 * @code: errno
 * @what: what did not work, for the log
 *
 * All open segments end where they were last written; they are recovered when the disk is well
 * again, which is tried soon.
 */
void
icam_disk_failed (IcamDisk *self, int code, const char *what)
{
  g_autoptr (GError) error = not_writable (self, code);
  GHashTableIter iter;
  gpointer value;

  if (!self->ready)
    return;
  g_warning ("%s: %s: %s", self->folder, what, g_strerror (code));
  self->ready = FALSE;
  self->cause = code == ENOSPC || code == EDQUOT ? ICAM_GAP_DISK_FULL : ICAM_GAP_DISK_ERROR;
  self->next_try_us = icam_disk_time () + ICAM_DISK_RETRY_US;
  /* The place that is missing may be what old segments take. */
  self->next_housekeeping_us = 0;

  g_hash_table_iter_init (&iter, self->streams);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      IcamDiskStream *stream = value;

      icam_disk_stream_abandon (stream);
      icam_stream_cut (stream->stream, icam_clock_utc (self->store->clock), self->cause);
    }
  icam_disk_let_go (self);
  icam_store_set_problem (self->store, self, error);
}
