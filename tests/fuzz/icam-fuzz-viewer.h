/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "media/icam-rtsp-session.h"

G_BEGIN_DECLS

/* What icamrtspsrc does with an open session, without threads and pads: reads to the end, takes the framing apart, and looks at
 * whatever comes out. Asserts what those behind it rely on. */
void icam_fuzz_view (IcamRtspSession *session,
                     gsize            piece);

/* For IcamUnitFunc: the invariants of an access unit. */
void icam_fuzz_check_unit (IcamRtpDepay *depay,
                           IcamUnit     *unit,
                           gpointer      user_data);

G_END_DECLS
