/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-matroska"

#include "config.h"

#include "matroska/icam-ebml.h"
#include "matroska/icam-mkv-private.h"

#include <gio/gio.h>
#include <string.h>

/* Microseconds from 1970 to 2001, where Matroska's dates begin (RFC 8794, section 7.6). */
#define EPOCH_2001_US (G_GINT64_CONSTANT (978307200) * G_USEC_PER_SEC)

/* What a writer keeps for its next clusters, bytes. */
#define KEPT_BYTES (128 * 1024)

struct _IcamMkvWriter
{
  IcamSegmentId id;
  IcamTrack *tracks[ICAM_N_TRACKS];
  IcamMkvLayout layout;

  /* What flush will hand out: the header at first, then clusters; the last one may still grow. */
  GByteArray *pending;
  guint64 flushed; /* bytes handed out before */
  gboolean in_cluster;
  gsize cluster_mark; /* for icam_ebml_end() */
  gint64 cluster_ticks;

  GArray *key_frames;
  gint64 last_utc_us; /* of the video track, the latest */
  gint64 step_us;     /* from the one before it, 0 unknown */
  gint64 end_us;
};

static void
put_video_track (GByteArray *out, const IcamTrack *track)
{
  gsize video = icam_ebml_begin (out, ICAM_MKV_VIDEO);

  icam_ebml_put_uint (out, ICAM_MKV_PIXEL_WIDTH, MAX (track->width, 1));
  icam_ebml_put_uint (out, ICAM_MKV_PIXEL_HEIGHT, MAX (track->height, 1));
  icam_ebml_end (out, video);
}

static void
put_audio_track (GByteArray *out, const IcamTrack *track)
{
  gsize audio = icam_ebml_begin (out, ICAM_MKV_AUDIO);

  icam_ebml_put_float (out, ICAM_MKV_SAMPLING_FREQUENCY, track->rate);
  icam_ebml_put_uint (out, ICAM_MKV_CHANNELS, MAX (track->channels, 1));
  if (track->codec == ICAM_CODEC_PCMU || track->codec == ICAM_CODEC_PCMA)
    icam_ebml_put_uint (out, ICAM_MKV_BIT_DEPTH, 8);
  icam_ebml_end (out, audio);
}

/* WAVEFORMATEX, little-endian, as A_MS/ACM wants it. */
static void
put_waveformat (GByteArray *out, const IcamTrack *track)
{
  guint16 tag = track->codec == ICAM_CODEC_PCMU ? 7 : 6;
  guint channels = MAX (track->channels, 1);
  guint32 rate = track->rate, bytes_per_second = track->rate * channels;
  guint8 format[18] = {
    tag & 0xff,
    tag >> 8,
    channels & 0xff,
    0,
    rate & 0xff,
    rate >> 8 & 0xff,
    rate >> 16 & 0xff,
    rate >> 24,
    bytes_per_second & 0xff,
    bytes_per_second >> 8 & 0xff,
    bytes_per_second >> 16 & 0xff,
    bytes_per_second >> 24,
    channels & 0xff,
    0,
    8,
    0,
    0,
    0,
  };

  icam_ebml_put_binary (out, ICAM_MKV_CODEC_PRIVATE, format, sizeof format);
}

static void
put_track (GByteArray *out, const IcamSegmentId *id, guint number, const IcamTrack *track)
{
  gsize entry = icam_ebml_begin (out, ICAM_MKV_TRACK_ENTRY);
  guint64 uid;

  /* Any number that is not 0 and differs between the tracks. */
  memcpy (&uid, id->channel.bytes, sizeof uid);
  uid = ((uid & G_MAXINT64) | 4) + number;

  icam_ebml_put_uint (out, ICAM_MKV_TRACK_NUMBER, number);
  icam_ebml_put_uint (out, ICAM_MKV_TRACK_UID, uid);
  icam_ebml_put_uint (out, ICAM_MKV_TRACK_TYPE, number == ICAM_TRACK_VIDEO + 1 ? 1 : 2);
  icam_ebml_put_uint (out, ICAM_MKV_FLAG_LACING, 0);
  if (track->frame_duration_us > 0)
    icam_ebml_put_uint (out, ICAM_MKV_DEFAULT_DURATION, (guint64) track->frame_duration_us * 1000);
  icam_ebml_put_string (out, ICAM_MKV_CODEC_ID, icam_mkv_codec_id (track->codec));

  if (track->codec == ICAM_CODEC_PCMU || track->codec == ICAM_CODEC_PCMA)
    put_waveformat (out, track);
  else if (track->private_data != NULL)
    {
      gsize length;
      gconstpointer data = g_bytes_get_data (track->private_data, &length);

      icam_ebml_put_binary (out, ICAM_MKV_CODEC_PRIVATE, data, length);
      if (track->codec == ICAM_CODEC_OPUS && length >= 12)
        {
          const guint8 *head = data;

          /* RFC 7845: samples at 48 kHz to skip at the start; 80 ms to decode before a seek is
           * right. */
          icam_ebml_put_uint (out, ICAM_MKV_CODEC_DELAY,
                              (guint64) (head[10] | head[11] << 8) * 1000000000 / 48000);
          icam_ebml_put_uint (out, ICAM_MKV_SEEK_PRE_ROLL, 80000000);
        }
    }

  if (number == ICAM_TRACK_VIDEO + 1)
    put_video_track (out, track);
  else
    put_audio_track (out, track);
  icam_ebml_end (out, entry);
}

static void
put_tag (GByteArray *out, const char *name, const char *value)
{
  gsize tag = icam_ebml_begin (out, ICAM_MKV_SIMPLE_TAG);

  icam_ebml_put_string (out, ICAM_MKV_TAG_NAME, name);
  icam_ebml_put_string (out, ICAM_MKV_TAG_STRING, value);
  icam_ebml_end (out, tag);
}

static void
put_tags (GByteArray *out, const IcamSegmentId *id, const char *comment)
{
  gsize tags = icam_ebml_begin (out, ICAM_MKV_TAGS);
  gsize tag = icam_ebml_begin (out, ICAM_MKV_TAG);
  gsize targets = icam_ebml_begin (out, ICAM_MKV_TARGETS);
  char text[ICAM_UUID_TEXT_SIZE];
  char number[32];

  icam_ebml_put_uint (out, ICAM_MKV_TARGET_TYPE_VALUE, 50);
  icam_ebml_end (out, targets);

  icam_uuid_format (&id->channel, text);
  put_tag (out, "ICAM_CHANNEL", text);
  put_tag (out, "ICAM_STREAM", icam_role_to_string (id->role));
  g_snprintf (number, sizeof number, "%u", id->epoch);
  put_tag (out, "ICAM_EPOCH", number);
  g_snprintf (number, sizeof number, "%" G_GUINT64_FORMAT, id->seq);
  put_tag (out, "ICAM_SEQ", number);
  g_snprintf (number, sizeof number, "%" G_GINT64_FORMAT, id->start_us);
  put_tag (out, "ICAM_START_US", number);
  if (id->lead_us > 0)
    {
      g_snprintf (number, sizeof number, "%" G_GINT64_FORMAT, id->lead_us);
      put_tag (out, "ICAM_LEAD_US", number);
    }
  icam_uuid_format (&id->archive, text);
  put_tag (out, "ICAM_ARCHIVE", text);
  if (comment != NULL)
    put_tag (out, "COMMENT", comment);

  icam_ebml_end (out, tag);
  icam_ebml_end (out, tags);
}

static guint
put_seek (GByteArray *out, guint32 element)
{
  guint8 id[4] = { element >> 24, element >> 16 & 0xff, element >> 8 & 0xff, element & 0xff };

  icam_ebml_put_id (out, ICAM_MKV_SEEK);
  icam_ebml_put_size (out, ICAM_MKV_SEEK_SLOT - 3, 1);
  icam_ebml_put_binary (out, ICAM_MKV_SEEK_ID, id, sizeof id);
  icam_ebml_put_uint64 (out, ICAM_MKV_SEEK_POSITION, 0);
  return out->len - 8;
}

static void
fill_position (GByteArray *out, guint at, guint64 position)
{
  position = GUINT64_TO_BE (position);
  memcpy (out->data + at, &position, sizeof position);
}

static void
put_header (IcamMkvWriter *self, const char *title, const char *comment)
{
  GByteArray *out = self->pending;
  gsize mark;
  guint info_at, tracks_at, tags_at;
  IcamUuid uid;
  gint64 date;

  mark = icam_ebml_begin (out, ICAM_EBML_HEADER);
  icam_ebml_put_uint (out, ICAM_EBML_VERSION, 1);
  icam_ebml_put_uint (out, ICAM_EBML_READ_VERSION, 1);
  icam_ebml_put_uint (out, ICAM_EBML_MAX_ID_LENGTH, 4);
  icam_ebml_put_uint (out, ICAM_EBML_MAX_SIZE_LENGTH, 8);
  icam_ebml_put_string (out, ICAM_EBML_DOC_TYPE, "matroska");
  icam_ebml_put_uint (out, ICAM_EBML_DOC_TYPE_VERSION, 4);
  icam_ebml_put_uint (out, ICAM_EBML_DOC_TYPE_READ_VERSION, 2);
  icam_ebml_end (out, mark);

  /* A size that is not known yet, so that players read to the end of the file, whatever it is. */
  icam_ebml_put_id (out, ICAM_MKV_SEGMENT);
  self->layout.segment_size = out->len;
  icam_ebml_put_size (out, ICAM_EBML_UNKNOWN, 8);
  self->layout.segment_data = out->len;

  mark = icam_ebml_begin (out, ICAM_MKV_SEEK_HEAD);
  info_at = put_seek (out, ICAM_MKV_INFO);
  tracks_at = put_seek (out, ICAM_MKV_TRACKS);
  tags_at = put_seek (out, ICAM_MKV_TAGS);
  self->layout.seek_slot = out->len;
  icam_ebml_put_void (out, ICAM_MKV_SEEK_SLOT);
  icam_ebml_end (out, mark);

  fill_position (out, info_at, out->len - self->layout.segment_data);
  mark = icam_ebml_begin (out, ICAM_MKV_INFO);
  icam_uuid_generate (&uid);
  icam_ebml_put_binary (out, ICAM_MKV_SEGMENT_UUID, uid.bytes, sizeof uid.bytes);
  icam_ebml_put_uint (out, ICAM_MKV_TIMESTAMP_SCALE, ICAM_MKV_TICK_US * 1000);
  self->layout.duration = out->len;
  icam_ebml_put_void (out, ICAM_MKV_DURATION_SLOT);
  date = CLAMP (self->id.start_us - self->id.lead_us - EPOCH_2001_US, G_MININT64 / 1000, G_MAXINT64 / 1000) * 1000;
  icam_ebml_put_uint64 (out, ICAM_MKV_DATE_UTC, (guint64) date);
  if (title != NULL)
    icam_ebml_put_string (out, ICAM_MKV_TITLE, title);
  icam_ebml_put_string (out, ICAM_MKV_MUXING_APP, ICAM_APP_NAME " " ICAM_VERSION);
  icam_ebml_put_string (out, ICAM_MKV_WRITING_APP, ICAM_APP_NAME " " ICAM_VERSION);
  icam_ebml_end (out, mark);

  fill_position (out, tracks_at, out->len - self->layout.segment_data);
  mark = icam_ebml_begin (out, ICAM_MKV_TRACKS);
  for (guint i = 0; i < ICAM_N_TRACKS; i++)
    if (self->tracks[i] != NULL)
      put_track (out, &self->id, i + 1, self->tracks[i]);
  icam_ebml_end (out, mark);

  fill_position (out, tags_at, out->len - self->layout.segment_data);
  put_tags (out, &self->id, comment);

  self->layout.reserve = out->len;
  icam_ebml_put_void (out, ICAM_MKV_RESERVE);
  self->layout.clusters = out->len;
}

/**
 * icam_mkv_writer_new:
 * @id: whose segment it is; the file's times begin with its start, or its lead if it has one
 * @video: (nullable): the video track
 * @audio: (nullable): the audio track
 *
 * Returns: (transfer full): a writer whose first flush gives the header too
 */
IcamMkvWriter *
icam_mkv_writer_new (const IcamSegmentId *id, IcamTrack *video, IcamTrack *audio)
{
  return icam_mkv_writer_new_titled (id, video, audio, NULL, NULL);
}

/**
 * icam_mkv_writer_new_titled:
 * @id: whose segment it is; the file's times begin with its start, or its lead if it has one
 * @video: (nullable): the video track
 * @audio: (nullable): the audio track
 * @title: (nullable): what players show as the file's name
 * @comment: (nullable): what they show about it
 *
 * Returns: (transfer full): a writer whose first flush gives the header too
 */
IcamMkvWriter *
icam_mkv_writer_new_titled (const IcamSegmentId *id, IcamTrack *video, IcamTrack *audio, const char *title,
                            const char *comment)
{
  IcamMkvWriter *self;

  g_return_val_if_fail (id != NULL, NULL);
  g_return_val_if_fail (video == NULL || icam_codec_is_video (video->codec), NULL);
  g_return_val_if_fail (audio == NULL || icam_mkv_codec_id (audio->codec) != NULL, NULL);

  self = g_new0 (IcamMkvWriter, 1);
  self->id = *id;
  self->id.lead_us = MAX (id->lead_us, 0);
  self->layout.lead_us = self->id.lead_us;
  self->tracks[ICAM_TRACK_VIDEO] = video != NULL ? icam_track_ref (video) : NULL;
  self->tracks[ICAM_TRACK_AUDIO] = audio != NULL ? icam_track_ref (audio) : NULL;
  self->pending = g_byte_array_new ();
  self->key_frames = g_array_new (FALSE, FALSE, sizeof (IcamKeyFrame));
  self->end_us = id->start_us;
  self->last_utc_us = G_MININT64;
  put_header (self, title, comment);
  return self;
}

/**
 * icam_mkv_writer_free:
 * @self: (transfer full): a writer
 */
void
icam_mkv_writer_free (IcamMkvWriter *self)
{
  for (guint i = 0; i < ICAM_N_TRACKS; i++)
    g_clear_pointer (&self->tracks[i], icam_track_unref);
  g_byte_array_unref (self->pending);
  g_array_unref (self->key_frames);
  g_free (self);
}

static void
finish_cluster (IcamMkvWriter *self)
{
  if (!self->in_cluster)
    return;
  icam_ebml_end (self->pending, self->cluster_mark);
  self->in_cluster = FALSE;
}

static void
begin_cluster (IcamMkvWriter *self, gint64 ticks)
{
  finish_cluster (self);
  self->in_cluster = TRUE;
  self->cluster_ticks = MAX (ticks, 0);
  self->cluster_mark = icam_ebml_begin (self->pending, ICAM_MKV_CLUSTER);
  icam_ebml_put_uint (self->pending, ICAM_MKV_TIMESTAMP, (guint64) self->cluster_ticks);
}

static gint64
to_ticks (gint64 us)
{
  /* Rounds down, so that a time never turns into one that is later than it was. */
  return us >= 0 ? us / ICAM_MKV_TICK_US : -((-us + ICAM_MKV_TICK_US - 1) / ICAM_MKV_TICK_US);
}

static void
note_end (IcamMkvWriter *self, const IcamPacket *packet)
{
  gint64 duration = packet->duration_us;

  if (packet->track != ICAM_TRACK_VIDEO && self->tracks[ICAM_TRACK_VIDEO] != NULL)
    return;
  if (packet->utc_us < self->last_utc_us)
    return;

  if (duration <= 0)
    duration = self->tracks[packet->track]->frame_duration_us;
  if (duration <= 0 && self->last_utc_us != G_MININT64)
    duration = icam_mkv_guess_duration (&self->step_us, packet->utc_us - self->last_utc_us);
  self->last_utc_us = packet->utc_us;
  self->end_us = packet->utc_us + MAX (duration, 0);
}

/**
 * icam_mkv_writer_add:
 * @self: a writer
 * @packet: in decoding order; stays the caller's
 * @error: (nullable): return location, G_IO_ERROR
 *
 * Returns: whether it was taken: %FALSE if there is no such track, it is too large, or its time
 * cannot be written
 */
gboolean
icam_mkv_writer_add (IcamMkvWriter *self, const IcamPacket *packet, GError **error)
{
  gsize length;
  gconstpointer data;
  gint64 ticks, relative;
  gboolean key;
  guint8 head[4];

  g_return_val_if_fail (packet->data != NULL, FALSE);

  data = g_bytes_get_data (packet->data, &length);
  if (packet->track >= ICAM_N_TRACKS || self->tracks[packet->track] == NULL || length == 0
      || length > ICAM_MKV_MAX_FRAME)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   "A frame of %" G_GSIZE_FORMAT " bytes cannot be stored in track %u.", length,
                   packet->track);
      return FALSE;
    }

  ticks = to_ticks (packet->utc_us - self->id.start_us + self->id.lead_us);
  if (ticks < ICAM_MKV_TICKS_MIN || ticks > G_MAXUINT32)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   "A frame's time is too far from the start of its segment.");
      return FALSE;
    }

  key = (packet->flags & ICAM_PACKET_KEY) != 0;
  relative = ticks - self->cluster_ticks;
  if (!self->in_cluster || (key && packet->track == ICAM_TRACK_VIDEO)
      || relative < ICAM_MKV_TICKS_MIN || relative > ICAM_MKV_TICKS_MAX
      || self->pending->len - self->cluster_mark + length > ICAM_MKV_MAX_CLUSTER / 2)
    {
      if (key && packet->track == ICAM_TRACK_VIDEO)
        {
          IcamKeyFrame frame = { .offset_us = ticks * ICAM_MKV_TICK_US - self->id.lead_us };

          finish_cluster (self);
          frame.byte_offset = self->flushed + self->pending->len;
          g_array_append_val (self->key_frames, frame);
        }
      begin_cluster (self, ticks);
      relative = ticks - self->cluster_ticks;
    }

  icam_ebml_put_id (self->pending, ICAM_MKV_SIMPLE_BLOCK);
  icam_ebml_put_size (self->pending, length + sizeof head, 0);
  head[0] = 0x80 | (guint8) (packet->track + 1);
  head[1] = (guint8) ((guint16) relative >> 8);
  head[2] = (guint8) ((guint16) relative & 0xff);
  head[3] = key ? 0x80 : 0;
  g_byte_array_append (self->pending, head, sizeof head);
  g_byte_array_append (self->pending, data, (guint) length);
  note_end (self, packet);
  return TRUE;
}

/**
 * icam_mkv_writer_flush:
 * @self: a writer
 * @out: gets what has come since the last flush, appended: whole clusters, before them the header
 * at first
 */
void
icam_mkv_writer_flush (IcamMkvWriter *self, GByteArray *out)
{
  finish_cluster (self);
  if (self->pending->len == 0)
    return;
  self->flushed += self->pending->len;
  g_byte_array_append (out, self->pending->data, self->pending->len);
  /* After a slow disk it holds seconds, and an array never shrinks: every stream would keep a
   * megabyte for good. */
  if (self->pending->len > KEPT_BYTES)
    {
      g_byte_array_unref (self->pending);
      self->pending = g_byte_array_new ();
    }
  else
    g_byte_array_set_size (self->pending, 0);
}

/**
 * icam_mkv_writer_close:
 * @self: a writer, to which nothing can be added any more
 * @out: gets the last clusters, appended
 *
 * Returns: (transfer full): of IcamMkvPatch: what to write in place, in this order, after @out was
 * written
 */
GPtrArray *
icam_mkv_writer_close (IcamMkvWriter *self, GByteArray *out)
{
  icam_mkv_writer_flush (self, out);
  return icam_mkv_close_patches (&self->layout, self->flushed,
                                 self->end_us - self->id.start_us + self->id.lead_us,
                                 self->key_frames);
}

/**
 * icam_mkv_writer_size:
 * @self: a writer
 *
 * Returns: bytes of the file, including those that the next flush will give
 */
guint64
icam_mkv_writer_size (IcamMkvWriter *self)
{
  return self->flushed + self->pending->len;
}

/**
 * icam_mkv_writer_end_us:
 * @self: a writer
 *
 * Returns: UTC µs of the end of the last picture that was added; the segment's start if there is
 * none
 */
gint64
icam_mkv_writer_end_us (IcamMkvWriter *self)
{
  return self->end_us;
}

/**
 * icam_mkv_writer_peek_key_frames:
 * @self: a writer
 *
 * Returns: (transfer none): of IcamKeyFrame, those that the next flush will give included
 */
const GArray *
icam_mkv_writer_peek_key_frames (IcamMkvWriter *self)
{
  return self->key_frames;
}
