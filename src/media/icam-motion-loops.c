/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-media"

#include "config.h"

#include "media/icam-motion-loops.h"

#include <string.h>

/* The dynamic linker picks the version. Sanitizers run before their own start in its resolvers, so they get the plain one. */
#if defined(__x86_64__) && defined(__gnu_linux__) && !defined(__SANITIZE_ADDRESS__)
#if defined(__has_feature)
/* clang before 16 names the resolver so that other files do not find it. */
#if !__has_feature(address_sanitizer) && (!defined(__clang__) || __clang_major__ >= 16)
#define CLONES __attribute__ ((target_clones ("avx2", "default")))
#endif
#else
#define CLONES __attribute__ ((target_clones ("avx2", "default")))
#endif
#endif
#ifndef CLONES
#define CLONES
#endif

/* Half the side of the square that local contrast is taken against: 7x7. */
#define REACH 3

/* Two neighbours read as one number: the sum of its bytes needs no shuffling, whatever their order. */
typedef guint16 __attribute__ ((aligned (1), may_alias)) Pair;

static void
shrink_rows (const guint8 *in,
             guint         stride,
             guint         factor,
             guint16      *sums,
             guint         n)
{
  memset (sums, 0, n * sizeof *sums);
  for (guint y = 0; y < factor; y++)
    for (guint x = 0; x < n; x++)
      sums[x] = (guint16) (sums[x] + in[(gsize) y * stride + x]);
}

/**
 * icam_motion_shrink:
 * @in: luma
 * @stride: bytes from one row to the next
 * @factor: how many pixels become one, each way; 1 to 16
 * @out: (out): @width * @height bytes
 * @width: of @out
 * @height: of @out
 *
 * Means of squares.
 */
CLONES void
icam_motion_shrink (const guint8 *in,
                    guint         stride,
                    guint         factor,
                    guint8       *out,
                    guint         width,
                    guint         height)
{
  if (factor == 1)
    {
      for (guint y = 0; y < height; y++)
        memcpy (out + (gsize) y * width, in + (gsize) y * stride, width);
      return;
    }

  if (factor == 2)
    {
      for (guint y = 0; y < height; y++)
        {
          const Pair *restrict a = (const Pair *) (in + (gsize) 2 * y * stride);
          const Pair *restrict b = (const Pair *) (in + (gsize) (2 * y + 1) * stride);
          guint8 *restrict o = out + (gsize) y * width;

          for (guint x = 0; x < width; x++)
            o[x] = (guint8) (((a[x] & 0xff) + (a[x] >> 8) + (b[x] & 0xff) + (b[x] >> 8) + 2) >> 2);
        }
      return;
    }

  for (guint y = 0; y < height; y++)
    {
      guint16 sums[16 * 320 + 16];
      guint area = factor * factor;

      shrink_rows (in + (gsize) y * factor * stride, stride, factor, sums, width * factor);
      for (guint x = 0; x < width; x++)
        {
          guint sum = 0;

          for (guint i = 0; i < factor; i++)
            sum += sums[x * factor + i];
          out[(gsize) y * width + x] = (guint8) (sum / area);
        }
    }
}

/**
 * icam_motion_sigma_delta:
 * @in: the picture
 * @mean: the background, moved towards @in by one
 * @deviation: four times the usual difference from it, moved by @step at most
 * @mask: (out): 1 where the difference is unusual, else 0
 * @n: pixels
 * @floor: no difference up to this is unusual
 * @update: whether the model moves
 * @step: 1; more while it learns
 *
 * Sigma-delta background estimation (A. Manzanera, J. Richefeu: A new motion detection algorithm based on sigma-delta background
 * estimation, 2007), N = 4.
 */
CLONES void
icam_motion_sigma_delta (const guint8 *restrict in,
                         guint8 *restrict mean,
                         guint8 *restrict deviation,
                         guint8 *restrict mask,
                         guint    n,
                         guint8   floor,
                         gboolean update,
                         guint8   step)
{
  if (!update)
    {
      for (guint i = 0; i < n; i++)
        {
          guint8 d = (guint8) (in[i] > mean[i] ? in[i] - mean[i] : mean[i] - in[i]);
          guint8 v = deviation[i] > floor ? deviation[i] : floor;

          mask[i] = d > v;
        }
      return;
    }

  for (guint i = 0; i < n; i++)
    {
      guint8 m = mean[i], v = deviation[i], d, nd, limit, up, down;

      m = (guint8) (m + (in[i] > m) - (in[i] < m));
      d = (guint8) (in[i] > m ? in[i] - m : m - in[i]);
      nd = d > 63 ? 255 : (guint8) (d * 4);
      up = (guint8) (nd > v ? nd - v : 0);
      down = (guint8) (nd < v ? v - nd : 0);
      v = (guint8) (v + (up > step ? step : up) - (down > step ? step : down));
      mean[i] = m;
      deviation[i] = v;
      limit = v > floor ? v : floor;
      mask[i] = d > limit;
    }
}

/**
 * icam_motion_difference:
 * @a: a picture
 * @b: another
 * @mask: (inout): becomes 1 where they differ by more than @threshold
 * @n: pixels
 * @threshold: in grey levels
 */
CLONES void
icam_motion_difference (const guint8 *restrict a,
                        const guint8 *restrict b,
                        guint8 *restrict mask,
                        guint  n,
                        guint8 threshold)
{
  for (guint i = 0; i < n; i++)
    {
      guint8 d = (guint8) (a[i] > b[i] ? a[i] - b[i] : b[i] - a[i]);

      mask[i] = d > threshold;
    }
}

/**
 * icam_motion_above:
 * @in: numbers
 * @mask: (out): 1 where they are above @threshold, else 0
 * @n: how many
 * @threshold: excluded
 */
CLONES void
icam_motion_above (const guint8 *restrict in,
                   guint8 *restrict mask,
                   guint  n,
                   guint8 threshold)
{
  for (guint i = 0; i < n; i++)
    mask[i] = in[i] > threshold;
}

/**
 * icam_motion_majority:
 * @in: a mask of 0 and 1
 * @out: (out): 1 where most of the 3x3 pixels around are; 0 at the border
 * @width: in pixels
 * @height: in pixels
 */
CLONES void
icam_motion_majority (const guint8 *restrict in,
                      guint8 *restrict out,
                      guint width,
                      guint height)
{
  memset (out, 0, width);
  memset (out + (gsize) (height - 1) * width, 0, width);
  for (guint y = 1; y + 1 < height; y++)
    {
      const guint8 *a = in + (gsize) (y - 1) * width;
      const guint8 *b = a + width;
      const guint8 *c = b + width;
      guint8 *o = out + (gsize) y * width;

      o[0] = o[width - 1] = 0;
      for (guint x = 1; x + 1 < width; x++)
        {
          guint8 sum = (guint8) (a[x - 1] + a[x] + a[x + 1] + b[x - 1] + b[x] + b[x + 1] + c[x - 1]
                                 + c[x] + c[x + 1]);

          o[x] = sum > 4;
        }
    }
}

/**
 * icam_motion_contrast:
 * @in: the picture
 * @out: (out): 128 plus how much lighter a pixel is than the 7x7 around it
 * @width: in pixels
 * @height: in pixels
 * @columns: room for @width + 8 numbers
 *
 * What light does to a surface, it does to its neighbourhood: this does not see it.
 */
CLONES void
icam_motion_contrast (const guint8 *in,
                      guint8       *out,
                      guint         width,
                      guint         height,
                      guint16      *columns)
{
  guint rows = 0;

  memset (columns, 0, (width + 8) * sizeof *columns);
  for (guint y = 0; y < height + REACH; y++)
    {
      guint sum = 0;
      guint inside = 0;
      guint share[2 * REACH + 2]; /* one by the number of pixels, times 2^16 */
      const guint8 *row;
      guint8 *o;

      if (y < height)
        {
          const guint8 *add = in + (gsize) y * width;

          for (guint x = 0; x < width; x++)
            columns[x] = (guint16) (columns[x] + add[x]);
          rows++;
        }
      if (y >= 2 * REACH + 1)
        {
          const guint8 *sub = in + (gsize) (y - 2 * REACH - 1) * width;

          for (guint x = 0; x < width; x++)
            columns[x] = (guint16) (columns[x] - sub[x]);
          rows--;
        }
      if (y < REACH)
        continue;

      for (guint i = 1; i <= 2 * REACH + 1; i++)
        share[i] = 65536 / (i * rows) + 1;
      row = in + (gsize) (y - REACH) * width;
      o = out + (gsize) (y - REACH) * width;
      for (guint x = 0; x < REACH && x < width; x++, inside++)
        sum += columns[x];
      for (guint x = 0; x < width; x++)
        {
          int value;

          if (x + REACH < width)
            {
              sum += columns[x + REACH];
              inside++;
            }
          if (x > REACH)
            {
              sum -= columns[x - REACH - 1];
              inside--;
            }
          value = 128 + (int) row[x] - (int) (sum * share[inside] >> 16);
          o[x] = (guint8) CLAMP (value, 0, 255);
        }
    }
}

/**
 * icam_motion_cells:
 * @mask: 0 and 1
 * @width: in pixels
 * @height: in pixels
 * @cell: side of a cell in pixels, at most 15
 * @counts: (out): how many ones there are in each cell, row by row; cells at the right and bottom may be cut
 */
CLONES void
icam_motion_cells (const guint8 *mask,
                   guint         width,
                   guint         height,
                   guint         cell,
                   guint8       *counts)
{
  guint wide = (width + cell - 1) / cell;

  for (guint top = 0, row = 0; top < height; top += cell, row++)
    {
      guint8 sums[512];
      guint bottom = MIN (top + cell, height);

      memset (sums, 0, sizeof sums);
      for (guint y = top; y < bottom; y++)
        for (guint x = 0; x < width; x++)
          sums[x] = (guint8) (sums[x] + mask[(gsize) y * width + x]);
      for (guint c = 0; c < wide; c++)
        {
          guint sum = 0;
          guint right = MIN ((c + 1) * cell, width);

          for (guint x = c * cell; x < right; x++)
            sum += sums[x];
          counts[row * wide + c] = (guint8) MIN (sum, 255);
        }
    }
}
