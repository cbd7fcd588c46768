/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-fuzz"

#include "config.h"

#include "icam-fuzz-server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct
{
  GMutex lock;
  GBytes *said; /* under lock */
  int listener; /* set before the thread starts */
  char *uri;
} server = { .listener = -1 };

static void
serve (int fd)
{
  char asked[4096];
  const guint8 *data;
  gsize size, at = 0;
  GBytes *said;

  g_mutex_lock (&server.lock);
  said = g_bytes_ref (server.said);
  g_mutex_unlock (&server.lock);

  data = g_bytes_get_data (said, &size);
  while (at < size)
    {
      gssize sent = send (fd, data + at, size - at, MSG_NOSIGNAL);

      if (sent <= 0)
        break;
      at += (gsize) sent;
    }
  g_bytes_unref (said);

  /* What is asked is taken until the other side is done: a reset would take away what it has not read yet. */
  shutdown (fd, SHUT_WR);
  while (recv (fd, asked, sizeof asked, 0) > 0)
    ;
  close (fd);
}

static gpointer
thread_main (gpointer data)
{
  for (;;)
    {
      int fd = accept (server.listener, NULL, NULL);

      if (fd >= 0)
        serve (fd);
    }

  return NULL;
}

static void
start (void)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t length = sizeof address;

  server.listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (bind (server.listener, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (listen (server.listener, 8), ==, 0);
  g_assert_cmpint (getsockname (server.listener, (struct sockaddr *) &address, &length), ==, 0);
  server.uri = g_strdup_printf ("rtsp://127.0.0.1:%u/live", ntohs (address.sin_port));
  g_thread_unref (g_thread_new ("fuzz-camera", thread_main, NULL));
}

const char *
icam_fuzz_server_say (const guint8 *data,
                      gsize         size)
{
  g_mutex_lock (&server.lock);
  g_clear_pointer (&server.said, g_bytes_unref);
  server.said = g_bytes_new (data, size);
  if (server.listener < 0)
    start ();
  g_mutex_unlock (&server.lock);
  return server.uri;
}

static void
append (GByteArray *out,
        const char *text)
{
  g_byte_array_append (out, (const guint8 *) text, (guint) strlen (text));
}

GByteArray *
icam_fuzz_server_answers (const char   *sdp,
                          gsize         sdp_size,
                          guint         n_tracks,
                          const guint8 *stream,
                          gsize         stream_size)
{
  GByteArray *out = g_byte_array_new ();
  g_autofree char *head = g_strdup_printf ("RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Type: application/sdp\r\nContent-Length: %" G_GSIZE_FORMAT
                                           "\r\n\r\n", sdp_size);

  append (out, "RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER\r\n\r\n");
  append (out, head);
  g_byte_array_append (out, (const guint8 *) sdp, (guint) sdp_size);
  for (guint i = 0; i < n_tracks; i++)
    {
      g_autofree char *answer = g_strdup_printf ("RTSP/1.0 200 OK\r\nCSeq: %u\r\nSession: 42;timeout=60\r\n"
                                                 "Transport: RTP/AVP/TCP;unicast;interleaved=%u-%u\r\n\r\n", 3 + i, 2 * i, 2 * i + 1);

      append (out, answer);
    }
  append (out, "RTSP/1.0 200 OK\r\nCSeq: 5\r\nSession: 42\r\n\r\n");
  g_byte_array_append (out, stream, (guint) stream_size);
  return out;
}
