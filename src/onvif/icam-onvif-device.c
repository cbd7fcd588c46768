/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-onvif"

#include "config.h"

#include "onvif/icam-onvif-job-private.h"

#include <string.h>

#include "onvif/icam-onvif-uri-private.h"

G_DEFINE_TYPE (IcamOnvifDevice, icam_onvif_device, G_TYPE_OBJECT)

/**
 * icam_onvif_device_hello_async:
 * @self: a device
 * @cancellable: (nullable): ends it
 * @callback: called when it is known
 * @user_data: for it
 *
 * Asks without credentials for the time: is there an ONVIF device at all? Its clock is known
 * afterwards.
 */
void
icam_onvif_device_hello_async (IcamOnvifDevice     *self,
                               GCancellable        *cancellable,
                               GAsyncReadyCallback  callback,
                               gpointer             user_data)
{
  IcamOnvifJob *job;
  g_autoptr (GTask) task = icam_onvif_job_new (self, cancellable, callback, user_data,
                                               icam_onvif_device_hello_async, &job);
  IcamOnvifStep *step;

  g_return_if_fail (ICAM_IS_ONVIF_DEVICE (self));

  job->more = icam_onvif_job_end;
  step = icam_onvif_job_ask_date (job);
  step->needed = TRUE;
  /* What answers in SOAP at this place is one, whatever it says. */
  step->fault_will_do = TRUE;
  icam_onvif_job_run (task);
}

/**
 * icam_onvif_device_hello_finish:
 * @self: a device
 * @result: as given to the callback
 * @error: return location: ICAM_ERROR_UNREACHABLE, TIMED_OUT; NOT_A_CAMERA: something else answers
 * there; PASSWORD_NEEDED: what answers wants a password first, and so does not say what it is
 *
 * Returns: whether there is an ONVIF device
 */
gboolean
icam_onvif_device_hello_finish (IcamOnvifDevice *self, GAsyncResult *result, GError **error)
{
  g_autoptr (GError) local = NULL;

  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  g_task_propagate_pointer (G_TASK (result), &local);
  if (local == NULL)
    return TRUE;

  if (icam_onvif_is_error (local, ICAM_ERROR_BAD_ANSWER))
    {
      g_clear_error (&local);
      icam_onvif_device_set_error (&local, self, ICAM_ERROR_NOT_A_CAMERA, NULL);
    }
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

static void
icam_onvif_device_finalize (GObject *object)
{
  IcamOnvifDevice *self = ICAM_ONVIF_DEVICE (object);

  g_clear_object (&self->transport);
  for (int i = 0; i < ICAM_ONVIF_N_SERVICES; i++)
    {
      g_clear_pointer (&self->uris[i], g_uri_unref);
      g_free (self->elsewhere[i]);
    }
  g_hash_table_unref (self->sources);
  g_hash_table_unref (self->aliases);
  g_free (self->url);

  G_OBJECT_CLASS (icam_onvif_device_parent_class)->finalize (object);
}

static void
icam_onvif_device_class_init (IcamOnvifDeviceClass *class)
{
  G_OBJECT_CLASS (class)->finalize = icam_onvif_device_finalize;
}

static void
icam_onvif_device_init (IcamOnvifDevice *self)
{
  self->sources = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->aliases = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

/**
 * icam_onvif_device_new:
 * @address: "host", "host:port" or an http URL of the device service; never with a password in it
 * @error: return location, ICAM_ERROR_INVALID_ARGUMENT
 *
 * Connects to nothing yet. It belongs to the thread that makes it.
 *
 * Returns: (transfer full) (nullable): a device
 */
IcamOnvifDevice *
icam_onvif_device_new (const char *address, GError **error)
{
  g_autoptr (GUri) uri = NULL;
  IcamOnvifDevice *self;

  g_return_val_if_fail (address != NULL, NULL);

  uri = icam_onvif_uri_from_address (address, error);
  if (uri == NULL)
    return NULL;

  self = g_object_new (ICAM_TYPE_ONVIF_DEVICE, NULL);
  self->url = g_uri_to_string (uri);
  self->transport = icam_onvif_transport_new (uri);
  self->uris[ICAM_ONVIF_SERVICE_DEVICE] = g_steal_pointer (&uri);
  return self;
}

/**
 * icam_onvif_device_get_url:
 * @self: a device
 *
 * Returns: (transfer none): the URL of its device service, without credentials
 */
const char *
icam_onvif_device_get_url (IcamOnvifDevice *self)
{
  g_return_val_if_fail (ICAM_IS_ONVIF_DEVICE (self), NULL);

  return self->url;
}

/**
 * icam_onvif_device_set_credentials:
 * @self: a device
 * @user: (nullable): the name
 * @secret: (nullable): the password
 */
void
icam_onvif_device_set_credentials (IcamOnvifDevice *self, const char *user, IcamSecret *secret)
{
  g_return_if_fail (ICAM_IS_ONVIF_DEVICE (self));

  icam_onvif_transport_set_credentials (self->transport, user, secret);
}

/**
 * icam_onvif_device_set_auth:
 * @self: a device
 * @remembered: what icam_onvif_device_get_auth() said the last time; tried first
 */
void
icam_onvif_device_set_auth (IcamOnvifDevice *self, IcamOnvifAuth remembered)
{
  g_return_if_fail (ICAM_IS_ONVIF_DEVICE (self));

  icam_onvif_transport_set_auth (self->transport, remembered);
}

/**
 * icam_onvif_device_get_auth:
 * @self: a device
 *
 * Returns: what worked, to be remembered
 */
IcamOnvifAuth
icam_onvif_device_get_auth (IcamOnvifDevice *self)
{
  g_return_val_if_fail (ICAM_IS_ONVIF_DEVICE (self), ICAM_ONVIF_AUTH_UNKNOWN);

  return icam_onvif_transport_get_auth (self->transport);
}

/**
 * icam_onvif_device_get_clock_offset:
 * @self: a device
 *
 * Returns: its clock minus ours, µs; 0 until it is known
 */
gint64
icam_onvif_device_get_clock_offset (IcamOnvifDevice *self)
{
  g_return_val_if_fail (ICAM_IS_ONVIF_DEVICE (self), 0);

  return icam_onvif_transport_get_offset (self->transport);
}

/* Which source one item names: a token of the kind that its name says, or else of any. */
static const char *
resolve_one (IcamOnvifDevice *self, const char *name, const char *value)
{
  g_autofree char *lower = g_ascii_strdown (name, -1);
  const char *alias = g_hash_table_lookup (self->aliases, value);
  const char *source = NULL;

  g_hash_table_lookup_extended (self->sources, value, (gpointer *) &source, NULL);
  if (alias == NULL || (source != NULL && strstr (lower, "configuration") == NULL))
    return source;
  return alias;
}

/**
 * icam_onvif_device_resolve:
 * @self: a device
 * @sources: items of an event that name a video source in some way: name -> value
 *
 * Returns: (transfer full) (nullable): the token of the source that they mean; "" if it is none that is
 * known; %NULL if they name none, or there is only one
 */
char *
icam_onvif_device_resolve (IcamOnvifDevice *self, GHashTable *sources)
{
  GHashTableIter iter;
  gpointer name, value;

  if (g_hash_table_size (self->sources) == 1 || g_hash_table_size (sources) == 0)
    return NULL;

  g_hash_table_iter_init (&iter, sources);
  while (g_hash_table_iter_next (&iter, &name, &value))
    {
      const char *source = resolve_one (self, name, value);

      if (source != NULL)
        return g_strdup (source);
    }
  return g_strdup ("");
}
