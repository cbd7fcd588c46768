/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "media/icam-decoder.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* One live socket, read on the thread that all of them share, decoded by the decoders' pool. Lives from open to end; who reconnects
 * makes a new one. Thread-safe; news are told in the main context of who made it, at most once a turn of its loop. */
typedef struct _IcamLiveReader IcamLiveReader;

typedef void (*IcamLiveReaderFunc) (gpointer user_data);

IcamLiveReader *icam_live_reader_new   (int                 fd,
                                        const IcamUuid     *channel,
                                        IcamRole            role,
                                        guint               max_width,
                                        IcamLiveReaderFunc  callback,
                                        gpointer            user_data);
void            icam_live_reader_close (IcamLiveReader     *self);

typedef struct
{
  IcamPicture *picture; /* owned; NULL when there is none newer than the last time */
  gint64 arrived_us;    /* boot time at which it was decoded */
  gint64 lag_us;        /* how old it was then */
  gint64 interval_us;   /* between pictures, 0 unknown */
  gboolean frozen;
  gboolean ended;       /* no more will come */
  GError *error;        /* owned */
  char *state;          /* owned; NULL before the first */
} IcamLiveNews;

void            icam_live_reader_take_news (IcamLiveReader *self,
                                            IcamLiveNews   *news);

G_END_DECLS
