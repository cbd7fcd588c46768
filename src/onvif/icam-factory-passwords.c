/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-onvif"

#include "config.h"

#include "onvif/icam-factory-passwords.h"

#include <string.h>

#include "onvif/icam-onvif-list-private.h"

typedef struct
{
  const char *user, *password;
  gboolean found;
} Search;

static void
compare (char **words, gpointer user_data)
{
  Search *search = user_data;

  if (g_ascii_strcasecmp (words[0], search->user) == 0
      && strcmp (words[1] != NULL ? words[1] : "", search->password) == 0)
    search->found = TRUE;
}

/**
 * icam_factory_passwords_contain:
 * @user: the name that is used
 * @secret: (nullable): the password that is used; none is an empty one
 *
 * Returns: whether devices come with these
 */
gboolean
icam_factory_passwords_contain (const char *user, IcamSecret *secret)
{
  Search search = { .user = user, .password = secret != NULL ? icam_secret_peek (secret) : "" };

  icam_onvif_list_each ("factory-passwords.conf", 2, compare, &search);
  return search.found;
}
