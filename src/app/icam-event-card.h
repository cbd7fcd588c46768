/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

#include "app/icam-event-store.h"

G_BEGIN_DECLS

/* One event as something to press: its picture, what it was, which camera, when. "compact" is a row for a list
 * beside the wall. */
#define ICAM_TYPE_EVENT_CARD (icam_event_card_get_type ())
G_DECLARE_FINAL_TYPE (IcamEventCard, icam_event_card, ICAM, EVENT_CARD, GtkButton)

GtkWidget *icam_event_card_new       (IcamClient     *client,
                                      IcamEventStore *store,
                                      IcamEvent      *event,
                                      gboolean        compact);
IcamEvent *icam_event_card_get_event (IcamEventCard  *self);

G_END_DECLS
