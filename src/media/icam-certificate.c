/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-media"

#include "config.h"

#include "media/icam-certificate.h"

/**
 * icam_certificate_fingerprint:
 * @certificate: (nullable): as a camera showed it
 *
 * Returns: (transfer full) (nullable): SHA-256 of it in hexadecimal
 */
char *
icam_certificate_fingerprint (GTlsCertificate *certificate)
{
  g_autoptr (GByteArray) der = NULL;

  if (certificate == NULL)
    return NULL;

  g_object_get (certificate, "certificate", &der, NULL);
  return der != NULL ? g_compute_checksum_for_data (G_CHECKSUM_SHA256, der->data, der->len) : NULL;
}

/**
 * icam_certificate_accept:
 * @connection: a connection
 * @certificate: what is shown
 * @errors: what is wrong with it
 * @user_data: unused
 *
 * For "accept-certificate" of a connection whose certificate is looked at once it stands, before anything is said over it.
 *
 * Returns: %TRUE
 */
gboolean
icam_certificate_accept (GTlsConnection       *connection,
                         GTlsCertificate      *certificate,
                         GTlsCertificateFlags  errors,
                         gpointer              user_data)
{
  return TRUE;
}
