/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* Access units as they come out of an encoder, and what GStreamer's payloader makes of them. */
typedef struct
{
  GPtrArray *units;   /* of GBytes */
  GPtrArray *packets; /* of GBytes */
  GstStructure *description;
  GBytes *codec_data;
} TestRtpSent;

#define TEST_RTP_QUEUE "queue max-size-buffers=0 max-size-bytes=0 max-size-time=0"
/* The end of a pipeline whose access units and packets are wanted. */
#define TEST_RTP_ENDS(pay) \
  "tee name=t t. ! " TEST_RTP_QUEUE " ! appsink name=units sync=false t. ! " TEST_RTP_QUEUE " ! " pay " ! appsink name=packets sync=false"

/* A pipeline with appsinks "units" and "packets". */
void  test_rtp_run        (const char         *description,
                           TestRtpSent        *sent);
void  test_rtp_sent_clear (TestRtpSent        *sent);
/* An fmtp line as an SDP has it. */
char *test_rtp_fmtp       (const GstStructure *s);

G_END_DECLS
