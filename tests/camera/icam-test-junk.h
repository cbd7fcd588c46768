/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* A server that answers everything with garbage: what a fault puts in the place of a real one. */

#include <gio/gio.h>

typedef struct _IcamTestJunk IcamTestJunk;

G_BEGIN_DECLS

IcamTestJunk *icam_test_junk_new (const char *address, guint16 port, GError **error);
void icam_test_junk_free (IcamTestJunk *self);

G_END_DECLS
