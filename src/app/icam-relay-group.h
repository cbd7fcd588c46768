/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/icam-client.h"

G_BEGIN_DECLS

/* Contacts that a device opens and closes: a lamp, a door. Hidden while there is none. "failed" (GError): it was not switched. */
#define ICAM_TYPE_RELAY_GROUP (icam_relay_group_get_type ())
G_DECLARE_FINAL_TYPE (IcamRelayGroup, icam_relay_group, ICAM, RELAY_GROUP, AdwPreferencesGroup)

void icam_relay_group_load (IcamRelayGroup *self,
                            IcamDBusDevice *device);
void icam_relay_group_stop (IcamRelayGroup *self);

G_END_DECLS
