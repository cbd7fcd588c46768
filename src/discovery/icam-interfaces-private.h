/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>
#include <net/if.h>

G_BEGIN_DECLS

/* One of our own addresses, and how many of its bits are the network's. */
typedef struct
{
  GInetAddress *address;
  guint bits;
} IcamOwnAddress;

/* A network that this computer is a part of. */
typedef struct
{
  guint index;
  char name[IF_NAMESIZE];
  GPtrArray *addresses; /* of IcamOwnAddress, in the kernel's order */
} IcamInterface;

GPtrArray     *icam_interfaces_list        (void);
gboolean       icam_interface_equal        (const IcamInterface *self,
                                            const IcamInterface *other);
IcamInterface *icam_interface_copy         (const IcamInterface *self);
void           icam_interface_free         (IcamInterface       *self);
gboolean       icam_interface_has_family   (const IcamInterface *self,
                                            GSocketFamily        family);
gboolean       icam_interface_has_address  (const IcamInterface *self,
                                            GInetAddress        *address);
gboolean       icam_interface_is_on_link   (const IcamInterface *self,
                                            GInetAddress        *address);

int            icam_interfaces_watch       (GError             **error);
void           icam_interfaces_watch_drain (int                  fd);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamInterface, icam_interface_free)

G_END_DECLS
