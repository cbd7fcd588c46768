/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-discovery"

#include "config.h"

#include "discovery/icam-wsd-socket-private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/icam-ledger.h"

/* WS-Discovery, section 2.4. */
#define PORT   3702
#define GROUP4 "239.255.255.250"
#define GROUP6 "ff02::c"

#ifndef IPV6_MULTICAST_ALL
#define IPV6_MULTICAST_ALL 29
#endif

struct _IcamWsdSocket
{
  guint index; /* of the interface */
  char name[IF_NAMESIZE];
  GSocketFamily family;
  int ask_fd, hear_fd; /* hear_fd may be -1: somebody has the port for itself */
  struct sockaddr_storage group;
  socklen_t group_size;
};

/* ---- sending ---- */

/* From one of our own addresses, or from the one that the kernel chooses. */
static void
send_from (IcamWsdSocket *self,
           const char *text,
           const struct sockaddr *to,
           socklen_t to_size,
           GInetAddress *from)
{
  struct iovec part = { (void *) text, strlen (text) };
  union
  {
    char bytes[CMSG_SPACE (sizeof (struct in_pktinfo))];
    struct cmsghdr align;
  } control = { { 0 } };
  struct msghdr message = {
    .msg_name = (void *) to,
    .msg_namelen = to_size,
    .msg_iov = &part,
    .msg_iovlen = 1,
  };

  if (from != NULL)
    {
      struct in_pktinfo info = { .ipi_ifindex = (int) self->index };
      struct cmsghdr *header;

      memcpy (&info.ipi_spec_dst, g_inet_address_to_bytes (from), sizeof info.ipi_spec_dst);
      message.msg_control = control.bytes;
      message.msg_controllen = sizeof control.bytes;
      header = CMSG_FIRSTHDR (&message);
      header->cmsg_level = IPPROTO_IP;
      header->cmsg_type = IP_PKTINFO;
      header->cmsg_len = CMSG_LEN (sizeof info);
      memcpy (CMSG_DATA (header), &info, sizeof info);
    }

  /* An interface that is not ready yet is asked again soon; a full buffer is what UDP is like. */
  if (sendmsg (self->ask_fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
    g_debug ("WS-Discovery on %s: %s", self->name, g_strerror (errno));
}

/**
 * icam_wsd_socket_send_to_group:
 * @self: sockets
 * @text: a message
 * @interface: our addresses on the interface
 *
 * Each of our IPv4 networks on it has devices that answer only to an address of that network.
 */
void
icam_wsd_socket_send_to_group (IcamWsdSocket *self,
                               const char *text,
                               const IcamInterface *interface)
{
  const struct sockaddr *group = (const struct sockaddr *) &self->group;

  if (self->family == G_SOCKET_FAMILY_IPV6)
    {
      send_from (self, text, group, self->group_size, NULL);
      return;
    }

  for (guint i = 0; i < interface->addresses->len; i++)
    {
      IcamOwnAddress *own = g_ptr_array_index (interface->addresses, i);

      if (g_inet_address_get_family (own->address) == G_SOCKET_FAMILY_IPV4)
        send_from (self, text, group, self->group_size, own->address);
    }
}

/**
 * icam_wsd_socket_send_to_host:
 * @self: sockets
 * @text: a message
 * @host: a host on the interface's network
 */
void
icam_wsd_socket_send_to_host (IcamWsdSocket *self, const char *text, GInetAddress *host)
{
  struct sockaddr_storage to = { 0 };

  if (self->family == G_SOCKET_FAMILY_IPV6)
    {
      struct sockaddr_in6 *in6 = (struct sockaddr_in6 *) &to;

      in6->sin6_family = AF_INET6;
      in6->sin6_port = htons (PORT);
      in6->sin6_scope_id = self->index;
      memcpy (&in6->sin6_addr, g_inet_address_to_bytes (host), sizeof in6->sin6_addr);
    }
  else
    {
      struct sockaddr_in *in = (struct sockaddr_in *) &to;

      in->sin_family = AF_INET;
      in->sin_port = htons (PORT);
      memcpy (&in->sin_addr, g_inet_address_to_bytes (host), sizeof in->sin_addr);
    }

  send_from (self, text, (const struct sockaddr *) &to, self->group_size, NULL);
}

/* ---- reading ---- */

static GInetAddress *
read_sender (const struct sockaddr_storage *from)
{
  if (from->ss_family == AF_INET)
    return g_inet_address_new_from_bytes (
      (const guint8 *) &((const struct sockaddr_in *) from)->sin_addr, G_SOCKET_FAMILY_IPV4);
  if (from->ss_family == AF_INET6)
    return g_inet_address_new_from_bytes (
      (const guint8 *) &((const struct sockaddr_in6 *) from)->sin6_addr, G_SOCKET_FAMILY_IPV6);

  return NULL;
}

static guint
read_index (struct msghdr *message)
{
  for (struct cmsghdr *header = CMSG_FIRSTHDR (message); header != NULL;
       header = CMSG_NXTHDR (message, header))
    {
      if (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_PKTINFO)
        {
          struct in_pktinfo info;

          memcpy (&info, CMSG_DATA (header), sizeof info);
          return (guint) info.ipi_ifindex;
        }
      if (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_PKTINFO)
        {
          struct in6_pktinfo info;

          memcpy (&info, CMSG_DATA (header), sizeof info);
          return info.ipi6_ifindex;
        }
    }

  return 0;
}

/**
 * icam_wsd_socket_read:
 * @fd: one of the two
 * @data: (out caller-allocates): a datagram
 * @size: room for it, in bytes
 * @sender: (out) (transfer full): who sent it
 * @index: (out): the interface by which it came; 0 unknown
 *
 * Returns: the datagram's size; 0 for one that is of no use; -1 when there is none
 */
gssize
icam_wsd_socket_read (int fd, guint8 *data, gsize size, GInetAddress **sender, guint *index)
{
  struct sockaddr_storage from = { 0 };
  struct iovec part = { data, size };
  union
  {
    char bytes[256];
    struct cmsghdr align;
  } control;
  struct msghdr message = {
    .msg_name = &from,
    .msg_namelen = sizeof from,
    .msg_iov = &part,
    .msg_iovlen = 1,
    .msg_control = control.bytes,
    .msg_controllen = sizeof control.bytes,
  };
  ssize_t length = recvmsg (fd, &message, MSG_DONTWAIT);

  /* Others are what ICMP told of an earlier question: of no interest, and gone when read. */
  if (length < 0)
    return errno == EAGAIN ? -1 : 0;
  if ((message.msg_flags & MSG_TRUNC) != 0)
    return 0;

  *sender = read_sender (&from);
  *index = read_index (&message);
  return *sender != NULL ? length : 0;
}

/* ---- opening ---- */

static gboolean
set_option (int fd, int level, int name, int value)
{
  return setsockopt (fd, level, name, &value, sizeof value) == 0;
}

/* One for each interface and family: the kernel sends a multicast over one interface only, and
 * which one is not to be left to its routes. It goes no further than the local network. */
static int
open_ask (IcamWsdSocket *self)
{
  gboolean six = self->family == G_SOCKET_FAMILY_IPV6;
  int index = (int) self->index;
  struct ip_mreqn by_index = { .imr_ifindex = index };
  struct sockaddr_in any4 = { .sin_family = AF_INET };
  struct sockaddr_in6 any6 = { .sin6_family = AF_INET6 };
  int fd = socket (six ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  if (fd < 0)
    return -1;

  /* Many answer at once. As much as the system allows. */
  set_option (fd, SOL_SOCKET, SO_RCVBUF, 1024 * 1024);
  if (six ? set_option (fd, IPPROTO_IPV6, IPV6_V6ONLY, 1)
              && set_option (fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, index)
              && set_option (fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 1)
              && set_option (fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)
              && bind (fd, (struct sockaddr *) &any6, sizeof any6) == 0
          : setsockopt (fd, IPPROTO_IP, IP_MULTICAST_IF, &by_index, sizeof by_index) == 0
              && set_option (fd, IPPROTO_IP, IP_MULTICAST_TTL, 1)
              && set_option (fd, IPPROTO_IP, IP_PKTINFO, 1)
              && bind (fd, (struct sockaddr *) &any4, sizeof any4) == 0)
    return fd;

  close (fd);
  return -1;
}

/* Bound to the group, so that what is sent to others on this computer stays theirs. */
static int
open_hear (IcamWsdSocket *self)
{
  gboolean six = self->family == G_SOCKET_FAMILY_IPV6;
  int index = (int) self->index;
  struct ip_mreqn member4 = { .imr_ifindex = index };
  struct ipv6_mreq member6 = { .ipv6mr_interface = (unsigned int) index };
  int fd = socket (six ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  if (fd < 0)
    return -1;

  inet_pton (AF_INET, GROUP4, &member4.imr_multiaddr);
  inet_pton (AF_INET6, GROUP6, &member6.ipv6mr_multiaddr);
  set_option (fd, SOL_SOCKET, SO_REUSEADDR, 1);
  if (six)
    {
      set_option (fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
      set_option (fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0);
    }
  else
    {
      set_option (fd, IPPROTO_IP, IP_MULTICAST_ALL, 0);
    }
  if (bind (fd, (struct sockaddr *) &self->group, self->group_size) == 0
      && (six ? set_option (fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)
                  && setsockopt (fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &member6, sizeof member6) == 0
              : set_option (fd, IPPROTO_IP, IP_PKTINFO, 1)
                  && setsockopt (fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &member4, sizeof member4) == 0))
    return fd;

  close (fd);
  return -1;
}

static void
make_group (IcamWsdSocket *self)
{
  if (self->family == G_SOCKET_FAMILY_IPV6)
    {
      struct sockaddr_in6 *in6 = (struct sockaddr_in6 *) &self->group;

      in6->sin6_family = AF_INET6;
      in6->sin6_port = htons (PORT);
      in6->sin6_scope_id = self->index;
      inet_pton (AF_INET6, GROUP6, &in6->sin6_addr);
      self->group_size = sizeof *in6;
    }
  else
    {
      struct sockaddr_in *in = (struct sockaddr_in *) &self->group;

      in->sin_family = AF_INET;
      in->sin_port = htons (PORT);
      inet_pton (AF_INET, GROUP4, &in->sin_addr);
      self->group_size = sizeof *in;
    }
}

/**
 * icam_wsd_socket_new:
 * @interface: an interface
 * @family: IPv4 or IPv6
 * @error: return location for a #GError
 *
 * Returns: (transfer full): sockets, entered in the ledger; %NULL if nothing can be asked there
 */
IcamWsdSocket *
icam_wsd_socket_new (const IcamInterface *interface, GSocketFamily family, GError **error)
{
  g_autoptr (IcamWsdSocket) self = g_new0 (IcamWsdSocket, 1);

  self->index = interface->index;
  g_strlcpy (self->name, interface->name, sizeof self->name);
  self->family = family;
  make_group (self);
  self->hear_fd = -1;
  self->ask_fd = open_ask (self);
  if (self->ask_fd < 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "%s: %s", interface->name,
                   g_strerror (errno));
      return NULL;
    }

  self->hear_fd = open_hear (self);
  if (self->hear_fd < 0)
    g_info ("Cameras that come and go on %s are seen when they are asked only: %s", interface->name,
            g_strerror (errno));
  icam_ledger_note ("discovery", family == G_SOCKET_FAMILY_IPV6 ? GROUP6 : GROUP4, PORT);
  return g_steal_pointer (&self);
}

/**
 * icam_wsd_socket_free:
 * @self: (transfer full): sockets
 */
void
icam_wsd_socket_free (IcamWsdSocket *self)
{
  if (self->ask_fd >= 0)
    close (self->ask_fd);
  if (self->hear_fd >= 0)
    close (self->hear_fd);
  g_free (self);
}

/**
 * icam_wsd_socket_get_ask_fd:
 * @self: sockets
 *
 * Returns: where answers come
 */
int
icam_wsd_socket_get_ask_fd (IcamWsdSocket *self)
{
  return self->ask_fd;
}

/**
 * icam_wsd_socket_get_hear_fd:
 * @self: sockets
 *
 * Returns: where Hello and Bye come; -1 if they cannot be heard
 */
int
icam_wsd_socket_get_hear_fd (IcamWsdSocket *self)
{
  return self->hear_fd;
}
