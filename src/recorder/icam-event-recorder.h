/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "recorder/icam-stream-session.h"

G_BEGIN_DECLS

/* Writes what moves at a camera into the archive: begin, peak, end, and a thumbnail.
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
gboolean           icam_event_recorder_is_motion (IcamEventRecorder *self);
void               icam_event_recorder_finish    (IcamEventRecorder *self);

G_END_DECLS
