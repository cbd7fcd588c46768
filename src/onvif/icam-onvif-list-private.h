/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Takes the words of a line, ended by NULL. */
typedef void (*IcamOnvifListFunc) (char   **words,
                                   gpointer user_data);

/* The lists that come with the program (data/onvif), a line an entry. */
void icam_onvif_list_each (const char       *name,
                           int               max_words,
                           IcamOnvifListFunc func,
                           gpointer          user_data);

G_END_DECLS
