/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-discovery"

#include "config.h"

#include "discovery/icam-interfaces-private.h"

#include <errno.h>
#include <ifaddrs.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* More than a house has; containers and their bridges may bring many. */
#define MAX_INTERFACES 64
#define MAX_ADDRESSES  16

static void
own_address_free (IcamOwnAddress *own)
{
  g_object_unref (own->address);
  g_free (own);
}

static IcamInterface *
interface_new (guint index, const char *name)
{
  IcamInterface *self = g_new0 (IcamInterface, 1);

  self->index = index;
  g_strlcpy (self->name, name, sizeof self->name);
  self->addresses = g_ptr_array_new_with_free_func ((GDestroyNotify) own_address_free);
  return self;
}

static void
add_address (IcamInterface *self, GInetAddress *address, guint bits)
{
  IcamOwnAddress *own;

  if (self->addresses->len >= MAX_ADDRESSES)
    return;

  own = g_new0 (IcamOwnAddress, 1);
  own->address = g_object_ref (address);
  own->bits = bits;
  g_ptr_array_add (self->addresses, own);
}

/**
 * icam_interface_copy:
 * @self: an interface
 *
 * Returns: (transfer full): the same as it is now
 */
IcamInterface *
icam_interface_copy (const IcamInterface *self)
{
  IcamInterface *copy = interface_new (self->index, self->name);

  for (guint i = 0; i < self->addresses->len; i++)
    {
      IcamOwnAddress *own = g_ptr_array_index (self->addresses, i);

      add_address (copy, own->address, own->bits);
    }

  return copy;
}

/**
 * icam_interface_free:
 * @self: (transfer full): an interface
 */
void
icam_interface_free (IcamInterface *self)
{
  g_ptr_array_unref (self->addresses);
  g_free (self);
}

/**
 * icam_interface_equal:
 * @self: an interface
 * @other: another, or the same at another time
 *
 * Returns: whether they have the same name and the same addresses
 */
gboolean
icam_interface_equal (const IcamInterface *self, const IcamInterface *other)
{
  if (self->index != other->index || strcmp (self->name, other->name) != 0
      || self->addresses->len != other->addresses->len)
    return FALSE;

  for (guint i = 0; i < self->addresses->len; i++)
    {
      IcamOwnAddress *a = g_ptr_array_index (self->addresses, i);
      IcamOwnAddress *b = g_ptr_array_index (other->addresses, i);

      if (a->bits != b->bits || !g_inet_address_equal (a->address, b->address))
        return FALSE;
    }

  return TRUE;
}

/**
 * icam_interface_has_family:
 * @self: an interface
 * @family: IPv4 or IPv6
 *
 * Returns: whether it has an address of that family
 */
gboolean
icam_interface_has_family (const IcamInterface *self, GSocketFamily family)
{
  for (guint i = 0; i < self->addresses->len; i++)
    {
      IcamOwnAddress *own = g_ptr_array_index (self->addresses, i);

      if (g_inet_address_get_family (own->address) == family)
        return TRUE;
    }

  return FALSE;
}

/**
 * icam_interface_has_address:
 * @self: an interface
 * @address: an address
 *
 * Returns: whether it is this computer's own, on this interface
 */
gboolean
icam_interface_has_address (const IcamInterface *self, GInetAddress *address)
{
  for (guint i = 0; i < self->addresses->len; i++)
    {
      IcamOwnAddress *own = g_ptr_array_index (self->addresses, i);

      if (g_inet_address_equal (own->address, address))
        return TRUE;
    }

  return FALSE;
}

static gboolean
share_network (const IcamOwnAddress *own, GInetAddress *address)
{
  const guint8 *a = g_inet_address_to_bytes (own->address);
  const guint8 *b = g_inet_address_to_bytes (address);
  guint whole = own->bits / 8;
  guint rest = own->bits % 8;

  if (g_inet_address_get_family (own->address) != g_inet_address_get_family (address)
      || memcmp (a, b, whole) != 0)
    return FALSE;

  return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

/**
 * icam_interface_is_on_link:
 * @self: an interface
 * @address: who sent something
 *
 * Returns: whether that is a single host that is reached over this interface without a router: what
 * we send there stays in the house
 */
gboolean
icam_interface_is_on_link (const IcamInterface *self, GInetAddress *address)
{
  if (g_inet_address_get_is_any (address) || g_inet_address_get_is_multicast (address))
    return FALSE;
  if (g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6
      && g_inet_address_get_is_link_local (address))
    return TRUE;

  for (guint i = 0; i < self->addresses->len; i++)
    {
      IcamOwnAddress *own = g_ptr_array_index (self->addresses, i);

      /* A network of everything (a mask that was never set) says nothing. */
      if (own->bits > 0 && share_network (own, address))
        return TRUE;
    }

  return FALSE;
}

static guint
count_bits (const guint8 *mask, gsize size)
{
  guint bits = 0;

  for (gsize i = 0; i < size; i++)
    for (guint8 byte = mask[i]; (byte & 0x80) != 0; byte = (guint8) (byte << 1))
      bits++;

  return bits;
}

static GInetAddress *
read_address (const struct sockaddr *address, const struct sockaddr *mask, guint *bits)
{
  if (address->sa_family == AF_INET)
    {
      struct sockaddr_in in, in_mask;

      memcpy (&in, address, sizeof in);
      memcpy (&in_mask, mask, sizeof in_mask);
      *bits = count_bits ((const guint8 *) &in_mask.sin_addr, sizeof in_mask.sin_addr);
      return g_inet_address_new_from_bytes ((const guint8 *) &in.sin_addr, G_SOCKET_FAMILY_IPV4);
    }
  if (address->sa_family == AF_INET6)
    {
      struct sockaddr_in6 in6, in6_mask;

      memcpy (&in6, address, sizeof in6);
      memcpy (&in6_mask, mask, sizeof in6_mask);
      *bits = count_bits ((const guint8 *) &in6_mask.sin6_addr, sizeof in6_mask.sin6_addr);
      return g_inet_address_new_from_bytes ((const guint8 *) &in6.sin6_addr, G_SOCKET_FAMILY_IPV6);
    }

  return NULL;
}

/**
 * icam_interfaces_list:
 *
 * Returns: (transfer full) (element-type IcamInterface): interfaces that are up, carry and do
 * multicast. Lines from point to point (tunnels, telephones) are none of the house's.
 */
GPtrArray *
icam_interfaces_list (void)
{
  const unsigned int wanted = IFF_UP | IFF_RUNNING | IFF_MULTICAST;
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) icam_interface_free);
  struct ifaddrs *all = NULL;

  if (getifaddrs (&all) != 0)
    {
      g_debug ("Our interfaces are not to be had: %s", g_strerror (errno));
      return list;
    }

  for (struct ifaddrs *one = all; one != NULL; one = one->ifa_next)
    {
      g_autoptr (GInetAddress) address = NULL;
      IcamInterface *interface = NULL;
      guint index, bits;

      if ((one->ifa_flags & wanted) != wanted || (one->ifa_flags & IFF_POINTOPOINT) != 0
          || one->ifa_addr == NULL || one->ifa_netmask == NULL)
        continue;
      address = read_address (one->ifa_addr, one->ifa_netmask, &bits);
      index = address != NULL ? if_nametoindex (one->ifa_name) : 0;
      if (index == 0)
        continue;

      for (guint i = 0; i < list->len && interface == NULL; i++)
        if (((IcamInterface *) g_ptr_array_index (list, i))->index == index)
          interface = g_ptr_array_index (list, i);
      if (interface == NULL)
        {
          if (list->len >= MAX_INTERFACES)
            continue;
          interface = interface_new (index, one->ifa_name);
          g_ptr_array_add (list, interface);
        }
      add_address (interface, address, bits);
    }

  freeifaddrs (all);
  return list;
}

/**
 * icam_interfaces_watch:
 * @error: return location for a #GError
 *
 * Returns: a descriptor to be closed by the caller, that becomes readable when interfaces or
 * addresses may have changed (rtnetlink); -1 on failure. What it says is not needed: the list is
 * read anew.
 */
int
icam_interfaces_watch (GError **error)
{
  struct sockaddr_nl address = {
    .nl_family = AF_NETLINK,
    .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR,
  };
  int fd = socket (AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

  if (fd >= 0 && bind (fd, (struct sockaddr *) &address, sizeof address) == 0)
    return fd;

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "rtnetlink: %s",
               g_strerror (errno));
  if (fd >= 0)
    close (fd);
  return -1;
}

/**
 * icam_interfaces_watch_drain:
 * @fd: from icam_interfaces_watch()
 *
 * Reads what has come, so that it is not readable any more.
 */
void
icam_interfaces_watch_drain (int fd)
{
  char buffer[8192];

  /* ENOBUFS says that something was lost: a reason to look, as everything else is. */
  while (recv (fd, buffer, sizeof buffer, 0) > 0 || errno == EINTR || errno == ENOBUFS)
    ;
}
