/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-onvif"

#include "config.h"

#include "onvif/icam-onvif-events.h"

#include <string.h>

#include "onvif/icam-onvif-job-private.h"
#include "onvif/icam-onvif-properties-private.h"
#include "onvif/icam-onvif-uri-private.h"

/* Where the event service is at a device that does not say so. Whether it has pull points, the
 * capabilities say wrongly in both directions: it is tried. */
#define DEFAULT_PATH "/onvif/event_service"

#define ACTION_CREATE ICAM_NS_EVENTS "/EventPortType/CreatePullPointSubscriptionRequest"
#define ACTION_SYNC   ICAM_NS_EVENTS "/PullPointSubscription/SetSynchronizationPointRequest"
#define ACTION_PULL   ICAM_NS_EVENTS "/PullPointSubscription/PullMessagesRequest"
#define ACTION_RENEW  "http://docs.oasis-open.org/wsn/bw-2/SubscriptionManager/RenewRequest"
#define ACTION_END    "http://docs.oasis-open.org/wsn/bw-2/SubscriptionManager/UnsubscribeRequest"

/* For an answer that is not waited for on purpose, in ms. */
#define ANSWER_TIMEOUT 5000

/* How long a subscription is to last, what is believed of a device that does not say, and the most
 * that is believed, in s. */
#define LIFETIME     600
#define LIFETIME_MIN 60
#define LIFETIME_MAX 3600

/* How long a device is asked to wait for an event, in s; and what it gets beyond that. */
#define PULL_MAX      60
#define PULL_MIN      5
#define PULL_GRACE_MS 10000
/* So many pulls in a row may be cut short before it is a failure. */
#define MAX_CUTS 3
/* A device that answers at once is not asked more often than this, in ms: with nothing, with
 * events.
 */
#define GAP_EMPTY 2000
#define GAP_FULL  100

#define MAX_MESSAGES  100
#define MAX_REFERENCE 4096
#define MAX_UNKNOWN   64
#define TICK_MS       5000

struct _IcamOnvifSubscription
{
  GObject parent_instance;

  IcamOnvifDevice *device;
  IcamClock *clock;
  GCancellable *cancellable; /* of everything but what creates and ends */
  gboolean started, over;

  GUri *uri;       /* of the pull point, on the host that was given; NULL until there is one */
  char *to;        /* as the device calls it */
  char *reference; /* what is to be sent along with it, or NULL */
  char *elsewhere; /* the host that the device named, if it is another one */

  gboolean plain_create;    /* without saying for how long */
  gboolean absolute;        /* it takes no durations for the end of a subscription */
  gboolean cannot_renew;    /* it refused to */
  gboolean can_synchronize; /* it did so once */
  gint64 ends_boot;         /* boot time at which it ends unless it is renewed */
  guint pull_seconds, cuts; /* how long a pull waits; how many in a row were cut */
  gint64 pull_boot;         /* when the last one was sent */

  IcamOnvifProperties *properties;
  GPtrArray *unknown; /* of char *, topics in order */
  GHashTable *counts; /* topic -> how often it came */
  GSource *tick, *gap;
};

G_DEFINE_TYPE (IcamOnvifSubscription, icam_onvif_subscription, G_TYPE_OBJECT)

enum
{
  SUBSCRIBED,
  EVENT,
  UNKNOWN,
  FAILED,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

static void create (IcamOnvifSubscription *self);
static void go_on (IcamOnvifSubscription *self);
static void unsubscribe (IcamOnvifSubscription *self);

static void
end_source (GSource **source)
{
  if (*source != NULL)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static GSource *
start_source (IcamOnvifSubscription *self, guint milliseconds, GSourceFunc func)
{
  GSource *source = g_timeout_source_new (milliseconds);

  g_source_set_static_name (source, "icam-onvif-subscription");
  g_source_set_callback (source, func, self, NULL);
  g_source_attach (source, g_main_context_get_thread_default ());
  return source;
}

/* Nothing more is asked or told. */
static void
finish (IcamOnvifSubscription *self)
{
  self->over = TRUE;
  end_source (&self->tick);
  end_source (&self->gap);
  g_cancellable_cancel (self->cancellable);
}

static void
fail (IcamOnvifSubscription *self, GError *error)
{
  g_autoptr (GError) owned = error;
  g_autoptr (IcamOnvifSubscription) hold = g_object_ref (self);

  if (self->over)
    return;

  g_debug ("A subscription failed: %s", owned->message);
  finish (self);
  /* It may still be there, in one of the device's few places. */
  if (!icam_onvif_is_error (owned, ICAM_ERROR_UNREACHABLE))
    unsubscribe (self);
  icam_onvif_properties_lost (self->properties);
  g_signal_emit (self, signals[FAILED], 0, owned);
}

/* What was asked did not answer as such. */
static void
fail_asking (IcamOnvifSubscription *self, GError *error)
{
  fail (self, icam_onvif_device_mend_error (self->device, error, self->elsewhere));
}

static void
fail_fault (IcamOnvifSubscription *self, IcamSoap *soap)
{
  const char *reason = icam_soap_get_reason (soap);
  GError *error = NULL;

  icam_onvif_device_set_error (&error, self->device, ICAM_ERROR_BAD_ANSWER,
                               reason != NULL ? reason : icam_soap_get_fault (soap));
  fail (self, error);
}

/* Asks the pull point. */
static void
ask (IcamOnvifSubscription *self,
     const char *space,
     const char *operation,
     const char *action,
     const char *arguments,
     guint timeout,
     GCancellable *cancellable,
     GAsyncReadyCallback callback)
{
  IcamOnvifQuestion question = { 0 };

  question.uri = self->uri;
  question.space = space;
  question.operation = operation;
  question.arguments = arguments;
  question.action = action;
  question.to = self->to;
  question.header = self->reference;
  question.timeout = timeout;
  question.once = TRUE;
  icam_onvif_transport_ask_async (self->device->transport, &question, cancellable, callback,
                                  callback != NULL ? g_object_ref (self) : NULL);
}

/* The device forgets us; it has few places. Nobody waits for what it says. */
static void
unsubscribe (IcamOnvifSubscription *self)
{
  if (self->uri != NULL)
    ask (self, ICAM_NS_WSNT, "Unsubscribe", ACTION_END, NULL, ANSWER_TIMEOUT, NULL, NULL);
}

/* xs:dateTime as devices write it; some write no date at all. */
static gboolean
read_time (xmlNode *answer, const char *name, gint64 *seconds)
{
  g_autofree char *text = icam_soap_dup_text (answer, name);
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  g_autoptr (GDateTime) time = text != NULL ? g_date_time_new_from_iso8601 (text, utc) : NULL;

  if (time == NULL)
    return FALSE;
  *seconds = g_date_time_to_unix (time);
  return TRUE;
}

/* Takes from an answer how long the subscription lasts, both times by the device's clock. Returns
 * the seconds, 0 if it does not say or it makes no sense. */
static guint
take_lifetime (IcamOnvifSubscription *self, xmlNode *answer)
{
  gint64 now, end, left;

  if (!read_time (answer, "TerminationTime", &end))
    return 0;
  if (!read_time (answer, "CurrentTime", &now))
    {
      if (!icam_onvif_transport_knows_time (self->device->transport))
        return 0;
      now = (icam_clock_utc (icam_clock_system ())
             + icam_onvif_transport_get_offset (self->device->transport))
            / G_USEC_PER_SEC;
    }
  left = end - now;
  if (left <= 0)
    return 0;

  left = MIN (left, LIFETIME_MAX);
  self->ends_boot = icam_clock_boottime (self->clock) + left * G_USEC_PER_SEC;
  return (guint) left;
}

static void
assume_lifetime (IcamOnvifSubscription *self, guint seconds)
{
  self->ends_boot = icam_clock_boottime (self->clock) + (gint64) seconds * G_USEC_PER_SEC;
}

/* Counts what has no name of ours. */
static void
take_unknown (IcamOnvifSubscription *self, const char *topic)
{
  guint count = GPOINTER_TO_UINT (g_hash_table_lookup (self->counts, topic));

  if (count == 0)
    {
      if (self->unknown->len == MAX_UNKNOWN)
        return;
      g_ptr_array_add (self->unknown, g_strdup (topic));
      g_debug ("An event of a kind that is not known: %s", topic);
    }
  if (count < G_MAXINT)
    g_hash_table_insert (self->counts, g_strdup (topic), GUINT_TO_POINTER (count + 1));
  if (count == 0)
    g_signal_emit (self, signals[UNKNOWN], 0, topic);
}

static void
on_synchronized (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (IcamOnvifSubscription) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (IcamSoap) soap
    = icam_onvif_transport_ask_finish (ICAM_ONVIF_TRANSPORT (source), result, &error);

  if (self->over)
    return;
  if (icam_onvif_is_error (error, ICAM_ERROR_UNREACHABLE))
    fail (self, g_steal_pointer (&error));
  else if (soap != NULL && icam_soap_is_fault (soap) && self->can_synchronize)
    fail_fault (self, soap); /* it does not know us any more */
}

static void
synchronize (IcamOnvifSubscription *self, GAsyncReadyCallback callback)
{
  ask (self, ICAM_NS_EVENTS, "SetSynchronizationPoint", ACTION_SYNC, NULL, ANSWER_TIMEOUT,
       self->cancellable, callback);
}

static gboolean
on_tick (gpointer user_data)
{
  g_autoptr (IcamOnvifSubscription) self = g_object_ref (ICAM_ONVIF_SUBSCRIPTION (user_data));

  if (icam_onvif_properties_tick (self->properties) && !self->over)
    synchronize (self, on_synchronized);
  if (self->over)
    return G_SOURCE_REMOVE;
  if (icam_onvif_properties_is_on (self->properties))
    return G_SOURCE_CONTINUE;

  end_source (&self->tick);
  return G_SOURCE_REMOVE;
}

/* Returns how many there were. */
static guint
take_messages (IcamOnvifSubscription *self, xmlNode *answer)
{
  guint count = 0;

  for (xmlNode *node = icam_soap_child (answer, "NotificationMessage");
       node != NULL && count < MAX_MESSAGES && !self->over; node = icam_soap_next (node))
    {
      g_autoptr (IcamOnvifMessage) message
        = icam_onvif_message_read (node, icam_onvif_kinds_get ());

      count++;
      if (message == NULL)
        continue;
      if (!message->understood)
        take_unknown (self, message->shown);
      icam_onvif_properties_take (self->properties, message);
    }

  if (!self->over && self->tick == NULL && icam_onvif_properties_is_on (self->properties))
    self->tick = start_source (self, TICK_MS, on_tick);
  return count;
}

static gboolean
on_gap (gpointer user_data)
{
  IcamOnvifSubscription *self = user_data;

  end_source (&self->gap);
  go_on (self);
  return G_SOURCE_REMOVE;
}

/* Between devices and us there are boxes that cut what is quiet for a while, and devices that do so
 * themselves: they are asked to wait for a shorter time. */
static gboolean
was_cut (IcamOnvifSubscription *self, const GError *error, gint64 took)
{
  guint waited = (guint) (took / G_USEC_PER_SEC);

  if (!(icam_onvif_is_error (error, ICAM_ERROR_TIMED_OUT)
        || icam_onvif_is_error (error, ICAM_ERROR_BAD_ANSWER))
      || waited < 1 || ++self->cuts >= MAX_CUTS)
    return FALSE;

  self->pull_seconds = CLAMP (waited > 2 ? waited - 2 : 1, PULL_MIN, self->pull_seconds);
  return TRUE;
}

static void
on_pulled (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (IcamOnvifSubscription) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (IcamSoap) soap
    = icam_onvif_transport_ask_finish (ICAM_ONVIF_TRANSPORT (source), result, &error);
  gint64 took = icam_clock_boottime (self->clock) - self->pull_boot;
  xmlNode *answer;
  guint count, gap;

  if (self->over)
    return;
  if (soap == NULL)
    {
      if (was_cut (self, error, took))
        go_on (self);
      else
        fail_asking (self, g_steal_pointer (&error));
      return;
    }
  answer
    = icam_soap_is_fault (soap) ? NULL : icam_soap_get_any_answer (soap, "PullMessagesResponse");
  if (icam_soap_is_fault (soap))
    {
      fail_fault (self, soap);
      return;
    }
  if (answer == NULL)
    {
      icam_onvif_device_set_error (&error, self->device, ICAM_ERROR_BAD_ANSWER,
                                   "an answer to another question");
      fail (self, g_steal_pointer (&error));
      return;
    }

  self->cuts = 0;
  g_clear_pointer (&self->elsewhere, g_free);
  take_lifetime (self, answer);
  count = take_messages (self, answer);
  if (self->over)
    return;

  gap = count > 0 ? GAP_FULL : GAP_EMPTY;
  if (took >= (gint64) gap * 1000)
    go_on (self);
  else
    self->gap = start_source (self, gap, on_gap);
}

static void
pull (IcamOnvifSubscription *self)
{
  g_autofree char *arguments
    = g_strdup_printf ("<q:Timeout>PT%uS</q:Timeout><q:MessageLimit>%u</q:MessageLimit>",
                       self->pull_seconds, MAX_MESSAGES);

  self->pull_boot = icam_clock_boottime (self->clock);
  ask (self, ICAM_NS_EVENTS, "PullMessages", ACTION_PULL, arguments,
       self->pull_seconds * 1000 + PULL_GRACE_MS, self->cancellable, on_pulled);
}

/* Whether it would end while the next pull waits. */
static gboolean
is_due (IcamOnvifSubscription *self)
{
  gint64 left = self->ends_boot - icam_clock_boottime (self->clock);

  return left < (gint64) (self->pull_seconds + self->pull_seconds / 2) * G_USEC_PER_SEC;
}

static void renew (IcamOnvifSubscription *self);

static void
on_renewed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (IcamOnvifSubscription) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (IcamSoap) soap
    = icam_onvif_transport_ask_finish (ICAM_ONVIF_TRANSPORT (source), result, &error);
  xmlNode *answer;
  guint seconds;

  if (self->over)
    return;
  if (soap == NULL && icam_onvif_is_error (error, ICAM_ERROR_UNREACHABLE))
    {
      fail (self, g_steal_pointer (&error));
      return;
    }

  answer = soap != NULL ? icam_soap_get_any_answer (soap, "RenewResponse") : NULL;
  seconds = answer != NULL ? take_lifetime (self, answer) : 0;
  if (!self->absolute && (answer == NULL || (seconds > 0 && seconds < LIFETIME / 2)))
    {
      /* It does not take a duration, or takes no notice of it. */
      self->absolute = TRUE;
      renew (self);
      return;
    }

  if (answer == NULL)
    self->cannot_renew = TRUE; /* pulling may do, too; if it ends, another one is made */
  else if (seconds == 0)
    assume_lifetime (self, LIFETIME / 2);
  else if (seconds < self->pull_seconds * 2)
    self->pull_seconds = CLAMP (seconds / 3, PULL_MIN, self->pull_seconds);
  pull (self);
}

static void
renew (IcamOnvifSubscription *self)
{
  g_autofree char *arguments = NULL;

  if (self->absolute)
    {
      gint64 end = (icam_clock_utc (icam_clock_system ())
                    + icam_onvif_transport_get_offset (self->device->transport))
                     / G_USEC_PER_SEC
                   + LIFETIME;
      g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (end);
      g_autofree char *text = g_date_time_format (time, "%Y-%m-%dT%H:%M:%SZ");

      arguments = g_strdup_printf ("<q:TerminationTime>%s</q:TerminationTime>", text);
    }
  else
    {
      arguments = g_strdup_printf ("<q:TerminationTime>PT%dS</q:TerminationTime>", LIFETIME);
    }
  ask (self, ICAM_NS_WSNT, "Renew", ACTION_RENEW, arguments, ANSWER_TIMEOUT, self->cancellable,
       on_renewed);
}

static void
go_on (IcamOnvifSubscription *self)
{
  if (is_due (self) && !self->cannot_renew)
    renew (self);
  else
    pull (self);
}

static void
on_first_synchronized (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (IcamOnvifSubscription) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (IcamSoap) soap
    = icam_onvif_transport_ask_finish (ICAM_ONVIF_TRANSPORT (source), result, &error);

  if (self->over)
    return;
  if (icam_onvif_is_error (error, ICAM_ERROR_UNREACHABLE))
    {
      if (icam_onvif_device_try_own_port (self->device, &self->uri))
        synchronize (self, on_first_synchronized);
      else
        fail_asking (self, g_steal_pointer (&error));
      return;
    }
  /* Whoever answers there is not elsewhere. */
  if (soap != NULL)
    g_clear_pointer (&self->elsewhere, g_free);
  /* Not every device can do it, and most tell what is on by themselves. */
  self->can_synchronize = soap != NULL && !icam_soap_is_fault (soap);
  go_on (self);
}

/* Takes the address of the pull point. Returns FALSE if there is none. */
static gboolean
take_reference (IcamOnvifSubscription *self, xmlNode *answer)
{
  static const char *const schemes[] = { "http", "https", NULL };
  xmlNode *reference = icam_soap_child (answer, "SubscriptionReference");
  GUri *base = self->device->uris[ICAM_ONVIF_SERVICE_DEVICE];
  g_autofree char *named = NULL;

  self->to = icam_soap_dup_text (reference, "Address");
  self->uri = icam_onvif_uri_on_host (self->to, base, schemes);
  if (self->uri == NULL)
    return FALSE;

  self->reference
    = icam_soap_dup_xml (icam_soap_child (reference, "ReferenceParameters"), MAX_REFERENCE);
  named = icam_onvif_uri_dup_host (self->to);
  g_clear_pointer (&self->elsewhere, g_free);
  if (named != NULL && g_ascii_strcasecmp (named, g_uri_get_host (base)) != 0)
    self->elsewhere = g_steal_pointer (&named);
  return TRUE;
}

static void
on_created (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (IcamOnvifSubscription) self = user_data;
  IcamOnvifDevice *device = self->device;
  g_autoptr (GError) error = NULL;
  g_autoptr (IcamSoap) soap
    = icam_onvif_transport_ask_finish (ICAM_ONVIF_TRANSPORT (source), result, &error);
  xmlNode *answer;
  guint seconds;

  if (icam_onvif_is_error (error, ICAM_ERROR_UNREACHABLE) && !self->over
      && icam_onvif_device_try_own_port (device, &device->uris[ICAM_ONVIF_SERVICE_EVENTS]))
    {
      create (self);
      return;
    }
  if (soap == NULL)
    {
      fail_asking (self, g_steal_pointer (&error));
      return;
    }
  if (icam_soap_is_fault (soap) && !self->plain_create && !self->over)
    {
      /* It may not like how long it is to last. */
      self->plain_create = TRUE;
      create (self);
      return;
    }
  if (icam_soap_is_fault (soap))
    {
      fail_fault (self, soap);
      return;
    }
  answer = icam_soap_get_any_answer (soap, "CreatePullPointSubscriptionResponse");
  if (!take_reference (self, answer))
    {
      icam_onvif_device_set_error (&error, device, ICAM_ERROR_BAD_ANSWER,
                                   "no address of a subscription");
      fail (self, g_steal_pointer (&error));
      return;
    }
  if (self->over)
    {
      /* It was not wanted any more, but it is there. */
      unsubscribe (self);
      return;
    }

  seconds = take_lifetime (self, answer);
  if (seconds == 0)
    assume_lifetime (self, seconds = LIFETIME_MIN);
  self->pull_seconds = CLAMP (seconds / 2, PULL_MIN, PULL_MAX);
  g_signal_emit (self, signals[SUBSCRIBED], 0);
  if (!self->over)
    synchronize (self, on_first_synchronized);
}

static void
create (IcamOnvifSubscription *self)
{
  IcamOnvifQuestion question = { 0 };
  g_autofree char *arguments
    = self->plain_create
        ? NULL
        : g_strdup_printf ("<q:InitialTerminationTime>PT%dS</q:InitialTerminationTime>", LIFETIME);

  question.uri = self->device->uris[ICAM_ONVIF_SERVICE_EVENTS];
  question.space = ICAM_NS_EVENTS;
  question.operation = "CreatePullPointSubscription";
  question.arguments = arguments;
  question.action = ACTION_CREATE;
  question.timeout = ANSWER_TIMEOUT;
  question.once = TRUE;
  /* Not cancelled: what was made must be ended. */
  icam_onvif_transport_ask_async (self->device->transport, &question, NULL, on_created,
                                  g_object_ref (self));
}

static void
on_services (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (IcamOnvifSubscription) self = user_data;
  IcamOnvifDevice *device = self->device;
  GUri *base = device->uris[ICAM_ONVIF_SERVICE_DEVICE];
  g_autoptr (GError) error = NULL;

  icam_onvif_device_find_services_finish (device, result, &error);
  if (self->over)
    return;
  if (error != NULL)
    {
      fail (self, g_steal_pointer (&error));
      return;
    }

  if (device->uris[ICAM_ONVIF_SERVICE_EVENTS] == NULL)
    device->uris[ICAM_ONVIF_SERVICE_EVENTS]
      = g_uri_build (g_uri_get_flags (base), g_uri_get_scheme (base), NULL, g_uri_get_host (base),
                     g_uri_get_port (base), DEFAULT_PATH, NULL, NULL);
  g_free (self->elsewhere);
  self->elsewhere = g_strdup (device->elsewhere[ICAM_ONVIF_SERVICE_EVENTS]);
  create (self);
}

static char *
resolve (GHashTable *sources, gpointer user_data)
{
  IcamOnvifSubscription *self = user_data;

  return icam_onvif_device_resolve (self->device, sources);
}

static void
tell (IcamEventKind kind, IcamOnvifState state, const char *place, gpointer user_data)
{
  IcamOnvifSubscription *self = user_data;
  IcamOnvifEvent event = { .kind = kind, .state = state, .source = place };

  event.place = place == NULL    ? ICAM_ONVIF_OF_DEVICE
                : *place == '\0' ? ICAM_ONVIF_OF_NOBODY
                                 : ICAM_ONVIF_OF_SOURCE;
  g_signal_emit (self, signals[EVENT], 0, &event);
}

static void
icam_onvif_subscription_dispose (GObject *object)
{
  icam_onvif_subscription_end (ICAM_ONVIF_SUBSCRIPTION (object));

  G_OBJECT_CLASS (icam_onvif_subscription_parent_class)->dispose (object);
}

static void
icam_onvif_subscription_finalize (GObject *object)
{
  IcamOnvifSubscription *self = ICAM_ONVIF_SUBSCRIPTION (object);

  g_clear_object (&self->device);
  g_clear_object (&self->clock);
  g_object_unref (self->cancellable);
  g_clear_pointer (&self->uri, g_uri_unref);
  g_free (self->to);
  g_free (self->reference);
  g_free (self->elsewhere);
  g_clear_pointer (&self->properties, icam_onvif_properties_free);
  g_ptr_array_unref (self->unknown);
  g_hash_table_unref (self->counts);

  G_OBJECT_CLASS (icam_onvif_subscription_parent_class)->finalize (object);
}

static void
icam_onvif_subscription_class_init (IcamOnvifSubscriptionClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->dispose = icam_onvif_subscription_dispose;
  object_class->finalize = icam_onvif_subscription_finalize;

  signals[SUBSCRIBED] = g_signal_new ("subscribed", ICAM_TYPE_ONVIF_SUBSCRIPTION, G_SIGNAL_RUN_LAST,
                                      0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[EVENT] = g_signal_new ("event", ICAM_TYPE_ONVIF_SUBSCRIPTION, G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
  signals[UNKNOWN] = g_signal_new ("unknown", ICAM_TYPE_ONVIF_SUBSCRIPTION, G_SIGNAL_RUN_LAST, 0,
                                   NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[FAILED] = g_signal_new ("failed", ICAM_TYPE_ONVIF_SUBSCRIPTION, G_SIGNAL_RUN_LAST, 0,
                                  NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void
icam_onvif_subscription_init (IcamOnvifSubscription *self)
{
  self->cancellable = g_cancellable_new ();
  self->pull_seconds = PULL_MAX;
  self->unknown = g_ptr_array_new_with_free_func (g_free);
  self->counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

/**
 * icam_onvif_subscription_new:
 * @device: a device that was asked who it is
 * @clock: tells how long things take
 *
 * Asks nothing yet.
 *
 * Returns: (transfer full): a subscription to all that the device tells
 */
IcamOnvifSubscription *
icam_onvif_subscription_new (IcamOnvifDevice *device, IcamClock *clock)
{
  IcamOnvifSubscription *self = g_object_new (ICAM_TYPE_ONVIF_SUBSCRIPTION, NULL);

  self->device = g_object_ref (device);
  self->clock = g_object_ref (clock);
  self->properties = icam_onvif_properties_new (clock, resolve, tell, self);
  return self;
}

/**
 * icam_onvif_subscription_start:
 * @self: a subscription that was not started
 *
 * Asks the device for a pull point, and then for what happens until it is ended or fails.
 */
void
icam_onvif_subscription_start (IcamOnvifSubscription *self)
{
  g_return_if_fail (ICAM_IS_ONVIF_SUBSCRIPTION (self) && !self->started);

  self->started = TRUE;
  icam_onvif_device_find_services_async (self->device, self->cancellable, on_services,
                                         g_object_ref (self));
}

/**
 * icam_onvif_subscription_end:
 * @self: a subscription
 *
 * It is not wanted any more: the device is told so, nothing is told by it after this.
 */
void
icam_onvif_subscription_end (IcamOnvifSubscription *self)
{
  if (self->over)
    return;

  finish (self);
  unsubscribe (self);
}

/**
 * icam_onvif_subscription_check:
 * @self: a subscription
 *
 * The device may have been restarted, which a pull that waits does not notice: asks what is on. The
 * subscription fails if the device does not know it any more.
 */
void
icam_onvif_subscription_check (IcamOnvifSubscription *self)
{
  if (!self->over && self->uri != NULL && self->can_synchronize)
    synchronize (self, on_synchronized);
}

/**
 * icam_onvif_subscription_list_unknown:
 * @self: a subscription
 *
 * Returns: (transfer floating): topics that have no name of ours, as the device writes them, in the
 * order in which they came first, with how often they came: a(su)
 */
GVariant *
icam_onvif_subscription_list_unknown (IcamOnvifSubscription *self)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(su)"));
  for (guint i = 0; i < self->unknown->len; i++)
    {
      const char *topic = self->unknown->pdata[i];

      g_variant_builder_add (&builder, "(su)", topic,
                             GPOINTER_TO_UINT (g_hash_table_lookup (self->counts, topic)));
    }
  return g_variant_builder_end (&builder);
}
