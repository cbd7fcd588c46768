/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-discovery"

#include "config.h"

#include "discovery/icam-wsd-link-private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <glib-unix.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/icam-ledger.h"

/* WS-Discovery, section 2.4. */
#define PORT 3702
#define GROUP4 "239.255.255.250"
#define GROUP6 "ff02::c"

/* Questions whose answers may still come. */
#define MAX_ROUNDS 8
/* So many datagrams, then everything else has its turn. */
#define READS_AT_A_TIME 32
/* What is read in a second, in bytes; a datagram costs MIN_COST at least. 200 cameras that answer
 * three times at once are well below; who floods us keeps neither the processor nor the others. */
#define SECOND_BUDGET (2u * 1024 * 1024)
#define SENDER_BUDGET (512u * 1024)
#define MIN_COST 1024u
/* Hellos and Byes make us ask again, but not more often than this. */
#define KICK_PAUSE_US (5 * G_USEC_PER_SEC)

#ifndef IPV6_MULTICAST_ALL
#define IPV6_MULTICAST_ALL 29
#endif

typedef struct
{
  char *ids[ICAM_WSD_N_ASKS];
} Round;

struct _IcamWsdLink
{
  IcamWsd *wsd; /* not owned: it owns us */
  GMainContext *context;
  IcamInterface *interface;
  GSocketFamily family;
  IcamWsdPace pace;

  int ask_fd, hear_fd; /* hear_fd may be -1: somebody has the port for itself */
  GSource *ask_source, *hear_source;
  struct sockaddr_storage group;
  socklen_t group_size;

  Round rounds[MAX_ROUNDS];
  guint n_rounds;  /* since the beginning */
  guint in_series; /* since the last kick */
  guint pause;     /* ms until the next round */
  guint rest;      /* of it, when nobody is late */
  gint64 asked_us; /* when the last round was sent; 0 never */
  gint64 kicked_us;
  gboolean checking; /* the timer looks for who is late */
  GSource *timer, *kick;

  /* What was read in this second. */
  gint64 second;
  guint spent;
  GHashTable *spent_by; /* sender -> bytes */
};

static void on_timer (IcamWsdLink *self);

static void
end_source (GSource **source)
{
  if (*source != NULL)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static void
start_timer (IcamWsdLink *self, GSource **source, guint milliseconds, GSourceFunc func)
{
  end_source (source);
  *source = g_timeout_source_new (milliseconds);
  g_source_set_static_name (*source, "icam-wsd-timer");
  g_source_set_callback (*source, func, self, NULL);
  g_source_attach (*source, self->context);
}

static gboolean
dispatch_timer (gpointer user_data)
{
  IcamWsdLink *self = user_data;

  g_clear_pointer (&self->timer, g_source_unref);
  on_timer (self);
  return G_SOURCE_REMOVE;
}

static void
set_timer (IcamWsdLink *self, guint milliseconds)
{
  start_timer (self, &self->timer, milliseconds, dispatch_timer);
}

/* ---- asking ---- */

/* From one of our own addresses, or from the one that the kernel chooses. */
static void
send_from (IcamWsdLink *self, const char *text, const struct sockaddr *to, socklen_t to_size,
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
      struct in_pktinfo info = { .ipi_ifindex = (int) self->interface->index };
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
    g_debug ("WS-Discovery on %s: %s", self->interface->name, g_strerror (errno));
}

/* Each of our IPv4 networks on the interface has devices that answer only to an address of it. */
static void
send_to_group (IcamWsdLink *self, const char *text)
{
  const struct sockaddr *group = (const struct sockaddr *) &self->group;

  if (self->family == G_SOCKET_FAMILY_IPV6)
    {
      send_from (self, text, group, self->group_size, NULL);
      return;
    }

  for (guint i = 0; i < self->interface->addresses->len; i++)
    {
      IcamOwnAddress *own = g_ptr_array_index (self->interface->addresses, i);

      if (g_inet_address_get_family (own->address) == G_SOCKET_FAMILY_IPV4)
        send_from (self, text, group, self->group_size, own->address);
    }
}

static void
send_to_host (IcamWsdLink *self, const char *text, GInetAddress *host)
{
  struct sockaddr_storage to = { 0 };

  if (self->family == G_SOCKET_FAMILY_IPV6)
    {
      struct sockaddr_in6 *in6 = (struct sockaddr_in6 *) &to;

      in6->sin6_family = AF_INET6;
      in6->sin6_port = htons (PORT);
      in6->sin6_scope_id = self->interface->index;
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

/* Some devices answer to one type only, and some not at all without one. So both are asked for, and once in a while, and where somebody
 * is late, everything, which printers answer too. Who is late is also asked directly: wireless networks lose what goes to all. */
static void
ask (IcamWsdLink *self)
{
  Round *round = &self->rounds[self->n_rounds++ % MAX_ROUNDS];
  gint64 now = g_get_monotonic_time ();
  g_autoptr (GPtrArray) late = NULL;
  gboolean everything;

  if (self->asked_us > 0 && now - self->asked_us >= (gint64) self->pace.patience * 1000)
    late = icam_wsd_miss (self->wsd, self, self->asked_us);
  everything = self->in_series++ == 1 || (late != NULL && late->len > 0);
  self->asked_us = now;

  for (guint kind = 0; kind < ICAM_WSD_N_ASKS; kind++)
    {
      g_autofree char *text = NULL;

      g_clear_pointer (&round->ids[kind], g_free);
      if (kind == ICAM_WSD_ASK_ALL && !everything)
        continue;
      round->ids[kind] = g_uuid_string_random ();
      text = icam_wsd_probe_new ((IcamWsdAsk) kind, round->ids[kind]);
      send_to_group (self, text);
      for (guint i = 0; late != NULL && i < late->len; i++)
        send_to_host (self, text, g_ptr_array_index (late, i));
    }
}

static void
on_timer (IcamWsdLink *self)
{
  guint spread = self->pause / 10;
  guint wait;

  if (self->checking)
    {
      self->checking = FALSE;
      if (icam_wsd_count_late (self->wsd, self, self->asked_us) == 0)
        {
          set_timer (self, self->rest);
          return;
        }
      /* Asked again at once, and as long as it takes to know. */
      ask (self);
      self->checking = TRUE;
      set_timer (self, self->pace.patience);
      return;
    }

  ask (self);
  /* A tenth earlier or later, so that two recorders do not fall into step. */
  wait = self->pause - spread + (guint) g_random_int_range (0, (gint32) (2 * spread + 1));
  self->pause = MIN (self->pause * 2, self->pace.longest);
  self->checking = wait > self->pace.patience;
  self->rest = self->checking ? wait - self->pace.patience : 0;
  set_timer (self, self->checking ? self->pace.patience : wait);
}

static gboolean
dispatch_kick (gpointer user_data)
{
  IcamWsdLink *self = user_data;

  g_clear_pointer (&self->kick, g_source_unref);
  icam_wsd_link_kick (self);
  return G_SOURCE_REMOVE;
}

/**
 * icam_wsd_link_kick:
 * @self: a link
 *
 * Something changed: asks soon and begins with short pauses again; not more often than is good for
 * the network.
 */
void
icam_wsd_link_kick (IcamWsdLink *self)
{
  gint64 now = g_get_monotonic_time ();
  gint64 wait = self->kicked_us > 0 ? self->kicked_us + KICK_PAUSE_US - now : 0;

  if (wait > 0)
    {
      if (self->kick == NULL)
        start_timer (self, &self->kick, (guint) (wait / 1000) + 1, dispatch_kick);
      return;
    }

  self->kicked_us = now;
  self->in_series = 0;
  self->pause = self->pace.first;
  self->checking = FALSE;
  set_timer (self, 0);
}

/* ---- hearing ---- */

static gboolean
is_ours (IcamWsdLink *self, const char *relates_to)
{
  for (guint i = 0; relates_to != NULL && i < MAX_ROUNDS; i++)
    for (guint kind = 0; kind < ICAM_WSD_N_ASKS; kind++)
      if (g_strcmp0 (self->rounds[i].ids[kind], relates_to) == 0)
        return TRUE;

  return FALSE;
}

static gboolean
within_budget (IcamWsdLink *self, GInetAddress *sender, gsize size)
{
  gint64 second = g_get_monotonic_time () / G_USEC_PER_SEC;
  guint cost = MAX ((guint) size, MIN_COST);
  guint spent;
  g_autofree char *text = NULL;

  if (second != self->second)
    {
      self->second = second;
      self->spent = 0;
      g_hash_table_remove_all (self->spent_by);
    }
  if (self->spent + cost > SECOND_BUDGET)
    return FALSE;

  text = g_inet_address_to_string (sender);
  spent = GPOINTER_TO_UINT (g_hash_table_lookup (self->spent_by, text)) + cost;
  if (spent > SENDER_BUDGET)
    return FALSE;

  self->spent += cost;
  g_hash_table_insert (self->spent_by, g_steal_pointer (&text), GUINT_TO_POINTER (spent));
  return TRUE;
}

static void
take (IcamWsdLink *self, const guint8 *data, gsize size, GInetAddress *sender, guint index)
{
  g_autoptr (IcamWsdMessage) message = NULL;
  /* What this computer sends to itself comes by loopback. */
  gboolean own = icam_interface_has_address (self->interface, sender);

  if ((index != self->interface->index && !own)
      || !icam_interface_is_on_link (self->interface, sender)
      || !within_budget (self, sender, size))
    return;

  message = icam_wsd_message_parse (data, size);
  if (message == NULL
      || (message->kind == ICAM_WSD_PROBE_MATCHES && !is_ours (self, message->relates_to)))
    return;

  icam_wsd_heard (self->wsd, self, message, sender);
}

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

static gboolean
on_readable (int fd, GIOCondition condition, gpointer user_data)
{
  IcamWsdLink *self = user_data;
  static guint8 data[ICAM_WSD_MAX_SIZE]; /* discovery has one thread */

  for (guint i = 0; i < READS_AT_A_TIME; i++)
    {
      struct sockaddr_storage from = { 0 };
      struct iovec part = { data, sizeof data };
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
      ssize_t size = recvmsg (fd, &message, MSG_DONTWAIT);
      g_autoptr (GInetAddress) sender = NULL;

      if (size < 0)
        {
          /* Others are what ICMP told of an earlier question: of no interest, and gone when read. */
          if (errno == EAGAIN)
            break;
          continue;
        }
      sender = read_sender (&from);
      if (sender != NULL && size > 0 && (message.msg_flags & MSG_TRUNC) == 0)
        take (self, data, (gsize) size, sender, read_index (&message));
    }

  return G_SOURCE_CONTINUE;
}

/* ---- sockets ---- */

static gboolean
set_option (int fd, int level, int name, int value)
{
  return setsockopt (fd, level, name, &value, sizeof value) == 0;
}

/* One for each interface and family: the kernel sends a multicast over one interface only, and which one is not to be left to its
 * routes. It goes no further than the local network. */
static int
open_ask (IcamWsdLink *self)
{
  gboolean six = self->family == G_SOCKET_FAMILY_IPV6;
  int index = (int) self->interface->index;
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
open_hear (IcamWsdLink *self)
{
  gboolean six = self->family == G_SOCKET_FAMILY_IPV6;
  int index = (int) self->interface->index;
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

static GSource *
watch (IcamWsdLink *self, int fd)
{
  GSource *source = g_unix_fd_source_new (fd, G_IO_IN | G_IO_ERR);

  g_source_set_static_name (source, "icam-wsd-socket");
  g_source_set_callback (source, G_SOURCE_FUNC (on_readable), self, NULL);
  g_source_attach (source, self->context);
  return source;
}

static void
make_group (IcamWsdLink *self)
{
  if (self->family == G_SOCKET_FAMILY_IPV6)
    {
      struct sockaddr_in6 *in6 = (struct sockaddr_in6 *) &self->group;

      in6->sin6_family = AF_INET6;
      in6->sin6_port = htons (PORT);
      in6->sin6_scope_id = self->interface->index;
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
 * icam_wsd_link_new:
 * @wsd: what is told of what was heard; it owns the result
 * @context: where everything happens
 * @interface: an interface
 * @family: IPv4 or IPv6
 * @pace: how often to ask
 * @error: return location for a #GError
 *
 * Begins to ask as soon as the context runs.
 *
 * Returns: (transfer full): a link; %NULL if there is no socket for it
 */
IcamWsdLink *
icam_wsd_link_new (IcamWsd             *wsd,
                   GMainContext        *context,
                   const IcamInterface *interface,
                   GSocketFamily        family,
                   const IcamWsdPace   *pace,
                   GError             **error)
{
  g_autoptr (IcamWsdLink) self = g_new0 (IcamWsdLink, 1);

  self->wsd = wsd;
  self->context = g_main_context_ref (context);
  self->interface = icam_interface_copy (interface);
  self->family = family;
  self->pace = *pace;
  self->pause = pace->first;
  self->spent_by = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
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

  self->ask_source = watch (self, self->ask_fd);
  if (self->hear_fd >= 0)
    self->hear_source = watch (self, self->hear_fd);
  set_timer (self, 0);
  return g_steal_pointer (&self);
}

/**
 * icam_wsd_link_free:
 * @self: (transfer full): a link
 */
void
icam_wsd_link_free (IcamWsdLink *self)
{
  end_source (&self->timer);
  end_source (&self->kick);
  end_source (&self->ask_source);
  end_source (&self->hear_source);
  if (self->ask_fd >= 0)
    close (self->ask_fd);
  if (self->hear_fd >= 0)
    close (self->hear_fd);
  for (guint i = 0; i < MAX_ROUNDS; i++)
    for (guint kind = 0; kind < ICAM_WSD_N_ASKS; kind++)
      g_free (self->rounds[i].ids[kind]);
  g_hash_table_unref (self->spent_by);
  icam_interface_free (self->interface);
  g_main_context_unref (self->context);
  g_free (self);
}

/**
 * icam_wsd_link_get_interface:
 * @self: a link
 *
 * Returns: (transfer none): its interface as it was when the link was made
 */
const IcamInterface *
icam_wsd_link_get_interface (IcamWsdLink *self)
{
  return self->interface;
}

/**
 * icam_wsd_link_get_family:
 * @self: a link
 *
 * Returns: IPv4 or IPv6
 */
GSocketFamily
icam_wsd_link_get_family (IcamWsdLink *self)
{
  return self->family;
}

/**
 * icam_wsd_link_set_interface:
 * @self: a link
 * @interface: the same interface with other addresses
 *
 * Asks from the addresses that it has now.
 */
void
icam_wsd_link_set_interface (IcamWsdLink *self, const IcamInterface *interface)
{
  IcamInterface *copy = icam_interface_copy (interface);

  icam_interface_free (self->interface);
  self->interface = copy;
  icam_wsd_link_kick (self);
}
