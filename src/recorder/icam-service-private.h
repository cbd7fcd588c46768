/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "recorder/icam-access.h"
#include "recorder/icam-camera-object.h"
#include "recorder/icam-device-object.h"
#include "recorder/icam-found-list.h"
#include "recorder/icam-manager.h"
#include "recorder/icam-probe.h"
#include "recorder/icam-service.h"

G_BEGIN_DECLS

/* Everything belongs to the main thread. */
struct _IcamService
{
  GObject parent_instance;
  GDBusConnection *connection;
  IcamContext context;
  IcamAccess *access;
  GDBusObjectManagerServer *objects;
  IcamManager *manager;
  IcamDiscovery *discovery; /* or NULL */
  IcamFoundList *found;     /* or NULL */

  GPtrArray *devices;        /* of IcamDeviceSession */
  GPtrArray *device_objects; /* of IcamDeviceObject, same order */
  GPtrArray *cameras;        /* of IcamCameraObject */
  GPtrArray *probes;         /* of IcamProbe */
  GHashTable *callers;       /* unique name → watch id */
  GHashTable *adding;        /* of IcamProbe, not owned */
  GPtrArray *jobs;           /* of IcamJob */
  guint next_probe, next_job;

  gboolean restarted;
  gboolean started, stopping;
  gboolean keyring_told;
  gint64 nap;                /* boot time minus monotonic time, µs: grows when the computer sleeps */
  guint beat_id;
  gboolean asking_oldest, ask_oldest_again;
  guint beats;
};

IcamCameraObject *icam_service_lookup_camera (IcamService       *self,
                                              const IcamUuid    *channel);
void              icam_service_take_device   (IcamService       *self,
                                              IcamDeviceSession *session);
void              icam_service_take_camera   (IcamService       *self,
                                              IcamCameraRow     *row,
                                              IcamDeviceSession *session);
void              icam_service_drop_device   (IcamService       *self,
                                              IcamDeviceSession *session);

G_END_DECLS
