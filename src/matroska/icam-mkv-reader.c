/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-matroska"

#include "config.h"

#include "matroska/icam-mkv-reader-private.h"
#include "matroska/icam-ebml.h"

#include <errno.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The parts of a header that are read into memory are small in files of ours. */
#define MAX_HEADER_PART  (256u * 1024)
#define MAX_HEADER_PARTS 64
#define WINDOW_SIZE      4096

static gboolean
bad_data (GError **error, const char *what)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "This is no segment of ours: %s.", what);
  return FALSE;
}

/* Reads up to @length bytes; fewer only at the end of the file. */
static gssize
read_at (int fd, guint64 offset, guint8 *data, gsize length, GError **error)
{
  gsize done = 0;

  if (offset > G_MAXINT64 - length)
    return 0;

  while (done < length)
    {
      gssize n = pread (fd, data + done, length - done, (off_t) (offset + done));

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          int code = errno;

          g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "Reading a segment: %s",
                       g_strerror (code));
          return -1;
        }
      if (n == 0)
        break;
      done += (gsize) n;
    }

  return (gssize) done;
}

/**
 * icam_mkv_reader_window:
 * @self: a reader
 * @offset: where
 * @want: bytes, at most WINDOW_SIZE
 * @got: (out): how many there are
 * @error: return location
 *
 * Small reads through a window on the file.
 *
 * Returns: (transfer none) (nullable): the bytes, valid until the next call
 */
const guint8 *
icam_mkv_reader_window (IcamMkvReader *self, guint64 offset, gsize want, gsize *got, GError **error)
{
  g_assert (want <= WINDOW_SIZE);

  if (offset < self->window_offset || offset + want > self->window_offset + self->window_length)
    {
      gssize n = read_at (self->fd, offset, self->window, WINDOW_SIZE, error);

      self->window_offset = offset;
      self->window_length = n > 0 ? (gsize) n : 0;
      if (n < 0)
        return NULL;
    }

  *got = MIN (want, self->window_length - (gsize) (offset - self->window_offset));
  return self->window + (offset - self->window_offset);
}

/**
 * icam_mkv_reader_element:
 * @self: a reader
 * @offset: where an element should begin
 * @element: (out): its header
 * @error: return location for an error of the disk
 *
 * Returns: OK, SHORT at the end of the file, BAD
 */
IcamEbmlStatus
icam_mkv_reader_element (IcamMkvReader *self,
                         guint64 offset,
                         IcamEbmlElement *element,
                         GError **error)
{
  gsize got = 0;
  const guint8 *data = icam_mkv_reader_window (self, offset, ICAM_EBML_HEADER_MAX, &got, error);

  if (data == NULL)
    return ICAM_EBML_BAD;
  return icam_ebml_parse (data, got, element);
}

/**
 * icam_mkv_reader_refresh:
 * @self: a reader
 *
 * A file that is being written grows; what the window holds of its end is too short then.
 *
 * Returns: its size now, bytes
 */
guint64
icam_mkv_reader_refresh (IcamMkvReader *self)
{
  struct stat info;
  guint64 size;

  if (fstat (self->fd, &info) != 0 || info.st_size < 0)
    return self->file_size;

  size = (guint64) info.st_size;
  if (size != self->file_size)
    self->window_length = 0;
  self->file_size = size;
  return size;
}

static guint64
get_uint (const guint8 *content, const IcamEbmlElement *element)
{
  guint64 value = 0;

  icam_ebml_get_uint (content, (gsize) element->size, &value);
  return value;
}

static char *
get_string (const guint8 *content, const IcamEbmlElement *element, gsize max)
{
  if (element->size > max)
    return NULL;
  return g_strndup ((const char *) content, (gsize) element->size);
}

static void
parse_simple_tag (IcamMkvReader *self, const guint8 *data, gsize length)
{
  IcamEbmlIter iter = { data, length, 0 };
  IcamEbmlElement element;
  const guint8 *content;
  g_autofree char *name = NULL;
  g_autofree char *value = NULL;
  guint64 number;
  gint64 start;

  while (icam_ebml_iter_next (&iter, &element, &content))
    {
      if (element.id == ICAM_MKV_TAG_NAME && name == NULL)
        name = get_string (content, &element, 64);
      else if (element.id == ICAM_MKV_TAG_STRING && value == NULL)
        value = get_string (content, &element, 64);
    }
  if (name == NULL || value == NULL)
    return;

  if (strcmp (name, "ICAM_CHANNEL") == 0 && icam_uuid_parse (value, &self->id.channel))
    self->have |= ICAM_MKV_HAVE_CHANNEL;
  else if (strcmp (name, "ICAM_ARCHIVE") == 0 && icam_uuid_parse (value, &self->id.archive))
    self->have |= ICAM_MKV_HAVE_ARCHIVE;
  else if (strcmp (name, "ICAM_STREAM") == 0 && icam_role_from_string (value, &self->id.role))
    self->have |= ICAM_MKV_HAVE_ROLE;
  else if (strcmp (name, "ICAM_EPOCH") == 0
           && g_ascii_string_to_unsigned (value, 10, 0, G_MAXUINT32, &number, NULL))
    {
      self->id.epoch = (guint32) number;
      self->have |= ICAM_MKV_HAVE_EPOCH;
    }
  else if (strcmp (name, "ICAM_SEQ") == 0
           && g_ascii_string_to_unsigned (value, 10, 0, G_MAXINT64, &number, NULL))
    {
      self->id.seq = number;
      self->have |= ICAM_MKV_HAVE_SEQ;
    }
  else if (strcmp (name, "ICAM_START_US") == 0
           && g_ascii_string_to_signed (value, 10, 0, ICAM_MKV_MAX_TIME, &start, NULL))
    {
      self->id.start_us = start;
      self->have |= ICAM_MKV_HAVE_START;
    }
  else if (strcmp (name, "ICAM_LEAD_US") == 0
           && g_ascii_string_to_signed (value, 10, 0, ICAM_MKV_MAX_LEAD, &start, NULL))
    self->id.lead_us = self->layout.lead_us = start;
}

static void
parse_tags (IcamMkvReader *self, const guint8 *data, gsize length)
{
  IcamEbmlIter tags = { data, length, 0 };
  IcamEbmlElement tag;
  const guint8 *tag_data;

  while (icam_ebml_iter_next (&tags, &tag, &tag_data))
    {
      IcamEbmlIter simple = { tag_data, (gsize) tag.size, 0 };
      IcamEbmlElement element;
      const guint8 *content;

      if (tag.id != ICAM_MKV_TAG)
        continue;
      while (icam_ebml_iter_next (&simple, &element, &content))
        if (element.id == ICAM_MKV_SIMPLE_TAG)
          parse_simple_tag (self, content, (gsize) element.size);
    }
}

static IcamCodec
codec_from_id (const char *id, const guint8 *private_data, gsize private_size)
{
  static const IcamCodec codecs[] = {
    ICAM_CODEC_H264, ICAM_CODEC_H265, ICAM_CODEC_MJPEG, ICAM_CODEC_AAC, ICAM_CODEC_OPUS,
  };

  for (guint i = 0; i < G_N_ELEMENTS (codecs); i++)
    if (strcmp (id, icam_mkv_codec_id (codecs[i])) == 0)
      return codecs[i];

  if (strcmp (id, "A_MS/ACM") == 0 && private_size >= 2 && private_data[1] == 0)
    {
      if (private_data[0] == 7)
        return ICAM_CODEC_PCMU;
      if (private_data[0] == 6)
        return ICAM_CODEC_PCMA;
    }
  return ICAM_CODEC_NONE;
}

static gboolean
parse_track (IcamMkvReader *self, const guint8 *data, gsize length)
{
  IcamEbmlIter iter = { data, length, 0 };
  IcamEbmlElement element;
  const guint8 *content, *private_data = NULL;
  gsize private_size = 0;
  guint64 number = 0, duration_ns = 0, width = 0, height = 0, channels = 0;
  double rate = 0;
  g_autofree char *codec_id = NULL;
  IcamCodec codec;
  IcamTrack *track;

  while (icam_ebml_iter_next (&iter, &element, &content))
    switch (element.id)
      {
      case ICAM_MKV_TRACK_NUMBER:
        number = get_uint (content, &element);
        break;
      case ICAM_MKV_DEFAULT_DURATION:
        duration_ns = get_uint (content, &element);
        break;
      case ICAM_MKV_CODEC_ID:
        g_free (codec_id);
        codec_id = get_string (content, &element, 64);
        break;
      case ICAM_MKV_CODEC_PRIVATE:
        private_data = content;
        private_size = (gsize) element.size;
        break;
      case ICAM_MKV_VIDEO:
      case ICAM_MKV_AUDIO:
        {
          IcamEbmlIter inner = { content, (gsize) element.size, 0 };
          IcamEbmlElement child;
          const guint8 *value;

          while (icam_ebml_iter_next (&inner, &child, &value))
            if (child.id == ICAM_MKV_PIXEL_WIDTH)
              width = get_uint (value, &child);
            else if (child.id == ICAM_MKV_PIXEL_HEIGHT)
              height = get_uint (value, &child);
            else if (child.id == ICAM_MKV_CHANNELS)
              channels = get_uint (value, &child);
            else if (child.id == ICAM_MKV_SAMPLING_FREQUENCY)
              icam_ebml_get_float (value, (gsize) child.size, &rate);
          break;
        }
      default:
        break;
      }

  if (number < 1 || number > ICAM_N_TRACKS || codec_id == NULL
      || private_size > ICAM_MKV_MAX_PRIVATE || width > 65536 || height > 65536 || channels > 64
      || !(rate >= 0 && rate <= 1e6) || duration_ns > 3600 * G_GUINT64_CONSTANT (1000000000))
    return FALSE;
  codec = codec_from_id (codec_id, private_data, private_size);
  if (codec == ICAM_CODEC_NONE || icam_codec_is_video (codec) != (number == ICAM_TRACK_VIDEO + 1)
      || self->tracks[number - 1] != NULL)
    return FALSE;

  track = icam_track_new (codec);
  track->width = (guint) width;
  track->height = (guint) height;
  track->rate = (guint) rate;
  track->channels = (guint) channels;
  track->frame_duration_us = (gint64) (duration_ns / 1000);
  if (private_size > 0 && codec != ICAM_CODEC_PCMU && codec != ICAM_CODEC_PCMA)
    track->private_data = g_bytes_new (private_data, private_size);
  self->tracks[number - 1] = track;
  return TRUE;
}

static gboolean
parse_tracks (IcamMkvReader *self, const guint8 *data, gsize length)
{
  IcamEbmlIter iter = { data, length, 0 };
  IcamEbmlElement element;
  const guint8 *content;

  while (icam_ebml_iter_next (&iter, &element, &content))
    if (element.id == ICAM_MKV_TRACK_ENTRY && !parse_track (self, content, (gsize) element.size))
      return FALSE;
  return TRUE;
}

static gboolean
parse_info (IcamMkvReader *self, guint64 offset, const guint8 *data, gsize length)
{
  IcamEbmlIter iter = { data, length, 0 };
  IcamEbmlElement element;
  const guint8 *content;
  gsize before = 0;

  for (; icam_ebml_iter_next (&iter, &element, &content); before = iter.position)
    {
      if (element.id == ICAM_MKV_TIMESTAMP_SCALE
          && get_uint (content, &element) != ICAM_MKV_TICK_US * 1000)
        return FALSE;
      if ((element.id == ICAM_EBML_VOID || element.id == ICAM_MKV_DURATION)
          && element.header + element.size == ICAM_MKV_DURATION_SLOT)
        self->layout.duration = offset + before;
    }
  return TRUE;
}

static void
parse_seek_head (IcamMkvReader *self, guint64 offset, const guint8 *data, gsize length)
{
  IcamEbmlIter iter = { data, length, 0 };
  IcamEbmlElement element;
  const guint8 *content;
  gsize before = 0;

  /* The fourth place is the cues', a Void as long as the file is open. */
  for (guint i = 0; icam_ebml_iter_next (&iter, &element, &content); i++, before = iter.position)
    if (i == 3 && element.header + element.size == ICAM_MKV_SEEK_SLOT)
      self->layout.seek_slot = offset + before;
}

static gboolean
parse_part (IcamMkvReader *self, guint64 offset, const IcamEbmlElement *element, GError **error)
{
  g_autofree guint8 *data = NULL;
  gsize size = (gsize) element->size;
  guint64 content = offset + element->header;
  gssize n;

  if (element->size > MAX_HEADER_PART)
    return bad_data (error, "a part of its header is too large");

  data = g_malloc (size + 1);
  n = read_at (self->fd, content, data, size, error);
  if (n < 0)
    return FALSE;
  if ((gsize) n < size)
    return bad_data (error, "its header is torn");

  switch (element->id)
    {
    case ICAM_MKV_SEEK_HEAD:
      parse_seek_head (self, content, data, size);
      return TRUE;
    case ICAM_MKV_INFO:
      return parse_info (self, content, data, size) || bad_data (error, "another unit of time");
    case ICAM_MKV_TRACKS:
      return parse_tracks (self, data, size) || bad_data (error, "a track is not understood");
    case ICAM_MKV_TAGS:
      parse_tags (self, data, size);
      /* What follows is the reserve, whatever a kill in the middle of a close has left in it. */
      self->layout.reserve = content + size;
      self->layout.clusters = self->layout.reserve + ICAM_MKV_RESERVE;
      return TRUE;
    default:
      return TRUE;
    }
}

static gboolean
parse_ebml_header (IcamMkvReader *self, guint64 *end, GError **error)
{
  IcamEbmlElement element, child;
  gsize got = 0;
  const guint8 *data, *content;
  gboolean matroska = FALSE;
  IcamEbmlIter iter = { 0 };

  if (icam_mkv_reader_element (self, 0, &element, error) != ICAM_EBML_OK)
    return error != NULL && *error != NULL ? FALSE
                                           : bad_data (error, "it is empty or something else");
  if (element.id != ICAM_EBML_HEADER || element.size > 1024)
    return bad_data (error, "it is something else");

  data = icam_mkv_reader_window (self, 0, element.header + (gsize) element.size, &got, error);
  if (data == NULL)
    return FALSE;
  if (got < element.header + element.size)
    return bad_data (error, "its header is torn");

  iter.data = data + element.header;
  iter.length = (gsize) element.size;
  while (icam_ebml_iter_next (&iter, &child, &content))
    if (child.id == ICAM_EBML_DOC_TYPE)
      matroska = child.size == 8 && memcmp (content, "matroska", 8) == 0;
  if (!matroska)
    return bad_data (error, "it is not Matroska");

  *end = element.header + element.size;
  return TRUE;
}

static gboolean
parse_header (IcamMkvReader *self, GError **error)
{
  IcamEbmlElement element;
  guint64 position = 0;

  if (!parse_ebml_header (self, &position, error))
    return FALSE;

  if (icam_mkv_reader_element (self, position, &element, error) != ICAM_EBML_OK
      || element.id != ICAM_MKV_SEGMENT || element.header != 12)
    return error != NULL && *error != NULL ? FALSE : bad_data (error, "its header is torn");
  self->layout.segment_size = position + 4;
  self->layout.segment_data = position + element.header;
  self->segment_size = element.size;

  position = self->layout.segment_data;
  for (guint i = 0; self->layout.clusters == 0; i++)
    {
      if (i == MAX_HEADER_PARTS
          || icam_mkv_reader_element (self, position, &element, error) != ICAM_EBML_OK
          || element.size == ICAM_EBML_UNKNOWN || element.id == ICAM_MKV_CLUSTER)
        return error != NULL && *error != NULL ? FALSE : bad_data (error, "its header is torn");
      if (!parse_part (self, position, &element, error))
        return FALSE;
      position += element.header + element.size;
    }

  if (self->have != ICAM_MKV_HAVE_ALL)
    return bad_data (error, "it does not say whose it is");
  if (self->tracks[ICAM_TRACK_VIDEO] == NULL && self->tracks[ICAM_TRACK_AUDIO] == NULL)
    return bad_data (error, "it has no track");
  return TRUE;
}

/**
 * icam_mkv_reader_new:
 * @fd: a descriptor that can be read; stays the caller's and must stay open
 * @error: return location: G_IO_ERROR_INVALID_DATA if it is no segment of ours
 *
 * Returns: (transfer full) (nullable): a reader at the first packet
 */
IcamMkvReader *
icam_mkv_reader_new (int fd, GError **error)
{
  g_autoptr (IcamMkvReader) self = g_new0 (IcamMkvReader, 1);
  g_autoptr (GError) local = NULL;

  self->fd = fd;
  self->window = g_malloc (WINDOW_SIZE);
  icam_mkv_reader_refresh (self);
  if (!parse_header (self, &local))
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }

  self->position = self->layout.clusters;
  return g_steal_pointer (&self);
}

/**
 * icam_mkv_reader_free:
 * @self: (transfer full): a reader; its descriptor stays open
 */
void
icam_mkv_reader_free (IcamMkvReader *self)
{
  for (guint i = 0; i < ICAM_N_TRACKS; i++)
    g_clear_pointer (&self->tracks[i], icam_track_unref);
  g_free (self->window);
  g_free (self);
}

/**
 * icam_mkv_reader_get_id:
 * @self: a reader
 *
 * Returns: (transfer none): whose segment it says that it is
 */
const IcamSegmentId *
icam_mkv_reader_get_id (IcamMkvReader *self)
{
  return &self->id;
}

/**
 * icam_mkv_reader_get_track:
 * @self: a reader
 * @track: ICAM_TRACK_VIDEO or ICAM_TRACK_AUDIO
 *
 * Returns: (transfer none) (nullable): what the track is
 */
IcamTrack *
icam_mkv_reader_get_track (IcamMkvReader *self, guint track)
{
  g_return_val_if_fail (track < ICAM_N_TRACKS, NULL);

  return self->tracks[track];
}

/**
 * icam_mkv_reader_is_closed:
 * @self: a reader
 *
 * Returns: whether the file was complete when it was opened
 */
gboolean
icam_mkv_reader_is_closed (IcamMkvReader *self)
{
  return self->segment_size != ICAM_EBML_UNKNOWN
         && self->segment_size == self->file_size - self->layout.segment_data;
}

/**
 * icam_mkv_reader_block:
 * @self: a reader inside a cluster
 * @offset: of a SimpleBlock's content
 * @size: its bytes
 * @block: (out): what its head says
 * @error: return location
 *
 * Returns: OK; SHORT if it should be passed over; BAD
 */
IcamEbmlStatus
icam_mkv_reader_block (
  IcamMkvReader *self, guint64 offset, guint64 size, IcamMkvBlock *block, GError **error)
{
  gsize got = 0;
  const guint8 *data;

  if (size <= 4 || size > ICAM_MKV_MAX_FRAME)
    return ICAM_EBML_BAD;
  data = icam_mkv_reader_window (self, offset, 4, &got, error);
  if (data == NULL || got < 4)
    return ICAM_EBML_BAD;
  /* Lacing, or a track number of more than one byte: not ours. */
  if ((data[0] & 0x80) == 0 || (data[3] & 0x06) != 0)
    return ICAM_EBML_BAD;

  block->track = (data[0] & 0x7f) - 1u;
  block->key = (data[3] & 0x80) != 0;
  block->ticks = self->cluster_ticks + (gint16) (data[1] << 8 | data[2]);
  block->offset = offset + 4;
  block->size = (gsize) size - 4;
  if (block->track >= ICAM_N_TRACKS || self->tracks[block->track] == NULL)
    return ICAM_EBML_SHORT;
  return ICAM_EBML_OK;
}

/**
 * icam_mkv_reader_timestamp:
 * @self: a reader
 * @offset: of a Timestamp's content
 * @size: its bytes
 * @error: return location
 *
 * Returns: whether it is a time that a file of ours can have; the cluster's is set then
 */
gboolean
icam_mkv_reader_timestamp (IcamMkvReader *self, guint64 offset, guint64 size, GError **error)
{
  gsize got = 0;
  const guint8 *data;
  guint64 value;

  if (size > 8)
    return FALSE;
  data = icam_mkv_reader_window (self, offset, (gsize) size, &got, error);
  if (data == NULL || got < size || !icam_ebml_get_uint (data, (gsize) size, &value)
      || value > G_MAXUINT32)
    return FALSE;

  self->cluster_ticks = (gint64) value;
  return TRUE;
}

static gboolean
read_frame (IcamMkvReader *self, const IcamMkvBlock *block, IcamPacket *packet, GError **error)
{
  g_autofree guint8 *data = g_malloc (block->size);
  gssize n = read_at (self->fd, block->offset, data, block->size, error);

  if (n < 0)
    return FALSE;
  if ((gsize) n < block->size)
    return bad_data (error, "it became shorter");

  *packet = (IcamPacket){
    .track = block->track,
    .flags = block->key ? ICAM_PACKET_KEY : 0,
    .utc_us = self->id.start_us - self->id.lead_us + block->ticks * ICAM_MKV_TICK_US,
    .duration_us = self->tracks[block->track]->frame_duration_us,
    .data = g_bytes_new_take (g_steal_pointer (&data), block->size),
  };
  return TRUE;
}

/* Whether the @size bytes at @offset are there by now. */
static gboolean
is_there (IcamMkvReader *self, guint64 offset, guint64 size)
{
  if (offset <= self->file_size && size <= self->file_size - offset)
    return TRUE;
  icam_mkv_reader_refresh (self);
  return offset <= self->file_size && size <= self->file_size - offset;
}

/* At the end of what was written: an error only in a file that says that it is complete. */
static gboolean
at_torn_end (IcamMkvReader *self, GError **error)
{
  if (icam_mkv_reader_is_closed (self))
    return bad_data (error, "its content is damaged");
  return FALSE;
}

/**
 * icam_mkv_reader_next:
 * @self: a reader
 * @packet: (out): the next packet, to be cleared
 * @error: return location: G_IO_ERROR
 *
 * Returns: %FALSE with no error at the end of what is written; more may come in a file that is
 * still being written, then the next call gives it
 */
gboolean
icam_mkv_reader_next (IcamMkvReader *self, IcamPacket *packet, GError **error)
{
  for (;;)
    {
      IcamEbmlElement element;
      IcamEbmlStatus status;
      g_autoptr (GError) local = NULL;
      guint64 content;

      if (self->cluster_end != 0 && self->position == self->cluster_end)
        self->cluster_end = 0;

      status = icam_mkv_reader_element (self, self->position, &element, &local);
      if (status == ICAM_EBML_SHORT && local == NULL
          && icam_mkv_reader_refresh (self) > self->position)
        status = icam_mkv_reader_element (self, self->position, &element, &local);
      if (local != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return FALSE;
        }
      if (status == ICAM_EBML_SHORT)
        return FALSE;
      if (status == ICAM_EBML_BAD || element.size == ICAM_EBML_UNKNOWN)
        return at_torn_end (self, error);
      content = self->position + element.header;

      if (self->cluster_end == 0)
        {
          if (element.size > ICAM_MKV_MAX_CLUSTER)
            return at_torn_end (self, error);
          if (element.id == ICAM_MKV_CLUSTER)
            {
              self->cluster_end = content + element.size;
              self->cluster_ticks = 0;
              self->position = content;
              continue;
            }
          if (!is_there (self, content, element.size))
            return FALSE;
          self->position = content + element.size;
          continue;
        }

      if (element.size > self->cluster_end - MIN (content, self->cluster_end))
        return at_torn_end (self, error);
      if (!is_there (self, content, element.size))
        return FALSE;
      self->position = content + element.size;

      if (element.id == ICAM_MKV_TIMESTAMP)
        {
          if (!icam_mkv_reader_timestamp (self, content, element.size, error))
            return error != NULL && *error != NULL ? FALSE : at_torn_end (self, error);
        }
      else if (element.id == ICAM_MKV_SIMPLE_BLOCK)
        {
          IcamMkvBlock block;

          status = icam_mkv_reader_block (self, content, element.size, &block, error);
          if (status == ICAM_EBML_BAD)
            return error != NULL && *error != NULL ? FALSE : at_torn_end (self, error);
          if (status == ICAM_EBML_OK)
            return read_frame (self, &block, packet, error);
        }
    }
}

/**
 * icam_mkv_reader_seek:
 * @self: a reader
 * @byte_offset: of a cluster, from an index of key frames
 * @error: return location: G_IO_ERROR_INVALID_DATA if no cluster begins there
 *
 * Returns: whether the next packet is the first of that cluster
 */
gboolean
icam_mkv_reader_seek (IcamMkvReader *self, guint64 byte_offset, GError **error)
{
  IcamEbmlElement element;
  g_autoptr (GError) local = NULL;

  icam_mkv_reader_refresh (self);
  if (byte_offset < self->layout.clusters || byte_offset >= self->file_size
      || icam_mkv_reader_element (self, byte_offset, &element, &local) != ICAM_EBML_OK
      || element.id != ICAM_MKV_CLUSTER)
    {
      if (local == NULL)
        return bad_data (error, "its index is wrong");
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }

  self->cluster_end = 0;
  self->position = byte_offset;
  return TRUE;
}

/**
 * icam_mkv_reader_seek_time:
 * @self: a reader
 * @utc_us: a time
 * @error: return location: G_IO_ERROR
 *
 * Returns: whether the next packet is the last key frame at or before @utc_us, or the first one of
 * the file
 */
gboolean
icam_mkv_reader_seek_time (IcamMkvReader *self, gint64 utc_us, GError **error)
{
  g_autoptr (GArray) key_frames = icam_mkv_reader_dup_key_frames (self);
  guint64 offset = self->layout.clusters;

  for (guint i = 0; i < key_frames->len; i++)
    {
      const IcamKeyFrame *key = &g_array_index (key_frames, IcamKeyFrame, i);

      /* The first one even if it is later, so that decoding can begin. */
      if (i > 0 && self->id.start_us + key->offset_us > utc_us)
        break;
      offset = key->byte_offset;
    }

  return icam_mkv_reader_seek (self, offset, error);
}
