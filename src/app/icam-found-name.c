/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-found-name.h"

#include <string.h>

/**
 * icam_found_name:
 * @announced: (nullable): what a device calls itself on the network
 *
 * What a person calls it: many devices append their hardware address, as in "Front door - 02a49f35c44a", to be
 * unique on the network. Control characters, which would break the row, are taken out.
 *
 * Returns: (transfer full): the name, "" if there is none
 */
char *
icam_found_name (const char *announced)
{
  g_autofree char *name = g_utf8_make_valid (announced != NULL ? announced : "", -1);
  gsize length;

  for (char *c = name; *c != '\0'; c++)
    if (g_ascii_iscntrl (*c))
      *c = ' ';
  g_strstrip (name);
  length = strlen (name);
  if (length > 15 && strncmp (name + length - 15, " - ", 3) == 0)
    {
      gboolean is_address = TRUE;

      for (gsize i = length - 12; i < length; i++)
        is_address = is_address && g_ascii_isxdigit (name[i]);
      if (is_address)
        name[length - 15] = '\0';
    }
  return g_strchomp (g_steal_pointer (&name));
}
