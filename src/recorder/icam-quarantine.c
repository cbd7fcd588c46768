/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-recorder"

#include "config.h"

#include "recorder/icam-quarantine.h"

#include "recorder/icam-identity.h"
#include "recorder/icam-rows.h"

#define KEEP_US (G_GINT64_CONSTANT (24) * 3600 * G_USEC_PER_SEC)

struct _IcamQuarantine
{
  IcamContext *context;
  GPtrArray *guests; /* of Guest */
};

typedef struct
{
  IcamDeviceRow *device;
  GPtrArray *channels; /* of IcamChannelRow */
} Guest;

static void
guest_free (gpointer data)
{
  Guest *guest = data;

  icam_device_row_free (guest->device);
  g_ptr_array_unref (guest->channels);
  g_free (guest);
}

static GPtrArray *
copy_channels (GPtrArray *channels)
{
  GPtrArray *copy = g_ptr_array_new_with_free_func ((GDestroyNotify) icam_channel_row_free);

  for (guint i = 0; i < channels->len; i++)
    g_ptr_array_add (copy, icam_channel_row_copy (channels->pdata[i]));
  return copy;
}

/**
 * icam_quarantine_new:
 * @context: the context
 *
 * Returns: (transfer full): a quarantine with nobody in it
 */
IcamQuarantine *
icam_quarantine_new (IcamContext *context)
{
  IcamQuarantine *self = g_new0 (IcamQuarantine, 1);

  self->context = context;
  self->guests = g_ptr_array_new_with_free_func (guest_free);
  return self;
}

/**
 * icam_quarantine_free:
 * @self: (transfer full): a quarantine
 */
void
icam_quarantine_free (IcamQuarantine *self)
{
  g_ptr_array_unref (self->guests);
  g_free (self);
}

/**
 * icam_quarantine_add:
 * @self: a quarantine
 * @device: a device that answered in another's place
 * @channels: (element-type IcamChannelRow): its channels; both are copied, and replace what was known of it
 */
void
icam_quarantine_add (IcamQuarantine      *self,
                     const IcamDeviceRow *device,
                     GPtrArray           *channels)
{
  Guest *guest;

  for (guint i = 0; i < self->guests->len; i++)
    {
      guest = self->guests->pdata[i];
      if (icam_uuid_equal (&guest->device->id, &device->id))
        {
          g_ptr_array_remove_index (self->guests, i);
          break;
        }
    }

  guest = g_new0 (Guest, 1);
  guest->device = icam_device_row_copy (device);
  guest->channels = copy_channels (channels);
  g_ptr_array_add (self->guests, guest);
}

/**
 * icam_quarantine_find:
 * @self: a quarantine
 * @evidence: what a device offers
 * @device: (out) (transfer full): the same device, from the time before
 * @channels: (out) (transfer full) (element-type IcamChannelRow): its channels
 *
 * Returns: whether it was here before
 */
gboolean
icam_quarantine_find (IcamQuarantine     *self,
                      const IcamEvidence *evidence,
                      IcamDeviceRow     **device,
                      GPtrArray         **channels)
{
  for (guint i = 0; i < self->guests->len; i++)
    {
      Guest *guest = self->guests->pdata[i];

      if (icam_identity_compare (&guest->device->evidence, evidence) == ICAM_IDENTITY_SAME)
        {
          *device = icam_device_row_copy (guest->device);
          *channels = copy_channels (guest->channels);
          return TRUE;
        }
    }

  return FALSE;
}

typedef struct
{
  IcamArchive *archive;
  GPtrArray *devices; /* of char: keys of settings */
  GPtrArray *channels; /* of GPtrArray of IcamUuid, of the device with the same index */
  gint64 now;
} Work;

static Work *
work_new (IcamContext *context)
{
  Work *work = g_new0 (Work, 1);

  work->archive = g_object_ref (context->archive);
  work->devices = g_ptr_array_new_with_free_func (g_free);
  work->channels = g_ptr_array_new_with_free_func ((GDestroyNotify) g_ptr_array_unref);
  work->now = icam_clock_utc (context->clock);
  return work;
}

static void
work_free (Work *work)
{
  g_object_unref (work->archive);
  g_ptr_array_unref (work->devices);
  g_ptr_array_unref (work->channels);
  g_free (work);
}

static char *
key_of (const IcamUuid *device)
{
  char text[ICAM_UUID_TEXT_SIZE];

  icam_uuid_format (device, text);
  return g_strconcat ("quarantine-seen-", text, NULL);
}

static void
write_seen (gpointer data)
{
  Work *work = data;
  g_autofree char *value = g_strdup_printf ("%" G_GINT64_FORMAT, work->now);
  g_autoptr (GError) error = NULL;

  if (!icam_archive_set_setting (work->archive, work->devices->pdata[0], value, &error))
    g_warning ("A device in quarantine could not be noted: %s", error->message);
  work_free (work);
}

/**
 * icam_quarantine_seen:
 * @self: a quarantine
 * @device: a device that sends something now: its day begins anew
 */
void
icam_quarantine_seen (IcamQuarantine *self,
                      const IcamUuid *device)
{
  Work *work = work_new (self->context);

  g_ptr_array_add (work->devices, key_of (device));
  icam_workers_post (self->context->workers, write_seen, work);
}

static void
expire (gpointer data)
{
  Work *work = data;

  for (guint i = 0; i < work->devices->len; i++)
    {
      const char *key = work->devices->pdata[i];
      GPtrArray *channels = work->channels->pdata[i];
      g_autofree char *value = icam_archive_get_setting (work->archive, key);
      g_autoptr (GError) error = NULL;
      gint64 seen = value != NULL ? g_ascii_strtoll (value, NULL, 10) : 0;
      gboolean done = TRUE;

      /* "0": deleted already. A clock that was set back deletes nothing. */
      if (value == NULL || seen == 0 || work->now - seen < KEEP_US)
        continue;

      for (guint j = 0; j < channels->len && done; j++)
        done = icam_archive_delete_channel (work->archive, channels->pdata[j], &error);
      if (done)
        done = icam_archive_set_setting (work->archive, key, "0", &error);
      if (!done)
        g_warning ("What is in quarantine for more than a day could not be deleted: %s", error->message);
    }
  work_free (work);
}

/**
 * icam_quarantine_expire:
 * @self: a quarantine
 *
 * Deletes the recordings of those that were last seen more than a day ago.
 */
void
icam_quarantine_expire (IcamQuarantine *self)
{
  Work *work = work_new (self->context);

  for (guint i = 0; i < self->guests->len; i++)
    {
      Guest *guest = self->guests->pdata[i];
      GPtrArray *ids = g_ptr_array_new_with_free_func (g_free);

      for (guint j = 0; j < guest->channels->len; j++)
        g_ptr_array_add (ids, icam_uuid_copy (&((IcamChannelRow *) guest->channels->pdata[j])->id));
      g_ptr_array_add (work->devices, key_of (&guest->device->id));
      g_ptr_array_add (work->channels, ids);
    }
  icam_workers_post (self->context->workers, expire, work);
}
