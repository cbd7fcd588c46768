/* SPDX-License-Identifier: GPL-3.0-or-later */

/* archive: what was recorded, kept and found again. In: packets and gaps of streams, events. Out: rows of a span and
 * descriptors. Two SQLite databases (catalogue, configuration) and folders of plain files; one writer thread a disk. Knows
 * neither cameras nor GStreamer. The invariants are in README.md beside this file. */

#pragma once

#include <gio/gio.h>

#include "base/icam-clock.h"
#include "base/icam-error.h"
#include "base/icam-types.h"
#include "matroska/icam-mkv.h"

G_BEGIN_DECLS

#define ICAM_TYPE_ARCHIVE (icam_archive_get_type ())
G_DECLARE_FINAL_TYPE (IcamArchive, icam_archive, ICAM, ARCHIVE, GObject)

/* Signals of IcamArchive, in the main context of its creation:
 *   "recordings-changed" (const IcamUuid *channel, gint64 from_us)
 *   "notify::problem" (GError, ICAM_ERROR_ARCHIVE_…, of the first folder that has one; NULL when all is well)
 * Thread-safe unless it says otherwise; opening, setting the folder, closing, and making and freeing recordings are for one
 * thread, which is checked. Reading takes at most 100 ms a transaction, in reader connections of its own. */

typedef enum
{
  ICAM_TRUST_KERNEL, /* while it says that the clock is kept right */
  ICAM_TRUST_ALWAYS,
  ICAM_TRUST_NEVER,
} IcamTrust;

typedef struct
{
  gint64 main_segment_us; /* length of a segment, 0: 60 s */
  gint64 sub_segment_us;  /* 0: 300 s */
  gsize queue_bytes;      /* what may wait for a slow disk, 0: 96 MiB */
  gint64 floor_bytes;     /* free space that is kept, 0: 2 % of the disk, 2 GiB at most; the setting "floor-bytes" wins */
  IcamTrust trust_clock;  /* by age is deleted only while the clock is trusted; other than ICAM_TRUST_KERNEL for tests */
} IcamArchiveOptions;

IcamArchive *icam_archive_open         (const char               *data_dir,
                                        const char               *folder,
                                        IcamClock                *clock,
                                        const IcamArchiveOptions *options,
                                        GError                  **error);
void         icam_archive_close_async  (IcamArchive              *self,
                                        IcamGapCause              cause,
                                        GAsyncReadyCallback       callback,
                                        gpointer                  user_data);
gboolean     icam_archive_close_finish (IcamArchive              *self,
                                        GAsyncResult             *result,
                                        GError                  **error);
gboolean     icam_archive_remember_folder (IcamArchive           *self,
                                        const char               *folder,
                                        GError                  **error);
gboolean     icam_archive_set_folder   (IcamArchive              *self,
                                        const char               *folder,
                                        GError                  **error);
const char  *icam_archive_get_folder   (IcamArchive              *self);
gboolean     icam_archive_remember_folders (IcamArchive          *self,
                                        const char               *folder,
                                        gboolean                  used,
                                        GError                  **error);
gboolean     icam_archive_use_folder   (IcamArchive              *self,
                                        const char               *folder,
                                        gboolean                  use,
                                        GError                  **error);
GPtrArray   *icam_archive_list_folders (IcamArchive              *self);
GError      *icam_archive_dup_problem  (IcamArchive              *self);
void         icam_archive_begin_epoch  (IcamArchive              *self);
void         icam_archive_recover_async (IcamArchive             *self,
                                        GAsyncReadyCallback       callback,
                                        gpointer                  user_data);
gboolean     icam_archive_recover_finish (IcamArchive            *self,
                                        GAsyncResult             *result,
                                        guint                    *recovered,
                                        GError                  **error);

typedef struct
{
  char *path;
  gboolean main;
  GError *problem;               /* ICAM_ERROR_ARCHIVE_…, NULL when all is well */
  gint64 free_bytes, size_bytes, floor_bytes; /* of its file system, and what is kept free, some seconds old; -1 not known */
  gint64 used_bytes;             /* by recordings */
  gint64 day_bytes;              /* recorded in the last 24 hours */
  double days;                   /* that it holds at this rate, -1 not known: what is older makes room */
} IcamFolderRow;

gboolean     icam_archive_measure_folders (IcamArchive           *self,
                                        GPtrArray                *folders,
                                        GError                  **error);

void         icam_folder_row_free      (IcamFolderRow            *row);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamFolderRow, icam_folder_row_free)

/* ---- recording: one handle a stream ---- */

/* Never blocks: packets go into the disk's bounded queue; when it is full whole groups of pictures are dropped with a gap of
 * cause "disk-slow". Between _new and the first packet, and after _interrupt, a gap is open with the cause given. Calls on one
 * handle come from one thread at a time. */
typedef struct _IcamRecording IcamRecording;

IcamRecording *icam_recording_new        (IcamArchive    *archive,
                                          const IcamUuid *channel,
                                          IcamRole        role,
                                          IcamIdentity    identity);
void           icam_recording_set_track  (IcamRecording  *self,
                                          guint           track,
                                          IcamTrack      *info);
void           icam_recording_set_identity (IcamRecording *self,
                                          IcamIdentity    identity);
void           icam_recording_push       (IcamRecording  *self,
                                          IcamPacket     *packet);
/* Whether what is pushed is stored. */
typedef enum
{
  ICAM_RECORDING_ON,
  ICAM_RECORDING_STANDBY, /* the newest of it waits, whole groups of pictures, to be stored if it is switched on */
  ICAM_RECORDING_OFF,
} IcamRecordingState;

void           icam_recording_set_state  (IcamRecording  *self,
                                          IcamRecordingState state,
                                          gint64          before_us,
                                          IcamGapCause    cause);
void           icam_recording_interrupt  (IcamRecording  *self,
                                          IcamGapCause    cause);
void           icam_recording_free       (IcamRecording  *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamRecording, icam_recording_free)

/* ---- what was recorded ---- */

typedef struct
{
  IcamUuid channel;
  IcamRole role;
  guint64 seq;
  guint32 epoch;
  gint64 start_us, end_us; /* of an open one: what is written by now */
  guint64 bytes;
  gboolean open;
  IcamIdentity identity;
} IcamSegmentRow;

typedef struct
{
  gint64 start_us, end_us; /* end 0 while it lasts */
  IcamGapCause cause;
} IcamGapRow;

GArray *icam_archive_list_segments (IcamArchive    *self,
                                    const IcamUuid *channel,
                                    IcamRole        role,
                                    gint64          from_us,
                                    gint64          to_us,
                                    GError        **error);
GArray *icam_archive_list_gaps     (IcamArchive    *self,
                                    const IcamUuid *channel,
                                    IcamRole        role,
                                    gint64          from_us,
                                    gint64          to_us,
                                    GError        **error);
int     icam_archive_open_segment  (IcamArchive    *self,
                                    const IcamUuid *channel,
                                    IcamRole        role,
                                    guint64         seq,
                                    GArray        **key_frames,
                                    GError        **error);
gint64  icam_archive_oldest        (IcamArchive    *self);
/* All of a channel's recordings, events and thumbnails: rows to garbage, files unlinked by the writer. */
gboolean icam_archive_delete_channel (IcamArchive    *self,
                                      const IcamUuid *channel,
                                      GError        **error);
void     icam_archive_finish_deletions (IcamArchive  *self);

/* ---- what is never deleted ---- */

typedef struct
{
  IcamUuid id, channel;
  gint64 from_us, to_us, made_us;
  char *note;
} IcamProtectionRow;

void       icam_protection_row_clear    (IcamProtectionRow       *row);
gboolean   icam_archive_protect         (IcamArchive             *self,
                                         const IcamUuid          *channel,
                                         gint64                   from_us,
                                         gint64                   to_us,
                                         const char              *note,
                                         IcamUuid                *id,
                                         GError                 **error);
gboolean   icam_archive_unprotect       (IcamArchive             *self,
                                         const IcamUuid          *id,
                                         GError                 **error);
void       icam_archive_finish_protections (IcamArchive         *self);
GArray    *icam_archive_list_protections (IcamArchive            *self,
                                         const IcamUuid          *channel,
                                         GError                 **error);

/* ---- events ---- */

typedef struct
{
  IcamUuid id, camera, channel;
  char *kind;          /* "motion" */
  gint64 start_us, end_us, peak_us; /* end 0 while it lasts */
  double peak;         /* 0..1 */
  char *witnesses;     /* comma separated: "pixels", "device" */
  gboolean thumbnail;
} IcamEventRow;

void       icam_event_row_clear        (IcamEventRow        *row);
gboolean   icam_archive_put_event      (IcamArchive         *self,
                                        const IcamEventRow  *row,
                                        GError             **error);
GArray    *icam_archive_list_events    (IcamArchive         *self,
                                        const IcamUuid      *camera,
                                        gint64               from_us,
                                        gint64               to_us,
                                        guint                limit,
                                        GError             **error);
void       icam_archive_put_thumbnail  (IcamArchive         *self,
                                        const IcamUuid      *event,
                                        const IcamUuid      *channel,
                                        GBytes              *jpeg);
int        icam_archive_open_thumbnail (IcamArchive         *self,
                                        const IcamUuid      *event,
                                        GError             **error);
/* Events that were running when the recorder was killed get the end of what was recorded. */
gboolean   icam_archive_end_open_events (IcamArchive        *self,
                                         GError            **error);

/* ---- journal ---- */

typedef struct
{
  gint64 time_us;
  char *code;       /* frozen name */
  GVariant *params; /* a{sv} */
} IcamJournalRow;

void    icam_archive_journal      (IcamArchive *self,
                                   const char  *code,
                                   GVariant    *params);
GArray *icam_archive_list_journal (IcamArchive *self,
                                   gint64       from_us,
                                   gint64       to_us,
                                   guint        limit,
                                   GError     **error);

/* ---- configuration: small, precious ---- */

#define ICAM_MAX_KEEP_DAYS 36500

/* What was offered when a device was added; NULL where it offered nothing. */
typedef struct
{
  char *serial, *hardware, *mac, *endpoint, *fingerprint;
} IcamEvidence;

typedef struct
{
  IcamUuid id;
  char *kind;     /* "onvif", "rtsp", "mjpeg" */
  char *address;  /* host:port of the device service, or the URL without credentials */
  char *user;
  char *authentication;
  char *manufacturer, *model, *firmware;
  IcamEvidence evidence;
  gboolean quarantine; /* made because another device answered */
} IcamDeviceRow;

typedef struct
{
  IcamUuid id, device;
  char *token; /* source token, or "0" */
  char *main_profile, *sub_profile; /* attributes, not keys; NULL none */
  char *main_uri, *sub_uri;         /* without credentials; asked anew at each connect where the device can be asked */
  char *main_path, *sub_path;       /* the way by which the stream came, see IcamPath; NULL not known */
  char *fingerprint;                /* of the certificate of its streams, NULL none was shown */
} IcamChannelRow;

typedef struct
{
  IcamUuid id, channel; /* the channel that it shows now */
  char *name;
  guint position;
  gint64 added_us;
  gboolean paused;
  gboolean blind; /* not watched for motion */
  char *folder;   /* absolute path where it is recorded, NULL the main one */
  gint keep_days, keep_event_days; /* how long, and what events touch; 0: as all, as the rest; -1: for ever */
  gint64 keep_bytes;               /* at most that much; 0: as much as there is room for */
  IcamRecordMode record;           /* when it is recorded */
  gint before_s, after_s;          /* of what happens */
  char *schedule;                  /* hours, see IcamSchedule; NULL none */
  gboolean events_otherwise;       /* outside of them when something happens */
} IcamCameraRow;

void       icam_device_row_free     (IcamDeviceRow *row);
void       icam_channel_row_free    (IcamChannelRow *row);
void       icam_camera_row_free     (IcamCameraRow *row);
GPtrArray *icam_archive_load_devices  (IcamArchive *self, GError **error);
GPtrArray *icam_archive_load_channels (IcamArchive *self, GError **error);
GPtrArray *icam_archive_load_cameras  (IcamArchive *self, GError **error);
/* One transaction: all rows or none. Rows that exist are updated. A camera whose channel changes gets the old one into its history. */
gboolean   icam_archive_save        (IcamArchive    *self,
                                     GPtrArray      *devices,
                                     GPtrArray      *channels,
                                     GPtrArray      *cameras,
                                     GError        **error);
/* Forgets a camera; its device too when no camera is left on it. The channel's rows stay for the archive. */
gboolean   icam_archive_forget_camera (IcamArchive    *self,
                                       const IcamUuid *camera,
                                       GError        **error);
char      *icam_archive_get_setting (IcamArchive    *self,
                                     const char     *key);
gboolean   icam_archive_set_setting (IcamArchive    *self,
                                     const char     *key,
                                     const char     *value,
                                     GError        **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamDeviceRow, icam_device_row_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamChannelRow, icam_channel_row_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamCameraRow, icam_camera_row_free)

G_END_DECLS
