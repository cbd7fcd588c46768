/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* The streams of a device over RTSP. All of it runs on the device's thread. */

#include "icam-test-device.h"

G_BEGIN_DECLS

IcamTestRtsp *icam_test_rtsp_new (IcamTestDevice *device);
void icam_test_rtsp_free (IcamTestRtsp *self);

gboolean icam_test_rtsp_listen (IcamTestRtsp *self, GError **error);
void icam_test_rtsp_unlisten (IcamTestRtsp *self);
void icam_test_rtsp_set_password (IcamTestRtsp *self, const char *password);

G_END_DECLS
