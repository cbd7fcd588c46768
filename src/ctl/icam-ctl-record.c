/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-ctl"

#include "config.h"

#include "ctl/icam-ctl.h"

#include "base/icam-schedule.h"
#include "client/icam-words.h"

#include <glib/gi18n-lib.h>

static void
print_cameras (IcamCtl *ctl)
{
  g_autoptr (IcamCtlTable) table = icam_ctl_table_new (_ ("CAMERA"), _ ("RECORDED"), _ ("NOW"), NULL);
  GListModel *cameras = icam_client_get_cameras (ctl->client);

  for (guint i = 0; i < g_list_model_get_n_items (cameras); i++)
    {
      g_autoptr (IcamCamera) camera = g_list_model_get_item (cameras, i);
      g_autofree char *name = icam_ctl_plain (icam_camera_get_name (camera));
      g_autofree char *when = icam_words_record_plan (icam_dbus_camera_get_record_mode (icam_camera_get_proxy (camera)),
                                                        icam_dbus_camera_get_schedule (icam_camera_get_proxy (camera)),
                                                        icam_dbus_camera_get_events_otherwise (icam_camera_get_proxy (camera)));

      icam_ctl_table_add (table, name, when, icam_words_recording (icam_dbus_camera_get_recording (icam_camera_get_proxy (camera))), NULL);
    }
  icam_ctl_table_print (table);
}

static void
print_cameras_json (IcamCtl *ctl)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  GListModel *cameras = icam_client_get_cameras (ctl->client);

  json_builder_begin_array (builder);
  for (guint i = 0; i < g_list_model_get_n_items (cameras); i++)
    {
      g_autoptr (IcamCamera) camera = g_list_model_get_item (cameras, i);
      IcamDBusCamera *proxy = icam_camera_get_proxy (camera);

      json_builder_begin_object (builder);
      icam_ctl_json_string (builder, "name", icam_camera_get_name (camera));
      icam_ctl_json_string (builder, "mode", icam_dbus_camera_get_record_mode (proxy));
      json_builder_set_member_name (builder, "before");
      json_builder_add_int_value (builder, icam_dbus_camera_get_record_before (proxy));
      json_builder_set_member_name (builder, "after");
      json_builder_add_int_value (builder, icam_dbus_camera_get_record_after (proxy));
      icam_ctl_json_string (builder, "schedule", icam_dbus_camera_get_schedule (proxy));
      json_builder_set_member_name (builder, "events_otherwise");
      json_builder_add_boolean_value (builder, icam_dbus_camera_get_events_otherwise (proxy));
      icam_ctl_json_string (builder, "now", icam_dbus_camera_get_recording (proxy));
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  icam_ctl_print_json (builder, FALSE);
}

/**
 * icam_ctl_record:
 * @ctl: what all commands share
 * @argc: number of words
 * @argv: the words
 *
 * Returns: exit code
 */
int
icam_ctl_record (IcamCtl *ctl,
                 int      argc,
                 char   **argv)
{
  int before = -1, after = -1;
  gboolean events_otherwise = FALSE;
  const GOptionEntry entries[] = {
    { "before", 0, 0, G_OPTION_ARG_INT, &before, N_ ("Seconds before something happens that are recorded, too: 0 to 30"), N_ ("SECONDS") },
    { "after", 0, 0, G_OPTION_ARG_INT, &after, N_ ("Seconds after it: 0 to 600"), N_ ("SECONDS") },
    { "events-otherwise", 0, 0, G_OPTION_ARG_NONE, &events_otherwise, N_ ("With hours: at all others when something happens"), NULL },
    G_OPTION_ENTRY_NULL,
  };
  GVariantDict options = G_VARIANT_DICT_INIT (NULL);
  GAsyncResult *slot = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  GError *error = NULL;
  IcamRecordMode mode = ICAM_RECORD_ALWAYS;
  const char *schedule = NULL;
  IcamDBusCamera *proxy;
  IcamSchedule parsed;
  IcamCamera *camera;
  gboolean ok;
  int code;

  if (!icam_ctl_parse (ctl, _ ("[CAMERA always|events|off|HOURS]"),
                       _ ("Shows or changes when cameras are recorded. HOURS are those of a week, such as \"mo-fr 08:00-18:00; sa,su 22:00-06:00\"."),
                       entries, 0, 2, &argc, &argv))
    return ICAM_EXIT_USAGE;
  if (argc == 2)
    return icam_ctl_usage (ctl, _ ("Say when: always, events, off, or hours such as \"mo-fr 08:00-18:00\"."));
  if (argc > 2 && (!icam_record_mode_from_string (argv[2], &mode) || mode == ICAM_RECORD_SCHEDULE))
    {
      mode = ICAM_RECORD_SCHEDULE;
      schedule = argv[2];
      if (!icam_schedule_parse (schedule, &parsed))
        return icam_ctl_usage (ctl, _ ("“%s” is none of always, events and off, nor hours such as \"mo-fr 08:00-18:00\"."), schedule);
    }
  code = icam_ctl_connect (ctl, TRUE);
  if (code != 0)
    return code;
  if (argc == 1)
    {
      if (ctl->json)
        print_cameras_json (ctl);
      else
        print_cameras (ctl);
      return ICAM_EXIT_OK;
    }
  camera = icam_ctl_find_camera (ctl, argv[1], &code);
  if (camera == NULL)
    return code;

  g_variant_dict_insert (&options, "mode", "s", icam_record_mode_to_string (mode));
  if (before >= 0)
    g_variant_dict_insert (&options, "before", "i", before);
  if (after >= 0)
    g_variant_dict_insert (&options, "after", "i", after);
  if (schedule != NULL)
    {
      g_variant_dict_insert (&options, "schedule", "s", schedule);
      g_variant_dict_insert (&options, "events-otherwise", "b", events_otherwise);
    }
  proxy = icam_camera_get_proxy (camera);
  icam_dbus_camera_call_set_recording (proxy, g_variant_dict_end (&options), ctl->cancellable, icam_ctl_store, &slot);
  result = icam_ctl_wait_result (ctl, &slot);
  ok = icam_dbus_camera_call_set_recording_finish (proxy, result, &error);
  return icam_ctl_done (ctl, ok, error);
}
