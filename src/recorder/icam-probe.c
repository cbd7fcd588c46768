/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-recorder"

#include "config.h"

#include "recorder/icam-probe.h"

#include "onvif/icam-onvif.h"
#include "recorder/icam-address.h"
#include "recorder/icam-path-search.h"
#include "recorder/icam-identity.h"
#include "recorder/icam-reply.h"

#include <string.h>

#define SECRET_TIME_MS 10000

struct _IcamProbe
{
  GObject parent_instance;
  IcamService *service; /* owns us */
  IcamContext *context;
  char *path;
  char *owner;          /* unique name of who made it */
  IcamDBusProbe *skeleton;

  IcamAddress *address;
  char *user;
  IcamSecret *secret;

  const char *kind;     /* "onvif", "rtsp", "mjpeg": how it is being asked */
  GCancellable *cancellable;
  IcamOnvifDevice *device;
  GPtrArray *urls;      /* of char: where ONVIF is tried, in order */
  guint url_index;
  GError *first_error;
  IcamPathSearch *search; /* for a stream of a device without ONVIF, or NULL */
  char *uri;              /* where its stream is */
  IcamOnvifInfo *info;
  GPtrArray *offers;    /* of IcamOffer */
  GPtrArray *streams;   /* of IcamStreamSession: what is looked at */
  IcamDeviceSession *added; /* the device is ours already, with channels that are not */
};

G_DEFINE_FINAL_TYPE (IcamProbe, icam_probe, G_TYPE_OBJECT)

static void try_onvif (IcamProbe *self);
static void stream_failed (IcamProbe    *self,
                           const GError *error);

static void
set_state (IcamProbe    *self,
           const char   *state,
           const GError *error)
{
  icam_dbus_probe_set_problem (self->skeleton, icam_error_to_variant (error));
  icam_dbus_probe_set_state (self->skeleton, state);
}

static void
show_offers (IcamProbe *self)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(ssuusb)"));

  for (guint i = 0; i < self->offers->len; i++)
    {
      const IcamOffer *offer = self->offers->pdata[i];
      g_autofree char *name = icam_clean_name (offer->name, self->offers->len == 1 ? icam_probe_get_name (self) : "");

      g_variant_builder_add (&builder, "(ssuusb)", offer->token, name, offer->width, offer->height,
                             offer->codec != ICAM_CODEC_NONE ? icam_codec_to_string (offer->codec) : "",
                             offer->sub_uri != NULL);
    }
  icam_dbus_probe_set_channels (self->skeleton, g_variant_builder_end (&builder));
}

static void
become_ready (IcamProbe *self)
{
  const IcamOnvifInfo *info = self->info;

  if (info != NULL)
    {
      icam_dbus_probe_set_manufacturer (self->skeleton, info->manufacturer != NULL ? info->manufacturer : "");
      icam_dbus_probe_set_model (self->skeleton, info->model != NULL ? info->model : "");
      icam_dbus_probe_set_serial (self->skeleton, info->serial != NULL ? info->serial : "");
    }
  show_offers (self);
  set_state (self, "ready", NULL);
}

static void
fail (IcamProbe    *self,
      const GError *error)
{
  g_debug ("%s cannot be added: %s", icam_address_get_text (self->address), error->message);
  set_state (self, "failed", error);
}

/* ---- pictures ---- */

static const IcamOffer *
find_offer (IcamProbe  *self,
            const char *token)
{
  for (guint i = 0; i < self->offers->len; i++)
    {
      const IcamOffer *offer = self->offers->pdata[i];

      if (strcmp (offer->token, token) == 0)
        return offer;
    }

  return NULL;
}

static void
on_connect_wanted (IcamStreamSession *stream,
                   IcamProbe         *self)
{
  IcamRole role = icam_stream_session_get_role (stream);

  for (guint i = 0; i < self->offers->len; i++)
    {
      const IcamOffer *offer = self->offers->pdata[i];

      if (icam_uuid_equal (&offer->channel, icam_stream_session_get_channel (stream)))
        icam_stream_session_connect (stream, role == ICAM_ROLE_SUB ? offer->sub_uri : offer->main_uri, self->user,
                                     self->secret, icam_probe_get_identity (self));
    }
}

static void
on_stream_changed (IcamStreamSession *stream,
                   IcamProbe         *self)
{
  IcamStreamInfo info;
  IcamOffer *offer;

  /* A device that can be asked is ready when it answered. One that cannot proves itself by its picture. */
  if (strcmp (self->kind, "onvif") == 0 || g_strcmp0 (icam_dbus_probe_get_state (self->skeleton), "connecting") != 0)
    return;

  if (icam_stream_session_get_state (stream) == ICAM_STREAM_CONNECTED)
    {
      offer = self->offers->pdata[0];
      icam_stream_session_get_info (stream, &info);
      offer->codec = info.video;
      offer->width = info.width;
      offer->height = info.height;
      become_ready (self);
    }
  else if (icam_stream_session_get_state (stream) == ICAM_STREAM_FAILED
           && icam_stream_session_get_error (stream) != NULL)
    {
      g_autoptr (GError) error = g_error_copy (icam_stream_session_get_error (stream));

      g_signal_handlers_disconnect_by_data (stream, self);
      icam_stream_session_hold (stream, ICAM_GAP_CAMERA_GONE, error);
      g_ptr_array_set_size (self->streams, 0);
      stream_failed (self, error);
    }
}

static IcamStreamSession *
look_at (IcamProbe       *self,
         const IcamOffer *offer)
{
  /* One connection is enough to see it, and the smaller one is quicker there. */
  IcamRole role = offer->sub_uri != NULL ? ICAM_ROLE_SUB : ICAM_ROLE_MAIN;
  IcamStreamSession *stream;

  for (guint i = 0; i < self->streams->len; i++)
    if (icam_uuid_equal (icam_stream_session_get_channel (self->streams->pdata[i]), &offer->channel))
      return self->streams->pdata[i];

  stream = icam_stream_session_new (self->context, &offer->channel, role);
  g_ptr_array_add (self->streams, stream);
  g_signal_connect (stream, "connect-wanted", G_CALLBACK (on_connect_wanted), self);
  g_signal_connect (stream, "changed", G_CALLBACK (on_stream_changed), self);
  icam_stream_session_start (stream);
  return stream;
}

static void
try_stream (IcamProbe  *self,
            const char *kind,
            const char *uri)
{
  IcamDeviceSession *added = icam_service_find_device (self->service, NULL, uri);
  IcamOffer *offer;

  self->kind = kind;
  g_free (self->uri);
  self->uri = g_strdup (uri);
  if (added != NULL)
    {
      g_autofree char *name = icam_service_dup_name_on (self->service, added, "0");
      g_autoptr (GError) error = icam_error_new (ICAM_ERROR_ALREADY_ADDED, "address",
                                                 icam_address_get_text (self->address), "camera", name, NULL);

      fail (self, error);
      return;
    }

  offer = g_new0 (IcamOffer, 1);
  offer->token = g_strdup ("0");
  offer->name = g_strdup (icam_address_get_host (self->address));
  offer->main_uri = g_strdup (uri);
  icam_uuid_generate (&offer->channel);
  g_ptr_array_set_size (self->offers, 0);
  g_ptr_array_add (self->offers, offer);
  look_at (self, offer);
}

/* ---- streams of devices without ONVIF ---- */

static void
on_next_path (gpointer user_data)
{
  IcamProbe *self = user_data;
  const IcamKnownPath *path = icam_path_search_get (self->search);

  try_stream (self, path->mjpeg ? "mjpeg" : "rtsp", path->url);
}

/* What was asked for by its address failed; or one of the places where it might have been. */
static void
stream_failed (IcamProbe    *self,
               const GError *error)
{
  if (self->search == NULL)
    fail (self, error);
  else if (!icam_path_search_go_on (self->search, error))
    /* A refusal is the last word: more guesses would lock the door. */
    fail (self, icam_path_search_is_refused (self->search) ? error : self->first_error);
}

static void
search (IcamProbe *self)
{
  self->search = icam_path_search_new (icam_address_get_text (self->address), self->first_error, on_next_path, self);
  if (!icam_path_search_go_on (self->search, NULL))
    fail (self, self->first_error);
}

/* ---- ONVIF ---- */

/* Drops from the offers what is recorded already. */
static gboolean
drop_added (IcamProbe *self,
            GError   **error)
{
  IcamEvidence evidence = {
    .serial = self->info->serial, .hardware = self->info->hardware, .mac = self->info->mac,
    .endpoint = self->info->endpoint,
  };
  g_autofree char *first = NULL;
  g_autoptr (GPtrArray) channels = NULL;

  g_set_object (&self->added, icam_service_find_device (self->service, &evidence, NULL));
  if (self->added == NULL)
    return TRUE;

  channels = icam_device_session_list_channels (self->added);
  for (guint i = 0; i < self->offers->len;)
    {
      IcamOffer *offer = self->offers->pdata[i];
      g_autofree char *name = icam_service_dup_name_on (self->service, self->added, offer->token);

      if (name != NULL)
        {
          if (first == NULL)
            first = g_strdup (name);
          g_ptr_array_remove_index (self->offers, i);
          continue;
        }
      /* A channel that was recorded before is the same channel again. */
      for (guint j = 0; j < channels->len; j++)
        {
          const IcamChannelRow *row = channels->pdata[j];

          if (g_strcmp0 (row->token, offer->token) == 0)
            offer->channel = row->id;
        }
      i++;
    }
  if (self->offers->len > 0)
    return TRUE;

  icam_error_set (error, ICAM_ERROR_ALREADY_ADDED, "address", icam_address_get_text (self->address), "camera", first,
                  NULL);
  return FALSE;
}

static void
on_channels (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr (IcamProbe) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) channels =
    icam_onvif_device_get_channels_finish (ICAM_ONVIF_DEVICE (source), result, &error);

  if (source != (GObject *) self->device)
    return;

  if (channels != NULL)
    {
      g_ptr_array_unref (self->offers);
      self->offers = icam_offers_of_onvif (channels);
      if (self->offers->len == 0)
        icam_error_set (&error, ICAM_ERROR_NO_STREAM, "address", icam_address_get_text (self->address), NULL);
      else
        drop_added (self, &error);
    }
  if (error != NULL)
    fail (self, error);
  else
    become_ready (self);
}

static void
on_info (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr (IcamProbe) self = user_data;
  g_autoptr (GError) error = NULL;
  IcamOnvifInfo *info = icam_onvif_device_get_info_finish (ICAM_ONVIF_DEVICE (source), result, &error);

  if (source != (GObject *) self->device)
    {
      g_clear_pointer (&info, icam_onvif_info_free);
      return;
    }
  if (info == NULL)
    {
      fail (self, error);
      return;
    }

  g_clear_pointer (&self->info, icam_onvif_info_free);
  self->info = info;
  icam_onvif_device_get_channels_async (self->device, self->cancellable, on_channels, g_object_ref (self));
}

static void
on_hello (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  g_autoptr (IcamProbe) self = user_data;
  g_autoptr (GError) error = NULL;
  gboolean answered = icam_onvif_device_hello_finish (ICAM_ONVIF_DEVICE (source), result, &error);

  if (source != (GObject *) self->device)
    return;
  if (answered)
    {
      icam_onvif_device_get_info_async (self->device, self->cancellable, on_info, g_object_ref (self));
      return;
    }

  if (self->first_error == NULL)
    self->first_error = g_steal_pointer (&error);
  self->url_index++;
  if (self->url_index < self->urls->len)
    try_onvif (self);
  else if (icam_address_get_kind (self->address) == ICAM_ADDRESS_HTTP)
    try_stream (self, "mjpeg", icam_address_get_text (self->address));
  else
    search (self);
}

static void
try_onvif (IcamProbe *self)
{
  g_autoptr (GError) error = NULL;

  self->kind = "onvif";
  g_clear_object (&self->device);
  self->device = icam_onvif_device_new (self->urls->pdata[self->url_index], &error);
  if (self->device == NULL)
    {
      fail (self, error);
      return;
    }

  icam_onvif_device_set_credentials (self->device, self->user, self->secret);
  icam_onvif_device_hello_async (self->device, self->cancellable, on_hello, g_object_ref (self));
}

static void
stop_looking (IcamProbe *self)
{
  g_clear_pointer (&self->search, icam_path_search_free);
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->device);
  for (guint i = 0; i < self->streams->len; i++)
    {
      g_signal_handlers_disconnect_by_data (self->streams->pdata[i], self);
      g_object_run_dispose (self->streams->pdata[i]);
    }
  g_ptr_array_set_size (self->streams, 0);
}

static void
start (IcamProbe *self)
{
  stop_looking (self);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  g_clear_error (&self->first_error);
  g_clear_object (&self->added);
  g_ptr_array_set_size (self->offers, 0);
  self->url_index = 0;
  show_offers (self);
  set_state (self, "connecting", NULL);

  if (icam_address_get_kind (self->address) == ICAM_ADDRESS_RTSP)
    try_stream (self, "rtsp", icam_address_get_text (self->address));
  else if (self->urls->len == 0)
    try_stream (self, "mjpeg", icam_address_get_text (self->address));
  else
    try_onvif (self);
}

/* ---- methods ---- */

static gboolean
is_owner (IcamProbe             *self,
          GDBusMethodInvocation *invocation)
{
  if (g_strcmp0 (g_dbus_method_invocation_get_sender (invocation), self->owner) == 0)
    return TRUE;

  icam_reply_error (invocation, icam_error_new (ICAM_ERROR_ACCESS_DENIED, "method",
                                                g_dbus_method_invocation_get_method_name (invocation), NULL));
  return FALSE;
}

typedef struct
{
  IcamProbe *self;
  GDBusMethodInvocation *invocation;
  GCancellable *cancellable;
  guint timer;
  char *user;
} Retry;

static void
on_secret (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  Retry *retry = user_data;
  IcamProbe *self = retry->self;
  GError *error = NULL;
  IcamSecret *secret = icam_secret_read_finish (result, &error);

  g_clear_handle_id (&retry->timer, g_source_remove);
  if (secret == NULL)
    {
      icam_reply_error (retry->invocation, error);
    }
  else
    {
      g_clear_pointer (&self->secret, icam_secret_unref);
      self->secret = secret;
      g_free (self->user);
      self->user = g_steal_pointer (&retry->user);
      if (self->skeleton != NULL)
        start (self);
      g_dbus_method_invocation_return_value (retry->invocation, NULL);
    }
  g_object_unref (retry->self);
  g_object_unref (retry->cancellable);
  g_free (retry->user);
  g_free (retry);
}

static void
on_secret_time (gpointer user_data)
{
  Retry *retry = user_data;

  retry->timer = 0;
  g_cancellable_cancel (retry->cancellable);
}

static gboolean
on_retry (IcamDBusProbe         *skeleton,
          GDBusMethodInvocation *invocation,
          GUnixFDList           *list,
          const char            *user,
          GVariant              *secret,
          GVariant              *options,
          IcamProbe             *self)
{
  GError *error = NULL;
  Retry *retry;
  int fd;

  if (!is_owner (self, invocation))
    return TRUE;
  fd = icam_reply_take_fd (list, secret, "secret", &error);
  if (fd < 0)
    return icam_reply_error (invocation, error);

  retry = g_new0 (Retry, 1);
  retry->self = g_object_ref (self);
  retry->invocation = invocation;
  retry->user = g_strdup (user);
  retry->cancellable = g_cancellable_new ();
  retry->timer = g_timeout_add_once (SECRET_TIME_MS, on_secret_time, retry);
  icam_secret_read_async (fd, retry->cancellable, on_secret, retry);
  return TRUE;
}

static gboolean
on_open_live (IcamDBusProbe         *skeleton,
              GDBusMethodInvocation *invocation,
              GUnixFDList           *list,
              const char            *token,
              GVariant              *options,
              IcamProbe             *self)
{
  g_autoptr (GUnixFDList) out = NULL;
  const IcamOffer *offer;
  GError *error = NULL;
  int fd;

  if (!is_owner (self, invocation))
    return TRUE;
  offer = icam_probe_is_ready (self) ? find_offer (self, token) : NULL;
  if (offer == NULL)
    return icam_reply_error (invocation, icam_error_new (ICAM_ERROR_NOT_FOUND, "what", "camera", NULL));

  fd = icam_live_stream_open (icam_stream_session_get_live (look_at (self, offer)), &error);
  if (fd >= 0)
    out = icam_reply_fd_list (fd, &error);
  if (out == NULL)
    return icam_reply_error (invocation, error);

  icam_dbus_probe_complete_open_live (skeleton, invocation, out, g_variant_new_handle (0));
  return TRUE;
}

static gboolean
on_close (IcamDBusProbe         *skeleton,
          GDBusMethodInvocation *invocation,
          GVariant              *options,
          IcamProbe             *self)
{
  if (!is_owner (self, invocation))
    return TRUE;

  icam_dbus_probe_complete_close (skeleton, invocation);
  icam_service_end_probe (self->service, self);
  return TRUE;
}

static void
icam_probe_dispose (GObject *object)
{
  IcamProbe *self = ICAM_PROBE (object);

  stop_looking (self);
  if (self->skeleton != NULL)
    g_signal_handlers_disconnect_by_data (self->skeleton, self);
  g_clear_object (&self->skeleton);
  g_clear_object (&self->added);
  g_clear_pointer (&self->secret, icam_secret_unref);

  G_OBJECT_CLASS (icam_probe_parent_class)->dispose (object);
}

static void
icam_probe_finalize (GObject *object)
{
  IcamProbe *self = ICAM_PROBE (object);

  g_clear_object (&self->cancellable);
  g_clear_error (&self->first_error);
  g_clear_pointer (&self->info, icam_onvif_info_free);
  g_clear_pointer (&self->address, icam_address_free);
  g_clear_pointer (&self->urls, g_ptr_array_unref);
  g_ptr_array_unref (self->offers);
  g_ptr_array_unref (self->streams);
  g_free (self->uri);
  g_free (self->user);
  g_free (self->owner);
  g_free (self->path);

  G_OBJECT_CLASS (icam_probe_parent_class)->finalize (object);
}

static void
icam_probe_class_init (IcamProbeClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = icam_probe_dispose;
  G_OBJECT_CLASS (klass)->finalize = icam_probe_finalize;
}

static void
icam_probe_init (IcamProbe *self)
{
  self->offers = g_ptr_array_new_with_free_func ((GDestroyNotify) icam_offer_free);
  self->streams = g_ptr_array_new_with_free_func (g_object_unref);
  self->kind = "onvif";
}

/**
 * icam_probe_new:
 * @service: the service, which owns the probe
 * @number: for its path
 * @owner: unique name of the caller
 * @address: what the caller gave
 * @user: name, "" for none
 * @secret: password, may be empty
 * @error: return location; ICAM_ERROR_INVALID_ARGUMENT
 *
 * Returns: (transfer full): the probe, exported and at work
 */
IcamProbe *
icam_probe_new (IcamService *service,
                guint        number,
                const char  *owner,
                const char  *address,
                const char  *user,
                IcamSecret  *secret,
                GError     **error)
{
  g_autoptr (IcamAddress) parsed = icam_address_parse (address, error);
  g_autofree char *id = g_strdup_printf ("%u", number);
  IcamProbe *self;

  if (parsed == NULL)
    return NULL;

  self = g_object_new (ICAM_TYPE_PROBE, NULL);
  self->service = service;
  self->context = icam_service_get_context (service);
  self->path = icam_reply_path ("probe", id);
  self->owner = g_strdup (owner);
  self->address = g_steal_pointer (&parsed);
  self->urls = icam_address_list_onvif (self->address);
  self->user = g_strdup (user);
  self->secret = icam_secret_ref (secret);

  self->skeleton = icam_dbus_probe_skeleton_new ();
  icam_dbus_probe_set_address (self->skeleton, icam_address_get_text (self->address));
  icam_dbus_probe_set_manufacturer (self->skeleton, "");
  icam_dbus_probe_set_model (self->skeleton, "");
  icam_dbus_probe_set_serial (self->skeleton, "");
  g_object_connect (self->skeleton,
                    "signal::handle-retry", on_retry, self,
                    "signal::handle-open-live", on_open_live, self,
                    "signal::handle-close", on_close, self,
                    NULL);
  start (self);
  icam_service_export (service, self->path, G_DBUS_INTERFACE_SKELETON (self->skeleton));
  return self;
}

/**
 * icam_probe_end:
 * @self: a probe; leaves the bus and its camera
 */
void
icam_probe_end (IcamProbe *self)
{
  icam_service_unexport (self->service, self->path);
  g_object_run_dispose (G_OBJECT (self));
}

/**
 * icam_probe_get_path:
 * @self: a probe
 *
 * Returns: (transfer none): its object path
 */
const char *
icam_probe_get_path (IcamProbe *self)
{
  return self->path;
}

/**
 * icam_probe_get_owner:
 * @self: a probe
 *
 * Returns: (transfer none): unique name of who made it
 */
const char *
icam_probe_get_owner (IcamProbe *self)
{
  return self->owner;
}

/**
 * icam_probe_is_ready:
 * @self: a probe
 *
 * Returns: whether it can be added
 */
gboolean
icam_probe_is_ready (IcamProbe *self)
{
  return self->skeleton != NULL && g_strcmp0 (icam_dbus_probe_get_state (self->skeleton), "ready") == 0;
}

/**
 * icam_probe_get_offers:
 * @self: a probe that is ready
 *
 * Returns: (transfer none) (element-type IcamOffer): what can be added
 */
GPtrArray *
icam_probe_get_offers (IcamProbe *self)
{
  return self->offers;
}

/**
 * icam_probe_dup_row:
 * @self: a probe that is ready
 *
 * Returns: (transfer full): a new device with what this one offered as evidence
 */
IcamDeviceRow *
icam_probe_dup_row (IcamProbe *self)
{
  IcamDeviceRow *row = g_new0 (IcamDeviceRow, 1);

  icam_uuid_generate (&row->id);
  row->kind = g_strdup (self->kind);
  row->user = g_strdup (self->user);
  if (self->info != NULL)
    {
      IcamEvidence evidence = {
        .serial = self->info->serial, .hardware = self->info->hardware, .mac = self->info->mac,
        .endpoint = self->info->endpoint,
      };

      icam_evidence_copy (&evidence, &row->evidence);
      row->manufacturer = g_strdup (self->info->manufacturer);
      row->model = g_strdup (self->info->model);
      row->firmware = g_strdup (self->info->firmware);
      row->address = icam_address_of_onvif (icam_onvif_device_get_url (self->device));
      row->authentication = g_strdup (icam_onvif_auth_to_string (icam_onvif_device_get_auth (self->device)));
    }
  else
    {
      row->address = g_strdup (self->uri);
      row->authentication = g_strdup (icam_secret_is_empty (self->secret) ? "none" : "");
    }

  return row;
}

/**
 * icam_probe_get_name:
 * @self: a probe
 *
 * Returns: (transfer none): what the device calls itself, or its model, or its address
 */
const char *
icam_probe_get_name (IcamProbe *self)
{
  if (self->info != NULL && self->info->name != NULL && *self->info->name != '\0')
    return self->info->name;
  if (self->info != NULL && self->info->model != NULL && *self->info->model != '\0')
    return self->info->model;

  return icam_address_get_host (self->address);
}

/**
 * icam_probe_get_user:
 * @self: a probe
 *
 * Returns: (transfer none): the name that works
 */
const char *
icam_probe_get_user (IcamProbe *self)
{
  return self->user;
}

/**
 * icam_probe_get_secret:
 * @self: a probe
 *
 * Returns: (transfer none): the password that works
 */
IcamSecret *
icam_probe_get_secret (IcamProbe *self)
{
  return self->secret;
}

/**
 * icam_probe_get_device:
 * @self: a probe
 *
 * Returns: (transfer none) (nullable): the session of the device when it is ours already, with other channels
 */
IcamDeviceSession *
icam_probe_get_device (IcamProbe *self)
{
  return self->added;
}

/**
 * icam_probe_get_identity:
 * @self: a probe
 *
 * Returns: %ICAM_IDENTITY_SAME when the device offered evidence by which it will be known again
 */
IcamIdentity
icam_probe_get_identity (IcamProbe *self)
{
  IcamEvidence evidence = { 0 };

  if (self->info == NULL)
    return ICAM_IDENTITY_UNKNOWN;

  evidence.serial = self->info->serial;
  evidence.mac = self->info->mac;
  evidence.endpoint = self->info->endpoint;
  return icam_evidence_is_usable (&evidence) ? ICAM_IDENTITY_SAME : ICAM_IDENTITY_UNKNOWN;
}

/**
 * icam_probe_take_streams:
 * @self: a probe
 *
 * Returns: (transfer full) (element-type IcamStreamSession): its connections, which are no longer its own
 */
GPtrArray *
icam_probe_take_streams (IcamProbe *self)
{
  GPtrArray *streams = self->streams;

  for (guint i = 0; i < streams->len; i++)
    g_signal_handlers_disconnect_by_data (streams->pdata[i], self);
  self->streams = g_ptr_array_new_with_free_func (g_object_unref);
  return streams;
}
