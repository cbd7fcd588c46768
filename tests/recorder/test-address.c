/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "recorder/icam-address.h"
#include "recorder/icam-reply.h"

#include "base/icam-error.h"

#include <string.h>

static const struct
{
  const char *text;
  IcamAddressKind kind;
  const char *shown, *host;
  const char *first, *second; /* where ONVIF is tried */
} good[] = {
  { "192.0.2.7", ICAM_ADDRESS_HOST, "192.0.2.7", "192.0.2.7", "192.0.2.7", NULL },
  { " 192.0.2.7:8080 ", ICAM_ADDRESS_HOST, "192.0.2.7:8080", "192.0.2.7", "192.0.2.7:8080", "192.0.2.7" },
  { "camera.local:80", ICAM_ADDRESS_HOST, "camera.local:80", "camera.local", "camera.local:80", NULL },
  { "2001:db8::7", ICAM_ADDRESS_HOST, "[2001:db8::7]", "2001:db8::7", "[2001:db8::7]", NULL },
  { "[2001:db8::7]:8080", ICAM_ADDRESS_HOST, "[2001:db8::7]:8080", "2001:db8::7", "[2001:db8::7]:8080",
    "[2001:db8::7]" },
  { "fe80::7%eth0", ICAM_ADDRESS_HOST, "[fe80::7%eth0]", "fe80::7%eth0", "[fe80::7%eth0]", NULL },
  { "[fe80::7%eth0]:8080", ICAM_ADDRESS_HOST, "[fe80::7%eth0]:8080", "fe80::7%eth0", "[fe80::7%eth0]:8080",
    "[fe80::7%eth0]" },
  { "http://192.0.2.7/onvif/device_service", ICAM_ADDRESS_HTTP, "http://192.0.2.7/onvif/device_service", "192.0.2.7",
    "http://192.0.2.7/onvif/device_service", NULL },
  { "http://192.0.2.7/", ICAM_ADDRESS_HTTP, "http://192.0.2.7/", "192.0.2.7", "http://192.0.2.7/", NULL },
  { "http://192.0.2.7:81/stream", ICAM_ADDRESS_HTTP, "http://192.0.2.7:81/stream", "192.0.2.7", NULL, NULL },
  { "rtsp://192.0.2.7/ch1?x=%20y", ICAM_ADDRESS_RTSP, "rtsp://192.0.2.7/ch1?x=%20y", "192.0.2.7", NULL, NULL },
};

static const char *const bad[] = {
  "", "   ", "http://", "rtsp://user:word@192.0.2.7/", "rtsp://user@192.0.2.7/", "admin:word@192.0.2.7",
  "file:///etc/passwd", "ftp://192.0.2.7/", "192.0.2.7/path", "192.0.2.7 extra", "a\nb", "192.0.2.7:99999", "\xff\xfe",
};

static void
test_good (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (IcamAddress) address = icam_address_parse (good[i].text, &error);
      g_autoptr (GPtrArray) list = NULL;

      g_test_message ("%s", good[i].text);
      g_assert_no_error (error);
      g_assert_cmpint (icam_address_get_kind (address), ==, good[i].kind);
      g_assert_cmpstr (icam_address_get_text (address), ==, good[i].shown);
      g_assert_cmpstr (icam_address_get_host (address), ==, good[i].host);
      list = icam_address_list_onvif (address);
      g_assert_cmpuint (list->len, ==, (good[i].first != NULL ? 1u : 0u) + (good[i].second != NULL ? 1u : 0u));
      if (list->len > 0)
        g_assert_cmpstr (list->pdata[0], ==, good[i].first);
      if (list->len > 1)
        g_assert_cmpstr (list->pdata[1], ==, good[i].second);
    }
}

static void
test_bad (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_autofree char *shown = g_strescape (bad[i], NULL);

      g_test_message ("%s", shown);
      g_assert_null (icam_address_parse (bad[i], &error));
      g_assert_error (error, ICAM_ERROR, ICAM_ERROR_INVALID_ARGUMENT);
      /* What was typed may be a password: it is not repeated. */
      g_assert_null (strstr (error->message, "word@"));
    }
}

static void
test_of_onvif (void)
{
  g_autofree char *usual = icam_address_of_onvif ("http://192.0.2.7:8080/onvif/device_service");
  g_autofree char *plain = icam_address_of_onvif ("http://192.0.2.7/onvif/device_service");
  g_autofree char *odd = icam_address_of_onvif ("http://192.0.2.7/cgi-bin/onvif");

  g_autofree char *scoped = icam_address_url (FALSE, "fe80::7%eth0", 8080, NULL);
  g_autofree char *scoped_text = icam_address_of_onvif (scoped);
  g_autofree char *secure = icam_address_url (TRUE, "192.0.2.7", 443, "/x?y");

  g_assert_cmpstr (scoped, ==, "http://[fe80::7%25eth0]:8080/onvif/device_service");
  g_assert_cmpstr (scoped_text, ==, "[fe80::7%eth0]:8080");
  g_assert_cmpstr (secure, ==, "https://192.0.2.7:443/x?y");
  g_assert_cmpstr (usual, ==, "192.0.2.7:8080");
  g_assert_cmpstr (plain, ==, "192.0.2.7");
  g_assert_cmpstr (odd, ==, "http://192.0.2.7/cgi-bin/onvif");
}

static void
test_names (void)
{
  g_autofree char *plain = icam_clean_name ("  Front door ", "x");
  g_autofree char *control = icam_clean_name ("a\n\x1b[31mb\xe2\x80\xae", "x");
  g_autofree char *nothing = icam_clean_name ("\t\n", "Camera");
  g_autofree char *none = icam_clean_name (NULL, "Camera");
  g_autofree char *invalid = icam_clean_name ("a\xff", "x");
  g_autofree char *endless = g_strnfill (1000, 'a');
  g_autofree char *cut = icam_clean_name (endless, "x");

  g_assert_cmpstr (plain, ==, "Front door");
  g_assert_cmpstr (control, ==, "a  [31mb");
  g_assert_cmpstr (nothing, ==, "Camera");
  g_assert_cmpstr (none, ==, "Camera");
  g_assert_true (g_utf8_validate (invalid, -1, NULL));
  g_assert_cmpint (g_utf8_strlen (cut, -1), ==, 80);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/address/good", test_good);
  g_test_add_func ("/address/bad", test_bad);
  g_test_add_func ("/address/of-onvif", test_of_onvif);
  g_test_add_func ("/address/names", test_names);
  return g_test_run ();
}
