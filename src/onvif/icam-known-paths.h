/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A place at which a device without ONVIF may have a stream. */
typedef struct
{
  gboolean mjpeg; /* over HTTP; else RTSP */
  char *url;      /* without credentials */
} IcamKnownPath;

/* Of IcamKnownPath, in the order in which they are tried, by data/onvif/known-paths.conf; at most 64. @port 0: none was given. */
GPtrArray *icam_known_paths_list (const char *host,
                                  int         port);

G_END_DECLS
