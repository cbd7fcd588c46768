/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-window-private.h"

#include <glib/gi18n.h>

#include "app/icam-accessible.h"
#include "app/icam-add-window.h"
#include "client/icam-words.h"

#define SECOND G_GINT64_CONSTANT (1000000)
#define BEFORE_EVENT (5 * SECOND)

G_DEFINE_FINAL_TYPE (IcamWindow, icam_window, ADW_TYPE_APPLICATION_WINDOW)

/** icam_window_show_toast: says it in passing */
void
icam_window_show_toast (IcamWindow *self,
                        const char *text)
{
  AdwToast *toast;
  g_autofree char *escaped = g_markup_escape_text (text, -1);

  toast = adw_toast_new (escaped);
  adw_toast_overlay_add_toast (self->toasts, toast);
}

static const char *
current_view (IcamWindow *self)
{
  return adw_view_stack_get_visible_child_name (self->views);
}

/* ---- what is shown ---- */

static void
update_live (IcamWindow *self)
{
  gboolean live = icam_viewpoint_get_live (self->viewpoint);
  g_autofree char *text = NULL;

  if (live)
    {
      /* Translators: the pictures are those of now */
      text = g_strdup (_("Live"));
      gtk_widget_remove_css_class (self->live_button, "suggested-action");
      gtk_widget_add_css_class (self->live_button, "icam-is-live");
      gtk_widget_set_tooltip_text (self->live_button, _("The wall shows the cameras as they are now"));
    }
  else
    {
      g_autofree char *when = icam_words_time (icam_viewpoint_get_time (self->viewpoint),
                                               icam_viewpoint_now (self->viewpoint));

      /* Translators: the time that is shown, then what the button does */
      text = g_strdup_printf (_("%s · Back to live"), when);
      gtk_widget_remove_css_class (self->live_button, "icam-is-live");
      gtk_widget_add_css_class (self->live_button, "suggested-action");
      gtk_widget_set_tooltip_text (self->live_button, _("Show the cameras as they are now (End)"));
    }
  if (g_strcmp0 (gtk_label_get_text (self->live_label), text) != 0)
    {
      gtk_label_set_text (self->live_label, text);
      icam_accessible_set_label (self->live_button, text);
    }
}

static void
update_page (IcamWindow *self)
{
  IcamClientState state = icam_client_get_state (self->client);
  guint n_cameras = g_list_model_get_n_items (icam_client_get_cameras (self->client));
  const char *page = "views";
  gboolean has_views;

  if (n_cameras == 0)
    page = state == ICAM_CLIENT_CONNECTING ? "starting"
           : state == ICAM_CLIENT_ABSENT   ? "stopped"
                                           : "welcome";
  has_views = g_strcmp0 (page, "views") == 0;
  if (state == ICAM_CLIENT_ABSENT)
    {
      const GError *error = icam_client_get_error (self->client);
      g_autofree char *words = error != NULL ? icam_words_error (error) : NULL;

      adw_status_page_set_description (self->stopped_page, _("Nothing is being recorded."));
      if (words != NULL)
        g_debug ("The recorder is absent: %s", words);
    }
  gtk_stack_set_visible_child_name (self->root_stack, page);
  adw_view_switcher_title_set_view_switcher_enabled (self->switcher_title,
                                                     has_views && !self->kiosk && !self->narrow);
  adw_view_switcher_bar_set_reveal (self->switcher_bar, has_views && !self->kiosk && self->narrow);
  gtk_widget_set_visible (self->live_button, has_views);
  gtk_widget_set_visible (self->events_button,
                          has_views && !self->narrow
                            && g_strcmp0 (current_view (self), "wall") == 0);
  /* In a narrow window the view of the cameras has to do. */
  gtk_widget_set_visible (GTK_WIDGET (self->add_button),
                          state == ICAM_CLIENT_READY && has_views && !self->narrow);
}

static void
update_badges (IcamWindow *self)
{
  guint n_new, n_trouble;

  g_object_get (self->events_page, "n-new", &n_new, NULL);
  g_object_get (self->cameras_page, "n-trouble", &n_trouble, NULL);
  adw_view_stack_page_set_badge_number (self->events_stack_page, n_new);
  adw_view_stack_page_set_needs_attention (self->events_stack_page, n_new > 0);
  adw_view_stack_page_set_badge_number (self->cameras_stack_page, n_trouble);
  adw_view_stack_page_set_needs_attention (self->cameras_stack_page, n_trouble > 0);
}

/* Whether the views' names and the buttons at their sides fit, whatever the size of the text. The title of the
 * switcher itself says so only when nothing but dots is left of the names. */
static gboolean
is_too_narrow (IcamWindow *self,
               int         width)
{
  int natural;

  if (adw_view_switcher_title_get_view_switcher_enabled (self->switcher_title))
    {
      gtk_widget_measure (GTK_WIDGET (self->switcher_title), GTK_ORIENTATION_HORIZONTAL, -1, NULL,
                          &natural, NULL, NULL);
      self->switcher_width = MAX (natural, 1);
    }
  /* As much again for the buttons. */
  return width < 2 * self->switcher_width;
}

static gboolean
narrow_idle_cb (gpointer user_data)
{
  IcamWindow *self = user_data;
  gboolean narrow = is_too_narrow (self, gtk_widget_get_width (GTK_WIDGET (self)));

  self->narrow_source = 0;
  if (self->narrow == narrow)
    return G_SOURCE_REMOVE;
  self->narrow = narrow;
  /* In the middle of what is left, where there is no room for the middle of the window. */
  adw_header_bar_set_centering_policy (ADW_HEADER_BAR (self->header),
                                       narrow ? ADW_CENTERING_POLICY_LOOSE
                                              : ADW_CENTERING_POLICY_STRICT);
  icam_wall_page_set_narrow (self->wall_page, narrow);
  update_page (self);
  return G_SOURCE_REMOVE;
}

static void
icam_window_size_allocate (GtkWidget *widget,
                           int        width,
                           int        height,
                           int        baseline)
{
  IcamWindow *self = ICAM_WINDOW (widget);

  GTK_WIDGET_CLASS (icam_window_parent_class)->size_allocate (widget, width, height, baseline);
  /* While sizes are given out nothing may change its size. */
  if (self->narrow_source == 0)
    self->narrow_source = g_idle_add (narrow_idle_cb, self);
}

/* The first time: as much as was recorded, a day at most, so that the little of a new archive can be seen. */
static void
fit_span (IcamWindow *self)
{
  gint64 oldest = icam_client_get_oldest_recording (self->client);
  gint64 duration;

  if (self->fitted || icam_client_get_state (self->client) != ICAM_CLIENT_READY)
    return;
  self->fitted = TRUE;
  duration = oldest > 0 ? icam_viewpoint_now (self->viewpoint) - oldest : 0;
  icam_viewpoint_follow (self->viewpoint,
                         CLAMP (duration + duration / 10, 600 * SECOND, 86400 * SECOND));
}

static void
client_changed_cb (IcamWindow *self)
{
  fit_span (self);
  update_page (self);
}

static void
cameras_changed_cb (IcamWindow *self)
{
  const char *opened = icam_viewpoint_get_opened (self->viewpoint);

  if (opened != NULL && icam_client_lookup_camera (self->client, opened) == NULL)
    icam_viewpoint_set_opened (self->viewpoint, NULL);
  update_page (self);
}

static void
view_changed_cb (IcamWindow *self)
{
  if (self->client == NULL)
    return;
  /* What was looked at is no longer new, from when one leaves it. */
  if (g_strcmp0 (current_view (self), "events") != 0
      && g_object_get_data (G_OBJECT (self), "icam-saw-events") != NULL)
    {
      gint64 now = g_get_real_time ();

      g_object_set_data (G_OBJECT (self), "icam-saw-events", NULL);
      if (self->settings != NULL)
        g_settings_set_int64 (self->settings, "last-looked", now);
      icam_events_page_set_last_looked (self->events_page, now);
    }
  else if (g_strcmp0 (current_view (self), "events") == 0)
    g_object_set_data (G_OBJECT (self), "icam-saw-events", self);
  update_page (self);
}

/* ---- time ---- */

static gboolean
tick_cb (gpointer user_data)
{
  IcamWindow *self = user_data;

  icam_viewpoint_tick (self->viewpoint);
  self->n_ticks++;
  if (self->n_ticks * self->tick_ms >= 1000)
    {
      self->n_ticks = 0;
      icam_wall_page_tick (self->wall_page);
      icam_cameras_page_tick (self->cameras_page);
      icam_notice_update (self->notice);
    }
  return G_SOURCE_CONTINUE;
}

/* The one timer of the window: by the second, except while the playhead runs through the past. */
static void
update_timer (IcamWindow *self)
{
  guint ms = icam_viewpoint_get_playing (self->viewpoint)
                 && !icam_viewpoint_get_live (self->viewpoint)
               ? 100
               : 1000;

  if (self->tick_source != 0 && self->tick_ms == ms)
    return;
  g_clear_handle_id (&self->tick_source, g_source_remove);
  self->tick_ms = ms;
  self->n_ticks = 0;
  self->tick_source = g_timeout_add (ms, tick_cb, self);
}

static void
time_changed_cb (IcamWindow *self)
{
  if (!icam_viewpoint_get_live (self->viewpoint))
    update_live (self);
}

static void
live_changed_cb (IcamWindow *self)
{
  update_live (self);
  update_timer (self);
}

static void
live_cb (IcamWindow *self)
{
  icam_viewpoint_go_live (self->viewpoint);
  g_clear_pointer (&self->from_event, g_free);
  adw_view_stack_set_visible_child_name (self->views, "wall");
}

/* ---- actions ---- */

static void
added_cb (IcamWindow *self,
          guint       n_cameras)
{
  g_autofree char *text
    = g_strdup_printf (ngettext ("%u camera added. It is being recorded.",
                                 "%u cameras added. They are being recorded.", n_cameras),
                       n_cameras);

  icam_window_show_toast (self, text);
  adw_view_stack_set_visible_child_name (self->views, "wall");
}

static void
add_action (GtkWidget  *widget,
            const char *name,
            GVariant   *parameter)
{
  IcamWindow *self = ICAM_WINDOW (widget);
  GtkWidget *window;

  gtk_popover_popdown (self->add_popover);
  window = icam_add_window_new (self->client, parameter);
  gtk_window_set_transient_for (GTK_WINDOW (window), GTK_WINDOW (self));
  g_signal_connect_object (window, "added", G_CALLBACK (added_cb), self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (window));
}

static void
toast_action (GtkWidget  *widget,
              const char *name,
              GVariant   *parameter)
{
  icam_window_show_toast (ICAM_WINDOW (widget), g_variant_get_string (parameter, NULL));
}

static void
show_camera_action (GtkWidget  *widget,
                    const char *name,
                    GVariant   *parameter)
{
  IcamWindow *self = ICAM_WINDOW (widget);

  adw_view_stack_set_visible_child_name (self->views, "cameras");
  icam_cameras_page_show_camera (self->cameras_page, g_variant_get_string (parameter, NULL));
}

static void
camera_events_action (GtkWidget  *widget,
                      const char *name,
                      GVariant   *parameter)
{
  IcamWindow *self = ICAM_WINDOW (widget);

  adw_view_stack_set_visible_child_name (self->views, "events");
  icam_events_page_show_camera (self->events_page, g_variant_get_string (parameter, NULL));
}

static void
open_event_action (GtkWidget  *widget,
                   const char *name,
                   GVariant   *parameter)
{
  IcamWindow *self = ICAM_WINDOW (widget);
  GListModel *events = icam_event_store_get_events (self->events);
  const char *id = g_variant_get_string (parameter, NULL);

  for (guint i = 0; i < g_list_model_get_n_items (events); i++)
    {
      g_autoptr (IcamEvent) event = g_list_model_get_item (events, i);

      if (g_strcmp0 (id, icam_event_get_id (event)) != 0)
        continue;
      if (icam_client_lookup_camera (self->client, icam_event_get_camera (event)) == NULL)
        {
          icam_window_show_toast (self, _("The camera of this event was removed."));
          return;
        }
      g_clear_pointer (&self->from_event, g_free);
      if (g_strcmp0 (current_view (self), "events") == 0)
        self->from_event = g_strdup (id);
      icam_viewpoint_set_opened (self->viewpoint, icam_event_get_camera (event));
      icam_viewpoint_seek (self->viewpoint, icam_event_get_start (event) - BEFORE_EVENT, TRUE);
      icam_viewpoint_set_rate (self->viewpoint, 1);
      icam_viewpoint_set_playing (self->viewpoint, TRUE);
      adw_view_stack_set_visible_child_name (self->views, "wall");
      return;
    }
}

static void
view_action (GtkWidget  *widget,
             const char *name,
             GVariant   *parameter)
{
  IcamWindow *self = ICAM_WINDOW (widget);

  if (g_strcmp0 (gtk_stack_get_visible_child_name (self->root_stack), "views") == 0)
    adw_view_stack_set_visible_child_name (self->views, g_variant_get_string (parameter, NULL));
}

static void
next_view_action (GtkWidget  *widget,
                  const char *name,
                  GVariant   *parameter)
{
  static const char *const names[] = { "wall", "events", "cameras" };
  IcamWindow *self = ICAM_WINDOW (widget);
  int direction = g_variant_get_int32 (parameter);

  for (int i = 0; i < 3; i++)
    if (g_strcmp0 (current_view (self), names[i]) == 0)
      {
        adw_view_stack_set_visible_child_name (self->views, names[(i + direction + 3) % 3]);
        return;
      }
}

static void
fullscreen_action (GtkWidget  *widget,
                   const char *name,
                   GVariant   *parameter)
{
  if (gtk_window_is_fullscreen (GTK_WINDOW (widget)))
    gtk_window_unfullscreen (GTK_WINDOW (widget));
  else
    gtk_window_fullscreen (GTK_WINDOW (widget));
}

static void
toggle_events_action (GtkWidget  *widget,
                      const char *name,
                      GVariant   *parameter)
{
  IcamWindow *self = ICAM_WINDOW (widget);

  /* Where there is no room for it, the list is a page. */
  if (self->narrow)
    {
      adw_view_stack_set_visible_child_name (self->views, "events");
      return;
    }
  icam_wall_page_set_show_events (self->wall_page,
                                  !icam_wall_page_get_show_events (self->wall_page));
}

/* ---- keys ---- */

static gboolean
escape_cb (GtkWidget *widget,
           GVariant  *arguments,
           gpointer   user_data)
{
  IcamWindow *self = ICAM_WINDOW (widget);

  if (g_strcmp0 (current_view (self), "wall") == 0)
    {
      gint64 from, to;

      if (!icam_viewpoint_get_selection (self->viewpoint, &from, &to)
          && icam_wall_page_escape (self->wall_page))
        return TRUE;
      /* From an event, one step leads back to its card. */
      if (self->from_event != NULL
          && !icam_viewpoint_get_selection (self->viewpoint, &from, &to))
        {
          g_autofree char *event = g_steal_pointer (&self->from_event);

          icam_viewpoint_set_opened (self->viewpoint, NULL);
          adw_view_stack_set_visible_child_name (self->views, "events");
          icam_events_page_focus_event (self->events_page, event);
          return TRUE;
        }
      if (icam_viewpoint_escape (self->viewpoint))
        return TRUE;
    }
  if (!self->kiosk && gtk_window_is_fullscreen (GTK_WINDOW (self)))
    {
      gtk_window_unfullscreen (GTK_WINDOW (self));
      return TRUE;
    }
  return FALSE;
}

static void
fullscreened_cb (IcamWindow *self)
{
  gboolean fullscreen = gtk_window_is_fullscreen (GTK_WINDOW (self));

  if (fullscreen)
    gtk_widget_add_css_class (GTK_WIDGET (self), "icam-dark");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self), "icam-dark");
}

/* ---- the widget ---- */

static gboolean
icam_window_close_request (GtkWindow *window)
{
  IcamWindow *self = ICAM_WINDOW (window);

  if (self->settings != NULL && !self->kiosk)
    {
      int width, height;

      gtk_window_get_default_size (window, &width, &height);
      g_settings_set_int (self->settings, "window-width", MAX (width, 360));
      g_settings_set_int (self->settings, "window-height", MAX (height, 294));
      g_settings_set_boolean (self->settings, "window-maximized", gtk_window_is_maximized (window));
      g_settings_set_int (self->settings, "timeline-height",
                          CLAMP (icam_wall_page_get_timeline_height (self->wall_page), 0, 2000));
    }
  return GTK_WINDOW_CLASS (icam_window_parent_class)->close_request (window);
}

static void
icam_window_dispose (GObject *object)
{
  IcamWindow *self = ICAM_WINDOW (object);

  g_clear_handle_id (&self->narrow_source, g_source_remove);
  g_clear_handle_id (&self->tick_source, g_source_remove);
  if (self->viewpoint != NULL)
    g_signal_handlers_disconnect_by_data (self->viewpoint, self);
  g_clear_object (&self->data);
  g_clear_object (&self->events);
  g_clear_object (&self->viewpoint);
  g_clear_object (&self->settings);
  g_clear_object (&self->client);
  g_clear_pointer (&self->from_event, g_free);
  G_OBJECT_CLASS (icam_window_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child (widget_class, IcamWindow, header);
  gtk_widget_class_bind_template_child (widget_class, IcamWindow, switcher_title);
  gtk_widget_class_bind_template_child (widget_class, IcamWindow, switcher_bar);
  gtk_widget_class_bind_template_child (widget_class, IcamWindow, add_button);
  gtk_widget_class_bind_template_child (widget_class, IcamWindow, add_popover);
  gtk_widget_class_bind_template_child (widget_class, IcamWindow, add_list);
  gtk_widget_class_bind_template_child (widget_class, IcamWindow, events_button);
  gtk_widget_class_bind_template_child (widget_class, IcamWindow, live_button);
  gtk_widget_class_bind_template_child (widget_class, IcamWindow, live_label);
  gtk_widget_class_bind_template_child (widget_class, IcamWindow, notice);
  gtk_widget_class_bind_template_child (widget_class, IcamWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, IcamWindow, root_stack);
  gtk_widget_class_bind_template_child (widget_class, IcamWindow, stopped_page);
  gtk_widget_class_bind_template_child (widget_class, IcamWindow, welcome_icon);
  gtk_widget_class_bind_template_child (widget_class, IcamWindow, welcome_list);
  gtk_widget_class_bind_template_child (widget_class, IcamWindow, views);
  gtk_widget_class_bind_template_child (widget_class, IcamWindow, events_stack_page);
  gtk_widget_class_bind_template_child (widget_class, IcamWindow, cameras_stack_page);
  gtk_widget_class_bind_template_child (widget_class, IcamWindow, wall_page);
  gtk_widget_class_bind_template_child (widget_class, IcamWindow, events_page);
  gtk_widget_class_bind_template_child (widget_class, IcamWindow, cameras_page);
  gtk_widget_class_bind_template_child (widget_class, IcamWindow, export_bar);
  gtk_widget_class_bind_template_callback (widget_class, live_cb);
  gtk_widget_class_bind_template_callback (widget_class, view_changed_cb);
}

static void
icam_window_class_init (IcamWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = icam_window_dispose;
  GTK_WINDOW_CLASS (klass)->close_request = icam_window_close_request;
  widget_class->size_allocate = icam_window_size_allocate;
  g_type_ensure (ICAM_TYPE_FOUND_LIST);
  g_type_ensure (ICAM_TYPE_NOTICE);
  g_type_ensure (ICAM_TYPE_EXPORT_BAR);
  g_type_ensure (ICAM_TYPE_WALL_PAGE);
  g_type_ensure (ICAM_TYPE_EVENTS_PAGE);
  g_type_ensure (ICAM_TYPE_CAMERAS_PAGE);
  gtk_widget_class_set_template_from_resource (widget_class, ICAM_APP_PATH "/icam-window.ui");
  bind_children (widget_class);

  icam_window_install_recorder_actions (widget_class);
  icam_window_install_camera_actions (widget_class);
  icam_window_install_saving_actions (widget_class);
  icam_window_install_protect_actions (widget_class);
  gtk_widget_class_install_action (widget_class, "win.add", "a(sss)", add_action);
  gtk_widget_class_install_action (widget_class, "win.toast", "s", toast_action);
  gtk_widget_class_install_action (widget_class, "win.show-camera", "s", show_camera_action);
  gtk_widget_class_install_action (widget_class, "win.camera-events", "s", camera_events_action);
  gtk_widget_class_install_action (widget_class, "win.open-event", "s", open_event_action);
  gtk_widget_class_install_action (widget_class, "win.view", "s", view_action);
  gtk_widget_class_install_action (widget_class, "win.next-view", "i", next_view_action);
  gtk_widget_class_install_action (widget_class, "win.fullscreen", NULL, fullscreen_action);
  gtk_widget_class_install_action (widget_class, "win.toggle-events", NULL, toggle_events_action);

  gtk_widget_class_add_binding (widget_class, GDK_KEY_Escape, 0, escape_cb, NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_F9, 0, "win.toggle-events", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_F11, 0, "win.fullscreen", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_e, GDK_CONTROL_MASK, "win.export",
                                       NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_e, GDK_CONTROL_MASK | GDK_SHIFT_MASK,
                                       "win.export-all", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_s, GDK_CONTROL_MASK, "win.still", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_1, GDK_ALT_MASK, "win.view", "s",
                                       "wall");
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_2, GDK_ALT_MASK, "win.view", "s",
                                       "events");
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_3, GDK_ALT_MASK, "win.view", "s",
                                       "cameras");
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Page_Up, GDK_CONTROL_MASK,
                                       "win.next-view", "i", -1);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Page_Down, GDK_CONTROL_MASK,
                                       "win.next-view", "i", 1);
}

static void
icam_window_init (IcamWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_widget_measure (GTK_WIDGET (self->switcher_title), GTK_ORIENTATION_HORIZONTAL, -1, NULL,
                      &self->switcher_width, NULL, NULL);
  gtk_image_set_from_icon_name (self->welcome_icon, ICAM_APP_ID);
  gtk_window_set_icon_name (GTK_WINDOW (self), ICAM_APP_ID);
}

static void
plain_keys_cb (IcamWindow *self)
{
  icam_wall_page_set_plain_keys (self->wall_page,
                                 g_settings_get_boolean (self->settings, "plain-keys"));
}

static void
load_settings (IcamWindow *self)
{
  if (self->settings == NULL)
    {
      icam_events_page_set_last_looked (self->events_page, 0);
      return;
    }
  gtk_window_set_default_size (GTK_WINDOW (self),
                               g_settings_get_int (self->settings, "window-width"),
                               g_settings_get_int (self->settings, "window-height"));
  if (g_settings_get_boolean (self->settings, "window-maximized"))
    gtk_window_maximize (GTK_WINDOW (self));
  icam_wall_page_set_timeline_height (self->wall_page,
                                      g_settings_get_int (self->settings, "timeline-height"));
  icam_events_page_set_last_looked (self->events_page,
                                    g_settings_get_int64 (self->settings, "last-looked"));
  if (!self->kiosk)
    {
      g_settings_bind (self->settings, "show-events", self->wall_page, "show-events",
                       G_SETTINGS_BIND_DEFAULT);
      g_settings_bind (self->settings, "show-hint",
                       icam_wall_page_get_timeline (self->wall_page), "show-hint",
                       G_SETTINGS_BIND_DEFAULT);
    }
  g_signal_connect_object (self->settings, "changed::plain-keys", G_CALLBACK (plain_keys_cb), self,
                           G_CONNECT_SWAPPED);
  plain_keys_cb (self);
}

static void
set_kiosk (IcamWindow *self)
{
  g_autoptr (GdkCursor) none = gdk_cursor_new_from_name ("none", NULL);

  gtk_widget_set_visible (self->header, FALSE);
  icam_wall_page_set_kiosk (self->wall_page);
  gtk_widget_set_cursor (GTK_WIDGET (self), none);
  gtk_window_fullscreen (GTK_WINDOW (self));
}

/**
 * icam_window_new:
 * @application: ours
 * @client: the recorder
 * @settings: (nullable): what is remembered
 * @kiosk: the wall full screen and nothing else
 *
 * Returns: (transfer none): the window, not yet presented
 */
GtkWidget *
icam_window_new (GtkApplication *application,
                 IcamClient     *client,
                 GSettings      *settings,
                 gboolean        kiosk)
{
  IcamWindow *self = g_object_new (ICAM_TYPE_WINDOW, "application", application, NULL);

  self->client = g_object_ref (client);
  self->settings = settings != NULL ? g_object_ref (settings) : NULL;
  self->kiosk = kiosk;
  self->viewpoint = icam_viewpoint_new (icam_clock_system ());
  self->data = icam_timeline_data_new (client);
  self->events = icam_event_store_new (client);

  icam_notice_set_client (self->notice, client);
  icam_found_list_set_client (self->welcome_list, client);
  icam_found_list_set_client (self->add_list, client);
  icam_wall_page_set_sources (self->wall_page, client, self->viewpoint, self->data, self->events);
  icam_events_page_set_sources (self->events_page, client, self->events);
  icam_cameras_page_set_client (self->cameras_page, client);
  g_object_bind_property (self->wall_page, "show-events", self->events_button, "active",
                          G_BINDING_SYNC_CREATE | G_BINDING_BIDIRECTIONAL);

  g_signal_connect_object (client, "notify::state", G_CALLBACK (client_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (icam_client_get_cameras (client), "items-changed",
                           G_CALLBACK (cameras_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_swapped (self->viewpoint, "notify::live", G_CALLBACK (live_changed_cb), self);
  g_signal_connect_swapped (self->viewpoint, "notify::playing", G_CALLBACK (update_timer), self);
  g_signal_connect_swapped (self->viewpoint, "notify::time", G_CALLBACK (time_changed_cb), self);
  g_signal_connect_swapped (self->events_page, "notify::n-new", G_CALLBACK (update_badges), self);
  g_signal_connect_swapped (self->cameras_page, "notify::n-trouble", G_CALLBACK (update_badges),
                            self);
  g_signal_connect (self, "notify::fullscreened", G_CALLBACK (fullscreened_cb), NULL);

  load_settings (self);
  live_changed_cb (self);
  client_changed_cb (self);
  update_badges (self);
  if (kiosk)
    set_kiosk (self);
  return GTK_WIDGET (self);
}
