/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Whatever a device challenges us with: what goes out is one header line that holds no password. */

#define G_LOG_DOMAIN "icam-fuzz"

#include "config.h"

#include <stdint.h>
#include <string.h>

#include "onvif/icam-http-digest-private.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static IcamSecret *secret;
  g_autofree char *header = g_strndup ((const char *) data, size);
  g_autoptr (IcamHttpDigest) digest = icam_http_digest_new ();
  g_autofree char *value = NULL;
  gboolean stale = FALSE;

  if (secret == NULL)
    secret = icam_secret_new ("*the*password*");
  icam_http_digest_challenge (digest, header, TRUE, &stale);
  if (!icam_http_digest_is_ready (digest))
    return 0;

  value
    = icam_http_digest_authorize (digest, "POST", "/onvif/device_service", "admin", secret, NULL);
  g_assert_nonnull (value);
  g_assert_true (g_str_has_prefix (value, "Digest username=\"admin\", realm=\""));
  for (const char *p = value; *p != '\0'; p++)
    g_assert_false (g_ascii_iscntrl (*p));
  return 0;
}
