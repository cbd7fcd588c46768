/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* What people change at a device: its password, clock, relays and picture; and that it begins anew. On the device's thread. */

#include "icam-test-soap.h"

G_BEGIN_DECLS

IcamTestUpkeep *icam_test_upkeep_new (IcamTestDevice *device);
void icam_test_upkeep_free (IcamTestUpkeep *self);
gboolean icam_test_upkeep_may (IcamTestDevice *device, const char *operation);
gboolean icam_test_upkeep_answer (IcamTestRequest *request, const char *operation);

G_END_DECLS
