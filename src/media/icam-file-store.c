/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-media"

#include "config.h"

#include "media/icam-file-store.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <unistd.h>

/* As the recorder does: a kill costs at most this much. */
#define FLUSH_US (250 * G_TIME_SPAN_MILLISECOND)

/* So much is held while it is not known yet what the sound is: the header names the tracks once and for all. */
#define HOLD_US (3 * G_USEC_PER_SEC)

struct _IcamFileStore
{
  GObject parent_instance;

  int fd;
  char *path;
  IcamTrack *tracks[ICAM_N_TRACKS];
  IcamMkvWriter *writer; /* NULL before the first key frame and after the end */
  gboolean failed, ended, expect_audio;
  GArray *held; /* of IcamPacket */
  guint64 written;
  gint64 flushed_us;
};

static void icam_file_store_iface_init (IcamSegmentStoreInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (IcamFileStore, icam_file_store, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (ICAM_TYPE_SEGMENT_STORE,
                                                      icam_file_store_iface_init))

static void
write_at (IcamFileStore *self,
          const guint8  *data,
          gsize          size,
          guint64        offset)
{
  while (size > 0 && !self->failed)
    {
      ssize_t n = pwrite (self->fd, data, size, (off_t) offset);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        {
          g_warning ("%s cannot be written: %s", self->path, g_strerror (errno));
          self->failed = TRUE;
          break;
        }
      data += n;
      size -= (gsize) n;
      offset += (guint64) n;
    }
}

static void
append (IcamFileStore *self,
        GByteArray    *bytes)
{
  write_at (self, bytes->data, bytes->len, self->written);
  self->written += bytes->len;
}

static void write_packet (IcamFileStore    *self,
                          const IcamPacket *packet);

static void
write_held (IcamFileStore *self)
{
  g_autoptr (GArray) held = g_steal_pointer (&self->held);

  self->held = g_array_new (FALSE, FALSE, sizeof (IcamPacket));
  g_array_set_clear_func (self->held, (GDestroyNotify) icam_packet_clear);
  self->expect_audio = FALSE;
  for (guint i = 0; i < held->len; i++)
    write_packet (self, &g_array_index (held, IcamPacket, i));
}

static void
finish (IcamFileStore *self)
{
  g_autoptr (GByteArray) rest = g_byte_array_new ();
  g_autoptr (GPtrArray) patches = NULL;

  write_held (self);
  if (self->writer == NULL)
    return;

  patches = icam_mkv_writer_close (self->writer, rest);
  append (self, rest);
  for (guint i = 0; patches != NULL && i < patches->len; i++)
    {
      IcamMkvPatch *patch = g_ptr_array_index (patches, i);
      gsize size;
      const guint8 *data = g_bytes_get_data (patch->data, &size);

      write_at (self, data, size, patch->offset);
    }
  g_clear_pointer (&self->writer, icam_mkv_writer_free);
  self->ended = TRUE;
}

static void
icam_file_store_set_track (IcamSegmentStore *store,
                           guint             track,
                           IcamTrack        *info)
{
  IcamFileStore *self = ICAM_FILE_STORE (store);

  /* One file holds one description of each track: what is different would need another file. */
  if (self->writer != NULL)
    {
      if (self->tracks[track] == NULL)
        return;
      finish (self);
    }
  g_clear_pointer (&self->tracks[track], icam_track_unref);
  self->tracks[track] = info != NULL ? icam_track_ref (info) : NULL;
  if (track == ICAM_TRACK_AUDIO)
    write_held (self);
}

static void
icam_file_store_push (IcamSegmentStore *store,
                      IcamPacket       *packet)
{
  IcamFileStore *self = ICAM_FILE_STORE (store);

  if (self->expect_audio && packet->track == ICAM_TRACK_VIDEO)
    {
      IcamPacket copy = *packet;
      gint64 first_us;

      copy.data = g_bytes_ref (packet->data);
      g_array_append_val (self->held, copy);
      first_us = g_array_index (self->held, IcamPacket, 0).utc_us;
      if (packet->utc_us - first_us > HOLD_US)
        write_held (self);
    }
  else
    write_packet (self, packet);
}

static void
write_packet (IcamFileStore    *self,
              const IcamPacket *packet)
{
  g_autoptr (GError) error = NULL;

  if (self->ended || self->failed || self->tracks[packet->track] == NULL)
    return;

  if (self->writer == NULL)
    {
      IcamSegmentId id = { .start_us = packet->utc_us };

      if (packet->track != ICAM_TRACK_VIDEO || !(packet->flags & ICAM_PACKET_KEY))
        return;
      self->writer = icam_mkv_writer_new (&id, self->tracks[ICAM_TRACK_VIDEO],
                                          self->tracks[ICAM_TRACK_AUDIO]);
      self->flushed_us = packet->utc_us;
    }

  if (!icam_mkv_writer_add (self->writer, packet, &error))
    {
      g_warning ("A frame was left out of %s: %s", self->path, error->message);
      return;
    }

  if (packet->utc_us - self->flushed_us >= FLUSH_US)
    {
      g_autoptr (GByteArray) bytes = g_byte_array_new ();

      icam_mkv_writer_flush (self->writer, bytes);
      append (self, bytes);
      self->flushed_us = packet->utc_us;
    }
}

static void
icam_file_store_interrupt (IcamSegmentStore *store,
                           IcamGapCause      cause)
{
  finish (ICAM_FILE_STORE (store));
}

static void
icam_file_store_iface_init (IcamSegmentStoreInterface *iface)
{
  iface->set_track = icam_file_store_set_track;
  iface->push = icam_file_store_push;
  iface->interrupt = icam_file_store_interrupt;
}

static void
icam_file_store_finalize (GObject *object)
{
  IcamFileStore *self = ICAM_FILE_STORE (object);

  finish (self);
  g_array_unref (self->held);
  for (guint i = 0; i < ICAM_N_TRACKS; i++)
    g_clear_pointer (&self->tracks[i], icam_track_unref);
  if (self->fd >= 0)
    close (self->fd);
  g_free (self->path);

  G_OBJECT_CLASS (icam_file_store_parent_class)->finalize (object);
}

static void
icam_file_store_class_init (IcamFileStoreClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = icam_file_store_finalize;
}

static void
icam_file_store_init (IcamFileStore *self)
{
  self->fd = -1;
  self->held = g_array_new (FALSE, FALSE, sizeof (IcamPacket));
  g_array_set_clear_func (self->held, (GDestroyNotify) icam_packet_clear);
}

/**
 * icam_file_store_expect_audio:
 * @self: a store to which nothing was pushed yet
 *
 * A file cannot get a track later: what it holds of sound must be known before it begins.
 */
void
icam_file_store_expect_audio (IcamFileStore *self)
{
  g_return_if_fail (ICAM_IS_FILE_STORE (self));

  self->expect_audio = TRUE;
}

/**
 * icam_file_store_new:
 * @path: the file; what stands there is replaced
 * @error: return location; G_IO_ERROR
 *
 * Returns: (transfer full) (nullable): a store that writes a single Matroska file and ends it at the first interruption
 */
IcamSegmentStore *
icam_file_store_new (const char *path,
                     GError    **error)
{
  g_autoptr (IcamFileStore) self = g_object_new (ICAM_TYPE_FILE_STORE, NULL);

  self->path = g_strdup (path);
  self->fd = g_open (path, O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0644);
  if (self->fd < 0)
    {
      int saved = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved), "%s cannot be written: %s",
                   path, g_strerror (saved));
      return NULL;
    }

  return ICAM_SEGMENT_STORE (g_steal_pointer (&self));
}
