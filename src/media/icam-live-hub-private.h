/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <sys/uio.h>

#include "media/icam-live-hub.h"

G_BEGIN_DECLS

/* The most that is kept of one stream for who comes in the middle of a group: 4K with a key frame every four seconds has some 12 MiB. */
#define ICAM_LIVE_MAX_GROUP (24u * 1024 * 1024)

/* One record as it goes to every viewer: a header to which a viewer's own flags are added, and pieces of payload that stay where they
 * are. Immutable once made. */
typedef struct
{
  gatomicrefcount ref_count;
  IcamLiveHeader header;
  gint64 made_us; /* boot time */
  GstBuffer *buffer; /* NULL or mapped as @map */
  GstMapInfo map;
  GBytes *bytes; /* NULL or the payload */
  guint n_pieces;
  struct iovec pieces[];
} IcamLiveItem;

IcamLiveItem *icam_live_item_new_frame (const IcamLiveHeader *header,
                                        GstBuffer            *buffer);
IcamLiveItem *icam_live_item_new_bytes (const IcamLiveHeader *header,
                                        GBytes               *bytes);
IcamLiveItem *icam_live_item_ref       (IcamLiveItem         *self);
void          icam_live_item_unref     (IcamLiveItem         *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamLiveItem, icam_live_item_unref)

/* One socket. The hub's lock guards @queue and the flags; @out and what follows belong to the hub's thread alone. */
typedef struct
{
  int fd;
  IcamLiveStream *stream; /* no reference; NULL: it is gone */
  GQueue queue;           /* of IcamLiveEntry */
  gsize queued;           /* bytes in @queue */
  gsize given;            /* bytes of the group with which it began */
  gboolean dead;          /* to be closed by the thread */
  gboolean wait_key;      /* cut: nothing before the next key frame */
  gboolean discont;

  GQueue out;
  gsize sent;       /* bytes of the first of @out */
  gboolean blocked; /* the socket is full: waits for EPOLLOUT */
} IcamLiveViewer;

typedef struct
{
  IcamLiveItem *item;
  guint8 header[ICAM_LIVE_HEADER_SIZE];
} IcamLiveEntry;

IcamLiveViewer *icam_live_viewer_new  (int             fd,
                                       IcamLiveStream *stream);
void            icam_live_viewer_free (IcamLiveViewer *self);
void            icam_live_viewer_add  (IcamLiveViewer *self,
                                       IcamLiveItem   *item,
                                       guint32         flags);
/* Queues a frame, or cuts the viewer if it does not keep up. */
void            icam_live_viewer_push (IcamLiveViewer *self,
                                       IcamLiveItem   *item);
/* On the hub's thread: sends what is in @out. Returns FALSE if the socket is broken. */
gboolean        icam_live_viewer_send (IcamLiveViewer *self);

/* Who is told whether anybody looks at a stream. Kept by references: the hub's thread may still be about to tell when the stream is gone. */
typedef struct
{
  gatomicrefcount ref_count;
  guint n_viewers; /* under the hub's lock */

  GMutex lock;     /* held while @func is called; taken before the hub's; guards what follows */
  IcamLiveWatchFunc func;
  gpointer user_data;
  gboolean told;
} IcamLiveWatch;

struct _IcamLiveHub
{
  GObject parent_instance;

  int epoll_fd, event_fd;
  GThread *thread;
  GPtrArray *left;      /* the thread's; of IcamLiveWatch whose last viewer went */

  GMutex lock;          /* guards what follows, and the streams */
  GPtrArray *viewers;   /* of IcamLiveViewer; removed by the thread alone */
  gsize kept;           /* bytes of the groups of all streams */
  gboolean woken, stop;
};

#define ICAM_LIVE_N_BUCKETS 6

struct _IcamLiveStream
{
  GObject parent_instance;

  IcamLiveHub *hub;
  IcamLiveWatch *watch;
  IcamUuid channel;
  IcamRole role;

  /* Under the hub's lock. */
  guint32 epoch;
  gboolean unverified;
  IcamCodec codec;
  IcamLiveItem *caps, *state;
  GQueue group; /* of IcamLiveItem: the current group of pictures */
  gsize group_size;
  gint64 first_utc_us, newest_us;
  struct
  {
    gint64 second; /* of boot time */
    guint64 bytes, frames;
  } buckets[ICAM_LIVE_N_BUCKETS];
};

/* With the hub's lock held. */
void           icam_live_hub_wake    (IcamLiveHub   *self);

IcamLiveWatch *icam_live_watch_new   (void);
IcamLiveWatch *icam_live_watch_ref   (IcamLiveWatch *self);
void           icam_live_watch_unref (IcamLiveWatch *self);
/* Tells what is so now, if that is new. With no lock held. */
void           icam_live_watch_tell  (IcamLiveWatch *self,
                                      IcamLiveHub   *hub);

G_END_DECLS
