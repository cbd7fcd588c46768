/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-client"

#include "config.h"

#include "client/icam-words.h"

#include <glib/gi18n-lib.h>

/* What is the matter with the camera itself. */

#define YEAR_US (G_GINT64_CONSTANT (86400) * 365 * G_USEC_PER_SEC + G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC / 4)
/* It takes a question and an answer to see it. */
#define CLOCK_OFF_US (2 * G_USEC_PER_SEC)

/* Cameras whose battery is empty begin with 1970 or 2000. */
static char *
long_duration (gint64 length)
{
  gint64 years = length / YEAR_US + (length % YEAR_US >= YEAR_US / 2);

  if (length < 2 * YEAR_US)
    return icam_words_duration (length);
  return g_strdup_printf (ngettext ("%u year", "%u years", (guint) MIN (years, 10000)), (guint) MIN (years, 10000));
}

/**
 * icam_words_clock_right:
 * @offset: µs that a camera's clock is ahead
 *
 * Returns: whether that is near enough
 */
gboolean
icam_words_clock_right (gint64 offset)
{
  return offset > -CLOCK_OFF_US && offset < CLOCK_OFF_US;
}

/**
 * icam_words_clock_offset:
 * @offset: µs that a camera's clock is ahead
 *
 * Returns: (transfer full): that in words
 */
char *
icam_words_clock_offset (gint64 offset)
{
  gint64 length = offset == G_MININT64 ? G_MAXINT64 : ABS (offset);
  g_autofree char *words = long_duration (length);

  if (icam_words_clock_right (offset))
    return g_strdup (_ ("The clock is right."));
  /* Translators: %s is a duration */
  return g_strdup_printf (offset < 0 ? _ ("The clock is %s slow.") : _ ("The clock is %s fast."), words);
}

/**
 * icam_words_clock_server:
 * @ntp: whether a camera's clock follows a time server
 * @server: (nullable): which one; %NULL: the one that the network names
 *
 * Returns: (transfer full): that in words
 */
char *
icam_words_clock_server (gboolean    ntp,
                         const char *server)
{
  if (!ntp)
    return g_strdup (_ ("It follows no time server."));
  if (server == NULL)
    return g_strdup (_ ("It follows the network's time server."));
  return g_strdup_printf (_ ("It follows the time server %s."), server);
}
