/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "icam-test"

#include "icam-test-junk.h"

#include <string.h>

#define MAX_ANSWER_BYTES (256 * 1024)

struct _IcamTestJunk
{
  GSocketService *service;
  GRand *rand;
  guint kind;
};

/* A connection and what is being read from and written to it. */
typedef struct
{
  IcamTestJunk *junk;
  GSocketConnection *connection;
  guint8 request[4096];
  guint8 *answer;
} Exchange;

static void
exchange_free (Exchange *self)
{
  g_clear_object (&self->connection);
  g_free (self->answer);
  g_free (self);
}

static void
on_written (GObject *source, GAsyncResult *result, gpointer data)
{
  /* Whether it arrived does not matter; then the connection is closed. */
  g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, NULL);
  exchange_free (data);
}

static gsize
make_answer (IcamTestJunk *self, guint8 **answer)
{
  static const char *const texts[] = {
    ("HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml\r\nContent-Length: 49\r\n\r\n"
     "<?xml version=\"1.0\"?><s:Envelope><s:Body><oh></s:B"),
    "RTSP/1.0 200 OK\r\nCSeq: 4294967295\r\nContent-Length: 2147483647\r\n\r\nv=0\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    "$\377\377\377$\001\000\002",
    "RTSP/1.0 999\r\n\r\n",
  };
  guint kind = self->kind++ % (G_N_ELEMENTS (texts) + 1);
  gsize size, head = 0;

  if (kind < G_N_ELEMENTS (texts))
    head = strlen (texts[kind]);
  size = head + (gsize) g_rand_int_range (self->rand, 16, MAX_ANSWER_BYTES);
  *answer = g_malloc (size);
  if (head > 0)
    memcpy (*answer, texts[kind], head);
  for (gsize i = head; i < size; i++)
    (*answer)[i] = (guint8) g_rand_int (self->rand);
  return size;
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer data)
{
  Exchange *self = data;
  GOutputStream *out = g_io_stream_get_output_stream (G_IO_STREAM (self->connection));
  gsize size;

  if (g_input_stream_read_finish (G_INPUT_STREAM (source), result, NULL) <= 0)
    {
      exchange_free (self);
      return;
    }
  size = make_answer (self->junk, &self->answer);
  g_output_stream_write_all_async (out, self->answer, size, G_PRIORITY_DEFAULT, NULL, on_written,
                                   self);
}

static gboolean
on_incoming (GSocketService *service,
             GSocketConnection *connection,
             GObject *source,
             gpointer data)
{
  Exchange *exchange = g_new0 (Exchange, 1);

  exchange->junk = data;
  exchange->connection = g_object_ref (connection);
  g_input_stream_read_async (g_io_stream_get_input_stream (G_IO_STREAM (connection)),
                             exchange->request, sizeof exchange->request, G_PRIORITY_DEFAULT, NULL,
                             on_read, exchange);
  return TRUE;
}

/**
 * icam_test_junk_new:
 * @address: where to listen
 * @port: at which port
 * @error: return location for a #GError
 *
 * Returns: (transfer full): a server on the thread's default main context, or %NULL.
 */
IcamTestJunk *
icam_test_junk_new (const char *address, guint16 port, GError **error)
{
  IcamTestJunk *self = g_new0 (IcamTestJunk, 1);
  g_autoptr (GSocketAddress) where = g_inet_socket_address_new_from_string (address, port);

  self->rand = g_rand_new_with_seed (port);
  self->service = g_socket_service_new ();
  if (!g_socket_listener_add_address (G_SOCKET_LISTENER (self->service), where,
                                      G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL, NULL,
                                      error))
    {
      icam_test_junk_free (self);
      return NULL;
    }
  g_signal_connect (self->service, "incoming", G_CALLBACK (on_incoming), self);
  g_socket_service_start (self->service);
  return self;
}

/**
 * icam_test_junk_free:
 * @self: (nullable): a server
 *
 * Stops listening.
 */
void
icam_test_junk_free (IcamTestJunk *self)
{
  if (!self)
    return;
  g_socket_service_stop (self->service);
  g_socket_listener_close (G_SOCKET_LISTENER (self->service));
  g_clear_object (&self->service);
  g_rand_free (self->rand);
  g_free (self);
}
