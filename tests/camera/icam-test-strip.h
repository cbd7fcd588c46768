/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/*
 * Writes the code strip straight into H.264, without encoding the picture again.
 *
 * The scene is encoded once, 16 rows lower than the picture that is sent. Its slices are moved
 * down by one row of macroblocks (first_mb_in_slice), the parameter set is made taller by one, and
 * the top row is a slice of its own that is made by hand for every picture that is sent: one
 * Intra_16x16 macroblock for four blocks of the code. So sixteen cameras share one encoding, and
 * yet each picture shows its own camera, counter and time.
 */

#include <glib.h>

#include "icam-test-code.h"

G_BEGIN_DECLS

/**
 * IcamTestStripFrame:
 * @key: whether it is an IDR picture
 * @nal_header: the first byte of its slices
 * @header: slice header from slice_type on
 * @header_bits: length of @header in bits
 * @qp: quantiser at the start of the slice
 * @content: the slice of the scene, moved down, as a NAL unit without a start code
 * @content_size: its length in bytes
 * @content_other: the same with the other idr_pic_id, %NULL unless @key
 * @content_other_size: its length in bytes
 *
 * One picture of an encoded scene, ready for its strip.
 */
typedef struct
{
  gboolean key;
  guint8 nal_header;
  guint8 header[16];
  guint8 header_other[16];
  guint header_bits;
  guint header_other_bits;
  int qp;
  guint8 *content;
  gsize content_size;
  guint8 *content_other;
  gsize content_other_size;
} IcamTestStripFrame;

/**
 * IcamTestStripParameters:
 * @sps: sequence parameter set of the picture with the strip, a NAL unit
 * @pps: picture parameter set, a NAL unit
 * @mb_width: width of the picture in macroblocks
 * @mb_height: height of the picture with the strip in macroblocks
 * @rows: rows of macroblocks above the scene: 1 for the strip, 0 for a picture without one
 */
typedef struct
{
  guint8 sps[128];
  gsize sps_size;
  guint8 pps[64];
  gsize pps_size;
  guint mb_width;
  guint mb_height;
  guint rows;
  guint log2_max_frame_num;
  guint poc_type;
  guint log2_max_poc_lsb;
  gboolean bottom_field_pic_order;
  gboolean deblocking_control;
  gboolean weighted_pred;
  int pic_init_qp;
} IcamTestStripParameters;

gboolean icam_test_strip_parse_parameters (IcamTestStripParameters *self,
                                           guint rows,
                                           const guint8 *sps,
                                           gsize sps_size,
                                           const guint8 *pps,
                                           gsize pps_size);
gboolean icam_test_strip_prepare (const IcamTestStripParameters *self,
                                  const guint8 *nal,
                                  gsize size,
                                  IcamTestStripFrame *frame);
void icam_test_strip_frame_clear (IcamTestStripFrame *frame);

/** ICAM_TEST_STRIP_MAX_BYTES: room that a strip needs. */
#define ICAM_TEST_STRIP_MAX_BYTES 4096

gsize icam_test_strip_write (const IcamTestStripParameters *self,
                             const IcamTestStripFrame *frame,
                             gboolean other_idr,
                             const IcamTestCode *code,
                             guint8 *nal);
gsize icam_test_strip_write_skip (const IcamTestStripParameters *self,
                                  const IcamTestStripFrame *frame,
                                  guint8 *nal);

G_END_DECLS
