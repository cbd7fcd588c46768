/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum
{
  ICAM_ADDRESS_HOST, /* "192.0.2.7", "192.0.2.7:8080" */
  ICAM_ADDRESS_HTTP, /* a device service, or MJPEG */
  ICAM_ADDRESS_RTSP,
} IcamAddressKind;

/* What a person typed or a device announced, parsed strictly. A name or a password in it is refused: it would be seen on the bus. */
typedef struct _IcamAddress IcamAddress;

IcamAddress    *icam_address_parse      (const char   *text,
                                         GError      **error);
void            icam_address_free       (IcamAddress  *self);
IcamAddressKind icam_address_get_kind   (IcamAddress  *self);
const char     *icam_address_get_text   (IcamAddress  *self);
const char     *icam_address_get_host   (IcamAddress  *self);
GPtrArray      *icam_address_list_onvif (IcamAddress  *self);
char           *icam_address_join       (const char   *host,
                                         int           port);
char           *icam_address_url        (gboolean      secure,
                                         const char   *host,
                                         guint16       port,
                                         const char   *path);
char           *icam_address_of_onvif   (const char   *url);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamAddress, icam_address_free)

G_END_DECLS
