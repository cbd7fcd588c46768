/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "icam-test"

#include "icam-test-audio.h"

#include <gst/app/gstappsink.h>

static IcamTestAudioLoop loops[3];

/**
 * icam_test_audio_prepare:
 * @audio: a kind of audio
 * @error: return location for a #GError
 *
 * Encodes the loop, once. Call it before any thread is started.
 *
 * Returns: whether it could.
 */
gboolean
icam_test_audio_prepare (IcamTestAudio audio, GError **error)
{
  IcamTestAudioLoop *loop = &loops[audio];
  g_autoptr (GstElement) pipeline = NULL;
  g_autoptr (GstElement) sink = NULL;
  const char *description
    = audio == ICAM_TEST_AUDIO_AAC
        ? "audiotestsrc wave=pink-noise volume=0.03 num-buffers=64 samplesperbuffer=1024 ! "
          "audio/x-raw,rate=16000,channels=1 ! audioconvert ! avenc_aac bitrate=32000 ! "
          "audio/mpeg,mpegversion=4,stream-format=raw ! appsink name=sink sync=false max-buffers=0"
        : "audiotestsrc wave=pink-noise volume=0.03 num-buffers=100 samplesperbuffer=320 ! "
          "audio/x-raw,rate=8000,channels=1 ! audioconvert ! mulawenc ! "
          "appsink name=sink sync=false max-buffers=0";

  if (audio == ICAM_TEST_AUDIO_NONE || loop->frames)
    return TRUE;
  pipeline = gst_parse_launch (description, error);
  if (!pipeline)
    return FALSE;
  loop->frames = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  loop->rate = audio == ICAM_TEST_AUDIO_AAC ? 16000 : 8000;
  loop->samples = audio == ICAM_TEST_AUDIO_AAC ? 1024 : 320;
  sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  for (;;)
    {
      g_autoptr (GstSample) sample
        = gst_app_sink_try_pull_sample (GST_APP_SINK (sink), 10 * GST_SECOND);
      GstMapInfo map;

      if (!sample)
        break;
      if (!loop->caps)
        loop->caps = gst_caps_to_string (gst_sample_get_caps (sample));
      if (gst_buffer_map (gst_sample_get_buffer (sample), &map, GST_MAP_READ))
        {
          g_ptr_array_add (loop->frames, g_bytes_new (map.data, map.size));
          gst_buffer_unmap (gst_sample_get_buffer (sample), &map);
        }
    }
  gst_element_set_state (pipeline, GST_STATE_NULL);
  if (loop->frames->len == 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                   "No sound could be encoded; is gstreamer1.0-libav installed?");
      return FALSE;
    }
  return TRUE;
}

/**
 * icam_test_audio_get:
 * @audio: a kind of audio that was prepared
 *
 * Returns: (transfer none): its loop.
 */
const IcamTestAudioLoop *
icam_test_audio_get (IcamTestAudio audio)
{
  return &loops[audio];
}
