/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-recorder"

#include "config.h"

#include "recorder/icam-camera-object.h"

#include "recorder/icam-camera-control.h"
#include "recorder/icam-camera-defaults.h"
#include "recorder/icam-camera-reads.h"
#include "recorder/icam-event-recorder.h"
#include "recorder/icam-export.h"
#include "recorder/icam-keeping.h"
#include "recorder/icam-record-plan.h"
#include "recorder/icam-reply.h"
#include "recorder/icam-upkeep.h"

#include <string.h>

struct _IcamCameraObject
{
  GObject parent_instance;
  IcamService *service; /* owns us */
  IcamContext *context;
  IcamCameraRow *row;
  IcamDeviceSession *device;
  IcamStreamSession *streams[ICAM_N_ROLES];
  IcamEventRecorder *events;
  IcamCameraControl *control; /* what people tell the camera itself */
  IcamCameraDefaults *defaults;
  IcamDBusCamera *skeleton;
  char *id;
  char *path;
  gboolean failed; /* told in the journal */

  IcamRecordPlan plan;
  GTimeZone *zone;
  IcamRecordingState recorded; /* what is done of it */
  gint64 last_event; /* boot time, µs; 0 none */
};

G_DEFINE_FINAL_TYPE (IcamCameraObject, icam_camera_object, G_TYPE_OBJECT)

static const char *
state_of (IcamCameraObject *self)
{
  IcamStreamSession *main = self->streams[ICAM_ROLE_MAIN];

  if (self->row->paused)
    return "paused";
  if (icam_device_session_is_waiting (self->device))
    return "waiting";
  if (icam_device_session_get_identity (self->device) == ICAM_IDENTITY_OTHER)
    return "other-device";

  switch (icam_stream_session_get_state (main))
    {
    case ICAM_STREAM_CONNECTED:
      return "recording";
    case ICAM_STREAM_FAILED:
      return "failed";
    case ICAM_STREAM_IDLE:
    case ICAM_STREAM_CONNECTING:
    default:
      return "connecting";
    }
}

/* The errors of devices do not know the cameras on them. */
static GError *
with_name (IcamCameraObject *self,
           const GError     *error)
{
  g_autoptr (GVariant) params = icam_error_get_params (error);
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (params);
  g_autoptr (GVariant) all = NULL;
  g_autofree char *text = NULL;

  if (error->domain != ICAM_ERROR)
    return g_error_copy (error);

  g_variant_dict_insert (&dict, "camera", "s", self->row->name);
  all = g_variant_ref_sink (g_variant_dict_end (&dict));
  text = g_variant_print (all, FALSE);
  return g_error_new_literal (ICAM_ERROR, error->code, text);
}

static const GError *
error_of (IcamCameraObject *self,
          const char       *state)
{
  const GError *error = NULL;

  for (guint i = 0; i < ICAM_N_ROLES && error == NULL; i++)
    if (self->streams[i] != NULL)
      error = icam_stream_session_get_error (self->streams[i]);
  if (error == NULL && strcmp (state, "recording") != 0)
    error = icam_device_session_get_problem (self->device);

  return error;
}

static gint64
retry_of (IcamCameraObject *self)
{
  gint64 retry = 0;

  for (guint i = 0; i < ICAM_N_ROLES && retry == 0; i++)
    if (self->streams[i] != NULL)
      retry = icam_stream_session_get_retry_at (self->streams[i]);

  return retry;
}

static GVariant *
streams_of (IcamCameraObject *self)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(ssuuds)"));

  for (guint i = 0; i < ICAM_N_ROLES; i++)
    {
      IcamStreamInfo info;

      if (self->streams[i] == NULL)
        continue;
      icam_stream_session_get_info (self->streams[i], &info);
      g_variant_builder_add (&builder, "(ssuuds)", icam_role_to_string ((IcamRole) i),
                             info.video != ICAM_CODEC_NONE ? icam_codec_to_string (info.video) : "", info.width,
                             info.height, info.rate,
                             info.audio != ICAM_CODEC_NONE ? icam_codec_to_string (info.audio) : "");
    }

  return g_variant_builder_end (&builder);
}

static GVariant *
paths_of (IcamCameraObject *self)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{ss}"));

  for (guint i = 0; i < ICAM_N_ROLES; i++)
    if (self->streams[i] != NULL)
      g_variant_builder_add (&builder, "{ss}", icam_role_to_string ((IcamRole) i),
                             icam_path_to_string (icam_stream_session_get_path (self->streams[i])));

  return g_variant_builder_end (&builder);
}

static void
tell_journal (IcamCameraObject *self,
              const char       *state,
              const GError     *error)
{
  gboolean failed = strcmp (state, "failed") == 0;

  if (failed && !self->failed)
    {
      g_autoptr (GVariant) params = error != NULL ? icam_error_get_params (error) : NULL;
      const char *address = NULL;

      if (params != NULL)
        g_variant_lookup (params, "address", "&s", &address);
      icam_context_journal (self->context, "camera-failed", "camera", self->id, "name", self->row->name, "address",
                            address, "error",
                            error != NULL && error->domain == ICAM_ERROR
                              ? icam_error_code_name ((IcamError) error->code)
                              : "Failed",
                            NULL);
      self->failed = TRUE;
    }
  else if (self->failed && strcmp (state, "recording") == 0)
    {
      icam_context_journal (self->context, "camera-recovered", "camera", self->id, "name", self->row->name, NULL);
      self->failed = FALSE;
    }
}

/* The smaller stream, where there is one, is watched for motion. */
static IcamStreamSession *
detected_stream (IcamCameraObject *self)
{
  return self->streams[ICAM_ROLE_SUB] != NULL ? self->streams[ICAM_ROLE_SUB] : self->streams[ICAM_ROLE_MAIN];
}

/* Whether somebody would notice if something happened. */
static gboolean
is_blind (IcamCameraObject *self)
{
  const char *detector = icam_stream_session_get_detector (detected_stream (self));

  if (self->row->blind)
    return TRUE;
  return strcmp (detector, "healthy") != 0 && icam_camera_witness_get_state (icam_device_session_get_witness (self->device)) != ICAM_WITNESS_LISTENING;
}

/* What is to be recorded now is recorded. Costs nothing while nothing changes. */
static void
follow_plan (IcamCameraObject *self)
{
  gint64 boot = icam_clock_boottime (self->context->clock), quiet = G_MAXINT64;
  IcamGapCause cause;

  if (icam_event_recorder_is_running (self->events))
    self->last_event = boot;
  if (self->last_event != 0)
    quiet = boot - self->last_event;
  if (self->plan.mode == ICAM_RECORD_SCHEDULE)
    {
      /* Whoever moves with the computer to another time zone means the hours there. */
      g_clear_pointer (&self->zone, g_time_zone_unref);
      self->zone = g_time_zone_new_local ();
    }
  self->recorded = icam_record_plan_decide (&self->plan, icam_clock_utc (self->context->clock), self->zone, quiet,
                                            is_blind (self), &cause);
  for (guint i = 0; i < ICAM_N_ROLES; i++)
    if (self->streams[i] != NULL)
      icam_stream_session_set_recording (self->streams[i], self->recorded, (gint64) self->row->before_s * G_USEC_PER_SEC,
                                         cause);
}

static const char *
recorded_name (IcamRecordingState state)
{
  static const char *const names[] = {
    [ICAM_RECORDING_ON] = "on",
    [ICAM_RECORDING_STANDBY] = "standby",
    [ICAM_RECORDING_OFF] = "off",
  };

  return names[state];
}

/* All that is shown of the camera, from what its device and streams are now. */
static void
update (IcamCameraObject *self)
{
  const char *state = state_of (self);
  const GError *error = error_of (self, state);
  g_autoptr (GError) named = error != NULL ? with_name (self, error) : NULL;
  IcamIdentity identity = icam_device_session_get_identity (self->device);

  if (identity != ICAM_IDENTITY_OTHER)
    identity = icam_stream_session_get_identity (self->streams[ICAM_ROLE_MAIN]);
  follow_plan (self);

  icam_dbus_camera_set_name (self->skeleton, self->row->name);
  icam_dbus_camera_set_position (self->skeleton, self->row->position);
  if (g_strcmp0 (icam_dbus_camera_get_state (self->skeleton), state) != 0)
    {
      icam_dbus_camera_set_state_since (self->skeleton, icam_clock_utc (self->context->clock));
      icam_dbus_camera_set_state (self->skeleton, state);
    }
  icam_dbus_camera_set_problem (self->skeleton, icam_error_to_variant (named));
  icam_dbus_camera_set_retry_at (self->skeleton, retry_of (self));
  icam_dbus_camera_set_identity (self->skeleton, icam_identity_to_string (identity));
  icam_dbus_camera_set_streams (self->skeleton, streams_of (self));
  icam_dbus_camera_set_paths (self->skeleton, paths_of (self));
  icam_dbus_camera_set_motion (self->skeleton, icam_event_recorder_is_motion (self->events));
  icam_dbus_camera_set_detector_state (self->skeleton, icam_stream_session_get_detector (detected_stream (self)));
  icam_dbus_camera_set_detection (self->skeleton, !self->row->blind);
  icam_dbus_camera_set_recording (self->skeleton, recorded_name (self->recorded));
  icam_dbus_camera_set_record_mode (self->skeleton, icam_record_mode_to_string (self->row->record));
  icam_dbus_camera_set_record_before (self->skeleton, self->row->before_s);
  icam_dbus_camera_set_record_after (self->skeleton, self->row->after_s);
  icam_dbus_camera_set_schedule (self->skeleton, self->row->schedule != NULL ? self->row->schedule : "");
  icam_dbus_camera_set_events_otherwise (self->skeleton, self->row->events_otherwise);
  icam_dbus_camera_set_keep_days (self->skeleton, self->row->keep_days);
  icam_dbus_camera_set_keep_event_days (self->skeleton, self->row->keep_event_days);
  icam_dbus_camera_set_keep_bytes (self->skeleton, self->row->keep_bytes);
  icam_camera_control_update (self->control);
  icam_dbus_camera_set_folder (self->skeleton, self->row->folder != NULL ? self->row->folder : "");
  tell_journal (self, state, error);
}

static void
on_event (IcamEventRecorder  *events,
          const IcamEventRow *row,
          IcamCameraObject   *self)
{
  /* Also what is over at once: somebody rang. */
  self->last_event = icam_clock_boottime (self->context->clock);
  follow_plan (self);
  icam_service_tell_event (self->service, row);
}

/* ---- methods ---- */

static void
save_row (IcamCameraObject *self)
{
  IcamRows *rows = icam_rows_new ();

  g_ptr_array_add (rows->cameras, icam_camera_row_copy (self->row));
  icam_rows_save (rows, self->context);
}

static gboolean
on_rename (IcamDBusCamera        *skeleton,
           GDBusMethodInvocation *invocation,
           const char            *name,
           GVariant              *options,
           IcamCameraObject      *self)
{
  g_autofree char *clean = icam_clean_name (name, "");

  if (*clean == '\0')
    return icam_reply_error (invocation, icam_error_new (ICAM_ERROR_INVALID_ARGUMENT, "what", "name", NULL));

  g_free (self->row->name);
  self->row->name = g_steal_pointer (&clean);
  save_row (self);
  update (self);
  icam_dbus_camera_complete_rename (skeleton, invocation);
  return TRUE;
}

static gboolean
on_move (IcamDBusCamera        *skeleton,
         GDBusMethodInvocation *invocation,
         guint                  position,
         GVariant              *options,
         IcamCameraObject      *self)
{
  self->row->position = position;
  save_row (self);
  update (self);
  icam_dbus_camera_complete_move (skeleton, invocation);
  return TRUE;
}

static gboolean
on_set_detection (IcamDBusCamera        *skeleton,
                  GDBusMethodInvocation *invocation,
                  gboolean               detection,
                  GVariant              *options,
                  IcamCameraObject      *self)
{
  self->row->blind = !detection;
  save_row (self);
  icam_stream_session_set_detect (detected_stream (self), detection);
  icam_event_recorder_set_detect (self->events, detection);
  update (self);
  icam_dbus_camera_complete_set_detection (skeleton, invocation);
  return TRUE;
}

static gboolean
on_set_recording (IcamDBusCamera        *skeleton,
                  GDBusMethodInvocation *invocation,
                  GVariant              *options,
                  IcamCameraObject      *self)
{
  gint32 before = self->row->before_s, after = self->row->after_s;
  IcamRecordMode mode = self->row->record;
  const char *mode_text = NULL, *text = self->row->schedule != NULL ? self->row->schedule : "";
  g_autofree char *schedule_text = NULL;
  const char *wrong = NULL;
  IcamSchedule schedule;

  g_variant_lookup (options, "mode", "&s", &mode_text);
  g_variant_lookup (options, "before", "i", &before);
  g_variant_lookup (options, "after", "i", &after);
  g_variant_lookup (options, "schedule", "&s", &text);
  if (mode_text != NULL && !icam_record_mode_from_string (mode_text, &mode))
    wrong = "mode";
  else if (before < 0 || before > ICAM_RECORD_MAX_BEFORE_S)
    wrong = "before";
  else if (after < 0 || after > ICAM_RECORD_MAX_AFTER_S)
    wrong = "after";
  else if (!icam_schedule_parse (text, &schedule))
    wrong = "schedule";
  if (wrong != NULL)
    return icam_reply_error (invocation, icam_error_new (ICAM_ERROR_INVALID_ARGUMENT, "what", wrong, NULL));

  schedule_text = icam_schedule_format (&schedule);
  g_variant_lookup (options, "events-otherwise", "b", &self->row->events_otherwise);
  self->row->record = mode;
  self->row->before_s = before;
  self->row->after_s = after;
  g_free (self->row->schedule);
  self->row->schedule = *schedule_text != '\0' ? g_steal_pointer (&schedule_text) : NULL;
  icam_record_plan_init (&self->plan, self->row);
  save_row (self);
  update (self);
  icam_dbus_camera_complete_set_recording (skeleton, invocation);
  return TRUE;
}

/* NULL if it is none of those that are used. */
static const char *
known_folder (GPtrArray  *folders,
              const char *folder)
{
  for (guint i = 0; i < folders->len; i++)
    {
      const IcamFolderRow *row = folders->pdata[i];

      if (strcmp (row->path, folder) == 0 || (row->main && *folder == '\0'))
        return row->path;
    }
  return NULL;
}

static gboolean
on_set_folder (IcamDBusCamera        *skeleton,
               GDBusMethodInvocation *invocation,
               const char            *folder,
               GVariant              *options,
               IcamCameraObject      *self)
{
  g_autoptr (GPtrArray) folders = icam_archive_list_folders (self->context->archive);

  if (known_folder (folders, folder) == NULL)
    return icam_reply_error (invocation, icam_error_new (ICAM_ERROR_NOT_FOUND, "what", "folder", NULL));

  g_free (self->row->folder);
  self->row->folder = *folder != '\0' ? g_strdup (folder) : NULL;
  save_row (self);
  update (self);
  icam_dbus_camera_complete_set_folder (skeleton, invocation);
  return TRUE;
}

static gboolean
on_move_recordings (IcamDBusCamera        *skeleton,
                    GDBusMethodInvocation *invocation,
                    const char            *folder,
                    GVariant              *options,
                    IcamCameraObject      *self)
{
  g_autoptr (GPtrArray) folders = icam_archive_list_folders (self->context->archive);
  const char *path = known_folder (folders, folder);
  g_autoptr (IcamJob) job = NULL;
  g_autofree char *job_path = NULL;

  if (path == NULL)
    return icam_reply_error (invocation, icam_error_new (ICAM_ERROR_NOT_FOUND, "what", "folder", NULL));
  if (!icam_service_may_start_job (self->service))
    return icam_reply_error (invocation, icam_error_new (ICAM_ERROR_BUSY, NULL, NULL));
  job = icam_upkeep_move (self->context, &self->row->channel, path);
  job_path = icam_service_add_job (self->service, job);
  icam_dbus_camera_complete_move_recordings (skeleton, invocation, job_path);
  return TRUE;
}

static gboolean
on_set_retention (IcamDBusCamera        *skeleton,
                  GDBusMethodInvocation *invocation,
                  GVariant              *options,
                  IcamCameraObject      *self)
{
  gint32 days = self->row->keep_days, event_days = self->row->keep_event_days;
  gint64 bytes = self->row->keep_bytes;

  g_variant_lookup (options, "keep-days", "i", &days);
  g_variant_lookup (options, "keep-event-days", "i", &event_days);
  g_variant_lookup (options, "keep-bytes", "x", &bytes);
  if (days < -1 || days > ICAM_MAX_KEEP_DAYS || event_days < -1 || event_days > ICAM_MAX_KEEP_DAYS || bytes < 0)
    return icam_reply_error (invocation, icam_error_new (ICAM_ERROR_INVALID_ARGUMENT, "what", "options", NULL));

  self->row->keep_days = days;
  self->row->keep_event_days = event_days;
  self->row->keep_bytes = bytes;
  save_row (self);
  update (self);
  icam_dbus_camera_complete_set_retention (skeleton, invocation);
  return TRUE;
}

static gboolean
on_protect (IcamDBusCamera        *skeleton,
            GDBusMethodInvocation *invocation,
            gint64                 from,
            gint64                 to,
            GVariant              *options,
            IcamCameraObject      *self)
{
  const char *note = NULL;

  g_variant_lookup (options, "note", "&s", &note);
  icam_keeping_protect (self->context, invocation, &self->row->channel, from, to, note);
  return TRUE;
}

static gboolean
on_list_protections (IcamDBusCamera        *skeleton,
                     GDBusMethodInvocation *invocation,
                     GVariant              *options,
                     IcamCameraObject      *self)
{
  icam_keeping_list_protections (self->context, invocation, &self->row->channel);
  return TRUE;
}

static void
on_removed (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  GDBusMethodInvocation *invocation = user_data;
  GError *error = NULL;

  if (icam_service_remove_finish (ICAM_SERVICE (source), result, &error))
    g_dbus_method_invocation_return_value (invocation, NULL);
  else
    icam_reply_error (invocation, error);
}

static gboolean
on_remove (IcamDBusCamera        *skeleton,
           GDBusMethodInvocation *invocation,
           GVariant              *options,
           IcamCameraObject      *self)
{
  gboolean delete_recordings = FALSE;

  g_variant_lookup (options, "delete-recordings", "b", &delete_recordings);
  icam_service_remove_async (self->service, self, delete_recordings, on_removed, invocation);
  return TRUE;
}

static gboolean
on_list_segments (IcamDBusCamera        *skeleton,
                  GDBusMethodInvocation *invocation,
                  const char            *role_name,
                  gint64                 from,
                  gint64                 to,
                  GVariant              *options,
                  IcamCameraObject      *self)
{
  IcamRole role;

  if (!icam_role_from_string (role_name, &role))
    return icam_reply_error (invocation, icam_error_new (ICAM_ERROR_INVALID_ARGUMENT, "what", "role", NULL));

  icam_camera_read_segments (self->context, invocation, &self->row->channel, role, from, to);
  return TRUE;
}

static gboolean
on_open_segment (IcamDBusCamera        *skeleton,
                 GDBusMethodInvocation *invocation,
                 GUnixFDList           *list,
                 const char            *channel_name,
                 const char            *role_name,
                 guint64                seq,
                 GVariant              *options,
                 IcamCameraObject      *self)
{
  IcamUuid channel;
  IcamRole role;

  if (!icam_role_from_string (role_name, &role))
    return icam_reply_error (invocation, icam_error_new (ICAM_ERROR_INVALID_ARGUMENT, "what", "role", NULL));
  /* Promise 1: pictures of another camera cannot be had here, whatever is asked for. */
  if (!icam_uuid_parse (channel_name, &channel) || !icam_uuid_equal (&channel, &self->row->channel))
    return icam_reply_error (invocation, icam_error_new (ICAM_ERROR_NOT_FOUND, "what", "segment", NULL));

  icam_camera_read_segment (self->context, invocation, &channel, role, seq);
  return TRUE;
}

static gboolean
on_open_live (IcamDBusCamera        *skeleton,
              GDBusMethodInvocation *invocation,
              GUnixFDList           *list,
              const char            *role_name,
              GVariant              *options,
              IcamCameraObject      *self)
{
  g_autoptr (GUnixFDList) out = NULL;
  GError *error = NULL;
  IcamRole role;
  int fd;

  if (!icam_role_from_string (role_name, &role))
    return icam_reply_error (invocation, icam_error_new (ICAM_ERROR_INVALID_ARGUMENT, "what", "role", NULL));
  if (self->streams[role] == NULL)
    return icam_reply_error (invocation, icam_error_new (ICAM_ERROR_NO_STREAM, "address",
                                                         icam_device_session_get_row (self->device)->address, NULL));

  fd = icam_live_stream_open (icam_stream_session_get_live (self->streams[role]), &error);
  if (fd >= 0)
    out = icam_reply_fd_list (fd, &error);
  if (out == NULL)
    return icam_reply_error (invocation, error);

  icam_dbus_camera_complete_open_live (skeleton, invocation, out, g_variant_new_handle (0));
  return TRUE;
}

static gboolean
on_export (IcamDBusCamera        *skeleton,
           GDBusMethodInvocation *invocation,
           GUnixFDList           *list,
           gint64                 from,
           gint64                 to,
           GVariant              *output,
           GVariant              *options,
           IcamCameraObject      *self)
{
  const char *role_name = "main", *format = "matroska";
  g_autofree char *path = NULL;
  g_autoptr (IcamJob) job = NULL;
  IcamExportWish wish = { .name = self->row->name, .channel = self->row->channel, .from = from, .to = to };
  GError *error = NULL;
  int fd;

  g_variant_lookup (options, "role", "&s", &role_name);
  g_variant_lookup (options, "format", "&s", &format);
  g_variant_lookup (options, "exact", "b", &wish.exact);
  if (!icam_role_from_string (role_name, &wish.role))
    return icam_reply_error (invocation, icam_error_new (ICAM_ERROR_INVALID_ARGUMENT, "what", "role", NULL));
  if (!icam_export_format_from_string (format, &wish.format))
    return icam_reply_error (invocation, icam_error_new (ICAM_ERROR_INVALID_ARGUMENT, "what", "format", NULL));
  if (from >= to)
    return icam_reply_error (invocation, icam_error_new (ICAM_ERROR_INVALID_ARGUMENT, "what", "from", NULL));
  if (!icam_service_may_start_job (self->service))
    return icam_reply_error (invocation, icam_error_new (ICAM_ERROR_BUSY, NULL, NULL));
  fd = icam_reply_take_fd (list, output, "output", &error);
  if (fd < 0)
    return icam_reply_error (invocation, error);

  job = icam_export_start (self->context, &wish, fd);
  path = icam_service_add_job (self->service, job);
  icam_dbus_camera_complete_export (skeleton, invocation, NULL, path);
  return TRUE;
}

/* ---- the object ---- */

static void
icam_camera_object_dispose (GObject *object)
{
  IcamCameraObject *self = ICAM_CAMERA_OBJECT (object);

  if (self->events != NULL)
    g_signal_handlers_disconnect_by_data (self->events, self);
  g_clear_object (&self->events);
  g_clear_pointer (&self->zone, g_time_zone_unref);
  for (guint i = 0; i < ICAM_N_ROLES; i++)
    {
      if (self->streams[i] != NULL)
        g_signal_handlers_disconnect_by_data (self->streams[i], self);
      g_clear_object (&self->streams[i]);
    }
  if (self->device != NULL)
    g_signal_handlers_disconnect_by_data (self->device, self);
  g_clear_object (&self->device);
  if (self->control != NULL)
    g_object_run_dispose (G_OBJECT (self->control));
  g_clear_object (&self->control);
  if (self->defaults != NULL)
    g_object_run_dispose (G_OBJECT (self->defaults));
  g_clear_object (&self->defaults);
  if (self->skeleton != NULL)
    g_signal_handlers_disconnect_by_data (self->skeleton, self);
  g_clear_object (&self->skeleton);

  G_OBJECT_CLASS (icam_camera_object_parent_class)->dispose (object);
}

static void
icam_camera_object_finalize (GObject *object)
{
  IcamCameraObject *self = ICAM_CAMERA_OBJECT (object);

  icam_camera_row_free (self->row);
  g_free (self->id);
  g_free (self->path);

  G_OBJECT_CLASS (icam_camera_object_parent_class)->finalize (object);
}

static void
icam_camera_object_class_init (IcamCameraObjectClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = icam_camera_object_dispose;
  G_OBJECT_CLASS (klass)->finalize = icam_camera_object_finalize;
}

static void
icam_camera_object_init (IcamCameraObject *self)
{
}

/**
 * icam_camera_object_new:
 * @service: the service, which owns the camera
 * @row: (transfer full): the camera
 * @device: the device of its channel, on which the channel is not used yet
 *
 * Uses the channel and exports the object.
 *
 * Returns: (transfer full): the camera
 */
IcamCameraObject *
icam_camera_object_new (IcamService       *service,
                        IcamCameraRow     *row,
                        IcamDeviceSession *device)
{
  IcamCameraObject *self = g_object_new (ICAM_TYPE_CAMERA_OBJECT, NULL);
  g_autofree char *device_id = icam_uuid_dup_text (&icam_device_session_get_row (device)->id);
  g_autofree char *device_path = icam_reply_path ("device", device_id);
  g_autofree char *channel = icam_uuid_dup_text (&row->channel);

  self->service = service;
  self->context = icam_service_get_context (service);
  self->row = row;
  self->device = g_object_ref (device);
  self->id = icam_uuid_dup_text (&row->id);
  self->path = icam_reply_path ("camera", self->id);
  icam_record_plan_init (&self->plan, row);
  icam_device_session_use (device, &row->channel, row->paused, !row->blind);
  for (guint i = 0; i < ICAM_N_ROLES; i++)
    {
      IcamStreamSession *stream = icam_device_session_get_stream (device, &row->channel, (IcamRole) i);

      if (stream == NULL)
        continue;
      self->streams[i] = g_object_ref (stream);
      g_signal_connect_swapped (stream, "changed", G_CALLBACK (update), self);
    }
  g_signal_connect_swapped (device, "changed", G_CALLBACK (update), self);

  self->events = icam_event_recorder_new (self->context, &row->id, &row->channel);
  icam_event_recorder_watch (self->events, self->streams[ICAM_ROLE_SUB] != NULL ? self->streams[ICAM_ROLE_SUB]
                                                                                 : self->streams[ICAM_ROLE_MAIN]);
  icam_event_recorder_listen (self->events, device);
  icam_event_recorder_set_detect (self->events, !row->blind);
  g_signal_connect (self->events, "event", G_CALLBACK (on_event), self);
  g_signal_connect_swapped (self->events, "changed", G_CALLBACK (update), self);

  self->skeleton = icam_dbus_camera_skeleton_new ();
  icam_dbus_camera_set_id (self->skeleton, self->id);
  icam_dbus_camera_set_device (self->skeleton, device_path);
  icam_dbus_camera_set_channel (self->skeleton, channel);
  icam_dbus_camera_set_added (self->skeleton, row->added_us);
  g_object_connect (self->skeleton,
                    "signal::handle-rename", on_rename, self,
                    "signal::handle-move", on_move, self,
                    "signal::handle-set-detection", on_set_detection, self,
                    "signal::handle-set-recording", on_set_recording, self,
                    "signal::handle-set-folder", on_set_folder, self,
                    "signal::handle-move-recordings", on_move_recordings, self,
                    "signal::handle-set-retention", on_set_retention, self,
                    "signal::handle-protect", on_protect, self,
                    "signal::handle-list-protections", on_list_protections, self,
                    "signal::handle-remove", on_remove, self,
                    "signal::handle-list-segments", on_list_segments, self,
                    "signal::handle-open-segment", on_open_segment, self,
                    "signal::handle-open-live", on_open_live, self,
                    "signal::handle-export", on_export, self,
                    NULL);
  self->control = icam_camera_control_new (self->skeleton, device, &row->channel);
  self->defaults = icam_camera_defaults_new (self->skeleton, device, &row->channel, self->context);
  update (self);
  icam_service_export (service, self->path, G_DBUS_INTERFACE_SKELETON (self->skeleton));
  return self;
}

/**
 * icam_camera_object_finish:
 * @self: a camera
 *
 * The recorder stops: what runs is written.
 */
void
icam_camera_object_finish (IcamCameraObject *self)
{
  icam_event_recorder_finish (self->events);
}

/**
 * icam_camera_object_end:
 * @self: a camera
 *
 * It is not recorded any more and leaves the bus.
 */
void
icam_camera_object_end (IcamCameraObject *self)
{
  icam_camera_object_finish (self);
  icam_service_unexport (self->service, self->path);
  for (guint i = 0; i < ICAM_N_ROLES; i++)
    if (self->streams[i] != NULL)
      g_signal_handlers_disconnect_by_data (self->streams[i], self);
  icam_device_session_unuse (self->device, &self->row->channel);
  g_object_run_dispose (G_OBJECT (self));
}

/**
 * icam_camera_object_get_row:
 * @self: a camera
 *
 * Returns: (transfer none): its row
 */
const IcamCameraRow *
icam_camera_object_get_row (IcamCameraObject *self)
{
  return self->row;
}

/**
 * icam_camera_object_get_path:
 * @self: a camera
 *
 * Returns: (transfer none): its object path
 */
const char *
icam_camera_object_get_path (IcamCameraObject *self)
{
  return self->path;
}

/**
 * icam_camera_object_get_device:
 * @self: a camera
 *
 * Returns: (transfer none): the device that it shows
 */
IcamDeviceSession *
icam_camera_object_get_device (IcamCameraObject *self)
{
  return self->device;
}

/**
 * icam_camera_object_add_rates:
 * @self: a camera
 * @builder: of type a(ssddx); a row for each stream is added
 */
void
icam_camera_object_add_rates (IcamCameraObject *self,
                              GVariantBuilder  *builder)
{
  gint64 now = icam_clock_utc (self->context->clock);

  for (guint i = 0; i < ICAM_N_ROLES; i++)
    {
      IcamLiveRates rates = { 0 };

      if (self->streams[i] == NULL)
        continue;
      icam_live_stream_get_rates (icam_stream_session_get_live (self->streams[i]), &rates);
      g_variant_builder_add (builder, "(ssddx)", self->id, icam_role_to_string ((IcamRole) i), rates.bytes_per_second,
                             rates.frames_per_second, rates.newest_us != 0 ? now - rates.newest_us : (gint64) -1);
    }
}

/**
 * icam_camera_object_beat:
 * @self: a camera
 *
 * Once a second: an event is over for long enough, or the hour has come.
 */
void
icam_camera_object_beat (IcamCameraObject *self)
{
  IcamRecordingState before = self->recorded;

  if (self->plan.mode == ICAM_RECORD_ALWAYS || self->plan.mode == ICAM_RECORD_OFF)
    return;
  follow_plan (self);
  if (self->recorded != before)
    update (self);
}
