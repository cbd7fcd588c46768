/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-onvif"

#include "config.h"

#include "onvif/icam-onvif-properties-private.h"

typedef struct
{
  char *key;
  char *place;
  guint on;            /* kinds */
  gint64 changed_boot; /* when it last said so by itself */
  gint64 told_boot;    /* when it last said so */
  gint64 asked_boot;   /* when it was asked since; 0: it was not */
  gboolean stuck;      /* it is not believed until it says "off", or "on" by itself */
} Property;

struct _IcamOnvifProperties
{
  IcamClock *clock;
  IcamOnvifResolve resolve;
  IcamOnvifTell tell;
  gpointer user_data;
  GPtrArray *properties; /* of Property, the one that was heard from last at the end */
};

static void
property_free (gpointer data)
{
  Property *property = data;

  g_free (property->key);
  g_free (property->place);
  g_free (property);
}

/**
 * icam_onvif_properties_new:
 * @clock: a clock
 * @resolve: says where it is seen
 * @tell: told what begins, ends and happens; a kind begins and ends once for a place, however many
 * detectors see it
 * @user_data: for both
 *
 * Returns: (transfer full): nothing told yet
 */
IcamOnvifProperties *
icam_onvif_properties_new (IcamClock *clock,
                           IcamOnvifResolve resolve,
                           IcamOnvifTell tell,
                           gpointer user_data)
{
  IcamOnvifProperties *self = g_new0 (IcamOnvifProperties, 1);

  self->clock = g_object_ref (clock);
  self->resolve = resolve;
  self->tell = tell;
  self->user_data = user_data;
  self->properties = g_ptr_array_new_with_free_func (property_free);
  return self;
}

/**
 * icam_onvif_properties_free:
 * @self: (transfer full): properties; nothing is told any more
 */
void
icam_onvif_properties_free (IcamOnvifProperties *self)
{
  g_object_unref (self->clock);
  g_ptr_array_unref (self->properties);
  g_free (self);
}

/* Whether another detector of the same source says so still. */
static gboolean
is_on_elsewhere (IcamOnvifProperties *self, const Property *property, guint kind)
{
  for (guint i = 0; i < self->properties->len; i++)
    {
      const Property *other = self->properties->pdata[i];

      if (other != property && (other->on & kind) != 0
          && g_strcmp0 (other->place, property->place) == 0)
        return TRUE;
    }

  return FALSE;
}

static void
set (IcamOnvifProperties *self, Property *property, guint on)
{
  guint was = property->on;

  property->on = on;
  for (guint i = 0; i < ICAM_N_EVENT_KINDS; i++)
    {
      guint kind = ICAM_KIND_BIT (i);

      if ((was & kind) == (on & kind) || is_on_elsewhere (self, property, kind))
        continue;
      self->tell ((IcamEventKind) i, (on & kind) != 0 ? ICAM_ONVIF_ON : ICAM_ONVIF_OFF,
                  property->place, self->user_data);
    }
}

static Property *
find (IcamOnvifProperties *self, const char *key)
{
  for (guint i = 0; i < self->properties->len; i++)
    {
      Property *property = self->properties->pdata[i];

      if (g_str_equal (property->key, key))
        return property;
    }

  return NULL;
}

/* Room for one more: the one that is off and was not heard from for the longest time goes. */
static gboolean
make_room (IcamOnvifProperties *self)
{
  Property *oldest = NULL;

  if (self->properties->len < ICAM_ONVIF_MAX_PROPERTIES)
    return TRUE;
  for (guint i = 0; i < self->properties->len; i++)
    {
      Property *property = self->properties->pdata[i];

      if (property->on == 0 && (oldest == NULL || property->told_boot < oldest->told_boot))
        oldest = property;
    }

  return oldest != NULL && g_ptr_array_remove_fast (self->properties, oldest);
}

static void
take_report (IcamOnvifProperties *self,
             const IcamOnvifMessage *message,
             const IcamOnvifReport *report)
{
  gint64 now = icam_clock_boottime (self->clock);
  g_autofree char *key = g_strdup_printf ("%s\n%s", message->key, report->name);
  Property *property = find (self, key);
  gboolean by_itself;

  if (report->state == ICAM_ONVIF_MOMENT)
    {
      g_autofree char *place = self->resolve (message->sources, self->user_data);

      for (guint i = 0; i < ICAM_N_EVENT_KINDS; i++)
        if ((report->kinds & ICAM_KIND_BIT (i)) != 0)
          self->tell ((IcamEventKind) i, ICAM_ONVIF_MOMENT, place, self->user_data);
      return;
    }

  if (property == NULL)
    {
      /* What was never on is not off now. */
      if (report->state == ICAM_ONVIF_OFF || report->kinds == 0 || !make_room (self))
        return;
      property = g_new0 (Property, 1);
      property->key = g_steal_pointer (&key);
      property->place = self->resolve (message->sources, self->user_data);
      g_ptr_array_add (self->properties, property);
    }

  by_itself = message->operation != ICAM_ONVIF_INITIALIZED && property->asked_boot == 0;
  property->told_boot = now;
  property->asked_boot = 0;
  if (report->state == ICAM_ONVIF_OFF)
    {
      property->stuck = FALSE;
      set (self, property, 0);
      return;
    }

  if (by_itself || (property->on == 0 && !property->stuck))
    {
      property->changed_boot = now;
      property->stuck = FALSE;
    }
  if (now - property->changed_boot >= ICAM_ONVIF_STUCK_US)
    property->stuck = TRUE;
  set (self, property, property->stuck ? 0 : report->kinds);
}

/**
 * icam_onvif_properties_take:
 * @self: properties
 * @message: what the device says
 */
void
icam_onvif_properties_take (IcamOnvifProperties *self, const IcamOnvifMessage *message)
{
  for (guint i = 0; i < message->n_reports; i++)
    take_report (self, message, &message->reports[i]);
}

/**
 * icam_onvif_properties_tick:
 * @self: properties
 *
 * To be called every few seconds while something is on: "off" never comes from some devices.
 *
 * Returns: whether the device is to be asked what is on (SetSynchronizationPoint)
 */
gboolean
icam_onvif_properties_tick (IcamOnvifProperties *self)
{
  gint64 now = icam_clock_boottime (self->clock);
  gboolean ask = FALSE;

  for (guint i = 0; i < self->properties->len; i++)
    {
      Property *property = self->properties->pdata[i];

      if (property->on == 0)
        continue;
      if (property->asked_boot != 0)
        {
          if (now - property->asked_boot >= ICAM_ONVIF_ANSWER_US)
            {
              property->asked_boot = 0;
              set (self, property, 0);
            }
        }
      else if (now - property->told_boot >= ICAM_ONVIF_ASK_US)
        {
          property->asked_boot = now;
          ask = TRUE;
        }
    }

  return ask;
}

/**
 * icam_onvif_properties_is_on:
 * @self: properties
 *
 * Returns: whether any is on
 */
gboolean
icam_onvif_properties_is_on (IcamOnvifProperties *self)
{
  for (guint i = 0; i < self->properties->len; i++)
    if (((Property *) self->properties->pdata[i])->on != 0)
      return TRUE;

  return FALSE;
}

/**
 * icam_onvif_properties_lost:
 * @self: properties
 *
 * The device is not heard any more: all is told to be off, and forgotten.
 */
void
icam_onvif_properties_lost (IcamOnvifProperties *self)
{
  for (guint i = 0; i < self->properties->len; i++)
    set (self, self->properties->pdata[i], 0);
  g_ptr_array_set_size (self->properties, 0);
}
