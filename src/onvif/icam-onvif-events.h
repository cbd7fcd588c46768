/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "base/icam-clock.h"
#include "onvif/icam-onvif.h"

G_BEGIN_DECLS

typedef enum
{
  ICAM_ONVIF_OFF = 0,
  ICAM_ONVIF_ON,
  ICAM_ONVIF_MOMENT, /* it happened, and has no length */
} IcamOnvifState;

/* Whose event it is. */
typedef enum
{
  ICAM_ONVIF_OF_DEVICE = 0, /* it names no video source, or there is only one */
  ICAM_ONVIF_OF_SOURCE,     /* source is a channel's token */
  ICAM_ONVIF_OF_NOBODY,     /* it names one that is not known */
} IcamOnvifPlace;

/* Something began, ended or happened, as a device says. Valid during the signal. */
typedef struct
{
  IcamEventKind kind;
  IcamOnvifState state;
  IcamOnvifPlace place;
  const char *source; /* with ICAM_ONVIF_OF_SOURCE */
} IcamOnvifEvent;

/* A subscription to a device's events by pull point (ONVIF core specification, section 9.2): made, synchronised, pulled,
 * renewed, ended. One life: after "failed" it is over, and whoever wants more makes another one, having asked who is there.
 * Belongs to the thread of its device.
 *
 * Signals:
 *   "subscribed" ()                   the device has given us a pull point
 *   "event" (const IcamOnvifEvent *)  each kind is on once for a source, however many of the device's detectors say so
 *   "unknown" (const char *topic)     a topic that we have no name for, when it comes for the first time
 *   "failed" (const GError *)         ICAM_ERROR_…: UNREACHABLE, TIMED_OUT, WRONG_PASSWORD, PASSWORD_NEEDED, BAD_ANSWER,
 *                                     OTHER_HOST. What was on is off
 */
#define ICAM_TYPE_ONVIF_SUBSCRIPTION (icam_onvif_subscription_get_type ())
G_DECLARE_FINAL_TYPE (IcamOnvifSubscription, icam_onvif_subscription, ICAM, ONVIF_SUBSCRIPTION, GObject)

IcamOnvifSubscription *icam_onvif_subscription_new          (IcamOnvifDevice       *device,
                                                             IcamClock             *clock);
void                   icam_onvif_subscription_start        (IcamOnvifSubscription *self);
void                   icam_onvif_subscription_check        (IcamOnvifSubscription *self);
void                   icam_onvif_subscription_end          (IcamOnvifSubscription *self);
/* Topics without a name of ours, and how often each came: a(su), the first ones of at most 64. */
GVariant              *icam_onvif_subscription_list_unknown (IcamOnvifSubscription *self);

G_END_DECLS
