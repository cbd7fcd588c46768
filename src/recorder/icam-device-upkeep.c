/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-recorder"

#include "config.h"

#include "recorder/icam-device-upkeep.h"

#include "onvif/icam-onvif-upkeep.h"
#include "recorder/icam-identity.h"
#include "recorder/icam-reply.h"

#include <string.h>

/* Who holds the other end of the pipe gets this long to write the password. */
#define SECRET_TIME_MS 10000
/* A device may begin anew what it serves with another password: it is tried this often, with this between. A wrong one is not
 * tried more often than this either, so that the door is not locked. */
#define MAX_TRIES 3
#define TRY_AGAIN_MS 1500
/* Longest zone and host that are passed on, in bytes. */
#define MAX_TEXT 255

struct _IcamDeviceUpkeep
{
  GObject parent_instance;
  IcamDBusDevice *skeleton;
  IcamDeviceSession *session;
  IcamContext *context;
  GCancellable *cancellable;
  gboolean changing; /* the password */
};

G_DEFINE_FINAL_TYPE (IcamDeviceUpkeep, icam_device_upkeep, G_TYPE_OBJECT)

/* Somebody waits for an answer. */
typedef struct
{
  IcamDeviceUpkeep *self;
  GDBusMethodInvocation *invocation;
  /* the password: */
  GCancellable *reading;
  guint timer;
  IcamSecret *secret;
  GError *doubt; /* whether the device took it is not known */
  guint tries;
  /* the clock: */
  IcamDeviceClock *clock;
  GVariant *wanted, *before;
} Call;

static Call *
call_new (IcamDeviceUpkeep      *self,
          GDBusMethodInvocation *invocation)
{
  Call *call = g_new0 (Call, 1);

  call->self = g_object_ref (self);
  call->invocation = invocation;
  return call;
}

static void
call_free (Call *call)
{
  g_clear_handle_id (&call->timer, g_source_remove);
  g_clear_object (&call->reading);
  g_clear_pointer (&call->secret, icam_secret_unref);
  g_clear_error (&call->doubt);
  g_clear_pointer (&call->clock, icam_device_clock_free);
  g_clear_pointer (&call->wanted, g_variant_unref);
  g_clear_pointer (&call->before, g_variant_unref);
  g_object_unref (call->self);
  g_free (call);
}

/* For a question that needs nothing but the device: @onvif is NULL when that cannot be asked, and the caller has been told. */
static Call *
call_begin (IcamDeviceUpkeep      *self,
            GDBusMethodInvocation *invocation,
            IcamOnvifDevice      **onvif)
{
  GError *error = NULL;

  *onvif = icam_device_session_get_onvif (self->session, &error);
  if (*onvif != NULL)
    return call_new (self, invocation);

  icam_reply_error (invocation, error);
  return NULL;
}

/* Takes the call. @value: (nullable): floating. */
static void
succeed (Call     *call,
         GVariant *value)
{
  g_dbus_method_invocation_return_value (call->invocation, value);
  call_free (call);
}

/* Takes the call and the error. */
static void
fail (Call   *call,
      GError *error)
{
  icam_reply_error (call->invocation, error);
  call_free (call);
}

/* ---- the password ---- */

/* Takes the call and the error (NULL: done). */
static void
end_change (Call   *call,
            GError *error)
{
  call->self->changing = FALSE;
  if (error != NULL)
    fail (call, error);
  else
    succeed (call, NULL);
}

static void
on_stored (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  Call *call = user_data;
  GError *error = NULL;

  icam_secrets_store_finish (ICAM_SECRETS (source), result, &error);
  /* The device has it, whatever the keyring does: recording goes on with it. */
  if (call->self->session != NULL)
    icam_device_session_replace_secret (call->self->session, call->secret);
  end_change (call, error);
}

static void try_new_password (Call *call);

static void
on_try_again (gpointer user_data)
{
  Call *call = user_data;

  call->timer = 0;
  try_new_password (call);
}

static void
on_tried (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  Call *call = user_data;
  IcamDeviceUpkeep *self = call->self;
  GError *error = NULL;
  g_autoptr (IcamOnvifInfo) info = icam_onvif_device_get_info_finish (ICAM_ONVIF_DEVICE (source), result, &error);
  g_autofree char *label = NULL;

  if (self->session == NULL)
    {
      g_clear_error (&error);
      end_change (call, icam_error_new (ICAM_ERROR_NOT_FOUND, "what", "device", NULL));
      return;
    }
  if (info != NULL)
    {
      const IcamEvidence found = {
        .serial = info->serial, .hardware = info->hardware, .mac = info->mac, .endpoint = info->endpoint,
      };

      /* Promise 1, for passwords: another device's is not kept as this one's. */
      if (icam_identity_compare (&icam_device_session_get_row (self->session)->evidence, &found) == ICAM_IDENTITY_OTHER)
        error = icam_error_new (ICAM_ERROR_OTHER_DEVICE, "address", icam_device_session_get_row (self->session)->address,
                                NULL);
    }
  else if (++call->tries < MAX_TRIES && !g_cancellable_is_cancelled (self->cancellable))
    {
      g_clear_error (&error);
      call->timer = g_timeout_add_once (TRY_AGAIN_MS, on_try_again, call);
      return;
    }
  if (error != NULL)
    {
      /* It did not say that it took the password, and it did not. */
      if (call->doubt != NULL)
        {
          g_clear_error (&error);
          error = g_steal_pointer (&call->doubt);
        }
      end_change (call, error);
      return;
    }

  label = g_strdup_printf ("%s: %s", ICAM_APP_NAME, icam_device_session_get_row (self->session)->address);
  icam_secrets_store_async (self->context->secrets, &icam_device_session_get_row (self->session)->id, label, call->secret,
                            NULL, on_stored, call);
}

/* With an object of its own: the session goes on with the old one until the new one is proven. */
static void
try_new_password (Call *call)
{
  const IcamDeviceRow *row;
  g_autoptr (IcamOnvifDevice) device = NULL;
  GError *error = NULL;

  if (call->self->session == NULL)
    {
      end_change (call, icam_error_new (ICAM_ERROR_NOT_FOUND, "what", "device", NULL));
      return;
    }
  row = icam_device_session_get_row (call->self->session);
  device = icam_onvif_device_new (row->address, &error);
  if (device == NULL)
    {
      end_change (call, error);
      return;
    }
  icam_onvif_device_set_credentials (device, row->user, call->secret);
  icam_onvif_device_set_auth (device, icam_onvif_auth_from_string (row->authentication));
  icam_onvif_device_get_info_async (device, call->self->cancellable, on_tried, call);
}

static gboolean
is_doubt (const GError *error)
{
  return g_error_matches (error, ICAM_ERROR, ICAM_ERROR_TIMED_OUT)
         || g_error_matches (error, ICAM_ERROR, ICAM_ERROR_BAD_ANSWER);
}

static void
on_password_set (GObject      *source,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  Call *call = user_data;
  GError *error = NULL;

  if (!icam_onvif_device_set_password_finish (ICAM_ONVIF_DEVICE (source), result, &error) && !is_doubt (error))
    {
      end_change (call, error);
      return;
    }

  call->doubt = error;
  try_new_password (call);
}

/* What XML cannot carry no device can be told. */
static gboolean
can_be_told (IcamSecret *secret)
{
  const char *text = icam_secret_peek (secret);

  if (*text == '\0' || !g_utf8_validate (text, -1, NULL))
    return FALSE;
  for (; *text != '\0'; text++)
    if (g_ascii_iscntrl (*text))
      return FALSE;
  return TRUE;
}

static void
on_secret (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  Call *call = user_data;
  IcamDeviceUpkeep *self = call->self;
  IcamOnvifDevice *onvif = NULL;
  GError *error = NULL;

  call->secret = icam_secret_read_finish (result, &error);
  g_clear_handle_id (&call->timer, g_source_remove);
  if (call->secret != NULL && self->session == NULL)
    error = icam_error_new (ICAM_ERROR_NOT_FOUND, "what", "device", NULL);
  else if (call->secret != NULL && !can_be_told (call->secret))
    error = icam_error_new (ICAM_ERROR_INVALID_ARGUMENT, "what", "password", NULL);
  else if (call->secret != NULL)
    onvif = icam_device_session_get_onvif (self->session, &error);
  if (onvif == NULL)
    {
      end_change (call, error);
      return;
    }

  icam_onvif_device_set_password_async (onvif, call->secret, self->cancellable, on_password_set, call);
}

static void
on_secret_time (gpointer user_data)
{
  Call *call = user_data;

  call->timer = 0;
  g_cancellable_cancel (call->reading);
}

static gboolean
on_change_password (IcamDBusDevice        *skeleton,
                    GDBusMethodInvocation *invocation,
                    GUnixFDList           *list,
                    GVariant              *secret,
                    GVariant              *options,
                    IcamDeviceUpkeep      *self)
{
  GError *error = NULL;
  IcamOnvifDevice *onvif = icam_device_session_get_onvif (self->session, &error);
  Call *call;
  int fd;

  if (onvif == NULL)
    return icam_reply_error (invocation, error);
  if (self->changing)
    return icam_reply_error (invocation, icam_error_new (ICAM_ERROR_BUSY, NULL, NULL));
  fd = icam_reply_take_fd (list, secret, "secret", &error);
  if (fd < 0)
    return icam_reply_error (invocation, error);

  self->changing = TRUE;
  call = call_new (self, invocation);
  call->reading = g_cancellable_new ();
  call->timer = g_timeout_add_once (SECRET_TIME_MS, on_secret_time, call);
  icam_secret_read_async (fd, call->reading, on_secret, call);
  return TRUE;
}

/* ---- beginning anew ---- */

static void
on_rebooted (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  GError *error = NULL;

  if (icam_onvif_device_reboot_finish (ICAM_ONVIF_DEVICE (source), result, &error))
    succeed (user_data, NULL);
  else
    fail (user_data, error);
}

static gboolean
on_reboot (IcamDBusDevice        *skeleton,
           GDBusMethodInvocation *invocation,
           GVariant              *options,
           IcamDeviceUpkeep      *self)
{
  IcamOnvifDevice *onvif;
  Call *call = call_begin (self, invocation, &onvif);

  if (call != NULL)
    icam_onvif_device_reboot_async (onvif, self->cancellable, on_rebooted, call);
  return TRUE;
}

/* ---- the clock ---- */

static GVariant *
clock_to_variant (const IcamDeviceClock *clock)
{
  GVariantDict dict = G_VARIANT_DICT_INIT (NULL);

  g_variant_dict_insert (&dict, "ntp", "b", clock->ntp);
  g_variant_dict_insert (&dict, "dhcp", "b", clock->dhcp);
  if (clock->server != NULL)
    g_variant_dict_insert (&dict, "server", "s", clock->server);
  if (clock->zone != NULL)
    g_variant_dict_insert (&dict, "zone", "s", clock->zone);
  g_variant_dict_insert (&dict, "daylight-saving", "b", clock->daylight_saving);
  g_variant_dict_insert (&dict, "offset", "x", clock->offset);
  return g_variant_dict_end (&dict);
}

static void
on_clock (GObject      *source,
          GAsyncResult *result,
          gpointer      user_data)
{
  GError *error = NULL;
  g_autoptr (IcamDeviceClock) clock = icam_onvif_device_get_clock_finish (ICAM_ONVIF_DEVICE (source), result, &error);

  if (clock != NULL)
    succeed (user_data, g_variant_new ("(@a{sv})", clock_to_variant (clock)));
  else
    fail (user_data, error);
}

static gboolean
on_get_clock (IcamDBusDevice        *skeleton,
              GDBusMethodInvocation *invocation,
              GVariant              *options,
              IcamDeviceUpkeep      *self)
{
  IcamOnvifDevice *onvif;
  Call *call = call_begin (self, invocation, &onvif);

  if (call != NULL)
    icam_onvif_device_get_clock_async (onvif, self->cancellable, on_clock, call);
  return TRUE;
}

static void
on_clock_set (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  Call *call = user_data;
  GError *error = NULL;

  if (icam_onvif_device_set_clock_finish (ICAM_ONVIF_DEVICE (source), result, &error))
    succeed (call, g_variant_new ("(@a{sv})", call->before));
  else
    fail (call, error);
}

/* What is wanted goes over what is. */
static void
apply (IcamDeviceClock *clock,
       GVariant        *wanted)
{
  const char *server = NULL, *zone = NULL;
  gboolean dhcp = FALSE;

  g_variant_lookup (wanted, "ntp", "b", &clock->ntp);
  g_variant_lookup (wanted, "dhcp", "b", &dhcp);
  g_variant_lookup (wanted, "server", "&s", &server);
  /* A time server that is not named stays, and need not be told. */
  clock->dhcp = dhcp;
  g_free (clock->server);
  clock->server = dhcp ? NULL : g_strdup (server);
  if (g_variant_lookup (wanted, "zone", "&s", &zone))
    {
      g_free (clock->zone);
      clock->zone = g_strdup (zone);
    }
  g_variant_lookup (wanted, "daylight-saving", "b", &clock->daylight_saving);
  g_variant_lookup (wanted, "offset", "x", &clock->offset);
}

static void
on_clock_before (GObject      *source,
                 GAsyncResult *result,
                 gpointer      user_data)
{
  Call *call = user_data;
  GError *error = NULL;

  call->clock = icam_onvif_device_get_clock_finish (ICAM_ONVIF_DEVICE (source), result, &error);
  if (call->clock == NULL)
    {
      fail (call, error);
      return;
    }

  call->before = g_variant_ref_sink (clock_to_variant (call->clock));
  apply (call->clock, call->wanted);
  icam_onvif_device_set_clock_async (ICAM_ONVIF_DEVICE (source), call->clock, call->self->cancellable, on_clock_set,
                                     call);
}

static gboolean
is_short (GVariant   *dict,
          const char *key)
{
  const char *text = "";

  g_variant_lookup (dict, key, "&s", &text);
  return strlen (text) <= MAX_TEXT;
}

static gboolean
on_set_clock (IcamDBusDevice        *skeleton,
              GDBusMethodInvocation *invocation,
              GVariant              *clock,
              GVariant              *options,
              IcamDeviceUpkeep      *self)
{
  GError *error = NULL;
  IcamOnvifDevice *onvif = icam_device_session_get_onvif (self->session, &error);
  Call *call;

  if (error == NULL && (g_variant_n_children (clock) == 0 || !is_short (clock, "server") || !is_short (clock, "zone")))
    error = icam_error_new (ICAM_ERROR_INVALID_ARGUMENT, "what", "clock", NULL);
  if (error != NULL)
    return icam_reply_error (invocation, error);

  call = call_new (self, invocation);
  call->wanted = g_variant_ref (clock);
  icam_onvif_device_get_clock_async (onvif, self->cancellable, on_clock_before, call);
  return TRUE;
}

/* ---- relays ---- */

static void
on_relays (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  GError *error = NULL;
  g_autoptr (GPtrArray) relays = icam_onvif_device_list_relays_finish (ICAM_ONVIF_DEVICE (source), result, &error);
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(sb)"));

  for (guint i = 0; relays != NULL && i < relays->len; i++)
    {
      const IcamRelay *relay = relays->pdata[i];

      g_variant_builder_add (&builder, "(sb)", relay->token, relay->pulse);
    }
  if (relays != NULL)
    {
      succeed (user_data, g_variant_new ("(a(sb))", &builder));
      return;
    }
  g_variant_builder_clear (&builder);
  fail (user_data, error);
}

static gboolean
on_list_relays (IcamDBusDevice        *skeleton,
                GDBusMethodInvocation *invocation,
                GVariant              *options,
                IcamDeviceUpkeep      *self)
{
  IcamOnvifDevice *onvif;
  Call *call = call_begin (self, invocation, &onvif);

  if (call != NULL)
    icam_onvif_device_list_relays_async (onvif, self->cancellable, on_relays, call);
  return TRUE;
}

static void
on_relay_set (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  GError *error = NULL;

  if (icam_onvif_device_set_relay_finish (ICAM_ONVIF_DEVICE (source), result, &error))
    succeed (user_data, NULL);
  else
    fail (user_data, error);
}

static gboolean
on_set_relay (IcamDBusDevice        *skeleton,
              GDBusMethodInvocation *invocation,
              const char            *relay,
              gboolean               active,
              GVariant              *options,
              IcamDeviceUpkeep      *self)
{
  IcamOnvifDevice *onvif;
  Call *call = call_begin (self, invocation, &onvif);

  if (call != NULL)
    icam_onvif_device_set_relay_async (onvif, relay, active, self->cancellable, on_relay_set, call);
  return TRUE;
}

/* ---- the object ---- */

static void
icam_device_upkeep_dispose (GObject *object)
{
  IcamDeviceUpkeep *self = ICAM_DEVICE_UPKEEP (object);

  g_cancellable_cancel (self->cancellable);
  if (self->skeleton != NULL)
    g_signal_handlers_disconnect_by_data (self->skeleton, self);
  g_clear_object (&self->skeleton);
  g_clear_object (&self->session);

  G_OBJECT_CLASS (icam_device_upkeep_parent_class)->dispose (object);
}

static void
icam_device_upkeep_finalize (GObject *object)
{
  g_object_unref (ICAM_DEVICE_UPKEEP (object)->cancellable);
  G_OBJECT_CLASS (icam_device_upkeep_parent_class)->finalize (object);
}

static void
icam_device_upkeep_class_init (IcamDeviceUpkeepClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = icam_device_upkeep_dispose;
  G_OBJECT_CLASS (klass)->finalize = icam_device_upkeep_finalize;
}

static void
icam_device_upkeep_init (IcamDeviceUpkeep *self)
{
  self->cancellable = g_cancellable_new ();
}

/**
 * icam_device_upkeep_new:
 * @skeleton: the device on the bus; the methods are answered there
 * @session: the device
 * @context: the context
 *
 * Returns: (transfer full): who answers
 */
IcamDeviceUpkeep *
icam_device_upkeep_new (IcamDBusDevice    *skeleton,
                        IcamDeviceSession *session,
                        IcamContext       *context)
{
  IcamDeviceUpkeep *self = g_object_new (ICAM_TYPE_DEVICE_UPKEEP, NULL);

  self->skeleton = g_object_ref (skeleton);
  self->session = g_object_ref (session);
  self->context = context;
  g_object_connect (skeleton,
                    "signal::handle-change-password", on_change_password, self,
                    "signal::handle-reboot", on_reboot, self,
                    "signal::handle-get-clock", on_get_clock, self,
                    "signal::handle-set-clock", on_set_clock, self,
                    "signal::handle-list-relays", on_list_relays, self,
                    "signal::handle-set-relay", on_set_relay, self,
                    NULL);
  return self;
}
