/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "media/icam-rtp-depay.h"

G_BEGIN_DECLS

/* What a server says that it can send (SDP), as far as it can be stored: at most one video and one sound. */

#define ICAM_RTSP_MAX_TRACKS 2

typedef struct
{
  gboolean video;
  IcamRtpDepay *depay;
  char *control; /* the URL for SETUP; always on the host that was asked */
} IcamRtspMedia;

guint icam_rtsp_description_parse (const guint8  *data,
                                   gsize          size,
                                   const char    *base,
                                   const char    *location,
                                   IcamRtspMedia  tracks[ICAM_RTSP_MAX_TRACKS],
                                   char         **aggregate);

G_END_DECLS
