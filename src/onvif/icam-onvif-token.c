/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-onvif"

#include "config.h"

#include "onvif/icam-onvif-token-private.h"

#include <string.h>

#include "onvif/icam-soap-private.h"

#define TYPE_DIGEST                                                                                \
  "http://docs.oasis-open.org/wss/2004/01/"                                                        \
  "oasis-200401-wss-username-token-profile-1.0#PasswordDigest"
#define TYPE_BASE64                                                                                \
  "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"

/**
 * icam_onvif_token_new:
 * @user: the name
 * @secret: the password
 * @utc: µs since 1970 by the device's clock: it refuses a token that it finds too old or not yet
 * made
 * @nonce: bytes that were never used before
 *
 * A wsse:Security header with a UsernameToken and the password's digest (Web Services Security
 * UsernameToken Profile 1.0, section 3.1; ONVIF core specification, section 5.9.1). It is not
 * marked mustUnderstand: devices that know HTTP digest only would answer a fault in place of their
 * challenge.
 *
 * Returns: (transfer full) (nullable): XML; %NULL if the name cannot stand in XML
 */
char *
icam_onvif_token_new (const char   *user,
                      IcamSecret   *secret,
                      gint64        utc,
                      const guint8  nonce[ICAM_ONVIF_NONCE_SIZE])
{
  static const guint8 nothing[128];
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA1);
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (utc / G_USEC_PER_SEC);
  g_autofree char *created = NULL;
  g_autofree char *nonce_text = NULL;
  g_autofree char *digest_text = NULL;
  g_autofree char *user_text = NULL;
  const char *password = icam_secret_peek (secret);
  guint8 digest[20];
  gsize size = sizeof digest;

  if (time == NULL || !g_utf8_validate (user, -1, NULL))
    return NULL;
  for (const char *p = user; *p != '\0'; p++)
    if (g_ascii_iscntrl (*p))
      return NULL;

  /* Without fractions: some devices read none. */
  created = g_date_time_format (time, "%Y-%m-%dT%H:%M:%SZ");

  g_checksum_update (checksum, nonce, ICAM_ONVIF_NONCE_SIZE);
  g_checksum_update (checksum, (const guchar *) created, (gssize) strlen (created));
  g_checksum_update (checksum, (const guchar *) password, (gssize) strlen (password));
  g_checksum_get_digest (checksum, digest, &size);
  /* It holds the tail of what it was given: overwrite it before it is freed. */
  g_checksum_reset (checksum);
  g_checksum_update (checksum, nothing, sizeof nothing - 1);

  nonce_text = g_base64_encode (nonce, ICAM_ONVIF_NONCE_SIZE);
  digest_text = g_base64_encode (digest, size);
  user_text = g_markup_escape_text (user, -1);

  return g_strdup_printf ("<wsse:Security xmlns:wsse=\"" ICAM_NS_WSSE "\" xmlns:wsu=\"" ICAM_NS_WSU
                          "\">"
                          "<wsse:UsernameToken><wsse:Username>%s</wsse:Username>"
                          "<wsse:Password Type=\"" TYPE_DIGEST "\">%s</wsse:Password>"
                          "<wsse:Nonce EncodingType=\"" TYPE_BASE64 "\">%s</wsse:Nonce>"
                          "<wsu:Created>%s</wsu:Created></wsse:UsernameToken></wsse:Security>",
                          user_text, digest_text, nonce_text, created);
}
