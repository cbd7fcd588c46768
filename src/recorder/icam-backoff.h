/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define ICAM_BACKOFF_FIRST_US (1 * G_USEC_PER_SEC)
#define ICAM_BACKOFF_LAST_US (30 * G_USEC_PER_SEC)

/* How long to wait before the next try. Pure: whoever waits counts the failures and throws the dice. */
gint64 icam_backoff_delay (guint  failures,
                           double chance);

G_END_DECLS
