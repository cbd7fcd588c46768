/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Replays what real devices answered, whichever are there, and compares what was understood with
 * what a plain search in the recorded text finds: read completely, or a clear error; nothing
 * invented. */

#define G_LOG_DOMAIN "icam-test"

#include "config.h"

#include <string.h>

#include "icam-onvif-asking.h"
#include "icam-onvif-server.h"
#include "onvif/icam-onvif-events.h"
#include "onvif/icam-onvif-imaging.h"
#include "onvif/icam-onvif-message-private.h"
#include "onvif/icam-onvif-ptz.h"

#define PASSWORD "secret"

/* Where the recorded device thinks that it is. */
#define OTHER_RTSP "192.0.2.7:8554"

typedef struct
{
  GHashTable *texts;    /* operation, or operation and profile as the server has it -> char *, as it
                           was recorded */
  GHashTable *statuses; /* the same -> int */
  GPtrArray *pulls;     /* of char *: what was pulled, in order */
} Capture;

static void
capture_free (Capture *self)
{
  g_hash_table_unref (self->texts);
  g_hash_table_unref (self->statuses);
  g_ptr_array_unref (self->pulls);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Capture, capture_free)

/* What is known of some of them, read by hand in the recorded answers. The others must only be
 * consistent. */
static const struct
{
  const char *folder;
  int hello, info, channels, events; /* error, -1 none */
  guint n_channels;
  IcamCodec codec;
  guint width, height, sub_width, others;
} table[] = {
  { "axis-p3818", -1, -1, -1, ICAM_ERROR_BAD_ANSWER, 1, ICAM_CODEC_H264, 1920, 960, 0, 0 },
  { "reolink-e1-zoom", -1, -1, -1, ICAM_ERROR_BAD_ANSWER, 1, ICAM_CODEC_H264, 2048, 1536, 640, 0 },
  { "unknown-device", -1, ICAM_ERROR_WRONG_PASSWORD, ICAM_ERROR_WRONG_PASSWORD, ICAM_ERROR_WRONG_PASSWORD, 0, ICAM_CODEC_NONE,
    0, 0, 0, 0 },
  { "hikvision-not-authorized", -1, ICAM_ERROR_WRONG_PASSWORD, ICAM_ERROR_WRONG_PASSWORD, ICAM_ERROR_WRONG_PASSWORD, 0,
    ICAM_CODEC_NONE, 0, 0, 0, 0 },
  { "html-404", ICAM_ERROR_NOT_A_CAMERA, ICAM_ERROR_BAD_ANSWER, ICAM_ERROR_BAD_ANSWER, ICAM_ERROR_BAD_ANSWER, 0,
    ICAM_CODEC_NONE, 0, 0, 0, 0 },
  { "ENP1A14-IR_25X", -1, -1, -1, ICAM_ERROR_BAD_ANSWER, 1, ICAM_CODEC_H265, 2560, 1440, 704, 0 },
  { "DCS-6511", -1, -1, ICAM_ERROR_NO_STREAM, ICAM_ERROR_BAD_ANSWER, 0, ICAM_CODEC_NONE, 0, 0, 0, 0 },
};

/* What the topics in recorded sessions mean, by the words of the devices' makers. */
static const struct
{
  const char *topic;
  guint kinds;
} meanings[] = {
  { "VideoSource/MotionAlarm", ICAM_KIND_BIT (ICAM_EVENT_MOTION) },
  { "RuleEngine/CellMotionDetector/Motion", ICAM_KIND_BIT (ICAM_EVENT_MOTION) },
  { "UserAlarm/IVA/HumanShapeDetect", ICAM_KIND_BIT (ICAM_EVENT_PERSON) },
  { "RuleEngine/MyRuleDetector/PeopleDetect", ICAM_KIND_BIT (ICAM_EVENT_PERSON) },
  { "RuleEngine/MyRuleDetector/VehicleDetect", ICAM_KIND_BIT (ICAM_EVENT_VEHICLE) },
  { "RuleEngine/MyRuleDetector/DogCatDetect", ICAM_KIND_BIT (ICAM_EVENT_ANIMAL) },
  { "RuleEngine/MyRuleDetector/FaceDetect", ICAM_KIND_BIT (ICAM_EVENT_FACE) },
  { "RuleEngine/MyRuleDetector/Visitor", ICAM_KIND_BIT (ICAM_EVENT_DOORBELL) },
};

static void
add (Capture *self, const char *operation, const char *profile, char *text, int status)
{
  char *key = profile != NULL ? g_strconcat (operation, "\n", profile, NULL) : g_strdup (operation);

  if (g_hash_table_contains (self->texts, key))
    {
      g_free (key);
      g_free (text);
      return;
    }
  g_hash_table_insert (self->statuses, g_strdup (key), GINT_TO_POINTER (status));
  g_hash_table_insert (self->texts, key, text);
}

static char *
find (const char *text, const char *pattern)
{
  g_autoptr (GRegex) regex = g_regex_new (pattern, G_REGEX_DOTALL, 0, NULL);
  g_autoptr (GMatchInfo) info = NULL;

  g_assert_nonnull (regex);
  return text != NULL && g_regex_match (regex, text, 0, &info) ? g_match_info_fetch (info, 1)
                                                               : NULL;
}

/* "calls.tsv": file, operation, service, status, path, parameters. */
static void
read_calls (Capture *self, const char *folder, const char *calls)
{
  g_auto (GStrv) lines = g_strsplit (calls, "\n", -1);

  for (char **line = lines + 1; *lines != NULL && *line != NULL; line++)
    {
      g_auto (GStrv) fields = g_strsplit (*line, "\t", -1);
      g_autofree char *path = NULL;
      g_autofree char *profile = NULL;
      char *text = NULL;

      if (g_strv_length (fields) < 6)
        continue;
      path = g_build_filename (folder, fields[0], NULL);
      profile = find (fields[5], "\"ProfileToken\": \"([^\"]*)\"");
      if (g_file_get_contents (path, &text, NULL, NULL))
        add (self, fields[1], profile, text, atoi (fields[3]));
    }
}

/* One JSON object a line; what stands between the quotes of a key. */
static char *
json_string (const char *line, const char *key)
{
  g_autofree char *quoted = g_strdup_printf ("\"%s\": \"", key);
  const char *start = strstr (line, quoted);
  const char *end;
  g_autofree char *raw = NULL;

  if (start == NULL)
    return NULL;
  start += strlen (quoted);
  for (end = start; *end != '\0' && *end != '"'; end++)
    if (*end == '\\' && end[1] != '\0')
      end++;
  raw = g_strndup (start, (gsize) (end - start));
  return g_strcompress (raw);
}

static void
read_session (Capture *self, const char *session)
{
  g_auto (GStrv) lines = g_strsplit (session, "\n", -1);

  for (char **line = lines; *line != NULL; line++)
    {
      g_autofree char *action = json_string (*line, "soap_action");
      g_autofree char *status = find (*line, "\"response_status\": ([0-9]+)");
      g_autofree char *operation = action != NULL ? find (action, "/(\\w+)Request$") : NULL;
      char *text = json_string (*line, "response");

      if (operation == NULL || status == NULL || text == NULL)
        {
          g_free (text);
          continue;
        }
      if (g_str_equal (operation, "PullMessages") && atoi (status) == 200)
        g_ptr_array_add (self->pulls, g_strdup (text));
      /* Devices have few places; the one that was had at last counts. */
      if (g_str_equal (operation, "CreatePullPointSubscription") && atoi (status) == 200)
        {
          g_hash_table_remove (self->texts, operation);
          g_hash_table_remove (self->statuses, operation);
        }
      /* What this device answers to whatever is not recorded: the first thing that it said. */
      add (self, "*", NULL, g_strdup (text), atoi (status));
      add (self, operation, NULL, text, atoi (status));
    }
}

/* One response a file, a folder a service. */
static void
read_folder (Capture *self, const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      char *text = NULL;

      if (g_str_has_suffix (name, "Response.xml") && g_file_get_contents (path, &text, NULL, NULL))
        {
          g_autofree char *operation = g_strndup (name, strlen (name) - strlen ("Response.xml"));

          add (self, operation, NULL, text, 200);
        }
    }
}

static Capture *
read_capture (const char *folder)
{
  static const char *const services[] = { "device_management", "media1", "ptz" };
  Capture *self = g_new0 (Capture, 1);
  g_autofree char *calls_path = g_build_filename (folder, "calls.tsv", NULL);
  g_autofree char *session_path = g_build_filename (folder, "session.jsonl", NULL);
  g_autofree char *calls = NULL;
  g_autofree char *session = NULL;

  self->texts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->statuses = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->pulls = g_ptr_array_new_with_free_func (g_free);
  if (g_file_get_contents (calls_path, &calls, NULL, NULL))
    read_calls (self, folder, calls);
  if (g_file_get_contents (session_path, &session, NULL, NULL))
    read_session (self, session);
  for (guint i = 0; i < G_N_ELEMENTS (services); i++)
    {
      g_autofree char *path = g_build_filename (folder, services[i], NULL);

      read_folder (self, path);
    }

  return self;
}

static const char *
text_of (Capture *capture, const char *operation, const char *profile)
{
  g_autofree char *key = g_strconcat (operation, "\n", profile, NULL);
  const char *text = profile != NULL ? g_hash_table_lookup (capture->texts, key) : NULL;

  return text != NULL ? text : g_hash_table_lookup (capture->texts, operation);
}

/* Compares with the plain search; both NULL, or the same but for white space and entities. */
static void
assert_found (const char *value, const char *text, const char *element)
{
  g_autofree char *pattern
    = g_strdup_printf ("<(?:[\\w-]+:)?%s(?: [^>]*)?>\\s*([^<]*?)\\s*<", element);
  g_autofree char *found = find (text, pattern);

  if (found != NULL && *found == '\0')
    g_clear_pointer (&found, g_free);
  if (found == NULL || (strchr (found, '&') == NULL && g_str_is_ascii (found)))
    g_assert_cmpstr (value, ==, found);
  else
    g_assert_nonnull (value);
}

static void
check_clock (Capture *capture, IcamOnvifDevice *device)
{
  static const char *const names[] = { "Year", "Month", "Day", "Hour", "Minute", "Second" };
  const char *text = text_of (capture, "GetSystemDateAndTime", NULL);
  g_autofree char *utc = find (text, "UTCDateTime>(.*)UTCDateTime>");
  g_autoptr (GDateTime) time = NULL;
  gint64 seen;
  int numbers[6];

  if (utc == NULL)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *pattern = g_strdup_printf ("%s>\\s*([0-9]+)", names[i]);
      g_autofree char *number = find (utc, pattern);

      if (number == NULL)
        return;
      numbers[i] = atoi (number);
    }
  time
    = g_date_time_new_utc (numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5]);
  if (time == NULL)
    return;

  seen = g_get_real_time () + icam_onvif_device_get_clock_offset (device);
  g_assert_cmpint (ABS (seen / G_USEC_PER_SEC - g_date_time_to_unix (time)), <=, 2);
}

static void
check_info (Capture *capture, IcamOnvifInfo *info)
{
  const char *text = text_of (capture, "GetDeviceInformation", NULL);
  const char *interfaces = text_of (capture, "GetNetworkInterfaces", NULL);
  const char *endpoint = text_of (capture, "GetEndpointReference", NULL);
  const char *scopes = text_of (capture, "GetScopes", NULL);

  assert_found (info->manufacturer, text, "Manufacturer");
  assert_found (info->model, text, "Model");
  assert_found (info->firmware, text, "FirmwareVersion");
  assert_found (info->serial, text, "SerialNumber");
  assert_found (info->hardware, text, "HardwareId");

  if (info->mac != NULL)
    {
      g_autofree char *pattern = g_strdup_printf (
        "(?i)(%.2s[:-]%.2s[:-]%.2s[:-]%.2s[:-]%.2s[:-]%.2s)", info->mac, info->mac + 2,
        info->mac + 4, info->mac + 6, info->mac + 8, info->mac + 10);
      g_autofree char *found = find (interfaces, pattern);

      g_assert_nonnull (found);
    }
  else
    {
      g_autofree char *found = find (interfaces, "HwAddress>([0-9A-Fa-f]{2}[:-][^<]*)<");

      g_assert_null (found);
    }

  if (info->endpoint != NULL)
    {
      g_autofree char *lower = g_ascii_strdown (endpoint, -1);

      g_assert_nonnull (strstr (lower, info->endpoint));
    }
  else if (endpoint != NULL)
    g_assert_null (strstr (endpoint, "uuid:"));

  if (info->name != NULL && scopes != NULL && strstr (scopes, "onvif.org/name/") != NULL)
    {
      g_autofree char *found = find (scopes, "onvif.org/name/([^<]*)<");
      g_autofree char *plain = g_uri_unescape_string (found, NULL);

      g_assert_cmpstr (info->name, ==, plain);
    }
}

static void
check_stream (Capture *capture, IcamOnvifStream *stream, guint http_port)
{
  const char *profiles = text_of (capture, "GetProfiles", NULL);
  const char *text = text_of (capture, "GetStreamUri", stream->profile);
  g_autofree char *token = g_regex_escape_string (stream->profile, -1);
  g_autofree char *pattern = g_strdup_printf (
    "(<(?:[\\w-]+:)?Profiles(?: [^>]*)? token=\"%s\".*?</(?:[\\w-]+:)?Profiles>)", token);
  g_autofree char *profile = find (profiles, pattern);
  g_autofree char *encoder
    = find (profile, "(VideoEncoderConfiguration.*?/(?:[\\w-]+:)?VideoEncoderConfiguration)");
  g_autofree char *width = find (encoder, "Width>\\s*([0-9]+)");
  g_autofree char *height = find (encoder, "Height>\\s*([0-9]+)");
  g_autofree char *codec = find (encoder, "Encoding>\\s*(\\w+)");
  g_autofree char *recorded = find (text, "<(?:[\\w-]+:)?Uri>\\s*([^<]*?)\\s*<");
  g_autoptr (GString) wanted = g_string_new (recorded);

  g_assert_nonnull (profile);
  g_assert_cmpuint (stream->width, ==, (guint) atoi (width));
  g_assert_cmpuint (stream->height, ==, (guint) atoi (height));
  g_assert_cmpint (stream->codec, ==,
                   g_str_equal (codec, "H264")   ? ICAM_CODEC_H264
                   : g_str_equal (codec, "H265") ? ICAM_CODEC_H265
                                                 : ICAM_CODEC_MJPEG);
  g_string_replace (wanted, "@RTSP@", "127.0.0.1:8554", 0);
  g_string_replace (wanted, "&amp;", "&", 0);
  g_assert_cmpstr (stream->uri, ==, wanted->str);

  if (stream->snapshot_uri != NULL)
    {
      g_autofree char *prefix = g_strdup_printf ("http://127.0.0.1:%u/", http_port);

      g_assert_true (g_str_has_prefix (stream->snapshot_uri, prefix));
    }
}

static void
check_channels (Capture *capture, GPtrArray *channels, guint http_port)
{
  g_autoptr (GHashTable) tokens = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GRegex) regex = g_regex_new (
    "VideoSourceConfiguration .*?SourceToken>\\s*([^<]*?)\\s*<", G_REGEX_DOTALL, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;

  for (g_regex_match (regex, text_of (capture, "GetProfiles", NULL), 0, &match);
       g_match_info_matches (match); g_match_info_next (match, NULL))
    g_hash_table_add (tokens, g_match_info_fetch (match, 1));
  g_assert_cmpuint (channels->len, ==, g_hash_table_size (tokens));

  for (guint i = 0; i < channels->len; i++)
    {
      IcamOnvifChannel *channel = g_ptr_array_index (channels, i);

      g_assert_true (g_hash_table_remove (tokens, channel->token));
      check_stream (capture, channel->main, http_port);
      if (channel->sub != NULL)
        check_stream (capture, channel->sub, http_port);
      for (guint j = 0; j < channel->other_views->len; j++)
        check_stream (capture, g_ptr_array_index (channel->other_views, j), http_port);
    }
}

/* ---- what can be moved and set ---- */

static void
keep (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GAsyncResult **kept = user_data;

  *kept = g_object_ref (result);
}

static guint
count (const char *text, const char *pattern)
{
  g_autoptr (GRegex) regex = g_regex_new (pattern, 0, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;
  guint n = 0;

  if (text != NULL)
    for (g_regex_match (regex, text, 0, &match); g_match_info_matches (match); g_match_info_next (match, NULL))
      n++;
  return n;
}

/* As many places as were recorded, and where it looked; or a clear error. */
static void
check_ptz (Capture *capture, IcamOnvifDevice *device, const IcamOnvifPtz *ptz)
{
  const char *presets = text_of (capture, "GetPresets", ptz->profile);
  const char *status = text_of (capture, "GetStatus", ptz->profile);
  g_autofree char *pan = find (status, "PanTilt [^>]*x=\"([^\"]*)\"");
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (IcamPtzState) state = NULL;

  icam_onvif_ptz_ask_async (device, ptz, NULL, keep, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  state = icam_onvif_ptz_ask_finish (device, result, &error);
  if (state == NULL)
    {
      g_test_message ("ptz: %s", error->message);
      g_assert_cmpint (error->domain, ==, ICAM_ERROR);
      return;
    }

  g_test_message ("ptz: %u places%s", state->presets->len, state->placed ? ", says where it looks" : "");
  g_assert_cmpuint (state->presets->len, ==, count (presets, "<(?:[\\w-]+:)?Preset(?: [^>]*)? token=\"[^\"]+\""));
  if (state->placed && pan != NULL)
    g_assert_cmpfloat_with_epsilon (state->pan, g_ascii_strtod (pan, NULL), 1e-6);
}

static void
check_imaging (Capture *capture, IcamOnvifDevice *device, const char *source)
{
  const char *settings = text_of (capture, "GetImagingSettings", NULL);
  g_autofree char *brightness = find (settings, "Brightness>\\s*([^<]*)<");
  g_autofree char *ir_cut = find (settings, "IrCutFilter>\\s*([^<]*)<");
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree IcamImaging *imaging = NULL;

  icam_onvif_imaging_get_async (device, source, NULL, keep, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  imaging = icam_onvif_imaging_get_finish (device, result, &error);
  if (imaging == NULL)
    {
      g_test_message ("imaging: %s", error->message);
      g_assert_cmpint (error->domain, ==, ICAM_ERROR);
      g_assert_true (brightness == NULL || g_error_matches (error, ICAM_ERROR, ICAM_ERROR_NOT_SUPPORTED));
      return;
    }

  g_assert_true (imaging->values[ICAM_IMAGING_BRIGHTNESS].known == (brightness != NULL));
  if (brightness != NULL)
    g_assert_cmpfloat (imaging->values[ICAM_IMAGING_BRIGHTNESS].value, ==, g_ascii_strtod (brightness, NULL));
  g_assert_true ((imaging->ir_cut != ICAM_IR_CUT_UNKNOWN) == (ir_cut != NULL));
  g_test_message ("imaging: brightness %g from %g to %g, filter %s", imaging->values[ICAM_IMAGING_BRIGHTNESS].value,
                  imaging->values[ICAM_IMAGING_BRIGHTNESS].min, imaging->values[ICAM_IMAGING_BRIGHTNESS].max,
                  icam_ir_cut_to_string (imaging->ir_cut));
}

static void
assert_outcome (const GError *error, int expected)
{
  if (expected < 0)
    g_assert_no_error (error);
  else
    g_assert_error (error, ICAM_ERROR, expected);
}

static void
check_table (const char   *name,
             const GError *hello,
             const GError *info,
             const GError *channels_error,
             const GError *events_error,
             GPtrArray    *channels)
{
  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      IcamOnvifChannel *channel;

      if (!g_str_equal (table[i].folder, name))
        continue;
      assert_outcome (hello, table[i].hello);
      assert_outcome (info, table[i].info);
      assert_outcome (channels_error, table[i].channels);
      assert_outcome (events_error, table[i].events);
      if (channels == NULL)
        continue;
      g_assert_cmpuint (channels->len, ==, table[i].n_channels);
      channel = g_ptr_array_index (channels, 0);
      g_assert_cmpint (channel->main->codec, ==, table[i].codec);
      g_assert_cmpuint (channel->main->width, ==, table[i].width);
      g_assert_cmpuint (channel->main->height, ==, table[i].height);
      g_assert_cmpuint (channel->sub != NULL ? channel->sub->width : 0, ==, table[i].sub_width);
      g_assert_cmpuint (channel->other_views->len, ==, table[i].others);
    }
}

static void
describe (const char *what, IcamOnvifStream *stream)
{
  if (stream != NULL)
    g_test_message ("  %s: %s %ux%u %g/s, audio %s, %s, %s", what,
                    icam_codec_to_string (stream->codec), stream->width, stream->height,
                    stream->rate, icam_codec_to_string (stream->audio), stream->uri,
                    stream->snapshot_uri);
}

/* ---- events ---- */

typedef struct
{
  GHashTable *unknown; /* topics as the device writes them */
  guint begun;
  GError *error;
} Heard;

/* What was recorded, message by message: each is of the kind that it should be, or its topic is one
 * that has no name. Returns how many say that something is on. */
static guint
read_recorded (Capture *capture, Heard *heard)
{
  g_autoptr (GRegex) regex = g_regex_new (
    "<(?:[\\w-]+:)?Topic(?: [^>]*)?>\\s*([^<]*?)\\s*<", G_REGEX_DOTALL, 0, NULL);
  guint begun = 0;

  for (guint i = 0; i < capture->pulls->len; i++)
    {
      const char *text = capture->pulls->pdata[i];
      g_autoptr (IcamSoap) soap = icam_soap_parse (text, strlen (text), NULL);
      g_autoptr (GMatchInfo) match = NULL;
      xmlNode *node
        = icam_soap_child (icam_soap_get_any_answer (soap, "PullMessagesResponse"),
                           "NotificationMessage");

      g_regex_match (regex, text, 0, &match);
      for (; node != NULL; node = icam_soap_next (node))
        {
          g_autoptr (IcamOnvifMessage) message
            = icam_onvif_message_read (node, icam_onvif_kinds_get ());
          g_autofree char *topic = g_match_info_fetch (match, 1);

          g_match_info_next (match, NULL);
          if (message == NULL)
            {
              g_assert_cmpstr (topic, ==, "");
              continue;
            }
          g_assert_cmpstr (message->shown, ==, topic);
          if (!message->understood)
            {
              g_test_message ("unknown: %s", topic);
              g_hash_table_add (heard->unknown, g_steal_pointer (&topic));
              continue;
            }
          for (guint j = 0; j < message->n_reports; j++)
            {
              begun += message->reports[j].state != ICAM_ONVIF_OFF;
              for (guint k = 0; k < G_N_ELEMENTS (meanings); k++)
                if (g_str_equal (message->topic, meanings[k].topic))
                  g_assert_cmpuint (message->reports[j].kinds, ==, meanings[k].kinds);
            }
        }
      g_assert_false (g_match_info_matches (match));
    }

  return begun;
}

static void
on_event (IcamOnvifSubscription *subscription, const IcamOnvifEvent *event, Heard *heard)
{
  heard->begun += event->state != ICAM_ONVIF_OFF;
}

static void
on_failed (IcamOnvifSubscription *subscription, const GError *error, Heard *heard)
{
  heard->error = g_error_copy (error);
}

/* The same through a subscription. Returns the error that it ended with, if it did before all was heard. */
static GError *
check_events (Capture *capture, IcamOnvifServer *server, IcamOnvifDevice *device)
{
  g_autoptr (IcamTestClock) clock = icam_test_clock_new (G_GINT64_CONSTANT (1700000000000000));
  g_autoptr (IcamOnvifSubscription) subscription
    = icam_onvif_subscription_new (device, ICAM_CLOCK (clock));
  Heard heard = { .unknown = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL) };
  guint recorded = read_recorded (capture, &heard);
  g_autoptr (GVariant) unknown = NULL;

  for (guint i = 0; i < capture->pulls->len; i++)
    icam_onvif_server_queue_raw (server, "PullMessages", 200, capture->pulls->pdata[i]);
  icam_onvif_server_hang (server, "PullMessages");
  g_signal_connect (subscription, "event", G_CALLBACK (on_event), &heard);
  g_signal_connect (subscription, "failed", G_CALLBACK (on_failed), &heard);
  icam_onvif_subscription_start (subscription);
  while (heard.error == NULL
         && icam_onvif_server_count (server, "PullMessages") <= capture->pulls->len)
    {
      /* As much time as the device took. */
      icam_test_clock_advance (clock, G_USEC_PER_SEC / 2);
      g_main_context_iteration (NULL, TRUE);
    }

  if (heard.error == NULL)
    {
      unknown = g_variant_ref_sink (icam_onvif_subscription_list_unknown (subscription));
      g_assert_cmpuint (g_variant_n_children (unknown), ==, g_hash_table_size (heard.unknown));
      /* A kind begins once, however many detectors and repetitions say so. */
      g_assert_cmpuint (heard.begun, <=, recorded);
      g_assert_true ((heard.begun > 0) == (recorded > 0));
      g_test_message ("%u things began in %u messages that say so", heard.begun, recorded);
    }
  g_hash_table_unref (heard.unknown);
  return heard.error;
}

static void
test_capture (gconstpointer data)
{
  const char *folder = data;
  g_autofree char *name = g_path_get_basename (folder);
  g_autoptr (Capture) capture = read_capture (folder);
  g_autoptr (IcamOnvifServer) server = icam_onvif_server_new ();
  g_autofree char *address = icam_onvif_server_dup_address (server);
  g_autofree char *http = g_strdup_printf ("192.0.2.7:%u", icam_onvif_server_get_port (server));
  g_autoptr (IcamOnvifDevice) device = icam_onvif_device_new (address, NULL);
  g_autoptr (IcamSecret) secret = icam_secret_new (PASSWORD);
  g_autoptr (IcamOnvifInfo) info = NULL;
  g_autoptr (GPtrArray) channels = NULL;
  g_autoptr (GError) hello_error = NULL;
  g_autoptr (GError) info_error = NULL;
  g_autoptr (GError) channels_error = NULL;
  g_autoptr (GError) events_error = NULL;
  GHashTableIter iter;
  gpointer key, text;

  if (g_hash_table_size (capture->texts) == 0)
    {
      g_test_skip ("Nothing in it that we know how to replay");
      return;
    }

  icam_onvif_server_set_hosts (server, http, OTHER_RTSP);
  g_hash_table_iter_init (&iter, capture->texts);
  while (g_hash_table_iter_next (&iter, &key, &text))
    {
      g_auto (GStrv) parts = g_strsplit (key, "\n", 2);

      icam_onvif_server_put (server, parts[0], parts[1],
                             (guint) GPOINTER_TO_INT (g_hash_table_lookup (capture->statuses, key)),
                             text, -1);
    }

  icam_onvif_device_set_credentials (device, "admin", secret);
  if (icam_ask_hello (device, &hello_error))
    check_clock (capture, device);
  info = icam_ask_info (device, &info_error);
  if (info != NULL)
    {
      g_test_message ("%s: %s, %s, %s, %s, %s, %s, %s", info->name, info->manufacturer, info->model,
                      info->firmware, info->serial, info->hardware, info->mac, info->endpoint);
      check_info (capture, info);
    }
  else
    {
      g_test_message ("info: %s %s", icam_error_code_name ((IcamError) info_error->code),
                      info_error->message);
      g_assert_cmpint (info_error->domain, ==, ICAM_ERROR);
    }

  channels = icam_ask_channels (device, &channels_error);
  if (channels != NULL)
    {
      for (guint i = 0; i < channels->len; i++)
        {
          IcamOnvifChannel *channel = g_ptr_array_index (channels, i);

          g_test_message ("channel %s", channel->token);
          describe ("main", channel->main);
          describe ("sub", channel->sub);
          for (guint j = 0; j < channel->other_views->len; j++)
            describe ("other", g_ptr_array_index (channel->other_views, j));
        }
      check_channels (capture, channels, icam_onvif_server_get_port (server));
      for (guint i = 0; i < channels->len; i++)
        {
          IcamOnvifChannel *channel = g_ptr_array_index (channels, i);

          g_assert_true ((channel->ptz != NULL)
                         == (strstr (text_of (capture, "GetProfiles", NULL), "PTZConfiguration ") != NULL));
          if (channel->ptz != NULL)
            check_ptz (capture, device, channel->ptz);
          check_imaging (capture, device, channel->token);
        }
    }
  else
    {
      g_test_message ("channels: %s %s", icam_error_code_name ((IcamError) channels_error->code),
                      channels_error->message);
      g_assert_cmpint (channels_error->domain, ==, ICAM_ERROR);
    }

  events_error = check_events (capture, server, device);
  g_test_message ("events: %s", events_error != NULL ? icam_error_code_name ((IcamError) events_error->code)
                                                     : "heard");
  if (events_error != NULL)
    g_assert_cmpint (events_error->domain, ==, ICAM_ERROR);
  else
    g_assert_cmpuint (capture->pulls->len, >, 0);

  check_table (name, hello_error, info_error, channels_error, events_error, channels);
  g_assert_cmpuint (icam_onvif_server_get_counts (server)->with_both, ==, 0);
}

static void
test_absent (void)
{
  g_test_skip ("The recorded answers are not on this machine (ICAM_SHARED)");
}

int
main (int argc, char **argv)
{
  const char *shared = g_getenv ("ICAM_SHARED");
  g_autofree char *folder = NULL;
  g_autoptr (GDir) dir = NULL;
  const char *name;

  g_test_init (&argc, &argv, NULL);

  folder = shared != NULL
             ? g_build_filename (shared, "captures", NULL)
             : g_build_filename (g_getenv ("G_TEST_SRCDIR") != NULL ? g_getenv ("G_TEST_SRCDIR")
                                                                    : "tests",
                                 "..", "..", "shared", "captures", NULL);
  dir = g_dir_open (folder, 0, NULL);
  if (dir == NULL)
    g_test_add_func ("/onvif/captures", test_absent);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      char *path = g_build_filename (folder, name, NULL);
      g_autofree char *test = g_strconcat ("/onvif/captures/", name, NULL);

      if (g_file_test (path, G_FILE_TEST_IS_DIR))
        g_test_add_data_func_full (test, path, test_capture, g_free);
      else
        g_free (path);
    }

  return g_test_run ();
}
