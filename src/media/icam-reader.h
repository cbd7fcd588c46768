/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The one thread that reads all cameras. It sleeps in epoll and wakes on a beat of 100 ms, on which it reads every connection; a
 * connection that fills half of its receive buffer sooner wakes it (SO_RCVLOWAT), and so does each packet of one that is watched live.
 * Arrival is the kernel's stamp (SO_TIMESTAMPNS), so that reading late does not make a picture late. The number of threads and of
 * wake-ups does not grow with the number of cameras. */
typedef struct _IcamReaderConnection IcamReaderConnection;

/* All are called on the reader's thread, one at a time for a connection; none may block, and none may remove a connection. */
typedef struct
{
  /* Bytes in the order of their arrival, with what was left over before them. Returns how many were used. */
  gsize (*bytes) (const guint8 *data,
                  gsize         size,
                  gint64        arrival_us,
                  gpointer      user_data);
  /* How many bytes are still missing to something whose time of arrival matters, 0 unknown: no more are read at once, so that the stamp is
   * of the last of them. */
  gsize (*want)  (gpointer      user_data);
  /* On each beat, about ten times a second. */
  void  (*beat)  (gint64        now_us,
                  gpointer      user_data);
  /* The connection is over: errno, 0 if the camera closed it. Nothing comes after this. */
  void  (*ended) (int           error,
                  gpointer      user_data);
} IcamReaderFuncs;

/* More than this is never left over by a connection that speaks its protocol. */
#define ICAM_READER_MAX_REST (128 * 1024)

IcamReaderConnection *icam_reader_add         (int                    fd,
                                               GIOStream             *stream,
                                               const IcamReaderFuncs *funcs,
                                               gpointer               user_data);
void                  icam_reader_remove      (IcamReaderConnection  *self);
void                  icam_reader_set_watched (IcamReaderConnection  *self,
                                               gboolean               watched);
gboolean              icam_reader_write       (IcamReaderConnection  *self,
                                               const void            *data,
                                               gsize                  size);

G_END_DECLS
