/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "media/icam-media.h"
#include "media/icam-stream-pipeline.h"

#include <libsoup/soup.h>
#include <string.h>

#include "test-certificate.h"
#include "test-clip.h"
#include "test-store.h"

#define LIMIT_US (40 * G_USEC_PER_SEC)
#define N_PICTURES 12

/* A camera over HTTP on loopback, on a thread of its own. */
typedef struct
{
  gboolean multipart, closes, tls, digest, redirects, elsewhere;
} Kind;

typedef struct
{
  const Kind *kind;
  GPtrArray *pictures; /* of GBytes */
  int asked;           /* atomic */
  GMainContext *context;
  GMainLoop *loop;
  GThread *thread;
  SoupServer *server;
  char *uri;

  TestStore *store;
  IcamStreamPipeline *pipeline;
  guint connected, failed;
  GError *error;
} Fixture;

static gboolean
wake_cb (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

#define WAIT_FOR(condition)                                                  \
  G_STMT_START                                                               \
  {                                                                          \
    guint timer_ = g_timeout_add (20, wake_cb, NULL);                        \
    gint64 end_ = g_get_monotonic_time () + LIMIT_US;                        \
    while (!(condition) && g_get_monotonic_time () < end_)                   \
      g_main_context_iteration (NULL, TRUE);                                 \
    g_source_remove (timer_);                                                \
    g_assert_true (condition);                                               \
  }                                                                          \
  G_STMT_END

static GBytes *
picture (Fixture *f,
         guint    number)
{
  return f->pictures->pdata[number % f->pictures->len];
}

static void
picture_cb (SoupServer        *server,
            SoupServerMessage *message,
            const char        *path,
            GHashTable        *query,
            gpointer           data)
{
  Fixture *f = data;
  SoupMessageBody *body = soup_server_message_get_response_body (message);
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  guint number = (guint) g_atomic_int_add (&f->asked, 1);

  if (f->kind->redirects && g_str_equal (path, "/stream"))
    {
      soup_server_message_set_redirect (message, SOUP_STATUS_FOUND, f->kind->elsewhere ? "http://127.0.0.2/other" : "/other?x=1");
      return;
    }

  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  if (!f->kind->multipart)
    {
      soup_message_headers_set_content_type (headers, "image/jpeg", NULL);
      if (f->kind->closes)
        soup_message_headers_append (headers, "Connection", "close");
      soup_message_body_append_bytes (body, picture (f, number));
      return;
    }

  soup_message_headers_set_encoding (headers, SOUP_ENCODING_CHUNKED);
  soup_message_headers_set_content_type (headers, "multipart/x-mixed-replace; boundary=part", NULL);
  for (guint i = 0; i < N_PICTURES; i++)
    {
      g_autofree char *part = g_strdup_printf ("--part\r\nContent-Type: image/jpeg\r\nContent-Length: %zu\r\n\r\n",
                                               g_bytes_get_size (picture (f, i)));

      soup_message_body_append (body, SOUP_MEMORY_COPY, part, strlen (part));
      soup_message_body_append_bytes (body, picture (f, i));
      soup_message_body_append (body, SOUP_MEMORY_STATIC, "\r\n", 2);
    }
  soup_message_body_complete (body);
}

static char *
digest_cb (SoupAuthDomain    *domain,
           SoupServerMessage *message,
           const char        *user,
           gpointer           data)
{
  return soup_auth_domain_digest_encode_password ("admin", "camera", "secret");
}

static gpointer
thread_main (gpointer data)
{
  Fixture *f = data;

  g_main_context_push_thread_default (f->context);
  g_main_loop_run (f->loop);
  g_main_context_pop_thread_default (f->context);
  return NULL;
}

static void
connected_cb (IcamStreamPipeline *pipeline,
              Fixture            *f)
{
  f->connected++;
}

static void
failed_cb (IcamStreamPipeline *pipeline,
           GError             *error,
           int                 cause,
           Fixture            *f)
{
  f->failed++;
  g_clear_error (&f->error);
  f->error = g_error_copy (error);
}

static void
setup (Fixture      *f,
       gconstpointer data)
{
  g_autoptr (GPtrArray) clip = NULL;
  g_autoptr (GstCaps) caps = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GTlsCertificate) certificate = NULL;
  g_autoptr (SoupAuthDomain) domain = NULL;
  GSList *uris;

  f->kind = data;
  f->store = test_store_new ();
  f->pictures = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  clip = test_clip_new ("ball", TEST_CLIP_JPEG, 320, 240, N_PICTURES, &caps);
  for (guint i = 0; i < clip->len; i++)
    {
      gpointer bytes;
      gsize size;

      gst_buffer_extract_dup (clip->pdata[i], 0, (gsize) -1, &bytes, &size);
      g_ptr_array_add (f->pictures, g_bytes_new_take (bytes, size));
    }

  f->context = g_main_context_new ();
  f->loop = g_main_loop_new (f->context, FALSE);
  g_main_context_push_thread_default (f->context);
  if (f->kind->tls)
    certificate = g_tls_certificate_new_from_pem (TEST_CERTIFICATE, -1, NULL);
  f->server = soup_server_new ("tls-certificate", certificate, NULL);
  if (f->kind->digest)
    {
      domain = soup_auth_domain_digest_new ("realm", "camera", "auth-callback", digest_cb, NULL);
      soup_auth_domain_add_path (domain, "/");
      soup_server_add_auth_domain (f->server, domain);
    }
  soup_server_add_handler (f->server, "/", picture_cb, f, NULL);
  soup_server_listen_local (f->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY | (f->kind->tls ? SOUP_SERVER_LISTEN_HTTPS : 0), &error);
  g_assert_no_error (error);
  g_main_context_pop_thread_default (f->context);
  uris = soup_server_get_uris (f->server);
  f->uri = g_strdup_printf ("%s://127.0.0.1:%d/stream", f->kind->tls ? "https" : "http", g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  f->thread = g_thread_new ("test-http-camera", thread_main, f);
}

static void
start (Fixture    *f,
       const char *fingerprint)
{
  g_autoptr (IcamSecret) secret = icam_secret_new ("secret");
  IcamStreamConfig config = {
    .uri = f->uri,
    .user = "admin",
    .secret = secret,
    .fingerprint = fingerprint,
    .role = ICAM_ROLE_MAIN,
    .store = ICAM_SEGMENT_STORE (f->store),
  };

  icam_uuid_generate (&config.channel);
  f->pipeline = icam_stream_pipeline_new (&config);
  g_signal_connect (f->pipeline, "connected", G_CALLBACK (connected_cb), f);
  g_signal_connect (f->pipeline, "failed", G_CALLBACK (failed_cb), f);
  icam_stream_pipeline_start (f->pipeline);
}

static void
stop (Fixture *f)
{
  GWeakRef weak;
  gpointer alive;

  if (f->pipeline == NULL)
    return;

  g_weak_ref_init (&weak, f->pipeline);
  icam_stream_pipeline_stop (f->pipeline, ICAM_GAP_RECORDER_STOPPED);
  g_clear_object (&f->pipeline);
  WAIT_FOR (((alive = g_weak_ref_get (&weak)) == NULL) || (g_object_unref (alive), FALSE));
  g_weak_ref_clear (&weak);
}

/* A machine that is busy with something else may be slower than a camera is allowed to be. */
static void
start_patiently (Fixture    *f,
                 const char *fingerprint)
{
  guint before = f->connected;

  for (guint tries = 0; tries < 5 && f->connected == before; tries++)
    {
      stop (f);
      f->failed = 0;
      g_atomic_int_set (&f->asked, 0);
      start (f, fingerprint);
      WAIT_FOR (f->connected > before || f->failed > 0);
    }
  g_assert_cmpuint (f->connected, ==, before + 1);
}

static gboolean
quit_cb (gpointer data)
{
  g_main_loop_quit (data);
  return G_SOURCE_REMOVE;
}

static void
teardown (Fixture      *f,
          gconstpointer data)
{
  g_autoptr (GSource) source = g_idle_source_new ();

  stop (f);
  g_source_set_callback (source, quit_cb, f->loop, NULL);
  g_source_attach (source, f->context);
  g_thread_join (f->thread);
  g_object_unref (f->server);
  g_main_loop_unref (f->loop);
  g_main_context_unref (f->context);
  g_ptr_array_unref (f->pictures);
  g_clear_error (&f->error);
  g_object_unref (f->store);
  g_free (f->uri);
}

static void
assert_stored (Fixture *f,
               guint    n,
               guint    first)
{
  gint64 last_us = 0;

  for (guint i = 0; i < n; i++)
    {
      IcamPacket *packet = test_store_get (f->store, ICAM_TRACK_VIDEO, i);

      g_assert_true (g_bytes_equal (packet->data, picture (f, first + i)));
      g_assert_true ((packet->flags & ICAM_PACKET_KEY) != 0);
      g_assert_cmpint (packet->utc_us, >, last_us);
      last_us = packet->utc_us;
    }
  g_assert_cmpuint (test_store_get_track (f->store, ICAM_TRACK_VIDEO)->width, ==, 320);
}

/* What is in the answer is in the archive, byte by byte, and an answer that ends is a camera that has gone. */
static void
test_multipart (Fixture      *f,
                gconstpointer data)
{
  start_patiently (f, NULL);
  WAIT_FOR (f->failed > 0);
  g_assert_error (f->error, ICAM_ERROR, ICAM_ERROR_UNREACHABLE);
  g_assert_cmpuint (test_store_count (f->store, ICAM_TRACK_VIDEO), ==, N_PICTURES);
  assert_stored (f, N_PICTURES, 0);
  g_assert_cmpint (icam_stream_pipeline_get_path (f->pipeline), ==, ICAM_PATH_MJPEG);
}

/* Each picture is asked for once, in turn, whether or not the camera closes the connection behind it. */
static void
test_polled (Fixture      *f,
             gconstpointer data)
{
  start_patiently (f, NULL);
  WAIT_FOR (test_store_count (f->store, ICAM_TRACK_VIDEO) >= 6);
  g_assert_cmpuint (f->failed, ==, 0);
  g_assert_cmpint (icam_stream_pipeline_get_path (f->pipeline), ==, ICAM_PATH_JPEG);
  stop (f);
  assert_stored (f, 6, f->kind->redirects ? 1 : 0);
}

static void
test_certificate (Fixture      *f,
                  gconstpointer data)
{
  g_autofree char *fingerprint = NULL;
  g_autofree char *other = g_strnfill (64, '0');

  start_patiently (f, NULL);
  fingerprint = icam_stream_pipeline_dup_fingerprint (f->pipeline);
  g_assert_nonnull (fingerprint);
  stop (f);

  start_patiently (f, fingerprint);
  stop (f);

  g_atomic_int_set (&f->asked, 0);
  start (f, other);
  WAIT_FOR (f->failed > 0);
  g_assert_error (f->error, ICAM_ERROR, ICAM_ERROR_CERTIFICATE_CHANGED);
  /* Nothing was said to it. */
  g_assert_cmpint (g_atomic_int_get (&f->asked), ==, 0);
}

/* The password is for the device that it was given for. */
static void
test_elsewhere (Fixture      *f,
                gconstpointer data)
{
  start (f, NULL);
  WAIT_FOR (f->failed > 0);
  g_assert_cmpuint (f->connected, ==, 0);
  g_assert_cmpint (g_atomic_int_get (&f->asked), ==, 1);
}

int
main (int   argc,
      char *argv[])
{
  static const Kind multipart = { .multipart = TRUE }, multipart_digest = { .multipart = TRUE, .digest = TRUE },
                    multipart_tls = { .multipart = TRUE, .tls = TRUE }, kept = { 0 }, closed = { .closes = TRUE },
                    closed_digest = { .closes = TRUE, .digest = TRUE }, kept_tls = { .tls = TRUE },
                    redirected = { .redirects = TRUE }, elsewhere = { .redirects = TRUE, .elsewhere = TRUE };

  g_test_init (&argc, &argv, NULL);
  icam_media_init ();

#define ADD(path, func, data) g_test_add (path, Fixture, data, setup, func, teardown)
  ADD ("/media/mjpeg-src/multipart", test_multipart, &multipart);
  ADD ("/media/mjpeg-src/multipart-digest", test_multipart, &multipart_digest);
  ADD ("/media/mjpeg-src/multipart-tls", test_multipart, &multipart_tls);
  ADD ("/media/mjpeg-src/polled", test_polled, &kept);
  ADD ("/media/mjpeg-src/polled-closed", test_polled, &closed);
  ADD ("/media/mjpeg-src/polled-closed-digest", test_polled, &closed_digest);
  ADD ("/media/mjpeg-src/polled-tls", test_polled, &kept_tls);
  ADD ("/media/mjpeg-src/redirected", test_polled, &redirected);
  ADD ("/media/mjpeg-src/elsewhere", test_elsewhere, &elsewhere);
  ADD ("/media/mjpeg-src/certificate", test_certificate, &kept_tls);

  return g_test_run ();
}
