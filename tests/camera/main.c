/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "icam-test"

#include <glib-unix.h>
#include <gst/gst.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "icam-test-announce.h"
#include "icam-test-audio.h"
#include "icam-test-control.h"
#include "icam-test-device.h"
#include "icam-test-log.h"
#include "icam-test-pump.h"
#include "icam-test-web.h"
#include "icam-test-wsd.h"

#define DEFAULT_PASSWORD "camera"
#define MAX_DEVICES 256

static GPtrArray *devices;
static GMainLoop *loop;
static gboolean *quiet_devices;
static int seed = 1;

static gboolean
parse_auth (const char *value, guint *auth)
{
  if (g_str_equal (value, "digest"))
    *auth = ICAM_TEST_AUTH_DIGEST;
  else if (g_str_equal (value, "token"))
    *auth = ICAM_TEST_AUTH_TOKEN;
  else if (g_str_equal (value, "both"))
    *auth = ICAM_TEST_AUTH_DIGEST | ICAM_TEST_AUTH_TOKEN;
  else if (g_str_equal (value, "none"))
    *auth = ICAM_TEST_AUTH_NONE;
  else
    return FALSE;
  return TRUE;
}

/* yes unless it says no: "mdns" and "mdns=yes" are the same. */
static gboolean
is_yes (const char *value)
{
  return !g_str_equal (value, "no") && !g_str_equal (value, "off") && !g_str_equal (value, "0");
}

static gboolean
apply_option (
  IcamTestDevice *device, const char *key, const char *value, gboolean *quiet, GError **error)
{
  gboolean fine = TRUE;

  if (g_str_equal (key, "name"))
    {
      g_free (device->name);
      device->name = g_strdup (value);
    }
  else if (g_str_equal (key, "serial"))
    {
      g_free (device->serial);
      device->serial = g_strdup (value);
    }
  else if (g_str_equal (key, "mac"))
    {
      g_free (device->mac);
      device->mac = g_strdup (value);
    }
  else if (g_str_equal (key, "uuid"))
    {
      g_free (device->uuid);
      device->uuid = g_strdup (value);
    }
  else if (g_str_equal (key, "address"))
    {
      g_free (device->address);
      device->address = g_strdup (value);
    }
  else if (g_str_equal (key, "lenses") || g_str_equal (key, "channels"))
    {
      device->n_channels = (guint) g_ascii_strtoull (value, NULL, 10);
      device->lenses = g_str_equal (key, "lenses");
      fine = device->n_channels >= 1 && device->n_channels <= ICAM_TEST_MAX_CHANNELS;
    }
  else if (g_str_equal (key, "extra-view"))
    device->extra_view = is_yes (value);
  else if (g_str_equal (key, "strip"))
    device->plain = !is_yes (value);
  else if (g_str_equal (key, "codec"))
    {
      device->codec = g_str_equal (value, "h265") ? ICAM_TEST_CODEC_H265 : ICAM_TEST_CODEC_H264;
      fine = g_str_equal (value, "h265") || g_str_equal (value, "h264");
    }
  else if (g_str_equal (key, "audio"))
    {
      device->audio = g_str_equal (value, "aac")    ? ICAM_TEST_AUDIO_AAC
                      : g_str_equal (value, "g711") ? ICAM_TEST_AUDIO_G711
                                                    : ICAM_TEST_AUDIO_NONE;
      fine = device->audio != ICAM_TEST_AUDIO_NONE || g_str_equal (value, "none");
    }
  else if (g_str_equal (key, "sub"))
    {
      char rest;

      /* The strip wants whole macroblocks: multiples of 640 and of 8. */
      fine = sscanf (value, "%ux%u%c", &device->sub_width, &device->sub_height, &rest) == 2
             && (device->sub_width == 640 || device->sub_width == 1280) && device->sub_height >= 64
             && device->sub_height < 720 && device->sub_height % 8 == 0;
    }
  else if (g_str_equal (key, "footage"))
    {
      g_free (device->footage);
      device->footage = g_strdup (value);
    }
  else if (g_str_equal (key, "mjpeg"))
    device->mjpeg_enabled = is_yes (value);
  else if (g_str_equal (key, "snapshot"))
    device->snapshot_enabled = is_yes (value);
  else if (g_str_equal (key, "path"))
    {
      g_free (device->path);
      device->path = g_strdup (value);
    }
  else if (g_str_equal (key, "ptz"))
    device->ptz_enabled = is_yes (value);
  else if (g_str_equal (key, "auth"))
    fine = parse_auth (value, &device->auth);
  else if (g_str_equal (key, "packets"))
    {
      device->single_packets = g_str_equal (value, "single");
      fine = device->single_packets || g_str_equal (value, "frame");
    }
  else if (g_str_equal (key, "quiet"))
    *quiet = is_yes (value);
  else if (g_str_equal (key, "mdns"))
    device->mdns = is_yes (value);
  else if (g_str_equal (key, "wsd"))
    device->wsd = is_yes (value);
  else if (g_str_equal (key, "xaddr"))
    {
      g_free (device->xaddr);
      device->xaddr = g_strdup (value);
    }
  else if (g_str_equal (key, "clock-offset"))
    device->clock_offset_us = (gint64) (g_ascii_strtod (value, NULL) * G_USEC_PER_SEC);
  else
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "“%s” is no property of a device",
                   key);
      return FALSE;
    }
  if (!fine)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "“%s” cannot be “%s”", key, value);
  return fine;
}

static gboolean
apply_spec (IcamTestDevice *device, const char *spec, gboolean *quiet, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (spec, ",", -1);

  for (guint i = 0; parts[i]; i++)
    {
      char *equals = strchr (parts[i], '=');

      if (!*parts[i])
        continue;
      if (equals)
        *equals = '\0';
      if (!apply_option (device, parts[i], equals ? equals + 1 : "yes", quiet, error))
        return FALSE;
    }
  return TRUE;
}

/* The password from a file or a descriptor, never from an argument: others can read those. */
static char *
read_password (const char *file, int fd, GError **error)
{
  g_autofree char *password = NULL;

  if (file)
    {
      if (!g_file_get_contents (file, &password, NULL, error))
        return NULL;
    }
  else if (fd >= 0)
    {
      g_autoptr (GString) text = g_string_new (NULL);
      char buffer[256];
      ssize_t n;

      while ((n = read (fd, buffer, sizeof buffer)) > 0 && text->len < 4096)
        g_string_append_len (text, buffer, n);
      close (fd);
      password = g_string_free (g_steal_pointer (&text), FALSE);
    }
  else
    password = g_strdup (DEFAULT_PASSWORD);
  g_strchomp (password);
  return g_steal_pointer (&password);
}

/* The script of a channel with the moments at which somebody is really in the picture. */
static void
print_script (IcamTestDevice *device, guint index)
{
  IcamTestChannel *channel = &device->channels[index];
  const IcamTestClip *clip = channel->clips[0];
  g_autofree char *name = icam_test_json_quote (device->name);
  gboolean first = TRUE;

  printf ("{\"t\":\"script\",\"device\":%u,\"name\":%s,\"channel\":%u,\"period_s\":%d,\"visits\":[",
          device->index, name, index, ICAM_TEST_SCRIPT_GOPS * ICAM_TEST_GOP / ICAM_TEST_FPS);
  for (guint gop = 0; clip->has_visits && gop < ICAM_TEST_SCRIPT_GOPS; gop++)
    {
      guint visit, start, from = 0, to = 0;
      gboolean seen = FALSE;

      if (channel->script.visit[gop] < 0 || channel->script.gop_of_visit[gop] != 0)
        continue;
      visit = (guint) channel->script.visit[gop];
      start = icam_test_clip_first_of_visit (clip, visit);
      for (guint i = 0; i < ICAM_TEST_VISIT_GOPS * ICAM_TEST_GOP; i++)
        if (clip->frames[start + i].actor)
          {
            if (!seen)
              from = i;
            seen = TRUE;
            to = i + 1;
          }
      printf ("%s{\"actor\":\"%s\",\"start_s\":%.3f,\"end_s\":%.3f}", first ? "" : ",",
              icam_test_scene_actor (channel->scene, visit),
              (double) (gop * ICAM_TEST_GOP + from) / ICAM_TEST_FPS,
              (double) (gop * ICAM_TEST_GOP + to) / ICAM_TEST_FPS);
      first = FALSE;
    }
  printf ("]}\n");
}

static gboolean
on_quit (gpointer data)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

/* DEVICE VERB [ARGUMENT], or quit, or list. */
static char *
on_command (const char *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", 3);
  g_autoptr (GError) error = NULL;
  char *end = NULL;
  guint64 index;
  guint first, last;

  if (!words[0] || !*words[0])
    return g_strdup ("error An empty command");
  if (g_str_equal (words[0], "quit"))
    {
      g_idle_add (on_quit, NULL);
      return g_strdup ("ok");
    }
  if (g_str_equal (words[0], "list"))
    {
      g_autoptr (GString) all = g_string_new ("[");

      for (guint i = 0; i < devices->len; i++)
        {
          g_autofree char *one = icam_test_device_describe (g_ptr_array_index (devices, i));

          g_string_append_printf (all, "%s%s", i ? "," : "", one);
        }
      g_string_append_c (all, ']');
      return g_string_free (g_steal_pointer (&all), FALSE);
    }
  index = g_ascii_strtoull (words[0], &end, 10);
  if (g_str_equal (words[0], "all"))
    {
      first = 0;
      last = devices->len;
    }
  else if (*end || end == words[0] || index >= devices->len)
    return g_strdup_printf ("error There is no device %s", words[0]);
  else
    {
      first = (guint) index;
      last = first + 1;
    }
  if (!words[1])
    return g_strdup ("error What shall the device do?");

  for (guint i = first; i < last; i++)
    {
      IcamTestDevice *device = g_ptr_array_index (devices, i);

      if (!icam_test_device_command (device, words[1], words[2], &error))
        return g_strdup_printf ("error %s", error->message);
      if (strstr ("die revive move identity", words[1]))
        {
          icam_test_announce_update (device);
          icam_test_wsd_update (device);
        }
      if (icam_test_log_is_open ())
        {
          g_autofree char *text = icam_test_json_quote (line);

          icam_test_log_write ("{\"t\":\"command\",\"device\":%u,\"line\":%s,\"utc_us\":%" G_GINT64_FORMAT
                               "}",
                               i, text, g_get_real_time ());
          icam_test_log_flush ();
        }
    }
  return g_strdup ("ok");
}

typedef struct
{
  IcamTestDevice *device;
  guint channel;
  gboolean motion;
} MotionChange;

static gboolean
deliver_motion (gpointer data)
{
  MotionChange *change = data;

  if (change->device->web)
    icam_test_web_set_motion (change->device->web, change->channel, change->motion);
  return G_SOURCE_REMOVE;
}

/* On the pump's thread, under its lock: only hand it on. */
static void
on_motion (IcamTestDevice *device, guint channel, gboolean motion)
{
  MotionChange *change = g_new0 (MotionChange, 1);

  change->device = device;
  change->channel = channel;
  change->motion = motion;
  g_main_context_invoke_full (device->context, G_PRIORITY_DEFAULT, deliver_motion, change, g_free);
}

static void
prepare_one (gpointer data, gpointer user_data)
{
  IcamTestDevice *device = data;
  GError **failure = user_data;
  static GMutex failure_lock;
  g_autoptr (GError) error = NULL;

  if (icam_test_device_prepare (device, (guint) seed, quiet_devices[device->index], &error))
    return;
  g_mutex_lock (&failure_lock);
  if (!*failure)
    *failure = g_steal_pointer (&error);
  g_mutex_unlock (&failure_lock);
}

static int
fail (GError *error)
{
  fprintf (stderr, "incamera-test-camera: %s\n", error->message);
  return EXIT_FAILURE;
}

int
main (int argc, char **argv)
{
  int count = 0, password_fd = -1;
  gboolean script_only = FALSE, no_mdns = FALSE, die_with_parent = FALSE;
  g_auto (GStrv) specs = NULL;
  g_autofree char *address = NULL, *log_path = NULL, *control = NULL, *user = NULL;
  g_autofree char *password_file = NULL, *password = NULL, *wsd_interface = NULL;
  const GOptionEntry entries[] = {
    { "count", 'n', 0, G_OPTION_ARG_INT, &count, "How many devices (default: as many as described)",
      "N" },
    { "device", 'd', 0, G_OPTION_ARG_STRING_ARRAY, &specs,
      "Properties of the next device: name=, serial=, mac=, uuid=, address=, lenses=, channels=, "
      "extra-view, strip=off, codec=h264|h265, audio=aac|g711, footage=FILE, sub=1280x704, mjpeg, ptz, snapshot=no, "
      "auth=digest|token|both|none, packets=single|frame, quiet, mdns=no, wsd=no, xaddr=HOST, clock-offset=, path=PATH",
      "SPEC" },
    { "address", 'a', 0, G_OPTION_ARG_STRING, &address, "Address (default 127.0.0.1)", "IP" },
    { "log", 'l', 0, G_OPTION_ARG_FILENAME, &log_path, "Log of every frame sent", "FILE" },
    { "control", 'c', 0, G_OPTION_ARG_FILENAME, &control,
      "Take commands from a socket, or - for standard input", "PATH" },
    { "print-script", 0, 0, G_OPTION_ARG_NONE, &script_only, "Print what moves when, and end", NULL },
    { "seed", 0, 0, G_OPTION_ARG_INT, &seed, "Another script, other serial numbers", "N" },
    { "user", 'u', 0, G_OPTION_ARG_STRING, &user, "User (default admin)", "NAME" },
    { "password-fd", 0, 0, G_OPTION_ARG_INT, &password_fd, "Read the password from there", "FD" },
    { "password-file", 0, 0, G_OPTION_ARG_FILENAME, &password_file, "Read the password from there",
      "FILE" },
    { "no-mdns", 0, 0, G_OPTION_ARG_NONE, &no_mdns, "Do not announce anything", NULL },
    { "wsd-interface", 0, 0, G_OPTION_ARG_STRING, &wsd_interface,
      "Answer WS-Discovery on that interface (name or address)", "IF" },
    { "die-with-parent", 0, 0, G_OPTION_ARG_NONE, &die_with_parent, "End when the parent ends", NULL },
    { NULL }
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("— cameras to test with");
  g_autoptr (GError) error = NULL;
  GThreadPool *pool;
  guint n_devices;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    return fail (error);
  if (die_with_parent)
    prctl (PR_SET_PDEATHSIG, SIGTERM);
  gst_init (NULL, NULL);

  password = read_password (password_file, password_fd, &error);
  if (!password)
    return fail (error);
  if (log_path && !icam_test_log_open (log_path, &error))
    return fail (error);

  n_devices = MAX (MAX (count, 0), specs ? (int) g_strv_length (specs) : 0);
  n_devices = CLAMP (n_devices, 1, MAX_DEVICES);
  quiet_devices = g_new0 (gboolean, n_devices);
  devices = g_ptr_array_new ();
  for (guint i = 0; i < n_devices; i++)
    {
      IcamTestDevice *device = icam_test_device_new (i);

      g_free (device->password);
      device->password = g_strdup (password);
      if (user)
        {
          g_free (device->user);
          device->user = g_strdup (user);
        }
      if (address)
        {
          g_free (device->address);
          device->address = g_strdup (address);
        }
      g_ptr_array_add (devices, device);
      if (specs && i < g_strv_length (specs)
          && !apply_spec (device, specs[i], &quiet_devices[i], &error))
        return fail (error);
      if (!icam_test_audio_prepare (device->audio, &error))
        return fail (error);
    }

  pool = g_thread_pool_new (prepare_one, &error, (int) g_get_num_processors (), FALSE, NULL);
  for (guint i = 0; i < n_devices; i++)
    g_thread_pool_push (pool, g_ptr_array_index (devices, i), NULL);
  g_thread_pool_free (pool, FALSE, TRUE);
  if (error)
    return fail (error);

  if (script_only)
    {
      for (guint i = 0; i < n_devices; i++)
        {
          IcamTestDevice *device = g_ptr_array_index (devices, i);

          for (guint k = 0; k < device->n_channels; k++)
            print_script (device, k);
        }
      return EXIT_SUCCESS;
    }

  loop = g_main_loop_new (NULL, FALSE);
  icam_test_pump_start (on_motion);
  for (guint i = 0; i < n_devices; i++)
    if (!icam_test_device_start (g_ptr_array_index (devices, i), &error))
      return fail (error);
  if (control && !icam_test_control_start (control, on_command, &error))
    return fail (error);
  if (wsd_interface && !icam_test_wsd_start (devices, wsd_interface, &error))
    return fail (error);
  if (!no_mdns)
    icam_test_announce_start (devices);

  for (guint i = 0; i < n_devices; i++)
    {
      g_autofree char *json = icam_test_device_describe (g_ptr_array_index (devices, i));

      printf ("%s\n", json);
      icam_test_log_write ("%s", json);
    }
  printf ("{\"ready\":true}\n");
  fflush (stdout);
  icam_test_log_flush ();

  g_unix_signal_add (SIGTERM, on_quit, NULL);
  g_unix_signal_add (SIGINT, on_quit, NULL);
  g_main_loop_run (loop);

  icam_test_control_stop ();
  icam_test_announce_stop ();
  icam_test_wsd_stop ();
  for (guint i = 0; i < n_devices; i++)
    icam_test_device_stop (g_ptr_array_index (devices, i));
  icam_test_pump_stop ();
  g_main_loop_unref (loop);
  return EXIT_SUCCESS;
}
