/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

#include "client/icam-client.h"

G_BEGIN_DECLS

/* The events of the last while as a list, newest first, that stays right while it is looked at; and their small
 * pictures. One for all views of a window.
 *
 * Property: "loading". Signal: "thumbnail" (event id): its picture came. */
#define ICAM_TYPE_EVENT_STORE (icam_event_store_get_type ())
G_DECLARE_FINAL_TYPE (IcamEventStore, icam_event_store, ICAM, EVENT_STORE, GObject)

IcamEventStore *icam_event_store_new           (IcamClient     *client);
GListModel     *icam_event_store_get_events    (IcamEventStore *self);
gboolean        icam_event_store_get_loading   (IcamEventStore *self);
const GError   *icam_event_store_get_error     (IcamEventStore *self);
GdkTexture     *icam_event_store_get_thumbnail (IcamEventStore *self,
                                                IcamEvent      *event);
void            icam_event_store_reload        (IcamEventStore *self);

G_END_DECLS
