/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-onvif"

#include "config.h"

#include "onvif/icam-onvif-upkeep.h"

#include <string.h>

#include "base/icam-clock.h"
#include "onvif/icam-onvif-date-private.h"
#include "onvif/icam-onvif-answers-private.h"
#include "onvif/icam-onvif-job-private.h"

/* A device with more relays than this is not believed. */
#define MAX_RELAYS 64

static GTask *
begin (IcamOnvifDevice *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data,
       gpointer tag, IcamOnvifJob **job)
{
  GTask *task = icam_onvif_job_new (self, cancellable, callback, user_data, tag, job);

  (*job)->more = icam_onvif_job_end;
  if (!icam_onvif_transport_knows_time (self->transport))
    icam_onvif_job_ask_date (*job);
  return task;
}

/* ---- the password ---- */

static void
secret_unref (gpointer data)
{
  icam_secret_unref (data);
}

/* The level stays what it is: a device takes the whole of a user anew (ONVIF core specification, section 8.4.6). */
static gboolean
take_users (IcamOnvifJob *job, IcamOnvifStep *step, xmlNode *answer, GError **error)
{
  const char *user = icam_onvif_transport_get_user (job->device->transport);

  for (xmlNode *node = icam_soap_child (answer, "User"); node != NULL; node = icam_soap_next (node))
    {
      g_autofree char *name = icam_soap_dup_text (node, "Username");
      g_autofree char *level = icam_soap_dup_text (node, "UserLevel");

      if (level == NULL || g_strcmp0 (name, user) != 0)
        continue;
      icam_onvif_job_order (job, ICAM_ONVIF_SERVICE_DEVICE, "SetUser",
                            g_markup_printf_escaped ("<q:User><tt:Username>%s</tt:Username>"
                                                     "<tt:Password>%s</tt:Password>"
                                                     "<tt:UserLevel>%s</tt:UserLevel></q:User>",
                                                     name, icam_secret_peek (job->order), level),
                            NULL)
        ->once
        = TRUE;
      return TRUE;
    }

  icam_onvif_device_set_error (error, job->device, ICAM_ERROR_NOT_SUPPORTED, NULL);
  return FALSE;
}

/**
 * icam_onvif_device_set_password_async:
 * @self: a device with the password that it has now
 * @secret: the one that it is to have
 * @cancellable: (nullable): ends it; whether the device has taken it is not known then
 * @callback: called when the device has answered
 * @user_data: for it
 *
 * Gives the user by whom the device is asked another password. This is the one question that holds a password in plain words:
 * ONVIF has no other way. The device object goes on with the old one.
 */
void
icam_onvif_device_set_password_async (IcamOnvifDevice     *self,
                                      IcamSecret          *secret,
                                      GCancellable        *cancellable,
                                      GAsyncReadyCallback  callback,
                                      gpointer             user_data)
{
  IcamOnvifJob *job;
  g_autoptr (GTask) task
    = begin (self, cancellable, callback, user_data, icam_onvif_device_set_password_async, &job);

  job->order = icam_secret_ref (secret);
  job->order_free = secret_unref;
  icam_onvif_job_order (job, ICAM_ONVIF_SERVICE_DEVICE, "GetUsers", NULL, take_users);
  icam_onvif_job_run (task);
}

/**
 * icam_onvif_device_set_password_finish:
 * @self: a device
 * @result: as given to the callback
 * @error: return location
 *
 * Returns: whether it says that it has the new password
 */
gboolean
icam_onvif_device_set_password_finish (IcamOnvifDevice *self, GAsyncResult *result, GError **error)
{
  return icam_onvif_order_finish (self, result, error);
}

/* ---- rebooting ---- */

/**
 * icam_onvif_device_reboot_async:
 * @self: a device
 * @cancellable: (nullable): ends it
 * @callback: called when the device has answered, before it goes
 * @user_data: for it
 */
void
icam_onvif_device_reboot_async (IcamOnvifDevice     *self,
                                GCancellable        *cancellable,
                                GAsyncReadyCallback  callback,
                                gpointer             user_data)
{
  IcamOnvifJob *job;
  g_autoptr (GTask) task
    = begin (self, cancellable, callback, user_data, icam_onvif_device_reboot_async, &job);

  icam_onvif_job_order (job, ICAM_ONVIF_SERVICE_DEVICE, "SystemReboot", NULL, NULL)->once = TRUE;
  icam_onvif_job_run (task);
}

/**
 * icam_onvif_device_reboot_finish:
 * @self: a device
 * @result: as given to the callback
 * @error: return location
 *
 * Returns: whether it says that it does
 */
gboolean
icam_onvif_device_reboot_finish (IcamOnvifDevice *self, GAsyncResult *result, GError **error)
{
  return icam_onvif_order_finish (self, result, error);
}

/* ---- the clock ---- */

/**
 * icam_device_clock_free:
 * @clock: a device's clock
 */
void
icam_device_clock_free (IcamDeviceClock *clock)
{
  g_free (clock->server);
  g_free (clock->zone);
  g_free (clock);
}

static gboolean
take_clock (IcamOnvifJob *job, IcamOnvifStep *step, xmlNode *answer, GError **error)
{
  IcamDeviceClock *clock = job->result;
  g_autofree char *type = icam_soap_dup_text (answer, "SystemDateAndTime/DateTimeType");
  gint64 utc;

  clock->ntp = g_strcmp0 (type, "NTP") == 0;
  clock->daylight_saving = icam_onvif_is_true (answer, "SystemDateAndTime/DaylightSavings");
  clock->zone = icam_soap_dup_clean (answer, "SystemDateAndTime/TimeZone/TZ");
  if (icam_onvif_date_read (answer, &utc))
    icam_onvif_transport_set_device_time (job->device->transport, utc);
  clock->offset = icam_onvif_transport_get_offset (job->device->transport);
  return TRUE;
}

/**
 * icam_clock_read_ntp:
 * @clock: what is known so far
 * @answer: (nullable): an answer
 *
 * Takes what it says.
 */
void
icam_clock_read_ntp (IcamDeviceClock *clock, xmlNode *answer)
{
  static const char *const hosts[] = { "IPv4Address", "IPv6Address", "DNSname" };
  xmlNode *information = icam_soap_child (answer, "NTPInformation");
  xmlNode *host;

  clock->dhcp = icam_onvif_is_true (information, "FromDHCP");
  host = icam_soap_child (information, clock->dhcp ? "NTPFromDHCP" : "NTPManual");
  for (guint i = 0; i < G_N_ELEMENTS (hosts) && clock->server == NULL; i++)
    clock->server = icam_soap_dup_clean (host, hosts[i]);
}

static gboolean
take_ntp (IcamOnvifJob *job, IcamOnvifStep *step, xmlNode *answer, GError **error)
{
  icam_clock_read_ntp (job->result, answer);
  return TRUE;
}

/**
 * icam_onvif_device_get_clock_async:
 * @self: a device
 * @cancellable: (nullable): ends it
 * @callback: called when it is known
 * @user_data: for it
 */
void
icam_onvif_device_get_clock_async (IcamOnvifDevice     *self,
                                   GCancellable        *cancellable,
                                   GAsyncReadyCallback  callback,
                                   gpointer             user_data)
{
  IcamOnvifJob *job;
  g_autoptr (GTask) task
    = begin (self, cancellable, callback, user_data, icam_onvif_device_get_clock_async, &job);

  job->result = g_new0 (IcamDeviceClock, 1);
  job->result_free = (GDestroyNotify) icam_device_clock_free;
  icam_onvif_job_ask (job, ICAM_ONVIF_SERVICE_DEVICE, "GetSystemDateAndTime", NULL, take_clock)->needed = TRUE;
  icam_onvif_job_ask (job, ICAM_ONVIF_SERVICE_DEVICE, "GetNTP", NULL, take_ntp);
  icam_onvif_job_run (task);
}

/**
 * icam_onvif_device_get_clock_finish:
 * @self: a device
 * @result: as given to the callback
 * @error: return location
 *
 * Returns: (transfer full) (nullable): its clock
 */
IcamDeviceClock *
icam_onvif_device_get_clock_finish (IcamOnvifDevice *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static gboolean
take_time_set (IcamOnvifJob *job, IcamOnvifStep *step, xmlNode *answer, GError **error)
{
  /* A token is made in the device's own time, which is another one now. */
  icam_onvif_job_ask_date (job);
  return TRUE;
}

static char *
time_argument (gint64 utc)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (utc / G_USEC_PER_SEC);

  if (time == NULL)
    return g_strdup ("");
  return g_date_time_format (time, "<q:UTCDateTime><tt:Time><tt:Hour>%-H</tt:Hour><tt:Minute>%-M</tt:Minute>"
                                   "<tt:Second>%-S</tt:Second></tt:Time><tt:Date><tt:Year>%Y</tt:Year>"
                                   "<tt:Month>%-m</tt:Month><tt:Day>%-d</tt:Day></tt:Date></q:UTCDateTime>");
}

static char *
server_argument (const IcamDeviceClock *clock)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (clock->server);
  const char *type = "DNS", *element = "DNSname";

  if (address != NULL)
    {
      type = g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6 ? "IPv6" : "IPv4";
      element = g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6 ? "IPv6Address" : "IPv4Address";
    }
  return g_markup_printf_escaped ("<q:FromDHCP>false</q:FromDHCP><q:NTPManual><tt:Type>%s</tt:Type><tt:%s>%s</tt:%s>"
                                  "</q:NTPManual>",
                                  type, element, clock->server, element);
}

/* When it is its turn: the time is that of now. */
static gboolean
put_time (IcamOnvifJob *job, GError **error)
{
  IcamDeviceClock *clock = job->order;
  g_autofree char *zone = clock->zone != NULL
                            ? g_markup_printf_escaped ("<q:TimeZone><tt:TZ>%s</tt:TZ></q:TimeZone>", clock->zone)
                            : g_strdup ("");
  g_autofree char *time
    = clock->ntp ? g_strdup ("") : time_argument (icam_clock_utc (icam_clock_system ()) + clock->offset);

  icam_onvif_job_order (job, ICAM_ONVIF_SERVICE_DEVICE, "SetSystemDateAndTime",
                        g_strdup_printf ("<q:DateTimeType>%s</q:DateTimeType><q:DaylightSavings>%s</q:DaylightSavings>%s%s",
                                         clock->ntp ? "NTP" : "Manual", clock->daylight_saving ? "true" : "false", zone,
                                         time),
                        take_time_set);
  job->more = icam_onvif_job_end;
  return TRUE;
}

/**
 * icam_onvif_device_set_clock_async:
 * @self: a device
 * @clock: how it is to be; copied. A time server is set where one is named or is the network's choice; without "ntp" the
 * clock is set to ours plus the offset
 * @cancellable: (nullable): ends it
 * @callback: called when the device has answered
 * @user_data: for it
 *
 * ONVIF core specification, sections 8.3.7 and 8.2.8.
 */
void
icam_onvif_device_set_clock_async (IcamOnvifDevice       *self,
                                   const IcamDeviceClock *clock,
                                   GCancellable          *cancellable,
                                   GAsyncReadyCallback    callback,
                                   gpointer               user_data)
{
  IcamOnvifJob *job;
  g_autoptr (GTask) task
    = begin (self, cancellable, callback, user_data, icam_onvif_device_set_clock_async, &job);
  IcamDeviceClock *copy = g_memdup2 (clock, sizeof *clock);

  copy->server = g_strdup (clock->server);
  copy->zone = g_strdup (clock->zone);
  job->order = copy;
  job->order_free = (GDestroyNotify) icam_device_clock_free;
  job->more = put_time;
  if (clock->dhcp)
    icam_onvif_job_order (job, ICAM_ONVIF_SERVICE_DEVICE, "SetNTP", g_strdup ("<q:FromDHCP>true</q:FromDHCP>"), NULL);
  else if (clock->server != NULL)
    icam_onvif_job_order (job, ICAM_ONVIF_SERVICE_DEVICE, "SetNTP", server_argument (clock), NULL);
  icam_onvif_job_run (task);
}

/**
 * icam_onvif_device_set_clock_finish:
 * @self: a device
 * @result: as given to the callback
 * @error: return location
 *
 * Returns: whether it does
 */
gboolean
icam_onvif_device_set_clock_finish (IcamOnvifDevice *self, GAsyncResult *result, GError **error)
{
  return icam_onvif_order_finish (self, result, error);
}

/* ---- relays ---- */

static void
relay_free (gpointer data)
{
  IcamRelay *relay = data;

  g_free (relay->token);
  g_free (relay);
}

/**
 * icam_relays_read:
 * @relays: what is known so far
 * @answer: (nullable): an answer
 *
 * Takes what it says.
 */
void
icam_relays_read (GPtrArray *relays, xmlNode *answer)
{
  for (xmlNode *node = icam_soap_child (answer, "RelayOutputs"); node != NULL && relays->len < MAX_RELAYS;
       node = icam_soap_next (node))
    {
      g_autofree char *mode = icam_soap_dup_text (node, "Properties/Mode");
      char *token = icam_soap_dup_attribute (node, "token");
      IcamRelay *relay;

      if (token == NULL || *token == '\0')
        {
          g_free (token);
          continue;
        }
      relay = g_new0 (IcamRelay, 1);
      relay->token = token;
      relay->pulse = g_strcmp0 (mode, "Monostable") == 0;
      g_ptr_array_add (relays, relay);
    }
}

static gboolean
take_relays (IcamOnvifJob *job, IcamOnvifStep *step, xmlNode *answer, GError **error)
{
  icam_relays_read (job->result, answer);
  return TRUE;
}

/**
 * icam_onvif_device_list_relays_async:
 * @self: a device
 * @cancellable: (nullable): ends it
 * @callback: called when they are known
 * @user_data: for it
 */
void
icam_onvif_device_list_relays_async (IcamOnvifDevice     *self,
                                     GCancellable        *cancellable,
                                     GAsyncReadyCallback  callback,
                                     gpointer             user_data)
{
  IcamOnvifJob *job;
  g_autoptr (GTask) task
    = begin (self, cancellable, callback, user_data, icam_onvif_device_list_relays_async, &job);

  job->result = g_ptr_array_new_with_free_func (relay_free);
  job->result_free = (GDestroyNotify) g_ptr_array_unref;
  icam_onvif_job_order (job, ICAM_ONVIF_SERVICE_DEVICE, "GetRelayOutputs", NULL, take_relays);
  icam_onvif_job_run (task);
}

/**
 * icam_onvif_device_list_relays_finish:
 * @self: a device
 * @result: as given to the callback
 * @error: return location
 *
 * Returns: (transfer full) (nullable) (element-type IcamRelay): its relays; ONVIF does not tell how they are
 */
GPtrArray *
icam_onvif_device_list_relays_finish (IcamOnvifDevice *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * icam_onvif_device_set_relay_async:
 * @self: a device
 * @token: one of its relays
 * @active: whether it is to be active
 * @cancellable: (nullable): ends it
 * @callback: called when the device has answered
 * @user_data: for it
 */
void
icam_onvif_device_set_relay_async (IcamOnvifDevice     *self,
                                   const char          *token,
                                   gboolean             active,
                                   GCancellable        *cancellable,
                                   GAsyncReadyCallback  callback,
                                   gpointer             user_data)
{
  IcamOnvifJob *job;
  g_autoptr (GTask) task
    = begin (self, cancellable, callback, user_data, icam_onvif_device_set_relay_async, &job);

  icam_onvif_job_order (job, ICAM_ONVIF_SERVICE_DEVICE, "SetRelayOutputState",
                        g_markup_printf_escaped ("<q:RelayOutputToken>%s</q:RelayOutputToken>"
                                                 "<q:LogicalState>%s</q:LogicalState>",
                                                 token, active ? "active" : "inactive"),
                        NULL);
  icam_onvif_job_run (task);
}

/**
 * icam_onvif_device_set_relay_finish:
 * @self: a device
 * @result: as given to the callback
 * @error: return location
 *
 * Returns: whether it does
 */
gboolean
icam_onvif_device_set_relay_finish (IcamOnvifDevice *self, GAsyncResult *result, GError **error)
{
  return icam_onvif_order_finish (self, result, error);
}
