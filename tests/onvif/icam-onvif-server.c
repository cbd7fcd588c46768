/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-test"

#include "config.h"

#include "icam-onvif-server.h"

#include <libsoup/soup.h>
#include <string.h>

#define REALM "camera"

#define NOT_AUTHORIZED                                                                             \
  "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" "                               \
  "xmlns:ter=\"http://www.onvif.org/ver10/error\"><s:Body>"                                        \
  "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>ter:NotAuthorized</s:Value></"  \
  "s:Subcode></s:Code>"                                                                            \
  "<s:Reason><s:Text xml:lang=\"en\">Sender not "                                                  \
  "authorized</s:Text></s:Reason></s:Fault></s:Body></s:Envelope>"
#define MUST_UNDERSTAND                                                                            \
  "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"><s:Body><s:Fault><s:Code>"      \
  "<s:Value>s:MustUnderstand</s:Value></s:Code><s:Reason><s:Text>What?</s:Text></s:Reason></"      \
  "s:Fault></s:Body></s:Envelope>"
#define NOT_IMPLEMENTED                                                                            \
  "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" "                               \
  "xmlns:ter=\"http://www.onvif.org/ver10/error\"><s:Body>"                                        \
  "<s:Fault><s:Code><s:Value>s:Receiver</s:Value><s:Subcode><s:Value>ter:ActionNotSupported</"     \
  "s:Value></s:Subcode></s:Code>"                                                                  \
  "<s:Reason><s:Text xml:lang=\"en\">Optional Action Not "                                         \
  "Implemented</s:Text></s:Reason></s:Fault></s:Body></s:Envelope>"

typedef struct
{
  guint status;
  GBytes *body;
  char *location;
  gboolean hang, flood, drip, cut;
} Answer;

struct _IcamOnvifServer
{
  SoupServer *server;
  guint port;
  GHashTable *answers; /* "operation" or "operation\nprofile" -> Answer */
  IcamGuard guard;
  char *user, *password;
  SoupAuthDomain *domain;
  gint64 clock_offset;
  char *http, *rtsp;
  char *nonce;
  guint nonce_number, nonce_left, nonce_uses; /* uses 0: for ever */
  GHashTable *tokens;                         /* nonces of tokens that were seen */
  IcamOnvifServerCounts counts;
  GPtrArray *hanging; /* of SoupServerMessage */
  GHashTable *queues; /* operation -> GQueue of Answer */
  GHashTable *last, *last_paths, *numbers; /* by operation */
};

static void
answer_free (Answer *answer)
{
  g_clear_pointer (&answer->body, g_bytes_unref);
  g_free (answer->location);
  g_free (answer);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Answer, answer_free)

static char *
match (const char *text, const char *pattern)
{
  g_autoptr (GRegex) regex = g_regex_new (pattern, G_REGEX_DOTALL, 0, NULL);
  g_autoptr (GMatchInfo) info = NULL;

  g_assert_nonnull (regex);
  return g_regex_match (regex, text, 0, &info) ? g_match_info_fetch (info, 1) : NULL;
}

static char *
md (GChecksumType type, const char *format, ...)
{
  va_list args;
  g_autofree char *text = NULL;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  return g_compute_checksum_for_string (type, text, -1);
}

/* RFC 7616 written down a second time, with one qop. */
static gboolean
digest_is_right (IcamOnvifServer *self, SoupServerMessage *message, const char *header)
{
  g_autofree char *user = match (header, "username=\"([^\"]*)\"");
  g_autofree char *realm = match (header, "realm=\"([^\"]*)\"");
  g_autofree char *nonce = match (header, "[ ,]nonce=\"([^\"]*)\"");
  g_autofree char *uri = match (header, "uri=\"([^\"]*)\"");
  g_autofree char *response = match (header, "response=\"([^\"]*)\"");
  g_autofree char *cnonce = match (header, "cnonce=\"([^\"]*)\"");
  g_autofree char *nc = match (header, "nc=([0-9a-f]{8})");
  g_autofree char *algorithm = match (header, "algorithm=([A-Za-z0-9-]*)");
  g_autofree char *a1 = NULL;
  g_autofree char *a2 = NULL;
  g_autofree char *wanted = NULL;

  if (user == NULL || realm == NULL || nonce == NULL || uri == NULL || response == NULL
      || cnonce == NULL || nc == NULL)
    return FALSE;

  g_assert_cmpstr (algorithm, ==, "SHA-256");
  g_assert_cmpstr (uri, ==, g_uri_get_path (soup_server_message_get_uri (message)));
  a1 = md (G_CHECKSUM_SHA256, "%s:%s:%s", self->user, REALM, self->password);
  a2 = md (G_CHECKSUM_SHA256, "POST:%s", uri);
  wanted = md (G_CHECKSUM_SHA256, "%s:%s:%s:%s:auth:%s", a1, nonce, nc, cnonce, a2);
  return g_str_equal (user, self->user) && g_str_equal (nonce, self->nonce)
         && g_str_equal (response, wanted);
}

static gboolean
token_is_right (IcamOnvifServer *self, const char *body)
{
  g_autofree char *user = match (body, "<wsse:Username>([^<]*)<");
  g_autofree char *digest = match (body, "<wsse:Password [^>]*#PasswordDigest\">([^<]*)<");
  g_autofree char *nonce = match (body, "<wsse:Nonce [^>]*>([^<]*)<");
  g_autofree char *created = match (body, "<wsu:Created>([^<]*)<");
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA1);
  g_autoptr (GDateTime) time = NULL;
  g_autofree guchar *bytes = NULL;
  g_autofree char *wanted = NULL;
  guint8 raw[20];
  gsize size, raw_size = sizeof raw;
  gint64 now = g_get_real_time () + self->clock_offset;

  if (user == NULL || digest == NULL || nonce == NULL || created == NULL)
    return FALSE;
  if (!g_hash_table_add (self->tokens, g_strdup (nonce)))
    return FALSE; /* replayed */

  bytes = g_base64_decode (nonce, &size);
  g_checksum_update (checksum, bytes, (gssize) size);
  g_checksum_update (checksum, (const guchar *) created, -1);
  g_checksum_update (checksum, (const guchar *) self->password, -1);
  g_checksum_get_digest (checksum, raw, &raw_size);
  wanted = g_base64_encode (raw, raw_size);

  time = g_date_time_new_from_iso8601 (created, NULL);
  return time != NULL && ABS (g_date_time_to_unix (time) - now / G_USEC_PER_SEC) <= 5
         && g_str_equal (user, self->user) && g_str_equal (digest, wanted);
}

static void
respond (IcamOnvifServer *self, SoupServerMessage *message, guint status, const char *body)
{
  soup_server_message_set_status (message, status, NULL);
  if (body != NULL)
    soup_server_message_set_response (message, "application/soap+xml; charset=utf-8",
                                      SOUP_MEMORY_COPY, body, strlen (body));
}

static void
challenge (IcamOnvifServer *self, SoupServerMessage *message, gboolean stale)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  g_autofree char *value = NULL;

  g_free (self->nonce);
  self->nonce = g_strdup_printf ("nonce%u", ++self->nonce_number);
  self->nonce_left = self->nonce_uses;
  /* MD5 beside it with another nonce: whoever can must take the stronger. */
  soup_message_headers_append (headers, "WWW-Authenticate",
                               "Digest realm=\"" REALM
                               "\", qop=\"auth\", algorithm=MD5, nonce=\"weak\"");
  value = g_strdup_printf ("Digest realm=\"" REALM
                           "\", qop=\"auth,auth-int\", algorithm=SHA-256, nonce=\"%s\"%s",
                           self->nonce, stale ? ", stale=true" : "");
  soup_message_headers_append (headers, "WWW-Authenticate", value);
  respond (self, message, 401, NULL);
}

/* Returns whether it let the question in; else it has answered. */
static gboolean
guard (IcamOnvifServer   *self,
       SoupServerMessage *message,
       const char        *authorization,
       const char        *body)
{
  gboolean token = strstr (body, "UsernameToken") != NULL;

  switch (self->guard)
    {
    case ICAM_GUARD_NONE:
      return TRUE;

    case ICAM_GUARD_DIGEST_MD5:
    case ICAM_GUARD_DIGEST_NO_TOKEN:
      {
        g_autofree char *user = soup_auth_domain_accepts (self->domain, message);

        if (user != NULL && g_str_equal (user, self->user))
          return TRUE;
        if (self->guard == ICAM_GUARD_DIGEST_NO_TOKEN && token)
          {
            respond (self, message, 500, MUST_UNDERSTAND);
            return FALSE;
          }
        respond (self, message, 401, NULL);
        soup_auth_domain_challenge (self->domain, message);
        return FALSE;
      }

    case ICAM_GUARD_DIGEST_SHA256:
      if (authorization != NULL && digest_is_right (self, message, authorization))
        {
          if (self->nonce_uses == 0 || self->nonce_left-- > 0)
            return TRUE;
          challenge (self, message, TRUE);
          return FALSE;
        }
      challenge (self, message, FALSE);
      return FALSE;

    case ICAM_GUARD_TOKEN:
    case ICAM_GUARD_TOKEN_401:
      if (token_is_right (self, body))
        return TRUE;
      if (self->guard == ICAM_GUARD_TOKEN)
        respond (self, message, 400, NOT_AUTHORIZED);
      else
        respond (self, message, 401, NULL);
      return FALSE;

    case ICAM_GUARD_ALWAYS_REFUSES:
      challenge (self, message, FALSE);
      return FALSE;

    case ICAM_GUARD_BASIC_ONLY:
      soup_message_headers_append (soup_server_message_get_response_headers (message),
                                   "WWW-Authenticate", "Basic realm=\"" REALM "\"");
      respond (self, message, 401, NULL);
      return FALSE;

    default:
      g_assert_not_reached ();
    }
}

static char *
make_date (IcamOnvifServer *self)
{
  gint64 now = g_get_real_time () + self->clock_offset;
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (now / G_USEC_PER_SEC);

  return g_strdup_printf (
    "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\"><s:Body>"
    "<d:GetSystemDateAndTimeResponse xmlns:d=\"http://www.onvif.org/ver10/device/wsdl\" "
    "xmlns:t=\"http://www.onvif.org/ver10/schema\"><d:SystemDateAndTime>"
    "<t:DateTimeType>Manual</t:DateTimeType><t:DaylightSavings>false</t:DaylightSavings>"
    "<t:UTCDateTime><t:Time><t:Hour>%d</t:Hour><t:Minute>%d</t:Minute><t:Second>%d</t:Second></"
    "t:Time>"
    "<t:Date><t:Year>%d</t:Year><t:Month>%d</t:Month><t:Day>%d</t:Day></t:Date></t:UTCDateTime>"
    "</d:SystemDateAndTime></d:GetSystemDateAndTimeResponse></s:Body></s:Envelope>",
    g_date_time_get_hour (time), g_date_time_get_minute (time), g_date_time_get_second (time),
    g_date_time_get_year (time), g_date_time_get_month (time), g_date_time_get_day_of_month (time));
}

/* How often a byte drips, in ms: more often than any time without data that could end it. */
#define DRIP 100

typedef struct
{
  SoupServerMessage *message;
  guint source;
} Flood;

static gboolean
on_drip (gpointer user_data)
{
  Flood *flood = user_data;

  flood->source = 0;
  soup_message_body_append (soup_server_message_get_response_body (flood->message),
                            SOUP_MEMORY_STATIC, " ", 1);
  soup_server_message_unpause (flood->message);
  return G_SOURCE_REMOVE;
}

static void
on_wrote_chunk (SoupServerMessage *message, gpointer user_data)
{
  static const char nothing[64 * 1024];
  Flood *flood = user_data;

  if (g_object_get_data (G_OBJECT (message), "drip") != NULL)
    {
      soup_server_message_pause (message);
      flood->source = g_timeout_add (DRIP, on_drip, flood);
    }
  else
    {
      soup_message_body_append (soup_server_message_get_response_body (message), SOUP_MEMORY_STATIC,
                                nothing, sizeof nothing);
    }
}

static void
flood_free (Flood *flood)
{
  if (flood->source != 0)
    g_source_remove (flood->source);
  g_free (flood);
}

static void
start_flood (IcamOnvifServer *self, SoupServerMessage *message, gboolean slowly)
{
  SoupMessageBody *body = soup_server_message_get_response_body (message);
  Flood *flood = g_new0 (Flood, 1);

  flood->message = message;
  g_object_set_data_full (G_OBJECT (message), "flood", flood, (GDestroyNotify) flood_free);
  if (slowly)
    g_object_set_data (G_OBJECT (message), "drip", self);
  soup_server_message_set_status (message, 200, NULL);
  soup_message_headers_set_encoding (soup_server_message_get_response_headers (message),
                                     SOUP_ENCODING_CHUNKED);
  soup_message_body_set_accumulate (body, FALSE);
  soup_message_body_append (body, SOUP_MEMORY_STATIC, " ", 1);
  g_signal_connect (message, "wrote-chunk", G_CALLBACK (on_wrote_chunk), flood);
}

static void
queue_free (gpointer data)
{
  g_queue_free_full (data, (GDestroyNotify) answer_free);
}

static void
serve (IcamOnvifServer *self, SoupServerMessage *message, Answer *answer)
{
  const char *data;
  gsize size;

  data = g_bytes_get_data (answer->body, &size);
  soup_server_message_set_status (message, answer->status, NULL);
  if (size > 0 && memchr (data, '\0', size) == NULL)
    {
      g_autoptr (GString) filled = g_string_new_len (data, (gssize) size);

      g_string_replace (filled, "@HTTP@", self->http, 0);
      g_string_replace (filled, "@RTSP@", self->rtsp, 0);
      soup_server_message_set_response (message, "application/soap+xml; charset=utf-8",
                                        SOUP_MEMORY_COPY, filled->str, filled->len);
    }
  else
    soup_server_message_set_response (message, "application/soap+xml; charset=utf-8",
                                      SOUP_MEMORY_COPY, data, size);
}

static void
on_request (SoupServer        *server,
            SoupServerMessage *message,
            const char        *path,
            GHashTable        *query,
            gpointer           user_data)
{
  IcamOnvifServer *self = user_data;
  SoupMessageBody *request = soup_server_message_get_request_body (message);
  const char *authorization = soup_message_headers_get_one (
    soup_server_message_get_request_headers (message), "Authorization");
  g_autofree char *body = g_strndup (request->data, (gsize) request->length);
  g_autofree char *operation = match (body, "<s:Body><(?:\\w+:)?(\\w+)");
  g_autofree char *profile = match (body, "ProfileToken>([^<]*)<");
  g_autofree char *key = NULL;
  g_autofree char *text = NULL;
  gboolean token = strstr (body, "UsernameToken") != NULL;
  g_autoptr (Answer) once = NULL;
  Answer *answer;
  GQueue *queue;

  self->counts.requests++;
  self->counts.with_authorization += authorization != NULL;
  self->counts.with_token += token;
  self->counts.with_both += token && authorization != NULL;
  if (self->password != NULL)
    self->counts.with_password
      += strstr (body, self->password) != NULL
         || (authorization != NULL && strstr (authorization, self->password) != NULL);
  g_assert_cmpstr (soup_server_message_get_method (message), ==, "POST");
  g_assert_nonnull (operation);
  g_ptr_array_add (self->counts.operations, g_strdup (operation));

  if (!g_str_equal (operation, "GetSystemDateAndTime")
      && !guard (self, message, authorization, body))
    return;

  g_hash_table_insert (self->numbers, g_strdup (operation),
                       GUINT_TO_POINTER (icam_onvif_server_count (self, operation) + 1));
  g_hash_table_insert (self->last_paths, g_strdup (operation), g_strdup (path));
  g_hash_table_insert (self->last, g_strdup (operation), g_strdup (body));
  queue = g_hash_table_lookup (self->queues, operation);
  once = queue != NULL ? g_queue_pop_head (queue) : NULL;
  if (once != NULL && once->cut)
    {
      g_autoptr (GIOStream) stream = soup_server_message_steal_connection (message);

      g_io_stream_close (stream, NULL, NULL);
      return;
    }
  if (once != NULL)
    {
      serve (self, message, once);
      return;
    }

  key = profile != NULL ? g_strconcat (operation, "\n", profile, NULL) : g_strdup (operation);
  answer = g_hash_table_lookup (self->answers, key);
  if (answer == NULL)
    answer = g_hash_table_lookup (self->answers, operation);
  if (answer == NULL)
    answer = g_hash_table_lookup (self->answers, "*");
  if (answer == NULL && g_str_equal (operation, "GetSystemDateAndTime"))
    {
      text = make_date (self);
      respond (self, message, 200, text);
      return;
    }
  if (answer == NULL)
    {
      respond (self, message, 400, NOT_IMPLEMENTED);
      return;
    }
  if (answer->hang)
    {
      soup_server_message_pause (message);
      g_ptr_array_add (self->hanging, g_object_ref (message));
      return;
    }
  if (answer->flood)
    {
      start_flood (self, message, answer->drip);
      return;
    }
  if (answer->location != NULL)
    {
      soup_server_message_set_redirect (message, answer->status, answer->location);
      return;
    }

  serve (self, message, answer);
}

static char *
on_auth (SoupAuthDomain *domain, SoupServerMessage *message, const char *user, gpointer user_data)
{
  IcamOnvifServer *self = user_data;

  return g_str_equal (user, self->user)
           ? soup_auth_domain_digest_encode_password (user, REALM, self->password)
           : NULL;
}

IcamOnvifServer *
icam_onvif_server_new (void)
{
  IcamOnvifServer *self = g_new0 (IcamOnvifServer, 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSList) uris = NULL;

  self->answers
    = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) answer_free);
  self->tokens = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->counts.operations = g_ptr_array_new_with_free_func (g_free);
  self->hanging = g_ptr_array_new_with_free_func (g_object_unref);
  self->queues = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, queue_free);
  self->last = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->last_paths = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->numbers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->domain = soup_auth_domain_digest_new ("realm", REALM, NULL);
  soup_auth_domain_add_path (self->domain, "/");
  soup_auth_domain_digest_set_auth_callback (
    self->domain, (SoupAuthDomainDigestAuthCallback) on_auth, self, NULL);

  self->server = soup_server_new (NULL, NULL);
  soup_server_add_handler (self->server, NULL, on_request, self, NULL);
  soup_server_listen_local (self->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (self->server);
  self->port = (guint) g_uri_get_port (uris->data);
  g_slist_foreach (uris, (GFunc) (GCallback) g_uri_unref, NULL);

  self->http = g_strdup_printf ("127.0.0.1:%u", self->port);
  self->rtsp = g_strdup ("127.0.0.1:554");
  return self;
}

void
icam_onvif_server_free (IcamOnvifServer *self)
{
  soup_server_disconnect (self->server);
  g_ptr_array_unref (self->hanging);
  g_object_unref (self->server);
  g_object_unref (self->domain);
  g_hash_table_unref (self->answers);
  g_hash_table_unref (self->queues);
  g_hash_table_unref (self->last);
  g_hash_table_unref (self->last_paths);
  g_hash_table_unref (self->numbers);
  g_hash_table_unref (self->tokens);
  g_ptr_array_unref (self->counts.operations);
  g_free (self->user);
  g_free (self->password);
  g_free (self->http);
  g_free (self->rtsp);
  g_free (self->nonce);
  g_free (self);
}

guint
icam_onvif_server_get_port (IcamOnvifServer *self)
{
  return self->port;
}

char *
icam_onvif_server_dup_address (IcamOnvifServer *self)
{
  return g_strdup_printf ("127.0.0.1:%u", self->port);
}

IcamOnvifServerCounts *
icam_onvif_server_get_counts (IcamOnvifServer *self)
{
  return &self->counts;
}

void
icam_onvif_server_set_guard (IcamOnvifServer *self,
                             IcamGuard        kind,
                             const char      *user,
                             const char      *password)
{
  self->guard = kind;
  g_free (self->user);
  g_free (self->password);
  self->user = g_strdup (user);
  self->password = g_strdup (password);
}

void
icam_onvif_server_set_clock (IcamOnvifServer *self, gint64 offset)
{
  self->clock_offset = offset;
}

void
icam_onvif_server_set_hosts (IcamOnvifServer *self, const char *http, const char *rtsp)
{
  g_free (self->http);
  g_free (self->rtsp);
  self->http = g_strdup (http);
  self->rtsp = g_strdup (rtsp);
}

void
icam_onvif_server_set_nonce_uses (IcamOnvifServer *self, guint uses)
{
  self->nonce_uses = uses;
}

static Answer *
put (IcamOnvifServer *self, const char *operation, const char *profile)
{
  Answer *answer = g_new0 (Answer, 1);

  g_hash_table_insert (
    self->answers,
    profile != NULL ? g_strconcat (operation, "\n", profile, NULL) : g_strdup (operation), answer);
  return answer;
}

void
icam_onvif_server_put (IcamOnvifServer *self,
                       const char      *operation,
                       const char      *profile,
                       guint            status,
                       const char      *body,
                       gssize           size)
{
  Answer *answer = put (self, operation, profile);

  answer->status = status;
  answer->body = g_bytes_new (body, size < 0 ? strlen (body) : (gsize) size);
}

static char *
make_envelope (const char *answer)
{
  return g_strconcat ("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
                      "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" "
                      "xmlns:tds=\"http://www.onvif.org/ver10/device/wsdl\" "
                      "xmlns:trt=\"http://www.onvif.org/ver10/media/wsdl\" "
                      "xmlns:tr2=\"http://www.onvif.org/ver20/media/wsdl\" "
                      "xmlns:tev=\"http://www.onvif.org/ver10/events/wsdl\" "
                      "xmlns:tptz=\"http://www.onvif.org/ver20/ptz/wsdl\" "
                      "xmlns:timg=\"http://www.onvif.org/ver20/imaging/wsdl\" "
                      "xmlns:wsnt=\"http://docs.oasis-open.org/wsn/b-2\" "
                      "xmlns:wsa5=\"http://www.w3.org/2005/08/addressing\" "
                      "xmlns:tns1=\"http://www.onvif.org/ver10/topics\" "
                      "xmlns:ter=\"http://www.onvif.org/ver10/error\" "
                      "xmlns:tt=\"http://www.onvif.org/ver10/schema\">"
                      "<s:Body>",
                      answer, "</s:Body></s:Envelope>", NULL);
}

void
icam_onvif_server_put_body (IcamOnvifServer *self,
                            const char      *operation,
                            const char      *profile,
                            const char      *answer)
{
  g_autofree char *text = make_envelope (answer);

  icam_onvif_server_put (self, operation, profile, 200, text, -1);
}

void
icam_onvif_server_queue_raw (IcamOnvifServer *self,
                             const char      *operation,
                             guint            status,
                             const char      *envelope)
{
  GQueue *queue = g_hash_table_lookup (self->queues, operation);
  Answer *one = g_new0 (Answer, 1);

  if (queue == NULL)
    {
      queue = g_queue_new ();
      g_hash_table_insert (self->queues, g_strdup (operation), queue);
    }
  one->cut = envelope == NULL;
  one->status = status;
  if (envelope != NULL)
    one->body = g_bytes_new (envelope, strlen (envelope));
  g_queue_push_tail (queue, one);
}

void
icam_onvif_server_queue (IcamOnvifServer *self,
                         const char      *operation,
                         guint            status,
                         const char      *answer)
{
  g_autofree char *envelope = answer != NULL ? make_envelope (answer) : NULL;

  icam_onvif_server_queue_raw (self, operation, status, envelope);
}

void
icam_onvif_server_push (IcamOnvifServer *self, guint status, const char *answer)
{
  g_autoptr (SoupServerMessage) message = NULL;
  g_autoptr (Answer) one = NULL;

  if (self->hanging->len == 0)
    {
      icam_onvif_server_queue (self, "PullMessages", status, answer);
      return;
    }

  message = g_ptr_array_steal_index (self->hanging, self->hanging->len - 1);
  if (answer == NULL)
    {
      g_autoptr (GIOStream) stream = soup_server_message_steal_connection (message);

      g_io_stream_close (stream, NULL, NULL);
      return;
    }
  one = g_new0 (Answer, 1);
  {
    char *text = make_envelope (answer);

    one->status = status;
    one->body = g_bytes_new_take (text, strlen (text));
  }
  serve (self, message, one);
  soup_server_message_unpause (message);
}

guint
icam_onvif_server_count (IcamOnvifServer *self, const char *operation)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (self->numbers, operation));
}

const char *
icam_onvif_server_last (IcamOnvifServer *self, const char *operation)
{
  return g_hash_table_lookup (self->last, operation);
}

const char *
icam_onvif_server_last_path (IcamOnvifServer *self, const char *operation)
{
  return g_hash_table_lookup (self->last_paths, operation);
}

void
icam_onvif_server_redirect (IcamOnvifServer *self,
                            const char      *operation,
                            guint            status,
                            const char      *location)
{
  Answer *answer = put (self, operation, NULL);

  answer->status = status;
  answer->location = g_strdup (location);
}

void
icam_onvif_server_flood (IcamOnvifServer *self, const char *operation, gboolean slowly)
{
  Answer *answer = put (self, operation, NULL);

  answer->flood = TRUE;
  answer->drip = slowly;
}

void
icam_onvif_server_hang (IcamOnvifServer *self, const char *operation)
{
  put (self, operation, NULL)->hang = TRUE;
}

/* A device with one lens, a main and a sub stream. */
void
icam_onvif_server_simple (IcamOnvifServer *self)
{
  static const char profile[]
    = "<trt:Profiles token=\"%s\"><tt:Name>%s</tt:Name><tt:VideoSourceConfiguration "
      "token=\"vsc\"><tt:SourceToken>lens</tt:SourceToken>"
      "<tt:Bounds x=\"0\" y=\"0\" width=\"1280\" height=\"720\"/></tt:VideoSourceConfiguration>"
      "<tt:VideoEncoderConfiguration "
      "token=\"e\"><tt:Encoding>H264</tt:Encoding><tt:Resolution><tt:Width>%d</tt:Width>"
      "<tt:Height>%d</tt:Height></tt:Resolution><tt:RateControl><tt:FrameRateLimit>15</"
      "tt:FrameRateLimit></tt:RateControl>"
      "</tt:VideoEncoderConfiguration></trt:Profiles>";
  g_autofree char *main = g_strdup_printf (profile, "main", "Main", 1280, 720);
  g_autofree char *sub = g_strdup_printf (profile, "sub", "Sub", 640, 360);
  g_autofree char *profiles
    = g_strconcat ("<trt:GetProfilesResponse>", main, sub, "</trt:GetProfilesResponse>", NULL);

  icam_onvif_server_put_body (
    self, "GetDeviceInformation", NULL,
    "<tds:GetDeviceInformationResponse><tds:Manufacturer>Maker</tds:Manufacturer>"
    "<tds:Model>Model 1</tds:Model><tds:FirmwareVersion>1.0</tds:FirmwareVersion>"
    "<tds:SerialNumber>S1</tds:SerialNumber><tds:HardwareId>H1</tds:HardwareId>"
    "</tds:GetDeviceInformationResponse>");
  icam_onvif_server_put_body (
    self, "GetServices", NULL,
    "<tds:GetServicesResponse><tds:Service><tds:Namespace>http://www.onvif.org/ver10/media/wsdl"
    "</tds:Namespace><tds:XAddr>http://@HTTP@/onvif/media</tds:XAddr></tds:Service>"
    "</tds:GetServicesResponse>");
  icam_onvif_server_put_body (self, "GetProfiles", NULL, profiles);
  icam_onvif_server_put_body (
    self, "GetStreamUri", "main",
    "<trt:GetStreamUriResponse><trt:MediaUri><tt:Uri>rtsp://@RTSP@/main</tt:Uri></trt:MediaUri>"
    "</trt:GetStreamUriResponse>");
  icam_onvif_server_put_body (
    self, "GetStreamUri", "sub",
    "<trt:GetStreamUriResponse><trt:MediaUri><tt:Uri>rtsp://@RTSP@/sub?a=1&amp;b=2</tt:Uri>"
    "</trt:MediaUri></trt:GetStreamUriResponse>");
  icam_onvif_server_put_body (
    self, "GetSnapshotUri", "main",
    "<trt:GetSnapshotUriResponse><trt:MediaUri><tt:Uri>http://@HTTP@/snap.jpg</tt:Uri>"
    "</trt:MediaUri></trt:GetSnapshotUriResponse>");
}

void
icam_onvif_server_events (IcamOnvifServer *self)
{
  icam_onvif_server_put_body (
    self, "GetServices", NULL,
    "<tds:GetServicesResponse><tds:Service><tds:Namespace>http://www.onvif.org/ver10/media/wsdl"
    "</tds:Namespace><tds:XAddr>http://@HTTP@/onvif/media</tds:XAddr></tds:Service>"
    "<tds:Service><tds:Namespace>http://www.onvif.org/ver10/events/wsdl"
    "</tds:Namespace><tds:XAddr>http://@HTTP@/onvif/events</tds:XAddr></tds:Service>"
    "</tds:GetServicesResponse>");
  icam_onvif_server_put_body (
    self, "CreatePullPointSubscription", NULL,
    "<tev:CreatePullPointSubscriptionResponse><tev:SubscriptionReference>"
    "<wsa5:Address>http://@HTTP@/onvif/pull/1</wsa5:Address></tev:SubscriptionReference>"
    "<wsnt:CurrentTime>2017-12-31T16:00:00Z</wsnt:CurrentTime>"
    "<wsnt:TerminationTime>2017-12-31T16:10:00Z</wsnt:TerminationTime>"
    "</tev:CreatePullPointSubscriptionResponse>");
  icam_onvif_server_put_body (self, "SetSynchronizationPoint", NULL,
                              "<tev:SetSynchronizationPointResponse/>");
  icam_onvif_server_put_body (self, "Unsubscribe", NULL, "<wsnt:UnsubscribeResponse/>");
  icam_onvif_server_hang (self, "PullMessages");
}
