/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-discovery"

#include "config.h"

#include "discovery/icam-wsd-link-private.h"

#include <glib-unix.h>
#include <string.h>

#include "discovery/icam-wsd-socket-private.h"

/* Questions whose answers may still come. */
#define MAX_ROUNDS 8
/* So many datagrams, then everything else has its turn. */
#define READS_AT_A_TIME 32
/* What is read in a second, in bytes; a datagram costs MIN_COST at least. 200 cameras that answer
 * three times at once are well below; who floods us keeps neither the processor nor the others. */
#define SECOND_BUDGET (2u * 1024 * 1024)
#define SENDER_BUDGET (512u * 1024)
#define MIN_COST      1024u
/* Hellos and Byes make us ask again, but not more often than this. */
#define KICK_PAUSE_US (5 * G_USEC_PER_SEC)

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

  IcamWsdSocket *socket;
  GSource *ask_source, *hear_source;

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

/* Some devices answer to one type only, and some not at all without one. So both are asked for, and
 * once in a while, and where somebody is late, everything, which printers answer too. Who is late
 * is also asked directly: wireless networks lose what goes to all. */
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
      icam_wsd_socket_send_to_group (self->socket, text, self->interface);
      for (guint i = 0; late != NULL && i < late->len; i++)
        icam_wsd_socket_send_to_host (self->socket, text, g_ptr_array_index (late, i));
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

static gboolean
on_readable (int fd, GIOCondition condition, gpointer user_data)
{
  IcamWsdLink *self = user_data;
  static guint8 data[ICAM_WSD_MAX_SIZE]; /* discovery has one thread */

  for (guint i = 0; i < READS_AT_A_TIME; i++)
    {
      g_autoptr (GInetAddress) sender = NULL;
      guint index;
      gssize size = icam_wsd_socket_read (fd, data, sizeof data, &sender, &index);

      if (size < 0)
        break;
      if (size > 0)
        take (self, data, (gsize) size, sender, index);
    }

  return G_SOURCE_CONTINUE;
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
icam_wsd_link_new (IcamWsd *wsd,
                   GMainContext *context,
                   const IcamInterface *interface,
                   GSocketFamily family,
                   const IcamWsdPace *pace,
                   GError **error)
{
  g_autoptr (IcamWsdLink) self = g_new0 (IcamWsdLink, 1);

  self->wsd = wsd;
  self->context = g_main_context_ref (context);
  self->interface = icam_interface_copy (interface);
  self->family = family;
  self->pace = *pace;
  self->pause = pace->first;
  self->spent_by = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->socket = icam_wsd_socket_new (interface, family, error);
  if (self->socket == NULL)
    return NULL;

  self->ask_source = watch (self, icam_wsd_socket_get_ask_fd (self->socket));
  if (icam_wsd_socket_get_hear_fd (self->socket) >= 0)
    self->hear_source = watch (self, icam_wsd_socket_get_hear_fd (self->socket));
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
  g_clear_pointer (&self->socket, icam_wsd_socket_free);
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
