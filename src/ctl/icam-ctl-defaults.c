/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-ctl"

#include "config.h"

#include "ctl/icam-ctl.h"

#include <glib/gi18n-lib.h>

#include "client/icam-words.h"

typedef struct
{
  gboolean apply, undo;
} Wishes;

static void
print_changes (GVariant *changes)
{
  GVariantIter iter;
  const char *name;
  GVariant *from, *to;

  g_variant_iter_init (&iter, changes);
  while (g_variant_iter_next (&iter, "(&svv)", &name, &from, &to))
    {
      g_autofree char *from_words = icam_words_setting_value (name, from);
      g_autofree char *to_words = icam_words_setting_value (name, to);
      g_autofree char *plain_from = icam_ctl_plain (from_words);
      g_autofree char *plain_to = icam_ctl_plain (to_words);

      icam_ctl_print ("  %s: %s → %s", icam_words_setting (name), plain_from, plain_to);
      g_variant_unref (from);
      g_variant_unref (to);
    }
}

static void
add_value (JsonBuilder *builder,
           const char  *key,
           GVariant    *value)
{
  json_builder_set_member_name (builder, key);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE ("(uu)")))
    {
      guint width, height;

      g_variant_get (value, "(uu)", &width, &height);
      json_builder_begin_array (builder);
      json_builder_add_int_value (builder, width);
      json_builder_add_int_value (builder, height);
      json_builder_end_array (builder);
    }
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE))
    json_builder_add_double_value (builder, g_variant_get_double (value));
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_UINT32))
    json_builder_add_int_value (builder, g_variant_get_uint32 (value));
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN))
    json_builder_add_boolean_value (builder, g_variant_get_boolean (value));
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_INT64))
    json_builder_add_double_value (builder, (double) g_variant_get_int64 (value) / G_USEC_PER_SEC);
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    json_builder_add_string_value (builder, g_variant_get_string (value, NULL));
  else
    json_builder_add_null_value (builder);
}

static void
add_changes (JsonBuilder *builder,
             const char  *key,
             GVariant    *changes)
{
  GVariantIter iter;
  const char *name;
  GVariant *from, *to;

  json_builder_set_member_name (builder, key);
  json_builder_begin_array (builder);
  g_variant_iter_init (&iter, changes);
  while (g_variant_iter_next (&iter, "(&svv)", &name, &from, &to))
    {
      json_builder_begin_object (builder);
      icam_ctl_json_string (builder, "setting", name);
      add_value (builder, "now", from);
      add_value (builder, "proposed", to);
      json_builder_end_object (builder);
      g_variant_unref (from);
      g_variant_unref (to);
    }
  json_builder_end_array (builder);
}

/* @undo: (nullable): only when nothing was changed. */
static void
print (IcamCtl      *ctl,
       const Wishes *wishes,
       GVariant     *changes,
       GVariant     *undo)
{
  if (ctl->json)
    {
      g_autoptr (JsonBuilder) builder = json_builder_new ();

      json_builder_begin_object (builder);
      add_changes (builder, "changes", changes);
      if (undo != NULL)
        add_changes (builder, "undo", undo);
      json_builder_end_object (builder);
      icam_ctl_print_json (builder, FALSE);
      return;
    }

  if (g_variant_n_children (changes) == 0)
    icam_ctl_print ("%s", wishes->apply || wishes->undo ? _ ("Nothing was changed.") : _ ("The camera is set as is best for In Camera."));
  else if (wishes->apply || wishes->undo)
    icam_ctl_print ("%s", _ ("The camera was changed:"));
  else
    icam_ctl_print ("%s", _ ("With --apply this would be changed at the camera:"));
  print_changes (changes);
  if (undo == NULL || g_variant_n_children (undo) == 0)
    return;
  icam_ctl_print ("%s", _ ("With --undo this would be set back:"));
  print_changes (undo);
}

/**
 * icam_ctl_defaults:
 * @ctl: what all commands share
 * @argc: number of words
 * @argv: the words
 *
 * Returns: exit code
 */
int
icam_ctl_defaults (IcamCtl *ctl,
                   int      argc,
                   char   **argv)
{
  Wishes wishes = { 0 };
  const GOptionEntry entries[] = {
    { "apply", 0, 0, G_OPTION_ARG_NONE, &wishes.apply, N_ ("Change the camera"), NULL },
    { "undo", 0, 0, G_OPTION_ARG_NONE, &wishes.undo, N_ ("Set the camera back to what it was before"), NULL },
    G_OPTION_ENTRY_NULL,
  };
  GAsyncResult *slot = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GVariant) changes = NULL;
  g_autoptr (GVariant) undo = NULL;
  GError *error = NULL;
  IcamCamera *camera;
  int code;

  if (!icam_ctl_parse (ctl, _ ("CAMERA"),
                       _ ("Shows what would be better set at a camera: its small stream, in which motion is looked for, and its clock and time zone. "
                          "Nothing is changed without --apply."),
                       entries, 1, 1, &argc, &argv))
    return ICAM_EXIT_USAGE;
  if (wishes.apply && wishes.undo)
    return icam_ctl_usage (ctl, _ ("Say either --apply or --undo."));
  code = icam_ctl_connect (ctl, TRUE);
  if (code != 0)
    return code;
  camera = icam_ctl_find_camera (ctl, argv[1], &code);
  if (camera == NULL)
    return code;

  g_dbus_proxy_call (G_DBUS_PROXY (icam_camera_get_proxy (camera)),
                     wishes.apply ? "ApplyDefaults" : wishes.undo ? "UndoDefaults" : "GetDefaults",
                     g_variant_new ("(a{sv})", NULL), G_DBUS_CALL_FLAGS_NONE, -1, ctl->cancellable, icam_ctl_store, &slot);
  result = icam_ctl_wait_result (ctl, &slot);
  answer = g_dbus_proxy_call_finish (G_DBUS_PROXY (icam_camera_get_proxy (camera)), result, &error);
  if (answer == NULL)
    return icam_ctl_done (ctl, FALSE, error);

  changes = g_variant_get_child_value (answer, 0);
  if (!wishes.apply && !wishes.undo)
    undo = g_variant_get_child_value (answer, 1);
  print (ctl, &wishes, changes, undo);
  return ICAM_EXIT_OK;
}
