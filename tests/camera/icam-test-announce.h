/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* Says on the network that the devices are there: mDNS through Avahi. On the main thread. */

#include "icam-test-device.h"

G_BEGIN_DECLS

void icam_test_announce_start (GPtrArray *devices);
void icam_test_announce_update (IcamTestDevice *device);
void icam_test_announce_stop (void);

G_END_DECLS
