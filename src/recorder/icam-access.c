/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-recorder"

#include "config.h"

#include "recorder/icam-access.h"

#include "base/icam-error.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#define ANNOTATION ICAM_APP_ID ".Access"
#define ADMIN_GROUP "incamera"
#define VIEW_GROUP "incamera-view"
/* Callers that are remembered; then all are forgotten. */
#define MAX_CALLERS 256

struct _IcamAccess
{
  gboolean system;
  GMutex lock;
  GHashTable *callers; /* unique name → level; under lock: methods are authorised in threads */
};

/**
 * icam_access_of_method:
 * @method: a method of the interface
 *
 * Returns: what its annotation asks for
 */
IcamAccessLevel
icam_access_of_method (const GDBusMethodInfo *method)
{
  const char *value = g_dbus_annotation_info_lookup (method->annotations, ANNOTATION);

  if (g_strcmp0 (value, "view") == 0)
    return ICAM_ACCESS_VIEW;
  if (g_strcmp0 (value, "admin") == 0)
    return ICAM_ACCESS_ADMIN;

  return ICAM_ACCESS_NONE;
}

/**
 * icam_access_of_caller:
 * @uid: the caller's
 * @own_uid: the recorder's
 * @system: whether it is the system bus
 * @in_admin_group: whether the caller is in the group of administrators
 * @in_view_group: whether the caller is in the group of viewers
 *
 * Returns: what the caller may do
 */
IcamAccessLevel
icam_access_of_caller (guint    uid,
                       guint    own_uid,
                       gboolean system,
                       gboolean in_admin_group,
                       gboolean in_view_group)
{
  if (uid == 0 || uid == own_uid)
    return ICAM_ACCESS_ADMIN;
  if (system && in_admin_group)
    return ICAM_ACCESS_ADMIN;
  if (system && in_view_group)
    return ICAM_ACCESS_VIEW;

  return ICAM_ACCESS_NONE;
}

static gboolean
is_member (uid_t       uid,
           const char *name)
{
  g_autofree char *group_buffer = g_malloc (65536);
  g_autofree char *user_buffer = g_malloc (65536);
  g_autofree gid_t *groups = g_new (gid_t, 1024);
  struct group group_entry, *group = NULL;
  struct passwd user_entry, *user = NULL;
  int n = 1024;

  if (getgrnam_r (name, &group_entry, group_buffer, 65536, &group) != 0 || group == NULL
      || getpwuid_r (uid, &user_entry, user_buffer, 65536, &user) != 0 || user == NULL
      || getgrouplist (user->pw_name, user->pw_gid, groups, &n) < 0)
    return FALSE;

  for (int i = 0; i < n; i++)
    if (groups[i] == group->gr_gid)
      return TRUE;

  return FALSE;
}

static IcamAccessLevel
level_of (IcamAccess      *self,
          GDBusConnection *connection,
          const char      *sender)
{
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GError) error = NULL;
  gpointer known = NULL;
  IcamAccessLevel level;
  gboolean found;
  guint uid;

  if (sender == NULL)
    return ICAM_ACCESS_NONE;

  g_mutex_lock (&self->lock);
  found = g_hash_table_lookup_extended (self->callers, sender, NULL, &known);
  g_mutex_unlock (&self->lock);
  if (found)
    return (IcamAccessLevel) GPOINTER_TO_UINT (known);

  /* In a thread of GDBus: it may wait. Unique names are never given to another connection. */
  answer = g_dbus_connection_call_sync (connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                        "org.freedesktop.DBus", "GetConnectionUnixUser",
                                        g_variant_new ("(s)", sender), G_VARIANT_TYPE ("(u)"),
                                        G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);
  if (answer == NULL)
    {
      g_warning ("Nobody knows who %s is: %s", sender, error->message);
      return ICAM_ACCESS_NONE;
    }

  g_variant_get (answer, "(u)", &uid);
  level = icam_access_of_caller (uid, getuid (), self->system, self->system && is_member (uid, ADMIN_GROUP),
                                 self->system && is_member (uid, VIEW_GROUP));
  g_mutex_lock (&self->lock);
  if (g_hash_table_size (self->callers) >= MAX_CALLERS)
    g_hash_table_remove_all (self->callers);
  g_hash_table_insert (self->callers, g_strdup (sender), GUINT_TO_POINTER (level));
  g_mutex_unlock (&self->lock);

  return level;
}

static gboolean
on_authorize (GDBusInterfaceSkeleton *skeleton,
              GDBusMethodInvocation  *invocation,
              IcamAccess             *self)
{
  const GDBusMethodInfo *method = g_dbus_method_invocation_get_method_info (invocation);
  IcamAccessLevel wanted = method != NULL ? icam_access_of_method (method) : ICAM_ACCESS_NONE;
  IcamAccessLevel has = level_of (self, g_dbus_method_invocation_get_connection (invocation),
                                  g_dbus_method_invocation_get_sender (invocation));

  if (wanted != ICAM_ACCESS_NONE && has >= wanted)
    return TRUE;

  g_dbus_method_invocation_take_error (
    invocation, icam_error_new (ICAM_ERROR_ACCESS_DENIED, "method",
                                g_dbus_method_invocation_get_method_name (invocation), NULL));
  return FALSE;
}

/**
 * icam_access_new:
 * @system: whether the recorder is on the system bus
 *
 * Returns: (transfer full): the guard; outlives the skeletons that it guards
 */
IcamAccess *
icam_access_new (gboolean system)
{
  IcamAccess *self = g_new0 (IcamAccess, 1);

  self->system = system;
  g_mutex_init (&self->lock);
  self->callers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

/**
 * icam_access_free:
 * @self: (transfer full): a guard
 */
void
icam_access_free (IcamAccess *self)
{
  g_hash_table_unref (self->callers);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/**
 * icam_access_guard:
 * @self: a guard
 * @skeleton: an object of the recorder, before it is exported
 *
 * From now on each call of a method is checked before its handler sees it.
 */
void
icam_access_guard (IcamAccess             *self,
                   GDBusInterfaceSkeleton *skeleton)
{
  g_signal_connect (skeleton, "g-authorize-method", G_CALLBACK (on_authorize), self);
}
