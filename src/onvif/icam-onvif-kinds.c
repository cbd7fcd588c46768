/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-onvif"

#include "config.h"

#include "onvif/icam-onvif-kinds-private.h"

#include <gio/gio.h>
#include <string.h>

#include "onvif/icam-event-kinds-resource.h"

/* How many words of a text count, and how long one may be. */
#define MAX_WORDS 16
#define MAX_WORD  32

typedef struct
{
  GPatternSpec *topic;
  guint kinds;
  gboolean by_rule;
} TopicRule;

struct _IcamOnvifKinds
{
  GArray *topics;    /* of TopicRule */
  GHashTable *words; /* char * -> set of kinds */
  GHashTable *items; /* char * -> IcamOnvifItem */
};

static void
topic_rule_clear (gpointer data)
{
  TopicRule *rule = data;

  g_pattern_spec_free (rule->topic);
}

/**
 * icam_onvif_kinds_free:
 * @self: (transfer full): a table
 */
void
icam_onvif_kinds_free (IcamOnvifKinds *self)
{
  g_array_unref (self->topics);
  g_hash_table_unref (self->words);
  g_hash_table_unref (self->items);
  g_free (self);
}

static gboolean
read_kind (const char *text, guint *kinds)
{
  IcamEventKind kind;

  if (text == NULL)
    return FALSE;
  if (g_str_equal (text, "-"))
    {
      *kinds = 0;
      return TRUE;
    }
  if (!icam_event_kind_from_string (text, &kind))
    return FALSE;

  *kinds = ICAM_KIND_BIT (kind);
  return TRUE;
}

static gboolean
read_topic (IcamOnvifKinds *self, const char *const *fields, guint n)
{
  TopicRule rule = { 0 };
  g_autofree char *topic = NULL;

  if (n < 3 || n > 4 || !read_kind (fields[2], &rule.kinds)
      || (n == 4 && !g_str_equal (fields[3], "rule")))
    return FALSE;

  topic = g_ascii_strdown (fields[1], -1);
  rule.topic = g_pattern_spec_new (topic);
  rule.by_rule = n == 4;
  g_array_append_val (self->topics, rule);
  return TRUE;
}

static gboolean
read_words (IcamOnvifKinds *self, const char *const *fields, guint n)
{
  guint kinds;

  if (n < 3 || !read_kind (fields[n - 1], &kinds) || kinds == 0)
    return FALSE;

  for (guint i = 1; i < n - 1; i++)
    {
      char *word = g_ascii_strdown (fields[i], -1);
      guint known = GPOINTER_TO_UINT (g_hash_table_lookup (self->words, word));

      g_hash_table_insert (self->words, word, GUINT_TO_POINTER (known | kinds));
    }
  return TRUE;
}

static gboolean
read_items (IcamOnvifKinds *self, const char *const *fields, guint n, IcamOnvifItem item)
{
  for (guint i = 1; i < n; i++)
    g_hash_table_insert (self->items, g_ascii_strdown (fields[i], -1), GINT_TO_POINTER (item));
  return n > 1;
}

static gboolean
read_line (IcamOnvifKinds *self, const char *line)
{
  static const char *const item_words[] = {
    [ICAM_ONVIF_ITEM_STATE] = "state",
    [ICAM_ONVIF_ITEM_CLASS] = "class",
    [ICAM_ONVIF_ITEM_RULE] = "rule",
    [ICAM_ONVIF_ITEM_SOURCE] = "source",
  };
  g_auto (GStrv) parts = g_strsplit_set (line, " \t\r", -1);
  g_autoptr (GPtrArray) fields = g_ptr_array_new ();
  const char *const *words;

  for (char **part = parts; *part != NULL && **part != '#'; part++)
    if (**part != '\0')
      g_ptr_array_add (fields, *part);
  if (fields->len == 0)
    return TRUE;

  words = (const char *const *) fields->pdata;
  if (g_str_equal (words[0], "topic"))
    return read_topic (self, words, fields->len);
  if (g_str_equal (words[0], "word"))
    return read_words (self, words, fields->len);
  for (guint i = ICAM_ONVIF_ITEM_STATE; i < G_N_ELEMENTS (item_words); i++)
    if (g_str_equal (words[0], item_words[i]))
      return read_items (self, words, fields->len, (IcamOnvifItem) i);
  return FALSE;
}

/**
 * icam_onvif_kinds_new:
 * @text: a table; its first lines say how it is written
 * @error: return location, G_IO_ERROR_INVALID_DATA with the line
 *
 * Returns: (transfer full) (nullable): it
 */
IcamOnvifKinds *
icam_onvif_kinds_new (const char *text, GError **error)
{
  g_autoptr (IcamOnvifKinds) self = g_new0 (IcamOnvifKinds, 1);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  self->topics = g_array_new (FALSE, FALSE, sizeof (TopicRule));
  g_array_set_clear_func (self->topics, topic_rule_clear);
  self->words = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->items = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; lines[i] != NULL; i++)
    if (!read_line (self, lines[i]))
      {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "line %u: %s", i + 1, lines[i]);
        return NULL;
      }

  return g_steal_pointer (&self);
}

static GBytes *
built_in (void)
{
  g_autoptr (GError) error = NULL;
  GBytes *bytes;

  icam_event_kinds_register_resource ();
  bytes = g_resource_lookup_data (icam_event_kinds_get_resource (), "/onvif/event-kinds.conf",
                                  G_RESOURCE_LOOKUP_FLAGS_NONE, &error);
  if (bytes == NULL)
    g_error ("The table of events: %s", error->message);
  return bytes;
}

/**
 * icam_onvif_kinds_load:
 * @path: (nullable): a file with lines of a person's own
 * @error: return location, G_IO_ERROR_INVALID_DATA, or why it cannot be read
 *
 * Returns: (transfer full) (nullable): the table that is built in, with these lines before its own
 */
IcamOnvifKinds *
icam_onvif_kinds_load (const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = built_in ();
  g_autofree char *own = NULL;
  g_autofree char *text = NULL;

  if (path != NULL && !g_file_get_contents (path, &own, NULL, error))
    return NULL;

  text = g_strconcat (own != NULL ? own : "", "\n", g_bytes_get_data (bytes, NULL), NULL);
  return icam_onvif_kinds_new (text, error);
}

/**
 * icam_onvif_kinds_get:
 *
 * Returns: (transfer none): the table that is built in; where there is a file
 * incamera/event-kinds.conf in the folder for configuration, with its lines before its own
 */
const IcamOnvifKinds *
icam_onvif_kinds_get (void)
{
  static IcamOnvifKinds *kinds;

  if (g_once_init_enter (&kinds))
    {
      g_autofree char *path
        = g_build_filename (g_get_user_config_dir (), "incamera", "event-kinds.conf", NULL);
      g_autoptr (GError) error = NULL;
      IcamOnvifKinds *loaded = icam_onvif_kinds_load (path, &error);

      if (loaded == NULL && !g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        g_message ("%s is not used: %s", path, error->message);
      if (loaded == NULL)
        {
          g_clear_error (&error);
          loaded = icam_onvif_kinds_load (NULL, &error);
        }
      if (loaded == NULL)
        g_error ("The table of events: %s", error->message);
      g_once_init_leave (&kinds, loaded);
    }

  return kinds;
}

static guint
kinds_of_word (const IcamOnvifKinds *self, const char *word)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (self->words, word));
}

/* Whether a word ends before @p: "PeopleDetect", "TPSmart", "Rule1", "dog-cat". */
static gboolean
is_boundary (const char *start, const char *p)
{
  if (p == start)
    return FALSE;
  if (g_ascii_isdigit (*p) != g_ascii_isdigit (p[-1]))
    return TRUE;
  return g_ascii_isupper (*p)
         && (g_ascii_islower (p[-1]) || (g_ascii_isupper (p[-1]) && g_ascii_islower (p[1])));
}

/**
 * icam_onvif_kinds_of_words:
 * @self: a table
 * @text: (nullable): a name, of anybody's making
 *
 * Returns: the set of kinds that its words name
 */
guint
icam_onvif_kinds_of_words (const IcamOnvifKinds *self, const char *text)
{
  char last[MAX_WORD + 1] = "", word[MAX_WORD + 1];
  char pair[2 * MAX_WORD + 1];
  guint kinds = 0, count = 0;
  gsize length = 0;

  if (text == NULL)
    return 0;

  for (const char *p = text; count < MAX_WORDS; p++)
    {
      gboolean letter = *p != '\0' && (g_ascii_isalnum (*p) || (guchar) *p >= 0x80);

      if (length > 0 && (!letter || is_boundary (text, p)))
        {
          word[length] = '\0';
          g_snprintf (pair, sizeof pair, "%s%s", last, word);
          kinds |= kinds_of_word (self, word) | kinds_of_word (self, pair);
          g_strlcpy (last, word, sizeof last);
          count++;
          length = 0;
        }
      if (*p == '\0')
        break;
      if (letter && length < MAX_WORD)
        word[length++] = g_ascii_tolower (*p);
    }

  return kinds;
}

/**
 * icam_onvif_kinds_of_topic:
 * @self: a table
 * @topic: a topic without prefixes and empty parts
 * @by_rule: (out): whether the name of the rule may say more
 *
 * Returns: the set of kinds that it tells of; empty if it is none of ours
 */
guint
icam_onvif_kinds_of_topic (const IcamOnvifKinds *self, const char *topic, gboolean *by_rule)
{
  g_autofree char *lower = g_ascii_strdown (topic, -1);
  const char *slash;
  guint kinds;

  *by_rule = FALSE;
  for (guint i = 0; i < self->topics->len; i++)
    {
      TopicRule *rule = &g_array_index (self->topics, TopicRule, i);

      if (g_pattern_spec_match_string (rule->topic, lower))
        {
          *by_rule = rule->by_rule;
          return rule->kinds;
        }
    }

  /* The last part, or else the one before it: "MyRuleDetector/PeopleDetect",
   * "PeopleDetector/Detected". */
  slash = strrchr (topic, '/');
  kinds = icam_onvif_kinds_of_words (self, slash != NULL ? slash + 1 : topic);
  if (kinds == 0 && slash != NULL)
    {
      const char *before = g_strrstr_len (topic, slash - topic, "/");
      g_autofree char *part = NULL;

      before = before != NULL ? before + 1 : topic;
      part = g_strndup (before, (gsize) (slash - before));
      kinds = icam_onvif_kinds_of_words (self, part);
    }
  return kinds;
}

/**
 * icam_onvif_kinds_of_item:
 * @self: a table
 * @name: the name of an item
 *
 * Returns: what it is to us
 */
IcamOnvifItem
icam_onvif_kinds_of_item (const IcamOnvifKinds *self, const char *name)
{
  g_autofree char *lower = g_ascii_strdown (name, -1);

  return (IcamOnvifItem) GPOINTER_TO_INT (g_hash_table_lookup (self->items, lower));
}
