/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "archive/icam-archive.h"
#include "onvif/icam-onvif.h"

G_BEGIN_DECLS

/* One view of a device that can become a camera. */
typedef struct
{
  char *token; /* source token; with "#" and the profile for another view of the same source */
  char *name;  /* proposed, or NULL */
  char *main_profile, *sub_profile;
  char *main_uri, *sub_uri;
  IcamCodec codec;
  guint width, height;
  IcamUuid channel; /* the one that it gets if it is added */
} IcamOffer;

void       icam_offer_free      (IcamOffer *offer);
GPtrArray *icam_offers_of_onvif (GPtrArray *channels);
void       icam_offer_to_row    (const IcamOffer *offer,
                                 IcamChannelRow  *row);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamOffer, icam_offer_free)

G_END_DECLS
