/* SPDX-License-Identifier: GPL-3.0-or-later */

/* app: the window. In: the client's models and pictures. Out: what a person sees, and requests to the
 * recorder. One thing must always hold: the wall shows the cameras at one time, and that time stands
 * in the window's IcamViewpoint and nowhere else. */

#pragma once

#include "base/icam-clock.h"

G_BEGIN_DECLS

/* One a window: the time T that is shown, whether it is now, how it moves, and what is being looked at.
 *
 * Properties (all notify): "time" (µs UTC), "live", "playing", "rate", "span-start", "span-end" (the
 * part of the timeline that can be seen), "selection-start", "selection-end" (0 without one),
 * "focused" and "opened" (camera ids or NULL).
 * Signal "moved" (gint64 time, gboolean exact): T jumped; whoever shows pictures begins anew there.
 * Moves of T by playing notify "time" only. */
#define ICAM_TYPE_VIEWPOINT (icam_viewpoint_get_type ())
G_DECLARE_FINAL_TYPE (IcamViewpoint, icam_viewpoint, ICAM, VIEWPOINT, GObject)

#define ICAM_VIEWPOINT_MIN_SPAN (10 * G_USEC_PER_SEC)
#define ICAM_VIEWPOINT_MAX_SPAN (G_GINT64_CONSTANT (14) * 24 * 3600 * G_USEC_PER_SEC)

IcamViewpoint *icam_viewpoint_new            (IcamClock     *clock);
gint64         icam_viewpoint_now            (IcamViewpoint *self);
gint64         icam_viewpoint_get_time       (IcamViewpoint *self);
gboolean       icam_viewpoint_get_live       (IcamViewpoint *self);
gboolean       icam_viewpoint_get_playing    (IcamViewpoint *self);
double         icam_viewpoint_get_rate       (IcamViewpoint *self);
const char    *icam_viewpoint_get_focused    (IcamViewpoint *self);
const char    *icam_viewpoint_get_opened     (IcamViewpoint *self);
gboolean       icam_viewpoint_get_span       (IcamViewpoint *self,
                                              gint64        *from,
                                              gint64        *to);
gboolean       icam_viewpoint_get_selection  (IcamViewpoint *self,
                                              gint64        *from,
                                              gint64        *to);
void           icam_viewpoint_go_live        (IcamViewpoint *self);
void           icam_viewpoint_seek           (IcamViewpoint *self,
                                              gint64         time,
                                              gboolean       exact);
void           icam_viewpoint_step           (IcamViewpoint *self,
                                              gint64         microseconds);
void           icam_viewpoint_set_playing    (IcamViewpoint *self,
                                              gboolean       playing);
void           icam_viewpoint_set_rate       (IcamViewpoint *self,
                                              double         rate);
double         icam_viewpoint_next_rate      (double         rate,
                                              int            direction);
void           icam_viewpoint_tick           (IcamViewpoint *self);
void           icam_viewpoint_set_focused    (IcamViewpoint *self,
                                              const char    *camera);
void           icam_viewpoint_set_opened     (IcamViewpoint *self,
                                              const char    *camera);
void           icam_viewpoint_set_selection  (IcamViewpoint *self,
                                              gint64         from,
                                              gint64         to);
void           icam_viewpoint_set_span       (IcamViewpoint *self,
                                              gint64         from,
                                              gint64         to);
void           icam_viewpoint_follow         (IcamViewpoint *self,
                                              gint64         duration);
void           icam_viewpoint_zoom           (IcamViewpoint *self,
                                              double         factor,
                                              gint64         around);
void           icam_viewpoint_pan            (IcamViewpoint *self,
                                              gint64         microseconds);
gboolean       icam_viewpoint_escape         (IcamViewpoint *self);

G_END_DECLS
