/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-archive"

#include "config.h"

#include "archive/icam-archive-private.h"
#include "archive/icam-disk.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/vfs.h>
#include <unistd.h>

#define LOCK_NAME "recorder.lock"
/* How long a close waits for a disk that does not answer. */
#define CLOSE_SECONDS 10

struct _IcamArchive
{
  GObject parent_instance;

  IcamStore *store;
  int lock_fd;
  gboolean closed;
};

G_DEFINE_FINAL_TYPE (IcamArchive, icam_archive, G_TYPE_OBJECT)

enum
{
  PROP_PROBLEM = 1,
  N_PROPS,
};
static GParamSpec *props[N_PROPS];

enum
{
  RECORDINGS_CHANGED,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

static void
icam_archive_dispose (GObject *object)
{
  IcamArchive *self = ICAM_ARCHIVE (object);

  if (self->store != NULL)
    {
      g_autoptr (GPtrArray) disks = icam_store_ref_disks (self->store);

      g_mutex_lock (&self->store->lock);
      self->store->archive = NULL;
      g_ptr_array_set_size (self->store->disks, 0);
      g_mutex_unlock (&self->store->lock);
      /* Their threads write what they still have; nobody waits. */
      for (guint i = 0; i < disks->len; i++)
        icam_disk_retire (g_ptr_array_index (disks, i));
      g_clear_pointer (&self->store, icam_store_unref);
    }
  if (self->lock_fd >= 0)
    close (self->lock_fd);
  self->lock_fd = -1;

  G_OBJECT_CLASS (icam_archive_parent_class)->dispose (object);
}

static void
icam_archive_get_property (GObject *object, guint prop_id, GValue *value, GParamSpec *pspec)
{
  IcamArchive *self = ICAM_ARCHIVE (object);

  switch (prop_id)
    {
    case PROP_PROBLEM:
      g_value_take_boxed (value, icam_archive_dup_problem (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
icam_archive_class_init (IcamArchiveClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = icam_archive_dispose;
  object_class->get_property = icam_archive_get_property;

  /**
   * IcamArchive:problem:
   *
   * Why nothing can be written, ICAM_ERROR_ARCHIVE_…, %NULL when all is well.
   */
  props[PROP_PROBLEM]
    = g_param_spec_boxed ("problem", NULL, NULL, G_TYPE_ERROR,
                          G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, props);

  /**
   * IcamArchive::recordings-changed:
   * @self: the archive
   * @channel: (type gpointer): const IcamUuid *, whose segments, gaps or thumbnails changed
   * @from_us: UTC µs: nothing before has changed
   */
  signals[RECORDINGS_CHANGED]
    = g_signal_new ("recordings-changed", ICAM_TYPE_ARCHIVE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                    G_TYPE_NONE, 2, G_TYPE_POINTER, G_TYPE_INT64);
}

static void
icam_archive_init (IcamArchive *self)
{
  self->lock_fd = -1;
}

IcamStore *
icam_archive_get_store (IcamArchive *self)
{
  return self->store;
}

void
icam_archive_notify (IcamArchive *self, GHashTable *changed, gboolean problem_changed)
{
  GHashTableIter iter;
  gpointer channel, from;

  g_hash_table_iter_init (&iter, changed);
  while (g_hash_table_iter_next (&iter, &channel, &from))
    g_signal_emit (self, signals[RECORDINGS_CHANGED], 0, channel, *(gint64 *) from);
  if (problem_changed)
    g_object_notify_by_pspec (G_OBJECT (self), props[PROP_PROBLEM]);
}

/* A database on a network or FUSE file system loses its locks and its order of writes, and with
 * them the catalogue. */
gboolean
icam_archive_check_data_dir (const char *data_dir, GError **error)
{
  static const struct
  {
    guint32 magic;
    const char *name;
  } refused[] = {
    { 0x6969, "NFS" },        { 0x517b, "SMB" },      { 0xff534d42, "SMB" }, { 0xfe534d42, "SMB" },
    { 0x65735546, "FUSE" },   { 0x01021997, "9P" },   { 0x5346414f, "AFS" }, { 0x00c36400, "Ceph" },
    { 0x013111a8, "Lustre" }, { 0x73757245, "Coda" },
  };
  struct statfs info;

  if (g_mkdir_with_parents (data_dir, 0700) != 0 || statfs (data_dir, &info) != 0)
    {
      g_autofree char *detail = g_strdup_printf ("%s: %s", data_dir, g_strerror (errno));

      icam_error_set (error, ICAM_ERROR_DATABASE, "detail", detail, NULL);
      return FALSE;
    }

  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    if ((guint32) info.f_type == refused[i].magic)
      {
        g_autofree char *detail = g_strdup_printf ("%s lies on %s, where a database is not safe. "
                                                   "Set XDG_DATA_HOME to a folder on a local disk.",
                                                   data_dir, refused[i].name);

        icam_error_set (error, ICAM_ERROR_DATABASE, "detail", detail, NULL);
        return FALSE;
      }
  return TRUE;
}

/* One writer (promise 5). */
int
icam_archive_lock_data_dir (const char *data_dir, GError **error)
{
  g_autofree char *path = g_build_filename (data_dir, LOCK_NAME, NULL);
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

  if (fd < 0)
    {
      g_autofree char *detail = g_strdup_printf ("%s: %s", path, g_strerror (errno));

      icam_error_set (error, ICAM_ERROR_DATABASE, "detail", detail, NULL);
      return -1;
    }
  if (flock (fd, LOCK_EX | LOCK_NB) != 0)
    {
      close (fd);
      icam_error_set (error, ICAM_ERROR_ARCHIVE_LOCKED, "folder", data_dir, NULL);
      return -1;
    }
  return fd;
}

/* Puts a folder in use, if it is not. Under the lock: its thread tells of a problem only when it is in the list. */
static void
use_disk (IcamStore *store, const char *path, int index)
{
  g_autoptr (IcamDisk) known = icam_store_find_disk (store, path);

  if (known != NULL)
    return;
  g_mutex_lock (&store->lock);
  g_ptr_array_insert (store->disks, index, icam_disk_new (store, path));
  g_mutex_unlock (&store->lock);
}

/* Recordings are made and freed in the main context, as this is called: none goes away meanwhile. */
static void
tell_recordings (IcamStore *store, gboolean at_once)
{
  for (guint i = 0; i < store->recordings->len; i++)
    icam_recording_folder_changed (g_ptr_array_index (store->recordings, i), at_once);
}

/**
 * icam_archive_open:
 * @data_dir: where the databases are, a folder on a local disk
 * @folder: where recordings go unless icam_archive_set_folder() chose another one; a folder that
 * cannot be used is no error, but the problem, until it can
 * @clock: the clock
 * @options: (nullable): what differs from the defaults
 * @error: return location: ICAM_ERROR_ARCHIVE_LOCKED, ICAM_ERROR_DATABASE
 *
 * Signals are emitted in the thread-default main context of the caller. Nothing is recovered yet,
 * so that recording can begin at once.
 *
 * Returns: (transfer full) (nullable): the archive
 */
IcamArchive *
icam_archive_open (const char *data_dir,
                   const char *folder,
                   IcamClock *clock,
                   const IcamArchiveOptions *options,
                   GError **error)
{
  g_autoptr (IcamArchive) self = NULL;
  g_autofree char *config_aside = NULL;
  g_autofree char *catalogue_aside = NULL;
  g_autofree char *chosen = NULL;
  g_autofree char *path = NULL;
  g_autofree char *backup = NULL;
  g_autoptr (GPtrArray) folders = NULL;
  IcamStore *store;
  IcamUuid uuid;

  g_return_val_if_fail (data_dir != NULL && folder != NULL, NULL);
  g_return_val_if_fail (ICAM_IS_CLOCK (clock), NULL);

  self = g_object_new (ICAM_TYPE_ARCHIVE, NULL);
  store = self->store = icam_store_new ();
  store->clock = g_object_ref (clock);
  store->archive = self;
  if (options != NULL)
    store->options = *options;

  if (!icam_archive_check_data_dir (data_dir, error))
    return NULL;
  self->lock_fd = icam_archive_lock_data_dir (data_dir, error);
  if (self->lock_fd < 0)
    return NULL;
  backup = g_build_filename (folder, "backup", "config.sqlite", NULL);
  store->config = icam_config_open (data_dir, backup, &config_aside, error);
  if (store->config == NULL)
    return NULL;
  icam_config_get_catalogue (store->config, &uuid);
  store->catalogue = icam_catalogue_open (data_dir, &uuid, &catalogue_aside, error);
  if (store->catalogue == NULL)
    return NULL;

  if (!icam_store_take_place (store, error))
    return NULL;

  store->previous_died = icam_catalogue_begin_run (store->catalogue);
  store->last_gap
    = icam_sql_get_int (icam_catalogue_lock (store->catalogue), 0, "SELECT max (id) FROM gap", "");
  icam_catalogue_unlock (store->catalogue);
  store->offset_us = store->kept_us = icam_clock_utc (clock) - icam_clock_boottime (clock);
  store->first_epoch = store->epoch = icam_catalogue_next_epoch (store->catalogue);
  if (config_aside != NULL)
    icam_store_journal (store, "configuration-set-aside", "name", config_aside, NULL);
  if (catalogue_aside != NULL)
    icam_store_journal (store, "catalogue-set-aside", "name", catalogue_aside, NULL);

  icam_store_load_policies (store);
  chosen = icam_config_get_setting (store->config, ICAM_SETTING_FOLDER);
  path = g_canonicalize_filename (chosen != NULL ? chosen : folder, NULL);
  use_disk (store, path, 0);
  folders = icam_config_load_folders (store->config);
  for (guint i = 0; i < folders->len; i++)
    use_disk (store, g_ptr_array_index (folders, i), -1);
  return g_steal_pointer (&self);
}

typedef struct
{
  GTask *outer; /* NULL once it has returned */
  GSource *timeout;
  guint disks; /* that have not ended yet */
  IcamArchive
    *archive; /* held here and not by the task, which the writer's thread may let go last */
} Closing;

static gboolean
close_timed_out (gpointer data)
{
  Closing *closing = data;

  g_task_return_error (closing->outer, icam_error_new (ICAM_ERROR_TIMED_OUT, "detail",
                                                       "The disk does not answer.", NULL));
  g_clear_object (&closing->outer);
  return G_SOURCE_REMOVE;
}

static void
close_done (GObject *source, GAsyncResult *result, gpointer data)
{
  Closing *closing = data;
  g_autoptr (IcamArchive) self = NULL;

  if (--closing->disks > 0)
    return;
  self = closing->archive;
  /* The lock goes when all is on the disks; the databases are left to another recorder then. */
  if (self->lock_fd >= 0)
    close (self->lock_fd);
  self->lock_fd = -1;
  g_source_destroy (closing->timeout);
  g_source_unref (closing->timeout);
  if (closing->outer != NULL)
    g_task_return_boolean (closing->outer, TRUE);
  g_clear_object (&closing->outer);
  g_free (closing);
}

/**
 * icam_archive_close_async:
 * @self: an archive
 * @cause: of the gaps that begin now
 * @callback: called when all is on the disks, or when one did not answer for ten seconds
 * @user_data: for @callback
 *
 * Whatever is pushed from now on is dropped.
 */
void
icam_archive_close_async (IcamArchive *self,
                          IcamGapCause cause,
                          GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_autoptr (GTask) outer = g_task_new (self, NULL, callback, user_data);
  g_autoptr (GPtrArray) disks = icam_store_ref_disks (self->store);
  Closing *closing;

  g_return_if_fail (self->store->thread == g_thread_self ());

  g_task_set_source_tag (outer, icam_archive_close_async);
  if (self->closed || disks->len == 0)
    {
      g_task_return_boolean (outer, TRUE);
      return;
    }
  self->closed = TRUE;
  /* Those that are still written to a folder that was left: they are completed there. */
  tell_recordings (self->store, TRUE);

  closing = g_new0 (Closing, 1);
  closing->timeout = g_timeout_source_new_seconds (CLOSE_SECONDS);
  g_source_set_callback (closing->timeout, close_timed_out, closing, NULL);
  g_source_attach (closing->timeout, g_task_get_context (outer));
  closing->outer = g_steal_pointer (&outer);
  closing->archive = g_object_ref (self);
  closing->disks = disks->len;
  for (guint i = 0; i < disks->len; i++)
    icam_disk_close (g_ptr_array_index (disks, i), cause, g_task_new (NULL, NULL, close_done, closing));
}

/**
 * icam_archive_close_finish:
 * @self: an archive
 * @result: the result
 * @error: return location: ICAM_ERROR_TIMED_OUT if the disk hangs; what it has not taken is
 * recovered at the next start
 *
 * Returns: whether all is on the disk
 */
gboolean
icam_archive_close_finish (IcamArchive *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * icam_archive_remember_folder:
 * @self: an archive
 * @folder: what icam_archive_set_folder() is going to be called with
 * @error: return location: ICAM_ERROR_DATABASE
 *
 * On any thread that may wait for the database: then the other one need not.
 *
 * Returns: whether the next icam_archive_open() takes it
 */
gboolean
icam_archive_remember_folder (IcamArchive *self, const char *folder, GError **error)
{
  IcamConfig *config = self->store->config;
  g_autofree char *path = g_canonicalize_filename (folder, NULL);
  g_autofree char *chosen = icam_config_get_setting (config, ICAM_SETTING_FOLDER);

  return g_strcmp0 (chosen, path) == 0
         || icam_config_set_setting (config, ICAM_SETTING_FOLDER, path, error);
}

/**
 * icam_archive_set_folder:
 * @self: an archive
 * @folder: where new segments go from now on
 * @error: return location: ICAM_ERROR_DATABASE
 *
 * Streams that are being recorded go over at their next key frame. Whether the folder can be used
 * is told by the problem. It is remembered for the next icam_archive_open(). Call it in the thread
 * that opened the archive.
 *
 * Returns: whether it was taken
 */
gboolean
icam_archive_set_folder (IcamArchive *self, const char *folder, GError **error)
{
  IcamStore *store = self->store;
  g_autofree char *path = g_canonicalize_filename (folder, NULL);
  g_autoptr (IcamDisk) old = icam_store_ref_disk (store);
  IcamDisk *disk = NULL;

  g_return_val_if_fail (store->thread == g_thread_self (), FALSE);

  if (self->closed)
    {
      icam_error_set (error, ICAM_ERROR_BUSY, "detail", "The archive is closed.", NULL);
      return FALSE;
    }
  if (!icam_archive_remember_folder (self, path, error))
    return FALSE;
  if (old != NULL && g_strcmp0 (icam_disk_get_folder (old), path) == 0)
    return TRUE;

  /* One that was in use beside the old one takes its place. */
  g_mutex_lock (&store->lock);
  g_ptr_array_remove (store->disks, old);
  for (guint i = 0; i < store->disks->len && disk == NULL; i++)
    if (g_strcmp0 (icam_disk_get_folder (g_ptr_array_index (store->disks, i)), path) == 0)
      disk = g_ptr_array_steal_index (store->disks, i);
  if (disk == NULL)
    {
      disk = icam_disk_new (store, path);
      icam_disk_recover (disk, NULL);
    }
  g_ptr_array_insert (store->disks, 0, disk);
  g_mutex_unlock (&store->lock);

  icam_store_disks_changed (store);
  tell_recordings (store, FALSE);
  if (old != NULL)
    icam_disk_retire (old);
  return TRUE;
}

/**
 * icam_archive_remember_folders:
 * @self: an archive
 * @folder: what icam_archive_use_folder() is going to be called with
 * @used: whether it is to be used
 * @error: return location: ICAM_ERROR_DATABASE
 *
 * On any thread that may wait for the database.
 *
 * Returns: whether the next icam_archive_open() knows it
 */
gboolean
icam_archive_remember_folders (IcamArchive *self, const char *folder, gboolean used, GError **error)
{
  g_autofree char *path = g_canonicalize_filename (folder, NULL);

  return icam_config_set_folder (self->store->config, path, used, error);
}

/**
 * icam_archive_use_folder:
 * @self: an archive
 * @folder: absolute path, for which icam_archive_remember_folders() was called
 * @use: whether recordings may go there, beside the main folder; %FALSE: not any more
 * @error: return location: ICAM_ERROR_BUSY: it is the main folder, or the archive is closed
 *
 * Cameras are recorded there that have it as their folder, and all while their own folder cannot be
 * written to. What is in a folder that is not used any more stays and is listed. Call it in the
 * thread that opened the archive.
 *
 * Returns: whether it is done
 */
gboolean
icam_archive_use_folder (IcamArchive *self, const char *folder, gboolean use, GError **error)
{
  IcamStore *store = self->store;
  g_autofree char *path = g_canonicalize_filename (folder, NULL);
  g_autoptr (IcamDisk) disk = icam_store_find_disk (store, path);
  g_autoptr (IcamDisk) first = icam_store_ref_disk (store);

  g_return_val_if_fail (store->thread == g_thread_self (), FALSE);

  if (self->closed || (!use && disk != NULL && disk == first))
    {
      icam_error_set (error, ICAM_ERROR_BUSY, "detail",
                      self->closed ? "The archive is closed." : "It is the main folder.", NULL);
      return FALSE;
    }
  if (use == (disk != NULL))
    return TRUE;

  if (use)
    {
      use_disk (store, path, -1);
      disk = icam_store_find_disk (store, path);
      icam_disk_recover (disk, NULL);
    }
  else
    {
      g_mutex_lock (&store->lock);
      g_ptr_array_remove (store->disks, disk);
      g_mutex_unlock (&store->lock);
    }
  icam_store_disks_changed (store);
  tell_recordings (store, FALSE);
  if (!use)
    icam_disk_retire (disk);
  return TRUE;
}

/**
 * icam_folder_row_free:
 * @row: (transfer full): a row
 */
void
icam_folder_row_free (IcamFolderRow *row)
{
  g_clear_error (&row->problem);
  g_free (row->path);
  g_free (row);
}

/**
 * icam_archive_list_folders:
 * @self: an archive
 *
 * Waits for no disk.
 *
 * Returns: (transfer full): of IcamFolderRow, those in use, the main one first
 */
GPtrArray *
icam_archive_list_folders (IcamArchive *self)
{
  g_autoptr (GPtrArray) disks = icam_store_ref_disks (self->store);
  GPtrArray *rows = g_ptr_array_new_with_free_func ((GDestroyNotify) icam_folder_row_free);

  for (guint i = 0; i < disks->len; i++)
    {
      IcamDisk *disk = g_ptr_array_index (disks, i);
      IcamFolderRow *row = g_new0 (IcamFolderRow, 1);
      const GError *problem;

      icam_store_disk_hangs (self->store, disk);
      row->path = g_strdup (icam_disk_get_folder (disk));
      row->main = i == 0;
      icam_disk_get_space (disk, &row->free_bytes, &row->size_bytes, &row->floor_bytes);
      g_mutex_lock (&self->store->lock);
      problem = icam_disk_peek_problem (disk);
      row->problem = problem != NULL ? g_error_copy (problem) : NULL;
      g_mutex_unlock (&self->store->lock);
      g_ptr_array_add (rows, row);
    }
  return rows;
}

/**
 * icam_archive_get_folder:
 * @self: an archive
 *
 * Returns: (transfer none) (nullable): where new segments go; valid until it is changed
 */
const char *
icam_archive_get_folder (IcamArchive *self)
{
  g_autoptr (IcamDisk) disk = icam_store_ref_disk (self->store);

  return disk != NULL ? icam_disk_get_folder (disk) : NULL;
}

/**
 * icam_archive_dup_problem:
 * @self: an archive
 *
 * Returns: (transfer full) (nullable): why nothing can be written
 */
GError *
icam_archive_dup_problem (IcamArchive *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->store->lock);

  return self->store->problem != NULL ? g_error_copy (self->store->problem) : NULL;
}

/**
 * icam_archive_begin_epoch:
 * @self: an archive
 *
 * The computer's clock was set: segments of a new epoch begin at the next key frames.
 */
void
icam_archive_begin_epoch (IcamArchive *self)
{
  icam_store_begin_epoch (self->store);
  icam_store_distrust_clock (self->store);
}

typedef struct
{
  GTask *outer;
  guint disks; /* that are not done yet */
  gssize recovered;
} Recovering;

static void
recovered_one (GObject *source, GAsyncResult *result, gpointer data)
{
  Recovering *recovering = data;
  gssize recovered = g_task_propagate_int (G_TASK (result), NULL);

  recovering->recovered += MAX (recovered, 0);
  if (--recovering->disks > 0)
    return;
  g_task_return_int (recovering->outer, recovering->recovered);
  g_object_unref (recovering->outer);
  g_free (recovering);
}

/**
 * icam_archive_recover_async:
 * @self: an archive
 * @callback: called when all is recovered that can be reached now
 * @user_data: for @callback
 *
 * Recording goes on meanwhile. If the folder cannot be used now, what waits there is recovered when
 * it can.
 */
void
icam_archive_recover_async (IcamArchive *self, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  g_autoptr (GPtrArray) disks = icam_store_ref_disks (self->store);
  Recovering *recovering;

  g_task_set_source_tag (task, icam_archive_recover_async);
  if (disks->len == 0)
    {
      g_task_return_int (task, 0);
      return;
    }
  recovering = g_new0 (Recovering, 1);
  recovering->outer = g_steal_pointer (&task);
  recovering->disks = disks->len;
  for (guint i = 0; i < disks->len; i++)
    icam_disk_recover (g_ptr_array_index (disks, i), g_task_new (NULL, NULL, recovered_one, recovering));
}

/**
 * icam_archive_recover_finish:
 * @self: an archive
 * @result: the result
 * @recovered: (out) (nullable): number of segments that were left open and can be seen now
 * @error: return location
 *
 * Returns: whether it is done
 */
gboolean
icam_archive_recover_finish (IcamArchive *self,
                             GAsyncResult *result,
                             guint *recovered,
                             GError **error)
{
  gssize n;

  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  n = g_task_propagate_int (G_TASK (result), error);
  if (n < 0)
    return FALSE;
  if (recovered != NULL)
    *recovered = (guint) n;
  return TRUE;
}

/**
 * icam_archive_sync:
 * @self: an archive
 *
 * Blocks until what was pushed so far is written.
 */
void
icam_archive_sync (IcamArchive *self)
{
  g_autoptr (GPtrArray) disks = icam_store_ref_disks (self->store);

  for (guint i = 0; i < disks->len; i++)
    icam_disk_sync (g_ptr_array_index (disks, i));
}
