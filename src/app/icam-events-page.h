/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "app/icam-event-store.h"

G_BEGIN_DECLS

/* The browser of events: what happened since one last looked, and all of it as cards. Property: "n-new". */
#define ICAM_TYPE_EVENTS_PAGE (icam_events_page_get_type ())
G_DECLARE_FINAL_TYPE (IcamEventsPage, icam_events_page, ICAM, EVENTS_PAGE, AdwBin)

void icam_events_page_set_sources (IcamEventsPage *self,
                                   IcamClient     *client,
                                   IcamEventStore *store);
void icam_events_page_set_last_looked (IcamEventsPage *self,
                                   gint64          last_looked);
void icam_events_page_focus_event (IcamEventsPage *self,
                                   const char     *event);
void icam_events_page_show_camera (IcamEventsPage *self,
                                   const char     *camera);

G_END_DECLS
