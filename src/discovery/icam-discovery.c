/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-discovery"

#include "config.h"

#include "discovery/icam-discovery-private.h"

#include "discovery/icam-hit-private.h"

/* A minute between two questions keeps a network quiet; a camera that went without a word is missed
 * within two. */
static const IcamWsdPace usual_pace = { .first = 500, .longest = 60000, .patience = 5000 };

struct _IcamDiscovery
{
  GObject parent_instance;

  /* All of it belongs to the thread of the context. */
  GMainContext *context; /* NULL while stopped */
  IcamMdns *mdns;
  IcamWsd *wsd;
  IcamWsdPace pace;
  GHashTable *hits; /* key -> IcamHit */

  IcamDiscoveryState state;
  GError *error;
};

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

/**
 * icam_discovery_set_state:
 * @self: a discovery
 * @state: whether mDNS can be asked
 * @error: (transfer full) (nullable): why not
 */
void
icam_discovery_set_state (IcamDiscovery *self, IcamDiscoveryState state, GError *error)
{
  gboolean changed = self->state != state;

  g_clear_error (&self->error);
  self->error = error;
  self->state = state;
  if (changed)
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
}

/**
 * icam_discovery_put:
 * @self: a discovery
 * @hit: what is there, new or with something else to say than before
 */
void
icam_discovery_put (IcamDiscovery *self, IcamHit *hit)
{
  IcamHit *old = g_hash_table_lookup (self->hits, icam_hit_get_key (hit));

  if (old != NULL && icam_hit_same (old, hit))
    return;

  icam_discovery_drop (self, icam_hit_get_key (hit));
  g_hash_table_insert (self->hits, g_strdup (icam_hit_get_key (hit)), g_object_ref (hit));
  g_signal_emit (self, signals[APPEARED], 0, hit);
}

/**
 * icam_discovery_drop:
 * @self: a discovery
 * @key: of a hit that is there no longer, or never was
 */
void
icam_discovery_drop (IcamDiscovery *self, const char *key)
{
  g_autofree char *old_key = NULL;
  g_autoptr (IcamHit) old = NULL;

  if (g_hash_table_steal_extended (self->hits, key, (gpointer *) &old_key, (gpointer *) &old))
    g_signal_emit (self, signals[DISAPPEARED], 0, old);
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

  g_hash_table_unref (self->hits);
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
  self->hits = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  self->pace = usual_pace;
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
 * icam_discovery_set_pace:
 * @self: a discovery that has not started
 * @pace: how often WS-Discovery asks
 */
void
icam_discovery_set_pace (IcamDiscovery *self, const IcamWsdPace *pace)
{
  self->pace = *pace;
}

/**
 * icam_discovery_start:
 * @self: a discovery
 *
 * Begins to look. It never fails for good: where Avahi is absent, the state says so and it is
 * looked for again, and WS-Discovery finds what it can meanwhile. Signals come in the
 * thread-default main context of the caller.
 */
void
icam_discovery_start (IcamDiscovery *self)
{
  g_return_if_fail (ICAM_IS_DISCOVERY (self));

  if (self->context != NULL)
    return;

  self->context = g_main_context_ref_thread_default ();
  self->mdns = icam_mdns_new (self, self->context);
  self->wsd = icam_wsd_new (self, self->context, &self->pace);
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

  g_clear_pointer (&self->mdns, icam_mdns_free);
  g_clear_pointer (&self->wsd, icam_wsd_free);
  g_clear_pointer (&self->context, g_main_context_unref);
  icam_discovery_set_state (self, ICAM_DISCOVERY_STARTING, NULL);
}

/**
 * icam_discovery_get_state:
 * @self: a discovery
 *
 * Returns: whether mDNS can be asked; WS-Discovery needs nobody's help
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
 * Returns: (transfer none) (nullable): why it does not hear of mDNS, ICAM_ERROR_NO_AVAHI; %NULL
 * while it does
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
  gpointer hit;

  g_return_val_if_fail (ICAM_IS_DISCOVERY (self), list);

  g_hash_table_iter_init (&iter, self->hits);
  while (g_hash_table_iter_next (&iter, NULL, &hit))
    g_ptr_array_add (list, g_object_ref (hit));

  return list;
}
