/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-base"

#include "config.h"

#include "base/icam-schedule.h"

#include <string.h>

#define QUARTER 15 /* minutes */
#define MAX_TEXT 2000

static const char *const days[ICAM_SCHEDULE_DAYS] = { "mo", "tu", "we", "th", "fr", "sa", "su" };

/**
 * icam_schedule_get:
 * @schedule: a schedule
 * @day: 0 for Monday
 * @quarter: of an hour, from midnight
 *
 * Returns: whether the quarter is in it
 */
gboolean
icam_schedule_get (const IcamSchedule *schedule, guint day, guint quarter)
{
  g_return_val_if_fail (day < ICAM_SCHEDULE_DAYS && quarter < ICAM_SCHEDULE_QUARTERS, FALSE);

  return (schedule->bits[day][quarter / 8] & (1u << quarter % 8)) != 0;
}

/**
 * icam_schedule_set:
 * @schedule: a schedule
 * @day: 0 for Monday
 * @quarter: of an hour, from midnight
 * @on: whether it is in it from now on
 */
void
icam_schedule_set (IcamSchedule *schedule, guint day, guint quarter, gboolean on)
{
  guint8 bit = (guint8) (1u << quarter % 8);

  g_return_if_fail (day < ICAM_SCHEDULE_DAYS && quarter < ICAM_SCHEDULE_QUARTERS);

  if (on)
    schedule->bits[day][quarter / 8] |= bit;
  else
    schedule->bits[day][quarter / 8] &= (guint8) ~bit;
}

static gboolean
parse_day (const char *text, gsize length, guint *day)
{
  for (guint i = 0; i < ICAM_SCHEDULE_DAYS; i++)
    if (length == 2 && g_ascii_strncasecmp (text, days[i], 2) == 0)
      {
        *day = i;
        return TRUE;
      }
  return FALSE;
}

/* "mo-fr,su": a set of days. */
static gboolean
parse_days (const char *text, guint *set)
{
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);

  *set = 0;
  for (guint i = 0; parts[i] != NULL; i++)
    {
      const char *dash = strchr (parts[i], '-');
      guint from, to;

      if (dash == NULL && parse_day (parts[i], strlen (parts[i]), &from))
        *set |= 1u << from;
      else if (dash != NULL && parse_day (parts[i], (gsize) (dash - parts[i]), &from)
               && parse_day (dash + 1, strlen (dash + 1), &to))
        {
          for (guint day = from;; day = (day + 1) % ICAM_SCHEDULE_DAYS)
            {
              *set |= 1u << day;
              if (day == to)
                break;
            }
        }
      else
        return FALSE;
    }
  return *set != 0;
}

/* "08:15": quarters since midnight; 24:00 is the end of the day. */
static gboolean
parse_time (const char *text, gsize length, guint *quarter)
{
  guint hour, minute;

  if (length != 5 || text[2] != ':' || !g_ascii_isdigit (text[0]) || !g_ascii_isdigit (text[1]) || !g_ascii_isdigit (text[3])
      || !g_ascii_isdigit (text[4]))
    return FALSE;
  hour = (guint) (text[0] - '0') * 10 + (guint) (text[1] - '0');
  minute = (guint) (text[3] - '0') * 10 + (guint) (text[4] - '0');
  if (minute >= 60 || minute % QUARTER != 0 || hour * 60 + minute > 24 * 60)
    return FALSE;
  *quarter = (hour * 60 + minute) / QUARTER;
  return TRUE;
}

static gboolean
parse_span (const char *text, guint set, IcamSchedule *schedule)
{
  const char *dash = strchr (text, '-');
  guint from, to;

  if (dash == NULL || !parse_time (text, (gsize) (dash - text), &from) || !parse_time (dash + 1, strlen (dash + 1), &to)
      || from == to || from == ICAM_SCHEDULE_QUARTERS)
    return FALSE;
  for (guint day = 0; day < ICAM_SCHEDULE_DAYS; day++)
    for (guint n = 0; (set & (1u << day)) != 0 && n < (to > from ? to - from : to + ICAM_SCHEDULE_QUARTERS - from); n++)
      {
        guint quarter = from + n;

        icam_schedule_set (schedule, (day + quarter / ICAM_SCHEDULE_QUARTERS) % ICAM_SCHEDULE_DAYS,
                           quarter % ICAM_SCHEDULE_QUARTERS, TRUE);
      }
  return TRUE;
}

/**
 * icam_schedule_parse:
 * @text: a schedule as text
 * @schedule: (out): the schedule; empty if @text is
 *
 * Returns: whether @text is one
 */
gboolean
icam_schedule_parse (const char *text, IcamSchedule *schedule)
{
  g_auto (GStrv) entries = NULL;

  memset (schedule, 0, sizeof *schedule);
  if (strlen (text) > MAX_TEXT)
    return FALSE;
  entries = g_strsplit (text, ";", -1);
  for (guint i = 0; entries[i] != NULL; i++)
    {
      g_auto (GStrv) words = NULL;
      g_auto (GStrv) spans = NULL;
      guint set;

      g_strstrip (entries[i]);
      if (*entries[i] == '\0')
        continue;
      words = g_strsplit (entries[i], " ", 2);
      if (words[1] == NULL || !parse_days (words[0], &set))
        return FALSE;
      spans = g_strsplit (words[1], ",", -1);
      for (guint j = 0; spans[j] != NULL; j++)
        if (!parse_span (g_strstrip (spans[j]), set, schedule))
          return FALSE;
    }
  return TRUE;
}

static void
format_spans (const guint8 *bits, GString *text)
{
  const char *separator = " ";

  for (guint from = 0; from < ICAM_SCHEDULE_QUARTERS; from++)
    {
      guint to = from;

      while (to < ICAM_SCHEDULE_QUARTERS && (bits[to / 8] & (1u << to % 8)) != 0)
        to++;
      if (to == from)
        continue;
      g_string_append_printf (text, "%s%02u:%02u-%02u:%02u", separator, from / 4, from % 4 * QUARTER, to / 4, to % 4 * QUARTER);
      separator = ",";
      from = to;
    }
}

/**
 * icam_schedule_format:
 * @schedule: a schedule
 *
 * Returns: (transfer full): it as text, days that are alike together; "" if it is empty
 */
char *
icam_schedule_format (const IcamSchedule *schedule)
{
  static const guint8 nothing[ICAM_SCHEDULE_QUARTERS / 8];
  GString *text = g_string_new (NULL);
  guint said = 0;

  for (guint day = 0; day < ICAM_SCHEDULE_DAYS; day++)
    {
      gboolean first = TRUE;

      if ((said & (1u << day)) != 0 || memcmp (schedule->bits[day], nothing, sizeof nothing) == 0)
        continue;
      if (text->len > 0)
        g_string_append (text, "; ");
      for (guint from = day; from < ICAM_SCHEDULE_DAYS; from++)
        {
          guint to = from;

          while (to < ICAM_SCHEDULE_DAYS && memcmp (schedule->bits[to], schedule->bits[day], sizeof nothing) == 0)
            said |= 1u << to++;
          if (to == from)
            continue;
          g_string_append_printf (text, "%s%s", first ? "" : ",", days[from]);
          if (to - from > 1)
            g_string_append_printf (text, "-%s", days[to - 1]);
          first = FALSE;
          from = to - 1;
        }
      format_spans (schedule->bits[day], text);
    }
  return g_string_free (text, FALSE);
}

/**
 * icam_schedule_contains:
 * @schedule: a schedule
 * @utc_us: a time, UTC µs
 * @zone: where it is local
 *
 * What the clocks show counts: an hour that comes twice in autumn is in it twice.
 *
 * Returns: whether the time is in it
 */
gboolean
icam_schedule_contains (const IcamSchedule *schedule, gint64 utc_us, GTimeZone *zone)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (utc_us / G_USEC_PER_SEC);
  g_autoptr (GDateTime) local = utc != NULL ? g_date_time_to_timezone (utc, zone) : NULL;

  if (local == NULL)
    return FALSE;
  return icam_schedule_get (schedule, (guint) g_date_time_get_day_of_week (local) - 1,
                            (guint) (g_date_time_get_hour (local) * 60 + g_date_time_get_minute (local)) / QUARTER);
}
