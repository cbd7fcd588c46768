/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-media"

#include "config.h"

#include "media/icam-media-private.h"

#include "media/icam-live-sink.h"
#include "media/icam-motion.h"
#include "media/icam-mjpeg-src.h"
#include "media/icam-rtsp-src.h"
#include "media/icam-segment-sink.h"
#include "media/icam-source.h"

gboolean
icam_media_register (GstPlugin *plugin)
{
  return gst_element_register (plugin, "icamrtspbin", GST_RANK_NONE, ICAM_TYPE_RTSP_BIN)
         && gst_element_register (plugin, "icamrtspsrc", GST_RANK_NONE, ICAM_TYPE_RTSP_SRC)
         && gst_element_register (plugin, "icammjpegsrc", GST_RANK_NONE, ICAM_TYPE_MJPEG_SRC)
         && gst_element_register (plugin, "icamsegmentsink", GST_RANK_NONE, ICAM_TYPE_SEGMENT_SINK)
         && gst_element_register (plugin, "icamlivesink", GST_RANK_NONE, ICAM_TYPE_LIVE_SINK)
         && gst_element_register (plugin, "icammotion", GST_RANK_NONE, ICAM_TYPE_MOTION);
}

void
icam_media_quieten (const char *category)
{
  GstDebugCategory *found = NULL;

  GST_DEBUG_CATEGORY_GET (found, category);
  if (found != NULL && gst_debug_category_get_threshold (found) > GST_LEVEL_DEBUG)
    gst_debug_category_set_threshold (found, GST_LEVEL_DEBUG);
}

static gpointer
init_once (gpointer data)
{
  gst_init (NULL, NULL);
  gst_plugin_register_static (GST_VERSION_MAJOR, GST_VERSION_MINOR, "icam", "In Camera's elements",
                              icam_media_register, ICAM_VERSION, "GPL", "incamera", ICAM_APP_NAME, ICAM_APP_ID);
  return GINT_TO_POINTER (TRUE);
}

/**
 * icam_media_init:
 *
 * Initialises GStreamer and registers our elements. Later calls do nothing.
 */
void
icam_media_init (void)
{
  static GOnce once = G_ONCE_INIT;

  g_once (&once, init_once, NULL);
}

/**
 * icam_media_can_decode:
 * @codec: a video codec
 *
 * Returns: whether there is a decoder for it on this system
 */
gboolean
icam_media_can_decode (IcamCodec codec)
{
  return icam_media_decoder_for (codec) != NULL;
}
