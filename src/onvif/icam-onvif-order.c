/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-onvif"

#include "config.h"

#include "onvif/icam-onvif-job-private.h"

/* What the faults mean that devices answer to an order, by their innermost code (ONVIF core specification, section 8; PTZ
 * specification, section 5; imaging specification, section 5). */
static const struct
{
  const char *fault;
  IcamError error;
  const char *what;
} faults[] = {
  { "ActionNotSupported", ICAM_ERROR_NOT_SUPPORTED, NULL },
  { "OptionalActionNotImplemented", ICAM_ERROR_NOT_SUPPORTED, NULL },
  { "PTZNotSupported", ICAM_ERROR_NOT_SUPPORTED, NULL },
  { "NoPTZProfile", ICAM_ERROR_NOT_SUPPORTED, NULL },
  { "SpaceNotSupported", ICAM_ERROR_NOT_SUPPORTED, NULL },
  { "NoImagingForSource", ICAM_ERROR_NOT_SUPPORTED, NULL },
  { "InvalidPosition", ICAM_ERROR_OUT_OF_RANGE, NULL },
  { "InvalidTranslation", ICAM_ERROR_OUT_OF_RANGE, NULL },
  { "InvalidVelocity", ICAM_ERROR_OUT_OF_RANGE, NULL },
  { "InvalidSpeed", ICAM_ERROR_OUT_OF_RANGE, NULL },
  { "TooManyPresets", ICAM_ERROR_OUT_OF_RANGE, NULL },
  { "SettingsInvalid", ICAM_ERROR_OUT_OF_RANGE, NULL },
  { "ConfigModify", ICAM_ERROR_OUT_OF_RANGE, NULL },
  { "InvalidDateTime", ICAM_ERROR_OUT_OF_RANGE, NULL },
  { "InvalidTimeZone", ICAM_ERROR_OUT_OF_RANGE, NULL },
  { "NoToken", ICAM_ERROR_NOT_FOUND, "preset" },
  { "NoHomePosition", ICAM_ERROR_NOT_FOUND, "home" },
  { "RelayToken", ICAM_ERROR_NOT_FOUND, "relay" },
  { "PresetExist", ICAM_ERROR_INVALID_ARGUMENT, "name" },
  { "InvalidPresetName", ICAM_ERROR_INVALID_ARGUMENT, "name" },
  { "PasswordTooLong", ICAM_ERROR_INVALID_ARGUMENT, "password" },
  { "PasswordTooWeak", ICAM_ERROR_INVALID_ARGUMENT, "password" },
  { "Password", ICAM_ERROR_INVALID_ARGUMENT, "password" },
  { "FixedUser", ICAM_ERROR_NOT_PERMITTED, NULL },
};

/**
 * icam_onvif_fault_new:
 * @self: the device
 * @soap: the fault that it answers to an order
 *
 * Returns: (transfer full): what it means: NOT_SUPPORTED, OUT_OF_RANGE, NOT_FOUND, INVALID_ARGUMENT, NOT_PERMITTED; else
 * REFUSED, with what the device says of it
 */
GError *
icam_onvif_fault_new (IcamOnvifDevice *self, IcamSoap *soap)
{
  const char *fault = icam_soap_get_fault (soap);
  const char *detail = icam_soap_get_reason (soap);
  GError *error = NULL;

  if (detail == NULL)
    detail = fault;
  for (guint i = 0; i < G_N_ELEMENTS (faults); i++)
    if (g_strcmp0 (fault, faults[i].fault) == 0)
      {
        if (faults[i].what != NULL)
          return icam_error_new (faults[i].error, "what", faults[i].what, "detail", detail, NULL);
        icam_onvif_device_set_error (&error, self, faults[i].error, detail);
        return error;
      }

  icam_onvif_device_set_error (&error, self, ICAM_ERROR_REFUSED, detail);
  return error;
}

static gboolean
take_nothing (IcamOnvifJob *job, IcamOnvifStep *step, xmlNode *answer, GError **error)
{
  return TRUE;
}

/**
 * icam_onvif_job_order:
 * @job: a job
 * @service: whom to tell
 * @operation: what to do, a literal
 * @arguments: (transfer full) (nullable): XML inside of the operation's element
 * @take: (nullable): takes the answer
 *
 * Tells the device to do something: a fault ends the job and becomes the error that it means. Without the right to it the error
 * is ICAM_ERROR_NOT_PERMITTED where the password is right.
 *
 * Returns: (transfer none): the question, for what is special about it
 */
IcamOnvifStep *
icam_onvif_job_order (IcamOnvifJob    *job,
                      IcamOnvifService service,
                      const char      *operation,
                      char            *arguments,
                      IcamOnvifTake    take)
{
  IcamOnvifStep *step = icam_onvif_job_ask (job, service, operation, arguments, take != NULL ? take : take_nothing);

  step->needed = TRUE;
  step->order = TRUE;
  return step;
}

/**
 * icam_onvif_job_require:
 * @job: a job that has asked for services
 * @service: one of them
 * @error: return location: ICAM_ERROR_NOT_SUPPORTED; a refusal if that is why it is not known
 *
 * Returns: whether the device has it
 */
gboolean
icam_onvif_job_require (IcamOnvifJob *job, IcamOnvifService service, GError **error)
{
  if (job->device->uris[service] != NULL)
    return TRUE;

  if (job->refusal != NULL)
    g_propagate_error (error, g_steal_pointer (&job->refusal));
  else if (job->failure != NULL)
    g_propagate_error (error, g_steal_pointer (&job->failure));
  else
    icam_onvif_device_set_error (error, job->device, ICAM_ERROR_NOT_SUPPORTED, NULL);
  return FALSE;
}

/**
 * icam_onvif_is_true:
 * @parent: (nullable): an element
 * @path: path of an element below it
 *
 * Returns: whether it says so (XML Schema, boolean)
 */
gboolean
icam_onvif_is_true (xmlNode *parent, const char *path)
{
  g_autofree char *text = icam_soap_dup_text (parent, path);

  return g_strcmp0 (text, "true") == 0 || g_strcmp0 (text, "1") == 0;
}

/**
 * icam_onvif_job_end:
 * @job: a job whose result is made
 * @error: return location, never set
 *
 * For "more": there is no more.
 *
 * Returns: %TRUE
 */
gboolean
icam_onvif_job_end (IcamOnvifJob *job, GError **error)
{
  return TRUE;
}

/**
 * icam_onvif_order_finish:
 * @self: a device
 * @result: of a job without a result
 * @error: return location
 *
 * Returns: whether it went to its end
 */
gboolean
icam_onvif_order_finish (IcamOnvifDevice *self, GAsyncResult *result, GError **error)
{
  g_autoptr (GError) local = NULL;

  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  g_task_propagate_pointer (G_TASK (result), &local);
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}
