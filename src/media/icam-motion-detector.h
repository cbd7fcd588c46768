/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Sees motion in pictures of luma: a sigma-delta background and the difference from the last pictures must both speak for it, and the
 * local contrast must have changed too, which a change of light does not do. No GStreamer in it. Pictures of one size; one thread. */
typedef struct _IcamMotionDetector IcamMotionDetector;

#define ICAM_MOTION_MAX_BOXES 8

typedef struct
{
  guint x, y, width, height; /* pixels of the picture that came in */
} IcamMotionBox;

typedef struct
{
  gboolean warm;   /* FALSE: too early to tell, the rest says nothing */
  gboolean moving;
  gboolean light;  /* the whole picture changed: light or exposure, the background begins anew */
  double score;    /* 0 to 1: how much moves, 0 if !moving */
  guint n_boxes;   /* largest first */
  IcamMotionBox boxes[ICAM_MOTION_MAX_BOXES];
  guint cells_wide, cells_high;
  const guint8 *cells; /* 1 where something moves; the detector's, until the next picture */
} IcamMotionResult;

IcamMotionDetector *icam_motion_detector_new             (void);
void                icam_motion_detector_free            (IcamMotionDetector *self);
void                icam_motion_detector_set_sensitivity (IcamMotionDetector *self,
                                                          double              sensitivity);
void                icam_motion_detector_reset           (IcamMotionDetector *self);
void                icam_motion_detector_see             (IcamMotionDetector *self,
                                                          const guint8       *luma,
                                                          guint               width,
                                                          guint               height,
                                                          guint               stride,
                                                          gint64              time_us,
                                                          IcamMotionResult   *result);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamMotionDetector, icam_motion_detector_free)

G_END_DECLS
