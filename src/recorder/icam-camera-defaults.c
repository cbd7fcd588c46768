/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-recorder"

#include "config.h"

#include "recorder/icam-camera-defaults.h"

#include "base/icam-time.h"
#include "recorder/icam-camera-setting.h"
#include "recorder/icam-reply.h"

struct _IcamCameraDefaults
{
  GObject parent_instance;
  IcamDBusCamera *skeleton;
  IcamDeviceSession *device;
  IcamContext *context;
  IcamUuid channel;
  char *key; /* of what was before, in the configuration */
  gboolean busy;
  GCancellable *cancellable;
};

G_DEFINE_FINAL_TYPE (IcamCameraDefaults, icam_camera_defaults, G_TYPE_OBJECT)

typedef enum
{
  LOOK,
  APPLY,
  UNDO,
} Purpose;

/* What is done, in this order; what is not wanted is passed over. */
typedef enum
{
  LOAD,        /* what was before */
  ASK_ENCODER,
  ASK_CLOCK,
  DECIDE,
  STORE,       /* what is to be changed, before it is */
  SET_ENCODER,
  SET_CLOCK,
  SEE_ENCODER, /* what the camera made of it: some take what comes near */
  SEE_CLOCK,
  FORGET,      /* it is as it was before */
  DONE,
} Stage;

/* Somebody waits for an answer. */
typedef struct
{
  IcamCameraDefaults *self;
  GDBusMethodInvocation *invocation;
  Purpose purpose;
  Stage stage; /* the next one */
  char **only; /* names of what is to be changed, NULL for all */
  char *profile, *main_profile;
  char *text; /* what was kept, or is to be */
  IcamEncoder *encoder;
  IcamDeviceClock *clock;
  IcamCameraSetting before, now, wanted;
} Call;

static void go_on (Call *call);

static void
call_free (Call *call)
{
  call->self->busy = FALSE;
  g_strfreev (call->only);
  g_free (call->profile);
  g_free (call->main_profile);
  g_free (call->text);
  g_clear_pointer (&call->encoder, icam_encoder_free);
  g_clear_pointer (&call->clock, icam_device_clock_free);
  icam_camera_setting_clear (&call->before);
  icam_camera_setting_clear (&call->now);
  icam_camera_setting_clear (&call->wanted);
  g_object_unref (call->self);
  g_free (call);
}

/* Takes the call and the error. */
static void
fail (Call   *call,
      GError *error)
{
  icam_reply_error (call->invocation, error);
  call_free (call);
}

/* Takes the call. */
static void
succeed (Call *call)
{
  if (call->purpose == LOOK)
    {
      g_auto (IcamCameraSetting) former = { 0 };

      icam_camera_setting_from_text (call->text, &call->now, &former);
      g_dbus_method_invocation_return_value (call->invocation,
                                             g_variant_new ("(@a(svv)@a(svv))",
                                                            icam_camera_setting_changes (&call->now, &call->wanted),
                                                            icam_camera_setting_changes (&call->now, &former)));
    }
  else
    {
      g_dbus_method_invocation_return_value (
        call->invocation, g_variant_new ("(@a(svv))", icam_camera_setting_changes (&call->before, &call->now)));
    }
  call_free (call);
}

/* ---- the configuration ---- */

typedef struct
{
  IcamArchive *archive;
  char *key, *value;
} Work;

static void
work_free (gpointer data)
{
  Work *work = data;

  g_object_unref (work->archive);
  g_free (work->key);
  g_free (work->value);
  g_free (work);
}

static GTask *
work_new (Call               *call,
          const char         *value,
          GAsyncReadyCallback callback)
{
  GTask *task = g_task_new (call->self, NULL, callback, call);
  Work *work = g_new0 (Work, 1);

  work->archive = g_object_ref (call->self->context->archive);
  work->key = g_strdup (call->self->key);
  work->value = g_strdup (value);
  g_task_set_source_tag (task, work_new);
  g_task_set_task_data (task, work, work_free);
  return task;
}

static void
load (GTask        *task,
      gpointer      source,
      gpointer      data,
      GCancellable *cancellable)
{
  Work *work = data;

  g_task_return_pointer (task, icam_archive_get_setting (work->archive, work->key), g_free);
}

static void
on_loaded (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  Call *call = user_data;

  call->text = g_task_propagate_pointer (G_TASK (result), NULL);
  go_on (call);
}

static void
store (GTask        *task,
       gpointer      source,
       gpointer      data,
       GCancellable *cancellable)
{
  Work *work = data;
  GError *error = NULL;

  if (icam_archive_set_setting (work->archive, work->key, work->value, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
on_stored (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  Call *call = user_data;
  GError *error = NULL;

  if (g_task_propagate_boolean (G_TASK (result), &error))
    go_on (call);
  else
    fail (call, error);
}

/* ---- the device ---- */

/* What a device does not know how to tell is not looked at; everything else is an error of the whole. */
static gboolean
will_do_without (const GError *error)
{
  return g_error_matches (error, ICAM_ERROR, ICAM_ERROR_NOT_SUPPORTED)
         || g_error_matches (error, ICAM_ERROR, ICAM_ERROR_BAD_ANSWER);
}

static void
on_encoder (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  Call *call = user_data;
  GError *error = NULL;

  g_clear_pointer (&call->encoder, icam_encoder_free);
  call->encoder = icam_onvif_encoder_get_finish (ICAM_ONVIF_DEVICE (source), result, &error);
  if (call->encoder == NULL && !will_do_without (error))
    {
      fail (call, error);
      return;
    }

  g_clear_error (&error);
  call->now.encoder = call->encoder != NULL;
  if (call->encoder != NULL)
    call->now.encoding = call->encoder->now;
  go_on (call);
}

static void
on_clock (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  Call *call = user_data;
  GError *error = NULL;

  g_clear_pointer (&call->clock, icam_device_clock_free);
  call->clock = icam_onvif_device_get_clock_finish (ICAM_ONVIF_DEVICE (source), result, &error);
  if (call->clock == NULL && !will_do_without (error))
    {
      fail (call, error);
      return;
    }

  g_clear_error (&error);
  icam_camera_setting_clear (&call->now);
  call->now.clock = call->clock != NULL;
  if (call->clock != NULL)
    {
      call->now.zone = g_strdup (call->clock->zone);
      call->now.ntp = call->clock->ntp;
      call->now.offset = call->clock->offset;
    }
  go_on (call);
}

static void
on_encoder_set (GObject      *source,
                GAsyncResult *result,
                gpointer      user_data)
{
  GError *error = NULL;

  if (icam_onvif_encoder_set_finish (ICAM_ONVIF_DEVICE (source), result, &error))
    go_on (user_data);
  else
    fail (user_data, error);
}

static void
on_clock_set (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  GError *error = NULL;

  if (icam_onvif_device_set_clock_finish (ICAM_ONVIF_DEVICE (source), result, &error))
    go_on (user_data);
  else
    fail (user_data, error);
}

static void
set_clock (Call            *call,
           IcamOnvifDevice *onvif)
{
  IcamDeviceClock clock = {
    .ntp = call->wanted.ntp,
    .zone = call->wanted.zone,
    .daylight_saving = call->clock->daylight_saving,
    .offset = call->wanted.offset,
  };

  /* The time server itself stays, and need not be told. */
  icam_onvif_device_set_clock_async (onvif, &clock, call->self->cancellable, on_clock_set, call);
}

/* ---- one after the other ---- */

/* Returns whether there is something to be done; else the call is over. */
static gboolean
decide (Call *call)
{
  IcamCameraDefaults *self = call->self;
  gint64 utc = icam_clock_utc (self->context->clock);
  g_autofree char *zone = icam_time_dup_zone ();
  g_autoptr (GVariant) changes = NULL;
  char *text;

  if (call->purpose == UNDO)
    icam_camera_setting_from_text (call->text, &call->now, &call->wanted);
  else
    icam_camera_setting_propose (&call->now, call->encoder, zone, utc, &call->wanted);
  if (!icam_camera_setting_only (&call->now, &call->wanted, (const char *const *) call->only))
    {
      fail (call, icam_error_new (ICAM_ERROR_INVALID_ARGUMENT, "what", "what", NULL));
      return FALSE;
    }

  icam_camera_setting_copy (&call->now, &call->before);
  changes = g_variant_ref_sink (icam_camera_setting_changes (&call->now, &call->wanted));
  if (call->purpose == LOOK || (call->purpose == APPLY && g_variant_n_children (changes) == 0))
    {
      succeed (call);
      return FALSE;
    }

  if (call->purpose == APPLY)
    {
      text = icam_camera_setting_to_text (&call->now, &call->wanted, call->text);
      g_free (call->text);
      call->text = text;
    }
  return TRUE;
}

static gboolean
is_encoder_changed (Call *call)
{
  return call->now.encoder && !icam_encoding_equal (&call->before.encoding, &call->wanted.encoding);
}

static gboolean
is_clock_changed (Call *call)
{
  return call->wanted.clock
         && (call->wanted.ntp != call->before.ntp || g_strcmp0 (call->wanted.zone, call->before.zone) != 0
             || call->wanted.offset != call->before.offset);
}

static void
go_on (Call *call)
{
  IcamCameraDefaults *self = call->self;
  GError *error = NULL;
  IcamOnvifDevice *onvif;
  g_autoptr (GTask) task = NULL;

  if (self->device == NULL)
    {
      fail (call, icam_error_new (ICAM_ERROR_NOT_FOUND, "what", "camera", NULL));
      return;
    }
  onvif = icam_device_session_get_onvif (self->device, &error);
  if (onvif == NULL)
    {
      fail (call, error);
      return;
    }

  for (;;)
    switch (call->stage++)
      {
      case LOAD:
        task = work_new (call, NULL, on_loaded);
        icam_workers_read (self->context->workers, task, load);
        return;

      case SEE_ENCODER:
        if (!is_encoder_changed (call))
          break;
        G_GNUC_FALLTHROUGH;
      case ASK_ENCODER:
        if (call->profile == NULL)
          break;
        icam_onvif_encoder_get_async (onvif, call->profile, call->main_profile, self->cancellable, on_encoder, call);
        return;

      case SEE_CLOCK:
        if (!is_clock_changed (call))
          break;
        G_GNUC_FALLTHROUGH;
      case ASK_CLOCK:
        icam_onvif_device_get_clock_async (onvif, self->cancellable, on_clock, call);
        return;

      case DECIDE:
        if (!decide (call))
          return;
        break;

      case STORE:
        if (call->purpose != APPLY)
          break;
        task = work_new (call, call->text, on_stored);
        icam_workers_write (self->context->workers, task, store);
        return;

      case SET_ENCODER:
        if (!is_encoder_changed (call))
          break;
        icam_onvif_encoder_set_async (onvif, call->profile, call->main_profile, &call->wanted.encoding, self->cancellable,
                                      on_encoder_set, call);
        return;

      case SET_CLOCK:
        if (!is_clock_changed (call))
          break;
        set_clock (call, onvif);
        return;

      case FORGET:
        if (call->purpose != UNDO || call->only != NULL)
          break;
        task = work_new (call, NULL, on_stored);
        icam_workers_write (self->context->workers, task, store);
        return;

      case DONE:
      default:
        succeed (call);
        return;
      }
}

static void
begin (IcamCameraDefaults    *self,
       GDBusMethodInvocation *invocation,
       Purpose                purpose,
       GVariant              *options)
{
  g_autoptr (GPtrArray) rows = NULL;
  Call *call;

  if (self->busy)
    {
      icam_reply_error (invocation, icam_error_new (ICAM_ERROR_BUSY, NULL, NULL));
      return;
    }

  self->busy = TRUE;
  call = g_new0 (Call, 1);
  call->self = g_object_ref (self);
  call->invocation = invocation;
  call->purpose = purpose;
  g_variant_lookup (options, "what", "^as", &call->only);
  rows = icam_device_session_list_channels (self->device);
  for (guint i = 0; i < rows->len; i++)
    {
      const IcamChannelRow *row = rows->pdata[i];

      if (!icam_uuid_equal (&row->id, &self->channel))
        continue;
      call->profile = g_strdup (row->sub_profile);
      call->main_profile = g_strdup (row->main_profile);
    }
  go_on (call);
}

static gboolean
on_get_defaults (IcamDBusCamera        *skeleton,
                 GDBusMethodInvocation *invocation,
                 GVariant              *options,
                 IcamCameraDefaults    *self)
{
  begin (self, invocation, LOOK, options);
  return TRUE;
}

static gboolean
on_apply_defaults (IcamDBusCamera        *skeleton,
                   GDBusMethodInvocation *invocation,
                   GVariant              *options,
                   IcamCameraDefaults    *self)
{
  begin (self, invocation, APPLY, options);
  return TRUE;
}

static gboolean
on_undo_defaults (IcamDBusCamera        *skeleton,
                  GDBusMethodInvocation *invocation,
                  GVariant              *options,
                  IcamCameraDefaults    *self)
{
  begin (self, invocation, UNDO, options);
  return TRUE;
}

static void
icam_camera_defaults_dispose (GObject *object)
{
  IcamCameraDefaults *self = ICAM_CAMERA_DEFAULTS (object);

  g_cancellable_cancel (self->cancellable);
  if (self->skeleton != NULL)
    g_signal_handlers_disconnect_by_data (self->skeleton, self);
  g_clear_object (&self->skeleton);
  g_clear_object (&self->device);

  G_OBJECT_CLASS (icam_camera_defaults_parent_class)->dispose (object);
}

static void
icam_camera_defaults_finalize (GObject *object)
{
  IcamCameraDefaults *self = ICAM_CAMERA_DEFAULTS (object);

  g_object_unref (self->cancellable);
  g_free (self->key);
  G_OBJECT_CLASS (icam_camera_defaults_parent_class)->finalize (object);
}

static void
icam_camera_defaults_class_init (IcamCameraDefaultsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = icam_camera_defaults_dispose;
  G_OBJECT_CLASS (klass)->finalize = icam_camera_defaults_finalize;
}

static void
icam_camera_defaults_init (IcamCameraDefaults *self)
{
  self->cancellable = g_cancellable_new ();
}

/**
 * icam_camera_defaults_new:
 * @skeleton: the camera on the bus; the methods are answered there
 * @device: its device
 * @channel: its channel
 * @context: the context; outlives us
 *
 * Returns: (transfer full): who answers
 */
IcamCameraDefaults *
icam_camera_defaults_new (IcamDBusCamera    *skeleton,
                          IcamDeviceSession *device,
                          const IcamUuid    *channel,
                          IcamContext       *context)
{
  IcamCameraDefaults *self = g_object_new (ICAM_TYPE_CAMERA_DEFAULTS, NULL);
  char text[ICAM_UUID_TEXT_SIZE];

  self->skeleton = g_object_ref (skeleton);
  self->device = g_object_ref (device);
  self->channel = *channel;
  self->context = context;
  icam_uuid_format (channel, text);
  self->key = g_strconcat ("before-defaults-", text, NULL);
  g_object_connect (skeleton,
                    "signal::handle-get-defaults", on_get_defaults, self,
                    "signal::handle-apply-defaults", on_apply_defaults, self,
                    "signal::handle-undo-defaults", on_undo_defaults, self,
                    NULL);
  return self;
}
