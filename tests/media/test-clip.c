/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "test-clip.h"

#include <gst/app/gstappsink.h>

GPtrArray *
test_clip_new (const char *pattern,
               const char *encoder,
               guint       width,
               guint       height,
               guint       n_frames,
               GstCaps   **caps)
{
  g_autofree char *launch = g_strdup_printf (
    "videotestsrc num-buffers=%u pattern=%s ! video/x-raw,format=I420,width=%u,height=%u,framerate=15/1 ! "
    "%s ! appsink name=sink sync=false",
    n_frames, pattern, width, height, encoder);
  GPtrArray *buffers = g_ptr_array_new_with_free_func ((GDestroyNotify) gst_buffer_unref);
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) pipeline = gst_parse_launch (launch, &error);
  g_autoptr (GstElement) sink = NULL;
  GstSample *sample;

  g_assert_no_error (error);
  sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  while ((sample = gst_app_sink_pull_sample (GST_APP_SINK (sink))) != NULL)
    {
      if (caps != NULL)
        gst_caps_replace (caps, gst_sample_get_caps (sample));
      g_ptr_array_add (buffers, gst_buffer_ref (gst_sample_get_buffer (sample)));
      gst_sample_unref (sample);
    }
  gst_element_set_state (pipeline, GST_STATE_NULL);
  g_assert_cmpuint (buffers->len, ==, n_frames);
  return buffers;
}
