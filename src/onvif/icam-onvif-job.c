/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-onvif"

#include "config.h"

#include "onvif/icam-onvif-job-private.h"

#include <string.h>

#include "base/icam-secret.h"
#include "onvif/icam-onvif-date-private.h"
#include "onvif/icam-onvif-uri-private.h"

/* For a whole answer, in ms. */
#define DATE_TIMEOUT   3000
#define ANSWER_TIMEOUT 5000

const char *const icam_onvif_spaces[ICAM_ONVIF_N_SERVICES]
  = { ICAM_NS_DEVICE, ICAM_NS_MEDIA, ICAM_NS_MEDIA2, ICAM_NS_EVENTS, ICAM_NS_PTZ, ICAM_NS_IMAGING };

static void
step_free (IcamOnvifStep *step)
{
  /* A new password is told in plain words. */
  if (step->arguments != NULL)
    icam_secret_wipe (step->arguments, strlen (step->arguments));
  g_free (step->arguments);
  g_free (step);
}

static void
job_free (IcamOnvifJob *job)
{
  g_queue_clear_full (&job->steps, (GDestroyNotify) step_free);
  g_clear_error (&job->refusal);
  g_clear_error (&job->failure);
  g_clear_pointer (&job->info, icam_onvif_info_free);
  g_clear_pointer (&job->profiles, g_ptr_array_unref);
  if (job->order != NULL)
    job->order_free (job->order);
  if (job->result != NULL)
    job->result_free (job->result);
  g_free (job);
}

/**
 * icam_onvif_job_ask:
 * @job: a job
 * @service: whom to ask
 * @operation: what, a literal
 * @arguments: (transfer full) (nullable): XML inside of the operation's element
 * @take: takes the answer
 *
 * Puts a question at the end of the job's.
 *
 * Returns: (transfer none): it, for what is special about it
 */
IcamOnvifStep *
icam_onvif_job_ask (IcamOnvifJob     *job,
                    IcamOnvifService  service,
                    const char       *operation,
                    char             *arguments,
                    IcamOnvifTake     take)
{
  IcamOnvifStep *step = g_new0 (IcamOnvifStep, 1);

  step->service = service;
  step->operation = operation;
  step->arguments = arguments;
  step->timeout = ANSWER_TIMEOUT;
  step->take = take;
  g_queue_push_tail (&job->steps, step);
  return step;
}

/**
 * icam_onvif_is_error:
 * @error: (nullable): an error
 * @code: a code
 *
 * Returns: whether it is this one
 */
gboolean
icam_onvif_is_error (const GError *error, IcamError code)
{
  return g_error_matches (error, ICAM_ERROR, (int) code);
}

static char *
dup_address (IcamOnvifDevice *self)
{
  GUri *uri = self->uris[ICAM_ONVIF_SERVICE_DEVICE];
  const char *host = g_uri_get_host (uri);
  int port = icam_onvif_uri_get_port (uri);

  return strchr (host, ':') != NULL ? g_strdup_printf ("[%s]:%d", host, port)
                                    : g_strdup_printf ("%s:%d", host, port);
}

/**
 * icam_onvif_device_set_error:
 * @error: (nullable): return location
 * @self: the device, whose address is named
 * @code: what happened
 * @detail: (nullable): more of it
 */
void
icam_onvif_device_set_error (GError          **error,
                             IcamOnvifDevice  *self,
                             IcamError         code,
                             const char       *detail)
{
  g_autofree char *address = dup_address (self);

  icam_error_set (error, code, "address", address, "detail", detail, NULL);
}

/**
 * icam_onvif_device_try_own_port:
 * @self: a device
 * @uri: (inout): the address of one of its services, at which nothing answers
 *
 * Behind NAT a device may name a port that only it knows; the one that we came by works.
 *
 * Returns: whether the address is another one now, and worth a try
 */
gboolean
icam_onvif_device_try_own_port (IcamOnvifDevice *self, GUri **uri)
{
  GUri *base = self->uris[ICAM_ONVIF_SERVICE_DEVICE];
  GUri *old = *uri;

  if (icam_onvif_uri_get_port (old) == icam_onvif_uri_get_port (base))
    return FALSE;

  *uri
    = g_uri_build (g_uri_get_flags (base), g_uri_get_scheme (base), NULL, g_uri_get_host (base),
                   g_uri_get_port (base), g_uri_get_path (old), g_uri_get_query (old), NULL);
  g_uri_unref (old);
  return TRUE;
}

/**
 * icam_onvif_device_mend_error:
 * @self: a device
 * @error: (transfer full): what came of asking one of its services on the host that answered
 * @elsewhere: (nullable): the host that the device named for it, if it is another one
 *
 * Nobody is asked at a host that was not given; people are told of it.
 *
 * Returns: (transfer full): the error, or ICAM_ERROR_OTHER_HOST if the service is not here
 */
GError *
icam_onvif_device_mend_error (IcamOnvifDevice *self, GError *error, const char *elsewhere)
{
  g_autofree char *address = NULL;

  if (elsewhere == NULL
      || !(icam_onvif_is_error (error, ICAM_ERROR_UNREACHABLE)
           || icam_onvif_is_error (error, ICAM_ERROR_BAD_ANSWER)))
    return error;

  g_error_free (error);
  address = dup_address (self);
  return icam_error_new (ICAM_ERROR_OTHER_HOST, "address", address, "host", elsewhere, NULL);
}

/* Whether the job goes on without an answer to this step. Takes note of a refusal. */
static gboolean
can_go_on (IcamOnvifJob *job, IcamOnvifStep *step, const GError *error)
{
  gboolean refused = icam_onvif_is_error (error, ICAM_ERROR_WRONG_PASSWORD)
                     || icam_onvif_is_error (error, ICAM_ERROR_PASSWORD_NEEDED);

  if (step->needed || icam_onvif_is_error (error, ICAM_ERROR_UNREACHABLE)
      || error->domain != ICAM_ERROR)
    return FALSE;
  /* A device that does not even tell the time hangs. */
  if (step->open)
    return !icam_onvif_is_error (error, ICAM_ERROR_TIMED_OUT);
  /* A password that was accepted before is right; this question is for administrators. */
  if (icam_onvif_is_error (error, ICAM_ERROR_WRONG_PASSWORD)
      && !icam_onvif_transport_is_proven (job->device->transport))
    return FALSE;

  if (refused && job->refusal == NULL)
    job->refusal = g_error_copy (error);
  else if (!refused && job->failure == NULL)
    job->failure = g_error_copy (error);
  return TRUE;
}

static gboolean
take_proof (IcamOnvifJob *job, IcamOnvifStep *step, xmlNode *answer, GError **error)
{
  g_autoptr (GVariant) params = icam_error_get_params (job->refusal);
  const char *address = NULL, *user = NULL;

  g_variant_lookup (params, "address", "&s", &address);
  g_variant_lookup (params, "user", "&s", &user);
  icam_error_set (error, ICAM_ERROR_NOT_PERMITTED, "address", address, "user", user, NULL);
  return FALSE;
}

/* A device refuses what it was ordered and has let us in before. Either the name may not do that, or the password is
 * another one by now: what everybody may ask tells. */
static void
ask_for_proof (GTask *task, GError *refusal)
{
  IcamOnvifJob *job = g_task_get_task_data (task);

  g_queue_clear_full (&job->steps, (GDestroyNotify) step_free);
  g_clear_error (&job->refusal);
  job->refusal = refusal;
  icam_onvif_job_ask (job, ICAM_ONVIF_SERVICE_DEVICE, "GetDeviceInformation", NULL, take_proof)->needed = TRUE;
  icam_onvif_job_run (task);
}

static void
on_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  IcamOnvifJob *job = g_task_get_task_data (task);
  IcamOnvifDevice *self = job->device;
  IcamOnvifStep *step = g_queue_peek_head (&job->steps);
  g_autoptr (GError) error = NULL;
  g_autoptr (IcamSoap) soap
    = icam_onvif_transport_ask_finish (ICAM_ONVIF_TRANSPORT (source), result, &error);
  xmlNode *answer = NULL;

  if (icam_onvif_is_error (error, ICAM_ERROR_UNREACHABLE)
      && step->service != ICAM_ONVIF_SERVICE_DEVICE
      && icam_onvif_device_try_own_port (self, &self->uris[step->service]))
    {
      icam_onvif_job_run (task);
      return;
    }
  if (error != NULL)
    error = icam_onvif_device_mend_error (self, g_steal_pointer (&error),
                                          self->elsewhere[step->service]);

  if (step->order && icam_onvif_is_error (error, ICAM_ERROR_WRONG_PASSWORD)
      && icam_onvif_transport_is_proven (self->transport))
    {
      ask_for_proof (task, g_steal_pointer (&error));
      return;
    }

  if (soap != NULL && icam_soap_is_fault (soap) && step->order)
    {
      error = icam_onvif_fault_new (self, soap);
    }
  else if (soap != NULL && icam_soap_is_fault (soap))
    {
      const char *reason = icam_soap_get_reason (soap);

      if (step->needed && !step->fault_will_do)
        icam_onvif_device_set_error (&error, self, ICAM_ERROR_BAD_ANSWER,
                                     reason != NULL ? reason : icam_soap_get_fault (soap));
    }
  else if (soap != NULL)
    {
      g_autofree char *name = g_strconcat (step->operation, "Response", NULL);

      answer = icam_soap_get_answer (soap, icam_onvif_spaces[step->service], name);
      if (answer == NULL)
        icam_onvif_device_set_error (&error, self, ICAM_ERROR_BAD_ANSWER,
                                     "an answer to another question");
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
    icam_onvif_job_run (task);
}

/**
 * icam_onvif_job_run:
 * @task: the task of a job
 *
 * Puts its questions until none is left, and returns the task.
 */
void
icam_onvif_job_run (GTask *task)
{
  IcamOnvifJob *job = g_task_get_task_data (task);
  IcamOnvifDevice *self = job->device;
  g_autoptr (GError) error = NULL;
  IcamOnvifStep *step = g_queue_peek_head (&job->steps);

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
                                    .space = icam_onvif_spaces[step->service],
                                    .operation = step->operation,
                                    .arguments = step->arguments,
                                    .open = step->open,
                                    .once = step->once,
                                    .timeout = step->timeout,
                                  },
                                  g_task_get_cancellable (task), on_answer, g_object_ref (task));
}

/**
 * icam_onvif_job_new:
 * @self: a device
 * @cancellable: (nullable): ends it
 * @callback: called at the end
 * @user_data: for it
 * @tag: source tag
 * @job: (out) (transfer none): the job
 *
 * Returns: (transfer full): a task with a job that has no questions yet
 */
GTask *
icam_onvif_job_new (IcamOnvifDevice      *self,
                    GCancellable         *cancellable,
                    GAsyncReadyCallback   callback,
                    gpointer              user_data,
                    gpointer              tag,
                    IcamOnvifJob        **job)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  *job = g_new0 (IcamOnvifJob, 1);
  (*job)->device = self;
  g_queue_init (&(*job)->steps);
  g_task_set_source_tag (task, tag);
  g_task_set_task_data (task, *job, (GDestroyNotify) job_free);
  return task;
}

static gboolean
take_date (IcamOnvifJob *job, IcamOnvifStep *step, xmlNode *answer, GError **error)
{
  gint64 utc;

  if (answer != NULL && icam_onvif_date_read (answer, &utc))
    icam_onvif_transport_set_device_time (job->device->transport, utc);
  return TRUE;
}

/**
 * icam_onvif_job_ask_date:
 * @job: a job
 *
 * Asks for the device's clock: needs no credentials, and a token must be made in the device's own
 * time.
 *
 * Returns: (transfer none): the question
 */
IcamOnvifStep *
icam_onvif_job_ask_date (IcamOnvifJob *job)
{
  IcamOnvifStep *step
    = icam_onvif_job_ask (job, ICAM_ONVIF_SERVICE_DEVICE, "GetSystemDateAndTime", NULL, take_date);

  step->open = TRUE;
  step->timeout = DATE_TIMEOUT;
  return step;
}
