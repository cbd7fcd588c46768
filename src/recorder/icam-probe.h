/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "recorder/icam-offer.h"
#include "recorder/icam-service.h"

G_BEGIN_DECLS

/* A device that is looked at before it is saved, and its object on the bus; it belongs to the caller who made it. */
#define ICAM_TYPE_PROBE (icam_probe_get_type ())
GType                icam_probe_get_type     (void);
#define ICAM_PROBE(object) (G_TYPE_CHECK_INSTANCE_CAST ((object), ICAM_TYPE_PROBE, IcamProbe))
typedef struct
{
  GObjectClass parent_class;
} IcamProbeClass;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamProbe, g_object_unref)

IcamProbe           *icam_probe_new          (IcamService    *service,
                                              guint           number,
                                              const char     *owner,
                                              const char     *address,
                                              const char     *user,
                                              IcamSecret     *secret,
                                              GError        **error);
void                 icam_probe_end          (IcamProbe      *self);
const char          *icam_probe_get_path     (IcamProbe      *self);
const char          *icam_probe_get_owner    (IcamProbe      *self);
gboolean             icam_probe_is_ready     (IcamProbe      *self);

/* ---- what Add takes over ---- */
GPtrArray           *icam_probe_get_offers   (IcamProbe      *self);
IcamDeviceRow       *icam_probe_dup_row      (IcamProbe      *self);
const char          *icam_probe_get_name     (IcamProbe      *self);
const char          *icam_probe_get_user     (IcamProbe      *self);
IcamSecret          *icam_probe_get_secret   (IcamProbe      *self);
IcamDeviceSession   *icam_probe_get_device   (IcamProbe      *self);
IcamIdentity         icam_probe_get_identity (IcamProbe      *self);
GPtrArray           *icam_probe_take_streams (IcamProbe      *self);

G_END_DECLS
