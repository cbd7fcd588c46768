/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-onvif"

#include "config.h"

#include "onvif/icam-onvif-message-private.h"

#include <string.h>

#include "base/icam-text.h"

/* More items than a message of use has, and the longest that is taken for one. */
#define MAX_ITEMS 32
#define MAX_ITEM  256
#define MAX_KEY   1024

typedef struct
{
  char *name, *value;
} Item;

static void
item_clear (gpointer data)
{
  Item *item = data;

  g_free (item->name);
  g_free (item->value);
}

/**
 * icam_onvif_message_free:
 * @message: (transfer full): a message
 */
void
icam_onvif_message_free (IcamOnvifMessage *message)
{
  g_free (message->topic);
  g_free (message->shown);
  g_free (message->key);
  g_hash_table_unref (message->sources);
  for (guint i = 0; i < message->n_reports; i++)
    g_free (message->reports[i].name);
  g_free (message);
}

/* "tns1:RuleEngine/tnsx:Detector//." is RuleEngine/Detector: prefixes are whatever the device calls
 * them. */
static char *
plain_topic (const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, "/", -1);
  g_autoptr (GString) plain = g_string_new (NULL);

  for (char **part = parts; *part != NULL; part++)
    {
      char *colon = strrchr (*part, ':');
      const char *name = g_strstrip (colon != NULL ? colon + 1 : *part);

      if (*name == '\0' || g_str_equal (name, "."))
        continue;
      if (plain->len > 0)
        g_string_append_c (plain, '/');
      g_string_append (plain, name);
    }

  return plain->len > 0 ? g_string_free (g_steal_pointer (&plain), FALSE) : NULL;
}

static void
read_items (xmlNode *parent, GArray *items)
{
  for (xmlNode *node = icam_soap_child (parent, "SimpleItem");
       node != NULL && items->len < MAX_ITEMS; node = icam_soap_next (node))
    {
      Item item = { .name = icam_soap_dup_attribute (node, "Name"),
                    .value = icam_soap_dup_attribute (node, "Value") };

      if (item.name == NULL || strlen (item.name) > MAX_ITEM
          || (item.value != NULL && strlen (item.value) > MAX_ITEM))
        {
          item_clear (&item);
          continue;
        }
      if (item.value == NULL)
        item.value = g_strdup ("");
      g_array_append_val (items, item);
    }
}

static GArray *
items_new (void)
{
  GArray *items = g_array_new (FALSE, FALSE, sizeof (Item));

  g_array_set_clear_func (items, item_clear);
  return items;
}

/* xs:boolean, and what devices write instead; numbers only where @numbers says that a state stands
 * there: an object's number may be 1. */
static gboolean
read_state (const char *value, gboolean numbers, IcamOnvifState *state)
{
  static const char *const on[] = { "true", "on", "yes", "active", "high", "start", "1" };
  static const char *const off[] = { "false", "off", "no", "inactive", "idle", "low", "stop", "0" };
  g_autofree char *text = g_strstrip (g_strdup (value));

  for (guint i = 0; i < G_N_ELEMENTS (on) - !numbers; i++)
    if (g_ascii_strcasecmp (text, on[i]) == 0)
      {
        *state = ICAM_ONVIF_ON;
        return TRUE;
      }
  for (guint i = 0; i < G_N_ELEMENTS (off) - !numbers; i++)
    if (g_ascii_strcasecmp (text, off[i]) == 0)
      {
        *state = ICAM_ONVIF_OFF;
        return TRUE;
      }

  return FALSE;
}

static gboolean
is_is (const char *name)
{
  return g_ascii_strncasecmp (name, "is", 2) == 0 && g_ascii_isupper (name[2]);
}

/* What says more takes the place of what only says that something moved. */
static guint
combine (guint a, guint b)
{
  guint kinds = a | b;
  guint telling = kinds & ~ICAM_KIND_BIT (ICAM_EVENT_MOTION);

  return telling != 0 ? telling : kinds;
}

static void
add_report (IcamOnvifMessage *message, const char *name, guint kinds, IcamOnvifState state)
{
  if (message->n_reports == ICAM_ONVIF_MAX_REPORTS)
    return;
  message->understood = message->understood || kinds != 0;
  /* It is not there any more: whatever it says, it is over. */
  if (message->operation == ICAM_ONVIF_DELETED)
    state = ICAM_ONVIF_OFF;

  message->reports[message->n_reports++]
    = (IcamOnvifReport){ .name = g_strdup (name), .kinds = kinds, .state = state };
}

/* What was seen, where a message lists it: nothing any more, if the list is empty. */
static gboolean
find_class (const GArray *items, const IcamOnvifKinds *kinds, guint *found, gboolean *empty)
{
  gboolean there = FALSE;

  *found = 0;
  *empty = TRUE;
  for (guint i = 0; i < items->len; i++)
    {
      const Item *item = &g_array_index (items, Item, i);

      if (icam_onvif_kinds_of_item (kinds, item->name) != ICAM_ONVIF_ITEM_CLASS)
        continue;
      there = TRUE;
      *empty = *empty && *item->value == '\0';
      *found |= icam_onvif_kinds_of_words (kinds, item->value);
    }

  return there;
}

/* What the data say; @base is what topic and source say already. */
static void
read_reports (IcamOnvifMessage *message,
              const GArray *data,
              const IcamOnvifKinds *kinds,
              guint base)
{
  guint listed;
  gboolean empty, unclear = FALSE;
  gboolean has_class = find_class (data, kinds, &listed, &empty);

  for (guint i = 0; i < data->len; i++)
    {
      const Item *item = &g_array_index (data, Item, i);
      gboolean known = icam_onvif_kinds_of_item (kinds, item->name) == ICAM_ONVIF_ITEM_STATE
                       || is_is (item->name);
      guint own = icam_onvif_kinds_of_words (kinds, item->name);
      IcamOnvifState state;

      if (!read_state (item->value, known, &state))
        {
          unclear = unclear || known;
          continue;
        }
      add_report (message, item->name, combine (combine (base, listed), own), state);
    }
  /* A state that we cannot read is no event that we understand. */
  if (message->n_reports > 0 || unclear)
    return;

  if (has_class)
    add_report (message, "", combine (base, listed), empty ? ICAM_ONVIF_OFF : ICAM_ONVIF_ON);
  else if (message->operation == ICAM_ONVIF_DELETED)
    add_report (message, "", base, ICAM_ONVIF_OFF);
  else if (message->operation == ICAM_ONVIF_CHANGED)
    add_report (message, "", base, ICAM_ONVIF_MOMENT);
  else
    message->understood = base != 0;
}

static IcamOnvifOperation
read_operation (xmlNode *node)
{
  g_autofree char *text = icam_soap_dup_attribute (node, "PropertyOperation");

  if (text != NULL && g_ascii_strcasecmp (text, "Initialized") == 0)
    return ICAM_ONVIF_INITIALIZED;
  if (text != NULL && g_ascii_strcasecmp (text, "Deleted") == 0)
    return ICAM_ONVIF_DELETED;
  return ICAM_ONVIF_CHANGED;
}

/**
 * icam_onvif_message_read:
 * @notification: a NotificationMessage (WS-BaseNotification 1.3, section 3; its content by the
 * ONVIF core specification, section 9.4), from anybody
 * @kinds: what topics mean
 *
 * When it happened is not read: devices write whatever they like there, and what is pulled comes at
 * once.
 *
 * Returns: (transfer full) (nullable): it, with no report if it is none that concerns us; %NULL if
 * it is empty, as some devices send them
 */
IcamOnvifMessage *
icam_onvif_message_read (xmlNode *notification, const IcamOnvifKinds *kinds)
{
  g_autoptr (IcamOnvifMessage) message = g_new0 (IcamOnvifMessage, 1);
  g_autofree char *text = icam_soap_dup_text (notification, "Topic");
  xmlNode *outer = icam_soap_child (notification, "Message");
  xmlNode *inner = icam_soap_child (outer, "Message");
  g_autoptr (GArray) sources = items_new ();
  g_autoptr (GArray) data = items_new ();
  g_autoptr (GString) key = g_string_new (NULL);
  gboolean by_rule;
  guint base;

  message->sources = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (text == NULL || outer == NULL)
    return NULL;
  if (inner == NULL)
    inner = outer;
  message->topic = plain_topic (text);
  message->shown = icam_text_clean (text, -1);
  if (message->topic == NULL || message->shown == NULL)
    return NULL;

  message->operation = read_operation (inner);
  read_items (icam_soap_child (inner, "Source"), sources);
  read_items (icam_soap_child (inner, "Key"), sources);
  read_items (icam_soap_child (inner, "Data"), data);

  base = icam_onvif_kinds_of_topic (kinds, message->topic, &by_rule);
  g_string_append (key, message->topic);
  for (guint i = 0; i < sources->len; i++)
    {
      const Item *item = &g_array_index (sources, Item, i);
      IcamOnvifItem what = icam_onvif_kinds_of_item (kinds, item->name);

      g_string_append_printf (key, "\n%s=%s", item->name, item->value);
      if (what == ICAM_ONVIF_ITEM_SOURCE && *item->value != '\0')
        g_hash_table_insert (message->sources, g_strdup (item->name), g_strdup (item->value));
      if (what == ICAM_ONVIF_ITEM_CLASS || (what == ICAM_ONVIF_ITEM_RULE && by_rule))
        base = combine (base, icam_onvif_kinds_of_words (kinds, item->value));
    }
  g_string_truncate (key, MIN (key->len, MAX_KEY));
  message->key = g_string_free (g_steal_pointer (&key), FALSE);

  read_reports (message, data, kinds, base);
  return g_steal_pointer (&message);
}
