/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-archive"

#include "config.h"

#include "archive/icam-config.h"

#include <errno.h>
#include <glib/gstdio.h>

struct _IcamConfig
{
  GMutex lock; /* for sql */
  IcamSql *sql;
  char *backup;
  IcamUuid catalogue;
};

static const char *const migrations[] = {
  "CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;"
  "CREATE TABLE archive (uuid BLOB PRIMARY KEY, folder TEXT NOT NULL) STRICT;"
  "CREATE TABLE device ("
  "  id BLOB PRIMARY KEY CHECK (length (id) = 16), kind TEXT NOT NULL, address TEXT NOT NULL, user "
  "TEXT,"
  "  authentication TEXT, manufacturer TEXT, model TEXT, firmware TEXT, serial TEXT, hardware "
  "TEXT, mac TEXT,"
  "  endpoint TEXT, fingerprint TEXT, quarantine INTEGER NOT NULL) STRICT;"
  /* A channel outlives its device: recordings are kept under it. */
  "CREATE TABLE channel ("
  "  id BLOB PRIMARY KEY CHECK (length (id) = 16), device BLOB REFERENCES device (id) ON DELETE "
  "SET NULL,"
  "  token TEXT NOT NULL, main_profile TEXT, sub_profile TEXT, main_uri TEXT, sub_uri TEXT,"
  "  main_path TEXT, sub_path TEXT, fingerprint TEXT) STRICT;"
  "CREATE INDEX channel_device ON channel (device);"
  "CREATE TABLE camera ("
  "  id BLOB PRIMARY KEY CHECK (length (id) = 16), channel BLOB NOT NULL REFERENCES channel (id),"
  "  name TEXT NOT NULL, position INTEGER NOT NULL, added_us INTEGER NOT NULL, paused INTEGER NOT "
  "NULL, blind INTEGER NOT NULL) STRICT;"
  "CREATE INDEX camera_of_channel ON camera (channel);"
  "CREATE TABLE camera_channel ("
  "  camera BLOB NOT NULL REFERENCES camera (id) ON DELETE CASCADE, channel BLOB NOT NULL "
  "REFERENCES channel (id),"
  "  from_us INTEGER NOT NULL, to_us INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (camera, from_us, "
  "channel))"
  "  STRICT, WITHOUT ROWID;"
  "CREATE INDEX camera_channel_channel ON camera_channel (channel);",
  /* Folders beside the main one, and which camera is recorded where. */
  "CREATE TABLE folder (path TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;"
  "ALTER TABLE camera ADD COLUMN folder TEXT;"
  /* How long: 0 as all, -1 for ever. */
  "ALTER TABLE camera ADD COLUMN keep_days INTEGER NOT NULL DEFAULT 0;"
  "ALTER TABLE camera ADD COLUMN keep_event_days INTEGER NOT NULL DEFAULT 0;"
  "ALTER TABLE camera ADD COLUMN keep_bytes INTEGER NOT NULL DEFAULT 0;",
  /* When. */
  "ALTER TABLE camera ADD COLUMN record TEXT NOT NULL DEFAULT 'always';"
  "ALTER TABLE camera ADD COLUMN before_s INTEGER NOT NULL DEFAULT 5;"
  "ALTER TABLE camera ADD COLUMN after_s INTEGER NOT NULL DEFAULT 10;"
  "ALTER TABLE camera ADD COLUMN schedule TEXT;"
  "ALTER TABLE camera ADD COLUMN events_otherwise INTEGER NOT NULL DEFAULT 0;",
  NULL,
};

/**
 * icam_set_aside:
 * @path: a database that cannot be used
 * @error: return location
 *
 * Gives the database and what belongs to it a new name, so that nothing of it is overwritten.
 *
 * Returns: (transfer full) (nullable): the new name
 */
char *
icam_set_aside (const char *path, GError **error)
{
  static const char *const parts[] = { "", "-wal", "-shm" };
  g_autofree char *aside = NULL;

  for (guint i = 1;; i++)
    {
      g_free (aside);
      aside = g_strdup_printf ("%s.aside-%u", path, i);
      if (!g_file_test (aside, G_FILE_TEST_EXISTS))
        break;
    }

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_autofree char *from = g_strconcat (path, parts[i], NULL);
      g_autofree char *to = g_strconcat (aside, parts[i], NULL);

      if (g_rename (from, to) != 0 && errno != ENOENT)
        {
          icam_error_set (error, ICAM_ERROR_DATABASE, "detail", g_strerror (errno), NULL);
          return NULL;
        }
    }
  return g_steal_pointer (&aside);
}

static IcamSql *
open_sql (const char *path, IcamSqlStatus *status, GError **error)
{
  g_autoptr (IcamSql) sql = icam_sql_open (path, FALSE, error);

  *status = ICAM_SQL_FAILED;
  if (sql == NULL)
    return NULL;
  *status = icam_sql_migrate (sql, migrations, error);
  return *status == ICAM_SQL_OK ? g_steal_pointer (&sql) : NULL;
}

/* The damaged one keeps all that it holds, under another name. */
static IcamSql *
take_copy (const char *path, const char *copy, IcamSqlStatus *status, char **set_aside, GError **error)
{
  g_autofree char *aside = icam_set_aside (path, error);
  g_autofree char *content = NULL;
  g_autoptr (GError) local = NULL;
  gsize length;

  *status = ICAM_SQL_FAILED;
  if (aside == NULL)
    return NULL;
  if (!g_file_get_contents (copy, &content, &length, &local)
      || !g_file_set_contents (path, content, (gssize) length, &local))
    {
      icam_error_set (error, ICAM_ERROR_DATABASE, "detail", local->message, NULL);
      return NULL;
    }
  if (set_aside != NULL && *set_aside == NULL)
    *set_aside = g_steal_pointer (&aside);
  return open_sql (path, status, error);
}

static char *
get_setting_locked (IcamConfig *self, const char *key)
{
  sqlite3_stmt *query
    = icam_sql_query (self->sql, NULL, "SELECT value FROM setting WHERE key = ?", "s", key);
  char *value = NULL;
  gboolean row;

  if (query != NULL && icam_sql_step (self->sql, query, &row, NULL) && row)
    {
      value = icam_sql_column_dup (query, 0);
      sqlite3_reset (query);
    }
  return value;
}

/**
 * icam_config_open:
 * @data_dir: a folder on a local disk
 * @backup: (nullable): a backup on another disk, for when the copy beside it cannot be used either
 * @set_aside: (out) (nullable): name that a damaged one was given, when a copy took its place
 * @error: return location, ICAM_ERROR_DATABASE
 *
 * Returns: (transfer full) (nullable): the configuration
 */
IcamConfig *
icam_config_open (const char *data_dir, const char *backup, char **set_aside, GError **error)
{
  g_autoptr (IcamConfig) self = g_new0 (IcamConfig, 1);
  g_autofree char *path = g_build_filename (data_dir, "config.sqlite", NULL);
  g_autofree char *catalogue = NULL;
  g_autoptr (GError) local = NULL;
  IcamSqlStatus status;

  g_mutex_init (&self->lock);
  self->backup = g_build_filename (data_dir, "config.sqlite.copy", NULL);
  self->sql = open_sql (path, &status, &local);

  /* A newer one is left alone: the user wants that version back, not an empty list of cameras. */
  for (guint i = 0; status == ICAM_SQL_DAMAGED && i < 2; i++)
    {
      const char *copy = i == 0 ? self->backup : backup;

      if (copy == NULL || !g_file_test (copy, G_FILE_TEST_EXISTS))
        continue;
      g_clear_error (&local);
      self->sql = take_copy (path, copy, &status, set_aside, &local);
      if (self->sql == NULL && status != ICAM_SQL_DAMAGED)
        break;
    }
  if (self->sql == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }

  catalogue = get_setting_locked (self, "catalogue");
  if (!icam_uuid_parse (catalogue, &self->catalogue))
    {
      char text[ICAM_UUID_TEXT_SIZE];

      icam_uuid_generate (&self->catalogue);
      icam_uuid_format (&self->catalogue, text);
      if (!icam_config_set_setting (self, "catalogue", text, error))
        return NULL;
    }
  return g_steal_pointer (&self);
}

/**
 * icam_config_free:
 * @self: (transfer full): the configuration
 */
void
icam_config_free (IcamConfig *self)
{
  g_clear_pointer (&self->sql, icam_sql_close);
  g_mutex_clear (&self->lock);
  g_free (self->backup);
  g_free (self);
}

/**
 * icam_config_get_catalogue:
 * @self: the configuration
 * @uuid: (out): id of the catalogue that belongs to it
 */
void
icam_config_get_catalogue (IcamConfig *self, IcamUuid *uuid)
{
  *uuid = self->catalogue;
}

/* Called with the lock after each change that is precious. */
static void
keep_copy (IcamConfig *self)
{
  g_autoptr (GError) error = NULL;

  if (!icam_sql_backup (self->sql, self->backup, &error))
    g_warning ("No copy of the configuration could be made: %s", error->message);
}

/**
 * icam_config_back_up:
 * @self: the configuration
 * @path: a file that gets a copy; replaced if it exists
 * @error: return location
 *
 * Returns: whether the copy is whole
 */
gboolean
icam_config_back_up (IcamConfig *self, const char *path, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return icam_sql_backup (self->sql, path, error);
}

/**
 * icam_config_find_archive:
 * @self: the configuration
 * @folder: absolute path
 * @uuid: (out): the archive that belongs there
 *
 * Returns: whether one belongs there
 */
gboolean
icam_config_find_archive (IcamConfig *self, const char *folder, IcamUuid *uuid)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  sqlite3_stmt *query
    = icam_sql_query (self->sql, NULL, "SELECT uuid FROM archive WHERE folder = ?", "s", folder);
  gboolean row;

  if (query == NULL || !icam_sql_step (self->sql, query, &row, NULL) || !row)
    return FALSE;
  icam_sql_column_uuid (query, 0, uuid);
  sqlite3_reset (query);
  return TRUE;
}

/**
 * icam_config_has_archives:
 * @self: the configuration
 *
 * Returns: whether any archive belongs to it
 */
gboolean
icam_config_has_archives (IcamConfig *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return icam_sql_get_int (self->sql, 0, "SELECT count(*) FROM archive", "") > 0;
}

/**
 * icam_config_set_catalogue:
 * @self: a configuration without archives
 * @uuid: id of the catalogue that belongs to it from now on
 * @error: return location
 *
 * Returns: whether it is stored
 */
gboolean
icam_config_set_catalogue (IcamConfig *self, const IcamUuid *uuid, GError **error)
{
  char text[ICAM_UUID_TEXT_SIZE];

  icam_uuid_format (uuid, text);
  self->catalogue = *uuid;
  return icam_config_set_setting (self, "catalogue", text, error);
}

/**
 * icam_config_put_archive:
 * @self: the configuration
 * @uuid: an archive
 * @folder: absolute path where it is
 * @error: return location
 *
 * Returns: whether it is noted; another one that was there is forgotten
 */
gboolean
icam_config_put_archive (IcamConfig *self, const IcamUuid *uuid, const char *folder, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (!icam_sql_begin (self->sql, TRUE, error))
    return FALSE;
  if (!icam_sql_run (self->sql, error, "DELETE FROM archive WHERE folder = ?1 AND uuid <> ?2", "su",
                     folder, uuid)
      || !icam_sql_run (self->sql, error,
                        "INSERT INTO archive (uuid, folder) VALUES (?1, ?2)"
                        " ON CONFLICT (uuid) DO UPDATE SET folder = excluded.folder",
                        "us", uuid, folder))
    {
      icam_sql_rollback (self->sql);
      return FALSE;
    }
  if (!icam_sql_commit (self->sql, error))
    return FALSE;
  keep_copy (self);
  return TRUE;
}

/**
 * icam_config_dup_folder:
 * @self: the configuration
 * @uuid: an archive
 *
 * Returns: (transfer full) (nullable): where it is
 */
char *
icam_config_dup_folder (IcamConfig *self, const IcamUuid *uuid)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  sqlite3_stmt *query
    = icam_sql_query (self->sql, NULL, "SELECT folder FROM archive WHERE uuid = ?", "u", uuid);
  char *folder = NULL;
  gboolean row;

  if (query != NULL && icam_sql_step (self->sql, query, &row, NULL) && row)
    {
      folder = icam_sql_column_dup (query, 0);
      sqlite3_reset (query);
    }
  return folder;
}

/**
 * icam_config_load_policies:
 * @self: the configuration
 *
 * Returns: (transfer full): IcamUuid of a channel → IcamPolicy, also for channels that a camera showed before
 */
GHashTable *
icam_config_load_policies (IcamConfig *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  GHashTable *policies = g_hash_table_new_full (icam_uuid_hash, icam_uuid_equal, g_free, (GDestroyNotify) icam_policy_free);
  sqlite3_stmt *query = icam_sql_query (
    self->sql, NULL,
    "SELECT camera_channel.channel, folder, keep_days, keep_event_days, keep_bytes FROM camera_channel JOIN camera"
    " ON camera_channel.camera = camera.id ORDER BY camera_channel.from_us",
    "");
  gboolean row;

  while (query != NULL && icam_sql_step (self->sql, query, &row, NULL) && row)
    {
      IcamPolicy *policy = g_new0 (IcamPolicy, 1);
      IcamUuid channel;

      icam_sql_column_uuid (query, 0, &channel);
      policy->folder = icam_sql_column_dup (query, 1);
      policy->keep_days = sqlite3_column_int (query, 2);
      policy->keep_event_days = sqlite3_column_int (query, 3);
      policy->keep_bytes = sqlite3_column_int64 (query, 4);
      g_hash_table_insert (policies, icam_uuid_copy (&channel), policy);
    }
  return policies;
}

/**
 * icam_policy_free:
 * @policy: (transfer full): a policy
 */
void
icam_policy_free (IcamPolicy *policy)
{
  g_free (policy->folder);
  g_free (policy);
}

/**
 * icam_config_load_folders:
 * @self: the configuration
 *
 * Returns: (transfer full): paths of the folders for recordings beside the main one, sorted
 */
GPtrArray *
icam_config_load_folders (IcamConfig *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  GPtrArray *folders = g_ptr_array_new_with_free_func (g_free);
  sqlite3_stmt *query = icam_sql_query (self->sql, NULL, "SELECT path FROM folder ORDER BY path", "");
  gboolean row;

  while (query != NULL && icam_sql_step (self->sql, query, &row, NULL) && row)
    g_ptr_array_add (folders, icam_sql_column_dup (query, 0));
  return folders;
}

/**
 * icam_config_load_archives:
 * @self: the configuration
 *
 * Returns: (transfer full): paths of all folders that ever were an archive of this configuration
 */
GPtrArray *
icam_config_load_archives (IcamConfig *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  GPtrArray *folders = g_ptr_array_new_with_free_func (g_free);
  sqlite3_stmt *query = icam_sql_query (self->sql, NULL, "SELECT folder FROM archive ORDER BY folder", "");
  gboolean row;

  while (query != NULL && icam_sql_step (self->sql, query, &row, NULL) && row)
    g_ptr_array_add (folders, icam_sql_column_dup (query, 0));
  return folders;
}

/**
 * icam_config_set_folder:
 * @self: the configuration
 * @folder: absolute path
 * @used: whether recordings may go there from now on
 * @error: return location
 *
 * Returns: whether it is stored
 */
gboolean
icam_config_set_folder (IcamConfig *self, const char *folder, gboolean used, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (!icam_sql_run (self->sql, error,
                     used ? "INSERT OR IGNORE INTO folder (path) VALUES (?)"
                          : "DELETE FROM folder WHERE path = ?",
                     "s", folder))
    return FALSE;
  keep_copy (self);
  return TRUE;
}

/**
 * icam_config_load_devices:
 * @self: the configuration
 * @error: return location
 *
 * Returns: (transfer full) (nullable): of IcamDeviceRow
 */
GPtrArray *
icam_config_load_devices (IcamConfig *self, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  g_autoptr (GPtrArray) rows
    = g_ptr_array_new_with_free_func ((GDestroyNotify) icam_device_row_free);
  sqlite3_stmt *query;
  gboolean row;

  query = icam_sql_query (
    self->sql, error,
    "SELECT id, kind, address, user, authentication, manufacturer, model, firmware, serial,"
    " hardware, mac, endpoint, fingerprint, quarantine FROM device ORDER BY rowid",
    "");
  if (query == NULL)
    return NULL;
  while (icam_sql_step (self->sql, query, &row, error))
    {
      IcamDeviceRow *device;

      if (!row)
        return g_steal_pointer (&rows);
      device = g_new0 (IcamDeviceRow, 1);
      icam_sql_column_uuid (query, 0, &device->id);
      device->kind = icam_sql_column_dup (query, 1);
      device->address = icam_sql_column_dup (query, 2);
      device->user = icam_sql_column_dup (query, 3);
      device->authentication = icam_sql_column_dup (query, 4);
      device->manufacturer = icam_sql_column_dup (query, 5);
      device->model = icam_sql_column_dup (query, 6);
      device->firmware = icam_sql_column_dup (query, 7);
      device->evidence.serial = icam_sql_column_dup (query, 8);
      device->evidence.hardware = icam_sql_column_dup (query, 9);
      device->evidence.mac = icam_sql_column_dup (query, 10);
      device->evidence.endpoint = icam_sql_column_dup (query, 11);
      device->evidence.fingerprint = icam_sql_column_dup (query, 12);
      device->quarantine = sqlite3_column_int (query, 13) != 0;
      g_ptr_array_add (rows, device);
    }
  return NULL;
}

/**
 * icam_config_load_channels:
 * @self: the configuration
 * @error: return location
 *
 * Returns: (transfer full) (nullable): of IcamChannelRow; channels whose device was forgotten are
 * not among them
 */
GPtrArray *
icam_config_load_channels (IcamConfig *self, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  g_autoptr (GPtrArray) rows
    = g_ptr_array_new_with_free_func ((GDestroyNotify) icam_channel_row_free);
  sqlite3_stmt *query;
  gboolean row;

  query = icam_sql_query (
    self->sql, error,
    "SELECT id, device, token, main_profile, sub_profile, main_uri, sub_uri, main_path,"
    " sub_path, fingerprint FROM channel"
    " WHERE device IS NOT NULL ORDER BY rowid",
    "");
  if (query == NULL)
    return NULL;
  while (icam_sql_step (self->sql, query, &row, error))
    {
      IcamChannelRow *channel;

      if (!row)
        return g_steal_pointer (&rows);
      channel = g_new0 (IcamChannelRow, 1);
      icam_sql_column_uuid (query, 0, &channel->id);
      icam_sql_column_uuid (query, 1, &channel->device);
      channel->token = icam_sql_column_dup (query, 2);
      channel->main_profile = icam_sql_column_dup (query, 3);
      channel->sub_profile = icam_sql_column_dup (query, 4);
      channel->main_uri = icam_sql_column_dup (query, 5);
      channel->sub_uri = icam_sql_column_dup (query, 6);
      channel->main_path = icam_sql_column_dup (query, 7);
      channel->sub_path = icam_sql_column_dup (query, 8);
      channel->fingerprint = icam_sql_column_dup (query, 9);
      g_ptr_array_add (rows, channel);
    }
  return NULL;
}

/**
 * icam_config_load_cameras:
 * @self: the configuration
 * @error: return location
 *
 * Returns: (transfer full) (nullable): of IcamCameraRow, in their order
 */
GPtrArray *
icam_config_load_cameras (IcamConfig *self, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  g_autoptr (GPtrArray) rows
    = g_ptr_array_new_with_free_func ((GDestroyNotify) icam_camera_row_free);
  sqlite3_stmt *query;
  gboolean row;

  query = icam_sql_query (
    self->sql, error,
    "SELECT id, channel, name, position, added_us, paused, blind, folder, keep_days,"
    " keep_event_days, keep_bytes, record, before_s, after_s, schedule, events_otherwise"
    " FROM camera ORDER BY position, rowid",
    "");
  if (query == NULL)
    return NULL;
  while (icam_sql_step (self->sql, query, &row, error))
    {
      IcamCameraRow *camera;

      if (!row)
        return g_steal_pointer (&rows);
      camera = g_new0 (IcamCameraRow, 1);
      icam_sql_column_uuid (query, 0, &camera->id);
      icam_sql_column_uuid (query, 1, &camera->channel);
      camera->name = icam_sql_column_dup (query, 2);
      camera->position = (guint) sqlite3_column_int64 (query, 3);
      camera->added_us = sqlite3_column_int64 (query, 4);
      camera->paused = sqlite3_column_int (query, 5) != 0;
      camera->blind = sqlite3_column_int (query, 6) != 0;
      camera->folder = icam_sql_column_dup (query, 7);
      camera->keep_days = sqlite3_column_int (query, 8);
      camera->keep_event_days = sqlite3_column_int (query, 9);
      camera->keep_bytes = sqlite3_column_int64 (query, 10);
      /* A mode of a later version: what is not known is recorded. */
      icam_record_mode_from_string ((const char *) sqlite3_column_text (query, 11), &camera->record);
      camera->before_s = sqlite3_column_int (query, 12);
      camera->after_s = sqlite3_column_int (query, 13);
      camera->schedule = icam_sql_column_dup (query, 14);
      camera->events_otherwise = sqlite3_column_int (query, 15) != 0;
      g_ptr_array_add (rows, camera);
    }
  return NULL;
}

static gboolean
save_device (IcamSql *sql, const IcamDeviceRow *device, GError **error)
{
  const IcamEvidence *evidence = &device->evidence;

  return icam_sql_run (
    sql, error,
    "INSERT INTO device VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"
    " ON CONFLICT (id) DO UPDATE SET kind = ?2, address = ?3, user = ?4, authentication = ?5,"
    " manufacturer = ?6, model = ?7, firmware = ?8, serial = ?9, hardware = ?10, mac = ?11,"
    " endpoint = ?12, fingerprint = ?13, quarantine = ?14",
    "ussssssssssssi", &device->id, device->kind != NULL ? device->kind : "onvif",
    device->address != NULL ? device->address : "", device->user, device->authentication,
    device->manufacturer, device->model, device->firmware, evidence->serial, evidence->hardware,
    evidence->mac, evidence->endpoint, evidence->fingerprint, (gint64) device->quarantine);
}

static gboolean
save_channel (IcamSql *sql, const IcamChannelRow *channel, GError **error)
{
  return icam_sql_run (sql, error,
                       "INSERT INTO channel VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
                       " ON CONFLICT (id) DO UPDATE SET device = ?2, token = ?3, main_profile = ?4,"
                       " sub_profile = ?5, main_uri = ?6, sub_uri = ?7, main_path = ?8,"
                       " sub_path = ?9, fingerprint = ?10",
                       "uussssssss", &channel->id, &channel->device,
                       channel->token != NULL ? channel->token : "0", channel->main_profile,
                       channel->sub_profile, channel->main_uri, channel->sub_uri,
                       channel->main_path, channel->sub_path, channel->fingerprint);
}

static gboolean
save_camera (IcamSql *sql, const IcamCameraRow *camera, gint64 now_us, GError **error)
{
  gboolean same;

  if (!icam_sql_run (
        sql, error,
        "INSERT INTO camera (id, channel, name, position, added_us, paused, blind, folder, keep_days,"
        " keep_event_days, keep_bytes, record, before_s, after_s, schedule, events_otherwise)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)"
        " ON CONFLICT (id) DO UPDATE SET channel = ?2, name = ?3, position = ?4, added_us = ?5,"
        " paused = ?6, blind = ?7, folder = ?8, keep_days = ?9, keep_event_days = ?10, keep_bytes = ?11,"
        " record = ?12, before_s = ?13, after_s = ?14, schedule = ?15, events_otherwise = ?16",
        "uusiiiisiiisiisi", &camera->id, &camera->channel, camera->name != NULL ? camera->name : "",
        (gint64) camera->position, camera->added_us, (gint64) camera->paused, (gint64) camera->blind,
        camera->folder, (gint64) camera->keep_days, (gint64) camera->keep_event_days, camera->keep_bytes,
        icam_record_mode_to_string (camera->record), (gint64) camera->before_s, (gint64) camera->after_s, camera->schedule,
        (gint64) camera->events_otherwise))
    return FALSE;

  same = icam_sql_get_int (
           sql, 0,
           "SELECT count(*) FROM camera_channel WHERE camera = ?1 AND channel = ?2 AND to_us = 0",
           "uu", &camera->id, &camera->channel)
         > 0;
  if (same)
    return TRUE;
  return icam_sql_run (sql, error,
                       "UPDATE camera_channel SET to_us = ?2 WHERE camera = ?1 AND to_us = 0", "ui",
                       &camera->id, now_us)
         && icam_sql_run (
           sql, error,
           "INSERT OR REPLACE INTO camera_channel (camera, channel, from_us) VALUES (?1, ?2, ?3)",
           "uui", &camera->id, &camera->channel, now_us);
}

/**
 * icam_config_save:
 * @self: the configuration
 * @devices: (nullable): of IcamDeviceRow
 * @channels: (nullable): of IcamChannelRow
 * @cameras: (nullable): of IcamCameraRow
 * @now_us: UTC µs, for the history of a camera
 * @error: return location
 *
 * Returns: whether all rows are stored; if not, none is
 */
gboolean
icam_config_save (IcamConfig *self,
                  GPtrArray *devices,
                  GPtrArray *channels,
                  GPtrArray *cameras,
                  gint64 now_us,
                  GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  gboolean ok = TRUE;

  if (!icam_sql_begin (self->sql, TRUE, error))
    return FALSE;

  for (guint i = 0; ok && devices != NULL && i < devices->len; i++)
    ok = save_device (self->sql, g_ptr_array_index (devices, i), error);
  for (guint i = 0; ok && channels != NULL && i < channels->len; i++)
    ok = save_channel (self->sql, g_ptr_array_index (channels, i), error);
  for (guint i = 0; ok && cameras != NULL && i < cameras->len; i++)
    ok = save_camera (self->sql, g_ptr_array_index (cameras, i), now_us, error);

  if (!ok)
    {
      icam_sql_rollback (self->sql);
      return FALSE;
    }
  if (!icam_sql_commit (self->sql, error))
    return FALSE;
  keep_copy (self);
  return TRUE;
}

/**
 * icam_config_forget_camera:
 * @self: the configuration
 * @camera: a camera
 * @error: return location, ICAM_ERROR_NOT_FOUND
 *
 * Returns: whether it is forgotten, and its device if no camera is left on it. The channel stays,
 * for the archive.
 */
gboolean
icam_config_forget_camera (IcamConfig *self, const IcamUuid *camera, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  gint64 device;

  if (!icam_sql_begin (self->sql, TRUE, error))
    return FALSE;
  device = icam_sql_get_int (
    self->sql, 0,
    "SELECT device.rowid FROM camera JOIN channel ON camera.channel = channel.id"
    " JOIN device ON channel.device = device.id WHERE camera.id = ?",
    "u", camera);
  if (!icam_sql_run (self->sql, error, "DELETE FROM camera WHERE id = ?", "u", camera))
    {
      icam_sql_rollback (self->sql);
      return FALSE;
    }
  if (icam_sql_changes (self->sql) == 0)
    {
      icam_sql_rollback (self->sql);
      icam_error_set (error, ICAM_ERROR_NOT_FOUND, "what", "camera", NULL);
      return FALSE;
    }
  if (!icam_sql_run (
        self->sql, error,
        "DELETE FROM device WHERE rowid = ? AND id NOT IN (SELECT channel.device FROM camera JOIN"
        " channel ON camera.channel = channel.id WHERE channel.device IS NOT NULL)",
        "i", device))
    {
      icam_sql_rollback (self->sql);
      return FALSE;
    }
  if (!icam_sql_commit (self->sql, error))
    return FALSE;
  keep_copy (self);
  return TRUE;
}

/**
 * icam_config_get_setting:
 * @self: the configuration
 * @key: its name
 *
 * Returns: (transfer full) (nullable): its value
 */
char *
icam_config_get_setting (IcamConfig *self, const char *key)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return get_setting_locked (self, key);
}

/**
 * icam_config_set_setting:
 * @self: the configuration
 * @key: its name
 * @value: (nullable): its value, %NULL to forget it
 * @error: return location
 *
 * Returns: whether it is stored
 */
gboolean
icam_config_set_setting (IcamConfig *self, const char *key, const char *value, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  gboolean ok;

  if (value == NULL)
    ok = icam_sql_run (self->sql, error, "DELETE FROM setting WHERE key = ?", "s", key);
  else
    ok = icam_sql_run (
      self->sql, error,
      "INSERT INTO setting VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2", "ss", key,
      value);
  if (ok)
    keep_copy (self);
  return ok;
}
