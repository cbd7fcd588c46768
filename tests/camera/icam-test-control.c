/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "icam-test"

#include "icam-test-control.h"

#include <gio/gunixinputstream.h>
#include <gio/gunixoutputstream.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <unistd.h>

/* Somebody who gives commands. */
typedef struct
{
  GIOStream *connection; /* NULL for standard input */
  GDataInputStream *in;
  GOutputStream *out;
} Commander;

static GSocketService *service;
static char *socket_path;
static IcamTestControlFunc control_func;

static void next_line (Commander *self);

static void
commander_free (Commander *self)
{
  g_clear_object (&self->in);
  g_clear_object (&self->out);
  g_clear_object (&self->connection);
  g_free (self);
}

static void
on_line (GObject *source, GAsyncResult *result, gpointer data)
{
  Commander *self = data;
  g_autofree char *line
    = g_data_input_stream_read_line_finish (G_DATA_INPUT_STREAM (source), result, NULL, NULL);
  g_autofree char *answer = NULL;
  g_autofree char *answer_line = NULL;

  if (!line)
    {
      commander_free (self);
      return;
    }
  g_strstrip (line);
  answer = control_func (line);
  answer_line = g_strconcat (answer, "\n", NULL);
  /* An answer is a line: it fits into the socket's buffer. */
  if (!g_output_stream_write_all (self->out, answer_line, strlen (answer_line), NULL, NULL, NULL))
    {
      commander_free (self);
      return;
    }
  g_output_stream_flush (self->out, NULL, NULL);
  next_line (self);
}

static void
next_line (Commander *self)
{
  g_data_input_stream_read_line_async (self->in, G_PRIORITY_DEFAULT, NULL, on_line, self);
}

static void
add_commander (GIOStream *connection, GInputStream *in, GOutputStream *out)
{
  Commander *self = g_new0 (Commander, 1);

  self->connection = connection ? g_object_ref (connection) : NULL;
  self->in = g_data_input_stream_new (in);
  g_data_input_stream_set_newline_type (self->in, G_DATA_STREAM_NEWLINE_TYPE_ANY);
  self->out = g_object_ref (out);
  next_line (self);
}

static gboolean
on_incoming (GSocketService *self, GSocketConnection *connection, GObject *source, gpointer data)
{
  add_commander (G_IO_STREAM (connection),
                 g_io_stream_get_input_stream (G_IO_STREAM (connection)),
                 g_io_stream_get_output_stream (G_IO_STREAM (connection)));
  return TRUE;
}

/**
 * icam_test_control_start:
 * @path: of the socket, or "-" for standard input
 * @func: obeys
 * @error: return location for a #GError
 *
 * Returns: whether it listens.
 */
gboolean
icam_test_control_start (const char *path, IcamTestControlFunc func, GError **error)
{
  g_autoptr (GSocketAddress) address = NULL;

  control_func = func;
  if (g_str_equal (path, "-"))
    {
      g_autoptr (GInputStream) in = g_unix_input_stream_new (STDIN_FILENO, FALSE);
      g_autoptr (GOutputStream) out = g_unix_output_stream_new (STDOUT_FILENO, FALSE);

      add_commander (NULL, in, out);
      return TRUE;
    }
  g_unlink (path);
  address = g_unix_socket_address_new (path);
  service = g_socket_service_new ();
  if (!g_socket_listener_add_address (G_SOCKET_LISTENER (service), address, G_SOCKET_TYPE_STREAM,
                                      G_SOCKET_PROTOCOL_DEFAULT, NULL, NULL, error))
    return FALSE;
  socket_path = g_strdup (path);
  g_signal_connect (service, "incoming", G_CALLBACK (on_incoming), NULL);
  g_socket_service_start (service);
  return TRUE;
}

/**
 * icam_test_control_stop:
 *
 * Takes no more commands.
 */
void
icam_test_control_stop (void)
{
  if (service)
    g_socket_service_stop (service);
  g_clear_object (&service);
  if (socket_path)
    g_unlink (socket_path);
  g_clear_pointer (&socket_path, g_free);
}
