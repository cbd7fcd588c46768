/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-recorder"

#include "config.h"

#include "recorder/icam-device-session.h"

#include "onvif/icam-factory-passwords.h"
#include "recorder/icam-identity.h"
#include "recorder/icam-offer.h"
#include "recorder/icam-quarantine.h"

#include <string.h>

/* Who answers is asked within this time; then the stream is tried without an answer. */
#define VERIFY_TIME_MS 3000
/* While it is not known who sends, or another device does, it is asked again and again. */
#define VERIFY_AGAIN_MS 10000

typedef struct
{
  IcamChannelRow *row;
  gboolean used;
  gboolean paused;
  IcamOnvifPtz *ptz; /* how it is moved, as the device told last, or NULL */
  IcamStreamSession *streams[ICAM_N_ROLES];
} Channel;

struct _IcamDeviceSession
{
  GObject parent_instance;
  IcamContext *context;
  IcamDeviceRow *row;
  GPtrArray *channels; /* of Channel */
  GPtrArray *adopted;  /* of IcamStreamSession: connected by a probe, not used yet */
  gboolean onvif;      /* it can be asked who it is */
  gboolean started;

  gboolean secret_known; /* looked up, or none needed */
  gboolean waiting;      /* for the keyring */
  IcamSecret *secret;
  GCancellable *fetching;

  IcamOnvifDevice *device;
  IcamCameraWitness *witness; /* what it detects itself */
  guint n_offers;             /* how many channels it had when it was asked last */
  IcamIdentity identity;
  GError *problem;

  GCancellable *verifying; /* an exchange is under way */
  gboolean timed_out;
  guint verify_timer;
  IcamGatePass *pass;
  guint again_id;

  char *candidate; /* an address at which it was seen, being asked */
  GCancellable *following;
  IcamDeviceSession *guest; /* the device that answers in its place */
};

G_DEFINE_FINAL_TYPE (IcamDeviceSession, icam_device_session, G_TYPE_OBJECT)

enum
{
  CHANGED,
  HEARD,
  UNHEARD,
  N_SIGNALS,
};
static guint signals[N_SIGNALS];

static void verify (IcamDeviceSession *self);

static void
channel_free (gpointer data)
{
  Channel *channel = data;

  for (guint i = 0; i < ICAM_N_ROLES; i++)
    g_clear_object (&channel->streams[i]);
  g_clear_pointer (&channel->ptz, icam_onvif_ptz_free);
  icam_channel_row_free (channel->row);
  g_free (channel);
}

static void
changed (IcamDeviceSession *self)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

/**
 * icam_gap_cause_of_error:
 * @error: why a device or its stream cannot be had
 *
 * Returns: what the gap is called
 */
IcamGapCause
icam_gap_cause_of_error (const GError *error)
{
  if (error->domain != ICAM_ERROR)
    return ICAM_GAP_UNKNOWN;

  switch ((IcamError) error->code)
    {
    case ICAM_ERROR_UNREACHABLE:
    case ICAM_ERROR_TIMED_OUT:
      return ICAM_GAP_CAMERA_GONE;
    case ICAM_ERROR_WRONG_PASSWORD:
    case ICAM_ERROR_PASSWORD_NEEDED:
      return ICAM_GAP_WRONG_PASSWORD;
    case ICAM_ERROR_NOT_A_CAMERA:
    case ICAM_ERROR_BAD_ANSWER:
    case ICAM_ERROR_NO_STREAM:
    case ICAM_ERROR_CODEC_UNSUPPORTED:
      return ICAM_GAP_BAD_DATA;
    case ICAM_ERROR_OTHER_DEVICE:
      return ICAM_GAP_OTHER_DEVICE;
    case ICAM_ERROR_STREAM_SILENT:
      return ICAM_GAP_CAMERA_SILENT;
    case ICAM_ERROR_KEYRING_LOCKED:
    case ICAM_ERROR_KEYRING_ABSENT:
      return ICAM_GAP_KEYRING_LOCKED;
    default:
      return ICAM_GAP_UNKNOWN;
    }
}

static gboolean
refused_password (const GError *error)
{
  return g_error_matches (error, ICAM_ERROR, ICAM_ERROR_WRONG_PASSWORD)
         || g_error_matches (error, ICAM_ERROR, ICAM_ERROR_PASSWORD_NEEDED);
}

static void
set_problem (IcamDeviceSession *self,
             const GError      *error)
{
  if (error == self->problem)
    return;

  g_clear_error (&self->problem);
  self->problem = error != NULL ? g_error_copy (error) : NULL;
}

static void
save (IcamDeviceSession *self)
{
  IcamRows *rows = icam_rows_new ();

  g_ptr_array_add (rows->devices, icam_device_row_copy (self->row));
  for (guint i = 0; i < self->channels->len; i++)
    g_ptr_array_add (rows->channels, icam_channel_row_copy (((Channel *) self->channels->pdata[i])->row));
  icam_rows_save (rows, self->context);
}

static Channel *
find_channel (IcamDeviceSession *self,
              const IcamUuid    *id)
{
  for (guint i = 0; i < self->channels->len; i++)
    {
      Channel *channel = self->channels->pdata[i];

      if (icam_uuid_equal (&channel->row->id, id))
        return channel;
    }

  return NULL;
}

static Channel *
find_token (IcamDeviceSession *self,
            const char        *token)
{
  for (guint i = 0; i < self->channels->len; i++)
    {
      Channel *channel = self->channels->pdata[i];

      if (g_strcmp0 (channel->row->token, token) == 0)
        return channel;
    }

  return NULL;
}

typedef void (*StreamFunc) (IcamDeviceSession *self,
                            Channel           *channel,
                            IcamStreamSession *stream,
                            gpointer           data);

static void
each_stream (IcamDeviceSession *self,
             StreamFunc         func,
             gpointer           data)
{
  for (guint i = 0; i < self->channels->len; i++)
    {
      Channel *channel = self->channels->pdata[i];

      for (guint j = 0; j < ICAM_N_ROLES; j++)
        if (channel->streams[j] != NULL)
          func (self, channel, channel->streams[j], data);
    }
}

static void
start_stream (IcamDeviceSession *self,
              Channel           *channel,
              IcamStreamSession *stream,
              gpointer           data)
{
  if (!channel->paused)
    icam_stream_session_start (stream);
}

static void
hold_stream (IcamDeviceSession *self,
             Channel           *channel,
             IcamStreamSession *stream,
             gpointer           data)
{
  const GError *error = data;

  if (!channel->paused)
    icam_stream_session_hold (stream, icam_gap_cause_of_error (error), error);
}

/* A connection that stands is confirmed by a later answer. Silence takes nothing from one that was verified when it was made. */
static void
confirm_stream (IcamDeviceSession *self,
                Channel           *channel,
                IcamStreamSession *stream,
                gpointer           data)
{
  icam_stream_session_set_identity (stream, ICAM_IDENTITY_SAME);
}

static void
look_for_connection (IcamDeviceSession *self,
                     Channel           *channel,
                     IcamStreamSession *stream,
                     gpointer           data)
{
  gboolean *connected = data;

  *connected = *connected || icam_stream_session_get_state (stream) == ICAM_STREAM_CONNECTED;
}

/* Answers a stream that asked to be connected; others do not mind. */
static void
connect_stream (IcamDeviceSession *self,
                Channel           *channel,
                IcamStreamSession *stream,
                gpointer           data)
{
  const GError *error = data;
  const char *uri = icam_stream_session_get_role (stream) == ICAM_ROLE_MAIN ? channel->row->main_uri
                                                                            : channel->row->sub_uri;

  if (uri != NULL && !refused_password (error))
    {
      icam_stream_session_connect (stream, uri, self->row->user, self->secret, self->identity);
    }
  else if (error != NULL)
    {
      icam_stream_session_refuse (stream, error, icam_gap_cause_of_error (error));
    }
  else
    {
      g_autoptr (GError) none = icam_error_new (ICAM_ERROR_NO_STREAM, "address", self->row->address, NULL);

      icam_stream_session_refuse (stream, none, ICAM_GAP_BAD_DATA);
    }
}

static void
end_guest (IcamDeviceSession *self)
{
  if (self->guest != NULL)
    g_object_run_dispose (G_OBJECT (self->guest));
  g_clear_object (&self->guest);
}

static void
on_again (gpointer user_data)
{
  IcamDeviceSession *self = user_data;

  gboolean connected = FALSE;

  self->again_id = 0;
  /* Without a connection the next try of a stream asks anyway. */
  each_stream (self, look_for_connection, &connected);
  if (connected || self->identity == ICAM_IDENTITY_OTHER)
    verify (self);
}

static void
end_exchange (IcamDeviceSession *self)
{
  g_clear_handle_id (&self->verify_timer, g_source_remove);
  g_clear_pointer (&self->pass, icam_gate_pass_free);
  g_clear_object (&self->verifying);
  self->timed_out = FALSE;
}

/* Whether somebody is to hear of what the device detects. A device in quarantine has no camera. */
static gboolean
is_watched (IcamDeviceSession *self)
{
  for (guint i = 0; i < self->channels->len; i++)
    {
      const Channel *channel = self->channels->pdata[i];

      if (channel->used && !channel->paused)
        return self->onvif && !self->row->quarantine;
    }

  return FALSE;
}

/* Its events are heard only of the device that was verified. */
static void
conclude_witness (IcamDeviceSession *self,
                  const GError      *error)
{
  if (self->identity == ICAM_IDENTITY_OTHER || !is_watched (self))
    icam_camera_witness_stop (self->witness);
  else if (error != NULL || self->device == NULL)
    icam_camera_witness_refuse (self->witness, error);
  else
    {
      icam_camera_witness_start (self->witness);
      icam_camera_witness_connect (self->witness, self->device);
    }
}

/* Where it was seen. Never a guess: what names a source that is not known is nobody's, unless there is only one. */
static Channel *
place_event (IcamDeviceSession    *self,
             const IcamOnvifEvent *event)
{
  switch (event->place)
    {
    case ICAM_ONVIF_OF_SOURCE:
      return find_token (self, event->source);
    case ICAM_ONVIF_OF_NOBODY:
      return self->channels->len == 1 && self->n_offers <= 1 ? self->channels->pdata[0] : NULL;
    case ICAM_ONVIF_OF_DEVICE:
    default:
      break;
    }

  for (guint i = 0; i < self->channels->len; i++)
    if (((Channel *) self->channels->pdata[i])->used)
      return self->channels->pdata[i];
  return NULL;
}

static void
on_witness_event (IcamCameraWitness    *witness,
                  const IcamOnvifEvent *event,
                  IcamDeviceSession    *self)
{
  Channel *channel = place_event (self, event);

  g_debug ("%s: %s %s%s", self->row->address, icam_event_kind_to_string (event->kind),
           event->state == ICAM_ONVIF_OFF ? "off" : "on", channel == NULL ? ", nobody's" : "");
  if (channel != NULL && channel->used && !channel->paused)
    g_signal_emit (self, signals[HEARD], 0, &channel->row->id, (guint) event->kind, (guint) event->state);
}

static void
on_unheard (IcamCameraWitness *witness,
            IcamDeviceSession *self)
{
  g_signal_emit (self, signals[UNHEARD], 0);
}

static void
on_witness_wanted (IcamCameraWitness *witness,
                   IcamDeviceSession *self)
{
  if (self->started && self->secret_known && !self->waiting && is_watched (self))
    verify (self);
}

/* The verdict is there: streams that asked are connected or refused. */
static void
conclude (IcamDeviceSession *self,
          IcamIdentity       identity,
          const GError      *error)
{
  gboolean was_other = self->identity == ICAM_IDENTITY_OTHER;

  end_exchange (self);
  g_debug ("%s is %s: %s", self->row->address, icam_identity_to_string (identity),
           error != NULL ? error->message : "it answered");

  /* Silence does not acquit: what was another device stays one until the right one answers. */
  if (was_other && identity == ICAM_IDENTITY_UNKNOWN)
    identity = ICAM_IDENTITY_OTHER;

  self->identity = identity;
  if (identity != ICAM_IDENTITY_OTHER)
    {
      set_problem (self, error);
      end_guest (self);
      if (was_other)
        each_stream (self, start_stream, NULL);
      if (identity == ICAM_IDENTITY_SAME)
        each_stream (self, confirm_stream, NULL);
      each_stream (self, connect_stream, (gpointer) error);
    }

  conclude_witness (self, error);
  g_clear_handle_id (&self->again_id, g_source_remove);
  if (identity == ICAM_IDENTITY_OTHER
      || (identity == ICAM_IDENTITY_UNKNOWN && !refused_password (error)
          && icam_evidence_is_usable (&self->row->evidence)))
    self->again_id = g_timeout_add_once (VERIFY_AGAIN_MS, on_again, self);
  changed (self);
}

static void
info_to_evidence (const IcamOnvifInfo *info,
                  IcamEvidence        *evidence)
{
  *evidence = (IcamEvidence) {
    .serial = info->serial, .hardware = info->hardware, .mac = info->mac, .endpoint = info->endpoint,
  };
}

static void
make_guest (IcamDeviceSession   *self,
            const IcamOnvifInfo *info,
            const IcamEvidence  *found)
{
  IcamDeviceRow *row = NULL;
  g_autoptr (GPtrArray) channels = NULL;

  if (!icam_quarantine_find (self->context->quarantine, found, &row, &channels))
    {
      row = g_new0 (IcamDeviceRow, 1);
      icam_uuid_generate (&row->id);
      row->kind = g_strdup (self->row->kind);
      row->manufacturer = g_strdup (info->manufacturer);
      row->model = g_strdup (info->model);
      row->firmware = g_strdup (info->firmware);
      row->quarantine = TRUE;
      icam_evidence_copy (found, &row->evidence);
    }
  g_free (row->address);
  row->address = g_strdup (self->row->address);
  g_free (row->user);
  row->user = g_strdup (self->row->user);

  self->guest = icam_device_session_new (self->context, row);
  for (guint i = 0; channels != NULL && i < channels->len; i++)
    icam_device_session_add_channel (self->guest, icam_channel_row_copy (channels->pdata[i]));
  self->guest->secret_known = TRUE;
  self->guest->secret = self->secret != NULL ? icam_secret_ref (self->secret) : NULL;
  icam_device_session_start (self->guest);
}

/* Promise 1: another device answers. Nothing of it goes under this one's identities. */
static void
keep_out (IcamDeviceSession   *self,
          const IcamOnvifInfo *info,
          const IcamEvidence  *found)
{
  g_autofree char *expected_text = icam_evidence_describe (&self->row->evidence);
  g_autofree char *found_text = icam_evidence_describe (found);
  g_autoptr (GError) error = icam_error_new (ICAM_ERROR_OTHER_DEVICE, "address", self->row->address, "expected",
                                             expected_text, "found", found_text, NULL);
  gboolean known = self->identity == ICAM_IDENTITY_OTHER;

  self->identity = ICAM_IDENTITY_OTHER;
  set_problem (self, error);
  icam_camera_witness_stop (self->witness);
  if (!known)
    {
      char id[ICAM_UUID_TEXT_SIZE];

      each_stream (self, hold_stream, error);
      icam_uuid_format (&self->row->id, id);
      icam_context_journal (self->context, "other-device", "device", id, "address", self->row->address, "expected",
                            expected_text, "found", found_text, NULL);
    }

  /* A guest's guest is the business of the device in whose place both are. */
  if (!self->row->quarantine)
    {
      if (self->guest != NULL
          && icam_identity_compare (&self->guest->row->evidence, found) != ICAM_IDENTITY_SAME)
        end_guest (self);
      if (self->guest == NULL)
        make_guest (self, info, found);
      icam_quarantine_seen (self->context->quarantine, &self->guest->row->id);
    }
  conclude (self, ICAM_IDENTITY_OTHER, error);
}

static void
set_text (char      **to,
          const char *from,
          gboolean   *different)
{
  if (from == NULL || g_strcmp0 (*to, from) == 0)
    return;

  g_free (*to);
  *to = g_strdup (from);
  *different = TRUE;
}

static void
learn_ptz (IcamDeviceSession *self,
           GPtrArray         *answer)
{
  for (guint i = 0; i < answer->len; i++)
    {
      const IcamOnvifChannel *offered = answer->pdata[i];
      Channel *channel = find_token (self, offered->token);

      if (channel == NULL)
        continue;
      g_clear_pointer (&channel->ptz, icam_onvif_ptz_free);
      channel->ptz = offered->ptz != NULL ? icam_onvif_ptz_copy (offered->ptz) : NULL;
    }
}

/* What the device offers now goes into its rows. Streams that it no longer offers stay: their next connect tells. */
static gboolean
learn_channels (IcamDeviceSession *self,
                GPtrArray         *answer)
{
  g_autoptr (GPtrArray) offers = icam_offers_of_onvif (answer);
  gboolean different = FALSE;

  self->n_offers = offers->len;
  for (guint i = 0; i < offers->len; i++)
    {
      const IcamOffer *offer = offers->pdata[i];
      Channel *channel = find_token (self, offer->token);

      if (channel == NULL)
        {
          IcamChannelRow *row;

          /* New channels are for people to add. A device in quarantine is recorded as it is. */
          if (!self->row->quarantine)
            continue;
          row = g_new0 (IcamChannelRow, 1);
          row->id = offer->channel;
          row->device = self->row->id;
          icam_offer_to_row (offer, row);
          icam_device_session_add_channel (self, row);
          different = TRUE;
          continue;
        }

      set_text (&channel->row->main_profile, offer->main_profile, &different);
      set_text (&channel->row->main_uri, offer->main_uri, &different);
      set_text (&channel->row->sub_profile, offer->sub_profile, &different);
      set_text (&channel->row->sub_uri, offer->sub_uri, &different);
    }

  return different;
}

static void
use_guest_channels (IcamDeviceSession *self)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new ();

  for (guint i = 0; i < self->channels->len; i++)
    {
      Channel *channel = self->channels->pdata[i];

      g_ptr_array_add (rows, channel->row);
      icam_device_session_use (self, &channel->row->id, FALSE, TRUE);
    }
  icam_quarantine_add (self->context->quarantine, self->row, rows);
}

static GError *
exchange_error (IcamDeviceSession *self,
                GError            *error)
{
  if (self->timed_out)
    {
      g_error_free (error);
      return icam_error_new (ICAM_ERROR_TIMED_OUT, "address", self->row->address, NULL);
    }

  return error;
}

static void
on_channels (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr (IcamDeviceSession) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) channels =
    icam_onvif_device_get_channels_finish (ICAM_ONVIF_DEVICE (source), result, &error);

  if (source != (GObject *) self->device || self->verifying == NULL)
    return;
  if (error != NULL)
    {
      /* It is who it should be: what it offered the last time is tried. */
      error = exchange_error (self, g_steal_pointer (&error));
      g_debug ("%s does not tell its streams: %s", self->row->address, error->message);
    }
  else
    {
      if (learn_channels (self, channels))
        save (self);
      learn_ptz (self, channels);
    }
  if (self->row->quarantine)
    use_guest_channels (self);

  conclude (self, self->identity, refused_password (error) ? error : NULL);
}

static void
on_verify_time (gpointer user_data)
{
  IcamDeviceSession *self = user_data;

  self->verify_timer = 0;
  self->timed_out = TRUE;
  g_cancellable_cancel (self->verifying);
}

static void
on_info (GObject      *source,
         GAsyncResult *result,
         gpointer      user_data)
{
  g_autoptr (IcamDeviceSession) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (IcamOnvifInfo) info = icam_onvif_device_get_info_finish (ICAM_ONVIF_DEVICE (source), result, &error);
  IcamEvidence found;
  IcamIdentity identity;
  gboolean different = FALSE;

  if (source != (GObject *) self->device || self->verifying == NULL)
    return;
  if (info == NULL)
    {
      error = exchange_error (self, g_steal_pointer (&error));
      conclude (self, ICAM_IDENTITY_UNKNOWN, error);
      return;
    }

  info_to_evidence (info, &found);
  identity = icam_identity_compare (&self->row->evidence, &found);
  if (identity == ICAM_IDENTITY_OTHER)
    {
      keep_out (self, info, &found);
      return;
    }

  if (identity == ICAM_IDENTITY_SAME)
    {
      different = icam_evidence_complete (&self->row->evidence, &found);
      set_text (&self->row->firmware, info->firmware, &different);
      set_text (&self->row->authentication, icam_onvif_auth_to_string (icam_onvif_device_get_auth (self->device)),
                &different);
      if (different)
        save (self);
    }
  /* A device that offers no evidence any more in the place of another one is not yet the right one: conclude() sees to it. */
  if (!(self->identity == ICAM_IDENTITY_OTHER && identity == ICAM_IDENTITY_UNKNOWN))
    {
      if (self->identity == ICAM_IDENTITY_OTHER && identity == ICAM_IDENTITY_SAME)
        {
          end_guest (self);
          each_stream (self, start_stream, NULL);
        }
      self->identity = identity;
    }
  g_clear_handle_id (&self->verify_timer, g_source_remove);
  self->verify_timer = g_timeout_add_once (VERIFY_TIME_MS, on_verify_time, self);
  icam_onvif_device_get_channels_async (self->device, self->verifying, on_channels, g_object_ref (self));
}

static void
on_entered (GObject      *source,
            GAsyncResult *result,
            gpointer      user_data)
{
  g_autoptr (IcamDeviceSession) self = user_data;
  g_autoptr (IcamGatePass) pass = icam_gate_enter_finish (ICAM_GATE (source), result, NULL);

  if (pass == NULL || self->verifying == NULL)
    return;

  self->pass = g_steal_pointer (&pass);
  self->verify_timer = g_timeout_add_once (VERIFY_TIME_MS, on_verify_time, self);
  icam_onvif_device_get_info_async (self->device, self->verifying, on_info, g_object_ref (self));
}

static void
verify (IcamDeviceSession *self)
{
  g_autoptr (GError) error = NULL;

  if (!self->onvif)
    {
      conclude (self, ICAM_IDENTITY_UNKNOWN, NULL);
      return;
    }
  if (self->verifying != NULL)
    return;

  if (self->device == NULL)
    {
      self->device = icam_onvif_device_new (self->row->address, &error);
      if (self->device == NULL)
        {
          conclude (self, ICAM_IDENTITY_UNKNOWN, error);
          return;
        }
      icam_onvif_device_set_credentials (self->device, self->row->user, self->secret);
      icam_onvif_device_set_auth (self->device, icam_onvif_auth_from_string (self->row->authentication));
    }

  g_debug ("Asking %s who it is", self->row->address);
  self->verifying = g_cancellable_new ();
  icam_gate_enter_async (self->context->gate, self->verifying, on_entered, g_object_ref (self));
}

static void
cancel_exchange (IcamDeviceSession *self)
{
  if (self->verifying != NULL)
    g_cancellable_cancel (self->verifying);
  end_exchange (self);
  icam_camera_witness_stop (self->witness);
  g_clear_handle_id (&self->again_id, g_source_remove);
  /* Answers that are still to come are known by their source, and not minded. */
  g_clear_object (&self->device);
}

static void
on_connect_wanted (IcamStreamSession *stream,
                   IcamDeviceSession *self)
{
  if (self->started && self->secret_known && !self->waiting)
    verify (self);
}

static void
begin (IcamDeviceSession *self)
{
  set_problem (self, NULL);
  each_stream (self, start_stream, NULL);
  if (self->row->quarantine)
    verify (self);
  if (is_watched (self))
    icam_camera_witness_start (self->witness);
  changed (self);
}

static void
on_secret (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (IcamDeviceSession) self = user_data;
  g_autoptr (GError) error = NULL;
  IcamSecret *secret = icam_secrets_lookup_finish (ICAM_SECRETS (source), result, &error);

  if (self->fetching == NULL || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      g_clear_pointer (&secret, icam_secret_unref);
      return;
    }

  g_clear_object (&self->fetching);
  if (secret != NULL)
    {
      self->secret = secret;
      self->secret_known = TRUE;
      self->waiting = FALSE;
      begin (self);
      return;
    }

  self->waiting = g_error_matches (error, ICAM_ERROR, ICAM_ERROR_KEYRING_LOCKED)
                  || g_error_matches (error, ICAM_ERROR, ICAM_ERROR_KEYRING_ABSENT);
  if (g_error_matches (error, ICAM_ERROR, ICAM_ERROR_NOT_FOUND))
    {
      g_clear_error (&error);
      error = icam_error_new (ICAM_ERROR_PASSWORD_NEEDED, "address", self->row->address, NULL);
    }
  set_problem (self, error);
  each_stream (self, hold_stream, error);
  changed (self);
}

static void
fetch_secret (IcamDeviceSession *self)
{
  if (self->fetching != NULL)
    return;

  self->fetching = g_cancellable_new ();
  icam_secrets_lookup_async (self->context->secrets, &self->row->id, self->fetching, on_secret, g_object_ref (self));
}

static void
icam_device_session_dispose (GObject *object)
{
  IcamDeviceSession *self = ICAM_DEVICE_SESSION (object);

  /* Whoever is told that nothing is heard any more would find us half gone. */
  g_signal_handlers_disconnect_by_data (self->witness, self);
  cancel_exchange (self);
  if (self->fetching != NULL)
    g_cancellable_cancel (self->fetching);
  g_clear_object (&self->fetching);
  if (self->following != NULL)
    g_cancellable_cancel (self->following);
  g_clear_object (&self->following);
  end_guest (self);
  for (guint i = 0; i < self->channels->len; i++)
    {
      Channel *channel = self->channels->pdata[i];

      for (guint j = 0; j < ICAM_N_ROLES; j++)
        if (channel->streams[j] != NULL)
          {
            g_signal_handlers_disconnect_by_data (channel->streams[j], self);
            g_object_run_dispose (G_OBJECT (channel->streams[j]));
          }
    }
  g_ptr_array_set_size (self->channels, 0);
  g_ptr_array_set_size (self->adopted, 0);
  g_clear_object (&self->device);
  g_clear_pointer (&self->secret, icam_secret_unref);

  G_OBJECT_CLASS (icam_device_session_parent_class)->dispose (object);
}

static void
icam_device_session_finalize (GObject *object)
{
  IcamDeviceSession *self = ICAM_DEVICE_SESSION (object);

  g_ptr_array_unref (self->channels);
  g_ptr_array_unref (self->adopted);
  g_object_unref (self->witness);
  icam_device_row_free (self->row);
  g_clear_error (&self->problem);
  g_free (self->candidate);

  G_OBJECT_CLASS (icam_device_session_parent_class)->finalize (object);
}

static void
icam_device_session_class_init (IcamDeviceSessionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = icam_device_session_dispose;
  object_class->finalize = icam_device_session_finalize;

  signals[CHANGED] = g_signal_new ("changed", ICAM_TYPE_DEVICE_SESSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 0);
  signals[HEARD] = g_signal_new ("heard", ICAM_TYPE_DEVICE_SESSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                 3, G_TYPE_POINTER, G_TYPE_UINT, G_TYPE_UINT);
  signals[UNHEARD] = g_signal_new ("unheard", ICAM_TYPE_DEVICE_SESSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 0);
}

static void
icam_device_session_init (IcamDeviceSession *self)
{
  self->channels = g_ptr_array_new_with_free_func (channel_free);
  self->adopted = g_ptr_array_new_with_free_func (g_object_unref);
}

/**
 * icam_device_session_new:
 * @context: the context; outlives the session
 * @row: (transfer full): the device
 *
 * Returns: (transfer full): a session that is not started
 */
IcamDeviceSession *
icam_device_session_new (IcamContext   *context,
                         IcamDeviceRow *row)
{
  IcamDeviceSession *self = g_object_new (ICAM_TYPE_DEVICE_SESSION, NULL);

  self->context = context;
  self->row = row;
  self->onvif = g_strcmp0 (row->kind, "onvif") == 0;
  self->witness = icam_camera_witness_new (context->clock);
  g_signal_connect (self->witness, "verify-wanted", G_CALLBACK (on_witness_wanted), self);
  g_signal_connect (self->witness, "event", G_CALLBACK (on_witness_event), self);
  g_signal_connect (self->witness, "unheard", G_CALLBACK (on_unheard), self);
  g_signal_connect_swapped (self->witness, "changed", G_CALLBACK (changed), self);
  return self;
}

/**
 * icam_device_session_add_channel:
 * @self: a session
 * @row: (transfer full): one of its channels
 */
void
icam_device_session_add_channel (IcamDeviceSession *self,
                                 IcamChannelRow    *row)
{
  Channel *channel = g_new0 (Channel, 1);

  channel->row = row;
  g_ptr_array_add (self->channels, channel);
}

/**
 * icam_device_session_adopt:
 * @self: a session that is not started
 * @secret: (nullable): the password, known from the probe
 * @identity: the probe's verdict: %ICAM_IDENTITY_SAME when there is evidence
 * @streams: (element-type IcamStreamSession): connections of the probe, for icam_device_session_use()
 */
void
icam_device_session_adopt (IcamDeviceSession *self,
                           IcamSecret        *secret,
                           IcamIdentity       identity,
                           GPtrArray         *streams)
{
  if (!self->secret_known)
    {
      self->secret = secret != NULL ? icam_secret_ref (secret) : NULL;
      self->secret_known = TRUE;
      self->identity = identity;
    }
  for (guint i = 0; i < streams->len; i++)
    g_ptr_array_add (self->adopted, g_object_ref (streams->pdata[i]));
}

static IcamStreamSession *
take_stream (IcamDeviceSession *self,
             Channel           *channel,
             IcamRole           role)
{
  for (guint i = 0; i < self->adopted->len; i++)
    {
      IcamStreamSession *stream = self->adopted->pdata[i];

      if (icam_stream_session_get_role (stream) == role
          && icam_uuid_equal (icam_stream_session_get_channel (stream), &channel->row->id))
        {
          g_object_ref (stream);
          g_ptr_array_remove_index (self->adopted, i);
          return stream;
        }
    }

  return icam_stream_session_new (self->context, &channel->row->id, role);
}

/* By which way it comes, and what it showed, is kept for the next start. */
static void
learn_stream (IcamDeviceSession *self,
              Channel           *channel,
              IcamStreamSession *stream)
{
  gboolean main = icam_stream_session_get_role (stream) == ICAM_ROLE_MAIN;
  gboolean different = FALSE;

  if (icam_stream_session_get_state (stream) != ICAM_STREAM_CONNECTED)
    return;

  set_text (main ? &channel->row->main_path : &channel->row->sub_path, icam_path_to_string (icam_stream_session_get_path (stream)),
            &different);
  if (icam_stream_session_get_fingerprint (stream) != NULL)
    set_text (&channel->row->fingerprint, icam_stream_session_get_fingerprint (stream), &different);
  if (different)
    save (self);
}

static void
on_stream_changed (IcamStreamSession *stream,
                   IcamDeviceSession *self)
{
  learn_stream (self, find_channel (self, icam_stream_session_get_channel (stream)), stream);
}

static void
retry_refused (IcamDeviceSession *self,
               Channel           *channel,
               IcamStreamSession *stream,
               gpointer           data)
{
  if (g_error_matches (icam_stream_session_get_error (stream), ICAM_ERROR, ICAM_ERROR_WRONG_PASSWORD))
    icam_stream_session_retry_now (stream);
}

/* The device takes the password (again): what it refused need not wait out the long time that follows a refusal. */
static void
on_stream_connected (IcamStreamSession *stream,
                     IcamDeviceSession *self)
{
  each_stream (self, retry_refused, NULL);
}

static void
forget_certificate (IcamDeviceSession *self,
                    Channel           *channel,
                    IcamStreamSession *stream,
                    gpointer           data)
{
  g_clear_pointer (&channel->row->fingerprint, g_free);
  icam_stream_session_remember (stream, icam_stream_session_get_path (stream), NULL);
}

/**
 * icam_device_session_use:
 * @self: a session
 * @id: one of its channels
 * @paused: do not record for now
 * @detect: watch it for motion
 *
 * Records the channel: main and sub stream where it has both, motion on the smaller one.
 */
void
icam_device_session_use (IcamDeviceSession *self,
                         const IcamUuid    *id,
                         gboolean           paused,
                         gboolean           detect)
{
  Channel *channel = find_channel (self, id);
  gboolean has_sub;

  g_return_if_fail (channel != NULL);
  if (channel->used)
    return;

  channel->used = TRUE;
  channel->paused = paused;
  has_sub = channel->row->sub_profile != NULL || channel->row->sub_uri != NULL;
  for (guint role = 0; role < (has_sub ? ICAM_N_ROLES : 1u); role++)
    {
      IcamStreamSession *stream = take_stream (self, channel, (IcamRole) role);

      channel->streams[role] = stream;
      g_signal_connect (stream, "connect-wanted", G_CALLBACK (on_connect_wanted), self);
      g_signal_connect (stream, "changed", G_CALLBACK (on_stream_changed), self);
      g_signal_connect (stream, "connected", G_CALLBACK (on_stream_connected), self);
      if (icam_stream_session_get_state (stream) == ICAM_STREAM_IDLE)
        icam_stream_session_remember (stream, icam_path_from_string (role == ICAM_ROLE_MAIN ? channel->row->main_path : channel->row->sub_path),
                                      channel->row->fingerprint);
      learn_stream (self, channel, stream);
      icam_stream_session_record (stream, detect && role == (has_sub ? ICAM_ROLE_SUB : ICAM_ROLE_MAIN), self->identity);
      if (paused)
        icam_stream_session_hold (stream, ICAM_GAP_PAUSED, NULL);
      else if (self->started && self->secret_known && self->identity != ICAM_IDENTITY_OTHER)
        icam_stream_session_start (stream);
    }
  if (self->started && self->secret_known && is_watched (self) && self->identity != ICAM_IDENTITY_OTHER)
    icam_camera_witness_start (self->witness);
}

/**
 * icam_device_session_unuse:
 * @self: a session
 * @id: one of its channels: it is not recorded any more
 */
void
icam_device_session_unuse (IcamDeviceSession *self,
                           const IcamUuid    *id)
{
  Channel *channel = find_channel (self, id);

  if (channel == NULL)
    return;

  channel->used = FALSE;
  for (guint i = 0; i < ICAM_N_ROLES; i++)
    if (channel->streams[i] != NULL)
      {
        g_signal_handlers_disconnect_by_data (channel->streams[i], self);
        g_object_run_dispose (G_OBJECT (channel->streams[i]));
        g_clear_object (&channel->streams[i]);
      }
  if (!is_watched (self))
    icam_camera_witness_stop (self->witness);
}

/**
 * icam_device_session_start:
 * @self: a session with its channels
 *
 * Fetches the password where one is needed, then connects what is used.
 */
void
icam_device_session_start (IcamDeviceSession *self)
{
  self->started = TRUE;

  /* Without a name and without authentication there never was a password. */
  if (!self->secret_known && (self->row->user == NULL || *self->row->user == '\0')
      && (self->row->authentication == NULL || strcmp (self->row->authentication, "none") == 0))
    self->secret_known = TRUE;

  if (self->secret_known)
    begin (self);
  else
    fetch_secret (self);
}

static void
restart_stream (IcamDeviceSession *self,
                Channel           *channel,
                IcamStreamSession *stream,
                gpointer           data)
{
  icam_stream_session_restart (stream, (IcamGapCause) GPOINTER_TO_UINT (data));
}

/**
 * icam_device_session_set_credentials:
 * @self: a session
 * @user: name
 * @secret: password, stored already
 *
 * Connects anew with them.
 */
void
icam_device_session_set_credentials (IcamDeviceSession *self,
                                     const char        *user,
                                     IcamSecret        *secret)
{
  gboolean was_known = self->secret_known;
  gboolean different = FALSE;

  cancel_exchange (self);
  if (self->fetching != NULL)
    g_cancellable_cancel (self->fetching);
  g_clear_object (&self->fetching);
  set_text (&self->row->user, user, &different);
  set_text (&self->row->authentication, "", &different);
  /* Whoever enters the password trusts what answers now. */
  each_stream (self, forget_certificate, NULL);
  save (self);

  g_clear_pointer (&self->secret, icam_secret_unref);
  self->secret = icam_secret_ref (secret);
  self->secret_known = TRUE;
  self->waiting = FALSE;
  end_guest (self);
  if (self->identity == ICAM_IDENTITY_OTHER)
    verify (self);
  else if (was_known)
    each_stream (self, restart_stream, GUINT_TO_POINTER (ICAM_GAP_WRONG_PASSWORD));
  else
    begin (self);
}

/**
 * icam_device_session_replace_secret:
 * @self: a session
 * @secret: the password that the device has now, stored already
 *
 * What is connected stays so; whatever is asked from now on is asked with it.
 */
void
icam_device_session_replace_secret (IcamDeviceSession *self,
                                    IcamSecret        *secret)
{
  cancel_exchange (self);
  g_clear_pointer (&self->secret, icam_secret_unref);
  self->secret = icam_secret_ref (secret);
  self->secret_known = TRUE;
  verify (self);
  each_stream (self, retry_refused, NULL);
}

/**
 * icam_device_session_keyring_changed:
 * @self: a session
 *
 * The keyring is in another state: a session that waits for it tries again.
 */
void
icam_device_session_keyring_changed (IcamDeviceSession *self)
{
  if (self->started && !self->secret_known)
    fetch_secret (self);
}

static void
retry_stream (IcamDeviceSession *self,
              Channel           *channel,
              IcamStreamSession *stream,
              gpointer           data)
{
  icam_stream_session_retry_now (stream);
}

/**
 * icam_device_session_retry_now:
 * @self: a session
 *
 * The device was seen on the network: what waits for its next try waits no longer.
 */
void
icam_device_session_retry_now (IcamDeviceSession *self)
{
  each_stream (self, retry_stream, NULL);
}

/**
 * icam_device_session_slept:
 * @self: a session
 *
 * The computer was asleep: connections are made anew.
 */
void
icam_device_session_slept (IcamDeviceSession *self)
{
  icam_camera_witness_stop (self->witness);
  if (self->started && self->secret_known && is_watched (self) && self->identity != ICAM_IDENTITY_OTHER)
    icam_camera_witness_start (self->witness);
  each_stream (self, restart_stream, GUINT_TO_POINTER (ICAM_GAP_COMPUTER_ASLEEP));
  if (self->guest != NULL)
    icam_device_session_slept (self->guest);
}

static void
on_followed (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr (IcamDeviceSession) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (IcamOnvifInfo) info = icam_onvif_device_get_info_finish (ICAM_ONVIF_DEVICE (source), result, &error);
  g_autofree char *candidate = g_steal_pointer (&self->candidate);
  char id[ICAM_UUID_TEXT_SIZE];
  IcamEvidence found;

  if (self->following == NULL)
    return;
  g_clear_object (&self->following);
  if (info == NULL)
    return;

  info_to_evidence (info, &found);
  if (icam_identity_compare (&self->row->evidence, &found) != ICAM_IDENTITY_SAME)
    return;

  icam_uuid_format (&self->row->id, id);
  icam_context_journal (self->context, "device-moved", "device", id, "from", self->row->address, "address", candidate,
                        NULL);
  cancel_exchange (self);
  g_free (self->row->address);
  self->row->address = g_steal_pointer (&candidate);
  g_set_object (&self->device, ICAM_ONVIF_DEVICE (source));
  save (self);
  if (self->identity == ICAM_IDENTITY_OTHER)
    verify (self);
  else
    each_stream (self, restart_stream, GUINT_TO_POINTER (ICAM_GAP_CAMERA_GONE));
  changed (self);
}

/**
 * icam_device_session_try_address:
 * @self: a session
 * @address: host:port or URL of a device service at which a device announced itself with this one's evidence
 *
 * Follows the device there if it proves to be the same and is not where it was.
 */
void
icam_device_session_try_address (IcamDeviceSession *self,
                                 const char        *address)
{
  g_autoptr (IcamOnvifDevice) device = NULL;

  if (strcmp (address, self->row->address) == 0)
    {
      icam_device_session_retry_now (self);
      return;
    }
  if (self->problem == NULL && self->identity == ICAM_IDENTITY_SAME)
    {
      /* One device may have two addresses; one that moved is missed sooner when it is asked. */
      icam_device_session_retry_now (self);
      if (self->started && self->secret_known && !self->waiting)
        verify (self);
      return;
    }
  if (!self->onvif || !self->secret_known || self->candidate != NULL)
    return;

  device = icam_onvif_device_new (address, NULL);
  if (device == NULL)
    return;

  self->candidate = g_strdup (address);
  self->following = g_cancellable_new ();
  icam_onvif_device_set_credentials (device, self->row->user, self->secret);
  icam_onvif_device_set_auth (device, icam_onvif_auth_from_string (self->row->authentication));
  icam_onvif_device_get_info_async (device, self->following, on_followed, g_object_ref (self));
}

/**
 * icam_device_session_get_row:
 * @self: a session
 *
 * Returns: (transfer none): what is known of the device
 */
const IcamDeviceRow *
icam_device_session_get_row (IcamDeviceSession *self)
{
  return self->row;
}

/**
 * icam_device_session_list_channels:
 * @self: a session
 *
 * Returns: (transfer container) (element-type IcamChannelRow): its channels, used or not
 */
GPtrArray *
icam_device_session_list_channels (IcamDeviceSession *self)
{
  GPtrArray *rows = g_ptr_array_new ();

  for (guint i = 0; i < self->channels->len; i++)
    g_ptr_array_add (rows, ((Channel *) self->channels->pdata[i])->row);
  return rows;
}

/**
 * icam_device_session_get_stream:
 * @self: a session
 * @id: a channel
 * @role: a role
 *
 * Returns: (transfer none) (nullable): the session of that stream
 */
IcamStreamSession *
icam_device_session_get_stream (IcamDeviceSession *self,
                                const IcamUuid    *id,
                                IcamRole           role)
{
  Channel *channel = find_channel (self, id);

  return channel != NULL ? channel->streams[role] : NULL;
}

/**
 * icam_device_session_get_identity:
 * @self: a session
 *
 * Returns: the verdict at the last connect
 */
IcamIdentity
icam_device_session_get_identity (IcamDeviceSession *self)
{
  return self->identity;
}

/**
 * icam_device_session_get_problem:
 * @self: a session
 *
 * Returns: (transfer none) (nullable): what is wrong with the device
 */
const GError *
icam_device_session_get_problem (IcamDeviceSession *self)
{
  return self->problem;
}

/**
 * icam_device_session_is_waiting:
 * @self: a session
 *
 * Returns: whether it waits for the keyring
 */
gboolean
icam_device_session_is_waiting (IcamDeviceSession *self)
{
  return self->waiting;
}

/**
 * icam_device_session_get_witness:
 * @self: a session
 *
 * Returns: (transfer none): who tells what the device detects itself
 */
IcamCameraWitness *
icam_device_session_get_witness (IcamDeviceSession *self)
{
  return self->witness;
}

/**
 * icam_device_session_get_onvif:
 * @self: a session
 * @error: return location: why it cannot be asked: what is wrong with the device, or NOT_SUPPORTED
 *
 * Returns: (transfer none) (nullable): the device, verified as far as it can be, to be asked beside what the session asks
 */
IcamOnvifDevice *
icam_device_session_get_onvif (IcamDeviceSession *self,
                               GError           **error)
{
  if (!self->onvif)
    icam_error_set (error, ICAM_ERROR_NOT_SUPPORTED, "address", self->row->address, NULL);
  else if (self->problem != NULL)
    g_propagate_error (error, g_error_copy (self->problem));
  else if (self->device == NULL || self->identity == ICAM_IDENTITY_OTHER)
    icam_error_set (error, ICAM_ERROR_UNREACHABLE, "address", self->row->address, NULL);
  else
    return self->device;

  return NULL;
}

/**
 * icam_device_session_get_ptz:
 * @self: a session
 * @id: a channel
 *
 * Returns: (transfer none) (nullable): how it is moved; %NULL if it cannot be, or this is not known yet
 */
const IcamOnvifPtz *
icam_device_session_get_ptz (IcamDeviceSession *self,
                             const IcamUuid    *id)
{
  Channel *channel = find_channel (self, id);

  return channel != NULL ? channel->ptz : NULL;
}

/**
 * icam_device_session_dup_source:
 * @self: a session
 * @id: a channel
 *
 * Returns: (transfer full): the token of its video source
 */
char *
icam_device_session_dup_source (IcamDeviceSession *self,
                                const IcamUuid    *id)
{
  Channel *channel = find_channel (self, id);
  const char *token = channel != NULL && channel->row->token != NULL ? channel->row->token : "";

  /* Another view has the profile behind it (icam-offer.h). */
  return g_strndup (token, strcspn (token, "#"));
}

/**
 * icam_device_session_has_factory_password:
 * @self: a session
 *
 * Returns: whether name and password are those that such devices come with
 */
gboolean
icam_device_session_has_factory_password (IcamDeviceSession *self)
{
  return self->secret_known && self->row->user != NULL && *self->row->user != '\0'
         && icam_factory_passwords_contain (self->row->user, self->secret);
}
