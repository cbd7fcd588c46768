/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-discovery"

#include "config.h"

#include "discovery/icam-wsd-message-private.h"

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <string.h>

#include "base/icam-text.h"
#include "discovery/icam-hit-private.h"

/* WS-Discovery of April 2005, which ONVIF prescribes (core specification, section 7), and 1.1. */
#define NS_DISCOVERY  "http://schemas.xmlsoap.org/ws/2005/04/discovery"
#define NS_ADDRESSING "http://schemas.xmlsoap.org/ws/2004/08/addressing"
#define NS_SOAP       "http://www.w3.org/2003/05/soap-envelope"
#define NS_NETWORK    "http://www.onvif.org/ver10/network/wsdl"
#define NS_DEVICE     "http://www.onvif.org/ver10/device/wsdl"

static const char *const soap_spaces[]
  = { NS_SOAP, "http://schemas.xmlsoap.org/soap/envelope/", NULL };
static const char *const addressing_spaces[]
  = { NS_ADDRESSING, "http://www.w3.org/2005/08/addressing", NULL };
static const char *const discovery_spaces[]
  = { NS_DISCOVERY, "http://docs.oasis-open.org/ws-dd/ns/discovery/2009/01", NULL };

#define MAX_TOKENS 256
#define MAX_XADDRS 16

static void
xaddr_free (IcamWsdXAddr *xaddr)
{
  g_free (xaddr->host);
  g_free (xaddr->path);
  g_free (xaddr);
}

static void
match_free (IcamWsdMatch *match)
{
  g_free (match->id);
  g_free (match->endpoint);
  g_free (match->name);
  g_free (match->hardware);
  g_free (match->mac);
  g_free (match->serial);
  g_ptr_array_unref (match->xaddrs);
  g_free (match);
}

/* Devices write names in the character set of their maker and call it UTF-8, and pad with NULs:
 * what cannot be read is replaced, the rest is kept. */
static char *
make_readable (const guint8 *data, gsize size)
{
  char *text;

  while (size > 0 && (g_ascii_isspace (*data) || *data == '\0'))
    {
      data++;
      size--;
    }
  while (size > 0 && (g_ascii_isspace (data[size - 1]) || data[size - 1] == '\0'))
    size--;

  text = g_utf8_make_valid ((const char *) data, (gssize) size);
  for (char *p = text; *p != '\0'; p++)
    if ((guchar) *p < 0x20 && *p != '\t' && *p != '\n' && *p != '\r')
      *p = ' ';

  return text;
}

/* Any prefix; one that was never declared, as some firmware has it, is passed over. */
static gboolean
is (xmlNode *node, const char *name, const char *const *spaces)
{
  const char *own = (const char *) node->name;
  const char *colon;

  if (node->type != XML_ELEMENT_NODE)
    return FALSE;
  if (node->ns != NULL && node->ns->href != NULL)
    return strcmp (own, name) == 0 && g_strv_contains (spaces, (const char *) node->ns->href);

  colon = strchr (own, ':');
  return colon != NULL && strcmp (colon + 1, name) == 0;
}

static xmlNode *
child (xmlNode *parent, const char *name, const char *const *spaces)
{
  for (xmlNode *node = parent != NULL ? parent->children : NULL; node != NULL; node = node->next)
    if (is (node, name, spaces))
      return node;

  return NULL;
}

static char *
dup_content (xmlNode *node)
{
  xmlChar *content = node != NULL ? xmlNodeGetContent (node) : NULL;
  char *text;

  if (content == NULL)
    return NULL;

  text = g_strstrip (g_strdup ((const char *) content));
  xmlFree (content);
  if (*text == '\0')
    g_clear_pointer (&text, g_free);
  return text;
}

/* A list as XML schema has it: separated by white space. */
static char **
dup_tokens (xmlNode *node)
{
  g_autofree char *text = dup_content (node);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  guint n = 0;

  for (char *p = text; p != NULL && *p != '\0' && n < MAX_TOKENS; n++)
    {
      gsize length = strcspn (p, " \t\r\n");
      g_autofree char *token = g_strndup (p, length);

      g_strv_builder_add (builder, token);
      p += length;
      p += strspn (p, " \t\r\n");
    }

  return g_strv_builder_end (builder);
}

/* Printers and computers answer to WS-Discovery too, and are devices of another kind. */
static gboolean
is_camera_type (xmlNode *node, const char *type)
{
  const char *colon = strchr (type, ':');
  const char *name = colon != NULL ? colon + 1 : type;
  g_autofree char *prefix = colon != NULL ? g_strndup (type, (gsize) (colon - type)) : NULL;
  xmlNs *ns;

  if (strcmp (name, "NetworkVideoTransmitter") == 0)
    return TRUE;
  if (strcmp (name, "Device") != 0)
    return FALSE;

  ns = xmlSearchNs (node->doc, node, (const xmlChar *) prefix);
  if (ns == NULL || ns->href == NULL)
    return g_strcmp0 (prefix, "tds") == 0;
  return strcmp ((const char *) ns->href, NS_DEVICE) == 0;
}

static void
set_first (char **field, char *value)
{
  if (*field == NULL && *value != '\0')
    *field = g_strdup (value);
}

/* onvif://www.onvif.org/category/value (ONVIF core specification, section 7.3.3.2; mac and serial
 * are what makers add). */
static void
read_scope (IcamWsdMatch *match, const char *scope)
{
  const char *slash, *value;
  g_autofree char *category = NULL;
  g_autofree char *plain = NULL;

  if (g_ascii_strncasecmp (scope, "onvif://", 8) != 0)
    return;
  match->camera = TRUE;

  slash = strchr (scope + 8, '/');
  value = slash != NULL ? strchr (slash + 1, '/') : NULL;
  if (value == NULL)
    return;

  category = g_ascii_strdown (slash + 1, value - slash - 1);
  /* NULL where the escapes make no sense. */
  plain = g_uri_unescape_string (value + 1, NULL);
  if (plain == NULL)
    plain = g_strdup (value + 1);

  if (strcmp (category, "name") == 0)
    set_first (&match->name, plain);
  else if (strcmp (category, "hardware") == 0)
    set_first (&match->hardware, plain);
  else if (strcmp (category, "mac") == 0 || strcmp (category, "macaddr") == 0
           || strcmp (category, "macaddress") == 0)
    set_first (&match->mac, plain);
  else if (strcmp (category, "serial") == 0 || strcmp (category, "serialnumber") == 0)
    set_first (&match->serial, plain);
}

/* An address that can be asked, or NULL. */
static IcamWsdXAddr *
read_xaddr (const char *text)
{
  g_autofree char *mended = icam_text_mend_url (text);
  g_autofree char *target = NULL;
  g_autofree char *scheme = NULL;
  g_autoptr (GUri) uri = NULL;
  IcamWsdXAddr *xaddr;
  const char *query;
  gboolean secure;

  uri = g_uri_parse (mended,
                     G_URI_FLAGS_ENCODED_PATH | G_URI_FLAGS_ENCODED_QUERY | G_URI_FLAGS_HAS_PASSWORD
                       | G_URI_FLAGS_PARSE_RELAXED,
                     NULL);
  if (uri == NULL || g_uri_get_host (uri) == NULL || *g_uri_get_host (uri) == '\0'
      || strlen (g_uri_get_host (uri)) > ICAM_TEXT_MAX || g_uri_get_userinfo (uri) != NULL
      || g_uri_get_port (uri) == 0)
    return NULL;

  scheme = g_ascii_strdown (g_uri_get_scheme (uri), -1);
  secure = strcmp (scheme, "https") == 0;
  if (!secure && strcmp (scheme, "http") != 0)
    return NULL;

  query = g_uri_get_query (uri);
  target = g_strconcat (g_uri_get_path (uri), query != NULL ? "?" : NULL, query, NULL);
  xaddr = g_new0 (IcamWsdXAddr, 1);
  xaddr->secure = secure;
  xaddr->port = (guint16) (g_uri_get_port (uri) > 0 ? g_uri_get_port (uri) : secure ? 443 : 80);
  xaddr->host = g_strndup (g_uri_get_host (uri), strcspn (g_uri_get_host (uri), "%"));
  if (*xaddr->host == '\0')
    {
      xaddr_free (xaddr);
      return NULL;
    }
  if (*target != '\0' && strcmp (target, "/") != 0)
    {
      xaddr->path = icam_hit_clean_path (target);
      if (xaddr->path == NULL)
        g_clear_pointer (&xaddr, xaddr_free);
    }

  return xaddr;
}

/* Some write the hardware address where a UUID belongs: "urn:uuid:b8:a4:4f:a0:4f:26". */
static void
read_endpoint (IcamWsdMatch *match, char *text)
{
  const char *bare = text;

  if (text == NULL || strlen (text) > ICAM_TEXT_MAX)
    return;

  match->id = g_strdup (text);
  match->endpoint = icam_text_clean_uuid (text);
  if (match->endpoint == NULL)
    {
      if (g_ascii_strncasecmp (bare, "urn:", 4) == 0)
        bare += 4;
      if (g_ascii_strncasecmp (bare, "uuid:", 5) == 0)
        bare += 5;
      match->mac = icam_text_clean_mac (bare);
    }
}

static IcamWsdMatch *
read_match (xmlNode *node)
{
  IcamWsdMatch *match = g_new0 (IcamWsdMatch, 1);
  xmlNode *types_node = child (node, "Types", discovery_spaces);
  xmlNode *scopes_node = child (node, "Scopes", discovery_spaces);
  xmlNode *reference = child (node, "EndpointReference", addressing_spaces);
  g_autofree char *address = dup_content (child (reference, "Address", addressing_spaces));
  g_auto (GStrv) types = dup_tokens (types_node);
  g_auto (GStrv) scopes = dup_tokens (scopes_node);
  g_auto (GStrv) xaddrs = dup_tokens (child (node, "XAddrs", discovery_spaces));

  match->xaddrs = g_ptr_array_new_with_free_func ((GDestroyNotify) xaddr_free);
  match->silent = *types == NULL && *scopes == NULL;
  read_endpoint (match, address);
  for (char **type = types; *type != NULL; type++)
    match->camera = match->camera || is_camera_type (types_node, *type);
  for (char **scope = scopes; *scope != NULL; scope++)
    read_scope (match, *scope);
  for (char **text = xaddrs; *text != NULL && match->xaddrs->len < MAX_XADDRS; text++)
    {
      IcamWsdXAddr *xaddr = read_xaddr (*text);

      if (xaddr != NULL)
        g_ptr_array_add (match->xaddrs, xaddr);
    }

  return match;
}

static gboolean
read_body (IcamWsdMessage *self, xmlNode *body)
{
  xmlNode *node;

  if ((node = child (body, "ProbeMatches", discovery_spaces)) != NULL)
    {
      self->kind = ICAM_WSD_PROBE_MATCHES;
      for (node = node->children; node != NULL && self->matches->len < ICAM_WSD_MAX_MATCHES;
           node = node->next)
        if (is (node, "ProbeMatch", discovery_spaces))
          g_ptr_array_add (self->matches, read_match (node));
      return TRUE;
    }

  if ((node = child (body, "Hello", discovery_spaces)) != NULL)
    self->kind = ICAM_WSD_HELLO;
  else if ((node = child (body, "Bye", discovery_spaces)) != NULL)
    self->kind = ICAM_WSD_BYE;
  else
    return FALSE;

  g_ptr_array_add (self->matches, read_match (node));
  return TRUE;
}

/**
 * icam_wsd_message_parse:
 * @data: a datagram, from anybody
 * @size: its size in bytes
 *
 * Reads what devices say: Hello, Bye and ProbeMatches. No document type, so no entities; no
 * network; at most ICAM_WSD_MAX_SIZE bytes, and libxml2's own limit of depth.
 *
 * Returns: (transfer full) (nullable): the message; %NULL for any other datagram
 */
IcamWsdMessage *
icam_wsd_message_parse (const guint8 *data, gsize size)
{
  g_autoptr (IcamWsdMessage) self = NULL;
  g_autofree char *text = NULL;
  g_autofree char *relates = NULL;
  xmlNode *root;
  xmlDoc *doc;
  gboolean known = FALSE;

  if (size == 0 || size > ICAM_WSD_MAX_SIZE)
    return NULL;
  text = make_readable (data, size);
  /* SOAP knows no document type (SOAP 1.2 part 1, section 5), and all that is dangerous in XML
   * begins with one. What is declared to be in another encoding is read as UTF-8 all the same, so
   * that this cannot be said in another way. */
  if (strstr (text, "<!DOCTYPE") != NULL || strstr (text, "<!ENTITY") != NULL)
    return NULL;

  doc = xmlReadMemory (text, (int) strlen (text), NULL, "UTF-8",
                       XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA
                         | XML_PARSE_COMPACT);
  if (doc == NULL)
    return NULL;

  self = g_new0 (IcamWsdMessage, 1);
  self->matches = g_ptr_array_new_with_free_func ((GDestroyNotify) match_free);
  root = xmlDocGetRootElement (doc);
  if (root != NULL && is (root, "Envelope", soap_spaces) && doc->intSubset == NULL)
    {
      relates
        = dup_content (child (child (root, "Header", soap_spaces), "RelatesTo", addressing_spaces));
      self->relates_to = icam_text_clean_uuid (relates);
      known = read_body (self, child (root, "Body", soap_spaces));
    }
  xmlFreeDoc (doc);

  return known ? g_steal_pointer (&self) : NULL;
}

/**
 * icam_wsd_message_free:
 * @self: (transfer full): a message
 */
void
icam_wsd_message_free (IcamWsdMessage *self)
{
  g_free (self->relates_to);
  g_ptr_array_unref (self->matches);
  g_free (self);
}

/**
 * icam_wsd_match_choose:
 * @self: what a message says of a device
 * @sender: where the message came from
 *
 * Of the addresses that a device names: one of the host that answered before any other (behind NAT,
 * and after a move, devices name hosts that cannot be reached), http before https.
 *
 * Returns: (transfer none) (nullable): the one to take port and path from; %NULL if it names none
 */
const IcamWsdXAddr *
icam_wsd_match_choose (const IcamWsdMatch *self, GInetAddress *sender)
{
  const IcamWsdXAddr *best = NULL;
  guint best_rank = 0;

  for (guint i = 0; i < self->xaddrs->len; i++)
    {
      const IcamWsdXAddr *xaddr = g_ptr_array_index (self->xaddrs, i);
      g_autoptr (GInetAddress) host = g_inet_address_new_from_string (xaddr->host);
      guint rank = 1;

      if (host != NULL && g_inet_address_equal (host, sender))
        rank += 2;
      if (!xaddr->secure)
        rank += 1;
      if (rank > best_rank)
        {
          best = xaddr;
          best_rank = rank;
        }
    }

  return best;
}

/**
 * icam_wsd_probe_new:
 * @ask: what to ask for
 * @id: the message's UUID, bare
 *
 * Each type has a probe of its own: one probe with two types asks for devices that are both
 * (WS-Discovery, section 5.1).
 *
 * Returns: (transfer full): a Probe
 */
char *
icam_wsd_probe_new (IcamWsdAsk ask, const char *id)
{
  static const char *const bodies[ICAM_WSD_N_ASKS] = {
    [ICAM_WSD_ASK_TRANSMITTER] = "<d:Probe><d:Types xmlns:dn=\"" NS_NETWORK
                                 "\">dn:NetworkVideoTransmitter</d:Types></d:Probe>",
    [ICAM_WSD_ASK_DEVICE]
    = "<d:Probe><d:Types xmlns:tds=\"" NS_DEVICE "\">tds:Device</d:Types></d:Probe>",
    [ICAM_WSD_ASK_ALL] = "<d:Probe/>",
  };

  return g_strdup_printf (
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
    "<s:Envelope xmlns:s=\"" NS_SOAP "\" xmlns:a=\"" NS_ADDRESSING "\" xmlns:d=\"" NS_DISCOVERY
    "\"><s:Header><a:Action s:mustUnderstand=\"1\">" NS_DISCOVERY "/Probe</a:Action>"
    "<a:MessageID>urn:uuid:%s</a:MessageID>"
    "<a:ReplyTo><a:Address>" NS_ADDRESSING "/role/anonymous</a:Address></a:ReplyTo>"
    "<a:To s:mustUnderstand=\"1\">urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To>"
    "</s:Header><s:Body>%s</s:Body></s:Envelope>",
    id, bodies[ask]);
}
