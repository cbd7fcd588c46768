/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-archive"

#include "config.h"

#include "archive/icam-catalogue-mend.h"
#include "archive/icam-disk-private.h"

#include <gio/gio.h>
#include <glib/gstdio.h>

/* How many rows a transaction takes from a backup: recording waits for no more. */
#define ROWS_A_STEP 2000

/**
 * icam_catalogue_begin_generation:
 * @self: a catalogue that holds nothing yet
 * @generation: a number that was never used with its id
 * @error: return location
 *
 * Returns: whether numbers and epochs begin where none of an earlier generation can be
 */
gboolean
icam_catalogue_begin_generation (IcamCatalogue *self, guint generation, GError **error)
{
  IcamSql *sql = icam_catalogue_lock (self);
  gboolean ok = icam_sql_begin (sql, TRUE, error);

  if (ok)
    {
      ok = icam_sql_run (sql, error, "INSERT OR REPLACE INTO meta VALUES ('first-seq', ?)", "i",
                         ((gint64) generation << ICAM_GENERATION_SEQ_BITS) + 1)
           && icam_sql_run (sql, error, "INSERT INTO meta VALUES ('epoch', ?1) ON CONFLICT (key) DO UPDATE SET value = ?1",
                            "i", (gint64) generation << ICAM_GENERATION_EPOCH_BITS);
      if (ok)
        ok = icam_sql_commit (sql, error);
      else
        icam_sql_rollback (sql);
    }
  icam_catalogue_unlock (self);
  return ok;
}

/**
 * icam_catalogue_get_generation:
 * @self: a catalogue
 *
 * Returns: the highest one of which it knows a number or an epoch
 */
guint
icam_catalogue_get_generation (IcamCatalogue *self)
{
  IcamSql *sql = icam_catalogue_lock (self);
  gint64 seq = icam_sql_get_int (sql, 0, "SELECT max (next_seq) FROM stream", "");
  gint64 epoch = icam_sql_get_int (sql, 0, "SELECT value FROM meta WHERE key = 'epoch'", "");

  icam_catalogue_unlock (self);
  return (guint) MAX (seq >> ICAM_GENERATION_SEQ_BITS, epoch >> ICAM_GENERATION_EPOCH_BITS);
}

/**
 * icam_catalogue_get_flag:
 * @self: a catalogue
 * @key: name of a flag
 *
 * Returns: whether it is set
 */
gboolean
icam_catalogue_get_flag (IcamCatalogue *self, const char *key)
{
  IcamSql *sql = icam_catalogue_lock (self);
  gboolean on = icam_sql_get_int (sql, 0, "SELECT value FROM meta WHERE key = ?", "s", key) != 0;

  icam_catalogue_unlock (self);
  return on;
}

/**
 * icam_catalogue_set_flag:
 * @self: a catalogue
 * @key: name of a flag
 * @on: what it says from now on
 * @error: return location
 *
 * Returns: whether that is stored
 */
gboolean
icam_catalogue_set_flag (IcamCatalogue *self, const char *key, gboolean on, GError **error)
{
  IcamSql *sql = icam_catalogue_lock (self);
  gboolean ok = icam_sql_run (sql, error, "INSERT OR REPLACE INTO meta VALUES (?1, ?2)", "si", key, (gint64) on);

  icam_catalogue_unlock (self);
  return ok;
}

/**
 * icam_catalogue_adopt_segment:
 * @self: the catalogue
 * @stream: its row
 * @folder: row of the archive
 * @id: what the file says of itself
 * @end_us: UTC µs of the end of its last picture
 * @bytes: of the file
 * @key_frames: (nullable): of IcamKeyFrame; %NULL for a file that was not closed: recovery looks after it
 * @error: return location
 *
 * A segment whose row is lost. Numbers and epochs go on behind it. Rows of an epoch end where the next one begins, as
 * icam_catalogue_end_segment() has it.
 *
 * Returns: whether it has a row, this one or another
 */
gboolean
icam_catalogue_adopt_segment (IcamCatalogue *self,
                              gint64 stream,
                              gint64 folder,
                              const IcamSegmentId *id,
                              gint64 end_us,
                              guint64 bytes,
                              const GArray *key_frames,
                              GError **error)
{
  g_autoptr (GBytes) keys = key_frames != NULL ? icam_key_frames_pack (key_frames) : NULL;
  gboolean closed = keys != NULL;
  IcamSql *sql = icam_catalogue_lock (self);
  gboolean ok = icam_sql_begin (sql, FALSE, error);

  if (ok)
    {
      ok = icam_sql_run (sql, error,
                         "INSERT OR IGNORE INTO segment (stream, seq, folder, epoch, start_us, end_us, state, identity, bytes)"
                         " VALUES (?1, ?2, ?3, ?4, ?5, max (?5, min (?6, coalesce ((SELECT"
                         "  later.start_us FROM segment AS later WHERE later.stream = ?1"
                         "  AND later.seq > ?2 AND later.epoch = ?4 AND later.state <> 2 ORDER BY later.seq LIMIT 1),"
                         "  ?6))), ?8, 0, ?7)",
                         "iiiiiiii", stream, (gint64) id->seq, folder, (gint64) id->epoch, id->start_us,
                         closed ? end_us : id->start_us, closed ? (gint64) bytes : 0,
                         (gint64) (closed ? ICAM_SEGMENT_CLOSED : ICAM_SEGMENT_OPEN));
      if (ok && icam_sql_changes (sql) > 0)
        ok = icam_sql_run (sql, error,
                           "UPDATE segment SET end_us = max (start_us, ?4) WHERE stream = ?1"
                           " AND end_us > ?4 AND seq = (SELECT max (seq) FROM segment"
                           "  WHERE stream = ?1 AND seq < ?2 AND epoch = ?3)",
                           "iiii", stream, (gint64) id->seq, (gint64) id->epoch, id->start_us)
             && (!closed
                 || icam_sql_run (sql, error, "INSERT OR REPLACE INTO segment_index VALUES (?1, ?2, ?3)", "iib", stream,
                                  (gint64) id->seq, keys))
             && icam_sql_run (sql, error, "UPDATE stream SET next_seq = max (next_seq, ?2 + 1) WHERE id = ?1", "ii", stream,
                              (gint64) id->seq)
             && icam_sql_run (sql, error,
                              "INSERT INTO meta VALUES ('epoch', ?1) ON CONFLICT (key) DO UPDATE SET"
                              " value = max (value, ?1)",
                              "i", (gint64) id->epoch);
      if (ok)
        ok = icam_sql_commit (sql, error);
      else
        icam_sql_rollback (sql);
    }
  icam_catalogue_unlock (self);
  return ok;
}

/**
 * icam_catalogue_reopen_segment:
 * @self: the catalogue
 * @stream: its row
 * @seq: its number
 * @error: return location
 *
 * For a closed segment whose file is not what the row says: recovery looks what it is.
 *
 * Returns: whether the row is in state open
 */
gboolean
icam_catalogue_reopen_segment (IcamCatalogue *self, gint64 stream, guint64 seq, GError **error)
{
  IcamSql *sql = icam_catalogue_lock (self);
  gboolean ok = icam_sql_begin (sql, TRUE, error);

  if (ok)
    {
      ok = icam_sql_run (sql, error,
                         "UPDATE segment SET state = 0, bytes = 0 WHERE stream = ?1 AND seq = ?2 AND state = 1", "ii", stream,
                         (gint64) seq)
           && icam_sql_run (sql, error, "DELETE FROM segment_index WHERE stream = ?1 AND seq = ?2", "ii", stream,
                            (gint64) seq);
      if (ok)
        ok = icam_sql_commit (sql, error);
      else
        icam_sql_rollback (sql);
    }
  icam_catalogue_unlock (self);
  return ok;
}

/* ---- from a backup ---- */

/* What belongs together: ids of streams and folders differ between the two databases. "from_id < id <= to_id" is a step. */
#define STREAM_OF(table)                                                                           \
  " JOIN old.stream AS old_stream ON old_stream.id = " table ".stream"                              \
  " JOIN main.stream AS new_stream ON new_stream.channel = old_stream.channel AND new_stream.role = old_stream.role"
#define FOLDER_OF(table)                                                                           \
  " JOIN old.folder AS old_folder ON old_folder.id = " table ".folder"                              \
  " JOIN main.folder AS new_folder ON new_folder.archive = old_folder.archive"

static const struct
{
  const char *last;  /* the last key of a step: ?1 key before it, ?2 how many, ?3 stream */
  const char *take;  /* ?1 < key <= ?2, ?3 stream */
  gboolean counts;
  gboolean by_stream;
} tables[] = {
  { "SELECT max (seq) FROM (SELECT seq FROM old.segment WHERE stream = ?3 AND seq > ?1 ORDER BY seq LIMIT ?2)",
    "INSERT OR IGNORE INTO main.segment (stream, seq, folder, epoch, start_us, end_us, state, identity, bytes)"
    " SELECT new_stream.id, seq, new_folder.id, epoch, start_us, end_us, 1, identity, bytes FROM old.segment AS segment"
    STREAM_OF ("segment") FOLDER_OF ("segment")
    " WHERE segment.stream = ?3 AND seq > ?1 AND seq <= ?2 AND state = 1",
    TRUE, TRUE },
  { "SELECT max (seq) FROM (SELECT seq FROM old.segment WHERE stream = ?3 AND seq > ?1 ORDER BY seq LIMIT ?2)",
    "INSERT OR IGNORE INTO main.segment_index (stream, seq, keys)"
    " SELECT new_stream.id, entry.seq, keys FROM old.segment_index AS entry" STREAM_OF ("entry")
    " JOIN main.segment AS segment ON segment.stream = new_stream.id AND segment.seq = entry.seq AND segment.state = 1"
    " WHERE entry.stream = ?3 AND entry.seq > ?1 AND entry.seq <= ?2",
    FALSE, TRUE },
  { "SELECT max (id) FROM (SELECT id FROM old.gap WHERE id > ?1 AND ?3 = 0 ORDER BY id LIMIT ?2)",
    "INSERT INTO main.gap (stream, start_us, end_us, cause)"
    " SELECT new_stream.id, start_us, end_us, cause FROM old.gap AS gap" STREAM_OF ("gap")
    " WHERE gap.id > ?1 AND gap.id <= ?2 AND end_us <> 0 AND ?3 = 0 AND NOT EXISTS (SELECT 1 FROM main.gap AS known"
    "  WHERE known.stream = new_stream.id AND known.start_us = gap.start_us)",
    TRUE, FALSE },
  { "SELECT max (rowid) FROM (SELECT rowid FROM old.event WHERE rowid > ?1 AND ?3 = 0 ORDER BY rowid LIMIT ?2)",
    "INSERT OR IGNORE INTO main.event (id, camera, channel, kind, start_us, end_us, peak_us, peak, witnesses)"
    " SELECT id, camera, channel, kind, start_us, CASE end_us WHEN 0 THEN max (start_us, peak_us) ELSE end_us END, peak_us,"
    "  peak, witnesses FROM old.event WHERE rowid > ?1 AND rowid <= ?2 AND ?3 = 0",
    TRUE, FALSE },
  { "SELECT max (rowid) FROM (SELECT rowid FROM old.thumbnail WHERE rowid > ?1 AND ?3 = 0 ORDER BY rowid LIMIT ?2)",
    "INSERT OR IGNORE INTO main.thumbnail (event, channel, folder, path)"
    " SELECT event, channel, new_folder.id, path FROM old.thumbnail AS thumbnail" FOLDER_OF ("thumbnail")
    " WHERE thumbnail.rowid > ?1 AND thumbnail.rowid <= ?2 AND ?3 = 0",
    TRUE, FALSE },
  { "SELECT max (id) FROM (SELECT id FROM old.journal WHERE id > ?1 AND ?3 = 0 ORDER BY id LIMIT ?2)",
    "INSERT INTO main.journal (time_us, code, params)"
    " SELECT time_us, code, params FROM old.journal AS entry WHERE id > ?1 AND id <= ?2 AND ?3 = 0"
    " AND NOT EXISTS (SELECT 1 FROM main.journal AS known WHERE known.time_us = entry.time_us AND known.code = entry.code)",
    TRUE, FALSE },
};

/* Those that come first: what the others refer to. */
static const char *const first_steps[] = {
  "INSERT OR IGNORE INTO main.folder (archive) SELECT archive FROM old.folder",
  "INSERT INTO main.stream (channel, role, next_seq) SELECT channel, role, next_seq FROM old.stream WHERE true"
  " ON CONFLICT (channel, role) DO UPDATE SET next_seq = max (next_seq, excluded.next_seq)",
  "UPDATE main.meta SET value = max (value, coalesce ((SELECT value FROM old.meta WHERE key = 'epoch'), 0))"
  " WHERE key = 'epoch'",
};

/* A step of one table, in a transaction of its own. Returns the last key, 0 at the end, -1 on an error. */
static gint64
take_step (IcamCatalogue *self, guint table, gint64 stream, gint64 after, guint64 *rows, GError **error)
{
  IcamSql *sql = icam_catalogue_lock (self);
  gint64 last = icam_sql_get_int (sql, 0, tables[table].last, "iii", after, (gint64) ROWS_A_STEP, stream);

  if (last != 0)
    {
      gboolean ok = icam_sql_begin (sql, FALSE, error);

      if (ok)
        {
          ok = icam_sql_run (sql, error, tables[table].take, "iii", after, last, stream);
          if (ok && tables[table].counts)
            *rows += (guint64) icam_sql_changes (sql);
          if (ok)
            ok = icam_sql_commit (sql, error);
          else
            icam_sql_rollback (sql);
        }
      if (!ok)
        last = -1;
    }
  icam_catalogue_unlock (self);
  if (last > 0)
    icam_disk_fault ("restored");
  return last;
}

static gboolean
take_all (IcamCatalogue *self, guint table, gint64 stream, GCancellable *cancellable, guint64 *rows, GError **error)
{
  gint64 after = 0;

  do
    {
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      after = take_step (self, table, stream, after, rows, error);
    }
  while (after > 0);
  return after == 0;
}

static GArray *
list_streams (IcamCatalogue *self, GError **error)
{
  g_autoptr (GArray) streams = g_array_new (FALSE, FALSE, sizeof (gint64));
  IcamSql *sql = icam_catalogue_lock (self);
  sqlite3_stmt *query = icam_sql_query (sql, error, "SELECT id FROM old.stream", "");
  gboolean row = FALSE, ok = FALSE;

  while (query != NULL && (ok = icam_sql_step (sql, query, &row, error)) && row)
    {
      gint64 id = sqlite3_column_int64 (query, 0);

      g_array_append_val (streams, id);
    }
  icam_catalogue_unlock (self);
  return ok ? g_steal_pointer (&streams) : NULL;
}

static gboolean
take_everything (IcamCatalogue *self, GCancellable *cancellable, guint64 *rows, GError **error)
{
  g_autoptr (GArray) streams = NULL;
  gboolean ok = TRUE;

  for (guint i = 0; ok && i < G_N_ELEMENTS (first_steps); i++)
    {
      ok = icam_sql_run (icam_catalogue_lock (self), error, first_steps[i], "");
      icam_catalogue_unlock (self);
    }
  streams = ok ? list_streams (self, error) : NULL;
  ok = streams != NULL;
  for (guint table = 0; ok && table < G_N_ELEMENTS (tables); table++)
    for (guint i = 0; ok && i < (tables[table].by_stream ? streams->len : 1); i++)
      ok = take_all (self, table, tables[table].by_stream ? g_array_index (streams, gint64, i) : 0, cancellable, rows, error);
  return ok;
}

static gboolean
copy_file (const char *from, const char *to, GCancellable *cancellable, GError **error)
{
  g_autoptr (GFile) source = g_file_new_for_path (from);
  g_autoptr (GFile) target = g_file_new_for_path (to);

  return g_file_copy (source, target, G_FILE_COPY_OVERWRITE | G_FILE_COPY_TARGET_DEFAULT_PERMS, cancellable, NULL, NULL, error);
}

static void
remove_copy (const char *path)
{
  static const char *const parts[] = { "", "-wal", "-shm", "-journal" };

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_autofree char *name = g_strconcat (path, parts[i], NULL);

      g_unlink (name);
    }
}

/**
 * icam_catalogue_restore:
 * @self: the catalogue
 * @folder: an archive
 * @uuid: the catalogue's id
 * @cancellable: (nullable): ends it
 * @rows: (inout): raised by the number of rows that were taken
 * @error: return location
 *
 * Takes what the backup in an archive knows and this catalogue does not. Recording goes on meanwhile; done twice it changes nothing. A backup
 * that is not there, or cannot be read, is none.
 *
 * Returns: %FALSE if this catalogue cannot be written, or it was cancelled
 */
gboolean
icam_catalogue_restore (IcamCatalogue *self,
                        const char *folder,
                        const IcamUuid *uuid,
                        GCancellable *cancellable,
                        guint64 *rows,
                        GError **error)
{
  g_autofree char *backup = g_build_filename (folder, "backup", "catalogue.sqlite", NULL);
  g_autofree char *copy = g_strconcat (icam_catalogue_get_path (self), ".restore", NULL);
  g_autoptr (GError) local = NULL;
  IcamSql *old;
  gboolean ok;

  if (!g_file_test (backup, G_FILE_TEST_IS_REGULAR))
    return TRUE;
  remove_copy (copy);
  if (!copy_file (backup, copy, cancellable, &local) || (old = icam_catalogue_open_copy (copy, uuid, &local)) == NULL)
    {
      remove_copy (copy);
      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      g_warning ("The backup in %s cannot be used: %s", folder, local->message);
      return TRUE;
    }
  icam_sql_close (old);

  ok = icam_sql_run (icam_catalogue_lock (self), error, "ATTACH ? AS old", "s", copy);
  icam_catalogue_unlock (self);
  if (ok)
    {
      ok = take_everything (self, cancellable, rows, error);
      icam_sql_run (icam_catalogue_lock (self), NULL, "DETACH old", "");
      icam_catalogue_unlock (self);
    }
  remove_copy (copy);
  return ok;
}
