/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-test"

#include "config.h"

#include <string.h>

#include "base/icam-text.h"
#include "discovery/icam-hit-private.h"
#include "discovery/icam-mdns-txt-private.h"

static void
test_text (void)
{
  static const struct
  {
    const char *dirty, *clean;
  } cases[] = {
    { NULL, NULL },
    { "", NULL },
    { " \n\t ", NULL },
    { "Front door", "Front door" },
    { "  a \r\n b\t", "a b" },
    { "a\x01"
      "b\x7f"
      "c",
      "abc" },
    { "caf\xc3\xa9", "caf\xc3\xa9" },
    { "bad\xff"
      "end",
      "bad\xef\xbf\xbd"
      "end" },
    /* writes backwards; ends a line */
    { "gpj\xe2\x80\xae"
      "exe",
      "gpjexe" },
    { "a\xe2\x80\xa8"
      "b",
      "a b" },
    { "$(reboot); `x` 'y' \"z\" <b>&amp;", "$(reboot); `x` 'y' \"z\" <b>&amp;" },
  };
  g_autofree char *many = g_strnfill (5000, 'x');
  g_autofree char *wide = NULL;
  g_autofree char *cut = NULL;
  g_autofree char *cut_wide = NULL;
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *clean = icam_text_clean (cases[i].dirty, -1);

      g_assert_cmpstr (clean, ==, cases[i].clean);
    }

  cut = icam_text_clean (many, -1);
  g_assert_cmpuint (strlen (cut), ==, ICAM_TEXT_MAX);
  for (guint i = 0; i < 200; i++)
    g_string_append (text, "\xe2\x82\xac");
  cut_wide = icam_text_clean (text->str, -1);
  g_assert_true (g_utf8_validate (cut_wide, -1, NULL));
  g_assert_cmpuint (strlen (cut_wide), ==, ICAM_TEXT_MAX / 3 * 3);
}

static void
test_mended_url (void)
{
  static const struct
  {
    const char *text, *mended;
  } cases[] = {
    { "http://192.0.2.7:8106:8106/onvif/x", "http://192.0.2.7:8106/onvif/x" },
    { "http://192.0.2.7:8106:8106", "http://192.0.2.7:8106" },
    { "http://[fe80::1]:81:81/x", "http://[fe80::1]:81/x" },
    { "http://192.0.2.7:8106/a:1:2", "http://192.0.2.7:8106/a:1:2" },
    { "http://[2001:db8::7]/x", "http://[2001:db8::7]/x" },
    { "rtsp://user:81:82@192.0.2.7/x", "rtsp://user:81:82@192.0.2.7/x" },
    { "http://a:b:c/", "http://a:b:c/" },
    { "192.0.2.7:1:2", "192.0.2.7:1:2" },
    { "", "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *mended = icam_text_mend_url (cases[i].text);

      g_assert_cmpstr (mended, ==, cases[i].mended);
    }
}

static void
test_mac (void)
{
  static const struct
  {
    const char *dirty, *clean;
  } cases[] = {
    { "B8:A4:4F:A0:4F:26", "b8a44fa04f26" },
    { "b8-a4-4f-a0-4f-26", "b8a44fa04f26" },
    { "B8A44FA04F26", "b8a44fa04f26" },
    { "", NULL },
    { NULL, NULL },
    { "B8:A4:4F:A0:4F", NULL },
    { "B8:A4:4F:A0:4F:26:00", NULL },
    { "B8:A4:4F:A0:4F:2g", NULL },
    { "00:00:00:00:00:00", NULL },
    { "ff:ff:ff:ff:ff:ff", NULL },
    { "01:00:5e:00:00:01", NULL },
    { ":B8A44FA04F26", NULL },
    { "B:8A44FA04F26", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *clean = icam_text_clean_mac (cases[i].dirty);

      g_assert_cmpstr (clean, ==, cases[i].clean);
    }
}

static void
test_uuid (void)
{
  static const char uuid[] = "00075fe0-a604-04a6-e05f-0700075fe05f";
  static const char *const good[] = {
    "00075fe0-a604-04a6-e05f-0700075fe05f",
    "urn:uuid:00075FE0-A604-04A6-E05F-0700075FE05F",
    "uuid:00075fe0-a604-04a6-e05f-0700075fe05f",
  };
  static const char *const bad[]
    = { "", "urn:uuid:", "1", "00000000-0000-0000-0000-000000000000", "urn:uuid:../../x" };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autofree char *clean = icam_text_clean_uuid (good[i]);

      g_assert_cmpstr (clean, ==, uuid);
    }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_null (icam_text_clean_uuid (bad[i]));
}

static void
test_path (void)
{
  static const char *const good[] = { "/", "/stream1", "/h264/ch1?a=1&b=%20" };
  static const char *const bad[] = { "",     "stream", "//192.0.2.1/x", "/../etc", "/a/../b",
                                     "/a b", "/a\"b",  "/\xc3\xa9",     "/;rm`",   "/\n" };
  g_autofree char *many = g_strnfill (1000, '/');

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autofree char *clean = icam_hit_clean_path (good[i]);

      g_assert_cmpstr (clean, ==, good[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_null (icam_hit_clean_path (bad[i]));
  many[1] = 'x';
  g_assert_null (icam_hit_clean_path (many));
}

static void
add (IcamMdnsTxt *txt, const char *text)
{
  icam_mdns_txt_add (txt, (const guint8 *) text, strlen (text));
}

static void
test_txt (void)
{
  g_auto (IcamMdnsTxt) txt;
  g_autofree char *many = g_strnfill (300, 'x');

  icam_mdns_txt_init (&txt);
  add (&txt, "");
  add (&txt, "=x");
  add (&txt, "path");
  add (&txt, "path=");
  add (&txt, "MACaddress=B8A44FA04F26");
  add (&txt, "macaddress=000000000001");
  add (&txt, "model=P3818");
  add (&txt, "path=/stream");
  add (&txt, "uuid=00075fe0-a604-04a6-e05f-0700075fe05f");
  memcpy (many, "hardware=", 9);
  add (&txt, many);
  icam_mdns_txt_add (&txt, (const guint8 *) "hw=a\0b", 6);
  g_assert_cmpstr (txt.mac, ==, "B8A44FA04F26");
  g_assert_cmpstr (txt.hardware, ==, "P3818");
  g_assert_cmpstr (txt.path, ==, "/stream");
  g_assert_cmpstr (txt.endpoint, ==, "00075fe0-a604-04a6-e05f-0700075fe05f");
  g_assert_false (txt.camera);
  add (&txt, "type=IPCamera");
  g_assert_true (txt.camera);
}

static void
test_camera_words (void)
{
  static const char *const cameras[] = { "Garage Camera", "IPCAM_1234", "esp32-cam", "ESP32CAM",
                                         "front-cam",     "My cam",     "cam1",      "motionEye" };
  static const char *const others[]
    = { "HP LaserJet", "icam-1234", "router", "Campus radio", "scamper", "Sonos", "" };

  for (guint i = 0; i < G_N_ELEMENTS (cameras); i++)
    g_assert_true (icam_mdns_sounds_like_camera (cameras[i], strlen (cameras[i])));
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    g_assert_false (icam_mdns_sounds_like_camera (others[i], strlen (others[i])));
}

static void
test_hit (void)
{
  IcamHitFields fields = {
    .key = "k",
    .source = "mdns",
    .name = "\x01",
    .service = "_onvif._tcp",
    .address = "192.0.2.7",
    .port = 80,
    .mac = "x",
  };
  g_autoptr (IcamHit) hit = icam_hit_new (&fields);
  g_autoptr (IcamHit) same = icam_hit_new (&fields);
  g_autoptr (IcamHit) other = NULL;

  /* A name of which nothing is left is none. */
  g_assert_cmpstr (icam_hit_get_name (hit), ==, "192.0.2.7");
  g_assert_null (icam_hit_get_mac (hit));
  g_assert_true (icam_hit_same (hit, same));
  fields.port = 81;
  other = icam_hit_new (&fields);
  g_assert_false (icam_hit_same (hit, other));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/discovery/text", test_text);
  g_test_add_func ("/discovery/mended-url", test_mended_url);
  g_test_add_func ("/discovery/mac", test_mac);
  g_test_add_func ("/discovery/uuid", test_uuid);
  g_test_add_func ("/discovery/path", test_path);
  g_test_add_func ("/discovery/txt", test_txt);
  g_test_add_func ("/discovery/camera-words", test_camera_words);
  g_test_add_func ("/discovery/hit", test_hit);
  return g_test_run ();
}
