/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-onvif"

#include "config.h"

#include "onvif/icam-onvif-transport-private.h"

#include <libsoup/soup.h>
#include <sys/random.h>

#include "base/icam-clock.h"
#include "base/icam-error.h"
#include "base/icam-ledger.h"
#include "onvif/icam-http-digest-private.h"
#include "onvif/icam-onvif-token-private.h"
#include "onvif/icam-onvif-uri-private.h"

/* How long a connection may take, in ms. */
#define CONNECT_TIMEOUT 3000
#define CHUNK_SIZE      (16u * 1024)

struct _IcamOnvifTransport
{
  GObject parent_instance;

  GUri *base;
  SoupSession *session;
  char *user;
  IcamSecret *secret;
  IcamOnvifAuth auth; /* what worked, or is remembered from earlier */
  gboolean
    proven; /* it worked for us: a refusal is then not a matter of the kind of authentication */
  IcamHttpDigest *digest;
  char *peer; /* numeric address that answered last, or NULL */

  gboolean knows_time;
  gint64 device_utc;  /* its clock, µs, when ours of the boot time showed … */
  gint64 device_boot; /* … this */
};

G_DEFINE_TYPE (IcamOnvifTransport, icam_onvif_transport, G_TYPE_OBJECT)

/* A question while it is on its way. */
typedef struct
{
  GUri *uri;
  char *space, *operation, *arguments;
  char *action, *to, *header;
  gboolean open, once;
  guint timeout;

  SoupMessage *message;
  GByteArray *body;
  GCancellable *cancellable; /* ours: ended by the caller's or by the time limit */
  gulong outer_handler;
  GSource *limit;
  gboolean started; /* it is connected and the question goes out */
  gboolean timed_out;
  gboolean repeated;  /* sent again because a kept connection was dead */
  gboolean renewed;   /* sent again because a nonce was old */
  IcamOnvifAuth mode; /* NONE, DIGEST or TOKEN: how it is sent now */
  gboolean tried_none, tried_digest, tried_token;
} Ask;

static void send_now (GTask *task);
static void free_wiped (gpointer data);

static void
drop_message (Ask *ask)
{
  if (ask->message != NULL)
    g_signal_handlers_disconnect_by_data (ask->message, ask);
  g_clear_object (&ask->message);
}

static void
ask_free (Ask *ask)
{
  drop_message (ask);
  g_uri_unref (ask->uri);
  g_free (ask->space);
  g_free (ask->operation);
  g_clear_pointer (&ask->arguments, free_wiped);
  g_free (ask->action);
  g_free (ask->to);
  g_free (ask->header);
  g_clear_pointer (&ask->body, g_byte_array_unref);
  g_clear_object (&ask->cancellable);
  g_free (ask);
}

static void
end_limit (Ask *ask)
{
  if (ask->limit != NULL)
    g_source_destroy (ask->limit);
  g_clear_pointer (&ask->limit, g_source_unref);
}

static gboolean
on_limit (gpointer user_data)
{
  Ask *ask = user_data;

  ask->timed_out = TRUE;
  g_cancellable_cancel (ask->cancellable);
  return G_SOURCE_REMOVE;
}

static void
set_limit (Ask *ask, guint milliseconds)
{
  end_limit (ask);
  ask->limit = g_timeout_source_new (milliseconds);
  g_source_set_static_name (ask->limit, "icam-onvif-limit");
  g_source_set_callback (ask->limit, on_limit, ask, NULL);
  g_source_attach (ask->limit, g_main_context_get_thread_default ());
}

static void
finish_error (GTask *task, GError *error)
{
  Ask *ask = g_task_get_task_data (task);

  end_limit (ask);
  g_cancellable_disconnect (g_task_get_cancellable (task), ask->outer_handler);
  g_task_return_error (task, error);
}

static void
finish_answer (GTask *task, IcamSoap *soap)
{
  Ask *ask = g_task_get_task_data (task);

  end_limit (ask);
  g_cancellable_disconnect (g_task_get_cancellable (task), ask->outer_handler);
  g_task_return_pointer (task, soap, (GDestroyNotify) icam_soap_free);
}

static char *
dup_address (GTask *task)
{
  Ask *ask = g_task_get_task_data (task);
  const char *host = g_uri_get_host (ask->uri);
  int port = icam_onvif_uri_get_port (ask->uri);

  return strchr (host, ':') != NULL ? g_strdup_printf ("[%s]:%d", host, port)
                                    : g_strdup_printf ("%s:%d", host, port);
}

static GError *
error_with_detail (GTask *task, IcamError code, const char *detail)
{
  g_autofree char *address = dup_address (task);

  return icam_error_new (code, "address", address, "detail", detail, NULL);
}

static GError *
translate_error (GTask *task, const GError *error)
{
  Ask *ask = g_task_get_task_data (task);
  GCancellable *outer = g_task_get_cancellable (task);

  if (ask->timed_out)
    return error_with_detail (task, ask->started ? ICAM_ERROR_TIMED_OUT : ICAM_ERROR_UNREACHABLE,
                              NULL);
  if (g_cancellable_is_cancelled (outer)
      || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "Cancelled");
  if (!ask->started && (error->domain == G_IO_ERROR || error->domain == G_RESOLVER_ERROR))
    return error_with_detail (task, ICAM_ERROR_UNREACHABLE, error->message);
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    return error_with_detail (task, ICAM_ERROR_TIMED_OUT, NULL);

  return error_with_detail (task, ICAM_ERROR_BAD_ANSWER, error->message);
}

static GError *
error_refused (GTask *task)
{
  IcamOnvifTransport *self = g_task_get_source_object (task);
  Ask *ask = g_task_get_task_data (task);
  g_autofree char *address = dup_address (task);

  if (ask->open || self->user == NULL)
    return icam_error_new (ICAM_ERROR_PASSWORD_NEEDED, "address", address, NULL);
  return icam_error_new (ICAM_ERROR_WRONG_PASSWORD, "address", address, "user", self->user, NULL);
}

/* Without this clock a token can only be made by ours. */
static void
take_date_header (IcamOnvifTransport *self, SoupMessage *message)
{
  const char *text
    = soup_message_headers_get_one (soup_message_get_response_headers (message), "Date");
  g_autoptr (GDateTime) date = text != NULL ? soup_date_time_new_from_http_string (text) : NULL;

  if (date != NULL && !self->knows_time)
    {
      self->device_utc = g_date_time_to_unix (date) * G_USEC_PER_SEC;
      self->device_boot = icam_clock_boottime (icam_clock_system ());
    }
}

/* Takes the challenges of a 401 and says what they offer. */
static IcamHttpOffer
take_challenges (IcamOnvifTransport *self, SoupMessage *message, gboolean *stale)
{
  SoupMessageHeadersIter iter;
  const char *name, *value;
  IcamHttpOffer offer = ICAM_HTTP_OFFER_NOTHING;

  if (soup_message_get_status (message) != SOUP_STATUS_UNAUTHORIZED)
    return offer;

  soup_message_headers_iter_init (&iter, soup_message_get_response_headers (message));
  while (soup_message_headers_iter_next (&iter, &name, &value))
    if (g_ascii_strcasecmp (name, "WWW-Authenticate") == 0)
      {
        IcamHttpOffer one = icam_http_digest_challenge (self->digest, value,
                                                        offer != ICAM_HTTP_OFFER_DIGEST, stale);

        offer = MAX (offer, one);
      }

  return offer;
}

/* The device wants to know who we are, or did not like how we said it. What is tried next was not
 * tried before: a device that counts failures must not be made to lock the door. */
static void
on_refused (GTask *task)
{
  IcamOnvifTransport *self = g_task_get_source_object (task);
  Ask *ask = g_task_get_task_data (task);
  gboolean stale = FALSE;
  gboolean old_nonce = icam_http_digest_was_used (self->digest);
  IcamHttpOffer offer = take_challenges (self, ask->message, &stale);
  gboolean digest = offer == ICAM_HTTP_OFFER_DIGEST;

  if (ask->open || self->user == NULL)
    {
      finish_error (task, error_refused (task));
      return;
    }

  if (ask->mode == ICAM_ONVIF_AUTH_DIGEST && digest && !ask->renewed && (stale || old_nonce))
    {
      ask->renewed = TRUE;
    }
  else if (self->proven && ask->mode == self->auth)
    {
      finish_error (task, error_refused (task));
      return;
    }
  else if (digest && !ask->tried_digest)
    {
      ask->mode = ICAM_ONVIF_AUTH_DIGEST;
    }
  else if (!ask->tried_token)
    {
      ask->mode = ICAM_ONVIF_AUTH_TOKEN;
    }
  else if (!ask->tried_none && !ask->tried_digest)
    {
      /* The token that is remembered is wanted no more; without one there may be a challenge. */
      ask->mode = ICAM_ONVIF_AUTH_NONE;
    }
  else
    {
      if (self->auth == ask->mode)
        self->auth = ICAM_ONVIF_AUTH_UNKNOWN;
      finish_error (task, error_refused (task));
      return;
    }

  send_now (task);
}

static void
on_whole_answer (GTask *task)
{
  IcamOnvifTransport *self = g_task_get_source_object (task);
  Ask *ask = g_task_get_task_data (task);
  guint status = soup_message_get_status (ask->message);
  g_autoptr (IcamSoap) soap = NULL;
  g_autoptr (GError) error = NULL;
  gboolean refused;

  take_date_header (self, ask->message);
  soap = icam_soap_parse ((const char *) ask->body->data, ask->body->len, &error);
  g_debug ("%s: %u%s%s", ask->operation, status,
           soap != NULL && icam_soap_is_fault (soap) ? ", fault " : "",
           soap != NULL && icam_soap_is_fault (soap) ? icam_soap_get_fault (soap) : "");

  refused = status == SOUP_STATUS_UNAUTHORIZED || (soap != NULL && icam_soap_is_refusal (soap))
            || (soap == NULL && status == SOUP_STATUS_FORBIDDEN)
            || (soap != NULL && ask->mode == ICAM_ONVIF_AUTH_TOKEN
                && icam_soap_is_must_understand (soap));
  if (refused && ask->open && soap != NULL && icam_soap_is_fault (soap))
    {
      /* It speaks SOAP, which is what was asked. */
      finish_answer (task, g_steal_pointer (&soap));
      return;
    }
  if (refused)
    {
      on_refused (task);
      return;
    }

  if (soap == NULL)
    {
      g_autofree char *detail = SOUP_STATUS_IS_SUCCESSFUL (status)
                                  ? g_strdup (error->message)
                                  : g_strdup_printf ("HTTP status %u", status);

      finish_error (task, error_with_detail (task, ICAM_ERROR_BAD_ANSWER, detail));
      return;
    }
  if (!icam_soap_is_fault (soap) && !SOUP_STATUS_IS_SUCCESSFUL (status))
    {
      g_autofree char *detail = g_strdup_printf ("HTTP status %u", status);

      finish_error (task, error_with_detail (task, ICAM_ERROR_BAD_ANSWER, detail));
      return;
    }

  if (!ask->open && !icam_soap_is_fault (soap))
    {
      if (ask->mode != ICAM_ONVIF_AUTH_NONE)
        {
          self->auth = ask->mode;
          self->proven = TRUE;
        }
      else if (self->auth == ICAM_ONVIF_AUTH_UNKNOWN)
        self->auth = ICAM_ONVIF_AUTH_NONE;
    }
  finish_answer (task, g_steal_pointer (&soap));
}

static void
on_failed (GTask *task, const GError *error)
{
  Ask *ask = g_task_get_task_data (task);

  /* A kept connection that the device closed meanwhile. */
  if (!ask->once && !ask->repeated && !ask->timed_out && ask->started && ask->body->len == 0
      && (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED)
          || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE)
          || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT)
          || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_FAILED)))
    {
      ask->repeated = TRUE;
      send_now (task);
      return;
    }

  finish_error (task, translate_error (task, error));
}

static void
on_closed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;

  /* Whatever comes of it: the answer is here. */
  g_input_stream_close_finish (G_INPUT_STREAM (source), result, NULL);
  on_whole_answer (task);
}

static void
on_chunk (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Ask *ask = g_task_get_task_data (task);
  GInputStream *stream = G_INPUT_STREAM (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = g_input_stream_read_bytes_finish (stream, result, &error);
  gsize size;
  gconstpointer data;

  if (bytes == NULL)
    {
      on_failed (task, error);
      return;
    }

  data = g_bytes_get_data (bytes, &size);
  if (size == 0)
    {
      /* Only then is the connection free for the next question. */
      g_input_stream_close_async (stream, G_PRIORITY_DEFAULT, ask->cancellable, on_closed,
                                  g_steal_pointer (&task));
      return;
    }
  if (ask->body->len + size > ICAM_SOAP_MAX_SIZE)
    {
      g_cancellable_cancel (ask->cancellable);
      finish_error (task,
                    error_with_detail (task, ICAM_ERROR_BAD_ANSWER, "the answer is too large"));
      return;
    }

  g_byte_array_append (ask->body, data, (guint) size);
  g_input_stream_read_bytes_async (stream, CHUNK_SIZE, G_PRIORITY_DEFAULT, ask->cancellable,
                                   on_chunk, g_steal_pointer (&task));
}

static void
on_sent (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Ask *ask = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (GInputStream) stream
    = soup_session_send_finish (SOUP_SESSION (source), result, &error);

  if (stream == NULL)
    {
      on_failed (task, error);
      return;
    }

  g_input_stream_read_bytes_async (stream, CHUNK_SIZE, G_PRIORITY_DEFAULT, ask->cancellable,
                                   on_chunk, g_steal_pointer (&task));
}

static void
on_network_event (SoupMessage        *message,
                  GSocketClientEvent  event,
                  GIOStream          *connection,
                  gpointer            user_data)
{
  IcamOnvifTransport *self = ICAM_ONVIF_TRANSPORT (user_data);
  g_autoptr (GSocketAddress) address = NULL;

  if ((event != G_SOCKET_CLIENT_CONNECTING && event != G_SOCKET_CLIENT_CONNECTED)
      || !G_IS_SOCKET_CONNECTION (connection))
    return;

  address = g_socket_connection_get_remote_address (G_SOCKET_CONNECTION (connection), NULL);
  if (address == NULL)
    return;

  if (event == G_SOCKET_CLIENT_CONNECTING)
    {
      icam_ledger_note_address ("onvif", address);
    }
  else if (G_IS_INET_SOCKET_ADDRESS (address))
    {
      GInetAddress *inet = g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address));

      g_free (self->peer);
      self->peer = g_inet_address_to_string (inet);
    }
}

/* Emitted when the connection is there and the question goes out. */
static void
on_starting (SoupMessage *message, gpointer user_data)
{
  Ask *ask = user_data;

  ask->started = TRUE;
  set_limit (ask, ask->timeout);
}

/* Cameras certify themselves. What we send holds no password, only a proof that is good for one
 * question. */
static gboolean
on_certificate (SoupMessage          *message,
                GTlsCertificate      *certificate,
                GTlsCertificateFlags  errors,
                gpointer              user_data)
{
  return TRUE;
}

/* WS-Addressing 1.0, SOAP binding: what is asked, of whom, and how the question is called; devices
 * want the last for Renew. */
static char *
make_addressing (Ask *ask)
{
  g_autofree char *id = NULL;
  g_autofree char *uri = NULL;

  if (ask->action == NULL)
    return g_strdup ("");

  id = g_uuid_string_random ();
  uri = ask->to == NULL ? g_uri_to_string (ask->uri) : NULL;
  return g_markup_printf_escaped (
    "<a:Action xmlns:a=\"" ICAM_NS_WSA "\">%s</a:Action>"
    "<a:MessageID xmlns:a=\"" ICAM_NS_WSA "\">urn:uuid:%s</a:MessageID>"
    "<a:ReplyTo xmlns:a=\"" ICAM_NS_WSA "\"><a:Address>" ICAM_NS_WSA "/anonymous</a:Address>"
    "</a:ReplyTo><a:To xmlns:a=\"" ICAM_NS_WSA "\">%s</a:To>",
    ask->action, id, ask->to != NULL ? ask->to : uri);
}

static char *
make_envelope (IcamOnvifTransport *self, Ask *ask)
{
  g_autofree char *addressing = make_addressing (ask);
  g_autofree char *header = NULL;
  gboolean any = ask->action != NULL || ask->header != NULL;

  if (ask->mode == ICAM_ONVIF_AUTH_TOKEN)
    {
      guint8 nonce[ICAM_ONVIF_NONCE_SIZE];

      if (getrandom (nonce, sizeof nonce, 0) != (ssize_t) sizeof nonce)
        g_error ("No random numbers");
      header = icam_onvif_token_new (
        self->user, self->secret,
        icam_clock_utc (icam_clock_system ()) + icam_onvif_transport_get_offset (self), nonce);
      if (header == NULL)
        return NULL;
      any = TRUE;
    }

  return g_strdup_printf ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
                          "<s:Envelope xmlns:s=\"" ICAM_NS_SOAP12 "\">%s%s%s%s%s<s:Body>"
                          "<q:%s xmlns:q=\"%s\" xmlns:tt=\"" ICAM_NS_SCHEMA "\">%s</q:%s>"
                          "</s:Body></s:Envelope>",
                          any ? "<s:Header>" : "", addressing,
                          ask->header != NULL ? ask->header : "", header != NULL ? header : "",
                          any ? "</s:Header>" : "", ask->operation, ask->space,
                          ask->arguments != NULL ? ask->arguments : "", ask->operation);
}

/* A new password is told in plain words. */
static void
free_wiped (gpointer data)
{
  icam_secret_wipe (data, strlen (data));
  g_free (data);
}

static void
send_now (GTask *task)
{
  IcamOnvifTransport *self = g_task_get_source_object (task);
  Ask *ask = g_task_get_task_data (task);
  g_autofree char *envelope = NULL;
  g_autofree char *type = NULL;
  g_autoptr (GBytes) bytes = NULL;
  /* What may be asked twice may use a kept connection, and is tried again when that was dead. */
  SoupMessageFlags flags
    = SOUP_MESSAGE_NO_REDIRECT
      | (ask->once ? SOUP_MESSAGE_NEW_CONNECTION : SOUP_MESSAGE_IDEMPOTENT);

  drop_message (ask);
  g_byte_array_set_size (ask->body, 0);
  ask->started = FALSE;
  ask->message = soup_message_new_from_uri (SOUP_METHOD_POST, ask->uri);
  if (ask->repeated)
    flags |= SOUP_MESSAGE_NEW_CONNECTION;
  soup_message_set_flags (ask->message, flags);
  soup_message_headers_replace (soup_message_get_request_headers (ask->message), "Accept",
                                "application/soap+xml");

  if (ask->mode == ICAM_ONVIF_AUTH_DIGEST)
    {
      g_autofree char *target = icam_onvif_uri_dup_target (ask->uri);
      g_autofree char *value
        = icam_http_digest_authorize (self->digest, "POST", target, self->user, self->secret, NULL);

      ask->tried_digest = TRUE;
      if (value == NULL)
        {
          finish_error (task, error_refused (task));
          return;
        }
      soup_message_headers_replace (soup_message_get_request_headers (ask->message),
                                    "Authorization", value);
    }
  else if (ask->mode == ICAM_ONVIF_AUTH_TOKEN)
    {
      ask->tried_token = TRUE;
    }
  else
    {
      ask->tried_none = TRUE;
    }

  envelope = make_envelope (self, ask);
  if (envelope == NULL)
    {
      finish_error (task, error_refused (task));
      return;
    }

  type = ask->action != NULL
           ? g_strdup_printf ("application/soap+xml; charset=utf-8; action=\"%s\"", ask->action)
           : g_strdup_printf ("application/soap+xml; charset=utf-8; action=\"%s/%s\"", ask->space,
                              ask->operation);
  bytes = g_bytes_new_with_free_func (envelope, strlen (envelope), free_wiped, envelope);
  envelope = NULL;
  soup_message_set_request_body_from_bytes (ask->message, type, bytes);
  g_signal_connect_object (ask->message, "network-event", G_CALLBACK (on_network_event), self, 0);
  g_signal_connect (ask->message, "starting", G_CALLBACK (on_starting), ask);
  g_signal_connect (ask->message, "accept-certificate", G_CALLBACK (on_certificate), NULL);

  set_limit (ask, CONNECT_TIMEOUT);
  soup_session_send_async (self->session, ask->message, G_PRIORITY_DEFAULT, ask->cancellable,
                           on_sent, g_object_ref (task));
}

static void
on_outer_cancelled (GCancellable *outer, gpointer user_data)
{
  g_cancellable_cancel (user_data);
}

static void
icam_onvif_transport_finalize (GObject *object)
{
  IcamOnvifTransport *self = ICAM_ONVIF_TRANSPORT (object);

  soup_session_abort (self->session);
  g_object_unref (self->session);
  g_uri_unref (self->base);
  g_free (self->user);
  g_clear_pointer (&self->secret, icam_secret_unref);
  icam_http_digest_free (self->digest);
  g_free (self->peer);

  G_OBJECT_CLASS (icam_onvif_transport_parent_class)->finalize (object);
}

static void
icam_onvif_transport_class_init (IcamOnvifTransportClass *class)
{
  G_OBJECT_CLASS (class)->finalize = icam_onvif_transport_finalize;
}

static void
icam_onvif_transport_init (IcamOnvifTransport *self)
{
  self->digest = icam_http_digest_new ();
  /* Each question has a time limit of its own; a pull of events waits for a minute. Beside it there
   * are one other question, one that ends the pull, and one that moves the camera. */
  self->session = soup_session_new_with_options ("max-conns", 4, "max-conns-per-host", 4, "timeout",
                                                 0, "idle-timeout", 5, "user-agent",
                                                 "incamera/" ICAM_VERSION, NULL);
  /* Nothing leaves: a proxy that the environment or the desktop names is somebody else. */
  soup_session_set_proxy_resolver (self->session, NULL);
  /* We answer challenges ourselves; a compressed answer would be larger than it looks. */
  soup_session_remove_feature_by_type (self->session, SOUP_TYPE_AUTH_MANAGER);
  soup_session_remove_feature_by_type (self->session, SOUP_TYPE_CONTENT_DECODER);
}

/**
 * icam_onvif_transport_new:
 * @base: the URL of the device service
 *
 * Returns: (transfer full): a transport
 */
IcamOnvifTransport *
icam_onvif_transport_new (GUri *base)
{
  IcamOnvifTransport *self = g_object_new (ICAM_TYPE_ONVIF_TRANSPORT, NULL);

  self->base = g_uri_ref (base);
  return self;
}

/**
 * icam_onvif_transport_set_credentials:
 * @self: a transport
 * @user: (nullable): the name
 * @secret: (nullable): the password
 *
 * They are used when the device asks for them, and go to its host only.
 */
void
icam_onvif_transport_set_credentials (IcamOnvifTransport *self,
                                      const char         *user,
                                      IcamSecret         *secret)
{
  g_clear_pointer (&self->user, g_free);
  g_clear_pointer (&self->secret, icam_secret_unref);
  if (user != NULL && secret != NULL)
    {
      self->user = g_strdup (user);
      self->secret = icam_secret_ref (secret);
    }
  self->proven = FALSE;
}

/**
 * icam_onvif_transport_has_credentials:
 * @self: a transport
 *
 * Returns: whether there is a name and a password
 */
gboolean
icam_onvif_transport_has_credentials (IcamOnvifTransport *self)
{
  return self->user != NULL;
}

/**
 * icam_onvif_transport_get_user:
 * @self: a transport
 *
 * Returns: (transfer none) (nullable): the name
 */
const char *
icam_onvif_transport_get_user (IcamOnvifTransport *self)
{
  return self->user;
}

/**
 * icam_onvif_transport_set_auth:
 * @self: a transport
 * @auth: what worked the last time; tried first
 */
void
icam_onvif_transport_set_auth (IcamOnvifTransport *self, IcamOnvifAuth auth)
{
  self->auth = auth;
  self->proven = FALSE;
}

/**
 * icam_onvif_transport_get_auth:
 * @self: a transport
 *
 * Returns: what worked
 */
IcamOnvifAuth
icam_onvif_transport_get_auth (IcamOnvifTransport *self)
{
  return self->auth;
}

/**
 * icam_onvif_transport_is_proven:
 * @self: a transport
 *
 * Returns: whether the device has accepted the name and the password
 */
gboolean
icam_onvif_transport_is_proven (IcamOnvifTransport *self)
{
  return self->proven;
}

/**
 * icam_onvif_transport_set_device_time:
 * @self: a transport
 * @utc: what the device's clock shows now, µs
 */
void
icam_onvif_transport_set_device_time (IcamOnvifTransport *self, gint64 utc)
{
  self->device_utc = utc;
  self->device_boot = icam_clock_boottime (icam_clock_system ());
  self->knows_time = TRUE;
}

/**
 * icam_onvif_transport_knows_time:
 * @self: a transport
 *
 * Returns: whether the device has told its time
 */
gboolean
icam_onvif_transport_knows_time (IcamOnvifTransport *self)
{
  return self->knows_time;
}

/**
 * icam_onvif_transport_get_offset:
 * @self: a transport
 *
 * Returns: the device's clock minus ours, µs; 0 while it is not known. A step of our clock changes
 * it: what is remembered is the device's clock against the boot time
 */
gint64
icam_onvif_transport_get_offset (IcamOnvifTransport *self)
{
  IcamClock *clock = icam_clock_system ();

  if (self->device_boot == 0)
    return 0;
  return self->device_utc + (icam_clock_boottime (clock) - self->device_boot)
         - icam_clock_utc (clock);
}

/**
 * icam_onvif_transport_get_peer:
 * @self: a transport
 *
 * Returns: (transfer none) (nullable): the numeric address that was connected last
 */
const char *
icam_onvif_transport_get_peer (IcamOnvifTransport *self)
{
  return self->peer;
}

/**
 * icam_onvif_transport_ask_async:
 * @self: a transport
 * @question: what to ask; copied
 * @cancellable: (nullable): ends it
 * @callback: called with the answer
 * @user_data: for it
 *
 * Asks, first without credentials or with what worked before, and again as the device demands.
 * Never HTTP digest and token in one question.
 */
void
icam_onvif_transport_ask_async (IcamOnvifTransport      *self,
                                const IcamOnvifQuestion *question,
                                GCancellable            *cancellable,
                                GAsyncReadyCallback      callback,
                                gpointer                 user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  Ask *ask = g_new0 (Ask, 1);

  g_task_set_source_tag (task, icam_onvif_transport_ask_async);
  g_task_set_task_data (task, ask, (GDestroyNotify) ask_free);
  ask->uri = g_uri_ref (question->uri);
  ask->space = g_strdup (question->space);
  ask->operation = g_strdup (question->operation);
  ask->arguments = g_strdup (question->arguments);
  ask->action = g_strdup (question->action);
  ask->to = g_strdup (question->to);
  ask->header = g_strdup (question->header);
  ask->open = question->open;
  ask->once = question->once;
  ask->timeout = question->timeout;
  ask->body = g_byte_array_new ();
  ask->cancellable = g_cancellable_new ();
  ask->mode = ICAM_ONVIF_AUTH_NONE;
  if (!ask->open && self->user != NULL)
    {
      if (self->auth == ICAM_ONVIF_AUTH_TOKEN)
        ask->mode = ICAM_ONVIF_AUTH_TOKEN;
      else if (self->auth == ICAM_ONVIF_AUTH_DIGEST && icam_http_digest_is_ready (self->digest))
        ask->mode = ICAM_ONVIF_AUTH_DIGEST;
    }

  if (g_task_return_error_if_cancelled (task))
    return;

  if (cancellable != NULL)
    ask->outer_handler = g_cancellable_connect (cancellable, G_CALLBACK (on_outer_cancelled),
                                                g_object_ref (ask->cancellable), g_object_unref);
  send_now (task);
}

/**
 * icam_onvif_transport_ask_finish:
 * @self: a transport
 * @result: as given to the callback
 * @error: return location: ICAM_ERROR_UNREACHABLE, TIMED_OUT, WRONG_PASSWORD, PASSWORD_NEEDED,
 * BAD_ANSWER; G_IO_ERROR_CANCELLED
 *
 * Returns: (transfer full) (nullable): the answer, or a fault that is no matter of a password
 */
IcamSoap *
icam_onvif_transport_ask_finish (IcamOnvifTransport *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
