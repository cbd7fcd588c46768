/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

#include "client/icam-client.h"

G_BEGIN_DECLS

/* One view that a device offers, before it is saved: its live picture, whether it is wanted, its name.
 * Signals: "changed", "activate" (Enter in the name). */
#define ICAM_TYPE_ADD_VIEW (icam_add_view_get_type ())
G_DECLARE_FINAL_TYPE (IcamAddView, icam_add_view, ICAM, ADD_VIEW, GtkBox)

GtkWidget  *icam_add_view_new        (IcamDBusProbe *probe,
                                      const char    *token,
                                      const char    *name,
                                      gboolean       choice);
const char *icam_add_view_get_token  (IcamAddView   *self);
const char *icam_add_view_get_name   (IcamAddView   *self);
gboolean    icam_add_view_get_wanted (IcamAddView   *self);
void        icam_add_view_stop       (IcamAddView   *self);

G_END_DECLS
