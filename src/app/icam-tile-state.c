/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-tile-state.h"

/**
 * icam_freshness_late_after:
 * @interval: µs between two pictures of the stream, 0 unknown
 *
 * Returns: the age in µs above which a picture is marked with it: two seconds, or three intervals if
 *   that is longer
 */
gint64
icam_freshness_late_after (gint64 interval)
{
  return MAX (2 * G_USEC_PER_SEC, 3 * MAX (interval, 0));
}

/** icam_freshness_covered_after: five times that, ten seconds at least */
gint64
icam_freshness_covered_after (gint64 interval)
{
  return MAX (10 * G_USEC_PER_SEC, 5 * icam_freshness_late_after (interval));
}

/**
 * icam_freshness:
 * @age: µs since the picture was taken, measured against the time that the wall shows
 * @interval: µs between two pictures of the stream, 0 unknown
 *
 * Returns: what may be shown of it
 */
IcamFreshness
icam_freshness (gint64 age,
                gint64 interval)
{
  if (age > icam_freshness_covered_after (interval))
    return ICAM_COVERED;
  if (age > icam_freshness_late_after (interval))
    return ICAM_LATE;
  return ICAM_FRESH;
}

/** icam_freshness_says_age: late pictures do, and those of cameras slower than a picture a second */
gboolean
icam_freshness_says_age (gint64 age,
                         gint64 interval)
{
  return interval > G_USEC_PER_SEC || icam_freshness (age, interval) == ICAM_LATE;
}
