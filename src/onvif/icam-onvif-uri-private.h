/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

GUri *icam_onvif_uri_from_address (const char         *address,
                                   GError            **error);
GUri *icam_onvif_uri_on_host      (const char         *text,
                                   GUri               *base,
                                   const char *const  *schemes);
char *icam_onvif_uri_dup_host     (const char         *text);
int   icam_onvif_uri_get_port     (GUri               *uri);
char *icam_onvif_uri_dup_target   (GUri               *uri);

G_END_DECLS
