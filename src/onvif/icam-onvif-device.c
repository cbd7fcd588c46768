/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-onvif"

#include "config.h"

#include "onvif/icam-onvif.h"

#include <string.h>

#include "base/icam-text.h"
#include "onvif/icam-onvif-date-private.h"
#include "onvif/icam-onvif-profiles-private.h"
#include "onvif/icam-onvif-transport-private.h"
#include "onvif/icam-onvif-uri-private.h"

/* For a whole answer, in ms. */
#define HELLO_TIMEOUT 3000
#define ANSWER_TIMEOUT 5000

static const char *const http_schemes[] = { "http", "https", NULL };
static const char *const stream_schemes[] = { "rtsp", "rtsps", NULL };

typedef enum
{
  SERVICE_DEVICE,
  SERVICE_MEDIA,
  SERVICE_MEDIA2,
  N_SERVICES,
} Service;

static const char *const spaces[N_SERVICES] = { ICAM_NS_DEVICE, ICAM_NS_MEDIA, ICAM_NS_MEDIA2 };

struct _IcamOnvifDevice
{
  GObject parent_instance;

  char *url;
  GUri *uris[N_SERVICES]; /* the device service always; the others once they are known */
  gboolean knows_services;
  IcamOnvifTransport *transport;
};

G_DEFINE_TYPE (IcamOnvifDevice, icam_onvif_device, G_TYPE_OBJECT)

typedef struct _Job Job;
typedef struct _Step Step;

/* Takes an answer; NULL where the device has none to a question that may go without. May put further questions. An error ends the
 * job. */
typedef gboolean (*TakeAnswer) (Job     *job,
                                Step    *step,
                                xmlNode *answer,
                                GError **error);

/* A question of a job. */
struct _Step
{
  Service service;
  const char *operation;
  char *arguments; /* or NULL */
  gboolean open;
  gboolean needed; /* no answer ends the job */
  gboolean fault_will_do; /* a fault is an answer, although an empty one */
  guint timeout;
  TakeAnswer take;
  IcamOnvifProfile *profile; /* not owned, or NULL */
};

/* Questions that are put one after the other: small devices do not like several at a time. */
struct _Job
{
  IcamOnvifDevice *device; /* not owned: the task holds it */
  GQueue steps;
  gboolean (*more) (Job     *job,
                    GError **error); /* no question is left: puts further ones, or makes the result */
  GError *refusal;                   /* the first refusal that was passed over */
  GError *failure;                   /* the first other error that was */
  IcamOnvifInfo *info;
  char *hostname;
  GPtrArray *profiles;
  gboolean media2;
  gpointer result;
  GDestroyNotify result_free;
};

static void run (GTask *task);

static void
step_free (Step *step)
{
  g_free (step->arguments);
  g_free (step);
}

static void
job_free (Job *job)
{
  g_queue_clear_full (&job->steps, (GDestroyNotify) step_free);
  g_clear_error (&job->refusal);
  g_clear_error (&job->failure);
  g_clear_pointer (&job->info, icam_onvif_info_free);
  g_free (job->hostname);
  g_clear_pointer (&job->profiles, g_ptr_array_unref);
  g_free (job);
}

/* Takes the arguments over. */
static Step *
ask (Job        *job,
     Service     service,
     const char *operation,
     char       *arguments,
     TakeAnswer  take)
{
  Step *step = g_new0 (Step, 1);

  step->service = service;
  step->operation = operation;
  step->arguments = arguments;
  step->timeout = ANSWER_TIMEOUT;
  step->take = take;
  g_queue_push_tail (&job->steps, step);
  return step;
}

static gboolean
is_error (const GError *error,
          IcamError     code)
{
  return g_error_matches (error, ICAM_ERROR, (int) code);
}

static char *
dup_address (IcamOnvifDevice *self)
{
  GUri *uri = self->uris[SERVICE_DEVICE];
  const char *host = g_uri_get_host (uri);
  int port = icam_onvif_uri_get_port (uri);

  return strchr (host, ':') != NULL ? g_strdup_printf ("[%s]:%d", host, port) : g_strdup_printf ("%s:%d", host, port);
}

static void
set_error (GError         **error,
           IcamOnvifDevice *self,
           IcamError        code,
           const char      *detail)
{
  g_autofree char *address = dup_address (self);

  icam_error_set (error, code, "address", address, "detail", detail, NULL);
}

/* Behind NAT a device may name a port that only it knows; the one that we came by works. Returns whether it is worth a try. */
static gboolean
try_own_port (IcamOnvifDevice *self,
              Service          service)
{
  GUri *base = self->uris[SERVICE_DEVICE];
  GUri *uri = self->uris[service];

  if (service == SERVICE_DEVICE || icam_onvif_uri_get_port (uri) == icam_onvif_uri_get_port (base))
    return FALSE;

  self->uris[service] = g_uri_build (g_uri_get_flags (base), g_uri_get_scheme (base), NULL, g_uri_get_host (base),
                                     g_uri_get_port (base), g_uri_get_path (uri), g_uri_get_query (uri), NULL);
  g_uri_unref (uri);
  return TRUE;
}

/* Whether the job goes on without an answer to this step. Takes note of a refusal. */
static gboolean
can_go_on (Job          *job,
           Step         *step,
           const GError *error)
{
  gboolean refused = is_error (error, ICAM_ERROR_WRONG_PASSWORD) || is_error (error, ICAM_ERROR_PASSWORD_NEEDED);

  if (step->needed || is_error (error, ICAM_ERROR_UNREACHABLE) || error->domain != ICAM_ERROR)
    return FALSE;
  /* A device that does not even tell the time hangs. */
  if (step->open)
    return !is_error (error, ICAM_ERROR_TIMED_OUT);
  /* A password that was accepted before is right; this question is for administrators. */
  if (is_error (error, ICAM_ERROR_WRONG_PASSWORD) && !icam_onvif_transport_is_proven (job->device->transport))
    return FALSE;

  if (refused && job->refusal == NULL)
    job->refusal = g_error_copy (error);
  else if (!refused && job->failure == NULL)
    job->failure = g_error_copy (error);
  return TRUE;
}

static void
on_answer (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  Job *job = g_task_get_task_data (task);
  IcamOnvifDevice *self = job->device;
  Step *step = g_queue_peek_head (&job->steps);
  g_autoptr (GError) error = NULL;
  g_autoptr (IcamSoap) soap = icam_onvif_transport_ask_finish (ICAM_ONVIF_TRANSPORT (source), result, &error);
  xmlNode *answer = NULL;

  if (is_error (error, ICAM_ERROR_UNREACHABLE) && try_own_port (self, step->service))
    {
      run (task);
      return;
    }

  if (soap != NULL && icam_soap_is_fault (soap))
    {
      const char *reason = icam_soap_get_reason (soap);

      if (step->needed && !step->fault_will_do)
        set_error (&error, self, ICAM_ERROR_BAD_ANSWER, reason != NULL ? reason : icam_soap_get_fault (soap));
    }
  else if (soap != NULL)
    {
      g_autofree char *name = g_strconcat (step->operation, "Response", NULL);

      answer = icam_soap_get_answer (soap, spaces[step->service], name);
      if (answer == NULL)
        set_error (&error, self, ICAM_ERROR_BAD_ANSWER, "an answer to another question");
    }

  step = g_queue_pop_head (&job->steps);
  if (error != NULL && can_go_on (job, step, error))
    g_clear_error (&error);
  if (error == NULL)
    step->take (job, step, answer, &error);
  step_free (step);

  if (error != NULL)
    g_task_return_error (task, g_steal_pointer (&error));
  else
    run (task);
}

static void
run (GTask *task)
{
  Job *job = g_task_get_task_data (task);
  IcamOnvifDevice *self = job->device;
  g_autoptr (GError) error = NULL;
  Step *step = g_queue_peek_head (&job->steps);

  if (step == NULL && !job->more (job, &error))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }

  step = g_queue_peek_head (&job->steps);
  if (step == NULL)
    {
      g_task_return_pointer (task, g_steal_pointer (&job->result), job->result_free);
      return;
    }

  icam_onvif_transport_ask_async (self->transport,
                                  &(IcamOnvifQuestion){
                                    .uri = self->uris[step->service],
                                    .space = spaces[step->service],
                                    .operation = step->operation,
                                    .arguments = step->arguments,
                                    .open = step->open,
                                    .timeout = step->timeout,
                                  },
                                  g_task_get_cancellable (task), on_answer, g_object_ref (task));
}

static GTask *
new_job (IcamOnvifDevice    *self,
         GCancellable       *cancellable,
         GAsyncReadyCallback callback,
         gpointer            user_data,
         gpointer            tag,
         Job               **job)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  *job = g_new0 (Job, 1);
  (*job)->device = self;
  g_queue_init (&(*job)->steps);
  g_task_set_source_tag (task, tag);
  g_task_set_task_data (task, *job, (GDestroyNotify) job_free);
  return task;
}

/* The clock: GetSystemDateAndTime needs no credentials, and a token must be made in the device's own time. */

static gboolean
take_date (Job     *job,
           Step    *step,
           xmlNode *answer,
           GError **error)
{
  gint64 utc;

  if (answer != NULL && icam_onvif_date_read (answer, &utc))
    icam_onvif_transport_set_device_time (job->device->transport, utc);
  return TRUE;
}

static void
ask_date (Job *job)
{
  Step *step = ask (job, SERVICE_DEVICE, "GetSystemDateAndTime", NULL, take_date);

  step->open = TRUE;
  step->timeout = HELLO_TIMEOUT;
}

static gboolean
make_hello (Job     *job,
            GError **error)
{
  return TRUE;
}

/**
 * icam_onvif_device_hello_async:
 * @self: a device
 * @cancellable: (nullable): ends it
 * @callback: called when it is known
 * @user_data: for it
 *
 * Asks without credentials for the time: is there an ONVIF device at all? Its clock is known afterwards.
 */
void
icam_onvif_device_hello_async (IcamOnvifDevice     *self,
                               GCancellable        *cancellable,
                               GAsyncReadyCallback  callback,
                               gpointer             user_data)
{
  Job *job;
  g_autoptr (GTask) task = new_job (self, cancellable, callback, user_data, icam_onvif_device_hello_async, &job);
  Step *step;

  g_return_if_fail (ICAM_IS_ONVIF_DEVICE (self));

  job->more = make_hello;
  ask_date (job);
  step = g_queue_peek_head (&job->steps);
  step->needed = TRUE;
  /* What answers in SOAP at this place is one, whatever it says. */
  step->fault_will_do = TRUE;
  run (task);
}

/**
 * icam_onvif_device_hello_finish:
 * @self: a device
 * @result: as given to the callback
 * @error: return location: ICAM_ERROR_UNREACHABLE, TIMED_OUT; NOT_A_CAMERA: something else answers there; PASSWORD_NEEDED: what
 *   answers wants a password first, and so does not say what it is
 *
 * Returns: whether there is an ONVIF device
 */
gboolean
icam_onvif_device_hello_finish (IcamOnvifDevice *self,
                                GAsyncResult    *result,
                                GError         **error)
{
  g_autoptr (GError) local = NULL;

  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  g_task_propagate_pointer (G_TASK (result), &local);
  if (local == NULL)
    return TRUE;

  if (is_error (local, ICAM_ERROR_BAD_ANSWER))
    {
      g_clear_error (&local);
      set_error (&local, self, ICAM_ERROR_NOT_A_CAMERA, NULL);
    }
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/* What it is. */

static gboolean
take_information (Job     *job,
                  Step    *step,
                  xmlNode *answer,
                  GError **error)
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
has_address (xmlNode    *interface,
             const char *address)
{
  static const char *const lists[] = {
    "IPv4/Config/Manual", "IPv4/Config/LinkLocal", "IPv4/Config/FromDHCP", "IPv6/Config/Manual",
    "IPv6/Config/LinkLocal", "IPv6/Config/FromDHCP", "IPv6/Config/FromRA",
  };

  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    for (xmlNode *node = icam_soap_child (interface, lists[i]); node != NULL; node = icam_soap_next (node))
      {
        g_autofree char *text = icam_soap_dup_text (node, "Address");

        if (text != NULL && address != NULL && g_ascii_strcasecmp (text, address) == 0)
          return TRUE;
      }

  return FALSE;
}

static gboolean
take_interfaces (Job     *job,
                 Step    *step,
                 xmlNode *answer,
                 GError **error)
{
  const char *peer = icam_onvif_transport_get_peer (job->device->transport);
  gboolean best_enabled = FALSE;

  for (xmlNode *node = icam_soap_child (answer, "NetworkInterfaces"); node != NULL; node = icam_soap_next (node))
    {
      g_autofree char *text = icam_soap_dup_text (node, "Info/HwAddress");
      g_autofree char *mac = icam_text_clean_mac (text);
      g_autofree char *enabled_text = icam_soap_dup_text (node, "Enabled");
      gboolean enabled = g_strcmp0 (enabled_text, "true") == 0 || g_strcmp0 (enabled_text, "1") == 0;
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
take_endpoint (Job     *job,
               Step    *step,
               xmlNode *answer,
               GError **error)
{
  g_autofree char *text = icam_soap_dup_text (answer, "GUID");

  job->info->endpoint = icam_text_clean_uuid (text);
  return TRUE;
}

static gboolean
take_hostname (Job     *job,
               Step    *step,
               xmlNode *answer,
               GError **error)
{
  job->info->name = icam_soap_dup_clean (answer, "HostnameInformation/Name");
  /* Not a name, but what a host without one is called. */
  if (g_strcmp0 (job->info->name, "localhost") == 0)
    g_clear_pointer (&job->info->name, g_free);
  return TRUE;
}

/* "onvif://www.onvif.org/name/Front%20door" (ONVIF core specification, section 7.3.2.2). */
static gboolean
take_scopes (Job     *job,
             Step    *step,
             xmlNode *answer,
             GError **error)
{
  static const char prefix[] = "onvif://www.onvif.org/name/";

  for (xmlNode *node = icam_soap_child (answer, "Scopes"); node != NULL; node = icam_soap_next (node))
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

  ask (job, SERVICE_DEVICE, "GetHostname", NULL, take_hostname);
  return TRUE;
}

static gboolean
make_info (Job     *job,
           GError **error)
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
 * Asks what the device is: the evidence of its identity. Chooses the kind of authentication by trying.
 */
void
icam_onvif_device_get_info_async (IcamOnvifDevice     *self,
                                  GCancellable        *cancellable,
                                  GAsyncReadyCallback  callback,
                                  gpointer             user_data)
{
  Job *job;
  g_autoptr (GTask) task = new_job (self, cancellable, callback, user_data, icam_onvif_device_get_info_async, &job);

  g_return_if_fail (ICAM_IS_ONVIF_DEVICE (self));

  job->more = make_info;
  job->info = g_new0 (IcamOnvifInfo, 1);
  job->result_free = (GDestroyNotify) icam_onvif_info_free;
  if (!icam_onvif_transport_knows_time (self->transport))
    ask_date (job);
  ask (job, SERVICE_DEVICE, "GetDeviceInformation", NULL, take_information)->needed = TRUE;
  ask (job, SERVICE_DEVICE, "GetNetworkInterfaces", NULL, take_interfaces);
  ask (job, SERVICE_DEVICE, "GetEndpointReference", NULL, take_endpoint);
  ask (job, SERVICE_DEVICE, "GetScopes", NULL, take_scopes);
  run (task);
}

/**
 * icam_onvif_device_get_info_finish:
 * @self: a device
 * @result: as given to the callback
 * @error: return location: ICAM_ERROR_UNREACHABLE, TIMED_OUT, WRONG_PASSWORD, PASSWORD_NEEDED, BAD_ANSWER
 *
 * Returns: (transfer full) (nullable): what it said; what it did not say is %NULL
 */
IcamOnvifInfo *
icam_onvif_device_get_info_finish (IcamOnvifDevice *self,
                                   GAsyncResult    *result,
                                   GError         **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/* Its channels. */

static void
set_service (IcamOnvifDevice *self,
             Service          service,
             char            *text)
{
  g_autofree char *owned = text;
  GUri *uri = icam_onvif_uri_on_host (owned, self->uris[SERVICE_DEVICE], http_schemes);

  if (uri == NULL)
    return;

  g_clear_pointer (&self->uris[service], g_uri_unref);
  self->uris[service] = uri;
}

static gboolean
take_capabilities (Job     *job,
                   Step    *step,
                   xmlNode *answer,
                   GError **error)
{
  if (answer != NULL)
    set_service (job->device, SERVICE_MEDIA, icam_soap_dup_text (answer, "Capabilities/Media/XAddr"));
  return TRUE;
}

static gboolean
take_services (Job     *job,
               Step    *step,
               xmlNode *answer,
               GError **error)
{
  IcamOnvifDevice *self = job->device;

  for (xmlNode *node = icam_soap_child (answer, "Service"); node != NULL; node = icam_soap_next (node))
    {
      g_autofree char *space = icam_soap_dup_text (node, "Namespace");

      for (int service = SERVICE_MEDIA; service < N_SERVICES; service++)
        if (g_strcmp0 (space, spaces[service]) == 0)
          set_service (self, (Service) service, icam_soap_dup_text (node, "XAddr"));
    }

  /* Older devices know only this; a few know both and leave media out of the former. */
  if (self->uris[SERVICE_MEDIA] == NULL)
    ask (job, SERVICE_DEVICE, "GetCapabilities", g_strdup ("<q:Category>All</q:Category>"), take_capabilities);
  return TRUE;
}

static gboolean
take_stream_uri (Job     *job,
                 Step    *step,
                 xmlNode *answer,
                 GError **error)
{
  g_autofree char *text = icam_soap_dup_text (answer, job->media2 ? "Uri" : "MediaUri/Uri");
  g_autoptr (GUri) uri = icam_onvif_uri_on_host (text, job->device->uris[SERVICE_DEVICE], stream_schemes);

  if (uri != NULL)
    step->profile->stream->uri = g_uri_to_string (uri);
  else
    step->profile->dead = TRUE;
  return TRUE;
}

static gboolean
take_snapshot_uri (Job     *job,
                   Step    *step,
                   xmlNode *answer,
                   GError **error)
{
  g_autofree char *text = icam_soap_dup_text (answer, job->media2 ? "Uri" : "MediaUri/Uri");
  g_autoptr (GUri) uri = icam_onvif_uri_on_host (text, job->device->uris[SERVICE_DEVICE], http_schemes);

  if (uri != NULL)
    step->profile->stream->snapshot_uri = g_uri_to_string (uri);
  return TRUE;
}

static gboolean
no_stream (Job     *job,
           GError **error)
{
  if (job->refusal != NULL)
    g_propagate_error (error, g_steal_pointer (&job->refusal));
  else if (job->failure != NULL)
    g_propagate_error (error, g_steal_pointer (&job->failure));
  else
    set_error (error, job->device, ICAM_ERROR_NO_STREAM, NULL);
  return FALSE;
}

/* The profiles are known: asks where those are that are wanted. One that has no stream leaves its place to the next best. */
static gboolean
make_channels (Job     *job,
               GError **error)
{
  Service service = job->media2 ? SERVICE_MEDIA2 : SERVICE_MEDIA;
  g_autoptr (GPtrArray) picked = icam_onvif_profiles_pick (job->profiles);

  for (guint i = 0; i < picked->len; i++)
    {
      IcamOnvifProfile *profile = g_ptr_array_index (picked, i);
      g_autofree char *token = g_markup_escape_text (profile->stream->profile, -1);

      if (profile->asked)
        continue;

      profile->asked = TRUE;
      /* ONVIF streaming specification, section 5.1.1: RTP over RTSP over TCP. */
      ask (job, service, "GetStreamUri",
           job->media2 ? g_strdup_printf ("<q:Protocol>RTSP</q:Protocol><q:ProfileToken>%s</q:ProfileToken>", token)
                       : g_strdup_printf ("<q:StreamSetup><tt:Stream>RTP-Unicast</tt:Stream><tt:Transport>"
                                          "<tt:Protocol>RTSP</tt:Protocol></tt:Transport></q:StreamSetup>"
                                          "<q:ProfileToken>%s</q:ProfileToken>",
                                          token),
           take_stream_uri)
        ->profile = profile;
      ask (job, service, "GetSnapshotUri", g_strdup_printf ("<q:ProfileToken>%s</q:ProfileToken>", token),
           take_snapshot_uri)
        ->profile = profile;
    }
  if (!g_queue_is_empty (&job->steps))
    return TRUE;

  if (picked->len == 0)
    return no_stream (job, error);

  job->result = icam_onvif_profiles_group (job->profiles);
  return TRUE;
}

static gboolean
take_profiles (Job     *job,
               Step    *step,
               xmlNode *answer,
               GError **error)
{
  g_clear_pointer (&job->profiles, g_ptr_array_unref);
  job->media2 = step->service == SERVICE_MEDIA2;
  job->profiles = icam_onvif_profiles_read (answer, job->media2);
  job->more = make_channels;

  /* Media 1 knows no H.265; a device may offer it there all the same, or offer nothing. */
  if (job->profiles->len == 0 && !job->media2 && job->device->uris[SERVICE_MEDIA2] != NULL)
    ask (job, SERVICE_MEDIA2, "GetProfiles", g_strdup ("<q:Type>All</q:Type>"), take_profiles);
  return TRUE;
}

static gboolean
ask_profiles (Job     *job,
              GError **error)
{
  IcamOnvifDevice *self = job->device;

  if (self->uris[SERVICE_MEDIA] != NULL)
    ask (job, SERVICE_MEDIA, "GetProfiles", NULL, take_profiles)->needed = self->uris[SERVICE_MEDIA2] == NULL;
  else if (self->uris[SERVICE_MEDIA2] != NULL)
    ask (job, SERVICE_MEDIA2, "GetProfiles", g_strdup ("<q:Type>All</q:Type>"), take_profiles)->needed = TRUE;
  else
    return no_stream (job, error);

  self->knows_services = TRUE;
  return TRUE;
}

/**
 * icam_onvif_device_get_channels_async:
 * @self: a device
 * @cancellable: (nullable): ends it
 * @callback: called when they are known
 * @user_data: for it
 *
 * Asks for the profiles, groups them to channels by their video source, and asks where the streams of these are.
 */
void
icam_onvif_device_get_channels_async (IcamOnvifDevice     *self,
                                      GCancellable        *cancellable,
                                      GAsyncReadyCallback  callback,
                                      gpointer             user_data)
{
  Job *job;
  g_autoptr (GTask) task = new_job (self, cancellable, callback, user_data, icam_onvif_device_get_channels_async, &job);

  g_return_if_fail (ICAM_IS_ONVIF_DEVICE (self));

  job->more = ask_profiles;
  job->result_free = (GDestroyNotify) g_ptr_array_unref;
  if (!icam_onvif_transport_knows_time (self->transport))
    ask_date (job);
  if (!self->knows_services)
    ask (job, SERVICE_DEVICE, "GetServices", g_strdup ("<q:IncludeCapability>false</q:IncludeCapability>"),
         take_services);
  run (task);
}

/**
 * icam_onvif_device_get_channels_finish:
 * @self: a device
 * @result: as given to the callback
 * @error: return location: ICAM_ERROR_UNREACHABLE, TIMED_OUT, WRONG_PASSWORD, PASSWORD_NEEDED, BAD_ANSWER, NO_STREAM
 *
 * Returns: (transfer full) (nullable) (element-type IcamOnvifChannel): at least one channel; each has a main stream with an URI
 */
GPtrArray *
icam_onvif_device_get_channels_finish (IcamOnvifDevice *self,
                                       GAsyncResult    *result,
                                       GError         **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
icam_onvif_device_finalize (GObject *object)
{
  IcamOnvifDevice *self = ICAM_ONVIF_DEVICE (object);

  g_clear_object (&self->transport);
  for (int i = 0; i < N_SERVICES; i++)
    g_clear_pointer (&self->uris[i], g_uri_unref);
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
icam_onvif_device_new (const char *address,
                       GError    **error)
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
  self->uris[SERVICE_DEVICE] = g_steal_pointer (&uri);
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
icam_onvif_device_set_credentials (IcamOnvifDevice *self,
                                   const char      *user,
                                   IcamSecret      *secret)
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
icam_onvif_device_set_auth (IcamOnvifDevice *self,
                            IcamOnvifAuth    remembered)
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
