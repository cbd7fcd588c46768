/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-archive"

#include "config.h"

#include "archive/icam-archive-private.h"
#include "archive/icam-disk.h"

#include <string.h>

/**
 * icam_device_row_free:
 * @row: (transfer full): a row
 */
void
icam_device_row_free (IcamDeviceRow *row)
{
  g_free (row->kind);
  g_free (row->address);
  g_free (row->user);
  g_free (row->authentication);
  g_free (row->manufacturer);
  g_free (row->model);
  g_free (row->firmware);
  g_free (row->evidence.serial);
  g_free (row->evidence.hardware);
  g_free (row->evidence.mac);
  g_free (row->evidence.endpoint);
  g_free (row->evidence.fingerprint);
  g_free (row);
}

/**
 * icam_channel_row_free:
 * @row: (transfer full): a row
 */
void
icam_channel_row_free (IcamChannelRow *row)
{
  g_free (row->token);
  g_free (row->main_profile);
  g_free (row->sub_profile);
  g_free (row->main_uri);
  g_free (row->sub_uri);
  g_free (row->main_path);
  g_free (row->sub_path);
  g_free (row->fingerprint);
  g_free (row);
}

/**
 * icam_camera_row_free:
 * @row: (transfer full): a row
 */
void
icam_camera_row_free (IcamCameraRow *row)
{
  g_free (row->name);
  g_free (row->folder);
  g_free (row->schedule);
  g_free (row);
}

/**
 * icam_archive_load_devices:
 * @self: an archive
 * @error: return location, ICAM_ERROR_DATABASE
 *
 * Returns: (transfer full) (nullable): of IcamDeviceRow
 */
GPtrArray *
icam_archive_load_devices (IcamArchive *self, GError **error)
{
  return icam_config_load_devices (icam_archive_get_store (self)->config, error);
}

/**
 * icam_archive_load_channels:
 * @self: an archive
 * @error: return location, ICAM_ERROR_DATABASE
 *
 * Returns: (transfer full) (nullable): of IcamChannelRow, those whose device is known
 */
GPtrArray *
icam_archive_load_channels (IcamArchive *self, GError **error)
{
  return icam_config_load_channels (icam_archive_get_store (self)->config, error);
}

/**
 * icam_archive_load_cameras:
 * @self: an archive
 * @error: return location, ICAM_ERROR_DATABASE
 *
 * Returns: (transfer full) (nullable): of IcamCameraRow, by position
 */
GPtrArray *
icam_archive_load_cameras (IcamArchive *self, GError **error)
{
  return icam_config_load_cameras (icam_archive_get_store (self)->config, error);
}

/* What is to be kept is looked at soon. */
static void
keep_anew (IcamStore *store)
{
  g_autoptr (GPtrArray) disks = icam_store_ref_disks (store);

  for (guint i = 0; i < disks->len; i++)
    icam_disk_keep (g_ptr_array_index (disks, i));
}

/**
 * icam_archive_save:
 * @self: an archive
 * @devices: (nullable): of IcamDeviceRow
 * @channels: (nullable): of IcamChannelRow
 * @cameras: (nullable): of IcamCameraRow
 * @error: return location, ICAM_ERROR_DATABASE
 *
 * A camera's folder counts from the next key frame of its channel on.
 *
 * Returns: whether all rows are stored, on the disk itself; if not, none is
 */
gboolean
icam_archive_save (
  IcamArchive *self, GPtrArray *devices, GPtrArray *channels, GPtrArray *cameras, GError **error)
{
  IcamStore *store = icam_archive_get_store (self);

  if (!icam_config_save (store->config, devices, channels, cameras, icam_clock_utc (store->clock),
                         error))
    return FALSE;
  if (cameras != NULL)
    {
      icam_store_load_policies (store);
      keep_anew (store);
    }
  return TRUE;
}

/**
 * icam_archive_forget_camera:
 * @self: an archive
 * @camera: a camera
 * @error: return location, ICAM_ERROR_NOT_FOUND, ICAM_ERROR_DATABASE
 *
 * Returns: whether it is forgotten
 */
gboolean
icam_archive_forget_camera (IcamArchive *self, const IcamUuid *camera, GError **error)
{
  return icam_config_forget_camera (icam_archive_get_store (self)->config, camera, error);
}

/**
 * icam_archive_get_setting:
 * @self: an archive
 * @key: its name. "keep-days" and "floor-bytes" are looked at by the archive itself.
 *
 * Returns: (transfer full) (nullable): its value
 */
char *
icam_archive_get_setting (IcamArchive *self, const char *key)
{
  return icam_config_get_setting (icam_archive_get_store (self)->config, key);
}

/**
 * icam_archive_set_setting:
 * @self: an archive
 * @key: its name
 * @value: (nullable): its value
 * @error: return location, ICAM_ERROR_DATABASE
 *
 * Returns: whether it is stored
 */
gboolean
icam_archive_set_setting (IcamArchive *self, const char *key, const char *value, GError **error)
{
  IcamStore *store = icam_archive_get_store (self);

  if (!icam_config_set_setting (store->config, key, value, error))
    return FALSE;
  if (strcmp (key, "keep-days") == 0 || strcmp (key, "floor-bytes") == 0)
    keep_anew (store);
  return TRUE;
}
