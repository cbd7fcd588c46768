/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* EBML (RFC 8794) as far as this room needs it: elements appended to a byte array, and headers read from memory. */

/* Identifiers, RFC 8794 section 11 and RFC 9559 section 5. */
enum
{
  ICAM_EBML_HEADER = 0x1A45DFA3,
  ICAM_EBML_VERSION = 0x4286,
  ICAM_EBML_READ_VERSION = 0x42F7,
  ICAM_EBML_MAX_ID_LENGTH = 0x42F2,
  ICAM_EBML_MAX_SIZE_LENGTH = 0x42F3,
  ICAM_EBML_DOC_TYPE = 0x4282,
  ICAM_EBML_DOC_TYPE_VERSION = 0x4287,
  ICAM_EBML_DOC_TYPE_READ_VERSION = 0x4285,
  ICAM_EBML_VOID = 0xEC,

  ICAM_MKV_SEGMENT = 0x18538067,
  ICAM_MKV_SEEK_HEAD = 0x114D9B74,
  ICAM_MKV_SEEK = 0x4DBB,
  ICAM_MKV_SEEK_ID = 0x53AB,
  ICAM_MKV_SEEK_POSITION = 0x53AC,
  ICAM_MKV_INFO = 0x1549A966,
  ICAM_MKV_SEGMENT_UUID = 0x73A4,
  ICAM_MKV_TIMESTAMP_SCALE = 0x2AD7B1,
  ICAM_MKV_DURATION = 0x4489,
  ICAM_MKV_DATE_UTC = 0x4461,
  ICAM_MKV_TITLE = 0x7BA9,
  ICAM_MKV_MUXING_APP = 0x4D80,
  ICAM_MKV_WRITING_APP = 0x5741,
  ICAM_MKV_TRACKS = 0x1654AE6B,
  ICAM_MKV_TRACK_ENTRY = 0xAE,
  ICAM_MKV_TRACK_NUMBER = 0xD7,
  ICAM_MKV_TRACK_UID = 0x73C5,
  ICAM_MKV_TRACK_TYPE = 0x83,
  ICAM_MKV_FLAG_LACING = 0x9C,
  ICAM_MKV_DEFAULT_DURATION = 0x23E383,
  ICAM_MKV_CODEC_ID = 0x86,
  ICAM_MKV_CODEC_PRIVATE = 0x63A2,
  ICAM_MKV_CODEC_DELAY = 0x56AA,
  ICAM_MKV_SEEK_PRE_ROLL = 0x56BB,
  ICAM_MKV_VIDEO = 0xE0,
  ICAM_MKV_PIXEL_WIDTH = 0xB0,
  ICAM_MKV_PIXEL_HEIGHT = 0xBA,
  ICAM_MKV_AUDIO = 0xE1,
  ICAM_MKV_SAMPLING_FREQUENCY = 0xB5,
  ICAM_MKV_CHANNELS = 0x9F,
  ICAM_MKV_BIT_DEPTH = 0x6264,
  ICAM_MKV_TAGS = 0x1254C367,
  ICAM_MKV_TAG = 0x7373,
  ICAM_MKV_TARGETS = 0x63C0,
  ICAM_MKV_TARGET_TYPE_VALUE = 0x68CA,
  ICAM_MKV_SIMPLE_TAG = 0x67C8,
  ICAM_MKV_TAG_NAME = 0x45A3,
  ICAM_MKV_TAG_STRING = 0x4487,
  ICAM_MKV_CUES = 0x1C53BB6B,
  ICAM_MKV_CUE_POINT = 0xBB,
  ICAM_MKV_CUE_TIME = 0xB3,
  ICAM_MKV_CUE_TRACK_POSITIONS = 0xB7,
  ICAM_MKV_CUE_TRACK = 0xF7,
  ICAM_MKV_CUE_CLUSTER_POSITION = 0xF1,
  ICAM_MKV_CLUSTER = 0x1F43B675,
  ICAM_MKV_TIMESTAMP = 0xE7,
  ICAM_MKV_SIMPLE_BLOCK = 0xA3,
};

/* The size of an element that lasts to the end of the file. */
#define ICAM_EBML_UNKNOWN G_MAXUINT64
/* Longest header: 4 bytes of identifier, 8 of size. */
#define ICAM_EBML_HEADER_MAX 12

void  icam_ebml_put_id     (GByteArray *out,
                            guint32     id);
void  icam_ebml_put_size   (GByteArray *out,
                            guint64     size,
                            guint       width);
void  icam_ebml_put_uint   (GByteArray *out,
                            guint32     id,
                            guint64     value);
void  icam_ebml_put_uint64 (GByteArray *out,
                            guint32     id,
                            guint64     value);
void  icam_ebml_put_float  (GByteArray *out,
                            guint32     id,
                            double      value);
void  icam_ebml_put_string (GByteArray *out,
                            guint32     id,
                            const char *text);
void  icam_ebml_put_binary (GByteArray   *out,
                            guint32       id,
                            gconstpointer data,
                            gsize         length);
void  icam_ebml_put_void   (GByteArray *out,
                            gsize       total);
gsize icam_ebml_begin      (GByteArray *out,
                            guint32     id);
void  icam_ebml_end        (GByteArray *out,
                            gsize       mark);

typedef enum
{
  ICAM_EBML_OK,
  ICAM_EBML_SHORT, /* the bytes end within the header */
  ICAM_EBML_BAD,   /* no element can begin so */
} IcamEbmlStatus;

typedef struct
{
  guint32 id;
  guint header; /* bytes of identifier and size */
  guint64 size; /* bytes of content, or ICAM_EBML_UNKNOWN */
} IcamEbmlElement;

IcamEbmlStatus icam_ebml_parse     (const guint8    *data,
                                    gsize            length,
                                    IcamEbmlElement *element);
gboolean       icam_ebml_get_uint  (const guint8 *data,
                                    gsize         length,
                                    guint64      *value);
gboolean       icam_ebml_get_float (const guint8 *data,
                                    gsize         length,
                                    double       *value);

/* Walks over the children of a master element that is in memory. */
typedef struct
{
  const guint8 *data;
  gsize length;
  gsize position;
} IcamEbmlIter;

gboolean icam_ebml_iter_next (IcamEbmlIter    *iter,
                              IcamEbmlElement *element,
                              const guint8   **content);

G_END_DECLS
