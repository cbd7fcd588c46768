/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum
{
  ICAM_ACCESS_NONE, /* not annotated: nobody */
  ICAM_ACCESS_VIEW,
  ICAM_ACCESS_ADMIN,
} IcamAccessLevel;

/* Who may call what: the one place where the annotation io.github.incamera_nvr.InCamera.Access of each method is checked. On the
 * session bus: the user whom the recorder belongs to, and root. On the system bus: these and the members of the groups. */
typedef struct _IcamAccess IcamAccess;

IcamAccessLevel icam_access_of_method (const GDBusMethodInfo   *method);
IcamAccessLevel icam_access_of_caller (guint                    uid,
                                       guint                    own_uid,
                                       gboolean                 system,
                                       gboolean                 in_admin_group,
                                       gboolean                 in_view_group);
IcamAccess     *icam_access_new       (gboolean                 system);
void            icam_access_free      (IcamAccess              *self);
void            icam_access_guard     (IcamAccess              *self,
                                       GDBusInterfaceSkeleton  *skeleton);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamAccess, icam_access_free)

G_END_DECLS
