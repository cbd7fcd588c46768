/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A recorder's life on a simulated day: cameras that send on the injected clock, what the recorder would say of them, and the archive, which
 * is the real one. */

#include "config.h"

#include "icam-day.h"

#include "archive/icam-archive-move.h"
#include "media/icam-frame-time.h"
#include "recorder/icam-record-plan.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SECOND ((gint64) G_USEC_PER_SEC)
/* When a picture's time has come all have arrived that were taken then. */
#define ARRIVED_US (100 * 1000)
/* As the sources do: what comes first waits until it is known how late it is. */
#define HOLD_US   (400 * 1000)
#define SILENT_US (5 * SECOND)
/* What comes late may be so old. */
#define KEPT_US   (13 * SECOND)
#define BEFORE_S  5
#define AFTER_S   10

typedef struct
{
  gint64 media_us, arrival_us, time;
  gboolean key;
} Frame;

typedef struct
{
  guint camera, number;
  IcamRole role;
  IcamRecording *recording;
  gboolean connected, paused;
  gint64 retry_at, last_arrival;
  IcamAnchor anchor;
  gboolean primed;
  gint64 held_since;
  GArray *held;          /* of Frame */
  gint64 media_base;     /* of the camera's clock */
  gint64 group_phase;    /* a time at which a group began */
  guint width;
  guint hint;            /* of its camera's spells */
  const DaySpell *spell; /* that it has seen to */

  /* What is known to have to be there. */
  IcamRecordingState state;
  IcamGapCause rest;
  gboolean disturbed, decodable, broken;
  gint64 run_from, run_to; /* of pictures that follow each other; 0 none */
} Stream;

typedef struct
{
  Fixture fixture;
  const DayPlan *plan;
  GRand *rand;
  char *second, *away, *second_away;
  FILE *told;
  gint64 now;
  Stream streams[DAY_STREAMS];
  IcamRecordPlan plans[DAY_CAMERAS];
  GTimeZone *zone;
  gint64 motion_end;
  guint motion_hint;
  gboolean frozen_sync; /* the writer is not waited for */
} Day;

/* ---- faults ---- */

static GMutex frozen_lock;
static GCond thawed;
static gboolean frozen;
static gint kill_after;
static gint disk_full;

static void
on_step (const char *step, gpointer unused)
{
  if (g_atomic_int_get (&kill_after) > 0 && g_atomic_int_dec_and_test (&kill_after))
    kill (getpid (), SIGKILL);
  if (strcmp (step, "write") != 0)
    return;
  g_mutex_lock (&frozen_lock);
  while (frozen)
    g_cond_wait (&thawed, &frozen_lock);
  g_mutex_unlock (&frozen_lock);
}

static void
freeze (gboolean on)
{
  g_mutex_lock (&frozen_lock);
  frozen = on;
  g_cond_broadcast (&thawed);
  g_mutex_unlock (&frozen_lock);
}

/* In place of the C library's: a disk may be full. */
ssize_t
pwrite (int fd, const void *data, size_t length, off_t offset)
{
  if (g_atomic_int_get (&disk_full))
    {
      char link[64], path[4096];
      ssize_t n;

      g_snprintf (link, sizeof link, "/proc/self/fd/%d", fd);
      n = readlink (link, path, sizeof path);
      if (n > 4 && memcmp (path + n - 4, ".mkv", 4) == 0)
        {
          errno = ENOSPC;
          return -1;
        }
    }
  return (ssize_t) syscall (SYS_pwrite64, fd, data, length, offset);
}

/* ---- what is told ---- */

static void
tell_run (Day *self, Stream *stream)
{
  if (stream->run_from > 0)
    fprintf (self->told, "R %u %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " 0\n", stream->number, stream->run_from, stream->run_to);
}

static void
end_run (Day *self, Stream *stream)
{
  tell_run (self, stream);
  stream->run_from = 0;
  stream->broken = TRUE;
}

static void
tell_cause (Day *self, Stream *stream, gint64 time, IcamGapCause cause)
{
  end_run (self, stream);
  fprintf (self->told, "T %u %" G_GINT64_FORMAT " 0 %u\n", stream->number, time, (guint) cause);
}

/* Within @from and @to a stream may miss something because of @causes. */
static void
tell_excuse (Day *self, guint stream, gint64 from, gint64 to, guint causes)
{
  fprintf (self->told, "E %u %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %u\n", stream, from, to, causes);
}

static void
excuse_all (Day *self, gint64 from, gint64 to, guint causes)
{
  for (guint i = 0; i < DAY_STREAMS; i++)
    tell_excuse (self, i, from, to, causes);
}

static void
tell_epoch (Day *self, gint64 time)
{
  fprintf (self->told, "N %u %" G_GINT64_FORMAT " 0 0\n", icam_store_epoch (icam_archive_get_store (self->fixture.archive)), time);
}

/* ---- the recorder's part ---- */

static void
interrupt (Day *self, Stream *stream, IcamGapCause cause)
{
  icam_recording_interrupt (stream->recording, cause);
  stream->decodable = FALSE;
  if (stream->state == ICAM_RECORDING_OFF)
    return;
  stream->disturbed = stream->state == ICAM_RECORDING_STANDBY;
  tell_cause (self, stream, self->now, cause);
}

static void
disconnect (Day *self, Stream *stream, IcamGapCause cause)
{
  stream->connected = FALSE;
  stream->retry_at = self->now + SECOND + g_rand_int_range (self->rand, 0, 3000000);
  g_array_set_size (stream->held, 0);
  interrupt (self, stream, cause);
}

static void
push (Day *self, Stream *stream, const Frame *frame)
{
  gint64 boot = icam_clock_boottime (self->fixture.clock);
  gint64 capture = icam_anchor_capture (&stream->anchor, frame->media_us, frame->arrival_us);
  gint64 really = frame->time + 1000 * SECOND;
  gsize size = stream->role == ICAM_ROLE_MAIN ? (frame->key ? 600 : 90) : (frame->key ? 200 : 40);
  IcamPacket packet = { .track = ICAM_TRACK_VIDEO, .duration_us = DAY_FRAME_US, .arrival_us = frame->arrival_us };

  /* What the time code makes of the camera's clock, the network and the computer's clock is when it was. */
  if (ABS (capture - really) > ARRIVED_US)
    g_error ("a picture's time is off by %" G_GINT64_FORMAT " µs", capture - really);
  packet.utc_us = capture + icam_clock_utc (self->fixture.clock) - boot;
  packet.flags = frame->key ? ICAM_PACKET_KEY : 0;
  packet.data = g_bytes_new_take (g_malloc0 (size), size);
  stream->decodable = stream->decodable || frame->key;
  stream->last_arrival = self->now;
  icam_recording_push (stream->recording, &packet);

  if (stream->state != ICAM_RECORDING_ON)
    {
      if (stream->disturbed)
        tell_cause (self, stream, self->now, stream->rest);
      stream->disturbed = FALSE;
      return;
    }
  if (!stream->decodable || frame->time < stream->run_to)
    return;
  if (stream->run_from > 0 && frame->time - stream->run_to > SECOND)
    tell_run (self, stream);
  if (stream->run_from == 0 || frame->time - stream->run_to > SECOND)
    stream->run_from = frame->time;
  stream->run_to = frame->time + DAY_FRAME_US;
  stream->broken = FALSE;
}

static void
release (Day *self, Stream *stream)
{
  stream->primed = TRUE;
  for (guint i = 0; i < stream->held->len; i++)
    push (self, stream, &g_array_index (stream->held, Frame, i));
  g_array_set_size (stream->held, 0);
}

static void
send (Day *self, Stream *stream, gint64 time)
{
  gint64 boot = icam_clock_boottime (self->fixture.clock);
  /* Each camera's clock is a little fast, or slow. */
  gint64 age = time - stream->media_base, ppm = (gint64) stream->number * 30 - 100;
  Frame frame = {
    .media_us = age + age / 1000000 * ppm,
    .arrival_us = boot - g_rand_int_range (self->rand, 1000, 60000),
    .time = time,
    .key = (time - stream->group_phase) % DAY_GROUP_US == 0,
  };

  if (stream->primed)
    {
      push (self, stream, &frame);
      return;
    }
  g_array_append_val (stream->held, frame);
  icam_anchor_prime (&stream->anchor, frame.media_us, frame.arrival_us);
  if (stream->held_since == 0)
    stream->held_since = frame.arrival_us;
  if (boot - stream->held_since >= HOLD_US)
    release (self, stream);
}

static void
set_track (Stream *stream)
{
  g_autoptr (IcamTrack) track = icam_track_new (ICAM_CODEC_H264);

  track->width = stream->width;
  track->height = stream->width / 16 * 9;
  track->frame_duration_us = DAY_FRAME_US;
  track->private_data = g_bytes_new_static ("\x01\x64\x00\x1f\xff\xe1\x00\x00\x01\x00\x00", 11);
  icam_recording_set_track (stream->recording, ICAM_TRACK_VIDEO, track);
}

static void
connect_stream (Day *self, Stream *stream, gint64 keep_us)
{
  gint64 first = self->now / DAY_FRAME_US * DAY_FRAME_US - keep_us / DAY_GROUP_US * DAY_GROUP_US;

  stream->connected = TRUE;
  stream->primed = FALSE;
  stream->held_since = 0;
  icam_anchor_init (&stream->anchor);
  stream->group_phase = first;
  stream->last_arrival = self->now;
  set_track (stream);
  for (gint64 time = first; time < self->now / DAY_FRAME_US * DAY_FRAME_US; time += DAY_FRAME_US)
    send (self, stream, time);
}

static IcamGapCause
cause_of (DayTrouble kind)
{
  switch (kind)
    {
    case DAY_GONE:
      return ICAM_GAP_CAMERA_GONE;
    case DAY_PASSWORD:
      return ICAM_GAP_WRONG_PASSWORD;
    case DAY_OTHER:
      return ICAM_GAP_OTHER_DEVICE;
    case DAY_PAUSED:
      return ICAM_GAP_PAUSED;
    case DAY_UP:
    case DAY_STALL:
    case DAY_HUNG:
    case DAY_TIMESTAMPS:
    case DAY_TRACK:
    case DAY_MOTION:
    default:
      return ICAM_GAP_CAMERA_SILENT;
    }
}

/* Once for each spell. */
static void
meet (Day *self, Stream *stream, const DaySpell *spell)
{
  if (spell->kind == DAY_TIMESTAMPS)
    stream->media_base = self->now - (self->now - stream->media_base > 20 * SECOND ? 5 : 100) * SECOND;
  else if (spell->kind == DAY_GONE)
    stream->media_base = self->now;
  else if (spell->kind == DAY_TRACK)
    {
      /* What waits is of the format before; the new one begins with a key frame. */
      release (self, stream);
      stream->primed = stream->connected && stream->anchor.anchored;
      stream->width = stream->width % 1280 + 320;
      stream->group_phase = self->now / DAY_FRAME_US * DAY_FRAME_US;
      if (stream->connected)
        set_track (stream);
    }
}

static void
step_stream (Day *self, Stream *stream)
{
  const DaySpell *before = stream->hint > 0 ? &g_array_index (self->plan->spells[stream->camera], DaySpell, stream->hint - 1) : NULL;
  const DaySpell *spell = day_plan_spell (self->plan->spells[stream->camera], self->now, &stream->hint);
  DayTrouble kind = spell != NULL ? spell->kind : DAY_UP;
  gboolean answers = kind == DAY_UP || kind == DAY_TIMESTAMPS || kind == DAY_TRACK;

  if (spell != NULL && spell != stream->spell)
    meet (self, stream, spell);
  stream->spell = spell;

  if (stream->connected)
    {
      if (kind == DAY_STALL || kind == DAY_HUNG)
        {
          if (self->now - stream->last_arrival >= SILENT_US)
            disconnect (self, stream, ICAM_GAP_CAMERA_SILENT);
        }
      else if (!answers)
        disconnect (self, stream, cause_of (kind));
    }
  else if (self->now >= stream->retry_at && answers)
    connect_stream (self, stream, before != NULL && before->kind == DAY_GONE && self->now - before->to < 10 * SECOND ? before->keep_us : 0);
  else if (self->now >= stream->retry_at)
    disconnect (self, stream, cause_of (kind));

  if (stream->connected && answers)
    send (self, stream, self->now / DAY_FRAME_US * DAY_FRAME_US);
}

static void
set_state (Day *self, Stream *stream, IcamRecordingState state, IcamGapCause cause)
{
  if (state == stream->state && (state == ICAM_RECORDING_ON || cause == stream->rest))
    return;
  icam_recording_set_state (stream->recording, state, BEFORE_S * SECOND, cause);
  stream->rest = cause;
  if (state == ICAM_RECORDING_ON)
    {
      /* What waits is as old as was asked for, and its group; the camera may have been slow meanwhile, or silent since. */
      if (stream->state == ICAM_RECORDING_STANDBY)
        tell_excuse (self, stream->number, self->now - BEFORE_S * SECOND - 2 * DAY_GROUP_US - SILENT_US, self->now + SILENT_US + SECOND,
                     1u << ICAM_GAP_NO_EVENT | 1u << ICAM_GAP_CAMERA_SILENT);
    }
  else
    tell_cause (self, stream, self->now, cause);
  /* Without what waited a key frame is needed. */
  if (stream->state == ICAM_RECORDING_OFF)
    stream->decodable = FALSE;
  stream->disturbed = FALSE;
  stream->state = state;
}

static void
decide (Day *self)
{
  const DaySpell *motion = day_plan_spell (self->plan->motion, self->now, &self->motion_hint);
  gint64 quiet = self->motion_end == 0 ? G_MAXINT64 : self->now - self->motion_end;

  if (motion != NULL)
    {
      self->motion_end = self->now;
      quiet = 0;
    }
  for (guint i = 0; i < DAY_STREAMS; i++)
    {
      Stream *stream = &self->streams[i];
      IcamGapCause cause;
      IcamRecordingState state = icam_record_plan_decide (&self->plans[stream->camera], icam_clock_utc (self->fixture.clock), self->zone,
                                                          stream->camera == 3 ? quiet : G_MAXINT64, FALSE, &cause);

      set_state (self, stream, state, cause);
    }
}

static void
sync_archive (Day *self)
{
  if (!self->frozen_sync)
    icam_archive_sync (self->fixture.archive);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
sim_until (Day *self, gint64 time)
{
  while (self->now + DAY_FRAME_US <= time)
    {
      self->now += DAY_FRAME_US;
      icam_test_clock_advance (ICAM_TEST_CLOCK (self->fixture.clock), DAY_FRAME_US);
      if (self->now % SECOND == 0)
        decide (self);
      for (guint i = 0; i < DAY_STREAMS; i++)
        step_stream (self, &self->streams[i]);
      if (self->now % SECOND == 0)
        sync_archive (self);
      if (self->now % SECOND == 0 && g_atomic_int_get (&kill_after) > 0)
        {
          /* All up to here is written. */
          for (guint i = 0; i < DAY_STREAMS; i++)
            tell_run (self, &self->streams[i]);
          fprintf (self->told, "S 0 %" G_GINT64_FORMAT " 0 0\n", self->now);
          fflush (self->told);
        }
    }
}

/* ---- what happens ---- */

static void
trust_clock (Day *self, gint64 time)
{
  gint64 shift = day_plan_shift (self->plan, time);

  /* As the kernel does: what was set wrong is not synchronised. */
  icam_archive_get_store (self->fixture.archive)->options.trust_clock = ABS (shift) < DAY_MINUTE_US ? ICAM_TRUST_ALWAYS : ICAM_TRUST_NEVER;
}

static void
rename_folder (const char *from, const char *to)
{
  if (g_rename (from, to) != 0)
    g_error ("%s: %s", from, g_strerror (errno));
}

typedef struct
{
  IcamArchive *archive;
  IcamUuid channel;
  char *folder;
  guint moved;
} Move;

static gpointer
move_thread (gpointer data)
{
  Move *move = data;
  g_autoptr (GError) error = NULL;
  guint64 bytes;

  if (!icam_archive_move (move->archive, &move->channel, move->folder, NULL, NULL, NULL, &move->moved, &bytes, &error))
    g_error ("moving: %s", error->message);
  return NULL;
}

static void
report_finding (IcamFinding finding, const char *what, gpointer user_data)
{
  g_printerr ("# %s: %s\n", icam_finding_to_string (finding), what);
}

static void
check_now (Day *self)
{
  const IcamCheckOptions options = { .deep = TRUE, .report = report_finding };
  g_autoptr (GError) error = NULL;
  IcamCheckResult result = { 0 };

  if (!icam_archive_examine (self->fixture.archive, &options, &result, &error))
    g_error ("looking: %s", error->message);
  if (fixture_findings (&result) > result.unfinished)
    g_error ("at %" G_GINT64_FORMAT " s something is found", self->now / SECOND);
}

static void
do_event (Day *self, const DayEvent *event)
{
  gint64 at = event->at, end = at + event->length;

  switch (event->kind)
    {
    case DAY_STEP:
      /* What is sent again, and what is missing, lies in both times. */
      excuse_all (self, at - 13 * SECOND, at + 13 * SECOND, DAY_ANY_CAUSE);
      trust_clock (self, at);
      icam_test_clock_step (ICAM_TEST_CLOCK (self->fixture.clock), event->step_us);
      icam_archive_begin_epoch (self->fixture.archive);
      tell_epoch (self, at);
      break;
    case DAY_KILL:
      icam_archive_sync (self->fixture.archive);
      for (guint i = 0; i < DAY_STREAMS; i++)
        tell_run (self, &self->streams[i]);
      fprintf (self->told, "S 0 %" G_GINT64_FORMAT " 0 0\n", self->now);
      fflush (self->told);
      g_atomic_int_set (&kill_after, g_rand_int_range (self->rand, 1, 250));
      sim_until (self, end - SECOND);
      kill (getpid (), SIGKILL);
      break;
    case DAY_SLEEP:
      icam_test_clock_advance (ICAM_TEST_CLOCK (self->fixture.clock), event->length / DAY_FRAME_US * DAY_FRAME_US);
      self->now += event->length / DAY_FRAME_US * DAY_FRAME_US;
      for (guint i = 0; i < DAY_STREAMS; i++)
        if (self->streams[i].spell == NULL || self->streams[i].spell->kind != DAY_PAUSED)
          disconnect (self, &self->streams[i], ICAM_GAP_COMPUTER_ASLEEP);
      break;
    case DAY_AWAY:
    case DAY_BOTH_AWAY:
      rename_folder (self->fixture.folder, self->away);
      if (event->kind == DAY_BOTH_AWAY)
        rename_folder (self->second, self->second_away);
      /* One folder goes over to the other at the next key frame. */
      excuse_all (self, at - KEPT_US, event->kind == DAY_AWAY ? at + 6 * SECOND : end + 9 * SECOND, 1u << ICAM_GAP_DISK_ERROR);
      sim_until (self, end);
      rename_folder (self->away, self->fixture.folder);
      if (event->kind == DAY_BOTH_AWAY)
        rename_folder (self->second_away, self->second);
      sim_until (self, end + 9 * SECOND);
      break;
    case DAY_FULL:
      g_atomic_int_set (&disk_full, 1);
      excuse_all (self, at - KEPT_US, end + 9 * SECOND, 1u << ICAM_GAP_DISK_FULL);
      sim_until (self, end);
      g_atomic_int_set (&disk_full, 0);
      sim_until (self, end + 9 * SECOND);
      break;
    case DAY_SLOW:
      freeze (TRUE);
      self->frozen_sync = TRUE;
      /* Then the next key frame, of a camera that may just be silent. */
      excuse_all (self, at - KEPT_US, end + 9 * SECOND, 1u << ICAM_GAP_DISK_SLOW);
      sim_until (self, end);
      self->frozen_sync = FALSE;
      freeze (FALSE);
      break;
    case DAY_MOVE:
      {
        guint camera = (guint) g_rand_int_range (self->rand, 0, DAY_CAMERAS);
        Move move = { self->fixture.archive, .folder = g_rand_boolean (self->rand) ? self->second : self->fixture.folder };
        GThread *thread;

        day_channel (camera, &move.channel);
        thread = g_thread_new ("move", move_thread, &move);
        sim_until (self, end);
        g_thread_join (thread);
        fprintf (self->told, "M %u 0 0 0\n", move.moved);
        break;
      }
    case DAY_FLOOR:
      icam_archive_set_setting (self->fixture.archive, "floor-bytes", "9000000000000000000", NULL);
      icam_archive_sync (self->fixture.archive);
      icam_archive_set_setting (self->fixture.archive, "floor-bytes", "1", NULL);
      break;
    case DAY_CHECK:
      check_now (self);
      break;
    case DAY_STOP:
    default:
      break;
    }
}

/* ---- a life ---- */

/**
 * day_channel:
 * @camera: its number
 * @channel: (out): its channel
 */
void
day_channel (guint camera, IcamUuid *channel)
{
  for (guint i = 0; i < sizeof channel->bytes; i++)
    channel->bytes[i] = (guint8) (i * i + 17 + camera * 3);
}

static void
save_cameras (Day *self)
{
  g_autoptr (GPtrArray) devices = g_ptr_array_new_with_free_func ((GDestroyNotify) icam_device_row_free);
  g_autoptr (GPtrArray) channels = g_ptr_array_new_with_free_func ((GDestroyNotify) icam_channel_row_free);
  g_autoptr (GPtrArray) cameras = g_ptr_array_new_with_free_func ((GDestroyNotify) icam_camera_row_free);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < DAY_CAMERAS; i++)
    {
      IcamDeviceRow *device = g_new0 (IcamDeviceRow, 1);
      IcamChannelRow *channel = g_new0 (IcamChannelRow, 1);
      IcamCameraRow *camera = g_new0 (IcamCameraRow, 1);

      day_channel (i, &channel->id);
      device->id = camera->id = camera->channel = channel->device = channel->id;
      camera->position = i;
      camera->keep_days = 1;
      if (i == 0)
        camera->keep_bytes = (self->plan->end - DAY_BEGIN_US) / DAY_MINUTE_US * 40000;
      if (i == 1)
        camera->folder = g_strdup (self->second);
      if (i == 2)
        {
          /* Every other quarter of an hour, or nearly. */
          camera->record = ICAM_RECORD_SCHEDULE;
          camera->schedule = g_strdup ("mo-su 00:00-13:45; mo-su 14:00-14:15; mo-su 14:30-19:00; mo-su 19:15-24:00");
        }
      if (i == 3)
        camera->record = ICAM_RECORD_EVENTS;
      camera->before_s = BEFORE_S;
      camera->after_s = AFTER_S;
      icam_record_plan_init (&self->plans[i], camera);
      g_ptr_array_add (devices, device);
      g_ptr_array_add (channels, channel);
      g_ptr_array_add (cameras, camera);
    }
  if (!icam_archive_save (self->fixture.archive, devices, channels, cameras, &error))
    g_error ("%s", error->message);
}

static void
open_archive (Day *self, guint run)
{
  IcamArchive *archive;
  g_autoptr (GError) error = NULL;

  fixture_open (&self->fixture);
  archive = self->fixture.archive;
  tell_epoch (self, self->now + DAY_FRAME_US);
  trust_clock (self, self->now + DAY_FRAME_US);
  icam_archive_set_setting (archive, "floor-bytes", "1", NULL);
  if (run == 0
      && (!icam_archive_remember_folders (archive, self->second, TRUE, &error)
          || !icam_archive_use_folder (archive, self->second, TRUE, &error)))
    g_error ("%s", error->message);
  icam_archive_sync (archive);
  save_cameras (self);
  icam_archive_recover_async (archive, NULL, NULL);
  icam_archive_finish_moves (archive);
}

static void
start_streams (Day *self)
{
  for (guint i = 0; i < DAY_STREAMS; i++)
    {
      Stream *stream = &self->streams[i];
      IcamUuid channel;

      *stream = (Stream) {
        .camera = i / ICAM_N_ROLES,
        .role = (IcamRole) (i % ICAM_N_ROLES),
        .number = i,
        .held = g_array_new (FALSE, FALSE, sizeof (Frame)),
        .retry_at = self->now + SECOND,
        .media_base = self->now - 77 * SECOND,
        .width = i % ICAM_N_ROLES == ICAM_ROLE_MAIN ? 1280 : 640,
      };
      day_channel (stream->camera, &channel);
      stream->recording = icam_recording_new (self->fixture.archive, &channel, stream->role, ICAM_IDENTITY_SAME);
    }
}

/**
 * day_run:
 * @top: where all is
 * @plan: the day
 * @run: which of its recorders this is
 *
 * Lives, and does not return.
 */
void
day_run (const char *top, const DayPlan *plan, guint run)
{
  Day self = { .plan = plan };
  g_autofree char *told = g_build_filename (top, "told", NULL);
  gint64 start = g_array_index (plan->runs, gint64, run);
  const DayEvent *event;
  IcamUuid channel;
  guint i = 0;

  /* Folders that go, and disks that are full, are no surprise. */
  g_log_set_always_fatal (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL);
  fixture_setup_at (&self.fixture, top);
  self.fixture.options.main_segment_us = self.fixture.options.sub_segment_us = 0;
  self.fixture.options.queue_bytes = 64 * 1024;
  self.rand = g_rand_new_with_seed ((guint32) start + run);
  self.second = g_build_filename (top, "second", NULL);
  self.away = g_build_filename (top, "away", NULL);
  self.second_away = g_build_filename (top, "second-away", NULL);
  self.zone = g_time_zone_new_utc ();
  self.told = fopen (told, "a");
  self.now = start / DAY_FRAME_US * DAY_FRAME_US;
  icam_test_clock_advance (ICAM_TEST_CLOCK (self.fixture.clock), self.now + ARRIVED_US);
  icam_test_clock_step (ICAM_TEST_CLOCK (self.fixture.clock), day_plan_shift (plan, start));
  icam_disk_set_clock (self.fixture.clock);
  icam_disk_set_fault (on_step, NULL);

  open_archive (&self, run);
  start_streams (&self);
  while (i < plan->events->len && day_event (plan->events, i)->at < start)
    i++;
  for (;; i++)
    {
      event = day_event (plan->events, i);
      sim_until (&self, event->at);
      if (event->kind == DAY_STOP)
        break;
      do_event (&self, event);
    }

  if (run == 0)
    {
      g_autoptr (GError) error = NULL;
      IcamUuid id;

      day_channel (1, &channel);
      if (!icam_archive_protect (self.fixture.archive, &channel, START_US + DAY_PROTECTED_FROM_US, START_US + DAY_PROTECTED_TO_US, "kept",
                                 &id, &error))
        g_error ("%s", error->message);
    }
  sync_archive (&self);
  if (event->at == plan->end)
    check_now (&self);
  /* How long it lasted is not known when the clock was set back meanwhile. */
  if (day_plan_shift (plan, event->at + event->length) != day_plan_shift (plan, event->at))
    excuse_all (&self, event->at - SECOND, event->at + event->length + 10 * SECOND, 1u << ICAM_GAP_CLOCK_STEPPED);
  for (i = 0; i < DAY_STREAMS; i++)
    tell_cause (&self, &self.streams[i], self.now, ICAM_GAP_RECORDER_STOPPED);
  fclose (self.told);
  fixture_close (&self.fixture, ICAM_GAP_RECORDER_STOPPED);
  _exit (0);
}
