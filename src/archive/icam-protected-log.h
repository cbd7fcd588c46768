/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "archive/icam-archive.h"

G_BEGIN_DECLS

/* protected.log at the top of an archive: what files cannot say. Only appended to, a line a change; the last one counts:
 *   + ID CHANNEL FROM TO MADE NOTE    protected: UUIDs, UTC µs, the note escaped as g_strescape() does
 *   - ID                              not any more */
#define ICAM_PROTECTED_LOG "protected.log"

char   *icam_protected_line   (const IcamProtectionRow *row);
char   *icam_unprotected_line (const IcamUuid          *id);
GArray *icam_protected_read   (const char              *text,
                               gsize                    length);

G_END_DECLS
