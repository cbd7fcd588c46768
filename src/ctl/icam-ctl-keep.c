/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-ctl"

#include "config.h"

#include "ctl/icam-ctl.h"

#include "client/icam-words.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define MAX_DAYS 36500
#define FOREVER "forever"
#define AS_ALL "default"

/* ---- keep ---- */

/* Days of @text: a number, "forever" (@forever) or "default" (0); FALSE when it is none. */
static gboolean
parse_days (const char *text,
            gint        forever,
            gint       *days)
{
  gint64 number;

  if (g_str_equal (text, FOREVER))
    *days = forever;
  else if (g_str_equal (text, AS_ALL))
    *days = 0;
  else if (g_ascii_string_to_signed (text, 10, 1, MAX_DAYS, &number, NULL))
    *days = (gint) number;
  else
    return FALSE;
  return TRUE;
}

/* Bytes of @text: "500G", "2T", "1500000000", "unlimited". */
static gboolean
parse_size (const char *text,
            gint64     *bytes)
{
  static const char units[] = "KMGT";
  char *end = NULL;
  gdouble number;
  const char *unit;

  *bytes = 0;
  if (g_str_equal (text, "unlimited"))
    return TRUE;
  number = g_ascii_strtod (text, &end);
  if (end == text || number < 0)
    return FALSE;
  unit = *end != '\0' ? strchr (units, g_ascii_toupper (*end)) : NULL;
  if (*end != '\0' && (unit == NULL || (end[1] != '\0' && strcmp (end + 1, "B") != 0)))
    return FALSE;
  for (const char *at = units; unit != NULL && at <= unit; at++)
    number *= 1000;
  if (number > 9e18)
    return FALSE;
  *bytes = (gint64) number;
  return TRUE;
}

static char *
days_words (gint days,
            gint zero_is)
{
  if (days > 0)
    return g_strdup_printf (ngettext ("%d day", "%d days", (gulong) days), days);
  if (days < 0 || zero_is < 0)
    return g_strdup (_ ("while there is room"));
  return g_strdup (zero_is == 0 ? _ ("as all") : _ ("as the rest"));
}

static void
print_cameras (IcamCtl *ctl)
{
  g_autoptr (IcamCtlTable) table
    = icam_ctl_table_new (_ ("CAMERA"), _ ("KEPT"), _ ("WITH EVENTS"), _ ("AT MOST"), NULL);
  GListModel *cameras = icam_client_get_cameras (ctl->client);
  g_autofree char *all = days_words (icam_dbus_manager_get_keep_days (icam_client_get_manager (ctl->client)), -1);

  icam_ctl_table_add (table, _ ("all"), all, "", "", NULL);
  for (guint i = 0; i < g_list_model_get_n_items (cameras); i++)
    {
      g_autoptr (IcamCamera) camera = g_list_model_get_item (cameras, i);
      IcamDBusCamera *proxy = icam_camera_get_proxy (camera);
      gint64 bytes = icam_dbus_camera_get_keep_bytes (proxy);
      g_autofree char *name = icam_ctl_plain (icam_camera_get_name (camera));
      g_autofree char *days = days_words (icam_dbus_camera_get_keep_days (proxy), 0);
      g_autofree char *event_days = days_words (icam_dbus_camera_get_keep_event_days (proxy), 1);
      g_autofree char *most = bytes > 0 ? g_format_size ((guint64) bytes) : g_strdup ("");

      icam_ctl_table_add (table, name, days, event_days, most, NULL);
    }
  icam_ctl_table_print (table);
}

static void
print_cameras_json (IcamCtl *ctl)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  GListModel *cameras = icam_client_get_cameras (ctl->client);

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "days");
  json_builder_add_int_value (builder, icam_dbus_manager_get_keep_days (icam_client_get_manager (ctl->client)));
  json_builder_set_member_name (builder, "cameras");
  json_builder_begin_array (builder);
  for (guint i = 0; i < g_list_model_get_n_items (cameras); i++)
    {
      g_autoptr (IcamCamera) camera = g_list_model_get_item (cameras, i);
      IcamDBusCamera *proxy = icam_camera_get_proxy (camera);

      json_builder_begin_object (builder);
      icam_ctl_json_string (builder, "name", icam_camera_get_name (camera));
      json_builder_set_member_name (builder, "days");
      json_builder_add_int_value (builder, icam_dbus_camera_get_keep_days (proxy));
      json_builder_set_member_name (builder, "event_days");
      json_builder_add_int_value (builder, icam_dbus_camera_get_keep_event_days (proxy));
      json_builder_set_member_name (builder, "bytes");
      json_builder_add_int_value (builder, icam_dbus_camera_get_keep_bytes (proxy));
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  icam_ctl_print_json (builder, FALSE);
}

/**
 * icam_ctl_keep:
 * @ctl: what all commands share
 * @argc: number of words
 * @argv: the words
 *
 * Returns: exit code
 */
int
icam_ctl_keep (IcamCtl *ctl,
               int      argc,
               char   **argv)
{
  g_autofree char *days_text = NULL;
  g_autofree char *event_text = NULL;
  g_autofree char *size_text = NULL;
  g_autofree char *floor_text = NULL;
  const GOptionEntry entries[] = {
    { "days", 0, 0, G_OPTION_ARG_STRING, &days_text, N_ ("Days that recordings are kept, or \"forever\"; of a camera also \"default\": as all"), N_ ("DAYS") },
    { "event-days", 0, 0, G_OPTION_ARG_STRING, &event_text, N_ ("The same of what an event touches; \"default\": as the rest"), N_ ("DAYS") },
    { "space", 0, 0, G_OPTION_ARG_STRING, &size_text, N_ ("What the camera's recordings may take: 500G, 2T, or \"unlimited\""), N_ ("SIZE") },
    { "floor", 0, 0, G_OPTION_ARG_STRING, &floor_text, N_ ("What is kept free on each disk, which wins over all"), N_ ("SIZE") },
    G_OPTION_ENTRY_NULL,
  };
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  GAsyncResult *slot = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  GError *error = NULL;
  IcamDBusManager *manager;
  IcamDBusCamera *proxy;
  IcamCamera *camera;
  gint days = 0, event_days = 0;
  gint64 bytes = 0, floor_bytes = 0;
  gboolean change, ok;
  int code;

  if (!icam_ctl_parse (ctl, _ ("[CAMERA]"),
                       _ ("Shows or changes how long recordings are kept: of all cameras, or of one. Protected recordings stay; when the "
                          "disk is full the oldest ones make room whatever was set. By age is deleted only while the clock can be trusted."),
                       entries, 0, 1, &argc, &argv))
    return ICAM_EXIT_USAGE;
  change = days_text != NULL || event_text != NULL || size_text != NULL || floor_text != NULL;
  if ((days_text != NULL && (!parse_days (days_text, argc > 1 ? -1 : 0, &days) || (argc <= 1 && g_str_equal (days_text, AS_ALL))))
      || (event_text != NULL && !parse_days (event_text, -1, &event_days)))
    return icam_ctl_usage (ctl, _ ("Say a number of days from 1 to %d, or \"forever\"."), MAX_DAYS);
  if ((size_text != NULL && !parse_size (size_text, &bytes)) || (floor_text != NULL && !parse_size (floor_text, &floor_bytes)))
    return icam_ctl_usage (ctl, _ ("Say a size as 500G or 2T."));
  if (argc <= 1 && (event_text != NULL || size_text != NULL))
    return icam_ctl_usage (ctl, _ ("Say which camera."));
  if (argc > 1 && (floor_text != NULL || !change))
    return icam_ctl_usage (ctl, floor_text != NULL ? _ ("What is kept free is of a disk, not of a camera.")
                                                   : _ ("Say what to change: --days, --event-days or --space."));
  code = icam_ctl_connect (ctl, TRUE);
  if (code != 0)
    return code;

  manager = icam_client_get_manager (ctl->client);
  if (!change)
    {
      if (ctl->json)
        print_cameras_json (ctl);
      else
        print_cameras (ctl);
      return ICAM_EXIT_OK;
    }
  if (days_text != NULL)
    g_variant_dict_insert (&options, "keep-days", "i", days);
  if (event_text != NULL)
    g_variant_dict_insert (&options, "keep-event-days", "i", event_days);
  if (size_text != NULL)
    g_variant_dict_insert (&options, "keep-bytes", "x", bytes);
  if (floor_text != NULL)
    g_variant_dict_insert (&options, "floor-bytes", "x", floor_bytes);
  if (argc <= 1)
    {
      icam_dbus_manager_call_set_retention (manager, g_variant_dict_end (&options), ctl->cancellable, icam_ctl_store, &slot);
      result = icam_ctl_wait_result (ctl, &slot);
      ok = icam_dbus_manager_call_set_retention_finish (manager, result, &error);
      return icam_ctl_done (ctl, ok, error);
    }

  camera = icam_ctl_find_camera (ctl, argv[1], &code);
  if (camera == NULL)
    return code;
  proxy = icam_camera_get_proxy (camera);
  icam_dbus_camera_call_set_retention (proxy, g_variant_dict_end (&options), ctl->cancellable, icam_ctl_store, &slot);
  result = icam_ctl_wait_result (ctl, &slot);
  ok = icam_dbus_camera_call_set_retention_finish (proxy, result, &error);
  return icam_ctl_done (ctl, ok, error);
}

/* ---- protect ---- */

static void
add_protections_json (JsonBuilder *builder,
                      IcamCamera  *camera,
                      GVariant    *rows)
{
  GVariantIter iter;
  const char *id, *note;
  gint64 from, to, made;

  g_variant_iter_init (&iter, rows);
  while (g_variant_iter_next (&iter, "(&sxxx&s)", &id, &from, &to, &made, &note))
    {
      json_builder_begin_object (builder);
      icam_ctl_json_string (builder, "id", id);
      icam_ctl_json_string (builder, "camera", icam_camera_get_name (camera));
      icam_ctl_json_time (builder, "from", from);
      icam_ctl_json_time (builder, "to", to);
      icam_ctl_json_time (builder, "made", made);
      icam_ctl_json_string (builder, "note", note);
      json_builder_end_object (builder);
    }
}

static void
add_protections (IcamCtlTable *table,
                 IcamCamera   *camera,
                 GVariant     *rows)
{
  g_autofree char *name = icam_ctl_plain (icam_camera_get_name (camera));
  gint64 now = g_get_real_time ();
  GVariantIter iter;
  const char *id, *note;
  gint64 from, to, made;

  g_variant_iter_init (&iter, rows);
  while (g_variant_iter_next (&iter, "(&sxxx&s)", &id, &from, &to, &made, &note))
    {
      g_autofree char *from_text = icam_words_time (from, now);
      g_autofree char *to_text = icam_words_time (to, now);
      g_autofree char *plain = icam_ctl_plain (note);

      icam_ctl_table_add (table, name, from_text, to_text, plain, id, NULL);
    }
}

static int
show_protections (IcamCtl *ctl)
{
  GListModel *cameras = icam_client_get_cameras (ctl->client);
  g_autoptr (JsonBuilder) builder = NULL;
  g_autoptr (IcamCtlTable) table = NULL;

  if (ctl->json)
    {
      builder = json_builder_new ();
      json_builder_begin_array (builder);
    }
  else
    {
      table = icam_ctl_table_new (_ ("CAMERA"), _ ("FROM"), _ ("TO"), _ ("NOTE"), _ ("ID"), NULL);
    }
  for (guint i = 0; i < g_list_model_get_n_items (cameras); i++)
    {
      g_autoptr (IcamCamera) camera = g_list_model_get_item (cameras, i);
      IcamDBusCamera *proxy = icam_camera_get_proxy (camera);
      GAsyncResult *slot = NULL;
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (GVariant) rows = NULL;
      GError *error = NULL;

      icam_dbus_camera_call_list_protections (proxy, g_variant_new ("a{sv}", NULL), ctl->cancellable, icam_ctl_store, &slot);
      result = icam_ctl_wait_result (ctl, &slot);
      if (!icam_dbus_camera_call_list_protections_finish (proxy, &rows, result, &error))
        return icam_ctl_done (ctl, FALSE, error);
      if (builder != NULL)
        add_protections_json (builder, camera, rows);
      else
        add_protections (table, camera, rows);
    }
  if (builder != NULL)
    {
      json_builder_end_array (builder);
      icam_ctl_print_json (builder, FALSE);
    }
  else
    {
      icam_ctl_table_print (table);
    }
  return ICAM_EXIT_OK;
}

/**
 * icam_ctl_protect:
 * @ctl: what all commands share
 * @argc: number of words
 * @argv: the words
 *
 * Returns: exit code
 */
int
icam_ctl_protect (IcamCtl *ctl,
                  int      argc,
                  char   **argv)
{
  g_autofree char *from_text = NULL;
  g_autofree char *to_text = NULL;
  g_autofree char *note = NULL;
  g_autofree char *end = NULL;
  const GOptionEntry entries[] = {
    { "from", 0, 0, G_OPTION_ARG_STRING, &from_text, N_ ("Beginning of the span"), N_ ("TIME") },
    { "to", 0, 0, G_OPTION_ARG_STRING, &to_text, N_ ("End of the span"), N_ ("TIME") },
    { "note", 0, 0, G_OPTION_ARG_STRING, &note, N_ ("Why"), N_ ("TEXT") },
    { "end", 0, 0, G_OPTION_ARG_STRING, &end, N_ ("Protect this span no longer"), N_ ("ID") },
    G_OPTION_ENTRY_NULL,
  };
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  g_autofree char *id = NULL;
  GAsyncResult *slot = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  IcamDBusManager *manager;
  IcamDBusCamera *proxy;
  IcamCamera *camera;
  GError *error = NULL;
  gint64 from, to;
  gboolean ok;
  int code;

  if (!icam_ctl_parse (ctl, _ ("[CAMERA]"), _ ("Shows which recordings are never deleted, or protects a span of a camera."), entries, 0, 1,
                       &argc, &argv))
    return ICAM_EXIT_USAGE;
  if (argc > 1 && (end != NULL || from_text == NULL || to_text == NULL))
    return icam_ctl_usage (ctl, _ ("Say --from and --to."));
  if (argc <= 1 && (from_text != NULL || to_text != NULL || note != NULL))
    return icam_ctl_usage (ctl, _ ("Say which camera."));
  if (argc > 1 && !icam_ctl_parse_span (ctl, from_text, to_text, 0, &from, &to))
    return ICAM_EXIT_USAGE;
  code = icam_ctl_connect (ctl, TRUE);
  if (code != 0)
    return code;

  manager = icam_client_get_manager (ctl->client);
  if (end != NULL)
    {
      icam_dbus_manager_call_unprotect (manager, end, g_variant_new ("a{sv}", NULL), ctl->cancellable, icam_ctl_store, &slot);
      result = icam_ctl_wait_result (ctl, &slot);
      ok = icam_dbus_manager_call_unprotect_finish (manager, result, &error);
      return icam_ctl_done (ctl, ok, error);
    }
  if (argc <= 1)
    return show_protections (ctl);

  camera = icam_ctl_find_camera (ctl, argv[1], &code);
  if (camera == NULL)
    return code;
  proxy = icam_camera_get_proxy (camera);
  if (note != NULL)
    g_variant_dict_insert (&options, "note", "s", note);
  icam_dbus_camera_call_protect (proxy, from, to, g_variant_dict_end (&options), ctl->cancellable, icam_ctl_store, &slot);
  result = icam_ctl_wait_result (ctl, &slot);
  if (!icam_dbus_camera_call_protect_finish (proxy, &id, result, &error))
    return icam_ctl_done (ctl, FALSE, error);
  if (ctl->json)
    {
      g_autoptr (JsonBuilder) builder = json_builder_new ();

      json_builder_begin_object (builder);
      icam_ctl_json_string (builder, "id", id);
      json_builder_end_object (builder);
      icam_ctl_print_json (builder, FALSE);
    }
  else
    {
      icam_ctl_print ("%s", id);
    }
  return ICAM_EXIT_OK;
}
