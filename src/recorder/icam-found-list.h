/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "discovery/icam-discovery.h"
#include "recorder/icam-service.h"

G_BEGIN_DECLS

/* What is out there now: each hit of the discovery is confirmed by asking; hits of one device are one Found object on the bus. */
typedef struct _IcamFoundList IcamFoundList;

IcamFoundList *icam_found_list_new     (IcamService   *service,
                                        IcamDiscovery *discovery);
void           icam_found_list_free    (IcamFoundList *self);
void           icam_found_list_refresh (IcamFoundList *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamFoundList, icam_found_list_free)

G_END_DECLS
