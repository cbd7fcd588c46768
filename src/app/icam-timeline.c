/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-timeline.h"

#include <glib/gi18n.h>

#include "app/icam-timeline-draw.h"
#include "client/icam-words.h"

#define RULER_HEIGHT 22
#define ROW_MIN 18
#define STEP (5 * G_GINT64_CONSTANT (1000000))

struct _IcamTimeline
{
  GtkWidget parent_instance;

  IcamViewpoint *viewpoint;
  IcamTimelineData *data;
  GTimeZone *zone;
  gboolean merged; /* one row, however much room there is */
  double pointer_x; /* -1: not here */
  gboolean show_hint;

  /* A drag: where it began, so that Escape can go back there. */
  gboolean dragging, selecting, cancelled;
  double drag_x;
  gint64 drag_time;
  gboolean drag_live, drag_playing;
};

enum
{
  PROP_0,
  PROP_SHOW_HINT,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (IcamTimeline, icam_timeline, GTK_TYPE_WIDGET)

static void
set_show_hint (IcamTimeline *self,
               gboolean      show_hint)
{
  if (self->show_hint == show_hint)
    return;
  self->show_hint = show_hint;
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SHOW_HINT]);
}

static IcamScale
get_scale (IcamTimeline *self)
{
  IcamScale scale = { 0, 1, MAX (gtk_widget_get_width (GTK_WIDGET (self)), 1) };

  icam_viewpoint_get_span (self->viewpoint, &scale.from, &scale.to);
  return scale;
}

static gboolean
is_merged (IcamTimeline *self,
           float        *row_height)
{
  guint n_rows = icam_timeline_data_get_n_rows (self->data);
  float room = MAX (gtk_widget_get_height (GTK_WIDGET (self)) - RULER_HEIGHT - 2, 8);

  if (n_rows == 0 || self->merged || room / n_rows < ROW_MIN)
    {
      *row_height = MIN (room, 56);
      return n_rows != 1;
    }
  *row_height = MIN (floorf (room / n_rows), 64);
  return FALSE;
}

/* The row under a point; NULL where rows are merged or there is none. */
static const IcamTimelineRow *
row_at (IcamTimeline *self,
        double        y)
{
  float row_height;
  int index;

  if (is_merged (self, &row_height) || y < RULER_HEIGHT)
    return NULL;
  index = (int) ((y - RULER_HEIGHT) / row_height);
  if (index < 0 || index >= (int) icam_timeline_data_get_n_rows (self->data))
    return NULL;
  return icam_timeline_data_get_row (self->data, (guint) index);
}

static void
lookup (GtkWidget  *widget,
        const char *name,
        GdkRGBA    *colour)
{
  GtkStyleContext *context = gtk_widget_get_style_context (widget);

  if (!gtk_style_context_lookup_color (context, name, colour))
    *colour = (GdkRGBA) { 1, 1, 1, 1 };
}

static void
icam_timeline_snapshot (GtkWidget   *widget,
                        GtkSnapshot *snapshot)
{
  IcamTimeline *self = ICAM_TIMELINE (widget);
  IcamTimelineColours colours;
  IcamTimelinePainter painter = { .widget = widget, .snapshot = snapshot, .colours = &colours };
  const int width = gtk_widget_get_width (widget);
  const int height = gtk_widget_get_height (widget);
  gint64 time, from, to;
  float row_height;
  g_autofree char *label = NULL;

  if (self->viewpoint == NULL || width < 8 || height < RULER_HEIGHT)
    return;
  lookup (widget, "icam_island", &colours.background);
  lookup (widget, "icam_recorded", &colours.recorded);
  lookup (widget, "icam_partial", &colours.partial);
  lookup (widget, "icam_motion", &colours.motion);
  lookup (widget, "icam_mark", &colours.mark);
  lookup (widget, "icam_text", &colours.text);
  lookup (widget, "icam_dim", &colours.dim);
  lookup (widget, "icam_line", &colours.line);
  lookup (widget, "icam_accent", &colours.accent);
  lookup (widget, "icam_accent_text", &colours.accent_text);
  painter.scale = get_scale (self);
  painter.zone = self->zone;
  painter.now = icam_viewpoint_now (self->viewpoint);
  time = icam_viewpoint_get_time (self->viewpoint);

  gtk_snapshot_push_clip (snapshot, &GRAPHENE_RECT_INIT (0, 0, width, height));
  icam_timeline_draw_ruler (&painter, RULER_HEIGHT, height);
  if (is_merged (self, &row_height))
    icam_timeline_draw_merged (&painter, self->data, RULER_HEIGHT, row_height);
  else
    for (guint i = 0; i < icam_timeline_data_get_n_rows (self->data); i++)
      icam_timeline_draw_row (&painter, icam_timeline_data_get_row (self->data, i),
                              RULER_HEIGHT + i * row_height, row_height, TRUE);

  if (icam_viewpoint_get_selection (self->viewpoint, &from, &to))
    {
      double left = icam_scale_x (&painter.scale, from), right = icam_scale_x (&painter.scale, to);
      GdkRGBA tint = colours.accent;

      tint.alpha = 0.25f;
      gtk_snapshot_append_color (
        snapshot, &tint, &GRAPHENE_RECT_INIT (left, RULER_HEIGHT, right - left, height));
      gtk_snapshot_append_color (snapshot, &colours.accent,
                                 &GRAPHENE_RECT_INIT (left - 1, RULER_HEIGHT, 2, height));
      gtk_snapshot_append_color (snapshot, &colours.accent,
                                 &GRAPHENE_RECT_INIT (right - 1, RULER_HEIGHT, 2, height));
    }
  if (self->pointer_x >= 0 && !self->dragging)
    {
      gint64 pointed = icam_scale_time (&painter.scale, self->pointer_x);
      g_autofree char *words = icam_words_time (pointed, painter.now);
      GdkRGBA line = colours.text;

      if (pointed <= painter.now
          && fabs (self->pointer_x - icam_scale_x (&painter.scale, time)) > 1)
        {
          gboolean room = fabs (self->pointer_x + 34 - icam_scale_x (&painter.scale, time)) > 76;

          line.alpha = 0.5f;
          gtk_snapshot_append_color (
            snapshot, &line,
            &GRAPHENE_RECT_INIT (floor (self->pointer_x), RULER_HEIGHT, 1, height - RULER_HEIGHT));
          /* Over the ticks' words, not beside the playhead's. */
          if (room)
            {
              gtk_snapshot_append_color (
                snapshot, &colours.background,
                &GRAPHENE_RECT_INIT (floor (self->pointer_x) + 2, 2, 62, RULER_HEIGHT - 4));
              icam_timeline_draw_text (&painter, words, &colours.text, (float) self->pointer_x + 5,
                                       RULER_HEIGHT / 2.0f, 0);
            }
        }
    }
  label = icam_words_time (time, painter.now);
  icam_timeline_draw_playhead (&painter, time,
                               icam_viewpoint_get_live (self->viewpoint) ? _("Live") : label,
                               RULER_HEIGHT, height);
  if (self->show_hint && icam_viewpoint_get_live (self->viewpoint)
      && icam_timeline_data_get_n_rows (self->data) > 0)
    icam_timeline_draw_hint (&painter, _("Drag here to look back"),
                             RULER_HEIGHT + (height - RULER_HEIGHT) / 2.0f);
  gtk_snapshot_pop (snapshot);
  if (gtk_widget_has_visible_focus (widget))
    {
      GskRoundedRect outline;
      const GdkRGBA c = colours.accent;

      gsk_rounded_rect_init_from_rect (&outline, &GRAPHENE_RECT_INIT (1, 1, width - 2, height - 2),
                                       4);
      gtk_snapshot_append_border (snapshot, &outline, (float[4]) { 2, 2, 2, 2 },
                                  (GdkRGBA[4]) { c, c, c, c });
    }
}

static void
icam_timeline_measure (GtkWidget      *widget,
                       GtkOrientation  orientation,
                       int             for_size,
                       int            *minimum,
                       int            *natural,
                       int            *minimum_baseline,
                       int            *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 120 : RULER_HEIGHT + ROW_MIN + 6;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 600 : RULER_HEIGHT + 3 * ROW_MIN;
}

/* What a person who does not see the timeline is told of the playhead. */
static void
update_accessible (IcamTimeline *self)
{
  gint64 time = icam_viewpoint_get_time (self->viewpoint);
  IcamScale scale = get_scale (self);
  const char *focused = icam_viewpoint_get_focused (self->viewpoint);
  g_autofree char *when = icam_words_time (time, icam_viewpoint_now (self->viewpoint));
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_append (text, icam_viewpoint_get_live (self->viewpoint) ? _("Live") : when);
  for (guint i = 0; i < icam_timeline_data_get_n_rows (self->data); i++)
    {
      const IcamTimelineRow *row = icam_timeline_data_get_row (self->data, i);

      if (focused != NULL && g_strcmp0 (focused, icam_camera_get_id (row->camera)) != 0)
        continue;
      if (focused != NULL)
        g_string_append_printf (text, ", %s", icam_camera_get_name (row->camera));
      for (guint j = 0; j < row->events->len; j++)
        {
          IcamEvent *event = g_ptr_array_index (row->events, j);
          gint64 end = icam_event_get_end (event);

          if (icam_event_get_start (event) <= time && (end == 0 || time < end))
            {
              g_string_append_printf (text, ", %s",
                                      icam_words_event_kind (icam_event_get_kind (event)));
              break;
            }
        }
    }
  gtk_accessible_update_property (
    GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_VALUE_MIN, (double) scale.from / 1e6,
    GTK_ACCESSIBLE_PROPERTY_VALUE_MAX, (double) scale.to / 1e6, GTK_ACCESSIBLE_PROPERTY_VALUE_NOW,
    (double) time / 1e6, GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, text->str, -1);
}

static void
changed_cb (IcamTimeline *self)
{
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
moved_cb (IcamTimeline *self)
{
  update_accessible (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
span_cb (IcamTimeline *self)
{
  gint64 from, to;

  icam_viewpoint_get_span (self->viewpoint, &from, &to);
  icam_timeline_data_set_span (self->data, from, to);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* ---- pointer ---- */

static void
drag_begin_cb (GtkGestureDrag *gesture,
               double          x,
               double          y,
               IcamTimeline   *self)
{
  GdkModifierType state
    = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (gesture));
  IcamScale scale = get_scale (self);

  gtk_widget_grab_focus (GTK_WIDGET (self));
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  self->dragging = TRUE;
  self->cancelled = FALSE;
  self->selecting = (state & GDK_SHIFT_MASK) != 0;
  self->drag_x = x;
  self->drag_time = icam_viewpoint_get_time (self->viewpoint);
  self->drag_live = icam_viewpoint_get_live (self->viewpoint);
  self->drag_playing = icam_viewpoint_get_playing (self->viewpoint);
  if (!self->selecting)
    {
      const IcamTimelineRow *row = row_at (self, y);

      if (row != NULL)
        icam_viewpoint_set_focused (self->viewpoint, icam_camera_get_id (row->camera));
      /* Who drags knows it. */
      set_show_hint (self, FALSE);
      /* While it is held, T goes nowhere by itself. */
      icam_viewpoint_set_playing (self->viewpoint, FALSE);
      icam_viewpoint_seek (self->viewpoint, icam_scale_time (&scale, x), FALSE);
    }
}

static void
drag_update_cb (GtkGestureDrag *gesture,
                double          dx,
                double          dy,
                IcamTimeline   *self)
{
  IcamScale scale = get_scale (self);
  double x = CLAMP (self->drag_x + dx, 0, scale.width);

  if (self->cancelled)
    return;
  if (self->selecting)
    icam_viewpoint_set_selection (self->viewpoint, icam_scale_time (&scale, self->drag_x),
                                  icam_scale_time (&scale, x));
  else
    icam_viewpoint_seek (self->viewpoint, icam_scale_time (&scale, x), FALSE);
}

static void
drag_end_cb (GtkGestureDrag *gesture,
             double          dx,
             double          dy,
             IcamTimeline   *self)
{
  if (!self->dragging)
    return;
  self->dragging = FALSE;
  if (!self->selecting && !self->cancelled && !icam_viewpoint_get_live (self->viewpoint))
    {
      icam_viewpoint_seek (self->viewpoint, icam_viewpoint_get_time (self->viewpoint), TRUE);
      icam_viewpoint_set_playing (self->viewpoint, self->drag_playing);
    }
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
drag_cancel (IcamTimeline *self)
{
  self->cancelled = TRUE;
  if (self->selecting)
    icam_viewpoint_set_selection (self->viewpoint, 0, 0);
  else if (self->drag_live)
    icam_viewpoint_go_live (self->viewpoint);
  else
    {
      icam_viewpoint_seek (self->viewpoint, self->drag_time, TRUE);
      icam_viewpoint_set_playing (self->viewpoint, self->drag_playing);
    }
}

static gboolean
scroll_cb (GtkEventControllerScroll *controller,
           double                    dx,
           double                    dy,
           IcamTimeline             *self)
{
  GdkModifierType state
    = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (controller));
  IcamScale scale = get_scale (self);
  double x = self->pointer_x >= 0 ? self->pointer_x : scale.width / 2;

  if (state & GDK_CONTROL_MASK)
    icam_viewpoint_zoom (self->viewpoint, pow (1.25, dy), icam_scale_time (&scale, x));
  else
    icam_viewpoint_pan (self->viewpoint,
                        (gint64) ((dx + dy) * (double) (scale.to - scale.from) / 20));
  return TRUE;
}

static void
zoom_scale_changed_cb (GtkGestureZoom *gesture,
                       double          factor,
                       IcamTimeline   *self)
{
  static const char *const key = "icam-zoom-done";
  double *done = g_object_get_data (G_OBJECT (gesture), key);
  IcamScale scale = get_scale (self);
  double x = scale.width / 2, y;

  if (done == NULL)
    {
      done = g_new (double, 1);
      *done = 1;
      g_object_set_data_full (G_OBJECT (gesture), key, done, g_free);
    }
  gtk_gesture_get_bounding_box_center (GTK_GESTURE (gesture), &x, &y);
  icam_viewpoint_zoom (self->viewpoint, *done / MAX (factor, 0.01), icam_scale_time (&scale, x));
  *done = factor;
}

static void
zoom_begin_cb (GtkGesture       *gesture,
               GdkEventSequence *sequence,
               IcamTimeline     *self)
{
  g_object_set_data (G_OBJECT (gesture), "icam-zoom-done", NULL);
}

static void
motion_cb (GtkEventControllerMotion *controller,
           double                    x,
           double                    y,
           IcamTimeline             *self)
{
  self->pointer_x = x;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
leave_cb (GtkEventControllerMotion *controller,
          IcamTimeline             *self)
{
  self->pointer_x = -1;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static gboolean
append_row_tooltip (IcamTimeline          *self,
                    const IcamTimelineRow *row,
                    gint64                 time,
                    gint64                 slack,
                    GString               *text)
{
  gint64 now = icam_viewpoint_now (self->viewpoint);

  for (guint i = 0; i < row->events->len; i++)
    {
      IcamEvent *event = g_ptr_array_index (row->events, i);
      gint64 end = icam_event_get_end (event);

      if (time >= icam_event_get_start (event) - slack && time < (end > 0 ? end : now) + slack)
        {
          g_autofree char *when = icam_words_time (icam_event_get_start (event), now);

          g_string_append_printf (text, "%s%s, %s, %s", text->len > 0 ? "\n" : "",
                                  icam_words_event_kind (icam_event_get_kind (event)),
                                  icam_camera_get_name (row->camera), when);
          return TRUE;
        }
    }
  for (guint i = 0; i < row->gaps->len; i++)
    {
      const IcamGap *gap = &g_array_index (row->gaps, IcamGap, i);
      gint64 end = gap->end > 0 ? gap->end : now;

      if (time >= gap->start - slack && time < end + slack)
        {
          g_autofree char *from = icam_words_time (gap->start, now);
          g_autofree char *to = icam_words_time (end, now);

          g_string_append_printf (text, "%s", text->len > 0 ? "\n" : "");
          /* Translators: camera, why it was not recorded, from when, to when */
          g_string_append_printf (text, _("%s: %s, %s to %s"), icam_camera_get_name (row->camera),
                                  icam_words_gap (gap->cause), from, to);
          return TRUE;
        }
    }
  return FALSE;
}

static gboolean
icam_timeline_query_tooltip (GtkWidget  *widget,
                             int         x,
                             int         y,
                             gboolean    keyboard,
                             GtkTooltip *tooltip)
{
  IcamTimeline *self = ICAM_TIMELINE (widget);
  IcamScale scale = get_scale (self);
  gint64 time = icam_scale_time (&scale, x);
  gint64 slack = (gint64) (3 / scale.width * (double) (scale.to - scale.from));
  g_autoptr (GString) text = g_string_new (NULL);
  const IcamTimelineRow *row = row_at (self, y);
  float row_height;

  if (keyboard || self->dragging)
    return FALSE;
  if (row != NULL)
    append_row_tooltip (self, row, time, slack, text);
  else if (is_merged (self, &row_height))
    for (guint i = 0; i < icam_timeline_data_get_n_rows (self->data); i++)
      append_row_tooltip (self, icam_timeline_data_get_row (self->data, i), time, slack, text);
  if (text->len == 0)
    return FALSE;
  gtk_tooltip_set_text (tooltip, text->str);
  return TRUE;
}

/* ---- keys ---- */

static void
move_row (IcamTimeline *self,
          int           direction)
{
  const char *focused = icam_viewpoint_get_focused (self->viewpoint);
  int n_rows = (int) icam_timeline_data_get_n_rows (self->data);
  int index = -1;

  for (int i = 0; i < n_rows; i++)
    {
      const IcamTimelineRow *row = icam_timeline_data_get_row (self->data, (guint) i);

      if (g_strcmp0 (focused, icam_camera_get_id (row->camera)) == 0)
        index = i;
    }
  index = CLAMP (index + direction, 0, n_rows - 1);
  if (n_rows > 0)
    icam_viewpoint_set_focused (
      self->viewpoint,
      icam_camera_get_id (icam_timeline_data_get_row (self->data, (guint) index)->camera));
  update_accessible (self);
}

static gboolean
key_pressed_cb (GtkEventControllerKey *controller,
                guint                  keyval,
                guint                  keycode,
                GdkModifierType        state,
                IcamTimeline          *self)
{
  gint64 from, to;

  if (keyval == GDK_KEY_Escape && self->dragging && !self->cancelled)
    {
      drag_cancel (self);
      return TRUE;
    }
  if (state & (GDK_CONTROL_MASK | GDK_ALT_MASK | GDK_SUPER_MASK))
    return FALSE;
  icam_viewpoint_get_span (self->viewpoint, &from, &to);
  switch (keyval)
    {
    case GDK_KEY_Left:
    case GDK_KEY_KP_Left:
      icam_viewpoint_step (self->viewpoint, -STEP);
      return TRUE;
    case GDK_KEY_Right:
    case GDK_KEY_KP_Right:
      icam_viewpoint_step (self->viewpoint, STEP);
      return TRUE;
    case GDK_KEY_Up:
    case GDK_KEY_KP_Up:
      move_row (self, -1);
      return TRUE;
    case GDK_KEY_Down:
    case GDK_KEY_KP_Down:
      move_row (self, 1);
      return TRUE;
    case GDK_KEY_Page_Up:
      icam_viewpoint_pan (self->viewpoint, -(to - from) / 2);
      return TRUE;
    case GDK_KEY_Page_Down:
      icam_viewpoint_pan (self->viewpoint, (to - from) / 2);
      return TRUE;
    case GDK_KEY_plus:
    case GDK_KEY_equal:
    case GDK_KEY_KP_Add:
      icam_viewpoint_zoom (self->viewpoint, 0.5, icam_viewpoint_get_time (self->viewpoint));
      return TRUE;
    case GDK_KEY_minus:
    case GDK_KEY_KP_Subtract:
      icam_viewpoint_zoom (self->viewpoint, 2, icam_viewpoint_get_time (self->viewpoint));
      return TRUE;
    default:
      return FALSE;
    }
}

/* ---- the widget ---- */

static gboolean
icam_timeline_grab_focus (GtkWidget *widget)
{
  GtkRoot *root = gtk_widget_get_root (widget);

  if (root == NULL)
    return FALSE;
  gtk_root_set_focus (root, widget);
  return TRUE;
}

static void
icam_timeline_get_property (GObject    *object,
                            guint       prop_id,
                            GValue     *value,
                            GParamSpec *pspec)
{
  switch (prop_id)
    {
    case PROP_SHOW_HINT:
      g_value_set_boolean (value, ICAM_TIMELINE (object)->show_hint);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
icam_timeline_set_property (GObject      *object,
                            guint         prop_id,
                            const GValue *value,
                            GParamSpec   *pspec)
{
  switch (prop_id)
    {
    case PROP_SHOW_HINT:
      set_show_hint (ICAM_TIMELINE (object), g_value_get_boolean (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
icam_timeline_dispose (GObject *object)
{
  IcamTimeline *self = ICAM_TIMELINE (object);

  if (self->viewpoint != NULL)
    g_signal_handlers_disconnect_by_data (self->viewpoint, self);
  if (self->data != NULL)
    g_signal_handlers_disconnect_by_data (self->data, self);
  g_clear_object (&self->viewpoint);
  g_clear_object (&self->data);
  g_clear_pointer (&self->zone, g_time_zone_unref);
  G_OBJECT_CLASS (icam_timeline_parent_class)->dispose (object);
}

static void
icam_timeline_class_init (IcamTimelineClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = icam_timeline_dispose;
  object_class->get_property = icam_timeline_get_property;
  object_class->set_property = icam_timeline_set_property;
  properties[PROP_SHOW_HINT]
    = g_param_spec_boolean ("show-hint", NULL, NULL, FALSE,
                            G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  widget_class->measure = icam_timeline_measure;
  widget_class->snapshot = icam_timeline_snapshot;
  widget_class->query_tooltip = icam_timeline_query_tooltip;
  widget_class->grab_focus = icam_timeline_grab_focus;
  gtk_widget_class_set_css_name (widget_class, "icam-timeline");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_SLIDER);
}

static void
icam_timeline_init (IcamTimeline *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  GtkGesture *drag = gtk_gesture_drag_new ();
  GtkGesture *zoom = gtk_gesture_zoom_new ();
  GtkEventController *scroll
    = gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES);
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *key = gtk_event_controller_key_new ();

  self->pointer_x = -1;
  self->zone = g_time_zone_new_local ();
  gtk_widget_set_focusable (widget, TRUE);
  gtk_widget_set_has_tooltip (widget, TRUE);
  gtk_widget_set_overflow (widget, GTK_OVERFLOW_HIDDEN);
  g_signal_connect (drag, "drag-begin", G_CALLBACK (drag_begin_cb), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (drag_update_cb), self);
  g_signal_connect (drag, "drag-end", G_CALLBACK (drag_end_cb), self);
  g_signal_connect (zoom, "begin", G_CALLBACK (zoom_begin_cb), self);
  g_signal_connect (zoom, "scale-changed", G_CALLBACK (zoom_scale_changed_cb), self);
  g_signal_connect (scroll, "scroll", G_CALLBACK (scroll_cb), self);
  g_signal_connect (motion, "motion", G_CALLBACK (motion_cb), self);
  g_signal_connect (motion, "leave", G_CALLBACK (leave_cb), self);
  g_signal_connect (key, "key-pressed", G_CALLBACK (key_pressed_cb), self);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (drag));
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (zoom));
  gtk_widget_add_controller (widget, scroll);
  gtk_widget_add_controller (widget, motion);
  gtk_widget_add_controller (widget, key);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _("Timeline"), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  _("Drag here to look back"), -1);
}

/** icam_timeline_set_sources: the time that is shown, and what is known of it; once */
void
icam_timeline_set_sources (IcamTimeline     *self,
                           IcamViewpoint    *viewpoint,
                           IcamTimelineData *data)
{
  g_return_if_fail (ICAM_IS_TIMELINE (self));
  g_return_if_fail (self->viewpoint == NULL);

  self->viewpoint = g_object_ref (viewpoint);
  self->data = g_object_ref (data);
  g_signal_connect_swapped (viewpoint, "notify::time", G_CALLBACK (changed_cb), self);
  g_signal_connect_swapped (viewpoint, "notify::live", G_CALLBACK (moved_cb), self);
  g_signal_connect_swapped (viewpoint, "moved", G_CALLBACK (moved_cb), self);
  g_signal_connect_swapped (viewpoint, "notify::focused", G_CALLBACK (moved_cb), self);
  g_signal_connect_swapped (viewpoint, "notify::span-start", G_CALLBACK (span_cb), self);
  g_signal_connect_swapped (viewpoint, "notify::span-end", G_CALLBACK (span_cb), self);
  g_signal_connect_swapped (viewpoint, "notify::selection-start", G_CALLBACK (changed_cb), self);
  g_signal_connect_swapped (viewpoint, "notify::selection-end", G_CALLBACK (changed_cb), self);
  g_signal_connect_swapped (data, "changed", G_CALLBACK (changed_cb), self);
  span_cb (self);
  update_accessible (self);
}

/** icam_timeline_set_merged: one row, however much room there is */
void
icam_timeline_set_merged (IcamTimeline *self,
                          gboolean      merged)
{
  g_return_if_fail (ICAM_IS_TIMELINE (self));

  if (self->merged == merged)
    return;
  self->merged = merged;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
