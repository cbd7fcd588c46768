/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "client/icam-player-index.h"
#include "client/icam-player.h"
#include "icam-fake-recorder.h"
#include "icam-test-film.h"
#include "matroska/icam-mkv.h"
#include "media/icam-media.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define CAMERA "00000000000000000000000000000a01"
#define CHANNEL "0000000000000000000000000000ca01"
#define OTHER_CHANNEL "0000000000000000000000000000cb02"
#define FRAME_US (G_USEC_PER_SEC / 15)
/* A day in the past, so that everything lies before now. */
#define BEGIN (G_GINT64_CONSTANT (1700000000) * G_USEC_PER_SEC)
#define N_FRAMES 45
#define KEY_DISTANCE 15

static IcamTestFilm *film;

/* A recording of 3 s, a minute of nothing because the camera hung, another of 3 s right after which a third begins. */
static const struct
{
  guint64 seq;
  gint64 start;
} recorded[] = {
  { 1, BEGIN },
  { 2, BEGIN + 63 * G_USEC_PER_SEC },
  { 3, BEGIN + 66 * G_USEC_PER_SEC },
};

typedef struct
{
  IcamFakeRecorder *recorder;
  IcamClient *client;
  IcamPlayer *player;
  const char *file_channel; /* what is written into the files */
  gboolean no_files;
  GArray *numbers; /* of guint: frames that were emitted */
  gint64 picture_utc;
  guint pictures, missing;
  IcamGapCause cause;
  gint64 missing_utc, nearest;
} Fixture;

#define wait_until(expression)                                                                                                   \
  do                                                                                                                             \
    {                                                                                                                            \
      while (!(expression))                                                                                                      \
        g_main_context_iteration (NULL, TRUE);                                                                                   \
    }                                                                                                                            \
  while (0)

static int
write_segment (const char *channel,
               guint64     seq,
               gint64      start,
               GVariant  **key_frames)
{
  IcamSegmentId id = { .role = ICAM_ROLE_SUB, .epoch = 1, .seq = seq, .start_us = start };
  g_autoptr (IcamTrack) track = icam_track_new (ICAM_CODEC_H264);
  g_autoptr (IcamMkvWriter) writer = NULL;
  g_autoptr (GByteArray) out = g_byte_array_new ();
  g_autoptr (GPtrArray) patches = NULL;
  GVariantBuilder keys = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(xt)"));
  const GArray *index;
  int fd = memfd_create ("segment", MFD_CLOEXEC);

  icam_uuid_parse (channel, &id.channel);
  icam_uuid_generate (&id.archive);
  track->width = ICAM_FILM_WIDTH;
  track->height = ICAM_FILM_HEIGHT;
  track->private_data = g_bytes_ref (film->private_data);
  writer = icam_mkv_writer_new (&id, track, NULL);
  for (guint i = 0; i < N_FRAMES; i++)
    {
      IcamPacket packet = { .track = ICAM_TRACK_VIDEO, .flags = i % KEY_DISTANCE == 0 ? ICAM_PACKET_KEY : 0,
                            .utc_us = start + i * FRAME_US, .duration_us = FRAME_US, .data = film->frames->pdata[i] };
      g_autoptr (GError) error = NULL;

      icam_mkv_writer_add (writer, &packet, &error);
      g_assert_no_error (error);
      if (i % 4 == 3)
        icam_mkv_writer_flush (writer, out);
    }
  patches = icam_mkv_writer_close (writer, out);
  g_assert_cmpint (write (fd, out->data, out->len), ==, (gssize) out->len);
  for (guint i = 0; i < patches->len; i++)
    {
      IcamMkvPatch *patch = patches->pdata[i];
      gsize size;
      const void *data = g_bytes_get_data (patch->data, &size);

      g_assert_cmpint (pwrite (fd, data, size, (off_t) patch->offset), ==, (gssize) size);
    }

  index = icam_mkv_writer_peek_key_frames (writer);
  for (guint i = 0; i < index->len; i++)
    {
      const IcamKeyFrame *key = &g_array_index (index, IcamKeyFrame, i);

      g_variant_builder_add (&keys, "(xt)", key->offset_us, key->byte_offset);
    }
  *key_frames = g_variant_ref_sink (g_variant_builder_end (&keys));
  return fd;
}

static int
open_segment (const char *channel,
              guint64     seq,
              GVariant  **key_frames,
              gpointer    user_data)
{
  Fixture *fixture = user_data;

  if (fixture->no_files)
    return -1;
  g_assert_cmpstr (channel, ==, CHANNEL);
  for (guint i = 0; i < G_N_ELEMENTS (recorded); i++)
    if (recorded[i].seq == seq)
      return write_segment (fixture->file_channel, seq, recorded[i].start, key_frames);
  return -1;
}

static void
on_picture (IcamPlayer  *player,
            IcamPicture *picture,
            Fixture     *fixture)
{
  char channel[ICAM_UUID_TEXT_SIZE];
  guint number = icam_test_film_number (picture);

  icam_uuid_format (&picture->channel, channel);
  g_assert_cmpstr (channel, ==, CHANNEL);
  g_array_append_val (fixture->numbers, number);
  fixture->picture_utc = picture->utc_us;
  fixture->pictures++;
}

static void
on_missing (IcamPlayer *player,
            gint64      utc,
            guint       cause,
            gint64      nearest,
            Fixture    *fixture)
{
  fixture->missing++;
  fixture->missing_utc = utc;
  fixture->cause = (IcamGapCause) cause;
  fixture->nearest = nearest;
}

static void
set_up (Fixture      *fixture,
        gconstpointer unused)
{
  GVariantBuilder rows = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(stuxxtss)"));
  GVariantBuilder gaps = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(xxs)"));

  for (guint i = 0; i < G_N_ELEMENTS (recorded); i++)
    g_variant_builder_add (&rows, "(stuxxtss)", CHANNEL, recorded[i].seq, 1, recorded[i].start,
                           recorded[i].start + N_FRAMES * FRAME_US, (guint64) 1000, "closed", "same");
  g_variant_builder_add (&gaps, "(xxs)", BEGIN + 3 * G_USEC_PER_SEC, BEGIN + 63 * G_USEC_PER_SEC, "camera-silent");

  fixture->file_channel = CHANNEL;
  fixture->numbers = g_array_new (FALSE, FALSE, sizeof (guint));
  fixture->recorder = icam_fake_recorder_new ();
  icam_fake_recorder_add_camera (fixture->recorder, CAMERA, "Front door", CHANNEL, 0);
  icam_fake_recorder_set_recordings (fixture->recorder, g_variant_builder_end (&rows), g_variant_builder_end (&gaps));
  icam_fake_recorder_set_segment (fixture->recorder, open_segment, fixture);
  icam_fake_recorder_start (fixture->recorder);
  fixture->client = icam_client_new ();
  icam_client_connect (fixture->client, FALSE);
  wait_until (icam_client_get_state (fixture->client) == ICAM_CLIENT_READY);
  fixture->player = icam_player_new (fixture->client, icam_client_lookup_camera (fixture->client, CAMERA), ICAM_ROLE_SUB, 0);
  g_signal_connect (fixture->player, "picture", G_CALLBACK (on_picture), fixture);
  g_signal_connect (fixture->player, "missing", G_CALLBACK (on_missing), fixture);
}

static void
tear_down (Fixture      *fixture,
           gconstpointer unused)
{
  g_object_unref (fixture->player);
  g_object_unref (fixture->client);
  icam_fake_recorder_free (fixture->recorder);
  g_array_unref (fixture->numbers);
}

static guint
show (Fixture *fixture,
      gint64   utc,
      gboolean exact)
{
  guint before = fixture->pictures + fixture->missing;

  icam_player_show (fixture->player, utc, exact);
  wait_until (fixture->pictures + fixture->missing > before);
  g_assert_cmpuint (fixture->pictures + fixture->missing, ==, before + 1);
  return fixture->numbers->len > 0 ? g_array_index (fixture->numbers, guint, fixture->numbers->len - 1) : G_MAXUINT;
}

static void
test_exact (Fixture      *fixture,
            gconstpointer unused)
{
  static const guint wanted[] = { 0, 7, 14, 15, 16, 44, 31, 3 };

  for (guint i = 0; i < G_N_ELEMENTS (wanted); i++)
    {
      gint64 utc = BEGIN + wanted[i] * FRAME_US;

      /* At the picture's time, and while it shows. */
      g_assert_cmpuint (show (fixture, utc + 1000, TRUE), ==, wanted[i]);
      g_assert_cmpuint (show (fixture, utc + FRAME_US - 1000, TRUE), ==, wanted[i]);
      g_assert_cmpint (ABS (fixture->picture_utc - utc), <, 1000);
    }
  g_assert_cmpuint (fixture->missing, ==, 0);
  /* One file, opened once. */
  g_assert_cmpuint (icam_fake_recorder_get_opened (fixture->recorder), ==, 1);
  g_assert_cmpint (icam_player_get_position (fixture->player), ==, BEGIN + 3 * FRAME_US + FRAME_US - 1000);
}

static void
test_scrub (Fixture      *fixture,
            gconstpointer unused)
{
  g_assert_cmpuint (show (fixture, BEGIN + 7 * FRAME_US, FALSE), ==, 0);
  g_assert_cmpuint (show (fixture, BEGIN + 29 * FRAME_US + 1000, FALSE), ==, 15);
  g_assert_cmpuint (show (fixture, BEGIN + 44 * FRAME_US, FALSE), ==, 30);
  g_assert_cmpuint (show (fixture, recorded[1].start + 20 * FRAME_US, FALSE), ==, 15);
}

static void
test_newest_wins (Fixture      *fixture,
                  gconstpointer unused)
{
  for (guint i = 0; i < 40; i++)
    icam_player_show (fixture->player, BEGIN + i * FRAME_US + 1000, TRUE);
  wait_until (fixture->pictures > 0);
  g_assert_cmpuint (g_array_index (fixture->numbers, guint, fixture->pictures - 1), ==, 39);

  /* And in the middle of the work. */
  for (guint i = 0; i < 40; i++)
    {
      icam_player_show (fixture->player, BEGIN + i * FRAME_US + 1000, TRUE);
      for (guint turn = 0; turn < i % 7; turn++)
        g_main_context_iteration (NULL, FALSE);
    }
  wait_until (g_array_index (fixture->numbers, guint, fixture->pictures - 1) == 39);
}

static void
test_missing (Fixture      *fixture,
              gconstpointer unused)
{
  show (fixture, BEGIN + 10 * G_USEC_PER_SEC, TRUE);
  g_assert_cmpuint (fixture->missing, ==, 1);
  g_assert_cmpint (fixture->cause, ==, ICAM_GAP_CAMERA_SILENT);
  g_assert_cmpint (fixture->nearest, ==, BEGIN + N_FRAMES * FRAME_US - 1);
  show (fixture, BEGIN + 60 * G_USEC_PER_SEC, TRUE);
  g_assert_cmpint (fixture->nearest, ==, recorded[1].start);
  g_assert_cmpuint (show (fixture, fixture->nearest, TRUE), ==, 0);

  /* Far away: it is looked for. */
  show (fixture, BEGIN - 3 * G_TIME_SPAN_DAY, TRUE);
  g_assert_cmpuint (fixture->missing, ==, 3);
  g_assert_cmpint (fixture->cause, ==, ICAM_GAP_UNKNOWN);
  g_assert_cmpint (fixture->nearest, ==, BEGIN);
}

static void
test_nothing_at_all (Fixture      *fixture,
                     gconstpointer unused)
{
  icam_fake_recorder_set_recordings (fixture->recorder, g_variant_new_array (G_VARIANT_TYPE ("(stuxxtss)"), NULL, 0),
                                     g_variant_new_array (G_VARIANT_TYPE ("(xxs)"), NULL, 0));
  show (fixture, BEGIN, TRUE);
  g_assert_cmpuint (fixture->missing, ==, 1);
  g_assert_cmpint (fixture->nearest, ==, 0);
}

static void
test_other_channel (Fixture      *fixture,
                    gconstpointer unused)
{
  /* Promise 1: the file says that it is another camera's. */
  fixture->file_channel = OTHER_CHANNEL;
  g_test_expect_message ("icam-client", G_LOG_LEVEL_WARNING, "*carries the id of another*");
  show (fixture, BEGIN, TRUE);
  g_assert_cmpuint (fixture->pictures, ==, 0);
  g_assert_cmpuint (fixture->missing, ==, 1);
  g_test_assert_expected_messages ();
}

static void
test_deleted (Fixture      *fixture,
              gconstpointer unused)
{
  fixture->no_files = TRUE;
  show (fixture, BEGIN, TRUE);
  g_assert_cmpuint (fixture->missing, ==, 1);
  /* It is there again, as after a restart: it is asked for again. */
  fixture->no_files = FALSE;
  g_assert_cmpuint (show (fixture, BEGIN, TRUE), ==, 0);
}

static void
test_play (Fixture      *fixture,
           gconstpointer unused)
{
  gint64 before = g_get_monotonic_time ();
  gint64 from = recorded[1].start + 5 * FRAME_US;

  /* Through the seam between two segments, in time and in order. */
  icam_player_play (fixture->player, from + 1000, 1.0);
  g_assert_true (icam_player_is_playing (fixture->player));
  wait_until (fixture->picture_utc >= recorded[2].start + 5 * FRAME_US - 1000);
  icam_player_pause (fixture->player);
  g_assert_false (icam_player_is_playing (fixture->player));

  /* 45 pictures: 3 s, by the clock; not before they were due. */
  g_assert_cmpint (g_get_monotonic_time () - before, >=, 3 * G_USEC_PER_SEC - FRAME_US);
  g_assert_cmpuint (fixture->missing, ==, 0);
  g_assert_cmpuint (g_array_index (fixture->numbers, guint, 0), >=, 5);
  for (guint i = 1; i < fixture->numbers->len; i++)
    {
      guint one = g_array_index (fixture->numbers, guint, i - 1);
      guint next = g_array_index (fixture->numbers, guint, i);

      g_assert_true (next > one || (one >= 40 && next <= 4));
    }
  /* A busy machine may have to leave some out, but not most. */
  g_assert_cmpuint (fixture->pictures, >=, 15);
  g_test_message ("%u of 46 pictures were shown", fixture->pictures);
  g_assert_cmpint (icam_player_get_position (fixture->player), >=, recorded[2].start + 5 * FRAME_US - 1000);
}

static void
test_play_fast (Fixture      *fixture,
                gconstpointer unused)
{
  /* Key frames only. */
  icam_player_play (fixture->player, recorded[1].start, 4.0);
  wait_until (fixture->picture_utc >= recorded[2].start + 30 * FRAME_US - 1000);
  for (guint i = 0; i < fixture->numbers->len; i++)
    g_assert_cmpuint (g_array_index (fixture->numbers, guint, i) % KEY_DISTANCE, ==, 0);
}

static void
test_play_over_gap (Fixture      *fixture,
                    gconstpointer unused)
{
  guint before;
  gint64 began;

  /* The hole is told once, and what comes after it is shown when its time comes. */
  icam_player_play (fixture->player, recorded[1].start - 8 * G_USEC_PER_SEC, 8.0);
  began = g_get_monotonic_time ();
  wait_until (fixture->missing > 0);
  g_assert_cmpint (fixture->cause, ==, ICAM_GAP_CAMERA_SILENT);
  before = fixture->pictures;
  g_assert_cmpuint (before, ==, 0);
  wait_until (fixture->pictures > 0);
  g_assert_cmpint (g_get_monotonic_time () - began, >=, G_USEC_PER_SEC - 200000);
  g_assert_cmpuint (fixture->missing, ==, 1);
}

static void
test_play_far_from_anything (Fixture      *fixture,
                             gconstpointer unused)
{
  /* Days after the last recording: the nearest one is looked for while it plays too. */
  icam_player_play (fixture->player, BEGIN + 5 * G_TIME_SPAN_DAY, 1.0);
  wait_until (fixture->missing > 0);
  g_assert_cmpint (fixture->nearest, >, recorded[2].start);
  g_assert_cmpint (fixture->nearest, <, recorded[2].start + 4 * G_USEC_PER_SEC);
}

static void
test_closed_while_busy (Fixture      *fixture,
                        gconstpointer unused)
{
  icam_player_play (fixture->player, recorded[1].start, 1.0);
  for (guint i = 0; i < 10; i++)
    g_main_context_iteration (NULL, FALSE);
  icam_player_show (fixture->player, BEGIN, TRUE);
  for (guint i = 0; i < 10; i++)
    g_main_context_iteration (NULL, FALSE);
  icam_player_close (fixture->player);
  icam_player_show (fixture->player, BEGIN, TRUE);
  for (guint i = 0; i < 10; i++)
    g_main_context_iteration (NULL, FALSE);
}

static void
test_index (void)
{
  /* Two epochs cover the same time: the clock was set back by 50. */
  const IcamSpan spans[] = {
    { "a", 1, 1, 1000000000, 1100000000, 0, FALSE, FALSE },
    { "a", 3, 2, 1050000000, 1150000000, 0, FALSE, FALSE },
    { "a", 2, 1, 1100000000, 1110000000, 0, FALSE, FALSE },
    { "a", 4, 2, 1200000000, 1300000000, 0, FALSE, FALSE },
  };
  const IcamGap gaps[] = { { 1150000000, 1200000000, ICAM_GAP_DISK_FULL }, { 1300000000, 0, ICAM_GAP_PAUSED } };
  IcamRecordings recordings = { g_array_new (FALSE, FALSE, sizeof (IcamSpan)), g_array_new (FALSE, FALSE, sizeof (IcamGap)) };

  g_array_append_vals (recordings.spans, spans, G_N_ELEMENTS (spans));
  g_array_append_vals (recordings.gaps, gaps, G_N_ELEMENTS (gaps));

  g_assert_null (icam_recordings_find (&recordings, 999999999));
  g_assert_cmpuint (icam_recordings_find (&recordings, 1000000000)->seq, ==, 1);
  g_assert_cmpuint (icam_recordings_find (&recordings, 1060000000)->seq, ==, 3);
  g_assert_cmpuint (icam_recordings_find (&recordings, 1105000000)->seq, ==, 3);
  g_assert_cmpuint (icam_recordings_find (&recordings, 1150000000)->seq, ==, 3); /* the seam */
  g_assert_null (icam_recordings_find (&recordings, 1152000000));
  g_assert_cmpuint (icam_recordings_next (&recordings, 1152000000, NULL)->seq, ==, 4);
  g_assert_cmpuint (icam_recordings_next (&recordings, 1149000000, &spans[1])->seq, ==, 4);
  g_assert_null (icam_recordings_next (&recordings, 1299000000, &spans[3]));
  g_assert_cmpint (icam_recordings_nearest (&recordings, 1160000000), ==, 1149999999);
  g_assert_cmpint (icam_recordings_nearest (&recordings, 1190000000), ==, 1200000000);
  g_assert_cmpint (icam_recordings_nearest (&recordings, 0), ==, 1000000000);
  g_assert_cmpint (icam_recordings_cause (&recordings, 1160000000), ==, ICAM_GAP_DISK_FULL);
  g_assert_cmpint (icam_recordings_cause (&recordings, 1400000000), ==, ICAM_GAP_PAUSED);
  g_assert_cmpint (icam_recordings_cause (&recordings, 900000000), ==, ICAM_GAP_UNKNOWN);

  g_array_unref (recordings.spans);
  g_array_unref (recordings.gaps);
}

int
main (int    argc,
      char **argv)
{
  g_autoptr (GTestDBus) bus = NULL;
  int result;

  g_test_init (&argc, &argv, NULL);
  icam_media_init ();
  film = icam_test_film_new (N_FRAMES, KEY_DISTANCE, FALSE);
  bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (bus);

  g_test_add_func ("/client/player/index", test_index);
#define ADD(path, function) g_test_add ("/client/player/" path, Fixture, NULL, set_up, function, tear_down)
  ADD ("exact", test_exact);
  ADD ("scrub", test_scrub);
  ADD ("newest-wins", test_newest_wins);
  ADD ("missing", test_missing);
  ADD ("nothing-at-all", test_nothing_at_all);
  ADD ("other-channel", test_other_channel);
  ADD ("deleted", test_deleted);
  ADD ("play", test_play);
  ADD ("play-fast", test_play_fast);
  ADD ("play-over-gap", test_play_over_gap);
  ADD ("play-far-from-anything", test_play_far_from_anything);
  ADD ("closed-while-busy", test_closed_while_busy);
  result = g_test_run ();

  icam_test_film_free (film);
  g_test_dbus_stop (bus);
  return result;
}
