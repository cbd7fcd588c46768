/* SPDX-License-Identifier: GPL-3.0-or-later */

/* How a stream is encoded and could be: what devices say of it, what is proposed, and what they are told. */

#define G_LOG_DOMAIN "icam-test"

#include "config.h"

#include <math.h>
#include <string.h>

#include "icam-onvif-server.h"
#include "onvif/icam-onvif-encoder-private.h"

#define SERVICE(version)                                                                                    \
  "<tds:Service><tds:Namespace>http://www.onvif.org/" version "/media/wsdl</tds:Namespace>"                 \
  "<tds:XAddr>http://@HTTP@/onvif/" version "</tds:XAddr></tds:Service>"

/* With something of its own, which nobody else knows. */
#define ENCODER1(token, width, height, rate, gop)                                                           \
  "<tt:VideoEncoderConfiguration token=\"" token "\"><tt:Name>n</tt:Name><tt:UseCount>1</tt:UseCount>"       \
  "<tt:Encoding>H264</tt:Encoding><tt:Resolution><tt:Width>" width "</tt:Width><tt:Height>" height           \
  "</tt:Height></tt:Resolution><tt:Quality>3</tt:Quality><tt:RateControl><tt:FrameRateLimit>" rate           \
  "</tt:FrameRateLimit><tt:EncodingInterval>1</tt:EncodingInterval><tt:BitrateLimit>777</tt:BitrateLimit>"   \
  "</tt:RateControl><tt:H264><tt:GovLength>" gop "</tt:GovLength><tt:H264Profile>High</tt:H264Profile>"      \
  "</tt:H264><own:Smart xmlns:own=\"urn:maker\">a&amp;b</own:Smart></tt:VideoEncoderConfiguration>"
#define PROFILES1(sub)                                                                                      \
  "<trt:GetProfilesResponse><trt:Profiles token=\"big\">" ENCODER1 ("e1", "1920", "1080", "25", "50")        \
  "</trt:Profiles><trt:Profiles token=\"small\">" sub "</trt:Profiles></trt:GetProfilesResponse>"
#define OPTIONS1                                                                                            \
  "<trt:GetVideoEncoderConfigurationOptionsResponse><trt:Options><tt:H264>"                                 \
  "<tt:ResolutionsAvailable><tt:Width>1280</tt:Width><tt:Height>720</tt:Height></tt:ResolutionsAvailable>"   \
  "<tt:ResolutionsAvailable><tt:Width>640</tt:Width><tt:Height>480</tt:Height></tt:ResolutionsAvailable>"    \
  "<tt:ResolutionsAvailable><tt:Width>640</tt:Width><tt:Height>360</tt:Height></tt:ResolutionsAvailable>"    \
  "<tt:GovLengthRange><tt:Min>1</tt:Min><tt:Max>400</tt:Max></tt:GovLengthRange>"                            \
  "<tt:FrameRateRange><tt:Min>1</tt:Min><tt:Max>25</tt:Max></tt:FrameRateRange>"                             \
  "</tt:H264></trt:Options></trt:GetVideoEncoderConfigurationOptionsResponse>"
#define PROFILES2                                                                                           \
  "<tr2:GetProfilesResponse xmlns:tr2=\"" ICAM_NS_MEDIA2 "\"><tr2:Profiles token=\"small\">"                 \
  "<tr2:Configurations><tr2:VideoEncoder token=\"e2\" GovLength=\"250\" Profile=\"Main\"><tt:Name>n</tt:Name>" \
  "<tt:Encoding>H265</tt:Encoding><tt:Resolution><tt:Width>1280</tt:Width><tt:Height>720</tt:Height>"        \
  "</tt:Resolution><tt:RateControl ConstantBitRate=\"false\"><tt:FrameRateLimit>25</tt:FrameRateLimit>"      \
  "<tt:BitrateLimit>777</tt:BitrateLimit></tt:RateControl><tt:Quality>4</tt:Quality></tr2:VideoEncoder>"     \
  "</tr2:Configurations></tr2:Profiles></tr2:GetProfilesResponse>"
#define OPTIONS2                                                                                            \
  "<tr2:GetVideoEncoderConfigurationOptionsResponse xmlns:tr2=\"" ICAM_NS_MEDIA2 "\">"                       \
  "<tr2:Options GovLengthRange=\"1 60\" FrameRatesSupported=\"25 12.5 6.25\"><tt:Encoding>H264</tt:Encoding>"  \
  "</tr2:Options><tr2:Options GovLengthRange=\"10 400\" FrameRatesSupported=\"25 20 12 8 4\">"                \
  "<tt:Encoding>H265</tt:Encoding><tt:ResolutionsAvailable><tt:Width>704</tt:Width><tt:Height>396</tt:Height>" \
  "</tt:ResolutionsAvailable></tr2:Options></tr2:GetVideoEncoderConfigurationOptionsResponse>"

typedef struct
{
  IcamOnvifServer *server;
  IcamOnvifDevice *device;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autofree char *address = NULL;
  g_autoptr (GError) error = NULL;

  fixture->server = icam_onvif_server_new ();
  icam_onvif_server_simple (fixture->server);
  icam_onvif_server_put_body (fixture->server, "GetServices", NULL,
                              "<tds:GetServicesResponse>" SERVICE ("ver10") SERVICE ("ver20") "</tds:GetServicesResponse>");
  icam_onvif_server_put_body (fixture->server, "GetProfiles", NULL, PROFILES1 (ENCODER1 ("e&lt;2", "1280", "720", "25", "100")));
  icam_onvif_server_put_body (fixture->server, "GetVideoEncoderConfigurationOptions", NULL, OPTIONS1);
  icam_onvif_server_put_body (fixture->server, "SetVideoEncoderConfiguration", NULL,
                              "<trt:SetVideoEncoderConfigurationResponse/>");
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
only_media1 (Fixture *fixture)
{
  icam_onvif_server_put_body (fixture->server, "GetServices", NULL,
                              "<tds:GetServicesResponse>" SERVICE ("ver10") "</tds:GetServicesResponse>");
}

static void
keep (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GAsyncResult **kept = user_data;

  *kept = g_object_ref (result);
}

static IcamEncoder *
get (Fixture *fixture, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  icam_onvif_encoder_get_async (fixture->device, "small", "big", NULL, keep, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return icam_onvif_encoder_get_finish (fixture->device, result, error);
}

static gboolean
set (Fixture *fixture, const IcamEncoding *to, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  icam_onvif_encoder_set_async (fixture->device, "small", "big", to, NULL, keep, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return icam_onvif_encoder_set_finish (fixture->device, result, error);
}

static void
assert_sent (Fixture *fixture, const char *part)
{
  const char *sent = icam_onvif_server_last (fixture->server, "SetVideoEncoderConfiguration");

  g_assert_nonnull (sent);
  if (strstr (sent, part) == NULL)
    g_error ("\"%s\" is not in %s", part, sent);
}

static void
assert_encoding (const IcamEncoding *encoding, guint width, guint height, double rate, guint gop)
{
  g_assert_cmpuint (encoding->width, ==, width);
  g_assert_cmpuint (encoding->height, ==, height);
  g_assert_cmpfloat_with_epsilon (encoding->rate, rate, 0.001);
  g_assert_cmpuint (encoding->gop, ==, gop);
}

static void
test_media1 (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (IcamEncoder) encoder = NULL;
  IcamEncoding wanted;

  only_media1 (fixture);
  encoder = get (fixture, &error);
  g_assert_no_error (error);
  assert_encoding (&encoder->now, 1280, 720, 25, 100);
  g_assert_true (icam_encoder_propose (encoder, &wanted));
  /* 640x480 is as near, but shows something else. */
  assert_encoding (&wanted, 640, 360, 10, 20);

  g_assert_true (set (fixture, &wanted, &error));
  g_assert_no_error (error);
  assert_sent (fixture, "token=\"e&lt;2\"");
  assert_sent (fixture, "Width>640</");
  assert_sent (fixture, "Height>360</");
  assert_sent (fixture, "FrameRateLimit>10</");
  assert_sent (fixture, "GovLength>20</");
  assert_sent (fixture, "ForcePersistence>true</");
  /* What is not ours to change, known or not. */
  assert_sent (fixture, "BitrateLimit>777</");
  assert_sent (fixture, "H264Profile>High</");
  assert_sent (fixture, "<own:Smart xmlns:own=\"urn:maker\">a&amp;b</own:Smart>");
  assert_sent (fixture, ":Configuration xmlns");
}

static void
test_media2 (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (IcamEncoder) encoder = NULL;
  IcamEncoding wanted;

  icam_onvif_server_put_body (fixture->server, "GetProfiles", NULL, PROFILES2);
  icam_onvif_server_put_body (fixture->server, "GetVideoEncoderConfigurationOptions", NULL, OPTIONS2);
  icam_onvif_server_put_body (fixture->server, "SetVideoEncoderConfiguration", NULL,
                              "<tr2:SetVideoEncoderConfigurationResponse xmlns:tr2=\"" ICAM_NS_MEDIA2 "\"/>");
  encoder = get (fixture, &error);
  g_assert_no_error (error);
  assert_encoding (&encoder->now, 1280, 720, 25, 250);
  g_assert_true (icam_encoder_propose (encoder, &wanted));
  /* Of 12 and 8 that are offered the first is met first; the options of the other encoding are not this one's. */
  assert_encoding (&wanted, 704, 396, 12, 24);

  g_assert_true (set (fixture, &wanted, &error));
  g_assert_no_error (error);
  assert_sent (fixture, "GovLength=\"24\"");
  assert_sent (fixture, "Profile=\"Main\"");
  assert_sent (fixture, "FrameRateLimit>12</");
  assert_sent (fixture, "ConstantBitRate=\"false\"");
  g_assert_null (strstr (icam_onvif_server_last (fixture->server, "SetVideoEncoderConfiguration"), "ForcePersistence"));
  g_assert_cmpstr (icam_onvif_server_last_path (fixture->server, "SetVideoEncoderConfiguration"), ==, "/onvif/ver20");
}

/* It has Media 2, but knows nothing of encoders by it. */
static void
test_media2_is_not_complete (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (IcamEncoder) encoder = NULL;

  icam_onvif_server_queue (fixture->server, "GetProfiles", 200, PROFILES2);
  icam_onvif_server_queue (fixture->server, "GetVideoEncoderConfigurationOptions", 200, "<s:Fault/>");
  encoder = get (fixture, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (encoder->token, ==, "e<2");
  g_assert_cmpuint (encoder->sizes->len, ==, 3);
  g_assert_cmpstr (icam_onvif_server_last_path (fixture->server, "GetProfiles"), ==, "/onvif/ver10");
}

static void
test_the_main_stream_is_not_touched (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  const IcamEncoding to = { 640, 360, 10, 20 };

  only_media1 (fixture);
  icam_onvif_server_put_body (fixture->server, "GetProfiles", NULL, PROFILES1 (ENCODER1 ("e1", "1920", "1080", "25", "50")));
  g_assert_false (set (fixture, &to, &error));
  g_assert_error (error, ICAM_ERROR, ICAM_ERROR_NOT_SUPPORTED);
  g_assert_null (icam_onvif_server_last (fixture->server, "SetVideoEncoderConfiguration"));
}

static void
test_a_refusal_is_told (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  const IcamEncoding to = { 640, 360, 10, 20 };

  only_media1 (fixture);
  icam_onvif_server_queue_raw (
    fixture->server, "SetVideoEncoderConfiguration", 400,
    "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" xmlns:ter=\"http://www.onvif.org/ver10/error\"><s:Body>"
    "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>ter:InvalidArgVal</s:Value><s:Subcode>"
    "<s:Value>ter:ConfigModify</s:Value></s:Subcode></s:Subcode></s:Code><s:Reason><s:Text>No</s:Text></s:Reason>"
    "</s:Fault></s:Body></s:Envelope>");
  g_assert_false (set (fixture, &to, &error));
  g_assert_error (error, ICAM_ERROR, ICAM_ERROR_OUT_OF_RANGE);
}

/* ---- what is proposed ---- */

typedef struct
{
  IcamEncoding now;
  double min_rate, max_rate;
  guint max_gop;
  IcamEncoding wanted;
} Case;

static void
test_proposals (void)
{
  static const IcamEncodingSize sizes[] = { { 320, 180 }, { 640, 360 }, { 1280, 720 }, { 640, 480 }, { 160, 90 } };
  static const Case cases[] = {
    /* all is well */
    { { 640, 360, 10, 20 }, 1, 30, 100, { 640, 360, 10, 20 } },
    { { 704, 396, 5, 5 }, 1, 30, 100, { 704, 396, 5, 5 } },
    /* too large, too fast, key frames too far apart */
    { { 1280, 720, 30, 250 }, 1, 30, 400, { 640, 360, 10, 20 } },
    /* too small, too slow, only key frames */
    { { 320, 180, 2, 1 }, 1, 30, 100, { 640, 360, 5, 5 } },
    /* the encoder does not go so far */
    { { 640, 360, 20, 40 }, 15, 20, 100, { 640, 360, 15, 30 } },
    { { 640, 360, 10, 100 }, 1, 30, 12, { 640, 360, 10, 12 } },
    /* the nearest size has another shape */
    { { 1600, 1200, 10, 20 }, 1, 30, 100, { 640, 480, 10, 20 } },
    /* it does not tell: nothing is proposed */
    { { 640, 360, 25, 100 }, 0, 0, 0, { 640, 360, 25, 100 } },
    { { 640, 360, 0, 0 }, 1, 30, 100, { 640, 360, 0, 0 } },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const Case *c = &cases[i];
      IcamEncoder encoder = {
        .now = c->now, .interval = 1, .shape = (double) c->now.width / c->now.height, .min_rate = c->min_rate, .max_rate = c->max_rate,
        .min_gop = c->max_gop > 0, .max_gop = c->max_gop,
      };
      IcamEncoding wanted;

      encoder.sizes = g_array_new (FALSE, FALSE, sizeof (IcamEncodingSize));
      encoder.rates = g_array_new (FALSE, FALSE, sizeof (double));
      g_array_append_vals (encoder.sizes, sizes, G_N_ELEMENTS (sizes));
      g_test_message ("case %u", i);
      g_assert_cmpint (icam_encoder_propose (&encoder, &wanted), ==, !icam_encoding_equal (&c->now, &c->wanted));
      assert_encoding (&wanted, c->wanted.width, c->wanted.height, c->wanted.rate, c->wanted.gop);
      g_array_unref (encoder.sizes);
      g_array_unref (encoder.rates);
    }
}

/* ---- what real devices say ---- */

static IcamSoap *
load (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  IcamSoap *soap;
  gsize size;

  if (!g_file_get_contents (path, &text, &size, NULL))
    return NULL;
  soap = icam_soap_parse (text, size, &error);
  g_assert_no_error (error);
  return soap;
}

static const struct
{
  const char *device, *profiles, *profile, *options;
  IcamCodec codec;
  IcamEncoding now, wanted;
  guint n_sizes;
} captures[] = {
  { "axis-p3818", "030-GetProfiles.xml", "profile_1_h264", "038-GetVideoEncoderConfigurationOptions.xml", ICAM_CODEC_H264,
    { 1920, 960, 30, 100 }, { 640, 320, 10, 20 }, 5 },
  { "axis-p3818", "030-GetProfiles.xml", "profile_1_jpeg", "043-GetVideoEncoderConfigurationOptions.xml", ICAM_CODEC_MJPEG,
    { 5120, 2560, 30, 0 }, { 640, 320, 10, 0 }, 5 },
  { "bosch-autodome-5000i", "030-GetProfiles.xml", "0", "040-GetVideoEncoderConfigurationOptions.xml", ICAM_CODEC_H264,
    { 1536, 864, 30, 60 }, { 1280, 720, 10, 20 }, 3 },
  { "bosch-autodome-5000i", "030-GetProfiles.xml", "1", "047-GetVideoEncoderConfigurationOptions.xml", ICAM_CODEC_H264,
    { 1536, 864, 30, 60 }, { 768, 432, 10, 20 }, 7 },
  { "bosch-autodome-5000i", "030-GetProfiles.xml", "2", "054-GetVideoEncoderConfigurationOptions.xml", ICAM_CODEC_MJPEG,
    { 1536, 864, 1, 0 }, { 768, 432, 1, 0 }, 6 },
  { "reolink-e1-zoom", "030-GetProfiles.xml", "000", "040-GetVideoEncoderConfigurationOptions.xml", ICAM_CODEC_H264,
    { 2048, 1536, 15, 30 }, { 2048, 1536, 15, 30 }, 4 },
  { "reolink-e1-zoom", "030-GetProfiles.xml", "001", "047-GetVideoEncoderConfigurationOptions.xml", ICAM_CODEC_H264,
    { 640, 480, 15, 60 }, { 640, 480, 10, 20 }, 1 },
};

static void
test_captures (gconstpointer data)
{
  const char *folder = data;

  for (guint i = 0; i < G_N_ELEMENTS (captures); i++)
    {
      g_autofree char *place = g_build_filename (folder, captures[i].device, NULL);
      g_autoptr (IcamSoap) profiles = load (place, captures[i].profiles);
      g_autoptr (IcamSoap) options = load (place, captures[i].options);
      g_autoptr (IcamEncoder) encoder = NULL;
      IcamEncoding wanted;
      xmlNode *configuration;
      gboolean shared;

      g_test_message ("%s, %s", captures[i].device, captures[i].profile);
      g_assert_nonnull (profiles);
      g_assert_nonnull (options);
      encoder = icam_encoder_read (icam_soap_get_answer (profiles, ICAM_NS_MEDIA, "GetProfilesResponse"), FALSE,
                                   captures[i].profile, NULL, &configuration, &shared);
      g_assert_nonnull (encoder);
      g_assert_cmpint (encoder->codec, ==, captures[i].codec);
      icam_encoder_read_options (
        encoder, icam_soap_get_answer (options, ICAM_NS_MEDIA, "GetVideoEncoderConfigurationOptionsResponse"), FALSE);
      g_assert_cmpuint (encoder->sizes->len, ==, captures[i].n_sizes);
      assert_encoding (&encoder->now, captures[i].now.width, captures[i].now.height, captures[i].now.rate, captures[i].now.gop);
      icam_encoder_propose (encoder, &wanted);
      assert_encoding (&wanted, captures[i].wanted.width, captures[i].wanted.height, captures[i].wanted.rate,
                       captures[i].wanted.gop);
      {
        g_autofree char *text = icam_encoder_write (encoder, configuration, FALSE, &wanted);
        g_autofree char *token = g_markup_printf_escaped ("token=\"%s\"", encoder->token);

        g_assert_nonnull (strstr (text, token));
      }
    }
}

static void
test_absent (void)
{
  g_test_skip ("The recorded answers are not on this machine (ICAM_SHARED)");
}

#define ADD(name, func) g_test_add ("/onvif/encoder/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  const char *shared = g_getenv ("ICAM_SHARED"), *sources = g_getenv ("G_TEST_SRCDIR");
  g_autofree char *folder = NULL;

  g_test_init (&argc, &argv, NULL);
  folder = shared != NULL ? g_build_filename (shared, "captures", NULL)
                          : g_build_filename (sources != NULL ? sources : "tests", "..", "..", "shared", "captures", NULL);

  ADD ("media1", test_media1);
  ADD ("media2", test_media2);
  ADD ("media2-is-not-complete", test_media2_is_not_complete);
  ADD ("the-main-stream-is-not-touched", test_the_main_stream_is_not_touched);
  ADD ("a-refusal-is-told", test_a_refusal_is_told);
  g_test_add_func ("/onvif/encoder/proposals", test_proposals);
  if (g_file_test (folder, G_FILE_TEST_IS_DIR))
    g_test_add_data_func ("/onvif/encoder/captures", folder, test_captures);
  else
    g_test_add_func ("/onvif/encoder/captures", test_absent);
  return g_test_run ();
}
