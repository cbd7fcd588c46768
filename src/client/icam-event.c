/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-client"

#include "config.h"

#include "client/icam-client-private.h"

struct _IcamEvent
{
  GObject parent_instance;
  char *id;
  char *camera;
  char *channel;
  char *kind;
  char **witnesses;
  gint64 start, end, peak;
  double score;
  gboolean thumbnail;
};

G_DEFINE_FINAL_TYPE (IcamEvent, icam_event, G_TYPE_OBJECT)

static void
icam_event_finalize (GObject *object)
{
  IcamEvent *self = ICAM_EVENT (object);

  g_free (self->id);
  g_free (self->camera);
  g_free (self->channel);
  g_free (self->kind);
  g_strfreev (self->witnesses);

  G_OBJECT_CLASS (icam_event_parent_class)->finalize (object);
}

static void
icam_event_class_init (IcamEventClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = icam_event_finalize;
}

static void
icam_event_init (IcamEvent *self)
{
}

/* @row: (ssssxxxdasb) as in Manager.ListEvents. NULL when its ids are none: it could be shown under no camera. */
IcamEvent *
icam_event_new_from_variant (GVariant *row)
{
  g_autoptr (IcamEvent) self = g_object_new (ICAM_TYPE_EVENT, NULL);
  IcamUuid uuid;

  g_variant_get (row, "(ssssxxxd^asb)", &self->id, &self->camera, &self->channel, &self->kind,
                 &self->start, &self->end, &self->peak, &self->score, &self->witnesses,
                 &self->thumbnail);
  if (!icam_uuid_parse (self->id, &uuid) || !icam_uuid_parse (self->camera, &uuid)
      || !icam_uuid_parse (self->channel, &uuid))
    {
      g_warning ("The recorder sent an event without an id.");
      return NULL;
    }

  return g_steal_pointer (&self);
}

/**
 * icam_event_get_id:
 * @self: an event
 *
 * Returns: (transfer none): its UUID
 */
const char *
icam_event_get_id (IcamEvent *self)
{
  return self->id;
}

/**
 * icam_event_get_camera:
 * @self: an event
 *
 * Returns: (transfer none): the UUID of the camera
 */
const char *
icam_event_get_camera (IcamEvent *self)
{
  return self->camera;
}

/**
 * icam_event_get_channel:
 * @self: an event
 *
 * Returns: (transfer none): the UUID of the channel whose pictures it was seen in
 */
const char *
icam_event_get_channel (IcamEvent *self)
{
  return self->channel;
}

/**
 * icam_event_get_kind:
 * @self: an event
 *
 * Returns: (transfer none): "motion"; for icam_words_event_kind()
 */
const char *
icam_event_get_kind (IcamEvent *self)
{
  return self->kind;
}

/**
 * icam_event_get_start:
 * @self: an event
 *
 * Returns: UTC in µs
 */
gint64
icam_event_get_start (IcamEvent *self)
{
  return self->start;
}

/**
 * icam_event_get_end:
 * @self: an event
 *
 * Returns: UTC in µs, 0 while it lasts
 */
gint64
icam_event_get_end (IcamEvent *self)
{
  return self->end;
}

/**
 * icam_event_get_peak:
 * @self: an event
 *
 * Returns: UTC in µs of the picture with the most motion
 */
gint64
icam_event_get_peak (IcamEvent *self)
{
  return self->peak;
}

/**
 * icam_event_get_score:
 * @self: an event
 *
 * Returns: 0 to 1, at its peak
 */
double
icam_event_get_score (IcamEvent *self)
{
  return self->score;
}

/**
 * icam_event_has_thumbnail:
 * @self: an event
 *
 * Returns: whether icam_client_load_thumbnail_async() has something to load
 */
gboolean
icam_event_has_thumbnail (IcamEvent *self)
{
  return self->thumbnail;
}

/**
 * icam_event_get_witnesses:
 * @self: an event
 *
 * Returns: (transfer none): who saw it: "pixels", "device"
 */
const char *const *
icam_event_get_witnesses (IcamEvent *self)
{
  return (const char *const *) self->witnesses;
}
