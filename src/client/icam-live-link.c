/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-client"

#include "config.h"

#include "client/icam-live-link.h"

#include "base/icam-clock.h"
#include "client/icam-client-private.h"
#include "client/icam-live-reader.h"
#include "media/icam-media.h"

#include <gio/gunixfdlist.h>
#include <unistd.h>

#define RECONNECT_MS 2000

struct _IcamLiveLink
{
  GObject parent_instance;
  IcamCamera *camera; /* or */
  IcamDBusProbe *probe;
  char *token;
  IcamRole role;
  guint max_width;
  GCancellable *cancellable; /* of the call for a socket */
  IcamLiveReader *reader;
  guint retry_id;
  gboolean stopped;

  char *state;
  GError *error;
  IcamPicture *picture;
  gint64 arrived_us, lag_us, interval_us;
  gboolean frozen;
};

G_DEFINE_FINAL_TYPE (IcamLiveLink, icam_live_link, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_STATE,
  PROP_ERROR,
  N_PROPS,
};
static GParamSpec *properties[N_PROPS];

enum
{
  PICTURE,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

static void start (IcamLiveLink *self);

static void
set_state (IcamLiveLink *self,
           const char   *state)
{
  if (g_strcmp0 (self->state, state) == 0)
    return;
  g_free (self->state);
  self->state = g_strdup (state);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
}

static void
take_error (IcamLiveLink *self,
            GError       *error)
{
  if (self->error == NULL && error == NULL)
    return;
  if (self->error != NULL && error != NULL && self->error->domain == error->domain
      && g_str_equal (self->error->message, error->message))
    {
      g_error_free (error);
      return;
    }
  g_clear_error (&self->error);
  self->error = error;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ERROR]);
}

static void
disconnect (IcamLiveLink *self)
{
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_handle_id (&self->retry_id, g_source_remove);
  g_clear_pointer (&self->reader, icam_live_reader_close);
}

static gboolean
on_retry (gpointer user_data)
{
  IcamLiveLink *self = user_data;

  self->retry_id = 0;
  start (self);
  return G_SOURCE_REMOVE;
}

static void
retry_later (IcamLiveLink *self)
{
  disconnect (self);
  set_state (self, "connecting");
  if (!self->stopped)
    self->retry_id = g_timeout_add (RECONNECT_MS, on_retry, self);
}

static void
on_news (gpointer user_data)
{
  g_autoptr (IcamLiveLink) self = g_object_ref (user_data);
  IcamLiveReader *reader = self->reader;
  IcamLiveNews news;

  icam_live_reader_take_news (reader, &news);
  self->interval_us = news.interval_us;
  self->frozen = news.frozen;
  if (news.picture != NULL)
    {
      g_clear_pointer (&self->picture, icam_picture_unref);
      self->picture = news.picture;
      self->arrived_us = news.arrived_us;
      self->lag_us = news.lag_us;
    }

  g_object_freeze_notify (G_OBJECT (self));
  take_error (self, news.error);
  if (news.ended)
    retry_later (self);
  else if (news.state != NULL)
    set_state (self, news.state);
  g_free (news.state);
  g_object_thaw_notify (G_OBJECT (self));

  if (news.picture != NULL && !self->stopped && self->picture == news.picture)
    g_signal_emit (self, signals[PICTURE], 0, self->picture);
}

static void
opened (IcamLiveLink *self,
        GUnixFDList  *fds,
        GVariant     *handle,
        GError       *error)
{
  IcamUuid channel;
  int fd = -1;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_error_free (error);
      return;
    }

  g_clear_object (&self->cancellable);
  if (error == NULL)
    fd = icam_client_take_fd (fds, handle, &error);
  if (fd >= 0 && self->camera != NULL && !icam_uuid_parse (icam_camera_get_channel (self->camera), &channel))
    {
      close (fd);
      fd = -1;
      error = icam_error_new (ICAM_ERROR_BAD_ANSWER, "detail", "a camera without a channel", NULL);
    }
  if (fd < 0)
    {
      take_error (self, error);
      retry_later (self);
      return;
    }

  self->reader = icam_live_reader_new (fd, self->camera != NULL ? &channel : NULL, self->role, self->max_width,
                                       on_news, self);
}

static void
on_camera_opened (GObject      *source,
                  GAsyncResult *result,
                  gpointer      user_data)
{
  g_autoptr (GUnixFDList) fds = NULL;
  g_autoptr (GVariant) handle = NULL;
  GError *error = NULL;

  icam_dbus_camera_call_open_live_finish (ICAM_DBUS_CAMERA (source), &handle, &fds, result, &error);
  opened (user_data, fds, handle, error);
}

static void
on_probe_opened (GObject      *source,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  g_autoptr (GUnixFDList) fds = NULL;
  g_autoptr (GVariant) handle = NULL;
  GError *error = NULL;

  icam_dbus_probe_call_open_live_finish (ICAM_DBUS_PROBE (source), &handle, &fds, result, &error);
  opened (user_data, fds, handle, error);
}

/* The calls' callbacks hold no reference: disconnect() cancels them, and GTask then says so whatever the answer was. */
static void
start (IcamLiveLink *self)
{
  disconnect (self);
  if (self->stopped)
    return;

  self->cancellable = g_cancellable_new ();
  if (self->camera != NULL)
    icam_dbus_camera_call_open_live (icam_camera_get_proxy (self->camera), icam_role_to_string (self->role),
                                     g_variant_new ("a{sv}", NULL), NULL, self->cancellable, on_camera_opened, self);
  else
    icam_dbus_probe_call_open_live (self->probe, self->token, g_variant_new ("a{sv}", NULL), NULL, self->cancellable,
                                    on_probe_opened, self);
}

static void
on_camera_changed (IcamCamera   *camera,
                   GParamSpec   *pspec,
                   IcamLiveLink *self)
{
  /* Another channel: not a picture of the old one is to be seen under it. */
  if (g_str_equal (pspec->name, "channel"))
    {
      g_clear_pointer (&self->picture, icam_picture_unref);
      self->interval_us = 0;
      self->frozen = FALSE;
    }
  set_state (self, "connecting");
  start (self);
}

static void
icam_live_link_get_property (GObject    *object,
                             guint       id,
                             GValue     *value,
                             GParamSpec *pspec)
{
  IcamLiveLink *self = ICAM_LIVE_LINK (object);

  switch (id)
    {
    case PROP_STATE:
      g_value_set_string (value, self->state);
      break;
    case PROP_ERROR:
      g_value_set_boxed (value, self->error);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
icam_live_link_dispose (GObject *object)
{
  IcamLiveLink *self = ICAM_LIVE_LINK (object);

  icam_live_link_stop (self);
  g_clear_object (&self->camera);
  g_clear_object (&self->probe);

  G_OBJECT_CLASS (icam_live_link_parent_class)->dispose (object);
}

static void
icam_live_link_finalize (GObject *object)
{
  IcamLiveLink *self = ICAM_LIVE_LINK (object);

  g_clear_pointer (&self->picture, icam_picture_unref);
  g_clear_error (&self->error);
  g_free (self->token);
  g_free (self->state);

  G_OBJECT_CLASS (icam_live_link_parent_class)->finalize (object);
}

static void
icam_live_link_class_init (IcamLiveLinkClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  icam_media_init ();

  object_class->get_property = icam_live_link_get_property;
  object_class->dispose = icam_live_link_dispose;
  object_class->finalize = icam_live_link_finalize;

  properties[PROP_STATE] = g_param_spec_string ("state", NULL, NULL, "connecting", flags);
  properties[PROP_ERROR] = g_param_spec_boxed ("error", NULL, NULL, G_TYPE_ERROR, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  /**
   * IcamLiveLink::picture:
   * @self: the link
   * @picture: an IcamPicture, the newest
   */
  signals[PICTURE] = g_signal_new ("picture", ICAM_TYPE_LIVE_LINK, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 1, ICAM_TYPE_PICTURE);
}

static void
icam_live_link_init (IcamLiveLink *self)
{
  self->state = g_strdup ("connecting");
}

/**
 * icam_live_link_new_for_camera:
 * @camera: a camera
 * @role: which encoding
 * @max_width: pictures wider than this many pixels are scaled down; 0: as they are
 *
 * Returns: (transfer full): a link; it is being opened
 */
IcamLiveLink *
icam_live_link_new_for_camera (IcamCamera *camera,
                               IcamRole    role,
                               guint       max_width)
{
  IcamLiveLink *self = g_object_new (ICAM_TYPE_LIVE_LINK, NULL);

  self->camera = g_object_ref (camera);
  self->role = role;
  self->max_width = max_width;
  g_signal_connect_object (camera, "notify::channel", G_CALLBACK (on_camera_changed), self, 0);
  g_signal_connect_object (camera, "notify::proxy", G_CALLBACK (on_camera_changed), self, 0);
  g_signal_connect_object (camera, "gone", G_CALLBACK (icam_live_link_stop), self, G_CONNECT_SWAPPED);
  start (self);
  return self;
}

/* A probe shows the small stream of a channel that has one: the recorder says which it is. */
static IcamRole
probe_role (IcamDBusProbe *probe,
            const char    *token)
{
  GVariant *channels = icam_dbus_probe_get_channels (probe);
  GVariantIter iter;
  const char *other;
  gboolean has_sub;

  if (channels == NULL)
    return ICAM_ROLE_MAIN;
  g_variant_iter_init (&iter, channels);
  while (g_variant_iter_next (&iter, "(&s&suu&sb)", &other, NULL, NULL, NULL, NULL, &has_sub))
    if (g_strcmp0 (token, other) == 0)
      return has_sub ? ICAM_ROLE_SUB : ICAM_ROLE_MAIN;
  return ICAM_ROLE_MAIN;
}

/**
 * icam_live_link_new_for_probe:
 * @probe: a probe that is ready
 * @token: source token of one of its channels
 * @max_width: pictures wider than this many pixels are scaled down; 0: as they are
 *
 * Returns: (transfer full): a link; it is being opened
 */
IcamLiveLink *
icam_live_link_new_for_probe (IcamDBusProbe *probe,
                              const char    *token,
                              guint          max_width)
{
  IcamLiveLink *self = g_object_new (ICAM_TYPE_LIVE_LINK, NULL);

  self->probe = g_object_ref (probe);
  self->token = g_strdup (token);
  self->role = probe_role (probe, token);
  self->max_width = max_width;
  start (self);
  return self;
}

/**
 * icam_live_link_stop:
 * @self: a link
 *
 * Nothing is read any more and no signal is emitted; the newest picture stays.
 */
void
icam_live_link_stop (IcamLiveLink *self)
{
  g_return_if_fail (ICAM_IS_LIVE_LINK (self));

  self->stopped = TRUE;
  if (self->camera != NULL)
    g_signal_handlers_disconnect_by_func (self->camera, on_camera_changed, self);
  disconnect (self);
}

/**
 * icam_live_link_get_picture:
 * @self: a link
 *
 * Returns: (transfer none) (nullable): the newest picture, however old
 */
IcamPicture *
icam_live_link_get_picture (IcamLiveLink *self)
{
  g_return_val_if_fail (ICAM_IS_LIVE_LINK (self), NULL);

  return self->picture;
}

/**
 * icam_live_link_get_state:
 * @self: a link
 *
 * Returns: (transfer none): what the recorder says of the stream ("live", "camera-silent", …), "connecting" before it has said anything
 */
const char *
icam_live_link_get_state (IcamLiveLink *self)
{
  g_return_val_if_fail (ICAM_IS_LIVE_LINK (self), NULL);

  return self->state;
}

/**
 * icam_live_link_get_error:
 * @self: a link
 *
 * Returns: (transfer none) (nullable): why there are no pictures, if it is not the camera's fault
 */
const GError *
icam_live_link_get_error (IcamLiveLink *self)
{
  g_return_val_if_fail (ICAM_IS_LIVE_LINK (self), NULL);

  return self->error;
}

/**
 * icam_live_link_get_age:
 * @self: a link
 *
 * The age grows by boot time: a set clock makes no picture younger or older.
 *
 * Returns: µs since the newest picture was taken, %G_MAXINT64 without one
 */
gint64
icam_live_link_get_age (IcamLiveLink *self)
{
  g_return_val_if_fail (ICAM_IS_LIVE_LINK (self), G_MAXINT64);

  if (self->picture == NULL)
    return G_MAXINT64;
  return self->lag_us + (icam_clock_boottime (icam_clock_system ()) - self->arrived_us);
}

/**
 * icam_live_link_get_interval:
 * @self: a link
 *
 * Returns: µs between pictures (the middle one of the last nine), 0 while unknown
 */
gint64
icam_live_link_get_interval (IcamLiveLink *self)
{
  g_return_val_if_fail (ICAM_IS_LIVE_LINK (self), 0);

  return self->interval_us;
}

/**
 * icam_live_link_is_frozen:
 * @self: a link
 *
 * Returns: whether pictures come, but have been the same to the last bit for 10 s
 */
gboolean
icam_live_link_is_frozen (IcamLiveLink *self)
{
  g_return_val_if_fail (ICAM_IS_LIVE_LINK (self), FALSE);

  return self->frozen;
}
