/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-media"

#include "config.h"

#include "media/icam-rtsp-session-private.h"

#include "media/icam-certificate.h"
#include "media/icam-rtsp-answer.h"
#include "media/icam-source.h"

#include <gst/gst.h>
#include <gst/rtsp/gstrtsptransport.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* For one exchange. A camera on the same network answers in milliseconds; one that is dead must not hold a thread for long. */
#define EXCHANGE_US (3 * G_USEC_PER_SEC)
#define MAX_REDIRECTS 3
#define MAX_EARLY 256
#define DEFAULT_TIMEOUT_S 60

/**
 * icam_rtsp_session_new:
 * @location: an rtsp:// or rtsps:// URL without credentials
 * @user: (nullable): the name
 * @secret: (nullable): the password
 * @fingerprint: (nullable): SHA-256 in hexadecimal of the certificate that it must show where there is TLS
 *
 * Returns: (transfer full): a session that is not open
 */
IcamRtspSession *
icam_rtsp_session_new (const char *location,
                       const char *user,
                       IcamSecret *secret,
                       const char *fingerprint)
{
  IcamRtspSession *self = g_new0 (IcamRtspSession, 1);

  self->location = g_strdup (location);
  self->expected = g_strdup (fingerprint);
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
  g_clear_object (&self->tls);
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
  g_free (self->expected);
  g_free (self->fingerprint);
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

/* A camera's certificate is made by itself: who it is, is told by its fingerprint, not by an authority. It is looked at once the connection
 * stands, and before anything is said over it. GstRTSPConnection tells its clients nowhere else over what it reads and writes. */
static gboolean
accept_certificate_cb (GTlsConnection       *tls,
                       GTlsCertificate      *certificate,
                       GTlsCertificateFlags  errors,
                       gpointer              user_data)
{
  IcamRtspSession *self = user_data;

  g_set_object (&self->tls, tls);
  g_free (self->fingerprint);
  self->fingerprint = icam_certificate_fingerprint (certificate);
  return TRUE;
}

static gboolean
check_certificate (IcamRtspSession *self,
                   GError         **error)
{
  if ((self->url->transports & GST_RTSP_LOWER_TRANS_TLS) == 0)
    return TRUE;

  if (self->tls == NULL || self->fingerprint == NULL)
    {
      g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS, "An authority vouches for its certificate");
      return FALSE;
    }
  if (self->expected == NULL || g_ascii_strcasecmp (self->expected, self->fingerprint) == 0)
    return TRUE;

  g_set_error (error, GST_RESOURCE_ERROR, ICAM_RESOURCE_ERROR_CERTIFICATE, "Another certificate than before");
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
  self->cseq = 0;
  if (gst_rtsp_url_parse (self->location, &self->url) != GST_RTSP_OK || self->url->host == NULL
      || (self->url->transports & GST_RTSP_LOWER_TRANS_TCP) == 0)
    {
      g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS, "Not an address of a stream over TCP");
      return FALSE;
    }
  g_clear_pointer (&self->url->user, g_free);
  g_clear_pointer (&self->url->passwd, g_free);

  if (!set_result (gst_rtsp_connection_create (self->url, &connection), "Connection", error))
    return FALSE;
  gst_rtsp_connection_set_remember_session_id (connection, FALSE);
  gst_rtsp_connection_set_accept_certificate_func (connection, accept_certificate_cb, self, NULL);

  g_mutex_lock (&self->lock);
  self->connection = connection;
  cancelled = self->cancelled;
  g_mutex_unlock (&self->lock);
  if (cancelled)
    return set_result (GST_RTSP_EINTR, "Connection", error);

  if (!set_result (gst_rtsp_connection_connect_usec (connection, EXCHANGE_US), "Connection", error))
    return FALSE;
  if (!check_certificate (self, error))
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
        = left <= 0 ? GST_RTSP_ETIMEOUT : icam_rtsp_answer_receive (self->connection, response, left);

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
  gboolean sent;

  gst_rtsp_message_init_request (&request, method, uri);
  self->cseq++; /* the connection writes it */
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

static gboolean
describe (IcamRtspSession *self,
          char            *controls[ICAM_RTSP_MAX_TRACKS],
          guint           *status,
          GError         **error)
{
  const char *headers[][2] = { { "Accept", "application/sdp" }, { NULL, NULL } };
  IcamRtspMedia media[ICAM_RTSP_MAX_TRACKS];
  GstRTSPMessage response = { 0 };
  g_autofree char *base = NULL;
  guint8 *body = NULL;
  guint size = 0;

  if (!exchange (self, GST_RTSP_DESCRIBE, self->location, headers, &response, status, error))
    {
      gst_rtsp_message_unset (&response);
      return FALSE;
    }

  base = dup_header (&response, GST_RTSP_HDR_CONTENT_BASE);
  if (base == NULL)
    base = dup_header (&response, GST_RTSP_HDR_CONTENT_LOCATION);

  gst_rtsp_message_get_body (&response, &body, &size);
  if (body != NULL)
    self->n_tracks = icam_rtsp_description_parse (body, size, base, self->location, media, &self->aggregate);
  for (guint i = 0; i < self->n_tracks; i++)
    {
      self->tracks[i] = (IcamRtspTrack){ media[i].video, media[i].depay, 0, 0 };
      controls[i] = media[i].control;
    }
  gst_rtsp_message_unset (&response);

  if (self->n_tracks == 0)
    g_set_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_CODEC_NOT_FOUND, "Nothing in the description can be stored");
  return self->n_tracks > 0;
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
  self->keep_alive_every_us = (gint64) CLAMP (timeout * G_USEC_PER_SEC / 2, 2 * G_USEC_PER_SEC, (guint64) ICAM_RTSP_MAX_KEEP_ALIVE_US);
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
      || !(g_ascii_strcasecmp (g_uri_get_scheme (to), "rtsps") == 0 || g_ascii_strcasecmp (g_uri_get_scheme (to), g_uri_get_scheme (from)) == 0)
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
 * icam_rtsp_session_get_stream:
 * @self: an open session
 *
 * Returns: (transfer none) (nullable): what reads and writes over its socket if that is encrypted
 */
GIOStream *
icam_rtsp_session_get_stream (IcamRtspSession *self)
{
  return self->tls != NULL ? G_IO_STREAM (self->tls) : NULL;
}

/**
 * icam_rtsp_session_get_fingerprint:
 * @self: a session that was to be opened
 *
 * Returns: (transfer none) (nullable): SHA-256 in hexadecimal of the certificate that the camera showed
 */
const char *
icam_rtsp_session_get_fingerprint (IcamRtspSession *self)
{
  return self->fingerprint;
}

/**
 * icam_rtsp_session_send_last:
 * @self: an open session that nobody reads any more
 * @data: a message
 * @size: in bytes
 *
 * Sends it if that needs no waiting.
 */
void
icam_rtsp_session_send_last (IcamRtspSession *self,
                             const void      *data,
                             gsize            size)
{
  GIOStream *stream = icam_rtsp_session_get_stream (self);

  if (stream != NULL)
    g_pollable_output_stream_write_nonblocking (G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (stream)), data, size, NULL,
                                                NULL);
  else if (send (icam_rtsp_session_get_fd (self), data, size, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
    g_debug ("No good-bye: %s", g_strerror (errno));
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
