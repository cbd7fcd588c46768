/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* What moves: the PTZ service (ONVIF PTZ 5). Where each channel looks is a matter of time. On the device's thread. */

#include "icam-test-soap.h"

G_BEGIN_DECLS

IcamTestPtz *icam_test_ptz_new (IcamTestDevice *device);
void icam_test_ptz_free (IcamTestPtz *self);
gboolean icam_test_ptz_answer (IcamTestRequest *request, const char *operation);
void icam_test_ptz_add_configuration (IcamTestRequest *request, const char *tag);

G_END_DECLS
