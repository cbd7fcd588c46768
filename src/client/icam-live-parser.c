/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-client"

#include "config.h"

#include "client/icam-live-parser.h"

/* Longest name of a state. */
#define MAX_STATE 64

struct _IcamLiveParser
{
  guint8 head[ICAM_LIVE_HEADER_SIZE];
  gsize have;        /* bytes of the header, then of the payload */
  gboolean in_body;  /* the header is whole */
  gboolean ready;    /* the record is whole, to be taken */
  gboolean broken;
  gboolean described[2]; /* video, audio: a CAPS record came */
  IcamLiveHeader header;
  guint8 *body;
  IcamUuid channel; /* nil until the first record when any is welcome */
  IcamRole role;
};

/**
 * icam_live_parser_new:
 * @channel: (nullable): whose records are welcome; %NULL: of the channel that the first one names, and no other after it
 * @role: which encoding is welcome
 *
 * Returns: (transfer full): a parser
 */
IcamLiveParser *
icam_live_parser_new (const IcamUuid *channel,
                      IcamRole        role)
{
  IcamLiveParser *self = g_new0 (IcamLiveParser, 1);

  if (channel != NULL)
    self->channel = *channel;
  self->role = role;
  return self;
}

/**
 * icam_live_parser_free:
 * @self: (transfer full): a parser
 */
void
icam_live_parser_free (IcamLiveParser *self)
{
  g_free (self->body);
  g_free (self);
}

/**
 * icam_live_record_clear:
 * @record: a record that was taken
 */
void
icam_live_record_clear (IcamLiveRecord *record)
{
  g_clear_pointer (&record->payload, g_bytes_unref);
}

/**
 * icam_live_parser_reserve:
 * @self: a parser
 * @size: (out): how many bytes are wanted next, at least 1 unless a record waits to be taken or the stream is broken
 *
 * Returns: (transfer none): where to put them
 */
guint8 *
icam_live_parser_reserve (IcamLiveParser *self,
                          gsize          *size)
{
  if (self->ready || self->broken)
    {
      *size = 0;
      return NULL;
    }

  *size = (self->in_body ? self->header.length : ICAM_LIVE_HEADER_SIZE) - self->have;
  return (self->in_body ? self->body : self->head) + self->have;
}

static gboolean
fail (IcamLiveParser *self,
      GError        **error,
      const char     *what)
{
  self->broken = TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "A live stream is broken: %s", what);
  return FALSE;
}

static gboolean
check_header (IcamLiveParser *self,
              GError        **error)
{
  const IcamLiveHeader *header = &self->header;
  gboolean is_audio = header->codec != ICAM_CODEC_NONE && !icam_codec_is_video (header->codec);

  if (icam_uuid_is_nil (&header->channel))
    return fail (self, error, "a record of no channel");
  if (icam_uuid_is_nil (&self->channel))
    self->channel = header->channel;
  if (!icam_uuid_equal (&self->channel, &header->channel))
    return fail (self, error, "a record of another channel");
  if (header->role != self->role)
    return fail (self, error, "a record of another encoding");

  switch (header->kind)
    {
    case ICAM_LIVE_STATE:
      if (header->length == 0 || header->length > MAX_STATE)
        return fail (self, error, "a state without a name");
      break;
    case ICAM_LIVE_CAPS:
      if (header->codec == ICAM_CODEC_NONE)
        return fail (self, error, "a description without a codec");
      break;
    case ICAM_LIVE_FRAME:
      if (!self->described[is_audio] || header->codec == ICAM_CODEC_NONE)
        return fail (self, error, "a frame before the description of its stream");
      if (header->length == 0)
        return fail (self, error, "an empty frame");
      break;
    default:
      return fail (self, error, "a record of no kind");
    }

  return TRUE;
}

static gboolean
check_body (IcamLiveParser *self,
            GError        **error)
{
  const IcamLiveHeader *header = &self->header;

  if (header->kind == ICAM_LIVE_STATE)
    {
      /* Names are ours, lower case with hyphens; anything else would reach people. */
      for (guint i = 0; i < header->length; i++)
        if (!g_ascii_islower (self->body[i]) && !g_ascii_isdigit (self->body[i]) && self->body[i] != '-')
          return fail (self, error, "a state that is no name");
    }
  else if (header->kind == ICAM_LIVE_CAPS)
    {
      IcamLiveCaps caps;
      gboolean is_video = icam_codec_is_video (header->codec);

      if (!icam_live_caps_parse (self->body, header->length, &caps, error))
        {
          self->broken = TRUE;
          return FALSE;
        }
      if (is_video && (caps.width == 0 || caps.height == 0))
        return fail (self, error, "pictures without a size");
      self->described[!is_video] = TRUE;
    }

  return TRUE;
}

/**
 * icam_live_parser_commit:
 * @self: a parser
 * @size: how many bytes were put where icam_live_parser_reserve() said
 * @error: return location; G_IO_ERROR_INVALID_DATA
 *
 * Returns: %FALSE when the stream is broken: it is to be closed
 */
gboolean
icam_live_parser_commit (IcamLiveParser *self,
                         gsize           size,
                         GError        **error)
{
  if (self->broken)
    return fail (self, error, "it was so before");

  self->have += size;
  if (!self->in_body)
    {
      if (self->have < ICAM_LIVE_HEADER_SIZE)
        return TRUE;
      if (!icam_live_header_parse (self->head, &self->header, error))
        {
          self->broken = TRUE;
          return FALSE;
        }
      if (!check_header (self, error))
        return FALSE;
      self->in_body = TRUE;
      self->have = 0;
      self->body = g_malloc (self->header.length);
    }

  if (self->have < self->header.length)
    return TRUE;
  if (!check_body (self, error))
    return FALSE;
  self->ready = TRUE;
  return TRUE;
}

/**
 * icam_live_parser_take:
 * @self: a parser
 * @record: (out): a whole record, the caller's to clear
 *
 * Returns: whether there was one
 */
gboolean
icam_live_parser_take (IcamLiveParser *self,
                       IcamLiveRecord *record)
{
  if (!self->ready)
    return FALSE;

  record->header = self->header;
  record->payload = g_bytes_new_take (g_steal_pointer (&self->body), self->header.length);
  self->ready = FALSE;
  self->in_body = FALSE;
  self->have = 0;
  return TRUE;
}
