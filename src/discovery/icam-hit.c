/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-discovery"

#include "config.h"

#include "discovery/icam-hit-private.h"

#include <string.h>

struct _IcamHit
{
  GObject parent_instance;

  char *key, *source, *name, *service, *address;
  char *mac, *hardware, *path, *endpoint;
  guint16 port;
};

G_DEFINE_TYPE (IcamHit, icam_hit, G_TYPE_OBJECT)

static void
icam_hit_finalize (GObject *object)
{
  IcamHit *self = ICAM_HIT (object);

  g_free (self->key);
  g_free (self->source);
  g_free (self->name);
  g_free (self->service);
  g_free (self->address);
  g_free (self->mac);
  g_free (self->hardware);
  g_free (self->path);
  g_free (self->endpoint);

  G_OBJECT_CLASS (icam_hit_parent_class)->finalize (object);
}

static void
icam_hit_class_init (IcamHitClass *class)
{
  G_OBJECT_CLASS (class)->finalize = icam_hit_finalize;
}

static void
icam_hit_init (IcamHit *self)
{
}

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
 * icam_hit_clean_text:
 * @text: (nullable): bytes from the network, not necessarily UTF-8
 * @length: their number, or -1
 *
 * Returns: (transfer full) (nullable): valid UTF-8 without control characters and outer white space, at most
 *   ICAM_HIT_MAX_VALUE bytes; %NULL when nothing is left
 */
char *
icam_hit_clean_text (const char *text,
                     gssize      length)
{
  g_autofree char *valid = NULL;
  GString *clean;

  if (text == NULL)
    return NULL;

  /* Bounded before anything looks at it, with room for what is taken out. */
  if (length < 0)
    length = (gssize) strnlen (text, 4 * ICAM_HIT_MAX_VALUE);
  valid = g_utf8_make_valid (text, MIN (length, 4 * ICAM_HIT_MAX_VALUE));
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
      if (clean->len + (gsize) g_unichar_to_utf8 (c, NULL) > ICAM_HIT_MAX_VALUE)
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
 * icam_hit_clean_mac:
 * @text: (nullable): a hardware address with or without separators
 *
 * Returns: (transfer full) (nullable): 12 lower case hex digits; %NULL if it is none, or no single device's
 *   (all zeros, a group address)
 */
char *
icam_hit_clean_mac (const char *text)
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
 * icam_hit_clean_path:
 * @text: (nullable): what a TXT record calls a path
 *
 * Returns: (transfer full) (nullable): an absolute path, with a query perhaps, of characters that RFC 3986 allows there;
 *   %NULL if it is none
 */
char *
icam_hit_clean_path (const char *text)
{
  gsize length;

  if (text == NULL || *text != '/' || text[1] == '/')
    return NULL;

  length = strnlen (text, ICAM_HIT_MAX_VALUE + 1);
  if (length > ICAM_HIT_MAX_VALUE || strstr (text, "/..") != NULL)
    return NULL;

  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isalnum (text[i]) && strchr ("-._~/?&=%:@!,;+", text[i]) == NULL)
      return NULL;

  return g_strdup (text);
}

/**
 * icam_hit_clean_endpoint:
 * @text: (nullable): a UUID, bare or as urn:uuid:
 *
 * Returns: (transfer full) (nullable): the bare UUID in lower case with its dashes; %NULL if it is none
 */
char *
icam_hit_clean_endpoint (const char *text)
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
 * icam_hit_new:
 * @fields: what was announced; copied and cleaned, values that make no sense are left out
 *
 * Returns: (transfer full): a hit
 */
IcamHit *
icam_hit_new (const IcamHitFields *fields)
{
  IcamHit *self = g_object_new (ICAM_TYPE_HIT, NULL);

  self->key = g_strdup (fields->key);
  self->source = g_strdup (fields->source);
  self->service = g_strdup (fields->service);
  self->address = g_strdup (fields->address);
  self->port = fields->port;
  self->name = icam_hit_clean_text (fields->name, -1);
  if (self->name == NULL)
    self->name = g_strdup (fields->address);
  self->mac = icam_hit_clean_mac (fields->mac);
  self->hardware = icam_hit_clean_text (fields->hardware, -1);
  self->path = icam_hit_clean_path (fields->path);
  self->endpoint = icam_hit_clean_endpoint (fields->endpoint);

  return self;
}

/**
 * icam_hit_same:
 * @self: a hit
 * @other: another
 *
 * Returns: whether they say the same, so that an announcement that was only repeated changes nothing
 */
gboolean
icam_hit_same (IcamHit *self,
               IcamHit *other)
{
  return self->port == other->port && g_strcmp0 (self->key, other->key) == 0
         && g_strcmp0 (self->source, other->source) == 0 && g_strcmp0 (self->name, other->name) == 0
         && g_strcmp0 (self->service, other->service) == 0
         && g_strcmp0 (self->address, other->address) == 0 && g_strcmp0 (self->mac, other->mac) == 0
         && g_strcmp0 (self->hardware, other->hardware) == 0
         && g_strcmp0 (self->path, other->path) == 0
         && g_strcmp0 (self->endpoint, other->endpoint) == 0;
}

/**
 * icam_hit_get_key:
 * @self: a hit
 *
 * Returns: (transfer none): what names this announcement while it lives; for comparing, not for showing
 */
const char *
icam_hit_get_key (IcamHit *self)
{
  g_return_val_if_fail (ICAM_IS_HIT (self), NULL);
  return self->key;
}

/**
 * icam_hit_get_source:
 * @self: a hit
 *
 * Returns: (transfer none): how it was seen: "mdns" or "ws-discovery"
 */
const char *
icam_hit_get_source (IcamHit *self)
{
  g_return_val_if_fail (ICAM_IS_HIT (self), NULL);
  return self->source;
}

/**
 * icam_hit_get_name:
 * @self: a hit
 *
 * Returns: (transfer none): the name that it announces, cleaned; its address if it announces none
 */
const char *
icam_hit_get_name (IcamHit *self)
{
  g_return_val_if_fail (ICAM_IS_HIT (self), NULL);
  return self->name;
}

/**
 * icam_hit_get_service:
 * @self: a hit
 *
 * Returns: (transfer none): the service type, for example "_onvif._tcp"
 */
const char *
icam_hit_get_service (IcamHit *self)
{
  g_return_val_if_fail (ICAM_IS_HIT (self), NULL);
  return self->service;
}

/**
 * icam_hit_get_address:
 * @self: a hit
 *
 * Returns: (transfer none): its numeric address; IPv6 link-local with the interface after a percent sign
 */
const char *
icam_hit_get_address (IcamHit *self)
{
  g_return_val_if_fail (ICAM_IS_HIT (self), NULL);
  return self->address;
}

/**
 * icam_hit_get_port:
 * @self: a hit
 *
 * Returns: the service's port, never 0
 */
guint16
icam_hit_get_port (IcamHit *self)
{
  g_return_val_if_fail (ICAM_IS_HIT (self), 0);
  return self->port;
}

/**
 * icam_hit_get_mac:
 * @self: a hit
 *
 * Returns: (transfer none) (nullable): the hardware address that it announces, 12 lower case hex digits
 */
const char *
icam_hit_get_mac (IcamHit *self)
{
  g_return_val_if_fail (ICAM_IS_HIT (self), NULL);
  return self->mac;
}

/**
 * icam_hit_get_hardware:
 * @self: a hit
 *
 * Returns: (transfer none) (nullable): the model that it announces, cleaned
 */
const char *
icam_hit_get_hardware (IcamHit *self)
{
  g_return_val_if_fail (ICAM_IS_HIT (self), NULL);
  return self->hardware;
}

/**
 * icam_hit_get_path:
 * @self: a hit
 *
 * Returns: (transfer none) (nullable): the path of the service, beginning with a slash
 */
const char *
icam_hit_get_path (IcamHit *self)
{
  g_return_val_if_fail (ICAM_IS_HIT (self), NULL);
  return self->path;
}

/**
 * icam_hit_get_endpoint:
 * @self: a hit
 *
 * Returns: (transfer none) (nullable): the endpoint's UUID, bare, lower case, with dashes
 */
const char *
icam_hit_get_endpoint (IcamHit *self)
{
  g_return_val_if_fail (ICAM_IS_HIT (self), NULL);
  return self->endpoint;
}
