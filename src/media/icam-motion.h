/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gst/gst.h>
#include <gst/video/gstvideofilter.h>

#include "media/icam-motion-detector.h"

G_BEGIN_DECLS

/* icammotion: passes pictures through and looks at their luma. Posts an element message "icam-motion" (moving, score, utc in µs, boxes as
 * x, y, width, height one after the other) when it sees motion and when it ends. */
#define ICAM_TYPE_MOTION (icam_motion_get_type ())
G_DECLARE_FINAL_TYPE (IcamMotion, icam_motion, ICAM, MOTION, GstVideoFilter)

/* Called on the streaming thread for every picture. */
typedef void (*IcamMotionFunc) (gpointer                user_data,
                                GstBuffer              *buffer,
                                gint64                  utc_us,
                                const IcamMotionResult *result);

void icam_motion_set_func (IcamMotion     *self,
                           IcamMotionFunc  func,
                           gpointer        user_data);

G_END_DECLS
