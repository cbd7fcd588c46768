/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-recorder"

#include "config.h"

#include "recorder/icam-export.h"

#include "archive/icam-archive-span.h"
#include "archive/icam-export-file.h"
#include "base/icam-time.h"
#include "media/icam-bitstream.h"
#include "media/icam-mp4-writer.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Times in a segment are rounded down to this. */
#define TICK_US 100
/* More than a file takes besides its pictures, their sound and an index. */
#define OVERHEAD_BYTES (1024 * 1024)

typedef struct
{
  IcamArchive *archive;
  IcamExportWish wish;
  char *name;
  int fd;

  /* In the job's thread. */
  IcamJob *job;
  GCancellable *cancellable;
  IcamArchiveSpan *span;
  const IcamSpanSummary *summary;
  IcamExportFormat format;
  const char *reason; /* why it is not the format that was wished; NULL: it is */
  char *title, *comment;
  IcamExportFile *matroska; /* one of both, from the first packet on */
  IcamMp4Writer *mp4;
  gint64 first_us, shown_us; /* of the first picture in the file, and the first that is to be seen; G_MAXINT64: none yet */
} Export;

static void
export_free (gpointer data)
{
  Export *self = data;

  if (self->fd >= 0)
    close (self->fd);
  g_clear_pointer (&self->matroska, icam_export_file_free);
  g_clear_pointer (&self->mp4, icam_mp4_writer_free);
  g_clear_pointer (&self->span, icam_archive_span_free);
  g_object_unref (self->archive);
  g_free (self->name);
  g_free (self->title);
  g_free (self->comment);
  g_free (self);
}

/* ---- what it becomes ---- */

static void
choose_format (Export *self)
{
  const IcamTrack *audio = self->summary->audio;
  struct stat info;

  self->format = ICAM_EXPORT_MATROSKA;
  if (self->wish.format == ICAM_EXPORT_MATROSKA)
    return;

  if (fstat (self->fd, &info) != 0 || !S_ISREG (info.st_mode))
    self->reason = "pipe";
  else if (!icam_mp4_writer_is_there ())
    self->reason = "no-muxer";
  else if (!icam_mp4_writer_can_hold (self->summary->video->codec))
    self->reason = "pictures";
  else if (audio != NULL && !icam_mp4_writer_can_hold (audio->codec))
    self->reason = "sound";
  else if (self->summary->changes)
    self->reason = "changes";
  else
    self->format = ICAM_EXPORT_MP4;
}

/* Pictures that need no others can be left out; else it takes an edit list, which only MP4 has. */
static gboolean
is_exact (Export *self)
{
  return self->wish.exact && (self->format == ICAM_EXPORT_MP4 || self->summary->video->codec == ICAM_CODEC_MJPEG);
}

static guint64
index_size (Export *self)
{
  return icam_mp4_writer_index_size (self->summary->video, self->summary->audio, self->summary->to_us - self->summary->from_us);
}

static guint64
free_bytes (const struct statvfs *info)
{
  return (guint64) info->f_bavail * info->f_frsize;
}

static void
set_no_space (GError **error,
              guint64  needed,
              guint64  available)
{
  g_autofree char *needed_text = g_strdup_printf ("%" G_GUINT64_FORMAT, needed);
  g_autofree char *free_text = g_strdup_printf ("%" G_GUINT64_FORMAT, available);

  icam_error_set (error, ICAM_ERROR_NO_SPACE, "needed", needed_text, "free", free_text, NULL);
}

static guint64
needed_bytes (Export *self)
{
  return self->summary->bytes + OVERHEAD_BYTES + (self->format == ICAM_EXPORT_MP4 ? index_size (self) : 0);
}

/* A file system that does not know how large it is is believed when it is full. */
static gboolean
check_space (Export *self,
             GError **error)
{
  struct statvfs info;
  struct stat file;

  if (fstat (self->fd, &file) != 0 || !S_ISREG (file.st_mode) || fstatvfs (self->fd, &info) != 0 || info.f_blocks == 0)
    return TRUE;
  if (free_bytes (&info) >= needed_bytes (self))
    return TRUE;
  set_no_space (error, needed_bytes (self), free_bytes (&info));
  return FALSE;
}

/* The disk was filled by somebody else meanwhile. */
static void
translate_full (Export  *self,
                GError **error)
{
  struct statvfs info;

  if (error == NULL || !g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_NO_SPACE) || fstatvfs (self->fd, &info) != 0)
    return;
  g_clear_error (error);
  set_no_space (error, needed_bytes (self), free_bytes (&info));
}

/* ---- packets ---- */

static gboolean
begin (Export           *self,
       const IcamPacket *packet,
       GError          **error)
{
  const IcamSpanSummary *summary = self->summary;
  gint64 from = self->wish.exact ? MAX (packet->utc_us, self->wish.from) : packet->utc_us;
  g_autofree char *from_text = icam_time_to_iso8601 (from);
  g_autofree char *to_text = icam_time_to_iso8601 (MIN (summary->to_us, self->wish.to));
  char channel[ICAM_UUID_TEXT_SIZE];

  icam_uuid_format (&self->wish.channel, channel);
  self->title = g_strdup_printf ("%s %s", self->name, from_text);
  self->comment = g_strdup_printf ("camera=%s; channel=%s; from=%s; to=%s", self->name, channel, from_text, to_text);
  if (self->format == ICAM_EXPORT_MP4)
    {
      self->mp4 = icam_mp4_writer_new (self->fd, summary->video, summary->audio, index_size (self), self->title, self->comment,
                                       self->wish.exact ? self->wish.from - TICK_US : G_MININT64, self->cancellable, error);
      return self->mp4 != NULL;
    }

  {
    IcamSegmentId id = summary->id;

    id.start_us = packet->utc_us;
    id.lead_us = 0;
    self->matroska = icam_export_file_new (self->fd, &id, summary->video, summary->audio, self->title, self->comment,
                                           self->cancellable);
  }
  return TRUE;
}

/* The parameter sets that stood in the header of the segment go in front of its key frames. */
static GBytes *
with_sets (const IcamPacket *packet,
           const IcamTrack  *track)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  gsize size;
  const guint8 *data;

  if (track->private_data == NULL)
    return g_bytes_ref (packet->data);
  data = g_bytes_get_data (track->private_data, &size);
  if (!icam_bitstream_add_params (track->codec, data, size, out))
    return g_bytes_ref (packet->data);

  data = g_bytes_get_data (packet->data, &size);
  g_byte_array_append (out, data, (guint) size);
  return g_byte_array_free_to_bytes (g_steal_pointer (&out));
}

static gboolean
on_packet (const IcamPacket *packet,
           IcamTrack        *track,
           gpointer          user_data,
           GError          **error)
{
  Export *self = user_data;
  gboolean video = packet->track == ICAM_TRACK_VIDEO;
  gboolean wanted = !self->wish.exact || packet->utc_us >= self->wish.from - TICK_US;
  g_autoptr (GBytes) data = NULL;
  IcamPacket changed = *packet;

  /* JPEG pictures are left out one by one. */
  if (!wanted && self->format == ICAM_EXPORT_MATROSKA && is_exact (self))
    return TRUE;
  if (self->mp4 == NULL && self->matroska == NULL)
    {
      if (!video)
        return TRUE;
      if (!begin (self, packet, error))
        return FALSE;
      self->first_us = packet->utc_us;
    }
  if (video && wanted)
    self->shown_us = MIN (self->shown_us, packet->utc_us);
  if (self->mp4 != NULL)
    return icam_mp4_writer_add (self->mp4, packet, error);

  if (video && (packet->flags & ICAM_PACKET_KEY) != 0 && !icam_track_equal (track, self->summary->video))
    changed.data = data = with_sets (packet, track);
  return icam_export_file_add (self->matroska, &changed, error);
}

static void
on_progress (double   progress,
             gpointer user_data)
{
  Export *self = user_data;

  icam_job_progress (self->job, progress);
}

/* ---- the job ---- */

static void
add_gaps (GArray       *rows,
          GVariantDict *dict)
{
  GVariantBuilder gaps = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(xxs)"));

  for (guint i = 0; i < rows->len; i++)
    {
      const IcamGapRow *row = &g_array_index (rows, IcamGapRow, i);

      g_variant_builder_add (&gaps, "(xxs)", row->start_us, row->end_us, icam_gap_cause_to_string (row->cause));
    }
  g_variant_dict_insert_value (dict, "gaps", g_variant_builder_end (&gaps));
}

static gboolean
write_film (Export  *self,
            GError **error)
{
  if (!icam_archive_span_read (self->span, on_packet, on_progress, self, error))
    return FALSE;
  if (self->mp4 == NULL && self->matroska == NULL)
    {
      icam_error_set (error, ICAM_ERROR_NO_RECORDING, NULL, NULL);
      return FALSE;
    }
  if (self->mp4 == NULL)
    return icam_export_file_finish (self->matroska, error);
  return icam_mp4_writer_finish (self->mp4, is_exact (self) && self->shown_us != G_MAXINT64 ? self->shown_us : self->first_us,
                                 error);
}

static gboolean
run (IcamJob      *job,
     gpointer      data,
     GCancellable *cancellable,
     GVariant    **result,
     GError      **error)
{
  Export *self = data;
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GArray) rows = NULL;
  gboolean exact, mp4;
  gint64 from;

  self->job = job;
  self->cancellable = cancellable;
  self->first_us = self->shown_us = G_MAXINT64;
  self->span = icam_archive_span_new (self->archive, &self->wish.channel, self->wish.role, self->wish.from, self->wish.to, error);
  if (self->span == NULL)
    return FALSE;
  self->summary = icam_archive_span_get_summary (self->span);
  choose_format (self);
  if (!check_space (self, error))
    return FALSE;
  if (!write_film (self, error))
    {
      translate_full (self, error);
      return FALSE;
    }
  rows = icam_archive_list_gaps (self->archive, &self->wish.channel, self->wish.role, self->wish.from, self->wish.to, error);
  if (rows == NULL)
    return FALSE;

  /* Who reads a pipe sees its end before the job says that it is done. */
  close (self->fd);
  self->fd = -1;

  mp4 = self->format == ICAM_EXPORT_MP4;
  exact = is_exact (self);
  from = exact && self->shown_us != G_MAXINT64 ? self->shown_us : self->first_us;
  g_variant_dict_insert (&dict, "bytes", "t",
                         mp4 ? icam_mp4_writer_get_bytes (self->mp4) : icam_export_file_get_bytes (self->matroska));
  g_variant_dict_insert (&dict, "from", "x", from);
  g_variant_dict_insert (&dict, "to", "x",
                         mp4 ? icam_mp4_writer_get_end_us (self->mp4) : icam_export_file_get_end_us (self->matroska));
  g_variant_dict_insert (&dict, "format", "s", icam_export_format_to_string (self->format));
  if (self->reason != NULL)
    g_variant_dict_insert (&dict, "reason", "s", self->reason);
  g_variant_dict_insert (&dict, "exact", "b", exact);
  g_variant_dict_insert (&dict, "hidden", "x", from - self->first_us);
  g_variant_dict_insert (&dict, "cut", "b", self->summary->cut);
  add_gaps (rows, &dict);
  *result = g_variant_dict_end (&dict);
  return TRUE;
}

/**
 * icam_export_start:
 * @context: the context
 * @wish: what is wanted
 * @fd: (transfer full): where the file is written
 *
 * Returns: (transfer full): the job, running
 */
IcamJob *
icam_export_start (IcamContext          *context,
                   const IcamExportWish *wish,
                   int                   fd)
{
  Export *self = g_new0 (Export, 1);

  self->archive = g_object_ref (context->archive);
  self->wish = *wish;
  self->name = g_strdup (wish->name);
  self->wish.name = self->name;
  self->fd = fd;
  return icam_job_start ("export", run, self, export_free);
}
