/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-onvif"

#include "config.h"

#include "onvif/icam-onvif-encoder-private.h"

#include "onvif/icam-onvif-job-private.h"

/* What a job carries. */
typedef struct
{
  char *profile, *main_profile;
  gboolean set;
  IcamEncoding to;
  IcamEncoder *encoder; /* once it is found */
  gboolean shared;
  char *arguments;      /* what sets it */
} Order;

static gboolean take_profiles (IcamOnvifJob  *job,
                               IcamOnvifStep *step,
                               xmlNode       *answer,
                               GError       **error);

static void
order_free (gpointer data)
{
  Order *order = data;

  g_clear_pointer (&order->encoder, icam_encoder_free);
  g_free (order->profile);
  g_free (order->main_profile);
  g_free (order->arguments);
  g_free (order);
}

/* Media 2 knows all there is; but not every device that has it has it complete. */
static void
ask_media1 (IcamOnvifJob *job)
{
  Order *order = job->order;

  g_clear_pointer (&order->encoder, icam_encoder_free);
  g_clear_pointer (&order->arguments, g_free);
  job->media2 = FALSE;
  if (!job->asked_media1 && job->device->uris[ICAM_ONVIF_SERVICE_MEDIA] != NULL)
    {
      job->asked_media1 = TRUE;
      icam_onvif_job_ask (job, ICAM_ONVIF_SERVICE_MEDIA, "GetProfiles", NULL, take_profiles);
    }
}

static gboolean
take_options (IcamOnvifJob *job, IcamOnvifStep *step, xmlNode *answer, GError **error)
{
  Order *order = job->order;

  if (answer == NULL && job->media2 && job->device->uris[ICAM_ONVIF_SERVICE_MEDIA] != NULL)
    ask_media1 (job);
  else
    icam_encoder_read_options (order->encoder, answer, job->media2);
  return TRUE;
}

static gboolean
take_profiles (IcamOnvifJob *job, IcamOnvifStep *step, xmlNode *answer, GError **error)
{
  Order *order = job->order;
  xmlNode *configuration;

  order->encoder
    = icam_encoder_read (answer, job->media2, order->profile, order->main_profile, &configuration, &order->shared);
  if (order->encoder == NULL)
    {
      ask_media1 (job);
      return TRUE;
    }

  if (order->set)
    order->arguments = icam_encoder_write (order->encoder, configuration, job->media2, &order->to);
  icam_onvif_job_ask (job, job->media2 ? ICAM_ONVIF_SERVICE_MEDIA2 : ICAM_ONVIF_SERVICE_MEDIA,
                      "GetVideoEncoderConfigurationOptions",
                      g_markup_printf_escaped ("<q:ConfigurationToken>%s</q:ConfigurationToken>", order->encoder->token),
                      take_options);
  return TRUE;
}

/* It is known what there is: makes the result, or tells the device. */
static gboolean
conclude (IcamOnvifJob *job, GError **error)
{
  Order *order = job->order;

  job->more = icam_onvif_job_end;
  if (order->encoder == NULL && (job->refusal != NULL || job->failure != NULL))
    {
      g_propagate_error (error, job->refusal != NULL ? g_steal_pointer (&job->refusal) : g_steal_pointer (&job->failure));
      return FALSE;
    }
  if (order->encoder == NULL || order->shared || (order->set && order->arguments == NULL))
    {
      icam_onvif_device_set_error (error, job->device, ICAM_ERROR_NOT_SUPPORTED, NULL);
      return FALSE;
    }
  if (!order->set)
    {
      job->result = g_steal_pointer (&order->encoder);
      return TRUE;
    }

  if (!job->media2)
    {
      char *arguments = g_strconcat (order->arguments, "<q:ForcePersistence>true</q:ForcePersistence>", NULL);

      g_free (order->arguments);
      order->arguments = arguments;
    }
  icam_onvif_job_order (job, job->media2 ? ICAM_ONVIF_SERVICE_MEDIA2 : ICAM_ONVIF_SERVICE_MEDIA,
                        "SetVideoEncoderConfiguration", g_steal_pointer (&order->arguments), NULL);
  return TRUE;
}

static gboolean
ask_profiles (IcamOnvifJob *job, GError **error)
{
  job->more = conclude;
  if (job->device->uris[ICAM_ONVIF_SERVICE_MEDIA2] != NULL)
    {
      job->media2 = TRUE;
      icam_onvif_job_ask (job, ICAM_ONVIF_SERVICE_MEDIA2, "GetProfiles", g_strdup ("<q:Type>All</q:Type>"), take_profiles);
      return TRUE;
    }

  ask_media1 (job);
  return job->asked_media1 || conclude (job, error);
}

static GTask *
begin (IcamOnvifDevice *self, const char *profile, const char *main_profile, GCancellable *cancellable,
       GAsyncReadyCallback callback, gpointer user_data, gpointer tag, IcamOnvifJob **job)
{
  GTask *task = icam_onvif_job_new (self, cancellable, callback, user_data, tag, job);
  Order *order = g_new0 (Order, 1);

  order->profile = g_strdup (profile);
  order->main_profile = g_strdup (main_profile);
  (*job)->order = order;
  (*job)->order_free = order_free;
  (*job)->more = ask_profiles;
  if (!icam_onvif_transport_knows_time (self->transport))
    icam_onvif_job_ask_date (*job);
  icam_onvif_job_ask_services (*job);
  return task;
}

/**
 * icam_onvif_encoder_get_async:
 * @self: a device
 * @profile: token of a media profile
 * @main_profile: (nullable): that of the main stream, whose encoder must be another one
 * @cancellable: (nullable): ends it
 * @callback: called when it is known
 * @user_data: for it
 *
 * Asks how the profile's pictures are encoded and how they could be, Media 2 first.
 */
void
icam_onvif_encoder_get_async (IcamOnvifDevice     *self,
                              const char          *profile,
                              const char          *main_profile,
                              GCancellable        *cancellable,
                              GAsyncReadyCallback  callback,
                              gpointer             user_data)
{
  IcamOnvifJob *job;
  g_autoptr (GTask) task
    = begin (self, profile, main_profile, cancellable, callback, user_data, icam_onvif_encoder_get_async, &job);

  job->result_free = (GDestroyNotify) icam_encoder_free;
  icam_onvif_job_run (task);
}

/**
 * icam_onvif_encoder_get_finish:
 * @self: a device
 * @result: as given to the callback
 * @error: return location, also ICAM_ERROR_NOT_SUPPORTED: no such encoder, or it is the main stream's too
 *
 * Returns: (transfer full) (nullable): the encoder
 */
IcamEncoder *
icam_onvif_encoder_get_finish (IcamOnvifDevice *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * icam_onvif_encoder_set_async:
 * @self: a device
 * @profile: token of a media profile
 * @main_profile: (nullable): that of the main stream, whose encoder must be another one
 * @to: how it is to be encoded
 * @cancellable: (nullable): ends it
 * @callback: called when the device has answered
 * @user_data: for it
 *
 * All else of the encoder is told to the device as it tells it itself (Media specification, section 5.8.5; Media 2, section
 * 5.5.5). What it made of that is asked afterwards: devices take what comes near.
 */
void
icam_onvif_encoder_set_async (IcamOnvifDevice     *self,
                              const char          *profile,
                              const char          *main_profile,
                              const IcamEncoding  *to,
                              GCancellable        *cancellable,
                              GAsyncReadyCallback  callback,
                              gpointer             user_data)
{
  IcamOnvifJob *job;
  g_autoptr (GTask) task
    = begin (self, profile, main_profile, cancellable, callback, user_data, icam_onvif_encoder_set_async, &job);
  Order *order = job->order;

  order->set = TRUE;
  order->to = *to;
  icam_onvif_job_run (task);
}

/**
 * icam_onvif_encoder_set_finish:
 * @self: a device
 * @result: as given to the callback
 * @error: return location, also ICAM_ERROR_NOT_SUPPORTED, NOT_PERMITTED, OUT_OF_RANGE, REFUSED
 *
 * Returns: whether the device says that it does
 */
gboolean
icam_onvif_encoder_set_finish (IcamOnvifDevice *self, GAsyncResult *result, GError **error)
{
  return icam_onvif_order_finish (self, result, error);
}
