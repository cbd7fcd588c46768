/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-archive"

#include "config.h"

#include "archive/icam-catalogue-keep.h"
#include "archive/icam-catalogue-mend.h"
#include "archive/icam-check.h"
#include "archive/icam-protected-log.h"

#include <errno.h>
#include <glib/gstdio.h>

/* How many rows a transaction reads. */
#define ROWS_A_PAGE 256
/* What may lie between two recordings without a word: less than the time after which a camera counts as silent, more than the
 * interval of one that sends few pictures. */
#define HOLE_US (2 * G_USEC_PER_SEC)

typedef struct
{
  gint64 stream, folder, end_us, bytes, next_seq, last_epoch;
  IcamSegmentId id; /* without the archive */
  IcamSegmentState state;
} Row;

/* Where the look is in a stream. */
typedef struct
{
  gint64 stream;
  guint32 epoch;
  gint64 max_end_us;      /* of the epoch */
  guint64 seq;            /* of the row before, 0 none */
  gint64 end_us;          /* of that row, 0 if it is not closed */
} Place;

static GArray *
read_page (IcamCheck *self, gint64 stream, guint64 seq, GError **error)
{
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (Row));
  IcamSql *reader = icam_catalogue_read (self->catalogue, error);
  sqlite3_stmt *query;
  gboolean row = FALSE, ok = FALSE;

  if (reader == NULL)
    return NULL;
  query = icam_sql_query (reader, error,
                          "SELECT segment.stream, seq, channel, role, epoch, start_us, end_us, state, bytes, folder,"
                          " next_seq, (SELECT value FROM meta WHERE key = 'epoch')"
                          " FROM segment JOIN stream ON segment.stream = stream.id"
                          " WHERE (segment.stream, seq) > (?1, ?2) ORDER BY segment.stream, seq LIMIT ?3",
                          "iii", stream, (gint64) seq, (gint64) ROWS_A_PAGE);
  while (query != NULL && (ok = icam_sql_step (reader, query, &row, error)) && row)
    {
      Row found = { .stream = sqlite3_column_int64 (query, 0) };

      found.id.seq = (guint64) sqlite3_column_int64 (query, 1);
      icam_sql_column_uuid (query, 2, &found.id.channel);
      found.id.role = (IcamRole) sqlite3_column_int (query, 3);
      found.id.epoch = (guint32) sqlite3_column_int64 (query, 4);
      found.id.start_us = sqlite3_column_int64 (query, 5);
      found.end_us = sqlite3_column_int64 (query, 6);
      found.state = (IcamSegmentState) sqlite3_column_int (query, 7);
      found.bytes = sqlite3_column_int64 (query, 8);
      found.folder = sqlite3_column_int64 (query, 9);
      found.next_seq = sqlite3_column_int64 (query, 10);
      found.last_epoch = sqlite3_column_int64 (query, 11);
      g_array_append_val (rows, found);
    }
  icam_catalogue_read_done (self->catalogue, reader);
  return ok ? g_steal_pointer (&rows) : NULL;
}

/* Tells of a row, and mends it with a statement of the catalogue. */
static gboolean
tell_row (IcamCheck *self, IcamFinding finding, const Row *row, gboolean (*mend) (IcamCheck *, const Row *, GError **),
          GError **error)
{
  g_autofree char *path = icam_segment_path (&row->id);

  icam_check_tell (self, finding, path);
  if (!self->options->repair)
    return TRUE;
  self->result->mended++;
  return mend (self, row, error);
}

static gboolean
mend_number (IcamCheck *self, const Row *row, GError **error)
{
  IcamSql *sql = icam_catalogue_lock (self->catalogue);
  gboolean ok
    = icam_sql_run (sql, error, "UPDATE stream SET next_seq = max (next_seq, ?2 + 1) WHERE id = ?1", "ii", row->stream,
                    (gint64) row->id.seq)
      && icam_sql_run (sql, error, "UPDATE meta SET value = max (value, ?) WHERE key = 'epoch'", "i", (gint64) row->id.epoch);

  icam_catalogue_unlock (self->catalogue);
  return ok;
}

static gboolean
mend_overlap (IcamCheck *self, const Row *row, GError **error)
{
  IcamSql *sql = icam_catalogue_lock (self->catalogue);
  gboolean ok = icam_sql_run (sql, error,
                              "UPDATE segment SET end_us = max (start_us, ?4) WHERE stream = ?1 AND epoch = ?2 AND seq < ?3"
                              " AND end_us > ?4",
                              "iiii", row->stream, (gint64) row->id.epoch, (gint64) row->id.seq, row->id.start_us);

  icam_catalogue_unlock (self->catalogue);
  return ok;
}

/* There is nothing to show: what was there once is a gap. */
static gboolean
mend_missing (IcamCheck *self, const Row *row, GError **error)
{
  icam_catalogue_begin_gap (self->catalogue, row->stream, row->id.start_us, row->end_us, ICAM_GAP_UNKNOWN);
  return icam_catalogue_drop_segment (self->catalogue, row->stream, row->id.seq, error);
}

/* Whether the row is what it was when the page was read. */
static gboolean
is_still_closed (IcamCheck *self, const Row *row)
{
  IcamSql *sql = icam_catalogue_lock (self->catalogue);
  gboolean closed = icam_sql_get_int (sql, -1, "SELECT state FROM segment WHERE stream = ?1 AND seq = ?2", "ii", row->stream,
                                      (gint64) row->id.seq)
                    == ICAM_SEGMENT_CLOSED;

  icam_catalogue_unlock (self->catalogue);
  return closed;
}

static gboolean
check_presence (IcamCheck *self, const Row *row, GError **error)
{
  const IcamCheckFolder *folder = icam_check_find_folder (self, row->folder);
  g_autofree char *path = icam_segment_path (&row->id);
  g_autofree char *full = folder != NULL ? g_build_filename (folder->path, path, NULL) : NULL;
  GStatBuf info;

  if (full == NULL || g_lstat (full, &info) == 0 || errno != ENOENT || !is_still_closed (self, row))
    return TRUE;
  return tell_row (self, ICAM_FINDING_MISSING, row, mend_missing, error);
}

/* Numbers of an earlier catalogue end where those of the one after it begin. */
static gboolean
follows (guint64 before, guint64 seq)
{
  return seq == before + 1 || seq >> ICAM_GENERATION_SEQ_BITS != before >> ICAM_GENERATION_SEQ_BITS;
}

/* What lies between two recordings has gaps over all of it. */
static gboolean
check_hole (IcamCheck *self, const Row *row, gint64 from_us, GError **error)
{
  g_autoptr (GArray) holes = g_array_new (FALSE, FALSE, sizeof (gint64));
  gint64 to_us = row->id.start_us, at = from_us;
  IcamSql *sql = icam_catalogue_lock (self->catalogue);
  sqlite3_stmt *query = icam_sql_query (sql, error,
                                        "SELECT start_us, CASE end_us WHEN 0 THEN ?3 ELSE end_us END FROM gap"
                                        " WHERE stream = ?1 AND start_us < ?3 AND (end_us = 0 OR end_us > ?2)"
                                        " ORDER BY start_us",
                                        "iii", row->stream, from_us, to_us);
  gboolean more = FALSE, ok = FALSE;

  while (query != NULL && (ok = icam_sql_step (sql, query, &more, error)) && more)
    {
      gint64 start = sqlite3_column_int64 (query, 0), end = sqlite3_column_int64 (query, 1);

      if (start - at > HOLE_US)
        {
          g_array_append_val (holes, at);
          g_array_append_val (holes, start);
        }
      at = MAX (at, end);
    }
  icam_catalogue_unlock (self->catalogue);
  if (to_us - at > HOLE_US)
    {
      g_array_append_val (holes, at);
      g_array_append_val (holes, to_us);
    }

  for (guint i = 0; ok && i < holes->len; i += 2)
    {
      g_autofree char *path = icam_segment_path (&row->id);

      icam_check_tell (self, ICAM_FINDING_HOLE, path);
      if (!self->options->repair)
        continue;
      icam_catalogue_begin_gap (self->catalogue, row->stream, g_array_index (holes, gint64, i),
                                g_array_index (holes, gint64, i + 1), ICAM_GAP_UNKNOWN);
      self->result->mended++;
    }
  return ok;
}

static gboolean
check_row (IcamCheck *self, Place *place, const Row *row, GError **error)
{
  gboolean closed = row->state == ICAM_SEGMENT_CLOSED;

  if (row->stream != place->stream)
    *place = (Place){ .stream = row->stream };
  if (row->id.epoch != place->epoch)
    place->max_end_us = 0;
  place->epoch = row->id.epoch;

  if (((gint64) row->id.seq >= row->next_seq || row->id.epoch > row->last_epoch)
      && !tell_row (self, ICAM_FINDING_NUMBER, row, mend_number, error))
    return FALSE;
  if (row->state == ICAM_SEGMENT_GARBAGE || (row->state == ICAM_SEGMENT_OPEN && row->id.epoch < self->live_epoch))
    self->result->unfinished++;
  if (row->state == ICAM_SEGMENT_GARBAGE)
    return TRUE;

  if (row->id.start_us < place->max_end_us && !tell_row (self, ICAM_FINDING_OVERLAPPING, row, mend_overlap, error))
    return FALSE;
  if (place->end_us > 0 && follows (place->seq, row->id.seq) && row->id.start_us > place->end_us
      && !check_hole (self, row, place->end_us, error))
    return FALSE;
  place->max_end_us = MAX (place->max_end_us, row->end_us);
  place->seq = row->id.seq;
  place->end_us = closed ? row->end_us : 0;
  return !closed || check_presence (self, row, error);
}

/**
 * icam_check_rows:
 * @self: a look at an archive
 * @error: return location
 *
 * Looks whether each row has its file, and whether rows and gaps agree with each other.
 *
 * Returns: whether all were looked at
 */
gboolean
icam_check_rows (IcamCheck *self, GError **error)
{
  Place place = { 0 };
  gint64 stream = 0;
  guint64 seq = 0;

  for (;;)
    {
      g_autoptr (GArray) rows = read_page (self, stream, seq, error);

      if (rows == NULL)
        return FALSE;
      for (guint i = 0; i < rows->len; i++)
        {
          const Row *row = &g_array_index (rows, Row, i);

          if (!check_row (self, &place, row, error) || !icam_check_advance (self, row->bytes, error))
            return FALSE;
          stream = row->stream;
          seq = row->id.seq;
        }
      if (rows->len < ROWS_A_PAGE)
        return TRUE;
    }
}

/* ---- thumbnails and protections ---- */

typedef struct
{
  gint64 row;
  char *path; /* NULL if its folder is not here */
} Thumbnail;

static void
thumbnail_clear (gpointer data)
{
  g_free (((Thumbnail *) data)->path);
}

static GArray *
read_thumbnails (IcamCheck *self, gint64 after, GError **error)
{
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (Thumbnail));
  IcamSql *sql = icam_catalogue_lock (self->catalogue);
  sqlite3_stmt *query
    = icam_sql_query (sql, error, "SELECT rowid, folder, path FROM thumbnail WHERE rowid > ?1 ORDER BY rowid LIMIT ?2", "ii",
                      after, (gint64) ROWS_A_PAGE);
  gboolean row = FALSE, ok = FALSE;

  g_array_set_clear_func (found, thumbnail_clear);
  while (query != NULL && (ok = icam_sql_step (sql, query, &row, error)) && row)
    {
      const IcamCheckFolder *folder = icam_check_find_folder (self, sqlite3_column_int64 (query, 1));
      const char *name = (const char *) sqlite3_column_text (query, 2);
      Thumbnail thumbnail = { .row = sqlite3_column_int64 (query, 0) };

      if (folder != NULL && name != NULL)
        thumbnail.path = g_build_filename (folder->path, name, NULL);
      g_array_append_val (found, thumbnail);
    }
  icam_catalogue_unlock (self->catalogue);
  return ok ? g_steal_pointer (&found) : NULL;
}

static gboolean
check_thumbnail (IcamCheck *self, const Thumbnail *thumbnail, GError **error)
{
  GStatBuf info;
  IcamSql *sql;
  gboolean known, ok = TRUE;

  if (thumbnail->path == NULL || g_lstat (thumbnail->path, &info) == 0 || errno != ENOENT)
    return TRUE;
  /* It is written before its row is, and unlinked after that is gone. */
  sql = icam_catalogue_lock (self->catalogue);
  known = icam_sql_get_int (sql, 0, "SELECT 1 FROM thumbnail WHERE rowid = ?", "i", thumbnail->row) != 0;
  if (known && self->options->repair)
    ok = icam_sql_run (sql, error, "DELETE FROM thumbnail WHERE rowid = ?", "i", thumbnail->row);
  icam_catalogue_unlock (self->catalogue);
  if (!known || !ok)
    return ok;
  icam_check_tell (self, ICAM_FINDING_THUMBNAIL, thumbnail->path);
  self->result->mended += self->options->repair;
  return TRUE;
}

static gboolean
check_thumbnails (IcamCheck *self, GError **error)
{
  gint64 after = 0;

  for (;;)
    {
      g_autoptr (GArray) page = read_thumbnails (self, after, error);

      if (page == NULL || !icam_check_advance (self, 0, error))
        return FALSE;
      for (guint i = 0; i < page->len; i++)
        if (!check_thumbnail (self, &g_array_index (page, Thumbnail, i), error))
          return FALSE;
      if (page->len < ROWS_A_PAGE)
        return TRUE;
      after = g_array_index (page, Thumbnail, page->len - 1).row;
    }
}

/* What is protected stands in the logs, which count, and in the catalogue. */
gboolean
icam_check_logs (IcamCheck *self, GError **error)
{
  g_autoptr (GArray) rows = icam_protected_read ((const char *) self->protected->data, self->protected->len);

  for (guint i = 0; i < rows->len; i++)
    {
      const IcamProtectionRow *row = &g_array_index (rows, IcamProtectionRow, i);
      char id[ICAM_UUID_TEXT_SIZE];
      IcamSql *sql = icam_catalogue_lock (self->catalogue);
      gboolean known = icam_sql_get_int (sql, 0, "SELECT 1 FROM protection WHERE id = ?", "u", &row->id) != 0;

      icam_catalogue_unlock (self->catalogue);
      if (known)
        continue;
      icam_uuid_format (&row->id, id);
      icam_check_tell (self, ICAM_FINDING_PROTECTION, id);
      if (!self->options->repair)
        continue;
      if (!icam_catalogue_put_protection (self->catalogue, row, error))
        return FALSE;
      self->result->mended++;
    }
  return TRUE;
}

/**
 * icam_check_kept:
 * @self: a look at an archive
 * @error: return location
 *
 * Looks for the pictures of events, and whether what is protected is protected in the catalogue, too.
 *
 * Returns: whether all was looked at
 */
gboolean
icam_check_kept (IcamCheck *self, GError **error)
{
  return check_thumbnails (self, error) && icam_check_logs (self, error);
}
