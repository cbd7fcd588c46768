/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gst/rtsp/gstrtspmessage.h>

#include "base/icam-secret.h"

G_BEGIN_DECLS

/* Basic (RFC 7617) and Digest (RFC 2617, RFC 7616: MD5 and SHA-256, qop auth) for RTSP. Remembers the last challenge, so that a
 * request behind it carries its answer at once. One thread at a time. */
typedef struct _IcamRtspAuth IcamRtspAuth;

IcamRtspAuth *icam_rtsp_auth_new       (const char     *user,
                                        IcamSecret     *secret);
void          icam_rtsp_auth_free      (IcamRtspAuth   *self);
gboolean      icam_rtsp_auth_challenge (IcamRtspAuth   *self,
                                        GstRTSPMessage *response,
                                        gboolean       *stale);
char         *icam_rtsp_auth_answer    (IcamRtspAuth   *self,
                                        const char     *method,
                                        const char     *uri);
gboolean      icam_rtsp_auth_can       (IcamRtspAuth   *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamRtspAuth, icam_rtsp_auth_free)

G_END_DECLS
