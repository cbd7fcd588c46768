/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Text that strangers chose (a camera's name, a serial number) on its way to a person's eyes. */

/* The longest text that is kept, in bytes without the closing NUL. */
#define ICAM_TEXT_MAX 256

char *icam_text_clean      (const char *text,
                            gssize      length);
char *icam_text_clean_mac  (const char *text);
char *icam_text_clean_uuid (const char *text);
char *icam_text_mend_url   (const char *text);

G_END_DECLS
