/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-media"

#include "config.h"

#include "media/icam-mjpeg-src.h"

#include "base/icam-clock.h"
#include "media/icam-http-session.h"
#include "media/icam-jpeg.h"
#include "media/icam-media-private.h"
#include "media/icam-stream-pipeline.h"

#include <string.h>

/* One picture a request: no more often than this, so that a small camera is not kept busy. */
#define POLL_US (500 * 1000)
/* No camera takes pictures quicker, and no file tells apart what is closer. */
#define MIN_INTERVAL_US 1000
/* Connections in a row over which no picture came. */
#define MAX_FRUITLESS 3

/* A session, and how its bytes become pictures. */
typedef struct
{
  IcamCameraLink *link; /* owns us */
  IcamHttpSession *session;
  IcamHttpBody *body;   /* NULL: the head of an answer comes next, if one was asked for */
  gboolean asked, has_track, challenged;
  gint64 asked_us, arrival_us, picture_us;
  IcamRtpFormat format;
  guint fruitless;
} Stream;

struct _IcamMjpegSrc
{
  IcamCameraSrc parent_instance;
};

G_DEFINE_FINAL_TYPE (IcamMjpegSrc, icam_mjpeg_src, ICAM_TYPE_CAMERA_SRC)

static GstStaticPadTemplate video_template = GST_STATIC_PAD_TEMPLATE (
  "video", GST_PAD_SRC, GST_PAD_SOMETIMES, GST_STATIC_CAPS ("image/jpeg"));

static void
on_picture (guint8  *data,
            gsize    size,
            gpointer user_data)
{
  Stream *self = user_data;
  guint width, height;

  if (!icam_jpeg_get_size (data, size, &width, &height))
    {
      g_free (data);
      return;
    }

  self->fruitless = 0;
  if (width != self->format.width || height != self->format.height)
    {
      self->format.width = width;
      self->format.height = height;
      icam_camera_link_set_format (self->link, 0, &self->format);
    }
  /* Nothing tells when it was captured but its arrival. Of what came together each has its own time. */
  self->picture_us = MAX (self->arrival_us, self->picture_us + MIN_INTERVAL_US);
  icam_camera_link_push (self->link, 0, data, size, -1, self->picture_us, ICAM_UNIT_KEY);
}

static void
fail_bad (Stream     *self,
          const char *detail)
{
  icam_camera_link_fail (self->link, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE, 0, detail);
}

static void
ask (Stream *self,
     gint64  now_us)
{
  GString *request = icam_http_session_request (self->session);

  icam_camera_link_send (self->link, request->str, request->len);
  icam_secret_wipe (request->str, request->len);
  g_string_free (request, TRUE);
  self->asked = TRUE;
  self->asked_us = now_us;
}

/* The head of an answer to a request amid others. Returns how much was used. */
static gsize
take_head (Stream       *self,
           const guint8 *data,
           gsize         size)
{
  g_auto (IcamHttpHead) head = { 0 };
  gssize used = icam_http_head_parse (&head, (const char *) data, size);
  gboolean stale = FALSE;

  if (used <= 0)
    {
      if (used < 0)
        fail_bad (self, "not HTTP");
      return used < 0 ? size : 0;
    }

  if (head.status == 401 && !self->challenged && icam_http_session_challenge (self->session, &head, &stale))
    {
      /* A nonce that is too old: asked again on the next beat, when this answer is over. */
      self->challenged = TRUE;
      self->asked_us = 0;
    }
  else if (head.status != 200)
    {
      icam_camera_link_fail (self->link, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ, head.status, "refused");
      return size;
    }
  else
    self->challenged = FALSE;

  self->body = icam_http_body_new (&head);
  return (gsize) used;
}

static gsize
take_bytes (Stream       *self,
            const guint8 *data,
            gsize         size)
{
  gsize used = 0;

  while (used < size)
    {
      gsize taken;

      if (self->body == NULL)
        {
          if (!self->asked)
            return size; /* nobody asked for this */
          taken = take_head (self, data + used, size - used);
          if (taken == 0)
            return used;
          used += taken;
        }
      if (self->body == NULL)
        return size;

      used += icam_http_body_push (self->body, data + used, size - used, on_picture, self);
      if (icam_http_body_is_bad (self->body))
        {
          fail_bad (self, "not what HTTP allows");
          return size;
        }
      if (!icam_http_body_is_over (self->body))
        continue;
      if (!icam_http_session_polls (self->session))
        {
          icam_camera_link_fail (self->link, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ, 0, "the camera ended its answer");
          return size;
        }
      g_clear_pointer (&self->body, icam_http_body_free);
      self->asked = FALSE;
    }
  return used;
}

/* ---- the protocol ---- */

static gpointer
stream_make (IcamCameraLink          *link,
             const IcamCameraAddress *address)
{
  Stream *self = g_new0 (Stream, 1);

  self->link = link;
  self->session = icam_http_session_new (address->location, address->user, address->secret, address->fingerprint);
  self->format.codec = ICAM_CODEC_MJPEG;
  return self;
}

static void
stream_free (gpointer session)
{
  Stream *self = session;

  g_clear_pointer (&self->body, icam_http_body_free);
  icam_http_session_free (self->session);
  g_free (self);
}

static void
stream_cancel (gpointer session)
{
  icam_http_session_cancel (((Stream *) session)->session);
}

static gboolean
stream_open (gpointer   session,
             guint     *status,
             gboolean  *answered,
             GError   **error)
{
  return icam_http_session_open (((Stream *) session)->session, status, answered, error);
}

static int
stream_get_socket (gpointer    session,
                   GIOStream **stream)
{
  *stream = icam_http_session_get_stream (((Stream *) session)->session);
  return icam_http_session_get_fd (((Stream *) session)->session);
}

static const char *
stream_get_fingerprint (gpointer session)
{
  return icam_http_session_get_fingerprint (((Stream *) session)->session);
}

static const char *
stream_get_path (gpointer session)
{
  return icam_path_to_string (icam_http_session_polls (((Stream *) session)->session) ? ICAM_PATH_JPEG : ICAM_PATH_MJPEG);
}

static void
stream_begin (gpointer session)
{
  Stream *self = session;
  g_autoptr (GByteArray) early = NULL;

  if (!self->has_track)
    icam_camera_link_add_track (self->link, TRUE, NULL);
  self->has_track = TRUE;

  g_clear_pointer (&self->body, icam_http_body_free);
  self->body = icam_http_session_steal_body (self->session, &early);
  self->asked = self->body != NULL;
  self->arrival_us = icam_clock_boottime (icam_clock_system ());
  if (self->asked)
    {
      self->asked_us = self->arrival_us;
      take_bytes (self, early->data, early->len);
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
  return take_bytes (self, data, size);
}

static gsize
stream_want (gpointer session)
{
  Stream *self = session;

  return self->body != NULL ? icam_http_body_get_missing (self->body) : 0;
}

static void
stream_beat (gpointer session,
             gint64   now_us)
{
  Stream *self = session;

  if (icam_http_session_polls (self->session) && !self->asked && now_us - self->asked_us >= POLL_US)
    ask (self, now_us);
}

/* A camera that gives one picture a request may close the connection behind each. */
static gboolean
stream_ended (gpointer session)
{
  Stream *self = session;

  if (!icam_http_session_polls (self->session))
    return FALSE;

  self->fruitless++;
  if (self->body != NULL)
    icam_http_body_end (self->body, on_picture, self);
  g_clear_pointer (&self->body, icam_http_body_free);
  self->asked = FALSE;
  return self->fruitless < MAX_FRUITLESS;
}

static const IcamCameraProtocol protocol = {
  .make = stream_make,
  .free = stream_free,
  .cancel = stream_cancel,
  .open = stream_open,
  .get_socket = stream_get_socket,
  .get_fingerprint = stream_get_fingerprint,
  .get_path = stream_get_path,
  .begin = stream_begin,
  .bytes = stream_bytes,
  .want = stream_want,
  .beat = stream_beat,
  .ended = stream_ended,
};

static void
icam_mjpeg_src_class_init (IcamMjpegSrcClass *klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  ICAM_CAMERA_SRC_CLASS (klass)->protocol = &protocol;
  gst_element_class_add_static_pad_template (element_class, &video_template);
  gst_element_class_set_static_metadata (
    element_class, "JPEG camera source over HTTP", "Source/Network",
    "JPEG pictures of a camera over HTTP, each with the time of its arrival, read by one thread for all cameras", ICAM_AUTHOR);
}

static void
icam_mjpeg_src_init (IcamMjpegSrc *self)
{
}
