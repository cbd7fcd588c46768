/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What the files of this room share and nobody else sees. */

#pragma once

#include "client/icam-client.h"

G_BEGIN_DECLS

IcamCamera *icam_camera_new        (IcamDBusCamera *proxy);
void        icam_camera_set_proxy  (IcamCamera     *self,
                                    IcamDBusCamera *proxy);
void        icam_camera_set_absent (IcamCamera     *self);
void        icam_camera_gone       (IcamCamera     *self);
guint       icam_camera_get_position (IcamCamera   *self);
gboolean    icam_camera_proxy_is_sane (IcamDBusCamera *proxy);

IcamEvent  *icam_event_new_from_variant (GVariant *row);

/* NULL while the recorder is away. */
GDBusObjectManager *icam_client_get_objects (IcamClient *self);

/* Ends when the job that a call made has ended. */
void        icam_client_watch_job (GTask             *task,
                                   const char        *path,
                                   IcamClientProgress progress,
                                   gpointer           progress_data);

/* The error that a call ends with when there is no recorder. */
GError     *icam_client_new_absent_error (IcamClient *self);

/* Takes the one descriptor that an answer carries; -1 and an error when it is not there. Owned by the caller. */
int         icam_client_take_fd (GUnixFDList *fds,
                                 GVariant    *handle,
                                 GError     **error);

G_END_DECLS
