/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Time zones as cameras have them: POSIX TZ, "CET-1CEST,M3.5.0,M10.5.0/3". */
gboolean icam_zone_equal (const char *a,
                          const char *b,
                          gint64      utc);

G_END_DECLS
