/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "base/icam-secret.h"

G_BEGIN_DECLS

/* The longest nonce of a token, in bytes. */
#define ICAM_ONVIF_NONCE_SIZE 16

char *icam_onvif_token_new (const char   *user,
                            IcamSecret   *secret,
                            gint64        utc,
                            const guint8  nonce[ICAM_ONVIF_NONCE_SIZE]);

G_END_DECLS
