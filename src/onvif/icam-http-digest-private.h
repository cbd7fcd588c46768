/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "base/icam-secret.h"

G_BEGIN_DECLS

/* HTTP digest access authentication (RFC 7616), the client's side. libsoup 3.2 has MD5 only and keeps the password; newer
 * cameras ask for SHA-256. qop "auth" or none; MD5, SHA-256 and their -sess forms. */
typedef struct _IcamHttpDigest IcamHttpDigest;

/* What a WWW-Authenticate header offers. */
typedef enum
{
  ICAM_HTTP_OFFER_NOTHING = 0,
  ICAM_HTTP_OFFER_OTHER,  /* a scheme that we do not speak (Basic: it would show the password) */
  ICAM_HTTP_OFFER_DIGEST,
} IcamHttpOffer;

IcamHttpDigest *icam_http_digest_new       (void);
void            icam_http_digest_free      (IcamHttpDigest *self);
IcamHttpOffer   icam_http_digest_challenge (IcamHttpDigest *self,
                                            const char     *header,
                                            gboolean        fresh,
                                            gboolean       *stale);
gboolean        icam_http_digest_is_ready  (IcamHttpDigest *self);
gboolean        icam_http_digest_was_used  (IcamHttpDigest *self);
void            icam_http_digest_forget    (IcamHttpDigest *self);
char           *icam_http_digest_authorize (IcamHttpDigest *self,
                                            const char     *method,
                                            const char     *uri,
                                            const char     *user,
                                            IcamSecret     *secret,
                                            const char     *cnonce);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamHttpDigest, icam_http_digest_free)

G_END_DECLS
