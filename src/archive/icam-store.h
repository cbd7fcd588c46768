/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "archive/icam-catalogue.h"
#include "archive/icam-config.h"

G_BEGIN_DECLS

typedef struct _IcamDisk IcamDisk;
typedef struct _IcamStore IcamStore;

/* What cameras send again when they are connected again is younger; what is older, a clock that went back. */
#define ICAM_SENT_AGAIN_US (30 * G_USEC_PER_SEC)

/* One stream of a channel: where it stands, whatever disk it is written to, and what of its open segment can be read by now.
 * Shared by reference. */
typedef struct
{
  gatomicrefcount ref_count;
  IcamStore *store; /* unowned: the store outlives its streams */
  IcamUuid channel;
  IcamRole role;
  gint64 id; /* row */

  GMutex lock; /* for all that follows; held while the catalogue is locked, never the other way round */
  IcamStreamState state;
  gint dead;      /* its channel was deleted; atomic for who has not the lock */
  gboolean open;
  IcamSegmentRow view; /* of the open segment: what is written by now */
  gint64 view_folder;
  GArray *view_keys;   /* of IcamKeyFrame */
  gint64 covered_us;   /* until when all of an epoch that will be is recorded */
  guint32 covered_epoch;
} IcamStream;

IcamStream *icam_stream_ref       (IcamStream *self);
void        icam_stream_unref     (IcamStream *self);
void        icam_stream_begin_gap (IcamStream  *self,
                                   gint64       from_us,
                                   IcamGapCause cause);
void        icam_stream_lost      (IcamStream  *self,
                                   gint64       utc_us);
void        icam_stream_cut       (IcamStream  *self,
                                   gint64       utc_us,
                                   IcamGapCause cause);
void        icam_stream_end_gap   (IcamStream  *self,
                                   gint64       utc_us,
                                   gint64       frame_us);
void        icam_stream_note_gap  (IcamStream  *self,
                                   gint64       from_us,
                                   gint64       to_us,
                                   IcamGapCause cause);
gint64      icam_stream_cap       (IcamStream           *self,
                                   const IcamSegmentId  *id,
                                   gint64                cap_us);
gboolean    icam_stream_is_late   (IcamStream           *self,
                                   guint64               seq);
void        icam_stream_ended_late (IcamStream          *self,
                                   const IcamSegmentId  *id,
                                   gint64                end_us);
void        icam_stream_killed    (IcamStore            *store,
                                   const IcamSegmentRef *ref,
                                   gint64                end_us);

/* A span that is being exported. */
typedef struct
{
  IcamUuid channel;
  gint64 from_us, to_us;
} IcamHold;

/* What the threads of an archive share. */
struct _IcamStore
{
  gatomicrefcount ref_count;
  IcamCatalogue *catalogue;
  IcamConfig *config;
  IcamClock *clock;
  GMainContext *context; /* where signals are emitted */
  GThread *thread;       /* that iterates it: recordings are made and freed there, the folder is set */
  IcamArchiveOptions options;
  gboolean previous_died; /* the last run did not end by a close */
  gint64 last_gap;       /* row of the newest one of earlier runs */
  guint32 first_epoch;   /* of this run: what is older and open was left by a dead recorder */

  /* Before all other locks: how a stream stands is read, or changed behind the back of who may be about to read it. */
  GMutex reading_state;
  GMutex lock; /* for all that follows */
  guint32 epoch;
  gint64 offset_us;    /* what UTC was ahead of the boot's time when it began */
  gint64 kept_us;      /* the same as it was last seen, as a clock that is kept right drifts */
  GHashTable *streams; /* IcamStream, by channel and role; owned */
  GPtrArray *disks;    /* IcamDisk, owned; where segments go: the first is the main one */
  GHashTable *policies; /* IcamUuid channel → IcamPolicy */
  GHashTable *reopened; /* "stream seq" of rows that no death left open; NULL if there are none */
  GArray *holds;       /* of IcamHold: what is being read and must not go */
  GError *problem;     /* of the first disk that has one */
  guint closed;        /* how many of the disks have been closed for good */
  IcamArchive *archive;   /* unowned; NULL once it is gone */
  GHashTable *changed;    /* IcamUuid → gint64 *: to be told in the main context */
  gboolean problem_changed;
  gboolean telling;       /* that a disk hangs, on a thread for it */
  GSource *notify;
  GPtrArray *recordings;  /* unowned IcamRecording */
};

IcamStore  *icam_store_new          (void);
IcamStore  *icam_store_ref          (IcamStore      *self);
void        icam_store_unref        (IcamStore      *self);
IcamStream *icam_store_stream       (IcamStore      *self,
                                     const IcamUuid *channel,
                                     IcamRole        role,
                                     GError        **error);
IcamStream *icam_store_find_stream  (IcamStore      *self,
                                     const IcamUuid *channel,
                                     IcamRole        role);
guint32     icam_store_epoch        (IcamStore      *self);
guint32     icam_store_begin_epoch  (IcamStore      *self);
gint64      icam_store_offset       (IcamStore      *self);
void        icam_store_changed      (IcamStore      *self,
                                     const IcamUuid *channel,
                                     gint64          from_us);
void        icam_store_disks_changed (IcamStore     *self);
void        icam_store_set_problem  (IcamStore      *self,
                                     IcamDisk       *disk,
                                     const GError   *problem);
void        icam_store_journal      (IcamStore      *self,
                                     const char     *code,
                                     const char     *key,
                                     ...) G_GNUC_NULL_TERMINATED;
IcamDisk   *icam_store_ref_disk     (IcamStore      *self);
IcamDisk   *icam_store_find_disk    (IcamStore      *self,
                                     const char     *folder);
IcamDisk   *icam_store_ref_disk_for (IcamStore      *self,
                                     const IcamUuid *channel);
GPtrArray  *icam_store_ref_disks    (IcamStore      *self);
void        icam_store_load_policies (IcamStore     *self);
void        icam_store_get_policy   (IcamStore      *self,
                                     const IcamUuid *channel,
                                     IcamPolicy     *policy);
void        icam_store_hold         (IcamStore      *self,
                                     const IcamUuid *channel,
                                     gint64          from_us,
                                     gint64          to_us);
void        icam_store_release      (IcamStore      *self,
                                     const IcamUuid *channel,
                                     gint64          from_us,
                                     gint64          to_us);
gboolean    icam_store_is_held      (IcamStore      *self,
                                     const IcamUuid *channel,
                                     gint64          from_us,
                                     gint64          to_us);
void        icam_store_note_reopened (IcamStore    *self,
                                     gint64          stream,
                                     guint64         seq);
gboolean    icam_store_disk_hangs   (IcamStore      *self,
                                     IcamDisk       *disk);
void        icam_store_disk_answers (IcamStore      *self,
                                     IcamDisk       *disk);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamStream, icam_stream_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamStore, icam_store_unref)

/* In icam-archive.c: tells what changed; called in the main context. */
void        icam_archive_notify     (IcamArchive    *self,
                                     GHashTable     *changed,
                                     gboolean        problem_changed);

G_END_DECLS
