/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "onvif/icam-onvif.h"
#include "onvif/icam-soap-private.h"

G_BEGIN_DECLS

/* A media profile as it was read. */
typedef struct
{
  IcamOnvifStream *stream;
  char *source;      /* token of the video source */
  char *source_name; /* of its configuration, or NULL */
  char *configuration, *analytics; /* tokens of the source's configuration and of its analytics', or NULL */
  IcamOnvifPtz *ptz; /* or NULL */
  gboolean has_bounds;
  int x, y, width, height; /* the part of the source that is shown */
  gboolean asked;    /* for its URIs */
  gboolean snapshot; /* is to have one: a sub stream shows what the main stream shows */
  gboolean dead;     /* no stream URI could be had */
} IcamOnvifProfile;

void             icam_onvif_profile_free   (IcamOnvifProfile *profile);
GPtrArray       *icam_onvif_profiles_read  (xmlNode          *answer,
                                            gboolean          media2);
GPtrArray       *icam_onvif_profiles_pick  (GPtrArray        *profiles);
GPtrArray       *icam_onvif_profiles_group (GPtrArray        *profiles);

IcamCodec        icam_onvif_video_codec    (xmlNode          *parent,
                                            const char       *path);

IcamOnvifStream *icam_onvif_stream_copy    (const IcamOnvifStream *stream);
void             icam_onvif_stream_free    (IcamOnvifStream       *stream);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamOnvifProfile, icam_onvif_profile_free)

G_END_DECLS
