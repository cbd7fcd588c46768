/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "icam-test"

#include "icam-test-web.h"

#include <libxml/parser.h>
#include <string.h>

#include "icam-test-auth.h"
#include "icam-test-mjpeg.h"
#include "icam-test-ptz.h"
#include "icam-test-soap.h"
#include "icam-test-upkeep.h"

#define REALM "IP Camera"
#define MAX_REQUEST_BYTES (256 * 1024)

struct _IcamTestWeb
{
  IcamTestDevice *device;
  SoupServer *server;
  SoupAuthDomain *domain;
  IcamTestNonces *nonces;
  IcamTestEvents *events;
  IcamTestPtz *ptz; /* or NULL */
  IcamTestUpkeep *upkeep;
};

/**
 * icam_test_xml_child:
 * @parent: (nullable): an element
 * @name: a local name
 *
 * Returns: (transfer none) (nullable): its first child of that name, whatever the namespace.
 */
xmlNode *
icam_test_xml_child (xmlNode *parent, const char *name)
{
  for (xmlNode *node = parent ? parent->children : NULL; node; node = node->next)
    if (node->type == XML_ELEMENT_NODE && (!name || g_str_equal ((const char *) node->name, name)))
      return node;
  return NULL;
}

/**
 * icam_test_xml_text:
 * @node: (nullable): an element
 *
 * Returns: (transfer full) (nullable): its text without white space around it.
 */
char *
icam_test_xml_text (xmlNode *node)
{
  xmlChar *content;
  char *text;

  if (!node)
    return NULL;
  content = xmlNodeGetContent (node);
  text = g_strdup ((const char *) content);
  xmlFree (content);
  return text ? g_strstrip (text) : NULL;
}

/**
 * icam_test_xml_time:
 * @utc_us: µs since 1970
 *
 * Returns: (transfer full): xsd:dateTime in UTC.
 */
char *
icam_test_xml_time (gint64 utc_us)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (utc_us / G_USEC_PER_SEC);

  return g_date_time_format (time, "%Y-%m-%dT%H:%M:%SZ");
}

/**
 * icam_test_add:
 * @request: a request
 * @format: what to add to the answer; its arguments are escaped
 */
void
icam_test_add (IcamTestRequest *request, const char *format, ...)
{
  va_list args;
  g_autofree char *text = NULL;

  va_start (args, format);
  text = g_markup_vprintf_escaped (format, args);
  va_end (args);
  g_string_append (request->body, text);
}

/**
 * icam_test_refuse:
 * @request: a request, which is answered with a fault
 * @subcode: "ter:…"
 * @reason: in words
 */
void
icam_test_refuse (IcamTestRequest *request, const char *subcode, const char *reason)
{
  request->fault = subcode;
  request->reason = reason;
}

/**
 * icam_test_soap_envelope:
 * @body: what goes into the body
 * @action: (nullable): wsa:Action
 * @relates_to: (nullable): the MessageID that this answers, escaped
 *
 * Returns: (transfer full): a SOAP 1.2 message.
 */
char *
icam_test_soap_envelope (const char *body, const char *action, const char *relates_to)
{
  g_autoptr (GString) header = g_string_new (NULL);

  if (action)
    g_string_append_printf (header, "<wsa5:Action>%s</wsa5:Action>", action);
  if (relates_to)
    g_string_append_printf (header, "<wsa5:RelatesTo>%s</wsa5:RelatesTo>", relates_to);
  return g_strdup_printf (
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\""
    " xmlns:tds=\"http://www.onvif.org/ver10/device/wsdl\""
    " xmlns:trt=\"http://www.onvif.org/ver10/media/wsdl\""
    " xmlns:tptz=\"http://www.onvif.org/ver20/ptz/wsdl\""
    " xmlns:timg=\"http://www.onvif.org/ver20/imaging/wsdl\""
    " xmlns:tev=\"http://www.onvif.org/ver10/events/wsdl\""
    " xmlns:tt=\"http://www.onvif.org/ver10/schema\""
    " xmlns:wsnt=\"http://docs.oasis-open.org/wsn/b-2\""
    " xmlns:wsrf=\"http://docs.oasis-open.org/wsrf/rw-2\""
    " xmlns:wstop=\"http://docs.oasis-open.org/wsn/t-1\""
    " xmlns:wsa5=\"http://www.w3.org/2005/08/addressing\""
    " xmlns:tns1=\"http://www.onvif.org/ver10/topics\""
    " xmlns:ter=\"http://www.onvif.org/ver10/error\""
    " xmlns:xs=\"http://www.w3.org/2001/XMLSchema\">"
    "<s:Header>%s</s:Header><s:Body>%s</s:Body></s:Envelope>\n",
    header->str, body);
}

/**
 * icam_test_soap_fault:
 * @subcode: a subcode, "ter:…"
 * @reason: in words
 *
 * Returns: (transfer full): the body of a fault (SOAP 1.2, part 1, 5.4).
 */
char *
icam_test_soap_fault (const char *subcode, const char *reason)
{
  return g_markup_printf_escaped (
    "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>%s</s:Value></s:Subcode>"
    "</s:Code><s:Reason><s:Text xml:lang=\"en\">%s</s:Text></s:Reason></s:Fault>",
    subcode, reason);
}

static void
respond (SoupServerMessage *message, guint status, const char *body, const char *action,
         const char *relates_to)
{
  g_autofree char *envelope = icam_test_soap_envelope (body, action, relates_to);
  gsize size = strlen (envelope);

  soup_server_message_set_status (message, status, NULL);
  soup_server_message_set_response (message, "application/soap+xml; charset=utf-8",
                                    SOUP_MEMORY_TAKE, g_steal_pointer (&envelope), size);
}

/* Checks the UsernameToken in a header. */
static IcamTestTokenVerdict
check_token (IcamTestWeb *self, xmlNode *header)
{
  xmlNode *username_token
    = icam_test_xml_child (icam_test_xml_child (header, "Security"), "UsernameToken");
  xmlNode *password_node = icam_test_xml_child (username_token, "Password");
  g_autofree char *username = icam_test_xml_text (icam_test_xml_child (username_token, "Username"));
  g_autofree char *password = icam_test_xml_text (password_node);
  g_autofree char *nonce = icam_test_xml_text (icam_test_xml_child (username_token, "Nonce"));
  g_autofree char *created = icam_test_xml_text (icam_test_xml_child (username_token, "Created"));
  xmlChar *type = password_node ? xmlGetProp (password_node, BAD_CAST "Type") : NULL;
  const IcamTestToken token = { username, password, (const char *) type, nonce, created };
  IcamTestTokenVerdict verdict;

  verdict = icam_test_token_check (self->nonces, &token, self->device->user, self->device->password,
                                   icam_test_device_clock (self->device));
  if (type)
    xmlFree (type);
  /* Whoever knows the old password is refused like anybody else. */
  if (verdict == ICAM_TEST_TOKEN_FINE && g_atomic_int_get (&self->device->refuse))
    verdict = ICAM_TEST_TOKEN_WRONG;
  return verdict;
}

/* Lets a request in, or answers it with a refusal. */
static gboolean
let_in (IcamTestWeb *self, SoupServerMessage *message, xmlNode *header)
{
  const guint auth = self->device->auth;
  IcamTestTokenVerdict verdict = ICAM_TEST_TOKEN_MISSING;
  g_autofree char *fault = NULL;

  if (auth == ICAM_TEST_AUTH_NONE)
    return TRUE;
  if (auth & ICAM_TEST_AUTH_TOKEN)
    {
      verdict = check_token (self, header);
      if (verdict == ICAM_TEST_TOKEN_FINE)
        return TRUE;
    }
  if (auth & ICAM_TEST_AUTH_DIGEST)
    {
      g_autofree char *user = soup_auth_domain_accepts (self->domain, message);

      if (user)
        return TRUE;
    }

  fault = icam_test_soap_fault ("ter:NotAuthorized", verdict == ICAM_TEST_TOKEN_TIME
                                                       ? "The time of the token is not mine"
                                                       : "Sender not authorized");
  if (auth & ICAM_TEST_AUTH_DIGEST)
    {
      respond (message, 401, fault, NULL, NULL);
      soup_auth_domain_challenge (self->domain, message);
    }
  else
    respond (message, 400, fault, NULL, NULL);
  return FALSE;
}

static void
on_soap (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query,
         gpointer data)
{
  IcamTestWeb *self = data;
  SoupMessageBody *request_body = soup_server_message_get_request_body (message);
  IcamTestRequest request = { 0 };
  g_autoptr (GString) body = g_string_new (NULL);
  g_autofree char *message_id = NULL;
  g_autofree char *relates_to = NULL;
  g_autofree char *fault = NULL;
  xmlDoc *document = NULL;
  xmlNode *envelope, *header;

  if (soup_server_message_get_method (message) != SOUP_METHOD_POST)
    {
      soup_server_message_set_status (message, 405, NULL);
      return;
    }
  if (request_body->length > 0 && request_body->length < MAX_REQUEST_BYTES)
    document = xmlReadMemory (request_body->data, (int) request_body->length, NULL, NULL,
                              XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
  envelope = document ? xmlDocGetRootElement (document) : NULL;
  header = icam_test_xml_child (envelope, "Header");
  request.operation = icam_test_xml_child (icam_test_xml_child (envelope, "Body"), NULL);
  if (!request.operation)
    {
      fault = icam_test_soap_fault ("ter:WellFormed", "Not a SOAP message");
      respond (message, 400, fault, NULL, NULL);
    }
  else if (icam_test_onvif_is_public ((const char *) request.operation->name)
           || let_in (self, message, header))
    {
      request.device = self->device;
      request.events = self->events;
      request.ptz = self->ptz;
      request.upkeep = self->upkeep;
      request.path = path;
      request.message = message;
      request.body = body;
      request.status = 200;
      message_id = icam_test_xml_text (icam_test_xml_child (header, "MessageID"));
      relates_to = message_id ? g_markup_escape_text (message_id, -1) : NULL;
      if (icam_test_upkeep_may (self->device, (const char *) request.operation->name))
        icam_test_onvif_answer (&request);
      else
        {
          request.fault = "ter:NotAuthorized";
          request.reason = "This user may not do it";
          request.status = 403;
        }
      if (request.fault)
        {
          fault = icam_test_soap_fault (request.fault, request.reason);
          respond (message, request.status == 200 ? 400 : request.status, fault, NULL, relates_to);
        }
      else if (!request.waiting)
        respond (message, request.status, body->str, request.action, relates_to);
    }
  if (document)
    xmlFreeDoc (document);
}

static void
on_snapshot (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query,
             gpointer data)
{
  IcamTestWeb *self = data;
  guint64 number = g_ascii_strtoull (path + strlen ("/snapshot/"), NULL, 10);
  g_autoptr (GBytes) picture = NULL;
  const char *jpeg;
  gsize size;

  if (!self->device->snapshot_enabled || number < 1 || number > self->device->n_channels)
    {
      soup_server_message_set_status (message, 404, NULL);
      return;
    }
  if (self->device->auth != ICAM_TEST_AUTH_NONE)
    {
      g_autofree char *user = soup_auth_domain_accepts (self->domain, message);

      /* A browser and a recorder both know digest; a token has no place in a GET. */
      if (!user)
        {
          soup_auth_domain_challenge (self->domain, message);
          soup_server_message_set_status (message, 401, NULL);
          return;
        }
    }
  picture = icam_test_mjpeg_picture (self->device, (guint) number - 1, 1280, 720);
  jpeg = g_bytes_get_data (picture, &size);
  soup_server_message_set_status (message, 200, NULL);
  soup_message_headers_replace (soup_server_message_get_response_headers (message),
                                "Cache-Control", "no-store");
  soup_server_message_set_response (message, "image/jpeg", SOUP_MEMORY_COPY, jpeg, size);
}

static void
on_page (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query,
         gpointer data)
{
  static const char page[] = "<!DOCTYPE html><title>IP Camera</title><h1>IP Camera</h1>\n";

  if (!g_str_equal (path, "/"))
    {
      soup_server_message_set_status (message, 404, NULL);
      return;
    }
  soup_server_message_set_status (message, 200, NULL);
  soup_server_message_set_response (message, "text/html", SOUP_MEMORY_STATIC, page,
                                    sizeof page - 1);
}

static char *
on_digest (SoupAuthDomain *domain, SoupServerMessage *message, const char *username, gpointer data)
{
  IcamTestWeb *self = data;

  if (!g_str_equal (username, self->device->user) || g_atomic_int_get (&self->device->refuse))
    return NULL;
  return soup_auth_domain_digest_encode_password (username, REALM, self->device->password);
}

/**
 * icam_test_web_new:
 * @device: a device
 *
 * Returns: (transfer full): its web service, which does not listen yet.
 */
IcamTestWeb *
icam_test_web_new (IcamTestDevice *device)
{
  IcamTestWeb *self = g_new0 (IcamTestWeb, 1);

  self->device = device;
  self->nonces = icam_test_nonces_new ();
  self->events = icam_test_events_new (device);
  self->ptz = device->ptz_enabled ? icam_test_ptz_new (device) : NULL;
  self->upkeep = icam_test_upkeep_new (device);
  self->domain = soup_auth_domain_digest_new ("realm", REALM, NULL);
  soup_auth_domain_digest_set_auth_callback (self->domain, on_digest, self, NULL);
  self->server = soup_server_new ("server-header", "TestCam/1.0", NULL);
  soup_server_add_handler (self->server, "/onvif", on_soap, self, NULL);
  soup_server_add_handler (self->server, "/snapshot", on_snapshot, self, NULL);
  soup_server_add_handler (self->server, NULL, on_page, self, NULL);
  return self;
}

/**
 * icam_test_web_listen:
 * @self: a web service
 * @error: return location for a #GError
 *
 * Listens at the device's address, at its port or, the first time, at one that the kernel chooses.
 *
 * Returns: whether it could.
 */
gboolean
icam_test_web_listen (IcamTestWeb *self, GError **error)
{
  g_autoptr (GSocketAddress) address
    = g_inet_socket_address_new_from_string (self->device->address, self->device->web_port);
  GSList *uris;

  if (!address)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "“%s” is not an IP address",
                   self->device->address);
      return FALSE;
    }
  if (!soup_server_listen (self->server, address, 0, error))
    return FALSE;
  uris = soup_server_get_uris (self->server);
  if (uris)
    self->device->web_port = (guint16) g_uri_get_port (uris->data);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  return TRUE;
}

/**
 * icam_test_web_unlisten:
 * @self: a web service
 *
 * Closes the port and all connections; subscriptions are forgotten.
 */
void
icam_test_web_unlisten (IcamTestWeb *self)
{
  icam_test_events_clear (self->events);
  soup_server_disconnect (self->server);
}

/**
 * icam_test_web_set_motion:
 * @self: a web service
 * @channel: a channel
 * @motion: whether something moves there
 *
 * Tells everybody who subscribed.
 */
void
icam_test_web_set_motion (IcamTestWeb *self, guint channel, gboolean motion)
{
  icam_test_events_set_motion (self->events, channel, motion);
}

/**
 * icam_test_web_command_event:
 * @self: a web service
 * @command: what is detected, see icam_test_events_command()
 * @error: return location for a #GError
 *
 * Returns: whether everybody who subscribed is told.
 */
gboolean
icam_test_web_command_event (IcamTestWeb *self, const char *command, GError **error)
{
  return icam_test_events_command (self->events, command, error);
}

/**
 * icam_test_web_drop_subscriptions:
 * @self: a web service
 *
 * Forgets who subscribed.
 */
void
icam_test_web_drop_subscriptions (IcamTestWeb *self)
{
  icam_test_events_drop (self->events);
}

/**
 * icam_test_web_free:
 * @self: a web service
 */
void
icam_test_web_free (IcamTestWeb *self)
{
  icam_test_web_unlisten (self);
  g_clear_object (&self->server);
  g_clear_object (&self->domain);
  icam_test_events_free (self->events);
  icam_test_ptz_free (self->ptz);
  icam_test_upkeep_free (self->upkeep);
  icam_test_nonces_free (self->nonces);
  g_free (self);
}
