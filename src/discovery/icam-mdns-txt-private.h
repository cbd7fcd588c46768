/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What is read from the TXT record of a service (RFC 6763, section 6). Text as it came, but NUL-terminated. */
typedef struct
{
  char *mac, *hardware, *path, *endpoint, *serial; /* or NULL */
  gboolean camera; /* something in it speaks of a camera */
} IcamMdnsTxt;

void     icam_mdns_txt_init       (IcamMdnsTxt *self);
void     icam_mdns_txt_clear      (IcamMdnsTxt *self);
void     icam_mdns_txt_add        (IcamMdnsTxt  *self,
                                   const guint8 *data,
                                   gsize         size);
gboolean icam_mdns_sounds_like_camera (const char *text,
                                       gsize       length);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (IcamMdnsTxt, icam_mdns_txt_clear)

G_END_DECLS
