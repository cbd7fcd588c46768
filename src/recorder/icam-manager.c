/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-recorder"

#include "config.h"

#include "recorder/icam-manager.h"

#include "base/icam-ledger.h"
#include "recorder/icam-camera-object.h"
#include "recorder/icam-camera-reads.h"
#include "recorder/icam-folder-change.h"
#include "recorder/icam-keeping.h"
#include "recorder/icam-probe.h"
#include "recorder/icam-reply.h"
#include "recorder/icam-upkeep.h"

#include <string.h>

#define SECRET_TIME_MS 10000
/* A person who is asked for the keyring's password gets this long. */
#define UNLOCK_TIME_MS 180000
#define DEFAULT_LIMIT 1000
#define MAX_LIMIT 10000

struct _IcamManager
{
  GObject parent_instance;
  IcamService *service; /* owns us */
  IcamContext *context;
  IcamDiscovery *discovery; /* or NULL */
  IcamDBusManager *skeleton;
};

G_DEFINE_FINAL_TYPE (IcamManager, icam_manager, G_TYPE_OBJECT)

static void
update (IcamManager *self)
{
  static const char *const discovery_states[] = { "starting", "running", "absent", "failed" };
  g_autoptr (GError) problem = icam_archive_dup_problem (self->context->archive);
  g_autoptr (GPtrArray) folders = icam_archive_list_folders (self->context->archive);
  g_autoptr (GStrvBuilder) paths = g_strv_builder_new ();
  g_auto (GStrv) list = NULL;

  icam_dbus_manager_set_keyring_state (self->skeleton, icam_secrets_get_state_name (self->context->secrets));
  icam_dbus_manager_set_discovery_state (
    self->skeleton, self->discovery != NULL ? discovery_states[icam_discovery_get_state (self->discovery)] : "absent");
  for (guint i = 0; i < folders->len; i++)
    g_strv_builder_add (paths, ((IcamFolderRow *) folders->pdata[i])->path);
  list = g_strv_builder_end (paths);
  icam_dbus_manager_set_folders (self->skeleton, (const char *const *) list);
  icam_dbus_manager_set_archive_folder (self->skeleton, icam_archive_get_folder (self->context->archive));
  icam_dbus_manager_set_archive_problem (self->skeleton, icam_error_to_variant (problem));
}

/* ---- probes ---- */

typedef struct
{
  IcamManager *self;
  GDBusMethodInvocation *invocation;
  char *address;
  char *user;
  GCancellable *cancellable;
  guint timer;
} Asked;

static void
asked_free (Asked *asked)
{
  g_clear_handle_id (&asked->timer, g_source_remove);
  g_object_unref (asked->self);
  g_object_unref (asked->cancellable);
  g_free (asked->address);
  g_free (asked->user);
  g_free (asked);
}

static void
on_time (gpointer user_data)
{
  Asked *asked = user_data;

  asked->timer = 0;
  g_cancellable_cancel (asked->cancellable);
}

static Asked *
asked_new (IcamManager           *self,
           GDBusMethodInvocation *invocation,
           guint                  time_ms)
{
  Asked *asked = g_new0 (Asked, 1);

  asked->self = g_object_ref (self);
  asked->invocation = invocation;
  asked->cancellable = g_cancellable_new ();
  asked->timer = g_timeout_add_once (time_ms, on_time, asked);
  return asked;
}

static void
on_secret (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  Asked *asked = user_data;
  IcamManager *self = asked->self;
  GError *error = NULL;
  g_autoptr (IcamSecret) secret = icam_secret_read_finish (result, &error);
  IcamProbe *probe = NULL;

  if (secret != NULL)
    probe = icam_service_start_probe (self->service, g_dbus_method_invocation_get_sender (asked->invocation),
                                      asked->address, asked->user, secret, &error);
  if (probe != NULL)
    icam_dbus_manager_complete_probe (self->skeleton, asked->invocation, NULL, icam_probe_get_path (probe));
  else
    icam_reply_error (asked->invocation, error);
  asked_free (asked);
}

static gboolean
on_probe (IcamDBusManager       *skeleton,
          GDBusMethodInvocation *invocation,
          GUnixFDList           *list,
          const char            *address,
          GVariant              *secret,
          GVariant              *options,
          IcamManager           *self)
{
  const char *user = "";
  GError *error = NULL;
  Asked *asked;
  int fd = icam_reply_take_fd (list, secret, "secret", &error);

  if (fd < 0)
    return icam_reply_error (invocation, error);

  g_variant_lookup (options, "user", "&s", &user);
  asked = asked_new (self, invocation, SECRET_TIME_MS);
  asked->address = g_strdup (address);
  asked->user = g_strdup (user);
  icam_secret_read_async (fd, asked->cancellable, on_secret, asked);
  return TRUE;
}

static void
on_added (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  GDBusMethodInvocation *invocation = user_data;
  GError *error = NULL;
  g_auto (GStrv) paths = icam_service_add_finish (ICAM_SERVICE (source), result, &error);

  if (paths != NULL)
    g_dbus_method_invocation_return_value (invocation, g_variant_new ("(^ao)", paths));
  else
    icam_reply_error (invocation, error);
}

static gboolean
on_add (IcamDBusManager       *skeleton,
        GDBusMethodInvocation *invocation,
        const char            *path,
        GVariant              *options,
        IcamManager           *self)
{
  IcamProbe *probe = icam_service_lookup_probe (self->service, path);

  /* A probe belongs to who made it. */
  if (probe == NULL
      || g_strcmp0 (icam_probe_get_owner (probe), g_dbus_method_invocation_get_sender (invocation)) != 0)
    return icam_reply_error (invocation, icam_error_new (ICAM_ERROR_NOT_FOUND, "what", "probe", NULL));

  icam_service_add_async (self->service, probe, options, on_added, invocation);
  return TRUE;
}

/* ---- reading ---- */

static guint
limit_of (GVariant *options)
{
  guint limit = DEFAULT_LIMIT;

  g_variant_lookup (options, "limit", "u", &limit);
  return CLAMP (limit, 1, MAX_LIMIT);
}

static gboolean
on_list_events (IcamDBusManager       *skeleton,
                GDBusMethodInvocation *invocation,
                gint64                 from,
                gint64                 to,
                GVariant              *options,
                IcamManager           *self)
{
  const char *camera = NULL;
  g_autofree const char **kinds = NULL;
  IcamUuid id;

  if (g_variant_lookup (options, "camera", "&s", &camera) && !icam_uuid_parse (camera, &id))
    return icam_reply_error (invocation, icam_error_new (ICAM_ERROR_INVALID_ARGUMENT, "what", "camera", NULL));
  /* There is one kind by now. */
  if (g_variant_lookup (options, "kinds", "^a&s", &kinds) && kinds[0] != NULL
      && !g_strv_contains (kinds, "motion"))
    {
      icam_dbus_manager_complete_list_events (skeleton, invocation,
                                              g_variant_new_array (G_VARIANT_TYPE ("(ssssxxxdasb)"), NULL, 0));
      return TRUE;
    }

  icam_camera_read_events (self->context, invocation, camera != NULL ? &id : NULL, from, to, limit_of (options));
  return TRUE;
}

static gboolean
on_open_thumbnail (IcamDBusManager       *skeleton,
                   GDBusMethodInvocation *invocation,
                   GUnixFDList           *list,
                   const char            *event,
                   GVariant              *options,
                   IcamManager           *self)
{
  IcamUuid id;

  if (!icam_uuid_parse (event, &id))
    return icam_reply_error (invocation, icam_error_new (ICAM_ERROR_NOT_FOUND, "what", "event", NULL));

  icam_camera_read_thumbnail (self->context, invocation, &id);
  return TRUE;
}

static gboolean
on_list_journal (IcamDBusManager       *skeleton,
                 GDBusMethodInvocation *invocation,
                 gint64                 from,
                 gint64                 to,
                 GVariant              *options,
                 IcamManager           *self)
{
  icam_camera_read_journal (self->context, invocation, from, to, limit_of (options));
  return TRUE;
}

static gboolean
on_list_connections (IcamDBusManager       *skeleton,
                     GDBusMethodInvocation *invocation,
                     GVariant              *options,
                     IcamManager           *self)
{
  g_autoptr (GPtrArray) rows = icam_ledger_list ();
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(ssqtxx)"));

  for (guint i = 0; i < rows->len; i++)
    {
      const IcamLedgerRow *row = rows->pdata[i];

      g_variant_builder_add (&builder, "(ssqtxx)", row->purpose, row->address, row->port, row->connections,
                             row->first_us, row->last_us);
    }
  icam_dbus_manager_complete_list_connections (skeleton, invocation, g_variant_builder_end (&builder));
  return TRUE;
}

static gboolean
on_get_rates (IcamDBusManager       *skeleton,
              GDBusMethodInvocation *invocation,
              GVariant              *options,
              IcamManager           *self)
{
  GPtrArray *cameras = icam_service_list_cameras (self->service);
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(ssddx)"));

  for (guint i = 0; i < cameras->len; i++)
    icam_camera_object_add_rates (cameras->pdata[i], &builder);
  icam_dbus_manager_complete_get_rates (skeleton, invocation, g_variant_builder_end (&builder));
  return TRUE;
}

static gboolean
on_get_memory (IcamDBusManager       *skeleton,
               GDBusMethodInvocation *invocation,
               GVariant              *options,
               IcamManager           *self)
{
  GVariantDict dict = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&dict, "live-pictures", "t", (guint64) icam_live_hub_get_kept (self->context->hub));
  icam_dbus_manager_complete_get_memory (skeleton, invocation, g_variant_dict_end (&dict));
  return TRUE;
}

/* ---- the service itself ---- */

static void
on_unlocked (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  Asked *asked = user_data;
  GError *error = NULL;

  if (icam_secrets_unlock_finish (ICAM_SECRETS (source), result, &error))
    icam_dbus_manager_complete_unlock_keyring (asked->self->skeleton, asked->invocation);
  else
    icam_reply_error (asked->invocation, error);
  asked_free (asked);
}

static gboolean
on_unlock_keyring (IcamDBusManager       *skeleton,
                   GDBusMethodInvocation *invocation,
                   GVariant              *options,
                   IcamManager           *self)
{
  Asked *asked = asked_new (self, invocation, UNLOCK_TIME_MS);

  icam_secrets_unlock_async (self->context->secrets, asked->cancellable, on_unlocked, asked);
  return TRUE;
}

static void
on_folder_changed (GObject      *source,
                   GAsyncResult *result,
                   gpointer      user_data)
{
  Asked *asked = user_data;
  GError *error = NULL;

  if (icam_folder_change_finish (result, &error))
    g_dbus_method_invocation_return_value (asked->invocation, NULL);
  else
    icam_reply_error (asked->invocation, error);
  update (asked->self);
  asked_free (asked);
}

static gboolean
change_folder (IcamManager           *self,
               GDBusMethodInvocation *invocation,
               const char            *folder,
               IcamFolderUse          use)
{
  if (!g_path_is_absolute (folder))
    return icam_reply_error (invocation, icam_error_new (ICAM_ERROR_INVALID_ARGUMENT, "what", "folder", NULL));

  icam_folder_change_async (self->context, folder, use, on_folder_changed, asked_new (self, invocation, UNLOCK_TIME_MS));
  return TRUE;
}

static gboolean
on_set_archive_folder (IcamDBusManager       *skeleton,
                       GDBusMethodInvocation *invocation,
                       const char            *folder,
                       GVariant              *options,
                       IcamManager           *self)
{
  return change_folder (self, invocation, folder, ICAM_FOLDER_MAIN);
}

static gboolean
on_add_folder (IcamDBusManager       *skeleton,
               GDBusMethodInvocation *invocation,
               const char            *folder,
               GVariant              *options,
               IcamManager           *self)
{
  return change_folder (self, invocation, folder, ICAM_FOLDER_BESIDE);
}

static gboolean
on_remove_folder (IcamDBusManager       *skeleton,
                  GDBusMethodInvocation *invocation,
                  const char            *folder,
                  GVariant              *options,
                  IcamManager           *self)
{
  g_autoptr (GPtrArray) folders = icam_archive_list_folders (self->context->archive);
  g_autofree char *path = g_canonicalize_filename (folder, "/");

  for (guint i = 0; i < folders->len; i++)
    if (strcmp (((IcamFolderRow *) folders->pdata[i])->path, path) == 0)
      return change_folder (self, invocation, path, ICAM_FOLDER_UNUSED);
  return icam_reply_error (invocation, icam_error_new (ICAM_ERROR_NOT_FOUND, "what", "folder", NULL));
}

static gboolean
on_list_folders (IcamDBusManager       *skeleton,
                 GDBusMethodInvocation *invocation,
                 GVariant              *options,
                 IcamManager           *self)
{
  icam_keeping_list_folders (self->context, invocation);
  return TRUE;
}

static void
on_retention_set (GObject      *source,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  Asked *asked = user_data;
  GError *error = NULL;

  if (icam_keeping_set_finish (result, &error))
    icam_dbus_manager_complete_set_retention (asked->self->skeleton, asked->invocation);
  else
    icam_reply_error (asked->invocation, error);
  icam_dbus_manager_set_keep_days (asked->self->skeleton, icam_keeping_get_days (asked->self->context));
  asked_free (asked);
}

static gboolean
on_set_retention (IcamDBusManager       *skeleton,
                  GDBusMethodInvocation *invocation,
                  GVariant              *options,
                  IcamManager           *self)
{
  gint32 days = -1;
  gint64 floor_bytes = -1;

  if (g_variant_lookup (options, "keep-days", "i", &days) && (days < 0 || days > ICAM_MAX_KEEP_DAYS))
    return icam_reply_error (invocation, icam_error_new (ICAM_ERROR_INVALID_ARGUMENT, "what", "keep-days", NULL));
  if (g_variant_lookup (options, "floor-bytes", "x", &floor_bytes) && floor_bytes < 0)
    return icam_reply_error (invocation, icam_error_new (ICAM_ERROR_INVALID_ARGUMENT, "what", "floor-bytes", NULL));

  icam_keeping_set_async (self->context, days, floor_bytes, on_retention_set, asked_new (self, invocation, SECRET_TIME_MS));
  return TRUE;
}

static gboolean
on_unprotect (IcamDBusManager       *skeleton,
              GDBusMethodInvocation *invocation,
              const char            *text,
              GVariant              *options,
              IcamManager           *self)
{
  IcamUuid id;

  if (!icam_uuid_parse (text, &id))
    return icam_reply_error (invocation, icam_error_new (ICAM_ERROR_NOT_FOUND, "what", "protection", NULL));
  icam_keeping_unprotect (self->context, invocation, &id);
  return TRUE;
}

static void
on_age_confirmed (GObject      *source,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  Asked *asked = user_data;
  GError *error = NULL;

  if (icam_upkeep_confirm_finish (result, &error))
    icam_dbus_manager_complete_confirm_age (asked->self->skeleton, asked->invocation);
  else
    icam_reply_error (asked->invocation, error);
  icam_service_look_again (asked->self->service);
  asked_free (asked);
}

static gboolean
on_confirm_age (IcamDBusManager       *skeleton,
                GDBusMethodInvocation *invocation,
                GVariant              *options,
                IcamManager           *self)
{
  icam_upkeep_confirm_async (self->context, on_age_confirmed, asked_new (self, invocation, SECRET_TIME_MS));
  return TRUE;
}

/* @job: taken. */
static gboolean
answer_job (IcamManager           *self,
            GDBusMethodInvocation *invocation,
            IcamJob               *job)
{
  g_autofree char *path = icam_service_add_job (self->service, job);

  g_dbus_method_invocation_return_value (invocation, g_variant_new ("(o)", path));
  g_object_unref (job);
  return TRUE;
}

static gboolean
on_check_archive (IcamDBusManager       *skeleton,
                  GDBusMethodInvocation *invocation,
                  GVariant              *options,
                  IcamManager           *self)
{
  gboolean deep = FALSE, repair = FALSE;

  if (!icam_service_may_start_job (self->service))
    return icam_reply_error (invocation, icam_error_new (ICAM_ERROR_BUSY, NULL, NULL));
  g_variant_lookup (options, "deep", "b", &deep);
  g_variant_lookup (options, "repair", "b", &repair);
  return answer_job (self, invocation, icam_upkeep_check (self->context, deep, repair));
}

static gboolean
on_rebuild_catalogue (IcamDBusManager       *skeleton,
                      GDBusMethodInvocation *invocation,
                      GVariant              *options,
                      IcamManager           *self)
{
  if (!icam_service_may_start_job (self->service))
    return icam_reply_error (invocation, icam_error_new (ICAM_ERROR_BUSY, NULL, NULL));
  return answer_job (self, invocation, icam_upkeep_rebuild (self->context));
}

static gboolean
on_back_up (IcamDBusManager       *skeleton,
            GDBusMethodInvocation *invocation,
            GVariant              *options,
            IcamManager           *self)
{
  if (!icam_service_may_start_job (self->service))
    return icam_reply_error (invocation, icam_error_new (ICAM_ERROR_BUSY, NULL, NULL));
  return answer_job (self, invocation, icam_upkeep_back_up (self->context));
}

static gboolean
on_stop (IcamDBusManager       *skeleton,
         GDBusMethodInvocation *invocation,
         GVariant              *options,
         IcamManager           *self)
{
  icam_dbus_manager_complete_stop (skeleton, invocation);
  icam_service_stop (self->service);
  return TRUE;
}

/* ---- the object ---- */

static void
icam_manager_dispose (GObject *object)
{
  IcamManager *self = ICAM_MANAGER (object);

  if (self->skeleton != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->context->archive, self);
      g_signal_handlers_disconnect_by_data (self->context->secrets, self);
      g_signal_handlers_disconnect_by_data (self->skeleton, self);
    }
  if (self->discovery != NULL)
    g_signal_handlers_disconnect_by_data (self->discovery, self);
  g_clear_object (&self->discovery);
  g_clear_object (&self->skeleton);

  G_OBJECT_CLASS (icam_manager_parent_class)->dispose (object);
}

static void
icam_manager_class_init (IcamManagerClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = icam_manager_dispose;
}

static void
icam_manager_init (IcamManager *self)
{
}

/**
 * icam_manager_new:
 * @service: the service, which owns the manager
 * @discovery: (nullable): what finds cameras
 *
 * Returns: (transfer full): the manager, exported
 */
IcamManager *
icam_manager_new (IcamService   *service,
                  IcamDiscovery *discovery)
{
  IcamManager *self = g_object_new (ICAM_TYPE_MANAGER, NULL);
  g_autofree char *path = icam_reply_path ("manager", NULL);

  self->service = service;
  self->context = icam_service_get_context (service);
  self->discovery = discovery != NULL ? g_object_ref (discovery) : NULL;
  self->skeleton = icam_dbus_manager_skeleton_new ();
  icam_dbus_manager_set_version (self->skeleton, ICAM_VERSION);
  icam_dbus_manager_set_api (self->skeleton, ICAM_API_VERSION);
  icam_dbus_manager_set_state (self->skeleton, "starting");
  g_object_connect (self->skeleton,
                    "signal::handle-probe", on_probe, self,
                    "signal::handle-add", on_add, self,
                    "signal::handle-list-events", on_list_events, self,
                    "signal::handle-open-thumbnail", on_open_thumbnail, self,
                    "signal::handle-list-journal", on_list_journal, self,
                    "signal::handle-list-connections", on_list_connections, self,
                    "signal::handle-get-memory", on_get_memory, self,
                    "signal::handle-get-rates", on_get_rates, self,
                    "signal::handle-unlock-keyring", on_unlock_keyring, self,
                    "signal::handle-set-archive-folder", on_set_archive_folder, self,
                    "signal::handle-add-folder", on_add_folder, self,
                    "signal::handle-remove-folder", on_remove_folder, self,
                    "signal::handle-list-folders", on_list_folders, self,
                    "signal::handle-set-retention", on_set_retention, self,
                    "signal::handle-unprotect", on_unprotect, self,
                    "signal::handle-confirm-age", on_confirm_age, self,
                    "signal::handle-check-archive", on_check_archive, self,
                    "signal::handle-rebuild-catalogue", on_rebuild_catalogue, self,
                    "signal::handle-back-up", on_back_up, self,
                    "signal::handle-stop", on_stop, self,
                    NULL);
  g_signal_connect_swapped (self->context->archive, "notify::problem", G_CALLBACK (update), self);
  g_signal_connect_swapped (self->context->secrets, "changed", G_CALLBACK (update), self);
  if (discovery != NULL)
    g_signal_connect_swapped (discovery, "notify::state", G_CALLBACK (update), self);
  icam_dbus_manager_set_keep_days (self->skeleton, icam_keeping_get_days (self->context));
  update (self);
  icam_service_export (service, path, G_DBUS_INTERFACE_SKELETON (self->skeleton));
  return self;
}

/**
 * icam_manager_ready:
 * @self: a manager
 *
 * What was recorded before is recorded again.
 */
void
icam_manager_ready (IcamManager *self)
{
  icam_dbus_manager_set_state (self->skeleton, "ready");
}

/**
 * icam_manager_tell_event:
 * @self: a manager
 * @row: an event as it is in the archive now
 */
void
icam_manager_tell_event (IcamManager        *self,
                         const IcamEventRow *row)
{
  icam_dbus_manager_emit_event_changed (self->skeleton, icam_service_event_variant (row));
}

/**
 * icam_manager_tell_recordings:
 * @self: a manager
 * @camera: UUID of a camera whose timeline changed
 * @from: UTC in µs from which it did
 */
void
icam_manager_tell_recordings (IcamManager *self,
                              const char  *camera,
                              gint64       from)
{
  icam_dbus_manager_emit_recordings_changed (self->skeleton, camera, from);
}

/**
 * icam_manager_set_oldest:
 * @self: a manager
 * @oldest: UTC in µs of the oldest recording, 0 for none
 */
void
icam_manager_set_oldest (IcamManager *self,
                         gint64       oldest)
{
  icam_dbus_manager_set_oldest_recording (self->skeleton, oldest);
}

/**
 * icam_manager_set_age:
 * @self: a manager
 * @age: whether something may be deleted because of its age
 */
void
icam_manager_set_age (IcamManager *self,
                      IcamAge      age)
{
  icam_dbus_manager_set_age_deletion (self->skeleton, icam_upkeep_age_name (age));
}

/**
 * icam_manager_get_oldest:
 * @self: a manager
 *
 * Returns: UTC in µs of the oldest recording, 0 for none
 */
gint64
icam_manager_get_oldest (IcamManager *self)
{
  return icam_dbus_manager_get_oldest_recording (self->skeleton);
}
