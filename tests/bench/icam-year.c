/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Gives each camera of a catalogue so many days of recordings, up to now: rows of main and sub streams with key frames, gaps, events. What
 * the catalogue knew before of these cameras' recordings is dropped. The recorder does not run meanwhile.
 *
 *     icam-year make DATA-FOLDER RECORDINGS DAYS EVENTS FROM TO    prints how many segments there are
 *     icam-year measure DATA-FOLDER RECORDINGS TIMES               prints "what seconds" for each of so many times
 *
 * Rows are written as the recorder writes them, in the order of time, but many in a transaction. Files are made only of what starts between
 * FROM and TO, UTC in µs, of 64 KiB each: what is to be deleted has a file. Nothing reads them. */

#define G_LOG_DOMAIN "icam-bench"

#include "config.h"

#include "archive/icam-archive-private.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECOND_US ((gint64) G_USEC_PER_SEC)
#define MINUTE_US (60 * SECOND_US)
#define DAY_US (1440 * MINUTE_US)
#define SUB_MINUTES 5
/* A key frame every two seconds, 4 Mb/s and 0.5 Mb/s. */
#define KEY_US (2 * SECOND_US)
#define MAIN_GROUP 1000000
#define SUB_GROUP 125000
/* Each hour of a stream ends with so much that was not recorded. */
#define GAP_US (3 * SECOND_US)
#define FILE_BYTES (64 * 1024)
#define ROWS_A_TRANSACTION 50000
#define JOURNAL 50000
/* Key frames of a segment are one of so many sets. */
#define SETS 64

typedef struct
{
  IcamUuid camera, channel;
  gint64 streams[ICAM_N_ROLES];
  guint64 seqs[ICAM_N_ROLES];
} Camera;

typedef struct
{
  IcamArchive *archive;
  IcamCatalogue *catalogue;
  IcamSql *sql;
  GArray *cameras;
  GRand *random;
  gint64 begin_us, files_from_us, files_to_us, folder;
  IcamUuid id;
  const char *top;
  GBytes *keys[ICAM_N_ROLES][SETS];
  guint64 bytes[ICAM_N_ROLES][SETS];
  guint64 rows;
  guint in_transaction;
} Year;

static void
must (gboolean ok, const GError *error)
{
  if (!ok)
    g_error ("%s", error != NULL ? error->message : "It failed.");
}

static void
on_closed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  icam_archive_close_finish (ICAM_ARCHIVE (source), result, NULL);
  g_main_loop_quit (user_data);
}

static void
close_archive (IcamArchive *archive)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);

  icam_archive_close_async (archive, ICAM_GAP_RECORDER_STOPPED, on_closed, loop);
  g_main_loop_run (loop);
}

static GArray *
load_cameras (IcamArchive *archive, IcamCatalogue *catalogue)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) rows = icam_archive_load_cameras (archive, &error);
  GArray *cameras = g_array_new (FALSE, FALSE, sizeof (Camera));

  must (rows != NULL, error);
  for (guint i = 0; i < rows->len; i++)
    {
      const IcamCameraRow *row = g_ptr_array_index (rows, i);
      Camera camera = { .camera = row->id, .channel = row->channel };

      for (guint role = 0; role < ICAM_N_ROLES; role++)
        {
          IcamStreamState state;

          must (icam_catalogue_stream (catalogue, &row->channel, (IcamRole) role, &state, &error), error);
          camera.streams[role] = state.id;
        }
      g_array_append_val (cameras, camera);
    }
  return cameras;
}

/* ---- making ---- */

static void
step (Year *self)
{
  g_autoptr (GError) error = NULL;

  if (++self->in_transaction < ROWS_A_TRANSACTION)
    return;
  self->in_transaction = 0;
  must (icam_sql_commit (self->sql, &error) && icam_sql_begin (self->sql, FALSE, &error), error);
}

static GBytes *
make_keys (Year *self, gint64 length_us, guint64 group, guint64 *bytes)
{
  g_autoptr (GArray) keys = g_array_new (FALSE, FALSE, sizeof (IcamKeyFrame));
  IcamKeyFrame key = { .byte_offset = 1024 };

  for (; key.offset_us < length_us; key.offset_us += KEY_US + g_rand_int_range (self->random, -2000, 2000))
    {
      g_array_append_val (keys, key);
      key.byte_offset += group / 4 * 3 + (guint64) g_rand_int_range (self->random, 0, (gint32) (group / 2));
    }
  *bytes = key.byte_offset;
  return icam_key_frames_pack (keys);
}

static void
make_file (Year *self, const IcamSegmentId *id)
{
  g_autofree char *folder = icam_segment_folder (id);
  g_autofree char *name = icam_segment_name (id);
  g_autofree char *where = g_build_filename (self->top, folder, NULL);
  g_autofree char *path = g_build_filename (where, name, NULL);
  int fd;

  g_mkdir_with_parents (where, 0700);
  fd = open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0 || posix_fallocate (fd, 0, FILE_BYTES) != 0)
    g_error ("%s cannot be made.", path);
  close (fd);
}

static void
make_segment (Year *self, Camera *camera, IcamRole role, gint64 start_us, gint64 length_us, gboolean gap)
{
  g_autoptr (GError) error = NULL;
  guint set = (guint) g_rand_int_range (self->random, 0, SETS);
  IcamSegmentId id = { .archive = self->id, .channel = camera->channel, .role = role, .epoch = 1, .seq = ++camera->seqs[role], .start_us = start_us };
  gint64 stream = camera->streams[role], end_us = start_us + length_us - (gap ? GAP_US : 0);

  must (icam_sql_run (self->sql, &error,
                      "INSERT INTO segment (stream, seq, folder, epoch, start_us, end_us, state, identity, bytes)"
                      " VALUES (?1, ?2, ?3, 1, ?4, ?5, 1, 1, ?6)",
                      "iiiiii", stream, (gint64) id.seq, self->folder, start_us, end_us, (gint64) self->bytes[role][set])
          && icam_sql_run (self->sql, &error, "INSERT INTO segment_index VALUES (?1, ?2, ?3)", "iib", stream, (gint64) id.seq,
                           self->keys[role][set]),
        error);
  if (gap)
    must (icam_sql_run (self->sql, &error, "INSERT INTO gap (stream, start_us, end_us, cause) VALUES (?1, ?2, ?3, ?4)", "iiis", stream, end_us,
                        start_us + length_us, icam_gap_cause_to_string (ICAM_GAP_CAMERA_GONE)),
          error);
  if (start_us >= self->files_from_us && start_us < self->files_to_us)
    make_file (self, &id);
  self->rows++;
  step (self);
}

static void
make_event (Year *self, const Camera *camera, gint64 start_us)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  g_autoptr (GDateTime) day = g_date_time_new_from_unix_utc (start_us / SECOND_US);
  g_autofree char *month = g_date_time_format (day, "%Y/%m");
  char channel[ICAM_UUID_TEXT_SIZE], text[ICAM_UUID_TEXT_SIZE];
  IcamUuid id;

  icam_uuid_generate (&id);
  icam_uuid_format (&camera->channel, channel);
  icam_uuid_format (&id, text);
  path = g_strdup_printf ("%s/events/%s/%s.jpg", channel, month, text);
  must (icam_sql_run (self->sql, &error, "INSERT INTO event VALUES (?1, ?2, ?3, 'motion', ?4, ?5, ?6, ?7, 'pixels')", "uuuiiid", &id,
                      &camera->camera, &camera->channel, start_us, start_us + g_rand_int_range (self->random, 3, 60) * SECOND_US,
                      start_us + SECOND_US, g_rand_double (self->random))
          && icam_sql_run (self->sql, &error, "INSERT INTO thumbnail VALUES (?1, ?2, ?3, ?4)", "uuis", &id, &camera->channel, self->folder, path),
        error);
  step (self);
}

/* What is added up row by row is added up in the end; else it would take most of the time. Returns how to make the triggers again. */
static GPtrArray *
drop_triggers (Year *self)
{
  GPtrArray *statements = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  sqlite3_stmt *query = icam_sql_query (self->sql, &error, "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'", "");
  gboolean row = FALSE;

  while (query != NULL && icam_sql_step (self->sql, query, &row, &error) && row)
    {
      g_ptr_array_add (names, icam_sql_column_dup (query, 0));
      g_ptr_array_add (statements, icam_sql_column_dup (query, 1));
    }
  for (guint i = 0; i < names->len; i++)
    {
      g_autofree char *drop = g_strdup_printf ("DROP TRIGGER %s", (const char *) names->pdata[i]);

      must (icam_sql_exec (self->sql, drop, &error), error);
    }
  return statements;
}

static int
make (Year *self, gint64 days, gint64 events)
{
  g_autoptr (GPtrArray) triggers = NULL;
  g_autoptr (GError) error = NULL;
  gint64 now = g_get_real_time () / MINUTE_US * MINUTE_US, minutes = days * 1440, made = 0;
  static const char *const settings[] = { "PRAGMA synchronous=OFF", "PRAGMA cache_size=-1500000", "PRAGMA wal_autocheckpoint=200000",
                                          "PRAGMA foreign_keys=OFF" };
  static const char *const old[] = { "DELETE FROM segment", "DELETE FROM gap", "DELETE FROM event", "DELETE FROM thumbnail",
                                     "DELETE FROM segment_index", "DELETE FROM usage" };

  self->begin_us = now - minutes * MINUTE_US;
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    must (icam_sql_exec (self->sql, settings[i], &error), error);
  must (icam_sql_begin (self->sql, FALSE, &error), error);
  for (guint i = 0; i < G_N_ELEMENTS (old); i++)
    must (icam_sql_exec (self->sql, old[i], &error), error);
  triggers = drop_triggers (self);
  for (guint set = 0; set < SETS; set++)
    {
      self->keys[ICAM_ROLE_MAIN][set] = make_keys (self, MINUTE_US, MAIN_GROUP, &self->bytes[ICAM_ROLE_MAIN][set]);
      self->keys[ICAM_ROLE_SUB][set] = make_keys (self, SUB_MINUTES * MINUTE_US, SUB_GROUP, &self->bytes[ICAM_ROLE_SUB][set]);
    }

  for (gint64 minute = 0; minute < minutes; minute++)
    {
      gint64 start_us = self->begin_us + minute * MINUTE_US;

      for (guint i = 0; i < self->cameras->len; i++)
        {
          Camera *camera = &g_array_index (self->cameras, Camera, i);

          make_segment (self, camera, ICAM_ROLE_MAIN, start_us, MINUTE_US, minute % 60 == 59);
          if (minute % SUB_MINUTES == 0)
            make_segment (self, camera, ICAM_ROLE_SUB, start_us, SUB_MINUTES * MINUTE_US, minute % 60 == 60 - SUB_MINUTES);
        }
      for (; made * minutes < events * (minute + 1); made++)
        make_event (self, &g_array_index (self->cameras, Camera, g_rand_int_range (self->random, 0, (gint32) self->cameras->len)),
                    start_us + g_rand_int_range (self->random, 0, 59) * SECOND_US);
    }
  for (guint i = 0; i < JOURNAL; i++)
    must (icam_sql_run (self->sql, &error, "INSERT INTO journal (time_us, code, params) VALUES (?1, 'footage-deleted', ?2)", "is",
                        now - (JOURNAL - (gint64) i) * MINUTE_US, "{'why': <'age'>, 'count': <'8'>, 'until': <'1777816800000000'>}"),
          error);
  for (guint i = 0; i < self->cameras->len; i++)
    for (guint role = 0; role < ICAM_N_ROLES; role++)
      {
        const Camera *camera = &g_array_index (self->cameras, Camera, i);

        must (icam_sql_run (self->sql, &error, "UPDATE stream SET next_seq = ?2 WHERE id = ?1", "ii", camera->streams[role],
                            (gint64) camera->seqs[role] + 1),
              error);
      }
  must (icam_sql_exec (self->sql, "INSERT INTO usage SELECT stream, folder, sum (bytes) FROM segment GROUP BY stream, folder", &error), error);
  for (guint i = 0; i < triggers->len; i++)
    must (icam_sql_exec (self->sql, g_ptr_array_index (triggers, i), &error), error);
  must (icam_sql_commit (self->sql, &error), error);
  for (guint set = 0; set < SETS; set++)
    for (guint role = 0; role < ICAM_N_ROLES; role++)
      g_bytes_unref (self->keys[role][set]);
  must (icam_sql_exec (self->sql, "PRAGMA wal_checkpoint(TRUNCATE)", &error), error);
  g_print ("%" G_GUINT64_FORMAT "\n", self->rows);
  return 0;
}

/* ---- measuring ---- */

static double
since (gint64 start)
{
  return (double) (g_get_monotonic_time () - start) / 1e6;
}

/* What the room's own functions take, without a bus. */
static int
measure (Year *self, gint64 times)
{
  g_autoptr (GError) error = NULL;
  gint64 now = g_get_real_time ();
  gint64 oldest = icam_archive_oldest (self->archive);

  for (gint64 i = 0; i < times; i++)
    {
      static const struct
      {
        const char *name;
        gint64 length_us;
      } spans[] = { { "minute", MINUTE_US }, { "day", DAY_US } };
      Camera *camera = &g_array_index (self->cameras, Camera, (guint) i % self->cameras->len);
      IcamRole role = (IcamRole) (i / self->cameras->len % ICAM_N_ROLES);

      for (guint span = 0; span < G_N_ELEMENTS (spans); span++)
        {
          gint64 from = oldest + (gint64) ((double) (now - oldest - 2 * DAY_US) * g_rand_double (self->random));
          gint64 start = g_get_monotonic_time ();
          g_autoptr (GArray) segments = icam_archive_list_segments (self->archive, &camera->channel, role, from, from + spans[span].length_us, &error);
          g_autoptr (GArray) gaps = icam_archive_list_gaps (self->archive, &camera->channel, role, from, from + spans[span].length_us, &error);

          g_print ("%s %.6f\n", spans[span].name, since (start));
          must (segments != NULL && segments->len > 0 && gaps != NULL, error);
        }
    }
  for (gint64 i = 0; i < times; i++)
    {
      Camera *camera = &g_array_index (self->cameras, Camera, (guint) i % self->cameras->len);
      g_autoptr (GArray) keys = g_array_new (FALSE, FALSE, sizeof (IcamKeyFrame));
      IcamKeyFrame key = { .byte_offset = 1024 };
      gint64 start;
      guint64 seq;

      for (; key.offset_us < MINUTE_US; key.offset_us += KEY_US, key.byte_offset += MAIN_GROUP)
        g_array_append_val (keys, key);
      start = g_get_monotonic_time ();
      must (icam_catalogue_begin_segment (self->catalogue, camera->streams[ICAM_ROLE_MAIN], self->folder, 2, now + i * MINUTE_US, ICAM_IDENTITY_SAME,
                                          &seq, &error),
            error);
      g_print ("begin %.6f\n", since (start));
      start = g_get_monotonic_time ();
      must (icam_catalogue_end_segment (self->catalogue, camera->streams[ICAM_ROLE_MAIN], seq, now + (i + 1) * MINUTE_US, key.byte_offset, keys, &error),
            error);
      g_print ("end %.6f\n", since (start));
      must (icam_catalogue_drop_segment (self->catalogue, camera->streams[ICAM_ROLE_MAIN], seq, &error), error);
    }
  /* What the disk itself asks for the like: a row that is begun is on it. */
  for (gint64 i = 0; i < times; i++)
    {
      g_autofree char *path = g_build_filename (g_get_tmp_dir (), "icam-year.sync", NULL);
      int fd = open (path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
      char page[4096] = { 0 };
      gint64 start = g_get_monotonic_time ();

      must (write (fd, page, sizeof page) == sizeof page && fdatasync (fd) == 0, NULL);
      g_print ("sync %.6f\n", since (start));
      close (fd);
    }
  return 0;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (IcamArchive) archive = NULL;
  const IcamArchiveOptions options = { .floor_bytes = 1 };
  Year year = { 0 };
  IcamStore *store;
  int code = 2;

  if (argc < 5)
    return 2;
  archive = icam_archive_open (argv[2], argv[3], icam_clock_system (), &options, &error);
  must (archive != NULL, error);
  /* It is known which folder this is. */
  icam_archive_sync (archive);
  store = icam_archive_get_store (archive);
  year.archive = archive;
  year.catalogue = store->catalogue;
  year.random = g_rand_new_with_seed (1);
  year.top = argv[3];
  year.cameras = load_cameras (archive, store->catalogue);
  must (year.cameras->len > 0 && icam_config_find_archive (store->config, argv[3], &year.id), NULL);
  year.folder = icam_catalogue_folder (store->catalogue, &year.id, &error);
  must (year.folder != 0, error);

  if (strcmp (argv[1], "make") == 0 && argc == 8)
    {
      year.files_from_us = atoll (argv[6]);
      year.files_to_us = atoll (argv[7]);
      year.sql = icam_catalogue_lock (store->catalogue);
      code = make (&year, atoll (argv[4]), atoll (argv[5]));
      icam_catalogue_unlock (store->catalogue);
    }
  else if (strcmp (argv[1], "measure") == 0)
    code = measure (&year, atoll (argv[4]));
  close_archive (archive);
  g_array_unref (year.cameras);
  g_rand_free (year.random);
  return code;
}
