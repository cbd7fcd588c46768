/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "matroska/icam-ebml.h"
#include "matroska/icam-mkv-private.h"

G_BEGIN_DECLS

#define ICAM_MKV_HAVE_CHANNEL (1u << 0)
#define ICAM_MKV_HAVE_ARCHIVE (1u << 1)
#define ICAM_MKV_HAVE_ROLE (1u << 2)
#define ICAM_MKV_HAVE_EPOCH (1u << 3)
#define ICAM_MKV_HAVE_SEQ (1u << 4)
#define ICAM_MKV_HAVE_START (1u << 5)
#define ICAM_MKV_HAVE_ALL 0x3fu
/* The year 9999, so that no sum of times overflows. */
#define ICAM_MKV_MAX_TIME G_GINT64_CONSTANT (253402300800000000)
/* An hour: longer than any group of pictures. */
#define ICAM_MKV_MAX_LEAD G_GINT64_CONSTANT (3600000000)

struct _IcamMkvReader
{
  int fd;
  guint64 file_size; /* when last looked */
  guint8 *window;
  guint64 window_offset;
  gsize window_length;

  IcamSegmentId id;
  guint have; /* what of id was found */
  IcamTrack *tracks[ICAM_N_TRACKS];
  IcamMkvLayout layout;
  guint64 segment_size; /* as written, or ICAM_EBML_UNKNOWN */

  guint64 position;     /* of the next element */
  guint64 cluster_end;  /* 0 outside */
  gint64 cluster_ticks;
};

/* A SimpleBlock's head. */
typedef struct
{
  guint track;
  gboolean key;
  gint64 ticks;
  guint64 offset; /* of the frame */
  gsize size;
} IcamMkvBlock;

const guint8  *icam_mkv_reader_window    (IcamMkvReader   *self,
                                          guint64          offset,
                                          gsize            want,
                                          gsize           *got,
                                          GError         **error);
IcamEbmlStatus icam_mkv_reader_element   (IcamMkvReader   *self,
                                          guint64          offset,
                                          IcamEbmlElement *element,
                                          GError         **error);
guint64        icam_mkv_reader_refresh   (IcamMkvReader   *self);
IcamEbmlStatus icam_mkv_reader_block     (IcamMkvReader   *self,
                                          guint64          offset,
                                          guint64          size,
                                          IcamMkvBlock    *block,
                                          GError         **error);
gboolean       icam_mkv_reader_timestamp (IcamMkvReader   *self,
                                          guint64          offset,
                                          guint64          size,
                                          GError         **error);

G_END_DECLS
