/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-test"

#include "config.h"

#include "icam-fake-recorder.h"

#include "base/icam-error.h"
#include "base/icam-secret.h"
#include "base/icam-uuid.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

struct _IcamFakeRecorder
{
  GDBusConnection *connection;
  GDBusObjectManagerServer *objects;
  IcamDBusManager *manager;
  guint name_id;
  GHashTable *cameras; /* path → IcamDBusCamera */
  GVariantBuilder *events;
  GBytes *thumbnail;
  GVariant *segments, *gaps;
  IcamFakeLiveFunc live;
  gpointer live_data;
  IcamFakeSegmentFunc segment;
  gpointer segment_data;
  char *password;
  guint n_probes, n_jobs, opened;
};

static GVariant *
no_options (void)
{
  return g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0);
}

static GVariant *
no_problem (void)
{
  return g_variant_new ("(s@a{sv})", "", no_options ());
}

static void
export (IcamFakeRecorder *self,
        const char       *path,
        gpointer          interface)
{
  g_autoptr (GDBusObjectSkeleton) object = G_DBUS_OBJECT_SKELETON (icam_dbus_object_skeleton_new (path));

  g_dbus_object_skeleton_add_interface (object, G_DBUS_INTERFACE_SKELETON (interface));
  g_dbus_object_manager_server_export (self->objects, object);
}

static void
fail (GDBusMethodInvocation *invocation,
      GError                *error)
{
  g_dbus_method_invocation_take_error (invocation, error);
}

static void
answer_fd (GDBusMethodInvocation *invocation,
           int                    fd,
           GVariant              *more)
{
  g_autoptr (GUnixFDList) fds = g_unix_fd_list_new ();

  g_unix_fd_list_append (fds, fd, NULL);
  close (fd);
  g_dbus_method_invocation_return_value_with_unix_fd_list (
    invocation, more != NULL ? g_variant_new ("(h@a(xt))", 0, more) : g_variant_new ("(h)", 0), fds);
}

/* ---- cameras ---- */

static gboolean
on_rename (IcamDBusCamera        *camera,
           GDBusMethodInvocation *invocation,
           const char            *name,
           GVariant              *options,
           IcamFakeRecorder      *self)
{
  icam_dbus_camera_set_name (camera, name);
  icam_dbus_camera_complete_rename (camera, invocation);
  return TRUE;
}

static gboolean
on_set_detection (IcamDBusCamera        *camera,
                  GDBusMethodInvocation *invocation,
                  gboolean               detection,
                  GVariant              *options,
                  IcamFakeRecorder      *self)
{
  icam_dbus_camera_set_detection (camera, detection);
  icam_dbus_camera_set_detector_state (camera, detection ? "healthy" : "off");
  icam_dbus_camera_complete_set_detection (camera, invocation);
  return TRUE;
}

static gboolean
on_remove (IcamDBusCamera        *camera,
           GDBusMethodInvocation *invocation,
           GVariant              *options,
           IcamFakeRecorder      *self)
{
  g_autofree char *id = icam_dbus_camera_dup_id (camera);

  icam_dbus_camera_complete_remove (camera, invocation);
  icam_fake_recorder_remove_camera (self, id);
  return TRUE;
}

static gboolean
on_list_segments (IcamDBusCamera        *camera,
                  GDBusMethodInvocation *invocation,
                  const char            *role,
                  gint64                 from,
                  gint64                 to,
                  GVariant              *options,
                  IcamFakeRecorder      *self)
{
  GVariantBuilder segments = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(stuxxtss)"));
  GVariantIter iter;
  GVariant *row;

  g_variant_iter_init (&iter, self->segments);
  while ((row = g_variant_iter_next_value (&iter)) != NULL)
    {
      gint64 start, end;

      g_variant_get_child (row, 3, "x", &start);
      g_variant_get_child (row, 4, "x", &end);
      if (start < to && end > from)
        g_variant_builder_add_value (&segments, row);
      g_variant_unref (row);
    }
  icam_dbus_camera_complete_list_segments (camera, invocation, g_variant_builder_end (&segments), self->gaps);
  return TRUE;
}

static gboolean
on_open_segment (IcamDBusCamera        *camera,
                 GDBusMethodInvocation *invocation,
                 GUnixFDList           *fds,
                 const char            *channel,
                 const char            *role,
                 guint64                seq,
                 GVariant              *options,
                 IcamFakeRecorder      *self)
{
  g_autoptr (GVariant) key_frames = NULL;
  int fd = self->segment != NULL ? self->segment (channel, seq, &key_frames, self->segment_data) : -1;

  self->opened++;
  if (fd < 0)
    fail (invocation, icam_error_new (ICAM_ERROR_NOT_FOUND, "what", "segment", NULL));
  else
    answer_fd (invocation, fd, key_frames);
  return TRUE;
}

static gboolean
on_open_live (IcamDBusCamera        *camera,
              GDBusMethodInvocation *invocation,
              GUnixFDList           *fds,
              const char            *role,
              GVariant              *options,
              IcamFakeRecorder      *self)
{
  int pair[2];

  if (self->live == NULL)
    {
      fail (invocation, icam_error_new (ICAM_ERROR_STREAM_SILENT, "address", "192.0.2.7", NULL));
      return TRUE;
    }
  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
  answer_fd (invocation, pair[1], NULL);
  self->live (camera, role, pair[0], self->live_data);
  return TRUE;
}

static gboolean
end_job (gpointer user_data)
{
  IcamDBusJob *job = user_data;
  GVariantDict result = G_VARIANT_DICT_INIT (NULL);
  int fd = GPOINTER_TO_INT (g_object_get_data (G_OBJECT (job), "fd"));

  g_assert_cmpint (write (fd, "film", 4), ==, 4);
  close (fd);
  g_variant_dict_insert (&result, "bytes", "t", (guint64) 4);
  g_variant_dict_insert (&result, "from", "x", (gint64) 1000000);
  g_variant_dict_insert (&result, "to", "x", (gint64) 2000000);
  icam_dbus_job_set_result (job, g_variant_dict_end (&result));
  icam_dbus_job_set_progress (job, 1.0);
  icam_dbus_job_set_state (job, "done");
  return G_SOURCE_REMOVE;
}

static gboolean
on_cancel_job (IcamDBusJob           *job,
               GDBusMethodInvocation *invocation,
               GVariant              *options,
               IcamFakeRecorder      *self)
{
  icam_dbus_job_set_state (job, "cancelled");
  icam_dbus_job_complete_cancel (job, invocation);
  return TRUE;
}

static gboolean
on_export (IcamDBusCamera        *camera,
           GDBusMethodInvocation *invocation,
           GUnixFDList           *fds,
           gint64                 from,
           gint64                 to,
           GVariant              *output,
           GVariant              *options,
           IcamFakeRecorder      *self)
{
  g_autoptr (IcamDBusJob) job = icam_dbus_job_skeleton_new ();
  g_autofree char *path = g_strdup_printf (ICAM_RECORDER_PATH "/job/%u", ++self->n_jobs);
  int fd = g_unix_fd_list_get (fds, g_variant_get_handle (output), NULL);
  gboolean nothing = g_variant_n_children (self->segments) == 0;

  icam_dbus_job_set_kind (job, "export");
  icam_dbus_job_set_state (job, nothing ? "failed" : "running");
  icam_dbus_job_set_result (job, no_options ());
  icam_dbus_job_set_problem (job, no_problem ());
  g_signal_connect (job, "handle-cancel", G_CALLBACK (on_cancel_job), self);
  if (nothing)
    {
      g_autoptr (GError) error = icam_error_new (ICAM_ERROR_NO_RECORDING, NULL, NULL);

      icam_dbus_job_set_problem (job, icam_error_to_variant (error));
      close (fd);
    }
  else
    {
      g_object_set_data (G_OBJECT (job), "fd", GINT_TO_POINTER (fd));
      g_idle_add_full (G_PRIORITY_LOW, end_job, g_object_ref (job), g_object_unref);
    }
  export (self, path, job);
  icam_dbus_camera_complete_export (camera, invocation, NULL, path);
  return TRUE;
}

IcamDBusCamera *
icam_fake_recorder_add_camera (IcamFakeRecorder *self,
                               const char       *id,
                               const char       *name,
                               const char       *channel,
                               guint             position)
{
  IcamDBusCamera *camera = icam_dbus_camera_skeleton_new ();
  g_autofree char *path = g_strconcat (ICAM_RECORDER_PATH "/camera/", id, NULL);
  g_autofree char *device_path = g_strconcat (ICAM_RECORDER_PATH "/device/", id, NULL);
  g_autoptr (IcamDBusDevice) device = icam_dbus_device_skeleton_new ();

  icam_dbus_device_set_id (device, id);
  icam_dbus_device_set_address (device, "192.0.2.7");
  icam_dbus_device_set_user (device, "admin");
  icam_dbus_device_set_problem (device, no_problem ());
  icam_dbus_camera_set_id (camera, id);
  icam_dbus_camera_set_name (camera, name);
  icam_dbus_camera_set_channel (camera, channel);
  icam_dbus_camera_set_device (camera, device_path);
  icam_dbus_camera_set_position (camera, position);
  icam_dbus_camera_set_added (camera, 1700000000000000);
  icam_dbus_camera_set_state (camera, "recording");
  icam_dbus_camera_set_state_since (camera, 1700000000000000);
  icam_dbus_camera_set_problem (camera, no_problem ());
  icam_dbus_camera_set_identity (camera, "same");
  icam_dbus_camera_set_detector_state (camera, "healthy");
  icam_dbus_camera_set_streams (camera, g_variant_new_parsed ("[('main', 'h264', uint32 1280, uint32 720, 15.0, ''),"
                                                              " ('sub', 'h264', 640, 360, 15.0, '')]"));
  g_signal_connect (camera, "handle-rename", G_CALLBACK (on_rename), self);
  g_signal_connect (camera, "handle-set-detection", G_CALLBACK (on_set_detection), self);
  g_signal_connect (camera, "handle-remove", G_CALLBACK (on_remove), self);
  g_signal_connect (camera, "handle-list-segments", G_CALLBACK (on_list_segments), self);
  g_signal_connect (camera, "handle-open-segment", G_CALLBACK (on_open_segment), self);
  g_signal_connect (camera, "handle-open-live", G_CALLBACK (on_open_live), self);
  g_signal_connect (camera, "handle-export", G_CALLBACK (on_export), self);
  export (self, device_path, device);
  export (self, path, camera);
  g_hash_table_replace (self->cameras, g_steal_pointer (&path), camera);
  return camera;
}

void
icam_fake_recorder_remove_camera (IcamFakeRecorder *self,
                                  const char       *id)
{
  g_autofree char *path = g_strconcat (ICAM_RECORDER_PATH "/camera/", id, NULL);

  g_dbus_object_manager_server_unexport (self->objects, path);
  g_hash_table_remove (self->cameras, path);
}

IcamDBusFound *
icam_fake_recorder_add_found (IcamFakeRecorder *self,
                              const char       *id,
                              const char       *name,
                              const char       *address)
{
  g_autoptr (IcamDBusFound) found = icam_dbus_found_skeleton_new ();
  g_autofree char *path = g_strconcat (ICAM_RECORDER_PATH "/found/", id, NULL);
  const char *const sources[] = { "mdns", NULL };

  icam_dbus_found_set_id (found, id);
  icam_dbus_found_set_name (found, name);
  icam_dbus_found_set_address (found, address);
  icam_dbus_found_set_hardware (found, "Test 1");
  icam_dbus_found_set_kind (found, "onvif");
  icam_dbus_found_set_sources (found, sources);
  icam_dbus_found_set_device (found, "/");
  export (self, path, found);
  return found; /* the object holds it */
}

/* ---- probes ---- */

static void
judge (IcamDBusProbe *probe,
       const char    *password)
{
  const char *address = icam_dbus_probe_get_address (probe);
  g_autoptr (GError) error = NULL;

  if (g_str_equal (address, "dead"))
    error = icam_error_new (ICAM_ERROR_UNREACHABLE, "address", address, NULL);
  else if (g_str_equal (address, "locked") && *password == '\0')
    error = icam_error_new (ICAM_ERROR_PASSWORD_NEEDED, "address", address, NULL);
  else if (g_str_equal (address, "locked") && !g_str_equal (password, "right"))
    error = icam_error_new (ICAM_ERROR_WRONG_PASSWORD, "address", address, "user", "admin", NULL);
  else if (!g_str_equal (address, "good") && !g_str_equal (address, "locked") && !g_str_equal (address, "two"))
    error = icam_error_new (ICAM_ERROR_NOT_A_CAMERA, "address", address, NULL);

  icam_dbus_probe_set_channels (
    probe, g_str_equal (address, "two")
             ? g_variant_new_parsed ("[('left', 'Left', uint32 1280, uint32 720, 'h264', true),"
                                     " ('right', 'Right', 1280, 720, 'h264', true)]")
             : g_variant_new_parsed ("[('source', 'Proposed', uint32 1280, uint32 720, 'h264', true)]"));
  icam_dbus_probe_set_problem (probe, icam_error_to_variant (error));
  icam_dbus_probe_set_state (probe, error == NULL ? "ready" : "failed");
}

static void
on_probe_secret (GObject      *source,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  g_autoptr (IcamDBusProbe) probe = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (IcamSecret) secret = icam_secret_read_finish (result, &error);
  IcamFakeRecorder *self = g_object_get_data (G_OBJECT (probe), "recorder");

  g_assert_no_error (error);
  g_free (self->password);
  self->password = g_strdup (icam_secret_peek (secret));
  judge (probe, self->password);
}

static void
take_secret (IcamDBusProbe *probe,
             GUnixFDList   *fds,
             GVariant      *handle)
{
  int fd = g_unix_fd_list_get (fds, g_variant_get_handle (handle), NULL);

  icam_secret_read_async (fd, NULL, on_probe_secret, g_object_ref (probe));
}

static gboolean
on_retry (IcamDBusProbe         *probe,
          GDBusMethodInvocation *invocation,
          GUnixFDList           *fds,
          const char            *user,
          GVariant              *secret,
          GVariant              *options,
          IcamFakeRecorder      *self)
{
  icam_dbus_probe_set_state (probe, "connecting");
  take_secret (probe, fds, secret);
  icam_dbus_probe_complete_retry (probe, invocation, NULL);
  return TRUE;
}

static gboolean
on_close_probe (IcamDBusProbe         *probe,
                GDBusMethodInvocation *invocation,
                GVariant              *options,
                IcamFakeRecorder      *self)
{
  g_autofree char *path = g_strdup (g_dbus_interface_skeleton_get_object_path (G_DBUS_INTERFACE_SKELETON (probe)));

  icam_dbus_probe_complete_close (probe, invocation);
  g_dbus_object_manager_server_unexport (self->objects, path);
  return TRUE;
}

static gboolean
on_probe (IcamDBusManager       *manager,
          GDBusMethodInvocation *invocation,
          GUnixFDList           *fds,
          const char            *address,
          GVariant              *secret,
          GVariant              *options,
          IcamFakeRecorder      *self)
{
  g_autoptr (IcamDBusProbe) probe = icam_dbus_probe_skeleton_new ();
  g_autofree char *path = g_strdup_printf (ICAM_RECORDER_PATH "/probe/%u", ++self->n_probes);

  g_object_set_data (G_OBJECT (probe), "recorder", self);
  icam_dbus_probe_set_address (probe, address);
  icam_dbus_probe_set_state (probe, "connecting");
  icam_dbus_probe_set_problem (probe, no_problem ());
  icam_dbus_probe_set_channels (probe, g_variant_new_array (G_VARIANT_TYPE ("(ssuusb)"), NULL, 0));
  g_signal_connect (probe, "handle-retry", G_CALLBACK (on_retry), self);
  g_signal_connect (probe, "handle-close", G_CALLBACK (on_close_probe), self);
  export (self, path, probe);
  take_secret (probe, fds, secret);
  icam_dbus_manager_complete_probe (manager, invocation, NULL, path);
  return TRUE;
}

static gboolean
on_add (IcamDBusManager       *manager,
        GDBusMethodInvocation *invocation,
        const char            *path,
        GVariant              *options,
        IcamFakeRecorder      *self)
{
  g_autoptr (GDBusInterface) interface
    = g_dbus_object_manager_get_interface (G_DBUS_OBJECT_MANAGER (self->objects), path, ICAM_RECORDER_NAME ".Probe");
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GVariant) names = g_variant_lookup_value (options, "names", G_VARIANT_TYPE ("a{ss}"));
  g_autofree const char **tokens = NULL;
  GVariantIter iter;
  const char *token, *proposed;

  if (interface == NULL)
    {
      fail (invocation, icam_error_new (ICAM_ERROR_NOT_FOUND, "what", "probe", NULL));
      return TRUE;
    }

  g_variant_lookup (options, "tokens", "^a&s", &tokens);
  g_variant_iter_init (&iter, icam_dbus_probe_get_channels (ICAM_DBUS_PROBE (interface)));
  while (g_variant_iter_next (&iter, "(&s&suusb)", &token, &proposed, NULL, NULL, NULL, NULL))
    {
      IcamUuid uuid;
      g_autofree char *id = NULL;
      g_autofree char *channel = NULL;
      const char *name = proposed;

      if (tokens != NULL && !g_strv_contains (tokens, token))
        continue;
      if (names != NULL)
        g_variant_lookup (names, token, "&s", &name);
      icam_uuid_generate (&uuid);
      id = icam_uuid_dup_text (&uuid);
      icam_uuid_generate (&uuid);
      channel = icam_uuid_dup_text (&uuid);
      icam_fake_recorder_add_camera (self, id, name, channel, g_hash_table_size (self->cameras));
      g_ptr_array_add (paths, g_strconcat (ICAM_RECORDER_PATH "/camera/", id, NULL));
    }
  g_ptr_array_add (paths, NULL);
  icam_dbus_manager_complete_add (manager, invocation, (const char *const *) paths->pdata);
  g_dbus_object_manager_server_unexport (self->objects, path);
  return TRUE;
}

/* ---- the manager ---- */

static gboolean
on_list_events (IcamDBusManager       *manager,
                GDBusMethodInvocation *invocation,
                gint64                 from,
                gint64                 to,
                GVariant              *options,
                IcamFakeRecorder      *self)
{
  g_autoptr (GVariant) all = g_variant_ref_sink (g_variant_builder_end (self->events));
  GVariantBuilder rows = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(ssssxxxdasb)"));
  const char *wanted = NULL;
  GVariantIter iter;
  GVariant *row;

  g_variant_lookup (options, "camera", "&s", &wanted);
  g_clear_pointer (&self->events, g_variant_builder_unref);
  self->events = g_variant_builder_new (G_VARIANT_TYPE ("a(ssssxxxdasb)"));
  g_variant_iter_init (&iter, all);
  while ((row = g_variant_iter_next_value (&iter)) != NULL)
    {
      const char *camera;

      g_variant_get_child (row, 1, "&s", &camera);
      if (wanted == NULL || g_str_equal (camera, wanted))
        g_variant_builder_add_value (&rows, row);
      g_variant_builder_add_value (self->events, row);
      g_variant_unref (row);
    }
  icam_dbus_manager_complete_list_events (manager, invocation, g_variant_builder_end (&rows));
  return TRUE;
}

static gboolean
on_open_thumbnail (IcamDBusManager       *manager,
                   GDBusMethodInvocation *invocation,
                   GUnixFDList           *fds,
                   const char            *event,
                   GVariant              *options,
                   IcamFakeRecorder      *self)
{
  int fd;
  gsize size;
  const void *data;

  if (self->thumbnail == NULL)
    {
      fail (invocation, icam_error_new (ICAM_ERROR_NOT_FOUND, "what", "thumbnail", NULL));
      return TRUE;
    }
  data = g_bytes_get_data (self->thumbnail, &size);
  fd = memfd_create ("thumbnail", MFD_CLOEXEC);
  g_assert_cmpint (write (fd, data, size), ==, (gssize) size);
  lseek (fd, 0, SEEK_SET);
  answer_fd (invocation, fd, NULL);
  return TRUE;
}

static gboolean
on_list_journal (IcamDBusManager       *manager,
                 GDBusMethodInvocation *invocation,
                 gint64                 from,
                 gint64                 to,
                 GVariant              *options,
                 IcamFakeRecorder      *self)
{
  icam_dbus_manager_complete_list_journal (
    manager, invocation,
    g_variant_new_parsed ("[(int64 1700000000000000, 'camera-added', {'name': <'Front door'>}),"
                          " (1600000000000000, 'recorder-started', @a{sv} {})]"));
  return TRUE;
}

static gboolean
on_list_connections (IcamDBusManager       *manager,
                     GDBusMethodInvocation *invocation,
                     GVariant              *options,
                     IcamFakeRecorder      *self)
{
  icam_dbus_manager_complete_list_connections (
    manager, invocation,
    g_variant_new_parsed ("[('stream', '192.0.2.7', uint16 554, uint64 3, int64 1600000000000000, int64 1700000000000000)]"));
  return TRUE;
}

static gboolean
on_get_rates (IcamDBusManager       *manager,
              GDBusMethodInvocation *invocation,
              GVariant              *options,
              IcamFakeRecorder      *self)
{
  icam_dbus_manager_complete_get_rates (manager, invocation, g_variant_new_array (G_VARIANT_TYPE ("(ssddx)"), NULL, 0));
  return TRUE;
}

static gboolean
on_unlock (IcamDBusManager       *manager,
           GDBusMethodInvocation *invocation,
           GVariant              *options,
           IcamFakeRecorder      *self)
{
  fail (invocation, icam_error_new (ICAM_ERROR_KEYRING_ABSENT, NULL, NULL));
  return TRUE;
}

IcamFakeRecorder *
icam_fake_recorder_new (void)
{
  IcamFakeRecorder *self = g_new0 (IcamFakeRecorder, 1);

  icam_error_quark ();
  self->objects = g_dbus_object_manager_server_new (ICAM_RECORDER_PATH);
  self->cameras = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  self->events = g_variant_builder_new (G_VARIANT_TYPE ("a(ssssxxxdasb)"));
  self->segments = g_variant_ref_sink (g_variant_new_array (G_VARIANT_TYPE ("(stuxxtss)"), NULL, 0));
  self->gaps = g_variant_ref_sink (g_variant_new_array (G_VARIANT_TYPE ("(xxs)"), NULL, 0));
  self->password = g_strdup ("");

  self->manager = icam_dbus_manager_skeleton_new ();
  icam_dbus_manager_set_version (self->manager, "0");
  icam_dbus_manager_set_api (self->manager, 1);
  icam_dbus_manager_set_state (self->manager, "ready");
  icam_dbus_manager_set_keyring_state (self->manager, "unlocked");
  icam_dbus_manager_set_discovery_state (self->manager, "running");
  icam_dbus_manager_set_archive_folder (self->manager, "/nowhere/In Camera");
  icam_dbus_manager_set_archive_problem (self->manager, no_problem ());
  g_signal_connect (self->manager, "handle-probe", G_CALLBACK (on_probe), self);
  g_signal_connect (self->manager, "handle-add", G_CALLBACK (on_add), self);
  g_signal_connect (self->manager, "handle-list-events", G_CALLBACK (on_list_events), self);
  g_signal_connect (self->manager, "handle-open-thumbnail", G_CALLBACK (on_open_thumbnail), self);
  g_signal_connect (self->manager, "handle-list-journal", G_CALLBACK (on_list_journal), self);
  g_signal_connect (self->manager, "handle-list-connections", G_CALLBACK (on_list_connections), self);
  g_signal_connect (self->manager, "handle-get-rates", G_CALLBACK (on_get_rates), self);
  g_signal_connect (self->manager, "handle-unlock-keyring", G_CALLBACK (on_unlock), self);
  export (self, ICAM_RECORDER_PATH "/manager", self->manager);
  return self;
}

void
icam_fake_recorder_free (IcamFakeRecorder *self)
{
  icam_fake_recorder_kill (self);
  g_object_unref (self->objects);
  g_object_unref (self->manager);
  g_hash_table_unref (self->cameras);
  g_variant_builder_unref (self->events);
  g_clear_pointer (&self->thumbnail, g_bytes_unref);
  g_variant_unref (self->segments);
  g_variant_unref (self->gaps);
  g_free (self->password);
  g_free (self);
}

static void
on_name (GDBusConnection *connection,
         const char      *name,
         gpointer         user_data)
{
  *(gboolean *) user_data = TRUE;
}

/* A connection of its own, as another process has. */
void
icam_fake_recorder_start (IcamFakeRecorder *self)
{
  g_autoptr (GError) error = NULL;
  gboolean owned = FALSE;

  self->connection = g_dbus_connection_new_for_address_sync (
    g_getenv ("DBUS_SESSION_BUS_ADDRESS"),
    G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION, NULL, NULL, &error);
  g_assert_no_error (error);
  g_dbus_connection_set_exit_on_close (self->connection, FALSE);
  g_dbus_object_manager_server_set_connection (self->objects, self->connection);
  self->name_id = g_bus_own_name_on_connection (self->connection, ICAM_RECORDER_NAME, G_BUS_NAME_OWNER_FLAGS_NONE, on_name, NULL,
                                                &owned, NULL);
  while (!owned)
    g_main_context_iteration (NULL, TRUE);
}

/* Without a good-bye. */
void
icam_fake_recorder_kill (IcamFakeRecorder *self)
{
  if (self->connection == NULL)
    return;

  g_bus_unown_name (self->name_id);
  g_dbus_object_manager_server_set_connection (self->objects, NULL);
  g_dbus_connection_close_sync (self->connection, NULL, NULL);
  g_clear_object (&self->connection);
}

IcamDBusManager *
icam_fake_recorder_get_manager (IcamFakeRecorder *self)
{
  return self->manager;
}

static GVariant *
event_row (const char *id,
           const char *camera,
           const char *channel,
           gint64      start,
           gint64      end)
{
  const char *const witnesses[] = { "pixels", NULL };

  return g_variant_new ("(ssssxxxd^asb)", id, camera, channel, "motion", start, end, start, 0.5, witnesses, TRUE);
}

void
icam_fake_recorder_add_event (IcamFakeRecorder *self,
                              const char       *id,
                              const char       *camera,
                              const char       *channel,
                              gint64            start,
                              gint64            end)
{
  g_variant_builder_add_value (self->events, event_row (id, camera, channel, start, end));
  icam_dbus_manager_emit_event_changed (self->manager, event_row (id, camera, channel, start, end));
}

void
icam_fake_recorder_set_thumbnail (IcamFakeRecorder *self,
                                  GBytes           *jpeg)
{
  g_clear_pointer (&self->thumbnail, g_bytes_unref);
  self->thumbnail = g_bytes_ref (jpeg);
}

void
icam_fake_recorder_set_recordings (IcamFakeRecorder *self,
                                   GVariant         *segments,
                                   GVariant         *gaps)
{
  g_variant_unref (self->segments);
  g_variant_unref (self->gaps);
  self->segments = g_variant_ref_sink (segments);
  self->gaps = g_variant_ref_sink (gaps);
}

void
icam_fake_recorder_set_live (IcamFakeRecorder *self,
                             IcamFakeLiveFunc  function,
                             gpointer          user_data)
{
  self->live = function;
  self->live_data = user_data;
}

void
icam_fake_recorder_set_segment (IcamFakeRecorder   *self,
                                IcamFakeSegmentFunc function,
                                gpointer            user_data)
{
  self->segment = function;
  self->segment_data = user_data;
}

const char *
icam_fake_recorder_get_password (IcamFakeRecorder *self)
{
  return self->password;
}

guint
icam_fake_recorder_get_opened (IcamFakeRecorder *self)
{
  return self->opened;
}
