/* SPDX-License-Identifier: GPL-3.0-or-later */

/* base: what every room needs and that knows nothing of cameras: ids, time with injectable
 * clocks, errors, live records, secrets in locked memory, the ledger of sockets. GLib only. */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A UUID made once and never reused: the only key under which anything is stored, shown or sent. */
typedef struct
{
  guint8 bytes[16];
} IcamUuid;

/* Length of the text form (32 lower case hex digits) with its closing NUL. */
#define ICAM_UUID_TEXT_SIZE 33

void      icam_uuid_generate (IcamUuid *uuid);
gboolean  icam_uuid_parse    (const char *text,
                              IcamUuid   *uuid);
void      icam_uuid_format   (const IcamUuid *uuid,
                              char            text[ICAM_UUID_TEXT_SIZE]);
char     *icam_uuid_dup_text (const IcamUuid *uuid);
gboolean  icam_uuid_is_nil   (const IcamUuid *uuid);
gboolean  icam_uuid_equal    (gconstpointer a,
                              gconstpointer b);
guint     icam_uuid_hash     (gconstpointer uuid);
IcamUuid *icam_uuid_copy     (const IcamUuid *uuid);

G_END_DECLS
