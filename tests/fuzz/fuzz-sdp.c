/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Whatever a camera describes itself as: tracks with formats that make sense, on the host that was asked, or none. */

#define G_LOG_DOMAIN "icam-fuzz"

#include "config.h"

#include <gst/gst.h>
#include <stdint.h>
#include <string.h>

#include "media/icam-rtsp-description.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
check_on_host (const char *control)
{
  g_autoptr (GUri) uri = g_uri_parse (control, G_URI_FLAGS_PARSE_RELAXED | G_URI_FLAGS_ENCODED, NULL);

  /* What is no URL at all goes to the server as it is, on the connection that there is. */
  if (uri != NULL)
    g_assert_cmpstr (g_uri_get_host (uri), ==, "192.0.2.7");
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  IcamRtspMedia tracks[ICAM_RTSP_MAX_TRACKS] = { 0 };
  g_autofree char *aggregate = NULL;
  guint n_tracks;

  gst_init (NULL, NULL);
  n_tracks = icam_rtsp_description_parse (data, size, "rtsp://192.0.2.7:554/live/", "rtsp://192.0.2.7:554/live", tracks, &aggregate);
  g_assert_cmpuint (n_tracks, <=, ICAM_RTSP_MAX_TRACKS);
  if (aggregate != NULL)
    check_on_host (aggregate);
  for (guint i = 0; i < n_tracks; i++)
    {
      const IcamRtpFormat *format = icam_rtp_depay_get_format (tracks[i].depay);

      g_assert_cmpint (icam_codec_is_video (format->codec), ==, tracks[i].video);
      g_assert_cmpuint (icam_rtp_depay_get_clock_rate (tracks[i].depay), >, 0);
      g_assert_true (i == 0 || tracks[i].video != tracks[0].video);
      check_on_host (tracks[i].control);
      if (!tracks[i].video)
        {
          g_assert_cmpuint (format->rate, >, 0);
          g_assert_cmpuint (format->channels, >, 0);
        }
      icam_rtp_depay_free (tracks[i].depay);
      g_free (tracks[i].control);
    }
  return 0;
}
