/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-media"

#include "config.h"

#include "media/icam-live-sink.h"

#include "media/icam-media-private.h"

/* icamlivesink: access units to an IcamLiveStream; without one it drops. It never blocks and never synchronises. */
struct _IcamLiveSink
{
  GstElement parent_instance;

  GMutex lock; /* held while something is handed on: who takes the stream away knows that nothing reaches it after */
  IcamLiveStream *stream;
};

enum
{
  PROP_0,
  PROP_STREAM,
};

static GstStaticPadTemplate sink_template
  = GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS,
                             GST_STATIC_CAPS ("video/x-h264,stream-format=avc,alignment=au;"
                                              "video/x-h265,stream-format=hvc1,alignment=au;"
                                              "image/jpeg"));

G_DEFINE_FINAL_TYPE (IcamLiveSink, icam_live_sink, GST_TYPE_ELEMENT)

static GstFlowReturn
chain_cb (GstPad    *pad,
          GstObject *parent,
          GstBuffer *buffer)
{
  IcamLiveSink *self = ICAM_LIVE_SINK (parent);

  g_mutex_lock (&self->lock);
  if (self->stream != NULL)
    icam_live_stream_push (self->stream, buffer);
  g_mutex_unlock (&self->lock);
  gst_buffer_unref (buffer);
  return GST_FLOW_OK;
}

static gboolean
event_cb (GstPad    *pad,
          GstObject *parent,
          GstEvent  *event)
{
  IcamLiveSink *self = ICAM_LIVE_SINK (parent);

  if (GST_EVENT_TYPE (event) == GST_EVENT_CAPS)
    {
      GstCaps *caps;

      gst_event_parse_caps (event, &caps);
      g_mutex_lock (&self->lock);
      if (self->stream != NULL)
        icam_live_stream_set_caps (self->stream, caps);
      g_mutex_unlock (&self->lock);
    }
  else if (GST_EVENT_TYPE (event) == GST_EVENT_EOS)
    {
      GstMessage *message = gst_message_new_eos (GST_OBJECT (self));

      gst_message_set_seqnum (message, gst_event_get_seqnum (event));
      gst_element_post_message (GST_ELEMENT (self), message);
    }

  gst_event_unref (event);
  return TRUE;
}

static void
icam_live_sink_set_property (GObject      *object,
                             guint         id,
                             const GValue *value,
                             GParamSpec   *pspec)
{
  IcamLiveSink *self = ICAM_LIVE_SINK (object);
  IcamLiveStream *old;

  switch (id)
    {
    case PROP_STREAM:
      g_mutex_lock (&self->lock);
      old = self->stream;
      self->stream = g_value_dup_object (value);
      g_mutex_unlock (&self->lock);
      g_clear_object (&old);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
icam_live_sink_get_property (GObject    *object,
                             guint       id,
                             GValue     *value,
                             GParamSpec *pspec)
{
  IcamLiveSink *self = ICAM_LIVE_SINK (object);

  switch (id)
    {
    case PROP_STREAM:
      g_mutex_lock (&self->lock);
      g_value_set_object (value, self->stream);
      g_mutex_unlock (&self->lock);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
icam_live_sink_finalize (GObject *object)
{
  IcamLiveSink *self = ICAM_LIVE_SINK (object);

  g_clear_object (&self->stream);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (icam_live_sink_parent_class)->finalize (object);
}

static void
icam_live_sink_class_init (IcamLiveSinkClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  object_class->set_property = icam_live_sink_set_property;
  object_class->get_property = icam_live_sink_get_property;
  object_class->finalize = icam_live_sink_finalize;

  g_object_class_install_property (
    object_class, PROP_STREAM,
    g_param_spec_object ("stream", NULL, NULL, ICAM_TYPE_LIVE_STREAM,
                         G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));

  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_set_static_metadata (element_class, "Live sink", "Sink/Video",
                                         "Hands access units to whoever looks at a camera now",
                                         ICAM_AUTHOR);
}

static void
icam_live_sink_init (IcamLiveSink *self)
{
  GstPad *pad = gst_pad_new_from_static_template (&sink_template, "sink");

  g_mutex_init (&self->lock);
  GST_OBJECT_FLAG_SET (self, GST_ELEMENT_FLAG_SINK);
  gst_pad_set_chain_function (pad, chain_cb);
  gst_pad_set_event_function (pad, event_cb);
  gst_element_add_pad (GST_ELEMENT (self), pad);
}
