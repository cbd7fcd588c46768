/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* WS-UsernameToken as cameras check it: digest, the device's own clock, no nonce twice. */

#include <glib.h>

G_BEGIN_DECLS

/**
 * IcamTestToken:
 *
 * What a UsernameToken holds; each may be %NULL.
 */
typedef struct
{
  const char *username;
  const char *password;
  const char *password_type;
  const char *nonce;
  const char *created;
} IcamTestToken;

typedef enum
{
  ICAM_TEST_TOKEN_FINE,
  ICAM_TEST_TOKEN_MISSING,
  ICAM_TEST_TOKEN_WRONG,
  ICAM_TEST_TOKEN_TIME,
  ICAM_TEST_TOKEN_REPLAYED,
} IcamTestTokenVerdict;

typedef struct _IcamTestNonces IcamTestNonces;

IcamTestNonces *icam_test_nonces_new (void);
void icam_test_nonces_free (IcamTestNonces *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamTestNonces, icam_test_nonces_free)

char *icam_test_token_digest (const guint8 *nonce,
                              gsize nonce_size,
                              const char *created,
                              const char *password);
IcamTestTokenVerdict icam_test_token_check (IcamTestNonces *nonces,
                                            const IcamTestToken *token,
                                            const char *user,
                                            const char *password,
                                            gint64 now_us);

G_END_DECLS
