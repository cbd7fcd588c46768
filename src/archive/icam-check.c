/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-archive"

#include "config.h"

#include "archive/icam-check.h"

#include "archive/icam-catalogue-mend.h"
#include "archive/icam-protected-log.h"

#include <string.h>
#include <sys/stat.h>

#define MAX_LOG (16 * 1024 * 1024)

static const char *const names[] = {
  [ICAM_FINDING_MISSING] = "missing",
  [ICAM_FINDING_UNKNOWN] = "unknown",
  [ICAM_FINDING_DAMAGED] = "damaged",
  [ICAM_FINDING_FOREIGN] = "foreign",
  [ICAM_FINDING_OVERLAPPING] = "overlapping",
  [ICAM_FINDING_HOLE] = "hole",
  [ICAM_FINDING_NUMBER] = "number",
  [ICAM_FINDING_THUMBNAIL] = "thumbnail",
  [ICAM_FINDING_PROTECTION] = "protection",
  [ICAM_FINDING_ABSENT] = "absent",
};

/**
 * icam_finding_to_string:
 * @finding: what was found
 *
 * Returns: (transfer none): its frozen name
 */
const char *
icam_finding_to_string (IcamFinding finding)
{
  g_return_val_if_fail (finding < ICAM_N_FINDINGS, NULL);

  return names[finding];
}

static void
folder_free (gpointer data)
{
  IcamCheckFolder *folder = data;

  g_free (folder->path);
  g_free (folder);
}

void
icam_check_tell (IcamCheck *self, IcamFinding finding, const char *what)
{
  self->result->found[finding]++;
  if (self->options->report != NULL)
    self->options->report (finding, what, self->options->user_data);
}

/* Each byte is looked at twice: as a row and as a file. */
gboolean
icam_check_advance (IcamCheck *self, gint64 bytes, GError **error)
{
  self->bytes_done += bytes;
  if (self->options->progress != NULL && self->bytes_all > 0)
    self->options->progress (MIN ((double) self->bytes_done / (double) self->bytes_all, 1), self->options->user_data);
  return !g_cancellable_set_error_if_cancelled (self->options->cancellable, error);
}

IcamCheckFolder *
icam_check_find_folder (IcamCheck *self, gint64 row)
{
  for (guint i = 0; i < self->folders->len; i++)
    {
      IcamCheckFolder *folder = g_ptr_array_index (self->folders, i);

      if (folder->row == row)
        return folder;
    }
  return NULL;
}

/* Where a segment lies, from the top of its archive. */
char *
icam_segment_path (const IcamSegmentId *id)
{
  g_autofree char *folder = icam_segment_folder (id);
  g_autofree char *name = icam_segment_name (id);

  return g_build_filename (folder, name, NULL);
}

/**
 * icam_check_read_ids:
 * @folder: a folder
 * @archive: (out): id of the archive in it
 * @catalogue: (out): id of the catalogue that it belongs to
 * @error: return location, ICAM_ERROR_ARCHIVE_MISSING, ICAM_ERROR_ARCHIVE_WRONG
 *
 * Returns: whether there is an archive
 */
gboolean
icam_check_read_ids (const char *folder, IcamUuid *archive, IcamUuid *catalogue, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "incamera-archive.ini", NULL);
  g_autoptr (GKeyFile) ini = g_key_file_new ();
  g_autofree char *id = NULL;
  g_autofree char *owner = NULL;

  if (!g_file_test (folder, G_FILE_TEST_IS_DIR) || !g_key_file_load_from_file (ini, path, G_KEY_FILE_NONE, NULL))
    {
      icam_error_set (error, ICAM_ERROR_ARCHIVE_MISSING, "folder", folder, NULL);
      return FALSE;
    }
  id = g_key_file_get_string (ini, "archive", "id", NULL);
  owner = g_key_file_get_string (ini, "archive", "catalogue", NULL);
  if (icam_uuid_parse (id, archive) && icam_uuid_parse (owner, catalogue))
    return TRUE;
  icam_error_set (error, ICAM_ERROR_ARCHIVE_WRONG, "folder", folder, NULL);
  return FALSE;
}

static void
read_log (IcamCheck *self, const char *folder)
{
  g_autofree char *path = g_build_filename (folder, ICAM_PROTECTED_LOG, NULL);
  g_autofree char *text = NULL;
  struct stat info;
  gsize length;

  if (stat (path, &info) == 0 && info.st_size < MAX_LOG && g_file_get_contents (path, &text, &length, NULL))
    g_byte_array_append (self->protected, (const guint8 *) text, (guint) length);
}

static gboolean
is_used (IcamCheck *self, const char *path)
{
  g_autoptr (GPtrArray) used = icam_config_load_folders (self->config);
  g_autofree char *main_folder = icam_config_get_setting (self->config, ICAM_SETTING_FOLDER);

  for (guint i = 0; i < used->len; i++)
    if (strcmp (g_ptr_array_index (used, i), path) == 0)
      return TRUE;
  return g_strcmp0 (main_folder, path) == 0;
}

static gboolean
add_folder (IcamCheck *self, const char *path, GError **error)
{
  IcamCheckFolder *folder;
  IcamUuid archive, owner, expected;

  for (guint i = 0; i < self->folders->len; i++)
    if (strcmp (((IcamCheckFolder *) self->folders->pdata[i])->path, path) == 0)
      return TRUE;
  if (!icam_config_find_archive (self->config, path, &expected) || !icam_check_read_ids (path, &archive, &owner, NULL)
      || !icam_uuid_equal (&owner, &self->owner) || !icam_uuid_equal (&archive, &expected))
    {
      icam_check_tell (self, ICAM_FINDING_ABSENT, path);
      self->incomplete = self->incomplete || is_used (self, path);
      return TRUE;
    }

  folder = g_new0 (IcamCheckFolder, 1);
  folder->path = g_strdup (path);
  folder->archive = archive;
  folder->row = icam_catalogue_folder (self->catalogue, &archive, error);
  g_ptr_array_add (self->folders, folder);
  read_log (self, path);
  return folder->row != 0;
}

static gboolean
find_folders (IcamCheck *self, const char *first, GError **error)
{
  g_autoptr (GPtrArray) known = icam_config_load_archives (self->config);

  if (first != NULL && !add_folder (self, first, error))
    return FALSE;
  for (guint i = 0; i < known->len; i++)
    if (!add_folder (self, g_ptr_array_index (known, i), error))
      return FALSE;
  return TRUE;
}

/**
 * icam_check_run:
 * @self: what to look at, all but the last fields filled in
 * @first_folder: (nullable): looked at before the others of the configuration
 * @error: return location, ICAM_ERROR_DATABASE, G_IO_ERROR_CANCELLED
 *
 * Returns: whether all was looked at
 */
gboolean
icam_check_run (IcamCheck *self, const char *first_folder, GError **error)
{
  gboolean ok;

  memset (self->result, 0, sizeof *self->result);
  self->folders = g_ptr_array_new_with_free_func (folder_free);
  self->protected = g_byte_array_new ();
  ok = find_folders (self, first_folder, error);
  for (guint i = 0; ok && self->options->restore && i < self->folders->len; i++)
    {
      const IcamCheckFolder *folder = g_ptr_array_index (self->folders, i);

      ok = icam_catalogue_restore (self->catalogue, folder->path, &self->owner, self->options->cancellable,
                                   &self->result->restored, error);
    }
  if (ok)
    {
      IcamSql *sql = icam_catalogue_lock (self->catalogue);

      self->bytes_all = 2 * icam_sql_get_int (sql, 0, "SELECT total (bytes) FROM usage", "");
      icam_catalogue_unlock (self->catalogue);
    }
  /* Files first: those that get a row are looked at as rows, too. */
  for (guint i = 0; ok && i < self->folders->len; i++)
    ok = icam_check_files (self, g_ptr_array_index (self->folders, i), error);
  ok = ok && icam_check_rows (self, error) && icam_check_kept (self, error);
  g_clear_pointer (&self->folders, g_ptr_array_unref);
  g_clear_pointer (&self->protected, g_byte_array_unref);
  return ok;
}

/**
 * icam_check_protections:
 * @self: what to look at, as for icam_check_run()
 * @error: return location, ICAM_ERROR_DATABASE
 *
 * Reads nothing but the logs of what is protected.
 *
 * Returns: whether those of all folders that are here were looked at
 */
gboolean
icam_check_protections (IcamCheck *self, GError **error)
{
  gboolean ok;

  self->folders = g_ptr_array_new_with_free_func (folder_free);
  self->protected = g_byte_array_new ();
  ok = find_folders (self, NULL, error) && icam_check_logs (self, error);
  g_clear_pointer (&self->folders, g_ptr_array_unref);
  g_clear_pointer (&self->protected, g_byte_array_unref);
  return ok;
}
