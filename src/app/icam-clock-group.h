/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/icam-client.h"

G_BEGIN_DECLS

/* The clock of a device: how far it is off, and the button that sets it. Hidden while the device tells none. "failed" (GError): it could
 * not be set. */
#define ICAM_TYPE_CLOCK_GROUP (icam_clock_group_get_type ())
G_DECLARE_FINAL_TYPE (IcamClockGroup, icam_clock_group, ICAM, CLOCK_GROUP, AdwPreferencesGroup)

void icam_clock_group_load (IcamClockGroup *self,
                            IcamDBusDevice *device);
void icam_clock_group_stop (IcamClockGroup *self);

G_END_DECLS
