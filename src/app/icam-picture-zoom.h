/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "app/icam-picture-view.h"

G_BEGIN_DECLS

/* Looking closer at a picture by wheel, fingers and keys, while that is switched on. Signal: "changed". */
#define ICAM_TYPE_PICTURE_ZOOM (icam_picture_zoom_get_type ())
G_DECLARE_FINAL_TYPE (IcamPictureZoom, icam_picture_zoom, ICAM, PICTURE_ZOOM, GObject)

IcamPictureZoom *icam_picture_zoom_new         (IcamPictureView *view);
void             icam_picture_zoom_set_enabled (IcamPictureZoom *self,
                                                gboolean         enabled);
double           icam_picture_zoom_get_factor  (IcamPictureZoom *self);
void             icam_picture_zoom_toggle      (IcamPictureZoom *self,
                                                double           x,
                                                double           y);
void             icam_picture_zoom_reset       (IcamPictureZoom *self);
gboolean         icam_picture_zoom_key         (IcamPictureZoom *self,
                                                guint            keyval);

G_END_DECLS
