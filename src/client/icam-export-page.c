/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-client"

#include "config.h"

#include "client/icam-client-export.h"

#include "client/icam-words.h"

#include <glib/gi18n-lib.h>

/* Plain, without a script or anything from elsewhere: it is to be read in ten years, on a stick. */
static const char head[] = "<!DOCTYPE html>\n"
                           "<html>\n"
                           "<head>\n"
                           "<meta charset=\"utf-8\">\n"
                           "<meta name=\"viewport\" content=\"width=device-width\">\n"
                           "<meta name=\"generator\" content=\"" ICAM_APP_NAME " " ICAM_VERSION "\">\n"
                           "<title>%s</title>\n"
                           "<style>\n"
                           "body { font-family: sans-serif; margin: 2em auto; max-width: 80em; padding: 0 1em; }\n"
                           "main { display: grid; gap: 2em; grid-template-columns: repeat(auto-fill, minmax(min(100%%, 24em), 1fr)); }\n"
                           "video { background: #000; width: 100%%; }\n"
                           "</style>\n"
                           "</head>\n"
                           "<body>\n"
                           "<h1>%s</h1>\n"
                           "<main>\n";

static char *
span_words (gint64 from,
            gint64 to)
{
  g_autoptr (GDateTime) utc_from = g_date_time_new_from_unix_utc (from / G_USEC_PER_SEC);
  g_autoptr (GDateTime) utc_to = g_date_time_new_from_unix_utc (to / G_USEC_PER_SEC);
  g_autoptr (GDateTime) start = utc_from != NULL ? g_date_time_to_local (utc_from) : NULL;
  g_autoptr (GDateTime) end = utc_to != NULL ? g_date_time_to_local (utc_to) : NULL;
  g_autofree char *start_text = start != NULL ? g_date_time_format (start, "%Y-%m-%d %H:%M:%S") : g_strdup ("");
  /* The zone is said: who reads it may live in another. */
  g_autofree char *end_text = end != NULL ? g_date_time_format (end, "%Y-%m-%d %H:%M:%S %Z") : g_strdup ("");

  /* Translators: two times */
  return g_strdup_printf (_ ("%s to %s"), start_text, end_text);
}

static char *
escape (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  return g_markup_escape_text (valid, -1);
}

static void
add_file (GString                *page,
          const IcamExportedFile *file)
{
  g_autofree char *name = escape (file->name);
  g_autofree char *when = NULL;
  g_autofree char *size = NULL;
  g_autofree char *address = NULL;
  g_autofree char *shown = NULL;

  g_string_append_printf (page, "<section>\n<h2>%s</h2>\n", name);
  if (file->file == NULL)
    {
      g_string_append_printf (page, "<p>%s</p>\n</section>\n", _ ("Nothing was recorded then."));
      return;
    }

  when = span_words (file->result->from, file->result->to);
  size = g_format_size (file->result->bytes);
  /* Relative, and no letter of it has a meaning: not "javascript:" either. */
  address = g_uri_escape_string (file->file, NULL, FALSE);
  shown = escape (file->file);
  g_string_append_printf (page,
                          "<p>%s</p>\n"
                          "<video controls preload=\"metadata\" src=\"./%s\"></video>\n"
                          "<p><a href=\"./%s\">%s</a> (%s)</p>\n"
                          "</section>\n",
                          when, address, address, shown, size);
}

/**
 * icam_export_page:
 * @files: of IcamExportedFile
 * @from: UTC in µs
 * @to: UTC in µs
 *
 * Returns: (transfer full): an HTML page that shows them
 */
char *
icam_export_page (GPtrArray *files,
                  gint64     from,
                  gint64     to)
{
  g_autofree char *when = span_words (from, to);
  g_autofree char *title = g_strdup_printf (_ ("Recordings, %s"), when);
  g_autofree char *escaped = escape (title);
  GString *page = g_string_new (NULL);

  g_string_append_printf (page, head, escaped, escaped);
  for (guint i = 0; i < files->len; i++)
    add_file (page, files->pdata[i]);
  g_string_append (page, "</main>\n</body>\n</html>\n");
  return g_string_free (page, FALSE);
}
