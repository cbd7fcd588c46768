/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-recorder"

#include "config.h"

#include "recorder/icam-camera-witness.h"

#include "recorder/icam-backoff.h"

/* The streams come first; if none of them has had the device verified by then, we ask for it. */
#define FIRST_MS 3000
/* Whoever was heard for so long was heard. */
#define LASTED_US (60 * G_USEC_PER_SEC)
/* A device that has no events, or not for us, is not asked for them every half minute: that locks doors, and costs. */
#define SELDOM_MS (15u * 60 * 1000)
#define SELDOM_AFTER 3

struct _IcamCameraWitness
{
  GObject parent_instance;
  IcamClock *clock;
  gboolean started;
  gboolean asking; /* "verify-wanted" is to be answered, or nothing was tried yet */
  IcamOnvifSubscription *subscription;
  IcamOnvifDevice *device; /* the subscription's */
  IcamWitnessState state;
  GError *error;
  GVariant *unknown; /* of earlier subscriptions' last one */
  gint64 since_boot; /* when it was subscribed */
  guint failures;
  guint retry_id;
};

G_DEFINE_FINAL_TYPE (IcamCameraWitness, icam_camera_witness, G_TYPE_OBJECT)

enum
{
  VERIFY_WANTED,
  EVENT,
  UNHEARD,
  CHANGED,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

static void
set_state (IcamCameraWitness *self,
           IcamWitnessState   state,
           const GError      *error)
{
  g_autoptr (GError) copy = error != NULL ? g_error_copy (error) : NULL;

  self->state = state;
  g_clear_error (&self->error);
  self->error = g_steal_pointer (&copy);
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
end_subscription (IcamCameraWitness *self)
{
  g_autoptr (IcamOnvifSubscription) subscription = g_steal_pointer (&self->subscription);

  g_clear_object (&self->device);
  if (subscription == NULL)
    return;

  g_signal_handlers_disconnect_by_data (subscription, self);
  g_clear_pointer (&self->unknown, g_variant_unref);
  self->unknown = g_variant_ref_sink (icam_onvif_subscription_list_unknown (subscription));
  icam_onvif_subscription_end (subscription);
  g_signal_emit (self, signals[UNHEARD], 0);
}

static void
on_retry (gpointer user_data)
{
  IcamCameraWitness *self = user_data;

  self->retry_id = 0;
  self->asking = TRUE;
  g_signal_emit (self, signals[VERIFY_WANTED], 0);
}

static void
wait_for_next (IcamCameraWitness *self,
               const GError      *error,
               gboolean           unwilling)
{
  guint delay;

  self->failures++;
  self->asking = FALSE;
  delay = (guint) (icam_backoff_delay (self->failures, g_random_double ()) / 1000);
  if (unwilling && self->failures >= SELDOM_AFTER)
    delay = SELDOM_MS;
  if (g_error_matches (error, ICAM_ERROR, ICAM_ERROR_WRONG_PASSWORD)
      || g_error_matches (error, ICAM_ERROR, ICAM_ERROR_PASSWORD_NEEDED))
    delay = SELDOM_MS;
  g_clear_handle_id (&self->retry_id, g_source_remove);
  self->retry_id = g_timeout_add_once (delay, on_retry, self);
  set_state (self, ICAM_WITNESS_FAILED, error);
}

static void
on_subscribed (IcamOnvifSubscription *subscription,
               IcamCameraWitness     *self)
{
  self->since_boot = icam_clock_boottime (self->clock);
  set_state (self, ICAM_WITNESS_LISTENING, NULL);
}

static void
on_event (IcamOnvifSubscription *subscription,
          const IcamOnvifEvent  *event,
          IcamCameraWitness     *self)
{
  g_signal_emit (self, signals[EVENT], 0, event);
}

static void
on_unknown (IcamOnvifSubscription *subscription,
            const char            *topic,
            IcamCameraWitness     *self)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
on_failed (IcamOnvifSubscription *subscription,
           const GError          *error,
           IcamCameraWitness     *self)
{
  gboolean was_listening = self->state == ICAM_WITNESS_LISTENING;

  if (was_listening && icam_clock_boottime (self->clock) - self->since_boot >= LASTED_US)
    self->failures = 0;
  end_subscription (self);
  /* Whoever answers, and does not give us a pull point, will not do so in a second either. */
  wait_for_next (self, error, !was_listening
                       && !g_error_matches (error, ICAM_ERROR, ICAM_ERROR_UNREACHABLE)
                       && !g_error_matches (error, ICAM_ERROR, ICAM_ERROR_TIMED_OUT));
}

static void
icam_camera_witness_dispose (GObject *object)
{
  icam_camera_witness_stop (ICAM_CAMERA_WITNESS (object));

  G_OBJECT_CLASS (icam_camera_witness_parent_class)->dispose (object);
}

static void
icam_camera_witness_finalize (GObject *object)
{
  IcamCameraWitness *self = ICAM_CAMERA_WITNESS (object);

  g_clear_object (&self->clock);
  g_clear_error (&self->error);
  g_clear_pointer (&self->unknown, g_variant_unref);

  G_OBJECT_CLASS (icam_camera_witness_parent_class)->finalize (object);
}

static void
icam_camera_witness_class_init (IcamCameraWitnessClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = icam_camera_witness_dispose;
  object_class->finalize = icam_camera_witness_finalize;

  signals[VERIFY_WANTED] = g_signal_new ("verify-wanted", ICAM_TYPE_CAMERA_WITNESS, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                         NULL, G_TYPE_NONE, 0);
  signals[EVENT] = g_signal_new ("event", ICAM_TYPE_CAMERA_WITNESS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 1, G_TYPE_POINTER);
  signals[UNHEARD] = g_signal_new ("unheard", ICAM_TYPE_CAMERA_WITNESS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 0);
  signals[CHANGED] = g_signal_new ("changed", ICAM_TYPE_CAMERA_WITNESS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 0);
}

static void
icam_camera_witness_init (IcamCameraWitness *self)
{
}

/**
 * icam_camera_witness_new:
 * @clock: a clock
 *
 * Returns: (transfer full): a witness that is not asked
 */
IcamCameraWitness *
icam_camera_witness_new (IcamClock *clock)
{
  IcamCameraWitness *self = g_object_new (ICAM_TYPE_CAMERA_WITNESS, NULL);

  self->clock = g_object_ref (clock);
  return self;
}

/**
 * icam_camera_witness_start:
 * @self: a witness
 *
 * It is wanted from now on: subscribes when its device has been verified, and asks for that if nobody does.
 */
void
icam_camera_witness_start (IcamCameraWitness *self)
{
  if (self->started)
    return;

  self->started = TRUE;
  self->asking = TRUE;
  self->failures = 0;
  g_clear_handle_id (&self->retry_id, g_source_remove);
  self->retry_id = g_timeout_add_once (FIRST_MS, on_retry, self);
  set_state (self, ICAM_WITNESS_CONNECTING, NULL);
}

/**
 * icam_camera_witness_connect:
 * @self: a witness
 * @device: its device, which has just been verified
 *
 * Subscribes, if that is wanted now. A subscription to this device is kept if the device knows it still.
 */
void
icam_camera_witness_connect (IcamCameraWitness *self,
                             IcamOnvifDevice   *device)
{
  if (!self->started || (self->subscription == NULL && !self->asking))
    return;
  if (self->subscription != NULL && self->device == device)
    {
      /* Whatever made a stream connect anew may have taken our place at the device. */
      icam_onvif_subscription_check (self->subscription);
      return;
    }

  end_subscription (self);
  g_clear_handle_id (&self->retry_id, g_source_remove);
  self->asking = FALSE;
  self->device = g_object_ref (device);
  self->subscription = icam_onvif_subscription_new (device, self->clock);
  g_signal_connect (self->subscription, "subscribed", G_CALLBACK (on_subscribed), self);
  g_signal_connect (self->subscription, "event", G_CALLBACK (on_event), self);
  g_signal_connect (self->subscription, "unknown", G_CALLBACK (on_unknown), self);
  g_signal_connect (self->subscription, "failed", G_CALLBACK (on_failed), self);
  icam_onvif_subscription_start (self->subscription);
}

/**
 * icam_camera_witness_refuse:
 * @self: a witness
 * @error: (nullable): why its device could not be verified
 */
void
icam_camera_witness_refuse (IcamCameraWitness *self,
                            const GError      *error)
{
  if (self->started && self->asking)
    wait_for_next (self, error, FALSE);
}

/**
 * icam_camera_witness_stop:
 * @self: a witness
 *
 * It is not wanted any more, or another device answers: the subscription is ended.
 */
void
icam_camera_witness_stop (IcamCameraWitness *self)
{
  end_subscription (self);
  g_clear_handle_id (&self->retry_id, g_source_remove);
  self->asking = FALSE;
  if (!self->started)
    return;

  self->started = FALSE;
  set_state (self, ICAM_WITNESS_IDLE, NULL);
}

/**
 * icam_camera_witness_get_state:
 * @self: a witness
 *
 * Returns: whether it is heard
 */
IcamWitnessState
icam_camera_witness_get_state (IcamCameraWitness *self)
{
  return self->state;
}

/**
 * icam_camera_witness_get_name:
 * @self: a witness
 *
 * Returns: (transfer none): its state as it stands on the bus
 */
const char *
icam_camera_witness_get_name (IcamCameraWitness *self)
{
  static const char *const names[] = {
    [ICAM_WITNESS_IDLE] = "none",
    [ICAM_WITNESS_CONNECTING] = "connecting",
    [ICAM_WITNESS_LISTENING] = "listening",
    [ICAM_WITNESS_FAILED] = "failed",
  };

  return names[self->state];
}

/**
 * icam_camera_witness_get_error:
 * @self: a witness
 *
 * Returns: (transfer none) (nullable): why it is not heard
 */
const GError *
icam_camera_witness_get_error (IcamCameraWitness *self)
{
  return self->error;
}

/**
 * icam_camera_witness_list_unknown:
 * @self: a witness
 *
 * Returns: (transfer full): topics of its events that have no name of ours, and how often they came since it is heard: a(su)
 */
GVariant *
icam_camera_witness_list_unknown (IcamCameraWitness *self)
{
  if (self->subscription != NULL)
    return g_variant_ref_sink (icam_onvif_subscription_list_unknown (self->subscription));
  if (self->unknown != NULL)
    return g_variant_ref (self->unknown);
  return g_variant_ref_sink (g_variant_new_array (G_VARIANT_TYPE ("(su)"), NULL, 0));
}
