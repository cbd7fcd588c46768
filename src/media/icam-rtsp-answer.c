/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-media"

#include "config.h"

#include "media/icam-rtsp-answer.h"

#include <string.h>

#define MAX_HEAD (16 * 1024)
#define MAX_BODY (256 * 1024)

typedef struct
{
  GstRTSPConnection *connection;
  gint64 end_us;
} Source;

static GstRTSPResult
read_bytes (const Source *source,
            guint8       *data,
            guint         size)
{
  gint64 left = source->end_us - g_get_monotonic_time ();

  /* 0 would mean for ever. */
  return left > 0 ? gst_rtsp_connection_read_usec (source->connection, data, size, left) : GST_RTSP_ETIMEOUT;
}

/* Up to the empty line, which is left out; from the first byte on, which is given. */
static GstRTSPResult
read_head (const Source *source,
           guint8        first,
           GString      *head)
{
  gboolean line_is_empty = FALSE;

  if (first == '\0')
    return GST_RTSP_EPARSE;

  g_string_append_c (head, (char) first);
  while (head->len < MAX_HEAD)
    {
      guint8 byte;
      GstRTSPResult result = read_bytes (source, &byte, 1);

      if (result != GST_RTSP_OK)
        return result;
      if (byte == '\n' && line_is_empty)
        return GST_RTSP_OK;
      if (byte == '\0')
        return GST_RTSP_EPARSE;
      if (byte == '\n')
        line_is_empty = TRUE;
      else if (byte != '\r')
        line_is_empty = FALSE;
      /* What is kept may be said back to the server: nothing that could end a line there. */
      g_string_append_c (head, byte != '\n' && g_ascii_iscntrl ((char) byte) ? ' ' : (char) byte);
    }

  return GST_RTSP_EPARSE;
}

static GstRTSPResult
read_data (const Source   *source,
           GstRTSPMessage *message)
{
  guint8 head[3];
  GstRTSPResult result = read_bytes (source, head, sizeof head);
  guint size;
  guint8 *body;

  if (result != GST_RTSP_OK)
    return result;

  size = (guint) (head[1] << 8 | head[2]);
  body = g_malloc (size + 1u);
  body[size] = '\0';
  result = size > 0 ? read_bytes (source, body, size) : GST_RTSP_OK;
  if (result != GST_RTSP_OK)
    {
      g_free (body);
      return result;
    }

  gst_rtsp_message_init_data (message, head[0]);
  return gst_rtsp_message_take_body (message, body, size);
}

/* "RTSP/1.0 200 OK", or "OPTIONS * RTSP/1.0" of a request. */
static GstRTSPResult
parse_first_line (const char     *line,
                  GstRTSPMessage *message)
{
  g_auto (GStrv) words = g_strsplit (line, " ", 3);
  guint64 status;

  if (words[0] == NULL || words[1] == NULL)
    return GST_RTSP_EPARSE;

  if (!g_str_has_prefix (words[0], "RTSP/"))
    return gst_rtsp_message_init_request (message, gst_rtsp_find_method (words[0]), words[1]);

  if (!g_ascii_string_to_unsigned (words[1], 10, 100, 999, &status, NULL))
    return GST_RTSP_EPARSE;
  return gst_rtsp_message_init_response (message, (GstRTSPStatusCode) status, words[2] != NULL ? words[2] : "", NULL);
}

static GstRTSPResult
parse_head (GString        *head,
            GstRTSPMessage *message)
{
  g_auto (GStrv) lines = g_strsplit (head->str, "\n", 256);
  GstRTSPResult result = parse_first_line (g_strchomp (lines[0]), message);

  for (guint i = 1; result == GST_RTSP_OK && lines[i] != NULL; i++)
    {
      char *colon = strchr (lines[i], ':');
      const char *value;
      GstRTSPHeaderField field;

      if (colon == NULL)
        continue;
      *colon = '\0';
      value = g_strstrip (colon + 1);
      field = gst_rtsp_find_header_field (g_strstrip (lines[i]));
      if (field != GST_RTSP_HDR_INVALID)
        gst_rtsp_message_add_header (message, field, value);
    }

  return result;
}

static GstRTSPResult
read_body (const Source   *source,
           GstRTSPMessage *message)
{
  char *value = NULL;
  guint64 size;
  guint8 *body;
  GstRTSPResult result;

  if (gst_rtsp_message_get_header (message, GST_RTSP_HDR_CONTENT_LENGTH, &value, 0) != GST_RTSP_OK)
    return GST_RTSP_OK;
  if (!g_ascii_string_to_unsigned (value, 10, 0, MAX_BODY, &size, NULL))
    return GST_RTSP_EPARSE;
  if (size == 0)
    return GST_RTSP_OK;

  body = g_malloc (size + 1);
  body[size] = '\0';
  result = read_bytes (source, body, (guint) size);
  if (result != GST_RTSP_OK)
    {
      g_free (body);
      return result;
    }
  return gst_rtsp_message_take_body (message, body, (guint) size);
}

/**
 * icam_rtsp_answer_receive:
 * @connection: a connection that is open
 * @message: (out): an empty message; to be unset whatever is returned
 * @timeout_us: for all of it
 *
 * Waits for a response, a request of the server, or interleaved data. Header lines stay as they came, lists in them too.
 *
 * Returns: %GST_RTSP_OK, or what went wrong
 */
GstRTSPResult
icam_rtsp_answer_receive (GstRTSPConnection *connection,
                          GstRTSPMessage    *message,
                          gint64             timeout_us)
{
  const Source source = { connection, g_get_monotonic_time () + timeout_us };
  g_autoptr (GString) head = NULL;
  GstRTSPResult result;
  guint8 first;

  do
    {
      result = read_bytes (&source, &first, 1);
      if (result != GST_RTSP_OK)
        return result;
    }
  while (first == '\r' || first == '\n');

  if (first == '$')
    return read_data (&source, message);

  head = g_string_new (NULL);
  result = read_head (&source, first, head);
  if (result == GST_RTSP_OK)
    result = parse_head (head, message);
  return result == GST_RTSP_OK ? read_body (&source, message) : result;
}

/* Whether a server refuses without saying to which request. */
static gboolean
is_odd_refusal (GstRTSPMessage *response)
{
  GstRTSPStatusCode status = GST_RTSP_STS_INVALID;

  return response->type == GST_RTSP_MESSAGE_RESPONSE
         && gst_rtsp_message_parse_response (response, &status, NULL, NULL) == GST_RTSP_OK && status == GST_RTSP_STS_UNAUTHORIZED
         && gst_rtsp_message_get_header (response, GST_RTSP_HDR_CSEQ, NULL, 0) != GST_RTSP_OK;
}

/**
 * icam_rtsp_answer_find_auth:
 * @location: an rtsp:// URL without credentials
 * @user: (nullable): the name
 * @secret: (nullable): the password
 * @timeout_us: for all of it
 *
 * Asks a server for its description without a password, on a connection of its own. Blocks.
 *
 * Returns: (transfer full) (nullable): what answers its challenge, if it refused in a way that GStreamer's rtspsrc does not take; %NULL if it
 * is to be left to rtspsrc
 */
IcamRtspAuth *
icam_rtsp_answer_find_auth (const char *location,
                            const char *user,
                            IcamSecret *secret,
                            gint64      timeout_us)
{
  g_autoptr (IcamRtspAuth) auth = icam_rtsp_auth_new (user, secret);
  gint64 end_us = g_get_monotonic_time () + timeout_us;
  GstRTSPConnection *connection = NULL;
  GstRTSPUrl *url = NULL;
  GstRTSPMessage request = { 0 };
  GstRTSPMessage response = { 0 };
  gboolean odd = FALSE, stale;

  if (!icam_rtsp_auth_can (auth) || g_ascii_strncasecmp (location, "rtsp://", 7) != 0
      || gst_rtsp_url_parse (location, &url) != GST_RTSP_OK)
    return NULL;

  gst_rtsp_message_init_request (&request, GST_RTSP_DESCRIBE, location);
  gst_rtsp_message_add_header (&request, GST_RTSP_HDR_ACCEPT, "application/sdp");
  if (gst_rtsp_connection_create (url, &connection) == GST_RTSP_OK
      && gst_rtsp_connection_connect_usec (connection, timeout_us) == GST_RTSP_OK
      && gst_rtsp_connection_send_usec (connection, &request, timeout_us) == GST_RTSP_OK
      && icam_rtsp_answer_receive (connection, &response, MAX (end_us - g_get_monotonic_time (), 1)) == GST_RTSP_OK)
    odd = is_odd_refusal (&response) && icam_rtsp_auth_challenge (auth, &response, &stale);

  gst_rtsp_message_unset (&request);
  gst_rtsp_message_unset (&response);
  if (connection != NULL)
    {
      gst_rtsp_connection_close (connection);
      gst_rtsp_connection_free (connection);
    }
  gst_rtsp_url_free (url);
  return odd ? g_steal_pointer (&auth) : NULL;
}
