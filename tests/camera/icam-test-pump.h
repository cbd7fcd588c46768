/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/*
 * The pump: one thread that hands every client its next picture when it is time for it, decides
 * what each group of pictures shows, and logs what it did.
 */

#include <gst/gst.h>

#include "icam-test-device.h"

G_BEGIN_DECLS

typedef struct _IcamTestSession IcamTestSession;

/** IcamTestMotionFunc: called on the pump's thread when the motion of a channel changes. */
typedef void (*IcamTestMotionFunc) (IcamTestDevice *device, guint channel, gboolean motion);

void icam_test_pump_start (IcamTestMotionFunc motion);
void icam_test_pump_stop (void);
void icam_test_pump_add_device (IcamTestDevice *device);
GstClockTime icam_test_pump_base_time (void);
void icam_test_pump_lock (void);
void icam_test_pump_unlock (void);

void icam_test_pump_add_session (IcamTestDevice *device,
                                 guint channel,
                                 guint stream,
                                 const char *client,
                                 GstElement *video,
                                 GstElement *audio,
                                 GObject *owner);
void icam_test_pump_set_playing (GObject *owner, gboolean playing);
void icam_test_pump_end_session (GObject *owner);

G_END_DECLS
