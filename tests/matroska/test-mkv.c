/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What is written is read back, whatever state the file is in and whatever is done to it. */

#include "config.h"

#include "matroska/icam-mkv.h"

#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define START_US G_GINT64_CONSTANT (1777816800123400)

static IcamSegmentId
make_id (void)
{
  IcamSegmentId id
    = { .role = ICAM_ROLE_SUB, .epoch = 7, .seq = 123456789012345, .start_us = START_US };

  memset (&id.archive, 0x11, sizeof id.archive);
  memset (&id.channel, 0x22, sizeof id.channel);
  return id;
}

static IcamTrack *
make_video (IcamCodec codec)
{
  IcamTrack *track = icam_track_new (codec);

  track->width = 640;
  track->height = 360;
  track->frame_duration_us = 40000;
  track->private_data = g_bytes_new_static ("\x01\x64\x00\x1f\xff\xe1\x00\x00\x01\x00\x00", 11);
  return track;
}

static IcamTrack *
make_audio (IcamCodec codec)
{
  IcamTrack *track = icam_track_new (codec);

  track->rate = codec == ICAM_CODEC_OPUS ? 48000 : 8000;
  track->channels = 1;
  if (codec == ICAM_CODEC_AAC)
    track->private_data = g_bytes_new_static ("\x15\x88", 2);
  else if (codec == ICAM_CODEC_OPUS)
    track->private_data
      = g_bytes_new_static ("OpusHead\x01\x01\x38\x01\x80\xbb\x00\x00\x00\x00\x00", 19);
  return track;
}

static void
add (IcamMkvWriter *writer, guint track, gint64 utc_us, gboolean key, guint size, guint8 fill)
{
  g_autofree guint8 *data = g_malloc (size);
  g_autoptr (GError) error = NULL;
  IcamPacket packet = { .track = track, .utc_us = utc_us, .flags = key ? ICAM_PACKET_KEY : 0 };

  memset (data, fill, size);
  packet.data = g_bytes_new_take (g_steal_pointer (&data), size);
  icam_mkv_writer_add (writer, &packet, &error);
  g_assert_no_error (error);
  icam_packet_clear (&packet);
}

static int
to_fd (const GByteArray *bytes)
{
  int fd = memfd_create ("segment", MFD_CLOEXEC);

  g_assert_cmpint (write (fd, bytes->data, bytes->len), ==, bytes->len);
  return fd;
}

static void
apply (int fd, GPtrArray *patches)
{
  for (guint i = 0; i < patches->len; i++)
    {
      const IcamMkvPatch *patch = g_ptr_array_index (patches, i);
      gsize size;
      gconstpointer data = g_bytes_get_data (patch->data, &size);

      g_assert_cmpint (pwrite (fd, data, size, (off_t) patch->offset), ==, size);
    }
}

/* Ten groups of 25 pictures with a B picture between, and sound. */
static IcamMkvWriter *
make_segment (GByteArray *out)
{
  IcamSegmentId id = make_id ();
  g_autoptr (IcamTrack) video = make_video (ICAM_CODEC_H264);
  g_autoptr (IcamTrack) audio = make_audio (ICAM_CODEC_AAC);
  IcamMkvWriter *writer = icam_mkv_writer_new (&id, video, audio);

  for (guint i = 0; i < 250; i++)
    {
      /* Decoding order 0 2 1 4 3 …, within a group of 25. */
      guint in_group = i % 25;
      guint shown = in_group == 0 ? i : in_group % 2 == 1 ? MIN (i + 1, i / 25 * 25 + 24) : i - 1;

      add (writer, ICAM_TRACK_VIDEO, START_US + shown * 40000, in_group == 0,
           in_group == 0 ? 4000 : 300, (guint8) i);
      add (writer, ICAM_TRACK_AUDIO, START_US + i * 40000 - 5000, TRUE, 20, (guint8) i);
      if (i % 6 == 0)
        icam_mkv_writer_flush (writer, out);
    }
  return writer;
}

static void
check_packets (IcamMkvReader *reader)
{
  g_autoptr (GError) error = NULL;
  IcamPacket packet;
  guint counts[2] = { 0, 0 };

  while (icam_mkv_reader_next (reader, &packet, &error))
    {
      guint i = counts[packet.track]++;
      const guint8 *data = g_bytes_get_data (packet.data, NULL);

      g_assert_cmpuint (data[0], ==, i & 0xff);
      if (packet.track == ICAM_TRACK_VIDEO)
        {
          guint in_group = i % 25;
          guint shown = in_group == 0       ? i
                        : in_group % 2 == 1 ? MIN (i + 1, i / 25 * 25 + 24)
                                            : i - 1;

          g_assert_cmpint (packet.utc_us, ==, START_US + shown * 40000);
          g_assert_true (!!(packet.flags & ICAM_PACKET_KEY) == (in_group == 0));
        }
      else
        g_assert_cmpint (packet.utc_us, ==, START_US + i * 40000 - 5000);
      icam_packet_clear (&packet);
    }
  g_assert_no_error (error);
  g_assert_cmpuint (counts[0], ==, 250);
  g_assert_cmpuint (counts[1], ==, 250);
}

static void
test_round_trip (void)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  g_autoptr (IcamMkvWriter) writer = make_segment (out);
  g_autoptr (GPtrArray) patches = NULL;
  g_autoptr (GError) error = NULL;
  IcamSegmentId id = make_id ();
  int fd;

  for (guint closed = 0; closed < 2; closed++)
    {
      g_autoptr (IcamMkvReader) reader = NULL;
      g_autoptr (GArray) keys = NULL;
      const IcamSegmentId *found;
      IcamPacket packet;

      if (closed == 0)
        icam_mkv_writer_flush (writer, out);
      else
        patches = icam_mkv_writer_close (writer, out);
      g_assert_cmpuint (icam_mkv_writer_size (writer), ==, out->len);
      fd = to_fd (out);
      if (closed)
        apply (fd, patches);

      reader = icam_mkv_reader_new (fd, &error);
      g_assert_no_error (error);
      g_assert_true (icam_mkv_reader_is_closed (reader) == (closed == 1));
      found = icam_mkv_reader_get_id (reader);
      g_assert_cmpmem (&found->archive, 16, &id.archive, 16);
      g_assert_cmpmem (&found->channel, 16, &id.channel, 16);
      g_assert_cmpint (found->role, ==, id.role);
      g_assert_cmpuint (found->epoch, ==, id.epoch);
      g_assert_cmpuint (found->seq, ==, id.seq);
      g_assert_cmpint (found->start_us, ==, id.start_us);
      {
        g_autoptr (IcamTrack) video = make_video (ICAM_CODEC_H264);
        g_autoptr (IcamTrack) audio = make_audio (ICAM_CODEC_AAC);

        g_assert_true (
          icam_track_equal (video, icam_mkv_reader_get_track (reader, ICAM_TRACK_VIDEO)));
        g_assert_true (
          icam_track_equal (audio, icam_mkv_reader_get_track (reader, ICAM_TRACK_AUDIO)));
      }
      check_packets (reader);

      keys = icam_mkv_reader_dup_key_frames (reader);
      g_assert_cmpmem (keys->data, keys->len * sizeof (IcamKeyFrame),
                       icam_mkv_writer_peek_key_frames (writer)->data, 10 * sizeof (IcamKeyFrame));
      /* From the key frame before. */
      g_assert_true (icam_mkv_reader_seek_time (reader, START_US + 3 * 1000000 + 500000, &error));
      g_assert_true (icam_mkv_reader_next (reader, &packet, &error));
      g_assert_cmpint (packet.utc_us, ==, START_US + 3 * 1000000);
      icam_packet_clear (&packet);
      g_assert_true (icam_mkv_reader_seek_time (reader, 0, &error));
      g_assert_true (icam_mkv_reader_next (reader, &packet, &error));
      g_assert_cmpint (packet.utc_us, ==, START_US);
      icam_packet_clear (&packet);
      g_assert_false (icam_mkv_reader_seek (reader, 12345, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
      g_clear_error (&error);
      close (fd);
    }
  g_assert_cmpint (icam_mkv_writer_end_us (writer), ==, START_US + 250 * 40000);
}

static void
test_codecs (void)
{
  static const IcamCodec videos[]
    = { ICAM_CODEC_H264, ICAM_CODEC_H265, ICAM_CODEC_MJPEG, ICAM_CODEC_H264 };
  static const IcamCodec audios[]
    = { ICAM_CODEC_PCMU, ICAM_CODEC_PCMA, ICAM_CODEC_OPUS, ICAM_CODEC_AAC };

  for (guint i = 0; i < G_N_ELEMENTS (videos); i++)
    {
      g_autoptr (IcamTrack) video = make_video (videos[i]);
      g_autoptr (IcamTrack) audio = make_audio (audios[i]);
      IcamSegmentId id = make_id ();
      g_autoptr (IcamMkvWriter) writer = icam_mkv_writer_new (&id, video, audio);
      g_autoptr (GByteArray) out = g_byte_array_new ();
      g_autoptr (IcamMkvReader) reader = NULL;
      g_autoptr (GError) error = NULL;
      int fd;

      icam_mkv_writer_flush (writer, out);
      fd = to_fd (out);
      reader = icam_mkv_reader_new (fd, &error);
      g_assert_no_error (error);
      g_assert_true (
        icam_track_equal (video, icam_mkv_reader_get_track (reader, ICAM_TRACK_VIDEO)));
      g_assert_true (
        icam_track_equal (audio, icam_mkv_reader_get_track (reader, ICAM_TRACK_AUDIO)));
      close (fd);
    }
}

/* A reader that follows a file that is being written gets each packet once. */
static void
test_follow (void)
{
  IcamSegmentId id = make_id ();
  g_autoptr (IcamTrack) video = make_video (ICAM_CODEC_H264);
  g_autoptr (IcamMkvWriter) writer = icam_mkv_writer_new (&id, video, NULL);
  g_autoptr (GByteArray) out = g_byte_array_new ();
  g_autoptr (IcamMkvReader) reader = NULL;
  g_autoptr (GError) error = NULL;
  IcamPacket packet;
  guint n = 0;
  gsize done = 0;
  int fd = memfd_create ("segment", MFD_CLOEXEC);

  for (guint i = 0; i < 40; i++)
    {
      add (writer, ICAM_TRACK_VIDEO, START_US + i * 40000, i % 10 == 0, 700, (guint8) i);
      icam_mkv_writer_flush (writer, out);
      /* In pieces, as a reader may find them. */
      while (done < out->len)
        {
          gsize part = MIN (150, out->len - done);

          g_assert_cmpint (pwrite (fd, out->data + done, part, (off_t) done), ==, part);
          done += part;
          if (reader == NULL && done > 9500)
            reader = icam_mkv_reader_new (fd, &error);
          g_assert_no_error (error);
          while (reader != NULL && icam_mkv_reader_next (reader, &packet, &error))
            {
              const guint8 *data = g_bytes_get_data (packet.data, NULL);

              g_assert_cmpuint (data[0], ==, n++);
              icam_packet_clear (&packet);
            }
          g_assert_no_error (error);
        }
    }
  g_assert_cmpuint (n, ==, 40);
  close (fd);
}

/* Far more key frames than there is room for cues: they are thinned, and the file is right. */
static void
test_many_key_frames (void)
{
  IcamSegmentId id = make_id ();
  g_autoptr (IcamTrack) video = make_video (ICAM_CODEC_MJPEG);
  g_autoptr (IcamMkvWriter) writer = icam_mkv_writer_new (&id, video, NULL);
  g_autoptr (GByteArray) out = g_byte_array_new ();
  g_autoptr (GPtrArray) patches = NULL;
  g_autoptr (IcamMkvReader) reader = NULL;
  g_autoptr (GArray) keys = NULL;
  g_autoptr (GError) error = NULL;
  int fd;

  for (guint i = 0; i < 4500; i++)
    add (writer, ICAM_TRACK_VIDEO, START_US + i * (gint64) 66667, TRUE, 100, 0);
  patches = icam_mkv_writer_close (writer, out);
  fd = to_fd (out);
  apply (fd, patches);
  reader = icam_mkv_reader_new (fd, &error);
  g_assert_no_error (error);
  keys = icam_mkv_reader_dup_key_frames (reader);
  g_assert_cmpuint (keys->len, >, 300);
  g_assert_cmpuint (keys->len, <, 400);
  for (guint i = 0; i < keys->len; i++)
    g_assert_true (
      icam_mkv_reader_seek (reader, g_array_index (keys, IcamKeyFrame, i).byte_offset, &error));
  close (fd);
}

/* A picture that came late does not last longer for that, in a file that was closed and in one that is recovered. */
static void
test_late_end (void)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  g_autoptr (IcamTrack) video = make_video (ICAM_CODEC_MJPEG);
  g_autoptr (IcamMkvWriter) writer = NULL;
  g_autoptr (IcamMkvScan) scan = NULL;
  g_autoptr (GPtrArray) patches = NULL;
  g_autoptr (GError) error = NULL;
  IcamSegmentId id = make_id ();
  int fd;

  video->frame_duration_us = 0;
  writer = icam_mkv_writer_new (&id, video, NULL);
  add (writer, ICAM_TRACK_VIDEO, START_US, TRUE, 300, 0);
  add (writer, ICAM_TRACK_VIDEO, START_US + 133000, TRUE, 300, 1);
  g_assert_cmpint (icam_mkv_writer_end_us (writer), ==, START_US + 266000);
  add (writer, ICAM_TRACK_VIDEO, START_US + 431000, TRUE, 300, 2);
  g_assert_cmpint (icam_mkv_writer_end_us (writer), ==, START_US + 431000 + 133000);

  patches = icam_mkv_writer_close (writer, out);
  fd = to_fd (out);
  scan = icam_mkv_scan (fd, &error);
  g_assert_no_error (error);
  g_assert_cmpint (scan->end_us, ==, icam_mkv_writer_end_us (writer));
  close (fd);
}

static void
test_refused (void)
{
  IcamSegmentId id = make_id ();
  g_autoptr (IcamTrack) video = make_video (ICAM_CODEC_H264);
  g_autoptr (IcamMkvWriter) writer = icam_mkv_writer_new (&id, video, NULL);
  g_autoptr (GError) error = NULL;
  IcamPacket packet
    = { .track = ICAM_TRACK_AUDIO, .utc_us = START_US, .data = g_bytes_new_static ("x", 1) };

  g_assert_false (icam_mkv_writer_add (writer, &packet, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_clear_error (&error);
  packet.track = ICAM_TRACK_VIDEO;
  packet.utc_us = START_US - 3600 * (gint64) G_USEC_PER_SEC;
  g_assert_false (icam_mkv_writer_add (writer, &packet, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  icam_packet_clear (&packet);
}

/* ---- hostile input ---- */

static void
exercise (int fd)
{
  g_autoptr (IcamMkvReader) reader = icam_mkv_reader_new (fd, NULL);
  g_autoptr (IcamMkvScan) scan G_GNUC_UNUSED = icam_mkv_scan (fd, NULL);
  IcamPacket packet;

  if (reader == NULL)
    return;
  while (icam_mkv_reader_next (reader, &packet, NULL))
    icam_packet_clear (&packet);
  g_array_unref (icam_mkv_reader_dup_key_frames (reader));
  icam_mkv_reader_seek_time (reader, START_US + G_USEC_PER_SEC, NULL);
  if (icam_mkv_reader_next (reader, &packet, NULL))
    icam_packet_clear (&packet);
}

static void
test_mutated (void)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  g_autoptr (IcamMkvWriter) writer = make_segment (out);
  g_autoptr (GPtrArray) patches = icam_mkv_writer_close (writer, out);
  g_autoptr (GRand) rand = g_rand_new_with_seed (20260503);
  g_autofree guint8 *whole = g_malloc (out->len);
  guint turns = g_getenv ("ICAM_LONG") != NULL ? 200000 : 3000;
  int fd = to_fd (out);

  apply (fd, patches);
  g_assert_cmpint (pread (fd, whole, out->len, 0), ==, out->len);
  for (guint turn = 0; turn < turns; turn++)
    {
      g_autofree guint8 *bytes = g_memdup2 (whole, out->len);
      gsize length
        = turn % 3 == 0 ? (gsize) g_rand_int_range (rand, 0, (gint32) out->len) : out->len;
      guint changes = (guint) g_rand_int_range (rand, 1, 8);

      for (guint i = 0; i < changes; i++)
        {
          /* Half of them in the header, where structure is densest. */
          gsize at = (gsize) g_rand_int_range (rand, 0, i % 2 ? (gint32) out->len : 900);

          bytes[at] = i % 3 == 0 ? 0xff : (guint8) g_rand_int (rand);
        }
      g_assert_cmpint (ftruncate (fd, (off_t) length), ==, 0);
      g_assert_cmpint (pwrite (fd, bytes, length, 0), ==, length);
      exercise (fd);
    }
  close (fd);
}

static void
test_not_ours (void)
{
  static const char *const contents[] = { "", "\x1a", "\x1a\x45\xdf\xa3", "RIFF....AVI ",
                                          "\x1a\x45\xdf\xa3\x01\xff\xff\xff\xff\xff\xff\xff" };

  for (guint i = 0; i < G_N_ELEMENTS (contents); i++)
    {
      g_autoptr (GByteArray) bytes = g_byte_array_new ();
      g_autoptr (GError) error = NULL;
      int fd;

      g_byte_array_append (bytes, (const guint8 *) contents[i], (guint) strlen (contents[i]));
      fd = to_fd (bytes);
      g_assert_null (icam_mkv_reader_new (fd, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
      g_clear_error (&error);
      g_assert_null (icam_mkv_scan (fd, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
      close (fd);
    }
}

/* A file that begins before its segment does: with what an earlier one has too. */
static void
test_lead (void)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  g_autoptr (IcamTrack) video = make_video (ICAM_CODEC_H264);
  g_autoptr (IcamMkvWriter) writer = NULL;
  g_autoptr (IcamMkvReader) reader = NULL;
  g_autoptr (GPtrArray) patches = NULL;
  g_autoptr (GArray) keys = NULL;
  g_autoptr (GError) error = NULL;
  IcamSegmentId id = make_id ();
  IcamPacket packet;
  int fd;

  id.lead_us = 330000;
  writer = icam_mkv_writer_new (&id, video, NULL);
  for (guint i = 0; i < 50; i++)
    add (writer, ICAM_TRACK_VIDEO, START_US - id.lead_us + i * 40000, i % 25 == 0, 300, (guint8) i);
  patches = icam_mkv_writer_close (writer, out);
  fd = to_fd (out);

  /* As it is when the recorder dies, then closed. */
  for (guint closed = 0; closed < 2; closed++)
    {
      g_autoptr (IcamMkvScan) scan = NULL;

      if (closed)
        apply (fd, patches);
      scan = icam_mkv_scan (fd, &error);
      g_assert_no_error (error);
      g_assert_true (scan->was_closed == (closed == 1));
      g_assert_cmpint (scan->id.lead_us, ==, id.lead_us);
      g_assert_cmpint (scan->id.start_us, ==, START_US);
      g_assert_cmpint (scan->end_us, ==, START_US - id.lead_us + 2000000);
      g_assert_cmpuint (scan->key_frames->len, ==, 2);
      g_assert_cmpint (g_array_index (scan->key_frames, IcamKeyFrame, 0).offset_us, ==, -id.lead_us);
      g_assert_cmpint (g_array_index (scan->key_frames, IcamKeyFrame, 1).offset_us, ==,
                       1000000 - id.lead_us);
    }
  reader = icam_mkv_reader_new (fd, &error);
  g_assert_no_error (error);
  keys = icam_mkv_reader_dup_key_frames (reader);
  g_assert_cmpint (g_array_index (keys, IcamKeyFrame, 0).offset_us, ==, -id.lead_us);
  g_assert_true (icam_mkv_reader_seek_time (reader, START_US + 669999, &error));
  g_assert_true (icam_mkv_reader_next (reader, &packet, &error));
  g_assert_cmpint (packet.utc_us, ==, START_US - id.lead_us);
  icam_packet_clear (&packet);
  g_assert_true (icam_mkv_reader_seek_time (reader, START_US + 670000, &error));
  g_assert_true (icam_mkv_reader_next (reader, &packet, &error));
  g_assert_cmpint (packet.utc_us, ==, START_US + 670000);
  icam_packet_clear (&packet);
  close (fd);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/matroska/round-trip", test_round_trip);
  g_test_add_func ("/matroska/codecs", test_codecs);
  g_test_add_func ("/matroska/follow", test_follow);
  g_test_add_func ("/matroska/many-key-frames", test_many_key_frames);
  g_test_add_func ("/matroska/lead", test_lead);
  g_test_add_func ("/matroska/late-end", test_late_end);
  g_test_add_func ("/matroska/refused", test_refused);
  g_test_add_func ("/matroska/mutated", test_mutated);
  g_test_add_func ("/matroska/not-ours", test_not_ours);
  return g_test_run ();
}
