/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-recorder"

#include "config.h"

#include "recorder/icam-service-private.h"

#include "base/icam-beat.h"
#include "media/icam-media.h"
#include "recorder/icam-identity.h"
#include "recorder/icam-quarantine.h"
#include "recorder/icam-reply.h"
#include "recorder/icam-secrets-credentials.h"
#include "recorder/icam-secrets-libsecret.h"
#include "recorder/icam-upkeep.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CONNECTING_AT_A_TIME 16
#define BEAT_MS 1000
#define BEATS_TO_OLDEST 30
#define BEATS_TO_EXPIRE 3600
#define BEATS_TO_BACKUP 3600
/* The clocks of boot and of waking differ by this: it was no accident of scheduling. */
#define NAP_US (2 * G_USEC_PER_SEC)
#define MAX_RUNNING_JOBS 4
#define JOB_STAYS_S 60
#define MAX_PROBES_OF_CALLER 32
/* Another recorder that ends right now lets go of the databases within this time. */
#define LOCK_TRIES 400
#define LOCK_PAUSE_US (25 * 1000)
/* "1" while the recorder runs, "0" when it stopped in order. */
#define SETTING_RUNNING "recorder-running"

G_DEFINE_FINAL_TYPE (IcamService, icam_service, G_TYPE_OBJECT)

enum
{
  STOPPED,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

/* ---- registry ---- */

/**
 * icam_service_get_context:
 * @self: the service
 *
 * Returns: (transfer none): what its objects share
 */
IcamContext *
icam_service_get_context (IcamService *self)
{
  return &self->context;
}

/**
 * icam_service_get_connection:
 * @self: the service
 *
 * Returns: (transfer none): the bus
 */
GDBusConnection *
icam_service_get_connection (IcamService *self)
{
  return self->connection;
}

/**
 * icam_service_export:
 * @self: the service
 * @path: an object path
 * @skeleton: its interface; from now on calls of its methods are checked for access
 */
void
icam_service_export (IcamService            *self,
                     const char             *path,
                     GDBusInterfaceSkeleton *skeleton)
{
  g_autoptr (GDBusObjectSkeleton) object = g_dbus_object_skeleton_new (path);

  icam_access_guard (self->access, skeleton);
  g_dbus_object_skeleton_add_interface (object, skeleton);
  g_dbus_object_manager_server_export (self->objects, object);
}

/**
 * icam_service_unexport:
 * @self: the service
 * @path: an object path: it leaves the bus
 */
void
icam_service_unexport (IcamService *self,
                       const char  *path)
{
  g_dbus_object_manager_server_unexport (self->objects, path);
}

/**
 * icam_service_list_cameras:
 * @self: the service
 *
 * Returns: (transfer none) (element-type IcamCameraObject): its cameras
 */
GPtrArray *
icam_service_list_cameras (IcamService *self)
{
  return self->cameras;
}

/**
 * icam_service_lookup_camera:
 * @self: the service
 * @channel: a channel
 *
 * Returns: (transfer none) (nullable): the camera that shows it
 */
IcamCameraObject *
icam_service_lookup_camera (IcamService    *self,
                            const IcamUuid *channel)
{
  for (guint i = 0; i < self->cameras->len; i++)
    if (icam_uuid_equal (&icam_camera_object_get_row (self->cameras->pdata[i])->channel, channel))
      return self->cameras->pdata[i];

  return NULL;
}

/**
 * icam_service_find_device:
 * @self: the service
 * @evidence: (nullable): what a device offers; it decides where there is any
 * @address: (nullable): where it stands
 *
 * Returns: (transfer none) (nullable): the device that was added and is the same
 */
IcamDeviceSession *
icam_service_find_device (IcamService        *self,
                          const IcamEvidence *evidence,
                          const char         *address)
{
  for (guint i = 0; i < self->devices->len; i++)
    {
      const IcamDeviceRow *row = icam_device_session_get_row (self->devices->pdata[i]);
      IcamIdentity identity =
        evidence != NULL ? icam_identity_compare (&row->evidence, evidence) : ICAM_IDENTITY_UNKNOWN;

      if (identity == ICAM_IDENTITY_SAME)
        return self->devices->pdata[i];
      if (identity == ICAM_IDENTITY_UNKNOWN && address != NULL && strcmp (row->address, address) == 0)
        return self->devices->pdata[i];
    }

  return NULL;
}

/**
 * icam_service_dup_name_on:
 * @self: the service
 * @device: one of its devices
 * @token: of a channel
 *
 * Returns: (transfer full) (nullable): the name of the camera that shows this channel of the device
 */
char *
icam_service_dup_name_on (IcamService       *self,
                          IcamDeviceSession *device,
                          const char        *token)
{
  g_autoptr (GPtrArray) channels = icam_device_session_list_channels (device);

  for (guint i = 0; i < channels->len; i++)
    {
      const IcamChannelRow *channel = channels->pdata[i];
      IcamCameraObject *camera = icam_service_lookup_camera (self, &channel->id);

      if (camera != NULL && g_strcmp0 (channel->token, token) == 0)
        return g_strdup (icam_camera_object_get_row (camera)->name);
    }

  return NULL;
}

/**
 * icam_service_take_device:
 * @self: the service
 * @session: (transfer full): a device
 */
void
icam_service_take_device (IcamService       *self,
                          IcamDeviceSession *session)
{
  g_ptr_array_add (self->devices, session);
  g_ptr_array_add (self->device_objects, icam_device_object_new (self, session));
}

/**
 * icam_service_take_camera:
 * @self: the service
 * @row: (transfer full): a camera
 * @session: its device, one of the service's
 */
void
icam_service_take_camera (IcamService       *self,
                          IcamCameraRow     *row,
                          IcamDeviceSession *session)
{
  g_ptr_array_add (self->cameras, icam_camera_object_new (self, row, session));
}

/**
 * icam_service_drop_device:
 * @self: the service
 * @session: a device without cameras: it is not connected any more
 */
void
icam_service_drop_device (IcamService       *self,
                          IcamDeviceSession *session)
{
  guint index;

  if (!g_ptr_array_find (self->devices, session, &index))
    return;

  icam_device_object_end (self->device_objects->pdata[index]);
  g_ptr_array_remove_index (self->device_objects, index);
  g_object_run_dispose (G_OBJECT (session));
  g_ptr_array_remove_index (self->devices, index);
}

/* ---- jobs ---- */

/**
 * icam_service_may_start_job:
 * @self: the service
 *
 * Returns: whether one more job can run
 */
gboolean
icam_service_may_start_job (IcamService *self)
{
  guint running = 0;

  for (guint i = 0; i < self->jobs->len; i++)
    running += icam_job_is_running (self->jobs->pdata[i]) ? 1 : 0;

  return running < MAX_RUNNING_JOBS && !self->stopping;
}

typedef struct
{
  IcamService *self;
  IcamJob *job;
  char *path;
} EndedJob;

static gboolean
on_job_stayed (gpointer user_data)
{
  EndedJob *ended = user_data;

  if (!ended->self->stopping)
    icam_service_unexport (ended->self, ended->path);
  g_ptr_array_remove (ended->self->jobs, ended->job);
  return G_SOURCE_REMOVE;
}

static void
ended_job_free (gpointer data)
{
  EndedJob *ended = data;

  g_object_unref (ended->self);
  g_object_unref (ended->job);
  g_free (ended->path);
  g_free (ended);
}

static void
on_job_ended (IcamJob     *job,
              IcamService *self)
{
  EndedJob *ended = g_new0 (EndedJob, 1);

  ended->self = g_object_ref (self);
  ended->job = g_object_ref (job);
  ended->path = g_strdup (g_object_get_data (G_OBJECT (job), "path"));
  g_timeout_add_seconds_full (G_PRIORITY_DEFAULT, JOB_STAYS_S, on_job_stayed, ended, ended_job_free);
}

/**
 * icam_service_add_job:
 * @self: the service
 * @job: a job that was started
 *
 * Returns: (transfer full): its object path
 */
char *
icam_service_add_job (IcamService *self,
                      IcamJob     *job)
{
  g_autofree char *id = g_strdup_printf ("%u", ++self->next_job);
  char *path = icam_reply_path ("job", id);

  g_object_set_data_full (G_OBJECT (job), "path", g_strdup (path), g_free);
  g_ptr_array_add (self->jobs, g_object_ref (job));
  g_signal_connect (job, "ended", G_CALLBACK (on_job_ended), self);
  icam_service_export (self, path, G_DBUS_INTERFACE_SKELETON (icam_job_get_skeleton (job)));
  return path;
}

/* ---- probes ---- */

static void
on_caller_vanished (GDBusConnection *connection,
                    const char      *name,
                    gpointer         user_data)
{
  IcamService *self = user_data;

  for (guint i = self->probes->len; i > 0; i--)
    {
      IcamProbe *probe = self->probes->pdata[i - 1];

      if (strcmp (icam_probe_get_owner (probe), name) == 0)
        icam_service_end_probe (self, probe);
    }
}

static void
unwatch (gpointer data)
{
  g_bus_unwatch_name (GPOINTER_TO_UINT (data));
}

/**
 * icam_service_start_probe:
 * @self: the service
 * @sender: unique name of the caller, with whom it ends
 * @address: what is looked at
 * @user: name, "" for none
 * @secret: password
 * @error: return location; ICAM_ERROR_INVALID_ARGUMENT, ICAM_ERROR_BUSY
 *
 * Returns: (transfer none): the probe
 */
IcamProbe *
icam_service_start_probe (IcamService *self,
                          const char  *sender,
                          const char  *address,
                          const char  *user,
                          IcamSecret  *secret,
                          GError     **error)
{
  IcamProbe *probe;
  guint count = 0;

  for (guint i = 0; i < self->probes->len; i++)
    count += strcmp (icam_probe_get_owner (self->probes->pdata[i]), sender) == 0 ? 1 : 0;
  if (count >= MAX_PROBES_OF_CALLER || self->stopping)
    {
      icam_error_set (error, ICAM_ERROR_BUSY, NULL, NULL);
      return NULL;
    }

  probe = icam_probe_new (self, ++self->next_probe, sender, address, user, secret, error);
  if (probe == NULL)
    return NULL;

  g_ptr_array_add (self->probes, probe);
  if (!g_hash_table_contains (self->callers, sender))
    g_hash_table_insert (self->callers, g_strdup (sender),
                         GUINT_TO_POINTER (g_bus_watch_name_on_connection (
                           self->connection, sender, G_BUS_NAME_WATCHER_FLAGS_NONE, NULL, on_caller_vanished, self,
                           NULL)));
  return probe;
}

/**
 * icam_service_lookup_probe:
 * @self: the service
 * @path: an object path
 *
 * Returns: (transfer none) (nullable): the probe
 */
IcamProbe *
icam_service_lookup_probe (IcamService *self,
                           const char  *path)
{
  for (guint i = 0; i < self->probes->len; i++)
    if (strcmp (icam_probe_get_path (self->probes->pdata[i]), path) == 0)
      return self->probes->pdata[i];

  return NULL;
}

/**
 * icam_service_end_probe:
 * @self: the service
 * @probe: a probe: it leaves the bus and its camera
 */
void
icam_service_end_probe (IcamService *self,
                        IcamProbe   *probe)
{
  g_autofree char *owner = g_strdup (icam_probe_get_owner (probe));

  /* Its Add is under way and ends it. */
  if (g_hash_table_contains (self->adding, probe))
    return;

  icam_probe_end (probe);
  g_ptr_array_remove (self->probes, probe);
  for (guint i = 0; i < self->probes->len; i++)
    if (strcmp (icam_probe_get_owner (self->probes->pdata[i]), owner) == 0)
      return;
  g_hash_table_remove (self->callers, owner);
}

/* ---- what is told ---- */

/**
 * icam_service_event_variant:
 * @row: an event
 *
 * Returns: (transfer floating): (ssssxxxdasb), as the interface has it
 */
GVariant *
icam_service_event_variant (const IcamEventRow *row)
{
  char id[ICAM_UUID_TEXT_SIZE], camera[ICAM_UUID_TEXT_SIZE], channel[ICAM_UUID_TEXT_SIZE];
  g_auto (GStrv) witnesses = g_strsplit (row->witnesses != NULL ? row->witnesses : "", ",", -1);

  icam_uuid_format (&row->id, id);
  icam_uuid_format (&row->camera, camera);
  icam_uuid_format (&row->channel, channel);
  return g_variant_new ("(ssssxxxd^asb)", id, camera, channel, row->kind, row->start_us, row->end_us, row->peak_us,
                        row->peak, witnesses, row->thumbnail);
}

/**
 * icam_service_tell_event:
 * @self: the service
 * @row: an event as it is in the archive now
 */
void
icam_service_tell_event (IcamService        *self,
                         const IcamEventRow *row)
{
  if (self->manager != NULL)
    icam_manager_tell_event (self->manager, row);
}

static void ask_oldest (IcamService *self);

static void
on_recordings_changed (IcamArchive *archive,
                       gpointer     channel,
                       gint64       from,
                       IcamService *self)
{
  IcamCameraObject *camera = icam_service_lookup_camera (self, channel);
  g_autofree char *id = NULL;

  if (self->manager == NULL)
    return;
  /* The first one, or the oldest was deleted. */
  if (self->started && (icam_manager_get_oldest (self->manager) == 0 || from <= icam_manager_get_oldest (self->manager)))
    ask_oldest (self);
  if (camera == NULL)
    return;

  id = icam_uuid_dup_text (&icam_camera_object_get_row (camera)->id);
  icam_manager_tell_recordings (self->manager, id, from);
}

static void
on_keyring_changed (IcamSecrets *secrets,
                    IcamService *self)
{
  guint waiting = 0;

  for (guint i = 0; i < self->devices->len; i++)
    icam_device_session_keyring_changed (self->devices->pdata[i]);

  if (icam_secrets_get_state (secrets) == ICAM_KEYRING_UNLOCKED)
    {
      self->keyring_told = FALSE;
      return;
    }
  for (guint i = 0; i < self->devices->len; i++)
    waiting += icam_device_session_is_waiting (self->devices->pdata[i]) ? 1 : 0;
  if (waiting > 0 && !self->keyring_told)
    {
      g_autofree char *count = g_strdup_printf ("%u", waiting);

      self->keyring_told = TRUE;
      icam_context_journal (&self->context, "keyring-locked", "count", count, NULL);
    }
}

static void
on_stepped (IcamClock   *clock,
            IcamService *self)
{
  icam_archive_begin_epoch (self->context.archive);
  icam_context_journal (&self->context, "clock-stepped", NULL, NULL);
  icam_service_look_again (self);
}

/* What is asked for now and then. */
typedef struct
{
  gint64 oldest;
  IcamAge age;
} Known;

static void
read_known (GTask        *task,
            gpointer      source,
            gpointer      data,
            GCancellable *cancellable)
{
  IcamArchive *archive = ICAM_SERVICE (source)->context.archive;
  Known *known = g_new (Known, 1);

  known->oldest = icam_archive_oldest (archive);
  known->age = icam_archive_get_age (archive);
  g_task_return_pointer (task, known, g_free);
}

static void
on_oldest (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  IcamService *self = ICAM_SERVICE (source);
  g_autofree Known *known = g_task_propagate_pointer (G_TASK (result), NULL);

  if (self->manager != NULL && known != NULL)
    {
      icam_manager_set_oldest (self->manager, known->oldest);
      icam_manager_set_age (self->manager, known->age);
    }
  self->asking_oldest = FALSE;
  if (self->ask_oldest_again && !self->stopping)
    ask_oldest (self);
}

static void
ask_oldest (IcamService *self)
{
  g_autoptr (GTask) task = NULL;

  /* Many may be deleted at a time. */
  self->ask_oldest_again = self->asking_oldest;
  if (self->asking_oldest || self->stopping)
    return;
  self->asking_oldest = TRUE;
  task = g_task_new (self, NULL, on_oldest, NULL);
  g_task_set_source_tag (task, ask_oldest);
  icam_workers_read (self->context.workers, task, read_known);
}

/**
 * icam_service_look_again:
 * @self: the service
 *
 * What is known of the archive has changed.
 */
void
icam_service_look_again (IcamService *self)
{
  ask_oldest (self);
}

/* Once a day there is a backup. */
static void
back_up (IcamService *self)
{
  g_autoptr (IcamJob) job = NULL;
  g_autofree char *path = NULL;

  if (self->stopping || !icam_service_may_start_job (self) || !icam_archive_backup_is_due (self->context.archive))
    return;
  job = icam_upkeep_back_up (&self->context);
  path = icam_service_add_job (self, job);
}

/* A catalogue that took another's place learns what the files say, however often it takes. */
static void
rebuild (IcamService *self)
{
  g_autoptr (IcamJob) job = NULL;
  g_autofree char *path = NULL;

  if (!icam_archive_needs_rebuild (self->context.archive))
    return;
  job = icam_upkeep_rebuild (&self->context);
  path = icam_service_add_job (self, job);
}

static gint64
read_nap (void)
{
  struct timespec boot, awake;

  clock_gettime (CLOCK_BOOTTIME, &boot);
  clock_gettime (CLOCK_MONOTONIC, &awake);
  return (gint64) (boot.tv_sec - awake.tv_sec) * G_USEC_PER_SEC + (boot.tv_nsec - awake.tv_nsec) / 1000;
}

static gboolean
on_beat (gpointer user_data)
{
  IcamService *self = user_data;
  gint64 nap = read_nap ();

  if (nap - self->nap > NAP_US)
    {
      icam_context_journal (&self->context, "computer-slept", NULL, NULL);
      for (guint i = 0; i < self->devices->len; i++)
        icam_device_session_slept (self->devices->pdata[i]);
    }
  self->nap = nap;

  for (guint i = 0; i < self->cameras->len; i++)
    icam_camera_object_beat (self->cameras->pdata[i]);
  if (self->beats % BEATS_TO_OLDEST == 0)
    ask_oldest (self);
  if (self->beats % BEATS_TO_EXPIRE == 0)
    icam_quarantine_expire (self->context.quarantine);
  if (self->beats % BEATS_TO_BACKUP == BEATS_TO_BACKUP / 4)
    back_up (self);
  self->beats++;
  return G_SOURCE_CONTINUE;
}

/* ---- beginning and end ---- */

static IcamDeviceSession *
device_by_id (IcamService    *self,
              const IcamUuid *id)
{
  for (guint i = 0; i < self->devices->len; i++)
    if (icam_uuid_equal (&icam_device_session_get_row (self->devices->pdata[i])->id, id))
      return self->devices->pdata[i];

  return NULL;
}

static void
load_device (IcamService         *self,
             const IcamDeviceRow *row,
             GPtrArray           *channels)
{
  g_autoptr (GPtrArray) mine = g_ptr_array_new ();
  IcamDeviceSession *session;

  for (guint i = 0; i < channels->len; i++)
    if (icam_uuid_equal (&((IcamChannelRow *) channels->pdata[i])->device, &row->id))
      g_ptr_array_add (mine, channels->pdata[i]);

  if (row->quarantine)
    {
      icam_quarantine_add (self->context.quarantine, row, mine);
      return;
    }

  session = icam_device_session_new (&self->context, icam_device_row_copy (row));
  for (guint i = 0; i < mine->len; i++)
    icam_device_session_add_channel (session, icam_channel_row_copy (mine->pdata[i]));
  icam_service_take_device (self, session);
}

static gboolean
load (IcamService *self,
      GError     **error)
{
  IcamArchive *archive = self->context.archive;
  g_autoptr (GPtrArray) devices = icam_archive_load_devices (archive, error);
  g_autoptr (GPtrArray) channels = devices != NULL ? icam_archive_load_channels (archive, error) : NULL;
  g_autoptr (GPtrArray) cameras = channels != NULL ? icam_archive_load_cameras (archive, error) : NULL;

  if (cameras == NULL)
    return FALSE;

  for (guint i = 0; i < devices->len; i++)
    load_device (self, devices->pdata[i], channels);

  for (guint i = 0; i < cameras->len; i++)
    {
      const IcamCameraRow *row = cameras->pdata[i];
      IcamDeviceSession *session = NULL;

      for (guint j = 0; j < channels->len; j++)
        {
          const IcamChannelRow *channel = channels->pdata[j];

          if (icam_uuid_equal (&channel->id, &row->channel))
            session = device_by_id (self, &channel->device);
        }
      if (session != NULL)
        icam_service_take_camera (self, icam_camera_row_copy (row), session);
      else
        g_warning ("The camera %s has no device; it is not recorded", row->name);
    }

  return TRUE;
}

static gboolean
name_is_owned (GDBusConnection *connection)
{
  g_autoptr (GVariant) answer = g_dbus_connection_call_sync (
    connection, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "NameHasOwner",
    g_variant_new ("(s)", ICAM_RECORDER_NAME), G_VARIANT_TYPE ("(b)"), G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
  gboolean owned = FALSE;

  if (answer != NULL)
    g_variant_get (answer, "(b)", &owned);
  return owned;
}

/* When a worker dies, its parent and the bus may each start one: the second leaves as soon as the first serves. */
static IcamArchive *
open_archive (const IcamServiceOptions *options,
              GDBusConnection          *connection,
              IcamClock                *clock,
              GError                  **error)
{
  IcamArchiveOptions archive_options = {
    .main_segment_us = options->main_segment_us,
    .sub_segment_us = options->sub_segment_us,
  };

  for (guint i = 0;; i++)
    {
      g_autoptr (GError) local = NULL;
      IcamArchive *archive;

      if (name_is_owned (connection))
        {
          icam_error_set (error, ICAM_ERROR_BUSY, "detail", "another recorder serves this bus", NULL);
          return NULL;
        }
      archive = icam_archive_open (options->data_dir, options->folder, clock, &archive_options, &local);
      if (archive != NULL)
        return archive;
      if (i >= LOCK_TRIES || !g_error_matches (local, ICAM_ERROR, ICAM_ERROR_ARCHIVE_LOCKED))
        {
          g_propagate_error (error, g_steal_pointer (&local));
          return NULL;
        }
      /* Nothing runs yet that could be kept waiting. */
      g_usleep (LOCK_PAUSE_US);
    }
}

/**
 * icam_service_new:
 * @connection: the bus
 * @options: what was given on the command line
 * @error: return location; ICAM_ERROR_BUSY when another recorder serves this bus
 *
 * Opens the databases and puts all objects on the bus; nothing is connected to yet. Blocks.
 *
 * Returns: (transfer full): the service
 */
IcamService *
icam_service_new (GDBusConnection          *connection,
                  const IcamServiceOptions *options,
                  GError                  **error)
{
  g_autoptr (IcamService) self = g_object_new (ICAM_TYPE_SERVICE, NULL);
  IcamContext *context = &self->context;

  icam_media_init ();
  self->connection = g_object_ref (connection);
  self->restarted = options->restarted;
  context->clock = g_object_ref (icam_clock_system ());
  context->archive = open_archive (options, connection, context->clock, error);
  if (context->archive == NULL)
    return NULL;

  context->workers = icam_workers_new ();
  context->hub = icam_live_hub_new ();
  context->gate = icam_gate_new (CONNECTING_AT_A_TIME);
  context->quarantine = icam_quarantine_new (context);
  context->secrets = options->system ? icam_secrets_credentials_new (g_getenv ("CREDENTIALS_DIRECTORY"))
                                     : icam_secrets_libsecret_new (connection);
  self->access = icam_access_new (options->system);
  self->objects = g_dbus_object_manager_server_new (ICAM_RECORDER_PATH);
  if (options->discovery)
    self->discovery = icam_discovery_new ();

  if (!load (self, error))
    return NULL;

  self->manager = icam_manager_new (self, self->discovery);
  icam_manager_set_oldest (self->manager, icam_archive_oldest (context->archive));
  if (self->discovery != NULL)
    self->found = icam_found_list_new (self, self->discovery);
  g_signal_connect (context->archive, "recordings-changed", G_CALLBACK (on_recordings_changed), self);
  g_signal_connect (context->secrets, "changed", G_CALLBACK (on_keyring_changed), self);
  g_signal_connect (context->clock, "stepped", G_CALLBACK (on_stepped), self);
  g_dbus_object_manager_server_set_connection (self->objects, connection);
  return g_steal_pointer (&self);
}

static void
on_recovered (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr (IcamService) self = user_data;
  g_autoptr (GError) error = NULL;
  guint recovered = 0;

  if (!icam_archive_recover_finish (ICAM_ARCHIVE (source), result, &recovered, &error))
    {
      g_warning ("Recovery of recordings did not end: %s", error->message);
    }
  else if (recovered > 0 && !self->stopping)
    {
      g_autofree char *count = g_strdup_printf ("%u", recovered);

      icam_context_journal (&self->context, "recordings-recovered", "count", count, NULL);
    }
}

/**
 * icam_service_start:
 * @self: the service, whose name is owned on the bus
 * @error: return location
 *
 * Sessions first, recovery of what a kill left behind in the background.
 *
 * Returns: whether it runs
 */
gboolean
icam_service_start (IcamService *self,
                    GError     **error)
{
  g_autoptr (GSource) beat = NULL;
  g_autofree char *running = icam_archive_get_setting (self->context.archive, SETTING_RUNNING);
  gboolean killed = self->restarted || g_strcmp0 (running, "1") == 0;
  g_autoptr (GError) local = NULL;

  if (self->started)
    return TRUE;

  self->started = TRUE;
  icam_context_journal (&self->context, killed ? "recorder-restarted" : "recorder-started", "version", ICAM_VERSION,
                        NULL);
  if (!icam_archive_set_setting (self->context.archive, SETTING_RUNNING, "1", error))
    return FALSE;
  /* Before the first new one: what runs now is from before. */
  if (!icam_archive_end_open_events (self->context.archive, &local))
    g_warning ("Events that ran when the recorder was killed could not be ended: %s", local->message);

  for (guint i = 0; i < self->devices->len; i++)
    icam_device_session_start (self->devices->pdata[i]);
  icam_archive_recover_async (self->context.archive, on_recovered, g_object_ref (self));

  g_clear_error (&local);
  if (!icam_clock_watch_steps (self->context.clock, &local))
    g_warning ("%s", local->message);
  self->nap = read_nap ();
  beat = icam_beat_source_new (BEAT_MS);
  g_source_set_callback (beat, on_beat, self, NULL);
  self->beat_id = g_source_attach (beat, NULL);
  if (self->discovery != NULL)
    icam_discovery_start (self->discovery);
  ask_oldest (self);
  icam_upkeep_finish_moves (&self->context);
  rebuild (self);
  icam_manager_ready (self->manager);
  return TRUE;
}

static void
on_closed (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (IcamService) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!icam_archive_close_finish (ICAM_ARCHIVE (source), result, &error))
    g_warning ("The archive did not close in order: %s", error->message);
  g_signal_emit (self, signals[STOPPED], 0);
}

static void
note_stopped (GTask        *task,
              gpointer      source,
              gpointer      data,
              GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;

  if (!icam_archive_set_setting (ICAM_SERVICE (source)->context.archive, SETTING_RUNNING, "0", &error))
    g_warning ("The end could not be noted: %s", error->message);
  g_task_return_boolean (task, TRUE);
}

/* All that was to be written before is written. */
static void
on_noted (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  IcamService *self = ICAM_SERVICE (source);

  icam_archive_close_async (self->context.archive, ICAM_GAP_RECORDER_STOPPED, on_closed, g_object_ref (self));
}

/**
 * icam_service_stop:
 * @self: the service
 *
 * Ends in order: connections, running events, segments with their gap. "stopped" tells when it is done.
 */
void
icam_service_stop (IcamService *self)
{
  g_autoptr (GTask) task = NULL;

  if (self->stopping)
    return;

  self->stopping = TRUE;
  g_clear_handle_id (&self->beat_id, g_source_remove);
  if (self->discovery != NULL)
    icam_discovery_stop (self->discovery);
  g_hash_table_remove_all (self->adding);
  while (self->probes->len > 0)
    icam_service_end_probe (self, self->probes->pdata[self->probes->len - 1]);
  for (guint i = 0; i < self->jobs->len; i++)
    icam_job_cancel (self->jobs->pdata[i]);
  for (guint i = 0; i < self->cameras->len; i++)
    icam_camera_object_finish (self->cameras->pdata[i]);
  icam_context_journal (&self->context, "recorder-stopped", NULL, NULL);

  g_dbus_object_manager_server_set_connection (self->objects, NULL);
  for (guint i = 0; i < self->cameras->len; i++)
    g_object_run_dispose (self->cameras->pdata[i]);
  for (guint i = 0; i < self->devices->len; i++)
    {
      g_object_run_dispose (self->device_objects->pdata[i]);
      g_object_run_dispose (self->devices->pdata[i]);
    }

  task = g_task_new (self, NULL, on_noted, NULL);
  g_task_set_source_tag (task, icam_service_stop);
  icam_workers_write (self->context.workers, task, note_stopped);
}

static void
icam_service_finalize (GObject *object)
{
  IcamService *self = ICAM_SERVICE (object);
  IcamContext *context = &self->context;

  g_clear_handle_id (&self->beat_id, g_source_remove);
  if (context->archive != NULL)
    g_signal_handlers_disconnect_by_data (context->archive, self);
  if (context->secrets != NULL)
    g_signal_handlers_disconnect_by_data (context->secrets, self);
  if (context->clock != NULL)
    g_signal_handlers_disconnect_by_data (context->clock, self);
  g_clear_pointer (&self->found, icam_found_list_free);
  g_hash_table_unref (self->callers);
  g_hash_table_unref (self->adding);
  g_ptr_array_unref (self->probes);
  g_ptr_array_unref (self->jobs);
  g_ptr_array_unref (self->cameras);
  g_ptr_array_unref (self->device_objects);
  g_ptr_array_unref (self->devices);
  if (self->manager != NULL)
    g_object_run_dispose (G_OBJECT (self->manager));
  g_clear_object (&self->manager);
  g_clear_object (&self->discovery);
  g_clear_object (&self->objects);

  g_clear_pointer (&context->workers, icam_workers_free);
  g_clear_pointer (&context->quarantine, icam_quarantine_free);
  g_clear_object (&context->secrets);
  g_clear_object (&context->gate);
  g_clear_object (&context->hub);
  g_clear_object (&context->archive);
  g_clear_object (&context->clock);
  g_clear_pointer (&self->access, icam_access_free);
  g_clear_object (&self->connection);

  G_OBJECT_CLASS (icam_service_parent_class)->finalize (object);
}

static void
icam_service_class_init (IcamServiceClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = icam_service_finalize;

  /**
   * IcamService::stopped:
   * @self: the service
   *
   * It ended in order after icam_service_stop().
   */
  signals[STOPPED] = g_signal_new ("stopped", ICAM_TYPE_SERVICE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 0);
}

static void
icam_service_init (IcamService *self)
{
  self->devices = g_ptr_array_new_with_free_func (g_object_unref);
  self->device_objects = g_ptr_array_new_with_free_func (g_object_unref);
  self->cameras = g_ptr_array_new_with_free_func (g_object_unref);
  self->probes = g_ptr_array_new_with_free_func (g_object_unref);
  self->jobs = g_ptr_array_new_with_free_func (g_object_unref);
  self->callers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, unwatch);
  self->adding = g_hash_table_new (NULL, NULL);
}
