/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "base/icam-challenge.h"

#include <string.h>

static void
test_one (void)
{
  g_autoptr (GPtrArray) found
    = icam_challenge_parse ("digest realm=\"a \\\"b\\\", c\", NONCE = \"n=1\" , algorithm=MD5,stale=TRUE, qop=\"auth, auth-int\"");
  const IcamChallenge *challenge;

  g_assert_cmpuint (found->len, ==, 1);
  challenge = found->pdata[0];
  g_assert_true (icam_challenge_is (challenge, "Digest"));
  g_assert_cmpstr (icam_challenge_get (challenge, "realm"), ==, "a \"b\", c");
  g_assert_cmpstr (icam_challenge_get (challenge, "nonce"), ==, "n=1");
  g_assert_cmpstr (icam_challenge_get (challenge, "algorithm"), ==, "MD5");
  g_assert_null (icam_challenge_get (challenge, "opaque"));
  g_assert_true (icam_challenge_is_stale (challenge));
  g_assert_true (icam_challenge_offers (icam_challenge_get (challenge, "qop"), "auth"));
  g_assert_false (icam_challenge_offers ("auth-int", "auth"));
  g_assert_false (icam_challenge_offers (NULL, "auth"));
}

static void
test_several (void)
{
  g_autoptr (GPtrArray) found
    = icam_challenge_parse ("Negotiate, Basic realm=\"x\", charset=UTF-8, , Digest realm=y, nonce=\"1\", nonce=\"2\"");

  g_assert_cmpuint (found->len, ==, 3);
  g_assert_true (icam_challenge_is (found->pdata[0], "Negotiate"));
  g_assert_true (icam_challenge_is (found->pdata[1], "Basic"));
  g_assert_cmpstr (icam_challenge_get (found->pdata[1], "charset"), ==, "UTF-8");
  g_assert_cmpstr (icam_challenge_get (found->pdata[2], "realm"), ==, "y");
  g_assert_cmpstr (icam_challenge_get (found->pdata[2], "nonce"), ==, "2");
  g_assert_false (icam_challenge_is_stale (found->pdata[2]));
}

/* What is not well formed is left out, and nothing of it is made up. */
static void
test_nonsense (void)
{
  static const char *const headers[] = {
    "", " ,,, ", "=", "=x", "\"", "Digest realm=\"not ended", "Digest =\"x\"", "Digest nonce=\"a\x01z\"", "Digest nonce=", "\xff\xfe",
    "Digest realm=\"x\\",
  };
  g_autofree char *long_value = g_strnfill (2000, 'a');
  g_autofree char *long_header = g_strdup_printf ("Digest realm=\"%s\", nonce=%s", long_value, long_value);
  g_autoptr (GString) many = g_string_new (NULL);
  g_autoptr (GPtrArray) found = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (headers); i++)
    {
      g_autoptr (GPtrArray) challenges = icam_challenge_parse (headers[i]);

      for (guint j = 0; j < challenges->len; j++)
        {
          g_assert_cmpstr (icam_challenge_get (challenges->pdata[j], "realm"), ==, NULL);
          if (icam_challenge_get (challenges->pdata[j], "nonce") != NULL)
            g_assert_cmpstr (icam_challenge_get (challenges->pdata[j], "nonce"), ==, "");
        }
    }
  found = icam_challenge_parse (long_header);
  g_assert_cmpuint (found->len, ==, 1);
  g_assert_null (icam_challenge_get (found->pdata[0], "realm"));
  g_assert_null (icam_challenge_get (found->pdata[0], "nonce"));

  for (guint i = 0; i < 1000; i++)
    g_string_append_printf (many, "S%u a%u=1, ", i, i);
  g_clear_pointer (&found, g_ptr_array_unref);
  found = icam_challenge_parse (many->str);
  g_assert_cmpuint (found->len, <=, 8);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/challenge/one", test_one);
  g_test_add_func ("/base/challenge/several", test_several);
  g_test_add_func ("/base/challenge/nonsense", test_nonsense);
  return g_test_run ();
}
