/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "recorder/icam-device-session.h"
#include "icam-recorder1.h"

G_BEGIN_DECLS

/* What people change at a device: its password, its clock, its relays; and that it begins anew. Answers these methods of the
 * device's object on the bus. */
#define ICAM_TYPE_DEVICE_UPKEEP (icam_device_upkeep_get_type ())
G_DECLARE_FINAL_TYPE (IcamDeviceUpkeep, icam_device_upkeep, ICAM, DEVICE_UPKEEP, GObject)

IcamDeviceUpkeep *icam_device_upkeep_new (IcamDBusDevice    *skeleton,
                                          IcamDeviceSession *session,
                                          IcamContext       *context);

G_END_DECLS
