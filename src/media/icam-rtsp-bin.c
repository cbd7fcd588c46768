/* SPDX-License-Identifier: GPL-3.0-or-later */

/* icamrtspbin: RTSP by rtspsrc with depayloaders and parsers behind it: UDP, multicast, tunnels, and whatever icamrtspsrc refuses. */

#define G_LOG_DOMAIN "icam-media"

#include "config.h"

#include "media/icam-certificate.h"
#include "media/icam-frame-time.h"
#include "media/icam-media-private.h"
#include "media/icam-rtsp-answer.h"
#include "media/icam-source.h"

#include "base/icam-clock.h"

#include <gst/rtsp/rtsp.h>

GST_DEBUG_CATEGORY_STATIC (icam_rtsp_bin_debug);
#define GST_CAT_DEFAULT icam_rtsp_bin_debug

/* rtspsrc keeps no session alive over TCP before GStreamer 1.26.7; cameras drop one after 60 s, a few after 30. */
#define KEEP_ALIVE_US (20 * G_USEC_PER_SEC)
/* For finding out how a server refuses. */
#define ASK_US (3 * G_USEC_PER_SEC)

typedef struct
{
  const char *media, *encoding;
  const char *depay, *parse; /* parse may be NULL */
  const char *caps;          /* behind the parser */
} Payload;

static const Payload payloads[] = {
  { "video", "H264", "rtph264depay", "h264parse", "video/x-h264,stream-format=avc,alignment=au" },
  { "video", "H265", "rtph265depay", "h265parse", "video/x-h265,stream-format=hvc1,alignment=au" },
  { "video", "JPEG", "rtpjpegdepay", NULL, "image/jpeg" },
  { "audio", "MPEG4-GENERIC", "rtpmp4gdepay", "aacparse",
    "audio/mpeg,mpegversion=4,stream-format=raw" },
  { "audio", "MP4A-LATM", "rtpmp4adepay", "aacparse",
    "audio/mpeg,mpegversion=4,stream-format=raw" },
  { "audio", "PCMU", "rtppcmudepay", NULL, "audio/x-mulaw" },
  { "audio", "PCMA", "rtppcmadepay", NULL, "audio/x-alaw" },
  { "audio", "OPUS", "rtpopusdepay", NULL, "audio/x-opus" },
};

struct _IcamRtspBin
{
  GstBin parent_instance;

  GstElement *rtspsrc; /* owned by the bin */
  IcamSecret *secret;

  /* Under the object lock. */
  char *fingerprint;
  gboolean has_video, has_audio; /* chosen from the description */
  gboolean answered;

  int streaming; /* atomic: something has come */

  /* Thread of rtspsrc's requests, one at a time. */
  IcamRtspAuth *auth; /* NULL: rtspsrc answers challenges itself */
  gboolean asked;

  /* Streaming thread of the pad. */
  IcamAnchor anchors[2];
  gint64 kept_alive_us;
};

enum
{
  PROP_0,
  PROP_LOCATION,
  PROP_USER,
  PROP_FINGERPRINT,
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

G_DEFINE_FINAL_TYPE_WITH_CODE (IcamRtspBin, icam_rtsp_bin, GST_TYPE_BIN,
                               GST_DEBUG_CATEGORY_INIT (icam_rtsp_bin_debug, "icamrtspbin", 0,
                                                        "In Camera's RTSP source"))

static const Payload *
find_payload (const GstStructure *s)
{
  const char *media = gst_structure_get_string (s, "media");
  const char *encoding = gst_structure_get_string (s, "encoding-name");

  for (guint i = 0; i < G_N_ELEMENTS (payloads); i++)
    if (g_strcmp0 (media, payloads[i].media) == 0 && encoding != NULL
        && g_ascii_strcasecmp (encoding, payloads[i].encoding) == 0)
      return &payloads[i];

  return NULL;
}

/* The first video and the first sound that we can store; metadata and back channels stay where they are. */
static gboolean
select_stream_cb (GstElement  *rtspsrc,
                  guint        index,
                  GstCaps     *caps,
                  IcamRtspBin *self)
{
  const Payload *payload = find_payload (gst_caps_get_structure (caps, 0));
  gboolean *have, wanted;

  if (payload == NULL)
    {
      GST_INFO_OBJECT (self, "Stream %u is not wanted: %" GST_PTR_FORMAT, index, caps);
      return FALSE;
    }

  GST_OBJECT_LOCK (self);
  have = g_str_equal (payload->media, "video") ? &self->has_video : &self->has_audio;
  wanted = !*have;
  *have = TRUE;
  GST_OBJECT_UNLOCK (self);

  return wanted;
}

static void
keep_alive_replied (GstPromise *promise,
                    gpointer    user_data)
{
  gst_promise_unref (promise);
}

/* Called between two access units: the command wakes rtspsrc's loop, which must not be in the middle of a packet then. */
static void
keep_alive (IcamRtspBin *self,
            gint64       now_us)
{
  gboolean sent = FALSE;
  GstPromise *promise;

  if (self->kept_alive_us == 0)
    self->kept_alive_us = now_us;
  if (now_us - self->kept_alive_us < KEEP_ALIVE_US)
    return;

  self->kept_alive_us = now_us;
  promise = gst_promise_new_with_change_func (keep_alive_replied, NULL, NULL);
  g_signal_emit_by_name (self->rtspsrc, "get-parameter", "ping", NULL, promise, &sent);
  if (!sent)
    {
      GST_DEBUG_OBJECT (self, "The camera knows no GET_PARAMETER");
      gst_promise_unref (promise);
    }
}

static GstPadProbeReturn
stamp_cb (GstPad          *pad,
          GstPadProbeInfo *info,
          gpointer         user_data)
{
  IcamRtspBin *self = user_data;
  gboolean video = GST_PAD_NAME (pad)[0] == 'v';
  GstBuffer *buffer = gst_buffer_make_writable (GST_PAD_PROBE_INFO_BUFFER (info));
  IcamClock *clock = icam_clock_system ();
  gint64 now_us = icam_clock_boottime (clock);
  gint64 capture_us = now_us;

  g_atomic_int_set (&self->streaming, TRUE);
  if (GST_BUFFER_PTS_IS_VALID (buffer))
    capture_us = icam_anchor_capture (&self->anchors[video ? 0 : 1],
                                      (gint64) (GST_BUFFER_PTS (buffer) / 1000), now_us);

  icam_frame_time_set (buffer, capture_us + icam_clock_utc (clock) - now_us, now_us);
  /* What stands there is the arrival of a packet, not a decoding time. */
  GST_BUFFER_DTS (buffer) = GST_CLOCK_TIME_NONE;
  GST_PAD_PROBE_INFO_DATA (info) = buffer;

  if (video)
    keep_alive (self, now_us);

  return GST_PAD_PROBE_OK;
}

static void
pad_added_cb (GstElement  *rtspsrc,
              GstPad      *rtp,
              IcamRtspBin *self)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (rtp);
  const Payload *payload;
  GstElement *depay, *parse, *filter;
  GstCaps *out;
  g_autoptr (GstPad) sink = NULL;
  g_autoptr (GstPad) src = NULL;
  g_autoptr (GstPadTemplate) template = NULL;
  GstPad *ghost;

  if (caps == NULL)
    caps = gst_pad_query_caps (rtp, NULL);
  payload = gst_caps_is_empty (caps) || gst_caps_is_any (caps)
              ? NULL
              : find_payload (gst_caps_get_structure (caps, 0));
  if (payload == NULL)
    return;

  depay = gst_element_factory_make (payload->depay, NULL);
  parse = payload->parse != NULL ? gst_element_factory_make (payload->parse, NULL) : NULL;
  filter = gst_element_factory_make ("capsfilter", NULL);
  if (depay == NULL || filter == NULL || (payload->parse != NULL && parse == NULL))
    {
      GST_ELEMENT_ERROR (self, CORE, MISSING_PLUGIN, (NULL),
                         ("%s or %s is missing", payload->depay, payload->parse));
      g_clear_object (&depay);
      g_clear_object (&parse);
      g_clear_object (&filter);
      return;
    }

  out = gst_caps_from_string (payload->caps);
  g_object_set (filter, "caps", out, NULL);
  gst_caps_unref (out);

  gst_bin_add_many (GST_BIN (self), depay, filter, NULL);
  if (parse != NULL)
    {
      gst_bin_add (GST_BIN (self), parse);
      gst_element_link_many (depay, parse, filter, NULL);
      gst_element_sync_state_with_parent (parse);
    }
  else
    gst_element_link (depay, filter);
  gst_element_sync_state_with_parent (filter);
  gst_element_sync_state_with_parent (depay);

  src = gst_element_get_static_pad (filter, "src");
  template = gst_object_ref_sink (gst_static_pad_template_get (payload->media[0] == 'v' ? &video_template : &audio_template));
  ghost = gst_ghost_pad_new_from_template (payload->media, src, template);
  gst_pad_add_probe (ghost, GST_PAD_PROBE_TYPE_BUFFER, stamp_cb, self, NULL);
  gst_pad_set_active (ghost, TRUE);
  gst_element_add_pad (GST_ELEMENT (self), ghost);

  sink = gst_element_get_static_pad (depay, "sink");
  if (gst_pad_link (rtp, sink) != GST_PAD_LINK_OK)
    GST_ELEMENT_ERROR (self, CORE, PAD, (NULL), ("%s takes no such stream", payload->depay));
}

static void
no_more_pads_cb (GstElement  *rtspsrc,
                 IcamRtspBin *self)
{
  gst_element_no_more_pads (GST_ELEMENT (self));
}

/* The camera has answered something: from here on a silence is the camera's, not the network's. */
static void
on_answer (IcamRtspBin *self)
{
  gboolean first;

  GST_OBJECT_LOCK (self);
  first = !self->answered;
  self->answered = TRUE;
  GST_OBJECT_UNLOCK (self);

  if (first)
    gst_element_post_message (GST_ELEMENT (self),
                              gst_message_new_element (GST_OBJECT (self),
                                                       gst_structure_new_empty (
                                                         ICAM_MESSAGE_ANSWERED)));
}

/* A refusal without a CSeq (VLC) would be the end for rtspsrc: such a server is given the answer before it asks. */
static void
add_answer (IcamRtspBin    *self,
            GstRTSPMessage *message,
            GstRTSPMethod   method,
            const char     *uri)
{
  char *answer;

  if (!self->asked && method == GST_RTSP_DESCRIBE && self->secret != NULL)
    {
      g_autofree char *location = NULL;
      g_autofree char *user = NULL;

      self->asked = TRUE;
      g_object_get (self->rtspsrc, "location", &location, "user-id", &user, NULL);
      self->auth = location != NULL ? icam_rtsp_answer_find_auth (location, user, self->secret, ASK_US) : NULL;
    }

  answer = self->auth != NULL && uri != NULL ? icam_rtsp_auth_answer (self->auth, gst_rtsp_method_as_text (method), uri) : NULL;
  if (answer == NULL)
    return;

  gst_rtsp_message_remove_header (message, GST_RTSP_HDR_AUTHORIZATION, -1);
  gst_rtsp_message_add_header (message, GST_RTSP_HDR_AUTHORIZATION, answer);
  icam_secret_wipe (answer, strlen (answer));
  g_free (answer);
}

/* rtspsrc sends its first request as soon as the connection stands. A camera is never paused, only left. And rtspsrc stumbles over packets
 * that come as the first ones while it waits for the answer to TEARDOWN (GStreamer 1.22: the segment gets an invalid sequence number): then
 * the end of the connection has to do. */
static gboolean
before_send_cb (GstElement     *rtspsrc,
                GstRTSPMessage *message,
                IcamRtspBin    *self)
{
  GstRTSPMethod method = GST_RTSP_INVALID;
  const char *uri = NULL;

  on_answer (self);
  gst_rtsp_message_parse_request (message, &method, &uri, NULL);
  add_answer (self, message, method, uri);
  return method != GST_RTSP_PAUSE
         && (method != GST_RTSP_TEARDOWN || g_atomic_int_get (&self->streaming));
}

static GstStateChangeReturn
icam_rtsp_bin_change_state (GstElement    *element,
                            GstStateChange transition)
{
  IcamRtspBin *self = ICAM_RTSP_BIN (element);

  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED)
    {
      if (self->secret != NULL)
        g_object_set (self->rtspsrc, "user-pw", icam_secret_peek (self->secret), NULL);
      icam_anchor_init (&self->anchors[0]);
      icam_anchor_init (&self->anchors[1]);
      self->kept_alive_us = 0;
      g_atomic_int_set (&self->streaming, FALSE);
      g_clear_pointer (&self->auth, icam_rtsp_auth_free);
      self->asked = FALSE;
      self->has_video = self->has_audio = self->answered = FALSE;
    }

  return GST_ELEMENT_CLASS (icam_rtsp_bin_parent_class)->change_state (element, transition);
}

/**
 * icam_rtsp_bin_set_secret:
 * @self: an RTSP source that has not started
 * @secret: (nullable): the password
 */
void
icam_rtsp_bin_set_secret (IcamRtspBin *self,
                          IcamSecret  *secret)
{
  g_return_if_fail (ICAM_IS_RTSP_BIN (self));

  g_clear_pointer (&self->secret, icam_secret_unref);
  if (secret != NULL)
    self->secret = icam_secret_ref (secret);
}

static void
icam_rtsp_bin_set_property (GObject      *object,
                            guint         id,
                            const GValue *value,
                            GParamSpec   *pspec)
{
  IcamRtspBin *self = ICAM_RTSP_BIN (object);

  switch (id)
    {
    case PROP_LOCATION:
      g_object_set_property (G_OBJECT (self->rtspsrc), "location", value);
      break;
    case PROP_USER:
      g_object_set_property (G_OBJECT (self->rtspsrc), "user-id", value);
      break;
    case PROP_FINGERPRINT:
      GST_OBJECT_LOCK (self);
      g_free (self->fingerprint);
      self->fingerprint = g_value_dup_string (value);
      GST_OBJECT_UNLOCK (self);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
icam_rtsp_bin_get_property (GObject    *object,
                            guint       id,
                            GValue     *value,
                            GParamSpec *pspec)
{
  IcamRtspBin *self = ICAM_RTSP_BIN (object);

  switch (id)
    {
    case PROP_LOCATION:
      g_object_get_property (G_OBJECT (self->rtspsrc), "location", value);
      break;
    case PROP_USER:
      g_object_get_property (G_OBJECT (self->rtspsrc), "user-id", value);
      break;
    case PROP_FINGERPRINT:
      GST_OBJECT_LOCK (self);
      g_value_set_string (value, self->fingerprint);
      GST_OBJECT_UNLOCK (self);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
icam_rtsp_bin_finalize (GObject *object)
{
  IcamRtspBin *self = ICAM_RTSP_BIN (object);

  g_clear_pointer (&self->secret, icam_secret_unref);
  g_clear_pointer (&self->auth, icam_rtsp_auth_free);
  g_free (self->fingerprint);

  G_OBJECT_CLASS (icam_rtsp_bin_parent_class)->finalize (object);
}

static void
icam_rtsp_bin_class_init (IcamRtspBinClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  object_class->set_property = icam_rtsp_bin_set_property;
  object_class->get_property = icam_rtsp_bin_get_property;
  object_class->finalize = icam_rtsp_bin_finalize;
  element_class->change_state = icam_rtsp_bin_change_state;

  g_object_class_install_property (
    object_class, PROP_LOCATION,
    g_param_spec_string ("location", NULL, NULL, NULL, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));
  g_object_class_install_property (
    object_class, PROP_USER,
    g_param_spec_string ("user", NULL, NULL, NULL, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));
  g_object_class_install_property (
    object_class, PROP_FINGERPRINT,
    g_param_spec_string ("fingerprint", NULL, NULL, NULL, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));

  gst_element_class_add_static_pad_template (element_class, &video_template);
  gst_element_class_add_static_pad_template (element_class, &audio_template);
  gst_element_class_set_static_metadata (
    element_class, "RTSP camera source", "Source/Network",
    "Whole access units of an RTSP camera, stamped with the time of their capture", ICAM_AUTHOR);
}

/* Called for certificates that no authority vouches for, as a camera's is. */
static gboolean
accept_certificate_cb (GstElement           *rtspsrc,
                       GTlsConnection       *connection,
                       GTlsCertificate      *certificate,
                       GTlsCertificateFlags  errors,
                       IcamRtspBin          *self)
{
  g_autofree char *shown = icam_certificate_fingerprint (certificate);
  gboolean same;

  GST_OBJECT_LOCK (self);
  same = shown != NULL && (self->fingerprint == NULL || g_ascii_strcasecmp (self->fingerprint, shown) == 0);
  GST_OBJECT_UNLOCK (self);
  /* So that it is remembered on this path too. */
  if (same)
    gst_element_post_message (GST_ELEMENT (self),
                              gst_message_new_element (GST_OBJECT (self),
                                                       gst_structure_new (ICAM_MESSAGE_ANSWERED, "fingerprint", G_TYPE_STRING,
                                                                          shown, NULL)));
  else
    gst_element_message_full (GST_ELEMENT (self), GST_MESSAGE_ERROR, GST_RESOURCE_ERROR, ICAM_RESOURCE_ERROR_CERTIFICATE, NULL,
                              g_strdup ("Another certificate than before"), __FILE__, GST_FUNCTION, __LINE__);
  return same;
}

/**
 * icam_rtsp_bin_set_udp:
 * @self: a source that has not started
 *
 * The camera does not send over TCP: UDP is tried, then multicast, then a tunnel through HTTP.
 */
void
icam_rtsp_bin_set_udp (IcamRtspBin *self)
{
  g_return_if_fail (ICAM_IS_RTSP_BIN (self));

  /* What comes out of order is put in order again. */
  g_object_set (self->rtspsrc, "protocols", 1 | 2 | 0x10, "latency", 200u, NULL);
}

static void
icam_rtsp_bin_init (IcamRtspBin *self)
{
  gst_bin_set_suppressed_flags (GST_BIN (self), GST_ELEMENT_FLAG_SINK);
  GST_OBJECT_FLAG_SET (self, GST_ELEMENT_FLAG_SOURCE);

  self->rtspsrc = gst_element_factory_make ("rtspsrc", NULL);
  if (self->rtspsrc == NULL)
    {
      g_critical ("GStreamer's rtspsrc is missing");
      return;
    }

  icam_media_quieten ("rtspsrc");

  /* TCP delivers in order: nothing to wait for; silence is the pipeline's watchdog's business; and the camera's own clock (buffer-mode none) is what the anchor wants. A camera's
   * certificate is made by itself: who it is, is told by its fingerprint, not by an authority. */
  g_object_set (self->rtspsrc, "protocols", 4 /* TCP */, "latency", 0u, "buffer-mode", 0 /* none */,
                "drop-on-latency", FALSE, "tcp-timeout", (guint64) 20 * G_USEC_PER_SEC,
                "teardown-timeout", (guint64) 100 * GST_MSECOND, "do-retransmission", FALSE,
                "user-agent", ICAM_APP_NAME "/" ICAM_VERSION, NULL);
  g_signal_connect (self->rtspsrc, "accept-certificate", G_CALLBACK (accept_certificate_cb), self);
  g_signal_connect (self->rtspsrc, "select-stream", G_CALLBACK (select_stream_cb), self);
  g_signal_connect (self->rtspsrc, "pad-added", G_CALLBACK (pad_added_cb), self);
  g_signal_connect (self->rtspsrc, "no-more-pads", G_CALLBACK (no_more_pads_cb), self);
  g_signal_connect (self->rtspsrc, "before-send", G_CALLBACK (before_send_cb), self);
  gst_bin_add (GST_BIN (self), self->rtspsrc);
}
