/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-recorder"

#include "config.h"

#include "recorder/icam-device-object.h"

#include "recorder/icam-device-upkeep.h"
#include "recorder/icam-reply.h"

/* Who holds the other end of the pipe gets this long to write the password. */
#define SECRET_TIME_MS 10000

struct _IcamDeviceObject
{
  GObject parent_instance;
  IcamService *service; /* owns us */
  IcamDeviceSession *session;
  IcamDBusDevice *skeleton;
  IcamDeviceUpkeep *upkeep;
  char *path;
};

G_DEFINE_FINAL_TYPE (IcamDeviceObject, icam_device_object, G_TYPE_OBJECT)

static const char *
text (const char *value)
{
  return value != NULL ? value : "";
}

static void
update (IcamDeviceObject *self)
{
  const IcamDeviceRow *row = icam_device_session_get_row (self->session);
  IcamCameraWitness *witness = icam_device_session_get_witness (self->session);
  g_autoptr (GVariant) unknown = icam_camera_witness_list_unknown (witness);

  icam_dbus_device_set_address (self->skeleton, row->address);
  icam_dbus_device_set_kind (self->skeleton, row->kind);
  icam_dbus_device_set_user (self->skeleton, text (row->user));
  icam_dbus_device_set_manufacturer (self->skeleton, text (row->manufacturer));
  icam_dbus_device_set_model (self->skeleton, text (row->model));
  icam_dbus_device_set_firmware (self->skeleton, text (row->firmware));
  icam_dbus_device_set_serial (self->skeleton, text (row->evidence.serial));
  icam_dbus_device_set_authentication (self->skeleton, text (row->authentication));
  icam_dbus_device_set_identity (self->skeleton,
                                 icam_identity_to_string (icam_device_session_get_identity (self->session)));
  icam_dbus_device_set_problem (self->skeleton,
                                icam_error_to_variant (icam_device_session_get_problem (self->session)));
  icam_dbus_device_set_event_state (self->skeleton, icam_camera_witness_get_name (witness));
  icam_dbus_device_set_event_problem (self->skeleton, icam_error_to_variant (icam_camera_witness_get_error (witness)));
  icam_dbus_device_set_unknown_events (self->skeleton, unknown);
  icam_dbus_device_set_factory_password (self->skeleton, icam_device_session_has_factory_password (self->session));
}

typedef struct
{
  IcamDeviceObject *self;
  GDBusMethodInvocation *invocation;
  GCancellable *cancellable;
  guint timer;
  char *user;
  IcamSecret *secret;
} Change;

static void
change_free (Change *change)
{
  g_clear_handle_id (&change->timer, g_source_remove);
  g_object_unref (change->self);
  g_object_unref (change->cancellable);
  g_free (change->user);
  g_clear_pointer (&change->secret, icam_secret_unref);
  g_free (change);
}

static void
on_stored (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  Change *change = user_data;
  IcamDeviceObject *self = change->self;
  GError *error = NULL;

  if (!icam_secrets_store_finish (ICAM_SECRETS (source), result, &error))
    {
      icam_reply_error (change->invocation, error);
    }
  else
    {
      if (self->session != NULL)
        icam_device_session_set_credentials (self->session, change->user, change->secret);
      g_dbus_method_invocation_return_value (change->invocation, NULL);
    }
  change_free (change);
}

static void
on_secret (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  Change *change = user_data;
  IcamDeviceObject *self = change->self;
  g_autofree char *label = NULL;
  GError *error = NULL;

  change->secret = icam_secret_read_finish (result, &error);
  g_clear_handle_id (&change->timer, g_source_remove);
  if (change->secret == NULL || self->session == NULL)
    {
      icam_reply_error (change->invocation,
                        error != NULL ? error : icam_error_new (ICAM_ERROR_NOT_FOUND, "what", "device", NULL));
      change_free (change);
      return;
    }

  label = g_strdup_printf ("%s: %s", ICAM_APP_NAME, icam_device_session_get_row (self->session)->address);
  icam_secrets_store_async (icam_service_get_context (self->service)->secrets,
                            &icam_device_session_get_row (self->session)->id, label, change->secret, NULL, on_stored,
                            change);
}

static void
on_secret_time (gpointer user_data)
{
  Change *change = user_data;

  change->timer = 0;
  g_cancellable_cancel (change->cancellable);
}

static gboolean
on_set_password (IcamDBusDevice        *skeleton,
                 GDBusMethodInvocation *invocation,
                 GUnixFDList           *list,
                 const char            *user,
                 GVariant              *secret,
                 GVariant              *options,
                 IcamDeviceObject      *self)
{
  GError *error = NULL;
  int fd = icam_reply_take_fd (list, secret, "secret", &error);
  Change *change;

  if (fd < 0)
    return icam_reply_error (invocation, error);

  change = g_new0 (Change, 1);
  change->self = g_object_ref (self);
  change->invocation = invocation;
  change->user = g_strdup (user);
  change->cancellable = g_cancellable_new ();
  change->timer = g_timeout_add_once (SECRET_TIME_MS, on_secret_time, change);
  icam_secret_read_async (fd, change->cancellable, on_secret, change);
  return TRUE;
}

static void
icam_device_object_dispose (GObject *object)
{
  IcamDeviceObject *self = ICAM_DEVICE_OBJECT (object);

  if (self->upkeep != NULL)
    g_object_run_dispose (G_OBJECT (self->upkeep));
  g_clear_object (&self->upkeep);
  if (self->session != NULL)
    g_signal_handlers_disconnect_by_data (self->session, self);
  g_clear_object (&self->session);
  if (self->skeleton != NULL)
    g_signal_handlers_disconnect_by_data (self->skeleton, self);
  g_clear_object (&self->skeleton);

  G_OBJECT_CLASS (icam_device_object_parent_class)->dispose (object);
}

static void
icam_device_object_finalize (GObject *object)
{
  g_free (ICAM_DEVICE_OBJECT (object)->path);
  G_OBJECT_CLASS (icam_device_object_parent_class)->finalize (object);
}

static void
icam_device_object_class_init (IcamDeviceObjectClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = icam_device_object_dispose;
  G_OBJECT_CLASS (klass)->finalize = icam_device_object_finalize;
}

static void
icam_device_object_init (IcamDeviceObject *self)
{
}

/**
 * icam_device_object_new:
 * @service: the service, which owns the object
 * @session: the device
 *
 * Returns: (transfer full): the object, exported
 */
IcamDeviceObject *
icam_device_object_new (IcamService       *service,
                        IcamDeviceSession *session)
{
  IcamDeviceObject *self = g_object_new (ICAM_TYPE_DEVICE_OBJECT, NULL);
  g_autofree char *id = icam_uuid_dup_text (&icam_device_session_get_row (session)->id);

  self->service = service;
  self->session = g_object_ref (session);
  self->path = icam_reply_path ("device", id);
  self->skeleton = icam_dbus_device_skeleton_new ();
  icam_dbus_device_set_id (self->skeleton, id);
  g_signal_connect (self->skeleton, "handle-set-password", G_CALLBACK (on_set_password), self);
  self->upkeep = icam_device_upkeep_new (self->skeleton, session, icam_service_get_context (service));
  g_signal_connect_swapped (session, "changed", G_CALLBACK (update), self);
  update (self);
  icam_service_export (service, self->path, G_DBUS_INTERFACE_SKELETON (self->skeleton));
  return self;
}

/**
 * icam_device_object_end:
 * @self: an object; leaves the bus
 */
void
icam_device_object_end (IcamDeviceObject *self)
{
  icam_service_unexport (self->service, self->path);
  g_object_run_dispose (G_OBJECT (self));
}

/**
 * icam_device_object_get_path:
 * @self: an object
 *
 * Returns: (transfer none): its path
 */
const char *
icam_device_object_get_path (IcamDeviceObject *self)
{
  return self->path;
}
