/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What the files of the window share and nobody else sees: icam-window-recorder.c has the verbs that are the recorder's,
 * icam-window-saving.c those that save something. */

#pragma once

#include "app/icam-cameras-page.h"
#include "app/icam-event-store.h"
#include "app/icam-events-page.h"
#include "app/icam-export-bar.h"
#include "app/icam-found-list.h"
#include "app/icam-notice.h"
#include "app/icam-timeline-data.h"
#include "app/icam-viewpoint.h"
#include "app/icam-wall-page.h"
#include "app/icam-window.h"

G_BEGIN_DECLS

struct _IcamWindow
{
  AdwApplicationWindow parent_instance;

  IcamClient *client;
  GSettings *settings; /* NULL where the schema is not installed */
  IcamViewpoint *viewpoint;
  IcamTimelineData *data;
  IcamEventStore *events;
  gboolean kiosk;
  gboolean narrow;
  gboolean fitted; /* the first span was chosen by what there is */
  char *from_event; /* came from this card of the events' view */
  guint narrow_source;
  int switcher_width; /* pixels that the views' names want */
  guint tick_source;
  guint tick_ms;
  guint n_ticks;

  GtkWidget *header;
  AdwViewSwitcherTitle *switcher_title;
  AdwViewSwitcherBar *switcher_bar;
  GtkMenuButton *add_button;
  GtkPopover *add_popover;
  IcamFoundList *add_list;
  GtkWidget *events_button;
  GtkWidget *live_button;
  GtkLabel *live_label;
  IcamNotice *notice;
  AdwToastOverlay *toasts;
  GtkStack *root_stack;
  AdwStatusPage *stopped_page;
  GtkImage *welcome_icon;
  IcamFoundList *welcome_list;
  AdwViewStack *views;
  AdwViewStackPage *events_stack_page;
  AdwViewStackPage *cameras_stack_page;
  IcamWallPage *wall_page;
  IcamEventsPage *events_page;
  IcamCamerasPage *cameras_page;
  IcamExportBar *export_bar;
};

void icam_window_show_toast               (IcamWindow     *self,
                                           const char     *text);
void icam_window_install_recorder_actions (GtkWidgetClass *widget_class);
void icam_window_install_camera_actions   (GtkWidgetClass *widget_class);
void icam_window_install_saving_actions   (GtkWidgetClass *widget_class);
void icam_window_install_protect_actions  (GtkWidgetClass *widget_class);

G_END_DECLS
