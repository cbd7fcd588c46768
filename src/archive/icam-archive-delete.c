/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-archive"

#include "config.h"

#include "archive/icam-archive-private.h"
#include "archive/icam-disk-private.h"

/* All recordings of a channel. A year of one is half a million rows, so they go piece by piece: between two pieces recordings begin and
 * end. What was begun is noted first, and completed at the next start if the recorder dies. */
#define ROWS_A_PIECE 1000
#define PAUSE_US 2000

/* One transaction. @changed: whether there was something to do. */
static gboolean
delete_piece (IcamCatalogue *catalogue, const char *statement, const IcamUuid *channel, gboolean *changed, GError **error)
{
  IcamSql *sql = icam_catalogue_lock (catalogue);
  gboolean ok = icam_sql_run (sql, error, statement, "ui", channel, (gint64) ROWS_A_PIECE);

  *changed = ok && icam_sql_changes (sql) > 0;
  icam_catalogue_unlock (catalogue);
  return ok;
}

/* The stream's segments up to so many behind @after; that is where the next piece begins. */
static gboolean
to_garbage (IcamCatalogue *catalogue, gint64 stream, gint64 *after, gboolean *more, GError **error)
{
  IcamSql *sql = icam_catalogue_lock (catalogue);
  gint64 last = icam_sql_get_int (sql, 0,
                                  "SELECT max (seq) FROM (SELECT seq FROM segment WHERE stream = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3)",
                                  "iii", stream, *after, (gint64) ROWS_A_PIECE);
  gboolean ok = TRUE;

  *more = last > 0;
  if (*more)
    {
      ok = icam_sql_begin (sql, FALSE, error);
      if (ok)
        {
          ok = icam_sql_run (sql, error, "DELETE FROM segment_index WHERE stream = ?1 AND seq > ?2 AND seq <= ?3", "iii", stream, *after, last)
               && icam_sql_run (sql, error, "UPDATE segment SET state = 2 WHERE stream = ?1 AND seq > ?2 AND seq <= ?3", "iii", stream, *after,
                                last);
          if (ok)
            ok = icam_sql_commit (sql, error);
          else
            icam_sql_rollback (sql);
        }
    }
  icam_catalogue_unlock (catalogue);
  *after = last;
  return ok;
}

static gint64
find_stream (IcamCatalogue *catalogue, const IcamUuid *channel, IcamRole role)
{
  IcamSql *sql = icam_catalogue_lock (catalogue);
  gint64 stream = icam_sql_get_int (sql, 0, "SELECT id FROM stream WHERE channel = ?1 AND role = ?2", "ui", channel, (gint64) role);

  icam_catalogue_unlock (catalogue);
  return stream;
}

/* Begun, or ended: on the disk itself. */
static gboolean
note (IcamCatalogue *catalogue, const IcamUuid *channel, gboolean begun, GError **error)
{
  IcamSql *sql = icam_catalogue_lock (catalogue);
  gboolean ok = icam_sql_begin (sql, TRUE, error);

  if (ok)
    {
      ok = begun ? icam_sql_run (sql, error, "INSERT OR REPLACE INTO meta VALUES ('deleting-' || hex (?1), ?1)", "u", channel)
                 : icam_sql_run (sql, error, "DELETE FROM meta WHERE key = 'deleting-' || hex (?1)", "u", channel);
      if (ok)
        ok = icam_sql_commit (sql, error);
      else
        icam_sql_rollback (sql);
    }
  icam_catalogue_unlock (catalogue);
  return ok;
}

static gboolean
delete_rows (IcamCatalogue *catalogue, const IcamUuid *channel, GError **error)
{
  static const char *const others[] = {
    "DELETE FROM gap WHERE id IN (SELECT gap.id FROM stream JOIN gap ON gap.stream = stream.id WHERE stream.channel = ?1 LIMIT ?2)",
    "DELETE FROM event WHERE rowid IN (SELECT rowid FROM event WHERE channel = ?1 LIMIT ?2)",
  };
  gboolean more;

  for (guint i = 0; i < ICAM_N_ROLES; i++)
    {
      gint64 stream = find_stream (catalogue, channel, (IcamRole) i), after = 0;

      do
        {
          if (!to_garbage (catalogue, stream, &after, &more, error))
            return FALSE;
          if (more)
            g_usleep (PAUSE_US);
        }
      while (more);
    }
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    do
      {
        if (!delete_piece (catalogue, others[i], channel, &more, error))
          return FALSE;
        if (more)
          g_usleep (PAUSE_US);
      }
    while (more);
  return TRUE;
}

/**
 * icam_archive_delete_channel:
 * @self: an archive
 * @channel: a channel
 * @error: return location, ICAM_ERROR_DATABASE
 *
 * All of it is gone from every list when this returns; the files follow. Blocks, for a year of recordings some seconds, as it pauses between
 * pieces so that recording goes on meanwhile: not for the main thread.
 *
 * Returns: whether it is done
 */
gboolean
icam_archive_delete_channel (IcamArchive *self, const IcamUuid *channel, GError **error)
{
  IcamStore *store = icam_archive_get_store (self);
  g_autoptr (GPtrArray) disks = icam_store_ref_disks (store);
  gboolean ok;

  for (guint i = 0; i < ICAM_N_ROLES; i++)
    {
      g_autoptr (IcamStream) stream = icam_store_find_stream (store, channel, (IcamRole) i);

      if (stream == NULL)
        continue;
      g_mutex_lock (&stream->lock);
      g_atomic_int_set (&stream->dead, TRUE);
      g_mutex_unlock (&stream->lock);
      g_mutex_lock (&store->lock);
      g_hash_table_remove (store->streams, stream);
      g_mutex_unlock (&store->lock);
    }

  ok = note (store->catalogue, channel, TRUE, error);
  if (ok)
    icam_disk_fault ("deleting-channel");
  ok = ok && delete_rows (store->catalogue, channel, error) && note (store->catalogue, channel, FALSE, error);
  for (guint i = 0; ok && i < disks->len; i++)
    icam_disk_delete_channel (g_ptr_array_index (disks, i), channel);
  icam_store_changed (store, channel, 0);
  return ok;
}

/**
 * icam_archive_finish_deletions:
 * @self: an archive
 *
 * Completes icam_archive_delete_channel() where the recorder died over it. Blocks.
 */
void
icam_archive_finish_deletions (IcamArchive *self)
{
  IcamStore *store = icam_archive_get_store (self);
  g_autoptr (GArray) channels = g_array_new (FALSE, FALSE, sizeof (IcamUuid));
  g_autoptr (GError) error = NULL;
  IcamSql *sql = icam_catalogue_lock (store->catalogue);
  sqlite3_stmt *query = icam_sql_query (sql, NULL, "SELECT value FROM meta WHERE key >= 'deleting-' AND key < 'deleting.'", "");
  gboolean row = FALSE;

  while (query != NULL && icam_sql_step (sql, query, &row, NULL) && row)
    {
      IcamUuid channel;

      icam_sql_column_uuid (query, 0, &channel);
      g_array_append_val (channels, channel);
    }
  icam_catalogue_unlock (store->catalogue);

  for (guint i = 0; i < channels->len; i++)
    if (!icam_archive_delete_channel (self, &g_array_index (channels, IcamUuid, i), &error))
      {
        g_warning ("Recordings that were to be deleted are still there: %s", error->message);
        g_clear_error (&error);
      }
}
