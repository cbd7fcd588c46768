/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-client"

#include "config.h"

#include "client/icam-words.h"

#include <glib/gi18n-lib.h>

static const struct
{
  const char *name, *words;
} settings[] = {
  { "size", N_ ("Picture of the small stream") },
  { "rate", N_ ("Pictures a second of the small stream") },
  { "key-frames", N_ ("Pictures from one key frame to the next") },
  { "zone", N_ ("Time zone") },
  { "time-server", N_ ("Clock follows a time server") },
  { "time", N_ ("Clock") },
};

/**
 * icam_words_setting:
 * @name: name of a camera's setting, as of Camera.GetDefaults
 *
 * Returns: (transfer none): what it is called
 */
const char *
icam_words_setting (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    if (g_str_equal (settings[i].name, name))
      return _ (settings[i].words);
  return name;
}

/**
 * icam_words_setting_value:
 * @name: name of a camera's setting
 * @value: how it is set
 *
 * Returns: (transfer full): the value as people read it
 */
char *
icam_words_setting_value (const char *name,
                          GVariant   *value)
{
  if (g_str_equal (name, "time") && g_variant_is_of_type (value, G_VARIANT_TYPE_INT64))
    return icam_words_clock_offset (g_variant_get_int64 (value));
  if (g_variant_is_of_type (value, G_VARIANT_TYPE ("(uu)")))
    {
      guint width, height;

      g_variant_get (value, "(uu)", &width, &height);
      return g_strdup_printf ("%u × %u", width, height);
    }
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE))
    return g_strdup_printf ("%.4g", g_variant_get_double (value));
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32))
    return g_strdup_printf ("%u", g_variant_get_uint32 (value));
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN))
    return g_strdup (g_variant_get_boolean (value) ? _ ("yes") : _ ("no"));
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return g_variant_dup_string (value, NULL);
  return g_variant_print (value, FALSE);
}
