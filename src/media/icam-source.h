/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gst/gst.h>

#include "base/icam-secret.h"

G_BEGIN_DECLS

/* Where pictures come from: bins with a sometimes pad "video" and, if the camera sends sound, "audio". What leaves them is ready to be
 * stored: whole access units with caps that name the codec private data, each stamped (icam-frame-time.h). Nothing outside this file's
 * implementations knows by which elements. */
#define ICAM_TYPE_RTSP_BIN (icam_rtsp_bin_get_type ())
G_DECLARE_FINAL_TYPE (IcamRtspBin, icam_rtsp_bin, ICAM, RTSP_BIN, GstBin)

void icam_rtsp_bin_set_secret  (IcamRtspBin  *self,
                                IcamSecret   *secret);
void icam_rtsp_bin_set_udp     (IcamRtspBin  *self);

/* Posted as an element message once the camera accepted the connection. "fingerprint" (string): SHA-256 of the certificate that it
 * showed, if it did; "path" (string): what kind of source it turned out to be. */
#define ICAM_MESSAGE_ANSWERED "icam-answered"

/* In the details of an error: another path may succeed (boolean). */
#define ICAM_DETAIL_REFUSED "icam-refused"

/* A GST_RESOURCE_ERROR: the certificate is not the expected one. */
#define ICAM_RESOURCE_ERROR_CERTIFICATE ((int) GST_RESOURCE_ERROR_NUM_ERRORS + 1)

G_END_DECLS
