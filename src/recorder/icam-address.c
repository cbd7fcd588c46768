/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-recorder"

#include "config.h"

#include "recorder/icam-address.h"

#include "base/icam-error.h"

#include <string.h>

#define MAX_LENGTH 2048
/* ONVIF Core Specification, 5.1: the path of the device service. */
#define DEVICE_SERVICE "/onvif/device_service"

struct _IcamAddress
{
  IcamAddressKind kind;
  char *text;
  char *host;
  int port;   /* -1: the scheme's */
  char *path;
};

static IcamAddress *
refuse (GError    **error,
        const char *detail)
{
  icam_error_set (error, ICAM_ERROR_INVALID_ARGUMENT, "what", "address", "detail", detail, NULL);
  return NULL;
}

/**
 * icam_address_join:
 * @host: name or number; IPv6 without brackets, a link-local one with its scope
 * @port: -1 for none
 *
 * Returns: (transfer full): "host", "host:port" or "[host]:port"
 */
char *
icam_address_join (const char *host,
                   int         port)
{
  gboolean brackets = strchr (host, ':') != NULL;

  if (port <= 0)
    return brackets ? g_strdup_printf ("[%s]", host) : g_strdup (host);

  return brackets ? g_strdup_printf ("[%s]:%d", host, port) : g_strdup_printf ("%s:%d", host, port);
}

/**
 * icam_address_url:
 * @secure: https
 * @host: numeric; IPv6 without brackets, a link-local one with its scope
 * @port: of the service
 * @path: (nullable): of the service, beginning with a slash
 *
 * Returns: (transfer full): the URL, the scope written as RFC 6874 wants it
 */
char *
icam_address_url (gboolean    secure,
                  const char *host,
                  guint16     port,
                  const char *path)
{
  g_auto (GStrv) parts = g_strsplit (host, "%", 2);
  g_autofree char *escaped = g_strjoinv ("%25", parts);
  g_autofree char *authority = icam_address_join (escaped, port);

  return g_strdup_printf ("%s://%s%s", secure ? "https" : "http", authority, path != NULL ? path : DEVICE_SERVICE);
}

/**
 * icam_address_parse:
 * @text: "host", "host:port", "http://…", "rtsp://…"
 * @error: return location; ICAM_ERROR_INVALID_ARGUMENT
 *
 * Returns: (transfer full): the address
 */
IcamAddress *
icam_address_parse (const char *text,
                    GError    **error)
{
  g_autofree char *trimmed = g_strstrip (g_strdup (text));
  g_autofree char *full = NULL;
  g_autoptr (GUri) uri = NULL;
  IcamAddress *self;
  const char *scheme;
  gboolean bare = strstr (trimmed, "://") == NULL;

  if (*trimmed == '\0' || strlen (trimmed) > MAX_LENGTH || !g_utf8_validate (trimmed, -1, NULL))
    return refuse (error, "empty, too long or not text");
  for (const char *p = trimmed; *p != '\0'; p++)
    if (g_ascii_iscntrl (*p) || *p == ' ')
      return refuse (error, "a space or a control character in it");

  if (bare)
    {
      /* The percent sign before an interface is written out in an URL (RFC 6874). */
      g_auto (GStrv) parts = g_strsplit (trimmed, "%", 2);
      g_autofree char *escaped = g_strjoinv ("%25", parts);

      /* A bare IPv6 number has no brackets. */
      full = g_strdup_printf (g_hostname_is_ip_address (trimmed) && strchr (trimmed, ':') != NULL ? "http://[%s]" : "http://%s",
                              escaped);
    }
  else
    {
      full = g_strdup (trimmed);
    }

  uri = g_uri_parse (full, G_URI_FLAGS_HAS_PASSWORD | G_URI_FLAGS_ENCODED_PATH | G_URI_FLAGS_ENCODED_QUERY, NULL);
  if (uri == NULL || g_uri_get_host (uri) == NULL || *g_uri_get_host (uri) == '\0')
    return refuse (error, "not an address");
  if (g_uri_get_userinfo (uri) != NULL)
    return refuse (error, "a name or a password in it");
  if (bare && (*g_uri_get_path (uri) != '\0' || g_uri_get_query (uri) != NULL || g_uri_get_fragment (uri) != NULL))
    return refuse (error, "not an address");

  scheme = g_uri_get_scheme (uri);
  if (strcmp (scheme, "rtsp") != 0 && strcmp (scheme, "rtsps") != 0 && strcmp (scheme, "http") != 0
      && strcmp (scheme, "https") != 0)
    return refuse (error, "neither http nor rtsp");

  self = g_new0 (IcamAddress, 1);
  self->host = g_strdup (g_uri_get_host (uri));
  self->port = g_uri_get_port (uri);
  self->path = g_strdup (g_uri_get_path (uri));
  if (bare)
    {
      self->kind = ICAM_ADDRESS_HOST;
      self->text = icam_address_join (self->host, self->port);
    }
  else
    {
      self->kind = g_str_has_prefix (scheme, "rtsp") ? ICAM_ADDRESS_RTSP : ICAM_ADDRESS_HTTP;
      self->text = g_steal_pointer (&trimmed);
    }
  return self;
}

/**
 * icam_address_free:
 * @self: (transfer full): an address
 */
void
icam_address_free (IcamAddress *self)
{
  g_free (self->text);
  g_free (self->host);
  g_free (self->path);
  g_free (self);
}

/**
 * icam_address_get_kind:
 * @self: an address
 *
 * Returns: what was given
 */
IcamAddressKind
icam_address_get_kind (IcamAddress *self)
{
  return self->kind;
}

/**
 * icam_address_get_text:
 * @self: an address
 *
 * Returns: (transfer none): as it is stored and shown
 */
const char *
icam_address_get_text (IcamAddress *self)
{
  return self->text;
}

/**
 * icam_address_get_host:
 * @self: an address
 *
 * Returns: (transfer none): the host alone
 */
const char *
icam_address_get_host (IcamAddress *self)
{
  return self->host;
}

/**
 * icam_address_list_onvif:
 * @self: an address
 *
 * Returns: (transfer full) (element-type utf8): where to look for ONVIF, the likeliest first; empty for a stream
 */
GPtrArray *
icam_address_list_onvif (IcamAddress *self)
{
  GPtrArray *list = g_ptr_array_new_with_free_func (g_free);

  if (self->kind == ICAM_ADDRESS_HOST)
    {
      g_ptr_array_add (list, g_strdup (self->text));
      if (self->port > 0 && self->port != 80)
        g_ptr_array_add (list, icam_address_join (self->host, -1));
    }
  else if (self->kind == ICAM_ADDRESS_HTTP
           && (*self->path == '\0' || strcmp (self->path, "/") == 0 || strstr (self->path, "onvif") != NULL))
    {
      /* Other paths are streams: a device with one viewer at a time is not to be disturbed by questions. */
      g_ptr_array_add (list, g_strdup (self->text));
    }

  return list;
}

/**
 * icam_address_of_onvif:
 * @url: of a device service
 *
 * Returns: (transfer full): "host:port" where the path is the usual one, else @url
 */
char *
icam_address_of_onvif (const char *url)
{
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_ENCODED, NULL);

  if (uri == NULL || strcmp (g_uri_get_scheme (uri), "http") != 0
      || (strcmp (g_uri_get_path (uri), DEVICE_SERVICE) != 0 && *g_uri_get_path (uri) != '\0'))
    return g_strdup (url);

  return icam_address_join (g_uri_get_host (uri), g_uri_get_port (uri));
}
