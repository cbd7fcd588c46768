/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* An RTSP server on loopback, on a port and a thread of its own. */
typedef struct _TestRtspServer TestRtspServer;

typedef enum
{
  TEST_RTSP_OPEN,
  TEST_RTSP_BASIC,
  TEST_RTSP_DIGEST,
  TEST_RTSP_TLS,       /* no password; TEST_CERTIFICATE */
  TEST_RTSP_TLS_OTHER, /* the same with TEST_CERTIFICATE_OTHER */
  TEST_RTSP_UDP,       /* no password; nothing but UDP */
} TestRtspAuth;

TestRtspServer *test_rtsp_server_new      (const char     *launch,
                                           TestRtspAuth    auth,
                                           const char     *user,
                                           const char     *password);
void            test_rtsp_server_free     (TestRtspServer *self);
char           *test_rtsp_server_dup_uri  (TestRtspServer *self,
                                           const char     *path);
/* The element "valve" of the running stream. */
void            test_rtsp_server_hang     (TestRtspServer *self,
                                           gboolean        hang);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TestRtspServer, test_rtsp_server_free)

#define TEST_RTSP_VIDEO \
  "videotestsrc is-live=true pattern=ball ! video/x-raw,width=320,height=240,framerate=15/1 ! " \
  "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=15 bitrate=300 ! valve name=valve ! " \
  "rtph264pay name=pay0 pt=96"

G_END_DECLS
