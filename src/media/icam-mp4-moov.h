/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What is changed in the movie box that mp4mux made (ISO/IEC 14496-12, 8.2): bytes in, bytes out. */
typedef struct
{
  guint64 shift_from; /* offset in the file, bytes: what stands from there on */
  guint64 shift;      /* has moved back by so many */
  gint64 cut_us;      /* so much at the beginning is not shown */
  gint64 created_us;  /* UTC µs of the first picture that is shown */
} IcamMp4Change;

GByteArray *icam_mp4_moov_change (const guint8        *moov,
                                  gsize                size,
                                  const IcamMp4Change *change,
                                  GError             **error);

G_END_DECLS
