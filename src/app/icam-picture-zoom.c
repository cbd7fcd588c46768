/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-picture-zoom.h"

/* A notch of the wheel, a key, a double click. */
#define NOTCH 1.2
#define KEY_STEP 1.5
#define DOUBLE_CLICK 2.5

struct _IcamPictureZoom
{
  GObject parent_instance;

  IcamPictureView *view; /* not owned: it owns the controllers that hold this */
  gboolean enabled;
  double pointer_x, pointer_y; /* x is -1 while it is elsewhere */
  double drag_x, drag_y;       /* how far the picture was dragged */
  double pinched;
};

enum
{
  CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (IcamPictureZoom, icam_picture_zoom, G_TYPE_OBJECT)

static void
zoom (IcamPictureZoom *self,
      double           factor,
      double           x,
      double           y)
{
  if (!self->enabled)
    return;
  icam_picture_view_zoom (self->view, factor, x, y);
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
get_middle (IcamPictureZoom *self,
            double          *x,
            double          *y)
{
  *x = gtk_widget_get_width (GTK_WIDGET (self->view)) / 2.0;
  *y = gtk_widget_get_height (GTK_WIDGET (self->view)) / 2.0;
}

static gboolean
scroll_cb (IcamPictureZoom *self,
           double           dx,
           double           dy)
{
  double x, y;

  /* Elsewhere the wheel belongs to the wall that scrolls. */
  if (!self->enabled)
    return FALSE;
  get_middle (self, &x, &y);
  if (self->pointer_x >= 0)
    {
      x = self->pointer_x;
      y = self->pointer_y;
    }
  if (dy != 0)
    zoom (self, pow (NOTCH, -dy), x, y);
  return TRUE;
}

static void
motion_cb (IcamPictureZoom *self,
           double           x,
           double           y)
{
  self->pointer_x = x;
  self->pointer_y = y;
}

static void
leave_cb (IcamPictureZoom *self)
{
  self->pointer_x = -1;
}

static void
drag_begin_cb (IcamPictureZoom *self,
               double           x,
               double           y,
               GtkGesture      *gesture)
{
  self->drag_x = self->drag_y = 0;
  if (icam_picture_view_get_zoom (self->view) <= 1)
    gtk_gesture_set_state (gesture, GTK_EVENT_SEQUENCE_DENIED);
}

static void
drag_update_cb (IcamPictureZoom *self,
                double           dx,
                double           dy)
{
  icam_picture_view_pan (self->view, dx - self->drag_x, dy - self->drag_y);
  self->drag_x = dx;
  self->drag_y = dy;
}

static void
pinch_begin_cb (IcamPictureZoom *self)
{
  self->pinched = 1;
}

static void
pinch_cb (IcamPictureZoom *self,
          double           factor,
          GtkGesture      *gesture)
{
  double x, y;

  if (factor <= 0 || !gtk_gesture_get_bounding_box_center (gesture, &x, &y))
    return;
  zoom (self, factor / self->pinched, x, y);
  self->pinched = factor;
}

static void
icam_picture_zoom_class_init (IcamPictureZoomClass *klass)
{
  signals[CHANGED] = g_signal_new ("changed", ICAM_TYPE_PICTURE_ZOOM, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
}

static void
icam_picture_zoom_init (IcamPictureZoom *self)
{
  self->pointer_x = -1;
  self->pinched = 1;
}

/**
 * icam_picture_zoom_new:
 * @view: what is looked at; it must live as long as the zoom
 *
 * Returns: (transfer full): a zoom that is switched off
 */
IcamPictureZoom *
icam_picture_zoom_new (IcamPictureView *view)
{
  IcamPictureZoom *self = g_object_new (ICAM_TYPE_PICTURE_ZOOM, NULL);
  GtkEventController *scroll
    = gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_VERTICAL);
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkGesture *drag = gtk_gesture_drag_new ();
  GtkGesture *pinch = gtk_gesture_zoom_new ();

  self->view = view;
  g_signal_connect_object (scroll, "scroll", G_CALLBACK (scroll_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (motion, "motion", G_CALLBACK (motion_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (motion, "leave", G_CALLBACK (leave_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (drag, "drag-begin", G_CALLBACK (drag_begin_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (drag, "drag-update", G_CALLBACK (drag_update_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (pinch, "begin", G_CALLBACK (pinch_begin_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (pinch, "scale-changed", G_CALLBACK (pinch_cb), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (GTK_WIDGET (view), scroll);
  gtk_widget_add_controller (GTK_WIDGET (view), motion);
  gtk_widget_add_controller (GTK_WIDGET (view), GTK_EVENT_CONTROLLER (drag));
  gtk_widget_add_controller (GTK_WIDGET (view), GTK_EVENT_CONTROLLER (pinch));
  return self;
}

/** icam_picture_zoom_set_enabled: switched off, all of the picture is seen */
void
icam_picture_zoom_set_enabled (IcamPictureZoom *self,
                               gboolean         enabled)
{
  g_return_if_fail (ICAM_IS_PICTURE_ZOOM (self));

  self->enabled = enabled;
  if (!enabled)
    icam_picture_zoom_reset (self);
}

/** icam_picture_zoom_get_factor: 1: all of the picture is seen */
double
icam_picture_zoom_get_factor (IcamPictureZoom *self)
{
  g_return_val_if_fail (ICAM_IS_PICTURE_ZOOM (self), 1);
  return icam_picture_view_get_zoom (self->view);
}

/** icam_picture_zoom_toggle: a double click: closer at that place, or all of the picture again */
void
icam_picture_zoom_toggle (IcamPictureZoom *self,
                          double           x,
                          double           y)
{
  g_return_if_fail (ICAM_IS_PICTURE_ZOOM (self));

  if (icam_picture_view_get_zoom (self->view) > 1)
    icam_picture_zoom_reset (self);
  else
    zoom (self, DOUBLE_CLICK, x, y);
}

/** icam_picture_zoom_reset: all of the picture again */
void
icam_picture_zoom_reset (IcamPictureZoom *self)
{
  g_return_if_fail (ICAM_IS_PICTURE_ZOOM (self));

  icam_picture_view_reset_zoom (self->view);
  g_signal_emit (self, signals[CHANGED], 0);
}

/**
 * icam_picture_zoom_key:
 * @self: a zoom
 * @keyval: a key
 *
 * Plus, minus and 0 look closer, farther, at all of it; arrows move what is seen while it is zoomed.
 *
 * Returns: whether it meant something
 */
gboolean
icam_picture_zoom_key (IcamPictureZoom *self,
                       guint            keyval)
{
  gboolean zoomed;
  double x, y;

  g_return_val_if_fail (ICAM_IS_PICTURE_ZOOM (self), FALSE);

  if (!self->enabled)
    return FALSE;
  zoomed = icam_picture_view_get_zoom (self->view) > 1;
  get_middle (self, &x, &y);
  switch (keyval)
    {
    case GDK_KEY_plus:
    case GDK_KEY_equal:
    case GDK_KEY_KP_Add:
      zoom (self, KEY_STEP, x, y);
      return TRUE;
    case GDK_KEY_minus:
    case GDK_KEY_KP_Subtract:
      zoom (self, 1 / KEY_STEP, x, y);
      return TRUE;
    case GDK_KEY_0:
    case GDK_KEY_KP_0:
      icam_picture_zoom_reset (self);
      return TRUE;
    case GDK_KEY_Left:
    case GDK_KEY_Right:
      if (zoomed)
        icam_picture_view_pan (self->view, keyval == GDK_KEY_Left ? x / 4 : -x / 4, 0);
      return zoomed;
    case GDK_KEY_Up:
    case GDK_KEY_Down:
      if (zoomed)
        icam_picture_view_pan (self->view, 0, keyval == GDK_KEY_Up ? y / 4 : -y / 4);
      return zoomed;
    default:
      return FALSE;
    }
}
