/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-media"

#include "config.h"

#include "media/icam-rtp-depay.h"

#include "media/icam-codec-config.h"
#include "media/icam-rtp-jpeg.h"

#include <string.h>

typedef enum
{
  FORM_H264,
  FORM_H265,
  FORM_JPEG,
  FORM_MPEG4_GENERIC,
  FORM_WHOLE, /* a packet is a frame: G.711, Opus */
} Form;

struct _IcamRtpDepay
{
  Form form;
  guint clock_rate;
  IcamRtpFormat format;
  IcamCodecConfig *config; /* H.264, H.265 */
  IcamRtpJpeg *jpeg;

  /* mpeg4-generic (RFC 3640, section 4.1) */
  guint size_length, index_length, index_delta_length, samples_per_frame;

  /* the unit that is being put together */
  guint8 *data;
  gsize size, capacity;
  gboolean any;         /* a packet of it came, even if it brought no bytes */
  gboolean sets, slices, key, damaged;
  guint32 time;
  gint64 arrival_us;
  gsize fragment_at;    /* where the NAL unit in fragments has its length; G_MAXSIZE: none is open */

  gboolean lost;        /* something before the next unit is missing */
  gboolean new_format;

  gboolean have_seq;
  guint16 last_seq;
  IcamRtpStats stats;
};

/* ---- the unit ---- */

static gboolean
reserve (IcamRtpDepay *self,
         gsize         more)
{
  if (self->size + more > ICAM_RTP_MAX_UNIT)
    {
      self->damaged = TRUE;
      return FALSE;
    }

  if (self->size + more > self->capacity)
    {
      self->capacity = MAX (self->size + more, MAX (self->capacity * 2, (gsize) 4096));
      self->data = g_realloc (self->data, self->capacity);
    }

  return TRUE;
}

static void
append (IcamRtpDepay *self,
        const guint8 *bytes,
        gsize         size)
{
  if (size == 0 || !reserve (self, size))
    return;

  memcpy (self->data + self->size, bytes, size);
  self->size += size;
}

static void
reset_unit (IcamRtpDepay *self)
{
  self->size = 0;
  self->any = self->sets = self->slices = self->key = self->damaged = FALSE;
  self->fragment_at = G_MAXSIZE;
}

static void
refresh_format (IcamRtpDepay *self)
{
  g_autoptr (GBytes) record = NULL;

  if (self->config == NULL)
    return;

  record = icam_codec_config_dup_record (self->config);
  if (record == NULL
      || (self->format.codec_data != NULL && g_bytes_equal (record, self->format.codec_data)))
    return;

  g_clear_pointer (&self->format.codec_data, g_bytes_unref);
  self->format.codec_data = g_steal_pointer (&record);
  icam_codec_config_get_size (self->config, &self->format.width, &self->format.height);
  self->new_format = TRUE;
}

static void
emit (IcamRtpDepay *self,
      guint8       *data,
      gsize         size,
      guint32       time,
      gboolean      key,
      IcamUnitFunc  func,
      gpointer      user_data)
{
  IcamUnit unit = { data, size, time, 0, self->arrival_us };

  if (key)
    unit.flags |= ICAM_UNIT_KEY;
  if (self->lost)
    unit.flags |= ICAM_UNIT_DISCONT;
  if (self->new_format)
    unit.flags |= ICAM_UNIT_NEW_FORMAT;
  self->lost = self->new_format = FALSE;
  func (self, &unit, user_data);
}

static void
flush_unit (IcamRtpDepay *self,
            IcamUnitFunc  func,
            gpointer      user_data)
{
  /* A NAL unit whose end never came. */
  if (self->fragment_at != G_MAXSIZE)
    self->damaged = TRUE;

  if (self->damaged)
    self->lost = TRUE;
  else if (self->size > 0)
    {
      refresh_format (self);
      /* A stream of which the sets are not known yet can be neither stored nor decoded. */
      if (self->config == NULL || self->format.codec_data != NULL)
        emit (self, self->data, self->size, self->time, self->key, func, user_data);
      else
        self->lost = TRUE;
    }

  reset_unit (self);
}

/* ---- H.264 and H.265 ---- */

static void
note_nal (IcamRtpDepay *self,
          const guint8 *nal,
          gsize         size)
{
  switch (icam_nal_kind (self->format.codec, nal, size))
    {
    case ICAM_NAL_KEY_SLICE:
      self->slices = self->key = TRUE;
      break;
    case ICAM_NAL_SLICE:
      /* An I picture that no IDR is, behind parameter sets, begins a group too. */
      if (!self->slices && self->sets && self->form == FORM_H264 && icam_nal_is_intra_slice (nal, size))
        self->key = TRUE;
      self->slices = TRUE;
      break;
    case ICAM_NAL_PARAMETER_SET:
      self->sets = TRUE;
      icam_codec_config_add (self->config, nal, size);
      break;
    default:
      break;
    }
}

static void
add_nal (IcamRtpDepay *self,
         const guint8 *nal,
         gsize         size)
{
  guint8 length[4] = { (guint8) (size >> 24), (guint8) (size >> 16), (guint8) (size >> 8), (guint8) size };

  if (size == 0)
    return;

  note_nal (self, nal, size);
  append (self, length, 4);
  append (self, nal, size);
}

static void
begin_fragments (IcamRtpDepay *self,
                 const guint8 *header,
                 gsize         header_size,
                 const guint8 *payload,
                 gsize         size)
{
  static const guint8 length[4];
  guint8 begin[32];
  gsize known = MIN (size, sizeof begin - header_size);

  memcpy (begin, header, header_size);
  memcpy (begin + header_size, payload, known);
  /* A parameter set in fragments is taken when it is whole. */
  if (icam_nal_kind (self->format.codec, begin, header_size) != ICAM_NAL_PARAMETER_SET)
    note_nal (self, begin, header_size + known);

  self->fragment_at = self->size;
  append (self, length, 4);
  append (self, header, header_size);
  append (self, payload, size);
}

static void
end_fragments (IcamRtpDepay *self)
{
  gsize size = self->size - self->fragment_at - 4;
  guint8 *at = self->data + self->fragment_at;

  self->fragment_at = G_MAXSIZE;
  if (self->damaged)
    return;

  at[0] = (guint8) (size >> 24);
  at[1] = (guint8) (size >> 16);
  at[2] = (guint8) (size >> 8);
  at[3] = (guint8) size;
  if (icam_nal_kind (self->format.codec, at + 4, size) == ICAM_NAL_PARAMETER_SET)
    note_nal (self, at + 4, size);
}

static void
add_fragment (IcamRtpDepay *self,
              gboolean      start,
              gboolean      end,
              const guint8 *header,
              gsize         header_size,
              const guint8 *payload,
              gsize         size)
{
  if (start)
    {
      if (self->fragment_at != G_MAXSIZE)
        self->damaged = TRUE;
      begin_fragments (self, header, header_size, payload, size);
    }
  else if (self->fragment_at != G_MAXSIZE)
    append (self, payload, size);
  else
    self->damaged = TRUE; /* its begin is missing */

  if (end && self->fragment_at != G_MAXSIZE)
    end_fragments (self);
}

static void
add_aggregate (IcamRtpDepay *self,
               const guint8 *payload,
               gsize         size)
{
  for (gsize at = 0; at + 2 <= size;)
    {
      gsize length = (gsize) (payload[at] << 8 | payload[at + 1]);

      at += 2;
      if (length > size - at)
        {
          self->damaged = TRUE;
          return;
        }
      add_nal (self, payload + at, length);
      at += length;
    }
}

static void
add_h264 (IcamRtpDepay *self,
          const guint8 *payload,
          gsize         size)
{
  guint type = size > 0 ? payload[0] & 0x1f : 0;
  guint8 header;

  if (type >= 1 && type <= 23)
    add_nal (self, payload, size);
  else if (type == 24) /* STAP-A, RFC 6184, section 5.7.1 */
    add_aggregate (self, payload + 1, size - 1);
  else if (type == 25 && size > 3) /* STAP-B: a decoding order number first */
    add_aggregate (self, payload + 3, size - 3);
  else if ((type == 28 && size > 2) || (type == 29 && size > 4)) /* FU-A, FU-B, section 5.8 */
    {
      gsize skip = type == 28 ? 2 : 4;

      header = (guint8) ((payload[0] & 0xe0) | (payload[1] & 0x1f));
      add_fragment (self, (payload[1] & 0x80) != 0, (payload[1] & 0x40) != 0, &header, 1, payload + skip, size - skip);
    }
}

static void
add_h265 (IcamRtpDepay *self,
          const guint8 *payload,
          gsize         size)
{
  guint type;
  guint8 header[2];

  if (size < 3)
    return;

  type = payload[0] >> 1 & 0x3f;
  if (type < 48)
    add_nal (self, payload, size);
  else if (type == 48) /* aggregation, RFC 7798, section 4.4.2 */
    add_aggregate (self, payload + 2, size - 2);
  else if (type == 49 && size > 3) /* fragment, section 4.4.3 */
    {
      header[0] = (guint8) ((payload[0] & 0x81) | (payload[2] & 0x3f) << 1);
      header[1] = payload[1];
      add_fragment (self, (payload[2] & 0x80) != 0, (payload[2] & 0x40) != 0, header, 2, payload + 3, size - 3);
    }
}

/* ---- the others ---- */

static void
add_jpeg (IcamRtpDepay *self,
          const guint8 *payload,
          gsize         size,
          gboolean      marker)
{
  GByteArray *picture;

  switch (icam_rtp_jpeg_add (self->jpeg, payload, size, marker))
    {
    case ICAM_RTP_JPEG_MORE:
      break;
    case ICAM_RTP_JPEG_BAD:
      self->damaged = TRUE;
      break;
    case ICAM_RTP_JPEG_WHOLE:
    default:
      picture = icam_rtp_jpeg_peek (self->jpeg, &self->format.width, &self->format.height, &self->new_format);
      self->size = 0;
      append (self, picture->data, picture->len);
      self->key = TRUE;
      break;
    }
}

static guint
get_bits (const guint8 *data,
          gsize        *at,
          guint         count)
{
  guint value = 0;

  for (guint i = 0; i < count; i++, (*at)++)
    value = value << 1 | (data[*at / 8] >> (7 - *at % 8) & 1);
  return value;
}

/* RFC 3640, section 3.2.1: a row of headers, then the access units. One that is longer than its packet comes in fragments, alone. */
static void
add_mpeg4_generic (IcamRtpDepay *self,
                   const guint8 *payload,
                   gsize         size,
                   gboolean      marker,
                   guint32       time,
                   IcamUnitFunc  func,
                   gpointer      user_data)
{
  gsize headers_bits, headers_bytes, at = 0, data_at;
  guint header_bits = self->size_length + self->index_length;

  if (size < 2)
    return;
  headers_bits = (gsize) (payload[0] << 8 | payload[1]);
  headers_bytes = (headers_bits + 7) / 8;
  data_at = 2 + headers_bytes;
  if (data_at > size || headers_bits < header_bits)
    {
      self->lost = TRUE;
      return;
    }

  for (guint number = 0; at + self->size_length + (number == 0 ? self->index_length : self->index_delta_length) <= headers_bits;
       number++)
    {
      gsize length = get_bits (payload + 2, &at, self->size_length);

      get_bits (payload + 2, &at, number == 0 ? self->index_length : self->index_delta_length);
      if (length > size - data_at)
        {
          /* A fragment: its size is that of the whole unit. */
          append (self, payload + data_at, size - data_at);
          if (self->size >= length || marker)
            {
              if (self->size == length)
                emit (self, self->data, self->size, time, TRUE, func, user_data);
              else
                self->lost = TRUE;
              self->size = 0;
            }
          return;
        }

      if (length > 0)
        {
          self->size = 0;
          append (self, payload + data_at, length);
          emit (self, self->data, self->size, time + number * self->samples_per_frame, TRUE, func, user_data);
          self->size = 0;
        }
      data_at += length;
    }
}

/* ---- packets ---- */

/* Takes the RTP header off (RFC 3550, section 5.1). */
static gboolean
parse_header (const guint8  *packet,
              gsize          size,
              gboolean      *marker,
              guint16       *seq,
              guint32       *time,
              guint32       *ssrc,
              const guint8 **payload,
              gsize         *payload_size)
{
  gsize head;

  if (size < 12 || packet[0] >> 6 != 2)
    return FALSE;

  head = 12 + 4u * (packet[0] & 0xf);
  if (packet[0] & 0x10)
    {
      if (head + 4 > size)
        return FALSE;
      head += 4 + 4u * (gsize) (packet[head + 2] << 8 | packet[head + 3]);
    }
  if (head > size)
    return FALSE;
  if (packet[0] & 0x20)
    {
      if (packet[size - 1] == 0 || packet[size - 1] > size - head)
        return FALSE;
      size -= packet[size - 1];
    }

  *marker = (packet[1] & 0x80) != 0;
  *seq = (guint16) (packet[2] << 8 | packet[3]);
  *time = (guint32) packet[4] << 24 | (guint32) packet[5] << 16 | (guint32) packet[6] << 8 | packet[7];
  *ssrc = (guint32) packet[8] << 24 | (guint32) packet[9] << 16 | (guint32) packet[10] << 8 | packet[11];
  *payload = packet + head;
  *payload_size = size - head;
  return TRUE;
}

static void
note_seq (IcamRtpDepay *self,
          guint16       seq,
          guint32       ssrc)
{
  if (self->have_seq && ssrc == self->stats.ssrc)
    {
      guint16 step = (guint16) (seq - self->last_seq);

      self->stats.expected += step;
      if (step != 1)
        {
          self->damaged = self->damaged || self->any || self->fragment_at != G_MAXSIZE;
          self->lost = TRUE;
        }
      if (seq < self->last_seq && step < 0x8000)
        self->stats.extended_highest += 0x10000;
    }
  else
    {
      /* A new source: what was begun with the old one has no end. */
      if (self->have_seq)
        {
          self->damaged = self->any;
          self->lost = TRUE;
        }
      self->stats.ssrc = ssrc;
      self->stats.extended_highest = 0;
      self->stats.expected = 1;
      self->stats.received = 0;
    }

  self->stats.any = self->have_seq = TRUE;
  self->stats.received++;
  self->stats.extended_highest = (self->stats.extended_highest & 0xffff0000) | seq;
  self->last_seq = seq;
}

/**
 * icam_rtp_depay_push:
 * @self: a depayloader
 * @packet: an RTP packet
 * @size: in bytes
 * @arrival_us: when it arrived, handed on
 * @func: called for each access unit that is whole now
 * @user_data: for @func
 *
 * What is no RTP packet is passed over.
 */
void
icam_rtp_depay_push (IcamRtpDepay *self,
                     const guint8 *packet,
                     gsize         size,
                     gint64        arrival_us,
                     IcamUnitFunc  func,
                     gpointer      user_data)
{
  const guint8 *payload;
  gsize payload_size;
  gboolean marker;
  guint16 seq;
  guint32 time, ssrc;

  if (!parse_header (packet, size, &marker, &seq, &time, &ssrc, &payload, &payload_size))
    return;

  note_seq (self, seq, ssrc);
  if (self->form == FORM_WHOLE || self->form == FORM_MPEG4_GENERIC)
    {
      self->arrival_us = arrival_us;
      if (self->form == FORM_MPEG4_GENERIC)
        {
          if (self->damaged)
            reset_unit (self);
          add_mpeg4_generic (self, payload, payload_size, marker, time, func, user_data);
        }
      else if (payload_size > 0)
        {
          self->size = 0;
          append (self, payload, payload_size);
          emit (self, self->data, self->size, time, TRUE, func, user_data);
          self->size = 0;
        }
      return;
    }

  /* A new time is a new picture, whether or not the last one's marker came (missing marker bits). */
  if (self->any && time != self->time)
    flush_unit (self, func, user_data);

  self->any = TRUE;
  self->time = time;
  self->arrival_us = arrival_us;
  if (self->form == FORM_H264)
    add_h264 (self, payload, payload_size);
  else if (self->form == FORM_H265)
    add_h265 (self, payload, payload_size);
  else
    add_jpeg (self, payload, payload_size, marker);

  /* Some cameras set the marker behind each parameter set; the picture is still to come then. */
  if (marker && (self->slices || self->form == FORM_JPEG))
    flush_unit (self, func, user_data);
}

/**
 * icam_rtp_depay_steal:
 * @self: a depayloader
 * @unit: the unit that is being handed out
 *
 * Returns: (transfer full): the bytes of @unit, to be freed with g_free()
 */
guint8 *
icam_rtp_depay_steal (IcamRtpDepay *self,
                      IcamUnit     *unit)
{
  guint8 *data = self->data;
  gsize capacity = self->capacity;

  g_return_val_if_fail (unit->data == data, NULL);

  /* The next one is often as large; a key frame's room is not kept for the small ones behind it. */
  self->capacity = MIN (capacity, MAX (2 * self->size, (gsize) 4096));
  self->data = g_malloc (self->capacity);
  if (capacity > unit->size + unit->size / 4 + 1024)
    data = g_realloc (data, unit->size);
  unit->data = NULL;
  return data;
}

/**
 * icam_rtp_depay_get_format:
 * @self: a depayloader
 *
 * Returns: (transfer none): what the stream is, by the description and what came since
 */
const IcamRtpFormat *
icam_rtp_depay_get_format (IcamRtpDepay *self)
{
  return &self->format;
}

/**
 * icam_rtp_depay_get_clock_rate:
 * @self: a depayloader
 *
 * Returns: ticks of RTP time a second
 */
guint
icam_rtp_depay_get_clock_rate (IcamRtpDepay *self)
{
  return self->clock_rate;
}

/**
 * icam_rtp_depay_get_stats:
 * @self: a depayloader
 * @stats: (out): what a receiver report wants to know
 */
void
icam_rtp_depay_get_stats (IcamRtpDepay *self,
                          IcamRtpStats *stats)
{
  *stats = self->stats;
}

/* ---- the description ---- */

/* The value of a parameter in "96 name=value;name=value", or NULL. */
static char *
fmtp_value (const char *fmtp,
            const char *name)
{
  g_auto (GStrv) parts = NULL;

  if (fmtp == NULL)
    return NULL;

  parts = g_strsplit (fmtp, ";", 64);
  for (guint i = 0; parts[i] != NULL; i++)
    {
      char *part = g_strstrip (parts[i]);
      char *equals = strchr (part, '=');
      char *key = part;

      if (equals == NULL)
        continue;
      *equals = '\0';
      /* The payload type may stand before the first name. */
      if (strrchr (part, ' ') != NULL)
        key = strrchr (part, ' ') + 1;
      if (g_ascii_strcasecmp (g_strstrip (key), name) == 0)
        return g_strdup (g_strstrip (equals + 1));
    }

  return NULL;
}

static guint
fmtp_number (const char *fmtp,
             const char *name,
             guint       fallback,
             guint       max)
{
  g_autofree char *value = fmtp_value (fmtp, name);
  guint64 number;

  if (value == NULL || !g_ascii_string_to_unsigned (value, 10, 0, max, &number, NULL))
    return fallback;
  return (guint) number;
}

static void
take_sets (IcamRtpDepay *self,
           const char   *fmtp,
           const char   *name)
{
  g_autofree char *value = fmtp_value (fmtp, name);
  g_auto (GStrv) sets = NULL;

  if (value == NULL)
    return;

  sets = g_strsplit (value, ",", 32);
  for (guint i = 0; sets[i] != NULL; i++)
    {
      gsize size;
      g_autofree guint8 *nal = g_base64_decode (sets[i], &size);

      icam_codec_config_add (self->config, nal, size);
    }
}

static GBytes *
from_hex (const char *text)
{
  gsize length = text != NULL ? strlen (text) : 0;
  GByteArray *out;

  if (length == 0 || length % 2 != 0 || length > 256)
    return NULL;

  out = g_byte_array_new ();
  for (gsize i = 0; i < length; i += 2)
    {
      int high = g_ascii_xdigit_value (text[i]), low = g_ascii_xdigit_value (text[i + 1]);
      guint8 byte;

      if (high < 0 || low < 0)
        {
          g_byte_array_unref (out);
          return NULL;
        }
      byte = (guint8) (high << 4 | low);
      g_byte_array_append (out, &byte, 1);
    }
  return g_byte_array_free_to_bytes (out);
}

/* Rate and channels from an AudioSpecificConfig (ISO/IEC 14496-3, section 1.6.2.1), which knows better than the SDP. */
static void
parse_audio_config (IcamRtpDepay *self)
{
  static const guint rates[] = { 96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350 };
  gsize size, at = 5;
  const guint8 *data = g_bytes_get_data (self->format.codec_data, &size);
  guint index, channels;

  self->samples_per_frame = 1024;
  if (size < 2)
    return;
  index = get_bits (data, &at, 4);
  if (index >= G_N_ELEMENTS (rates))
    return;
  channels = get_bits (data, &at, 4);
  if (channels >= 1 && channels <= 7)
    self->format.channels = channels == 7 ? 8 : channels;
  self->format.rate = rates[index];
  /* frameLengthFlag: 960 samples a frame */
  if (get_bits (data, &at, 1))
    self->samples_per_frame = 960;
}

/**
 * icam_rtp_depay_new:
 * @encoding_name: as in the SDP's rtpmap ("H264"), in any case
 * @clock_rate: ticks a second
 * @channels: of audio, 0 unknown
 * @fmtp: (nullable): the SDP's format parameters
 *
 * Returns: (transfer full) (nullable): a depayloader, or %NULL for an encoding that is not known here
 */
IcamRtpDepay *
icam_rtp_depay_new (const char *encoding_name,
                    guint       clock_rate,
                    guint       channels,
                    const char *fmtp)
{
  static const struct
  {
    const char *name;
    Form form;
    IcamCodec codec;
  } known[] = {
    { "H264", FORM_H264, ICAM_CODEC_H264 },
    { "H265", FORM_H265, ICAM_CODEC_H265 },
    { "JPEG", FORM_JPEG, ICAM_CODEC_MJPEG },
    { "MPEG4-GENERIC", FORM_MPEG4_GENERIC, ICAM_CODEC_AAC },
    { "PCMU", FORM_WHOLE, ICAM_CODEC_PCMU },
    { "PCMA", FORM_WHOLE, ICAM_CODEC_PCMA },
    { "OPUS", FORM_WHOLE, ICAM_CODEC_OPUS },
  };
  IcamRtpDepay *self = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    if (g_ascii_strcasecmp (encoding_name, known[i].name) == 0)
      {
        self = g_new0 (IcamRtpDepay, 1);
        self->form = known[i].form;
        self->format.codec = known[i].codec;
        break;
      }
  if (self == NULL)
    return NULL;

  self->clock_rate = clock_rate > 0 ? clock_rate : 90000;
  self->fragment_at = G_MAXSIZE;
  switch (self->form)
    {
    case FORM_H264:
      self->config = icam_codec_config_new (ICAM_CODEC_H264);
      take_sets (self, fmtp, "sprop-parameter-sets");
      break;

    case FORM_H265:
      self->config = icam_codec_config_new (ICAM_CODEC_H265);
      take_sets (self, fmtp, "sprop-vps");
      take_sets (self, fmtp, "sprop-sps");
      take_sets (self, fmtp, "sprop-pps");
      break;

    case FORM_JPEG:
      self->jpeg = icam_rtp_jpeg_new ();
      self->new_format = TRUE;
      break;

    case FORM_MPEG4_GENERIC:
      {
        g_autofree char *hex = fmtp_value (fmtp, "config");

        self->size_length = fmtp_number (fmtp, "sizelength", 13, 32);
        self->index_length = fmtp_number (fmtp, "indexlength", 3, 32);
        self->index_delta_length = fmtp_number (fmtp, "indexdeltalength", 3, 32);
        self->format.codec_data = from_hex (hex);
        self->format.rate = self->clock_rate;
        self->format.channels = MAX (channels, 1);
        if (self->format.codec_data == NULL || self->size_length == 0)
          {
            icam_rtp_depay_free (self);
            return NULL;
          }
        parse_audio_config (self);
        self->new_format = TRUE;
        break;
      }

    case FORM_WHOLE:
    default:
      self->format.rate = self->clock_rate;
      self->format.channels = MAX (channels, 1);
      self->new_format = TRUE;
      break;
    }

  refresh_format (self);
  return self;
}

/**
 * icam_rtp_depay_free:
 * @self: (transfer full): a depayloader
 */
void
icam_rtp_depay_free (IcamRtpDepay *self)
{
  g_clear_pointer (&self->config, icam_codec_config_free);
  g_clear_pointer (&self->jpeg, icam_rtp_jpeg_free);
  g_clear_pointer (&self->format.codec_data, g_bytes_unref);
  g_free (self->data);
  g_free (self);
}
