/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-base"

#include "config.h"

#include "base/icam-zone.h"

/* Rules of the year repeat themselves; twice a week finds each change of them. */
#define YEAR_S (366 * 24 * 3600)
#define STEP_S (84 * 3600)

/**
 * icam_zone_equal:
 * @a: (nullable): a time zone
 * @b: (nullable): another
 * @utc: now, UTC in µs
 *
 * Devices write the same in many ways: "CST-8", "CST-8:00:00", "UTC-08:00".
 *
 * Returns: whether clocks in both show the same, for a year from now on
 */
gboolean
icam_zone_equal (const char *a, const char *b, gint64 utc)
{
  g_autoptr (GTimeZone) first = a != NULL ? g_time_zone_new_identifier (a) : NULL;
  g_autoptr (GTimeZone) second = b != NULL ? g_time_zone_new_identifier (b) : NULL;

  if (g_strcmp0 (a, b) == 0)
    return TRUE;
  if (first == NULL || second == NULL)
    return FALSE;

  for (gint64 at = 0; at < YEAR_S; at += STEP_S)
    {
      gint64 time = utc / G_USEC_PER_SEC + at;

      if (g_time_zone_get_offset (first, g_time_zone_find_interval (first, G_TIME_TYPE_UNIVERSAL, time))
          != g_time_zone_get_offset (second, g_time_zone_find_interval (second, G_TIME_TYPE_UNIVERSAL, time)))
        return FALSE;
    }
  return TRUE;
}
