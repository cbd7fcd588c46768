/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-ctl"

#include "config.h"

#include "ctl/icam-ctl.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define DEFAULT_SPEED 0.5
#define MAX_SECONDS 10

/* What a word means as a direction. */
static const struct
{
  const char *word;
  int pan, tilt, zoom;
} directions[] = {
  { "left", -1, 0, 0 }, { "right", 1, 0, 0 }, { "up", 0, 1, 0 },
  { "down", 0, -1, 0 }, { "in", 0, 0, 1 },    { "out", 0, 0, -1 },
};

typedef struct
{
  IcamCtl *ctl;
  IcamDBusCamera *proxy;
} Target;

static GVariant *
no_options (void)
{
  return g_variant_new ("a{sv}", NULL);
}

static gboolean
get_state (Target    *target,
           GVariant **presets,
           GVariant **state,
           GError   **error)
{
  GAsyncResult *slot = NULL;
  g_autoptr (GAsyncResult) result = NULL;

  icam_dbus_camera_call_ptz_get_state (target->proxy, no_options (), target->ctl->cancellable, icam_ctl_store, &slot);
  result = icam_ctl_wait_result (target->ctl, &slot);
  return icam_dbus_camera_call_ptz_get_state_finish (target->proxy, presets, state, result, error);
}

static void
add_number (JsonBuilder *builder,
            GVariant    *state,
            const char  *key)
{
  double value;

  if (!g_variant_lookup (state, key, "d", &value))
    return;
  json_builder_set_member_name (builder, key);
  json_builder_add_double_value (builder, value);
}

static void
print_state_json (GVariant *presets,
                  GVariant *state)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  GVariantIter iter;
  const char *token, *name;
  gboolean moving = FALSE;

  json_builder_begin_object (builder);
  add_number (builder, state, "pan");
  add_number (builder, state, "tilt");
  add_number (builder, state, "zoom");
  g_variant_lookup (state, "moving", "b", &moving);
  json_builder_set_member_name (builder, "moving");
  json_builder_add_boolean_value (builder, moving);
  json_builder_set_member_name (builder, "presets");
  json_builder_begin_array (builder);
  g_variant_iter_init (&iter, presets);
  while (g_variant_iter_next (&iter, "(&s&s)", &token, &name))
    {
      json_builder_begin_object (builder);
      icam_ctl_json_string (builder, "token", token);
      icam_ctl_json_string (builder, "name", name);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  icam_ctl_print_json (builder, FALSE);
}

static int
show_presets (Target *target)
{
  g_autoptr (GVariant) presets = NULL;
  g_autoptr (GVariant) state = NULL;
  GError *error = NULL;
  GVariantIter iter;
  const char *token, *name;

  if (!get_state (target, &presets, &state, &error))
    return icam_ctl_done (target->ctl, FALSE, error);
  if (target->ctl->json)
    {
      print_state_json (presets, state);
      return ICAM_EXIT_OK;
    }

  g_variant_iter_init (&iter, presets);
  while (g_variant_iter_next (&iter, "(&s&s)", &token, &name))
    {
      g_autofree char *plain = icam_ctl_plain (name);

      icam_ctl_print ("%s", plain);
    }
  return ICAM_EXIT_OK;
}

static int
show_place (Target *target)
{
  g_autoptr (GVariant) presets = NULL;
  g_autoptr (GVariant) state = NULL;
  GError *error = NULL;
  double pan = 0, tilt = 0, zoom = 0;

  if (!get_state (target, &presets, &state, &error))
    return icam_ctl_done (target->ctl, FALSE, error);
  if (target->ctl->json)
    {
      print_state_json (presets, state);
      return ICAM_EXIT_OK;
    }
  if (!g_variant_lookup (state, "pan", "d", &pan))
    {
      icam_ctl_print ("%s", _ ("The camera does not tell where it looks."));
      return ICAM_EXIT_OK;
    }

  g_variant_lookup (state, "tilt", "d", &tilt);
  g_variant_lookup (state, "zoom", "d", &zoom);
  icam_ctl_print ("--pan=%.3f --tilt=%.3f --zoom=%.3f", pan, tilt, zoom);
  return ICAM_EXIT_OK;
}

/* The token of the preset that @text names; NULL with @code set when there is none. */
static char *
find_preset (Target     *target,
             const char *text,
             int        *code)
{
  g_autoptr (GVariant) presets = NULL;
  g_autoptr (GVariant) state = NULL;
  g_autoptr (GError) absent = NULL;
  GError *error = NULL;
  GVariantIter iter;
  const char *token, *name;

  if (!get_state (target, &presets, &state, &error))
    {
      *code = icam_ctl_done (target->ctl, FALSE, error);
      return NULL;
    }
  g_variant_iter_init (&iter, presets);
  while (g_variant_iter_next (&iter, "(&s&s)", &token, &name))
    if (g_str_equal (name, text) || g_str_equal (token, text))
      return g_strdup (token);

  absent = icam_error_new (ICAM_ERROR_NOT_FOUND, "what", "preset", NULL);
  *code = icam_ctl_fail (target->ctl, absent);
  return NULL;
}

/* A place with a name, and what to do with it. */
static int
use_preset (Target     *target,
            const char *what,
            const char *name)
{
  GAsyncResult *slot = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autofree char *token = NULL;
  GCancellable *cancellable = target->ctl->cancellable;
  GError *error = NULL;
  int code = ICAM_EXIT_OK;
  gboolean ok;

  token = find_preset (target, name, &code);
  if (token == NULL)
    return code;
  if (g_str_equal (what, "preset"))
    icam_dbus_camera_call_ptz_goto_preset (target->proxy, token, no_options (), cancellable, icam_ctl_store, &slot);
  else
    icam_dbus_camera_call_ptz_remove_preset (target->proxy, token, no_options (), cancellable, icam_ctl_store, &slot);
  result = icam_ctl_wait_result (target->ctl, &slot);
  ok = g_str_equal (what, "preset") ? icam_dbus_camera_call_ptz_goto_preset_finish (target->proxy, result, &error)
                                    : icam_dbus_camera_call_ptz_remove_preset_finish (target->proxy, result, &error);
  return icam_ctl_done (target->ctl, ok, error);
}

static int
save_preset (Target     *target,
             const char *name)
{
  GAsyncResult *slot = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autofree char *token = NULL;
  GError *error = NULL;
  gboolean ok;

  icam_dbus_camera_call_ptz_set_preset (target->proxy, "", name, no_options (), target->ctl->cancellable, icam_ctl_store,
                                        &slot);
  result = icam_ctl_wait_result (target->ctl, &slot);
  ok = icam_dbus_camera_call_ptz_set_preset_finish (target->proxy, &token, result, &error);
  return icam_ctl_done (target->ctl, ok, error);
}

static int
call_plain (Target     *target,
            const char *method,
            GVariant   *arguments)
{
  GAsyncResult *slot = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GVariant) nothing = NULL;
  GError *error = NULL;

  g_dbus_proxy_call (G_DBUS_PROXY (target->proxy), method, arguments, G_DBUS_CALL_FLAGS_NONE, -1,
                     target->ctl->cancellable, icam_ctl_store, &slot);
  result = icam_ctl_wait_result (target->ctl, &slot);
  nothing = g_dbus_proxy_call_finish (G_DBUS_PROXY (target->proxy), result, &error);
  return icam_ctl_done (target->ctl, nothing != NULL, error);
}

static int
move (Target *target,
      guint   direction,
      double  speed,
      int     seconds)
{
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&options, "seconds", "u", (guint) seconds);
  return call_plain (target, "PtzMove",
                     g_variant_new ("(ddd@a{sv})", directions[direction].pan * speed, directions[direction].tilt * speed,
                                    directions[direction].zoom * speed, g_variant_dict_end (&options)));
}

static int
find_direction (const char *word)
{
  for (guint i = 0; i < G_N_ELEMENTS (directions); i++)
    if (g_str_equal (directions[i].word, word))
      return (int) i;

  return -1;
}

static gboolean
is_plain_action (const char *word)
{
  static const char *const words[] = { "stop", "home", "set-home", "presets", "where", "go", NULL };

  return g_strv_contains (words, word) || find_direction (word) >= 0;
}

static gboolean
is_named_action (const char *word)
{
  static const char *const words[] = { "preset", "save", "forget", NULL };

  return g_strv_contains (words, word);
}

/**
 * icam_ctl_ptz:
 * @ctl: what all commands share
 * @argc: number of words
 * @argv: the words
 *
 * Returns: exit code
 */
int
icam_ctl_ptz (IcamCtl *ctl,
              int      argc,
              char   **argv)
{
  double speed = DEFAULT_SPEED, pan = 0, tilt = 0, zoom = 0;
  int seconds = 1;
  const GOptionEntry entries[] = {
    { "speed", 0, 0, G_OPTION_ARG_DOUBLE, &speed, N_ ("How fast, from 0 to 1"), N_ ("NUMBER") },
    { "seconds", 0, 0, G_OPTION_ARG_INT, &seconds, N_ ("For how long; then it stops"), N_ ("NUMBER") },
    { "pan", 0, 0, G_OPTION_ARG_DOUBLE, &pan, N_ ("For go: from -1, left, to 1, right"), N_ ("NUMBER") },
    { "tilt", 0, 0, G_OPTION_ARG_DOUBLE, &tilt, N_ ("For go: from -1, down, to 1, up"), N_ ("NUMBER") },
    { "zoom", 0, 0, G_OPTION_ARG_DOUBLE, &zoom, N_ ("For go: from 0, all of it, to 1, close"), N_ ("NUMBER") },
    G_OPTION_ENTRY_NULL,
  };
  Target target = { .ctl = ctl };
  const char *action;
  IcamCamera *camera;
  int code;

  if (!icam_ctl_parse (ctl, _ ("CAMERA ACTION [NAME]"),
                       _ ("Moves a camera. ACTION is left, right, up, down, in or out (it looks closer or farther), stop, home, set-home, "
                          "presets (places that it remembers), preset NAME, save NAME, forget NAME, where, or go with --pan, --tilt and "
                          "--zoom."),
                       entries, 2, 3, &argc, &argv))
    return ICAM_EXIT_USAGE;
  action = argv[2];
  if (!(argc == 3 && is_plain_action (action)) && !(argc == 4 && is_named_action (action)))
    return icam_ctl_usage (ctl, _ ("Say one of left, right, up, down, in, out, stop, home, set-home, presets, preset NAME, save NAME, "
                                   "forget NAME, where, go."));
  if (!(speed > 0 && speed <= 1))
    return icam_ctl_usage (ctl, _ ("The speed is a number from 0 to 1."));
  if (seconds < 1 || seconds > MAX_SECONDS)
    return icam_ctl_usage (ctl, _ ("It moves for 1 to %d seconds."), MAX_SECONDS);
  code = icam_ctl_connect (ctl, TRUE);
  if (code != 0)
    return code;
  camera = icam_ctl_find_camera (ctl, argv[1], &code);
  if (camera == NULL)
    return code;

  target.proxy = icam_camera_get_proxy (camera);
  if (find_direction (action) >= 0)
    return move (&target, (guint) find_direction (action), speed, seconds);
  if (g_str_equal (action, "presets"))
    return show_presets (&target);
  if (g_str_equal (action, "where"))
    return show_place (&target);
  if (g_str_equal (action, "go"))
    return call_plain (&target, "PtzGo", g_variant_new ("(ddd@a{sv})", pan, tilt, zoom, no_options ()));
  if (g_str_equal (action, "save"))
    return save_preset (&target, argv[3]);
  if (is_named_action (action))
    return use_preset (&target, action, argv[3]);
  return call_plain (&target,
                     g_str_equal (action, "stop")   ? "PtzStop"
                     : g_str_equal (action, "home") ? "PtzHome"
                                                    : "PtzSetHome",
                     g_variant_new ("(@a{sv})", no_options ()));
}
