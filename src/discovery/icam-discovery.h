/* SPDX-License-Identifier: GPL-3.0-or-later */

/* discovery: what is out there. In: mDNS announcements (Avahi), answers to WS-Discovery. Out: hits, each with an address to ask and
 * what it says of itself, live. A hit is a hint: whoever uses it confirms it. Knows neither ONVIF's SOAP nor what was added. */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define ICAM_TYPE_DISCOVERY (icam_discovery_get_type ())
G_DECLARE_FINAL_TYPE (IcamDiscovery, icam_discovery, ICAM, DISCOVERY, GObject)

typedef enum
{
  ICAM_DISCOVERY_STARTING,
  ICAM_DISCOVERY_RUNNING,
  ICAM_DISCOVERY_ABSENT, /* no Avahi on the system bus: it is looked for again when it appears */
  ICAM_DISCOVERY_FAILED,
} IcamDiscoveryState; /* of mDNS; WS-Discovery needs nobody's help */

/* One service as it was announced. Immutable. Text is valid UTF-8, bounded (256 bytes a value), without control characters. */
#define ICAM_TYPE_HIT (icam_hit_get_type ())
G_DECLARE_FINAL_TYPE (IcamHit, icam_hit, ICAM, HIT, GObject)

const char *icam_hit_get_key      (IcamHit *self); /* the same while the announcement lives */
const char *icam_hit_get_source   (IcamHit *self); /* "mdns", "ws-discovery" */
const char *icam_hit_get_name     (IcamHit *self); /* what it calls itself */
const char *icam_hit_get_service  (IcamHit *self); /* "_onvif._tcp", … */
const char *icam_hit_get_address  (IcamHit *self); /* numeric; IPv6 link-local with its scope */
guint16     icam_hit_get_port     (IcamHit *self);
const char *icam_hit_get_mac      (IcamHit *self); /* 12 lower case hex digits, or NULL */
const char *icam_hit_get_hardware (IcamHit *self); /* or NULL */
const char *icam_hit_get_path     (IcamHit *self); /* or NULL */
const char *icam_hit_get_endpoint (IcamHit *self); /* endpoint UUID, or NULL */
const char *icam_hit_get_serial   (IcamHit *self); /* or NULL */
gboolean    icam_hit_get_secure   (IcamHit *self); /* https */

/* What two hits are to each other. */
typedef enum
{
  ICAM_HIT_OTHER,     /* of two devices: they say so */
  ICAM_HIT_UNRELATED, /* nothing speaks for one device, nothing against it */
  ICAM_HIT_PERHAPS,   /* nothing better than the same address */
  ICAM_HIT_SAME,      /* of one device, by what belongs to it */
} IcamHitRelation;

IcamHitRelation icam_hit_relate (IcamHit *self,
                                 IcamHit *other);

/* Signals: "appeared" (IcamHit *), "disappeared" (IcamHit *), "notify::state". Everything happens in the thread-default main
 * context of _start. */
IcamDiscovery      *icam_discovery_new       (void);
void                icam_discovery_start     (IcamDiscovery *self);
void                icam_discovery_stop      (IcamDiscovery *self);
IcamDiscoveryState  icam_discovery_get_state (IcamDiscovery *self);
const GError       *icam_discovery_get_error (IcamDiscovery *self);
GPtrArray          *icam_discovery_list      (IcamDiscovery *self);

G_END_DECLS
