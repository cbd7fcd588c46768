/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "icam-test"

#include "icam-test-ptz.h"

#include <math.h>
#include <string.h>

#define MAX_PRESETS 8
#define MAX_TIMEOUT_S 10
/* How far it gets in a second at full speed: from one end to the other in four. */
#define RATE 0.5
#define SPACES "http://www.onvif.org/ver10/tptz/"

enum
{
  PAN,
  TILT,
  ZOOM,
  N_AXES,
};

static const double lowest[N_AXES] = { -1, -1, 0 };

typedef struct
{
  char *token, *name;
  double at[N_AXES];
} Preset;

/* What looks somewhere. */
typedef struct
{
  double at[N_AXES]; /* when it was … */
  gint64 since;      /* … this, monotonic, µs */
  double speed[N_AXES];
  gint64 until; /* then the speed is none */
  double target[N_AXES];
  gboolean going; /* to the target */
  double home[N_AXES];
  GPtrArray *presets; /* of Preset */
  guint next_preset;
} Head;

struct _IcamTestPtz
{
  Head heads[ICAM_TEST_MAX_CHANNELS];
};

static void
preset_free (gpointer data)
{
  Preset *preset = data;

  g_free (preset->token);
  g_free (preset->name);
  g_free (preset);
}

/**
 * icam_test_ptz_new:
 * @device: a device
 *
 * Returns: (transfer full): what moves its channels, each looking straight ahead.
 */
IcamTestPtz *
icam_test_ptz_new (IcamTestDevice *device)
{
  IcamTestPtz *self = g_new0 (IcamTestPtz, 1);

  for (guint i = 0; i < ICAM_TEST_MAX_CHANNELS; i++)
    self->heads[i].presets = g_ptr_array_new_with_free_func (preset_free);
  return self;
}

/**
 * icam_test_ptz_free:
 * @self: (nullable): what moves
 */
void
icam_test_ptz_free (IcamTestPtz *self)
{
  if (!self)
    return;
  for (guint i = 0; i < ICAM_TEST_MAX_CHANNELS; i++)
    g_ptr_array_unref (self->heads[i].presets);
  g_free (self);
}

/* Brings @head to now. */
static void
advance (Head *head)
{
  const gint64 now = g_get_monotonic_time ();
  const double moved = (double) (MIN (now, head->until) - head->since) / G_USEC_PER_SEC;
  const double gone = (double) (now - head->since) / G_USEC_PER_SEC * RATE * 2;
  gboolean there = TRUE;

  for (guint i = 0; i < N_AXES; i++)
    if (head->going)
      {
        const double left = head->target[i] - head->at[i];

        head->at[i] += CLAMP (left, -gone, gone);
        there = there && fabs (left) <= gone;
      }
    else if (moved > 0)
      head->at[i] = CLAMP (head->at[i] + head->speed[i] * RATE * moved, lowest[i], 1);
  if (head->going && there)
    head->going = FALSE;
  if (now >= head->until)
    memset (head->speed, 0, sizeof head->speed);
  head->since = now;
}

static void
go_to (Head *head, const double place[N_AXES])
{
  advance (head);
  memset (head->speed, 0, sizeof head->speed);
  memcpy (head->target, place, sizeof head->target);
  head->going = TRUE;
}

/* The head that the profile in the request moves. */
static Head *
find_head (IcamTestRequest *request)
{
  g_autofree char *token
    = icam_test_xml_text (icam_test_xml_child (request->operation, "ProfileToken"));
  guint channel;
  char rest;

  if (token && sscanf (token, "profile%u_%c", &channel, &rest) == 2
      && channel < request->device->n_channels)
    return &request->ptz->heads[channel];
  icam_test_refuse (request, "ter:NoProfile", "There is no such profile");
  return NULL;
}

static gboolean
read_attribute (xmlNode *node, const char *name, double *value)
{
  xmlChar *text = xmlGetProp (node, BAD_CAST name);
  char *end = NULL;

  if (!text)
    return FALSE;
  *value = g_ascii_strtod ((const char *) text, &end);
  if (*end != '\0')
    *value = NAN;
  xmlFree (text);
  return TRUE;
}

/* A PTZVector or PTZSpeed: axes that it leaves out stay as they are in @axes. */
static gboolean
read_vector (xmlNode *node, double axes[N_AXES], gboolean place)
{
  xmlNode *turn = icam_test_xml_child (node, "PanTilt");
  xmlNode *zoom = icam_test_xml_child (node, "Zoom");

  if (turn && (!read_attribute (turn, "x", &axes[PAN]) || !read_attribute (turn, "y", &axes[TILT])))
    return FALSE;
  if (zoom && !read_attribute (zoom, "x", &axes[ZOOM]))
    return FALSE;
  for (guint i = 0; i < N_AXES; i++)
    if (!(axes[i] >= (place ? lowest[i] : -1) && axes[i] <= 1))
      return FALSE;
  return turn || zoom;
}

/* ---- what it is ---- */

static void
add_space (IcamTestRequest *request, const char *tag, const char *space, gboolean two, double min)
{
  icam_test_add (request, "<tt:%s><tt:URI>" SPACES "%s</tt:URI><tt:XRange><tt:Min>%g</tt:Min>"
                "<tt:Max>1</tt:Max></tt:XRange>",
       tag, space, min);
  if (two)
    icam_test_add (request, "<tt:YRange><tt:Min>%g</tt:Min><tt:Max>1</tt:Max></tt:YRange>", min);
  icam_test_add (request, "</tt:%s>", tag);
}

static void
add_spaces (IcamTestRequest *request, const char *tag)
{
  icam_test_add (request, "<tt:%s>", tag);
  add_space (request, "AbsolutePanTiltPositionSpace", "PanTiltSpaces/PositionGenericSpace", TRUE, -1);
  add_space (request, "AbsoluteZoomPositionSpace", "ZoomSpaces/PositionGenericSpace", FALSE, 0);
  add_space (request, "ContinuousPanTiltVelocitySpace", "PanTiltSpaces/VelocityGenericSpace", TRUE, -1);
  add_space (request, "ContinuousZoomVelocitySpace", "ZoomSpaces/VelocityGenericSpace", FALSE, -1);
  icam_test_add (request, "</tt:%s>", tag);
}

/* Without the element about it, which each question names in its own way. */
static void
add_node (IcamTestRequest *request)
{
  icam_test_add (request, "<tptz:PTZNode token=\"node\" FixedHomePosition=\"false\"><tt:Name>Head</tt:Name>");
  add_spaces (request, "SupportedPTZSpaces");
  icam_test_add (request, "<tt:MaximumNumberOfPresets>%d</tt:MaximumNumberOfPresets>"
                "<tt:HomeSupported>true</tt:HomeSupported></tptz:PTZNode>",
       MAX_PRESETS);
}

/**
 * icam_test_ptz_add_configuration:
 * @request: a request
 * @tag: how the element is called
 *
 * Writes the one configuration that all profiles have.
 */
void
icam_test_ptz_add_configuration (IcamTestRequest *request, const char *tag)
{
  icam_test_add (request,
       "<%s token=\"ptz\"><tt:Name>Head</tt:Name><tt:UseCount>%u</tt:UseCount>"
       "<tt:NodeToken>node</tt:NodeToken>"
       "<tt:DefaultAbsolutePantTiltPositionSpace>" SPACES "PanTiltSpaces/PositionGenericSpace"
       "</tt:DefaultAbsolutePantTiltPositionSpace><tt:DefaultAbsoluteZoomPositionSpace>" SPACES
       "ZoomSpaces/PositionGenericSpace</tt:DefaultAbsoluteZoomPositionSpace>"
       "<tt:DefaultContinuousPanTiltVelocitySpace>" SPACES "PanTiltSpaces/VelocityGenericSpace"
       "</tt:DefaultContinuousPanTiltVelocitySpace><tt:DefaultContinuousZoomVelocitySpace>" SPACES
       "ZoomSpaces/VelocityGenericSpace</tt:DefaultContinuousZoomVelocitySpace>"
       "<tt:DefaultPTZTimeout>PT5S</tt:DefaultPTZTimeout></%s>",
       tag, request->device->n_channels * icam_test_device_n_streams (request->device), tag);
}

static void
get_nodes (IcamTestRequest *request)
{
  icam_test_add (request, "<tptz:GetNodesResponse>");
  add_node (request);
  icam_test_add (request, "</tptz:GetNodesResponse>");
}

static void
get_node (IcamTestRequest *request)
{
  g_autofree char *token
    = icam_test_xml_text (icam_test_xml_child (request->operation, "NodeToken"));

  if (g_strcmp0 (token, "node") != 0)
    {
      icam_test_refuse (request, "ter:NoEntity", "There is no such node");
      return;
    }
  icam_test_add (request, "<tptz:GetNodeResponse>");
  add_node (request);
  icam_test_add (request, "</tptz:GetNodeResponse>");
}

static void
get_configurations (IcamTestRequest *request)
{
  icam_test_add (request, "<tptz:GetConfigurationsResponse>");
  icam_test_ptz_add_configuration (request, "tptz:PTZConfiguration");
  icam_test_add (request, "</tptz:GetConfigurationsResponse>");
}

static void
get_configuration (IcamTestRequest *request)
{
  icam_test_add (request, "<tptz:GetConfigurationResponse>");
  icam_test_ptz_add_configuration (request, "tptz:PTZConfiguration");
  icam_test_add (request, "</tptz:GetConfigurationResponse>");
}

static void
get_configuration_options (IcamTestRequest *request)
{
  icam_test_add (request, "<tptz:GetConfigurationOptionsResponse><tptz:PTZConfigurationOptions>");
  add_spaces (request, "Spaces");
  icam_test_add (request, "<tt:PTZTimeout><tt:Min>PT1S</tt:Min><tt:Max>PT%dS</tt:Max></tt:PTZTimeout>"
                "</tptz:PTZConfigurationOptions></tptz:GetConfigurationOptionsResponse>",
       MAX_TIMEOUT_S);
}

static void
get_status (IcamTestRequest *request)
{
  Head *head = find_head (request);
  g_autofree char *now = icam_test_xml_time (icam_test_device_clock (request->device));
  gboolean turning, zooming;

  if (!head)
    return;
  advance (head);
  turning = head->going || head->speed[PAN] != 0 || head->speed[TILT] != 0;
  zooming = head->going || head->speed[ZOOM] != 0;
  icam_test_add (request,
       "<tptz:GetStatusResponse><tptz:PTZStatus><tt:Position>"
       "<tt:PanTilt x=\"%.4f\" y=\"%.4f\" space=\"" SPACES "PanTiltSpaces/PositionGenericSpace\"/>"
       "<tt:Zoom x=\"%.4f\" space=\"" SPACES "ZoomSpaces/PositionGenericSpace\"/></tt:Position>"
       "<tt:MoveStatus><tt:PanTilt>%s</tt:PanTilt><tt:Zoom>%s</tt:Zoom></tt:MoveStatus>"
       "<tt:UtcTime>%s</tt:UtcTime></tptz:PTZStatus></tptz:GetStatusResponse>",
       head->at[PAN], head->at[TILT], head->at[ZOOM], turning ? "MOVING" : "IDLE",
       zooming ? "MOVING" : "IDLE", now);
}

/* ---- what it does ---- */

static void
continuous_move (IcamTestRequest *request)
{
  Head *head = find_head (request);
  g_autofree char *timeout
    = icam_test_xml_text (icam_test_xml_child (request->operation, "Timeout"));
  double speed[N_AXES];
  guint seconds = 5;

  if (!head)
    return;
  advance (head);
  memcpy (speed, head->speed, sizeof speed);
  if (!read_vector (icam_test_xml_child (request->operation, "Velocity"), speed, FALSE))
    {
      icam_test_refuse (request, "ter:InvalidVelocity", "It cannot move so fast");
      return;
    }
  if (timeout && (sscanf (timeout, "PT%uS", &seconds) != 1 || seconds > MAX_TIMEOUT_S))
    {
      icam_test_refuse (request, "ter:TimeoutNotSupported", "It cannot move so long");
      return;
    }
  memcpy (head->speed, speed, sizeof speed);
  head->going = FALSE;
  head->until = head->since + seconds * G_USEC_PER_SEC;
  icam_test_add (request, "<tptz:ContinuousMoveResponse/>");
}

static void
stop (IcamTestRequest *request)
{
  Head *head = find_head (request);
  g_autofree char *turn = icam_test_xml_text (icam_test_xml_child (request->operation, "PanTilt"));
  g_autofree char *zoom = icam_test_xml_text (icam_test_xml_child (request->operation, "Zoom"));
  gboolean both = !turn && !zoom;

  if (!head)
    return;
  advance (head);
  head->going = FALSE;
  if (both || g_strcmp0 (turn, "true") == 0)
    head->speed[PAN] = head->speed[TILT] = 0;
  if (both || g_strcmp0 (zoom, "true") == 0)
    head->speed[ZOOM] = 0;
  icam_test_add (request, "<tptz:StopResponse/>");
}

static void
absolute_move (IcamTestRequest *request)
{
  Head *head = find_head (request);
  double place[N_AXES];

  if (!head)
    return;
  advance (head);
  memcpy (place, head->at, sizeof place);
  if (!read_vector (icam_test_xml_child (request->operation, "Position"), place, TRUE))
    {
      icam_test_refuse (request, "ter:InvalidPosition", "It cannot look there");
      return;
    }
  go_to (head, place);
  icam_test_add (request, "<tptz:AbsoluteMoveResponse/>");
}

static void
goto_home (IcamTestRequest *request)
{
  Head *head = find_head (request);

  if (!head)
    return;
  go_to (head, head->home);
  icam_test_add (request, "<tptz:GotoHomePositionResponse/>");
}

static void
set_home (IcamTestRequest *request)
{
  Head *head = find_head (request);

  if (!head)
    return;
  advance (head);
  memcpy (head->home, head->at, sizeof head->home);
  icam_test_add (request, "<tptz:SetHomePositionResponse/>");
}

/* The preset that the request names; NULL without an error if it names none. */
static Preset *
find_preset (IcamTestRequest *request, Head *head)
{
  g_autofree char *token
    = icam_test_xml_text (icam_test_xml_child (request->operation, "PresetToken"));

  for (guint i = 0; token && i < head->presets->len; i++)
    if (g_str_equal (((Preset *) head->presets->pdata[i])->token, token))
      return head->presets->pdata[i];
  if (token)
    icam_test_refuse (request, "ter:NoToken", "There is no such preset");
  return NULL;
}

static void
get_presets (IcamTestRequest *request)
{
  Head *head = find_head (request);

  if (!head)
    return;
  icam_test_add (request, "<tptz:GetPresetsResponse>");
  for (guint i = 0; i < head->presets->len; i++)
    {
      Preset *preset = head->presets->pdata[i];

      icam_test_add (request,
           "<tptz:Preset token=\"%s\"><tt:Name>%s</tt:Name><tt:PTZPosition>"
           "<tt:PanTilt x=\"%.4f\" y=\"%.4f\"/><tt:Zoom x=\"%.4f\"/></tt:PTZPosition></tptz:Preset>",
           preset->token, preset->name, preset->at[PAN], preset->at[TILT], preset->at[ZOOM]);
    }
  icam_test_add (request, "</tptz:GetPresetsResponse>");
}

static void
goto_preset (IcamTestRequest *request)
{
  Head *head = find_head (request);
  Preset *preset = head ? find_preset (request, head) : NULL;

  if (!preset)
    return;
  go_to (head, preset->at);
  icam_test_add (request, "<tptz:GotoPresetResponse/>");
}

static void
set_preset (IcamTestRequest *request)
{
  Head *head = find_head (request);
  Preset *preset = head ? find_preset (request, head) : NULL;
  g_autofree char *name
    = icam_test_xml_text (icam_test_xml_child (request->operation, "PresetName"));

  if (!head || request->fault)
    return;
  for (guint i = 0; name && i < head->presets->len; i++)
    if (head->presets->pdata[i] != preset
        && g_str_equal (((Preset *) head->presets->pdata[i])->name, name))
      {
        icam_test_refuse (request, "ter:PresetExist", "There is a preset of that name");
        return;
      }
  if (!preset && head->presets->len >= MAX_PRESETS)
    {
      icam_test_refuse (request, "ter:TooManyPresets", "There is no room for another preset");
      return;
    }
  if (!preset)
    {
      preset = g_new0 (Preset, 1);
      preset->token = g_strdup_printf ("preset%u", ++head->next_preset);
      preset->name = g_strdup (preset->token);
      g_ptr_array_add (head->presets, preset);
    }
  if (name)
    {
      g_free (preset->name);
      preset->name = g_strdup (name);
    }
  advance (head);
  memcpy (preset->at, head->at, sizeof preset->at);
  icam_test_add (request, "<tptz:SetPresetResponse><tptz:PresetToken>%s</tptz:PresetToken>"
                "</tptz:SetPresetResponse>",
       preset->token);
}

static void
remove_preset (IcamTestRequest *request)
{
  Head *head = find_head (request);
  Preset *preset = head ? find_preset (request, head) : NULL;

  if (!preset)
    return;
  g_ptr_array_remove (head->presets, preset);
  icam_test_add (request, "<tptz:RemovePresetResponse/>");
}

static const struct
{
  const char *name;
  void (*operation) (IcamTestRequest *request);
} operations[] = {
  { "GetNodes", get_nodes },
  { "GetNode", get_node },
  { "GetConfigurations", get_configurations },
  { "GetConfiguration", get_configuration },
  { "GetConfigurationOptions", get_configuration_options },
  { "GetStatus", get_status },
  { "ContinuousMove", continuous_move },
  { "Stop", stop },
  { "AbsoluteMove", absolute_move },
  { "GotoHomePosition", goto_home },
  { "SetHomePosition", set_home },
  { "GetPresets", get_presets },
  { "GotoPreset", goto_preset },
  { "SetPreset", set_preset },
  { "RemovePreset", remove_preset },
};

/**
 * icam_test_ptz_answer:
 * @request: a request of somebody who was let in
 * @operation: what is asked
 *
 * Returns: whether it is this service's, and answered.
 */
gboolean
icam_test_ptz_answer (IcamTestRequest *request, const char *operation)
{
  if (!request->ptz || !strstr (request->path, "ptz"))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (operations); i++)
    if (g_str_equal (operations[i].name, operation))
      {
        operations[i].operation (request);
        return TRUE;
      }
  return FALSE;
}
