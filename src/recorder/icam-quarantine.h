/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "recorder/icam-context.h"

G_BEGIN_DECLS

/* Devices that answered in another's place: what they sent is kept for a day under identities of their own. */


IcamQuarantine *icam_quarantine_new    (IcamContext          *context);
void            icam_quarantine_free   (IcamQuarantine       *self);
void            icam_quarantine_add    (IcamQuarantine       *self,
                                        const IcamDeviceRow  *device,
                                        GPtrArray            *channels);
gboolean        icam_quarantine_find   (IcamQuarantine       *self,
                                        const IcamEvidence   *evidence,
                                        IcamDeviceRow       **device,
                                        GPtrArray           **channels);
void            icam_quarantine_seen   (IcamQuarantine       *self,
                                        const IcamUuid       *device);
void            icam_quarantine_expire (IcamQuarantine       *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamQuarantine, icam_quarantine_free)

G_END_DECLS
