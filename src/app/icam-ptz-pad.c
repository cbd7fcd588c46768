/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-ptz-pad.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app/icam-accessible.h"
#include "app/icam-ptz-presets.h"
#include "client/icam-words.h"

/* While it is held, the recorder is told so: it ends a move of which it hears no more after a second. */
#define REFRESH_MS 500
#define SPEED 0.6

typedef struct
{
  int pan, tilt, zoom;
} Direction;

struct _IcamPtzPad
{
  GtkBox parent_instance;

  IcamCamera *camera;
  IcamDBusCamera *proxy; /* whose "ptz" is watched */
  GCancellable *cancellable;
  gboolean able;

  Direction held;  /* where it goes now; 0, 0, 0: nowhere */
  guint held_key;  /* by this key, or 0 */
  gboolean pressed; /* a button began it, which will say "clicked" yet */
  guint refresh_source;

  GtkLabel *notice;
  GtkWidget *out_button, *up_button, *in_button, *left_button, *home_button, *right_button, *down_button;
  GtkMenuButton *presets_button;
  GtkPopover *presets_popover;
  IcamPtzPresets *presets;
};

enum
{
  PROP_0,
  PROP_ABLE,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

enum
{
  CLOSE,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (IcamPtzPad, icam_ptz_pad, GTK_TYPE_BOX)

static gboolean
has (IcamPtzPad *self,
     const char *ability)
{
  const char *const *abilities = self->proxy != NULL ? icam_dbus_camera_get_ptz (self->proxy) : NULL;

  return abilities != NULL && g_strv_contains (abilities, ability);
}

/* NULL: nothing is wrong. */
static void
say (IcamPtzPad   *self,
     const GError *error)
{
  g_autofree char *words = error != NULL ? icam_words_error (error) : NULL;

  gtk_label_set_text (self->notice, words != NULL ? words : "");
  gtk_widget_set_visible (GTK_WIDGET (self->notice), words != NULL);
}

static void
done_cb (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr (IcamPtzPad) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) nothing = g_dbus_proxy_call_finish (G_DBUS_PROXY (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->cancellable == NULL)
    return;
  if (nothing == NULL)
    icam_ptz_pad_halt (self);
  say (self, error);
}

static void
call (IcamPtzPad *self,
      const char *method,
      GVariant   *arguments)
{
  if (self->proxy != NULL)
    g_dbus_proxy_call (G_DBUS_PROXY (self->proxy), method, arguments, G_DBUS_CALL_FLAGS_NO_AUTO_START, -1,
                       self->cancellable, done_cb, g_object_ref (self));
  else
    g_variant_unref (g_variant_ref_sink (arguments));
}

static GVariant *
no_options (void)
{
  return g_variant_new ("a{sv}", NULL);
}

static void
move (IcamPtzPad *self)
{
  call (self, "PtzMove",
        g_variant_new ("(ddd@a{sv})", self->held.pan * SPEED, self->held.tilt * SPEED, self->held.zoom * SPEED,
                       no_options ()));
}

static gboolean
refresh_cb (gpointer user_data)
{
  move (user_data);
  return G_SOURCE_CONTINUE;
}

static gboolean
is_nowhere (Direction direction)
{
  return direction.pan == 0 && direction.tilt == 0 && direction.zoom == 0;
}

static void
hold (IcamPtzPad *self,
      Direction   direction)
{
  if (direction.pan == self->held.pan && direction.tilt == self->held.tilt && direction.zoom == self->held.zoom)
    return;

  self->held = direction;
  move (self);
  if (self->refresh_source == 0)
    self->refresh_source = g_timeout_add (REFRESH_MS, refresh_cb, self);
}

/* Which way a button leads. */
static Direction
direction_of (IcamPtzPad *self,
              GtkWidget  *button)
{
  return button == self->left_button    ? (Direction) { -1, 0, 0 }
         : button == self->right_button ? (Direction) { 1, 0, 0 }
         : button == self->up_button    ? (Direction) { 0, 1, 0 }
         : button == self->down_button  ? (Direction) { 0, -1, 0 }
         : button == self->in_button    ? (Direction) { 0, 0, 1 }
                                        : (Direction) { 0, 0, -1 };
}

/* A button is active while a pointer or a finger holds it. */
static void
flags_changed_cb (GtkWidget     *button,
                  GtkStateFlags  before,
                  IcamPtzPad    *self)
{
  gboolean was = (before & GTK_STATE_FLAG_ACTIVE) != 0;
  gboolean is = (gtk_widget_get_state_flags (button) & GTK_STATE_FLAG_ACTIVE) != 0;

  if (!was && is)
    {
      self->pressed = TRUE;
      hold (self, direction_of (self, button));
    }
  else if (was && !is)
    icam_ptz_pad_halt (self);
}

/* By a key or an assistive technology: a short way. */
static void
clicked_cb (GtkWidget  *button,
            IcamPtzPad *self)
{
  Direction direction = direction_of (self, button);

  if (self->pressed)
    {
      self->pressed = FALSE;
      return;
    }
  call (self, "PtzMove",
        g_variant_new ("(ddd@a{sv})", direction.pan * SPEED, direction.tilt * SPEED, direction.zoom * SPEED,
                       no_options ()));
}

static void
home_cb (IcamPtzPad *self)
{
  call (self, "PtzHome", g_variant_new ("(@a{sv})", no_options ()));
}

static void
close_cb (IcamPtzPad *self)
{
  g_signal_emit (self, signals[CLOSE], 0);
}

static void
presets_shown_cb (IcamPtzPad *self)
{
  icam_ptz_presets_load (self->presets, self->proxy);
}

static void
preset_chosen_cb (IcamPtzPad *self,
                  const char *token)
{
  gtk_popover_popdown (self->presets_popover);
  call (self, "PtzGotoPreset", g_variant_new ("(s@a{sv})", token, no_options ()));
}

static void
update (IcamPtzPad *self)
{
  gboolean turns = has (self, "pan-tilt");
  gboolean zooms = has (self, "zoom");
  GtkWidget *const turning[] = { self->left_button, self->right_button, self->up_button, self->down_button };
  GtkWidget *const zooming[] = { self->in_button, self->out_button };

  for (guint i = 0; i < G_N_ELEMENTS (turning); i++)
    gtk_widget_set_sensitive (turning[i], turns);
  for (guint i = 0; i < G_N_ELEMENTS (zooming); i++)
    gtk_widget_set_sensitive (zooming[i], zooms);
  if (self->able == (turns || zooms))
    return;
  self->able = turns || zooms;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ABLE]);
}

static void
proxy_changed_cb (IcamPtzPad *self)
{
  IcamDBusCamera *proxy = icam_camera_get_proxy (self->camera);

  if (self->proxy != NULL)
    g_signal_handlers_disconnect_by_data (self->proxy, self);
  g_set_object (&self->proxy, proxy);
  if (proxy != NULL)
    g_signal_connect_swapped (proxy, "notify::ptz", G_CALLBACK (update), self);
  update (self);
}

/* ---- the widget ---- */

static void
icam_ptz_pad_unmap (GtkWidget *widget)
{
  icam_ptz_pad_halt (ICAM_PTZ_PAD (widget));
  say (ICAM_PTZ_PAD (widget), NULL);
  GTK_WIDGET_CLASS (icam_ptz_pad_parent_class)->unmap (widget);
}

static void
icam_ptz_pad_get_property (GObject    *object,
                           guint       prop_id,
                           GValue     *value,
                           GParamSpec *pspec)
{
  switch (prop_id)
    {
    case PROP_ABLE:
      g_value_set_boolean (value, ICAM_PTZ_PAD (object)->able);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
icam_ptz_pad_dispose (GObject *object)
{
  IcamPtzPad *self = ICAM_PTZ_PAD (object);

  g_clear_handle_id (&self->refresh_source, g_source_remove);
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  if (self->proxy != NULL)
    g_signal_handlers_disconnect_by_data (self->proxy, self);
  g_clear_object (&self->proxy);
  if (self->camera != NULL)
    g_signal_handlers_disconnect_by_data (self->camera, self);
  g_clear_object (&self->camera);
  G_OBJECT_CLASS (icam_ptz_pad_parent_class)->dispose (object);
}

static void
icam_ptz_pad_class_init (IcamPtzPadClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = icam_ptz_pad_dispose;
  object_class->get_property = icam_ptz_pad_get_property;
  widget_class->unmap = icam_ptz_pad_unmap;
  properties[PROP_ABLE] = g_param_spec_boolean (
    "able", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[CLOSE]
    = g_signal_new ("close", ICAM_TYPE_PTZ_PAD, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);

  g_type_ensure (ICAM_TYPE_PTZ_PRESETS);
  gtk_widget_class_set_template_from_resource (widget_class, ICAM_APP_PATH "/icam-ptz-pad.ui");
  gtk_widget_class_bind_template_child (widget_class, IcamPtzPad, notice);
  gtk_widget_class_bind_template_child (widget_class, IcamPtzPad, out_button);
  gtk_widget_class_bind_template_child (widget_class, IcamPtzPad, up_button);
  gtk_widget_class_bind_template_child (widget_class, IcamPtzPad, in_button);
  gtk_widget_class_bind_template_child (widget_class, IcamPtzPad, left_button);
  gtk_widget_class_bind_template_child (widget_class, IcamPtzPad, home_button);
  gtk_widget_class_bind_template_child (widget_class, IcamPtzPad, right_button);
  gtk_widget_class_bind_template_child (widget_class, IcamPtzPad, down_button);
  gtk_widget_class_bind_template_child (widget_class, IcamPtzPad, presets_button);
  gtk_widget_class_bind_template_child (widget_class, IcamPtzPad, presets_popover);
  gtk_widget_class_bind_template_child (widget_class, IcamPtzPad, presets);
  gtk_widget_class_bind_template_callback (widget_class, clicked_cb);
  gtk_widget_class_bind_template_callback (widget_class, flags_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, home_cb);
  gtk_widget_class_bind_template_callback (widget_class, close_cb);
  gtk_widget_class_bind_template_callback (widget_class, presets_shown_cb);
}

static void
icam_ptz_pad_init (IcamPtzPad *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  icam_accessible_name_buttons (GTK_WIDGET (self));
  icam_accessible_set_label (GTK_WIDGET (self->presets_button), gtk_widget_get_tooltip_text (GTK_WIDGET (self->presets_button)));
  g_signal_connect_object (self->presets, "chosen", G_CALLBACK (preset_chosen_cb), self, G_CONNECT_SWAPPED);
}

/** icam_ptz_pad_set_camera: what is moved; once */
void
icam_ptz_pad_set_camera (IcamPtzPad *self,
                         IcamCamera *camera)
{
  g_return_if_fail (ICAM_IS_PTZ_PAD (self));
  g_return_if_fail (self->camera == NULL);

  self->camera = g_object_ref (camera);
  g_signal_connect_swapped (camera, "notify::proxy", G_CALLBACK (proxy_changed_cb), self);
  proxy_changed_cb (self);
}

/** icam_ptz_pad_get_able: whether the camera can be moved, as far as is known now */
gboolean
icam_ptz_pad_get_able (IcamPtzPad *self)
{
  g_return_val_if_fail (ICAM_IS_PTZ_PAD (self), FALSE);
  return self->able;
}

/** icam_ptz_pad_halt: what is held is held no more */
void
icam_ptz_pad_halt (IcamPtzPad *self)
{
  g_return_if_fail (ICAM_IS_PTZ_PAD (self));

  if (is_nowhere (self->held))
    return;
  self->held = (Direction) { 0, 0, 0 };
  self->held_key = 0;
  g_clear_handle_id (&self->refresh_source, g_source_remove);
  call (self, "PtzStop", g_variant_new ("(@a{sv})", no_options ()));
}

/**
 * icam_ptz_pad_key:
 * @self: a pad that is open
 * @keyval: a key that was pressed
 *
 * Arrows turn the camera, Page Up and Page Down let it look closer and farther, while they are held.
 *
 * Returns: whether it meant something
 */
gboolean
icam_ptz_pad_key (IcamPtzPad *self,
                  guint       keyval)
{
  Direction direction;

  g_return_val_if_fail (ICAM_IS_PTZ_PAD (self), FALSE);

  switch (keyval)
    {
    case GDK_KEY_Left:
      direction = (Direction) { -1, 0, 0 };
      break;
    case GDK_KEY_Right:
      direction = (Direction) { 1, 0, 0 };
      break;
    case GDK_KEY_Up:
      direction = (Direction) { 0, 1, 0 };
      break;
    case GDK_KEY_Down:
      direction = (Direction) { 0, -1, 0 };
      break;
    case GDK_KEY_Page_Up:
      direction = (Direction) { 0, 0, 1 };
      break;
    case GDK_KEY_Page_Down:
      direction = (Direction) { 0, 0, -1 };
      break;
    default:
      return FALSE;
    }
  self->held_key = keyval;
  hold (self, direction);
  return TRUE;
}

/** icam_ptz_pad_key_released: the key that is held is held no more */
void
icam_ptz_pad_key_released (IcamPtzPad *self,
                           guint       keyval)
{
  g_return_if_fail (ICAM_IS_PTZ_PAD (self));

  if (self->held_key != 0 && self->held_key == keyval)
    icam_ptz_pad_halt (self);
}
