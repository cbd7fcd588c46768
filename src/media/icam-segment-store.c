/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-media"

#include "config.h"

#include "media/icam-segment-store.h"

G_DEFINE_INTERFACE (IcamSegmentStore, icam_segment_store, G_TYPE_OBJECT)

static void
icam_segment_store_default_init (IcamSegmentStoreInterface *iface)
{
}

/**
 * icam_segment_store_set_track:
 * @self: a store
 * @track: ICAM_TRACK_VIDEO or ICAM_TRACK_AUDIO
 * @info: (nullable): what comes from now on; %NULL: nothing more comes of this track
 *
 * What differs from what came before begins a new segment.
 */
void
icam_segment_store_set_track (IcamSegmentStore *self,
                              guint             track,
                              IcamTrack        *info)
{
  g_return_if_fail (ICAM_IS_SEGMENT_STORE (self));
  g_return_if_fail (track < ICAM_N_TRACKS);

  ICAM_SEGMENT_STORE_GET_IFACE (self)->set_track (self, track, info);
}

/**
 * icam_segment_store_push:
 * @self: a store
 * @packet: what is to be kept; its data are the store's from now on and @packet is left empty
 */
void
icam_segment_store_push (IcamSegmentStore *self,
                         IcamPacket       *packet)
{
  g_return_if_fail (ICAM_IS_SEGMENT_STORE (self));
  g_return_if_fail (packet->track < ICAM_N_TRACKS);

  ICAM_SEGMENT_STORE_GET_IFACE (self)->push (self, packet);
}

/**
 * icam_segment_store_interrupt:
 * @self: a store
 * @cause: why nothing comes until the next packet
 */
void
icam_segment_store_interrupt (IcamSegmentStore *self,
                              IcamGapCause      cause)
{
  g_return_if_fail (ICAM_IS_SEGMENT_STORE (self));

  ICAM_SEGMENT_STORE_GET_IFACE (self)->interrupt (self, cause);
}
