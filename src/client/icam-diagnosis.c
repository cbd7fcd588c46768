/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-client"

#include "config.h"

#include "client/icam-diagnosis.h"

#include <gio/gunixfdlist.h>
#include <glib/gi18n-lib.h>

#include "client/icam-words.h"

/* What works of a camera and what does not, step by step: for the window and the command line. */

#define DAY_US (G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)
/* A picture that cannot be decoded before the next key frame is long to wait for: longer, and seeking and detection suffer. */
#define LONG_GROUP_US (4 * G_USEC_PER_SEC)
/* A stream that has just begun is given a moment. */
#define RATE_TRIES 5

typedef struct
{
  IcamDiagnosisStep step;
  gpointer step_data;
  guint n_bad;
  double progress;

  IcamCamera *camera; /* NULL: an address */
  IcamDBusCamera *proxy;
  IcamDBusDevice *device;
  char *address;
  guint n_tries;
  GVariant *rates;
  GVariant *streams;
  gsize stream; /* which one is looked at */
  gboolean has_sound;
  IcamRecordings *recordings;
  guint span; /* which one is looked at, from the end */
} Diagnosis;

static void look_at_stream (GTask *task);

static void
diagnosis_free (gpointer data)
{
  Diagnosis *self = data;

  g_clear_object (&self->camera);
  g_clear_object (&self->proxy);
  g_clear_object (&self->device);
  g_clear_pointer (&self->rates, g_variant_unref);
  g_clear_pointer (&self->streams, g_variant_unref);
  g_clear_pointer (&self->recordings, icam_recordings_free);
  g_free (self->address);
  g_free (self);
}

static void
step (Diagnosis  *self,
      IcamVerdict verdict,
      const char *name,
      char       *text)
{
  g_autofree char *owned = text;
  g_autofree char *plain = icam_words_without_secrets (owned);

  self->n_bad += verdict == ICAM_VERDICT_BAD;
  self->step (verdict, name, plain, self->progress, self->step_data);
}

/* TRUE when nobody wants to know any more: the task has ended. */
static gboolean
given_up (GTask *task)
{
  return g_task_return_error_if_cancelled (task);
}

static const char *
role_words (const char *role)
{
  if (g_strcmp0 (role, "sub") == 0)
    /* Translators: "Its sub stream": the small one */
    return C_ ("stream", "sub");
  /* Translators: "Its main stream": the large one */
  return C_ ("stream", "main");
}

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

/* ---- the device ---- */

static void
tell_device (Diagnosis *self)
{
  const char *authentication = icam_dbus_device_get_authentication (self->device);
  const char *identity = icam_dbus_device_get_identity (self->device);
  const char *manufacturer = icam_dbus_device_get_manufacturer (self->device);
  const char *model = icam_dbus_device_get_model (self->device);
  const char *firmware = icam_dbus_device_get_firmware (self->device);
  GVariant *problem = icam_dbus_device_get_problem (self->device);
  g_autoptr (GError) error = problem != NULL ? icam_error_from_variant (problem) : NULL;

  if (error != NULL)
    step (self, ICAM_VERDICT_BAD, "address", icam_words_error (error));
  else
    step (self, ICAM_VERDICT_FINE, "address",
          g_strdup_printf (_ ("It answers at %s (%s)."), icam_dbus_device_get_address (self->device),
                           icam_dbus_device_get_kind (self->device)));
  if (manufacturer != NULL && *manufacturer != '\0')
    step (self, ICAM_VERDICT_FINE, "device",
          g_strdup_printf (_ ("It is a %s %s, firmware %s."), manufacturer, model != NULL ? model : "",
                           firmware != NULL && *firmware != '\0' ? firmware : _ ("unknown")));
  if (authentication != NULL && *authentication != '\0')
    step (self, ICAM_VERDICT_FINE, "authentication", g_strdup_printf (_ ("It takes the password as: %s."), authentication));
  if (icam_dbus_device_get_factory_password (self->device))
    step (self, ICAM_VERDICT_BAD, "factory-password",
          g_strdup (_ ("Everybody knows its password: it is the one that such cameras come with.")));
  if (g_strcmp0 (identity, "same") == 0)
    step (self, ICAM_VERDICT_FINE, "identity", g_strdup (_ ("It is the device that was added.")));
  else if (g_strcmp0 (identity, "other") == 0)
    step (self, ICAM_VERDICT_BAD, "identity", g_strdup (_ ("It is another device than the one that was added.")));
  else
    step (self, ICAM_VERDICT_NOTE, "identity", g_strdup (_ ("It offers nothing that proves that it is the device that was added.")));
}

static void
tell_state (Diagnosis *self)
{
  const char *state = icam_camera_get_state (self->camera);

  if (g_strcmp0 (state, "recording") == 0)
    step (self, ICAM_VERDICT_FINE, "state", g_strdup (_ ("It is being recorded.")));
  else
    step (self, g_strcmp0 (state, "paused") == 0 ? ICAM_VERDICT_NOTE : ICAM_VERDICT_BAD, "state",
          icam_words_camera_state (icam_camera_get_name (self->camera), state, icam_camera_get_error (self->camera),
                                   icam_camera_get_state_since (self->camera), icam_camera_get_retry_at (self->camera),
                                   g_get_real_time ()));
}

static void
tell_events (Diagnosis *self)
{
  const char *state = icam_dbus_device_get_event_state (self->device);
  GVariant *problem = icam_dbus_device_get_event_problem (self->device);
  g_autoptr (GError) error = problem != NULL ? icam_error_from_variant (problem) : NULL;
  GVariant *unknown = icam_dbus_device_get_unknown_events (self->device);
  GVariantIter iter;
  const char *topic;
  guint count;

  if (g_strcmp0 (state, "listening") == 0)
    step (self, ICAM_VERDICT_FINE, "events", g_strdup (_ ("Its own events are heard.")));
  else if (error != NULL)
    {
      g_autofree char *words = icam_words_error (error);

      step (self, ICAM_VERDICT_NOTE, "events", g_strdup_printf (_ ("Its own events are not heard. %s"), words));
    }
  else if (g_strcmp0 (icam_dbus_device_get_kind (self->device), "onvif") == 0)
    step (self, ICAM_VERDICT_NOTE, "events", g_strdup (_ ("Its own events are not heard yet.")));
  if (unknown == NULL)
    return;
  g_variant_iter_init (&iter, unknown);
  while (g_variant_iter_next (&iter, "(&su)", &topic, &count))
    step (self, ICAM_VERDICT_NOTE, "unknown-event",
          g_strdup_printf (ngettext ("It sent an event that has no name here: %s (%u time).",
                                     "It sent an event that has no name here: %s (%u times).", count),
                           topic, count));
}

static void
finish (GTask *task)
{
  Diagnosis *self = g_task_get_task_data (task);
  const char *detector = icam_camera_get_detector_state (self->camera);

  self->progress = 0.9;
  if (self->streams == NULL || g_variant_n_children (self->streams) == 0)
    step (self, ICAM_VERDICT_BAD, "stream", g_strdup (_ ("No stream of it is known.")));
  else
    step (self, self->has_sound ? ICAM_VERDICT_FINE : ICAM_VERDICT_NOTE, "sound",
          g_strdup (self->has_sound ? _ ("It sends sound.") : _ ("It sends no sound.")));
  if (g_strcmp0 (detector, "healthy") == 0)
    step (self, ICAM_VERDICT_FINE, "detection", g_strdup (_ ("It is watched for motion.")));
  else if (g_strcmp0 (detector, "absent") == 0)
    step (self, ICAM_VERDICT_BAD, "detection", g_strdup (_ ("It cannot be watched for motion: none of its streams can be decoded here.")));
  else
    step (self, ICAM_VERDICT_NOTE, "detection",
          g_strdup (g_strcmp0 (detector, "off") == 0 ? _ ("It is not watched for motion.")
                                                     : _ ("The motion detector is getting used to the scene.")));
  if (self->device != NULL)
    tell_events (self);
  g_task_return_int (task, (gssize) self->n_bad);
}

/* ---- its streams ---- */

static void
next_stream (GTask *task)
{
  Diagnosis *self = g_task_get_task_data (task);

  g_clear_pointer (&self->recordings, icam_recordings_free);
  self->stream++;
  look_at_stream (task);
}

static void
tell_gaps (GTask *task)
{
  Diagnosis *self = g_task_get_task_data (task);
  const GArray *gaps = self->recordings->gaps;
  gint64 now = g_get_real_time (), missing = 0;
  g_autofree char *lost = NULL;
  const char *role;

  g_variant_get_child (self->streams, self->stream, "(&s&suud&s)", &role, NULL, NULL, NULL, NULL, NULL);
  for (guint i = 0; i < gaps->len; i++)
    {
      const IcamGap *gap = &g_array_index (gaps, IcamGap, i);

      missing += MAX ((gap->end != 0 ? gap->end : now) - MAX (gap->start, now - DAY_US), 0);
    }
  lost = icam_words_duration (missing);
  if (gaps->len == 0)
    step (self, ICAM_VERDICT_FINE, "gaps", g_strdup_printf (_ ("Nothing of its %s stream is missing in the last day."), role_words (role)));
  else
    step (self, ICAM_VERDICT_NOTE, "gaps",
          g_strdup_printf (ngettext ("Of its %s stream %s are missing in the last day, in %u gap; the last one: %s.",
                                     "Of its %s stream %s are missing in the last day, in %u gaps; the last one: %s.", gaps->len),
                           role_words (role), lost, gaps->len, icam_words_gap (g_array_index (gaps, IcamGap, gaps->len - 1).cause)));
  next_stream (task);
}

static void look_at_span (GTask *task);

static void
on_segment (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  Diagnosis *self = g_task_get_task_data (task);
  g_autoptr (GUnixFDList) list = NULL;
  g_autoptr (GVariant) keys = NULL;
  g_autoptr (GVariant) file = NULL;
  gint64 offset, before = -1, longest = 0;
  const char *role;
  GVariantIter iter;
  guint count = 0;

  if (icam_dbus_camera_call_open_segment_finish (ICAM_DBUS_CAMERA (source), &file, &keys, &list, result, NULL))
    {
      g_variant_iter_init (&iter, keys);
      while (g_variant_iter_next (&iter, "(xt)", &offset, NULL))
        {
          if (before >= 0)
            longest = MAX (longest, offset - before);
          before = offset;
          count++;
        }
    }
  if (given_up (task))
    return;
  if (count < 2)
    {
      look_at_span (task);
      return;
    }

  g_variant_get_child (self->streams, self->stream, "(&s&suud&s)", &role, NULL, NULL, NULL, NULL, NULL);
  step (self, longest <= LONG_GROUP_US ? ICAM_VERDICT_FINE : ICAM_VERDICT_NOTE, "key-frames",
        g_strdup_printf (_ ("Its %s stream has a key frame every %.1f seconds at least."), role_words (role), (double) longest / G_USEC_PER_SEC));
  tell_gaps (task);
}

/* The newest span that has two key frames tells how far they are from each other. */
static void
look_at_span (GTask *task)
{
  Diagnosis *self = g_task_get_task_data (task);
  const IcamSpan *span;
  const char *role;

  if (self->span == 0)
    {
      tell_gaps (task);
      return;
    }
  span = &g_array_index (self->recordings->spans, IcamSpan, --self->span);
  g_variant_get_child (self->streams, self->stream, "(&s&suud&s)", &role, NULL, NULL, NULL, NULL, NULL);
  icam_dbus_camera_call_open_segment (self->proxy, span->channel, role, span->seq, g_variant_new ("a{sv}", NULL), NULL,
                                      g_task_get_cancellable (task), on_segment, g_object_ref (task));
}

static void
on_recordings (GObject      *source,
               GAsyncResult *result,
               gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  Diagnosis *self = g_task_get_task_data (task);
  const char *role;

  self->recordings = icam_client_list_recordings_finish (ICAM_CLIENT (source), result, NULL);
  if (given_up (task))
    return;
  if (self->recordings == NULL || self->recordings->spans->len == 0)
    {
      g_variant_get_child (self->streams, self->stream, "(&s&suud&s)", &role, NULL, NULL, NULL, NULL, NULL);
      step (self, ICAM_VERDICT_BAD, "recordings",
            g_strdup_printf (_ ("Nothing of its %s stream was recorded in the last day."), role_words (role)));
      next_stream (task);
      return;
    }
  self->span = self->recordings->spans->len;
  look_at_span (task);
}

static void
tell_rate (Diagnosis  *self,
           const char *role)
{
  double bytes = 0, pictures = 0, each_bytes, each_pictures;
  gint64 age = -1, each_age;
  const char *id, *each_role;
  GVariantIter iter;

  if (self->rates != NULL)
    {
      g_variant_iter_init (&iter, self->rates);
      while (g_variant_iter_next (&iter, "(&s&sddx)", &id, &each_role, &each_bytes, &each_pictures, &each_age))
        if (g_strcmp0 (id, icam_camera_get_id (self->camera)) == 0 && g_strcmp0 (role, each_role) == 0)
          {
            bytes = each_bytes;
            pictures = each_pictures;
            age = each_age;
          }
    }
  if (age >= 0 && age < 5 * G_USEC_PER_SEC && pictures > 0)
    step (self, ICAM_VERDICT_FINE, "rate",
          g_strdup_printf (_ ("Its %s stream sends %.1f pictures and %.0f kbit a second."), role_words (role), pictures, bytes * 8 / 1000));
  else
    step (self, ICAM_VERDICT_BAD, "rate", g_strdup_printf (_ ("Its %s stream sends nothing now."), role_words (role)));
}

static void
look_at_stream (GTask *task)
{
  Diagnosis *self = g_task_get_task_data (task);
  gsize n_streams = self->streams != NULL ? g_variant_n_children (self->streams) : 0;
  GVariant *paths = icam_dbus_camera_get_paths (self->proxy);
  const char *role_name, *codec, *sound, *path = NULL;
  gint64 now = g_get_real_time ();
  guint width, height;
  IcamRole role;

  if (self->stream >= n_streams)
    {
      finish (task);
      return;
    }

  self->progress = 0.4 + 0.5 * (double) self->stream / (double) n_streams;
  g_variant_get_child (self->streams, self->stream, "(&s&suud&s)", &role_name, &codec, &width, &height, NULL, &sound);
  if (paths != NULL)
    g_variant_lookup (paths, role_name, "&s", &path);
  step (self, ICAM_VERDICT_FINE, "stream", g_strdup_printf (_ ("Its %s stream: %s, %u×%u; it comes by %s."), role_words (role_name), codec,
                                                            width, height, path_words (path)));
  tell_rate (self, role_name);
  self->has_sound = self->has_sound || *sound != '\0';
  if (icam_role_from_string (role_name, &role))
    icam_client_list_recordings_async (g_task_get_source_object (task), self->camera, role, now - DAY_US, now,
                                       g_task_get_cancellable (task), on_recordings, g_object_ref (task));
  else
    next_stream (task);
}

/* ---- what comes now ---- */

static void ask_rates (GTask *task);

static gboolean
again_cb (gpointer user_data)
{
  GTask *task = user_data;

  if (!given_up (task))
    ask_rates (task);
  return G_SOURCE_REMOVE;
}

static void
on_rates (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  Diagnosis *self = g_task_get_task_data (task);
  gboolean all = TRUE;
  GVariantIter iter;
  const char *id;
  double pictures;

  g_clear_pointer (&self->rates, g_variant_unref);
  icam_dbus_manager_call_get_rates_finish (ICAM_DBUS_MANAGER (source), &self->rates, result, NULL);
  if (given_up (task))
    return;
  if (self->rates != NULL)
    {
      g_variant_iter_init (&iter, self->rates);
      while (g_variant_iter_next (&iter, "(&s&sddx)", &id, NULL, NULL, &pictures, NULL))
        all = all && (g_strcmp0 (id, icam_camera_get_id (self->camera)) != 0 || pictures > 0);
      if (!all && ++self->n_tries < RATE_TRIES)
        {
          g_timeout_add_seconds_full (G_PRIORITY_DEFAULT, 1, again_cb, g_object_ref (task), g_object_unref);
          return;
        }
    }
  look_at_stream (task);
}

static void
ask_rates (GTask *task)
{
  IcamDBusManager *manager = icam_client_get_manager (g_task_get_source_object (task));

  if (manager == NULL)
    g_task_return_new_error (task, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN, "The recorder is not running.");
  else
    icam_dbus_manager_call_get_rates (manager, g_variant_new ("a{sv}", NULL), g_task_get_cancellable (task), on_rates,
                                      g_object_ref (task));
}

static void
on_clock (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  Diagnosis *self = g_task_get_task_data (task);
  g_autoptr (GVariant) clock = NULL;
  g_autoptr (GError) error = NULL;
  gint64 offset = 0;

  icam_dbus_device_call_get_clock_finish (ICAM_DBUS_DEVICE (source), &clock, result, &error);
  if (given_up (task))
    return;
  self->progress = 0.3;
  if (clock != NULL && g_variant_lookup (clock, "offset", "x", &offset))
    step (self, icam_words_clock_right (offset) ? ICAM_VERDICT_FINE : ICAM_VERDICT_NOTE, "clock", icam_words_clock_offset (offset));
  else if (error != NULL)
    {
      g_autofree char *words = icam_words_error (error);

      /* Translators: a sentence with the reason follows */
      step (self, ICAM_VERDICT_NOTE, "clock", g_strdup_printf (_ ("Its clock cannot be asked. %s"), words));
    }
  ask_rates (task);
}

static GTask *
task_new (IcamClient         *client,
          IcamDiagnosisStep   step_func,
          gpointer            step_data,
          GCancellable       *cancellable,
          GAsyncReadyCallback callback,
          gpointer            user_data)
{
  GTask *task = g_task_new (client, cancellable, callback, user_data);
  Diagnosis *self = g_new0 (Diagnosis, 1);

  g_task_set_source_tag (task, icam_client_diagnose_async);
  self->step = step_func;
  self->step_data = step_data;
  g_task_set_task_data (task, self, diagnosis_free);
  return task;
}

/**
 * icam_client_diagnose_async:
 * @self: a client
 * @camera: one that was added
 * @step: called for each thing that was looked at
 * @step_data: for @step
 * @cancellable: (nullable): to give up
 * @callback: called at the end; it calls icam_client_diagnose_finish()
 * @user_data: for @callback
 *
 * Says step by step what works of a camera and what does not. A camera in trouble is no error of this.
 */
void
icam_client_diagnose_async (IcamClient         *self,
                            IcamCamera         *camera,
                            IcamDiagnosisStep   step_func,
                            gpointer            step_data,
                            GCancellable       *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer            user_data)
{
  g_autoptr (GTask) task = task_new (self, step_func, step_data, cancellable, callback, user_data);
  Diagnosis *diagnosis = g_task_get_task_data (task);
  IcamDBusCamera *proxy = icam_camera_get_proxy (camera);
  GVariant *streams = proxy != NULL ? icam_dbus_camera_get_streams (proxy) : NULL;

  if (proxy == NULL)
    {
      g_task_return_new_error (task, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN, "The recorder is not running.");
      return;
    }
  diagnosis->camera = g_object_ref (camera);
  diagnosis->proxy = g_object_ref (proxy);
  diagnosis->device = icam_client_get_device (self, icam_dbus_camera_get_device (proxy));
  diagnosis->streams = streams != NULL ? g_variant_ref (streams) : NULL;
  diagnosis->progress = 0.1;
  if (diagnosis->device != NULL)
    tell_device (diagnosis);
  tell_state (diagnosis);
  if (diagnosis->device != NULL && g_strcmp0 (icam_dbus_device_get_kind (diagnosis->device), "onvif") == 0)
    icam_dbus_device_call_get_clock (diagnosis->device, g_variant_new ("a{sv}", NULL), cancellable, on_clock, g_object_ref (task));
  else
    ask_rates (task);
}

/* ---- an address ---- */

static void
tell_channels (Diagnosis     *self,
               IcamDBusProbe *probe)
{
  const char *manufacturer = icam_dbus_probe_get_manufacturer (probe);
  GVariant *channels = icam_dbus_probe_get_channels (probe);
  const char *name, *codec;
  guint width, height;
  gboolean sub;
  GVariantIter iter;

  step (self, ICAM_VERDICT_FINE, "address", g_strdup_printf (_ ("A camera answers at %s and takes the name and the password."), self->address));
  if (manufacturer != NULL && *manufacturer != '\0')
    step (self, ICAM_VERDICT_FINE, "device", g_strdup_printf (_ ("It is a %s %s."), manufacturer, icam_dbus_probe_get_model (probe)));
  if (channels == NULL)
    return;
  g_variant_iter_init (&iter, channels);
  while (g_variant_iter_next (&iter, "(&s&suu&sb)", NULL, &name, &width, &height, &codec, &sub))
    step (self, sub ? ICAM_VERDICT_FINE : ICAM_VERDICT_NOTE, "channel",
          g_strdup_printf (sub ? _ ("View “%s”: %s, %u×%u, with a smaller stream for detection and the wall.")
                               : _ ("View “%s”: %s, %u×%u, without a smaller stream: detection and the wall decode the large one."),
                           name, *codec != '\0' ? codec : _ ("codec not known yet"), width, height));
}

static void
on_probe (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  Diagnosis *self = g_task_get_task_data (task);
  g_autoptr (IcamDBusProbe) probe = NULL;
  g_autoptr (GError) error = NULL;
  gboolean ready = icam_client_probe_finish (ICAM_CLIENT (source), result, &probe, &error);

  /* It was only looked at. */
  if (probe != NULL)
    icam_dbus_probe_call_close (probe, g_variant_new ("a{sv}", NULL), NULL, NULL, NULL);
  if (given_up (task))
    return;
  self->progress = 0.9;
  if (ready)
    tell_channels (self, probe);
  else
    {
      gboolean answers = error->domain == ICAM_ERROR && error->code != ICAM_ERROR_UNREACHABLE && error->code != ICAM_ERROR_TIMED_OUT
                         && error->code != ICAM_ERROR_INVALID_ARGUMENT && error->code != ICAM_ERROR_FAILED;

      if (answers)
        step (self, ICAM_VERDICT_FINE, "reachable", g_strdup_printf (_ ("Something answers at %s."), self->address));
      step (self, ICAM_VERDICT_BAD, "address", icam_words_error (error));
    }
  g_task_return_int (task, (gssize) self->n_bad);
}

/**
 * icam_client_diagnose_address_async:
 * @self: a client
 * @address: one that was not added
 * @user: (nullable): name
 * @secret: (nullable): password
 * @step: called for each thing that was looked at
 * @step_data: for @step
 * @cancellable: (nullable): to give up
 * @callback: called at the end; it calls icam_client_diagnose_finish()
 * @user_data: for @callback
 *
 * The same of what was not added. Nothing is saved.
 */
void
icam_client_diagnose_address_async (IcamClient         *self,
                                    const char         *address,
                                    const char         *user,
                                    IcamSecret         *secret,
                                    IcamDiagnosisStep   step_func,
                                    gpointer            step_data,
                                    GCancellable       *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer            user_data)
{
  GTask *task = task_new (self, step_func, step_data, cancellable, callback, user_data);
  Diagnosis *diagnosis = g_task_get_task_data (task);

  diagnosis->address = g_strdup (address);
  icam_client_probe_async (self, address, user, secret, NULL, cancellable, on_probe, task);
}

/**
 * icam_client_diagnose_finish:
 * @self: a client
 * @result: a result
 * @n_bad: (out): how many steps were bad
 * @error: return location
 *
 * Returns: %FALSE when the report could not be made to its end
 */
gboolean
icam_client_diagnose_finish (IcamClient   *self,
                             GAsyncResult *result,
                             guint        *n_bad,
                             GError      **error)
{
  gssize n = g_task_propagate_int (G_TASK (result), error);

  *n_bad = (guint) MAX (n, 0);
  return n >= 0;
}

/**
 * icam_words_diagnosis:
 * @n_bad: how many steps of a report were bad
 *
 * Returns: (transfer full): what it says at its end
 */
char *
icam_words_diagnosis (guint n_bad)
{
  if (n_bad == 0)
    return g_strdup (_ ("Nothing is wrong."));
  return g_strdup_printf (ngettext ("%u thing is wrong.", "%u things are wrong.", n_bad), n_bad);
}

/**
 * icam_words_without_secrets:
 * @text: a text that may hold addresses
 *
 * For what people show to others: names and passwords stand before the @ of an address, or in its parameters.
 *
 * Returns: (transfer full): the text without them
 */
char *
icam_words_without_secrets (const char *text)
{
  static GRegex *user, *query;
  g_autofree char *half = NULL;

  if (user == NULL)
    {
      user = g_regex_new ("://[^/?#\\s]*@", G_REGEX_OPTIMIZE, 0, NULL);
      query = g_regex_new ("([?&;][^=&;?\\s]+=)[^&;\\s\"”)]+", G_REGEX_OPTIMIZE, 0, NULL);
    }
  half = g_regex_replace_literal (user, text, -1, 0, "://", 0, NULL);
  return half != NULL ? g_regex_replace (query, half, -1, 0, "\\1…", 0, NULL) : g_strdup ("");
}
