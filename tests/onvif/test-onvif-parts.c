/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The parts of the room without a network: the reader of envelopes, digest, token, URIs, dates, the
 * choice of streams. */

#define G_LOG_DOMAIN "icam-test"

#include "config.h"

#include <gio/gio.h>
#include <string.h>

#include "onvif/icam-http-digest-private.h"
#include "onvif/icam-onvif-profiles-private.h"
#include "onvif/icam-onvif-token-private.h"
#include "onvif/icam-onvif-uri-private.h"
#include "onvif/icam-soap-private.h"

#define OPEN  "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"><s:Body>"
#define CLOSE "</s:Body></s:Envelope>"

static void
assert_unreadable (const char *text, gsize size)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (icam_soap_parse (text, size, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
}

static void
test_soap_refuses (void)
{
  static const char *const texts[] = {
    "",
    "\n \n",
    "hello",
    "<a/>",
    "<s:Envelope xmlns:s=\"urn:x\"><s:Body/></s:Envelope>",
    "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"/>",
    OPEN "<a>" CLOSE,
    OPEN CLOSE "<more/>",
    /* A document type, in each of its uses */
    "<!DOCTYPE a>" OPEN CLOSE,
    "<!DOCTYPE a SYSTEM \"file:///etc/passwd\">" OPEN CLOSE,
    "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>" OPEN "<a>&x;</a>" CLOSE,
    "<!DOCTYPE a [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">"
    "<!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\">]>" OPEN "<a>&c;</a>" CLOSE,
    "<!DOCTYPE a [<!ENTITY % p SYSTEM \"http://127.0.0.1:1/\"> %p;]>" OPEN CLOSE,
    OPEN "&undefined;" CLOSE,
  };
  g_autoptr (GString) deep = g_string_new (OPEN);
  g_autofree char *large = g_malloc (ICAM_SOAP_MAX_SIZE + 1);

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    assert_unreadable (texts[i], strlen (texts[i]));

  for (guint i = 0; i < ICAM_SOAP_MAX_DEPTH; i++)
    g_string_append (deep, "<a>");
  for (guint i = 0; i < ICAM_SOAP_MAX_DEPTH; i++)
    g_string_append (deep, "</a>");
  g_string_append (deep, CLOSE);
  assert_unreadable (deep->str, deep->len);

  memset (large, 'x', ICAM_SOAP_MAX_SIZE + 1);
  assert_unreadable (large, ICAM_SOAP_MAX_SIZE + 1);
}

static void
test_soap_values (void)
{
  static const char text[]
    = OPEN "<a:R xmlns:a=\"" ICAM_NS_DEVICE "\" xmlns:t=\"" ICAM_NS_SCHEMA "\" xmlns:x=\"urn:x\">"
           "<x:Item>foreign</x:Item><Item>none</Item><t:Item token=\" k \"> one "
           "</t:Item><a:Item><![CDATA[t<o]]></a:Item>"
           "<t:In><t:Number> 30.00 "
           "</t:Number><t:Word>x</t:Word><t:Big>1e99</t:Big><t:Nan>nan</t:Nan></t:In></a:R>" CLOSE;
  g_autoptr (GError) error = NULL;
  g_autoptr (IcamSoap) soap = icam_soap_parse (text, sizeof text - 1, &error);
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  g_autofree char *token = NULL;
  xmlNode *answer, *node;
  int number = -1;
  double value = -1;

  g_assert_no_error (error);
  g_assert_false (icam_soap_is_fault (soap));
  g_assert_null (icam_soap_get_answer (soap, ICAM_NS_MEDIA, "R"));
  answer = icam_soap_get_answer (soap, ICAM_NS_DEVICE, "R");
  g_assert_nonnull (answer);
  node = icam_soap_child (answer, "Item");
  first = icam_soap_dup_text (node, "");
  g_assert_cmpstr (first, ==, "one");
  token = icam_soap_dup_attribute (node, "token");
  g_assert_cmpstr (token, ==, " k ");
  node = icam_soap_next (node);
  second = icam_soap_dup_text (node, "");
  g_assert_cmpstr (second, ==, "t<o");
  g_assert_null (icam_soap_next (node));
  g_assert_null (icam_soap_child (answer, "In/None/More"));

  g_assert_true (icam_soap_get_int (answer, "In/Number", 0, 60, &number));
  g_assert_cmpint (number, ==, 30);
  g_assert_false (icam_soap_get_int (answer, "In/Number", 0, 29, &number));
  g_assert_false (icam_soap_get_int (answer, "In/Word", 0, 60, &number));
  g_assert_false (icam_soap_get_number (answer, "In/Big", 0, 60, &value));
  g_assert_false (icam_soap_get_number (answer, "In/Nan", 0, 60, &value));
  g_assert_false (icam_soap_get_number (NULL, "In/Nan", 0, 60, &value));
  g_assert_cmpint (number, ==, 30);
  g_assert_cmpfloat (value, ==, -1);
}

static void
test_soap_faults (void)
{
  static const struct
  {
    const char *text, *code;
    gboolean refusal, must_understand;
  } cases[] = {
    { OPEN "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>ter:NotAuthorized</"
           "s:Value></s:Subcode></s:Code>"
           "</s:Fault>" CLOSE,
      "NotAuthorized", TRUE, FALSE },
    { OPEN "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value> "
           "\nq:FailedAuthentication </s:Value></s:Subcode></s:Code>"
           "</s:Fault>" CLOSE,
      "FailedAuthentication", TRUE, FALSE },
    { OPEN "<s:Fault><s:Code><s:Value>s:Receiver</s:Value><s:Subcode><s:Value>ter:Action</"
           "s:Value><s:Subcode>"
           "<s:Value>ter:NoSuchService</s:Value></s:Subcode></s:Subcode></s:Code></s:Fault>" CLOSE,
      "NoSuchService", FALSE, FALSE },
    { OPEN "<s:Fault><s:Code><s:Value>s:MustUnderstand</s:Value></s:Code></s:Fault>" CLOSE,
      "MustUnderstand", FALSE, TRUE },
    { OPEN "<s:Fault/>" CLOSE, "Fault", FALSE, FALSE },
    { "<e:Envelope xmlns:e=\"" ICAM_NS_SOAP11
      "\"><e:Body><e:Fault><faultcode>wsse:FailedAuthentication</faultcode>"
      "<faultstring>no</faultstring></e:Fault></e:Body></e:Envelope>",
      "FailedAuthentication", TRUE, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (IcamSoap) soap = icam_soap_parse (cases[i].text, strlen (cases[i].text), &error);

      g_assert_no_error (error);
      g_assert_true (icam_soap_is_fault (soap));
      g_assert_cmpstr (icam_soap_get_fault (soap), ==, cases[i].code);
      g_assert_cmpint (icam_soap_is_refusal (soap), ==, cases[i].refusal);
      g_assert_cmpint (icam_soap_is_must_understand (soap), ==, cases[i].must_understand);
    }
}

static void
test_soap_other_encodings (void)
{
  static const char latin1[] = "<?xml version='1.0' encoding='ISO-8859-1'?>" OPEN
                               "<a:R xmlns:a=\"" ICAM_NS_DEVICE "\"><a:M>K\xfc"
                               "che</a:M>"
                               "</a:R>" CLOSE;
  static const char bom[] = "\xef\xbb\xbf<?xml version='1.0' encoding='UTF-8'?>" OPEN
                            "<a:R xmlns:a=\"" ICAM_NS_DEVICE "\"><a:M>K\xc3\xbc"
                            "che</a:M></a:R>" CLOSE "\n\0\0";
  static const struct
  {
    const char *text;
    gsize size;
  } cases[] = { { latin1, sizeof latin1 - 1 }, { bom, sizeof bom } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (IcamSoap) soap = icam_soap_parse (cases[i].text, cases[i].size, &error);
      g_autofree char *text = NULL;

      g_assert_no_error (error);
      text = icam_soap_dup_clean (icam_soap_get_answer (soap, ICAM_NS_DEVICE, "R"), "M");
      g_assert_cmpstr (text, ==,
                       "K\xc3\xbc"
                       "che");
    }
}

/* The examples of RFC 7616, section 3.9.1, and of RFC 2069 with the erratum. */
static void
test_digest_examples (void)
{
  static const char both[]
    = "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm=SHA-256, "
      "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", "
      "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\", "
      "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm=MD5, "
      "nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", "
      "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"";
  static const char cnonce[] = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
  g_autoptr (IcamSecret) secret = icam_secret_new ("Circle of Life");
  g_autoptr (IcamHttpDigest) digest = icam_http_digest_new ();
  g_autofree char *sha256 = NULL;
  g_autofree char *md5 = NULL;
  gboolean stale = FALSE;

  g_assert_false (icam_http_digest_is_ready (digest));
  g_assert_cmpint (icam_http_digest_challenge (digest, both, TRUE, &stale), ==,
                   ICAM_HTTP_OFFER_DIGEST);
  g_assert_false (stale);
  sha256 = icam_http_digest_authorize (digest, "GET", "/dir/index.html", "Mufasa", secret, cnonce);
  g_assert_nonnull (strstr (
    sha256, "response=\"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1\""));
  g_assert_nonnull (strstr (sha256, "algorithm=SHA-256,"));
  g_assert_nonnull (strstr (sha256, "nc=00000001"));
  g_assert_nonnull (strstr (sha256, "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""));

  /* From the second challenge on: the other half. */
  g_assert_cmpint (icam_http_digest_challenge (digest, strstr (both + 1, "Digest"), TRUE, &stale),
                   ==, ICAM_HTTP_OFFER_DIGEST);
  md5 = icam_http_digest_authorize (digest, "GET", "/dir/index.html", "Mufasa", secret, cnonce);
  g_assert_nonnull (strstr (md5, "response=\"8ca523f5e9506fed4657c9700eebdbec\""));
}

static void
test_digest_old_form (void)
{
  g_autoptr (IcamSecret) secret = icam_secret_new ("CircleOfLife");
  g_autoptr (IcamHttpDigest) digest = icam_http_digest_new ();
  g_autofree char *value = NULL;
  gboolean stale = FALSE;

  g_assert_cmpint (
    icam_http_digest_challenge (
      digest,
      "DIGEST  Realm = \"testrealm@host.com\",nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\","
      "opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"",
      TRUE, &stale),
    ==, ICAM_HTTP_OFFER_DIGEST);
  value = icam_http_digest_authorize (digest, "GET", "/dir/index.html", "Mufasa", secret, NULL);
  /* RFC 2069, section 2.4, as its erratum has it */
  g_assert_nonnull (strstr (value, "response=\"1949323746fe6a43ef61f9606e7febea\""));
  g_assert_null (strstr (value, "qop"));
  g_assert_null (strstr (value, "algorithm"));
}

static void
test_digest_challenges (void)
{
  static const struct
  {
    const char *header;
    IcamHttpOffer offer;
    gboolean stale;
  } cases[] = {
    { "", ICAM_HTTP_OFFER_NOTHING, FALSE },
    { "Basic realm=\"x\"", ICAM_HTTP_OFFER_OTHER, FALSE },
    { "Basic realm=\"Digest realm=a, nonce=b\"", ICAM_HTTP_OFFER_OTHER, FALSE },
    { "Basic realm=\"x\", Digest realm=\"y\", nonce=\"z\", stale=TRUE", ICAM_HTTP_OFFER_DIGEST,
      TRUE },
    { "Digest realm=\"y\", nonce=\"z\", Basic realm=\"x\"", ICAM_HTTP_OFFER_DIGEST, FALSE },
    { "Digest nonce=\"z\"", ICAM_HTTP_OFFER_OTHER, FALSE },
    { "Digest realm=\"y\"", ICAM_HTTP_OFFER_OTHER, FALSE },
    { "Digest realm=\"y\", nonce=\"z\", algorithm=SHA-512-256", ICAM_HTTP_OFFER_OTHER, FALSE },
    { "Digest realm=\"y\", nonce=\"z\", qop=\"auth-int\"", ICAM_HTTP_OFFER_OTHER, FALSE },
    { "Digest realm=\"y\", nonce=\"z\\", ICAM_HTTP_OFFER_OTHER, FALSE },
    { "Digest realm=\"y\", nonce=\"a\rb\"", ICAM_HTTP_OFFER_OTHER, FALSE },
    { "Negotiate YWJj==, Digest realm=\"y\", nonce=\"z\"", ICAM_HTTP_OFFER_DIGEST, FALSE },
    { ",,,;;@@ \"", ICAM_HTTP_OFFER_NOTHING, FALSE },
  };
  g_autofree char *many = g_strnfill (5000, 'a');
  g_autofree char *large = g_strdup_printf ("Digest realm=\"y\", nonce=\"%s\"", many);
  gboolean stale = FALSE;
  g_autoptr (IcamHttpDigest) digest = icam_http_digest_new ();

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (IcamHttpDigest) one = icam_http_digest_new ();

      stale = FALSE;
      g_test_message ("%s", cases[i].header);
      g_assert_cmpint (icam_http_digest_challenge (one, cases[i].header, TRUE, &stale), ==,
                       cases[i].offer);
      g_assert_cmpint (stale, ==, cases[i].stale);
      g_assert_cmpint (icam_http_digest_is_ready (one), ==,
                       cases[i].offer == ICAM_HTTP_OFFER_DIGEST);
    }
  g_assert_cmpint (icam_http_digest_challenge (digest, large, TRUE, &stale), ==,
                   ICAM_HTTP_OFFER_OTHER);
}

/* Nothing that a device or a user chose can end the header or begin another. */
static void
test_digest_quotes (void)
{
  g_autoptr (IcamSecret) secret = icam_secret_new ("p");
  g_autoptr (IcamHttpDigest) digest = icam_http_digest_new ();
  g_autofree char *value = NULL;
  gboolean stale = FALSE;

  icam_http_digest_challenge (digest, "Digest realm=\"a\\\"b\\\\c\", nonce=\"n\"", TRUE, &stale);
  value = icam_http_digest_authorize (digest, "POST", "/", "us\"er\\", secret, NULL);
  g_assert_nonnull (strstr (value, "username=\"us\\\"er\\\\\""));
  g_assert_nonnull (strstr (value, "realm=\"a\\\"b\\\\c\""));
  g_assert_null (icam_http_digest_authorize (digest, "POST", "/", "a\r\nX: y", secret, NULL));
}

/* The example of the ONVIF Application Programmer's Guide, section 6.1.1.3. */
static void
test_token (void)
{
  g_autoptr (IcamSecret) secret = icam_secret_new ("userpassword");
  g_autofree guchar *nonce = NULL;
  g_autofree char *token = NULL;
  g_autofree char *odd = NULL;
  gsize size;

  nonce = g_base64_decode ("LKqI6G/AikKCQrN0zqZFlg==", &size);
  g_assert_cmpuint (size, ==, ICAM_ONVIF_NONCE_SIZE);
  token = icam_onvif_token_new ("user", secret,
                                G_GINT64_CONSTANT (1284624427) * G_USEC_PER_SEC + 999999, nonce);
  g_assert_nonnull (strstr (token, "<wsu:Created>2010-09-16T08:07:07Z</wsu:Created>"));
  g_assert_nonnull (strstr (token, ">LKqI6G/AikKCQrN0zqZFlg==<"));
  /* Their "2010-09-16T07:50:45Z" gives tuOSpGlFlIXsozq4HFNeeGeFLEI=. */
  g_free (token);
  token
    = icam_onvif_token_new ("user", secret, G_GINT64_CONSTANT (1284623445) * G_USEC_PER_SEC, nonce);
  g_assert_nonnull (strstr (token, "<wsu:Created>2010-09-16T07:50:45Z</wsu:Created>"));
  g_assert_nonnull (strstr (token, ">tuOSpGlFlIXsozq4HFNeeGeFLEI=<"));
  g_assert_null (strstr (token, "userpassword"));

  odd = icam_onvif_token_new ("<a>&\"", secret, 0, nonce);
  g_assert_nonnull (strstr (odd, "<wsse:Username>&lt;a&gt;&amp;&quot;</wsse:Username>"));
  g_assert_null (icam_onvif_token_new ("a\x01", secret, 0, nonce));
}

static void
test_uris (void)
{
  static const char *const schemes[] = { "rtsp", "http", NULL };
  static const struct
  {
    const char *text, *uri;
  } cases[] = {
    { "http://192.0.2.1/a", "http://cam/a" },
    { "http://192.0.2.1:8106:8106/a?b=c&d=%20#f", "http://cam:8106/a?b=c&d=%20" },
    { "  rtsp://192.0.2.1:554/x\n", "rtsp://cam:554/x" },
    { "RTSP://192.0.2.1/x", "rtsp://cam/x" },
    { "rtsp://user:pass@192.0.2.1:554/x", "rtsp://cam:554/x" },
    { "rtsp://user:p@ss@192.0.2.1:554/x", "rtsp://cam:554/x" },
    { "http://[2001:db8::1]:81/a", "http://cam:81/a" },
    { "http://[2001:db8::1]/a", "http://cam/a" },
    { "rtsp://192.0.2.1", "rtsp://cam" },
    { "rtsp://192.0.2.1/a/b?x=http://192.0.2.9:1:1/", "rtsp://cam/a/b?x=http://192.0.2.9:1:1/" },
    { "file:///etc/passwd", NULL },
    { "https://192.0.2.1/", NULL },
    { "javascript:alert(1)", NULL },
    { "rtsp:///x", NULL },
    { "rtsp://192.0.2.1:0/x", NULL },
    { "rtsp://192.0.2.1:99999/x", NULL },
    { "rtsp://192.0.2.1/a b", NULL },
    { "rtsp://192.0.2.1/a\r\nb", NULL },
    { "http://[2001:db8::1/a", NULL },
    { "", NULL },
    { NULL, NULL },
  };
  g_autoptr (GUri) base
    = g_uri_parse ("http://cam:8000/onvif/device_service", G_URI_FLAGS_NONE, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GUri) uri = icam_onvif_uri_on_host (cases[i].text, base, schemes);
      g_autofree char *text = uri != NULL ? g_uri_to_string (uri) : NULL;

      g_test_message ("%s", cases[i].text);
      g_assert_cmpstr (text, ==, cases[i].uri);
    }
}

static IcamOnvifProfile *
make_profile (const char *token,
              const char *source,
              IcamCodec   codec,
              guint       width,
              guint       height,
              int         x,
              int         bounds_width,
              int         bounds_height)
{
  IcamOnvifProfile *profile = g_new0 (IcamOnvifProfile, 1);

  profile->stream = g_new0 (IcamOnvifStream, 1);
  profile->stream->profile = g_strdup (token);
  profile->stream->codec = codec;
  profile->stream->width = width;
  profile->stream->height = height;
  profile->source = g_strdup (source);
  profile->source_name = g_strdup_printf ("Name %s", source);
  profile->has_bounds = bounds_width > 0;
  profile->x = x;
  profile->width = bounds_width;
  profile->height = bounds_height;
  return profile;
}

/* One row a profile; the result as "main/sub/others" a source. */
static void
test_grouping (void)
{
  static const struct
  {
    const char *what;
    struct
    {
      const char *token, *source;
      IcamCodec codec;
      guint width, height;
      int x, bounds_width, bounds_height;
    } profiles[8];
    const char *result;
  } cases[] = {
    { "main and sub",
      { { "a", "s", ICAM_CODEC_H264, 640, 360 }, { "b", "s", ICAM_CODEC_H265, 1280, 720 } },
      "s=b/a/" },
    { "only one", { { "a", "s", ICAM_CODEC_H264, 640, 360 } }, "s=a/-/" },
    { "three of one view",
      { { "a", "s", ICAM_CODEC_H264, 1920, 1080 },
        { "b", "s", ICAM_CODEC_H264, 1280, 720 },
        { "c", "s", ICAM_CODEC_H264, 640, 368 } },
      "s=a/c/" },
    { "too small for motion",
      { { "a", "s", ICAM_CODEC_H264, 1920, 1080 },
        { "b", "s", ICAM_CODEC_H264, 160, 90 },
        { "c", "s", ICAM_CODEC_H264, 320, 180 } },
      "s=a/c/" },
    { "jpeg is no stream where there is a better",
      { { "a", "s", ICAM_CODEC_MJPEG, 5120, 2560 }, { "b", "s", ICAM_CODEC_H264, 1920, 960 } },
      "s=b/-/" },
    { "jpeg only",
      { { "a", "s", ICAM_CODEC_MJPEG, 1280, 720 }, { "b", "s", ICAM_CODEC_MJPEG, 640, 360 } },
      "s=a/b/" },
    { "another shape is offered",
      { { "a", "s", ICAM_CODEC_H264, 1920, 1080 }, { "b", "s", ICAM_CODEC_H264, 640, 480 } },
      "s=a/-/b" },
    { "a crop is offered",
      { { "a", "s", ICAM_CODEC_H264, 1920, 1080, 0, 3840, 2160 },
        { "b", "s", ICAM_CODEC_H264, 640, 360, 320, 1920, 1080 },
        { "c", "s", ICAM_CODEC_H264, 640, 360, 0, 3840, 2160 } },
      "s=a/c/b" },
    { "television sizes have no shape",
      { { "a", "s", ICAM_CODEC_H264, 2560, 1440, 0, 2048, 1536 },
        { "b", "s", ICAM_CODEC_H264, 704, 576, 0, 2048, 1536 } },
      "s=a/b/" },
    { "television sizes without bounds are unsure",
      { { "a", "s", ICAM_CODEC_H264, 2560, 1440 }, { "b", "s", ICAM_CODEC_H264, 704, 576 } },
      "s=a/-/b" },
    { "two lenses",
      { { "a", "1", ICAM_CODEC_H264, 1280, 720 },
        { "b", "1", ICAM_CODEC_H264, 640, 360 },
        { "c", "2", ICAM_CODEC_H264, 1280, 720 },
        { "d", "2", ICAM_CODEC_H264, 640, 360 } },
      "1=a/b/ 2=c/d/" },
    { "names that contain each other",
      { { "a", "garten", ICAM_CODEC_H264, 1280, 720 },
        { "b", "vorgarten", ICAM_CODEC_H264, 640, 360 } },
      "garten=a/-/ vorgarten=b/-/" },
    { "two of the same size",
      { { "a", "s", ICAM_CODEC_H264, 1280, 720 }, { "b", "s", ICAM_CODEC_H264, 1280, 720 } },
      "s=a/-/" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GPtrArray) profiles
        = g_ptr_array_new_with_free_func ((GDestroyNotify) icam_onvif_profile_free);
      g_autoptr (GPtrArray) channels = NULL;
      g_autoptr (GPtrArray) picked = NULL;
      g_autoptr (GString) result = g_string_new (NULL);
      guint n = 0;

      for (guint j = 0; j < G_N_ELEMENTS (cases[i].profiles) && cases[i].profiles[j].token != NULL;
           j++)
        g_ptr_array_add (profiles,
                         make_profile (cases[i].profiles[j].token, cases[i].profiles[j].source,
                                       cases[i].profiles[j].codec, cases[i].profiles[j].width,
                                       cases[i].profiles[j].height, cases[i].profiles[j].x,
                                       cases[i].profiles[j].bounds_width,
                                       cases[i].profiles[j].bounds_height));
      picked = icam_onvif_profiles_pick (profiles);
      channels = icam_onvif_profiles_group (profiles);
      for (guint j = 0; j < channels->len; j++)
        {
          IcamOnvifChannel *channel = g_ptr_array_index (channels, j);

          g_string_append_printf (result, "%s%s=%s/%s/", j > 0 ? " " : "", channel->token,
                                  channel->main->profile,
                                  channel->sub != NULL ? channel->sub->profile : "-");
          n += 1 + (channel->sub != NULL) + channel->other_views->len;
          for (guint k = 0; k < channel->other_views->len; k++)
            g_string_append (
              result, ((IcamOnvifStream *) g_ptr_array_index (channel->other_views, k))->profile);
          g_assert_cmpint (channel->name != NULL, ==, channels->len > 1);
        }
      g_test_message ("%s", cases[i].what);
      g_assert_cmpstr (result->str, ==, cases[i].result);
      g_assert_cmpuint (picked->len, ==, n);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/onvif/soap/refuses", test_soap_refuses);
  g_test_add_func ("/onvif/soap/values", test_soap_values);
  g_test_add_func ("/onvif/soap/faults", test_soap_faults);
  g_test_add_func ("/onvif/soap/other-encodings", test_soap_other_encodings);
  g_test_add_func ("/onvif/digest/examples", test_digest_examples);
  g_test_add_func ("/onvif/digest/old-form", test_digest_old_form);
  g_test_add_func ("/onvif/digest/challenges", test_digest_challenges);
  g_test_add_func ("/onvif/digest/quotes", test_digest_quotes);
  g_test_add_func ("/onvif/token", test_token);
  g_test_add_func ("/onvif/uris", test_uris);
  g_test_add_func ("/onvif/grouping", test_grouping);
  return g_test_run ();
}
