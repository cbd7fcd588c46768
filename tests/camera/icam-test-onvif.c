/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "icam-test"

#include <string.h>

#include "icam-test-encoder.h"
#include "icam-test-ptz.h"
#include "icam-test-soap.h"
#include "icam-test-upkeep.h"

/* The operations of the device and media services (ONVIF Core 8, Media 5). */
typedef void (*Operation) (IcamTestRequest *request);

/* Profiles: their tokens say which channel and stream they are. */

static gboolean
parse_profile (IcamTestRequest *request, guint *channel, guint *stream)
{
  g_autofree char *token
    = icam_test_xml_text (icam_test_xml_child (request->operation, "ProfileToken"));

  for (*channel = 0; token && *channel < request->device->n_channels; (*channel)++)
    for (*stream = 0; *stream < icam_test_device_n_streams (request->device); (*stream)++)
      {
        g_autofree char *name
          = g_strdup_printf ("profile%u_%s", *channel, icam_test_stream_name (*stream));

        if (g_str_equal (name, token))
          return TRUE;
      }
  icam_test_refuse (request, "ter:NoProfile", "There is no such profile");
  return FALSE;
}

static void
add_source_configuration (IcamTestRequest *request, const char *tag, guint channel, guint stream)
{
  gboolean extra = stream == ICAM_TEST_STREAM_EXTRA;

  icam_test_add (request,
       "<%s token=\"vsc%u%s\"><tt:Name>Source %u%s</tt:Name><tt:UseCount>%d</tt:UseCount>"
       "<tt:SourceToken>src%u</tt:SourceToken>"
       "<tt:Bounds x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/></%s>",
       tag, channel, extra ? "_view" : "", channel + 1, extra ? " detail" : "", extra ? 1 : 2,
       channel, extra ? 320 : 0, extra ? 180 : 0, extra ? 640 : 1280, extra ? 360 : 720, tag);
}

static void
add_profile (IcamTestRequest *request, const char *tag, guint channel, guint stream)
{
  IcamTestDevice *device = request->device;
  g_autofree char *name = NULL;

  if (device->n_channels == 1)
    name = g_strdup_printf ("%s stream", icam_test_stream_name (stream));
  else
    name = g_strdup_printf ("%s %u %s", device->lenses ? "Lens" : "Channel", channel + 1,
                            icam_test_stream_name (stream));
  icam_test_add (request, "<%s token=\"profile%u_%s\" fixed=\"true\"><tt:Name>%s</tt:Name>", tag, channel,
       icam_test_stream_name (stream), name);
  add_source_configuration (request, "tt:VideoSourceConfiguration", channel, stream);
  if (device->audio != ICAM_TEST_AUDIO_NONE && stream != ICAM_TEST_STREAM_EXTRA)
    icam_test_add (request,
         "<tt:AudioSourceConfiguration token=\"asc%u\"><tt:Name>Sound</tt:Name>"
         "<tt:UseCount>2</tt:UseCount><tt:SourceToken>mic%u</tt:SourceToken>"
         "</tt:AudioSourceConfiguration>",
         channel, channel);
  icam_test_encoder_add_configuration (request, "tt:VideoEncoderConfiguration", channel, stream);
  if (device->ptz_enabled)
    icam_test_ptz_add_configuration (request, "tt:PTZConfiguration");
  icam_test_add (request, "</%s>", tag);
}

/* Calls @each for every profile. */
static void
for_each_profile (IcamTestRequest *request,
                  const char *tag,
                  void (*each) (IcamTestRequest *, const char *, guint, guint))
{
  for (guint channel = 0; channel < request->device->n_channels; channel++)
    for (guint stream = 0; stream < icam_test_device_n_streams (request->device); stream++)
      each (request, tag, channel, stream);
}

/* The device service. */

static void
get_device_information (IcamTestRequest *request)
{
  icam_test_add (request,
       "<tds:GetDeviceInformationResponse><tds:Manufacturer>In Camera</tds:Manufacturer>"
       "<tds:Model>Test Camera</tds:Model><tds:FirmwareVersion>1.0</tds:FirmwareVersion>"
       "<tds:SerialNumber>%s</tds:SerialNumber><tds:HardwareId>%s</tds:HardwareId>"
       "</tds:GetDeviceInformationResponse>",
       request->device->serial, request->device->hardware_id);
}

static void
get_capabilities (IcamTestRequest *request)
{
  const char *address = icam_test_device_named_address (request->device);
  guint port = request->device->web_port;

  icam_test_add (request,
       "<tds:GetCapabilitiesResponse><tds:Capabilities>"
       "<tt:Device><tt:XAddr>http://%s:%u/onvif/device_service</tt:XAddr></tt:Device>"
       "<tt:Events><tt:XAddr>http://%s:%u/onvif/event_service</tt:XAddr>"
       "<tt:WSSubscriptionPolicySupport>false</tt:WSSubscriptionPolicySupport>"
       "<tt:WSPullPointSupport>true</tt:WSPullPointSupport>"
       "<tt:WSPausableSubscriptionManagerInterfaceSupport>false"
       "</tt:WSPausableSubscriptionManagerInterfaceSupport></tt:Events>"
       "<tt:Imaging><tt:XAddr>http://%s:%u/onvif/imaging_service</tt:XAddr></tt:Imaging>"
       "<tt:Media><tt:XAddr>http://%s:%u/onvif/media_service</tt:XAddr>"
       "<tt:StreamingCapabilities><tt:RTPMulticast>false</tt:RTPMulticast>"
       "<tt:RTP_TCP>true</tt:RTP_TCP><tt:RTP_RTSP_TCP>true</tt:RTP_RTSP_TCP>"
       "</tt:StreamingCapabilities></tt:Media>",
       address, port, address, port, address, port, address, port);
  if (request->device->ptz_enabled)
    icam_test_add (request, "<tt:PTZ><tt:XAddr>http://%s:%u/onvif/ptz_service</tt:XAddr></tt:PTZ>", address, port);
  icam_test_add (request, "</tds:Capabilities></tds:GetCapabilitiesResponse>");
}

static void
get_services (IcamTestRequest *request)
{
  static const char *const services[][2]
    = { { "ver10/device", "device_service" }, { "ver10/media", "media_service" },
        { "ver10/events", "event_service" },  { "ver20/imaging", "imaging_service" },
        { "ver20/ptz", "ptz_service" } };
  const guint n = G_N_ELEMENTS (services) - (request->device->ptz_enabled ? 0 : 1);

  icam_test_add (request, "<tds:GetServicesResponse>");
  for (guint i = 0; i < n; i++)
    icam_test_add (request,
         "<tds:Service><tds:Namespace>http://www.onvif.org/%s/wsdl</tds:Namespace>"
         "<tds:XAddr>http://%s:%u/onvif/%s</tds:XAddr>"
         "<tds:Version><tt:Major>2</tt:Major><tt:Minor>60</tt:Minor></tds:Version></tds:Service>",
         services[i][0], icam_test_device_named_address (request->device),
         request->device->web_port, services[i][1]);
  icam_test_add (request, "</tds:GetServicesResponse>");
}

static void
get_scopes (IcamTestRequest *request)
{
  g_autofree char *name = g_uri_escape_string (request->device->name, NULL, FALSE);

  icam_test_add (request, "<tds:GetScopesResponse>");
  for (int i = 0; i < 4; i++)
    icam_test_add (request,
         "<tds:Scopes><tt:ScopeDef>Fixed</tt:ScopeDef>"
         "<tt:ScopeItem>onvif://www.onvif.org/%s%s</tt:ScopeItem></tds:Scopes>",
         i == 0   ? "type/Network_Video_Transmitter"
         : i == 1 ? "Profile/Streaming"
         : i == 2 ? "hardware/"
                  : "name/",
         i == 2   ? request->device->hardware_id
         : i == 3 ? name
                  : "");
  icam_test_add (request, "</tds:GetScopesResponse>");
}

static void
get_network_interfaces (IcamTestRequest *request)
{
  icam_test_add (request,
       "<tds:GetNetworkInterfacesResponse><tds:NetworkInterfaces token=\"eth0\">"
       "<tt:Enabled>true</tt:Enabled><tt:Info><tt:Name>eth0</tt:Name>"
       "<tt:HwAddress>%s</tt:HwAddress><tt:MTU>1500</tt:MTU></tt:Info>"
       "<tt:IPv4><tt:Enabled>true</tt:Enabled><tt:Config><tt:Manual><tt:Address>%s</tt:Address>"
       "<tt:PrefixLength>24</tt:PrefixLength></tt:Manual><tt:DHCP>false</tt:DHCP></tt:Config>"
       "</tt:IPv4></tds:NetworkInterfaces></tds:GetNetworkInterfacesResponse>",
       request->device->mac, request->device->address);
}

static void
get_hostname (IcamTestRequest *request)
{
  icam_test_add (request,
       "<tds:GetHostnameResponse><tds:HostnameInformation><tt:FromDHCP>false</tt:FromDHCP>"
       "<tt:Name>testcam-%u</tt:Name></tds:HostnameInformation></tds:GetHostnameResponse>",
       request->device->index + 1);
}

static void
get_endpoint_reference (IcamTestRequest *request)
{
  icam_test_add (request,
       "<tds:GetEndpointReferenceResponse><tds:GUID>urn:uuid:%s</tds:GUID>"
       "</tds:GetEndpointReferenceResponse>",
       request->device->uuid);
}

static void
get_discovery_mode (IcamTestRequest *request)
{
  icam_test_add (request,
       "<tds:GetDiscoveryModeResponse><tds:DiscoveryMode>Discoverable</tds:DiscoveryMode>"
       "</tds:GetDiscoveryModeResponse>");
}

static void
get_dns (IcamTestRequest *request)
{
  icam_test_add (request, "<tds:GetDNSResponse><tds:DNSInformation><tt:FromDHCP>false</tt:FromDHCP>"
                "</tds:DNSInformation></tds:GetDNSResponse>");
}

static void
get_network_protocols (IcamTestRequest *request)
{
  icam_test_add (request,
       "<tds:GetNetworkProtocolsResponse><tds:NetworkProtocols><tt:Name>HTTP</tt:Name>"
       "<tt:Enabled>true</tt:Enabled><tt:Port>%u</tt:Port></tds:NetworkProtocols>"
       "<tds:NetworkProtocols><tt:Name>RTSP</tt:Name><tt:Enabled>true</tt:Enabled>"
       "<tt:Port>%u</tt:Port></tds:NetworkProtocols></tds:GetNetworkProtocolsResponse>",
       request->device->web_port, request->device->rtsp_port);
}

static void
get_network_default_gateway (IcamTestRequest *request)
{
  icam_test_add (request, "<tds:GetNetworkDefaultGatewayResponse><tds:NetworkGateway/>"
                "</tds:GetNetworkDefaultGatewayResponse>");
}

/* Service capabilities of the service that was asked. */
static void
get_service_capabilities (IcamTestRequest *request)
{
  if (strstr (request->path, "media"))
    icam_test_add (request,
         "<trt:GetServiceCapabilitiesResponse><trt:Capabilities SnapshotUri=\"%s\">"
         "<trt:ProfileCapabilities MaximumNumberOfProfiles=\"%u\"/>"
         "<trt:StreamingCapabilities RTPMulticast=\"false\" RTP_TCP=\"true\" RTP_RTSP_TCP=\"true\"/>"
         "</trt:Capabilities></trt:GetServiceCapabilitiesResponse>",
         request->device->snapshot_enabled ? "true" : "false",
         request->device->n_channels * icam_test_device_n_streams (request->device));
  else if (strstr (request->path, "ptz"))
    icam_test_add (request, "<tptz:GetServiceCapabilitiesResponse><tptz:Capabilities MoveStatus=\"true\" "
                  "StatusPosition=\"true\"/></tptz:GetServiceCapabilitiesResponse>");
  else if (strstr (request->path, "imaging"))
    icam_test_add (request, "<timg:GetServiceCapabilitiesResponse><timg:Capabilities/>"
                  "</timg:GetServiceCapabilitiesResponse>");
  else if (strstr (request->path, "event"))
    icam_test_add (request, "<tev:GetServiceCapabilitiesResponse><tev:Capabilities WSPullPointSupport=\"true\" "
                  "MaxPullPoints=\"10\"/></tev:GetServiceCapabilitiesResponse>");
  else
    icam_test_add (request,
         "<tds:GetServiceCapabilitiesResponse><tds:Capabilities><tds:Network/>"
         "<tds:Security UsernameToken=\"%s\" HttpDigest=\"%s\"/><tds:System/></tds:Capabilities>"
         "</tds:GetServiceCapabilitiesResponse>",
         request->device->auth & ICAM_TEST_AUTH_TOKEN ? "true" : "false",
         request->device->auth & ICAM_TEST_AUTH_DIGEST ? "true" : "false");
}

/* The media service. */

static void
get_profiles (IcamTestRequest *request)
{
  icam_test_add (request, "<trt:GetProfilesResponse>");
  for_each_profile (request, "trt:Profiles", add_profile);
  icam_test_add (request, "</trt:GetProfilesResponse>");
}

static void
get_profile (IcamTestRequest *request)
{
  guint channel, stream;

  if (!parse_profile (request, &channel, &stream))
    return;
  icam_test_add (request, "<trt:GetProfileResponse>");
  add_profile (request, "trt:Profile", channel, stream);
  icam_test_add (request, "</trt:GetProfileResponse>");
}

static void
get_video_sources (IcamTestRequest *request)
{
  icam_test_add (request, "<trt:GetVideoSourcesResponse>");
  for (guint i = 0; i < request->device->n_channels; i++)
    icam_test_add (request,
         "<trt:VideoSources token=\"src%u\"><tt:Framerate>%d</tt:Framerate><tt:Resolution>"
         "<tt:Width>1280</tt:Width><tt:Height>720</tt:Height></tt:Resolution></trt:VideoSources>",
         i, ICAM_TEST_FPS);
  icam_test_add (request, "</trt:GetVideoSourcesResponse>");
}

static void
get_stream_uri (IcamTestRequest *request)
{
  guint channel, stream;
  g_autofree char *uri = NULL;

  if (!parse_profile (request, &channel, &stream))
    return;
  uri = g_strdup_printf ("rtsp://%s:%u/ch%u/%s", icam_test_device_named_address (request->device),
                         request->device->rtsp_port, channel + 1, icam_test_stream_name (stream));
  icam_test_add (request,
       "<trt:GetStreamUriResponse><trt:MediaUri><tt:Uri>%s</tt:Uri>"
       "<tt:InvalidAfterConnect>false</tt:InvalidAfterConnect>"
       "<tt:InvalidAfterReboot>false</tt:InvalidAfterReboot><tt:Timeout>PT0S</tt:Timeout>"
       "</trt:MediaUri></trt:GetStreamUriResponse>",
       uri);
}

static void
get_snapshot_uri (IcamTestRequest *request)
{
  guint channel, stream;

  if (!parse_profile (request, &channel, &stream))
    return;
  if (!request->device->snapshot_enabled)
    {
      icam_test_refuse (request, "ter:ActionNotSupported", "There are no snapshots");
      return;
    }
  icam_test_add (request,
       "<trt:GetSnapshotUriResponse><trt:MediaUri><tt:Uri>http://%s:%u/snapshot/%u</tt:Uri>"
       "<tt:InvalidAfterConnect>false</tt:InvalidAfterConnect>"
       "<tt:InvalidAfterReboot>false</tt:InvalidAfterReboot><tt:Timeout>PT0S</tt:Timeout>"
       "</trt:MediaUri></trt:GetSnapshotUriResponse>",
       icam_test_device_named_address (request->device), request->device->web_port, channel + 1);
}

static void
get_video_source_configurations (IcamTestRequest *request)
{
  icam_test_add (request, "<trt:GetVideoSourceConfigurationsResponse>");
  for (guint channel = 0; channel < request->device->n_channels; channel++)
    for (guint stream = 0; stream < icam_test_device_n_streams (request->device); stream++)
      if (stream != ICAM_TEST_STREAM_SUB) /* it has that of the main stream */
        add_source_configuration (request, "trt:Configurations", channel, stream);
  icam_test_add (request, "</trt:GetVideoSourceConfigurationsResponse>");
}

static void
get_audio_sources (IcamTestRequest *request)
{
  icam_test_add (request, "<trt:GetAudioSourcesResponse>");
  if (request->device->audio != ICAM_TEST_AUDIO_NONE)
    for (guint i = 0; i < request->device->n_channels; i++)
      icam_test_add (request,
           "<trt:AudioSources token=\"mic%u\"><tt:Channels>1</tt:Channels></trt:AudioSources>", i);
  icam_test_add (request, "</trt:GetAudioSourcesResponse>");
}

static const struct
{
  const char *name;
  Operation operation;
} operations[] = {
  { "GetDeviceInformation", get_device_information },
  { "GetCapabilities", get_capabilities },
  { "GetServices", get_services },
  { "GetServiceCapabilities", get_service_capabilities },
  { "GetScopes", get_scopes },
  { "GetNetworkInterfaces", get_network_interfaces },
  { "GetNetworkProtocols", get_network_protocols },
  { "GetNetworkDefaultGateway", get_network_default_gateway },
  { "GetHostname", get_hostname },
  { "GetEndpointReference", get_endpoint_reference },
  { "GetDiscoveryMode", get_discovery_mode },
  { "GetDNS", get_dns },
  { "GetProfiles", get_profiles },
  { "GetProfile", get_profile },
  { "GetVideoSources", get_video_sources },
  { "GetAudioSources", get_audio_sources },
  { "GetStreamUri", get_stream_uri },
  { "GetSnapshotUri", get_snapshot_uri },
  { "GetVideoSourceConfigurations", get_video_source_configurations },
};

/**
 * icam_test_onvif_is_public:
 * @operation: name of an operation
 *
 * Returns: whether it is in the access class PRE_AUTH (ONVIF Core 5.9.4.2), which anybody may call.
 */
gboolean
icam_test_onvif_is_public (const char *operation)
{
  static const char *const names[]
    = { "GetSystemDateAndTime", "GetCapabilities", "GetServices", "GetServiceCapabilities",
        "GetHostname", "GetEndpointReference", NULL };

  return g_strv_contains (names, operation);
}

/**
 * icam_test_onvif_answer:
 * @request: a request of somebody who was let in
 *
 * Fills in the answer.
 */
void
icam_test_onvif_answer (IcamTestRequest *request)
{
  const char *name = (const char *) request->operation->name;

  if (icam_test_events_answer (request, name) || icam_test_ptz_answer (request, name)
      || icam_test_upkeep_answer (request, name) || icam_test_encoder_answer (request, name))
    return;
  for (guint i = 0; i < G_N_ELEMENTS (operations); i++)
    if (g_str_equal (operations[i].name, name))
      {
        operations[i].operation (request);
        return;
      }
  icam_test_refuse (request, "ter:ActionNotSupported", "This operation is not implemented");
}
