/* SPDX-License-Identifier: GPL-3.0-or-later */

/* MP4 files: what is made of mp4mux's index, and what players find. */

#include "config.h"

#include "media/icam-bitstream.h"
#include "media/icam-media.h"
#include "media/icam-mp4-moov.h"
#include "media/icam-mp4-writer.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <gst/app/gstappsink.h>
#include <gst/pbutils/pbutils.h>
#include <string.h>
#include <unistd.h>

#include "test-clip.h"

#define FIRST_US G_GINT64_CONSTANT (1777816800000000) /* 2026-05-03T14:00:00Z */
#define FRAME_US 66700
#define EPOCH_1904 2082844800u
#define N_PICTURES 60

/* ---- the index alone ---- */

static void
put_32 (GByteArray *out,
        guint32     value)
{
  value = GUINT32_TO_BE (value);
  g_byte_array_append (out, (const guint8 *) &value, sizeof value);
}

static guint
begin_box (GByteArray *out,
           const char *type)
{
  put_32 (out, 0);
  g_byte_array_append (out, (const guint8 *) type, 4);
  return out->len - 8;
}

static void
end_box (GByteArray *out,
         guint       at)
{
  guint32 size = GUINT32_TO_BE (out->len - at);

  memcpy (out->data + at, &size, sizeof size);
}

static void
put_all (GByteArray *out,
         const char *type,
         guint       n,
         ...)
{
  guint at = begin_box (out, type);
  va_list args;

  va_start (args, n);
  for (guint i = 0; i < n; i++)
    put_32 (out, va_arg (args, guint32));
  va_end (args);
  end_box (out, at);
}

/* A movie of 10 s in units of 100 µs; its track begins 50 ms later and counts in 48000. */
static GByteArray *
make_moov (guint32 offset)
{
  GByteArray *out = g_byte_array_new ();
  guint moov = begin_box (out, "moov"), trak, box[4];

  put_all (out, "mvhd", 7, 0u, 1u, 2u, 10000u, 100000u, 77u, 78u);
  trak = begin_box (out, "trak");
  put_all (out, "tkhd", 7, 0u, 1u, 2u, 5u, 0u, 100000u, 79u);
  box[0] = begin_box (out, "edts");
  put_all (out, "elst", 8, 0u, 2u, 500u, G_MAXUINT32, 0x10000u, 99500u, 960u, 0x10000u);
  end_box (out, box[0]);
  box[1] = begin_box (out, "mdia");
  put_all (out, "mdhd", 5, 0u, 1u, 2u, 48000u, 477600u);
  box[2] = begin_box (out, "minf");
  box[3] = begin_box (out, "stbl");
  put_all (out, "stco", 4, 0u, 2u, 40u, offset);
  for (guint i = 4; i-- > 1;)
    end_box (out, box[i]);
  end_box (out, trak);
  put_all (out, "udta", 1, 4711u);
  end_box (out, moov);
  return out;
}

/* Wherever it stands. */
static guint32
get_32 (const void *data)
{
  guint32 value;

  memcpy (&value, data, sizeof value);
  return GUINT32_FROM_BE (value);
}

static guint64
get_64 (const guint8 *data)
{
  return (guint64) get_32 (data) << 32 | get_32 (data + 4);
}

static const guint8 *
find (const GByteArray *moov,
      const char       *type)
{
  const guint8 *at = memmem (moov->data, moov->len, type, 4);

  return at != NULL ? at - 4 : NULL;
}

static guint32
word (const guint8 *box,
      guint         i)
{
  return get_32 (box + 8 + 4 * i);
}

static void
test_index (void)
{
  const IcamMp4Change change = { .shift_from = 40, .shift = 1000, .cut_us = 2000000, .created_us = FIRST_US };
  g_autoptr (GByteArray) before = make_moov (5000);
  g_autoptr (GByteArray) after = NULL;
  g_autoptr (GError) error = NULL;
  const guint32 created = (guint32) (FIRST_US / G_USEC_PER_SEC) + EPOCH_1904;

  after = icam_mp4_moov_change (before->data, before->len, &change, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (get_32 (after->data), ==, after->len);
  /* An edit less: what was empty is cut, and what is left of 2 s is not shown of the next. */
  g_assert_cmpuint (after->len, ==, before->len - 12);
  g_assert_cmpuint (word (find (after, "elst"), 1), ==, 1);
  g_assert_cmpuint (word (find (after, "elst"), 2), ==, 80000);
  g_assert_cmpuint (word (find (after, "elst"), 3), ==, 960 + 48000 * 195 / 100);
  g_assert_cmpuint (word (find (after, "elst"), 4), ==, 0x10000);
  g_assert_cmpuint (word (find (after, "mvhd"), 1), ==, created);
  g_assert_cmpuint (word (find (after, "mvhd"), 4), ==, 100000);
  g_assert_cmpuint (word (find (after, "mvhd"), 6), ==, 78);
  g_assert_cmpuint (word (find (after, "tkhd"), 2), ==, created);
  g_assert_cmpuint (word (find (after, "tkhd"), 3), ==, 5);
  g_assert_cmpuint (word (find (after, "tkhd"), 5), ==, 80000);
  g_assert_cmpuint (word (find (after, "mdhd"), 1), ==, created);
  g_assert_cmpuint (word (find (after, "mdhd"), 4), ==, 477600);
  g_assert_cmpuint (word (find (after, "stco"), 2), ==, 1040);
  g_assert_cmpuint (word (find (after, "stco"), 3), ==, 6000);
  g_assert_cmpuint (word (find (after, "udta"), 0), ==, 4711);
}

/* Offsets grow with what they have to say. */
static void
test_offsets (void)
{
  const IcamMp4Change change = { .shift_from = 41, .shift = 1000, .created_us = FIRST_US };
  g_autoptr (GByteArray) before = make_moov (G_MAXUINT32 - 10);
  g_autoptr (GByteArray) after = NULL;
  g_autoptr (GError) error = NULL;

  after = icam_mp4_moov_change (before->data, before->len, &change, &error);
  g_assert_no_error (error);
  g_assert_null (find (after, "stco"));
  g_assert_cmpuint (after->len, ==, before->len + 8);
  g_assert_cmpuint (get_64 (find (after, "co64") + 16), ==, 40);
  g_assert_cmpuint (get_64 (find (after, "co64") + 24), ==, (guint64) G_MAXUINT32 + 990);
  g_assert_cmpuint (word (find (after, "elst"), 1), ==, 2);
}

static void
test_torn_index (void)
{
  const IcamMp4Change change = { .created_us = FIRST_US };
  g_autoptr (GByteArray) moov = make_moov (5000);

  for (guint size = 0; size < moov->len; size++)
    {
      g_autofree guint8 *torn = g_memdup2 (moov->data, size);
      g_autoptr (GError) error = NULL;

      g_assert_null (icam_mp4_moov_change (torn, size, &change, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
    }
  /* Each byte of what says how long things are. */
  for (guint at = 0; at < moov->len; at++)
    {
      g_autofree guint8 *wrong = g_memdup2 (moov->data, moov->len);
      g_autoptr (GByteArray) after = NULL;

      wrong[at] ^= 0xff;
      after = icam_mp4_moov_change (wrong, moov->len, &change, NULL);
    }
}

/* ---- whole files ---- */

typedef struct
{
  char *path;
  int fd;
  GPtrArray *pictures; /* of GstBuffer */
  GPtrArray *sounds;
  IcamTrack *video, *audio;
} Fixture;

static GBytes *
codec_data_of (GstCaps *caps)
{
  const GValue *value = gst_structure_get_value (gst_caps_get_structure (caps, 0), "codec_data");
  GstMapInfo map;
  GBytes *bytes;

  g_assert_true (gst_buffer_map (gst_value_get_buffer (value), &map, GST_MAP_READ));
  bytes = g_bytes_new (map.data, map.size);
  gst_buffer_unmap (gst_value_get_buffer (value), &map);
  return bytes;
}

static GPtrArray *
make_sounds (guint     n,
             GstCaps **caps)
{
  g_autofree char *launch = g_strdup_printf ("audiotestsrc num-buffers=%u samplesperbuffer=1024 ! audio/x-raw,rate=16000,channels=1 ! "
                                             "avenc_aac ! appsink name=sink sync=false", n);
  GPtrArray *sounds = g_ptr_array_new_with_free_func ((GDestroyNotify) gst_buffer_unref);
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) pipeline = gst_parse_launch (launch, &error);
  g_autoptr (GstElement) sink = NULL;
  GstSample *sample;

  g_assert_no_error (error);
  sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  while ((sample = gst_app_sink_pull_sample (GST_APP_SINK (sink))) != NULL)
    {
      gst_caps_replace (caps, gst_sample_get_caps (sample));
      g_ptr_array_add (sounds, gst_buffer_ref (gst_sample_get_buffer (sample)));
      gst_sample_unref (sample);
    }
  gst_element_set_state (pipeline, GST_STATE_NULL);
  return sounds;
}

static void
setup (Fixture      *self,
       gconstpointer encoder)
{
  g_autoptr (GstCaps) video = NULL;
  g_autoptr (GstCaps) audio = NULL;
  g_autoptr (GError) error = NULL;

  self->pictures = test_clip_new ("ball", encoder, 320, 240, N_PICTURES, &video);
  self->video = icam_track_new (strstr (encoder, "x265") != NULL ? ICAM_CODEC_H265 : ICAM_CODEC_H264);
  self->video->width = 320;
  self->video->height = 240;
  /* Cameras do not always say how fast they are. */
  self->video->frame_duration_us = g_str_equal (encoder, TEST_CLIP_AVC) ? 0 : FRAME_US;
  self->video->private_data = codec_data_of (video);
  self->sounds = make_sounds (50, &audio);
  self->audio = icam_track_new (ICAM_CODEC_AAC);
  self->audio->rate = 16000;
  self->audio->channels = 1;
  self->audio->frame_duration_us = 64000;
  self->audio->private_data = codec_data_of (audio);
  self->fd = g_file_open_tmp ("icam-XXXXXX.mp4", &self->path, &error);
  g_assert_no_error (error);
}

static void
teardown (Fixture      *self,
          gconstpointer encoder)
{
  close (self->fd);
  g_unlink (self->path);
  g_free (self->path);
  g_ptr_array_unref (self->pictures);
  g_ptr_array_unref (self->sounds);
  icam_track_unref (self->video);
  icam_track_unref (self->audio);
}

static gboolean
add (IcamMp4Writer *writer,
     guint          track,
     GstBuffer     *buffer,
     gint64         utc_us,
     gint64         dts_offset_us,
     GError       **error)
{
  IcamPacket packet = { .track = track, .utc_us = utc_us, .dts_offset_us = dts_offset_us };
  GstMapInfo map;
  gboolean ok;

  if (!GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT))
    packet.flags = ICAM_PACKET_KEY;
  g_assert_true (gst_buffer_map (buffer, &map, GST_MAP_READ));
  packet.data = g_bytes_new (map.data, map.size);
  gst_buffer_unmap (buffer, &map);
  ok = icam_mp4_writer_add (writer, &packet, error);
  icam_packet_clear (&packet);
  return ok;
}

/* When a picture is shown, in UTC, whatever the encoder began with; they are in the order of decoding. */
static gint64
shown_us (Fixture *self,
          guint    i)
{
  GstClockTime first = GST_BUFFER_PTS (self->pictures->pdata[0]);

  return FIRST_US + (gint64) (GST_BUFFER_PTS (self->pictures->pdata[i]) - first) / 1000;
}

/* When the n-th that is shown is. */
static gint64
nth_shown_us (Fixture *self,
              guint    n)
{
  for (guint i = 0; i < self->pictures->len; i++)
    if ((shown_us (self, i) - FIRST_US + FRAME_US / 2) / FRAME_US == n)
      return shown_us (self, i);
  g_assert_not_reached ();
}

static gboolean
write_film (Fixture      *self,
            IcamTrack    *audio,
            guint64       index_size,
            guint         n_hidden,
            GCancellable *cancellable,
            GError      **error)
{
  g_autoptr (IcamMp4Writer) writer
    = icam_mp4_writer_new (self->fd, self->video, audio, index_size, "Front door 2026", "with a comment",
                           n_hidden > 0 ? nth_shown_us (self, n_hidden) : G_MININT64, cancellable, error);
  guint sound = 0;

  if (writer == NULL)
    return FALSE;
  for (guint i = 0; i < self->pictures->len; i++)
    {
      GstBuffer *picture = self->pictures->pdata[i];
      gint64 utc_us = shown_us (self, i);
      gint64 dts_offset_us = GST_BUFFER_DTS_IS_VALID (picture) ? (gint64) (GST_BUFFER_PTS (picture) - GST_BUFFER_DTS (picture)) / 1000 : 0;

      if (!add (writer, ICAM_TRACK_VIDEO, picture, utc_us, dts_offset_us, error))
        return FALSE;
      /* Sound begins a little later, and there is none for a second and a half. */
      for (; audio != NULL && sound < self->sounds->len; sound++)
        {
          gint64 heard_us = FIRST_US + 30000 + sound * 64000 + (sound >= 20 ? 1500000 : 0);

          if (heard_us > utc_us)
            break;
          if (!add (writer, ICAM_TRACK_AUDIO, self->sounds->pdata[sound], heard_us, 0, error))
            return FALSE;
        }
    }
  return icam_mp4_writer_finish (writer, nth_shown_us (self, n_hidden), error);
}

/* The types of a file's boxes in their order. */
static char *
boxes_of (const char *path)
{
  g_autofree char *data = NULL;
  GString *types = g_string_new (NULL);
  gsize size, at = 0;

  g_assert_true (g_file_get_contents (path, &data, &size, NULL));
  while (at < size)
    {
      guint64 length = get_32 (data + at);

      g_string_append_printf (types, "%s%.4s", types->len > 0 ? " " : "", data + at + 4);
      if (length == 1)
        length = get_64 ((const guint8 *) data + at + 8);
      g_assert_cmpuint (length, >=, 8);
      at += length;
    }
  g_assert_cmpuint (at, ==, size);
  return g_string_free (types, FALSE);
}

static void
check_played (const char *path,
              guint       n_pictures,
              guint       n_hidden,
              guint       n_blinks)
{
  g_autofree char *launch = g_strdup_printf ("filesrc location=%s ! qtdemux name=d d.video_0 ! decodebin ! appsink name=sink sync=false", path);
  g_autofree char *uri = g_filename_to_uri (path, NULL, NULL);
  g_autoptr (GstDiscoverer) discoverer = gst_discoverer_new (20 * GST_SECOND, NULL);
  g_autoptr (GstDiscovererInfo) info = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) pipeline = gst_parse_launch (launch, &error);
  g_autoptr (GstElement) sink = NULL;
  g_autofree char *title = NULL;
  g_autofree char *comment = NULL;
  GstClockTime expected = n_pictures * GST_SECOND / 15;
  GstSample *sample;
  guint n = 0;

  g_assert_no_error (error);
  sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  while ((sample = gst_app_sink_pull_sample (GST_APP_SINK (sink))) != NULL)
    {
      n++;
      gst_sample_unref (sample);
    }
  gst_element_set_state (pipeline, GST_STATE_NULL);
  g_assert_cmpuint (n, >=, n_pictures);
  g_assert_cmpuint (n, <=, n_pictures + n_blinks);

  info = gst_discoverer_discover_uri (discoverer, uri, &error);
  g_assert_no_error (error);
  g_assert_cmpint (gst_discoverer_info_get_result (info), ==, GST_DISCOVERER_OK);
  /* It counts some of what is hidden. */
  g_assert_cmpint (gst_discoverer_info_get_duration (info), >, expected - 100 * GST_MSECOND);
  g_assert_cmpint (gst_discoverer_info_get_duration (info), <, expected + 250 * GST_MSECOND + n_hidden * GST_SECOND / 15);
  {
    g_autoptr (GstDiscovererStreamInfo) stream = gst_discoverer_info_get_stream_info (info);
    const GstTagList *tags = gst_discoverer_container_info_get_tags (GST_DISCOVERER_CONTAINER_INFO (stream));

    g_assert_true (gst_tag_list_get_string (tags, GST_TAG_TITLE, &title));
    g_assert_true (gst_tag_list_get_string (tags, GST_TAG_COMMENT, &comment));
    g_assert_cmpstr (title, ==, "Front door 2026");
    g_assert_cmpstr (comment, ==, "with a comment");
  }
}

static void
test_plays (Fixture      *self,
            gconstpointer encoder)
{
  guint64 room = icam_mp4_writer_index_size (self->video, self->audio, 4 * G_USEC_PER_SEC);
  g_autoptr (GError) error = NULL;
  g_autofree char *boxes = NULL;

  g_assert_true (write_film (self, self->audio, room, 0, NULL, &error));
  g_assert_no_error (error);
  boxes = boxes_of (self->path);
  g_assert_cmpstr (boxes, ==, "ftyp moov free free mdat");
  check_played (self->path, N_PICTURES, 0, 0);
}

static void
test_hides (Fixture      *self,
            gconstpointer encoder)
{
  guint64 room = icam_mp4_writer_index_size (self->video, NULL, 4 * G_USEC_PER_SEC);
  g_autoptr (GError) error = NULL;

  g_assert_true (write_film (self, self->audio, room, 10, NULL, &error));
  g_assert_no_error (error);
  /* Where pictures are reordered GStreamer lets the one before last for a blink longer. */
  check_played (self->path, N_PICTURES - 10, 10, strstr (encoder, "bframes") != NULL ? 1 : 0);
}

/* Without room for the index it stands at the end; a track without a packet is none. */
static void
test_no_room (Fixture      *self,
              gconstpointer encoder)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *boxes = NULL;

  g_ptr_array_set_size (self->sounds, 0);
  g_assert_true (write_film (self, self->audio, 100, 0, NULL, &error));
  g_assert_no_error (error);
  boxes = boxes_of (self->path);
  g_assert_cmpstr (boxes, ==, "ftyp free free mdat moov");
  check_played (self->path, N_PICTURES, 0, 0);
}

static void
test_full (Fixture      *self,
           gconstpointer encoder)
{
  g_autoptr (GError) error = NULL;

  close (self->fd);
  self->fd = open ("/dev/full", O_RDWR | O_CLOEXEC);
  g_assert_cmpint (self->fd, >=, 0);
  g_assert_false (write_film (self, NULL, 1000, 0, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
}

static void
test_cancelled (Fixture      *self,
                gconstpointer encoder)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  g_assert_false (write_film (self, self->audio, 1000, 0, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* What a picture needs of its header when it stands in another's file: in front of it, and nothing of a torn one. */
static void
test_sets (Fixture      *self,
           gconstpointer encoder)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  gsize size;
  const guint8 *record = g_bytes_get_data (self->video->private_data, &size);
  guint n = 0;

  g_assert_true (icam_bitstream_add_params (self->video->codec, record, size, out));
  g_assert_true (icam_bitstream_check (out->data, out->len, &n));
  g_assert_cmpuint (n, ==, self->video->codec == ICAM_CODEC_H264 ? 2 : 3);
  for (gsize torn = 0; torn < size; torn++)
    {
      g_autofree guint8 *part = g_memdup2 (record, torn);
      guint before = out->len;

      if (!icam_bitstream_add_params (self->video->codec, part, torn, out))
        g_assert_cmpuint (out->len, ==, before);
      else
        g_assert_true (icam_bitstream_check (out->data, out->len, NULL));
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  icam_media_init ();
  g_test_add_func ("/media/mp4/index", test_index);
  g_test_add_func ("/media/mp4/offsets", test_offsets);
  g_test_add_func ("/media/mp4/torn-index", test_torn_index);
#define ADD(path, encoder, func) g_test_add ("/media/mp4/" path, Fixture, encoder, setup, func, teardown)
  ADD ("plays-h264", TEST_CLIP_AVC, test_plays);
  ADD ("plays-b-frames", TEST_CLIP_AVC_B, test_plays);
  ADD ("plays-h265", TEST_CLIP_HVC1, test_plays);
  ADD ("hides-h264", TEST_CLIP_AVC, test_hides);
  ADD ("hides-b-frames", TEST_CLIP_AVC_B, test_hides);
  ADD ("sets-h264", TEST_CLIP_AVC, test_sets);
  ADD ("sets-h265", TEST_CLIP_HVC1, test_sets);
  ADD ("no-room", TEST_CLIP_AVC, test_no_room);
  ADD ("full", TEST_CLIP_AVC, test_full);
  ADD ("cancelled", TEST_CLIP_AVC, test_cancelled);
  return g_test_run ();
}
