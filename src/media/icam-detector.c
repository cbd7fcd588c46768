/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-media"

#include "config.h"

#include "media/icam-detector.h"

#include "base/icam-clock.h"
#include "media/icam-frame-time.h"
#include "media/icam-media-private.h"
#include "media/icam-work-queue.h"

/* The longest span without a decoded picture while a scene is quiet. */
#define BLIND_US (800 * G_TIME_SPAN_MILLISECOND)
/* A scene is quiet when nothing moved for this long. */
#define QUIET_US (10 * G_USEC_PER_SEC)
/* Two pictures with motion within this begin it: one alone is more often the encoder than a visitor. */
#define BEGIN_US (700 * G_TIME_SPAN_MILLISECOND)
/* No motion for this long ends it. */
#define END_US (1500 * G_TIME_SPAN_MILLISECOND)
#define TELL_US (500 * G_TIME_SPAN_MILLISECOND)
/* A decoder that gives nothing for this long, while it is fed, sees nothing. */
#define BLIND_DECODER_US (5 * G_USEC_PER_SEC)

struct _IcamDetector
{
  GstBin parent_instance;

  gboolean key_frames_only;

  GMutex call_lock;  /* held while @funcs are called: who disconnects knows that nothing is called after */
  const IcamDetectorFuncs *funcs;
  gpointer user_data;

  /* The thread that feeds. */
  gint64 key_us, group_us; /* UTC of the last key frame; length of the last whole group, 0 not steady */

  GMutex lock;             /* guards what follows */
  const char *health;
  gint64 fed_us, seen_us;  /* boot time */
  gint64 moved_us;         /* UTC of the last picture with motion, or of the first fed */
  GstBuffer *best;
  double best_score;
  gint64 best_utc_us;

  /* The decoding thread. */
  gboolean active;
  gint64 hit_us, last_hit_us, last_utc_us, told_us; /* UTC of pictures */
  double peak;             /* since it was told last */
};

G_DEFINE_FINAL_TYPE (IcamDetector, icam_detector, GST_TYPE_BIN)

static void
set_health (IcamDetector *self,
            const char   *health)
{
  gboolean changed;

  g_mutex_lock (&self->lock);
  changed = g_strcmp0 (self->health, health) != 0;
  self->health = health;
  g_mutex_unlock (&self->lock);

  if (!changed)
    return;

  g_mutex_lock (&self->call_lock);
  if (self->funcs != NULL)
    self->funcs->health (self->user_data, health);
  g_mutex_unlock (&self->call_lock);
}

static void
tell (IcamDetector *self,
      gint64        utc_us)
{
  self->told_us = utc_us;
  g_mutex_lock (&self->call_lock);
  if (self->funcs != NULL)
    self->funcs->motion (self->user_data, self->active, self->active ? self->peak : 0, utc_us);
  g_mutex_unlock (&self->call_lock);
  self->peak = 0;
}

static void
keep_best (IcamDetector *self,
           GstBuffer    *buffer,
           double        score,
           gint64        utc_us)
{
  g_mutex_lock (&self->lock);
  if (score > self->best_score)
    {
      gst_buffer_replace (&self->best, buffer);
      self->best_score = score;
      self->best_utc_us = utc_us;
    }
  g_mutex_unlock (&self->lock);
}

static void
motion_cb (gpointer                user_data,
           GstBuffer              *buffer,
           gint64                  utc_us,
           const IcamMotionResult *result)
{
  IcamDetector *self = user_data;
  gint64 now_us = icam_clock_boottime (icam_clock_system ());
  gint64 interval_us = self->last_utc_us > 0 ? utc_us - self->last_utc_us : 0;

  self->last_utc_us = utc_us;
  g_mutex_lock (&self->lock);
  self->seen_us = now_us;
  if (result->moving || result->light || !result->warm)
    self->moved_us = utc_us;
  g_mutex_unlock (&self->lock);
  set_health (self, result->warm ? "healthy" : "warming-up");
  if (!result->warm)
    return;

  if (result->moving)
    {
      /* Where pictures come seldom, one has to do. */
      gboolean again = interval_us > BEGIN_US / 2
                       || (self->hit_us > 0 && utc_us - self->last_hit_us <= BEGIN_US);

      if (!again)
        self->hit_us = utc_us;
      self->last_hit_us = utc_us;
      self->peak = MAX (self->peak, result->score);
      keep_best (self, buffer, result->score, utc_us);

      if (!self->active && again)
        {
          self->active = TRUE;
          tell (self, self->hit_us > 0 ? self->hit_us : utc_us);
          self->told_us = utc_us;
        }
      else if (self->active && utc_us - self->told_us >= TELL_US)
        tell (self, utc_us);
    }
  else if (self->active && utc_us - self->last_hit_us > MAX (END_US, 2 * interval_us))
    {
      self->active = FALSE;
      tell (self, self->last_hit_us);
      self->hit_us = 0;
    }
}

static GstPadProbeReturn
feed_cb (GstPad          *pad,
         GstPadProbeInfo *info,
         gpointer         user_data)
{
  IcamDetector *self = user_data;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  gboolean key = !GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  gint64 utc_us = icam_frame_time_get_utc (buffer);
  gint64 now_us = icam_clock_boottime (icam_clock_system ());
  gboolean quiet, blind;

  g_mutex_lock (&self->lock);
  quiet = self->moved_us > 0 && utc_us - self->moved_us > QUIET_US;
  blind = self->fed_us > 0 && now_us - MAX (self->seen_us, self->fed_us) > BLIND_DECODER_US;
  if (self->fed_us == 0)
    {
      self->fed_us = now_us;
      self->moved_us = utc_us;
    }
  g_mutex_unlock (&self->lock);
  if (blind)
    set_health (self, "warming-up");

  if (!key && self->key_frames_only)
    return GST_PAD_PROBE_DROP;

  if (key)
    {
      gint64 group_us = self->key_us > 0 ? utc_us - self->key_us : 0;

      /* Only groups that come out the same say how long the next will be. */
      if (group_us > 0 && (self->group_us <= 0 || ABS (group_us - ABS (self->group_us)) < group_us / 8))
        self->group_us = group_us;
      else
        self->group_us = -group_us;
      self->key_us = utc_us;
    }
  else if (quiet && self->group_us > 0 && utc_us - self->key_us > self->group_us - BLIND_US)
    return GST_PAD_PROBE_DROP; /* nothing after it in this group is decoded either */

  return GST_PAD_PROBE_OK;
}

/**
 * icam_detector_disconnect:
 * @self: a detector
 *
 * Nothing is called any more once this has returned. Not to be called from one of its functions.
 */
void
icam_detector_disconnect (IcamDetector *self)
{
  g_return_if_fail (ICAM_IS_DETECTOR (self));

  g_mutex_lock (&self->call_lock);
  self->funcs = NULL;
  g_mutex_unlock (&self->call_lock);
}

/**
 * icam_detector_steal_best:
 * @self: a detector
 * @utc_us: (out): when it was captured
 *
 * Returns: (transfer full) (nullable): the decoded picture with the highest score since the last call
 */
GstSample *
icam_detector_steal_best (IcamDetector *self,
                          gint64       *utc_us)
{
  g_autoptr (GstBuffer) best = NULL;
  g_autoptr (GstElement) motion = NULL;
  g_autoptr (GstPad) pad = NULL;
  g_autoptr (GstCaps) caps = NULL;

  g_return_val_if_fail (ICAM_IS_DETECTOR (self), NULL);

  g_mutex_lock (&self->lock);
  best = g_steal_pointer (&self->best);
  self->best_score = 0;
  *utc_us = self->best_utc_us;
  g_mutex_unlock (&self->lock);
  if (best == NULL)
    return NULL;

  motion = gst_bin_get_by_name (GST_BIN (self), "motion");
  pad = gst_element_get_static_pad (motion, "sink");
  caps = gst_pad_get_current_caps (pad);
  return caps != NULL ? gst_sample_new (best, caps, NULL, NULL) : NULL;
}

/**
 * icam_detector_new:
 * @codec: of the stream
 * @width: of its pictures in pixels, 0 unknown
 * @key_frames_only: whether the rest is not to be decoded
 * @funcs: called on the decoding thread, or the one that feeds
 * @user_data: for them
 *
 * Returns: (transfer floating) (nullable): the branch, %NULL if nothing decodes @codec here
 */
GstElement *
icam_detector_new (IcamCodec                codec,
                   guint                    width,
                   gboolean                 key_frames_only,
                   const IcamDetectorFuncs *funcs,
                   gpointer                 user_data)
{
  IcamDetector *self;
  const char *name = icam_media_decoder_for (codec);
  GstElement *queue, *decoder, *motion, *sink;
  GObjectClass *klass;
  g_autoptr (GstPad) pad = NULL;

  if (name == NULL)
    return NULL;

  self = g_object_new (ICAM_TYPE_DETECTOR, NULL);
  self->funcs = funcs;
  self->user_data = user_data;
  self->key_frames_only = key_frames_only && codec != ICAM_CODEC_MJPEG;

  queue = g_object_new (ICAM_TYPE_WORK_QUEUE, NULL);
  decoder = gst_element_factory_make (name, NULL);
  motion = g_object_new (ICAM_TYPE_MOTION, "name", "motion", "post-messages", FALSE, NULL);
  sink = gst_element_factory_make ("fakesink", NULL);
  g_object_set (sink, "sync", FALSE, "async", FALSE, "enable-last-sample", FALSE, NULL);
  klass = G_OBJECT_GET_CLASS (decoder);
  if (g_object_class_find_property (klass, "max-threads") != NULL)
    g_object_set (decoder, "max-threads", 1, NULL);
  if (g_object_class_find_property (klass, "qos") != NULL)
    g_object_set (decoder, "qos", FALSE, NULL);
  if (g_object_class_find_property (klass, "max-errors") != NULL)
    g_object_set (decoder, "max-errors", -1, NULL);
  icam_motion_set_func (ICAM_MOTION (motion), motion_cb, self);

  gst_bin_add_many (GST_BIN (self), queue, decoder, motion, sink, NULL);
  gst_element_link_many (queue, decoder, motion, sink, NULL);
  pad = gst_element_get_static_pad (queue, "sink");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, feed_cb, self, NULL);
  gst_element_add_pad (GST_ELEMENT (self), gst_ghost_pad_new ("sink", pad));
  return GST_ELEMENT (self);
}

static void
icam_detector_finalize (GObject *object)
{
  IcamDetector *self = ICAM_DETECTOR (object);

  gst_clear_buffer (&self->best);
  g_mutex_clear (&self->lock);
  g_mutex_clear (&self->call_lock);

  G_OBJECT_CLASS (icam_detector_parent_class)->finalize (object);
}

static void
icam_detector_class_init (IcamDetectorClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = icam_detector_finalize;

  gst_element_class_set_static_metadata (GST_ELEMENT_CLASS (klass), "Motion detection branch",
                                         "Sink/Video/Analyzer",
                                         "Decodes as little of a stream as tells whether something moves",
                                         ICAM_AUTHOR);
}

static void
icam_detector_init (IcamDetector *self)
{
  g_mutex_init (&self->lock);
  g_mutex_init (&self->call_lock);
}
