/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Programs of others open our files: while they are written, torn and mended, and closed. */

#include "config.h"

#include "matroska/icam-mkv.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define START_US G_GINT64_CONSTANT (1777816800000000)
#define N_FRAMES 75
#define FRAME_US 66667

typedef struct
{
  char *top;
  GPtrArray *frames; /* of GBytes, with lengths in front; key frames every 15 */
  GPtrArray *jpegs;
  GBytes *avcc;
} Fixture;

static gboolean
have (const char *program)
{
  g_autofree char *path = g_find_program_in_path (program);

  return path != NULL;
}

/* Runs a program, which must succeed; returns what it says on both its outputs. */
static char *
run (const char *format, ...)
{
  g_autofree char *command = NULL;
  g_autofree char *shell = NULL;
  g_autoptr (GError) error = NULL;
  char *output = NULL;
  const char *argv[4] = { "sh", "-c", NULL, NULL };
  int status;
  va_list args;

  va_start (args, format);
  command = g_strdup_vprintf (format, args);
  va_end (args);
  shell = g_strdup_printf ("%s 2>&1", command);
  argv[2] = shell;
  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &output, NULL, &status,
                &error);
  g_assert_no_error (error);
  if (!g_spawn_check_wait_status (status, NULL))
    g_test_message ("%s\n%s", command, output);
  g_assert_true (g_spawn_check_wait_status (status, NULL));
  return g_strchomp (output);
}

static void
append_length (GByteArray *out, gsize length)
{
  guint32 size = GUINT32_TO_BE ((guint32) length);

  g_byte_array_append (out, (guint8 *) &size, sizeof size);
}

/* An Annex B stream in which every access unit begins with a delimiter, to what files hold. */
static void
split (Fixture *self, const guint8 *data, gsize length)
{
  g_autoptr (GByteArray) frame = NULL;
  g_autoptr (GByteArray) avcc = g_byte_array_new ();
  const guint8 *sps = NULL, *pps = NULL;
  gsize sps_size = 0, pps_size = 0;
  gsize at = 0;

  while (at + 4 < length)
    {
      gsize begin = at + 3, end;

      if (data[at] != 0 || data[at + 1] != 0 || data[at + 2] != 1)
        {
          at++;
          continue;
        }
      for (end = begin;
           end + 3 <= length && !(data[end] == 0 && data[end + 1] == 0 && data[end + 2] <= 1);
           end++)
        ;
      if (end + 3 > length)
        end = length;
      at = end;

      switch (data[begin] & 0x1f)
        {
        case 9:
          if (frame != NULL && frame->len > 0)
            g_ptr_array_add (self->frames, g_byte_array_free_to_bytes (g_steal_pointer (&frame)));
          g_clear_pointer (&frame, g_byte_array_unref);
          frame = g_byte_array_new ();
          break;
        case 7:
          sps = data + begin;
          sps_size = end - begin;
          break;
        case 8:
          pps = data + begin;
          pps_size = end - begin;
          break;
        default:
          append_length (frame, end - begin);
          g_byte_array_append (frame, data + begin, (guint) (end - begin));
        }
    }
  g_ptr_array_add (self->frames, g_byte_array_free_to_bytes (g_steal_pointer (&frame)));

  {
    guint8 head[6] = { 1, sps[1], sps[2], sps[3], 0xff, 0xe1 };
    guint8 size[2] = { sps_size >> 8, sps_size & 0xff };
    guint8 one = 1;

    g_byte_array_append (avcc, head, sizeof head);
    g_byte_array_append (avcc, size, 2);
    g_byte_array_append (avcc, sps, (guint) sps_size);
    g_byte_array_append (avcc, &one, 1);
    size[0] = (guint8) (pps_size >> 8);
    size[1] = pps_size & 0xff;
    g_byte_array_append (avcc, size, 2);
    g_byte_array_append (avcc, pps, (guint) pps_size);
  }
  self->avcc = g_byte_array_free_to_bytes (g_steal_pointer (&avcc));
}

static void
fixture_setup (Fixture *self, gconstpointer unused)
{
  g_autofree char *output = NULL;
  g_autofree char *path = NULL;
  g_autofree char *content = NULL;
  gsize length;

  self->top = g_dir_make_tmp ("icam-players-XXXXXX", NULL);
  self->frames = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  self->jpegs = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  output = run (
    "ffmpeg -v error -f lavfi -i testsrc=size=320x180:rate=15:duration=5 -c:v libx264 -bf 0 -g 15"
    " -x264-params aud=1:scenecut=0 -pix_fmt yuv420p -f h264 %s/video.h264"
    " -c:v mjpeg -f image2 -pix_fmt yuvj420p %s/%%03d.jpg",
    self->top, self->top);
  path = g_build_filename (self->top, "video.h264", NULL);
  g_assert_true (g_file_get_contents (path, &content, &length, NULL));
  split (self, (const guint8 *) content, length);
  g_assert_cmpuint (self->frames->len, ==, N_FRAMES);

  for (guint i = 1; i <= N_FRAMES; i++)
    {
      g_autofree char *jpeg = g_strdup_printf ("%s/%03u.jpg", self->top, i);
      char *bytes;

      g_assert_true (g_file_get_contents (jpeg, &bytes, &length, NULL));
      g_ptr_array_add (self->jpegs, g_bytes_new_take (bytes, length));
    }
}

static void
fixture_teardown (Fixture *self, gconstpointer unused)
{
  g_autofree char *output G_GNUC_UNUSED = run ("rm -rf %s", self->top);

  g_ptr_array_unref (self->frames);
  g_ptr_array_unref (self->jpegs);
  g_bytes_unref (self->avcc);
  g_free (self->top);
}

static IcamMkvWriter *
make_segment (Fixture *self, IcamCodec codec, IcamCodec sound, GByteArray *out)
{
  IcamSegmentId id = { .start_us = START_US, .seq = 42, .epoch = 1 };
  g_autoptr (IcamTrack) video = icam_track_new (codec);
  g_autoptr (IcamTrack) audio = sound != ICAM_CODEC_NONE ? icam_track_new (sound) : NULL;
  IcamMkvWriter *writer;
  GPtrArray *frames = codec == ICAM_CODEC_H264 ? self->frames : self->jpegs;

  memset (&id.channel, 0xab, sizeof id.channel);
  memset (&id.archive, 0xcd, sizeof id.archive);
  video->width = 320;
  video->height = 180;
  video->frame_duration_us = FRAME_US;
  video->private_data = codec == ICAM_CODEC_H264 ? g_bytes_ref (self->avcc) : NULL;
  if (audio != NULL)
    {
      audio->rate = 8000;
      audio->channels = 1;
    }
  writer = icam_mkv_writer_new (&id, video, audio);

  for (guint i = 0; i < N_FRAMES; i++)
    {
      IcamPacket packet = { .track = ICAM_TRACK_VIDEO,
                            .utc_us = START_US + i * (gint64) FRAME_US,
                            .data = g_ptr_array_index (frames, i) };
      g_autofree guint8 *samples = g_malloc0 (533);

      if (codec == ICAM_CODEC_MJPEG || i % 15 == 0)
        packet.flags = ICAM_PACKET_KEY;
      g_assert_true (icam_mkv_writer_add (writer, &packet, NULL));
      if (audio != NULL)
        {
          g_autoptr (GBytes) sound_data = g_bytes_new (samples, 533);

          packet.track = ICAM_TRACK_AUDIO;
          packet.flags = ICAM_PACKET_KEY;
          packet.data = sound_data;
          g_assert_true (icam_mkv_writer_add (writer, &packet, NULL));
        }
      if (i % 4 == 3)
        icam_mkv_writer_flush (writer, out);
    }
  icam_mkv_writer_flush (writer, out);
  return writer;
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

typedef enum
{
  OPEN,
  CLOSED,
  MENDED,
  HALF_CLOSED, /* killed between any two steps of a close */
} State;

/* Writes the file in one of its states; returns how many pictures it has. */
static guint
make_file (
  Fixture *self, const char *path, State state, IcamCodec codec, IcamCodec sound, guint step)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  g_autoptr (IcamMkvWriter) writer = make_segment (self, codec, sound, out);
  g_autoptr (GPtrArray) patches = icam_mkv_writer_close (writer, out);
  gsize length = state == MENDED ? out->len - 10 : out->len;
  guint n = N_FRAMES;
  int fd;

  g_assert_true (g_file_set_contents (path, (char *) out->data, (gssize) length, NULL));
  fd = g_open (path, O_RDWR | O_CLOEXEC, 0);
  if (state == CLOSED)
    apply (fd, patches);
  else if (state == HALF_CLOSED)
    {
      g_ptr_array_set_size (patches, (int) step);
      apply (fd, patches);
    }
  else if (state == MENDED)
    {
      g_autoptr (IcamMkvScan) scan = icam_mkv_scan (fd, NULL);

      g_assert_false (scan->was_closed);
      g_assert_cmpint (ftruncate (fd, (off_t) scan->valid_size), ==, 0);
      apply (fd, scan->patches);
      n = N_FRAMES - 1;
    }
  close (fd);
  return n;
}

static void
check_file (Fixture *self, const char *path, State state, IcamCodec codec, guint n)
{
  g_autofree char *frames = NULL;
  g_autofree char *tags = NULL;
  g_autofree char *errors = NULL;
  g_autofree char *times = NULL;
  g_auto (GStrv) lines = NULL;

  /* Every picture decodes, nothing is complained about. */
  frames = run ("ffprobe -v warning -select_streams v -count_frames -show_entries "
                "stream=nb_read_frames -of csv=p=0 %s",
                path);
  g_assert_cmpint (g_ascii_strtoll (frames, NULL, 10), ==, n);
  errors = run ("ffmpeg -v error -xerror -i %s -map 0 -f null -", path);
  g_assert_cmpstr (errors, ==, "");

  /* It says whose it is to tools of others, and when. */
  tags = run ("ffprobe -v error -show_entries format_tags -of default=nk=0 %s", path);
  g_assert_nonnull (strstr (tags, "TAG:ICAM_CHANNEL=abababababababababababababababab"));
  g_assert_nonnull (strstr (tags, "TAG:ICAM_SEQ=42"));
  g_assert_nonnull (strstr (tags, "TAG:creation_time=2026-05-03T14:00:00.000000Z"));

  times
    = run ("ffprobe -v error -select_streams v -show_entries packet=pts_time -of csv=p=0 %s", path);
  lines = g_strsplit (times, "\n", -1);
  for (guint i = 0; i < n; i++)
    g_assert_cmpfloat_with_epsilon (g_ascii_strtod (lines[i], NULL), i * FRAME_US / 1e6, 0.00011);

  if (state == CLOSED || state == MENDED)
    {
      g_autofree char *duration
        = run ("ffprobe -v error -show_entries format=duration -of csv=p=0 %s", path);
      g_autofree char *sought = run ("ffprobe -v error -read_intervals 3.5%%+#1 -select_streams v"
                                     " -show_entries packet=pts_time -of csv=p=0 %s",
                                     path);

      g_assert_cmpfloat_with_epsilon (g_ascii_strtod (duration, NULL), n * FRAME_US / 1e6, 0.001);
      g_assert_cmpfloat_with_epsilon (g_ascii_strtod (sought, NULL),
                                      codec == ICAM_CODEC_H264 ? 3.0 : 3.466684, 0.02);
    }

  if (have ("mkvinfo"))
    {
      g_autofree char *info = run ("mkvinfo -v -v %s", path);

      g_assert_null (strstr (info, "rror"));
      g_assert_nonnull (strstr (info, "Cluster"));
    }
  if (have ("gst-launch-1.0"))
    {
      g_autofree char *played
        = run ("gst-launch-1.0 -q filesrc location=%s ! matroskademux name=demux demux.video_0 !"
               " decodebin ! fakesink",
               path);

      g_assert_null (strstr (played, "ERROR"));
      g_assert_null (strstr (played, "WARN"));
    }
}

static void
test_players (Fixture *self, gconstpointer unused)
{
  static const struct
  {
    IcamCodec video, audio;
    State state;
  } cases[] = {
    { ICAM_CODEC_H264, ICAM_CODEC_NONE, OPEN },    { ICAM_CODEC_H264, ICAM_CODEC_NONE, CLOSED },
    { ICAM_CODEC_H264, ICAM_CODEC_NONE, MENDED },  { ICAM_CODEC_H264, ICAM_CODEC_PCMU, CLOSED },
    { ICAM_CODEC_H264, ICAM_CODEC_PCMA, OPEN },    { ICAM_CODEC_MJPEG, ICAM_CODEC_NONE, OPEN },
    { ICAM_CODEC_MJPEG, ICAM_CODEC_NONE, CLOSED },
  };
  g_autofree char *path = g_build_filename (self->top, "segment.mkv", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint n = make_file (self, path, cases[i].state, cases[i].video, cases[i].audio, 0);

      g_test_message ("case %u", i);
      check_file (self, path, cases[i].state, cases[i].video, n);
    }
}

static void
test_half_closed (Fixture *self, gconstpointer unused)
{
  g_autofree char *path = g_build_filename (self->top, "segment.mkv", NULL);

  for (guint step = 1; step < 6; step++)
    {
      g_autofree char *frames = NULL;
      g_autofree char *errors = NULL;

      make_file (self, path, HALF_CLOSED, ICAM_CODEC_H264, ICAM_CODEC_NONE, step);
      frames = run ("ffprobe -v warning -select_streams v -count_frames -show_entries "
                    "stream=nb_read_frames -of csv=p=0 %s",
                    path);
      g_assert_cmpint (g_ascii_strtoll (frames, NULL, 10), ==, N_FRAMES);
      errors = run ("ffmpeg -v warning -xerror -i %s -map 0 -f null -", path);
      g_assert_cmpstr (errors, ==, "");
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  if (!have ("ffmpeg") || !have ("ffprobe"))
    {
      g_print ("1..0 # SKIP ffmpeg is not installed\n");
      return 0;
    }
  g_test_add ("/matroska/players/open", Fixture, NULL, fixture_setup, test_players,
              fixture_teardown);
  g_test_add ("/matroska/players/half-closed", Fixture, NULL, fixture_setup, test_half_closed,
              fixture_teardown);
  return g_test_run ();
}
