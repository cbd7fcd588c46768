/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

#include "onvif/icam-onvif.h"
#include "onvif/icam-soap-private.h"

G_BEGIN_DECLS

/* Asks one device questions, one after the other: HTTP, time limits, and the choice of authentication. Belongs to the thread
 * that made it. */
#define ICAM_TYPE_ONVIF_TRANSPORT (icam_onvif_transport_get_type ())
G_DECLARE_FINAL_TYPE (IcamOnvifTransport, icam_onvif_transport, ICAM, ONVIF_TRANSPORT, GObject)

typedef struct
{
  GUri *uri;             /* of the service */
  const char *space;     /* its namespace */
  const char *operation; /* "GetProfiles" */
  const char *arguments; /* XML inside of the operation's element, or NULL; its prefixes: q for @space, tt */
  const char *action;    /* of WS-Addressing, or NULL: then no such header is sent */
  const char *to;        /* address as the device calls it, with @action; NULL: @uri */
  const char *header;    /* XML beside it: the reference parameters that came with the address, or NULL */
  gboolean once;         /* is not sent again where it is unknown whether it arrived */
  gboolean open;         /* never with credentials */
  guint timeout;         /* for the whole answer, in ms */
} IcamOnvifQuestion;

IcamOnvifTransport *icam_onvif_transport_new             (GUri                    *base);
void                icam_onvif_transport_set_credentials (IcamOnvifTransport      *self,
                                                          const char              *user,
                                                          IcamSecret              *secret);
gboolean            icam_onvif_transport_has_credentials (IcamOnvifTransport      *self);
const char         *icam_onvif_transport_get_user        (IcamOnvifTransport      *self);
void                icam_onvif_transport_set_auth        (IcamOnvifTransport      *self,
                                                          IcamOnvifAuth            auth);
IcamOnvifAuth       icam_onvif_transport_get_auth        (IcamOnvifTransport      *self);
gboolean            icam_onvif_transport_is_proven       (IcamOnvifTransport      *self);
void                icam_onvif_transport_set_device_time (IcamOnvifTransport      *self,
                                                          gint64                   utc);
gboolean            icam_onvif_transport_knows_time      (IcamOnvifTransport      *self);
gint64              icam_onvif_transport_get_offset      (IcamOnvifTransport      *self);
const char         *icam_onvif_transport_get_peer        (IcamOnvifTransport      *self);
void                icam_onvif_transport_ask_async       (IcamOnvifTransport      *self,
                                                          const IcamOnvifQuestion *question,
                                                          GCancellable            *cancellable,
                                                          GAsyncReadyCallback      callback,
                                                          gpointer                 user_data);
IcamSoap           *icam_onvif_transport_ask_finish      (IcamOnvifTransport      *self,
                                                          GAsyncResult            *result,
                                                          GError                 **error);

G_END_DECLS
