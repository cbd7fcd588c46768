/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-archive"

#include "config.h"

#include "archive/icam-catalogue.h"
#include "archive/icam-catalogue-mend.h"
#include "archive/icam-config.h"
#include "base/icam-time.h"

#include <glib/gstdio.h>

/* Connections for reading that are kept when nobody uses them. */
#define MAX_IDLE_READERS 4

struct _IcamCatalogue
{
  char *path;
  char *marker; /* exists if the catalogue was found damaged while it was in use */

  GMutex lock; /* for sql */
  IcamSql *sql;

  GMutex readers_lock;
  GPtrArray *readers; /* of IcamSql, idle */
};

/* A version of the catalogue a step. Steps are never changed once they were released; a new one is
 * appended. */
static const char *const migrations[] = {
  "CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;"
  "CREATE TABLE folder (id INTEGER PRIMARY KEY, archive BLOB NOT NULL UNIQUE CHECK (length "
  "(archive) = 16)) STRICT;"
  "CREATE TABLE stream (id INTEGER PRIMARY KEY, channel BLOB NOT NULL CHECK (length (channel) = "
  "16),"
  "  role INTEGER NOT NULL, next_seq INTEGER NOT NULL DEFAULT 1, UNIQUE (channel, role)) STRICT;"
  "CREATE TABLE segment (stream INTEGER NOT NULL REFERENCES stream (id), seq INTEGER NOT NULL,"
  "  folder INTEGER NOT NULL REFERENCES folder (id), epoch INTEGER NOT NULL, start_us INTEGER NOT "
  "NULL,"
  "  end_us INTEGER NOT NULL, state INTEGER NOT NULL, identity INTEGER NOT NULL, bytes INTEGER NOT "
  "NULL,"
  "  PRIMARY KEY (stream, seq)) STRICT, WITHOUT ROWID;"
  "CREATE INDEX segment_start ON segment (stream, start_us);"
  /* All that a start looks at. */
  "CREATE INDEX segment_unfinished ON segment (state) WHERE state <> 1;"
  "CREATE TABLE segment_index (stream INTEGER NOT NULL, seq INTEGER NOT NULL, keys BLOB NOT NULL,"
  "  PRIMARY KEY (stream, seq), FOREIGN KEY (stream, seq) REFERENCES segment (stream, seq) ON "
  "DELETE CASCADE) STRICT;"
  "CREATE TABLE gap (id INTEGER PRIMARY KEY, stream INTEGER NOT NULL REFERENCES stream (id), "
  "start_us INTEGER NOT NULL,"
  "  end_us INTEGER NOT NULL, cause TEXT NOT NULL) STRICT;"
  "CREATE INDEX gap_start ON gap (stream, start_us);"
  "CREATE INDEX gap_open ON gap (stream) WHERE end_us = 0;"
  "CREATE TABLE event (id BLOB PRIMARY KEY CHECK (length (id) = 16), camera BLOB NOT NULL, channel "
  "BLOB NOT NULL,"
  "  kind TEXT NOT NULL, start_us INTEGER NOT NULL, end_us INTEGER NOT NULL, peak_us INTEGER NOT "
  "NULL,"
  "  peak REAL NOT NULL, witnesses TEXT NOT NULL) STRICT;"
  "CREATE INDEX event_camera ON event (camera, start_us);"
  "CREATE INDEX event_start ON event (start_us);"
  "CREATE INDEX event_channel ON event (channel);"
  "CREATE TABLE thumbnail (event BLOB PRIMARY KEY CHECK (length (event) = 16), channel BLOB NOT "
  "NULL,"
  "  folder INTEGER NOT NULL REFERENCES folder (id), path TEXT NOT NULL) STRICT;"
  "CREATE INDEX thumbnail_channel ON thumbnail (channel);"
  "CREATE TABLE journal (id INTEGER PRIMARY KEY, time_us INTEGER NOT NULL, code TEXT NOT NULL, "
  "params TEXT NOT NULL)"
  "  STRICT;"
  "CREATE INDEX journal_time ON journal (time_us);",
  /* What streams take, kept by triggers; spans that are never deleted. */
  "CREATE TABLE usage (stream INTEGER NOT NULL, folder INTEGER NOT NULL, bytes INTEGER NOT NULL,"
  "  PRIMARY KEY (stream, folder)) STRICT, WITHOUT ROWID;"
  "INSERT INTO usage SELECT stream, folder, sum (bytes) FROM segment GROUP BY stream, folder;"
  "CREATE TRIGGER segment_made AFTER INSERT ON segment BEGIN"
  "  INSERT INTO usage VALUES (NEW.stream, NEW.folder, NEW.bytes)"
  "    ON CONFLICT (stream, folder) DO UPDATE SET bytes = bytes + excluded.bytes; END;"
  "CREATE TRIGGER segment_changed AFTER UPDATE OF bytes, folder ON segment BEGIN"
  "  UPDATE usage SET bytes = bytes - OLD.bytes WHERE stream = OLD.stream AND folder = OLD.folder;"
  "  INSERT INTO usage VALUES (NEW.stream, NEW.folder, NEW.bytes)"
  "    ON CONFLICT (stream, folder) DO UPDATE SET bytes = bytes + excluded.bytes; END;"
  "CREATE TRIGGER segment_dropped AFTER DELETE ON segment BEGIN"
  "  UPDATE usage SET bytes = bytes - OLD.bytes WHERE stream = OLD.stream AND folder = OLD.folder; END;"
  "CREATE TABLE protection (id BLOB PRIMARY KEY CHECK (length (id) = 16), channel BLOB NOT NULL,"
  "  from_us INTEGER NOT NULL, to_us INTEGER NOT NULL, note TEXT NOT NULL, made_us INTEGER NOT NULL) STRICT;"
  "CREATE INDEX protection_channel ON protection (channel, from_us);"
  "DROP INDEX event_channel;"
  "CREATE INDEX event_channel ON event (channel, start_us);",
  /* Segments that are being brought to another folder. */
  "CREATE TABLE moving (stream INTEGER NOT NULL, seq INTEGER NOT NULL, source INTEGER NOT NULL, target INTEGER NOT NULL,"
  "  PRIMARY KEY (stream, seq)) STRICT, WITHOUT ROWID;",
  /* What lasts longer than others of its kind, or still does: all else that touches a span begins at most a day before it. */
  "CREATE INDEX gap_long ON gap (stream, start_us) WHERE end_us = 0 OR end_us - start_us > 86400000000;"
  "CREATE INDEX event_long ON event (start_us) WHERE end_us = 0 OR end_us - start_us > 86400000000;"
  "CREATE INDEX segment_garbage ON segment (folder, stream, seq) WHERE state = 2;",
  NULL,
};

/* ---- opening ---- */

static gboolean
check_uuid (IcamSql *sql, const IcamUuid *uuid, GError **error)
{
  sqlite3_stmt *query
    = icam_sql_query (sql, error, "SELECT value FROM meta WHERE key = 'uuid'", "");
  gboolean row;
  IcamUuid found;

  if (query == NULL || !icam_sql_step (sql, query, &row, error))
    return FALSE;
  /* Until somebody has looked what it takes the place of. */
  if (!row)
    return icam_sql_run (sql, error, "INSERT OR REPLACE INTO meta VALUES ('fresh', 1)", "")
           && icam_sql_run (sql, error, "INSERT INTO meta VALUES ('uuid', ?)", "u", uuid);

  icam_sql_column_uuid (query, 0, &found);
  sqlite3_reset (query);
  if (icam_uuid_equal (&found, uuid))
    return TRUE;
  icam_error_set (error, ICAM_ERROR_DATABASE, "detail",
                  "The catalogue belongs to another configuration.", NULL);
  return FALSE;
}

static IcamSql *
open_sql (const char *path, const IcamUuid *uuid, gboolean *replace, GError **error)
{
  g_autoptr (IcamSql) sql = icam_sql_open (path, FALSE, error);
  IcamSqlStatus status;

  *replace = FALSE;
  if (sql == NULL)
    return NULL;
  status = icam_sql_migrate (sql, migrations, error);
  *replace = status == ICAM_SQL_DAMAGED || status == ICAM_SQL_NEWER;
  if (status != ICAM_SQL_OK)
    return NULL;
  if (!check_uuid (sql, uuid, error))
    {
      *replace = TRUE;
      return NULL;
    }
  return g_steal_pointer (&sql);
}

/**
 * icam_catalogue_open:
 * @data_dir: a folder on a local disk
 * @uuid: the catalogue's id, from the configuration
 * @set_aside: (out) (nullable): new name of one that was damaged, newer, or another's; a fresh one
 * is open then
 * @error: return location, ICAM_ERROR_DATABASE
 *
 * Returns: (transfer full) (nullable): the catalogue
 */
IcamCatalogue *
icam_catalogue_open (const char *data_dir, const IcamUuid *uuid, char **set_aside, GError **error)
{
  g_autoptr (IcamCatalogue) self = g_new0 (IcamCatalogue, 1);
  g_autoptr (GError) local = NULL;
  gboolean replace = FALSE;

  g_mutex_init (&self->lock);
  g_mutex_init (&self->readers_lock);
  self->readers = g_ptr_array_new_with_free_func ((GDestroyNotify) icam_sql_close);
  self->path = g_build_filename (data_dir, "catalogue.sqlite", NULL);
  self->marker = g_build_filename (data_dir, "catalogue.sqlite.damaged", NULL);

  if (g_file_test (self->marker, G_FILE_TEST_EXISTS))
    replace = TRUE;
  else
    self->sql = open_sql (self->path, uuid, &replace, &local);

  if (self->sql == NULL && replace)
    {
      g_autofree char *aside = icam_set_aside (self->path, error);

      if (aside == NULL)
        return NULL;
      g_clear_error (&local);
      g_unlink (self->marker);
      self->sql = open_sql (self->path, uuid, &replace, &local);
      if (set_aside != NULL)
        *set_aside = g_steal_pointer (&aside);
    }
  if (self->sql == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
  return g_steal_pointer (&self);
}

/**
 * icam_catalogue_open_copy:
 * @path: a copy of a catalogue, of this or an earlier version
 * @uuid: its id
 * @error: return location, ICAM_ERROR_DATABASE
 *
 * Returns: (transfer full) (nullable): it, brought to this version
 */
IcamSql *
icam_catalogue_open_copy (const char *path, const IcamUuid *uuid, GError **error)
{
  gboolean replace;

  return open_sql (path, uuid, &replace, error);
}

/**
 * icam_catalogue_get_path:
 * @self: the catalogue
 *
 * Returns: (transfer none): its file
 */
const char *
icam_catalogue_get_path (IcamCatalogue *self)
{
  return self->path;
}

/**
 * icam_catalogue_free:
 * @self: (transfer full): the catalogue
 */
void
icam_catalogue_free (IcamCatalogue *self)
{
  g_ptr_array_unref (self->readers);
  g_clear_pointer (&self->sql, icam_sql_close);
  g_mutex_clear (&self->lock);
  g_mutex_clear (&self->readers_lock);
  g_free (self->path);
  g_free (self->marker);
  g_free (self);
}

/**
 * icam_catalogue_lock:
 * @self: the catalogue
 *
 * Returns: (transfer none): the writing connection, until icam_catalogue_unlock()
 */
IcamSql *
icam_catalogue_lock (IcamCatalogue *self)
{
  g_mutex_lock (&self->lock);
  return self->sql;
}

/**
 * icam_catalogue_unlock:
 * @self: the catalogue
 */
void
icam_catalogue_unlock (IcamCatalogue *self)
{
  /* What SQLite finds broken now is set aside at the next start, before anything is read from it.
   */
  if (icam_sql_is_damaged (self->sql) && !g_file_test (self->marker, G_FILE_TEST_EXISTS))
    g_file_set_contents (self->marker, "", 0, NULL);
  g_mutex_unlock (&self->lock);
}

/**
 * icam_catalogue_is_damaged:
 * @self: the catalogue
 *
 * Returns: whether it was found broken while it was in use
 */
gboolean
icam_catalogue_is_damaged (IcamCatalogue *self)
{
  gboolean damaged = icam_sql_is_damaged (icam_catalogue_lock (self));

  icam_catalogue_unlock (self);
  return damaged;
}

/**
 * icam_catalogue_read:
 * @self: the catalogue
 * @error: return location
 *
 * Returns: (nullable): a connection for reading, in a transaction: it sees one state. Give it back
 * soon: while a reader reads the log of changes cannot be shortened.
 */
IcamSql *
icam_catalogue_read (IcamCatalogue *self, GError **error)
{
  g_autoptr (IcamSql) reader = NULL;

  g_mutex_lock (&self->readers_lock);
  if (self->readers->len > 0)
    reader = g_ptr_array_steal_index_fast (self->readers, self->readers->len - 1);
  g_mutex_unlock (&self->readers_lock);

  if (reader == NULL)
    reader = icam_sql_open (self->path, TRUE, error);
  if (reader == NULL || !icam_sql_run (reader, error, "BEGIN", ""))
    return NULL;
  return g_steal_pointer (&reader);
}

/**
 * icam_catalogue_read_done:
 * @self: the catalogue
 * @reader: (transfer full): a connection of icam_catalogue_read()
 */
void
icam_catalogue_read_done (IcamCatalogue *self, IcamSql *reader)
{
  icam_sql_rollback (reader);

  g_mutex_lock (&self->readers_lock);
  if (self->readers->len < MAX_IDLE_READERS && !icam_sql_is_damaged (reader))
    g_ptr_array_add (self->readers, g_steal_pointer (&reader));
  g_mutex_unlock (&self->readers_lock);
  g_clear_pointer (&reader, icam_sql_close);
}

/**
 * icam_catalogue_next_epoch:
 * @self: the catalogue
 *
 * Returns: an epoch that was never used
 */
guint32
icam_catalogue_next_epoch (IcamCatalogue *self)
{
  IcamSql *sql = icam_catalogue_lock (self);
  gint64 epoch = icam_sql_get_int (sql, 0, "SELECT value FROM meta WHERE key = 'epoch'", "") + 1;

  icam_sql_run (sql, NULL,
                "INSERT INTO meta VALUES ('epoch', ?1) ON CONFLICT (key) DO UPDATE SET value = ?1",
                "i", epoch);
  icam_catalogue_unlock (self);
  return (guint32) epoch;
}

/**
 * icam_catalogue_begin_run:
 * @self: the catalogue
 *
 * Returns: whether the run before this one died: nothing has said that it ended
 */
gboolean
icam_catalogue_begin_run (IcamCatalogue *self)
{
  IcamSql *sql = icam_catalogue_lock (self);
  gboolean died
    = icam_sql_get_int (sql, 0, "SELECT value FROM meta WHERE key = 'running'", "") != 0;

  icam_sql_run (sql, NULL, "INSERT OR REPLACE INTO meta VALUES ('running', 1)", "");
  icam_catalogue_unlock (self);
  return died;
}

/**
 * icam_catalogue_end_run:
 * @self: the catalogue
 *
 * All is closed.
 */
void
icam_catalogue_end_run (IcamCatalogue *self)
{
  IcamSql *sql = icam_catalogue_lock (self);

  icam_sql_run (sql, NULL, "INSERT OR REPLACE INTO meta VALUES ('running', 0)", "");
  icam_catalogue_unlock (self);
}

/**
 * icam_catalogue_backup:
 * @self: the catalogue
 * @path: a file that gets a copy; replaced if it exists
 * @error: return location
 *
 * Recording goes on meanwhile.
 *
 * Returns: whether the copy is whole
 */
gboolean
icam_catalogue_backup (IcamCatalogue *self, const char *path, GError **error)
{
  g_autoptr (IcamSql) reader = icam_sql_open (self->path, FALSE, error);

  return reader != NULL && icam_sql_backup (reader, path, error);
}

/* ---- streams and segments ---- */

/**
 * icam_catalogue_folder:
 * @self: the catalogue
 * @archive: an archive
 * @error: return location
 *
 * Returns: its row, made if there was none; 0 on an error
 */
gint64
icam_catalogue_folder (IcamCatalogue *self, const IcamUuid *archive, GError **error)
{
  IcamSql *sql = icam_catalogue_lock (self);
  gint64 id = icam_sql_get_int (sql, 0, "SELECT id FROM folder WHERE archive = ?", "u", archive);

  if (id == 0 && icam_sql_run (sql, error, "INSERT INTO folder (archive) VALUES (?)", "u", archive))
    id = icam_sql_last_id (sql);
  icam_catalogue_unlock (self);
  return id;
}

static gboolean
stream_state (IcamSql *sql, IcamStreamState *state, GError **error)
{
  sqlite3_stmt *query;
  gboolean row;

  query = icam_sql_query (
    sql, error, "SELECT state, end_us FROM segment WHERE stream = ? ORDER BY seq DESC LIMIT 1", "i",
    state->id);
  if (query == NULL || !icam_sql_step (sql, query, &row, error))
    return FALSE;
  if (row)
    {
      state->fresh = FALSE;
      if (sqlite3_column_int (query, 0) == ICAM_SEGMENT_OPEN)
        state->unrecovered = TRUE;
      else
        state->last_end_us = sqlite3_column_int64 (query, 1);
      sqlite3_reset (query);
    }

  query = icam_sql_query (
    sql, error,
    "SELECT id, start_us, cause FROM gap WHERE stream = ? AND end_us = 0 ORDER BY id DESC LIMIT 1",
    "i", state->id);
  if (query == NULL || !icam_sql_step (sql, query, &row, error))
    return FALSE;
  if (row)
    {
      state->gap_id = state->gap_first = sqlite3_column_int64 (query, 0);
      state->gap_start_us = sqlite3_column_int64 (query, 1);
      state->gap_cause = icam_gap_cause_from_string ((const char *) sqlite3_column_text (query, 2));
      sqlite3_reset (query);
    }
  /* Those that led to it, each of which ends where the next one begins. */
  for (gint64 before = state->gap_id; before != 0;)
    {
      state->gap_first = before;
      before = icam_sql_get_int (sql, 0,
                                 "SELECT before.id FROM gap JOIN gap AS before"
                                 " ON before.stream = gap.stream AND before.end_us = gap.start_us"
                                 " AND before.id < gap.id WHERE gap.id = ?1"
                                 " AND before.start_us > gap.start_us - 86400000000"
                                 " ORDER BY before.id DESC LIMIT 1",
                                 "i", before);
    }
  return TRUE;
}

/**
 * icam_catalogue_stream:
 * @self: the catalogue
 * @channel: a channel
 * @role: which of its streams
 * @state: (out): where it stands
 * @error: return location
 *
 * Returns: whether @state was filled in; the row is made if there was none
 */
gboolean
icam_catalogue_stream (IcamCatalogue *self,
                       const IcamUuid *channel,
                       IcamRole role,
                       IcamStreamState *state,
                       GError **error)
{
  IcamSql *sql = icam_catalogue_lock (self);
  gboolean ok = TRUE;

  *state = (IcamStreamState){ .fresh = TRUE };
  state->id = icam_sql_get_int (sql, 0, "SELECT id FROM stream WHERE channel = ?1 AND role = ?2",
                                "ui", channel, (gint64) role);
  if (state->id == 0)
    {
      ok = icam_sql_run (sql, error,
                         "INSERT INTO stream (channel, role, next_seq) VALUES (?1, ?2,"
                         " coalesce ((SELECT value FROM meta WHERE key = 'first-seq'), 1))",
                         "ui", channel, (gint64) role);
      state->id = icam_sql_last_id (sql);
    }
  ok = ok && stream_state (sql, state, error);
  icam_catalogue_unlock (self);
  return ok;
}

/**
 * icam_catalogue_begin_segment:
 * @self: the catalogue
 * @stream: its row
 * @folder: row of the archive
 * @epoch: the epoch
 * @start_us: UTC µs of its first picture
 * @identity: what is known of the device
 * @seq: (out): its number; numbers of a stream never fall and are never used again
 * @error: return location
 *
 * Returns: whether the row, in state open, is on the disk: the file may be made now
 */
gboolean
icam_catalogue_begin_segment (IcamCatalogue *self,
                              gint64 stream,
                              gint64 folder,
                              guint32 epoch,
                              gint64 start_us,
                              IcamIdentity identity,
                              guint64 *seq,
                              GError **error)
{
  IcamSql *sql = icam_catalogue_lock (self);
  gboolean ok = FALSE;
  gint64 next;

  if (icam_sql_begin (sql, TRUE, error))
    {
      next = icam_sql_get_int (sql, 0, "SELECT next_seq FROM stream WHERE id = ?", "i", stream);
      ok = next > 0
           && icam_sql_run (sql, error, "UPDATE stream SET next_seq = ?2 WHERE id = ?1", "ii",
                            stream, next + 1)
           && icam_sql_run (sql, error,
                            "INSERT INTO segment (stream, seq, folder, epoch, start_us, end_us, "
                            "state, identity, bytes)"
                            " VALUES (?1, ?2, ?3, ?4, ?5, ?5, 0, ?6, 0)",
                            "iiiiii", stream, next, folder, (gint64) epoch, start_us,
                            (gint64) identity);
      if (ok)
        ok = icam_sql_commit (sql, error);
      else
        icam_sql_rollback (sql);
      *seq = (guint64) next;
    }

  if (!ok && error != NULL && *error == NULL)
    icam_error_set (error, ICAM_ERROR_DATABASE, "detail", "The stream has no row.", NULL);
  icam_catalogue_unlock (self);
  return ok;
}

/**
 * icam_catalogue_end_segment:
 * @self: the catalogue
 * @stream: its row
 * @seq: its number
 * @end_us: UTC µs of the end of its last picture
 * @bytes: of the file
 * @key_frames: of IcamKeyFrame
 * @error: return location
 *
 * The file must be complete and on the disk. The row ends where the next one of its epoch begins,
 * if that is earlier.
 *
 * Returns: whether the row is closed
 */
gboolean
icam_catalogue_end_segment (IcamCatalogue *self,
                            gint64 stream,
                            guint64 seq,
                            gint64 end_us,
                            guint64 bytes,
                            const GArray *key_frames,
                            GError **error)
{
  g_autoptr (GBytes) keys = icam_key_frames_pack (key_frames);
  IcamSql *sql = icam_catalogue_lock (self);
  gboolean ok = FALSE;

  if (icam_sql_begin (sql, FALSE, error))
    {
      ok = icam_sql_run (sql, error,
                         "UPDATE segment SET state = 1, bytes = ?4,"
                         " end_us = max (start_us, min (?3, coalesce ((SELECT later.start_us"
                         "  FROM segment AS later WHERE later.stream = ?1 AND later.seq > ?2"
                         "  AND later.epoch = segment.epoch AND later.state <> 2"
                         "  ORDER BY later.seq LIMIT 1), ?3)))"
                         " WHERE stream = ?1 AND seq = ?2 AND state <> 2",
                         "iiii", stream, (gint64) seq, end_us, (gint64) bytes)
           && (icam_sql_changes (sql) == 0
               || icam_sql_run (sql, error,
                                "INSERT OR REPLACE INTO segment_index VALUES (?1, ?2, ?3)", "iib",
                                stream, (gint64) seq, keys));
      if (ok)
        ok = icam_sql_commit (sql, error);
      else
        icam_sql_rollback (sql);
    }
  icam_catalogue_unlock (self);
  return ok;
}

/**
 * icam_catalogue_drop_segment:
 * @self: the catalogue
 * @stream: its row
 * @seq: its number
 * @error: return location
 *
 * The file must be gone.
 *
 * Returns: whether the row is gone
 */
gboolean
icam_catalogue_drop_segment (IcamCatalogue *self, gint64 stream, guint64 seq, GError **error)
{
  IcamSql *sql = icam_catalogue_lock (self);
  gboolean ok = icam_sql_run (sql, error, "DELETE FROM segment WHERE stream = ?1 AND seq = ?2",
                              "ii", stream, (gint64) seq);

  icam_catalogue_unlock (self);
  return ok;
}

/* ---- gaps and journal: what fails is logged, recording goes on ---- */

/**
 * icam_catalogue_begin_gap:
 * @self: the catalogue
 * @stream: its row
 * @start_us: UTC µs
 * @end_us: UTC µs, 0 while it lasts
 * @cause: why
 *
 * Returns: the gap's row, 0 on an error
 */
gint64
icam_catalogue_begin_gap (
  IcamCatalogue *self, gint64 stream, gint64 start_us, gint64 end_us, IcamGapCause cause)
{
  IcamSql *sql = icam_catalogue_lock (self);
  g_autoptr (GError) error = NULL;
  gint64 id = 0;

  if (icam_sql_run (sql, &error,
                    "INSERT INTO gap (stream, start_us, end_us, cause) VALUES (?1, ?2, ?3, ?4)",
                    "iiis", stream, start_us, end_us, icam_gap_cause_to_string (cause)))
    id = icam_sql_last_id (sql);
  else
    g_warning ("A gap cannot be noted: %s", error->message);
  icam_catalogue_unlock (self);
  return id;
}

/**
 * icam_catalogue_end_gap:
 * @self: the catalogue
 * @gap: its row
 * @end_us: UTC µs; a gap that would end before it began is dropped
 */
void
icam_catalogue_end_gap (IcamCatalogue *self, gint64 gap, gint64 end_us)
{
  IcamSql *sql = icam_catalogue_lock (self);

  icam_sql_run (sql, NULL, "DELETE FROM gap WHERE id = ?1 AND start_us >= ?2", "ii", gap, end_us);
  icam_sql_run (sql, NULL, "UPDATE gap SET end_us = ?2 WHERE id = ?1", "ii", gap, end_us);
  icam_catalogue_unlock (self);
}

/**
 * icam_catalogue_drop_gap:
 * @self: the catalogue
 * @gap: its row
 */
void
icam_catalogue_drop_gap (IcamCatalogue *self, gint64 gap)
{
  IcamSql *sql = icam_catalogue_lock (self);

  icam_sql_run (sql, NULL, "DELETE FROM gap WHERE id = ?", "i", gap);
  icam_catalogue_unlock (self);
}

/**
 * icam_catalogue_trim_gaps:
 * @self: the catalogue
 * @stream: its row
 * @first: row of the earliest gap that may be touched
 * @end_us: UTC µs from which on something was recorded after all
 * @shortest_us: a gap that is shorter is none
 *
 * For pictures that a camera kept while it could not be reached, and sent later.
 */
void
icam_catalogue_trim_gaps (
  IcamCatalogue *self, gint64 stream, gint64 first, gint64 end_us, gint64 shortest_us)
{
  IcamSql *sql = icam_catalogue_lock (self);

  /* By rows: those are the newest of all gaps, and few. */
  icam_sql_run (sql, NULL,
                "DELETE FROM gap WHERE +stream = ?1 AND id >= ?2 AND start_us > ?3 AND end_us > ?3",
                "iii", stream, first, end_us - shortest_us);
  icam_sql_run (sql, NULL,
                "UPDATE gap SET end_us = ?3 WHERE +stream = ?1 AND id >= ?2 AND end_us > ?3", "iii",
                stream, first, end_us);
  icam_catalogue_unlock (self);
}

/**
 * icam_catalogue_cover_gaps:
 * @self: the catalogue
 * @stream: its row
 * @from_us: UTC µs
 * @to_us: UTC µs
 *
 * The span is recorded after all: what gaps say of it is taken back, but not that a clock which was set ahead has left it out: that was
 * another time. A gap that lasts keeps its row.
 */
void
icam_catalogue_cover_gaps (IcamCatalogue *self, gint64 stream, gint64 from_us, gint64 to_us)
{
  static const char *const steps[] = {
    "DELETE FROM gap WHERE stream = ?1 AND start_us >= ?2 AND end_us <> 0 AND end_us <= ?3 AND cause <> 'clock-stepped'",
    /* What lies around it: the part before gets a row of its own. */
    "INSERT INTO gap (stream, start_us, end_us, cause) SELECT stream, start_us, ?2, cause FROM gap"
    " WHERE stream = ?1 AND start_us < ?2 AND (end_us = 0 OR end_us > ?3) AND cause <> 'clock-stepped'",
    "UPDATE gap SET start_us = ?3 WHERE stream = ?1 AND start_us < ?3"
    " AND (end_us = 0 OR end_us > ?3) AND cause <> 'clock-stepped'",
    "UPDATE gap SET end_us = ?2 WHERE stream = ?1 AND start_us < ?2 AND end_us > ?2 AND end_us <= ?3 AND cause <> 'clock-stepped'",
  };
  IcamSql *sql = icam_catalogue_lock (self);
  g_autoptr (GError) error = NULL;
  gboolean ok = icam_sql_begin (sql, TRUE, &error);

  for (guint i = 0; ok && i < G_N_ELEMENTS (steps); i++)
    ok = icam_sql_run (sql, &error, steps[i], "iii", stream, from_us, to_us);
  if (ok)
    ok = icam_sql_commit (sql, &error);
  else
    icam_sql_rollback (sql);
  icam_catalogue_unlock (self);
  if (!ok)
    g_warning ("Gaps cannot be shortened: %s", error->message);
}

/**
 * icam_catalogue_next_start:
 * @self: the catalogue
 * @stream: its row
 * @epoch: an epoch
 * @seq: number of a segment
 * @end_us: UTC µs where it ends
 *
 * Returns: UTC µs where the stream's next segment of the epoch starts, or a gap if that is earlier; 0 if there is neither
 */
gint64
icam_catalogue_next_start (IcamCatalogue *self, gint64 stream, guint32 epoch, guint64 seq, gint64 end_us)
{
  IcamSql *sql = icam_catalogue_lock (self);
  gint64 next = icam_sql_get_int (
    sql, 0,
    "SELECT min (next) FROM (SELECT min (start_us) AS next FROM segment WHERE stream = ?1 AND epoch = ?2"
    " AND seq > ?3 AND state <> 2 UNION ALL SELECT min (start_us) FROM gap WHERE stream = ?1 AND start_us >= ?4)",
    "iiii", stream, (gint64) epoch, (gint64) seq, end_us);

  icam_catalogue_unlock (self);
  return next;
}

/**
 * icam_catalogue_name_gap:
 * @self: the catalogue
 * @gap: its row
 * @cause: why, now that it is known
 */
void
icam_catalogue_name_gap (IcamCatalogue *self, gint64 gap, IcamGapCause cause)
{
  IcamSql *sql = icam_catalogue_lock (self);

  icam_sql_run (sql, NULL, "UPDATE gap SET cause = ?2 WHERE id = ?1", "is", gap,
                icam_gap_cause_to_string (cause));
  icam_catalogue_unlock (self);
}

/**
 * icam_catalogue_journal:
 * @self: the catalogue
 * @time_us: UTC µs
 * @code: a frozen name
 * @params: (nullable): a{sv}
 */
void
icam_catalogue_journal (IcamCatalogue *self, gint64 time_us, const char *code, GVariant *params)
{
  g_autofree char *text = params != NULL ? g_variant_print (params, TRUE) : g_strdup ("@a{sv} {}");
  IcamSql *sql = icam_catalogue_lock (self);
  g_autoptr (GError) error = NULL;

  if (!icam_sql_run (sql, &error, "INSERT INTO journal (time_us, code, params) VALUES (?1, ?2, ?3)",
                     "iss", time_us, code, text))
    g_warning ("The journal cannot be written: %s", error->message);
  else if (icam_sql_last_id (sql) % 256 == 0)
    icam_sql_run (sql, NULL, "DELETE FROM journal WHERE id <= ?", "i",
                  icam_sql_last_id (sql) - 50000);
  icam_catalogue_unlock (self);
}

/* ---- key frames and names ---- */

static void
put_varint (GByteArray *out, guint64 value)
{
  guint8 byte;

  do
    {
      byte = value & 0x7f;
      value >>= 7;
      if (value != 0)
        byte |= 0x80;
      g_byte_array_append (out, &byte, 1);
    }
  while (value != 0);
}

static gboolean
get_varint (const guint8 **data, const guint8 *end, guint64 *value)
{
  *value = 0;
  for (guint shift = 0; shift < 63 && *data < end; shift += 7)
    {
      guint8 byte = *(*data)++;

      *value |= (guint64) (byte & 0x7f) << shift;
      if ((byte & 0x80) == 0)
        return TRUE;
    }
  return FALSE;
}

/**
 * icam_key_frames_pack:
 * @key_frames: of IcamKeyFrame
 *
 * Returns: (transfer full): their differences as variable length numbers, six bytes or so for each
 */
GBytes *
icam_key_frames_pack (const GArray *key_frames)
{
  GByteArray *out = g_byte_array_new ();
  IcamKeyFrame last = { 0 };

  for (guint i = 0; i < key_frames->len; i++)
    {
      const IcamKeyFrame *key = &g_array_index (key_frames, IcamKeyFrame, i);
      gint64 step = key->offset_us - last.offset_us;

      /* Zig-zag, because the time of a camera may go back a little. */
      put_varint (out, ((guint64) step << 1) ^ (guint64) (step >> 63));
      put_varint (out, key->byte_offset - last.byte_offset);
      last = *key;
    }
  return g_byte_array_free_to_bytes (out);
}

/**
 * icam_key_frames_unpack:
 * @data: what icam_key_frames_pack() made
 * @length: bytes
 *
 * Returns: (transfer full): of IcamKeyFrame; what is not understood ends it
 */
GArray *
icam_key_frames_unpack (gconstpointer data, gsize length)
{
  GArray *key_frames = g_array_new (FALSE, FALSE, sizeof (IcamKeyFrame));
  const guint8 *at = data, *end = at + length;
  IcamKeyFrame key = { 0 };
  guint64 step, bytes;

  while (at < end && get_varint (&at, end, &step) && get_varint (&at, end, &bytes))
    {
      key.offset_us += (gint64) (step >> 1) ^ -(gint64) (step & 1);
      key.byte_offset += bytes;
      g_array_append_val (key_frames, key);
    }
  return key_frames;
}

/**
 * icam_segment_folder:
 * @id: a segment
 *
 * Returns: (transfer full): "channel/stream/2026/05/03", from the top of the archive
 */
char *
icam_segment_folder (const IcamSegmentId *id)
{
  char channel[ICAM_UUID_TEXT_SIZE];
  g_autoptr (GDateTime) start = g_date_time_new_from_unix_utc (id->start_us / G_USEC_PER_SEC);
  g_autofree char *day
    = start != NULL ? g_date_time_format (start, "%Y/%m/%d") : g_strdup ("0000/00/00");

  icam_uuid_format (&id->channel, channel);
  return g_build_filename (channel, icam_role_to_string (id->role), day, NULL);
}

/**
 * icam_segment_name:
 * @id: a segment
 *
 * Returns: (transfer full): name of its file in its folder
 */
char *
icam_segment_name (const IcamSegmentId *id)
{
  g_autofree char *time = icam_time_to_filename (id->start_us);

  return g_strdup_printf ("%s-%" G_GUINT64_FORMAT ".mkv", time, id->seq);
}
