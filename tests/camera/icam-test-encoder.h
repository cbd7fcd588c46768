/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* How the streams are encoded, and having them encoded another way (ONVIF Media 5.8). */

#include "icam-test-soap.h"

G_BEGIN_DECLS

void icam_test_encoder_add_configuration (IcamTestRequest *request, const char *tag, guint channel, guint stream);
gboolean icam_test_encoder_answer (IcamTestRequest *request, const char *operation);

G_END_DECLS
