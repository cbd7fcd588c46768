/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

#include "base/icam-secret.h"
#include "media/icam-http-body.h"

G_BEGIN_DECLS

/* One camera that gives pictures over HTTP: up to where they come (blocking, on a thread of a bounded pool), by Basic or Digest, plain or
 * with TLS, then the connection for whoever reads it. Redirects are followed on the same host only: the password is for the device that it
 * was given for. */
typedef struct _IcamHttpSession IcamHttpSession;

IcamHttpSession    *icam_http_session_new             (const char       *location,
                                                       const char       *user,
                                                       IcamSecret       *secret,
                                                       const char       *fingerprint);
void                icam_http_session_free            (IcamHttpSession  *self);
void                icam_http_session_cancel          (IcamHttpSession  *self);
gboolean            icam_http_session_open            (IcamHttpSession  *self,
                                                       guint            *status,
                                                       gboolean         *answered,
                                                       GError          **error);
int                 icam_http_session_get_fd          (IcamHttpSession  *self);
GIOStream          *icam_http_session_get_stream      (IcamHttpSession  *self);
const char         *icam_http_session_get_fingerprint (IcamHttpSession  *self);
gboolean            icam_http_session_polls           (IcamHttpSession  *self);
IcamHttpBody       *icam_http_session_steal_body      (IcamHttpSession  *self,
                                                       GByteArray      **early);
gboolean            icam_http_session_challenge       (IcamHttpSession  *self,
                                                       const IcamHttpHead *head,
                                                       gboolean         *stale);
GString            *icam_http_session_request         (IcamHttpSession  *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamHttpSession, icam_http_session_free)

G_END_DECLS
