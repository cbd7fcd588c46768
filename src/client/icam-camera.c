/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-client"

#include "config.h"

#include "client/icam-client-private.h"

#include <string.h>

/* The values are copied: a proxy forgets its properties when the recorder goes, and the window still has to say whose tile it is. */
struct _IcamCamera
{
  GObject parent_instance;
  IcamDBusCamera *proxy;
  char *id;
  char *name;
  char *channel;
  char *state;
  char *identity;
  char *detector_state;
  GError *error;
  gint64 state_since;
  gint64 retry_at;
  gint64 added;
  guint position;
  guint roles; /* a bit a role */
  gboolean motion;
};

G_DEFINE_FINAL_TYPE (IcamCamera, icam_camera, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_ID,
  PROP_NAME,
  PROP_CHANNEL,
  PROP_STATE,
  PROP_STATE_SINCE,
  PROP_ERROR,
  PROP_RETRY_AT,
  PROP_IDENTITY,
  PROP_MOTION,
  PROP_DETECTOR_STATE,
  PROP_POSITION,
  PROP_ADDED,
  PROP_HAS_SUB,
  PROP_PROXY,
  N_PROPS,
};
static GParamSpec *properties[N_PROPS];

enum
{
  GONE,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

static void
notify (IcamCamera *self,
        guint       property)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[property]);
}

static void
set_string (IcamCamera *self,
            char      **field,
            const char *value,
            guint       property)
{
  if (value == NULL)
    value = "";
  if (g_strcmp0 (*field, value) == 0)
    return;
  g_free (*field);
  *field = g_strdup (value);
  notify (self, property);
}

static void
set_time (IcamCamera *self,
          gint64     *field,
          gint64      value,
          guint       property)
{
  if (*field == value)
    return;
  *field = value;
  notify (self, property);
}

static void
take_error (IcamCamera *self,
            GError     *error)
{
  if ((error == NULL && self->error == NULL)
      || (error != NULL && self->error != NULL && error->code == self->error->code
          && error->domain == self->error->domain
          && g_str_equal (error->message, self->error->message)))
    {
      g_clear_error (&error);
      return;
    }

  g_clear_error (&self->error);
  self->error = error;
  notify (self, PROP_ERROR);
}

static void
set_motion (IcamCamera *self,
            gboolean    motion)
{
  if (self->motion == motion)
    return;
  self->motion = motion;
  notify (self, PROP_MOTION);
}

static guint
read_roles (IcamDBusCamera *proxy)
{
  GVariant *streams = icam_dbus_camera_get_streams (proxy);
  guint roles = 0;
  GVariantIter iter;
  const char *name;

  if (streams == NULL)
    return 0;

  g_variant_iter_init (&iter, streams);
  while (g_variant_iter_next (&iter, "(&s&suud&s)", &name, NULL, NULL, NULL, NULL, NULL))
    {
      IcamRole role;

      if (icam_role_from_string (name, &role))
        roles |= 1u << role;
    }

  return roles;
}

static void
update (IcamCamera *self)
{
  IcamDBusCamera *proxy = self->proxy;
  GVariant *problem;
  guint roles;

  /* The recorder went: what was known stays, icam_camera_set_absent() says the rest. */
  if (icam_dbus_camera_get_id (proxy) == NULL)
    return;

  g_object_freeze_notify (G_OBJECT (self));
  set_string (self, &self->name, icam_dbus_camera_get_name (proxy), PROP_NAME);
  set_string (self, &self->channel, icam_dbus_camera_get_channel (proxy), PROP_CHANNEL);
  set_string (self, &self->state, icam_dbus_camera_get_state (proxy), PROP_STATE);
  set_string (self, &self->identity, icam_dbus_camera_get_identity (proxy), PROP_IDENTITY);
  set_string (self, &self->detector_state, icam_dbus_camera_get_detector_state (proxy),
              PROP_DETECTOR_STATE);
  set_time (self, &self->state_since, icam_dbus_camera_get_state_since (proxy), PROP_STATE_SINCE);
  set_time (self, &self->retry_at, icam_dbus_camera_get_retry_at (proxy), PROP_RETRY_AT);
  set_time (self, &self->added, icam_dbus_camera_get_added (proxy), PROP_ADDED);
  set_motion (self, icam_dbus_camera_get_motion (proxy));

  problem = icam_dbus_camera_get_problem (proxy);
  take_error (self, problem != NULL ? icam_error_from_variant (problem) : NULL);

  if (self->position != icam_dbus_camera_get_position (proxy))
    {
      self->position = icam_dbus_camera_get_position (proxy);
      notify (self, PROP_POSITION);
    }
  roles = read_roles (proxy);
  if (self->roles != roles)
    {
      self->roles = roles;
      notify (self, PROP_HAS_SUB);
    }
  g_object_thaw_notify (G_OBJECT (self));
}

static void
icam_camera_get_property (GObject    *object,
                          guint       id,
                          GValue     *value,
                          GParamSpec *pspec)
{
  IcamCamera *self = ICAM_CAMERA (object);

  switch (id)
    {
    case PROP_ID:
      g_value_set_string (value, self->id);
      break;
    case PROP_NAME:
      g_value_set_string (value, self->name);
      break;
    case PROP_CHANNEL:
      g_value_set_string (value, self->channel);
      break;
    case PROP_STATE:
      g_value_set_string (value, self->state);
      break;
    case PROP_STATE_SINCE:
      g_value_set_int64 (value, self->state_since);
      break;
    case PROP_ERROR:
      g_value_set_boxed (value, self->error);
      break;
    case PROP_RETRY_AT:
      g_value_set_int64 (value, self->retry_at);
      break;
    case PROP_IDENTITY:
      g_value_set_string (value, self->identity);
      break;
    case PROP_MOTION:
      g_value_set_boolean (value, self->motion);
      break;
    case PROP_DETECTOR_STATE:
      g_value_set_string (value, self->detector_state);
      break;
    case PROP_POSITION:
      g_value_set_uint (value, self->position);
      break;
    case PROP_ADDED:
      g_value_set_int64 (value, self->added);
      break;
    case PROP_HAS_SUB:
      g_value_set_boolean (value, icam_camera_has_role (self, ICAM_ROLE_SUB));
      break;
    case PROP_PROXY:
      g_value_set_object (value, self->proxy);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
icam_camera_dispose (GObject *object)
{
  IcamCamera *self = ICAM_CAMERA (object);

  if (self->proxy != NULL)
    g_signal_handlers_disconnect_by_data (self->proxy, self);
  g_clear_object (&self->proxy);

  G_OBJECT_CLASS (icam_camera_parent_class)->dispose (object);
}

static void
icam_camera_finalize (GObject *object)
{
  IcamCamera *self = ICAM_CAMERA (object);

  g_free (self->id);
  g_free (self->name);
  g_free (self->channel);
  g_free (self->state);
  g_free (self->identity);
  g_free (self->detector_state);
  g_clear_error (&self->error);

  G_OBJECT_CLASS (icam_camera_parent_class)->finalize (object);
}

static void
icam_camera_class_init (IcamCameraClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = icam_camera_get_property;
  object_class->dispose = icam_camera_dispose;
  object_class->finalize = icam_camera_finalize;

  properties[PROP_ID] = g_param_spec_string ("id", NULL, NULL, NULL, flags);
  properties[PROP_NAME] = g_param_spec_string ("name", NULL, NULL, NULL, flags);
  properties[PROP_CHANNEL] = g_param_spec_string ("channel", NULL, NULL, NULL, flags);
  properties[PROP_STATE] = g_param_spec_string ("state", NULL, NULL, NULL, flags);
  properties[PROP_STATE_SINCE] = g_param_spec_int64 ("state-since", NULL, NULL, 0, G_MAXINT64, 0, flags);
  properties[PROP_ERROR] = g_param_spec_boxed ("error", NULL, NULL, G_TYPE_ERROR, flags);
  properties[PROP_RETRY_AT] = g_param_spec_int64 ("retry-at", NULL, NULL, 0, G_MAXINT64, 0, flags);
  properties[PROP_IDENTITY] = g_param_spec_string ("identity", NULL, NULL, NULL, flags);
  properties[PROP_MOTION] = g_param_spec_boolean ("motion", NULL, NULL, FALSE, flags);
  properties[PROP_DETECTOR_STATE] = g_param_spec_string ("detector-state", NULL, NULL, NULL, flags);
  properties[PROP_POSITION] = g_param_spec_uint ("position", NULL, NULL, 0, G_MAXUINT, 0, flags);
  properties[PROP_ADDED] = g_param_spec_int64 ("added", NULL, NULL, 0, G_MAXINT64, 0, flags);
  properties[PROP_HAS_SUB] = g_param_spec_boolean ("has-sub", NULL, NULL, FALSE, flags);
  properties[PROP_PROXY] = g_param_spec_object ("proxy", NULL, NULL, ICAM_DBUS_TYPE_CAMERA_PROXY, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  /**
   * IcamCamera::gone:
   * @self: the camera
   *
   * It was removed from the recorder; it is not in the client's list any more.
   */
  signals[GONE] = g_signal_new ("gone", ICAM_TYPE_CAMERA, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 0);
}

static void
icam_camera_init (IcamCamera *self)
{
  self->name = g_strdup ("");
  self->channel = g_strdup ("");
  self->state = g_strdup ("");
  self->identity = g_strdup ("");
  self->detector_state = g_strdup ("");
}

/* A camera is known by a UUID that its path repeats; anything else is not taken in, for nothing could be shown under it. */
gboolean
icam_camera_proxy_is_sane (IcamDBusCamera *proxy)
{
  const char *id = icam_dbus_camera_get_id (proxy);
  const char *channel = icam_dbus_camera_get_channel (proxy);
  const char *path = g_dbus_proxy_get_object_path (G_DBUS_PROXY (proxy));
  const char *tail = strrchr (path, '/');
  IcamUuid uuid;

  return icam_uuid_parse (id, &uuid) && strlen (id) == ICAM_UUID_TEXT_SIZE - 1
         && icam_uuid_parse (channel, &uuid) && tail != NULL && g_str_equal (tail + 1, id);
}

IcamCamera *
icam_camera_new (IcamDBusCamera *proxy)
{
  IcamCamera *self = g_object_new (ICAM_TYPE_CAMERA, NULL);

  self->id = g_strdup (icam_dbus_camera_get_id (proxy));
  icam_camera_set_proxy (self, proxy);
  return self;
}

void
icam_camera_set_proxy (IcamCamera     *self,
                       IcamDBusCamera *proxy)
{
  if (self->proxy == proxy)
    return;

  if (self->proxy != NULL)
    g_signal_handlers_disconnect_by_data (self->proxy, self);
  g_set_object (&self->proxy, proxy);
  g_signal_connect_object (proxy, "g-properties-changed", G_CALLBACK (update), self,
                           G_CONNECT_SWAPPED | G_CONNECT_AFTER);
  update (self);
  notify (self, PROP_PROXY);
}

/* The recorder went: nothing is known about now. The name, the channel and the history are as they were. */
void
icam_camera_set_absent (IcamCamera *self)
{
  g_object_freeze_notify (G_OBJECT (self));
  set_string (self, &self->state, "no-recorder", PROP_STATE);
  set_time (self, &self->state_since, g_get_real_time (), PROP_STATE_SINCE);
  set_time (self, &self->retry_at, 0, PROP_RETRY_AT);
  set_string (self, &self->detector_state, "absent", PROP_DETECTOR_STATE);
  set_motion (self, FALSE);
  take_error (self, NULL);
  g_object_thaw_notify (G_OBJECT (self));
}

void
icam_camera_gone (IcamCamera *self)
{
  g_signal_emit (self, signals[GONE], 0);
}

/**
 * icam_camera_get_id:
 * @self: a camera
 *
 * Returns: (transfer none): its UUID as 32 hex digits
 */
const char *
icam_camera_get_id (IcamCamera *self)
{
  g_return_val_if_fail (ICAM_IS_CAMERA (self), NULL);

  return self->id;
}

/**
 * icam_camera_get_name:
 * @self: a camera
 *
 * Returns: (transfer none): what people call it
 */
const char *
icam_camera_get_name (IcamCamera *self)
{
  g_return_val_if_fail (ICAM_IS_CAMERA (self), NULL);

  return self->name;
}

/**
 * icam_camera_get_channel:
 * @self: a camera
 *
 * Returns: (transfer none): the UUID of the channel that it shows now: a live picture of another one is not its picture
 */
const char *
icam_camera_get_channel (IcamCamera *self)
{
  g_return_val_if_fail (ICAM_IS_CAMERA (self), NULL);

  return self->channel;
}

/**
 * icam_camera_get_state:
 * @self: a camera
 *
 * Returns: (transfer none): "connecting", "recording", "failed", "waiting", "paused", "other-device" as the recorder
 *   says it, or "no-recorder" while there is none
 */
const char *
icam_camera_get_state (IcamCamera *self)
{
  g_return_val_if_fail (ICAM_IS_CAMERA (self), NULL);

  return self->state;
}

/**
 * icam_camera_get_state_since:
 * @self: a camera
 *
 * Returns: UTC in µs
 */
gint64
icam_camera_get_state_since (IcamCamera *self)
{
  g_return_val_if_fail (ICAM_IS_CAMERA (self), 0);

  return self->state_since;
}

/**
 * icam_camera_get_retry_at:
 * @self: a camera
 *
 * Returns: UTC in µs when the recorder tries again, 0 when it is not waiting for that
 */
gint64
icam_camera_get_retry_at (IcamCamera *self)
{
  g_return_val_if_fail (ICAM_IS_CAMERA (self), 0);

  return self->retry_at;
}

/**
 * icam_camera_get_error:
 * @self: a camera
 *
 * Returns: (transfer none) (nullable): what is wrong with it, for icam_words_error()
 */
const GError *
icam_camera_get_error (IcamCamera *self)
{
  g_return_val_if_fail (ICAM_IS_CAMERA (self), NULL);

  return self->error;
}

/**
 * icam_camera_get_motion:
 * @self: a camera
 *
 * Returns: whether something moves now
 */
gboolean
icam_camera_get_motion (IcamCamera *self)
{
  g_return_val_if_fail (ICAM_IS_CAMERA (self), FALSE);

  return self->motion;
}

/**
 * icam_camera_get_identity:
 * @self: a camera
 *
 * Returns: (transfer none): "same", "other" or "unknown": the verdict at the last connect
 */
const char *
icam_camera_get_identity (IcamCamera *self)
{
  g_return_val_if_fail (ICAM_IS_CAMERA (self), NULL);

  return self->identity;
}

/**
 * icam_camera_get_detector_state:
 * @self: a camera
 *
 * Returns: (transfer none): "warming-up", "healthy", "absent" or "off"
 */
const char *
icam_camera_get_detector_state (IcamCamera *self)
{
  g_return_val_if_fail (ICAM_IS_CAMERA (self), NULL);

  return self->detector_state;
}

/**
 * icam_camera_get_added:
 * @self: a camera
 *
 * Returns: UTC in µs when it was added
 */
gint64
icam_camera_get_added (IcamCamera *self)
{
  g_return_val_if_fail (ICAM_IS_CAMERA (self), 0);

  return self->added;
}

guint
icam_camera_get_position (IcamCamera *self)
{
  return self->position;
}

/**
 * icam_camera_has_role:
 * @self: a camera
 * @role: a role
 *
 * Returns: whether it has an encoding of that role
 */
gboolean
icam_camera_has_role (IcamCamera *self,
                      IcamRole    role)
{
  g_return_val_if_fail (ICAM_IS_CAMERA (self), FALSE);

  return (self->roles & (1u << role)) != 0;
}

/**
 * icam_camera_get_proxy:
 * @self: a camera
 *
 * Returns: (transfer none): its object on the bus. Another one after the recorder was restarted ("notify::proxy"); without a
 *   recorder its calls fail and its properties are %NULL.
 */
IcamDBusCamera *
icam_camera_get_proxy (IcamCamera *self)
{
  g_return_val_if_fail (ICAM_IS_CAMERA (self), NULL);

  return self->proxy;
}
