/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-ctl"

#include "config.h"

#include "ctl/icam-ctl.h"

#include "client/icam-words.h"

#include <glib/gi18n-lib.h>

typedef struct
{
  IcamCtl *ctl;
  int left; /* lines to write, below 0 without end */
  GHashTable *told; /* id of an event → whether its end was told; people want to hear of each once */
} Watch;

static gboolean
watch_is_over (gpointer user_data)
{
  return ((Watch *) user_data)->left == 0;
}

static void
line_written (Watch *watch)
{
  if (watch->left > 0)
    watch->left--;
}

static JsonBuilder *
begin_line (const char *type)
{
  JsonBuilder *builder = json_builder_new ();

  json_builder_begin_object (builder);
  icam_ctl_json_string (builder, "type", type);
  icam_ctl_json_time (builder, "time", g_get_real_time ());
  return builder;
}

static void
end_line (Watch       *watch,
          JsonBuilder *builder)
{
  json_builder_end_object (builder);
  icam_ctl_print_json (builder, TRUE);
  line_written (watch);
}

static void
print_line (Watch      *watch,
            const char *text)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *when = g_date_time_format (now, "%H:%M:%S");

  icam_ctl_print ("%s  %s", when, text);
  line_written (watch);
}

static void
on_event (IcamClient *client,
          IcamEvent  *event,
          Watch      *watch)
{
  IcamCamera *camera = icam_client_lookup_camera (client, icam_event_get_camera (event));
  const char *name = camera != NULL ? icam_camera_get_name (camera) : icam_event_get_camera (event);

  if (watch->left == 0)
    return;
  if (watch->ctl->json)
    {
      g_autoptr (JsonBuilder) builder = begin_line ("event");

      icam_ctl_json_event (builder, watch->ctl, event);
      end_line (watch, builder);
    }
  else
    {
      gint64 end = icam_event_get_end (event);
      gpointer known = g_hash_table_lookup (watch->told, icam_event_get_id (event));
      gpointer now = GINT_TO_POINTER (end != 0 ? 2 : 1);
      g_autofree char *lasted = end != 0 ? icam_words_duration (end - icam_event_get_start (event)) : NULL;
      g_autofree char *text = NULL;

      /* A better picture or a higher peak is news for programs only. */
      if (GPOINTER_TO_INT (known) >= GPOINTER_TO_INT (now))
        return;
      g_hash_table_replace (watch->told, g_strdup (icam_event_get_id (event)), now);
      if (end != 0)
        /* Translators: kind of an event, name of a camera, a duration: "Motion: Garden, lasted 12 seconds". */
        text = g_strdup_printf (_ ("%s: %s, lasted %s"), icam_words_event_kind (icam_event_get_kind (event)), name, lasted);
      else
        text = g_strdup_printf (_ ("%s: %s"), icam_words_event_kind (icam_event_get_kind (event)), name);
      print_line (watch, text);
    }
}

static void
tell_camera (Watch      *watch,
             IcamCamera *camera)
{
  if (watch->left == 0)
    return;
  if (watch->ctl->json)
    {
      g_autoptr (JsonBuilder) builder = begin_line ("camera");

      json_builder_set_member_name (builder, "camera");
      icam_ctl_json_camera (builder, watch->ctl, camera);
      end_line (watch, builder);
    }
  else
    {
      g_autofree char *words = icam_ctl_camera_words (camera);

      print_line (watch, words);
    }
}

static void
on_camera_state (IcamCamera *camera,
                 GParamSpec *pspec,
                 Watch      *watch)
{
  tell_camera (watch, camera);
}

static void
on_camera_gone (IcamCamera *camera,
                Watch      *watch)
{
  if (watch->left == 0)
    return;
  if (watch->ctl->json)
    {
      g_autoptr (JsonBuilder) builder = begin_line ("camera-removed");

      icam_ctl_json_string (builder, "id", icam_camera_get_id (camera));
      icam_ctl_json_string (builder, "name", icam_camera_get_name (camera));
      end_line (watch, builder);
    }
  else
    {
      g_autofree char *text = g_strdup_printf (_ ("%s was removed."), icam_camera_get_name (camera));

      print_line (watch, text);
    }
}

static void
follow_camera (Watch      *watch,
               IcamCamera *camera)
{
  /* A camera moves in the list when its place on the wall changes. */
  g_signal_handlers_disconnect_by_data (camera, watch);
  g_signal_connect (camera, "notify::state", G_CALLBACK (on_camera_state), watch);
  g_signal_connect (camera, "gone", G_CALLBACK (on_camera_gone), watch);
}

static void
on_cameras (GListModel *cameras,
            guint       position,
            guint       removed,
            guint       added,
            Watch      *watch)
{
  for (guint i = position; i < position + added; i++)
    {
      g_autoptr (IcamCamera) camera = g_list_model_get_item (cameras, i);
      gboolean known = g_signal_handler_find (camera, G_SIGNAL_MATCH_DATA, 0, 0, NULL, NULL, watch) != 0;

      follow_camera (watch, camera);
      if (!known)
        tell_camera (watch, camera);
    }
}

static void
on_client_state (IcamClient *client,
                 GParamSpec *pspec,
                 Watch      *watch)
{
  IcamClientState state = icam_client_get_state (client);

  if (state == ICAM_CLIENT_CONNECTING || watch->left == 0)
    return;
  if (watch->ctl->json)
    {
      g_autoptr (JsonBuilder) builder = begin_line ("recorder");

      json_builder_set_member_name (builder, "running");
      json_builder_add_boolean_value (builder, state == ICAM_CLIENT_READY);
      end_line (watch, builder);
    }
  else
    print_line (watch, state == ICAM_CLIENT_READY ? _ ("The recorder is running.")
                                                  : _ ("The recorder is not running. Nothing is being recorded."));
}

int
icam_ctl_watch (IcamCtl *ctl,
                int      argc,
                char   **argv)
{
  int seconds = 0;
  int count = 0;
  const GOptionEntry entries[] = {
    { "seconds", 's', 0, G_OPTION_ARG_INT, &seconds, N_ ("End after so many seconds"), N_ ("N") },
    { "count", 'n', 0, G_OPTION_ARG_INT, &count, N_ ("End after so many lines"), N_ ("N") },
    G_OPTION_ENTRY_NULL,
  };
  Watch watch = { ctl, -1, NULL };
  g_autoptr (GHashTable) told = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GListModel *cameras;
  int code;

  if (!icam_ctl_parse (ctl, "", _ ("Shows what happens while it happens, until it is interrupted."), entries, 0, 0, &argc, &argv))
    return ICAM_EXIT_USAGE;
  if (seconds < 0 || count < 0)
    return icam_ctl_usage (ctl, _ ("--seconds and --count are not below 0."));
  code = icam_ctl_connect (ctl, TRUE);
  if (code != 0)
    return code;

  watch.left = count > 0 ? count : -1;
  watch.told = told;
  cameras = icam_client_get_cameras (ctl->client);
  g_signal_connect (ctl->client, "event-changed", G_CALLBACK (on_event), &watch);
  g_signal_connect (ctl->client, "notify::state", G_CALLBACK (on_client_state), &watch);
  g_signal_connect (cameras, "items-changed", G_CALLBACK (on_cameras), &watch);
  on_client_state (ctl->client, NULL, &watch);
  on_cameras (cameras, 0, 0, g_list_model_get_n_items (cameras), &watch);

  icam_ctl_wait (ctl, watch_is_over, &watch, seconds * G_USEC_PER_SEC);

  g_signal_handlers_disconnect_by_data (cameras, &watch);
  g_signal_handlers_disconnect_by_data (ctl->client, &watch);
  for (guint i = 0; i < g_list_model_get_n_items (cameras); i++)
    {
      g_autoptr (IcamCamera) camera = g_list_model_get_item (cameras, i);

      g_signal_handlers_disconnect_by_data (camera, &watch);
    }
  /* An interruption is how it is meant to end. */
  return ICAM_EXIT_OK;
}
