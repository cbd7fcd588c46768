/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-archive"

#include "config.h"

#include "archive/icam-archive-private.h"
#include "archive/icam-catalogue-keep.h"
#include "archive/icam-check.h"
#include "archive/icam-disk-private.h"
#include "archive/icam-protected-log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* How long a folder's log is waited for. One that takes longer gets the line when it answers again. */
#define ANSWER_US (5 * G_USEC_PER_SEC)

/* Logs and rows change together: what is compared at the start is not in between. */
static GMutex changing;

/**
 * icam_protection_row_clear:
 * @row: a row
 */
void
icam_protection_row_clear (IcamProtectionRow *row)
{
  g_clear_pointer (&row->note, g_free);
}

/* A line that a full disk has torn, or a power cut, must not take the next one with it. */
static gboolean
append_line (int fd, const char *line, int *code)
{
  g_autofree char *whole = NULL;
  gsize length;
  gssize written;
  struct stat info;
  char last;

  if (fstat (fd, &info) != 0)
    {
      *code = errno;
      return FALSE;
    }
  whole = g_strconcat (info.st_size > 0 && pread (fd, &last, 1, info.st_size - 1) == 1 && last != '\n' ? "\n" : "", line, NULL);
  length = strlen (whole);
  written = write (fd, whole, length);
  if (written == (gssize) length)
    return TRUE;
  *code = written < 0 ? errno : ENOSPC;
  if (written > 0 && ftruncate (fd, info.st_size) != 0)
    g_debug ("A torn line stays in %s: %s", ICAM_PROTECTED_LOG, g_strerror (errno));
  return FALSE;
}

/**
 * icam_disk_protect:
 * @self: a disk
 * @op: a line for the log
 */
void
icam_disk_protect (IcamDisk *self, const IcamOp *op)
{
  int code = 0, fd = -1;

  if (!self->ready)
    code = ENODEV;
  else
    fd = openat (self->root_fd, ICAM_PROTECTED_LOG, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0640);
  if (code == 0 && fd < 0)
    code = errno;
  if (fd >= 0)
    {
      if (!append_line (fd, op->protect.line, &code) || fsync (fd) != 0 || fsync (self->root_fd) != 0)
        code = code != 0 ? code : errno;
      close (fd);
      icam_disk_fault ("protect-line");
    }
  g_async_queue_push (op->protect.answers, GINT_TO_POINTER (code + 1));
}

/* Into the log of every folder: each can be read without the others. One is enough for now. */
static gboolean
append (IcamArchive *self, const char *line, GError **error)
{
  g_autoptr (GPtrArray) disks = icam_store_ref_disks (icam_archive_get_store (self));
  g_autoptr (GAsyncQueue) answers = g_async_queue_new ();
  gint64 until = g_get_monotonic_time () + ANSWER_US;
  guint written = 0;
  int code = ETIMEDOUT;

  for (guint i = 0; i < disks->len; i++)
    icam_disk_append_protection (g_ptr_array_index (disks, i), line, answers);
  for (guint i = 0; i < disks->len; i++)
    {
      gint64 left = MAX (until - g_get_monotonic_time (), 1);
      int answer = GPOINTER_TO_INT (g_async_queue_timeout_pop (answers, (guint64) left));

      written += answer == 1;
      if (answer > 1)
        code = answer - 1;
    }
  if (written > 0)
    return TRUE;
  icam_error_set (error, ICAM_ERROR_ARCHIVE_NOT_WRITABLE, "folder", icam_archive_get_folder (self), "detail",
                  g_strerror (code), NULL);
  return FALSE;
}

/**
 * icam_archive_protect:
 * @self: an archive
 * @channel: a channel
 * @from_us: UTC µs
 * @to_us: UTC µs
 * @note: (nullable): why, for people
 * @id: (out): of the protection
 * @error: return location, ICAM_ERROR_INVALID_ARGUMENT, ICAM_ERROR_ARCHIVE_…, ICAM_ERROR_DATABASE
 *
 * What was recorded in the span is never deleted to make room or because of its age. It is in the log of at least one folder, on the disk
 * itself, when this returns. Waits: call it on a thread that may.
 *
 * Returns: whether it is protected
 */
gboolean
icam_archive_protect (
  IcamArchive *self, const IcamUuid *channel, gint64 from_us, gint64 to_us, const char *note, IcamUuid *id, GError **error)
{
  IcamStore *store = icam_archive_get_store (self);
  IcamProtectionRow row = { .channel = *channel, .from_us = from_us, .to_us = to_us, .note = (char *) note };
  g_autofree char *line = NULL;
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&changing);

  if (to_us <= from_us)
    {
      icam_error_set (error, ICAM_ERROR_INVALID_ARGUMENT, "what", "to", NULL);
      return FALSE;
    }
  icam_uuid_generate (&row.id);
  row.made_us = icam_clock_utc (store->clock);
  line = icam_protected_line (&row);
  if (!append (self, line, error) || !icam_catalogue_put_protection (store->catalogue, &row, error))
    return FALSE;
  *id = row.id;
  icam_store_changed (store, channel, from_us);
  return TRUE;
}

/**
 * icam_archive_unprotect:
 * @self: an archive
 * @id: of a protection
 * @error: return location, ICAM_ERROR_NOT_FOUND, ICAM_ERROR_ARCHIVE_…, ICAM_ERROR_DATABASE
 *
 * Returns: whether the span is like any other again
 */
gboolean
icam_archive_unprotect (IcamArchive *self, const IcamUuid *id, GError **error)
{
  IcamStore *store = icam_archive_get_store (self);
  g_autoptr (GPtrArray) disks = icam_store_ref_disks (store);
  g_autofree char *line = icam_unprotected_line (id);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&changing);

  if (!icam_catalogue_drop_protection (store->catalogue, id, error) || !append (self, line, error))
    return FALSE;
  for (guint i = 0; i < disks->len; i++)
    icam_disk_keep (g_ptr_array_index (disks, i));
  return TRUE;
}

/**
 * icam_archive_finish_protections:
 * @self: an archive
 *
 * What stands in the logs of the folders that are here and not in the catalogue: a recorder died between the two. Waits for the folders.
 */
void
icam_archive_finish_protections (IcamArchive *self)
{
  IcamStore *store = icam_archive_get_store (self);
  const IcamCheckOptions options = { .repair = TRUE };
  IcamCheckResult result = { 0 };
  g_autoptr (GError) error = NULL;
  IcamCheck check = { .catalogue = store->catalogue, .config = store->config, .options = &options, .result = &result };
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&changing);

  icam_config_get_catalogue (store->config, &check.owner);
  if (!icam_check_protections (&check, &error))
    g_warning ("What is protected cannot be compared with the logs: %s", error->message);
}

/**
 * icam_archive_list_protections:
 * @self: an archive
 * @channel: (nullable): a channel, %NULL: all
 * @error: return location, ICAM_ERROR_DATABASE
 *
 * Returns: (transfer full) (nullable): of IcamProtectionRow, by their beginning
 */
GArray *
icam_archive_list_protections (IcamArchive *self, const IcamUuid *channel, GError **error)
{
  static const IcamUuid none;
  IcamStore *store = icam_archive_get_store (self);
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (IcamProtectionRow));
  IcamSql *reader = icam_catalogue_read (store->catalogue, error);
  sqlite3_stmt *query;
  gboolean row = FALSE, ok = FALSE;

  g_array_set_clear_func (rows, (GDestroyNotify) icam_protection_row_clear);
  if (reader == NULL)
    return NULL;
  query = icam_sql_query (reader, error,
                          "SELECT id, channel, from_us, to_us, note, made_us FROM protection"
                          " WHERE ?1 OR channel = ?2 ORDER BY from_us, id",
                          "iu", (gint64) (channel == NULL), channel != NULL ? channel : &none);
  while (query != NULL && (ok = icam_sql_step (reader, query, &row, error)) && row)
    {
      IcamProtectionRow protection = { 0 };

      icam_sql_column_uuid (query, 0, &protection.id);
      icam_sql_column_uuid (query, 1, &protection.channel);
      protection.from_us = sqlite3_column_int64 (query, 2);
      protection.to_us = sqlite3_column_int64 (query, 3);
      protection.note = icam_sql_column_dup (query, 4);
      protection.made_us = sqlite3_column_int64 (query, 5);
      g_array_append_val (rows, protection);
    }
  icam_catalogue_read_done (store->catalogue, reader);
  return ok ? g_steal_pointer (&rows) : NULL;
}

/**
 * icam_archive_measure_folders:
 * @self: an archive
 * @folders: of icam_archive_list_folders()
 * @error: return location, ICAM_ERROR_DATABASE
 *
 * Fills in what recordings take and how many days the disks will hold. Asks the catalogue: call it on a thread that may wait.
 *
 * Returns: whether it is known
 */
gboolean
icam_archive_measure_folders (IcamArchive *self, GPtrArray *folders, GError **error)
{
  IcamStore *store = icam_archive_get_store (self);
  gint64 since = icam_clock_utc (store->clock) - G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC;
  IcamSql *reader = icam_catalogue_read (store->catalogue, error);

  if (reader == NULL)
    return FALSE;
  for (guint i = 0; i < folders->len; i++)
    {
      IcamFolderRow *row = g_ptr_array_index (folders, i);
      gint64 folder, oldest, span;
      IcamUuid archive;

      row->days = -1;
      if (!icam_config_find_archive (store->config, row->path, &archive))
        continue;
      folder = icam_sql_get_int (reader, 0, "SELECT id FROM folder WHERE archive = ?", "u", &archive);
      row->used_bytes = icam_sql_get_int (reader, 0, "SELECT total (bytes) FROM usage WHERE folder = ?", "i", folder);
      row->day_bytes = icam_sql_get_int (reader, 0,
                                         "SELECT total (segment.bytes) FROM stream CROSS JOIN segment WHERE segment.stream = stream.id"
                                         " AND segment.start_us >= ?2 AND segment.folder = ?1 AND segment.state = 1",
                                         "ii", folder, since);
      /* What was begun less than a day ago is not a day's worth. */
      oldest = icam_sql_get_int (reader, 0,
                                 "SELECT min (start_us) FROM stream CROSS JOIN segment WHERE segment.stream = stream.id"
                                 " AND segment.start_us >= ?2 AND segment.folder = ?1 AND segment.state = 1",
                                 "ii", folder, since);
      span = oldest > 0 ? icam_clock_utc (store->clock) - oldest : 0;
      if (row->day_bytes > 0 && span >= 60 * G_USEC_PER_SEC && row->free_bytes >= 0)
        {
          double a_day = (double) row->day_bytes / (double) span * 86400e6;

          row->days = (double) (MAX (row->free_bytes - row->floor_bytes, 0) + row->used_bytes) / a_day;
        }
    }
  icam_catalogue_read_done (store->catalogue, reader);
  return TRUE;
}
