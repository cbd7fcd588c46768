/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The way of packets into files and rows. */

#include "config.h"

#include "archive/icam-disk-private.h"
#include "icam-archive-fixture.h"

#include <glib/gstdio.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

static void
test_record (Fixture *self, gconstpointer unused)
{
  IcamRecording *recording;
  g_autoptr (GArray) rows = NULL;
  g_autoptr (GArray) gaps = NULL;
  guint total = 0;
  gint64 end;

  self->options.main_segment_us = 4 * G_USEC_PER_SEC;
  fixture_open (self);
  recording = fixture_record (self, ICAM_ROLE_MAIN);
  end = fixture_push_frames (recording, START_US, 0, 10 * GROUP);
  icam_archive_sync (self->archive);

  /* The last one is open, and what is written of it can be read. */
  rows = fixture_segments (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (rows->len, >=, 5);
  g_assert_cmpint (segment_at (rows, 0)->start_us, ==, START_US);
  for (guint i = 0; i < rows->len; i++)
    {
      const IcamSegmentRow *row = segment_at (rows, i);
      g_autofree char *path = fixture_path (self, row);
      g_autoptr (GArray) frames = fixture_frames (self, row);

      g_assert_true (row->open == (i == rows->len - 1));
      g_assert_cmpuint (row->seq, ==, i + 1);
      g_assert_cmpint (row->identity, ==, ICAM_IDENTITY_SAME);
      g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
      for (guint j = 0; j < frames->len; j++)
        g_assert_cmpuint (g_array_index (frames, guint32, j), ==, total++);
      if (i > 0)
        g_assert_cmpint (llabs (row->start_us - segment_at (rows, i - 1)->end_us), <=, 1);
    }
  g_assert_cmpuint (total, ==, 10 * GROUP);
  g_assert_cmpint (segment_at (rows, rows->len - 1)->end_us, ==, end);

  /* It began at once and went through: no gap, whatever the first one was called. */
  gaps = fixture_gaps (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (gaps->len, ==, 0);

  icam_recording_free (recording);
  fixture_close (self, ICAM_GAP_RECORDER_STOPPED);

  fixture_open (self);
  g_clear_pointer (&rows, g_array_unref);
  rows = fixture_segments (self, ICAM_ROLE_MAIN);
  g_assert_false (segment_at (rows, rows->len - 1)->open);
  g_assert_cmpint (segment_at (rows, rows->len - 1)->end_us, ==, end);
  g_assert_cmpint (icam_archive_oldest (self->archive), ==, START_US);
  /* The rows of one moment. */
  g_clear_pointer (&rows, g_array_unref);
  rows
    = icam_archive_list_segments (self->archive, &self->channel, ICAM_ROLE_MAIN,
                                  START_US + G_USEC_PER_SEC, START_US + G_USEC_PER_SEC + 1, NULL);
  g_assert_cmpuint (rows->len, ==, 1);
}

static void
test_interrupt (Fixture *self, gconstpointer unused)
{
  IcamRecording *recording;
  g_autoptr (GArray) gaps = NULL;
  g_autoptr (GArray) rows = NULL;
  gint64 end;

  fixture_open (self);
  recording = fixture_record (self, ICAM_ROLE_SUB);
  end = fixture_push_frames (recording, START_US, 0, 20);
  icam_test_clock_advance (ICAM_TEST_CLOCK (self->clock), 5 * G_USEC_PER_SEC);
  icam_recording_interrupt (recording, ICAM_GAP_CAMERA_SILENT);
  icam_test_clock_advance (ICAM_TEST_CLOCK (self->clock), 5 * G_USEC_PER_SEC);
  icam_recording_interrupt (recording, ICAM_GAP_CAMERA_GONE);
  icam_archive_sync (self->archive);

  gaps = fixture_gaps (self, ICAM_ROLE_SUB);
  g_assert_cmpuint (gaps->len, ==, 2);
  g_assert_cmpint (gap_at (gaps, 0)->cause, ==, ICAM_GAP_CAMERA_SILENT);
  g_assert_cmpint (gap_at (gaps, 0)->start_us, ==, end);
  g_assert_cmpint (gap_at (gaps, 0)->end_us, ==, START_US + 10 * G_USEC_PER_SEC);
  g_assert_cmpint (gap_at (gaps, 1)->cause, ==, ICAM_GAP_CAMERA_GONE);
  g_assert_cmpint (gap_at (gaps, 1)->end_us, ==, 0);

  /* Pictures that need one that was missed are part of the gap. */
  fixture_push_frames (recording, START_US + 20 * G_USEC_PER_SEC, GROUP - 3, 10);
  icam_archive_sync (self->archive);
  g_clear_pointer (&gaps, g_array_unref);
  gaps = fixture_gaps (self, ICAM_ROLE_SUB);
  g_assert_cmpuint (gaps->len, ==, 2);
  g_assert_cmpint (gap_at (gaps, 1)->end_us, ==, START_US + 20 * G_USEC_PER_SEC + 3 * FRAME_US);
  rows = fixture_segments (self, ICAM_ROLE_SUB);
  g_assert_cmpuint (rows->len, ==, 2);
  icam_recording_free (recording);
}

/* An interruption in which a single picture was lost is a gap; one in which none can be missing is none. */
static void
test_short_interrupt (Fixture *self, gconstpointer unused)
{
  IcamRecording *recording;
  g_autoptr (GArray) gaps = NULL;
  gint64 first, second;

  fixture_open (self);
  recording = fixture_record (self, ICAM_ROLE_MAIN);
  first = fixture_push_frames (recording, START_US, 0, GROUP);
  icam_recording_interrupt (recording, ICAM_GAP_CAMERA_GONE);
  /* The clock of the new connection is a little behind. */
  second = fixture_push_frames (recording, first + FRAME_US / 4, 0, GROUP);
  icam_recording_interrupt (recording, ICAM_GAP_CAMERA_GONE);
  fixture_push_frames (recording, second + FRAME_US, 0, GROUP);
  icam_archive_sync (self->archive);
  gaps = fixture_gaps (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (gaps->len, ==, 1);
  g_assert_cmpint (gap_at (gaps, 0)->start_us, ==, second);
  g_assert_cmpint (gap_at (gaps, 0)->end_us, ==, second + FRAME_US);
  g_assert_cmpint (gap_at (gaps, 0)->cause, ==, ICAM_GAP_CAMERA_GONE);
  icam_recording_free (recording);
}

static void
test_stop_is_a_gap (Fixture *self, gconstpointer unused)
{
  IcamRecording *recording;
  g_autoptr (GArray) gaps = NULL;
  gint64 end;

  fixture_open (self);
  recording = fixture_record (self, ICAM_ROLE_MAIN);
  end = fixture_push_frames (recording, START_US, 0, GROUP);
  fixture_close (self, ICAM_GAP_RECORDER_STOPPED);
  /* Dropped: it is closed. */
  fixture_push_frames (recording, end, GROUP, GROUP);
  icam_recording_free (recording);

  fixture_open (self);
  recording = fixture_record (self, ICAM_ROLE_MAIN);
  fixture_push_frames (recording, START_US + 60 * G_USEC_PER_SEC, 0, GROUP);
  icam_archive_sync (self->archive);
  gaps = fixture_gaps (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (gaps->len, ==, 1);
  g_assert_cmpint (gap_at (gaps, 0)->start_us, ==, end);
  g_assert_cmpint (gap_at (gaps, 0)->end_us, ==, START_US + 60 * G_USEC_PER_SEC);
  g_assert_cmpint (gap_at (gaps, 0)->cause, ==, ICAM_GAP_RECORDER_STOPPED);
  icam_recording_free (recording);
}

static void
test_cuts (Fixture *self, gconstpointer unused)
{
  IcamRecording *recording;
  g_autoptr (IcamTrack) wide = fixture_track (1920);
  g_autoptr (GArray) rows = NULL;
  g_autoptr (GArray) gaps = NULL;
  gint64 at;

  fixture_open (self);
  recording = fixture_record (self, ICAM_ROLE_SUB);
  at = fixture_push_frames (recording, START_US, 0, GROUP);
  icam_recording_set_track (recording, ICAM_TRACK_VIDEO, wide);
  at = fixture_push_frames (recording, at, GROUP, GROUP);
  icam_recording_set_identity (recording, ICAM_IDENTITY_UNKNOWN);
  at = fixture_push_frames (recording, at, 2 * GROUP, GROUP);
  icam_archive_sync (self->archive);
  icam_archive_begin_epoch (self->archive);
  at = fixture_push_frames (recording, at, 3 * GROUP, GROUP);
  /* The same track again is none. */
  icam_recording_set_track (recording, ICAM_TRACK_VIDEO, wide);
  fixture_push_frames (recording, at, 4 * GROUP, GROUP);
  icam_archive_sync (self->archive);

  rows = fixture_segments (self, ICAM_ROLE_SUB);
  g_assert_cmpuint (rows->len, ==, 4);
  g_assert_cmpint (segment_at (rows, 1)->identity, ==, ICAM_IDENTITY_SAME);
  g_assert_cmpint (segment_at (rows, 2)->identity, ==, ICAM_IDENTITY_UNKNOWN);
  g_assert_cmpuint (segment_at (rows, 3)->epoch, ==, segment_at (rows, 2)->epoch + 1);
  gaps = fixture_gaps (self, ICAM_ROLE_SUB);
  g_assert_cmpuint (gaps->len, ==, 0);
  icam_recording_free (recording);
}

static void
test_clock_goes_back (Fixture *self, gconstpointer unused)
{
  IcamRecording *recording;
  g_autoptr (GArray) rows = NULL;

  fixture_open (self);
  recording = fixture_record (self, ICAM_ROLE_MAIN);
  fixture_push_frames (recording, START_US, 0, 2 * GROUP);
  /* An hour back, and nobody said so. */
  fixture_push_frames (recording, START_US - G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC, 2 * GROUP,
                       GROUP);
  icam_archive_sync (self->archive);

  rows = fixture_segments (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (rows->len, ==, 2);
  g_assert_cmpuint (segment_at (rows, 0)->seq, ==, 2);
  g_assert_cmpuint (segment_at (rows, 0)->epoch, >, segment_at (rows, 1)->epoch);
  icam_recording_free (recording);
}

/* What a camera sends again when it is connected again is not recorded again; what it had kept and we
 * had not, is. */
static void
test_sent_again (Fixture *self, gconstpointer unused)
{
  IcamRecording *recording;
  g_autoptr (GArray) rows = NULL;
  g_autoptr (GArray) gaps = NULL;
  g_autoptr (GArray) frames = NULL;
  gint64 end = START_US + 75 * FRAME_US;

  fixture_open (self);
  recording = fixture_record (self, ICAM_ROLE_MAIN);
  fixture_push_frames (recording, START_US, 0, 75);
  icam_test_clock_advance (ICAM_TEST_CLOCK (self->clock), 12 * G_USEC_PER_SEC);
  icam_recording_interrupt (recording, ICAM_GAP_CAMERA_SILENT);
  icam_test_clock_advance (ICAM_TEST_CLOCK (self->clock), 2 * G_USEC_PER_SEC);
  icam_recording_interrupt (recording, ICAM_GAP_CAMERA_GONE);
  /* Nothing new: no segment of it. */
  fixture_push_frames (recording, START_US + 20 * FRAME_US, 20, 50);
  icam_recording_interrupt (recording, ICAM_GAP_CAMERA_GONE);
  icam_archive_sync (self->archive);
  rows = fixture_segments (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (rows->len, ==, 1);

  /* From the group in which the new ones begin. */
  fixture_push_frames (recording, START_US + 20 * FRAME_US, 20, 80);
  icam_archive_sync (self->archive);
  icam_recording_free (recording);
  icam_archive_sync (self->archive);
  g_clear_pointer (&rows, g_array_unref);
  rows = fixture_segments (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (rows->len, ==, 2);
  g_assert_cmpuint (segment_at (rows, 0)->epoch, ==, segment_at (rows, 1)->epoch);
  g_assert_cmpint (segment_at (rows, 0)->end_us, ==, end);
  g_assert_cmpint (segment_at (rows, 1)->start_us, ==, end);
  frames = fixture_frames (self, segment_at (rows, 1));
  g_assert_cmpuint (g_array_index (frames, guint32, 0), ==, 60);
  g_assert_cmpuint (frames->len, ==, 40);
  gaps = fixture_gaps (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (gaps->len, ==, 0);
}

static void
test_gap_inside (Fixture *self, gconstpointer unused)
{
  IcamRecording *recording;
  g_autoptr (GArray) gaps = NULL;
  gint64 at;

  fixture_open (self);
  recording = fixture_record (self, ICAM_ROLE_MAIN);
  at = fixture_push_frames (recording, START_US, 0, 20);
  /* Jitter of less than a frame is none. */
  fixture_push_frames (recording, at + FRAME_US / 2, 20, 5);
  fixture_push_frames (recording, at + 5 * FRAME_US + 4 * G_USEC_PER_SEC, 25, 5);
  icam_archive_sync (self->archive);
  gaps = fixture_gaps (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (gaps->len, ==, 1);
  g_assert_cmpint (gap_at (gaps, 0)->start_us, ==, at + 5 * FRAME_US + FRAME_US / 2);
  g_assert_cmpint (gap_at (gaps, 0)->end_us, ==, at + 5 * FRAME_US + 4 * G_USEC_PER_SEC);
  icam_recording_free (recording);
}

/* ---- many at once, and a disk that is too slow ---- */

static void
test_many (Fixture *self, gconstpointer unused)
{
  IcamRecording *recordings[16];
  IcamUuid channels[16];
  guint starts = 0;

  self->options.sub_segment_us = 0;
  fixture_open (self);
  for (guint i = 0; i < G_N_ELEMENTS (recordings); i++)
    {
      memset (&self->channel, (int) i + 1, sizeof self->channel);
      channels[i] = self->channel;
      recordings[i] = fixture_record (self, ICAM_ROLE_SUB);
    }
  for (guint frame = 0; frame < 10 * GROUP; frame++)
    for (guint i = 0; i < G_N_ELEMENTS (recordings); i++)
      fixture_push (recordings[i], START_US + frame * FRAME_US, frame, 500 + i);
  icam_archive_sync (self->archive);

  for (guint i = 0; i < G_N_ELEMENTS (recordings); i++)
    {
      g_autoptr (GArray) rows = NULL;
      guint total = 0;

      self->channel = channels[i];
      rows = fixture_segments (self, ICAM_ROLE_SUB);
      starts += rows->len;
      for (guint j = 0; j < rows->len; j++)
        {
          g_autoptr (GArray) frames = fixture_frames (self, segment_at (rows, j));

          total += frames->len;
        }
      g_assert_cmpuint (total, ==, 10 * GROUP);
      icam_recording_free (recordings[i]);
    }
  /* Twenty seconds of five minutes: most have not been cut, and they are not all cut at once. */
  g_assert_cmpuint (starts, <, 24);
}

static GMutex gate;

static void
wait_at_gate (const char *step, gpointer data)
{
  if (strcmp (step, "write") != 0)
    return;
  g_mutex_lock (&gate);
  g_mutex_unlock (&gate);
}

typedef struct
{
  int whole, files;
} Syncs;

static void
count_syncs (const char *step, gpointer data)
{
  Syncs *syncs = data;

  if (strcmp (step, "synced-whole") == 0)
    g_atomic_int_inc (&syncs->whole);
  else if (g_str_has_prefix (step, "synced"))
    g_atomic_int_inc (&syncs->files);
}

/* Many files are brought to the disk by one call where that is known to do it, and all count as synced then; a few are each by itself. */
static void
test_sync (Fixture *self, gconstpointer unused)
{
  IcamRecording *recordings[8];
  Syncs syncs = { 0, 0 };
  g_autofree char *meminfo = NULL;
  struct statfs system;
  gboolean whole;

  g_assert_cmpuint (icam_disk_dirty_kib ("MemTotal: 9 kB\nDirty:     1200 kB\nWriteback:   34 kB\nWritebackTmp: 5 kB\n"), ==, 1234);
  g_assert_cmpuint (icam_disk_dirty_kib ("MemTotal: 9 kB\nDirty:     1200 kB\n"), ==, G_MAXUINT64);

  icam_disk_set_beat (G_TIME_SPAN_HOUR);
  fixture_open (self);
  g_assert_cmpint (statfs (self->folder, &system), ==, 0);
  g_assert_true (g_file_get_contents ("/proc/meminfo", &meminfo, NULL, NULL));
  whole = (system.f_type == EXT4_SUPER_MAGIC || system.f_type == BTRFS_SUPER_MAGIC) && icam_disk_dirty_kib (meminfo) < 64 * 1024;
  for (guint i = 0; i < G_N_ELEMENTS (recordings); i++)
    {
      memset (&self->channel, (int) i + 1, sizeof self->channel);
      recordings[i] = fixture_record (self, ICAM_ROLE_MAIN);
    }
  icam_archive_sync (self->archive);

  icam_disk_set_fault (count_syncs, &syncs);
  for (guint i = 0; i < 2; i++)
    fixture_push_frames (recordings[i], START_US, 0, GROUP);
  icam_archive_sync (self->archive);
  g_assert_cmpint (syncs.whole, ==, 0);
  g_assert_cmpint (syncs.files, ==, 2);
  /* Not yet time for those again. */
  for (guint i = 0; i < G_N_ELEMENTS (recordings); i++)
    fixture_push_frames (recordings[i], START_US + GROUP * FRAME_US, GROUP, GROUP);
  icam_archive_sync (self->archive);
  g_assert_cmpint (syncs.files, >=, 8);
  icam_disk_set_fault (NULL, NULL);
  if (whole)
    g_assert_cmpint (syncs.whole, >=, 1);

  for (guint i = 0; i < G_N_ELEMENTS (recordings); i++)
    icam_recording_free (recordings[i]);
  fixture_close (self, ICAM_GAP_RECORDER_STOPPED);
  icam_disk_set_beat (0);
  if (!whole)
    g_test_skip ("the file system is another, or much is waiting for the disk");
}

static void
test_slow_disk (Fixture *self, gconstpointer unused)
{
  IcamRecording *recording;
  g_autoptr (GArray) rows = NULL;
  g_autoptr (GArray) gaps = NULL;
  guint last = 0, kept = 0;
  gint64 at;

  self->options.queue_bytes = 100 * 1000;
  fixture_open (self);
  icam_disk_set_fault (wait_at_gate, NULL);
  recording = fixture_record (self, ICAM_ROLE_MAIN);

  g_mutex_lock (&gate);
  /* Two minutes come while the disk hangs; nobody waits for it. */
  at = fixture_push_frames (recording, START_US, 0, 60 * GROUP);
  g_mutex_unlock (&gate);
  icam_archive_sync (self->archive);
  fixture_push_frames (recording, at, 60 * GROUP, GROUP);
  icam_archive_sync (self->archive);
  icam_disk_set_fault (NULL, NULL);

  rows = fixture_segments (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (rows->len, ==, 2);
  for (guint i = 0; i < rows->len; i++)
    {
      g_autoptr (GArray) frames = fixture_frames (self, segment_at (rows, i));

      g_assert_cmpuint (g_array_index (frames, guint32, 0) % GROUP, ==, 0);
      /* Nothing is missing inside. */
      for (guint j = 0; j < frames->len; j++)
        g_assert_cmpuint (g_array_index (frames, guint32, j), ==,
                          g_array_index (frames, guint32, 0) + j);
      last = g_array_index (frames, guint32, frames->len - 1);
      kept += frames->len;
    }
  g_assert_cmpuint (last, ==, 61 * GROUP - 1);
  g_assert_cmpuint (kept, <, 10 * GROUP);

  gaps = fixture_gaps (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (gaps->len, ==, 1);
  g_assert_cmpint (gap_at (gaps, 0)->cause, ==, ICAM_GAP_DISK_SLOW);
  g_assert_cmpint (gap_at (gaps, 0)->start_us, ==, segment_at (rows, 0)->end_us);
  g_assert_cmpint (gap_at (gaps, 0)->end_us, ==, at);
  icam_recording_free (recording);
}

/* A camera that comes back while the disk hangs is missing because of the disk from then on. */
static void
test_slow_after_silence (Fixture *self, gconstpointer unused)
{
  IcamRecording *recording, *other;
  g_autoptr (GArray) gaps = NULL;
  gint64 ended, back, room;

  self->options.queue_bytes = 100 * 1000;
  fixture_open (self);
  recording = fixture_record (self, ICAM_ROLE_MAIN);
  other = fixture_record (self, ICAM_ROLE_SUB);
  ended = fixture_push_frames (recording, START_US, 0, GROUP);
  icam_recording_interrupt (recording, ICAM_GAP_CAMERA_SILENT);
  icam_archive_sync (self->archive);

  icam_disk_set_fault (wait_at_gate, NULL);
  g_mutex_lock (&gate);
  fixture_push_frames (other, START_US, 0, 60 * GROUP);
  back = ended + 20 * G_USEC_PER_SEC;
  icam_test_clock_advance (ICAM_TEST_CLOCK (self->clock), back - icam_clock_utc (self->clock));
  room = fixture_push_frames (recording, back, 0, 5 * GROUP);
  g_mutex_unlock (&gate);
  icam_archive_sync (self->archive);
  icam_test_clock_advance (ICAM_TEST_CLOCK (self->clock), room - back);
  fixture_push_frames (recording, room, 5 * GROUP, GROUP);
  icam_archive_sync (self->archive);
  icam_disk_set_fault (NULL, NULL);

  gaps = fixture_gaps (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (gaps->len, ==, 2);
  g_assert_cmpint (gap_at (gaps, 0)->cause, ==, ICAM_GAP_CAMERA_SILENT);
  g_assert_cmpint (gap_at (gaps, 0)->end_us, ==, back);
  g_assert_cmpint (gap_at (gaps, 1)->cause, ==, ICAM_GAP_DISK_SLOW);
  g_assert_cmpint (gap_at (gaps, 1)->start_us, ==, back);
  g_assert_cmpint (gap_at (gaps, 1)->end_us, ==, room);
  icam_recording_free (recording);
  icam_recording_free (other);
}

/* ---- audio ---- */

static void
test_audio (Fixture *self, gconstpointer unused)
{
  IcamRecording *recording;
  g_autoptr (IcamTrack) audio = icam_track_new (ICAM_CODEC_PCMU);
  g_autoptr (GArray) rows = NULL;
  g_autoptr (IcamMkvReader) reader = NULL;
  g_autoptr (GError) error = NULL;
  guint counts[2] = { 0, 0 };
  IcamPacket packet = { 0 };
  int fd;

  audio->rate = 8000;
  audio->channels = 1;
  fixture_open (self);
  recording = fixture_record (self, ICAM_ROLE_MAIN);
  fixture_push_frames (recording, START_US, 0, 20);
  icam_recording_set_track (recording, ICAM_TRACK_AUDIO, audio);
  for (guint i = 20; i < 20 + 2 * GROUP; i++)
    {
      packet = (IcamPacket){ .track = ICAM_TRACK_AUDIO,
                             .flags = ICAM_PACKET_KEY,
                             .utc_us = START_US + i * FRAME_US,
                             .data = g_bytes_new_static ("\xff\xff\xff\xff", 4) };
      fixture_push_frames (recording, START_US + i * FRAME_US, i, 1);
      icam_recording_push (recording, &packet);
    }
  icam_archive_sync (self->archive);

  /* A file has the tracks that it began with: the sound waits for the next one. */
  rows = fixture_segments (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (rows->len, ==, 2);
  g_assert_cmpint (segment_at (rows, 1)->start_us, ==, START_US + GROUP * FRAME_US);
  fd = icam_archive_open_segment (self->archive, &self->channel, ICAM_ROLE_MAIN,
                                  segment_at (rows, 1)->seq, NULL, &error);
  g_assert_no_error (error);
  reader = icam_mkv_reader_new (fd, &error);
  g_assert_cmpint (icam_mkv_reader_get_track (reader, ICAM_TRACK_AUDIO)->codec, ==,
                   ICAM_CODEC_PCMU);
  g_assert_cmpuint (icam_mkv_reader_get_track (reader, ICAM_TRACK_AUDIO)->rate, ==, 8000);
  while (icam_mkv_reader_next (reader, &packet, &error))
    {
      counts[packet.track]++;
      icam_packet_clear (&packet);
    }
  g_assert_cmpuint (counts[ICAM_TRACK_VIDEO], ==, GROUP + 20);
  g_assert_cmpuint (counts[ICAM_TRACK_AUDIO], ==, GROUP + 20);
  close (fd);
  icam_recording_free (recording);
}

/* ---- promise 1 ---- */

static void
test_wrong_file (Fixture *self, gconstpointer unused)
{
  IcamRecording *recording;
  IcamUuid first = self->channel;
  g_autoptr (GArray) rows = NULL;
  g_autoptr (GArray) others = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  g_autofree char *other_path = NULL;
  int fd;

  fixture_open (self);
  recording = fixture_record (self, ICAM_ROLE_MAIN);
  fixture_push_frames (recording, START_US, 0, GROUP);
  icam_recording_free (recording);
  memset (&self->channel, 0x77, sizeof self->channel);
  recording = fixture_record (self, ICAM_ROLE_MAIN);
  fixture_push_frames (recording, START_US, 0, GROUP);
  icam_recording_free (recording);
  icam_archive_sync (self->archive);

  others = fixture_segments (self, ICAM_ROLE_MAIN);
  other_path = fixture_path (self, segment_at (others, 0));
  self->channel = first;
  rows = fixture_segments (self, ICAM_ROLE_MAIN);
  path = fixture_path (self, segment_at (rows, 0));

  /* The file of another camera lies in its place: nothing is shown rather than that. */
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (link (other_path, path), ==, 0);
  g_test_expect_message ("icam-archive", G_LOG_LEVEL_WARNING, "*not the segment*");
  fd = icam_archive_open_segment (self->archive, &self->channel, ICAM_ROLE_MAIN, 1, NULL, &error);
  g_test_assert_expected_messages ();
  g_assert_cmpint (fd, ==, -1);
  g_assert_error (error, ICAM_ERROR, ICAM_ERROR_NOT_FOUND);
}

/* ---- when it is wanted ---- */

static IcamGapCause
open_cause (Fixture *self)
{
  g_autoptr (GArray) gaps = fixture_gaps (self, ICAM_ROLE_MAIN);

  g_assert_cmpuint (gaps->len, >, 0);
  g_assert_cmpint (gap_at (gaps, gaps->len - 1)->end_us, ==, 0);
  return gap_at (gaps, gaps->len - 1)->cause;
}

/* While it stands by nothing is stored; when it is wanted the last seconds are, from a key frame on. */
static void
test_standby (Fixture *self, gconstpointer unused)
{
  g_autoptr (GArray) rows = NULL;
  g_autoptr (GArray) gaps = NULL;
  g_autoptr (GArray) frames = NULL;
  IcamRecording *recording;
  gint64 now;

  fixture_open (self);
  recording = fixture_record (self, ICAM_ROLE_MAIN);
  fixture_push_frames (recording, START_US, 0, GROUP);
  icam_recording_set_state (recording, ICAM_RECORDING_STANDBY, 5 * G_USEC_PER_SEC, ICAM_GAP_NO_EVENT);
  now = fixture_push_frames (recording, START_US + GROUP * FRAME_US, GROUP, 10 * GROUP + 10);
  icam_archive_sync (self->archive);
  rows = fixture_segments (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (rows->len, ==, 1);
  g_assert_cmpint (open_cause (self), ==, ICAM_GAP_NO_EVENT);

  icam_recording_set_state (recording, ICAM_RECORDING_ON, 0, ICAM_GAP_UNKNOWN);
  fixture_push_frames (recording, now, 11 * GROUP + 10, 2 * GROUP - 10);
  icam_archive_sync (self->archive);
  g_clear_pointer (&rows, g_array_unref);
  rows = fixture_segments (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (rows->len, ==, 2);
  /* Five seconds, and what belongs to their first group. */
  g_assert_cmpint (segment_at (rows, 1)->start_us, <=, now - 5 * G_USEC_PER_SEC);
  g_assert_cmpint (segment_at (rows, 1)->start_us, >=, now - 5 * G_USEC_PER_SEC - GROUP * FRAME_US - FRAME_US);
  frames = fixture_frames (self, segment_at (rows, 1));
  g_assert_cmpuint (frames->len % GROUP, ==, 0);
  g_assert_cmpuint (frames->len, >=, 4 * GROUP);
  gaps = fixture_gaps (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (gaps->len, ==, 1);
  g_assert_cmpint (gap_at (gaps, 0)->end_us, ==, segment_at (rows, 1)->start_us);

  icam_recording_set_state (recording, ICAM_RECORDING_STANDBY, 0, ICAM_GAP_NO_EVENT);
  fixture_push_frames (recording, now + 100 * G_USEC_PER_SEC, 0, GROUP);
  icam_archive_sync (self->archive);
  g_assert_cmpint (open_cause (self), ==, ICAM_GAP_NO_EVENT);
  icam_recording_free (recording);
  icam_archive_sync (self->archive);
}

/* A camera that is gone is gone, also while nothing is wanted of it; what was kept before is not shown as if nothing were missing. */
static void
test_standby_gone (Fixture *self, gconstpointer unused)
{
  g_autoptr (GArray) rows = NULL;
  IcamRecording *recording;
  gint64 later = START_US + 60 * G_USEC_PER_SEC;

  fixture_open (self);
  recording = fixture_record (self, ICAM_ROLE_MAIN);
  fixture_push_frames (recording, START_US, 0, GROUP);
  icam_recording_set_state (recording, ICAM_RECORDING_STANDBY, 30 * G_USEC_PER_SEC, ICAM_GAP_NO_EVENT);
  fixture_push_frames (recording, START_US + GROUP * FRAME_US, 0, GROUP);
  icam_recording_interrupt (recording, ICAM_GAP_CAMERA_GONE);
  icam_archive_sync (self->archive);
  g_assert_cmpint (open_cause (self), ==, ICAM_GAP_CAMERA_GONE);
  fixture_push_frames (recording, later, 0, GROUP);
  icam_archive_sync (self->archive);
  g_assert_cmpint (open_cause (self), ==, ICAM_GAP_NO_EVENT);
  icam_recording_set_state (recording, ICAM_RECORDING_ON, 0, ICAM_GAP_UNKNOWN);
  icam_archive_sync (self->archive);
  rows = fixture_segments (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (rows->len, ==, 2);
  g_assert_cmpint (segment_at (rows, 1)->start_us, ==, later);
  icam_recording_free (recording);
  icam_archive_sync (self->archive);
}

static void
test_off (Fixture *self, gconstpointer unused)
{
  g_autoptr (GArray) rows = NULL;
  g_autoptr (GArray) gaps = NULL;
  IcamRecording *recording;
  gint64 later = START_US + 60 * G_USEC_PER_SEC;

  fixture_open (self);
  recording = fixture_record (self, ICAM_ROLE_MAIN);
  fixture_push_frames (recording, START_US, 0, GROUP);
  icam_recording_set_state (recording, ICAM_RECORDING_OFF, 0, ICAM_GAP_SCHEDULE);
  fixture_push_frames (recording, START_US + GROUP * FRAME_US, 0, GROUP);
  icam_recording_interrupt (recording, ICAM_GAP_CAMERA_GONE);
  icam_archive_sync (self->archive);
  g_assert_cmpint (open_cause (self), ==, ICAM_GAP_SCHEDULE);
  /* The hour has come, and the camera is not there. */
  icam_recording_set_state (recording, ICAM_RECORDING_ON, 0, ICAM_GAP_UNKNOWN);
  icam_recording_interrupt (recording, ICAM_GAP_CAMERA_GONE);
  icam_archive_sync (self->archive);
  g_assert_cmpint (open_cause (self), ==, ICAM_GAP_CAMERA_GONE);
  fixture_push_frames (recording, later, 0, GROUP);
  icam_archive_sync (self->archive);
  rows = fixture_segments (self, ICAM_ROLE_MAIN);
  gaps = fixture_gaps (self, ICAM_ROLE_MAIN);
  g_assert_cmpuint (rows->len, ==, 2);
  g_assert_cmpint (gap_at (gaps, 0)->start_us, ==, segment_at (rows, 0)->end_us);
  icam_recording_free (recording);
  icam_archive_sync (self->archive);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(name, func)                                                                            \
  g_test_add ("/archive/recording/" name, Fixture, NULL, fixture_setup, func, fixture_teardown)
  ADD ("record", test_record);
  ADD ("interrupt", test_interrupt);
  ADD ("short-interrupt", test_short_interrupt);
  ADD ("sync", test_sync);
  ADD ("stop-is-a-gap", test_stop_is_a_gap);
  ADD ("cuts", test_cuts);
  ADD ("clock-goes-back", test_clock_goes_back);
  ADD ("sent-again", test_sent_again);
  ADD ("gap-inside", test_gap_inside);
  ADD ("sixteen-streams", test_many);
  ADD ("slow-disk", test_slow_disk);
  ADD ("slow-after-silence", test_slow_after_silence);
  ADD ("audio", test_audio);
  ADD ("file-of-another-camera", test_wrong_file);
  g_test_add ("/archive/recording/standby", Fixture, NULL, fixture_setup, test_standby, fixture_teardown);
  g_test_add ("/archive/recording/standby-gone", Fixture, NULL, fixture_setup, test_standby_gone, fixture_teardown);
  g_test_add ("/archive/recording/off", Fixture, NULL, fixture_setup, test_off, fixture_teardown);
  return g_test_run ();
}
