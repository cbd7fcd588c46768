/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "client/icam-client.h"
#include "icam-fake-recorder.h"

#include <string.h>

#define CAMERA_A "00000000000000000000000000000a01"
#define CAMERA_B "00000000000000000000000000000b02"
#define CHANNEL_A "0000000000000000000000000000ca01"
#define CHANNEL_B "0000000000000000000000000000cb02"
#define EVENT_1 "0000000000000000000000000000e001"
#define EVENT_2 "0000000000000000000000000000e002"

typedef struct
{
  IcamFakeRecorder *recorder;
  IcamClient *client;
} Fixture;

/* Runs the loop until an expression holds; a test that waits for ever is ended by the harness. */
#define wait_until(expression)                                                                                                   \
  do                                                                                                                             \
    {                                                                                                                            \
      while (!(expression))                                                                                                      \
        g_main_context_iteration (NULL, TRUE);                                                                                   \
    }                                                                                                                            \
  while (0)

static void
set_up (Fixture      *fixture,
        gconstpointer unused)
{
  fixture->recorder = icam_fake_recorder_new ();
  icam_fake_recorder_add_camera (fixture->recorder, CAMERA_B, "Garden", CHANNEL_B, 1);
  icam_fake_recorder_add_camera (fixture->recorder, CAMERA_A, "Front door", CHANNEL_A, 0);
  icam_fake_recorder_start (fixture->recorder);
  fixture->client = icam_client_new ();
  icam_client_connect (fixture->client, FALSE);
  wait_until (icam_client_get_state (fixture->client) == ICAM_CLIENT_READY);
}

static void
tear_down (Fixture      *fixture,
           gconstpointer unused)
{
  g_object_unref (fixture->client);
  icam_fake_recorder_free (fixture->recorder);
}

static const char *
name_at (IcamClient *client,
         guint       position)
{
  g_autoptr (IcamCamera) camera = g_list_model_get_item (icam_client_get_cameras (client), position);

  return camera != NULL ? icam_camera_get_name (camera) : "";
}

static void
store (GObject      *source,
       GAsyncResult *result,
       gpointer      slot)
{
  *(GAsyncResult **) slot = g_object_ref (result);
}

static void
test_order (Fixture      *fixture,
            gconstpointer unused)
{
  IcamDBusCamera *a;

  g_assert_cmpuint (g_list_model_get_n_items (icam_client_get_cameras (fixture->client)), ==, 2);
  g_assert_cmpstr (name_at (fixture->client, 0), ==, "Front door");
  g_assert_cmpstr (name_at (fixture->client, 1), ==, "Garden");

  /* Comes, goes and moves while it is looked at. */
  a = icam_fake_recorder_add_camera (fixture->recorder, "000000000000000000000000000000c3", "Hall", "000000000000000000000000000000d3", 2);
  wait_until (g_list_model_get_n_items (icam_client_get_cameras (fixture->client)) == 3);
  g_assert_cmpstr (name_at (fixture->client, 2), ==, "Hall");
  icam_dbus_camera_set_position (a, 0);
  icam_dbus_camera_set_added (a, 1);
  wait_until (g_str_equal (name_at (fixture->client, 0), "Hall"));
  icam_fake_recorder_remove_camera (fixture->recorder, "000000000000000000000000000000c3");
  wait_until (g_list_model_get_n_items (icam_client_get_cameras (fixture->client)) == 2);
  g_assert_cmpstr (name_at (fixture->client, 0), ==, "Front door");
}

static void
count (guint *counter)
{
  ++*counter;
}

static void
test_restart (Fixture      *fixture,
              gconstpointer unused)
{
  IcamCamera *camera = icam_client_lookup_camera (fixture->client, CAMERA_A);
  g_autoptr (IcamCamera) other = g_object_ref (icam_client_lookup_camera (fixture->client, CAMERA_B));
  guint gone = 0;
  guint changed = 0;

  g_signal_connect_swapped (other, "gone", G_CALLBACK (count), &gone);
  g_signal_connect_swapped (icam_client_get_cameras (fixture->client), "items-changed", G_CALLBACK (count), &changed);

  icam_fake_recorder_kill (fixture->recorder);
  wait_until (icam_client_get_state (fixture->client) == ICAM_CLIENT_ABSENT);
  g_assert_nonnull (icam_client_get_error (fixture->client));
  g_assert_null (icam_client_get_manager (fixture->client));
  g_assert_cmpstr (icam_camera_get_state (camera), ==, "no-recorder");
  g_assert_cmpstr (icam_camera_get_name (camera), ==, "Front door");
  g_assert_cmpstr (icam_camera_get_channel (camera), ==, CHANNEL_A);
  g_assert_cmpuint (changed, ==, 0);
  g_assert_cmpuint (gone, ==, 0);

  /* It comes back without one of them. */
  icam_fake_recorder_remove_camera (fixture->recorder, CAMERA_B);
  icam_fake_recorder_start (fixture->recorder);
  wait_until (icam_client_get_state (fixture->client) == ICAM_CLIENT_READY);
  g_assert_true (icam_client_lookup_camera (fixture->client, CAMERA_A) == camera);
  g_assert_cmpstr (icam_camera_get_state (camera), ==, "recording");
  g_assert_cmpuint (gone, ==, 1);
  g_assert_null (icam_client_lookup_camera (fixture->client, CAMERA_B));
  g_assert_null (icam_client_get_error (fixture->client));
}

static void
test_state (Fixture      *fixture,
            gconstpointer unused)
{
  IcamCamera *camera = icam_client_lookup_camera (fixture->client, CAMERA_A);
  IcamDBusCamera *skeleton;
  g_autoptr (GError) error = icam_error_new (ICAM_ERROR_STREAM_SILENT, "address", "192.0.2.7", NULL);

  /* The same id again: the object is another one, the camera is the same. */
  icam_fake_recorder_remove_camera (fixture->recorder, CAMERA_A);
  wait_until (icam_client_lookup_camera (fixture->client, CAMERA_A) == NULL);
  skeleton = icam_fake_recorder_add_camera (fixture->recorder, CAMERA_A, "Front door", CHANNEL_A, 0);
  wait_until ((camera = icam_client_lookup_camera (fixture->client, CAMERA_A)) != NULL);

  icam_dbus_camera_set_problem (skeleton, icam_error_to_variant (error));
  icam_dbus_camera_set_state (skeleton, "failed");
  icam_dbus_camera_set_motion (skeleton, TRUE);
  wait_until (g_str_equal (icam_camera_get_state (camera), "failed"));
  g_assert_error (icam_camera_get_error (camera), ICAM_ERROR, ICAM_ERROR_STREAM_SILENT);
  g_assert_true (icam_camera_get_motion (camera));
  g_assert_true (icam_camera_has_role (camera, ICAM_ROLE_SUB));
}

static void
test_nonsense_camera (Fixture      *fixture,
                      gconstpointer unused)
{
  guint before = g_list_model_get_n_items (icam_client_get_cameras (fixture->client));

  g_test_expect_message ("icam-client", G_LOG_LEVEL_WARNING, "*camera without an id*");
  icam_fake_recorder_add_camera (fixture->recorder, "nonsense", "Nonsense", CHANNEL_A, 0);
  icam_fake_recorder_add_camera (fixture->recorder, "000000000000000000000000000000c3", "Hall", "000000000000000000000000000000d3", 2);
  wait_until (icam_client_lookup_camera (fixture->client, "000000000000000000000000000000c3") != NULL);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (g_list_model_get_n_items (icam_client_get_cameras (fixture->client)), ==, before + 1);
}

static void
test_found (Fixture      *fixture,
            gconstpointer unused)
{
  GListModel *found = icam_client_get_found (fixture->client);

  icam_fake_recorder_add_found (fixture->recorder, "0000000000000000000000000000f002", "Zoo", "192.0.2.2");
  icam_fake_recorder_add_found (fixture->recorder, "0000000000000000000000000000f001", "Attic", "192.0.2.1");
  wait_until (g_list_model_get_n_items (found) == 2);
  {
    g_autoptr (IcamDBusFound) first = g_list_model_get_item (found, 0);

    g_assert_cmpstr (icam_dbus_found_get_name (first), ==, "Attic");
  }
  icam_fake_recorder_kill (fixture->recorder);
  wait_until (icam_client_get_state (fixture->client) == ICAM_CLIENT_ABSENT);
  g_assert_cmpuint (g_list_model_get_n_items (found), ==, 0);
}

static void
test_absent (void)
{
  g_autoptr (IcamClient) client = icam_client_new ();

  icam_client_connect (client, FALSE);
  wait_until (icam_client_get_state (client) == ICAM_CLIENT_ABSENT);
  g_assert_nonnull (icam_client_get_error (client));

  /* There is none to start either. */
  icam_client_connect (client, TRUE);
  g_assert_cmpint (icam_client_get_state (client), ==, ICAM_CLIENT_CONNECTING);
  wait_until (icam_client_get_state (client) == ICAM_CLIENT_ABSENT);
  g_assert_error (icam_client_get_error (client), G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN);
}

static void
test_disposed_while_connecting (void)
{
  IcamClient *client = icam_client_new ();

  icam_client_connect (client, TRUE);
  g_object_unref (client);
  for (guint i = 0; i < 20; i++)
    g_main_context_iteration (NULL, FALSE);
}

/* ---- adding ---- */

static IcamDBusProbe *
probe (Fixture    *fixture,
       const char *address,
       const char *password,
       GError    **error)
{
  g_autoptr (IcamSecret) secret = icam_secret_new (password);
  g_autoptr (GAsyncResult) result = NULL;
  GAsyncResult *slot = NULL;
  IcamDBusProbe *made = NULL;

  icam_client_probe_async (fixture->client, address, "admin", secret, NULL, NULL, store, &slot);
  wait_until (slot != NULL);
  result = slot;
  icam_client_probe_finish (fixture->client, result, &made, error);
  return made;
}

static void
test_add (Fixture      *fixture,
          gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (IcamDBusProbe) made = probe (fixture, "two", "secret", &error);
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
  const char *const tokens[] = { "right", NULL };
  g_autoptr (GAsyncResult) result = NULL;
  GAsyncResult *slot = NULL;
  g_auto (GStrv) paths = NULL;

  g_assert_no_error (error);
  g_assert_cmpstr (icam_fake_recorder_get_password (fixture->recorder), ==, "secret");
  g_assert_cmpuint (g_variant_n_children (icam_dbus_probe_get_channels (made)), ==, 2);

  g_hash_table_insert (names, (char *) "right", (char *) "Street");
  icam_client_add_async (fixture->client, made, names, tokens, NULL, store, &slot);
  wait_until (slot != NULL);
  result = slot;
  paths = icam_client_add_finish (fixture->client, result, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_strv_length (paths), ==, 1);
  wait_until (icam_client_lookup_camera (fixture->client, strrchr (paths[0], '/') + 1) != NULL);
  g_assert_cmpstr (icam_camera_get_name (icam_client_lookup_camera (fixture->client, strrchr (paths[0], '/') + 1)), ==, "Street");
}

static void
test_wrong_password (Fixture      *fixture,
                     gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (IcamDBusProbe) made = probe (fixture, "locked", "wrong", &error);
  g_autoptr (IcamSecret) right = icam_secret_new ("right");

  g_assert_error (error, ICAM_ERROR, ICAM_ERROR_WRONG_PASSWORD);
  g_assert_nonnull (made);

  /* Twice, for the state that it still has from the try before is not the answer. */
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (IcamSecret) secret = icam_secret_new (i == 0 ? "wrong again" : "right");
      g_autoptr (GAsyncResult) result = NULL;
      GAsyncResult *slot = NULL;

      g_clear_error (&error);
      icam_client_retry_probe_async (fixture->client, made, "admin", secret, NULL, store, &slot);
      wait_until (slot != NULL);
      result = slot;
      icam_client_probe_finish (fixture->client, result, NULL, &error);
      if (i == 0)
        g_assert_error (error, ICAM_ERROR, ICAM_ERROR_WRONG_PASSWORD);
      else
        g_assert_no_error (error);
    }
}

static void
test_probe_dies (Fixture      *fixture,
                 gconstpointer unused)
{
  g_autoptr (GAsyncResult) result = NULL;
  GAsyncResult *slot = NULL;
  g_autoptr (GError) error = NULL;

  icam_client_probe_async (fixture->client, "good", NULL, NULL, NULL, NULL, store, &slot);
  icam_fake_recorder_kill (fixture->recorder);
  wait_until (slot != NULL);
  result = slot;
  g_assert_false (icam_client_probe_finish (fixture->client, result, NULL, &error));
  g_assert_nonnull (error);
}

static void
test_probe_cancelled (Fixture      *fixture,
                      gconstpointer unused)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  GAsyncResult *slot = NULL;
  g_autoptr (GError) error = NULL;

  icam_client_probe_async (fixture->client, "good", NULL, NULL, NULL, cancellable, store, &slot);
  g_cancellable_cancel (cancellable);
  wait_until (slot != NULL);
  result = slot;
  g_assert_false (icam_client_probe_finish (fixture->client, result, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* ---- looking back ---- */

static void
keep_event (IcamClient *client,
            IcamEvent  *event,
            gpointer    slot)
{
  g_set_object ((IcamEvent **) slot, event);
}

static void
test_events (Fixture      *fixture,
             gconstpointer unused)
{
  g_autoptr (IcamEvent) told = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) events = NULL;
  g_autoptr (GError) error = NULL;
  GAsyncResult *slot = NULL;

  g_signal_connect (fixture->client, "event-changed", G_CALLBACK (keep_event), &told);
  icam_fake_recorder_add_event (fixture->recorder, EVENT_1, CAMERA_A, CHANNEL_A, 1000000, 2000000);
  icam_fake_recorder_add_event (fixture->recorder, EVENT_2, CAMERA_B, CHANNEL_B, 3000000, 0);
  wait_until (told != NULL && g_str_equal (icam_event_get_id (told), EVENT_2));
  g_assert_cmpint (icam_event_get_end (told), ==, 0);

  icam_client_list_events_async (fixture->client, CAMERA_A, 0, G_MAXINT64, 10, NULL, store, &slot);
  wait_until (slot != NULL);
  result = slot;
  events = icam_client_list_events_finish (fixture->client, result, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (events->len, ==, 1);
  g_assert_cmpstr (icam_event_get_id (events->pdata[0]), ==, EVENT_1);
  g_assert_cmpstr (icam_event_get_channel (events->pdata[0]), ==, CHANNEL_A);
  g_assert_cmpstr (icam_event_get_witnesses (events->pdata[0])[0], ==, "pixels");
}

/* A JPEG as far as its head: a comment with the id, then the scan. */
static GBytes *
jpeg_of (const char *channel)
{
  g_autoptr (GByteArray) jpeg = g_byte_array_new ();
  g_autofree char *comment = g_strdup_printf ("icam channel=%s utc=1000000", channel);
  guint8 length[2] = { 0, (guint8) (strlen (comment) + 2) };

  g_byte_array_append (jpeg, (const guint8 *) "\xff\xd8\xff\xfe", 4);
  g_byte_array_append (jpeg, length, 2);
  g_byte_array_append (jpeg, (const guint8 *) comment, (guint) strlen (comment));
  g_byte_array_append (jpeg, (const guint8 *) "\xff\xda\0\4ab\xff\xd9", 8);
  return g_byte_array_free_to_bytes (g_steal_pointer (&jpeg));
}

static GBytes *
load_thumbnail (Fixture *fixture,
                GBytes  *jpeg,
                GError **error)
{
  g_autoptr (IcamEvent) event = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  GAsyncResult *slot = NULL;
  gulong id = g_signal_connect (fixture->client, "event-changed", G_CALLBACK (keep_event), &event);

  icam_fake_recorder_set_thumbnail (fixture->recorder, jpeg);
  icam_fake_recorder_add_event (fixture->recorder, EVENT_1, CAMERA_A, CHANNEL_A, 1000000, 2000000);
  wait_until (event != NULL);
  g_signal_handler_disconnect (fixture->client, id);
  icam_client_load_thumbnail_async (fixture->client, event, NULL, store, &slot);
  wait_until (slot != NULL);
  result = slot;
  return icam_client_load_thumbnail_finish (fixture->client, result, error);
}

static void
test_thumbnail (Fixture      *fixture,
                gconstpointer unused)
{
  g_autoptr (GBytes) right = jpeg_of (CHANNEL_A);
  g_autoptr (GBytes) wrong = jpeg_of (CHANNEL_B);
  g_autoptr (GBytes) none = g_bytes_new_static ("\xff\xd8\xff\xda\0\4ab\xff\xd9", 10);
  g_autoptr (GBytes) loaded = NULL;
  g_autoptr (GBytes) refused = NULL;
  g_autoptr (GError) error = NULL;

  loaded = load_thumbnail (fixture, right, &error);
  g_assert_no_error (error);
  g_assert_true (g_bytes_equal (loaded, right));

  /* Promise 1: another channel's picture, and one of nobody's, is not shown. */
  g_test_expect_message ("icam-client", G_LOG_LEVEL_WARNING, "*does not carry the id*");
  refused = load_thumbnail (fixture, wrong, &error);
  g_test_assert_expected_messages ();
  g_assert_null (refused);
  g_assert_error (error, ICAM_ERROR, ICAM_ERROR_BAD_ANSWER);
  g_clear_error (&error);
  g_test_expect_message ("icam-client", G_LOG_LEVEL_WARNING, "*does not carry the id*");
  refused = load_thumbnail (fixture, none, &error);
  g_test_assert_expected_messages ();
  g_assert_null (refused);
}

static void
test_recordings (Fixture      *fixture,
                 gconstpointer unused)
{
  IcamCamera *camera = icam_client_lookup_camera (fixture->client, CAMERA_A);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (IcamRecordings) recordings = NULL;
  g_autoptr (GError) error = NULL;
  GAsyncResult *slot = NULL;
  IcamSpan *span;

  icam_fake_recorder_set_recordings (
    fixture->recorder,
    g_variant_new_parsed ("[(" "'" CHANNEL_A "'" ", uint64 2, uint32 1, int64 200, int64 300, uint64 5, 'open', 'unknown'),"
                          " (" "'" CHANNEL_A "'" ", 1, 1, 100, 200, 5, 'closed', 'same'),"
                          " ('no channel', 1, 1, 100, 200, 5, 'closed', 'same')]"),
    g_variant_new_parsed ("[(int64 50, int64 100, 'camera-silent')]"));
  icam_client_list_recordings_async (fixture->client, camera, ICAM_ROLE_MAIN, 0, 1000, NULL, store, &slot);
  wait_until (slot != NULL);
  result = slot;
  recordings = icam_client_list_recordings_finish (fixture->client, result, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (recordings->spans->len, ==, 2);
  span = &g_array_index (recordings->spans, IcamSpan, 0);
  g_assert_cmpuint (span->seq, ==, 1);
  g_assert_false (span->open);
  g_assert_false (span->unverified);
  span = &g_array_index (recordings->spans, IcamSpan, 1);
  g_assert_true (span->open);
  g_assert_true (span->unverified);
  g_assert_cmpint (g_array_index (recordings->gaps, IcamGap, 0).cause, ==, ICAM_GAP_CAMERA_SILENT);
}

int
main (int    argc,
      char **argv)
{
  g_autoptr (GTestDBus) bus = NULL;
  int result;

  g_test_init (&argc, &argv, NULL);
  bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (bus);

#define ADD(path, function) g_test_add ("/client/models/" path, Fixture, NULL, set_up, function, tear_down)
  g_test_add_func ("/client/models/absent", test_absent);
  g_test_add_func ("/client/models/disposed-while-connecting", test_disposed_while_connecting);
  ADD ("order", test_order);
  ADD ("restart", test_restart);
  ADD ("state", test_state);
  ADD ("nonsense-camera", test_nonsense_camera);
  ADD ("found", test_found);
  ADD ("add", test_add);
  ADD ("wrong-password", test_wrong_password);
  ADD ("probe-dies", test_probe_dies);
  ADD ("probe-cancelled", test_probe_cancelled);
  ADD ("events", test_events);
  ADD ("thumbnail", test_thumbnail);
  ADD ("recordings", test_recordings);
  result = g_test_run ();

  g_test_dbus_stop (bus);
  return result;
}
