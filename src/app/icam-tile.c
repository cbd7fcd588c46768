/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-tile.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "app/icam-accessible.h"
#include "app/icam-picture-view.h"
#include "app/icam-picture-zoom.h"
#include "app/icam-ptz-pad.h"
#include "app/icam-tile-cover.h"
#include "app/icam-tile-source.h"
#include "app/icam-tile-state.h"
#include "client/icam-words.h"

#define TAPPED_MS 4000

/* What the button on the cover does. */
typedef enum
{
  COVER_NO_BUTTON,
  COVER_DETAILS,
  COVER_NEAREST,
  COVER_UNLOCK,
} CoverButton;

struct _IcamTile
{
  GtkWidget parent_instance;

  IcamClient *client;
  IcamCamera *camera;
  IcamViewpoint *viewpoint;
  gboolean large;
  GSimpleActionGroup *actions;

  IcamTileSource *source;
  guint tapped_source;
  gint64 nearest; /* where the button on the cover leads */
  IcamPictureZoom *zoom;

  GtkWidget *overlay;
  IcamPictureView *view;
  IcamTileCover *cover;
  CoverButton cover_button;
  GtkLabel *not_recorded;
  GtkWidget *plate;
  GtkWidget *motion_icon;
  GtkWidget *unverified_icon;
  GtkLabel *name_label;
  GtkLabel *age_label;
  IcamPtzPad *pad;
  GtkWidget *pad_button;
  GtkWidget *controls;
  GtkButton *zoom_button;
  GtkButton *open_button;
  GtkMenuButton *menu_button;
  GMenuModel *menu;
};

enum
{
  PROP_0,
  PROP_CAMERA,
  PROP_LARGE,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

enum
{
  ACTIVATED,
  NEAREST,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (IcamTile, icam_tile, GTK_TYPE_WIDGET)

static void icam_tile_update (IcamTile *self);
static void update_pad (IcamTile *self);

static gboolean
picture_is_ours (IcamTile    *self,
                 IcamPicture *picture)
{
  char channel[ICAM_UUID_TEXT_SIZE];

  icam_uuid_format (&picture->channel, channel);
  return g_strcmp0 (channel, icam_camera_get_channel (self->camera)) == 0;
}

/* ---- what is shown ---- */

static void
set_label (GtkLabel   *label,
           const char *text)
{
  if (g_strcmp0 (gtk_label_get_text (label), text) != 0)
    gtk_label_set_text (label, text);
}

static void
show_cover (IcamTile   *self,
            const char *icon,
            const char *text,
            CoverButton button)
{
  const char *label = NULL;

  switch (button)
    {
    case COVER_DETAILS:
      label = _("Show me why");
      break;
    case COVER_NEAREST:
      label = _("Nearest recording");
      break;
    case COVER_UNLOCK:
      label = _("Unlock");
      break;
    case COVER_NO_BUTTON:
    default:
      break;
    }
  icam_picture_view_set_picture (self->view, NULL);
  self->cover_button = button;
  icam_tile_cover_show (self->cover, icon, text, label);
}

static void
hide_cover (IcamTile *self)
{
  icam_tile_cover_hide (self->cover);
}

static char *
state_words (IcamTile *self)
{
  gint64 retry = 0;
  IcamDBusCamera *proxy = icam_camera_get_proxy (self->camera);

  if (proxy != NULL)
    retry = icam_dbus_camera_get_retry_at (proxy);
  return icam_words_camera_state (icam_camera_get_name (self->camera),
                                  icam_camera_get_state (self->camera),
                                  icam_camera_get_error (self->camera),
                                  icam_camera_get_state_since (self->camera), retry,
                                  icam_viewpoint_now (self->viewpoint));
}

static void
describe (IcamTile   *self,
          const char *description)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  icam_camera_get_name (self->camera),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, description, -1);
}

static CoverButton
button_for_state (const char *state)
{
  if (g_strcmp0 (state, "waiting") == 0)
    return COVER_UNLOCK;
  if (g_strcmp0 (state, "failed") == 0 || g_strcmp0 (state, "other-device") == 0)
    return COVER_DETAILS;
  return COVER_NO_BUTTON;
}

static void
update_live (IcamTile *self)
{
  const char *state = icam_camera_get_state (self->camera);
  gboolean recording = g_strcmp0 (state, "recording") == 0;
  IcamLiveLink *link = icam_tile_source_get_link (self->source);
  IcamPicture *picture = link != NULL ? icam_live_link_get_picture (link) : NULL;
  gint64 age = link != NULL ? icam_live_link_get_age (link) : G_MAXINT64;
  gint64 interval = link != NULL ? icam_live_link_get_interval (link) : 0;
  gboolean frozen = link != NULL && icam_live_link_is_frozen (link);
  gboolean pinned = !icam_viewpoint_get_live (self->viewpoint); /* live beside the past */
  IcamFreshness freshness = icam_freshness (age, interval);
  g_autofree char *words = NULL;
  g_autofree char *age_words = NULL;

  /* While another stream of the camera is being opened, the last picture of the old one stays, and ages. */
  if (picture == NULL && icam_picture_view_get_picture (self->view) != NULL)
    {
      picture = icam_picture_view_get_picture (self->view);
      age = icam_viewpoint_now (self->viewpoint) - picture->utc_us;
      freshness = icam_freshness (age, interval);
    }
  if (picture != NULL && !picture_is_ours (self, picture))
    picture = NULL;

  if (icam_client_get_state (self->client) == ICAM_CLIENT_ABSENT)
    {
      show_cover (self, "icam-camera-off-symbolic", _("The recorder is not running."),
                  COVER_NO_BUTTON);
      describe (self, _("The recorder is not running."));
      gtk_widget_set_visible (GTK_WIDGET (self->age_label), FALSE);
      gtk_widget_set_visible (GTK_WIDGET (self->not_recorded), FALSE);
      return;
    }
  if (!recording)
    words = state_words (self);

  if (g_strcmp0 (state, "other-device") == 0 || picture == NULL || freshness == ICAM_COVERED)
    {
      if (recording && picture == NULL)
        show_cover (self, NULL, _("Waiting for the first picture…"), COVER_NO_BUTTON);
      else if (recording)
        {
          g_autofree char *since
            = icam_words_time (picture->utc_us, icam_viewpoint_now (self->viewpoint));
          g_autofree char *text = g_strdup_printf (
            /* Translators: name of a camera, then a time */
            _("%s has sent no picture since %s."), icam_camera_get_name (self->camera), since);

          show_cover (self, "icam-camera-off-symbolic", text, COVER_DETAILS);
        }
      else if (g_strcmp0 (state, "connecting") == 0)
        show_cover (self, NULL, words, COVER_NO_BUTTON);
      else
        show_cover (self, "icam-camera-off-symbolic", words, button_for_state (state));
      describe (self, icam_tile_cover_get_text (self->cover));
    }
  else
    {
      hide_cover (self);
      icam_picture_view_set_picture (self->view, picture);
      icam_picture_view_set_late (self->view, freshness == ICAM_LATE || frozen);
      if (frozen)
        age_words = g_strdup (_("frozen picture"));
      else if (icam_freshness_says_age (age, interval))
        {
          g_autofree char *duration = icam_words_duration (age);

          /* Translators: how old a picture is, as in "14 s ago" */
          age_words = g_strdup_printf (_("%s ago"), duration);
        }
      if (age_words == NULL && pinned)
        age_words = g_strdup (_("Live"));
      describe (self, frozen                                ? _("Frozen picture")
                      : freshness == ICAM_LATE              ? _("Late picture")
                      : icam_camera_get_motion (self->camera) ? _("Live, something moves")
                                                            : _("Live"));
    }
  gtk_widget_set_visible (GTK_WIDGET (self->age_label), age_words != NULL);
  if (age_words != NULL)
    set_label (self->age_label, age_words);

  /* Recording is normal and has no mark. */
  gtk_widget_set_visible (GTK_WIDGET (self->not_recorded),
                          !recording && !gtk_widget_get_visible (GTK_WIDGET (self->cover)));
  if (!recording && words != NULL)
    {
      /* Translators: on a camera's picture; the rest says why */
      g_autofree char *text = g_strdup_printf (_("Not recorded. %s"), words);

      set_label (self->not_recorded, text);
    }
}

static void
update_past (IcamTile *self)
{
  IcamPicture *picture = icam_picture_view_get_picture (self->view);
  gint64 now = icam_viewpoint_now (self->viewpoint);
  gint64 time = icam_viewpoint_get_time (self->viewpoint);
  g_autofree char *time_words = NULL;
  IcamGapCause cause;

  gtk_widget_set_visible (GTK_WIDGET (self->not_recorded), FALSE);
  icam_picture_view_set_late (self->view, FALSE);
  if (icam_tile_source_get_missing (self->source, &cause, &self->nearest))
    {
      g_autofree char *text = NULL;
      gint64 added = icam_camera_get_added (self->camera);

      if (added > 0 && time < added)
        {
          g_autofree char *when = icam_words_time (added, now);

          /* Translators: why there is no recording; a time follows */
          text = g_strdup_printf (_("Added %s"), when);
        }
      else if (cause != ICAM_GAP_UNKNOWN)
        text = g_strdup (icam_words_gap (cause));
      else
        text = g_strdup (_("Nothing was recorded then"));
      show_cover (self, "icam-no-recording-symbolic", text,
                  self->nearest > 0 ? COVER_NEAREST : COVER_NO_BUTTON);
      describe (self, text);
      time_words = icam_words_time (time, now);
    }
  else if (picture == NULL)
    {
      show_cover (self, NULL, _("Looking for the recording…"), COVER_NO_BUTTON);
      describe (self, icam_tile_cover_get_text (self->cover));
      time_words = icam_words_time (time, now);
    }
  else
    {
      hide_cover (self);
      time_words = icam_words_time (picture->utc_us, now);
      describe (self, time_words);
    }
  gtk_widget_set_visible (GTK_WIDGET (self->age_label), TRUE);
  set_label (self->age_label, time_words);
}

static void
icam_tile_update (IcamTile *self)
{
  gboolean live = icam_tile_source_is_live (self->source);
  gboolean motion = live && icam_camera_get_motion (self->camera);
  IcamPicture *picture;

  set_label (self->name_label, icam_camera_get_name (self->camera));
  update_pad (self);
  if (live)
    update_live (self);
  else
    update_past (self);
  picture = icam_picture_view_get_picture (self->view);
  icam_picture_view_set_motion (self->view, motion && picture != NULL);
  gtk_widget_set_visible (self->motion_icon, motion && picture != NULL);
  gtk_widget_set_visible (self->unverified_icon,
                          picture != NULL
                            && (picture->unverified
                                || (live
                                    && g_strcmp0 (icam_camera_get_identity (self->camera),
                                                  "unknown")
                                         == 0)));
}

/* ---- where the pictures come from ---- */

static void
source_picture_cb (IcamTile    *self,
                   IcamPicture *picture)
{
  icam_picture_view_set_picture (self->view, picture);
}

static void
source_reset_cb (IcamTile *self)
{
  icam_picture_view_set_picture (self->view, NULL);
}

static void
size_changed (IcamTile *self)
{
  icam_tile_source_set_size (self->source,
                             gtk_widget_get_width (GTK_WIDGET (self))
                               * gtk_widget_get_scale_factor (GTK_WIDGET (self)),
                             self->large);
}

/* ---- looking closer, where one camera fills the wall ---- */

static void
update_zoom (IcamTile *self)
{
  double factor = icam_picture_zoom_get_factor (self->zoom);
  g_autofree char *label = NULL;

  gtk_widget_set_visible (GTK_WIDGET (self->zoom_button), factor > 1);
  if (factor <= 1)
    return;
  label = g_strdup_printf ("%.1f×", factor);
  gtk_button_set_label (self->zoom_button, label);
}

static void
reset_zoom_cb (IcamTile *self)
{
  icam_picture_zoom_reset (self->zoom);
}

/* ---- doing ---- */

static void
open_action (GSimpleAction *action,
             GVariant      *parameter,
             gpointer       user_data)
{
  g_signal_emit (user_data, signals[ACTIVATED], 0);
}

static void
export_action (GSimpleAction *action,
               GVariant      *parameter,
               gpointer       user_data)
{
  IcamTile *self = user_data;

  gtk_widget_activate_action (GTK_WIDGET (self), "win.export-camera", "s",
                              icam_camera_get_id (self->camera));
}

static void
details_action (GSimpleAction *action,
                GVariant      *parameter,
                gpointer       user_data)
{
  IcamTile *self = user_data;

  gtk_widget_activate_action (GTK_WIDGET (self), "win.show-camera", "s",
                              icam_camera_get_id (self->camera));
}

static void
still_action (GSimpleAction *action,
              GVariant      *parameter,
              gpointer       user_data)
{
  IcamTile *self = user_data;

  gtk_widget_activate_action (GTK_WIDGET (self), "win.still-camera", "s",
                              icam_camera_get_id (self->camera));
}

/* The camera is moved where its picture of now fills the wall. */
static void
update_pad (IcamTile *self)
{
  GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self->actions), "ptz");
  gboolean able = self->large && self->source != NULL && icam_tile_source_is_live (self->source)
                  && icam_ptz_pad_get_able (self->pad);
  g_autoptr (GVariant) wanted = g_action_get_state (action);

  g_simple_action_set_enabled (G_SIMPLE_ACTION (action), able);
  gtk_widget_set_visible (self->pad_button, able);
  gtk_widget_set_visible (GTK_WIDGET (self->pad), able && g_variant_get_boolean (wanted));
}

static void
ptz_changed (GSimpleAction *action,
             GVariant      *state,
             gpointer       user_data)
{
  g_simple_action_set_state (action, state);
  update_pad (user_data);
}

static gboolean
close_pad (IcamTile *self)
{
  if (!gtk_widget_get_visible (GTK_WIDGET (self->pad)))
    return FALSE;
  g_action_group_change_action_state (G_ACTION_GROUP (self->actions), "ptz", g_variant_new_boolean (FALSE));
  gtk_widget_grab_focus (GTK_WIDGET (self));
  return TRUE;
}

static void
pad_close_cb (IcamTile *self)
{
  close_pad (self);
}

static void
update_pinned (IcamTile *self)
{
  if (icam_tile_source_get_pinned (self->source) && !icam_viewpoint_get_live (self->viewpoint))
    gtk_widget_add_css_class (GTK_WIDGET (self), "icam-pinned");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self), "icam-pinned");
}

static void
pin_changed (GSimpleAction *action,
             GVariant      *state,
             gpointer       user_data)
{
  IcamTile *self = user_data;

  g_simple_action_set_state (action, state);
  icam_tile_source_set_pinned (self->source, g_variant_get_boolean (state));
  update_pinned (self);
}

static void
cover_clicked_cb (IcamTile *self)
{
  switch (self->cover_button)
    {
    case COVER_NEAREST:
      g_signal_emit (self, signals[NEAREST], 0, self->nearest);
      break;
    case COVER_UNLOCK:
      gtk_widget_activate_action (GTK_WIDGET (self), "win.unlock-keyring", NULL);
      break;
    case COVER_DETAILS:
      gtk_widget_activate_action (GTK_WIDGET (self), "win.diagnose", "s", icam_camera_get_id (self->camera));
      break;
    case COVER_NO_BUTTON:
    default:
      break;
    }
}

static gboolean
tapped_cb (gpointer user_data)
{
  IcamTile *self = user_data;

  self->tapped_source = 0;
  gtk_widget_remove_css_class (GTK_WIDGET (self), "icam-tapped");
  return G_SOURCE_REMOVE;
}

/* A finger does not hover: a tap shows the controls for a while. */
static void
show_controls (IcamTile *self)
{
  g_clear_handle_id (&self->tapped_source, g_source_remove);
  gtk_widget_add_css_class (GTK_WIDGET (self), "icam-tapped");
  self->tapped_source = g_timeout_add (TAPPED_MS, tapped_cb, self);
}

static void
pressed_cb (GtkGestureClick *gesture,
            int              n_press,
            double           x,
            double           y,
            IcamTile        *self)
{
  GdkDevice *device = gtk_event_controller_get_current_event_device (GTK_EVENT_CONTROLLER (gesture));

  if (device != NULL && gdk_device_get_source (device) == GDK_SOURCE_TOUCHSCREEN)
    show_controls (self);
  gtk_widget_grab_focus (GTK_WIDGET (self));
  if (n_press != 2)
    return;
  if (!self->large)
    g_signal_emit (self, signals[ACTIVATED], 0);
  else
    icam_picture_zoom_toggle (self->zoom, x, y);
}

static void
menu_pressed_cb (GtkGestureClick *gesture,
                 int              n_press,
                 double           x,
                 double           y,
                 IcamTile        *self)
{
  gtk_menu_button_popup (self->menu_button);
}

static void
long_pressed_cb (GtkGestureLongPress *gesture,
                 double               x,
                 double               y,
                 IcamTile            *self)
{
  gtk_menu_button_popup (self->menu_button);
}

static gboolean
activate_shortcut_cb (GtkWidget *widget,
                      GVariant  *arguments,
                      gpointer   user_data)
{
  g_signal_emit (widget, signals[ACTIVATED], 0);
  return TRUE;
}

static gboolean
menu_shortcut_cb (GtkWidget *widget,
                  GVariant  *arguments,
                  gpointer   user_data)
{
  gtk_menu_button_popup (ICAM_TILE (widget)->menu_button);
  return TRUE;
}

/* ---- the widget ---- */

static void
icam_tile_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (icam_tile_parent_class)->map (widget);
  icam_tile_source_set_running (ICAM_TILE (widget)->source, TRUE);
  icam_tile_update (ICAM_TILE (widget));
}

static void
icam_tile_unmap (GtkWidget *widget)
{
  icam_tile_source_set_running (ICAM_TILE (widget)->source, FALSE);
  GTK_WIDGET_CLASS (icam_tile_parent_class)->unmap (widget);
}

static void
icam_tile_size_allocate (GtkWidget *widget,
                         int        width,
                         int        height,
                         int        baseline)
{
  IcamTile *self = ICAM_TILE (widget);

  gtk_widget_allocate (self->overlay, width, height, baseline, NULL);
  size_changed (self);
}

static void
icam_tile_measure (GtkWidget      *widget,
                   GtkOrientation  orientation,
                   int             for_size,
                   int            *minimum,
                   int            *natural,
                   int            *minimum_baseline,
                   int            *natural_baseline)
{
  gtk_widget_measure (ICAM_TILE (widget)->overlay, orientation, for_size, minimum, natural, NULL,
                      NULL);
}

/* The tile itself first, then the button on its cover. */
static gboolean
icam_tile_focus (GtkWidget       *widget,
                 GtkDirectionType direction)
{
  IcamTile *self = ICAM_TILE (widget);

  if (gtk_widget_is_focus (widget))
    return direction == GTK_DIR_TAB_FORWARD && gtk_widget_child_focus (self->overlay, direction);
  if (gtk_widget_get_focus_child (widget) != NULL)
    return gtk_widget_child_focus (self->overlay, direction);
  return gtk_widget_grab_focus (widget);
}

static void
focus_changed_cb (IcamTile *self)
{
  if (gtk_widget_has_focus (GTK_WIDGET (self)))
    icam_viewpoint_set_focused (self->viewpoint, icam_camera_get_id (self->camera));
}

static void
icam_tile_get_property (GObject    *object,
                        guint       prop_id,
                        GValue     *value,
                        GParamSpec *pspec)
{
  IcamTile *self = ICAM_TILE (object);

  switch (prop_id)
    {
    case PROP_CAMERA:
      g_value_set_object (value, self->camera);
      break;
    case PROP_LARGE:
      g_value_set_boolean (value, self->large);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
icam_tile_dispose (GObject *object)
{
  IcamTile *self = ICAM_TILE (object);

  g_clear_handle_id (&self->tapped_source, g_source_remove);
  if (self->source != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->source, self);
      icam_tile_source_set_running (self->source, FALSE);
    }
  g_clear_object (&self->source);
  g_clear_object (&self->zoom);
  g_clear_pointer (&self->overlay, gtk_widget_unparent);
  if (self->viewpoint != NULL)
    g_signal_handlers_disconnect_by_data (self->viewpoint, self);
  if (self->camera != NULL)
    g_signal_handlers_disconnect_by_data (self->camera, self);
  g_clear_object (&self->actions);
  g_clear_object (&self->viewpoint);
  g_clear_object (&self->camera);
  g_clear_object (&self->client);
  G_OBJECT_CLASS (icam_tile_parent_class)->dispose (object);
}

static void
icam_tile_class_init (IcamTileClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->dispose = icam_tile_dispose;
  object_class->get_property = icam_tile_get_property;
  widget_class->map = icam_tile_map;
  widget_class->unmap = icam_tile_unmap;
  widget_class->measure = icam_tile_measure;
  widget_class->size_allocate = icam_tile_size_allocate;
  widget_class->focus = icam_tile_focus;

  properties[PROP_CAMERA] = g_param_spec_object ("camera", NULL, NULL, ICAM_TYPE_CAMERA, flags);
  properties[PROP_LARGE] = g_param_spec_boolean ("large", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  signals[ACTIVATED] = g_signal_new ("activated", ICAM_TYPE_TILE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                     NULL, G_TYPE_NONE, 0);
  signals[NEAREST] = g_signal_new ("nearest", ICAM_TYPE_TILE, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 1, G_TYPE_INT64);

  g_type_ensure (ICAM_TYPE_PICTURE_VIEW);
  g_type_ensure (ICAM_TYPE_PTZ_PAD);
  g_type_ensure (ICAM_TYPE_TILE_COVER);
  gtk_widget_class_set_template_from_resource (widget_class, ICAM_APP_PATH "/icam-tile.ui");
  gtk_widget_class_bind_template_child (widget_class, IcamTile, overlay);
  gtk_widget_class_bind_template_child (widget_class, IcamTile, view);
  gtk_widget_class_bind_template_child (widget_class, IcamTile, cover);
  gtk_widget_class_bind_template_child (widget_class, IcamTile, not_recorded);
  gtk_widget_class_bind_template_child (widget_class, IcamTile, plate);
  gtk_widget_class_bind_template_child (widget_class, IcamTile, motion_icon);
  gtk_widget_class_bind_template_child (widget_class, IcamTile, unverified_icon);
  gtk_widget_class_bind_template_child (widget_class, IcamTile, name_label);
  gtk_widget_class_bind_template_child (widget_class, IcamTile, age_label);
  gtk_widget_class_bind_template_child (widget_class, IcamTile, pad);
  gtk_widget_class_bind_template_child (widget_class, IcamTile, pad_button);
  gtk_widget_class_bind_template_child (widget_class, IcamTile, controls);
  gtk_widget_class_bind_template_child (widget_class, IcamTile, zoom_button);
  gtk_widget_class_bind_template_child (widget_class, IcamTile, open_button);
  gtk_widget_class_bind_template_child (widget_class, IcamTile, menu_button);
  gtk_widget_class_bind_template_child (widget_class, IcamTile, menu);
  gtk_widget_class_bind_template_callback (widget_class, cover_clicked_cb);
  gtk_widget_class_bind_template_callback (widget_class, reset_zoom_cb);
  gtk_widget_class_bind_template_callback (widget_class, pad_close_cb);
  gtk_widget_class_bind_template_callback (widget_class, update_pad);
  gtk_widget_class_bind_template_callback (widget_class, pressed_cb);
  gtk_widget_class_bind_template_callback (widget_class, menu_pressed_cb);
  gtk_widget_class_bind_template_callback (widget_class, long_pressed_cb);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Return, 0, activate_shortcut_cb, NULL);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_KP_Enter, 0, activate_shortcut_cb, NULL);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_F10, GDK_SHIFT_MASK, menu_shortcut_cb, NULL);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Menu, 0, menu_shortcut_cb, NULL);
  gtk_widget_class_set_css_name (widget_class, "icam-tile");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
icam_tile_init (IcamTile *self)
{
  static const GActionEntry entries[] = {
    { "open", open_action, NULL, NULL, NULL, { 0 } },
    { "export", export_action, NULL, NULL, NULL, { 0 } },
    { "details", details_action, NULL, NULL, NULL, { 0 } },
    { "still", still_action, NULL, NULL, NULL, { 0 } },
    { "pin", NULL, NULL, "false", pin_changed, { 0 } },
    { "ptz", NULL, NULL, "false", ptz_changed, { 0 } },
  };

  gtk_widget_init_template (GTK_WIDGET (self));
  self->zoom = icam_picture_zoom_new (self->view);
  g_signal_connect_object (self->zoom, "changed", G_CALLBACK (update_zoom), self,
                           G_CONNECT_SWAPPED);
  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries),
                                   self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "tile", G_ACTION_GROUP (self->actions));
  g_signal_connect (self, "notify::has-focus", G_CALLBACK (focus_changed_cb), NULL);
}

static void
name_changed_cb (IcamTile *self)
{
  g_autofree char *open = g_strdup_printf (_("Show %s large"), icam_camera_get_name (self->camera));
  g_autofree char *more = g_strdup_printf (_("More about %s"), icam_camera_get_name (self->camera));

  icam_accessible_set_label (GTK_WIDGET (self->open_button), open);
  icam_accessible_set_label (GTK_WIDGET (self->menu_button), more);
  icam_tile_update (self);
}

/**
 * icam_tile_new:
 * @client: the recorder
 * @camera: whose pictures are shown
 * @viewpoint: when
 *
 * Returns: (transfer floating): the tile
 */
GtkWidget *
icam_tile_new (IcamClient    *client,
               IcamCamera    *camera,
               IcamViewpoint *viewpoint)
{
  IcamTile *self;

  g_return_val_if_fail (ICAM_IS_CLIENT (client), NULL);
  g_return_val_if_fail (ICAM_IS_CAMERA (camera), NULL);
  g_return_val_if_fail (ICAM_IS_VIEWPOINT (viewpoint), NULL);

  self = g_object_new (ICAM_TYPE_TILE, NULL);
  self->client = g_object_ref (client);
  self->camera = g_object_ref (camera);
  self->viewpoint = g_object_ref (viewpoint);
  self->source = icam_tile_source_new (client, camera, viewpoint);
  g_signal_connect_swapped (self->source, "picture", G_CALLBACK (source_picture_cb), self);
  g_signal_connect_swapped (self->source, "reset", G_CALLBACK (source_reset_cb), self);
  g_signal_connect_swapped (self->source, "changed", G_CALLBACK (icam_tile_update), self);
  icam_ptz_pad_set_camera (self->pad, camera);
  g_signal_connect_swapped (viewpoint, "notify::live", G_CALLBACK (update_pinned), self);
  g_signal_connect_swapped (camera, "notify::name", G_CALLBACK (name_changed_cb), self);
  g_signal_connect_swapped (camera, "notify::state", G_CALLBACK (icam_tile_update), self);
  g_signal_connect_swapped (camera, "notify::motion", G_CALLBACK (icam_tile_update), self);
  g_signal_connect_swapped (camera, "notify::identity", G_CALLBACK (icam_tile_update), self);
  g_signal_connect_swapped (camera, "notify::error", G_CALLBACK (icam_tile_update), self);
  name_changed_cb (self);
  return GTK_WIDGET (self);
}

/** icam_tile_get_camera: whose pictures are shown (transfer none) */
IcamCamera *
icam_tile_get_camera (IcamTile *self)
{
  g_return_val_if_fail (ICAM_IS_TILE (self), NULL);
  return self->camera;
}

/** icam_tile_set_large: whether it fills the wall, on the main stream */
void
icam_tile_set_large (IcamTile *self,
                     gboolean  large)
{
  g_return_if_fail (ICAM_IS_TILE (self));

  if (self->large == large)
    return;
  self->large = large;
  gtk_button_set_icon_name (self->open_button,
                            large ? "view-grid-symbolic" : "view-fullscreen-symbolic");
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->open_button),
                               large ? _("Show all cameras (Escape)") : _("Show large (Enter)"));
  icam_picture_zoom_set_enabled (self->zoom, large);
  update_pad (self);
  size_changed (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LARGE]);
}

/** icam_tile_tick: ages grow; called once a second */
void
icam_tile_tick (IcamTile *self)
{
  g_return_if_fail (ICAM_IS_TILE (self));

  if (gtk_widget_get_mapped (GTK_WIDGET (self)))
    icam_tile_update (self);
}

/** icam_tile_dup_trouble: what is wrong with the camera now, in words; NULL if nothing is */
char *
icam_tile_dup_trouble (IcamTile *self)
{
  const char *state;

  g_return_val_if_fail (ICAM_IS_TILE (self), NULL);

  state = icam_camera_get_state (self->camera);
  if (g_strcmp0 (state, "recording") == 0 || g_strcmp0 (state, "connecting") == 0)
    return NULL;
  return state_words (self);
}

/** icam_tile_get_picture: what is shown (transfer none), or NULL */
IcamPicture *
icam_tile_get_picture (IcamTile *self)
{
  g_return_val_if_fail (ICAM_IS_TILE (self), NULL);
  return icam_picture_view_get_picture (self->view);
}

/** icam_tile_escape: the pad is closed, or all of the picture is seen again; FALSE if there was neither */
gboolean
icam_tile_escape (IcamTile *self)
{
  g_return_val_if_fail (ICAM_IS_TILE (self), FALSE);

  if (close_pad (self))
    return TRUE;
  if (icam_picture_zoom_get_factor (self->zoom) <= 1)
    return FALSE;
  reset_zoom_cb (self);
  return TRUE;
}

/** icam_tile_key: keys of the tile that fills the wall; whether this one meant something */
gboolean
icam_tile_key (IcamTile *self,
               guint     keyval)
{
  g_return_val_if_fail (ICAM_IS_TILE (self), FALSE);

  if (gtk_widget_get_visible (GTK_WIDGET (self->pad)) && icam_ptz_pad_key (self->pad, keyval))
    return TRUE;
  if (keyval == GDK_KEY_t || keyval == GDK_KEY_T)
    {
      gtk_widget_activate_action (GTK_WIDGET (self), "tile.ptz", NULL);
      return TRUE;
    }
  return icam_picture_zoom_key (self->zoom, keyval);
}

/** icam_tile_key_released: of what icam_tile_key() was told before */
void
icam_tile_key_released (IcamTile *self,
                        guint     keyval)
{
  g_return_if_fail (ICAM_IS_TILE (self));
  icam_ptz_pad_key_released (self->pad, keyval);
}
