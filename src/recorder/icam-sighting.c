/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-recorder"

#include "config.h"

#include "recorder/icam-sighting.h"

#include "onvif/icam-onvif.h"
#include "recorder/icam-address.h"

#include <string.h>

/* A camera announces itself before its web server is up. */
#define MAX_TRIES 8
#define FIRST_PAUSE_MS 1000

typedef struct
{
  IcamSighting public;
  gatomicrefcount ref_count;
  IcamGate *gate;             /* not owned */
  IcamSightingFunc confirmed; /* NULL when it is gone */
  gpointer user_data;
  GCancellable *cancellable;
  IcamGatePass *pass;
  IcamOnvifDevice *device;
  guint tries;
  guint retry_id;
} Sighting;

static void ask (Sighting *self);

static void
sighting_unref (Sighting *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_object_unref (self->public.hit);
  g_free (self->public.address);
  g_object_unref (self->cancellable);
  g_clear_pointer (&self->pass, icam_gate_pass_free);
  g_clear_object (&self->device);
  g_free (self);
}

static Sighting *
sighting_ref (Sighting *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

static gboolean
is_stream (IcamHit *hit)
{
  return strcmp (icam_hit_get_service (hit), "_rtsp._tcp") == 0;
}

static void
confirm (Sighting *self,
         char     *address)
{
  self->public.address = address;
  self->confirmed (&self->public, self->user_data);
}

static void
on_retry (gpointer user_data)
{
  Sighting *self = user_data;

  self->retry_id = 0;
  ask (self);
}

static char *
make_stream_address (IcamHit *hit)
{
  g_autofree char *host = icam_address_join (icam_hit_get_address (hit), icam_hit_get_port (hit));
  const char *path = icam_hit_get_path (hit);

  /* Some announce the path of the web service with each of their services. */
  if (path != NULL && strstr (path, "onvif/device") != NULL)
    path = NULL;

  return g_strdup_printf ("rtsp://%s%s", host, path != NULL ? path : "/");
}

static void
on_hello (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  Sighting *self = user_data;
  gboolean answered = icam_onvif_device_hello_finish (ICAM_ONVIF_DEVICE (source), result, NULL);

  g_clear_pointer (&self->pass, icam_gate_pass_free);
  g_clear_object (&self->device);
  if (self->confirmed == NULL)
    {
      sighting_unref (self);
      return;
    }

  if (answered)
    {
      self->public.onvif = TRUE;
      confirm (self, icam_address_of_onvif (icam_onvif_device_get_url (ICAM_ONVIF_DEVICE (source))));
    }
  else if (is_stream (self->public.hit))
    {
      confirm (self, make_stream_address (self->public.hit));
    }
  else if (++self->tries < MAX_TRIES)
    {
      self->retry_id = g_timeout_add_once (FIRST_PAUSE_MS << (self->tries - 1), on_retry, self);
    }
  sighting_unref (self);
}

static void
on_entered (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  Sighting *self = user_data;
  g_autoptr (IcamGatePass) pass = icam_gate_enter_finish (ICAM_GATE (source), result, NULL);

  if (pass == NULL || self->confirmed == NULL)
    {
      sighting_unref (self);
      return;
    }

  self->pass = g_steal_pointer (&pass);
  icam_onvif_device_hello_async (self->device, self->cancellable, on_hello, self);
}

/* Is it there, and does it speak ONVIF? Without credentials. */
static void
ask (Sighting *self)
{
  IcamHit *hit = self->public.hit;
  gboolean service = strcmp (icam_hit_get_service (hit), "_onvif._tcp") == 0;
  g_autofree char *address = NULL;

  if (is_stream (hit))
    address = icam_address_join (icam_hit_get_address (hit), -1);
  else if (service && (icam_hit_get_path (hit) != NULL || icam_hit_get_secure (hit)))
    address = icam_address_url (icam_hit_get_secure (hit), icam_hit_get_address (hit), icam_hit_get_port (hit),
                                icam_hit_get_path (hit));
  else
    address = icam_address_join (icam_hit_get_address (hit), icam_hit_get_port (hit));

  self->device = icam_onvif_device_new (address, NULL);
  if (self->device == NULL)
    return;

  icam_gate_enter_async (self->gate, self->cancellable, on_entered, sighting_ref (self));
}

/**
 * icam_sighting_new:
 * @hit: what the discovery found
 * @gate: how many may be asked at a time; outlives the sighting
 * @confirmed: called once, later, if the device answers
 * @user_data: for @confirmed
 *
 * Asks who announces itself, again and again for two minutes.
 *
 * Returns: (transfer full): a sighting; icam_sighting_end() takes it back
 */
IcamSighting *
icam_sighting_new (IcamHit          *hit,
                   IcamGate         *gate,
                   IcamSightingFunc  confirmed,
                   gpointer          user_data)
{
  Sighting *self = g_new0 (Sighting, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->public.hit = g_object_ref (hit);
  self->gate = gate;
  self->confirmed = confirmed;
  self->user_data = user_data;
  self->cancellable = g_cancellable_new ();
  ask (self);
  return &self->public;
}

/**
 * icam_sighting_end:
 * @self: (transfer full): a sighting that disappeared
 */
void
icam_sighting_end (IcamSighting *self)
{
  Sighting *sighting = (Sighting *) self;

  sighting->confirmed = NULL;
  g_clear_handle_id (&sighting->retry_id, g_source_remove);
  g_cancellable_cancel (sighting->cancellable);
  sighting_unref (sighting);
}
