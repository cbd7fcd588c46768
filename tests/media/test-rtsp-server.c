/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "test-rtsp-server.h"

#include <gst/rtsp-server/rtsp-server.h>

#include "test-certificate.h"

struct _TestRtspServer
{
  GMainContext *context;
  GMainLoop *loop;
  GThread *thread;
  GstRTSPServer *server;
  GstRTSPMedia *media; /* the latest, under the lock */
  GPtrArray *clients;  /* in the server's thread */
  GMutex lock;
  int port;
  gboolean tls;
};

static void
media_configure_cb (GstRTSPMediaFactory *factory,
                    GstRTSPMedia        *media,
                    TestRtspServer      *self)
{
  g_mutex_lock (&self->lock);
  g_set_object (&self->media, media);
  g_mutex_unlock (&self->lock);
}

/* One whose connection breaks is closed again later, in the server's thread, by a call that holds no reference: it must be there
 * for as long as that thread is. */
static void
client_connected_cb (GstRTSPServer  *server,
                     GstRTSPClient  *client,
                     TestRtspServer *self)
{
  g_ptr_array_add (self->clients, g_object_ref (client));
}

static gpointer
thread_main (gpointer data)
{
  TestRtspServer *self = data;

  g_main_context_push_thread_default (self->context);
  g_main_loop_run (self->loop);
  g_main_context_pop_thread_default (self->context);
  return NULL;
}

TestRtspServer *
test_rtsp_server_new (const char  *launch,
                      TestRtspAuth auth,
                      const char  *user,
                      const char  *password)
{
  TestRtspServer *self = g_new0 (TestRtspServer, 1);
  g_autoptr (GstRTSPMountPoints) mounts = NULL;
  g_autoptr (GstRTSPMediaFactory) factory = gst_rtsp_media_factory_new ();
  g_autoptr (GstRTSPThreadPool) threads = gst_rtsp_thread_pool_new ();
  g_autofree char *bin = g_strdup_printf ("( %s )", launch);

  g_mutex_init (&self->lock);
  self->context = g_main_context_new ();
  self->loop = g_main_loop_new (self->context, FALSE);
  self->server = gst_rtsp_server_new ();
  self->clients = g_ptr_array_new_with_free_func (g_object_unref);
  g_signal_connect (self->server, "client-connected", G_CALLBACK (client_connected_cb), self);
  gst_rtsp_server_set_address (self->server, "127.0.0.1");
  gst_rtsp_server_set_service (self->server, "0");
  gst_rtsp_thread_pool_set_max_threads (threads, 0);
  gst_rtsp_server_set_thread_pool (self->server, threads);

  gst_rtsp_media_factory_set_launch (factory, bin);
  /* Of its own for each client: a shared one answers with an error while it is being taken down for the one before. */
  gst_rtsp_media_factory_set_shared (factory, FALSE);
  g_signal_connect (factory, "media-configure", G_CALLBACK (media_configure_cb), self);

  self->tls = auth == TEST_RTSP_TLS || auth == TEST_RTSP_TLS_OTHER;
  if (auth == TEST_RTSP_UDP)
    gst_rtsp_media_factory_set_protocols (factory, GST_RTSP_LOWER_TRANS_UDP);
  else if (auth != TEST_RTSP_OPEN)
    {
      g_autoptr (GstRTSPAuth) rtsp_auth = gst_rtsp_auth_new ();
      g_autoptr (GstRTSPToken) token
        = gst_rtsp_token_new (GST_RTSP_TOKEN_MEDIA_FACTORY_ROLE, G_TYPE_STRING, "user", NULL);

      gst_rtsp_media_factory_add_role (factory, "user", GST_RTSP_PERM_MEDIA_FACTORY_ACCESS,
                                       G_TYPE_BOOLEAN, TRUE, GST_RTSP_PERM_MEDIA_FACTORY_CONSTRUCT,
                                       G_TYPE_BOOLEAN, TRUE, NULL);
      if (self->tls)
        {
          const char *pem = auth == TEST_RTSP_TLS ? TEST_CERTIFICATE : TEST_CERTIFICATE_OTHER;
          g_autoptr (GTlsCertificate) certificate = g_tls_certificate_new_from_pem (pem, -1, NULL);

          gst_rtsp_auth_set_tls_certificate (rtsp_auth, certificate);
          gst_rtsp_auth_set_default_token (rtsp_auth, token);
        }
      else if (auth == TEST_RTSP_BASIC)
        {
          g_autofree char *basic = gst_rtsp_auth_make_basic (user, password);

          gst_rtsp_auth_add_basic (rtsp_auth, basic, token);
        }
      else
        {
          gst_rtsp_auth_set_supported_methods (rtsp_auth, GST_RTSP_AUTH_DIGEST);
          gst_rtsp_auth_add_digest (rtsp_auth, user, password, token);
        }
      gst_rtsp_server_set_auth (self->server, rtsp_auth);
    }

  mounts = gst_rtsp_server_get_mount_points (self->server);
  gst_rtsp_mount_points_add_factory (mounts, "/live", g_steal_pointer (&factory));
  g_assert_cmpuint (gst_rtsp_server_attach (self->server, self->context), >, 0);
  self->port = gst_rtsp_server_get_bound_port (self->server);
  self->thread = g_thread_new ("test-rtsp-server", thread_main, self);
  return self;
}

static GstRTSPFilterResult
remove_client_cb (GstRTSPServer *server,
                  GstRTSPClient *client,
                  gpointer       data)
{
  return GST_RTSP_FILTER_REMOVE;
}

/* In the server's own thread: a client that is closed while its connection is read crashes. */
static gboolean
quit_cb (gpointer data)
{
  TestRtspServer *self = data;

  gst_rtsp_server_client_filter (self->server, remove_client_cb, NULL);
  g_main_loop_quit (self->loop);
  return G_SOURCE_REMOVE;
}

void
test_rtsp_server_free (TestRtspServer *self)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  g_source_set_callback (source, quit_cb, self, NULL);
  g_source_attach (source, self->context);
  g_thread_join (self->thread);
  g_clear_object (&self->media);
  g_object_unref (self->server);
  g_ptr_array_unref (self->clients);
  g_main_loop_unref (self->loop);
  g_main_context_unref (self->context);
  g_mutex_clear (&self->lock);
  g_free (self);
}

char *
test_rtsp_server_dup_uri (TestRtspServer *self,
                          const char     *path)
{
  return g_strdup_printf ("%s://127.0.0.1:%d/%s", self->tls ? "rtsps" : "rtsp", self->port, path);
}

void
test_rtsp_server_hang (TestRtspServer *self,
                       gboolean        hang)
{
  g_mutex_lock (&self->lock);
  if (self->media != NULL)
    {
      g_autoptr (GstElement) bin = gst_rtsp_media_get_element (self->media);
      g_autoptr (GstElement) valve = gst_bin_get_by_name (GST_BIN (bin), "valve");

      g_object_set (valve, "drop", hang, NULL);
    }
  g_mutex_unlock (&self->lock);
}
