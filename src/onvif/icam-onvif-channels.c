/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-onvif"

#include "config.h"

#include "onvif/icam-onvif-job-private.h"

#include "onvif/icam-onvif-uri-private.h"

static const char *const http_schemes[] = { "http", "https", NULL };
static const char *const stream_schemes[] = { "rtsp", "rtsps", NULL };

static gboolean take_profiles (IcamOnvifJob   *job,
                               IcamOnvifStep  *step,
                               xmlNode        *answer,
                               GError        **error);

static gboolean
take_stream_uri (IcamOnvifJob *job, IcamOnvifStep *step, xmlNode *answer, GError **error)
{
  g_autofree char *text = icam_soap_dup_text (answer, job->media2 ? "Uri" : "MediaUri/Uri");
  g_autoptr (GUri) uri
    = icam_onvif_uri_on_host (text, job->device->uris[ICAM_ONVIF_SERVICE_DEVICE], stream_schemes);

  if (uri != NULL)
    step->profile->stream->uri = g_uri_to_string (uri);
  else
    step->profile->dead = TRUE;
  return TRUE;
}

static gboolean
take_snapshot_uri (IcamOnvifJob *job, IcamOnvifStep *step, xmlNode *answer, GError **error)
{
  g_autofree char *text = icam_soap_dup_text (answer, job->media2 ? "Uri" : "MediaUri/Uri");
  g_autoptr (GUri) uri
    = icam_onvif_uri_on_host (text, job->device->uris[ICAM_ONVIF_SERVICE_DEVICE], http_schemes);

  if (uri != NULL)
    step->profile->stream->snapshot_uri = g_uri_to_string (uri);
  return TRUE;
}

static gboolean
no_stream (IcamOnvifJob *job, GError **error)
{
  if (job->refusal != NULL)
    g_propagate_error (error, g_steal_pointer (&job->refusal));
  else if (job->failure != NULL)
    g_propagate_error (error, g_steal_pointer (&job->failure));
  else
    icam_onvif_device_set_error (error, job->device, ICAM_ERROR_NO_STREAM, NULL);
  return FALSE;
}

/* Asks the first media service for its profiles, once. Returns whether it is asked. */
static gboolean
ask_media1 (IcamOnvifJob *job)
{
  if (job->asked_media1 || job->device->uris[ICAM_ONVIF_SERVICE_MEDIA] == NULL)
    return FALSE;

  job->asked_media1 = TRUE;
  icam_onvif_job_ask (job, ICAM_ONVIF_SERVICE_MEDIA, "GetProfiles", NULL, take_profiles)->needed
    = job->device->uris[ICAM_ONVIF_SERVICE_MEDIA2] == NULL;
  return TRUE;
}

/* The profiles are known: asks where those are that are wanted. One that has no stream leaves its
 * place to the next best. */
static gboolean
make_channels (IcamOnvifJob *job, GError **error)
{
  IcamOnvifService service = job->media2 ? ICAM_ONVIF_SERVICE_MEDIA2 : ICAM_ONVIF_SERVICE_MEDIA;
  g_autoptr (GPtrArray) picked = icam_onvif_profiles_pick (job->profiles);

  for (guint i = 0; i < picked->len; i++)
    {
      IcamOnvifProfile *profile = g_ptr_array_index (picked, i);
      g_autofree char *token = g_markup_escape_text (profile->stream->profile, -1);
      IcamOnvifStep *step;
      char *arguments;

      if (profile->asked)
        continue;

      profile->asked = TRUE;
      /* ONVIF streaming specification, section 5.1.1: RTP over RTSP over TCP. */
      if (job->media2)
        arguments = g_strdup_printf (
          "<q:Protocol>RTSP</q:Protocol><q:ProfileToken>%s</q:ProfileToken>", token);
      else
        arguments = g_strdup_printf ("<q:StreamSetup><tt:Stream>RTP-Unicast</tt:Stream>"
                                     "<tt:Transport><tt:Protocol>RTSP</tt:Protocol></tt:Transport>"
                                     "</q:StreamSetup><q:ProfileToken>%s</q:ProfileToken>",
                                     token);
      step = icam_onvif_job_ask (job, service, "GetStreamUri", arguments, take_stream_uri);
      step->profile = profile;

      if (!profile->snapshot)
        continue;
      arguments = g_strdup_printf ("<q:ProfileToken>%s</q:ProfileToken>", token);
      step = icam_onvif_job_ask (job, service, "GetSnapshotUri", arguments, take_snapshot_uri);
      step->profile = profile;
    }
  if (!g_queue_is_empty (&job->steps))
    return TRUE;

  if (picked->len == 0)
    return ask_media1 (job) || no_stream (job, error);

  job->result = icam_onvif_profiles_group (job->profiles);
  return TRUE;
}

/* Events name configurations and profiles as often as sources. */
static void
learn_sources (IcamOnvifDevice *self, GPtrArray *profiles)
{
  g_hash_table_remove_all (self->sources);
  g_hash_table_remove_all (self->aliases);
  for (guint i = 0; i < profiles->len; i++)
    {
      IcamOnvifProfile *profile = g_ptr_array_index (profiles, i);
      const char *tokens[]
        = { profile->configuration, profile->analytics, profile->stream->profile };

      g_hash_table_add (self->sources, g_strdup (profile->source));
      for (guint j = 0; j < G_N_ELEMENTS (tokens); j++)
        if (tokens[j] != NULL && !g_hash_table_contains (self->aliases, tokens[j]))
          g_hash_table_insert (self->aliases, g_strdup (tokens[j]), g_strdup (profile->source));
    }
}

static gboolean
take_profiles (IcamOnvifJob *job, IcamOnvifStep *step, xmlNode *answer, GError **error)
{
  g_clear_pointer (&job->profiles, g_ptr_array_unref);
  job->media2 = step->service == ICAM_ONVIF_SERVICE_MEDIA2;
  job->profiles = icam_onvif_profiles_read (answer, job->media2);
  job->more = make_channels;
  if (job->profiles->len > 0)
    learn_sources (job->device, job->profiles);
  else
    ask_media1 (job);
  return TRUE;
}

/* Media 2 tells all there is, H.265 too; but not every device that has it has it complete. */
static gboolean
ask_profiles (IcamOnvifJob *job, GError **error)
{
  IcamOnvifDevice *self = job->device;
  IcamOnvifStep *step;

  if (self->uris[ICAM_ONVIF_SERVICE_MEDIA2] == NULL)
    return ask_media1 (job) || no_stream (job, error);

  step = icam_onvif_job_ask (job, ICAM_ONVIF_SERVICE_MEDIA2, "GetProfiles",
                             g_strdup ("<q:Type>All</q:Type>"), take_profiles);
  step->needed = self->uris[ICAM_ONVIF_SERVICE_MEDIA] == NULL;
  return TRUE;
}

/**
 * icam_onvif_device_get_channels_async:
 * @self: a device
 * @cancellable: (nullable): ends it
 * @callback: called when they are known
 * @user_data: for it
 *
 * Asks for the profiles, groups them to channels by their video source, and asks where the streams
 * of these are.
 */
void
icam_onvif_device_get_channels_async (IcamOnvifDevice     *self,
                                      GCancellable        *cancellable,
                                      GAsyncReadyCallback  callback,
                                      gpointer             user_data)
{
  IcamOnvifJob *job;
  g_autoptr (GTask) task = icam_onvif_job_new (self, cancellable, callback, user_data,
                                               icam_onvif_device_get_channels_async, &job);

  g_return_if_fail (ICAM_IS_ONVIF_DEVICE (self));

  job->more = ask_profiles;
  job->result_free = (GDestroyNotify) g_ptr_array_unref;
  if (!icam_onvif_transport_knows_time (self->transport))
    icam_onvif_job_ask_date (job);
  icam_onvif_job_ask_services (job);
  icam_onvif_job_run (task);
}

/**
 * icam_onvif_device_get_channels_finish:
 * @self: a device
 * @result: as given to the callback
 * @error: return location: ICAM_ERROR_UNREACHABLE, TIMED_OUT, WRONG_PASSWORD, PASSWORD_NEEDED,
 * BAD_ANSWER, NO_STREAM
 *
 * Returns: (transfer full) (nullable) (element-type IcamOnvifChannel): at least one channel; each
 * has a main stream with an URI
 */
GPtrArray *
icam_onvif_device_get_channels_finish (IcamOnvifDevice *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
