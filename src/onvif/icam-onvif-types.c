/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-onvif"

#include "config.h"

#include "onvif/icam-onvif-profiles-private.h"

/* In the order of IcamOnvifAuth; stored by name. */
static const char *const auth_names[] = { "unknown", "none", "digest", "token" };

/**
 * icam_onvif_auth_to_string:
 * @auth: a kind of authentication
 *
 * Returns: (transfer none): its name
 */
const char *
icam_onvif_auth_to_string (IcamOnvifAuth auth)
{
  g_return_val_if_fail ((guint) auth < G_N_ELEMENTS (auth_names), auth_names[0]);

  return auth_names[auth];
}

/**
 * icam_onvif_auth_from_string:
 * @text: (nullable): a name
 *
 * Returns: what it names; ICAM_ONVIF_AUTH_UNKNOWN for everything else
 */
IcamOnvifAuth
icam_onvif_auth_from_string (const char *text)
{
  for (guint i = 0; i < G_N_ELEMENTS (auth_names); i++)
    if (g_strcmp0 (text, auth_names[i]) == 0)
      return (IcamOnvifAuth) i;

  return ICAM_ONVIF_AUTH_UNKNOWN;
}

/**
 * icam_onvif_info_free:
 * @info: what a device said of itself
 */
void
icam_onvif_info_free (IcamOnvifInfo *info)
{
  g_free (info->manufacturer);
  g_free (info->model);
  g_free (info->firmware);
  g_free (info->serial);
  g_free (info->hardware);
  g_free (info->mac);
  g_free (info->endpoint);
  g_free (info->name);
  g_free (info);
}

/**
 * icam_onvif_stream_copy:
 * @stream: an encoding
 *
 * Returns: (transfer full): a copy
 */
IcamOnvifStream *
icam_onvif_stream_copy (const IcamOnvifStream *stream)
{
  IcamOnvifStream *copy = g_memdup2 (stream, sizeof *stream);

  copy->profile = g_strdup (stream->profile);
  copy->name = g_strdup (stream->name);
  copy->uri = g_strdup (stream->uri);
  copy->snapshot_uri = g_strdup (stream->snapshot_uri);
  return copy;
}

/**
 * icam_onvif_stream_free:
 * @stream: an encoding
 */
void
icam_onvif_stream_free (IcamOnvifStream *stream)
{
  g_free (stream->profile);
  g_free (stream->name);
  g_free (stream->uri);
  g_free (stream->snapshot_uri);
  g_free (stream);
}

/**
 * icam_onvif_ptz_copy:
 * @ptz: how a source is moved
 *
 * Returns: (transfer full): a copy
 */
IcamOnvifPtz *
icam_onvif_ptz_copy (const IcamOnvifPtz *ptz)
{
  IcamOnvifPtz *copy = g_memdup2 (ptz, sizeof *ptz);

  copy->profile = g_strdup (ptz->profile);
  copy->node = g_strdup (ptz->node);
  return copy;
}

/**
 * icam_onvif_ptz_free:
 * @ptz: how a source is moved
 */
void
icam_onvif_ptz_free (IcamOnvifPtz *ptz)
{
  g_free (ptz->profile);
  g_free (ptz->node);
  g_free (ptz);
}

/**
 * icam_onvif_channel_free:
 * @channel: a channel
 */
void
icam_onvif_channel_free (IcamOnvifChannel *channel)
{
  g_free (channel->token);
  g_free (channel->name);
  g_clear_pointer (&channel->main, icam_onvif_stream_free);
  g_clear_pointer (&channel->sub, icam_onvif_stream_free);
  g_clear_pointer (&channel->other_views, g_ptr_array_unref);
  g_clear_pointer (&channel->ptz, icam_onvif_ptz_free);
  g_free (channel);
}
