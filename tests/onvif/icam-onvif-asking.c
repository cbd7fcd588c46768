/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-test"

#include "config.h"

#include "icam-onvif-asking.h"

static void
keep (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GAsyncResult **kept = user_data;

  *kept = g_object_ref (result);
}

static void
wait_for (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
}

gboolean
icam_ask_hello (IcamOnvifDevice *device, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  icam_onvif_device_hello_async (device, NULL, keep, &result);
  wait_for (&result);
  return icam_onvif_device_hello_finish (device, result, error);
}

/* Cancels when the question has arrived. */
gboolean
icam_ask_hello_cancelled (IcamOnvifDevice  *device,
                          GCancellable     *cancellable,
                          guint            *requests,
                          GError          **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  icam_onvif_device_hello_async (device, cancellable, keep, &result);
  while (*requests == 0)
    g_main_context_iteration (NULL, TRUE);
  g_cancellable_cancel (cancellable);
  wait_for (&result);
  return icam_onvif_device_hello_finish (device, result, error);
}

IcamOnvifInfo *
icam_ask_info (IcamOnvifDevice *device, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  icam_onvif_device_get_info_async (device, NULL, keep, &result);
  wait_for (&result);
  return icam_onvif_device_get_info_finish (device, result, error);
}

GPtrArray *
icam_ask_channels (IcamOnvifDevice *device, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  icam_onvif_device_get_channels_async (device, NULL, keep, &result);
  wait_for (&result);
  return icam_onvif_device_get_channels_finish (device, result, error);
}
