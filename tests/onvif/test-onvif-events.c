/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Subscriptions: how devices give, keep and lose them, each quirk by its name. */

#define G_LOG_DOMAIN "icam-test"

#include "config.h"

#include <string.h>

#include "icam-onvif-asking.h"
#include "icam-onvif-server.h"
#include "onvif/icam-onvif-events.h"

typedef struct
{
  IcamOnvifServer *server;
  IcamTestClock *clock;
  IcamOnvifDevice *device;
  IcamOnvifSubscription *subscription;
  guint subscribed;
  GString *told; /* "+motion" */
  GError *error;
} Fixture;

static void
on_subscribed (IcamOnvifSubscription *subscription, Fixture *f)
{
  f->subscribed++;
}

static void
on_event (IcamOnvifSubscription *subscription, const IcamOnvifEvent *event, Fixture *f)
{
  static const char marks[] = { '-', '+', '!' };

  g_string_append_printf (f->told, "%s%c%s", f->told->len > 0 ? " " : "", marks[event->state],
                          icam_event_kind_to_string (event->kind));
  if (event->place == ICAM_ONVIF_OF_SOURCE)
    g_string_append_printf (f->told, "@%s", event->source);
  else if (event->place == ICAM_ONVIF_OF_NOBODY)
    g_string_append (f->told, "@?");
}

static void
on_failed (IcamOnvifSubscription *subscription, const GError *error, Fixture *f)
{
  g_assert_no_error (f->error);
  f->error = g_error_copy (error);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autofree char *address = NULL;
  g_autofree char *http = NULL;
  g_autoptr (IcamSecret) secret = icam_secret_new ("secret");

  f->server = icam_onvif_server_new ();
  icam_onvif_server_simple (f->server);
  icam_onvif_server_events (f->server);
  /* All of its addresses name a host that it does not have for us. */
  http = g_strdup_printf ("192.0.2.7:%u", icam_onvif_server_get_port (f->server));
  icam_onvif_server_set_hosts (f->server, http, "192.0.2.7:554");
  f->clock = icam_test_clock_new (G_GINT64_CONSTANT (1700000000000000));
  icam_test_clock_advance (f->clock, G_USEC_PER_SEC);
  address = icam_onvif_server_dup_address (f->server);
  f->device = icam_onvif_device_new (address, NULL);
  icam_onvif_device_set_credentials (f->device, "admin", secret);
  f->told = g_string_new (NULL);
  f->subscription = icam_onvif_subscription_new (f->device, ICAM_CLOCK (f->clock));
  g_signal_connect (f->subscription, "subscribed", G_CALLBACK (on_subscribed), f);
  g_signal_connect (f->subscription, "event", G_CALLBACK (on_event), f);
  g_signal_connect (f->subscription, "failed", G_CALLBACK (on_failed), f);
}

static gboolean
on_too_late (gpointer data)
{
  g_error ("It did not happen in time.");
  return G_SOURCE_REMOVE;
}

#define WAIT_UNTIL(condition)                                                                      \
  G_STMT_START                                                                                     \
  {                                                                                                \
    guint late = g_timeout_add_seconds (30, on_too_late, NULL);                                    \
    while (!(condition))                                                                           \
      g_main_context_iteration (NULL, TRUE);                                                       \
    g_source_remove (late);                                                                        \
  }                                                                                                \
  G_STMT_END

static guint
count (Fixture *f, const char *operation)
{
  return icam_onvif_server_count (f->server, operation);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  gboolean had = f->subscribed > 0 && f->error == NULL;
  guint ended = count (f, "Unsubscribe");
  IcamOnvifDevice *device = f->device;

  icam_onvif_subscription_end (f->subscription);
  /* The device's place is free again, always. */
  if (had)
    WAIT_UNTIL (count (f, "Unsubscribe") == ended + 1);
  /* Nothing is left of it when the last question is over. */
  g_object_add_weak_pointer (G_OBJECT (f->device), (gpointer *) &device);
  g_object_unref (f->subscription);
  g_object_unref (f->device);
  WAIT_UNTIL (device == NULL);
  icam_onvif_server_free (f->server);
  g_object_unref (f->clock);
  g_string_free (f->told, TRUE);
  g_clear_error (&f->error);
}

static void
start (Fixture *f)
{
  icam_onvif_subscription_start (f->subscription);
}

/* Until the n-th pull waits. */
static void
wait_pull (Fixture *f, guint n)
{
  WAIT_UNTIL (f->error != NULL || count (f, "PullMessages") >= n);
  g_assert_no_error (f->error);
  g_assert_cmpuint (count (f, "PullMessages"), ==, n);
}

static void
assert_told (Fixture *f, const char *expected)
{
  g_assert_cmpstr (f->told->str, ==, expected);
  g_string_truncate (f->told, 0);
}

static char *
make_motion (const char *source, gboolean on)
{
  return g_strdup_printf (
    "<wsnt:NotificationMessage><wsnt:Topic>tns1:VideoSource/MotionAlarm</wsnt:Topic><wsnt:Message>"
    "<tt:Message UtcTime=\"T00:61:16Z\" PropertyOperation=\"Changed\"><tt:Source>"
    "<tt:SimpleItem Name=\"Source\" Value=\"%s\"/></tt:Source><tt:Data>"
    "<tt:SimpleItem Name=\"State\" Value=\"%s\"/></tt:Data></tt:Message></wsnt:Message>"
    "</wsnt:NotificationMessage>",
    source, on ? "true" : "false");
}

#define TIMES(current, end)                                                                        \
  "<tev:CurrentTime>" current "</tev:CurrentTime><tev:TerminationTime>" end "</"                   \
                                                                            "tev:TerminationTime>"
#define SAME_TIMES TIMES ("2017-12-31T16:00:00Z", "2017-12-31T16:10:00Z")

static void
push (Fixture *f, const char *messages)
{
  g_autofree char *answer = g_strconcat ("<tev:PullMessagesResponse>" SAME_TIMES, messages,
                                         "</tev:PullMessagesResponse>", NULL);

  icam_onvif_server_push (f->server, 200, answer);
}

static void
put_reference (Fixture *f, const char *inside, const char *current, const char *end)
{
  g_autofree char *answer = g_strdup_printf (
    "<tev:CreatePullPointSubscriptionResponse><tev:SubscriptionReference>%s"
    "</tev:SubscriptionReference><wsnt:CurrentTime>%s</wsnt:CurrentTime>"
    "<wsnt:TerminationTime>%s</wsnt:TerminationTime></tev:CreatePullPointSubscriptionResponse>",
    inside, current, end);

  icam_onvif_server_put_body (f->server, "CreatePullPointSubscription", NULL, answer);
}

#define FAULT(code)                                                                                \
  "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>" code                          \
  "</s:Value></s:Subcode></s:Code><s:Reason><s:Text>no</s:Text></s:Reason></s:Fault>"

static void
test_whole_life (Fixture *f, gconstpointer data)
{
  static const char *const operations[]
    = { "CreatePullPointSubscription", "SetSynchronizationPoint", "PullMessages", "Unsubscribe" };
  g_autofree char *on = make_motion ("x", TRUE);
  g_autofree char *off = make_motion ("x", FALSE);

  start (f);
  wait_pull (f, 1);
  g_assert_cmpuint (f->subscribed, ==, 1);
  push (f, on);
  wait_pull (f, 2);
  assert_told (f, "+motion@?");
  push (f, off);
  wait_pull (f, 3);
  assert_told (f, "-motion@?");

  icam_onvif_subscription_end (f->subscription);
  f->subscribed = 0;
  WAIT_UNTIL (count (f, "Unsubscribe") == 1);
  for (guint i = 0; i < G_N_ELEMENTS (operations); i++)
    {
      const char *body = icam_onvif_server_last (f->server, operations[i]);
      g_autofree char *action = g_strdup_printf ("/%sRequest<", operations[i]);

      g_assert_cmpuint (count (f, operations[i]), >=, 1);
      g_assert_nonnull (strstr (body, action));
      g_assert_nonnull (
        strstr (body, "MessageID xmlns:a=\"http://www.w3.org/2005/08/addressing\">urn:uuid:"));
      /* The device is called as it calls itself, and asked where it is. */
      g_assert_nonnull (strstr (body, i == 0 ? "http://127.0.0.1:" : "http://192.0.2.7:"));
    }
  g_assert_cmpstr (icam_onvif_server_last_path (f->server, "PullMessages"), ==, "/onvif/pull/1");
  g_assert_cmpstr (icam_onvif_server_last_path (f->server, "CreatePullPointSubscription"), ==,
                   "/onvif/events");
  g_assert_nonnull (strstr (icam_onvif_server_last (f->server, "PullMessages"), ">PT60S<"));
  g_assert_cmpuint (icam_onvif_server_get_counts (f->server)->with_password, ==, 0);
}

static void
test_sources (Fixture *f, gconstpointer data)
{
  static const struct
  {
    const char *name, *value, *told;
  } cases[] = {
    { "Source", "lens1", "+motion@lens1" },
    { "VideoSourceConfigurationToken", "conf2", "+motion@lens2" },
    { "Source", "conf1", "+motion@lens1" },
    { "VideoSourceToken", "elsewhere", "+motion@?" },
    { "ProfileToken", "p2", "+motion@lens2" },
    { "InputToken", "1", "+motion" },
  };
  g_autoptr (GString) profiles = g_string_new ("<trt:GetProfilesResponse>");
  g_autoptr (GPtrArray) channels = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 1; i <= 2; i++)
    g_string_append_printf (
      profiles,
      "<trt:Profiles token=\"p%u\"><tt:Name>P</tt:Name><tt:VideoSourceConfiguration "
      "token=\"conf%u\">"
      "<tt:SourceToken>lens%u</tt:SourceToken></tt:VideoSourceConfiguration>"
      "<tt:VideoEncoderConfiguration token=\"e\"><tt:Encoding>H264</tt:Encoding><tt:Resolution>"
      "<tt:Width>640</tt:Width><tt:Height>360</tt:Height></tt:Resolution>"
      "</tt:VideoEncoderConfiguration></trt:Profiles>",
      i, i, i);
  g_string_append (profiles, "</trt:GetProfilesResponse>");
  icam_onvif_server_put_body (f->server, "GetProfiles", NULL, profiles->str);
  for (guint i = 1; i <= 2; i++)
    {
      g_autofree char *profile = g_strdup_printf ("p%u", i);

      icam_onvif_server_put_body (
        f->server, "GetStreamUri", profile,
        "<trt:GetStreamUriResponse><trt:MediaUri><tt:Uri>rtsp://@RTSP@/x</tt:Uri></trt:MediaUri>"
        "</trt:GetStreamUriResponse>");
    }
  channels = icam_ask_channels (f->device, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (channels->len, ==, 2);

  start (f);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *message = g_strdup_printf (
        "<wsnt:NotificationMessage><wsnt:Topic>tns1:VideoSource/MotionAlarm</wsnt:Topic>"
        "<wsnt:Message><tt:Message><tt:Source><tt:SimpleItem Name=\"%s\" Value=\"%s\"/>"
        "<tt:SimpleItem Name=\"n\" Value=\"%u\"/></tt:Source><tt:Data>"
        "<tt:SimpleItem Name=\"State\" Value=\"true\"/></tt:Data></tt:Message></wsnt:Message>"
        "</wsnt:NotificationMessage>",
        cases[i].name, cases[i].value, i);
      g_autofree char *off = NULL;
      g_auto (GStrv) parts = g_strsplit (message, "Value=\"true\"", 2);

      wait_pull (f, 2 * i + 1);
      push (f, message);
      wait_pull (f, 2 * i + 2);
      assert_told (f, cases[i].told);
      off = g_strjoinv ("Value=\"false\"", parts);
      push (f, off);
      WAIT_UNTIL (f->told->len > 0);
      g_string_truncate (f->told, 0);
    }
  wait_pull (f, 2 * G_N_ELEMENTS (cases) + 1);
}

static void
test_unknown_topics (Fixture *f, gconstpointer data)
{
  g_autoptr (GVariant) unknown = NULL;
  g_autoptr (GString) many = g_string_new (NULL);
  const char *topic;
  guint number;

  for (guint i = 0; i < 70; i++)
    g_string_append_printf (
      many,
      "<wsnt:NotificationMessage><wsnt:Topic>tns1:Device/x:Kettle%u</wsnt:Topic>"
      "<wsnt:Message><tt:Message/></wsnt:Message></wsnt:NotificationMessage>",
      i);
  start (f);
  wait_pull (f, 1);
  /* One that says nothing, as some devices send them, is no event at all. */
  push (f, "<wsnt:NotificationMessage><wsnt:Topic></wsnt:Topic><wsnt:Message></wsnt:Message>"
           "</wsnt:NotificationMessage>");
  wait_pull (f, 2);
  push (f, many->str);
  wait_pull (f, 3);
  push (f, many->str);
  wait_pull (f, 4);
  assert_told (f, "");
  unknown = g_variant_ref_sink (icam_onvif_subscription_list_unknown (f->subscription));
  g_assert_cmpuint (g_variant_n_children (unknown), ==, 64);
  g_variant_get_child (unknown, 0, "(&su)", &topic, &number);
  g_assert_cmpstr (topic, ==, "tns1:Device/x:Kettle0");
  g_assert_cmpuint (number, ==, 2);
}

static void
test_reference_parameters (Fixture *f, gconstpointer data)
{
  static const char *const operations[]
    = { "SetSynchronizationPoint", "PullMessages", "Unsubscribe" };

  put_reference (f,
                 "<wsa5:Address>http://@HTTP@/onvif/pull</wsa5:Address><wsa5:ReferenceParameters>"
                 "<dom0:SubscriptionId xmlns:dom0=\"http://www.example.org/event\">4&lt;2"
                 "</dom0:SubscriptionId><tt:Second/></wsa5:ReferenceParameters>",
                 "2017-12-31T16:00:00Z", "2017-12-31T16:10:00Z");
  start (f);
  wait_pull (f, 1);
  icam_onvif_subscription_end (f->subscription);
  f->subscribed = 0;
  WAIT_UNTIL (count (f, "Unsubscribe") == 1);
  for (guint i = 0; i < G_N_ELEMENTS (operations); i++)
    {
      const char *body = icam_onvif_server_last (f->server, operations[i]);
      const char *header = strstr (body, "<s:Header>");
      const char *id = strstr (body, "SubscriptionId");

      g_assert_nonnull (id);
      g_assert_true (id > header && id < strstr (body, "</s:Header>"));
      g_assert_nonnull (strstr (id, "http://www.example.org/event"));
      g_assert_nonnull (strstr (id, "IsReferenceParameter=\"true\""));
      g_assert_nonnull (strstr (id, ">4&lt;2<"));
      g_assert_nonnull (strstr (id, "Second"));
    }
}

/* The pull point is at another port of the device. */
static void
test_another_port (Fixture *f, gconstpointer data)
{
  g_autoptr (IcamOnvifServer) other = icam_onvif_server_new ();
  g_autofree char *reference
    = g_strdup_printf ("<wsa5:Address> http://192.0.2.7:%u:%u/sub/3?a=b&amp;c </wsa5:Address>",
                       icam_onvif_server_get_port (other), icam_onvif_server_get_port (other));

  icam_onvif_server_events (other);
  put_reference (f, reference, "2017-12-31T16:00:00Z", "2017-12-31T16:10:00Z");
  start (f);
  WAIT_UNTIL (f->error != NULL || icam_onvif_server_count (other, "PullMessages") == 1);
  g_assert_no_error (f->error);
  g_assert_cmpuint (count (f, "PullMessages"), ==, 0);
  g_assert_cmpstr (icam_onvif_server_last_path (other, "PullMessages"), ==, "/sub/3");
  icam_onvif_subscription_end (f->subscription);
  f->subscribed = 0;
  WAIT_UNTIL (icam_onvif_server_count (other, "Unsubscribe") == 1);
}

/* At the port that the device names nothing is: behind NAT it is the one that we came by. */
static void
test_port_behind_nat (Fixture *f, gconstpointer data)
{
  put_reference (f, "<wsa5:Address>http://192.0.2.7:9/onvif/pull/7</wsa5:Address>",
                 "2017-12-31T16:00:00Z", "2017-12-31T16:10:00Z");
  start (f);
  wait_pull (f, 1);
  g_assert_cmpstr (icam_onvif_server_last_path (f->server, "PullMessages"), ==, "/onvif/pull/7");
}

/* What it names another host for is not here: people are told, and nobody is asked there. */
static void
test_another_host (Fixture *f, gconstpointer data)
{
  g_autoptr (GVariant) params = NULL;
  const char *host;

  icam_onvif_server_put (f->server, "CreatePullPointSubscription", NULL, 404, "<html/>", -1);
  start (f);
  WAIT_UNTIL (f->error != NULL);
  g_assert_error (f->error, ICAM_ERROR, ICAM_ERROR_OTHER_HOST);
  params = icam_error_get_params (f->error);
  g_assert_true (g_variant_lookup (params, "host", "&s", &host));
  g_assert_cmpstr (host, ==, "192.0.2.7");
}

static void
test_no_event_service_is_tried (Fixture *f, gconstpointer data)
{
  icam_onvif_server_simple (f->server);
  start (f);
  wait_pull (f, 1);
  g_assert_cmpstr (icam_onvif_server_last_path (f->server, "CreatePullPointSubscription"), ==,
                   "/onvif/event_service");
}

static void
test_services_by_capabilities (Fixture *f, gconstpointer data)
{
  icam_onvif_server_put (f->server, "GetServices", NULL, 400, "<html/>", -1);
  icam_onvif_server_put_body (
    f->server, "GetCapabilities", NULL,
    "<tds:GetCapabilitiesResponse><tds:Capabilities><tt:Events><tt:XAddr>http://@HTTP@/onvif/ev"
    "</tt:XAddr><tt:WSPullPointSupport>false</tt:WSPullPointSupport></tt:Events><tt:Media>"
    "<tt:XAddr>http://@HTTP@/onvif/media</tt:XAddr></tt:Media></tds:Capabilities>"
    "</tds:GetCapabilitiesResponse>");
  start (f);
  wait_pull (f, 1);
  g_assert_cmpstr (icam_onvif_server_last_path (f->server, "CreatePullPointSubscription"), ==,
                   "/onvif/ev");
  g_assert_nonnull (strstr (icam_onvif_server_last (f->server, "GetCapabilities"), ">All<"));
}

static void
test_create_without_a_duration (Fixture *f, gconstpointer data)
{
  icam_onvif_server_queue (f->server, "CreatePullPointSubscription", 400,
                           FAULT ("wsnt:UnacceptableInitialTerminationTimeFault"));
  start (f);
  wait_pull (f, 1);
  g_assert_cmpuint (count (f, "CreatePullPointSubscription"), ==, 2);
  g_assert_null (
    strstr (icam_onvif_server_last (f->server, "CreatePullPointSubscription"), "TerminationTime"));
}

#define RENEWED(current, end)                                                                      \
  "<wsnt:RenewResponse><wsnt:TerminationTime>" end                                                 \
  "</wsnt:TerminationTime><wsnt:CurrentTime>" current "</wsnt:CurrentTime></wsnt:RenewResponse>"

static void
test_renewed (Fixture *f, gconstpointer data)
{
  icam_onvif_server_put_body (f->server, "Renew", NULL,
                              RENEWED ("2017-12-31T16:09:00Z", "2017-12-31T16:19:00Z"));
  start (f);
  wait_pull (f, 1);
  icam_test_clock_advance (f->clock, 400 * G_USEC_PER_SEC);
  icam_onvif_server_push (f->server, 200, "<tev:PullMessagesResponse/>");
  wait_pull (f, 2);
  g_assert_cmpuint (count (f, "Renew"), ==, 0);
  icam_test_clock_advance (f->clock, 150 * G_USEC_PER_SEC);
  icam_onvif_server_push (f->server, 200, "<tev:PullMessagesResponse/>");
  wait_pull (f, 3);
  g_assert_cmpuint (count (f, "Renew"), ==, 1);
  g_assert_nonnull (strstr (icam_onvif_server_last (f->server, "Renew"), ">PT600S<"));
  g_assert_nonnull (strstr (icam_onvif_server_last (f->server, "Renew"), "MessageID"));
  g_assert_cmpstr (icam_onvif_server_last_path (f->server, "Renew"), ==, "/onvif/pull/1");
  /* It has ten more minutes. */
  icam_test_clock_advance (f->clock, 400 * G_USEC_PER_SEC);
  icam_onvif_server_push (f->server, 200, "<tev:PullMessagesResponse/>");
  wait_pull (f, 4);
  g_assert_cmpuint (count (f, "Renew"), ==, 1);
}

static void
test_relative_time_ignored (Fixture *f, gconstpointer data)
{
  icam_onvif_server_queue (f->server, "Renew", 200,
                           RENEWED ("2017-12-31T16:09:00Z", "2017-12-31T16:10:00Z"));
  icam_onvif_server_put_body (f->server, "Renew", NULL,
                              RENEWED ("2017-12-31T16:09:00Z", "2017-12-31T16:19:00Z"));
  icam_onvif_server_set_clock (f->server, -G_GINT64_CONSTANT (220000000) * G_USEC_PER_SEC);
  start (f);
  wait_pull (f, 1);
  icam_test_clock_advance (f->clock, 550 * G_USEC_PER_SEC);
  icam_onvif_server_push (f->server, 200, "<tev:PullMessagesResponse/>");
  wait_pull (f, 2);
  g_assert_cmpuint (count (f, "Renew"), ==, 2);
  {
    /* In the device's own time, which is seven years off. */
    const char *body = strstr (icam_onvif_server_last (f->server, "Renew"), "TerminationTime>");
    g_autofree char *text = g_strndup (body + strlen ("TerminationTime>"), 20);
    g_autoptr (GDateTime) time = g_date_time_new_from_iso8601 (text, NULL);
    gint64 device = g_get_real_time () / G_USEC_PER_SEC - 220000000;

    g_assert_nonnull (time);
    g_assert_cmpint (ABS (g_date_time_to_unix (time) - device - 600), <=, 5);
  }
}

static void
test_renew_refused (Fixture *f, gconstpointer data)
{
  start (f);
  wait_pull (f, 1);
  icam_test_clock_advance (f->clock, 550 * G_USEC_PER_SEC);
  icam_onvif_server_push (f->server, 200, "<tev:PullMessagesResponse/>");
  wait_pull (f, 2);
  /* A duration, a moment, and then no more of it: it is pulled as long as that goes. */
  g_assert_cmpuint (count (f, "Renew"), ==, 2);
  icam_test_clock_advance (f->clock, 60 * G_USEC_PER_SEC);
  icam_onvif_server_push (f->server, 200, "<tev:PullMessagesResponse/>");
  wait_pull (f, 3);
  g_assert_cmpuint (count (f, "Renew"), ==, 2);
}

/* "0000-00-00", "T00:61:16Z", "2023-05-15T-07:10:32Z": it lasts as long as the shortest. */
static void
test_no_date (Fixture *f, gconstpointer data)
{
  put_reference (f, "<wsa5:Address>http://@HTTP@/onvif/pull/1</wsa5:Address>", data, data);
  icam_onvif_server_put_body (f->server, "Renew", NULL, "<wsnt:RenewResponse/>");
  start (f);
  wait_pull (f, 1);
  g_assert_nonnull (strstr (icam_onvif_server_last (f->server, "PullMessages"), ">PT30S<"));
  icam_test_clock_advance (f->clock, 30 * G_USEC_PER_SEC);
  icam_onvif_server_push (f->server, 200, "<tev:PullMessagesResponse/>");
  wait_pull (f, 2);
  g_assert_cmpuint (count (f, "Renew"), ==, 1);
}

static void
test_pulls_cut (Fixture *f, gconstpointer data)
{
  g_autofree char *on = make_motion ("x", TRUE);

  start (f);
  wait_pull (f, 1);
  icam_test_clock_advance (f->clock, 10 * G_USEC_PER_SEC);
  icam_onvif_server_push (f->server, 200, NULL);
  wait_pull (f, 2);
  /* It is asked to wait for less. */
  g_assert_nonnull (strstr (icam_onvif_server_last (f->server, "PullMessages"), ">PT8S<"));
  push (f, on);
  wait_pull (f, 3);
  assert_told (f, "+motion@?");

  /* Three in a row are too many. */
  for (guint i = 0; i < 3; i++)
    {
      icam_test_clock_advance (f->clock, 7 * G_USEC_PER_SEC);
      icam_onvif_server_push (f->server, 200, NULL);
      WAIT_UNTIL (f->error != NULL || count (f, "PullMessages") == 4 + i);
      g_assert_true ((f->error != NULL) == (i == 2));
    }
  assert_told (f, "-motion@?");
}

static void
test_forgotten (Fixture *f, gconstpointer data)
{
  g_autofree char *on = make_motion ("x", TRUE);

  start (f);
  wait_pull (f, 1);
  push (f, on);
  wait_pull (f, 2);
  assert_told (f, "+motion@?");
  icam_onvif_server_push (f->server, 400, FAULT ("wsrf:ResourceUnknown"));
  WAIT_UNTIL (f->error != NULL);
  g_assert_error (f->error, ICAM_ERROR, ICAM_ERROR_BAD_ANSWER);
  assert_told (f, "-motion@?");
  WAIT_UNTIL (count (f, "Unsubscribe") == 1);
}

/* A device that was restarted lets a pull wait that it knows nothing of. */
static void
test_restarted (Fixture *f, gconstpointer data)
{
  start (f);
  wait_pull (f, 1);
  icam_onvif_server_queue (f->server, "SetSynchronizationPoint", 400,
                           FAULT ("wsrf:ResourceUnknown"));
  icam_onvif_subscription_check (f->subscription);
  WAIT_UNTIL (f->error != NULL);
}

static void
test_cannot_synchronize (Fixture *f, gconstpointer data)
{
  icam_onvif_server_put (f->server, "SetSynchronizationPoint", NULL, 500, "<html/>", -1);
  start (f);
  wait_pull (f, 1);
  icam_onvif_subscription_check (f->subscription);
  push (f, "");
  wait_pull (f, 2);
}

static gboolean
on_time (gpointer data)
{
  gboolean *over = data;

  *over = TRUE;
  return G_SOURCE_REMOVE;
}

/* It does not wait for anything to happen: it is not asked a hundred times a second for all that.
 */
static void
test_answers_at_once (Fixture *f, gconstpointer data)
{
  gboolean over = FALSE;

  icam_onvif_server_put_body (f->server, "PullMessages", NULL,
                              "<tev:PullMessagesResponse>" SAME_TIMES
                              "</tev:PullMessagesResponse>");
  start (f);
  WAIT_UNTIL (count (f, "PullMessages") == 1);
  g_timeout_add (3000, on_time, &over);
  WAIT_UNTIL (over);
  g_assert_no_error (f->error);
  g_assert_cmpuint (count (f, "PullMessages"), <=, 3);
}

static void
test_floods (Fixture *f, gconstpointer data)
{
  icam_onvif_server_flood (f->server, "PullMessages", FALSE);
  start (f);
  WAIT_UNTIL (f->error != NULL);
  g_assert_error (f->error, ICAM_ERROR, ICAM_ERROR_BAD_ANSWER);
}

static void
test_hangs (Fixture *f, gconstpointer data)
{
  icam_onvif_server_hang (f->server, "CreatePullPointSubscription");
  start (f);
  WAIT_UNTIL (f->error != NULL);
  g_assert_error (f->error, ICAM_ERROR, ICAM_ERROR_TIMED_OUT);
}

static void
test_slow_drip (Fixture *f, gconstpointer data)
{
  icam_onvif_server_flood (f->server, "CreatePullPointSubscription", TRUE);
  start (f);
  WAIT_UNTIL (f->error != NULL);
  g_assert_error (f->error, ICAM_ERROR, ICAM_ERROR_TIMED_OUT);
}

static void
test_redirected (Fixture *f, gconstpointer data)
{
  icam_onvif_server_redirect (f->server, "CreatePullPointSubscription", 307,
                              "http://192.0.2.66/events");
  icam_onvif_server_set_hosts (f->server, "127.0.0.1:1", "127.0.0.1:1");
  start (f);
  WAIT_UNTIL (f->error != NULL);
  g_assert_error (f->error, ICAM_ERROR, ICAM_ERROR_BAD_ANSWER);
}

static void
test_refused (Fixture *f, gconstpointer data)
{
  icam_onvif_server_set_guard (f->server, ICAM_GUARD_DIGEST_MD5, "admin", "another");
  start (f);
  WAIT_UNTIL (f->error != NULL);
  g_assert_error (f->error, ICAM_ERROR, ICAM_ERROR_WRONG_PASSWORD);
}

static void
test_guarded (Fixture *f, gconstpointer data)
{
  icam_onvif_server_set_guard (f->server, (IcamGuard) GPOINTER_TO_INT (data), "admin", "secret");
  icam_onvif_server_set_clock (f->server, -G_GINT64_CONSTANT (220000000) * G_USEC_PER_SEC);
  start (f);
  wait_pull (f, 1);
  g_assert_cmpuint (icam_onvif_server_get_counts (f->server)->with_both, ==, 0);
  g_assert_cmpuint (icam_onvif_server_get_counts (f->server)->with_password, ==, 0);
}

/* Ended before it was there: the device is told all the same. */
static void
test_ended_early (Fixture *f, gconstpointer data)
{
  start (f);
  WAIT_UNTIL (count (f, "CreatePullPointSubscription") == 1);
  g_assert_cmpuint (f->subscribed, ==, 0);
  icam_onvif_subscription_end (f->subscription);
  WAIT_UNTIL (count (f, "Unsubscribe") == 1);
  g_assert_cmpuint (f->subscribed, ==, 0);
}

static void
test_never_started (Fixture *f, gconstpointer data)
{
  g_assert_cmpuint (icam_onvif_server_get_counts (f->server)->requests, ==, 0);
}

#define ADD(name, data, function)                                                                  \
  g_test_add ("/onvif/events/" name, Fixture, data, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  ADD ("whole-life", NULL, test_whole_life);
  ADD ("sources", NULL, test_sources);
  ADD ("unknown-topics", NULL, test_unknown_topics);
  ADD ("reference-parameters", NULL, test_reference_parameters);
  ADD ("subscription-on-another-port", NULL, test_another_port);
  ADD ("port-behind-nat", NULL, test_port_behind_nat);
  ADD ("another-host-is-not-asked", NULL, test_another_host);
  ADD ("no-event-service-is-tried", NULL, test_no_event_service_is_tried);
  ADD ("services-by-capabilities", NULL, test_services_by_capabilities);
  ADD ("create-without-a-duration", NULL, test_create_without_a_duration);
  ADD ("renewed", NULL, test_renewed);
  ADD ("relative-termination-time-ignored", NULL, test_relative_time_ignored);
  ADD ("renew-refused", NULL, test_renew_refused);
  ADD ("no-date/zeros", "0000-00-00", test_no_date);
  ADD ("no-date/no-day", "T00:61:16Z", test_no_date);
  ADD ("no-date/negative-hour", "2023-05-15T-07:10:32Z", test_no_date);
  ADD ("pulls-cut-after-10-s", NULL, test_pulls_cut);
  ADD ("forgotten", NULL, test_forgotten);
  ADD ("restarted", NULL, test_restarted);
  ADD ("cannot-synchronize", NULL, test_cannot_synchronize);
  ADD ("answers-at-once", NULL, test_answers_at_once);
  ADD ("floods", NULL, test_floods);
  ADD ("hangs", NULL, test_hangs);
  ADD ("slow-drip", NULL, test_slow_drip);
  ADD ("redirected", NULL, test_redirected);
  ADD ("refused", NULL, test_refused);
  ADD ("digest-only", GINT_TO_POINTER (ICAM_GUARD_DIGEST_MD5), test_guarded);
  ADD ("digest-sha256-only", GINT_TO_POINTER (ICAM_GUARD_DIGEST_SHA256), test_guarded);
  ADD ("token-only-clock-7-years-off", GINT_TO_POINTER (ICAM_GUARD_TOKEN), test_guarded);
  ADD ("ended-early", NULL, test_ended_early);
  ADD ("never-started", NULL, test_never_started);

  return g_test_run ();
}
