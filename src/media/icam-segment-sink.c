/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-media"

#include "config.h"

#include "media/icam-segment-sink.h"

#include "base/icam-clock.h"
#include "media/icam-bitstream.h"
#include "media/icam-file-store.h"
#include "media/icam-frame-time.h"
#include "media/icam-media-private.h"

GST_DEBUG_CATEGORY_STATIC (icam_segment_sink_debug);
#define GST_CAT_DEFAULT icam_segment_sink_debug


struct _IcamSegmentSink
{
  GstElement parent_instance;

  GstPad *pads[ICAM_N_TRACKS]; /* owned by the element; the audio pad comes on request */
  char *location;              /* object lock */

  /* Everything below under the lock: pads push from threads of their own, a store is called by one at a time. */
  GMutex lock;
  IcamSegmentStore *store;
  IcamTrack *tracks[ICAM_N_TRACKS];
  gboolean told[ICAM_N_TRACKS];   /* the store knows the track */
  gboolean discont[ICAM_N_TRACKS];
  gboolean running;               /* a key frame of the video has been pushed */
  gboolean eos[ICAM_N_TRACKS];
  gint64 zero_utc_us;             /* UTC of running time 0, for buffers that are not stamped; 0 unknown */
};

enum
{
  PROP_0,
  PROP_LOCATION,
  PROP_STORE,
  N_PROPS,
};

static GParamSpec *props[N_PROPS];

static GstStaticPadTemplate video_template
  = GST_STATIC_PAD_TEMPLATE ("video", GST_PAD_SINK, GST_PAD_ALWAYS,
                             GST_STATIC_CAPS ("video/x-h264,stream-format=avc,alignment=au;"
                                              "video/x-h265,stream-format=hvc1,alignment=au;"
                                              "image/jpeg"));
static GstStaticPadTemplate audio_template = GST_STATIC_PAD_TEMPLATE (
  "audio", GST_PAD_SINK, GST_PAD_REQUEST,
  GST_STATIC_CAPS ("audio/mpeg,mpegversion=4,stream-format=raw;audio/x-mulaw;audio/x-alaw;"
                   "audio/x-opus"));

G_DEFINE_FINAL_TYPE_WITH_CODE (IcamSegmentSink, icam_segment_sink, GST_TYPE_ELEMENT,
                               GST_DEBUG_CATEGORY_INIT (icam_segment_sink_debug, "icamsegmentsink",
                                                        0, "In Camera's segment sink"))

static guint
track_of (IcamSegmentSink *self,
          GstPad          *pad)
{
  return pad == self->pads[ICAM_TRACK_VIDEO] ? ICAM_TRACK_VIDEO : ICAM_TRACK_AUDIO;
}

static IcamTrack *
track_from_caps (GstCaps *caps)
{
  const GstStructure *s = gst_caps_get_structure (caps, 0);
  GBytes *private_data = NULL;
  IcamCodec codec = icam_media_codec_from_caps (caps, &private_data);
  IcamTrack *track;
  int value, denominator;

  if (codec == ICAM_CODEC_NONE)
    return NULL;

  track = icam_track_new (codec);
  track->private_data = private_data;
  if (gst_structure_get_int (s, "width", &value) && value > 0)
    track->width = (guint) value;
  if (gst_structure_get_int (s, "height", &value) && value > 0)
    track->height = (guint) value;
  if (gst_structure_get_int (s, "rate", &value) && value > 0)
    track->rate = (guint) value;
  if (gst_structure_get_int (s, "channels", &value) && value > 0)
    track->channels = (guint) value;
  if (gst_structure_get_fraction (s, "framerate", &value, &denominator) && value > 0
      && denominator > 0)
    track->frame_duration_us
      = (gint64) gst_util_uint64_scale_int (G_USEC_PER_SEC, denominator, value);
  return track;
}

/* With the lock held. */
static void
tell_track (IcamSegmentSink *self,
            guint            track)
{
  if (self->store == NULL || self->tracks[track] == NULL || self->told[track])
    return;

  self->told[track] = TRUE;
  icam_segment_store_set_track (self->store, track, self->tracks[track]);
}

typedef struct
{
  GstBuffer *buffer;
  GstMapInfo map;
} Mapped;

static void
mapped_free (gpointer data)
{
  Mapped *mapped = data;

  gst_buffer_unmap (mapped->buffer, &mapped->map);
  gst_buffer_unref (mapped->buffer);
  g_free (mapped);
}

/* No copy: the bytes stay where the parser put them. */
static GBytes *
bytes_from_buffer (GstBuffer *buffer)
{
  Mapped *mapped = g_new0 (Mapped, 1);

  mapped->buffer = gst_buffer_ref (buffer);
  if (!gst_buffer_map (buffer, &mapped->map, GST_MAP_READ))
    {
      gst_buffer_unref (buffer);
      g_free (mapped);
      return NULL;
    }

  return g_bytes_new_with_free_func (mapped->map.data, mapped->map.size, mapped_free, mapped);
}

static gint64
utc_of (IcamSegmentSink *self,
        GstPad          *pad,
        GstBuffer       *buffer)
{
  gint64 utc_us = icam_frame_time_get_utc (buffer);
  GstClockTime time;
  GstEvent *event;
  const GstSegment *segment = NULL;

  if (utc_us >= 0)
    return utc_us;
  if (!GST_BUFFER_PTS_IS_VALID (buffer))
    return icam_clock_utc (icam_clock_system ());

  time = GST_BUFFER_PTS (buffer);
  event = gst_pad_get_sticky_event (pad, GST_EVENT_SEGMENT, 0);
  if (event != NULL)
    {
      guint64 running;

      gst_event_parse_segment (event, &segment);
      running = gst_segment_to_running_time (segment, GST_FORMAT_TIME, time);
      if (GST_CLOCK_TIME_IS_VALID (running))
        time = running;
      gst_event_unref (event);
    }
  if (self->zero_utc_us == 0)
    self->zero_utc_us = icam_clock_utc (icam_clock_system ()) - (gint64) (time / 1000);

  return self->zero_utc_us + (gint64) (time / 1000);
}

static GstFlowReturn
chain_cb (GstPad    *pad,
          GstObject *parent,
          GstBuffer *buffer)
{
  IcamSegmentSink *self = ICAM_SEGMENT_SINK (parent);
  guint track = track_of (self, pad);
  IcamPacket packet = { .track = track };
  gint64 arrival_us = icam_frame_time_get_arrival (buffer);
  gboolean key;
  IcamCodec codec;

  g_mutex_lock (&self->lock);

  if (self->tracks[track] == NULL)
    {
      g_mutex_unlock (&self->lock);
      gst_buffer_unref (buffer);
      return track == ICAM_TRACK_AUDIO ? GST_FLOW_OK : GST_FLOW_NOT_NEGOTIATED;
    }

  codec = self->tracks[track]->codec;
  key = track == ICAM_TRACK_AUDIO || codec == ICAM_CODEC_MJPEG
        || !GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  if (GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DISCONT))
    self->discont[track] = TRUE;
  if (key && track == ICAM_TRACK_VIDEO && self->store != NULL)
    self->running = TRUE;

  if (self->store == NULL || !self->running || gst_buffer_get_size (buffer) == 0)
    goto out;

  packet.data = bytes_from_buffer (buffer);
  if (packet.data == NULL)
    goto out;
  if (codec == ICAM_CODEC_H264 || codec == ICAM_CODEC_H265)
    {
      gsize size;
      const guint8 *data = g_bytes_get_data (packet.data, &size);

      if (!icam_bitstream_check (data, size, NULL))
        {
          GST_WARNING_OBJECT (pad, "An access unit's lengths do not add up");
          g_bytes_unref (packet.data);
          self->discont[track] = TRUE;
          goto out;
        }
    }

  tell_track (self, track);
  packet.utc_us = utc_of (self, pad, buffer);
  if (GST_BUFFER_DTS_IS_VALID (buffer) && GST_BUFFER_PTS_IS_VALID (buffer))
    packet.dts_offset_us
      = GST_CLOCK_DIFF (GST_BUFFER_DTS (buffer), GST_BUFFER_PTS (buffer)) / 1000;
  if (GST_BUFFER_DURATION_IS_VALID (buffer))
    packet.duration_us = (gint64) (GST_BUFFER_DURATION (buffer) / 1000);
  packet.arrival_us = arrival_us > 0 ? arrival_us : icam_clock_boottime (icam_clock_system ());
  packet.flags = key ? ICAM_PACKET_KEY : 0;
  if (self->discont[track])
    packet.flags |= ICAM_PACKET_DISCONT;
  self->discont[track] = FALSE;

  icam_segment_store_push (self->store, &packet);
  icam_packet_clear (&packet);

out:
  g_mutex_unlock (&self->lock);
  gst_buffer_unref (buffer);
  return GST_FLOW_OK;
}

static gboolean
set_caps (IcamSegmentSink *self,
          guint            track,
          GstCaps         *caps)
{
  IcamTrack *info = track_from_caps (caps);

  if (info == NULL && track == ICAM_TRACK_AUDIO)
    {
      /* Sound that cannot be kept is no reason to lose the pictures. */
      GST_WARNING_OBJECT (self, "Not storable: %" GST_PTR_FORMAT, caps);
      return TRUE;
    }
  if (info == NULL)
    {
      GST_ELEMENT_ERROR (self, STREAM, FORMAT, (NULL), ("Not storable: %" GST_PTR_FORMAT, caps));
      return FALSE;
    }

  g_mutex_lock (&self->lock);
  if (self->tracks[track] != NULL && icam_track_equal (self->tracks[track], info))
    icam_track_unref (info);
  else
    {
      g_clear_pointer (&self->tracks[track], icam_track_unref);
      self->tracks[track] = info;
      self->told[track] = FALSE;
      /* Sound is told at once, so that the first segment has both tracks. */
      tell_track (self, track);
    }
  g_mutex_unlock (&self->lock);
  return TRUE;
}

static gboolean
event_cb (GstPad    *pad,
          GstObject *parent,
          GstEvent  *event)
{
  IcamSegmentSink *self = ICAM_SEGMENT_SINK (parent);
  guint track = track_of (self, pad);
  gboolean ok = TRUE;

  switch (GST_EVENT_TYPE (event))
    {
    case GST_EVENT_CAPS:
      {
        GstCaps *caps;

        gst_event_parse_caps (event, &caps);
        ok = set_caps (self, track, caps);
        break;
      }

    case GST_EVENT_EOS:
      {
        gboolean all;

        g_mutex_lock (&self->lock);
        self->eos[track] = TRUE;
        all = self->eos[ICAM_TRACK_VIDEO]
              && (self->pads[ICAM_TRACK_AUDIO] == NULL || self->eos[ICAM_TRACK_AUDIO]);
        if (all && self->store != NULL)
          icam_segment_store_interrupt (self->store, ICAM_GAP_RECORDER_STOPPED);
        g_mutex_unlock (&self->lock);

        if (all)
          {
            GstMessage *message = gst_message_new_eos (GST_OBJECT (self));

            gst_message_set_seqnum (message, gst_event_get_seqnum (event));
            gst_element_post_message (GST_ELEMENT (self), message);
          }
        break;
      }

    case GST_EVENT_FLUSH_STOP:
      g_mutex_lock (&self->lock);
      self->eos[track] = FALSE;
      self->discont[track] = TRUE;
      g_mutex_unlock (&self->lock);
      break;

    default:
      break;
    }

  gst_event_unref (event);
  return ok;
}

static GstPad *
make_pad (IcamSegmentSink      *self,
          GstStaticPadTemplate *template,
          guint                 track)
{
  GstPad *pad = gst_pad_new_from_static_template (template, template->name_template);

  gst_pad_set_chain_function (pad, chain_cb);
  gst_pad_set_event_function (pad, event_cb);
  self->pads[track] = pad;
  gst_element_add_pad (GST_ELEMENT (self), pad);
  return pad;
}

static GstPad *
icam_segment_sink_request_new_pad (GstElement     *element,
                                   GstPadTemplate *template,
                                   const char     *name,
                                   const GstCaps  *caps)
{
  IcamSegmentSink *self = ICAM_SEGMENT_SINK (element);
  GstPad *pad;

  if (self->pads[ICAM_TRACK_AUDIO] != NULL)
    return NULL;

  pad = make_pad (self, &audio_template, ICAM_TRACK_AUDIO);
  gst_pad_set_active (pad, TRUE);
  return pad;
}

static void
icam_segment_sink_release_pad (GstElement *element,
                               GstPad     *pad)
{
  IcamSegmentSink *self = ICAM_SEGMENT_SINK (element);

  if (pad != self->pads[ICAM_TRACK_AUDIO])
    return;

  g_mutex_lock (&self->lock);
  self->pads[ICAM_TRACK_AUDIO] = NULL;
  g_clear_pointer (&self->tracks[ICAM_TRACK_AUDIO], icam_track_unref);
  self->told[ICAM_TRACK_AUDIO] = FALSE;
  g_mutex_unlock (&self->lock);

  gst_pad_set_active (pad, FALSE);
  gst_element_remove_pad (element, pad);
}

static GstStateChangeReturn
icam_segment_sink_change_state (GstElement    *element,
                                GstStateChange transition)
{
  IcamSegmentSink *self = ICAM_SEGMENT_SINK (element);
  GstStateChangeReturn ret;

  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED && self->location != NULL)
    {
      g_autoptr (GError) error = NULL;
      IcamSegmentStore *store = icam_file_store_new (self->location, &error);

      if (store == NULL)
        {
          GST_ELEMENT_ERROR (self, RESOURCE, OPEN_WRITE, ("%s", error->message), (NULL));
          return GST_STATE_CHANGE_FAILURE;
        }
      if (self->pads[ICAM_TRACK_AUDIO] != NULL && self->tracks[ICAM_TRACK_AUDIO] == NULL)
        icam_file_store_expect_audio (ICAM_FILE_STORE (store));
      icam_segment_sink_set_store (self, store);
      g_object_unref (store);
    }

  ret = GST_ELEMENT_CLASS (icam_segment_sink_parent_class)->change_state (element, transition);

  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY)
    {
      icam_segment_sink_interrupt (self, ICAM_GAP_RECORDER_STOPPED);
      g_mutex_lock (&self->lock);
      for (guint i = 0; i < ICAM_N_TRACKS; i++)
        {
          g_clear_pointer (&self->tracks[i], icam_track_unref);
          self->told[i] = self->eos[i] = FALSE;
          self->discont[i] = FALSE;
        }
      self->zero_utc_us = 0;
      g_mutex_unlock (&self->lock);
    }

  return ret;
}

/**
 * icam_segment_sink_set_store:
 * @self: a segment sink
 * @store: (nullable): where packets go from the next key frame on
 */
void
icam_segment_sink_set_store (IcamSegmentSink  *self,
                             IcamSegmentStore *store)
{
  g_return_if_fail (ICAM_IS_SEGMENT_SINK (self));

  g_mutex_lock (&self->lock);
  if (g_set_object (&self->store, store))
    {
      self->running = FALSE;
      memset (self->told, 0, sizeof self->told);
      tell_track (self, ICAM_TRACK_VIDEO);
      tell_track (self, ICAM_TRACK_AUDIO);
    }
  g_mutex_unlock (&self->lock);
}

/**
 * icam_segment_sink_interrupt:
 * @self: a segment sink
 * @cause: why
 *
 * Nothing more comes: tells the store, and lets go of it. Nothing reaches the store once this has returned.
 */
void
icam_segment_sink_interrupt (IcamSegmentSink *self,
                             IcamGapCause     cause)
{
  g_return_if_fail (ICAM_IS_SEGMENT_SINK (self));

  g_mutex_lock (&self->lock);
  if (self->store != NULL)
    icam_segment_store_interrupt (self->store, cause);
  g_clear_object (&self->store);
  self->running = FALSE;
  memset (self->told, 0, sizeof self->told);
  g_mutex_unlock (&self->lock);
}

static void
icam_segment_sink_set_property (GObject      *object,
                                guint         id,
                                const GValue *value,
                                GParamSpec   *pspec)
{
  IcamSegmentSink *self = ICAM_SEGMENT_SINK (object);

  switch (id)
    {
    case PROP_LOCATION:
      GST_OBJECT_LOCK (self);
      g_free (self->location);
      self->location = g_value_dup_string (value);
      GST_OBJECT_UNLOCK (self);
      break;
    case PROP_STORE:
      icam_segment_sink_set_store (self, g_value_get_object (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
icam_segment_sink_get_property (GObject    *object,
                                guint       id,
                                GValue     *value,
                                GParamSpec *pspec)
{
  IcamSegmentSink *self = ICAM_SEGMENT_SINK (object);

  switch (id)
    {
    case PROP_LOCATION:
      GST_OBJECT_LOCK (self);
      g_value_set_string (value, self->location);
      GST_OBJECT_UNLOCK (self);
      break;
    case PROP_STORE:
      g_mutex_lock (&self->lock);
      g_value_set_object (value, self->store);
      g_mutex_unlock (&self->lock);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
icam_segment_sink_finalize (GObject *object)
{
  IcamSegmentSink *self = ICAM_SEGMENT_SINK (object);

  for (guint i = 0; i < ICAM_N_TRACKS; i++)
    g_clear_pointer (&self->tracks[i], icam_track_unref);
  g_clear_object (&self->store);
  g_free (self->location);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (icam_segment_sink_parent_class)->finalize (object);
}

static void
icam_segment_sink_class_init (IcamSegmentSinkClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  object_class->set_property = icam_segment_sink_set_property;
  object_class->get_property = icam_segment_sink_get_property;
  object_class->finalize = icam_segment_sink_finalize;
  element_class->change_state = icam_segment_sink_change_state;
  element_class->request_new_pad = icam_segment_sink_request_new_pad;
  element_class->release_pad = icam_segment_sink_release_pad;

  props[PROP_LOCATION]
    = g_param_spec_string ("location", NULL, NULL, NULL, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  props[PROP_STORE] = g_param_spec_object ("store", NULL, NULL, ICAM_TYPE_SEGMENT_STORE,
                                           G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);

  gst_element_class_add_static_pad_template (element_class, &video_template);
  gst_element_class_add_static_pad_template (element_class, &audio_template);
  gst_element_class_set_static_metadata (
    element_class, "Segment sink", "Sink/File",
    "Stores access units in Matroska segments, without ever waiting for the disk", ICAM_AUTHOR);
}

static void
icam_segment_sink_init (IcamSegmentSink *self)
{
  g_mutex_init (&self->lock);
  GST_OBJECT_FLAG_SET (self, GST_ELEMENT_FLAG_SINK);
  make_pad (self, &video_template, ICAM_TRACK_VIDEO);
}
