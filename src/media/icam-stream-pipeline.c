/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-media"

#include "config.h"

#include "media/icam-stream-pipeline.h"

#include "base/icam-beat.h"
#include "base/icam-clock.h"
#include "base/icam-ledger.h"
#include "media/icam-detector.h"
#include "media/icam-frame-time.h"
#include "media/icam-jpeg.h"
#include "media/icam-live-sink.h"
#include "media/icam-media-private.h"
#include "media/icam-mjpeg-src.h"
#include "media/icam-rtsp-src.h"
#include "media/icam-segment-sink.h"
#include "media/icam-source.h"
#include "media/icam-state-pool.h"
#include "media/icam-stream-error.h"

/* A silence of this long, or of five times the interval between pictures, is a failure. */
#define SILENCE_US (5 * G_USEC_PER_SEC)
#define SILENT_INTERVALS 5
/* A failure is noticed at most this much later. */
#define BEAT_MS 1000
/* From the start to the first picture, however busily the camera answers meanwhile. */
#define CONNECT_US (15 * G_USEC_PER_SEC)
/* The computer slept if boot time went on by this much more than the time that it was awake. */
#define NAP_US (2 * G_USEC_PER_SEC)
/* A main stream is watched for motion by its key frames only, unless it is no wider than this. */
#define DETECT_ALL_WIDTH 640
#define BEST_WIDTH 480
/* The rate is counted over this long; pictures come in bursts, so it is by their capture times. */
#define RATE_US (2 * G_USEC_PER_SEC)

struct _IcamStreamPipeline
{
  GObject parent_instance;

  /* Immutable. */
  char *uri, *user, *address, *expected; /* expected: fingerprint */
  IcamSecret *secret;
  IcamUuid channel;
  IcamRole role;
  GMainContext *context;

  /* The owner's thread. */
  gboolean started, finished; /* finished: nothing is emitted any more */
  GSource *beat;
  gint64 started_us, beat_awake_us, beat_boot_us;

  GMutex state_lock;    /* held while the state changes, by a thread of the state pool */

  /* Made by the start, unchanged after. */
  GstElement *pipeline, *tee, *segment_sink, *live_sink;
  IcamSegmentStore *store; /* the owner's thread */
  IcamLiveStream *live;    /* immutable */

  GMutex detect_lock;   /* taken before @lock; elements change state under it, so no message handler may take it */
  gboolean detect;
  GstElement *detector; /* in the pipeline, or NULL */
  GstPad *detect_pad;   /* of the tee */

  GMutex lock;          /* guards what follows */
  gboolean stopping;    /* set under both locks */
  gboolean answered, connected, failed;
  gint64 progress_us;   /* boot time of the last sign of life before the first picture */
  gint64 picture_us;    /* boot time of the last picture */
  gint64 interval_us;   /* between pictures, of the last RATE_US */
  gint64 rate_utc_us;   /* capture time of the picture that began this count, and how many came since */
  guint rate_count;
  IcamStreamInfo info;
  IcamPath path;
  char *fingerprint;    /* of the certificate that was shown */
  GstElement *source;   /* in the pipeline; another one if the first refused */
};

enum
{
  CONNECTED,
  CHANGED,
  FAILED,
  MOTION,
  DETECTOR,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (IcamStreamPipeline, icam_stream_pipeline, G_TYPE_OBJECT)

static void finish (IcamStreamPipeline *self,
                    IcamGapCause        cause);
static void update_detector (IcamStreamPipeline *self);
static void take_other_path (gpointer data);

/* ---- what crosses to the owner's main context ---- */

typedef struct
{
  IcamStreamPipeline *self;
  guint signal;
  GError *error;
  IcamGapCause cause;
  gboolean active;
  double score;
  gint64 utc_us;
  const char *state; /* static */
} Emission;

static void
emission_free (gpointer data)
{
  Emission *emission = data;

  g_clear_error (&emission->error);
  g_object_unref (emission->self);
  g_free (emission);
}

static gboolean
emit_cb (gpointer data)
{
  Emission *emission = data;
  IcamStreamPipeline *self = emission->self;

  if (self->finished)
    return G_SOURCE_REMOVE;

  switch (emission->signal)
    {
    case CONNECTED:
      g_signal_emit (self, signals[CONNECTED], 0);
      break;
    case CHANGED:
      g_signal_emit (self, signals[CHANGED], 0);
      break;
    case FAILED:
      finish (self, emission->cause);
      g_signal_emit (self, signals[FAILED], 0, emission->error, emission->cause);
      break;
    case MOTION:
      g_signal_emit (self, signals[MOTION], 0, emission->active, emission->score,
                     emission->utc_us);
      break;
    case DETECTOR:
      g_signal_emit (self, signals[DETECTOR], 0, emission->state);
      break;
    default:
      g_assert_not_reached ();
    }

  return G_SOURCE_REMOVE;
}

static void
emit (IcamStreamPipeline *self,
      const Emission     *what)
{
  Emission *emission = g_memdup2 (what, sizeof *what);
  g_autoptr (GSource) source = g_idle_source_new ();

  emission->self = g_object_ref (self);
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, emit_cb, emission, emission_free);
  g_source_set_static_name (source, "[incamera] stream pipeline");
  g_source_attach (source, self->context);
}

/* From any thread; only the first failure counts. Takes @error. */
static void
fail (IcamStreamPipeline *self,
      GError             *error,
      IcamGapCause        cause)
{
  gboolean first;

  g_mutex_lock (&self->lock);
  first = !self->failed && !self->stopping;
  self->failed = TRUE;
  g_mutex_unlock (&self->lock);

  if (first)
    emit (self, &(Emission){ .signal = FAILED, .error = error, .cause = cause });
  else
    g_error_free (error);
}

/* ---- streaming threads ---- */

/* Whether an error only says that another path is to be tried, which happens then. */
static gboolean
is_refusal (IcamStreamPipeline *self,
            GstMessage         *message)
{
  const GstStructure *details = NULL;
  g_autoptr (GError) error = NULL;
  gboolean refused = FALSE;

  gst_message_parse_error_details (message, &details);
  if (details == NULL || !gst_structure_get_boolean (details, ICAM_DETAIL_REFUSED, &refused) || !refused)
    return FALSE;

  gst_message_parse_error (message, &error, NULL);
  g_mutex_lock (&self->lock);
  refused = self->path == ICAM_PATH_RTSP && !self->connected && !self->stopping;
  if (refused)
    self->path = error->domain == GST_STREAM_ERROR || g_str_has_prefix (self->uri, "rtsps") ? ICAM_PATH_RTSP_GST : ICAM_PATH_RTSP_UDP;
  g_mutex_unlock (&self->lock);
  if (refused)
    icam_state_pool_push (take_other_path, g_object_ref (self));
  return refused;
}

static void
note_progress (IcamStreamPipeline *self,
               gboolean            answered)
{
  g_mutex_lock (&self->lock);
  self->progress_us = icam_clock_boottime (icam_clock_system ());
  self->answered |= answered;
  g_mutex_unlock (&self->lock);
}

static void
note_answer (IcamStreamPipeline *self,
             const GstStructure *answer)
{
  const char *fingerprint = gst_structure_get_string (answer, "fingerprint");
  const char *path = gst_structure_get_string (answer, "path");

  note_progress (self, TRUE);
  g_mutex_lock (&self->lock);
  if (fingerprint != NULL)
    {
      g_free (self->fingerprint);
      self->fingerprint = g_strdup (fingerprint);
    }
  if (path != NULL)
    self->path = icam_path_from_string (path);
  g_mutex_unlock (&self->lock);
}

static GstBusSyncReply
bus_cb (GstBus     *bus,
        GstMessage *message,
        gpointer    user_data)
{
  IcamStreamPipeline *self = user_data;
  IcamGapCause cause;
  GError *error;
  gboolean answered, connected;

  g_mutex_lock (&self->lock);
  answered = self->answered;
  connected = self->connected;
  g_mutex_unlock (&self->lock);

  switch (GST_MESSAGE_TYPE (message))
    {
    case GST_MESSAGE_ERROR:
      if (is_refusal (self, message))
        break;
      error = icam_stream_error_from_message (message, self->address, self->user, answered,
                                              connected, &cause);
      fail (self, error, cause);
      break;

    case GST_MESSAGE_EOS:
      /* A camera has no end: it closed the connection. */
      cause = ICAM_GAP_CAMERA_GONE;
      error = icam_error_new (ICAM_ERROR_UNREACHABLE, "address", self->address, NULL);
      fail (self, error, cause);
      break;

    case GST_MESSAGE_PROGRESS:
      note_progress (self, FALSE);
      break;

    case GST_MESSAGE_ELEMENT:
      if (gst_message_has_name (message, ICAM_MESSAGE_ANSWERED))
        note_answer (self, gst_message_get_structure (message));
      break;

    default:
      break;
    }

  gst_message_unref (message);
  return GST_BUS_DROP;
}

static void
read_caps (IcamStreamPipeline *self,
           GstCaps            *caps)
{
  const GstStructure *s = gst_caps_get_structure (caps, 0);
  int width = 0, height = 0, numerator = 0, denominator = 1;
  gboolean connected;

  gst_structure_get_int (s, "width", &width);
  gst_structure_get_int (s, "height", &height);
  gst_structure_get_fraction (s, "framerate", &numerator, &denominator);

  g_mutex_lock (&self->lock);
  self->info.video = icam_media_codec_from_caps (caps, NULL);
  self->info.width = (guint) MAX (width, 0);
  self->info.height = (guint) MAX (height, 0);
  self->info.rate = numerator > 0 && denominator > 0 ? (double) numerator / denominator : 0;
  /* What is encoded another way comes at another rate. */
  self->rate_utc_us = self->interval_us = 0;
  connected = self->connected;
  g_mutex_unlock (&self->lock);

  if (connected)
    emit (self, &(Emission){ .signal = CHANGED });
}

/* With the lock. */
static void
count_rate (IcamStreamPipeline *self,
            gint64              utc_us)
{
  gint64 span_us = utc_us - self->rate_utc_us;

  self->rate_count++;
  if (self->rate_utc_us > 0 && span_us >= 0 && span_us < RATE_US)
    return;

  if (self->rate_utc_us > 0 && span_us >= RATE_US)
    self->interval_us = span_us / self->rate_count;
  self->rate_utc_us = utc_us;
  self->rate_count = 0;
}

static GstPadProbeReturn
video_probe_cb (GstPad          *pad,
                GstPadProbeInfo *info,
                gpointer         user_data)
{
  IcamStreamPipeline *self = user_data;
  gint64 now_us;
  gboolean first = FALSE;

  if (info->type & GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM)
    {
      GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);

      if (GST_EVENT_TYPE (event) == GST_EVENT_CAPS)
        {
          GstCaps *caps;

          gst_event_parse_caps (event, &caps);
          read_caps (self, caps);
        }
      return GST_PAD_PROBE_OK;
    }

  now_us = icam_clock_boottime (icam_clock_system ());
  g_mutex_lock (&self->lock);
  if (!self->connected)
    first = self->connected = TRUE;
  self->picture_us = now_us;
  count_rate (self, icam_frame_time_get_utc (GST_PAD_PROBE_INFO_BUFFER (info)));
  g_mutex_unlock (&self->lock);

  if (first)
    {
      emit (self, &(Emission){ .signal = CONNECTED });
      update_detector (self);
    }
  return GST_PAD_PROBE_OK;
}

static void
pad_added_cb (GstElement         *source,
              GstPad             *pad,
              IcamStreamPipeline *self)
{
  g_autoptr (GstPad) sink = NULL;

  if (g_str_has_prefix (GST_PAD_NAME (pad), "video"))
    {
      sink = gst_element_get_static_pad (self->tee, "sink");
      gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
                         video_probe_cb, self, NULL);
    }
  else
    {
      g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);

      if (caps != NULL)
        {
          g_mutex_lock (&self->lock);
          self->info.audio = icam_media_codec_from_caps (caps, NULL);
          g_mutex_unlock (&self->lock);
        }
      sink = gst_element_request_pad_simple (self->segment_sink, "audio");
    }

  if (sink == NULL || gst_pad_link (pad, sink) != GST_PAD_LINK_OK)
    g_warning ("The stream of %s cannot be linked", self->address);
}

/* ---- motion ---- */

static void
detector_health_cb (gpointer    user_data,
                    const char *state)
{
  emit (user_data, &(Emission){ .signal = DETECTOR, .state = g_intern_string (state) });
}

static void
detector_motion_cb (gpointer user_data,
                    gboolean active,
                    double   score,
                    gint64   utc_us)
{
  emit (user_data,
        &(Emission){ .signal = MOTION, .active = active, .score = score, .utc_us = utc_us });
}

static const IcamDetectorFuncs detector_funcs = { detector_health_cb, detector_motion_cb };

/* What takes a branch out of the running pipeline. */
typedef struct
{
  GstElement *pipeline, *tee, *detector;
  GstPad *pad;
} Removal;

/* On a thread of the state pool. */
static void
remove_detector (gpointer data)
{
  Removal *removal = data;

  gst_bin_remove (GST_BIN (removal->pipeline), removal->detector);
  gst_element_set_state (removal->detector, GST_STATE_NULL);
  gst_element_release_request_pad (removal->tee, removal->pad);
  gst_object_unref (removal->detector);
  gst_object_unref (removal->pad);
  gst_object_unref (removal->tee);
  gst_object_unref (removal->pipeline);
  g_free (removal);
}

static GstPadProbeReturn
unlink_detector_cb (GstPad          *pad,
                    GstPadProbeInfo *info,
                    gpointer         user_data)
{
  g_autoptr (GstPad) peer = gst_pad_get_peer (pad);

  if (peer != NULL)
    gst_pad_unlink (pad, peer);
  icam_state_pool_push (remove_detector, user_data);
  return GST_PAD_PROBE_REMOVE;
}

static GstPadLinkReturn
link_detector (IcamStreamPipeline *self)
{
  g_autoptr (GstPad) sink = gst_element_get_static_pad (self->detector, "sink");

  self->detect_pad = gst_element_request_pad_simple (self->tee, "src_%u");
  return gst_pad_link (self->detect_pad, sink);
}

/* From any thread: puts the branch in or takes it out. Before the first picture nothing is known of the codec. */
static void
update_detector (IcamStreamPipeline *self)
{
  gboolean absent = FALSE, ready;
  IcamStreamInfo info;

  g_mutex_lock (&self->detect_lock);
  g_mutex_lock (&self->lock);
  ready = !self->stopping && self->connected;
  info = self->info;
  g_mutex_unlock (&self->lock);

  if (ready && self->detect && self->detector == NULL)
    {
      gboolean all = self->role == ICAM_ROLE_SUB || (info.width > 0 && info.width <= DETECT_ALL_WIDTH);

      self->detector = icam_detector_new (info.video, info.width, !all, &detector_funcs, self);
      if (self->detector == NULL)
        absent = TRUE;
      else
        {
          gst_object_ref_sink (self->detector);
          gst_bin_add (GST_BIN (self->pipeline), self->detector);
          gst_element_sync_state_with_parent (self->detector);
          if (link_detector (self) != GST_PAD_LINK_OK)
            g_warning ("The detector of %s cannot be linked", self->address);
        }
    }
  else if (ready && !self->detect && self->detector != NULL)
    {
      Removal *removal = g_new0 (Removal, 1);

      removal->pipeline = gst_object_ref (self->pipeline);
      removal->tee = gst_object_ref (self->tee);
      removal->detector = g_steal_pointer (&self->detector);
      removal->pad = g_steal_pointer (&self->detect_pad);
      icam_detector_disconnect (ICAM_DETECTOR (removal->detector));
      /* Called at once if nothing is passing, else as soon as it has. */
      gst_pad_add_probe (removal->pad, GST_PAD_PROBE_TYPE_IDLE, unlink_detector_cb, removal, NULL);
    }
  g_mutex_unlock (&self->detect_lock);

  if (absent)
    emit (self, &(Emission){ .signal = DETECTOR, .state = "absent" });
}

/* ---- who looks ---- */

/* From any thread: whoever looks wants each picture at once; otherwise they are fetched on the reader's beat. */
static void
watch_cb (gboolean watched,
          gpointer user_data)
{
  IcamStreamPipeline *self = user_data;
  g_autoptr (GstElement) source = NULL;

  g_mutex_lock (&self->lock);
  source = gst_object_ref (self->source);
  g_mutex_unlock (&self->lock);
  if (ICAM_IS_CAMERA_SRC (source))
    icam_camera_src_set_watched (ICAM_CAMERA_SRC (source), watched);
}

/* ---- the owner's thread ---- */

static gboolean
beat_cb (gpointer user_data)
{
  IcamStreamPipeline *self = user_data;
  gint64 boot_us = icam_clock_boottime (icam_clock_system ());
  gint64 awake_us = g_get_monotonic_time ();
  gint64 since_us, limit_us = SILENCE_US;
  gboolean answered, connected, silent;
  IcamGapCause cause;
  GError *error;

  if ((boot_us - self->beat_boot_us) - (awake_us - self->beat_awake_us) > NAP_US)
    {
      fail (self, icam_error_new (ICAM_ERROR_UNREACHABLE, "address", self->address, NULL),
            ICAM_GAP_COMPUTER_ASLEEP);
      return G_SOURCE_CONTINUE;
    }
  self->beat_boot_us = boot_us;
  self->beat_awake_us = awake_us;

  g_mutex_lock (&self->lock);
  answered = self->answered;
  connected = self->connected;
  since_us = boot_us - (connected ? self->picture_us : self->progress_us);
  if (connected)
    limit_us = MAX (limit_us, SILENT_INTERVALS * self->interval_us);
  silent = since_us > limit_us || (!connected && boot_us - self->started_us > CONNECT_US);
  g_mutex_unlock (&self->lock);

  if (silent)
    {
      error = icam_stream_error_silent (self->address, answered, &cause);
      fail (self, error, cause);
    }

  return G_SOURCE_CONTINUE;
}

/* On a thread of the state pool. */
static void
start_job (gpointer data)
{
  IcamStreamPipeline *self = data;
  gboolean stopping;
  GstStateChangeReturn ret = GST_STATE_CHANGE_SUCCESS;

  g_mutex_lock (&self->state_lock);
  g_mutex_lock (&self->lock);
  stopping = self->stopping;
  g_mutex_unlock (&self->lock);
  if (!stopping)
    ret = gst_element_set_state (self->pipeline, GST_STATE_PLAYING);
  g_mutex_unlock (&self->state_lock);

  /* An error message has said more by now, if there was one. */
  if (ret == GST_STATE_CHANGE_FAILURE)
    fail (self, icam_error_new (ICAM_ERROR_NO_STREAM, "address", self->address, NULL),
          ICAM_GAP_BAD_DATA);
  g_object_unref (self);
}

/* On a thread of the state pool, with the reference that the running pipeline held. */
static void
stop_job (gpointer data)
{
  IcamStreamPipeline *self = data;

  g_mutex_lock (&self->state_lock);
  gst_element_set_state (self->pipeline, GST_STATE_NULL);
  g_mutex_unlock (&self->state_lock);
  g_object_unref (self);
}

static GstElement *
make_source (IcamStreamPipeline *self,
             IcamPath            path)
{
  GstElement *source;

  switch (path)
    {
    case ICAM_PATH_MJPEG:
    case ICAM_PATH_JPEG:
      source = g_object_new (ICAM_TYPE_MJPEG_SRC, NULL);
      break;
    case ICAM_PATH_RTSP_GST:
    case ICAM_PATH_RTSP_UDP:
      source = g_object_new (ICAM_TYPE_RTSP_BIN, NULL);
      if (path == ICAM_PATH_RTSP_UDP)
        icam_rtsp_bin_set_udp (ICAM_RTSP_BIN (source));
      break;
    case ICAM_PATH_AUTO:
    case ICAM_PATH_RTSP:
    case ICAM_N_PATHS:
    default:
      source = g_object_new (ICAM_TYPE_RTSP_SRC, NULL);
    }

  if (ICAM_IS_CAMERA_SRC (source))
    icam_camera_src_set_secret (ICAM_CAMERA_SRC (source), self->secret);
  else
    icam_rtsp_bin_set_secret (ICAM_RTSP_BIN (source), self->secret);
  g_object_set (source, "location", self->uri, "user", self->user, "fingerprint", self->expected, NULL);
  g_signal_connect (source, "pad-added", G_CALLBACK (pad_added_cb), self);
  return source;
}

/* On a thread of the state pool: the first source gives way before anything came from it. */
static void
take_other_path (gpointer data)
{
  IcamStreamPipeline *self = data;
  GstElement *old = NULL, *source = NULL;

  g_mutex_lock (&self->state_lock);
  g_mutex_lock (&self->lock);
  if (!self->stopping)
    {
      source = make_source (self, self->path);
      old = self->source;
      self->source = source;
    }
  g_mutex_unlock (&self->lock);

  if (old != NULL)
    {
      g_debug ("The stream of %s is tried over %s", self->address, icam_path_to_string (self->path));
      gst_element_set_locked_state (old, TRUE);
      gst_element_set_state (old, GST_STATE_NULL);
      gst_bin_remove (GST_BIN (self->pipeline), old);
      gst_bin_add (GST_BIN (self->pipeline), source);
      gst_element_sync_state_with_parent (source);
    }
  g_mutex_unlock (&self->state_lock);
  g_object_unref (self);
}

static const char *const path_names[] = {
  [ICAM_PATH_AUTO] = "auto",         [ICAM_PATH_RTSP] = "rtsp-tcp", [ICAM_PATH_RTSP_GST] = "rtsp-gst",
  [ICAM_PATH_RTSP_UDP] = "rtsp-udp", [ICAM_PATH_MJPEG] = "mjpeg",   [ICAM_PATH_JPEG] = "jpeg",
};
G_STATIC_ASSERT (G_N_ELEMENTS (path_names) == ICAM_N_PATHS);

/**
 * icam_path_to_string:
 * @path: a path
 *
 * Returns: its frozen name
 */
const char *
icam_path_to_string (IcamPath path)
{
  g_return_val_if_fail (path < ICAM_N_PATHS, NULL);

  return path_names[path];
}

/**
 * icam_path_from_string:
 * @string: (nullable): a frozen name
 *
 * Returns: the path, %ICAM_PATH_AUTO if it is none
 */
IcamPath
icam_path_from_string (const char *string)
{
  for (guint i = 0; i < ICAM_N_PATHS; i++)
    if (g_strcmp0 (string, path_names[i]) == 0)
      return (IcamPath) i;

  return ICAM_PATH_AUTO;
}

/* What the URL says comes before what is remembered: it may be another one by now. */
static IcamPath
path_for (const char *uri,
          IcamPath    remembered)
{
  if (g_str_has_prefix (uri, "http://") || g_str_has_prefix (uri, "https://"))
    return ICAM_PATH_MJPEG;
  if (g_str_has_prefix (uri, "rtsph://"))
    return ICAM_PATH_RTSP_UDP;
  if (remembered == ICAM_PATH_RTSP_GST || remembered == ICAM_PATH_RTSP_UDP)
    return remembered;
  return ICAM_PATH_RTSP;
}

/**
 * icam_stream_pipeline_start:
 * @self: a pipeline that has not been started
 *
 * Connects. Returns at once; what happens is told by signals.
 */
void
icam_stream_pipeline_start (IcamStreamPipeline *self)
{
  g_autoptr (GstBus) bus = NULL;
  g_autoptr (GUri) uri = NULL;

  g_return_if_fail (ICAM_IS_STREAM_PIPELINE (self));
  g_return_if_fail (!self->started);

  self->started = TRUE;
  uri = g_uri_parse (self->uri, G_URI_FLAGS_NONE, NULL);
  if (uri != NULL && g_uri_get_host (uri) != NULL)
    {
      gboolean http = g_str_has_prefix (self->uri, "http");
      int port = g_uri_get_port (uri);

      icam_ledger_note ("stream", g_uri_get_host (uri),
                        (guint16) (port > 0 ? port : http ? 80 : 554));
    }

  self->pipeline = gst_object_ref_sink (gst_pipeline_new (NULL));
  self->source = make_source (self, self->path);
  self->tee = gst_element_factory_make ("tee", "tee");
  self->segment_sink = g_object_new (ICAM_TYPE_SEGMENT_SINK, "name", "segments", NULL);
  self->live_sink = g_object_new (ICAM_TYPE_LIVE_SINK, "name", "live", "stream", self->live, NULL);
  g_object_set (self->tee, "allow-not-linked", TRUE, NULL);
  icam_segment_sink_set_store (ICAM_SEGMENT_SINK (self->segment_sink), self->store);
  gst_bin_add_many (GST_BIN (self->pipeline), self->source, self->tee, self->segment_sink,
                    self->live_sink, NULL);
  gst_element_link_pads (self->tee, NULL, self->segment_sink, "video");
  gst_element_link_pads (self->tee, NULL, self->live_sink, "sink");

  bus = gst_element_get_bus (self->pipeline);
  gst_bus_set_sync_handler (bus, bus_cb, self, NULL);

  self->started_us = self->progress_us = self->beat_boot_us
    = icam_clock_boottime (icam_clock_system ());
  self->beat_awake_us = g_get_monotonic_time ();
  self->beat = icam_beat_source_new (BEAT_MS);
  g_source_set_callback (self->beat, beat_cb, self, NULL);
  g_source_set_static_name (self->beat, "[incamera] stream watchdog");
  g_source_attach (self->beat, self->context);

  if (self->live != NULL)
    icam_live_stream_set_watch (self->live, watch_cb, self);

  /* It keeps itself until stop_job() has taken it down; one more for the job. */
  g_object_ref (self);
  icam_state_pool_push (start_job, g_object_ref (self));
}

/* On the owner's thread. */
static void
finish (IcamStreamPipeline *self,
        IcamGapCause        cause)
{
  if (self->finished)
    return;

  self->finished = TRUE;
  if (self->beat != NULL)
    g_source_destroy (self->beat);
  g_clear_pointer (&self->beat, g_source_unref);

  g_mutex_lock (&self->detect_lock);
  g_mutex_lock (&self->lock);
  self->stopping = TRUE;
  g_mutex_unlock (&self->lock);
  if (self->detector != NULL)
    icam_detector_disconnect (ICAM_DETECTOR (self->detector));
  g_mutex_unlock (&self->detect_lock);

  if (!self->started)
    return;

  if (self->live != NULL)
    icam_live_stream_set_watch (self->live, NULL, NULL);
  icam_segment_sink_interrupt (ICAM_SEGMENT_SINK (self->segment_sink), cause);
  g_object_set (self->live_sink, "stream", NULL, NULL);
  icam_state_pool_push (stop_job, self);
}

/**
 * icam_stream_pipeline_stop:
 * @self: a pipeline
 * @cause: why nothing is recorded from now on
 *
 * Nothing reaches the store or the live stream and nothing is emitted once this has returned; the connection ends elsewhere.
 */
void
icam_stream_pipeline_stop (IcamStreamPipeline *self,
                           IcamGapCause        cause)
{
  g_return_if_fail (ICAM_IS_STREAM_PIPELINE (self));

  finish (self, cause);
}

/**
 * icam_stream_pipeline_set_store:
 * @self: a pipeline
 * @store: (nullable): where to record from the next key frame on
 */
void
icam_stream_pipeline_set_store (IcamStreamPipeline *self,
                                IcamSegmentStore   *store)
{
  g_return_if_fail (ICAM_IS_STREAM_PIPELINE (self));

  if (self->finished)
    return;

  g_set_object (&self->store, store);
  if (self->segment_sink != NULL)
    icam_segment_sink_set_store (ICAM_SEGMENT_SINK (self->segment_sink), store);
}

/**
 * icam_stream_pipeline_set_detect:
 * @self: a pipeline
 * @detect: whether it is decoded and watched for motion
 */
void
icam_stream_pipeline_set_detect (IcamStreamPipeline *self,
                                 gboolean            detect)
{
  g_return_if_fail (ICAM_IS_STREAM_PIPELINE (self));

  g_mutex_lock (&self->detect_lock);
  self->detect = detect;
  g_mutex_unlock (&self->detect_lock);
  update_detector (self);
}

/**
 * icam_stream_pipeline_get_path:
 * @self: a pipeline
 *
 * Returns: the way that is tried, or that the pictures come
 */
IcamPath
icam_stream_pipeline_get_path (IcamStreamPipeline *self)
{
  IcamPath path;

  g_return_val_if_fail (ICAM_IS_STREAM_PIPELINE (self), ICAM_PATH_AUTO);

  g_mutex_lock (&self->lock);
  path = self->path;
  g_mutex_unlock (&self->lock);
  return path;
}

/**
 * icam_stream_pipeline_dup_fingerprint:
 * @self: a pipeline
 *
 * Returns: (transfer full) (nullable): SHA-256 in hexadecimal of the certificate that the camera showed
 */
char *
icam_stream_pipeline_dup_fingerprint (IcamStreamPipeline *self)
{
  char *fingerprint;

  g_return_val_if_fail (ICAM_IS_STREAM_PIPELINE (self), NULL);

  g_mutex_lock (&self->lock);
  fingerprint = g_strdup (self->fingerprint);
  g_mutex_unlock (&self->lock);
  return fingerprint;
}

/**
 * icam_stream_pipeline_get_info:
 * @self: a pipeline
 * @info: (out): what is known of the stream: all zero before "connected"
 */
void
icam_stream_pipeline_get_info (IcamStreamPipeline *self,
                               IcamStreamInfo     *info)
{
  g_return_if_fail (ICAM_IS_STREAM_PIPELINE (self));

  g_mutex_lock (&self->lock);
  *info = self->info;
  if (info->rate <= 0 && self->interval_us > 0)
    info->rate = (double) G_USEC_PER_SEC / (double) self->interval_us;
  g_mutex_unlock (&self->lock);
}

/**
 * icam_stream_pipeline_take_best_picture:
 * @self: a pipeline
 * @utc_us: (out): when it was captured
 *
 * Call it off the main thread: it encodes.
 *
 * Returns: (transfer full) (nullable): the picture with the most motion since the last call, as a JPEG of at most 480 pixels in width
 * that names its channel in a COM segment
 */
GBytes *
icam_stream_pipeline_take_best_picture (IcamStreamPipeline *self,
                                        gint64             *utc_us)
{
  g_autoptr (GstSample) sample = NULL;
  g_autofree char *comment = NULL;
  char channel[ICAM_UUID_TEXT_SIZE];

  g_return_val_if_fail (ICAM_IS_STREAM_PIPELINE (self), NULL);

  g_mutex_lock (&self->detect_lock);
  if (self->detector != NULL)
    sample = icam_detector_steal_best (ICAM_DETECTOR (self->detector), utc_us);
  g_mutex_unlock (&self->detect_lock);
  if (sample == NULL)
    return NULL;

  icam_uuid_format (&self->channel, channel);
  comment = g_strdup_printf ("icam channel=%s utc=%" G_GINT64_FORMAT, channel, *utc_us);
  return icam_jpeg_from_sample (sample, BEST_WIDTH, comment);
}

/**
 * icam_stream_pipeline_new:
 * @config: what to connect to and where to put it; copied
 *
 * Signals come in the thread-default main context of the caller. A pipeline that was started must be stopped.
 *
 * Returns: (transfer full): a pipeline that is not connected yet
 */
IcamStreamPipeline *
icam_stream_pipeline_new (const IcamStreamConfig *config)
{
  IcamStreamPipeline *self;
  g_autoptr (GUri) uri = NULL;

  g_return_val_if_fail (config->uri != NULL, NULL);

  self = g_object_new (ICAM_TYPE_STREAM_PIPELINE, NULL);
  self->uri = g_strdup (config->uri);
  self->user = g_strdup (config->user);
  self->expected = g_strdup (config->fingerprint);
  self->path = path_for (config->uri, config->path);
  self->secret = config->secret != NULL ? icam_secret_ref (config->secret) : NULL;
  self->channel = config->channel;
  self->role = config->role;
  self->detect = config->detect;
  g_set_object (&self->store, config->store);
  g_set_object (&self->live, config->live);

  uri = g_uri_parse (config->uri, G_URI_FLAGS_NONE, NULL);
  self->address = g_strdup (uri != NULL && g_uri_get_host (uri) != NULL ? g_uri_get_host (uri) : "");
  return self;
}

static void
icam_stream_pipeline_finalize (GObject *object)
{
  IcamStreamPipeline *self = ICAM_STREAM_PIPELINE (object);

  if (self->pipeline != NULL)
    {
      g_autoptr (GstBus) bus = gst_element_get_bus (self->pipeline);

      gst_bus_set_sync_handler (bus, NULL, NULL, NULL);
    }
  g_clear_object (&self->detector);
  g_clear_object (&self->detect_pad);
  g_clear_object (&self->pipeline);
  g_clear_object (&self->store);
  g_clear_object (&self->live);
  g_clear_pointer (&self->secret, icam_secret_unref);
  g_clear_pointer (&self->context, g_main_context_unref);
  g_free (self->uri);
  g_free (self->user);
  g_free (self->expected);
  g_free (self->fingerprint);
  g_free (self->address);
  g_mutex_clear (&self->lock);
  g_mutex_clear (&self->state_lock);
  g_mutex_clear (&self->detect_lock);

  G_OBJECT_CLASS (icam_stream_pipeline_parent_class)->finalize (object);
}

static void
icam_stream_pipeline_class_init (IcamStreamPipelineClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = icam_stream_pipeline_finalize;

  signals[CONNECTED] = g_signal_new ("connected", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                     NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
  signals[FAILED] = g_signal_new ("failed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                  NULL, NULL, G_TYPE_NONE, 2, G_TYPE_ERROR, G_TYPE_INT);
  signals[MOTION] = g_signal_new ("motion", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                  NULL, NULL, G_TYPE_NONE, 3, G_TYPE_BOOLEAN, G_TYPE_DOUBLE,
                                  G_TYPE_INT64);
  signals[DETECTOR] = g_signal_new ("detector", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                    NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
icam_stream_pipeline_init (IcamStreamPipeline *self)
{
  g_mutex_init (&self->lock);
  g_mutex_init (&self->state_lock);
  g_mutex_init (&self->detect_lock);
  self->context = g_main_context_ref_thread_default ();
}
