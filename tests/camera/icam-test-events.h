/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* Pull points: who wants to hear of motion and of what else cameras detect, and what they have not heard yet. */

#include "icam-test-device.h"

G_BEGIN_DECLS

typedef struct _IcamTestEvents IcamTestEvents;

IcamTestEvents *icam_test_events_new (IcamTestDevice *device);
void icam_test_events_free (IcamTestEvents *self);
void icam_test_events_clear (IcamTestEvents *self);
void icam_test_events_drop (IcamTestEvents *self);
void icam_test_events_set_motion (IcamTestEvents *self, guint channel, gboolean motion);
gboolean icam_test_events_command (IcamTestEvents *self, const char *command, GError **error);

G_END_DECLS
