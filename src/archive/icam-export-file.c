/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-archive"

#include "config.h"

#include "archive/icam-export-file.h"

#include <errno.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#define FLUSH_BYTES (1024 * 1024)
/* So much goes into a pipe that is ready without waiting (POSIX, PIPE_BUF on Linux). */
#define PIPE_BYTES 4096

struct _IcamExportFile
{
  int fd; /* the caller's */
  gboolean seekable;
  GCancellable *cancellable;

  IcamMkvWriter *writer;
  GByteArray *out;
  gsize unflushed;
  guint64 bytes;
};

static void
set_errno (GError **error)
{
  int code = errno;

  g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (code), g_strerror (code));
}

static gboolean
write_all (IcamExportFile *self, const guint8 *data, gsize length, GError **error)
{
  while (length > 0)
    {
      gssize n;

      if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
        return FALSE;
      /* A pipe whose reader dawdles must not keep us from being cancelled. */
      if (!self->seekable)
        {
          struct pollfd ready = { .fd = self->fd, .events = POLLOUT };

          if (poll (&ready, 1, 200) == 0)
            continue;
        }

      n = write (self->fd, data, self->seekable ? length : MIN (length, PIPE_BYTES));
      if (n < 0 && (errno == EINTR || errno == EAGAIN))
        continue;
      if (n < 0)
        {
          set_errno (error);
          return FALSE;
        }
      data += n;
      length -= (gsize) n;
      self->bytes += (guint64) n;
    }
  return TRUE;
}

/**
 * icam_export_file_new:
 * @fd: where to write: a pipe, or an empty file, which then gets its duration and its index too; stays the caller's
 * @id: whose pictures; its start is the time of the first one
 * @video: what they are
 * @audio: (nullable): what is heard
 * @title: (nullable): of the film
 * @comment: (nullable): about it
 * @cancellable: (nullable): ends each wait for a pipe
 *
 * Returns: (transfer full): a file without pictures
 */
IcamExportFile *
icam_export_file_new (int                  fd,
                      const IcamSegmentId *id,
                      IcamTrack           *video,
                      IcamTrack           *audio,
                      const char          *title,
                      const char          *comment,
                      GCancellable        *cancellable)
{
  IcamExportFile *self = g_new0 (IcamExportFile, 1);
  struct stat info;

  self->fd = fd;
  self->seekable = fstat (fd, &info) == 0 && S_ISREG (info.st_mode);
  self->cancellable = cancellable != NULL ? g_object_ref (cancellable) : NULL;
  self->out = g_byte_array_new ();
  self->writer = icam_mkv_writer_new_titled (id, video, audio, title, comment);
  return self;
}

/**
 * icam_export_file_free:
 * @self: (transfer full): a file; what was written stays
 */
void
icam_export_file_free (IcamExportFile *self)
{
  icam_mkv_writer_free (self->writer);
  g_byte_array_unref (self->out);
  g_clear_object (&self->cancellable);
  g_free (self);
}

/**
 * icam_export_file_add:
 * @self: a file
 * @packet: in decoding order; one that cannot stand there is left out, as a player would do
 * @error: return location; G_IO_ERROR
 *
 * Returns: whether it could be written
 */
gboolean
icam_export_file_add (IcamExportFile *self, const IcamPacket *packet, GError **error)
{
  if (!icam_mkv_writer_add (self->writer, packet, NULL))
    return TRUE;

  self->unflushed += g_bytes_get_size (packet->data);
  if (self->unflushed < FLUSH_BYTES)
    return TRUE;
  self->unflushed = 0;
  g_byte_array_set_size (self->out, 0);
  icam_mkv_writer_flush (self->writer, self->out);
  return write_all (self, self->out->data, self->out->len, error);
}

/**
 * icam_export_file_finish:
 * @self: a file, to which nothing is added any more
 * @error: return location; G_IO_ERROR
 *
 * Returns: whether it is complete
 */
gboolean
icam_export_file_finish (IcamExportFile *self, GError **error)
{
  g_autoptr (GPtrArray) patches = NULL;

  g_byte_array_set_size (self->out, 0);
  patches = icam_mkv_writer_close (self->writer, self->out);
  if (!write_all (self, self->out->data, self->out->len, error))
    return FALSE;

  /* Into a pipe there is no going back: players read it to its end all the same. */
  for (guint i = 0; self->seekable && i < patches->len; i++)
    {
      const IcamMkvPatch *patch = g_ptr_array_index (patches, i);
      gsize length;
      gconstpointer data = g_bytes_get_data (patch->data, &length);

      if (pwrite (self->fd, data, length, (off_t) patch->offset) != (gssize) length)
        {
          set_errno (error);
          return FALSE;
        }
    }
  return TRUE;
}

/**
 * icam_export_file_get_end_us:
 * @self: a file
 *
 * Returns: UTC µs of the end of its last picture
 */
gint64
icam_export_file_get_end_us (IcamExportFile *self)
{
  return icam_mkv_writer_end_us (self->writer);
}

/**
 * icam_export_file_get_bytes:
 * @self: a file
 *
 * Returns: how many were written
 */
guint64
icam_export_file_get_bytes (IcamExportFile *self)
{
  return self->bytes;
}
