/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-recorder"

#include "config.h"

#include "recorder/icam-backoff.h"

/**
 * icam_backoff_delay:
 * @failures: how many tries failed in a row, at least 1
 * @chance: 0 to 1, evenly distributed: cameras that failed together do not come back together
 *
 * Returns: µs to wait: twice as long with each failure, from %ICAM_BACKOFF_FIRST_US to %ICAM_BACKOFF_LAST_US, of
 * which up to a quarter is left to chance
 */
gint64
icam_backoff_delay (guint  failures,
                    double chance)
{
  gint64 delay = ICAM_BACKOFF_FIRST_US;

  for (guint i = 1; i < failures && delay < ICAM_BACKOFF_LAST_US; i++)
    delay *= 2;
  delay = MIN (delay, ICAM_BACKOFF_LAST_US);

  return delay - (gint64) ((double) delay / 4 * CLAMP (chance, 0, 1));
}
