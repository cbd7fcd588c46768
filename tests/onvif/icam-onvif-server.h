/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A device inside of the test's process, on loopback: answers that a test puts in by operation (and profile), and the ways in
 * which devices guard them. */
typedef struct _IcamOnvifServer IcamOnvifServer;

typedef enum
{
  ICAM_GUARD_NONE,
  ICAM_GUARD_DIGEST_MD5,        /* by libsoup's own server side: an independent reader of what we send */
  ICAM_GUARD_DIGEST_SHA256,
  ICAM_GUARD_TOKEN,             /* answers 400 with ter:NotAuthorized */
  ICAM_GUARD_TOKEN_401,         /* answers a bare 401 */
  ICAM_GUARD_DIGEST_NO_TOKEN,   /* digest; a token is answered with a MustUnderstand fault, no credentials with a NotAuthorized fault */
  ICAM_GUARD_ALWAYS_REFUSES,    /* HTTP 401 with a challenge, whatever comes */
  ICAM_GUARD_BASIC_ONLY,
} IcamGuard;

typedef struct
{
  guint requests;
  guint with_authorization, with_token, with_both;
  guint with_password; /* the password stood in a request in plain text */
  GPtrArray *operations; /* of char *, in order */
} IcamOnvifServerCounts;

IcamOnvifServer       *icam_onvif_server_new       (void);
void                   icam_onvif_server_free      (IcamOnvifServer *self);
guint                  icam_onvif_server_get_port  (IcamOnvifServer *self);
char                  *icam_onvif_server_dup_address (IcamOnvifServer *self);
IcamOnvifServerCounts *icam_onvif_server_get_counts (IcamOnvifServer *self);
void                   icam_onvif_server_set_guard (IcamOnvifServer *self,
                                                    IcamGuard        guard,
                                                    const char      *user,
                                                    const char      *password);
void                   icam_onvif_server_set_clock (IcamOnvifServer *self,
                                                    gint64           offset);
void                   icam_onvif_server_set_hosts (IcamOnvifServer *self,
                                                    const char      *http,
                                                    const char      *rtsp);
void                   icam_onvif_server_set_nonce_uses (IcamOnvifServer *self,
                                                         guint            uses);
/* operation "*": whatever has no answer of its own; a profile of NULL: any */
void                   icam_onvif_server_put       (IcamOnvifServer *self,
                                                    const char      *operation,
                                                    const char      *profile,
                                                    guint            status,
                                                    const char      *body,
                                                    gssize           size);
void                   icam_onvif_server_put_body  (IcamOnvifServer *self,
                                                    const char      *operation,
                                                    const char      *profile,
                                                    const char      *answer);
void                   icam_onvif_server_redirect  (IcamOnvifServer *self,
                                                    const char      *operation,
                                                    guint            status,
                                                    const char      *location);
void                   icam_onvif_server_hang      (IcamOnvifServer *self,
                                                    const char      *operation);
/* An answer without end, as fast as it is read, or a byte now and then. */
void                   icam_onvif_server_flood     (IcamOnvifServer *self,
                                                    const char      *operation,
                                                    gboolean         slowly);
/* Before whatever was put in: answers that are given once each, in order. A status other than 200, and a NULL for closing the
 * connection without one, are possible. */
void                   icam_onvif_server_queue     (IcamOnvifServer *self,
                                                    const char      *operation,
                                                    guint            status,
                                                    const char      *answer);
void                   icam_onvif_server_queue_raw (IcamOnvifServer *self,
                                                    const char      *operation,
                                                    guint            status,
                                                    const char      *envelope);
/* Answers the question that hangs, or else the next PullMessages. */
void                   icam_onvif_server_push      (IcamOnvifServer *self,
                                                    guint            status,
                                                    const char      *answer);
/* How often it was asked; what was asked last, or NULL; and where. */
guint                  icam_onvif_server_count     (IcamOnvifServer *self,
                                                    const char      *operation);
const char            *icam_onvif_server_last      (IcamOnvifServer *self,
                                                    const char      *operation);
const char            *icam_onvif_server_last_path (IcamOnvifServer *self,
                                                    const char      *operation);
/* A device that has events: nothing happens, pulls wait. */
void                   icam_onvif_server_events    (IcamOnvifServer *self);
void                   icam_onvif_server_simple    (IcamOnvifServer *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamOnvifServer, icam_onvif_server_free)

G_END_DECLS
