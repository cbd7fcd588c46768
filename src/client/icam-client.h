/* SPDX-License-Identifier: GPL-3.0-or-later */

/* client: the recorder from outside, for the window and the command line. In: the recorder's objects on the bus, descriptors, live
 * records. Out: models, pictures, words. Everything that waits is asynchronous. */

#pragma once

#include <gio/gio.h>

#include "base/icam-error.h"
#include "base/icam-secret.h"
#include "base/icam-types.h"
#include "icam-recorder1.h"

G_BEGIN_DECLS

#define ICAM_TYPE_CLIENT_STATE (icam_client_state_get_type ())
GType icam_client_state_get_type (void);

typedef enum
{
  ICAM_CLIENT_CONNECTING,
  ICAM_CLIENT_READY,
  ICAM_CLIENT_ABSENT, /* the recorder is not running, or went: "error" says why */
} IcamClientState;

/* A camera as the recorder shows it; a property notifies when the recorder changed it. Lives while the camera exists; "gone" when it
 * was removed. Its proxy is generated code (IcamDBusCamera): all properties of the interface can be read from it. */
#define ICAM_TYPE_CAMERA (icam_camera_get_type ())
G_DECLARE_FINAL_TYPE (IcamCamera, icam_camera, ICAM, CAMERA, GObject)

/* Properties (all notify): "id", "name", "channel", "state", "state-since", "error" (boxed GError), "retry-at", "identity",
 * "motion", "detector-state", "position", "added", "has-sub", "proxy" (another one after a restart of the recorder).
 * "state" is as the recorder says it, or "no-recorder" while there is none. */
const char     *icam_camera_get_id     (IcamCamera *self);
const char     *icam_camera_get_name   (IcamCamera *self);
const char     *icam_camera_get_channel (IcamCamera *self);
const char     *icam_camera_get_state  (IcamCamera *self);
gint64          icam_camera_get_state_since (IcamCamera *self);
gint64          icam_camera_get_retry_at (IcamCamera *self);
const GError   *icam_camera_get_error  (IcamCamera *self);
gboolean        icam_camera_get_motion (IcamCamera *self);
const char     *icam_camera_get_identity (IcamCamera *self);
const char     *icam_camera_get_detector_state (IcamCamera *self);
gint64          icam_camera_get_added  (IcamCamera *self);
gboolean        icam_camera_has_role   (IcamCamera *self,
                                        IcamRole    role);
IcamDBusCamera *icam_camera_get_proxy  (IcamCamera *self);

#define ICAM_TYPE_CLIENT (icam_client_get_type ())
G_DECLARE_FINAL_TYPE (IcamClient, icam_client, ICAM, CLIENT, GObject)

/* Properties: "state", "error", "keyring-state", "discovery-state", "archive-error", "archive-folder", "folders", "oldest-recording".
 * Signals: "event-changed" (IcamEvent *), "recordings-changed" (const char *camera_id, gint64 from_us). */
IcamClient      *icam_client_new         (void); /* the session bus; INCAMERA_BUS=system: the system bus */
IcamClient      *icam_client_new_for_bus (GBusType    bus);
/* Starts the recorder by D-Bus activation unless @activate is FALSE. "state" tells how it went; when the recorder goes and comes back
 * the same object and the same models go on. */
void             icam_client_connect     (IcamClient *self,
                                          gboolean    activate);
IcamClientState  icam_client_get_state   (IcamClient *self);
const GError    *icam_client_get_error   (IcamClient *self);
IcamDBusManager *icam_client_get_manager (IcamClient *self); /* NULL unless READY */
GListModel      *icam_client_get_cameras (IcamClient *self); /* of IcamCamera, by position; owned by the client */
GListModel      *icam_client_get_found   (IcamClient *self); /* of IcamDBusFound proxies, by name; owned by the client */
IcamCamera      *icam_client_lookup_camera (IcamClient *self,
                                          const char *id);
/* The object of a camera's "Device" property, or NULL; owned by the caller. */
IcamDBusDevice  *icam_client_get_device  (IcamClient *self,
                                          const char *path);
const char      *icam_client_get_keyring_state    (IcamClient *self);
const char      *icam_client_get_discovery_state  (IcamClient *self);
GError          *icam_client_dup_archive_error    (IcamClient *self);
const char      *icam_client_get_archive_folder   (IcamClient *self);
const char *const *icam_client_get_folders        (IcamClient *self);
gint64           icam_client_get_oldest_recording (IcamClient *self);

/* ---- adding ---- */

/* Makes a Probe and waits until it is "ready" or "failed" (the error is the probe's Problem; the probe proxy is still returned through
 * icam_client_probe_finish()'s @probe so that it can be retried). */
void           icam_client_probe_async  (IcamClient          *self,
                                         const char          *address,
                                         const char          *user,
                                         IcamSecret          *secret,
                                         const char          *found_path,
                                         GCancellable        *cancellable,
                                         GAsyncReadyCallback  callback,
                                         gpointer             user_data);
gboolean       icam_client_probe_finish (IcamClient          *self,
                                         GAsyncResult        *result,
                                         IcamDBusProbe      **probe,
                                         GError             **error);
/* Again with another name and password; ends with icam_client_probe_finish(). */
void           icam_client_retry_probe_async (IcamClient     *self,
                                         IcamDBusProbe       *probe,
                                         const char          *user,
                                         IcamSecret          *secret,
                                         GCancellable        *cancellable,
                                         GAsyncReadyCallback  callback,
                                         gpointer             user_data);
void           icam_client_add_async    (IcamClient          *self,
                                         IcamDBusProbe       *probe,
                                         GHashTable          *names, /* source token → name, or NULL */
                                         const char * const  *tokens, /* or NULL for all */
                                         GCancellable        *cancellable,
                                         GAsyncReadyCallback  callback,
                                         gpointer             user_data);
/* Returns: object paths of the new cameras */
char         **icam_client_add_finish   (IcamClient          *self,
                                         GAsyncResult        *result,
                                         GError             **error);

/* ---- looking back ---- */

#define ICAM_TYPE_EVENT (icam_event_get_type ())
G_DECLARE_FINAL_TYPE (IcamEvent, icam_event, ICAM, EVENT, GObject)
/* Immutable; a changed event is a new object with the same id. */
const char *icam_event_get_id       (IcamEvent *self);
const char *icam_event_get_camera   (IcamEvent *self);
const char *icam_event_get_channel  (IcamEvent *self);
const char *icam_event_get_kind     (IcamEvent *self);
gint64      icam_event_get_start    (IcamEvent *self);
gint64      icam_event_get_end      (IcamEvent *self); /* 0 while it lasts */
gint64      icam_event_get_peak     (IcamEvent *self);
double      icam_event_get_score    (IcamEvent *self);
gboolean    icam_event_has_thumbnail (IcamEvent *self);
const char * const *icam_event_get_witnesses (IcamEvent *self);

void       icam_client_list_events_async  (IcamClient *self, const char *camera, gint64 from, gint64 to, guint limit,
                                           GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
GPtrArray *icam_client_list_events_finish (IcamClient *self, GAsyncResult *result, GError **error); /* of IcamEvent, newest first */
/* The JPEG's bytes; refuses a picture that carries another channel's UUID. */
void       icam_client_load_thumbnail_async  (IcamClient *self, IcamEvent *event,
                                              GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
GBytes    *icam_client_load_thumbnail_finish (IcamClient *self, GAsyncResult *result, GError **error);

typedef struct
{
  char channel[ICAM_UUID_TEXT_SIZE];
  guint64 seq;
  guint32 epoch;
  gint64 start, end;
  guint64 bytes;
  gboolean open, unverified;
} IcamSpan;

typedef struct
{
  gint64 start, end; /* end 0 while it lasts */
  IcamGapCause cause;
} IcamGap;

typedef struct
{
  GArray *spans; /* of IcamSpan, by start */
  GArray *gaps;  /* of IcamGap, by start */
} IcamRecordings;

void            icam_recordings_free (IcamRecordings *recordings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamRecordings, icam_recordings_free)
void            icam_client_list_recordings_async  (IcamClient *self, IcamCamera *camera, IcamRole role, gint64 from, gint64 to,
                                                    GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
IcamRecordings *icam_client_list_recordings_finish (IcamClient *self, GAsyncResult *result, GError **error);

/* How far a job is: 0 to 1; µs that are left, -1 while nobody can say. On the main thread. */
typedef void (*IcamClientProgress) (double progress, gint64 time_left, gpointer user_data);

/* Looking after the archive, by jobs: what Manager.CheckArchive, RebuildCatalogue or BackUp says of its result. */
typedef enum
{
  ICAM_UPKEEP_CHECK,
  ICAM_UPKEEP_REBUILD,
  ICAM_UPKEEP_BACK_UP,
} IcamUpkeep;

void      icam_client_upkeep_async  (IcamClient *self, IcamUpkeep what, gboolean deep, gboolean repair, IcamClientProgress progress,
                                     gpointer progress_data, GCancellable *cancellable, GAsyncReadyCallback callback,
                                     gpointer user_data);
void      icam_client_move_async    (IcamClient *self, IcamCamera *camera, const char *folder, IcamClientProgress progress,
                                     gpointer progress_data, GCancellable *cancellable, GAsyncReadyCallback callback,
                                     gpointer user_data);
GVariant *icam_client_upkeep_finish (IcamClient *self, GAsyncResult *result, GError **error);

G_END_DECLS
