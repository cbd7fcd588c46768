/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-ctl"

#include "config.h"

#include "ctl/icam-ctl.h"

#include "base/icam-time.h"

#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>

/**
 * icam_ctl_local_time:
 * @utc: UTC in µs
 *
 * Returns: (transfer full): date and time in local time, "" if there is none such
 */
char *
icam_ctl_local_time (gint64 utc)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (utc / G_USEC_PER_SEC);

  return time != NULL ? g_date_time_format (time, "%Y-%m-%d %H:%M:%S") : g_strdup ("");
}

/* "10min", "2h", "1.5 d": a duration in µs. */
static gboolean
parse_duration (const char *text,
                gint64     *duration)
{
  static const struct
  {
    const char *unit;
    gint64 length;
  } units[] = {
    { "ms", G_TIME_SPAN_MILLISECOND }, { "s", G_TIME_SPAN_SECOND },        { "sec", G_TIME_SPAN_SECOND },
    { "m", G_TIME_SPAN_MINUTE },       { "min", G_TIME_SPAN_MINUTE },      { "h", G_TIME_SPAN_HOUR },
    { "d", G_TIME_SPAN_DAY },          { "w", 7 * G_TIME_SPAN_DAY },
  };
  char *end;
  double number;

  if (!g_ascii_isdigit (*text))
    return FALSE;
  number = g_ascii_strtod (text, &end);
  while (*end == ' ')
    end++;
  for (guint i = 0; i < G_N_ELEMENTS (units); i++)
    if (g_str_equal (end, units[i].unit) && number < 1e6)
      {
        *duration = (gint64) (number * (double) units[i].length);
        return TRUE;
      }

  return FALSE;
}

/* "14:03", "14:03:11", "14:03:11.5" of a day in local time. */
static gboolean
parse_clock (const char *text,
             GDateTime  *day,
             gint64     *utc)
{
  guint hour, minute;
  double second = 0;
  int used = 0;
  g_autoptr (GDateTime) time = NULL;

  if (sscanf (text, "%2u:%2u%n", &hour, &minute, &used) != 2 || used < 4)
    return FALSE;
  if (text[used] == ':' && g_ascii_isdigit (text[used + 1]))
    {
      char *end;

      second = g_ascii_strtod (text + used + 1, &end);
      if (*end != '\0')
        return FALSE;
    }
  else if (text[used] != '\0')
    return FALSE;
  if (hour > 23 || minute > 59 || second >= 60)
    return FALSE;

  time = g_date_time_new_local (g_date_time_get_year (day), g_date_time_get_month (day),
                                g_date_time_get_day_of_month (day), (int) hour, (int) minute, second);
  if (time == NULL)
    return FALSE;
  *utc = g_date_time_to_unix (time) * G_USEC_PER_SEC + g_date_time_get_microsecond (time);
  return TRUE;
}

static gboolean
parse_day (const char *text,
           GDateTime  *day,
           gint64     *utc)
{
  while (*text == ' ')
    text++;
  return parse_clock (*text != '\0' ? text : "00:00", day, utc);
}

/**
 * icam_ctl_parse_time:
 * @text: what a person wrote: ISO 8601 ("2026-05-03T14:03:11Z", local without a zone), "2026-05-03", "2026-05-03 14:03", "14:03",
 *   "today 14:03", "yesterday 14:03", "now", "-10min", "@1777816991" (seconds since 1970)
 * @now: UTC in µs
 * @utc: (out): UTC in µs; untouched when it is no time
 *
 * Returns: whether it is a time
 */
gboolean
icam_ctl_parse_time (const char *text,
                     gint64      now,
                     gint64     *utc)
{
  g_autoptr (GDateTime) now_utc = g_date_time_new_from_unix_utc (now / G_USEC_PER_SEC);
  g_autoptr (GDateTime) today = g_date_time_to_local (now_utc);
  g_autofree char *stripped = g_strstrip (g_strdup (text));
  gint64 duration;
  guint64 seconds;
  guint year, month, dom;
  int used = 0;

  if (g_str_equal (stripped, "now"))
    {
      *utc = now;
      return TRUE;
    }
  if (*stripped == '-' && parse_duration (stripped + 1, &duration))
    {
      *utc = now - duration;
      return TRUE;
    }
  if (*stripped == '@' && g_ascii_string_to_unsigned (stripped + 1, 10, 0, G_MAXINT32 * G_GUINT64_CONSTANT (4), &seconds, NULL))
    {
      *utc = (gint64) seconds * G_USEC_PER_SEC;
      return TRUE;
    }
  if (g_str_has_prefix (stripped, "today"))
    return parse_day (stripped + strlen ("today"), today, utc);
  if (g_str_has_prefix (stripped, "yesterday"))
    {
      g_autoptr (GDateTime) yesterday = g_date_time_add_days (today, -1);

      return parse_day (stripped + strlen ("yesterday"), yesterday, utc);
    }
  if (strchr (stripped, ':') != NULL && strchr (stripped, '-') == NULL && strlen (stripped) <= 12
      && parse_clock (stripped, today, utc))
    return TRUE;
  if (sscanf (stripped, "%4u-%2u-%2u%n", &year, &month, &dom, &used) == 3 && used == 10
      && (stripped[used] == '\0' || stripped[used] == ' '))
    {
      g_autoptr (GDateTime) day = g_date_time_new_local ((int) year, (int) month, (int) dom, 0, 0, 0);

      return day != NULL && parse_day (stripped + used, day, utc);
    }

  return icam_time_parse (stripped, utc);
}

/**
 * icam_ctl_parse_span:
 * @ctl: for what is wrong
 * @from_text: (nullable): of --from
 * @to_text: (nullable): of --to
 * @from_default: without --from
 * @from: (out): UTC in µs
 * @to: (out): UTC in µs; now without --to
 *
 * Returns: whether it is a span; if not, it has been said
 */
gboolean
icam_ctl_parse_span (IcamCtl    *ctl,
                     const char *from_text,
                     const char *to_text,
                     gint64      from_default,
                     gint64     *from,
                     gint64     *to)
{
  gint64 now = g_get_real_time ();

  *from = from_default;
  *to = now + G_USEC_PER_SEC;
  if (from_text != NULL && !icam_ctl_parse_time (from_text, now, from))
    {
      icam_ctl_usage (ctl, _ ("\"%s\" is not a time. Write \"today 14:03\", \"-10min\" or \"2026-05-03T14:03:11\"."), from_text);
      return FALSE;
    }
  if (to_text != NULL && !icam_ctl_parse_time (to_text, now, to))
    {
      icam_ctl_usage (ctl, _ ("\"%s\" is not a time. Write \"today 14:03\", \"-10min\" or \"2026-05-03T14:03:11\"."), to_text);
      return FALSE;
    }
  if (*from >= *to)
    {
      icam_ctl_usage (ctl, _ ("The end is not after the beginning."));
      return FALSE;
    }

  return TRUE;
}
