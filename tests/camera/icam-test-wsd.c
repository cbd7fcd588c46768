/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "icam-test"

#include "icam-test-wsd.h"

#include <arpa/inet.h>
#include <libxml/parser.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>

#include "icam-test-soap.h"

#define GROUP "239.255.255.250"
#define PORT 3702
#define NAMESPACES                                                                                 \
  "xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\""                                            \
  " xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\""                                  \
  " xmlns:d=\"http://schemas.xmlsoap.org/ws/2005/04/discovery\""                                   \
  " xmlns:dn=\"http://www.onvif.org/ver10/network/wsdl\""                                          \
  " xmlns:tds=\"http://www.onvif.org/ver10/device/wsdl\""
#define ACTION "http://schemas.xmlsoap.org/ws/2005/04/discovery/"

static GSocket *socket_in;
static GSource *source;
static struct ip_mreqn interface_out;
static GPtrArray *all_devices;
static guint message_number;

/* What WS-Discovery (April 2005, sections 4 and 5) says of a device. */
static char *
describe (IcamTestDevice *device)
{
  g_autofree char *name = g_uri_escape_string (device->name, NULL, FALSE);

  return g_markup_printf_escaped (
    "<a:EndpointReference><a:Address>urn:uuid:%s</a:Address></a:EndpointReference>"
    "<d:Types>dn:NetworkVideoTransmitter tds:Device</d:Types>"
    "<d:Scopes>onvif://www.onvif.org/type/Network_Video_Transmitter "
    "onvif://www.onvif.org/Profile/Streaming onvif://www.onvif.org/hardware/%s "
    "onvif://www.onvif.org/name/%s</d:Scopes>"
    "<d:XAddrs>http://%s:%u/onvif/device_service</d:XAddrs>"
    "<d:MetadataVersion>1</d:MetadataVersion>",
    device->uuid, device->hardware_id, name, icam_test_device_named_address (device),
    device->web_port);
}

static char *
envelope (const char *action, const char *to, const char *relates_to, const char *body)
{
  g_autofree char *id = g_uuid_string_random ();
  g_autofree char *relates
    = relates_to ? g_markup_printf_escaped ("<a:RelatesTo>%s</a:RelatesTo>", relates_to)
                 : g_strdup ("");

  return g_strdup_printf ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                          "<s:Envelope " NAMESPACES "><s:Header>"
                          "<a:MessageID>urn:uuid:%s</a:MessageID>%s<a:To>%s</a:To>"
                          "<a:Action>" ACTION "%s</a:Action>"
                          "<d:AppSequence InstanceId=\"1\" MessageNumber=\"%u\"/>"
                          "</s:Header><s:Body>%s</s:Body></s:Envelope>",
                          id, relates, to, action, ++message_number, body);
}

/* From the device's own address, as each device is a host of its own. */
static void
send_from (IcamTestDevice *device, GSocketAddress *to, const char *text)
{
  g_autoptr (GSocketAddress) own = g_inet_socket_address_new_from_string (device->address, 0);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) out = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM,
                                          G_SOCKET_PROTOCOL_UDP, &error);

  if (out && own && g_socket_bind (out, own, FALSE, &error))
    {
      setsockopt (g_socket_get_fd (out), IPPROTO_IP, IP_MULTICAST_IF, &interface_out,
                  sizeof interface_out);
      g_socket_send_to (out, to, text, strlen (text), NULL, &error);
    }
  if (error)
    g_info ("WS-Discovery: %s", error->message);
}

static gboolean
is_there (IcamTestDevice *device)
{
  return device->wsd && !g_atomic_int_get (&device->dead) && !g_atomic_int_get (&device->hung);
}

/* Whether a probe asks for what we are; one without types asks for everything. */
static gboolean
matches (xmlNode *probe)
{
  g_autofree char *types = icam_test_xml_text (icam_test_xml_child (probe, "Types"));
  g_auto (GStrv) names = NULL;

  if (!types || !*types)
    return TRUE;
  names = g_strsplit_set (types, " \t\r\n", -1);
  for (guint i = 0; names[i]; i++)
    {
      const char *colon = strchr (names[i], ':');
      const char *name = colon ? colon + 1 : names[i];

      if (*name && !g_str_equal (name, "NetworkVideoTransmitter") && !g_str_equal (name, "Device"))
        return FALSE;
    }
  return TRUE;
}

static gboolean
on_readable (GSocket *socket, GIOCondition condition, gpointer data)
{
  char buffer[65536];
  g_autoptr (GSocketAddress) from = NULL;
  gssize size = g_socket_receive_from (socket, &from, buffer, sizeof buffer, NULL, NULL);
  xmlDoc *document;
  xmlNode *root, *probe;
  g_autofree char *id = NULL;

  if (size <= 0 || !from)
    return G_SOURCE_CONTINUE;
  document = xmlReadMemory (buffer, (int) size, NULL, NULL,
                            XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
  root = document ? xmlDocGetRootElement (document) : NULL;
  probe = icam_test_xml_child (icam_test_xml_child (root, "Body"), "Probe");
  id = icam_test_xml_text (icam_test_xml_child (icam_test_xml_child (root, "Header"), "MessageID"));
  if (probe && id && matches (probe))
    for (guint i = 0; i < all_devices->len; i++)
      {
        IcamTestDevice *device = g_ptr_array_index (all_devices, i);
        g_autofree char *description = NULL;
        g_autofree char *body = NULL;
        g_autofree char *answer = NULL;

        if (!is_there (device))
          continue;
        description = describe (device);
        body = g_strdup_printf (
          "<d:ProbeMatches><d:ProbeMatch>%s</d:ProbeMatch></d:ProbeMatches>", description);
        answer = envelope ("ProbeMatches",
                           "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous", id,
                           body);
        send_from (device, from, answer);
      }
  if (document)
    xmlFreeDoc (document);
  return G_SOURCE_CONTINUE;
}

static void
announce (IcamTestDevice *device, gboolean hello)
{
  g_autoptr (GSocketAddress) group = g_inet_socket_address_new_from_string (GROUP, PORT);
  g_autofree char *description = describe (device);
  g_autofree char *body
    = g_strdup_printf ("<d:%s>%s</d:%s>", hello ? "Hello" : "Bye", description,
                       hello ? "Hello" : "Bye");
  g_autofree char *text = envelope (hello ? "Hello" : "Bye",
                                    "urn:schemas-xmlsoap-org:ws:2005:04:discovery", NULL, body);

  send_from (device, group, text);
}

/* The name of the interface that has an address. */
static char *
interface_of_address (const char *text)
{
  struct if_nameindex *names = if_nameindex ();
  char *found = NULL;
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

  for (struct if_nameindex *one = names; one && one->if_index && !found; one++)
    {
      struct ifreq request = { 0 };
      struct sockaddr_in address;

      g_strlcpy (request.ifr_name, one->if_name, sizeof request.ifr_name);
      if (ioctl (fd, SIOCGIFADDR, &request) < 0)
        continue;
      memcpy (&address, &request.ifr_addr, sizeof address);
      if (g_strcmp0 (inet_ntoa (address.sin_addr), text) == 0)
        found = g_strdup (one->if_name);
    }
  if (names)
    if_freenameindex (names);
  if (fd >= 0)
    close (fd);
  return found;
}

/**
 * icam_test_wsd_start:
 * @devices: (element-type IcamTestDevice): devices that were started
 * @interface: name of a network interface, or one of its addresses
 * @error: return location for a #GError
 *
 * Joins the group on that interface, says Hello, and answers.
 *
 * Returns: whether it could.
 */
gboolean
icam_test_wsd_start (GPtrArray *devices, const char *interface, GError **error)
{
  g_autoptr (GInetAddress) group = g_inet_address_new_from_string (GROUP);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new_from_string (GROUP, PORT);
  g_autofree char *by_address = interface_of_address (interface);
  const char *name = by_address ? by_address : interface;

  all_devices = devices;
  socket_in = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_UDP,
                            error);
  if (!socket_in || !g_socket_bind (socket_in, any, TRUE, error)
      || !g_socket_join_multicast_group (socket_in, group, FALSE, name, error))
    {
      g_clear_object (&socket_in);
      return FALSE;
    }
  g_socket_set_blocking (socket_in, FALSE);
  interface_out.imr_ifindex = (int) if_nametoindex (name);
  source = g_socket_create_source (socket_in, G_IO_IN, NULL);
  g_source_set_callback (source, (GSourceFunc) (void (*) (void)) on_readable, NULL, NULL);
  g_source_attach (source, NULL);
  for (guint i = 0; i < devices->len; i++)
    icam_test_wsd_update (g_ptr_array_index (devices, i));
  return TRUE;
}

/**
 * icam_test_wsd_update:
 * @device: a device that died, came back, moved, or is another one now
 *
 * Says Hello or Bye.
 */
void
icam_test_wsd_update (IcamTestDevice *device)
{
  if (socket_in && device->wsd)
    announce (device, !g_atomic_int_get (&device->dead));
}

/**
 * icam_test_wsd_stop:
 *
 * Says Bye for all.
 */
void
icam_test_wsd_stop (void)
{
  if (!socket_in)
    return;
  for (guint i = 0; i < all_devices->len; i++)
    if (is_there (g_ptr_array_index (all_devices, i)))
      announce (g_ptr_array_index (all_devices, i), FALSE);
  g_source_destroy (source);
  g_clear_pointer (&source, g_source_unref);
  g_clear_object (&socket_in);
}
