/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Whatever a camera challenges with over RTSP, one WWW-Authenticate a line: the answer is one header line, and only Basic brings the password. */

#define G_LOG_DOMAIN "icam-fuzz"

#include "config.h"

#include <gst/gst.h>
#include <stdint.h>
#include <string.h>

#include "media/icam-rtsp-auth.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  /* Another one each time: a fuzzer sees what is compared, and learns. */
  g_autofree char *password = g_strdup_printf ("%08x%08x", g_random_int (), g_random_int ());
  g_autoptr (IcamSecret) secret = icam_secret_new (password);
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_auto (GStrv) lines = g_strsplit (text, "\n", 8);
  g_autoptr (IcamRtspAuth) auth = NULL;
  GstRTSPMessage response = { 0 };
  gboolean stale = FALSE, can;

  gst_init (NULL, NULL);
  auth = icam_rtsp_auth_new ("ad\"min", secret);
  gst_rtsp_message_init_response (&response, GST_RTSP_STS_UNAUTHORIZED, NULL, NULL);
  for (guint i = 0; lines[i] != NULL; i++)
    gst_rtsp_message_add_header (&response, GST_RTSP_HDR_WWW_AUTHENTICATE, lines[i]);
  can = icam_rtsp_auth_challenge (auth, &response, &stale);
  gst_rtsp_message_unset (&response);

  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *answer = icam_rtsp_auth_answer (auth, "DESCRIBE", "rtsp://192.0.2.7/live?a=\"b\"");

      g_assert_cmpint (answer != NULL, ==, can);
      if (answer == NULL)
        continue;
      g_assert_true (g_str_has_prefix (answer, "Basic ") || g_str_has_prefix (answer, "Digest username=\"ad\\\"min\", realm=\""));
      g_assert_null (strstr (answer, password));
      for (const char *p = answer; *p != '\0'; p++)
        g_assert_false (g_ascii_iscntrl (*p));
    }
  return 0;
}
