/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-ctl"

#include "config.h"

#include "ctl/icam-ctl.h"

#include "client/icam-words.h"

#include <glib/gi18n-lib.h>

/* ---- events ---- */

int
icam_ctl_events (IcamCtl *ctl,
                 int      argc,
                 char   **argv)
{
  g_autofree char *from_text = NULL;
  g_autofree char *to_text = NULL;
  int limit = 100;
  const GOptionEntry entries[] = {
    { "from", 0, 0, G_OPTION_ARG_STRING, &from_text, N_ ("Events after this time"), N_ ("TIME") },
    { "to", 0, 0, G_OPTION_ARG_STRING, &to_text, N_ ("Events before this time"), N_ ("TIME") },
    { "limit", 0, 0, G_OPTION_ARG_INT, &limit, N_ ("How many at most, the newest ones (100)"), N_ ("N") },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GPtrArray) events = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (IcamCtlTable) table = NULL;
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  GAsyncResult *slot = NULL;
  IcamCamera *camera = NULL;
  gint64 from, to;
  int code;

  if (!icam_ctl_parse (ctl, _ ("[CAMERA]"), _ ("Shows what happened, newest first."), entries, 0, 1, &argc, &argv))
    return ICAM_EXIT_USAGE;
  if (limit < 1 || limit > 10000)
    return icam_ctl_usage (ctl, _ ("--limit is from 1 to 10000."));
  if (!icam_ctl_parse_span (ctl, from_text, to_text, 0, &from, &to))
    return ICAM_EXIT_USAGE;
  code = icam_ctl_connect (ctl, TRUE);
  if (code != 0)
    return code;
  if (argc > 1)
    {
      camera = icam_ctl_find_camera (ctl, argv[1], &code);
      if (camera == NULL)
        return code;
    }

  icam_client_list_events_async (ctl->client, camera != NULL ? icam_camera_get_id (camera) : NULL, from, to, (guint) limit,
                                 ctl->cancellable, icam_ctl_store, &slot);
  result = icam_ctl_wait_result (ctl, &slot);
  events = icam_client_list_events_finish (ctl->client, result, &error);
  if (events == NULL)
    return icam_ctl_fail (ctl, error);

  table = icam_ctl_table_new (_ ("START"), _ ("LASTED"), _ ("CAMERA"), _ ("WHAT"), _ ("SEEN BY"), _ ("ID"), NULL);
  json_builder_begin_array (builder);
  for (guint i = 0; i < events->len; i++)
    {
      IcamEvent *event = events->pdata[i];
      IcamCamera *of = icam_client_lookup_camera (ctl->client, icam_event_get_camera (event));
      gint64 end = icam_event_get_end (event);
      g_autofree char *start = icam_ctl_local_time (icam_event_get_start (event));
      g_autofree char *lasted = end != 0 ? icam_words_duration (end - icam_event_get_start (event)) : g_strdup (_ ("lasts"));

      json_builder_begin_object (builder);
      icam_ctl_json_event (builder, ctl, event);
      json_builder_end_object (builder);
      icam_ctl_table_add (table, start, lasted, of != NULL ? icam_camera_get_name (of) : icam_event_get_camera (event),
                          icam_words_event_kind (icam_event_get_kind (event)),
                          icam_words_witnesses (icam_event_get_witnesses (event)), icam_event_get_id (event), NULL);
    }
  json_builder_end_array (builder);

  if (ctl->json)
    icam_ctl_print_json (builder, FALSE);
  else
    icam_ctl_table_print (table);
  return ICAM_EXIT_OK;
}

/* ---- segments ---- */

static void
print_recordings_json (IcamCamera     *camera,
                       IcamRole        role,
                       IcamRecordings *recordings)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  icam_ctl_json_string (builder, "camera", icam_camera_get_id (camera));
  icam_ctl_json_string (builder, "role", icam_role_to_string (role));
  json_builder_set_member_name (builder, "segments");
  json_builder_begin_array (builder);
  for (guint i = 0; i < recordings->spans->len; i++)
    {
      const IcamSpan *span = &g_array_index (recordings->spans, IcamSpan, i);

      json_builder_begin_object (builder);
      icam_ctl_json_string (builder, "channel", span->channel);
      json_builder_set_member_name (builder, "seq");
      json_builder_add_int_value (builder, (gint64) span->seq);
      json_builder_set_member_name (builder, "epoch");
      json_builder_add_int_value (builder, span->epoch);
      icam_ctl_json_time (builder, "start", span->start);
      icam_ctl_json_time (builder, "end", span->end);
      json_builder_set_member_name (builder, "bytes");
      json_builder_add_int_value (builder, (gint64) span->bytes);
      icam_ctl_json_string (builder, "state", span->open ? "open" : "closed");
      json_builder_set_member_name (builder, "unverified");
      json_builder_add_boolean_value (builder, span->unverified);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  json_builder_set_member_name (builder, "gaps");
  json_builder_begin_array (builder);
  for (guint i = 0; i < recordings->gaps->len; i++)
    {
      const IcamGap *gap = &g_array_index (recordings->gaps, IcamGap, i);

      json_builder_begin_object (builder);
      icam_ctl_json_time (builder, "start", gap->start);
      icam_ctl_json_time (builder, "end", gap->end);
      icam_ctl_json_string (builder, "cause", icam_gap_cause_to_string (gap->cause));
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  icam_ctl_print_json (builder, FALSE);
}

/* Both in one list by time: what was recorded, and why not. */
static void
print_recordings_table (IcamRecordings *recordings)
{
  g_autoptr (IcamCtlTable) table = icam_ctl_table_new (_ ("START"), _ ("END"), _ ("SIZE"), _ ("WHAT"), NULL);
  guint s = 0;
  guint g = 0;

  while (s < recordings->spans->len || g < recordings->gaps->len)
    {
      const IcamSpan *span = s < recordings->spans->len ? &g_array_index (recordings->spans, IcamSpan, s) : NULL;
      const IcamGap *gap = g < recordings->gaps->len ? &g_array_index (recordings->gaps, IcamGap, g) : NULL;

      if (span != NULL && (gap == NULL || span->start <= gap->start))
        {
          g_autofree char *start = icam_ctl_local_time (span->start);
          g_autofree char *end = icam_ctl_local_time (span->end);
          g_autofree char *size = g_format_size (span->bytes);

          icam_ctl_table_add (table, start, end, size,
                              span->open         ? _ ("being written")
                              : span->unverified ? _ ("recorded, camera not verified")
                                                 : _ ("recorded"),
                              NULL);
          s++;
        }
      else
        {
          g_autofree char *start = icam_ctl_local_time (gap->start);
          g_autofree char *end = gap->end != 0 ? icam_ctl_local_time (gap->end) : g_strdup ("");

          icam_ctl_table_add (table, start, end, "", icam_words_gap (gap->cause), NULL);
          g++;
        }
    }
  icam_ctl_table_print (table);
}

int
icam_ctl_segments (IcamCtl *ctl,
                   int      argc,
                   char   **argv)
{
  g_autofree char *from_text = NULL;
  g_autofree char *to_text = NULL;
  g_autofree char *role_text = NULL;
  const GOptionEntry entries[] = {
    { "from", 0, 0, G_OPTION_ARG_STRING, &from_text, N_ ("What was recorded after this time"), N_ ("TIME") },
    { "to", 0, 0, G_OPTION_ARG_STRING, &to_text, N_ ("What was recorded before this time"), N_ ("TIME") },
    { "role", 0, 0, G_OPTION_ARG_STRING, &role_text, N_ ("The full picture (main) or the small one (sub)"), N_ ("ROLE") },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (IcamRecordings) recordings = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  GAsyncResult *slot = NULL;
  IcamCamera *camera;
  IcamRole role = ICAM_ROLE_MAIN;
  gint64 from, to;
  int code;

  if (!icam_ctl_parse (ctl, _ ("CAMERA"), _ ("Shows what was recorded of a camera, and what was not and why."), entries, 1, 1,
                       &argc, &argv))
    return ICAM_EXIT_USAGE;
  if (role_text != NULL && !icam_role_from_string (role_text, &role))
    return icam_ctl_usage (ctl, _ ("--role is main or sub."));
  if (!icam_ctl_parse_span (ctl, from_text, to_text, 0, &from, &to))
    return ICAM_EXIT_USAGE;
  code = icam_ctl_connect (ctl, TRUE);
  if (code != 0)
    return code;
  camera = icam_ctl_find_camera (ctl, argv[1], &code);
  if (camera == NULL)
    return code;

  icam_client_list_recordings_async (ctl->client, camera, role, from, to, ctl->cancellable, icam_ctl_store, &slot);
  result = icam_ctl_wait_result (ctl, &slot);
  recordings = icam_client_list_recordings_finish (ctl->client, result, &error);
  if (recordings == NULL)
    return icam_ctl_fail (ctl, error);

  if (ctl->json)
    print_recordings_json (camera, role, recordings);
  else
    print_recordings_table (recordings);
  return recordings->spans->len > 0 ? ICAM_EXIT_OK : ICAM_EXIT_NOTHING_RECORDED;
}

/* ---- journal and connections ---- */

int
icam_ctl_journal (IcamCtl *ctl,
                  int      argc,
                  char   **argv)
{
  g_autofree char *from_text = NULL;
  g_autofree char *to_text = NULL;
  int limit = 100;
  const GOptionEntry entries[] = {
    { "from", 0, 0, G_OPTION_ARG_STRING, &from_text, N_ ("Entries after this time"), N_ ("TIME") },
    { "to", 0, 0, G_OPTION_ARG_STRING, &to_text, N_ ("Entries before this time"), N_ ("TIME") },
    { "limit", 0, 0, G_OPTION_ARG_INT, &limit, N_ ("How many at most, the newest ones (100)"), N_ ("N") },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GVariant) rows = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  GVariantDict options = G_VARIANT_DICT_INIT (NULL);
  IcamDBusManager *manager;
  GAsyncResult *slot = NULL;
  GVariantIter iter;
  const char *what;
  GVariant *params;
  gint64 from, to, time;
  int code, n = 0;

  if (!icam_ctl_parse (ctl, "", _ ("Shows what happened to the recorder and the cameras, newest first."), entries, 0, 0, &argc,
                       &argv))
    return ICAM_EXIT_USAGE;
  if (limit < 1 || limit > 10000)
    return icam_ctl_usage (ctl, _ ("--limit is from 1 to 10000."));
  if (!icam_ctl_parse_span (ctl, from_text, to_text, 0, &from, &to))
    return ICAM_EXIT_USAGE;
  code = icam_ctl_connect (ctl, TRUE);
  if (code != 0)
    return code;

  manager = icam_client_get_manager (ctl->client);
  g_variant_dict_insert (&options, "limit", "u", (guint) limit);
  icam_dbus_manager_call_list_journal (manager, from, to, g_variant_dict_end (&options), ctl->cancellable, icam_ctl_store, &slot);
  result = icam_ctl_wait_result (ctl, &slot);
  if (!icam_dbus_manager_call_list_journal_finish (manager, &rows, result, &error))
    return icam_ctl_fail (ctl, error);

  json_builder_begin_array (builder);
  g_variant_iter_init (&iter, rows);
  while (n++ < limit && g_variant_iter_next (&iter, "(x&s@a{sv})", &time, &what, &params))
    {
      g_autofree char *words = icam_words_journal (what, params);
      g_autofree char *when = icam_ctl_local_time (time);
      GVariantIter inner;
      const char *key;
      GVariant *value;

      if (!ctl->json)
        {
          icam_ctl_print ("%s  %s", when, words);
          g_variant_unref (params);
          continue;
        }

      json_builder_begin_object (builder);
      icam_ctl_json_time (builder, "time", time);
      icam_ctl_json_string (builder, "code", what);
      icam_ctl_json_string (builder, "message", words);
      json_builder_set_member_name (builder, "parameters");
      json_builder_begin_object (builder);
      g_variant_iter_init (&inner, params);
      while (g_variant_iter_next (&inner, "{&sv}", &key, &value))
        {
          g_autofree char *text = g_variant_is_of_type (value, G_VARIANT_TYPE_STRING) ? g_variant_dup_string (value, NULL)
                                                                                    : g_variant_print (value, FALSE);

          icam_ctl_json_string (builder, key, text);
          g_variant_unref (value);
        }
      json_builder_end_object (builder);
      json_builder_end_object (builder);
      g_variant_unref (params);
    }
  json_builder_end_array (builder);
  if (ctl->json)
    icam_ctl_print_json (builder, FALSE);

  return ICAM_EXIT_OK;
}

int
icam_ctl_connections (IcamCtl *ctl,
                      int      argc,
                      char   **argv)
{
  g_autoptr (GVariant) rows = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (IcamCtlTable) table = NULL;
  IcamDBusManager *manager;
  GAsyncResult *slot = NULL;
  GVariantIter iter;
  const char *purpose, *address;
  guint16 port;
  guint64 count;
  gint64 first, last;
  int code;

  if (!icam_ctl_parse (ctl, "", _ ("Shows every connection that the recorder opened: where to, what for, how often."), NULL, 0, 0,
                       &argc, &argv))
    return ICAM_EXIT_USAGE;
  code = icam_ctl_connect (ctl, TRUE);
  if (code != 0)
    return code;

  manager = icam_client_get_manager (ctl->client);
  icam_dbus_manager_call_list_connections (manager, g_variant_new ("a{sv}", NULL), ctl->cancellable, icam_ctl_store, &slot);
  result = icam_ctl_wait_result (ctl, &slot);
  if (!icam_dbus_manager_call_list_connections_finish (manager, &rows, result, &error))
    return icam_ctl_fail (ctl, error);

  table = icam_ctl_table_new (_ ("PURPOSE"), _ ("ADDRESS"), _ ("PORT"), _ ("TIMES"), _ ("LAST"), NULL);
  json_builder_begin_array (builder);
  g_variant_iter_init (&iter, rows);
  while (g_variant_iter_next (&iter, "(&s&sqtxx)", &purpose, &address, &port, &count, &first, &last))
    {
      g_autofree char *port_text = g_strdup_printf ("%u", port);
      g_autofree char *count_text = g_strdup_printf ("%" G_GUINT64_FORMAT, count);
      g_autofree char *when = icam_ctl_local_time (last);

      json_builder_begin_object (builder);
      icam_ctl_json_string (builder, "purpose", purpose);
      icam_ctl_json_string (builder, "address", address);
      json_builder_set_member_name (builder, "port");
      json_builder_add_int_value (builder, port);
      json_builder_set_member_name (builder, "connections");
      json_builder_add_int_value (builder, (gint64) count);
      icam_ctl_json_time (builder, "first", first);
      icam_ctl_json_time (builder, "last", last);
      json_builder_end_object (builder);
      icam_ctl_table_add (table, purpose, address, port_text, count_text, when, NULL);
    }
  json_builder_end_array (builder);
  if (ctl->json)
    icam_ctl_print_json (builder, FALSE);
  else
    icam_ctl_table_print (table);

  return ICAM_EXIT_OK;
}
