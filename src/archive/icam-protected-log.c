/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-archive"

#include "config.h"

#include "archive/icam-protected-log.h"

#include <string.h>

#define MAX_NOTE 1000
#define MAX_ROWS 100000

/**
 * icam_protected_line:
 * @row: a protection
 *
 * Returns: (transfer full): its line, with its end
 */
char *
icam_protected_line (const IcamProtectionRow *row)
{
  char id[ICAM_UUID_TEXT_SIZE], channel[ICAM_UUID_TEXT_SIZE];
  g_autofree char *note = g_strescape (row->note != NULL ? row->note : "", NULL);

  icam_uuid_format (&row->id, id);
  icam_uuid_format (&row->channel, channel);
  return g_strdup_printf ("+ %s %s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %s\n", id, channel,
                          row->from_us, row->to_us, row->made_us, note);
}

/**
 * icam_unprotected_line:
 * @id: of a protection
 *
 * Returns: (transfer full): the line that ends it
 */
char *
icam_unprotected_line (const IcamUuid *id)
{
  char text[ICAM_UUID_TEXT_SIZE];

  icam_uuid_format (id, text);
  return g_strdup_printf ("- %s\n", text);
}

static gboolean
read_line (const char *line, IcamProtectionRow *row, gboolean *ends)
{
  g_auto (GStrv) parts = g_strsplit (line, " ", 7);
  guint n = g_strv_length (parts);

  *ends = n == 2 && g_str_equal (parts[0], "-");
  if (*ends)
    return icam_uuid_parse (parts[1], &row->id);
  if (n < 6 || !g_str_equal (parts[0], "+") || !icam_uuid_parse (parts[1], &row->id) || !icam_uuid_parse (parts[2], &row->channel)
      || !g_ascii_string_to_signed (parts[3], 10, G_MININT64, G_MAXINT64, &row->from_us, NULL)
      || !g_ascii_string_to_signed (parts[4], 10, G_MININT64, G_MAXINT64, &row->to_us, NULL)
      || !g_ascii_string_to_signed (parts[5], 10, G_MININT64, G_MAXINT64, &row->made_us, NULL) || row->to_us <= row->from_us)
    return FALSE;
  if (n == 7)
    {
      g_autofree char *plain = g_strcompress (parts[6]);

      row->note = g_utf8_make_valid (plain, (gssize) MIN (strlen (plain), MAX_NOTE));
    }
  return TRUE;
}

/**
 * icam_protected_read:
 * @text: (array length=length) (nullable): one log or several of them, perhaps with a torn end
 * @length: bytes
 *
 * What one log says has ended has ended, whatever another one does not know yet: an id is never used again.
 *
 * Returns: (transfer full): of IcamProtectionRow: what is protected. Lines that cannot be read are left out.
 */
GArray *
icam_protected_read (const char *text, gsize length)
{
  g_autoptr (GHashTable) done = g_hash_table_new_full (icam_uuid_hash, icam_uuid_equal, g_free, NULL);
  g_autoptr (GHashTable) ended = g_hash_table_new_full (icam_uuid_hash, icam_uuid_equal, g_free, NULL);
  GArray *rows = g_array_new (FALSE, FALSE, sizeof (IcamProtectionRow));
  const char *next;

  g_array_set_clear_func (rows, (GDestroyNotify) icam_protection_row_clear);
  for (const char *at = text; length > 0 && (next = memchr (at, '\n', (gsize) (text + length - at))) != NULL; at = next + 1)
    {
      g_autofree char *line = g_strndup (at, (gsize) (next - at));
      IcamProtectionRow row = { 0 };
      gboolean ends = FALSE;

      if (!g_utf8_validate (line, -1, NULL) || !read_line (line, &row, &ends))
        icam_protection_row_clear (&row);
      else if (ends)
        g_hash_table_add (ended, icam_uuid_copy (&row.id));
      else if (rows->len < MAX_ROWS && g_hash_table_add (done, icam_uuid_copy (&row.id)))
        g_array_append_val (rows, row);
      else
        icam_protection_row_clear (&row);
    }

  for (guint i = rows->len; i > 0; i--)
    if (g_hash_table_contains (ended, &g_array_index (rows, IcamProtectionRow, i - 1).id))
      g_array_remove_index (rows, i - 1);
  return rows;
}
