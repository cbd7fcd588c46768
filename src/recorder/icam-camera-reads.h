/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "recorder/icam-context.h"

G_BEGIN_DECLS

/* What is read from the archive for others: on the reader threads, answered to @invocation (taken). */
void icam_camera_read_segments  (IcamContext           *context,
                                 GDBusMethodInvocation *invocation,
                                 const IcamUuid        *channel,
                                 IcamRole               role,
                                 gint64                 from,
                                 gint64                 to);
void icam_camera_read_segment   (IcamContext           *context,
                                 GDBusMethodInvocation *invocation,
                                 const IcamUuid        *channel,
                                 IcamRole               role,
                                 guint64                seq);
void icam_camera_read_events    (IcamContext           *context,
                                 GDBusMethodInvocation *invocation,
                                 const IcamUuid        *camera,
                                 gint64                 from,
                                 gint64                 to,
                                 guint                  limit);
void icam_camera_read_thumbnail (IcamContext           *context,
                                 GDBusMethodInvocation *invocation,
                                 const IcamUuid        *event);
void icam_camera_read_journal   (IcamContext           *context,
                                 GDBusMethodInvocation *invocation,
                                 gint64                 from,
                                 gint64                 to,
                                 guint                  limit);

G_END_DECLS
