/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-ctl"

#include "config.h"

#include "ctl/icam-ctl.h"

#include "client/icam-words.h"

#include <gio/gunixfdlist.h>
#include <glib/gi18n-lib.h>
#include <unistd.h>

#define DAY_US (G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)
/* A picture that cannot be decoded before the next key frame is long to wait for: longer, and seeking and detection suffer. */
#define LONG_GROUP_US (4 * G_USEC_PER_SEC)
#define RATE_TRIES 5

typedef enum
{
  FINE,
  NOTE, /* works, but could be better */
  BAD,
} Verdict;

/* A report in steps. */
typedef struct
{
  IcamCtl *ctl;
  JsonBuilder *builder; /* NULL: lines for people */
  guint n_bad;
} Report;

static void
step (Report     *self,
      Verdict     verdict,
      const char *name,
      char       *text)
{
  static const char *const names[] = { "fine", "note", "bad" };
  g_autofree char *owned = text;
  g_autofree char *plain = icam_ctl_plain (owned);

  self->n_bad += verdict == BAD;
  if (self->builder == NULL)
    {
      icam_ctl_print ("%s %s", verdict == FINE ? "✓" : verdict == NOTE ? "·" : "✗", plain);
      return;
    }
  json_builder_begin_object (self->builder);
  icam_ctl_json_string (self->builder, "step", name);
  icam_ctl_json_string (self->builder, "verdict", names[verdict]);
  icam_ctl_json_string (self->builder, "text", owned);
  json_builder_end_object (self->builder);
}

/* ---- a camera that was added ---- */

static const char *
path_words (const char *path)
{
  static const struct
  {
    const char *path, *words;
  } table[] = {
    { "rtsp-tcp", N_ ("RTSP over TCP, read by In Camera itself") },
    { "rtsp-gst", N_ ("RTSP over TCP, read by GStreamer, because In Camera's own way was refused") },
    { "rtsp-udp", N_ ("RTSP over UDP, multicast or a tunnel, read by GStreamer") },
    { "mjpeg", N_ ("a stream of JPEG pictures over HTTP") },
    { "jpeg", N_ ("JPEG pictures that are asked for one by one") },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    if (g_strcmp0 (path, table[i].path) == 0)
      return _ (table[i].words);
  return _ ("not known yet");
}

static void
tell_device (Report         *self,
             IcamDBusDevice *device)
{
  const char *authentication = icam_dbus_device_get_authentication (device);
  const char *identity = icam_dbus_device_get_identity (device);
  const char *manufacturer = icam_dbus_device_get_manufacturer (device);
  const char *model = icam_dbus_device_get_model (device);
  const char *firmware = icam_dbus_device_get_firmware (device);
  GVariant *problem = icam_dbus_device_get_problem (device);
  g_autoptr (GError) error = problem != NULL ? icam_error_from_variant (problem) : NULL;

  if (error != NULL)
    step (self, BAD, "address", icam_words_error (error));
  else
    step (self, FINE, "address", g_strdup_printf (_ ("It answers at %s (%s)."), icam_dbus_device_get_address (device),
                                                  icam_dbus_device_get_kind (device)));
  if (manufacturer != NULL && *manufacturer != '\0')
    step (self, FINE, "device", g_strdup_printf (_ ("It is a %s %s, firmware %s."), manufacturer, model != NULL ? model : "",
                                                 firmware != NULL && *firmware != '\0' ? firmware : _ ("unknown")));
  step (self, FINE, "authentication", g_strdup_printf (_ ("It takes the password as: %s."), authentication != NULL ? authentication : ""));
  if (g_strcmp0 (identity, "same") == 0)
    step (self, FINE, "identity", g_strdup (_ ("It is the device that was added.")));
  else if (g_strcmp0 (identity, "other") == 0)
    step (self, BAD, "identity", g_strdup (_ ("It is another device than the one that was added.")));
  else
    step (self, NOTE, "identity", g_strdup (_ ("It offers nothing that proves that it is the device that was added.")));
}

static void
tell_events (Report         *self,
             IcamDBusDevice *device)
{
  const char *state = icam_dbus_device_get_event_state (device);
  GVariant *problem = icam_dbus_device_get_event_problem (device);
  g_autoptr (GError) error = problem != NULL ? icam_error_from_variant (problem) : NULL;
  GVariant *unknown = icam_dbus_device_get_unknown_events (device);
  GVariantIter iter;
  const char *topic;
  guint count;

  if (g_strcmp0 (state, "listening") == 0)
    step (self, FINE, "events", g_strdup (_ ("Its own events are heard.")));
  else if (error != NULL)
    {
      g_autofree char *words = icam_words_error (error);

      step (self, NOTE, "events", g_strdup_printf (_ ("Its own events are not heard. %s"), words));
    }
  else if (g_strcmp0 (icam_dbus_device_get_kind (device), "onvif") == 0)
    step (self, NOTE, "events", g_strdup (_ ("Its own events are not heard yet.")));
  if (unknown == NULL)
    return;
  g_variant_iter_init (&iter, unknown);
  while (g_variant_iter_next (&iter, "(&su)", &topic, &count))
    step (self, NOTE, "unknown-event", g_strdup_printf (ngettext ("It sent an event that has no name here: %s (%u time).",
                                                                  "It sent an event that has no name here: %s (%u times).", count),
                                                        topic, count));
}

/* Reads of a span's key frames; FALSE when it cannot be opened. */
static gboolean
key_frames_of (IcamCtl        *ctl,
               IcamDBusCamera *proxy,
               const char     *role,
               const IcamSpan *span,
               guint          *count,
               gint64         *longest)
{
  GAsyncResult *slot = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GUnixFDList) list = NULL;
  g_autoptr (GVariant) keys = NULL;
  g_autoptr (GVariant) file = NULL;
  gint64 offset, before = -1;
  GVariantIter iter;

  icam_dbus_camera_call_open_segment (proxy, span->channel, role, span->seq, g_variant_new ("a{sv}", NULL), NULL, ctl->cancellable,
                                      icam_ctl_store, &slot);
  result = icam_ctl_wait_result (ctl, &slot);
  if (!icam_dbus_camera_call_open_segment_finish (proxy, &file, &keys, &list, result, NULL))
    return FALSE;
  *count = 0;
  *longest = 0;
  g_variant_iter_init (&iter, keys);
  while (g_variant_iter_next (&iter, "(xt)", &offset, NULL))
    {
      if (before >= 0)
        *longest = MAX (*longest, offset - before);
      before = offset;
      (*count)++;
    }
  return TRUE;
}

static void
tell_recordings (Report     *self,
                 IcamCamera *camera,
                 IcamRole    role)
{
  const char *name = icam_role_to_string (role);
  gint64 now = g_get_real_time (), missing = 0, longest;
  GAsyncResult *slot = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (IcamRecordings) recordings = NULL;
  g_autofree char *lost = NULL;
  guint count;

  icam_client_list_recordings_async (self->ctl->client, camera, role, now - DAY_US, now, self->ctl->cancellable, icam_ctl_store, &slot);
  result = icam_ctl_wait_result (self->ctl, &slot);
  recordings = icam_client_list_recordings_finish (self->ctl->client, result, NULL);
  if (recordings == NULL || recordings->spans->len == 0)
    {
      step (self, BAD, "recordings", g_strdup_printf (_ ("Nothing of its %s stream was recorded in the last day."), name));
      return;
    }

  for (guint i = recordings->spans->len; i > 0; i--)
    if (key_frames_of (self->ctl, icam_camera_get_proxy (camera), name, &g_array_index (recordings->spans, IcamSpan, i - 1), &count, &longest)
        && count > 1)
      {
        step (self, longest <= LONG_GROUP_US ? FINE : NOTE, "key-frames",
              g_strdup_printf (_ ("Its %s stream has a key frame every %.1f seconds at least."), name, (double) longest / G_USEC_PER_SEC));
        break;
      }
  for (guint i = 0; i < recordings->gaps->len; i++)
    {
      const IcamGap *gap = &g_array_index (recordings->gaps, IcamGap, i);

      missing += MAX ((gap->end != 0 ? gap->end : now) - MAX (gap->start, now - DAY_US), 0);
    }
  lost = icam_words_duration (missing);
  if (recordings->gaps->len == 0)
    step (self, FINE, "gaps", g_strdup_printf (_ ("Nothing of its %s stream is missing in the last day."), name));
  else
    step (self, NOTE, "gaps", g_strdup_printf (ngettext ("Of its %s stream %s are missing in the last day, in %u gap; the last one: %s.",
                                                         "Of its %s stream %s are missing in the last day, in %u gaps; the last one: %s.",
                                                         recordings->gaps->len),
                                               name, lost, recordings->gaps->len,
                                               icam_words_gap (g_array_index (recordings->gaps, IcamGap, recordings->gaps->len - 1).cause)));
}

static gboolean
never (gpointer user_data)
{
  return FALSE;
}

/* What comes now; a stream that has just begun is given a moment. */
static GVariant *
rates_of (Report     *self,
          IcamCamera *camera)
{
  IcamDBusManager *manager = icam_client_get_manager (self->ctl->client);
  GVariant *rates = NULL;

  for (guint i = 0; i < RATE_TRIES; i++)
    {
      GAsyncResult *slot = NULL;
      g_autoptr (GAsyncResult) result = NULL;
      gboolean all = TRUE;
      const char *id;
      GVariantIter iter;
      double pictures;

      g_clear_pointer (&rates, g_variant_unref);
      icam_dbus_manager_call_get_rates (manager, g_variant_new ("a{sv}", NULL), self->ctl->cancellable, icam_ctl_store, &slot);
      result = icam_ctl_wait_result (self->ctl, &slot);
      if (!icam_dbus_manager_call_get_rates_finish (manager, &rates, result, NULL))
        return NULL;
      g_variant_iter_init (&iter, rates);
      while (g_variant_iter_next (&iter, "(&s&sddx)", &id, NULL, NULL, &pictures, NULL))
        all = all && (g_strcmp0 (id, icam_camera_get_id (camera)) != 0 || pictures > 0);
      if (all)
        break;
      icam_ctl_wait (self->ctl, never, NULL, G_USEC_PER_SEC);
    }
  return rates;
}

static void
tell_streams (Report     *self,
              IcamCamera *camera)
{
  IcamDBusCamera *proxy = icam_camera_get_proxy (camera);
  GVariant *streams = icam_dbus_camera_get_streams (proxy), *paths = icam_dbus_camera_get_paths (proxy);
  g_autoptr (GVariant) rates = rates_of (self, camera);
  const char *role_name, *codec, *sound;
  guint width, height, n = 0;
  gboolean has_sound = FALSE;
  GVariantIter iter;
  double fps;

  if (streams == NULL)
    return;
  g_variant_iter_init (&iter, streams);
  while (g_variant_iter_next (&iter, "(&s&suud&s)", &role_name, &codec, &width, &height, &fps, &sound))
    {
      const char *path = NULL, *id, *role;
      double bytes = 0, pictures = 0, each_bytes, each_pictures;
      gint64 age = -1, each_age;
      GVariantIter rate;
      IcamRole which;

      n++;
      if (paths != NULL)
        g_variant_lookup (paths, role_name, "&s", &path);
      if (rates != NULL)
        {
          g_variant_iter_init (&rate, rates);
          while (g_variant_iter_next (&rate, "(&s&sddx)", &id, &role, &each_bytes, &each_pictures, &each_age))
            if (g_strcmp0 (id, icam_camera_get_id (camera)) == 0 && g_strcmp0 (role, role_name) == 0)
              {
                bytes = each_bytes;
                pictures = each_pictures;
                age = each_age;
              }
        }
      step (self, FINE, "stream", g_strdup_printf (_ ("Its %s stream: %s, %u×%u; it comes by %s."), role_name, codec, width, height,
                                                   path_words (path)));
      if (age >= 0 && age < 5 * G_USEC_PER_SEC && pictures > 0)
        step (self, FINE, "rate", g_strdup_printf (_ ("Its %s stream sends %.1f pictures and %.0f kbit a second."), role_name, pictures,
                                                   bytes * 8 / 1000));
      else
        step (self, BAD, "rate", g_strdup_printf (_ ("Its %s stream sends nothing now."), role_name));
      has_sound = has_sound || (sound != NULL && *sound != '\0');
      if (icam_role_from_string (role_name, &which))
        tell_recordings (self, camera, which);
    }
  if (n == 0)
    step (self, BAD, "stream", g_strdup (_ ("No stream of it is known.")));
  else
    step (self, has_sound ? FINE : NOTE, "sound", g_strdup (has_sound ? _ ("It sends sound.") : _ ("It sends no sound.")));
}

static void
diagnose_camera (Report     *self,
                 IcamCamera *camera)
{
  IcamDBusCamera *proxy = icam_camera_get_proxy (camera);
  g_autoptr (IcamDBusDevice) device = icam_client_get_device (self->ctl->client, icam_dbus_camera_get_device (proxy));
  const char *state = icam_camera_get_state (camera), *detector = icam_camera_get_detector_state (camera);
  const GError *error = icam_camera_get_error (camera);

  if (device != NULL)
    tell_device (self, device);
  if (g_strcmp0 (state, "recording") == 0)
    step (self, FINE, "state", g_strdup (_ ("It is being recorded.")));
  else
    step (self, g_strcmp0 (state, "paused") == 0 ? NOTE : BAD, "state",
          icam_words_camera_state (icam_camera_get_name (camera), state, error, icam_camera_get_state_since (camera),
                                   icam_camera_get_retry_at (camera), g_get_real_time ()));
  tell_streams (self, camera);
  if (g_strcmp0 (detector, "healthy") == 0)
    step (self, FINE, "detection", g_strdup (_ ("It is watched for motion.")));
  else if (g_strcmp0 (detector, "absent") == 0)
    step (self, BAD, "detection", g_strdup (_ ("It cannot be watched for motion: none of its streams can be decoded here.")));
  else
    step (self, NOTE, "detection", g_strdup (g_strcmp0 (detector, "off") == 0 ? _ ("It is not watched for motion.")
                                                                               : _ ("The motion detector is getting used to the scene.")));
  if (device != NULL)
    tell_events (self, device);
}

/* ---- an address ---- */

static void
diagnose_address (Report     *self,
                  const char *address,
                  const char *user,
                  IcamSecret *secret)
{
  g_autoptr (IcamDBusProbe) probe = NULL;
  g_autoptr (GError) error = NULL;
  GAsyncResult *slot = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  GVariant *channels;
  const char *token, *name, *codec, *manufacturer;
  guint width, height;
  gboolean sub;
  GVariantIter iter;

  icam_client_probe_async (self->ctl->client, address, user, secret, NULL, self->ctl->cancellable, icam_ctl_store, &slot);
  result = icam_ctl_wait_result (self->ctl, &slot);
  if (!icam_client_probe_finish (self->ctl->client, result, &probe, &error))
    {
      step (self, BAD, "address", icam_words_error (error));
      return;
    }
  step (self, FINE, "address", g_strdup_printf (_ ("A camera answers at %s and takes the name and the password."), address));
  manufacturer = icam_dbus_probe_get_manufacturer (probe);
  if (manufacturer != NULL && *manufacturer != '\0')
    step (self, FINE, "device", g_strdup_printf (_ ("It is a %s %s."), manufacturer, icam_dbus_probe_get_model (probe)));
  channels = icam_dbus_probe_get_channels (probe);
  if (channels == NULL)
    return;
  g_variant_iter_init (&iter, channels);
  while (g_variant_iter_next (&iter, "(&s&suu&sb)", &token, &name, &width, &height, &codec, &sub))
    step (self, sub ? FINE : NOTE, "channel",
          g_strdup_printf (sub ? _ ("View “%s”: %s, %u×%u, with a smaller stream for detection and the wall.")
                               : _ ("View “%s”: %s, %u×%u, without a smaller stream: detection and the wall decode the large one."),
                           name, *codec != '\0' ? codec : _ ("codec not known yet"), width, height));
}

/**
 * icam_ctl_diagnose:
 * @ctl: what all commands share
 * @argc: number of words
 * @argv: the words
 *
 * Returns: exit code: ICAM_EXIT_FAILED when something is bad
 */
int
icam_ctl_diagnose (IcamCtl *ctl,
                   int      argc,
                   char   **argv)
{
  g_autofree char *user = NULL;
  const GOptionEntry entries[] = {
    { "user", 'u', 0, G_OPTION_ARG_STRING, &user, N_ ("Name at an address that was not added; its password is asked for"), N_ ("NAME") },
    G_OPTION_ENTRY_NULL,
  };
  Report report = { .ctl = ctl };
  g_autoptr (JsonBuilder) builder = NULL;
  g_autoptr (IcamSecret) secret = NULL;
  GListModel *cameras;
  IcamCamera *camera = NULL;
  GError *error = NULL;
  int code;

  if (!icam_ctl_parse (ctl, _ ("CAMERA|ADDRESS"),
                       _ ("Says step by step what works of a camera and what does not. Without passwords: it can be shown to others."), entries,
                       1, 1, &argc, &argv))
    return ICAM_EXIT_USAGE;
  code = icam_ctl_connect (ctl, TRUE);
  if (code != 0)
    return code;

  /* Whatever is not the name of a camera is an address. */
  cameras = icam_client_get_cameras (ctl->client);
  for (guint i = 0; i < g_list_model_get_n_items (cameras) && camera == NULL; i++)
    {
      g_autoptr (IcamCamera) other = g_list_model_get_item (cameras, i);

      if (g_strcmp0 (argv[1], icam_camera_get_id (other)) == 0 || g_strcmp0 (argv[1], icam_camera_get_name (other)) == 0)
        camera = other;
    }
  if (camera == NULL && user != NULL)
    {
      g_autofree char *prompt = g_strdup_printf (_ ("Password of %s at %s: "), user, argv[1]);

      secret = icam_ctl_read_password (ctl, prompt, &error);
      if (secret == NULL)
        return icam_ctl_done (ctl, FALSE, error);
    }

  if (ctl->json)
    {
      report.builder = builder = json_builder_new ();
      json_builder_begin_array (builder);
    }
  if (camera != NULL)
    diagnose_camera (&report, camera);
  else
    diagnose_address (&report, argv[1], user, secret);
  if (builder != NULL)
    {
      json_builder_end_array (builder);
      icam_ctl_print_json (builder, FALSE);
    }
  return report.n_bad > 0 ? ICAM_EXIT_FAILED : ICAM_EXIT_OK;
}
