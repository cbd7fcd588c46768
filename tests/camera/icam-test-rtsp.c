/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "icam-test"

#include "icam-test-rtsp.h"

#include <gst/app/gstappsrc.h>
#include <gst/rtp/gstrtcpbuffer.h>
#include <gst/rtsp-server/rtsp-server.h>

#include "icam-test-audio.h"
#include "icam-test-pump.h"

#define ROLE "viewer"
#define REALM "IP Camera"
/* How long a client that is closed is kept. */
#define LINGER_SECONDS 5

struct _IcamTestRtsp
{
  IcamTestDevice *device;
  GstRTSPServer *server;
  GstRTSPAuth *auth; /* NULL if anybody may look */
  GSource *source;
  GSource *cleanup;
};

/* What a factory stands for. */
typedef struct
{
  IcamTestDevice *device;
  guint channel;
  guint stream;
} Mount;

/* Sender reports: none while the device hangs, and in the time of the device's own clock. */
static GstPadProbeReturn
on_rtcp (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  IcamTestDevice *device = data;
  gint64 offset;
  GstRTCPBuffer rtcp = GST_RTCP_BUFFER_INIT;
  GstRTCPPacket packet;
  GstBuffer *buffer;

  if (g_atomic_int_get (&device->hung) || g_atomic_int_get (&device->dead))
    return GST_PAD_PROBE_DROP;

  icam_test_pump_lock ();
  offset = device->clock_offset_us / G_USEC_PER_SEC;
  icam_test_pump_unlock ();
  if (offset == 0)
    return GST_PAD_PROBE_OK;

  buffer = gst_buffer_make_writable (gst_pad_probe_info_get_buffer (info));
  info->data = buffer;
  if (gst_rtcp_buffer_map (buffer, GST_MAP_READWRITE, &rtcp))
    {
      gboolean more = gst_rtcp_buffer_get_first_packet (&rtcp, &packet);

      for (; more; more = gst_rtcp_packet_move_to_next (&packet))
        if (gst_rtcp_packet_get_type (&packet) == GST_RTCP_TYPE_SR)
          {
            guint32 ssrc, rtptime, packets, octets;
            guint64 ntptime;

            gst_rtcp_packet_sr_get_sender_info (&packet, &ssrc, &ntptime, &rtptime, &packets,
                                                &octets);
            gst_rtcp_packet_sr_set_sender_info (&packet, ssrc, ntptime + ((guint64) offset << 32),
                                                rtptime, packets, octets);
          }
      gst_rtcp_buffer_unmap (&rtcp);
    }
  return GST_PAD_PROBE_OK;
}

/* Each packet by itself, as cameras write them: takes the lists of the payloader apart. */
static GstPadProbeReturn
on_packet_list (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  GstBufferList *list = gst_pad_probe_info_get_buffer_list (info);

  for (guint i = 0; i < gst_buffer_list_length (list); i++)
    gst_pad_push (pad, gst_buffer_ref (gst_buffer_list_get (list, i)));
  return GST_PAD_PROBE_DROP;
}

static void
on_new_state (GstRTSPMedia *media, int state, gpointer data)
{
  icam_test_pump_set_playing (G_OBJECT (media), state == GST_STATE_PLAYING);
}

static void
on_unprepared (GstRTSPMedia *media, gpointer data)
{
  icam_test_pump_end_session (G_OBJECT (media));
}

static void
watch_rtcp (GstBin *pipeline, IcamTestDevice *device)
{
  g_autoptr (GstIterator) elements = gst_bin_iterate_elements (pipeline);
  g_auto (GValue) item = G_VALUE_INIT;

  while (gst_iterator_next (elements, &item) == GST_ITERATOR_OK)
    {
      GstElement *element = g_value_get_object (&item);
      GstElementFactory *factory = gst_element_get_factory (element);

      if (factory && g_strcmp0 (GST_OBJECT_NAME (factory), "rtpbin") == 0)
        for (int i = 0; i < 2; i++)
          {
            g_autofree char *name = g_strdup_printf ("send_rtcp_src_%d", i);
            g_autoptr (GstPad) pad = gst_element_get_static_pad (element, name);

            if (pad)
              gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_rtcp, device, NULL);
          }
      g_value_reset (&item);
    }
}

static void
on_prepared (GstRTSPMedia *media, gpointer data)
{
  g_autoptr (GstElement) element = gst_rtsp_media_get_element (media);
  g_autoptr (GstObject) pipeline = gst_object_get_parent (GST_OBJECT (element));

  watch_rtcp (GST_BIN (pipeline), data);
}

static void
on_media_configure (GstRTSPMediaFactory *factory, GstRTSPMedia *media, gpointer data)
{
  Mount *mount = data;
  GstRTSPContext *context = gst_rtsp_context_get_current ();
  g_autoptr (GstElement) element = gst_rtsp_media_get_element (media);
  g_autoptr (GstObject) pipeline = gst_object_get_parent (GST_OBJECT (element));
  g_autoptr (GstElement) video = gst_bin_get_by_name (GST_BIN (element), "video");
  g_autoptr (GstElement) audio = gst_bin_get_by_name (GST_BIN (element), "audio");
  g_autoptr (GstElement) payloader = gst_bin_get_by_name (GST_BIN (element), "pay0");
  g_autoptr (GstClock) clock = gst_system_clock_obtain ();
  const IcamTestClip *clip = mount->device->channels[mount->channel].clips[mount->stream];
  g_autoptr (GstCaps) caps = gst_caps_from_string (clip->caps);
  const char *client = NULL;

  /* Stream time is the same for everybody, so that capture time does not depend on the client. */
  gst_pipeline_use_clock (GST_PIPELINE (pipeline), clock);
  gst_element_set_start_time (GST_ELEMENT (pipeline), GST_CLOCK_TIME_NONE);
  gst_element_set_base_time (GST_ELEMENT (pipeline), icam_test_pump_base_time ());

  g_object_set (video, "caps", caps, NULL);
  if (audio)
    {
      g_autoptr (GstCaps) audio_caps
        = gst_caps_from_string (icam_test_audio_get (mount->device->audio)->caps);

      g_object_set (audio, "caps", audio_caps, NULL);
    }
  if (mount->device->single_packets)
    {
      g_autoptr (GstPad) pad = gst_element_get_static_pad (payloader, "src");

      gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER_LIST, on_packet_list, NULL, NULL);
    }

  if (context && context->conn)
    client = gst_rtsp_connection_get_ip (context->conn);
  icam_test_pump_add_session (mount->device, mount->channel, mount->stream, client, video, audio,
                              G_OBJECT (media));
  g_signal_connect (media, "new-state", G_CALLBACK (on_new_state), NULL);
  g_signal_connect (media, "prepared", G_CALLBACK (on_prepared), mount->device);
  g_signal_connect (media, "unprepared", G_CALLBACK (on_unprepared), NULL);
}

static GstRTSPMediaFactory *
factory_new (IcamTestDevice *device, guint channel, guint stream)
{
  GstRTSPMediaFactory *factory = gst_rtsp_media_factory_new ();
  g_autoptr (GString) launch = g_string_new ("( appsrc name=video is-live=true format=time "
                                             "do-timestamp=false max-bytes=0 block=false ");
  Mount *mount = g_new0 (Mount, 1);

  mount->device = device;
  mount->channel = channel;
  mount->stream = stream;
  if (device->codec == ICAM_TEST_CODEC_H265)
    g_string_append (launch, "! rtph265pay name=pay0 pt=96 config-interval=0 ");
  else
    g_string_append (launch, "! rtph264pay name=pay0 pt=96 config-interval=0 ");
  if (device->audio != ICAM_TEST_AUDIO_NONE && stream != ICAM_TEST_STREAM_EXTRA)
    {
      g_string_append (launch, "appsrc name=audio is-live=true format=time do-timestamp=false "
                               "max-bytes=0 block=false ");
      if (device->audio == ICAM_TEST_AUDIO_AAC)
        g_string_append (launch, "! rtpmp4gpay name=pay1 pt=97 ");
      else
        g_string_append (launch, "! rtppcmupay name=pay1 pt=0 ");
    }
  g_string_append (launch, ")");

  gst_rtsp_media_factory_set_launch (factory, launch->str);
  gst_rtsp_media_factory_set_shared (factory, FALSE);
  gst_rtsp_media_factory_set_latency (factory, 0);
  /* The pump keeps the time: nothing else need wait for the clock. */
  g_object_set (factory, "enable-rtcp", TRUE, NULL);
  g_signal_connect_data (factory, "media-configure", G_CALLBACK (on_media_configure), mount,
                         (GClosureNotify) (void (*) (void)) g_free, 0);
  gst_rtsp_media_factory_add_role (factory, ROLE, GST_RTSP_PERM_MEDIA_FACTORY_ACCESS,
                                   G_TYPE_BOOLEAN, TRUE, GST_RTSP_PERM_MEDIA_FACTORY_CONSTRUCT,
                                   G_TYPE_BOOLEAN, TRUE, NULL);
  return factory;
}

static gboolean
forget_client (gpointer client)
{
  return G_SOURCE_REMOVE;
}

/* One whose connection breaks is closed again a little later, in the device's thread, by a call that holds no reference. */
static void
on_client_closed (GstRTSPClient *client, IcamTestDevice *device)
{
  g_autoptr (GSource) later = g_timeout_source_new_seconds (LINGER_SECONDS);

  g_source_set_callback (later, forget_client, g_object_ref (client), g_object_unref);
  g_source_attach (later, device->context);
}

static void
on_client_connected (GstRTSPServer *server, GstRTSPClient *client, IcamTestDevice *device)
{
  g_signal_connect (client, "closed", G_CALLBACK (on_client_closed), device);
}

/**
 * icam_test_rtsp_new:
 * @device: a device
 *
 * Returns: (transfer full): its RTSP server, which does not listen yet.
 */
IcamTestRtsp *
icam_test_rtsp_new (IcamTestDevice *device)
{
  IcamTestRtsp *self = g_new0 (IcamTestRtsp, 1);
  g_autoptr (GstRTSPMountPoints) mounts = NULL;
  g_autoptr (GstRTSPThreadPool) threads = gst_rtsp_thread_pool_new ();

  self->device = device;
  self->server = gst_rtsp_server_new ();
  g_signal_connect (self->server, "client-connected", G_CALLBACK (on_client_connected), device);
  /* No threads for clients: they are served on the device's own, which a fault can stop. */
  gst_rtsp_thread_pool_set_max_threads (threads, 0);
  gst_rtsp_server_set_thread_pool (self->server, threads);
  gst_rtsp_server_set_address (self->server, device->address);
  gst_rtsp_server_set_service (self->server, "0");

  mounts = gst_rtsp_server_get_mount_points (self->server);
  for (guint channel = 0; channel < device->n_channels; channel++)
    for (guint stream = 0; stream < icam_test_device_n_streams (device); stream++)
      {
        g_autofree char *path
          = g_strdup_printf ("/ch%u/%s", channel + 1, icam_test_stream_name (stream));

        gst_rtsp_mount_points_add_factory (mounts, path, factory_new (device, channel, stream));
      }

  if (device->path)
    gst_rtsp_mount_points_add_factory (mounts, device->path, factory_new (device, 0, ICAM_TEST_STREAM_MAIN));

  if (device->auth != ICAM_TEST_AUTH_NONE)
    {
      self->auth = gst_rtsp_auth_new ();
      gst_rtsp_auth_set_supported_methods (self->auth, GST_RTSP_AUTH_DIGEST);
      gst_rtsp_auth_set_realm (self->auth, REALM);
      gst_rtsp_server_set_auth (self->server, self->auth);
      icam_test_rtsp_set_password (self, device->password);
    }
  return self;
}

/**
 * icam_test_rtsp_set_password:
 * @self: a server
 * @password: what clients must know from now on
 */
void
icam_test_rtsp_set_password (IcamTestRtsp *self, const char *password)
{
  g_autoptr (GstRTSPToken) token = NULL;

  if (!self->auth)
    return;
  token = gst_rtsp_token_new (GST_RTSP_TOKEN_MEDIA_FACTORY_ROLE, G_TYPE_STRING, ROLE, NULL);
  gst_rtsp_auth_remove_digest (self->auth, self->device->user);
  gst_rtsp_auth_add_digest (self->auth, self->device->user, password, token);
}

/**
 * icam_test_rtsp_listen:
 * @self: a server
 * @error: return location for a #GError
 *
 * Listens at the device's address, at its port or, the first time, at one that the kernel chooses.
 *
 * Returns: whether it could.
 */
gboolean
icam_test_rtsp_listen (IcamTestRtsp *self, GError **error)
{
  g_autofree char *service = g_strdup_printf ("%u", self->device->rtsp_port);
  g_autoptr (GstRTSPSessionPool) pool = gst_rtsp_server_get_session_pool (self->server);
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GSocketAddress) bound = NULL;

  gst_rtsp_server_set_address (self->server, self->device->address);
  gst_rtsp_server_set_service (self->server, service);
  socket = gst_rtsp_server_create_socket (self->server, NULL, error);
  bound = socket ? g_socket_get_local_address (socket, error) : NULL;
  if (!bound)
    return FALSE;
  self->device->rtsp_port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
  self->source = g_socket_create_source (socket, G_IO_IN, NULL);
  g_source_set_callback (self->source, (GSourceFunc) (void (*) (void)) gst_rtsp_server_io_func,
                         g_object_ref (self->server), g_object_unref);
  g_source_attach (self->source, self->device->context);

  self->cleanup = gst_rtsp_session_pool_create_watch (pool);
  g_source_set_callback (self->cleanup,
                         (GSourceFunc) (void (*) (void)) gst_rtsp_session_pool_cleanup,
                         g_object_ref (pool), g_object_unref);
  g_source_attach (self->cleanup, self->device->context);
  return TRUE;
}

static GstRTSPFilterResult
remove_client (GstRTSPServer *server, GstRTSPClient *client, gpointer data)
{
  return GST_RTSP_FILTER_REMOVE;
}

static GstRTSPFilterResult
remove_session (GstRTSPSessionPool *pool, GstRTSPSession *session, gpointer data)
{
  return GST_RTSP_FILTER_REMOVE;
}

static void
clear_source (GSource **source)
{
  if (*source)
    {
      g_source_destroy (*source);
      g_clear_pointer (source, g_source_unref);
    }
}

/**
 * icam_test_rtsp_unlisten:
 * @self: a server
 *
 * Closes the port and all connections.
 */
void
icam_test_rtsp_unlisten (IcamTestRtsp *self)
{
  g_autoptr (GstRTSPSessionPool) pool = gst_rtsp_server_get_session_pool (self->server);

  clear_source (&self->source);
  clear_source (&self->cleanup);
  gst_rtsp_server_client_filter (self->server, remove_client, NULL);
  gst_rtsp_session_pool_filter (pool, remove_session, NULL);
}

/**
 * icam_test_rtsp_free:
 * @self: a server
 */
void
icam_test_rtsp_free (IcamTestRtsp *self)
{
  icam_test_rtsp_unlisten (self);
  g_clear_object (&self->auth);
  g_clear_object (&self->server);
  g_free (self);
}
