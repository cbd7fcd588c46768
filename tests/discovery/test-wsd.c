/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What is read out of a datagram of WS-Discovery, and which hits are one device. */

#define G_LOG_DOMAIN "icam-test"

#include "config.h"

#include <string.h>

#include "discovery/icam-hit-private.h"
#include "discovery/icam-interfaces-private.h"
#include "discovery/icam-wsd-message-private.h"

#define ENDPOINT "00075fe0-a604-04a6-e05f-0700075fe05f"
#define QUESTION "6b3c9c0c-3a58-4b55-9c0f-5d0c3f6b7a10"

#define HEAD(prefixes)                                                                             \
  "<?xml version=\"1.0\" encoding=\"UTF-8\"?><s:Envelope "                                         \
  "xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" " prefixes "><s:Header>"                    \
  "<a:MessageID>urn:uuid:11111111-2222-3333-4444-555555555555</a:MessageID>"                       \
  "<a:RelatesTo>urn:uuid:" QUESTION "</a:RelatesTo></s:Header><s:Body>"
#define PREFIXES                                                                                   \
  "xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" "                                  \
  "xmlns:d=\"http://schemas.xmlsoap.org/ws/2005/04/discovery\" "                                   \
  "xmlns:dn=\"http://www.onvif.org/ver10/network/wsdl\" "                                          \
  "xmlns:tds=\"http://www.onvif.org/ver10/device/wsdl\""
#define TAIL "</s:Body></s:Envelope>"
#define REFERENCE                                                                                  \
  "<a:EndpointReference><a:Address>urn:uuid:" ENDPOINT "</a:Address></a:EndpointReference>"

static IcamWsdMessage *
parse (const char *text)
{
  return icam_wsd_message_parse ((const guint8 *) text, strlen (text));
}

/* A ProbeMatch with these children, after its endpoint. */
static IcamWsdMessage *
parse_match (const char *children)
{
  g_autofree char *text = g_strconcat (HEAD (PREFIXES) "<d:ProbeMatches><d:ProbeMatch>" REFERENCE,
                                       children, "</d:ProbeMatch></d:ProbeMatches>" TAIL, NULL);
  IcamWsdMessage *message = parse (text);

  g_assert_nonnull (message);
  g_assert_cmpint (message->kind, ==, ICAM_WSD_PROBE_MATCHES);
  g_assert_cmpuint (message->matches->len, ==, 1);
  return message;
}

static IcamWsdMatch *
first (IcamWsdMessage *message)
{
  return g_ptr_array_index (message->matches, 0);
}

static void
test_answer (void)
{
  g_autoptr (IcamWsdMessage) message = parse_match (
    "<d:Types>dn:NetworkVideoTransmitter tds:Device</d:Types>"
    "<d:Scopes>onvif://www.onvif.org/type/video_encoder "
    "onvif://www.onvif.org/hardware/DS-2CD%2F1 onvif://www.onvif.org/name/Front%20door "
    "onvif://www.onvif.org/MAC/b8:a4:4f:a0:4f:26 "
    "onvif://www.onvif.org/serial/AB12345</d:Scopes>"
    "<d:XAddrs>http://192.0.2.7/onvif/device_service</d:XAddrs>"
    "<d:MetadataVersion>1</d:MetadataVersion>");
  IcamWsdMatch *match = first (message);
  const IcamWsdXAddr *xaddr;

  g_assert_cmpstr (message->relates_to, ==, QUESTION);
  g_assert_true (match->camera);
  g_assert_false (match->silent);
  g_assert_cmpstr (match->endpoint, ==, ENDPOINT);
  g_assert_cmpstr (match->name, ==, "Front door");
  g_assert_cmpstr (match->hardware, ==, "DS-2CD/1");
  g_assert_cmpstr (match->mac, ==, "b8:a4:4f:a0:4f:26");
  g_assert_cmpstr (match->serial, ==, "AB12345");
  g_assert_cmpuint (match->xaddrs->len, ==, 1);
  xaddr = g_ptr_array_index (match->xaddrs, 0);
  g_assert_cmpstr (xaddr->host, ==, "192.0.2.7");
  g_assert_cmpuint (xaddr->port, ==, 80);
  g_assert_false (xaddr->secure);
  g_assert_cmpstr (xaddr->path, ==, "/onvif/device_service");
}

static void
test_hello_and_bye (void)
{
  g_autoptr (IcamWsdMessage) hello
    = parse (HEAD (PREFIXES) "<d:Hello>" REFERENCE "<d:Types>tds:Device</d:Types></d:Hello>" TAIL);
  g_autoptr (IcamWsdMessage) silent
    = parse (HEAD (PREFIXES) "<d:Hello>" REFERENCE "</d:Hello>" TAIL);
  g_autoptr (IcamWsdMessage) bye = parse (HEAD (PREFIXES) "<d:Bye>" REFERENCE "</d:Bye>" TAIL);

  g_assert_cmpint (hello->kind, ==, ICAM_WSD_HELLO);
  g_assert_true (first (hello)->camera);
  g_assert_true (first (silent)->silent);
  g_assert_false (first (silent)->camera);
  g_assert_cmpint (bye->kind, ==, ICAM_WSD_BYE);
  g_assert_cmpstr (first (bye)->endpoint, ==, ENDPOINT);
}

/* FIELD: any namespace prefix, and the other edition; prefixes that nobody declared. */
static void
test_any_namespace_prefix (void)
{
  static const char *const texts[] = {
    "<SOAP-ENV:Envelope xmlns:SOAP-ENV=\"http://www.w3.org/2003/05/soap-envelope\" "
    "xmlns:wsa=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" "
    "xmlns=\"http://schemas.xmlsoap.org/ws/2005/04/discovery\" "
    "xmlns:x=\"http://www.onvif.org/ver10/network/wsdl\"><SOAP-ENV:Header>"
    "<wsa:RelatesTo>uuid:" QUESTION "</wsa:RelatesTo></SOAP-ENV:Header><SOAP-ENV:Body>"
    "<ProbeMatches><ProbeMatch><wsa:EndpointReference><wsa:Address>" ENDPOINT "</wsa:Address>"
    "</wsa:EndpointReference><Types>x:NetworkVideoTransmitter</Types></ProbeMatch></ProbeMatches>"
    "</SOAP-ENV:Body></SOAP-ENV:Envelope>",
    "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\" "
    "xmlns:w=\"http://www.w3.org/2005/08/addressing\" "
    "xmlns:n=\"http://docs.oasis-open.org/ws-dd/ns/discovery/2009/01\"><e:Header>"
    "<w:RelatesTo>urn:uuid:" QUESTION "</w:RelatesTo></e:Header><e:Body><n:ProbeMatches>"
    "<n:ProbeMatch><w:EndpointReference><w:Address>urn:uuid:" ENDPOINT "</w:Address>"
    "</w:EndpointReference><n:Types>tds:Device</n:Types></n:ProbeMatch></n:ProbeMatches></e:Body>"
    "</e:Envelope>",
    "<s:Envelope><s:Header><a:RelatesTo>urn:uuid:" QUESTION "</a:RelatesTo></s:Header><s:Body>"
    "<d:ProbeMatches><d:ProbeMatch><a:EndpointReference><a:Address>urn:uuid:" ENDPOINT
    "</a:Address>"
    "</a:EndpointReference><d:Types>dn:NetworkVideoTransmitter</d:Types></d:ProbeMatch>"
    "</d:ProbeMatches></s:Body></s:Envelope>",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (IcamWsdMessage) message = parse (texts[i]);

      g_assert_nonnull (message);
      g_assert_cmpstr (message->relates_to, ==, QUESTION);
      g_assert_cmpstr (first (message)->endpoint, ==, ENDPOINT);
      g_assert_true (first (message)->camera);
    }
}

/* FIELD: replies from printers: ignore. */
static void
test_a_printer_is_no_camera (void)
{
  static const char *const printers[] = {
    "<d:Types xmlns:wsdp=\"http://schemas.xmlsoap.org/ws/2006/02/devprof\" "
    "xmlns:wprt=\"http://schemas.microsoft.com/windows/2006/08/wdp/print\">"
    "wsdp:Device wprt:PrintDeviceType</d:Types>"
    "<d:XAddrs>http://192.0.2.9:5357/device</d:XAddrs>",
    "<d:Types>Device</d:Types>",
    "<d:Types>d:Device pub:Computer</d:Types>",
    ("<d:Types>dn:NetworkVideoTransmitterX</d:Types>"
     "<d:Scopes>http://www.onvif.org/name/x</d:Scopes>"),
    "",
  };
  /* One whose type is anybody's is known by its scopes. */
  g_autoptr (IcamWsdMessage) camera = parse_match (
    "<d:Types>d:Device</d:Types><d:Scopes>onvif://www.onvif.org/type/ptz</d:Scopes>");

  for (guint i = 0; i < G_N_ELEMENTS (printers); i++)
    {
      g_autoptr (IcamWsdMessage) message = parse_match (printers[i]);

      g_assert_false (first (message)->camera);
    }
  g_assert_true (first (camera)->camera);
}

static void
check_choice (const char *xaddrs, const char *sender, const char *host, guint port, gboolean secure)
{
  g_autofree char *children = g_strdup_printf ("<d:XAddrs>%s</d:XAddrs>", xaddrs);
  g_autoptr (IcamWsdMessage) message = parse_match (children);
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (sender);
  const IcamWsdXAddr *xaddr = icam_wsd_match_choose (first (message), address);

  g_test_message ("%s", xaddrs);
  if (host == NULL)
    {
      g_assert_null (xaddr);
      return;
    }
  g_assert_nonnull (xaddr);
  g_assert_cmpstr (xaddr->host, ==, host);
  g_assert_cmpuint (xaddr->port, ==, port);
  g_assert_cmpint (xaddr->secure, ==, secure);
}

/* FIELD: XAddrs with the wrong address behind NAT: the host that answered is preferred. */
static void
test_an_address_behind_nat_is_not_followed (void)
{
  check_choice ("http://10.0.0.5/a http://192.0.2.7:8080/b", "192.0.2.7", "192.0.2.7", 8080, FALSE);
  check_choice ("https://192.0.2.7/a http://192.0.2.7/b", "192.0.2.7", "192.0.2.7", 80, FALSE);
  check_choice ("http://10.0.0.5/a https://192.0.2.7/b", "192.0.2.7", "192.0.2.7", 443, TRUE);
  check_choice ("http://169.254.1.1/x http://[2001:db8::7]/x http://[fe80::1%25eth0]:81/x",
                "fe80::1", "fe80::1", 81, FALSE);
  /* None is right: port and path of the likeliest; whose host is asked is decided by the sender. */
  check_choice ("https://10.0.0.5/a http://10.0.0.5:88/b", "192.0.2.7", "10.0.0.5", 88, FALSE);
  check_choice ("", "192.0.2.7", NULL, 0, FALSE);
}

/* FIELD: host:8106:8106, white space around URIs. */
static void
test_odd_addresses (void)
{
  check_choice ("http://192.0.2.7:8106:8106/onvif/device_service", "192.0.2.7", "192.0.2.7", 8106,
                FALSE);
  check_choice ("\n\t http://192.0.2.7:81/onvif/device_service \r\n", "192.0.2.7", "192.0.2.7", 81,
                FALSE);
  check_choice ("HTTP://192.0.2.7", "192.0.2.7", "192.0.2.7", 80, FALSE);
}

/* What is neither http nor https, or carries a password, or makes no sense, is left out. */
static void
test_addresses_that_are_not_asked (void)
{
  static const char *const bad[] = {
    "ftp://192.0.2.7/x",
    "file:///etc/passwd",
    "rtsp://192.0.2.7/",
    "soap.udp://192.0.2.7:3702",
    "http://user:secret@192.0.2.7/x",
    "http://192.0.2.7:0/x",
    "http://192.0.2.7:99999/x",
    "http:///x",
    "http://192.0.2.7/a\"b",
    "192.0.2.7",
    "javascript:alert(1)",
    "&lt;script&gt;",
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    check_choice (bad[i], "192.0.2.7", NULL, 0, FALSE);
}

/* FIELD: invalid UTF-8. */
static void
test_names_that_are_not_utf8 (void)
{
  g_autoptr (IcamWsdMessage) raw
    = parse_match ("<d:Scopes>onvif://www.onvif.org/name/K\xfc"
                   "che onvif://www.onvif.org/hardware/%FF%00%1b</d:Scopes>");
  g_autoptr (IcamWsdMessage) escaped
    = parse_match ("<d:Scopes>onvif://www.onvif.org/name/K%fcche</d:Scopes>");
  g_autoptr (IcamHit) hit = icam_hit_new (&(IcamHitFields){ .key = "k",
                                                            .source = "ws-discovery",
                                                            .service = "_onvif._tcp",
                                                            .address = "192.0.2.7",
                                                            .port = 80,
                                                            .name = first (escaped)->name });

  g_assert_cmpstr (first (raw)->name, ==,
                   "K\xef\xbf\xbd"
                   "che");
  g_assert_true (g_utf8_validate (icam_hit_get_name (hit), -1, NULL));
  g_assert_true (g_str_has_prefix (icam_hit_get_name (hit), "K"));
}

/* A hardware address where a UUID belongs; nothing; the nil UUID. */
static void
test_endpoints_that_are_no_uuid (void)
{
  static const struct
  {
    const char *address, *mac;
  } cases[] = {
    { "urn:uuid:B8:A4:4F:A0:4F:26", "b8a44fa04f26" },
    { "uuid:b8a44fa04f26", "b8a44fa04f26" },
    { "urn:uuid:00000000-0000-0000-0000-000000000000", NULL },
    { "http://192.0.2.7/x", NULL },
    { "", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = g_strdup_printf (
        HEAD (
          PREFIXES) "<d:ProbeMatches><d:ProbeMatch><a:EndpointReference><a:Address>%s</a:Address>"
                    "</a:EndpointReference></d:ProbeMatch></d:ProbeMatches>" TAIL,
        cases[i].address);
      g_autoptr (IcamWsdMessage) message = parse (text);

      g_assert_nonnull (message);
      g_assert_null (first (message)->endpoint);
      g_assert_cmpstr (first (message)->mac, ==, cases[i].mac);
    }
}

static void
test_hostile_datagrams (void)
{
  static const char *const bad[] = {
    "",
    " ",
    "hello",
    "<",
    "<a/>",
    "<!DOCTYPE s [<!ENTITY a \"b\">]>" HEAD (PREFIXES) "<d:Bye>&a;</d:Bye>" TAIL,
    "<!DOCTYPE s SYSTEM \"http://192.0.2.1/x.dtd\">" HEAD (PREFIXES) "<d:Bye/>" TAIL,
    HEAD (PREFIXES) "<d:Bye>&unknown;</d:Bye>" TAIL,
    HEAD (PREFIXES) "<d:Bye>",
    HEAD (PREFIXES) "<d:Probe/>" TAIL,
    HEAD (PREFIXES) "<d:ResolveMatches/>" TAIL,
    HEAD (PREFIXES) TAIL,
    HEAD (
      "xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" xmlns:d=\"urn:other\"") "<d:"
                                                                                            "Bye/"
                                                                                            ">" TAIL,
    "<d:Bye xmlns:d=\"http://schemas.xmlsoap.org/ws/2005/04/discovery\"/>",
  };
  g_autoptr (GString) deep = g_string_new (HEAD (PREFIXES));
  g_autoptr (GString) many = g_string_new (HEAD (PREFIXES) "<d:ProbeMatches>");
  g_autoptr (GString) wide = g_string_new (HEAD (PREFIXES) "<d:ProbeMatches><d:ProbeMatch>");
  g_autofree char *large = g_strnfill (70000, ' ');
  g_autofree guint8 *wide_text = g_malloc0 (4000);
  g_autoptr (IcamWsdMessage) bounded = NULL;
  g_autoptr (IcamWsdMessage) bounded_wide = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_null (parse (bad[i]));

  for (guint i = 0; i < 5000; i++)
    g_string_append (deep, "<d:Bye>");
  g_assert_null (parse (deep->str));

  /* UTF-16 in which a document type could hide. */
  for (guint i = 0; i < 1000; i++)
    wide_text[2 * i] = (guint8) "<!DOCTYPE "[i % 10];
  g_assert_null (icam_wsd_message_parse (wide_text, 4000));

  for (guint i = 0; i < 300; i++)
    g_string_append (many, "<d:ProbeMatch>" REFERENCE "</d:ProbeMatch>");
  g_string_append (many, "</d:ProbeMatches>" TAIL);
  bounded = many->len <= ICAM_WSD_MAX_SIZE ? parse (many->str) : NULL;
  g_assert_nonnull (bounded);
  g_assert_cmpuint (bounded->matches->len, ==, ICAM_WSD_MAX_MATCHES);

  g_string_append (wide, "<d:XAddrs>");
  for (guint i = 0; i < 2000; i++)
    g_string_append (wide, "http://192.0.2.7:81/x ");
  g_string_append (wide, "</d:XAddrs></d:ProbeMatch></d:ProbeMatches>" TAIL);
  bounded_wide = parse (wide->str);
  g_assert_nonnull (bounded_wide);
  g_assert_cmpuint (first (bounded_wide)->xaddrs->len, ==, 16);

  memcpy (large, HEAD (PREFIXES) "<d:Bye/>" TAIL, strlen (HEAD (PREFIXES) "<d:Bye/>" TAIL));
  g_assert_null (icam_wsd_message_parse ((const guint8 *) large, 70000));
  /* Padded, as some send it. */
  memset (large + 2000, '\0', 1000);
  g_assert_null (icam_wsd_message_parse ((const guint8 *) large, 0));
  {
    g_autoptr (IcamWsdMessage) padded = icam_wsd_message_parse ((const guint8 *) large, 3000);

    g_assert_nonnull (padded);
  }
}

static void
test_probes (void)
{
  static const char *const types[ICAM_WSD_N_ASKS] = {
    [ICAM_WSD_ASK_TRANSMITTER] = "dn:NetworkVideoTransmitter<",
    [ICAM_WSD_ASK_DEVICE] = "tds:Device<",
    [ICAM_WSD_ASK_ALL] = "<d:Probe/>",
  };

  for (guint i = 0; i < ICAM_WSD_N_ASKS; i++)
    {
      g_autofree char *text = icam_wsd_probe_new ((IcamWsdAsk) i, QUESTION);

      g_assert_nonnull (strstr (text, types[i]));
      g_assert_nonnull (strstr (text, "urn:uuid:" QUESTION));
      /* One packet, everywhere. */
      g_assert_cmpuint (strlen (text), <, 1200);
      g_assert_null (parse (text));
    }
}

/* ---- which hits are one device ---- */

static IcamHit *
make (const char *source,
      const char *address,
      guint port,
      const char *endpoint,
      const char *mac,
      const char *serial)
{
  return icam_hit_new (&(IcamHitFields){ .key = "k",
                                         .source = source,
                                         .service = "_onvif._tcp",
                                         .name = source,
                                         .address = address,
                                         .port = (guint16) port,
                                         .endpoint = endpoint,
                                         .mac = mac,
                                         .serial = serial });
}

static void
test_relations (void)
{
#define MDNS "mdns"
#define WSD  "ws-discovery"
#define NODE "00075fe0-a604-04a6-e05f-b8a44fa04f26"
#define TWIN "00075fe0-a604-04a6-e05f-0700075fe060"
  static const struct
  {
    const char *source, *address;
    guint port;
    const char *endpoint, *mac, *serial;
    const char *source2, *address2;
    guint port2;
    const char *endpoint2, *mac2, *serial2;
    IcamHitRelation relation;
  } cases[] = {
    /* One camera over two interfaces, over IPv4 and IPv6, and after a move. */
    { WSD, "192.0.2.7", 80, ENDPOINT, NULL, NULL, WSD, "192.0.2.8", 80, ENDPOINT, NULL, NULL,
      ICAM_HIT_SAME },
    /* Two behind one address. */
    { WSD, "192.0.2.7", 80, ENDPOINT, NULL, NULL, WSD, "192.0.2.7", 80, TWIN, NULL, NULL,
      ICAM_HIT_OTHER },
    /* A UUID burnt into a series; a camera with two network sockets. */
    { WSD, "192.0.2.7", 80, ENDPOINT, "b8a44fa04f26", NULL, WSD, "192.0.2.8", 80, ENDPOINT,
      "b8a44fa04f27", NULL, ICAM_HIT_OTHER },
    { WSD, "192.0.2.7", 80, ENDPOINT, "b8a44fa04f26", NULL, MDNS, "192.0.2.8", 80, ENDPOINT,
      "b8a44fa04f27", NULL, ICAM_HIT_SAME },
    /* Found both ways: by MAC, by a UUID that ends with it, by serial number, by address. */
    { WSD, "192.0.2.7", 80, ENDPOINT, "b8a44fa04f26", NULL, MDNS, "192.0.2.7", 554, NULL,
      "b8a44fa04f26", NULL, ICAM_HIT_SAME },
    { WSD, "192.0.2.7", 80, NODE, NULL, NULL, MDNS, "192.0.2.7", 554, NULL, "b8a44fa04f26", NULL,
      ICAM_HIT_SAME },
    { WSD, "192.0.2.7", 80, NODE, NULL, NULL, MDNS, "192.0.2.7", 554, NULL, "b8a44fa04f27", NULL,
      ICAM_HIT_UNRELATED },
    { WSD, "192.0.2.7", 80, ENDPOINT, NULL, "AB12345", MDNS, "192.0.2.7", 554, NULL, NULL,
      "AB12345", ICAM_HIT_SAME },
    { WSD, "192.0.2.7", 80, ENDPOINT, NULL, NULL, MDNS, "192.0.2.7", 80, NULL, "b8a44fa04f26", NULL,
      ICAM_HIT_PERHAPS },
    { WSD, "192.0.2.7", 80, ENDPOINT, NULL, NULL, MDNS, "192.0.2.7", 81, NULL, NULL, NULL,
      ICAM_HIT_UNRELATED },
    /* Cheap devices share serial numbers. */
    { WSD, "192.0.2.7", 80, ENDPOINT, NULL, "AB12345", WSD, "192.0.2.8", 80, TWIN, NULL, "AB12345",
      ICAM_HIT_OTHER },
    { MDNS, "192.0.2.7", 80, NULL, NULL, "AB12345", MDNS, "192.0.2.8", 80, NULL, NULL, "AB12345",
      ICAM_HIT_UNRELATED },
    { WSD, "192.0.2.7", 80, NULL, NULL, "123", MDNS, "192.0.2.8", 80, NULL, NULL, "123",
      ICAM_HIT_UNRELATED },
    /* Nothing better than the address; the address of two. */
    { WSD, "192.0.2.7", 80, NULL, NULL, NULL, WSD, "192.0.2.7", 80, ENDPOINT, NULL, NULL,
      ICAM_HIT_PERHAPS },
    { MDNS, "192.0.2.7", 80, NULL, "b8a44fa04f26", NULL, MDNS, "192.0.2.7", 80, NULL,
      "b8a44fa04f27", NULL, ICAM_HIT_OTHER },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (IcamHit) a = make (cases[i].source, cases[i].address, cases[i].port,
                                    cases[i].endpoint, cases[i].mac, cases[i].serial);
      g_autoptr (IcamHit) b = make (cases[i].source2, cases[i].address2, cases[i].port2,
                                    cases[i].endpoint2, cases[i].mac2, cases[i].serial2);

      g_test_message ("case %u", i);
      g_assert_cmpint (icam_hit_relate (a, b), ==, cases[i].relation);
      g_assert_cmpint (icam_hit_relate (b, a), ==, cases[i].relation);
    }
}

/* Only who is on the same network without a router between is listened to. */
static void
test_on_link (void)
{
  static const struct
  {
    const char *address;
    gboolean on_link;
  } cases[] = {
    { "192.0.2.1", TRUE },    { "192.0.3.255", TRUE },
    { "192.0.4.1", FALSE },   { "10.0.0.1", FALSE },
    { "0.0.0.0", FALSE },     { "224.0.0.1", FALSE },
    { "fe80::1", TRUE },      { "2001:db8:0:1::9", TRUE },
    { "2001:db9::1", FALSE }, { "ff02::c", FALSE },
    { "::", FALSE },          { "203.0.113.7", TRUE },
    { "203.0.113.8", FALSE },
  };
  static const struct
  {
    const char *address;
    guint bits;
  } owns[] = {
    { "192.0.2.10", 23 }, { "2001:db8:0:1::5", 64 }, { "203.0.113.7", 32 }, { "198.51.100.1", 0 }
  };
  g_autoptr (IcamInterface) interface = g_new0 (IcamInterface, 1);
  g_autoptr (IcamInterface) copy = NULL;
  g_autofree IcamOwnAddress *all = g_new0 (IcamOwnAddress, G_N_ELEMENTS (owns));

  interface->addresses = g_ptr_array_new ();
  for (guint i = 0; i < G_N_ELEMENTS (owns); i++)
    {
      all[i].address = g_inet_address_new_from_string (owns[i].address);
      all[i].bits = owns[i].bits;
      g_ptr_array_add (interface->addresses, &all[i]);
    }

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GInetAddress) address = g_inet_address_new_from_string (cases[i].address);

      g_test_message ("%s", cases[i].address);
      g_assert_cmpint (icam_interface_is_on_link (interface, address), ==, cases[i].on_link);
    }

  copy = icam_interface_copy (interface);
  g_assert_true (icam_interface_equal (interface, copy));
  all[0].bits = 24;
  g_assert_false (icam_interface_equal (interface, copy));
  for (guint i = 0; i < G_N_ELEMENTS (owns); i++)
    g_object_unref (all[i].address);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wsd/answer", test_answer);
  g_test_add_func ("/wsd/hello-and-bye", test_hello_and_bye);
  g_test_add_func ("/wsd/any-namespace-prefix", test_any_namespace_prefix);
  g_test_add_func ("/wsd/a-printer-is-no-camera", test_a_printer_is_no_camera);
  g_test_add_func ("/wsd/an-address-behind-nat-is-not-followed",
                   test_an_address_behind_nat_is_not_followed);
  g_test_add_func ("/wsd/odd-addresses", test_odd_addresses);
  g_test_add_func ("/wsd/addresses-that-are-not-asked", test_addresses_that_are_not_asked);
  g_test_add_func ("/wsd/names-that-are-not-utf8", test_names_that_are_not_utf8);
  g_test_add_func ("/wsd/endpoints-that-are-no-uuid", test_endpoints_that_are_no_uuid);
  g_test_add_func ("/wsd/hostile-datagrams", test_hostile_datagrams);
  g_test_add_func ("/wsd/probes", test_probes);
  g_test_add_func ("/hit/relations", test_relations);
  g_test_add_func ("/interfaces/on-link", test_on_link);
  return g_test_run ();
}
