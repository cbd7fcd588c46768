/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "base/icam-uuid.h"

static void
test_random (void)
{
  IcamUuid a, b;

  icam_uuid_generate (&a);
  icam_uuid_generate (&b);
  g_assert_false (icam_uuid_equal (&a, &b));
  g_assert_false (icam_uuid_is_nil (&a));
  /* RFC 9562: version 4, variant 10. */
  g_assert_cmpuint (a.bytes[6] >> 4, ==, 4);
  g_assert_cmpuint (a.bytes[8] >> 6, ==, 2);
}

static void
test_round_trip (void)
{
  static const char *const text = "00112233445566778899aabbccddeeff";
  IcamUuid uuid, hyphens;
  g_autofree char *back = NULL;

  g_assert_true (icam_uuid_parse (text, &uuid));
  g_assert_cmpuint (uuid.bytes[0], ==, 0x00);
  g_assert_cmpuint (uuid.bytes[15], ==, 0xff);
  back = icam_uuid_dup_text (&uuid);
  g_assert_cmpstr (back, ==, text);
  g_assert_true (icam_uuid_parse ("00112233-4455-6677-8899-AABBCCDDEEFF", &hyphens));
  g_assert_true (icam_uuid_equal (&uuid, &hyphens));
  g_assert_cmpuint (icam_uuid_hash (&uuid), ==, icam_uuid_hash (&hyphens));
}

static void
test_refused (void)
{
  static const char *const none[] = {
    "", "0", "00112233445566778899aabbccddeef", "00112233445566778899aabbccddeeff0",
    "0011223344556677-8899aabbccddeeff", "00112233445566778899aabbccddeefg",
    "00112233-4455-6677-8899-aabbccddeeff ", " 00112233445566778899aabbccddeeff",
  };
  IcamUuid uuid = { { 7 } };

  for (guint i = 0; i < G_N_ELEMENTS (none); i++)
    g_assert_false (icam_uuid_parse (none[i], &uuid));
  g_assert_false (icam_uuid_parse (NULL, &uuid));
  g_assert_cmpuint (uuid.bytes[0], ==, 7);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/uuid/random", test_random);
  g_test_add_func ("/uuid/round-trip", test_round_trip);
  g_test_add_func ("/uuid/refused", test_refused);
  return g_test_run ();
}
