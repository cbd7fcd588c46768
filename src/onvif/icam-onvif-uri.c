/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-onvif"

#include "config.h"

#include "onvif/icam-onvif-uri-private.h"

#include <string.h>

#include "base/icam-error.h"
#include "base/icam-text.h"

/* The entry point of every device (ONVIF core specification, section 5.1.1). */
#define DEVICE_PATH "/onvif/device_service"

#define FLAGS                                                                                      \
  (G_URI_FLAGS_ENCODED_PATH | G_URI_FLAGS_ENCODED_QUERY | G_URI_FLAGS_PARSE_RELAXED                \
   | G_URI_FLAGS_HAS_PASSWORD)

static gboolean
is_plain (const char *text)
{
  for (; *text != '\0'; text++)
    if (g_ascii_iscntrl (*text) || *text == ' ' || *text == '"' || *text == '<' || *text == '>')
      return FALSE;

  return TRUE;
}

/**
 * icam_onvif_uri_from_address:
 * @address: "host", "host:port", "[v6]:port", a bare IPv6 address, or an http URL
 * @error: return location, ICAM_ERROR_INVALID_ARGUMENT
 *
 * Returns: (transfer full) (nullable): the URL of the device service there
 */
GUri *
icam_onvif_uri_from_address (const char *address, GError **error)
{
  g_autofree char *text = g_strstrip (g_strdup (address));
  g_autoptr (GUri) uri = NULL;
  const char *path;

  if (strstr (text, "://") == NULL)
    {
      g_autofree char *bare = g_steal_pointer (&text);
      const char *colon = strchr (bare, ':');

      /* More than one colon: an IPv6 address; with its interface perhaps, whose percent sign is
       * written %25 in an URL. */
      if (*bare != '[' && colon != NULL && strchr (colon + 1, ':') != NULL)
        {
          g_auto (GStrv) parts = g_strsplit (bare, "%", 2);

          text = parts[0] != NULL && parts[1] != NULL
                   ? g_strdup_printf ("http://[%s%%25%s]", parts[0], parts[1])
                   : g_strdup_printf ("http://[%s]", bare);
        }
      else
        text = g_strconcat ("http://", bare, NULL);
    }

  if (is_plain (text))
    uri = g_uri_parse (text, FLAGS, NULL);
  if (uri == NULL || g_uri_get_host (uri) == NULL || *g_uri_get_host (uri) == '\0'
      || !(g_str_equal (g_uri_get_scheme (uri), "http")
           || g_str_equal (g_uri_get_scheme (uri), "https"))
      || g_uri_get_port (uri) == 0)
    {
      icam_error_set (error, ICAM_ERROR_INVALID_ARGUMENT, "what", "address", NULL);
      return NULL;
    }
  if (g_uri_get_userinfo (uri) != NULL)
    {
      icam_error_set (error, ICAM_ERROR_INVALID_ARGUMENT, "what", "address", "detail",
                      "a password in an address", NULL);
      return NULL;
    }

  path = g_uri_get_path (uri);
  return g_uri_build (
    FLAGS, g_uri_get_scheme (uri), NULL, g_uri_get_host (uri), g_uri_get_port (uri),
    *path == '\0' || g_str_equal (path, "/") ? DEVICE_PATH : path, g_uri_get_query (uri), NULL);
}

/**
 * icam_onvif_uri_on_host:
 * @text: (nullable): an URI out of a device's answer
 * @base: where the device answered
 * @schemes: (array zero-terminated=1): what it may be, lower case
 *
 * Mends what devices write and puts it on the host that answered: behind NAT, and after a move,
 * they name one that cannot be reached; and no answer may send us, with a password, to somebody
 * else. Port, path and query are kept, a user part is not.
 *
 * Returns: (transfer full) (nullable): the URI; %NULL if it is none of these
 */
GUri *
icam_onvif_uri_on_host (const char *text, GUri *base, const char *const *schemes)
{
  g_autofree char *stripped = NULL;
  g_autofree char *mended = NULL;
  g_autofree char *scheme = NULL;
  g_autoptr (GUri) uri = NULL;

  if (text == NULL)
    return NULL;

  stripped = g_strstrip (g_strdup (text));
  if (!is_plain (stripped))
    return NULL;
  mended = icam_text_mend_url (stripped);
  uri = g_uri_parse (mended, FLAGS, NULL);
  if (uri == NULL || g_uri_get_host (uri) == NULL || *g_uri_get_host (uri) == '\0'
      || g_uri_get_port (uri) == 0)
    return NULL;
  scheme = g_ascii_strdown (g_uri_get_scheme (uri), -1);
  if (!g_strv_contains (schemes, scheme))
    return NULL;

  return g_uri_build (FLAGS, scheme, NULL, g_uri_get_host (base), g_uri_get_port (uri),
                      g_uri_get_path (uri), g_uri_get_query (uri), NULL);
}

/**
 * icam_onvif_uri_dup_host:
 * @text: (nullable): an URI out of a device's answer
 *
 * Returns: (transfer full) (nullable): the host that it names, for people and for comparison; it is never connected
 */
char *
icam_onvif_uri_dup_host (const char *text)
{
  g_autofree char *stripped = text != NULL ? g_strstrip (g_strdup (text)) : NULL;
  g_autofree char *mended = NULL;
  g_autoptr (GUri) uri = NULL;

  if (stripped == NULL || !is_plain (stripped))
    return NULL;
  mended = icam_text_mend_url (stripped);
  uri = g_uri_parse (mended, FLAGS, NULL);
  return uri != NULL ? icam_text_clean (g_uri_get_host (uri), -1) : NULL;
}

/**
 * icam_onvif_uri_get_port:
 * @uri: an http or https URI
 *
 * Returns: its port, or the one that its scheme implies
 */
int
icam_onvif_uri_get_port (GUri *uri)
{
  int port = g_uri_get_port (uri);

  if (port > 0)
    return port;
  return g_str_equal (g_uri_get_scheme (uri), "https") ? 443 : 80;
}

/**
 * icam_onvif_uri_dup_target:
 * @uri: an URI
 *
 * Returns: (transfer full): path and query as they stand in the request line
 */
char *
icam_onvif_uri_dup_target (GUri *uri)
{
  const char *path = g_uri_get_path (uri);
  const char *query = g_uri_get_query (uri);

  return g_strconcat (*path != '\0' ? path : "/", query != NULL ? "?" : NULL, query, NULL);
}
