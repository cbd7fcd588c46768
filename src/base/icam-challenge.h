/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* One challenge of a WWW-Authenticate header, of HTTP or RTSP (RFC 9110, section 11.6.1). What a camera says there is hostile: the
 * libraries' parsers are not all of them safe from it. */
typedef struct _IcamChallenge IcamChallenge;

GPtrArray     *icam_challenge_parse    (const char          *header);
IcamChallenge *icam_challenge_ref      (IcamChallenge       *self);
void           icam_challenge_unref    (IcamChallenge       *self);
gboolean       icam_challenge_is       (const IcamChallenge *self,
                                        const char          *scheme);
const char    *icam_challenge_get      (const IcamChallenge *self,
                                        const char          *name);
gboolean       icam_challenge_is_stale (const IcamChallenge *self);
gboolean       icam_challenge_offers   (const char          *qop,
                                        const char          *wanted);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamChallenge, icam_challenge_unref)

G_END_DECLS
