/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Promise 4: a password in locked memory that is wiped when the last reference goes, so that it is neither in a core
 * file nor in swap. It crosses processes as the reading end of a pipe, never as a D-Bus string. Immutable; safe to
 * share between threads. */
typedef struct _IcamSecret IcamSecret;

#define ICAM_TYPE_SECRET (icam_secret_get_type ())
/* Longer passwords are refused. Below PIPE_BUF, so that writing one never blocks. */
#define ICAM_SECRET_MAX 1024

GType       icam_secret_get_type    (void);
IcamSecret *icam_secret_new         (const char *text);
IcamSecret *icam_secret_ref         (IcamSecret *self);
void        icam_secret_unref       (IcamSecret *self);
const char *icam_secret_peek        (IcamSecret *self);
gboolean    icam_secret_is_empty    (IcamSecret *self);
int         icam_secret_to_pipe     (IcamSecret *self,
                                     GError    **error);
void        icam_secret_read_async  (int                  fd,
                                     GCancellable        *cancellable,
                                     GAsyncReadyCallback  callback,
                                     gpointer             user_data);
IcamSecret *icam_secret_read_finish (GAsyncResult *result,
                                     GError      **error);
void        icam_secret_wipe        (void *memory,
                                     gsize length);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamSecret, icam_secret_unref)

G_END_DECLS
