/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

#include "media/icam-decoder.h"

G_BEGIN_DECLS

/* Draws one camera's picture in its own shape, and what must be drawn on it: the veil of a late picture,
 * the brackets of motion. The newest picture wins; one that was never drawn costs nothing.
 *
 * Properties: "late", "motion". */
#define ICAM_TYPE_PICTURE_VIEW (icam_picture_view_get_type ())
G_DECLARE_FINAL_TYPE (IcamPictureView, icam_picture_view, ICAM, PICTURE_VIEW, GtkWidget)

GtkWidget   *icam_picture_view_new         (void);
void         icam_picture_view_set_picture (IcamPictureView *self,
                                            IcamPicture     *picture);
IcamPicture *icam_picture_view_get_picture (IcamPictureView *self);
void         icam_picture_view_set_late    (IcamPictureView *self,
                                            gboolean         late);
void         icam_picture_view_set_motion  (IcamPictureView *self,
                                            gboolean         motion);
double       icam_picture_view_get_zoom    (IcamPictureView *self);
void         icam_picture_view_zoom        (IcamPictureView *self,
                                            double           factor,
                                            double           x,
                                            double           y);
void         icam_picture_view_pan         (IcamPictureView *self,
                                            double           dx,
                                            double           dy);
void         icam_picture_view_reset_zoom  (IcamPictureView *self);

G_END_DECLS
