/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* JPEG pictures from RTP payloads (RFC 2435), which leave the headers out: they are made anew here. */
typedef struct _IcamRtpJpeg IcamRtpJpeg;

typedef enum
{
  ICAM_RTP_JPEG_MORE,
  ICAM_RTP_JPEG_WHOLE,
  ICAM_RTP_JPEG_BAD,
} IcamRtpJpegState;

IcamRtpJpeg      *icam_rtp_jpeg_new  (void);
void              icam_rtp_jpeg_free (IcamRtpJpeg  *self);
IcamRtpJpegState  icam_rtp_jpeg_add  (IcamRtpJpeg  *self,
                                      const guint8 *payload,
                                      gsize         size,
                                      gboolean      marker);
GByteArray       *icam_rtp_jpeg_peek (IcamRtpJpeg  *self,
                                      guint        *width,
                                      guint        *height,
                                      gboolean     *changed);

G_END_DECLS
