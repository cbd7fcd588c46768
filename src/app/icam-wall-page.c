/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-wall-page.h"

#include <glib/gi18n.h>

#include "app/icam-accessible.h"
#include "app/icam-event-card.h"
#include "app/icam-scale.h"
#include "app/icam-timeline.h"
#include "app/icam-wall.h"

#define STEP (5 * G_GINT64_CONSTANT (1000000))
#define HOUR (G_GINT64_CONSTANT (3600) * 1000000)
#define LISTED_EVENTS 60

struct _IcamWallPage
{
  AdwBin parent_instance;

  IcamClient *client;
  IcamViewpoint *viewpoint;
  IcamEventStore *events;
  GtkSliceListModel *listed;
  GTimeZone *zone;
  int timeline_height; /* pixels, as wanted */
  gboolean setting_day;
  gboolean show_events; /* as wanted; there is room for it only in a wide window */
  gboolean narrow;

  AdwFlap *flap;
  GtkPaned *paned;
  IcamWall *wall;
  GtkWidget *time_box;
  IcamTimeline *timeline;
  GtkMenuButton *day_button;
  GtkPopover *day_popover;
  GtkCalendar *calendar;
  GtkButton *play_button;
  GtkWidget *forward_button;
  GtkButton *rate_button;
  GtkWidget *zoom_in_button;
  GtkWidget *zoom_out_button;
  AdwSplitButton *export_button;
  GtkWidget *protect_button;
  GtkListBox *event_list;
};

enum
{
  PROP_0,
  PROP_SHOW_EVENTS,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (IcamWallPage, icam_wall_page, ADW_TYPE_BIN)

static void
update_buttons (IcamWallPage *self)
{
  gboolean playing = icam_viewpoint_get_playing (self->viewpoint);
  gboolean live = icam_viewpoint_get_live (self->viewpoint);
  g_autofree char *rate = g_strdup_printf ("%g×", icam_viewpoint_get_rate (self->viewpoint));

  gtk_button_set_icon_name (self->play_button, playing ? "media-playback-pause-symbolic"
                                                       : "media-playback-start-symbolic");
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->play_button),
                               playing ? _("Pause (Space)") : _("Play (Space)"));
  icam_accessible_set_label (GTK_WIDGET (self->play_button), playing ? _("Pause") : _("Play"));
  gtk_button_set_label (self->rate_button, rate);
  gtk_widget_set_sensitive (GTK_WIDGET (self->rate_button), !live);
  gtk_widget_set_sensitive (self->forward_button, !live);
}

static void
update_day (IcamWallPage *self)
{
  gint64 now = icam_viewpoint_now (self->viewpoint);
  gint64 today_from, today_to, from, to;
  gint64 middle;
  g_autoptr (GDateTime) utc = NULL;
  g_autoptr (GDateTime) local = NULL;
  g_autofree char *label = NULL;

  icam_viewpoint_get_span (self->viewpoint, &from, &to);
  middle = MIN (from + (to - from) / 2, now);
  icam_day_of (now, self->zone, &today_from, &today_to);
  utc = g_date_time_new_from_unix_utc (middle / G_USEC_PER_SEC);
  local = g_date_time_to_timezone (utc, self->zone);
  if (middle >= today_from && middle < today_to)
    label = g_strdup (_("Today"));
  else
    label = g_date_time_format (local, _("%a %e %b"));
  if (g_strcmp0 (gtk_menu_button_get_label (self->day_button), label) != 0)
    gtk_menu_button_set_label (self->day_button, label);
  self->setting_day = TRUE;
  if (!gtk_widget_get_visible (GTK_WIDGET (self->day_popover)))
    gtk_calendar_select_day (self->calendar, local);
  self->setting_day = FALSE;
}

static void
day_selected_cb (IcamWallPage *self)
{
  g_autoptr (GDateTime) date = NULL;
  g_autoptr (GDateTime) noon = NULL;
  gint64 from, to;

  if (self->setting_day || self->viewpoint == NULL)
    return;
  date = gtk_calendar_get_date (self->calendar);
  noon = g_date_time_new (self->zone, g_date_time_get_year (date), g_date_time_get_month (date),
                          g_date_time_get_day_of_month (date), 12, 0, 0);
  icam_day_of (g_date_time_to_unix (noon) * G_USEC_PER_SEC, self->zone, &from, &to);
  icam_viewpoint_set_span (self->viewpoint, from, to);
  gtk_popover_popdown (self->day_popover);
}

static void
last_hour_cb (IcamWallPage *self)
{
  icam_viewpoint_follow (self->viewpoint, HOUR);
  gtk_popover_popdown (self->day_popover);
}

static void
back_cb (IcamWallPage *self)
{
  icam_viewpoint_step (self->viewpoint, -STEP);
}

static void
forward_cb (IcamWallPage *self)
{
  icam_viewpoint_step (self->viewpoint, STEP);
}

static void
play_cb (IcamWallPage *self)
{
  icam_viewpoint_set_playing (self->viewpoint, !icam_viewpoint_get_playing (self->viewpoint));
}

static void
rate_cb (IcamWallPage *self)
{
  double rate = icam_viewpoint_get_rate (self->viewpoint);

  icam_viewpoint_set_rate (self->viewpoint,
                           rate >= 16 ? 1 : icam_viewpoint_next_rate (rate, 1));
}

/* About T where it is seen, so that it stays seen. */
static void
zoom (IcamWallPage *self,
      double        factor)
{
  gint64 time = icam_viewpoint_get_time (self->viewpoint);
  gint64 from, to;

  icam_viewpoint_get_span (self->viewpoint, &from, &to);
  icam_viewpoint_zoom (self->viewpoint, factor,
                       time >= from && time <= to ? time : from + (to - from) / 2);
}

static void
zoom_out_cb (IcamWallPage *self)
{
  zoom (self, 2);
}

static void
zoom_in_cb (IcamWallPage *self)
{
  zoom (self, 0.5);
}

static gboolean
key_pressed_cb (GtkEventControllerKey *controller,
                guint                  keyval,
                guint                  keycode,
                GdkModifierType        state,
                IcamWallPage          *self)
{
  return icam_wall_key (self->wall, keyval, state);
}

static GtkWidget *
create_event_row (gpointer item,
                  gpointer user_data)
{
  IcamWallPage *self = user_data;
  GtkWidget *row = gtk_list_box_row_new ();

  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
  gtk_widget_set_focusable (row, FALSE);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row),
                              icam_event_card_new (self->client, self->events, item, TRUE));
  return row;
}

/* A paned stores the position of its divider from above; people set the height of what is below it. */
static void
place_divider (IcamWallPage *self)
{
  int height = gtk_widget_get_height (GTK_WIDGET (self->paned));

  if (height > 0)
    gtk_paned_set_position (self->paned, MAX (height - self->timeline_height, 90));
}

static gboolean
place_divider_cb (GtkWidget     *widget,
                  GdkFrameClock *clock,
                  gpointer       user_data)
{
  IcamWallPage *self = ICAM_WALL_PAGE (widget);

  if (gtk_widget_get_height (GTK_WIDGET (self->paned)) <= 0)
    return G_SOURCE_CONTINUE;
  place_divider (self);
  return G_SOURCE_REMOVE;
}

static void
icam_wall_page_get_property (GObject    *object,
                             guint       prop_id,
                             GValue     *value,
                             GParamSpec *pspec)
{
  switch (prop_id)
    {
    case PROP_SHOW_EVENTS:
      g_value_set_boolean (value, icam_wall_page_get_show_events (ICAM_WALL_PAGE (object)));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
icam_wall_page_set_property (GObject      *object,
                             guint         prop_id,
                             const GValue *value,
                             GParamSpec   *pspec)
{
  switch (prop_id)
    {
    case PROP_SHOW_EVENTS:
      icam_wall_page_set_show_events (ICAM_WALL_PAGE (object), g_value_get_boolean (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
icam_wall_page_dispose (GObject *object)
{
  IcamWallPage *self = ICAM_WALL_PAGE (object);

  if (self->viewpoint != NULL)
    g_signal_handlers_disconnect_by_data (self->viewpoint, self);
  if (self->event_list != NULL)
    gtk_list_box_bind_model (self->event_list, NULL, NULL, NULL, NULL);
  g_clear_object (&self->listed);
  g_clear_object (&self->events);
  g_clear_object (&self->viewpoint);
  g_clear_object (&self->client);
  g_clear_pointer (&self->zone, g_time_zone_unref);
  G_OBJECT_CLASS (icam_wall_page_parent_class)->dispose (object);
}

static void
icam_wall_page_class_init (IcamWallPageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = icam_wall_page_dispose;
  object_class->get_property = icam_wall_page_get_property;
  object_class->set_property = icam_wall_page_set_property;
  properties[PROP_SHOW_EVENTS]
    = g_param_spec_boolean ("show-events", NULL, NULL, FALSE,
                            G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  g_type_ensure (ICAM_TYPE_WALL);
  g_type_ensure (ICAM_TYPE_TIMELINE);
  gtk_widget_class_set_template_from_resource (widget_class, ICAM_APP_PATH "/icam-wall-page.ui");
  gtk_widget_class_bind_template_child (widget_class, IcamWallPage, flap);
  gtk_widget_class_bind_template_child (widget_class, IcamWallPage, paned);
  gtk_widget_class_bind_template_child (widget_class, IcamWallPage, wall);
  gtk_widget_class_bind_template_child (widget_class, IcamWallPage, time_box);
  gtk_widget_class_bind_template_child (widget_class, IcamWallPage, timeline);
  gtk_widget_class_bind_template_child (widget_class, IcamWallPage, day_button);
  gtk_widget_class_bind_template_child (widget_class, IcamWallPage, day_popover);
  gtk_widget_class_bind_template_child (widget_class, IcamWallPage, calendar);
  gtk_widget_class_bind_template_child (widget_class, IcamWallPage, play_button);
  gtk_widget_class_bind_template_child (widget_class, IcamWallPage, forward_button);
  gtk_widget_class_bind_template_child (widget_class, IcamWallPage, rate_button);
  gtk_widget_class_bind_template_child (widget_class, IcamWallPage, zoom_in_button);
  gtk_widget_class_bind_template_child (widget_class, IcamWallPage, zoom_out_button);
  gtk_widget_class_bind_template_child (widget_class, IcamWallPage, export_button);
  gtk_widget_class_bind_template_child (widget_class, IcamWallPage, protect_button);
  gtk_widget_class_bind_template_child (widget_class, IcamWallPage, event_list);
  gtk_widget_class_bind_template_callback (widget_class, day_selected_cb);
  gtk_widget_class_bind_template_callback (widget_class, last_hour_cb);
  gtk_widget_class_bind_template_callback (widget_class, back_cb);
  gtk_widget_class_bind_template_callback (widget_class, forward_cb);
  gtk_widget_class_bind_template_callback (widget_class, play_cb);
  gtk_widget_class_bind_template_callback (widget_class, rate_cb);
  gtk_widget_class_bind_template_callback (widget_class, zoom_out_cb);
  gtk_widget_class_bind_template_callback (widget_class, zoom_in_cb);
  gtk_widget_class_bind_template_callback (widget_class, key_pressed_cb);
}

static void
icam_wall_page_init (IcamWallPage *self)
{
  self->zone = g_time_zone_new_local ();
  self->timeline_height = 140;
  gtk_widget_init_template (GTK_WIDGET (self));
  icam_accessible_name_buttons (GTK_WIDGET (self));
  gtk_widget_add_tick_callback (GTK_WIDGET (self), place_divider_cb, NULL, NULL);
}

/** icam_wall_page_set_sources: what is shown and when; once */
void
icam_wall_page_set_sources (IcamWallPage     *self,
                            IcamClient       *client,
                            IcamViewpoint    *viewpoint,
                            IcamTimelineData *data,
                            IcamEventStore   *events)
{
  g_return_if_fail (ICAM_IS_WALL_PAGE (self));
  g_return_if_fail (self->client == NULL);

  self->client = g_object_ref (client);
  self->viewpoint = g_object_ref (viewpoint);
  self->events = g_object_ref (events);
  icam_wall_set_sources (self->wall, client, viewpoint, data);
  icam_timeline_set_sources (self->timeline, viewpoint, data);
  self->listed = gtk_slice_list_model_new (g_object_ref (icam_event_store_get_events (events)), 0,
                                           LISTED_EVENTS);
  gtk_list_box_bind_model (self->event_list, G_LIST_MODEL (self->listed), create_event_row, self,
                           NULL);
  g_signal_connect_swapped (viewpoint, "notify::live", G_CALLBACK (update_buttons), self);
  g_signal_connect_swapped (viewpoint, "notify::playing", G_CALLBACK (update_buttons), self);
  g_signal_connect_swapped (viewpoint, "notify::rate", G_CALLBACK (update_buttons), self);
  g_signal_connect_swapped (viewpoint, "notify::span-start", G_CALLBACK (update_day), self);
  update_buttons (self);
  update_day (self);
}

/** icam_wall_page_set_narrow: for a window in which not everything fits */
void
icam_wall_page_set_narrow (IcamWallPage *self,
                           gboolean      narrow)
{
  g_return_if_fail (ICAM_IS_WALL_PAGE (self));

  self->narrow = narrow;
  adw_flap_set_reveal_flap (self->flap, self->show_events && !narrow);
  icam_wall_set_narrow (self->wall, narrow);
  icam_timeline_set_merged (self->timeline, narrow);
  gtk_widget_set_visible (self->zoom_in_button, !narrow);
  gtk_widget_set_visible (self->zoom_out_button, !narrow);
  /* It is in the menu beside it, too. */
  gtk_widget_set_visible (self->protect_button, !narrow);
  if (narrow)
    adw_split_button_set_icon_name (self->export_button, "document-save-symbolic");
  else
    adw_split_button_set_label (self->export_button, _("Export…"));
}

/** icam_wall_page_set_kiosk: the wall and nothing else */
void
icam_wall_page_set_kiosk (IcamWallPage *self)
{
  g_return_if_fail (ICAM_IS_WALL_PAGE (self));
  gtk_widget_set_visible (self->time_box, FALSE);
}

/** icam_wall_page_set_plain_keys: whether keys without Ctrl or Alt act */
void
icam_wall_page_set_plain_keys (IcamWallPage *self,
                               gboolean      plain_keys)
{
  g_return_if_fail (ICAM_IS_WALL_PAGE (self));
  icam_wall_set_plain_keys (self->wall, plain_keys);
}

/** icam_wall_page_set_show_events: the list of events at the side */
void
icam_wall_page_set_show_events (IcamWallPage *self,
                                gboolean      show_events)
{
  g_return_if_fail (ICAM_IS_WALL_PAGE (self));
  if (self->show_events == show_events)
    return;
  self->show_events = show_events;
  adw_flap_set_reveal_flap (self->flap, show_events && !self->narrow);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SHOW_EVENTS]);
}

/** icam_wall_page_get_show_events: whether the list of events is wanted */
gboolean
icam_wall_page_get_show_events (IcamWallPage *self)
{
  g_return_val_if_fail (ICAM_IS_WALL_PAGE (self), FALSE);
  return self->show_events;
}

/** icam_wall_page_set_timeline_height: in pixels, with the bar above it */
void
icam_wall_page_set_timeline_height (IcamWallPage *self,
                                    int           height)
{
  g_return_if_fail (ICAM_IS_WALL_PAGE (self));

  self->timeline_height = MAX (height, 0);
  place_divider (self);
}

/** icam_wall_page_get_timeline_height: as dragged */
int
icam_wall_page_get_timeline_height (IcamWallPage *self)
{
  int height;

  g_return_val_if_fail (ICAM_IS_WALL_PAGE (self), 0);

  height = gtk_widget_get_height (GTK_WIDGET (self->paned));
  return height > 0 ? MAX (height - gtk_paned_get_position (self->paned), 0)
                    : self->timeline_height;
}

/** icam_wall_page_tick: once a second */
void
icam_wall_page_tick (IcamWallPage *self)
{
  g_return_if_fail (ICAM_IS_WALL_PAGE (self));

  if (gtk_widget_get_mapped (GTK_WIDGET (self)))
    icam_wall_tick (self->wall);
}

/** icam_wall_page_escape: one step back within the wall; FALSE if there was none to go */
gboolean
icam_wall_page_escape (IcamWallPage *self)
{
  g_return_val_if_fail (ICAM_IS_WALL_PAGE (self), FALSE);
  return icam_wall_escape (self->wall);
}

/** icam_wall_page_get_tile: the tile of a camera (transfer none), or NULL */
IcamTile *
icam_wall_page_get_tile (IcamWallPage *self,
                         const char   *camera)
{
  g_return_val_if_fail (ICAM_IS_WALL_PAGE (self), NULL);
  return icam_wall_get_tile (self->wall, camera);
}

/** icam_wall_page_get_timeline: the timeline under the wall (transfer none) */
GtkWidget *
icam_wall_page_get_timeline (IcamWallPage *self)
{
  g_return_val_if_fail (ICAM_IS_WALL_PAGE (self), NULL);
  return GTK_WIDGET (self->timeline);
}
