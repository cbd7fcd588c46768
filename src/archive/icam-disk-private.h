/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "archive/icam-catalogue-keep.h"
#include "archive/icam-disk.h"

G_BEGIN_DECLS

/* How often what came is written: with the reader's beat this keeps what a kill loses below 0.5 s. */
#define ICAM_DISK_BEAT_US (250 * 1000)
/* How often a file reaches the disk itself: what a power cut loses. */
#define ICAM_DISK_SYNC_US (5 * G_USEC_PER_SEC)
#define ICAM_DISK_RETRY_US (3 * G_USEC_PER_SEC)
#define ICAM_DISK_HOUSEKEEPING_US (5 * G_USEC_PER_SEC)
/* Deletion is paced: so many files at a time, and so many times as there are before packets have to be written again. */
#define ICAM_DISK_FILES_A_TURN 8
/* A disk that takes longer than that for anything hangs: others take over. */
#define ICAM_DISK_PATIENCE_US (5 * G_USEC_PER_SEC)

typedef enum
{
  ICAM_OP_PACKET,
  ICAM_OP_TRACK,
  ICAM_OP_IDENTITY,
  ICAM_OP_INTERRUPT,
  ICAM_OP_DETACH,
  ICAM_OP_THUMBNAIL,
  ICAM_OP_DELETE_CHANNEL,
  ICAM_OP_KEEP,
  ICAM_OP_PROTECT,
  ICAM_OP_RECOVER,
  ICAM_OP_CLOSE,
  ICAM_OP_RETIRE,
  ICAM_OP_SYNC,
} IcamOpKind;

typedef struct
{
  IcamOpKind kind;
  IcamStream *stream; /* owned */
  gint64 utc_us;      /* when it was asked for, or of the event */
  gint64 offset_us;   /* of a packet, and an interruption: icam_store_offset() when it came */
  union
  {
    IcamPacket packet;
    struct
    {
      guint track;
      IcamTrack *info;
    } track;
    IcamIdentity identity;
    IcamGapCause cause;
    GBytes *jpeg;
    gboolean *done;
    struct
    {
      char *line;
      GAsyncQueue *answers; /* of errno + 1 */
    } protect;
  };
  IcamUuid event, channel;
  GTask *task;
} IcamOp;

/* A stream on this disk. The writer's thread only. */
typedef struct
{
  IcamDisk *disk;
  IcamStream *stream;
  IcamTrack *tracks[ICAM_N_TRACKS];
  IcamIdentity identity;
  gint64 phase_us; /* of its cuts, so that not all streams cut at once */

  IcamMkvWriter *writer; /* NULL between segments */
  IcamTrack *file_tracks[ICAM_N_TRACKS];
  int fd, folder_fd;
  IcamSegmentId id;
  guint64 written;
  guint keys_written;
  gboolean new_file;     /* not synced since it was made */
  gboolean cut;          /* at the next key frame */
  gboolean dirty;
  gint64 next_sync_us;   /* icam_disk_time() */

  gint64 offset_us;      /* of the epoch in which the segment was begun, or the group was held; see IcamStore */
  GArray *held;          /* of IcamPacket: a group that may all have been recorded before */
  gsize held_bytes;

  gint64 last_utc_us, last_arrival_us; /* of the last picture */
  gint64 interval_us;    /* between pictures, slowly following */
} IcamDiskStream;

struct _IcamDisk
{
  gatomicrefcount ref_count;
  IcamStore *store; /* unowned: the thread holds it */
  char *folder;

  GMutex lock; /* for these */
  GCond wake, synced;
  GArray *queue; /* of IcamOp */
  gsize queued;  /* bytes of packets that are not written yet */
  gboolean urgent, quit, sleeping;
  gint64 free_bytes, size_bytes, floor_bytes; /* -1 not known */

  GError *problem;          /* the store's lock */
  _Atomic gint64 busy_us;   /* monotonic time since which the thread is at its turn, 0 while it waits */

  /* The writer's thread only. */
  GHashTable *streams; /* IcamStream → IcamDiskStream */
  GByteArray *out;
  GArray *unfinished;  /* of IcamSegmentRef, to recover */
  GTask *recover_task, *close_task;
  guint recovered;
  gboolean ready;
  gboolean garbage;    /* there may be some behind garbage_at */
  IcamSegmentRef garbage_at;
  gboolean orphans;    /* thumbnails behind orphans_at are to be looked at */
  gint64 orphans_at;
  GArray *gone;        /* of IcamUuid: channels whose thumbnails are to go */
  GHashTable *swept;   /* row of a stream → how far it was looked at */
  GArray *sweep;       /* of IcamStreamUsage: what is being looked at, NULL nothing */
  guint sweep_at;
  guint files_a_turn;  /* that are deleted in one go */
  IcamGapCause cause;  /* if not */
  gint64 next_try_us, next_housekeeping_us; /* icam_disk_time() */
  gint64 no_whole_sync_until_us; /* monotonic */
  int root_fd, ini_fd;
  IcamUuid archive;
  gint64 folder_row;
};

void       icam_disk_fault          (const char *step);
gint64     icam_disk_time           (void);
gboolean   icam_disk_prepare        (IcamDisk   *self);
void       icam_disk_let_go         (IcamDisk   *self);
gboolean   icam_disk_look           (IcamDisk   *self);
void       icam_disk_failed         (IcamDisk   *self,
                                     int         code,
                                     const char *what);
int        icam_disk_open_folder    (IcamDisk   *self,
                                     const char *path,
                                     gboolean    create,
                                     int        *code);
int        icam_disk_open_folder_at (int          top_fd,
                                     const char  *path,
                                     gboolean     create,
                                     int         *code);

IcamDiskStream *icam_disk_stream_new  (IcamDisk       *disk,
                                       IcamStream     *stream);
void       icam_disk_stream_free      (IcamDiskStream *self);
void       icam_disk_stream_packet    (IcamDiskStream *self,
                                       IcamPacket     *packet,
                                       gint64          offset_us);
void       icam_disk_stream_set_track (IcamDiskStream *self,
                                       guint           track,
                                       IcamTrack      *info);
void       icam_disk_stream_finish    (IcamDiskStream *self,
                                       gint64          cap_us);
void       icam_disk_stream_abandon   (IcamDiskStream *self);
void       icam_disk_stream_write     (IcamDiskStream *self);
void       icam_disk_stream_start_sync (IcamDiskStream *self);
gboolean   icam_disk_stream_is_due    (IcamDiskStream *self);
gboolean   icam_disk_stream_sync      (IcamDiskStream *self,
                                       gboolean        done);

void       icam_disk_sync_due         (IcamDisk       *self);
guint64    icam_disk_dirty_kib        (const char     *meminfo);

void       icam_disk_load_unfinished  (IcamDisk       *self);
void       icam_disk_recover_one      (IcamDisk       *self);
gboolean   icam_disk_make_room        (IcamDisk       *self);
gboolean   icam_disk_housekeeping     (IcamDisk       *self);
void       icam_disk_clear_garbage    (IcamDisk       *self);
void       icam_disk_keep_anew        (IcamDisk       *self);
void       icam_disk_protect          (IcamDisk       *self,
                                       const IcamOp   *op);
void       icam_disk_write_thumbnail  (IcamDisk       *self,
                                       const IcamOp   *op);
gboolean   icam_disk_unlink_orphans   (IcamDisk       *self);

G_END_DECLS
