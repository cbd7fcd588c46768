/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "onvif/icam-onvif.h"

G_BEGIN_DECLS

/* The questions of a device, waited for. */
gboolean       icam_ask_hello           (IcamOnvifDevice *device,
                                         GError         **error);
gboolean       icam_ask_hello_cancelled (IcamOnvifDevice *device,
                                         GCancellable    *cancellable,
                                         guint           *requests,
                                         GError         **error);
IcamOnvifInfo *icam_ask_info            (IcamOnvifDevice *device,
                                         GError         **error);
GPtrArray     *icam_ask_channels        (IcamOnvifDevice *device,
                                         GError         **error);

G_END_DECLS
