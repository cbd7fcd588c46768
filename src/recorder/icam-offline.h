/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* incamera-recorder --offline-check and --rebuild: what they find goes to standard output. */
int icam_offline_run (const char *data_dir,
                      const char *folder,
                      const char *otherwise,
                      gboolean    rebuild);

G_END_DECLS
