/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-discovery"

#include "config.h"

#include "discovery/icam-discovery-private.h"

#include <avahi-client/client.h>
#include <avahi-client/lookup.h>
#include <avahi-common/error.h>
#include <avahi-common/malloc.h>
#include <avahi-glib/glib-watch.h>
#include <net/if.h>
#include <string.h>

#include "base/icam-error.h"
#include "discovery/icam-hit-private.h"
#include "discovery/icam-mdns-txt-private.h"

/* Real cameras announce themselves under one of these, few as ONVIF. Of _http._tcp only what speaks
 * of a camera is reported. */
static const char *const service_types[] = {
  "_onvif._tcp", "_rtsp._tcp", "_axis-video._tcp", "_psia._tcp", "_http._tcp",
};
#define HTTP_TYPE "_http._tcp"

/* More announcements than a house has; somebody who sends more gets no further. Avahi itself allows
 * 1024 objects a client. */
#define MAX_INSTANCES   512
#define MAX_TXT_STRINGS 64

/* How long until Avahi is looked for again where the bus cannot tell us (ms). */
#define RETRY_MIN 500
#define RETRY_MAX 5000

struct _IcamMdns
{
  /* All of it belongs to the thread of the context. */
  IcamDiscovery *discovery; /* not owned: it owns us */
  GMainContext *context;
  AvahiGLibPoll *poll;
  AvahiClient *client;
  AvahiServiceBrowser *browsers[G_N_ELEMENTS (service_types)];
  GHashTable *instances; /* key -> Instance */
  GSource *retry;
  guint retry_delay;
};

/* One announcement: it is resolved for as long as it lives, so that a change is seen. */
typedef struct
{
  IcamMdns *mdns; /* not owned: it owns us */
  char *key;
  const char *type; /* of service_types */
  AvahiServiceResolver *resolver;
} Instance;

static void connect_avahi (IcamMdns *self);

static void
instance_free (Instance *instance)
{
  g_clear_pointer (&instance->resolver, avahi_service_resolver_free);
  g_free (instance->key);
  g_free (instance);
}

static void
remove_instance (IcamMdns *self, const char *key)
{
  Instance *instance = NULL;

  if (!g_hash_table_steal_extended (self->instances, key, NULL, (gpointer *) &instance))
    return;

  icam_discovery_drop (self->discovery, instance->key);
  instance_free (instance);
}

/* A handler of "disappeared" may stop us or look at the list: the table is taken away first. */
static void
remove_all (IcamMdns *self)
{
  g_autoptr (GPtrArray) keys = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, self->instances);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_ptr_array_add (keys, g_strdup (key));

  for (guint i = 0; i < keys->len; i++)
    remove_instance (self, g_ptr_array_index (keys, i));
}

/* A name from the network may hold anything; in the key each byte has one way to be written. */
static char *
make_key (AvahiIfIndex   interface,
          AvahiProtocol  protocol,
          const char    *type,
          const char    *domain,
          const char    *name)
{
  g_autofree char *escaped = g_strescape (name, NULL);

  return g_strdup_printf ("%d/%d/%s/%s/%s", interface, protocol, type, domain, escaped);
}

/* NULL for what can be no camera's address. */
static char *
format_address (const AvahiAddress *address, AvahiIfIndex interface)
{
  g_autoptr (GInetAddress) inet = NULL;
  g_autofree char *text = NULL;
  char name[IF_NAMESIZE];

  if (address->proto == AVAHI_PROTO_INET)
    inet
      = g_inet_address_new_from_bytes ((const guint8 *) &address->data.ipv4, G_SOCKET_FAMILY_IPV4);
  else if (address->proto == AVAHI_PROTO_INET6)
    inet = g_inet_address_new_from_bytes (address->data.ipv6.address, G_SOCKET_FAMILY_IPV6);
  else
    return NULL;

  if (g_inet_address_get_is_any (inet) || g_inet_address_get_is_multicast (inet))
    return NULL;

  text = g_inet_address_to_string (inet);
  if (address->proto != AVAHI_PROTO_INET6 || !g_inet_address_get_is_link_local (inet))
    return g_steal_pointer (&text);

  if (if_indextoname ((unsigned int) interface, name) == NULL)
    g_snprintf (name, sizeof name, "%d", interface);
  return g_strdup_printf ("%s%%%s", text, name);
}

static void
on_resolved (AvahiServiceResolver   *resolver,
             AvahiIfIndex            interface,
             AvahiProtocol           protocol,
             AvahiResolverEvent      event,
             const char             *name,
             const char             *type,
             const char             *domain,
             const char             *host,
             const AvahiAddress     *address,
             uint16_t                port,
             AvahiStringList        *txt,
             AvahiLookupResultFlags  flags,
             void                   *user_data)
{
  Instance *instance = user_data;
  g_auto (IcamMdnsTxt) record = { 0 };
  g_autofree char *text = NULL;
  g_autoptr (IcamHit) hit = NULL;
  guint n = 0;

  if (event != AVAHI_RESOLVER_FOUND)
    {
      /* It is announced, but does not say where it is. Avahi goes on asking. */
      g_debug ("A %s does not resolve: %s", instance->type,
               avahi_strerror (avahi_client_errno (instance->mdns->client)));
      return;
    }

  text = format_address (address, interface);
  if (port == 0 || text == NULL)
    {
      g_debug ("A %s announces no address that can be asked", instance->type);
      icam_discovery_drop (instance->mdns->discovery, instance->key);
      return;
    }

  for (AvahiStringList *item = txt; item != NULL && n < MAX_TXT_STRINGS; n++)
    {
      icam_mdns_txt_add (&record, avahi_string_list_get_text (item),
                         avahi_string_list_get_size (item));
      item = avahi_string_list_get_next (item);
    }

  if (g_str_equal (instance->type, HTTP_TYPE) && !record.camera
      && !icam_mdns_sounds_like_camera (name, strlen (name))
      && (host == NULL || !icam_mdns_sounds_like_camera (host, strlen (host))))
    {
      icam_discovery_drop (instance->mdns->discovery, instance->key);
      return;
    }

  hit = icam_hit_new (&(IcamHitFields){
    .key = instance->key,
    .source = "mdns",
    .name = name,
    .service = instance->type,
    .address = text,
    .port = port,
    .mac = record.mac,
    .hardware = record.hardware,
    .path = record.path,
    .endpoint = record.endpoint,
    .serial = record.serial,
  });
  icam_discovery_put (instance->mdns->discovery, hit);
}

static void
on_browsed (AvahiServiceBrowser    *browser,
            AvahiIfIndex            interface,
            AvahiProtocol           protocol,
            AvahiBrowserEvent       event,
            const char             *name,
            const char             *type,
            const char             *domain,
            AvahiLookupResultFlags  flags,
            void                   *user_data)
{
  IcamMdns *self = user_data;
  g_autofree char *key = NULL;
  const char *known_type = NULL;
  Instance *instance;

  if (event != AVAHI_BROWSER_NEW && event != AVAHI_BROWSER_REMOVE)
    return;

  for (guint i = 0; i < G_N_ELEMENTS (service_types); i++)
    if (g_strcmp0 (type, service_types[i]) == 0)
      known_type = service_types[i];
  if (known_type == NULL || name == NULL || domain == NULL)
    return;

  key = make_key (interface, protocol, type, domain, name);
  if (event == AVAHI_BROWSER_REMOVE)
    {
      remove_instance (self, key);
      return;
    }

  if (g_hash_table_contains (self->instances, key))
    return;
  if (g_hash_table_size (self->instances) >= MAX_INSTANCES)
    {
      g_debug ("More than %d announcements: one is not looked at", MAX_INSTANCES);
      return;
    }

  instance = g_new0 (Instance, 1);
  instance->mdns = self;
  instance->key = g_steal_pointer (&key);
  instance->type = known_type;
  instance->resolver
    = avahi_service_resolver_new (self->client, interface, protocol, name, type, domain,
                                  AVAHI_PROTO_UNSPEC, 0, on_resolved, instance);
  if (instance->resolver == NULL)
    {
      g_debug ("A %s cannot be resolved: %s", type,
               avahi_strerror (avahi_client_errno (self->client)));
      instance_free (instance);
      return;
    }

  g_hash_table_insert (self->instances, instance->key, instance);
}

static void
browse (IcamMdns *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (service_types); i++)
    {
      if (self->browsers[i] != NULL)
        continue;
      self->browsers[i]
        = avahi_service_browser_new (self->client, AVAHI_IF_UNSPEC, AVAHI_PROTO_UNSPEC,
                                     service_types[i], NULL, 0, on_browsed, self);
      if (self->browsers[i] == NULL)
        g_warning ("Cannot look for %s: %s", service_types[i],
                   avahi_strerror (avahi_client_errno (self->client)));
    }
}

static void
disconnect_avahi (IcamMdns *self)
{
  /* Resolvers and browsers belong to the client and go before it. */
  remove_all (self);
  for (guint i = 0; i < G_N_ELEMENTS (service_types); i++)
    g_clear_pointer (&self->browsers[i], avahi_service_browser_free);
  g_clear_pointer (&self->client, avahi_client_free);
}

static gboolean
on_retry (gpointer user_data)
{
  IcamMdns *self = user_data;

  g_clear_pointer (&self->retry, g_source_unref);
  disconnect_avahi (self);
  connect_avahi (self);
  return G_SOURCE_REMOVE;
}

static void
retry_later (IcamMdns *self)
{
  if (self->retry != NULL)
    return;

  self->retry = g_timeout_source_new (self->retry_delay);
  g_source_set_static_name (self->retry, "icam-mdns-retry");
  g_source_set_callback (self->retry, on_retry, self, NULL);
  g_source_attach (self->retry, self->context);
  self->retry_delay = MIN (self->retry_delay * 2, RETRY_MAX);
}

static void
fail (IcamMdns *self, int code)
{
  gboolean absent
    = code == AVAHI_ERR_NO_DAEMON || code == AVAHI_ERR_DISCONNECTED || code == AVAHI_ERR_DBUS_ERROR;

  g_debug ("Avahi: %s", avahi_strerror (code));
  icam_discovery_set_state (
    self->discovery, absent ? ICAM_DISCOVERY_ABSENT : ICAM_DISCOVERY_FAILED,
    icam_error_new (ICAM_ERROR_NO_AVAHI, "detail", avahi_strerror (code), NULL));
  /* Not freed here: Avahi calls us from inside of it. */
  retry_later (self);
}

static void
on_client (AvahiClient *client, AvahiClientState state, void *user_data)
{
  IcamMdns *self = user_data;

  /* The first call comes from within avahi_client_new(). */
  self->client = client;

  switch (state)
    {
    case AVAHI_CLIENT_S_RUNNING:
    case AVAHI_CLIENT_S_REGISTERING:
    case AVAHI_CLIENT_S_COLLISION:
      /* In the two latter only its own host name is being settled. */
      self->retry_delay = RETRY_MIN;
      icam_discovery_set_state (self->discovery, ICAM_DISCOVERY_RUNNING, NULL);
      browse (self);
      break;

    case AVAHI_CLIENT_CONNECTING:
      /* On the bus, but no daemon yet; the bus tells us when it comes. */
      icam_discovery_set_state (
        self->discovery, ICAM_DISCOVERY_ABSENT,
        icam_error_new (ICAM_ERROR_NO_AVAHI, "detail", avahi_strerror (AVAHI_ERR_NO_DAEMON), NULL));
      break;

    case AVAHI_CLIENT_FAILURE:
      fail (self, avahi_client_errno (client));
      remove_all (self);
      break;

    default:
      break;
    }
}

static void
connect_avahi (IcamMdns *self)
{
  int code = 0;

  /* libdbus honours DBUS_SYSTEM_BUS_ADDRESS. */
  self->client = avahi_client_new (avahi_glib_poll_get (self->poll), AVAHI_CLIENT_NO_FAIL,
                                   on_client, self, &code);
  if (self->client == NULL)
    fail (self, code);
}

/**
 * icam_mdns_new:
 * @discovery: what is told of hits and of Avahi's state; it owns the result
 * @context: where everything happens
 *
 * Browses as soon as there is an Avahi on the system bus.
 *
 * Returns: (transfer full): looking
 */
IcamMdns *
icam_mdns_new (IcamDiscovery *discovery, GMainContext *context)
{
  IcamMdns *self = g_new0 (IcamMdns, 1);

  self->discovery = discovery;
  self->context = g_main_context_ref (context);
  self->instances = g_hash_table_new (g_str_hash, g_str_equal);
  self->retry_delay = RETRY_MIN;
  self->poll = avahi_glib_poll_new (self->context, G_PRIORITY_DEFAULT);
  connect_avahi (self);
  return self;
}

/**
 * icam_mdns_free:
 * @self: (transfer full): a search; what it found disappears
 */
void
icam_mdns_free (IcamMdns *self)
{
  if (self->retry != NULL)
    g_source_destroy (self->retry);
  g_clear_pointer (&self->retry, g_source_unref);
  disconnect_avahi (self);
  g_clear_pointer (&self->poll, avahi_glib_poll_free);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_hash_table_unref (self->instances);
  g_free (self);
}
