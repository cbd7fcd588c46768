/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "media/icam-detector.h"
#include "media/icam-media.h"

#include <gst/check/gstharness.h>

#include "media/icam-frame-time.h"
#include "media/icam-work-queue.h"
#include "test-clip.h"

#define LIMIT_US (30 * G_USEC_PER_SEC)
#define FIRST_US G_GINT64_CONSTANT (1700000000000000)
#define FRAME_US 66667

/* ---- the queue ---- */

typedef struct
{
  GMutex lock;
  GCond cond;
  gboolean hold, inside;
  guint n;
  GArray *offsets, *disconts;
} Gate;

static GstPadProbeReturn
gate_cb (GstPad          *pad,
         GstPadProbeInfo *info,
         gpointer         data)
{
  Gate *gate = data;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  gboolean discont = GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DISCONT);

  g_mutex_lock (&gate->lock);
  gate->inside = TRUE;
  g_cond_broadcast (&gate->cond);
  while (gate->hold)
    g_cond_wait (&gate->cond, &gate->lock);
  g_array_append_val (gate->offsets, GST_BUFFER_OFFSET (buffer));
  g_array_append_val (gate->disconts, discont);
  gate->n++;
  g_cond_broadcast (&gate->cond);
  g_mutex_unlock (&gate->lock);
  return GST_PAD_PROBE_OK;
}

#define WAIT_FOR(gate, condition)                                           \
  G_STMT_START                                                              \
  {                                                                         \
    gint64 end_ = g_get_monotonic_time () + LIMIT_US;                       \
    g_mutex_lock (&(gate)->lock);                                           \
    while (!(condition))                                                    \
      g_assert_true (g_cond_wait_until (&(gate)->cond, &(gate)->lock, end_)); \
    g_mutex_unlock (&(gate)->lock);                                         \
  }                                                                         \
  G_STMT_END

static void
gate_init (Gate *gate)
{
  g_mutex_init (&gate->lock);
  g_cond_init (&gate->cond);
  gate->offsets = g_array_new (FALSE, TRUE, sizeof (guint64));
  gate->disconts = g_array_new (FALSE, TRUE, sizeof (gboolean));
}

static void
gate_clear (Gate *gate)
{
  g_array_unref (gate->offsets);
  g_array_unref (gate->disconts);
  g_mutex_clear (&gate->lock);
  g_cond_clear (&gate->cond);
}

static void
push_numbered (GstHarness *h,
               guint       i)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, 10, NULL);

  GST_BUFFER_OFFSET (buffer) = i;
  if (i % 15 != 0)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  g_assert_cmpint (gst_harness_push (h, buffer), ==, GST_FLOW_OK);
}

/* However slow the other side is: who feeds does not wait, and what comes out are whole groups. */
static void
test_queue (void)
{
  GstHarness *h
    = gst_harness_new_with_element (g_object_new (ICAM_TYPE_WORK_QUEUE, NULL), "sink", "src");
  Gate gate = { .hold = TRUE };
  guint64 last;

  gate_init (&gate);
  gst_pad_add_probe (h->sinkpad, GST_PAD_PROBE_TYPE_BUFFER, gate_cb, &gate, NULL);
  gst_harness_set_src_caps_str (h, "video/x-h264");
  push_numbered (h, 0);
  WAIT_FOR (&gate, gate.inside);
  for (guint i = 1; i < 500; i++)
    push_numbered (h, i);
  g_mutex_lock (&gate.lock);
  gate.hold = FALSE;
  g_cond_broadcast (&gate.cond);
  g_mutex_unlock (&gate.lock);
  WAIT_FOR (&gate, gate.n >= 46);

  /* It goes on at a key frame. */
  for (guint i = 500; i < 530; i++)
    push_numbered (h, i);
  WAIT_FOR (&gate, gate.n > 0 && g_array_index (gate.offsets, guint64, gate.n - 1) == 529);

  g_assert_cmpuint (gate.n, <, 100);
  last = 0;
  for (guint i = 1; i < gate.n; i++)
    {
      guint64 offset = g_array_index (gate.offsets, guint64, i);

      if (offset != last + 1)
        {
          g_assert_cmpuint (offset, >, last);
          g_assert_cmpuint (offset % 15, ==, 0);
          g_assert_true (g_array_index (gate.disconts, gboolean, i));
        }
      last = offset;
    }
  gst_harness_teardown (h);
  gate_clear (&gate);
}

/* Stopping waits for what is being handed on, and lets nothing after. */
static void
test_queue_stops (void)
{
  for (guint round = 0; round < 50; round++)
    {
      GstHarness *h
        = gst_harness_new_with_element (g_object_new (ICAM_TYPE_WORK_QUEUE, NULL), "sink", "src");
      Gate gate = { 0 };
      guint n;

      gate_init (&gate);
      gst_pad_add_probe (h->sinkpad, GST_PAD_PROBE_TYPE_BUFFER, gate_cb, &gate, NULL);
      gst_harness_set_src_caps_str (h, "video/x-h264");
      for (guint i = 0; i < 20; i++)
        push_numbered (h, i);
      g_assert_cmpint (gst_element_set_state (h->element, GST_STATE_NULL), ==,
                       GST_STATE_CHANGE_SUCCESS);
      g_mutex_lock (&gate.lock);
      n = gate.n;
      g_mutex_unlock (&gate.lock);
      g_assert_cmpint (gst_harness_push (h, gst_buffer_new ()), ==, GST_FLOW_FLUSHING);
      g_thread_yield ();
      g_mutex_lock (&gate.lock);
      g_assert_cmpuint (gate.n, ==, n);
      g_mutex_unlock (&gate.lock);
      gst_harness_teardown (h);
      gate_clear (&gate);
    }
}

/* ---- what is decoded ---- */

typedef struct
{
  GMutex lock;
  GCond cond;
  GArray *seen; /* of gint64: UTC of what was decoded */
  GArray *changes; /* of gboolean */
  GArray *change_us;
  const char *health;
} Watch;

static void
health_cb (gpointer    data,
           const char *state)
{
  Watch *watch = data;

  g_mutex_lock (&watch->lock);
  watch->health = g_intern_string (state);
  g_cond_broadcast (&watch->cond);
  g_mutex_unlock (&watch->lock);
}

static void
motion_cb (gpointer data,
           gboolean active,
           double   score,
           gint64   utc_us)
{
  Watch *watch = data;

  g_mutex_lock (&watch->lock);
  if (watch->changes->len == 0 || g_array_index (watch->changes, gboolean, watch->changes->len - 1) != active)
    {
      g_array_append_val (watch->changes, active);
      g_array_append_val (watch->change_us, utc_us);
    }
  g_mutex_unlock (&watch->lock);
}

static GstPadProbeReturn
seen_cb (GstPad          *pad,
         GstPadProbeInfo *info,
         gpointer         data)
{
  Watch *watch = data;
  gint64 utc_us = icam_frame_time_get_utc (GST_PAD_PROBE_INFO_BUFFER (info));

  g_mutex_lock (&watch->lock);
  g_array_append_val (watch->seen, utc_us);
  g_cond_broadcast (&watch->cond);
  g_mutex_unlock (&watch->lock);
  return GST_PAD_PROBE_OK;
}

/* Feeds @seconds of a scene, as fast as it is decoded: @moving tells which second shows the moving clip. */
static void
feed (Watch           *watch,
      guint            seconds,
      gboolean         key_frames_only,
      gboolean       (*moving) (guint second))
{
  static const IcamDetectorFuncs funcs = { health_cb, motion_cb };
  g_autoptr (GstCaps) caps = NULL;
  g_autoptr (GPtrArray) still = test_clip_new ("blue", TEST_CLIP_AVC, 320, 240, 15, &caps);
  g_autoptr (GPtrArray) ball = test_clip_new ("ball foreground-color=0xffff0000 background-color=0xff0000ff",
                                              TEST_CLIP_AVC, 320, 240, 15, NULL);
  GstElement *detector = icam_detector_new (ICAM_CODEC_H264, 320, key_frames_only, &funcs, watch);
  GstHarness *h = gst_harness_new_with_element (detector, "sink", NULL);
  g_autoptr (GstElement) motion = gst_bin_get_by_name (GST_BIN (detector), "motion");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (motion, "src");

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, seen_cb, watch, NULL);
  gst_harness_set_src_caps (h, gst_caps_ref (caps));
  for (guint i = 0; i < seconds * 15; i++)
    {
      GPtrArray *clip = moving (i / 15) ? ball : still;
      GstBuffer *buffer = gst_buffer_copy (g_ptr_array_index (clip, i % 15));

      icam_frame_time_set (buffer, FIRST_US + i * FRAME_US, 0);
      GST_BUFFER_PTS (buffer) = (guint64) i * FRAME_US * 1000;
      g_assert_cmpint (gst_harness_push (h, buffer), ==, GST_FLOW_OK);
      /* The key frame is always decoded: with it in sight the queue is short. */
      if (i % 15 == 0)
        WAIT_FOR (watch, watch->seen->len > 0
                           && g_array_index (watch->seen, gint64, watch->seen->len - 1) == FIRST_US + i * FRAME_US);
    }
  icam_detector_disconnect (ICAM_DETECTOR (detector));
  gst_harness_teardown (h);
  gst_object_unref (detector);
}

static void
setup (Watch        *watch,
       gconstpointer data)
{
  g_mutex_init (&watch->lock);
  g_cond_init (&watch->cond);
  watch->seen = g_array_new (FALSE, FALSE, sizeof (gint64));
  watch->changes = g_array_new (FALSE, FALSE, sizeof (gboolean));
  watch->change_us = g_array_new (FALSE, FALSE, sizeof (gint64));
}

static void
teardown (Watch        *watch,
          gconstpointer data)
{
  g_array_unref (watch->seen);
  g_array_unref (watch->changes);
  g_array_unref (watch->change_us);
  g_mutex_clear (&watch->lock);
  g_cond_clear (&watch->cond);
}

static guint
seen_between (Watch *watch,
              guint  from_s,
              guint  to_s)
{
  guint n = 0;

  for (guint i = 0; i < watch->seen->len; i++)
    {
      gint64 us = g_array_index (watch->seen, gint64, i) - FIRST_US;

      n += us >= (gint64) from_s * 15 * FRAME_US && us < (gint64) to_s * 15 * FRAME_US;
    }
  return n;
}

static gboolean
one_visit (guint second)
{
  return second >= 30 && second < 34;
}

/* A quiet scene is not decoded all the time, but never unseen for longer than 0.8 s; one visit is one event. */
static void
test_blind_time (Watch        *watch,
                 gconstpointer data)
{
  gint64 last_us = FIRST_US;

  feed (watch, 60, FALSE, one_visit);

  g_assert_cmpstr (watch->health, ==, "healthy");
  for (guint i = 0; i < watch->seen->len; i++)
    {
      gint64 us = g_array_index (watch->seen, gint64, i);

      g_assert_cmpint (us - last_us, <=, 800000 + FRAME_US);
      last_us = us;
    }
  g_test_message ("decoded of 15 a second: %u while it warms up, %.1f quiet, %.1f after a visit, %.1f quiet again",
                  seen_between (watch, 0, 1), seen_between (watch, 20, 30) / 10.0,
                  seen_between (watch, 34, 42) / 8.0, seen_between (watch, 50, 60) / 10.0);
  g_assert_cmpuint (seen_between (watch, 0, 5), >=, 70);
  g_assert_cmpuint (seen_between (watch, 20, 30), <, 60);
  g_assert_cmpuint (seen_between (watch, 32, 40), ==, 8 * 15);
  g_assert_cmpuint (seen_between (watch, 50, 60), <, 60);

  g_assert_cmpuint (watch->changes->len, ==, 2);
  g_assert_cmpint (ABS (g_array_index (watch->change_us, gint64, 0) - FIRST_US - 30 * 15 * FRAME_US), <, 1200000);
  g_assert_cmpint (ABS (g_array_index (watch->change_us, gint64, 1) - FIRST_US - 34 * 15 * FRAME_US), <, 1200000);
}

static void
test_key_frames_only (Watch        *watch,
                      gconstpointer data)
{
  feed (watch, 60, TRUE, one_visit);
  g_assert_cmpuint (watch->seen->len, ==, 60);
  g_assert_cmpuint (watch->changes->len, ==, 2);
}

static void
test_absent (void)
{
  static const IcamDetectorFuncs funcs = { health_cb, motion_cb };

  g_assert_null (icam_detector_new (ICAM_CODEC_AAC, 320, FALSE, &funcs, NULL));
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  icam_media_init ();
  g_test_add_func ("/media/work-queue/bounded", test_queue);
  g_test_add_func ("/media/work-queue/stops", test_queue_stops);
  g_test_add ("/media/detector/blind-time", Watch, NULL, setup, test_blind_time, teardown);
  g_test_add ("/media/detector/key-frames-only", Watch, NULL, setup, test_key_frames_only, teardown);
  g_test_add_func ("/media/detector/absent", test_absent);
  return g_test_run ();
}
