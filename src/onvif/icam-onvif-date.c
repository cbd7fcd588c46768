/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-onvif"

#include "config.h"

#include "onvif/icam-onvif-date-private.h"

static gboolean
read_date_time (xmlNode *node, gint64 *utc)
{
  int year, month, day, hour, minute, second;
  g_autoptr (GDateTime) time = NULL;

  if (node == NULL || !icam_soap_get_int (node, "Date/Year", 1970, 2199, &year)
      || !icam_soap_get_int (node, "Date/Month", 1, 12, &month)
      || !icam_soap_get_int (node, "Date/Day", 1, 31, &day)
      || !icam_soap_get_int (node, "Time/Hour", 0, 23, &hour)
      || !icam_soap_get_int (node, "Time/Minute", 0, 59, &minute)
      || !icam_soap_get_int (node, "Time/Second", 0, 60, &second))
    return FALSE;

  time = g_date_time_new_utc (year, month, day, hour, minute, MIN (second, 59));
  if (time == NULL)
    return FALSE; /* the 31st of February */

  *utc = g_date_time_to_unix (time) * G_USEC_PER_SEC;
  return TRUE;
}

/**
 * icam_onvif_date_read:
 * @answer: a GetSystemDateAndTimeResponse
 * @utc: (out): what the device's clock shows, µs since 1970; untouched when it is no date
 *
 * UTCDateTime is optional (ONVIF core specification, section 8.3.6); a device that leaves it out
 * has LocalDateTime, which is taken as it stands: how far it is from UTC cannot be known for
 * certain.
 *
 * Returns: whether it is a date
 */
gboolean
icam_onvif_date_read (xmlNode *answer, gint64 *utc)
{
  return read_date_time (icam_soap_child (answer, "SystemDateAndTime/UTCDateTime"), utc)
         || read_date_time (icam_soap_child (answer, "SystemDateAndTime/LocalDateTime"), utc);
}
