/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-media"

#include "config.h"

#include "media/icam-rtsp-session.h"

#include <gst/gst.h>
#include <gst/rtsp/gstrtsptransport.h>
#include <gst/sdp/gstsdpmessage.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "media/icam-rtsp-auth.h"

/* For one exchange. A camera on the same network answers in milliseconds; one that is dead must not hold a thread for long. */
#define EXCHANGE_US (3 * G_USEC_PER_SEC)
#define MAX_REDIRECTS 3
#define MAX_EARLY 256
/* Cameras drop a session after its time-out, 60 s by default (RFC 2326, section 12.37); some count wrong, so twice as often. */
#define DEFAULT_TIMEOUT_S 60
#define MAX_KEEP_ALIVE_US (25 * G_USEC_PER_SEC)
#define REPORT_US (5 * G_USEC_PER_SEC)

typedef struct
{
  guint32 sender_ssrc; /* of the last sender report */
  guint32 last_sr;     /* middle bits of its NTP time */
  gint64 last_sr_us;   /* when it came; 0: none yet */
  guint32 expected, received; /* at the last report of ours */
} Rtcp;

struct _IcamRtspSession
{
  char *location; /* without credentials */
  GstRTSPUrl *url;
  IcamRtspAuth *auth;

  GMutex lock;
  GstRTSPConnection *connection; /* under lock while it may be cancelled */
  gboolean cancelled;            /* under lock */

  guint cseq;
  char *session_id, *aggregate;
  gboolean silent; /* it left a request without an answer */
  char *redirect; /* where the last response of status 3xx sent us */
  gboolean has_get_parameter;
  gint64 keep_alive_every_us;
  IcamRtspTrack tracks[ICAM_RTSP_MAX_TRACKS];
  Rtcp rtcp[ICAM_RTSP_MAX_TRACKS];
  guint n_tracks;
  GPtrArray *early; /* of GBytes: channel, packet */

  /* reader's thread */
  gint64 kept_alive_us, reported_us;
  guint keep_alive_cseq;
  guint32 ssrc;
};

/**
 * icam_rtsp_session_new:
 * @location: an rtsp:// URL without credentials
 * @user: (nullable): the name
 * @secret: (nullable): the password
 *
 * Returns: (transfer full): a session that is not open
 */
IcamRtspSession *
icam_rtsp_session_new (const char *location,
                       const char *user,
                       IcamSecret *secret)
{
  IcamRtspSession *self = g_new0 (IcamRtspSession, 1);

  self->location = g_strdup (location);
  self->auth = icam_rtsp_auth_new (user, secret);
  self->early = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  self->ssrc = g_random_int ();
  g_mutex_init (&self->lock);
  return self;
}

static void
forget_tracks (IcamRtspSession *self)
{
  for (guint i = 0; i < self->n_tracks; i++)
    g_clear_pointer (&self->tracks[i].depay, icam_rtp_depay_free);
  self->n_tracks = 0;
}

static void
drop_connection (IcamRtspSession *self)
{
  GstRTSPConnection *connection;

  g_mutex_lock (&self->lock);
  connection = g_steal_pointer (&self->connection);
  g_mutex_unlock (&self->lock);
  if (connection != NULL)
    {
      gst_rtsp_connection_close (connection);
      gst_rtsp_connection_free (connection);
    }
  g_clear_pointer (&self->url, gst_rtsp_url_free);
}

/**
 * icam_rtsp_session_free:
 * @self: (transfer full): a session; its connection is closed
 */
void
icam_rtsp_session_free (IcamRtspSession *self)
{
  forget_tracks (self);
  drop_connection (self);
  icam_rtsp_auth_free (self->auth);
  g_ptr_array_unref (self->early);
  g_free (self->location);
  g_free (self->session_id);
  g_free (self->aggregate);
  g_free (self->redirect);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/**
 * icam_rtsp_session_cancel:
 * @self: a session that another thread may be opening
 *
 * icam_rtsp_session_open() returns soon.
 */
void
icam_rtsp_session_cancel (IcamRtspSession *self)
{
  g_mutex_lock (&self->lock);
  self->cancelled = TRUE;
  if (self->connection != NULL)
    gst_rtsp_connection_flush (self->connection, TRUE);
  g_mutex_unlock (&self->lock);
}

/* ---- exchanges ---- */

static char *
dup_header (GstRTSPMessage     *message,
            GstRTSPHeaderField  field)
{
  char *value = NULL;

  gst_rtsp_message_get_header (message, field, &value, 0);
  return value != NULL ? g_strstrip (g_strdup (value)) : NULL;
}

static gboolean
set_result (GstRTSPResult result,
            const char   *what,
            GError      **error)
{
  g_autofree char *text = NULL;

  if (result == GST_RTSP_OK)
    return TRUE;

  text = gst_rtsp_strresult (result);
  g_set_error (error, GST_RESOURCE_ERROR,
               result == GST_RTSP_ENET || result == GST_RTSP_ESYS || result == GST_RTSP_ETIMEOUT ? GST_RESOURCE_ERROR_OPEN_READ
                                                                                              : GST_RESOURCE_ERROR_READ,
               "%s: %s", what, text);
  return FALSE;
}

static gboolean
connect_to (IcamRtspSession *self,
            GError         **error)
{
  GstRTSPConnection *connection = NULL;
  gboolean cancelled;
  const int on = 1;

  drop_connection (self);
  if (gst_rtsp_url_parse (self->location, &self->url) != GST_RTSP_OK || self->url->host == NULL
      || (self->url->transports & GST_RTSP_LOWER_TRANS_TLS) != 0)
    {
      g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS, "Not an address of a stream over plain TCP");
      return FALSE;
    }
  g_clear_pointer (&self->url->user, g_free);
  g_clear_pointer (&self->url->passwd, g_free);

  if (!set_result (gst_rtsp_connection_create (self->url, &connection), "Connection", error))
    return FALSE;
  gst_rtsp_connection_set_remember_session_id (connection, FALSE);
  gst_rtsp_connection_set_content_length_limit (connection, 256 * 1024);

  g_mutex_lock (&self->lock);
  self->connection = connection;
  cancelled = self->cancelled;
  g_mutex_unlock (&self->lock);
  if (cancelled)
    return set_result (GST_RTSP_EINTR, "Connection", error);

  if (!set_result (gst_rtsp_connection_connect_usec (connection, EXCHANGE_US), "Connection", error))
    return FALSE;

  /* Before the first picture is under way: what waits in the socket while pads are made must not count as late. */
  if (setsockopt (icam_rtsp_session_get_fd (self), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) != 0)
    g_debug ("No arrival stamps: %s", g_strerror (errno));
  return TRUE;
}

static void
keep_early (IcamRtspSession *self,
            GstRTSPMessage  *message)
{
  guint8 channel, *body;
  guint size;
  guint8 *copy;

  if (gst_rtsp_message_parse_data (message, &channel) != GST_RTSP_OK
      || gst_rtsp_message_get_body (message, &body, &size) != GST_RTSP_OK || self->early->len >= MAX_EARLY)
    return;

  copy = g_malloc (size + 1u);
  copy[0] = channel;
  if (size > 0)
    memcpy (copy + 1, body, size);
  g_ptr_array_add (self->early, g_bytes_new_take (copy, size + 1u));
}

/* Waits for the response to the request of a CSeq; data and requests of the server may come before it. */
static gboolean
receive (IcamRtspSession *self,
         GstRTSPMessage  *response,
         GError         **error)
{
  gint64 end = g_get_monotonic_time () + EXCHANGE_US;

  for (guint others = 0; others < MAX_EARLY; others++)
    {
      gint64 left = end - g_get_monotonic_time ();
      GstRTSPResult result
        = left <= 0 ? GST_RTSP_ETIMEOUT : gst_rtsp_connection_receive_usec (self->connection, response, left);

      self->silent = result == GST_RTSP_ETIMEOUT;
      if (!set_result (result, "Answer", error))
        return FALSE;

      switch (response->type)
        {
        case GST_RTSP_MESSAGE_RESPONSE:
          return TRUE;
        case GST_RTSP_MESSAGE_DATA:
          keep_early (self, response);
          break;
        default:
          break; /* a request of the server before PLAY: none that matters */
        }
      gst_rtsp_message_unset (response);
    }

  g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ, "No answer amid what else came");
  return FALSE;
}

static gboolean
send_request (IcamRtspSession *self,
              GstRTSPMethod    method,
              const char      *uri,
              const char      *headers[][2],
              GError         **error)
{
  GstRTSPMessage request = { 0 };
  char *authorization = icam_rtsp_auth_answer (self->auth, gst_rtsp_method_as_text (method), uri);
  g_autofree char *cseq = g_strdup_printf ("%u", ++self->cseq);
  gboolean sent;

  gst_rtsp_message_init_request (&request, method, uri);
  gst_rtsp_message_add_header (&request, GST_RTSP_HDR_CSEQ, cseq);
  gst_rtsp_message_add_header (&request, GST_RTSP_HDR_USER_AGENT, ICAM_APP_NAME "/" ICAM_VERSION);
  if (self->session_id != NULL)
    gst_rtsp_message_add_header (&request, GST_RTSP_HDR_SESSION, self->session_id);
  for (guint i = 0; headers != NULL && headers[i][0] != NULL; i++)
    gst_rtsp_message_add_header_by_name (&request, headers[i][0], headers[i][1]);
  if (authorization != NULL)
    gst_rtsp_message_add_header (&request, GST_RTSP_HDR_AUTHORIZATION, authorization);

  sent = set_result (gst_rtsp_connection_send_usec (self->connection, &request, EXCHANGE_US), "Request", error);
  gst_rtsp_message_unset (&request);
  if (authorization != NULL)
    icam_secret_wipe (authorization, strlen (authorization));
  g_free (authorization);
  return sent;
}

/* A request and its response of status 200; answers a challenge, and a nonce that is too old once more. */
static gboolean
exchange (IcamRtspSession *self,
          GstRTSPMethod    method,
          const char      *uri,
          const char      *headers[][2],
          GstRTSPMessage  *response,
          guint           *status,
          GError         **error)
{
  gboolean challenged = FALSE;

  for (guint tries = 0; tries < 3; tries++)
    {
      GstRTSPStatusCode code = GST_RTSP_STS_INVALID;
      gboolean stale = FALSE;

      if (!send_request (self, method, uri, headers, error) || !receive (self, response, error))
        return FALSE;

      gst_rtsp_message_parse_response (response, &code, NULL, NULL);
      *status = code;
      if (code == GST_RTSP_STS_OK)
        return TRUE;
      if (code == GST_RTSP_STS_UNAUTHORIZED && icam_rtsp_auth_challenge (self->auth, response, &stale)
          && (!challenged || stale))
        {
          challenged = TRUE;
          gst_rtsp_message_unset (response);
          continue;
        }

      if (code >= 300 && code < 400)
        {
          g_free (self->redirect);
          self->redirect = dup_header (response, GST_RTSP_HDR_LOCATION);
        }
      g_set_error (error, GST_RESOURCE_ERROR,
                   code == GST_RTSP_STS_UNAUTHORIZED || code == GST_RTSP_STS_FORBIDDEN ? GST_RESOURCE_ERROR_NOT_AUTHORIZED
                   : code == GST_RTSP_STS_NOT_FOUND                                    ? GST_RESOURCE_ERROR_NOT_FOUND
                                                                                       : GST_RESOURCE_ERROR_READ,
                   "%s was answered with status %u", gst_rtsp_method_as_text (method), code);
      return FALSE;
    }

  g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_AUTHORIZED, "The nonce is always too old");
  return FALSE;
}

/* ---- the description ---- */

/* RFC 2326, appendix C.1.1. The host stays the one that answered: what a camera behind NAT calls itself leads nowhere. */
static char *
control_uri (IcamRtspSession *self,
             const char      *base,
             const char      *control)
{
  g_autoptr (GUri) given = NULL;
  g_autoptr (GUri) ours = g_uri_parse (self->location, G_URI_FLAGS_PARSE_RELAXED, NULL);
  g_autofree char *joined = NULL;

  if (control == NULL || *control == '\0' || g_str_equal (control, "*"))
    joined = g_strdup (base);
  else if (g_ascii_strncasecmp (control, "rtsp://", 7) == 0)
    joined = g_strdup (control);
  else
    joined = g_strconcat (base, g_str_has_suffix (base, "/") || *control == '/' || *control == '?' ? "" : "/", control, NULL);

  given = g_uri_parse (joined, G_URI_FLAGS_PARSE_RELAXED | G_URI_FLAGS_ENCODED, NULL);
  if (given == NULL || ours == NULL || g_strcmp0 (g_uri_get_host (given), g_uri_get_host (ours)) == 0)
    return g_steal_pointer (&joined);

  return g_uri_join (G_URI_FLAGS_ENCODED, "rtsp", NULL, g_uri_get_host (ours), g_uri_get_port (ours), g_uri_get_path (given),
                     g_uri_get_query (given), NULL);
}

/* "96 H264/90000" of a=rtpmap; static payload types have none (RFC 3551, section 6). */
static gboolean
parse_rtpmap (const GstSDPMedia *media,
              char             **encoding,
              guint             *rate,
              guint             *channels)
{
  const char *format = gst_sdp_media_get_format (media, 0);
  const char *value;
  g_auto (GStrv) parts = NULL;
  g_auto (GStrv) words = NULL;

  *rate = 0;
  *channels = 0;
  for (guint i = 0; (value = gst_sdp_media_get_attribute_val_n (media, "rtpmap", i)) != NULL; i++)
    {
      g_clear_pointer (&words, g_strfreev);
      words = g_strsplit_set (value, " \t", 2);
      if (words[0] == NULL || words[1] == NULL || g_strcmp0 (words[0], format) != 0)
        continue;
      parts = g_strsplit (g_strstrip (words[1]), "/", 3);
      *encoding = g_strdup (parts[0]);
      if (parts[0] != NULL && parts[1] != NULL)
        {
          *rate = (guint) MIN (g_ascii_strtoull (parts[1], NULL, 10), 1000000);
          *channels = parts[2] != NULL ? (guint) MIN (g_ascii_strtoull (parts[2], NULL, 10), 8) : 0;
        }
      return *encoding != NULL;
    }

  if (g_strcmp0 (format, "0") == 0 || g_strcmp0 (format, "8") == 0)
    {
      *encoding = g_strdup (format[0] == '0' ? "PCMU" : "PCMA");
      *rate = 8000;
      *channels = 1;
      return TRUE;
    }
  if (g_strcmp0 (format, "26") == 0)
    {
      *encoding = g_strdup ("JPEG");
      *rate = 90000;
      return TRUE;
    }
  return FALSE;
}

static gboolean
is_back_channel (const GstSDPMedia *media)
{
  return gst_sdp_media_get_attribute_val (media, "sendonly") != NULL
         && gst_sdp_media_get_attribute_val (media, "recvonly") == NULL && g_strcmp0 (gst_sdp_media_get_media (media), "audio") == 0;
}

/* The first video and the first sound that can be stored. */
static void
choose_tracks (IcamRtspSession     *self,
               const GstSDPMessage *sdp,
               char                *controls[ICAM_RTSP_MAX_TRACKS],
               const char          *base)
{
  gboolean have[2] = { FALSE, FALSE };

  for (guint i = 0; i < gst_sdp_message_medias_len (sdp) && self->n_tracks < ICAM_RTSP_MAX_TRACKS; i++)
    {
      const GstSDPMedia *media = gst_sdp_message_get_media (sdp, i);
      gboolean video = g_strcmp0 (gst_sdp_media_get_media (media), "video") == 0;
      gboolean audio = g_strcmp0 (gst_sdp_media_get_media (media), "audio") == 0;
      g_autofree char *encoding = NULL;
      IcamRtpDepay *depay;
      guint rate, channels;

      if ((!video && !audio) || have[video ? 0 : 1] || is_back_channel (media) || !parse_rtpmap (media, &encoding, &rate, &channels))
        continue;
      depay = icam_rtp_depay_new (encoding, rate, channels, gst_sdp_media_get_attribute_val (media, "fmtp"));
      if (depay == NULL)
        continue;
      if (icam_codec_is_video (icam_rtp_depay_get_format (depay)->codec) != video)
        {
          icam_rtp_depay_free (depay);
          continue;
        }

      have[video ? 0 : 1] = TRUE;
      controls[self->n_tracks] = control_uri (self, base, gst_sdp_media_get_attribute_val (media, "control"));
      self->tracks[self->n_tracks++] = (IcamRtspTrack){ video, depay, 0, 0 };
    }
}

static gboolean
describe (IcamRtspSession *self,
          char            *controls[ICAM_RTSP_MAX_TRACKS],
          guint           *status,
          GError         **error)
{
  const char *headers[][2] = { { "Accept", "application/sdp" }, { NULL, NULL } };
  GstRTSPMessage response = { 0 };
  GstSDPMessage *sdp = NULL;
  g_autofree char *base = NULL;
  guint8 *body = NULL;
  guint size = 0;
  gboolean described = FALSE;

  if (!exchange (self, GST_RTSP_DESCRIBE, self->location, headers, &response, status, error))
    {
      gst_rtsp_message_unset (&response);
      return FALSE;
    }

  base = dup_header (&response, GST_RTSP_HDR_CONTENT_BASE);
  if (base == NULL)
    base = dup_header (&response, GST_RTSP_HDR_CONTENT_LOCATION);
  if (base == NULL || g_ascii_strncasecmp (base, "rtsp://", 7) != 0)
    {
      g_free (base);
      base = g_strdup (self->location);
    }

  gst_rtsp_message_get_body (&response, &body, &size);
  gst_sdp_message_new (&sdp);
  if (body != NULL && gst_sdp_message_parse_buffer (body, size, sdp) == GST_SDP_OK)
    {
      const char *control = gst_sdp_message_get_attribute_val (sdp, "control");

      self->aggregate = control_uri (self, base, control);
      choose_tracks (self, sdp, controls, base);
      described = self->n_tracks > 0;
    }
  gst_sdp_message_free (sdp);
  gst_rtsp_message_unset (&response);

  if (!described)
    g_set_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_CODEC_NOT_FOUND, "Nothing in the description can be stored");
  return described;
}

/* ---- set-up ---- */

static void
parse_session (IcamRtspSession *self,
               GstRTSPMessage  *response)
{
  g_autofree char *value = dup_header (response, GST_RTSP_HDR_SESSION);
  guint64 timeout = DEFAULT_TIMEOUT_S;
  char *semicolon;

  if (value == NULL)
    return;

  semicolon = strchr (value, ';');
  if (semicolon != NULL)
    {
      const char *found = strstr (semicolon, "timeout=");

      *semicolon = '\0';
      if (found != NULL)
        timeout = g_ascii_strtoull (found + strlen ("timeout="), NULL, 10);
    }
  g_free (self->session_id);
  self->session_id = g_strdup (g_strstrip (value));
  self->keep_alive_every_us = (gint64) CLAMP (timeout * G_USEC_PER_SEC / 2, 2 * G_USEC_PER_SEC, (guint64) MAX_KEEP_ALIVE_US);
}

static gboolean
set_up (IcamRtspSession *self,
        guint            number,
        const char      *uri,
        guint           *status,
        GError         **error)
{
  IcamRtspTrack *track = &self->tracks[number];
  g_autofree char *transport = g_strdup_printf ("RTP/AVP/TCP;unicast;interleaved=%u-%u", 2 * number, 2 * number + 1);
  const char *headers[][2] = { { "Transport", transport }, { NULL, NULL } };
  GstRTSPMessage response = { 0 };
  g_autofree char *answer = NULL;
  GstRTSPTransport *parsed = NULL;
  gboolean fine = exchange (self, GST_RTSP_SETUP, uri, headers, &response, status, error);

  if (fine)
    {
      parse_session (self, &response);
      track->rtp_channel = 2 * number;
      track->rtcp_channel = 2 * number + 1;
      answer = dup_header (&response, GST_RTSP_HDR_TRANSPORT);
      gst_rtsp_transport_new (&parsed);
      if (answer != NULL && gst_rtsp_transport_parse (answer, parsed) == GST_RTSP_OK)
        {
          if (parsed->lower_transport != GST_RTSP_LOWER_TRANS_TCP)
            {
              g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS, "It does not send over TCP");
              fine = FALSE;
            }
          else if (parsed->interleaved.min >= 0 && parsed->interleaved.min < 255)
            {
              track->rtp_channel = (guint) parsed->interleaved.min;
              track->rtcp_channel = parsed->interleaved.max > parsed->interleaved.min && parsed->interleaved.max < 256
                                      ? (guint) parsed->interleaved.max
                                      : track->rtp_channel + 1;
            }
        }
      gst_rtsp_transport_free (parsed);
    }

  gst_rtsp_message_unset (&response);
  return fine;
}

static void
parse_public (IcamRtspSession *self,
              GstRTSPMessage  *response)
{
  g_autofree char *value = dup_header (response, GST_RTSP_HDR_PUBLIC);

  self->has_get_parameter = value != NULL && strstr (value, "GET_PARAMETER") != NULL;
}

static gboolean
try_location (IcamRtspSession *self,
              guint           *status,
              gboolean        *answered,
              GError         **error)
{
  const char *play[][2] = { { "Range", "npt=0.000-" }, { NULL, NULL } };
  char *controls[ICAM_RTSP_MAX_TRACKS] = { NULL };
  GstRTSPMessage response = { 0 };
  gboolean fine;
  GError *options_error = NULL;

  forget_tracks (self);
  g_clear_pointer (&self->session_id, g_free);
  g_clear_pointer (&self->aggregate, g_free);
  if (!connect_to (self, error))
    return FALSE;

  *answered = TRUE;
  /* Some servers want the password for OPTIONS already, some do not know it: only what it says is of interest. */
  if (exchange (self, GST_RTSP_OPTIONS, self->location, NULL, &response, status, &options_error))
    parse_public (self, &response);
  gst_rtsp_message_unset (&response);
  if (options_error != NULL && *status == 0)
    {
      g_propagate_error (error, options_error);
      return FALSE;
    }
  g_clear_error (&options_error);

  fine = describe (self, controls, status, error);
  for (guint i = 0; i < self->n_tracks && fine; i++)
    fine = set_up (self, i, controls[i], status, error);
  for (guint i = 0; i < ICAM_RTSP_MAX_TRACKS; i++)
    g_free (controls[i]);
  if (!fine)
    return FALSE;

  fine = exchange (self, GST_RTSP_PLAY, self->aggregate, play, &response, status, error);
  gst_rtsp_message_unset (&response);
  return fine;
}

/* Another place on the same host only: the password is for the device that it was given for. */
static gboolean
follow_redirect (IcamRtspSession *self,
                 guint            status)
{
  g_autofree char *where = g_steal_pointer (&self->redirect);
  g_autoptr (GUri) from = g_uri_parse (self->location, G_URI_FLAGS_PARSE_RELAXED, NULL);
  g_autoptr (GUri) to = where != NULL ? g_uri_parse (where, G_URI_FLAGS_PARSE_RELAXED, NULL) : NULL;

  if (status < 300 || status >= 400 || from == NULL || to == NULL
      || g_ascii_strcasecmp (g_uri_get_scheme (to), "rtsp") != 0
      || g_strcmp0 (g_uri_get_host (from), g_uri_get_host (to)) != 0)
    return FALSE;

  g_free (self->location);
  self->location = g_strdup (where);
  return TRUE;
}

/**
 * icam_rtsp_session_open:
 * @self: a session
 * @status: (out): the RTSP status of the last response, 0 if there was none, 408 if the camera left a request without an answer
 * @answered: (out): whether the camera took the connection
 * @error: return location; %GST_RESOURCE_ERROR or %GST_STREAM_ERROR. %GST_RESOURCE_ERROR_SETTINGS: it wants another way than plain TCP.
 *
 * Connects and goes on up to PLAY; blocks for at most 3 s an exchange.
 *
 * Returns: whether data comes now
 */
gboolean
icam_rtsp_session_open (IcamRtspSession *self,
                        guint           *status,
                        gboolean        *answered,
                        GError         **error)
{
  *status = 0;
  *answered = FALSE;
  for (guint i = 0; i <= MAX_REDIRECTS; i++)
    {
      GError *local = NULL;

      if (try_location (self, status, answered, &local))
        return TRUE;
      if (self->silent)
        *status = GST_RTSP_STS_REQUEST_TIMEOUT;
      if (*status == GST_RTSP_STS_UNSUPPORTED_TRANSPORT)
        local->code = GST_RESOURCE_ERROR_SETTINGS;
      if (!follow_redirect (self, *status))
        {
          g_propagate_error (error, local);
          return FALSE;
        }
      g_error_free (local);
    }

  g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ, "Redirected in circles");
  return FALSE;
}

/**
 * icam_rtsp_session_get_fd:
 * @self: an open session
 *
 * Returns: its socket, which stays the session's
 */
int
icam_rtsp_session_get_fd (IcamRtspSession *self)
{
  return g_socket_get_fd (gst_rtsp_connection_get_read_socket (self->connection));
}

/**
 * icam_rtsp_session_get_tracks:
 * @self: an open session
 * @tracks: (out) (transfer none): what it sends
 *
 * Returns: how many
 */
guint
icam_rtsp_session_get_tracks (IcamRtspSession *self,
                              IcamRtspTrack  **tracks)
{
  *tracks = self->tracks;
  return self->n_tracks;
}

/**
 * icam_rtsp_session_steal_early:
 * @self: an open session
 *
 * Returns: (transfer full) (element-type GBytes): packets that came before PLAY was answered, the channel's number before each
 */
GPtrArray *
icam_rtsp_session_steal_early (IcamRtspSession *self)
{
  GPtrArray *early = self->early;

  self->early = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  return early;
}

/* ---- amid the data ---- */

static void
append_request (IcamRtspSession *self,
                const char      *method,
                GByteArray      *out)
{
  g_autoptr (GString) text = g_string_new (NULL);
  char *authorization = icam_rtsp_auth_answer (self->auth, method, self->aggregate);

  g_string_append_printf (text, "%s %s RTSP/1.0\r\nCSeq: %u\r\nUser-Agent: " ICAM_APP_NAME "/" ICAM_VERSION "\r\n", method,
                          self->aggregate, ++self->cseq);
  if (self->session_id != NULL)
    g_string_append_printf (text, "Session: %s\r\n", self->session_id);
  if (authorization != NULL)
    g_string_append_printf (text, "Authorization: %s\r\n", authorization);
  g_string_append (text, "\r\n");
  g_byte_array_append (out, (const guint8 *) text->str, (guint) text->len);

  icam_secret_wipe (text->str, text->len);
  if (authorization != NULL)
    icam_secret_wipe (authorization, strlen (authorization));
  g_free (authorization);
}

static void
keep_alive (IcamRtspSession *self,
            GByteArray      *out)
{
  append_request (self, self->has_get_parameter ? "GET_PARAMETER" : "OPTIONS", out);
  self->keep_alive_cseq = self->cseq;
}

static void
put32 (guint8 *out,
       guint32 value)
{
  out[0] = (guint8) (value >> 24);
  out[1] = (guint8) (value >> 16);
  out[2] = (guint8) (value >> 8);
  out[3] = (guint8) value;
}

/* A receiver report (RFC 3550, section 6.4.2). Some servers end a session that sends none. */
static void
append_report (IcamRtspSession *self,
               guint            number,
               gint64           now_us,
               GByteArray      *out)
{
  Rtcp *rtcp = &self->rtcp[number];
  guint8 report[4 + 32] = { '$', (guint8) self->tracks[number].rtcp_channel, 0, 32, 0x81, 201, 0, 7 };
  IcamRtpStats stats;
  guint32 expected, received, lost, delay;

  icam_rtp_depay_get_stats (self->tracks[number].depay, &stats);
  if (!stats.any)
    return;

  expected = stats.expected - rtcp->expected;
  received = stats.received - rtcp->received;
  lost = expected > received ? expected - received : 0;
  rtcp->expected = stats.expected;
  rtcp->received = stats.received;
  delay = rtcp->last_sr_us > 0 ? (guint32) ((now_us - rtcp->last_sr_us) * 65536 / G_USEC_PER_SEC) : 0;

  put32 (report + 8, self->ssrc);
  put32 (report + 12, stats.ssrc);
  put32 (report + 16, MIN (stats.expected > stats.received ? stats.expected - stats.received : 0, 0x7fffffu));
  report[16] = (guint8) (expected > 0 ? MIN (lost * 256 / expected, 255u) : 0);
  put32 (report + 20, stats.extended_highest);
  put32 (report + 24, 0); /* jitter: over TCP it says nothing of the network */
  put32 (report + 28, rtcp->last_sr_us > 0 ? rtcp->last_sr : 0);
  put32 (report + 32, delay);
  g_byte_array_append (out, report, sizeof report);
}

/**
 * icam_rtsp_session_beat:
 * @self: an open session
 * @now_us: boot time
 * @out: what is to be sent is appended
 *
 * Keeps the session alive by what the server said in Public, and reports.
 */
void
icam_rtsp_session_beat (IcamRtspSession *self,
                        gint64           now_us,
                        GByteArray      *out)
{
  if (self->kept_alive_us == 0)
    self->kept_alive_us = self->reported_us = now_us;

  if (now_us - self->kept_alive_us >= (self->keep_alive_every_us > 0 ? self->keep_alive_every_us : MAX_KEEP_ALIVE_US))
    {
      self->kept_alive_us = now_us;
      keep_alive (self, out);
    }
  if (now_us - self->reported_us >= REPORT_US)
    {
      self->reported_us = now_us;
      for (guint i = 0; i < self->n_tracks; i++)
        append_report (self, i, now_us, out);
    }
}

/**
 * icam_rtsp_session_rtcp:
 * @self: an open session
 * @channel: where it came
 * @data: an RTCP packet
 * @size: in bytes
 * @arrival_us: boot time
 *
 * Remembers sender reports (RFC 3550, section 6.4.1) for the reports of ours.
 */
void
icam_rtsp_session_rtcp (IcamRtspSession *self,
                        guint            channel,
                        const guint8    *data,
                        gsize            size,
                        gint64           arrival_us)
{
  if (size < 28 || data[0] >> 6 != 2 || data[1] != 200)
    return;

  for (guint i = 0; i < self->n_tracks; i++)
    if (self->tracks[i].rtcp_channel == channel)
      {
        self->rtcp[i].last_sr = (guint32) data[10] << 24 | (guint32) data[11] << 16 | (guint32) data[12] << 8 | data[13];
        self->rtcp[i].last_sr_us = arrival_us;
      }
}

static char *
header_of (const char *text,
           gsize       size,
           const char *name)
{
  g_autofree char *head = g_strndup (text, size);
  g_auto (GStrv) lines = g_strsplit (head, "\n", 128);
  gsize length = strlen (name);

  for (guint i = 1; lines[0] != NULL && lines[i] != NULL; i++)
    if (g_ascii_strncasecmp (lines[i], name, length) == 0 && lines[i][length] == ':')
      return g_strdup (g_strstrip (lines[i] + length + 1));

  return NULL;
}

static IcamRtspVerdict
take_response (IcamRtspSession *self,
               const char      *text,
               gsize            head_size,
               GByteArray      *out)
{
  g_autofree char *cseq = header_of (text, head_size, "CSeq");
  GstRTSPMessage response = { 0 };
  guint status = 0;
  gboolean stale = FALSE;
  g_autofree char *challenge = NULL;

  for (gsize i = 0; i + 4 < head_size && i < 16; i++)
    if (text[i] == ' ')
      {
        status = (guint) g_ascii_strtoull (text + i + 1, NULL, 10);
        break;
      }
  if (cseq == NULL || self->keep_alive_cseq == 0 || g_ascii_strtoull (cseq, NULL, 10) != self->keep_alive_cseq)
    return ICAM_RTSP_GOES_ON;

  self->keep_alive_cseq = 0;
  switch (status)
    {
    case GST_RTSP_STS_SESSION_NOT_FOUND:
      return ICAM_RTSP_ENDED;

    case GST_RTSP_STS_UNAUTHORIZED:
      /* The nonce is too old: the same once more with the new one. */
      challenge = header_of (text, head_size, "WWW-Authenticate");
      gst_rtsp_message_init_response (&response, GST_RTSP_STS_UNAUTHORIZED, NULL, NULL);
      if (challenge != NULL)
        gst_rtsp_message_add_header (&response, GST_RTSP_HDR_WWW_AUTHENTICATE, challenge);
      if (icam_rtsp_auth_challenge (self->auth, &response, &stale))
        {
          keep_alive (self, out);
          self->keep_alive_cseq = 0;
        }
      gst_rtsp_message_unset (&response);
      return ICAM_RTSP_GOES_ON;

    case GST_RTSP_STS_METHOD_NOT_ALLOWED:
    case GST_RTSP_STS_NOT_IMPLEMENTED:
    case GST_RTSP_STS_PARAMETER_NOT_UNDERSTOOD:
      self->has_get_parameter = FALSE;
      return ICAM_RTSP_GOES_ON;

    default:
      return ICAM_RTSP_GOES_ON;
    }
}

static gboolean
is_method (const char *text,
           gsize       size,
           const char *method)
{
  return size >= strlen (method) && memcmp (text, method, strlen (method)) == 0;
}

/**
 * icam_rtsp_session_message:
 * @self: an open session
 * @text: a response, or a request of the server
 * @head_size: in bytes
 * @out: what is to be sent is appended
 *
 * Returns: whether the session goes on
 */
IcamRtspVerdict
icam_rtsp_session_message (IcamRtspSession *self,
                           const char      *text,
                           gsize            head_size,
                           GByteArray      *out)
{
  g_autofree char *cseq = NULL;
  g_autofree char *answer = NULL;
  gboolean known;

  if (head_size >= 5 && memcmp (text, "RTSP/", 5) == 0)
    return take_response (self, text, head_size, out);

  known = is_method (text, head_size, "OPTIONS ") || is_method (text, head_size, "GET_PARAMETER ")
          || is_method (text, head_size, "SET_PARAMETER ") || is_method (text, head_size, "ANNOUNCE ");
  cseq = header_of (text, head_size, "CSeq");
  if (cseq != NULL && strlen (cseq) < 20)
    {
      answer = g_strdup_printf ("RTSP/1.0 %s\r\nCSeq: %" G_GUINT64_FORMAT "\r\n\r\n", known ? "200 OK" : "501 Not Implemented",
                                g_ascii_strtoull (cseq, NULL, 10));
      g_byte_array_append (out, (const guint8 *) answer, (guint) strlen (answer));
    }

  /* TEARDOWN from the server, and a REDIRECT: connect anew. */
  if (is_method (text, head_size, "TEARDOWN ") || is_method (text, head_size, "REDIRECT "))
    return ICAM_RTSP_ENDED;
  return ICAM_RTSP_GOES_ON;
}

/**
 * icam_rtsp_session_teardown:
 * @self: an open session
 * @out: what is to be sent is appended; nobody waits for its answer
 */
void
icam_rtsp_session_teardown (IcamRtspSession *self,
                            GByteArray      *out)
{
  append_request (self, "TEARDOWN", out);
}
