/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-base"

#include "config.h"

#include "base/icam-time.h"

#include <string.h>

static GDateTime *
to_date_time (gint64 utc,
              int   *milliseconds)
{
  gint64 seconds = utc / G_USEC_PER_SEC;
  gint64 rest = utc % G_USEC_PER_SEC;
  GDateTime *time;

  if (rest < 0)
    {
      rest += G_USEC_PER_SEC;
      seconds--;
    }

  *milliseconds = (int) (rest / 1000);
  time = g_date_time_new_from_unix_utc (seconds);
  return time != NULL ? time : g_date_time_new_from_unix_utc (0);
}

/**
 * icam_time_to_iso8601:
 * @utc: µs since 1970
 *
 * Returns: (transfer full): "2026-05-03T14:03:11.250Z"
 */
char *
icam_time_to_iso8601 (gint64 utc)
{
  int milliseconds;
  g_autoptr (GDateTime) time = to_date_time (utc, &milliseconds);
  g_autofree char *text = g_date_time_format (time, "%Y-%m-%dT%H:%M:%S");

  return g_strdup_printf ("%s.%03dZ", text, milliseconds);
}

/**
 * icam_time_to_filename:
 * @utc: µs since 1970
 *
 * Returns: (transfer full): "20260503T140311.250Z", which sorts by time and holds no character that a file system refuses
 */
char *
icam_time_to_filename (gint64 utc)
{
  int milliseconds;
  g_autoptr (GDateTime) time = to_date_time (utc, &milliseconds);
  g_autofree char *text = g_date_time_format (time, "%Y%m%dT%H%M%S");

  return g_strdup_printf ("%s.%03dZ", text, milliseconds);
}

/**
 * icam_time_parse:
 * @text: (nullable): an ISO 8601 time; without a zone it is local time
 * @utc: (out): µs since 1970; untouched when @text is none
 *
 * Returns: whether @text is a time
 */
gboolean
icam_time_parse (const char *text,
                 gint64     *utc)
{
  g_autoptr (GTimeZone) local = NULL;
  g_autoptr (GDateTime) time = NULL;

  if (text == NULL)
    return FALSE;

  local = g_time_zone_new_local ();
  time = g_date_time_new_from_iso8601 (text, local);
  if (time == NULL)
    return FALSE;

  *utc = g_date_time_to_unix (time) * G_USEC_PER_SEC + g_date_time_get_microsecond (time);
  return TRUE;
}

/**
 * icam_time_dup_zone:
 *
 * Returns: (transfer full) (nullable): the time zone of this computer as TZ of POSIX has it ("CET-1CEST,M3.5.0,M10.5.0/3"), which is
 *   what the file of a zone ends with (RFC 8536, section 3.3); %NULL where it is not known
 */
char *
icam_time_dup_zone (void)
{
  g_autofree char *contents = NULL;
  gsize length;
  char *last;

  if (!g_file_get_contents ("/etc/localtime", &contents, &length, NULL) || length < 2 || contents[length - 1] != '\n')
    return NULL;
  contents[length - 1] = '\0';
  last = memrchr (contents, '\n', length - 1);
  return last != NULL && last[1] != '\0' && g_str_is_ascii (last + 1) ? g_strdup (last + 1) : NULL;
}
