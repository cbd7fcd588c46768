/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-recorder"

#include "config.h"

#include "recorder/icam-path-search.h"

#include "base/icam-clock.h"
#include "base/icam-error.h"

#define PAUSE_MS 200
#define MAX_TIME_US (20 * G_USEC_PER_SEC)
/* Where nothing answers for so long, nobody is. */
#define SILENCE_US (2 * G_USEC_PER_SEC)

struct _IcamPathSearch
{
  GPtrArray *paths;     /* of IcamKnownPath */
  guint next;           /* index of the one after the one that is tried */
  GHashTable *closed;   /* set of doors at which nobody speaks our language, or nobody at all */
  gint64 began, tried;  /* boot time, µs: of all, and of this one */
  gboolean refused;
  guint timer;
  IcamPathSearchFunc func;
  gpointer user_data;
};

/* A port and what is spoken there; 0 is not NULL in a set. */
static gpointer
door_of (const IcamKnownPath *path,
         gboolean             mjpeg)
{
  g_autoptr (GUri) uri = g_uri_parse (path->url, G_URI_FLAGS_NONE, NULL);

  return GINT_TO_POINTER (uri != NULL ? g_uri_get_port (uri) * 2 + (mjpeg ? 1 : 0) : -1);
}

static gboolean
is_refusal (const GError *error)
{
  return g_error_matches (error, ICAM_ERROR, ICAM_ERROR_WRONG_PASSWORD)
         || g_error_matches (error, ICAM_ERROR, ICAM_ERROR_PASSWORD_NEEDED);
}

static gint64
now (void)
{
  return icam_clock_boottime (icam_clock_system ());
}

/**
 * icam_path_search_new:
 * @address: host or host:port, as icam_address_get_text() says it
 * @first_error: why it does not speak ONVIF
 * @next: called when the next place is to be tried: icam_path_search_get()
 * @user_data: for it
 *
 * Returns: (transfer full): a search that has not begun
 */
IcamPathSearch *
icam_path_search_new (const char         *address,
                      const GError       *first_error,
                      IcamPathSearchFunc  next,
                      gpointer            user_data)
{
  IcamPathSearch *self = g_new0 (IcamPathSearch, 1);
  g_autoptr (GSocketConnectable) host = g_network_address_parse (address, 0, NULL);
  int port = host != NULL ? g_network_address_get_port (G_NETWORK_ADDRESS (host)) : 0;

  self->paths = host != NULL
                  ? icam_known_paths_list (g_network_address_get_hostname (G_NETWORK_ADDRESS (host)), port)
                  : g_ptr_array_new ();
  if (port != 0 && g_error_matches (first_error, ICAM_ERROR, ICAM_ERROR_UNREACHABLE))
    g_ptr_array_set_size (self->paths, 0);
  self->closed = g_hash_table_new (NULL, NULL);
  self->func = next;
  self->user_data = user_data;
  self->began = self->tried = now ();
  return self;
}

/**
 * icam_path_search_free:
 * @self: (transfer full): a search
 */
void
icam_path_search_free (IcamPathSearch *self)
{
  g_clear_handle_id (&self->timer, g_source_remove);
  g_ptr_array_unref (self->paths);
  g_hash_table_unref (self->closed);
  g_free (self);
}

static void
on_pause (gpointer user_data)
{
  IcamPathSearch *self = user_data;

  self->timer = 0;
  self->tried = now ();
  self->func (self->user_data);
}

/* A place that is not there leaves the others at the same door; everything else speaks for all of them. */
static void
close_doors (IcamPathSearch *self,
             const GError   *error)
{
  const IcamKnownPath *path = icam_path_search_get (self);
  gboolean nobody = g_error_matches (error, ICAM_ERROR, ICAM_ERROR_UNREACHABLE);

  if (g_error_matches (error, ICAM_ERROR, ICAM_ERROR_NO_STREAM))
    return;

  g_hash_table_add (self->closed, door_of (path, path->mjpeg));
  if (nobody)
    g_hash_table_add (self->closed, door_of (path, !path->mjpeg));
}

static gboolean
is_closed (IcamPathSearch      *self,
           const IcamKnownPath *path)
{
  return g_hash_table_contains (self->closed, door_of (path, path->mjpeg));
}

/**
 * icam_path_search_go_on:
 * @self: a search
 * @error: (nullable): why there is nothing at the place that was tried; %NULL at the beginning
 *
 * Returns: whether another place will be tried; else it is over
 */
gboolean
icam_path_search_go_on (IcamPathSearch *self,
                        const GError   *error)
{
  if (error != NULL && is_refusal (error))
    {
      self->refused = TRUE;
      return FALSE;
    }
  if (g_error_matches (error, ICAM_ERROR, ICAM_ERROR_UNREACHABLE) && now () - self->tried > SILENCE_US)
    return FALSE;
  if (error != NULL)
    close_doors (self, error);
  while (self->next < self->paths->len && is_closed (self, self->paths->pdata[self->next]))
    self->next++;
  if (self->next >= self->paths->len || now () - self->began > MAX_TIME_US)
    return FALSE;

  self->next++;
  self->timer = g_timeout_add_once (PAUSE_MS, on_pause, self);
  return TRUE;
}

/**
 * icam_path_search_get:
 * @self: a search that has begun
 *
 * Returns: (transfer none): the place that is tried
 */
const IcamKnownPath *
icam_path_search_get (IcamPathSearch *self)
{
  return self->paths->pdata[self->next - 1];
}

/**
 * icam_path_search_is_refused:
 * @self: a search that is over
 *
 * Returns: whether it ended because the device refused the password
 */
gboolean
icam_path_search_is_refused (IcamPathSearch *self)
{
  return self->refused;
}
