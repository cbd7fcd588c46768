/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-onvif"

#include "config.h"

#include "onvif/icam-onvif-job-private.h"

#include "onvif/icam-onvif-uri-private.h"

static const char *const http_schemes[] = { "http", "https", NULL };

/* The services whose addresses GetCapabilities tells, by their names there. */
static const struct
{
  IcamOnvifService service;
  const char *path;
} capabilities[] = {
  { ICAM_ONVIF_SERVICE_MEDIA, "Capabilities/Media/XAddr" },
  { ICAM_ONVIF_SERVICE_EVENTS, "Capabilities/Events/XAddr" },
  { ICAM_ONVIF_SERVICE_PTZ, "Capabilities/PTZ/XAddr" },
  { ICAM_ONVIF_SERVICE_IMAGING, "Capabilities/Imaging/XAddr" },
};

/* Takes the address of a service, put on the host that answered. What the device called it is kept:
 * if nothing answers here, people are told where the device would have sent us. */
static void
set_service (IcamOnvifDevice *self, IcamOnvifService service, char *text)
{
  g_autofree char *owned = text;
  GUri *base = self->uris[ICAM_ONVIF_SERVICE_DEVICE];
  g_autoptr (GUri) uri = icam_onvif_uri_on_host (owned, base, http_schemes);
  g_autofree char *named = icam_onvif_uri_dup_host (owned);

  if (uri == NULL)
    return;

  g_clear_pointer (&self->uris[service], g_uri_unref);
  self->uris[service] = g_steal_pointer (&uri);
  g_clear_pointer (&self->elsewhere[service], g_free);
  if (named != NULL && g_ascii_strcasecmp (named, g_uri_get_host (base)) != 0)
    self->elsewhere[service] = g_steal_pointer (&named);
}

static gboolean
take_capabilities (IcamOnvifJob *job, IcamOnvifStep *step, xmlNode *answer, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (capabilities); i++)
    if (job->device->uris[capabilities[i].service] == NULL)
      set_service (job->device, capabilities[i].service,
                   icam_soap_dup_text (answer, capabilities[i].path));
  job->device->knows_services = answer != NULL;
  return TRUE;
}

static gboolean
take_services (IcamOnvifJob *job, IcamOnvifStep *step, xmlNode *answer, GError **error)
{
  IcamOnvifDevice *self = job->device;

  for (xmlNode *node = icam_soap_child (answer, "Service"); node != NULL;
       node = icam_soap_next (node))
    {
      g_autofree char *space = icam_soap_dup_text (node, "Namespace");

      for (int service = ICAM_ONVIF_SERVICE_MEDIA; service < ICAM_ONVIF_N_SERVICES; service++)
        if (g_strcmp0 (space, icam_onvif_spaces[service]) == 0)
          set_service (self, (IcamOnvifService) service, icam_soap_dup_text (node, "XAddr"));
    }

  /* Older devices know only this, and want the category said; a few know both and leave media out
   * of the former. */
  if (self->uris[ICAM_ONVIF_SERVICE_MEDIA] == NULL && self->uris[ICAM_ONVIF_SERVICE_MEDIA2] == NULL)
    icam_onvif_job_ask (job, ICAM_ONVIF_SERVICE_DEVICE, "GetCapabilities",
                        g_strdup ("<q:Category>All</q:Category>"), take_capabilities);
  else
    self->knows_services = TRUE;
  return TRUE;
}

/**
 * icam_onvif_job_ask_services:
 * @job: a job
 *
 * Asks where the device's services are, unless it is known: by GetServices, and by GetCapabilities
 * where that does not do.
 */
void
icam_onvif_job_ask_services (IcamOnvifJob *job)
{
  if (!job->device->knows_services)
    icam_onvif_job_ask (job, ICAM_ONVIF_SERVICE_DEVICE, "GetServices",
                        g_strdup ("<q:IncludeCapability>false</q:IncludeCapability>"),
                        take_services);
}

/**
 * icam_onvif_device_find_services_async:
 * @self: a device
 * @cancellable: (nullable): ends it
 * @callback: called when they are known
 * @user_data: for it
 */
void
icam_onvif_device_find_services_async (IcamOnvifDevice *self,
                                       GCancellable *cancellable,
                                       GAsyncReadyCallback callback,
                                       gpointer user_data)
{
  IcamOnvifJob *job;
  g_autoptr (GTask) task = icam_onvif_job_new (self, cancellable, callback, user_data,
                                               icam_onvif_device_find_services_async, &job);

  job->more = icam_onvif_job_end;
  if (!icam_onvif_transport_knows_time (self->transport))
    icam_onvif_job_ask_date (job);
  icam_onvif_job_ask_services (job);
  icam_onvif_job_run (task);
}

/**
 * icam_onvif_device_find_services_finish:
 * @self: a device
 * @result: as given to the callback
 * @error: return location, as of icam_onvif_device_get_channels_finish()
 *
 * Returns: whether it answered; what it did not tell is %NULL among its addresses
 */
gboolean
icam_onvif_device_find_services_finish (IcamOnvifDevice *self, GAsyncResult *result, GError **error)
{
  return icam_onvif_order_finish (self, result, error);
}
