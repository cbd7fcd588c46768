/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "icam-test"

#include "icam-test-upkeep.h"

#include <string.h>

#include "icam-test-log.h"

#define N_VALUES 4
#define MIN_PASSWORD 4
#define MAX_PASSWORD 32
#define N_RELAYS 2

static const char *const value_names[N_VALUES]
  = { "Brightness", "ColorSaturation", "Contrast", "Sharpness" };

/* How a channel's picture is made. */
typedef struct
{
  double values[N_VALUES]; /* 0 to 100 */
  char *ir_cut;
} Picture;

struct _IcamTestUpkeep
{
  IcamTestDevice *device;
  gboolean ntp, dhcp, daylight_saving;
  char *server; /* or NULL */
  char *zone;
  gboolean relays[N_RELAYS];
  Picture pictures[ICAM_TEST_MAX_CHANNELS];
};

/**
 * icam_test_upkeep_new:
 * @device: a device
 *
 * Returns: (transfer full): its settings as they come from the factory.
 */
IcamTestUpkeep *
icam_test_upkeep_new (IcamTestDevice *device)
{
  IcamTestUpkeep *self = g_new0 (IcamTestUpkeep, 1);

  self->device = device;
  self->zone = g_strdup ("UTC0");
  for (guint i = 0; i < ICAM_TEST_MAX_CHANNELS; i++)
    {
      for (guint j = 0; j < N_VALUES; j++)
        self->pictures[i].values[j] = 50;
      self->pictures[i].ir_cut = g_strdup ("AUTO");
    }
  return self;
}

/**
 * icam_test_upkeep_free:
 * @self: settings
 */
void
icam_test_upkeep_free (IcamTestUpkeep *self)
{
  for (guint i = 0; i < ICAM_TEST_MAX_CHANNELS; i++)
    g_free (self->pictures[i].ir_cut);
  g_free (self->server);
  g_free (self->zone);
  g_free (self);
}

/**
 * icam_test_upkeep_may:
 * @device: a device
 * @operation: what is asked
 *
 * Returns: whether somebody of the level of its user may (ONVIF Core 5.9.4: administrators alone write to the system, users
 *   do not move anything).
 */
gboolean
icam_test_upkeep_may (IcamTestDevice *device, const char *operation)
{
  static const char *const administrators[]
    = { "GetUsers", "SetUser", "SystemReboot", "SetSystemDateAndTime", "SetNTP", NULL };
  static const char *const operators[]
    = { "ContinuousMove", "Stop", "AbsoluteMove", "GotoHomePosition", "SetHomePosition", "GotoPreset",
        "SetPreset", "RemovePreset", "SetImagingSettings", "SetRelayOutputState", "SetVideoEncoderConfiguration",
        NULL };
  const int level = g_atomic_int_get (&device->level);

  if (g_strv_contains (administrators, operation))
    return level == ICAM_TEST_LEVEL_ADMINISTRATOR;
  return !g_strv_contains (operators, operation) || level != ICAM_TEST_LEVEL_USER;
}

static char *
text_of (xmlNode *parent, const char *name)
{
  return icam_test_xml_text (icam_test_xml_child (parent, name));
}

/* ---- who may come in ---- */

static const char *const levels[] = { "Administrator", "Operator", "User" };

static void
get_users (IcamTestRequest *request)
{
  icam_test_add (request,
       "<tds:GetUsersResponse><tds:User><tt:Username>%s</tt:Username><tt:UserLevel>%s</tt:UserLevel>"
       "</tds:User></tds:GetUsersResponse>",
       request->device->user, levels[g_atomic_int_get (&request->device->level)]);
}

static void
set_user (IcamTestRequest *request)
{
  xmlNode *user = icam_test_xml_child (request->operation, "User");
  g_autofree char *name = text_of (user, "Username");
  g_autofree char *password = text_of (user, "Password");
  g_autofree char *level = text_of (user, "UserLevel");

  if (g_strcmp0 (name, request->device->user) != 0)
    icam_test_refuse (request, "ter:UsernameMissing", "There is no such user");
  else if (g_strcmp0 (level, levels[g_atomic_int_get (&request->device->level)]) != 0)
    icam_test_refuse (request, "ter:FixedUser", "The level of this user stays");
  else if (!password || strlen (password) < MIN_PASSWORD)
    icam_test_refuse (request, "ter:PasswordTooWeak", "The password is too short");
  else if (strlen (password) > MAX_PASSWORD)
    icam_test_refuse (request, "ter:PasswordTooLong", "The password is too long");
  else
    {
      icam_test_device_set_password (request->device, password);
      icam_test_add (request, "<tds:SetUserResponse/>");
    }
}

static void
system_reboot (IcamTestRequest *request)
{
  icam_test_device_reboot (request->device);
  icam_test_add (request, "<tds:SystemRebootResponse><tds:Message>Back in a moment</tds:Message>"
                "</tds:SystemRebootResponse>");
}

/* ---- the clock ---- */

static char *
time_element (GDateTime *time)
{
  return g_date_time_format (
    time, "<tt:Time><tt:Hour>%-H</tt:Hour><tt:Minute>%-M</tt:Minute><tt:Second>%-S</tt:Second></tt:Time>"
          "<tt:Date><tt:Year>%Y</tt:Year><tt:Month>%-m</tt:Month><tt:Day>%-d</tt:Day></tt:Date>");
}

static void
get_system_date_and_time (IcamTestRequest *request)
{
  IcamTestUpkeep *self = request->upkeep;
  g_autoptr (GTimeZone) zone = g_time_zone_new_identifier (self->zone);
  g_autoptr (GDateTime) now
    = g_date_time_new_from_unix_utc (icam_test_device_clock (request->device) / G_USEC_PER_SEC);
  g_autoptr (GDateTime) local = g_date_time_to_timezone (now, zone);
  g_autofree char *utc_time = time_element (now);
  g_autofree char *local_time = time_element (local);

  icam_test_add (request,
       "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>%s</tt:DateTimeType>"
       "<tt:DaylightSavings>%s</tt:DaylightSavings><tt:TimeZone><tt:TZ>%s</tt:TZ></tt:TimeZone>",
       self->ntp ? "NTP" : "Manual", self->daylight_saving ? "true" : "false", self->zone);
  g_string_append_printf (request->body,
                          "<tt:UTCDateTime>%s</tt:UTCDateTime><tt:LocalDateTime>%s</tt:LocalDateTime>"
                          "</tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>",
                          utc_time, local_time);
}

static gboolean
read_number (xmlNode *parent, const char *name, int *number)
{
  g_autofree char *text = text_of (parent, name);
  gint64 value;

  if (!text || !g_ascii_string_to_signed (text, 10, 0, 9999, &value, NULL))
    return FALSE;
  *number = (int) value;
  return TRUE;
}

static void
set_system_date_and_time (IcamTestRequest *request)
{
  IcamTestUpkeep *self = request->upkeep;
  g_autofree char *type = text_of (request->operation, "DateTimeType");
  g_autofree char *saving = text_of (request->operation, "DaylightSavings");
  g_autofree char *zone
    = text_of (icam_test_xml_child (request->operation, "TimeZone"), "TZ");
  xmlNode *utc = icam_test_xml_child (request->operation, "UTCDateTime");
  xmlNode *time = icam_test_xml_child (utc, "Time"), *date = icam_test_xml_child (utc, "Date");
  g_autoptr (GTimeZone) known = zone ? g_time_zone_new_identifier (zone) : NULL;
  g_autoptr (GDateTime) moment = NULL;
  int year, month, day, hour, minute, second;
  gboolean ntp = g_strcmp0 (type, "NTP") == 0;

  if (zone && !known)
    {
      icam_test_refuse (request, "ter:InvalidTimeZone", "There is no such time zone");
      return;
    }
  if (ntp && !self->dhcp && !self->server)
    {
      icam_test_refuse (request, "ter:NtpServerUndefined", "There is no time server");
      return;
    }
  if (!ntp && read_number (date, "Year", &year) && read_number (date, "Month", &month)
      && read_number (date, "Day", &day) && read_number (time, "Hour", &hour)
      && read_number (time, "Minute", &minute) && read_number (time, "Second", &second))
    moment = g_date_time_new_utc (year, month, day, hour, minute, second);
  if (!ntp && !moment)
    {
      icam_test_refuse (request, "ter:InvalidDateTime", "That is no time");
      return;
    }

  /* A time server is always right. */
  icam_test_device_set_clock (
    request->device, ntp ? 0 : g_date_time_to_unix (moment) * G_USEC_PER_SEC - g_get_real_time ());
  self->ntp = ntp;
  self->daylight_saving = g_strcmp0 (saving, "true") == 0;
  if (zone)
    {
      g_free (self->zone);
      self->zone = g_steal_pointer (&zone);
    }
  icam_test_add (request, "<tds:SetSystemDateAndTimeResponse/>");
}

static void
get_ntp (IcamTestRequest *request)
{
  IcamTestUpkeep *self = request->upkeep;

  icam_test_add (request, "<tds:GetNTPResponse><tds:NTPInformation><tt:FromDHCP>%s</tt:FromDHCP>",
       self->dhcp ? "true" : "false");
  if (self->server)
    icam_test_add (request, "<tt:NTPManual><tt:Type>DNS</tt:Type><tt:DNSname>%s</tt:DNSname></tt:NTPManual>",
         self->server);
  icam_test_add (request, "</tds:NTPInformation></tds:GetNTPResponse>");
}

static void
set_ntp (IcamTestRequest *request)
{
  IcamTestUpkeep *self = request->upkeep;
  g_autofree char *dhcp = text_of (request->operation, "FromDHCP");
  xmlNode *manual = icam_test_xml_child (request->operation, "NTPManual");
  xmlNode *host = manual ? icam_test_xml_child (manual, "DNSname") : NULL;

  if (manual && !host)
    host = icam_test_xml_child (manual, "IPv4Address");
  self->dhcp = g_strcmp0 (dhcp, "true") == 0;
  g_free (self->server);
  self->server = icam_test_xml_text (host);
  icam_test_add (request, "<tds:SetNTPResponse/>");
}

/* ---- relays ---- */

static void
get_relay_outputs (IcamTestRequest *request)
{
  icam_test_add (request, "<tds:GetRelayOutputsResponse>");
  for (guint i = 0; i < N_RELAYS; i++)
    icam_test_add (request,
         "<tds:RelayOutputs token=\"relay%u\"><tt:Properties><tt:Mode>%s</tt:Mode>"
         "<tt:DelayTime>PT1S</tt:DelayTime><tt:IdleState>open</tt:IdleState></tt:Properties>"
         "</tds:RelayOutputs>",
         i, i == 0 ? "Bistable" : "Monostable");
  icam_test_add (request, "</tds:GetRelayOutputsResponse>");
}

static void
set_relay_output_state (IcamTestRequest *request)
{
  IcamTestUpkeep *self = request->upkeep;
  g_autofree char *token = text_of (request->operation, "RelayOutputToken");
  g_autofree char *state = text_of (request->operation, "LogicalState");
  guint relay;
  char rest;

  if (!token || sscanf (token, "relay%u%c", &relay, &rest) != 1 || relay >= N_RELAYS)
    {
      icam_test_refuse (request, "ter:RelayToken", "There is no such relay");
      return;
    }
  self->relays[relay] = g_strcmp0 (state, "active") == 0;
  if (icam_test_log_is_open ())
    {
      icam_test_log_write ("{\"t\":\"relay\",\"device\":%u,\"relay\":%u,\"active\":%s}",
                           request->device->index, relay, self->relays[relay] ? "true" : "false");
      icam_test_log_flush ();
    }
  icam_test_add (request, "<tds:SetRelayOutputStateResponse/>");
}

/* ---- the picture ---- */

static Picture *
find_picture (IcamTestRequest *request)
{
  g_autofree char *token = text_of (request->operation, "VideoSourceToken");
  guint channel;
  char rest;

  if (token && sscanf (token, "src%u%c", &channel, &rest) == 1 && channel < request->device->n_channels)
    return &request->upkeep->pictures[channel];
  icam_test_refuse (request, "ter:NoSource", "There is no such source");
  return NULL;
}

static void
get_imaging_settings (IcamTestRequest *request)
{
  Picture *picture = find_picture (request);

  if (!picture)
    return;
  icam_test_add (request,
       "<timg:GetImagingSettingsResponse><timg:ImagingSettings><tt:Brightness>%g</tt:Brightness>"
       "<tt:ColorSaturation>%g</tt:ColorSaturation><tt:Contrast>%g</tt:Contrast>"
       "<tt:IrCutFilter>%s</tt:IrCutFilter><tt:Sharpness>%g</tt:Sharpness></timg:ImagingSettings>"
       "</timg:GetImagingSettingsResponse>",
       picture->values[0], picture->values[1], picture->values[2], picture->ir_cut,
       picture->values[3]);
}

static void
get_options (IcamTestRequest *request)
{
  static const char *const range = "<tt:Min>0</tt:Min><tt:Max>100</tt:Max>";

  if (!find_picture (request))
    return;
  g_string_append_printf (
    request->body,
    "<timg:GetOptionsResponse><timg:ImagingOptions><tt:Brightness>%s</tt:Brightness>"
    "<tt:ColorSaturation>%s</tt:ColorSaturation><tt:Contrast>%s</tt:Contrast>"
    "<tt:IrCutFilterModes>ON</tt:IrCutFilterModes><tt:IrCutFilterModes>OFF</tt:IrCutFilterModes>"
    "<tt:IrCutFilterModes>AUTO</tt:IrCutFilterModes><tt:Sharpness>%s</tt:Sharpness>"
    "</timg:ImagingOptions></timg:GetOptionsResponse>",
    range, range, range, range);
}

static void
set_imaging_settings (IcamTestRequest *request)
{
  Picture *picture = find_picture (request);
  xmlNode *settings = icam_test_xml_child (request->operation, "ImagingSettings");
  g_autofree char *ir_cut = text_of (settings, "IrCutFilter");
  double values[N_VALUES];

  if (!picture)
    return;
  memcpy (values, picture->values, sizeof values);
  for (guint i = 0; i < N_VALUES; i++)
    {
      g_autofree char *text = text_of (settings, value_names[i]);

      if (text)
        values[i] = g_ascii_strtod (text, NULL);
      if (!(values[i] >= 0 && values[i] <= 100))
        {
          icam_test_refuse (request, "ter:SettingsInvalid", "From 0 to 100");
          return;
        }
    }
  if (ir_cut && !g_str_equal (ir_cut, "ON") && !g_str_equal (ir_cut, "OFF")
      && !g_str_equal (ir_cut, "AUTO"))
    {
      icam_test_refuse (request, "ter:SettingsInvalid", "There is no such place for the filter");
      return;
    }
  memcpy (picture->values, values, sizeof values);
  if (ir_cut)
    {
      g_free (picture->ir_cut);
      picture->ir_cut = g_steal_pointer (&ir_cut);
    }
  icam_test_add (request, "<timg:SetImagingSettingsResponse/>");
}

static const struct
{
  const char *name;
  void (*operation) (IcamTestRequest *request);
} operations[] = {
  { "GetUsers", get_users },
  { "SetUser", set_user },
  { "SystemReboot", system_reboot },
  { "GetSystemDateAndTime", get_system_date_and_time },
  { "SetSystemDateAndTime", set_system_date_and_time },
  { "GetNTP", get_ntp },
  { "SetNTP", set_ntp },
  { "GetRelayOutputs", get_relay_outputs },
  { "SetRelayOutputState", set_relay_output_state },
  { "GetImagingSettings", get_imaging_settings },
  { "GetOptions", get_options },
  { "SetImagingSettings", set_imaging_settings },
};

/**
 * icam_test_upkeep_answer:
 * @request: a request of somebody who was let in
 * @operation: what is asked
 *
 * Returns: whether it is one of these, and answered.
 */
gboolean
icam_test_upkeep_answer (IcamTestRequest *request, const char *operation)
{
  for (guint i = 0; i < G_N_ELEMENTS (operations); i++)
    if (g_str_equal (operations[i].name, operation))
      {
        operations[i].operation (request);
        return TRUE;
      }
  return FALSE;
}
