/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-client"

#include "config.h"

#include "client/icam-words.h"

#include <glib/gi18n-lib.h>

/* What a look at all recordings has found. */

static const struct
{
  const char *code;
  const char *words;
} findings[] = {
  { "missing", N_ ("recordings whose file is gone") },
  { "unknown", N_ ("files that are not listed") },
  { "damaged", N_ ("damaged files") },
  { "foreign", N_ ("files that are something else than their name says") },
  { "overlapping", N_ ("recordings that overlap") },
  { "hole", N_ ("interruptions that nothing explains") },
  { "number", N_ ("recordings whose number could be used again") },
  { "thumbnail", N_ ("pictures of events that are gone") },
  { "protection", N_ ("protections that were not listed") },
  { "absent", N_ ("folders that are not here: nothing is known of them") },
};

/**
 * icam_words_finding:
 * @code: what was found
 *
 * Returns: (transfer none): what that is, many of them
 */
const char *
icam_words_finding (const char *code)
{
  for (guint i = 0; i < G_N_ELEMENTS (findings); i++)
    if (g_str_equal (findings[i].code, code))
      return _ (findings[i].words);
  return code;
}

/**
 * icam_words_check_left:
 * @result: a{sv}, of a job "check" or "rebuild"
 *
 * Returns: how many findings were not mended
 */
guint
icam_words_check_left (GVariant *result)
{
  g_autoptr (GVariant) found = g_variant_lookup_value (result, "found", G_VARIANT_TYPE ("a{su}"));
  guint32 mended = 0;
  guint total = 0;

  g_variant_lookup (result, "mended", "u", &mended);
  for (gsize i = 0; found != NULL && i < g_variant_n_children (found); i++)
    {
      guint32 count;

      g_variant_get_child (found, i, "{&su}", NULL, &count);
      total += count;
    }
  return total > mended ? total - mended : 0;
}

/**
 * icam_words_check:
 * @result: a{sv}, of a job "check" or "rebuild"
 * @left: (out): how many findings were not mended
 *
 * Returns: (transfer full): what was found and done, in a few sentences
 */
char *
icam_words_check (GVariant *result,
                  guint    *left)
{
  g_autoptr (GVariant) found = g_variant_lookup_value (result, "found", G_VARIANT_TYPE ("a{su}"));
  g_autoptr (GString) parts = g_string_new (NULL);
  g_autofree char *good = NULL;
  guint64 segments = 0;
  guint32 mended = 0;

  g_variant_lookup (result, "segments", "t", &segments);
  g_variant_lookup (result, "mended", "u", &mended);
  *left = icam_words_check_left (result);
  good = g_strdup_printf (ngettext ("%u recording is as it should be.", "%u recordings are as they should be.", (gulong) segments),
                          (guint) segments);
  for (gsize i = 0; found != NULL && i < g_variant_n_children (found); i++)
    {
      const char *code;
      guint32 count;

      g_variant_get_child (found, i, "{&su}", &code, &count);
      g_string_append_printf (parts, "%s%u %s", parts->len > 0 ? ", " : "", count, icam_words_finding (code));
    }
  if (parts->len == 0)
    return g_steal_pointer (&good);
  if (*left == 0)
    /* Translators: how many recordings are well; what was found; and it was mended */
    return g_strdup_printf (_ ("%s Found and mended: %s."), good, parts->str);
  return g_strdup_printf (_ ("%s Found: %s."), good, parts->str);
}
