/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "recorder/icam-device-session.h"

G_BEGIN_DECLS

/* Writes what happens at a camera into the archive: begin, peak, end, who saw it, and a thumbnail. What is seen in the picture at
 * one time is one event, by whomever it is seen; what is not (somebody rings, a contact closes) is one of its own.
 *
 * Signals:
 *   "event" (const IcamEventRow *)  a row as it is in the archive now
 *   "changed" ()                    whether something moves now
 */
#define ICAM_TYPE_EVENT_RECORDER (icam_event_recorder_get_type ())
G_DECLARE_FINAL_TYPE (IcamEventRecorder, icam_event_recorder, ICAM, EVENT_RECORDER, GObject)

IcamEventRecorder *icam_event_recorder_new       (IcamContext       *context,
                                                  const IcamUuid    *camera,
                                                  const IcamUuid    *channel);
void               icam_event_recorder_watch     (IcamEventRecorder *self,
                                                  IcamStreamSession *stream);
void               icam_event_recorder_listen    (IcamEventRecorder *self,
                                                  IcamDeviceSession *device);
void               icam_event_recorder_set_detect (IcamEventRecorder *self,
                                                  gboolean           detect);
gboolean           icam_event_recorder_is_running (IcamEventRecorder *self);
gboolean           icam_event_recorder_is_motion (IcamEventRecorder *self);
void               icam_event_recorder_finish    (IcamEventRecorder *self);

G_END_DECLS
