/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Whatever a camera says over a whole connection, from the first answer on: statuses, challenges, redirects, the description, the
 * transport, then data. */

#define G_LOG_DOMAIN "icam-fuzz"

#include "config.h"

#include <gst/gst.h>
#include <stdint.h>
#include <string.h>

#include "icam-fuzz-server.h"
#include "icam-fuzz-viewer.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void
drop_warning (const char     *domain,
              GLogLevelFlags  level,
              const char     *message,
              gpointer        user_data)
{
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static IcamSecret *secret;
  g_autoptr (IcamRtspSession) session = NULL;
  g_autoptr (GError) error = NULL;
  gboolean answered = FALSE;
  guint status = 0;

  if (secret == NULL)
    {
      gst_init (NULL, NULL);
      /* GStreamer says what it does not understand in a transport. */
      g_log_set_handler ("GStreamer-RTSP", G_LOG_LEVEL_WARNING, drop_warning, NULL);
      g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_ERROR);
      secret = icam_secret_new ("*the*password*");
    }
  /* Another place on the same host would be somebody else's port. */
  if (memmem (data, size, "127.", 4) != NULL)
    return 0;

  session = icam_rtsp_session_new (icam_fuzz_server_say (data, size), "admin", secret, NULL);
  if (icam_rtsp_session_open (session, &status, &answered, &error))
    icam_fuzz_view (session, 4096);
  else
    g_assert_nonnull (error);
  return 0;
}
