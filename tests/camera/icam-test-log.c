/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "icam-test"

#include "icam-test-log.h"

#include <errno.h>
#include <gio/gio.h>
#include <stdio.h>

static FILE *log_file; /* set once before any thread; stdio locks it */

/**
 * icam_test_log_open:
 * @path: where to write, appended to
 * @error: return location for a #GError
 *
 * Returns: whether it could be opened.
 */
gboolean
icam_test_log_open (const char *path, GError **error)
{
  log_file = fopen (path, "ae");
  if (!log_file)
    {
      int saved = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved),
                   "The log “%s” cannot be opened: %s", path, g_strerror (saved));
      return FALSE;
    }
  setvbuf (log_file, NULL, _IOFBF, 256 * 1024);
  return TRUE;
}

/**
 * icam_test_log_is_open:
 *
 * Returns: whether there is a log.
 */
gboolean
icam_test_log_is_open (void)
{
  return log_file != NULL;
}

/**
 * icam_test_log_write:
 * @format: a line of JSON without its end, printf style
 *
 * Writes a line. It stays in memory until icam_test_log_flush().
 */
void
icam_test_log_write (const char *format, ...)
{
  va_list args;

  if (!log_file)
    return;
  va_start (args, format);
  flockfile (log_file);
  vfprintf (log_file, format, args);
  putc_unlocked ('\n', log_file);
  funlockfile (log_file);
  va_end (args);
}

/**
 * icam_test_log_flush:
 *
 * Makes what was written visible to readers.
 */
void
icam_test_log_flush (void)
{
  if (log_file)
    fflush (log_file);
}

/**
 * icam_test_json_quote:
 * @text: (nullable): UTF-8
 *
 * Returns: (transfer full): @text as a JSON string with its quotes, or null.
 */
char *
icam_test_json_quote (const char *text)
{
  GString *quoted;

  if (!text)
    return g_strdup ("null");
  quoted = g_string_new ("\"");
  for (const char *p = text; *p; p++)
    {
      if (*p == '"' || *p == '\\')
        g_string_append_printf (quoted, "\\%c", *p);
      else if ((guchar) *p < 0x20)
        g_string_append_printf (quoted, "\\u%04x", (guint) (guchar) *p);
      else
        g_string_append_c (quoted, *p);
    }
  g_string_append_c (quoted, '"');
  return g_string_free (quoted, FALSE);
}
