/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "icam-test"

#include "icam-test-encoder.h"

#include <string.h>

/* What a sub stream can have beside what it has from the factory. */
static const guint sizes[][2] = { { 1280, 704 }, { 640, 360 } };

/* Key frames come every two seconds, however many pictures that is. */
static guint
gop_of (guint rate)
{
  return ICAM_TEST_GOP * rate / ICAM_TEST_FPS;
}

/**
 * icam_test_encoder_add_configuration:
 * @request: a request
 * @tag: name of the element
 * @channel: a channel
 * @stream: an #IcamTestStream
 *
 * Adds how a stream is encoded to the answer.
 */
void
icam_test_encoder_add_configuration (IcamTestRequest *request, const char *tag, guint channel, guint stream)
{
  const IcamTestClip *clip = request->device->channels[channel].clips[stream];

  icam_test_add (request,
       "<%s token=\"enc%u_%s\"><tt:Name>Encoder %u %s</tt:Name><tt:UseCount>1</tt:UseCount>"
       "<tt:Encoding>%s</tt:Encoding><tt:Resolution><tt:Width>%u</tt:Width>"
       "<tt:Height>%u</tt:Height></tt:Resolution><tt:Quality>5</tt:Quality>"
       "<tt:RateControl><tt:FrameRateLimit>%u</tt:FrameRateLimit>"
       "<tt:EncodingInterval>1</tt:EncodingInterval><tt:BitrateLimit>%d</tt:BitrateLimit>"
       "</tt:RateControl>",
       tag, channel, icam_test_stream_name (stream), channel + 1, icam_test_stream_name (stream),
       /* The first media service has no word for H.265; cameras that have it write it anyway. */
       request->device->codec == ICAM_TEST_CODEC_H265 ? "H265" : "H264", clip->width, clip->height, clip->rate,
       stream == ICAM_TEST_STREAM_MAIN ? 2048 : 512);
  if (request->device->codec == ICAM_TEST_CODEC_H264)
    icam_test_add (request, "<tt:H264><tt:GovLength>%u</tt:GovLength><tt:H264Profile>Baseline</tt:H264Profile>"
                  "</tt:H264>",
         gop_of (clip->rate));
  icam_test_add (request,
       "<tt:Multicast><tt:Address><tt:Type>IPv4</tt:Type><tt:IPv4Address>0.0.0.0</tt:IPv4Address>"
       "</tt:Address><tt:Port>0</tt:Port><tt:TTL>1</tt:TTL><tt:AutoStart>false</tt:AutoStart>"
       "</tt:Multicast><tt:SessionTimeout>PT60S</tt:SessionTimeout></%s>",
       tag);
}

static gboolean
parse_token (IcamTestRequest *request, const char *token, guint *channel, guint *stream)
{
  for (*channel = 0; token && *channel < request->device->n_channels; (*channel)++)
    for (*stream = 0; *stream < icam_test_device_n_streams (request->device); (*stream)++)
      {
        g_autofree char *name = g_strdup_printf ("enc%u_%s", *channel, icam_test_stream_name (*stream));

        if (g_str_equal (name, token))
          return TRUE;
      }
  icam_test_refuse (request, "ter:NoConfig", "There is no such encoder");
  return FALSE;
}

/* By its own token, or that of a profile that has it; the one of the first main stream if neither is there. */
static gboolean
find (IcamTestRequest *request, guint *channel, guint *stream)
{
  g_autofree char *token = icam_test_xml_text (icam_test_xml_child (request->operation, "ConfigurationToken"));
  g_autofree char *profile = icam_test_xml_text (icam_test_xml_child (request->operation, "ProfileToken"));
  g_autofree char *of_profile
    = profile && g_str_has_prefix (profile, "profile") ? g_strconcat ("enc", profile + strlen ("profile"), NULL) : NULL;

  *channel = *stream = 0;
  return (!token && !profile) || parse_token (request, token ? token : of_profile, channel, stream);
}

static void
get_configurations (IcamTestRequest *request)
{
  icam_test_add (request, "<trt:GetVideoEncoderConfigurationsResponse>");
  for (guint channel = 0; channel < request->device->n_channels; channel++)
    for (guint stream = 0; stream < icam_test_device_n_streams (request->device); stream++)
      icam_test_encoder_add_configuration (request, "trt:Configurations", channel, stream);
  icam_test_add (request, "</trt:GetVideoEncoderConfigurationsResponse>");
}

static void
get_configuration (IcamTestRequest *request)
{
  guint channel, stream;

  if (!find (request, &channel, &stream))
    return;
  icam_test_add (request, "<trt:GetVideoEncoderConfigurationResponse>");
  icam_test_encoder_add_configuration (request, "trt:Configuration", channel, stream);
  icam_test_add (request, "</trt:GetVideoEncoderConfigurationResponse>");
}

static void
get_options (IcamTestRequest *request)
{
  guint channel, stream;
  gboolean sub;

  if (!find (request, &channel, &stream))
    return;
  sub = stream == ICAM_TEST_STREAM_SUB;
  icam_test_add (request,
       "<trt:GetVideoEncoderConfigurationOptionsResponse><trt:Options>"
       "<tt:QualityRange><tt:Min>1</tt:Min><tt:Max>10</tt:Max></tt:QualityRange><tt:H264>");
  if (!sub)
    icam_test_add (request, "<tt:ResolutionsAvailable><tt:Width>%u</tt:Width><tt:Height>%u</tt:Height></tt:ResolutionsAvailable>",
                   request->device->channels[channel].clips[stream]->width,
                   request->device->channels[channel].clips[stream]->height);
  for (guint i = 0; sub && i < G_N_ELEMENTS (sizes); i++)
    icam_test_add (request, "<tt:ResolutionsAvailable><tt:Width>%u</tt:Width><tt:Height>%u</tt:Height></tt:ResolutionsAvailable>",
                   sizes[i][0], sizes[i][1]);
  icam_test_add (request,
       "<tt:GovLengthRange><tt:Min>%u</tt:Min><tt:Max>%d</tt:Max></tt:GovLengthRange>"
       "<tt:FrameRateRange><tt:Min>%d</tt:Min><tt:Max>%d</tt:Max></tt:FrameRateRange>"
       "<tt:EncodingIntervalRange><tt:Min>1</tt:Min><tt:Max>1</tt:Max></tt:EncodingIntervalRange>"
       "<tt:H264ProfilesSupported>Baseline</tt:H264ProfilesSupported></tt:H264></trt:Options>"
       "</trt:GetVideoEncoderConfigurationOptionsResponse>",
       sub ? gop_of (1) : ICAM_TEST_GOP, ICAM_TEST_GOP, sub ? 1 : ICAM_TEST_FPS, ICAM_TEST_FPS);
}

static guint
read_number (xmlNode *parent, const char *name)
{
  g_autofree char *text = icam_test_xml_text (icam_test_xml_child (parent, name));

  return text ? (guint) g_ascii_strtoull (text, NULL, 10) : 0;
}

static void
set_configuration (IcamTestRequest *request)
{
  xmlNode *configuration = icam_test_xml_child (request->operation, "Configuration");
  xmlNode *resolution = icam_test_xml_child (configuration, "Resolution");
  const guint width = read_number (resolution, "Width"), height = read_number (resolution, "Height");
  const guint rate = read_number (icam_test_xml_child (configuration, "RateControl"), "FrameRateLimit");
  xmlChar *token = configuration ? xmlGetNoNsProp (configuration, BAD_CAST "token") : NULL;
  const IcamTestClip *clip;
  guint channel, stream;
  gboolean fine = FALSE;

  if (!parse_token (request, (const char *) token, &channel, &stream))
    {
      xmlFree (token);
      return;
    }
  xmlFree (token);
  clip = request->device->channels[channel].clips[stream];
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    fine |= sizes[i][0] == width && sizes[i][1] == height;
  fine &= stream == ICAM_TEST_STREAM_SUB && rate >= 1 && rate <= ICAM_TEST_FPS;
  fine |= clip->width == width && clip->height == height && clip->rate == rate;
  /* Key frames come every two seconds whatever is asked: there are cameras like that. */
  if (!fine || !icam_test_device_encode (request->device, channel, stream, width, height, rate, NULL))
    icam_test_refuse (request, "ter:ConfigModify", "It cannot be encoded like that");
  else
    icam_test_add (request, "<trt:SetVideoEncoderConfigurationResponse/>");
}

static const struct
{
  const char *name;
  void (*operation) (IcamTestRequest *request);
} operations[] = {
  { "GetVideoEncoderConfigurations", get_configurations },
  { "GetVideoEncoderConfiguration", get_configuration },
  { "GetVideoEncoderConfigurationOptions", get_options },
  { "SetVideoEncoderConfiguration", set_configuration },
};

/**
 * icam_test_encoder_answer:
 * @request: a request of somebody who was let in
 * @operation: what is asked
 *
 * Returns: whether it is one of these, and answered.
 */
gboolean
icam_test_encoder_answer (IcamTestRequest *request, const char *operation)
{
  for (guint i = 0; i < G_N_ELEMENTS (operations); i++)
    if (g_str_equal (operations[i].name, operation))
      {
        operations[i].operation (request);
        return TRUE;
      }
  return FALSE;
}
