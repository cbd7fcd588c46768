/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-discovery"

#include "config.h"

#include "discovery/icam-mdns-txt-private.h"

#include <string.h>

/* A web server is asked only if its announcement has one of these: printers, routers and media
 * players announce _http._tcp too, and are none of our business. */
static const char *const camera_words[] = {
  "onvif", "camera", "ipcam", "webcam", "netcam", "doorbell", "motioneye", "esp32cam",
};

/* "cam" alone: "esp32-cam", "cam1", but not "campus". */
static gboolean
has_cam (const char *text)
{
  for (const char *p = strstr (text, "cam"); p != NULL; p = strstr (p + 1, "cam"))
    if ((p == text || !g_ascii_isalpha (p[-1])) && !g_ascii_isalpha (p[3]))
      return TRUE;

  return FALSE;
}

/**
 * icam_mdns_sounds_like_camera:
 * @text: bytes of a name or of a TXT string
 * @length: their number
 *
 * Returns: whether they speak of a camera: a hint for services that many kinds of device announce
 */
gboolean
icam_mdns_sounds_like_camera (const char *text, gsize length)
{
  g_autofree char *copy = g_ascii_strdown (text, (gssize) length);

  for (gsize i = 0; i < length; i++)
    if (copy[i] == '\0')
      copy[i] = ' ';

  for (guint i = 0; i < G_N_ELEMENTS (camera_words); i++)
    if (strstr (copy, camera_words[i]) != NULL)
      return TRUE;

  return has_cam (copy);
}

/**
 * icam_mdns_txt_init:
 * @self: (out caller-allocates): an empty record
 */
void
icam_mdns_txt_init (IcamMdnsTxt *self)
{
  memset (self, 0, sizeof *self);
}

/**
 * icam_mdns_txt_clear:
 * @self: a record
 *
 * Frees what it holds.
 */
void
icam_mdns_txt_clear (IcamMdnsTxt *self)
{
  g_free (self->mac);
  g_free (self->hardware);
  g_free (self->path);
  g_free (self->endpoint);
  g_free (self->serial);
  memset (self, 0, sizeof *self);
}

static gboolean
is_one_of (const char *key, gsize length, const char *const *names)
{
  for (; *names != NULL; names++)
    if (strlen (*names) == length && g_ascii_strncasecmp (key, *names, length) == 0)
      return TRUE;

  return FALSE;
}

/**
 * icam_mdns_txt_add:
 * @self: a record
 * @data: one of its strings, "key=value"; may hold any bytes
 * @size: their number
 *
 * Takes what we know of a string. Of a key that comes twice the first counts (RFC 6763,
 * section 6.4).
 */
void
icam_mdns_txt_add (IcamMdnsTxt *self, const guint8 *data, gsize size)
{
  static const char *const macs[] = { "macaddress", "mac", "mac_address", "hwaddr", NULL };
  static const char *const hardwares[] = { "hardware", "model", "hw", "product", "ty", NULL };
  static const char *const paths[] = { "path", NULL };
  static const char *const endpoints[] = { "uuid", "endpoint", "urn", NULL };
  static const char *const serials[] = { "serial", "serialnumber", "sn", NULL };
  const char *text = (const char *) data;
  const char *equals = size > 0 ? memchr (text, '=', size) : NULL;
  const char *value;
  gsize key_length, value_length;
  char **field = NULL;

  /* A string has at most 255 bytes on the wire; whoever hands us more is not to be trusted further.
   */
  if (size == 0 || size > 255 || equals == NULL || equals == text)
    return;

  if (icam_mdns_sounds_like_camera (text, size))
    self->camera = TRUE;

  key_length = (gsize) (equals - text);
  value = equals + 1;
  value_length = size - key_length - 1;
  if (value_length == 0 || memchr (value, '\0', value_length) != NULL)
    return;

  if (is_one_of (text, key_length, macs))
    field = &self->mac;
  else if (is_one_of (text, key_length, hardwares))
    field = &self->hardware;
  else if (is_one_of (text, key_length, paths))
    field = &self->path;
  else if (is_one_of (text, key_length, endpoints))
    field = &self->endpoint;
  else if (is_one_of (text, key_length, serials))
    field = &self->serial;

  if (field != NULL && *field == NULL)
    *field = g_strndup (value, value_length);
}
