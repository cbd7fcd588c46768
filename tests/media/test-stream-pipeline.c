/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "media/icam-media.h"
#include "media/icam-stream-pipeline.h"

#include <gio/gio.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/icam-clock.h"
#include "media/icam-bitstream.h"
#include "test-rtsp-server.h"
#include "test-store.h"

/* Far beyond what anything here takes; a condition that does not come by then never comes. */
#define LIMIT_US (40 * G_USEC_PER_SEC)

typedef struct
{
  IcamLiveHub *hub;
  IcamLiveStream *live;
  TestStore *store;
  IcamStreamPipeline *pipeline;
  IcamUuid channel;

  guint connected, failed, motions;
  gboolean moving;
  GError *error;
  IcamGapCause cause;
  const char *detector;
} Fixture;

static gboolean
wake_cb (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

static gboolean
wake_once_cb (gpointer data)
{
  return G_SOURCE_REMOVE;
}

/* The main loop runs until the condition holds; the timer only makes it look again. */
#define WAIT_FOR(condition)                                                  \
  G_STMT_START                                                               \
  {                                                                          \
    guint timer_ = g_timeout_add (20, wake_cb, NULL);                        \
    gint64 end_ = g_get_monotonic_time () + LIMIT_US;                        \
    while (!(condition) && g_get_monotonic_time () < end_)                   \
      g_main_context_iteration (NULL, TRUE);                                 \
    g_source_remove (timer_);                                                \
    g_assert_true (condition);                                               \
  }                                                                          \
  G_STMT_END

static void
connected_cb (IcamStreamPipeline *pipeline,
              Fixture            *f)
{
  f->connected++;
}

static void
failed_cb (IcamStreamPipeline *pipeline,
           GError             *error,
           int                 cause,
           Fixture            *f)
{
  f->failed++;
  g_test_message ("failed: %s", error->message);
  g_clear_error (&f->error);
  f->error = g_error_copy (error);
  f->cause = (IcamGapCause) cause;
}

static void
motion_cb (IcamStreamPipeline *pipeline,
           gboolean            active,
           double              score,
           gint64              utc_us,
           Fixture            *f)
{
  f->motions++;
  f->moving = active;
  g_assert_cmpfloat (score, >=, 0);
  g_assert_cmpfloat (score, <=, 1);
}

static void
detector_cb (IcamStreamPipeline *pipeline,
             const char         *state,
             Fixture            *f)
{
  f->detector = g_intern_string (state);
}

static void
setup (Fixture      *f,
       gconstpointer data)
{
  icam_uuid_generate (&f->channel);
  f->hub = icam_live_hub_new ();
  f->live = icam_live_hub_add_stream (f->hub, &f->channel, ICAM_ROLE_SUB);
  f->store = test_store_new ();
}

static char *expected;
static IcamPath remembered;

static void
start (Fixture    *f,
       const char *uri,
       const char *user,
       const char *password,
       gboolean    detect)
{
  g_autoptr (IcamSecret) secret = password != NULL ? icam_secret_new (password) : NULL;
  IcamStreamConfig config = {
    .uri = uri,
    .user = user,
    .secret = secret,
    .fingerprint = expected,
    .path = remembered,
    .channel = f->channel,
    .role = ICAM_ROLE_SUB,
    .store = ICAM_SEGMENT_STORE (f->store),
    .live = f->live,
    .detect = detect,
  };

  f->pipeline = icam_stream_pipeline_new (&config);
  g_signal_connect (f->pipeline, "connected", G_CALLBACK (connected_cb), f);
  g_signal_connect (f->pipeline, "failed", G_CALLBACK (failed_cb), f);
  g_signal_connect (f->pipeline, "motion", G_CALLBACK (motion_cb), f);
  g_signal_connect (f->pipeline, "detector", G_CALLBACK (detector_cb), f);
  icam_stream_pipeline_start (f->pipeline);
}

/* Stops, and waits until the last reference, which is the one that takes it down, is gone. */
static void
stop (Fixture *f)
{
  GWeakRef weak;
  gpointer alive;

  if (f->pipeline == NULL)
    return;

  g_weak_ref_init (&weak, f->pipeline);
  icam_stream_pipeline_stop (f->pipeline, ICAM_GAP_RECORDER_STOPPED);
  g_clear_object (&f->pipeline);
  WAIT_FOR (((alive = g_weak_ref_get (&weak)) == NULL) || (g_object_unref (alive), FALSE));
  g_weak_ref_clear (&weak);
}

static void
teardown (Fixture      *f,
          gconstpointer data)
{
  stop (f);
  g_clear_error (&f->error);
  g_clear_object (&f->live);
  g_clear_object (&f->hub);
  g_clear_object (&f->store);
}

static void
test_record (Fixture      *f,
             gconstpointer data)
{
  g_autoptr (TestRtspServer) server
    = test_rtsp_server_new (TEST_RTSP_VIDEO, TEST_RTSP_OPEN, NULL, NULL);
  g_autofree char *uri = test_rtsp_server_dup_uri (server, "live");
  IcamStreamInfo info;
  gint64 last_us = 0, now_us;
  guint keys = 0, n;

  start (f, uri, NULL, NULL, FALSE);
  WAIT_FOR (test_store_count (f->store, ICAM_TRACK_VIDEO) >= 40);
  g_assert_cmpuint (f->connected, ==, 1);
  g_assert_cmpuint (f->failed, ==, 0);

  icam_stream_pipeline_get_info (f->pipeline, &info);
  g_assert_cmpint (info.video, ==, ICAM_CODEC_H264);
  g_assert_cmpuint (info.width, ==, 320);
  g_assert_cmpuint (info.height, ==, 240);
  g_assert_cmpfloat (info.rate, >, 7);
  g_assert_cmpfloat (info.rate, <, 30);

  icam_stream_pipeline_stop (f->pipeline, ICAM_GAP_PAUSED);
  g_assert_cmpint (test_store_get_cause (f->store), ==, ICAM_GAP_PAUSED);
  n = test_store_count (f->store, ICAM_TRACK_VIDEO);
  stop (f);
  g_assert_cmpuint (test_store_count (f->store, ICAM_TRACK_VIDEO), ==, n);

  now_us = icam_clock_utc (icam_clock_system ());
  for (guint i = 0; i < n; i++)
    {
      IcamPacket *packet = test_store_get (f->store, ICAM_TRACK_VIDEO, i);
      gsize size;
      const guint8 *bytes = g_bytes_get_data (packet->data, &size);

      g_assert_true (icam_bitstream_check (bytes, size, NULL));
      g_assert_cmpint (packet->utc_us, >, last_us);
      /* The camera paces by 66.7 ms; the network's jitter must not show. */
      if (i > 15)
        g_assert_cmpint (ABS (packet->utc_us - last_us - 66667), <, 25000);
      g_assert_cmpint (packet->utc_us, <=, now_us);
      g_assert_cmpint (packet->utc_us, >, now_us - LIMIT_US);
      g_assert_cmpint (packet->arrival_us, >, 0);
      last_us = packet->utc_us;
      keys += (packet->flags & ICAM_PACKET_KEY) != 0;
    }
  g_assert_cmpuint (keys, >=, n / 15);
  g_assert_cmpuint (keys, <=, n / 15 + 2);
  g_assert_cmpint (test_store_get_track (f->store, ICAM_TRACK_VIDEO)->codec, ==, ICAM_CODEC_H264);
  g_assert_nonnull (test_store_get_track (f->store, ICAM_TRACK_VIDEO)->private_data);
}

static void
test_sound (Fixture      *f,
            gconstpointer data)
{
  g_autoptr (TestRtspServer) server = test_rtsp_server_new (
    TEST_RTSP_VIDEO " audiotestsrc is-live=true ! audio/x-raw,rate=8000,channels=1 ! avenc_aac ! "
                    "aacparse ! rtpmp4gpay name=pay1 pt=97",
    TEST_RTSP_OPEN, NULL, NULL);
  g_autofree char *uri = test_rtsp_server_dup_uri (server, "live");
  IcamTrack *track;

  start (f, uri, NULL, NULL, FALSE);
  WAIT_FOR (test_store_count (f->store, ICAM_TRACK_VIDEO) >= 10
            && test_store_count (f->store, ICAM_TRACK_AUDIO) >= 10);
  stop (f);
  track = test_store_get_track (f->store, ICAM_TRACK_AUDIO);
  g_assert_cmpint (track->codec, ==, ICAM_CODEC_AAC);
  g_assert_cmpuint (track->rate, ==, 8000);
  g_assert_cmpuint (g_bytes_get_size (track->private_data), >=, 2);
}

static void
test_tls (Fixture      *f,
          gconstpointer data)
{
  g_autoptr (TestRtspServer) server = test_rtsp_server_new (TEST_RTSP_VIDEO, TEST_RTSP_TLS, NULL, NULL);
  g_autoptr (TestRtspServer) other = test_rtsp_server_new (TEST_RTSP_VIDEO, TEST_RTSP_TLS_OTHER, NULL, NULL);
  g_autofree char *uri = test_rtsp_server_dup_uri (server, "live");
  g_autofree char *other_uri = test_rtsp_server_dup_uri (other, "live");
  gint64 last_us = 0;

  g_assert_true (g_str_has_prefix (uri, "rtsps://"));
  start (f, uri, NULL, NULL, FALSE);
  WAIT_FOR (test_store_count (f->store, ICAM_TRACK_VIDEO) >= 40);
  expected = icam_stream_pipeline_dup_fingerprint (f->pipeline);
  g_assert_cmpint (icam_stream_pipeline_get_path (f->pipeline), ==, ICAM_PATH_RTSP);
  stop (f);
  g_assert_cmpuint (f->failed, ==, 0);
  g_assert_nonnull (expected);
  g_assert_cmpuint (strlen (expected), ==, 64);
  for (guint i = 0; i < 40; i++)
    {
      IcamPacket *packet = test_store_get (f->store, ICAM_TRACK_VIDEO, i);

      /* The beat on which it is read must not show here either. */
      if (i > 15)
        g_assert_cmpint (ABS (packet->utc_us - last_us - 66667), <, 25000);
      last_us = packet->utc_us;
    }

  /* By GStreamer's way the same is remembered, and the same kept out. */
  {
    g_autofree char *first = g_steal_pointer (&expected);

    remembered = ICAM_PATH_RTSP_GST;
    start (f, uri, NULL, NULL, FALSE);
    WAIT_FOR (f->connected == 2);
    expected = icam_stream_pipeline_dup_fingerprint (f->pipeline);
    stop (f);
    g_assert_cmpstr (expected, ==, first);
    start (f, other_uri, "admin", "secret", FALSE);
    WAIT_FOR (f->failed == 1);
    g_assert_error (f->error, ICAM_ERROR, ICAM_ERROR_CERTIFICATE_CHANGED);
    stop (f);
    remembered = ICAM_PATH_AUTO;
    f->failed = 0;
    f->connected = 1;
  }

  /* The same certificate, then another one. */
  start (f, uri, NULL, NULL, FALSE);
  WAIT_FOR (f->connected == 2);
  stop (f);
  start (f, other_uri, "admin", "secret", FALSE);
  WAIT_FOR (f->failed > 0);
  g_assert_error (f->error, ICAM_ERROR, ICAM_ERROR_CERTIFICATE_CHANGED);
  g_assert_cmpint (f->cause, ==, ICAM_GAP_OTHER_DEVICE);
  stop (f);
  g_clear_pointer (&expected, g_free);
}

static void
test_udp (Fixture      *f,
          gconstpointer data)
{
  g_autoptr (TestRtspServer) server = test_rtsp_server_new (TEST_RTSP_VIDEO, TEST_RTSP_UDP, NULL, NULL);
  g_autofree char *uri = test_rtsp_server_dup_uri (server, "live");

  /* It refuses TCP: the other path is found without a failure. */
  start (f, uri, NULL, NULL, FALSE);
  WAIT_FOR (test_store_count (f->store, ICAM_TRACK_VIDEO) >= 20);
  g_assert_cmpuint (f->failed, ==, 0);
  remembered = icam_stream_pipeline_get_path (f->pipeline);
  g_assert_cmpint (remembered, ==, ICAM_PATH_RTSP_UDP);
  stop (f);

  /* What is remembered is taken at once. */
  start (f, uri, NULL, NULL, FALSE);
  g_assert_cmpint (icam_stream_pipeline_get_path (f->pipeline), ==, ICAM_PATH_RTSP_UDP);
  WAIT_FOR (f->connected == 2);
  stop (f);
  remembered = ICAM_PATH_AUTO;
}

static void
test_unknown_payload (Fixture      *f,
                      gconstpointer data)
{
  /* MPEG-4 audio as LATM is not ours, GStreamer knows it; the pictures go the same way. */
  g_autoptr (TestRtspServer) server = test_rtsp_server_new (
    TEST_RTSP_VIDEO " audiotestsrc is-live=true ! audio/x-raw,rate=16000,channels=1 ! avenc_aac ! aacparse ! "
                    "rtpmp4apay name=pay1 pt=97",
    TEST_RTSP_OPEN, NULL, NULL);
  g_autofree char *uri = test_rtsp_server_dup_uri (server, "live");

  start (f, uri, NULL, NULL, FALSE);
  WAIT_FOR (test_store_count (f->store, ICAM_TRACK_AUDIO) >= 10 && test_store_count (f->store, ICAM_TRACK_VIDEO) >= 10);
  g_assert_cmpuint (f->failed, ==, 0);
  g_assert_cmpint (icam_stream_pipeline_get_path (f->pipeline), ==, ICAM_PATH_RTSP_GST);
  stop (f);
}

static void
test_hang_in_the_middle (Fixture      *f,
                         gconstpointer data)
{
  g_autoptr (TestRtspServer) server
    = test_rtsp_server_new (TEST_RTSP_VIDEO, TEST_RTSP_OPEN, NULL, NULL);
  g_autofree char *uri = test_rtsp_server_dup_uri (server, "live");
  gint64 began_us;

  start (f, uri, NULL, NULL, FALSE);
  WAIT_FOR (test_store_count (f->store, ICAM_TRACK_VIDEO) >= 5);
  test_rtsp_server_hang (server, TRUE);
  began_us = g_get_monotonic_time ();
  WAIT_FOR (f->failed > 0);
  g_assert_cmpint (g_get_monotonic_time () - began_us, <, 8 * G_USEC_PER_SEC);
  g_assert_error (f->error, ICAM_ERROR, ICAM_ERROR_STREAM_SILENT);
  g_assert_cmpint (f->cause, ==, ICAM_GAP_CAMERA_SILENT);
  g_assert_cmpint (test_store_get_cause (f->store), ==, ICAM_GAP_CAMERA_SILENT);
}

static void
test_hang_at_the_start (Fixture      *f,
                        gconstpointer data)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  guint16 port = g_socket_listener_add_any_inet_port (listener, NULL, NULL);
  g_autofree char *uri = g_strdup_printf ("rtsp://127.0.0.1:%u/live", port);
  gint64 began_us = g_get_monotonic_time ();

  start (f, uri, NULL, NULL, FALSE);
  WAIT_FOR (f->failed > 0);
  g_assert_cmpint (g_get_monotonic_time () - began_us, <, 8 * G_USEC_PER_SEC);
  g_assert_error (f->error, ICAM_ERROR, ICAM_ERROR_STREAM_SILENT);
  g_assert_cmpint (f->cause, ==, ICAM_GAP_CAMERA_SILENT);
}

static void
test_nobody_there (Fixture      *f,
                   gconstpointer data)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  guint16 port = g_socket_listener_add_any_inet_port (listener, NULL, NULL);
  g_autofree char *uri = g_strdup_printf ("rtsp://127.0.0.1:%u/live", port);

  g_socket_listener_close (listener);
  start (f, uri, NULL, NULL, FALSE);
  WAIT_FOR (f->failed > 0);
  g_assert_error (f->error, ICAM_ERROR, ICAM_ERROR_UNREACHABLE);
  g_assert_cmpint (f->cause, ==, ICAM_GAP_CAMERA_GONE);
}

static void
test_no_such_stream (Fixture      *f,
                     gconstpointer data)
{
  g_autoptr (TestRtspServer) server
    = test_rtsp_server_new (TEST_RTSP_VIDEO, TEST_RTSP_OPEN, NULL, NULL);
  g_autofree char *uri = test_rtsp_server_dup_uri (server, "elsewhere");

  start (f, uri, NULL, NULL, FALSE);
  WAIT_FOR (f->failed > 0);
  g_assert_error (f->error, ICAM_ERROR, ICAM_ERROR_NO_STREAM);
}

static void
test_password (Fixture      *f,
               gconstpointer data)
{
  TestRtspAuth auth = GPOINTER_TO_INT (data);
  g_autoptr (TestRtspServer) server
    = test_rtsp_server_new (TEST_RTSP_VIDEO, auth, "viewer", "correct horse");
  g_autofree char *uri = test_rtsp_server_dup_uri (server, "live");

  start (f, uri, "viewer", "wrong horse", FALSE);
  WAIT_FOR (f->failed > 0);
  g_assert_error (f->error, ICAM_ERROR, ICAM_ERROR_WRONG_PASSWORD);
  g_assert_cmpint (f->cause, ==, ICAM_GAP_WRONG_PASSWORD);
  stop (f);

  start (f, uri, NULL, NULL, FALSE);
  WAIT_FOR (f->failed > 1);
  g_assert_error (f->error, ICAM_ERROR, ICAM_ERROR_PASSWORD_NEEDED);
  stop (f);

  start (f, uri, "viewer", "correct horse", FALSE);
  WAIT_FOR (f->connected > 0);
}

static void
test_camera_goes (Fixture      *f,
                  gconstpointer data)
{
  TestRtspServer *server = test_rtsp_server_new (TEST_RTSP_VIDEO, TEST_RTSP_OPEN, NULL, NULL);
  g_autofree char *uri = test_rtsp_server_dup_uri (server, "live");

  start (f, uri, NULL, NULL, FALSE);
  WAIT_FOR (f->connected > 0);
  test_rtsp_server_free (server);
  WAIT_FOR (f->failed > 0);
  g_assert_error (f->error, ICAM_ERROR, ICAM_ERROR_UNREACHABLE);
  g_assert_cmpint (f->cause, ==, ICAM_GAP_CAMERA_GONE);
}

/* Stopping at any moment of the start is safe. */
static void
test_stop_early (Fixture      *f,
                 gconstpointer data)
{
  g_autoptr (TestRtspServer) server
    = test_rtsp_server_new (TEST_RTSP_VIDEO, TEST_RTSP_OPEN, NULL, NULL);
  g_autofree char *uri = test_rtsp_server_dup_uri (server, "live");

  for (guint i = 0; i < 12; i++)
    {
      start (f, uri, NULL, NULL, (i & 1) != 0);
      for (guint k = 0; k < i; k++)
        {
          g_timeout_add (5, wake_once_cb, NULL);
          g_main_context_iteration (NULL, TRUE);
        }
      stop (f);
    }
  /* A server that is just taking its stream down may say so (503). */
  if (f->error != NULL)
    g_assert_error (f->error, ICAM_ERROR, ICAM_ERROR_BAD_ANSWER);
}

static void
test_probe_to_session (Fixture      *f,
                       gconstpointer data)
{
  g_autoptr (TestRtspServer) server
    = test_rtsp_server_new (TEST_RTSP_VIDEO, TEST_RTSP_OPEN, NULL, NULL);
  g_autofree char *uri = test_rtsp_server_dup_uri (server, "live");
  TestStore *store = g_steal_pointer (&f->store);

  start (f, uri, NULL, NULL, FALSE);
  WAIT_FOR (f->connected > 0);
  f->store = store;
  icam_stream_pipeline_set_store (f->pipeline, ICAM_SEGMENT_STORE (store));
  WAIT_FOR (test_store_count (store, ICAM_TRACK_VIDEO) >= 5);
  icam_stream_pipeline_set_store (f->pipeline, NULL);
  g_assert_cmpuint (test_store_count (store, ICAM_TRACK_VIDEO), >=, 5);
}

/* How many bytes have to come from a server of ours before the reader is woken for them; 0 without a connection. */
static int
mark_of (const char *text)
{
  g_autoptr (GUri) uri = g_uri_parse (text, G_URI_FLAGS_NONE, NULL);
  int port = g_uri_get_port (uri);

  for (int fd = 0; fd < 1024; fd++)
    {
      struct sockaddr_in peer = { 0 };
      socklen_t length = sizeof peer;
      int mark = 0;

      if (getpeername (fd, (struct sockaddr *) &peer, &length) != 0 || peer.sin_family != AF_INET || ntohs (peer.sin_port) != port)
        continue;
      length = sizeof mark;
      g_assert_cmpint (getsockopt (fd, SOL_SOCKET, SO_RCVLOWAT, &mark, &length), ==, 0);
      return mark;
    }

  return 0;
}

/* Whoever looks has each packet read as it comes from the moment he looks, and until the last one has gone. */
static void
test_watched (Fixture      *f,
              gconstpointer data)
{
  g_autoptr (TestRtspServer) server = test_rtsp_server_new (TEST_RTSP_VIDEO, TEST_RTSP_OPEN, NULL, NULL);
  g_autofree char *uri = test_rtsp_server_dup_uri (server, "live");
  int first, second;

  /* Also before there is a connection. */
  first = icam_live_stream_open (f->live, NULL);
  start (f, uri, NULL, NULL, FALSE);
  WAIT_FOR (f->connected > 0 && mark_of (uri) == 1);
  close (first);
  WAIT_FOR (mark_of (uri) > 1);

  /* At once: nothing but this call can have seen to it. */
  first = icam_live_stream_open (f->live, NULL);
  g_assert_cmpint (mark_of (uri), ==, 1);
  second = icam_live_stream_open (f->live, NULL);
  close (first);
  WAIT_FOR (icam_live_stream_get_viewers (f->live) == 1);
  g_assert_cmpint (mark_of (uri), ==, 1);
  close (second);
  WAIT_FOR (mark_of (uri) > 1);

  /* A connection that has ended is told nothing. */
  icam_stream_pipeline_stop (f->pipeline, ICAM_GAP_PAUSED);
  second = icam_live_stream_open (f->live, NULL);
  g_assert_cmpint (mark_of (uri), !=, 1);
  close (second);
}

static void
test_motion (Fixture      *f,
             gconstpointer data)
{
  g_autoptr (TestRtspServer) server
    = test_rtsp_server_new (TEST_RTSP_VIDEO, TEST_RTSP_OPEN, NULL, NULL);
  g_autofree char *uri = test_rtsp_server_dup_uri (server, "live");
  g_autoptr (GBytes) jpeg = NULL;
  g_autofree char *comment = NULL;
  char text[ICAM_UUID_TEXT_SIZE];
  gint64 utc_us = 0;

  start (f, uri, NULL, NULL, TRUE);
  WAIT_FOR (g_strcmp0 (f->detector, "warming-up") == 0);
  WAIT_FOR (g_strcmp0 (f->detector, "healthy") == 0);
  WAIT_FOR (f->moving && f->motions >= 3);

  jpeg = icam_stream_pipeline_take_best_picture (f->pipeline, &utc_us);
  g_assert_nonnull (jpeg);
  g_assert_cmpint (utc_us, >, 0);
  icam_uuid_format (&f->channel, text);
  comment = g_strdup_printf ("icam channel=%s utc=%" G_GINT64_FORMAT, text, utc_us);
  g_assert_nonnull (memmem (g_bytes_get_data (jpeg, NULL), g_bytes_get_size (jpeg), comment,
                            strlen (comment)));

  /* Off and on again while it runs. */
  icam_stream_pipeline_set_detect (f->pipeline, FALSE);
  f->motions = 0;
  f->detector = NULL;
  icam_stream_pipeline_set_detect (f->pipeline, TRUE);
  WAIT_FOR (g_strcmp0 (f->detector, "healthy") == 0 && f->motions > 0);
  g_assert_cmpuint (f->failed, ==, 0);
}

/* GStreamer 1.22's jitter buffer may push an event without a sequence number when it is stopped in the moment of its first packet: harmless,
 * and not ours. */
static gboolean
fatal_cb (const char    *domain,
          GLogLevelFlags level,
          const char    *message,
          gpointer       data)
{
  return g_strcmp0 (domain, "GStreamer") != 0 || strstr (message, "GST_SEQNUM_INVALID") == NULL;
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_log_set_fatal_handler (fatal_cb, NULL);
  icam_media_init ();

#define ADD(path, func, data) g_test_add (path, Fixture, data, setup, func, teardown)
  ADD ("/media/pipeline/record", test_record, NULL);
  ADD ("/media/pipeline/sound", test_sound, NULL);
  ADD ("/media/pipeline/tls", test_tls, NULL);
  ADD ("/media/pipeline/udp", test_udp, NULL);
  ADD ("/media/pipeline/unknown-payload", test_unknown_payload, NULL);
  ADD ("/media/pipeline/hang-in-the-middle", test_hang_in_the_middle, NULL);
  ADD ("/media/pipeline/hang-at-the-start", test_hang_at_the_start, NULL);
  ADD ("/media/pipeline/nobody-there", test_nobody_there, NULL);
  ADD ("/media/pipeline/no-such-stream", test_no_such_stream, NULL);
  ADD ("/media/pipeline/password-basic", test_password, GINT_TO_POINTER (TEST_RTSP_BASIC));
  ADD ("/media/pipeline/password-digest", test_password, GINT_TO_POINTER (TEST_RTSP_DIGEST));
  ADD ("/media/pipeline/camera-goes", test_camera_goes, NULL);
  ADD ("/media/pipeline/stop-early", test_stop_early, NULL);
  ADD ("/media/pipeline/probe-to-session", test_probe_to_session, NULL);
  ADD ("/media/pipeline/watched", test_watched, NULL);
  ADD ("/media/pipeline/motion", test_motion, NULL);

  return g_test_run ();
}
