/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-recorder"

#include "config.h"

#include "recorder/icam-found-list.h"

#include "recorder/icam-reply.h"
#include "recorder/icam-sighting.h"

#include <string.h>

/* A network that announces more than this is hostile. */
#define MAX_SIGHTINGS 1024
/* A device that is missed is looked for at its other addresses not more often than this. */
#define FOLLOW_PAUSE_US (2 * G_USEC_PER_SEC)
/* More endpoints than a house has. */
#define MAX_KNOWN 1024

typedef struct _Found Found;

struct _Found
{
  IcamFoundList *list;
  char *id;
  char *path;
  GPtrArray *sightings; /* of IcamSighting, not owned */
  IcamDBusFound *skeleton;
  IcamDeviceSession *session; /* of the device, when it is ours */
  gulong session_handler;
  gint64 followed_us; /* when it was last looked for elsewhere, monotonic */
  guint next_address;  /* since it is missed */
};

struct _IcamFoundList
{
  IcamService *service;
  IcamContext *context;
  IcamDiscovery *discovery;
  GHashTable *sightings; /* key of the hit → IcamSighting, owned */
  GPtrArray *found;      /* of Found, the oldest first */
  GHashTable *known;     /* endpoint → GWeakRef of the IcamDeviceSession that was verified where it announces itself */
  guint64 n_sightings;
};

static void
watch_session (Found             *found,
               IcamDeviceSession *session);

static void
found_free (gpointer data)
{
  Found *found = data;

  watch_session (found, NULL);
  g_ptr_array_unref (found->sightings);
  g_object_unref (found->skeleton);
  g_free (found->id);
  g_free (found->path);
  g_free (found);
}

static void
weak_free (gpointer data)
{
  g_weak_ref_clear (data);
  g_free (data);
}

/* The best of what is known: ONVIF before a stream, IPv4 before IPv6, and that before an address that needs an interface. */
static guint
rank (const IcamSighting *sighting)
{
  const char *address = icam_hit_get_address (sighting->hit);

  return (sighting->onvif ? 4u : 0u) + (strchr (address, ':') == NULL ? 2u : strchr (address, '%') == NULL ? 1u : 0u);
}

/* Among equals the newest: a device that moved announces itself anew. */
static IcamSighting *
find_best (Found *found)
{
  IcamSighting *best = NULL;

  for (guint i = 0; i < found->sightings->len; i++)
    {
      IcamSighting *sighting = found->sightings->pdata[i];

      if (best == NULL || rank (sighting) > rank (best)
          || (rank (sighting) == rank (best) && sighting->number > best->number))
        best = sighting;
    }

  return best;
}

static const char *
first_of (Found *found,
          const char *(*get) (IcamHit *hit))
{
  for (guint i = 0; i < found->sightings->len; i++)
    {
      const char *value = get (((IcamSighting *) found->sightings->pdata[i])->hit);

      if (value != NULL)
        return value;
    }

  return NULL;
}

/* The name that its owner gave it comes by WS-Discovery; mDNS needs one that is nobody else's. */
static const char *
choose_name (Found    *found,
             IcamSighting *best)
{
  for (guint i = 0; i < found->sightings->len; i++)
    {
      IcamSighting *sighting = found->sightings->pdata[i];

      if (strcmp (icam_hit_get_source (sighting->hit), "ws-discovery") == 0
          && strcmp (icam_hit_get_name (sighting->hit), icam_hit_get_address (sighting->hit)) != 0)
        return icam_hit_get_name (sighting->hit);
    }

  return icam_hit_get_name (best->hit);
}

/* ---- which of our devices it is ---- */

/* Which device it may be is a hint only: whoever connects to it verifies it. */
static IcamDeviceSession *
find_session (IcamFoundList *self,
              Found         *found,
              const char    *address)
{
  IcamEvidence evidence = {
    .mac = (char *) first_of (found, icam_hit_get_mac),
    .endpoint = (char *) first_of (found, icam_hit_get_endpoint),
  };
  IcamDeviceSession *session = icam_service_find_device (self->service, &evidence, address);
  g_autoptr (IcamDeviceSession) known = NULL;
  GWeakRef *weak;

  if (session != NULL || evidence.endpoint == NULL)
    return session;

  /* Some devices do not tell their endpoint when they are asked for it: the one that announced itself where they were verified is theirs. */
  weak = g_hash_table_lookup (self->known, evidence.endpoint);
  known = weak != NULL ? g_weak_ref_get (weak) : NULL;
  if (known != NULL
      && icam_service_find_device (self->service, &icam_device_session_get_row (known)->evidence, NULL) == known)
    return known;

  /* Makers take the hardware address for the end of the UUID. */
  if (evidence.mac == NULL && strrchr (evidence.endpoint, '-') != NULL)
    {
      IcamEvidence node = { .mac = strrchr (evidence.endpoint, '-') + 1 };

      return icam_service_find_device (self->service, &node, NULL);
    }

  return NULL;
}

static gboolean
is_missed (IcamDeviceSession *session)
{
  return icam_device_session_get_problem (session) != NULL
         || icam_device_session_get_identity (session) == ICAM_IDENTITY_OTHER;
}

static void
remember (Found *found)
{
  IcamFoundList *self = found->list;
  const char *address = icam_device_session_get_row (found->session)->address;

  if (icam_device_session_get_identity (found->session) != ICAM_IDENTITY_SAME || is_missed (found->session))
    return;

  for (guint i = 0; i < found->sightings->len; i++)
    {
      IcamSighting *sighting = found->sightings->pdata[i];
      const char *endpoint = icam_hit_get_endpoint (sighting->hit);
      GWeakRef *weak;

      if (endpoint == NULL || strcmp (sighting->address, address) != 0
          || g_hash_table_size (self->known) >= MAX_KNOWN)
        continue;
      weak = g_new0 (GWeakRef, 1);
      g_weak_ref_init (weak, found->session);
      g_hash_table_replace (self->known, g_strdup (endpoint), weak);
    }
}

/* The device is not where it was: it is looked for at the addresses where it announces itself, one after another, the newest first. */
static void
follow (Found *found)
{
  const char *address = icam_device_session_get_row (found->session)->address;
  gint64 now = g_get_monotonic_time ();

  if (found->followed_us > 0 && now - found->followed_us < FOLLOW_PAUSE_US)
    return;

  for (guint i = 0; i < found->sightings->len; i++)
    {
      guint index = found->next_address++ % found->sightings->len;
      IcamSighting *sighting = found->sightings->pdata[found->sightings->len - 1 - index];

      if (!sighting->onvif || strcmp (sighting->address, address) == 0)
        continue;
      found->followed_us = now;
      icam_device_session_try_address (found->session, sighting->address);
      return;
    }
}

static void
on_session_changed (IcamDeviceSession *session,
                    Found             *found)
{
  if (is_missed (session))
    {
      follow (found);
      return;
    }

  found->next_address = 0;
  remember (found);
}

static void
watch_session (Found             *found,
               IcamDeviceSession *session)
{
  if (found->session == session)
    return;

  if (found->session != NULL)
    g_signal_handler_disconnect (found->session, found->session_handler);
  found->session_handler = 0;
  g_set_object (&found->session, session);
  if (session != NULL)
    found->session_handler = g_signal_connect (session, "changed", G_CALLBACK (on_session_changed), found);
}

static void
update (IcamFoundList *self,
        Found         *found)
{
  IcamSighting *best = find_best (found);
  g_autoptr (GStrvBuilder) sources = g_strv_builder_new ();
  g_auto (GStrv) source_list = NULL;
  g_autofree char *name = NULL;
  g_autofree char *hardware = NULL;
  g_autofree char *device_path = NULL;

  g_return_if_fail (best != NULL);

  watch_session (found, find_session (self, found, best->address));
  if (found->session != NULL)
    {
      g_autofree char *id = icam_uuid_dup_text (&icam_device_session_get_row (found->session)->id);

      device_path = icam_reply_path ("device", id);
      remember (found);
    }

  name = icam_clean_name (choose_name (found, best), icam_hit_get_address (best->hit));
  hardware = icam_clean_name (first_of (found, icam_hit_get_hardware), "");
  for (guint i = 0; i < found->sightings->len; i++)
    {
      const char *source = icam_hit_get_source (((IcamSighting *) found->sightings->pdata[i])->hit);
      gboolean known = FALSE;

      for (guint j = 0; j < i; j++)
        known = known || strcmp (icam_hit_get_source (((IcamSighting *) found->sightings->pdata[j])->hit), source) == 0;
      if (!known)
        g_strv_builder_add (sources, source);
    }
  source_list = g_strv_builder_end (sources);

  icam_dbus_found_set_name (found->skeleton, name);
  icam_dbus_found_set_address (found->skeleton, best->address);
  icam_dbus_found_set_hardware (found->skeleton, hardware);
  icam_dbus_found_set_kind (found->skeleton, best->onvif ? "onvif" : "stream");
  icam_dbus_found_set_sources (found->skeleton, (const char *const *) source_list);
  icam_dbus_found_set_device (found->skeleton, device_path != NULL ? device_path : "/");
}

/* ---- which sightings are one device ---- */

/* By what the hits say; and who answered at the same address as a device service is the same device unless something speaks against it. */
static IcamHitRelation
relate (Found    *found,
        IcamSighting *sighting)
{
  IcamHitRelation strongest = ICAM_HIT_UNRELATED;

  for (guint i = 0; i < found->sightings->len; i++)
    {
      IcamSighting *other = found->sightings->pdata[i];
      IcamHitRelation relation = icam_hit_relate (other->hit, sighting->hit);

      if (relation == ICAM_HIT_OTHER)
        return relation;
      if (relation == ICAM_HIT_UNRELATED && other->onvif && sighting->onvif
          && strcmp (other->address, sighting->address) == 0)
        relation = ICAM_HIT_PERHAPS;
      strongest = MAX (strongest, relation);
    }

  return strongest;
}

static Found *
find (IcamFoundList *self,
      IcamSighting      *sighting)
{
  IcamHitRelation strongest = ICAM_HIT_UNRELATED;
  Found *best = NULL;

  for (guint i = 0; i < self->found->len; i++)
    {
      IcamHitRelation relation = relate (self->found->pdata[i], sighting);

      if (relation > strongest)
        {
          strongest = relation;
          best = self->found->pdata[i];
        }
    }

  return best;
}

static void
remove_found (IcamFoundList *self,
              Found         *found)
{
  icam_service_unexport (self->service, found->path);
  g_ptr_array_remove (self->found, found);
}

static gboolean
is_compatible (Found *found,
               Found *other)
{
  for (guint i = 0; i < other->sightings->len; i++)
    if (relate (found, other->sightings->pdata[i]) == ICAM_HIT_OTHER)
      return FALSE;

  return TRUE;
}

/* A sighting may tell that what seemed to be two devices is one (mDNS told the hardware address, WS-Discovery the endpoint, and it tells both).
 * The older object stays. */
static Found *
join (IcamFoundList *self,
      Found         *found,
      IcamSighting      *sighting)
{
  for (guint i = 0; i < self->found->len;)
    {
      Found *other = self->found->pdata[i];
      Found *older = NULL;

      if (other == found || relate (other, sighting) < ICAM_HIT_PERHAPS || !is_compatible (found, other))
        {
          i++;
          continue;
        }

      for (guint j = 0; j < self->found->len && older == NULL; j++)
        if (self->found->pdata[j] == found || self->found->pdata[j] == other)
          older = self->found->pdata[j];
      other = older == found ? other : found;
      for (guint j = 0; j < other->sightings->len; j++)
        {
          IcamSighting *moved = other->sightings->pdata[j];

          moved->owner = older;
          g_ptr_array_add (older->sightings, moved);
        }
      remove_found (self, other);
      found = older;
      i = 0;
    }

  return found;
}

static void
add_found (IcamFoundList *self,
           IcamSighting      *sighting)
{
  Found *found = find (self, sighting);
  gboolean is_new = found == NULL;

  if (is_new)
    {
      IcamUuid id;

      found = g_new0 (Found, 1);
      icam_uuid_generate (&id);
      found->list = self;
      found->id = icam_uuid_dup_text (&id);
      found->path = icam_reply_path ("found", found->id);
      found->sightings = g_ptr_array_new ();
      found->skeleton = icam_dbus_found_skeleton_new ();
      icam_dbus_found_set_id (found->skeleton, found->id);
      g_ptr_array_add (self->found, found);
    }
  else
    {
      found = join (self, found, sighting);
    }
  sighting->owner = found;
  g_ptr_array_add (found->sightings, sighting);
  update (self, found);
  if (is_new)
    icam_service_export (self->service, found->path, G_DBUS_INTERFACE_SKELETON (found->skeleton));
  if (sighting->onvif && found->session != NULL && (find_best (found) == sighting || is_missed (found->session)))
    icam_device_session_try_address (found->session, sighting->address);
}

static void
on_confirmed (IcamSighting *sighting,
              gpointer      user_data)
{
  add_found (user_data, sighting);
}

static void
forget (gpointer data)
{
  IcamSighting *sighting = data;
  Found *found = sighting->owner;

  if (found != NULL)
    {
      IcamFoundList *self = found->list;

      g_ptr_array_remove (found->sightings, sighting);
      if (found->sightings->len == 0)
        remove_found (self, found);
      else
        update (self, found);
    }
  icam_sighting_end (sighting);
}

static void
on_appeared (IcamDiscovery *discovery,
             IcamHit       *hit,
             IcamFoundList *self)
{
  IcamSighting *sighting;

  if (g_hash_table_size (self->sightings) >= MAX_SIGHTINGS)
    return;

  sighting = icam_sighting_new (hit, self->context->gate, on_confirmed, self);
  sighting->number = ++self->n_sightings;
  g_hash_table_replace (self->sightings, g_strdup (icam_hit_get_key (hit)), sighting);
}

static void
on_disappeared (IcamDiscovery *discovery,
                IcamHit       *hit,
                IcamFoundList *self)
{
  g_hash_table_remove (self->sightings, icam_hit_get_key (hit));
}

/**
 * icam_found_list_new:
 * @service: the service, on whose bus they appear
 * @discovery: where hits come from; not started yet
 *
 * Returns: (transfer full): the list
 */
IcamFoundList *
icam_found_list_new (IcamService   *service,
                     IcamDiscovery *discovery)
{
  IcamFoundList *self = g_new0 (IcamFoundList, 1);

  self->service = service;
  self->context = icam_service_get_context (service);
  self->discovery = g_object_ref (discovery);
  self->found = g_ptr_array_new_with_free_func (found_free);
  self->known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, weak_free);
  self->sightings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, forget);
  g_signal_connect (discovery, "appeared", G_CALLBACK (on_appeared), self);
  g_signal_connect (discovery, "disappeared", G_CALLBACK (on_disappeared), self);
  return self;
}

/**
 * icam_found_list_free:
 * @self: (transfer full): a list
 */
void
icam_found_list_free (IcamFoundList *self)
{
  g_signal_handlers_disconnect_by_data (self->discovery, self);
  g_hash_table_unref (self->sightings);
  g_ptr_array_unref (self->found);
  g_hash_table_unref (self->known);
  g_object_unref (self->discovery);
  g_free (self);
}

/**
 * icam_found_list_refresh:
 * @self: a list
 *
 * Devices were added or removed: which of what was found is ours is told anew.
 */
void
icam_found_list_refresh (IcamFoundList *self)
{
  for (guint i = 0; i < self->found->len; i++)
    update (self, self->found->pdata[i]);
}
