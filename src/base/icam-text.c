/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-base"

#include "config.h"

#include "base/icam-text.h"

#include <string.h>

/* Characters that a name on the screen must not have: they break a line or turn the direction of writing, so that a name
 * shows as another. The two joiners are needed by scripts and by emoji. */
static gboolean
is_unwanted (gunichar c)
{
  if (c == 0x200c || c == 0x200d)
    return FALSE;

  switch (g_unichar_type (c))
    {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT:
    case G_UNICODE_SURROGATE:
    case G_UNICODE_UNASSIGNED:
    case G_UNICODE_PRIVATE_USE:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
      return TRUE;
    default:
      return FALSE;
    }
}

/**
 * icam_text_clean:
 * @text: (nullable): bytes from a stranger, not necessarily UTF-8
 * @length: their number, or -1 when they end with a NUL
 *
 * Returns: (transfer full) (nullable): valid UTF-8 without control characters and outer white space, at most
 *   ICAM_TEXT_MAX bytes; %NULL when nothing is left
 */
char *
icam_text_clean (const char *text,
                 gssize      length)
{
  g_autofree char *valid = NULL;
  GString *clean;

  if (text == NULL)
    return NULL;

  /* Bounded before anything looks at it, with room for what is taken out. */
  if (length < 0)
    length = (gssize) strnlen (text, 4 * ICAM_TEXT_MAX);
  valid = g_utf8_make_valid (text, MIN (length, 4 * ICAM_TEXT_MAX));
  clean = g_string_new (NULL);

  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (g_unichar_isspace (c))
        c = ' ';
      else if (is_unwanted (c))
        continue;
      if (c == ' ' && (clean->len == 0 || clean->str[clean->len - 1] == ' '))
        continue;
      if (clean->len + (gsize) g_unichar_to_utf8 (c, NULL) > ICAM_TEXT_MAX)
        break;
      g_string_append_unichar (clean, c);
    }

  while (clean->len > 0 && clean->str[clean->len - 1] == ' ')
    g_string_truncate (clean, clean->len - 1);

  if (clean->len == 0)
    {
      g_string_free (clean, TRUE);
      return NULL;
    }

  return g_string_free (clean, FALSE);
}

/**
 * icam_text_clean_mac:
 * @text: (nullable): a hardware address, with colons or dashes or without
 *
 * Returns: (transfer full) (nullable): 12 lower case hex digits; %NULL if it is none, or no single device's
 *   (all zeros, a group address)
 */
char *
icam_text_clean_mac (const char *text)
{
  char digits[13];
  guint n = 0;

  if (text == NULL)
    return NULL;

  for (const char *p = text; *p != '\0'; p++)
    {
      if (g_ascii_isxdigit (*p) && n < 12)
        digits[n++] = g_ascii_tolower (*p);
      else if (!(n % 2 == 0 && n > 0 && n < 12 && (*p == ':' || *p == '-')))
        return NULL;
    }
  digits[n] = '\0';

  if (n != 12 || g_str_equal (digits, "000000000000") || (g_ascii_xdigit_value (digits[1]) & 1) != 0)
    return NULL;

  return g_strdup (digits);
}

/**
 * icam_text_clean_uuid:
 * @text: (nullable): a UUID of a device, bare, as uuid: or as urn:uuid:
 *
 * Returns: (transfer full) (nullable): the bare UUID in lower case with its dashes; %NULL if it is none or nil
 */
char *
icam_text_clean_uuid (const char *text)
{
  if (text == NULL)
    return NULL;
  if (g_ascii_strncasecmp (text, "urn:", 4) == 0)
    text += 4;
  if (g_ascii_strncasecmp (text, "uuid:", 5) == 0)
    text += 5;
  if (!g_uuid_string_is_valid (text) || g_str_equal (text, "00000000-0000-0000-0000-000000000000"))
    return NULL;

  return g_ascii_strdown (text, -1);
}

/**
 * icam_text_mend_url:
 * @text: an URL out of a device's answer
 *
 * Returns: (transfer full): the URL without a port that firmware wrote twice: "http://host:8106:8106/x" becomes
 *   "http://host:8106/x"; unchanged otherwise. A user part and an IPv6 address have colons of their own
 */
char *
icam_text_mend_url (const char *text)
{
  const char *host = strstr (text, "://");
  const char *end, *first, *second;

  if (host == NULL)
    return g_strdup (text);

  host += 3;
  end = host + strcspn (host, "/?#");
  for (const char *p = host; p < end; p++)
    if (*p == '@' || *p == ']')
      host = p + 1;

  first = memchr (host, ':', (gsize) (end - host));
  second = first != NULL ? memchr (first + 1, ':', (gsize) (end - first - 1)) : NULL;
  if (second == NULL || strspn (first + 1, "0123456789") != (gsize) (second - first - 1)
      || strspn (second + 1, "0123456789") != (gsize) (end - second - 1))
    return g_strdup (text);

  return g_strdup_printf ("%.*s%s", (int) (second - text), text, end);
}
