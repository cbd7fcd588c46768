/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The loops over pixels of the motion detector: in a file of their own that is always built with -O3, in versions for the vector units
 * that there are. 8 bit throughout: floats cost ten times more. */

void icam_motion_shrink      (const guint8 *in,
                              guint         stride,
                              guint         factor,
                              guint8       *out,
                              guint         width,
                              guint         height);
void icam_motion_sigma_delta (const guint8 *restrict in,
                              guint8       *restrict mean,
                              guint8       *restrict deviation,
                              guint8       *restrict mask,
                              guint         n,
                              guint8        floor,
                              gboolean      update,
                              guint8        step);
void icam_motion_above       (const guint8 *restrict in,
                              guint8       *restrict mask,
                              guint         n,
                              guint8        threshold);
void icam_motion_difference  (const guint8 *restrict a,
                              const guint8 *restrict b,
                              guint8       *restrict mask,
                              guint         n,
                              guint8        threshold);
void icam_motion_majority    (const guint8 *restrict in,
                              guint8       *restrict out,
                              guint         width,
                              guint         height);
void icam_motion_contrast    (const guint8 *in,
                              guint8       *out,
                              guint         width,
                              guint         height,
                              guint16      *columns);
void icam_motion_cells       (const guint8 *mask,
                              guint         width,
                              guint         height,
                              guint         cell,
                              guint8       *counts);

G_END_DECLS
