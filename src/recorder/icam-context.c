/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-recorder"

#include "config.h"

#include "recorder/icam-context.h"

#include <stdarg.h>

typedef struct
{
  IcamArchive *archive;
  char *code;
  GVariant *params;
} Entry;

static void
write_entry (gpointer data)
{
  Entry *entry = data;

  icam_archive_journal (entry->archive, entry->code, entry->params);
  g_object_unref (entry->archive);
  g_variant_unref (entry->params);
  g_free (entry->code);
  g_free (entry);
}

/**
 * icam_context_journal:
 * @context: the context
 * @code: frozen name, see src/recorder/README.md
 * @first_key: (nullable): name of the first parameter
 * @...: its value, a string (%NULL: left out), then more pairs, then %NULL
 *
 * Enters into the journal what happened, and into the log.
 */
void
icam_context_journal (IcamContext *context,
                      const char  *code,
                      const char  *first_key,
                      ...)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autofree char *text = NULL;
  Entry *entry = g_new0 (Entry, 1);
  va_list args;

  va_start (args, first_key);
  for (const char *key = first_key; key != NULL; key = va_arg (args, const char *))
    {
      const char *value = va_arg (args, const char *);

      if (value != NULL)
        {
          g_autofree char *valid = g_utf8_make_valid (value, -1);

          g_variant_dict_insert (&dict, key, "s", valid);
        }
    }
  va_end (args);

  entry->archive = g_object_ref (context->archive);
  entry->code = g_strdup (code);
  entry->params = g_variant_ref_sink (g_variant_dict_end (&dict));
  text = g_variant_print (entry->params, FALSE);
  g_message ("%s %s", code, text);
  icam_workers_post (context->workers, write_entry, entry);
}
