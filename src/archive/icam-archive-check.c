/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-archive"

#include "config.h"

#include "archive/icam-archive-check.h"
#include "archive/icam-archive-private.h"
#include "archive/icam-catalogue-keep.h"
#include "archive/icam-disk.h"
#include "archive/icam-protected-log.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_LOG (16 * 1024 * 1024)

typedef struct
{
  char *folder;
  int lock_fd;
  IcamConfig *config;
  IcamCatalogue *catalogue;
  IcamUuid archive, owner;
  gint64 folder_row;

  IcamCheckReport report;
  gpointer user_data;
  GCancellable *cancellable;
  IcamCheckResult *result;
  GByteArray *protected; /* the logs of all folders; a rebuild only */
} Check;

static void
check_clear (Check *self)
{
  g_clear_pointer (&self->catalogue, icam_catalogue_free);
  g_clear_pointer (&self->config, icam_config_free);
  if (self->lock_fd >= 0)
    close (self->lock_fd);
  g_clear_pointer (&self->protected, g_byte_array_unref);
  g_free (self->folder);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Check, check_clear)

static void
tell (Check *self, const char *code, const char *path)
{
  IcamCheckResult *result = self->result;

  if (strcmp (code, "missing") == 0)
    result->missing++;
  else if (strcmp (code, "unknown") == 0)
    result->unknown++;
  else if (strcmp (code, "damaged") == 0)
    result->damaged++;
  else if (strcmp (code, "overlapping") == 0)
    result->overlapping++;
  else if (strcmp (code, "absent") == 0)
    result->absent++;
  else
    result->foreign++;
  if (self->report != NULL)
    self->report (code, path, self->user_data);
}

/* ---- walking ---- */

typedef gboolean (*FileFunc) (Check *self, const char *path, GError **error);

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* Each segment file below @path, in the order of names, which is that of time. Deeper than our
 * layout nothing is looked at. */
static gboolean
walk (Check *self, const char *path, guint depth, FileFunc func, GError **error)
{
  g_autofree char *full = g_build_filename (self->folder, path, NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (full, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);

  for (guint i = 0; i < names->len; i++)
    {
      g_autofree char *child = depth == 0
                                 ? g_strdup (g_ptr_array_index (names, i))
                                 : g_build_filename (path, g_ptr_array_index (names, i), NULL);
      g_autofree char *full_child = g_build_filename (self->folder, child, NULL);
      GStatBuf info;

      if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
        return FALSE;
      if (g_lstat (full_child, &info) != 0)
        continue;
      if (S_ISDIR (info.st_mode) && depth < 5)
        {
          if (!walk (self, child, depth + 1, func, error))
            return FALSE;
        }
      else if (S_ISREG (info.st_mode) && g_str_has_suffix (child, ".mkv")
               && !func (self, child, error))
        return FALSE;
    }
  return TRUE;
}

static int
open_path (Check *self, const char *path, int flags)
{
  g_autofree char *full = g_build_filename (self->folder, path, NULL);

  return open (full, flags | O_NOFOLLOW | O_CLOEXEC);
}

/* Whether a file lies where a file that says this of itself has to lie. */
static gboolean
is_in_place (Check *self, const IcamSegmentId *id, const char *path)
{
  g_autofree char *folder = icam_segment_folder (id);
  g_autofree char *name = icam_segment_name (id);
  g_autofree char *expected = g_build_filename (folder, name, NULL);

  return icam_uuid_equal (&id->archive, &self->archive) && strcmp (expected, path) == 0;
}

/* ---- opening ---- */

static gboolean
read_ids (Check *self, IcamUuid *catalogue, GError **error)
{
  g_autofree char *path = g_build_filename (self->folder, "incamera-archive.ini", NULL);
  g_autoptr (GKeyFile) ini = g_key_file_new ();
  g_autofree char *id = NULL;
  g_autofree char *owner = NULL;

  if (!g_file_test (self->folder, G_FILE_TEST_IS_DIR)
      || !g_key_file_load_from_file (ini, path, G_KEY_FILE_NONE, NULL))
    {
      icam_error_set (error, ICAM_ERROR_ARCHIVE_MISSING, "folder", self->folder, NULL);
      return FALSE;
    }
  id = g_key_file_get_string (ini, "archive", "id", NULL);
  owner = g_key_file_get_string (ini, "archive", "catalogue", NULL);
  if (icam_uuid_parse (id, &self->archive) && icam_uuid_parse (owner, catalogue))
    return TRUE;
  icam_error_set (error, ICAM_ERROR_ARCHIVE_WRONG, "folder", self->folder, NULL);
  return FALSE;
}

static gboolean
begin (Check *self, const char *data_dir, const char *folder, gboolean adopt, GError **error)
{
  IcamUuid owner, ours;

  self->folder = g_canonicalize_filename (folder, NULL);
  if (!icam_archive_check_data_dir (data_dir, error))
    return FALSE;
  self->lock_fd = icam_archive_lock_data_dir (data_dir, error);
  if (self->lock_fd < 0 || !read_ids (self, &owner, error))
    return FALSE;
  self->config = icam_config_open (data_dir, NULL, error);
  if (self->config == NULL)
    return FALSE;

  icam_config_get_catalogue (self->config, &ours);
  if (!icam_uuid_equal (&ours, &owner))
    {
      /* An archive that outlived its computer is taken over by a configuration that has none. */
      if (!adopt || icam_config_has_archives (self->config))
        {
          icam_error_set (error, ICAM_ERROR_ARCHIVE_WRONG, "folder", self->folder, NULL);
          return FALSE;
        }
      if (!icam_config_set_catalogue (self->config, &owner, error))
        return FALSE;
      ours = owner;
    }
  self->owner = ours;
  if (adopt && !icam_config_put_archive (self->config, &self->archive, self->folder, error))
    return FALSE;
  if (adopt)
    {
      g_autofree char *path = g_build_filename (data_dir, "catalogue.sqlite", NULL);
      g_autofree char *aside = NULL;

      /* What was there is kept, whatever it is worth. */
      if (g_file_test (path, G_FILE_TEST_EXISTS))
        {
          aside = icam_set_aside (path, error);
          if (aside == NULL)
            return FALSE;
        }
    }

  self->catalogue = icam_catalogue_open (data_dir, &ours, NULL, error);
  if (self->catalogue == NULL)
    return FALSE;
  self->folder_row = icam_catalogue_folder (self->catalogue, &self->archive, error);
  return self->folder_row != 0;
}

typedef gboolean (*FolderFunc) (Check *self, GError **error);

/* Does it for the folder that was opened, then for all others of the configuration that are here. */
static gboolean
for_all_folders (Check *self, FolderFunc func, GError **error)
{
  g_autoptr (GPtrArray) known = icam_config_load_archives (self->config);
  g_autofree char *first = g_strdup (self->folder);

  if (!func (self, error))
    return FALSE;
  for (guint i = 0; i < known->len; i++)
    {
      const char *folder = g_ptr_array_index (known, i);
      IcamUuid owner, expected;

      if (strcmp (folder, first) == 0)
        continue;
      g_free (self->folder);
      self->folder = g_strdup (folder);
      if (!icam_config_find_archive (self->config, folder, &expected) || !read_ids (self, &owner, NULL)
          || !icam_uuid_equal (&owner, &self->owner) || !icam_uuid_equal (&self->archive, &expected))
        {
          tell (self, "absent", folder);
          continue;
        }
      self->folder_row = icam_catalogue_folder (self->catalogue, &self->archive, error);
      if (self->folder_row == 0 || !func (self, error))
        return FALSE;
    }
  return TRUE;
}

/* ---- check ---- */

static char *
path_of (const IcamSegmentId *id)
{
  g_autofree char *folder = icam_segment_folder (id);
  g_autofree char *name = icam_segment_name (id);

  return g_build_filename (folder, name, NULL);
}

static gboolean
check_row (Check *self, IcamSegmentId *id, guint64 bytes)
{
  g_autofree char *path = path_of (id);
  g_autofree char *full = g_build_filename (self->folder, path, NULL);
  GStatBuf info;

  if (g_lstat (full, &info) != 0)
    {
      tell (self, "missing", path);
      return FALSE;
    }
  if ((guint64) info.st_size == bytes)
    return TRUE;
  tell (self, "damaged", path);
  return FALSE;
}

static gboolean
check_rows (Check *self, GError **error)
{
  IcamSql *reader = icam_catalogue_read (self->catalogue, error);
  sqlite3_stmt *query;
  gboolean row = FALSE, ok = FALSE;

  if (reader == NULL)
    return FALSE;
  query
    = icam_sql_query (reader, error,
                      "SELECT channel, role, seq, start_us, bytes, state, segment.epoch,"
                      " start_us < max (end_us) OVER (PARTITION BY stream, segment.epoch"
                      "  ORDER BY seq ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
                      " FROM segment JOIN stream"
                      " ON segment.stream = stream.id WHERE folder = ? ORDER BY stream, seq",
                      "i", self->folder_row);
  while (query != NULL && (ok = icam_sql_step (reader, query, &row, error)) && row)
    {
      IcamSegmentId id = { .archive = self->archive };

      icam_sql_column_uuid (query, 0, &id.channel);
      id.role = (IcamRole) sqlite3_column_int (query, 1);
      id.seq = (guint64) sqlite3_column_int64 (query, 2);
      id.start_us = sqlite3_column_int64 (query, 3);
      id.epoch = (guint32) sqlite3_column_int64 (query, 6);
      if (sqlite3_column_int (query, 7) != 0)
        {
          g_autofree char *path = path_of (&id);

          tell (self, "overlapping", path);
        }
      if (sqlite3_column_int (query, 5) != ICAM_SEGMENT_CLOSED)
        self->result->unfinished++;
      else
        check_row (self, &id, (guint64) sqlite3_column_int64 (query, 4));
      if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
        {
          ok = FALSE;
          break;
        }
    }
  icam_catalogue_read_done (self->catalogue, reader);
  return ok;
}

static gboolean
check_file (Check *self, const char *path, GError **error)
{
  g_autoptr (IcamMkvScan) scan = NULL;
  IcamSql *sql;
  gint64 state;
  int fd = open_path (self, path, O_RDONLY);

  if (fd < 0)
    return TRUE;
  scan = icam_mkv_scan (fd, NULL);
  close (fd);
  if (scan == NULL || !is_in_place (self, &scan->id, path))
    {
      tell (self, scan == NULL ? "damaged" : "foreign", path);
      return TRUE;
    }

  sql = icam_catalogue_lock (self->catalogue);
  state = icam_sql_get_int (sql, -1,
                            "SELECT state FROM segment JOIN stream ON segment.stream = stream.id"
                            " WHERE channel = ?1 AND role = ?2 AND seq = ?3 AND folder = ?4",
                            "uiii", &scan->id.channel, (gint64) scan->id.role,
                            (gint64) scan->id.seq, self->folder_row);
  icam_catalogue_unlock (self->catalogue);
  if (state < 0)
    tell (self, "unknown", path);
  else if (state == ICAM_SEGMENT_CLOSED && !scan->was_closed)
    tell (self, "damaged", path);
  else if (state == ICAM_SEGMENT_CLOSED)
    {
      self->result->segments++;
      self->result->bytes += scan->valid_size;
    }
  return TRUE;
}

/**
 * icam_archive_chosen_folder:
 * @data_dir: where the databases are
 *
 * Returns: (transfer full) (nullable): the folder that was chosen for recordings, if one was
 */
char *
icam_archive_chosen_folder (const char *data_dir)
{
  g_autofree char *path = g_build_filename (data_dir, "config.sqlite", NULL);
  IcamConfig *config;
  char *folder;
  int lock_fd;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return NULL;
  lock_fd = icam_archive_lock_data_dir (data_dir, NULL);
  if (lock_fd < 0)
    return NULL;

  config = icam_config_open (data_dir, NULL, NULL);
  folder = config != NULL ? icam_config_get_setting (config, ICAM_SETTING_FOLDER) : NULL;
  g_clear_pointer (&config, icam_config_free);
  close (lock_fd);
  return folder;
}

static gboolean
check_folder (Check *self, GError **error)
{
  return check_rows (self, error) && walk (self, "", 0, check_file, error);
}

/**
 * icam_archive_check:
 * @data_dir: where the databases are
 * @folder: the archive
 * @report: (nullable): called for each finding
 * @user_data: for @report
 * @cancellable: (nullable): ends it
 * @result: (out): what was found
 * @error: return location: ICAM_ERROR_ARCHIVE_LOCKED if the recorder runs,
 * ICAM_ERROR_ARCHIVE_WRONG, ICAM_ERROR_ARCHIVE_MISSING
 *
 * Compares all files with all rows, in all folders that are known and here. Changes nothing.
 *
 * Returns: whether all was looked at
 */
gboolean
icam_archive_check (const char *data_dir,
                    const char *folder,
                    IcamCheckReport report,
                    gpointer user_data,
                    GCancellable *cancellable,
                    IcamCheckResult *result,
                    GError **error)
{
  g_auto (Check) self = {
    .lock_fd = -1,
    .report = report,
    .user_data = user_data,
    .cancellable = cancellable,
    .result = result,
  };

  memset (result, 0, sizeof *result);
  return begin (&self, data_dir, folder, FALSE, error) && for_all_folders (&self, check_folder, error);
}

/* ---- rebuild ---- */

static gboolean
mend (int fd, const IcamMkvScan *scan)
{
  int code;

  if (ftruncate (fd, (off_t) scan->valid_size) != 0)
    return FALSE;
  for (guint i = 0; i < scan->patches->len; i++)
    {
      const IcamMkvPatch *patch = g_ptr_array_index (scan->patches, i);
      gsize length;
      gconstpointer data = g_bytes_get_data (patch->data, &length);

      if (!icam_disk_write_at (fd, patch->offset, data, length, &code))
        return FALSE;
    }
  return fsync (fd) == 0;
}

static gboolean
rebuild_file (Check *self, const char *path, GError **error)
{
  g_autoptr (IcamMkvScan) scan = NULL;
  IcamStreamState state;
  gint64 last_end;
  int fd = open_path (self, path, O_RDWR);
  gboolean ok;

  if (fd < 0)
    return TRUE;
  scan = icam_mkv_scan (fd, NULL);
  /* What is not whole is made whole; what holds nothing, or is something else, is left for a person
   * to look at. */
  ok = scan != NULL && scan->key_frames->len > 0 && is_in_place (self, &scan->id, path)
       && (scan->was_closed || mend (fd, scan));
  close (fd);
  if (!ok)
    {
      tell (self, scan != NULL && !is_in_place (self, &scan->id, path) ? "foreign" : "damaged",
            path);
      return TRUE;
    }

  if (!icam_catalogue_stream (self->catalogue, &scan->id.channel, scan->id.role, &state, error))
    return FALSE;
  last_end = icam_catalogue_adopt_segment (self->catalogue, state.id, self->folder_row, &scan->id,
                                           scan->end_us, scan->valid_size, scan->key_frames, error);
  if (last_end < 0)
    return FALSE;
  if (last_end > 0 && scan->id.start_us - last_end > G_USEC_PER_SEC)
    icam_catalogue_begin_gap (self->catalogue, state.id, last_end, scan->id.start_us,
                              ICAM_GAP_UNKNOWN);
  self->result->segments++;
  self->result->bytes += scan->valid_size;
  return TRUE;
}

static gboolean
rebuild_folder (Check *self, GError **error)
{
  g_autofree char *path = g_build_filename (self->folder, ICAM_PROTECTED_LOG, NULL);
  g_autofree char *text = NULL;
  struct stat info;
  gsize length;

  if (stat (path, &info) == 0 && info.st_size < MAX_LOG && g_file_get_contents (path, &text, &length, NULL))
    g_byte_array_append (self->protected, (const guint8 *) text, (guint) length);
  return walk (self, "", 0, rebuild_file, error);
}

static gboolean
protect_again (Check *self, GError **error)
{
  g_autoptr (GArray) rows = icam_protected_read ((const char *) self->protected->data, self->protected->len);

  for (guint i = 0; i < rows->len; i++)
    if (!icam_catalogue_put_protection (self->catalogue, &g_array_index (rows, IcamProtectionRow, i), error))
      return FALSE;
  return TRUE;
}

/**
 * icam_archive_rebuild:
 * @data_dir: where the databases are
 * @folder: the archive
 * @report: (nullable): called for each file that is left out
 * @user_data: for @report
 * @cancellable: (nullable): ends it
 * @result: (out): what was found
 * @error: return location: ICAM_ERROR_ARCHIVE_LOCKED if the recorder runs,
 * ICAM_ERROR_ARCHIVE_WRONG, ICAM_ERROR_ARCHIVE_MISSING
 *
 * Makes a new catalogue of what the files say of themselves; the old one is kept under another
 * name. The plain file is the truth; what is protected stands in each folder's log. Why there was no recording, who the devices were, and events
 * are not in the files.
 *
 * Returns: whether all was looked at
 */
gboolean
icam_archive_rebuild (const char *data_dir,
                      const char *folder,
                      IcamCheckReport report,
                      gpointer user_data,
                      GCancellable *cancellable,
                      IcamCheckResult *result,
                      GError **error)
{
  g_auto (Check) self = {
    .lock_fd = -1,
    .report = report,
    .user_data = user_data,
    .cancellable = cancellable,
    .result = result,
  };

  memset (result, 0, sizeof *result);
  self.protected = g_byte_array_new ();
  if (!begin (&self, data_dir, folder, TRUE, error) || !for_all_folders (&self, rebuild_folder, error)
      || !protect_again (&self, error))
    return FALSE;
  icam_catalogue_journal (self.catalogue, g_get_real_time (), "catalogue-rebuilt", NULL);
  return TRUE;
}
