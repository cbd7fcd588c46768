/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-onvif"

#include "config.h"

#include "onvif/icam-onvif-ptz.h"

#include <math.h>

#include "base/icam-text.h"
#include "onvif/icam-onvif-answers-private.h"
#include "onvif/icam-onvif-job-private.h"

/* A device with more presets than this is not believed. */
#define MAX_PRESETS 1024
/* A move ends after this long at most, in s. */
#define MAX_SECONDS 60

/* Numbers in XML have a point, whatever the locale. */
#define NUMBER "%.4f"

static void
preset_free (IcamPtzPreset *preset)
{
  g_free (preset->token);
  g_free (preset->name);
  g_free (preset);
}

/**
 * icam_ptz_state_free:
 * @state: what a device said
 */
void
icam_ptz_state_free (IcamPtzState *state)
{
  g_ptr_array_unref (state->presets);
  g_free (state);
}

static char *
number (double value)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  return g_strdup (g_ascii_formatd (buffer, sizeof buffer, NUMBER, value));
}

/* The element of a vector (schema, PTZVector and PTZSpeed): what is left out stays as it is. No space is named: the device's
 * default ones are the generic spaces, whose bounds are 1. */
static char *
vector (const char *element, const IcamPtzOrder *order)
{
  g_autofree char *pan = number (order->pan);
  g_autofree char *tilt = number (order->tilt);
  g_autofree char *zoom = number (order->zoom);
  g_autofree char *turn = g_strdup_printf ("<tt:PanTilt x=\"%s\" y=\"%s\"/>", pan, tilt);
  g_autofree char *close = g_strdup_printf ("<tt:Zoom x=\"%s\"/>", zoom);

  return g_strdup_printf ("<q:%s>%s%s</q:%s>", element, order->no_pan_tilt ? "" : turn,
                          order->no_zoom ? "" : close, element);
}

static gboolean
take_preset (IcamOnvifJob *job, IcamOnvifStep *step, xmlNode *answer, GError **error)
{
  job->result = icam_soap_dup_text (answer, "PresetToken");
  return TRUE;
}

static const char *
operation_of (IcamPtzAction action)
{
  static const char *const names[] = {
    [ICAM_PTZ_MOVE] = "ContinuousMove",     [ICAM_PTZ_STOP] = "Stop",
    [ICAM_PTZ_GO] = "AbsoluteMove",         [ICAM_PTZ_HOME] = "GotoHomePosition",
    [ICAM_PTZ_SET_HOME] = "SetHomePosition", [ICAM_PTZ_GOTO_PRESET] = "GotoPreset",
    [ICAM_PTZ_SET_PRESET] = "SetPreset",    [ICAM_PTZ_REMOVE_PRESET] = "RemovePreset",
  };

  return names[action];
}

/* What follows the profile's token in the order (PTZ specification, sections 5.3 to 5.5). */
static char *
arguments_of (const IcamPtzOrder *order)
{
  g_autofree char *text = NULL;
  g_autofree char *name = NULL;
  g_autofree char *preset = NULL;

  switch (order->action)
    {
    case ICAM_PTZ_MOVE:
      text = vector ("Velocity", order);
      return g_strdup_printf ("%s<q:Timeout>PT%uS</q:Timeout>", text, CLAMP (order->seconds, 1, MAX_SECONDS));
    case ICAM_PTZ_STOP:
      return g_strdup ("<q:PanTilt>true</q:PanTilt><q:Zoom>true</q:Zoom>");
    case ICAM_PTZ_GO:
      return vector ("Position", order);
    case ICAM_PTZ_SET_PRESET:
      name = order->name != NULL ? g_markup_printf_escaped ("<q:PresetName>%s</q:PresetName>", order->name) : NULL;
      preset
        = order->preset != NULL ? g_markup_printf_escaped ("<q:PresetToken>%s</q:PresetToken>", order->preset) : NULL;
      return g_strconcat (name != NULL ? name : "", preset != NULL ? preset : "", NULL);
    case ICAM_PTZ_GOTO_PRESET:
    case ICAM_PTZ_REMOVE_PRESET:
      return g_markup_printf_escaped ("<q:PresetToken>%s</q:PresetToken>", order->preset);
    case ICAM_PTZ_HOME:
    case ICAM_PTZ_SET_HOME:
    default:
      return g_strdup ("");
    }
}

/* What a job carries. */
typedef struct
{
  IcamOnvifPtz *ptz;
  IcamPtzAction action;
  char *arguments;
} Order;

static void
order_free (gpointer data)
{
  Order *order = data;

  icam_onvif_ptz_free (order->ptz);
  g_free (order->arguments);
  g_free (order);
}

static gboolean
put_order (IcamOnvifJob *job, GError **error)
{
  Order *order = job->order;
  IcamOnvifStep *step;

  if (!icam_onvif_job_require (job, ICAM_ONVIF_SERVICE_PTZ, error))
    return FALSE;

  step = icam_onvif_job_order (job, ICAM_ONVIF_SERVICE_PTZ, operation_of (order->action),
                               g_markup_printf_escaped ("<q:ProfileToken>%s</q:ProfileToken>", order->ptz->profile),
                               order->action == ICAM_PTZ_SET_PRESET ? take_preset : NULL);
  {
    g_autofree char *profile = g_steal_pointer (&step->arguments);

    step->arguments = g_strconcat (profile, order->arguments, NULL);
  }
  /* Two presets for one order would be one too many. */
  step->once = order->action == ICAM_PTZ_SET_PRESET;
  job->more = icam_onvif_job_end;
  return TRUE;
}

static gboolean
is_in_range (const IcamPtzOrder *order)
{
  gboolean place = order->action == ICAM_PTZ_GO;

  if (order->action != ICAM_PTZ_MOVE && !place)
    return TRUE;
  return fabs (order->pan) <= 1 && fabs (order->tilt) <= 1 && order->zoom >= (place ? 0 : -1) && order->zoom <= 1;
}

static GTask *
begin (IcamOnvifDevice *self, const IcamOnvifPtz *ptz, GCancellable *cancellable, GAsyncReadyCallback callback,
       gpointer user_data, gpointer tag, IcamOnvifJob **job)
{
  GTask *task = icam_onvif_job_new (self, cancellable, callback, user_data, tag, job);
  Order *order = g_new0 (Order, 1);

  order->ptz = icam_onvif_ptz_copy (ptz);
  (*job)->order = order;
  (*job)->order_free = order_free;
  if (!icam_onvif_transport_knows_time (self->transport))
    icam_onvif_job_ask_date (*job);
  icam_onvif_job_ask_services (*job);
  return task;
}

/**
 * icam_onvif_ptz_order_async:
 * @self: a device
 * @ptz: how the source is moved
 * @order: what to do; copied
 * @cancellable: (nullable): ends it
 * @callback: called when the device has answered: a move has begun then, and is not at its end
 * @user_data: for it
 */
void
icam_onvif_ptz_order_async (IcamOnvifDevice     *self,
                            const IcamOnvifPtz  *ptz,
                            const IcamPtzOrder  *order,
                            GCancellable        *cancellable,
                            GAsyncReadyCallback  callback,
                            gpointer             user_data)
{
  IcamOnvifJob *job;
  g_autoptr (GTask) task
    = begin (self, ptz, cancellable, callback, user_data, icam_onvif_ptz_order_async, &job);
  Order *put = job->order;

  /* Also what is no number at all. */
  if (!is_in_range (order))
    {
      GError *error = NULL;

      icam_onvif_device_set_error (&error, self, ICAM_ERROR_OUT_OF_RANGE, NULL);
      g_task_return_error (task, error);
      return;
    }

  put->action = order->action;
  put->arguments = arguments_of (order);
  job->more = put_order;
  job->result_free = g_free;
  icam_onvif_job_run (task);
}

/**
 * icam_onvif_ptz_order_finish:
 * @self: a device
 * @result: as given to the callback
 * @preset: (out) (optional) (nullable): token of the preset that was set
 * @error: return location
 *
 * Returns: whether the device does it
 */
gboolean
icam_onvif_ptz_order_finish (IcamOnvifDevice *self, GAsyncResult *result, char **preset, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autofree char *token = NULL;

  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  token = g_task_propagate_pointer (G_TASK (result), &local);
  if (preset != NULL)
    *preset = g_steal_pointer (&token);
  if (local == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&local));
  return FALSE;
}

/* ---- what is there ---- */

/**
 * icam_ptz_read_node:
 * @state: what is known so far
 * @answer: (nullable): an answer
 *
 * Takes what it says.
 */
void
icam_ptz_read_node (IcamPtzState *state, xmlNode *answer)
{
  int number_of_presets;

  state->home = icam_onvif_is_true (answer, "PTZNode/HomeSupported");
  if (icam_soap_get_int (answer, "PTZNode/MaximumNumberOfPresets", 0, G_MAXINT, &number_of_presets))
    state->max_presets = (guint) number_of_presets;
}

static gboolean
take_node (IcamOnvifJob *job, IcamOnvifStep *step, xmlNode *answer, GError **error)
{
  icam_ptz_read_node (job->result, answer);
  return TRUE;
}

/**
 * icam_ptz_read_status:
 * @state: what is known so far
 * @answer: (nullable): an answer
 *
 * Takes what it says.
 */
void
icam_ptz_read_status (IcamPtzState *state, xmlNode *answer)
{
  xmlNode *status = icam_soap_child (answer, "PTZStatus");
  g_autofree char *turning = icam_soap_dup_text (status, "MoveStatus/PanTilt");
  g_autofree char *zooming = icam_soap_dup_text (status, "MoveStatus/Zoom");
  xmlNode *place = icam_soap_child (status, "Position/PanTilt");
  gboolean pan_tilt = icam_soap_get_number (place, "@x", -1, 1, &state->pan)
                      && icam_soap_get_number (place, "@y", -1, 1, &state->tilt);
  gboolean zoom = icam_soap_get_number (icam_soap_child (status, "Position/Zoom"), "@x", 0, 1, &state->zoom);

  state->placed = pan_tilt || zoom;
  state->moving = g_strcmp0 (turning, "MOVING") == 0 || g_strcmp0 (zooming, "MOVING") == 0;
}

static gboolean
take_status (IcamOnvifJob *job, IcamOnvifStep *step, xmlNode *answer, GError **error)
{
  icam_ptz_read_status (job->result, answer);
  return TRUE;
}

/**
 * icam_ptz_read_presets:
 * @state: what is known so far
 * @answer: (nullable): an answer
 *
 * Takes what it says.
 */
void
icam_ptz_read_presets (IcamPtzState *state, xmlNode *answer)
{
  for (xmlNode *node = icam_soap_child (answer, "Preset"); node != NULL && state->presets->len < MAX_PRESETS;
       node = icam_soap_next (node))
    {
      char *token = icam_soap_dup_attribute (node, "token");
      IcamPtzPreset *preset;

      if (token == NULL || *token == '\0')
        {
          g_free (token);
          continue;
        }
      preset = g_new0 (IcamPtzPreset, 1);
      preset->token = token;
      preset->name = icam_soap_dup_clean (node, "Name");
      if (preset->name == NULL)
        preset->name = icam_text_clean (token, -1);
      g_ptr_array_add (state->presets, preset);
    }
}

static gboolean
take_presets (IcamOnvifJob *job, IcamOnvifStep *step, xmlNode *answer, GError **error)
{
  icam_ptz_read_presets (job->result, answer);
  return TRUE;
}

static gboolean
put_questions (IcamOnvifJob *job, GError **error)
{
  Order *order = job->order;
  IcamOnvifPtz *ptz = order->ptz;

  if (!icam_onvif_job_require (job, ICAM_ONVIF_SERVICE_PTZ, error))
    return FALSE;

  if (ptz->node != NULL)
    icam_onvif_job_ask (job, ICAM_ONVIF_SERVICE_PTZ, "GetNode",
                        g_markup_printf_escaped ("<q:NodeToken>%s</q:NodeToken>", ptz->node), take_node);
  icam_onvif_job_ask (job, ICAM_ONVIF_SERVICE_PTZ, "GetStatus",
                      g_markup_printf_escaped ("<q:ProfileToken>%s</q:ProfileToken>", ptz->profile), take_status);
  icam_onvif_job_ask (job, ICAM_ONVIF_SERVICE_PTZ, "GetPresets",
                      g_markup_printf_escaped ("<q:ProfileToken>%s</q:ProfileToken>", ptz->profile), take_presets);
  job->more = icam_onvif_job_end;
  return TRUE;
}

/**
 * icam_onvif_ptz_ask_async:
 * @self: a device
 * @ptz: how the source is moved
 * @cancellable: (nullable): ends it
 * @callback: called when it is known
 * @user_data: for it
 *
 * Asks for presets, home and where it looks. What the device does not tell is not there.
 */
void
icam_onvif_ptz_ask_async (IcamOnvifDevice     *self,
                          const IcamOnvifPtz  *ptz,
                          GCancellable        *cancellable,
                          GAsyncReadyCallback  callback,
                          gpointer             user_data)
{
  IcamOnvifJob *job;
  g_autoptr (GTask) task
    = begin (self, ptz, cancellable, callback, user_data, icam_onvif_ptz_ask_async, &job);
  IcamPtzState *state = g_new0 (IcamPtzState, 1);

  state->presets = g_ptr_array_new_with_free_func ((GDestroyNotify) preset_free);
  job->result = state;
  job->result_free = (GDestroyNotify) icam_ptz_state_free;
  job->more = put_questions;
  icam_onvif_job_run (task);
}

/**
 * icam_onvif_ptz_ask_finish:
 * @self: a device
 * @result: as given to the callback
 * @error: return location
 *
 * Returns: (transfer full) (nullable): what it says
 */
IcamPtzState *
icam_onvif_ptz_ask_finish (IcamOnvifDevice *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
