/* SPDX-License-Identifier: GPL-3.0-or-later */

/* recorder: the service. In: what people asked to be recorded (over D-Bus), cameras on the network. Out: recordings and events in the
 * archive, live video, and the objects of the interface Recorder1. The parent process (icam-supervisor.h) only restarts the worker. */

#pragma once

#include "recorder/icam-device-session.h"
#include "recorder/icam-job.h"

G_BEGIN_DECLS

#define ICAM_TYPE_SERVICE (icam_service_get_type ())
G_DECLARE_FINAL_TYPE (IcamService, icam_service, ICAM, SERVICE, GObject)

typedef struct
{
  char *data_dir;     /* databases */
  char *folder;       /* initial archive folder */
  gint64 main_segment_us, sub_segment_us; /* 0: the archive's own choice */
  gboolean discovery;
  gboolean system;    /* on the system bus */
  gboolean restarted; /* the worker before this one died */
} IcamServiceOptions;

/* "stopped" () is emitted when the service ended in order. */
IcamService    *icam_service_new            (GDBusConnection          *connection,
                                             const IcamServiceOptions *options,
                                             GError                  **error);
gboolean        icam_service_start          (IcamService              *self,
                                             GError                  **error);
void            icam_service_stop           (IcamService              *self);

/* ---- for the objects on the bus ---- */

typedef struct _IcamCameraObject IcamCameraObject;
typedef struct _IcamProbe IcamProbe;

IcamContext       *icam_service_get_context   (IcamService            *self);
GDBusConnection   *icam_service_get_connection (IcamService           *self);
void               icam_service_export        (IcamService            *self,
                                               const char             *path,
                                               GDBusInterfaceSkeleton *skeleton);
void               icam_service_unexport      (IcamService            *self,
                                               const char             *path);
char              *icam_service_add_job       (IcamService            *self,
                                               IcamJob                *job);
gboolean           icam_service_may_start_job (IcamService            *self);
void               icam_service_look_again    (IcamService            *self);
IcamDeviceSession *icam_service_find_device   (IcamService            *self,
                                               const IcamEvidence     *evidence,
                                               const char             *address);
char              *icam_service_dup_name_on   (IcamService            *self,
                                               IcamDeviceSession      *device,
                                               const char             *token);
void               icam_service_tell_event    (IcamService            *self,
                                               const IcamEventRow     *row);
GVariant          *icam_service_event_variant (const IcamEventRow     *row);
void               icam_service_remove_async  (IcamService            *self,
                                               IcamCameraObject       *camera,
                                               gboolean                delete_recordings,
                                               GAsyncReadyCallback     callback,
                                               gpointer                user_data);
gboolean           icam_service_remove_finish (IcamService            *self,
                                               GAsyncResult           *result,
                                               GError                **error);
void               icam_service_add_async     (IcamService            *self,
                                               IcamProbe              *probe,
                                               GVariant               *options,
                                               GAsyncReadyCallback     callback,
                                               gpointer                user_data);
char             **icam_service_add_finish    (IcamService            *self,
                                               GAsyncResult           *result,
                                               GError                **error);
IcamProbe         *icam_service_start_probe   (IcamService            *self,
                                               const char             *sender,
                                               const char             *address,
                                               const char             *user,
                                               IcamSecret             *secret,
                                               GError                **error);
IcamProbe         *icam_service_lookup_probe  (IcamService            *self,
                                               const char             *path);
void               icam_service_end_probe     (IcamService            *self,
                                               IcamProbe              *probe);
GPtrArray         *icam_service_list_cameras  (IcamService            *self);

G_END_DECLS
