/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The device object against a device inside of this process: authentication, addresses, and what
 * devices do wrong. */

#define G_LOG_DOMAIN "icam-test"

#include "config.h"

#include <string.h>

#include "base/icam-ledger.h"
#include "icam-onvif-asking.h"
#include "icam-onvif-server.h"
#include "onvif/icam-onvif.h"

#define USER     "admin"
#define PASSWORD "p:a\"s&s <word> \xc3\xa9"
#define YEAR     (366 * G_TIME_SPAN_DAY)

typedef struct
{
  IcamOnvifServer *server;
  IcamOnvifServerCounts *counts;
  IcamOnvifDevice *device;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *address = NULL;

  fixture->server = icam_onvif_server_new ();
  fixture->counts = icam_onvif_server_get_counts (fixture->server);
  icam_onvif_server_simple (fixture->server);
  address = icam_onvif_server_dup_address (fixture->server);
  fixture->device = icam_onvif_device_new (address, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_object_unref (fixture->device);
  icam_onvif_server_free (fixture->server);
}

static void
give_password (Fixture *fixture, const char *user, const char *password)
{
  g_autoptr (IcamSecret) secret = icam_secret_new (password);

  icam_onvif_device_set_credentials (fixture->device, user, secret);
}

static void
assert_streams (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) channels = icam_ask_channels (fixture->device, &error);
  IcamOnvifChannel *channel;

  g_assert_no_error (error);
  g_assert_cmpuint (channels->len, ==, 1);
  channel = g_ptr_array_index (channels, 0);
  g_assert_cmpstr (channel->token, ==, "lens");
  g_assert_cmpstr (channel->main->profile, ==, "main");
  g_assert_cmpint (channel->main->codec, ==, ICAM_CODEC_H264);
  g_assert_cmpuint (channel->main->width, ==, 1280);
  g_assert_cmpuint (channel->main->height, ==, 720);
  g_assert_cmpfloat (channel->main->rate, ==, 15);
  g_assert_cmpstr (channel->main->uri, ==, "rtsp://127.0.0.1:554/main");
  g_assert_nonnull (channel->main->snapshot_uri);
  g_assert_cmpstr (channel->sub->profile, ==, "sub");
  g_assert_cmpstr (channel->sub->uri, ==, "rtsp://127.0.0.1:554/sub?a=1&b=2");
  g_assert_null (channel->sub->snapshot_uri);
  g_assert_cmpuint (channel->other_views->len, ==, 0);
}

static void
test_hello (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) ledger = NULL;
  gboolean found = FALSE;

  give_password (fixture, USER, PASSWORD);
  g_assert_true (icam_ask_hello (fixture->device, &error));
  g_assert_no_error (error);
  g_assert_cmpint (ABS (icam_onvif_device_get_clock_offset (fixture->device)), <,
                   2 * G_TIME_SPAN_SECOND);
  g_assert_cmpuint (fixture->counts->with_authorization + fixture->counts->with_token, ==, 0);

  /* The connection stands in the ledger. */
  ledger = icam_ledger_list ();
  for (guint i = 0; i < ledger->len; i++)
    {
      IcamLedgerRow *row = g_ptr_array_index (ledger, i);

      found |= g_str_equal (row->purpose, "onvif") && g_str_equal (row->address, "127.0.0.1")
               && row->port == icam_onvif_server_get_port (fixture->server);
    }
  g_assert_true (found);
}

static void
test_open_device (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (IcamOnvifInfo) info = NULL;

  icam_onvif_server_put_body (
    fixture->server, "GetScopes", NULL,
    "<tds:GetScopesResponse><tds:Scopes><tt:ScopeDef>Fixed</tt:ScopeDef><tt:ScopeItem>"
    "onvif://www.onvif.org/name/Front%20door</tt:ScopeItem></tds:Scopes></tds:GetScopesResponse>");
  icam_onvif_server_put_body (
    fixture->server, "GetEndpointReference", NULL,
    "<tds:GetEndpointReferenceResponse><tds:GUID>urn:uuid:00075FE0-a604-04a6-e05f-0700075fe05f"
    "</tds:GUID></tds:GetEndpointReferenceResponse>");
  icam_onvif_server_put_body (fixture->server, "GetNetworkInterfaces", NULL,
                              "<tds:GetNetworkInterfacesResponse>"
                              "<tds:NetworkInterfaces "
                              "token=\"a\"><tt:Enabled>true</"
                              "tt:Enabled><tt:Info><tt:HwAddress>02:00:00:00:00:01</tt:HwAddress>"
                              "</tt:Info></tds:NetworkInterfaces>"
                              "<tds:NetworkInterfaces "
                              "token=\"b\"><tt:Enabled>true</"
                              "tt:Enabled><tt:Info><tt:HwAddress>02-00-00-00-00-0B</tt:HwAddress>"
                              "</tt:Info><tt:IPv4><tt:Config><tt:FromDHCP><tt:Address>127.0.0.1</"
                              "tt:Address></tt:FromDHCP></tt:Config></tt:IPv4>"
                              "</tds:NetworkInterfaces></tds:GetNetworkInterfacesResponse>");
  give_password (fixture, USER, PASSWORD);
  info = icam_ask_info (fixture->device, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (info->manufacturer, ==, "Maker");
  g_assert_cmpstr (info->model, ==, "Model 1");
  g_assert_cmpstr (info->firmware, ==, "1.0");
  g_assert_cmpstr (info->serial, ==, "S1");
  g_assert_cmpstr (info->hardware, ==, "H1");
  g_assert_cmpstr (info->name, ==, "Front door");
  g_assert_cmpstr (info->endpoint, ==, "00075fe0-a604-04a6-e05f-0700075fe05f");
  g_assert_cmpstr (info->mac, ==, "02000000000b");
  assert_streams (fixture);

  /* It did not ask who we are, so it was not told. */
  g_assert_cmpuint (fixture->counts->with_authorization + fixture->counts->with_token, ==, 0);
  g_assert_cmpint (icam_onvif_device_get_auth (fixture->device), ==, ICAM_ONVIF_AUTH_NONE);
}

static void
test_guarded (Fixture *fixture, gconstpointer data)
{
  IcamGuard guard = (IcamGuard) GPOINTER_TO_INT (data);
  gboolean token = guard == ICAM_GUARD_TOKEN || guard == ICAM_GUARD_TOKEN_401;
  g_autoptr (GError) error = NULL;
  g_autoptr (IcamOnvifInfo) info = NULL;
  guint before;

  icam_onvif_server_set_guard (fixture->server, guard, USER, PASSWORD);
  icam_onvif_server_set_clock (fixture->server, -7 * YEAR);
  give_password (fixture, USER, PASSWORD);
  info = icam_ask_info (fixture->device, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (info->serial, ==, "S1");
  assert_streams (fixture);

  g_assert_cmpuint (fixture->counts->with_both, ==, 0);
  g_assert_cmpuint (fixture->counts->with_password, ==, 0);
  g_assert_cmpint (icam_onvif_device_get_auth (fixture->device), ==,
                   token ? ICAM_ONVIF_AUTH_TOKEN : ICAM_ONVIF_AUTH_DIGEST);
  g_assert_cmpuint (token ? fixture->counts->with_authorization : fixture->counts->with_token, ==,
                    0);
  g_assert_cmpint (ABS (icam_onvif_device_get_clock_offset (fixture->device) + 7 * YEAR), <,
                   3 * G_TIME_SPAN_SECOND);

  /* It is a small device. */
  g_assert_cmpuint (fixture->counts->requests, <=, 14);

  /* What worked is remembered: every question is put once. */
  before = fixture->counts->requests;
  assert_streams (fixture);
  g_assert_cmpuint (fixture->counts->requests - before, ==, 4);
}

static void
test_remembered (Fixture *fixture, gconstpointer data)
{
  icam_onvif_server_set_guard (fixture->server, ICAM_GUARD_TOKEN, USER, PASSWORD);
  give_password (fixture, USER, PASSWORD);
  icam_onvif_device_set_auth (fixture->device, ICAM_ONVIF_AUTH_TOKEN);
  assert_streams (fixture);
  /* All but the date came with a token. */
  g_assert_cmpuint (fixture->counts->with_token, ==, fixture->counts->requests - 1);
}

static void
test_remembered_wrongly (Fixture *fixture, gconstpointer data)
{
  icam_onvif_server_set_guard (fixture->server, ICAM_GUARD_DIGEST_NO_TOKEN, USER, PASSWORD);
  give_password (fixture, USER, PASSWORD);
  icam_onvif_device_set_auth (fixture->device, ICAM_ONVIF_AUTH_TOKEN);
  assert_streams (fixture);
  g_assert_cmpint (icam_onvif_device_get_auth (fixture->device), ==, ICAM_ONVIF_AUTH_DIGEST);
  g_assert_cmpuint (fixture->counts->with_both, ==, 0);
}

static void
test_old_nonce (Fixture *fixture, gconstpointer data)
{
  icam_onvif_server_set_guard (fixture->server, ICAM_GUARD_DIGEST_SHA256, USER, PASSWORD);
  icam_onvif_server_set_nonce_uses (fixture->server, 2);
  give_password (fixture, USER, PASSWORD);
  assert_streams (fixture);
  assert_streams (fixture);
}

static void
test_wrong_password (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  icam_onvif_server_set_guard (fixture->server, (IcamGuard) GPOINTER_TO_INT (data), USER, PASSWORD);
  give_password (fixture, USER, "not this one");
  g_assert_null (icam_ask_info (fixture->device, &error));
  g_assert_error (error, ICAM_ERROR, ICAM_ERROR_WRONG_PASSWORD);
  g_assert_null (strstr (error->message, "not this one"));
  g_assert_nonnull (strstr (error->message, USER));
  /* A device that counts failures and locks the door must not be made to: once a kind. */
  g_assert_cmpuint (fixture->counts->with_authorization, <=, 1);
  g_assert_cmpuint (fixture->counts->with_token, <=, 1);

  g_clear_error (&error);
  g_assert_null (icam_ask_channels (fixture->device, &error));
  g_assert_error (error, ICAM_ERROR, ICAM_ERROR_WRONG_PASSWORD);
}

static void
test_no_password (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  icam_onvif_server_set_guard (fixture->server, (IcamGuard) GPOINTER_TO_INT (data), USER, PASSWORD);
  g_assert_null (icam_ask_info (fixture->device, &error));
  g_assert_error (error, ICAM_ERROR, ICAM_ERROR_PASSWORD_NEEDED);
  g_clear_error (&error);
  g_assert_null (icam_ask_channels (fixture->device, &error));
  g_assert_error (error, ICAM_ERROR, ICAM_ERROR_PASSWORD_NEEDED);
}

static void
test_basic_is_never_answered (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  icam_onvif_server_set_guard (fixture->server, ICAM_GUARD_BASIC_ONLY, USER, PASSWORD);
  give_password (fixture, USER, PASSWORD);
  g_assert_null (icam_ask_info (fixture->device, &error));
  g_assert_error (error, ICAM_ERROR, ICAM_ERROR_WRONG_PASSWORD);
  g_assert_cmpuint (fixture->counts->with_authorization, ==, 0);
}

static void
test_an_address_behind_nat (Fixture *fixture, gconstpointer data)
{
  g_autofree char *http
    = g_strdup_printf ("192.0.2.99:%u", icam_onvif_server_get_port (fixture->server));

  icam_onvif_server_set_hosts (fixture->server, http, "192.0.2.99:554");
  assert_streams (fixture);
}

/* The port that the device names is known only behind the router: nothing listens there on ours. */
static void
test_a_port_behind_nat (Fixture *fixture, gconstpointer data)
{
  icam_onvif_server_set_hosts (fixture->server, "192.0.2.99:1", "192.0.2.99:554");
  assert_streams (fixture);
}

static void
test_a_port_twice (Fixture *fixture, gconstpointer data)
{
  guint port = icam_onvif_server_get_port (fixture->server);
  g_autofree char *http = g_strdup_printf ("127.0.0.1:%u:%u", port, port);

  icam_onvif_server_set_hosts (fixture->server, http, "127.0.0.1:554:554");
  assert_streams (fixture);
}

static void
test_white_space (Fixture *fixture, gconstpointer data)
{
  icam_onvif_server_put_body (
    fixture->server, "GetServices", NULL,
    "<tds:GetServicesResponse>\n <tds:Service>\n<tds:Namespace> "
    "http://www.onvif.org/ver10/media/wsdl\n"
    "</tds:Namespace> <tds:XAddr>\n\t http://@HTTP@/onvif/media \r\n</tds:XAddr></tds:Service>"
    "</tds:GetServicesResponse>");
  icam_onvif_server_put_body (fixture->server, "GetStreamUri", "main",
                              "<trt:GetStreamUriResponse><trt:MediaUri><tt:Uri>\n  "
                              "rtsp://@RTSP@/main\n </tt:Uri></trt:MediaUri>"
                              "</trt:GetStreamUriResponse>");
  assert_streams (fixture);
}

static void
test_any_prefix (Fixture *fixture, gconstpointer data)
{
  static const char services[]
    = "<Envelope xmlns=\"http://www.w3.org/2003/05/soap-envelope\"><Body><GetServicesResponse "
      "xmlns=\"http://www.onvif.org/ver10/device/wsdl\"><Service><Namespace>http://www.onvif.org/"
      "ver10/media/wsdl</Namespace>"
      "<x:XAddr "
      "xmlns:x=\"http://www.onvif.org/ver10/device/wsdl\">http://@HTTP@/m</x:XAddr></Service></"
      "GetServicesResponse>"
      "</Body></Envelope>";

  icam_onvif_server_put (fixture->server, "GetServices", NULL, 200, services, -1);
  assert_streams (fixture);
}

/* An element of somebody else's namespace is not what we look for, however it is called. */
static void
test_a_foreign_namespace (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (IcamOnvifInfo) info = NULL;

  icam_onvif_server_put_body (
    fixture->server, "GetDeviceInformation", NULL,
    "<tds:GetDeviceInformationResponse><x:SerialNumber xmlns:x=\"urn:x\">wrong</x:SerialNumber>"
    "<tds:Model>M</tds:Model></tds:GetDeviceInformationResponse>");
  info = icam_ask_info (fixture->device, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (info->model, ==, "M");
  g_assert_null (info->serial);
  g_assert_null (info->name);
}

static void
test_no_get_services (Fixture *fixture, gconstpointer data)
{
  icam_onvif_server_put (fixture->server, "GetServices", NULL, 500, "not implemented", -1);
  icam_onvif_server_put_body (
    fixture->server, "GetCapabilities", NULL,
    "<tds:GetCapabilitiesResponse><tds:Capabilities><tt:Media><tt:XAddr>http://@HTTP@/onvif/media"
    "</tt:XAddr></tt:Media></tds:Capabilities></tds:GetCapabilitiesResponse>");
  assert_streams (fixture);
}

static void
test_media_2_only (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) channels = NULL;
  IcamOnvifChannel *channel;

  icam_onvif_server_put_body (
    fixture->server, "GetServices", NULL,
    "<tds:GetServicesResponse><tds:Service><tds:Namespace>http://www.onvif.org/ver20/media/wsdl"
    "</tds:Namespace><tds:XAddr>http://@HTTP@/onvif/media2</tds:XAddr></tds:Service>"
    "</tds:GetServicesResponse>");
  icam_onvif_server_put_body (
    fixture->server, "GetProfiles", NULL,
    "<tr2:GetProfilesResponse><tr2:Profiles token=\"p\"><tr2:Name>P</tr2:Name><tr2:Configurations>"
    "<tr2:VideoSource token=\"v\"><tt:SourceToken>lens</tt:SourceToken></tr2:VideoSource>"
    "<tr2:VideoEncoder token=\"e\"><tt:Encoding>H265</tt:Encoding><tt:Resolution>"
    "<tt:Width>3840</tt:Width><tt:Height>2160</tt:Height></tt:Resolution><tt:RateControl>"
    "<tt:FrameRateLimit>12.5</tt:FrameRateLimit></tt:RateControl></tr2:VideoEncoder>"
    "</tr2:Configurations></tr2:Profiles></tr2:GetProfilesResponse>");
  icam_onvif_server_put_body (
    fixture->server, "GetStreamUri", "p",
    "<tr2:GetStreamUriResponse><tr2:Uri>rtsp://@RTSP@/p</tr2:Uri></tr2:GetStreamUriResponse>");
  channels = icam_ask_channels (fixture->device, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (channels->len, ==, 1);
  channel = g_ptr_array_index (channels, 0);
  g_assert_cmpint (channel->main->codec, ==, ICAM_CODEC_H265);
  g_assert_cmpuint (channel->main->width, ==, 3840);
  g_assert_cmpfloat (channel->main->rate, ==, 12.5);
  g_assert_cmpstr (channel->main->uri, ==, "rtsp://127.0.0.1:554/p");
  g_assert_null (channel->sub);
}

#define BOTH_MEDIA                                                                                 \
  "<tds:GetServicesResponse><tds:Service><tds:Namespace>http://www.onvif.org/ver10/media/wsdl"     \
  "</tds:Namespace><tds:XAddr>http://@HTTP@/onvif/media</tds:XAddr></tds:Service><tds:Service>"    \
  "<tds:Namespace>http://www.onvif.org/ver20/media/wsdl</tds:Namespace>"                           \
  "<tds:XAddr>http://@HTTP@/onvif/media2</tds:XAddr></tds:Service></tds:GetServicesResponse>"

/* Media 1 does not tell of H.265: where both are, the second is asked. */
static void
test_media_2_first (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) channels = NULL;

  icam_onvif_server_put_body (fixture->server, "GetServices", NULL, BOTH_MEDIA);
  icam_onvif_server_queue (
    fixture->server, "GetProfiles", 200,
    "<tr2:GetProfilesResponse><tr2:Profiles token=\"main\"><tr2:Configurations>"
    "<tr2:VideoSource token=\"v\"><tt:SourceToken>lens</tt:SourceToken></tr2:VideoSource>"
    "<tr2:VideoEncoder token=\"e\"><tt:Encoding>H265</tt:Encoding><tt:Resolution>"
    "<tt:Width>3840</tt:Width><tt:Height>2160</tt:Height></tt:Resolution></tr2:VideoEncoder>"
    "</tr2:Configurations></tr2:Profiles></tr2:GetProfilesResponse>");
  icam_onvif_server_put_body (
    fixture->server, "GetStreamUri", "main",
    "<tr2:GetStreamUriResponse><tr2:Uri>rtsp://@RTSP@/p</tr2:Uri></tr2:GetStreamUriResponse>");
  channels = icam_ask_channels (fixture->device, &error);
  g_assert_no_error (error);
  g_assert_cmpint (((IcamOnvifChannel *) channels->pdata[0])->main->codec, ==, ICAM_CODEC_H265);
  g_assert_cmpuint (icam_onvif_server_count (fixture->server, "GetProfiles"), ==, 1);
  g_assert_cmpstr (icam_onvif_server_last_path (fixture->server, "GetProfiles"), ==,
                   "/onvif/media2");
}

/* It has Media 2, and nothing of use in it; or profiles there and no streams of them. */
static void
test_media_2_incomplete (Fixture *fixture, gconstpointer data)
{
  icam_onvif_server_put_body (fixture->server, "GetServices", NULL, BOTH_MEDIA);
  icam_onvif_server_queue (fixture->server, "GetProfiles", 200, data);
  if (strstr (data, "SourceToken") != NULL)
    icam_onvif_server_queue (fixture->server, "GetStreamUri", 500, "<s:Fault/>");
  assert_streams (fixture);
  g_assert_cmpuint (icam_onvif_server_count (fixture->server, "GetProfiles"), ==, 2);
  g_assert_cmpstr (icam_onvif_server_last_path (fixture->server, "GetProfiles"), ==,
                   "/onvif/media");
}

/* Adding a camera with one lens asks at most 12 questions, also where each kind of password has to
 * be found out. */
static void
test_cost_of_adding (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (IcamOnvifInfo) info = NULL;
  g_autoptr (GPtrArray) channels = NULL;

  icam_onvif_server_set_guard (fixture->server, (IcamGuard) GPOINTER_TO_INT (data), "admin", "secret");
  give_password (fixture, "admin", "secret");
  g_assert_true (icam_ask_hello (fixture->device, &error));
  info = icam_ask_info (fixture->device, &error);
  g_assert_no_error (error);
  channels = icam_ask_channels (fixture->device, &error);
  g_assert_no_error (error);
  g_assert_nonnull (((IcamOnvifChannel *) channels->pdata[0])->sub);
  g_test_message ("%u questions", fixture->counts->requests);
  g_assert_cmpuint (fixture->counts->requests, <=, 12);
}

static void
test_invalid_utf8 (Fixture *fixture, gconstpointer data)
{
  static const char body[]
    = "<?xml version=\"1.0\" encoding=\"utf-8\"?><s:Envelope "
      "xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"><s:Body>"
      "<d:GetDeviceInformationResponse "
      "xmlns:d=\"http://www.onvif.org/ver10/device/wsdl\"><d:Manufacturer>Ma\xff\xfeker\x01"
      "</d:Manufacturer><d:SerialNumber>S\xe2\x80\xae"
      "1</d:SerialNumber></d:GetDeviceInformationResponse></s:Body></s:Envelope>\0\0";
  g_autoptr (GError) error = NULL;
  g_autoptr (IcamOnvifInfo) info = NULL;

  icam_onvif_server_put (fixture->server, "GetDeviceInformation", NULL, 200, body, sizeof body);
  info = icam_ask_info (fixture->device, &error);
  g_assert_no_error (error);
  g_assert_true (g_utf8_validate (info->manufacturer, -1, NULL));
  g_assert_true (g_str_has_prefix (info->manufacturer, "Ma"));
  g_assert_nonnull (strstr (info->manufacturer, "ker"));
  /* The mark that turns the direction of writing is gone. */
  g_assert_cmpstr (info->serial, ==, "S1");
}

static void
test_odd_date (Fixture *fixture, gconstpointer data)
{
  static const char *const dates[] = {
    "",
    "<tt:UTCDateTime><tt:Time><tt:Hour>0</tt:Hour><tt:Minute>61</tt:Minute><tt:Second>16</"
    "tt:Second></tt:Time>"
    "<tt:Date><tt:Year>2023</tt:Year><tt:Month>5</tt:Month><tt:Day>15</tt:Day></tt:Date></"
    "tt:UTCDateTime>",
    "<tt:UTCDateTime><tt:Time><tt:Hour>0</tt:Hour><tt:Minute>0</tt:Minute><tt:Second>0</"
    "tt:Second></tt:Time>"
    "<tt:Date><tt:Year>0000</tt:Year><tt:Month>00</tt:Month><tt:Day>00</tt:Day></tt:Date></"
    "tt:UTCDateTime>",
    "<tt:UTCDateTime><tt:Time><tt:Hour>-07</tt:Hour><tt:Minute>10</tt:Minute><tt:Second>32</"
    "tt:Second></tt:Time>"
    "<tt:Date><tt:Year>2023</tt:Year><tt:Month>2</tt:Month><tt:Day>31</tt:Day></tt:Date></"
    "tt:UTCDateTime>",
    "<tt:UTCDateTime>0000-00-00T00:61:16Z</tt:UTCDateTime>",
  };

  icam_onvif_server_set_guard (fixture->server, ICAM_GUARD_TOKEN, USER, PASSWORD);
  give_password (fixture, USER, PASSWORD);
  for (guint i = 0; i < G_N_ELEMENTS (dates); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *text
        = g_strconcat ("<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime>", dates[i],
                       "</tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>", NULL);

      icam_onvif_server_put_body (fixture->server, "GetSystemDateAndTime", NULL, text);
      g_assert_true (icam_ask_hello (fixture->device, &error));
      g_assert_no_error (error);
      /* The HTTP Date header takes its place, as the token shows. */
      assert_streams (fixture);
    }
}

static void
test_not_a_camera (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    guint status;
    const char *body;
  } answers[] = {
    { 200, "<html><head><title>404 File Not Found</title></head>\n<body>The requested URL was not "
           "found</body></html>\n" },
    { 404, "" },
    { 200, "" },
    { 501, "no POST here" },
    { 200, "{\"a\": 1}" },
    { 200, "<?xml version=\"1.0\"?><!DOCTYPE s [<!ENTITY a \"x\">]><s:Envelope "
           "xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\">"
           "<s:Body>&a;</s:Body></s:Envelope>" },
    { 200, "<s:Envelope xmlns:s=\"urn:other\"><s:Body/></s:Envelope>" },
    { 200,
      "<s:Envelope "
      "xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"><s:Body><x/></s:Body></s:Envelope>" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      g_autoptr (GError) error = NULL;

      icam_onvif_server_put (fixture->server, "GetSystemDateAndTime", NULL, answers[i].status,
                             answers[i].body, -1);
      g_assert_false (icam_ask_hello (fixture->device, &error));
      g_assert_error (error, ICAM_ERROR, ICAM_ERROR_NOT_A_CAMERA);
    }
}

static void
test_a_fault_is_a_hello (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  icam_onvif_server_put (
    fixture->server, "GetSystemDateAndTime", NULL, 400,
    "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"><s:Body><s:Fault><s:Code>"
    "<s:Value>s:Sender</s:Value><s:Subcode><s:Value>ter:NotAuthorized</s:Value></s:Subcode></"
    "s:Code>"
    "</s:Fault></s:Body></s:Envelope>",
    -1);
  g_assert_true (icam_ask_hello (fixture->device, &error));
  g_assert_no_error (error);
}

static void
test_too_large (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = g_malloc (2 * 1024 * 1024);

  memset (text, ' ', 2 * 1024 * 1024);
  icam_onvif_server_put (fixture->server, "GetDeviceInformation", NULL, 200, text, 2 * 1024 * 1024);
  g_assert_null (icam_ask_info (fixture->device, &error));
  g_assert_error (error, ICAM_ERROR, ICAM_ERROR_BAD_ANSWER);
}

static void
test_without_end (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  icam_onvif_server_flood (fixture->server, "GetDeviceInformation", FALSE);
  g_assert_null (icam_ask_info (fixture->device, &error));
  g_assert_error (error, ICAM_ERROR, ICAM_ERROR_BAD_ANSWER);
  g_assert_nonnull (strstr (error->message, "too large"));
}

/* A byte now and then keeps no question open. */
static void
test_slow_drip (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  icam_onvif_server_flood (fixture->server, "GetSystemDateAndTime", TRUE);
  g_assert_false (icam_ask_hello (fixture->device, &error));
  g_assert_error (error, ICAM_ERROR, ICAM_ERROR_TIMED_OUT);
}

static void
test_redirect_to_elsewhere (Fixture *fixture, gconstpointer data)
{
  static const guint statuses[] = { 301, 302, 303, 307, 308 };
  g_autoptr (IcamOnvifServer) other = icam_onvif_server_new ();
  g_autofree char *location = g_strdup_printf ("http://127.0.0.1:%u/onvif/device_service",
                                               icam_onvif_server_get_port (other));

  icam_onvif_server_simple (other);
  give_password (fixture, USER, PASSWORD);
  for (guint i = 0; i < G_N_ELEMENTS (statuses); i++)
    {
      g_autoptr (GError) error = NULL;

      icam_onvif_server_redirect (fixture->server, "GetDeviceInformation", statuses[i], location);
      g_assert_null (icam_ask_info (fixture->device, &error));
      g_assert_error (error, ICAM_ERROR, ICAM_ERROR_BAD_ANSWER);
      g_assert_cmpuint (icam_onvif_server_get_counts (other)->requests, ==, 0);
    }
}

static void
test_hangs (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  icam_onvif_server_hang (fixture->server, "GetSystemDateAndTime");
  g_assert_false (icam_ask_hello (fixture->device, &error));
  g_assert_error (error, ICAM_ERROR, ICAM_ERROR_TIMED_OUT);
}

static void
test_cancelled (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  icam_onvif_server_hang (fixture->server, "GetSystemDateAndTime");
  g_assert_false (
    icam_ask_hello_cancelled (fixture->device, cancellable,
                              &icam_onvif_server_get_counts (fixture->server)->requests, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_nobody_there (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (IcamOnvifDevice) device = icam_onvif_device_new ("127.0.0.1:1", NULL);

  g_assert_false (icam_ask_hello (device, &error));
  g_assert_error (error, ICAM_ERROR, ICAM_ERROR_UNREACHABLE);
  g_assert_nonnull (strstr (error->message, "127.0.0.1:1"));
}

static void
test_no_stream (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  icam_onvif_server_put_body (fixture->server, "GetProfiles", NULL, "<trt:GetProfilesResponse/>");
  g_assert_null (icam_ask_channels (fixture->device, &error));
  g_assert_error (error, ICAM_ERROR, ICAM_ERROR_NO_STREAM);
}

/* An URI that leads elsewhere, to a file or to nothing is none. */
static void
test_a_profile_without_stream_leaves_its_place (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) channels = NULL;
  IcamOnvifChannel *channel;

  icam_onvif_server_put_body (
    fixture->server, "GetStreamUri", "main",
    "<trt:GetStreamUriResponse><trt:MediaUri><tt:Uri>file:///etc/passwd</tt:Uri></trt:MediaUri>"
    "</trt:GetStreamUriResponse>");
  channels = icam_ask_channels (fixture->device, &error);
  g_assert_no_error (error);
  channel = g_ptr_array_index (channels, 0);
  g_assert_cmpstr (channel->main->profile, ==, "sub");
  g_assert_null (channel->sub);
}

/* A right password, and a question that only an administrator may put. */
static void
test_an_operator_is_not_a_wrong_password (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (IcamOnvifInfo) info = NULL;

  icam_onvif_server_set_guard (fixture->server, ICAM_GUARD_TOKEN, USER, PASSWORD);
  icam_onvif_server_put (
    fixture->server, "GetNetworkInterfaces", NULL, 400,
    "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"><s:Body><s:Fault><s:Code>"
    "<s:Value>s:Sender</s:Value><s:Subcode><s:Value>ter:NotAuthorized</s:Value></s:Subcode></"
    "s:Code>"
    "</s:Fault></s:Body></s:Envelope>",
    -1);
  give_password (fixture, USER, PASSWORD);
  info = icam_ask_info (fixture->device, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (info->serial, ==, "S1");
  g_assert_null (info->mac);
  assert_streams (fixture);
}

static void
test_addresses (void)
{
  static const struct
  {
    const char *address, *url;
  } good[] = {
    { "192.0.2.7", "http://192.0.2.7/onvif/device_service" },
    { " camera.local ", "http://camera.local/onvif/device_service" },
    { "192.0.2.7:8000", "http://192.0.2.7:8000/onvif/device_service" },
    { "http://192.0.2.7", "http://192.0.2.7/onvif/device_service" },
    { "http://192.0.2.7:81/other/service", "http://192.0.2.7:81/other/service" },
    { "https://192.0.2.7/", "https://192.0.2.7/onvif/device_service" },
    { "[2001:db8::7]:80", "http://[2001:db8::7]:80/onvif/device_service" },
    { "2001:db8::7", "http://[2001:db8::7]/onvif/device_service" },
    { "fe80::7%eth0", "http://[fe80::7%25eth0]/onvif/device_service" },
  };
  static const char *const bad[] = {
    "",
    " ",
    "ftp://192.0.2.7",
    "http://",
    "192.0.2.7:0",
    "http://admin:secret@192.0.2.7/",
    "a b",
    "host:99999",
    "http://[::1",
    "file:///etc/passwd",
    "host\r\nX: y",
  };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (IcamOnvifDevice) device = icam_onvif_device_new (good[i].address, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (icam_onvif_device_get_url (device), ==, good[i].url);
    }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", bad[i]);
      g_assert_null (icam_onvif_device_new (bad[i], &error));
      g_assert_error (error, ICAM_ERROR, ICAM_ERROR_INVALID_ARGUMENT);
      g_assert_null (strstr (error->message, "secret"));
    }
}

static void
test_auth_names (void)
{
  for (int auth = ICAM_ONVIF_AUTH_UNKNOWN; auth <= ICAM_ONVIF_AUTH_TOKEN; auth++)
    g_assert_cmpint (icam_onvif_auth_from_string (icam_onvif_auth_to_string ((IcamOnvifAuth) auth)),
                     ==, auth);
  g_assert_cmpint (icam_onvif_auth_from_string ("basic"), ==, ICAM_ONVIF_AUTH_UNKNOWN);
  g_assert_cmpint (icam_onvif_auth_from_string (NULL), ==, ICAM_ONVIF_AUTH_UNKNOWN);
}

#define ADD(name, data, function)                                                                  \
  g_test_add ("/onvif/device/" name, Fixture, data, set_up, function, tear_down)
#define GUARD(guard) GINT_TO_POINTER (guard)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/onvif/device/addresses", test_addresses);
  g_test_add_func ("/onvif/device/auth-names", test_auth_names);
  ADD ("hello", NULL, test_hello);
  ADD ("open-device", NULL, test_open_device);
  ADD ("digest-md5-only", GUARD (ICAM_GUARD_DIGEST_MD5), test_guarded);
  ADD ("digest-sha256-only", GUARD (ICAM_GUARD_DIGEST_SHA256), test_guarded);
  ADD ("digest-and-token-not-understood", GUARD (ICAM_GUARD_DIGEST_NO_TOKEN), test_guarded);
  ADD ("token-only-400", GUARD (ICAM_GUARD_TOKEN), test_guarded);
  ADD ("token-only-401", GUARD (ICAM_GUARD_TOKEN_401), test_guarded);
  ADD ("remembered", NULL, test_remembered);
  ADD ("remembered-wrongly", NULL, test_remembered_wrongly);
  ADD ("old-nonce", NULL, test_old_nonce);
  ADD ("wrong-password/digest", GUARD (ICAM_GUARD_DIGEST_MD5), test_wrong_password);
  ADD ("wrong-password/token", GUARD (ICAM_GUARD_TOKEN), test_wrong_password);
  ADD ("wrong-password/always", GUARD (ICAM_GUARD_ALWAYS_REFUSES), test_wrong_password);
  ADD ("no-password/digest", GUARD (ICAM_GUARD_DIGEST_MD5), test_no_password);
  ADD ("no-password/token", GUARD (ICAM_GUARD_TOKEN), test_no_password);
  ADD ("basic-is-never-answered", NULL, test_basic_is_never_answered);
  ADD ("operator-is-not-a-wrong-password", NULL, test_an_operator_is_not_a_wrong_password);
  ADD ("address-behind-nat", NULL, test_an_address_behind_nat);
  ADD ("port-behind-nat", NULL, test_a_port_behind_nat);
  ADD ("port-twice", NULL, test_a_port_twice);
  ADD ("white-space-around-uris", NULL, test_white_space);
  ADD ("any-prefix", NULL, test_any_prefix);
  ADD ("foreign-namespace", NULL, test_a_foreign_namespace);
  ADD ("no-get-services", NULL, test_no_get_services);
  ADD ("media-2-only", NULL, test_media_2_only);
  ADD ("media-2-first", NULL, test_media_2_first);
  ADD ("media-2-incomplete/empty", "<tr2:GetProfilesResponse/>", test_media_2_incomplete);
  ADD ("media-2-incomplete/no-stream",
       "<tr2:GetProfilesResponse><tr2:Profiles token=\"x\"><tr2:Configurations>"
       "<tr2:VideoSource token=\"v\"><tt:SourceToken>lens</tt:SourceToken></tr2:VideoSource>"
       "<tr2:VideoEncoder token=\"e\"><tt:Encoding>H264</tt:Encoding><tt:Resolution>"
       "<tt:Width>640</tt:Width><tt:Height>360</tt:Height></tt:Resolution></tr2:VideoEncoder>"
       "</tr2:Configurations></tr2:Profiles></tr2:GetProfilesResponse>",
       test_media_2_incomplete);
  ADD ("cost-of-adding/open", GUARD (ICAM_GUARD_NONE), test_cost_of_adding);
  ADD ("cost-of-adding/digest", GUARD (ICAM_GUARD_DIGEST_MD5), test_cost_of_adding);
  ADD ("cost-of-adding/token", GUARD (ICAM_GUARD_TOKEN), test_cost_of_adding);
  ADD ("invalid-utf8", NULL, test_invalid_utf8);
  ADD ("odd-date", NULL, test_odd_date);
  ADD ("not-a-camera", NULL, test_not_a_camera);
  ADD ("fault-is-a-hello", NULL, test_a_fault_is_a_hello);
  ADD ("too-large", NULL, test_too_large);
  ADD ("without-end", NULL, test_without_end);
  ADD ("slow-drip", NULL, test_slow_drip);
  ADD ("redirect-to-elsewhere", NULL, test_redirect_to_elsewhere);
  ADD ("hangs", NULL, test_hangs);
  ADD ("cancelled", NULL, test_cancelled);
  ADD ("nobody-there", NULL, test_nobody_there);
  ADD ("no-stream", NULL, test_no_stream);
  ADD ("profile-without-stream", NULL, test_a_profile_without_stream_leaves_its_place);

  return g_test_run ();
}
