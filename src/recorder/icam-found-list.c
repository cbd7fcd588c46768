/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-recorder"

#include "config.h"

#include "recorder/icam-found-list.h"

#include "onvif/icam-onvif.h"
#include "recorder/icam-address.h"
#include "recorder/icam-reply.h"

#include <string.h>

/* A network that announces more than this is hostile. */
#define MAX_SIGHTINGS 1024
/* A camera announces itself before its web server is up. */
#define MAX_TRIES 8
#define FIRST_PAUSE_MS 1000

typedef struct _Found Found;

/* One hit, and what asking gave. */
typedef struct
{
  gatomicrefcount ref_count;
  IcamFoundList *list; /* NULL when it is gone */
  IcamHit *hit;
  char *address;       /* what to give to Probe */
  gboolean onvif;
  gboolean confirmed;
  Found *found;        /* the device that it belongs to */
  GCancellable *cancellable;
  IcamGatePass *pass;
  IcamOnvifDevice *device;
  guint tries;
  guint retry_id;
} Sighting;

struct _Found
{
  char *id;
  char *path;
  GPtrArray *sightings; /* of Sighting, not owned */
  IcamDBusFound *skeleton;
};

struct _IcamFoundList
{
  IcamService *service;
  IcamContext *context;
  IcamDiscovery *discovery;
  GHashTable *sightings; /* key of the hit → Sighting, owned */
  GPtrArray *found;      /* of Found */
};

static void
sighting_unref (Sighting *sighting)
{
  if (!g_atomic_ref_count_dec (&sighting->ref_count))
    return;

  g_object_unref (sighting->hit);
  g_object_unref (sighting->cancellable);
  g_clear_pointer (&sighting->pass, icam_gate_pass_free);
  g_clear_object (&sighting->device);
  g_free (sighting->address);
  g_free (sighting);
}

static Sighting *
sighting_ref (Sighting *sighting)
{
  g_atomic_ref_count_inc (&sighting->ref_count);
  return sighting;
}

static void
found_free (gpointer data)
{
  Found *found = data;

  g_ptr_array_unref (found->sightings);
  g_object_unref (found->skeleton);
  g_free (found->id);
  g_free (found->path);
  g_free (found);
}

/* The best of what is known: ONVIF before a stream, IPv4 before IPv6. */
static guint
rank (const Sighting *sighting)
{
  return (sighting->onvif ? 2u : 0u) + (strchr (icam_hit_get_address (sighting->hit), ':') == NULL ? 1u : 0u);
}

static const char *
first_of (Found *found,
          const char *(*get) (IcamHit *hit))
{
  for (guint i = 0; i < found->sightings->len; i++)
    {
      const char *value = get (((Sighting *) found->sightings->pdata[i])->hit);

      if (value != NULL)
        return value;
    }

  return NULL;
}

static void
update (IcamFoundList *self,
        Found         *found)
{
  Sighting *best = NULL;
  IcamEvidence evidence = { 0 };
  g_autoptr (GStrvBuilder) sources = g_strv_builder_new ();
  g_auto (GStrv) source_list = NULL;
  g_autofree char *name = NULL;
  g_autofree char *hardware = NULL;
  g_autofree char *device_path = NULL;
  IcamDeviceSession *device;

  for (guint i = 0; i < found->sightings->len; i++)
    {
      Sighting *sighting = found->sightings->pdata[i];

      if (best == NULL || rank (sighting) > rank (best))
        best = sighting;
    }
  g_return_if_fail (best != NULL);

  evidence.mac = (char *) first_of (found, icam_hit_get_mac);
  evidence.endpoint = (char *) first_of (found, icam_hit_get_endpoint);
  device = icam_service_find_device (self->service, &evidence, best->address);
  if (device != NULL)
    {
      g_autofree char *id = icam_uuid_dup_text (&icam_device_session_get_row (device)->id);

      device_path = icam_reply_path ("device", id);
    }

  name = icam_clean_name (icam_hit_get_name (best->hit), icam_hit_get_address (best->hit));
  hardware = icam_clean_name (first_of (found, icam_hit_get_hardware), "");
  for (guint i = 0; i < found->sightings->len; i++)
    {
      const char *source = icam_hit_get_source (((Sighting *) found->sightings->pdata[i])->hit);
      gboolean known = FALSE;

      for (guint j = 0; j < i; j++)
        known = known || strcmp (icam_hit_get_source (((Sighting *) found->sightings->pdata[j])->hit), source) == 0;
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

static gboolean
same_text (const char *a,
           const char *b)
{
  return a != NULL && b != NULL && g_ascii_strcasecmp (a, b) == 0;
}

/* Whether two hits come from one device. One address is not enough: several devices may stand behind it, on other ports. */
static gboolean
same_device (IcamHit *a,
             IcamHit *b)
{
  if (icam_hit_get_mac (a) != NULL && icam_hit_get_mac (b) != NULL
      && !same_text (icam_hit_get_mac (a), icam_hit_get_mac (b)))
    return FALSE;
  if (icam_hit_get_endpoint (a) != NULL && icam_hit_get_endpoint (b) != NULL)
    return same_text (icam_hit_get_endpoint (a), icam_hit_get_endpoint (b));
  if (same_text (icam_hit_get_mac (a), icam_hit_get_mac (b)))
    return TRUE;

  return strcmp (icam_hit_get_address (a), icam_hit_get_address (b)) == 0
         && (icam_hit_get_port (a) == icam_hit_get_port (b)
             || g_strcmp0 (icam_hit_get_name (a), icam_hit_get_name (b)) == 0);
}

static Found *
find (IcamFoundList *self,
      IcamHit       *hit)
{
  for (guint i = 0; i < self->found->len; i++)
    {
      Found *found = self->found->pdata[i];

      for (guint j = 0; j < found->sightings->len; j++)
        if (same_device (((Sighting *) found->sightings->pdata[j])->hit, hit))
          return found;
    }

  return NULL;
}

static void
add_found (IcamFoundList *self,
           Sighting      *sighting)
{
  Found *found = find (self, sighting->hit);
  gboolean is_new = found == NULL;

  sighting->confirmed = TRUE;
  if (is_new)
    {
      IcamUuid id;

      found = g_new0 (Found, 1);
      icam_uuid_generate (&id);
      found->id = icam_uuid_dup_text (&id);
      found->path = icam_reply_path ("found", found->id);
      found->sightings = g_ptr_array_new ();
      found->skeleton = icam_dbus_found_skeleton_new ();
      icam_dbus_found_set_id (found->skeleton, found->id);
      g_ptr_array_add (self->found, found);
    }
  sighting->found = found;
  g_ptr_array_add (found->sightings, sighting);
  update (self, found);
  if (is_new)
    icam_service_export (self->service, found->path, G_DBUS_INTERFACE_SKELETON (found->skeleton));
  if (sighting->onvif)
    icam_service_device_seen (self->service, icam_hit_get_mac (sighting->hit), icam_hit_get_endpoint (sighting->hit),
                              sighting->address);
}

static gboolean
is_stream (IcamHit *hit)
{
  return strcmp (icam_hit_get_service (hit), "_rtsp._tcp") == 0;
}

static void ask (Sighting *sighting);

static void
on_retry (gpointer user_data)
{
  Sighting *sighting = user_data;

  sighting->retry_id = 0;
  ask (sighting);
}

static void
on_hello (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  Sighting *sighting = user_data;
  IcamFoundList *self = sighting->list;
  gboolean answered = icam_onvif_device_hello_finish (ICAM_ONVIF_DEVICE (source), result, NULL);

  g_clear_pointer (&sighting->pass, icam_gate_pass_free);
  if (self == NULL)
    {
      sighting_unref (sighting);
      return;
    }

  if (answered)
    {
      sighting->onvif = TRUE;
      sighting->address = icam_address_of_onvif (icam_onvif_device_get_url (ICAM_ONVIF_DEVICE (source)));
      add_found (self, sighting);
    }
  else if (is_stream (sighting->hit))
    {
      g_autofree char *host =
        icam_address_join (icam_hit_get_address (sighting->hit), icam_hit_get_port (sighting->hit));
      const char *path = icam_hit_get_path (sighting->hit);

      /* Some announce the path of the web service with each of their services. */
      if (path != NULL && strstr (path, "onvif/device") != NULL)
        path = NULL;
      sighting->address = g_strdup_printf ("rtsp://%s%s%s", host, path != NULL && *path != '/' ? "/" : "",
                                           path != NULL ? path : "/");
      add_found (self, sighting);
    }
  else if (++sighting->tries < MAX_TRIES)
    {
      sighting->retry_id = g_timeout_add_once (FIRST_PAUSE_MS << (sighting->tries - 1), on_retry, sighting);
    }
  g_clear_object (&sighting->device);
  sighting_unref (sighting);
}

static void
on_entered (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  Sighting *sighting = user_data;
  g_autoptr (IcamGatePass) pass = icam_gate_enter_finish (ICAM_GATE (source), result, NULL);

  if (pass == NULL || sighting->list == NULL)
    {
      sighting_unref (sighting);
      return;
    }

  sighting->pass = g_steal_pointer (&pass);
  icam_onvif_device_hello_async (sighting->device, sighting->cancellable, on_hello, sighting);
}

/* Is it there, and does it speak ONVIF? Without credentials. */
static void
ask (Sighting *sighting)
{
  IcamHit *hit = sighting->hit;
  const char *path = icam_hit_get_path (hit);
  g_autofree char *address = NULL;

  if (is_stream (hit))
    {
      address = icam_address_join (icam_hit_get_address (hit), -1);
    }
  else
    {
      address = icam_address_join (icam_hit_get_address (hit), icam_hit_get_port (hit));
      if (strcmp (icam_hit_get_service (hit), "_onvif._tcp") == 0 && path != NULL && *path == '/' && path[1] != '\0')
        {
          g_autofree char *url = g_strdup_printf ("http://%s%s", address, path);

          g_free (address);
          address = g_steal_pointer (&url);
        }
    }

  sighting->device = icam_onvif_device_new (address, NULL);
  if (sighting->device == NULL)
    return;

  icam_gate_enter_async (sighting->list->context->gate, sighting->cancellable, on_entered, sighting_ref (sighting));
}

static void
forget (gpointer data)
{
  Sighting *sighting = data;
  IcamFoundList *self = sighting->list;
  Found *found = sighting->found;

  sighting->list = NULL;
  g_clear_handle_id (&sighting->retry_id, g_source_remove);
  g_cancellable_cancel (sighting->cancellable);
  if (found != NULL)
    {
      sighting->found = NULL;
      g_ptr_array_remove (found->sightings, sighting);
      if (found->sightings->len == 0)
        {
          icam_service_unexport (self->service, found->path);
          g_ptr_array_remove (self->found, found);
        }
      else
        {
          update (self, found);
        }
    }
  sighting_unref (sighting);
}

static void
on_appeared (IcamDiscovery *discovery,
             IcamHit       *hit,
             IcamFoundList *self)
{
  Sighting *sighting;

  if (g_hash_table_size (self->sightings) >= MAX_SIGHTINGS)
    return;

  sighting = g_new0 (Sighting, 1);
  g_atomic_ref_count_init (&sighting->ref_count);
  sighting->list = self;
  sighting->hit = g_object_ref (hit);
  sighting->cancellable = g_cancellable_new ();
  g_hash_table_replace (self->sightings, g_strdup (icam_hit_get_key (hit)), sighting);
  ask (sighting);
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
