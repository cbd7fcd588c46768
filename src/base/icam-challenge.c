/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-base"

#include "config.h"

#include "base/icam-challenge.h"

#include <string.h>

/* The longest value that is taken, in bytes, and the most challenges and parameters of each. */
#define MAX_VALUE      1024
#define MAX_CHALLENGES 8
#define MAX_PARAMETERS 16

struct _IcamChallenge
{
  gatomicrefcount ref_count;
  char *scheme;
  GHashTable *parameters; /* name in lower case: value */
};

/**
 * icam_challenge_ref:
 * @self: a challenge
 *
 * Returns: (transfer full): @self
 */
IcamChallenge *
icam_challenge_ref (IcamChallenge *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/**
 * icam_challenge_unref:
 * @self: (transfer full): a challenge
 */
void
icam_challenge_unref (IcamChallenge *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_free (self->scheme);
  g_hash_table_unref (self->parameters);
  g_free (self);
}

static gboolean
is_token_char (char c)
{
  return g_ascii_isalnum (c) || (c != '\0' && strchr ("!#$%&'*+-.^_`|~", c) != NULL);
}

static const char *
skip (const char *p,
      const char *characters)
{
  return p + strspn (p, characters);
}

/* A token or a quoted string. NULL for one that is not ended, too long, or with a control character. */
static char *
read_value (const char **position)
{
  const char *p = *position;
  g_autoptr (GString) value = g_string_new (NULL);
  gboolean quoted = *p == '"', good = TRUE;

  if (quoted)
    p++;
  for (; *p != '\0' && (quoted ? *p != '"' : strchr (", \t", *p) == NULL); p++)
    {
      if (quoted && *p == '\\' && p[1] != '\0')
        p++;
      if (g_ascii_iscntrl (*p) || value->len >= MAX_VALUE)
        good = FALSE;
      else
        g_string_append_c (value, *p);
    }
  if (quoted && *p == '"')
    p++;
  else if (quoted)
    good = FALSE;

  *position = p;
  return good ? g_strdup (value->str) : NULL;
}

/**
 * icam_challenge_parse:
 * @header: the value of a WWW-Authenticate header, with one challenge or several
 *
 * Parameters that are not well formed are left out, and what does not belong there is skipped. Of two parameters of one name the
 * later counts.
 *
 * Returns: (transfer full) (element-type IcamChallenge): the challenges in their order; may be empty
 */
GPtrArray *
icam_challenge_parse (const char *header)
{
  GPtrArray *found = g_ptr_array_new_with_free_func ((GDestroyNotify) icam_challenge_unref);
  IcamChallenge *current = NULL;
  const char *p = header;

  for (;;)
    {
      g_autofree char *name = NULL;
      const char *start = p = skip (p, " \t,");

      while (is_token_char (*p))
        p++;
      if (p == start)
        {
          if (*p == '\0')
            return found;
          p++;
          continue;
        }
      name = g_ascii_strdown (start, p - start);
      p = skip (p, " \t");

      if (*p == '=')
        {
          char *value;

          p = skip (p + 1, " \t");
          value = read_value (&p);
          if (current != NULL && value != NULL && g_hash_table_size (current->parameters) < MAX_PARAMETERS)
            g_hash_table_replace (current->parameters, g_steal_pointer (&name), value);
          else
            g_free (value);
          continue;
        }

      if (found->len == MAX_CHALLENGES)
        return found;
      current = g_new0 (IcamChallenge, 1);
      g_atomic_ref_count_init (&current->ref_count);
      current->scheme = g_steal_pointer (&name);
      current->parameters = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
      g_ptr_array_add (found, current);
    }
}

/**
 * icam_challenge_is:
 * @self: a challenge
 * @scheme: such as "Digest"
 *
 * Returns: whether it is of that scheme
 */
gboolean
icam_challenge_is (const IcamChallenge *self,
                   const char          *scheme)
{
  return g_ascii_strcasecmp (self->scheme, scheme) == 0;
}

/**
 * icam_challenge_get:
 * @self: a challenge
 * @name: of a parameter, in lower case
 *
 * Returns: (nullable): its value, without quotes and control characters
 */
const char *
icam_challenge_get (const IcamChallenge *self,
                    const char          *name)
{
  return g_hash_table_lookup (self->parameters, name);
}

/**
 * icam_challenge_is_stale:
 * @self: a challenge
 *
 * Returns: whether it says that only the nonce was too old, so that the name and the password may well be right
 */
gboolean
icam_challenge_is_stale (const IcamChallenge *self)
{
  const char *stale = icam_challenge_get (self, "stale");

  return stale != NULL && g_ascii_strcasecmp (stale, "true") == 0;
}

/**
 * icam_challenge_offers:
 * @qop: (nullable): a list such as "auth,auth-int"
 * @wanted: a word
 *
 * Returns: whether it is in the list
 */
gboolean
icam_challenge_offers (const char *qop,
                       const char *wanted)
{
  g_auto (GStrv) words = g_strsplit (qop != NULL ? qop : "", ",", 16);

  for (char **word = words; *word != NULL; word++)
    if (g_ascii_strcasecmp (g_strstrip (*word), wanted) == 0)
      return TRUE;

  return FALSE;
}
