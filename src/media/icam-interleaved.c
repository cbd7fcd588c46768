/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-media"

#include "config.h"

#include "media/icam-interleaved.h"

#include <string.h>

/**
 * icam_interleaved_init:
 * @self: (out): a parser at the begin of a stream
 */
void
icam_interleaved_init (IcamInterleaved *self)
{
  memset (self, 0, sizeof *self);
  self->in_sync = TRUE;
}

/**
 * icam_interleaved_add_channel:
 * @self: a parser
 * @channel: a channel number, 0 to 255, as the server returned it in Transport
 */
void
icam_interleaved_add_channel (IcamInterleaved *self,
                              guint            channel)
{
  g_return_if_fail (channel < 256);

  self->channels[channel / 8] |= (guint8) (1u << (channel % 8));
}

static gboolean
is_ours (const IcamInterleaved *self,
         guint                  channel)
{
  return (self->channels[channel / 8] & (1u << (channel % 8))) != 0;
}

typedef enum
{
  WHAT_NONE,
  WHAT_PACKET,
  WHAT_MESSAGE,
  WHAT_MORE, /* it may become something */
} What;

/* A method of a request from the server, or "RTSP/1.0 " of a response: upper case letters and "_", a space. */
static What
looks_like_message (const guint8 *data,
                    gsize         size)
{
  const gsize longest_method = 16;
  gsize i = 0;

  if (size >= 5 ? memcmp (data, "RTSP/", 5) == 0 : memcmp (data, "RTSP/", size) == 0)
    return size >= 5 ? WHAT_MESSAGE : WHAT_MORE;

  while (i < size && i < longest_method && (g_ascii_isupper (data[i]) || data[i] == '_'))
    i++;

  if (i == size)
    return WHAT_MORE;
  return i >= 3 && i < size && data[i] == ' ' ? WHAT_MESSAGE : WHAT_NONE;
}

/* While in sync a frame is believed; after a loss it must look like RTP or RTCP of a channel of ours too (RFC 3550, sections 5.1 and
 * 6.1: version 2). */
static What
what_is (const IcamInterleaved *self,
         const guint8          *data,
         gsize                  size)
{
  if (data[0] != '$')
    return looks_like_message (data, size);

  if (size < 4)
    return WHAT_MORE;
  if (self->in_sync && is_ours (self, data[1]))
    return WHAT_PACKET;
  if (size < 5)
    return WHAT_MORE;
  if (is_ours (self, data[1]) && (data[2] << 8 | data[3]) >= 8 && data[4] >> 6 == 2)
    return WHAT_PACKET;

  /* A channel that nobody set up, but framed: some servers send their own. Believed only while in sync. */
  return self->in_sync && data[4] >> 6 == 2 ? WHAT_PACKET : WHAT_NONE;
}

/* Where the empty line behind a head ends, 0 if it is not there. Bare line feeds are taken too. */
static gsize
find_head_end (const guint8 *data,
               gsize         size)
{
  gsize line = 0; /* characters of the line so far */

  for (gsize i = 0; i < size; i++)
    if (data[i] == '\n')
      {
        if (line == 0)
          return i + 1;
        line = 0;
      }
    else if (data[i] != '\r')
      line++;

  return 0;
}

/* The value of Content-Length in a head, 0 without one, G_MAXSIZE if it is not believed. */
static gsize
content_length (const char *head,
                gsize       size)
{
  static const char name[] = "content-length:";

  for (gsize at = 0; at < size;)
    {
      const char *line = head + at;
      const char *end = memchr (line, '\n', size - at);
      gsize length = end != NULL ? (gsize) (end - line) : size - at;

      if (length > sizeof name - 1 && g_ascii_strncasecmp (line, name, sizeof name - 1) == 0)
        {
          g_autofree char *value = g_strndup (line + sizeof name - 1, length - (sizeof name - 1));
          guint64 number;

          if (!g_ascii_string_to_unsigned (g_strstrip (value), 10, 0, ICAM_INTERLEAVED_MAX_BODY, &number, NULL))
            return G_MAXSIZE;
          return (gsize) number;
        }
      at += length + 1;
    }

  return 0;
}

/* Returns the bytes of a whole message, 0 if more are needed, G_MAXSIZE if it is none. */
static gsize
message_size (const guint8 *data,
              gsize         size,
              gsize        *head_size)
{
  gsize head = find_head_end (data, MIN (size, (gsize) ICAM_INTERLEAVED_MAX_HEAD));
  gsize body;

  if (head == 0)
    return size >= ICAM_INTERLEAVED_MAX_HEAD ? G_MAXSIZE : 0;

  body = content_length ((const char *) data, head);
  if (body == G_MAXSIZE)
    return G_MAXSIZE;

  *head_size = head;
  return head + body <= size ? head + body : 0;
}

/**
 * icam_interleaved_parse:
 * @self: a parser
 * @data: bytes in the order of their arrival; what was left over the last time comes first
 * @size: how many
 * @funcs: called for what is whole
 * @user_data: for @funcs
 *
 * Returns: how many bytes were used; the rest, less than %ICAM_INTERLEAVED_MAX_REST or a packet of 65,539, is to be kept for the next call
 */
gsize
icam_interleaved_parse (IcamInterleaved            *self,
                        const guint8               *data,
                        gsize                       size,
                        const IcamInterleavedFuncs *funcs,
                        gpointer                    user_data)
{
  gsize at = 0;

  while (at < size)
    {
      const guint8 *here = data + at;
      gsize left = size - at;
      gsize whole, head_size = 0;

      switch (what_is (self, here, left))
        {
        case WHAT_MORE:
          return at;

        case WHAT_PACKET:
          whole = 4u + (gsize) (here[2] << 8 | here[3]);
          if (whole > left)
            return at;
          self->in_sync = TRUE;
          funcs->packet (here[1], here + 4, whole - 4, user_data);
          at += whole;
          continue;

        case WHAT_MESSAGE:
          whole = message_size (here, left, &head_size);
          if (whole == 0)
            return at;
          if (whole != G_MAXSIZE)
            {
              self->in_sync = TRUE;
              funcs->message ((const char *) here, head_size, whole - head_size, user_data);
              at += whole;
              continue;
            }
          break;

        case WHAT_NONE:
        default:
          /* Empty lines between messages are no loss. */
          if (self->in_sync && (here[0] == '\r' || here[0] == '\n'))
            {
              at++;
              continue;
            }
          break;
        }

      if (self->in_sync)
        {
          self->in_sync = FALSE;
          self->resyncs++;
        }
      self->skipped++;
      at++;
    }

  return at;
}
