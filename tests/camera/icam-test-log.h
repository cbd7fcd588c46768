/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/*
 * The log: a line of JSON for everything that the camera really did. It is the truth that tests
 * compare recordings with.
 */

#include <glib.h>

G_BEGIN_DECLS

gboolean icam_test_log_open (const char *path, GError **error);
gboolean icam_test_log_is_open (void);
void icam_test_log_write (const char *format, ...) G_GNUC_PRINTF (1, 2);
void icam_test_log_flush (void);

char *icam_test_json_quote (const char *text);

G_END_DECLS
