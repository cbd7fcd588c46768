/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-discovery"

#include "config.h"

#include "discovery/icam-wsd-link-private.h"

#include <glib-unix.h>
#include <string.h>
#include <unistd.h>

#include "discovery/icam-hit-private.h"

/* More than a house has; somebody who sends more gets no further, and nobody takes the place of all
 * others. */
#define MAX_ENTRIES           512
#define MAX_ENTRIES_OF_SENDER 64
/* Who did not answer so many questions in a row, each with time to answer, is gone. */
#define MAX_MISSES 4
/* A device that says something else each time is not followed in each of its words. */
#define FREE_CHANGES    4
#define CHANGE_PAUSE_US (10 * G_USEC_PER_SEC)
/* The kernel tells of each address of an interface that comes up; they are looked at together. */
#define SCAN_DELAY_MS 100
/* Where the kernel tells nothing, it is looked at this often. */
#define SCAN_PAUSE_S 30

struct _IcamWsd
{
  /* All of it belongs to the thread of the context. */
  IcamDiscovery *discovery; /* not owned: it owns us */
  GMainContext *context;
  IcamWsdPace pace;
  GPtrArray *links;    /* of IcamWsdLink */
  GHashTable *entries; /* key -> Entry, owned */
  int watch_fd;        /* -1: not to be had */
  GSource *watch, *scan, *tick;
};

/* A device as it answers on a link, from one address. */
typedef struct
{
  char *key;
  IcamWsdLink *link; /* of our links */
  GInetAddress *sender;
  char *id; /* as in the message, or NULL */
  IcamHit *hit;
  gint64 heard_us, changed_us;
  guint misses, changes;
} Entry;

static void
entry_free (Entry *entry)
{
  g_free (entry->key);
  g_free (entry->id);
  g_object_unref (entry->sender);
  g_object_unref (entry->hit);
  g_free (entry);
}

static void
remove_entry (IcamWsd *self, Entry *entry)
{
  g_autofree char *key = g_strdup (entry->key);

  g_hash_table_remove (self->entries, key);
  icam_discovery_drop (self->discovery, key);
}

typedef gboolean (*EntryFunc) (Entry *entry, gconstpointer data);

/* A list, because what hears of it may look at us. */
static GPtrArray *
select_entries (IcamWsd *self, EntryFunc func, gconstpointer data)
{
  GPtrArray *list = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer entry;

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, &entry))
    if (func (entry, data))
      g_ptr_array_add (list, entry);

  return list;
}

static void
remove_entries (IcamWsd *self, EntryFunc func, gconstpointer data)
{
  g_autoptr (GPtrArray) list = select_entries (self, func, data);

  for (guint i = 0; i < list->len; i++)
    remove_entry (self, g_ptr_array_index (list, i));
}

static gboolean
is_on_link (Entry *entry, gconstpointer link)
{
  return entry->link == link;
}

/* On none of the networks that the interface is part of now. */
static gboolean
is_out_of_reach (Entry *entry, gconstpointer link)
{
  return entry->link == link
         && !icam_interface_is_on_link (icam_wsd_link_get_interface (entry->link), entry->sender);
}

/* ---- who is late ---- */

typedef struct
{
  IcamWsdLink *link;
  gint64 since_us;
} Late;

static gboolean
is_late (Entry *entry, gconstpointer data)
{
  const Late *late = data;

  return entry->link == late->link && entry->heard_us < late->since_us;
}

/**
 * icam_wsd_count_late:
 * @self: the search
 * @link: one of its links
 * @since_us: when it asked, monotonic
 *
 * Returns: how many of the devices there were not heard of since
 */
guint
icam_wsd_count_late (IcamWsd *self, IcamWsdLink *link, gint64 since_us)
{
  Late late = { link, since_us };
  g_autoptr (GPtrArray) list = select_entries (self, is_late, &late);

  return list->len;
}

/**
 * icam_wsd_miss:
 * @self: the search
 * @link: one of its links, which is about to ask again
 * @since_us: when it asked before, monotonic; there was time to answer
 *
 * Who was not heard of since has missed a question; who missed too many in a row is gone.
 *
 * Returns: (transfer full) (element-type GInetAddress): those who are late and not gone yet, to be
 * asked directly
 */
GPtrArray *
icam_wsd_miss (IcamWsd *self, IcamWsdLink *link, gint64 since_us)
{
  Late late = { link, since_us };
  g_autoptr (GPtrArray) list = select_entries (self, is_late, &late);
  GPtrArray *senders = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < list->len; i++)
    {
      Entry *entry = g_ptr_array_index (list, i);

      if (++entry->misses < MAX_MISSES)
        g_ptr_array_add (senders, g_object_ref (entry->sender));
      else
        remove_entry (self, entry);
    }

  return senders;
}

/* ---- what was heard ---- */

/* The address of a hit: who answered, where it says it is only in port and path. No answer can send
 * us to somebody else. */
static IcamHit *
make_hit (IcamWsdLink *link, const char *key, const IcamWsdMatch *match, GInetAddress *sender)
{
  const IcamWsdXAddr *xaddr = icam_wsd_match_choose (match, sender);
  g_autofree char *text = g_inet_address_to_string (sender);
  g_autofree char *address = NULL;

  if (g_inet_address_get_family (sender) == G_SOCKET_FAMILY_IPV6
      && g_inet_address_get_is_link_local (sender))
    address = g_strdup_printf ("%s%%%s", text, icam_wsd_link_get_interface (link)->name);
  else
    address = g_steal_pointer (&text);

  return icam_hit_new (&(IcamHitFields){
    .key = key,
    .source = "ws-discovery",
    .name = match->name != NULL ? match->name : match->hardware,
    .service = "_onvif._tcp",
    .address = address,
    .port = xaddr != NULL ? xaddr->port : 80,
    .secure = xaddr != NULL && xaddr->secure,
    .path = xaddr != NULL ? xaddr->path : NULL,
    .mac = match->mac,
    .serial = match->serial,
    .hardware = match->hardware,
    .endpoint = match->endpoint,
  });
}

static gboolean
is_from_sender (Entry *entry, gconstpointer data)
{
  const Entry *like = data;

  return entry->link == like->link && g_inet_address_equal (entry->sender, like->sender);
}

static gboolean
may_add (IcamWsd *self, IcamWsdLink *link, GInetAddress *sender)
{
  Entry like = { .link = link, .sender = sender };
  g_autoptr (GPtrArray) same = select_entries (self, is_from_sender, &like);

  return g_hash_table_size (self->entries) < MAX_ENTRIES && same->len < MAX_ENTRIES_OF_SENDER;
}

static void
add (IcamWsd *self, IcamWsdLink *link, const IcamWsdMatch *match, GInetAddress *sender)
{
  const IcamInterface *interface = icam_wsd_link_get_interface (link);
  g_autofree char *text = g_inet_address_to_string (sender);
  g_autofree char *id = match->id != NULL ? g_strescape (match->id, NULL) : g_strdup ("");
  g_autofree char *key = g_strdup_printf ("wsd/%u/%s/%s", interface->index, text, id);
  Entry *entry = g_hash_table_lookup (self->entries, key);
  g_autoptr (IcamHit) hit = make_hit (link, key, match, sender);
  gint64 now = g_get_monotonic_time ();

  if (entry == NULL)
    {
      if (!may_add (self, link, sender))
        {
          g_debug ("More answers than there can be cameras: one is not looked at");
          return;
        }
      entry = g_new0 (Entry, 1);
      entry->key = g_steal_pointer (&key);
      entry->link = link;
      entry->sender = g_object_ref (sender);
      entry->id = g_strdup (match->id);
      entry->hit = g_object_ref (hit);
      entry->changed_us = now;
      g_hash_table_insert (self->entries, entry->key, entry);
    }
  else if (!icam_hit_same (entry->hit, hit)
           && (entry->changes < FREE_CHANGES || now - entry->changed_us >= CHANGE_PAUSE_US))
    {
      g_set_object (&entry->hit, hit);
      entry->changed_us = now;
      entry->changes++;
    }

  entry->heard_us = now;
  entry->misses = 0;
  icam_discovery_put (self->discovery, entry->hit);
}

typedef struct
{
  guint index;
  const char *id;
  GInetAddress *sender;
} Leaving;

/* Over both families: few say goodbye on each. */
static gboolean
is_leaving (Entry *entry, gconstpointer data)
{
  const Leaving *leaving = data;

  return icam_wsd_link_get_interface (entry->link)->index == leaving->index
         && g_strcmp0 (entry->id, leaving->id) == 0
         && (leaving->sender == NULL || g_inet_address_equal (entry->sender, leaving->sender));
}

/* Only for itself can anybody say goodbye. A device with two families does so once, for all of it.
 */
static gboolean
leave (IcamWsd *self, IcamWsdLink *link, const IcamWsdMatch *match, GInetAddress *sender)
{
  Leaving leaving = { icam_wsd_link_get_interface (link)->index, match->id, sender };
  g_autoptr (GPtrArray) own = select_entries (self, is_leaving, &leaving);
  GSocketFamily family = icam_wsd_link_get_family (link);
  g_autoptr (GPtrArray) all = NULL;

  if (own->len == 0)
    return FALSE;

  if (match->id != NULL)
    leaving.sender = NULL;
  all = select_entries (self, is_leaving, &leaving);
  for (guint i = 0; i < all->len; i++)
    {
      Entry *entry = g_ptr_array_index (all, i);

      /* Another address of the same family is somebody who moved there, or a twin. */
      if (icam_wsd_link_get_family (entry->link) != family
          || g_inet_address_equal (entry->sender, sender))
        remove_entry (self, entry);
    }
  return TRUE;
}

/**
 * icam_wsd_heard:
 * @self: the search
 * @link: where it was heard
 * @message: what was said; if it is an answer, to a question of ours
 * @sender: who said it: a host on the link
 */
void
icam_wsd_heard (IcamWsd *self,
                IcamWsdLink *link,
                const IcamWsdMessage *message,
                GInetAddress *sender)
{
  for (guint i = 0; i < message->matches->len; i++)
    {
      const IcamWsdMatch *match = g_ptr_array_index (message->matches, i);

      if (message->kind == ICAM_WSD_BYE)
        {
          /* It may be another's word: whoever is still there answers. */
          if (leave (self, link, match, sender))
            icam_wsd_link_kick (link);
          continue;
        }
      if (match->camera)
        add (self, link, match, sender);
      /* A Hello may be all that is heard of an address that was left, or say too little. */
      if (message->kind == ICAM_WSD_HELLO && (match->camera || match->silent))
        icam_wsd_link_kick (link);
    }
}

/* ---- interfaces that come and go ---- */

static IcamWsdLink *
find_link (IcamWsd *self, guint index, GSocketFamily family)
{
  for (guint i = 0; i < self->links->len; i++)
    {
      IcamWsdLink *link = g_ptr_array_index (self->links, i);

      if (icam_wsd_link_get_interface (link)->index == index
          && icam_wsd_link_get_family (link) == family)
        return link;
    }

  return NULL;
}

static const IcamInterface *
find_interface (GPtrArray *interfaces, guint index)
{
  for (guint i = 0; i < interfaces->len; i++)
    {
      IcamInterface *interface = g_ptr_array_index (interfaces, i);

      if (interface->index == index)
        return interface;
    }

  return NULL;
}

static void
scan (IcamWsd *self)
{
  static const GSocketFamily families[] = { G_SOCKET_FAMILY_IPV4, G_SOCKET_FAMILY_IPV6 };
  g_autoptr (GPtrArray) interfaces = icam_interfaces_list ();

  for (guint i = self->links->len; i > 0; i--)
    {
      IcamWsdLink *link = g_ptr_array_index (self->links, i - 1);
      const IcamInterface *old = icam_wsd_link_get_interface (link);
      const IcamInterface *now = find_interface (interfaces, old->index);

      if (now != NULL && icam_interface_equal (old, now))
        continue;
      if (now != NULL && strcmp (old->name, now->name) == 0
          && icam_interface_has_family (now, icam_wsd_link_get_family (link)))
        {
          icam_wsd_link_set_interface (link, now);
          remove_entries (self, is_out_of_reach, link);
          continue;
        }
      remove_entries (self, is_on_link, link);
      g_ptr_array_remove_index_fast (self->links, i - 1);
    }

  for (guint i = 0; i < interfaces->len; i++)
    for (guint k = 0; k < G_N_ELEMENTS (families); k++)
      {
        IcamInterface *interface = g_ptr_array_index (interfaces, i);
        g_autoptr (GError) error = NULL;
        IcamWsdLink *link;

        if (!icam_interface_has_family (interface, families[k])
            || find_link (self, interface->index, families[k]) != NULL)
          continue;
        link = icam_wsd_link_new (self, self->context, interface, families[k], &self->pace, &error);
        if (link != NULL)
          g_ptr_array_add (self->links, link);
        else
          g_debug ("WS-Discovery cannot ask: %s", error->message);
      }
}

static gboolean
on_scan (gpointer user_data)
{
  IcamWsd *self = user_data;

  g_clear_pointer (&self->scan, g_source_unref);
  scan (self);
  return G_SOURCE_REMOVE;
}

static gboolean
on_tick (gpointer user_data)
{
  scan (user_data);
  return G_SOURCE_CONTINUE;
}

static GSource *
attach (IcamWsd *self, GSource *source, const char *name, GSourceFunc func)
{
  g_source_set_static_name (source, name);
  g_source_set_callback (source, func, self, NULL);
  g_source_attach (source, self->context);
  return source;
}

static gboolean
on_interfaces (int fd, GIOCondition condition, gpointer user_data)
{
  IcamWsd *self = user_data;

  icam_interfaces_watch_drain (fd);
  if (self->scan == NULL)
    self->scan = attach (self, g_timeout_source_new (SCAN_DELAY_MS), "icam-wsd-scan", on_scan);
  return G_SOURCE_CONTINUE;
}

/**
 * icam_wsd_new:
 * @discovery: what is told of hits; it owns the result
 * @context: where everything happens
 * @pace: how often to ask
 *
 * Asks on every interface, and hears Hello and Bye there.
 *
 * Returns: (transfer full): looking
 */
IcamWsd *
icam_wsd_new (IcamDiscovery *discovery, GMainContext *context, const IcamWsdPace *pace)
{
  IcamWsd *self = g_new0 (IcamWsd, 1);
  g_autoptr (GError) error = NULL;

  self->discovery = discovery;
  self->context = g_main_context_ref (context);
  self->pace = *pace;
  self->links = g_ptr_array_new_with_free_func ((GDestroyNotify) icam_wsd_link_free);
  self->entries
    = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) entry_free);
  self->watch_fd = icam_interfaces_watch (&error);
  if (self->watch_fd >= 0)
    self->watch = attach (self, g_unix_fd_source_new (self->watch_fd, G_IO_IN | G_IO_ERR),
                          "icam-wsd-interfaces", G_SOURCE_FUNC (on_interfaces));
  else
    g_info ("Networks that come and go are noticed late: %s", error->message);
  self->tick = attach (self, g_timeout_source_new_seconds (SCAN_PAUSE_S), "icam-wsd-tick", on_tick);
  scan (self);
  return self;
}

static void
end_source (GSource **source)
{
  if (*source != NULL)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static gboolean
is_any (Entry *entry, gconstpointer data)
{
  return TRUE;
}

/**
 * icam_wsd_free:
 * @self: (transfer full): a search; what it found disappears
 */
void
icam_wsd_free (IcamWsd *self)
{
  end_source (&self->watch);
  end_source (&self->scan);
  end_source (&self->tick);
  if (self->watch_fd >= 0)
    close (self->watch_fd);
  remove_entries (self, is_any, NULL);
  g_ptr_array_unref (self->links);
  g_hash_table_unref (self->entries);
  g_main_context_unref (self->context);
  g_free (self);
}
