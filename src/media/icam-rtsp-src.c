/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-media"

#include "config.h"

#include "media/icam-rtsp-src.h"

#include "base/icam-clock.h"
#include "media/icam-interleaved.h"
#include "media/icam-media-private.h"
#include "media/icam-rtsp-session.h"

G_STATIC_ASSERT (ICAM_RTSP_MAX_TRACKS <= ICAM_CAMERA_MAX_TRACKS);

/* A session, and how its bytes become access units. */
typedef struct
{
  IcamCameraLink *link; /* owns us */
  IcamRtspSession *session;
  IcamInterleaved framing;
  IcamRtspTrack *tracks;
  guint n_tracks;
  gboolean have_time[ICAM_RTSP_MAX_TRACKS];
  guint32 last_rtp[ICAM_RTSP_MAX_TRACKS];
  gint64 extended[ICAM_RTSP_MAX_TRACKS]; /* RTP time without wrap */
  GByteArray *out;
  gint64 arrival_us;
} Stream;

struct _IcamRtspSrc
{
  IcamCameraSrc parent_instance;
};

G_DEFINE_FINAL_TYPE (IcamRtspSrc, icam_rtsp_src, ICAM_TYPE_CAMERA_SRC)

static GstStaticPadTemplate video_template
  = GST_STATIC_PAD_TEMPLATE ("video", GST_PAD_SRC, GST_PAD_SOMETIMES,
                             GST_STATIC_CAPS ("video/x-h264,stream-format=avc,alignment=au;"
                                              "video/x-h265,stream-format=hvc1,alignment=au;"
                                              "image/jpeg"));
static GstStaticPadTemplate audio_template = GST_STATIC_PAD_TEMPLATE (
  "audio", GST_PAD_SRC, GST_PAD_SOMETIMES,
  GST_STATIC_CAPS ("audio/mpeg,mpegversion=4,stream-format=raw;audio/x-mulaw;audio/x-alaw;"
                   "audio/x-opus"));

typedef struct
{
  Stream *stream;
  guint number;
} Target;

static gint64
media_time (Stream  *self,
            guint    number,
            guint32  rtp,
            guint    rate)
{
  if (self->have_time[number])
    self->extended[number] += (gint32) (rtp - self->last_rtp[number]);
  else
    self->extended[number] = (gint64) 1 << 32; /* pictures before the first one, in presentation order, stay positive */
  self->last_rtp[number] = rtp;
  self->have_time[number] = TRUE;
  return (gint64) gst_util_uint64_scale ((guint64) MAX (self->extended[number], 0), G_USEC_PER_SEC, rate);
}

static void
on_unit (IcamRtpDepay *depay,
         IcamUnit     *unit,
         gpointer      user_data)
{
  const Target *target = user_data;
  Stream *self = target->stream;
  gint64 media_us = media_time (self, target->number, unit->rtp_time, icam_rtp_depay_get_clock_rate (depay));
  IcamUnitFlags flags = unit->flags;
  gint64 arrival_us = unit->arrival_us;
  gsize size = unit->size;

  if ((flags & ICAM_UNIT_NEW_FORMAT) != 0 || !icam_camera_link_has_format (self->link, target->number))
    icam_camera_link_set_format (self->link, target->number, icam_rtp_depay_get_format (depay));
  icam_camera_link_push (self->link, target->number, icam_rtp_depay_steal (depay, unit), size, media_us, arrival_us, flags);
}

static void
on_packet (guint         channel,
           const guint8 *data,
           gsize         size,
           gpointer      user_data)
{
  Stream *self = user_data;

  for (guint i = 0; i < self->n_tracks; i++)
    {
      Target target = { self, i };

      if (self->tracks[i].rtp_channel == channel)
        icam_rtp_depay_push (self->tracks[i].depay, data, size, self->arrival_us, on_unit, &target);
      else if (self->tracks[i].rtcp_channel == channel)
        icam_rtsp_session_rtcp (self->session, channel, data, size, self->arrival_us);
    }
}

static void
flush_out (Stream *self)
{
  icam_camera_link_send (self->link, self->out->data, self->out->len);
  g_byte_array_set_size (self->out, 0);
}

static void
on_message (const char *text,
            gsize       head_size,
            gsize       body_size,
            gpointer    user_data)
{
  Stream *self = user_data;

  if (icam_rtsp_session_message (self->session, text, head_size, self->out) == ICAM_RTSP_ENDED)
    icam_camera_link_fail (self->link, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ, 0, "the camera ended the session");
  flush_out (self);
}

static const IcamInterleavedFuncs framing_funcs = { on_packet, on_message };

/* ---- the protocol ---- */

static gpointer
stream_make (IcamCameraLink          *link,
             const IcamCameraAddress *address)
{
  Stream *self = g_new0 (Stream, 1);

  self->link = link;
  self->session = icam_rtsp_session_new (address->location, address->user, address->secret, address->fingerprint);
  self->out = g_byte_array_new ();
  icam_interleaved_init (&self->framing);
  return self;
}

static void
stream_free (gpointer session)
{
  Stream *self = session;

  icam_rtsp_session_free (self->session);
  g_byte_array_unref (self->out);
  g_free (self);
}

static void
stream_cancel (gpointer session)
{
  icam_rtsp_session_cancel (((Stream *) session)->session);
}

static gboolean
stream_open (gpointer   session,
             guint     *status,
             gboolean  *answered,
             GError   **error)
{
  return icam_rtsp_session_open (((Stream *) session)->session, status, answered, error);
}

static int
stream_get_socket (gpointer    session,
                   GIOStream **stream)
{
  *stream = icam_rtsp_session_get_stream (((Stream *) session)->session);
  return icam_rtsp_session_get_fd (((Stream *) session)->session);
}

static const char *
stream_get_fingerprint (gpointer session)
{
  return icam_rtsp_session_get_fingerprint (((Stream *) session)->session);
}

static void
stream_begin (gpointer session)
{
  Stream *self = session;
  g_autoptr (GPtrArray) early = icam_rtsp_session_steal_early (self->session);

  self->n_tracks = icam_rtsp_session_get_tracks (self->session, &self->tracks);
  for (guint i = 0; i < self->n_tracks; i++)
    {
      const IcamRtpFormat *format = icam_rtp_depay_get_format (self->tracks[i].depay);

      icam_interleaved_add_channel (&self->framing, self->tracks[i].rtp_channel);
      icam_interleaved_add_channel (&self->framing, self->tracks[i].rtcp_channel);
      icam_camera_link_add_track (self->link, self->tracks[i].video,
                                  format->codec_data != NULL || !self->tracks[i].video ? format : NULL);
    }

  self->arrival_us = icam_clock_boottime (icam_clock_system ());
  for (guint i = 0; i < early->len; i++)
    {
      gsize size;
      const guint8 *data = g_bytes_get_data (g_ptr_array_index (early, i), &size);

      on_packet (data[0], data + 1, size - 1, self);
    }
}

static gsize
stream_bytes (gpointer      session,
              const guint8 *data,
              gsize         size,
              gint64        arrival_us)
{
  Stream *self = session;

  self->arrival_us = arrival_us;
  return icam_interleaved_parse (&self->framing, data, size, &framing_funcs, self);
}

static void
stream_beat (gpointer session,
             gint64   now_us)
{
  Stream *self = session;

  icam_rtsp_session_beat (self->session, now_us, self->out);
  flush_out (self);
}

static void
stream_leave (gpointer session)
{
  Stream *self = session;

  icam_rtsp_session_teardown (self->session, self->out);
  icam_rtsp_session_send_last (self->session, self->out->data, self->out->len);
}

static const IcamCameraProtocol protocol = {
  .make = stream_make,
  .free = stream_free,
  .cancel = stream_cancel,
  .open = stream_open,
  .get_socket = stream_get_socket,
  .get_fingerprint = stream_get_fingerprint,
  .begin = stream_begin,
  .bytes = stream_bytes,
  .beat = stream_beat,
  .leave = stream_leave,
};

static void
icam_rtsp_src_class_init (IcamRtspSrcClass *klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  ICAM_CAMERA_SRC_CLASS (klass)->protocol = &protocol;
  gst_element_class_add_static_pad_template (element_class, &video_template);
  gst_element_class_add_static_pad_template (element_class, &audio_template);
  gst_element_class_set_static_metadata (
    element_class, "RTSP camera source over TCP", "Source/Network",
    "Whole access units of a camera over RTSP, plain or with TLS, read by one thread for all cameras", ICAM_AUTHOR);
}

static void
icam_rtsp_src_init (IcamRtspSrc *self)
{
}
