/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What devices are told to do, against a device inside of this process: what is sent, and what their refusals mean. */

#define G_LOG_DOMAIN "icam-test"

#include "config.h"

#include <math.h>
#include <string.h>

#include "icam-onvif-asking.h"
#include "icam-onvif-server.h"
#include "onvif/icam-factory-passwords.h"
#include "onvif/icam-known-paths.h"
#include "onvif/icam-onvif-imaging.h"
#include "onvif/icam-onvif-ptz.h"
#include "onvif/icam-onvif-upkeep.h"

#define USER "admin"
#define PASSWORD "old <one>"
#define NEW_PASSWORD "n&w <one>"

#define SERVICE(version, name)                                                                     \
  "<tds:Service><tds:Namespace>http://www.onvif.org/" version "/" name "/wsdl</tds:Namespace>"      \
  "<tds:XAddr>http://@HTTP@/onvif/" name "</tds:XAddr></tds:Service>"

#define FAULT(code)                                                                                \
  "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" "                               \
  "xmlns:ter=\"http://www.onvif.org/ver10/error\"><s:Body><s:Fault><s:Code><s:Value>s:Sender"      \
  "</s:Value><s:Subcode><s:Value>ter:InvalidArgVal</s:Value><s:Subcode><s:Value>ter:" code         \
  "</s:Value></s:Subcode></s:Subcode></s:Code><s:Reason><s:Text>No</s:Text></s:Reason></s:Fault>"  \
  "</s:Body></s:Envelope>"

typedef struct
{
  IcamOnvifServer *server;
  IcamOnvifDevice *device;
  IcamOnvifPtz ptz;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (IcamSecret) secret = icam_secret_new (PASSWORD);
  g_autofree char *address = NULL;
  g_autoptr (GError) error = NULL;

  fixture->server = icam_onvif_server_new ();
  icam_onvif_server_simple (fixture->server);
  icam_onvif_server_put_body (fixture->server, "GetServices", NULL,
                              "<tds:GetServicesResponse>" SERVICE ("ver10", "media") SERVICE ("ver20", "ptz")
                                SERVICE ("ver20", "imaging") "</tds:GetServicesResponse>");
  address = icam_onvif_server_dup_address (fixture->server);
  fixture->device = icam_onvif_device_new (address, &error);
  g_assert_no_error (error);
  icam_onvif_server_set_guard (fixture->server, ICAM_GUARD_TOKEN, USER, PASSWORD);
  icam_onvif_device_set_credentials (fixture->device, USER, secret);
  fixture->ptz = (IcamOnvifPtz) { .profile = (char *) "a<b", .node = (char *) "head", .abilities = ICAM_PTZ_PAN_TILT };
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_object_unref (fixture->device);
  icam_onvif_server_free (fixture->server);
}

static void
keep (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GAsyncResult **kept = user_data;

  *kept = g_object_ref (result);
}

static void
wait_for (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
}

static gboolean
order (Fixture *fixture, const IcamPtzOrder *what, char **preset, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  icam_onvif_ptz_order_async (fixture->device, &fixture->ptz, what, NULL, keep, &result);
  wait_for (&result);
  return icam_onvif_ptz_order_finish (fixture->device, result, preset, error);
}

static void
assert_sent (Fixture *fixture, const char *operation, const char *part)
{
  const char *sent = icam_onvif_server_last (fixture->server, operation);

  g_assert_nonnull (sent);
  if (strstr (sent, part) == NULL)
    g_error ("\"%s\" is not in %s", part, sent);
}

static void
test_moves (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *preset = NULL;

  icam_onvif_server_put_body (fixture->server, "ContinuousMove", NULL, "<tptz:ContinuousMoveResponse/>");
  icam_onvif_server_put_body (fixture->server, "AbsoluteMove", NULL, "<tptz:AbsoluteMoveResponse/>");
  icam_onvif_server_put_body (fixture->server, "SetPreset", NULL,
                              "<tptz:SetPresetResponse><tptz:PresetToken> 7 </tptz:PresetToken></tptz:SetPresetResponse>");
  g_assert_true (order (fixture, &(IcamPtzOrder) { .action = ICAM_PTZ_MOVE, .pan = 0.5, .tilt = -1, .no_zoom = TRUE, .seconds = 2 },
                        NULL, &error));
  g_assert_no_error (error);
  assert_sent (fixture, "ContinuousMove",
               "<q:ProfileToken>a&lt;b</q:ProfileToken><q:Velocity><tt:PanTilt x=\"0.5000\" y=\"-1.0000\"/></q:Velocity>"
               "<q:Timeout>PT2S</q:Timeout>");
  g_assert_true (order (fixture, &(IcamPtzOrder) { .action = ICAM_PTZ_GO, .pan = 1, .zoom = 0.25 }, NULL, &error));
  assert_sent (fixture, "AbsoluteMove", "<tt:Zoom x=\"0.2500\"/>");
  g_assert_true (order (fixture, &(IcamPtzOrder) { .action = ICAM_PTZ_SET_PRESET, .name = "A & B" }, &preset, &error));
  g_assert_cmpstr (preset, ==, "7");
  assert_sent (fixture, "SetPreset", "<q:PresetName>A &amp; B</q:PresetName>");
}

static void
test_out_of_range_is_not_sent (Fixture *fixture, gconstpointer data)
{
  static const IcamPtzOrder orders[] = {
    { .action = ICAM_PTZ_MOVE, .pan = 1.5, .seconds = 1 },
    { .action = ICAM_PTZ_GO, .zoom = -0.1 },
    { .action = ICAM_PTZ_GO, .tilt = NAN },
  };

  for (guint i = 0; i < G_N_ELEMENTS (orders); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (order (fixture, &orders[i], NULL, &error));
      g_assert_error (error, ICAM_ERROR, ICAM_ERROR_OUT_OF_RANGE);
    }
  g_assert_cmpuint (icam_onvif_server_get_counts (fixture->server)->requests, ==, 0);
}

static void
test_faults_mean_something (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *fault;
    IcamError error;
  } faults[] = {
    { FAULT ("NoToken"), ICAM_ERROR_NOT_FOUND },
    { FAULT ("TooManyPresets"), ICAM_ERROR_OUT_OF_RANGE },
    { FAULT ("InvalidPosition"), ICAM_ERROR_OUT_OF_RANGE },
    { FAULT ("PTZNotSupported"), ICAM_ERROR_NOT_SUPPORTED },
    { FAULT ("SomethingOfOurOwn"), ICAM_ERROR_REFUSED },
  };

  for (guint i = 0; i < G_N_ELEMENTS (faults); i++)
    {
      g_autoptr (GError) error = NULL;

      icam_onvif_server_put (fixture->server, "GotoPreset", NULL, 400, faults[i].fault, -1);
      g_assert_false (order (fixture, &(IcamPtzOrder) { .action = ICAM_PTZ_GOTO_PRESET, .preset = "1" }, NULL, &error));
      g_assert_error (error, ICAM_ERROR, (int) faults[i].error);
    }
}

static void
test_no_service (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  icam_onvif_server_simple (fixture->server);
  g_assert_false (order (fixture, &(IcamPtzOrder) { .action = ICAM_PTZ_STOP }, NULL, &error));
  g_assert_error (error, ICAM_ERROR, ICAM_ERROR_NOT_SUPPORTED);
}

/* A right password whose name may not do it is no wrong password, and the other way round. */
static void
test_not_permitted (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) first = NULL;
  g_autoptr (GError) second = NULL;
  g_autoptr (IcamOnvifInfo) info = icam_ask_info (fixture->device, &first);
  g_autoptr (GVariant) params = NULL;
  const char *user = NULL;

  g_assert_no_error (first);
  g_assert_nonnull (info);
  icam_onvif_server_put (fixture->server, "Stop", NULL, 403, FAULT ("NotAuthorized"), -1);
  g_assert_false (order (fixture, &(IcamPtzOrder) { .action = ICAM_PTZ_STOP }, NULL, &first));
  g_assert_error (first, ICAM_ERROR, ICAM_ERROR_NOT_PERMITTED);
  params = icam_error_get_params (first);
  g_assert_true (g_variant_lookup (params, "user", "&s", &user));
  g_assert_cmpstr (user, ==, USER);

  icam_onvif_server_set_guard (fixture->server, ICAM_GUARD_TOKEN, USER, "changed meanwhile");
  g_assert_false (order (fixture, &(IcamPtzOrder) { .action = ICAM_PTZ_STOP }, NULL, &second));
  g_assert_error (second, ICAM_ERROR, ICAM_ERROR_WRONG_PASSWORD);
}

static void
test_what_is_there (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (IcamPtzState) state = NULL;
  IcamPtzPreset *preset;

  icam_onvif_server_put_body (
    fixture->server, "GetNode", NULL,
    "<tptz:GetNodeResponse><tptz:PTZNode token=\"head\"><tt:MaximumNumberOfPresets>8</tt:MaximumNumberOfPresets>"
    "<tt:HomeSupported>1</tt:HomeSupported></tptz:PTZNode></tptz:GetNodeResponse>");
  icam_onvif_server_put_body (
    fixture->server, "GetStatus", NULL,
    "<tptz:GetStatusResponse><tptz:PTZStatus><tt:Position><tt:PanTilt x=\"0.25\" y=\"-0.5\"/><tt:Zoom x=\"1\"/>"
    "</tt:Position><tt:MoveStatus><tt:PanTilt>MOVING</tt:PanTilt></tt:MoveStatus></tptz:PTZStatus></tptz:GetStatusResponse>");
  icam_onvif_server_put_body (
    fixture->server, "GetPresets", NULL,
    "<tptz:GetPresetsResponse><tptz:Preset token=\"1\"><tt:Name>Gate &amp; drive</tt:Name></tptz:Preset>"
    "<tptz:Preset token=\"\"><tt:Name>Nowhere</tt:Name></tptz:Preset><tptz:Preset token=\"two\"/>"
    "</tptz:GetPresetsResponse>");
  icam_onvif_ptz_ask_async (fixture->device, &fixture->ptz, NULL, keep, &result);
  wait_for (&result);
  state = icam_onvif_ptz_ask_finish (fixture->device, result, &error);
  g_assert_no_error (error);
  g_assert_true (state->home && state->placed && state->moving);
  g_assert_cmpuint (state->max_presets, ==, 8);
  g_assert_cmpfloat (state->pan, ==, 0.25);
  g_assert_cmpfloat (state->tilt, ==, -0.5);
  g_assert_cmpfloat (state->zoom, ==, 1);
  g_assert_cmpuint (state->presets->len, ==, 2);
  preset = state->presets->pdata[0];
  g_assert_cmpstr (preset->name, ==, "Gate & drive");
  preset = state->presets->pdata[1];
  g_assert_cmpstr (preset->name, ==, "two");
}

static void
test_ptz_is_in_the_profiles (Fixture *fixture, gconstpointer data)
{
  static const char profiles[]
    = "<trt:GetProfilesResponse><trt:Profiles token=\"main\"><tt:VideoSourceConfiguration token=\"v\">"
      "<tt:SourceToken>lens</tt:SourceToken></tt:VideoSourceConfiguration><tt:VideoEncoderConfiguration token=\"e\">"
      "<tt:Encoding>H264</tt:Encoding><tt:Resolution><tt:Width>1280</tt:Width><tt:Height>720</tt:Height></tt:Resolution>"
      "</tt:VideoEncoderConfiguration><tt:PTZConfiguration token=\"p\"><tt:NodeToken>head</tt:NodeToken>"
      "<tt:DefaultContinuousZoomVelocitySpace>http://www.onvif.org/ver10/tptz/ZoomSpaces/VelocityGenericSpace"
      "</tt:DefaultContinuousZoomVelocitySpace></tt:PTZConfiguration></trt:Profiles></trt:GetProfilesResponse>";
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) channels = NULL;
  IcamOnvifChannel *channel;

  icam_onvif_server_put_body (fixture->server, "GetProfiles", NULL, profiles);
  channels = icam_ask_channels (fixture->device, &error);
  g_assert_no_error (error);
  channel = channels->pdata[0];
  g_assert_nonnull (channel->ptz);
  g_assert_cmpstr (channel->ptz->profile, ==, "main");
  g_assert_cmpstr (channel->ptz->node, ==, "head");
  g_assert_cmpint (channel->ptz->abilities, ==, ICAM_PTZ_ZOOM);
}

static void
test_imaging (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) got = NULL;
  g_autoptr (GAsyncResult) set = NULL;
  g_autofree IcamImaging *imaging = NULL;
  IcamImagingChange change = { .ir_cut = ICAM_IR_CUT_AUTO };

  icam_onvif_server_put_body (
    fixture->server, "GetImagingSettings", NULL,
    "<timg:GetImagingSettingsResponse><timg:ImagingSettings><tt:Brightness>50.5</tt:Brightness>"
    "<tt:IrCutFilter>ON</tt:IrCutFilter></timg:ImagingSettings></timg:GetImagingSettingsResponse>");
  icam_onvif_server_put_body (
    fixture->server, "GetOptions", NULL,
    "<timg:GetOptionsResponse><timg:ImagingOptions><tt:Brightness><tt:Min>0</tt:Min><tt:Max>100</tt:Max>"
    "</tt:Brightness><tt:IrCutFilterModes>ON</tt:IrCutFilterModes><tt:IrCutFilterModes>AUTO</tt:IrCutFilterModes>"
    "</timg:ImagingOptions></timg:GetOptionsResponse>");
  icam_onvif_server_put_body (fixture->server, "SetImagingSettings", NULL, "<timg:SetImagingSettingsResponse/>");
  icam_onvif_imaging_get_async (fixture->device, "lens", NULL, keep, &got);
  wait_for (&got);
  imaging = icam_onvif_imaging_get_finish (fixture->device, got, &error);
  g_assert_no_error (error);
  g_assert_true (imaging->values[ICAM_IMAGING_BRIGHTNESS].known && imaging->values[ICAM_IMAGING_BRIGHTNESS].ranged);
  g_assert_cmpfloat (imaging->values[ICAM_IMAGING_BRIGHTNESS].value, ==, 50.5);
  g_assert_cmpfloat (imaging->values[ICAM_IMAGING_BRIGHTNESS].max, ==, 100);
  g_assert_false (imaging->values[ICAM_IMAGING_CONTRAST].known);
  g_assert_cmpint (imaging->ir_cut, ==, ICAM_IR_CUT_ON);
  g_assert_cmpuint (imaging->ir_cut_options, ==, ICAM_IR_CUT_ON | ICAM_IR_CUT_AUTO);

  change.set[ICAM_IMAGING_SHARPNESS] = change.set[ICAM_IMAGING_BRIGHTNESS] = TRUE;
  change.values[ICAM_IMAGING_SHARPNESS] = 12.5;
  change.values[ICAM_IMAGING_BRIGHTNESS] = 60;
  icam_onvif_imaging_set_async (fixture->device, "lens", &change, NULL, keep, &set);
  wait_for (&set);
  g_assert_true (icam_onvif_imaging_set_finish (fixture->device, set, &error));
  /* In the order of the schema; what is not wanted is not there. */
  assert_sent (fixture, "SetImagingSettings",
               "<q:ImagingSettings><tt:Brightness>60</tt:Brightness><tt:IrCutFilter>AUTO</tt:IrCutFilter>"
               "<tt:Sharpness>12.5</tt:Sharpness></q:ImagingSettings>");
}

static void
test_password (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GAsyncResult) again = NULL;
  g_autoptr (IcamSecret) secret = icam_secret_new (NEW_PASSWORD);

  icam_onvif_server_put_body (
    fixture->server, "GetUsers", NULL,
    "<tds:GetUsersResponse><tds:User><tt:Username>guest</tt:Username><tt:UserLevel>User</tt:UserLevel></tds:User>"
    "<tds:User><tt:Username>" USER "</tt:Username><tt:UserLevel>Operator</tt:UserLevel></tds:User></tds:GetUsersResponse>");
  icam_onvif_server_put_body (fixture->server, "SetUser", NULL, "<tds:SetUserResponse/>");
  icam_onvif_device_set_password_async (fixture->device, secret, NULL, keep, &result);
  wait_for (&result);
  g_assert_true (icam_onvif_device_set_password_finish (fixture->device, result, &error));
  g_assert_no_error (error);
  assert_sent (fixture, "SetUser",
               "<tt:Username>" USER "</tt:Username><tt:Password>n&amp;w &lt;one&gt;</tt:Password>"
               "<tt:UserLevel>Operator</tt:UserLevel>");
  /* The old one is proven, never told. */
  g_assert_cmpuint (icam_onvif_server_get_counts (fixture->server)->with_password, ==, 0);

  icam_onvif_server_put (fixture->server, "SetUser", NULL, 400, FAULT ("PasswordTooWeak"), -1);
  icam_onvif_device_set_password_async (fixture->device, secret, NULL, keep, &again);
  wait_for (&again);
  g_assert_false (icam_onvif_device_set_password_finish (fixture->device, again, &error));
  g_assert_error (error, ICAM_ERROR, ICAM_ERROR_INVALID_ARGUMENT);
}

static void
test_clock (Fixture *fixture, gconstpointer data)
{
  const IcamDeviceClock by_hand = { .zone = (char *) "CET-1CEST", .daylight_saving = TRUE };
  const IcamDeviceClock by_server = { .ntp = TRUE, .server = (char *) "192.0.2.1" };
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) got = NULL;
  g_autoptr (GAsyncResult) first = NULL;
  g_autoptr (GAsyncResult) second = NULL;
  g_autoptr (IcamDeviceClock) clock = NULL;
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *year = g_date_time_format (now, "<tt:Year>%Y</tt:Year>");

  icam_onvif_server_put_body (
    fixture->server, "GetNTP", NULL,
    "<tds:GetNTPResponse><tds:NTPInformation><tt:FromDHCP>false</tt:FromDHCP><tt:NTPManual><tt:Type>DNS</tt:Type>"
    "<tt:DNSname>time.example.org</tt:DNSname></tt:NTPManual></tds:NTPInformation></tds:GetNTPResponse>");
  icam_onvif_server_put_body (fixture->server, "SetNTP", NULL, "<tds:SetNTPResponse/>");
  icam_onvif_server_put_body (fixture->server, "SetSystemDateAndTime", NULL, "<tds:SetSystemDateAndTimeResponse/>");
  icam_onvif_device_get_clock_async (fixture->device, NULL, keep, &got);
  wait_for (&got);
  clock = icam_onvif_device_get_clock_finish (fixture->device, got, &error);
  g_assert_no_error (error);
  g_assert_false (clock->dhcp);
  g_assert_cmpstr (clock->server, ==, "time.example.org");
  g_assert_cmpint (ABS (clock->offset), <, 2 * G_USEC_PER_SEC);

  icam_onvif_device_set_clock_async (fixture->device, &by_hand, NULL, keep, &first);
  wait_for (&first);
  g_assert_true (icam_onvif_device_set_clock_finish (fixture->device, first, &error));
  assert_sent (fixture, "SetSystemDateAndTime",
               "<q:DateTimeType>Manual</q:DateTimeType><q:DaylightSavings>true</q:DaylightSavings>"
               "<q:TimeZone><tt:TZ>CET-1CEST</tt:TZ></q:TimeZone><q:UTCDateTime>");
  assert_sent (fixture, "SetSystemDateAndTime", year);
  g_assert_cmpuint (icam_onvif_server_count (fixture->server, "SetNTP"), ==, 0);

  icam_onvif_device_set_clock_async (fixture->device, &by_server, NULL, keep, &second);
  wait_for (&second);
  g_assert_true (icam_onvif_device_set_clock_finish (fixture->device, second, &error));
  assert_sent (fixture, "SetNTP", "<tt:Type>IPv4</tt:Type><tt:IPv4Address>192.0.2.1</tt:IPv4Address>");
  assert_sent (fixture, "SetSystemDateAndTime", "<q:DateTimeType>NTP</q:DateTimeType>");
}

static void
test_relays (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) got = NULL;
  g_autoptr (GAsyncResult) set = NULL;
  g_autoptr (GPtrArray) relays = NULL;

  icam_onvif_server_put_body (
    fixture->server, "GetRelayOutputs", NULL,
    "<tds:GetRelayOutputsResponse><tds:RelayOutputs token=\"gate\"><tt:Properties><tt:Mode>Monostable</tt:Mode>"
    "</tt:Properties></tds:RelayOutputs></tds:GetRelayOutputsResponse>");
  icam_onvif_server_put (fixture->server, "SetRelayOutputState", NULL, 400, FAULT ("RelayToken"), -1);
  icam_onvif_device_list_relays_async (fixture->device, NULL, keep, &got);
  wait_for (&got);
  relays = icam_onvif_device_list_relays_finish (fixture->device, got, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (relays->len, ==, 1);
  g_assert_cmpstr (((IcamRelay *) relays->pdata[0])->token, ==, "gate");
  g_assert_true (((IcamRelay *) relays->pdata[0])->pulse);

  icam_onvif_device_set_relay_async (fixture->device, "door", TRUE, NULL, keep, &set);
  wait_for (&set);
  g_assert_false (icam_onvif_device_set_relay_finish (fixture->device, set, &error));
  g_assert_error (error, ICAM_ERROR, ICAM_ERROR_NOT_FOUND);
  assert_sent (fixture, "SetRelayOutputState", "<q:LogicalState>active</q:LogicalState>");
}

static void
test_factory_passwords (void)
{
  g_autoptr (IcamSecret) known = icam_secret_new ("admin");
  g_autoptr (IcamSecret) own = icam_secret_new ("Admin of the house");
  g_autoptr (IcamSecret) empty = icam_secret_new ("");

  g_assert_true (icam_factory_passwords_contain ("admin", known));
  g_assert_true (icam_factory_passwords_contain ("Admin", known));
  g_assert_true (icam_factory_passwords_contain ("admin", empty));
  g_assert_true (icam_factory_passwords_contain ("admin", NULL));
  g_assert_false (icam_factory_passwords_contain ("admin", own));
  g_assert_false (icam_factory_passwords_contain ("nobody", known));
}

static void
test_known_paths (void)
{
  g_autoptr (GPtrArray) all = icam_known_paths_list ("192.0.2.7", 0);
  g_autoptr (GPtrArray) at_port = icam_known_paths_list ("2001:db8::7", 8554);
  gboolean rtsp = FALSE, mjpeg = FALSE;

  g_assert_cmpuint (all->len, >, 10);
  g_assert_cmpuint (all->len, <=, 64);
  for (guint i = 0; i < all->len; i++)
    {
      const IcamKnownPath *path = all->pdata[i];
      g_autoptr (GUri) uri = g_uri_parse (path->url, G_URI_FLAGS_NONE, NULL);

      g_assert_nonnull (uri);
      g_assert_cmpstr (g_uri_get_host (uri), ==, "192.0.2.7");
      g_assert_cmpint (g_uri_get_port (uri), >, 0);
      g_assert_cmpstr (g_uri_get_scheme (uri), ==, path->mjpeg ? "http" : "rtsp");
      rtsp |= !path->mjpeg;
      mjpeg |= path->mjpeg;
    }
  g_assert_true (rtsp && mjpeg);
  g_assert_true (g_str_has_prefix (((IcamKnownPath *) at_port->pdata[0])->url, "rtsp://[2001:db8::7]:8554/"));
  g_assert_cmpuint (at_port->len, <, all->len);
}

#define ADD(name, func) g_test_add ("/onvif/control/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  ADD ("moves", test_moves);
  ADD ("out-of-range-is-not-sent", test_out_of_range_is_not_sent);
  ADD ("faults-mean-something", test_faults_mean_something);
  ADD ("no-service", test_no_service);
  ADD ("not-permitted", test_not_permitted);
  ADD ("what-is-there", test_what_is_there);
  ADD ("ptz-is-in-the-profiles", test_ptz_is_in_the_profiles);
  ADD ("imaging", test_imaging);
  ADD ("password", test_password);
  ADD ("clock", test_clock);
  ADD ("relays", test_relays);
  g_test_add_func ("/onvif/control/factory-passwords", test_factory_passwords);
  g_test_add_func ("/onvif/control/known-paths", test_known_paths);
  return g_test_run ();
}
