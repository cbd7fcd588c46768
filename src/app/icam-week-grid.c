/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-week-grid.h"

#include <glib/gi18n.h>

#include "client/icam-words.h"

#define HOURS 24
#define QUARTERS 4
#define CELL_HEIGHT 26
#define MIN_CELL 9
#define LABEL_WIDTH 40
#define HEAD_HEIGHT 20

struct _IcamWeekGrid
{
  GtkWidget parent_instance;

  IcamSchedule schedule;
  guint day, hour;  /* where the keys are */
  gboolean painting; /* the pointer sets what it passes … */
  gboolean on;       /* … to this */
};

G_DEFINE_FINAL_TYPE (IcamWeekGrid, icam_week_grid, GTK_TYPE_WIDGET)

enum
{
  CHANGED,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

static guint
count_quarters (IcamWeekGrid *self, guint day, guint hour)
{
  guint n = 0;

  for (guint i = 0; i < QUARTERS; i++)
    n += icam_schedule_get (&self->schedule, day, hour * QUARTERS + i);
  return n;
}

/* What a screen reader says of the place where the keys are. */
static void
tell_place (IcamWeekGrid *self)
{
  g_autofree char *day = icam_words_weekday (self->day, TRUE);
  /* Translators: a day of the week, an hour, and whether it is recorded then */
  g_autofree char *words = g_strdup_printf (_("%s, %u:00 to %u:00: %s"), day, self->hour, self->hour + 1,
                                            count_quarters (self, self->day, self->hour) > 0 ? _("recorded") : _("not recorded"));

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, words, -1);
}

static void
set_hour (IcamWeekGrid *self, guint day, guint hour, gboolean on)
{
  if (count_quarters (self, day, hour) == (on ? QUARTERS : 0))
    return;
  for (guint i = 0; i < QUARTERS; i++)
    icam_schedule_set (&self->schedule, day, hour * QUARTERS + i, on);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_signal_emit (self, signals[CHANGED], 0);
}

/* ---- drawing ---- */

static double
cell_width (IcamWeekGrid *self)
{
  return MAX ((double) (gtk_widget_get_width (GTK_WIDGET (self)) - LABEL_WIDTH) / HOURS, 1);
}

static void
draw_text (IcamWeekGrid *self, GtkSnapshot *snapshot, const char *text, float x, float y, const GdkRGBA *colour)
{
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), text);

  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (x, y));
  gtk_snapshot_append_layout (snapshot, layout, colour);
  gtk_snapshot_restore (snapshot);
}

static void
draw_day (IcamWeekGrid *self, GtkSnapshot *snapshot, guint day, const GdkRGBA *text, const GdkRGBA *accent)
{
  float width = (float) cell_width (self), top = (float) (HEAD_HEIGHT + day * CELL_HEIGHT);
  GdkRGBA empty = *text, cursor = *text;
  g_autofree char *name = icam_words_weekday (day, FALSE);

  empty.alpha = 0.08F;
  draw_text (self, snapshot, name, 0, top + 4, text);
  for (guint hour = 0; hour < HOURS; hour++)
    {
      float left = (float) LABEL_WIDTH + (float) hour * width;

      gtk_snapshot_append_color (snapshot, &empty, &GRAPHENE_RECT_INIT (left + 0.5F, top + 1, width - 1, CELL_HEIGHT - 2));
      if (count_quarters (self, day, hour) == QUARTERS)
        gtk_snapshot_append_color (snapshot, accent, &GRAPHENE_RECT_INIT (left + 0.5F, top + 1, width - 1, CELL_HEIGHT - 2));
      for (guint i = 0; i < QUARTERS && count_quarters (self, day, hour) < QUARTERS; i++)
        if (icam_schedule_get (&self->schedule, day, hour * QUARTERS + i))
          gtk_snapshot_append_color (snapshot, accent,
                                     &GRAPHENE_RECT_INIT (left + 0.5F + (float) i * (width - 1) / QUARTERS, top + 1,
                                                          (width - 1) / QUARTERS, CELL_HEIGHT - 2));
      if (day == self->day && hour == self->hour && gtk_widget_has_visible_focus (GTK_WIDGET (self)))
        {
          GskRoundedRect frame;

          gsk_rounded_rect_init_from_rect (&frame, &GRAPHENE_RECT_INIT (left, top, width, CELL_HEIGHT), 2);
          gtk_snapshot_append_border (snapshot, &frame, (float[4]) { 2, 2, 2, 2 },
                                      (GdkRGBA[4]) { cursor, cursor, cursor, cursor });
        }
    }
}

static void
icam_week_grid_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  IcamWeekGrid *self = ICAM_WEEK_GRID (widget);
  GtkStyleContext *style = gtk_widget_get_style_context (widget);
  GdkRGBA text, accent;

  gtk_style_context_get_color (style, &text);
  if (!gtk_style_context_lookup_color (style, "accent_bg_color", &accent))
    accent = text;
  for (guint hour = 0; hour < HOURS; hour += 6)
    {
      g_autofree char *label = g_strdup_printf ("%u", hour);

      draw_text (self, snapshot, label, (float) (LABEL_WIDTH + hour * cell_width (self)), 0, &text);
    }
  for (guint day = 0; day < ICAM_SCHEDULE_DAYS; day++)
    draw_day (self, snapshot, day, &text, &accent);
}

static void
icam_week_grid_measure (GtkWidget     *widget,
                        GtkOrientation orientation,
                        int            for_size,
                        int           *minimum,
                        int           *natural,
                        int           *minimum_baseline,
                        int           *natural_baseline)
{
  *minimum = *natural = HEAD_HEIGHT + ICAM_SCHEDULE_DAYS * CELL_HEIGHT;
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      *minimum = LABEL_WIDTH + HOURS * MIN_CELL;
      *natural = LABEL_WIDTH + HOURS * 20;
    }
}

/* ---- by people ---- */

static gboolean
place_at (IcamWeekGrid *self, double x, double y, guint *day, guint *hour)
{
  int column = (int) ((x - LABEL_WIDTH) / cell_width (self)), row = (int) (y - HEAD_HEIGHT) / CELL_HEIGHT;

  if (x < LABEL_WIDTH || y < HEAD_HEIGHT || column >= HOURS || row >= ICAM_SCHEDULE_DAYS)
    return FALSE;
  *day = (guint) row;
  *hour = (guint) column;
  return TRUE;
}

static void
drag_begin_cb (IcamWeekGrid *self, double x, double y, GtkGestureDrag *gesture)
{
  guint day, hour;

  gtk_widget_grab_focus (GTK_WIDGET (self));
  self->painting = place_at (self, x, y, &day, &hour);
  if (!self->painting)
    return;
  self->day = day;
  self->hour = hour;
  self->on = count_quarters (self, day, hour) < QUARTERS;
  set_hour (self, day, hour, self->on);
  tell_place (self);
}

static void
drag_update_cb (IcamWeekGrid *self, double dx, double dy, GtkGestureDrag *gesture)
{
  double x, y;
  guint day, hour;

  if (self->painting && gtk_gesture_drag_get_start_point (gesture, &x, &y) && place_at (self, x + dx, y + dy, &day, &hour))
    set_hour (self, day, hour, self->on);
}

static void
move (IcamWeekGrid *self, int days, int hours)
{
  self->day = (self->day + ICAM_SCHEDULE_DAYS + (guint) days) % ICAM_SCHEDULE_DAYS;
  self->hour = (self->hour + HOURS + (guint) hours) % HOURS;
  gtk_widget_queue_draw (GTK_WIDGET (self));
  tell_place (self);
}

static gboolean
key_cb (IcamWeekGrid *self, guint key, guint code, GdkModifierType modifiers)
{
  switch (key)
    {
    case GDK_KEY_Up:
    case GDK_KEY_KP_Up:
      move (self, -1, 0);
      return GDK_EVENT_STOP;
    case GDK_KEY_Down:
    case GDK_KEY_KP_Down:
      move (self, 1, 0);
      return GDK_EVENT_STOP;
    case GDK_KEY_Left:
    case GDK_KEY_KP_Left:
      move (self, 0, -1);
      return GDK_EVENT_STOP;
    case GDK_KEY_Right:
    case GDK_KEY_KP_Right:
      move (self, 0, 1);
      return GDK_EVENT_STOP;
    case GDK_KEY_space:
    case GDK_KEY_KP_Space:
      set_hour (self, self->day, self->hour, count_quarters (self, self->day, self->hour) < QUARTERS);
      tell_place (self);
      return GDK_EVENT_STOP;
    default:
      return GDK_EVENT_PROPAGATE;
    }
}

static void
icam_week_grid_class_init (IcamWeekGridClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  widget_class->snapshot = icam_week_grid_snapshot;
  widget_class->measure = icam_week_grid_measure;
  gtk_widget_class_set_css_name (widget_class, "weekgrid");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GRID);

  /**
   * IcamWeekGrid::changed:
   * @self: the grid
   *
   * A person has set an hour.
   */
  signals[CHANGED] = g_signal_new ("changed", ICAM_TYPE_WEEK_GRID, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
icam_week_grid_init (IcamWeekGrid *self)
{
  GtkGesture *drag = gtk_gesture_drag_new ();
  GtkEventController *keys = gtk_event_controller_key_new ();

  g_signal_connect_swapped (drag, "drag-begin", G_CALLBACK (drag_begin_cb), self);
  g_signal_connect_swapped (drag, "drag-update", G_CALLBACK (drag_update_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drag));
  g_signal_connect_swapped (keys, "key-pressed", G_CALLBACK (key_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Hours of the week"), -1);
  tell_place (self);
}

/** icam_week_grid_new: a grid with nothing in it */
GtkWidget *
icam_week_grid_new (void)
{
  return g_object_new (ICAM_TYPE_WEEK_GRID, NULL);
}

/** icam_week_grid_set_schedule: what is shown */
void
icam_week_grid_set_schedule (IcamWeekGrid       *self,
                             const IcamSchedule *schedule)
{
  g_return_if_fail (ICAM_IS_WEEK_GRID (self));

  self->schedule = *schedule;
  gtk_widget_queue_draw (GTK_WIDGET (self));
  tell_place (self);
}

/** icam_week_grid_get_schedule: (transfer none): what is shown */
const IcamSchedule *
icam_week_grid_get_schedule (IcamWeekGrid *self)
{
  g_return_val_if_fail (ICAM_IS_WEEK_GRID (self), NULL);
  return &self->schedule;
}
