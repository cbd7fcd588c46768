/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-media"

#include "config.h"

#include "media/icam-motion.h"

#include "base/icam-clock.h"
#include "media/icam-frame-time.h"
#include "media/icam-media-private.h"

#define FORMATS "{ I420, YV12, NV12, NV21, Y42B, Y444, GRAY8 }"

struct _IcamMotion
{
  GstVideoFilter parent_instance;

  IcamMotionDetector *detector; /* streaming thread */
  gboolean moving;              /* as last posted */

  /* Object lock. */
  double sensitivity;
  gboolean post_messages;
  IcamMotionFunc func;
  gpointer user_data;
};

enum
{
  PROP_0,
  PROP_SENSITIVITY,
  PROP_POST_MESSAGES,
};

static GstStaticPadTemplate sink_template
  = GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS,
                             GST_STATIC_CAPS (GST_VIDEO_CAPS_MAKE (FORMATS)));
static GstStaticPadTemplate src_template
  = GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS,
                             GST_STATIC_CAPS (GST_VIDEO_CAPS_MAKE (FORMATS)));

G_DEFINE_FINAL_TYPE (IcamMotion, icam_motion, GST_TYPE_VIDEO_FILTER)

static void
post (IcamMotion             *self,
      gint64                  utc_us,
      const IcamMotionResult *result)
{
  GstStructure *s
    = gst_structure_new ("icam-motion", "moving", G_TYPE_BOOLEAN, result->moving, "score",
                         G_TYPE_DOUBLE, result->score, "utc", G_TYPE_INT64, utc_us, NULL);
  GValue boxes = G_VALUE_INIT;

  gst_value_array_init (&boxes, 4 * result->n_boxes);
  for (guint i = 0; i < result->n_boxes; i++)
    {
      const guint numbers[4] = { result->boxes[i].x, result->boxes[i].y, result->boxes[i].width,
                                 result->boxes[i].height };

      for (guint k = 0; k < 4; k++)
        {
          GValue number = G_VALUE_INIT;

          g_value_init (&number, G_TYPE_UINT);
          g_value_set_uint (&number, numbers[k]);
          gst_value_array_append_and_take_value (&boxes, &number);
        }
    }
  gst_structure_take_value (s, "boxes", &boxes);
  gst_element_post_message (GST_ELEMENT (self), gst_message_new_element (GST_OBJECT (self), s));
}

static GstFlowReturn
icam_motion_transform_frame_ip (GstVideoFilter *filter,
                                GstVideoFrame  *frame)
{
  IcamMotion *self = ICAM_MOTION (filter);
  gint64 utc_us = icam_frame_time_get_utc (frame->buffer);
  IcamMotionResult result;
  IcamMotionFunc func;
  gpointer user_data;
  gboolean messages;
  double sensitivity;

  if (utc_us < 0)
    utc_us = GST_BUFFER_PTS_IS_VALID (frame->buffer)
               ? (gint64) (GST_BUFFER_PTS (frame->buffer) / 1000)
               : icam_clock_utc (icam_clock_system ());

  GST_OBJECT_LOCK (self);
  func = self->func;
  user_data = self->user_data;
  messages = self->post_messages;
  sensitivity = self->sensitivity;
  GST_OBJECT_UNLOCK (self);

  icam_motion_detector_set_sensitivity (self->detector, sensitivity);
  icam_motion_detector_see (self->detector, GST_VIDEO_FRAME_COMP_DATA (frame, 0),
                            (guint) GST_VIDEO_FRAME_WIDTH (frame),
                            (guint) GST_VIDEO_FRAME_HEIGHT (frame),
                            (guint) GST_VIDEO_FRAME_COMP_STRIDE (frame, 0), utc_us, &result);

  if (messages && (result.moving || self->moving))
    post (self, utc_us, &result);
  self->moving = result.moving;
  if (func != NULL)
    func (user_data, frame->buffer, utc_us, &result);

  return GST_FLOW_OK;
}

static gboolean
icam_motion_start (GstBaseTransform *transform)
{
  IcamMotion *self = ICAM_MOTION (transform);

  icam_motion_detector_reset (self->detector);
  self->moving = FALSE;
  return TRUE;
}

/**
 * icam_motion_set_func:
 * @self: a motion element
 * @func: (nullable): called for every picture, on the streaming thread
 * @user_data: for it
 */
void
icam_motion_set_func (IcamMotion    *self,
                      IcamMotionFunc func,
                      gpointer       user_data)
{
  g_return_if_fail (ICAM_IS_MOTION (self));

  GST_OBJECT_LOCK (self);
  self->func = func;
  self->user_data = user_data;
  GST_OBJECT_UNLOCK (self);
}

static void
icam_motion_set_property (GObject      *object,
                          guint         id,
                          const GValue *value,
                          GParamSpec   *pspec)
{
  IcamMotion *self = ICAM_MOTION (object);

  GST_OBJECT_LOCK (self);
  switch (id)
    {
    case PROP_SENSITIVITY:
      self->sensitivity = g_value_get_double (value);
      break;
    case PROP_POST_MESSAGES:
      self->post_messages = g_value_get_boolean (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
  GST_OBJECT_UNLOCK (self);
}

static void
icam_motion_get_property (GObject    *object,
                          guint       id,
                          GValue     *value,
                          GParamSpec *pspec)
{
  IcamMotion *self = ICAM_MOTION (object);

  GST_OBJECT_LOCK (self);
  switch (id)
    {
    case PROP_SENSITIVITY:
      g_value_set_double (value, self->sensitivity);
      break;
    case PROP_POST_MESSAGES:
      g_value_set_boolean (value, self->post_messages);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
  GST_OBJECT_UNLOCK (self);
}

static void
icam_motion_finalize (GObject *object)
{
  g_clear_pointer (&ICAM_MOTION (object)->detector, icam_motion_detector_free);

  G_OBJECT_CLASS (icam_motion_parent_class)->finalize (object);
}

static void
icam_motion_class_init (IcamMotionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  object_class->set_property = icam_motion_set_property;
  object_class->get_property = icam_motion_get_property;
  object_class->finalize = icam_motion_finalize;
  GST_BASE_TRANSFORM_CLASS (klass)->start = icam_motion_start;
  GST_BASE_TRANSFORM_CLASS (klass)->transform_ip_on_passthrough = TRUE;
  GST_VIDEO_FILTER_CLASS (klass)->transform_frame_ip = icam_motion_transform_frame_ip;

  g_object_class_install_property (
    object_class, PROP_SENSITIVITY,
    g_param_spec_double ("sensitivity", NULL, NULL, 0, 1, 0.5,
                         G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));
  g_object_class_install_property (
    object_class, PROP_POST_MESSAGES,
    g_param_spec_boolean ("post-messages", NULL, NULL, TRUE,
                          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));

  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class, "Motion detector", "Filter/Analyzer/Video",
                                         "Tells where something moves in a camera's picture",
                                         ICAM_AUTHOR);
}

static void
icam_motion_init (IcamMotion *self)
{
  self->sensitivity = 0.5;
  self->post_messages = TRUE;
  self->detector = icam_motion_detector_new ();
  gst_base_transform_set_passthrough (GST_BASE_TRANSFORM (self), TRUE);
  gst_base_transform_set_qos_enabled (GST_BASE_TRANSFORM (self), FALSE);
}
