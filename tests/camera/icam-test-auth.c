/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "icam-test"

#include "icam-test-auth.h"

#include <string.h>

#define MAX_SKEW_US (5 * 60 * G_USEC_PER_SEC)
#define REPLAY_US G_USEC_PER_SEC

/*
 * Nonces that were used, with the Created that they came with, each with when it was by the
 * device's clock. There are clients (libonvif) that keep a nonce for a second and count on Created, which
 * they write in milliseconds: so the same token twice at once is no replay.
 */
struct _IcamTestNonces
{
  GHashTable *used;
};

/**
 * icam_test_nonces_new:
 *
 * Returns: (transfer full): no nonces yet.
 */
IcamTestNonces *
icam_test_nonces_new (void)
{
  IcamTestNonces *self = g_new0 (IcamTestNonces, 1);

  self->used = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

/**
 * icam_test_nonces_free:
 * @self: nonces
 */
void
icam_test_nonces_free (IcamTestNonces *self)
{
  g_hash_table_unref (self->used);
  g_free (self);
}

static gboolean
is_old (gpointer key, gpointer value, gpointer data)
{
  const gint64 *used = value, *now = data;

  return ABS (*now - *used) > 2 * MAX_SKEW_US;
}

/**
 * icam_test_token_digest:
 * @nonce: the nonce, not encoded
 * @nonce_size: its length in bytes
 * @created: the Created of the token
 * @password: the password
 *
 * Returns: (transfer full): Base64 (SHA-1 (nonce + created + password)), WS-Security UsernameToken
 *   Profile 1.0, section 3.1.
 */
char *
icam_test_token_digest (const guint8 *nonce,
                        gsize nonce_size,
                        const char *created,
                        const char *password)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA1);
  guint8 digest[20];
  gsize size = sizeof digest;

  g_checksum_update (sum, nonce, (gssize) nonce_size);
  g_checksum_update (sum, (const guchar *) created, -1);
  g_checksum_update (sum, (const guchar *) password, -1);
  g_checksum_get_digest (sum, digest, &size);
  return g_base64_encode (digest, size);
}

/**
 * icam_test_token_check:
 * @nonces: nonces that were used before; this one is added if the token is fine
 * @token: what the client sent
 * @user: who may come in
 * @password: their password
 * @now_us: the device's clock, µs since 1970
 *
 * Returns: the verdict.
 */
IcamTestTokenVerdict
icam_test_token_check (IcamTestNonces *nonces,
                       const IcamTestToken *token,
                       const char *user,
                       const char *password,
                       gint64 now_us)
{
  g_autofree guint8 *nonce = NULL;
  g_autofree char *expected = NULL;
  g_autofree char *key = NULL;
  g_autoptr (GDateTime) created = NULL;
  gsize nonce_size = 0;
  gint64 created_us, *used;

  if (!token->username || !token->password)
    return ICAM_TEST_TOKEN_MISSING;
  /* A password as text is refused, as cameras with security switched on do. */
  if (!token->password_type || !g_str_has_suffix (token->password_type, "#PasswordDigest")
      || !token->nonce || !token->created || !g_str_equal (token->username, user))
    return ICAM_TEST_TOKEN_WRONG;

  nonce = g_base64_decode (token->nonce, &nonce_size);
  expected = icam_test_token_digest (nonce, nonce_size, token->created, password);
  if (!g_str_equal (expected, token->password))
    return ICAM_TEST_TOKEN_WRONG;

  created = g_date_time_new_from_iso8601 (token->created, NULL);
  if (!created)
    return ICAM_TEST_TOKEN_TIME;
  created_us = g_date_time_to_unix (created) * G_USEC_PER_SEC + g_date_time_get_microsecond (created);
  if (ABS (created_us - now_us) > MAX_SKEW_US)
    return ICAM_TEST_TOKEN_TIME;

  g_hash_table_foreach_remove (nonces->used, is_old, &now_us);
  key = g_strconcat (token->nonce, " ", token->created, NULL);
  used = g_hash_table_lookup (nonces->used, key);
  if (used)
    return ABS (now_us - *used) > REPLAY_US ? ICAM_TEST_TOKEN_REPLAYED : ICAM_TEST_TOKEN_FINE;
  used = g_new (gint64, 1);
  *used = now_us;
  g_hash_table_insert (nonces->used, g_steal_pointer (&key), used);
  return ICAM_TEST_TOKEN_FINE;
}
