/* SPDX-License-Identifier: GPL-3.0-or-later */

/* onvif: one device on the network, asked by SOAP over HTTP. In: an address, a name, a secret. Out: what it is, its channels,
 * where its streams are. Hostile answers are bounded in size, depth and time; credentials go only to the host that was given. */

#pragma once

#include <gio/gio.h>

#include "base/icam-error.h"
#include "base/icam-secret.h"
#include "base/icam-types.h"

G_BEGIN_DECLS

typedef enum
{
  ICAM_ONVIF_AUTH_UNKNOWN = 0, /* nothing tried yet */
  ICAM_ONVIF_AUTH_NONE,
  ICAM_ONVIF_AUTH_DIGEST,      /* HTTP digest */
  ICAM_ONVIF_AUTH_TOKEN,       /* WS-UsernameToken, in the device's own time */
} IcamOnvifAuth;

const char   *icam_onvif_auth_to_string   (IcamOnvifAuth auth);
IcamOnvifAuth icam_onvif_auth_from_string (const char *text);

/* What a device says of itself; NULL where it says nothing. Valid UTF-8, bounded. */
typedef struct
{
  char *manufacturer, *model, *firmware, *serial, *hardware;
  char *mac;      /* 12 lower case hex digits, from GetNetworkInterfaces; the one of the address asked if there are several */
  char *endpoint; /* UUID, from GetEndpointReference where offered */
  char *name;     /* from the scopes or the host name */
} IcamOnvifInfo;

void icam_onvif_info_free (IcamOnvifInfo *info);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamOnvifInfo, icam_onvif_info_free)

/* One encoding that a device offers. */
typedef struct
{
  char *profile;  /* token */
  char *name;
  IcamCodec codec;
  guint width, height;
  double rate;    /* frames a second, 0 unknown */
  IcamCodec audio;
  char *uri;      /* rtsp://…, without credentials, host as the device answered us (NAT); NULL if it could not be had */
  char *snapshot_uri; /* or NULL */
} IcamOnvifStream;

/* What a source's PTZ configuration says that it can do. */
typedef enum
{
  ICAM_PTZ_PAN_TILT = 1 << 0, /* be turned at a speed */
  ICAM_PTZ_ZOOM = 1 << 1,     /* look closer at a speed */
  ICAM_PTZ_ABSOLUTE = 1 << 2, /* be sent to a place */
} IcamPtzAbilities;

/* How a video source is moved. */
typedef struct
{
  char *profile; /* token of the profile by which it is moved */
  char *node;    /* token of what moves, or NULL */
  IcamPtzAbilities abilities;
} IcamOnvifPtz;

IcamOnvifPtz *icam_onvif_ptz_copy (const IcamOnvifPtz *ptz);
void          icam_onvif_ptz_free (IcamOnvifPtz       *ptz);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamOnvifPtz, icam_onvif_ptz_free)

/* One video source with what is proposed for it. */
typedef struct
{
  char *token;            /* source token */
  char *name;             /* proposed, or NULL */
  IcamOnvifStream *main;  /* owned */
  IcamOnvifStream *sub;   /* owned; NULL if there is none */
  GPtrArray *other_views; /* of IcamOnvifStream: the same token but not the same picture (crops, dewarped lines), offered each */
  IcamOnvifPtz *ptz;      /* owned; NULL if it cannot be moved */
} IcamOnvifChannel;

void icam_onvif_channel_free (IcamOnvifChannel *channel);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamOnvifChannel, icam_onvif_channel_free)

#define ICAM_TYPE_ONVIF_DEVICE (icam_onvif_device_get_type ())
G_DECLARE_FINAL_TYPE (IcamOnvifDevice, icam_onvif_device, ICAM, ONVIF_DEVICE, GObject)

/* @address is "host", "host:port" or "http://host[:port]/path" of the device service. */
IcamOnvifDevice  *icam_onvif_device_new             (const char          *address,
                                                     GError             **error);
const char       *icam_onvif_device_get_url         (IcamOnvifDevice     *self);
void              icam_onvif_device_set_credentials (IcamOnvifDevice     *self,
                                                     const char          *user,
                                                     IcamSecret          *secret);
void              icam_onvif_device_set_auth        (IcamOnvifDevice     *self,
                                                     IcamOnvifAuth        remembered);
IcamOnvifAuth     icam_onvif_device_get_auth        (IcamOnvifDevice     *self);
gint64            icam_onvif_device_get_clock_offset (IcamOnvifDevice    *self); /* µs, its clock minus ours; 0 until known */

/* Unauthenticated GetSystemDateAndTime: is there an ONVIF device at all? (timeout 3 s) */
void              icam_onvif_device_hello_async     (IcamOnvifDevice     *self,
                                                     GCancellable        *cancellable,
                                                     GAsyncReadyCallback  callback,
                                                     gpointer             user_data);
gboolean          icam_onvif_device_hello_finish    (IcamOnvifDevice     *self,
                                                     GAsyncResult        *result,
                                                     GError             **error);
/* Device information, network interfaces, endpoint: the evidence of identity. Chooses the authentication by trying. */
void              icam_onvif_device_get_info_async  (IcamOnvifDevice     *self,
                                                     GCancellable        *cancellable,
                                                     GAsyncReadyCallback  callback,
                                                     gpointer             user_data);
IcamOnvifInfo    *icam_onvif_device_get_info_finish (IcamOnvifDevice     *self,
                                                     GAsyncResult        *result,
                                                     GError             **error);
/* Channels with stream and snapshot URIs: GPtrArray of IcamOnvifChannel. */
void              icam_onvif_device_get_channels_async  (IcamOnvifDevice     *self,
                                                         GCancellable        *cancellable,
                                                         GAsyncReadyCallback  callback,
                                                         gpointer             user_data);
GPtrArray        *icam_onvif_device_get_channels_finish (IcamOnvifDevice     *self,
                                                         GAsyncResult        *result,
                                                         GError             **error);
/* Errors are ICAM_ERROR_…: UNREACHABLE, TIMED_OUT, WRONG_PASSWORD, PASSWORD_NEEDED, NOT_A_CAMERA, BAD_ANSWER, NO_STREAM. */

G_END_DECLS
