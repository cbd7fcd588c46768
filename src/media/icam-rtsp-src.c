/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-media"

#include "config.h"

#include "media/icam-rtsp-src.h"

#include "base/icam-clock.h"
#include "media/icam-frame-time.h"
#include "media/icam-interleaved.h"
#include "media/icam-media-private.h"
#include "media/icam-reader.h"
#include "media/icam-rtsp-session.h"
#include "media/icam-source.h"

#include <gst/base/gstflowcombiner.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

GST_DEBUG_CATEGORY_STATIC (icam_rtsp_src_debug);
#define GST_CAT_DEFAULT icam_rtsp_src_debug

/* What comes first is held for this long, to learn how late it was (icam_anchor_prime()), or until so many access units wait. */
#define HOLD_US (400 * 1000)
#define MAX_HELD 256

/* Cameras that do not answer must not keep those waiting that do: so many are asked at a time, each for 3 s an exchange. */
#define MAX_HANDSHAKES 16

typedef struct
{
  GstPad *pad; /* owned by the element */
  IcamAnchor anchor;
  gboolean started;   /* stream-start and segment were sent */
  gboolean have_time;
  guint32 last_rtp;
  gint64 extended;    /* RTP time without wrap */
  gint64 first_media_us;
  GQueue held;        /* of Held, until the anchor is primed */
  gint64 held_since_us;
  gboolean primed;
} Track;

/* An access unit that waits. */
typedef struct
{
  GstBuffer *buffer;
  gint64 media_us, arrival_us;
} Held;

/* What a handshake and the reader work on; a new one each time that the element starts. Kept by references, because a handshake may end
 * after the element has left it. */
typedef struct
{
  gatomicrefcount ref_count;
  IcamRtspSrc *element; /* referenced */
  IcamRtspSession *session;
  char *location;

  GRecMutex lock;                   /* held while the handshake's thread tells or pushes anything */
  gboolean cancelled;               /* under lock */
  IcamReaderConnection *connection; /* under lock */

  /* reader's thread, after the handshake */
  IcamInterleaved framing;
  IcamRtspTrack *tracks;
  guint n_tracks;
  Track track[ICAM_RTSP_MAX_TRACKS];
  GstFlowCombiner *flow;
  GByteArray *out;
  gint64 arrival_us;
  gboolean over;
} Link;

struct _IcamRtspSrc
{
  GstElement parent_instance;

  /* object lock */
  char *location, *user;
  IcamSecret *secret;
  gboolean watched;
  Link *link;
};

enum
{
  PROP_0,
  PROP_LOCATION,
  PROP_USER,
};

static GstStaticPadTemplate video_template
  = GST_STATIC_PAD_TEMPLATE ("video", GST_PAD_SRC, GST_PAD_SOMETIMES,
                             GST_STATIC_CAPS ("video/x-h264,stream-format=avc,alignment=au;"
                                              "video/x-h265,stream-format=hvc1,alignment=au;"
                                              "image/jpeg"));
static GstStaticPadTemplate audio_template = GST_STATIC_PAD_TEMPLATE (
  "audio", GST_PAD_SRC, GST_PAD_SOMETIMES,
  GST_STATIC_CAPS ("audio/mpeg,mpegversion=4,stream-format=raw;audio/x-mulaw;audio/x-alaw;"
                   "audio/x-opus"));

G_DEFINE_FINAL_TYPE_WITH_CODE (IcamRtspSrc, icam_rtsp_src, GST_TYPE_ELEMENT,
                               GST_DEBUG_CATEGORY_INIT (icam_rtsp_src_debug, "icamrtspsrc", 0,
                                                        "In Camera's RTSP source over TCP"))

static Link *
link_ref (Link *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

static void
link_unref (Link *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  icam_rtsp_session_free (self->session);
  g_free (self->location);
  for (guint i = 0; i < ICAM_RTSP_MAX_TRACKS; i++)
    {
      Held *held;

      while ((held = g_queue_pop_head (&self->track[i].held)) != NULL)
        {
          gst_buffer_unref (held->buffer);
          g_free (held);
        }
    }
  gst_flow_combiner_free (self->flow);
  g_byte_array_unref (self->out);
  gst_object_unref (self->element);
  g_rec_mutex_clear (&self->lock);
  g_free (self);
}

static gboolean
is_cancelled (Link *self)
{
  gboolean cancelled;

  g_rec_mutex_lock (&self->lock);
  cancelled = self->cancelled;
  g_rec_mutex_unlock (&self->lock);
  return cancelled;
}

/* ---- what this path takes ---- */

static GMutex refused_lock;
static GHashTable *refused; /* under refused_lock; locations that want another path, found out by trying */

static void
refuse (const char *location)
{
  g_mutex_lock (&refused_lock);
  if (refused == NULL)
    refused = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_hash_table_add (refused, g_strdup (location));
  g_mutex_unlock (&refused_lock);
}

/**
 * icam_rtsp_src_takes:
 * @location: of a stream
 *
 * Returns: whether it is to be tried by this path
 */
gboolean
icam_rtsp_src_takes (const char *location)
{
  gboolean takes;

  g_mutex_lock (&refused_lock);
  takes = g_ascii_strncasecmp (location, "rtsp://", 7) == 0
          && (refused == NULL || !g_hash_table_contains (refused, location));
  g_mutex_unlock (&refused_lock);
  return takes;
}

/* ---- access units ---- */

static GstCaps *
caps_of (const IcamRtpFormat *format)
{
  GstCaps *caps;

  switch (format->codec)
    {
    case ICAM_CODEC_H264:
      caps = gst_caps_new_simple ("video/x-h264", "stream-format", G_TYPE_STRING, "avc", "alignment", G_TYPE_STRING, "au", NULL);
      break;
    case ICAM_CODEC_H265:
      caps = gst_caps_new_simple ("video/x-h265", "stream-format", G_TYPE_STRING, "hvc1", "alignment", G_TYPE_STRING, "au", NULL);
      break;
    case ICAM_CODEC_MJPEG:
      caps = gst_caps_new_simple ("image/jpeg", "parsed", G_TYPE_BOOLEAN, TRUE, NULL);
      break;
    case ICAM_CODEC_AAC:
      caps = gst_caps_new_simple ("audio/mpeg", "mpegversion", G_TYPE_INT, 4, "stream-format", G_TYPE_STRING, "raw", "framed",
                                  G_TYPE_BOOLEAN, TRUE, NULL);
      break;
    case ICAM_CODEC_PCMU:
      caps = gst_caps_new_empty_simple ("audio/x-mulaw");
      break;
    case ICAM_CODEC_PCMA:
      caps = gst_caps_new_empty_simple ("audio/x-alaw");
      break;
    case ICAM_CODEC_OPUS:
    case ICAM_CODEC_NONE:
    default:
      caps = gst_caps_new_simple ("audio/x-opus", "channel-mapping-family", G_TYPE_INT, 0, NULL);
      break;
    }

  if (format->width > 0)
    gst_caps_set_simple (caps, "width", G_TYPE_INT, (int) format->width, "height", G_TYPE_INT, (int) format->height, NULL);
  if (format->rate > 0)
    gst_caps_set_simple (caps, "rate", G_TYPE_INT, (int) format->rate, "channels", G_TYPE_INT, (int) format->channels, NULL);
  if (format->codec_data != NULL)
    {
      g_autoptr (GstBuffer) data = gst_buffer_new_wrapped_bytes (format->codec_data);

      gst_caps_set_simple (caps, "codec_data", GST_TYPE_BUFFER, data, NULL);
    }
  return caps;
}

/* Rule 3 of the way of a frame: each connect sends stream-start, caps and a TIME segment. */
static void
send_format (Link          *self,
             guint          number,
             const IcamRtpFormat *format)
{
  Track *track = &self->track[number];
  g_autoptr (GstCaps) caps = caps_of (format);

  if (!track->started)
    {
      g_autofree char *id = gst_pad_create_stream_id (track->pad, GST_ELEMENT (self->element), number == 0 ? "0" : "1");
      GstEvent *start = gst_event_new_stream_start (id);

      gst_event_set_group_id (start, gst_util_group_id_next ());
      gst_pad_push_event (track->pad, start);
    }
  gst_pad_push_event (track->pad, gst_event_new_caps (caps));
  if (!track->started)
    {
      GstSegment segment;

      gst_segment_init (&segment, GST_FORMAT_TIME);
      gst_pad_push_event (track->pad, gst_event_new_segment (&segment));
    }
  track->started = TRUE;
}

static gint64
media_time (Track   *track,
            guint32  rtp,
            guint    rate)
{
  if (track->have_time)
    track->extended += (gint32) (rtp - track->last_rtp);
  else
    track->extended = (gint64) 1 << 32; /* pictures before the first one, in presentation order, stay positive */
  track->last_rtp = rtp;
  track->have_time = TRUE;
  return (gint64) gst_util_uint64_scale ((guint64) track->extended, G_USEC_PER_SEC, rate);
}

static void
fail (Link       *self,
      GQuark      domain,
      int         code,
      guint       status,
      const char *detail)
{
  GstStructure *details = status > 0 ? gst_structure_new ("details", "rtsp-status-code", G_TYPE_UINT, status, NULL) : NULL;

  if (is_cancelled (self))
    {
      if (details != NULL)
        gst_structure_free (details);
      return;
    }

  gst_element_message_full_with_details (GST_ELEMENT (self->element), GST_MESSAGE_ERROR, domain, code, NULL, g_strdup (detail),
                                         __FILE__, GST_FUNCTION, __LINE__,
                                         details != NULL ? details : gst_structure_new_empty ("details"));
}

typedef struct
{
  Link *link;
  guint number;
} Target;

static void
hand_on (Link      *self,
         Track     *track,
         GstBuffer *buffer,
         gint64     media_us,
         gint64     arrival_us)
{
  IcamClock *clock = icam_clock_system ();
  gint64 capture_us = icam_anchor_capture (&track->anchor, media_us, arrival_us);
  gint64 utc_us = capture_us + icam_clock_utc (clock) - icam_clock_boottime (clock);
  GstFlowReturn flow;

  icam_frame_time_set (buffer, MAX (utc_us, 0), arrival_us);
  flow = gst_pad_push (track->pad, buffer);
  flow = gst_flow_combiner_update_pad_flow (self->flow, track->pad, flow);
  if (flow <= GST_FLOW_NOT_LINKED && flow != GST_FLOW_FLUSHING && !self->over)
    {
      self->over = TRUE;
      fail (self, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED, 0, gst_flow_get_name (flow));
    }
}

static void
release_held (Link  *self,
              Track *track)
{
  Held *held;

  track->primed = TRUE;
  while ((held = g_queue_pop_head (&track->held)) != NULL)
    {
      hand_on (self, track, held->buffer, held->media_us, held->arrival_us);
      g_free (held);
    }
}

static void
hold (Link      *self,
      Track     *track,
      GstBuffer *buffer,
      gint64     media_us,
      gint64     arrival_us)
{
  Held *held = g_new (Held, 1);

  *held = (Held){ buffer, media_us, arrival_us };
  g_queue_push_tail (&track->held, held);
  icam_anchor_prime (&track->anchor, media_us, arrival_us);
  if (track->held_since_us == 0)
    track->held_since_us = arrival_us;
  if (track->held.length >= MAX_HELD)
    release_held (self, track);
}

static void
on_unit (IcamRtpDepay *depay,
         IcamUnit     *unit,
         gpointer      user_data)
{
  Target *target = user_data;
  Link *self = target->link;
  Track *track = &self->track[target->number];
  gint64 media_us = media_time (track, unit->rtp_time, icam_rtp_depay_get_clock_rate (depay));
  gsize size = unit->size;
  gint64 arrival_us = unit->arrival_us;
  GstBuffer *buffer;

  if ((unit->flags & ICAM_UNIT_NEW_FORMAT) != 0 || !track->started)
    {
      /* What waits is of the format before. */
      if (track->held.length > 0)
        release_held (self, track);
      send_format (self, target->number, icam_rtp_depay_get_format (depay));
    }
  if (track->first_media_us == 0)
    track->first_media_us = media_us;

  buffer = gst_buffer_new_wrapped (icam_rtp_depay_steal (depay, unit), size);
  GST_BUFFER_PTS (buffer) = (GstClockTime) MAX (media_us - track->first_media_us + G_USEC_PER_SEC, 0) * 1000;
  if ((unit->flags & ICAM_UNIT_KEY) == 0)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  if ((unit->flags & ICAM_UNIT_DISCONT) != 0)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);

  if (track->primed)
    hand_on (self, track, buffer, media_us, arrival_us);
  else
    hold (self, track, buffer, media_us, arrival_us);
}

static void
on_packet (guint         channel,
           const guint8 *data,
           gsize         size,
           gpointer      user_data)
{
  Link *self = user_data;

  for (guint i = 0; i < self->n_tracks; i++)
    {
      Target target = { self, i };

      if (self->tracks[i].rtp_channel == channel)
        icam_rtp_depay_push (self->tracks[i].depay, data, size, self->arrival_us, on_unit, &target);
      else if (self->tracks[i].rtcp_channel == channel)
        icam_rtsp_session_rtcp (self->session, channel, data, size, self->arrival_us);
    }
}

/* On the reader's thread, which may be quicker than the handshake's, and later than who leaves. */
static void
flush_out (Link *self)
{
  g_rec_mutex_lock (&self->lock);
  if (self->out->len > 0 && self->connection != NULL
      && !icam_reader_write (self->connection, self->out->data, self->out->len))
    GST_DEBUG_OBJECT (self->element, "The camera reads nothing");
  g_rec_mutex_unlock (&self->lock);
  g_byte_array_set_size (self->out, 0);
}

static void
on_message (const char *text,
            gsize       head_size,
            gsize       body_size,
            gpointer    user_data)
{
  Link *self = user_data;

  if (icam_rtsp_session_message (self->session, text, head_size, self->out) == ICAM_RTSP_ENDED && !self->over)
    {
      self->over = TRUE;
      fail (self, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ, 0, "the camera ended the session");
    }
  flush_out (self);
}

static const IcamInterleavedFuncs framing_funcs = { on_packet, on_message };

/* ---- on the reader's thread ---- */

static gsize
on_bytes (const guint8 *data,
          gsize         size,
          gint64        arrival_us,
          gpointer      user_data)
{
  Link *self = user_data;

  self->arrival_us = arrival_us;
  return icam_interleaved_parse (&self->framing, data, size, &framing_funcs, self);
}

static void
on_beat (gint64   now_us,
         gpointer user_data)
{
  Link *self = user_data;

  for (guint i = 0; i < self->n_tracks; i++)
    if (!self->track[i].primed && self->track[i].held_since_us > 0 && now_us - self->track[i].held_since_us >= HOLD_US)
      release_held (self, &self->track[i]);
  icam_rtsp_session_beat (self->session, now_us, self->out);
  flush_out (self);
}

static void
on_ended (int      error,
          gpointer user_data)
{
  Link *self = user_data;

  if (!self->over)
    fail (self, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ, 0, error != 0 ? g_strerror (error) : "the camera closed the connection");
  self->over = TRUE;
}

static const IcamReaderFuncs reader_funcs = { on_bytes, on_beat, on_ended };

/* ---- the handshake, on a thread of the pool ---- */

static void
add_pads (Link *self)
{
  for (guint i = 0; i < self->n_tracks; i++)
    {
      GstPad *pad = gst_pad_new_from_static_template (self->tracks[i].video ? &video_template : &audio_template,
                                                      self->tracks[i].video ? "video" : "audio");

      icam_anchor_init (&self->track[i].anchor);
      self->track[i].pad = pad;
      gst_flow_combiner_add_pad (self->flow, pad);
      gst_pad_use_fixed_caps (pad);
      gst_pad_set_active (pad, TRUE);
      /* What is linked on "pad-added" must find caps there. */
      if (icam_rtp_depay_get_format (self->tracks[i].depay)->codec_data != NULL || !self->tracks[i].video)
        send_format (self, i, icam_rtp_depay_get_format (self->tracks[i].depay));
      gst_element_add_pad (GST_ELEMENT (self->element), pad);
    }
  gst_element_no_more_pads (GST_ELEMENT (self->element));
}

static void
push_early (Link *self)
{
  g_autoptr (GPtrArray) early = icam_rtsp_session_steal_early (self->session);

  self->arrival_us = icam_clock_boottime (icam_clock_system ());
  for (guint i = 0; i < early->len; i++)
    {
      gsize size;
      const guint8 *data = g_bytes_get_data (g_ptr_array_index (early, i), &size);

      on_packet (data[0], data + 1, size - 1, self);
    }
}

static void
handshake (gpointer data,
           gpointer user_data)
{
  Link *self = data;
  g_autoptr (GError) error = NULL;
  guint status;
  gboolean opened, answered, watched;

  if (is_cancelled (self))
    {
      link_unref (self);
      return;
    }

  opened = icam_rtsp_session_open (self->session, &status, &answered, &error);

  GST_OBJECT_LOCK (self->element);
  watched = self->element->watched;
  GST_OBJECT_UNLOCK (self->element);

  /* All under the lock: whoever leaves waits until the pads stand and the reader has the connection, or until nothing of it does. After
   * that nothing may be told or pushed: who listened is gone. */
  g_rec_mutex_lock (&self->lock);
  if (!self->cancelled && answered)
    gst_element_post_message (GST_ELEMENT (self->element),
                              gst_message_new_element (GST_OBJECT (self->element),
                                                       gst_structure_new_empty (ICAM_MESSAGE_ANSWERED)));
  if (!opened)
    {
      if (g_error_matches (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS)
          || g_error_matches (error, GST_STREAM_ERROR, GST_STREAM_ERROR_CODEC_NOT_FOUND))
        refuse (self->location);
      fail (self, error->domain, error->code, status, error->message);
    }
  else if (!self->cancelled)
    {
      self->n_tracks = icam_rtsp_session_get_tracks (self->session, &self->tracks);
      for (guint i = 0; i < self->n_tracks; i++)
        {
          icam_interleaved_add_channel (&self->framing, self->tracks[i].rtp_channel);
          icam_interleaved_add_channel (&self->framing, self->tracks[i].rtcp_channel);
        }
      add_pads (self);
      push_early (self);
      self->connection = icam_reader_add (icam_rtsp_session_get_fd (self->session), &reader_funcs, self);
      if (watched)
        icam_reader_set_watched (self->connection, TRUE);
    }
  g_rec_mutex_unlock (&self->lock);
  link_unref (self);
}

static GThreadPool *
handshakes (void)
{
  static gsize initialised;
  static GThreadPool *pool;

  if (g_once_init_enter (&initialised))
    {
      pool = g_thread_pool_new (handshake, NULL, MAX_HANDSHAKES, FALSE, NULL);
      g_once_init_leave (&initialised, 1);
    }

  return pool;
}

static void
join (IcamRtspSrc *self)
{
  Link *link = g_new0 (Link, 1);

  g_atomic_ref_count_init (&link->ref_count);
  link->element = gst_object_ref (self);
  link->flow = gst_flow_combiner_new ();
  link->out = g_byte_array_new ();
  g_rec_mutex_init (&link->lock);
  icam_interleaved_init (&link->framing);

  GST_OBJECT_LOCK (self);
  link->location = g_strdup (self->location != NULL ? self->location : "");
  link->session = icam_rtsp_session_new (link->location, self->user, self->secret);
  self->link = link;
  GST_OBJECT_UNLOCK (self);

  g_thread_pool_push (handshakes (), link_ref (link), NULL);
}

/* Leaves the reader by handshake: when it returns, nothing is pushed any more. */
static void
leave (IcamRtspSrc *self)
{
  IcamReaderConnection *connection;
  Link *link;

  GST_OBJECT_LOCK (self);
  link = g_steal_pointer (&self->link);
  GST_OBJECT_UNLOCK (self);
  if (link == NULL)
    return;

  icam_rtsp_session_cancel (link->session);
  g_rec_mutex_lock (&link->lock);
  link->cancelled = TRUE;
  connection = g_steal_pointer (&link->connection);
  g_rec_mutex_unlock (&link->lock);

  if (connection != NULL)
    {
      g_autoptr (GByteArray) out = g_byte_array_new ();

      /* The session is the reader's until here. */
      icam_reader_remove (connection);
      icam_rtsp_session_teardown (link->session, out);
      if (send (icam_rtsp_session_get_fd (link->session), out->data, out->len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
        GST_DEBUG_OBJECT (self, "No good-bye: %s", g_strerror (errno));
    }
  for (guint i = 0; i < link->n_tracks; i++)
    if (link->track[i].pad != NULL)
      {
        gst_pad_set_active (link->track[i].pad, FALSE);
        gst_element_remove_pad (GST_ELEMENT (self), link->track[i].pad);
      }
  link_unref (link);
}

static GstStateChangeReturn
icam_rtsp_src_change_state (GstElement     *element,
                                GstStateChange  transition)
{
  IcamRtspSrc *self = ICAM_RTSP_SRC (element);
  GstStateChangeReturn result;

  if (transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED)
    leave (self);

  result = GST_ELEMENT_CLASS (icam_rtsp_src_parent_class)->change_state (element, transition);
  if (result == GST_STATE_CHANGE_FAILURE)
    return result;

  switch (transition)
    {
    case GST_STATE_CHANGE_READY_TO_PAUSED:
    case GST_STATE_CHANGE_PLAYING_TO_PAUSED:
      return GST_STATE_CHANGE_NO_PREROLL; /* live */
    case GST_STATE_CHANGE_PAUSED_TO_PLAYING:
      join (self);
      return result;
    default:
      return result;
    }
}

/**
 * icam_rtsp_src_set_secret:
 * @self: a source that has not started
 * @secret: (nullable): the password
 */
void
icam_rtsp_src_set_secret (IcamRtspSrc *self,
                              IcamSecret     *secret)
{
  g_return_if_fail (ICAM_IS_RTSP_SRC (self));

  GST_OBJECT_LOCK (self);
  g_clear_pointer (&self->secret, icam_secret_unref);
  if (secret != NULL)
    self->secret = icam_secret_ref (secret);
  GST_OBJECT_UNLOCK (self);
}

/**
 * icam_rtsp_src_set_watched:
 * @self: a source
 * @watched: whether somebody looks at it live: then it is read as packets come, not on the beat
 */
void
icam_rtsp_src_set_watched (IcamRtspSrc *self,
                               gboolean        watched)
{
  Link *link;

  g_return_if_fail (ICAM_IS_RTSP_SRC (self));

  GST_OBJECT_LOCK (self);
  link = self->link != NULL && self->watched != watched ? link_ref (self->link) : NULL;
  self->watched = watched;
  GST_OBJECT_UNLOCK (self);
  if (link == NULL)
    return;

  g_rec_mutex_lock (&link->lock);
  if (link->connection != NULL)
    icam_reader_set_watched (link->connection, watched);
  g_rec_mutex_unlock (&link->lock);
  link_unref (link);
}

static void
icam_rtsp_src_set_property (GObject      *object,
                                guint         id,
                                const GValue *value,
                                GParamSpec   *pspec)
{
  IcamRtspSrc *self = ICAM_RTSP_SRC (object);

  GST_OBJECT_LOCK (self);
  switch (id)
    {
    case PROP_LOCATION:
      g_free (self->location);
      self->location = g_value_dup_string (value);
      break;
    case PROP_USER:
      g_free (self->user);
      self->user = g_value_dup_string (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
  GST_OBJECT_UNLOCK (self);
}

static void
icam_rtsp_src_get_property (GObject    *object,
                                guint       id,
                                GValue     *value,
                                GParamSpec *pspec)
{
  IcamRtspSrc *self = ICAM_RTSP_SRC (object);

  GST_OBJECT_LOCK (self);
  switch (id)
    {
    case PROP_LOCATION:
      g_value_set_string (value, self->location);
      break;
    case PROP_USER:
      g_value_set_string (value, self->user);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
  GST_OBJECT_UNLOCK (self);
}

static void
icam_rtsp_src_finalize (GObject *object)
{
  IcamRtspSrc *self = ICAM_RTSP_SRC (object);

  g_clear_pointer (&self->secret, icam_secret_unref);
  g_free (self->location);
  g_free (self->user);

  G_OBJECT_CLASS (icam_rtsp_src_parent_class)->finalize (object);
}

static void
icam_rtsp_src_class_init (IcamRtspSrcClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  object_class->set_property = icam_rtsp_src_set_property;
  object_class->get_property = icam_rtsp_src_get_property;
  object_class->finalize = icam_rtsp_src_finalize;
  element_class->change_state = icam_rtsp_src_change_state;

  g_object_class_install_property (
    object_class, PROP_LOCATION,
    g_param_spec_string ("location", NULL, NULL, NULL, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));
  g_object_class_install_property (
    object_class, PROP_USER,
    g_param_spec_string ("user", NULL, NULL, NULL, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));

  gst_element_class_add_static_pad_template (element_class, &video_template);
  gst_element_class_add_static_pad_template (element_class, &audio_template);
  gst_element_class_set_static_metadata (
    element_class, "RTSP camera source over TCP", "Source/Network",
    "Whole access units of a camera, read by one thread for all cameras", ICAM_AUTHOR);
}

static void
icam_rtsp_src_init (IcamRtspSrc *self)
{
  GST_OBJECT_FLAG_SET (self, GST_ELEMENT_FLAG_SOURCE);
}
