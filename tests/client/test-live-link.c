/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "client/icam-live-link.h"
#include "icam-fake-recorder.h"
#include "icam-test-film.h"
#include "media/icam-media.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CAMERA "00000000000000000000000000000a01"
#define CHANNEL "0000000000000000000000000000ca01"
#define OTHER_CHANNEL "0000000000000000000000000000cb02"
#define FRAME_US (G_USEC_PER_SEC / 15)

static IcamTestFilm *film;

typedef struct
{
  IcamFakeRecorder *recorder;
  IcamDBusCamera *skeleton;
  IcamClient *client;
  IcamCamera *camera;
  int fd; /* the recorder's end of the newest link, -1 without one */
  guint links;
} Fixture;

#define wait_until(expression)                                                                                                   \
  do                                                                                                                             \
    {                                                                                                                            \
      while (!(expression))                                                                                                      \
        g_main_context_iteration (NULL, TRUE);                                                                                   \
    }                                                                                                                            \
  while (0)

/* Sockets wake no main loop here: look again now and then. */
static gboolean
look_again (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

static void
on_live (IcamDBusCamera *camera,
         const char     *role,
         int             fd,
         gpointer        user_data)
{
  Fixture *fixture = user_data;

  if (fixture->fd >= 0)
    close (fixture->fd);
  fixture->fd = fd;
  fixture->links++;
}

static void
set_up (Fixture      *fixture,
        gconstpointer unused)
{
  fixture->fd = -1;
  fixture->recorder = icam_fake_recorder_new ();
  fixture->skeleton = icam_fake_recorder_add_camera (fixture->recorder, CAMERA, "Front door", CHANNEL, 0);
  icam_fake_recorder_set_live (fixture->recorder, on_live, fixture);
  icam_fake_recorder_start (fixture->recorder);
  fixture->client = icam_client_new ();
  icam_client_connect (fixture->client, FALSE);
  wait_until (icam_client_get_state (fixture->client) == ICAM_CLIENT_READY);
  fixture->camera = icam_client_lookup_camera (fixture->client, CAMERA);
}

static void
tear_down (Fixture      *fixture,
           gconstpointer unused)
{
  if (fixture->fd >= 0)
    close (fixture->fd);
  g_object_unref (fixture->client);
  icam_fake_recorder_free (fixture->recorder);
}

static void
send_bytes (Fixture    *fixture,
            const void *data,
            gsize       size)
{
  g_assert_cmpint (write (fixture->fd, data, size), ==, (gssize) size);
}

static void
send_record (Fixture     *fixture,
             IcamLiveKind kind,
             const char  *channel,
             guint32      flags,
             gint64       utc,
             const void  *payload,
             gsize        length)
{
  IcamLiveHeader header = { .kind = kind, .role = ICAM_ROLE_SUB, .codec = kind == ICAM_LIVE_STATE ? ICAM_CODEC_NONE : ICAM_CODEC_H264,
                            .flags = flags, .length = (guint32) length, .utc_us = utc, .pts_us = utc, .dts_us = utc };
  guint8 head[ICAM_LIVE_HEADER_SIZE];

  icam_uuid_parse (channel, &header.channel);
  icam_live_header_write (&header, head);
  send_bytes (fixture, head, sizeof head);
  send_bytes (fixture, payload, length);
}

static void
send_start (Fixture    *fixture,
            const char *channel)
{
  const IcamLiveCaps caps = { .width = ICAM_FILM_WIDTH, .height = ICAM_FILM_HEIGHT };
  g_autoptr (GBytes) payload = icam_live_caps_write (&caps);

  send_record (fixture, ICAM_LIVE_STATE, channel, 0, 0, "live", 4);
  send_record (fixture, ICAM_LIVE_CAPS, channel, 0, 0, g_bytes_get_data (payload, NULL), g_bytes_get_size (payload));
}

static void
send_frame (Fixture    *fixture,
            const char *channel,
            guint       number,
            gint64      utc,
            guint32     flags)
{
  GBytes *frame = film->frames->pdata[number];

  if (number % film->key_distance == 0)
    flags |= ICAM_LIVE_KEY;
  send_record (fixture, ICAM_LIVE_FRAME, channel, flags, utc, g_bytes_get_data (frame, NULL), g_bytes_get_size (frame));
}

static guint
shown (IcamLiveLink *link)
{
  IcamPicture *picture = icam_live_link_get_picture (link);

  return picture != NULL ? icam_test_film_number (picture) : G_MAXUINT;
}

static void
test_pictures (Fixture      *fixture,
               gconstpointer unused)
{
  g_autoptr (IcamLiveLink) link = icam_live_link_new_for_camera (fixture->camera, ICAM_ROLE_SUB, 0);
  gint64 now = g_get_real_time ();
  char channel[ICAM_UUID_TEXT_SIZE];

  g_assert_cmpstr (icam_live_link_get_state (link), ==, "connecting");
  g_assert_cmpint (icam_live_link_get_age (link), ==, G_MAXINT64);
  wait_until (fixture->fd >= 0);
  send_start (fixture, CHANNEL);
  wait_until (g_str_equal (icam_live_link_get_state (link), "live"));

  for (guint i = 0; i < 10; i++)
    {
      send_frame (fixture, CHANNEL, i, now + i * FRAME_US, 0);
      wait_until (shown (link) == i);
    }
  icam_uuid_format (&icam_live_link_get_picture (link)->channel, channel);
  g_assert_cmpstr (channel, ==, CHANNEL);
  g_assert_cmpint (icam_live_link_get_picture (link)->utc_us, ==, now + 9 * FRAME_US);
  g_assert_cmpint (icam_live_link_get_interval (link), ==, FRAME_US);
  g_assert_cmpint (icam_live_link_get_age (link), <, 10 * G_USEC_PER_SEC);
  g_assert_false (icam_live_link_get_picture (link)->unverified);

  send_frame (fixture, CHANNEL, 10, now + 10 * FRAME_US, ICAM_LIVE_UNVERIFIED);
  wait_until (shown (link) == 10);
  g_assert_true (icam_live_link_get_picture (link)->unverified);

  send_record (fixture, ICAM_LIVE_STATE, CHANNEL, 0, 0, "camera-silent", 13);
  wait_until (g_str_equal (icam_live_link_get_state (link), "camera-silent"));
}

static void
test_past (Fixture      *fixture,
           gconstpointer unused)
{
  g_autoptr (IcamLiveLink) link = icam_live_link_new_for_camera (fixture->camera, ICAM_ROLE_SUB, 0);
  gint64 now = g_get_real_time ();

  /* The group that is under way is decoded, and not shown: the first picture is the one after it. */
  wait_until (fixture->fd >= 0);
  send_start (fixture, CHANNEL);
  for (guint i = 0; i < 6; i++)
    send_frame (fixture, CHANNEL, i, now + i * FRAME_US, ICAM_LIVE_PAST);
  send_frame (fixture, CHANNEL, 6, now + 6 * FRAME_US, 0);
  wait_until (icam_live_link_get_picture (link) != NULL);
  g_assert_cmpuint (shown (link), ==, 6);
}

static void
test_slow_camera (Fixture      *fixture,
                  gconstpointer unused)
{
  g_autoptr (IcamLiveLink) link = icam_live_link_new_for_camera (fixture->camera, ICAM_ROLE_SUB, 0);
  gint64 taken = g_get_real_time () - 7 * G_USEC_PER_SEC;

  /* A picture every ten seconds: the one from before is all there is, and it says how old it is. */
  wait_until (fixture->fd >= 0);
  send_start (fixture, CHANNEL);
  send_frame (fixture, CHANNEL, 0, taken, ICAM_LIVE_PAST);
  wait_until (icam_live_link_get_picture (link) != NULL);
  g_assert_cmpuint (shown (link), ==, 0);
  g_assert_cmpint (icam_live_link_get_age (link), >=, 7 * G_USEC_PER_SEC);
}

static void
test_other_channel (Fixture      *fixture,
                    gconstpointer unused)
{
  g_autoptr (IcamLiveLink) link = icam_live_link_new_for_camera (fixture->camera, ICAM_ROLE_SUB, 0);
  gint64 now = g_get_real_time ();

  wait_until (fixture->fd >= 0);
  g_test_expect_message ("icam-client", G_LOG_LEVEL_WARNING, "*another channel*");
  send_start (fixture, OTHER_CHANNEL);
  send_frame (fixture, OTHER_CHANNEL, 0, now, 0);
  wait_until (icam_live_link_get_error (link) != NULL);
  g_test_assert_expected_messages ();
  g_assert_null (icam_live_link_get_picture (link));

  /* It tries again by itself. */
  wait_until (fixture->links == 2);
  send_start (fixture, CHANNEL);
  send_frame (fixture, CHANNEL, 0, now, 0);
  wait_until (shown (link) == 0);
  g_assert_no_error (icam_live_link_get_error (link));
}

static void
test_garbage_and_end (Fixture      *fixture,
                      gconstpointer unused)
{
  g_autoptr (IcamLiveLink) link = icam_live_link_new_for_camera (fixture->camera, ICAM_ROLE_SUB, 0);
  guint8 garbage[ICAM_LIVE_HEADER_SIZE];

  wait_until (fixture->fd >= 0);
  g_test_expect_message ("icam-client", G_LOG_LEVEL_WARNING, "*Not a live record*");
  memset (garbage, 'x', sizeof garbage);
  send_bytes (fixture, garbage, sizeof garbage);
  wait_until (icam_live_link_get_error (link) != NULL);
  g_test_assert_expected_messages ();
  g_assert_cmpstr (icam_live_link_get_state (link), ==, "connecting");

  wait_until (fixture->links == 2);
  send_start (fixture, CHANNEL);
  wait_until (g_str_equal (icam_live_link_get_state (link), "live"));
  close (fixture->fd);
  fixture->fd = -1;
  wait_until (g_str_equal (icam_live_link_get_state (link), "connecting"));
  wait_until (fixture->links == 3);
}

static void
test_channel_changes (Fixture      *fixture,
                      gconstpointer unused)
{
  g_autoptr (IcamLiveLink) link = icam_live_link_new_for_camera (fixture->camera, ICAM_ROLE_SUB, 0);
  gint64 now = g_get_real_time ();

  wait_until (fixture->fd >= 0);
  send_start (fixture, CHANNEL);
  send_frame (fixture, CHANNEL, 0, now, 0);
  wait_until (shown (link) == 0);

  /* Nothing of the old channel is seen from then on. */
  icam_dbus_camera_set_channel (fixture->skeleton, OTHER_CHANNEL);
  wait_until (icam_live_link_get_picture (link) == NULL);
  wait_until (fixture->links == 2);
  send_start (fixture, OTHER_CHANNEL);
  send_frame (fixture, OTHER_CHANNEL, 0, now, 0);
  wait_until (shown (link) == 0);
}

static void
test_recorder_restarts (Fixture      *fixture,
                        gconstpointer unused)
{
  g_autoptr (IcamLiveLink) link = icam_live_link_new_for_camera (fixture->camera, ICAM_ROLE_SUB, 0);

  wait_until (fixture->fd >= 0);
  send_start (fixture, CHANNEL);
  wait_until (g_str_equal (icam_live_link_get_state (link), "live"));
  icam_fake_recorder_kill (fixture->recorder);
  close (fixture->fd);
  fixture->fd = -1;
  wait_until (icam_client_get_state (fixture->client) == ICAM_CLIENT_ABSENT);
  icam_fake_recorder_start (fixture->recorder);
  wait_until (fixture->fd >= 0);
  send_start (fixture, CHANNEL);
  wait_until (g_str_equal (icam_live_link_get_state (link), "live"));
}

static void
test_frozen (Fixture      *fixture,
             gconstpointer unused)
{
  g_autoptr (IcamLiveLink) link = icam_live_link_new_for_camera (fixture->camera, ICAM_ROLE_SUB, 0);
  gint64 now = g_get_real_time ();

  wait_until (fixture->fd >= 0);
  send_start (fixture, CHANNEL);
  /* The same key frame, a second apart by its own clock. */
  for (guint i = 0; i < 10; i++)
    {
      send_frame (fixture, CHANNEL, 0, now + i * G_USEC_PER_SEC, 0);
      wait_until (icam_live_link_get_picture (link) != NULL
                  && icam_live_link_get_picture (link)->utc_us == now + i * G_USEC_PER_SEC);
      g_assert_false (icam_live_link_is_frozen (link));
    }
  send_frame (fixture, CHANNEL, 0, now + 10 * G_USEC_PER_SEC, 0);
  wait_until (icam_live_link_is_frozen (link));

  send_frame (fixture, CHANNEL, film->key_distance, now + 11 * G_USEC_PER_SEC, 0);
  wait_until (!icam_live_link_is_frozen (link));
}

static void
test_stopped (Fixture      *fixture,
              gconstpointer unused)
{
  g_autoptr (IcamLiveLink) link = icam_live_link_new_for_camera (fixture->camera, ICAM_ROLE_SUB, 0);
  char byte;

  /* At once, and when pictures come: the socket ends, for the recorder is not to write to nobody. */
  for (guint i = 0; i < 2; i++)
    {
      wait_until (fixture->links == i + 1);
      send_start (fixture, CHANNEL);
      send_frame (fixture, CHANNEL, 0, g_get_real_time (), 0);
      if (i == 1)
        wait_until (shown (link) == 0);
      icam_live_link_stop (link);
      g_clear_object (&link);
      wait_until (recv (fixture->fd, &byte, 1, MSG_DONTWAIT) == 0 || errno == ECONNRESET);
      if (i == 0)
        link = icam_live_link_new_for_camera (fixture->camera, ICAM_ROLE_SUB, 0);
    }
}

int
main (int    argc,
      char **argv)
{
  g_autoptr (GTestDBus) bus = NULL;
  int result;

  g_test_init (&argc, &argv, NULL);
  icam_media_init ();
  film = icam_test_film_new (30, 15, TRUE);
  g_timeout_add (20, look_again, NULL);
  bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (bus);

#define ADD(path, function) g_test_add ("/client/live-link/" path, Fixture, NULL, set_up, function, tear_down)
  ADD ("pictures", test_pictures);
  ADD ("past", test_past);
  ADD ("slow-camera", test_slow_camera);
  ADD ("other-channel", test_other_channel);
  ADD ("garbage-and-end", test_garbage_and_end);
  ADD ("channel-changes", test_channel_changes);
  ADD ("recorder-restarts", test_recorder_restarts);
  ADD ("frozen", test_frozen);
  ADD ("stopped", test_stopped);
  result = g_test_run ();

  icam_test_film_free (film);
  g_test_dbus_stop (bus);
  return result;
}
