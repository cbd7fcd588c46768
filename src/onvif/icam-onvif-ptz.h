/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "onvif/icam-onvif.h"

G_BEGIN_DECLS

typedef enum
{
  ICAM_PTZ_MOVE,          /* pan, tilt, zoom: how fast, -1 to 1; seconds: then it stops by itself */
  ICAM_PTZ_STOP,
  ICAM_PTZ_GO,            /* pan, tilt: where to, -1 to 1; zoom: 0 to 1 */
  ICAM_PTZ_HOME,
  ICAM_PTZ_SET_HOME,      /* to where it looks now */
  ICAM_PTZ_GOTO_PRESET,   /* preset */
  ICAM_PTZ_SET_PRESET,    /* preset, or NULL for a new one; name, or NULL: to where it looks now */
  ICAM_PTZ_REMOVE_PRESET, /* preset */
} IcamPtzAction;

typedef struct
{
  IcamPtzAction action;
  double pan, tilt, zoom; /* right, up and closer are positive */
  gboolean no_pan_tilt, no_zoom; /* leave it as it is */
  guint seconds;
  const char *preset, *name;
} IcamPtzOrder;

/* A place that the device has been told to remember. */
typedef struct
{
  char *token;
  char *name; /* valid UTF-8; its token if it has none */
} IcamPtzPreset;

/* What a device says of a source that can be moved. */
typedef struct
{
  GPtrArray *presets; /* of IcamPtzPreset */
  guint max_presets;  /* 0 if it does not say */
  gboolean home;      /* it says that it has a home */
  gboolean placed;    /* it says where it looks: */
  double pan, tilt, zoom;
  gboolean moving;
} IcamPtzState;

void          icam_ptz_state_free    (IcamPtzState *state);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamPtzState, icam_ptz_state_free)

/* Errors of both: as of icam_onvif_device_get_channels_finish(), and NOT_SUPPORTED, NOT_PERMITTED, OUT_OF_RANGE, NOT_FOUND
 * ("preset", "home"), INVALID_ARGUMENT, REFUSED. */
void          icam_onvif_ptz_order_async  (IcamOnvifDevice     *self,
                                           const IcamOnvifPtz  *ptz,
                                           const IcamPtzOrder  *order,
                                           GCancellable        *cancellable,
                                           GAsyncReadyCallback  callback,
                                           gpointer             user_data);
gboolean      icam_onvif_ptz_order_finish (IcamOnvifDevice     *self,
                                           GAsyncResult        *result,
                                           char               **preset,
                                           GError             **error);
void          icam_onvif_ptz_ask_async    (IcamOnvifDevice     *self,
                                           const IcamOnvifPtz  *ptz,
                                           GCancellable        *cancellable,
                                           GAsyncReadyCallback  callback,
                                           gpointer             user_data);
IcamPtzState *icam_onvif_ptz_ask_finish   (IcamOnvifDevice     *self,
                                           GAsyncResult        *result,
                                           GError             **error);

G_END_DECLS
