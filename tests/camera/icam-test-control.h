/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* Takes commands, a line each, from a UNIX socket or from standard input. On the main thread. */

#include <gio/gio.h>

G_BEGIN_DECLS

/** IcamTestControlFunc: obeys @line. Returns: (transfer full): the answer, without a line end. */
typedef char *(*IcamTestControlFunc) (const char *line);

gboolean icam_test_control_start (const char *path, IcamTestControlFunc func, GError **error);
void icam_test_control_stop (void);

G_END_DECLS
