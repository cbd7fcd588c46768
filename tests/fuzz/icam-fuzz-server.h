/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A camera on loopback that says what it is told to whoever connects, whatever it is asked, and hangs up. One for a process. */
const char *icam_fuzz_server_say (const guint8 *data,
                                  gsize         size);

/* The answers of a camera up to PLAY, before @stream. */
GByteArray *icam_fuzz_server_answers (const char   *sdp,
                                      gsize         sdp_size,
                                      guint         n_tracks,
                                      const guint8 *stream,
                                      gsize         stream_size);

G_END_DECLS
