/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "icam-test"

#include "icam-test-events.h"

#include <string.h>

#include "icam-test-log.h"
#include "icam-test-soap.h"

#define MAX_SUBSCRIPTIONS 10
#define DEFAULT_SECONDS 60
#define MAX_SECONDS G_GINT64_CONSTANT (3600)
#define MAX_PULL_SECONDS 60
#define PULL_ACTION "http://www.onvif.org/ver10/events/wsdl/PullPointSubscription/"
#define WSNT_ACTION "http://docs.oasis-open.org/wsn/bw-2/SubscriptionManager/"

/* What can be detected, and how cameras say so. */
typedef struct
{
  const char *name;
  const char *topic;
  const char *source; /* name of the item that says where; NULL: one of the device itself */
  const char *prefix; /* of the token of the source */
  const char *item;   /* name of the item that says whether it is on */
  const char *moment; /* or the item of what has no state */
} Kind;

static const Kind kinds[] = {
  { "motion", "tns1:RuleEngine/CellMotionDetector/Motion", "VideoSourceConfigurationToken", "vsc",
    "IsMotion", NULL },
  { "motion-alarm", "tns1:VideoSource/MotionAlarm", "Source", "src", "State", NULL },
  { "person", "tns1:RuleEngine/MyRuleDetector/PeopleDetect", "Source", "src", "State", NULL },
  { "vehicle", "tns1:RuleEngine/MyRuleDetector/VehicleDetect", "Source", "src", "State", NULL },
  { "animal", "tns1:RuleEngine/MyRuleDetector/DogCatDetect", "Source", "src", "State", NULL },
  { "face", "tns1:RuleEngine/MyRuleDetector/FaceDetect", "Source", "src", "State", NULL },
  { "package", "tns1:RuleEngine/MyRuleDetector/Package", "Source", "src", "State", NULL },
  { "doorbell", "tns1:RuleEngine/MyRuleDetector/Visitor", "Source", "src", "State", NULL },
  { "line-crossed", "tns1:RuleEngine/LineDetector/Crossed", "VideoSourceConfigurationToken", "vsc",
    NULL, "ObjectId" },
  { "tamper", "tns1:VideoSource/GlobalSceneChange/ImagingService", "Source", "src", "State", NULL },
  { "digital-input", "tns1:Device/Trigger/DigitalInput", NULL, "in", "LogicalState", NULL },
  { "sound", "tns1:AudioAnalytics/Audio/DetectedSound", "VideoSourceConfigurationToken", "vsc",
    "IsSoundDetected", NULL },
  { "other", "tns1:Device/tnstest:Kettle/Boils", NULL, "in", "State", NULL },
};

/* Somebody who subscribed; all on the device's thread. */
typedef struct
{
  IcamTestEvents *events;
  guint id;
  gint64 ends_mono_us;
  GQueue messages; /* of char *, NotificationMessage */
  guint limit;

  /* A pull that waits. */
  SoupServerMessage *waiting;
  gulong finished_id;
  GSource *timeout;
} Subscription;

struct _IcamTestEvents
{
  IcamTestDevice *device;
  GPtrArray *subscriptions;
  guint next_id;
  gboolean on[G_N_ELEMENTS (kinds)][ICAM_TEST_MAX_CHANNELS];
};

static void
stop_waiting (Subscription *self)
{
  if (self->timeout)
    {
      g_source_destroy (self->timeout);
      g_clear_pointer (&self->timeout, g_source_unref);
    }
  if (self->waiting)
    g_clear_signal_handler (&self->finished_id, self->waiting);
  g_clear_object (&self->waiting);
}

static void
subscription_free (Subscription *self)
{
  stop_waiting (self);
  g_queue_clear_full (&self->messages, g_free);
  g_free (self);
}

/* How many pull points there are now. */
static void
note_number (IcamTestEvents *self)
{
  if (!icam_test_log_is_open ())
    return;
  icam_test_log_write ("{\"t\":\"subscriptions\",\"device\":%u,\"count\":%u,\"utc_us\":%" G_GINT64_FORMAT "}",
                       self->device->index, self->subscriptions->len, g_get_real_time ());
  icam_test_log_flush ();
}

/**
 * icam_test_events_new:
 * @device: a device
 *
 * Returns: (transfer full): its events.
 */
IcamTestEvents *
icam_test_events_new (IcamTestDevice *device)
{
  IcamTestEvents *self = g_new0 (IcamTestEvents, 1);

  self->device = device;
  self->next_id = 1;
  self->subscriptions = g_ptr_array_new_with_free_func ((GDestroyNotify) subscription_free);
  return self;
}

/**
 * icam_test_events_clear:
 * @self: events
 *
 * Forgets all subscriptions, as a device that restarts.
 */
void
icam_test_events_clear (IcamTestEvents *self)
{
  g_ptr_array_set_size (self->subscriptions, 0);
  note_number (self);
}

/**
 * icam_test_events_drop:
 * @self: events
 *
 * Forgets all subscriptions; whoever waits is told that there is no such one.
 */
void
icam_test_events_drop (IcamTestEvents *self)
{
  for (guint i = 0; i < self->subscriptions->len; i++)
    {
      Subscription *subscription = g_ptr_array_index (self->subscriptions, i);
      g_autoptr (SoupServerMessage) message
        = subscription->waiting ? g_object_ref (subscription->waiting) : NULL;
      g_autofree char *fault
        = icam_test_soap_fault ("wsrf:ResourceUnknown", "There is no such subscription");
      g_autofree char *envelope = icam_test_soap_envelope (fault, NULL, NULL);

      stop_waiting (subscription);
      if (!message)
        continue;
      soup_server_message_set_status (message, 400, NULL);
      soup_server_message_set_response (message, "application/soap+xml; charset=utf-8",
                                        SOUP_MEMORY_COPY, envelope, strlen (envelope));
      soup_server_message_unpause (message);
    }
  icam_test_events_clear (self);
}

/**
 * icam_test_events_free:
 * @self: events
 */
void
icam_test_events_free (IcamTestEvents *self)
{
  g_ptr_array_unref (self->subscriptions);
  g_free (self);
}

static void
queue_event (Subscription *self, guint kind, guint channel, const char *operation)
{
  IcamTestEvents *events = self->events;
  const Kind *what = &kinds[kind];
  g_autofree char *time = icam_test_xml_time (icam_test_device_clock (events->device));

  /* ONVIF Core 9.4 and 9.5.3, and the analytics service's rules. */
  g_queue_push_tail (
    &self->messages,
    g_strdup_printf (
      "<wsnt:NotificationMessage>"
      "<wsnt:Topic Dialect=\"http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet\">"
      "%s</wsnt:Topic>"
      "<wsnt:Message><tt:Message UtcTime=\"%s\" PropertyOperation=\"%s\"><tt:Source>"
      "<tt:SimpleItem Name=\"%s\" Value=\"%s%u\"/>%s</tt:Source>"
      "<tt:Data><tt:SimpleItem Name=\"%s\" Value=\"%s\"/></tt:Data>"
      "</tt:Message></wsnt:Message></wsnt:NotificationMessage>",
      what->topic, time, operation, what->source ? what->source : "InputToken", what->prefix, channel,
      what->source && strstr (what->topic, "RuleEngine")
        ? "<tt:SimpleItem Name=\"Rule\" Value=\"MyRule\"/>"
        : "",
      what->item ? what->item : what->moment,
      !what->item                 ? "17"
      : events->on[kind][channel] ? "true"
                                  : "false"));
}

static char *
pull_body (Subscription *self)
{
  IcamTestDevice *device = self->events->device;
  g_autofree char *now = icam_test_xml_time (icam_test_device_clock (device));
  g_autofree char *end = icam_test_xml_time (icam_test_device_clock (device) + self->ends_mono_us
                                             - g_get_monotonic_time ());
  GString *body = g_string_new ("<tev:PullMessagesResponse>");

  g_string_append_printf (body,
                          "<tev:CurrentTime>%s</tev:CurrentTime>"
                          "<tev:TerminationTime>%s</tev:TerminationTime>",
                          now, end);
  for (guint n = 0; n < self->limit && !g_queue_is_empty (&self->messages); n++)
    {
      g_autofree char *message = g_queue_pop_head (&self->messages);

      g_string_append (body, message);
    }
  g_string_append (body, "</tev:PullMessagesResponse>");
  return g_string_free (body, FALSE);
}

static void
answer_waiting (Subscription *self)
{
  g_autoptr (SoupServerMessage) message = self->waiting ? g_object_ref (self->waiting) : NULL;
  g_autofree char *body = NULL;
  g_autofree char *envelope = NULL;
  gsize size;

  stop_waiting (self);
  if (!message)
    return;
  body = pull_body (self);
  envelope = icam_test_soap_envelope (body, PULL_ACTION "PullMessagesResponse", NULL);
  size = strlen (envelope);
  soup_server_message_set_status (message, 200, NULL);
  soup_server_message_set_response (message, "application/soap+xml; charset=utf-8",
                                    SOUP_MEMORY_TAKE, g_steal_pointer (&envelope), size);
  soup_server_message_unpause (message);
}

static void
tell (IcamTestEvents *self, guint kind, guint channel)
{
  for (guint i = 0; i < self->subscriptions->len; i++)
    {
      Subscription *subscription = g_ptr_array_index (self->subscriptions, i);

      queue_event (subscription, kind, channel, "Changed");
      answer_waiting (subscription);
    }
}

static void
set (IcamTestEvents *self, guint kind, guint channel, gboolean on)
{
  if (self->on[kind][channel] == on)
    return;
  self->on[kind][channel] = on;
  if (on || !g_atomic_int_get (&self->device->never_off))
    tell (self, kind, channel);
}

/**
 * icam_test_events_set_motion:
 * @self: events
 * @channel: a channel
 * @motion: whether something moves there
 *
 * Tells everybody who subscribed, unless the device is mute.
 */
void
icam_test_events_set_motion (IcamTestEvents *self, guint channel, gboolean motion)
{
  g_return_if_fail (channel < ICAM_TEST_MAX_CHANNELS);

  if (!motion || !g_atomic_int_get (&self->device->mute))
    set (self, 0, channel, motion);
}

/**
 * icam_test_events_command:
 * @self: events
 * @command: KIND on|off|once [CHANNEL]
 * @error: return location for a #GError
 *
 * Something is detected, or not any more; "once" is what has no state.
 *
 * Returns: whether there is such a thing.
 */
gboolean
icam_test_events_command (IcamTestEvents *self, const char *command, GError **error)
{
  g_auto (GStrv) words = g_strsplit (command, " ", 3);
  guint n = g_strv_length (words);
  guint channel = n == 3 ? (guint) g_ascii_strtoull (words[2], NULL, 10) : 0;

  for (guint kind = 0; n >= 2 && kind < G_N_ELEMENTS (kinds); kind++)
    if (g_str_equal (kinds[kind].name, words[0]) && channel < self->device->n_channels)
      {
        if (g_str_equal (words[1], "once"))
          tell (self, kind, channel);
        else
          set (self, kind, channel, g_str_equal (words[1], "on"));
        return TRUE;
      }
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "“%s” cannot be detected", command);
  return FALSE;
}

/* PT60S, PT1M, or a moment; 0 if there is none. */
static gint64
parse_duration (IcamTestEvents *self, const char *text)
{
  g_autoptr (GDateTime) moment = NULL;
  double seconds = 0, number = 0;
  char *end;

  if (!text || !*text)
    return 0;
  if (*text != 'P')
    {
      moment = g_date_time_new_from_iso8601 (text, NULL);
      if (!moment)
        return 0;
      return g_date_time_to_unix (moment) * G_USEC_PER_SEC - icam_test_device_clock (self->device);
    }
  for (const char *p = text + 1; *p;)
    {
      if (*p == 'T')
        {
          p++;
          continue;
        }
      number = g_ascii_strtod (p, &end);
      if (end == p || !*end)
        return 0;
      seconds += number * (*end == 'H' ? 3600 : *end == 'M' ? 60 : *end == 'D' ? 86400 : 1);
      p = end + 1;
    }
  return (gint64) (CLAMP (seconds, 0, (double) MAX_SECONDS) * G_USEC_PER_SEC);
}

static void
drop_expired (IcamTestEvents *self)
{
  for (guint i = self->subscriptions->len; i-- > 0;)
    {
      Subscription *subscription = g_ptr_array_index (self->subscriptions, i);

      if (!subscription->waiting && subscription->ends_mono_us < g_get_monotonic_time ())
        g_ptr_array_remove_index (self->subscriptions, i);
    }
}

static Subscription *
find (IcamTestRequest *request)
{
  IcamTestEvents *self = request->events;
  guint64 id = 0;

  if (g_str_has_prefix (request->path, "/onvif/subscription/"))
    id = g_ascii_strtoull (request->path + strlen ("/onvif/subscription/"), NULL, 10);
  for (guint i = 0; i < self->subscriptions->len; i++)
    {
      Subscription *subscription = g_ptr_array_index (self->subscriptions, i);

      if (subscription->id == id)
        return subscription;
    }
  return NULL;
}

static void
set_end (Subscription *self, xmlNode *node)
{
  g_autofree char *text = icam_test_xml_text (node);
  gint64 duration = parse_duration (self->events, text);

  if (duration <= 0)
    duration = DEFAULT_SECONDS * G_USEC_PER_SEC;
  self->ends_mono_us = g_get_monotonic_time () + MIN (duration, MAX_SECONDS * G_USEC_PER_SEC);
}

static void
queue_state (Subscription *self)
{
  for (guint kind = 0; kind < G_N_ELEMENTS (kinds); kind++)
    for (guint i = 0; i < self->events->device->n_channels; i++)
      /* What was never on is not told; motion always is. */
      if (kind == 0 || self->events->on[kind][i])
        queue_event (self, kind, i, "Initialized");
}

static gboolean
on_pull_timeout (gpointer data)
{
  answer_waiting (data);
  return G_SOURCE_REMOVE;
}

static void
on_pull_finished (SoupServerMessage *message, gpointer data)
{
  stop_waiting (data);
}

static void
create (IcamTestRequest *request)
{
  IcamTestEvents *self = request->events;
  IcamTestDevice *device = self->device;
  Subscription *subscription;
  g_autofree char *now = NULL;
  g_autofree char *end = NULL;

  if (self->subscriptions->len >= MAX_SUBSCRIPTIONS)
    {
      request->fault = "ter:MaxSubscriptions";
      request->reason = "There are too many subscriptions";
      return;
    }
  subscription = g_new0 (Subscription, 1);
  subscription->events = self;
  subscription->id = self->next_id++;
  subscription->limit = 100;
  g_queue_init (&subscription->messages);
  set_end (subscription, icam_test_xml_child (request->operation, "InitialTerminationTime"));
  queue_state (subscription);
  g_ptr_array_add (self->subscriptions, subscription);
  note_number (self);

  now = icam_test_xml_time (icam_test_device_clock (device));
  end = icam_test_xml_time (icam_test_device_clock (device) + subscription->ends_mono_us
                            - g_get_monotonic_time ());
  g_string_append_printf (
    request->body,
    "<tev:CreatePullPointSubscriptionResponse><tev:SubscriptionReference>"
    "<wsa5:Address>http://%s:%u/onvif/subscription/%u</wsa5:Address></tev:SubscriptionReference>"
    "<wsnt:CurrentTime>%s</wsnt:CurrentTime><wsnt:TerminationTime>%s</wsnt:TerminationTime>"
    "</tev:CreatePullPointSubscriptionResponse>",
    icam_test_device_named_address (device), device->web_port, subscription->id, now, end);
  request->action = "http://www.onvif.org/ver10/events/wsdl/EventPortType/"
                    "CreatePullPointSubscriptionResponse";
}

static void
pull (IcamTestRequest *request, Subscription *subscription)
{
  g_autofree char *timeout
    = icam_test_xml_text (icam_test_xml_child (request->operation, "Timeout"));
  g_autofree char *limit
    = icam_test_xml_text (icam_test_xml_child (request->operation, "MessageLimit"));
  gint64 wait = parse_duration (subscription->events, timeout);
  g_autofree char *body = NULL;

  subscription->limit = limit ? (guint) CLAMP (g_ascii_strtoull (limit, NULL, 10), 1, 100) : 100;
  if (g_queue_is_empty (&subscription->messages) && wait > 0)
    {
      answer_waiting (subscription); /* an older pull of the same client */
      subscription->waiting = g_object_ref (request->message);
      subscription->finished_id
        = g_signal_connect (request->message, "finished", G_CALLBACK (on_pull_finished),
                            subscription);
      subscription->timeout = g_timeout_source_new (
        (guint) (MIN (wait, MAX_PULL_SECONDS * G_USEC_PER_SEC) / 1000));
      g_source_set_callback (subscription->timeout, on_pull_timeout, subscription, NULL);
      g_source_attach (subscription->timeout, subscription->events->device->context);
      soup_server_message_pause (request->message);
      request->waiting = TRUE;
      return;
    }
  body = pull_body (subscription);
  g_string_append (request->body, body);
  request->action = PULL_ACTION "PullMessagesResponse";
}

static void
renew (IcamTestRequest *request, Subscription *subscription)
{
  IcamTestDevice *device = request->device;
  g_autofree char *now = icam_test_xml_time (icam_test_device_clock (device));
  g_autofree char *end = NULL;

  set_end (subscription, icam_test_xml_child (request->operation, "TerminationTime"));
  end = icam_test_xml_time (icam_test_device_clock (device) + subscription->ends_mono_us
                            - g_get_monotonic_time ());
  g_string_append_printf (request->body,
                          "<wsnt:RenewResponse><wsnt:TerminationTime>%s</wsnt:TerminationTime>"
                          "<wsnt:CurrentTime>%s</wsnt:CurrentTime></wsnt:RenewResponse>",
                          end, now);
  request->action = WSNT_ACTION "RenewResponse";
}

static void
describe (IcamTestRequest *request)
{
  g_string_append (
    request->body,
    "<tev:GetEventPropertiesResponse>"
    "<tev:TopicNamespaceLocation>http://www.onvif.org/onvif/ver10/topics/topicns.xml"
    "</tev:TopicNamespaceLocation><wsnt:FixedTopicSet>true</wsnt:FixedTopicSet>"
    "<wstop:TopicSet><tns1:RuleEngine><CellMotionDetector><Motion wstop:topic=\"true\">"
    "<tt:MessageDescription IsProperty=\"true\"><tt:Source>"
    "<tt:SimpleItemDescription Name=\"VideoSourceConfigurationToken\" Type=\"tt:ReferenceToken\"/>"
    "<tt:SimpleItemDescription Name=\"VideoAnalyticsConfigurationToken\""
    " Type=\"tt:ReferenceToken\"/>"
    "<tt:SimpleItemDescription Name=\"Rule\" Type=\"xs:string\"/></tt:Source><tt:Data>"
    "<tt:SimpleItemDescription Name=\"IsMotion\" Type=\"xs:boolean\"/></tt:Data>"
    "</tt:MessageDescription></Motion></CellMotionDetector></tns1:RuleEngine></wstop:TopicSet>"
    "<wsnt:TopicExpressionDialect>"
    "http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet</wsnt:TopicExpressionDialect>"
    "<wsnt:TopicExpressionDialect>http://docs.oasis-open.org/wsn/t-1/TopicExpression/Concrete"
    "</wsnt:TopicExpressionDialect>"
    "<tev:MessageContentFilterDialect>http://www.onvif.org/ver10/tev/messageContentFilter/"
    "ItemFilter</tev:MessageContentFilterDialect>"
    "<tev:MessageContentSchemaLocation>http://www.onvif.org/onvif/ver10/schema/onvif.xsd"
    "</tev:MessageContentSchemaLocation></tev:GetEventPropertiesResponse>");
  request->action
    = "http://www.onvif.org/ver10/events/wsdl/EventPortType/GetEventPropertiesResponse";
}

/**
 * icam_test_events_answer:
 * @request: a request
 * @operation: its operation
 *
 * Answers what the event service and the subscriptions are asked (ONVIF Core 9).
 *
 * Returns: whether it was such a request.
 */
gboolean
icam_test_events_answer (IcamTestRequest *request, const char *operation)
{
  Subscription *subscription;

  if (g_str_equal (operation, "CreatePullPointSubscription"))
    {
      drop_expired (request->events);
      create (request);
      return TRUE;
    }
  if (g_str_equal (operation, "GetEventProperties"))
    {
      describe (request);
      return TRUE;
    }
  if (!g_str_equal (operation, "PullMessages") && !g_str_equal (operation, "Renew")
      && !g_str_equal (operation, "Unsubscribe")
      && !g_str_equal (operation, "SetSynchronizationPoint"))
    return FALSE;

  drop_expired (request->events);
  subscription = find (request);
  if (!subscription)
    {
      request->fault = "wsrf:ResourceUnknown";
      request->reason = "There is no such subscription";
    }
  else if (g_str_equal (operation, "PullMessages"))
    pull (request, subscription);
  else if (g_str_equal (operation, "Renew"))
    renew (request, subscription);
  else if (g_str_equal (operation, "SetSynchronizationPoint"))
    {
      queue_state (subscription);
      g_string_append (request->body, "<tev:SetSynchronizationPointResponse/>");
      request->action = PULL_ACTION "SetSynchronizationPointResponse";
    }
  else
    {
      answer_waiting (subscription);
      g_ptr_array_remove (request->events->subscriptions, subscription);
      note_number (request->events);
      g_string_append (request->body, "<wsnt:UnsubscribeResponse/>");
      request->action = WSNT_ACTION "UnsubscribeResponse";
    }
  return TRUE;
}
