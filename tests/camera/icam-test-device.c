/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "icam-test"

#include "icam-test-device.h"

#include <string.h>

#include "icam-test-audio.h"
#include "icam-test-junk.h"
#include "icam-test-log.h"
#include "icam-test-mjpeg.h"
#include "icam-test-pump.h"
#include "icam-test-rtsp.h"
#include "icam-test-web.h"

/* From the answer to its end, and from there until it is back. */
#define REBOOT_AFTER_MS 100
#define REBOOT_MS 1000

/* Something to be done on the device's thread while another waits for it. */
typedef struct
{
  IcamTestDevice *device;
  IcamTestDeviceFunc func;
  gpointer data;
  GError *error;
  gboolean result;
  gboolean done;
} Call;

/* An address that no manufacturer owns (the second bit), from whatever makes the device itself. */
static char *
make_mac (const char *serial)
{
  g_autofree char *sum = g_compute_checksum_for_string (G_CHECKSUM_MD5, serial, -1);

  return g_strdup_printf ("02:%.2s:%.2s:%.2s:%.2s:%.2s", sum, sum + 2, sum + 4, sum + 6, sum + 8);
}

static void
set_identity (IcamTestDevice *self, const char *serial)
{
  g_autofree char *sum = g_compute_checksum_for_string (G_CHECKSUM_SHA1, serial, -1);

  g_free (self->serial);
  g_free (self->mac);
  g_free (self->hardware_id);
  g_free (self->uuid);
  self->serial = g_strdup (serial);
  self->mac = make_mac (serial);
  self->hardware_id = g_strdup ("TestCam-1");
  self->uuid = g_strdup_printf ("%.8s-%.4s-4%.3s-8%.3s-%.12s", sum, sum + 8, sum + 13, sum + 17,
                                sum + 20);
}

/**
 * icam_test_device_new:
 * @index: its number in this process
 *
 * Returns: (transfer full): a device as it comes from the factory.
 */
IcamTestDevice *
icam_test_device_new (guint index)
{
  IcamTestDevice *self = g_new0 (IcamTestDevice, 1);

  self->index = index;
  self->n_channels = 1;
  self->sub_width = 640;
  self->sub_height = 360;
  self->auth = ICAM_TEST_AUTH_TOKEN | ICAM_TEST_AUTH_DIGEST;
  self->audio_enabled = FALSE;
  self->snapshot_enabled = TRUE;
  self->mdns = TRUE;
  self->wsd = TRUE;
  self->address = g_strdup ("127.0.0.1");
  self->user = g_strdup ("admin");
  self->name = index < ICAM_TEST_N_SCENES ? g_strdup (icam_test_scene_name (index))
                                          : g_strdup_printf ("Camera %u", index + 1);
  g_mutex_init (&self->lock);
  g_cond_init (&self->cond);
  g_queue_init (&self->urgent);
  return self;
}

/**
 * icam_test_device_n_streams:
 * @self: a device
 *
 * Returns: how many streams each of its channels has.
 */
guint
icam_test_device_n_streams (IcamTestDevice *self)
{
  return self->extra_view ? 3 : 2;
}

/**
 * icam_test_device_encode:
 * @self: a device
 * @channel: its channel
 * @stream: an #IcamTestStream
 * @width: in pixels
 * @height: in pixels
 * @rate: pictures a second
 * @error: return location for a #GError
 *
 * Gets what a stream shows, which may mean encoding it. Who watches it sees it from the next key frame on.
 *
 * Returns: whether it could.
 */
gboolean
icam_test_device_encode (IcamTestDevice *self,
                         guint channel,
                         guint stream,
                         guint width,
                         guint height,
                         guint rate,
                         GError **error)
{
  IcamTestClipSpec spec = { 0 };
  const guint scene = self->channels[channel].scene;
  IcamTestClip *clip;

  spec.codec = self->codec;
  spec.footage = self->footage;
  spec.scene = stream == ICAM_TEST_STREAM_EXTRA ? (scene + 1) % ICAM_TEST_N_SCENES : scene;
  spec.width = width;
  spec.height = height;
  spec.rate = rate;
  spec.plain = self->plain;
  spec.code.device = self->index;
  spec.code.channel = channel;
  spec.code.stream = stream;
  clip = icam_test_clip_get (&spec, error);
  if (!clip)
    return FALSE;

  icam_test_pump_lock ();
  self->channels[channel].clips[stream] = clip;
  icam_test_pump_unlock ();
  return TRUE;
}

/**
 * icam_test_device_prepare:
 * @self: a device
 * @seed: of the script
 * @quiet: whether nobody comes
 * @error: return location for a #GError
 *
 * Gets what it shows, which may mean encoding it. May be called on any thread.
 *
 * Returns: whether it could.
 */
gboolean
icam_test_device_prepare (IcamTestDevice *self, guint seed, gboolean quiet, GError **error)
{
  g_autofree char *serial = g_steal_pointer (&self->serial);
  g_autofree char *mac = g_steal_pointer (&self->mac);
  g_autofree char *uuid = g_steal_pointer (&self->uuid);

  if (!serial)
    serial = g_strdup_printf ("ITC%04u%05u", self->index + 1, seed % 100000);
  set_identity (self, serial);
  if (mac)
    {
      g_free (self->mac);
      self->mac = g_steal_pointer (&mac);
    }
  if (uuid)
    {
      g_free (self->uuid);
      self->uuid = g_steal_pointer (&uuid);
    }
  for (guint i = 0; i < self->n_channels; i++)
    {
      IcamTestChannel *channel = &self->channels[i];

      channel->scene = (self->index + i) % ICAM_TEST_N_SCENES;
      if (quiet)
        icam_test_script_make_quiet (&channel->script);
      else
        icam_test_script_make (&channel->script, seed, self->index, i);
      for (guint stream = 0; stream < icam_test_device_n_streams (self); stream++)
        {
          gboolean main_stream = stream == ICAM_TEST_STREAM_MAIN, sub = stream == ICAM_TEST_STREAM_SUB;

          if (!icam_test_device_encode (self, i, stream, main_stream ? 1280 : sub ? self->sub_width : 640,
                                        main_stream ? 720 : sub ? self->sub_height : 360, ICAM_TEST_FPS, error))
            return FALSE;
        }
    }
  return TRUE;
}

/**
 * icam_test_device_counter_mono:
 * @self: a device
 * @counter: number of a picture
 *
 * Returns: when it is taken, monotonic µs.
 */
gint64
icam_test_device_counter_mono (IcamTestDevice *self, guint64 counter)
{
  return self->start_mono_us
         + (gint64) gst_util_uint64_scale (counter, G_USEC_PER_SEC, ICAM_TEST_FPS);
}

/**
 * icam_test_device_counter_now:
 * @self: a device
 *
 * Returns: the number of its newest picture.
 */
guint64
icam_test_device_counter_now (IcamTestDevice *self)
{
  gint64 elapsed = g_get_monotonic_time () - self->start_mono_us;
  guint64 counter;

  if (elapsed <= 0)
    return 0;
  counter = gst_util_uint64_scale ((guint64) elapsed, ICAM_TEST_FPS, G_USEC_PER_SEC);
  /* Rounding, so that the time of a picture is never in the future. */
  if (icam_test_device_counter_mono (self, counter + 1) <= self->start_mono_us + elapsed)
    counter++;
  return counter;
}

/**
 * icam_test_device_clock:
 * @self: a device
 *
 * Returns: what the device believes the time to be, µs since 1970.
 */
gint64
icam_test_device_clock (IcamTestDevice *self)
{
  gint64 offset;

  icam_test_pump_lock ();
  offset = self->clock_offset_us;
  icam_test_pump_unlock ();
  return g_get_real_time () + offset;
}

/**
 * icam_test_device_rtsp_uri:
 * @self: a device
 * @channel: its channel
 * @stream: an #IcamTestStream
 *
 * Returns: (transfer full): where that stream is.
 */
char *
icam_test_device_rtsp_uri (IcamTestDevice *self, guint channel, guint stream)
{
  return g_strdup_printf ("rtsp://%s:%u/ch%u/%s", self->address, self->rtsp_port, channel + 1,
                          icam_test_stream_name (stream));
}

static gpointer
run (gpointer data)
{
  IcamTestDevice *self = data;

  g_main_context_push_thread_default (self->context);
  g_main_loop_run (self->loop);
  g_main_context_pop_thread_default (self->context);
  return NULL;
}

static void
finish_call (Call *call)
{
  call->result = call->func (call->device, call->data, &call->error);
  g_mutex_lock (&call->device->lock);
  call->done = TRUE;
  g_cond_broadcast (&call->device->cond);
  g_mutex_unlock (&call->device->lock);
}

static gboolean
on_call (gpointer data)
{
  IcamTestDevice *self = data;
  Call *call;

  g_mutex_lock (&self->lock);
  call = g_queue_pop_head (&self->urgent);
  g_mutex_unlock (&self->lock);
  if (call)
    finish_call (call);
  return G_SOURCE_REMOVE;
}

/* The device's thread stands still; commands alone are still obeyed. */
static gboolean
on_hang (gpointer data)
{
  IcamTestDevice *self = data;

  g_mutex_lock (&self->lock);
  while (g_atomic_int_get (&self->hung))
    {
      Call *call = g_queue_pop_head (&self->urgent);

      if (call)
        {
          g_mutex_unlock (&self->lock);
          finish_call (call);
          g_mutex_lock (&self->lock);
        }
      else
        g_cond_wait (&self->cond, &self->lock);
    }
  g_mutex_unlock (&self->lock);
  return G_SOURCE_REMOVE;
}

/**
 * icam_test_device_call:
 * @self: a device
 * @func: what to do
 * @data: for @func
 * @error: return location for a #GError
 *
 * Does something on the device's thread, also while the device hangs, and waits for it.
 *
 * Returns: what @func returned.
 */
gboolean
icam_test_device_call (IcamTestDevice *self,
                       IcamTestDeviceFunc func,
                       gpointer data,
                       GError **error)
{
  Call call = { self, func, data, NULL, FALSE, FALSE };

  g_mutex_lock (&self->lock);
  g_queue_push_tail (&self->urgent, &call);
  g_cond_broadcast (&self->cond);
  g_main_context_invoke_full (self->context, G_PRIORITY_HIGH, on_call, self, NULL);
  while (!call.done)
    g_cond_wait (&self->cond, &self->lock);
  g_mutex_unlock (&self->lock);
  if (call.error)
    g_propagate_error (error, call.error);
  return call.result;
}

static gboolean
do_start (IcamTestDevice *self, gpointer data, GError **error)
{
  self->rtsp = icam_test_rtsp_new (self);
  self->web = icam_test_web_new (self);
  self->mjpeg = self->mjpeg_enabled ? icam_test_mjpeg_new (self) : NULL;
  return icam_test_rtsp_listen (self->rtsp, error) && icam_test_web_listen (self->web, error)
         && (!self->mjpeg || icam_test_mjpeg_listen (self->mjpeg, error));
}

/**
 * icam_test_device_start:
 * @self: a prepared device
 * @error: return location for a #GError
 *
 * Starts its thread, and listens.
 *
 * Returns: whether it could.
 */
gboolean
icam_test_device_start (IcamTestDevice *self, GError **error)
{
  self->context = g_main_context_new ();
  self->loop = g_main_loop_new (self->context, FALSE);
  /* Each device takes its pictures at another moment of the interval. */
  self->start_mono_us = g_get_monotonic_time () + (self->index * 23456) % 66667;
  self->start_utc_us = g_get_real_time () + (self->start_mono_us - g_get_monotonic_time ());
  self->thread = g_thread_new ("device", run, self);
  if (!icam_test_device_call (self, do_start, NULL, error))
    return FALSE;
  icam_test_pump_add_device (self);
  return TRUE;
}

static gboolean
unlisten_all (IcamTestDevice *self)
{
  icam_test_rtsp_unlisten (self->rtsp);
  icam_test_web_unlisten (self->web);
  if (self->mjpeg)
    icam_test_mjpeg_unlisten (self->mjpeg);
  g_clear_pointer (&self->junk_rtsp, icam_test_junk_free);
  g_clear_pointer (&self->junk_web, icam_test_junk_free);
  return TRUE;
}

/* Listens as the faults have it at the moment. */
static gboolean
listen_all (IcamTestDevice *self, GError **error)
{
  if (g_atomic_int_get (&self->dead))
    return TRUE;
  if (g_atomic_int_get (&self->garbage))
    {
      self->junk_rtsp = icam_test_junk_new (self->address, self->rtsp_port, error);
      if (!self->junk_rtsp)
        return FALSE;
      if (!g_atomic_int_get (&self->web_dead))
        self->junk_web = icam_test_junk_new (self->address, self->web_port, error);
      return self->junk_web || g_atomic_int_get (&self->web_dead);
    }
  if (!icam_test_rtsp_listen (self->rtsp, error))
    return FALSE;
  if (!g_atomic_int_get (&self->web_dead) && !icam_test_web_listen (self->web, error))
    return FALSE;
  return !self->mjpeg || icam_test_mjpeg_listen (self->mjpeg, error);
}

static gboolean
do_relisten (IcamTestDevice *self, gpointer data, GError **error)
{
  unlisten_all (self);
  return listen_all (self, error);
}

static gboolean
do_web (IcamTestDevice *self, gpointer data, GError **error)
{
  if (g_atomic_int_get (&self->dead) || g_atomic_int_get (&self->garbage))
    return do_relisten (self, data, error);
  icam_test_web_unlisten (self->web);
  if (g_atomic_int_get (&self->web_dead))
    return TRUE;
  return icam_test_web_listen (self->web, error);
}

static gboolean
do_password (IcamTestDevice *self, gpointer data, GError **error)
{
  g_autofree char *other = NULL;

  if (g_atomic_int_get (&self->refuse))
    {
      g_autofree char *random = g_uuid_string_random ();

      other = g_strconcat ("changed-", random, NULL);
    }
  icam_test_rtsp_set_password (self->rtsp, other ? other : self->password);
  return TRUE;
}

/**
 * icam_test_device_set_password:
 * @self: a device
 * @password: what everybody must know from now on; on the device's thread
 */
void
icam_test_device_set_password (IcamTestDevice *self, const char *password)
{
  g_free (self->password);
  self->password = g_strdup (password);
  do_password (self, NULL, NULL);
}

/**
 * icam_test_device_set_clock:
 * @self: a device
 * @offset_us: its clock minus ours
 */
void
icam_test_device_set_clock (IcamTestDevice *self, gint64 offset_us)
{
  icam_test_pump_lock ();
  self->clock_offset_us = offset_us;
  icam_test_pump_unlock ();
}

static gboolean
on_booted (gpointer data)
{
  IcamTestDevice *self = data;

  self->rebooting = FALSE;
  g_atomic_int_set (&self->dead, FALSE);
  do_relisten (self, NULL, NULL);
  return G_SOURCE_REMOVE;
}

static gboolean
on_reboot (gpointer data)
{
  IcamTestDevice *self = data;
  g_autoptr (GSource) source = g_timeout_source_new (REBOOT_MS);

  g_atomic_int_set (&self->dead, TRUE);
  do_relisten (self, NULL, NULL);
  g_source_set_callback (source, on_booted, self, NULL);
  g_source_attach (source, self->context);
  return G_SOURCE_REMOVE;
}

/**
 * icam_test_device_reboot:
 * @self: a device; on its thread
 *
 * Answers what it is answering, goes, and comes back.
 */
void
icam_test_device_reboot (IcamTestDevice *self)
{
  g_autoptr (GSource) source = NULL;

  if (self->rebooting)
    return;
  self->rebooting = TRUE;
  source = g_timeout_source_new (REBOOT_AFTER_MS);
  g_source_set_callback (source, on_reboot, self, NULL);
  g_source_attach (source, self->context);
}

static gboolean
do_identity (IcamTestDevice *self, gpointer data, GError **error)
{
  icam_test_pump_lock ();
  set_identity (self, data);
  self->generation++;
  icam_test_pump_unlock ();
  /* Another device at the same address knows nothing of the connections of the old one. */
  return do_relisten (self, NULL, error);
}

static gboolean
do_move (IcamTestDevice *self, gpointer data, GError **error)
{
  unlisten_all (self);
  g_free (self->address);
  self->address = g_strdup (data);
  return listen_all (self, error);
}

static gboolean
do_motion (IcamTestDevice *self, gpointer data, GError **error)
{
  for (guint i = 0; i < self->n_channels; i++)
    icam_test_web_set_motion (self->web, i, data != NULL);
  return TRUE;
}

static gboolean
do_event (IcamTestDevice *self, gpointer data, GError **error)
{
  return icam_test_web_command_event (self->web, data, error);
}

static gboolean
do_drop (IcamTestDevice *self, gpointer data, GError **error)
{
  icam_test_web_drop_subscriptions (self->web);
  return TRUE;
}

/**
 * icam_test_device_named_address:
 * @self: a device
 *
 * Returns: (transfer none): the host that it names in its answers.
 */
const char *
icam_test_device_named_address (IcamTestDevice *self)
{
  return self->xaddr ? self->xaddr : self->address;
}

/**
 * icam_test_device_command:
 * @self: a device
 * @verb: what to do
 * @argument: (nullable): with what
 * @error: return location for a #GError
 *
 * Obeys a command of the control connection.
 *
 * Returns: whether it is in effect.
 */
gboolean
icam_test_device_command (IcamTestDevice *self,
                          const char *verb,
                          const char *argument,
                          GError **error)
{
  gboolean on = g_strcmp0 (argument, "on") == 0;
  gboolean is_switch = on || g_strcmp0 (argument, "off") == 0;

  if (g_str_equal (verb, "hang"))
    {
      if (g_atomic_int_compare_and_exchange (&self->hung, FALSE, TRUE))
        g_main_context_invoke_full (self->context, G_PRIORITY_HIGH, on_hang, self, NULL);
      return TRUE;
    }
  if (g_str_equal (verb, "resume"))
    {
      g_mutex_lock (&self->lock);
      g_atomic_int_set (&self->hung, FALSE);
      g_cond_broadcast (&self->cond);
      g_mutex_unlock (&self->lock);
      return TRUE;
    }
  if (g_str_equal (verb, "die") || g_str_equal (verb, "revive"))
    {
      g_atomic_int_set (&self->dead, g_str_equal (verb, "die"));
      return icam_test_device_call (self, do_relisten, NULL, error);
    }
  if (g_str_equal (verb, "garbage") || g_str_equal (verb, "clean"))
    {
      g_atomic_int_set (&self->garbage, g_str_equal (verb, "garbage"));
      return icam_test_device_call (self, do_relisten, NULL, error);
    }
  if (g_str_equal (verb, "web-dead") || g_str_equal (verb, "web-alive"))
    {
      g_atomic_int_set (&self->web_dead, g_str_equal (verb, "web-dead"));
      return icam_test_device_call (self, do_web, NULL, error);
    }
  if (g_str_equal (verb, "refuse-password") || g_str_equal (verb, "accept-password"))
    {
      g_atomic_int_set (&self->refuse, g_str_equal (verb, "refuse-password"));
      return icam_test_device_call (self, do_password, NULL, error);
    }
  if (g_str_equal (verb, "freeze") || g_str_equal (verb, "unfreeze"))
    {
      icam_test_pump_lock ();
      self->frozen_counter = icam_test_device_counter_now (self);
      g_atomic_int_set (&self->frozen, g_str_equal (verb, "freeze"));
      icam_test_pump_unlock ();
      return TRUE;
    }
  if (g_str_equal (verb, "clock") && argument)
    {
      icam_test_device_set_clock (self, (gint64) (g_ascii_strtod (argument, NULL) * G_USEC_PER_SEC));
      return TRUE;
    }
  if (g_str_equal (verb, "level") && argument)
    {
      g_atomic_int_set (&self->level, g_str_equal (argument, "user")       ? ICAM_TEST_LEVEL_USER
                                      : g_str_equal (argument, "operator") ? ICAM_TEST_LEVEL_OPERATOR
                                                                           : ICAM_TEST_LEVEL_ADMINISTRATOR);
      return TRUE;
    }
  if (g_str_equal (verb, "identity") && argument)
    return icam_test_device_call (self, do_identity, (gpointer) argument, error);
  if (g_str_equal (verb, "move") && argument)
    {
      g_autoptr (GInetAddress) address = g_inet_address_new_from_string (argument);

      if (!address)
        {
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "“%s” is not an IP address",
                       argument);
          return FALSE;
        }
      return icam_test_device_call (self, do_move, (gpointer) argument, error);
    }
  if (g_str_equal (verb, "motion") && is_switch)
    return icam_test_device_call (self, do_motion, on ? self : NULL, error);
  if (g_str_equal (verb, "event") && argument)
    return icam_test_device_call (self, do_event, (gpointer) argument, error);
  if (g_str_equal (verb, "drop-subscriptions"))
    return icam_test_device_call (self, do_drop, NULL, error);
  if (g_str_equal (verb, "mute") && is_switch)
    {
      g_atomic_int_set (&self->mute, on);
      return TRUE;
    }
  if (g_str_equal (verb, "never-off") && is_switch)
    {
      g_atomic_int_set (&self->never_off, on);
      return TRUE;
    }
  if (g_str_equal (verb, "actors") && is_switch)
    {
      g_atomic_int_set (&self->actors_off, !on);
      return TRUE;
    }
  if (g_str_equal (verb, "visit"))
    {
      guint channel = argument ? (guint) g_ascii_strtoull (argument, NULL, 10) : 0;

      if (channel >= self->n_channels)
        {
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "There is no channel %u",
                       channel);
          return FALSE;
        }
      icam_test_pump_lock ();
      self->channels[channel].visit_wanted = TRUE;
      icam_test_pump_unlock ();
      return TRUE;
    }
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "“%s” is not a command", verb);
  return FALSE;
}

static gboolean
do_stop (IcamTestDevice *self, gpointer data, GError **error)
{
  unlisten_all (self);
  g_clear_pointer (&self->mjpeg, icam_test_mjpeg_free);
  g_clear_pointer (&self->web, icam_test_web_free);
  g_clear_pointer (&self->rtsp, icam_test_rtsp_free);
  g_main_loop_quit (self->loop);
  return TRUE;
}

/**
 * icam_test_device_stop:
 * @self: a device that was started
 *
 * Closes everything and ends the thread.
 */
void
icam_test_device_stop (IcamTestDevice *self)
{
  icam_test_device_command (self, "resume", NULL, NULL);
  icam_test_device_call (self, do_stop, NULL, NULL);
  g_clear_pointer (&self->thread, g_thread_join);
}

/**
 * icam_test_device_describe:
 * @self: a device that was started
 *
 * Returns: (transfer full): everything that a test wants to know about it, as a line of JSON.
 */
char *
icam_test_device_describe (IcamTestDevice *self)
{
  g_autoptr (GString) json = g_string_new ("{\"t\":\"device\"");
  g_autofree char *name = icam_test_json_quote (self->name);
  g_autofree char *serial = icam_test_json_quote (self->serial);
  g_autofree char *user = icam_test_json_quote (self->user);

  g_string_append_printf (
    json,
    ",\"index\":%u,\"name\":%s,\"address\":\"%s\",\"onvif\":\"%s:%u\","
    "\"xaddr\":\"http://%s:%u/onvif/device_service\",\"rtsp_port\":%u,\"serial\":%s,"
    "\"mac\":\"%s\",\"hardware_id\":\"%s\",\"uuid\":\"%s\",\"user\":%s,\"generation\":%u,"
    "\"channels\":%u,\"codec\":\"%s\",\"epoch_utc_us\":%" G_GINT64_FORMAT ",\"fps\":%d",
    self->index, name, self->address, self->address, self->web_port, self->address, self->web_port,
    self->rtsp_port, serial, self->mac, self->hardware_id, self->uuid, user, self->generation,
    self->n_channels, self->codec == ICAM_TEST_CODEC_H265 ? "h265" : "h264", self->start_utc_us,
    ICAM_TEST_FPS);
  if (self->mjpeg_enabled)
    g_string_append_printf (json, ",\"mjpeg\":\"http://%s:%u/stream\"", self->address,
                            self->mjpeg_port);
  if (self->snapshot_enabled)
    g_string_append_printf (json, ",\"snapshot\":\"http://%s:%u/snapshot/1\"", self->address,
                            self->web_port);
  g_string_append (json, ",\"streams\":[");
  for (guint channel = 0; channel < self->n_channels; channel++)
    for (guint stream = 0; stream < icam_test_device_n_streams (self); stream++)
      {
        g_autofree char *uri = icam_test_device_rtsp_uri (self, channel, stream);

        g_string_append_printf (json, "%s{\"channel\":%u,\"stream\":\"%s\",\"url\":\"%s\"}",
                                channel + stream > 0 ? "," : "", channel,
                                icam_test_stream_name (stream), uri);
      }
  g_string_append (json, "]}");
  return g_string_free (g_steal_pointer (&json), FALSE);
}
