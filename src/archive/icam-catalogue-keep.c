/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-archive"

#include "config.h"

#include "archive/icam-catalogue-keep.h"

#define REF_COLUMNS                                                                                \
  "SELECT segment.stream, segment.folder, folder.archive, stream.channel, stream.role, "           \
  "segment.epoch, segment.seq, segment.start_us, segment.state, segment.end_us"

/* Of a segment called s and its stream t. */
#define NOT_PROTECTED(s, t)                                                                        \
  " AND NOT EXISTS (SELECT 1 FROM protection WHERE protection.channel = " t ".channel"             \
  "  AND protection.from_us < " s ".end_us AND protection.to_us > " s ".start_us)"

/* Of one that is being moved, or whose move a death has left, two files are to be looked after: the move does that first. */
#define NOT_MOVING(s) " AND NOT EXISTS (SELECT 1 FROM moving WHERE moving.stream = " s ".stream AND moving.seq = " s ".seq)"

static gboolean
collect_refs (IcamSql *sql, sqlite3_stmt *query, GArray *refs, GError **error)
{
  gboolean row = FALSE;

  if (query == NULL)
    return FALSE;
  while (icam_sql_step (sql, query, &row, error))
    {
      IcamSegmentRef ref = { 0 };

      if (!row)
        return TRUE;
      ref.stream = sqlite3_column_int64 (query, 0);
      ref.folder = sqlite3_column_int64 (query, 1);
      icam_sql_column_uuid (query, 2, &ref.archive);
      ref.id.archive = ref.archive;
      icam_sql_column_uuid (query, 3, &ref.id.channel);
      ref.id.role = sqlite3_column_int (query, 4) == ICAM_ROLE_SUB ? ICAM_ROLE_SUB : ICAM_ROLE_MAIN;
      ref.id.epoch = (guint32) sqlite3_column_int64 (query, 5);
      ref.id.seq = (guint64) sqlite3_column_int64 (query, 6);
      ref.id.start_us = sqlite3_column_int64 (query, 7);
      ref.state = (IcamSegmentState) sqlite3_column_int (query, 8);
      ref.end_us = sqlite3_column_int64 (query, 9);
      g_array_append_val (refs, ref);
    }
  return FALSE;
}

/**
 * icam_catalogue_unfinished:
 * @self: the catalogue
 * @before_epoch: only what is older than this epoch
 * @error: return location
 *
 * Returns: (transfer full) (nullable): of IcamSegmentRef, those that are open
 */
GArray *
icam_catalogue_unfinished (IcamCatalogue *self, guint32 before_epoch, GError **error)
{
  g_autoptr (GArray) refs = g_array_new (FALSE, FALSE, sizeof (IcamSegmentRef));
  IcamSql *sql = icam_catalogue_lock (self);
  gboolean ok;

  /* "state <> 1" says nothing more, but is what the index of all that is not closed is found by. */
  ok = collect_refs (sql,
                     icam_sql_query (sql, error,
                                     REF_COLUMNS
                                     " FROM segment JOIN stream ON segment.stream = stream.id"
                                     " JOIN folder ON segment.folder = folder.id"
                                     " WHERE segment.state <> 1 AND segment.state = 0 AND segment.epoch < ?1"
                                     " ORDER BY segment.epoch, segment.start_us",
                                     "i", (gint64) before_epoch),
                     refs, error);
  icam_catalogue_unlock (self);
  return ok ? g_steal_pointer (&refs) : NULL;
}

/**
 * icam_catalogue_garbage:
 * @self: the catalogue
 * @folder: row of an archive
 * @after: (nullable): only what comes after this one, which was returned before
 * @limit: how many at most
 *
 * Returns: (transfer full) (nullable): of IcamSegmentRef, those that are garbage in this archive, by stream and number
 */
GArray *
icam_catalogue_garbage (IcamCatalogue *self, gint64 folder, const IcamSegmentRef *after, guint limit)
{
  g_autoptr (GArray) refs = g_array_new (FALSE, FALSE, sizeof (IcamSegmentRef));
  IcamSql *sql = icam_catalogue_lock (self);
  gboolean ok;

  ok = collect_refs (sql,
                     icam_sql_query (sql, NULL,
                                     REF_COLUMNS
                                     " FROM segment JOIN stream ON segment.stream = stream.id"
                                     " JOIN folder ON segment.folder = folder.id"
                                     " WHERE segment.state = 2 AND segment.folder = ?1 AND (segment.stream, segment.seq) > (?2, ?3)"
                                     " ORDER BY segment.stream, segment.seq LIMIT ?4",
                                     "iiii", folder, after != NULL ? after->stream : (gint64) -1,
                                     after != NULL ? (gint64) after->id.seq : (gint64) -1, (gint64) limit),
                     refs, NULL);
  icam_catalogue_unlock (self);
  return ok ? g_steal_pointer (&refs) : NULL;
}

/**
 * icam_catalogue_oldest:
 * @self: the catalogue
 * @folder: row of an archive
 * @channel: (nullable): only of this channel
 * @limit: how many at most
 * @error: return location
 *
 * Returns: (transfer full) (nullable): of IcamSegmentRef: closed segments that are neither protected nor being moved, in the order in which
 * they were recorded. A clock that was set does not change that order: epochs only grow.
 */
GArray *
icam_catalogue_oldest (IcamCatalogue *self, gint64 folder, const IcamUuid *channel, guint limit, GError **error)
{
  g_autoptr (GArray) refs = g_array_new (FALSE, FALSE, sizeof (IcamSegmentRef));
  IcamSql *sql = icam_catalogue_lock (self);
  static const IcamUuid none;
  gboolean ok;

  /* A few of each stream by its primary key, then the oldest of those: no index on all segments is
   * needed. */
  ok = collect_refs (
    sql,
    icam_sql_query (sql, error,
                    REF_COLUMNS
                    " FROM stream CROSS JOIN segment CROSS JOIN folder"
                    " WHERE segment.stream = stream.id AND folder.id = ?1 AND segment.folder = ?1"
                    " AND segment.state = 1 AND (?4 OR stream.channel = ?2)"
                    " AND segment.seq IN (SELECT inner_segment.seq FROM segment AS inner_segment"
                    "  WHERE inner_segment.stream = stream.id AND inner_segment.state = 1"
                    "  AND inner_segment.folder = ?1" NOT_PROTECTED ("inner_segment", "stream") NOT_MOVING ("inner_segment")
                    "  ORDER BY inner_segment.seq LIMIT ?3)"
                    " ORDER BY segment.epoch, segment.start_us LIMIT ?3",
                    "iuii", folder, channel != NULL ? channel : &none, (gint64) limit, (gint64) (channel == NULL)),
    refs, error);
  icam_catalogue_unlock (self);
  return ok ? g_steal_pointer (&refs) : NULL;
}

/**
 * icam_catalogue_next_of_stream:
 * @self: the catalogue
 * @stream: its row
 * @folder: row of an archive
 * @after_seq: only segments with higher numbers
 * @limit: how many at most
 * @error: return location
 *
 * Returns: (transfer full) (nullable): of IcamSegmentRef: closed segments of the stream in this archive, in the order of their numbers
 */
GArray *
icam_catalogue_next_of_stream (IcamCatalogue *self, gint64 stream, gint64 folder, guint64 after_seq, guint limit, GError **error)
{
  g_autoptr (GArray) refs = g_array_new (FALSE, FALSE, sizeof (IcamSegmentRef));
  IcamSql *sql = icam_catalogue_lock (self);
  gboolean ok;

  ok = collect_refs (sql,
                     icam_sql_query (sql, error,
                                     REF_COLUMNS
                                     " FROM segment JOIN stream ON segment.stream = stream.id"
                                     " JOIN folder ON segment.folder = folder.id"
                                     " WHERE segment.stream = ?1 AND segment.seq > ?3 AND segment.folder = ?2"
                                     " AND segment.state = 1 ORDER BY segment.seq LIMIT ?4",
                                     "iiii", stream, folder, (gint64) after_seq, (gint64) limit),
                     refs, error);
  icam_catalogue_unlock (self);
  return ok ? g_steal_pointer (&refs) : NULL;
}

/**
 * icam_catalogue_streams_of_folder:
 * @self: the catalogue
 * @folder: row of an archive
 *
 * Returns: (transfer full): of IcamStreamUsage: the streams that have something there
 */
GArray *
icam_catalogue_streams_of_folder (IcamCatalogue *self, gint64 folder)
{
  GArray *streams = g_array_new (FALSE, FALSE, sizeof (IcamStreamUsage));
  IcamSql *sql = icam_catalogue_lock (self);
  sqlite3_stmt *query = icam_sql_query (sql, NULL,
                                        "SELECT stream.id, stream.channel, usage.bytes FROM usage JOIN stream"
                                        " ON usage.stream = stream.id WHERE usage.folder = ?",
                                        "i", folder);
  gboolean row = FALSE;

  while (query != NULL && icam_sql_step (sql, query, &row, NULL) && row)
    {
      IcamStreamUsage usage = { .stream = sqlite3_column_int64 (query, 0), .bytes = sqlite3_column_int64 (query, 2) };

      icam_sql_column_uuid (query, 1, &usage.channel);
      g_array_append_val (streams, usage);
    }
  icam_catalogue_unlock (self);
  return streams;
}

/**
 * icam_catalogue_channel_bytes:
 * @self: the catalogue
 * @channel: a channel
 *
 * Returns: what all its segments take, in all folders
 */
gint64
icam_catalogue_channel_bytes (IcamCatalogue *self, const IcamUuid *channel)
{
  IcamSql *sql = icam_catalogue_lock (self);
  gint64 bytes = icam_sql_get_int (sql, 0,
                                   "SELECT total (usage.bytes) FROM usage JOIN stream ON usage.stream = stream.id"
                                   " WHERE stream.channel = ?",
                                   "u", channel);

  icam_catalogue_unlock (self);
  return bytes;
}

/**
 * icam_catalogue_is_kept:
 * @self: the catalogue
 * @ref: a segment
 * @events: whether an event is a reason, too
 *
 * Returns: whether it is protected or being moved, or (@events) an event of its channel touches it
 */
gboolean
icam_catalogue_is_kept (IcamCatalogue *self, const IcamSegmentRef *ref, gboolean events)
{
  IcamSql *sql = icam_catalogue_lock (self);
  gboolean kept
    = icam_sql_get_int (sql, 0,
                        "SELECT EXISTS (SELECT 1 FROM protection WHERE channel = ?1 AND from_us < ?3 AND to_us > ?2)"
                        " OR EXISTS (SELECT 1 FROM moving WHERE stream = ?5 AND seq = ?6)"
                        " OR (?4 AND EXISTS (SELECT 1 FROM event WHERE channel = ?1 AND start_us < ?3"
                        "  AND (end_us = 0 OR end_us > ?2) AND start_us > ?2 - 86400000000))",
                        "uiiiii", &ref->id.channel, ref->id.start_us, ref->end_us, (gint64) events, ref->stream,
                        (gint64) ref->id.seq)
      != 0;

  icam_catalogue_unlock (self);
  return kept;
}

/**
 * icam_catalogue_to_garbage:
 * @self: the catalogue
 * @segments: of IcamSegmentRef
 * @error: return location
 *
 * Returns: whether all rows say so on the disk: the files may be unlinked now
 */
gboolean
icam_catalogue_to_garbage (IcamCatalogue *self, const GArray *segments, GError **error)
{
  IcamSql *sql = icam_catalogue_lock (self);
  gboolean ok = FALSE;

  if (icam_sql_begin (sql, TRUE, error))
    {
      ok = TRUE;
      for (guint i = 0; ok && i < segments->len; i++)
        {
          const IcamSegmentRef *ref = &g_array_index (segments, IcamSegmentRef, i);

          ok = icam_sql_run (sql, error,
                             "UPDATE segment SET state = 2 WHERE stream = ?1 AND seq = ?2", "ii",
                             ref->stream, (gint64) ref->id.seq)
               && icam_sql_run (sql, error,
                                "DELETE FROM segment_index WHERE stream = ?1 AND seq = ?2", "ii",
                                ref->stream, (gint64) ref->id.seq);
        }
      if (ok)
        ok = icam_sql_commit (sql, error);
      else
        icam_sql_rollback (sql);
    }
  icam_catalogue_unlock (self);
  return ok;
}

/* What was noted of a deleted segment's time and is of no use without a recording. */
static gboolean
forget_with (IcamSql *sql, const IcamSegmentRef *ref, GPtrArray *paths, GError **error)
{
  g_autoptr (GArray) events = g_array_new (FALSE, FALSE, sizeof (IcamUuid));
  sqlite3_stmt *query;
  gboolean row = FALSE, ok = FALSE;

  query = icam_sql_query (sql, error,
                          "DELETE FROM event WHERE channel = ?1 AND start_us >= ?2 AND start_us < ?3 AND end_us <> 0"
                          " AND NOT EXISTS (SELECT 1 FROM stream JOIN segment ON segment.stream = stream.id"
                          "  WHERE stream.channel = ?1 AND segment.state <> 2 AND segment.start_us < event.end_us"
                          "  AND segment.start_us > event.start_us - 21600000000 AND segment.end_us > event.start_us) RETURNING id",
                          "uii", &ref->id.channel, ref->id.start_us, ref->end_us);
  while (query != NULL && (ok = icam_sql_step (sql, query, &row, error)) && row)
    {
      IcamUuid id;

      icam_sql_column_uuid (query, 0, &id);
      g_array_append_val (events, id);
    }
  for (guint i = 0; ok && i < events->len; i++)
    {
      query = icam_sql_query (sql, error, "DELETE FROM thumbnail WHERE event = ?1 AND folder = ?2 RETURNING path", "ui",
                              &g_array_index (events, IcamUuid, i), ref->folder);
      ok = FALSE;
      while (query != NULL && (ok = icam_sql_step (sql, query, &row, error)) && row)
        g_ptr_array_add (paths, icam_sql_column_dup (query, 0));
    }
  return ok;
}

/**
 * icam_catalogue_drop_garbage:
 * @self: the catalogue
 * @segments: of IcamSegmentRef, whose files are gone
 *
 * Drops their rows, gaps before the oldest segment that their streams still have, and events of which nothing is left. Their
 * thumbnails are orphans then.
 *
 * Returns: (transfer full): paths of thumbnails in the segments' folder that nobody can ask for any more
 */
GPtrArray *
icam_catalogue_drop_garbage (IcamCatalogue *self, const GArray *segments)
{
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  IcamSql *sql = icam_catalogue_lock (self);
  gboolean ok = icam_sql_begin (sql, FALSE, &error);

  for (guint i = 0; ok && i < segments->len; i++)
    {
      const IcamSegmentRef *ref = &g_array_index (segments, IcamSegmentRef, i);

      ok = icam_sql_run (sql, &error, "DELETE FROM segment WHERE stream = ?1 AND seq = ?2", "ii", ref->stream,
                         (gint64) ref->id.seq);
    }
  for (guint i = 0; ok && i < segments->len; i++)
    {
      const IcamSegmentRef *ref = &g_array_index (segments, IcamSegmentRef, i);

      ok = forget_with (sql, ref, paths, &error);
      if (ok && (i + 1 == segments->len || g_array_index (segments, IcamSegmentRef, i + 1).stream != ref->stream))
        ok = icam_sql_run (sql, &error,
                           "DELETE FROM gap WHERE stream = ?1 AND end_us <> 0"
                           " AND start_us < (SELECT min (start_us) FROM segment WHERE stream = ?1)"
                           " AND end_us < (SELECT min (start_us) FROM segment WHERE stream = ?1)",
                           "i", ref->stream);
    }
  if (ok)
    ok = icam_sql_commit (sql, &error);
  else
    icam_sql_rollback (sql);
  icam_catalogue_unlock (self);
  if (!ok)
    {
      g_ptr_array_set_size (paths, 0);
      g_warning ("What belongs to a deleted recording cannot be forgotten: %s", error != NULL ? error->message : "");
    }
  return paths;
}

/* ---- protections ---- */

/**
 * icam_catalogue_put_protection:
 * @self: the catalogue
 * @row: a span that is never deleted
 * @error: return location
 *
 * Returns: whether it is stored, on the disk itself
 */
gboolean
icam_catalogue_put_protection (IcamCatalogue *self, const IcamProtectionRow *row, GError **error)
{
  IcamSql *sql = icam_catalogue_lock (self);
  gboolean ok = icam_sql_begin (sql, TRUE, error);

  if (ok)
    {
      ok = icam_sql_run (sql, error, "INSERT OR REPLACE INTO protection VALUES (?1, ?2, ?3, ?4, ?5, ?6)", "uuiisi",
                         &row->id, &row->channel, row->from_us, row->to_us, row->note != NULL ? row->note : "",
                         row->made_us);
      if (ok)
        ok = icam_sql_commit (sql, error);
      else
        icam_sql_rollback (sql);
    }
  icam_catalogue_unlock (self);
  return ok;
}

/**
 * icam_catalogue_drop_protection:
 * @self: the catalogue
 * @id: a protection
 * @error: return location, ICAM_ERROR_NOT_FOUND
 *
 * Returns: whether it was there
 */
gboolean
icam_catalogue_drop_protection (IcamCatalogue *self, const IcamUuid *id, GError **error)
{
  IcamSql *sql = icam_catalogue_lock (self);
  gboolean ok = icam_sql_run (sql, error, "DELETE FROM protection WHERE id = ?", "u", id);

  if (ok && icam_sql_changes (sql) == 0)
    {
      icam_error_set (error, ICAM_ERROR_NOT_FOUND, "what", "protection", NULL);
      ok = FALSE;
    }
  icam_catalogue_unlock (self);
  return ok;
}
