/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-picture-view.h"

#include <adwaita.h>

struct _IcamPictureView
{
  GtkWidget parent_instance;

  IcamPicture *picture;
  GdkTexture *texture; /* of the picture, made when it is first drawn */
  gboolean late;
  gboolean motion;
  double brackets; /* how strong they are, 0 to 1 */
  double zoom;     /* 1: all of the picture */
  double centre_x, centre_y; /* what of it is in the middle, 0 to 1 */
  AdwAnimation *animation;
};

enum
{
  PROP_0,
  PROP_LATE,
  PROP_MOTION,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

#define CORNER 6.0f
#define BRACKET_MARGIN 8.0f
#define FADE_MS 400
#define MAX_ZOOM 8.0

G_DEFINE_FINAL_TYPE (IcamPictureView, icam_picture_view, GTK_TYPE_WIDGET)

static void
icam_picture_view_measure (GtkWidget      *widget,
                           GtkOrientation  orientation,
                           int             for_size,
                           int            *minimum,
                           int            *natural,
                           int            *minimum_baseline,
                           int            *natural_baseline)
{
  IcamPictureView *self = ICAM_PICTURE_VIEW (widget);

  *minimum = 0;
  *natural = 0;
  if (self->picture != NULL)
    *natural = (int) (orientation == GTK_ORIENTATION_HORIZONTAL ? self->picture->width
                                                                : self->picture->height);
}

/* Where a picture of that shape goes. Where it is larger than the room, no edge of it is inside. */
static graphene_rect_t
place (IcamPictureView *self,
       double           zoom,
       double           centre_x,
       double           centre_y)
{
  const float width = gtk_widget_get_width (GTK_WIDGET (self));
  const float height = gtk_widget_get_height (GTK_WIDGET (self));
  const float scale = MIN (width / self->picture->width, height / self->picture->height);
  float w = self->picture->width * scale, h = self->picture->height * scale;
  float left, top;

  /* A picture that fits but for a pixel of rounding fills the room. */
  if (width - w < 2)
    w = width;
  if (height - h < 2)
    h = height;
  w *= (float) zoom;
  h *= (float) zoom;
  left = w > width ? CLAMP (width / 2 - (float) centre_x * w, width - w, 0) : (width - w) / 2;
  top = h > height ? CLAMP (height / 2 - (float) centre_y * h, height - h, 0) : (height - h) / 2;
  return GRAPHENE_RECT_INIT (floorf (left), floorf (top), w, h);
}

static void
set_zoom (IcamPictureView *self,
          double           zoom,
          float            left,
          float            top,
          float            w,
          float            h)
{
  graphene_rect_t area;

  self->zoom = zoom;
  self->centre_x = (gtk_widget_get_width (GTK_WIDGET (self)) / 2.0 - left) / w;
  self->centre_y = (gtk_widget_get_height (GTK_WIDGET (self)) / 2.0 - top) / h;
  /* As it is shown, so that panning back does not first go through what lies beyond the edge. */
  area = place (self, zoom, self->centre_x, self->centre_y);
  self->centre_x = (gtk_widget_get_width (GTK_WIDGET (self)) / 2.0 - area.origin.x) / w;
  self->centre_y = (gtk_widget_get_height (GTK_WIDGET (self)) / 2.0 - area.origin.y) / h;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
append_hatch (GtkSnapshot           *snapshot,
              const graphene_rect_t *area)
{
  const GdkRGBA veil = { 0.0f, 0.0f, 0.0f, 0.45f };
  const GdkRGBA dark = { 0.0f, 0.0f, 0.0f, 0.0f };
  const GdkRGBA light = { 1.0f, 1.0f, 1.0f, 0.22f };
  const GskColorStop stops[] = {
    { 0.0f, dark }, { 0.68f, dark }, { 0.70f, light }, { 0.98f, light }, { 1.0f, dark },
  };

  gtk_snapshot_append_color (snapshot, &veil, area);
  gtk_snapshot_append_repeating_linear_gradient (
    snapshot, area, &GRAPHENE_POINT_INIT (area->origin.x, area->origin.y),
    &GRAPHENE_POINT_INIT (area->origin.x + 9, area->origin.y + 9), stops, G_N_ELEMENTS (stops));
}

static void
append_bar (GtkSnapshot   *snapshot,
            const GdkRGBA *colour,
            float          x,
            float          y,
            float          width,
            float          height)
{
  gtk_snapshot_append_color (snapshot, colour, &GRAPHENE_RECT_INIT (x, y, width, height));
}

/* A pair of corners, white on black, so that they are seen on snow and in the night; the other two belong to the
 * name and to the controls. */
static void
append_brackets (GtkSnapshot           *snapshot,
                 const graphene_rect_t *area)
{
  const float length = CLAMP (area->size.width / 12, 12, 40);
  const float left = area->origin.x + BRACKET_MARGIN;
  const float top = area->origin.y + BRACKET_MARGIN;
  const float right = area->origin.x + area->size.width - BRACKET_MARGIN;
  const float bottom = area->origin.y + area->size.height - BRACKET_MARGIN;

  for (int pass = 0; pass < 2; pass++)
    {
      const GdkRGBA colour = pass == 0 ? (GdkRGBA) { 0, 0, 0, 0.75f } : (GdkRGBA) { 1, 1, 1, 1 };
      const float grow = pass == 0 ? 1.5f : 0;
      const float w = 3 + 2 * grow, l = length + 2 * grow;

      append_bar (snapshot, &colour, left - grow, top - grow, l, w);
      append_bar (snapshot, &colour, left - grow, top - grow, w, l);
      append_bar (snapshot, &colour, right - length - grow, bottom - 3 - grow, l, w);
      append_bar (snapshot, &colour, right - 3 - grow, bottom - length - grow, w, l);
    }
}

static void
icam_picture_view_snapshot (GtkWidget   *widget,
                            GtkSnapshot *snapshot)
{
  IcamPictureView *self = ICAM_PICTURE_VIEW (widget);
  const float width = gtk_widget_get_width (widget);
  const float height = gtk_widget_get_height (widget);
  graphene_rect_t area = GRAPHENE_RECT_INIT (0, 0, width, height);
  graphene_rect_t picture_area = area;
  GskRoundedRect clip;

  if (width <= 0 || height <= 0)
    return;
  if (self->picture != NULL)
    {
      const graphene_rect_t room = area;

      picture_area = place (self, self->zoom, self->centre_x, self->centre_y);
      graphene_rect_intersection (&picture_area, &room, &area);
      if (self->texture == NULL)
        self->texture = gdk_memory_texture_new (
          (int) self->picture->width, (int) self->picture->height,
          GDK_MEMORY_R8G8B8A8_PREMULTIPLIED, self->picture->pixels, self->picture->stride);
    }
  gsk_rounded_rect_init_from_rect (&clip, &area, CORNER);
  gtk_snapshot_push_rounded_clip (snapshot, &clip);
  if (self->texture != NULL)
    gtk_snapshot_append_texture (snapshot, self->texture, &picture_area);
  else
    gtk_snapshot_append_color (snapshot, &(GdkRGBA) { 0.11f, 0.115f, 0.13f, 1 }, &area);
  if (self->late && self->texture != NULL)
    append_hatch (snapshot, &area);
  gtk_snapshot_pop (snapshot);
  if (self->brackets > 0 && self->texture != NULL)
    {
      gtk_snapshot_push_opacity (snapshot, self->brackets);
      append_brackets (snapshot, &area);
      gtk_snapshot_pop (snapshot);
    }
}

static void
brackets_cb (double   value,
             gpointer user_data)
{
  IcamPictureView *self = user_data;

  self->brackets = value;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
icam_picture_view_get_property (GObject    *object,
                                guint       prop_id,
                                GValue     *value,
                                GParamSpec *pspec)
{
  IcamPictureView *self = ICAM_PICTURE_VIEW (object);

  switch (prop_id)
    {
    case PROP_LATE:
      g_value_set_boolean (value, self->late);
      break;
    case PROP_MOTION:
      g_value_set_boolean (value, self->motion);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
icam_picture_view_set_property (GObject      *object,
                                guint         prop_id,
                                const GValue *value,
                                GParamSpec   *pspec)
{
  IcamPictureView *self = ICAM_PICTURE_VIEW (object);

  switch (prop_id)
    {
    case PROP_LATE:
      icam_picture_view_set_late (self, g_value_get_boolean (value));
      break;
    case PROP_MOTION:
      icam_picture_view_set_motion (self, g_value_get_boolean (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
icam_picture_view_dispose (GObject *object)
{
  IcamPictureView *self = ICAM_PICTURE_VIEW (object);

  if (self->animation != NULL)
    adw_animation_reset (self->animation);
  g_clear_object (&self->animation);
  g_clear_object (&self->texture);
  g_clear_pointer (&self->picture, icam_picture_unref);
  G_OBJECT_CLASS (icam_picture_view_parent_class)->dispose (object);
}

static void
icam_picture_view_class_init (IcamPictureViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->dispose = icam_picture_view_dispose;
  object_class->get_property = icam_picture_view_get_property;
  object_class->set_property = icam_picture_view_set_property;
  widget_class->measure = icam_picture_view_measure;
  widget_class->snapshot = icam_picture_view_snapshot;
  gtk_widget_class_set_css_name (widget_class, "icam-picture");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);

  properties[PROP_LATE] = g_param_spec_boolean ("late", NULL, NULL, FALSE, flags);
  properties[PROP_MOTION] = g_param_spec_boolean ("motion", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
icam_picture_view_init (IcamPictureView *self)
{
  self->zoom = 1;
  self->centre_x = self->centre_y = 0.5;
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
}

/** icam_picture_view_new: makes a view without a picture */
GtkWidget *
icam_picture_view_new (void)
{
  return g_object_new (ICAM_TYPE_PICTURE_VIEW, NULL);
}

/**
 * icam_picture_view_set_picture:
 * @self: a view
 * @picture: (nullable): a picture
 *
 * Shows a picture from the next frame on. The caller has made sure whose it is.
 */
void
icam_picture_view_set_picture (IcamPictureView *self,
                               IcamPicture     *picture)
{
  gboolean reshaped;

  g_return_if_fail (ICAM_IS_PICTURE_VIEW (self));

  if (self->picture == picture)
    return;
  reshaped = (self->picture == NULL) != (picture == NULL);
  if (picture != NULL)
    icam_picture_ref (picture);
  g_clear_pointer (&self->picture, icam_picture_unref);
  g_clear_object (&self->texture);
  if (picture != NULL && picture->width > 0 && picture->height > 0
      && g_bytes_get_size (picture->pixels) >= (gsize) picture->stride * picture->height)
    self->picture = picture;
  else if (picture != NULL)
    icam_picture_unref (picture);
  if (reshaped)
    gtk_widget_queue_resize (GTK_WIDGET (self));
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/** icam_picture_view_get_picture: what is shown (transfer none), or NULL */
IcamPicture *
icam_picture_view_get_picture (IcamPictureView *self)
{
  g_return_val_if_fail (ICAM_IS_PICTURE_VIEW (self), NULL);
  return self->picture;
}

/** icam_picture_view_set_late: a late picture has a hatched veil */
void
icam_picture_view_set_late (IcamPictureView *self,
                            gboolean         late)
{
  g_return_if_fail (ICAM_IS_PICTURE_VIEW (self));

  if (self->late == late)
    return;
  self->late = late;
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LATE]);
}

/** icam_picture_view_set_motion: brackets about the picture, which fade when it is over */
void
icam_picture_view_set_motion (IcamPictureView *self,
                              gboolean         motion)
{
  g_return_if_fail (ICAM_IS_PICTURE_VIEW (self));

  if (self->motion == motion)
    return;
  self->motion = motion;
  if (self->animation == NULL)
    self->animation = adw_timed_animation_new (
      GTK_WIDGET (self), 0, 1, FADE_MS,
      adw_callback_animation_target_new (brackets_cb, self, NULL));
  adw_animation_pause (self->animation);
  adw_timed_animation_set_value_from (ADW_TIMED_ANIMATION (self->animation), self->brackets);
  adw_timed_animation_set_value_to (ADW_TIMED_ANIMATION (self->animation), motion ? 1 : 0);
  adw_animation_reset (self->animation);
  adw_animation_play (self->animation);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_MOTION]);
}

/** icam_picture_view_get_zoom: 1: all of the picture is seen */
double
icam_picture_view_get_zoom (IcamPictureView *self)
{
  g_return_val_if_fail (ICAM_IS_PICTURE_VIEW (self), 1);
  return self->zoom;
}

/**
 * icam_picture_view_zoom:
 * @self: a view
 * @factor: more than 1: nearer
 * @x: what is there stays there, in pixels of the widget
 * @y: the same from above
 */
void
icam_picture_view_zoom (IcamPictureView *self,
                        double           factor,
                        double           x,
                        double           y)
{
  graphene_rect_t area;
  double zoom, grow;

  g_return_if_fail (ICAM_IS_PICTURE_VIEW (self));

  zoom = CLAMP (self->zoom * factor, 1, MAX_ZOOM);
  if (zoom < 1.02)
    zoom = 1;
  if (self->picture == NULL || zoom == self->zoom)
    return;
  area = place (self, self->zoom, self->centre_x, self->centre_y);
  grow = zoom / self->zoom;
  set_zoom (self, zoom, (float) (x - (x - area.origin.x) * grow),
            (float) (y - (y - area.origin.y) * grow), (float) (area.size.width * grow),
            (float) (area.size.height * grow));
}

/** icam_picture_view_pan: moves the picture under the window, in pixels of the widget */
void
icam_picture_view_pan (IcamPictureView *self,
                       double           dx,
                       double           dy)
{
  graphene_rect_t area;

  g_return_if_fail (ICAM_IS_PICTURE_VIEW (self));

  if (self->picture == NULL || self->zoom <= 1)
    return;
  area = place (self, self->zoom, self->centre_x, self->centre_y);
  set_zoom (self, self->zoom, area.origin.x + (float) dx, area.origin.y + (float) dy,
            area.size.width, area.size.height);
}

/** icam_picture_view_reset_zoom: all of the picture again */
void
icam_picture_view_reset_zoom (IcamPictureView *self)
{
  g_return_if_fail (ICAM_IS_PICTURE_VIEW (self));

  self->zoom = 1;
  self->centre_x = self->centre_y = 0.5;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
