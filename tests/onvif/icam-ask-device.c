/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Asks a device all that the room can ask, and prints it a line each. For the tests of the harness.
 *
 *   icam-ask-device ADDRESS [USER]     the password stands on standard input */

#define G_LOG_DOMAIN "icam-test"

#include "config.h"

#include <stdio.h>
#include <string.h>

#include "icam-onvif-asking.h"

static int
fail (const char *what, const GError *error)
{
  printf ("%s error %s\n", what,
          error->domain == ICAM_ERROR ? icam_error_code_name ((IcamError) error->code)
                                      : error->message);
  return 1;
}

static void
print_stream (const char *role, IcamOnvifStream *stream)
{
  if (stream != NULL)
    printf ("stream %s %s %u %u %g %s %s %s\n", role, icam_codec_to_string (stream->codec),
            stream->width, stream->height, stream->rate, icam_codec_to_string (stream->audio),
            stream->uri, stream->snapshot_uri != NULL ? stream->snapshot_uri : "-");
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (IcamOnvifDevice) device = NULL;
  g_autoptr (IcamOnvifInfo) info = NULL;
  g_autoptr (GPtrArray) channels = NULL;

  g_assert_cmpint (argc, >, 1);
  setvbuf (stdout, NULL, _IOLBF, 0);
  device = icam_onvif_device_new (argv[1], &error);
  if (device == NULL)
    return fail ("address", error);

  if (argc > 2)
    {
      char password[ICAM_SECRET_MAX + 1] = "";
      g_autoptr (IcamSecret) secret = NULL;

      if (fgets (password, sizeof password, stdin) != NULL)
        password[strcspn (password, "\n")] = '\0';
      secret = icam_secret_new (password);
      icam_secret_wipe (password, sizeof password);
      icam_onvif_device_set_credentials (device, argv[2], secret);
    }

  if (!icam_ask_hello (device, &error))
    return fail ("hello", error);
  printf ("clock %" G_GINT64_FORMAT "\n", icam_onvif_device_get_clock_offset (device));

  info = icam_ask_info (device, &error);
  if (info == NULL)
    return fail ("info", error);
  printf ("manufacturer %s\nmodel %s\nfirmware %s\nserial %s\nhardware %s\nmac %s\nendpoint "
          "%s\nname %s\n",
          info->manufacturer, info->model, info->firmware, info->serial, info->hardware, info->mac,
          info->endpoint, info->name);

  channels = icam_ask_channels (device, &error);
  if (channels == NULL)
    return fail ("channels", error);
  for (guint i = 0; i < channels->len; i++)
    {
      IcamOnvifChannel *channel = g_ptr_array_index (channels, i);

      printf ("channel %s\n", channel->token);
      print_stream ("main", channel->main);
      print_stream ("sub", channel->sub);
      for (guint j = 0; j < channel->other_views->len; j++)
        print_stream ("view", g_ptr_array_index (channel->other_views, j));
    }
  printf ("auth %s\n", icam_onvif_auth_to_string (icam_onvif_device_get_auth (device)));
  return 0;
}
