/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-recorder"

#include "config.h"

#include "recorder/icam-camera-control.h"

#include "onvif/icam-onvif-imaging.h"
#include "onvif/icam-onvif-ptz.h"
#include "recorder/icam-reply.h"

#define MOVE_SECONDS 1
#define MAX_MOVE_SECONDS 10
/* The device ends a move by itself so much later than we do: for when we are gone. */
#define GRACE_SECONDS 1
#define MAX_ORDERS 8

struct _IcamCameraControl
{
  GObject parent_instance;
  IcamDBusCamera *skeleton;
  IcamDeviceSession *device;
  IcamUuid channel;

  GQueue orders; /* of Order, not sent yet */
  gboolean busy; /* one is on its way */
  guint stop_id; /* a move goes on until then */
  GCancellable *cancellable;
};

G_DEFINE_FINAL_TYPE (IcamCameraControl, icam_camera_control, G_TYPE_OBJECT)

/* What the device is told, and who waits for it. */
typedef struct
{
  IcamCameraControl *self;
  GDBusMethodInvocation *invocation; /* NULL: our own stop */
  IcamPtzOrder order;
  char *preset, *name;
} Order;

static void send_next (IcamCameraControl *self);

static void
order_free (Order *order)
{
  g_object_unref (order->self);
  g_free (order->preset);
  g_free (order->name);
  g_free (order);
}

/* Takes the order. */
static void
answer (Order      *order,
        const char *preset,
        GError     *error)
{
  if (order->invocation == NULL)
    {
      if (error != NULL)
        g_debug ("A move is ended by the camera itself: %s", error->message);
      g_clear_error (&error);
    }
  else if (error != NULL)
    {
      icam_reply_error (order->invocation, error);
    }
  else if (order->order.action == ICAM_PTZ_SET_PRESET)
    {
      g_dbus_method_invocation_return_value (order->invocation, g_variant_new ("(s)", preset != NULL ? preset : ""));
    }
  else
    {
      g_dbus_method_invocation_return_value (order->invocation, NULL);
    }
  order_free (order);
}

static void
push (IcamCameraControl     *self,
      GDBusMethodInvocation *invocation,
      const IcamPtzOrder    *wanted)
{
  Order *order = g_new0 (Order, 1);

  order->self = g_object_ref (self);
  order->invocation = invocation;
  order->order = *wanted;
  order->order.preset = order->preset = g_strdup (wanted->preset);
  order->order.name = order->name = g_strdup (wanted->name);

  /* A move that has not begun yet is none when another one, or a stop, comes after it. */
  if (wanted->action == ICAM_PTZ_MOVE || wanted->action == ICAM_PTZ_STOP)
    for (GList *link = self->orders.head, *next; link != NULL; link = next)
      {
        Order *waiting = link->data;

        next = link->next;
        if (waiting->order.action == ICAM_PTZ_MOVE)
          {
            g_queue_delete_link (&self->orders, link);
            answer (waiting, NULL, NULL);
          }
      }
  g_clear_handle_id (&self->stop_id, g_source_remove);
  if (self->orders.length >= MAX_ORDERS)
    {
      answer (order, NULL, icam_error_new (ICAM_ERROR_BUSY, NULL, NULL));
      return;
    }
  g_queue_push_tail (&self->orders, order);
  send_next (self);
}

static void
on_move_over (gpointer user_data)
{
  IcamCameraControl *self = user_data;

  self->stop_id = 0;
  push (self, NULL, &(IcamPtzOrder) { .action = ICAM_PTZ_STOP });
}

static void
on_ordered (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  Order *order = user_data;
  g_autoptr (IcamCameraControl) self = g_object_ref (order->self);
  g_autofree char *preset = NULL;
  GError *error = NULL;
  gboolean done = icam_onvif_ptz_order_finish (ICAM_ONVIF_DEVICE (source), result, &preset, &error);

  self->busy = FALSE;
  if (done && order->order.action == ICAM_PTZ_MOVE && self->device != NULL && self->orders.length == 0)
    {
      g_clear_handle_id (&self->stop_id, g_source_remove);
      self->stop_id = g_timeout_add_once ((order->order.seconds - GRACE_SECONDS) * 1000, on_move_over, self);
    }
  answer (order, preset, error);
  send_next (self);
}

static void
send_next (IcamCameraControl *self)
{
  while (!self->busy && self->device != NULL && self->orders.length > 0)
    {
      Order *order = g_queue_pop_head (&self->orders);
      const IcamOnvifPtz *ptz = icam_device_session_get_ptz (self->device, &self->channel);
      GError *error = NULL;
      IcamOnvifDevice *onvif = icam_device_session_get_onvif (self->device, &error);

      if (error == NULL && ptz == NULL)
        error = icam_error_new (ICAM_ERROR_NOT_SUPPORTED, "address", icam_device_session_get_row (self->device)->address,
                                NULL);
      if (error != NULL)
        {
          answer (order, NULL, error);
          continue;
        }

      /* What it cannot do is not asked for, so that it does the rest. */
      order->order.no_pan_tilt = !(ptz->abilities & ICAM_PTZ_PAN_TILT);
      order->order.no_zoom = !(ptz->abilities & ICAM_PTZ_ZOOM);
      self->busy = TRUE;
      icam_onvif_ptz_order_async (onvif, ptz, &order->order, self->cancellable, on_ordered, order);
    }
}

/* ---- moving ---- */

static gboolean
on_ptz_move (IcamDBusCamera        *skeleton,
             GDBusMethodInvocation *invocation,
             double                 pan,
             double                 tilt,
             double                 zoom,
             GVariant              *options,
             IcamCameraControl     *self)
{
  guint seconds = MOVE_SECONDS;

  g_variant_lookup (options, "seconds", "u", &seconds);
  if (seconds < 1 || seconds > MAX_MOVE_SECONDS)
    return icam_reply_error (invocation, icam_error_new (ICAM_ERROR_INVALID_ARGUMENT, "what", "seconds", NULL));

  push (self, invocation,
        &(IcamPtzOrder) {
          .action = ICAM_PTZ_MOVE, .pan = pan, .tilt = tilt, .zoom = zoom, .seconds = seconds + GRACE_SECONDS,
        });
  return TRUE;
}

static gboolean
on_ptz_go (IcamDBusCamera        *skeleton,
           GDBusMethodInvocation *invocation,
           double                 pan,
           double                 tilt,
           double                 zoom,
           GVariant              *options,
           IcamCameraControl     *self)
{
  push (self, invocation, &(IcamPtzOrder) { .action = ICAM_PTZ_GO, .pan = pan, .tilt = tilt, .zoom = zoom });
  return TRUE;
}

static gboolean
on_ptz_stop (IcamDBusCamera        *skeleton,
             GDBusMethodInvocation *invocation,
             GVariant              *options,
             IcamCameraControl     *self)
{
  push (self, invocation, &(IcamPtzOrder) { .action = ICAM_PTZ_STOP });
  return TRUE;
}

static gboolean
on_ptz_home (IcamDBusCamera        *skeleton,
             GDBusMethodInvocation *invocation,
             GVariant              *options,
             IcamCameraControl     *self)
{
  push (self, invocation, &(IcamPtzOrder) { .action = ICAM_PTZ_HOME });
  return TRUE;
}

static gboolean
on_ptz_set_home (IcamDBusCamera        *skeleton,
                 GDBusMethodInvocation *invocation,
                 GVariant              *options,
                 IcamCameraControl     *self)
{
  push (self, invocation, &(IcamPtzOrder) { .action = ICAM_PTZ_SET_HOME });
  return TRUE;
}

static gboolean
on_ptz_goto_preset (IcamDBusCamera        *skeleton,
                    GDBusMethodInvocation *invocation,
                    const char            *preset,
                    GVariant              *options,
                    IcamCameraControl     *self)
{
  push (self, invocation, &(IcamPtzOrder) { .action = ICAM_PTZ_GOTO_PRESET, .preset = preset });
  return TRUE;
}

static gboolean
on_ptz_set_preset (IcamDBusCamera        *skeleton,
                   GDBusMethodInvocation *invocation,
                   const char            *token,
                   const char            *name,
                   GVariant              *options,
                   IcamCameraControl     *self)
{
  g_autofree char *clean = icam_clean_name (name, "");

  if (*clean == '\0' && *token == '\0')
    return icam_reply_error (invocation, icam_error_new (ICAM_ERROR_INVALID_ARGUMENT, "what", "name", NULL));

  push (self, invocation,
        &(IcamPtzOrder) {
          .action = ICAM_PTZ_SET_PRESET, .preset = *token != '\0' ? token : NULL, .name = *clean != '\0' ? clean : NULL,
        });
  return TRUE;
}

static gboolean
on_ptz_remove_preset (IcamDBusCamera        *skeleton,
                      GDBusMethodInvocation *invocation,
                      const char            *preset,
                      GVariant              *options,
                      IcamCameraControl     *self)
{
  push (self, invocation, &(IcamPtzOrder) { .action = ICAM_PTZ_REMOVE_PRESET, .preset = preset });
  return TRUE;
}

/* Somebody waits for an answer of the device. */
typedef struct
{
  IcamCameraControl *self;
  GDBusMethodInvocation *invocation;
  char *source;
  IcamImagingChange change;
  GVariant *before;
} Question;

static Question *
question_new (IcamCameraControl     *self,
              GDBusMethodInvocation *invocation)
{
  Question *question = g_new0 (Question, 1);

  question->self = g_object_ref (self);
  question->invocation = invocation;
  question->source = icam_device_session_dup_source (self->device, &self->channel);
  return question;
}

static void
question_free (Question *question)
{
  g_clear_pointer (&question->before, g_variant_unref);
  g_object_unref (question->self);
  g_free (question->source);
  g_free (question);
}

/* Takes the question. */
static void
fail (Question *question,
      GError   *error)
{
  icam_reply_error (question->invocation, error);
  question_free (question);
}

static void
on_state (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  Question *question = user_data;
  GError *error = NULL;
  g_autoptr (IcamPtzState) state = icam_onvif_ptz_ask_finish (ICAM_ONVIF_DEVICE (source), result, &error);
  GVariantBuilder presets = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(ss)"));
  GVariantDict dict = G_VARIANT_DICT_INIT (NULL);

  if (state == NULL)
    {
      g_variant_builder_clear (&presets);
      g_variant_dict_clear (&dict);
      fail (question, error);
      return;
    }

  for (guint i = 0; i < state->presets->len; i++)
    {
      const IcamPtzPreset *preset = state->presets->pdata[i];

      g_variant_builder_add (&presets, "(ss)", preset->token, preset->name != NULL ? preset->name : preset->token);
    }
  g_variant_dict_insert (&dict, "home", "b", state->home);
  g_variant_dict_insert (&dict, "max-presets", "u", state->max_presets);
  g_variant_dict_insert (&dict, "moving", "b", state->moving);
  if (state->placed)
    {
      g_variant_dict_insert (&dict, "pan", "d", state->pan);
      g_variant_dict_insert (&dict, "tilt", "d", state->tilt);
      g_variant_dict_insert (&dict, "zoom", "d", state->zoom);
    }
  g_dbus_method_invocation_return_value (
    question->invocation, g_variant_new ("(a(ss)@a{sv})", &presets, g_variant_dict_end (&dict)));
  question_free (question);
}

static gboolean
on_ptz_get_state (IcamDBusCamera        *skeleton,
                  GDBusMethodInvocation *invocation,
                  GVariant              *options,
                  IcamCameraControl     *self)
{
  const IcamOnvifPtz *ptz = icam_device_session_get_ptz (self->device, &self->channel);
  GError *error = NULL;
  IcamOnvifDevice *onvif = icam_device_session_get_onvif (self->device, &error);

  if (error == NULL && ptz == NULL)
    error = icam_error_new (ICAM_ERROR_NOT_SUPPORTED, "address", icam_device_session_get_row (self->device)->address,
                            NULL);
  if (error != NULL)
    return icam_reply_error (invocation, error);

  icam_onvif_ptz_ask_async (onvif, ptz, self->cancellable, on_state, question_new (self, invocation));
  return TRUE;
}

/* ---- the picture ---- */

static GVariant *
imaging_to_variant (const IcamImaging *imaging)
{
  GVariantDict dict = G_VARIANT_DICT_INIT (NULL);

  for (guint i = 0; i < ICAM_N_IMAGING; i++)
    {
      const char *name = icam_imaging_value_name ((IcamImagingValue) i);
      g_autofree char *range = g_strconcat (name, "-range", NULL);

      if (imaging->values[i].known)
        g_variant_dict_insert (&dict, name, "d", imaging->values[i].value);
      if (imaging->values[i].known && imaging->values[i].ranged)
        g_variant_dict_insert (&dict, range, "(dd)", imaging->values[i].min, imaging->values[i].max);
    }
  if (imaging->ir_cut != ICAM_IR_CUT_UNKNOWN)
    {
      GVariantBuilder options = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_STRING_ARRAY);

      for (guint bit = ICAM_IR_CUT_ON; bit <= ICAM_IR_CUT_AUTO; bit <<= 1)
        if (imaging->ir_cut_options & bit)
          g_variant_builder_add (&options, "s", icam_ir_cut_to_string ((IcamIrCut) bit));
      g_variant_dict_insert (&dict, "ir-cut", "s", icam_ir_cut_to_string (imaging->ir_cut));
      g_variant_dict_insert_value (&dict, "ir-cut-options", g_variant_builder_end (&options));
    }
  return g_variant_dict_end (&dict);
}

static void
on_imaging (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  Question *question = user_data;
  GError *error = NULL;
  g_autofree IcamImaging *imaging = icam_onvif_imaging_get_finish (ICAM_ONVIF_DEVICE (source), result, &error);

  if (imaging == NULL)
    {
      fail (question, error);
      return;
    }
  g_dbus_method_invocation_return_value (question->invocation, g_variant_new ("(@a{sv})", imaging_to_variant (imaging)));
  question_free (question);
}

static gboolean
on_get_imaging (IcamDBusCamera        *skeleton,
                GDBusMethodInvocation *invocation,
                GVariant              *options,
                IcamCameraControl     *self)
{
  GError *error = NULL;
  IcamOnvifDevice *onvif = icam_device_session_get_onvif (self->device, &error);
  Question *question;

  if (onvif == NULL)
    return icam_reply_error (invocation, error);

  question = question_new (self, invocation);
  icam_onvif_imaging_get_async (onvif, question->source, self->cancellable, on_imaging, question);
  return TRUE;
}

static void
on_imaging_set (GObject      *source,
                GAsyncResult *result,
                gpointer      user_data)
{
  Question *question = user_data;
  GError *error = NULL;

  if (!icam_onvif_imaging_set_finish (ICAM_ONVIF_DEVICE (source), result, &error))
    {
      fail (question, error);
      return;
    }
  g_dbus_method_invocation_return_value (question->invocation, g_variant_new ("(@a{sv})", question->before));
  question_free (question);
}

/* What is wanted is checked by what the camera offers, before it is told. */
static GError *
check_change (IcamCameraControl       *self,
              const IcamImagingChange *change,
              const IcamImaging       *now)
{
  const char *address = icam_device_session_get_row (self->device)->address;

  for (guint i = 0; i < ICAM_N_IMAGING; i++)
    {
      if (!change->set[i])
        continue;
      if (!now->values[i].known)
        return icam_error_new (ICAM_ERROR_NOT_SUPPORTED, "address", address, NULL);
      if (now->values[i].ranged && !(change->values[i] >= now->values[i].min && change->values[i] <= now->values[i].max))
        {
          g_autofree char *range = g_strdup_printf ("%g – %g", now->values[i].min, now->values[i].max);

          return icam_error_new (ICAM_ERROR_OUT_OF_RANGE, "address", address, "detail", range, NULL);
        }
    }
  if (change->ir_cut != ICAM_IR_CUT_UNKNOWN
      && (now->ir_cut == ICAM_IR_CUT_UNKNOWN
          || (now->ir_cut_options != 0 && !(now->ir_cut_options & (guint) change->ir_cut))))
    return icam_error_new (ICAM_ERROR_NOT_SUPPORTED, "address", address, NULL);

  return NULL;
}

/* What it was, of what is changed. */
static GVariant *
before_of (const IcamImagingChange *change,
           const IcamImaging       *now)
{
  GVariantDict dict = G_VARIANT_DICT_INIT (NULL);

  for (guint i = 0; i < ICAM_N_IMAGING; i++)
    if (change->set[i])
      g_variant_dict_insert (&dict, icam_imaging_value_name ((IcamImagingValue) i), "d", now->values[i].value);
  if (change->ir_cut != ICAM_IR_CUT_UNKNOWN)
    g_variant_dict_insert (&dict, "ir-cut", "s", icam_ir_cut_to_string (now->ir_cut));
  return g_variant_dict_end (&dict);
}

static void
on_imaging_before (GObject      *source,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  Question *question = user_data;
  IcamCameraControl *self = question->self;
  GError *error = NULL;
  g_autofree IcamImaging *now = icam_onvif_imaging_get_finish (ICAM_ONVIF_DEVICE (source), result, &error);

  if (now != NULL && self->device == NULL)
    error = icam_error_new (ICAM_ERROR_NOT_FOUND, "what", "camera", NULL);
  else if (now != NULL)
    error = check_change (self, &question->change, now);
  if (error != NULL)
    {
      fail (question, error);
      return;
    }

  question->before = g_variant_ref_sink (before_of (&question->change, now));
  icam_onvif_imaging_set_async (ICAM_ONVIF_DEVICE (source), question->source, &question->change, self->cancellable,
                                on_imaging_set, question);
}

static gboolean
on_set_imaging (IcamDBusCamera        *skeleton,
                GDBusMethodInvocation *invocation,
                GVariant              *settings,
                GVariant              *options,
                IcamCameraControl     *self)
{
  GError *error = NULL;
  IcamOnvifDevice *onvif = icam_device_session_get_onvif (self->device, &error);
  IcamImagingChange change = { 0 };
  const char *ir_cut = NULL;
  gboolean any = FALSE;
  Question *question;

  for (guint i = 0; i < ICAM_N_IMAGING; i++)
    any |= change.set[i]
      = g_variant_lookup (settings, icam_imaging_value_name ((IcamImagingValue) i), "d", &change.values[i]);
  if (g_variant_lookup (settings, "ir-cut", "&s", &ir_cut))
    change.ir_cut = icam_ir_cut_from_string (ir_cut);
  any |= change.ir_cut != ICAM_IR_CUT_UNKNOWN;
  if (error == NULL && (!any || (ir_cut != NULL && change.ir_cut == ICAM_IR_CUT_UNKNOWN)))
    error = icam_error_new (ICAM_ERROR_INVALID_ARGUMENT, "what", "settings", NULL);
  if (error != NULL)
    return icam_reply_error (invocation, error);

  question = question_new (self, invocation);
  question->change = change;
  icam_onvif_imaging_get_async (onvif, question->source, self->cancellable, on_imaging_before, question);
  return TRUE;
}

/* ---- the object ---- */

static void
icam_camera_control_dispose (GObject *object)
{
  IcamCameraControl *self = ICAM_CAMERA_CONTROL (object);
  Order *order;

  g_clear_handle_id (&self->stop_id, g_source_remove);
  g_cancellable_cancel (self->cancellable);
  if (self->skeleton != NULL)
    g_signal_handlers_disconnect_by_data (self->skeleton, self);
  g_clear_object (&self->skeleton);
  g_clear_object (&self->device);
  while ((order = g_queue_pop_head (&self->orders)) != NULL)
    answer (order, NULL, icam_error_new (ICAM_ERROR_NOT_FOUND, "what", "camera", NULL));

  G_OBJECT_CLASS (icam_camera_control_parent_class)->dispose (object);
}

static void
icam_camera_control_finalize (GObject *object)
{
  g_object_unref (ICAM_CAMERA_CONTROL (object)->cancellable);
  G_OBJECT_CLASS (icam_camera_control_parent_class)->finalize (object);
}

static void
icam_camera_control_class_init (IcamCameraControlClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = icam_camera_control_dispose;
  G_OBJECT_CLASS (klass)->finalize = icam_camera_control_finalize;
}

static void
icam_camera_control_init (IcamCameraControl *self)
{
  g_queue_init (&self->orders);
  self->cancellable = g_cancellable_new ();
}

/**
 * icam_camera_control_new:
 * @skeleton: the camera on the bus; the methods are answered there
 * @device: its device
 * @channel: its channel
 *
 * Returns: (transfer full): who answers
 */
IcamCameraControl *
icam_camera_control_new (IcamDBusCamera    *skeleton,
                         IcamDeviceSession *device,
                         const IcamUuid    *channel)
{
  IcamCameraControl *self = g_object_new (ICAM_TYPE_CAMERA_CONTROL, NULL);

  self->skeleton = g_object_ref (skeleton);
  self->device = g_object_ref (device);
  self->channel = *channel;
  g_object_connect (skeleton,
                    "signal::handle-ptz-move", on_ptz_move, self,
                    "signal::handle-ptz-stop", on_ptz_stop, self,
                    "signal::handle-ptz-go", on_ptz_go, self,
                    "signal::handle-ptz-home", on_ptz_home, self,
                    "signal::handle-ptz-set-home", on_ptz_set_home, self,
                    "signal::handle-ptz-goto-preset", on_ptz_goto_preset, self,
                    "signal::handle-ptz-set-preset", on_ptz_set_preset, self,
                    "signal::handle-ptz-remove-preset", on_ptz_remove_preset, self,
                    "signal::handle-ptz-get-state", on_ptz_get_state, self,
                    "signal::handle-get-imaging", on_get_imaging, self,
                    "signal::handle-set-imaging", on_set_imaging, self,
                    NULL);
  return self;
}

/**
 * icam_camera_control_update:
 * @self: (nullable): who answers
 *
 * Shows what the camera can do, as it is known now.
 */
void
icam_camera_control_update (IcamCameraControl *self)
{
  const IcamOnvifPtz *ptz
    = self != NULL && self->device != NULL ? icam_device_session_get_ptz (self->device, &self->channel) : NULL;
  const char *abilities[4] = { NULL };
  guint n = 0;

  if (self == NULL || self->skeleton == NULL)
    return;

  if (ptz != NULL && ptz->abilities & ICAM_PTZ_PAN_TILT)
    abilities[n++] = "pan-tilt";
  if (ptz != NULL && ptz->abilities & ICAM_PTZ_ZOOM)
    abilities[n++] = "zoom";
  if (ptz != NULL && ptz->abilities & ICAM_PTZ_ABSOLUTE)
    abilities[n++] = "absolute";
  icam_dbus_camera_set_ptz (self->skeleton, abilities);
}
