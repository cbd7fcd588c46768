/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/*
 * The code that the test camera puts into every picture, so that a test can tell afterwards which
 * channel and stream a picture came from, which one it was and when it was taken. It is there
 * twice: in an SEI message beside the picture, and visibly, as a strip of light and dark blocks
 * along the top, which survives decoding, scaling and screenshots.
 */

#include <glib.h>

G_BEGIN_DECLS

/** ICAM_TEST_CODE_BYTES: the length of a code in bytes, in the SEI and in the strip. */
#define ICAM_TEST_CODE_BYTES 20
/** ICAM_TEST_CODE_BITS: blocks in the strip: two rows of eighty. */
#define ICAM_TEST_CODE_BITS (ICAM_TEST_CODE_BYTES * 8)
/** ICAM_TEST_CODE_COLUMNS: blocks in one row of the strip. */
#define ICAM_TEST_CODE_COLUMNS (ICAM_TEST_CODE_BITS / 2)
/** ICAM_TEST_CODE_BLOCK: edge of a block in pixels, as it is drawn. */
#define ICAM_TEST_CODE_BLOCK 8
/** ICAM_TEST_STRIP_HEIGHT: height of the strip in pixels, one row of macroblocks. */
#define ICAM_TEST_STRIP_HEIGHT (2 * ICAM_TEST_CODE_BLOCK)
/** ICAM_TEST_CODE_DARK, ICAM_TEST_CODE_LIGHT: luma of a 0 and of a 1. */
#define ICAM_TEST_CODE_DARK 28
#define ICAM_TEST_CODE_LIGHT 118

typedef enum
{
  ICAM_TEST_STREAM_MAIN = 0,
  ICAM_TEST_STREAM_SUB = 1,
  ICAM_TEST_STREAM_EXTRA = 2,
  ICAM_TEST_STREAM_JPEG = 3,
} IcamTestStream;

typedef enum
{
  ICAM_TEST_CODE_NONE = 0,
  /* The counter runs in the encoded loop only and starts again with it; utc_us is 0. */
  ICAM_TEST_CODE_LOOP = 1 << 0,
  /* The picture is frozen: it repeats an earlier one (only ever set in the SEI). */
  ICAM_TEST_CODE_FROZEN = 1 << 1,
  /* Somebody moves in this picture. */
  ICAM_TEST_CODE_ACTOR = 1 << 2,
} IcamTestCodeFlags;

/**
 * IcamTestCode:
 * @device: index of the device in its process, 0 to 1023
 * @generation: how often the device changed its identity, modulo 16
 * @channel: channel (lens, input) of the device, 0 to 15
 * @stream: an #IcamTestStream
 * @flags: #IcamTestCodeFlags
 * @counter: number of the picture, one more with each interval since the device started, sent or not
 * @utc_us: when the picture was taken, µs since 1970, true even if the camera's clock is wrong
 */
typedef struct
{
  guint device;
  guint generation;
  guint channel;
  guint stream;
  guint flags;
  guint32 counter;
  gint64 utc_us;
} IcamTestCode;

void icam_test_code_pack (const IcamTestCode *code, guint8 bytes[ICAM_TEST_CODE_BYTES]);
gboolean icam_test_code_unpack (const guint8 bytes[ICAM_TEST_CODE_BYTES], IcamTestCode *code);

void icam_test_code_draw (guint8 *luma, gsize stride, guint width, const IcamTestCode *code);
gboolean icam_test_code_read_luma (
  const guint8 *luma, gsize stride, guint width, guint height, IcamTestCode *code);

gsize icam_test_code_write_sei (const IcamTestCode *code, gboolean h265, guint8 *nal, gsize size);
gboolean icam_test_code_read_nal (const guint8 *nal, gsize size, IcamTestCode *code);
gboolean icam_test_code_read_access_unit (const guint8 *data,
                                          gsize size,
                                          guint length_bytes,
                                          IcamTestCode *code);
gboolean icam_test_code_read_jpeg (const guint8 *data, gsize size, IcamTestCode *code);
gsize icam_test_code_write_jpeg_segment (const IcamTestCode *code, guint8 *segment, gsize size);

const char *icam_test_stream_name (guint stream);

G_END_DECLS
