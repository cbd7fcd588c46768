/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "onvif/icam-onvif.h"
#include "recorder/icam-camera-witness.h"
#include "recorder/icam-rows.h"
#include "recorder/icam-stream-session.h"

G_BEGIN_DECLS

/* A device that was added: verifies who answers at its address before each connect of one of its streams, gives them where to
 * connect, keeps another device out. What it learns it saves.
 *
 * Signals:
 *   "changed" ()  identity, problem or what is known of the device
 *   "heard" (const IcamUuid *channel, guint kind, guint state)  what the device detects itself: IcamEventKind, IcamOnvifState
 *   "unheard" ()  what it has said last counts no more
 */
#define ICAM_TYPE_DEVICE_SESSION (icam_device_session_get_type ())
G_DECLARE_FINAL_TYPE (IcamDeviceSession, icam_device_session, ICAM, DEVICE_SESSION, GObject)

IcamDeviceSession   *icam_device_session_new             (IcamContext          *context,
                                                          IcamDeviceRow        *row);
void                 icam_device_session_add_channel     (IcamDeviceSession    *self,
                                                          IcamChannelRow       *row);
void                 icam_device_session_adopt           (IcamDeviceSession    *self,
                                                          IcamSecret           *secret,
                                                          IcamIdentity          identity,
                                                          GPtrArray            *streams);
void                 icam_device_session_use             (IcamDeviceSession    *self,
                                                          const IcamUuid       *channel,
                                                          gboolean              paused,
                                                          gboolean              detect);
void                 icam_device_session_unuse           (IcamDeviceSession    *self,
                                                          const IcamUuid       *channel);
void                 icam_device_session_start           (IcamDeviceSession    *self);
void                 icam_device_session_set_credentials (IcamDeviceSession    *self,
                                                          const char           *user,
                                                          IcamSecret           *secret);
void                 icam_device_session_replace_secret  (IcamDeviceSession    *self,
                                                          IcamSecret           *secret);
void                 icam_device_session_keyring_changed (IcamDeviceSession    *self);
void                 icam_device_session_retry_now       (IcamDeviceSession    *self);
void                 icam_device_session_slept           (IcamDeviceSession    *self);
void                 icam_device_session_try_address     (IcamDeviceSession    *self,
                                                          const char           *address);
const IcamDeviceRow *icam_device_session_get_row         (IcamDeviceSession    *self);
GPtrArray           *icam_device_session_list_channels   (IcamDeviceSession    *self);
IcamStreamSession   *icam_device_session_get_stream      (IcamDeviceSession    *self,
                                                          const IcamUuid       *channel,
                                                          IcamRole              role);
IcamIdentity         icam_device_session_get_identity    (IcamDeviceSession    *self);
const GError        *icam_device_session_get_problem     (IcamDeviceSession    *self);
gboolean             icam_device_session_is_waiting      (IcamDeviceSession    *self);
IcamCameraWitness   *icam_device_session_get_witness     (IcamDeviceSession    *self);
IcamOnvifDevice     *icam_device_session_get_onvif       (IcamDeviceSession    *self,
                                                          GError              **error);
const IcamOnvifPtz  *icam_device_session_get_ptz         (IcamDeviceSession    *self,
                                                          const IcamUuid       *channel);
char                *icam_device_session_dup_source      (IcamDeviceSession    *self,
                                                          const IcamUuid       *channel);
gboolean             icam_device_session_has_factory_password (IcamDeviceSession *self);

IcamGapCause         icam_gap_cause_of_error             (const GError         *error);

G_END_DECLS
