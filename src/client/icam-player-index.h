/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/icam-client.h"

G_BEGIN_DECLS

/* Looks things up in an answer of icam_client_list_recordings_finish(). Pure. */

/* Holes shorter than this lie between two segments of one recording. */
#define ICAM_SEAM_US (G_USEC_PER_SEC)

const IcamSpan *icam_recordings_find    (IcamRecordings *self,
                                         gint64          utc);
const IcamSpan *icam_recordings_next    (IcamRecordings *self,
                                         gint64          utc,
                                         const IcamSpan *after);
gint64          icam_recordings_nearest (IcamRecordings *self,
                                         gint64          utc);
IcamGapCause    icam_recordings_cause   (IcamRecordings *self,
                                         gint64          utc);

G_END_DECLS
