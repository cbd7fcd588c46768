/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-archive"

#include "config.h"

#include "archive/icam-archive-move.h"

#include "archive/icam-archive-private.h"
#include "archive/icam-catalogue-keep.h"
#include "archive/icam-check.h"
#include "archive/icam-disk-private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define PIECE (256 * 1024)
#define ROWS_A_LOOK 64
/* Where a file says which archive it belongs to: by a tag of its header. */
#define OWNER_TAG "ICAM_ARCHIVE"
#define HEADER 16384
#define UUID_LENGTH (ICAM_UUID_TEXT_SIZE - 1)

/* The order of writes of a move: a row in "moving" → the copy, complete and compared, on the disk under its name → the segment's row
 * says the other folder → the source is unlinked → the row in "moving" goes. So after a death at any step one of the two files is the one
 * that the segment's row names, and it is whole; the other one, if it is there, is dropped. */

typedef struct
{
  IcamArchive *archive;
  IcamStore *store;
  GCancellable *cancellable;
  int source_fd, target_fd; /* tops of the folders */
  gint64 source, target;    /* rows */
  IcamUuid target_archive;
  char *source_path, *target_path;
} Move;

static void
move_clear (Move *move)
{
  if (move->source_fd >= 0)
    close (move->source_fd);
  if (move->target_fd >= 0)
    close (move->target_fd);
  g_free (move->source_path);
  g_free (move->target_path);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Move, move_clear)

static gboolean
failed (GError **error, const char *folder, int code)
{
  if (code == ENOSPC || code == EDQUOT)
    icam_error_set (error, ICAM_ERROR_ARCHIVE_FULL, "folder", folder, "free", "0", NULL);
  else
    icam_error_set (error, ICAM_ERROR_ARCHIVE_NOT_WRITABLE, "folder", folder, "detail", g_strerror (code), NULL);
  return FALSE;
}

/* The top of a folder that is the archive that it is thought to be. */
static int
open_top (IcamStore *store, const char *path, gint64 *row, IcamUuid *archive, GError **error)
{
  IcamUuid owner, ours, expected;
  int fd;

  icam_config_get_catalogue (store->config, &ours);
  if (!icam_check_read_ids (path, archive, &owner, error))
    return -1;
  if (!icam_uuid_equal (&owner, &ours) || !icam_config_find_archive (store->config, path, &expected)
      || !icam_uuid_equal (archive, &expected))
    {
      icam_error_set (error, ICAM_ERROR_ARCHIVE_WRONG, "folder", path, NULL);
      return -1;
    }
  *row = icam_catalogue_folder (store->catalogue, archive, error);
  if (*row == 0)
    return -1;
  fd = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    failed (error, path, errno);
  return fd;
}

/* ---- rows ---- */

static gboolean
run_row (Move *move, const IcamSegmentRef *ref, const char *sql_text, gboolean durable, int *changes, GError **error)
{
  IcamSql *sql = icam_catalogue_lock (move->store->catalogue);
  gboolean ok = icam_sql_begin (sql, durable, error);

  if (ok)
    {
      ok = icam_sql_run (sql, error, sql_text, "iiii", ref->stream, (gint64) ref->id.seq, move->source, move->target);
      if (changes != NULL)
        *changes = icam_sql_changes (sql);
      if (ok)
        ok = icam_sql_commit (sql, error);
      else
        icam_sql_rollback (sql);
    }
  icam_catalogue_unlock (move->store->catalogue);
  return ok;
}

static void
forget (Move *move, const IcamSegmentRef *ref)
{
  run_row (move, ref, "DELETE FROM moving WHERE stream = ?1 AND seq = ?2 AND ?3 = ?3 AND ?4 = ?4", FALSE, NULL, NULL);
}

/* ---- files ---- */

static void
drop_file (int top_fd, const char *folder, const char *name)
{
  int code = 0, fd = icam_disk_open_folder_at (top_fd, folder, FALSE, &code);

  if (fd < 0)
    return;
  if (unlinkat (fd, name, 0) == 0)
    fsync (fd);
  close (fd);
  /* The last one of a day takes the day's folder with it. */
  unlinkat (top_fd, folder, AT_REMOVEDIR);
}

/* Where in the file the id of its archive stands; -1 if it does not. */
static goffset
find_owner (int fd)
{
  g_autofree char *head = g_malloc (HEADER);
  gssize n = pread (fd, head, HEADER, 0);
  const char *tag = n > 0 ? memmem (head, (gsize) n, OWNER_TAG, strlen (OWNER_TAG)) : NULL;

  /* Behind the name: the value's own id and length. */
  for (const char *at = tag != NULL ? tag + strlen (OWNER_TAG) : NULL; at != NULL && at < tag + 64; at++)
    {
      g_autofree char *text = at + UUID_LENGTH <= head + n ? g_strndup (at, UUID_LENGTH) : NULL;
      IcamUuid uuid;

      if (text != NULL && strlen (text) == UUID_LENGTH && icam_uuid_parse (text, &uuid))
        return at - head;
    }
  return -1;
}

/* What is on the disk now is what was to be copied, but for whose it is. */
static gboolean
is_same (int a, int b, goffset owner, const char *text)
{
  g_autofree guint8 *one = g_malloc (PIECE), *other = g_malloc (PIECE);
  off_t offset = 0;

  posix_fadvise (b, 0, 0, POSIX_FADV_DONTNEED);
  for (;;)
    {
      gssize n = pread (a, one, PIECE, offset), m = pread (b, other, PIECE, offset);

      if (offset == 0 && n >= owner + (gssize) UUID_LENGTH)
        memcpy (one + owner, text, UUID_LENGTH);
      if (n < 0 || n != m || memcmp (one, other, (gsize) n) != 0)
        return FALSE;
      if (n == 0)
        return TRUE;
      offset += n;
    }
}

static int
make_copy (Move *move, int from, int folder_fd, const char *name)
{
  /* No segment's name: it is not looked at before it is complete. */
  g_autofree char *partial = g_strconcat (name, ".moving", NULL);
  int to = openat (folder_fd, partial, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0640), code = errno;
  goffset owner = find_owner (from);
  char text[ICAM_UUID_TEXT_SIZE];

  if (to < 0)
    return code;
  icam_disk_fault ("copying");
  code = icam_archive_copy (from, to, move->cancellable);
  icam_uuid_format (&move->target_archive, text);
  /* What is damaged is not moved: a check tells of it. */
  if (code == 0 && owner < 0)
    code = EBADMSG;
  if (code == 0 && icam_disk_write_at (to, (guint64) owner, text, UUID_LENGTH, &code) && fsync (to) != 0)
    code = errno;
  if (code == 0 && !is_same (from, to, owner, text))
    code = EIO;
  close (to);
  icam_disk_fault ("copied");
  if (code == 0 && (renameat (folder_fd, partial, folder_fd, name) != 0 || fsync (folder_fd) != 0))
    code = errno;
  if (code != 0)
    unlinkat (folder_fd, partial, 0);
  return code;
}

/* ---- a segment ---- */

/* One of the two files is dropped: that which the segment's row does not name. */
static void
settle (Move *move, const IcamSegmentRef *ref)
{
  g_autofree char *folder = icam_segment_folder (&ref->id);
  g_autofree char *name = icam_segment_name (&ref->id);
  g_autofree char *partial = g_strconcat (name, ".moving", NULL);
  IcamSql *sql = icam_catalogue_lock (move->store->catalogue);
  gint64 where = icam_sql_get_int (sql, 0, "SELECT folder FROM segment WHERE stream = ?1 AND seq = ?2", "ii", ref->stream,
                                   (gint64) ref->id.seq);

  icam_catalogue_unlock (move->store->catalogue);
  drop_file (move->target_fd, folder, partial);
  if (where != move->target)
    drop_file (move->target_fd, folder, name);
  if (where != move->source)
    drop_file (move->source_fd, folder, name);
  icam_disk_fault ("settled");
  forget (move, ref);
}

static gboolean
has_room (Move *move, gint64 bytes, GError **error)
{
  g_autoptr (IcamDisk) disk = icam_store_find_disk (move->store, move->target_path);
  gint64 free_bytes, size_bytes, floor_bytes = 0;
  struct statvfs info;

  if (disk != NULL)
    icam_disk_get_space (disk, &free_bytes, &size_bytes, &floor_bytes);
  if (fstatvfs (move->target_fd, &info) != 0)
    return failed (error, move->target_path, errno);
  if ((gint64) info.f_bavail * (gint64) info.f_frsize - bytes > MAX (floor_bytes, 0))
    return TRUE;
  return failed (error, move->target_path, ENOSPC);
}

static gboolean
move_segment (Move *move, const IcamSegmentRef *ref, guint64 *bytes, GError **error)
{
  g_autofree char *folder = icam_segment_folder (&ref->id);
  g_autofree char *name = icam_segment_name (&ref->id);
  struct stat info;
  int from_fd = -1, to_fd = -1, from = -1, code = 0, changes = 0;
  gboolean ok = FALSE, skipped = FALSE;

  if (!run_row (move, ref, "INSERT OR REPLACE INTO moving VALUES (?1, ?2, ?3, ?4)", TRUE, NULL, error))
    return FALSE;
  icam_disk_fault ("moving");
  from_fd = icam_disk_open_folder_at (move->source_fd, folder, FALSE, &code);
  if (from_fd >= 0)
    from = openat (from_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (from >= 0 && fstat (from, &info) == 0 && has_room (move, info.st_size, error))
    {
      to_fd = icam_disk_open_folder_at (move->target_fd, folder, TRUE, &code);
      if (to_fd >= 0)
        code = make_copy (move, from, to_fd, name);
      skipped = code == EBADMSG;
      if (code != 0 && code != ECANCELED && !skipped)
        failed (error, move->target_path, code);
      else if (code == ECANCELED)
        g_cancellable_set_error_if_cancelled (move->cancellable, error);
      ok = code == 0 || skipped;
    }
  /* One that was deleted meanwhile is not moved. */
  else if (from < 0 && (from_fd < 0 ? code : errno) == ENOENT)
    ok = TRUE;
  else if (from < 0)
    failed (error, move->source_path, from_fd < 0 ? code : errno);

  if (ok && from >= 0 && !skipped)
    {
      icam_disk_fault ("named");
      ok = run_row (move, ref, "UPDATE segment SET folder = ?4 WHERE stream = ?1 AND seq = ?2 AND state = 1 AND folder = ?3", TRUE,
                    &changes, error);
      icam_disk_fault ("switched");
      if (changes > 0)
        *bytes += (guint64) info.st_size;
    }
  settle (move, ref);
  for (guint i = 0; i < 3; i++)
    {
      int fd = i == 0 ? from : i == 1 ? from_fd : to_fd;

      if (fd >= 0)
        close (fd);
    }
  return ok;
}

/* ---- all of a channel ---- */

static GArray *
list_streams (IcamStore *store, const IcamUuid *channel, gint64 target, gint64 *bytes)
{
  GArray *usages = g_array_new (FALSE, FALSE, sizeof (gint64)); /* stream, folder, … */
  IcamSql *sql = icam_catalogue_lock (store->catalogue);
  sqlite3_stmt *query = icam_sql_query (sql, NULL,
                                        "SELECT stream.id, usage.folder, usage.bytes FROM usage JOIN stream ON usage.stream = stream.id"
                                        " WHERE stream.channel = ?1 AND usage.folder <> ?2 AND usage.bytes > 0",
                                        "ui", channel, target);
  gboolean row = FALSE;

  *bytes = 0;
  while (query != NULL && icam_sql_step (sql, query, &row, NULL) && row)
    {
      gint64 pair[2] = { sqlite3_column_int64 (query, 0), sqlite3_column_int64 (query, 1) };

      *bytes += sqlite3_column_int64 (query, 2);
      g_array_append_vals (usages, pair, 2);
    }
  icam_catalogue_unlock (store->catalogue);
  return usages;
}

static char *
path_of_folder (IcamStore *store, gint64 row)
{
  IcamSql *sql = icam_catalogue_lock (store->catalogue);
  sqlite3_stmt *query = icam_sql_query (sql, NULL, "SELECT archive FROM folder WHERE id = ?", "i", row);
  gboolean found = FALSE;
  IcamUuid archive;

  if (query != NULL && icam_sql_step (sql, query, &found, NULL) && found)
    {
      icam_sql_column_uuid (query, 0, &archive);
      sqlite3_reset (query);
    }
  icam_catalogue_unlock (store->catalogue);
  return found ? icam_config_dup_folder (store->config, &archive) : NULL;
}

/* Where a folder's recordings come from. FALSE if it is not here. */
static gboolean
open_source (Move *move, gint64 row, GError **error)
{
  IcamUuid archive;
  gint64 found;

  if (move->source_fd >= 0)
    close (move->source_fd);
  g_free (move->source_path);
  move->source = row;
  move->source_path = path_of_folder (move->store, row);
  move->source_fd = move->source_path != NULL ? open_top (move->store, move->source_path, &found, &archive, error) : -1;
  return move->source_fd >= 0;
}

/**
 * icam_archive_move:
 * @self: an archive
 * @channel: whose recordings
 * @folder: one of the folders that are used: where they are brought
 * @progress: (nullable): told how far it is, 0 to 1
 * @user_data: for @progress
 * @cancellable: (nullable): ends it between two files
 * @moved: (out): how many files are there now that were not
 * @bytes: (out): of those
 * @error: return location, ICAM_ERROR_ARCHIVE_…, G_IO_ERROR_CANCELLED
 *
 * Each is copied, compared, and only then deleted where it was; a kill at any moment leaves one that is whole and listed. What is in a folder
 * that is not here stays there. Recording, playing and deleting go on meanwhile.
 *
 * Returns: whether all that could be reached is there
 */
gboolean
icam_archive_move (IcamArchive *self,
                   const IcamUuid *channel,
                   const char *folder,
                   void (*progress) (double progress, gpointer user_data),
                   gpointer user_data,
                   GCancellable *cancellable,
                   guint *moved,
                   guint64 *bytes,
                   GError **error)
{
  g_auto (Move) move = {
    .archive = self,
    .store = icam_archive_get_store (self),
    .cancellable = cancellable,
    .source_fd = -1,
    .target_fd = -1,
    .target_path = g_canonicalize_filename (folder, NULL),
  };
  g_autoptr (GArray) usages = NULL;
  gint64 all;

  *moved = 0;
  *bytes = 0;
  move.target_fd = open_top (move.store, move.target_path, &move.target, &move.target_archive, error);
  if (move.target_fd < 0)
    return FALSE;
  usages = list_streams (move.store, channel, move.target, &all);
  for (guint i = 0; i < usages->len; i += 2)
    {
      gint64 stream = g_array_index (usages, gint64, i);
      guint64 after = 0;

      if (!open_source (&move, g_array_index (usages, gint64, i + 1), NULL))
        continue;
      for (;;)
        {
          g_autoptr (GArray) refs
            = icam_catalogue_next_of_stream (move.store->catalogue, stream, move.source, after, ROWS_A_LOOK, error);

          if (refs == NULL)
            return FALSE;
          for (guint j = 0; j < refs->len; j++)
            {
              const IcamSegmentRef *ref = &g_array_index (refs, IcamSegmentRef, j);
              guint64 before = *bytes;

              if (g_cancellable_set_error_if_cancelled (cancellable, error) || !move_segment (&move, ref, bytes, error))
                return FALSE;
              *moved += *bytes > before;
              after = ref->id.seq;
              if (progress != NULL && all > 0)
                progress (MIN ((double) *bytes / (double) all, 1), user_data);
            }
          if (refs->len < ROWS_A_LOOK)
            break;
        }
    }
  icam_store_changed (move.store, channel, 0);
  return TRUE;
}

/**
 * icam_archive_finish_moves:
 * @self: an archive
 *
 * Drops what a move that was killed left over. What is in a folder that is not here waits for the next time.
 */
void
icam_archive_finish_moves (IcamArchive *self)
{
  IcamStore *store = icam_archive_get_store (self);
  g_autoptr (GArray) refs = g_array_new (FALSE, FALSE, sizeof (IcamSegmentRef));
  g_autoptr (GArray) targets = g_array_new (FALSE, FALSE, sizeof (gint64));
  IcamSql *sql = icam_catalogue_lock (store->catalogue);
  sqlite3_stmt *query
    = icam_sql_query (sql, NULL,
                      "SELECT moving.stream, moving.seq, source, target, channel, role, start_us FROM moving"
                      " JOIN stream ON moving.stream = stream.id"
                      " LEFT JOIN segment ON segment.stream = moving.stream AND segment.seq = moving.seq",
                      "");
  gboolean row = FALSE;

  while (query != NULL && icam_sql_step (sql, query, &row, NULL) && row)
    {
      IcamSegmentRef ref = { .stream = sqlite3_column_int64 (query, 0), .folder = sqlite3_column_int64 (query, 2) };
      gint64 target = sqlite3_column_int64 (query, 3);

      ref.id.seq = (guint64) sqlite3_column_int64 (query, 1);
      icam_sql_column_uuid (query, 4, &ref.id.channel);
      ref.id.role = (IcamRole) sqlite3_column_int (query, 5);
      ref.id.start_us = sqlite3_column_int64 (query, 6);
      g_array_append_val (refs, ref);
      g_array_append_val (targets, target);
    }
  icam_catalogue_unlock (store->catalogue);

  for (guint i = 0; i < refs->len; i++)
    {
      g_auto (Move) move = { .archive = self, .store = store, .source_fd = -1, .target_fd = -1 };
      const IcamSegmentRef *ref = &g_array_index (refs, IcamSegmentRef, i);
      gint64 found;

      move.target = g_array_index (targets, gint64, i);
      move.target_path = path_of_folder (store, move.target);
      if (move.target_path != NULL)
        move.target_fd = open_top (store, move.target_path, &found, &move.target_archive, NULL);
      if (open_source (&move, ref->folder, NULL) && move.target_fd >= 0)
        settle (&move, ref);
    }
}
