/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "onvif/icam-onvif-events.h"

G_BEGIN_DECLS

/* What a device detects itself, over its subscriptions. Its owner, the device's session, verifies who answers before each of them.
 *
 * Signals:
 *   "verify-wanted" ()               the owner answers with icam_camera_witness_connect() or icam_camera_witness_refuse()
 *   "event" (const IcamOnvifEvent *)
 *   "unheard" ()                     what was on is not known any more
 *   "changed" ()                     state, or what is not understood
 */
#define ICAM_TYPE_CAMERA_WITNESS (icam_camera_witness_get_type ())
G_DECLARE_FINAL_TYPE (IcamCameraWitness, icam_camera_witness, ICAM, CAMERA_WITNESS, GObject)

typedef enum
{
  ICAM_WITNESS_IDLE = 0,   /* not asked for */
  ICAM_WITNESS_CONNECTING, /* for the first time */
  ICAM_WITNESS_LISTENING,
  ICAM_WITNESS_FAILED,     /* until it listens again, also while it tries */
} IcamWitnessState;

IcamCameraWitness *icam_camera_witness_new          (IcamClock         *clock);
void               icam_camera_witness_start        (IcamCameraWitness *self);
void               icam_camera_witness_connect      (IcamCameraWitness *self,
                                                     IcamOnvifDevice   *device);
void               icam_camera_witness_refuse       (IcamCameraWitness *self,
                                                     const GError      *error);
void               icam_camera_witness_stop         (IcamCameraWitness *self);
IcamWitnessState   icam_camera_witness_get_state    (IcamCameraWitness *self);
const char        *icam_camera_witness_get_name     (IcamCameraWitness *self);
const GError      *icam_camera_witness_get_error    (IcamCameraWitness *self);
GVariant          *icam_camera_witness_list_unknown (IcamCameraWitness *self);

G_END_DECLS
