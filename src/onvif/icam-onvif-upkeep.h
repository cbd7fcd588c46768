/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "onvif/icam-onvif.h"

G_BEGIN_DECLS

/* Whose clock a device follows. */
typedef struct
{
  gboolean ntp;      /* a time server's; else it was set by hand */
  gboolean dhcp;     /* the time server is the network's choice */
  char *server;      /* host of the time server, or NULL */
  char *zone;        /* POSIX TZ, "CET-1CEST,M3.5.0,M10.5.0/3", or NULL */
  gboolean daylight_saving;
  gint64 offset;     /* µs, its clock minus ours */
} IcamDeviceClock;

void             icam_device_clock_free (IcamDeviceClock *clock);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamDeviceClock, icam_device_clock_free)

/* A contact that a device opens and closes. */
typedef struct
{
  char *token;
  gboolean pulse; /* it falls back by itself */
} IcamRelay;

/* Errors: as of icam_onvif_device_get_channels_finish(), and NOT_SUPPORTED, NOT_PERMITTED, OUT_OF_RANGE, INVALID_ARGUMENT
 * ("password"), REFUSED. */
void             icam_onvif_device_set_password_async  (IcamOnvifDevice       *self,
                                                        IcamSecret            *secret,
                                                        GCancellable          *cancellable,
                                                        GAsyncReadyCallback    callback,
                                                        gpointer               user_data);
gboolean         icam_onvif_device_set_password_finish (IcamOnvifDevice       *self,
                                                        GAsyncResult          *result,
                                                        GError               **error);
void             icam_onvif_device_reboot_async        (IcamOnvifDevice       *self,
                                                        GCancellable          *cancellable,
                                                        GAsyncReadyCallback    callback,
                                                        gpointer               user_data);
gboolean         icam_onvif_device_reboot_finish       (IcamOnvifDevice       *self,
                                                        GAsyncResult          *result,
                                                        GError               **error);
void             icam_onvif_device_get_clock_async     (IcamOnvifDevice       *self,
                                                        GCancellable          *cancellable,
                                                        GAsyncReadyCallback    callback,
                                                        gpointer               user_data);
IcamDeviceClock *icam_onvif_device_get_clock_finish    (IcamOnvifDevice       *self,
                                                        GAsyncResult          *result,
                                                        GError               **error);
void             icam_onvif_device_set_clock_async     (IcamOnvifDevice       *self,
                                                        const IcamDeviceClock *clock,
                                                        GCancellable          *cancellable,
                                                        GAsyncReadyCallback    callback,
                                                        gpointer               user_data);
gboolean         icam_onvif_device_set_clock_finish    (IcamOnvifDevice       *self,
                                                        GAsyncResult          *result,
                                                        GError               **error);
void             icam_onvif_device_list_relays_async   (IcamOnvifDevice       *self,
                                                        GCancellable          *cancellable,
                                                        GAsyncReadyCallback    callback,
                                                        gpointer               user_data);
GPtrArray       *icam_onvif_device_list_relays_finish  (IcamOnvifDevice       *self,
                                                        GAsyncResult          *result,
                                                        GError               **error);
void             icam_onvif_device_set_relay_async     (IcamOnvifDevice       *self,
                                                        const char            *token,
                                                        gboolean               active,
                                                        GCancellable          *cancellable,
                                                        GAsyncReadyCallback    callback,
                                                        gpointer               user_data);
gboolean         icam_onvif_device_set_relay_finish    (IcamOnvifDevice       *self,
                                                        GAsyncResult          *result,
                                                        GError               **error);

G_END_DECLS
