/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-onvif"

#include "config.h"

#include "onvif/icam-onvif-list-private.h"

#include <gio/gio.h>

#include "onvif/icam-event-kinds-resource.h"

/**
 * icam_onvif_list_each:
 * @name: name of a file in data/onvif
 * @max_words: how many words a line has at most; the last one has the spaces in it
 * @func: (scope call): called for each line
 * @user_data: for it
 *
 * Empty lines and those that begin with "#" are no entries.
 */
void
icam_onvif_list_each (const char *name, int max_words, IcamOnvifListFunc func, gpointer user_data)
{
  g_autofree char *path = g_strconcat ("/onvif/", name, NULL);
  g_autoptr (GBytes) bytes = NULL;
  g_auto (GStrv) lines = NULL;

  icam_event_kinds_register_resource ();
  bytes = g_resource_lookup_data (icam_event_kinds_get_resource (), path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  if (bytes == NULL)
    g_error ("%s is not in the program", name);

  /* Resources end with a NUL. */
  lines = g_strsplit (g_bytes_get_data (bytes, NULL), "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) words = NULL;

      g_strstrip (lines[i]);
      if (*lines[i] == '\0' || *lines[i] == '#')
        continue;
      words = g_strsplit (lines[i], " ", max_words);
      func (words, user_data);
    }
}
