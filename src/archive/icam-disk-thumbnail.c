/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-archive"

#include "config.h"

#include "archive/icam-disk-private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAX_JPEG (4u * 1024 * 1024)

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
  icam_disk_fault ("thumbnail-part");
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

  icam_disk_fault ("thumbnail");

  sql = icam_catalogue_lock (self->store->catalogue);
  icam_sql_run (sql, NULL, "INSERT OR REPLACE INTO thumbnail VALUES (?1, ?2, ?3, ?4)", "uuis",
                &op->event, &op->channel, self->folder_row, path);
  icam_catalogue_unlock (self->store->catalogue);
  icam_store_changed (self->store, &op->channel, op->utc_us);
}

/**
 * icam_disk_unlink_orphans:
 * @self: a disk that is ready
 * @channel: (nullable): whose, %NULL: all
 *
 * Removes thumbnails of events that are gone.
 */
void
icam_disk_unlink_orphans (IcamDisk *self, const IcamUuid *channel)
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  static const IcamUuid none;
  const char *which = channel != NULL ? "= ?2" : "<> ?2";
  g_autofree char *where
    = g_strdup_printf (" FROM thumbnail WHERE channel %s AND folder = ?1 AND event NOT IN (SELECT id FROM event)", which);
  g_autofree char *list = g_strconcat ("SELECT path", where, NULL);
  g_autofree char *drop = g_strconcat ("DELETE", where, NULL);
  IcamSql *sql = icam_catalogue_lock (self->store->catalogue);
  sqlite3_stmt *query
    = icam_sql_query (sql, NULL, list, "iu", self->folder_row, channel != NULL ? channel : &none);
  gboolean row = FALSE;

  while (query != NULL && icam_sql_step (sql, query, &row, NULL) && row)
    g_ptr_array_add (paths, icam_sql_column_dup (query, 0));
  icam_sql_run (sql, NULL, drop, "iu", self->folder_row, channel != NULL ? channel : &none);
  icam_catalogue_unlock (self->store->catalogue);

  for (guint i = 0; i < paths->len; i++)
    unlinkat (self->root_fd, g_ptr_array_index (paths, i), 0);
}
