/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Promise 4 for this room: with everything logged that can be, the password is in no log. This program starts itself as the one that
 * connects, so that what the server logs is not in the way. */

#include "config.h"

#include "media/icam-media.h"
#include "media/icam-stream-pipeline.h"

#include <gio/gio.h>
#include <libsoup/soup.h>
#include <string.h>

#include "test-rtsp-server.h"

#define USER "viewer"
#define PASSWORD "corr&ct h=rse"

static char *self_path;

static void
ended_cb (IcamStreamPipeline *pipeline,
          gpointer            user_data)
{
  g_main_loop_quit (user_data);
}

static void
failed_cb (IcamStreamPipeline *pipeline,
           GError             *error,
           int                 cause,
           GMainLoop          *loop)
{
  g_print ("client verdict: failed %s\n", error->message);
  g_main_loop_quit (loop);
}

static int
client (const char *uri)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (IcamSecret) secret = icam_secret_new (PASSWORD);
  g_autoptr (IcamStreamPipeline) pipeline = NULL;
  IcamStreamConfig config = { .uri = uri, .user = USER, .secret = secret };

  icam_media_init ();
  pipeline = icam_stream_pipeline_new (&config);
  g_signal_connect (pipeline, "connected", G_CALLBACK (ended_cb), loop);
  g_signal_connect (pipeline, "failed", G_CALLBACK (failed_cb), loop);
  icam_stream_pipeline_start (pipeline);
  g_main_loop_run (loop);
  icam_stream_pipeline_stop (pipeline, ICAM_GAP_RECORDER_STOPPED);
  return 0;
}

/* What a careless program does. */
static int
careless (const char *uri)
{
  g_autoptr (GstElement) pipeline = NULL;
  g_autoptr (GstElement) source = NULL;
  g_autoptr (GstBus) bus = NULL;
  GstMessage *message;

  gst_init (NULL, NULL);
  pipeline = gst_parse_launch ("rtspsrc name=source protocols=tcp ! fakesink", NULL);
  source = gst_bin_get_by_name (GST_BIN (pipeline), "source");
  g_object_set (source, "location", uri, "user-id", USER, "user-pw", PASSWORD, NULL);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  bus = gst_element_get_bus (pipeline);
  message = gst_bus_timed_pop_filtered (bus, 20 * GST_SECOND,
                                        GST_MESSAGE_ERROR | GST_MESSAGE_STREAM_START);
  g_clear_pointer (&message, gst_message_unref);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  return 0;
}

static gboolean
leaks (const char *how,
       const char *uri,
       gboolean   *connected)
{
  g_autoptr (GSubprocessLauncher) launcher
    = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE);
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) log = NULL;
  g_autofree char *both = g_strdup (USER ":" PASSWORD);
  g_autofree char *base64 = g_base64_encode ((const guchar *) both, strlen (both));
  g_autofree char *encoded = g_uri_escape_string (PASSWORD, NULL, FALSE);
  const char *needles[] = { PASSWORD, encoded, base64 };
  gboolean found = FALSE;

  g_subprocess_launcher_setenv (launcher, "GST_DEBUG", "9", TRUE);
  g_subprocess_launcher_setenv (launcher, "GST_DEBUG_NO_COLOR", "1", TRUE);
  g_subprocess_launcher_setenv (launcher, "G_MESSAGES_DEBUG", "all", TRUE);
  g_subprocess_launcher_setenv (launcher, "G_DEBUG", "", TRUE);
  /* A sanitizer would spend its time on all that is logged. */
  g_subprocess_launcher_setenv (launcher, "ASAN_OPTIONS", "detect_leaks=0", TRUE);
  process = g_subprocess_launcher_spawn (launcher, &error, self_path, how, uri, NULL);
  g_assert_no_error (error);
  g_subprocess_communicate (process, NULL, NULL, &log, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (log), >, 10000);

  for (guint i = 0; i < G_N_ELEMENTS (needles); i++)
    found |= memmem (g_bytes_get_data (log, NULL), g_bytes_get_size (log), needles[i],
                     strlen (needles[i]))
             != NULL;
  if (connected != NULL)
    *connected = memmem (g_bytes_get_data (log, NULL), g_bytes_get_size (log), "client verdict: failed", 22) == NULL;
  return found;
}

static void
test_rtsp (gconstpointer data)
{
  g_autoptr (TestRtspServer) server
    = test_rtsp_server_new (TEST_RTSP_VIDEO, GPOINTER_TO_INT (data), USER, PASSWORD);
  g_autofree char *uri = test_rtsp_server_dup_uri (server, "live");
  gboolean connected;

  g_assert_false (leaks ("--client", uri, &connected));
  g_assert_true (connected);
}

/* rtspsrc logs most when it is refused. */
static void
test_refused (void)
{
  g_autoptr (TestRtspServer) server
    = test_rtsp_server_new (TEST_RTSP_VIDEO, TEST_RTSP_BASIC, USER, "another");
  g_autofree char *uri = test_rtsp_server_dup_uri (server, "live");
  gboolean connected;

  g_assert_false (leaks ("--client", uri, &connected));
  g_assert_false (connected);
}

/* That it is found where it is: else the tests above say nothing. */
static void
test_planted (void)
{
  g_autoptr (TestRtspServer) server
    = test_rtsp_server_new (TEST_RTSP_VIDEO, TEST_RTSP_BASIC, USER, "another");
  g_autofree char *uri = test_rtsp_server_dup_uri (server, "live");

  g_assert_true (leaks ("--careless", uri, NULL));
}

static gboolean
authenticate_cb (SoupAuthDomain    *domain,
                 SoupServerMessage *message,
                 const char        *user,
                 const char        *password,
                 gpointer           data)
{
  return g_str_equal (user, USER) && g_str_equal (password, PASSWORD);
}

static char *
digest_cb (SoupAuthDomain    *domain,
           SoupServerMessage *message,
           const char        *user,
           gpointer           data)
{
  return soup_auth_domain_digest_encode_password (USER, "camera", PASSWORD);
}

static void
mjpeg_cb (SoupServer        *server,
          SoupServerMessage *message,
          const char        *path,
          GHashTable        *query,
          gpointer           data)
{
  GBytes *jpeg = data;
  SoupMessageBody *body = soup_server_message_get_response_body (message);
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  g_autofree char *part = g_strdup_printf (
    "--part\r\nContent-Type: image/jpeg\r\nContent-Length: %" G_GSIZE_FORMAT "\r\n\r\n",
    g_bytes_get_size (jpeg));

  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_message_headers_set_content_type (headers, "multipart/x-mixed-replace; boundary=part", NULL);
  for (guint i = 0; i < 50; i++)
    {
      soup_message_body_append (body, SOUP_MEMORY_COPY, part, strlen (part));
      soup_message_body_append_bytes (body, jpeg);
      soup_message_body_append (body, SOUP_MEMORY_STATIC, "\r\n", 2);
    }
}

typedef struct
{
  GMainLoop *loop;
  char *uri;
  gboolean leaked, connected;
} Outside;

static gpointer
outside (gpointer data)
{
  Outside *o = data;

  o->leaked = leaks ("--client", o->uri, &o->connected);
  g_main_loop_quit (o->loop);
  return NULL;
}

static void
test_http (gconstpointer data)
{
  g_autoptr (SoupServer) server = soup_server_new (NULL, NULL);
  g_autoptr (SoupAuthDomain) domain = NULL;
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) jpeg = NULL;
  GSList *uris;
  Outside o = { .loop = loop };
  GThread *thread;
  guint8 *pixels;
  g_autoptr (GstElement) pipeline = NULL;
  g_autoptr (GstElement) sink = NULL;
  g_autoptr (GstSample) sample = NULL;
  gsize size;

  pipeline = gst_parse_launch ("videotestsrc num-buffers=1 ! video/x-raw,width=320,height=240 ! jpegenc ! "
                               "appsink name=sink", NULL);
  sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  g_signal_emit_by_name (sink, "pull-sample", &sample);
  gst_buffer_extract_dup (gst_sample_get_buffer (sample), 0, (gsize) -1, (gpointer *) &pixels, &size);
  jpeg = g_bytes_new_take (pixels, size);
  gst_element_set_state (pipeline, GST_STATE_NULL);

  if (GPOINTER_TO_INT (data))
    domain = soup_auth_domain_digest_new ("realm", "camera", "auth-callback", digest_cb, NULL);
  else
    domain = soup_auth_domain_basic_new ("realm", "camera", "auth-callback", authenticate_cb, NULL);
  soup_auth_domain_add_path (domain, "/");
  soup_server_add_auth_domain (server, domain);
  soup_server_add_handler (server, "/", mjpeg_cb, jpeg, NULL);
  soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (server);
  o.uri = g_strdup_printf ("http://127.0.0.1:%d/stream", g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);

  thread = g_thread_new ("outside", outside, &o);
  g_main_loop_run (loop);
  g_thread_join (thread);
  g_free (o.uri);
  g_assert_false (o.leaked);
  g_assert_true (o.connected);
}

int
main (int   argc,
      char *argv[])
{
  if (argc == 3 && g_str_equal (argv[1], "--client"))
    return client (argv[2]);
  if (argc == 3 && g_str_equal (argv[1], "--careless"))
    return careless (argv[2]);

  self_path = g_file_read_link ("/proc/self/exe", NULL);
  g_test_init (&argc, &argv, NULL);
  icam_media_init ();
  g_test_add_data_func ("/media/password/rtsp-basic", GINT_TO_POINTER (TEST_RTSP_BASIC), test_rtsp);
  g_test_add_data_func ("/media/password/rtsp-digest", GINT_TO_POINTER (TEST_RTSP_DIGEST),
                        test_rtsp);
  g_test_add_data_func ("/media/password/http-basic", GINT_TO_POINTER (FALSE), test_http);
  g_test_add_data_func ("/media/password/http-digest", GINT_TO_POINTER (TRUE), test_http);
  g_test_add_func ("/media/password/rtsp-refused", test_refused);
  g_test_add_func ("/media/password/planted", test_planted);
  return g_test_run ();
}
