/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "discovery/icam-discovery-private.h"
#include "discovery/icam-interfaces-private.h"
#include "discovery/icam-wsd-message-private.h"

G_BEGIN_DECLS

/* One interface and one of IPv4 and IPv6: asks there, and hears what is said there. */
typedef struct _IcamWsdLink IcamWsdLink;

IcamWsdLink         *icam_wsd_link_new           (IcamWsd             *wsd,
                                                  GMainContext        *context,
                                                  const IcamInterface *interface,
                                                  GSocketFamily        family,
                                                  const IcamWsdPace   *pace,
                                                  GError             **error);
void                 icam_wsd_link_free          (IcamWsdLink         *self);
const IcamInterface *icam_wsd_link_get_interface (IcamWsdLink         *self);
void                 icam_wsd_link_set_interface (IcamWsdLink         *self,
                                                  const IcamInterface *interface);
GSocketFamily        icam_wsd_link_get_family    (IcamWsdLink         *self);
void                 icam_wsd_link_kick          (IcamWsdLink         *self);

/* What a link tells the search that owns it. */
void       icam_wsd_heard      (IcamWsd              *self,
                                IcamWsdLink          *link,
                                const IcamWsdMessage *message,
                                GInetAddress         *sender);
guint      icam_wsd_count_late (IcamWsd              *self,
                                IcamWsdLink          *link,
                                gint64                since_us);
GPtrArray *icam_wsd_miss       (IcamWsd              *self,
                                IcamWsdLink          *link,
                                gint64                since_us);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamWsdLink, icam_wsd_link_free)

G_END_DECLS
