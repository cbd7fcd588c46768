/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-base"

#include "config.h"

#include "base/icam-uuid.h"

#include <string.h>

/**
 * icam_uuid_generate:
 * @uuid: (out): a new random UUID
 *
 * Makes a version 4 UUID (RFC 9562, section 5.4) from the system's random source.
 */
void
icam_uuid_generate (IcamUuid *uuid)
{
  g_autofree char *text = g_uuid_string_random ();
  gboolean parsed = icam_uuid_parse (text, uuid);

  g_assert (parsed);
}

/**
 * icam_uuid_parse:
 * @text: (nullable): 32 hex digits, with or without the four hyphens of the usual form
 * @uuid: (out): the UUID; untouched when @text is none
 *
 * Returns: whether @text was a UUID and nothing else
 */
gboolean
icam_uuid_parse (const char *text,
                 IcamUuid   *uuid)
{
  IcamUuid parsed = { { 0 } };
  guint digits = 0;

  g_return_val_if_fail (uuid != NULL, FALSE);

  if (text == NULL)
    return FALSE;

  for (guint i = 0; text[i] != '\0'; i++)
    {
      int value = g_ascii_xdigit_value (text[i]);

      if (text[i] == '-' && (i == 8 || i == 13 || i == 18 || i == 23))
        continue;
      if (value < 0 || digits == 32)
        return FALSE;

      parsed.bytes[digits / 2] = (guint8) ((parsed.bytes[digits / 2] << 4) | value);
      digits++;
    }

  if (digits != 32)
    return FALSE;

  *uuid = parsed;
  return TRUE;
}

/**
 * icam_uuid_format:
 * @uuid: a UUID
 * @text: (out): its 32 lower case hex digits and a NUL
 */
void
icam_uuid_format (const IcamUuid *uuid,
                  char            text[ICAM_UUID_TEXT_SIZE])
{
  static const char digits[] = "0123456789abcdef";

  g_return_if_fail (uuid != NULL);

  for (guint i = 0; i < 16; i++)
    {
      text[2 * i] = digits[uuid->bytes[i] >> 4];
      text[2 * i + 1] = digits[uuid->bytes[i] & 0xf];
    }
  text[32] = '\0';
}

/**
 * icam_uuid_dup_text:
 * @uuid: a UUID
 *
 * Returns: (transfer full): its 32 lower case hex digits
 */
char *
icam_uuid_dup_text (const IcamUuid *uuid)
{
  char text[ICAM_UUID_TEXT_SIZE];

  icam_uuid_format (uuid, text);
  return g_strdup (text);
}

/**
 * icam_uuid_is_nil:
 * @uuid: a UUID
 *
 * Returns: whether all of its bits are zero, which stands for "none"
 */
gboolean
icam_uuid_is_nil (const IcamUuid *uuid)
{
  static const IcamUuid nil;

  return memcmp (uuid, &nil, sizeof nil) == 0;
}

/**
 * icam_uuid_equal:
 * @a: an IcamUuid
 * @b: another
 *
 * Returns: whether they are the same; fit for a GHashTable
 */
gboolean
icam_uuid_equal (gconstpointer a,
                 gconstpointer b)
{
  return memcmp (a, b, sizeof (IcamUuid)) == 0;
}

/**
 * icam_uuid_hash:
 * @uuid: an IcamUuid
 *
 * Returns: a hash; fit for a GHashTable. The bits of a random UUID need no mixing.
 */
guint
icam_uuid_hash (gconstpointer uuid)
{
  guint hash;

  memcpy (&hash, ((const IcamUuid *) uuid)->bytes, sizeof hash);
  return hash;
}

/**
 * icam_uuid_copy:
 * @uuid: a UUID
 *
 * Returns: (transfer full): a copy, to be freed with g_free()
 */
IcamUuid *
icam_uuid_copy (const IcamUuid *uuid)
{
  return g_memdup2 (uuid, sizeof *uuid);
}
