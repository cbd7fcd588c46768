/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-discovery"

#include "config.h"

#include "discovery/icam-discovery.h"

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

struct _IcamDiscovery
{
  GObject parent_instance;

  /* All of it belongs to the thread of the context. */
  GMainContext *context; /* NULL while stopped */
  AvahiGLibPoll *poll;
  AvahiClient *client;
  AvahiServiceBrowser *browsers[G_N_ELEMENTS (service_types)];
  GHashTable *instances; /* key -> Instance */
  GSource *retry;
  guint retry_delay;

  IcamDiscoveryState state;
  GError *error;
};

/* One announcement: it is resolved for as long as it lives, so that a change is seen. */
typedef struct
{
  IcamDiscovery *discovery; /* not owned: it owns us */
  char *key;
  const char *type; /* of service_types */
  AvahiServiceResolver *resolver;
  IcamHit *hit; /* NULL until it is resolved, and while it is of no interest */
} Instance;

enum
{
  APPEARED,
  DISAPPEARED,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

enum
{
  PROP_STATE = 1,
  N_PROPS,
};
static GParamSpec *properties[N_PROPS];

G_DEFINE_TYPE (IcamDiscovery, icam_discovery, G_TYPE_OBJECT)

static void connect_avahi (IcamDiscovery *self);

static void
set_state (IcamDiscovery *self, IcamDiscoveryState state, GError *error)
{
  gboolean changed = self->state != state;

  g_clear_error (&self->error);
  self->error = error;
  self->state = state;
  if (changed)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
}

static void
set_hit (Instance *instance, IcamHit *hit)
{
  IcamDiscovery *self = instance->discovery;
  g_autoptr (IcamHit) old = NULL;

  if (hit != NULL && instance->hit != NULL && icam_hit_same (hit, instance->hit))
    return;

  old = g_steal_pointer (&instance->hit);
  g_set_object (&instance->hit, hit);
  if (old != NULL)
    g_signal_emit (self, signals[DISAPPEARED], 0, old);
  if (hit != NULL)
    g_signal_emit (self, signals[APPEARED], 0, hit);
}

static void
instance_free (Instance *instance)
{
  g_clear_pointer (&instance->resolver, avahi_service_resolver_free);
  g_clear_object (&instance->hit);
  g_free (instance->key);
  g_free (instance);
}

static void
remove_instance (IcamDiscovery *self, const char *key)
{
  Instance *instance = NULL;

  if (!g_hash_table_steal_extended (self->instances, key, NULL, (gpointer *) &instance))
    return;

  set_hit (instance, NULL);
  instance_free (instance);
}

/* A handler of "disappeared" may stop us or look at the list: the table is taken away first. */
static void
remove_all (IcamDiscovery *self)
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
               avahi_strerror (avahi_client_errno (instance->discovery->client)));
      return;
    }

  text = format_address (address, interface);
  if (port == 0 || text == NULL)
    {
      g_debug ("A %s announces no address that can be asked", instance->type);
      set_hit (instance, NULL);
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
      set_hit (instance, NULL);
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
  });
  set_hit (instance, hit);
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
  IcamDiscovery *self = user_data;
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
  instance->discovery = self;
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
browse (IcamDiscovery *self)
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
disconnect_avahi (IcamDiscovery *self)
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
  g_autoptr (IcamDiscovery) self = g_object_ref (user_data);

  g_clear_pointer (&self->retry, g_source_unref);
  disconnect_avahi (self);
  connect_avahi (self);
  return G_SOURCE_REMOVE;
}

static void
retry_later (IcamDiscovery *self)
{
  if (self->retry != NULL)
    return;

  self->retry = g_timeout_source_new (self->retry_delay);
  g_source_set_static_name (self->retry, "icam-discovery-retry");
  g_source_set_callback (self->retry, on_retry, self, NULL);
  g_source_attach (self->retry, self->context);
  self->retry_delay = MIN (self->retry_delay * 2, RETRY_MAX);
}

static void
fail (IcamDiscovery *self, int code)
{
  gboolean absent
    = code == AVAHI_ERR_NO_DAEMON || code == AVAHI_ERR_DISCONNECTED || code == AVAHI_ERR_DBUS_ERROR;

  g_debug ("Avahi: %s", avahi_strerror (code));
  set_state (self, absent ? ICAM_DISCOVERY_ABSENT : ICAM_DISCOVERY_FAILED,
             icam_error_new (ICAM_ERROR_NO_AVAHI, "detail", avahi_strerror (code), NULL));
  /* Not freed here: Avahi calls us from inside of it. */
  retry_later (self);
}

static void
on_client (AvahiClient *client, AvahiClientState state, void *user_data)
{
  IcamDiscovery *self = user_data;

  /* The first call comes from within avahi_client_new(). */
  self->client = client;

  switch (state)
    {
    case AVAHI_CLIENT_S_RUNNING:
    case AVAHI_CLIENT_S_REGISTERING:
    case AVAHI_CLIENT_S_COLLISION:
      /* In the two latter only its own host name is being settled. */
      self->retry_delay = RETRY_MIN;
      set_state (self, ICAM_DISCOVERY_RUNNING, NULL);
      browse (self);
      break;

    case AVAHI_CLIENT_CONNECTING:
      /* On the bus, but no daemon yet; the bus tells us when it comes. */
      set_state (
        self, ICAM_DISCOVERY_ABSENT,
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
connect_avahi (IcamDiscovery *self)
{
  int code = 0;

  if (self->context == NULL)
    return;

  /* libdbus honours DBUS_SYSTEM_BUS_ADDRESS. */
  self->client = avahi_client_new (avahi_glib_poll_get (self->poll), AVAHI_CLIENT_NO_FAIL,
                                   on_client, self, &code);
  if (self->client == NULL)
    fail (self, code);
}

static void
icam_discovery_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  IcamDiscovery *self = ICAM_DISCOVERY (object);

  switch (id)
    {
    case PROP_STATE:
      g_value_set_int (value, (int) self->state);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
icam_discovery_dispose (GObject *object)
{
  icam_discovery_stop (ICAM_DISCOVERY (object));
  G_OBJECT_CLASS (icam_discovery_parent_class)->dispose (object);
}

static void
icam_discovery_finalize (GObject *object)
{
  IcamDiscovery *self = ICAM_DISCOVERY (object);

  g_hash_table_unref (self->instances);
  g_clear_error (&self->error);

  G_OBJECT_CLASS (icam_discovery_parent_class)->finalize (object);
}

static void
icam_discovery_class_init (IcamDiscoveryClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->get_property = icam_discovery_get_property;
  object_class->dispose = icam_discovery_dispose;
  object_class->finalize = icam_discovery_finalize;

  properties[PROP_STATE] = g_param_spec_int (
    "state", NULL, NULL, ICAM_DISCOVERY_STARTING, ICAM_DISCOVERY_FAILED, ICAM_DISCOVERY_STARTING,
    G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  signals[APPEARED] = g_signal_new ("appeared", ICAM_TYPE_DISCOVERY, G_SIGNAL_RUN_LAST, 0, NULL,
                                    NULL, NULL, G_TYPE_NONE, 1, ICAM_TYPE_HIT);
  signals[DISAPPEARED] = g_signal_new ("disappeared", ICAM_TYPE_DISCOVERY, G_SIGNAL_RUN_LAST, 0,
                                       NULL, NULL, NULL, G_TYPE_NONE, 1, ICAM_TYPE_HIT);
}

static void
icam_discovery_init (IcamDiscovery *self)
{
  self->instances = g_hash_table_new (g_str_hash, g_str_equal);
  self->retry_delay = RETRY_MIN;
}

/**
 * icam_discovery_new:
 *
 * Returns: (transfer full): a discovery that has not started
 */
IcamDiscovery *
icam_discovery_new (void)
{
  return g_object_new (ICAM_TYPE_DISCOVERY, NULL);
}

/**
 * icam_discovery_start:
 * @self: a discovery
 *
 * Begins to look. It never fails for good: where Avahi is absent, the state says so and it is
 * looked for again. Signals come in the thread-default main context of the caller.
 */
void
icam_discovery_start (IcamDiscovery *self)
{
  g_return_if_fail (ICAM_IS_DISCOVERY (self));

  if (self->context != NULL)
    return;

  self->context = g_main_context_ref_thread_default ();
  self->poll = avahi_glib_poll_new (self->context, G_PRIORITY_DEFAULT);
  connect_avahi (self);
}

/**
 * icam_discovery_stop:
 * @self: a discovery
 *
 * Stops looking; what was there disappears. In the thread of icam_discovery_start(), and not from a
 * handler of our signals.
 */
void
icam_discovery_stop (IcamDiscovery *self)
{
  g_return_if_fail (ICAM_IS_DISCOVERY (self));

  if (self->context == NULL)
    return;

  if (self->retry != NULL)
    g_source_destroy (self->retry);
  g_clear_pointer (&self->retry, g_source_unref);
  disconnect_avahi (self);
  g_clear_pointer (&self->poll, avahi_glib_poll_free);
  g_clear_pointer (&self->context, g_main_context_unref);
  self->retry_delay = RETRY_MIN;
  set_state (self, ICAM_DISCOVERY_STARTING, NULL);
}

/**
 * icam_discovery_get_state:
 * @self: a discovery
 *
 * Returns: whether it looks
 */
IcamDiscoveryState
icam_discovery_get_state (IcamDiscovery *self)
{
  g_return_val_if_fail (ICAM_IS_DISCOVERY (self), ICAM_DISCOVERY_FAILED);
  return self->state;
}

/**
 * icam_discovery_get_error:
 * @self: a discovery
 *
 * Returns: (transfer none) (nullable): why it does not look, ICAM_ERROR_NO_AVAHI; %NULL while it
 * does
 */
const GError *
icam_discovery_get_error (IcamDiscovery *self)
{
  g_return_val_if_fail (ICAM_IS_DISCOVERY (self), NULL);
  return self->error;
}

/**
 * icam_discovery_list:
 * @self: a discovery
 *
 * Returns: (transfer full) (element-type IcamHit): what is there now
 */
GPtrArray *
icam_discovery_list (IcamDiscovery *self)
{
  GPtrArray *list = g_ptr_array_new_with_free_func (g_object_unref);
  GHashTableIter iter;
  gpointer value;

  g_return_val_if_fail (ICAM_IS_DISCOVERY (self), list);

  g_hash_table_iter_init (&iter, self->instances);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Instance *instance = value;

      if (instance->hit != NULL)
        g_ptr_array_add (list, g_object_ref (instance->hit));
    }

  return list;
}
