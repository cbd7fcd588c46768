/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-media"

#include "config.h"

#include "media/icam-stream-error.h"

#include "media/icam-source.h"

/* RTSP and HTTP have these in common (RFC 2326, 7.1.1). */
#define STATUS_UNAUTHORIZED 401
#define STATUS_FORBIDDEN 403
#define STATUS_NOT_FOUND 404
#define STATUS_TIME_OUT 408

static guint
status_of (GstMessage *message)
{
  const GstStructure *details = NULL;
  guint status = 0;

  gst_message_parse_error_details (message, &details);
  if (details != NULL && !gst_structure_get_uint (details, "rtsp-status-code", &status))
    gst_structure_get_uint (details, "http-status-code", &status);
  return status;
}

/**
 * icam_stream_error_from_message:
 * @message: an error message
 * @address: of the camera
 * @user: (nullable): who was named to it
 * @answered: whether it accepted the connection
 * @connected: whether pictures have come
 * @cause: (out): of the gap that begins
 *
 * The text of @message is not handed on: it is in English and may repeat what the camera sent.
 *
 * Returns: (transfer full): an ICAM_ERROR
 */
GError *
icam_stream_error_from_message (GstMessage   *message,
                                const char   *address,
                                const char   *user,
                                gboolean      answered,
                                gboolean      connected,
                                IcamGapCause *cause)
{
  g_autoptr (GError) error = NULL;
  guint status = status_of (message);

  gst_message_parse_error (message, &error, NULL);

  if (g_error_matches (error, GST_RESOURCE_ERROR, ICAM_RESOURCE_ERROR_CERTIFICATE))
    {
      *cause = ICAM_GAP_OTHER_DEVICE;
      return icam_error_new (ICAM_ERROR_CERTIFICATE_CHANGED, "address", address, NULL);
    }

  if (status == STATUS_UNAUTHORIZED || status == STATUS_FORBIDDEN
      || g_error_matches (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_AUTHORIZED))
    {
      *cause = ICAM_GAP_WRONG_PASSWORD;
      if (user == NULL || *user == '\0')
        return icam_error_new (ICAM_ERROR_PASSWORD_NEEDED, "address", address, NULL);
      return icam_error_new (ICAM_ERROR_WRONG_PASSWORD, "address", address, "user", user,
                             NULL);
    }

  if (status == STATUS_NOT_FOUND
      || (answered && g_error_matches (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND))
      || g_error_matches (error, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE)
      || g_error_matches (error, GST_STREAM_ERROR, GST_STREAM_ERROR_CODEC_NOT_FOUND))
    {
      *cause = ICAM_GAP_BAD_DATA;
      return icam_error_new (ICAM_ERROR_NO_STREAM, "address", address, NULL);
    }

  if (status == STATUS_TIME_OUT)
    return icam_stream_error_silent (address, answered, cause);

  if (status >= 400)
    {
      g_autofree char *detail = g_strdup_printf ("status %u", status);

      *cause = ICAM_GAP_BAD_DATA;
      return icam_error_new (ICAM_ERROR_BAD_ANSWER, "address", address, "detail", detail,
                             NULL);
    }

  if (!answered || connected)
    {
      *cause = ICAM_GAP_CAMERA_GONE;
      if (connected && error->domain == GST_STREAM_ERROR)
        *cause = ICAM_GAP_BAD_DATA;
      if (*cause == ICAM_GAP_BAD_DATA)
        return icam_error_new (ICAM_ERROR_BAD_ANSWER, "address", address, "detail", "stream", NULL);
      return icam_error_new (ICAM_ERROR_UNREACHABLE, "address", address, NULL);
    }

  if (error->domain == GST_STREAM_ERROR)
    {
      *cause = ICAM_GAP_BAD_DATA;
      return icam_error_new (ICAM_ERROR_NO_STREAM, "address", address, NULL);
    }

  *cause = ICAM_GAP_BAD_DATA;
  return icam_error_new (ICAM_ERROR_BAD_ANSWER, "address", address, "detail", "signalling",
                         NULL);
}

/**
 * icam_stream_error_silent:
 * @address: of the camera
 * @answered: whether it accepted the connection
 * @cause: (out): of the gap that begins
 *
 * Returns: (transfer full): the ICAM_ERROR of a camera that sends nothing
 */
GError *
icam_stream_error_silent (const char   *address,
                          gboolean      answered,
                          IcamGapCause *cause)
{
  *cause = answered ? ICAM_GAP_CAMERA_SILENT : ICAM_GAP_CAMERA_GONE;
  return icam_error_new (answered ? ICAM_ERROR_STREAM_SILENT : ICAM_ERROR_UNREACHABLE, "address",
                         address, NULL);
}
