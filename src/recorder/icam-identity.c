/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-recorder"

#include "config.h"

#include "recorder/icam-identity.h"

#include <string.h>

/* Makers leave these in whole series of devices: they say nothing about one. */
static const char *const worthless[] = {
  "0", "none", "null", "unknown", "n/a", "na", "default", "serial", "serialnumber", "not specified",
  "1234", "12345", "123456", "1234567", "12345678", "123456789", "1234567890", "0123456789", "000000000001",
};

/* Lower case letters and digits only, or NULL when there is nothing in it to tell one device from another. */
static char *
normalise (const char *text)
{
  g_autoptr (GString) plain = NULL;
  gboolean varied = FALSE;

  if (text == NULL)
    return NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (worthless); i++)
    {
      g_autofree char *trimmed = g_strstrip (g_strdup (text));

      if (g_ascii_strcasecmp (trimmed, worthless[i]) == 0)
        return NULL;
    }

  plain = g_string_new (NULL);
  for (const char *p = text; *p != '\0'; p++)
    {
      /* Bytes of other scripts count as they are; separators do not. */
      if (g_ascii_isalnum (*p) || (guchar) *p >= 0x80)
        g_string_append_c (plain, g_ascii_tolower (*p));
    }
  for (gsize i = 1; i < plain->len; i++)
    varied = varied || plain->str[i] != plain->str[0];

  /* "", "0", "ffffffffffff", "00000000-0000-…" */
  if (!varied)
    return NULL;

  return g_string_free (g_steal_pointer (&plain), FALSE);
}

typedef enum
{
  ABSENT, /* on either side */
  EQUAL,
  DIFFERENT,
} Match;

static Match
match (const char *expected,
       const char *found)
{
  g_autofree char *a = normalise (expected);
  g_autofree char *b = normalise (found);

  if (a == NULL || b == NULL)
    return ABSENT;

  return strcmp (a, b) == 0 ? EQUAL : DIFFERENT;
}

/**
 * icam_identity_compare:
 * @expected: what the device offered when it was added
 * @found: what the device offers that answers now
 *
 * Serial number and endpoint UUID belong to the device: a difference in either is another device. A MAC address belongs to
 * an interface, a TLS fingerprint to a certificate: one that differs is excused by an equal endpoint UUID, and a fingerprint also
 * by serial number and MAC together (serial numbers alone are not unique enough among cheap devices). The hardware id
 * is the same for all devices of a model: it can speak against an identity, never for one.
 *
 * Returns: %ICAM_IDENTITY_SAME, %ICAM_IDENTITY_OTHER, or %ICAM_IDENTITY_UNKNOWN without evidence on both sides
 */
IcamIdentity
icam_identity_compare (const IcamEvidence *expected,
                       const IcamEvidence *found)
{
  Match serial = match (expected->serial, found->serial);
  Match endpoint = match (expected->endpoint, found->endpoint);
  Match mac = match (expected->mac, found->mac);
  Match fingerprint = match (expected->fingerprint, found->fingerprint);
  Match hardware = match (expected->hardware, found->hardware);

  if (serial == DIFFERENT || endpoint == DIFFERENT)
    return ICAM_IDENTITY_OTHER;
  if (endpoint == EQUAL)
    return ICAM_IDENTITY_SAME;
  if (mac == DIFFERENT)
    return ICAM_IDENTITY_OTHER;
  if (fingerprint == DIFFERENT && !(serial == EQUAL && mac == EQUAL))
    return ICAM_IDENTITY_OTHER;
  if (serial == EQUAL || mac == EQUAL || fingerprint == EQUAL)
    return ICAM_IDENTITY_SAME;
  if (hardware == DIFFERENT)
    return ICAM_IDENTITY_OTHER;

  return ICAM_IDENTITY_UNKNOWN;
}

/**
 * icam_evidence_is_usable:
 * @evidence: what a device offers
 *
 * Returns: whether it could ever be told from another of its model by it
 */
gboolean
icam_evidence_is_usable (const IcamEvidence *evidence)
{
  const char *const values[] = { evidence->serial, evidence->endpoint, evidence->mac, evidence->fingerprint };

  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autofree char *plain = normalise (values[i]);

      if (plain != NULL)
        return TRUE;
    }

  return FALSE;
}

static gboolean
complete (char      **to,
          const char *from)
{
  if (*to != NULL || from == NULL || *from == '\0')
    return FALSE;

  *to = g_strdup (from);
  return TRUE;
}

/**
 * icam_evidence_complete:
 * @evidence: what a device offered when it was added
 * @found: what the same device offers now, verified
 *
 * Fills in what was not offered before (a new firmware tells more); never changes what was.
 *
 * Returns: whether something was filled in
 */
gboolean
icam_evidence_complete (IcamEvidence       *evidence,
                        const IcamEvidence *found)
{
  gboolean changed = FALSE;

  changed |= complete (&evidence->serial, found->serial);
  changed |= complete (&evidence->hardware, found->hardware);
  changed |= complete (&evidence->mac, found->mac);
  changed |= complete (&evidence->endpoint, found->endpoint);
  changed |= complete (&evidence->fingerprint, found->fingerprint);

  return changed;
}

/**
 * icam_evidence_describe:
 * @evidence: what a device offers
 *
 * Returns: (transfer full): the plainest of it, for people ("" for nothing)
 */
char *
icam_evidence_describe (const IcamEvidence *evidence)
{
  const char *const values[] = { evidence->serial, evidence->mac, evidence->endpoint, evidence->hardware };

  for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
    if (values[i] != NULL && *values[i] != '\0')
      return g_strdup (values[i]);

  return g_strdup ("");
}

/**
 * icam_evidence_copy:
 * @from: evidence
 * @to: (out caller-allocates): uninitialised; ends with icam_evidence_clear()
 */
void
icam_evidence_copy (const IcamEvidence *from,
                    IcamEvidence       *to)
{
  to->serial = g_strdup (from->serial);
  to->hardware = g_strdup (from->hardware);
  to->mac = g_strdup (from->mac);
  to->endpoint = g_strdup (from->endpoint);
  to->fingerprint = g_strdup (from->fingerprint);
}

/**
 * icam_evidence_clear:
 * @evidence: evidence; its strings are freed
 */
void
icam_evidence_clear (IcamEvidence *evidence)
{
  g_clear_pointer (&evidence->serial, g_free);
  g_clear_pointer (&evidence->hardware, g_free);
  g_clear_pointer (&evidence->mac, g_free);
  g_clear_pointer (&evidence->endpoint, g_free);
  g_clear_pointer (&evidence->fingerprint, g_free);
}
