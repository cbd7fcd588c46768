/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-media"

#include "config.h"

#include "media/icam-rtsp-description.h"

#include <gst/sdp/gstsdpmessage.h>

static gboolean
is_rtsp (const char *url)
{
  return g_ascii_strncasecmp (url, "rtsp://", 7) == 0 || g_ascii_strncasecmp (url, "rtsps://", 8) == 0;
}

/* RFC 2326, appendix C.1.1. The host stays the one that answered: what a camera behind NAT calls itself leads nowhere. */
static char *
control_uri (const char *location,
             const char *base,
             const char *control)
{
  g_autoptr (GUri) given = NULL;
  g_autoptr (GUri) ours = g_uri_parse (location, G_URI_FLAGS_PARSE_RELAXED, NULL);
  g_autofree char *joined = NULL;

  if (control == NULL || *control == '\0' || g_str_equal (control, "*"))
    joined = g_strdup (base);
  else if (is_rtsp (control))
    joined = g_strdup (control);
  else
    joined = g_strconcat (base, g_str_has_suffix (base, "/") || *control == '/' || *control == '?' ? "" : "/", control, NULL);

  given = g_uri_parse (joined, G_URI_FLAGS_PARSE_RELAXED | G_URI_FLAGS_ENCODED, NULL);
  if (given == NULL || ours == NULL || g_strcmp0 (g_uri_get_host (given), g_uri_get_host (ours)) == 0)
    return g_steal_pointer (&joined);

  if (g_uri_get_path (given)[0] != '/')
    return g_strdup (location);

  return g_uri_join (G_URI_FLAGS_ENCODED, g_uri_get_scheme (ours), NULL, g_uri_get_host (ours), g_uri_get_port (ours), g_uri_get_path (given),
                     g_uri_get_query (given), NULL);
}

/* "96 H264/90000" of a=rtpmap; static payload types have none (RFC 3551, section 6). */
static gboolean
parse_rtpmap (const GstSDPMedia *media,
              char             **encoding,
              guint             *rate,
              guint             *channels)
{
  const char *format = gst_sdp_media_get_format (media, 0);
  const char *value;
  g_auto (GStrv) parts = NULL;
  g_auto (GStrv) words = NULL;

  *rate = 0;
  *channels = 0;
  for (guint i = 0; (value = gst_sdp_media_get_attribute_val_n (media, "rtpmap", i)) != NULL; i++)
    {
      g_clear_pointer (&words, g_strfreev);
      words = g_strsplit_set (value, " \t", 2);
      if (words[0] == NULL || words[1] == NULL || g_strcmp0 (words[0], format) != 0)
        continue;
      parts = g_strsplit (g_strstrip (words[1]), "/", 3);
      *encoding = g_strdup (parts[0]);
      if (parts[0] != NULL && parts[1] != NULL)
        {
          *rate = (guint) MIN (g_ascii_strtoull (parts[1], NULL, 10), 1000000);
          *channels = parts[2] != NULL ? (guint) MIN (g_ascii_strtoull (parts[2], NULL, 10), 8) : 0;
        }
      return *encoding != NULL;
    }

  if (g_strcmp0 (format, "0") == 0 || g_strcmp0 (format, "8") == 0)
    {
      *encoding = g_strdup (format[0] == '0' ? "PCMU" : "PCMA");
      *rate = 8000;
      *channels = 1;
      return TRUE;
    }
  if (g_strcmp0 (format, "26") == 0)
    {
      *encoding = g_strdup ("JPEG");
      *rate = 90000;
      return TRUE;
    }
  return FALSE;
}

static gboolean
is_back_channel (const GstSDPMedia *media)
{
  return gst_sdp_media_get_attribute_val (media, "sendonly") != NULL
         && gst_sdp_media_get_attribute_val (media, "recvonly") == NULL && g_strcmp0 (gst_sdp_media_get_media (media), "audio") == 0;
}

/* The first video and the first sound that can be stored. */
static guint
choose_tracks (const GstSDPMessage *sdp,
               const char          *base,
               const char          *location,
               IcamRtspMedia        tracks[ICAM_RTSP_MAX_TRACKS])
{
  gboolean have[2] = { FALSE, FALSE }, others = FALSE;
  guint n = 0;

  for (guint i = 0; i < gst_sdp_message_medias_len (sdp) && n < ICAM_RTSP_MAX_TRACKS; i++)
    {
      const GstSDPMedia *media = gst_sdp_message_get_media (sdp, i);
      gboolean video = g_strcmp0 (gst_sdp_media_get_media (media), "video") == 0;
      gboolean audio = g_strcmp0 (gst_sdp_media_get_media (media), "audio") == 0;
      g_autofree char *encoding = NULL;
      IcamRtpDepay *depay;
      guint rate, channels;

      if ((!video && !audio) || have[video ? 0 : 1] || is_back_channel (media) || !parse_rtpmap (media, &encoding, &rate, &channels))
        continue;
      depay = icam_rtp_depay_new (encoding, rate, channels, gst_sdp_media_get_attribute_val (media, "fmtp"));
      if (depay == NULL)
        {
          /* GStreamer has a depayloader for it. */
          others |= g_ascii_strcasecmp (encoding, "MP4A-LATM") == 0;
          continue;
        }
      if (icam_codec_is_video (icam_rtp_depay_get_format (depay)->codec) != video)
        {
          icam_rtp_depay_free (depay);
          continue;
        }

      have[video ? 0 : 1] = TRUE;
      tracks[n].video = video;
      tracks[n].depay = depay;
      tracks[n++].control = control_uri (location, base, gst_sdp_media_get_attribute_val (media, "control"));
    }

  /* Without sound, or whole another way. */
  if (others && !have[1])
    while (n > 0)
      {
        icam_rtp_depay_free (tracks[--n].depay);
        g_free (tracks[n].control);
      }
  return n;
}

/**
 * icam_rtsp_description_parse:
 * @data: (array length=size): a session description (RFC 4566)
 * @size: in bytes
 * @base: (nullable): what the response called its base (RFC 2326, appendix C.1.1)
 * @location: the URL that was asked
 * @tracks: (out): what can be stored; depayloader and control URL are the caller's
 * @aggregate: (out) (transfer full) (nullable): the URL that controls all of it
 *
 * Returns: how many tracks there are, 0 if nothing can be stored, or not all that GStreamer could
 */
guint
icam_rtsp_description_parse (const guint8  *data,
                             gsize          size,
                             const char    *base,
                             const char    *location,
                             IcamRtspMedia  tracks[ICAM_RTSP_MAX_TRACKS],
                             char         **aggregate)
{
  GstSDPMessage *sdp = NULL;
  guint n = 0;

  *aggregate = NULL;
  if (base == NULL || !is_rtsp (base))
    base = location;

  gst_sdp_message_new (&sdp);
  if (size > 0 && size <= G_MAXUINT && gst_sdp_message_parse_buffer (data, (guint) size, sdp) == GST_SDP_OK)
    {
      *aggregate = control_uri (location, base, gst_sdp_message_get_attribute_val (sdp, "control"));
      n = choose_tracks (sdp, base, location, tracks);
    }
  gst_sdp_message_free (sdp);
  return n;
}
