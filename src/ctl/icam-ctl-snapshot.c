/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-ctl"

#include "config.h"

#include "ctl/icam-ctl.h"

#include "base/icam-time.h"
#include "client/icam-live-link.h"
#include "client/icam-player.h"

#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <unistd.h>

static gboolean
has_picture (gpointer user_data)
{
  IcamLiveLink *link = user_data;
  const GError *error = icam_live_link_get_error (link);

  return icam_live_link_get_picture (link) != NULL
         || g_error_matches (error, ICAM_ERROR, ICAM_ERROR_CODEC_UNSUPPORTED);
}

/* What the player found of the past. */
typedef struct
{
  IcamPicture *picture;
  gboolean missing;
} Past;

static void
on_picture (Past        *past,
            IcamPicture *picture)
{
  if (past->picture == NULL)
    past->picture = icam_picture_ref (picture);
}

static void
on_missing (Past *past)
{
  past->missing = TRUE;
}

static gboolean
has_past (gpointer user_data)
{
  Past *past = user_data;

  return past->picture != NULL || past->missing;
}

/* "Front door" → "Front door 20260503T140311.250Z.jpg"; a name may hold what no file name may. */
static char *
default_path (IcamCamera  *camera,
              IcamPicture *picture)
{
  g_autofree char *name = icam_ctl_plain (icam_camera_get_name (camera));
  g_autofree char *time = icam_time_to_filename (picture->utc_us);

  g_strdelimit (name, "/", '-');
  if (*name == '.' || *name == '-' || *name == '\0')
    return g_strdup_printf ("camera %s.jpg", time);
  return g_strdup_printf ("%s %s.jpg", name, time);
}

static gboolean
is_png (const char *path)
{
  g_autofree char *lower = g_ascii_strdown (path, -1);

  return g_str_has_suffix (lower, ".png");
}

static int
write_picture (IcamCtl     *ctl,
               IcamCamera  *camera,
               IcamPicture *picture,
               const char  *wanted_path)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = wanted_path != NULL ? g_strdup (wanted_path) : default_path (camera, picture);
  g_autoptr (GBytes) file = is_png (path) ? icam_picture_to_png (picture, &error) : icam_picture_to_jpeg (picture, &error);
  char channel[ICAM_UUID_TEXT_SIZE];
  const void *data;
  gsize size;

  if (file == NULL)
    return icam_ctl_fail (ctl, error);
  data = g_bytes_get_data (file, &size);
  if (g_str_equal (path, "-"))
    {
      if (fwrite (data, 1, size, stdout) != size || fflush (stdout) != 0)
        return ICAM_EXIT_FAILED;
      return ICAM_EXIT_OK;
    }
  if (!g_file_set_contents (path, data, (gssize) size, &error))
    return icam_ctl_fail (ctl, error);

  if (!ctl->json)
    {
      icam_ctl_print ("%s", path);
      return ICAM_EXIT_OK;
    }

  {
    g_autoptr (JsonBuilder) builder = json_builder_new ();

    icam_uuid_format (&picture->channel, channel);
    json_builder_begin_object (builder);
    icam_ctl_json_string (builder, "file", path);
    icam_ctl_json_string (builder, "camera", icam_camera_get_id (camera));
    icam_ctl_json_string (builder, "channel", channel);
    icam_ctl_json_time (builder, "time", picture->utc_us);
    json_builder_set_member_name (builder, "width");
    json_builder_add_int_value (builder, picture->width);
    json_builder_set_member_name (builder, "height");
    json_builder_add_int_value (builder, picture->height);
    json_builder_set_member_name (builder, "unverified");
    json_builder_add_boolean_value (builder, picture->unverified);
    json_builder_end_object (builder);
    icam_ctl_print_json (builder, FALSE);
  }
  return ICAM_EXIT_OK;
}

/* Why there is none: the camera's own trouble says more than the link's. */
static int
fail_live (IcamCtl      *ctl,
           IcamCamera   *camera,
           IcamLiveLink *link)
{
  g_autoptr (GError) error = NULL;

  if (icam_camera_get_error (camera) != NULL)
    error = g_error_copy (icam_camera_get_error (camera));
  else if (icam_live_link_get_error (link) != NULL)
    error = g_error_copy (icam_live_link_get_error (link));
  else
    {
      g_autofree char *address = icam_ctl_camera_address (ctl, camera);

      error = icam_error_new (ICAM_ERROR_STREAM_SILENT, "address", address, NULL);
    }
  return icam_ctl_fail (ctl, error);
}

static int
write_live (IcamCtl    *ctl,
            IcamCamera *camera,
            IcamRole    role,
            int         seconds,
            const char *path)
{
  g_autoptr (IcamLiveLink) link = icam_live_link_new_for_camera (camera, role, 0);
  g_autoptr (IcamPicture) picture = NULL;

  icam_ctl_wait (ctl, has_picture, link, seconds * G_USEC_PER_SEC);
  if (icam_ctl_interrupted (ctl))
    return ICAM_EXIT_INTERRUPTED;
  if (icam_live_link_get_picture (link) == NULL)
    return fail_live (ctl, camera, link);
  picture = icam_picture_ref (icam_live_link_get_picture (link));
  icam_live_link_stop (link);
  return write_picture (ctl, camera, picture, path);
}

static int
write_past (IcamCtl    *ctl,
            IcamCamera *camera,
            IcamRole    role,
            int         seconds,
            gint64      at,
            const char *path)
{
  g_autoptr (IcamPlayer) player = icam_player_new (ctl->client, camera, role, 0);
  g_autoptr (GError) error = NULL;
  Past past = { 0 };
  int code;

  g_signal_connect_swapped (player, "picture", G_CALLBACK (on_picture), &past);
  g_signal_connect_swapped (player, "missing", G_CALLBACK (on_missing), &past);
  icam_player_show (player, at, TRUE);
  icam_ctl_wait (ctl, has_past, &past, seconds * G_USEC_PER_SEC);
  g_signal_handlers_disconnect_by_data (player, &past);
  icam_player_close (player);
  if (past.picture != NULL)
    {
      code = write_picture (ctl, camera, past.picture, path);
      icam_picture_unref (past.picture);
      return code;
    }
  if (icam_ctl_interrupted (ctl))
    return ICAM_EXIT_INTERRUPTED;
  error = past.missing ? icam_error_new (ICAM_ERROR_NO_RECORDING, NULL, NULL)
                       : icam_error_new (ICAM_ERROR_FAILED, "detail", _ ("the picture could not be decoded"), NULL);
  return icam_ctl_fail (ctl, error);
}

int
icam_ctl_snapshot (IcamCtl *ctl,
                   int      argc,
                   char   **argv)
{
  g_autofree char *path = NULL;
  g_autofree char *role_text = NULL;
  g_autofree char *at_text = NULL;
  int seconds = 15;
  const GOptionEntry entries[] = {
    { "at", 0, 0, G_OPTION_ARG_STRING, &at_text, N_ ("What was recorded at this time, instead of now"), N_ ("TIME") },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &path, N_ ("The JPEG or PNG file to write, - for standard output"), N_ ("FILE") },
    { "role", 0, 0, G_OPTION_ARG_STRING, &role_text, N_ ("The full picture (main) or the small one (sub)"), N_ ("ROLE") },
    { "seconds", 's', 0, G_OPTION_ARG_INT, &seconds, N_ ("How long to wait for a picture (15)"), N_ ("N") },
    G_OPTION_ENTRY_NULL,
  };
  IcamCamera *camera;
  IcamRole role = ICAM_ROLE_MAIN;
  gint64 at = 0;
  int code;

  if (!icam_ctl_parse (ctl, _ ("CAMERA [FILE]"), _ ("Writes what a camera shows now, or showed at a time, as a JPEG or PNG file."), entries,
                       1, 2, &argc, &argv))
    return ICAM_EXIT_USAGE;
  if (argc > 2)
    {
      if (path != NULL)
        return icam_ctl_usage (ctl, _ ("There can be one file only."));
      path = g_strdup (argv[2]);
    }
  if (role_text != NULL && !icam_role_from_string (role_text, &role))
    return icam_ctl_usage (ctl, _ ("--role is main or sub."));
  if (seconds < 1 || seconds > 3600)
    return icam_ctl_usage (ctl, _ ("--seconds is from 1 to 3600."));
  if (at_text != NULL && !icam_ctl_parse_time (at_text, g_get_real_time (), &at))
    return icam_ctl_usage (ctl, _ ("\"%s\" is not a time. Write \"today 14:03\", \"-10min\" or \"2026-05-03T14:03:11\"."), at_text);
  if (g_strcmp0 (path, "-") == 0 && (isatty (STDOUT_FILENO) || ctl->json))
    return icam_ctl_usage (ctl, _ ("A picture is nothing for a terminal, and goes not together with --json on standard output. Give -o FILE."));
  code = icam_ctl_connect (ctl, TRUE);
  if (code != 0)
    return code;
  camera = icam_ctl_find_camera (ctl, argv[1], &code);
  if (camera == NULL)
    return code;

  if (at_text != NULL)
    return write_past (ctl, camera, role, seconds, at, path);
  return write_live (ctl, camera, role, seconds, path);
}
