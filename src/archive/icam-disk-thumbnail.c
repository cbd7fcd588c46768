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
/* Each is looked up by itself, on a disk that may be slow. */
#define ORPHANS_A_TURN 200

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

/* The rows of the thumbnails, and their files first: who dies in between finds the row again. */
static void
unlink_all (IcamDisk *self, sqlite3_stmt *query, IcamSql *reader, guint *found)
{
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (gint64));
  gboolean row = FALSE;

  while (query != NULL && icam_sql_step (reader, query, &row, NULL) && row)
    {
      gint64 id = sqlite3_column_int64 (query, 0);

      unlinkat (self->root_fd, (const char *) sqlite3_column_text (query, 1), 0);
      g_array_append_val (rows, id);
    }
  *found = rows->len;
  icam_catalogue_read_done (self->store->catalogue, reader);

  if (rows->len > 0)
    {
      IcamSql *sql = icam_catalogue_lock (self->store->catalogue);
      gboolean ok = icam_sql_begin (sql, FALSE, NULL);

      for (guint i = 0; ok && i < rows->len; i++)
        ok = icam_sql_run (sql, NULL, "DELETE FROM thumbnail WHERE rowid = ?", "i", g_array_index (rows, gint64, i));
      if (ok)
        icam_sql_commit (sql, NULL);
      else
        icam_sql_rollback (sql);
      icam_catalogue_unlock (self->store->catalogue);
    }
}

/* Of channels that are gone. */
static void
unlink_gone (IcamDisk *self)
{
  IcamSql *reader = icam_catalogue_read (self->store->catalogue, NULL);
  const IcamUuid *channel = &g_array_index (self->gone, IcamUuid, self->gone->len - 1);
  guint found = 0;

  if (reader != NULL)
    unlink_all (self,
                icam_sql_query (reader, NULL,
                                "SELECT thumbnail.rowid, path FROM thumbnail WHERE channel = ?1 AND folder = ?2"
                                " AND NOT EXISTS (SELECT 1 FROM event WHERE event.id = thumbnail.event) LIMIT ?3",
                                "uii", channel, self->folder_row, (gint64) ORPHANS_A_TURN),
                reader, &found);
  if (found == 0)
    g_array_set_size (self->gone, self->gone->len - 1);
}

/**
 * icam_disk_unlink_orphans:
 * @self: a disk that is ready
 *
 * Removes some of the thumbnails whose events are gone, or looks whether there are any: a little at a time, there may be a million.
 *
 * Returns: whether there is more to do
 */
gboolean
icam_disk_unlink_orphans (IcamDisk *self)
{
  IcamSql *reader;
  gint64 last;
  guint found;

  if (self->gone->len > 0)
    unlink_gone (self);
  if (!self->orphans)
    return self->gone->len > 0;
  reader = icam_catalogue_read (self->store->catalogue, NULL);
  if (reader == NULL)
    return TRUE;

  last = icam_sql_get_int (reader, 0, "SELECT max (rowid) FROM (SELECT rowid FROM thumbnail WHERE rowid > ?1 ORDER BY rowid LIMIT ?2)",
                           "ii", self->orphans_at, (gint64) ORPHANS_A_TURN);
  unlink_all (self,
              icam_sql_query (reader, NULL,
                              "SELECT thumbnail.rowid, path FROM thumbnail WHERE thumbnail.rowid > ?1 AND thumbnail.rowid <= ?2"
                              " AND folder = ?3 AND NOT EXISTS (SELECT 1 FROM event WHERE event.id = thumbnail.event)",
                              "iii", self->orphans_at, last, self->folder_row),
              reader, &found);
  self->orphans = last > 0;
  self->orphans_at = last;
  return self->orphans || self->gone->len > 0;
}
