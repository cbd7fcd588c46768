/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "icam-test"

#include "icam-test-scene.h"

#include <cairo.h>
#include <math.h>
#include <string.h>

/* Everything is drawn in these units and scaled to the size of the stream. */
#define W 1280.0
#define H 704.0
/* No noise in the top rows: see the strip, which lies above and must not be predicted from. */
#define CALM_ROWS 16
#define NOISE_BANK 65536
#define NOISE_SIGMA 2.6

struct _IcamTestScene
{
  guint scene;
  guint width, height;
  cairo_surface_t *background;
  cairo_surface_t *frame;
  guint8 *yuv; /* the background, planar */
  gint8 *noise;
};

typedef enum
{
  ACTOR_PERSON,
  ACTOR_CAR,
  ACTOR_CAT
} Actor;

/* A visit: who comes, from where to where, how big, and whether they stop and turn half way. */
typedef struct
{
  Actor actor;
  double x0, y0, x1, y1;
  double scale0, scale1;
  gboolean returns;
  double r, g, b;
} Visit;

static const Visit visits[ICAM_TEST_N_SCENES][ICAM_TEST_N_VISITS] = {
  { { ACTOR_PERSON, -70, 690, 700, 590, 1.25, 0.95, TRUE, 0.20, 0.32, 0.55 },
    { ACTOR_CAT, 1350, 660, -90, 640, 1.0, 1.0, FALSE, 0.86, 0.56, 0.28 } },
  { { ACTOR_CAT, -90, 560, 1370, 640, 1.0, 1.35, FALSE, 0.25, 0.24, 0.24 },
    { ACTOR_PERSON, 1350, 600, -70, 600, 1.0, 1.0, FALSE, 0.70, 0.25, 0.22 } },
  { { ACTOR_CAR, -280, 660, 640, 610, 1.25, 1.0, TRUE, 0.16, 0.36, 0.50 },
    { ACTOR_PERSON, 1350, 620, -70, 640, 1.05, 1.1, FALSE, 0.35, 0.42, 0.25 } },
  { { ACTOR_CAR, 1500, 590, -290, 590, 1.0, 1.0, FALSE, 0.70, 0.18, 0.16 },
    { ACTOR_PERSON, -70, 660, 1350, 660, 1.1, 1.1, FALSE, 0.85, 0.65, 0.20 } },
};

/**
 * icam_test_scene_name:
 * @scene: number of a scene
 *
 * Returns: (transfer none): the name of the place.
 */
const char *
icam_test_scene_name (guint scene)
{
  static const char *const names[] = { "Front door", "Garden", "Garage", "Street" };

  return names[scene % ICAM_TEST_N_SCENES];
}

/**
 * icam_test_scene_actor:
 * @scene: number of a scene
 * @visit: number of a visit
 *
 * Returns: (transfer none): who comes in that visit: "person", "car" or "cat".
 */
const char *
icam_test_scene_actor (guint scene, guint visit)
{
  static const char *const names[] = { "person", "car", "cat" };

  return names[visits[scene % ICAM_TEST_N_SCENES][visit % ICAM_TEST_N_VISITS].actor];
}

static void
vertical_gradient (
  cairo_t *cr, double y0, double y1, const double top[3], const double bottom[3])
{
  cairo_pattern_t *pattern = cairo_pattern_create_linear (0, y0, 0, y1);

  cairo_pattern_add_color_stop_rgb (pattern, 0, top[0], top[1], top[2]);
  cairo_pattern_add_color_stop_rgb (pattern, 1, bottom[0], bottom[1], bottom[2]);
  cairo_set_source (cr, pattern);
  cairo_rectangle (cr, 0, y0, W, y1 - y0);
  cairo_fill (cr);
  cairo_pattern_destroy (pattern);
}

static void
box (cairo_t *cr, double x, double y, double w, double h, double r, double g, double b)
{
  cairo_set_source_rgb (cr, r, g, b);
  cairo_rectangle (cr, x, y, w, h);
  cairo_fill (cr);
}

static void
polygon (cairo_t *cr, const double *xy, int n, double r, double g, double b)
{
  cairo_set_source_rgb (cr, r, g, b);
  cairo_move_to (cr, xy[0], xy[1]);
  for (int i = 1; i < n; i++)
    cairo_line_to (cr, xy[2 * i], xy[2 * i + 1]);
  cairo_close_path (cr);
  cairo_fill (cr);
}

static void
ellipse (
  cairo_t *cr, double x, double y, double rx, double ry, double r, double g, double b, double a)
{
  cairo_save (cr);
  cairo_translate (cr, x, y);
  cairo_scale (cr, rx, ry);
  cairo_arc (cr, 0, 0, 1, 0, 2 * G_PI);
  cairo_restore (cr);
  cairo_set_source_rgba (cr, r, g, b, a);
  cairo_fill (cr);
}

static void
window (cairo_t *cr, double x, double y, double w, double h)
{
  box (cr, x - 8, y - 8, w + 16, h + 16, 0.95, 0.94, 0.90);
  box (cr, x, y, w, h, 0.45, 0.58, 0.68);
  box (cr, x, y, w, h * 0.4, 0.58, 0.70, 0.78);
  box (cr, x + w / 2 - 4, y, 8, h, 0.95, 0.94, 0.90);
  box (cr, x, y + h / 2 - 4, w, 8, 0.95, 0.94, 0.90);
  box (cr, x - 16, y + h + 8, w + 32, 12, 0.80, 0.78, 0.73);
}

static void
tree (cairo_t *cr, double x, double y, double s, double hue)
{
  ellipse (cr, x + 20 * s, y + 4 * s, 120 * s, 18 * s, 0.10, 0.16, 0.08, 0.35);
  box (cr, x - 14 * s, y - 160 * s, 28 * s, 160 * s, 0.38, 0.27, 0.19);
  ellipse (cr, x, y - 230 * s, 105 * s, 95 * s, 0.22, 0.42 + hue, 0.20, 1);
  ellipse (cr, x - 60 * s, y - 185 * s, 70 * s, 60 * s, 0.19, 0.38 + hue, 0.18, 1);
  ellipse (cr, x + 62 * s, y - 195 * s, 75 * s, 62 * s, 0.25, 0.46 + hue, 0.22, 1);
  ellipse (cr, x - 25 * s, y - 265 * s, 60 * s, 48 * s, 0.33, 0.54 + hue, 0.28, 1);
}

static void
hedge (cairo_t *cr, double x, double y, double w, double h)
{
  for (double dx = 0; dx < w; dx += h * 0.45)
    {
      double wave = sin (dx * 0.7) * h * 0.08;

      ellipse (cr, x + dx, y - h * 0.5 + wave, h * 0.5, h * 0.55, 0.20, 0.36 + 0.03 * sin (dx), 0.18,
               1);
    }
  box (cr, x - h * 0.3, y - h * 0.4, w + h * 0.4, h * 0.4, 0.18, 0.33, 0.16);
}

static void
lawn (cairo_t *cr, double y, guint seed)
{
  static const double far_green[3] = { 0.46, 0.62, 0.34 }, near_green[3] = { 0.30, 0.48, 0.22 };
  GRand *rand = g_rand_new_with_seed (seed);

  vertical_gradient (cr, y, H, far_green, near_green);
  cairo_set_line_width (cr, 2);
  for (int i = 0; i < 900; i++)
    {
      double gx = g_rand_double_range (rand, 0, W), gy = g_rand_double_range (rand, y + 6, H);
      double tone = g_rand_double_range (rand, -0.06, 0.06);

      cairo_set_source_rgb (cr, 0.36 + tone, 0.54 + tone, 0.27 + tone);
      cairo_move_to (cr, gx, gy);
      cairo_rel_line_to (cr, g_rand_double_range (rand, -3, 3), -4 - (gy - y) * 0.03);
      cairo_stroke (cr);
    }
  g_rand_free (rand);
}

static void
sky (cairo_t *cr, double y, gboolean evening)
{
  static const double day[2][3] = { { 0.50, 0.69, 0.86 }, { 0.83, 0.90, 0.94 } };
  static const double dusk[2][3] = { { 0.42, 0.52, 0.72 }, { 0.96, 0.82, 0.68 } };

  if (evening)
    vertical_gradient (cr, 0, y, dusk[0], dusk[1]);
  else
    vertical_gradient (cr, 0, y, day[0], day[1]);
  for (int i = 0; i < 3; i++)
    {
      double x = 190 + i * 430, cy = 95 + (i % 2) * 50;

      for (int k = -2; k <= 2; k++)
        ellipse (cr, x + k * 44, cy - (2 - ABS (k)) * 9, 52, 20 + 5 * (2 - ABS (k)), 1, 1, 1, 0.45);
    }
}

static void
draw_front_door (cairo_t *cr)
{
  static const double path[] = { 600, 500, 800, 500, 1010, H, 420, H };
  static const double roof[] = { 180, 170, 1220, 170, 1290, 60, 110, 60 };

  sky (cr, 460, FALSE);
  hedge (cr, -20, 470, 260, 130);
  lawn (cr, 455, 7);
  /* The wall of the house, with a row of boards. */
  box (cr, 200, 160, 1000, 345, 0.88, 0.82, 0.71);
  cairo_set_line_width (cr, 2);
  cairo_set_source_rgba (cr, 0.65, 0.58, 0.46, 0.5);
  for (double y = 190; y < 500; y += 26)
    {
      cairo_move_to (cr, 200, y);
      cairo_line_to (cr, 1200, y);
      cairo_stroke (cr);
    }
  polygon (cr, roof, 4, 0.52, 0.28, 0.22);
  box (cr, 170, 166, 1060, 14, 0.95, 0.93, 0.88);
  window (cr, 290, 250, 190, 140);
  window (cr, 920, 250, 190, 140);
  box (cr, 612, 232, 176, 270, 0.95, 0.94, 0.90);
  box (cr, 628, 248, 144, 254, 0.20, 0.36, 0.40);
  box (cr, 646, 270, 108, 80, 0.62, 0.74, 0.78);
  box (cr, 646, 374, 108, 100, 0.16, 0.30, 0.34);
  ellipse (cr, 756, 390, 7, 7, 0.90, 0.76, 0.35, 1);
  ellipse (cr, 580, 290, 14, 20, 0.98, 0.90, 0.60, 1);
  polygon (cr, path, 4, 0.72, 0.69, 0.64);
  cairo_set_source_rgba (cr, 0.45, 0.43, 0.40, 0.6);
  for (int i = 1; i < 6; i++)
    {
      double y = 500 + i * i * 7.5, half = 100 + (y - 500) * 0.97;

      cairo_move_to (cr, 700 - half, y);
      cairo_line_to (cr, 710 + half, y);
      cairo_stroke (cr);
    }
  box (cr, 590, 496, 220, 18, 0.60, 0.57, 0.53);
  for (int i = 0; i < 2; i++)
    {
      double x = i ? 850 : 555;

      box (cr, x - 24, 470, 48, 46, 0.66, 0.38, 0.27);
      ellipse (cr, x, 446, 38, 40, 0.24, 0.44, 0.22, 1);
      ellipse (cr, x - 10, 430, 9, 9, 0.90, 0.40, 0.45, 1);
      ellipse (cr, x + 14, 450, 9, 9, 0.95, 0.75, 0.40, 1);
    }
  tree (cr, 90, 560, 1.15, 0.02);
}

static void
draw_garden (cairo_t *cr)
{
  sky (cr, 430, FALSE);
  box (cr, 0, 330, W, 100, 0.18, 0.33, 0.16);
  hedge (cr, -20, 400, 1340, 170);
  for (int i = 0; i < 33; i++)
    {
      box (cr, i * 40, 312, 30, 120, 0.80, 0.74, 0.64);
      ellipse (cr, i * 40 + 15, 313, 15, 12, 0.80, 0.74, 0.64, 1);
    }
  box (cr, 0, 340, W, 12, 0.70, 0.64, 0.54);
  box (cr, 0, 395, W, 12, 0.70, 0.64, 0.54);
  lawn (cr, 425, 11);
  tree (cr, 250, 505, 1.35, 0.0);
  tree (cr, 1090, 470, 1.0, 0.06);
  /* A pond, a table, a bed of flowers. */
  ellipse (cr, 660, 515, 190, 36, 0.55, 0.53, 0.48, 1);
  ellipse (cr, 660, 514, 172, 29, 0.36, 0.56, 0.66, 1);
  ellipse (cr, 620, 508, 60, 7, 0.70, 0.82, 0.88, 0.7);
  box (cr, 930, 452, 8, 70, 0.42, 0.30, 0.22);
  box (cr, 860, 446, 150, 12, 0.58, 0.42, 0.30);
  for (int i = 0; i < 26; i++)
    {
      double x = 40 + i * 17 + 5 * sin (i * 2.3), y = 665 + 14 * sin (i * 1.7);

      ellipse (cr, x, y + 10, 13, 16, 0.22, 0.42, 0.20, 1);
      ellipse (cr, x, y - 4, 8, 8, i % 3 ? 0.93 : 0.62, i % 3 == 1 ? 0.75 : 0.38,
               i % 3 == 2 ? 0.45 : 0.66, 1);
    }
}

static void
draw_garage (cairo_t *cr)
{
  static const double drive[] = { 360, 520, 940, 520, 1250, H, 60, H };
  static const double gable[] = { 250, 190, 640, 50, 1030, 190 };

  sky (cr, 430, TRUE);
  hedge (cr, -20, 520, 330, 150);
  hedge (cr, 1010, 520, 300, 150);
  lawn (cr, 505, 23);
  box (cr, 280, 180, 720, 345, 0.73, 0.70, 0.68);
  polygon (cr, gable, 3, 0.36, 0.34, 0.36);
  box (cr, 250, 184, 780, 14, 0.90, 0.88, 0.85);
  box (cr, 356, 258, 568, 267, 0.55, 0.53, 0.52);
  for (int i = 0; i < 4; i++)
    {
      box (cr, 370, 272 + i * 62, 540, 54, 0.90, 0.88, 0.84);
      for (int k = 0; k < 4; k++)
        box (cr, 386 + k * 132, 282 + i * 62, 112, 34, i ? 0.83 : 0.50, i ? 0.81 : 0.60,
             i ? 0.77 : 0.68);
    }
  ellipse (cr, 640, 228, 26, 12, 0.99, 0.92, 0.66, 1);
  ellipse (cr, 640, 250, 120, 40, 0.99, 0.92, 0.66, 0.18);
  polygon (cr, drive, 4, 0.50, 0.49, 0.49);
  cairo_set_source_rgba (cr, 0.40, 0.39, 0.39, 0.8);
  cairo_set_line_width (cr, 3);
  cairo_move_to (cr, 640, 520);
  cairo_line_to (cr, 650, H);
  cairo_stroke (cr);
  /* A basketball hoop and bins. */
  box (cr, 1090, 250, 10, 275, 0.32, 0.32, 0.34);
  box (cr, 1050, 230, 92, 62, 0.93, 0.93, 0.92);
  box (cr, 1076, 292, 40, 6, 0.85, 0.40, 0.20);
  box (cr, 210, 450, 54, 84, 0.24, 0.40, 0.30);
  box (cr, 204, 442, 66, 12, 0.18, 0.32, 0.24);
  box (cr, 144, 456, 54, 84, 0.28, 0.34, 0.48);
  box (cr, 138, 448, 66, 12, 0.22, 0.27, 0.40);
}

static void
draw_street (cairo_t *cr)
{
  static const double walls[5][3] = { { 0.80, 0.62, 0.50 }, { 0.86, 0.80, 0.66 },
                                      { 0.62, 0.70, 0.72 }, { 0.84, 0.72, 0.62 },
                                      { 0.72, 0.76, 0.64 } };

  sky (cr, 475, FALSE);
  for (int i = 0; i < 5; i++)
    {
      double x = i * 262 - 15, top = 165 + (i * 37) % 60;
      double roof[6] = { x - 10, top, x + 126, top - 85, x + 262, top };

      box (cr, x, top, 252, 470 - top, walls[i][0], walls[i][1], walls[i][2]);
      polygon (cr, roof, 3, 0.48 - 0.03 * i, 0.30, 0.26);
      window (cr, x + 34, top + 44, 66, 74);
      window (cr, x + 152, top + 44, 66, 74);
      window (cr, x + 152, top + 174, 66, 74);
      box (cr, x + 38, 376, 62, 94, 0.32, 0.24 + 0.06 * i, 0.30);
    }
  box (cr, 0, 468, W, 52, 0.74, 0.72, 0.69);
  box (cr, 0, 516, W, 8, 0.60, 0.58, 0.56);
  box (cr, 0, 524, W, 112, 0.38, 0.38, 0.40);
  for (int i = 0; i < 12; i++)
    box (cr, i * 120 + 20, 574, 64, 7, 0.86, 0.85, 0.80);
  box (cr, 0, 634, W, 8, 0.62, 0.60, 0.58);
  box (cr, 0, 642, W, 62, 0.76, 0.74, 0.71);
  for (int i = 0; i < 2; i++)
    {
      box (cr, 300 + i * 690, 230, 9, 262, 0.25, 0.27, 0.28);
      box (cr, 266 + i * 690, 226, 78, 9, 0.25, 0.27, 0.28);
      ellipse (cr, 272 + i * 690, 238, 16, 8, 0.98, 0.93, 0.75, 1);
    }
  tree (cr, 590, 495, 0.75, 0.03);
}

static void
draw_person (cairo_t *cr, double seconds, const Visit *v)
{
  double swing = sin (seconds * 7.5) * 0.5;

  ellipse (cr, 0, 0, 44, 9, 0, 0, 0, 0.28);
  cairo_set_line_cap (cr, CAIRO_LINE_CAP_ROUND);
  for (int side = -1; side <= 1; side += 2)
    {
      cairo_set_source_rgb (cr, 0.20, 0.21, 0.27);
      cairo_set_line_width (cr, 22);
      cairo_move_to (cr, 0, -92);
      cairo_line_to (cr, side * swing * 60, -8);
      cairo_stroke (cr);
    }
  cairo_set_source_rgb (cr, v->r * 0.8, v->g * 0.8, v->b * 0.8);
  cairo_set_line_width (cr, 15);
  cairo_move_to (cr, 0, -166);
  cairo_line_to (cr, -swing * 62, -102);
  cairo_stroke (cr);
  cairo_set_source_rgb (cr, v->r, v->g, v->b);
  cairo_set_line_width (cr, 46);
  cairo_move_to (cr, 0, -152);
  cairo_line_to (cr, 0, -106);
  cairo_stroke (cr);
  cairo_set_line_width (cr, 15);
  cairo_move_to (cr, 0, -164);
  cairo_line_to (cr, swing * 62, -100);
  cairo_stroke (cr);
  ellipse (cr, 0, -205, 22, 26, 0.86, 0.68, 0.56, 1);
  ellipse (cr, -2, -216, 23, 17, 0.26, 0.19, 0.15, 1);
}

static void
draw_car (cairo_t *cr, const Visit *v)
{
  static const double cabin[] = { -128, -82, -78, -142, 64, -142, 122, -82 };
  static const double glass_a[] = { -106, -84, -68, -132, -14, -132, -14, -84 };
  static const double glass_b[] = { 0, -84, 0, -132, 56, -132, 96, -84 };

  ellipse (cr, 0, 0, 240, 16, 0, 0, 0, 0.35);
  polygon (cr, cabin, 4, v->r * 0.85, v->g * 0.85, v->b * 0.85);
  polygon (cr, glass_a, 4, 0.62, 0.73, 0.78);
  polygon (cr, glass_b, 4, 0.62, 0.73, 0.78);
  cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
  cairo_set_source_rgb (cr, v->r, v->g, v->b);
  cairo_set_line_width (cr, 22);
  cairo_rectangle (cr, -205, -76, 410, 40);
  cairo_fill_preserve (cr);
  cairo_stroke (cr);
  for (int side = -1; side <= 1; side += 2)
    {
      ellipse (cr, side * 126, -28, 36, 36, 0.12, 0.12, 0.13, 1);
      ellipse (cr, side * 126, -28, 18, 18, 0.66, 0.67, 0.69, 1);
    }
  ellipse (cr, 208, -66, 9, 12, 0.99, 0.95, 0.75, 1);
  ellipse (cr, -210, -66, 7, 12, 0.85, 0.20, 0.15, 1);
}

static void
draw_cat (cairo_t *cr, double seconds, const Visit *v)
{
  static const double ear_a[] = { 58, -72, 62, -92, 72, -76 };
  static const double ear_b[] = { 76, -76, 86, -90, 88, -70 };
  double swing = sin (seconds * 11);

  ellipse (cr, 0, 0, 70, 8, 0, 0, 0, 0.28);
  cairo_set_line_cap (cr, CAIRO_LINE_CAP_ROUND);
  cairo_set_source_rgb (cr, v->r * 0.85, v->g * 0.85, v->b * 0.85);
  cairo_set_line_width (cr, 11);
  for (int leg = 0; leg < 4; leg++)
    {
      double x = (leg < 2 ? -38 : 38) + (leg % 2 ? 6 : -6);

      cairo_move_to (cr, x, -34);
      cairo_line_to (cr, x + swing * (leg % 2 ? 16 : -16), -4);
      cairo_stroke (cr);
    }
  cairo_set_source_rgb (cr, v->r, v->g, v->b);
  cairo_set_line_width (cr, 10);
  cairo_move_to (cr, -52, -48);
  cairo_curve_to (cr, -90, -56, -86, -90 + swing * 4, -104, -96 + swing * 6);
  cairo_stroke (cr);
  ellipse (cr, 0, -44, 58, 24, v->r, v->g, v->b, 1);
  ellipse (cr, 72, -62, 22, 19, v->r, v->g, v->b, 1);
  polygon (cr, ear_a, 3, v->r, v->g, v->b);
  polygon (cr, ear_b, 3, v->r, v->g, v->b);
}

static void
draw_actor (cairo_t *cr, const Visit *v, double progress, double seconds)
{
  /* A visit that returns goes there, waits a little, and comes back. */
  double way = progress;
  double direction = v->x1 > v->x0 ? 1 : -1;
  double scale;

  if (v->returns)
    {
      if (progress < 0.42)
        way = progress / 0.42;
      else if (progress < 0.58)
        {
          way = 1;
          seconds = 0;
        }
      else
        {
          way = (1 - progress) / 0.42;
          if (v->actor != ACTOR_CAR) /* a car backs out */
            direction = -direction;
        }
    }
  scale = v->scale0 + (v->scale1 - v->scale0) * way;
  cairo_save (cr);
  cairo_translate (cr, v->x0 + (v->x1 - v->x0) * way, v->y0 + (v->y1 - v->y0) * way);
  cairo_scale (cr, scale * direction, scale);
  switch (v->actor)
    {
    case ACTOR_PERSON:
      draw_person (cr, seconds, v);
      break;
    case ACTOR_CAR:
      draw_car (cr, v);
      break;
    case ACTOR_CAT:
    default:
      draw_cat (cr, seconds, v);
      break;
    }
  cairo_restore (cr);
}

/* BT.601, limited range, two rows and two columns a step. */
static void
convert (const guint8 *rgb,
         gsize rgb_stride,
         guint width,
         guint height,
         guint8 *const planes[3],
         const gsize strides[3])
{
  for (guint y = 0; y < height; y += 2)
    for (guint x = 0; x < width; x += 2)
      {
        int r4 = 0, g4 = 0, b4 = 0;

        for (guint k = 0; k < 4; k++)
          {
            guint px = x + k % 2, py = y + k / 2;
            const guint8 *p = rgb + py * rgb_stride + px * 4; /* little endian: B G R */
            int r = p[2], g = p[1], b = p[0];

            planes[0][py * strides[0] + px] = (guint8) (((66 * r + 129 * g + 25 * b + 128) >> 8) + 16);
            r4 += r;
            g4 += g;
            b4 += b;
          }
        planes[1][y / 2 * strides[1] + x / 2]
          = (guint8) (((-38 * r4 - 74 * g4 + 112 * b4 + 512) >> 10) + 128);
        planes[2][y / 2 * strides[2] + x / 2]
          = (guint8) (((112 * r4 - 94 * g4 - 18 * b4 + 512) >> 10) + 128);
      }
}

/**
 * icam_test_scene_new:
 * @scene: number of the scene
 * @width: width in pixels, even
 * @height: height in pixels, even
 *
 * Returns: (transfer full): the scene, drawn at that size.
 */
IcamTestScene *
icam_test_scene_new (guint scene, guint width, guint height)
{
  static void (*const draw[ICAM_TEST_N_SCENES]) (cairo_t *)
    = { draw_front_door, draw_garden, draw_garage, draw_street };
  IcamTestScene *self = g_new0 (IcamTestScene, 1);
  g_autoptr (GRand) rand = g_rand_new_with_seed (scene + 1);
  gsize luma = (gsize) width * height;
  guint8 *planes[3];
  gsize strides[3] = { width, width / 2, width / 2 };
  cairo_t *cr;

  self->scene = scene % ICAM_TEST_N_SCENES;
  self->width = width;
  self->height = height;
  self->background = cairo_image_surface_create (CAIRO_FORMAT_RGB24, (int) width, (int) height);
  self->frame = cairo_image_surface_create (CAIRO_FORMAT_RGB24, (int) width, (int) height);
  cr = cairo_create (self->background);
  cairo_scale (cr, width / W, height / H);
  draw[self->scene](cr);
  cairo_destroy (cr);
  cairo_surface_flush (self->background);

  self->yuv = g_malloc (luma * 3 / 2);
  planes[0] = self->yuv;
  planes[1] = self->yuv + luma;
  planes[2] = planes[1] + luma / 4;
  convert (cairo_image_surface_get_data (self->background),
           (gsize) cairo_image_surface_get_stride (self->background), width, height, planes,
           strides);

  self->noise = g_malloc (NOISE_BANK);
  for (guint i = 0; i < NOISE_BANK; i++)
    {
      double sum = -6;

      for (int k = 0; k < 12; k++)
        sum += g_rand_double (rand);
      self->noise[i] = (gint8) lround (sum * NOISE_SIGMA);
    }
  return self;
}

/**
 * icam_test_scene_free:
 * @self: a scene
 */
void
icam_test_scene_free (IcamTestScene *self)
{
  cairo_surface_destroy (self->background);
  cairo_surface_destroy (self->frame);
  g_free (self->yuv);
  g_free (self->noise);
  g_free (self);
}

/**
 * icam_test_scene_render:
 * @self: a scene
 * @visit: which visit is going on, -1 for none
 * @progress: how far it is, 0 (outside, before) to 1 (outside, after)
 * @seconds: time since the visit began, for the steps of the actor
 * @noise_seed: what the noise of this frame depends on
 * @planes: (out): Y, U and V
 * @strides: bytes from row to row in each
 *
 * Draws one frame.
 *
 * Returns: whether anything of an actor is in the picture.
 */
gboolean
icam_test_scene_render (IcamTestScene *self,
                        int visit,
                        double progress,
                        double seconds,
                        guint64 noise_seed,
                        guint8 *const planes[3],
                        const gsize strides[3])
{
  const gsize luma = (gsize) self->width * self->height;
  gboolean seen = FALSE;
  guint64 state = noise_seed * 0x9e3779b97f4a7c15u + 1;

  for (guint y = 0; y < self->height; y++)
    memcpy (planes[0] + y * strides[0], self->yuv + (gsize) y * self->width, self->width);
  for (guint y = 0; y < self->height / 2; y++)
    {
      const guint8 *u = self->yuv + luma + (gsize) y * self->width / 2;

      memcpy (planes[1] + y * strides[1], u, self->width / 2);
      memcpy (planes[2] + y * strides[2], u + luma / 4, self->width / 2);
    }

  if (visit >= 0 && progress > 0 && progress < 1)
    {
      gsize stride = (gsize) cairo_image_surface_get_stride (self->frame);
      guint8 *to = cairo_image_surface_get_data (self->frame);
      const guint8 *from = cairo_image_surface_get_data (self->background);
      int top = -1, bottom = -1;
      cairo_t *cr;

      cairo_surface_flush (self->frame);
      memcpy (to, from, stride * self->height);
      cairo_surface_mark_dirty (self->frame);
      cr = cairo_create (self->frame);
      cairo_scale (cr, self->width / W, self->height / H);
      draw_actor (cr, &visits[self->scene][visit], progress, seconds);
      cairo_destroy (cr);
      cairo_surface_flush (self->frame);

      for (guint y = 0; y < self->height; y++)
        if (memcmp (to + y * stride, from + y * stride, stride) != 0)
          {
            if (top < 0)
              top = (int) y & ~1;
            bottom = (int) y | 1;
          }
      if (top >= 0)
        {
          guint8 *part[3] = { planes[0] + (gsize) top * strides[0],
                              planes[1] + (gsize) (top / 2) * strides[1],
                              planes[2] + (gsize) (top / 2) * strides[2] };

          seen = TRUE;
          convert (to + (gsize) top * stride, stride, self->width, (guint) (bottom - top + 1), part,
                   strides);
        }
    }

  for (guint y = CALM_ROWS; y < self->height; y++)
    {
      guint8 *row = planes[0] + y * strides[0];
      const gint8 *noise;

      state = state * 6364136223846793005u + 1442695040888963407u;
      noise = self->noise + (state >> 33) % (NOISE_BANK - self->width);
      for (guint x = 0; x < self->width; x++)
        {
          int value = row[x] + noise[x];

          row[x] = (guint8) CLAMP (value, 16, 235);
        }
    }
  return seen;
}
