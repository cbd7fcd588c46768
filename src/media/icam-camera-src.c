/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-media"

#include "config.h"

#include "media/icam-camera-src.h"

#include "base/icam-clock.h"
#include "media/icam-frame-time.h"
#include "media/icam-media-private.h"
#include "media/icam-reader.h"
#include "media/icam-source.h"

#include <gst/base/gstflowcombiner.h>

GST_DEBUG_CATEGORY_STATIC (icam_camera_src_debug);
#define GST_CAT_DEFAULT icam_camera_src_debug

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

/* A new one each time that the element starts. Kept by references, because a handshake may end after the element has left it. */
struct _IcamCameraLink
{
  gatomicrefcount ref_count;
  IcamCameraSrc *element; /* referenced */
  const IcamCameraProtocol *protocol;
  gpointer session; /* the protocol's */

  GRecMutex lock;                   /* held while the handshake's thread tells or pushes anything */
  gboolean cancelled;               /* under lock */
  IcamReaderConnection *connection; /* under lock */

  /* reader's thread, after the handshake */
  Track track[ICAM_CAMERA_MAX_TRACKS];
  guint n_tracks;
  GstFlowCombiner *flow;
  gboolean over;
};

typedef struct
{
  /* object lock */
  char *location, *user, *fingerprint;
  IcamSecret *secret;
  gboolean watched;
  IcamCameraLink *link;
} IcamCameraSrcPrivate;

enum
{
  PROP_0,
  PROP_LOCATION,
  PROP_USER,
  PROP_FINGERPRINT,
};

G_DEFINE_ABSTRACT_TYPE_WITH_CODE (IcamCameraSrc, icam_camera_src, GST_TYPE_ELEMENT,
                                  G_ADD_PRIVATE (IcamCameraSrc)
                                  GST_DEBUG_CATEGORY_INIT (icam_camera_src_debug, "icamcamerasrc", 0, "In Camera's sources"))

#define PRIVATE(self) ((IcamCameraSrcPrivate *) icam_camera_src_get_instance_private (self))

static IcamCameraLink *
link_ref (IcamCameraLink *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

static void
link_unref (IcamCameraLink *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  self->protocol->free (self->session);
  for (guint i = 0; i < ICAM_CAMERA_MAX_TRACKS; i++)
    {
      Held *held;

      while ((held = g_queue_pop_head (&self->track[i].held)) != NULL)
        {
          gst_buffer_unref (held->buffer);
          g_free (held);
        }
    }
  gst_flow_combiner_free (self->flow);
  gst_object_unref (self->element);
  g_rec_mutex_clear (&self->lock);
  g_free (self);
}

static gboolean
is_cancelled (IcamCameraLink *self)
{
  gboolean cancelled;

  g_rec_mutex_lock (&self->lock);
  cancelled = self->cancelled;
  g_rec_mutex_unlock (&self->lock);
  return cancelled;
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

/**
 * icam_camera_link_fail:
 * @self: a link
 * @domain: %GST_RESOURCE_ERROR or %GST_STREAM_ERROR
 * @code: of @domain
 * @status: of the camera's last response (RTSP and HTTP have them in common), 0 none
 * @detail: for the log; never told to people, as it may repeat what the camera sent
 *
 * The connection is over: an error message, once.
 */
void
icam_camera_link_fail (IcamCameraLink *self,
                       GQuark          domain,
                       int             code,
                       guint           status,
                       const char     *detail)
{
  GstStructure *details;

  if (self->over || is_cancelled (self))
    return;

  self->over = TRUE;
  GST_INFO_OBJECT (self->element, "%s", detail);
  details = status > 0 ? gst_structure_new ("details", "rtsp-status-code", G_TYPE_UINT, status, NULL) : gst_structure_new_empty ("details");
  if ((domain == GST_RESOURCE_ERROR && code == GST_RESOURCE_ERROR_SETTINGS)
      || (domain == GST_STREAM_ERROR && code == GST_STREAM_ERROR_CODEC_NOT_FOUND))
    gst_structure_set (details, ICAM_DETAIL_REFUSED, G_TYPE_BOOLEAN, TRUE, NULL);
  gst_element_message_full_with_details (GST_ELEMENT (self->element), GST_MESSAGE_ERROR, domain, code, NULL, g_strdup (detail),
                                         __FILE__, GST_FUNCTION, __LINE__, details);
}

static void
hand_on (IcamCameraLink *self,
         Track          *track,
         GstBuffer      *buffer,
         gint64          media_us,
         gint64          arrival_us)
{
  IcamClock *clock = icam_clock_system ();
  gint64 capture_us = media_us >= 0 ? icam_anchor_capture (&track->anchor, media_us, arrival_us) : arrival_us;
  gint64 utc_us = capture_us + icam_clock_utc (clock) - icam_clock_boottime (clock);
  GstFlowReturn flow;

  icam_frame_time_set (buffer, MAX (utc_us, 0), arrival_us);
  flow = gst_pad_push (track->pad, buffer);
  flow = gst_flow_combiner_update_pad_flow (self->flow, track->pad, flow);
  if (flow <= GST_FLOW_NOT_LINKED && flow != GST_FLOW_FLUSHING)
    icam_camera_link_fail (self, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED, 0, gst_flow_get_name (flow));
}

static void
release_held (IcamCameraLink *self,
              Track          *track)
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
hold (IcamCameraLink *self,
      Track          *track,
      GstBuffer      *buffer,
      gint64          media_us,
      gint64          arrival_us)
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

/**
 * icam_camera_link_set_format:
 * @self: a link
 * @number: of a track
 * @format: what comes from now on
 *
 * Each connect sends stream-start, caps and a TIME segment; a change only new caps.
 */
void
icam_camera_link_set_format (IcamCameraLink      *self,
                             guint                number,
                             const IcamRtpFormat *format)
{
  Track *track = &self->track[number];
  g_autoptr (GstCaps) caps = caps_of (format);

  /* What waits is of the format before. */
  if (track->held.length > 0)
    release_held (self, track);
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

/**
 * icam_camera_link_has_format:
 * @self: a link
 * @number: of a track
 *
 * Returns: whether icam_camera_link_set_format() was called for it
 */
gboolean
icam_camera_link_has_format (IcamCameraLink *self,
                             guint           number)
{
  return self->track[number].started;
}

/**
 * icam_camera_link_push:
 * @self: a link
 * @number: of a track that has a format
 * @data: (transfer full): a whole access unit
 * @size: in bytes
 * @media_us: what the camera says of its time, any origin, without wrap; below 0: it says nothing
 * @arrival_us: boot time at which its last byte was here
 * @flags: of it
 */
void
icam_camera_link_push (IcamCameraLink *self,
                       guint           number,
                       guint8         *data,
                       gsize           size,
                       gint64          media_us,
                       gint64          arrival_us,
                       IcamUnitFlags   flags)
{
  Track *track = &self->track[number];
  GstBuffer *buffer = gst_buffer_new_wrapped (data, size);
  gint64 line_us = media_us >= 0 ? media_us : arrival_us;

  if (track->first_media_us == 0)
    track->first_media_us = line_us;
  GST_BUFFER_PTS (buffer) = (GstClockTime) MAX (line_us - track->first_media_us + G_USEC_PER_SEC, 0) * 1000;
  if ((flags & ICAM_UNIT_KEY) == 0)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  if ((flags & ICAM_UNIT_DISCONT) != 0)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);

  if (track->primed || media_us < 0)
    hand_on (self, track, buffer, media_us, arrival_us);
  else
    hold (self, track, buffer, media_us, arrival_us);
}

/**
 * icam_camera_link_send:
 * @self: a link
 * @data: a whole message
 * @size: in bytes
 *
 * Sends it without waiting; on the reader's thread, or from begin().
 */
void
icam_camera_link_send (IcamCameraLink *self,
                       const void     *data,
                       gsize           size)
{
  /* The reader may be quicker than the handshake, and later than who leaves. */
  g_rec_mutex_lock (&self->lock);
  if (size > 0 && self->connection != NULL && !icam_reader_write (self->connection, data, size))
    GST_DEBUG_OBJECT (self->element, "The camera reads nothing");
  g_rec_mutex_unlock (&self->lock);
}

/**
 * icam_camera_link_add_track:
 * @self: a link that begins
 * @video: whether it is pictures, else sound
 * @format: (nullable): what comes, if it is known already
 *
 * Returns: its number
 */
guint
icam_camera_link_add_track (IcamCameraLink      *self,
                            gboolean             video,
                            const IcamRtpFormat *format)
{
  GstElementClass *klass = GST_ELEMENT_GET_CLASS (self->element);
  const char *name = video ? "video" : "audio";
  guint number = self->n_tracks++;
  Track *track = &self->track[number];

  g_assert (number < ICAM_CAMERA_MAX_TRACKS);
  icam_anchor_init (&track->anchor);
  track->pad = gst_pad_new_from_template (gst_element_class_get_pad_template (klass, name), name);
  gst_flow_combiner_add_pad (self->flow, track->pad);
  gst_pad_use_fixed_caps (track->pad);
  gst_pad_set_active (track->pad, TRUE);
  /* What is linked on "pad-added" must find caps there. */
  if (format != NULL)
    icam_camera_link_set_format (self, number, format);
  gst_element_add_pad (GST_ELEMENT (self->element), track->pad);
  return number;
}

/* ---- on the reader's thread ---- */

static gsize
on_bytes (const guint8 *data,
          gsize         size,
          gint64        arrival_us,
          gpointer      user_data)
{
  IcamCameraLink *self = user_data;

  return self->protocol->bytes (self->session, data, size, arrival_us);
}

static gsize
on_want (gpointer user_data)
{
  IcamCameraLink *self = user_data;

  return self->protocol->want != NULL ? self->protocol->want (self->session) : 0;
}

static void
on_beat (gint64   now_us,
         gpointer user_data)
{
  IcamCameraLink *self = user_data;

  for (guint i = 0; i < self->n_tracks; i++)
    if (!self->track[i].primed && self->track[i].held_since_us > 0 && now_us - self->track[i].held_since_us >= HOLD_US)
      release_held (self, &self->track[i]);
  self->protocol->beat (self->session, now_us);
}

static void ask_handshake (IcamCameraLink *self);

static void
on_ended (int      error,
          gpointer user_data)
{
  IcamCameraLink *self = user_data;

  if (!self->over && self->protocol->ended != NULL && self->protocol->ended (self->session))
    ask_handshake (self);
  else
    icam_camera_link_fail (self, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ, 0,
                           error != 0 ? g_strerror (error) : "the camera closed the connection");
}

static const IcamReaderFuncs reader_funcs = { on_bytes, on_want, on_beat, on_ended };

/* ---- the handshake, on a thread of the pool ---- */

static void
tell_answered (IcamCameraLink *self)
{
  const char *fingerprint = self->protocol->get_fingerprint (self->session);
  GstStructure *answer = gst_structure_new_empty (ICAM_MESSAGE_ANSWERED);

  if (fingerprint != NULL)
    gst_structure_set (answer, "fingerprint", G_TYPE_STRING, fingerprint, NULL);
  if (self->protocol->get_path != NULL && self->protocol->get_path (self->session) != NULL)
    gst_structure_set (answer, "path", G_TYPE_STRING, self->protocol->get_path (self->session), NULL);
  gst_element_post_message (GST_ELEMENT (self->element), gst_message_new_element (GST_OBJECT (self->element), answer));
}

static void
handshake (gpointer data,
           gpointer user_data)
{
  IcamCameraLink *self = data;
  IcamReaderConnection *old;
  g_autoptr (GError) error = NULL;
  gboolean opened, answered = FALSE;
  guint status = 0;

  g_rec_mutex_lock (&self->lock);
  old = g_steal_pointer (&self->connection);
  g_rec_mutex_unlock (&self->lock);
  if (old != NULL)
    icam_reader_remove (old);

  if (is_cancelled (self))
    {
      link_unref (self);
      return;
    }

  opened = self->protocol->open (self->session, &status, &answered, &error);

  /* All under the lock: whoever leaves waits until the pads stand and the reader has the connection, or until nothing of it does. After
   * that nothing may be told or pushed: who listened is gone. */
  g_rec_mutex_lock (&self->lock);
  if (!self->cancelled && answered)
    tell_answered (self);
  if (!opened)
    icam_camera_link_fail (self, error->domain, error->code, status, error->message);
  else if (!self->cancelled)
    {
      gboolean first = self->n_tracks == 0, watched;
      GIOStream *stream = NULL;
      int fd;

      self->protocol->begin (self->session);
      if (first)
        gst_element_no_more_pads (GST_ELEMENT (self->element));
      fd = self->protocol->get_socket (self->session, &stream);
      self->connection = icam_reader_add (fd, stream, &reader_funcs, self);
      /* Whoever sets it later finds the connection. */
      GST_OBJECT_LOCK (self->element);
      watched = PRIVATE (self->element)->watched;
      GST_OBJECT_UNLOCK (self->element);
      if (watched)
        icam_reader_set_watched (self->connection, TRUE);
    }
  g_rec_mutex_unlock (&self->lock);
  link_unref (self);
}

static void
ask_handshake (IcamCameraLink *self)
{
  static gsize initialised;
  static GThreadPool *pool;

  if (g_once_init_enter (&initialised))
    {
      pool = g_thread_pool_new (handshake, NULL, MAX_HANDSHAKES, FALSE, NULL);
      g_once_init_leave (&initialised, 1);
    }
  g_thread_pool_push (pool, link_ref (self), NULL);
}

/* ---- the element ---- */

static void
join (IcamCameraSrc *self)
{
  IcamCameraSrcPrivate *priv = PRIVATE (self);
  IcamCameraLink *link = g_new0 (IcamCameraLink, 1);

  g_atomic_ref_count_init (&link->ref_count);
  link->element = gst_object_ref (self);
  link->flow = gst_flow_combiner_new ();
  link->protocol = ICAM_CAMERA_SRC_GET_CLASS (self)->protocol;
  g_rec_mutex_init (&link->lock);

  GST_OBJECT_LOCK (self);
  link->session = link->protocol->make (link, &(IcamCameraAddress){ priv->location != NULL ? priv->location : "", priv->user,
                                                                    priv->secret, priv->fingerprint });
  priv->link = link;
  GST_OBJECT_UNLOCK (self);

  ask_handshake (link);
}

/* Leaves the reader by handshake: when it returns, nothing is pushed any more. */
static void
leave (IcamCameraSrc *self)
{
  IcamReaderConnection *connection;
  IcamCameraLink *link;

  GST_OBJECT_LOCK (self);
  link = g_steal_pointer (&PRIVATE (self)->link);
  GST_OBJECT_UNLOCK (self);
  if (link == NULL)
    return;

  link->protocol->cancel (link->session);
  g_rec_mutex_lock (&link->lock);
  link->cancelled = TRUE;
  connection = g_steal_pointer (&link->connection);
  g_rec_mutex_unlock (&link->lock);

  if (connection != NULL)
    {
      /* The session is the reader's until here. */
      icam_reader_remove (connection);
      if (link->protocol->leave != NULL)
        link->protocol->leave (link->session);
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
icam_camera_src_change_state (GstElement     *element,
                              GstStateChange  transition)
{
  IcamCameraSrc *self = ICAM_CAMERA_SRC (element);
  GstStateChangeReturn result;

  if (transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED)
    leave (self);

  result = GST_ELEMENT_CLASS (icam_camera_src_parent_class)->change_state (element, transition);
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
 * icam_camera_src_set_secret:
 * @self: a source that has not started
 * @secret: (nullable): the password
 */
void
icam_camera_src_set_secret (IcamCameraSrc *self,
                            IcamSecret    *secret)
{
  IcamCameraSrcPrivate *priv;

  g_return_if_fail (ICAM_IS_CAMERA_SRC (self));

  priv = PRIVATE (self);
  GST_OBJECT_LOCK (self);
  g_clear_pointer (&priv->secret, icam_secret_unref);
  if (secret != NULL)
    priv->secret = icam_secret_ref (secret);
  GST_OBJECT_UNLOCK (self);
}

/**
 * icam_camera_src_set_watched:
 * @self: a source
 * @watched: whether somebody looks at it live: then it is read as packets come, not on the beat
 */
void
icam_camera_src_set_watched (IcamCameraSrc *self,
                             gboolean       watched)
{
  IcamCameraSrcPrivate *priv;
  IcamCameraLink *link;

  g_return_if_fail (ICAM_IS_CAMERA_SRC (self));

  priv = PRIVATE (self);
  GST_OBJECT_LOCK (self);
  link = priv->link != NULL && priv->watched != watched ? link_ref (priv->link) : NULL;
  priv->watched = watched;
  GST_OBJECT_UNLOCK (self);
  if (link == NULL)
    return;

  g_rec_mutex_lock (&link->lock);
  if (link->connection != NULL)
    icam_reader_set_watched (link->connection, watched);
  g_rec_mutex_unlock (&link->lock);
  link_unref (link);
}

static char **
field_of (IcamCameraSrc *self,
          guint          id)
{
  IcamCameraSrcPrivate *priv = PRIVATE (self);

  switch (id)
    {
    case PROP_LOCATION:
      return &priv->location;
    case PROP_USER:
      return &priv->user;
    case PROP_FINGERPRINT:
      return &priv->fingerprint;
    default:
      return NULL;
    }
}

static void
icam_camera_src_set_property (GObject      *object,
                              guint         id,
                              const GValue *value,
                              GParamSpec   *pspec)
{
  char **field = field_of (ICAM_CAMERA_SRC (object), id);

  if (field == NULL)
    {
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      return;
    }
  GST_OBJECT_LOCK (object);
  g_free (*field);
  *field = g_value_dup_string (value);
  GST_OBJECT_UNLOCK (object);
}

static void
icam_camera_src_get_property (GObject    *object,
                              guint       id,
                              GValue     *value,
                              GParamSpec *pspec)
{
  char **field = field_of (ICAM_CAMERA_SRC (object), id);

  if (field == NULL)
    {
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
      return;
    }
  GST_OBJECT_LOCK (object);
  g_value_set_string (value, *field);
  GST_OBJECT_UNLOCK (object);
}

static void
icam_camera_src_finalize (GObject *object)
{
  IcamCameraSrcPrivate *priv = PRIVATE (ICAM_CAMERA_SRC (object));

  g_clear_pointer (&priv->secret, icam_secret_unref);
  g_free (priv->location);
  g_free (priv->user);
  g_free (priv->fingerprint);

  G_OBJECT_CLASS (icam_camera_src_parent_class)->finalize (object);
}

static void
icam_camera_src_class_init (IcamCameraSrcClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  object_class->set_property = icam_camera_src_set_property;
  object_class->get_property = icam_camera_src_get_property;
  object_class->finalize = icam_camera_src_finalize;
  element_class->change_state = icam_camera_src_change_state;

  g_object_class_install_property (object_class, PROP_LOCATION,
                                   g_param_spec_string ("location", "Location", "URL of the stream, without credentials",
                                                        NULL, flags));
  g_object_class_install_property (object_class, PROP_USER,
                                   g_param_spec_string ("user", "User", "Name that the camera knows", NULL, flags));
  g_object_class_install_property (object_class, PROP_FINGERPRINT,
                                   g_param_spec_string ("fingerprint", "Fingerprint",
                                                        "SHA-256 in hexadecimal of the certificate that the camera must show",
                                                        NULL, flags));
}

static void
icam_camera_src_init (IcamCameraSrc *self)
{
  GST_OBJECT_FLAG_SET (self, GST_ELEMENT_FLAG_SOURCE);
}
