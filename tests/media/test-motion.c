/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "media/icam-media.h"
#include "media/icam-motion-detector.h"

#include <gst/app/gstappsink.h>
#include <gst/check/gstharness.h>
#include <gst/video/video.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "media/icam-motion.h"

#define WIDTH 640
#define HEIGHT 360
#define FRAME_US 66667

/* ---- synthetic scenes ---- */

typedef struct
{
  IcamMotionDetector *detector;
  GRand *rand;
  guint8 *background, *frame;
  gint64 time_us;
} Scene;

static void
setup (Scene        *s,
       gconstpointer data)
{
  s->detector = icam_motion_detector_new ();
  s->rand = g_rand_new_with_seed (42);
  s->background = g_malloc (WIDTH * HEIGHT);
  s->frame = g_malloc (WIDTH * HEIGHT);
  s->time_us = G_GINT64_CONSTANT (1700000000000000);
  /* Blocks of grey: a scene with edges and flat places. */
  for (guint y = 0; y < HEIGHT; y++)
    for (guint x = 0; x < WIDTH; x++)
      s->background[y * WIDTH + x] = (guint8) (60 + 20 * ((x / 80 + y / 60) % 5));
}

static void
teardown (Scene        *s,
          gconstpointer data)
{
  icam_motion_detector_free (s->detector);
  g_rand_free (s->rand);
  g_free (s->background);
  g_free (s->frame);
}

/* The next frame: @gain times the background, noise of @noise levels, and a person of 24x64 at x if that is not negative. */
static void
show (Scene            *s,
      double            gain,
      int               noise,
      int               x0,
      IcamMotionResult *result)
{
  for (guint i = 0; i < WIDTH * HEIGHT; i++)
    {
      int v = (int) (s->background[i] * gain);

      if (noise > 0)
        v += g_rand_int_range (s->rand, -noise, noise + 1);
      s->frame[i] = (guint8) CLAMP (v, 0, 255);
    }
  if (x0 >= 0)
    for (int y = 200; y < 264; y++)
      for (int x = x0; x < MIN (x0 + 24, WIDTH); x++)
        s->frame[y * WIDTH + x] = (guint8) (y % 16 < 8 ? 190 : 30);

  icam_motion_detector_see (s->detector, s->frame, WIDTH, HEIGHT, WIDTH, s->time_us, result);
  s->time_us += FRAME_US;
}

static void
test_warm_up (Scene        *s,
              gconstpointer data)
{
  IcamMotionResult result;

  show (s, 1, 4, 100, &result);
  g_assert_false (result.warm);
  for (guint i = 0; i < 60 && !result.warm; i++)
    {
      show (s, 1, 4, 100 + (int) i * 5, &result);
      if (!result.warm)
        g_assert_false (result.moving);
    }
  g_assert_true (result.warm);
}

static void
test_quiet (Scene        *s,
            gconstpointer data)
{
  IcamMotionResult result;

  for (guint i = 0; i < 600; i++)
    {
      show (s, 1, GPOINTER_TO_INT (data), -1, &result);
      g_assert_false (result.moving);
    }
  g_assert_true (result.warm);
}

static void
test_walk (Scene        *s,
           gconstpointer data)
{
  IcamMotionResult result;
  guint seen = 0, right = 0;

  for (guint i = 0; i < 60; i++)
    show (s, 1, 4, -1, &result);
  for (int i = 0; i < 100; i++)
    {
      int x = i * 5;

      show (s, 1, 4, x, &result);
      seen += result.moving;
      if (result.n_boxes > 0)
        {
          const IcamMotionBox *box = &result.boxes[0];

          right += (int) box->x <= x + 24 && (int) (box->x + box->width) >= x && box->y <= 264
                   && box->y + box->height >= 200;
          g_assert_cmpfloat (result.score, >, 0);
          g_assert_cmpfloat (result.score, <, 0.5);
        }
    }
  g_assert_cmpuint (seen, >, 90);
  g_assert_cmpuint (right, ==, seen);

  /* Gone, and no ghost is left. */
  for (guint i = 0; i < 12; i++)
    show (s, 1, 4, -1, &result);
  for (guint i = 0; i < 60; i++)
    {
      show (s, 1, 4, -1, &result);
      g_assert_false (result.moving);
    }
}

/* Who was there from the beginning and leaves is not seen for ever where he was. */
static void
test_ghost (Scene        *s,
            gconstpointer data)
{
  IcamMotionResult result;

  for (guint i = 0; i < 60; i++)
    show (s, 1, 4, 300, &result);
  show (s, 1, 4, -1, &result);
  for (guint i = 0; i < 15; i++)
    show (s, 1, 4, -1, &result);
  for (guint i = 0; i < 100; i++)
    {
      show (s, 1, 4, -1, &result);
      g_assert_false (result.moving);
    }
}

/* A cloud: all of the picture gets a third darker within two seconds, and lighter again. */
static void
test_cloud (Scene        *s,
            gconstpointer data)
{
  IcamMotionResult result;
  guint lit = 0;

  for (guint i = 0; i < 90; i++)
    show (s, 1, 3, -1, &result);
  for (guint i = 0; i < 180; i++)
    {
      show (s, 1 - 0.17 * (1 - cos (i * G_PI / 30)), 3, -1, &result);
      lit += result.moving;
    }
  g_test_message ("a cloud lit %u of 180 frames", lit);
  g_assert_cmpuint (lit, <, 5);
}

/* A clock that the camera draws: seconds change all the time, minutes now and then. Neither is motion, but who walks through it is. */
static void
test_clock (Scene        *s,
            gconstpointer data)
{
  IcamMotionResult result;
  guint lit = 0, seen = 0;
  g_autofree guint8 *plain = g_memdup2 (s->background, WIDTH * HEIGHT);

  for (guint i = 0; i < 15 * 200; i++)
    {
      for (guint digit = 0; digit < 8; digit++)
        {
          /* The last changes 15 times a second, each before it seven times as seldom. */
          guint value = i;

          for (guint k = digit; k < 7; k++)
            value /= 7;
          for (guint y = 0; y < 16; y++)
            for (guint x = 0; x < 12; x++)
              s->background[(10 + y) * WIDTH + 16 + digit * 14 + x]
                = (value * 2654435761u >> ((x / 4 + y / 4 * 3) % 24)) & 1 ? 230 : 20;
        }
      show (s, 1, 4, -1, &result);
      lit += result.moving;
    }
  g_test_message ("a clock lit %u of 3000 frames", lit);
  g_assert_cmpuint (lit, <, 5);

  memcpy (s->background, plain, WIDTH * HEIGHT);
  for (guint i = 0; i < 40; i++)
    show (s, 1, 4, -1, &result);
  for (guint i = 0; i < 30; i++)
    {
      show (s, 1, 4, (int) i * 6, &result);
      seen += result.moving;
    }
  g_assert_cmpuint (seen, >, 24);
}

static void
test_switched (Scene        *s,
               gconstpointer data)
{
  IcamMotionResult result;
  guint lit = 0, light = 0;

  for (guint i = 0; i < 60; i++)
    show (s, 1, 3, -1, &result);
  for (guint i = 0; i < 60; i++)
    {
      show (s, i < 30 ? 1.6 : 1, 3, -1, &result);
      lit += result.moving;
      light += result.light;
    }
  g_assert_cmpuint (lit, ==, 0);
  g_assert_cmpuint (light, >=, 2);

  /* It still sees. */
  for (guint i = 0; i < 30; i++)
    show (s, 1, 3, -1, &result);
  for (guint i = 0; i < 20; i++)
    {
      show (s, 1, 3, (int) i * 6, &result);
      lit += result.moving;
    }
  g_assert_cmpuint (lit, >, 15);
}

static void
test_sizes (void)
{
  static const guint sizes[][2] = {
    { 64, 32 }, { 65, 33 }, { 176, 144 }, { 320, 240 }, { 352, 288 }, { 641, 361 },
    { 704, 576 }, { 1280, 720 }, { 1920, 1080 }, { 2592, 1944 }, { 5120, 2880 }, { 330, 1300 },
  };
  g_autoptr (IcamMotionDetector) detector = icam_motion_detector_new ();
  IcamMotionResult result;

  for (guint k = 0; k < G_N_ELEMENTS (sizes); k++)
    {
      guint width = sizes[k][0], height = sizes[k][1];
      /* Not a byte more than the picture: a sanitizer sees what reads beyond it. */
      g_autofree guint8 *frame = g_malloc (width * height);
      guint moved = 0;

      for (guint i = 0; i < 40; i++)
        {
          memset (frame, 100, width * height);
          if (i > 30)
            for (guint y = height / 4; y < height / 4 * 3; y++)
              memset (frame + y * width + (i - 30) * width / 20, 200, width / 8);
          icam_motion_detector_see (detector, frame, width, height, width,
                                    (gint64) (k * 40 + i) * FRAME_US, &result);
          moved += result.moving;
          for (guint b = 0; b < result.n_boxes; b++)
            {
              g_assert_cmpuint (result.boxes[b].x + result.boxes[b].width, <=, width);
              g_assert_cmpuint (result.boxes[b].y + result.boxes[b].height, <=, height);
            }
        }
      g_assert_cmpuint (moved, >, 4);
    }

  /* What is no picture is not looked at. */
  icam_motion_detector_see (detector, NULL, 10, 10, 10, 0, &result);
  icam_motion_detector_see (detector, NULL, 100000, 100, 100000, 0, &result);
  g_assert_false (result.warm);
}

/* ---- the element ---- */

static void
test_element (void)
{
  GstHarness *h = gst_harness_new ("icammotion");
  GstBus *bus = gst_bus_new ();
  guint messages = 0, ends = 0;
  GstMessage *message;
  GstVideoInfo info;

  gst_element_set_bus (h->element, bus);
  gst_video_info_set_format (&info, GST_VIDEO_FORMAT_I420, 320, 240);
  info.fps_n = 15;
  info.fps_d = 1;
  gst_harness_set_src_caps (h, gst_video_info_to_caps (&info));
  for (guint i = 0; i < 80; i++)
    {
      GstBuffer *buffer = gst_buffer_new_allocate (NULL, info.size, NULL);
      GstBuffer *out;

      gst_buffer_memset (buffer, 0, 80, info.size);
      if (i > 40 && i < 60)
        for (guint y = 60; y < 180; y++)
          gst_buffer_memset (buffer, y * 320 + i * 4, 200, 30);
      GST_BUFFER_PTS (buffer) = i * FRAME_US * 1000;
      out = gst_harness_push_and_pull (h, gst_buffer_ref (buffer));
      /* Pictures pass as they are. */
      g_assert_true (out == buffer);
      gst_buffer_unref (out);
      gst_buffer_unref (buffer);
    }

  while ((message = gst_bus_pop (bus)) != NULL)
    {
      if (gst_message_has_name (message, "icam-motion"))
        {
          const GstStructure *s = gst_message_get_structure (message);
          gboolean moving;

          g_assert_true (gst_structure_get_boolean (s, "moving", &moving));
          messages++;
          ends += !moving;
          if (moving)
            {
              g_assert_cmpuint (gst_value_array_get_size (gst_structure_get_value (s, "boxes")) % 4,
                                ==, 0);
              g_assert_cmpuint (gst_value_array_get_size (gst_structure_get_value (s, "boxes")), >,
                                0);
            }
        }
      gst_message_unref (message);
    }
  g_assert_cmpuint (messages, >, 15);
  g_assert_cmpuint (ends, >=, 1);
  gst_harness_teardown (h);
  gst_object_unref (bus);
}

/* ---- real footage ---- */

typedef struct
{
  GArray *moving;  /* of gboolean, a frame each */
  GArray *light;
  double seconds;  /* that the detector took */
} Run;

static gboolean
watch (const char *name,
       double      rate,
       Run        *run)
{
  const char *shared = g_getenv ("ICAM_SHARED");
  g_autofree char *folder = shared != NULL
                              ? g_strdup (shared)
                              : g_test_build_filename (G_TEST_DIST, "..", "..", "shared", NULL);
  g_autofree char *path = g_build_filename (folder, "footage", name, NULL);
  g_autofree char *launch = NULL;
  g_autoptr (GstElement) pipeline = NULL;
  g_autoptr (GstElement) source = NULL;
  g_autoptr (GstElement) sink = NULL;
  g_autoptr (IcamMotionDetector) detector = icam_motion_detector_new ();
  g_autoptr (GError) error = NULL;
  GstSample *sample;
  gint64 taken_us = 0;
  guint i = 0;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_autofree char *why = g_strdup_printf ("%s is not there (ICAM_SHARED)", name);

      g_test_skip (why);
      return FALSE;
    }

  launch = g_strdup ("filesrc name=source ! decodebin ! videoconvert ! video/x-raw,format=I420 ! "
                     "appsink name=sink sync=false max-buffers=8");
  pipeline = gst_parse_launch (launch, &error);
  g_assert_no_error (error);
  source = gst_bin_get_by_name (GST_BIN (pipeline), "source");
  sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  g_object_set (source, "location", path, NULL);
  run->moving = g_array_new (FALSE, TRUE, sizeof (gboolean));
  run->light = g_array_new (FALSE, TRUE, sizeof (gboolean));
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  while ((sample = gst_app_sink_pull_sample (GST_APP_SINK (sink))) != NULL)
    {
      GstVideoInfo info;
      GstVideoFrame frame;
      IcamMotionResult result;
      gboolean moving;
      gint64 began_us;

      g_assert_true (gst_video_info_from_caps (&info, gst_sample_get_caps (sample)));
      g_assert_true (gst_video_frame_map (&frame, &info, gst_sample_get_buffer (sample), GST_MAP_READ));
      began_us = g_get_monotonic_time ();
      icam_motion_detector_see (detector, GST_VIDEO_FRAME_COMP_DATA (&frame, 0), (guint) info.width,
                                (guint) info.height,
                                (guint) GST_VIDEO_FRAME_COMP_STRIDE (&frame, 0),
                                (gint64) (++i * G_USEC_PER_SEC / rate), &result);
      taken_us += g_get_monotonic_time () - began_us;
      moving = result.moving;
      g_array_append_val (run->moving, moving);
      moving = result.light;
      g_array_append_val (run->light, moving);
      gst_video_frame_unmap (&frame);
      gst_sample_unref (sample);
    }
  gst_element_set_state (pipeline, GST_STATE_NULL);
  run->seconds = (double) taken_us / G_USEC_PER_SEC;
  g_test_message ("%s: %u frames, %.3f ms each", name, run->moving->len,
                  1000 * run->seconds / MAX (run->moving->len, 1));
  return TRUE;
}

static void
run_clear (Run *run)
{
  g_clear_pointer (&run->moving, g_array_unref);
  g_clear_pointer (&run->light, g_array_unref);
}

static gboolean
moves (const Run *run,
       guint      i)
{
  return g_array_index (run->moving, gboolean, i);
}

static double
score (const char    *name,
       const Run     *run,
       const guint8  *truth,
       guint          from)
{
  guint tp = 0, fp = 0, fn = 0;
  double f1;

  for (guint i = from; i < run->moving->len; i++)
    {
      if (truth[i] == 2) /* at the border of a visit: neither right nor wrong */
        continue;
      tp += truth[i] && moves (run, i);
      fp += !truth[i] && moves (run, i);
      fn += truth[i] && !moves (run, i);
    }
  f1 = tp > 0 ? 2.0 * tp / (2.0 * tp + fp + fn) : 0;
  g_test_message ("%s: F1 %.3f (right %u, false %u, missed %u)", name, f1, tp, fp, fn);
  return f1;
}

/* Visits in frames; each must be seen, and what lies between must stay dark. */
static void
check_visits (const char  *name,
              double       rate,
              const guint (*visits)[2],
              guint        n_visits,
              double       least)
{
  Run run = { 0 };
  g_autofree guint8 *truth = NULL;
  guint dark = 0, lit = 0;

  if (!watch (name, rate, &run))
    return;

  truth = g_malloc0 (run.moving->len + 10);
  for (guint v = 0; v < n_visits; v++)
    for (guint i = visits[v][0] - 3; i <= visits[v][1] + 3 && i < run.moving->len; i++)
      truth[i] = i >= visits[v][0] + 3 && i <= visits[v][1] - 3 ? 1 : 2;
  g_assert_cmpfloat (score (name, &run, truth, 20), >=, least);

  for (guint v = 0; v < n_visits; v++)
    {
      guint seen = 0;

      for (guint i = visits[v][0]; i <= visits[v][1] && i < run.moving->len; i++)
        seen += moves (&run, i);
      g_test_message ("%s: visit %u-%u seen in %u frames", name, visits[v][0], visits[v][1], seen);
      g_assert_cmpuint (seen, >=, 5);
    }
  for (guint i = 20; i < run.moving->len; i++)
    if (truth[i] == 0)
      {
        dark++;
        lit += moves (&run, i);
      }
  g_test_message ("%s: %u of %u empty frames lit", name, lit, dark);
  run_clear (&run);
}

static void
test_people (void)
{
  static const guint visits[][2]
    = { { 60, 200 }, { 227, 455 }, { 500, 703 }, { 745, 872 }, { 920, 1204 }, { 1235, 1362 } };

  check_visits ("intel-one-by-one-person-detection.mp4", 10, visits, G_N_ELEMENTS (visits), 0.8);
}

static void
test_cars (void)
{
  static const guint visits[][2] = { { 55, 105 }, { 178, 278 }, { 314, 348 } };

  check_visits ("intel-car-detection.mp4", 12.5, visits, G_N_ELEMENTS (visits), 0.75);
}

/* A frame counts if there is somebody in it. */
static void
check_mot (const char *name,
           const char *truth_name,
           double      rate,
           double      least)
{
  Run run = { 0 };
  const char *shared = g_getenv ("ICAM_SHARED");
  g_autofree char *folder = shared != NULL
                              ? g_strdup (shared)
                              : g_test_build_filename (G_TEST_DIST, "..", "..", "shared", NULL);
  g_autofree char *path = g_build_filename (folder, "footage", truth_name, NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  g_autofree guint8 *truth = NULL;

  if (!watch (name, rate, &run))
    return;
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  truth = g_malloc0 (run.moving->len + 10);
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      guint frame = (guint) strtoul (lines[i], NULL, 10);

      if (frame >= 1 && frame <= run.moving->len)
        truth[frame - 1] = 1;
    }
  g_assert_cmpfloat (score (name, &run, truth, (guint) (2.5 * rate)), >=, least);
  run_clear (&run);
}

static void
test_vtest (void)
{
  check_mot ("vtest.avi", "vtest.gt.txt", 10, 0.95);
}

static void
test_campus (void)
{
  check_mot ("TUD-Campus.mp4", "TUD-Campus.gt.txt", 25, 0.8);
}

/* A tree in the wind: printed; what waves is motion, whether it is wanted or not. */
static void
test_tree (void)
{
  Run run = { 0 };
  guint lit = 0;

  if (!watch ("tree.avi", 15, &run))
    return;
  for (guint i = 25; i < run.moving->len; i++)
    lit += moves (&run, i);
  g_test_message ("tree.avi: %u of %u frames lit", lit, run.moving->len - 25);
  run_clear (&run);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  icam_media_init ();

#define ADD(path, func, data) g_test_add (path, Scene, data, setup, func, teardown)
  ADD ("/media/motion/warm-up", test_warm_up, NULL);
  ADD ("/media/motion/quiet", test_quiet, GINT_TO_POINTER (4));
  ADD ("/media/motion/noise-at-night", test_quiet, GINT_TO_POINTER (20));
  ADD ("/media/motion/walk", test_walk, NULL);
  ADD ("/media/motion/ghost", test_ghost, NULL);
  ADD ("/media/motion/cloud", test_cloud, NULL);
  ADD ("/media/motion/clock", test_clock, NULL);
  ADD ("/media/motion/light-switched", test_switched, NULL);
  g_test_add_func ("/media/motion/sizes", test_sizes);
  g_test_add_func ("/media/motion/element", test_element);
  g_test_add_func ("/media/motion/footage/people", test_people);
  g_test_add_func ("/media/motion/footage/cars", test_cars);
  g_test_add_func ("/media/motion/footage/vtest", test_vtest);
  g_test_add_func ("/media/motion/footage/campus", test_campus);
  g_test_add_func ("/media/motion/footage/tree", test_tree);

  return g_test_run ();
}
