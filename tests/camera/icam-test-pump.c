/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#define G_LOG_DOMAIN "icam-test"

#include "icam-test-pump.h"

#include <gst/app/gstappsrc.h>
#include <string.h>
#include <zlib.h>

#include "icam-test-audio.h"
#include "icam-test-log.h"

/* A client that does not read for this long is fed again at a key frame. */
#define MAX_QUEUED_BYTES (4 * 1024 * 1024)

struct _IcamTestSession
{
  guint id;
  IcamTestDevice *device;
  guint channel;
  guint stream;
  char *client;
  GstElement *video;
  GstElement *audio;
  const IcamTestClip *clip; /* from one key frame to the next */
  GObject *owner; /* not a reference: it ends the session before it goes */
  gboolean prerolled;
  gboolean audio_prerolled;
  gboolean playing;
  gboolean was_playing;
  gboolean wait_for_key;
  gboolean stalled; /* the device hung: what it did not send is lost */
  gboolean other_idr;
  guint64 next;
  guint64 next_audio;
  guint64 first, last, n_sent;
  char *preroll_log;
};

static GMutex lock;
static GCond cond;
static GPtrArray *devices;  /* under lock */
static GPtrArray *sessions; /* under lock */
static GThread *thread;
static gboolean stopping;
static guint next_session_id = 1;
static gint64 base_mono; /* set before the thread starts */
static IcamTestMotionFunc motion_func;

/**
 * icam_test_pump_lock:
 *
 * Takes the lock that guards channels and sessions.
 */
void
icam_test_pump_lock (void)
{
  g_mutex_lock (&lock);
}

/**
 * icam_test_pump_unlock:
 */
void
icam_test_pump_unlock (void)
{
  g_mutex_unlock (&lock);
}

static void
session_free (IcamTestSession *self)
{
  gst_clear_object (&self->video);
  gst_clear_object (&self->audio);
  g_free (self->client);
  g_free (self->preroll_log);
  g_free (self);
}

/* What group @gop of a channel shows. Decided when its time comes; later only looked up. */
static const IcamTestPlan *
plan (IcamTestDevice *device, IcamTestChannel *channel, guint64 gop)
{
  IcamTestPlan *self = &channel->plans[gop % ICAM_TEST_PLAN_RING];
  const IcamTestPlan *before;
  guint at = (guint) (gop % ICAM_TEST_SCRIPT_GOPS);

  if (self->valid && self->gop == gop)
    return self;

  self->gop = gop;
  self->valid = TRUE;
  self->visit = -1;
  self->gop_of_visit = 0;
  if (!channel->clips[0]->has_visits)
    return self;

  before = gop > 0 ? &channel->plans[(gop - 1) % ICAM_TEST_PLAN_RING] : NULL;
  if (before && before->valid && before->gop == gop - 1 && before->visit >= 0
      && before->gop_of_visit + 1 < ICAM_TEST_VISIT_GOPS)
    {
      self->visit = before->visit;
      self->gop_of_visit = before->gop_of_visit + 1;
    }
  else if (channel->visit_wanted)
    {
      channel->visit_wanted = FALSE;
      self->visit = (int) (gop % ICAM_TEST_N_VISITS);
    }
  else if (!g_atomic_int_get (&device->actors_off) && channel->script.visit[at] >= 0
           && channel->script.gop_of_visit[at] == 0)
    self->visit = channel->script.visit[at];
  return self;
}

/* The picture of the clip that is shown as number @counter. */
static const IcamTestClipFrame *
clip_frame (IcamTestDevice *device, IcamTestChannel *channel, const IcamTestClip *clip, guint stream, guint64 counter)
{
  guint64 gop = counter / ICAM_TEST_GOP;
  const IcamTestPlan *p = plan (device, channel, gop);
  guint first;

  /* The other view is another place: nobody comes there. */
  if (p->visit >= 0 && clip->has_visits && stream != ICAM_TEST_STREAM_EXTRA)
    first = icam_test_clip_first_of_visit (clip, (guint) p->visit) + p->gop_of_visit * ICAM_TEST_GOP;
  else
    first = (guint) (gop % clip->n_quiet_gops) * ICAM_TEST_GOP;
  return &clip->frames[first + counter % ICAM_TEST_GOP];
}

static guint8 *
put_length (guint8 *at, gsize size)
{
  for (int i = 0; i < 4; i++)
    *at++ = (guint8) (size >> (24 - 8 * i));
  return at;
}

/*
 * Makes picture @counter of a session and pushes it. Returns the line for the log, or NULL if the
 * element did not take it.
 */
static char *
push_picture (IcamTestSession *self, guint64 counter)
{
  IcamTestDevice *device = self->device;
  IcamTestChannel *channel = &device->channels[self->channel];
  const IcamTestClip *clip = self->clip;
  gboolean frozen = g_atomic_int_get (&device->frozen) != 0;
  guint64 shown = counter;
  const IcamTestClipFrame *frame;
  gint64 mono = icam_test_device_counter_mono (device, counter);
  gint64 utc = device->start_utc_us + (mono - device->start_mono_us);
  guint8 sei[128], strip[ICAM_TEST_STRIP_MAX_BYTES];
  gsize sei_size, strip_size = 0, content_size, total;
  const guint8 *content;
  GstBuffer *buffer;
  GstMapInfo map;
  IcamTestCode code = { 0 };
  gboolean key = counter % ICAM_TEST_GOP == 0;
  uLong crc = crc32 (0, NULL, 0);
  guint8 *at;

  if (frozen)
    {
      /* Key frames repeat the one of the moment; what is between repeats the picture before it. */
      guint64 gop_start = device->frozen_counter - device->frozen_counter % ICAM_TEST_GOP;

      if (clip->codec == ICAM_TEST_CODEC_H265)
        {
          shown = gop_start;
          key = TRUE;
        }
      else
        shown = key ? gop_start : counter;
    }
  frame = clip_frame (device, channel, clip, self->stream, shown);

  code.device = device->index;
  code.generation = device->generation;
  code.channel = self->channel;
  code.stream = self->stream;
  code.flags = frame->actor ? ICAM_TEST_CODE_ACTOR : 0;
  code.counter = (guint32) counter;
  code.utc_us = utc;

  if (clip->codec == ICAM_TEST_CODEC_H264)
    {
      if (frozen && !key)
        {
          content = NULL;
          content_size = 0;
          strip_size = icam_test_strip_write_skip (&clip->parameters, &frame->strip, strip);
        }
      else
        {
          IcamTestCode visible = code;

          if (frozen)
            {
              gint64 frozen_mono = icam_test_device_counter_mono (device, device->frozen_counter);

              visible.counter = (guint32) device->frozen_counter;
              visible.utc_us = device->start_utc_us + (frozen_mono - device->start_mono_us);
            }
          if (key)
            self->other_idr = !self->other_idr;
          content = key && self->other_idr ? frame->strip.content_other : frame->strip.content;
          content_size
            = key && self->other_idr ? frame->strip.content_other_size : frame->strip.content_size;
          if (clip->parameters.rows > 0)
            strip_size = icam_test_strip_write (&clip->parameters, &frame->strip, self->other_idr,
                                                &visible, strip);
        }
    }
  else
    {
      content = frame->units;
      content_size = frame->units_size;
    }
  if (frozen)
    code.flags |= ICAM_TEST_CODE_FROZEN;
  sei_size = icam_test_code_write_sei (&code, clip->codec == ICAM_TEST_CODEC_H265, sei, sizeof sei);

  total = (key ? clip->parameter_sets_size : 0) + 4 + sei_size + content_size;
  if (strip_size > 0)
    total += 4 + strip_size;
  if (content && clip->codec == ICAM_TEST_CODEC_H264)
    total += 4;
  buffer = gst_buffer_new_allocate (NULL, total, NULL);
  gst_buffer_map (buffer, &map, GST_MAP_WRITE);
  at = map.data;
  if (key)
    {
      memcpy (at, clip->parameter_sets, clip->parameter_sets_size);
      at += clip->parameter_sets_size;
    }
  at = put_length (at, clip->codec == ICAM_TEST_CODEC_H264 ? sei_size : 1);
  memcpy (at, sei, sei_size);
  at += sei_size;
  if (strip_size > 0)
    {
      at = put_length (at, strip_size);
      memcpy (at, strip, strip_size);
      crc = crc32 (crc, at, (uInt) strip_size);
      at += strip_size;
    }
  if (content)
    {
      if (clip->codec == ICAM_TEST_CODEC_H264)
        at = put_length (at, content_size);
      memcpy (at, content, content_size);
      if (clip->codec == ICAM_TEST_CODEC_H265)
        crc = frame->crc;
      else if (icam_test_log_is_open ())
        crc = crc32 (crc, at, (uInt) content_size);
    }
  gst_buffer_unmap (buffer, &map);

  GST_BUFFER_PTS (buffer)
    = (guint64) (mono - base_mono + ICAM_TEST_PTS_BASE_US) * GST_USECOND;
  GST_BUFFER_DTS (buffer) = GST_BUFFER_PTS (buffer);
  GST_BUFFER_DURATION (buffer) = GST_SECOND / ICAM_TEST_FPS;
  if (!key)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  if (gst_app_src_push_buffer (GST_APP_SRC (self->video), buffer) != GST_FLOW_OK)
    return NULL;

  self->last = counter;
  if (!icam_test_log_is_open ())
    return g_strdup ("");
  return g_strdup_printf (
    "{\"t\":\"frame\",\"session\":%u,\"device\":%u,\"generation\":%u,\"channel\":%u,"
    "\"stream\":\"%s\",\"counter\":%" G_GUINT64_FORMAT ",\"utc_us\":%" G_GINT64_FORMAT
    ",\"pts_us\":%" G_GINT64_FORMAT ",\"bytes\":%" G_GSIZE_FORMAT
    ",\"key\":%s,\"actor\":%s,\"frozen\":%s,\"crc\":\"%08lx\"}",
    self->id, device->index, device->generation, self->channel,
    icam_test_stream_name (self->stream), counter, utc,
    mono - base_mono + ICAM_TEST_PTS_BASE_US, total, key ? "true" : "false",
    frame->actor ? "true" : "false", frozen ? "true" : "false", (gulong) crc);
}

/* A picture was sent: log it. */
static void
note_sent (IcamTestSession *self, guint64 counter, const char *line)
{
  if (self->n_sent == 0)
    self->first = counter;
  self->n_sent++;
  if (*line)
    icam_test_log_write ("%s", line);
}

static gboolean
push_audio (IcamTestSession *self)
{
  IcamTestDevice *device = self->device;
  const IcamTestAudioLoop *loop = icam_test_audio_get (device->audio);
  const gint64 offset
    = gst_util_uint64_scale (self->next_audio, (guint64) loop->samples * G_USEC_PER_SEC, loop->rate);
  GBytes *frame = g_ptr_array_index (loop->frames, self->next_audio % loop->frames->len);
  gsize size;
  const guint8 *data = g_bytes_get_data (frame, &size);
  GstBuffer *buffer = gst_buffer_new_memdup (data, size);

  GST_BUFFER_PTS (buffer)
    = (guint64) (device->start_mono_us + offset - base_mono + ICAM_TEST_PTS_BASE_US) * GST_USECOND;
  GST_BUFFER_DTS (buffer) = GST_BUFFER_PTS (buffer);
  GST_BUFFER_DURATION (buffer)
    = gst_util_uint64_scale (loop->samples, GST_SECOND, (guint64) loop->rate);
  if (icam_test_log_is_open ())
    icam_test_log_write ("{\"t\":\"sound\",\"session\":%u,\"device\":%u,\"channel\":%u,\"stream\":\"%s\",\"counter\":%" G_GUINT64_FORMAT
                         ",\"crc\":\"%08lx\"}",
                         self->id, device->index, self->channel, icam_test_stream_name (self->stream), self->next_audio,
                         (gulong) crc32 (crc32 (0, NULL, 0), data, (uInt) size));
  self->next_audio++;
  return gst_app_src_push_buffer (GST_APP_SRC (self->audio), buffer) == GST_FLOW_OK;
}

static guint64
audio_counter_at (IcamTestSession *self, gint64 mono)
{
  const IcamTestAudioLoop *loop = icam_test_audio_get (self->device->audio);

  return gst_util_uint64_scale ((guint64) (mono - self->device->start_mono_us), (guint64) loop->rate,
                                (guint64) loop->samples * G_USEC_PER_SEC);
}

/* What is encoded another way is so from a key frame on. Returns whether there is a picture with that number. */
static gboolean
take_clip (IcamTestSession *self, guint64 counter)
{
  IcamTestChannel *channel = &self->device->channels[self->channel];

  if (!self->clip || counter % ICAM_TEST_GOP == 0)
    self->clip = channel->clips[self->stream];
  return !clip_frame (self->device, channel, self->clip, self->stream, counter)->absent;
}

/* Gives a playing session everything that it is due. */
static void
feed (IcamTestSession *self, guint64 now)
{
  if (!self->prerolled || !self->playing)
    return;

  if (self->stalled)
    {
      self->stalled = FALSE;
      self->next = (now + ICAM_TEST_GOP - 1) / ICAM_TEST_GOP * ICAM_TEST_GOP;
      if (self->audio)
        self->next_audio = audio_counter_at (self, g_get_monotonic_time ());
      self->wait_for_key = FALSE;
    }
  if (now > self->next && now - self->next > ICAM_TEST_GOP + ICAM_TEST_GOP / 2)
    {
      /* It was late (a hang, a client that waited): go on at the newest key frame. */
      icam_test_log_write ("{\"t\":\"skip\",\"session\":%u,\"from\":%" G_GUINT64_FORMAT
                           ",\"to\":%" G_GUINT64_FORMAT "}",
                           self->id, self->next, now - now % ICAM_TEST_GOP);
      self->next = now - now % ICAM_TEST_GOP;
      self->wait_for_key = FALSE;
    }
  for (; self->next <= now; self->next++)
    {
      g_autofree char *line = NULL;

      if (self->next % ICAM_TEST_GOP == 0)
        self->wait_for_key
          = gst_app_src_get_current_level_bytes (GST_APP_SRC (self->video)) > MAX_QUEUED_BYTES;
      if (!take_clip (self, self->next) || self->wait_for_key)
        continue;
      line = push_picture (self, self->next);
      if (!line)
        {
          self->playing = FALSE;
          return;
        }
      note_sent (self, self->next, line);
    }

  if (self->audio && self->audio_prerolled)
    {
      guint64 audio_now
        = audio_counter_at (self, icam_test_device_counter_mono (self->device, now));

      if (audio_now > self->next_audio + 200)
        self->next_audio = audio_now;
      while (self->next_audio <= audio_now)
        if (!push_audio (self))
          break;
    }
}

/* Tells the log, and ONVIF, when an actor comes or goes. */
static void
watch_actors (IcamTestDevice *device, guint64 counter)
{
  for (guint i = 0; i < device->n_channels; i++)
    {
      IcamTestChannel *channel = &device->channels[i];
      const IcamTestPlan *p = plan (device, channel, counter / ICAM_TEST_GOP);
      gboolean seen = clip_frame (device, channel, channel->clips[ICAM_TEST_STREAM_MAIN], ICAM_TEST_STREAM_MAIN, counter)->actor
                      && !g_atomic_int_get (&device->frozen);

      if (seen == channel->in_picture)
        continue;
      channel->in_picture = seen;
      icam_test_log_write (
        "{\"t\":\"actor\",\"state\":\"%s\",\"device\":%u,\"channel\":%u,\"actor\":\"%s\","
        "\"counter\":%" G_GUINT64_FORMAT ",\"utc_us\":%" G_GINT64_FORMAT "}",
        seen ? "begin" : "end", device->index, i,
        icam_test_scene_actor (channel->scene, p->visit >= 0 ? (guint) p->visit : 0), counter,
        device->start_utc_us + icam_test_device_counter_mono (device, counter)
          - device->start_mono_us);
      channel->motion = seen;
      if (motion_func)
        motion_func (device, i, seen);
    }
}

static gpointer
run (gpointer data)
{
  g_autofree guint64 *done = NULL;
  guint n_done = 0;

  g_mutex_lock (&lock);
  while (!stopping)
    {
      gint64 wake = g_get_monotonic_time () + G_USEC_PER_SEC;

      if (n_done < devices->len)
        {
          done = g_renew (guint64, done, devices->len);
          for (; n_done < devices->len; n_done++)
            done[n_done] = 0;
        }
      for (guint i = 0; i < devices->len; i++)
        {
          IcamTestDevice *device = g_ptr_array_index (devices, i);
          guint64 now = icam_test_device_counter_now (device);

          if (now > done[i])
            {
              /* Plans are made in order, also when this thread was late. */
              for (guint64 c = MAX (done[i] + 1, now > 300 ? now - 300 : 1); c <= now; c++)
                watch_actors (device, c);
              done[i] = now;
              for (guint k = 0; k < sessions->len; k++)
                {
                  IcamTestSession *session = g_ptr_array_index (sessions, k);

                  if (session->device != device)
                    continue;
                  if (g_atomic_int_get (&device->hung) || g_atomic_int_get (&device->dead))
                    session->stalled = TRUE;
                  else
                    feed (session, now);
                }
            }
          wake = MIN (wake, icam_test_device_counter_mono (device, now + 1));
        }
      icam_test_log_flush ();
      g_cond_wait_until (&cond, &lock, wake);
    }
  g_mutex_unlock (&lock);
  return NULL;
}

/**
 * icam_test_pump_start:
 * @motion: (nullable): told when somebody comes or goes
 *
 * Starts the thread.
 */
void
icam_test_pump_start (IcamTestMotionFunc motion)
{
  devices = g_ptr_array_new ();
  sessions = g_ptr_array_new_with_free_func ((GDestroyNotify) session_free);
  motion_func = motion;
  base_mono = g_get_monotonic_time ();
  thread = g_thread_new ("pump", run, NULL);
}

/**
 * icam_test_pump_stop:
 *
 * Ends the thread; sessions get nothing more.
 */
void
icam_test_pump_stop (void)
{
  g_mutex_lock (&lock);
  stopping = TRUE;
  g_cond_signal (&cond);
  g_mutex_unlock (&lock);
  g_clear_pointer (&thread, g_thread_join);
  icam_test_log_flush ();
}

/**
 * icam_test_pump_base_time:
 *
 * Returns: the base time for a pipeline on the system clock, in which stream time is as in the
 *   buffers of the pump.
 */
GstClockTime
icam_test_pump_base_time (void)
{
  return (GstClockTime) (base_mono - ICAM_TEST_PTS_BASE_US) * GST_USECOND;
}

/**
 * icam_test_pump_add_device:
 * @device: a device that is ready; must outlive the pump
 */
void
icam_test_pump_add_device (IcamTestDevice *device)
{
  g_mutex_lock (&lock);
  g_ptr_array_add (devices, device);
  g_cond_signal (&cond);
  g_mutex_unlock (&lock);
}

static IcamTestSession *
find (GObject *owner)
{
  for (guint i = 0; i < sessions->len; i++)
    {
      IcamTestSession *session = g_ptr_array_index (sessions, i);

      if (session->owner == owner)
        return session;
    }
  return NULL;
}

/* A pipeline that is being prepared wants its first picture: the newest key frame. */
static void
on_need_video (GstElement *source, guint length, gpointer data)
{
  g_mutex_lock (&lock);
  for (guint i = 0; i < sessions->len; i++)
    {
      IcamTestSession *self = g_ptr_array_index (sessions, i);

      if (self->video == source && !self->prerolled)
        {
          guint64 now = icam_test_device_counter_now (self->device);

          self->prerolled = TRUE;
          self->next = now - now % ICAM_TEST_GOP;
          take_clip (self, self->next);
          self->preroll_log = push_picture (self, self->next);
          self->next++;
        }
    }
  g_mutex_unlock (&lock);
}

static void
on_need_audio (GstElement *source, guint length, gpointer data)
{
  g_mutex_lock (&lock);
  for (guint i = 0; i < sessions->len; i++)
    {
      IcamTestSession *self = g_ptr_array_index (sessions, i);

      if (self->audio == source && !self->audio_prerolled)
        {
          self->audio_prerolled = TRUE;
          self->next_audio = audio_counter_at (self, g_get_monotonic_time ());
          push_audio (self);
        }
    }
  g_mutex_unlock (&lock);
}

/**
 * icam_test_pump_add_session:
 * @device: a device
 * @channel: its channel
 * @stream: an #IcamTestStream
 * @client: (nullable): address of the client, for the log
 * @video: an appsrc
 * @audio: (nullable): another
 * @owner: what the session belongs to, its key from now on
 *
 * A client described a stream. It gets pictures from icam_test_pump_set_playing() on.
 */
void
icam_test_pump_add_session (IcamTestDevice *device,
                            guint channel,
                            guint stream,
                            const char *client,
                            GstElement *video,
                            GstElement *audio,
                            GObject *owner)
{
  IcamTestSession *self = g_new0 (IcamTestSession, 1);

  self->device = device;
  self->channel = channel;
  self->stream = stream;
  self->client = g_strdup (client);
  self->video = gst_object_ref (video);
  self->audio = audio ? gst_object_ref (audio) : NULL;
  self->owner = owner;
  g_mutex_lock (&lock);
  self->id = next_session_id++;
  g_ptr_array_add (sessions, self);
  g_mutex_unlock (&lock);

  g_signal_connect (video, "need-data", G_CALLBACK (on_need_video), NULL);
  if (audio)
    g_signal_connect (audio, "need-data", G_CALLBACK (on_need_audio), NULL);
}

/**
 * icam_test_pump_set_playing:
 * @owner: the owner of a session
 * @playing: whether the client plays
 */
void
icam_test_pump_set_playing (GObject *owner, gboolean playing)
{
  IcamTestSession *self;

  g_mutex_lock (&lock);
  self = find (owner);
  if (self && playing != self->playing)
    {
      self->playing = playing;
      if (playing && !self->was_playing)
        {
          g_autofree char *client = icam_test_json_quote (self->client);

          self->was_playing = TRUE;
          icam_test_log_write (
            "{\"t\":\"session-start\",\"session\":%u,\"device\":%u,\"generation\":%u,"
            "\"channel\":%u,\"stream\":\"%s\",\"client\":%s,\"utc_us\":%" G_GINT64_FORMAT "}",
            self->id, self->device->index, self->device->generation, self->channel,
            icam_test_stream_name (self->stream), client, g_get_real_time ());
          if (self->preroll_log)
            note_sent (self, self->next - 1, self->preroll_log);
        }
      if (playing)
        feed (self, icam_test_device_counter_now (self->device));
      icam_test_log_flush ();
    }
  g_mutex_unlock (&lock);
}

/**
 * icam_test_pump_end_session:
 * @owner: the owner of a session
 *
 * The client left.
 */
void
icam_test_pump_end_session (GObject *owner)
{
  IcamTestSession *self;

  g_mutex_lock (&lock);
  self = find (owner);
  if (self)
    {
      if (self->was_playing)
        icam_test_log_write (
          "{\"t\":\"session-end\",\"session\":%u,\"device\":%u,\"channel\":%u,\"stream\":\"%s\","
          "\"first\":%" G_GUINT64_FORMAT ",\"last\":%" G_GUINT64_FORMAT
          ",\"frames\":%" G_GUINT64_FORMAT ",\"utc_us\":%" G_GINT64_FORMAT "}",
          self->id, self->device->index, self->channel, icam_test_stream_name (self->stream),
          self->first, self->last, self->n_sent, g_get_real_time ());
      g_ptr_array_remove_fast (sessions, self);
      icam_test_log_flush ();
    }
  g_mutex_unlock (&lock);
}
