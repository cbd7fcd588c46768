/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* The web service of a device: ONVIF and the snapshot. All of it runs on the device's thread. */

#include "icam-test-device.h"

G_BEGIN_DECLS

IcamTestWeb *icam_test_web_new (IcamTestDevice *device);
void icam_test_web_free (IcamTestWeb *self);

gboolean icam_test_web_listen (IcamTestWeb *self, GError **error);
void icam_test_web_unlisten (IcamTestWeb *self);
void icam_test_web_set_motion (IcamTestWeb *self, guint channel, gboolean motion);
gboolean icam_test_web_command_event (IcamTestWeb *self, const char *command, GError **error);
void icam_test_web_drop_subscriptions (IcamTestWeb *self);

G_END_DECLS
