/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

#include "client/icam-client.h"

G_BEGIN_DECLS

/* One device that is looked at before it is saved: what is wrong with it, or its views with their pictures and names.
 * Signals: "changed" (whether it is busy or complete may be otherwise now), "activate" (Enter in a name),
 * "looked" (it answered or failed), "added" (guint: cameras that it became; 0: it could not be added). */
#define ICAM_TYPE_ADD_DEVICE (icam_add_device_get_type ())
G_DECLARE_FINAL_TYPE (IcamAddDevice, icam_add_device, ICAM, ADD_DEVICE, GtkBox)

GtkWidget    *icam_add_device_new          (IcamClient    *client,
                                            const char    *address,
                                            const char    *found_path,
                                            const char    *name,
                                            gboolean       titled);
void          icam_add_device_look         (IcamAddDevice *self,
                                            const char    *user,
                                            IcamSecret    *secret);
void          icam_add_device_add          (IcamAddDevice *self);
gboolean      icam_add_device_is_busy      (IcamAddDevice *self);
gboolean      icam_add_device_is_complete  (IcamAddDevice *self);
gboolean      icam_add_device_has_views    (IcamAddDevice *self);
const GError *icam_add_device_get_error    (IcamAddDevice *self);
char         *icam_add_device_dup_subtitle (IcamAddDevice *self);
void          icam_add_device_stop         (IcamAddDevice *self);

G_END_DECLS
