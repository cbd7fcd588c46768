/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-onvif"

#include "config.h"

#include "onvif/icam-onvif-job-private.h"

#include <string.h>

#include "base/icam-text.h"

static gboolean
take_information (IcamOnvifJob *job, IcamOnvifStep *step, xmlNode *answer, GError **error)
{
  IcamOnvifInfo *info = job->info;

  info->manufacturer = icam_soap_dup_clean (answer, "Manufacturer");
  info->model = icam_soap_dup_clean (answer, "Model");
  info->firmware = icam_soap_dup_clean (answer, "FirmwareVersion");
  info->serial = icam_soap_dup_clean (answer, "SerialNumber");
  info->hardware = icam_soap_dup_clean (answer, "HardwareId");
  return TRUE;
}

/* Whether an interface has this address in one of its places. */
static gboolean
has_address (xmlNode *interface, const char *address)
{
  static const char *const lists[] = {
    "IPv4/Config/Manual",    "IPv4/Config/LinkLocal", "IPv4/Config/FromDHCP", "IPv6/Config/Manual",
    "IPv6/Config/LinkLocal", "IPv6/Config/FromDHCP",  "IPv6/Config/FromRA",
  };

  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    for (xmlNode *node = icam_soap_child (interface, lists[i]); node != NULL;
         node = icam_soap_next (node))
      {
        g_autofree char *text = icam_soap_dup_text (node, "Address");

        if (text != NULL && address != NULL && g_ascii_strcasecmp (text, address) == 0)
          return TRUE;
      }

  return FALSE;
}

static gboolean
take_interfaces (IcamOnvifJob *job, IcamOnvifStep *step, xmlNode *answer, GError **error)
{
  const char *peer = icam_onvif_transport_get_peer (job->device->transport);
  gboolean best_enabled = FALSE;

  for (xmlNode *node = icam_soap_child (answer, "NetworkInterfaces"); node != NULL;
       node = icam_soap_next (node))
    {
      g_autofree char *text = icam_soap_dup_text (node, "Info/HwAddress");
      g_autofree char *mac = icam_text_clean_mac (text);
      g_autofree char *enabled_text = icam_soap_dup_text (node, "Enabled");
      gboolean enabled
        = g_strcmp0 (enabled_text, "true") == 0 || g_strcmp0 (enabled_text, "1") == 0;
      gboolean ours;

      if (mac == NULL)
        continue;

      /* The one that we came by; else the first that is on; else the first. */
      ours = has_address (node, peer);
      if (ours || job->info->mac == NULL || (enabled && !best_enabled))
        {
          g_free (job->info->mac);
          job->info->mac = g_steal_pointer (&mac);
          best_enabled = enabled;
        }
      if (ours)
        break;
    }

  return TRUE;
}

static gboolean
take_endpoint (IcamOnvifJob *job, IcamOnvifStep *step, xmlNode *answer, GError **error)
{
  g_autofree char *text = icam_soap_dup_text (answer, "GUID");

  job->info->endpoint = icam_text_clean_uuid (text);
  return TRUE;
}

static gboolean
take_hostname (IcamOnvifJob *job, IcamOnvifStep *step, xmlNode *answer, GError **error)
{
  job->info->name = icam_soap_dup_clean (answer, "HostnameInformation/Name");
  /* Not a name, but what a host without one is called. */
  if (g_strcmp0 (job->info->name, "localhost") == 0)
    g_clear_pointer (&job->info->name, g_free);
  return TRUE;
}

/* "onvif://www.onvif.org/name/Front%20door" (ONVIF core specification, section 7.3.2.2). */
static gboolean
take_scopes (IcamOnvifJob *job, IcamOnvifStep *step, xmlNode *answer, GError **error)
{
  static const char prefix[] = "onvif://www.onvif.org/name/";

  for (xmlNode *node = icam_soap_child (answer, "Scopes"); node != NULL;
       node = icam_soap_next (node))
    {
      g_autofree char *text = icam_soap_dup_text (node, "ScopeItem");
      g_autofree char *name = NULL;

      if (text == NULL || g_ascii_strncasecmp (text, prefix, strlen (prefix)) != 0)
        continue;

      name = g_uri_unescape_string (text + strlen (prefix), NULL);
      job->info->name = icam_text_clean (name != NULL ? name : text + strlen (prefix), -1);
      if (job->info->name != NULL)
        return TRUE;
    }

  icam_onvif_job_ask (job, ICAM_ONVIF_SERVICE_DEVICE, "GetHostname", NULL, take_hostname);
  return TRUE;
}

static gboolean
make_info (IcamOnvifJob *job, GError **error)
{
  job->result = g_steal_pointer (&job->info);
  return TRUE;
}

/**
 * icam_onvif_device_get_info_async:
 * @self: a device
 * @cancellable: (nullable): ends it
 * @callback: called when it is known
 * @user_data: for it
 *
 * Asks what the device is: the evidence of its identity. Chooses the kind of authentication by
 * trying.
 */
void
icam_onvif_device_get_info_async (IcamOnvifDevice     *self,
                                  GCancellable        *cancellable,
                                  GAsyncReadyCallback  callback,
                                  gpointer             user_data)
{
  IcamOnvifJob *job;
  g_autoptr (GTask) task = icam_onvif_job_new (self, cancellable, callback, user_data,
                                               icam_onvif_device_get_info_async, &job);

  g_return_if_fail (ICAM_IS_ONVIF_DEVICE (self));

  job->more = make_info;
  job->info = g_new0 (IcamOnvifInfo, 1);
  job->result_free = (GDestroyNotify) icam_onvif_info_free;
  if (!icam_onvif_transport_knows_time (self->transport))
    icam_onvif_job_ask_date (job);
  icam_onvif_job_ask (job, ICAM_ONVIF_SERVICE_DEVICE, "GetDeviceInformation", NULL,
                      take_information)
    ->needed
    = TRUE;
  icam_onvif_job_ask (job, ICAM_ONVIF_SERVICE_DEVICE, "GetNetworkInterfaces", NULL,
                      take_interfaces);
  icam_onvif_job_ask (job, ICAM_ONVIF_SERVICE_DEVICE, "GetEndpointReference", NULL, take_endpoint);
  icam_onvif_job_ask (job, ICAM_ONVIF_SERVICE_DEVICE, "GetScopes", NULL, take_scopes);
  icam_onvif_job_run (task);
}

/**
 * icam_onvif_device_get_info_finish:
 * @self: a device
 * @result: as given to the callback
 * @error: return location: ICAM_ERROR_UNREACHABLE, TIMED_OUT, WRONG_PASSWORD, PASSWORD_NEEDED,
 * BAD_ANSWER
 *
 * Returns: (transfer full) (nullable): what it said; what it did not say is %NULL
 */
IcamOnvifInfo *
icam_onvif_device_get_info_finish (IcamOnvifDevice *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
