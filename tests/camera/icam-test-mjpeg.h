/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* MJPEG over HTTP to one client at a time, as an ESP32-CAM does. On the device's thread. */

#include "icam-test-device.h"

G_BEGIN_DECLS

IcamTestMjpeg *icam_test_mjpeg_new (IcamTestDevice *device);
void icam_test_mjpeg_free (IcamTestMjpeg *self);

gboolean icam_test_mjpeg_listen (IcamTestMjpeg *self, GError **error);
void icam_test_mjpeg_unlisten (IcamTestMjpeg *self);

GBytes *icam_test_mjpeg_picture (IcamTestDevice *device, guint channel, guint width, guint height);

G_END_DECLS
