/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "discovery/icam-interfaces-private.h"

G_BEGIN_DECLS

/* The sockets of one interface and one of IPv4 and IPv6: one to ask and be answered, one to hear
 * what is said to all. */
typedef struct _IcamWsdSocket IcamWsdSocket;

IcamWsdSocket *icam_wsd_socket_new           (const IcamInterface *interface,
                                              GSocketFamily        family,
                                              GError             **error);
void           icam_wsd_socket_free          (IcamWsdSocket       *self);
int            icam_wsd_socket_get_ask_fd    (IcamWsdSocket       *self);
int            icam_wsd_socket_get_hear_fd   (IcamWsdSocket       *self);
void           icam_wsd_socket_send_to_group (IcamWsdSocket       *self,
                                              const char          *text,
                                              const IcamInterface *interface);
void           icam_wsd_socket_send_to_host  (IcamWsdSocket       *self,
                                              const char          *text,
                                              GInetAddress        *host);
gssize         icam_wsd_socket_read          (int                  fd,
                                              guint8              *data,
                                              gsize                size,
                                              GInetAddress       **sender,
                                              guint               *index);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamWsdSocket, icam_wsd_socket_free)

G_END_DECLS
