/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-timeline-draw.h"

#include <glib/gi18n.h>

#include "client/icam-words.h"

#define LABEL_DISTANCE 84
#define GAP_TEXT_MIN 44.0f

static void
fill (const IcamTimelinePainter *painter,
      const GdkRGBA             *colour,
      double                     x,
      double                     y,
      double                     width,
      double                     height)
{
  gtk_snapshot_append_color (painter->snapshot, colour,
                             &GRAPHENE_RECT_INIT ((float) x, (float) y, (float) width,
                                                  (float) height));
}

/* A span in pixels, cut to what is seen and at least one wide; FALSE if it is off screen. */
static gboolean
to_pixels (const IcamTimelinePainter *painter,
           gint64                     start,
           gint64                     end,
           double                    *x,
           double                    *width)
{
  double left, right;

  if (end < painter->scale.from || start > painter->scale.to)
    return FALSE;
  left = MAX (icam_scale_x (&painter->scale, start), 0);
  right = MIN (icam_scale_x (&painter->scale, end), painter->scale.width);
  *x = left;
  *width = MAX (right - left, 1);
  return TRUE;
}

static PangoLayout *
make_layout (const IcamTimelinePainter *painter,
             const char                *text)
{
  PangoLayout *layout = gtk_widget_create_pango_layout (painter->widget, text);
  g_autoptr (PangoAttrList) attributes = pango_attr_list_new ();

  pango_attr_list_insert (attributes, pango_attr_scale_new (PANGO_SCALE_SMALL));
  pango_attr_list_insert (attributes, pango_attr_font_features_new ("tnum=1"));
  pango_layout_set_attributes (layout, attributes);
  return layout;
}

/**
 * icam_timeline_draw_text:
 * @painter: where to
 * @text: words
 * @colour: of them
 * @x: left edge in pixels
 * @y: the middle of the line in pixels
 * @max_width: cut there with an ellipsis; 0: not at all
 *
 * Returns: the width of what was drawn in pixels
 */
float
icam_timeline_draw_text (const IcamTimelinePainter *painter,
                         const char                *text,
                         const GdkRGBA             *colour,
                         float                      x,
                         float                      y,
                         float                      max_width)
{
  g_autoptr (PangoLayout) layout = make_layout (painter, text);
  int width, height;

  if (max_width > 0)
    {
      pango_layout_set_width (layout, (int) max_width * PANGO_SCALE);
      pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
    }
  pango_layout_get_pixel_size (layout, &width, &height);
  gtk_snapshot_save (painter->snapshot);
  gtk_snapshot_translate (painter->snapshot,
                          &GRAPHENE_POINT_INIT (floorf (x), floorf (y - height / 2.0f)));
  gtk_snapshot_append_layout (painter->snapshot, layout, colour);
  gtk_snapshot_restore (painter->snapshot);
  return width;
}

/** icam_timeline_draw_ruler: times, days and changes of summer time; the future is empty */
void
icam_timeline_draw_ruler (const IcamTimelinePainter *painter,
                          float                      height,
                          float                      full_height)
{
  const IcamTimelineColours *colours = painter->colours;
  g_autoptr (GArray) ticks = icam_scale_ticks (&painter->scale, painter->zone, LABEL_DISTANCE);
  gint64 step = icam_scale_step (&painter->scale, LABEL_DISTANCE);
  float free_from = -1000;

  for (guint i = 0; i < ticks->len; i++)
    {
      const IcamTick *tick = &g_array_index (ticks, IcamTick, i);
      g_autofree char *label = icam_tick_label (tick, painter->zone, step);
      float x = floorf ((float) icam_scale_x (&painter->scale, tick->time));
      gboolean strong = tick->kind == ICAM_TICK_DAY || tick->kind == ICAM_TICK_SHIFT;

      fill (painter, &colours->line, x, strong ? 0 : height - 6, 1,
            strong ? full_height : full_height - height + 6);
      if (x + 5 < free_from)
        continue;
      free_from = x + 5
                  + icam_timeline_draw_text (painter, label,
                                             strong ? &colours->text : &colours->dim, x + 5,
                                             height / 2, 0)
                  + 8;
    }
}

static void
draw_hatch (const IcamTimelinePainter *painter,
            double                     x,
            double                     y,
            double                     width,
            double                     height)
{
  const GdkRGBA none = { 0, 0, 0, 0 };
  GdkRGBA line = painter->colours->text;
  const graphene_rect_t area
    = GRAPHENE_RECT_INIT ((float) x, (float) y, (float) width, (float) height);

  line.alpha = 0.34f;
  {
    const GskColorStop stops[]
      = { { 0, none }, { 0.66f, none }, { 0.7f, line }, { 0.98f, line }, { 1, none } };

    /* From the widget's corner, so that the lines stand still while gaps grow. */
    gtk_snapshot_append_repeating_linear_gradient (painter->snapshot, &area,
                                                   &GRAPHENE_POINT_INIT (0, 0),
                                                   &GRAPHENE_POINT_INIT (4.5f, 4.5f), stops,
                                                   G_N_ELEMENTS (stops));
  }
}

static void
draw_gaps (const IcamTimelinePainter *painter,
           GArray                    *gaps,
           const char                *name,
           float                      y,
           float                      height)
{
  double drawn_to = -1;

  for (guint i = 0; i < gaps->len; i++)
    {
      const IcamGap *gap = &g_array_index (gaps, IcamGap, i);
      gint64 end = gap->end > 0 ? gap->end : painter->now;
      double x, width;

      if (!to_pixels (painter, gap->start, end, &x, &width) || x + width <= drawn_to)
        continue;
      drawn_to = x + width;
      draw_hatch (painter, x, y, width, height);
      if (width >= GAP_TEXT_MIN && height >= 14)
        {
          g_autofree char *words = NULL;
          g_autoptr (PangoLayout) layout = NULL;
          int text_width;

          words = name != NULL ? g_strdup_printf (
                    /* Translators: a camera's name and why it was not recorded then */
                    _("%s: %s"), name, icam_words_gap (gap->cause))
                               : g_strdup (icam_words_gap (gap->cause));
          layout = make_layout (painter, words);
          pango_layout_get_pixel_size (layout, &text_width, NULL);
          text_width = MIN (text_width, (int) width - 10);
          {
            GdkRGBA plate = painter->colours->background;

            plate.alpha = 0.85f;
            fill (painter, &plate, x + 3, y + height / 2 - 8, text_width + 6, 16);
          }
          icam_timeline_draw_text (painter, words, &painter->colours->text, (float) x + 6,
                                   y + height / 2, (float) width - 10);
        }
    }
}

static void
draw_events (const IcamTimelinePainter *painter,
             GPtrArray                 *events,
             float                      mark_y,
             float                      mark_height,
             float                      y,
             float                      height)
{
  double last_mark = painter->scale.width + 100;

  /* Newest first: from right to left. */
  for (guint i = 0; i < events->len; i++)
    {
      IcamEvent *event = g_ptr_array_index (events, i);
      gint64 start = icam_event_get_start (event);
      gint64 end = icam_event_get_end (event);
      double score = CLAMP (icam_event_get_score (event), 0, 1);
      double x, width, bar;

      if (!to_pixels (painter, start, end > 0 ? end : painter->now, &x, &width))
        continue;
      bar = floor (height * (0.3 + 0.7 * score));
      fill (painter, &painter->colours->motion, x, y + height - bar, MAX (width, 2), bar);
      if (mark_height >= 5 && x < last_mark - 3)
        {
          GskRoundedRect mark;
          const graphene_rect_t area = GRAPHENE_RECT_INIT (
            (float) x, mark_y + 1, (float) MAX (MIN (width, 1e6), 5), mark_height - 2);

          gsk_rounded_rect_init_from_rect (&mark, &area, 2);
          gtk_snapshot_push_rounded_clip (painter->snapshot, &mark);
          gtk_snapshot_append_color (painter->snapshot, &painter->colours->mark, &area);
          gtk_snapshot_pop (painter->snapshot);
          last_mark = x;
        }
    }
}

static void
draw_dots (const IcamTimelinePainter *painter,
           double                     x,
           double                     width,
           float                      y)
{
  for (double dot = ceil (x / 6) * 6; dot < x + width; dot += 6)
    fill (painter, &painter->colours->text, dot, y, 2, 2);
}

/* A line along the bottom with a lock at its beginning. */
static void
draw_kept (const IcamTimelinePainter *painter,
           const GArray              *kept,
           float                      band_y,
           float                      band_height)
{
  const GdkRGBA *colour = &painter->colours->text;

  for (guint i = 0; i < kept->len; i++)
    {
      const IcamKept *span = &g_array_index (kept, IcamKept, i);
      GskRoundedRect shackle;
      double x, width;
      float left;

      if (!to_pixels (painter, span->start, span->end, &x, &width))
        continue;
      fill (painter, colour, x, band_y + band_height - 2, width, 2);
      if (band_height < 14 || width < 12)
        continue;
      left = floorf ((float) MAX (x, 0)) + 2;
      gsk_rounded_rect_init_from_rect (&shackle, &GRAPHENE_RECT_INIT (left + 1, band_y + band_height - 13, 5, 8), 2.5f);
      gtk_snapshot_append_border (painter->snapshot, &shackle, (float[4]) { 1, 1, 1, 1 },
                                  (GdkRGBA[4]) { *colour, *colour, *colour, *colour });
      fill (painter, colour, left, band_y + band_height - 9, 7, 6);
    }
}

static gint64
run_end (const IcamTimelinePainter *painter,
         const IcamTimelineRow     *row,
         const IcamRun             *run)
{
  return run->open && g_strcmp0 (icam_camera_get_state (row->camera), "recording") == 0
           ? MAX (painter->now, run->end)
           : run->end;
}

/** icam_timeline_draw_row: one camera */
void
icam_timeline_draw_row (const IcamTimelinePainter *painter,
                        const IcamTimelineRow     *row,
                        float                      y,
                        float                      height,
                        gboolean                   named)
{
  const float mark_height = height >= 16 ? floorf (CLAMP (height * 0.22f, 5, 9)) : 0;
  const float band_y = y + mark_height;
  const float band_height = height - mark_height - 2;

  for (guint i = 0; i < row->runs->len; i++)
    {
      const IcamRun *run = &g_array_index (row->runs, IcamRun, i);
      double x, width;

      if (!to_pixels (painter, run->start, run_end (painter, row, run), &x, &width))
        continue;
      fill (painter, &painter->colours->recorded, x, band_y, width, band_height);
      if (run->unverified)
        draw_dots (painter, x, width, band_y + band_height / 2 - 1);
    }
  draw_events (painter, row->events, y, mark_height, band_y, band_height);
  draw_gaps (painter, row->gaps, NULL, band_y, band_height);
  draw_kept (painter, row->kept, band_y, band_height);
  if (named && height >= 16)
    {
      GdkRGBA plate = painter->colours->background;
      g_autoptr (PangoLayout) layout = make_layout (painter, icam_camera_get_name (row->camera));
      int width;

      pango_layout_get_pixel_size (layout, &width, NULL);
      width = MIN (width, 140);
      plate.alpha = 0.8f;
      fill (painter, &plate, 4, band_y + band_height / 2 - 8, width + 8, 16);
      icam_timeline_draw_text (painter, icam_camera_get_name (row->camera),
                               &painter->colours->text, 8, band_y + band_height / 2, 140);
    }
}

/** icam_timeline_draw_merged: all cameras as one row; what only some recorded is lighter */
void
icam_timeline_draw_merged (const IcamTimelinePainter *painter,
                           IcamTimelineData          *data,
                           float                      y,
                           float                      height)
{
  const guint n_rows = icam_timeline_data_get_n_rows (data);
  const float mark_height = height >= 16 ? floorf (CLAMP (height * 0.22f, 5, 9)) : 0;
  const float band_y = y + mark_height;
  const float band_height = height - mark_height - 2;
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);
  g_autoptr (GArray) merged = NULL;

  for (guint i = 0; i < n_rows; i++)
    {
      const IcamTimelineRow *row = icam_timeline_data_get_row (data, i);
      GArray *runs = g_array_copy (row->runs);

      for (guint j = 0; j < runs->len; j++)
        {
          IcamRun *run = &g_array_index (runs, IcamRun, j);

          run->end = run_end (painter, row, run);
        }
      g_ptr_array_add (rows, runs);
    }
  merged = icam_runs_merge (rows, painter->scale.from, painter->scale.to);
  for (guint i = 0; i < merged->len; i++)
    {
      const IcamCoverage *coverage = &g_array_index (merged, IcamCoverage, i);
      double x, width;

      if (!to_pixels (painter, coverage->start, coverage->end, &x, &width))
        continue;
      fill (painter,
            coverage->n_recorded == n_rows ? &painter->colours->recorded
                                           : &painter->colours->partial,
            x, band_y, width, band_height);
      if (coverage->unverified)
        draw_dots (painter, x, width, band_y + band_height / 2 - 1);
    }
  for (guint i = 0; i < n_rows; i++)
    {
      const IcamTimelineRow *row = icam_timeline_data_get_row (data, i);

      draw_events (painter, row->events, y, mark_height, band_y, band_height);
    }
  /* One camera's gap leaves half of the band to the others. */
  for (guint i = 0; i < n_rows; i++)
    {
      const IcamTimelineRow *row = icam_timeline_data_get_row (data, i);

      draw_gaps (painter, row->gaps, n_rows > 1 ? icam_camera_get_name (row->camera) : NULL,
                 band_y + band_height / 2, band_height / 2);
    }
}

/** icam_timeline_draw_playhead: through all rows, with its time on it */
void
icam_timeline_draw_playhead (const IcamTimelinePainter *painter,
                             gint64                     time,
                             const char                *label,
                             float                      ruler_height,
                             float                      height)
{
  g_autoptr (PangoLayout) layout = NULL;
  float x = floorf ((float) icam_scale_x (&painter->scale, time));
  float left;
  int width;
  GskRoundedRect plate;
  graphene_rect_t area;

  if (x < -1 || x > painter->scale.width + 1)
    return;
  layout = make_layout (painter, label);
  pango_layout_get_pixel_size (layout, &width, NULL);
  width += 14;
  left = CLAMP (x - width / 2.0f, 0, MAX ((float) painter->scale.width - width, 0));
  fill (painter, &painter->colours->background, x - 2, ruler_height - 2, 5, height - ruler_height + 2);
  fill (painter, &painter->colours->accent, x - 1, ruler_height - 2, 3, height - ruler_height + 2);
  area = GRAPHENE_RECT_INIT (floorf (left), 1, width, ruler_height - 2);
  gsk_rounded_rect_init_from_rect (&plate, &area, (ruler_height - 2) / 2);
  gtk_snapshot_push_rounded_clip (painter->snapshot, &plate);
  gtk_snapshot_append_color (painter->snapshot, &painter->colours->accent, &area);
  gtk_snapshot_pop (painter->snapshot);
  icam_timeline_draw_text (painter, label, &painter->colours->accent_text, left + 7,
                           ruler_height / 2, 0);
}

/** icam_timeline_draw_hint: a word in the middle, for who has not tried yet what a timeline is for */
void
icam_timeline_draw_hint (const IcamTimelinePainter *painter,
                         const char                *text,
                         float                      y)
{
  g_autofree char *words = g_strdup_printf ("◂  %s", text);
  g_autoptr (PangoLayout) layout = make_layout (painter, words);
  GskRoundedRect plate;
  graphene_rect_t area;
  int width, height;

  pango_layout_get_pixel_size (layout, &width, &height);
  area = GRAPHENE_RECT_INIT (floorf (((float) painter->scale.width - width) / 2 - 14),
                             floorf (y - height / 2.0f - 5), width + 28, height + 10);
  gsk_rounded_rect_init_from_rect (&plate, &area, area.size.height / 2);
  gtk_snapshot_push_rounded_clip (painter->snapshot, &plate);
  gtk_snapshot_append_color (painter->snapshot, &painter->colours->text, &area);
  gtk_snapshot_pop (painter->snapshot);
  icam_timeline_draw_text (painter, words, &painter->colours->background, area.origin.x + 14, y, 0);
}
