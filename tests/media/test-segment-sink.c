/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "media/icam-media.h"
#include "media/icam-segment-sink.h"

#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <gst/check/gstharness.h>
#include <gst/pbutils/pbutils.h>
#include <string.h>
#include <unistd.h>

#include "base/icam-clock.h"
#include "media/icam-frame-time.h"
#include "test-clip.h"
#include "test-store.h"

#define FIRST_US G_GINT64_CONSTANT (1700000000000000)

static GstHarness *
make_harness (TestStore *store,
              GstCaps   *caps)
{
  GstHarness *h = gst_harness_new_with_padnames ("icamsegmentsink", "video", NULL);

  g_object_set (h->element, "store", store, NULL);
  gst_harness_set_src_caps (h, gst_caps_ref (caps));
  return h;
}

static void
push (GstHarness *h,
      GPtrArray  *units,
      guint       i)
{
  GstBuffer *buffer = gst_buffer_copy (g_ptr_array_index (units, i));

  icam_frame_time_set (buffer, FIRST_US + i * 66667, 1000 + i);
  g_assert_cmpint (gst_harness_push (h, buffer), ==, GST_FLOW_OK);
}

static void
test_packets (gconstpointer data)
{
  g_autoptr (GstCaps) caps = NULL;
  g_autoptr (GPtrArray) units = test_clip_new ("ball", data, 320, 240, 40, &caps);
  g_autoptr (TestStore) store = test_store_new ();
  GstHarness *h = make_harness (store, caps);
  IcamTrack *track;

  for (guint i = 0; i < units->len; i++)
    push (h, units, i);
  g_assert_cmpuint (test_store_count (store, ICAM_TRACK_VIDEO), ==, 40);
  track = test_store_get_track (store, ICAM_TRACK_VIDEO);
  g_assert_cmpuint (track->width, ==, 320);
  g_assert_cmpuint (track->height, ==, 240);
  g_assert_cmpint (track->frame_duration_us, ==, 66666);

  for (guint i = 0; i < units->len; i++)
    {
      IcamPacket *packet = test_store_get (store, ICAM_TRACK_VIDEO, i);
      GstBuffer *unit = g_ptr_array_index (units, i);
      GstMapInfo map;

      g_assert_cmpint (packet->utc_us, ==, FIRST_US + i * 66667);
      g_assert_cmpint (packet->arrival_us, ==, 1000 + i);
      g_assert_cmpint ((packet->flags & ICAM_PACKET_KEY) != 0, ==,
                       track->codec == ICAM_CODEC_MJPEG
                         || !GST_BUFFER_FLAG_IS_SET (unit, GST_BUFFER_FLAG_DELTA_UNIT));
      gst_buffer_map (unit, &map, GST_MAP_READ);
      g_assert_cmpmem (g_bytes_get_data (packet->data, NULL), g_bytes_get_size (packet->data),
                       map.data, map.size);
      gst_buffer_unmap (unit, &map);
    }
  gst_harness_teardown (h);
  g_assert_cmpint (test_store_get_cause (store), ==, ICAM_GAP_RECORDER_STOPPED);
}

/* Recording begins at a key frame, whenever the store comes. */
static void
test_late_store (void)
{
  g_autoptr (GstCaps) caps = NULL;
  g_autoptr (GPtrArray) units = test_clip_new ("ball", TEST_CLIP_AVC, 320, 240, 40, &caps);
  g_autoptr (TestStore) store = test_store_new ();
  GstHarness *h = make_harness (NULL, caps);

  for (guint i = 0; i < 20; i++)
    push (h, units, i);
  icam_segment_sink_set_store (ICAM_SEGMENT_SINK (h->element), ICAM_SEGMENT_STORE (store));
  for (guint i = 20; i < 40; i++)
    push (h, units, i);
  g_assert_cmpuint (test_store_count (store, ICAM_TRACK_VIDEO), ==, 10);
  g_assert_cmpint (test_store_get (store, ICAM_TRACK_VIDEO, 0)->utc_us, ==, FIRST_US + 30 * 66667);

  icam_segment_sink_interrupt (ICAM_SEGMENT_SINK (h->element), ICAM_GAP_CAMERA_SILENT);
  push (h, units, 30);
  g_assert_cmpuint (test_store_count (store, ICAM_TRACK_VIDEO), ==, 10);
  g_assert_cmpint (test_store_get_cause (store), ==, ICAM_GAP_CAMERA_SILENT);
  gst_harness_teardown (h);
}

static void
test_discont (void)
{
  g_autoptr (GstCaps) caps = NULL;
  g_autoptr (GPtrArray) units = test_clip_new ("ball", TEST_CLIP_AVC, 320, 240, 20, &caps);
  g_autoptr (TestStore) store = test_store_new ();
  GstHarness *h = make_harness (store, caps);
  GstBuffer *junk = gst_buffer_new_memdup ("\0\0\1\0x", 5);

  for (guint i = 0; i < 3; i++)
    push (h, units, i);
  /* An access unit that is none is left out, and what follows says so. */
  GST_BUFFER_FLAG_SET (junk, GST_BUFFER_FLAG_DELTA_UNIT);
  g_assert_cmpint (gst_harness_push (h, junk), ==, GST_FLOW_OK);
  push (h, units, 3);
  push (h, units, 4);
  g_assert_cmpuint (test_store_count (store, ICAM_TRACK_VIDEO), ==, 5);
  g_assert_true (test_store_get (store, ICAM_TRACK_VIDEO, 3)->flags & ICAM_PACKET_DISCONT);
  g_assert_false (test_store_get (store, ICAM_TRACK_VIDEO, 4)->flags & ICAM_PACKET_DISCONT);
  gst_harness_teardown (h);
}

static void
test_new_size (void)
{
  g_autoptr (GstCaps) caps = NULL;
  g_autoptr (GstCaps) other_caps = NULL;
  g_autoptr (GPtrArray) units = test_clip_new ("ball", TEST_CLIP_AVC, 320, 240, 5, &caps);
  g_autoptr (GPtrArray) other = test_clip_new ("ball", TEST_CLIP_AVC, 176, 144, 5, &other_caps);
  g_autoptr (TestStore) store = test_store_new ();
  GstHarness *h = make_harness (store, caps);

  for (guint i = 0; i < 5; i++)
    push (h, units, i);
  gst_harness_set_src_caps (h, gst_caps_ref (other_caps));
  g_assert_cmpuint (test_store_get_track (store, ICAM_TRACK_VIDEO)->width, ==, 176);
  for (guint i = 0; i < 5; i++)
    push (h, other, i);
  g_assert_cmpuint (test_store_count (store, ICAM_TRACK_VIDEO), ==, 10);
  gst_harness_teardown (h);
}

/* As with gst-launch: the whole way into a file that any player opens. */
static void
test_file (gconstpointer data)
{
  g_autofree char *folder = g_dir_make_tmp ("icam-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "test.mkv", NULL);
  gboolean sound = g_strcmp0 (data, TEST_CLIP_AVC) == 0;
  /* Live where two streams must keep step. */
  g_autofree char *launch = g_strdup_printf (
    "videotestsrc num-buffers=60 is-live=%s ! video/x-raw,width=320,height=240,framerate=15/1 ! "
    "%s ! sink.video  icamsegmentsink name=sink location=%s %s",
    sound ? "true" : "false", (const char *) data, path,
    sound ? "audiotestsrc is-live=true num-buffers=172 ! audio/x-raw,rate=44100,channels=1 ! avenc_aac ! "
            "aacparse ! audio/mpeg,stream-format=raw ! sink.audio"
          : "");
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) pipeline = gst_parse_launch (launch, &error);
  g_autoptr (GstBus) bus = NULL;
  g_autoptr (GstMessage) message = NULL;
  g_autoptr (IcamMkvReader) reader = NULL;
  g_autoptr (GArray) keys = NULL;
  g_autofree char *uri = g_filename_to_uri (path, NULL, NULL);
  g_autoptr (GstDiscoverer) discoverer = NULL;
  g_autoptr (GstDiscovererInfo) info = NULL;
  g_autolist (GstDiscovererStreamInfo) video = NULL;
  g_autolist (GstDiscovererStreamInfo) audio = NULL;
  IcamPacket packet;
  guint n[ICAM_N_TRACKS] = { 0 };
  int fd;

  g_assert_no_error (error);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  bus = gst_element_get_bus (pipeline);
  message = gst_bus_timed_pop_filtered (bus, 30 * GST_SECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  g_assert_nonnull (message);
  g_assert_cmpint (GST_MESSAGE_TYPE (message), ==, GST_MESSAGE_EOS);
  gst_element_set_state (pipeline, GST_STATE_NULL);

  fd = g_open (path, O_RDONLY | O_CLOEXEC, 0);
  g_assert_cmpint (fd, >=, 0);
  reader = icam_mkv_reader_new (fd, &error);
  g_assert_no_error (error);
  g_assert_true (icam_mkv_reader_is_closed (reader));
  keys = icam_mkv_reader_dup_key_frames (reader);
  g_assert_cmpuint (keys->len, >=, 4);
  while (icam_mkv_reader_next (reader, &packet, &error))
    {
      n[packet.track]++;
      icam_packet_clear (&packet);
    }
  g_assert_no_error (error);
  g_assert_cmpuint (n[ICAM_TRACK_VIDEO], ==, 60);
  g_assert_cmpuint (n[ICAM_TRACK_AUDIO], >=, sound ? 100 : 0);

  discoverer = gst_discoverer_new (20 * GST_SECOND, &error);
  g_assert_no_error (error);
  info = gst_discoverer_discover_uri (discoverer, uri, &error);
  g_assert_no_error (error);
  video = gst_discoverer_info_get_video_streams (info);
  audio = gst_discoverer_info_get_audio_streams (info);
  g_assert_cmpuint (g_list_length (video), ==, 1);
  g_assert_cmpuint (g_list_length (audio), ==, sound ? 1 : 0);
  g_assert_cmpuint (gst_discoverer_video_info_get_width (video->data), ==, 320);
  g_assert_cmpuint (gst_discoverer_info_get_duration (info) / GST_MSECOND, >=, 3900);
  g_assert_cmpuint (gst_discoverer_info_get_duration (info) / GST_MSECOND, <=, 4200);

  g_clear_pointer (&reader, icam_mkv_reader_free);
  close (fd);
  g_unlink (path);
  g_rmdir (folder);
}

/* ---- times ---- */

static void
test_anchor (void)
{
  IcamAnchor anchor;
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);
  gint64 last = 0, worst = 0;

  icam_anchor_init (&anchor);
  /* The network delays by up to 80 ms, now and then by a second; the camera's clock runs 200 ppm fast. */
  for (gint64 i = 0; i < 15 * 600; i++)
    {
      gint64 captured = i * 66667 + 1000000;
      gint64 delay = 2000 + g_rand_int_range (rand, 0, 80000) + (i % 500 == 250 ? 1000000 : 0);
      gint64 media = captured + captured / 5000;
      gint64 told = icam_anchor_capture (&anchor, media, captured + delay);

      g_assert_cmpint (told, >, last);
      /* While the least delay is still being found, a picture may be dated ahead of its arrival. */
      g_assert_cmpint (told, <=, captured + delay + (i > 30 ? 0 : 80000));
      if (i > 200)
        worst = MAX (worst, ABS (told - captured));
      last = told;
    }
  g_test_message ("worst error %" G_GINT64_FORMAT " us", worst);
  g_assert_cmpint (worst, <, 25000);

  /* The camera restarts its time stamps. */
  for (gint64 i = 0; i < 100; i++)
    {
      gint64 captured = (15 * 600 + i) * 66667 + 1000000;
      gint64 told = icam_anchor_capture (&anchor, i * 66667, captured + 2000);

      g_assert_cmpint (ABS (told - captured), <, 30000);
      g_assert_cmpint (told, >, last);
      last = told;
    }

  /* Nothing for a minute, then it goes on. */
  for (gint64 i = 0; i < 100; i++)
    {
      gint64 captured = (15 * 600 + 100 + i) * 66667 + 61000000;
      gint64 told = icam_anchor_capture (&anchor, (100 + i) * 66667 + 60000000, captured + 2000);

      g_assert_cmpint (ABS (told - captured), <, 40000);
      g_assert_cmpint (told, >, last);
      last = told;
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  icam_media_init ();
  g_test_add_data_func ("/media/segment-sink/h264", TEST_CLIP_AVC, test_packets);
  g_test_add_data_func ("/media/segment-sink/h265", TEST_CLIP_HVC1, test_packets);
  g_test_add_data_func ("/media/segment-sink/mjpeg", TEST_CLIP_JPEG, test_packets);
  g_test_add_func ("/media/segment-sink/late-store", test_late_store);
  g_test_add_func ("/media/segment-sink/discont", test_discont);
  g_test_add_func ("/media/segment-sink/new-size", test_new_size);
  g_test_add_data_func ("/media/segment-sink/file-h264", TEST_CLIP_AVC, test_file);
  g_test_add_data_func ("/media/segment-sink/file-h265", TEST_CLIP_HVC1, test_file);
  g_test_add_data_func ("/media/segment-sink/file-mjpeg", TEST_CLIP_JPEG, test_file);
  g_test_add_func ("/media/frame-time/anchor", test_anchor);
  return g_test_run ();
}
