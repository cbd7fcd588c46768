/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-onvif"

#include "config.h"

#include "onvif/icam-onvif-profiles-private.h"

#include <math.h>

/* More than the largest recorder offers (64 channels with 4 encodings). */
#define MAX_PROFILES 256
#define MAX_PIXELS   32768

/* How far two pictures' shapes may differ and still be the same view, and the smallest sub stream
 * on which motion can be seen. */
#define SAME_ASPECT   0.05
#define MIN_SUB_WIDTH 320

/* Which encodings of one source are what. */
typedef struct
{
  IcamOnvifProfile *main, *sub; /* not owned */
  GPtrArray *others;            /* of IcamOnvifProfile, not owned */
} Choice;

static void
choice_free (Choice *choice)
{
  g_ptr_array_unref (choice->others);
  g_free (choice);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Choice, choice_free)

/**
 * icam_onvif_profile_free:
 * @profile: a profile
 */
void
icam_onvif_profile_free (IcamOnvifProfile *profile)
{
  g_clear_pointer (&profile->stream, icam_onvif_stream_free);
  g_free (profile->source);
  g_free (profile->source_name);
  g_free (profile->configuration);
  g_free (profile->analytics);
  g_clear_pointer (&profile->ptz, icam_onvif_ptz_free);
  g_free (profile);
}

/**
 * icam_onvif_video_codec:
 * @parent: (nullable): an element
 * @path: path of an element below it
 *
 * Returns: which way of encoding stands there; Media 1 and Media 2 have the same names, devices more
 */
IcamCodec
icam_onvif_video_codec (xmlNode *parent, const char *path)
{
  g_autofree char *text = icam_soap_dup_text (parent, path);

  if (text == NULL)
    return ICAM_CODEC_NONE;
  if (g_ascii_strcasecmp (text, "H264") == 0 || g_ascii_strcasecmp (text, "H.264") == 0)
    return ICAM_CODEC_H264;
  if (g_ascii_strcasecmp (text, "H265") == 0 || g_ascii_strcasecmp (text, "H.265") == 0
      || g_ascii_strcasecmp (text, "HEVC") == 0)
    return ICAM_CODEC_H265;
  if (g_ascii_strcasecmp (text, "JPEG") == 0 || g_ascii_strcasecmp (text, "MJPEG") == 0)
    return ICAM_CODEC_MJPEG;

  return ICAM_CODEC_NONE;
}

/* Media 1 says "G711" for both laws (the SDP tells them apart), Media 2 has MIME names. */
static IcamCodec
read_audio_codec (xmlNode *parent, const char *path)
{
  g_autofree char *text = icam_soap_dup_text (parent, path);

  if (text == NULL)
    return ICAM_CODEC_NONE;
  if (g_ascii_strcasecmp (text, "G711") == 0 || g_ascii_strcasecmp (text, "PCMU") == 0)
    return ICAM_CODEC_PCMU;
  if (g_ascii_strcasecmp (text, "PCMA") == 0)
    return ICAM_CODEC_PCMA;
  if (g_ascii_strcasecmp (text, "AAC") == 0 || g_ascii_strncasecmp (text, "MP4A", 4) == 0
      || g_ascii_strcasecmp (text, "MPEG4-GENERIC") == 0)
    return ICAM_CODEC_AAC;
  if (g_ascii_strcasecmp (text, "OPUS") == 0)
    return ICAM_CODEC_OPUS;

  return ICAM_CODEC_NONE;
}

/* What can be done stands in the spaces that have a default (PTZ specification, section 5.2.1); all of them are optional. */
static IcamOnvifPtz *
read_ptz (xmlNode *configuration, const char *profile)
{
  IcamOnvifPtz *ptz;
  gboolean pan_tilt = icam_soap_child (configuration, "DefaultContinuousPanTiltVelocitySpace") != NULL;
  gboolean zoom = icam_soap_child (configuration, "DefaultContinuousZoomVelocitySpace") != NULL;

  if (configuration == NULL)
    return NULL;

  ptz = g_new0 (IcamOnvifPtz, 1);
  ptz->profile = g_strdup (profile);
  ptz->node = icam_soap_dup_text (configuration, "NodeToken");
  if (pan_tilt || !zoom)
    ptz->abilities |= ICAM_PTZ_PAN_TILT;
  if (zoom || !pan_tilt)
    ptz->abilities |= ICAM_PTZ_ZOOM;
  if (icam_soap_child (configuration, "DefaultAbsolutePantTiltPositionSpace") != NULL
      || icam_soap_child (configuration, "DefaultAbsoluteZoomPositionSpace") != NULL)
    ptz->abilities |= ICAM_PTZ_ABSOLUTE;
  return ptz;
}

static IcamOnvifProfile *
read_profile (xmlNode *node, gboolean media2)
{
  xmlNode *source
    = icam_soap_child (node, media2 ? "Configurations/VideoSource" : "VideoSourceConfiguration");
  xmlNode *encoder
    = icam_soap_child (node, media2 ? "Configurations/VideoEncoder" : "VideoEncoderConfiguration");
  xmlNode *audio
    = icam_soap_child (node, media2 ? "Configurations/AudioEncoder" : "AudioEncoderConfiguration");
  xmlNode *analytics = icam_soap_child (node, media2 ? "Configurations/Analytics"
                                                     : "VideoAnalyticsConfiguration");
  xmlNode *bounds = icam_soap_child (source, "Bounds");
  g_autoptr (IcamOnvifProfile) profile = g_new0 (IcamOnvifProfile, 1);
  IcamOnvifStream *stream = profile->stream = g_new0 (IcamOnvifStream, 1);
  int width, height;

  stream->profile = icam_soap_dup_attribute (node, "token");
  stream->name = icam_soap_dup_clean (node, "Name");
  profile->source = icam_soap_dup_text (source, "SourceToken");
  profile->source_name = icam_soap_dup_clean (source, "Name");
  profile->configuration = icam_soap_dup_attribute (source, "token");
  profile->analytics = icam_soap_dup_attribute (analytics, "token");
  stream->codec = icam_onvif_video_codec (encoder, "Encoding");
  if (stream->profile == NULL || profile->source == NULL || stream->codec == ICAM_CODEC_NONE
      || !icam_soap_get_int (encoder, "Resolution/Width", 1, MAX_PIXELS, &width)
      || !icam_soap_get_int (encoder, "Resolution/Height", 1, MAX_PIXELS, &height))
    return NULL;

  stream->width = (guint) width;
  stream->height = (guint) height;
  icam_soap_get_number (encoder, "RateControl/FrameRateLimit", 0, 1000, &stream->rate);
  stream->audio = read_audio_codec (audio, "Encoding");
  profile->has_bounds = icam_soap_get_int (bounds, "@x", -MAX_PIXELS, MAX_PIXELS, &profile->x)
                        && icam_soap_get_int (bounds, "@y", -MAX_PIXELS, MAX_PIXELS, &profile->y)
                        && icam_soap_get_int (bounds, "@width", 1, MAX_PIXELS, &profile->width)
                        && icam_soap_get_int (bounds, "@height", 1, MAX_PIXELS, &profile->height);

  profile->ptz = read_ptz (icam_soap_child (node, media2 ? "Configurations/PTZ" : "PTZConfiguration"),
                           stream->profile);

  return g_steal_pointer (&profile);
}

/**
 * icam_onvif_profiles_read:
 * @answer: a GetProfilesResponse
 * @media2: whether it is one of the Media 2 service
 *
 * Returns: (transfer full) (element-type IcamOnvifProfile): the profiles with a video source and an
 * encoder whose pictures can be stored, in the device's order
 */
GPtrArray *
icam_onvif_profiles_read (xmlNode *answer, gboolean media2)
{
  GPtrArray *profiles = g_ptr_array_new_with_free_func ((GDestroyNotify) icam_onvif_profile_free);
  g_autoptr (GHashTable) tokens = g_hash_table_new (g_str_hash, g_str_equal);

  for (xmlNode *node = icam_soap_child (answer, "Profiles");
       node != NULL && profiles->len < MAX_PROFILES; node = icam_soap_next (node))
    {
      g_autoptr (IcamOnvifProfile) profile = read_profile (node, media2);

      /* A token is asked for once, whoever repeats it. */
      if (profile == NULL || !g_hash_table_add (tokens, profile->stream->profile))
        continue;
      g_ptr_array_add (profiles, g_steal_pointer (&profile));
    }

  return profiles;
}

/* The sizes of analogue television have pixels that are not square: 704x576 is 4:3 and, as often, a
 * squeezed 16:9. Their shape says nothing. */
static gboolean
is_television (const IcamOnvifStream *stream)
{
  static const struct
  {
    guint width, height;
  } sizes[] = {
    { 704, 576 }, { 720, 576 }, { 704, 480 }, { 720, 480 },
    { 352, 288 }, { 352, 240 }, { 360, 288 }, { 360, 240 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    if (stream->width == sizes[i].width && stream->height == sizes[i].height)
      return TRUE;

  return FALSE;
}

/* Whether both show the same part of the source. The shapes are compared even where the bounds are
 * equal: there are devices that crop in the encoder and do not say so. */
static gboolean
same_view (const IcamOnvifProfile *a, const IcamOnvifProfile *b)
{
  double first = (double) a->stream->width / a->stream->height;
  double second = (double) b->stream->width / b->stream->height;
  gboolean bounded = a->has_bounds && b->has_bounds;

  if (bounded && (a->x != b->x || a->y != b->y || a->width != b->width || a->height != b->height))
    return FALSE;
  if (bounded && (is_television (a->stream) || is_television (b->stream)))
    return TRUE;

  return fabs (first - second) <= SAME_ASPECT * MAX (first, second);
}

static guint64
area (const IcamOnvifStream *stream)
{
  return (guint64) stream->width * stream->height;
}

static gboolean
is_motion_picture (const IcamOnvifStream *stream)
{
  return stream->codec == ICAM_CODEC_H264 || stream->codec == ICAM_CODEC_H265;
}

static gboolean
is_of (const IcamOnvifProfile *profile, const char *source)
{
  return !profile->dead && g_str_equal (profile->source, source);
}

static Choice *
choose (GPtrArray *profiles, const char *source)
{
  g_autoptr (Choice) choice = g_new0 (Choice, 1);

  choice->others = g_ptr_array_new ();

  /* The largest picture; any codec of motion pictures comes before JPEG. */
  for (guint i = 0; i < profiles->len; i++)
    {
      IcamOnvifProfile *profile = g_ptr_array_index (profiles, i);
      IcamOnvifProfile *best = choice->main;

      if (!is_of (profile, source))
        continue;
      if (best == NULL || (is_motion_picture (profile->stream) && !is_motion_picture (best->stream))
          || (is_motion_picture (profile->stream) == is_motion_picture (best->stream)
              && area (profile->stream) > area (best->stream)))
        choice->main = profile;
    }
  if (choice->main == NULL)
    return NULL;

  for (guint i = 0; i < profiles->len; i++)
    {
      IcamOnvifProfile *profile = g_ptr_array_index (profiles, i);

      if (profile == choice->main || !is_of (profile, source)
          || is_motion_picture (profile->stream) != is_motion_picture (choice->main->stream))
        continue;
      if (!same_view (profile, choice->main))
        g_ptr_array_add (choice->others, profile);
      else if (profile->stream->width >= MIN_SUB_WIDTH
               && area (profile->stream) < area (choice->main->stream)
               && (choice->sub == NULL || area (profile->stream) < area (choice->sub->stream)))
        choice->sub = profile;
    }

  return g_steal_pointer (&choice);
}

/* By which profile a source is moved: its main one if that can be. */
static IcamOnvifPtz *
choose_ptz (GPtrArray *profiles, IcamOnvifProfile *main)
{
  if (main->ptz != NULL)
    return icam_onvif_ptz_copy (main->ptz);

  for (guint i = 0; i < profiles->len; i++)
    {
      IcamOnvifProfile *profile = g_ptr_array_index (profiles, i);

      if (profile->ptz != NULL && g_str_equal (profile->source, main->source))
        return icam_onvif_ptz_copy (profile->ptz);
    }

  return NULL;
}

/* Tokens of sources in the order in which they come first. */
static GPtrArray *
list_sources (GPtrArray *profiles)
{
  GPtrArray *sources = g_ptr_array_new ();

  for (guint i = 0; i < profiles->len; i++)
    {
      IcamOnvifProfile *profile = g_ptr_array_index (profiles, i);

      if (!g_ptr_array_find_with_equal_func (sources, profile->source, g_str_equal, NULL))
        g_ptr_array_add (sources, profile->source);
    }

  return sources;
}

/**
 * icam_onvif_profiles_pick:
 * @profiles: (element-type IcamOnvifProfile): all profiles
 *
 * Returns: (transfer full) (element-type IcamOnvifProfile): those that icam_onvif_profiles_group()
 * would offer, so that only their URIs need be asked for; they belong to @profiles
 */
GPtrArray *
icam_onvif_profiles_pick (GPtrArray *profiles)
{
  GPtrArray *picked = g_ptr_array_new ();
  g_autoptr (GPtrArray) sources = list_sources (profiles);

  for (guint i = 0; i < sources->len; i++)
    {
      g_autoptr (Choice) choice = choose (profiles, g_ptr_array_index (sources, i));

      if (choice == NULL)
        continue;
      choice->main->snapshot = TRUE;
      for (guint j = 0; j < choice->others->len; j++)
        ((IcamOnvifProfile *) g_ptr_array_index (choice->others, j))->snapshot = TRUE;
      g_ptr_array_add (picked, choice->main);
      if (choice->sub != NULL)
        g_ptr_array_add (picked, choice->sub);
      g_ptr_array_extend (picked, choice->others, NULL, NULL);
    }

  return picked;
}

/**
 * icam_onvif_profiles_group:
 * @profiles: (element-type IcamOnvifProfile): all profiles
 *
 * One channel a video source: its largest H.264 or H.265 encoding as main (JPEG where there is
 * nothing else), the smallest encoding of the same view that is not too small for motion as sub,
 * and every encoding of another view as such.
 *
 * Returns: (transfer full) (element-type IcamOnvifChannel): the channels
 */
GPtrArray *
icam_onvif_profiles_group (GPtrArray *profiles)
{
  GPtrArray *channels = g_ptr_array_new_with_free_func ((GDestroyNotify) icam_onvif_channel_free);
  g_autoptr (GPtrArray) sources = list_sources (profiles);

  for (guint i = 0; i < sources->len; i++)
    {
      g_autoptr (Choice) choice = choose (profiles, g_ptr_array_index (sources, i));
      IcamOnvifChannel *channel;

      if (choice == NULL)
        continue;

      channel = g_new0 (IcamOnvifChannel, 1);
      channel->token = g_strdup (choice->main->source);
      channel->name = sources->len > 1 ? g_strdup (choice->main->source_name) : NULL;
      channel->main = icam_onvif_stream_copy (choice->main->stream);
      channel->sub = choice->sub != NULL ? icam_onvif_stream_copy (choice->sub->stream) : NULL;
      channel->ptz = choose_ptz (profiles, choice->main);
      channel->other_views
        = g_ptr_array_new_with_free_func ((GDestroyNotify) icam_onvif_stream_free);
      for (guint j = 0; j < choice->others->len; j++)
        {
          IcamOnvifProfile *other = g_ptr_array_index (choice->others, j);

          g_ptr_array_add (channel->other_views, icam_onvif_stream_copy (other->stream));
        }
      g_ptr_array_add (channels, channel);
    }

  return channels;
}
