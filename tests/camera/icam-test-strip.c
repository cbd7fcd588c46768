/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "icam-test"

#include "icam-test-strip.h"

#include <string.h>

#include "icam-test-bits.h"

/* The strip's quantiser: a step of the level is 2.5 of luma (8.5.10: ((160 f) + 32) >> 6). */
#define STRIP_QP 36

/* Table 9-5, column 0 <= nC < 2, up to four coefficients: length and code by [T1s][total]. */
static const guint8 coeff_token_length[4][5] = {
  { 1, 6, 8, 9, 10 }, { 0, 2, 6, 8, 9 }, { 0, 0, 3, 7, 8 }, { 0, 0, 0, 5, 6 }
};
static const guint8 coeff_token_code[4][5] = {
  { 1, 5, 7, 7, 7 }, { 0, 1, 4, 6, 6 }, { 0, 0, 1, 5, 5 }, { 0, 0, 0, 3, 3 }
};
/* Table 9-7, up to four zeros: by [total - 1][zeros]. */
static const guint8 total_zeros_length[4][5] = {
  { 1, 3, 3, 4, 4 }, { 3, 3, 3, 3, 3 }, { 4, 3, 3, 3, 4 }, { 5, 3, 4, 4, 3 }
};
static const guint8 total_zeros_code[4][5] = {
  { 1, 3, 2, 3, 2 }, { 7, 6, 5, 4, 3 }, { 5, 7, 6, 5, 4 }, { 3, 7, 5, 4, 6 }
};
/* Table 9-10: by [zeros left - 1][run]. */
static const guint8 run_before_length[4][5] = {
  { 1, 1, 0, 0, 0 }, { 1, 2, 2, 0, 0 }, { 2, 2, 2, 2, 0 }, { 2, 2, 2, 3, 3 }
};
static const guint8 run_before_code[4][5] = {
  { 1, 0, 0, 0, 0 }, { 1, 1, 0, 0, 0 }, { 3, 2, 1, 0, 0 }, { 3, 2, 1, 1, 0 }
};

/**
 * icam_test_strip_parse_parameters:
 * @self: (out caller-allocates): what the strip must know
 * @rows: 1 for a strip above the scene, 0 for none
 * @sps: sequence parameter set of the encoded scene, a NAL unit
 * @sps_size: its length in bytes
 * @pps: picture parameter set, a NAL unit
 * @pps_size: its length in bytes
 *
 * Reads the parameter sets (7.3.2.1, 7.3.2.2) and makes the picture @rows rows of macroblocks taller.
 *
 * Returns: whether the encoding is one that the strip can be added to: progressive, CAVLC, no
 *   slice groups, one slice a picture.
 */
gboolean
icam_test_strip_parse_parameters (IcamTestStripParameters *self,
                                  guint rows,
                                  const guint8 *sps,
                                  gsize sps_size,
                                  const guint8 *pps,
                                  gsize pps_size)
{
  guint8 rbsp[128] = { 0 };
  guint8 taller[128];
  IcamTestBitReader in = { rbsp, 0, 8 };
  IcamTestBitWriter out = { taller, sizeof taller, 0 };
  gsize size, height_at, after_height;
  guint profile, height;

  memset (self, 0, sizeof *self);
  self->rows = rows;
  if (sps_size > 100 || pps_size > sizeof self->pps)
    return FALSE;

  size = icam_test_bits_unescape (sps, sps_size, rbsp);
  in.n_bits = size * 8;
  profile = icam_test_bits_get (&in, 8);
  icam_test_bits_get (&in, 16);
  icam_test_bits_get_ue (&in);
  if (profile != 66 && profile != 77 && profile != 88)
    {
      if (icam_test_bits_get_ue (&in) != 1) /* chroma_format_idc */
        return FALSE;
      icam_test_bits_get_ue (&in);
      icam_test_bits_get_ue (&in);
      icam_test_bits_get (&in, 1);
      if (icam_test_bits_get (&in, 1)) /* scaling lists */
        return FALSE;
    }
  self->log2_max_frame_num = icam_test_bits_get_ue (&in) + 4;
  self->poc_type = icam_test_bits_get_ue (&in);
  if (self->poc_type == 0)
    self->log2_max_poc_lsb = icam_test_bits_get_ue (&in) + 4;
  else if (self->poc_type == 1)
    return FALSE;
  icam_test_bits_get_ue (&in);
  icam_test_bits_get (&in, 1);
  self->mb_width = icam_test_bits_get_ue (&in) + 1;
  height_at = in.at;
  height = icam_test_bits_get_ue (&in) + 1;
  after_height = in.at;
  if (!icam_test_bits_get (&in, 1)) /* frame_mbs_only_flag */
    return FALSE;
  self->mb_height = height + rows;

  icam_test_bits_copy (&out, rbsp, 0, height_at);
  icam_test_bits_put_ue (&out, height - 1 + rows);
  /* The trailing bits move along: find the stop bit, and write new ones. */
  {
    gsize last = size * 8;

    while (last > after_height && !((rbsp[(last - 1) / 8] >> (7 - (last - 1) % 8)) & 1))
      last--;
    icam_test_bits_copy (&out, rbsp, after_height, last - 1 - after_height);
    icam_test_bits_put_trailing (&out);
  }
  {
    guint8 escaped[200];

    self->sps_size = icam_test_bits_escape (taller, out.at / 8, escaped);
    if (self->sps_size > sizeof self->sps)
      return FALSE;
    memcpy (self->sps, escaped, self->sps_size);
  }

  memcpy (self->pps, pps, pps_size);
  self->pps_size = pps_size;
  size = icam_test_bits_unescape (pps, pps_size, rbsp);
  in = (IcamTestBitReader){ rbsp, size * 8, 8 };
  icam_test_bits_get_ue (&in);
  icam_test_bits_get_ue (&in);
  if (icam_test_bits_get (&in, 1)) /* entropy_coding_mode_flag */
    return FALSE;
  self->bottom_field_pic_order = icam_test_bits_get (&in, 1) != 0;
  if (icam_test_bits_get_ue (&in) != 0) /* slice groups */
    return FALSE;
  icam_test_bits_get_ue (&in);
  icam_test_bits_get_ue (&in);
  self->weighted_pred = icam_test_bits_get (&in, 1) != 0;
  icam_test_bits_get (&in, 2);
  self->pic_init_qp = 26 + icam_test_bits_get_se (&in);
  icam_test_bits_get_se (&in);
  icam_test_bits_get_se (&in);
  self->deblocking_control = icam_test_bits_get (&in, 1) != 0;
  if (icam_test_bits_get (&in, 1) || icam_test_bits_get (&in, 1))
    return FALSE; /* constrained_intra_pred, redundant_pic_cnt */

  return !self->weighted_pred && self->mb_width * 4 >= ICAM_TEST_CODE_BITS
         && self->mb_height > 1;
}

/* Writes the slice of the scene with first_mb_in_slice moved down by the rows of the strip. */
static guint8 *
move_down (const IcamTestStripParameters *self,
           guint8 nal_header,
           const guint8 *header,
           gsize header_bits,
           const guint8 *rbsp,
           gsize from,
           gsize to,
           gsize *size)
{
  gsize room = to / 8 + 64;
  g_autofree guint8 *moved = g_malloc (room);
  IcamTestBitWriter out = { moved, room, 0 };
  guint8 *nal;

  icam_test_bits_put (&out, nal_header, 8);
  icam_test_bits_put_ue (&out, self->rows * self->mb_width);
  icam_test_bits_copy (&out, header, 0, header_bits);
  icam_test_bits_copy (&out, rbsp, from, to - from);
  icam_test_bits_put_trailing (&out);

  nal = g_malloc (room + room / 2);
  *size = icam_test_bits_escape (moved, out.at / 8, nal);
  return g_realloc (nal, *size);
}

/**
 * icam_test_strip_prepare:
 * @self: the parameters of the encoding
 * @nal: the slice of a picture, a NAL unit
 * @size: its length in bytes
 * @frame: (out caller-allocates): the picture, ready for its strip
 *
 * Reads the slice header (7.3.3) and moves the slice down.
 *
 * Returns: whether the slice is one that this can do.
 */
gboolean
icam_test_strip_prepare (const IcamTestStripParameters *self,
                         const guint8 *nal,
                         gsize size,
                         IcamTestStripFrame *frame)
{
  g_autofree guint8 *rbsp = g_malloc (size + 8);
  IcamTestBitReader in = { rbsp, 0, 8 };
  IcamTestBitWriter header = { frame->header, sizeof frame->header, 0 };
  gsize start, after_first_mb, idr_at = 0, after_idr = 0;
  guint slice_type, idr_pic_id = 0;

  memset (frame, 0, sizeof *frame);
  in.n_bits = icam_test_bits_unescape (nal, size, rbsp) * 8;
  frame->nal_header = nal[0];
  frame->key = (nal[0] & 0x1f) == 5;

  if (icam_test_bits_get_ue (&in) != 0)
    return FALSE;
  after_first_mb = in.at;
  slice_type = icam_test_bits_get_ue (&in) % 5;
  if (slice_type != (frame->key ? 2u : 0u))
    return FALSE;
  icam_test_bits_get_ue (&in);
  icam_test_bits_get (&in, self->log2_max_frame_num);
  if (frame->key)
    {
      idr_at = in.at;
      idr_pic_id = icam_test_bits_get_ue (&in);
      after_idr = in.at;
    }
  if (self->poc_type == 0)
    {
      icam_test_bits_get (&in, self->log2_max_poc_lsb);
      if (self->bottom_field_pic_order)
        icam_test_bits_get_se (&in);
    }
  if (slice_type == 0)
    {
      if (icam_test_bits_get (&in, 1))
        icam_test_bits_get_ue (&in);
      if (icam_test_bits_get (&in, 1)) /* ref_pic_list_modification_flag_l0 */
        return FALSE;
    }
  if (nal[0] & 0x60)
    {
      if (frame->key)
        icam_test_bits_get (&in, 2);
      else if (icam_test_bits_get (&in, 1)) /* adaptive_ref_pic_marking_mode_flag */
        return FALSE;
    }
  frame->qp = self->pic_init_qp + icam_test_bits_get_se (&in);
  if (self->deblocking_control && icam_test_bits_get_ue (&in) != 1)
    {
      icam_test_bits_get_se (&in);
      icam_test_bits_get_se (&in);
    }
  start = in.at;
  if (start - after_first_mb > sizeof frame->header * 8 - 16)
    return FALSE;

  /* The data ends before the stop bit. */
  while (in.n_bits > start
         && !((rbsp[(in.n_bits - 1) / 8] >> (7 - (in.n_bits - 1) % 8)) & 1))
    in.n_bits--;
  if (in.n_bits <= start)
    return FALSE;
  in.n_bits--;

  icam_test_bits_copy (&header, rbsp, after_first_mb, start - after_first_mb);
  frame->header_bits = (guint) header.at;
  frame->content = move_down (self, nal[0], frame->header, frame->header_bits, rbsp, start,
                              in.n_bits, &frame->content_size);

  if (frame->key)
    {
      /* Two IDR pictures in a row must differ in idr_pic_id (7.4.3), however clips are joined. */
      IcamTestBitWriter other = { frame->header_other, sizeof frame->header_other, 0 };

      icam_test_bits_copy (&other, rbsp, after_first_mb, idr_at - after_first_mb);
      icam_test_bits_put_ue (&other, idr_pic_id == 0 ? 1 : 0);
      icam_test_bits_copy (&other, rbsp, after_idr, start - after_idr);
      frame->header_other_bits = (guint) other.at;
      frame->content_other
        = move_down (self, nal[0], frame->header_other, frame->header_other_bits, rbsp, start,
                     in.n_bits, &frame->content_other_size);
    }
  return TRUE;
}

/**
 * icam_test_strip_frame_clear:
 * @frame: a picture
 *
 * Frees what it holds.
 */
void
icam_test_strip_frame_clear (IcamTestStripFrame *frame)
{
  g_clear_pointer (&frame->content, g_free);
  g_clear_pointer (&frame->content_other, g_free);
}

/* One level (9.2.2.1). */
static void
put_level (IcamTestBitWriter *out, int level, gboolean first_large, guint *suffix_length)
{
  guint code = level > 0 ? (guint) (2 * level - 2) : (guint) (-2 * level - 1);

  if (first_large)
    code -= 2;
  if (*suffix_length == 0)
    {
      if (code < 14)
        icam_test_bits_put (out, 1, code + 1);
      else if (code < 30)
        {
          icam_test_bits_put (out, 1, 15);
          icam_test_bits_put (out, code - 14, 4);
        }
      else
        {
          icam_test_bits_put (out, 1, 16);
          icam_test_bits_put (out, code - 30, 12);
        }
      *suffix_length = 1;
    }
  else if (code < (15u << *suffix_length))
    {
      icam_test_bits_put (out, 1, (code >> *suffix_length) + 1);
      icam_test_bits_put (out, code & ((1u << *suffix_length) - 1), *suffix_length);
    }
  else
    {
      icam_test_bits_put (out, 1, 16);
      icam_test_bits_put (out, code - (15u << *suffix_length), 12);
    }
  if (ABS (level) > (3 << (*suffix_length - 1)) && *suffix_length < 6)
    (*suffix_length)++;
}

/* The block of direct coefficients (7.3.5.3.2); nC is 0, as no macroblock here has any others. */
static void
put_dc_block (IcamTestBitWriter *out, const int scan[5])
{
  int levels[5], runs[5];
  guint total = 0, ones = 0, zeros = 0, suffix_length = 0;
  int run = 0;
  gboolean first = TRUE;

  for (int i = 0; i < 5; i++)
    {
      if (scan[i] == 0)
        {
          run++;
          continue;
        }
      levels[total] = scan[i];
      runs[total] = run;
      zeros += (guint) run;
      run = 0;
      total++;
    }
  while (ones < 3 && ones < total && ABS (levels[total - 1 - ones]) == 1)
    ones++;

  icam_test_bits_put (out, coeff_token_code[ones][total], coeff_token_length[ones][total]);
  if (total == 0)
    return;
  for (guint i = 0; i < ones; i++)
    icam_test_bits_put (out, levels[total - 1 - i] < 0, 1);
  for (guint i = ones; i < total; i++)
    {
      put_level (out, levels[total - 1 - i], first && ones < 3, &suffix_length);
      first = FALSE;
    }
  icam_test_bits_put (out, total_zeros_code[total - 1][zeros],
                      total_zeros_length[total - 1][zeros]);
  for (guint i = total; i-- > 1 && zeros > 0;)
    {
      icam_test_bits_put (out, run_before_code[zeros - 1][runs[i]],
                          run_before_length[zeros - 1][runs[i]]);
      zeros -= (guint) runs[i];
    }
}

/*
 * One macroblock of four blocks: Intra_16x16, predicted as the mean of the macroblock on its left
 * (8.3.3.3), with the direct coefficients that turn it into @want. What the decoder gets out is
 * kept in @right for the next one.
 */
static void
put_macroblock (
  IcamTestBitWriter *out, gboolean intra_slice, const int want[4], int *qp, int right[2])
{
  int prediction = right[0] < 0 ? 128 : (8 * right[0] + 8 * right[1] + 8) >> 4;
  int step[4], scan[5] = { 0 };

  for (int q = 0; q < 4; q++)
    step[q] = (want[q] - prediction) * 2;
  /* Forward transform of a block that is constant in its quarters, in steps of 2.5, rounded. */
#define ROUND_20(x) ((x) >= 0 ? ((x) + 10) / 20 : -((10 - (x)) / 20))
  scan[0] = ROUND_20 (step[0] + step[1] + step[2] + step[3]);
  scan[1] = ROUND_20 (step[0] - step[1] + step[2] - step[3]);
  scan[2] = ROUND_20 (step[0] + step[1] - step[2] - step[3]);
  scan[4] = ROUND_20 (step[0] - step[1] - step[2] + step[3]);
#undef ROUND_20

  /* mb_type I_16x16_2_0_0 (table 7-11), behind the types of P in a P slice (table 7-13). */
  if (!intra_slice)
    icam_test_bits_put_ue (out, 0); /* mb_skip_run */
  icam_test_bits_put_ue (out, intra_slice ? 3 : 5 + 3);
  icam_test_bits_put_ue (out, 0); /* intra_chroma_pred_mode */
  icam_test_bits_put_se (out, STRIP_QP - *qp);
  *qp = STRIP_QP;
  put_dc_block (out, scan);

  for (int row = 0; row < 2; row++)
    {
      /* f of the right quarters (8.5.10), then the residual of a block with one coefficient. */
      int f = scan[0] - scan[1] + (row == 0 ? scan[2] - scan[4] : scan[4] - scan[2]);

      right[row] = CLAMP (prediction + ((160 * f + 32) >> 6), 0, 255);
    }
}

/**
 * icam_test_strip_write:
 * @self: the parameters of the encoding
 * @frame: the picture that gets the strip
 * @other_idr: whether the other idr_pic_id is used
 * @code: what the strip shows
 * @nal: (out): room for ICAM_TEST_STRIP_MAX_BYTES
 *
 * Writes the slice of the strip, which goes before the slice of the scene.
 *
 * Returns: its length in bytes.
 */
gsize
icam_test_strip_write (const IcamTestStripParameters *self,
                       const IcamTestStripFrame *frame,
                       gboolean other_idr,
                       const IcamTestCode *code,
                       guint8 *nal)
{
  guint8 rbsp[ICAM_TEST_STRIP_MAX_BYTES / 2];
  guint8 bytes[ICAM_TEST_CODE_BYTES];
  IcamTestBitWriter out = { rbsp, sizeof rbsp, 0 };
  int qp = frame->qp;
  int right[2] = { -1, -1 };
  const guint n_coded = ICAM_TEST_CODE_COLUMNS / 2;

  icam_test_code_pack (code, bytes);
  icam_test_bits_put (&out, frame->nal_header, 8);
  icam_test_bits_put_ue (&out, 0);
  if (frame->key && other_idr)
    icam_test_bits_copy (&out, frame->header_other, 0, frame->header_other_bits);
  else
    icam_test_bits_copy (&out, frame->header, 0, frame->header_bits);

  for (guint mb = 0; mb < n_coded; mb++)
    {
      int want[4];

      for (guint q = 0; q < 4; q++)
        {
          guint bit = (q / 2) * ICAM_TEST_CODE_COLUMNS + 2 * mb + q % 2;

          want[q] = bytes[bit / 8] & (0x80 >> (bit % 8)) ? ICAM_TEST_CODE_LIGHT
                                                         : ICAM_TEST_CODE_DARK;
        }
      put_macroblock (&out, frame->key, want, &qp, right);
    }

  if (frame->key)
    {
      static const int dark[4]
        = { ICAM_TEST_CODE_DARK, ICAM_TEST_CODE_DARK, ICAM_TEST_CODE_DARK, ICAM_TEST_CODE_DARK };

      for (guint mb = n_coded; mb < self->mb_width; mb++)
        put_macroblock (&out, TRUE, dark, &qp, right);
    }
  else if (self->mb_width > n_coded)
    icam_test_bits_put_ue (&out, self->mb_width - n_coded);
  icam_test_bits_put_trailing (&out);

  return icam_test_bits_escape (rbsp, out.at / 8, nal);
}

/**
 * icam_test_strip_write_skip:
 * @self: the parameters of the encoding
 * @frame: a picture that is not a key frame, in whose place this goes
 * @nal: (out): room for ICAM_TEST_STRIP_MAX_BYTES
 *
 * Writes a picture that repeats the one before it: all macroblocks skipped. What a camera sends
 * whose sensor has frozen.
 *
 * Returns: its length in bytes.
 */
gsize
icam_test_strip_write_skip (const IcamTestStripParameters *self,
                            const IcamTestStripFrame *frame,
                            guint8 *nal)
{
  guint8 rbsp[64];
  IcamTestBitWriter out = { rbsp, sizeof rbsp, 0 };

  g_assert (!frame->key);
  icam_test_bits_put (&out, frame->nal_header, 8);
  icam_test_bits_put_ue (&out, 0);
  icam_test_bits_copy (&out, frame->header, 0, frame->header_bits);
  icam_test_bits_put_ue (&out, self->mb_width * self->mb_height);
  icam_test_bits_put_trailing (&out);
  return icam_test_bits_escape (rbsp, out.at / 8, nal);
}
