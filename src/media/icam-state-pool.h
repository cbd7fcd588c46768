/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The few threads that all state changes of pipelines happen on: they may wait for a camera, the main thread may not. */
typedef void (*IcamStateFunc) (gpointer data);

void icam_state_pool_push (IcamStateFunc func,
                           gpointer      data);

G_END_DECLS
