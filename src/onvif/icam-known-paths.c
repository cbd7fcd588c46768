/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-onvif"

#include "config.h"

#include "onvif/icam-known-paths.h"

#include <string.h>

#include "onvif/icam-onvif-list-private.h"

#define MAX_PATHS 64

typedef struct
{
  const char *host;
  int port;
  GPtrArray *paths;
} Listing;

static void
path_free (gpointer data)
{
  IcamKnownPath *path = data;

  g_free (path->url);
  g_free (path);
}

static gboolean
is_url_of (gconstpointer path, gconstpointer url)
{
  return g_str_equal (((const IcamKnownPath *) path)->url, url);
}

static void
add (char **words, gpointer user_data)
{
  Listing *listing = user_data;
  gboolean mjpeg = g_str_equal (words[0], "mjpeg");
  gboolean bracketed = strchr (listing->host, ':') != NULL;
  g_autofree char *url = NULL;
  IcamKnownPath *path;

  g_return_if_fail (words[1] != NULL && words[2] != NULL);

  url = g_strdup_printf ("%s://%s%s%s:%d%s", mjpeg ? "http" : "rtsp", bracketed ? "[" : "", listing->host,
                         bracketed ? "]" : "", listing->port > 0 ? listing->port : atoi (words[1]), words[2]);
  /* With a port that was given the same path may come twice. */
  if (listing->paths->len >= MAX_PATHS || g_ptr_array_find_with_equal_func (listing->paths, url, is_url_of, NULL))
    return;

  path = g_new0 (IcamKnownPath, 1);
  path->mjpeg = mjpeg;
  path->url = g_steal_pointer (&url);
  g_ptr_array_add (listing->paths, path);
}

/**
 * icam_known_paths_list:
 * @host: a name or numeric address
 * @port: the port that was given, or 0: those of the list
 *
 * Returns: (transfer full) (element-type IcamKnownPath): where a stream may be, in the order of trying
 */
GPtrArray *
icam_known_paths_list (const char *host, int port)
{
  Listing listing = { .host = host, .port = port, .paths = g_ptr_array_new_with_free_func (path_free) };

  icam_onvif_list_each ("known-paths.conf", 3, add, &listing);
  return listing.paths;
}
