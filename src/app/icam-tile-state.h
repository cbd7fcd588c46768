/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Promise 6, "live means live", as arithmetic: what may be shown of a picture of this age. */

typedef enum
{
  ICAM_FRESH,   /* as it is */
  ICAM_LATE,    /* under a veil, with its age */
  ICAM_COVERED, /* not at all: words instead */
} IcamFreshness;

gint64        icam_freshness_late_after    (gint64   interval);
gint64        icam_freshness_covered_after (gint64   interval);
IcamFreshness icam_freshness               (gint64   age,
                                            gint64   interval);
gboolean      icam_freshness_says_age      (gint64   age,
                                            gint64   interval);

G_END_DECLS
