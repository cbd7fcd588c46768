/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "recorder/icam-context.h"

G_BEGIN_DECLS

/* What is kept of recordings, where and for how long: asked and changed on threads that may wait, answered to @invocation (taken). */
void icam_keeping_list_folders     (IcamContext           *context,
                                    GDBusMethodInvocation *invocation);
void icam_keeping_list_protections (IcamContext           *context,
                                    GDBusMethodInvocation *invocation,
                                    const IcamUuid        *channel);
void icam_keeping_protect          (IcamContext           *context,
                                    GDBusMethodInvocation *invocation,
                                    const IcamUuid        *channel,
                                    gint64                 from,
                                    gint64                 to,
                                    const char            *note);
void icam_keeping_unprotect        (IcamContext           *context,
                                    GDBusMethodInvocation *invocation,
                                    const IcamUuid        *id);

/* The setting of all cameras that have none of their own. */
gint32   icam_keeping_get_days     (IcamContext           *context);
void     icam_keeping_set_async    (IcamContext           *context,
                                    gint32                 days,
                                    gint64                 floor_bytes,
                                    GAsyncReadyCallback    callback,
                                    gpointer               user_data);
gboolean icam_keeping_set_finish   (GAsyncResult          *result,
                                    GError               **error);

G_END_DECLS
