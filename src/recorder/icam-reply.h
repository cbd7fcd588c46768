/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "base/icam-error.h"

#include <gio/gio.h>
#include <gio/gunixfdlist.h>

G_BEGIN_DECLS

/* What the D-Bus objects have in common. */
gboolean     icam_reply_error    (GDBusMethodInvocation *invocation,
                                  GError                *error);
int          icam_reply_take_fd  (GUnixFDList           *list,
                                  GVariant              *handle,
                                  const char            *what,
                                  GError               **error);
GUnixFDList *icam_reply_fd_list  (int                    fd,
                                  GError               **error);
char        *icam_reply_path     (const char            *kind,
                                  const char            *id);
char        *icam_clean_name     (const char            *text,
                                  const char            *otherwise);

G_END_DECLS
