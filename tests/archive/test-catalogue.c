/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The databases: what is stored comes back, and what is damaged stops nothing. */

#include "config.h"

#include "icam-archive-fixture.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static char *
data_path (Fixture *self, const char *name)
{
  return g_build_filename (self->data_dir, name, NULL);
}

static gboolean
journal_says (Fixture *self, const char *code)
{
  g_autoptr (GArray) rows = icam_archive_list_journal (self->archive, 0, 0, 0, NULL);

  for (guint i = 0; i < rows->len; i++)
    if (strcmp (g_array_index (rows, IcamJournalRow, i).code, code) == 0)
      return TRUE;
  return FALSE;
}

static void
record_group (Fixture *self, gint64 start_us)
{
  IcamRecording *recording = fixture_record (self, ICAM_ROLE_MAIN);

  fixture_push_frames (recording, start_us, 0, GROUP);
  icam_recording_free (recording);
  icam_archive_sync (self->archive);
}

/* ---- configuration ---- */

typedef struct
{
  GPtrArray *devices, *channels, *cameras;
} Rows;

static Rows
make_rows (const char *name)
{
  Rows rows = {
    g_ptr_array_new_with_free_func ((GDestroyNotify) icam_device_row_free),
    g_ptr_array_new_with_free_func ((GDestroyNotify) icam_channel_row_free),
    g_ptr_array_new_with_free_func ((GDestroyNotify) icam_camera_row_free),
  };
  IcamDeviceRow *device = g_new0 (IcamDeviceRow, 1);
  IcamChannelRow *channel = g_new0 (IcamChannelRow, 1);
  IcamCameraRow *camera = g_new0 (IcamCameraRow, 1);

  icam_uuid_generate (&device->id);
  device->kind = g_strdup ("onvif");
  device->address = g_strdup ("192.0.2.7:80");
  device->user = g_strdup ("admin");
  device->model = g_strdup ("Caf\xe9 \xff"); /* not UTF-8, as real ones send */
  device->evidence.serial = g_strdup ("123");
  device->evidence.fingerprint = NULL;
  g_ptr_array_add (rows.devices, device);

  icam_uuid_generate (&channel->id);
  channel->device = device->id;
  channel->token = g_strdup ("VideoSource_1");
  channel->main_uri = g_strdup ("rtsp://192.0.2.7/main");
  channel->main_path = g_strdup ("rtsp-tcp");
  channel->sub_path = g_strdup ("rtsp-udp");
  channel->fingerprint = g_strdup ("0123");
  g_ptr_array_add (rows.channels, channel);

  icam_uuid_generate (&camera->id);
  camera->channel = channel->id;
  camera->name = g_strdup (name);
  camera->position = 3;
  camera->added_us = START_US;
  camera->paused = TRUE;
  camera->blind = TRUE;
  g_ptr_array_add (rows.cameras, camera);
  return rows;
}

static void
rows_clear (Rows *rows)
{
  g_ptr_array_unref (rows->devices);
  g_ptr_array_unref (rows->channels);
  g_ptr_array_unref (rows->cameras);
}

static guint
count_cameras (Fixture *self)
{
  g_autoptr (GPtrArray) cameras = icam_archive_load_cameras (self->archive, NULL);

  return cameras->len;
}

static void
test_configuration (Fixture *self, gconstpointer unused)
{
  Rows rows = make_rows ("Front door");
  g_autoptr (GPtrArray) devices = NULL;
  g_autoptr (GPtrArray) channels = NULL;
  g_autoptr (GPtrArray) cameras = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *value = NULL;
  const IcamDeviceRow *device;
  const IcamCameraRow *camera;

  fixture_open (self);
  g_assert_true (
    icam_archive_save (self->archive, rows.devices, rows.channels, rows.cameras, &error));
  g_assert_no_error (error);
  g_assert_true (icam_archive_set_setting (self->archive, "a", "b", NULL));
  fixture_close (self, ICAM_GAP_RECORDER_STOPPED);

  fixture_open (self);
  devices = icam_archive_load_devices (self->archive, &error);
  g_assert_cmpuint (devices->len, ==, 1);
  device = g_ptr_array_index (devices, 0);
  g_assert_cmpstr (device->address, ==, "192.0.2.7:80");
  g_assert_cmpstr (device->evidence.serial, ==, "123");
  g_assert_null (device->evidence.fingerprint);
  g_assert_true (g_utf8_validate (device->model, -1, NULL));
  g_assert_false (device->quarantine);
  channels = icam_archive_load_channels (self->archive, &error);
  g_assert_cmpuint (channels->len, ==, 1);
  g_assert_true (
    icam_uuid_equal (&((IcamChannelRow *) g_ptr_array_index (channels, 0))->device, &device->id));
  g_assert_cmpstr (((IcamChannelRow *) g_ptr_array_index (channels, 0))->main_path, ==, "rtsp-tcp");
  g_assert_cmpstr (((IcamChannelRow *) g_ptr_array_index (channels, 0))->sub_path, ==, "rtsp-udp");
  g_assert_cmpstr (((IcamChannelRow *) g_ptr_array_index (channels, 0))->fingerprint, ==, "0123");
  cameras = icam_archive_load_cameras (self->archive, &error);
  g_assert_cmpuint (cameras->len, ==, 1);
  camera = g_ptr_array_index (cameras, 0);
  g_assert_cmpstr (camera->name, ==, "Front door");
  g_assert_cmpuint (camera->position, ==, 3);
  g_assert_true (camera->paused);
  g_assert_true (camera->blind);
  value = icam_archive_get_setting (self->archive, "a");
  g_assert_cmpstr (value, ==, "b");

  /* All or nothing: the second camera's channel is unknown. */
  icam_uuid_generate (&((IcamCameraRow *) g_ptr_array_index (rows.cameras, 0))->channel);
  g_free (((IcamDeviceRow *) g_ptr_array_index (rows.devices, 0))->address);
  ((IcamDeviceRow *) g_ptr_array_index (rows.devices, 0))->address = g_strdup ("192.0.2.9");
  g_assert_false (icam_archive_save (self->archive, rows.devices, NULL, rows.cameras, &error));
  g_assert_error (error, ICAM_ERROR, ICAM_ERROR_DATABASE);
  g_clear_error (&error);
  g_clear_pointer (&devices, g_ptr_array_unref);
  devices = icam_archive_load_devices (self->archive, NULL);
  g_assert_cmpstr (((IcamDeviceRow *) g_ptr_array_index (devices, 0))->address, ==, "192.0.2.7:80");

  g_assert_true (icam_archive_forget_camera (self->archive, &camera->id, &error));
  g_clear_pointer (&devices, g_ptr_array_unref);
  devices = icam_archive_load_devices (self->archive, NULL);
  g_assert_cmpuint (devices->len, ==, 0);
  g_assert_false (icam_archive_forget_camera (self->archive, &camera->id, &error));
  g_assert_error (error, ICAM_ERROR, ICAM_ERROR_NOT_FOUND);
  rows_clear (&rows);
}

/* A camera gets another channel when its device is replaced; which one it had when is remembered.
 */
static void
test_history (Fixture *self, gconstpointer unused)
{
  Rows rows = make_rows ("Garten");
  Rows others = make_rows ("Vorgarten");
  IcamCameraRow *camera = g_ptr_array_index (rows.cameras, 0);
  IcamChannelRow *other = g_ptr_array_index (others.channels, 0);
  IcamStore *store;
  g_autoptr (IcamSql) sql = NULL;
  g_autofree char *path = NULL;

  fixture_open (self);
  store = icam_archive_get_store (self->archive);
  g_assert_nonnull (store);
  g_assert_true (
    icam_archive_save (self->archive, rows.devices, rows.channels, rows.cameras, NULL));
  g_assert_true (icam_archive_save (self->archive, others.devices, others.channels, NULL, NULL));
  icam_test_clock_advance (ICAM_TEST_CLOCK (self->clock), G_USEC_PER_SEC);
  camera->channel = other->id;
  g_assert_true (icam_archive_save (self->archive, NULL, NULL, rows.cameras, NULL));
  g_assert_true (icam_archive_save (self->archive, NULL, NULL, rows.cameras, NULL));

  path = data_path (self, "config.sqlite");
  sql = icam_sql_open (path, TRUE, NULL);
  g_assert_cmpint (icam_sql_get_int (sql, -1, "SELECT count(*) FROM camera_channel", ""), ==, 2);
  g_assert_cmpint (
    icam_sql_get_int (sql, -1, "SELECT to_us FROM camera_channel ORDER BY from_us", ""), ==,
    START_US + G_USEC_PER_SEC);
  g_assert_cmpint (
    icam_sql_get_int (sql, -1, "SELECT to_us FROM camera_channel ORDER BY from_us DESC", ""), ==,
    0);
  rows_clear (&rows);
  rows_clear (&others);
}

/* ---- events and journal ---- */

static void
test_events (Fixture *self, gconstpointer unused)
{
  IcamEventRow row = {
    .kind = (char *) "motion", .start_us = START_US, .peak = 0.5, .witnesses = (char *) "pixels"
  };
  IcamEventRow later;
  g_autoptr (GArray) rows = NULL;
  g_autoptr (GArray) of_camera = NULL;
  g_autoptr (GError) error = NULL;
  const guint8 jpeg[] = { 0xff, 0xd8, 0xff, 0xdb, 0x00, 0x04, 0x01, 0x02, 0xff, 0xd9 };
  g_autoptr (GBytes) picture = g_bytes_new (jpeg, sizeof jpeg);
  guint8 content[256];
  int fd;

  icam_uuid_generate (&row.id);
  icam_uuid_generate (&row.camera);
  row.channel = self->channel;
  fixture_open (self);
  g_assert_true (icam_archive_put_event (self->archive, &row, &error));
  g_assert_no_error (error);
  later = row;
  icam_uuid_generate (&later.id);
  icam_uuid_generate (&later.camera);
  later.start_us = START_US + 60 * G_USEC_PER_SEC;
  later.end_us = later.start_us + G_USEC_PER_SEC;
  g_assert_true (icam_archive_put_event (self->archive, &later, &error));

  rows = icam_archive_list_events (self->archive, NULL, 0, 0, 0, &error);
  g_assert_cmpuint (rows->len, ==, 2);
  g_assert_true (icam_uuid_equal (&g_array_index (rows, IcamEventRow, 0).id, &later.id));
  g_assert_cmpint (g_array_index (rows, IcamEventRow, 1).end_us, ==, 0);
  of_camera = icam_archive_list_events (self->archive, &row.camera, 0, 0, 10, &error);
  g_assert_cmpuint (of_camera->len, ==, 1);
  g_assert_cmpstr (g_array_index (of_camera, IcamEventRow, 0).witnesses, ==, "pixels");
  g_assert_false (g_array_index (of_camera, IcamEventRow, 0).thumbnail);

  fd = icam_archive_open_thumbnail (self->archive, &row.id, &error);
  g_assert_cmpint (fd, ==, -1);
  g_assert_error (error, ICAM_ERROR, ICAM_ERROR_NOT_FOUND);
  g_clear_error (&error);
  icam_archive_put_thumbnail (self->archive, &row.id, &self->channel, picture);
  icam_archive_sync (self->archive);
  fd = icam_archive_open_thumbnail (self->archive, &row.id, &error);
  g_assert_no_error (error);
  /* Whose it is stands inside, and the rest is as it was. */
  g_assert_cmpint (read (fd, content, sizeof content), >, (int) sizeof jpeg + 60);
  g_assert_cmpint (content[0], ==, 0xff);
  g_assert_cmpint (content[3], ==, 0xfe);
  close (fd);
  g_clear_pointer (&of_camera, g_array_unref);
  of_camera = icam_archive_list_events (self->archive, &row.camera, 0, 0, 10, &error);
  g_assert_true (g_array_index (of_camera, IcamEventRow, 0).thumbnail);

  /* A running event ends, and is one still. */
  row.end_us = START_US + 5 * G_USEC_PER_SEC;
  g_assert_true (icam_archive_put_event (self->archive, &row, &error));
  g_clear_pointer (&rows, g_array_unref);
  rows = icam_archive_list_events (self->archive, NULL, 0, 0, 0, &error);
  g_assert_cmpuint (rows->len, ==, 2);
}

static void
test_thumbnail_of_another (Fixture *self, gconstpointer unused)
{
  const guint8 jpeg[] = { 0xff, 0xd8, 0xff, 0xdb, 0x00, 0x04, 0x01, 0x02, 0xff, 0xd9 };
  g_autoptr (GBytes) picture = g_bytes_new (jpeg, sizeof jpeg);
  g_autoptr (GError) error = NULL;
  IcamUuid events[2];
  char texts[2][ICAM_UUID_TEXT_SIZE], channel[ICAM_UUID_TEXT_SIZE];
  char *paths[2];

  fixture_open (self);
  icam_uuid_format (&self->channel, channel);
  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *name = NULL;

      icam_uuid_generate (&events[i]);
      icam_archive_put_thumbnail (self->archive, &events[i], &self->channel, picture);
      icam_uuid_format (&events[i], texts[i]);
      name = g_strconcat (texts[i], ".jpg", NULL);
      paths[i] = g_build_filename (self->folder, channel, "events", "2026", "05", name, NULL);
    }
  icam_archive_sync (self->archive);
  g_assert_cmpint (g_rename (paths[0], paths[1]), ==, 0);
  g_test_expect_message ("icam-archive", G_LOG_LEVEL_WARNING, "*not the picture*");
  g_assert_cmpint (icam_archive_open_thumbnail (self->archive, &events[1], &error), ==, -1);
  g_test_assert_expected_messages ();
  g_assert_error (error, ICAM_ERROR, ICAM_ERROR_NOT_FOUND);
  g_free (paths[0]);
  g_free (paths[1]);
}

static void
test_open_events (Fixture *self, gconstpointer unused)
{
  IcamEventRow row = { .kind = (char *) "motion",
                       .start_us = START_US + G_USEC_PER_SEC,
                       .witnesses = (char *) "device" };
  g_autoptr (GArray) rows = NULL;

  icam_uuid_generate (&row.id);
  icam_uuid_generate (&row.camera);
  row.channel = self->channel;
  fixture_open (self);
  record_group (self, START_US);
  g_assert_true (icam_archive_put_event (self->archive, &row, NULL));
  fixture_close (self, ICAM_GAP_RECORDER_STOPPED);

  fixture_open (self);
  fixture_recover (self);
  g_assert_true (icam_archive_end_open_events (self->archive, NULL));
  rows = icam_archive_list_events (self->archive, NULL, 0, 0, 0, NULL);
  g_assert_cmpint (g_array_index (rows, IcamEventRow, 0).end_us, ==, START_US + GROUP * FRAME_US);
}

/* What began long before a span and touches it is listed with it, each in its place. */
static void
test_long (Fixture *self, gconstpointer unused)
{
  const gint64 hour = G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC, day = 24 * hour;
  /* From two days to a minute, and one that lasts; the third and the last but one do not touch the span. */
  const gint64 spans[][2] = { { -3 * day, 0 }, { -2 * day, hour }, { -2 * day + 1, -day }, { -hour, 1 }, { -hour / 2, -1 }, { hour, hour + 1 } };
  const gint64 expected[] = { -3 * day, -2 * day, -hour, hour };
  IcamCatalogue *catalogue;
  IcamStreamState state;
  g_autoptr (GArray) gaps = NULL;
  g_autoptr (GArray) events = NULL;
  g_autoptr (GArray) newest = NULL;
  g_autoptr (GArray) one = NULL;
  g_autoptr (GError) error = NULL;
  IcamUuid camera;

  fixture_open (self);
  catalogue = icam_archive_get_store (self->archive)->catalogue;
  g_assert_true (icam_catalogue_stream (catalogue, &self->channel, ICAM_ROLE_MAIN, &state, &error));
  icam_uuid_generate (&camera);
  for (guint i = 0; i < G_N_ELEMENTS (spans); i++)
    {
      gint64 end = spans[i][1] != 0 ? START_US + spans[i][1] : 0;
      IcamEventRow row
        = { .camera = camera, .channel = self->channel, .kind = (char *) "motion", .start_us = START_US + spans[i][0], .end_us = end };

      icam_uuid_generate (&row.id);
      g_assert_true (icam_archive_put_event (self->archive, &row, &error));
      g_assert_cmpint (icam_catalogue_begin_gap (catalogue, state.id, START_US + spans[i][0], end, ICAM_GAP_CAMERA_GONE), >, 0);
    }

  gaps = icam_archive_list_gaps (self->archive, &self->channel, ICAM_ROLE_MAIN, START_US, START_US + day, &error);
  events = icam_archive_list_events (self->archive, NULL, START_US, START_US + day, 0, &error);
  newest = icam_archive_list_events (self->archive, NULL, START_US, START_US + day, 3, &error);
  one = icam_archive_list_events (self->archive, &camera, START_US, START_US + day, 0, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (gaps->len, ==, G_N_ELEMENTS (expected));
  g_assert_cmpuint (events->len, ==, G_N_ELEMENTS (expected));
  g_assert_cmpuint (one->len, ==, G_N_ELEMENTS (expected));
  g_assert_cmpuint (newest->len, ==, 3);
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      /* Gaps by their start, events the newest first. */
      g_assert_cmpint (gap_at (gaps, i)->start_us, ==, START_US + expected[i]);
      g_assert_cmpint (g_array_index (events, IcamEventRow, G_N_ELEMENTS (expected) - 1 - i).start_us, ==, START_US + expected[i]);
    }
  g_assert_cmpint (g_array_index (newest, IcamEventRow, 2).start_us, ==, START_US + expected[1]);
}

static void
test_journal (Fixture *self, gconstpointer unused)
{
  GVariantDict dict = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GArray) rows = NULL;
  const char *text;
  gint64 number;

  fixture_open (self);
  g_variant_dict_insert (&dict, "name", "s", "it's \"this\"");
  g_variant_dict_insert (&dict, "n", "x", (gint64) 5);
  icam_archive_journal (self->archive, "first", g_variant_dict_end (&dict));
  icam_test_clock_advance (ICAM_TEST_CLOCK (self->clock), 1);
  icam_archive_journal (self->archive, "second", NULL);
  rows = icam_archive_list_journal (self->archive, 0, 0, 2, NULL);
  g_assert_cmpuint (rows->len, ==, 2);
  g_assert_cmpstr (g_array_index (rows, IcamJournalRow, 0).code, ==, "second");
  g_assert_true (
    g_variant_lookup (g_array_index (rows, IcamJournalRow, 1).params, "name", "&s", &text));
  g_assert_cmpstr (text, ==, "it's \"this\"");
  g_assert_true (
    g_variant_lookup (g_array_index (rows, IcamJournalRow, 1).params, "n", "x", &number));
}

/* ---- damage ---- */

static void
damage (const char *path)
{
  g_autofree char *content = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (path, &content, &length, NULL));
  for (gsize i = 100; i < length; i += 7)
    content[i] = (char) (i * 31);
  g_assert_true (g_file_set_contents (path, content, (gssize) length, NULL));
}

static void
test_damaged_catalogue (Fixture *self, gconstpointer unused)
{
  g_autofree char *path = data_path (self, "catalogue.sqlite");
  g_autofree char *aside = data_path (self, "catalogue.sqlite.aside-1");
  Rows rows = make_rows ("Front door");
  g_autoptr (GArray) segments = NULL;
  g_autofree char *problem = NULL;

  fixture_open (self);
  g_assert_true (
    icam_archive_save (self->archive, rows.devices, rows.channels, rows.cameras, NULL));
  record_group (self, START_US);
  fixture_close (self, ICAM_GAP_RECORDER_STOPPED);
  damage (path);

  /* Recording goes on in the same archive, the cameras are there, what was damaged is kept. */
  fixture_open (self);
  g_assert_true (g_file_test (aside, G_FILE_TEST_EXISTS));
  g_assert_true (journal_says (self, "catalogue-set-aside"));
  g_assert_cmpuint (count_cameras (self), ==, 1);
  record_group (self, START_US + 60 * G_USEC_PER_SEC);
  segments = fixture_segments (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (segments->len, ==, 1);
  problem = fixture_problem (self);
  g_assert_null (problem);
  rows_clear (&rows);
}

static void
test_newer_catalogue (Fixture *self, gconstpointer unused)
{
  g_autofree char *path = data_path (self, "catalogue.sqlite");
  g_autofree char *aside = data_path (self, "catalogue.sqlite.aside-1");
  IcamSql *sql;

  fixture_open (self);
  fixture_close (self, ICAM_GAP_RECORDER_STOPPED);
  sql = icam_sql_open (path, FALSE, NULL);
  g_assert_true (icam_sql_exec (sql, "PRAGMA user_version=99", NULL));
  icam_sql_close (sql);
  fixture_open (self);
  g_assert_true (g_file_test (aside, G_FILE_TEST_EXISTS));
  record_group (self, START_US);
}

static void
test_foreign_catalogue (Fixture *self, gconstpointer unused)
{
  g_autofree char *path = data_path (self, "catalogue.sqlite");
  g_autofree char *aside = data_path (self, "catalogue.sqlite.aside-1");
  IcamSql *sql;

  fixture_open (self);
  fixture_close (self, ICAM_GAP_RECORDER_STOPPED);
  sql = icam_sql_open (path, FALSE, NULL);
  g_assert_true (
    icam_sql_exec (sql, "UPDATE meta SET value = zeroblob(16) WHERE key = 'uuid'", NULL));
  icam_sql_close (sql);
  fixture_open (self);
  g_assert_true (g_file_test (aside, G_FILE_TEST_EXISTS));
}

/* The list of cameras is what nobody wants to type again. */
static void
test_damaged_configuration (Fixture *self, gconstpointer unused)
{
  g_autofree char *path = data_path (self, "config.sqlite");
  Rows rows = make_rows ("Front door");
  g_autofree char *problem = NULL;

  fixture_open (self);
  g_assert_true (
    icam_archive_save (self->archive, rows.devices, rows.channels, rows.cameras, NULL));
  fixture_close (self, ICAM_GAP_RECORDER_STOPPED);
  damage (path);
  fixture_open (self);
  g_assert_cmpuint (count_cameras (self), ==, 1);
  g_assert_true (journal_says (self, "configuration-set-aside"));
  problem = fixture_problem (self);
  g_assert_null (problem);
  rows_clear (&rows);
}

/* ---- migration ---- */

static void
test_migration (Fixture *self, gconstpointer unused)
{
  static const char *const first[]
    = { "CREATE TABLE thing (id INTEGER PRIMARY KEY) STRICT; INSERT INTO thing VALUES (7);", NULL };
  static const char *const second[] = {
    "CREATE TABLE thing (id INTEGER PRIMARY KEY) STRICT; INSERT INTO thing VALUES (7);",
    "ALTER TABLE thing ADD COLUMN name TEXT NOT NULL DEFAULT 'x'",
    NULL,
  };
  static const char *const broken[] = {
    "CREATE TABLE thing (id INTEGER PRIMARY KEY) STRICT; INSERT INTO thing VALUES (7);",
    "ALTER TABLE thing ADD COLUMN name TEXT NOT NULL DEFAULT 'x'",
    "DELETE FROM thing; CREATE TABLE nonsense (",
    NULL,
  };
  g_autofree char *path = g_build_filename (self->top, "test.sqlite", NULL);
  g_autofree char *backup = g_strconcat (path, ".version-1", NULL);
  g_autoptr (GError) error = NULL;
  IcamSql *sql = icam_sql_open (path, FALSE, &error);

  g_assert_no_error (error);
  g_assert_cmpint (icam_sql_migrate (sql, first, &error), ==, ICAM_SQL_OK);
  g_assert_false (g_file_test (backup, G_FILE_TEST_EXISTS));
  g_assert_cmpint (icam_sql_migrate (sql, second, &error), ==, ICAM_SQL_OK);
  g_assert_true (g_file_test (backup, G_FILE_TEST_EXISTS));
  g_assert_cmpint (icam_sql_get_int (sql, 0, "SELECT id FROM thing WHERE name = 'x'", ""), ==, 7);

  /* A step that fails undoes itself. */
  g_assert_cmpint (icam_sql_migrate (sql, broken, &error), ==, ICAM_SQL_FAILED);
  g_assert_error (error, ICAM_ERROR, ICAM_ERROR_DATABASE);
  g_assert_cmpint (icam_sql_get_int (sql, 0, "PRAGMA user_version", ""), ==, 2);
  g_assert_cmpint (icam_sql_get_int (sql, 0, "SELECT count(*) FROM thing", ""), ==, 1);
  icam_sql_close (sql);
}

static void
test_key_frames (void)
{
  g_autoptr (GArray) keys = g_array_new (FALSE, FALSE, sizeof (IcamKeyFrame));
  g_autoptr (GArray) back = NULL;
  g_autoptr (GBytes) packed = NULL;
  gsize length;
  gconstpointer data;

  for (guint i = 0; i < 1000; i++)
    {
      IcamKeyFrame key = { .offset_us = (gint64) i * 2000000 - (i == 500 ? 3000000 : 0),
                           .byte_offset = 9000 + i * 500000ul };

      g_array_append_val (keys, key);
    }
  packed = icam_key_frames_pack (keys);
  data = g_bytes_get_data (packed, &length);
  g_assert_cmpuint (length, <, 8 * 1000);
  back = icam_key_frames_unpack (data, length);
  g_assert_cmpmem (keys->data, keys->len * sizeof (IcamKeyFrame), back->data,
                   back->len * sizeof (IcamKeyFrame));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(name, func)                                                                            \
  g_test_add ("/archive/catalogue/" name, Fixture, NULL, fixture_setup, func, fixture_teardown)
  ADD ("configuration", test_configuration);
  ADD ("history-of-a-camera", test_history);
  ADD ("events", test_events);
  ADD ("thumbnail-of-another-event", test_thumbnail_of_another);
  ADD ("open-events", test_open_events);
  ADD ("long", test_long);
  ADD ("journal", test_journal);
  ADD ("damaged", test_damaged_catalogue);
  ADD ("newer", test_newer_catalogue);
  ADD ("foreign", test_foreign_catalogue);
  ADD ("damaged-configuration", test_damaged_configuration);
  ADD ("migration", test_migration);
  g_test_add_func ("/archive/catalogue/key-frames", test_key_frames);
  return g_test_run ();
}
