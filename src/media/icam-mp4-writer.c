/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-media"

#include "config.h"

#include "media/icam-mp4-writer.h"

#include "media/icam-mp4-moov.h"

#include <errno.h>
#include <gst/gst.h>
#include <string.h>
#include <unistd.h>

/* Times count in 100 µs, as in the segments that they come from: none is rounded, so that an edit begins with a picture. */
#define TICK_US 100
#define TIMESCALE (G_USEC_PER_SEC / TICK_US)
/* Decoding times may be earlier than the first picture, and none may be below 0. */
#define LEAD_US (60 * G_USEC_PER_SEC)
/* Pictures that are not shown follow each other so much faster, and end some time before the first that is. A player that lets each last
 * as long as usual, rather than to the next one, would else show the last of them for a blink; and GStreamer 1.22 ends at a key frame by
 * times that do not know of the edit list. */
#define HIDDEN_SPEED 200
#define APART_US (200 * 1000)
/* Sound is never further behind the pictures than this: where there is none, that is said. */
#define SILENCE_US (G_USEC_PER_SEC / 2)
#define QUEUE_BYTES (64u * 1024 * 1024)
#define WRITE_BYTES (1024 * 1024)
#define WAIT_US (200 * 1000)

/* What the index takes, bytes: of each packet its size, duration, offset of presentation (ISO/IEC 14496-12, 8.6 and 8.7); of each
 * second its chunks and key frames; of the whole what is said once. */
#define INDEX_PER_PACKET 20
#define INDEX_PER_SECOND 160
#define INDEX_AT_LEAST (64 * 1024)
/* While nobody says how many there are a second. */
#define USUAL_RATE 30
#define BOX_HEADER 8

struct _IcamMp4Writer
{
  int fd; /* the caller's */
  GCancellable *cancellable;
  IcamTrack *tracks[ICAM_N_TRACKS];

  /* The caller's thread. */
  GstElement *pipeline, *mux;
  GstPad *feeds[ICAM_N_TRACKS];
  gint64 first_us, fed_us[ICAM_N_TRACKS], end_us;
  gint64 usual_us[ICAM_N_TRACKS]; /* how long the last packet lasted: so long does the next one where nobody says it */
  gboolean begun;
  gint64 hidden_until_us; /* pictures from before it are not to be shown */
  gboolean squeezed;      /* so far they are */
  gint64 begin_us;        /* where the first picture stands, whenever it was taken */

  GMutex lock;
  GCond cond;
  gboolean ended;  /* under the lock, as is */
  GError *error;   /* what went wrong first */

  /* mp4mux's thread, until it has ended. */
  GstPad *drain;
  guint64 position;      /* in the file as mp4mux sees it: without the room for the index */
  guint64 head_size;     /* of what stands before that room, 0 until it is there */
  guint64 index_size;    /* of that room */
  guint64 index_at;      /* where mp4mux put the index */
  GBytes *index;
  GByteArray *unwritten; /* goes to */
  guint64 unwritten_at;
  guint64 bytes;
};

static void
fail (IcamMp4Writer *self,
      GError        *error)
{
  g_mutex_lock (&self->lock);
  if (self->error == NULL)
    self->error = g_steal_pointer (&error);
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->lock);
  g_clear_error (&error);
}

/* ---- the descriptor ---- */

static gboolean
write_at (IcamMp4Writer *self,
          guint64        at,
          const guint8  *data,
          gsize          size)
{
  while (size > 0)
    {
      gssize n = pwrite (self->fd, data, size, (off_t) at);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          int code = errno;

          fail (self, g_error_new_literal (G_IO_ERROR, g_io_error_from_errno (code), g_strerror (code)));
          return FALSE;
        }
      data += n;
      at += (guint64) n;
      size -= (gsize) n;
    }
  return TRUE;
}

static gboolean
flush (IcamMp4Writer *self)
{
  gboolean ok = write_at (self, self->unwritten_at, self->unwritten->data, self->unwritten->len);

  self->unwritten_at += self->unwritten->len;
  g_byte_array_set_size (self->unwritten, 0);
  return ok;
}

static guint64
place_of (IcamMp4Writer *self,
          guint64        position)
{
  return position < self->head_size ? position : position + self->index_size;
}

static gboolean
is_box (const GstMapInfo *map,
        const char       *type)
{
  guint32 size;

  if (map->size < BOX_HEADER)
    return FALSE;
  memcpy (&size, map->data, sizeof size);
  return GUINT32_FROM_BE (size) == map->size && memcmp (map->data + sizeof size, type, 4) == 0;
}

static GstFlowReturn
on_buffer (GstPad    *pad,
           GstObject *parent,
           GstBuffer *buffer)
{
  IcamMp4Writer *self = gst_pad_get_element_private (pad);
  GstFlowReturn flow = GST_FLOW_OK;
  guint64 place;
  GstMapInfo map;

  if (!gst_buffer_map (buffer, &map, GST_MAP_READ))
    {
      gst_buffer_unref (buffer);
      return GST_FLOW_ERROR;
    }

  if (self->head_size == 0 && is_box (&map, "ftyp"))
    {
      place = 0;
      self->head_size = map.size;
    }
  else
    place = place_of (self, self->position);
  /* The index is the last that looks like one: what a camera sends, and looks like one, comes before it. */
  if (self->position >= self->head_size && is_box (&map, "moov"))
    {
      g_clear_pointer (&self->index, g_bytes_unref);
      self->index = g_bytes_new (map.data, map.size);
      self->index_at = self->position;
    }

  if (place != self->unwritten_at + self->unwritten->len || self->unwritten->len + map.size > WRITE_BYTES)
    {
      if (!flush (self))
        flow = GST_FLOW_ERROR;
      self->unwritten_at = place;
    }
  g_byte_array_append (self->unwritten, map.data, (guint) map.size);
  self->position += map.size;
  gst_buffer_unmap (buffer, &map);
  gst_buffer_unref (buffer);
  return flow;
}

static gboolean
on_event (GstPad    *pad,
          GstObject *parent,
          GstEvent  *event)
{
  IcamMp4Writer *self = gst_pad_get_element_private (pad);
  const GstSegment *segment;

  if (GST_EVENT_TYPE (event) == GST_EVENT_SEGMENT)
    {
      gst_event_parse_segment (event, &segment);
      if (segment->format == GST_FORMAT_BYTES)
        self->position = segment->start;
    }
  else if (GST_EVENT_TYPE (event) == GST_EVENT_EOS)
    {
      flush (self);
      g_mutex_lock (&self->lock);
      self->ended = TRUE;
      g_cond_broadcast (&self->cond);
      g_mutex_unlock (&self->lock);
    }
  gst_event_unref (event);
  return TRUE;
}

static gboolean
on_query (GstPad    *pad,
          GstObject *parent,
          GstQuery  *query)
{
  GstFormat format;

  if (GST_QUERY_TYPE (query) != GST_QUERY_SEEKING)
    return gst_pad_query_default (pad, parent, query);

  gst_query_parse_seeking (query, &format, NULL, NULL, NULL);
  gst_query_set_seeking (query, format, format == GST_FORMAT_BYTES, 0, -1);
  return TRUE;
}

/* ---- the pipeline ---- */

static GstBusSyncReply
on_message (GstBus     *bus,
            GstMessage *message,
            gpointer    user_data)
{
  GError *error = NULL;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR)
    {
      gst_message_parse_error (message, &error, NULL);
      fail (user_data, error);
    }
  gst_message_unref (message);
  return GST_BUS_DROP;
}

static GstCaps *
caps_of (const IcamTrack *track)
{
  GstCaps *caps;

  switch (track->codec)
    {
    case ICAM_CODEC_H264:
      caps = gst_caps_new_simple ("video/x-h264", "stream-format", G_TYPE_STRING, "avc", "alignment", G_TYPE_STRING, "au", NULL);
      break;
    case ICAM_CODEC_H265:
      caps = gst_caps_new_simple ("video/x-h265", "stream-format", G_TYPE_STRING, "hvc1", "alignment", G_TYPE_STRING, "au", NULL);
      break;
    case ICAM_CODEC_AAC:
      caps = gst_caps_new_simple ("audio/mpeg", "mpegversion", G_TYPE_INT, 4, "stream-format", G_TYPE_STRING, "raw", NULL);
      break;
    case ICAM_CODEC_OPUS:
      caps = gst_caps_new_simple ("audio/x-opus", "channel-mapping-family", G_TYPE_INT, 0, NULL);
      break;
    default:
      return NULL;
    }

  if (icam_codec_is_video (track->codec))
    gst_caps_set_simple (caps, "width", G_TYPE_INT, (int) track->width, "height", G_TYPE_INT, (int) track->height, NULL);
  else
    gst_caps_set_simple (caps, "rate", G_TYPE_INT, (int) track->rate, "channels", G_TYPE_INT, (int) MAX (track->channels, 1), NULL);
  if (track->private_data != NULL && track->codec != ICAM_CODEC_OPUS)
    {
      g_autoptr (GstBuffer) data = gst_buffer_new_wrapped_bytes (track->private_data);

      gst_caps_set_simple (caps, "codec_data", GST_TYPE_BUFFER, data, NULL);
    }
  return caps;
}

static gboolean
link_feed (IcamMp4Writer *self,
           guint          index)
{
  gboolean video = index == ICAM_TRACK_VIDEO;
  GstElement *queue = gst_element_factory_make ("queue", NULL);
  g_autoptr (GstPad) in = gst_element_request_pad_simple (self->mux, video ? "video_%u" : "audio_%u");
  g_autoptr (GstPad) sink = NULL;

  if (queue == NULL || in == NULL)
    return FALSE;
  g_object_set (queue, "max-size-buffers", 0, "max-size-bytes", QUEUE_BYTES, "max-size-time", (guint64) 0, NULL);
  gst_bin_add (GST_BIN (self->pipeline), queue);
  /* Those of sound are its samples. */
  if (video)
    g_object_set (in, "trak-timescale", (guint) TIMESCALE, NULL);
  sink = gst_element_get_static_pad (queue, "sink");
  self->feeds[index] = g_object_ref_sink (gst_pad_new (NULL, GST_PAD_SRC));
  return gst_element_link_pads (queue, "src", self->mux, GST_PAD_NAME (in))
         && gst_pad_link (self->feeds[index], sink) == GST_PAD_LINK_OK;
}

static gboolean
begin_feed (IcamMp4Writer *self,
            guint          index)
{
  GstPad *feed = self->feeds[index];
  g_autoptr (GstCaps) caps = caps_of (self->tracks[index]);
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  return caps != NULL && gst_pad_set_active (feed, TRUE)
         && gst_pad_push_event (feed, gst_event_new_stream_start (index == ICAM_TRACK_VIDEO ? "video" : "audio"))
         && gst_pad_push_event (feed, gst_event_new_caps (caps)) && gst_pad_push_event (feed, gst_event_new_segment (&segment));
}

static gboolean
make_pipeline (IcamMp4Writer *self)
{
  g_autoptr (GstBus) bus = NULL;
  g_autoptr (GstPad) out = NULL;

  self->pipeline = g_object_ref_sink (gst_pipeline_new (NULL));
  bus = gst_element_get_bus (self->pipeline);
  gst_bus_set_sync_handler (bus, on_message, self, NULL);
  self->mux = gst_element_factory_make ("mp4mux", NULL);
  if (self->mux == NULL)
    return FALSE;
  g_object_set (self->mux, "movie-timescale", (guint) TIMESCALE, NULL);
  gst_bin_add (GST_BIN (self->pipeline), self->mux);

  out = gst_element_get_static_pad (self->mux, "src");
  self->drain = g_object_ref_sink (gst_pad_new (NULL, GST_PAD_SINK));
  gst_pad_set_element_private (self->drain, self);
  gst_pad_set_chain_function (self->drain, on_buffer);
  gst_pad_set_event_function (self->drain, on_event);
  gst_pad_set_query_function (self->drain, on_query);
  if (!gst_pad_set_active (self->drain, TRUE) || gst_pad_link (out, self->drain) != GST_PAD_LINK_OK)
    return FALSE;
  for (guint i = 0; i < ICAM_N_TRACKS; i++)
    if (self->tracks[i] != NULL && !link_feed (self, i))
      return FALSE;
  if (gst_element_set_state (self->pipeline, GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE)
    return FALSE;
  for (guint i = 0; i < ICAM_N_TRACKS; i++)
    if (self->tracks[i] != NULL && !begin_feed (self, i))
      return FALSE;
  return TRUE;
}

/* ---- from outside ---- */

/**
 * icam_mp4_writer_is_there:
 *
 * Returns: whether this system can write MP4
 */
gboolean
icam_mp4_writer_is_there (void)
{
  g_autoptr (GstElementFactory) factory = gst_element_factory_find ("mp4mux");

  return factory != NULL;
}

/**
 * icam_mp4_writer_can_hold:
 * @codec: of pictures or sound
 *
 * Returns: whether MP4 has a place for it that players know
 */
gboolean
icam_mp4_writer_can_hold (IcamCodec codec)
{
  return codec == ICAM_CODEC_H264 || codec == ICAM_CODEC_H265 || codec == ICAM_CODEC_AAC || codec == ICAM_CODEC_OPUS;
}

/**
 * icam_mp4_writer_index_size:
 * @video: what the pictures are
 * @audio: (nullable): what the sound is
 * @length_us: how long they are, µs
 *
 * Returns: bytes that are enough for the index in all likelihood
 */
guint64
icam_mp4_writer_index_size (const IcamTrack *video,
                            const IcamTrack *audio,
                            gint64           length_us)
{
  double seconds = (double) MAX (length_us, 0) / G_USEC_PER_SEC;
  double packets = video->frame_duration_us > 0 ? MAX ((double) G_USEC_PER_SEC / (double) video->frame_duration_us, USUAL_RATE) : USUAL_RATE;

  if (audio != NULL)
    packets += audio->codec == ICAM_CODEC_AAC ? audio->rate / 1024.0 : 50;
  return INDEX_AT_LEAST + (guint64) (seconds * (packets * INDEX_PER_PACKET + INDEX_PER_SECOND));
}

/**
 * icam_mp4_writer_new:
 * @fd: an empty file; stays the caller's
 * @video: what the pictures are
 * @audio: (nullable): what the sound is
 * @index_size: room for the index, bytes; if it was not enough the index stands at the end
 * @title: (nullable): of the film
 * @comment: (nullable): about it
 * @hidden_until_us: UTC µs: pictures before it will not be shown, G_MININT64 if all will
 * @cancellable: (nullable): ends it
 * @error: return location; G_IO_ERROR
 *
 * Returns: (transfer full) (nullable): a file without pictures
 */
IcamMp4Writer *
icam_mp4_writer_new (int           fd,
                     IcamTrack    *video,
                     IcamTrack    *audio,
                     guint64       index_size,
                     const char   *title,
                     const char   *comment,
                     gint64        hidden_until_us,
                     GCancellable *cancellable,
                     GError      **error)
{
  g_autoptr (IcamMp4Writer) self = g_new0 (IcamMp4Writer, 1);

  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  self->fd = fd;
  self->cancellable = cancellable != NULL ? g_object_ref (cancellable) : NULL;
  self->tracks[ICAM_TRACK_VIDEO] = icam_track_ref (video);
  self->tracks[ICAM_TRACK_AUDIO] = audio != NULL ? icam_track_ref (audio) : NULL;
  self->index_size = MAX (index_size, BOX_HEADER);
  self->unwritten = g_byte_array_new ();
  self->hidden_until_us = hidden_until_us;
  self->squeezed = TRUE;
  if (!make_pipeline (self))
    {
      if (self->error != NULL)
        g_propagate_error (error, g_steal_pointer (&self->error));
      else
        g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "mp4mux cannot be used.");
      return NULL;
    }

  if (title != NULL)
    gst_tag_setter_add_tags (GST_TAG_SETTER (self->mux), GST_TAG_MERGE_REPLACE, GST_TAG_TITLE, title, NULL);
  if (comment != NULL)
    gst_tag_setter_add_tags (GST_TAG_SETTER (self->mux), GST_TAG_MERGE_REPLACE, GST_TAG_COMMENT, comment, NULL);
  return g_steal_pointer (&self);
}

/**
 * icam_mp4_writer_free:
 * @self: (transfer full): a file; what was written stays
 */
void
icam_mp4_writer_free (IcamMp4Writer *self)
{
  if (self->pipeline != NULL)
    {
      g_autoptr (GstBus) bus = gst_element_get_bus (self->pipeline);

      /* Also ends who is in on_buffer(). */
      gst_element_set_state (self->pipeline, GST_STATE_NULL);
      gst_bus_set_sync_handler (bus, NULL, NULL, NULL);
    }
  for (guint i = 0; i < ICAM_N_TRACKS; i++)
    {
      if (self->feeds[i] != NULL)
        gst_pad_set_active (self->feeds[i], FALSE);
      g_clear_object (&self->feeds[i]);
      g_clear_pointer (&self->tracks[i], icam_track_unref);
    }
  if (self->drain != NULL)
    gst_pad_set_active (self->drain, FALSE);
  g_clear_object (&self->drain);
  g_clear_object (&self->pipeline);
  g_clear_object (&self->cancellable);
  g_clear_error (&self->error);
  g_clear_pointer (&self->index, g_bytes_unref);
  g_byte_array_unref (self->unwritten);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->cond);
  g_free (self);
}

static gint64
ticks_of (IcamMp4Writer *self,
          gint64         utc_us)
{
  return (utc_us - self->first_us + LEAD_US) / TICK_US;
}

static GstClockTime
time_of (IcamMp4Writer *self,
         gint64         utc_us)
{
  return (GstClockTime) MAX (ticks_of (self, utc_us), 0) * TICK_US * GST_USECOND;
}

/* What went wrong on the way; with the lock held. */
static gboolean
set_failure (IcamMp4Writer *self,
             GError       **error)
{
  if (self->error != NULL)
    g_propagate_error (error, g_error_copy (self->error));
  else
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "mp4mux took no more.");
  return FALSE;
}

static gboolean
push_failed (IcamMp4Writer *self,
             GError       **error)
{
  g_mutex_lock (&self->lock);
  set_failure (self, error);
  g_mutex_unlock (&self->lock);
  return FALSE;
}

static gint64
squeeze (IcamMp4Writer *self,
         gint64         utc_us)
{
  gint64 apart_us = MAX (APART_US, 2 * self->tracks[ICAM_TRACK_VIDEO]->frame_duration_us);

  return self->hidden_until_us - apart_us - (self->hidden_until_us - utc_us) / HIDDEN_SPEED;
}

/**
 * icam_mp4_writer_add:
 * @self: a file
 * @packet: in decoding order, the first is a key frame; sound from before it, or before what is shown, is left out
 * @error: return location; G_IO_ERROR
 *
 * Returns: whether it could be taken
 */
gboolean
icam_mp4_writer_add (IcamMp4Writer    *self,
                     const IcamPacket *packet,
                     GError          **error)
{
  gboolean video = packet->track == ICAM_TRACK_VIDEO;
  gint64 duration_us = packet->duration_us > 0 ? packet->duration_us : self->tracks[packet->track]->frame_duration_us;
  gint64 *fed_us = &self->fed_us[packet->track], *usual_us = &self->usual_us[packet->track];
  gint64 utc_us = packet->utc_us;
  GstBuffer *buffer;

  if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
    return FALSE;
  if (!self->begun)
    {
      g_return_val_if_fail (video, FALSE);
      self->begun = TRUE;
      self->first_us = self->fed_us[ICAM_TRACK_AUDIO] = packet->utc_us;
    }
  if (!video && utc_us < MAX (self->first_us, self->hidden_until_us))
    return TRUE;

  if (video)
    {
      /* Where pictures are reordered one that is shown may be decoded before one that is not, and times of decoding rise. */
      self->squeezed = self->squeezed && utc_us < self->hidden_until_us && packet->dts_offset_us == 0;
      if (self->squeezed)
        utc_us = squeeze (self, utc_us);
      if (packet->utc_us == self->first_us)
        self->begin_us = utc_us;
    }
  buffer = gst_buffer_new_wrapped_bytes (packet->data);
  GST_BUFFER_PTS (buffer) = time_of (self, utc_us);
  GST_BUFFER_DTS (buffer) = time_of (self, utc_us - packet->dts_offset_us);
  if (packet->utc_us > *fed_us && *fed_us >= self->first_us)
    *usual_us = MIN (packet->utc_us - *fed_us, G_USEC_PER_SEC);
  if (duration_us <= 0)
    duration_us = *usual_us;
  if (duration_us > 0)
    GST_BUFFER_DURATION (buffer) = (GstClockTime) duration_us * GST_USECOND;
  if ((packet->flags & ICAM_PACKET_KEY) == 0)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  if (gst_pad_push (self->feeds[packet->track], buffer) != GST_FLOW_OK)
    return push_failed (self, error);

  *fed_us = MAX (*fed_us, packet->utc_us);
  if (video)
    self->end_us = MAX (self->end_us, packet->utc_us + MAX (duration_us, 0));
  /* mp4mux waits for both. */
  if (video && self->feeds[ICAM_TRACK_AUDIO] != NULL && packet->utc_us - self->fed_us[ICAM_TRACK_AUDIO] > 2 * SILENCE_US)
    {
      gint64 silent_us = self->fed_us[ICAM_TRACK_AUDIO];

      self->fed_us[ICAM_TRACK_AUDIO] = packet->utc_us - SILENCE_US;
      gst_pad_push_event (self->feeds[ICAM_TRACK_AUDIO],
                          gst_event_new_gap (time_of (self, silent_us),
                                             (GstClockTime) (packet->utc_us - SILENCE_US - silent_us) * GST_USECOND));
    }
  return TRUE;
}

static gboolean
wait_for_end (IcamMp4Writer *self,
              GError       **error)
{
  gboolean ok = TRUE;

  g_mutex_lock (&self->lock);
  while (ok && !self->ended)
    {
      g_cond_wait_until (&self->cond, &self->lock, g_get_monotonic_time () + WAIT_US);
      if (self->error != NULL)
        ok = set_failure (self, error);
      else if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
        ok = FALSE;
    }
  if (ok && self->error != NULL)
    ok = set_failure (self, error);
  g_mutex_unlock (&self->lock);
  return ok;
}

/* Puts the index in front, if it has room there. */
static gboolean
put_index (IcamMp4Writer *self,
           gint64         shown_from_us,
           GError       **error)
{
  IcamMp4Change change = {
    .shift_from = self->head_size,
    .shift = self->index_size,
    .cut_us = MAX (ticks_of (self, shown_from_us) - ticks_of (self, self->begin_us), 0) * TICK_US,
    .created_us = MAX (shown_from_us, self->first_us),
  };
  g_autoptr (GByteArray) index = NULL;
  guint8 room[BOX_HEADER] = { 0, 0, 0, 0, 'f', 'r', 'e', 'e' };
  guint64 room_at = self->head_size, room_size = self->index_size;
  guint32 size;

  if (self->index == NULL || room_size > G_MAXUINT32)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "mp4mux made no index.");
      return FALSE;
    }
  index = icam_mp4_moov_change (g_bytes_get_data (self->index, NULL), g_bytes_get_size (self->index), &change, error);
  if (index == NULL)
    return FALSE;

  self->bytes = place_of (self, self->index_at);
  if (index->len == room_size || index->len + BOX_HEADER <= room_size)
    {
      if (!write_at (self, room_at, index->data, index->len))
        return push_failed (self, error);
      room_at += index->len;
      room_size -= index->len;
    }
  else
    {
      g_debug ("The index takes %u bytes, and there was room for %" G_GUINT64_FORMAT, index->len, room_size);
      if (!write_at (self, self->bytes, index->data, index->len))
        return push_failed (self, error);
      self->bytes += index->len;
    }
  size = GUINT32_TO_BE ((guint32) room_size);
  memcpy (room, &size, sizeof size);
  if (room_size > 0 && !write_at (self, room_at, room, sizeof room))
    return push_failed (self, error);
  if (ftruncate (self->fd, (off_t) self->bytes) != 0)
    {
      int code = errno;

      g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (code), g_strerror (code));
      return FALSE;
    }
  return TRUE;
}

/**
 * icam_mp4_writer_finish:
 * @self: a file, to which nothing is added any more
 * @shown_from_us: UTC µs of a picture: those before it stay in the file, because it cannot be decoded without them, but players do
 *   not show them (an edit list, ISO/IEC 14496-12, 8.6.6); that of the first: all are shown
 * @error: return location; G_IO_ERROR
 *
 * Returns: whether it is complete
 */
gboolean
icam_mp4_writer_finish (IcamMp4Writer *self,
                        gint64         shown_from_us,
                        GError       **error)
{
  g_autoptr (GstDateTime) when = gst_date_time_new_from_unix_epoch_utc_usecs (MAX (shown_from_us, self->first_us));

  if (when != NULL)
    gst_tag_setter_add_tags (GST_TAG_SETTER (self->mux), GST_TAG_MERGE_REPLACE, GST_TAG_DATE_TIME, when, NULL);
  for (guint i = 0; i < ICAM_N_TRACKS; i++)
    if (self->feeds[i] != NULL)
      gst_pad_push_event (self->feeds[i], gst_event_new_eos ());
  return wait_for_end (self, error) && put_index (self, shown_from_us, error);
}

/**
 * icam_mp4_writer_get_end_us:
 * @self: a file
 *
 * Returns: UTC µs of the end of its last picture
 */
gint64
icam_mp4_writer_get_end_us (IcamMp4Writer *self)
{
  return self->end_us;
}

/**
 * icam_mp4_writer_get_bytes:
 * @self: a file that is complete
 *
 * Returns: its size
 */
guint64
icam_mp4_writer_get_bytes (IcamMp4Writer *self)
{
  return self->bytes;
}
