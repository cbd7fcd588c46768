/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "matroska/icam-mkv.h"

G_BEGIN_DECLS

/* Block times count in 100 µs. Finer than any camera's jitter and than what a timeline can show, while the 16 bits of a
 * block still reach 3.2 s from its cluster, which is a dozen of our flushes and any reordering of pictures. At the usual 1 ms
 * the times of archive and live picture would differ visibly in the last digit, at 10 µs a block would reach 0.3 s only. */
#define ICAM_MKV_TICK_US 100
#define ICAM_MKV_TICKS_MIN (-32768)
#define ICAM_MKV_TICKS_MAX 32767

/* Bytes kept free in the header for the cues. 8 KiB hold some 380 key frames. */
#define ICAM_MKV_RESERVE 8192
#define ICAM_MKV_SEEK_SLOT 21     /* a Seek element with its 8 byte position */
#define ICAM_MKV_DURATION_SLOT 11 /* a Duration of 8 bytes */

#define ICAM_MKV_MAX_FRAME (32u * 1024 * 1024)
#define ICAM_MKV_MAX_CLUSTER (64u * 1024 * 1024)
#define ICAM_MKV_MAX_PRIVATE (64u * 1024)

/* Where in a file of ours the places are that a close fills in; offsets from the start of the file, 0 none. */
typedef struct
{
  guint64 segment_size; /* eight bytes */
  guint64 segment_data; /* positions inside the file count from here */
  guint64 seek_slot;
  guint64 duration;
  guint64 reserve;      /* ICAM_MKV_RESERVE bytes */
  guint64 clusters;     /* the first cluster */
  gint64 lead_us;       /* what the file's times have ahead of those of the key frames */
} IcamMkvLayout;

GPtrArray *icam_mkv_close_patches (const IcamMkvLayout *layout,
                                   guint64              file_size,
                                   gint64               duration_us,
                                   const GArray        *key_frames);
IcamMkvPatch *icam_mkv_patch_new  (guint64     offset,
                                   GByteArray *data);
const char *icam_mkv_codec_id     (IcamCodec codec);
gint64      icam_mkv_guess_duration (gint64 *step_us,
                                     gint64  new_step_us);

G_END_DECLS
