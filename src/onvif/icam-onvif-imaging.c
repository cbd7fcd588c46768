/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-onvif"

#include "config.h"

#include "onvif/icam-onvif-imaging.h"

#include "onvif/icam-onvif-answers-private.h"
#include "onvif/icam-onvif-job-private.h"

/* No device counts farther. */
#define MAX_VALUE 1e6

/* Names of the schema's elements, and ours. */
static const struct
{
  const char *element, *name;
} values[ICAM_N_IMAGING] = {
  [ICAM_IMAGING_BRIGHTNESS] = { "Brightness", "brightness" },
  [ICAM_IMAGING_SATURATION] = { "ColorSaturation", "saturation" },
  [ICAM_IMAGING_CONTRAST] = { "Contrast", "contrast" },
  [ICAM_IMAGING_SHARPNESS] = { "Sharpness", "sharpness" },
};

static const struct
{
  IcamIrCut ir_cut;
  const char *word, *name;
} ir_cuts[] = {
  { ICAM_IR_CUT_ON, "ON", "on" },
  { ICAM_IR_CUT_OFF, "OFF", "off" },
  { ICAM_IR_CUT_AUTO, "AUTO", "auto" },
};

/* What a job carries. */
typedef struct
{
  char *source;
  IcamImagingChange change;
} Order;

static void
order_free (gpointer data)
{
  Order *order = data;

  g_free (order->source);
  g_free (order);
}

/**
 * icam_imaging_value_name:
 * @value: one of the values
 *
 * Returns: (transfer none): its name: "brightness"
 */
const char *
icam_imaging_value_name (IcamImagingValue value)
{
  return values[value].name;
}

/**
 * icam_ir_cut_to_string:
 * @ir_cut: where the filter is
 *
 * Returns: (transfer none): "on", "off", "auto", or "" where it is not known
 */
const char *
icam_ir_cut_to_string (IcamIrCut ir_cut)
{
  for (guint i = 0; i < G_N_ELEMENTS (ir_cuts); i++)
    if (ir_cuts[i].ir_cut == ir_cut)
      return ir_cuts[i].name;

  return "";
}

/**
 * icam_ir_cut_from_string:
 * @text: (nullable): "on", "off" or "auto"; any case
 *
 * Returns: what it names, or ICAM_IR_CUT_UNKNOWN
 */
IcamIrCut
icam_ir_cut_from_string (const char *text)
{
  for (guint i = 0; text != NULL && i < G_N_ELEMENTS (ir_cuts); i++)
    if (g_ascii_strcasecmp (text, ir_cuts[i].name) == 0)
      return ir_cuts[i].ir_cut;

  return ICAM_IR_CUT_UNKNOWN;
}

static char *
source_argument (const Order *order)
{
  return g_markup_printf_escaped ("<q:VideoSourceToken>%s</q:VideoSourceToken>", order->source);
}

/**
 * icam_imaging_read_settings:
 * @imaging: what is known so far
 * @answer: (nullable): an answer
 *
 * Takes what it says.
 */
void
icam_imaging_read_settings (IcamImaging *imaging, xmlNode *answer)
{
  xmlNode *settings = icam_soap_child (answer, "ImagingSettings");
  g_autofree char *ir_cut = icam_soap_dup_text (settings, "IrCutFilter");

  for (guint i = 0; i < ICAM_N_IMAGING; i++)
    imaging->values[i].known
      = icam_soap_get_number (settings, values[i].element, -MAX_VALUE, MAX_VALUE, &imaging->values[i].value);
  imaging->ir_cut = icam_ir_cut_from_string (ir_cut);
}

static gboolean
take_settings (IcamOnvifJob *job, IcamOnvifStep *step, xmlNode *answer, GError **error)
{
  icam_imaging_read_settings (job->result, answer);
  return TRUE;
}

/**
 * icam_imaging_read_options:
 * @imaging: what is known so far
 * @answer: (nullable): an answer
 *
 * Takes what it says.
 */
void
icam_imaging_read_options (IcamImaging *imaging, xmlNode *answer)
{
  xmlNode *options = icam_soap_child (answer, "ImagingOptions");

  for (guint i = 0; i < ICAM_N_IMAGING; i++)
    {
      xmlNode *range = icam_soap_child (options, values[i].element);

      imaging->values[i].ranged = icam_soap_get_number (range, "Min", -MAX_VALUE, MAX_VALUE, &imaging->values[i].min)
                                  && icam_soap_get_number (range, "Max", imaging->values[i].min, MAX_VALUE,
                                                           &imaging->values[i].max);
    }
  for (xmlNode *node = icam_soap_child (options, "IrCutFilterModes"); node != NULL; node = icam_soap_next (node))
    {
      g_autofree char *text = icam_soap_dup_text (node, "");

      imaging->ir_cut_options |= (guint) icam_ir_cut_from_string (text);
    }
}

static gboolean
take_options (IcamOnvifJob *job, IcamOnvifStep *step, xmlNode *answer, GError **error)
{
  icam_imaging_read_options (job->result, answer);
  return TRUE;
}

static GTask *
begin (IcamOnvifDevice *self, const char *source, GCancellable *cancellable, GAsyncReadyCallback callback,
       gpointer user_data, gpointer tag, IcamOnvifJob **job)
{
  GTask *task = icam_onvif_job_new (self, cancellable, callback, user_data, tag, job);
  Order *order = g_new0 (Order, 1);

  order->source = g_strdup (source);
  (*job)->order = order;
  (*job)->order_free = order_free;
  if (!icam_onvif_transport_knows_time (self->transport))
    icam_onvif_job_ask_date (*job);
  icam_onvif_job_ask_services (*job);
  return task;
}

static gboolean
put_questions (IcamOnvifJob *job, GError **error)
{
  if (!icam_onvif_job_require (job, ICAM_ONVIF_SERVICE_IMAGING, error))
    return FALSE;

  icam_onvif_job_order (job, ICAM_ONVIF_SERVICE_IMAGING, "GetImagingSettings", source_argument (job->order),
                        take_settings);
  icam_onvif_job_ask (job, ICAM_ONVIF_SERVICE_IMAGING, "GetOptions", source_argument (job->order), take_options);
  job->more = icam_onvif_job_end;
  return TRUE;
}

/**
 * icam_onvif_imaging_get_async:
 * @self: a device
 * @source: token of a video source
 * @cancellable: (nullable): ends it
 * @callback: called when it is known
 * @user_data: for it
 *
 * Asks how the source's picture is made (imaging specification, section 5.1).
 */
void
icam_onvif_imaging_get_async (IcamOnvifDevice     *self,
                              const char          *source,
                              GCancellable        *cancellable,
                              GAsyncReadyCallback  callback,
                              gpointer             user_data)
{
  IcamOnvifJob *job;
  g_autoptr (GTask) task
    = begin (self, source, cancellable, callback, user_data, icam_onvif_imaging_get_async, &job);

  job->result = g_new0 (IcamImaging, 1);
  job->result_free = g_free;
  job->more = put_questions;
  icam_onvif_job_run (task);
}

/**
 * icam_onvif_imaging_get_finish:
 * @self: a device
 * @result: as given to the callback
 * @error: return location, also ICAM_ERROR_NOT_SUPPORTED
 *
 * Returns: (transfer full) (nullable): what it says; free with g_free()
 */
IcamImaging *
icam_onvif_imaging_get_finish (IcamOnvifDevice *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
append_value (GString *text, const IcamImagingChange *change, IcamImagingValue value)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  if (change->set[value])
    g_string_append_printf (text, "<tt:%s>%s</tt:%s>", values[value].element,
                            g_ascii_formatd (buffer, sizeof buffer, "%g", change->values[value]),
                            values[value].element);
}

/* In the order of the schema (ImagingSettings20). */
static gboolean
put_change (IcamOnvifJob *job, GError **error)
{
  Order *order = job->order;
  g_autofree char *source = source_argument (order);
  g_autoptr (GString) text = g_string_new (source);

  if (!icam_onvif_job_require (job, ICAM_ONVIF_SERVICE_IMAGING, error))
    return FALSE;

  g_string_append (text, "<q:ImagingSettings>");
  append_value (text, &order->change, ICAM_IMAGING_BRIGHTNESS);
  append_value (text, &order->change, ICAM_IMAGING_SATURATION);
  append_value (text, &order->change, ICAM_IMAGING_CONTRAST);
  for (guint i = 0; i < G_N_ELEMENTS (ir_cuts); i++)
    if (ir_cuts[i].ir_cut == order->change.ir_cut)
      g_string_append_printf (text, "<tt:IrCutFilter>%s</tt:IrCutFilter>", ir_cuts[i].word);
  append_value (text, &order->change, ICAM_IMAGING_SHARPNESS);
  g_string_append (text, "</q:ImagingSettings><q:ForcePersistence>true</q:ForcePersistence>");
  icam_onvif_job_order (job, ICAM_ONVIF_SERVICE_IMAGING, "SetImagingSettings",
                        g_string_free (g_steal_pointer (&text), FALSE), NULL);
  job->more = icam_onvif_job_end;
  return TRUE;
}

/**
 * icam_onvif_imaging_set_async:
 * @self: a device
 * @source: token of a video source
 * @change: what is to be another one; copied
 * @cancellable: (nullable): ends it
 * @callback: called when the device has answered
 * @user_data: for it
 */
void
icam_onvif_imaging_set_async (IcamOnvifDevice         *self,
                              const char              *source,
                              const IcamImagingChange *change,
                              GCancellable            *cancellable,
                              GAsyncReadyCallback      callback,
                              gpointer                 user_data)
{
  IcamOnvifJob *job;
  g_autoptr (GTask) task
    = begin (self, source, cancellable, callback, user_data, icam_onvif_imaging_set_async, &job);

  ((Order *) job->order)->change = *change;
  job->more = put_change;
  icam_onvif_job_run (task);
}

/**
 * icam_onvif_imaging_set_finish:
 * @self: a device
 * @result: as given to the callback
 * @error: return location, also ICAM_ERROR_NOT_SUPPORTED, NOT_PERMITTED, OUT_OF_RANGE
 *
 * Returns: whether the device does it
 */
gboolean
icam_onvif_imaging_set_finish (IcamOnvifDevice *self, GAsyncResult *result, GError **error)
{
  return icam_onvif_order_finish (self, result, error);
}
