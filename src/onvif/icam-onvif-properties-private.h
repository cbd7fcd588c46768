/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "onvif/icam-onvif-message-private.h"

G_BEGIN_DECLS

/* After this long without a word a property that is on is asked for … */
#define ICAM_ONVIF_ASK_US (60 * G_USEC_PER_SEC)
/* … and is off if no word comes for this long. */
#define ICAM_ONVIF_ANSWER_US (15 * G_USEC_PER_SEC)
/* One that only ever says "still on" when it is asked is off after this long: its "off" never comes. */
#define ICAM_ONVIF_STUCK_US (600 * G_USEC_PER_SEC)
#define ICAM_ONVIF_MAX_PROPERTIES 64

/* What a device has told, and what is on of it. Pure, with an injected clock. */
typedef struct _IcamOnvifProperties IcamOnvifProperties;

/* Says where what has these sources (name -> value) is seen: a text of its own for each place; NULL is one, too. */
typedef char *(*IcamOnvifResolve) (GHashTable *sources,
                                   gpointer    user_data);
typedef void (*IcamOnvifTell) (IcamEventKind  kind,
                               IcamOnvifState state,
                               const char    *place,
                               gpointer       user_data);

IcamOnvifProperties *icam_onvif_properties_new   (IcamClock              *clock,
                                                  IcamOnvifResolve        resolve,
                                                  IcamOnvifTell           tell,
                                                  gpointer                user_data);
void                 icam_onvif_properties_free  (IcamOnvifProperties    *self);
void                 icam_onvif_properties_take  (IcamOnvifProperties    *self,
                                                  const IcamOnvifMessage *message);
gboolean             icam_onvif_properties_tick  (IcamOnvifProperties    *self);
gboolean             icam_onvif_properties_is_on (IcamOnvifProperties    *self);
void                 icam_onvif_properties_lost  (IcamOnvifProperties    *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamOnvifProperties, icam_onvif_properties_free)

G_END_DECLS
