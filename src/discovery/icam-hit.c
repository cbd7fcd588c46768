/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-discovery"

#include "config.h"

#include "discovery/icam-hit-private.h"

#include <string.h>

#include "base/icam-text.h"

struct _IcamHit
{
  GObject parent_instance;

  char *key, *source, *name, *service, *address;
  char *mac, *hardware, *path, *endpoint, *serial;
  guint16 port;
  gboolean secure;
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
  g_free (self->serial);

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

/**
 * icam_hit_clean_path:
 * @text: (nullable): what a TXT record calls a path
 *
 * Returns: (transfer full) (nullable): an absolute path, with a query perhaps, of characters that
 * RFC 3986 allows there; %NULL if it is none
 */
char *
icam_hit_clean_path (const char *text)
{
  gsize length;

  if (text == NULL || *text != '/' || text[1] == '/')
    return NULL;

  length = strnlen (text, ICAM_TEXT_MAX + 1);
  if (length > ICAM_TEXT_MAX || strstr (text, "/..") != NULL)
    return NULL;

  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isalnum (text[i]) && strchr ("-._~/?&=%:@!,;+", text[i]) == NULL)
      return NULL;

  return g_strdup (text);
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
  self->secure = fields->secure;
  self->name = icam_text_clean (fields->name, -1);
  if (self->name == NULL)
    self->name = g_strdup (fields->address);
  self->mac = icam_text_clean_mac (fields->mac);
  self->hardware = icam_text_clean (fields->hardware, -1);
  self->path = icam_hit_clean_path (fields->path);
  self->endpoint = icam_text_clean_uuid (fields->endpoint);
  self->serial = icam_text_clean (fields->serial, -1);

  return self;
}

/**
 * icam_hit_same:
 * @self: a hit
 * @other: another
 *
 * Returns: whether they say the same, so that an announcement that was only repeated changes
 * nothing
 */
gboolean
icam_hit_same (IcamHit *self, IcamHit *other)
{
  return self->port == other->port && self->secure == other->secure
         && g_strcmp0 (self->key, other->key) == 0 && g_strcmp0 (self->source, other->source) == 0
         && g_strcmp0 (self->name, other->name) == 0
         && g_strcmp0 (self->service, other->service) == 0
         && g_strcmp0 (self->address, other->address) == 0 && g_strcmp0 (self->mac, other->mac) == 0
         && g_strcmp0 (self->hardware, other->hardware) == 0
         && g_strcmp0 (self->path, other->path) == 0
         && g_strcmp0 (self->endpoint, other->endpoint) == 0
         && g_strcmp0 (self->serial, other->serial) == 0;
}

/**
 * icam_hit_get_key:
 * @self: a hit
 *
 * Returns: (transfer none): what names this announcement while it lives; for comparing, not for
 * showing
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
 * Returns: (transfer none): its numeric address; IPv6 link-local with the interface after a percent
 * sign
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
 * Returns: (transfer none) (nullable): the hardware address that it announces, 12 lower case hex
 * digits
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

/**
 * icam_hit_get_serial:
 * @self: a hit
 *
 * Returns: (transfer none) (nullable): the serial number that it announces, cleaned
 */
const char *
icam_hit_get_serial (IcamHit *self)
{
  g_return_val_if_fail (ICAM_IS_HIT (self), NULL);
  return self->serial;
}

/**
 * icam_hit_get_secure:
 * @self: a hit
 *
 * Returns: whether the service is asked over TLS
 */
gboolean
icam_hit_get_secure (IcamHit *self)
{
  g_return_val_if_fail (ICAM_IS_HIT (self), FALSE);
  return self->secure;
}
