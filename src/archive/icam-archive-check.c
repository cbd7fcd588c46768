/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-archive"

#include "config.h"

#include "archive/icam-archive-check.h"
#include "archive/icam-archive-private.h"
#include "archive/icam-check.h"

#include <glib/gstdio.h>
#include <unistd.h>

/* An archive whose recorder does not run. */
typedef struct
{
  int lock_fd;
  IcamConfig *config;
  IcamCatalogue *catalogue;
  IcamUuid owner;
} Door;

static void
door_clear (Door *door)
{
  g_clear_pointer (&door->catalogue, icam_catalogue_free);
  g_clear_pointer (&door->config, icam_config_free);
  if (door->lock_fd >= 0)
    close (door->lock_fd);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Door, door_clear)

/* A computer that has no configuration takes the one of the archive's backup: cameras, settings, all but passwords. */
static gboolean
take_config (const char *data_dir, const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (data_dir, "config.sqlite", NULL);
  g_autofree char *backup = g_build_filename (folder, "backup", "config.sqlite", NULL);
  g_autofree char *content = NULL;
  g_autoptr (GError) local = NULL;
  gsize length;

  if (g_file_test (path, G_FILE_TEST_EXISTS) || !g_file_test (backup, G_FILE_TEST_IS_REGULAR))
    return TRUE;
  if (g_file_get_contents (backup, &content, &length, &local)
      && g_file_set_contents_full (path, content, (gssize) length, G_FILE_SET_CONTENTS_DURABLE, 0600, &local))
    return TRUE;
  icam_error_set (error, ICAM_ERROR_DATABASE, "detail", local->message, NULL);
  return FALSE;
}

/* An archive that outlived its computer is taken over by a configuration that has none. */
static gboolean
take_archive (Door *door, const IcamUuid *owner, GError **error)
{
  if (icam_uuid_equal (&door->owner, owner))
    return TRUE;
  if (icam_config_has_archives (door->config))
    return FALSE;
  door->owner = *owner;
  return icam_config_set_catalogue (door->config, owner, error);
}

static gboolean
begin (Door *door, const char *data_dir, const char *folder, gboolean adopt, GError **error)
{
  g_autofree char *path = g_build_filename (data_dir, "catalogue.sqlite", NULL);
  g_autofree char *aside = NULL;
  IcamUuid archive, owner;

  if (!icam_archive_check_data_dir (data_dir, error))
    return FALSE;
  door->lock_fd = icam_archive_lock_data_dir (data_dir, error);
  if (door->lock_fd < 0 || !icam_check_read_ids (folder, &archive, &owner, error)
      || (adopt && !take_config (data_dir, folder, error)))
    return FALSE;
  door->config = icam_config_open (data_dir, NULL, NULL, error);
  if (door->config == NULL)
    return FALSE;

  icam_config_get_catalogue (door->config, &door->owner);
  if (!(adopt ? take_archive (door, &owner, error) : icam_uuid_equal (&door->owner, &owner)))
    {
      if (error == NULL || *error == NULL)
        icam_error_set (error, ICAM_ERROR_ARCHIVE_WRONG, "folder", folder, NULL);
      return FALSE;
    }
  if (adopt && !icam_config_put_archive (door->config, &archive, folder, error))
    return FALSE;
  /* What was there is kept, whatever it is worth. */
  if (adopt && g_file_test (path, G_FILE_TEST_EXISTS) && (aside = icam_set_aside (path, error)) == NULL)
    return FALSE;

  door->catalogue = icam_catalogue_open (data_dir, &door->owner, NULL, error);
  return door->catalogue != NULL;
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

  config = icam_config_open (data_dir, NULL, NULL, NULL);
  folder = config != NULL ? icam_config_get_setting (config, ICAM_SETTING_FOLDER) : NULL;
  g_clear_pointer (&config, icam_config_free);
  close (lock_fd);
  return folder;
}

/**
 * icam_archive_check:
 * @data_dir: where the databases are
 * @folder: the archive
 * @options: what to do; nothing is mended
 * @result: (out): what was found
 * @error: return location: ICAM_ERROR_ARCHIVE_LOCKED if the recorder runs,
 * ICAM_ERROR_ARCHIVE_WRONG, ICAM_ERROR_ARCHIVE_MISSING
 *
 * As icam_archive_examine(), while the recorder does not run. Changes nothing.
 *
 * Returns: whether all was looked at
 */
gboolean
icam_archive_check (
  const char *data_dir, const char *folder, const IcamCheckOptions *options, IcamCheckResult *result, GError **error)
{
  g_autofree char *path = g_canonicalize_filename (folder, NULL);
  g_auto (Door) door = { .lock_fd = -1 };
  IcamCheckOptions only_look = *options;
  IcamCheck check = { .live_epoch = G_MAXUINT32, .options = &only_look, .result = result };

  only_look.repair = only_look.restore = FALSE;
  if (!begin (&door, data_dir, path, FALSE, error))
    return FALSE;
  check.catalogue = door.catalogue;
  check.config = door.config;
  check.owner = door.owner;
  return icam_check_run (&check, path, error);
}

/**
 * icam_archive_rebuild:
 * @data_dir: where the databases are
 * @folder: the archive
 * @options: whom to tell
 * @result: (out): what was found
 * @error: return location: ICAM_ERROR_ARCHIVE_LOCKED if the recorder runs,
 * ICAM_ERROR_ARCHIVE_WRONG, ICAM_ERROR_ARCHIVE_MISSING
 *
 * Makes a new catalogue of what the newest backup knows, and of what the files say of themselves; the old one is kept under another
 * name. The plain file is the truth; what is protected stands in each folder's log. Events, and why there was no recording, come from
 * backups only. Files that are torn are recovered at the recorder's next start.
 *
 * Returns: whether all was looked at
 */
gboolean
icam_archive_rebuild (
  const char *data_dir, const char *folder, const IcamCheckOptions *options, IcamCheckResult *result, GError **error)
{
  g_autofree char *path = g_canonicalize_filename (folder, NULL);
  g_auto (Door) door = { .lock_fd = -1 };
  IcamCheckOptions all = *options;
  IcamCheck check = { .live_epoch = G_MAXUINT32, .options = &all, .result = result };

  all.repair = all.restore = TRUE;
  if (!begin (&door, data_dir, path, TRUE, error))
    return FALSE;
  check.catalogue = door.catalogue;
  check.config = door.config;
  check.owner = door.owner;
  return icam_check_run (&check, path, error) && icam_check_rebuilt (&check, g_get_real_time (), error);
}
