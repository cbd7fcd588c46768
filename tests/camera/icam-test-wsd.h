/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* Answers WS-Discovery probes, and says Hello and Bye. On the main thread. */

#include "icam-test-device.h"

G_BEGIN_DECLS

gboolean icam_test_wsd_start (GPtrArray *devices, const char *interface, GError **error);
void icam_test_wsd_update (IcamTestDevice *device);
void icam_test_wsd_stop (void);

G_END_DECLS
