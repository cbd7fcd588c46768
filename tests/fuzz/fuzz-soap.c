/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Whatever a device answers: the reader of envelopes, and all that is made of one. */

#define G_LOG_DOMAIN "icam-fuzz"

#include "config.h"

#include <stdint.h>
#include <string.h>

#include "base/icam-text.h"
#include "onvif/icam-onvif-answers-private.h"
#include "onvif/icam-onvif-date-private.h"
#include "onvif/icam-onvif-encoder-private.h"
#include "onvif/icam-onvif-profiles-private.h"
#include "onvif/icam-onvif-properties-private.h"
#include "onvif/icam-onvif-uri-private.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
use_text (xmlNode *node, const char *path, GUri *base)
{
  static const char *const schemes[] = { "http", "https", "rtsp", NULL };
  g_autofree char *text = icam_soap_dup_text (node, path);
  g_autofree char *clean = icam_soap_dup_clean (node, path);
  g_autofree char *mac = icam_text_clean_mac (text);
  g_autofree char *uuid = icam_text_clean_uuid (text);
  g_autoptr (GUri) uri = icam_onvif_uri_on_host (text, base, schemes);

  if (clean != NULL)
    {
      g_assert_true (g_utf8_validate (clean, -1, NULL));
      g_assert_cmpuint (strlen (clean), <=, ICAM_TEXT_MAX);
    }
  /* Wherever an answer points, it is the host that gave it. */
  if (uri != NULL)
    {
      g_assert_cmpstr (g_uri_get_host (uri), ==, "192.0.2.7");
      g_assert_null (g_uri_get_userinfo (uri));
    }
}

static void
use_profiles (xmlNode *answer, gboolean media2)
{
  g_autoptr (GPtrArray) profiles = icam_onvif_profiles_read (answer, media2);
  g_autoptr (GPtrArray) picked = icam_onvif_profiles_pick (profiles);
  g_autoptr (GPtrArray) channels = icam_onvif_profiles_group (profiles);

  g_assert_cmpuint (picked->len, <=, profiles->len);
  for (guint i = 0; i < channels->len; i++)
    {
      IcamOnvifChannel *channel = g_ptr_array_index (channels, i);

      g_assert_nonnull (channel->token);
      g_assert_cmpuint (channel->main->width, >, 0);
      g_assert_true (channel->sub == NULL || channel->sub->width >= 320);
    }
}

static char *
resolve (GHashTable *sources, gpointer user_data)
{
  return g_strdup (g_hash_table_lookup (sources, "Source"));
}

/* Nothing ends that did not begin. */
static void
tell (IcamEventKind kind, IcamOnvifState state, const char *place, gpointer user_data)
{
  int *on = user_data;

  g_assert_cmpint (kind, <, ICAM_N_EVENT_KINDS);
  *on += state == ICAM_ONVIF_ON ? 1 : state == ICAM_ONVIF_OFF ? -1 : 0;
  g_assert_cmpint (*on, >=, 0);
}

static void
use_events (IcamSoap *soap)
{
  int on = 0;
  g_autoptr (IcamOnvifProperties) properties
    = icam_onvif_properties_new (icam_clock_system (), resolve, tell, &on);
  xmlNode *answer = icam_soap_get_any_answer (soap, "PullMessagesResponse");
  g_autofree char *reference = NULL;

  for (xmlNode *node = icam_soap_child (answer, "NotificationMessage"); node != NULL;
       node = icam_soap_next (node))
    {
      g_autoptr (IcamOnvifMessage) message
        = icam_onvif_message_read (node, icam_onvif_kinds_get ());

      if (message == NULL)
        continue;
      g_assert_true (g_utf8_validate (message->shown, -1, NULL));
      g_assert_cmpuint (strlen (message->shown), <=, ICAM_TEXT_MAX);
      g_assert_cmpuint (message->n_reports, <=, ICAM_ONVIF_MAX_REPORTS);
      icam_onvif_properties_take (properties, message);
    }
  icam_onvif_properties_tick (properties);
  icam_onvif_properties_lost (properties);
  g_assert_cmpint (on, ==, 0);

  answer = icam_soap_get_any_answer (soap, "CreatePullPointSubscriptionResponse");
  reference
    = icam_soap_dup_xml (icam_soap_child (answer, "SubscriptionReference/ReferenceParameters"), 4096);
  if (reference != NULL)
    {
      /* It can stand where it will stand. */
      g_autofree char *envelope = g_strconcat (
        "<s:Envelope xmlns:s=\"" ICAM_NS_SOAP12 "\"><s:Header>", reference,
        "</s:Header><s:Body/></s:Envelope>", NULL);
      g_autoptr (IcamSoap) again = icam_soap_parse (envelope, strlen (envelope), NULL);

      g_assert_cmpuint (strlen (reference), <=, 4096);
      g_assert_nonnull (again);
    }
}

static void
preset_free (gpointer data)
{
  IcamPtzPreset *preset = data;

  g_assert_true (preset->token != NULL && *preset->token != '\0');
  g_assert_true (preset->name == NULL || g_utf8_validate (preset->name, -1, NULL));
  g_free (preset->token);
  g_free (preset->name);
  g_free (preset);
}

static void
relay_free (gpointer data)
{
  IcamRelay *relay = data;

  g_assert_true (relay->token != NULL && *relay->token != '\0');
  g_free (relay->token);
  g_free (relay);
}

/* Whatever the answer claims to be, its elements may be anybody's. */
static void
use_settings (xmlNode *answer)
{
  IcamPtzState state = { .presets = g_ptr_array_new_with_free_func (preset_free) };
  g_autoptr (GPtrArray) relays = g_ptr_array_new_with_free_func (relay_free);
  IcamDeviceClock *clock = g_new0 (IcamDeviceClock, 1);
  IcamImaging imaging = { 0 };

  icam_ptz_read_node (&state, answer);
  icam_ptz_read_status (&state, answer);
  icam_ptz_read_presets (&state, answer);
  g_assert_true (!state.placed || (ABS (state.pan) <= 1 && ABS (state.tilt) <= 1 && state.zoom >= 0 && state.zoom <= 1));
  icam_imaging_read_settings (&imaging, answer);
  icam_imaging_read_options (&imaging, answer);
  for (guint i = 0; i < ICAM_N_IMAGING; i++)
    g_assert_true (!imaging.values[i].ranged || imaging.values[i].min <= imaging.values[i].max);
  icam_clock_read_ntp (clock, answer);
  g_assert_true (clock->server == NULL || g_utf8_validate (clock->server, -1, NULL));
  icam_relays_read (relays, answer);
  g_ptr_array_unref (state.presets);
  icam_device_clock_free (clock);
}

/* What is proposed can be told: it is read back as it was written. */
static void
use_encoder (xmlNode *profiles, xmlNode *options, gboolean media2)
{
  xmlNode *first = icam_soap_child (profiles, "Profiles"), *configuration = NULL;
  g_autofree char *token = icam_soap_dup_attribute (first, "token");
  g_autoptr (IcamEncoder) encoder = NULL;
  g_autofree char *text = NULL;
  g_autofree char *envelope = NULL;
  g_autoptr (IcamSoap) again = NULL;
  IcamEncoding wanted;
  gboolean shared;

  encoder = token != NULL ? icam_encoder_read (profiles, media2, token, "main", &configuration, &shared) : NULL;
  if (encoder == NULL)
    return;

  icam_encoder_read_options (encoder, options, media2);
  icam_encoder_propose (encoder, &wanted);
  g_assert_cmpuint (wanted.width, >, 0);
  g_assert_cmpuint (wanted.height, >, 0);
  g_assert_true (wanted.rate >= 0 && wanted.rate <= 1000);
  text = icam_encoder_write (encoder, configuration, media2, &wanted);
  g_assert_nonnull (text);
  envelope = g_strconcat ("<s:Envelope xmlns:s=\"" ICAM_NS_SOAP12 "\"><s:Body>", text, "</s:Body></s:Envelope>", NULL);
  again = icam_soap_parse (envelope, strlen (envelope), NULL);
  g_assert_true (again != NULL || strlen (envelope) > ICAM_SOAP_MAX_SIZE / 2);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static const char *const settings[] = {
    "GetNodeResponse", "GetStatusResponse", "GetPresetsResponse", "GetImagingSettingsResponse", "GetOptionsResponse",
    "GetNTPResponse", "GetRelayOutputsResponse",
  };
  static GUri *base;
  g_autoptr (IcamSoap) soap = icam_soap_parse ((const char *) data, size, NULL);
  xmlNode *answer;
  gint64 utc;

  if (base == NULL)
    base = g_uri_parse ("http://192.0.2.7/onvif/device_service", G_URI_FLAGS_NONE, NULL);
  if (soap == NULL)
    return 0;

  g_assert_true (!icam_soap_is_fault (soap) || icam_soap_get_fault (soap) != NULL);
  icam_soap_is_refusal (soap);
  answer = icam_soap_get_answer (soap, ICAM_NS_DEVICE, "GetSystemDateAndTimeResponse");
  if (icam_onvif_date_read (answer, &utc))
    g_assert_cmpint (utc, >=, 0);

  answer = icam_soap_get_answer (soap, ICAM_NS_DEVICE, "GetServicesResponse");
  for (xmlNode *node = icam_soap_child (answer, "Service"); node != NULL;
       node = icam_soap_next (node))
    {
      use_text (node, "Namespace", base);
      use_text (node, "XAddr", base);
    }
  answer = icam_soap_get_answer (soap, ICAM_NS_DEVICE, "GetDeviceInformationResponse");
  use_text (answer, "SerialNumber", base);
  answer = icam_soap_get_answer (soap, ICAM_NS_MEDIA, "GetStreamUriResponse");
  use_text (answer, "MediaUri/Uri", base);
  use_events (soap);
  use_profiles (icam_soap_get_answer (soap, ICAM_NS_MEDIA, "GetProfilesResponse"), FALSE);
  use_profiles (icam_soap_get_answer (soap, ICAM_NS_MEDIA2, "GetProfilesResponse"), TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    if ((answer = icam_soap_get_any_answer (soap, settings[i])) != NULL)
      use_settings (answer);
  answer = icam_soap_get_any_answer (soap, "GetVideoEncoderConfigurationOptionsResponse");
  use_encoder (icam_soap_get_answer (soap, ICAM_NS_MEDIA, "GetProfilesResponse"), answer, FALSE);
  use_encoder (icam_soap_get_answer (soap, ICAM_NS_MEDIA2, "GetProfilesResponse"), answer, TRUE);
  return 0;
}
