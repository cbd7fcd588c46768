/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "archive/icam-store.h"

G_BEGIN_DECLS

/* The writer of one archive folder: a thread that is the only one to change anything there, and a bounded queue in front of
 * it. Nothing here blocks but the thread itself, which is never joined: a frozen disk keeps it, not us. */

IcamDisk *icam_disk_new        (IcamStore   *store,
                                const char  *folder);
IcamDisk *icam_disk_ref        (IcamDisk    *self);
void      icam_disk_unref      (IcamDisk    *self);
const char *icam_disk_get_folder (IcamDisk  *self);
gboolean  icam_disk_is_hung    (IcamDisk    *self);
void      icam_disk_get_space  (IcamDisk    *self,
                                gint64      *free_bytes,
                                gint64      *size_bytes,
                                gint64      *floor_bytes);
/* With the store's lock. */
const GError *icam_disk_peek_problem (IcamDisk *self);
void      icam_disk_take_problem (IcamDisk  *self,
                                const GError *problem);

/* All of these return FALSE, and leave what they would have taken, when the disk is being given up, or (a packet) when the queue
 * is full. */
gboolean  icam_disk_packet     (IcamDisk    *self,
                                IcamStream  *stream,
                                IcamPacket  *packet,
                                gboolean    *full);
GArray   *icam_disk_take       (IcamDisk    *self,
                                IcamStream  *stream);
void      icam_disk_give       (IcamDisk    *self,
                                GArray      *packets);
gboolean  icam_disk_has_room   (IcamDisk    *self,
                                gsize        bytes);
gboolean  icam_disk_track      (IcamDisk    *self,
                                IcamStream  *stream,
                                guint        track,
                                IcamTrack   *info);
gboolean  icam_disk_identity   (IcamDisk    *self,
                                IcamStream  *stream,
                                IcamIdentity identity);
gboolean  icam_disk_interrupt  (IcamDisk    *self,
                                IcamStream  *stream,
                                gint64       ago_us,
                                IcamGapCause cause);
void      icam_disk_detach     (IcamDisk    *self,
                                IcamStream  *stream);
void      icam_disk_thumbnail  (IcamDisk       *self,
                                const IcamUuid *event,
                                const IcamUuid *channel,
                                gint64          event_us,
                                GBytes         *jpeg);
void      icam_disk_delete_channel (IcamDisk       *self,
                                    const IcamUuid *channel);
void      icam_disk_keep       (IcamDisk    *self);
void      icam_disk_append_protection (IcamDisk *self,
                                       const char *line,
                                       GAsyncQueue *answers);
void      icam_disk_recover    (IcamDisk    *self,
                                GTask       *task);
void      icam_disk_close      (IcamDisk    *self,
                                IcamGapCause cause,
                                GTask       *task);
void      icam_disk_retire     (IcamDisk    *self);
void      icam_disk_sync       (IcamDisk    *self);

/* Writes all of it at a place, or says why not. */
gboolean  icam_disk_write_at   (int           fd,
                                guint64       offset,
                                gconstpointer data,
                                gsize         length,
                                int          *code);

/* For tests: called at each step of the order of writes, on the writer's thread. */
typedef void (*IcamDiskFault) (const char *step, gpointer user_data);
void      icam_disk_set_fault  (IcamDiskFault fault,
                                gpointer      user_data);
/* For tests: how often what came is written, µs, instead of four times a second; 0 for that. */
void      icam_disk_set_beat   (gint64        beat_us);
/* For tests: whose boot time says when it is time to sync, to look after old footage, and to try again; NULL: the computer's. */
void      icam_disk_set_clock  (IcamClock    *clock);
/* For tests: how long a folder's disk may take, µs, before it is said to hang, instead of five seconds; NULL for none. */
void      icam_disk_set_patience (const char  *folder,
                                  gint64      patience_us);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamDisk, icam_disk_unref)

G_END_DECLS
