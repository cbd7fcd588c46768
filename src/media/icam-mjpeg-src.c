/* SPDX-License-Identifier: GPL-3.0-or-later */

/* icammjpegsrc: JPEG pictures in a multipart answer over HTTP, as an ESP32-CAM or motionEye sends them. */

#define G_LOG_DOMAIN "icam-media"

#include "config.h"

#include "media/icam-frame-time.h"
#include "media/icam-media-private.h"
#include "media/icam-source.h"

#include "base/icam-clock.h"

struct _IcamMjpegSrc
{
  GstBin parent_instance;

  GstElement *http, *demux, *parse; /* owned by the bin */
  IcamSecret *secret;
  gboolean answered; /* streaming thread */
};

enum
{
  PROP_0,
  PROP_LOCATION,
  PROP_USER,
};

static GstStaticPadTemplate video_template = GST_STATIC_PAD_TEMPLATE (
  "video", GST_PAD_SRC, GST_PAD_SOMETIMES, GST_STATIC_CAPS ("image/jpeg"));

G_DEFINE_FINAL_TYPE (IcamMjpegSrc, icam_mjpeg_src, GST_TYPE_BIN)

static GstPadProbeReturn
stamp_cb (GstPad          *pad,
          GstPadProbeInfo *info,
          gpointer         user_data)
{
  GstBuffer *buffer = gst_buffer_make_writable (GST_PAD_PROBE_INFO_BUFFER (info));
  IcamClock *clock = icam_clock_system ();

  /* Nothing tells when it was captured but its arrival. */
  icam_frame_time_set (buffer, icam_clock_utc (clock), icam_clock_boottime (clock));
  GST_BUFFER_DTS (buffer) = GST_CLOCK_TIME_NONE;
  GST_BUFFER_DURATION (buffer) = GST_CLOCK_TIME_NONE;
  GST_BUFFER_FLAG_UNSET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  GST_PAD_PROBE_INFO_DATA (info) = buffer;
  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
answer_cb (GstPad          *pad,
           GstPadProbeInfo *info,
           gpointer         user_data)
{
  IcamMjpegSrc *self = user_data;

  if (!self->answered)
    gst_element_post_message (GST_ELEMENT (self),
                              gst_message_new_element (GST_OBJECT (self),
                                                       gst_structure_new_empty (
                                                         ICAM_MESSAGE_ANSWERED)));
  self->answered = TRUE;
  return GST_PAD_PROBE_REMOVE;
}

static void
pad_added_cb (GstElement   *demux,
              GstPad       *part,
              IcamMjpegSrc *self)
{
  g_autoptr (GstPad) sink = gst_element_get_static_pad (self->parse, "sink");
  g_autoptr (GstPad) src = NULL;
  GstPad *ghost;

  if (gst_pad_is_linked (sink) || gst_pad_link (part, sink) != GST_PAD_LINK_OK)
    return;

  src = gst_element_get_static_pad (self->parse, "src");
  ghost = gst_ghost_pad_new_from_template ("video", src,
                                           gst_static_pad_template_get (&video_template));
  gst_pad_add_probe (ghost, GST_PAD_PROBE_TYPE_BUFFER, stamp_cb, self, NULL);
  gst_pad_set_active (ghost, TRUE);
  gst_element_add_pad (GST_ELEMENT (self), ghost);
  gst_element_no_more_pads (GST_ELEMENT (self));
}

static GstStateChangeReturn
icam_mjpeg_src_change_state (GstElement    *element,
                             GstStateChange transition)
{
  IcamMjpegSrc *self = ICAM_MJPEG_SRC (element);

  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED && self->secret != NULL)
    g_object_set (self->http, "user-pw", icam_secret_peek (self->secret), NULL);

  return GST_ELEMENT_CLASS (icam_mjpeg_src_parent_class)->change_state (element, transition);
}

/**
 * icam_mjpeg_src_set_secret:
 * @self: an MJPEG source that has not started
 * @secret: (nullable): the password
 */
void
icam_mjpeg_src_set_secret (IcamMjpegSrc *self,
                           IcamSecret   *secret)
{
  g_return_if_fail (ICAM_IS_MJPEG_SRC (self));

  g_clear_pointer (&self->secret, icam_secret_unref);
  if (secret != NULL)
    self->secret = icam_secret_ref (secret);
}

static void
icam_mjpeg_src_set_property (GObject      *object,
                             guint         id,
                             const GValue *value,
                             GParamSpec   *pspec)
{
  IcamMjpegSrc *self = ICAM_MJPEG_SRC (object);

  switch (id)
    {
    case PROP_LOCATION:
      if (g_value_get_string (value) != NULL)
        g_object_set_property (G_OBJECT (self->http), "location", value);
      break;
    case PROP_USER:
      g_object_set_property (G_OBJECT (self->http), "user-id", value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
icam_mjpeg_src_get_property (GObject    *object,
                             guint       id,
                             GValue     *value,
                             GParamSpec *pspec)
{
  IcamMjpegSrc *self = ICAM_MJPEG_SRC (object);

  switch (id)
    {
    case PROP_LOCATION:
      g_object_get_property (G_OBJECT (self->http), "location", value);
      break;
    case PROP_USER:
      g_object_get_property (G_OBJECT (self->http), "user-id", value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
icam_mjpeg_src_finalize (GObject *object)
{
  g_clear_pointer (&ICAM_MJPEG_SRC (object)->secret, icam_secret_unref);

  G_OBJECT_CLASS (icam_mjpeg_src_parent_class)->finalize (object);
}

static void
icam_mjpeg_src_class_init (IcamMjpegSrcClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  object_class->set_property = icam_mjpeg_src_set_property;
  object_class->get_property = icam_mjpeg_src_get_property;
  object_class->finalize = icam_mjpeg_src_finalize;
  element_class->change_state = icam_mjpeg_src_change_state;

  g_object_class_install_property (
    object_class, PROP_LOCATION,
    g_param_spec_string ("location", NULL, NULL, NULL, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));
  g_object_class_install_property (
    object_class, PROP_USER,
    g_param_spec_string ("user", NULL, NULL, NULL, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));

  gst_element_class_add_static_pad_template (element_class, &video_template);
  gst_element_class_set_static_metadata (
    element_class, "MJPEG camera source", "Source/Network",
    "JPEG pictures of a camera that sends them over HTTP, stamped with the time of their arrival",
    ICAM_AUTHOR);
}

static void
icam_mjpeg_src_init (IcamMjpegSrc *self)
{
  g_autoptr (GstPad) pad = NULL;

  gst_bin_set_suppressed_flags (GST_BIN (self), GST_ELEMENT_FLAG_SINK);
  GST_OBJECT_FLAG_SET (self, GST_ELEMENT_FLAG_SOURCE);

  self->http = gst_element_factory_make ("souphttpsrc", NULL);
  self->demux = gst_element_factory_make ("multipartdemux", NULL);
  self->parse = gst_element_factory_make ("jpegparse", NULL);
  if (self->http == NULL || self->demux == NULL || self->parse == NULL)
    {
      g_critical ("GStreamer's souphttpsrc, multipartdemux or jpegparse is missing");
      g_clear_object (&self->http);
      return;
    }

  icam_media_quieten ("souphttpsrc");
  icam_media_quieten ("souputils");

  /* A camera that sends elsewhere is not followed: nothing leaves. */
  g_object_set (self->http, "is-live", TRUE, "do-timestamp", TRUE, "automatic-redirect", FALSE,
                "ssl-strict", FALSE, "timeout", 5u, "retries", 0, "http-log-level", 0 /* none: it would log the password */, "user-agent",
                ICAM_APP_NAME "/" ICAM_VERSION, NULL);
  g_object_set (self->demux, "single-stream", TRUE, NULL);
  g_signal_connect (self->demux, "pad-added", G_CALLBACK (pad_added_cb), self);
  gst_bin_add_many (GST_BIN (self), self->http, self->demux, self->parse, NULL);
  gst_element_link (self->http, self->demux);
  pad = gst_element_get_static_pad (self->http, "src");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, answer_cb, self, NULL);
}
