/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "ctl/icam-ctl.h"
#include "icam-fake-recorder.h"
#include "icam-test-film.h"
#include "media/icam-media.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define FRONT "00000000000000000000000000000a01"
#define GARDEN "0000beef000000000000000000000b02"
#define CHANNEL_A "0000000000000000000000000000ca01"
#define CHANNEL_B "0000000000000000000000000000cb02"
#define EVENT "0000000000000000000000000000e001"

/* Runs the program itself against a recorder of the test, which lives in this process. */
typedef struct
{
  IcamFakeRecorder *recorder;
  char *folder;
  char *out;
  char *err;
  int code;
} Fixture;

static const char *program;

static void
set_up (Fixture      *fixture,
        gconstpointer unused)
{
  g_autoptr (GError) error = NULL;

  fixture->folder = g_dir_make_tmp ("icam-ctl-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->recorder = icam_fake_recorder_new ();
  icam_fake_recorder_add_camera (fixture->recorder, FRONT, "Front door", CHANNEL_A, 0);
  icam_fake_recorder_add_camera (fixture->recorder, GARDEN, "Garden", CHANNEL_B, 1);
  icam_fake_recorder_start (fixture->recorder);
}

static void
tear_down (Fixture      *fixture,
           gconstpointer unused)
{
  g_rmdir (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->out);
  g_free (fixture->err);
  icam_fake_recorder_free (fixture->recorder);
}

static void
on_ended (GObject      *source,
          GAsyncResult *result,
          gpointer      slot)
{
  *(GAsyncResult **) slot = g_object_ref (result);
}

/* @words: the command line as a shell reads it. */
static int
run (Fixture    *fixture,
     const char *input,
     const char *words)
{
  g_autofree char *line = g_strdup_printf ("'%s' %s", program, words);
  g_auto (GStrv) argv = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  GAsyncResult *slot = NULL;

  g_clear_pointer (&fixture->out, g_free);
  g_clear_pointer (&fixture->err, g_free);
  g_shell_parse_argv (line, NULL, &argv, &error);
  g_assert_no_error (error);
  process = g_subprocess_newv ((const char *const *) argv,
                               G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE,
                               &error);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8_async (process, input, NULL, on_ended, &slot);
  while (slot == NULL)
    g_main_context_iteration (NULL, TRUE);
  result = slot;
  g_subprocess_communicate_utf8_finish (process, result, &fixture->out, &fixture->err, &error);
  g_assert_no_error (error);
  if (!g_subprocess_get_if_exited (process))
    g_error ("%s: ended by signal %d\n%s%s", words, g_subprocess_get_term_sig (process), fixture->out, fixture->err);
  fixture->code = g_subprocess_get_exit_status (process);
  g_test_message ("%s → %d\n%s%s", words, fixture->code, fixture->out, fixture->err);
  return fixture->code;
}

static JsonNode *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  JsonNode *node = json_from_string (text, &error);

  g_assert_no_error (error);
  g_assert_nonnull (node);
  return node;
}

static void
test_usage (Fixture      *fixture,
            gconstpointer unused)
{
  static const char *const wrong[] = {
    "", "fly", "list extra", "list --fly", "add", "add a b", "events --limit 0", "events --from soon", "events --from now --to -5min",
    "segments", "segments Garden --role huge", "export Garden", "export Garden --from -1h --to now", "rename Garden",
    "discover --seconds -1", "remove Garden", "snapshot Garden --seconds 0", "watch --count -1",
    /* Never an argument. */
    "add good --password right", "password Garden right",
  };

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_assert_cmpint (run (fixture, "", wrong[i]), ==, ICAM_EXIT_USAGE);
      g_assert_cmpstr (fixture->out, ==, "");
      g_assert_true (g_str_has_prefix (fixture->err, "incameractl: "));
    }
  g_assert_cmpint (run (fixture, "", "--version"), ==, 0);
  g_assert_cmpint (run (fixture, "", "--help"), ==, 0);
  g_assert_cmpint (run (fixture, "", "export --help"), ==, 0);
  g_assert_nonnull (strstr (fixture->out, "--from"));
}

static void
test_no_recorder (void)
{
  Fixture fixture = { 0 };
  static const char *const words[] = { "list", "status", "status --no-start", "events", "watch", "list --json", "discover" };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    {
      g_assert_cmpint (run (&fixture, "", words[i]), ==, ICAM_EXIT_NO_RECORDER);
      g_assert_nonnull (strstr (fixture.err, "The recorder is not running. Nothing is being recorded."));
    }
  run (&fixture, "", "status --json");
  {
    g_autoptr (JsonNode) node = parse (fixture.out);
    JsonObject *recorder = json_object_get_object_member (json_node_get_object (node), "recorder");

    g_assert_false (json_object_get_boolean_member (recorder, "running"));
  }
  g_free (fixture.out);
  g_free (fixture.err);
}

static void
test_list (Fixture      *fixture,
           gconstpointer unused)
{
  g_autoptr (JsonNode) node = NULL;
  JsonArray *cameras;
  JsonObject *camera;

  g_assert_cmpint (run (fixture, "", "list"), ==, 0);
  g_assert_nonnull (strstr (fixture->out, "Front door  recording  192.0.2.7  " FRONT));
  g_assert_cmpint (run (fixture, "", "list --json"), ==, 0);
  node = parse (fixture->out);
  cameras = json_node_get_array (node);
  g_assert_cmpuint (json_array_get_length (cameras), ==, 2);
  camera = json_array_get_object_element (cameras, 0);
  g_assert_cmpstr (json_object_get_string_member (camera, "id"), ==, FRONT);
  g_assert_cmpstr (json_object_get_string_member (camera, "name"), ==, "Front door");
  g_assert_cmpstr (json_object_get_string_member (camera, "channel"), ==, CHANNEL_A);
  g_assert_cmpstr (json_object_get_string_member (camera, "state"), ==, "recording");
  g_assert_true (json_object_get_null_member (camera, "error"));
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (camera, "streams")), ==, 2);
}

static void
test_names (Fixture      *fixture,
            gconstpointer unused)
{
  g_assert_cmpint (run (fixture, "", "segments --json Garden"), ==, ICAM_EXIT_NOTHING_RECORDED);
  g_assert_cmpint (run (fixture, "", "segments garden"), ==, ICAM_EXIT_NOTHING_RECORDED);
  g_assert_cmpint (run (fixture, "", "segments " GARDEN), ==, ICAM_EXIT_NOTHING_RECORDED);
  g_assert_cmpint (run (fixture, "", "segments 0000bee"), ==, ICAM_EXIT_NOTHING_RECORDED);
  /* A beginning that two have, a part of a name, one that is not there. */
  g_assert_cmpint (run (fixture, "", "segments 0000"), ==, ICAM_EXIT_NOT_FOUND);
  g_assert_cmpint (run (fixture, "", "segments Gard"), ==, ICAM_EXIT_NOT_FOUND);
  g_assert_cmpint (run (fixture, "", "segments 'Front'"), ==, ICAM_EXIT_NOT_FOUND);
  icam_fake_recorder_add_camera (fixture->recorder, "000000000000000000000000000000c3", "Garden", "000000000000000000000000000000d3", 2);
  g_assert_cmpint (run (fixture, "", "segments Garden"), ==, ICAM_EXIT_NOT_FOUND);
  g_assert_nonnull (strstr (fixture->err, "more than one camera"));
}

static void
test_discover (Fixture      *fixture,
               gconstpointer unused)
{
  g_autoptr (JsonNode) node = NULL;

  g_assert_cmpint (run (fixture, "", "discover --seconds 0"), ==, 0);
  icam_fake_recorder_add_found (fixture->recorder, "0000000000000000000000000000f001", "Attic \033[2J", "192.0.2.1");
  g_assert_cmpint (run (fixture, "", "discover --seconds 0"), ==, 0);
  g_assert_nonnull (strstr (fixture->out, "192.0.2.1"));
  g_assert_null (strchr (fixture->out, '\033'));
  g_assert_cmpint (run (fixture, "", "discover --seconds 0 --json"), ==, 0);
  node = parse (fixture->out);
  g_assert_cmpuint (json_array_get_length (json_node_get_array (node)), ==, 1);

  icam_dbus_manager_set_discovery_state (icam_fake_recorder_get_manager (fixture->recorder), "absent");
  g_assert_cmpint (run (fixture, "", "discover --seconds 0"), ==, 0);
  g_assert_nonnull (strstr (fixture->err, "Avahi"));
}

static void
test_add (Fixture      *fixture,
          gconstpointer unused)
{
  g_autoptr (JsonNode) node = NULL;
  JsonArray *cameras;

  g_assert_cmpint (run (fixture, "", "add good --name Hall --json"), ==, 0);
  g_assert_cmpstr (icam_fake_recorder_get_password (fixture->recorder), ==, "");
  node = parse (fixture->out);
  cameras = json_object_get_array_member (json_node_get_object (node), "cameras");
  g_assert_cmpuint (json_array_get_length (cameras), ==, 1);
  g_assert_cmpstr (json_object_get_string_member (json_array_get_object_element (cameras, 0), "name"), ==, "Hall");

  /* The first line of standard input, and nothing else of it. */
  g_assert_cmpint (run (fixture, "right\nignored\n", "add locked --user admin --name Safe"), ==, 0);
  g_assert_cmpstr (icam_fake_recorder_get_password (fixture->recorder), ==, "right");
  g_assert_null (strstr (fixture->out, "right"));
  g_assert_null (strstr (fixture->err, "right"));

  g_assert_cmpint (run (fixture, "", "add two --name Left --name Right"), ==, 0);
  g_assert_cmpint (run (fixture, "", "list"), ==, 0);
  g_assert_nonnull (strstr (fixture->out, "Left"));
  g_assert_nonnull (strstr (fixture->out, "Right"));
  g_assert_cmpint (run (fixture, "", "add two --channel right --name Street"), ==, 0);
  g_assert_null (strstr (fixture->out, "Left"));
}

static void
test_add_fails (Fixture      *fixture,
                gconstpointer unused)
{
  g_autoptr (JsonNode) node = NULL;
  JsonObject *error;

  g_assert_cmpint (run (fixture, "", "add locked"), ==, ICAM_EXIT_PASSWORD);
  g_assert_cmpint (run (fixture, "wrong\n", "add locked --user admin"), ==, ICAM_EXIT_PASSWORD);
  g_assert_nonnull (strstr (fixture->err, "refused the name or the password"));
  g_assert_null (strstr (fixture->err, "wrong"));
  g_assert_cmpint (run (fixture, "", "add locked --user admin"), ==, ICAM_EXIT_PASSWORD);
  g_assert_cmpint (run (fixture, "", "add dead"), ==, ICAM_EXIT_UNREACHABLE);
  g_assert_cmpint (run (fixture, "", "add printer"), ==, ICAM_EXIT_UNREACHABLE);
  g_assert_cmpint (run (fixture, "", "add two --channel middle"), ==, ICAM_EXIT_USAGE);
  g_assert_cmpint (run (fixture, "", "add good --name A --name B"), ==, ICAM_EXIT_USAGE);

  g_assert_cmpint (run (fixture, "", "add dead --json"), ==, ICAM_EXIT_UNREACHABLE);
  g_assert_cmpstr (fixture->out, ==, "");
  node = parse (fixture->err);
  error = json_object_get_object_member (json_node_get_object (node), "error");
  g_assert_cmpstr (json_object_get_string_member (error, "code"), ==, "Unreachable");
  g_assert_cmpstr (json_object_get_string_member (json_object_get_object_member (error, "parameters"), "address"), ==, "dead");
}

static void
test_events (Fixture      *fixture,
             gconstpointer unused)
{
  g_autoptr (JsonNode) node = NULL;
  JsonObject *event;

  icam_fake_recorder_add_event (fixture->recorder, EVENT, FRONT, CHANNEL_A, 1700000000000000, 1700000012000000);
  g_assert_cmpint (run (fixture, "", "events"), ==, 0);
  g_assert_nonnull (strstr (fixture->out, "12 seconds"));
  g_assert_nonnull (strstr (fixture->out, "Front door"));
  g_assert_cmpint (run (fixture, "", "events Garden"), ==, 0);
  g_assert_cmpstr (fixture->out, ==, "");
  g_assert_cmpint (run (fixture, "", "events --json --from 2023-11-14 --limit 5 'Front door'"), ==, 0);
  node = parse (fixture->out);
  event = json_array_get_object_element (json_node_get_array (node), 0);
  g_assert_cmpstr (json_object_get_string_member (event, "id"), ==, EVENT);
  g_assert_cmpstr (json_object_get_string_member (event, "camera_name"), ==, "Front door");
  g_assert_cmpstr (json_object_get_string_member (event, "start"), ==, "2023-11-14T22:13:20.000Z");
  g_assert_cmpint (json_object_get_int_member (event, "start_us"), ==, 1700000000000000);
}

static void
test_segments (Fixture      *fixture,
               gconstpointer unused)
{
  g_autoptr (JsonNode) node = NULL;

  icam_fake_recorder_set_recordings (
    fixture->recorder,
    g_variant_new_parsed ("[('" CHANNEL_A "', uint64 1, uint32 1, int64 1700000000000000, int64 1700000060000000, uint64 5000, 'closed', 'same')]"),
    g_variant_new_parsed ("[(int64 1700000060000000, int64 1700000120000000, 'camera-silent')]"));
  g_assert_cmpint (run (fixture, "", "segments 'Front door'"), ==, 0);
  g_assert_nonnull (strstr (fixture->out, "recorded"));
  g_assert_nonnull (strstr (fixture->out, "Sent no pictures"));
  g_assert_cmpint (run (fixture, "", "segments 'Front door' --role sub --json"), ==, 0);
  node = parse (fixture->out);
  g_assert_cmpstr (json_object_get_string_member (json_node_get_object (node), "role"), ==, "sub");
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (json_node_get_object (node), "segments")), ==, 1);
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (json_node_get_object (node), "gaps")), ==, 1);
}

static void
test_export (Fixture      *fixture,
             gconstpointer unused)
{
  g_autofree char *path = g_build_filename (fixture->folder, "a film.mkv", NULL);
  g_autofree char *part = g_strconcat (path, ".part", NULL);
  g_autofree char *words = g_strdup_printf ("export Garden --from 2023-11-14 --to 2023-11-15 -o '%s'", path);
  g_autofree char *forced = g_strconcat (words, " --force --json", NULL);
  g_autofree char *content = NULL;

  /* Nothing there: no file is left either. */
  g_assert_cmpint (run (fixture, "", words), ==, ICAM_EXIT_NOTHING_RECORDED);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (part, G_FILE_TEST_EXISTS));

  icam_fake_recorder_set_recordings (
    fixture->recorder,
    g_variant_new_parsed ("[('" CHANNEL_B "', uint64 1, uint32 1, int64 1700000000000000, int64 1700000060000000, uint64 5000, 'closed', 'same')]"),
    g_variant_new_array (G_VARIANT_TYPE ("(xxs)"), NULL, 0));
  g_assert_cmpint (run (fixture, "", words), ==, 0);
  g_assert_true (g_file_get_contents (path, &content, NULL, NULL));
  g_assert_cmpstr (content, ==, "film");
  g_assert_false (g_file_test (part, G_FILE_TEST_EXISTS));

  g_assert_cmpint (run (fixture, "", words), ==, ICAM_EXIT_USAGE);
  g_assert_cmpint (run (fixture, "", forced), ==, 0);
  {
    g_autoptr (JsonNode) node = parse (fixture->out);

    g_assert_cmpint (json_object_get_int_member (json_node_get_object (node), "bytes"), ==, 4);
  }
  g_assert_cmpint (run (fixture, "", "export Garden --from 2023-11-14 --to 2023-11-15 -o -"), ==, 0);
  g_assert_cmpstr (fixture->out, ==, "film");
  g_assert_cmpint (run (fixture, "", "export Garden --from 2023-11-14 --to 2023-11-15 -o /nowhere/at/all"), ==, ICAM_EXIT_FAILED);
  g_unlink (path);
}

static void
test_change (Fixture      *fixture,
             gconstpointer unused)
{
  g_assert_cmpint (run (fixture, "", "rename Garden 'Back garden'"), ==, 0);
  g_assert_cmpint (run (fixture, "", "list"), ==, 0);
  g_assert_nonnull (strstr (fixture->out, "Back garden"));

  g_assert_cmpint (run (fixture, "", "detection 'Back garden' perhaps"), ==, ICAM_EXIT_USAGE);
  g_assert_cmpint (run (fixture, "", "detection 'Back garden' off"), ==, 0);
  g_assert_cmpint (run (fixture, "", "list --json"), ==, 0);
  g_assert_nonnull (strstr (fixture->out, "\"detector\" : \"off\""));

  /* Nobody to ask. */
  g_assert_cmpint (run (fixture, "y\n", "remove 'Back garden'"), ==, ICAM_EXIT_USAGE);
  g_assert_cmpint (run (fixture, "", "remove --yes 'Back garden'"), ==, 0);
  g_assert_cmpint (run (fixture, "", "remove --yes 'Back garden'"), ==, ICAM_EXIT_NOT_FOUND);
  g_assert_cmpint (run (fixture, "", "unlock"), ==, ICAM_EXIT_KEYRING);
}

static void
test_status (Fixture      *fixture,
             gconstpointer unused)
{
  IcamDBusCamera *hall = icam_fake_recorder_add_camera (fixture->recorder, "000000000000000000000000000000c3", "Hall",
                                                        "000000000000000000000000000000d3", 2);
  g_autoptr (GError) error = icam_error_new (ICAM_ERROR_UNREACHABLE, "address", "192.0.2.7", NULL);
  g_autoptr (GError) folder = icam_error_new (ICAM_ERROR_ARCHIVE_NOT_WRITABLE, "folder", "/nowhere", NULL);

  g_assert_cmpint (run (fixture, "", "status"), ==, 0);
  g_assert_nonnull (strstr (fixture->out, "The recorder is running"));
  g_assert_nonnull (strstr (fixture->out, "Garden is being recorded."));

  icam_dbus_camera_set_problem (hall, icam_error_to_variant (error));
  icam_dbus_camera_set_state (hall, "failed");
  g_assert_cmpint (run (fixture, "", "status"), ==, ICAM_EXIT_UNREACHABLE);
  g_assert_nonnull (strstr (fixture->out, "Hall has not answered since"));
  icam_dbus_camera_set_state (hall, "waiting");
  g_assert_cmpint (run (fixture, "", "status"), ==, ICAM_EXIT_KEYRING);
  icam_dbus_manager_set_archive_problem (icam_fake_recorder_get_manager (fixture->recorder), icam_error_to_variant (folder));
  g_assert_cmpint (run (fixture, "", "status --json"), ==, ICAM_EXIT_ARCHIVE);
  {
    g_autoptr (JsonNode) node = parse (fixture->out);
    JsonObject *archive = json_object_get_object_member (json_node_get_object (node), "archive");

    g_assert_cmpstr (json_object_get_string_member (json_object_get_object_member (archive, "error"), "code"), ==, "ArchiveNotWritable");
  }
}

static gboolean
make_event (gpointer user_data)
{
  Fixture *fixture = user_data;

  icam_fake_recorder_add_event (fixture->recorder, EVENT, FRONT, CHANNEL_A, 1700000000000000, 0);
  return G_SOURCE_CONTINUE;
}

static void
test_watch (Fixture      *fixture,
            gconstpointer unused)
{
  g_auto (GStrv) lines = NULL;
  guint id = g_timeout_add (50, make_event, fixture);
  gboolean event_seen = FALSE;

  /* The recorder, two cameras, and an event at last. */
  g_assert_cmpint (run (fixture, "", "watch --json --count 4"), ==, 0);
  g_source_remove (id);
  lines = g_strsplit (g_strchomp (fixture->out), "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 4);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_autoptr (JsonNode) node = parse (lines[i]);
      const char *type = json_object_get_string_member (json_node_get_object (node), "type");

      if (g_str_equal (type, "event"))
        {
          g_assert_cmpstr (json_object_get_string_member (json_node_get_object (node), "id"), ==, EVENT);
          event_seen = TRUE;
        }
    }
  g_assert_true (event_seen);
}

static void
test_watch_words (Fixture      *fixture,
                  gconstpointer unused)
{
  guint id = g_timeout_add (50, make_event, fixture);

  /* The same event is told many times; a person hears of it once. */
  g_assert_cmpint (run (fixture, "", "watch --seconds 1"), ==, 0);
  g_source_remove (id);
  g_assert_nonnull (strstr (fixture->out, "Motion: Front door"));
  g_assert_null (strstr (strstr (fixture->out, "Motion: Front door") + 1, "Motion: Front door"));
}

static void
test_completion (Fixture      *fixture,
                 gconstpointer unused)
{
  static const struct
  {
    const char *words; /* up to the cursor */
    const char *replies;
  } table[] = {
    { "sna", "snapshot" },
    { "segments Ga", "Garden" },
    { "segments Fr", "Front\\ door" },
    { "segments Garden --role s", "sub" },
    { "segments Garden Fr", "" },
    { "remove --del", "--delete-recordings" },
    { "remove --yes Ga", "Garden" },
    { "add 192", "192.0.2.9:8080" },
  };

  icam_fake_recorder_add_found (fixture->recorder, "0000000000000000000000000000f001", "Attic", "192.0.2.9:8080");
  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_auto (GStrv) words = g_strsplit (table[i].words, " ", -1);
      g_autofree char *script = g_strdup_printf (
        "source '%s'; COMP_WORDS=('%s' %s); COMP_CWORD=%u; _incameractl; printf '%%s' \"${COMPREPLY[*]}\"", g_getenv ("ICAM_COMPLETION"),
        program, table[i].words, g_strv_length (words));
      g_autofree char *quoted = g_shell_quote (script);
      g_autofree char *saved = g_strdup (program);
      g_autofree char *bash = g_find_program_in_path ("bash");
      g_autofree char *line = g_strconcat ("--norc -c ", quoted, NULL);

      program = bash;
      run (fixture, "", line);
      program = saved;
      g_assert_cmpstr (fixture->out, ==, table[i].replies);
      program = g_getenv ("ICAM_CTL");
    }
}

static void
test_lists (Fixture      *fixture,
            gconstpointer unused)
{
  g_autoptr (JsonNode) journal = NULL;
  g_autoptr (JsonNode) connections = NULL;

  g_assert_cmpint (run (fixture, "", "journal"), ==, 0);
  g_assert_nonnull (strstr (fixture->out, "Front door was added."));
  g_assert_cmpint (run (fixture, "", "journal --json"), ==, 0);
  journal = parse (fixture->out);
  g_assert_cmpuint (json_array_get_length (json_node_get_array (journal)), ==, 2);
  g_assert_cmpint (run (fixture, "", "connections"), ==, 0);
  g_assert_nonnull (strstr (fixture->out, "192.0.2.7"));
  g_assert_cmpint (run (fixture, "", "connections --json"), ==, 0);
  connections = parse (fixture->out);
  g_assert_cmpuint (json_array_get_length (json_node_get_array (connections)), ==, 1);
}

static IcamTestFilm *film;

static void
write_all (int         fd,
           const void *data,
           gsize       size)
{
  g_assert_cmpint (write (fd, data, size), ==, (gssize) size);
}

static void
on_live (IcamDBusCamera *camera,
         const char     *role,
         int             fd,
         gpointer        user_data)
{
  const IcamLiveCaps caps = { .width = ICAM_FILM_WIDTH, .height = ICAM_FILM_HEIGHT };
  g_autoptr (GBytes) payload = icam_live_caps_write (&caps);
  GBytes *frame = film->frames->pdata[0];
  IcamLiveHeader header = { .kind = ICAM_LIVE_CAPS, .role = ICAM_ROLE_MAIN, .codec = ICAM_CODEC_H264 };
  guint8 head[ICAM_LIVE_HEADER_SIZE];

  icam_role_from_string (role, &header.role);
  icam_uuid_parse (icam_dbus_camera_get_channel (camera), &header.channel);
  header.length = (guint32) g_bytes_get_size (payload);
  icam_live_header_write (&header, head);
  write_all (fd, head, sizeof head);
  write_all (fd, g_bytes_get_data (payload, NULL), header.length);
  header.kind = ICAM_LIVE_FRAME;
  header.flags = ICAM_LIVE_KEY;
  header.utc_us = g_get_real_time ();
  header.length = (guint32) g_bytes_get_size (frame);
  icam_live_header_write (&header, head);
  write_all (fd, head, sizeof head);
  write_all (fd, g_bytes_get_data (frame, NULL), header.length);
  /* The socket stays open until the process that has its other end goes; then this one is of no use either. */
}

static void
test_snapshot (Fixture      *fixture,
               gconstpointer unused)
{
  g_autofree char *path = g_build_filename (fixture->folder, "now.jpg", NULL);
  g_autofree char *words = g_strdup_printf ("snapshot Garden --json -o '%s'", path);
  g_autofree char *content = NULL;
  g_autoptr (IcamPicture) picture = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = NULL;
  gsize size;

  /* Nothing comes. */
  g_assert_cmpint (run (fixture, "", "snapshot Garden --seconds 1 -o /nowhere/x.jpg"), ==, ICAM_EXIT_UNREACHABLE);

  icam_fake_recorder_set_live (fixture->recorder, on_live, NULL);
  g_assert_cmpint (run (fixture, "", words), ==, 0);
  node = parse (fixture->out);
  g_assert_cmpstr (json_object_get_string_member (json_node_get_object (node), "channel"), ==, CHANNEL_B);
  g_assert_cmpint (json_object_get_int_member (json_node_get_object (node), "width"), ==, ICAM_FILM_WIDTH);
  g_assert_true (g_file_get_contents (path, &content, &size, NULL));
  picture = icam_picture_from_jpeg ((const guint8 *) content, size, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (picture->height, ==, ICAM_FILM_HEIGHT);
  g_unlink (path);
}

int
main (int    argc,
      char **argv)
{
  g_autoptr (GTestDBus) bus = NULL;
  int result;

  g_test_init (&argc, &argv, NULL);
  program = g_getenv ("ICAM_CTL");
  g_assert_nonnull (program);
  icam_media_init ();
  film = icam_test_film_new (1, 1, TRUE);
  bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (bus);

#define ADD(path, function) g_test_add ("/ctl/commands/" path, Fixture, NULL, set_up, function, tear_down)
  g_test_add_func ("/ctl/commands/no-recorder", test_no_recorder);
  ADD ("usage", test_usage);
  ADD ("list", test_list);
  ADD ("names", test_names);
  ADD ("discover", test_discover);
  ADD ("add", test_add);
  ADD ("add-fails", test_add_fails);
  ADD ("events", test_events);
  ADD ("segments", test_segments);
  ADD ("export", test_export);
  ADD ("change", test_change);
  ADD ("status", test_status);
  ADD ("watch", test_watch);
  ADD ("watch-words", test_watch_words);
  ADD ("completion", test_completion);
  ADD ("lists", test_lists);
  ADD ("snapshot", test_snapshot);
  result = g_test_run ();

  icam_test_film_free (film);
  g_test_dbus_stop (bus);
  return result;
}
