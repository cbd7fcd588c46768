/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-archive"

#include "config.h"

#include "archive/icam-catalogue-mend.h"
#include "archive/icam-check.h"
#include "archive/icam-disk-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Ends are rounded differently in a file and in a row. */
#define END_SLACK_US 1000

/* What the catalogue says of a file. */
typedef struct
{
  IcamSegmentState state;
  gint64 stream, folder, start_us, end_us, bytes;
  guint32 epoch;
  GArray *key_frames; /* of IcamKeyFrame, a deep look only */
} Row;

static void
row_clear (Row *row)
{
  g_clear_pointer (&row->key_frames, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Row, row_clear)

static gboolean
find_row (IcamCheck *self, const IcamSegmentId *id, Row *row)
{
  IcamSql *sql = icam_catalogue_lock (self->catalogue);
  sqlite3_stmt *query
    = icam_sql_query (sql, NULL,
                      "SELECT segment.stream, state, segment.folder, start_us, end_us, bytes, segment.epoch, keys"
                      " FROM stream JOIN segment ON segment.stream = stream.id LEFT JOIN segment_index"
                      " ON segment_index.stream = segment.stream AND segment_index.seq = segment.seq"
                      " WHERE channel = ?1 AND role = ?2 AND segment.seq = ?3",
                      "uii", &id->channel, (gint64) id->role, (gint64) id->seq);
  gboolean found = FALSE;

  if (query != NULL && icam_sql_step (sql, query, &found, NULL) && found)
    {
      row->stream = sqlite3_column_int64 (query, 0);
      row->state = (IcamSegmentState) sqlite3_column_int (query, 1);
      row->folder = sqlite3_column_int64 (query, 2);
      row->start_us = sqlite3_column_int64 (query, 3);
      row->end_us = sqlite3_column_int64 (query, 4);
      row->bytes = sqlite3_column_int64 (query, 5);
      row->epoch = (guint32) sqlite3_column_int64 (query, 6);
      if (self->options->deep)
        row->key_frames
          = icam_key_frames_unpack (sqlite3_column_blob (query, 7), (gsize) sqlite3_column_bytes (query, 7));
      sqlite3_reset (query);
    }
  icam_catalogue_unlock (self->catalogue);
  return found;
}

static gboolean
same_key_frames (const GArray *a, const GArray *b)
{
  if (a->len != b->len)
    return FALSE;
  for (guint i = 0; i < a->len; i++)
    {
      const IcamKeyFrame *one = &g_array_index (a, IcamKeyFrame, i), *other = &g_array_index (b, IcamKeyFrame, i);

      if (one->byte_offset != other->byte_offset || one->offset_us != other->offset_us)
        return FALSE;
    }
  return TRUE;
}

/* What a file is: by its header, or by all that is in it. */
static gboolean
look_into (IcamCheck *self, int fd, gboolean deep, IcamSegmentId *id, gboolean *closed, IcamMkvScan **scan)
{
  g_autoptr (IcamMkvReader) reader = NULL;

  if (deep)
    {
      *scan = icam_mkv_scan (fd, NULL);
      if (*scan == NULL)
        return FALSE;
      *id = (*scan)->id;
      *closed = (*scan)->was_closed;
      return TRUE;
    }
  reader = icam_mkv_reader_new (fd, NULL);
  if (reader == NULL)
    return FALSE;
  *id = *icam_mkv_reader_get_id (reader);
  *closed = icam_mkv_reader_is_closed (reader);
  return TRUE;
}

/* A file that has no row gets one: as it is, or, if it is torn, as one that its writer has to recover. */
static gboolean
adopt (IcamCheck *self, const IcamCheckFolder *folder, const IcamMkvScan *scan, GError **error)
{
  IcamStreamState state;

  if (scan->key_frames->len == 0)
    return TRUE;
  if (!icam_catalogue_stream (self->catalogue, &scan->id.channel, scan->id.role, &state, error)
      || !icam_catalogue_adopt_segment (self->catalogue, state.id, folder->row, &scan->id, scan->end_us,
                                        scan->valid_size, scan->was_closed ? scan->key_frames : NULL, error))
    return FALSE;
  icam_disk_fault ("adopted");
  self->result->mended++;
  if (!scan->was_closed)
    self->result->unfinished++;
  else
    {
      self->result->segments++;
      self->result->bytes += scan->valid_size;
    }
  return TRUE;
}

static gboolean
reopen (IcamCheck *self, const IcamSegmentId *id, const Row *row, GError **error)
{
  if (!self->options->repair)
    return TRUE;
  if (self->reopening != NULL)
    self->reopening (row->stream, id->seq, self->data);
  if (!icam_catalogue_reopen_segment (self->catalogue, row->stream, id->seq, error))
    return FALSE;
  self->result->mended++;
  self->result->unfinished++;
  return TRUE;
}

static gboolean
check_file (IcamCheck *self, const IcamCheckFolder *folder, const char *path, int fd, GError **error)
{
  g_autoptr (IcamMkvScan) scan = NULL;
  g_autofree char *expected = NULL;
  g_auto (Row) row = { 0 };
  IcamSegmentId id;
  struct stat info;
  gboolean closed, whole;

  if (fstat (fd, &info) != 0 || !look_into (self, fd, self->options->deep, &id, &closed, &scan))
    {
      icam_check_tell (self, ICAM_FINDING_DAMAGED, path);
      return TRUE;
    }
  expected = icam_segment_path (&id);
  if (!icam_uuid_equal (&id.archive, &folder->archive) || strcmp (expected, path) != 0)
    {
      icam_check_tell (self, ICAM_FINDING_FOREIGN, path);
      return TRUE;
    }

  if (!find_row (self, &id, &row))
    {
      /* Unlinked before its row was dropped, just now? */
      if (fstat (fd, &info) != 0 || info.st_nlink == 0)
        return TRUE;
      icam_check_tell (self, ICAM_FINDING_UNKNOWN, path);
      if (scan == NULL && self->options->repair)
        scan = icam_mkv_scan (fd, NULL);
      return scan == NULL || !self->options->repair || adopt (self, folder, scan, error);
    }
  /* The row is another file's, in another folder or of another time. */
  if (row.folder != folder->row || row.start_us != id.start_us)
    {
      icam_check_tell (self, ICAM_FINDING_UNKNOWN, path);
      return TRUE;
    }
  if (row.state != ICAM_SEGMENT_CLOSED)
    return TRUE;

  whole = closed && info.st_size == row.bytes && id.epoch == row.epoch;
  if (whole && scan != NULL)
    whole = scan->valid_size == (guint64) row.bytes && row.end_us <= scan->end_us + END_SLACK_US
            && same_key_frames (scan->key_frames, row.key_frames);
  if (!whole)
    {
      icam_check_tell (self, ICAM_FINDING_DAMAGED, path);
      return reopen (self, &id, &row, error);
    }
  self->result->segments++;
  self->result->bytes += (guint64) row.bytes;
  return TRUE;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* Each segment file below @path, in the order of names, which is that of time. Deeper than our layout nothing is looked at. */
static gboolean
walk (IcamCheck *self, const IcamCheckFolder *folder, const char *path, guint depth, GError **error)
{
  g_autofree char *full = g_build_filename (folder->path, path, NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (full, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_strdup (name));
  g_clear_pointer (&dir, g_dir_close);
  g_ptr_array_sort (names, compare_names);

  for (guint i = 0; i < names->len; i++)
    {
      g_autofree char *child = depth == 0 ? g_strdup (g_ptr_array_index (names, i))
                                          : g_build_filename (path, g_ptr_array_index (names, i), NULL);
      g_autofree char *full_child = g_build_filename (folder->path, child, NULL);
      gboolean ok = TRUE;
      GStatBuf info;

      if (g_lstat (full_child, &info) != 0)
        continue;
      if (S_ISDIR (info.st_mode) && depth < 5)
        ok = walk (self, folder, child, depth + 1, error);
      else if (S_ISREG (info.st_mode) && g_str_has_suffix (child, ".mkv"))
        {
          int fd = open (full_child, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

          /* One that is gone by now is looked for by its row. */
          if (fd >= 0)
            {
              ok = check_file (self, folder, child, fd, error);
              close (fd);
            }
          else if (errno != ENOENT)
            icam_check_tell (self, ICAM_FINDING_DAMAGED, child);
          ok = ok && icam_check_advance (self, info.st_size, error);
        }
      if (!ok)
        return FALSE;
    }
  return TRUE;
}

/**
 * icam_check_files:
 * @self: a look at an archive
 * @folder: one of its folders
 * @error: return location
 *
 * Compares each file with its row.
 *
 * Returns: whether all were looked at
 */
gboolean
icam_check_files (IcamCheck *self, IcamCheckFolder *folder, GError **error)
{
  return walk (self, folder, "", 0, error);
}
