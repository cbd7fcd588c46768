/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* Encodes @n_frames of videotestsrc's @pattern and returns what comes out as GstBuffers; @caps are theirs. */
GPtrArray *test_clip_new (const char *pattern,
                          const char *encoder,
                          guint       width,
                          guint       height,
                          guint       n_frames,
                          GstCaps   **caps);

#define TEST_CLIP_AVC \
  "x264enc speed-preset=ultrafast tune=zerolatency key-int-max=15 ! h264parse ! video/x-h264,stream-format=avc,alignment=au"
#define TEST_CLIP_AVC_B \
  "x264enc speed-preset=veryfast bframes=2 b-adapt=false key-int-max=15 ! h264parse ! video/x-h264,stream-format=avc,alignment=au"
#define TEST_CLIP_HVC1 \
  "x265enc speed-preset=ultrafast tune=zerolatency key-int-max=15 log-level=none ! h265parse ! " \
  "video/x-h265,stream-format=hvc1,alignment=au"
#define TEST_CLIP_JPEG "jpegenc"

G_END_DECLS
