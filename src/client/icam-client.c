/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-client"

#include "config.h"

#include "client/icam-client-models.h"
#include "client/icam-client-private.h"

#include <string.h>

/* How it holds together: the bus tells who owns the recorder's name. For each owner an object manager is made for its unique name,
 * so that nothing of one recorder is ever taken for another's; GDBus asks for the objects on a thread of its own then, and never
 * blocks this one as it does when a manager outlives an owner. The models outlive owners: cameras are matched by their UUID. */
struct _IcamClient
{
  GObject parent_instance;
  GBusType bus;
  GDBusConnection *connection;
  guint watch_id;
  gboolean activate;
  GCancellable *cancellable;       /* of connecting */
  GCancellable *owner_cancellable; /* of what is asked from the present owner */
  GDBusObjectManager *objects;     /* of the present owner, or NULL */
  IcamDBusManager *manager;        /* or NULL */
  IcamClientState state;
  GError *error;
  IcamClientModels *models;
};

G_DEFINE_FINAL_TYPE (IcamClient, icam_client, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_STATE,
  PROP_ERROR,
  PROP_KEYRING_STATE,
  PROP_DISCOVERY_STATE,
  PROP_ARCHIVE_ERROR,
  PROP_ARCHIVE_FOLDER,
  PROP_FOLDERS,
  PROP_OLDEST_RECORDING,
  N_PROPS,
};
static GParamSpec *properties[N_PROPS];

enum
{
  EVENT_CHANGED,
  RECORDINGS_CHANGED,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

GType
icam_client_state_get_type (void)
{
  static gsize type;

  if (g_once_init_enter (&type))
    {
      static const GEnumValue values[] = {
        { ICAM_CLIENT_CONNECTING, "ICAM_CLIENT_CONNECTING", "connecting" },
        { ICAM_CLIENT_READY, "ICAM_CLIENT_READY", "ready" },
        { ICAM_CLIENT_ABSENT, "ICAM_CLIENT_ABSENT", "absent" },
        { 0, NULL, NULL },
      };

      g_once_init_leave (&type, g_enum_register_static ("IcamClientState", values));
    }

  return type;
}

static void
set_state (IcamClient      *self,
           IcamClientState  state,
           GError          *error)
{
  g_object_freeze_notify (G_OBJECT (self));
  if (self->error != NULL || error != NULL)
    {
      g_clear_error (&self->error);
      self->error = error;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ERROR]);
    }
  if (self->state != state)
    {
      self->state = state;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
    }
  g_object_thaw_notify (G_OBJECT (self));
}

/**
 * icam_client_lookup_camera:
 * @self: a client
 * @id: (nullable): a camera's UUID as 32 hex digits
 *
 * Returns: (transfer none) (nullable): the camera
 */
IcamCamera *
icam_client_lookup_camera (IcamClient *self,
                           const char *id)
{
  g_return_val_if_fail (ICAM_IS_CLIENT (self), NULL);

  return icam_client_models_lookup_camera (self->models, id);
}

/* ---- the recorder's Manager ---- */

static void
on_manager_notify (IcamDBusManager *manager,
                   GParamSpec      *pspec,
                   IcamClient      *self)
{
  static const struct
  {
    const char *theirs;
    guint ours;
  } map[] = {
    { "keyring-state", PROP_KEYRING_STATE },     { "discovery-state", PROP_DISCOVERY_STATE },
    { "archive-problem", PROP_ARCHIVE_ERROR },   { "archive-folder", PROP_ARCHIVE_FOLDER },
    { "oldest-recording", PROP_OLDEST_RECORDING }, { "folders", PROP_FOLDERS },
  };

  for (guint i = 0; i < G_N_ELEMENTS (map); i++)
    if (g_str_equal (pspec->name, map[i].theirs))
      g_object_notify_by_pspec (G_OBJECT (self), properties[map[i].ours]);
}

static void
on_event_changed (IcamDBusManager *manager,
                  GVariant        *row,
                  IcamClient      *self)
{
  g_autoptr (IcamEvent) event = icam_event_new_from_variant (row);

  if (event != NULL)
    g_signal_emit (self, signals[EVENT_CHANGED], 0, event);
}

static void
on_recordings_changed (IcamDBusManager *manager,
                       const char      *camera,
                       gint64           from,
                       IcamClient      *self)
{
  g_signal_emit (self, signals[RECORDINGS_CHANGED], 0, camera, from);
}

static void
set_manager (IcamClient      *self,
             IcamDBusManager *manager)
{
  static const guint dependent[] = { PROP_KEYRING_STATE, PROP_DISCOVERY_STATE, PROP_ARCHIVE_ERROR,
                                     PROP_ARCHIVE_FOLDER, PROP_OLDEST_RECORDING };

  if (self->manager == manager)
    return;

  if (self->manager != NULL)
    g_signal_handlers_disconnect_by_data (self->manager, self);
  g_set_object (&self->manager, manager);
  if (manager != NULL)
    {
      g_signal_connect_object (manager, "notify", G_CALLBACK (on_manager_notify), self, 0);
      g_signal_connect_object (manager, "event-changed", G_CALLBACK (on_event_changed), self, 0);
      g_signal_connect_object (manager, "recordings-changed", G_CALLBACK (on_recordings_changed), self, 0);
    }
  for (guint i = 0; i < G_N_ELEMENTS (dependent); i++)
    g_object_notify_by_pspec (G_OBJECT (self), properties[dependent[i]]);
}

/* ---- owners come and go ---- */

static void
take_interface (IcamClient     *self,
                GDBusInterface *interface)
{
  if (ICAM_DBUS_IS_CAMERA (interface))
    icam_client_models_take_camera (self->models, ICAM_DBUS_CAMERA (interface));
  else if (ICAM_DBUS_IS_FOUND (interface))
    icam_client_models_take_found (self->models, ICAM_DBUS_FOUND (interface));
}

static void
become_ready (IcamClient *self)
{
  g_autolist (GDBusObject) objects = NULL;
  g_autoptr (GPtrArray) missing = NULL;
  guint n;
  g_autoptr (GDBusInterface) manager = g_dbus_object_manager_get_interface (
    self->objects, ICAM_RECORDER_PATH "/manager", ICAM_RECORDER_NAME ".Manager");

  if (manager == NULL || !ICAM_DBUS_IS_MANAGER (manager) || self->manager != NULL)
    return;

  objects = g_dbus_object_manager_get_objects (self->objects);
  for (GList *l = objects; l != NULL; l = l->next)
    {
      g_autolist (GDBusInterface) interfaces = g_dbus_object_get_interfaces (l->data);

      for (GList *i = interfaces; i != NULL; i = i->next)
        take_interface (self, i->data);
    }

  /* What the recorder before this one had and this one has not. */
  missing = g_ptr_array_new_with_free_func (g_object_unref);
  n = g_list_model_get_n_items (icam_client_models_get_cameras (self->models));
  for (guint i = 0; i < n; i++)
    {
      IcamCamera *camera = g_list_model_get_item (icam_client_models_get_cameras (self->models), i);
      g_autofree char *path = g_strconcat (ICAM_RECORDER_PATH "/camera/", icam_camera_get_id (camera), NULL);
      g_autoptr (GDBusObject) object = g_dbus_object_manager_get_object (self->objects, path);

      if (object == NULL)
        g_ptr_array_add (missing, camera);
      else
        g_object_unref (camera);
    }
  for (guint i = 0; i < missing->len; i++)
    icam_client_models_drop_camera (self->models, missing->pdata[i]);

  set_manager (self, ICAM_DBUS_MANAGER (manager));
  set_state (self, ICAM_CLIENT_READY, NULL);
}

static void
on_interface_added (GDBusObjectManager *objects,
                    GDBusObject        *object,
                    GDBusInterface     *interface,
                    IcamClient         *self)
{
  if (objects != self->objects)
    return;
  if (self->manager == NULL)
    become_ready (self);
  else
    take_interface (self, interface);
}

static void
on_object_added (GDBusObjectManager *objects,
                 GDBusObject        *object,
                 IcamClient         *self)
{
  g_autolist (GDBusInterface) interfaces = g_dbus_object_get_interfaces (object);

  for (GList *i = interfaces; i != NULL; i = i->next)
    on_interface_added (objects, object, i->data, self);
}

static void
on_interface_removed (GDBusObjectManager *objects,
                      GDBusObject        *object,
                      GDBusInterface     *interface,
                      IcamClient         *self)
{
  g_autofree char *owner = NULL;

  if (objects != self->objects)
    return;

  /* When the recorder goes GDBus takes all objects away; that is no removal of cameras. */
  owner = g_dbus_object_manager_client_get_name_owner (G_DBUS_OBJECT_MANAGER_CLIENT (objects));
  if (owner == NULL)
    return;

  if (ICAM_DBUS_IS_FOUND (interface))
    {
      icam_client_models_drop_found (self->models, ICAM_DBUS_FOUND (interface));
    }
  else if (ICAM_DBUS_IS_CAMERA (interface))
    {
      const char *path = g_dbus_object_get_object_path (object);
      IcamCamera *camera = icam_client_lookup_camera (self, strrchr (path, '/') + 1);

      if (camera != NULL)
        icam_client_models_drop_camera (self->models, camera);
    }
}

static void
on_object_removed (GDBusObjectManager *objects,
                   GDBusObject        *object,
                   IcamClient         *self)
{
  g_autolist (GDBusInterface) interfaces = g_dbus_object_get_interfaces (object);

  for (GList *i = interfaces; i != NULL; i = i->next)
    on_interface_removed (objects, object, i->data, self);
}

/* What hangs on one owner of the name goes with it. */
static void
forget_owner (IcamClient *self)
{
  g_cancellable_cancel (self->owner_cancellable);
  g_clear_object (&self->owner_cancellable);
  if (self->objects != NULL)
    g_signal_handlers_disconnect_by_data (self->objects, self);
  g_clear_object (&self->objects);
  set_manager (self, NULL);
  icam_client_models_drop_all_found (self->models);
}

static void
become_absent (IcamClient *self,
               GError     *error)
{
  guint n = g_list_model_get_n_items (icam_client_models_get_cameras (self->models));

  forget_owner (self);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (IcamCamera) camera = g_list_model_get_item (icam_client_models_get_cameras (self->models), i);

      icam_camera_set_absent (camera);
    }
  set_state (self, ICAM_CLIENT_ABSENT, error);
}

static void
on_objects (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusObjectManager) objects = icam_dbus_object_manager_client_new_finish (result, &error);
  IcamClient *self = user_data; /* dead when the call was cancelled */

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (objects == NULL)
    {
      become_absent (self, g_steal_pointer (&error));
      return;
    }

  self->objects = g_steal_pointer (&objects);
  g_signal_connect_object (self->objects, "object-added", G_CALLBACK (on_object_added), self, 0);
  g_signal_connect_object (self->objects, "object-removed", G_CALLBACK (on_object_removed), self, 0);
  g_signal_connect_object (self->objects, "interface-added", G_CALLBACK (on_interface_added), self, 0);
  g_signal_connect_object (self->objects, "interface-removed", G_CALLBACK (on_interface_removed), self, 0);
  become_ready (self);
}

static void
on_name_appeared (GDBusConnection *connection,
                  const char      *name,
                  const char      *owner,
                  gpointer         user_data)
{
  IcamClient *self = user_data;

  forget_owner (self);
  self->owner_cancellable = g_cancellable_new ();
  set_state (self, ICAM_CLIENT_CONNECTING, NULL);
  icam_dbus_object_manager_client_new (connection, G_DBUS_OBJECT_MANAGER_CLIENT_FLAGS_DO_NOT_AUTO_START, owner,
                                       ICAM_RECORDER_PATH, self->owner_cancellable, on_objects, self);
}

static void
on_started (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  IcamClient *self = user_data;

  if (answer != NULL || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  /* It may have appeared in spite of the answer. */
  if (self->owner_cancellable == NULL)
    become_absent (self, g_steal_pointer (&error));
}

static void
start_recorder (IcamClient *self)
{
  g_dbus_connection_call (self->connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                          "org.freedesktop.DBus", "StartServiceByName",
                          g_variant_new ("(su)", ICAM_RECORDER_NAME, 0), G_VARIANT_TYPE ("(u)"),
                          G_DBUS_CALL_FLAGS_NO_AUTO_START, 30 * 1000, self->cancellable, on_started, self);
}

static void
on_name_vanished (GDBusConnection *connection,
                  const char      *name,
                  gpointer         user_data)
{
  IcamClient *self = user_data;

  if (self->activate && connection != NULL && self->owner_cancellable == NULL && self->manager == NULL
      && self->state == ICAM_CLIENT_CONNECTING)
    {
      /* Nobody there yet; once: after that the parent of the worker sees to it, or somebody presses "Start". */
      self->activate = FALSE;
      start_recorder (self);
      return;
    }

  become_absent (self, icam_client_new_absent_error (self));
}

static void
on_closed (GDBusConnection *connection,
           gboolean         remote_peer_vanished,
           GError          *error,
           IcamClient      *self)
{
  g_clear_handle_id (&self->watch_id, g_bus_unwatch_name);
  g_signal_handlers_disconnect_by_func (connection, on_closed, self);
  g_clear_object (&self->connection);
  become_absent (self, icam_client_new_absent_error (self));
}

static void
on_bus (GObject      *source,
        GAsyncResult *result,
        gpointer      user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) connection = g_bus_get_finish (result, &error);
  IcamClient *self = user_data;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (connection == NULL)
    {
      /* How the system puts it ("cannot autolaunch …") helps nobody. */
      g_debug ("No bus: %s", error->message);
      become_absent (self, g_error_new_literal (G_DBUS_ERROR, G_DBUS_ERROR_NO_SERVER, error->message));
      return;
    }

  self->connection = g_steal_pointer (&connection);
  g_dbus_connection_set_exit_on_close (self->connection, FALSE);
  g_signal_connect_object (self->connection, "closed", G_CALLBACK (on_closed), self, 0);
  self->watch_id = g_bus_watch_name_on_connection (self->connection, ICAM_RECORDER_NAME,
                                                   G_BUS_NAME_WATCHER_FLAGS_NONE, on_name_appeared,
                                                   on_name_vanished, self, NULL);
}

/**
 * icam_client_connect:
 * @self: a client
 * @activate: start the recorder if it is not running
 *
 * "state" tells how it went. May be called again when there is no recorder, to start one.
 */
void
icam_client_connect (IcamClient *self,
                     gboolean    activate)
{
  g_return_if_fail (ICAM_IS_CLIENT (self));

  self->activate = activate;
  if (self->connection != NULL)
    {
      if (activate && self->state == ICAM_CLIENT_ABSENT)
        {
          self->activate = FALSE;
          set_state (self, ICAM_CLIENT_CONNECTING, NULL);
          start_recorder (self);
        }
      return;
    }

  if (self->cancellable != NULL && self->state == ICAM_CLIENT_CONNECTING)
    return; /* on its way */

  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  set_state (self, ICAM_CLIENT_CONNECTING, NULL);
  g_bus_get (self->bus, self->cancellable, on_bus, self);
}

/* ---- the object ---- */

static void
icam_client_get_property (GObject    *object,
                          guint       id,
                          GValue     *value,
                          GParamSpec *pspec)
{
  IcamClient *self = ICAM_CLIENT (object);

  switch (id)
    {
    case PROP_STATE:
      g_value_set_enum (value, (int) self->state);
      break;
    case PROP_ERROR:
      g_value_set_boxed (value, self->error);
      break;
    case PROP_KEYRING_STATE:
      g_value_set_string (value, icam_client_get_keyring_state (self));
      break;
    case PROP_DISCOVERY_STATE:
      g_value_set_string (value, icam_client_get_discovery_state (self));
      break;
    case PROP_ARCHIVE_ERROR:
      g_value_take_boxed (value, icam_client_dup_archive_error (self));
      break;
    case PROP_ARCHIVE_FOLDER:
      g_value_set_string (value, icam_client_get_archive_folder (self));
      break;
    case PROP_FOLDERS:
      g_value_set_boxed (value, icam_client_get_folders (self));
      break;
    case PROP_OLDEST_RECORDING:
      g_value_set_int64 (value, icam_client_get_oldest_recording (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
icam_client_dispose (GObject *object)
{
  IcamClient *self = ICAM_CLIENT (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_handle_id (&self->watch_id, g_bus_unwatch_name);
  if (self->models != NULL)
    forget_owner (self);
  /* Its last reference may be dropped by a thread of GDBus at the same moment: nothing may be left to be disconnected there. */
  if (self->connection != NULL)
    g_signal_handlers_disconnect_by_data (self->connection, self);
  g_clear_object (&self->connection);
  g_clear_object (&self->models);
  g_clear_error (&self->error);

  G_OBJECT_CLASS (icam_client_parent_class)->dispose (object);
}

static void
icam_client_class_init (IcamClientClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = icam_client_get_property;
  object_class->dispose = icam_client_dispose;

  properties[PROP_STATE] = g_param_spec_enum ("state", NULL, NULL, icam_client_state_get_type (),
                                              ICAM_CLIENT_CONNECTING, flags);
  properties[PROP_ERROR] = g_param_spec_boxed ("error", NULL, NULL, G_TYPE_ERROR, flags);
  properties[PROP_KEYRING_STATE] = g_param_spec_string ("keyring-state", NULL, NULL, NULL, flags);
  properties[PROP_DISCOVERY_STATE] = g_param_spec_string ("discovery-state", NULL, NULL, NULL, flags);
  properties[PROP_ARCHIVE_ERROR] = g_param_spec_boxed ("archive-error", NULL, NULL, G_TYPE_ERROR, flags);
  properties[PROP_ARCHIVE_FOLDER] = g_param_spec_string ("archive-folder", NULL, NULL, NULL, flags);
  properties[PROP_FOLDERS] = g_param_spec_boxed ("folders", NULL, NULL, G_TYPE_STRV, flags);
  properties[PROP_OLDEST_RECORDING]
    = g_param_spec_int64 ("oldest-recording", NULL, NULL, G_MININT64, G_MAXINT64, 0, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  /**
   * IcamClient::event-changed:
   * @self: the client
   * @event: an event that began, changed or ended
   */
  signals[EVENT_CHANGED] = g_signal_new ("event-changed", ICAM_TYPE_CLIENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                         G_TYPE_NONE, 1, ICAM_TYPE_EVENT);
  /**
   * IcamClient::recordings-changed:
   * @self: the client
   * @camera: a camera's UUID
   * @from: UTC in µs from where on its recordings are others now
   */
  signals[RECORDINGS_CHANGED] = g_signal_new ("recordings-changed", ICAM_TYPE_CLIENT, G_SIGNAL_RUN_LAST, 0, NULL,
                                              NULL, NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_INT64);
}

static void
icam_client_init (IcamClient *self)
{
  self->bus = g_strcmp0 (g_getenv ("INCAMERA_BUS"), "system") == 0 ? G_BUS_TYPE_SYSTEM : G_BUS_TYPE_SESSION;
  self->models = icam_client_models_new ();
  /* Errors that cross the bus are ours from the first call on. */
  icam_error_quark ();
}

/**
 * icam_client_new:
 *
 * Returns: (transfer full): a client for the recorder on the session bus, or on the system bus when the environment
 *   variable INCAMERA_BUS is "system"
 */
IcamClient *
icam_client_new (void)
{
  return g_object_new (ICAM_TYPE_CLIENT, NULL);
}

/**
 * icam_client_new_for_bus:
 * @bus: the session bus, or the system bus for the recorder of a machine with no user
 *
 * Returns: (transfer full): a client
 */
IcamClient *
icam_client_new_for_bus (GBusType bus)
{
  IcamClient *self = g_object_new (ICAM_TYPE_CLIENT, NULL);

  self->bus = bus;
  return self;
}

/**
 * icam_client_get_state:
 * @self: a client
 *
 * Returns: how it is connected
 */
IcamClientState
icam_client_get_state (IcamClient *self)
{
  g_return_val_if_fail (ICAM_IS_CLIENT (self), ICAM_CLIENT_ABSENT);

  return self->state;
}

/**
 * icam_client_get_error:
 * @self: a client
 *
 * Returns: (transfer none) (nullable): why there is no recorder
 */
const GError *
icam_client_get_error (IcamClient *self)
{
  g_return_val_if_fail (ICAM_IS_CLIENT (self), NULL);

  return self->error;
}

/**
 * icam_client_get_manager:
 * @self: a client
 *
 * Returns: (transfer none) (nullable): the recorder's Manager; %NULL unless the client is ready
 */
IcamDBusManager *
icam_client_get_manager (IcamClient *self)
{
  g_return_val_if_fail (ICAM_IS_CLIENT (self), NULL);

  return self->manager;
}

/**
 * icam_client_get_cameras:
 * @self: a client
 *
 * Returns: (transfer none): of IcamCamera, in their order on the wall
 */
GListModel *
icam_client_get_cameras (IcamClient *self)
{
  g_return_val_if_fail (ICAM_IS_CLIENT (self), NULL);

  return icam_client_models_get_cameras (self->models);
}

/**
 * icam_client_get_found:
 * @self: a client
 *
 * Returns: (transfer none): of IcamDBusFound, by name; empty while there is no recorder
 */
GListModel *
icam_client_get_found (IcamClient *self)
{
  g_return_val_if_fail (ICAM_IS_CLIENT (self), NULL);

  return icam_client_models_get_found (self->models);
}

/**
 * icam_client_get_keyring_state:
 * @self: a client
 *
 * Returns: (transfer none): "unknown", "unlocked", "locked" or "absent"
 */
const char *
icam_client_get_keyring_state (IcamClient *self)
{
  const char *state = self->manager != NULL ? icam_dbus_manager_get_keyring_state (self->manager) : NULL;

  return state != NULL ? state : "unknown";
}

/**
 * icam_client_get_discovery_state:
 * @self: a client
 *
 * Returns: (transfer none): "starting", "running", "absent" or "failed"
 */
const char *
icam_client_get_discovery_state (IcamClient *self)
{
  const char *state = self->manager != NULL ? icam_dbus_manager_get_discovery_state (self->manager) : NULL;

  return state != NULL ? state : "starting";
}

/**
 * icam_client_dup_archive_error:
 * @self: a client
 *
 * Returns: (transfer full) (nullable): what is wrong with the folder that recordings go to
 */
GError *
icam_client_dup_archive_error (IcamClient *self)
{
  GVariant *problem = self->manager != NULL ? icam_dbus_manager_get_archive_problem (self->manager) : NULL;

  return problem != NULL ? icam_error_from_variant (problem) : NULL;
}

/**
 * icam_client_get_folders:
 * @self: a client
 *
 * Returns: (transfer none) (nullable): paths of the folders that recordings may go to, the main one first
 */
const char *const *
icam_client_get_folders (IcamClient *self)
{
  return self->manager != NULL ? icam_dbus_manager_get_folders (self->manager) : NULL;
}

/**
 * icam_client_get_archive_folder:
 * @self: a client
 *
 * Returns: (transfer none): where recordings go, for people to read
 */
const char *
icam_client_get_archive_folder (IcamClient *self)
{
  const char *folder = self->manager != NULL ? icam_dbus_manager_get_archive_folder (self->manager) : NULL;

  return folder != NULL ? folder : "";
}

/**
 * icam_client_get_oldest_recording:
 * @self: a client
 *
 * Returns: UTC in µs, 0 when nothing is recorded
 */
gint64
icam_client_get_oldest_recording (IcamClient *self)
{
  return self->manager != NULL ? icam_dbus_manager_get_oldest_recording (self->manager) : 0;
}

/**
 * icam_client_get_device:
 * @self: a client
 * @path: (nullable): path of a Device object, as in a camera's "Device" property
 *
 * Returns: (transfer full) (nullable): the device
 */
IcamDBusDevice *
icam_client_get_device (IcamClient *self,
                        const char *path)
{
  g_autoptr (GDBusInterface) interface = NULL;

  if (self->objects == NULL || path == NULL || !g_variant_is_object_path (path))
    return NULL;
  interface = g_dbus_object_manager_get_interface (self->objects, path, ICAM_RECORDER_NAME ".Device");
  return ICAM_DBUS_IS_DEVICE (interface) ? ICAM_DBUS_DEVICE (g_steal_pointer (&interface)) : NULL;
}

GDBusObjectManager *
icam_client_get_objects (IcamClient *self)
{
  return self->objects;
}

GError *
icam_client_new_absent_error (IcamClient *self)
{
  return g_error_new_literal (G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN, "The recorder is not running.");
}
