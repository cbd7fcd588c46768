/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-client"

#include "config.h"

#include "client/icam-words.h"

#include "base/icam-schedule.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* When a camera is recorded. */

/**
 * icam_words_weekday:
 * @day: 0 for Monday
 * @whole: not shortened
 *
 * Returns: (transfer full): its name
 */
char *
icam_words_weekday (guint    day,
                    gboolean whole)
{
  /* 2024 began with a Monday. */
  g_autoptr (GDateTime) date = g_date_time_new_utc (2024, 1, 1 + (int) (day % ICAM_SCHEDULE_DAYS), 0, 0, 0);

  return g_date_time_format (date, whole ? "%A" : "%a");
}

/* The hours with the names of days as people have them. */
static char *
hours_words (const char *schedule)
{
  static const char *const days[ICAM_SCHEDULE_DAYS] = { "mo", "tu", "we", "th", "fr", "sa", "su" };
  GString *text = g_string_new (NULL);

  for (const char *at = schedule; *at != '\0';)
    {
      guint day = 0;

      while (day < ICAM_SCHEDULE_DAYS && strncmp (at, days[day], 2) != 0)
        day++;
      if (day < ICAM_SCHEDULE_DAYS)
        {
          g_autofree char *name = icam_words_weekday (day, FALSE);

          g_string_append (text, name);
          at += 2;
        }
      else if (*at == '-')
        {
          g_string_append (text, "–");
          at++;
        }
      else
        {
          g_string_append_c (text, *at++);
        }
    }
  return g_string_free (text, FALSE);
}

/**
 * icam_words_record_plan:
 * @mode: (nullable): when it is recorded, by name
 * @schedule: (nullable): hours
 * @events_otherwise: at others when something happens
 *
 * Returns: (transfer full): when it is recorded
 */
char *
icam_words_record_plan (const char *mode,
                        const char *schedule,
                        gboolean    events_otherwise)
{
  IcamRecordMode parsed = ICAM_RECORD_ALWAYS;
  g_autofree char *hours = NULL;

  icam_record_mode_from_string (mode, &parsed);
  switch (parsed)
    {
    case ICAM_RECORD_EVENTS:
      return g_strdup (_ ("when something happens"));
    case ICAM_RECORD_OFF:
      return g_strdup (_ ("not at all"));
    case ICAM_RECORD_SCHEDULE:
      hours = hours_words (schedule != NULL ? schedule : "");
      /* Translators: hours of the week */
      return events_otherwise ? g_strdup_printf (_ ("%s, otherwise when something happens"), hours) : g_steal_pointer (&hours);
    case ICAM_RECORD_ALWAYS:
    default:
      return g_strdup (_ ("always"));
    }
}

/**
 * icam_words_recording:
 * @recording: (nullable): what becomes of what comes, by name
 *
 * Returns: (transfer none): that, of a camera that sends pictures
 */
const char *
icam_words_recording (const char *recording)
{
  if (g_strcmp0 (recording, "standby") == 0)
    return _ ("Recorded when something happens");
  if (g_strcmp0 (recording, "off") == 0)
    return _ ("Not to be recorded now");
  return _ ("Being recorded");
}
