/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A file from an archive that anybody may have touched: it is read without harm, and mending it
 * twice comes to the same. */

#define G_LOG_DOMAIN "icam-fuzz"

#include "config.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "matroska/icam-mkv.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
read_all (int fd)
{
  g_autoptr (IcamMkvReader) reader = icam_mkv_reader_new (fd, NULL);
  g_autoptr (GArray) keys = NULL;
  IcamPacket packet;

  if (reader == NULL)
    return;
  while (icam_mkv_reader_next (reader, &packet, NULL))
    {
      g_assert_cmpuint (g_bytes_get_size (packet.data), >, 0);
      g_assert_nonnull (icam_mkv_reader_get_track (reader, packet.track));
      icam_packet_clear (&packet);
    }

  keys = icam_mkv_reader_dup_key_frames (reader);
  for (guint i = 0; i < keys->len; i++)
    if (icam_mkv_reader_seek (reader, g_array_index (keys, IcamKeyFrame, i).byte_offset, NULL)
        && icam_mkv_reader_next (reader, &packet, NULL))
      icam_packet_clear (&packet);
}

static void
mend (int fd)
{
  g_autoptr (IcamMkvScan) first = icam_mkv_scan (fd, NULL);
  g_autoptr (IcamMkvScan) second = NULL;

  if (first == NULL || first->key_frames->len == 0)
    return;
  g_assert_cmpint (ftruncate (fd, (off_t) first->valid_size), ==, 0);
  for (guint i = 0; i < first->patches->len; i++)
    {
      const IcamMkvPatch *patch = g_ptr_array_index (first->patches, i);
      gsize length;
      gconstpointer bytes = g_bytes_get_data (patch->data, &length);

      g_assert_cmpint (pwrite (fd, bytes, length, (off_t) patch->offset), ==, length);
    }

  second = icam_mkv_scan (fd, NULL);
  g_assert_nonnull (second);
  g_assert_true (second->was_closed);
  g_assert_cmpuint (second->valid_size, ==, first->valid_size);
  g_assert_cmpint (second->end_us, ==, first->end_us);
  g_assert_cmpuint (second->key_frames->len, ==, first->key_frames->len);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static int fd = -1;

  if (fd < 0)
    fd = memfd_create ("segment", MFD_CLOEXEC);
  if (ftruncate (fd, 0) != 0 || pwrite (fd, data, size, 0) != (ssize_t) size)
    return 0;
  read_all (fd);
  mend (fd);
  read_all (fd);
  return 0;
}
