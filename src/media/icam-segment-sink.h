/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gst/gst.h>

#include "media/icam-segment-store.h"

G_BEGIN_DECLS

/* icamsegmentsink: access units to an IcamSegmentStore. It never blocks and never synchronises; without a store it drops. */
#define ICAM_TYPE_SEGMENT_SINK (icam_segment_sink_get_type ())
G_DECLARE_FINAL_TYPE (IcamSegmentSink, icam_segment_sink, ICAM, SEGMENT_SINK, GstElement)

void icam_segment_sink_set_store (IcamSegmentSink  *self,
                                  IcamSegmentStore *store);
void icam_segment_sink_interrupt (IcamSegmentSink  *self,
                                  IcamGapCause      cause);

G_END_DECLS
