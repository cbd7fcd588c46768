/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-media"

#include "config.h"

#include "media/icam-motion-detector.h"

#include "media/icam-motion-loops.h"

#include <math.h>
#include <string.h>

/* Pictures are shrunk to at most this width: what is smaller than a pixel of it is noise. */
#define MAX_WIDTH 320
#define CELL 8
/* The model moves at most this often, so that it takes the same time at every frame rate. */
#define UPDATE_US (80 * G_TIME_SPAN_MILLISECOND)
/* Each picture is compared with those that came at least this long and twice this long before: slow things move less than a grey level from
 * one picture to the next. */
#define STEP_US (150 * G_TIME_SPAN_MILLISECOND)
#define N_STEPS 3
#define WARM_UPDATES 18
#define WARM_US (2 * G_USEC_PER_SEC)
/* Until it has seen a few key frames, each of which may change the whole picture by a little, it takes twice as much. */
#define YOUNG_US (8 * G_USEC_PER_SEC)
/* While it warms up the deviation moves by this much at a time: what flickers is known by the end. */
#define LEARN_STEP 16
/* A cell of which this many pixels usually differ by this much (in fourths of a grey level) never rests: a clock or a text that the camera draws, a
 * twig. Looked for now and then. */
#define RESTLESS_DEVIATION 64
#define RESTLESS_COUNT 6
#define RESTLESS_UPDATES 8
/* A line of text changes beside what always changes: so far to the sides, in cells, and no higher than this. */
#define TEXT_REACH 5
#define TEXT_HEIGHT 2
/* More of the picture than this at once is light, not motion. */
#define LIGHT_SHARE 0.6
/* This share of the picture gives a score of one half. */
#define HALF_SHARE 0.02

struct _IcamMotionDetector
{
  double sensitivity;

  guint in_width, in_height, factor;
  guint width, height;             /* shrunk */
  guint half_width, half_height;   /* of the local contrast */
  guint cells_wide, cells_high;

  guint8 *memory;                  /* one block for all below */
  guint8 *picture, *mean, *deviation, *mask, *clean;
  guint8 *half, *contrast, *contrast_mean, *contrast_deviation, *contrast_mask;
  guint8 *past[N_STEPS];
  guint8 *counts, *contrast_counts, *difference_counts, *cells, *seen, *restless, *text;
  guint16 *columns;
  guint16 *stack;

  guint n_past, next_past;         /* how many there are, which is replaced next */
  gint64 past_us;                  /* when the newest was taken */
  guint updates;
  gint64 began_us, updated_us;
};

static void
forget (IcamMotionDetector *self)
{
  self->n_past = self->next_past = 0;
  self->updates = 0;
}

static void
set_size (IcamMotionDetector *self,
          guint               width,
          guint               height)
{
  gsize n, half, cells, total;
  guint8 *p;

  self->in_width = width;
  self->in_height = height;
  self->factor = (width + MAX_WIDTH - 1) / MAX_WIDTH;
  self->width = width / self->factor;
  self->height = height / self->factor;
  self->half_width = self->width / 2;
  self->half_height = self->height / 2;
  self->cells_wide = (self->width + CELL - 1) / CELL;
  self->cells_high = (self->height + CELL - 1) / CELL;

  n = (gsize) self->width * self->height;
  half = (gsize) self->half_width * self->half_height;
  cells = (gsize) self->cells_wide * self->cells_high;
  total = (5 + N_STEPS) * n + 5 * half + 7 * cells;

  g_free (self->memory);
  g_free (self->columns);
  g_free (self->stack);
  self->memory = p = g_malloc0 (total);
  self->columns = g_new (guint16, self->half_width + 8);
  self->stack = g_new (guint16, cells);

  self->picture = p;
  self->mean = p += n;
  self->deviation = p += n;
  self->mask = p += n;
  self->clean = p += n;
  for (guint i = 0; i < N_STEPS; i++)
    self->past[i] = p += n;
  self->half = p += n;
  self->contrast = p += half;
  self->contrast_mean = p += half;
  self->contrast_deviation = p += half;
  self->contrast_mask = p += half;
  self->counts = p += half;
  self->contrast_counts = p += cells;
  self->difference_counts = p += cells;
  self->cells = p += cells;
  self->seen = p += cells;
  self->restless = p += cells;
  self->text = p += cells;

  forget (self);
}

/* The difference from the pictures of the last half second, counted in cells; the most of them counts. */
static void
count_differences (IcamMotionDetector *self,
                   guint8              threshold)
{
  gsize cells = (gsize) self->cells_wide * self->cells_high;
  guint n = self->width * self->height;

  memset (self->difference_counts, 0, cells);
  for (guint i = 0; i < self->n_past; i++)
    {
      icam_motion_difference (self->picture, self->past[i], self->mask, n, threshold);
      icam_motion_cells (self->mask, self->width, self->height, CELL, self->seen);
      for (gsize c = 0; c < cells; c++)
        self->difference_counts[c] = MAX (self->difference_counts[c], self->seen[c]);
    }
}

static guint
most_around (const IcamMotionDetector *self,
             const guint8             *counts,
             guint                     x,
             guint                     y)
{
  guint most = 0;

  for (guint v = y > 0 ? y - 1 : 0; v <= MIN (y + 1, self->cells_high - 1); v++)
    for (guint u = x > 0 ? x - 1 : 0; u <= MIN (x + 1, self->cells_wide - 1); u++)
      most = MAX (most, counts[v * self->cells_wide + u]);

  return most;
}

/* Cells that touch, corners included, are one thing. Returns how many cells it has. */
static guint
flood (IcamMotionDetector *self,
       guint               start,
       IcamMotionBox      *box,
       gboolean           *is_text)
{
  guint wide = self->cells_wide, high = self->cells_high;
  guint left = wide, right = 0, top = high, bottom = 0, n = 0, depth = 0, in_text = 0;

  self->stack[depth++] = (guint16) start;
  self->seen[start] = 1;
  while (depth > 0)
    {
      guint cell = self->stack[--depth];
      guint x = cell % wide, y = cell / wide;

      n++;
      in_text += self->text[cell];
      left = MIN (left, x);
      right = MAX (right, x);
      top = MIN (top, y);
      bottom = MAX (bottom, y);
      for (guint v = y > 0 ? y - 1 : 0; v <= MIN (y + 1, high - 1); v++)
        for (guint u = x > 0 ? x - 1 : 0; u <= MIN (x + 1, wide - 1); u++)
          if (self->cells[v * wide + u] && !self->seen[v * wide + u])
            {
              self->seen[v * wide + u] = 1;
              self->stack[depth++] = (guint16) (v * wide + u);
            }
    }

  *is_text = in_text == n && bottom - top < TEXT_HEIGHT;
  box->x = left * CELL * self->factor;
  box->y = top * CELL * self->factor;
  box->width = MIN ((right + 1) * CELL * self->factor, self->in_width) - box->x;
  box->height = MIN ((bottom + 1) * CELL * self->factor, self->in_height) - box->y;
  return n;
}

/* Where something never rests, and where a text that it belongs to may be. */
static void
find_text (IcamMotionDetector *self)
{
  guint wide = self->cells_wide, high = self->cells_high;

  icam_motion_above (self->deviation, self->mask, self->width * self->height, RESTLESS_DEVIATION);
  icam_motion_cells (self->mask, self->width, self->height, CELL, self->restless);
  memset (self->text, 0, (gsize) wide * high);
  for (guint y = 0; y < high; y++)
    for (guint x = 0; x < wide; x++)
      {
        if (self->restless[y * wide + x] < RESTLESS_COUNT)
          continue;
        for (guint v = y > 0 ? y - 1 : 0; v <= MIN (y + 1, high - 1); v++)
          for (guint u = x > TEXT_REACH ? x - TEXT_REACH : 0; u <= MIN (x + TEXT_REACH, wide - 1); u++)
            self->text[v * wide + u] = 1;
      }
}

static void
find_boxes (IcamMotionDetector *self,
            guint               min_cells,
            IcamMotionResult   *result)
{
  guint cells = self->cells_wide * self->cells_high;
  guint sizes[ICAM_MOTION_MAX_BOXES] = { 0 };
  guint moving = 0;

  memset (self->seen, 0, cells);
  for (guint c = 0; c < cells; c++)
    {
      IcamMotionBox box;
      gboolean is_text;
      guint size, at;

      if (!self->cells[c] || self->seen[c])
        continue;
      size = flood (self, c, &box, &is_text);
      if (size < min_cells || is_text)
        continue;

      moving += size;
      for (at = 0; at < result->n_boxes && sizes[at] >= size; at++)
        ;
      if (at == ICAM_MOTION_MAX_BOXES)
        continue;
      result->n_boxes = MIN (result->n_boxes + 1, ICAM_MOTION_MAX_BOXES);
      for (guint i = result->n_boxes - 1; i > at; i--)
        {
          result->boxes[i] = result->boxes[i - 1];
          sizes[i] = sizes[i - 1];
        }
      result->boxes[at] = box;
      sizes[at] = size;
    }

  result->moving = moving > 0;
  if (moving > 0)
    result->score = 1.0 - exp2 (-(double) moving / cells / HALF_SHARE);
}

static void
see_contrast (IcamMotionDetector *self)
{
  icam_motion_shrink (self->picture, self->width, 2, self->half, self->half_width,
                      self->half_height);
  icam_motion_contrast (self->half, self->contrast, self->half_width, self->half_height,
                        self->columns);
}

/* Anew: the background is this picture. */
static void
begin (IcamMotionDetector *self,
       gint64              time_us)
{
  memcpy (self->mean, self->picture, (gsize) self->width * self->height);
  memcpy (self->contrast_mean, self->contrast, (gsize) self->half_width * self->half_height);
  self->updated_us = time_us;
  self->n_past = self->next_past = 0;
}

static void
remember (IcamMotionDetector *self,
          gint64              time_us)
{
  if (self->n_past > 0 && time_us - self->past_us < STEP_US)
    return;

  memcpy (self->past[self->next_past], self->picture, (gsize) self->width * self->height);
  self->next_past = (self->next_past + 1) % N_STEPS;
  self->n_past = MIN (self->n_past + 1, N_STEPS);
  self->past_us = time_us;
}

/**
 * icam_motion_detector_see:
 * @self: a detector
 * @luma: 8 bit
 * @width: in pixels, 64 to 5120
 * @height: in pixels, 32 to four times @width
 * @stride: bytes from one row to the next
 * @time_us: when it was captured, any origin
 * @result: (out): what it says
 */
void
icam_motion_detector_see (IcamMotionDetector *self,
                          const guint8       *luma,
                          guint               width,
                          guint               height,
                          guint               stride,
                          gint64              time_us,
                          IcamMotionResult   *result)
{
  guint cells, changed = 0, min_count, min_contrast, min_difference, min_cells;
  guint8 floor, step;
  gboolean update, warm;

  memset (result, 0, sizeof *result);
  if (width < 64 || height < 32 || width > 16 * MAX_WIDTH || height > 4 * width)
    return;
  if (width != self->in_width || height != self->in_height)
    set_size (self, width, height);

  icam_motion_shrink (luma, stride, self->factor, self->picture, self->width, self->height);

  result->cells_wide = self->cells_wide;
  result->cells_high = self->cells_high;
  result->cells = self->cells;
  cells = self->cells_wide * self->cells_high;
  memset (self->cells, 0, cells);

  if (self->updates == 0 || time_us < self->updated_us)
    {
      see_contrast (self);
      begin (self, time_us);
      memset (self->deviation, 16, (gsize) self->width * self->height);
      memset (self->contrast_deviation, 16, (gsize) self->half_width * self->half_height);
      memset (self->text, 0, cells);
      self->began_us = time_us;
      self->updates = 1;
      remember (self, time_us);
      return;
    }

  /* From 0.5 the floors double or halve towards the ends of the scale. */
  floor = (guint8) CLAMP (lround (9 * exp2 (2 * (0.5 - self->sensitivity))), 3, 40);
  if (time_us - self->began_us < YOUNG_US)
    floor *= 2;
  min_count = 5;
  min_contrast = 1;
  min_difference = 2;
  min_cells = self->sensitivity > 0.75 ? 1 : 2;

  update = time_us - self->updated_us >= UPDATE_US;
  warm = self->updates >= WARM_UPDATES && time_us - self->began_us >= WARM_US;
  step = warm ? 1 : LEARN_STEP;
  icam_motion_sigma_delta (self->picture, self->mean, self->deviation, self->mask,
                           self->width * self->height, floor, update, step);
  icam_motion_majority (self->mask, self->clean, self->width, self->height);
  icam_motion_cells (self->clean, self->width, self->height, CELL, self->counts);
  for (guint c = 0; c < cells; c++)
    changed += self->counts[c] >= min_count;

  /* It has no say where nothing changed; it must only keep up. */
  if (update || changed > 0)
    {
      see_contrast (self);
      icam_motion_sigma_delta (self->contrast, self->contrast_mean, self->contrast_deviation,
                               self->contrast_mask, self->half_width * self->half_height,
                               (guint8) MAX (floor / 2 + 1, 3), update, step);
    }
  if (update)
    {
      self->updates++;
      self->updated_us = time_us;
      if (self->updates % RESTLESS_UPDATES == 0)
        find_text (self);
    }

  if (changed > 0)
    {
      /* Cells of half the size, as the picture is: the same grid, one short of it at most where the size is odd. */
      guint half_cells = ((self->half_width + CELL / 2 - 1) / (CELL / 2))
                         * ((self->half_height + CELL / 2 - 1) / (CELL / 2));

      if (half_cells == cells)
        icam_motion_cells (self->contrast_mask, self->half_width, self->half_height, CELL / 2,
                           self->contrast_counts);
      else
        memset (self->contrast_counts, 255, cells);
      count_differences (self, floor);

      for (guint y = 0; y < self->cells_high; y++)
        for (guint x = 0; x < self->cells_wide; x++)
          {
            guint c = y * self->cells_wide + x;

            self->cells[c]
              = self->counts[c] >= min_count
                && most_around (self, self->contrast_counts, x, y) >= min_contrast
                && most_around (self, self->difference_counts, x, y) >= min_difference;
          }
    }

  result->warm = warm;
  if (changed > LIGHT_SHARE * cells)
    {
      result->light = TRUE;
      memset (self->cells, 0, cells);
      begin (self, time_us);
    }
  else if (warm)
    find_boxes (self, min_cells, result);

  remember (self, time_us);
}

/**
 * icam_motion_detector_set_sensitivity:
 * @self: a detector
 * @sensitivity: 0 to 1, 0.5 is usual
 */
void
icam_motion_detector_set_sensitivity (IcamMotionDetector *self,
                                      double              sensitivity)
{
  self->sensitivity = CLAMP (sensitivity, 0, 1);
}

/**
 * icam_motion_detector_reset:
 * @self: a detector
 *
 * Forgets the background: the next picture begins it.
 */
void
icam_motion_detector_reset (IcamMotionDetector *self)
{
  forget (self);
}

/**
 * icam_motion_detector_new:
 *
 * Returns: (transfer full): a detector that has seen nothing
 */
IcamMotionDetector *
icam_motion_detector_new (void)
{
  IcamMotionDetector *self = g_new0 (IcamMotionDetector, 1);

  self->sensitivity = 0.5;
  return self;
}

/**
 * icam_motion_detector_free:
 * @self: a detector
 */
void
icam_motion_detector_free (IcamMotionDetector *self)
{
  g_free (self->memory);
  g_free (self->columns);
  g_free (self->stack);
  g_free (self);
}
