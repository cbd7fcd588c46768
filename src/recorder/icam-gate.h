/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* At most so many exchanges of connecting at a time, in the order in which they were asked for: many dead cameras do not delay
 * the living. One thread only. */
#define ICAM_TYPE_GATE (icam_gate_get_type ())
G_DECLARE_FINAL_TYPE (IcamGate, icam_gate, ICAM, GATE, GObject)

/* A place inside. Freeing it lets the next one in. */
typedef struct _IcamGatePass IcamGatePass;

IcamGate     *icam_gate_new          (guint                places);
void          icam_gate_enter_async  (IcamGate            *self,
                                      GCancellable        *cancellable,
                                      GAsyncReadyCallback  callback,
                                      gpointer             user_data);
IcamGatePass *icam_gate_enter_finish (IcamGate            *self,
                                      GAsyncResult        *result,
                                      GError             **error);
void          icam_gate_pass_free    (IcamGatePass        *pass);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamGatePass, icam_gate_pass_free)

G_END_DECLS
