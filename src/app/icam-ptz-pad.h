/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

#include "client/icam-client.h"

G_BEGIN_DECLS

/* Moves a camera: buttons that are held, keys, and the places that the camera remembers. What the camera or the recorder does not
 * allow is said on it.
 *
 * Properties: "able" (the camera can be moved). Signals: "close" (its button of that name). */
#define ICAM_TYPE_PTZ_PAD (icam_ptz_pad_get_type ())
G_DECLARE_FINAL_TYPE (IcamPtzPad, icam_ptz_pad, ICAM, PTZ_PAD, GtkBox)

void     icam_ptz_pad_set_camera   (IcamPtzPad *self,
                                    IcamCamera *camera);
gboolean icam_ptz_pad_get_able     (IcamPtzPad *self);
void     icam_ptz_pad_halt         (IcamPtzPad *self);
gboolean icam_ptz_pad_key          (IcamPtzPad *self,
                                    guint       keyval);
void     icam_ptz_pad_key_released (IcamPtzPad *self,
                                    guint       keyval);

G_END_DECLS
