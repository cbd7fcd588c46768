/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Makes long recordings of a short one, as the recorder would have made them: its pictures again and again, up to an hour ago. The recorder
 * does not run meanwhile.
 *
 *     icam-longer SEGMENT DATA-FOLDER RECORDINGS SECONDS
 *
 * Prints UTC in µs of the beginning and the end. */

#include "config.h"

#include "archive/icam-archive-private.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define AGO_US (3600 * (gint64) G_USEC_PER_SEC)
/* No more than this waits for the disk. */
#define SYNC_BYTES (16u * 1024 * 1024)

static void
on_closed (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  icam_archive_close_finish (ICAM_ARCHIVE (source), result, NULL);
  g_main_loop_quit (user_data);
}

int
main (int    argc,
      char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (IcamMkvReader) reader = NULL;
  g_autoptr (IcamArchive) archive = NULL;
  const IcamArchiveOptions options = { .floor_bytes = 1 };
  IcamRecording *recording;
  const IcamSegmentId *id;
  IcamPacket packet = { 0 };
  gint64 begin, end, at, last = 0;
  gsize waiting = 0;
  int fd;

  if (argc != 5)
    return 2;
  fd = open (argv[1], O_RDONLY | O_CLOEXEC);
  reader = icam_mkv_reader_new (fd, &error);
  if (reader == NULL)
    g_error ("%s", error->message);
  archive = icam_archive_open (argv[2], argv[3], icam_clock_system (), &options, &error);
  if (archive == NULL)
    g_error ("%s", error->message);

  id = icam_mkv_reader_get_id (reader);
  end = g_get_real_time () - AGO_US;
  begin = at = end - atoi (argv[4]) * (gint64) G_USEC_PER_SEC;
  recording = icam_recording_new (archive, &id->channel, id->role, ICAM_IDENTITY_SAME);
  for (guint i = 0; i < ICAM_N_TRACKS; i++)
    if (icam_mkv_reader_get_track (reader, i) != NULL)
      icam_recording_set_track (recording, i, icam_mkv_reader_get_track (reader, i));
  while (at < end)
    {
      gint64 offset = at - id->start_us;

      if (!icam_mkv_reader_seek_time (reader, id->start_us, &error))
        g_error ("%s", error->message);
      while (icam_mkv_reader_next (reader, &packet, &error))
        {
          packet.utc_us += offset;
          last = MAX (last, packet.utc_us);
          waiting += g_bytes_get_size (packet.data);
          icam_recording_push (recording, &packet);
          icam_packet_clear (&packet);
          if (waiting > SYNC_BYTES)
            {
              icam_archive_sync (archive);
              waiting = 0;
            }
        }
      if (error != NULL)
        g_error ("%s", error->message);
      at = last + icam_mkv_reader_get_track (reader, ICAM_TRACK_VIDEO)->frame_duration_us;
    }

  icam_recording_free (recording);
  icam_archive_sync (archive);
  icam_archive_close_async (archive, ICAM_GAP_RECORDER_STOPPED, on_closed, loop);
  g_main_loop_run (loop);
  close (fd);
  g_print ("%" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n", begin, end);
  return 0;
}
