/* SPDX-License-Identifier: GPL-3.0-or-later */

/* matroska: bytes of a Matroska file from packets, and packets from bytes. Sans I/O on the writing side: it appends to
 * a buffer and tells what to put where; threads and disks are the archive's business. GLib only. */

#pragma once

#include "base/icam-types.h"

G_BEGIN_DECLS

/* What a track is. Immutable once made, shared by reference. */
typedef struct
{
  gatomicrefcount ref_count;
  IcamCodec codec;
  guint width, height; /* pixels; 0 for audio */
  guint rate, channels; /* Hz; 0 for video */
  gint64 frame_duration_us; /* 0 unknown */
  /* H.264: AVCDecoderConfigurationRecord, H.265: HEVCDecoderConfigurationRecord, AAC: AudioSpecificConfig,
   * Opus: OpusHead, else NULL. Frames of H.264 and H.265 are length-prefixed (4 bytes), as the records say. */
  GBytes *private_data;
} IcamTrack;

IcamTrack *icam_track_new   (IcamCodec codec);
IcamTrack *icam_track_ref   (IcamTrack *self);
void       icam_track_unref (IcamTrack *self);
gboolean   icam_track_equal (const IcamTrack *a,
                             const IcamTrack *b);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamTrack, icam_track_unref)

typedef enum
{
  ICAM_PACKET_KEY = 1 << 0,     /* a group of pictures begins (every audio packet and JPEG is one) */
  ICAM_PACKET_DISCONT = 1 << 1, /* packets before this one are missing */
} IcamPacketFlags;

#define ICAM_TRACK_VIDEO 0
#define ICAM_TRACK_AUDIO 1
#define ICAM_N_TRACKS 2

/* One access unit or audio frame on its way to a file. */
typedef struct
{
  guint track;          /* ICAM_TRACK_VIDEO or ICAM_TRACK_AUDIO */
  IcamPacketFlags flags;
  gint64 utc_us;        /* capture time of the picture (presentation order) */
  gint64 dts_offset_us; /* utc_us minus the decoding time, 0 where pictures are not reordered */
  gint64 duration_us;   /* 0 unknown */
  gint64 arrival_us;    /* boot time at which its last byte had reached the recorder, 0 unknown */
  GBytes *data;         /* owned */
} IcamPacket;

void icam_packet_clear (IcamPacket *packet);

/* Who a segment belongs to, written into its header and checked by every reader. */
typedef struct
{
  IcamUuid archive;
  IcamUuid channel;
  IcamRole role;
  guint32 epoch;
  guint64 seq;
  gint64 start_us; /* UTC of its first picture that no earlier segment has */
  gint64 lead_us;  /* how much earlier the file begins: with pictures that an earlier segment has too, but without which the
                    * first new ones cannot be decoded; mostly 0 */
} IcamSegmentId;

/* A key frame: where decoding can begin. */
typedef struct
{
  gint64 offset_us;     /* from the segment's start; negative in its lead */
  guint64 byte_offset;  /* of the cluster that begins with it, from the start of the file */
} IcamKeyFrame;

/* ---- writing ---- */

/* Makes the bytes of one segment. Not thread safe; one thread at a time. Frames collect in a cluster of known size that
 * icam_mkv_writer_flush() completes, so that each write is a whole number of clusters; a key frame of the video track always
 * begins a cluster. The header reserves a Void for seek head and cues, and a place for the duration. */
typedef struct _IcamMkvWriter IcamMkvWriter;

typedef struct
{
  guint64 offset; /* in the file */
  GBytes *data;   /* replaces as many bytes there */
} IcamMkvPatch;

IcamMkvWriter *icam_mkv_writer_new     (const IcamSegmentId *id,
                                        IcamTrack           *video,
                                        IcamTrack           *audio);
IcamMkvWriter *icam_mkv_writer_new_titled (const IcamSegmentId *id,
                                        IcamTrack           *video,
                                        IcamTrack           *audio,
                                        const char          *title,
                                        const char          *comment);
void           icam_mkv_writer_free    (IcamMkvWriter       *self);
gboolean       icam_mkv_writer_add     (IcamMkvWriter       *self,
                                        const IcamPacket    *packet,
                                        GError             **error);
void           icam_mkv_writer_flush   (IcamMkvWriter       *self,
                                        GByteArray          *out);
GPtrArray     *icam_mkv_writer_close   (IcamMkvWriter       *self,
                                        GByteArray          *out);
guint64        icam_mkv_writer_size    (IcamMkvWriter       *self);
gint64         icam_mkv_writer_end_us  (IcamMkvWriter       *self);
const GArray  *icam_mkv_writer_peek_key_frames (IcamMkvWriter *self);
void           icam_mkv_patch_free     (IcamMkvPatch        *patch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamMkvWriter, icam_mkv_writer_free)

/* ---- reading ---- */

/* Reads segments from a descriptor with pread; a file that is still being written, or torn, is read up to its last whole
 * cluster. Hostile input: every size is bounded. One thread at a time. */
typedef struct _IcamMkvReader IcamMkvReader;

IcamMkvReader       *icam_mkv_reader_new         (int                   fd,
                                                  GError              **error);
void                 icam_mkv_reader_free        (IcamMkvReader        *self);
const IcamSegmentId *icam_mkv_reader_get_id      (IcamMkvReader        *self);
IcamTrack           *icam_mkv_reader_get_track   (IcamMkvReader        *self,
                                                  guint                 track);
gboolean             icam_mkv_reader_is_closed   (IcamMkvReader        *self);
GArray              *icam_mkv_reader_dup_key_frames (IcamMkvReader     *self);
gboolean             icam_mkv_reader_seek        (IcamMkvReader        *self,
                                                  guint64               byte_offset,
                                                  GError              **error);
gboolean             icam_mkv_reader_seek_time   (IcamMkvReader        *self,
                                                  gint64                utc_us,
                                                  GError              **error);
gboolean             icam_mkv_reader_next        (IcamMkvReader        *self,
                                                  IcamPacket           *packet,
                                                  GError              **error);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamMkvReader, icam_mkv_reader_free)

/* What recovery needs: the file's clusters scanned to the last whole block. */
typedef struct
{
  IcamSegmentId id;
  guint64 valid_size; /* bytes up to the end of the last whole cluster, or block of the torn one */
  gint64 end_us;      /* UTC of the end of the last frame */
  GArray *key_frames; /* of IcamKeyFrame */
  GPtrArray *patches; /* of IcamMkvPatch: write these, after cutting at valid_size (which includes repairs of a torn cluster's size) */
  gboolean was_closed; /* nothing to do */
} IcamMkvScan;

IcamMkvScan *icam_mkv_scan      (int          fd,
                                 GError     **error);
void         icam_mkv_scan_free (IcamMkvScan *scan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamMkvScan, icam_mkv_scan_free)

G_END_DECLS
