/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "discovery/icam-discovery.h"

G_BEGIN_DECLS

/* What the ways of finding tell the discovery; all of it on the thread of its context. */
void icam_discovery_put       (IcamDiscovery      *self,
                               IcamHit            *hit);
void icam_discovery_drop      (IcamDiscovery      *self,
                               const char         *key);
void icam_discovery_set_state (IcamDiscovery      *self,
                               IcamDiscoveryState  state,
                               GError             *error);

/* mDNS, by way of Avahi. */
typedef struct _IcamMdns IcamMdns;

IcamMdns *icam_mdns_new  (IcamDiscovery *discovery,
                          GMainContext  *context);
void      icam_mdns_free (IcamMdns      *self);

/* WS-Discovery, by sockets of our own. */
typedef struct _IcamWsd IcamWsd;

/* How often is asked, in ms: the first pause doubles up to the longest; an answer is waited for as
 * long as patience says. */
typedef struct
{
  guint first, longest, patience;
} IcamWsdPace;

IcamWsd  *icam_wsd_new   (IcamDiscovery     *discovery,
                          GMainContext      *context,
                          const IcamWsdPace *pace);
void      icam_wsd_free  (IcamWsd           *self);

/* For tests, before the start. */
void icam_discovery_set_pace (IcamDiscovery     *self,
                              const IcamWsdPace *pace);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamMdns, icam_mdns_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamWsd, icam_wsd_free)

G_END_DECLS
