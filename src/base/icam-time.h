/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* UTC is gint64 microseconds since 1970 in memory, in the catalogue and on D-Bus; text only at the edges. */

char    *icam_time_to_iso8601  (gint64 utc);
gboolean icam_time_parse       (const char *text,
                                gint64     *utc);
char    *icam_time_to_filename (gint64 utc);
char    *icam_time_dup_zone    (void);

G_END_DECLS
