/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-archive"

#include "config.h"

#include "archive/icam-archive-private.h"
#include "archive/icam-disk.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* Longer than any segment: a stream without key frames cannot be cut, so this is generous. */
#define LONGEST_SEGMENT_US (G_GINT64_CONSTANT (6) * 3600 * G_USEC_PER_SEC)

/* Gaps that are longer have an index of their own. */
#define LONG_US (G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)

static gint64
stream_row (IcamSql *reader, const IcamUuid *channel, IcamRole role)
{
  return icam_sql_get_int (reader, 0, "SELECT id FROM stream WHERE channel = ?1 AND role = ?2",
                           "ui", channel, (gint64) role);
}

static int
compare_segments (gconstpointer a, gconstpointer b)
{
  const IcamSegmentRow *one = a, *other = b;

  if (one->start_us != other->start_us)
    return one->start_us < other->start_us ? -1 : 1;
  return one->seq < other->seq ? -1 : one->seq > other->seq;
}

/* What is being written now, before the catalogue is asked, so that nothing falls between. */
static gboolean
get_open (IcamStore *store,
          const IcamUuid *channel,
          IcamRole role,
          IcamSegmentRow *row,
          gint64 *folder,
          GArray **key_frames)
{
  g_autoptr (IcamStream) stream = icam_store_find_stream (store, channel, role);
  g_autoptr (GMutexLocker) locker = NULL;

  if (stream == NULL)
    return FALSE;
  locker = g_mutex_locker_new (&stream->lock);
  if (!stream->open || stream->dead || stream->view.bytes == 0)
    return FALSE;
  *row = stream->view;
  if (folder != NULL)
    *folder = stream->view_folder;
  if (key_frames != NULL)
    *key_frames = g_array_copy (stream->view_keys);
  return TRUE;
}

/**
 * icam_archive_list_segments:
 * @self: an archive
 * @channel: a channel
 * @role: which of its streams
 * @from_us: UTC µs
 * @to_us: UTC µs, exclusive; 0: no end
 * @error: return location, ICAM_ERROR_DATABASE
 *
 * Returns: (transfer full) (nullable): of IcamSegmentRow, those that overlap the span, by start.
 * Where two epochs cover the same time both are there; the one with the higher number is newer.
 */
GArray *
icam_archive_list_segments (IcamArchive *self,
                            const IcamUuid *channel,
                            IcamRole role,
                            gint64 from_us,
                            gint64 to_us,
                            GError **error)
{
  IcamStore *store = icam_archive_get_store (self);
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (IcamSegmentRow));
  IcamSegmentRow open;
  gboolean has_open = get_open (store, channel, role, &open, NULL, NULL);
  IcamSql *reader = icam_catalogue_read (store->catalogue, error);
  sqlite3_stmt *query;
  gboolean row = FALSE, ok = FALSE;

  if (reader == NULL)
    return NULL;
  if (to_us <= 0)
    to_us = G_MAXINT64;

  query = icam_sql_query (
    reader, error,
    "SELECT seq, epoch, start_us, end_us, bytes, identity FROM segment"
    " WHERE stream = ?1 AND start_us >= ?2 AND start_us < ?3 AND end_us > ?4 AND state = 1"
    " ORDER BY start_us, seq",
    "iiii", stream_row (reader, channel, role),
    from_us > G_MININT64 + LONGEST_SEGMENT_US ? from_us - LONGEST_SEGMENT_US : G_MININT64, to_us,
    from_us);
  while (query != NULL && (ok = icam_sql_step (reader, query, &row, error)) && row)
    {
      IcamSegmentRow segment = {
        .channel = *channel,
        .role = role,
        .seq = (guint64) sqlite3_column_int64 (query, 0),
        .epoch = (guint32) sqlite3_column_int64 (query, 1),
        .start_us = sqlite3_column_int64 (query, 2),
        .end_us = sqlite3_column_int64 (query, 3),
        .bytes = (guint64) sqlite3_column_int64 (query, 4),
        .identity = (IcamIdentity) sqlite3_column_int (query, 5),
      };

      /* It was closed in between. */
      if (has_open && segment.seq == open.seq)
        has_open = FALSE;
      g_array_append_val (rows, segment);
    }
  icam_catalogue_read_done (store->catalogue, reader);
  if (!ok)
    return NULL;

  if (has_open && open.start_us < to_us && open.end_us > from_us)
    {
      g_array_append_val (rows, open);
      g_array_sort (rows, compare_segments);
    }
  return g_steal_pointer (&rows);
}

static gboolean
collect_gaps (IcamSql *reader, sqlite3_stmt *query, GArray *rows, GError **error)
{
  gboolean row = FALSE, ok = FALSE;

  while (query != NULL && (ok = icam_sql_step (reader, query, &row, error)) && row)
    {
      IcamGapRow gap = {
        .start_us = sqlite3_column_int64 (query, 0),
        .end_us = sqlite3_column_int64 (query, 1),
        .cause = icam_gap_cause_from_string ((const char *) sqlite3_column_text (query, 2)),
      };

      g_array_append_val (rows, gap);
    }
  return ok;
}

/**
 * icam_archive_list_gaps:
 * @self: an archive
 * @channel: a channel
 * @role: which of its streams
 * @from_us: UTC µs
 * @to_us: UTC µs, exclusive; 0: no end
 * @error: return location, ICAM_ERROR_DATABASE
 *
 * Returns: (transfer full) (nullable): of IcamGapRow, those that overlap the span, by start
 */
GArray *
icam_archive_list_gaps (IcamArchive *self,
                        const IcamUuid *channel,
                        IcamRole role,
                        gint64 from_us,
                        gint64 to_us,
                        GError **error)
{
  IcamStore *store = icam_archive_get_store (self);
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (IcamGapRow));
  IcamSql *reader = icam_catalogue_read (store->catalogue, error);
  gint64 stream, early;
  gboolean ok;

  if (reader == NULL)
    return NULL;
  if (to_us <= 0)
    to_us = G_MAXINT64;
  stream = stream_row (reader, channel, role);
  early = from_us > G_MININT64 + LONG_US ? from_us - LONG_US : G_MININT64;
  /* The few that are long, or last, begin before all others that touch the span. */
  ok = collect_gaps (reader,
                     icam_sql_query (reader, error,
                                     "SELECT start_us, end_us, cause FROM gap WHERE stream = ?1 AND start_us < ?2 AND start_us < ?4"
                                     " AND (end_us = 0 OR end_us - start_us > 86400000000) AND (end_us = 0 OR end_us > ?3)"
                                     " ORDER BY start_us, id",
                                     "iiii", stream, early, from_us, to_us),
                     rows, error)
       && collect_gaps (reader,
                        icam_sql_query (reader, error,
                                        "SELECT start_us, end_us, cause FROM gap WHERE stream = ?1 AND start_us >= ?2 AND start_us < ?4"
                                        " AND (end_us = 0 OR end_us > ?3) ORDER BY start_us, id",
                                        "iiii", stream, early, from_us, to_us),
                        rows, error);
  icam_catalogue_read_done (store->catalogue, reader);
  return ok ? g_steal_pointer (&rows) : NULL;
}

static int
not_found (GError **error)
{
  icam_error_set (error, ICAM_ERROR_NOT_FOUND, "what", "segment", NULL);
  return -1;
}

/* Nobody waits for what is on a disk that does not answer. */
static gboolean
hangs (IcamStore *store, const IcamUuid *archive, GError **error)
{
  g_autofree char *top = icam_config_dup_folder (store->config, archive);
  g_autoptr (IcamDisk) disk = top != NULL ? icam_store_find_disk (store, top) : NULL;

  if (disk == NULL || !icam_store_disk_hangs (store, disk))
    return FALSE;
  icam_error_set (error, ICAM_ERROR_ARCHIVE_HUNG, "folder", top, NULL);
  return TRUE;
}

/* Opens the file and looks whether it is what it should be (promise 1). */
static int
open_file (IcamStore *store, const IcamUuid *archive, const IcamSegmentId *id, GError **error)
{
  g_autofree char *top = icam_config_dup_folder (store->config, archive);
  g_autofree char *folder = icam_segment_folder (id);
  g_autofree char *name = icam_segment_name (id);
  g_autofree char *path = NULL;
  g_autoptr (IcamMkvReader) reader = NULL;
  const IcamSegmentId *found;
  int fd;

  if (top == NULL)
    return not_found (error);
  path = g_build_filename (top, folder, name, NULL);
  fd = open (path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0)
    return not_found (error);

  reader = icam_mkv_reader_new (fd, NULL);
  found = reader != NULL ? icam_mkv_reader_get_id (reader) : NULL;
  if (found == NULL || !icam_uuid_equal (&found->channel, &id->channel)
      || !icam_uuid_equal (&found->archive, archive) || found->role != id->role
      || found->seq != id->seq)
    {
      g_warning ("%s is not the segment that it should be.", path);
      close (fd);
      return not_found (error);
    }
  return fd;
}

static gboolean
folder_archive (IcamSql *reader, gint64 folder, IcamUuid *archive)
{
  sqlite3_stmt *query
    = icam_sql_query (reader, NULL, "SELECT archive FROM folder WHERE id = ?", "i", folder);
  gboolean row = FALSE;

  if (query == NULL || !icam_sql_step (reader, query, &row, NULL) || !row)
    return FALSE;
  icam_sql_column_uuid (query, 0, archive);
  sqlite3_reset (query);
  return TRUE;
}

/**
 * icam_archive_open_segment:
 * @self: an archive
 * @channel: a channel
 * @role: which of its streams
 * @seq: the segment's number
 * @key_frames: (out) (nullable): of IcamKeyFrame; of an open segment, those that are written by now
 * @error: return location, ICAM_ERROR_NOT_FOUND if it is gone
 *
 * Touches the archive's disk: call it on a thread that may wait.
 *
 * Returns: a descriptor for reading, the caller's; -1 on an error
 */
int
icam_archive_open_segment (IcamArchive *self,
                           const IcamUuid *channel,
                           IcamRole role,
                           guint64 seq,
                           GArray **key_frames,
                           GError **error)
{
  IcamStore *store = icam_archive_get_store (self);
  g_autoptr (GArray) keys = NULL;
  IcamSegmentId id = { .channel = *channel, .role = role, .seq = seq };
  IcamSegmentRow open;
  gint64 folder = 0;
  IcamUuid archive;
  gboolean is_open, known, found = FALSE, row = FALSE;
  IcamSql *reader;
  sqlite3_stmt *query;
  int fd;

  is_open = get_open (store, channel, role, &open, &folder, &keys) && open.seq == seq;
  reader = icam_catalogue_read (store->catalogue, error);
  if (reader == NULL)
    return -1;

  query = icam_sql_query (
    reader, NULL,
    "SELECT segment.folder, segment.start_us, segment.state, segment_index.keys FROM segment"
    " LEFT JOIN segment_index USING (stream, seq)"
    " WHERE segment.stream = ?1 AND segment.seq = ?2",
    "ii", stream_row (reader, channel, role), (gint64) seq);
  if (query != NULL && icam_sql_step (reader, query, &row, NULL) && row)
    {
      IcamSegmentState state = (IcamSegmentState) sqlite3_column_int (query, 2);

      id.start_us = sqlite3_column_int64 (query, 1);
      folder = sqlite3_column_int64 (query, 0);
      if (state == ICAM_SEGMENT_CLOSED)
        {
          g_clear_pointer (&keys, g_array_unref);
          keys = icam_key_frames_unpack (sqlite3_column_blob (query, 3),
                                         (gsize) sqlite3_column_bytes (query, 3));
          found = TRUE;
        }
      else
        found = state == ICAM_SEGMENT_OPEN && is_open;
      sqlite3_reset (query);
    }
  known = folder != 0 && folder_archive (reader, folder, &archive);
  icam_catalogue_read_done (store->catalogue, reader);
  if (!known)
    return not_found (error);
  /* One that is still to be completed by a disk that hangs is there, too. */
  if (hangs (store, &archive, error))
    return -1;
  if (!found)
    return not_found (error);

  fd = open_file (store, &archive, &id, error);
  if (fd >= 0 && key_frames != NULL)
    *key_frames = g_steal_pointer (&keys);
  return fd;
}

/**
 * icam_archive_oldest:
 * @self: an archive
 *
 * Returns: UTC µs of the start of the oldest segment, 0 if there is none
 */
gint64
icam_archive_oldest (IcamArchive *self)
{
  IcamStore *store = icam_archive_get_store (self);
  IcamSql *reader = icam_catalogue_read (store->catalogue, NULL);
  gint64 oldest;

  if (reader == NULL)
    return 0;
  /* One step down an index for each stream. */
  oldest = icam_sql_get_int (reader, 0,
                             "SELECT min (start_us) FROM (SELECT (SELECT start_us FROM segment "
                             "WHERE segment.stream = stream.id"
                             " AND state <> 2 ORDER BY start_us LIMIT 1) AS start_us FROM stream)",
                             "");
  icam_catalogue_read_done (store->catalogue, reader);
  return oldest;
}
