/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib-object.h>

#include "matroska/icam-mkv.h"

G_BEGIN_DECLS

/* Where icamsegmentsink puts what it got: the recorder implements it with the archive (so this room does not know the
 * catalogue), gst-launch gets one that writes a single file. Called from streaming threads, one at a time for a store; never blocks. */
#define ICAM_TYPE_SEGMENT_STORE (icam_segment_store_get_type ())
G_DECLARE_INTERFACE (IcamSegmentStore, icam_segment_store, ICAM, SEGMENT_STORE, GObject)

struct _IcamSegmentStoreInterface
{
  GTypeInterface parent_iface;

  void (*set_track) (IcamSegmentStore *self,
                     guint             track,
                     IcamTrack        *info);
  void (*push)      (IcamSegmentStore *self,
                     IcamPacket       *packet); /* takes what is inside */
  void (*interrupt) (IcamSegmentStore *self,
                     IcamGapCause      cause);
};

void icam_segment_store_set_track (IcamSegmentStore *self,
                                   guint             track,
                                   IcamTrack        *info);
void icam_segment_store_push      (IcamSegmentStore *self,
                                   IcamPacket       *packet);
void icam_segment_store_interrupt (IcamSegmentStore *self,
                                   IcamGapCause      cause);

G_END_DECLS
