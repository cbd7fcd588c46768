/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-media"

#include "config.h"

#include "media/icam-http-session.h"

#include "media/icam-certificate.h"
#include "media/icam-rtsp-auth.h"
#include "media/icam-source.h"

#include <gst/gst.h>
#include <string.h>

/* For one exchange, see icam-rtsp-session.c. */
#define EXCHANGE_S 3
#define MAX_REDIRECTS 3

struct _IcamHttpSession
{
  GUri *location; /* without credentials */
  IcamRtspAuth *auth;
  char *expected, *fingerprint;
  GCancellable *cancellable;

  GSocketConnection *connection;
  gboolean polls, known; /* known: the camera has answered once, so what it gives is known */
  IcamHttpBody *body;
  GByteArray *early;     /* what came behind the head */
};

/**
 * icam_http_session_new:
 * @location: an http:// or https:// URL without credentials
 * @user: (nullable): the name
 * @secret: (nullable): the password
 * @fingerprint: (nullable): SHA-256 in hexadecimal of the certificate that it must show where there is TLS
 *
 * Returns: (transfer full): a session that is not open
 */
IcamHttpSession *
icam_http_session_new (const char *location,
                       const char *user,
                       IcamSecret *secret,
                       const char *fingerprint)
{
  IcamHttpSession *self = g_new0 (IcamHttpSession, 1);

  self->location = g_uri_parse (location, G_URI_FLAGS_ENCODED, NULL);
  self->auth = icam_rtsp_auth_new (user, secret);
  self->expected = g_strdup (fingerprint);
  self->cancellable = g_cancellable_new ();
  self->early = g_byte_array_new ();
  return self;
}

/**
 * icam_http_session_free:
 * @self: (transfer full): a session; its connection is closed
 */
void
icam_http_session_free (IcamHttpSession *self)
{
  g_clear_object (&self->connection);
  g_clear_pointer (&self->location, g_uri_unref);
  icam_rtsp_auth_free (self->auth);
  g_free (self->expected);
  g_free (self->fingerprint);
  g_object_unref (self->cancellable);
  g_clear_pointer (&self->body, icam_http_body_free);
  g_byte_array_unref (self->early);
  g_free (self);
}

/**
 * icam_http_session_cancel:
 * @self: a session that another thread may be opening
 *
 * icam_http_session_open() returns soon.
 */
void
icam_http_session_cancel (IcamHttpSession *self)
{
  g_cancellable_cancel (self->cancellable);
}

static void
event_cb (GSocketClient      *client,
          GSocketClientEvent  event,
          GSocketConnectable *connectable,
          GIOStream          *connection,
          gpointer            user_data)
{
  if (event == G_SOCKET_CLIENT_TLS_HANDSHAKING)
    g_signal_connect (connection, "accept-certificate", G_CALLBACK (icam_certificate_accept), NULL);
}

/* What GIO says in the words of GStreamer. */
static gboolean
translate (GError     *local,
           int         code,
           GError    **error)
{
  if (local == NULL)
    return TRUE;

  g_set_error_literal (error, GST_RESOURCE_ERROR, code, local->message);
  g_error_free (local);
  return FALSE;
}

static gboolean
is_tls (IcamHttpSession *self)
{
  return g_ascii_strcasecmp (g_uri_get_scheme (self->location), "https") == 0;
}

static gboolean
check_certificate (IcamHttpSession *self,
                   GError         **error)
{
  g_autoptr (GIOStream) base = NULL;

  if (!is_tls (self))
    return TRUE;

  g_object_get (self->connection, "base-io-stream", &base, NULL);
  g_free (self->fingerprint);
  self->fingerprint = icam_certificate_fingerprint (
    G_IS_TLS_CONNECTION (base) ? g_tls_connection_get_peer_certificate (G_TLS_CONNECTION (base)) : NULL);
  if (self->fingerprint != NULL && (self->expected == NULL || g_ascii_strcasecmp (self->expected, self->fingerprint) == 0))
    return TRUE;

  g_set_error (error, GST_RESOURCE_ERROR, ICAM_RESOURCE_ERROR_CERTIFICATE, "Another certificate than before");
  return FALSE;
}

static gboolean
connect_to (IcamHttpSession *self,
            GError         **error)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  const char *host = g_uri_get_host (self->location);
  int port = g_uri_get_port (self->location);
  GError *local = NULL;

  g_clear_object (&self->connection);
  g_byte_array_set_size (self->early, 0);
  if (host == NULL || *host == '\0')
    {
      g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND, "Not an address");
      return FALSE;
    }

  /* Only the camera is asked, never a proxy. */
  g_socket_client_set_enable_proxy (client, FALSE);
  g_socket_client_set_timeout (client, EXCHANGE_S);
  g_socket_client_set_tls (client, is_tls (self));
  g_signal_connect (client, "event", G_CALLBACK (event_cb), NULL);
  self->connection = g_socket_client_connect_to_host (client, host, (guint16) (port > 0 ? port : is_tls (self) ? 443 : 80),
                                                      self->cancellable, &local);
  if (!translate (local, GST_RESOURCE_ERROR_OPEN_READ, error))
    return FALSE;
  return check_certificate (self, error);
}

/**
 * icam_http_session_request:
 * @self: a session
 *
 * Returns: (transfer full): a request for the picture or pictures; to be wiped, as it may carry the password
 */
GString *
icam_http_session_request (IcamHttpSession *self)
{
  GString *text = g_string_sized_new (2048); /* so that no copy is left behind when it grows */
  const char *host = g_uri_get_host (self->location), *query = g_uri_get_query (self->location);
  gboolean brackets = strchr (host, ':') != NULL;
  g_autofree char *path = g_strconcat (*g_uri_get_path (self->location) != '\0' ? g_uri_get_path (self->location) : "/",
                                       query != NULL ? "?" : "", query, NULL);
  char *authorization = icam_rtsp_auth_answer (self->auth, "GET", path);

  g_string_append_printf (text, "GET %s HTTP/1.1\r\nHost: %s%s%s", path, brackets ? "[" : "", host, brackets ? "]" : "");
  if (g_uri_get_port (self->location) > 0)
    g_string_append_printf (text, ":%d", g_uri_get_port (self->location));
  g_string_append (text, "\r\nUser-Agent: " ICAM_APP_NAME "/" ICAM_VERSION "\r\nAccept: multipart/x-mixed-replace, image/jpeg, */*\r\n");
  if (authorization != NULL)
    {
      g_string_append_printf (text, "Authorization: %s\r\n", authorization);
      icam_secret_wipe (authorization, strlen (authorization));
      g_free (authorization);
    }
  g_string_append (text, "\r\n");
  return text;
}

/**
 * icam_http_session_challenge:
 * @self: a session
 * @head: of an answer with status 401
 * @stale: (out): whether only the nonce was too old
 *
 * Returns: whether a new request may succeed
 */
gboolean
icam_http_session_challenge (IcamHttpSession    *self,
                             const IcamHttpHead *head,
                             gboolean           *stale)
{
  GstRTSPMessage response = { 0 };
  gboolean can;

  gst_rtsp_message_init_response (&response, GST_RTSP_STS_UNAUTHORIZED, NULL, NULL);
  for (guint i = 0; head->challenges != NULL && head->challenges[i] != NULL; i++)
    gst_rtsp_message_add_header (&response, GST_RTSP_HDR_WWW_AUTHENTICATE, head->challenges[i]);
  can = icam_rtsp_auth_challenge (self->auth, &response, stale);
  gst_rtsp_message_unset (&response);
  return can;
}

/* Sends a request and reads up to the end of the answer's head; what came behind it stays in @early. */
static gboolean
exchange (IcamHttpSession *self,
          IcamHttpHead    *head,
          GError         **error)
{
  GInputStream *input = g_io_stream_get_input_stream (G_IO_STREAM (self->connection));
  GString *request = icam_http_session_request (self);
  gint64 end_us = g_get_monotonic_time () + EXCHANGE_S * G_USEC_PER_SEC;
  guint8 buffer[4096];
  GError *local = NULL;

  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (self->connection)), request->str, request->len, NULL,
                             self->cancellable, &local);
  icam_secret_wipe (request->str, request->len);
  g_string_free (request, TRUE);
  if (!translate (local, GST_RESOURCE_ERROR_WRITE, error))
    return FALSE;

  for (;;)
    {
      gssize got = g_input_stream_read (input, buffer, sizeof buffer, self->cancellable, &local), used;

      if (!translate (local, GST_RESOURCE_ERROR_READ, error))
        return FALSE;
      if (got == 0 || g_get_monotonic_time () > end_us)
        {
          g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ, got == 0 ? "It closed the connection" : "It is slow to answer");
          return FALSE;
        }

      g_byte_array_append (self->early, buffer, (guint) got);
      used = icam_http_head_parse (head, (const char *) self->early->data, self->early->len);
      if (used > 0)
        {
          g_byte_array_remove_range (self->early, 0, (guint) used);
          return TRUE;
        }
      icam_http_head_clear (head);
      if (used < 0)
        {
          g_set_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE, "Not HTTP");
          return FALSE;
        }
    }
}

static gboolean
follow_redirect (IcamHttpSession    *self,
                 const IcamHttpHead *head)
{
  g_autoptr (GUri) to = NULL;

  if (head->status < 300 || head->status >= 400 || head->location == NULL)
    return FALSE;

  to = g_uri_parse_relative (self->location, head->location, G_URI_FLAGS_ENCODED, NULL);
  if (to == NULL || g_strcmp0 (g_uri_get_host (to), g_uri_get_host (self->location)) != 0 || g_uri_get_userinfo (to) != NULL
      || !(g_ascii_strcasecmp (g_uri_get_scheme (to), "https") == 0
           || g_ascii_strcasecmp (g_uri_get_scheme (to), g_uri_get_scheme (self->location)) == 0))
    return FALSE;

  g_uri_unref (self->location);
  self->location = g_steal_pointer (&to);
  return TRUE;
}

/* Whether to ask once more, on a new connection: the camera may have closed this one, or send a page with its refusal. */
static gboolean
ask_again (IcamHttpSession    *self,
           const IcamHttpHead *head,
           gboolean           *challenged)
{
  gboolean stale = FALSE, can;

  if (head->status != 401)
    return follow_redirect (self, head);

  can = icam_http_session_challenge (self, head, &stale) && (!*challenged || stale);
  *challenged = TRUE;
  return can;
}

static gboolean
take_answer (IcamHttpSession    *self,
             const IcamHttpHead *head,
             GError            **error)
{
  if (head->status != 200)
    {
      g_set_error (error, GST_RESOURCE_ERROR,
                   head->status == 401 || head->status == 403 ? GST_RESOURCE_ERROR_NOT_AUTHORIZED
                   : head->status == 404                      ? GST_RESOURCE_ERROR_NOT_FOUND
                                                              : GST_RESOURCE_ERROR_READ,
                   "Status %u", head->status);
      return FALSE;
    }
  if (head->boundary == NULL && g_strcmp0 (head->type, "image/jpeg") != 0 && g_strcmp0 (head->type, "image/jpg") != 0)
    {
      g_set_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE, "Neither pictures nor a picture");
      return FALSE;
    }

  self->polls = head->boundary == NULL;
  self->known = TRUE;
  g_clear_pointer (&self->body, icam_http_body_free);
  self->body = icam_http_body_new (head);
  return TRUE;
}

/**
 * icam_http_session_open:
 * @self: a session
 * @status: (out): of the last answer, 0 if there was none
 * @answered: (out): whether the camera took the connection
 * @error: return location; %GST_RESOURCE_ERROR or %GST_STREAM_ERROR
 *
 * Connects and asks. The first time up to the end of the answer's head, whose body icam_http_session_steal_body() gives; when it is known that
 * the camera gives one picture a request, it only connects.
 *
 * Returns: whether the connection is ready
 */
gboolean
icam_http_session_open (IcamHttpSession *self,
                        guint           *status,
                        gboolean        *answered,
                        GError         **error)
{
  gboolean challenged = FALSE;

  *status = 0;
  *answered = FALSE;
  if (self->location == NULL)
    {
      g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND, "Not an address");
      return FALSE;
    }

  for (guint tries = 0; tries <= MAX_REDIRECTS; tries++)
    {
      g_auto (IcamHttpHead) head = { 0 };

      if (!connect_to (self, error))
        return FALSE;
      *answered = TRUE;
      if (!self->known || !self->polls)
        {
          if (!exchange (self, &head, error))
            return FALSE;
          *status = head.status;
          if (ask_again (self, &head, &challenged))
            continue;
          if (!take_answer (self, &head, error))
            return FALSE;
        }
      g_socket_set_timeout (g_socket_connection_get_socket (self->connection), 0);
      return TRUE;
    }

  g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ, "Asked to go round in circles");
  return FALSE;
}

/**
 * icam_http_session_get_fd:
 * @self: an open session
 *
 * Returns: its socket, which stays the session's
 */
int
icam_http_session_get_fd (IcamHttpSession *self)
{
  return g_socket_get_fd (g_socket_connection_get_socket (self->connection));
}

/**
 * icam_http_session_get_stream:
 * @self: an open session
 *
 * Returns: (transfer none) (nullable): what reads and writes over its socket if that is encrypted
 */
GIOStream *
icam_http_session_get_stream (IcamHttpSession *self)
{
  return is_tls (self) ? G_IO_STREAM (self->connection) : NULL;
}

/**
 * icam_http_session_get_fingerprint:
 * @self: a session that was to be opened
 *
 * Returns: (transfer none) (nullable): SHA-256 in hexadecimal of the certificate that the camera showed
 */
const char *
icam_http_session_get_fingerprint (IcamHttpSession *self)
{
  return self->fingerprint;
}

/**
 * icam_http_session_polls:
 * @self: a session that was open once
 *
 * Returns: whether each picture has to be asked for
 */
gboolean
icam_http_session_polls (IcamHttpSession *self)
{
  return self->polls;
}

/**
 * icam_http_session_steal_body:
 * @self: an open session
 * @early: (out) (transfer full): what of it has come already
 *
 * Returns: (transfer full) (nullable): the body of the answer, %NULL if nothing was asked
 */
IcamHttpBody *
icam_http_session_steal_body (IcamHttpSession  *self,
                              GByteArray      **early)
{
  *early = self->early;
  self->early = g_byte_array_new ();
  return g_steal_pointer (&self->body);
}
