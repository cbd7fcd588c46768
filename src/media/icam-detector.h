/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gst/gst.h>

#include "base/icam-types.h"
#include "media/icam-motion.h"

G_BEGIN_DECLS

/* The branch of a stream that is decoded and watched for motion: a queue, decoder, icammotion. It tells through functions, on
 * the thread of the pool that decodes. */
#define ICAM_TYPE_DETECTOR (icam_detector_get_type ())
G_DECLARE_FINAL_TYPE (IcamDetector, icam_detector, ICAM, DETECTOR, GstBin)

typedef struct
{
  /* "warming-up", "healthy" or "absent" */
  void (*health) (gpointer    user_data,
                  const char *state);
  /* On every change, and at most twice a second while it is active; @score 0 to 1, @utc_us of the picture. */
  void (*motion) (gpointer user_data,
                  gboolean active,
                  double   score,
                  gint64   utc_us);
} IcamDetectorFuncs;

/* NULL: nothing decodes @codec here. */
GstElement *icam_detector_new               (IcamCodec                codec,
                                             guint                    width,
                                             gboolean                 key_frames_only,
                                             const IcamDetectorFuncs *funcs,
                                             gpointer                 user_data);
/* Nothing is called any more once this has returned. */
void        icam_detector_disconnect        (IcamDetector            *self);
GstSample  *icam_detector_steal_best        (IcamDetector            *self,
                                             gint64                  *utc_us);

G_END_DECLS
