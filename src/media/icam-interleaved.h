/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The bytes of an RTSP connection over TCP after PLAY, taken apart: interleaved packets (RFC 2326, section 10.12) and RTSP
 * messages amid them. Sans I/O; hostile input: every size is bounded. After bad framing it looks for the next place
 * that can be one, so a camera that writes a byte too many costs one packet, not the connection. */
typedef struct
{
  void (*packet)  (guint         channel,
                   const guint8 *data,
                   gsize         size,
                   gpointer      user_data);
  /* Head and body of a response or a request, as they came; not NUL-terminated. */
  void (*message) (const char *text,
                   gsize       head_size,
                   gsize       body_size,
                   gpointer    user_data);
} IcamInterleavedFuncs;

/* Longest head and longest body of a message that are believed. */
#define ICAM_INTERLEAVED_MAX_HEAD (16 * 1024)
#define ICAM_INTERLEAVED_MAX_BODY (64 * 1024)
/* What may have to be kept between two calls. */
#define ICAM_INTERLEAVED_MAX_REST (ICAM_INTERLEAVED_MAX_HEAD + ICAM_INTERLEAVED_MAX_BODY)

typedef struct
{
  guint8 channels[32]; /* a bit for each channel number that the server named in Transport */
  guint64 skipped;     /* bytes that were no framing */
  guint64 resyncs;     /* how often framing was lost */
  gboolean in_sync;
} IcamInterleaved;

void  icam_interleaved_init        (IcamInterleaved *self);
void  icam_interleaved_add_channel (IcamInterleaved *self,
                                    guint            channel);
gsize icam_interleaved_parse       (IcamInterleaved            *self,
                                    const guint8               *data,
                                    gsize                       size,
                                    const IcamInterleavedFuncs *funcs,
                                    gpointer                    user_data);

G_END_DECLS
